/* SPDX-License-Identifier: MIT
 *
 * solve_one_layer.c: cross-entropy with M = 1, any counts and class weights, with decays or with
 * energies (doc/theory.md, "Cross-entropy, one layer" and "The layer-peeled model").
 *
 * With a_k = n_k w_k / divisor the problems over W and H equal
 *
 *     decay form   min  sum_k a_k CE(z_k + b, t_k) + c ||Z D||_*,     c = sqrt(lw lh)
 *     energy form  min  sum_k a_k CE(z_k + b, t_k)  s.t.  ||Z||_* <= tau = K sqrt(E_W E_H)
 *
 * with D = diag(sqrt(n_k)).
 * Where all counts and weights are equal, Z = alpha (I - J/K) in closed form; else convex.h.
 */
#include "geometry/solve_one_layer.h"

#include "geometry/planted.h"
#include "geometry/proof.h"

#include <float.h>
#include <math.h>

/* A gap above this, relative to the loss, and above the tolerance is a status of its own. */
#define STALLED_GAP 1e-9

static libnc_status check_width(const nc__problem *problem, int64_t needed, const char *what)
{
    if (problem->width < needed)
        return nc__fail(problem->context, LIBNC_ERROR_UNSUPPORTED,
                        "width = %lld: must be at least %s = %lld with this loss",
                        (long long)problem->width, what, (long long)needed);
    return LIBNC_OK;
}

/* A family of `count` directions with singular value s > 0: decay form e = c s, energy form e = s
 * (partial_products.c). */
static void keep_family(const nc__problem *problem, nc__family *family, int64_t count, double s)
{
    family->count = family->kept = count;
    family->value = s;
    family->log_energy = log(s) + (problem->energy ? 0 : log(problem->bound));
}

/* e^-a is a double with all its digits up to here. */
#define BEYOND 600.0

/* ---- balanced: f(alpha) = A (log(1 + (K-1) e^{-alpha}) + delta (K-1)/K alpha) + (K-1) c d alpha,
 * A = sum a_k: a logistic problem (proof.h) of price q = (K-1)/K (delta + K c d/A) in the decay
 * form, in the energy form at alpha <= tau/(K-1) of price (K-1)/K delta ---- */

/* v = K/(K-1) q, as log v and, where it is of use, v itself */
typedef struct share {
    double value, log;
} share;

static share share_of(double log_price, double smoothing)
{
    const double v = exp(log_price) + smoothing;
    return (share){v, smoothing > 0 ? log(v) : log_price};
}

/* e^alpha + K - 1 = K/v; 0 if v >= 1. Where v is small, K/v may be beyond a double. */
static double scale_at(double classes, share v)
{
    if (v.value >= 1)
        return 0;
    if (v.value < 0.5)
        return log(classes) - v.log + log1p(-(1 - 1 / classes) * v.value);
    return log1p(classes * (1 - v.value) / v.value);
}

double nc__one_layer_scale(double classes, double log_price, double smoothing)
{
    return scale_at(classes, share_of(log_price, smoothing));
}

static nc__logistic logistic_of(const nc__problem *problem, double classes, double log_total,
                                share v)
{
    double roundings = 4;
    if (!problem->energy)
        roundings += fabs(problem->log_decay[1]) + 2 * fabs(log(problem->bound));
    return (nc__logistic){classes, log_total, log1p(-1 / classes) + v.log, roundings};
}

/* With energies: alpha, and whether all they allow is of use. The rest of the problem is
 * convex and grows from there. */
static double allowed_scale(const nc__problem *problem, double classes, share v, bool *binds)
{
    const double allowed = problem->bound / (classes - 1);
    const double useful = problem->smoothing > 0 ? scale_at(classes, v) : INFINITY;
    *binds = useful >= allowed;
    return fmin(useful, allowed);
}

/* Where tau binds q = p is dual feasible, and the gap of that is tau ||R|| + <R, Z>, 0 at the
 * stated alpha if R, of norm mu, points the right way; where it does not, the targets are met. */
static libnc_status check_energy(const nc__problem *problem, const nc__logistic *logistic, double a,
                                 const nc__solution *solution)
{
    const double K = logistic->classes, bound = problem->bound / (K - 1);
    if (!solution->unique)
        return nc__check_logistic(problem->context, logistic, a, solution->loss);
    const double others = (K - 1) * exp(-a), miss = others / (1 + others);
    /* sum over classes of -t log p, from the probabilities */
    const double smoothed = problem->smoothing * (1 - 1 / K);
    const double log_own = -log1p(others);
    const double cost = -(1 - smoothed) * log_own - smoothed * (log_own - a);
    const double total = exp(logistic->log_total);
    const double unit = (8 + fabs(logistic->log_total)) * DBL_EPSILON;
    double error = nc__relative_error(a, bound);
    if (a < BEYOND && fabs(total * cost - solution->loss) > nc__rounding(8, 0))
        error = nc__worse(error, nc__relative_error(solution->loss, total * cost));
    error = nc__worse(error, fmax(0, smoothed - miss));
    return nc__check_error(problem->context, "cross-entropy's scale and value", error, 4 * unit);
}

static libnc_status check_balanced(const nc__problem *problem, const nc__logistic *logistic,
                                   double a, nc__solution *solution)
{
    const libnc_status status =
        problem->energy ? check_energy(problem, logistic, a, solution)
                        : nc__check_logistic(problem->context, logistic, a, solution->loss);
    solution->gap = nc__logistic_rounding(logistic, a, solution->loss);
    if (!problem->energy || !solution->unique)
        solution->gap += nc__logistic_gap(logistic, a);
    return status;
}

static libnc_status fill_balanced(const nc__problem *problem, nc__solution *solution)
{
    const nc__groups *groups = problem->groups;
    const double K = (double)groups->classes, others = K - 1;
    const double total = groups->samples / problem->divisor * groups->weight[0];
    const double unit = problem->scale[0];
    const double log_price =
        problem->energy ? -INFINITY : log(K) + log(problem->bound) + log(unit) - log(total);
    const share v = share_of(log_price, problem->smoothing);
    const nc__logistic logistic = logistic_of(problem, K, log(total), v);
    const double a = nc__planted(NC__PLANTED_BALANCED_SCALE,
                                 problem->energy ? allowed_scale(problem, K, v, &solution->unique)
                                                 : scale_at(K, v));
    solution->loss = nc__logistic_value(&logistic, a);
    if (problem->energy && solution->unique)
        solution->multiplier =
            fmax(0, total * (exp(-a) / (1 + others * exp(-a)) - problem->smoothing / K));
    solution->within[0].count = groups->classes - 1;
    solution->within[0].square = unit * unit;
    if (a > 0)
        keep_family(problem, &solution->within[0], groups->classes - 1, a * unit);
    return check_balanced(problem, &logistic, a, solution);
}

static libnc_status solve_balanced(nc__problem *problem, nc__solution **out)
{
    const nc__groups *groups = problem->groups;
    const libnc_status status = check_width(problem, groups->classes - 1, "K - 1");
    if (status != LIBNC_OK)
        return status;
    nc__solution *solution = nc__solution_create(problem, true, 0);
    if (!solution)
        return LIBNC_ERROR_MEMORY;
    *out = solution;
    solution->status = LIBNC_GEOMETRY_PROVEN;
    solution->multiplier = problem->energy ? 0 : problem->bound;
    if (groups->classes == 1) /* one class: the loss is 0 at zero */
        return LIBNC_OK;
    return fill_balanced(problem, solution);
}

/* ---- the rest ---- */

/* Families of the result, with their vectors as entries of single classes. */
static void take_directions(const nc__problem *problem, const nc__convex_result *result,
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

/* Returns true if the gap is within the requested one, or small all the same. */
static bool is_near(const nc__problem *problem, const nc__convex_result *result)
{
    return result->gap <= fmax(problem->tolerance, STALLED_GAP) * result->value;
}

static libnc_status store(const nc__problem *problem, const nc__convex_result *result,
                          nc__solution *solution)
{
    const libnc_status status = nc__solution_add_vectors(solution);
    if (status != LIBNC_OK)
        return status;
    solution->loss = result->value;
    solution->gap = result->gap;
    solution->status = is_near(problem, result) ? LIBNC_GEOMETRY_PROVEN : LIBNC_GEOMETRY_STALLED;
    solution->multiplier = result->multiplier;
    solution->unique = result->unique;
    take_directions(problem, result, solution);
    sort_families(solution);
    return check_width(problem, nc__solution_rank(solution), "the rank of the minimiser");
}

static libnc_status run_solver(const nc__problem *problem, nc__convex *solver, bool warm,
                               nc__convex_result *result)
{
    const nc__convex_problem convex = {.groups = problem->groups->count,
                                       .multiplicity = problem->groups->multiplicity,
                                       .weight = problem->weight,
                                       .scale = problem->scale,
                                       .smoothing = problem->smoothing,
                                       .bias = problem->bias,
                                       .ball = problem->energy,
                                       .bound = problem->bound,
                                       .tolerance = problem->tolerance,
                                       .iterations = problem->iterations,
                                       .warm = warm};
    const libnc_status status = nc__convex_solve(solver, &convex, result);
    if (status == LIBNC_OK && result->vanished)
        return nc__fail(problem->context, LIBNC_ERROR_NUMERICAL,
                        "the loss of %g is too small for its derivatives", result->value);
    return status;
}

static libnc_status solve_convex(nc__problem *problem, nc__convex **kept, nc__solution **solution)
{
    nc__convex *own = NULL, **solver = kept ? kept : &own;
    const bool warm = *solver != NULL;
    nc__convex_result result;
    libnc_status status =
        warm ? LIBNC_OK : nc__convex_create(solver, problem->context, problem->groups->count);
    if (status == LIBNC_OK)
        status = run_solver(problem, *solver, warm, &result);
    if (status == LIBNC_OK) {
        *solution = nc__solution_create(problem, true, result.rank);
        status = *solution ? store(problem, &result, *solution) : LIBNC_ERROR_MEMORY;
    }
    nc__convex_destroy(own);
    return status;
}

libnc_status nc__solve_one_layer(nc__problem *problem, nc__convex **kept, nc__solution **solution)
{
    return problem->groups->count == 1 ? solve_balanced(problem, solution)
                                       : solve_convex(problem, kept, solution);
}
