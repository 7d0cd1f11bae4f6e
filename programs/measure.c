/* SPDX-License-Identifier: MIT
 *
 * libnc-measure: measures the collapse of features that any program saved: NC1 to NC4 and their
 * relatives, per class and per layer, under a named convention (doc/metrics.md), in two passes over
 * files of any size. doc/measuring.md is the guide.
 */
#include <getopt.h>
#include <math.h> /* isfinite and NAN: macros */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "by_class.h"
#include "measure_options.h"
#include "other_sets.h"
#include "output.h"
#include "passes.h"
#include "progress.h"
#include "ranks.h"

/* ---- the report ---- */

/* One report has one bias: a layer with its own has a report of its own. */
static void measure_alone(const job *j, layer *at)
{
    const program *self = &j->self;
    const libnc_accumulator *accumulator = at->accumulator;
    const double *classifier = at->classifier;
    if (at->bias == NULL)
        return;
    require(self, libnc_report_create(&at->alone, self->context));
    require(self, libnc_report_set_convention(at->alone, j->convention));
    require(self, libnc_report_measure_features(at->alone, &accumulator, &classifier, at->bias, 1));
}

/* Of the first `layers` of them. */
static libnc_report *measure(const job *j, int32_t layers)
{
    const program *self = &j->self;
    const libnc_accumulator *accumulators[MAX_LAYERS];
    const double *classifiers[MAX_LAYERS];
    libnc_report *report = NULL;
    for (int32_t l = 0; l < layers; l++) {
        accumulators[l] = j->layers[l].accumulator;
        classifiers[l] = j->layers[l].classifier;
    }
    require(self, libnc_report_create(&report, self->context));
    require(self, libnc_report_set_convention(report, j->convention));
    require(self, libnc_report_set_communicator(report, j->ranks));
    const progress_line line = progress_begin(self);
    if (line.shown) /* minutes for 30,000 classes */
        fprintf(stderr, "measuring %lld classes ...", (long long)j->class_count);
    /* a second pass knows the bias of its layer */
    require(self, libnc_report_measure_features(report, accumulators, classifiers,
                                                j->one_pass ? j->bias_values : NULL, layers));
    progress_end(&line);
    return report;
}

/* The classes that occur. */
static libnc_status present_classes(const job *j, libnc_classes **classes)
{
    int64_t *counts = allocate(&j->self, (size_t)j->class_count, sizeof *counts), present = 0;
    libnc_status status =
        libnc_accumulator_counts(j->layers[0].accumulator, counts, (size_t)j->class_count);
    for (int64_t k = 0; k < j->class_count; k++)
        if (counts[k] > 0)
            counts[present++] = counts[k];
    if (status >= 0)
        status = libnc_classes_from_counts(classes, j->self.context, counts, present);
    free(counts);
    return status;
}

/* The problem of --theory, but for its decays: a head of M linear layers on features of width d. */
static libnc_status pose_problem(const job *j, libnc_geometry **geometry)
{
    libnc_classes *classes = NULL;
    libnc_status status = present_classes(j, &classes);
    if (status >= 0)
        status = libnc_geometry_create(geometry, classes, j->depth > 0 ? (int32_t)j->depth : 1);
    libnc_options *settings = libnc_geometry_options(*geometry);
    if (status >= 0)
        status = libnc_options_set_text(settings, "loss", j->theory == 0 ? "mse" : "ce");
    if (status >= 0)
        status =
            libnc_options_set_int64(settings, LIBNC_GEOMETRY_OPTION_BIAS, j->bias_values != NULL);
    if (status >= 0)
        status = libnc_options_set_int64(settings, LIBNC_GEOMETRY_OPTION_WIDTH,
                                         libnc_accumulator_width(j->layers[0].accumulator));
    libnc_classes_destroy(classes);
    return status;
}

/* The decays that fit best, and the distances from their geometry; `report` is of one layer. */
static libnc_status fit_theory(const job *j, libnc_report *report, measured *m)
{
    libnc_geometry *geometry = NULL;
    progress_line line = progress_begin(&j->self);
    if (line.shown)
        fprintf(stderr, "fitting decays to %lld classes ...", (long long)j->class_count);
    progress_follow(&j->self, &line, true);
    libnc_status status = pose_problem(j, &geometry);
    if (status >= 0)
        status = libnc_report_fit_decay(report, geometry, &m->fitted_product, &m->fitted_distance);
    progress_follow(&j->self, &line, false);
    progress_end(&line);
    if (status >= 0)
        m->fits = true;
    if (m->fits && isfinite(m->fitted_product)) {
        status = libnc_geometry_unique(geometry, &m->fitted_unique);
        if (status >= 0)
            status = libnc_report_compare(report, geometry, (double)NAN);
    }
    if (m->fits && isfinite(m->fitted_product) && status >= 0)
        m->prediction = geometry;
    else
        libnc_geometry_destroy(geometry);
    return status;
}

/* Why there is no theory, or NULL; the caller frees it. Calls after this one may fail too. */
static char *describe_failure(const job *j, libnc_status status)
{
    enum { SIZE = 1024 };
    if (status >= 0)
        return NULL;
    char *text = allocate(&j->self, SIZE, 1);
    if (status == LIBNC_ERROR_UNSUPPORTED && j->theory == 1 && j->depth > 1)
        snprintf(text, SIZE,
                 "ce with --depth %lld: known only for classes of equal counts and d >= K - 1",
                 (long long)j->depth);
    else
        snprintf(text, SIZE, "%s", libnc_context_error(j->self.context));
    return text;
}

static measured measured_of(const job *j, const libnc_report *report)
{
    const libnc_accumulator *first = j->layers[0].accumulator;
    measured m = {.self = &j->self,
                  .report = report,
                  .accumulator = first,
                  .samples = libnc_accumulator_samples(first),
                  .second_samples = libnc_accumulator_second_samples(first),
                  .class_count = j->class_count,
                  .ignored = j->merging ? 0 : j->samples - j->kept,
                  .ignores = j->ignored_count > 0,
                  .by_frequency = j->by_frequency,
                  .labels = j->numbered ? j->present.values : NULL,
                  .convention = j->convention,
                  .layer_count = j->layer_count,
                  .has_rows = j->layers[0].classifier != NULL};
    for (int32_t l = 0; l < j->layer_count; l++) {
        m.names[l] = j->layers[l].name;
        m.notes[l] = &j->layers[l].notes;
        m.alone[l] = j->layers[l].alone;
    }
    return m;
}

/* ---- main ---- */

static void release(job *j)
{
    for (int32_t l = 0; l < j->layer_count; l++) {
        libnc_accumulator_destroy(j->layers[l].accumulator);
        libnc_report_destroy(j->layers[l].alone);
        free(j->layers[l].classifier);
        free(j->layers[l].bias);
        notes_free(&j->layers[l].notes);
        shards_close(&j->layers[l].features);
    }
    shards_close(&j->label_source);
    shards_close(&j->logit_source);
    free(j->bias_values);
    free(j->present.values);
}

static void prepare(job *j)
{
    program *self = &j->self;
    if (!is_first_rank(j))
        self->out = NULL;
    if (self->out != NULL) /* a folder that cannot be made is known before anything is read */
        make_directory(self, self->out);
    if (j->threads == 0)
        j->threads = sysconf(_SC_NPROCESSORS_ONLN) / ranks_per_machine(j);
    j->threads = j->threads < 1 ? 1 : j->threads > 256 ? 256 : j->threads;
    set_threads(self, (int32_t)j->threads);
    j->layers[0].features.name = j->features;
    j->layers[0].classifier_name = j->classifier;
}

int main(int argc, char **argv)
{
    job j = {
        .self = {.name = "libnc-measure",
                 .summary =
                     "Measures the neural collapse of features that any program saved.\n\n"
                     "  libnc-measure --features f.npy --labels y.npy --classifier w.npy --bias "
                     "b.npy\n\n"
                     "FILE is .npy, .npz, safetensors, IDX or CIFAR binary, FILE:MEMBER an array "
                     "in it, and a\npattern such as 'part*.npy' all files that match, in the order "
                     "of their numbers.\n",
                 .defaults = "two passes, the definitions of the library",
                 .options = measure_options,
                 .option_count = measure_option_count,
                 .takes_operands = true},
        .layers = {{.name = "features"}},
        .layer_count = 1,
        .convention = LIBNC_CONVENTION_DEFAULT,
        .scatter = -1,
        .precision = -1,
        .theory = -1,
        .pool = -1};
    const option_spec *option;
    choose_blas_kernels(argv);
    program_begin(&j.self, argc, argv);
    while ((option = next_option(&j.self, argc, argv)) != NULL)
        if (!common_option(&j.self, option) && !job_option(&j, option))
            unhandled(&j.self, option);
    j.states = argv + optind;
    j.state_count = argc - optind;
    check_options(&j);
    ranks_begin(&j);
    prepare(&j);
    const double begin = clock_seconds();
    gather(&j);
    if (j.save != NULL && is_first_rank(&j))
        require(&j.self, libnc_accumulator_save(j.layers[0].accumulator, j.save));
    libnc_report *report = measure(&j, j.layer_count);
    for (int32_t l = 0; l < j.layer_count; l++)
        measure_alone(&j, &j.layers[l]);
    measured m = measured_of(&j, report);
    libnc_report *theory = j.theory < 0 || j.layer_count == 1 ? report : measure(&j, 1);
    m.theory = theory;
    char *failure = j.theory < 0 ? NULL : describe_failure(&j, fit_theory(&j, theory, &m));
    other_sets *others = other_sets_measure(&j);
    m.others = others;
    m.seconds = clock_seconds() - begin;
    m.by_class = class_values_create(&m);
    (j.self.json ? print_json : print_measured)(&m);
    if (j.self.out != NULL)
        write_measured(&m);
    class_values_free(m.by_class);
    other_sets_free(others);
    if (failure != NULL) /* all else is measured and printed by now */
        stop(&j.self, EXIT_FAILURE, "--theory: %s", failure);
    libnc_geometry_destroy(m.prediction);
    if (theory != report)
        libnc_report_destroy(theory);
    libnc_report_destroy(report);
    release(&j);
    ranks_end(&j);
    return program_end(&j.self);
}
