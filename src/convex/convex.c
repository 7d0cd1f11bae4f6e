/* SPDX-License-Identifier: MIT
 *
 * convex.c: the driver of the certified convex solver (convex.h).
 *
 * A point of the factored problem (convex_objective.c) whose factors have room for every direction
 * that is needed is a global minimiser if it is a local one (Haeffele, Vidal 2015; doc/theory.md,
 * "The solver"). So:
 *
 *     at Z = 0: stop if ||gradient|| <= c
 *     start with every direction whose singular value there is above c
 *     repeat  trust-region Newton on the factors
 *             factors -> B = U S V^T; drop what is zero; certify
 *             stop if the gap is small enough or nothing changes any more
 *             add the directions in which the gradient exceeds the multiplier
 *
 * In the energy form c is the level at which the starting rule gives a nuclear norm of tau. Where
 * that is so small that the start is too far off, the minimiser is followed from larger c, or
 * smaller tau.
 */
#include "convex/convex.h"
#include "convex/convex_internal.h"

#include "convex/convex_certificate.h"
#include "convex/convex_objective.h"
#include "convex/convex_points.h"
#include "convex/convex_start.h"

#include <math.h>
#include <string.h>

/* Rounds of minimising and certifying; each adds directions or asks for a smaller gradient. */
enum { MAX_ROUNDS = 40, PATIENCE = 3 };

/* The first wanted length of the gradient, relative to c sqrt(2 ||Z D||_*), for a gap relative to
 * the value: the gap is of first order in it, with factors of the size of the logits. */
#define GRADIENT_SHARE 1e-1
#define SMALLEST_SHARE 1e-15
#define TIGHTER        1e-2
/* Directions below this share of the largest are looked at twice. */
#define SMALL 1e-5
/* Where the level is less than FAR of the largest slope the start may be too far off. If the gap is
 * then more than HOPELESS of the value, stages lower the level from that slope, each to STAGE of
 * the last, and are solved roughly. */
#define FAR       1e-10
#define HOPELESS  1e-3
#define STAGE     1e-2
#define ROUGH_GAP 1e-6
/* Values below this cannot carry first and second derivatives with relative accuracy. */
#define SMALLEST_VALUE 1e-280

/* ---- the problem in units ---- */

static void take_problem(nc__convex *s, const nc__convex_problem *problem)
{
    const int64_t G = problem->groups;
    double sum = 0, largest = 0;
    s->groups = G;
    s->classes = 0;
    for (int64_t g = 0; g < G; g++) {
        s->classes += problem->multiplicity[g];
        sum += problem->multiplicity[g] * problem->weight[g];
        largest = fmax(largest, problem->scale ? problem->scale[g] : 1);
    }
    s->unit_weight = sum;
    s->unit_scale = largest;
    for (int64_t g = 0; g < G; g++) {
        s->multiplicity[g] = problem->multiplicity[g];
        s->root[g] = sqrt(problem->multiplicity[g]);
        s->weight[g] = problem->weight[g] / sum;
        s->scale[g] = (problem->scale ? problem->scale[g] : 1) / largest;
        s->constant[g] = s->root[g] * s->scale[g];
    }
    s->smoothing = problem->smoothing;
    s->bias = problem->bias;
    s->ball = problem->ball;
    s->bound = problem->ball ? problem->bound / largest : problem->bound / sum * largest;
}

/* ---- rounds ---- */

/* Removes what is small from s->now; in the energy form the rest takes its share of tau. Returns
 * whether anything was. */
static bool drop_small(const nc__convex *s, nc__convex_point *point)
{
    const double nuclear = nc__convex_nuclear(s, point);
    double largest = point->rank > 0 ? point->values[0] : 0;
    bool dropped = false;
    for (int64_t g = 0; g < s->groups; g++)
        largest = fmax(largest, point->within[g]);
    while (point->rank > 0 && point->values[point->rank - 1] <= SMALL * largest) {
        point->rank--;
        dropped = true;
    }
    for (int64_t g = 0; g < s->groups; g++)
        if (point->within[g] > 0 && point->within[g] <= SMALL * largest) {
            point->within[g] = 0;
            dropped = true;
        }
    const double rest = nc__convex_nuclear(s, point);
    if (s->ball && rest > 0)
        nc__convex_scale(s, point, nuclear / rest);
    return dropped;
}

/* One minimisation and its certificate, in s->now. */
static libnc_status run_round(nc__convex *s, double share, int64_t iterations, int64_t *used,
                              int32_t *end)
{
    const double square = nc__convex_pack(s, &s->now);
    nc__trust_problem problem;
    nc__convex_describe(s, &problem);
    nc__trust_run run = {.iterations = iterations - *used};
    run.tolerance = share * s->now.multiplier * sqrt(square);
    *end = nc__trust_region_minimise(s->region, &problem, &run, s->variables);
    *used += run.iterations_used;
    const libnc_status status = nc__convex_unpack(s, &s->now);
    return status == LIBNC_OK ? nc__convex_certify(s, &s->now) : status;
}

/* Keeps s->now if it is better, or good enough: the later one has the right directions. */
static void keep(nc__convex *s, double tolerance)
{
    if (s->now.gap < s->best.gap || s->now.gap <= tolerance * s->now.value)
        nc__convex_copy(s, &s->now, &s->best);
}

/* A direction on its way to zero is small; it was one if the point without it is as good and has no
 * reason to take it up again. */
static libnc_status settle(nc__convex *s, double tolerance)
{
    if (!drop_small(s, &s->now))
        return LIBNC_OK;
    const libnc_status status = nc__convex_certify(s, &s->now);
    if (status == LIBNC_OK && s->now.gap <= tolerance * s->now.value &&
        nc__convex_count_missing(s) == 0)
        nc__convex_copy(s, &s->now, &s->best);
    return status;
}

/* Minimises and certifies until the gap is small enough and no direction is missing; s->best is the
 * best point. */
static libnc_status run_rounds(nc__convex *s, double tolerance, int64_t iterations, int64_t *used)
{
    double share = fmax(SMALLEST_SHARE, GRADIENT_SHARE * tolerance);
    int idle = 0;
    s->best.gap = INFINITY;
    for (int round = 0; round < MAX_ROUNDS && *used < iterations; round++) {
        int32_t end;
        const double old_gap = s->best.gap;
        const libnc_status status = run_round(s, share, iterations, used, &end);
        if (status != LIBNC_OK)
            return status;
        keep(s, tolerance);
        idle = s->best.gap < 0.5 * old_gap ? 0 : idle + 1;
        const bool enough = s->best.gap <= tolerance * s->best.value;
        const int64_t missing = nc__convex_count_missing(s);
        if (enough && missing == 0)
            return settle(s, tolerance);
        if (idle >= PATIENCE || (missing == 0 && end != NC__TRUST_CONVERGED))
            return LIBNC_OK;
        nc__convex_add_missing(s);
        share = fmax(SMALLEST_SHARE, TIGHTER * share);
    }
    return LIBNC_OK;
}

/* ---- far from Z = 0 ---- */

/* The best point of the last bound as a start for this one. */
static libnc_status resume(nc__convex *s)
{
    nc__convex_copy(s, &s->best, &s->now);
    const libnc_status status = nc__convex_certify(s, &s->now);
    if (status == LIBNC_OK)
        nc__convex_add_missing(s);
    return status;
}

/* From the certificate of Z = 0 to a start s->now near the minimiser, whose multiplier is about
 * `level`: logits grow like the logarithm of the level, and like tau. */
static libnc_status approach(nc__convex *s, double level, int64_t iterations, int64_t *used)
{
    const double bound = s->bound, largest = nc__convex_largest_slope(s);
    const double depth = log(level / largest);
    const int stages = (int)ceil(depth / log(STAGE));
    libnc_status status = LIBNC_OK;
    for (int i = 1; i < stages && status == LIBNC_OK; i++) {
        const double share = (double)i / stages;
        s->bound = s->ball ? bound * share : largest * exp(depth * share);
        if (i == 1)
            nc__convex_start(s, &s->now);
        else
            status = resume(s);
        if (status == LIBNC_OK)
            status = run_rounds(s, ROUGH_GAP, iterations, used);
    }
    s->bound = bound;
    return status == LIBNC_OK ? resume(s) : status;
}

/* From the certificate of Z = 0. */
static libnc_status start_and_solve(nc__convex *s, double tolerance, int64_t iterations,
                                    int64_t *used)
{
    nc__convex_start(s, &s->now);
    const double level = s->now.multiplier;
    if (!(level > 0 && level < FAR * nc__convex_largest_slope(s)))
        return run_rounds(s, tolerance, iterations, used);
    libnc_status status = run_rounds(s, tolerance, iterations / 2, used);
    if (status != LIBNC_OK || s->best.gap <= HOPELESS * s->best.value)
        return status;
    nc__convex_place_zero(s, &s->now);
    status = nc__convex_certify(s, &s->now);
    if (status == LIBNC_OK)
        status = approach(s, level, iterations, used);
    return status == LIBNC_OK ? run_rounds(s, tolerance, iterations, used) : status;
}

/* ---- results ---- */

static void report(nc__convex *s, nc__convex_point *point, nc__convex_result *result)
{
    const int64_t G = s->groups;
    const double slope = s->unit_weight / s->unit_scale;
    result->value = point->value * s->unit_weight;
    result->gap = point->gap * s->unit_weight;
    result->multiplier = point->multiplier * slope;
    result->nuclear = point->nuclear * s->unit_scale;
    result->rank = point->rank;
    for (int64_t i = 0; i < point->rank; i++)
        point->values[i] *= s->unit_scale;
    for (int64_t g = 0; g < G; g++) {
        point->within[g] *= s->unit_scale;
        point->beta[g] /= s->root[g];
        s->within_gradient[g] *= slope;
    }
    for (int64_t i = 0; i < G * G; i++)
        s->gradient[i] *= slope;
    result->values = point->values;
    result->left = point->left;
    result->right = point->right;
    result->within = point->within;
    result->bias = point->beta;
    result->gradient = s->gradient;
    result->within_gradient = s->within_gradient;
}

/* The last result as a start. */
static void recall(nc__convex *s)
{
    for (int64_t i = 0; i < s->best.rank; i++)
        s->best.values[i] /= s->unit_scale;
    for (int64_t g = 0; g < s->groups; g++) {
        s->best.within[g] /= s->unit_scale;
        s->best.beta[g] *= s->root[g];
    }
    nc__convex_copy(s, &s->best, &s->now);
}

libnc_status nc__convex_solve(nc__convex *s, const nc__convex_problem *problem,
                              nc__convex_result *result)
{
    const bool warm = problem->warm && s->groups == problem->groups && s->best.nuclear > 0;
    memset(result, 0, sizeof *result);
    result->unique = true;
    take_problem(s, problem);
    if (nc__convex_is_near_targets(s, 1)) {
        nc__convex_place_targets(s, nc__convex_target_scale(s), &s->best);
        result->unique = false;
        const libnc_status status = nc__convex_certify(s, &s->best);
        report(s, &s->best, result);
        return status;
    }
    nc__convex_place_zero(s, &s->now);
    libnc_status status = nc__convex_certify(s, &s->now);
    if (status != LIBNC_OK)
        return status;
    if ((!s->ball && nc__convex_largest_slope(s) <= s->bound) || s->classes == 1) {
        nc__convex_copy(s, &s->now, &s->best);
        report(s, &s->best, result);
        return LIBNC_OK;
    }
    if (warm) {
        recall(s);
        if ((status = nc__convex_certify(s, &s->now)) != LIBNC_OK)
            return status;
        nc__convex_add_missing(s);
        status = run_rounds(s, problem->tolerance, problem->iterations, &result->iterations);
    } else {
        status = start_and_solve(s, problem->tolerance, problem->iterations, &result->iterations);
    }
    if (status != LIBNC_OK)
        return status;
    result->vanished = !(s->best.value > SMALLEST_VALUE);
    status = nc__convex_certify(s, &s->best); /* for its gradient: others may have come after it */
    report(s, &s->best, result);
    return status;
}
