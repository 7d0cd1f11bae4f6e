/* SPDX-License-Identifier: MIT
 *
 * report.c: the report handle: checks of arguments and states, and the getters. The work is done in
 * measure.c and comparison.c.
 */
#include "collapse/measurement.h"
#include "geometry/geometry_internal.h"
#include "model/model_internal.h"

#include <math.h>
#include <string.h>

struct libnc_report {
    libnc_context *context;
    nc__measurement *content; /* NULL before measuring */
};

static const char *const metric_names[NC__METRICS] = {
    "nc1",
    "nc2_equinorm_features",
    "nc2_equinorm_classifier",
    "nc2_equiangular_features",
    "nc2_equiangular_classifier",
    "nc2_etf_features",
    "nc2_etf_classifier",
    "nc3_etf",
    "nc2_of_features",
    "nc2_of_classifier",
    "nc3_of",
    "nc3_duality",
    "nc4",
    "accuracy",
    "nc2_predicted_features",
    "nc2_predicted_classifier",
    "nc3_predicted",
    "features_error",
    "classifier_error",
    "singular_values_error",
    "loss_gap",
    "rank_features",
    "tr_sigma_w",
    "tr_sigma_b",
    "cdnv",
};

libnc_status libnc_report_create(libnc_report **report, libnc_context *context)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!report)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "report = NULL: must not be NULL");
    libnc_report *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    *report = created;
    return LIBNC_OK;
}

void libnc_report_destroy(libnc_report *report)
{
    if (!report)
        return;
    nc__measurement_destroy(report->content);
    nc__free(report->context, report);
}

/* ---- measure ---- */

static libnc_status check_dataset(libnc_context *context, const libnc_model *model,
                                  const libnc_dataset *dataset)
{
    libnc_status status = nc__model_check_dataset(model, dataset);
    if (status != LIBNC_OK || !dataset)
        return status;
    int64_t classes = libnc_classes_count(libnc_dataset_classes(dataset));
    if (classes != libnc_model_classes(model))
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "dataset: %lld classes, but the model has %lld", (long long)classes,
                        (long long)libnc_model_classes(model));
    return LIBNC_OK;
}

libnc_status libnc_report_measure(libnc_report *report, libnc_model *model,
                                  const libnc_dataset *dataset)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = report->context;
    if (!model)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "model = NULL: must not be NULL");
    if (model->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "model: belongs to another context");
    libnc_status status = check_dataset(context, model, dataset);
    if (status != LIBNC_OK)
        return status;
    const int32_t *labels = dataset ? libnc_dataset_labels(dataset) : libnc_model_labels(model);
    int64_t samples = dataset ? libnc_dataset_count(dataset) : libnc_model_samples(model);
    nc__measurement *fresh = NULL;
    status = nc__measure(&fresh, context, model, dataset, labels, samples);
    if (status != LIBNC_OK)
        return status;
    nc__measurement_destroy(report->content);
    report->content = fresh;
    return LIBNC_OK;
}

/* ---- compare ---- */

static libnc_status check_measured(const libnc_report *report)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    if (!report->content)
        return nc__fail(report->context, LIBNC_ERROR_STATE,
                        "report: nothing was measured yet (libnc_report_measure)");
    return LIBNC_OK;
}

static libnc_status check_geometry(const libnc_report *report, const libnc_geometry *geometry)
{
    const nc__measurement *content = report->content;
    libnc_context *context = report->context;
    if (!geometry)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry = NULL: must not be NULL");
    if (nc__geometry_context(geometry) != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry: belongs to another context");
    libnc_status status = nc__geometry_check(geometry);
    if (status != LIBNC_OK)
        return status;
    if (libnc_geometry_depth(geometry) != content->depth)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "geometry: depth %d, but the measured model has %d layers",
                        libnc_geometry_depth(geometry), content->depth);
    const libnc_classes *classes = libnc_geometry_classes(geometry);
    if (libnc_classes_count(classes) != content->classes)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "geometry: %lld classes, but the measured model has %lld",
                        (long long)libnc_classes_count(classes), (long long)content->classes);
    const int64_t *counts = libnc_classes_counts(classes);
    for (int64_t k = 0; k < content->classes; k++)
        if (counts[k] != content->counts[k])
            return nc__fail(context, LIBNC_ERROR_DIMENSION,
                            "geometry: %lld samples in class %lld, but %lld were measured",
                            (long long)counts[k], (long long)k, (long long)content->counts[k]);
    return LIBNC_OK;
}

libnc_status libnc_report_compare(libnc_report *report, const libnc_geometry *geometry,
                                  double objective)
{
    libnc_status status = check_measured(report);
    if (status == LIBNC_OK && isinf(objective))
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT,
                        "objective = %g: must be finite or NaN", objective);
    if (status == LIBNC_OK)
        status = check_geometry(report, geometry);
    if (status == LIBNC_OK)
        status = nc__compare(report->content, geometry, objective);
    return status;
}

/* ---- results ---- */

int32_t libnc_metric_count(void)
{
    return NC__METRICS;
}

const char *libnc_metric_name(int32_t metric)
{
    return metric >= 1 && metric <= NC__METRICS ? metric_names[metric - 1] : NULL;
}

int32_t libnc_report_depth(const libnc_report *report)
{
    return report && report->content ? report->content->depth : 0;
}

int64_t libnc_report_classes(const libnc_report *report)
{
    return report && report->content ? report->content->classes : 0;
}

/* A result exists: item 1 .. items of the kind `name`, of layer 1 .. M, to be written to `out`,
 * the argument `out_name`. */
static libnc_status check_result(const libnc_report *report, const char *name, int32_t item,
                                 int32_t items, int32_t layer, const char *out_name,
                                 const void *out)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    if (item < 1 || item > items)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT, "%s = %d: must be from 1 to %d",
                        name, item, items);
    if (!out)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must not be NULL",
                        out_name);
    libnc_status status = check_measured(report);
    if (status == LIBNC_OK && (layer < 1 || layer > report->content->depth))
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT, "layer = %d: must be from 1 to %d",
                        layer, report->content->depth);
    return status;
}

libnc_status libnc_report_value(const libnc_report *report, int32_t metric, int32_t layer,
                                double *value)
{
    libnc_status status =
        check_result(report, "metric", metric, NC__METRICS, layer, "value", value);
    if (status != LIBNC_OK)
        return status;
    if (nc__metric_is_comparison(metric) && !report->content->is_compared)
        return nc__fail(report->context, LIBNC_ERROR_STATE,
                        "metric %s: nothing was compared yet (libnc_report_compare)",
                        libnc_metric_name(metric));
    *value = *nc__measurement_metric(report->content, metric, layer);
    return LIBNC_OK;
}

static libnc_status copy_out(const libnc_report *report, const double *from, int64_t count,
                             double *values, size_t size)
{
    if (size != (size_t)count)
        return nc__fail(report->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %lld", size,
                        (long long)count);
    memcpy(values, from, size * sizeof *values);
    return LIBNC_OK;
}

libnc_status libnc_report_vector(const libnc_report *report, int32_t vector, int32_t layer,
                                 double *values, size_t size)
{
    libnc_status status =
        check_result(report, "vector", vector, NC__CLASS_VECTORS, layer, "values", values);
    if (status != LIBNC_OK)
        return status;
    return copy_out(report, nc__measurement_vector(report->content, vector, layer),
                    report->content->classes, values, size);
}

libnc_status libnc_report_matrix(const libnc_report *report, int32_t matrix, int32_t layer,
                                 double *values, size_t size)
{
    libnc_status status =
        check_result(report, "matrix", matrix, NC__CLASS_MATRICES, layer, "values", values);
    if (status != LIBNC_OK)
        return status;
    return copy_out(report, nc__measurement_matrix(report->content, matrix, layer),
                    report->content->classes * report->content->classes, values, size);
}
