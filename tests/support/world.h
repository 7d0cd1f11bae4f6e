/* SPDX-License-Identifier: MIT
 *
 * world.h: one small handle of every kind in one context, and a record of all that can be seen of
 * them, so that a test can say: nothing changed.
 */
#ifndef WORLD_H
#define WORLD_H

#include "support/faults.h"

#include <libnc/libnc.h>
#include <stdio.h>

/* Larger blocks are refused: no test here has a use for one, and a machine that promises more than
 * it has must not be asked to keep its promise. */
#define LARGEST_BLOCK ((size_t)1 << 26)

static inline void *world_allocate(size_t size, void *user)
{
    return size > LARGEST_BLOCK ? NULL : faults_allocate(size, user);
}

enum { WORLD_CLASSES = 3, WORLD_DEPTH = 2, WORLD_INPUTS = 5, WORLD_SAMPLES = 14 };

static const int64_t world_counts[WORLD_CLASSES] = {7, 4, 3};
static const int64_t world_widths[WORLD_DEPTH] = {4, 6};

typedef struct world {
    faults memory;
    libnc_context *context;
    libnc_random *random;
    libnc_classes *classes;
    libnc_dataset *dataset; /* of `classes`, WORLD_INPUTS wide, float64 */
    libnc_model *model;     /* free features */
    libnc_model *backbone;  /* one ReLU layer, for `dataset` */
    libnc_loss *loss;
    libnc_penalty *penalty; /* of `model` */
    libnc_penalty *backbone_penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer; /* of `model`; NULL until world_train() */
    libnc_geometry *geometry;
    libnc_report *report;
    libnc_minority *minority;       /* of `report` */
    libnc_accumulator *accumulator; /* of `dataset`, in its first pass */
    void *scratch;                  /* what a test keeps here it releases itself */
} world;

#define must(call)                                                                                 \
    ck_assert_msg((call) == LIBNC_OK, "%s: %s", #call, libnc_context_error(w->context))

static inline void world_models(world *w, int32_t scalar)
{
    const int32_t bias = 1;
    libnc_backbone *shape;
    must(libnc_model_create_free(&w->model, w->context, scalar, w->classes, WORLD_DEPTH,
                                 world_widths, bias));
    must(libnc_backbone_create(&shape, w->context, WORLD_INPUTS));
    must(libnc_backbone_add_affine(shape, world_widths[0], LIBNC_ACTIVATION_RELU));
    must(libnc_model_create_backbone(&w->backbone, shape, scalar, WORLD_CLASSES, WORLD_DEPTH,
                                     world_widths, bias));
    libnc_backbone_destroy(shape);
    must(libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 0.5, 7));
    must(libnc_model_initialise(w->backbone, LIBNC_INITIALISE_KAIMING, 1, 8));
    must(libnc_penalty_create(&w->penalty, w->model));
    must(libnc_penalty_create(&w->backbone_penalty, w->backbone));
    const double decay = 1e-2;
    must(libnc_penalty_set_weight_decay(w->penalty, &decay, 1));
    must(libnc_penalty_set_feature_decay(w->penalty, 1e-3));
    must(libnc_penalty_set_feature_decay(w->backbone_penalty, 1e-3));
}

static inline void world_accumulator(world *w)
{
    must(libnc_accumulator_create(&w->accumulator, w->context, WORLD_CLASSES, WORLD_INPUTS));
    must(libnc_accumulator_update(w->accumulator, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64,
                                  WORLD_SAMPLES, WORLD_INPUTS, libnc_dataset_labels(w->dataset),
                                  LIBNC_LABEL_INT32));
}

static inline void world_create(world *w, int32_t scalar, int32_t loss, int32_t optimizer)
{
    *w = (world){0};
    ck_assert_int_eq(libnc_context_create_with_allocator(&w->context, world_allocate,
                                                         faults_release, &w->memory),
                     LIBNC_OK);
    must(libnc_random_create(&w->random, w->context, 1));
    must(libnc_classes_from_counts(&w->classes, w->context, world_counts, WORLD_CLASSES));
    must(libnc_dataset_gaussian(&w->dataset, w->classes, LIBNC_FLOAT64, WORLD_INPUTS, 2, 0.5, 3));
    world_models(w, scalar);
    must(libnc_loss_create(&w->loss, w->context, loss));
    must(libnc_optimizer_create(&w->optimizer, w->context, optimizer));
    must(libnc_geometry_create(&w->geometry, w->classes, WORLD_DEPTH));
    must(libnc_geometry_solve(w->geometry));
    must(libnc_report_create(&w->report, w->context));
    must(libnc_report_measure(w->report, w->model, NULL));
    must(libnc_report_compare(w->report, w->geometry, 1));
    must(libnc_minority_create(&w->minority, w->context));
    must(libnc_minority_from_report(w->minority, w->report, 1));
    world_accumulator(w);
}

static inline void world_train(world *w)
{
    must(libnc_trainer_create(&w->trainer, w->model, w->loss, w->penalty, w->optimizer, NULL));
    must(libnc_options_set_int64(libnc_trainer_options(w->trainer), LIBNC_TRAINER_OPTION_ITERATIONS,
                                 3));
}

/* Nothing may be left. */
static inline void world_destroy(world *w)
{
    libnc_accumulator_destroy(w->accumulator);
    libnc_minority_destroy(w->minority);
    libnc_report_destroy(w->report);
    libnc_geometry_destroy(w->geometry);
    libnc_trainer_destroy(w->trainer);
    libnc_optimizer_destroy(w->optimizer);
    libnc_penalty_destroy(w->backbone_penalty);
    libnc_penalty_destroy(w->penalty);
    libnc_loss_destroy(w->loss);
    libnc_model_destroy(w->backbone);
    libnc_model_destroy(w->model);
    libnc_dataset_destroy(w->dataset);
    libnc_classes_destroy(w->classes);
    libnc_random_destroy(w->random);
    libnc_context_destroy(w->context);
    ck_assert_msg(w->memory.live == 0, "%lld blocks leaked", (long long)w->memory.live);
}

/* ---- what can be seen ---- */

enum { MOST_RECORDED = 1 << 16 };

typedef struct record {
    unsigned char bytes[MOST_RECORDED];
    size_t size;
} record;

static inline void record_bytes(record *r, const void *bytes, size_t size)
{
    if (r->size + size > MOST_RECORDED)
        ck_abort_msg("the record is full");
    if (size > 0)
        memcpy(r->bytes + r->size, bytes, size);
    r->size += size;
}

static inline void record_double(record *r, double value)
{
    record_bytes(r, &value, sizeof value);
}

static inline void record_options(record *r, const libnc_options *options)
{
    for (int32_t i = 0; i < libnc_options_count(options); i++) {
        int32_t key = 0, type = 0;
        int64_t whole = 0;
        double real = 0;
        libnc_status status = libnc_options_describe(options, i, &key, NULL, &type, NULL);
        if (status == LIBNC_OK)
            status = type == LIBNC_OPTION_DOUBLE ? libnc_options_get_double(options, key, &real)
                                                 : libnc_options_get_int64(options, key, &whole);
        ck_assert_int_eq(status, LIBNC_OK);
        record_double(r, real);
        record_bytes(r, &whole, sizeof whole);
    }
}

static inline void record_model(record *r, libnc_model *model)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        double values[4096];
        int64_t rows, cols;
        ck_assert_int_eq(libnc_model_parameter_info(model, i, NULL, &rows, &cols), LIBNC_OK);
        ck_assert_int_le(rows * cols, 4096);
        size_t size = (size_t)(rows * cols);
        ck_assert_int_eq(libnc_model_get_parameter(model, i, values, size), LIBNC_OK);
        record_bytes(r, values, size * sizeof *values);
    }
}

static inline void record_penalty(record *r, const libnc_penalty *penalty, const libnc_model *model)
{
    for (int32_t i = 0; penalty && i < libnc_model_parameter_count(model); i++) {
        const char *name;
        double decay;
        ck_assert_int_eq(libnc_model_parameter_info(model, i, &name, NULL, NULL), LIBNC_OK);
        ck_assert_int_eq(libnc_penalty_get_decay(penalty, name, &decay), LIBNC_OK);
        record_double(r, decay);
    }
    double energies[2] = {0, 0};
    record_double(r, libnc_penalty_get_energies(penalty, &energies[0], &energies[1]));
    record_bytes(r, energies, sizeof energies);
}

static inline void record_dataset(record *r, const libnc_dataset *dataset)
{
    size_t count = (size_t)libnc_dataset_count(dataset),
           width = (size_t)libnc_dataset_width(dataset);
    size_t value = libnc_dataset_scalar(dataset) == LIBNC_FLOAT32 ? sizeof(float) : sizeof(double);
    record_bytes(r, libnc_dataset_inputs(dataset), count * width * value);
    record_bytes(r, libnc_dataset_labels(dataset), count * sizeof(int32_t));
}

static inline void record_classes(record *r, const libnc_classes *classes)
{
    record_bytes(r, libnc_classes_counts(classes),
                 (size_t)libnc_classes_count(classes) * sizeof(int64_t));
}

/* History but for its times. */
static inline void record_trainer(record *r, const libnc_trainer *trainer)
{
    double column[4096];
    const int64_t rows = libnc_trainer_history_rows(trainer);
    const int64_t steps = libnc_trainer_iterations(trainer);
    const int32_t reduced = libnc_trainer_is_reduced(trainer);
    record_bytes(r, &rows, sizeof rows);
    record_bytes(r, &steps, sizeof steps);
    record_bytes(r, &reduced, sizeof reduced);
    ck_assert_int_le(rows, 4096);
    for (int32_t c = LIBNC_HISTORY_ITERATION; trainer && c <= LIBNC_HISTORY_RATE; c++) {
        ck_assert_int_eq(libnc_trainer_history(trainer, c, column, (size_t)rows), LIBNC_OK);
        record_bytes(r, column, (size_t)rows * sizeof *column);
    }
}

static inline void record_geometry(record *r, const libnc_geometry *geometry)
{
    double loss = 0, gap = 0, values[256] = {0};
    const size_t classes = (size_t)libnc_classes_count(libnc_geometry_classes(geometry));
    ck_assert_uint_le(classes, 64);
    record_double(r, libnc_geometry_status(geometry));
    record_double(r, libnc_geometry_loss(geometry, &loss, &gap));
    record_double(r, loss);
    record_double(r, gap);
    record_double(r, libnc_geometry_singular_values(geometry, values, classes));
    record_bytes(r, values, classes * sizeof *values);
    if (classes > 16)
        return;
    record_double(r, libnc_geometry_logits(geometry, values, classes * classes));
    record_bytes(r, values, classes * classes * sizeof *values);
}

static inline void record_report(record *r, const libnc_report *report)
{
    const size_t classes = (size_t)libnc_report_classes(report);
    double values[256] = {0};
    ck_assert_uint_le(classes, 16);
    for (int32_t layer = 1; layer <= libnc_report_depth(report); layer++) {
        for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
            double value = 0;
            record_double(r, libnc_report_value(report, metric, layer, &value));
            record_double(r, value);
        }
        ck_assert_int_eq(libnc_report_vector(report, LIBNC_CLASS_LOGIT, layer, values, classes),
                         LIBNC_OK);
        record_bytes(r, values, classes * sizeof *values);
        /* without a classifier there is none */
        record_double(
            r, libnc_report_matrix(report, LIBNC_GRAM_PRODUCT, layer, values, classes * classes));
        record_bytes(r, values, classes * classes * sizeof *values);
    }
}

static inline void record_minority(record *r, const libnc_minority *minority)
{
    record_double(r, (double)libnc_minority_classes(minority));
    for (int64_t g = 0; g < libnc_minority_groups(minority); g++)
        for (int32_t vectors = 1; vectors <= 3; vectors++) {
            double value = 0;
            int32_t state = 0;
            int64_t predictions = 0, rows = 0;
            record_double(r, libnc_minority_state(minority, vectors, g, &state));
            record_double(r, state);
            record_double(r, libnc_minority_norm(minority, vectors, g, 1, &value));
            record_double(r, value);
            record_double(r, libnc_minority_cosine(minority, vectors, g, 0, 1, &value));
            record_double(r, value);
            record_double(r, libnc_minority_distinct(minority, g, &predictions, &rows));
            record_double(r, (double)(predictions + rows));
        }
}

static inline void record_accumulator(record *r, const libnc_accumulator *accumulator)
{
    double values[256] = {0};
    const size_t K = (size_t)libnc_accumulator_classes(accumulator);
    const size_t d = (size_t)libnc_accumulator_width(accumulator);
    const int64_t seen[] = {libnc_accumulator_samples(accumulator),
                            libnc_accumulator_second_samples(accumulator),
                            libnc_accumulator_pass(accumulator)};
    record_bytes(r, seen, sizeof seen);
    ck_assert_uint_le(K * d, 256);
    record_double(r, libnc_accumulator_means(accumulator, values, K * d));
    record_bytes(r, values, sizeof values);
    record_double(r, libnc_accumulator_within_squares(accumulator, values, K));
    record_double(r, libnc_accumulator_scatter(accumulator, values + K, d * d));
    record_bytes(r, values, sizeof values);
}

/* Everything that can be seen of the world without drawing a random number. */
static inline void world_record(const world *w, record *r)
{
    r->size = 0;
    record_double(r, libnc_context_threads(w->context));
    record_classes(r, w->classes);
    record_dataset(r, w->dataset);
    record_model(r, w->model);
    record_model(r, w->backbone);
    record_options(r, libnc_loss_options(w->loss));
    record_options(r, libnc_optimizer_options(w->optimizer));
    record_options(r, libnc_trainer_options(w->trainer));
    record_options(r, libnc_geometry_options(w->geometry));
    record_penalty(r, w->penalty, w->model);
    record_penalty(r, w->backbone_penalty, w->backbone);
    record_trainer(r, w->trainer);
    record_geometry(r, w->geometry);
    record_report(r, w->report);
    record_options(r, libnc_minority_options(w->minority));
    record_minority(r, w->minority);
    record_options(r, libnc_accumulator_options(w->accumulator));
    record_accumulator(r, w->accumulator);
}

static inline void ck_assert_same_record(const record *a, const record *b, const char *what)
{
    ck_assert_msg(a->size == b->size, "%s: %zu bytes instead of %zu", what, a->size, b->size);
    size_t i = 0; /* one assertion in all: Check writes each of them to a file */
    while (i < a->size && a->bytes[i] == b->bytes[i])
        i++;
    ck_assert_msg(i == a->size, "%s: byte %zu of %zu differs", what, i, a->size);
}

#endif
