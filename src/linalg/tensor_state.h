/* SPDX-License-Identifier: MIT
 *
 * tensor_state.h: tensors in files of words, as float64, which holds float32 exactly.
 */
#ifndef NC__TENSOR_STATE_H
#define NC__TENSOR_STATE_H

#include "base/state_stream.h"
#include "linalg/tensor.h"

/* Every value, row by row; finite, and of float32 where the tensor is. */
libnc_status nc__tensor_pass(nc__state_stream *s, const nc__tensor *tensor);

#endif
