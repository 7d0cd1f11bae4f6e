/* SPDX-License-Identifier: MIT */
#include "separation.h"

#include <math.h> /* isnan: a macro */
#include <stdlib.h>

typedef struct separation {
    double layers[MAX_LAYERS], rho, correlation;
} separation;

/* D_l, and the line through its logarithm. --layer names layers after the one of --features, the
 * last; in the order of the network they come before it. */
static separation fit(const measured *m)
{
    separation s;
    const size_t K = (size_t)m->class_count;
    double *counts = allocate(m->self, K, sizeof *counts), present = 0, ordered[MAX_LAYERS];
    require(m->self, libnc_report_vector(m->report, LIBNC_CLASS_COUNT, 1, counts, K));
    for (size_t k = 0; k < K; k++)
        present += counts[k] > 0;
    free(counts);
    for (int32_t l = 0; l < m->layer_count; l++)
        s.layers[l] = present * measured_value(m, LIBNC_METRIC_NC1_WEIGHTED, l + 1);
    for (int32_t l = 1; l < m->layer_count; l++)
        ordered[l - 1] = s.layers[l];
    ordered[m->layer_count - 1] = s.layers[0];
    require(m->self, libnc_separation_law(m->self->context, ordered, m->layer_count, &s.rho,
                                          &s.correlation));
    return s;
}

void print_separation(const measured *m)
{
    if (m->layer_count < 2)
        return;
    const separation s = fit(m);
    if (isnan(s.rho))
        return;
    printf("\nlaw of data separation, layers as given and the features last: rho %.4g a layer",
           s.rho);
    if (!isnan(s.correlation))
        printf(", correlation %.4f", s.correlation);
    putchar('\n');
}

void json_separation(json_writer *json, const measured *m)
{
    if (m->layer_count < 2)
        return;
    const separation s = fit(m);
    json_array(json, "separation", s.layers, m->layer_count);
    json_number(json, "separation_rho", s.rho);
    json_number(json, "separation_correlation", s.correlation);
}
