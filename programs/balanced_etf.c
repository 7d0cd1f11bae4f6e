/* SPDX-License-Identifier: MIT
 *
 * cc balanced_etf.c $(pkg-config --cflags --libs libnc) -o balanced_etf
 *
 * Balanced classes, free features and a linear head of M layers: trains from a random start and
 * compares the result with the predicted orthogonal frame (MSE without bias) or simplex ETF (MSE
 * with bias, cross-entropy). Defaults: Dang et al. (2023), section 5, K = 4, 100 samples each.
 */
#include "direct.h"

static const option_spec options[] = {DIRECT_OPTIONS};

static void check_balanced(const program *self, const problem *task)
{
    if (!problem_balanced(task))
        stop(self, EXIT_USAGE,
             "--counts: must be equal, from 1 each; imbalanced_gof takes any counts");
}

int main(int argc, char **argv)
{
    program self = {.name = "balanced_etf",
                    .summary = "Trains balanced classes from free features and compares the "
                               "result with the\npredicted ETF or orthogonal frame.",
                    .defaults = "counts 100,100,100,100; " DIRECT_DEFAULTS,
                    .options = options,
                    .option_count = sizeof options / sizeof *options};
    const int64_t counts[] = {100, 100, 100, 100};
    return direct_main(&self, counts, sizeof counts / sizeof *counts, check_balanced, argc, argv);
}
