/* SPDX-License-Identifier: MIT
 *
 * accumulator_fixture.h: samples fed to an accumulator in batches, and what it then holds.
 */
#ifndef ACCUMULATOR_FIXTURE_H
#define ACCUMULATOR_FIXTURE_H

#include "accumulator/accumulator_internal.h"
#include "support/collapse_fixture.h"

/* "scatter", "precision"; NULL leaves the default. */
static inline libnc_accumulator *accumulator_of(const sample *s, const char *kind,
                                                const char *precision)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, context, s->classes, s->width));
    if (kind)
        must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", kind));
    if (precision)
        must(libnc_options_set_text(libnc_accumulator_options(a), "precision", precision));
    return a;
}

/* Samples begin .. end - 1 in batches, as float64. */
static inline void feed(libnc_accumulator *a, const sample *s, int64_t begin, int64_t end,
                        int64_t batch)
{
    for (; begin < end; begin += batch) {
        int64_t count = end - begin < batch ? end - begin : batch;
        must(libnc_accumulator_update(a, s->rows + begin * s->width, LIBNC_FLOAT64, count, s->width,
                                      s->labels + begin, LIBNC_LABEL_INT32));
    }
}

/* All samples as float32, rows a few values apart, labels as int64. */
static inline void feed_float32(libnc_accumulator *a, const sample *s, int64_t batch)
{
    const int64_t stride = s->width + 3;
    float *rows = malloc((size_t)(batch * stride) * sizeof *rows);
    int64_t *labels = malloc((size_t)batch * sizeof *labels);
    for (int64_t i = 0; i < batch * stride; i++)
        rows[i] = NAN; /* between rows nothing is read */
    for (int64_t begin = 0; begin < s->count; begin += batch) {
        int64_t count = s->count - begin < batch ? s->count - begin : batch;
        for (int64_t i = 0; i < count; i++) {
            labels[i] = s->labels[begin + i];
            for (int64_t c = 0; c < s->width; c++)
                rows[i * stride + c] = (float)s->rows[(begin + i) * s->width + c];
        }
        must(libnc_accumulator_update(a, rows, LIBNC_FLOAT32, count, stride, labels,
                                      LIBNC_LABEL_INT64));
    }
    free(labels);
    free(rows);
}

/* The first pass of all samples. */
static inline libnc_accumulator *fed(const sample *s, int64_t batch)
{
    libnc_accumulator *a = accumulator_of(s, NULL, NULL);
    feed(a, s, 0, s->count, batch);
    return a;
}

static inline void round_to_float32(sample *s)
{
    for (int64_t i = 0; i < s->count * s->width; i++)
        s->rows[i] = (float)s->rows[i];
}

/* Everything relative to its own size; the scatter in the Frobenius norm. Fails with the largest
 * error seen. */
static inline void assert_holds(const libnc_accumulator *a, const sample *s, double energies,
                                double scatter)
{
    reference r = reference_of(s);
    const nc__statistics *statistics = nc__accumulator_statistics(a);
    const double *values = nc__accumulator_scatter(a);
    long double norm = 0, error = 0;
    ck_assert_int_eq(libnc_accumulator_samples(a), s->count);
    for (int64_t k = 0; k < s->classes; k++) {
        ck_assert_int_eq(statistics->counts[k], r.counts[k]);
        ck_assert_double_le(fabsl(statistics->squares[k] - r.energies[k]),
                            energies * (double)r.energies[k]);
    }
    for (int64_t c = 0; values && c < s->width * s->width; c++) {
        norm += r.scatter[c] * r.scatter[c];
        error += (values[c] - r.scatter[c]) * (values[c] - r.scatter[c]);
    }
    ck_assert_double_le(sqrtl(error), scatter * sqrtl(norm));
    reference_clear(&r);
}

#endif
