/* SPDX-License-Identifier: MIT
 *
 * secular_oracle.h: secular equations with roots in all awkward places, and a solver of its own for
 * them: bisection of the exponent, then the Illinois method, in 113 bits.
 *
 *     f(mu) = sum_g w_g/(n_g - mu) = 0,   w_g = m_g or m_g n_g,
 *
 * f having 1e15 times the size of its sum at worst, doubles and 64 bits are not enough to tell.
 */
#ifndef SECULAR_ORACLE_H
#define SECULAR_ORACLE_H

#include "geometry/secular_roots.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#if LDBL_MANT_DIG < 106 && defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 quad;
#else
typedef long double quad;
#endif

enum { SECULAR_GROUPS = 48, SECULAR_KINDS = 8 };

typedef struct secular_problem {
    nc__groups groups;
    int32_t weight;
    double size[SECULAR_GROUPS], multiplicity[SECULAR_GROUPS];
} secular_problem;

/* ---- problems ---- */

static inline double secular_uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

/* A whole number from 1 to `largest`, uniform in the logarithm. */
static inline double secular_whole(uint64_t *state, double largest)
{
    return floor(exp(secular_uniform(state) * log(largest + 1)));
}

static inline void secular_sort(secular_problem *p)
{
    for (int64_t i = 1; i < p->groups.count; i++)
        for (int64_t j = i; j > 0 && p->size[j - 1] < p->size[j]; j--) {
            const double size = p->size[j], m = p->multiplicity[j];
            p->size[j] = p->size[j - 1], p->multiplicity[j] = p->multiplicity[j - 1];
            p->size[j - 1] = size, p->multiplicity[j - 1] = m;
        }
    int64_t kept = 1;
    for (int64_t i = 1; i < p->groups.count; i++)
        if (p->size[i] != p->size[kept - 1]) {
            p->size[kept] = p->size[i];
            p->multiplicity[kept++] = p->multiplicity[i];
        }
    p->groups.count = kept;
}

/* Counts that mirror each other, of equal multiplicity: under weights m_g f is odd about the
 * middle, a root of an even number of counts. Far pairs are many: their terms cancel. */
static inline void secular_mirror(secular_problem *p, uint64_t *state, double largest)
{
    double half = 0;
    const double least = largest > 1e6 ? 1e5 : largest / 8, pairs = (double)(p->groups.count / 2);
    p->groups.count = 2 * (int64_t)pairs;
    for (int64_t i = 0; i < p->groups.count / 2; i++) {
        half += i == 0 ? secular_whole(state, 3) : secular_whole(state, largest / 4 / pairs);
        const double middle = floor(largest / 2 + least);
        p->size[2 * i] = middle + half;
        p->size[2 * i + 1] = middle - half;
        p->multiplicity[2 * i] = p->multiplicity[2 * i + 1] =
            i == 0 ? 1 : secular_whole(state, fmax(1, 0x1p50 / largest / pairs));
    }
}

/* Fills one problem; sum_g m_g n_g is at most 2^53, as in classes. */
static inline void secular_draw(secular_problem *p, int64_t index, uint64_t *state)
{
    const int64_t kind = index % SECULAR_KINDS;
    const int64_t most = index % 97 == 0 ? SECULAR_GROUPS : 8;
    const double G = (double)(2 + (int64_t)(secular_uniform(state) * (double)(most - 1)));
    const double large = secular_whole(state, 1e15 / G), start = secular_whole(state, 1e3);
    const double ratio = 1 + secular_whole(state, 3), equal = secular_whole(state, 1e4);
    p->weight = secular_uniform(state) < 0.5 ? NC__WEIGHT_CLASSES : NC__WEIGHT_SAMPLES;
    p->groups.count = (int64_t)G;
    for (int64_t g = 0; g < p->groups.count; g++) {
        double size = secular_whole(state, 1000), m = secular_whole(state, 20);
        if (kind == 1) /* any size, any multiplicity */
            size = secular_whole(state, 1e15 / G);
        if (kind == 2) /* two counts of equal weight: a root in the middle */
            size = g == 0 ? equal * start : start;
        if (kind == 3) /* one class among as many as there can be: roots at poles */
            size = g == 0 ? large : secular_whole(state, large);
        if (kind == 4) /* neighbours */
            size = large + (double)g + 1;
        if (kind == 5) /* equal ratios */
            size = fmin(start * pow(ratio, (double)g), 1e15 / G);
        if (kind == 6) /* two neighbours between far and heavy ones */
            size = g < 2 ? floor(large / 2) + (double)g + 1 : (g % 2 ? large + 8 : (double)g);
        const double room = floor(0x1p53 / G / size);
        if (kind == 1 || kind == 6 || (kind == 3 && secular_uniform(state) < 0.5))
            m = secular_whole(state, fmin(room, 0x1p31));
        if (kind == 2)
            m = p->weight == NC__WEIGHT_CLASSES || g == 0 ? 1 : equal;
        if (kind == 3 && g == p->groups.count - 1)
            m = fmin(room, 0x1p31);
        p->size[g] = size;
        p->multiplicity[g] = fmax(1, fmin(m, room));
    }
    if (kind == 2)
        p->groups.count = 2;
    if (kind == 7)
        secular_mirror(p, state, fmax(64, secular_whole(state, 1e12)));
    p->groups.size = p->size;
    p->groups.multiplicity = p->multiplicity;
    secular_sort(p);
}

/* ---- the solver ---- */

/* -offset f(n_pole + offset) */
static inline quad secular_exact(const secular_problem *p, int64_t pole, quad offset)
{
    quad sum = 0, own = 0;
    for (int64_t g = 0; g < p->groups.count; g++) {
        const quad m = p->multiplicity[g];
        const quad w = p->weight == NC__WEIGHT_SAMPLES ? m * (quad)p->size[g] : m;
        if (g == pole)
            own = w;
        else
            sum += w / ((quad)p->size[g] - (quad)p->size[pole] - offset);
    }
    return own - offset * sum;
}

static inline quad secular_size(quad x)
{
    return x < 0 ? -x : x;
}

/* Root i, as its distance from `pole`, the nearer count. */
static inline quad secular_root(const secular_problem *p, int64_t i, int64_t *pole)
{
    const quad half = ((quad)p->size[i] - (quad)p->size[i + 1]) / 2;
    const bool below = secular_exact(p, i, -half) > 0;
    quad low = below ? half : -half, high = low;
    *pole = below ? i + 1 : i;
    while (secular_exact(p, *pole, low) < 0)
        high = low, low /= 2;
    quad at_low = secular_exact(p, *pole, low), at_high = secular_exact(p, *pole, high);
    if (at_low == 0 || high == low)
        return low;
    for (int step = 0; step < 400; step++) {
        quad x = low + (high - low) * (at_low / (at_low - at_high));
        if (step % 8 == 7)
            x = low + (high - low) / 2;
        const quad at_x = secular_exact(p, *pole, x);
        if (at_x == 0 || secular_size(high - low) < (quad)1e-26 * secular_size(x))
            return x;
        if (at_x > 0)
            low = x, at_low = at_x, at_high /= 2;
        else
            high = x, at_high = at_x, at_low /= 2;
    }
    return low;
}

typedef struct secular_errors {
    double offset, square, scale;
} secular_errors;

static inline double secular_relative(quad value, quad exact)
{
    return (double)(secular_size(value - exact) / secular_size(exact));
}

/* The largest relative errors of the distances from the poles, of the roots and of the lengths of
 * the vectors, squared. */
static inline void secular_compare(const secular_problem *p, const nc__root *roots,
                                   secular_errors *worst)
{
    for (int64_t i = 0; i + 1 < p->groups.count; i++) {
        int64_t pole;
        const quad offset = secular_root(p, i, &pole), mu = (quad)p->size[pole] + offset;
        /* in the very middle either pole will do */
        const quad own = (quad)roots[i].offset + (quad)p->size[roots[i].pole] - (quad)p->size[pole];
        quad sum = 0;
        for (int64_t g = 0; g < p->groups.count; g++) {
            const quad m = p->multiplicity[g], d = (quad)p->size[g] - (quad)p->size[pole] - offset;
            sum += (p->weight == NC__WEIGHT_SAMPLES ? m * (quad)p->size[g] : m) / (d * d);
        }
        const quad scale = roots[i].scale;
        worst->offset = fmax(worst->offset, secular_relative(own, offset));
        worst->square =
            fmax(worst->square, secular_relative(nc__root_square(&p->groups, &roots[i]), mu));
        worst->scale = fmax(worst->scale, secular_relative(scale * scale * sum, 1));
    }
}

#endif
