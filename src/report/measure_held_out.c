/* SPDX-License-Identifier: MIT
 *
 * measure_held_out.c: measures held-out samples about training means: a layer of these means, whose
 * samples are others.
 */
#include "report/measure_held_out.h"

#include "accumulator/held_out_internal.h"

/* The means of classes that held-out samples have; about the sample mean of their training. */
static libnc_status take_means(nc__layer *layer, nc__arena *arena, const libnc_held_out *held_out)
{
    const libnc_accumulator *a = nc__held_out_accumulator(held_out);
    const double *bias, *classifier = nc__accumulator_classifier(a, &bias);
    nc__statistics means = *nc__accumulator_statistics(a);
    const int64_t *counts = means.counts, *seen = nc__held_out_counts(held_out);
    means.counts = nc__arena_alloc(arena, (size_t)means.classes, sizeof *means.counts);
    if (!means.counts)
        return LIBNC_ERROR_MEMORY;
    means.samples = 0;
    for (int64_t k = 0; k < means.classes; k++) {
        means.counts[k] = seen[k] > 0 ? counts[k] : 0;
        means.samples += means.counts[k];
    }
    return nc__layer_create(layer, arena, &means, nc__accumulator_epsilon(a), classifier, bias, 1);
}

static libnc_status take_layer(nc__layer *layer, nc__arena *arena, const libnc_held_out *held_out)
{
    const libnc_accumulator *a = nc__held_out_accumulator(held_out);
    const double *singular, *basis, *balanced;
    int64_t rank;
    libnc_status status = take_means(layer, arena, held_out);
    if (status == LIBNC_OK)
        status = nc__layer_set_samples(layer, nc__held_out_counts(held_out),
                                       nc__held_out_squares(held_out));
    if (status != LIBNC_OK)
        return status;
    const nc__tally tally = nc__accumulator_tally(a);
    nc__layer_set_decisions(layer, &tally);
    const double *scatter = nc__accumulator_projected(a, &rank, &singular, &basis, &balanced);
    return scatter ? nc__layer_set_projected(layer, rank, basis, scatter, NULL) : LIBNC_OK;
}

libnc_status nc__measure_held_out(nc__measurement **measurement, libnc_context *context,
                                  const libnc_held_out *held_out, double riesz)
{
    nc__measurement *m = NULL;
    libnc_status status = nc__measurement_create(
        &m, context, 1, libnc_accumulator_classes(nc__held_out_accumulator(held_out)), riesz);
    if (status != LIBNC_OK)
        return status;
    status = take_layer(m->layers, &m->arena, held_out);
    if (status == LIBNC_OK)
        status = nc__measurement_evaluate(m, NC__CENTRE_SAMPLES);
    if (status != LIBNC_OK) {
        nc__measurement_destroy(m);
        return status;
    }
    *measurement = m;
    return LIBNC_OK;
}
