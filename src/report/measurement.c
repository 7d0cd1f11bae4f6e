/* SPDX-License-Identifier: MIT
 *
 * measurement.c: the storage of a report.
 */
#include "report/measurement.h"

#include <math.h>

libnc_status nc__measurement_create(nc__measurement **measurement, libnc_context *context,
                                    int32_t depth, int64_t classes, double riesz)
{
    nc__measurement *m = nc__alloc(context, 1, sizeof *m);
    if (!m)
        return LIBNC_ERROR_MEMORY;
    m->context = m->arena.context = context;
    m->depth = depth;
    m->classes = classes;
    m->riesz = riesz;
    size_t M = (size_t)depth;
    m->layers = nc__arena_alloc(&m->arena, M, sizeof *m->layers);
    m->findings = nc__arena_alloc(&m->arena, M, sizeof *m->findings);
    for (int32_t c = 0; c < NC__CENTRES; c++)
        m->metrics[c] = nc__arena_alloc(&m->arena, M, NC__METRICS * sizeof(double));
    if (nc__arena_status(&m->arena) != LIBNC_OK) {
        nc__measurement_destroy(m);
        return LIBNC_ERROR_MEMORY;
    }
    *measurement = m;
    return LIBNC_OK;
}

void nc__measurement_destroy(nc__measurement *m)
{
    if (!m)
        return;
    nc__arena_release(&m->arena);
    nc__free(m->context, m);
}

nc__layer *nc__measurement_layer(const nc__measurement *m, int32_t layer)
{
    return &m->layers[layer - 1];
}

double *nc__measurement_metric(const nc__measurement *m, int32_t centre, int32_t metric,
                               int32_t layer)
{
    return m->metrics[centre] + (layer - 1) * NC__METRICS + metric - 1;
}

libnc_status nc__measurement_expect_errors(nc__measurement *m)
{
    const size_t M = (size_t)m->depth;
    for (int32_t c = 0; c < NC__CENTRES; c++) {
        m->errors[c] = nc__arena_alloc(&m->arena, M, NC__METRICS * sizeof(double));
        for (int32_t i = 0; m->errors[c] && i < m->depth * NC__METRICS; i++)
            m->errors[c][i] = NAN;
    }
    return nc__arena_status(&m->arena);
}

libnc_status nc__measurement_evaluate(nc__measurement *m, int32_t centre)
{
    if (m->has_centre[centre])
        return LIBNC_OK;
    for (int32_t j = 1; j <= m->depth; j++) {
        const double *samples = centre == NC__CENTRE_SAMPLES
                                    ? NULL
                                    : nc__measurement_metric(m, NC__CENTRE_SAMPLES, 1, j);
        libnc_status status = nc__layer_evaluate(nc__measurement_layer(m, j), centre, m->riesz,
                                                 samples, nc__measurement_metric(m, centre, 1, j),
                                                 samples ? NULL : &m->findings[j - 1]);
        if (status != LIBNC_OK)
            return status;
    }
    m->has_centre[centre] = true;
    return LIBNC_OK;
}
