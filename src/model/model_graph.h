/* SPDX-License-Identifier: MIT
 *
 * model_graph.h: the backbone of a model at work.
 */
#ifndef NC__MODEL_GRAPH_H
#define NC__MODEL_GRAPH_H

#include "layers/graph.h"
#include "model/model_internal.h"

/* For blocks of at most `rows` inputs. */
libnc_status nc__model_graph_create(nc__graph *graph, nc__arena *arena, libnc_model *model,
                                    int64_t rows, bool training);

#endif
