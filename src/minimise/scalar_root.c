/* SPDX-License-Identifier: MIT
 *
 * scalar_root.c: a bracketing root finder.
 */
#include "minimise/scalar_root.h"

#include <float.h>
#include <math.h>

enum { MAX_BISECTION = 2200 }; /* from the largest double to the last bit of the smallest */

/* Where in (0, 1) between a and b to look next: inverse quadratic interpolation through the last
 * three points where it is known to stay inside, else the middle. */
static double next_fraction(double a, double b, double c, double fa, double fb, double fc)
{
    const double xi = (a - b) / (c - b);
    const double phi = (fa - fb) / (fc - fb);
    if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi))
        return 0.5;
    return fa / (fb - fa) * (fc / (fb - fc)) +
           (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb));
}

bool nc__find_root_between(double *root, nc__scalar_fn function, const void *argument,
                           const nc__bracket *bracket)
{
    double a = bracket->high, b = bracket->low;
    double fa = bracket->at_high, fb = bracket->at_low;
    if (fa == 0 || fb == 0) {
        *root = fa == 0 ? a : b;
        return true;
    }
    if (isnan(fa) || isnan(fb) || (fa > 0) == (fb > 0))
        return false;
    double t = 0.5;
    for (int i = 0; i < MAX_BISECTION; i++) {
        const double x = a + t * (b - a);
        const double fx = function(x, argument);
        if (isnan(fx))
            return false;
        const bool same = (fx > 0) == (fa > 0);
        const double c = same ? a : b, fc = same ? fa : fb;
        if (!same) {
            b = a;
            fb = fa;
        }
        a = x;
        fa = fx;
        const double best = fabs(fa) < fabs(fb) ? a : b;
        const double tolerance = 2 * DBL_EPSILON * fabs(best) / fabs(b - a);
        if (fx == 0 || tolerance > 0.5) {
            *root = best;
            return true;
        }
        t = next_fraction(a, b, c, fa, fb, fc);
        t = fmin(fmax(t, tolerance), 1 - tolerance);
    }
    return false;
}

bool nc__find_root(double *root, nc__scalar_fn function, const void *argument, double low,
                   double high)
{
    const nc__bracket bracket = {low, high, function(low, argument), function(high, argument)};
    return nc__find_root_between(root, function, argument, &bracket);
}
