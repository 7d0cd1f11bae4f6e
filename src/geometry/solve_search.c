/* SPDX-License-Identifier: MIT
 *
 * solve_search.c: cross-entropy with two and more layers: settings, search and the ETF's value.
 *
 * doc/deep_cross_entropy.md. A solution found here has the status best known, never more.
 */
#include "geometry/solve_search.h"
#include "deep/deep_search.h"

#include <math.h>
#include <string.h>

/* K x K factorisations are repeated for every start: beyond this a search would take days. */
enum { MOST_CLASSES = 1000 };

/* Entries of Z D that differ by less than this share of its norm are the same. */
#define SAME_ENTRY 1e-6

void nc__deep_setting_destroy(nc__deep_setting *setting, libnc_context *context)
{
    nc__free(context, setting->arrays);
    setting->arrays = NULL;
}

static libnc_status check_setting(const libnc_geometry *geometry)
{
    const int64_t classes = geometry->groups.classes;
    const libnc_options *options = &geometry->options;
    libnc_context *context = geometry->context;
    if (nc__option_int(options, LIBNC_GEOMETRY_OPTION_LOSS) != NC__GEOMETRY_CE)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "geometry: the loss must be ce");
    if (nc__option_int(options, LIBNC_GEOMETRY_OPTION_FORM) == NC__GEOMETRY_ENERGY)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "geometry: the form must be decay");
    if (classes < 2 || classes > MOST_CLASSES)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: K = %lld: must be from 2 to %d", (long long)classes,
                        MOST_CLASSES);
    return LIBNC_OK;
}

/* What the weighted losses are divided by. */
static double divisor_of(const libnc_geometry *geometry)
{
    const int64_t *counts = libnc_classes_counts(geometry->classes);
    double sum = 0;
    if (!geometry->weights ||
        nc__option_int(&geometry->options, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS) == 0)
        return geometry->groups.samples;
    for (int64_t k = 0; k < geometry->groups.classes; k++)
        sum += (double)counts[k] * geometry->weights[k];
    return sum;
}

libnc_status nc__deep_setting_create(nc__deep_setting *setting, const libnc_geometry *geometry)
{
    const int64_t classes = geometry->groups.classes;
    const libnc_options *options = &geometry->options;
    const int64_t *counts = libnc_classes_counts(geometry->classes);
    const libnc_status status = check_setting(geometry);
    if (status != LIBNC_OK)
        return status;
    double *arrays = nc__alloc(geometry->context, 2 * (size_t)classes, sizeof *arrays);
    if (!arrays)
        return LIBNC_ERROR_MEMORY;
    const double divisor = divisor_of(geometry);
    for (int64_t k = 0; k < classes; k++) {
        const double weight = geometry->weights ? geometry->weights[k] : 1;
        arrays[k] = (double)counts[k] * weight / divisor;
        arrays[classes + k] = sqrt((double)counts[k]);
    }
    setting->arrays = arrays;
    setting->problem =
        (nc__deep_problem){.classes = classes,
                           .depth = geometry->depth,
                           .bias = nc__option_int(options, LIBNC_GEOMETRY_OPTION_BIAS) != 0,
                           .cost = exp(nc__log_decay_product(geometry) / (geometry->depth + 1.0)),
                           .smoothing = nc__option(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING),
                           .weight = arrays,
                           .root = arrays + classes};
    return LIBNC_OK;
}

/* The rows of Z sum to zero: no rank above K - 1. */
int64_t nc__deep_most(const libnc_geometry *geometry)
{
    const int64_t classes = geometry->groups.classes;
    const int64_t width = nc__option_int(&geometry->options, LIBNC_GEOMETRY_OPTION_WIDTH);
    return width > 0 && width < classes - 1 ? width : classes - 1;
}

/* ---- the search as a solution ---- */

static bool allocate_vectors(libnc_context *context, nc__solution *solution)
{
    const size_t G = (size_t)solution->groups->count, r = (size_t)solution->coupled_count;
    return (solution->left = nc__alloc(context, r * G, sizeof(double))) &&
           (solution->right = nc__alloc(context, r * G, sizeof(double))) &&
           (solution->bias = nc__alloc(context, G, sizeof(double))) &&
           (solution->sorted = nc__alloc(context, G + r, sizeof *solution->sorted));
}

/* Every class is its own group g, class order[g]; all directions are coupled ones. The energy of a
 * direction is c s^{2/(M+1)} in every layer. */
static void fill_directions(const nc__deep_problem *problem, const nc__deep_point *point,
                            nc__solution *solution)
{
    const nc__groups *groups = solution->groups;
    const int64_t classes = groups->classes, rank = point->rank;
    for (int64_t i = 0; i < rank; i++) {
        nc__family *family = &solution->coupled[i];
        family->count = family->kept = 1;
        family->value = point->values[i];
        family->log_energy =
            log(problem->cost) + 2 / (problem->depth + 1.0) * log(point->values[i]);
        solution->sorted[i] = classes + i;
        for (int64_t g = 0; g < classes; g++) {
            solution->left[i * classes + g] = point->left[i * classes + groups->order[g]];
            solution->right[i * classes + g] = point->right[i * classes + groups->order[g]];
        }
    }
    for (int64_t g = 0; g < classes; g++) {
        solution->sorted[rank + g] = g;
        solution->bias[g] = point->bias[groups->order[g]];
    }
}

/* Whether exchanging classes k and l leaves P as it is. */
static bool exchangeable(const double *product, int64_t classes, int64_t k, int64_t l,
                         double tolerance)
{
    for (int64_t i = 0; i < classes; i++) {
        const int64_t j = i == k ? l : i == l ? k : i;
        if (fabs(product[i * classes + k] - product[j * classes + l]) > tolerance ||
            fabs(product[k * classes + i] - product[l * classes + j]) > tolerance)
            return false;
    }
    return true;
}

/* Classes of equal count and weight that may not be exchanged in P give other points as low.
 * Exchanges of neighbours among them generate all. */
static libnc_status find_choice(libnc_context *context, const nc__deep_problem *problem,
                                const nc__deep_point *point, bool *choice)
{
    const int64_t classes = problem->classes;
    double *product = nc__alloc(context, (size_t)(classes * classes), sizeof *product);
    if (!product)
        return LIBNC_ERROR_MEMORY;
    nc__deep_point_product(point, product);
    const double tolerance = SAME_ENTRY * point->values[0];
    *choice = false;
    for (int64_t k = 0; k < classes && !*choice; k++) {
        int64_t l = k + 1;
        while (l < classes &&
               (problem->weight[l] != problem->weight[k] || problem->root[l] != problem->root[k]))
            l++;
        *choice = l < classes && !exchangeable(product, classes, k, l, tolerance);
    }
    nc__free(context, product);
    return LIBNC_OK;
}

static libnc_status store(const libnc_geometry *geometry, const nc__deep_problem *problem,
                          const nc__deep_search *search, const nc__deep_point *point,
                          nc__solution **out)
{
    libnc_context *context = geometry->context;
    nc__groups apart;
    const libnc_status status =
        nc__groups_create(&apart, context, geometry->classes, geometry->weights, true);
    if (status != LIBNC_OK)
        return status;
    nc__solution *solution = nc__solution_create(context, &apart, true, point->rank);
    if (!solution) {
        nc__groups_destroy(&apart, context);
        return LIBNC_ERROR_MEMORY;
    }
    solution->regrouped = apart;
    solution->groups = &solution->regrouped;
    if (!allocate_vectors(context, solution)) {
        nc__solution_destroy(context, solution);
        return LIBNC_ERROR_MEMORY;
    }
    solution->status = LIBNC_GEOMETRY_BEST_KNOWN;
    solution->loss = point->value;
    solution->gap = (double)NAN;
    solution->multiplier = problem->cost;
    solution->starts = search->started;
    solution->hits = search->hits;
    fill_directions(problem, point, solution);
    *out = solution;
    return find_choice(context, problem, point, &solution->slack);
}

libnc_status nc__solve_deep(const libnc_geometry *geometry, nc__solution **solution)
{
    const libnc_options *options = &geometry->options;
    libnc_context *context = geometry->context;
    nc__deep_search search = {.width = nc__option_int(options, LIBNC_GEOMETRY_OPTION_WIDTH),
                              .starts = nc__option_int(options, LIBNC_GEOMETRY_OPTION_STARTS),
                              .seed =
                                  (uint64_t)nc__option_int(options, LIBNC_GEOMETRY_OPTION_SEED)};
    nc__deep_setting setting = {.arrays = NULL};
    nc__deep_point best;
    libnc_status status = nc__deep_setting_create(&setting, geometry);
    if (status != LIBNC_OK)
        return status;
    status = nc__deep_point_create(&best, context, setting.problem.classes);
    if (status == LIBNC_OK) {
        status = nc__deep_search_run(&search, context, &setting.problem, &best);
        if (status == LIBNC_OK)
            status = store(geometry, &setting.problem, &search, &best, solution);
        nc__deep_point_destroy(&best);
    }
    nc__deep_setting_destroy(&setting, context);
    return status;
}

/* ---- public ---- */

libnc_status libnc_geometry_etf(const libnc_geometry *geometry, double *loss, double *scale)
{
    double found_loss, found_scale;
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = geometry->context;
    if (!loss && !scale)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "loss, scale = NULL: one must be given");
    if (nc__option_int(&geometry->options, LIBNC_GEOMETRY_OPTION_LOSS) == NC__GEOMETRY_MSE)
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED, "geometry: the loss must be ce or focal");
    const libnc_status status = nc__balanced_simplex(geometry, &found_loss, &found_scale);
    if (status != LIBNC_OK)
        return status;
    if (loss)
        *loss = found_loss;
    if (scale)
        *scale = found_scale;
    return LIBNC_OK;
}

libnc_status libnc_geometry_search(const libnc_geometry *geometry, int64_t *starts, int64_t *hits)
{
    const libnc_status status = nc__geometry_check(geometry);
    if (status != LIBNC_OK)
        return status;
    if (!starts && !hits)
        return nc__fail(geometry->context, LIBNC_ERROR_ARGUMENT,
                        "starts, hits = NULL: one must be given");
    if (starts)
        *starts = geometry->solution->starts;
    if (hits)
        *hits = geometry->solution->hits;
    return LIBNC_OK;
}
