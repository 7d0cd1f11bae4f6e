/* SPDX-License-Identifier: MIT
 *
 * cc imbalanced_gof.c $(pkg-config --cflags --libs libnc) -o imbalanced_gof
 *
 * Any class counts, free features and a linear head of M layers: trains from a random start and
 * compares the result with the predicted general orthogonal frame, whose lengths depend on the
 * counts. Defaults: Dang et al. (2023), section 5, counts 200,100,50,50 without bias.
 */
#include "direct.h"

static const option_spec options[] = {DIRECT_OPTIONS};

static void check_nothing(const program *self, const problem *task)
{
    (void)self;
    (void)task;
}

int main(int argc, char **argv)
{
    program self = {.name = "imbalanced_gof",
                    .summary = "Trains imbalanced classes from free features and compares the "
                               "result with the\npredicted general orthogonal frame.",
                    .defaults = "counts 200,100,50,50; " DIRECT_DEFAULTS,
                    .options = options,
                    .option_count = sizeof options / sizeof *options};
    const int64_t counts[] = {200, 100, 50, 50};
    return direct_main(&self, counts, sizeof counts / sizeof *counts, check_nothing, argc, argv);
}
