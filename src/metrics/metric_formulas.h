/* SPDX-License-Identifier: MIT
 *
 * metric_formulas.h: the collapse metrics, one function each, on arrays (doc/metrics.md,
 * "Definitions").
 *
 * K classes, row-major matrices, nz(A) = A / ||A||_F, centred means c_k = h_k - h_G as the rows of
 * C (K x d). A metric that is undefined (a zero norm, no pair of classes) is NaN. Sums over pairs
 * of classes are in class_pairs.h.
 */
#ifndef NC__METRIC_FORMULAS_H
#define NC__METRIC_FORMULAS_H

#include <stdint.h>

/* NC1 = tr(Sigma_W Sigma_B^+)/K = 1/N sum_i S_ii / s_i^2, with C = U diag(s) V^T of rank r and S
 * the within-class scatter S_W in the basis V, of which the r values S_ii are read: Sigma_B^+ =
 * K V diag(s^-2) V^T. */
double nc__metric_nc1(const double *diagonal, const double *singular, int64_t rank,
                      int64_t samples);

/* std/mean of lengths, std with the divisor K - correction. */
double nc__metric_equinorm(const double *lengths, int64_t classes, int64_t correction);

/* Mean over i < j of log(length_i/length_j); NaN where a length is no more than noise. */
double nc__metric_equinorm_signed(const double *lengths, int64_t classes, double noise);

/* ||nz(A) - nz(I - share e e^T)||_F, e = 1/sqrt(K), share 1 for an ETF and 0 for an OF. A is known
 * in an orthonormal basis of m of the K dimensions that e lies in: A (m x m), e as `ones` (m). */
double nc__metric_frame_distance(const double *a, int64_t rows, const double *ones, int64_t classes,
                                 double share);

/* ||nz(A) - nz(T)||_F for any T of `size` values. */
double nc__metric_distance(const double *a, const double *target, int64_t size);

/* ||A - T||_F / ||T||_F */
double nc__metric_relative_error(const double *a, const double *target, int64_t size);

/* ||nz(P) - nz(C)||_F, P the classifier and C the centred means, both K x d. */
double nc__metric_duality(const double *classifier, const double *centred, int64_t classes,
                          int64_t width);

#endif
