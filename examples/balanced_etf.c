/* SPDX-License-Identifier: MIT
 *
 *     cc balanced_etf.c $(pkg-config --cflags --libs libnc) -o balanced_etf
 *
 * Balanced classes: trains free features and a linear head from a random start, and compares what
 * they become with the prediction, a simplex ETF (Dang et al. 2023, section 5). NC1 is the spread
 * within classes, NC2 the distance of classifier and class means from the ETF, NC3 of their
 * product. Prints:
 *
 *     4 classes of 100 samples, width 64, decays 5e-4
 *     problem               predicted     reached       NC1      NC2 W    NC2 H    NC3
 *     MSE with bias, M = 1  0.0148500000  0.0148500000  3.3e-27  5.8e-13  6.1e-13  4.5e-14
 *     MSE with bias, M = 3  0.0094717852  0.0094717852  1.1e-29  9.5e-14  9.6e-14  3.8e-15
 *     CE  with bias, M = 1  0.0943616937  0.0943616937  1.4e-30  1.1e-15  1.4e-15  1.1e-15
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 4, SAMPLES = 100, WIDTH = 64, MAX_DEPTH = 3 };
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

/* The global minimum, in closed form: nothing is trained here. */
static libnc_geometry *predict(const libnc_classes *classes, const char *loss, int32_t depth)
{
    libnc_geometry *geometry = NULL;
    must(libnc_geometry_create(&geometry, classes, depth));
    libnc_options *options = libnc_geometry_options(geometry);
    must(libnc_options_set_text(options, "loss", loss));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, 1));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay));
    must(libnc_geometry_set_weight_decay(geometry, &decay, 1));
    must(libnc_geometry_solve(geometry));
    return geometry;
}

/* Features and weights start from N(0, 0.1^2) and are trained by L-BFGS; the loss that is reached.
 */
static double train(libnc_model *model, int32_t kind)
{
    libnc_loss *loss = NULL;
    libnc_penalty *penalty = NULL;
    libnc_optimizer *optimizer = NULL;
    libnc_trainer *trainer = NULL;
    double reached;
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.1, 2));
    must(libnc_loss_create(&loss, context, kind));
    must(libnc_penalty_create(&penalty, model));
    must(libnc_penalty_set_weight_decay(penalty, &decay, 1));
    must(libnc_penalty_set_feature_decay(penalty, decay));
    must(libnc_optimizer_create(&optimizer, context, LIBNC_OPTIMIZER_LBFGS));
    must(libnc_trainer_create(&trainer, model, loss, penalty, optimizer, NULL));
    libnc_options *options = libnc_trainer_options(trainer);
    must(libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_ITERATIONS, 20000));
    must(libnc_options_set_double(options, LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, 1e-13));
    must(libnc_trainer_run(trainer, NULL));
    must(libnc_trainer_evaluate(trainer, &reached, NULL, NULL));
    libnc_trainer_destroy(trainer);
    libnc_optimizer_destroy(optimizer);
    libnc_penalty_destroy(penalty);
    libnc_loss_destroy(loss);
    return reached;
}

/* One line: the prediction, and how near the trained model is. */
static void compare(const libnc_classes *classes, int32_t loss, int32_t depth)
{
    static const int64_t widths[MAX_DEPTH] = {WIDTH, WIDTH, WIDTH};
    static const int32_t metrics[] = {LIBNC_METRIC_NC1, LIBNC_METRIC_NC2_ETF_CLASSIFIER,
                                      LIBNC_METRIC_NC2_ETF_FEATURES, LIBNC_METRIC_NC3_ETF};
    libnc_geometry *geometry = predict(classes, loss == LIBNC_LOSS_MSE ? "mse" : "ce", depth);
    libnc_model *model = NULL;
    libnc_report *report = NULL;
    double predicted, value;
    must(libnc_geometry_loss(geometry, &predicted, NULL));
    must(libnc_model_create_free(&model, context, LIBNC_FLOAT64, classes, depth, widths, 1));
    printf("%-3s with bias, M = %d  %.10f  %.10f", loss == LIBNC_LOSS_MSE ? "MSE" : "CE",
           (int)depth, predicted, train(model, loss));
    must(libnc_report_create(&report, context));
    must(libnc_report_measure(report, model, NULL));
    for (int i = 0; i < 4; i++) {
        must(libnc_report_value(report, metrics[i], 1, &value));
        printf("  %.1e", value);
    }
    putchar('\n');
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
}

int main(void)
{
    libnc_classes *classes = NULL;
    must(libnc_context_create(&context));
    must(libnc_classes_balanced(&classes, context, CLASSES, SAMPLES));
    printf("%d classes of %d samples, width %d, decays 5e-4\n", CLASSES, SAMPLES, WIDTH);
    puts("problem               predicted     reached       NC1      NC2 W    NC2 H    NC3");
    compare(classes, LIBNC_LOSS_MSE, 1);
    compare(classes, LIBNC_LOSS_MSE, 3);
    compare(classes, LIBNC_LOSS_CROSS_ENTROPY, 1);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return 0;
}
