/* SPDX-License-Identifier: MIT */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- synthetic images ---- */

enum { SIDE = 28, BLOBS = 6, BLOB_NUMBERS = 4 };

/* A pattern at (x, y): sum of a / (1 + r^2/w^2)^2 over its blobs (centre, width w, height a). */
static double pattern(const double *blobs, double x, double y)
{
    double sum = 0;
    for (int b = 0; b < BLOBS; b++) {
        const double *blob = blobs + b * BLOB_NUMBERS;
        double dx = x - (4 + 20 * blob[0]), dy = y - (4 + 20 * blob[1]);
        double width = 1.5 + 2 * blob[2], height = 0.4 + 0.6 * blob[3];
        double q = 1 + (dx * dx + dy * dy) / (width * width);
        sum += height / (q * q);
    }
    return sum;
}

static void draw(const double *blobs, const double *shift, const double *noise, float *image)
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double value = pattern(blobs, x + 2 * shift[0] - 1, y + 2 * shift[1] - 1) +
                           0.1 * noise[y * SIDE + x];
            image[y * SIDE + x] = (float)(value < 0 ? 0 : value > 1 ? 1 : value);
        }
}

/* n_k images of each class, in class order. */
static void synthetic_images(experiment *e)
{
    const program *self = e->self;
    size_t N = (size_t)libnc_classes_samples(e->classes), K = (size_t)e->task.counts.size;
    enum { PIXELS = SIDE * SIDE };
    double shift[2], noise[PIXELS];
    float *images = allocate(self, N, PIXELS * sizeof *images);
    int32_t *labels = allocate(self, N, sizeof *labels);
    double *blobs = allocate(self, K, BLOBS * BLOB_NUMBERS * sizeof *blobs);
    libnc_random *random = NULL;
    require(self, libnc_random_create(&random, self->context, self->seed));
    require(self, libnc_random_uniform(random, blobs, K * BLOBS * BLOB_NUMBERS));
    require(self, libnc_classes_labels(e->classes, labels, N));
    for (size_t i = 0; i < N; i++) {
        require(self, libnc_random_uniform(random, shift, 2));
        require(self, libnc_random_normal(random, noise, PIXELS));
        draw(blobs + (size_t)labels[i] * BLOBS * BLOB_NUMBERS, shift, noise, images + i * PIXELS);
    }
    require(self, libnc_dataset_from_memory(&e->dataset, self->context, LIBNC_FLOAT32, images,
                                            labels, (int64_t)N, PIXELS));
    libnc_random_destroy(random);
    free(blobs);
    free(labels);
    free(images);
}

static libnc_dataset *read_images(const experiment *e, const network *net)
{
    libnc_dataset *all = NULL;
    libnc_status status =
        libnc_dataset_from_idx(&all, e->self->context, LIBNC_FLOAT32, net->images, net->labels);
    if (status < 0)
        stop(e->self, EXIT_FAILURE, "--images and --labels: %s (%s)",
             libnc_context_error(e->self->context), libnc_status_name(status));
    return all;
}

/* Without --counts: those of the images, all of them. */
static void take_counts(experiment *e, const libnc_dataset *all)
{
    const libnc_classes *classes = libnc_dataset_classes(all);
    const size_t K = (size_t)libnc_classes_count(classes);
    free(e->task.counts.values);
    e->task.counts.size = (int64_t)K;
    e->task.counts.values = allocate(e->self, K, sizeof *e->task.counts.values);
    memcpy(e->task.counts.values, libnc_classes_counts(classes), K * sizeof *e->task.counts.values);
}

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

static void make_network(experiment *e, const network *net)
{
    const program *self = e->self;
    libnc_backbone *backbone = make_backbone(e, net);
    size_t depth = (size_t)e->task.depth;
    int64_t *widths = allocate(self, depth, sizeof *widths);
    widths[0] = libnc_backbone_outputs(backbone);
    for (size_t j = 1; j < depth; j++)
        widths[j] = e->task.width;
    require(self,
            libnc_model_create_backbone(&e->model, backbone, e->how.scalar, e->task.counts.size,
                                        e->task.depth, widths, e->task.bias));
    free(widths);
    libnc_backbone_destroy(backbone);
    require(self, libnc_model_initialise(e->model, LIBNC_INITIALISE_KAIMING, 1, self->seed));
}

/* Makes the last backbone layer smaller. He initialisation gives features of length about sqrt(d),
 * while the predicted ones are short (||h_k||^2 = 0.03 in the default problem): from there the
 * feature decay, which sums over all samples, would first kill the ReLUs. */
static void shrink_features(experiment *e, const network *net)
{
    const program *self = e->self;
    char name[48];
    int32_t index;
    int64_t rows, cols;
    snprintf(name, sizeof name, "backbone.%lld.weight",
             (long long)(net->backbone_layers + net->affine));
    require(self, libnc_model_parameter_index(e->model, name, &index));
    require(self, libnc_model_parameter_info(e->model, index, NULL, &rows, &cols));
    size_t size = (size_t)(rows * cols);
    double *weight = allocate(self, size, sizeof *weight);
    require(self, libnc_model_get_parameter(e->model, index, weight, size));
    for (size_t i = 0; i < size; i++)
        weight[i] *= net->feature_scale;
    require(self, libnc_model_set_parameter(e->model, index, weight, size));
    free(weight);
}

static void decay_backbone(experiment *e, const network *net)
{
    for (int64_t l = 1; l <= net->backbone_layers + net->affine; l++) {
        char name[48];
        snprintf(name, sizeof name, "backbone.%lld.weight", (long long)l);
        require(e->self, libnc_penalty_set_decay(e->penalty, name, net->backbone_decay));
    }
}

/* ---- settings ---- */

network network_default(const program *self)
{
    static const int64_t widths[] = {256, 256};
    network net = {
        .affine = 1, .feature_scale = 0.03, .backbone_layers = sizeof widths / sizeof *widths};
    net.backbone = allocate(self, (size_t)net.backbone_layers, sizeof widths[0]);
    memcpy(net.backbone, widths, sizeof widths);
    return net;
}

void network_release(network *net)
{
    free(net->backbone);
}

training network_training(void)
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
    return how;
}

bool network_option(const program *self, const option_spec *option, network *net, training *how)
{
    static const char *const answers[] = {"no", "yes", NULL};
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
    case KEY_BATCH_SIZE: how->batch_size = option_whole(self, option, 0, INT32_MAX); return true;
    default: return false;
    }
}

void network_check(const program *self, const network *net, problem *task, const training *how)
{
    if ((net->images == NULL) != (net->labels == NULL))
        stop(self, EXIT_USAGE, "--images and --labels: must be given together");
    if (how->batch_size > 0 && how->optimizer == OPTIMIZER_LBFGS)
        stop(self, EXIT_USAGE, "--batch-size = %lld: must be 0 with --optimizer lbfgs",
             (long long)how->batch_size);
    int64_t last = net->backbone[net->backbone_layers - 1];
    if (task->width == 0)
        task->width = last;
    if (!net->affine && (task->depth == 1 ? task->width != last : task->width > last))
        stop(self, EXIT_USAGE, "--width = %lld: must be %s%lld, the last backbone width, with %s",
             (long long)task->width, task->depth == 1 ? "" : "at most ", (long long)last,
             "--affine no");
}

/* ---- the model ---- */

void network_model(experiment *e, const network *net, bool has_counts)
{
    libnc_dataset *all = net->images != NULL ? read_images(e, net) : NULL;
    if (all != NULL && !has_counts)
        take_counts(e, all);
    experiment_predict(e);
    if (all != NULL)
        require(e->self, libnc_dataset_select(&e->dataset, all, e->classes, e->self->seed));
    else
        synthetic_images(e);
    libnc_dataset_destroy(all);
    make_network(e, net);
    shrink_features(e, net);
    experiment_penalty(e);
    decay_backbone(e, net);
}
