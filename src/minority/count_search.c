/* SPDX-License-Identifier: MIT
 *
 * count_search.c: from the present count up until it holds, else down until it does, then down to
 * where it ends.
 */
#include "minority/count_search.h"

#include <math.h>

/* Of the logarithm of a count, and how far from the present one is looked. */
#define STEP  0.25
#define RANGE 21.0

#define TOLERANCE 1e-10

static bool holds_first(const nc__samples *s)
{
    return !(s->values[0] > 0);
}

static bool holds_last(const nc__samples *s)
{
    return !(s->values[s->count - 1] > 0);
}

/* Adds samples upwards or downwards until the outermost one is as wanted. */
static libnc_status walk(nc__samples *s, double start, double step, bool wanted)
{
    libnc_status status = LIBNC_OK;
    for (double x = start; status == LIBNC_OK && fabs(x - start) < RANGE; x += step) {
        status = nc__samples_add(s, x);
        if (status == LIBNC_OK && (step > 0 ? holds_last(s) : holds_first(s)) == wanted)
            break;
    }
    return status;
}

static libnc_status bracket(nc__samples *s, double start)
{
    libnc_status status = walk(s, start, STEP, true);
    if (status == LIBNC_OK && !holds_last(s))
        status = walk(s, start, -STEP, true);
    if (status == LIBNC_OK && holds_first(s))
        status = walk(s, s->x[0], -STEP, false);
    return status;
}

libnc_status nc__count_search(libnc_context *context, nc__evaluate_fn evaluate, void *user,
                              double present, double *count)
{
    nc__samples s;
    double root = INFINITY;
    libnc_status status = nc__samples_create(&s, context, 1, evaluate, user);
    if (status == LIBNC_OK)
        status = bracket(&s, log(present));
    if (status == LIBNC_OK && holds_first(&s))
        root = -INFINITY;
    else if (status == LIBNC_OK && nc__samples_fall(&s, 0) >= 0)
        status = nc__samples_refine(&s, 0, TOLERANCE, &root);
    nc__samples_destroy(&s);
    if (status == LIBNC_OK)
        *count = exp(root);
    return status;
}
