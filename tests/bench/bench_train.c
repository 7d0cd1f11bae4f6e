/* SPDX-License-Identifier: MIT
 *
 * bench_train.c: times training steps of one problem, given as key=value arguments, and prints
 * microseconds per step and of its processor time. bench.py runs it in turn with the PyTorch peer.
 *
 *   free features: classes= per_class= width= depth= loss=mse|ce scale= rate= decay=
 *   ReLU layers:   widths=784,512,512,10 batch= samples= rate= decay=
 *   a network:     network=vgg11|resnet18 base= side= batch= samples= rate= decay= optimizer=adam
 *   all:           scalar=float64|float32 reduction=0|1 threads= seconds=
 */
#include "bench.h"

#include <stdbool.h>

enum { MAX_WIDTHS = 32 };

/* Of all threads. */
static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Microseconds of a step and of its processor time, in growing runs until `limit` seconds have
 * passed; the first steps are not counted. */
static void time_steps(libnc_trainer *trainer, double limit, double times[2])
{
    MUST(libnc_trainer_step(trainer, 3, NULL));
    int64_t steps = 0, run = 1;
    const double start = seconds_now(), processor = processor_seconds();
    double spent = 0;
    while (spent < limit) {
        MUST(libnc_trainer_step(trainer, run, NULL));
        steps += run;
        spent = seconds_now() - start;
        if (spent < limit / 10)
            run *= 2;
    }
    times[0] = 1e6 * spent / (double)steps;
    times[1] = 1e6 * (processor_seconds() - processor) / (double)steps;
}

static libnc_model *free_model(int argc, char **argv, int32_t scalar)
{
    const int64_t width = (int64_t)number(argc, argv, "width", 64);
    const int32_t depth = (int32_t)number(argc, argv, "depth", 1);
    int64_t widths[MAX_WIDTHS];
    libnc_classes *classes;
    libnc_model *model;
    for (int i = 0; i < MAX_WIDTHS; i++)
        widths[i] = width;
    MUST(libnc_classes_balanced(&classes, context, (int64_t)number(argc, argv, "classes", 4),
                                (int64_t)number(argc, argv, "per_class", 100)));
    MUST(libnc_model_create_free(&model, context, scalar, classes, depth, widths, 0));
    MUST(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, number(argc, argv, "scale", 0.1),
                                2));
    libnc_classes_destroy(classes);
    return model;
}

static int parse_widths(const char *text, int64_t *widths)
{
    int count = 0;
    char *end;
    while (count < MAX_WIDTHS) {
        widths[count++] = strtol(text, &end, 10);
        if (*end != ',')
            return count;
        text = end + 1;
    }
    return count;
}

static libnc_model *layers(const char *text, int32_t scalar, libnc_dataset **dataset,
                           int64_t samples)
{
    int64_t widths[MAX_WIDTHS];
    const int count = parse_widths(text, widths), layers = count - 2;
    libnc_classes *classes;
    libnc_backbone *backbone;
    libnc_model *model;
    MUST(libnc_classes_balanced(&classes, context, widths[count - 1], samples / widths[count - 1]));
    MUST(libnc_dataset_gaussian(dataset, classes, scalar, widths[0], 1, 1, 2));
    MUST(libnc_backbone_create(&backbone, context, widths[0]));
    for (int l = 1; l <= layers; l++)
        MUST(libnc_backbone_add_affine(backbone, widths[l], LIBNC_ACTIVATION_RELU));
    MUST(libnc_model_create_backbone(&model, backbone, scalar, widths[count - 1], 1,
                                     widths + layers, 1));
    libnc_backbone_destroy(backbone);
    MUST(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 2));
    libnc_classes_destroy(classes);
    return model;
}

/* On noise of one channel, ten classes. */
static libnc_model *network(const char *name, int argc, char **argv, int32_t scalar,
                            libnc_dataset **dataset)
{
    enum { CLASSES = 10 };
    const int64_t side = (int64_t)number(argc, argv, "side", 28);
    const int64_t samples = (int64_t)number(argc, argv, "samples", 1280);
    libnc_classes *classes;
    libnc_network *shape;
    libnc_model *model;
    MUST(libnc_classes_balanced(&classes, context, CLASSES, samples / CLASSES));
    MUST(libnc_dataset_gaussian(dataset, classes, scalar, side * side, 1, 1, 2));
    MUST(libnc_dataset_set_shape(*dataset, 1, side, side));
    MUST(libnc_network_create_named(&shape, context, name, 1, side, side,
                                    (int64_t)number(argc, argv, "base", 8)));
    const int64_t width = libnc_network_outputs(shape);
    MUST(libnc_model_create_network(&model, shape, scalar, CLASSES, 1, &width, 1));
    MUST(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 2));
    libnc_network_destroy(shape);
    libnc_classes_destroy(classes);
    return model;
}

int main(int argc, char **argv)
{
    MUST(libnc_context_create(&context));
    MUST(libnc_blas_set_threads(context, 1));
    MUST(libnc_context_set_threads(context, (int32_t)number(argc, argv, "threads", 1)));
    const int32_t scalar = strcmp(argument(argc, argv, "scalar", "float64"), "float64") == 0
                               ? LIBNC_FLOAT64
                               : LIBNC_FLOAT32;
    const char *widths = argument(argc, argv, "widths", NULL);
    const char *named = argument(argc, argv, "network", NULL);
    libnc_dataset *dataset = NULL;
    libnc_model *model =
        named    ? network(named, argc, argv, scalar, &dataset)
        : widths ? layers(widths, scalar, &dataset, (int64_t)number(argc, argv, "samples", 10240))
                 : free_model(argc, argv, scalar);
    const char *kind = argument(argc, argv, "loss", named || widths ? "ce" : "mse");
    const bool adam = strcmp(argument(argc, argv, "optimizer", ""), "adam") == 0;
    const double decay = number(argc, argv, "decay", 5e-4);
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
    MUST(libnc_loss_create(&loss, context,
                           strcmp(kind, "mse") == 0 ? LIBNC_LOSS_MSE : LIBNC_LOSS_CROSS_ENTROPY));
    MUST(libnc_penalty_create(&penalty, model));
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        const char *name;
        MUST(libnc_model_parameter_info(model, i, &name, NULL, NULL));
        MUST(libnc_penalty_set_decay(penalty, name, decay));
    }
    MUST(libnc_optimizer_create(&optimizer, context,
                                adam ? LIBNC_OPTIMIZER_ADAM : LIBNC_OPTIMIZER_MOMENTUM));
    MUST(libnc_options_set_double(libnc_optimizer_options(optimizer),
                                  LIBNC_OPTIMIZER_OPTION_LEARNING_RATE,
                                  number(argc, argv, "rate", 0.1)));
    MUST(libnc_trainer_create(&trainer, model, loss, penalty, optimizer, dataset));
    libnc_options *options = libnc_trainer_options(trainer);
    MUST(libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_REDUCTION,
                                 (int64_t)number(argc, argv, "reduction", 1)));
    MUST(libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_BATCH_SIZE,
                                 (int64_t)number(argc, argv, "batch", 0)));
    double times[2];
    time_steps(trainer, number(argc, argv, "seconds", 0.5), times);
    printf("%.6g %.6g\n", times[0], times[1]);
    libnc_trainer_destroy(trainer);
    libnc_optimizer_destroy(optimizer);
    libnc_penalty_destroy(penalty);
    libnc_loss_destroy(loss);
    libnc_model_destroy(model);
    libnc_dataset_destroy(dataset);
    libnc_context_destroy(context);
    return 0;
}
