/* SPDX-License-Identifier: MIT */
/**
 * @file dataset.h
 * @brief Datasets: N inputs of p values each, with labels, in memory.
 *
 * Inputs are rows (N x p, row-major) in float32 or float64. They may be images: channels x height x
 * width = p values, channel by channel. A dataset never changes after it was created, but for the
 * shape of its images; selections and splits are copies.
 */
#ifndef LIBNC_DATASET_H
#define LIBNC_DATASET_H

#include <libnc/array.h>
#include <libnc/classes.h>
#include <libnc/scalar.h>

LIBNC_BEGIN

/** @brief Inputs and labels in memory. @since 0.1 */
typedef struct libnc_dataset libnc_dataset;

/**
 * @brief From arrays, which are copied.
 * @param[out] dataset the new dataset; the caller destroys it.
 * @param[in] context the context.
 * @param[in] scalar type of @p inputs and of the copy, @ref libnc_scalar.
 * @param[in] inputs count x width, row-major, finite.
 * @param[in] labels @p count labels >= 0; every class up to the largest must occur.
 * @param[in] count N, 1 .. 2^31 - 1.
 * @param[in] width p, 1 .. 2^31 - 1.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NOT_FINITE (the text names the row);
 *         LIBNC_ERROR_MEMORY.
 * @note O(N p).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_dataset_from_memory(libnc_dataset **dataset,
                                                     libnc_context *context, int32_t scalar,
                                                     const void *inputs, const int32_t *labels,
                                                     int64_t count, int64_t width);

/**
 * @brief From a pair of IDX files (the format of MNIST), plain or gzip.
 *
 * Inputs of any IDX type with one or more dimensions, the first of which counts samples; the others
 * are flattened to p, and two or three of them are the shape of images (libnc_dataset_shape()).
 * Unsigned bytes are divided by 255, other types are taken as they are. Labels are a
 * one-dimensional unsigned-byte or int32 file.
 * @param[out] dataset the new dataset; the caller destroys it.
 * @param[in] context the context.
 * @param[in] scalar type to store inputs in.
 * @param[in] inputs_path,labels_path file names.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_FILE (cannot be opened or read, or is a pipe
 *         or device); LIBNC_ERROR_FORMAT (bad magic, sizes that do not match the content, too few
 *         or too many bytes, corrupt gzip, a size of 0 or a product of sizes over 2^31 - 1,
 *         negative labels, counts of the two files differ, a class without samples);
 *         LIBNC_ERROR_UNSUPPORTED (more than LIBNC_ARRAY_DIMENSIONS dimensions);
 *         LIBNC_ERROR_NOT_FINITE; LIBNC_ERROR_MEMORY. The text names the file, and the offset or
 *         the row.
 * @note Memory is allocated as rows arrive, never for more than a file of this size can hold.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_dataset_from_idx(libnc_dataset **dataset, libnc_context *context,
                                                  int32_t scalar, const char *inputs_path,
                                                  const char *labels_path);

/**
 * @brief From arrays in files (array.h): inputs of N rows, labels of N rows and one column.
 *
 * Values are taken as they are stored: unsigned bytes are not scaled. Arrays of three dimensions
 * (N, height, width) or four (N, channels, height, width: those of CIFAR) are images of that shape.
 * @param[out] dataset the new dataset; the caller destroys it.
 * @param[in] context the context, which must be that of both arrays.
 * @param[in] scalar type to store inputs in.
 * @param[in] inputs N x p, N and p from 1 to 2^31 - 1.
 * @param[in] labels N x 1, whole and >= 0; every class up to the largest must occur.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (numbers of rows differ, or labels
 *         have more than one column); LIBNC_ERROR_NOT_FINITE (the text names the row);
 *         LIBNC_ERROR_FORMAT (labels that are no labels), and what libnc_array_read() returns.
 * @note O(N p); memory is allocated as rows arrive.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_dataset_from_arrays(libnc_dataset **dataset,
                                                     libnc_context *context, int32_t scalar,
                                                     libnc_array *inputs, libnc_array *labels);

/**
 * @brief Synthetic Gaussian clusters: input = separation * u_k + noise * N(0, I), u_k a random unit
 * vector of class k.
 * @param[out] dataset the new dataset, samples in class order.
 * @param[in] classes gives K and n_k.
 * @param[in] scalar type to store inputs in.
 * @param[in] width p, 1 .. 2^31 - 1; N must be in that range too.
 * @param[in] separation >= 0, finite.
 * @param[in] noise >= 0, finite; separation + 9 noise must fit the scalar type.
 * @param[in] seed of the generator in random.h.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @note O(N p).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_dataset_gaussian(libnc_dataset **dataset,
                                                  const libnc_classes *classes, int32_t scalar,
                                                  int64_t width, double separation, double noise,
                                                  uint64_t seed);

/**
 * @brief Selects n_k random samples of each class without replacement, in class order.
 *
 * Larger counts with the same seed give the same samples and more.
 * @param[out] selection the new dataset.
 * @param[in] dataset at least as many classes as @p counts.
 * @param[in] counts how many of each class; classes of @p dataset beyond K are left out.
 * @param[in] seed of the choice.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, or a class has too few samples: the text says which
 *         and how many there are); LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_dataset_select(libnc_dataset **selection,
                                                const libnc_dataset *dataset,
                                                const libnc_classes *counts, uint64_t seed);

/**
 * @brief Splits at random, class by class, into training and test sets.
 * @param[out] train,test the new datasets; the caller destroys both.
 * @param[in] dataset at least two samples in each class.
 * @param[in] test_share share of each class that goes to @p test, in (0, 1); rounded to the
 *            nearest count, at least 1 and at most n_k - 1.
 * @param[in] seed of the choice.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_dataset_split(libnc_dataset **train, libnc_dataset **test,
                                               const libnc_dataset *dataset, double test_share,
                                               uint64_t seed);

/**
 * @brief The order in which epoch @p epoch visits the samples: a permutation of 0 .. N-1 that
 * depends on (seed, epoch) alone. Minibatch b of size B is entries b B .. (b+1) B - 1.
 * @param[in] dataset the dataset.
 * @param[in] seed,epoch any values.
 * @param[out] order @p size values.
 * @param[in] size must be N.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_dataset_order(const libnc_dataset *dataset, uint64_t seed,
                                               uint64_t epoch, int64_t *order, size_t size);

/**
 * @brief The order of an epoch that visits every sample of class k repeats[k] times: oversampling.
 *
 * The entries of the epoch are the samples 0 .. N-1, each as often as its class says, in an order
 * that depends on (seed, epoch) alone: that of libnc_dataset_order() for a dataset in which every
 * sample stands repeats[k] times in a row. Repeats of 1 give libnc_dataset_order().
 * @param[in] dataset the dataset.
 * @param[in] repeats @p class_count numbers >= 1.
 * @param[in] class_count must be K.
 * @param[in] seed,epoch any values.
 * @param[out] order @p size samples.
 * @param[in] size must be N' = sum_k n_k repeats[k].
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (also N' above 2^53); LIBNC_ERROR_DIMENSION.
 * @note O(N').
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_dataset_order_repeated(const libnc_dataset *dataset,
                                                        const int64_t *repeats, int64_t class_count,
                                                        uint64_t seed, uint64_t epoch,
                                                        int64_t *order, size_t size);

/** @brief Destroys a dataset; NULL is fine. @since 0.1 */
LIBNC_API void libnc_dataset_destroy(libnc_dataset *dataset);

/** @brief N; 0 for NULL. @since 0.1 */
LIBNC_API int64_t libnc_dataset_count(const libnc_dataset *dataset);

/** @brief p, values per input; 0 for NULL. @since 0.1 */
LIBNC_API int64_t libnc_dataset_width(const libnc_dataset *dataset);

/**
 * @brief The shape of the inputs as images; any output may be NULL.
 * @param[in] dataset the dataset.
 * @param[out] channels,height,width their product is p; p x 1 x 1 unless a file or
 *             libnc_dataset_set_shape() says otherwise.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_dataset_shape(const libnc_dataset *dataset, int64_t *channels,
                                               int64_t *height, int64_t *width);

/**
 * @brief Sets the shape of the inputs as images; values stay where they are.
 * @param[in] dataset the dataset.
 * @param[in] channels,height,width each >= 1, with the product p.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_dataset_set_shape(libnc_dataset *dataset, int64_t channels,
                                                   int64_t height, int64_t width);

/** @brief @ref libnc_scalar of the inputs; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_dataset_scalar(const libnc_dataset *dataset);

/** @brief The inputs (N x p, row-major), owned by the dataset; NULL for NULL. @since 0.1 */
LIBNC_API const void *libnc_dataset_inputs(const libnc_dataset *dataset);

/** @brief The N labels, owned by the dataset; NULL for NULL. @since 0.1 */
LIBNC_API const int32_t *libnc_dataset_labels(const libnc_dataset *dataset);

/** @brief The class distribution, owned by the dataset; NULL for NULL. @since 0.1 */
LIBNC_API const libnc_classes *libnc_dataset_classes(const libnc_dataset *dataset);

LIBNC_END

#endif
