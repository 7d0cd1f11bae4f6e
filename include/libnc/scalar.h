/* SPDX-License-Identifier: MIT */
/**
 * @file scalar.h
 * @brief The types of numbers and labels.
 */
#ifndef LIBNC_SCALAR_H
#define LIBNC_SCALAR_H

#include <libnc/export.h>

/** @brief Scalar types of models, datasets and arrays. Append-only. @since 0.1 */
enum libnc_scalar {
    LIBNC_FLOAT64 = 1, /**< double: the choice for theory. */
    LIBNC_FLOAT32 = 2  /**< float: the choice for networks. */
};

/** @brief How labels are stored. Append-only. @since 0.2 */
enum libnc_label {
    LIBNC_LABEL_INT32 = 1, /**< int32_t. */
    LIBNC_LABEL_INT64 = 2  /**< int64_t. */
};

#endif
