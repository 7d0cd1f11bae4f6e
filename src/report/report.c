/* SPDX-License-Identifier: MIT
 *
 * report.c: the report handle: checks of arguments and states, and the getters. The work is done in
 * measure_model.c, measure_accumulators.c, layer_metrics.c, convention.c and comparison.c.
 */
#include "report/report_internal.h"

#include "accumulator/accumulator_ranks.h"
#include "accumulator/held_out_internal.h"
#include "data/classes_internal.h"
#include "data/dataset_internal.h"
#include "geometry/geometry_internal.h"
#include "linalg/finite.h"
#include "metrics/class_margins.h"
#include "metrics/class_neighbours.h"
#include "model/model_internal.h"
#include "report/comparison.h"
#include "report/convention.h"
#include "report/diagnostics.h"
#include "report/fit_decay.h"
#include "report/measure_accumulators.h"
#include "report/measure_held_out.h"
#include "report/measure_model.h"
#include "report/measurement.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_LAYERS = 1000 };

struct libnc_report {
    libnc_context *context;
    struct libnc_options options;
    int32_t convention;
    nc__measurement *content;         /* NULL before measuring */
    libnc_communicator *communicator; /* of measure_features(); NULL: no ranks */
};

static const nc__option_spec SPECS[] = {
    {LIBNC_REPORT_OPTION_RIESZ_EXPONENT, LIBNC_OPTION_DOUBLE, "riesz_exponent", 0, 1e6, 0, NULL,
     "s of the Riesz energy ||u_i - u_j||^-s; 0: the larger of d - 2 and 1"},
    {LIBNC_REPORT_OPTION_LAYER_RANKS, LIBNC_OPTION_INT64, "layer_ranks", 0, INT32_MAX, 512, NULL,
     "smaller side of a linear layer up to which its ranks are taken"},
};
NC__OPTIONS_FIT(SPECS);

libnc_status libnc_report_create(libnc_report **report, libnc_context *context)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!report)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "report = NULL: must be given");
    libnc_report *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->convention = LIBNC_CONVENTION_DEFAULT;
    nc__options_init(&created->options, context, SPECS, (int32_t)(sizeof SPECS / sizeof *SPECS));
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

libnc_options *libnc_report_options(libnc_report *report)
{
    return report ? &report->options : NULL;
}

/* ---- measure ---- */

static double riesz_of(const libnc_report *report)
{
    return nc__option(&report->options, LIBNC_REPORT_OPTION_RIESZ_EXPONENT);
}

/* Puts a complete measurement in place, or destroys it if its convention cannot be had. */
static libnc_status replace_content(libnc_report *report, nc__measurement *fresh)
{
    libnc_status status =
        nc__measurement_evaluate(fresh, nc__convention_centre(report->convention));
    if (status != LIBNC_OK) {
        nc__measurement_destroy(fresh);
        return status;
    }
    nc__measurement_destroy(report->content);
    report->content = fresh;
    return LIBNC_OK;
}

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
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "model = NULL: must be given");
    if (model->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "model: belongs to another context");
    libnc_status status = check_dataset(context, model, dataset);
    if (status != LIBNC_OK)
        return status;
    const int32_t *labels = dataset ? libnc_dataset_labels(dataset) : libnc_model_labels(model);
    int64_t samples = dataset ? libnc_dataset_count(dataset) : libnc_model_samples(model);
    nc__measurement *fresh = NULL;
    status = nc__measure(&fresh, context, model, dataset, labels, samples, riesz_of(report),
                         nc__option_int(&report->options, LIBNC_REPORT_OPTION_LAYER_RANKS));
    return status == LIBNC_OK ? replace_content(report, fresh) : status;
}

static libnc_status check_accumulator(libnc_context *context,
                                      const libnc_accumulator *const *accumulators, int32_t j)
{
    const libnc_accumulator *a = accumulators[j], *first = accumulators[0];
    if (!a)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "accumulators[%d] = NULL: must be given", j);
    if (a->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "accumulators[%d]: belongs to another context", j);
    if (libnc_accumulator_samples(a) == 0)
        return nc__fail(context, LIBNC_ERROR_STATE, "accumulators[%d]: holds no sample", j);
    const int64_t K = libnc_accumulator_classes(first);
    if (libnc_accumulator_classes(a) != K)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "accumulators[%d]: %lld classes, but the first has %lld", j,
                        (long long)libnc_accumulator_classes(a), (long long)K);
    const int64_t *counts = nc__accumulator_statistics(a)->counts;
    const int64_t *first_counts = nc__accumulator_statistics(first)->counts;
    for (int64_t k = 0; k < K; k++)
        if (counts[k] != first_counts[k])
            return nc__fail(context, LIBNC_ERROR_DIMENSION,
                            "accumulators[%d]: %lld samples in class %lld, but the first has %lld",
                            j, (long long)counts[k], (long long)k, (long long)first_counts[k]);
    return LIBNC_OK;
}

static libnc_status check_rows(libnc_context *context, const double *values, int64_t rows,
                               int64_t cols, const char *what, int32_t layer)
{
    const nc__tensor matrix = nc__tensor_f64(values, rows, cols);
    const int64_t bad = nc__find_row(context, &matrix, nc__all_finite);
    return bad < 0 ? LIBNC_OK
                   : nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                              "%s of layer %d, row %lld: a value is not finite", what, layer,
                              (long long)bad);
}

/* That given values are those that decided in a second pass, to the rounding of float32; NULL for
 * given ones that are left out, and for zeros that decided. */
static libnc_status check_same(libnc_context *context, const double *given, const double *own,
                               int64_t rows, int64_t cols, const char *what, int32_t layer)
{
    for (int64_t i = 0; given && i < rows * cols; i++) {
        const double known = own ? own[i] : 0;
        if (!(fabs(given[i] - known) <= FLT_EPSILON * fabs(known) + FLT_MIN))
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "%s of layer %d, row %lld: %g, but %g in the accumulator's second pass",
                            what, layer, (long long)(i / cols), given[i], known);
    }
    return LIBNC_OK;
}

/* One layer: its accumulator, its classifier or NULL, and the bias or NULL. */
static libnc_status check_layer(libnc_context *context, const libnc_accumulator *a,
                                const double *classifier, const double *bias, int32_t layer)
{
    const int64_t K = libnc_accumulator_classes(a), d = libnc_accumulator_width(a);
    const double *own_bias, *own = nc__accumulator_classifier(a, &own_bias);
    libnc_status status = check_rows(context, classifier, K, d, "classifier", layer);
    if (status == LIBNC_OK)
        status = check_rows(context, bias, K, 1, "bias", layer);
    if (status != LIBNC_OK || !own)
        return status;
    status = check_same(context, classifier, own, K, d, "classifier", layer);
    return status == LIBNC_OK ? check_same(context, bias, own_bias, K, 1, "bias", layer) : status;
}

static libnc_status check_features(libnc_context *context,
                                   const libnc_accumulator *const *accumulators,
                                   const double *const *classifiers, const double *bias,
                                   int32_t layers)
{
    bool has_classifier = false;
    libnc_status status = nc__check_given(context, "accumulators", accumulators);
    if (status == LIBNC_OK)
        status = nc__check_bounds(context, "layers", layers, 1, MAX_LAYERS);
    if (status != LIBNC_OK)
        return status;
    for (int32_t j = 0; j < layers; j++) {
        const double *classifier = classifiers ? classifiers[j] : NULL, *own_bias;
        status = check_accumulator(context, accumulators, j);
        if (status == LIBNC_OK)
            status = check_layer(context, accumulators[j], classifier, bias, j + 1);
        if (status != LIBNC_OK)
            return status;
        has_classifier |= classifier || nc__accumulator_classifier(accumulators[j], &own_bias);
    }
    if (bias && !has_classifier)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "bias: needs a classifier");
    return LIBNC_OK;
}

libnc_status libnc_report_set_communicator(libnc_report *report, libnc_communicator *communicator)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status =
        communicator ? nc__check_communicator(report->context, communicator) : LIBNC_OK;
    if (status == LIBNC_OK)
        report->communicator = communicator;
    return status;
}

/* All ranks measure accumulators that hold the same. */
static libnc_status check_ranks(const libnc_report *report,
                                const libnc_accumulator *const *accumulators, int32_t layers,
                                libnc_status status)
{
    libnc_communicator *c = report->communicator;
    int64_t most = layers;
    status = nc__agree(c, status);
    if (status == LIBNC_OK)
        status = nc__exchange_maximum_int64(c, &most, 1);
    if (status == LIBNC_OK && most != layers)
        status = nc__fail(report->context, LIBNC_ERROR_ARGUMENT,
                          "layers = %d: another rank has %lld", layers, (long long)most);
    status = nc__agree(c, status);
    for (int32_t j = 0; j < layers && status == LIBNC_OK; j++)
        status = nc__ranks_check_same(accumulators[j], c);
    return status;
}

/* Measured: what is asked of a report later is each rank's own business. */
static void leave_ranks(nc__measurement *content)
{
    for (int32_t j = 0; j < content->depth; j++)
        content->layers[j].communicator = NULL;
}

libnc_status libnc_report_measure_features(libnc_report *report,
                                           const libnc_accumulator *const *accumulators,
                                           const double *const *classifiers, const double *bias,
                                           int32_t layers)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    libnc_communicator *c = report->communicator;
    nc__measurement *fresh = NULL;
    nc__agree_begin(c);
    libnc_status status = check_features(report->context, accumulators, classifiers, bias, layers);
    if (c)
        status = check_ranks(report, accumulators, layers, status);
    if (status == LIBNC_OK)
        status = nc__measure_features(&fresh, report->context, accumulators, classifiers, bias,
                                      layers, riesz_of(report), c);
    if (status == LIBNC_OK)
        status = nc__measurement_evaluate(fresh, nc__convention_centre(report->convention));
    status = nc__agree(c, status);
    if (status == LIBNC_OK) {
        leave_ranks(fresh);
        return replace_content(report, fresh);
    }
    nc__measurement_destroy(fresh);
    return status;
}

libnc_status libnc_report_measure_held_out(libnc_report *report, const libnc_held_out *held_out)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = report->context;
    nc__measurement *fresh = NULL;
    libnc_status status = nc__check_given(context, "held_out", held_out);
    if (status != LIBNC_OK)
        return status;
    if (nc__held_out_accumulator(held_out)->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "held_out: belongs to another context");
    if (libnc_held_out_samples(held_out) == 0)
        return nc__fail(context, LIBNC_ERROR_STATE, "held_out: holds no sample");
    status = nc__measure_held_out(&fresh, context, held_out, riesz_of(report));
    return status == LIBNC_OK ? replace_content(report, fresh) : status;
}

/* ---- conventions ---- */

libnc_status libnc_report_set_convention(libnc_report *report, int32_t convention)
{
    if (!report)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status =
        nc__check_bounds(report->context, "convention", convention, 1, libnc_convention_count());
    if (status == LIBNC_OK && report->content)
        status = nc__measurement_evaluate(report->content, nc__convention_centre(convention));
    if (status == LIBNC_OK)
        report->convention = convention;
    return status;
}

int32_t libnc_report_convention(const libnc_report *report)
{
    return report ? report->convention : 0;
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

static libnc_status check_geometry(const libnc_report *report, const libnc_geometry *geometry,
                                   bool is_solved)
{
    const nc__measurement *content = report->content;
    libnc_context *context = report->context;
    if (!geometry)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry = NULL: must be given");
    if (nc__geometry_context(geometry) != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry: belongs to another context");
    libnc_status status = is_solved ? nc__geometry_check(geometry) : LIBNC_OK;
    if (status != LIBNC_OK)
        return status;
    if (content->depth != 1 && libnc_geometry_depth(geometry) != content->depth)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "geometry: depth %d, but the measured model has %d layers",
                        libnc_geometry_depth(geometry), content->depth);
    const libnc_classes *classes = libnc_geometry_classes(geometry);
    const nc__layer *layer = nc__measurement_layer(content, 1);
    if (libnc_classes_count(classes) != layer->present)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "geometry: %lld classes, but %lld with samples were measured",
                        (long long)libnc_classes_count(classes), (long long)layer->present);
    const int64_t *counts = libnc_classes_counts(classes);
    for (int64_t i = 0; i < layer->present; i++)
        if ((double)counts[i] != layer->counts[i])
            return nc__fail(context, LIBNC_ERROR_DIMENSION,
                            "geometry: %lld samples in class %lld, but %.0f were measured",
                            (long long)counts[i], (long long)layer->index[i], layer->counts[i]);
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
        status = check_geometry(report, geometry, true);
    if (status == LIBNC_OK)
        status = nc__compare(report->content, geometry, objective);
    return status;
}

libnc_status libnc_report_fit_decay(const libnc_report *report, libnc_geometry *geometry,
                                    double *product, double *distance)
{
    libnc_status status = check_measured(report);
    if (status != LIBNC_OK)
        return status;
    if (!product)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT, "product = NULL: must be given");
    if ((status = check_geometry(report, geometry, false)) != LIBNC_OK)
        return status;
    if (!nc__measurement_layer(report->content, 1)->classifier)
        return nc__fail(report->context, LIBNC_ERROR_STATE, "report: has no classifier");
    return nc__fit_decay(report->content, geometry, product, distance);
}

/* ---- results ---- */

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
    libnc_status status = nc__check_bounds(report->context, name, item, 1, items);
    if (status == LIBNC_OK)
        status = nc__check_given(report->context, out_name, out);
    if (status == LIBNC_OK)
        status = check_measured(report);
    if (status == LIBNC_OK)
        status = nc__check_bounds(report->context, "layer", layer, 1, report->content->depth);
    return status;
}

/* Energies of directions that coincide. Elsewhere a number beyond a double is undefined. */
static bool may_be_infinite(int32_t metric)
{
    return metric == LIBNC_METRIC_UNIFORMITY_FEATURES ||
           metric == LIBNC_METRIC_UNIFORMITY_CLASSIFIER || metric == LIBNC_METRIC_RIESZ_FEATURES ||
           metric == LIBNC_METRIC_RIESZ_CLASSIFIER;
}

libnc_status libnc_report_value(const libnc_report *report, int32_t metric, int32_t layer,
                                double *value)
{
    libnc_status status =
        check_result(report, "metric", metric, NC__METRICS, layer, "value", value);
    if (status != LIBNC_OK)
        return status;
    const double found = nc__convention_value(report->content, report->convention, metric, layer);
    *value = isinf(found) && !may_be_infinite(metric) ? (double)NAN : found;
    return LIBNC_OK;
}

libnc_status libnc_report_error(const libnc_report *report, int32_t metric, int32_t layer,
                                double *value)
{
    libnc_status status =
        check_result(report, "metric", metric, NC__METRICS, layer, "value", value);
    if (status == LIBNC_OK)
        *value = nc__convention_error(report->content, report->convention, metric, layer);
    return status;
}

libnc_status libnc_report_vector(const libnc_report *report, int32_t vector, int32_t layer,
                                 double *values, size_t size)
{
    libnc_status status =
        check_result(report, "vector", vector, NC__CLASS_VECTORS, layer, "values", values);
    if (status == LIBNC_OK)
        status = nc__check_size(report->context, size, report->content->classes);
    if (status != LIBNC_OK)
        return status;
    const nc__layer *measured = nc__measurement_layer(report->content, layer);
    if (vector == LIBNC_CLASS_MARGIN || vector == LIBNC_CLASS_PROBABILITY)
        return nc__class_margins(measured, vector, values);
    if (vector >= LIBNC_CLASS_CDNV && vector <= LIBNC_CLASS_NEAREST_COSINE)
        return nc__class_neighbours(measured, vector, values);
    nc__layer_vector(measured, vector, values);
    return LIBNC_OK;
}

libnc_status libnc_report_matrix(const libnc_report *report, int32_t matrix, int32_t layer,
                                 double *values, size_t size)
{
    libnc_status status =
        check_result(report, "matrix", matrix, NC__CLASS_MATRICES, layer, "values", values);
    if (status == LIBNC_OK)
        status = nc__check_size(report->context, size,
                                report->content->classes * report->content->classes);
    if (status != LIBNC_OK)
        return status;
    return nc__layer_matrix(nc__measurement_layer(report->content, layer), matrix, values);
}

libnc_context *nc__report_context(const libnc_report *report)
{
    return report->context;
}

bool nc__report_has_classifier(const libnc_report *report, int32_t layer)
{
    return nc__measurement_layer(report->content, layer)->classifier != NULL;
}

libnc_status libnc_report_diagnostics(const libnc_report *report, int32_t layer, int64_t *flags)
{
    libnc_status status = check_result(report, "layer", 1, 1, layer, "flags", flags);
    if (status == LIBNC_OK)
        *flags = nc__diagnose(report->content, layer);
    return status;
}

libnc_status libnc_report_diagnostic_text(const libnc_report *report, int32_t layer,
                                          int64_t diagnostic, char *text, size_t size)
{
    libnc_status status = check_result(report, "layer", 1, 1, layer, "text", text);
    if (status != LIBNC_OK)
        return status;
    if (size < 1)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT, "size = 0: must be at least 1");
    if (diagnostic < 1 || diagnostic > LIBNC_DIAGNOSTIC_SCATTER_ROUNDING ||
        (diagnostic & (diagnostic - 1)) != 0)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT,
                        "diagnostic = %lld: must be one bit of enum libnc_diagnostic",
                        (long long)diagnostic);
    nc__diagnose_text(report->content, layer, diagnostic, text, size);
    return LIBNC_OK;
}

libnc_status libnc_report_spectrum(const libnc_report *report, int32_t layer, double *values,
                                   size_t size)
{
    libnc_status status = check_result(report, "layer", 1, 1, layer, "values", values);
    if (status != LIBNC_OK)
        return status;
    if (size < 1)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT, "size = 0: must be at least 1");
    const nc__layer *l = nc__measurement_layer(report->content, layer);
    const int64_t least = l->reduced.rows < l->width ? l->reduced.rows : l->width;
    for (size_t i = 0; i < size; i++)
        values[i] = i < (size_t)least ? l->singular[i] * l->singular[i] / (double)l->present : 0;
    return LIBNC_OK;
}

int64_t libnc_report_width(const libnc_report *report, int32_t layer)
{
    if (!report || !report->content || layer < 1 || layer > report->content->depth)
        return 0;
    return nc__measurement_layer(report->content, layer)->width;
}

libnc_status libnc_report_cosine_histogram(const libnc_report *report, int32_t of_classifier,
                                           int32_t layer, int64_t *counts, size_t bins)
{
    libnc_status status = check_result(report, "layer", 1, 1, layer, "counts", counts);
    if (status != LIBNC_OK)
        return status;
    if (of_classifier != 0 && of_classifier != 1)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT, "of_classifier = %d: must be 0 or 1",
                        of_classifier);
    if (bins < 1 || bins > INT32_MAX)
        return nc__fail(report->context, LIBNC_ERROR_ARGUMENT,
                        "bins = %zu: must be from 1 to 2^31 - 1", bins);
    const nc__layer *l = nc__measurement_layer(report->content, layer);
    if (of_classifier && !l->classifier)
        return nc__fail(report->context, LIBNC_ERROR_STATE, "layer %d: has no classifier", layer);
    return nc__layer_histogram(l, of_classifier, counts, (int64_t)bins);
}
