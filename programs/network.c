/* SPDX-License-Identifier: MIT */
#include "network.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images.h"

/* ---- the network ---- */

/* Layers with ReLU, then the affine layer. */
static libnc_backbone *make_backbone(const experiment *e, const network *net)
{
    const program *self = e->self;
    libnc_backbone *backbone;
    require(self, libnc_backbone_create(&backbone, self->context, libnc_dataset_width(e->dataset)));
    for (int64_t l = 0; l < net->backbone_layers; l++)
        require(self, libnc_backbone_add_affine(backbone, net->backbone[l], LIBNC_ACTIVATION_RELU));
    if (net->affine)
        require(self,
                libnc_backbone_add_affine(backbone, e->task.width, LIBNC_ACTIVATION_IDENTITY));
    return backbone;
}

static int64_t *head_widths(const experiment *e, int64_t features)
{
    const size_t depth = (size_t)e->task.depth;
    int64_t *widths = allocate(e->self, depth, sizeof *widths);
    widths[0] = features;
    for (size_t j = 1; j < depth; j++)
        widths[j] = e->task.width;
    return widths;
}

static void make_layers(experiment *e, const network *net)
{
    libnc_backbone *backbone = make_backbone(e, net);
    int64_t *widths = head_widths(e, libnc_backbone_outputs(backbone));
    require(e->self,
            libnc_model_create_backbone(&e->model, backbone, e->how.scalar, e->task.counts.size,
                                        e->task.depth, widths, e->task.bias));
    free(widths);
    libnc_backbone_destroy(backbone);
}

static void make_convolutions(experiment *e, const network *net)
{
    const program *self = e->self;
    int64_t channels, height, width;
    libnc_network *shape;
    require(self, libnc_dataset_shape(e->dataset, &channels, &height, &width));
    const libnc_status status = libnc_network_create_named(
        &shape, self->context, net->name, channels, height, width, net->base_width);
    if (status < 0)
        stop(self, EXIT_FAILURE, "--network %s: %s", net->name, libnc_context_error(self->context));
    if (net->affine)
        require(self, libnc_network_affine(shape, e->task.width));
    int64_t *widths = head_widths(e, libnc_network_outputs(shape));
    require(self, libnc_model_create_network(&e->model, shape, e->how.scalar, e->task.counts.size,
                                             e->task.depth, widths, e->task.bias));
    free(widths);
    libnc_network_destroy(shape);
}

static void make_network(experiment *e, const network *net)
{
    if (net->name != NULL)
        make_convolutions(e, net);
    else
        make_layers(e, net);
    require(e->self, libnc_model_initialise(e->model, LIBNC_INITIALISE_KAIMING, 1, e->self->seed));
}

/* Parameters below the head, in the order of the layers. */
static int32_t backbone_parameters(const experiment *e)
{
    int32_t head;
    require(e->self, libnc_model_parameter_index(e->model, "head.1.weight", &head));
    return head;
}

static bool is_weight(const experiment *e, int32_t index)
{
    int64_t rows, cols;
    require(e->self, libnc_model_parameter_info(e->model, index, NULL, &rows, &cols));
    return rows > 1 && cols > 1;
}

/* Makes the last backbone layer smaller. He initialisation gives features of length about sqrt(d),
 * while the predicted ones are short (||h_k||^2 = 0.03 in the default problem): from there the
 * feature decay, which sums over all samples, would first kill the ReLUs. */
static void shrink_features(experiment *e, const network *net)
{
    const program *self = e->self;
    int32_t index = backbone_parameters(e) - 1;
    int64_t rows, cols;
    while (index > 0 && !is_weight(e, index))
        index--;
    require(self, libnc_model_parameter_info(e->model, index, NULL, &rows, &cols));
    size_t size = (size_t)(rows * cols);
    double *weight = allocate(self, size, sizeof *weight);
    require(self, libnc_model_get_parameter(e->model, index, weight, size));
    for (size_t i = 0; i < size; i++)
        weight[i] *= net->feature_scale;
    require(self, libnc_model_set_parameter(e->model, index, weight, size));
    free(weight);
}

/* All but the head's weights: a parameter of one row or column is a bias, or batch norm's. */
static void decay_others(experiment *e, const network *net)
{
    const int32_t backbone = backbone_parameters(e);
    for (int32_t i = 0; i < libnc_model_parameter_count(e->model); i++) {
        const char *name;
        require(e->self, libnc_model_parameter_info(e->model, i, &name, NULL, NULL));
        const bool weight = is_weight(e, i);
        if (i < backbone || strcmp(name, "head.bias") == 0)
            require(e->self, libnc_penalty_set_decay(
                                 e->penalty, name, weight ? net->backbone_decay : net->bias_decay));
    }
}

/* ---- settings ---- */

network network_default(const program *self, const char *name)
{
    static const int64_t widths[] = {256, 256};
    network net = {.name = name,
                   .base_width = 8,
                   .epochs = -1,
                   .warm_up_epochs = -1,
                   .period_epochs = -1,
                   .affine = 1,
                   .standardise = name != NULL,
                   .feature_scale = name != NULL ? 0.4 : 0.03,
                   .backbone_layers = sizeof widths / sizeof *widths};
    net.backbone = allocate(self, (size_t)net.backbone_layers, sizeof widths[0]);
    memcpy(net.backbone, widths, sizeof widths);
    return net;
}

void network_release(network *net)
{
    free(net->backbone);
}

training network_training(const char *name)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    training how = {.optimizer = OPTIMIZER_ADAM,
                    .momentum = 0.9,
                    .beta2 = 0.95,
                    .gradient_tolerance = -1,
                    .iterations = 800,
                    .schedule = LIBNC_SCHEDULE_COSINE,
                    .factor = 0.001,
                    .threads = processors < 1   ? 1
                               : processors > 8 ? 8
                                                : (int32_t)processors,
                    .scalar = LIBNC_FLOAT32,
                    .reduction = 1};
    if (name != NULL) {
        how.batch_size = 64;
        how.learning_rate = 3e-3;
        how.factor = 1e-4;
    }
    return how;
}

/* How the samples are visited and shown. */
static bool visit_option(const option_spec *option, network *net, experiment *e)
{
    static const char *const answers[] = {"no", "yes", NULL};
    static const char *const counted[] = {"sample", "visit", NULL};
    const program *self = e->self;
    switch (option->key) {
    case KEY_OVERSAMPLING:
        free(e->task.repeats);
        e->task.repeats = option_wholes(self, option, 1, INT32_MAX, &e->task.repeat_count);
        return true;
    case KEY_REPEAT_DECAY:
        net->has_repeat_decay = true;
        e->task.decays_visits = option_choice(self, option, counted) == 1;
        return true;
    case KEY_CROP_PADDING: e->how.crop_padding = option_whole(self, option, 0, 32768); return true;
    case KEY_FLIP: e->how.flip = 1; return true;
    case KEY_MINORITY: e->minority = option_whole(self, option, 1, MAX_WIDTH); return true;
    case KEY_TEST_OTHERS: net->test_others = true; return true;
    case KEY_MEASURE_EVERY:
        net->measure_epochs = option_whole(self, option, 1, MAX_EPOCHS);
        return true;
    case KEY_STANDARDISE: net->standardise = option_choice(self, option, answers); return true;
    case KEY_WARM_UP_EPOCHS:
        net->warm_up_epochs = option_whole(self, option, 0, MAX_EPOCHS);
        return true;
    case KEY_PERIOD_EPOCHS:
        net->period_epochs = option_whole(self, option, 1, MAX_EPOCHS);
        return true;
    default: return false;
    }
}

bool network_option(const option_spec *option, network *net, experiment *e)
{
    static const char *const answers[] = {"no", "yes", NULL};
    const program *self = e->self;
    training *how = &e->how;
    switch (option->key) {
    case KEY_IMAGES: net->images = optarg; return true;
    case KEY_LABELS: net->labels = optarg; return true;
    case KEY_BACKBONE:
        free(net->backbone);
        net->backbone = option_wholes(self, option, 1, MAX_WIDTH, &net->backbone_layers);
        return true;
    case KEY_AFFINE: net->affine = option_choice(self, option, answers); return true;
    case KEY_FEATURE_SCALE:
        net->feature_scale = option_number(self, option, 0, false, 1e6);
        return true;
    case KEY_BACKBONE_DECAY:
        net->backbone_decay = option_number(self, option, 0, true, LARGEST_DECAY);
        return true;
    case KEY_TEST_IMAGES: net->test_images = optarg; return true;
    case KEY_TEST_LABELS: net->test_labels = optarg; return true;
    case KEY_BASE_WIDTH: net->base_width = option_whole(self, option, 1, 4096); return true;
    case KEY_EPOCHS: net->epochs = option_whole(self, option, 0, MAX_EPOCHS); return true;
    case KEY_BIAS_DECAY:
        net->bias_decay = option_number(self, option, 0, true, LARGEST_DECAY);
        return true;
    case KEY_BATCH_SIZE: how->batch_size = option_whole(self, option, 0, INT32_MAX); return true;
    default: return visit_option(option, net, e);
    }
}

static void check_layers(const program *self, const network *net, problem *task)
{
    int64_t last = net->backbone[net->backbone_layers - 1];
    if (task->width == 0)
        task->width = last;
    if (!net->affine && (task->depth == 1 ? task->width != last : task->width > last))
        stop(self, EXIT_USAGE, "--width = %lld: must be %s%lld, the last backbone width, with %s",
             (long long)task->width, task->depth == 1 ? "" : "at most ", (long long)last,
             "--affine no");
}

static void check_convolutions(const program *self, const network *net, problem *task,
                               const training *how)
{
    if (how->optimizer == OPTIMIZER_LBFGS)
        stop(self, EXIT_USAGE, "--optimizer lbfgs: must be sgd or adam with --network %s",
             net->name);
    if (how->batch_size == 1)
        stop(self, EXIT_USAGE, "--batch-size = 1: must be 0, or at least 2 with --network %s",
             net->name);
    if (task->width == 0)
        task->width = 8 * net->base_width;
}

static bool is_given(const training *how, int key)
{
    return (how->given & (1u << (key - KEY_OPTIMIZER))) != 0;
}

/* The same in passes and in steps is one too much. */
static void check_epochs(const program *self, const network *net, const training *how)
{
    const struct {
        int64_t epochs;
        int key;
        const char *name, *steps;
    } pairs[] = {{net->epochs, KEY_ITERATIONS, "epochs", "iterations"},
                 {net->warm_up_epochs, KEY_WARM_UP, "warm-up-epochs", "warm-up"},
                 {net->period_epochs, KEY_PERIOD, "period-epochs", "period"}};
    for (int i = 0; i < 3; i++)
        if (pairs[i].epochs >= 0 && is_given(how, pairs[i].key))
            stop(self, EXIT_USAGE, "--%s: must not come with --%s", pairs[i].name, pairs[i].steps);
    if (net->warm_up_epochs >= 0 && how->optimizer == OPTIMIZER_LBFGS)
        stop(self, EXIT_USAGE, "--warm-up-epochs: must come with --optimizer sgd or adam");
    if (net->period_epochs >= 0 &&
        (how->optimizer == OPTIMIZER_LBFGS || how->schedule == LIBNC_SCHEDULE_CONSTANT))
        stop(self, EXIT_USAGE, "--period-epochs: must come with --schedule step or cosine");
}

static void check_visits(const program *self, const network *net, const problem *task,
                         const training *how)
{
    if (net->has_repeat_decay && task->repeats == NULL)
        stop(self, EXIT_USAGE, "--repeat-decay: must come with --oversampling");
    if ((how->crop_padding > 0 || how->flip) && how->batch_size == 0)
        stop(self, EXIT_USAGE, "--%s: must come with --batch-size above 0",
             how->flip ? "flip" : "crop-padding");
}

void network_check(const program *self, const network *net, problem *task, const training *how)
{
    if ((net->images == NULL) != (net->labels == NULL))
        stop(self, EXIT_USAGE, "--images and --labels: must be given together");
    if (net->test_others && (net->images == NULL || net->test_images != NULL))
        stop(self, EXIT_USAGE, "--test-others: must come with --images, without --test-images");
    check_epochs(self, net, how);
    check_visits(self, net, task, how);
    if ((net->test_images == NULL) != (net->test_labels == NULL))
        stop(self, EXIT_USAGE, "--test-images and --test-labels: must be given together");
    if (how->batch_size > 0 && how->optimizer == OPTIMIZER_LBFGS && net->name == NULL)
        stop(self, EXIT_USAGE, "--batch-size = %lld: must be 0 with --optimizer lbfgs",
             (long long)how->batch_size);
    if (net->name != NULL)
        check_convolutions(self, net, task, how);
    else
        check_layers(self, net, task);
}

/* ---- the model ---- */

/* Of a pass over the samples, or over the visits to them. */
static int64_t steps_of_epoch(const experiment *e)
{
    const problem *p = &e->task;
    const int64_t B = e->how.batch_size;
    int64_t entries = 0;
    for (int64_t k = 0; k < p->counts.size; k++)
        entries += p->counts.values[k] * (p->repeats != NULL ? p->repeats[k] : 1);
    return B > 0 ? (entries + B - 1) / B : 1;
}

static void count_steps(experiment *e, const network *net)
{
    enum { USUAL_EPOCHS = 60, USUAL_RISE = 1 };
    const int64_t steps = steps_of_epoch(e);
    const bool convolves = net->name != NULL;
    training *how = &e->how;
    if (net->epochs >= 0 || (convolves && !is_given(how, KEY_ITERATIONS)))
        how->iterations = steps * (net->epochs >= 0 ? net->epochs : USUAL_EPOCHS);
    if (net->warm_up_epochs >= 0 || (convolves && !is_given(how, KEY_WARM_UP)))
        how->warm_up = steps * (net->warm_up_epochs >= 0 ? net->warm_up_epochs : USUAL_RISE);
    if (net->period_epochs >= 0)
        how->period = steps * net->period_epochs;
}

/* ---- the test ---- */

static void check_test(const experiment *e, const libnc_dataset *test, const char *options)
{
    const int64_t width = libnc_dataset_width(e->dataset);
    if (libnc_dataset_width(test) != width)
        stop(e->self, EXIT_FAILURE, "%s: images of %lld pixels: must be %lld, as in training",
             options, (long long)libnc_dataset_width(test), (long long)width);
    if (libnc_classes_count(libnc_dataset_classes(test)) > e->task.counts.size)
        stop(e->self, EXIT_FAILURE, "%s: %lld classes: must be at most %lld, as in training",
             options, (long long)libnc_classes_count(libnc_dataset_classes(test)),
             (long long)e->task.counts.size);
}

/* The images of the test files, or those of the training files that were not chosen. */
static void take_test(experiment *e, const network *net, const libnc_dataset *all)
{
    const char *options = "--test-images and --test-labels";
    if (net->test_images != NULL)
        e->test = read_images(e, net->test_images, net->test_labels, options);
    else if (net->test_others)
        e->test = other_images(e, all);
    if (e->test != NULL)
        check_test(e, e->test, options);
}

static void standardise_all(experiment *e)
{
    double mean, deviation;
    pixel_moments(e->dataset, &mean, &deviation);
    standardise(e->self, &e->dataset, mean, deviation);
    if (e->test != NULL)
        standardise(e->self, &e->test, mean, deviation);
}

/* Steps between measurements. */
static void count_measurements(experiment *e, const network *net)
{
    const int64_t every = net->measure_epochs * steps_of_epoch(e);
    if (every > 0 && e->how.iterations / every > MAX_HISTORY - 2)
        stop(e->self, EXIT_USAGE,
             "--measure-every = %lld: gives %lld measurements: must give at most %d",
             (long long)net->measure_epochs, (long long)(e->how.iterations / every),
             MAX_HISTORY - 2);
    e->measure_every = every;
}

void network_model(experiment *e, const network *net, bool has_counts)
{
    libnc_dataset *all = net->images != NULL
                             ? read_images(e, net->images, net->labels, "--images and --labels")
                             : NULL;
    if (all != NULL && !has_counts)
        take_counts(e, all);
    if (e->minority > e->task.counts.size)
        stop(e->self, EXIT_USAGE, "--minority = %lld: must be at most the %lld classes",
             (long long)e->minority, (long long)e->task.counts.size);
    experiment_predict(e);
    if (all != NULL)
        require(e->self, libnc_dataset_select(&e->dataset, all, e->classes, e->self->seed));
    else
        synthetic_images(e);
    take_test(e, net, all);
    libnc_dataset_destroy(all);
    if (net->standardise)
        standardise_all(e);
    count_steps(e, net);
    e->epoch_steps = steps_of_epoch(e);
    count_measurements(e, net);
    make_network(e, net);
    if (net->affine || net->name == NULL)
        shrink_features(e, net);
    experiment_penalty(e);
    decay_others(e, net);
}
