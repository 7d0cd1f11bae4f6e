/* SPDX-License-Identifier: MIT
 *
 * model_file.h: a model as the first part of a file of words (doc/formats.md, "Models and
 * checkpoints"); behind it there may be the state of its training.
 */
#ifndef NC__MODEL_FILE_H
#define NC__MODEL_FILE_H

#include "base/state_stream.h"
#include "model/model_internal.h"

enum { NC__CONTENT_MODEL = 1, NC__CONTENT_CHECKPOINT = 2 };

libnc_status nc__model_write(nc__state_stream *s, libnc_model *model, int64_t content);
/* The caller destroys the model. Its content must be the least or more. */
libnc_status nc__model_read(nc__state_stream *s, libnc_model **model, int64_t least);

#endif
