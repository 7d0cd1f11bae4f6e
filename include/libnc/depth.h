/* SPDX-License-Identifier: MIT */
/**
 * @file depth.h
 * @brief Collapse through the layers of a network: the law of data separation, and how collapsed an
 * architecture makes data before any training, from its kernels. Experimental: may change before
 * 1.0. Formulas, sources and known answers: doc/metrics.md, "Through the layers".
 */
#ifndef LIBNC_DEPTH_H
#define LIBNC_DEPTH_H

#include <libnc/context.h>

LIBNC_BEGIN

/** @brief Kernels of fully connected ReLU networks of infinite width. Append-only. @since 0.3 */
enum libnc_kernel {
    LIBNC_KERNEL_LINEAR = 1, /**< x . x': that of the inputs themselves. */
    LIBNC_KERNEL_NNGP = 2,   /**< Of the features of the last hidden layer, at random weights. */
    LIBNC_KERNEL_NTK = 3     /**< The neural tangent kernel of the outputs. */
};

/**
 * @brief Traces of Sigma_W and Sigma_B of the features that a kernel stands for; their quotient is
 * the metric "nc1_quotient" of these.
 *
 * With B_kl the mean of the kernel over pairs of classes k and l, pairs of a sample and itself
 * included, and g_k = n_k/N:
 *
 *     tr Sigma_W = 1/N sum_i k(x_i, x_i) - sum_k g_k B_kk
 *     tr Sigma_B = mean_k B_kk - 2 mean_k (B g)_k + g^T B g
 *
 * (Kothapalli and Tirer 2024, arXiv 2406.02105). Classes without a sample are left out. Neither
 * trace has more digits than 1e-16 of the mean kernel value.
 * @param[in] context for memory, threads and the error text.
 * @param[in] kernel @ref libnc_kernel.
 * @param[in] hidden hidden layers, 1 .. 1000; not used by the linear kernel.
 * @param[in] weight_variance times the fan-in, > 0, finite: 2 for He's initialisation. Not used by
 *            the linear kernel, as the next one.
 * @param[in] bias_variance >= 0, finite.
 * @param[in] features N x d values, row-major, finite.
 * @param[in] labels N labels 0 .. K - 1.
 * @param[in] count N, 1 .. 2^31 - 1.
 * @param[in] width d, 1 .. 2^31 - 1.
 * @param[in] classes K, 1 .. 2^31 - 1.
 * @param[out] within tr Sigma_W.
 * @param[out] between tr Sigma_B; 0 for one class.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (the text names the row of a bad label);
 *         LIBNC_ERROR_NOT_FINITE (the text names the row; or kernel values overflow);
 *         LIBNC_ERROR_MEMORY.
 * @note O(N^2 (d + hidden)) time, by the context's threads; O(N + K) memory and a tile of
 *       256 x 512 values: no N x N matrix is kept.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_kernel_collapse(libnc_context *context, int32_t kernel,
                                                 int32_t hidden, double weight_variance,
                                                 double bias_variance, const double *features,
                                                 const int32_t *labels, int64_t count,
                                                 int64_t width, int64_t classes, double *within,
                                                 double *between);

/**
 * @brief The law of data separation, D_l = rho^l D_0 (He and Su, PNAS 2023, arXiv 2210.17020), as
 * fitted to measured layers.
 *
 * D_l = tr(SSW SSB^+) with SSB = sum_k n_k/N c_k c_k^T is K times the metric "nc1_weighted" of
 * layer l. log rho is the slope of the straight line through log D_l over l by least squares.
 * @param[in] context for the error text.
 * @param[in] separation D_0, D_1, ...: values that are NaN, infinite or not positive are left out,
 *            as those of a layer without a number, or of total collapse.
 * @param[in] layers how many, 1 .. 2^31 - 1.
 * @param[out] rho the factor of a layer; NaN with fewer than two values.
 * @param[out] correlation Pearson's, of log D_l and l; -1 where the law is exact. NaN with fewer
 *            than three values, or where all are the same.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_separation_law(libnc_context *context, const double *separation,
                                                int64_t layers, double *rho, double *correlation);

LIBNC_END

#endif
