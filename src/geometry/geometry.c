/* SPDX-License-Identifier: MIT
 *
 * geometry.c: the handle of a predicted geometry: its settings, and when its solution is valid.
 */
#include "geometry/geometry_internal.h"

#include "convex/convex.h"
#include "data/classes_internal.h"
#include "geometry/scalar_minimum.h"
#include "geometry/solution.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_DEPTH = 1000 };

#define INITIAL_DECAY 5e-4

/* Of energies and class weights: their products and ratios stay far within a double. */
#define SMALLEST_FACTOR 1e-100
#define LARGEST_FACTOR  1e100

#define INITIAL_TOLERANCE 1e-10
enum { INITIAL_ITERATIONS = 1000, MOST_ITERATIONS = 1000000, MOST_STARTS = 1000000 };

static const char *const LOSSES[] = {"mse", "ce", "focal", NULL};

static const char *const FORMS[] = {"decay", "energy", NULL};

static const nc__option_spec SPECS[] = {
    {LIBNC_GEOMETRY_OPTION_LOSS, LIBNC_OPTION_CHOICE, "loss", LIBNC_LOSS_MSE, LIBNC_LOSS_FOCAL,
     LIBNC_LOSS_MSE, LOSSES, "training loss: mse, ce (cross-entropy) or focal"},
    {LIBNC_GEOMETRY_OPTION_BIAS, LIBNC_OPTION_INT64, "bias", 0, 1, 0, NULL,
     "1 for a bias in the last layer, which is not decayed"},
    {LIBNC_GEOMETRY_OPTION_WIDTH, LIBNC_OPTION_INT64, "width", 0, INT32_MAX, 0, NULL,
     "smallest of the widths d_1 .. d_M; 0: at least the number of classes"},
    {LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, LIBNC_OPTION_DOUBLE, "feature_decay", NC__SMALLEST_DECAY,
     NC__LARGEST_DECAY, INITIAL_DECAY, NULL, "decay of the features"},
    {LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, LIBNC_OPTION_DOUBLE, "label_smoothing", 0,
     1 - DBL_EPSILON / 2, 0, NULL, "share of each target spread over all classes; ce only"},
    {LIBNC_GEOMETRY_OPTION_FOCAL_GAMMA, LIBNC_OPTION_DOUBLE, "focal_gamma", 0, 100, 2, NULL,
     "exponent of the focal loss; focal only"},
    {LIBNC_GEOMETRY_OPTION_FORM, LIBNC_OPTION_CHOICE, "form", LIBNC_GEOMETRY_FORM_DECAY,
     LIBNC_GEOMETRY_FORM_ENERGY, LIBNC_GEOMETRY_FORM_DECAY, FORMS,
     "decay: penalties; energy: bounds on the mean squared lengths (layer-peeled model)"},
    {LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, LIBNC_OPTION_DOUBLE, "classifier_energy",
     SMALLEST_FACTOR, LARGEST_FACTOR, 1, NULL,
     "bound E_W on the mean of ||w_k||^2; form energy only"},
    {LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, LIBNC_OPTION_DOUBLE, "feature_energy", SMALLEST_FACTOR,
     LARGEST_FACTOR, 1, NULL, "bound E_H on the mean of ||h_k||^2; form energy only"},
    {LIBNC_GEOMETRY_OPTION_SYMMETRY, LIBNC_OPTION_INT64, "symmetry", 0, 1, 1, NULL,
     "0 to solve cross-entropy without using that classes are alike"},
    {LIBNC_GEOMETRY_OPTION_TOLERANCE, LIBNC_OPTION_DOUBLE, "tolerance", 0, 1 - DBL_EPSILON / 2,
     INITIAL_TOLERANCE, NULL, "wanted gap relative to the loss, where an iteration is needed"},
    {LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, LIBNC_OPTION_INT64, "normalise_weights", 0, 1, 0,
     NULL, "1 to divide the weighted loss by the sum of all samples' weights instead of N"},
    {LIBNC_GEOMETRY_OPTION_MAX_ITERATIONS, LIBNC_OPTION_INT64, "max_iterations", 1, MOST_ITERATIONS,
     INITIAL_ITERATIONS, NULL, "Newton steps at most, where an iteration is needed"},
    {LIBNC_GEOMETRY_OPTION_STARTS, LIBNC_OPTION_INT64, "starts", 0, MOST_STARTS, 0, NULL,
     "random starts of a search where ce has two or more layers; 0: the ETF, no search"},
    {LIBNC_GEOMETRY_OPTION_SEED, LIBNC_OPTION_INT64, "seed", 0, (double)NC__LARGEST_EXACT, 0, NULL,
     "seed of the random starts"},
};
NC__OPTIONS_FIT(SPECS);

libnc_status libnc_geometry_create(libnc_geometry **geometry, const libnc_classes *classes,
                                   int32_t depth)
{
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = classes->context;
    if (!geometry)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry = NULL: must be given");
    if (depth < 1 || depth > MAX_DEPTH)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "depth = %d: must be from 1 to %d", depth,
                        MAX_DEPTH);
    libnc_geometry *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->depth = depth;
    nc__options_init(&created->options, context, SPECS, (int32_t)(sizeof SPECS / sizeof *SPECS));
    libnc_status status = libnc_classes_from_counts(
        &created->classes, context, libnc_classes_counts(classes), libnc_classes_count(classes));
    if (status == LIBNC_OK)
        status = nc__groups_create(&created->groups, context, classes, NULL, false);
    created->decays = nc__alloc(context, (size_t)depth, sizeof *created->decays);
    if (status == LIBNC_OK && !created->decays)
        status = LIBNC_ERROR_MEMORY;
    if (status != LIBNC_OK) {
        libnc_geometry_destroy(created);
        return status;
    }
    for (int32_t j = 0; j < depth; j++)
        created->decays[j] = INITIAL_DECAY;
    *geometry = created;
    return LIBNC_OK;
}

static void destroy_solution(libnc_geometry *geometry)
{
    nc__problem *problem = geometry->solution ? geometry->solution->problem : NULL;
    nc__solution_destroy(geometry->solution);
    nc__problem_destroy(problem);
    geometry->solution = NULL;
}

void libnc_geometry_destroy(libnc_geometry *geometry)
{
    if (!geometry)
        return;
    libnc_context *context = geometry->context;
    nc__convex_destroy(geometry->convex);
    destroy_solution(geometry);
    nc__free(context, geometry->weights);
    nc__free(context, geometry->decays);
    nc__groups_destroy(&geometry->groups);
    libnc_classes_destroy(geometry->classes);
    nc__free(context, geometry);
}

libnc_options *libnc_geometry_options(libnc_geometry *geometry)
{
    return geometry ? &geometry->options : NULL;
}

libnc_status libnc_geometry_set_weight_decay(libnc_geometry *geometry, const double *decays,
                                             int64_t count)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    if (!decays)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT, "decays = NULL: must be given");
    if (count != 1 && count != geometry->depth)
        return nc__fail(geometry->context, LIBNC_ERROR_DIMENSION,
                        "count = %lld: must be 1 or the depth %d", (long long)count,
                        geometry->depth);
    for (int32_t j = 0; j < count; j++)
        if (!(decays[j] >= NC__SMALLEST_DECAY && decays[j] <= NC__LARGEST_DECAY))
            return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                            "decays[%d] = %g: must be from %g to %g", j, decays[j],
                            NC__SMALLEST_DECAY, NC__LARGEST_DECAY);
    for (int32_t j = 0; j < geometry->depth; j++)
        geometry->decays[j] = decays[count == 1 ? 0 : j];
    geometry->decay_changes++;
    return LIBNC_OK;
}

static libnc_status check_weights(const libnc_geometry *geometry, const double *weights,
                                  int64_t count)
{
    const int64_t classes = geometry->groups.classes;
    if (!weights && count != 0)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                        "weights = NULL: must be given, or count be 0");
    if (weights && count != classes)
        return nc__fail(geometry->context, LIBNC_ERROR_DIMENSION,
                        "count = %lld: must be the number of classes %lld", (long long)count,
                        (long long)classes);
    for (int64_t k = 0; k < count; k++)
        if (!(weights[k] >= SMALLEST_FACTOR && weights[k] <= LARGEST_FACTOR))
            return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                            "weights[%lld] = %g: must be from %g to %g", (long long)k, weights[k],
                            SMALLEST_FACTOR, LARGEST_FACTOR);
    return LIBNC_OK;
}

libnc_status libnc_geometry_set_class_weights(libnc_geometry *geometry, const double *weights,
                                              int64_t count)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = check_weights(geometry, weights, count);
    if (status != LIBNC_OK)
        return status;
    double *copy = NULL;
    if (weights) {
        if (!(copy = nc__alloc(geometry->context, (size_t)count, sizeof *copy)))
            return LIBNC_ERROR_MEMORY;
        memcpy(copy, weights, (size_t)count * sizeof *copy);
    }
    nc__free(geometry->context, geometry->weights);
    geometry->weights = copy;
    geometry->decay_changes++;
    return LIBNC_OK;
}

static libnc_status check_setting(const libnc_geometry *geometry, const char *name,
                                  const double *values, size_t size, int64_t wanted)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = nc__check_given(geometry->context, name, values);
    return status == LIBNC_OK ? nc__check_size(geometry->context, size, wanted) : status;
}

libnc_status libnc_geometry_weight_decays(const libnc_geometry *geometry, double *decays,
                                          size_t size)
{
    const libnc_status status =
        check_setting(geometry, "decays", decays, size, geometry ? geometry->depth : 0);
    if (status == LIBNC_OK)
        memcpy(decays, geometry->decays, size * sizeof *decays);
    return status;
}

libnc_status libnc_geometry_class_weights(const libnc_geometry *geometry, double *weights,
                                          size_t size)
{
    const libnc_status status =
        check_setting(geometry, "weights", weights, size, geometry ? geometry->groups.classes : 0);
    for (size_t k = 0; k < size && status == LIBNC_OK; k++)
        weights[k] = geometry->weights ? geometry->weights[k] : 1;
    return status;
}

void nc__geometry_store(libnc_geometry *geometry, nc__solution *solution)
{
    destroy_solution(geometry);
    geometry->solution = solution;
    geometry->solved_revision = geometry->options.revision;
    geometry->solved_decays = geometry->decay_changes;
}

bool nc__geometry_is_solved(const libnc_geometry *geometry)
{
    return geometry->solution && geometry->solved_revision == geometry->options.revision &&
           geometry->solved_decays == geometry->decay_changes;
}

libnc_status nc__geometry_check(const libnc_geometry *geometry)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    if (!geometry->solution)
        return nc__fail(geometry->context, LIBNC_ERROR_STATE, "the geometry is not solved yet");
    if (!nc__geometry_is_solved(geometry))
        return nc__fail(geometry->context, LIBNC_ERROR_STATE,
                        "a setting changed since the geometry was solved: solve it again");
    return LIBNC_OK;
}

libnc_status nc__geometry_copy_to(libnc_geometry **copy, const libnc_geometry *geometry,
                                  const libnc_classes *classes, int32_t depth)
{
    libnc_geometry *made = NULL;
    libnc_status status = libnc_geometry_create(&made, classes, depth);
    if (status == LIBNC_OK && geometry->weights)
        status =
            libnc_geometry_set_class_weights(made, geometry->weights, geometry->groups.classes);
    if (status != LIBNC_OK) {
        libnc_geometry_destroy(made);
        return status;
    }
    memcpy(made->options.values, geometry->options.values, sizeof geometry->options.values);
    *copy = made;
    return LIBNC_OK;
}

/* The same settings on other counts of as many classes. */
static libnc_status copy_onto(libnc_geometry **copy, const libnc_geometry *geometry,
                              const libnc_classes *classes)
{
    libnc_geometry *made = NULL;
    const libnc_status status = nc__geometry_copy_to(&made, geometry, classes, geometry->depth);
    if (status != LIBNC_OK)
        return status;
    memcpy(made->decays, geometry->decays, (size_t)geometry->depth * sizeof *geometry->decays);
    *copy = made;
    return LIBNC_OK;
}

libnc_status nc__geometry_copy(libnc_geometry **copy, const libnc_geometry *geometry)
{
    return copy_onto(copy, geometry, geometry->classes);
}

void nc__geometry_warm(libnc_geometry *geometry)
{
    geometry->is_warm = true;
}

void nc__geometry_adopt(libnc_geometry *geometry, libnc_geometry *trial)
{
    nc__solution *solution = trial->solution;
    trial->solution = NULL;
    if (solution->groups == &trial->groups)
        solution->groups = solution->problem->groups = &geometry->groups;
    memcpy(geometry->options.values, trial->options.values, sizeof geometry->options.values);
    memcpy(geometry->decays, trial->decays, (size_t)geometry->depth * sizeof *geometry->decays);
    geometry->options.revision++;
    geometry->decay_changes++;
    nc__geometry_store(geometry, solution);
}

int64_t nc__geometry_groups(const libnc_geometry *geometry)
{
    return geometry->groups.count;
}

bool nc__geometry_has_weights(const libnc_geometry *geometry)
{
    return geometry->weights != NULL;
}

bool nc__geometry_is_shallow(const libnc_geometry *geometry)
{
    return nc__problem_method(geometry) == NC__METHOD_ONE_LAYER;
}

/* Neighbouring groups whose counts are within the ratio of the largest get their mean count. */
static void merge_counts(const nc__groups *groups, double ratio, int64_t *counts)
{
    for (int64_t first = 0, last; first < groups->count; first = last) {
        double classes = 0, samples = 0;
        for (last = first;
             last < groups->count && groups->size[last] * ratio >= groups->size[first]; last++) {
            classes += groups->multiplicity[last];
            samples += groups->multiplicity[last] * groups->size[last];
        }
        for (int64_t p = groups->start[first]; p < groups->start[last]; p++)
            counts[groups->order[p]] = (int64_t)(samples / classes + 0.5);
    }
}

libnc_status nc__geometry_coarsen(libnc_geometry **coarse, const libnc_geometry *geometry,
                                  double ratio)
{
    libnc_context *context = geometry->context;
    const int64_t K = geometry->groups.classes;
    libnc_classes *classes = NULL;
    int64_t *counts = nc__alloc(context, (size_t)K, sizeof *counts);
    if (!counts)
        return LIBNC_ERROR_MEMORY;
    merge_counts(&geometry->groups, ratio, counts);
    libnc_status status = libnc_classes_from_counts(&classes, context, counts, K);
    nc__free(context, counts);
    if (status == LIBNC_OK)
        status = copy_onto(coarse, geometry, classes);
    libnc_classes_destroy(classes);
    return status;
}

libnc_context *nc__geometry_context(const libnc_geometry *geometry)
{
    return geometry->context;
}

const libnc_classes *libnc_geometry_classes(const libnc_geometry *geometry)
{
    return geometry ? geometry->classes : NULL;
}

int32_t libnc_geometry_depth(const libnc_geometry *geometry)
{
    return geometry ? geometry->depth : 0;
}

/* beta_ex is the peak of M x^{M-1}/(x^M + 1)^2, at x^M = (M-1)/(M+1). */
libnc_status libnc_geometry_thresholds(int32_t depth, double *threshold, double *existence)
{
    if (depth < 1)
        return LIBNC_ERROR_ARGUMENT;
    const double m = depth, power = (m - 1) / m;
    if (threshold)
        *threshold = nc__threshold(depth);
    if (existence)
        *existence = pow((m - 1) / (m + 1), power) * (m + 1) * (m + 1) / (4 * m);
    return LIBNC_OK;
}
