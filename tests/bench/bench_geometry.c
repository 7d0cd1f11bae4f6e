/* SPDX-License-Identifier: MIT
 *
 * bench_geometry.c: times certified solutions of cross-entropy and prints seconds, create included,
 * and the largest gap relative to the loss.
 *
 *   case=curve     41 points of a curve of Figure 3 of Fang et al. (K = 10, K_A = 5, E_H = 5)
 *   case=sizes     classes= of three sizes, with a bias
 *   case=distinct  classes= of sizes drawn from 1 .. 1000, each class for itself
 *   all:           symmetry=0|1 tolerance= decay= threads= form=decay|energy
 */
#include "bench.h"

#include <math.h>
#include <stdbool.h>

/* The largest gap relative to the loss so far. */
static double worse(double worst, const libnc_geometry *geometry)
{
    double loss, gap;
    MUST(libnc_geometry_loss(geometry, &loss, &gap));
    return fmax(worst, gap / loss);
}

/* Classes have one sample each; the majority weighs R. */
static double solve_curve(libnc_geometry *geometry)
{
    double worst = 0;
    for (int i = 0; i <= 40; i++) {
        double weights[10];
        for (int k = 0; k < 10; k++)
            weights[k] = k < 5 ? pow(10, 0.1 * i) : 1;
        MUST(libnc_geometry_set_class_weights(geometry, weights, 10));
        MUST(libnc_geometry_solve(geometry));
        worst = worse(worst, geometry);
    }
    return worst;
}

static int64_t count_of(const char *kind, int64_t k, uint64_t *state)
{
    static const int64_t sizes[3] = {1000, 100, 10};
    if (strcmp(kind, "curve") == 0)
        return 1;
    if (strcmp(kind, "sizes") == 0)
        return sizes[k % 3];
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return 1 + (int64_t)(*state >> 33) % 1000;
}

int main(int argc, char **argv)
{
    const char *kind = argument(argc, argv, "case", "curve");
    const bool curve = strcmp(kind, "curve") == 0;
    const int64_t classes = curve ? 10 : (int64_t)number(argc, argv, "classes", 100);
    const double decay = number(argc, argv, "decay", 1e-5);
    uint64_t state = 1;
    int64_t *counts = malloc((size_t)classes * sizeof *counts);
    if (!counts)
        return 1;
    for (int64_t k = 0; k < classes; k++)
        counts[k] = count_of(kind, k, &state);
    MUST(libnc_context_create(&context));
    MUST(libnc_context_set_threads(context, (int32_t)number(argc, argv, "threads", 1)));
    if (strcmp(libnc_blas_provider(), "reference") != 0)
        MUST(libnc_blas_set_threads(context, 1));

    const double start = seconds_now();
    libnc_classes *distribution;
    libnc_geometry *geometry;
    MUST(libnc_classes_from_counts(&distribution, context, counts, classes));
    MUST(libnc_geometry_create(&geometry, distribution, 1));
    libnc_options *options = libnc_geometry_options(geometry);
    MUST(libnc_options_set_text(options, "loss", "ce"));
    MUST(libnc_options_set_text(options, "form",
                                argument(argc, argv, "form", curve ? "energy" : "decay")));
    MUST(libnc_options_set_text(options, "symmetry", argument(argc, argv, "symmetry", "1")));
    MUST(libnc_options_set_text(options, "tolerance", argument(argc, argv, "tolerance", "1e-9")));
    MUST(libnc_options_set_text(options, "bias", strcmp(kind, "sizes") == 0 ? "1" : "0"));
    MUST(libnc_options_set_text(options, "feature_energy", curve ? "5" : "9"));
    MUST(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay));
    MUST(libnc_geometry_set_weight_decay(geometry, &decay, 1));
    MUST(libnc_options_set_text(options, "normalise_weights", "1"));
    double worst;
    if (curve) {
        worst = solve_curve(geometry);
    } else {
        MUST(libnc_geometry_solve(geometry));
        worst = worse(0, geometry);
    }
    printf("%.6f %.3g\n", seconds_now() - start, worst);

    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(distribution);
    libnc_context_destroy(context);
    free(counts);
    return 0;
}
