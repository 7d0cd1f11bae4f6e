/* SPDX-License-Identifier: MIT
 *
 * nc1_bias.h: NC1 less what few samples of each class do to it.
 */
#ifndef NC__NC1_BIAS_H
#define NC__NC1_BIAS_H

#include "metrics/measured_layer.h"

/* NC1 of the distribution that the samples came from, right to the first order in 1/n_k. NaN where
 * S_W is not known as a whole, where no two samples are of one class, and where the correction is
 * more than half the number, so that further orders count. */
libnc_status nc__nc1_correct(double *corrected, const nc__layer *layer);

#endif
