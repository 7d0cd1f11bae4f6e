/* SPDX-License-Identifier: MIT
 *
 * predicted_spectrum.c: the singular values of a solution, of all layers together and of each.
 */
#include "geometry/geometry_internal.h"
#include "geometry/output_checks.h"
#include "geometry/solution.h"

#include <math.h>

/* Writes `value` of each family for its kept directions, then zeros, K values in all. */
static void fill_spectrum(const libnc_geometry *geometry,
                          double (*value)(const nc__family *, double), double log_decay,
                          double *values)
{
    const nc__solution *solution = geometry->solution;
    const int64_t families = solution->groups->count + solution->coupled_count;
    int64_t next = 0;
    for (int64_t f = 0; f < families; f++) {
        const nc__family *family = nc__solution_family(solution, f);
        for (int64_t i = 0; i < family->kept; i++)
            values[next++] = value(family, log_decay);
    }
    while (next < geometry->groups.classes)
        values[next++] = 0;
}

static double product_value(const nc__family *family, double log_decay)
{
    (void)log_decay;
    return family->value;
}

/* sqrt(e / decay) */
static double layer_value(const nc__family *family, double log_decay)
{
    return exp(0.5 * (family->log_energy - log_decay));
}

libnc_status libnc_geometry_singular_values(const libnc_geometry *geometry, double *values,
                                            size_t size)
{
    const libnc_status status = nc__check_vector_output(geometry, "values", values, size);
    if (status == LIBNC_OK)
        fill_spectrum(geometry, product_value, 0, values);
    return status;
}

libnc_status libnc_geometry_layer_singular_values(const libnc_geometry *geometry, int32_t layer,
                                                  double *values, size_t size)
{
    libnc_status status = nc__check_vector_output(geometry, "values", values, size);
    if (status == LIBNC_OK)
        status = nc__check_bounds(geometry->context, "layer", layer, 0, geometry->depth);
    if (status != LIBNC_OK)
        return status;
    fill_spectrum(geometry, layer_value, geometry->solution->problem->log_decay[layer], values);
    return LIBNC_OK;
}
