/* SPDX-License-Identifier: MIT
 *
 * wolfe.h: a line search for the strong Wolfe conditions, by reverse communication: the caller
 * evaluates phi(step) = f(x + step d) where it is told to.
 */
#ifndef NC__WOLFE_H
#define NC__WOLFE_H

#include <stdbool.h>
#include <stdint.h>

/* Sufficient decrease and curvature: phi(a) <= phi(0) + DECREASE a phi'(0) and
 * |phi'(a)| <= CURVATURE |phi'(0)|, the usual values for quasi-Newton directions. */
#define NC__WOLFE_DECREASE  1e-4
#define NC__WOLFE_CURVATURE 0.9

enum nc__wolfe_answer {
    NC__WOLFE_EVALUATE = 1, /* evaluate at trial */
    NC__WOLFE_ACCEPT,       /* the point just told satisfies the conditions */
    NC__WOLFE_FALL_BACK,    /* no point does; `low` is at least lower than the start */
    NC__WOLFE_FAIL          /* no lower point was found */
};

typedef struct nc__wolfe_point {
    double step, value, slope;
} nc__wolfe_point;

typedef struct nc__wolfe {
    nc__wolfe_point start;
    nc__wolfe_point low;      /* best so far; its slope leads to `high`, or outwards */
    nc__wolfe_point high;     /* the other end of the bracket; its value may not be finite */
    nc__wolfe_point previous; /* `low` before the last */
    bool has_bracket;
    double accepted; /* a value that counts as no increase: see nc__wolfe_begin() */
    double noise;    /* differences of values below this mean nothing */
    double trial;    /* where to evaluate next */
    double last_width;
    int32_t evaluations;
} nc__wolfe;

/* Starts at phi(0) = value with phi'(0) = slope < 0; the first trial is `step`. Values that differ
 * from phi(0) by no more than `noise` and are not above `accepted` + `noise`, the lowest value so
 * far, count as sufficient decrease (the approximate Wolfe condition of Hager and Zhang 2005): near
 * a minimiser only slopes carry information. */
void nc__wolfe_begin(nc__wolfe *search, double value, double slope, double step, double accepted,
                     double noise);

/* Reports phi and phi' at `trial`; a value that is not finite shortens the step. */
int32_t nc__wolfe_tell(nc__wolfe *search, double value, double slope);

#endif
