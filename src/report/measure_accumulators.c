/* SPDX-License-Identifier: MIT
 *
 * measure_accumulators.c: measures what accumulators hold: one layer for each, with the classifier
 * above it, which a second pass may know already.
 */
#include "report/measure_accumulators.h"

#include "accumulator/accumulator_internal.h"
#include "report/jackknife.h"
#include "report/measurement.h"

/* A second pass that has not seen every sample has no S_W yet. */
static libnc_status take_scatter(nc__layer *layer, const libnc_accumulator *accumulator)
{
    const double *singular, *basis, *balanced;
    int64_t rank;
    const double *full = nc__accumulator_scatter(accumulator);
    if (full)
        return nc__layer_set_scatter(layer, full);
    const double *projected =
        nc__accumulator_projected(accumulator, &rank, &singular, &basis, &balanced);
    if (!projected || libnc_accumulator_second_samples(accumulator) != layer->samples)
        return LIBNC_OK;
    return nc__layer_set_projected(layer, rank, basis, projected, balanced);
}

/* What is given, or else what the second pass decided with. */
static nc__jackknife settings_of(const libnc_accumulator *accumulator, const double *classifier,
                                 const double *bias, double riesz)
{
    const double *own_bias, *own = nc__accumulator_classifier(accumulator, &own_bias);
    const bool has_classifier = classifier || own;
    return (nc__jackknife){.accumulator = accumulator,
                           .classifier = classifier ? classifier : own,
                           .bias = !has_classifier ? NULL
                                   : bias          ? bias
                                                   : own_bias,
                           .riesz = riesz};
}

static libnc_status take_layer(nc__layer *layer, nc__arena *arena,
                               const libnc_accumulator *accumulator, const double *classifier,
                               const double *bias, int32_t number)
{
    const nc__jackknife with = settings_of(accumulator, classifier, bias, 0);
    libnc_status status =
        nc__layer_create(layer, arena, nc__accumulator_statistics(accumulator),
                         nc__accumulator_epsilon(accumulator), with.classifier, with.bias, number);
    if (status != LIBNC_OK)
        return status;
    const nc__tally tally = nc__accumulator_tally(accumulator);
    nc__layer_set_decisions(layer, &tally);
    status = nc__layer_set_losses(layer, nc__accumulator_losses(accumulator), tally.decided);
    return status != LIBNC_OK ? status : take_scatter(layer, accumulator);
}

static libnc_status take_errors(nc__measurement *m, const nc__jackknife *with, int32_t layer)
{
    double *errors[NC__CENTRES];
    if (!nc__accumulator_groups(with->accumulator))
        return LIBNC_OK;
    libnc_status status = m->errors[0] ? LIBNC_OK : nc__measurement_expect_errors(m);
    for (int32_t c = 0; c < NC__CENTRES && status == LIBNC_OK; c++)
        errors[c] = m->errors[c] + layer * NC__METRICS;
    return status == LIBNC_OK ? nc__jackknife_errors(with, errors) : status;
}

libnc_status nc__measure_features(nc__measurement **measurement, libnc_context *context,
                                  const libnc_accumulator *const *accumulators,
                                  const double *const *classifiers, const double *bias,
                                  int32_t layers, double riesz, libnc_communicator *communicator)
{
    nc__measurement *m = NULL;
    libnc_status status = nc__measurement_create(&m, context, layers,
                                                 libnc_accumulator_classes(accumulators[0]), riesz);
    for (int32_t j = 0; j < layers && status == LIBNC_OK; j++)
        status = take_layer(&m->layers[j], &m->arena, accumulators[j],
                            classifiers ? classifiers[j] : NULL, bias, j + 1);
    for (int32_t j = 0; j < layers && status == LIBNC_OK; j++)
        m->layers[j].communicator = communicator;
    if (status == LIBNC_OK)
        status = nc__measurement_evaluate(m, NC__CENTRE_SAMPLES);
    for (int32_t j = 0; j < layers && status == LIBNC_OK; j++) {
        const nc__jackknife with =
            settings_of(accumulators[j], classifiers ? classifiers[j] : NULL, bias, riesz);
        status = take_errors(m, &with, j);
    }
    if (status != LIBNC_OK) {
        nc__measurement_destroy(m);
        return status;
    }
    *measurement = m;
    return LIBNC_OK;
}
