/* SPDX-License-Identifier: MIT */
#include "problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"

/* As the option --loss names them, in the order of enum libnc_loss_function. */
static const char *const losses[] = {"mse", "ce", "focal", NULL};

problem problem_default(const program *self, const int64_t *counts, int64_t class_count,
                        int64_t width)
{
    problem p = {.counts.size = class_count, .weight_decay_count = 1, .feature_decay = 5e-4};
    p.counts.values = allocate(self, (size_t)class_count, sizeof *p.counts.values);
    memcpy(p.counts.values, counts, (size_t)class_count * sizeof *counts);
    p.weight_decay = allocate(self, 1, sizeof *p.weight_decay);
    p.weight_decay[0] = 5e-4;
    p.depth = 1;
    p.width = width;
    p.loss = LIBNC_LOSS_MSE;
    p.label_smoothing = p.focal_gamma = -1;
    return p;
}

static void *copy_values(const program *self, const void *values, int64_t count, size_t size)
{
    if (values == NULL)
        return NULL;
    return memcpy(allocate(self, (size_t)count, size), values, (size_t)count * size);
}

problem problem_copy(const program *self, const problem *p)
{
    problem copy = *p;
    copy.counts.values = copy_values(self, p->counts.values, p->counts.size, sizeof(int64_t));
    copy.weight_decay = copy_values(self, p->weight_decay, p->weight_decay_count, sizeof(double));
    copy.class_weights = copy_values(self, p->class_weights, p->class_weight_count, sizeof(double));
    copy.repeats = copy_values(self, p->repeats, p->repeat_count, sizeof(int64_t));
    copy.asked = copy_values(self, p->asked, p->asked_count, sizeof(int64_t));
    return copy;
}

void problem_release(problem *p)
{
    free(p->counts.values);
    free(p->weight_decay);
    free(p->class_weights);
    free(p->repeats);
    free(p->asked);
}

bool problem_option(const program *self, const option_spec *option, problem *p)
{
    if (counts_option(self, option, &p->counts))
        return true;
    switch (option->key) {
    case KEY_DEPTH: p->depth = (int32_t)option_whole(self, option, 1, MAX_DEPTH); return true;
    case KEY_WIDTH: p->width = option_whole(self, option, 1, MAX_WIDTH); return true;
    case KEY_WEIGHT_DECAY:
        free(p->weight_decay);
        p->weight_decay =
            option_numbers(self, option, 0, false, LARGEST_DECAY, &p->weight_decay_count);
        return true;
    case KEY_FEATURE_DECAY:
        p->feature_decay = option_number(self, option, 0, false, LARGEST_DECAY);
        return true;
    case KEY_BIAS: p->bias = 1; return true;
    case KEY_LOSS: p->loss = LIBNC_LOSS_MSE + option_choice(self, option, losses); return true;
    case KEY_LABEL_SMOOTHING:
        p->label_smoothing = option_number(self, option, 0, true, 1);
        if (p->label_smoothing == 1)
            stop(self, EXIT_USAGE, "--label-smoothing = 1: must be from 0 and below 1");
        return true;
    case KEY_FOCAL_GAMMA: p->focal_gamma = option_number(self, option, 0, true, 100); return true;
    default: return false;
    }
}

void problem_check(const program *self, const problem *p)
{
    if (p->weight_decay_count != 1 && p->weight_decay_count != p->depth)
        stop(self, EXIT_USAGE, "--weight-decay: %lld numbers: must be 1 or --depth = %d",
             (long long)p->weight_decay_count, (int)p->depth);
    if (p->label_smoothing >= 0 && p->loss != LIBNC_LOSS_CROSS_ENTROPY)
        stop(self, EXIT_USAGE, "--label-smoothing = %g: must come with --loss ce",
             p->label_smoothing);
    if (p->focal_gamma >= 0 && p->loss != LIBNC_LOSS_FOCAL)
        stop(self, EXIT_USAGE, "--focal-gamma = %g: must come with --loss focal", p->focal_gamma);
}

/* ---- words ---- */

bool problem_balanced(const problem *p)
{
    for (int64_t k = 1; k < p->counts.size; k++)
        if (p->counts.values[k] != p->counts.values[0])
            return false;
    return true;
}

const char *problem_frame(const problem *p)
{
    if (p->starts > 0)
        return "best of a search";
    if (p->loss != LIBNC_LOSS_MSE)
        return problem_balanced(p) && p->class_weights == NULL ? "simplex ETF"
                                                               : "solution without a closed form";
    if (p->bias)
        return problem_balanced(p) ? "simplex ETF" : "frame of the centred targets";
    return problem_balanced(p) ? "orthogonal frame" : "general orthogonal frame";
}

const char *status_words(int32_t status)
{
    switch (status) {
    case LIBNC_GEOMETRY_PROVEN: return "proven";
    case LIBNC_GEOMETRY_CRITICAL_POINT: return "critical point";
    case LIBNC_GEOMETRY_BEST_KNOWN: return "best known";
    case LIBNC_GEOMETRY_STALLED: return "stalled";
    default: return "none";
    }
}

void problem_words(const problem *p, char *text, size_t size)
{
    static const char *const titles[] = {"MSE", "CE", "focal"};
    enum { MAX_LISTED = 6 };
    char counts[160] = "";
    if (problem_balanced(p)) {
        int64_t total = 0;
        for (int64_t k = 0; k < p->counts.size; k++)
            total += p->counts.values[k];
        snprintf(counts, sizeof counts, "K = %lld, N = %lld", (long long)p->counts.size,
                 (long long)total);
    } else if (p->counts.size > MAX_LISTED) {
        int64_t low = p->counts.values[0], high = p->counts.values[0];
        for (int64_t k = 1; k < p->counts.size; k++) {
            low = p->counts.values[k] < low ? p->counts.values[k] : low;
            high = p->counts.values[k] > high ? p->counts.values[k] : high;
        }
        snprintf(counts, sizeof counts, "K = %lld, n from %lld to %lld", (long long)p->counts.size,
                 (long long)low, (long long)high);
    } else {
        size_t used = (size_t)snprintf(counts, sizeof counts, "counts ");
        for (int64_t k = 0; k < p->counts.size && used < sizeof counts; k++)
            used += (size_t)snprintf(counts + used, sizeof counts - used, "%s%lld",
                                     k > 0 ? "," : "", (long long)p->counts.values[k]);
    }
    char depth[24] = "", energies[64] = "";
    if (p->depth > 0)
        snprintf(depth, sizeof depth, ", M = %d", (int)p->depth);
    if (p->energies[0] > 0)
        snprintf(energies, sizeof energies, ", energies %g, %g", p->energies[0], p->energies[1]);
    snprintf(text, size, "%s, %s%s%s%s", titles[p->loss - LIBNC_LOSS_MSE], counts, depth,
             p->bias > 0    ? ", bias"
             : p->bias == 0 ? ", no bias"
                            : "",
             energies);
}

/* ---- what every result says ---- */

/* Runs of equal counts: "3*500,7*50". */
static void write_counts(FILE *file, const class_counts *counts)
{
    for (int64_t k = 0, run; k < counts->size; k += run) {
        for (run = 1; k + run < counts->size && counts->values[k + run] == counts->values[k];)
            run++;
        fputs(k > 0 ? "," : "", file);
        if (run > 1)
            fprintf(file, "%lld*", (long long)run);
        fprintf(file, "%lld", (long long)counts->values[k]);
    }
}

static void write_numbers(FILE *file, const char *name, const double *values, int64_t count)
{
    fprintf(file, ", %s", name);
    for (int64_t i = 0; i < count; i++)
        fprintf(file, "%c%.12g", i > 0 ? ',' : ' ', values[i]);
}

static void write_settings(FILE *file, const problem *p)
{
    if (p->label_smoothing >= 0)
        write_numbers(file, "label smoothing", &p->label_smoothing, 1);
    if (p->focal_gamma >= 0)
        write_numbers(file, "focal gamma", &p->focal_gamma, 1);
    if (p->energies[0] > 0) {
        write_numbers(file, "energies", p->energies, 2);
    } else {
        write_numbers(file, "weight decay", p->weight_decay, p->weight_decay_count);
        write_numbers(file, "feature decay", &p->feature_decay, 1);
    }
    if (p->class_weights != NULL)
        write_numbers(file, p->oversampled ? "normalised weights" : "weights", p->class_weights,
                      p->class_weight_count);
    for (int64_t k = 0; k < p->repeat_count; k++)
        fprintf(file, "%s%lld", k > 0 ? "," : ", oversampling ", (long long)p->repeats[k]);
    if (p->repeat_count > 0)
        fprintf(file, ", decay by %s", p->decays_visits ? "visit" : "sample");
    fputs(p->bias ? ", bias" : ", no bias", file);
    if (p->width > 0)
        fprintf(file, ", width %lld", (long long)p->width);
}

void problem_write(const program *self, const problem *p, FILE *file)
{
    fprintf(file, "%s, counts ", losses[p->loss - LIBNC_LOSS_MSE]);
    write_counts(file, &p->counts);
    fprintf(file, ", depth %d", (int)p->depth);
    write_settings(file, p);
    fprintf(file, ", starts %lld, seed %llu", (long long)p->starts, (unsigned long long)self->seed);
}

void problem_describe(program *self, const problem *p)
{
    size_t size;
    FILE *file = open_memstream(&self->description, &size);
    if (file != NULL)
        problem_write(self, p, file);
    if (file == NULL || fclose(file) != 0)
        stop(self, EXIT_FAILURE, "out of memory");
}

static void json_positive(json_writer *json, const char *key, double value)
{
    if (value > 0)
        json_number(json, key, value);
    else
        json_null(json, key);
}

/* The keys of the object "problem". */
static void json_settings(const program *self, const problem *p, json_writer *json)
{
    json_text(json, "loss", losses[p->loss - LIBNC_LOSS_MSE]);
    json_wholes(json, "counts", p->counts.values, p->counts.size);
    json_whole(json, "depth", p->depth);
    if (p->energies[0] > 0) {
        json_array(json, "energies", p->energies, 2);
    } else {
        json_array(json, "weight_decay", p->weight_decay, p->weight_decay_count);
        json_number(json, "feature_decay", p->feature_decay);
    }
    json_boolean(json, "bias", p->bias != 0);
    json_positive(json, "width", (double)p->width);
    if (p->label_smoothing >= 0)
        json_number(json, "label_smoothing", p->label_smoothing);
    if (p->focal_gamma >= 0)
        json_number(json, "focal_gamma", p->focal_gamma);
    if (p->class_weights != NULL) {
        json_array(json, "class_weights", p->class_weights, p->class_weight_count);
        json_boolean(json, "weights_normalised", p->oversampled);
    }
    if (p->repeats != NULL) {
        json_wholes(json, "oversampling", p->repeats, p->repeat_count);
        json_text(json, "repeat_decay", p->decays_visits ? "visit" : "sample");
    }
    json_whole(json, "starts", p->starts);
    json_unsigned(json, "seed", self->seed);
}

void problem_json(const program *self, const problem *p, json_writer *json)
{
    json_writer nested = {.file = json->file};
    json_run(json, self->command);
    json_key(json, "problem");
    json_settings(self, p, &nested);
    fputc('}', json->file);
}

/* ---- prediction ---- */

static void geometry_set_energies(const program *self, const problem *p, libnc_options *options)
{
    require(self, libnc_options_set_text(options, "form", "energy"));
    require(self, libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY,
                                           p->energies[0]));
    require(self, libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY,
                                           p->energies[1]));
}

static void geometry_set(const program *self, const problem *p, libnc_geometry *geometry)
{
    libnc_options *options = libnc_geometry_options(geometry);
    require(self, libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, p->loss));
    require(self, libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, p->bias));
    require(self, libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, p->width));
    require(self, libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY,
                                           p->feature_decay));
    if (p->label_smoothing >= 0)
        require(self, libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING,
                                               p->label_smoothing));
    if (p->focal_gamma >= 0)
        require(self, libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FOCAL_GAMMA,
                                               p->focal_gamma));
    if (p->energies[0] > 0)
        geometry_set_energies(self, p, options);
    require(self, libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS,
                                          p->oversampled));
    require(self, libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_STARTS, p->starts));
    if (p->starts > 0)
        require(self, libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_SEED,
                                              (int64_t)(self->seed & (LARGEST_COUNT - 1))));
    if (p->class_weights != NULL)
        require(self, libnc_geometry_set_class_weights(geometry, p->class_weights, p->counts.size));
    require(self, libnc_geometry_set_weight_decay(geometry, p->weight_decay,
                                                  (int32_t)p->weight_decay_count));
}

libnc_geometry *problem_geometry(const program *self, const problem *p,
                                 const libnc_classes *classes)
{
    libnc_geometry *geometry = NULL;
    require(self, libnc_geometry_create(&geometry, classes, p->depth));
    geometry_set(self, p, geometry);
    return geometry;
}

libnc_status problem_try(const program *self, const problem *p, const libnc_classes *classes,
                         libnc_geometry **geometry)
{
    libnc_geometry *made = problem_geometry(self, p, classes);
    const libnc_status status = libnc_geometry_solve(made);
    if (status >= 0)
        *geometry = made;
    else
        libnc_geometry_destroy(made);
    return status;
}

libnc_geometry *problem_solve(const program *self, const problem *p, const libnc_classes *classes)
{
    libnc_geometry *geometry = NULL;
    progress_line line = progress_begin(self);
    progress_follow(self, &line, true);
    const libnc_status status = problem_try(self, p, classes, &geometry);
    progress_follow(self, &line, false);
    progress_end(&line);
    if (status != LIBNC_ERROR_UNSUPPORTED)
        require(self, status);
    return geometry;
}

/* Whether a class's lengths depend on its own count and N alone: then they are a curve over n. */
static bool problem_has_curve(const problem *p)
{
    return p->loss == LIBNC_LOSS_MSE && !p->bias && p->repeats == NULL &&
           (p->width == 0 || p->width >= p->counts.size);
}

/* A hypothetical problem whose classes are points of that curve, n by factors from the smallest
 * count over CURVE_REACH to the largest times it.
 *
 * N times the objective is sum_i 1/2 ||P h_i - y_i||^2 + N lw/2 ||W||^2 + N lh/2 ||H||^2, and
 * without bias its minimum splits by class. So one problem can hold the whole curve, if its decays
 * keep every class's part. Let the grid have m_i = q n_i samples in class i, N' = sum m_i: having
 * every sample q times multiplies the data term and ||H||^2 by q, hence N' lw' = q N lw and
 * N' lh' = N lh. */
static problem problem_grid(const program *self, const problem *p, int64_t size)
{
    int64_t low = p->counts.values[0], high = p->counts.values[0], total = 0, grid_total = 0;
    for (int64_t k = 0; k < p->counts.size; k++) {
        low = p->counts.values[k] < low ? p->counts.values[k] : low;
        high = p->counts.values[k] > high ? p->counts.values[k] : high;
        total += p->counts.values[k];
    }
    int64_t repeats = size; /* q: makes the grid finer than one sample */
    problem grid = {.counts.size = size, .weight_decay_count = p->weight_decay_count};
    grid.counts.values = allocate(self, (size_t)size, sizeof *grid.counts.values);
    const double first = (double)low / CURVE_REACH, last = (double)high * CURVE_REACH;
    for (int64_t i = 0; i < size; i++) {
        const double n = first * pow(last / first, (double)i / (double)(size - 1));
        grid.counts.values[i] = (int64_t)((double)repeats * n + 0.5);
        grid_total += grid.counts.values[i];
    }
    double ratio = (double)total / (double)grid_total;
    grid.weight_decay = allocate(self, (size_t)p->weight_decay_count, sizeof(double));
    for (int64_t j = 0; j < p->weight_decay_count; j++)
        grid.weight_decay[j] = p->weight_decay[j] * (double)repeats * ratio;
    grid.feature_decay = p->feature_decay * ratio;
    grid.loss = p->loss;
    grid.depth = p->depth;
    grid.label_smoothing = grid.focal_gamma = -1;
    return grid;
}

bool problem_curve(const program *self, const problem *p, int64_t size, double *n,
                   double *classifier, double *features)
{
    for (int64_t k = 0; k < p->counts.size; k++)
        if (!problem_has_curve(p) || p->counts.values[k] > LARGEST_COUNT / (2 * size * size))
            return false;
    problem grid = problem_grid(self, p, size);
    for (int64_t i = 0; i < size; i++)
        n[i] = (double)grid.counts.values[i] / (double)size;
    libnc_classes *classes = NULL;
    require(self, libnc_classes_from_counts(&classes, self->context, grid.counts.values, size));
    libnc_geometry *geometry = problem_solve(self, &grid, classes);
    require(self, libnc_geometry_lengths(geometry, 1, classifier, features, (size_t)size));
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    problem_release(&grid);
    return true;
}
