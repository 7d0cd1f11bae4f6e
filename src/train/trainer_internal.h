/* SPDX-License-Identifier: MIT
 *
 * trainer_internal.h: the trainer's parts. trainer.c is the handle and run; plan.c decides how the
 * steps are done, steps.c does them; checkpoint.c writes and reads all of it.
 */
#ifndef NC__TRAINER_INTERNAL_H
#define NC__TRAINER_INTERNAL_H

#include "minimise/lbfgs.h"
#include "optimizer/optimizer_internal.h"
#include "train/energies.h"
#include "train/fused_step.h"
#include "train/gradient.h"
#include "train/reduction.h"

#include <libnc/trainer.h>

enum { NC__HISTORY_COLUMNS = 5 };

typedef enum nc__plan_kind {
    NC__PLAN_NONE,
    NC__PLAN_FUSED, /* full batch, free features, first order, chain order */
    NC__PLAN_DENSE, /* any first-order step from a dense gradient */
    NC__PLAN_LBFGS
} nc__plan_kind;

/* What a plan was made for: when any of it changes, a new plan is made. */
typedef struct nc__plan_key {
    int64_t batch; /* entries per step; N' for a full batch */
    int64_t features_revision;
    int64_t repeats_revision;
    int32_t threads;
    int32_t pairs; /* that L-BFGS keeps, else 0 */
    bool reduces;
    bool constrains; /* energies */
} nc__plan_key;

/* How often what a step stands on was changed from outside. */
typedef struct nc__revisions {
    int64_t model, loss, loss_options, penalty;
} nc__revisions;

typedef struct nc__plan {
    nc__arena arena; /* of its parts but the gradient and L-BFGS */
    nc__plan_kind kind;
    nc__plan_key key;
    nc__training_problem problem;
    nc__fused_step fused;
    nc__lbfgs *lbfgs;
    nc__gradient gradient; /* made when it is first needed */
    nc__energies energies; /* problem is NULL without */

    /* exact reduction; samples is 0 without */
    nc__reduction reduction;
    nc__tensor reduced; /* the features that are trained */
    bool stale;         /* the model's features are behind the reduced ones */

    /* minibatches */
    int64_t *order; /* of this epoch, once ordered */
    bool ordered;
    uint64_t seed; /* that ordered it */
    uint64_t epoch;
    int64_t position;              /* in order */
    nc__augmentation augmentation; /* of the images that a step visits */
} nc__plan;

/* A run of libnc_trainer_run(), from its first check to its end; an observer may save in between.
 */
typedef struct nc__run {
    bool is_open;
    int64_t done, limit; /* steps */
    double start, end;   /* seconds of the trainer when it began, and at which it ends */
    int32_t reason;      /* libnc_stop, from when it is known that this is the last pause */
} nc__run;

struct libnc_trainer {
    libnc_context *context;
    libnc_model *model;
    const libnc_loss *loss;
    const libnc_penalty *penalty;
    const libnc_optimizer *optimizer;
    const libnc_dataset *dataset;
    bool is_fed; /* a head's: features come from outside, batch by batch */
    libnc_options options;
    libnc_observer_fn observer;
    void *observer_user;
    bool running;
    nc__run run;

    int64_t samples;                    /* N */
    int64_t *counts;                    /* n_k */
    int64_t entries;                    /* N' */
    int64_t *repeats, repeats_revision; /* per class; NULL for 1 */
    double *weights;                    /* per class: class weight times repeats; NULL without */
    int64_t iterations;
    double seconds;
    nc__moments moments; /* per parameter; the features' are rotated while reduced */
    nc__plan plan;
    nc__revisions seen; /* by the steps */

    int64_t history_rows, history_capacity;
    double *history; /* rows of NC__HISTORY_COLUMNS */

    int32_t *labels; /* of a batch from outside, converted */
    int64_t label_capacity;

    /* checkpoints */
    unsigned char *attachment;
    size_t attachment_size;
    bool has_fingerprint;
    double fingerprint; /* of the dataset, once it was requested */
};

#endif
