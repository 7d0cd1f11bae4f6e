/* SPDX-License-Identifier: MIT
 *
 * collapse_fixture.h: labelled samples, and their statistics in two passes in long double, for the
 * suites of statistics and metrics on arrays.
 */
#ifndef COLLAPSE_FIXTURE_H
#define COLLAPSE_FIXTURE_H

#include "support/context_fixture.h"
#include "support/random_values.h"

#include "accumulator/class_statistics.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Samples of K classes: row = centre_k + spread * noise. */
typedef struct sample {
    int64_t classes, width, count;
    double *rows;
    int32_t *labels;
} sample;

static inline sample sample_create(int64_t classes, int64_t width, const int64_t *counts)
{
    sample s = {classes, width, 0, NULL, NULL};
    for (int64_t k = 0; k < classes; k++)
        s.count += counts[k];
    s.rows = malloc((size_t)(s.count * width) * sizeof(double));
    s.labels = malloc((size_t)s.count * sizeof(int32_t));
    int64_t i = 0;
    for (int64_t k = 0; k < classes; k++)
        for (int64_t n = 0; n < counts[k]; n++)
            s.labels[i++] = (int32_t)k;
    return s;
}

static inline void sample_clear(sample *s)
{
    free(s->rows);
    free(s->labels);
}

static inline void fill_clusters(sample *s, const double *centres, double spread, uint64_t seed)
{
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t c = 0; c < s->width; c++)
            s->rows[i * s->width + c] =
                centres[s->labels[i] * s->width + c] + spread * uniform(&seed);
}

/* Random order of the samples. */
static inline void shuffle(sample *s, uint64_t seed)
{
    for (int64_t i = s->count - 1; i > 0; i--) {
        int64_t j = (int64_t)((uniform(&seed) + 1) / 2 * (double)(i + 1));
        int32_t label = s->labels[i];
        s->labels[i] = s->labels[j];
        s->labels[j] = label;
        for (int64_t c = 0; c < s->width; c++) {
            double value = s->rows[i * s->width + c];
            s->rows[i * s->width + c] = s->rows[j * s->width + c];
            s->rows[j * s->width + c] = value;
        }
    }
}

/* The two-pass definition, in long double. */
typedef struct reference {
    long double *means, *energies, *scatter;
    int64_t *counts;
} reference;

static inline reference reference_of(const sample *s)
{
    int64_t K = s->classes, d = s->width;
    reference r = {
        calloc((size_t)(K * d), sizeof(long double)), calloc((size_t)K, sizeof(long double)),
        calloc((size_t)(d * d), sizeof(long double)), calloc((size_t)K, sizeof(int64_t))};
    for (int64_t i = 0; i < s->count; i++) {
        r.counts[s->labels[i]]++;
        for (int64_t c = 0; c < d; c++)
            r.means[s->labels[i] * d + c] += (long double)s->rows[i * d + c];
    }
    for (int64_t k = 0; k < K; k++)
        for (int64_t c = 0; c < d; c++)
            r.means[k * d + c] /= r.counts[k] > 0 ? r.counts[k] : 1;
    for (int64_t i = 0; i < s->count; i++) {
        const double *x = s->rows + i * d;
        const long double *mean = r.means + s->labels[i] * d;
        for (int64_t a = 0; a < d; a++) {
            r.energies[s->labels[i]] += (x[a] - mean[a]) * (x[a] - mean[a]);
            for (int64_t b = 0; b < d; b++)
                r.scatter[a * d + b] += (x[a] - mean[a]) * (x[b] - mean[b]);
        }
    }
    return r;
}

static inline void reference_clear(reference *r)
{
    free(r->means);
    free(r->energies);
    free(r->scatter);
    free(r->counts);
}

static inline nc__statistics *statistics_of(const sample *s, int64_t batch, bool scatter)
{
    nc__statistics *statistics;
    ck_assert_int_eq(nc__statistics_create(&statistics, context, s->classes, s->width, scatter),
                     LIBNC_OK);
    for (int64_t begin = 0; begin < s->count; begin += batch) {
        int64_t count = s->count - begin < batch ? s->count - begin : batch;
        ck_assert_int_eq(
            nc__statistics_update(statistics, s->rows + begin * s->width, count, s->labels + begin),
            LIBNC_OK);
    }
    return statistics;
}

#endif
