/* SPDX-License-Identifier: MIT
 *
 * experiment.h: training a model and comparing what it becomes with the predicted geometry.
 *
 * A program fills in the problem, makes a model (free features, or a backbone with a dataset), and
 * calls experiment_run(). Metrics that stand for the whole run are those of head layer 1: features
 * H, classifier P = W_M ... W_1.
 */
#ifndef PROGRAMS_EXPERIMENT_H
#define PROGRAMS_EXPERIMENT_H

#include "accuracy.h"
#include "checkpoint.h"
#include "history.h"
#include "problem.h"
#include "progress.h"

enum {
    KEY_OPTIMIZER = 200,
    KEY_LEARNING_RATE,
    KEY_MOMENTUM,
    KEY_BETA2,
    KEY_ITERATIONS,
    KEY_GRADIENT_TOLERANCE,
    KEY_SCHEDULE,
    KEY_PERIOD,
    KEY_FACTOR,
    KEY_THREADS,
    KEY_SCALAR,
    KEY_WARM_UP,
    KEY_REDUCTION
};

/* clang-format off */
#define TRAINING_OPTIONS                                                                          \
    {KEY_OPTIMIZER, "optimizer", "sgd|adam|lbfgs", "the optimizer"},                              \
    {KEY_LEARNING_RATE, "learning-rate", "e", "of sgd (0.1) and adam (0.001)"},                   \
    {KEY_MOMENTUM, "momentum", "m", "of sgd, in [0, 1) (0.9)"},                                   \
    {KEY_BETA2, "beta2", "b", "of adam, in [0, 1)"},                                              \
    {KEY_ITERATIONS, "iterations", "T", "steps"},                                                 \
    {KEY_GRADIENT_TOLERANCE, "gradient-tolerance", "g", "stop at this norm (0; lbfgs 1e-14)"},    \
    {KEY_SCHEDULE, "schedule", "constant|step|cosine", "of the learning rate"},                   \
    {KEY_PERIOD, "period", "t", "steps of the schedule's period (T, step: T/2)"},                 \
    {KEY_FACTOR, "factor", "f", "of the schedule, in [0, 1]"},                                    \
    {KEY_WARM_UP, "warm-up", "t", "steps over which the rate rises to the schedule's (0)"},       \
    {KEY_THREADS, "threads", "p", "threads of the library"},                                      \
    {KEY_SCALAR, "scalar", "float32|float64", "type of the model's numbers"}
/* clang-format on */

enum { OPTIMIZER_SGD, OPTIMIZER_ADAM, OPTIMIZER_LBFGS };

typedef struct training {
    int optimizer;
    double learning_rate; /* 0: the optimizer's default */
    double momentum, beta2;
    int64_t iterations;
    double gradient_tolerance; /* negative: the optimizer's default */
    int schedule;              /* libnc_schedule */
    int64_t period;            /* 0: from the iterations */
    double factor;
    int64_t warm_up;
    int32_t threads;
    int32_t scalar;     /* libnc_scalar */
    int64_t batch_size; /* 0: full batch */
    int64_t crop_padding, flip;
    int reduction;  /* the trainer's choice, 0 off, 1 auto */
    uint32_t given; /* bit key - KEY_OPTIMIZER: that option was on the command line */
} training;

typedef struct experiment {
    program *self;
    problem task;
    training how;
    checkpoints keep;
    libnc_classes *classes;
    libnc_geometry *geometry; /* NULL where the library has no prediction */
    char unpredicted[256];    /* why there is none */
    double predicted;         /* its loss, or NaN */
    libnc_model *model;
    libnc_dataset *dataset; /* NULL for free features */
    libnc_dataset *visits;  /* the same, repeated, where the feature decay counts visits; or NULL */
    libnc_dataset *test;    /* images that a network is tried on, or NULL */
    accuracies trained, tested; /* of a network, as last measured */
    int64_t minority;           /* the last so many classes */
    int64_t measure_every;      /* steps; 0: at log-spaced ones */
    int64_t epoch_steps;        /* of a network: those of a pass over the data */
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
    libnc_report *report;
    int32_t reason; /* why training ended */
    history past;
    int64_t next_measurement;
    int64_t measured; /* the iteration that the report is of; -1 for none */
    progress_line progress;
} experiment;

/* Handles an option of training; false if it is none. */
bool training_option(const program *self, const option_spec *option, training *how);

/* Classes and prediction, or why there is none. */
void experiment_predict(experiment *e);

void experiment_penalty(experiment *e);

/* Trains e->model on e->dataset and measures it; the program has made both, and the penalty. */
void experiment_run(experiment *e);

/* Prints, writes files, and releases everything; the exit status. */
int experiment_end(experiment *e);

#endif
