/* SPDX-License-Identifier: MIT
 *
 *     cc imbalanced_gof.c $(pkg-config --cflags --libs libnc) -o imbalanced_gof
 *
 * Imbalanced classes: trains free features and a linear head from a random start, and compares what
 * they become with the predicted general orthogonal frame, whose lengths depend on the class counts
 * (Dang et al. 2023, section 5). NC2 and NC3 are distances from the predicted frame. Prints:
 *
 *     M = 3: predicted loss 0.0122184004, reached 0.0122184004
 *     NC1 9e-30, NC2 9e-14 (rows) 8e-14 (means), NC3 2e-15
 *     count  |row|^2   measured  |mean|^2  measured
 *       200  52.88268  52.88268  0.018768  0.018768
 *       100  31.32230  31.32230  0.031522  0.031522
 *        50  18.50221  18.50221  0.052898  0.052898
 *        50  18.50221  18.50221  0.052898  0.052898
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 4, MAX_DEPTH = 3 };
static const double decay = 5e-4;
static libnc_context *context;

/* Errors end the program with the library's words. */
static void must(libnc_status status)
{
    if (status < 0) {
        fprintf(stderr, "%s: %s\n", libnc_status_name(status), libnc_context_error(context));
        exit(EXIT_FAILURE);
    }
}

/* Features and weights start from N(0, 0.1^2) and are trained by L-BFGS; the loss that is reached.
 */
static double train(libnc_model *model)
{
    libnc_loss *loss = NULL;
    libnc_penalty *penalty = NULL;
    libnc_optimizer *optimizer = NULL;
    libnc_trainer *trainer = NULL;
    double reached;
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.1, 2));
    must(libnc_loss_create(&loss, context, LIBNC_LOSS_MSE));
    must(libnc_penalty_create(&penalty, model));
    must(libnc_penalty_set_weight_decay(penalty, &decay, 1));
    must(libnc_penalty_set_feature_decay(penalty, decay));
    must(libnc_optimizer_create(&optimizer, context, LIBNC_OPTIMIZER_LBFGS));
    must(libnc_trainer_create(&trainer, model, loss, penalty, optimizer, NULL));
    must(libnc_options_set_double(libnc_trainer_options(trainer),
                                  LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, 1e-13));
    must(libnc_trainer_run(trainer, NULL));
    must(libnc_trainer_evaluate(trainer, &reached, NULL, NULL));
    libnc_trainer_destroy(trainer);
    libnc_optimizer_destroy(optimizer);
    libnc_penalty_destroy(penalty);
    libnc_loss_destroy(loss);
    return reached;
}

/* Predicted lengths of classifier rows and class means, with those of the trained model. */
static void print_lengths(const libnc_geometry *geometry, const libnc_report *report)
{
    double row[CLASSES], mean[CLASSES], measured_row[CLASSES], measured_mean[CLASSES];
    const int64_t *counts = libnc_classes_counts(libnc_geometry_classes(geometry));
    must(libnc_geometry_lengths(geometry, 1, row, mean, CLASSES));
    must(libnc_report_vector(report, LIBNC_CLASS_CLASSIFIER_NORM, 1, measured_row, CLASSES));
    must(libnc_report_vector(report, LIBNC_CLASS_MEAN_NORM, 1, measured_mean, CLASSES));
    puts("count  |row|^2   measured  |mean|^2  measured");
    for (int k = 0; k < CLASSES; k++)
        printf("%5d  %.5f  %.5f  %.6f  %.6f\n", (int)counts[k], row[k],
               measured_row[k] * measured_row[k], mean[k], measured_mean[k] * measured_mean[k]);
}

static void compare(const libnc_classes *classes, int32_t depth)
{
    static const int64_t widths[MAX_DEPTH] = {64, 64, 64};
    static const int32_t metrics[] = {LIBNC_METRIC_NC1, LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER,
                                      LIBNC_METRIC_NC2_PREDICTED_FEATURES,
                                      LIBNC_METRIC_NC3_PREDICTED};
    libnc_geometry *geometry = NULL;
    libnc_model *model = NULL;
    libnc_report *report = NULL;
    double predicted, values[4];
    must(libnc_geometry_create(&geometry, classes, depth)); /* MSE without bias is the default */
    must(libnc_options_set_double(libnc_geometry_options(geometry),
                                  LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay));
    must(libnc_geometry_set_weight_decay(geometry, &decay, 1));
    must(libnc_geometry_solve(geometry));
    must(libnc_geometry_loss(geometry, &predicted, NULL));
    must(libnc_model_create_free(&model, context, LIBNC_FLOAT64, classes, depth, widths, 0));
    const double reached = train(model);
    printf("M = %d: predicted loss %.10f, reached %.10f\n", (int)depth, predicted, reached);
    must(libnc_report_create(&report, context));
    must(libnc_report_measure(report, model, NULL));
    must(libnc_report_compare(report, geometry, reached));
    for (int i = 0; i < 4; i++)
        must(libnc_report_value(report, metrics[i], 1, &values[i]));
    printf("NC1 %.0e, NC2 %.0e (rows) %.0e (means), NC3 %.0e\n", values[0], values[1], values[2],
           values[3]);
    print_lengths(geometry, report);
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}

int main(void)
{
    static const int64_t counts[CLASSES] = {200, 100, 50, 50};
    libnc_classes *classes = NULL;
    must(libnc_context_create(&context));
    must(libnc_classes_from_counts(&classes, context, counts, CLASSES));
    compare(classes, 3);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return 0;
}
