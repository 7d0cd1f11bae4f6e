/* SPDX-License-Identifier: MIT
 *
 * metrics.h: the collapse metrics, one function each, on arrays (doc/metrics.md, "Definitions").
 *
 * K classes, row-major K x K matrices, nz(A) = A / ||A||_F, centred means c_k = h_k - h_G as the
 * rows of C (K x d). A metric that is undefined (a zero norm, no pair of classes) is NaN.
 */
#ifndef NC__METRICS_H
#define NC__METRICS_H

#include <stdint.h>

/* What rounding alone may leave of a matrix A that is zero in exact arithmetic but was computed
 * from values of Frobenius norm `size` in a scalar type of this relative spacing. */
double nc__metric_noise(double spacing, double size);

/* Numerical rank of C (K x d) from its singular values, largest first: those above the noise, and
 * never more than K - 1, since sum_k n_k c_k = 0. */
int64_t nc__metric_rank(const double *singular, int64_t classes, int64_t width, double noise);

/* NC1 = tr(Sigma_W Sigma_B^+)/K = 1/N sum_i S_ii / s_i^2, with C = U diag(s) V^T of rank r and S
 * (r x r) the within-class scatter S_W in the basis V: Sigma_B^+ = K V diag(s^-2) V^T. */
double nc__metric_nc1(const double *scatter, const double *singular, int64_t rank, int64_t samples);

/* std/mean of the lengths sqrt(G_kk), std with divisor K. */
double nc__metric_equinorm(const double *gram, int64_t classes);

/* mean over i != j of |G_ij / sqrt(G_ii G_jj) + 1/(K-1)|. NaN if a length is no more than noise. */
double nc__metric_equiangular(const double *gram, int64_t classes, double noise);

/* ||nz(A) - nz(T)||_F for T = I - J/K, T = I, and any T of `size` values. */
double nc__metric_etf_distance(const double *a, int64_t classes);
double nc__metric_of_distance(const double *a, int64_t classes);
double nc__metric_distance(const double *a, const double *target, int64_t size);

/* ||A - T||_F / ||T||_F */
double nc__metric_relative_error(const double *a, const double *target, int64_t size);

/* ||nz(P) - nz(C)||_F, P the classifier and C the centred means, both K x d. */
double nc__metric_duality(const double *classifier, const double *centred, int64_t classes,
                          int64_t width);

/* CDNV: mean over i != j of (v_i + v_j) / (2 ||h_i - h_j||^2), v the class variabilities. */
double nc__metric_cdnv(const double *variability, const double *centred, int64_t classes,
                       int64_t width);

/* Share of samples with a[i] == b[i]: NC4 and accuracy. */
double nc__metric_agreement(const int32_t *a, const int32_t *b, int64_t samples);

#endif
