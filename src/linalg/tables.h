/* SPDX-License-Identifier: MIT
 *
 * tables.h: the tables of kernels in use on this processor.
 */
#ifndef NC__TABLES_H
#define NC__TABLES_H

#include "linalg/kernels.h"
#include "linalg/layer_kernels.h"
#include "linalg/softmax.h"

/* The table in use for a scalar type. */
const nc__kernels *nc__kernels_of(int32_t scalar);

/* For tests and benchmarks: every table that this machine can run, worst first; NULL past the end.
 */
const nc__kernels *nc__kernels_variant(int32_t scalar, int32_t index, const char **name);

/* The table in use for a scalar type. */
const nc__loss_kernels *nc__loss_kernels_of(int32_t scalar);
/* For tests and benchmarks: every table that this machine can run, worst first; NULL past the end.
 */
const nc__loss_kernels *nc__loss_kernels_variant(int32_t scalar, int32_t index, const char **name);

/* The table in use for a scalar type. */
const nc__layer_kernels *nc__layer_kernels_of(int32_t scalar);
/* For tests and benchmarks: every table that this machine can run, worst first; NULL past the end.
 */
const nc__layer_kernels *nc__layer_kernels_variant(int32_t scalar, int32_t index,
                                                   const char **name);

#endif
