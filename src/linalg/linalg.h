/* SPDX-License-Identifier: MIT
 *
 * linalg.h: gathers the numeric seam. Only src/linalg names float or double storage of tensors,
 * BLAS or LAPACK; everything above works on tensors and runs in either scalar type.
 *
 * A tensor is a row-major matrix view: element (i, j) is data[i stride + j].
 */
#ifndef NC__LINALG_H
#define NC__LINALG_H

#include "linalg/dense.h"
#include "linalg/lapack.h"
#include "linalg/singular.h"
#include "linalg/tensor.h"
#include "linalg/thin.h"

#endif
