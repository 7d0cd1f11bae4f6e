/* SPDX-License-Identifier: MIT
 *
 * measurement.c: the storage of a report.
 */
#include "collapse/measurement.h"

libnc_status nc__measurement_create(nc__measurement **measurement, libnc_context *context,
                                    int32_t depth, int64_t classes)
{
    nc__measurement *m = nc__alloc(context, 1, sizeof *m);
    if (!m)
        return LIBNC_ERROR_MEMORY;
    m->context = context;
    m->depth = depth;
    m->classes = classes;
    /* K < 2^31 and M <= 1000: the element sizes below stay far from overflow, nc__alloc checks the
     * products. */
    size_t M = (size_t)depth, K = (size_t)classes;
    m->counts = nc__alloc(context, K, sizeof(int64_t));
    m->metrics = nc__alloc(context, M, NC__METRICS * sizeof(double));
    m->vectors = nc__alloc(context, K, M * NC__CLASS_VECTORS * sizeof(double));
    m->matrices = nc__alloc(context, K * K, M * NC__CLASS_MATRICES * sizeof(double));
    if (!m->counts || !m->metrics || !m->vectors || !m->matrices) {
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
    nc__free(m->context, m->matrices);
    nc__free(m->context, m->vectors);
    nc__free(m->context, m->metrics);
    nc__free(m->context, m->counts);
    nc__free(m->context, m);
}

double *nc__measurement_metric(const nc__measurement *m, int32_t metric, int32_t layer)
{
    return m->metrics + (layer - 1) * NC__METRICS + metric - 1;
}

double *nc__measurement_vector(const nc__measurement *m, int32_t vector, int32_t layer)
{
    return m->vectors + ((int64_t)(layer - 1) * NC__CLASS_VECTORS + vector - 1) * m->classes;
}

double *nc__measurement_matrix(const nc__measurement *m, int32_t matrix, int32_t layer)
{
    int64_t index = (int64_t)(layer - 1) * NC__CLASS_MATRICES + matrix - 1;
    return m->matrices + index * m->classes * m->classes;
}
