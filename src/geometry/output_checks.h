/* SPDX-License-Identifier: MIT
 *
 * output_checks.h: checks of the arguments that getters of a prediction share.
 */
#ifndef NC__OUTPUT_CHECKS_H
#define NC__OUTPUT_CHECKS_H

#include "base/base.h"

#include <libnc/geometry.h>

/* That the geometry is solved and the output `name` is given; and of K or K K values. */
libnc_status nc__check_output(const libnc_geometry *geometry, const char *name, const void *output);
libnc_status nc__check_vector_output(const libnc_geometry *geometry, const char *name,
                                     const void *values, size_t size);
libnc_status nc__check_matrix_output(const libnc_geometry *geometry, const char *name,
                                     const void *values, size_t size);

#endif
