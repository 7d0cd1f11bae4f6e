/* SPDX-License-Identifier: MIT */
/**
 * @file scalar.h
 * @brief The two scalar types of models and datasets.
 */
#ifndef LIBNC_SCALAR_H
#define LIBNC_SCALAR_H

#include <libnc/export.h>

/** @brief Scalar types. Append-only. @since 0.1 */
enum libnc_scalar {
    LIBNC_FLOAT64 = 1, /**< double: the choice for theory. */
    LIBNC_FLOAT32 = 2  /**< float: the choice for networks. */
};

#endif
