/* SPDX-License-Identifier: MIT
 *
 * shallow.c: cross-entropy with M = 1, any counts and class weights, with decays or with energies
 * (doc/theory.md, "Cross-entropy, one layer" and "The layer-peeled model").
 *
 * With a_k = n_k w_k / divisor the problems over W and H equal
 *
 *     decay form   min  sum_k a_k CE(z_k + b, t_k) + c ||Z D||_*,     c = sqrt(lw lh)
 *     energy form  min  sum_k a_k CE(z_k + b, t_k)  s.t.  ||Z||_* <= tau = K sqrt(E_W E_H)
 *
 * with D = diag(sqrt(n_k)).
 * Where all counts and weights are equal, Z = alpha (I - J/K) in closed form; else convex.h.
 */
#include "geometry/convex.h"
#include "geometry/geometry_private.h"

#include <math.h>
#include <string.h>

typedef struct shallow {
    const libnc_geometry *geometry;
    bool energy, bias;
    double smoothing;
    double divisor; /* of the weighted loss */
    double bound;   /* c or tau */
} shallow;

static double weight_sum(const nc__groups *groups)
{
    double sum = 0;
    for (int64_t g = 0; g < groups->count; g++)
        sum += groups->multiplicity[g] * groups->size[g] * groups->weight[g];
    return sum;
}

static void describe_problem(const libnc_geometry *geometry, const nc__groups *groups,
                             shallow *problem)
{
    const libnc_options *options = &geometry->options;
    problem->geometry = geometry;
    problem->energy = nc__option_int(options, LIBNC_GEOMETRY_FORM) == NC__GEOMETRY_ENERGY;
    problem->bias = nc__option_int(options, LIBNC_GEOMETRY_BIAS) != 0;
    problem->smoothing = nc__option(options, LIBNC_GEOMETRY_LABEL_SMOOTHING);
    problem->divisor = nc__option_int(options, LIBNC_GEOMETRY_NORMALISE_WEIGHTS) != 0
                           ? weight_sum(groups)
                           : groups->samples;
    problem->bound = problem->energy
                         ? (double)groups->classes *
                               sqrt(nc__option(options, LIBNC_GEOMETRY_CLASSIFIER_ENERGY)) *
                               sqrt(nc__option(options, LIBNC_GEOMETRY_FEATURE_ENERGY))
                         : exp(0.5 * nc__log_decay_product(geometry));
}

static libnc_status check_width(const libnc_geometry *geometry, int64_t needed, const char *what)
{
    const int64_t width = nc__option_int(&geometry->options, LIBNC_GEOMETRY_WIDTH);
    if (width > 0 && width < needed)
        return nc__fail(geometry->context, LIBNC_ERROR_UNSUPPORTED,
                        "width = %lld: must be at least %s = %lld with this loss", (long long)width,
                        what, (long long)needed);
    return LIBNC_OK;
}

/* A family of `count` directions with singular value s > 0: decay form e = c s, energy form e = s
 * (gains.c). */
static void keep_family(const shallow *problem, nc__family *family, int64_t count, double s)
{
    family->count = family->kept = count;
    family->value = s;
    family->log_energy = log(s) + (problem->energy ? 0 : log(problem->bound));
}

/* ---- balanced: f(alpha) = A (log(1 + (K-1) e^{-alpha}) + delta (K-1)/K alpha), A = sum a_k ----
 */

/* e^alpha + K - 1 = K/v, v the share of the targets and the price of the norm; 0 if v >= 1. */
static double scale_at(double classes, double v)
{
    return v >= 1 ? 0 : log1p(classes * (1 - v) / v);
}

/* alpha; slack where the energies allow more than is of use. */
static double balanced_scale(const shallow *problem, double classes, double total, double unit,
                             bool *slack)
{
    const double price = classes * problem->bound * unit / total;
    if (!problem->energy)
        return scale_at(classes, price + problem->smoothing);
    const double allowed = problem->bound / (classes - 1);
    const double useful = problem->smoothing > 0 ? scale_at(classes, problem->smoothing) : INFINITY;
    *slack = useful < allowed;
    return fmin(useful, allowed);
}

static libnc_status solve_balanced(const shallow *problem, const nc__groups *groups,
                                   nc__solution **out)
{
    const double K = (double)groups->classes, others = K - 1;
    const double total = groups->samples * groups->weight[0] / problem->divisor;
    const double unit = nc__column_scale(problem->geometry, groups, 0);
    const libnc_status status = check_width(problem->geometry, groups->classes - 1, "K - 1");
    if (status != LIBNC_OK)
        return status;
    nc__solution *solution = nc__solution_create(problem->geometry->context, groups, true, 0);
    if (!solution)
        return LIBNC_ERROR_MEMORY;
    *out = solution;
    solution->status = LIBNC_GEOMETRY_PROVEN;
    solution->multiplier = problem->energy ? 0 : problem->bound;
    if (groups->classes == 1) /* one class: the loss is 0 at zero */
        return LIBNC_OK;
    const double a = balanced_scale(problem, K, total, unit, &solution->slack);
    const double slope = problem->smoothing / K;
    solution->loss = total * (log1p(others * exp(-a)) + others * slope * a);
    if (problem->energy) {
        if (!solution->slack)
            solution->multiplier = fmax(0, total * (exp(-a) / (1 + others * exp(-a)) - slope));
    } else
        solution->loss += others * problem->bound * unit * a;
    solution->within[0].count = groups->classes - 1;
    solution->within[0].square = unit * unit;
    if (a > 0)
        keep_family(problem, &solution->within[0], groups->classes - 1, a * unit);
    return LIBNC_OK;
}

/* ---- the rest ---- */

/* Families of the result, with their vectors as entries of single classes. */
static void take_directions(const shallow *problem, const nc__convex_result *result,
                            nc__solution *solution)
{
    const nc__groups *groups = solution->groups;
    const int64_t G = groups->count;
    for (int64_t g = 0; g < G; g++) {
        solution->within[g].count = (int64_t)groups->multiplicity[g] - 1;
        if (result->within[g] > 0)
            keep_family(problem, &solution->within[g], solution->within[g].count,
                        result->within[g]);
        solution->bias[g] = result->bias[g];
    }
    for (int64_t i = 0; i < result->rank; i++) {
        keep_family(problem, &solution->coupled[i], 1, result->values[i]);
        for (int64_t g = 0; g < G; g++) {
            const double root = sqrt(groups->multiplicity[g]);
            solution->left[i * G + g] = result->left[i * G + g] / root;
            solution->right[i * G + g] = result->right[i * G + g] / root;
        }
    }
}

/* Insertion: both parts are nearly in order. */
static void sort_families(nc__solution *solution)
{
    const int64_t G = solution->groups->count, count = G + solution->coupled_count;
    for (int64_t f = 0; f < count; f++) {
        const double value = f < G ? solution->within[f].value : solution->coupled[f - G].value;
        int64_t i = f;
        for (; i > 0 && nc__solution_family(solution, i - 1)->value < value; i--)
            solution->sorted[i] = solution->sorted[i - 1];
        solution->sorted[i] = f;
    }
}

static libnc_status store(const shallow *problem, const nc__convex_result *result,
                          nc__solution *solution)
{
    libnc_context *context = problem->geometry->context;
    const size_t G = (size_t)solution->groups->count, r = (size_t)result->rank;
    solution->left = nc__alloc(context, r * G, sizeof(double));
    solution->right = nc__alloc(context, r * G, sizeof(double));
    solution->bias = nc__alloc(context, G, sizeof(double));
    solution->sorted = nc__alloc(context, G + r, sizeof *solution->sorted);
    if (!solution->left || !solution->right || !solution->bias || !solution->sorted)
        return LIBNC_ERROR_MEMORY;
    solution->status = LIBNC_GEOMETRY_PROVEN;
    solution->loss = result->value;
    solution->gap = result->gap;
    solution->multiplier = result->multiplier;
    solution->slack = !result->unique;
    take_directions(problem, result, solution);
    sort_families(solution);
    int64_t rank = 0;
    for (int64_t g = 0; g < solution->groups->count; g++)
        rank += solution->within[g].kept;
    return check_width(problem->geometry, rank + result->rank, "the rank of the minimiser");
}

static libnc_status run_solver(const shallow *problem, const nc__groups *groups, nc__convex *solver,
                               bool warm, double *weight, double *scale, nc__convex_result *result)
{
    const libnc_options *options = &problem->geometry->options;
    for (int64_t g = 0; g < groups->count; g++) {
        weight[g] = groups->size[g] * groups->weight[g] / problem->divisor;
        scale[g] = nc__column_scale(problem->geometry, groups, g);
    }
    const nc__convex_problem convex = {.groups = groups->count,
                                       .multiplicity = groups->multiplicity,
                                       .weight = weight,
                                       .scale = scale,
                                       .smoothing = problem->smoothing,
                                       .bias = problem->bias,
                                       .ball = problem->energy,
                                       .bound = problem->bound,
                                       .tolerance = nc__option(options, LIBNC_GEOMETRY_TOLERANCE),
                                       .iterations =
                                           nc__option_int(options, LIBNC_GEOMETRY_MAX_ITERATIONS),
                                       .warm = warm};
    const libnc_status status = nc__convex_solve(solver, &convex, result);
    if (status == LIBNC_OK && result->vanished)
        return nc__fail(problem->geometry->context, LIBNC_ERROR_NUMERICAL,
                        "the loss of %g is too small for its derivatives", result->value);
    return status;
}

/* kept: where the solver stays for the next solution, NULL if it does not. */
static libnc_status solve_convex(const shallow *problem, const nc__groups *groups,
                                 nc__convex **kept, nc__solution **solution)
{
    libnc_context *context = problem->geometry->context;
    const size_t count = (size_t)groups->count;
    nc__convex *own = NULL, **solver = kept ? kept : &own;
    const bool warm = *solver != NULL;
    nc__convex_result result;
    double *weight = NULL, *scale = NULL;
    libnc_status status = warm ? LIBNC_OK : nc__convex_create(solver, context, groups->count);
    if (status != LIBNC_OK)
        goto out;
    status = LIBNC_ERROR_MEMORY;
    if (!(weight = nc__alloc(context, count, sizeof *weight)) ||
        !(scale = nc__alloc(context, count, sizeof *scale)))
        goto out;
    status = run_solver(problem, groups, *solver, warm, weight, scale, &result);
    if (status != LIBNC_OK)
        goto out;
    *solution = nc__solution_create(context, groups, true, result.rank);
    status = *solution ? store(problem, &result, *solution) : LIBNC_ERROR_MEMORY;
out:
    nc__free(context, scale);
    nc__free(context, weight);
    nc__convex_destroy(own);
    return status;
}

libnc_status nc__solve_shallow(libnc_geometry *geometry, nc__solution **solution)
{
    const bool apart = nc__option_int(&geometry->options, LIBNC_GEOMETRY_SYMMETRY) == 0;
    const bool same = !geometry->weights && !apart;
    nc__groups own;
    memset(&own, 0, sizeof own);
    libnc_status status = LIBNC_OK;
    if (!same)
        status =
            nc__groups_create(&own, geometry->context, geometry->classes, geometry->weights, apart);
    if (status != LIBNC_OK)
        return status;
    const nc__groups *groups = same ? &geometry->groups : &own;
    shallow problem;
    describe_problem(geometry, groups, &problem);
    nc__convex **kept = geometry->is_warm ? &geometry->convex : NULL;
    status = groups->count == 1 ? solve_balanced(&problem, groups, solution)
                                : solve_convex(&problem, groups, kept, solution);
    if (same)
        return status;
    if (!*solution) {
        nc__groups_destroy(&own, geometry->context);
        return status;
    }
    (*solution)->regrouped = own;
    (*solution)->groups = &(*solution)->regrouped;
    return status;
}
