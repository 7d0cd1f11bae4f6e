/* SPDX-License-Identifier: MIT
 *
 *     cc convolutional_network.c $(pkg-config --cflags --libs libnc) -o convolutional_network
 *
 * A small residual network on images of three unequal classes collapses onto the geometry that
 * theory predicts for free features: no weight below them decays, and the last node is affine, so
 * that they can have any sign. Prints:
 *
 *     predicted loss 0.01836, reached within 1 percent: yes
 *     NC1 below 1e-3, features within 5 percent: yes
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 8, CLASSES = 3, EPOCHS = 800, BATCH = 16 };
static const int64_t counts[CLASSES] = {60, 40, 20}, width = 16;
static const double decay = 1e-2, feature_decay = 1e-4;
static libnc_context *context;

/* Errors end the program with the library's words. */
static void must(libnc_status status)
{
    if (status < 0) {
        fprintf(stderr, "%s: %s\n", libnc_status_name(status), libnc_context_error(context));
        exit(EXIT_FAILURE);
    }
}

/* A convolution with batch norm. */
static void convolve(libnc_network *network, int64_t channels, int64_t stride)
{
    must(libnc_network_convolution(network, channels, 3, stride, 1, 0));
    must(libnc_network_normalisation(network));
}

static libnc_model *make_model(void)
{
    libnc_network *network = NULL;
    libnc_model *model = NULL;
    must(libnc_network_create(&network, context, 1, SIDE, SIDE));
    convolve(network, 16, 1);
    must(libnc_network_activation(network, LIBNC_ACTIVATION_RELU));
    convolve(network, 16, 1);
    must(libnc_network_add(network, 3)); /* the shortcut: nodes count from the image, 0 */
    must(libnc_network_activation(network, LIBNC_ACTIVATION_RELU));
    must(libnc_network_pooling(network, LIBNC_POOLING_MEAN, 0, 0, 0));
    must(libnc_network_affine(network, width));
    must(libnc_model_create_network(&model, network, LIBNC_FLOAT32, CLASSES, 1, &width, 0));
    must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 1));
    libnc_network_destroy(network);
    return model;
}

/* The objective that is reached, and what is predicted for it. */
static double train(libnc_model *model, const libnc_dataset *images, libnc_geometry **geometry)
{
    libnc_loss *loss = NULL;
    libnc_penalty *penalty = NULL;
    libnc_optimizer *adam = NULL;
    libnc_trainer *trainer = NULL;
    const int64_t steps = EPOCHS * ((libnc_dataset_count(images) + BATCH - 1) / BATCH);
    double reached;
    must(libnc_loss_create(&loss, context, LIBNC_LOSS_MSE));
    must(libnc_penalty_create(&penalty, model));
    must(libnc_penalty_set_weight_decay(penalty, &decay, 1));
    must(libnc_penalty_set_feature_decay(penalty, feature_decay));
    must(libnc_optimizer_create(&adam, context, LIBNC_OPTIMIZER_ADAM));
    libnc_options *options = libnc_optimizer_options(adam);
    must(libnc_options_set_text(options, "learning_rate", "0.003"));
    must(libnc_options_set_text(options, "beta2", "0.95"));
    must(libnc_options_set_text(options, "schedule", "cosine"));
    must(libnc_options_set_text(options, "factor", "1e-4"));
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_PERIOD, steps));
    must(libnc_trainer_create(&trainer, model, loss, penalty, adam, images));
    options = libnc_trainer_options(trainer);
    must(libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_BATCH_SIZE, BATCH));
    must(libnc_trainer_step(trainer, steps, NULL));
    must(libnc_trainer_evaluate(trainer, &reached, NULL, NULL));
    must(libnc_trainer_geometry(geometry, trainer));
    must(libnc_geometry_solve(*geometry));
    libnc_trainer_destroy(trainer);
    libnc_optimizer_destroy(adam);
    libnc_penalty_destroy(penalty);
    libnc_loss_destroy(loss);
    return reached;
}

int main(void)
{
    libnc_classes *classes = NULL;
    libnc_dataset *images = NULL;
    libnc_geometry *geometry = NULL;
    libnc_report *report = NULL;
    double predicted, nc1, distance;
    must(libnc_context_create(&context));
    must(libnc_classes_from_counts(&classes, context, counts, CLASSES));
    must(libnc_dataset_gaussian(&images, classes, LIBNC_FLOAT32, SIDE * SIDE, 8, 0.5, 1));
    must(libnc_dataset_set_shape(images, 1, SIDE, SIDE));
    libnc_model *model = make_model();
    const double reached = train(model, images, &geometry);
    must(libnc_geometry_loss(geometry, &predicted, NULL));
    printf("predicted loss %.5f, reached within 1 percent: %s\n", predicted,
           reached < 1.01 * predicted ? "yes" : "no");
    must(libnc_report_create(&report, context));
    must(libnc_report_measure(report, model, images));
    must(libnc_report_compare(report, geometry, reached));
    must(libnc_report_value(report, LIBNC_METRIC_NC1, 1, &nc1));
    must(libnc_report_value(report, LIBNC_METRIC_NC2_PREDICTED_FEATURES, 1, &distance));
    printf("NC1 below 1e-3, features within 5 percent: %s\n",
           nc1 < 1e-3 && distance < 0.05 ? "yes" : "no");
    libnc_report_destroy(report);
    libnc_model_destroy(model);
    libnc_geometry_destroy(geometry);
    libnc_dataset_destroy(images);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return 0;
}
