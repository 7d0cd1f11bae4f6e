/* SPDX-License-Identifier: MIT
 *
 * scalar_minimum.c: the one scalar problem of every MSE geometry.
 *
 * Dang et al. 2023; doc/theory.md, "One scalar problem". With q = x^M = s/(y - s) the problem
 * min_s (s - y)^2/(2N) + (M+1)/2 c s^{2/(M+1)} is min_x 1/(x^M + 1) + beta x, in units of y^2/(2N).
 */
#include "geometry/scalar_minimum.h"

#include <math.h>

/* A direction is called tied when beta is this close to its threshold, relative: some thousand
 * roundings, what decays typed in decimal and the sum of their logarithms may be off by. */
#define TIE_TOLERANCE 1e-12

enum { MAX_NEWTON = 100 }; /* about 5 are used; a bound against cycling in the last bit */

double nc__threshold(int32_t depth)
{
    const double m = depth;
    return pow(m - 1, (m - 1) / m) / m; /* M = 1: 0^0 = 1 */
}

/* u = log q at the local minimum: the larger root of
 *     phi(u) = log M + (1 - 1/M) u - 2 log(1 + e^u) = log beta,
 * the logarithm of the stationarity condition M x^{M-1}/(x^M + 1)^2 = beta. phi is concave and the
 * starting point, where the bound log(1 + e^u) >= u is put in, lies right of the root: Newton's
 * iterates fall monotonically. For M = 1 the root is explicit. */
static double log_odds(int32_t depth, double log_beta)
{
    const double m = depth;
    if (depth == 1) { /* q = beta^{-1/2} - 1 */
        const double half = -0.5 * log_beta;
        return half > 1 ? half + log1p(-exp(-half)) : log(expm1(half));
    }
    double u = (log(m) - log_beta) / (1 + 1 / m);
    for (int i = 0; i < MAX_NEWTON; i++) {
        const double decay = exp(-u);
        const double phi = log(m) - (1 + 1 / m) * u - 2 * log1p(decay);
        const double slope = 1 - 1 / m - 2 / (1 + decay);
        const double next = u - (phi - log_beta) / slope;
        if (!(next < u))
            break;
        u = next;
    }
    return u;
}

/* The value at the stationary point is r (r + (M+1) t) with t = q/(1+q) = s/y and r = 1 - t; it is
 * below that of s = 0, which is 1, exactly if q > M - 1, that is beta < beta*. */
nc__scalar_minimum nc__minimise_scalar(int32_t depth, double log_beta)
{
    nc__scalar_minimum lost = {0.0, 1.0, 0.0, false};
    const double excess = log_beta - log(nc__threshold(depth));
    if (depth == 1 ? excess >= 0 : excess > TIE_TOLERANCE)
        return lost;
    const double u = log_odds(depth, log_beta);
    const double share = u > 0 ? 1 / (1 + exp(-u)) : exp(u) / (1 + exp(u));
    const double rest = u > 0 ? exp(-u) / (1 + exp(-u)) : 1 / (1 + exp(u));
    nc__scalar_minimum minimum;
    minimum.share = share;
    minimum.value = rest * (rest + (depth + 1.0) * share);
    minimum.log_rest = -fabs(u) - 2 * log1p(exp(-fabs(u)));
    minimum.tie = depth > 1 && excess >= -TIE_TOLERANCE;
    return minimum;
}
