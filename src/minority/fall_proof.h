/* SPDX-License-Identifier: MIT
 *
 * fall_proof.h: how near to a price, or to a bound on the norm, it is proven where a class falls.
 */
#ifndef NC__FALL_PROOF_H
#define NC__FALL_PROOF_H

#include "minority/fall.h"

/* Half the width of an interval about the price at which a group falls, of whose ends it is proven
 * that the classes are predicted at the lower and not at the upper one; +infinity where there is no
 * proof. */
libnc_status nc__fall_prove_price(nc__fall *fall, int64_t group, double price, double *width);

/* The same about a bound on the norm, where they fall towards smaller ones. */
libnc_status nc__fall_prove_bound(nc__fall *fall, int64_t group, double price, double bound,
                                  double *width);

#endif
