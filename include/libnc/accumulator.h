/* SPDX-License-Identifier: MIT */
/**
 * @file accumulator.h
 * @brief Accumulators: what collapse metrics need to know of labelled features from anywhere, fed
 * in batches.
 *
 * K classes, features of d values as rows, n_k samples of class k with mean h_k, N = sum n_k. The
 * first pass over the data gives, whatever the batches and their order,
 *  - n_k, h_k, and the within-class sum of squares sum_i ||h_{k,i} - h_k||^2 of every class;
 *  - the within-class scatter S_W = sum_k sum_i (h_{k,i} - h_k)(h_{k,i} - h_k)^T, where wanted;
 *  - with logits, how many samples of each class are classified right.
 *
 * What needs the means first takes a second pass over the same data
 * (libnc_accumulator_begin_second_pass()): nearest class means and their agreement with a
 * classifier (NC4), and S_W inside the span of the centred means where d x d numbers are too many.
 *
 * Accumulators over disjoint data merge into what one over all the data holds; one can be written
 * to a file and read back. Formulas and error bounds: doc/metrics.md, "Statistics".
 *
 * Memory in bytes. First pass: 16 K d, with the full scatter 8 d^2, and 4 d^2 more once float32
 * features come. Second pass, with s the bytes of a value of the features: (8 + s) K d, as much
 * again if it is given a classifier, and with a projected scatter of r <= min(K - 1, d) directions
 * (8 + s)(r d + r^2); for a moment 8 K d for the classifier and 24 K d for the decomposition of the
 * means. Blocks: up to 16 MB in the first pass and 128 MB in the second, or 16 rows of d and K
 * values if these are more.
 *
 * Standard errors cost: the option "groups" = G makes the first pass take about twice its time and,
 * beside the memory above, G times its 16 K d, 8 d^2 and 4 d^2, and G + 8 blocks of 128 rows.
 *
 * Work is shared among the context's threads; set the BLAS itself to one thread then
 * (libnc_blas_set_threads()). An accumulator that is never told otherwise needs no more than
 * create, update, and a report.
 */
#ifndef LIBNC_ACCUMULATOR_H
#define LIBNC_ACCUMULATOR_H

#include <libnc/communicator.h>
#include <libnc/options.h>
#include <libnc/scalar.h>

LIBNC_BEGIN

/** @brief Statistics of labelled features. @since 0.2 */
typedef struct libnc_accumulator libnc_accumulator;

/** @brief What is kept of S_W. Append-only. @since 0.2 */
enum libnc_scatter {
    LIBNC_SCATTER_NONE = 0,     /**< Its trace alone, by class. */
    LIBNC_SCATTER_FULL = 1,     /**< All d x d numbers, in the first pass. */
    LIBNC_SCATTER_PROJECTED = 2 /**< V^T S_W V in the second pass, V spanning the centred means: all
                                   that NC1 asks for, and its digits even where S_W is much larger
                                   outside that span. */
};

/** @brief How products of float32 features are formed. Append-only. @since 0.2 */
enum libnc_precision {
    LIBNC_PRECISION_INPUT = 0,  /**< Deviations from the mean in float64, their products in float32,
                                   sums of thousands of these in float64. S_W is right to about
                                   1e-6 of ||S_W||. */
    LIBNC_PRECISION_FLOAT64 = 1 /**< All in float64, at half the speed. */
};

/** @brief Option keys of an accumulator. They are read when the first sample arrives, and again
 * after libnc_accumulator_clear(). Append-only. @since 0.2 */
enum libnc_accumulator_option {
    LIBNC_ACCUMULATOR_OPTION_SCATTER = 1,   /**< "scatter": @ref libnc_scatter "none", "full"
                                        (default) or   "projected". */
    LIBNC_ACCUMULATOR_OPTION_PRECISION = 2, /**< "precision": @ref libnc_precision "input" (default)
                                        or "float64". */
    LIBNC_ACCUMULATOR_OPTION_DIRECTIONS =
        3, /**< "directions": at most so many columns of V are used, those
      of the largest singular values; 1 .. 2^31 - 1 (default). */
    LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY = 4, /**< "cross_entropy": 1: cross-entropy of the
        samples by class (@ref LIBNC_CLASS_CROSS_ENTROPY), O(K) more for a sample with logits and
        O(K d) with a classifier; 0 (default): none. @since 0.3 */
    LIBNC_ACCUMULATOR_OPTION_GROUPS =
        5 /**< "groups": samples are also counted by so many groups, 2 .. 1000, from which reports
             take standard errors (libnc_report_error()); 0 (default): none. 20 to 50 are enough. */
};

/**
 * @brief Creates an empty accumulator.
 * @param[out] accumulator the new accumulator; the caller destroys it.
 * @param[in] context the context.
 * @param[in] classes K, 1 .. 2^31 - 1.
 * @param[in] width d, 1 .. 2^31 - 1.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @note Memory for the statistics is allocated when the first sample arrives.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_create(libnc_accumulator **accumulator,
                                                    libnc_context *context, int64_t classes,
                                                    int64_t width);

/** @brief Destroys an accumulator; NULL is fine. @since 0.2 */
LIBNC_API void libnc_accumulator_destroy(libnc_accumulator *accumulator);

/** @brief The settings, @ref libnc_accumulator_option, owned by it; NULL for NULL. @since 0.2 */
LIBNC_API libnc_options *libnc_accumulator_options(libnc_accumulator *accumulator);

/** @brief K; 0 for NULL. @since 0.2 */
LIBNC_API int64_t libnc_accumulator_classes(const libnc_accumulator *accumulator);

/** @brief d; 0 for NULL. @since 0.2 */
LIBNC_API int64_t libnc_accumulator_width(const libnc_accumulator *accumulator);

/** @brief N, the samples of the first pass; 0 for NULL. @since 0.2 */
LIBNC_API int64_t libnc_accumulator_samples(const libnc_accumulator *accumulator);

/** @brief The pass that the next update belongs to, 1 or 2; 0 for NULL. @since 0.2 */
LIBNC_API int32_t libnc_accumulator_pass(const libnc_accumulator *accumulator);

/** @brief The samples that the second pass has seen; it is complete with N. 0 for NULL.
 * @since 0.2 */
LIBNC_API int64_t libnc_accumulator_second_samples(const libnc_accumulator *accumulator);

/**
 * @brief Adds a batch of labelled features to the present pass.
 *
 * The whole batch is checked before anything is added. The statistics of the first pass have the
 * same bits however the samples are split into batches.
 * @param[in,out] accumulator the accumulator; after an error it is as it was.
 * @param[in] features count x d values: row i starts at element i * stride. Aligned for its type.
 * @param[in] scalar type of @p features, @ref libnc_scalar.
 * @param[in] count rows, >= 0, up to 2^53 in all; features and labels may be NULL for 0.
 * @param[in] stride elements from one row to the next, d .. 2^31 - 1.
 * @param[in] labels @p count labels 0 .. K - 1; in the second pass, of classes that had samples.
 * @param[in] label_type type of @p labels, @ref libnc_label.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (the text names the row of a bad label);
 *         LIBNC_ERROR_NOT_FINITE (the text names the row); LIBNC_ERROR_STATE (the second pass gets
 *         more samples than the first, of any class or in all, or float64 where the first had
 *         float32 alone);
 *         LIBNC_ERROR_MEMORY (first batch of a kind only).
 * @note First pass O(count d), O(count d^2) with the full scatter. Second pass O(count d K) for
 *       samples that are not near their own class mean, and O(count d r) for r directions. Best fed
 *       with batches that fit the cache, 100 to 10,000 rows.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_update(libnc_accumulator *accumulator,
                                                    const void *features, int32_t scalar,
                                                    int64_t count, int64_t stride,
                                                    const void *labels, int32_t label_type);

/**
 * @brief As libnc_accumulator_update(), with the logits of the batch: their largest (the first of
 * equals) is the decision of the classifier, for accuracy and, in the second pass, NC4.
 * @param[in,out] accumulator the accumulator; after an error it is as it was.
 * @param[in] features,scalar,count,stride,labels,label_type as in libnc_accumulator_update().
 * @param[in] logits count x K values: row i starts at element i * logits_stride. The largest of a
 *            row must be finite; others may be -infinity (classes that are left out; since 0.3).
 *            NULL for none. Not used in a second pass that was given a classifier.
 * @param[in] logits_scalar type of @p logits, @ref libnc_scalar; any value for NULL logits.
 * @param[in] logits_stride elements, K .. 2^31 - 1; any value for NULL logits.
 * @return as libnc_accumulator_update().
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_update_logits(
    libnc_accumulator *accumulator, const void *features, int32_t scalar, int64_t count,
    int64_t stride, const void *labels, int32_t label_type, const void *logits,
    int32_t logits_scalar, int64_t logits_stride);

/**
 * @brief Ends the first pass: updates now go to the second, over the same samples in any order.
 * Begins again where there already is one.
 * @param[in,out] accumulator the accumulator; after an error it is as it was.
 * @param[in] classifier W, K x d, row-major, finite, copied; its decisions argmax W h + b are those
 *            of NC4 and accuracy. NULL: they come with logits, or there are none.
 * @param[in] bias b, K values of the same type, finite, copied; NULL for none, and without a
 *            classifier.
 * @param[in] scalar type of @p classifier and @p bias, @ref libnc_scalar; any value for NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (no sample yet);
 *         LIBNC_ERROR_NOT_FINITE (the text names the class; or squares of features or weights
 *         overflow); LIBNC_ERROR_NUMERICAL;
 *         LIBNC_ERROR_MEMORY.
 * @note O(min(N, K) K d), and a singular value decomposition of K x d for the projected scatter.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_begin_second_pass(libnc_accumulator *accumulator,
                                                               const void *classifier,
                                                               const void *bias, int32_t scalar);

/**
 * @brief Adds what another accumulator holds.
 *
 * In the first pass @p other has seen other samples. In the second pass both must have come from
 * one first pass (a file that all have loaded, for example) and begun with the same classifier;
 * then the samples that each has seen since are added.
 * @param[in,out] into the accumulator that grows; after an error it is as it was.
 * @param[in] other same context, K, d and options; not @p into. It keeps what it holds.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (or options differ, or more than 2^53 samples);
 *         LIBNC_ERROR_DIMENSION; LIBNC_ERROR_STATE (one is in its second pass and the other is not,
 *         second passes of different first passes, or more samples than these had, of any class or
 *         in all); LIBNC_ERROR_MEMORY.
 * @note O(K d), O(K d^2) with the full scatter.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_merge(libnc_accumulator *into,
                                                   const libnc_accumulator *other);

/**
 * @brief Adds up what the accumulators of all ranks hold: each then has all of it, to the same
 * bits. Collective (libnc/communicator.h). Experimental: may change before 1.0.
 *
 * In the first pass every rank has fed its own samples, or none. A second pass is then begun by
 * every rank with the same classifier, fed with the same samples as before, and added up in the
 * same way. Reports and files are those of an accumulator that saw all the data. No pass is added
 * up twice: libnc_accumulator_clear() comes first.
 *
 * Sums may round otherwise for another number of ranks, to 1e-12 of the result;
 * libnc/block_tree.h gives the same bits for any.
 * @param[in,out] accumulator same K, d and options on all ranks; after an error it is as it was;
 *                after LIBNC_ERROR_COMMUNICATION it may be empty: sums are formed in place.
 * @param[in] communicator of the same context.
 * @return LIBNC_OK, also where no rank has a sample; LIBNC_ERROR_ARGUMENT (or options differ, or
 *         more than 2^53 samples); LIBNC_ERROR_DIMENSION; LIBNC_ERROR_UNSUPPORTED (groups of
 *         samples); LIBNC_ERROR_STATE (ranks are in different
 *         passes, their second passes began with other means or classifiers, the pass was added up
 *         before, or the second passes have more samples than the first had); LIBNC_ERROR_MEMORY;
 *         LIBNC_ERROR_COMMUNICATION.
 * @note First pass: 2 K d + 4 K values, and d(d + 1)/2 with the full scatter, are summed over the
 *       ranks, in messages of up to 16 MB, and a rank multiplies up to K d^2 numbers. Second pass:
 *       5 K counts, and r(r + 1)/2 values of a projected scatter. Up to 32 MB of memory.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_accumulator_all_reduce(libnc_accumulator *accumulator,
                                                        libnc_communicator *communicator);

/** @brief Empties an accumulator: back to its first pass without samples. NULL is fine. @since 0.2
 */
LIBNC_API void libnc_accumulator_clear(libnc_accumulator *accumulator);

/**
 * @brief Writes the state to a file, which libnc_accumulator_load() reads on any machine.
 *
 * It is written whole or not at all, as libnc_file_write() does (libnc/file.h): whoever stops the
 * process at any moment finds the old file, or the new one. doc/formats.md, "State of an
 * accumulator".
 * @param[in] accumulator the accumulator.
 * @param[in] path file name; an existing file is replaced, a symbolic link followed, and what is no
 *            regular file refused.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (no sample yet); LIBNC_ERROR_FILE;
 *         LIBNC_ERROR_NOT_FINITE (squares of the features overflowed); LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_save(const libnc_accumulator *accumulator,
                                                  const char *path);

/**
 * @brief Reads a state that libnc_accumulator_save() wrote; it goes on where that stopped.
 * @param[out] accumulator the new accumulator; the caller destroys it.
 * @param[in] context the context.
 * @param[in] path file name.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_FILE (cannot be opened or read);
 *         LIBNC_ERROR_FORMAT (the text names the file, the offset and what was expected);
 *         LIBNC_ERROR_UNSUPPORTED (written by a later version); LIBNC_ERROR_MEMORY.
 * @note Nothing is allocated because the header says so: it must have the right checksum, and
 *       the file the size that it implies.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_load(libnc_accumulator **accumulator,
                                                  libnc_context *context, const char *path);

/**
 * @brief The counts n_k of the first pass.
 * @param[in] accumulator the accumulator.
 * @param[out] counts K values.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_counts(const libnc_accumulator *accumulator,
                                                    int64_t *counts, size_t size);

/**
 * @brief The class means h_k; rows of zeros for classes without samples.
 * @param[in] accumulator the accumulator.
 * @param[out] means K x d, row-major.
 * @param[in] size must be K d.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION; LIBNC_ERROR_NOT_FINITE (a mean is
 *         beyond 2^1021, an eighth of the largest double).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_means(const libnc_accumulator *accumulator,
                                                   double *means, size_t size);

/**
 * @brief The class means relative to the sample mean, h_k - h_G, subtracted before they are
 * rounded; rows of zeros for classes without samples.
 * @param[in] accumulator the accumulator.
 * @param[out] means K x d, row-major.
 * @param[in] size must be K d.
 * @return as libnc_accumulator_means().
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_centred_means(const libnc_accumulator *accumulator,
                                                           double *means, size_t size);

/**
 * @brief The within-class sums of squares sum_i ||h_{k,i} - h_k||^2.
 * @param[in] accumulator the accumulator.
 * @param[out] squares K values.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION; LIBNC_ERROR_NOT_FINITE (squares of
 *         the features overflowed).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_within_squares(const libnc_accumulator *accumulator,
                                                            double *squares, size_t size);

/**
 * @brief S_W in full.
 * @param[in] accumulator the accumulator.
 * @param[out] scatter d x d, symmetric.
 * @param[in] size must be d^2.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_STATE (it is not kept
 *         in full, or no sample yet), LIBNC_ERROR_NOT_FINITE (squares of the features overflowed).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_scatter(const libnc_accumulator *accumulator,
                                                     double *scatter, size_t size);

/**
 * @brief The eigenvalues of Sigma_W = S_W/N, largest first; none is below 0.
 * @param[in] accumulator the accumulator.
 * @param[out] values d values.
 * @param[in] size must be d.
 * @return as libnc_accumulator_scatter(); LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY.
 * @note O(d^3) time, d^2 numbers of memory.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_accumulator_spectrum(const libnc_accumulator *accumulator,
                                                      double *values, size_t size);

LIBNC_END

#endif
