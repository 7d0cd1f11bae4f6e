/* SPDX-License-Identifier: MIT
 *
 * geometry.c: the allocations of the functions of libnc/geometry.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

enum { SQUARE = WORLD_CLASSES * WORLD_CLASSES };

static libnc_status call_geometry_create(world *w)
{
    return libnc_geometry_create(&made.geometry, w->classes, 3);
}

static libnc_status call_solve(world *w)
{
    return libnc_geometry_solve(w->geometry);
}

static libnc_status call_structure(world *w)
{
    int32_t kind;
    const libnc_status status = libnc_geometry_structure(w->geometry, &kind);
    if (status == LIBNC_OK)
        made.values[0] = kind;
    return status;
}

static libnc_status call_class_sets(world *w)
{
    int32_t sets[WORLD_CLASSES];
    const libnc_status status =
        libnc_geometry_class_sets(w->geometry, sets, NULL, NULL, WORLD_CLASSES);
    for (int k = 0; k < WORLD_CLASSES && status == LIBNC_OK; k++)
        made.values[k] = sets[k];
    return status;
}

static libnc_status call_multiplicities(world *w)
{
    int64_t values[WORLD_CLASSES];
    const libnc_status status = libnc_geometry_multiplicities(w->geometry, values, WORLD_CLASSES);
    for (int k = 0; k < WORLD_CLASSES && status == LIBNC_OK; k++)
        made.values[k] = (double)values[k];
    return status;
}

static libnc_status call_classifier_gram(world *w)
{
    return libnc_geometry_classifier_gram(w->geometry, 1, made.values, SQUARE);
}

static libnc_status call_feature_gram(world *w)
{
    return libnc_geometry_feature_gram(w->geometry, 2, made.values, SQUARE);
}

static libnc_status call_logits(world *w)
{
    return libnc_geometry_logits(w->geometry, made.values, SQUARE);
}

static void prepare_shallow(world *w)
{
    libnc_geometry_destroy(w->geometry);
    must(libnc_geometry_create(&w->geometry, w->classes, 1));
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
}

static void prepare_shallow_solved(world *w)
{
    prepare_shallow(w);
    prepare_bias(w);
    must(libnc_geometry_solve(w->geometry));
}

static void prepare_shallow_weights(world *w)
{
    prepare_shallow_solved(w);
    must(libnc_geometry_set_class_weights(w->geometry, (double[]){1, 2, 1}, 3));
}

static void prepare_shallow_energy(world *w)
{
    prepare_shallow(w);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_FORM,
                                 1));
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry),
                                 LIBNC_GEOMETRY_OPTION_SYMMETRY, 0));
}

static void prepare_shallow_balanced(world *w)
{
    prepare_shallow(w);
    must(libnc_geometry_set_class_weights(w->geometry, (double[]){1. / 7, 1. / 4, 1. / 3}, 3));
}

static libnc_status call_set_class_weights(world *w)
{
    return libnc_geometry_set_class_weights(w->geometry, (double[]){3, 2, 1}, 3);
}

static void follow_solve(world *w, record *r)
{
    double values[SQUARE];
    must(libnc_geometry_solve(w->geometry));
    must(libnc_geometry_logits(w->geometry, values, SQUARE));
    record_bytes(r, values, sizeof values);
}

static void prepare_etf(world *w)
{
    libnc_classes *classes;
    libnc_geometry_destroy(w->geometry);
    must(libnc_classes_balanced(&classes, w->context, 3, 2));
    must(libnc_geometry_create(&w->geometry, classes, 2));
    libnc_classes_destroy(classes);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
}

static libnc_status call_etf(world *w)
{
    return libnc_geometry_etf(w->geometry, made.values, made.values + 1);
}

static void prepare_unsolved(world *w)
{
    libnc_geometry_destroy(w->geometry);
    must(libnc_geometry_create(&w->geometry, w->classes, WORLD_DEPTH));
}

static libnc_status call_margins(world *w)
{
    return libnc_geometry_margins(w->geometry, made.values, WORLD_CLASSES);
}

static libnc_status call_probabilities(world *w)
{
    return libnc_geometry_probabilities(w->geometry, made.values, WORLD_CLASSES);
}

static libnc_status call_predicted(world *w)
{
    int32_t predicted[WORLD_CLASSES] = {0};
    const libnc_status status = libnc_geometry_predicted(w->geometry, predicted, WORLD_CLASSES);
    for (int k = 0; k < WORLD_CLASSES; k++)
        made.values[k] = predicted[k];
    return status;
}

static const fault_case cases[] = {
    {"libnc_geometry_create", .call = call_geometry_create},
    {"libnc_geometry_solve", "for the first time", .call = call_solve, .prepare = prepare_unsolved},
    {"libnc_geometry_solve", "no bias", .call = call_solve},
    {"libnc_geometry_solve", "search", .call = call_solve, .prepare = prepare_search},
    {"libnc_geometry_structure", .call = call_structure, .prepare = prepare_searched},
    {"libnc_geometry_class_sets", .call = call_class_sets, .prepare = prepare_searched},
    {"libnc_geometry_multiplicities", .call = call_multiplicities},
    {"libnc_geometry_solve", "bias", .call = call_solve, .prepare = prepare_bias},
    {"libnc_geometry_solve", "ce", .call = call_solve, .prepare = prepare_shallow},
    {"libnc_geometry_solve", "ce, weights", .call = call_solve, .prepare = prepare_shallow_weights},
    {"libnc_geometry_solve", "ce, balanced", .call = call_solve,
     .prepare = prepare_shallow_balanced},
    {"libnc_geometry_solve", "energy", .call = call_solve, .prepare = prepare_shallow_energy},
    {"libnc_geometry_logits", "ce", .call = call_logits, .prepare = prepare_shallow_solved},
    {"libnc_geometry_set_class_weights", .call = call_set_class_weights,
     .prepare = prepare_shallow_solved, .follow = follow_solve},
    {"libnc_geometry_classifier_gram", .call = call_classifier_gram,
     .prepare = prepare_bias_solved},
    {"libnc_geometry_feature_gram", .call = call_feature_gram, .prepare = prepare_bias_solved},
    {"libnc_geometry_logits", .call = call_logits, .prepare = prepare_bias_solved},
    {"libnc_geometry_margins", .call = call_margins, .prepare = prepare_bias_solved},
    {"libnc_geometry_probabilities", .call = call_probabilities, .prepare = prepare_bias_solved},
    {"libnc_geometry_predicted", .call = call_predicted, .prepare = prepare_bias_solved},
    {"libnc_geometry_etf", .call = call_etf, .prepare = prepare_etf},
};

static void steady(world *w)
{
    double values[SQUARE], gap;
    int32_t whole[WORLD_CLASSES];
    int64_t rank, starts;
    GETTER(libnc_geometry_kind_name(1));
    STEADY(libnc_geometry_search(w->geometry, &starts, NULL));
    GETTER(libnc_geometry_options(w->geometry));
    GETTER(libnc_geometry_classes(w->geometry));
    GETTER(libnc_geometry_depth(w->geometry));
    GETTER(libnc_geometry_status(w->geometry));
    STEADY(libnc_geometry_loss(w->geometry, values, &gap));
    STEADY(libnc_geometry_unique(w->geometry, whole));
    STEADY(libnc_geometry_singular_values(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_layer_singular_values(w->geometry, 1, values, WORLD_CLASSES));
    STEADY(libnc_geometry_lengths(w->geometry, 1, values, NULL, WORLD_CLASSES));
    STEADY(libnc_geometry_class_logits(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_bias(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_class_weights(w->geometry, values, WORLD_CLASSES));
    STEADY(libnc_geometry_weight_decays(w->geometry, values, WORLD_DEPTH));
    STEADY(libnc_geometry_lost_classes(w->geometry, whole, WORLD_CLASSES));
    STEADY(libnc_geometry_thresholds(2, values, &gap));
    STEADY(libnc_geometry_multiplier(w->geometry, values));
    STEADY(libnc_geometry_rank(w->geometry, &rank));
    STEADY(libnc_geometry_groups(w->geometry, &rank, whole, WORLD_CLASSES));
    STEADY(libnc_geometry_factors(w->geometry, WORLD_CLASSES, values, NULL, SQUARE));
    STEADY(libnc_geometry_set_weight_decay(w->geometry, values, 1));
}

const fault_table geometry_faults = {"geometry", .cases = cases, .count = FAULT_CASES(cases),
                                     .steady = steady, .before_steady = prepare_bias_solved};
