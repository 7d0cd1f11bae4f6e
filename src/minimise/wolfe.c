/* SPDX-License-Identifier: MIT
 *
 * wolfe.c: line search for the strong Wolfe conditions: bracketing and zoom (Nocedal and Wright,
 * Numerical Optimization, algorithms 3.5 and 3.6, as one loop), safeguarded cubic interpolation,
 * and the approximate Wolfe condition (Hager and Zhang 2005, SIAM J. Optim. 16) where differences
 * of the objective drown in rounding.
 */
#include "minimise/wolfe.h"

#include <float.h>
#include <math.h>

enum { MAX_EVALUATIONS = 40 };

static const double SAFEGUARD = 0.1;    /* trials keep this share of the bracket from its ends */
static const double SHRINK = 0.66;      /* a bracket must shrink so much, or it is halved */
static const double EXPAND_LEAST = 1.1; /* More and Thuente 1994, section 4 */
static const double EXPAND_MOST = 4;

/* The minimiser of the cubic through two points with their slopes; NaN if it has none. */
static double cubic_minimum(const nc__wolfe_point *a, const nc__wolfe_point *b)
{
    const double width = b->step - a->step;
    const double d1 = a->slope + b->slope - 3 * (b->value - a->value) / width;
    const double d2 = copysign(sqrt(d1 * d1 - a->slope * b->slope), width);
    return b->step - width * (b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2);
}

static double secant(const nc__wolfe_point *a, const nc__wolfe_point *b)
{
    return b->step - (b->step - a->step) * b->slope / (b->slope - a->slope);
}

static bool is_finite_point(const nc__wolfe_point *point)
{
    return isfinite(point->value) && isfinite(point->slope);
}

/* Values that differ by noise say nothing about where between them the minimum lies. */
static double interpolate(const nc__wolfe *search, const nc__wolfe_point *a,
                          const nc__wolfe_point *b)
{
    const bool is_noise = fabs(a->value - b->value) <= 16 * search->noise;
    return is_noise && a->slope * b->slope < 0 ? secant(a, b) : cubic_minimum(a, b);
}

static double inside_bracket(nc__wolfe *search)
{
    const nc__wolfe_point *low = &search->low, *high = &search->high;
    const double width = high->step - low->step;
    const bool is_slow = fabs(width) > SHRINK * search->last_width;
    search->last_width = fabs(width);
    if (!is_finite_point(high))
        return low->step + SAFEGUARD * width;
    const double share = (interpolate(search, low, high) - low->step) / width;
    if (is_slow || !isfinite(share))
        return low->step + width / 2;
    return low->step + fmin(fmax(share, SAFEGUARD), 1 - SAFEGUARD) * width;
}

static double beyond(const nc__wolfe *search)
{
    const nc__wolfe_point *low = &search->low, *previous = &search->previous;
    const double moved = low->step - previous->step;
    const double wanted = interpolate(search, previous, low);
    const double least = low->step + EXPAND_LEAST * moved;
    const double most = low->step + EXPAND_MOST * moved;
    return wanted > low->step && wanted < most ? fmax(wanted, least) : most;
}

void nc__wolfe_begin(nc__wolfe *search, double value, double slope, double step, double accepted,
                     double noise)
{
    const nc__wolfe_point start = {0, value, slope};
    *search = (nc__wolfe){
        .start = start,
        .low = start,
        .previous = start,
        .accepted = accepted,
        .noise = noise,
        .trial = step,
        .last_width = INFINITY,
    };
}

/* Too high, or no number: the minimum lies between `low` and here. A value within noise of the
 * start is judged by its slope alone. */
static bool is_high(const nc__wolfe *search, const nc__wolfe_point *point)
{
    if (!is_finite_point(point))
        return true;
    const nc__wolfe_point *start = &search->start;
    const double promised = start->value + NC__WOLFE_DECREASE * point->step * start->slope;
    const bool is_drowned = point->value >= start->value - search->noise &&
                            point->value <= search->accepted + search->noise;
    return (point->value > promised && !is_drowned) ||
           point->value > search->low.value + search->noise;
}

static int32_t give_up(const nc__wolfe *search)
{
    const bool is_lower = search->low.value < search->start.value - search->noise;
    return search->low.step > 0 && is_lower ? NC__WOLFE_FALL_BACK : NC__WOLFE_FAIL;
}

int32_t nc__wolfe_tell(nc__wolfe *search, double value, double slope)
{
    const nc__wolfe_point point = {search->trial, value, slope};
    search->evaluations++;
    if (is_high(search, &point)) {
        search->high = point;
        search->has_bracket = true;
    } else {
        if (fabs(slope) <= NC__WOLFE_CURVATURE * -search->start.slope)
            return NC__WOLFE_ACCEPT;
        const double outwards = search->has_bracket ? search->high.step - search->low.step : 1;
        if (slope * outwards >= 0) {
            search->high = search->low;
            search->has_bracket = true;
        }
        search->previous = search->low;
        search->low = point;
    }
    if (search->evaluations >= MAX_EVALUATIONS)
        return give_up(search);
    search->trial = search->has_bracket ? inside_bracket(search) : beyond(search);
    const bool is_stuck = fabs(search->trial - search->low.step) <=
                          DBL_EPSILON * fmax(search->trial, search->low.step);
    return is_stuck || !isfinite(search->trial) ? give_up(search) : NC__WOLFE_EVALUATE;
}
