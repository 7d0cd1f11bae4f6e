/* SPDX-License-Identifier: MIT
 *
 * direct.h: direct optimisation of the unconstrained features model: features and weights are both
 * free and start from N(0, scale^2) (Dang et al. 2023, section 5).
 */
#ifndef EXAMPLES_DIRECT_H
#define EXAMPLES_DIRECT_H

#include "experiment.h"

enum { KEY_SCALE = 300 };

/* clang-format off */
#define DIRECT_OPTIONS                                                                            \
    PROBLEM_OPTIONS,                                                                              \
    TRAINING_OPTIONS,                                                                             \
    {KEY_REDUCTION, "reduction", "off|auto", "exact reduction of MSE on K + d columns (auto)"},   \
    {KEY_SCALE, "initial-scale", "s", "deviation of the first numbers (0.1)"},                    \
    COMMON_OPTIONS
/* clang-format on */

/* What follows the counts in --help. */
#define DIRECT_DEFAULTS                                                                            \
    "width 64; sgd, 30000 iterations, constant rate;\n"                                            \
    "beta2 0.999, factor 0.1; one thread, float64"

/* Momentum 0.9, rate 0.1, 30,000 full-batch steps from N(0, 0.1^2), seed 2. */
static inline training direct_training(void)
{
    training how = {.optimizer = OPTIMIZER_SGD,
                    .momentum = 0.9,
                    .beta2 = 0.999,
                    .gradient_tolerance = -1,
                    .iterations = 30000,
                    .factor = 0.1,
                    .threads = 1,
                    .scalar = LIBNC_FLOAT64,
                    .reduction = 1};
    return how;
}

static inline void direct_model(experiment *e, double scale)
{
    const program *self = e->self;
    size_t depth = (size_t)e->task.depth;
    int64_t *widths = allocate(self, depth, sizeof *widths);
    for (size_t j = 0; j < depth; j++)
        widths[j] = e->task.width;
    require(self, libnc_model_create_free(&e->model, self->context, e->how.scalar, e->classes,
                                          e->task.depth, widths, e->task.bias));
    free(widths);
    require(self, libnc_model_initialise(e->model, LIBNC_INITIALISE_GAUSSIAN, scale, self->seed));
}

/* The whole program, from its default counts and a check of its own on the problem. */
static inline int direct_main(program *self, const int64_t *counts, int64_t class_count,
                              void (*check)(const program *self, const problem *task), int argc,
                              char **argv)
{
    enum { PAPER_WIDTH = 64, PAPER_SEED = 2 };
    self->seed = PAPER_SEED;
    double scale = 0.1;
    experiment e = {.self = self,
                    .task = problem_default(self, counts, class_count, PAPER_WIDTH),
                    .how = direct_training()};
    const option_spec *option;
    while ((option = next_option(self, argc, argv)) != NULL) {
        if (option->key == KEY_SCALE)
            scale = option_number(self, option, 0, false, 1e6);
        else if (!common_option(self, option) && !problem_option(self, option, &e.task) &&
                 !training_option(self, option, &e.how))
            unhandled(self, option);
    }
    check(self, &e.task);
    program_begin(self);
    set_threads(self, e.how.threads);
    experiment_predict(&e);
    direct_model(&e, scale);
    experiment_penalty(&e);
    experiment_run(&e);
    return experiment_end(&e);
}

#endif
