/* SPDX-License-Identifier: MIT
 *
 * consumer.c: a C program against an installed libnc, run with each BLAS provider. Trains 3 classes
 * with L-BFGS to the predicted loss (doc/theory.md), and with --provider prints who the BLAS is.
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <string.h>

/* 0 on success. L-BFGS on n = (8,4,2), lw = .02, lh = .01, M = 1, whose optimum is .0840842712. */
static int train(libnc_context *context, const libnc_classes *classes)
{
    static const int64_t widths[] = {5};
    static const double decay = 0.02;
    libnc_model *model = NULL;
    libnc_loss *loss = NULL;
    libnc_penalty *penalty = NULL;
    libnc_optimizer *optimizer = NULL;
    libnc_trainer *trainer = NULL;
    double objective = 0;
    int bad = libnc_model_create_free(&model, context, LIBNC_FLOAT64, classes, 1, widths, 0) < 0 ||
              libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.1, 7) < 0 ||
              libnc_loss_create(&loss, context, LIBNC_LOSS_MSE) < 0 ||
              libnc_penalty_create(&penalty, model) < 0 ||
              libnc_penalty_set_weight_decay(penalty, &decay, 1) < 0 ||
              libnc_penalty_set_feature_decay(penalty, 0.01) < 0 ||
              libnc_optimizer_create(&optimizer, context, LIBNC_OPTIMIZER_LBFGS) < 0 ||
              libnc_trainer_create(&trainer, model, loss, penalty, optimizer, NULL) < 0 ||
              libnc_options_set_text(libnc_trainer_options(trainer), "iterations", "500") < 0 ||
              libnc_trainer_run(trainer, NULL) < 0 ||
              libnc_trainer_evaluate(trainer, &objective, NULL, NULL) < 0;
    if (!bad && !(objective > 0.0840842712 - 1e-9 && objective < 0.0840842712 + 1e-9))
        bad = 1;
    if (bad)
        fprintf(stderr, "objective %.12g, last error: %s\n", objective,
                libnc_context_error(context));
    libnc_trainer_destroy(trainer);
    libnc_optimizer_destroy(optimizer);
    libnc_penalty_destroy(penalty);
    libnc_loss_destroy(loss);
    libnc_model_destroy(model);
    return bad;
}

int main(int argc, char **argv)
{
    static const int64_t counts[] = {8, 4, 2};
    libnc_context *context = NULL;
    libnc_classes *classes = NULL;
    if (argc > 1 && strcmp(argv[1], "--provider") == 0) {
        puts(libnc_blas_provider());
        return 0;
    }
    if (libnc_context_create(&context) < 0)
        return 1;
    int bad =
        libnc_classes_from_counts(&classes, context, counts, 3) < 0 || train(context, classes) != 0;
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return bad;
}
