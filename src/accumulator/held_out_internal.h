/* SPDX-License-Identifier: MIT
 *
 * held_out_internal.h: held-out samples about training means, as a report sees them.
 */
#ifndef NC__HELD_OUT_INTERNAL_H
#define NC__HELD_OUT_INTERNAL_H

#include "accumulator/accumulator_internal.h"

#include <libnc/held_out.h>

/* An accumulator whose first pass has the training means and counts, and whose second pass, about
 * them, has the held-out samples. */
const libnc_accumulator *nc__held_out_accumulator(const libnc_held_out *held_out);

/* n_k and n_k v_k of the held-out samples (K). */
const int64_t *nc__held_out_counts(const libnc_held_out *held_out);
const double *nc__held_out_squares(const libnc_held_out *held_out);

#endif
