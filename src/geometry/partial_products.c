/* SPDX-License-Identifier: MIT
 *
 * partial_products.c: what a kept direction weighs in every partial product.
 *
 * At a minimiser all layers share a direction's energy: lw_j sigma(W_j)^2 = lh sigma(H)^2 = e. So
 *     sigma(W_{j-1} ... W_1 H)^2 = e^j / (lh lw_1 ... lw_{j-1}),
 *     sigma(W_M ... W_j)^2 = e^{M-j+1} / (lw_j ... lw_M),    and their product is s^2.
 * Logarithms, as e^1000 is no number. The shorter product is formed, the other is what is left.
 */
#include "geometry/partial_products.h"

#include <float.h>
#include <math.h>

void nc__log_partial_products(const nc__problem *problem, const nc__family *family, int32_t layer,
                              double *classifier, double *features)
{
    const double log_total = 2 * log(family->value);
    double sum = 0;
    if (layer - 1 <= problem->depth - layer) {
        for (int32_t j = 1; j < layer; j++)
            sum += family->log_energy - problem->log_decay[j];
        *features = sum + (family->log_energy - problem->log_decay[0]);
        *classifier = log_total - *features;
    } else {
        for (int32_t j = layer; j <= problem->depth; j++)
            sum += family->log_energy - problem->log_decay[j];
        *classifier = sum;
        *features = log_total - sum;
    }
}

static bool in_range(const nc__problem *problem, const nc__family *family)
{
    const double limit = log(DBL_MAX) - 1;
    if (family->kept == 0)
        return true;
    for (int32_t j = 1; j <= problem->depth; j++) {
        double classifier, features;
        nc__log_partial_products(problem, family, j, &classifier, &features);
        const double layer = family->log_energy - problem->log_decay[j];
        if (!(fmax(fmax(classifier, features), layer) < limit))
            return false;
    }
    return true;
}

/* Gains are monotone in the singular value, so the outermost kept families bound the rest. */
libnc_status nc__check_range(const nc__solution *solution)
{
    const nc__family *first = NULL, *last = NULL;
    const int64_t count = solution->groups->count + solution->coupled_count;
    for (int64_t f = 0; f < count; f++) {
        const nc__family *family = nc__solution_family(solution, f);
        if (family->kept == 0)
            continue;
        first = first ? first : family;
        last = family;
    }
    if (first && !(in_range(solution->problem, first) && in_range(solution->problem, last)))
        return nc__fail(solution->problem->context, LIBNC_ERROR_NUMERICAL,
                        "the decays differ so much that a layer's prediction overflows");
    return LIBNC_OK;
}
