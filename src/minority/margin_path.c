/* SPDX-License-Identifier: MIT
 *
 * margin_path.c: solutions along a path of prices and their margins, and what is proven of them
 * (doc/minority_collapse.md, "When a class falls").
 */
#include "minority/margin_path.h"

#include "linalg/linalg.h"

#include <math.h>

/* Relative gap of each solution: near what its own rounding allows for a hundred groups. */
#define WANTED_GAP 1e-12

/* Solutions within this of log price start from each other; from farther ones they take longer than
 * from nothing. */
#define WARM_RANGE 0.03

/* Share of the largest logit that a logit of zero may have in a numerical solution. */
#define NOISE 1e-10

static libnc_status allocate(nc__path *path, size_t groups)
{
    nc__arena *arena = &path->arena;
    path->left = nc__arena_alloc(arena, groups, groups * sizeof(double));
    path->right = nc__arena_alloc(arena, groups, groups * sizeof(double));
    path->shared = nc__arena_alloc(arena, groups, groups * sizeof(double));
    path->logit_gap = nc__arena_alloc(arena, groups, sizeof(double));
    path->decisions = nc__arena_alloc(arena, groups, sizeof *path->decisions);
    return nc__arena_status(arena);
}

libnc_status nc__path_create(nc__path **path, const nc__imbalance *imbalance)
{
    libnc_context *context = imbalance->problem->context;
    nc__path *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->imbalance = imbalance;
    created->arena.context = context;
    libnc_status status = allocate(created, (size_t)imbalance->count);
    if (status == LIBNC_OK)
        status = nc__convex_create(&created->solver, context, imbalance->count);
    if (status != LIBNC_OK) {
        nc__path_destroy(created);
        return status;
    }
    *path = created;
    return LIBNC_OK;
}

void nc__path_destroy(nc__path *path)
{
    if (!path)
        return;
    libnc_context *context = path->arena.context;
    nc__convex_destroy(path->solver);
    nc__arena_release(&path->arena);
    nc__free(context, path);
}

/* Logits that are constant on pairs of groups: B_gh/(sqrt(m_g m_h) d_h). */
static void form_shared(nc__path *path, const nc__convex_result *result)
{
    const nc__imbalance *p = path->imbalance;
    const int64_t G = p->count, r = result->rank;
    for (int64_t i = 0; i < r; i++)
        for (int64_t g = 0; g < G; g++) {
            const double root = sqrt(p->multiplicity[g]);
            path->left[i * G + g] = result->values[i] * result->left[i * G + g] / root;
            path->right[i * G + g] = result->right[i * G + g] / root / p->scale[g];
        }
    const nc__tensor u = nc__tensor_f64(path->left, r, G), v = nc__tensor_f64(path->right, r, G);
    nc__tensor product = nc__tensor_f64(path->shared, G, G);
    if (r > 0)
        nc__gemm(p->problem->context, true, false, 1, &u, &v, 0, &product);
}

static void decide(nc__path *path, const nc__convex_result *result)
{
    const nc__imbalance *p = path->imbalance;
    form_shared(path, result);
    const nc__group_logits logits = {p->count, p->multiplicity,
                                     result->rank > 0 ? path->shared : NULL, result->bias};
    for (int64_t g = 0; g < p->count; g++) {
        path->logit_gap[g] = result->within[g] / p->scale[g];
        const nc__member member = nc__member_of(p->multiplicity[g], path->logit_gap[g]);
        path->decisions[g] = nc__decide(&logits, g, &member);
    }
}

static libnc_status solve(nc__path *path, bool ball, double bound)
{
    nc__convex_problem problem = nc__imbalance_problem(path->imbalance);
    nc__convex_result result;
    problem.ball = ball;
    problem.bound = bound;
    problem.tolerance = WANTED_GAP;
    problem.warm = path->is_warm;
    const libnc_status status =
        nc__imbalance_solve(path->imbalance, path->solver, &problem, &result);
    if (status != LIBNC_OK)
        return status;
    path->is_warm = true;
    path->price = result.multiplier;
    path->value = result.value;
    path->gap = result.gap;
    path->norm = result.nuclear;
    decide(path, &result);
    return LIBNC_OK;
}

libnc_status nc__path_solve_price(nc__path *path, double price)
{
    path->is_warm = path->is_warm && fabs(log(price / path->price)) <= WARM_RANGE;
    const libnc_status status = solve(path, false, price);
    path->price = price;
    return status;
}

libnc_status nc__path_solve_bound(nc__path *path, double bound)
{
    return solve(path, true, bound);
}

static double noise(const nc__path *path)
{
    double largest = 0;
    for (int64_t g = 0; g < path->imbalance->count; g++)
        largest = fmax(largest, path->decisions[g].largest);
    return NOISE * largest;
}

/* At margin 0 what tells classes of one group apart is left to its formula, which is exact. */
double nc__path_excess(const nc__path *path, int64_t group, double margin)
{
    const nc__decision *d = &path->decisions[group];
    return (margin > 0 ? nc__margin(d) : d->rest) - margin - noise(path);
}

double nc__path_reserve(const nc__path *path, int64_t group, double margin)
{
    const nc__decision *d = &path->decisions[group];
    const double slope = nc__imbalance_slope(path->imbalance, group);
    const double mates = d->mates > 0 ? d->mates : fmin(0, slope / path->price - 1);
    return fmin(mates, d->rest) - margin - noise(path);
}

/* -sum_j t_j log p_j = -log p_own + delta (z_own - mean of z) */
double nc__path_loss(const nc__path *path)
{
    const nc__imbalance *p = path->imbalance;
    double sum = 0;
    for (int64_t g = 0; g < p->count; g++) {
        const nc__decision *d = &path->decisions[g];
        sum +=
            p->multiplicity[g] * p->loss[g] *
            (d->surprise + p->problem->smoothing * d->lead / (double)p->problem->groups->classes);
    }
    return sum;
}

/* Of all classes of the group together sum a KL(p* || p) <= gap, and |p* - p|_1^2 <= 2 KL. */
double nc__path_doubt(const nc__path *path, int64_t group)
{
    const nc__imbalance *p = path->imbalance;
    return sqrt(2 * path->gap / (p->multiplicity[group] * p->loss[group]));
}

double nc__path_lead(const nc__path *path, int64_t group)
{
    const nc__decision *d = &path->decisions[group];
    return d->probability * (1 - exp(-d->rest));
}
