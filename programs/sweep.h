/* SPDX-License-Identifier: MIT
 *
 * sweep.h: which problems a sweep solves: one for each value of a parameter, or of two.
 *
 *     --sweep weight-decay=1e-5:1e-1:41:log --sweep depth=1:8:8
 *
 * Points are numbered from 0, the last parameter runs fastest. A value is the number that the table
 * shows, of 12 digits, so that a row can be asked for again.
 */
#ifndef PROGRAMS_SWEEP_H
#define PROGRAMS_SWEEP_H

#include "problem.h"

enum { KEY_SWEEP = 500, KEY_SHARD, KEY_JOBS };

/* clang-format off */
#define SWEEP_OPTIONS                                                                             \
    {KEY_SWEEP, "sweep", "P=a:b:n[:log]|P=v1,..", "a row for each value of P; twice: a plane"},   \
    {KEY_SHARD, "shard", "i/n", "the i-th of n parts of a sweep"},                                \
    {KEY_JOBS, "jobs", "n", "points of a sweep at a time (all processors)"}
/* clang-format on */

enum { MAX_AXES = 2 };

typedef enum sweep_parameter {
    SWEEP_WEIGHT_DECAY,
    SWEEP_FEATURE_DECAY,
    SWEEP_DECAY, /* both */
    SWEEP_DEPTH,
    SWEEP_WIDTH,
    SWEEP_RATIO, /* of --long-tailed or --step */
    SWEEP_LABEL_SMOOTHING,
    SWEEP_ENERGIES, /* E_W = E_H */
    SWEEP_BIAS
} sweep_parameter;

typedef struct sweep_axis {
    const char *name;
    sweep_parameter parameter;
    double *values; /* allocated */
    int64_t size;
    bool range, logarithmic; /* range: a:b:n, not a list */
} sweep_axis;

typedef struct sweep {
    sweep_axis axes[MAX_AXES];
    int axis_count;        /* 0: no sweep */
    int64_t shard, shards; /* 1 .. shards; 0 of 0: the whole */
    int64_t jobs;          /* 0: all processors */
} sweep;

/* Handles an option of the sweep; false if it is none. */
bool sweep_option(const program *self, const option_spec *option, sweep *s);

/* What can be said only when all options are known. */
void sweep_check(const program *self, const sweep *s, const problem *task);

void sweep_release(sweep *s);

/* Points of the whole sweep, and those of this shard: begin .. end - 1. */
int64_t sweep_size(const sweep *s);
void sweep_range(const sweep *s, int64_t *begin, int64_t *end);

/* The value of an axis at a point. */
double sweep_value(const sweep *s, int axis, int64_t point);

/* The problem at a point; the caller releases it. */
problem sweep_problem(const program *self, const sweep *s, const problem *task, int64_t point);

/* ", sweep weight-decay=1e-05:0.1:41:log" for each axis. */
void sweep_write(const sweep *s, FILE *file);

#endif
