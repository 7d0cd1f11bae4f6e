/* SPDX-License-Identifier: MIT
 *
 * libnc-predict: prints the predicted global minimiser of a training problem: value, status,
 * singular values, Gram matrices, logits and lost classes (Dang et al. 2023; doc/theory.md), and
 * for cross-entropy which classes collapse onto each other (Fang et al. 2021;
 * doc/minority_collapse.md). Nothing is trained.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "figures.h"
#include "output.h"
#include "predicted.h"
#include "report_page.h"
#include "sweep_figures.h"
#include "sweep_run.h"

enum {
    KEY_ENERGIES = 200,
    KEY_CLASS_WEIGHTS,
    KEY_OVERSAMPLING,
    KEY_NORMALISED,
    KEY_STARTS,
    KEY_THRESHOLDS,
    KEY_REMEDY,
    KEY_MARGIN,
    KEY_CLASS
};

/* clang-format off */
static const option_spec options[] = {
    PROBLEM_OPTIONS,
    LABEL_OPTION,
    {KEY_ENERGIES, "energies", "E_W,E_H", "layer-peeled model: energies, not decays; --loss ce"},
    {KEY_CLASS_WEIGHTS, "class-weights", "w1,..,wK", "of the loss terms, divisor N; --loss ce"},
    {KEY_NORMALISED, "weights-normalised", NULL, "divisor sum n_k w_k, as PyTorch's weighted mean"},
    {KEY_OVERSAMPLING, "oversampling", "w1,..,wK", "how often samples are taken; --loss ce"},
    {KEY_STARTS, "starts", "n", "--loss ce, --depth > 1: search from n random starts (0)"},
    {KEY_THRESHOLDS, "thresholds", NULL, "at which decay, count, depth each class falls"},
    {KEY_REMEDY, "remedy", "decay|weights|oversampling", "what has every class predicted"},
    {KEY_MARGIN, "margin", "m", "with this margin in logits (0)"},
    {KEY_CLASS, "class", "i,j-k,..", "thresholds or remedy of these classes, from 0, alone"},
    SWEEP_OPTIONS,
    COMMON_OPTIONS};
/* clang-format on */

/* In the order of the kinds in remedies.h. */
static const char *const remedies[] = {"decay", "weights", "oversampling", NULL};

/* Beyond it e^m has no room in a double. */
#define LARGEST_MARGIN 700

static double *class_numbers(const program *self, const option_spec *option, problem *task)
{
    if (task->class_weights != NULL)
        stop(self, EXIT_USAGE, "--%s: must be given once, and not with the other weights",
             option->name);
    task->weights_option = option->name;
    return option_numbers(self, option, 0, false, LARGEST_FACTOR, &task->class_weight_count);
}

static bool peeled_option(const program *self, const option_spec *option, problem *task)
{
    int64_t count;
    double *values;
    switch (option->key) {
    case KEY_ENERGIES:
        values = option_numbers(self, option, 0, false, LARGEST_FACTOR, &count);
        if (count != 2)
            stop(self, EXIT_USAGE, "--energies = %s: must be two numbers", optarg);
        task->energies[0] = values[0];
        task->energies[1] = values[1];
        free(values);
        return true;
    case KEY_CLASS_WEIGHTS:
    case KEY_OVERSAMPLING:
        task->class_weights = class_numbers(self, option, task);
        task->oversampled = task->oversampled || option->key == KEY_OVERSAMPLING;
        return true;
    case KEY_NORMALISED: task->oversampled = true; return true;
    case KEY_STARTS: task->starts = option_whole(self, option, 0, 100000); return true;
    case KEY_THRESHOLDS: task->thresholds = true; return true;
    case KEY_REMEDY:
        task->remedy = REMEDY_DECAY + option_choice(self, option, remedies);
        return true;
    case KEY_MARGIN:
        task->margin = option_number(self, option, 0, true, LARGEST_MARGIN);
        return true;
    case KEY_CLASS: return true; /* when the counts are known */
    default: return false;
    }
}

static void peeled_check(const program *self, const problem *task)
{
    if (task->oversampled && task->class_weights == NULL)
        stop(self, EXIT_USAGE, "--weights-normalised: must come with --class-weights");
    if (task->energies[0] > 0 && (task->loss != LIBNC_LOSS_CROSS_ENTROPY || task->depth != 1))
        stop(self, EXIT_USAGE, "--energies: must come with --loss ce and --depth 1");
    if (task->class_weights != NULL && task->loss != LIBNC_LOSS_CROSS_ENTROPY)
        stop(self, EXIT_USAGE, "--%s: must come with --loss ce", task->weights_option);
    if (task->class_weights != NULL && task->class_weight_count != task->counts.size)
        stop(self, EXIT_USAGE, "--%s: %lld numbers: must be one for each of the %lld classes",
             task->weights_option, (long long)task->class_weight_count,
             (long long)task->counts.size);
    if (task->starts > 0 && (task->loss != LIBNC_LOSS_CROSS_ENTROPY || task->depth == 1))
        stop(self, EXIT_USAGE, "--starts: must come with --loss ce and --depth above 1");
}

/* What --thresholds and --remedy go with. */
static void question_check(const program *self, const problem *task, const sweep *s)
{
    const bool cures = task->remedy != REMEDY_NONE;
    if (cures && (task->loss != LIBNC_LOSS_CROSS_ENTROPY || task->depth != 1))
        stop(self, EXIT_USAGE, "--remedy: must come with --loss ce and --depth 1");
    if (task->margin > 0 && !cures)
        stop(self, EXIT_USAGE, "--margin: must come with --remedy");
    if (task->asked != NULL && !task->thresholds && !cures)
        stop(self, EXIT_USAGE, "--class: must come with --thresholds or --remedy");
    if ((task->thresholds || cures) && s->axis_count > 0)
        stop(self, EXIT_USAGE, "--%s: must not come with --sweep",
             task->thresholds ? "thresholds" : "remedy");
}

static void read_options(program *self, int argc, char **argv, problem *task, sweep *s)
{
    const option_spec *option, *asked = find_option(self, argc, argv, KEY_CLASS);
    char *const classes = optarg;
    while ((option = next_option(self, argc, argv)) != NULL)
        if (!common_option(self, option) && !problem_option(self, option, task) &&
            !peeled_option(self, option, task) && !sweep_option(self, option, s))
            unhandled(self, option);
    optarg = classes; /* which there are is known now */
    if (asked != NULL)
        task->asked = option_indices(self, asked, task->counts.size - 1, &task->asked_count);
    problem_check(self, task);
    peeled_check(self, task);
    sweep_check(self, s, task);
    question_check(self, task, s);
    problem_describe(self, task);
}

static void solve_one(const program *self, const problem *task)
{
    libnc_classes *classes = NULL;
    require(self, libnc_classes_from_counts(&classes, self->context, task->counts.values,
                                            task->counts.size));
    libnc_geometry *geometry = problem_solve(self, task, classes);
    if (geometry == NULL)
        stop(self, EXIT_FAILURE, "%s", libnc_context_error(self->context));
    if (self->out != NULL) /* a folder that cannot be made is known before anything is printed */
        make_directory(self, self->out);
    prediction p = prediction_fetch(self, task, geometry);
    p.fall = falls_fetch(self, task, geometry);
    p.remedy = remedy_find(self, task, classes);
    if (self->json)
        prediction_json(self, task, &p);
    else
        prediction_print(task, &p);
    if (self->out != NULL) {
        page_begin_words(self);
        prediction_print(task, &p);
        page_end_words(self);
        falls_write(self, task, &p.fall);
        remedy_write(self, task, &p.remedy);
        write_files(self, task, geometry, NULL, NULL);
    }
    prediction_release(&p);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
}

/* The signal that has ended it, or 0. */
static int solve_sweep(const program *self, const sweep *s, const problem *task)
{
    sweep_table t = sweep_table_open(self, s, task);
    const int signal = sweep_run(self, task, &t);
    if (self->out != NULL && signal == 0 && s->shards == 0)
        sweep_figures(self, task, &t);
    sweep_table_release(&t);
    return signal;
}

int main(int argc, char **argv)
{
    program self = {.name = "libnc-predict",
                    .summary = "Predicts the global minimiser of a training problem: the geometry "
                               "of neural collapse.",
                    .defaults = "counts 100,100,100,100; no bottleneck",
                    .options = options,
                    .option_count = sizeof options / sizeof *options,
                    .seed = 2};
    const int64_t counts[] = {100, 100, 100, 100};
    program_begin(&self, argc, argv);
    sweep s = {.axis_count = 0};
    problem task = problem_default(&self, counts, 4, 0);
    read_options(&self, argc, argv, &task, &s);
    const int signal = s.axis_count > 0 ? solve_sweep(&self, &s, &task) : 0;
    if (s.axis_count == 0)
        solve_one(&self, &task);
    sweep_release(&s);
    problem_release(&task);
    const int status = program_end(&self);
    return signal != 0 ? 128 + signal : status;
}
