/* SPDX-License-Identifier: MIT
 *
 *     cc measure_arrays.c $(pkg-config --cflags --libs libnc) -o measure_arrays
 *
 * Measures features, labels and a classifier that are in memory, as any framework has them.
 * training_loop.c measures batches of what does not fit. Prints:
 *
 *     nc1                  0.00560
 *     nc2_etf_features     0.01867
 *     nc2_etf_classifier   0.01867
 *     nc3_duality          0.00000
 *     nc4                  1.00000
 *     accuracy             1.00000
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 6, WIDTH = 2, CLASSES = 3 };
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
    static const float features[SAMPLES][WIDTH] = {{1.1F, 0.0F},  {0.9F, 0.0F},   {-0.6F, 0.8F},
                                                   {-0.4F, 0.9F}, {-0.5F, -0.9F}, {-0.5F, -0.8F}};
    static const int64_t labels[SAMPLES] = {0, 0, 1, 1, 2, 2};
    static const float classifier[CLASSES][WIDTH] = {{2.0F, 0.0F}, {-1.0F, 1.7F}, {-1.0F, -1.7F}};
    static const int32_t metrics[] = {LIBNC_METRIC_NC1,
                                      LIBNC_METRIC_NC2_ETF_FEATURES,
                                      LIBNC_METRIC_NC2_ETF_CLASSIFIER,
                                      LIBNC_METRIC_NC3_DUALITY,
                                      LIBNC_METRIC_NC4,
                                      LIBNC_METRIC_ACCURACY};
    libnc_report *report = NULL;

    must(libnc_context_create(&context));
    must(libnc_report_create(&report, context));
    must(libnc_report_measure_arrays(report, features, labels, LIBNC_LABEL_INT64, SAMPLES, WIDTH,
                                     CLASSES, LIBNC_FLOAT32, classifier, NULL));
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        double value;
        must(libnc_report_value(report, metrics[i], 1, &value));
        printf("%-20s %.5f\n", libnc_metric_name(metrics[i]), value);
    }

    libnc_report_destroy(report);
    libnc_context_destroy(context);
    return 0;
}
