/* SPDX-License-Identifier: MIT
 *
 * fall_proof.c: sides of a fall that the gaps of solutions prove (doc/minority_collapse.md, "When a
 * class falls").
 *
 * The probabilities p of a solution of gap e and those p* of the minimiser satisfy, at the mean of
 * one of the m classes of a group of loss coefficient a,
 *
 *     ||p* - p||_1 <= sqrt(2 e/(m a)),
 *
 * so that the larger of two probabilities is known where they differ by more. At a relative
 * distance h from the fall the difference is about proportional to h: one trial tells the h that
 * will do.
 */
#include "minority/fall_proof.h"

#include "minority/thresholds.h"

#include <float.h>
#include <math.h>

#define FIRST_DISTANCE 1e-4
#define LEAST_DISTANCE 1e-9
#define MOST_DISTANCE  0.1
/* Over the distance that would just do. */
#define CARE 1.5

/* Of total collapse. */
#define TOTAL_ROUNDING 1e-9

/* What is solved about: a price, or a bound on the norm. */
typedef struct centre {
    double value;
    bool is_bound;
    bool only_before; /* what is beyond is known by a formula */
} centre;

static libnc_status solve_at(nc__fall *fall, const centre *c, double value)
{
    return c->is_bound ? nc__path_solve_bound(fall->path, value)
                       : nc__path_solve_price(fall->path, value);
}

/* The doubt over the lead there should be on one side; below 1 where that is proven. */
static libnc_status doubt_at(nc__fall *fall, int64_t group, const centre *c, double distance,
                             bool before, double *share)
{
    const double sign = before == c->is_bound ? 1 : -1;
    const libnc_status status = solve_at(fall, c, c->value * (1 + sign * distance));
    const double lead = nc__path_lead(fall->path, group) * (before ? 1 : -1);
    if (status == LIBNC_OK)
        *share = lead > 0 ? nc__path_doubt(fall->path, group) / lead : INFINITY;
    return status;
}

/* Of both sides. */
static libnc_status doubt_about(nc__fall *fall, int64_t group, const centre *c, double distance,
                                double *share)
{
    double beyond = 0;
    libnc_status status = doubt_at(fall, group, c, distance, true, share);
    if (status == LIBNC_OK && !c->only_before)
        status = doubt_at(fall, group, c, distance, false, &beyond);
    *share = fmax(*share, beyond);
    return status;
}

/* Two trials: at a fixed distance, and at the one that this says is enough. */
static libnc_status prove(nc__fall *fall, int64_t group, const centre *c, double *width)
{
    double share = INFINITY, nearer = INFINITY;
    libnc_status status = doubt_about(fall, group, c, FIRST_DISTANCE, &share);
    if (status != LIBNC_OK)
        return status;
    const double wanted = fmax(CARE * share * FIRST_DISTANCE, LEAST_DISTANCE);
    *width = share < 1 ? FIRST_DISTANCE * c->value : INFINITY;
    if (!(wanted < MOST_DISTANCE))
        return LIBNC_OK;
    status = doubt_about(fall, group, c, wanted, &nearer);
    if (status == LIBNC_OK && nearer < 1)
        *width = fmin(*width, wanted * c->value);
    return status;
}

/* At the merge of the group only its margin towards the others needs a proof. */
static libnc_status prove_merge(nc__fall *fall, int64_t group, double price, double rounding,
                                double *width)
{
    const libnc_status status = nc__path_solve_price(fall->path, price);
    if (status == LIBNC_OK)
        *width = nc__path_lead(fall->path, group) > nc__path_doubt(fall->path, group) ? rounding
                                                                                      : INFINITY;
    return status;
}

libnc_status nc__fall_prove_price(nc__fall *fall, int64_t group, double price, double *width)
{
    const centre c = {price, false, price == fall->total};
    if (isinf(price)) {
        *width = INFINITY;
        return LIBNC_OK;
    }
    if (price == fall->merged[fall->set[group]])
        return prove_merge(fall, group, price, NC__SLOPE_ROUNDING * price, width);
    const libnc_status status = prove(fall, group, &c, width);
    if (status == LIBNC_OK && c.only_before)
        *width = fmax(*width, TOTAL_ROUNDING * price);
    return status;
}

libnc_status nc__fall_prove_bound(nc__fall *fall, int64_t group, double price, double bound,
                                  double *width)
{
    const centre c = {bound, true, false};
    double norm, error;
    *width = INFINITY;
    if (isinf(price) || price == fall->total)
        return LIBNC_OK;
    if (price != fall->merged[fall->set[group]])
        return prove(fall, group, &c, width);
    const libnc_status status =
        nc__imbalance_critical(fall->imbalance, fall->path->solver, group, &norm, &error, NULL);
    fall->path->is_warm = false;
    return status == LIBNC_OK ? prove_merge(fall, group, price, error, width) : status;
}
