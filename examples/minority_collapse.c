/* SPDX-License-Identifier: MIT
 *
 *     cc minority_collapse.c $(pkg-config --cflags --libs libnc) -o minority_collapse
 *
 * Minority collapse (Fang et al., PNAS 2021): beyond a certain imbalance, cross-entropy with weight
 * decay gives all rare classes one prediction. Five frequent and five rare classes, decays 1e-3 on
 * weights and features: the geometry over the imbalance ratio R, with the product of decays from
 * which on the rare classes are merged. Prints:
 *
 *         R  merge at  cosine    predictions  rare classes
 *         1  0.003162  -0.11111            5  separate
 *         5  0.002357  -0.00453            5  separate
 *        10  0.001818  +0.07779            5  separate
 *        50  0.000877  +1.00000            1  merged
 *       100  0.000626  +1.00000            1  merged
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 10, FREQUENT = 5, COUNT = 1000 };
static const double decay = 1e-3;
static libnc_context *context;

/* Errors end the program with the library's words. */
static void must(libnc_status status)
{
    if (status >= 0)
        return;
    fprintf(stderr, "%s: %s\n", libnc_status_name(status), libnc_context_error(context));
    exit(EXIT_FAILURE);
}

static void study(int64_t ratio)
{
    enum { RARE = 1 };
    libnc_classes *classes = NULL;
    libnc_geometry *geometry = NULL;
    libnc_minority *minority = NULL;
    int64_t groups[CLASSES], distinct;
    double threshold, cosine;
    for (int k = 0; k < CLASSES; k++)
        groups[k] = k < FREQUENT ? 0 : RARE;
    must(libnc_classes_step(&classes, context, CLASSES, FREQUENT, COUNT, COUNT / ratio));
    must(libnc_geometry_create(&geometry, classes, 1));
    libnc_options *options = libnc_geometry_options(geometry);
    must(libnc_options_set_text(options, "loss", "ce"));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay));
    must(libnc_geometry_set_weight_decay(geometry, &decay, 1));
    must(libnc_geometry_solve(geometry));
    must(libnc_threshold_merge_decay(geometry, FREQUENT, &threshold));

    must(libnc_minority_create(&minority, context));
    must(libnc_minority_set_groups(minority, groups, CLASSES));
    must(libnc_minority_from_geometry(minority, geometry, 1));
    must(libnc_minority_cosine(minority, LIBNC_MINORITY_VECTORS_ROWS, RARE, RARE,
                               LIBNC_MINORITY_STATISTIC_MEAN, &cosine));
    must(libnc_minority_distinct(minority, RARE, &distinct, NULL));
    printf("%5d  %.6f  %+.5f  %11d  %s\n", (int)ratio, threshold, cosine, (int)distinct,
           distinct > 1 ? "separate" : "merged");
    libnc_minority_destroy(minority);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
}

int main(void)
{
    must(libnc_context_create(&context));
    puts("    R  merge at  cosine    predictions  rare classes");
    study(1);
    study(5);
    study(10);
    study(50);
    study(100);
    libnc_context_destroy(context);
    return 0;
}
