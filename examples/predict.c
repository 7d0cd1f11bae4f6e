/* SPDX-License-Identifier: MIT
 *
 *     cc predict.c $(pkg-config --cflags --libs libnc) -o predict
 *
 * Predicts the global minimum of a training problem, without training: its loss, how sure that is,
 * which classes are lost, and the Gram matrix of the classifier's rows. Here two linear layers with
 * decays so strong that the rarest class is given up. Prints:
 *
 *     loss 0.2876974226, proven
 *     class 0 of 12 samples: |row|^2 1.969206, |mean|^2 0.350821
 *     class 1 of  6 samples: |row|^2 1.021890, |mean|^2 0.505443
 *     class 2 of  2 samples: |row|^2 0.000000, |mean|^2 0.000000, lost
 *      1.969206  0.000000  0.000000
 *      0.000000  1.021890  0.000000
 *      0.000000  0.000000  0.000000
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 3, DEPTH = 2 };
static libnc_context *context;

/* Errors end the program with the library's words. */
static void must(libnc_status status)
{
    if (status >= 0)
        return;
    fprintf(stderr, "%s: %s\n", libnc_status_name(status), libnc_context_error(context));
    exit(EXIT_FAILURE);
}

int main(void)
{
    static const int64_t counts[CLASSES] = {12, 6, 2};
    static const double decays[DEPTH] = {0.06, 0.06};
    libnc_classes *classes = NULL;
    libnc_geometry *geometry = NULL;
    double loss, gap, rows[CLASSES], means[CLASSES], gram[CLASSES * CLASSES];
    int32_t lost[CLASSES];

    must(libnc_context_create(&context));
    must(libnc_classes_from_counts(&classes, context, counts, CLASSES));
    must(libnc_geometry_create(&geometry, classes, DEPTH));
    /* Settings have keys, and names. */
    must(libnc_options_set_text(libnc_geometry_options(geometry), "feature_decay", "0.02"));
    must(libnc_geometry_set_weight_decay(geometry, decays, DEPTH));
    must(libnc_geometry_solve(geometry));

    must(libnc_geometry_loss(geometry, &loss, &gap));
    printf("loss %.10f, %s\n", loss,
           libnc_geometry_status(geometry) == LIBNC_GEOMETRY_PROVEN ? "proven" : "not proven");
    must(libnc_geometry_lengths(geometry, 1, rows, means, CLASSES));
    must(libnc_geometry_lost_classes(geometry, lost, CLASSES));
    for (int k = 0; k < CLASSES; k++)
        printf("class %d of %2d samples: |row|^2 %.6f, |mean|^2 %.6f%s\n", k, (int)counts[k],
               rows[k], means[k], lost[k] ? ", lost" : "");
    must(libnc_geometry_classifier_gram(geometry, 1, gram, CLASSES * CLASSES));
    for (int k = 0; k < CLASSES; k++)
        printf("%9.6f %9.6f %9.6f\n", gram[k * CLASSES], gram[k * CLASSES + 1],
               gram[k * CLASSES + 2]);

    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return 0;
}
