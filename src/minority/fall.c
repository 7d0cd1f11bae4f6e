/* SPDX-License-Identifier: MIT
 *
 * fall.c: prices at which classes fall (doc/minority_collapse.md, "When a class falls").
 *
 * Below the price s (1 - tanh(m/2)/(1 - delta))/sqrt(2), s the slope of its group, the margin of a
 * class is above m; from the price of total collapse on it stays the same. Between the two the
 * problem is solved on a grid of prices, each solution from the last, until every set has fallen;
 * then each is narrowed down, by samples that all share.
 */
#include "minority/fall.h"

#include "minority/total_collapse.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Of log price: margins bend over a factor of two or so. */
#define STEP 0.1
/* Below FAR, where margins are hundreds, the grid is coarser. */
#define FAR        (-100)
#define FAR_FACTOR 0.9
/* Half the width that a root is narrowed to. Near total collapse the energies change much faster
 * than their multiplier. */
#define TOLERANCE        5e-10
#define ENERGY_TOLERANCE 5e-11
/* Beyond a slope in log price. */
#define CORNER 1e-3
/* Total collapse is known to 1e-9: beyond it at 2e-9 more, before it, where what is left is clear,
 * at this much less. */
#define BEYOND 2e-9
#define BEFORE 1e-6
/* With smoothing a margin may be reached at any small price, or at none. */
#define LEAST_SHARE 1e-6

/* ---- samples ---- */

static void take_least(nc__fall *fall)
{
    const nc__imbalance *p = fall->imbalance;
    for (int64_t f = 0; f < fall->sets; f++)
        fall->excesses[f] = INFINITY;
    for (int64_t g = 0; g < p->count; g++) {
        const int64_t f = fall->set[g];
        if (f >= 0)
            fall->excesses[f] =
                fmin(fall->excesses[f], nc__path_excess(fall->path, g, fall->margin));
    }
}

static libnc_status evaluate(void *user, double x, double *values)
{
    nc__fall *fall = user;
    int64_t above = 0;
    const libnc_status status = nc__path_solve_price(fall->path, exp(x));
    if (status != LIBNC_OK)
        return status;
    take_least(fall);
    memcpy(values, fall->excesses, (size_t)fall->sets * sizeof *values);
    for (int64_t f = 0; f < fall->sets; f++)
        above += values[f] > 0;
    nc__log(fall->imbalance->problem->context, LIBNC_LOG_INFO,
            "fall: price %.6g, %lld of %lld have the margin", exp(x), (long long)above,
            (long long)fall->sets);
    return LIBNC_OK;
}

/* ---- bounds ---- */

/* 1 - tanh(m/2) = 2/(1 + e^m) */
static double least_share(double margin, double smoothing)
{
    const double share = (2 / (1 + exp(margin)) - smoothing) / (1 - smoothing);
    return (smoothing > 0 ? fmax(share, LEAST_SHARE) : share) / sqrt(2);
}

static void bound_sets(nc__fall *fall)
{
    const nc__imbalance *p = fall->imbalance;
    const double share = least_share(fall->margin, p->problem->smoothing);
    for (int64_t f = 0; f < fall->sets; f++)
        fall->least[f] = fall->slope[f] = fall->merged[f] = INFINITY;
    if (p->problem->groups->classes == 1)
        return;
    for (int64_t g = 0; g < p->count; g++) {
        const int64_t f = fall->set[g];
        const double slope = nc__imbalance_slope(p, g);
        if (f < 0)
            continue;
        fall->least[f] = fmin(fall->least[f], share * slope);
        fall->slope[f] = fmin(fall->slope[f], slope);
        if (p->multiplicity[g] > 1)
            fall->merged[f] = fmin(fall->merged[f], slope);
    }
}

/* ---- the grid ---- */

static bool is_open(const nc__fall *fall, int64_t f)
{
    const nc__samples *s = &fall->samples;
    return nc__samples_fall(s, f) < 0 && s->x[s->count - 1] < log(fall->merged[f]);
}

static bool any_is_open(const nc__fall *fall)
{
    for (int64_t f = 0; f < fall->sets; f++)
        if (is_open(fall, f))
            return true;
    return false;
}

static libnc_status scan(nc__fall *fall)
{
    const double before = log(fall->total) + log1p(-BEFORE);
    double x = INFINITY;
    for (int64_t f = 0; f < fall->sets; f++)
        x = fmin(x, log(fall->least[f]));
    x = fmax(fmin(x, before), log(DBL_MIN)); /* the share of a margin may be 0 */
    libnc_status status = nc__samples_add(&fall->samples, x);
    while (status == LIBNC_OK && x < before && any_is_open(fall)) {
        x = fmin(x < FAR ? x * FAR_FACTOR : x + STEP, before);
        status = nc__samples_add(&fall->samples, x);
    }
    if (status == LIBNC_OK && any_is_open(fall))
        status = nc__samples_add(&fall->samples, log(fall->total) + BEYOND);
    return status;
}

/* ---- the handle ---- */

static libnc_status allocate(nc__fall *fall, const int64_t *set, int64_t sets)
{
    const int64_t G = fall->imbalance->count;
    nc__arena *arena = &fall->arena;
    fall->sets = set ? sets : G;
    fall->set = nc__arena_alloc(arena, (size_t)G, sizeof *fall->set);
    fall->least = nc__arena_alloc(arena, (size_t)fall->sets, sizeof(double));
    fall->slope = nc__arena_alloc(arena, (size_t)fall->sets, sizeof(double));
    fall->merged = nc__arena_alloc(arena, (size_t)fall->sets, sizeof(double));
    fall->excesses = nc__arena_alloc(arena, (size_t)fall->sets, sizeof(double));
    if (nc__arena_status(arena) != LIBNC_OK)
        return LIBNC_ERROR_MEMORY;
    for (int64_t g = 0; g < G; g++)
        fall->set[g] = set ? set[g] : g;
    return LIBNC_OK;
}

libnc_status nc__fall_create(nc__fall **fall, const nc__imbalance *imbalance, double margin,
                             const int64_t *set, int64_t sets)
{
    libnc_context *context = imbalance->problem->context;
    nc__fall *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->arena.context = context;
    created->imbalance = imbalance;
    created->margin = margin;
    created->samples.context = context;
    libnc_status status = allocate(created, set, sets);
    if (status == LIBNC_OK)
        status = nc__path_create(&created->path, imbalance);
    if (status == LIBNC_OK)
        status = nc__samples_create(&created->samples, context, created->sets, evaluate, created);
    if (status == LIBNC_OK)
        status = nc__total_slope(imbalance, &created->total);
    if (status == LIBNC_OK)
        bound_sets(created);
    if (status == LIBNC_OK && imbalance->problem->groups->classes > 1)
        status = scan(created);
    if (status != LIBNC_OK) {
        nc__fall_destroy(created);
        return status;
    }
    *fall = created;
    return LIBNC_OK;
}

void nc__fall_destroy(nc__fall *fall)
{
    if (!fall)
        return;
    libnc_context *context = fall->imbalance->problem->context;
    nc__samples_destroy(&fall->samples);
    nc__path_destroy(fall->path);
    nc__arena_release(&fall->arena);
    nc__free(context, fall);
}

/* A class falls at the slope of its group or soon after, often within a thousandth: its margin has
 * a corner there, which no interpolation sees from afar. */
static libnc_status look_beyond_slope(nc__fall *fall, int64_t set)
{
    nc__samples *s = &fall->samples;
    const double slope = log(fall->slope[set]);
    double x = slope;
    for (double distance = CORNER;; distance *= 4) {
        const int64_t i = nc__samples_fall(s, set);
        if (x <= s->x[i] || x >= s->x[i + 1] || s->x[i] >= log(fall->merged[set]))
            return LIBNC_OK;
        const libnc_status status = nc__samples_add(s, x);
        if (status != LIBNC_OK)
            return status;
        x = slope + distance;
    }
}

static libnc_status find_root(nc__fall *fall, int64_t set, double *price)
{
    const nc__samples *s = &fall->samples;
    const int64_t i = nc__samples_fall(s, set);
    double root = 0;
    if (i < 0 || s->x[i] >= log(fall->merged[set]))
        return LIBNC_OK;
    *price = fall->total;
    if (s->x[i] >= log(fall->total) + log1p(-BEFORE))
        return LIBNC_OK;
    libnc_status status = look_beyond_slope(fall, set);
    if (status == LIBNC_OK && s->x[nc__samples_fall(s, set)] >= log(fall->merged[set]))
        return LIBNC_OK; /* the merge comes first */
    if (status == LIBNC_OK)
        status = nc__samples_refine(&fall->samples, set,
                                    fall->imbalance->problem->energy ? ENERGY_TOLERANCE : TOLERANCE,
                                    &root);
    *price = fmin(exp(root), fall->total);
    return status;
}

/* The margin that tells the classes of a group apart ends with the merge; towards the others it may
 * have ended before. */
libnc_status nc__fall_price(nc__fall *fall, int64_t set, double *price)
{
    double found = INFINITY;
    libnc_status status = LIBNC_OK;
    if (fall->imbalance->problem->groups->classes > 1 && !(fall->samples.values[set] > 0))
        found = 0;
    else if (fall->imbalance->problem->groups->classes > 1)
        status = find_root(fall, set, &found);
    *price = fmin(found, fall->merged[set]);
    return status;
}
