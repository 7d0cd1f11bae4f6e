/* SPDX-License-Identifier: MIT
 *
 * partial_products.c: what a kept direction weighs in every partial product.
 *
 * At a minimiser all layers share a direction's energy: lw_j sigma(W_j)^2 = lh sigma(H)^2 = e. So
 *     sigma(W_{j-1} ... W_1 H)^2 = e^j / (lh lw_1 ... lw_{j-1}),
 *     sigma(W_M ... W_j)^2 = e^{M-j+1} / (lw_j ... lw_M),    and their product is s^2.
 * Logarithms, as e^1000 is no number. The shorter product is formed, the other is what is left.
 */
#include "geometry/geometry_private.h"

#include <float.h>
#include <math.h>

double nc__log_layer_decay(const libnc_geometry *geometry, int32_t layer)
{
    const libnc_options *options = &geometry->options;
    if (nc__option_int(options, LIBNC_GEOMETRY_OPTION_FORM) == NC__GEOMETRY_ENERGY) {
        const double ratio = log(nc__option(options, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY)) -
                             log(nc__option(options, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY));
        return layer > 0 ? -0.5 * ratio : 0.5 * ratio;
    }
    return layer > 0 ? geometry->log_decay[layer - 1]
                     : log(nc__option(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY));
}

void nc__log_gains(const libnc_geometry *geometry, const nc__family *family, int32_t layer,
                   double *classifier, double *features)
{
    const double log_total = 2 * log(family->value);
    double sum = 0;
    if (layer - 1 <= geometry->depth - layer) {
        for (int32_t j = 1; j < layer; j++)
            sum += family->log_energy - nc__log_layer_decay(geometry, j);
        *features = sum + (family->log_energy - nc__log_layer_decay(geometry, 0));
        *classifier = log_total - *features;
    } else {
        for (int32_t j = layer; j <= geometry->depth; j++)
            sum += family->log_energy - nc__log_layer_decay(geometry, j);
        *classifier = sum;
        *features = log_total - sum;
    }
}

static bool in_range(const libnc_geometry *geometry, const nc__family *family)
{
    const double limit = log(DBL_MAX) - 1;
    if (family->kept == 0)
        return true;
    for (int32_t j = 1; j <= geometry->depth; j++) {
        double classifier, features;
        nc__log_gains(geometry, family, j, &classifier, &features);
        const double layer = family->log_energy - nc__log_layer_decay(geometry, j);
        if (!(fmax(fmax(classifier, features), layer) < limit))
            return false;
    }
    return true;
}

/* Gains are monotone in the singular value, so the outermost kept families bound the rest. */
libnc_status nc__check_range(const libnc_geometry *geometry, const nc__solution *solution)
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
    if (first && !(in_range(geometry, first) && in_range(geometry, last)))
        return nc__fail(geometry->context, LIBNC_ERROR_NUMERICAL,
                        "the decays differ so much that a layer's prediction overflows");
    return LIBNC_OK;
}
