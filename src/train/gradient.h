/* SPDX-License-Identifier: MIT
 *
 * gradient.h: value and dense gradient of the objective, for every model, loss and batch.
 */
#ifndef NC__GRADIENT_H
#define NC__GRADIENT_H

#include "data/augmentation.h"
#include "model/linear_head.h"
#include "model/model_graph.h"
#include "train/training_problem.h"

typedef struct nc__gradient {
    nc__arena arena; /* its own: a gradient may be made in the midst of a run */
    const nc__training_problem *problem;
    int64_t block; /* rows at a time */
    nc__linear_head head;
    nc__graph graph;          /* of a backbone */
    nc__pass pass;            /* of the evaluation in progress */
    nc__tensor inputs;        /* block x p, gathered or converted */
    nc__tensor features;      /* block x d_1, gathered free features */
    nc__tensor d_features;    /* block x d_1 */
    nc__tensor logits;        /* block x K */
    int32_t *labels;          /* block */
    nc__tensor *values;       /* the gradient, one tensor per parameter of the model */
    nc__tensor **head_values; /* its M head weights */
} nc__gradient;

/* Workspace for batches of at most `batch` samples. */
libnc_status nc__gradient_create(nc__gradient *gradient, const nc__training_problem *problem,
                                 int64_t batch);
void nc__gradient_destroy(nc__gradient *gradient);

/* The N samples for all N' entries, or some entries that are visited. */
typedef struct nc__batch {
    bool visits;
    const int64_t *rows; /* visited: of the inputs or free features; NULL: all in order */
    int64_t count;       /* visited */
    int64_t entry;       /* of the epoch, the first of them */
    const nc__augmentation *augmentation; /* of inputs that are visited; NULL: as they are */
    nc__tensor *d_features; /* set to the gradient by inputs to a head alone; NULL: not wanted */
} nc__batch;

/* Loss and gradient of a step on a batch, without the parameters' decays; *feature_penalty is that
 * of features that are no parameters, included in the gradient. Batch norm takes the statistics of
 * the batch. */
void nc__gradient_loss(nc__gradient *gradient, const nc__batch *batch, double *loss,
                       double *feature_penalty);
/* Objective over all samples with its whole gradient; batch norm takes its running statistics. */
void nc__gradient_objective(nc__gradient *gradient, double *objective, double *loss);
double nc__gradient_norm(const nc__gradient *gradient);

/* Parameter i as it is trained: the features may stand elsewhere. */
nc__tensor nc__training_parameter(const nc__training_problem *problem, int32_t index);
double nc__training_decay(const nc__training_problem *problem, int32_t index);

#endif
