/* SPDX-License-Identifier: MIT
 *
 *     cc certificate.c $(pkg-config --cflags --libs libnc) -lm -o certificate
 *
 * A solution that can be checked: imbalanced cross-entropy has no closed form, so its minimum is
 * found numerically, and its gap bounds how far the loss can be above the true minimum. The program
 * takes the minimiser itself, classifier and class means, and evaluates the objective in a few
 * lines of its own: no other point is lower by more than the gap. Prints:
 *
 *     loss                0.091240459, proven, unique
 *     evaluated here      0.091240459
 *     gap below 1e-9 loss yes
 */
#include <libnc/libnc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 4, WIDTH = 6 };
static const int64_t counts[CLASSES] = {200, 100, 50, 50};
static const double decay = 5e-4;
static libnc_context *context;

/* Errors end the program with the library's words. */
static void must(libnc_status status)
{
    if (status >= 0)
        return;
    fprintf(stderr, "%s: %s\n", libnc_status_name(status), libnc_context_error(context));
    exit(EXIT_FAILURE);
}

/* Cross-entropy of class k at its mean. */
static double cross_entropy(double classifier[CLASSES][WIDTH], const double *mean, int k)
{
    double logits[CLASSES] = {0}, sum = 0;
    for (int l = 0; l < CLASSES; l++)
        for (int i = 0; i < WIDTH; i++)
            logits[l] += classifier[l][i] * mean[i];
    for (int l = 0; l < CLASSES; l++)
        sum += exp(logits[l] - logits[k]);
    return log(sum);
}

/* Mean loss + decay/2 ||W||^2 + decay/2 ||H||^2; all samples of a class are at its mean. */
static double objective(double classifier[CLASSES][WIDTH], double means[CLASSES][WIDTH])
{
    double value = 0, samples = 0;
    for (int k = 0; k < CLASSES; k++)
        samples += (double)counts[k];
    for (int k = 0; k < CLASSES; k++) {
        const double n = (double)counts[k];
        value += n / samples * cross_entropy(classifier, means[k], k);
        for (int i = 0; i < WIDTH; i++)
            value +=
                decay / 2 * (classifier[k][i] * classifier[k][i] + n * means[k][i] * means[k][i]);
    }
    return value;
}

int main(void)
{
    libnc_classes *classes = NULL;
    libnc_geometry *geometry = NULL;
    double loss, gap, classifier[CLASSES][WIDTH], means[CLASSES][WIDTH];
    int32_t unique;

    must(libnc_context_create(&context));
    must(libnc_classes_from_counts(&classes, context, counts, CLASSES));
    must(libnc_geometry_create(&geometry, classes, 1));
    libnc_options *options = libnc_geometry_options(geometry);
    must(libnc_options_set_text(options, "loss", "ce"));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay));
    must(libnc_geometry_set_weight_decay(geometry, &decay, 1));
    must(libnc_geometry_solve(geometry));

    must(libnc_geometry_loss(geometry, &loss, &gap));
    must(libnc_geometry_unique(geometry, &unique));
    must(libnc_geometry_factors(geometry, WIDTH, classifier[0], means[0], CLASSES * WIDTH));
    printf("loss                %.9f, %s, %s\n", loss,
           libnc_geometry_status(geometry) == LIBNC_GEOMETRY_PROVEN ? "proven" : "not proven",
           unique ? "unique" : "one of several");
    printf("evaluated here      %.9f\n", objective(classifier, means));
    printf("gap below 1e-9 loss %s\n", gap >= 0 && gap < 1e-9 * loss ? "yes" : "no");

    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return 0;
}
