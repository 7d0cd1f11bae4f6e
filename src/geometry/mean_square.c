/* SPDX-License-Identifier: MIT
 *
 * mean_square.c: the global minimisers of the MSE problem: any counts, depth, decays and widths.
 *
 * Dang et al. 2023; doc/theory.md, "Mean squared error". The objective of Z D = U diag(s) V^T
 * separates over the singular values y of the target, D without a bias or (I - n 1^T/N) D with one:
 *
 *     loss = sum_i min_s [(s - y_i)^2/(2N) + (M+1)/2 c s^{2/(M+1)}],  c^{M+1} = lh prod_j lw_j,
 *
 * at most R = min(K, widths) of the s_i positive; the gain of a direction grows with y, so the
 * largest y are kept.
 */
#include "geometry/geometry_private.h"
#include "geometry/scalar_minimum.h"

#include <math.h>

/* Compensated: at M = 1000 a plain sum would lose three digits of c. */
double nc__log_decay_product(const libnc_geometry *geometry)
{
    double sum = log(nc__option(&geometry->options, LIBNC_GEOMETRY_FEATURE_DECAY)), lost = 0;
    for (int32_t j = 0; j < geometry->depth; j++) {
        const double term = geometry->log_decay[j] - lost;
        const double next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    return sum;
}

/* log b, b = M N (N Lam)^{1/M}, so that beta = b / y^2. */
static double log_scale(const libnc_geometry *geometry)
{
    const double m = geometry->depth, log_samples = log(geometry->groups.samples);
    return log(m) + log_samples + (log_samples + nc__log_decay_product(geometry)) / m;
}

static void describe_targets(const nc__groups *groups, nc__solution *solution)
{
    for (int64_t g = 0; g < groups->count; g++) {
        solution->within[g].count = (int64_t)groups->multiplicity[g] - solution->centred;
        solution->within[g].square = groups->size[g];
    }
    if (!solution->centred)
        return;
    nc__coupled_roots(groups, NC__WEIGHT_SAMPLES, solution->roots);
    for (int64_t i = 0; i + 1 < groups->count; i++) {
        solution->coupled[i].count = 1;
        solution->coupled[i].square = nc__root_square(groups, &solution->roots[i]);
    }
}

/* A cut through equal gains fixes the rank; at the threshold any rank up to `kept` is as good. */
static void note_tie(nc__solution *solution, const nc__family *family, bool at_threshold)
{
    const bool cut = family->kept < family->count;
    if (solution->tied || family->kept == 0 || !(cut || at_threshold))
        return;
    solution->tied = family;
    solution->tie.size = family->count;
    solution->tie.rank = solution->tie.rank_maximum = family->kept;
    solution->tie.rank_minimum = at_threshold ? 0 : family->kept;
    solution->tie.singular_value = family->value;
}

static void solve_family(const libnc_geometry *geometry, nc__solution *solution, nc__family *family,
                         int64_t *remaining)
{
    if (family->count == 0)
        return;
    const double samples = geometry->groups.samples, log_square = log(family->square);
    const nc__scalar_minimum minimum =
        nc__minimise_scalar(geometry->depth, log_scale(geometry) - log_square);
    const double unit = family->square / (2 * samples);
    if (minimum.share > 0)
        family->kept = family->count < *remaining ? family->count : *remaining;
    if (family->kept > 0) {
        family->value = minimum.share * sqrt(family->square);
        /* e = s (y - s)/N, the stationarity condition */
        family->log_energy = log_square - log(samples) + minimum.log_rest;
    }
    *remaining -= family->kept;
    solution->loss += (double)family->kept * unit * minimum.value;
    solution->loss += (double)(family->count - family->kept) * unit;
    note_tie(solution, family, minimum.tie);
}

void nc__solve_mean_square(const libnc_geometry *geometry, nc__solution *solution)
{
    const nc__groups *groups = &geometry->groups;
    const int64_t width = nc__option_int(&geometry->options, LIBNC_GEOMETRY_WIDTH);
    int64_t remaining = width > 0 && width < groups->classes ? width : groups->classes;
    describe_targets(groups, solution);
    for (int64_t g = 0; g < groups->count; g++) {
        solve_family(geometry, solution, &solution->within[g], &remaining);
        if (solution->centred && g + 1 < groups->count)
            solve_family(geometry, solution, &solution->coupled[g], &remaining);
    }
    solution->status = LIBNC_GEOMETRY_PROVEN;
    solution->gap = 0;
    solution->multiplier = exp(nc__log_decay_product(geometry) / (geometry->depth + 1));
}
