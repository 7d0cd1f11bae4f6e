/* SPDX-License-Identifier: MIT
 *
 * solve_mean_square.c: the global minimisers of the MSE problem: any counts, depth, decays and
 * widths.
 *
 * Dang et al. 2023; doc/theory.md, "Mean squared error". The objective of Z D = U diag(s) V^T
 * separates over the singular values y of the target, D without a bias or (I - n 1^T/N) D with one:
 *
 *     loss = sum_i min_s [(s - y_i)^2/(2N) + (M+1)/2 c s^{2/(M+1)}],  c^{M+1} = lh prod_j lw_j,
 *
 * at most R = min(K, widths) of the s_i positive; the gain of a direction grows with y, so the
 * largest y are kept.
 */
#include "geometry/solve_mean_square.h"

#include "geometry/planted.h"
#include "geometry/proof.h"
#include "geometry/scalar_minimum.h"

#include <float.h>
#include <math.h>

/* Of beta and of a direction's value, beyond what the logarithms bring: some products, quotients,
 * an exponential and a square root. */
#define ROUNDINGS 16.0
/* Epsilons by which each logarithm's size may change a value: its own rounding and those of the
 * sum, half an epsilon each; and three of a Newton step at log q, which is no larger than their
 * sum. */
#define LOGARITHM 4.0
/* Where a direction is tied, the logarithm of beta may be off its threshold by this. */
#define TIED 4e-12

/* log b, b = M N (N Lam)^{1/M}, so that beta = b / y^2. */
static double log_scale(const nc__problem *problem)
{
    const double m = problem->depth, log_samples = log(problem->groups->samples);
    return log(m) + log_samples + (log_samples + problem->log_product) / m;
}

static libnc_status describe_targets(nc__solution *solution)
{
    const nc__groups *groups = solution->groups;
    for (int64_t g = 0; g < groups->count; g++) {
        solution->within[g].count = (int64_t)groups->multiplicity[g] - solution->centred;
        solution->within[g].square = groups->size[g];
    }
    if (!solution->centred)
        return LIBNC_OK;
    const libnc_status status =
        nc__coupled_roots(solution->problem->context, groups, NC__WEIGHT_SAMPLES, solution->roots);
    if (status != LIBNC_OK)
        return status;
    for (int64_t i = 0; i + 1 < groups->count; i++) {
        solution->coupled[i].count = 1;
        solution->coupled[i].square = nc__root_square(groups, &solution->roots[i]);
    }
    return LIBNC_OK;
}

/* A cut through equal gains fixes the rank; at the threshold any rank up to `kept` is as good. */
static void note_tie(nc__solution *solution, const nc__family *family, bool at_threshold)
{
    const bool cut = family->kept < family->count;
    if (solution->tied || family->kept == 0 || !(cut || at_threshold))
        return;
    solution->tied = family;
    solution->unique = false;
    solution->tie.size = family->count;
    solution->tie.rank = solution->tie.rank_maximum = family->kept;
    solution->tie.rank_minimum = at_threshold ? 0 : family->kept;
    solution->tie.singular_value = family->value;
}

static void solve_family(nc__solution *solution, nc__family *family, int64_t *remaining,
                         nc__sum *loss)
{
    if (family->count == 0)
        return;
    const nc__problem *problem = solution->problem;
    const double samples = problem->groups->samples, log_square = log(family->square);
    const nc__scalar_minimum minimum =
        nc__minimise_scalar(problem->depth, log_scale(problem) - log_square);
    const double unit = family->square / (2 * samples);
    if (minimum.share > 0)
        family->kept = family->count < *remaining ? family->count : *remaining;
    if (family->kept > 0) {
        family->value =
            nc__planted(NC__PLANTED_SINGULAR_VALUE, minimum.share * sqrt(family->square));
        /* e = s (y - s)/N, the stationarity condition */
        family->log_energy = log_square - log(samples) + minimum.log_rest;
    }
    *remaining -= family->kept;
    nc__sum_add(loss, (double)family->kept * unit * minimum.value);
    nc__sum_add(loss, (double)(family->count - family->kept) * unit);
    note_tie(solution, family, minimum.tie);
}

/* ---- the check of a solution, from its singular values and energies alone ---- */

typedef struct check {
    double depth, samples;
    double log_cost;    /* log c */
    double roundings;   /* of logarithms of the problem, in epsilons */
    bool scratch;       /* directions are left out for their decay, not for the width */
    double error;       /* the largest, relative */
    nc__sum value, gap; /* of the objective; from duality */
    double uncertainty; /* of the loss */
} check;

/* f(t y) in units of y^2/(2N), y^2 the square */
static double value_at(const check *c, double log_square, double t)
{
    const double exponent = 2 / (c->depth + 1);
    const double penalty = (c->depth + 1) * exp(c->log_cost + log(c->samples) - log_square +
                                                exponent * (log(t) + 0.5 * log_square));
    return (1 - t) * (1 - t) + penalty;
}

/* M = 1: the dual value of R = min(c, y/N) in this direction, and (s, R)'s gap
 * (s - y + N R)^2/(2N) + (c - R) s. */
static double dual_gap(const check *c, double y, double s)
{
    const double cost = exp(c->log_cost), price = fmin(cost, y / c->samples);
    const double miss = s - y + c->samples * price;
    return miss * miss / (2 * c->samples) + (cost - price) * s;
}

/* A direction that is kept: e = c s^{2/(M+1)}, s + N e/s = y, and s the larger root, whose value is
 * at most that of zero. */
static double check_kept(check *c, const nc__family *family, double unit)
{
    const double y = sqrt(family->square), s = family->value, exponent = 2 / (c->depth + 1);
    const double law = c->log_cost + exponent * log(s), energy = exp(family->log_energy);
    const double rest = c->samples * energy / s;
    c->error = nc__worse(c->error, fabs(family->log_energy - law));
    c->error = nc__worse(c->error, fabs(s + rest - y) / y);
    const double value = rest * rest / (2 * c->samples) + (c->depth + 1) / 2 * energy;
    if (c->depth > 1) {
        c->error = nc__worse(c->error, fmax(0, value / unit - 1) - TIED);
        c->error = nc__worse(c->error, fmax(0, (c->depth - 1) * rest / s - 1) - TIED);
    }
    return value;
}

/* A direction that is not: what is best of the others, where the width has room for it, is no
 * better. */
static void check_lost(check *c, const nc__family *family)
{
    const double m = c->depth;
    if (!c->scratch)
        return;
    const double excess = m > 1 ? 1 - value_at(c, log(family->square), (m - 1) / m) - TIED
                                : 1 - c->samples * exp(c->log_cost) / sqrt(family->square);
    c->error = nc__worse(c->error, fmax(0, excess));
    if (m == 1)
        nc__sum_add(&c->gap,
                    (double)(family->count - family->kept) * dual_gap(c, sqrt(family->square), 0));
}

static void check_family(check *c, const nc__family *family)
{
    const double unit = family->square / (2 * c->samples);
    const double lost = (double)(family->count - family->kept), kept = (double)family->kept;
    if (family->count == 0)
        return;
    const double size = c->roundings + LOGARITHM * fabs(log(family->square));
    if (kept > 0) {
        const double value = check_kept(c, family, unit);
        nc__sum_add(&c->value, kept * value);
        c->uncertainty += nc__rounding(size, kept * value);
        if (c->depth == 1)
            nc__sum_add(&c->gap, kept * dual_gap(c, sqrt(family->square), family->value));
    }
    if (lost > 0) {
        check_lost(c, family);
        nc__sum_add(&c->value, lost * unit);
        c->uncertainty += nc__rounding(ROUNDINGS, lost * unit);
    }
}

static check describe_check(const nc__problem *problem, int64_t kept)
{
    const double m = problem->depth, log_samples = log(problem->groups->samples);
    return (check){.depth = m,
                   .samples = problem->groups->samples,
                   .log_cost = problem->log_product / (m + 1),
                   .roundings = ROUNDINGS + LOGARITHM * (log(m) + log_samples +
                                                         (log_samples + problem->log_sizes) / m),
                   .scratch = kept < problem->width};
}

/* Directions are kept in order, as many as there is room for; every one is what it should be; and
 * they cost what the loss says. */
static libnc_status check_solution(nc__solution *solution)
{
    const nc__problem *problem = solution->problem;
    const nc__groups *groups = solution->groups;
    const int64_t families = groups->count + solution->coupled_count;
    int64_t kept = 0;
    bool ended = false, ordered = true;
    for (int64_t f = 0; f < families; f++) {
        const nc__family *family = nc__solution_family(solution, f);
        ordered = ordered && !(ended && family->kept > 0);
        ended = ended || family->kept < family->count;
        kept += family->kept;
    }
    check c = describe_check(problem, kept);
    for (int64_t f = 0; f < families; f++)
        check_family(&c, nc__solution_family(solution, f));
    const double total = nc__sum_of(&c.value);
    if (fabs(solution->loss - total) > nc__rounding((double)(8 * families), 0))
        c.error = nc__worse(c.error, nc__relative_error(solution->loss, total));
    if (!ordered || kept > problem->width)
        c.error = INFINITY;
    solution->gap = c.uncertainty + fmax(0, nc__sum_of(&c.gap));
    const double largest = fabs(log(groups->size[0])) + fabs(c.log_cost);
    return nc__check_error(problem->context, "the minimum of the squared error", c.error,
                           (c.roundings + 2 * largest) * DBL_EPSILON);
}

libnc_status nc__solve_mean_square(nc__problem *problem, nc__solution **out)
{
    const nc__groups *groups = problem->groups;
    int64_t remaining = problem->width;
    nc__sum loss = {0, 0};
    nc__solution *solution =
        nc__solution_create(problem, problem->bias, problem->bias ? groups->count - 1 : 0);
    if (!solution)
        return LIBNC_ERROR_MEMORY;
    *out = solution;
    const libnc_status status = describe_targets(solution);
    if (status != LIBNC_OK)
        return status;
    for (int64_t g = 0; g < groups->count; g++) {
        solve_family(solution, &solution->within[g], &remaining, &loss);
        if (solution->centred && g + 1 < groups->count)
            solve_family(solution, &solution->coupled[g], &remaining, &loss);
    }
    solution->loss = nc__planted(NC__PLANTED_LOSS, nc__sum_of(&loss));
    solution->status = LIBNC_GEOMETRY_PROVEN;
    solution->multiplier = problem->bound;
    return check_solution(solution);
}
