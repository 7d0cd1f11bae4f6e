/* SPDX-License-Identifier: MIT
 *
 * libnc-train: trains a linear head of M layers and compares it, layer by layer, with the geometry
 * that is predicted for its global minimum. The features below the head are free, as in section 5
 * of Dang et al. (2023), where they and the weights start from N(0, scale^2); or a --network makes
 * them from images.
 */
#include <getopt.h>
#include <stdlib.h>

#include "network.h"

enum { KEY_NETWORK = 400, KEY_SCALE };

/* clang-format off */
static const option_spec options[] = {
    {KEY_NETWORK, "network", "NAME", "free, mlp, vgg11, vgg13, vgg16 or resnet18 (free)"},
    PROBLEM_OPTIONS,
    TRAINING_OPTIONS,
    {KEY_REDUCTION, "reduction", "off|auto", "free: exact reduction of MSE on K + d columns (auto)"},
    {KEY_SCALE, "initial-scale", "s", "free: deviation of the first numbers (0.1)"},
    NETWORK_OPTIONS,
    CHECKPOINT_OPTIONS,
    COMMON_OPTIONS};
/* clang-format on */

typedef struct job {
    program self;
    experiment run;
    network net;
    bool layers; /* a network makes the features */
    double scale;
} job;

/* Momentum 0.9, rate 0.1, 30,000 full-batch steps. */
static training free_training(void)
{
    training how = {.optimizer = OPTIMIZER_SGD,
                    .momentum = 0.9,
                    .beta2 = 0.999,
                    .gradient_tolerance = -1,
                    .iterations = 30000,
                    .factor = 0.1,
                    .threads = 1,
                    .scalar = LIBNC_FLOAT64,
                    .reduction = 1};
    return how;
}

static void free_model(experiment *e, double scale)
{
    const program *self = e->self;
    size_t depth = (size_t)e->task.depth;
    experiment_predict(e);
    int64_t *widths = allocate(self, depth, sizeof *widths);
    for (size_t j = 0; j < depth; j++)
        widths[j] = e->task.width;
    require(self, libnc_model_create_free(&e->model, self->context, e->how.scalar, e->classes,
                                          e->task.depth, widths, e->task.bias));
    free(widths);
    require(self, libnc_model_initialise(e->model, LIBNC_INITIALISE_GAUSSIAN, scale, self->seed));
    experiment_penalty(e);
}

/* Defaults depend on the network, so it is looked up first. */
static void choose_network(job *j, int argc, char **argv)
{
    static const char *const networks[] = {"free",  "mlp",      "vgg11", "vgg13",
                                           "vgg16", "resnet18", NULL};
    static const int64_t equal[] = {100, 100, 100, 100};
    static const int64_t rising[] = {100, 100, 200, 200, 300, 300, 400, 400, 500, 500};
    enum { PAPER_WIDTH = 64 };
    const program *self = &j->self;
    const option_spec *option = find_option(self, argc, argv, KEY_NETWORK);
    const int which = option != NULL ? option_choice(self, option, networks) : NETWORK_FREE;
    const char *name = which >= NETWORK_CONVOLUTIONAL ? networks[which] : NULL;
    j->layers = which != NETWORK_FREE;
    if (j->layers) {
        choose_blas_kernels(argv);
        j->run.task = problem_default(self, rising, sizeof rising / sizeof *rising, 0);
        j->run.how = network_training(name);
    } else {
        j->run.task = problem_default(self, equal, sizeof equal / sizeof *equal, PAPER_WIDTH);
        j->run.how = free_training();
    }
    j->net = network_default(self, name);
}

static void check_option(const job *j, const option_spec *option)
{
    const bool of_networks =
        option->key >= KEY_IMAGES && option->key < KEY_LAST && option->key != KEY_LABELS;
    const bool of_free = option->key == KEY_REDUCTION || option->key == KEY_SCALE;
    const bool convolves = j->net.name != NULL;
    const char *needs = NULL;
    if (j->layers ? of_free : of_networks)
        needs = of_free ? "free" : "mlp or another network";
    else if (option->key == KEY_BASE_WIDTH && !convolves)
        needs = "vgg11, vgg13, vgg16 or resnet18";
    else if (option->key == KEY_BACKBONE && convolves)
        needs = "mlp";
    if (needs != NULL)
        stop(&j->self, EXIT_USAGE, "--%s: must come with --network %s", option->name, needs);
}

static void read_options(job *j, int argc, char **argv)
{
    program *self = &j->self;
    experiment *e = &j->run;
    const option_spec *option;
    while ((option = next_option(self, argc, argv)) != NULL) {
        check_option(j, option);
        if (option->key == KEY_SCALE)
            j->scale = option_number(self, option, 0, false, 1e6);
        else if (option->key == KEY_LABELS && !j->layers)
            counts_of_labels(self, option, &e->task.counts);
        else if (option->key != KEY_NETWORK && !common_option(self, option) &&
                 !problem_option(self, option, &e->task) &&
                 !training_option(self, option, &e->how) &&
                 !checkpoint_option(self, option, &e->keep) && !network_option(option, &j->net, e))
            unhandled(self, option);
    }
    checkpoint_check(self, &e->keep);
    if (j->layers)
        network_check(self, &j->net, &e->task, &e->how);
}

int main(int argc, char **argv)
{
    job j = {.self = {.name = "libnc-train",
                      .summary =
                          "Trains a linear head on free features, or on a network's, and "
                          "compares the result with the\npredicted geometry, layer by layer.",
                      .defaults =
                          "counts 100,100,100,100; width 64; sgd, 30000 iterations, constant\n"
                          "rate; beta2 0.999, factor 0.1; one thread, float64. With --network mlp: "
                          "counts of the\nfiles, or 100,100,200,200,300,300,400,400,500,500; width "
                          "of the last backbone layer;\nadam, 800 iterations, cosine rate; beta2 "
                          "0.95, factor 0.001; all processors but at\nmost 8, float32",
                      .options = options,
                      .option_count = sizeof options / sizeof *options,
                      .seed = 2},
             .scale = 0.1};
    j.run.self = &j.self;
    j.run.keep.every = -1;
    program_begin(&j.self, argc, argv);
    choose_network(&j, argc, argv);
    read_options(&j, argc, argv);
    set_threads(&j.self, j.run.how.threads);
    if (j.layers)
        network_model(&j.run, &j.net, j.run.task.counts.key != 0);
    else
        free_model(&j.run, j.scale);
    experiment_run(&j.run);
    network_release(&j.net);
    return experiment_end(&j.run);
}
