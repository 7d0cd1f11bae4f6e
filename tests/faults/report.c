/* SPDX-License-Identifier: MIT
 *
 * report.c: the allocations of the functions of libnc/report.h and metric.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static libnc_status call_report_create(world *w)
{
    return libnc_report_create(&made.report, w->context);
}

static libnc_status call_measure(world *w)
{
    return libnc_report_measure(w->report, w->model, NULL);
}

static libnc_status call_measure_backbone(world *w)
{
    return libnc_report_measure(w->report, w->backbone, w->dataset);
}

static void prepare_other_values(world *w)
{
    must(libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 1, 12));
}

/* Against another prediction than that which the report was compared with. */
static libnc_status call_compare(world *w)
{
    return libnc_report_compare(w->report, w->geometry, 0.25);
}

static libnc_status call_measure_features(world *w)
{
    const libnc_accumulator *accumulators[1] = {w->accumulator};
    double weights[WORLD_CLASSES * WORLD_INPUTS];
    for (int i = 0; i < WORLD_CLASSES * WORLD_INPUTS; i++)
        weights[i] = (i * 7) % 5 - 1.5;
    const double *classifiers[1] = {weights}, bias[WORLD_CLASSES] = {0.5, 0, -1};
    return libnc_report_measure_features(w->report, accumulators, classifiers, bias, 1);
}

static libnc_status call_measure_arrays(world *w)
{
    double weights[WORLD_CLASSES * WORLD_INPUTS], bias[WORLD_CLASSES] = {0.5, 0, -1};
    for (int i = 0; i < WORLD_CLASSES * WORLD_INPUTS; i++)
        weights[i] = (i * 7) % 5 - 1.5;
    return libnc_report_measure_arrays(
        w->report, libnc_dataset_inputs(w->dataset), libnc_dataset_labels(w->dataset),
        LIBNC_LABEL_INT32, WORLD_SAMPLES, WORLD_INPUTS, 0, LIBNC_FLOAT64, weights, bias);
}

/* The rows of `dataset` by groups, in full. */
static void prepare_groups(world *w)
{
    libnc_accumulator_clear(w->accumulator);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "groups", "2"));
    must(libnc_accumulator_update(w->accumulator, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64,
                                  WORLD_SAMPLES, WORLD_INPUTS, libnc_dataset_labels(w->dataset),
                                  LIBNC_LABEL_INT32));
}

/* The rows of `dataset` once more, for a projected scatter. */
static void prepare_seen_twice(world *w)
{
    libnc_accumulator_clear(w->accumulator);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "scatter", "projected"));
    for (int pass = 1; pass <= 2; pass++) {
        if (pass == 2)
            must(libnc_accumulator_begin_second_pass(w->accumulator, NULL, NULL, LIBNC_FLOAT64));
        must(libnc_accumulator_update(w->accumulator, libnc_dataset_inputs(w->dataset),
                                      LIBNC_FLOAT64, WORLD_SAMPLES, WORLD_INPUTS,
                                      libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    }
}

/* More classes than twice the width and one: sums over classes in a reduced basis. */
enum { MANY_CLASSES = 11, MANY_WIDTH = 2 };

static void prepare_many_classes(world *w)
{
    libnc_accumulator *many;
    double rows[2 * MANY_CLASSES * MANY_WIDTH];
    int32_t labels[2 * MANY_CLASSES];
    for (int i = 0; i < 2 * MANY_CLASSES; i++) {
        labels[i] = i < MANY_CLASSES ? i : i % 3;
        rows[2 * i] = cos(i) * (1 + i % 3);
        rows[2 * i + 1] = sin(i * 1.3);
    }
    must(libnc_accumulator_create(&many, w->context, MANY_CLASSES, MANY_WIDTH));
    must(libnc_accumulator_update(many, rows, LIBNC_FLOAT64, 2 * MANY_CLASSES, MANY_WIDTH, labels,
                                  LIBNC_LABEL_INT32));
    w->scratch = many;
}

static libnc_status call_measure_many(world *w)
{
    const libnc_accumulator *accumulators[1] = {w->scratch};
    double weights[MANY_CLASSES * MANY_WIDTH];
    for (int i = 0; i < MANY_CLASSES * MANY_WIDTH; i++)
        weights[i] = (i * 7) % 5 - 1.5;
    const double *classifiers[1] = {weights};
    return libnc_report_measure_features(w->report, accumulators, classifiers, NULL, 1);
}

static void follow_many_classes(world *w, record *r)
{
    record_accumulator(r, w->scratch);
    libnc_accumulator_destroy(w->scratch);
}

static libnc_status call_set_convention(world *w)
{
    return libnc_report_set_convention(w->report, LIBNC_CONVENTION_PAPYAN2020);
}

static libnc_status call_margins(world *w)
{
    return libnc_report_vector(w->report, LIBNC_CLASS_MARGIN, 1, made.values, WORLD_CLASSES);
}

static libnc_status call_neighbours(world *w)
{
    return libnc_report_vector(w->report, LIBNC_CLASS_NEAREST, 1, made.values, WORLD_CLASSES);
}

static libnc_status call_frequency(world *w)
{
    return libnc_report_frequency(w->report, LIBNC_CLASS_CDNV, 1, &made.values[0], &made.values[1]);
}

static libnc_status call_matrix(world *w)
{
    return libnc_report_matrix(w->report, LIBNC_GRAM_PRODUCT, 1, made.values,
                               WORLD_CLASSES * WORLD_CLASSES);
}

static libnc_status call_histogram(world *w)
{
    int64_t counts[4] = {0};
    libnc_status status = libnc_report_cosine_histogram(w->report, 0, 1, counts, 4);
    for (int b = 0; b < 4; b++)
        made.values[b] = (double)counts[b];
    return status;
}

static libnc_status call_fit(world *w)
{
    return libnc_report_fit_decay(w->report, w->geometry, &made.values[0], &made.values[1]);
}

/* Four equal classes of which two fit: tied minimisers, and no comparison before. */
static void prepare_tie(world *w)
{
    const int64_t widths[WORLD_DEPTH] = {2, 3};
    libnc_classes *equal;
    libnc_model *model;
    int32_t unique;
    must(libnc_classes_balanced(&equal, w->context, 4, 10));
    must(libnc_model_create_free(&model, w->context, LIBNC_FLOAT64, equal, WORLD_DEPTH, widths, 1));
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 1, 12));
    must(libnc_report_measure(w->report, model, NULL));
    libnc_geometry_destroy(w->geometry);
    must(libnc_geometry_create(&w->geometry, equal, WORLD_DEPTH));
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_WIDTH,
                                 2));
    must(libnc_geometry_solve(w->geometry));
    must(libnc_geometry_unique(w->geometry, &unique));
    ck_assert(!unique);
    libnc_model_destroy(model);
    libnc_classes_destroy(equal);
}

static void prepare_held_out(world *w)
{
    libnc_held_out *h;
    must(libnc_held_out_create(&h, w->accumulator, NULL, NULL, 0));
    must(libnc_held_out_update(h, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64, WORLD_SAMPLES,
                               WORLD_INPUTS, libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    w->scratch = h;
}

static libnc_status call_held_out(world *w)
{
    return libnc_report_measure_held_out(w->report, w->scratch);
}

static void follow_held_out(world *w, record *r)
{
    (void)r;
    libnc_held_out_destroy(w->scratch);
}

static const fault_case cases[] = {
    {"libnc_report_measure_held_out", .call = call_held_out, .prepare = prepare_held_out,
     .follow = follow_held_out},

    {"libnc_report_create", .call = call_report_create},
    {"libnc_report_measure", "free", .call = call_measure, .prepare = prepare_other_values},
    {"libnc_report_measure", "reduced", .call = call_measure, .prepare = prepare_steps_done,
     .follow = follow_training},
    {"libnc_report_measure", "backbone", .call = call_measure_backbone, .scalar = LIBNC_FLOAT32},
    {"libnc_report_compare", "unique", .call = call_compare, .prepare = prepare_bias_solved},
    {"libnc_report_compare", "tie", .call = call_compare, .prepare = prepare_tie},
    {"libnc_report_measure_arrays", .call = call_measure_arrays},
    {"libnc_report_measure_features", "full", .call = call_measure_features},
    {"libnc_report_measure_features", "groups", .call = call_measure_features,
     .prepare = prepare_groups},
    {"libnc_report_measure_features", "projected", .call = call_measure_features,
     .prepare = prepare_seen_twice},
    {"libnc_report_measure_features", "many classes", .call = call_measure_many,
     .prepare = prepare_many_classes, .follow = follow_many_classes},
    {"libnc_report_set_convention", .call = call_set_convention},
    {"libnc_report_vector", "margins", .call = call_margins},
    {"libnc_report_vector", "neighbours", .call = call_neighbours},
    {"libnc_report_frequency", .call = call_frequency},
    {"libnc_report_matrix", "product", .call = call_matrix},
    {"libnc_report_cosine_histogram", .call = call_histogram},
    {"libnc_report_fit_decay", .call = call_fit},
};

static void steady(world *w)
{
    double values[WORLD_CLASSES * WORLD_CLASSES];
    int64_t flags;
    char text[256];
    STEADY(libnc_report_value(w->report, LIBNC_METRIC_NC1, 1, values));
    STEADY(libnc_report_error(w->report, LIBNC_METRIC_NC1, 1, values));
    STEADY(libnc_report_vector(w->report, LIBNC_CLASS_COUNT, 1, values, WORLD_CLASSES));
    STEADY(libnc_report_matrix(w->report, LIBNC_GRAM_CENTRED, 1, values,
                               WORLD_CLASSES * WORLD_CLASSES));
    GETTER(libnc_metric_name(1));
    GETTER(libnc_metric_count());
    GETTER(libnc_metric_index("nc4"));
    GETTER(libnc_metric_formula(1));
    GETTER(libnc_report_depth(w->report));
    GETTER(libnc_report_classes(w->report));
    STEADY(libnc_report_diagnostics(w->report, 1, &flags));
    STEADY(
        libnc_report_diagnostic_text(w->report, 1, LIBNC_DIAGNOSTIC_IMBALANCED, text, sizeof text));
    STEADY(libnc_report_spectrum(w->report, 1, values, WORLD_CLASSES));
    GETTER(libnc_report_options(w->report));
    STEADY(libnc_report_set_communicator(w->report, NULL));
    GETTER(libnc_report_convention(w->report));
    GETTER(libnc_report_width(w->report, 1));
    GETTER(libnc_convention_count());
    GETTER(libnc_convention_name(2));
    GETTER(libnc_convention_index("dang2023"));
    GETTER(libnc_convention_source(2));
    GETTER(libnc_convention_formula(2, 1));
}

const fault_table report_faults = {"report", .cases = cases, .count = FAULT_CASES(cases),
                                   .steady = steady};
