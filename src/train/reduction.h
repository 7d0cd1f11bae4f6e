/* SPDX-License-Identifier: MIT
 *
 * reduction.h: the exact reduction of full-batch MSE training (doc/theory.md).
 *
 * MSE and Frobenius decay do not change under H -> Q^T H (rows are samples), Q orthogonal, if the
 * targets and the ones of the bias turn along. The first K columns of Q are the classes' indicators
 * over sqrt(n_k); the next c span what is left of the columns of H and of its velocity; the other
 * N - K - c rotated rows are zero and stay so. The rotated features have K + c rows: row k is
 * sqrt(n_k) times the class mean, with target sqrt(n_k) e_k; the rest have target zero.
 */
#ifndef NC__REDUCTION_H
#define NC__REDUCTION_H

#include "base/state_stream.h"
#include "linalg/linalg.h"

typedef struct nc__reduction {
    libnc_context *context;
    int64_t samples, classes, extra, width; /* N, K, c, d */
    int64_t *counts;                        /* n_k; samples are in class order */
    double *basis;                          /* N x c, orthonormal columns, orthogonal to classes */
    double *means, *rest, *block;           /* workspace: K x d, c x d, BLOCK x d */
    int32_t *labels;                        /* K + c */
    double *sample_scale;                   /* K + c: sqrt(n_k), then 0 */
} nc__reduction;

/* True if the reduction has fewer rows than N. */
bool nc__reduction_pays(int64_t samples, int64_t classes, int64_t width, bool with_velocity);

/* From features (N x d, labels in class order) and their velocity (NULL data for zero). */
libnc_status nc__reduction_create(nc__reduction *reduction, nc__arena *arena, const int32_t *labels,
                                  int64_t classes, const nc__tensor *features,
                                  const nc__tensor *velocity);
/* With a basis of zeros, of `extra` columns, for a checkpoint to fill. */
libnc_status nc__reduction_create_blank(nc__reduction *reduction, nc__arena *arena,
                                        const int32_t *labels, int64_t classes, int64_t samples,
                                        int64_t width, int64_t extra);

/* reduced ((K + c) x d) = Q^T full (N x d), and back. */
void nc__reduction_apply(nc__reduction *reduction, const nc__tensor *full, nc__tensor *reduced);
void nc__reduction_expand(nc__reduction *reduction, const nc__tensor *reduced, nc__tensor *full);

/* The basis. */
libnc_status nc__reduction_pass(nc__state_stream *s, nc__reduction *reduction);

#endif
