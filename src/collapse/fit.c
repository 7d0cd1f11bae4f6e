/* SPDX-License-Identifier: MIT
 *
 * fit.c: the decay product whose prediction is nearest to what was measured.
 *
 * The normalised Gram matrices of a prediction depend on the decays through their product L =
 * lh lw_1 ... lw_M alone (doc/theory.md). The sum of the squared distances is scanned over log L
 * and then refined by golden section about the best point of the scan. With equal counts every L
 * that keeps the classes has the same shape; the scale of the logits, which depends on L alone too,
 * then takes its place.
 */
#include "collapse/comparison.h"
#include "collapse/metrics.h"

#include <math.h>

/* log10 of the least decay that the scan thinks of: L begins at its power M + 1. Below, predictions
 * are those of vanishing decays. Everything is lost long before L = 100. */
#define LEAST_DECAY (-10.0)
#define LAST_POWER  2.0

/* Distances vary over a factor of ten or so of L where classes are near their thresholds. */
#define SCAN_STEP 0.5

/* Golden section stops at this width of log10 L. */
#define REFINED_WIDTH 1e-8
enum { MOST_REFINEMENTS = 100 };

/* Sums of squared distances that differ by less all over the scan come from one shape. */
#define SAME_SHAPE 1e-18

typedef struct fitting {
    libnc_context *context;
    const nc__layer *layer;
    libnc_geometry *trial; /* a copy of the problem */
    int32_t depth;
    int64_t classes;               /* K' */
    bool is_diagonal;              /* diagonals and squares off them stand for K x K matrices */
    bool by_scale;                 /* the trace of the logits decides */
    double *classifier, *features; /* measured: K x K, or diagonals */
    double classifier_squares, features_squares;
    double *target; /* K x K, or K */
    double trace;   /* of P Hbar */
    int64_t ties;   /* trials that were not unique */
} fitting;

static libnc_status solve_trial(const fitting *f, double power)
{
    /* one decay for all, so that none is out of range before its neighbours */
    const double decay = pow(10, power / (f->depth + 1));
    libnc_status status = libnc_geometry_set_weight_decay(f->trial, &decay, 1);
    if (status == LIBNC_OK)
        status = libnc_options_set_double(libnc_geometry_options(f->trial),
                                          LIBNC_GEOMETRY_FEATURE_DECAY, decay);
    return status == LIBNC_OK ? libnc_geometry_solve(f->trial) : status;
}

static libnc_status distance_by_shape(const fitting *f, double *value)
{
    const int64_t K = f->classes;
    double d_classifier, d_features;
    libnc_status status =
        f->is_diagonal ? libnc_geometry_lengths(f->trial, 1, f->target, NULL, (size_t)K)
                       : libnc_geometry_classifier_gram(f->trial, 1, f->target, (size_t)(K * K));
    if (status != LIBNC_OK)
        return status;
    d_classifier = f->is_diagonal
                       ? nc__diagonal_distance(f->classifier, f->classifier_squares, f->target, K)
                       : nc__metric_distance(f->classifier, f->target, K * K);
    status = f->is_diagonal ? libnc_geometry_lengths(f->trial, 1, NULL, f->target, (size_t)K)
                            : libnc_geometry_feature_gram(f->trial, 1, f->target, (size_t)(K * K));
    if (status != LIBNC_OK)
        return status;
    d_features = f->is_diagonal
                     ? nc__diagonal_distance(f->features, f->features_squares, f->target, K)
                     : nc__metric_distance(f->features, f->target, K * K);
    *value = d_classifier * d_classifier + d_features * d_features;
    return LIBNC_OK;
}

static libnc_status distance_by_scale(const fitting *f, double *value)
{
    double sum = 0;
    libnc_status status = libnc_geometry_class_logits(f->trial, f->target, (size_t)f->classes);
    for (int64_t k = 0; k < f->classes && status == LIBNC_OK; k++)
        sum += f->target[k];
    *value = sum > 0 ? fabs(f->trace - sum) / sum : NAN;
    return status;
}

/* The value at 10^power; infinite where nothing is left, or what is left is not unique. */
static libnc_status value_at(fitting *f, double power, double *value)
{
    nc__tie tie;
    *value = INFINITY;
    libnc_status status = solve_trial(f, power);
    if (status == LIBNC_ERROR_NUMERICAL)
        return LIBNC_OK; /* lengths beyond a double: not what was measured */
    if (status != LIBNC_OK)
        return status;
    nc__geometry_tie(f->trial, &tie);
    f->ties += tie.size > 0;
    if (tie.size > 0)
        return LIBNC_OK;
    status = f->by_scale ? distance_by_scale(f, value) : distance_by_shape(f, value);
    if (isnan(*value))
        *value = INFINITY;
    return status;
}

/* ---- search ---- */

static libnc_status scan(fitting *f, double *best_power, double *least, double *most)
{
    *best_power = NAN;
    *least = INFINITY;
    *most = 0;
    for (double power = LEAST_DECAY * (f->depth + 1); power <= LAST_POWER; power += SCAN_STEP) {
        double value;
        libnc_status status = value_at(f, power, &value);
        if (status != LIBNC_OK)
            return status;
        if (isinf(value))
            continue;
        *most = fmax(*most, value);
        if (value < *least) {
            *least = value;
            *best_power = power;
        }
    }
    return LIBNC_OK;
}

/* Golden section on [low, high] (Kiefer 1953). */
static libnc_status refine(fitting *f, double low, double high, double *power)
{
    const double ratio = (sqrt(5) - 1) / 2;
    double left = high - ratio * (high - low), right = low + ratio * (high - low);
    double left_value, right_value;
    libnc_status status = value_at(f, left, &left_value);
    if (status == LIBNC_OK)
        status = value_at(f, right, &right_value);
    for (int i = 0; status == LIBNC_OK && high - low > REFINED_WIDTH && i < MOST_REFINEMENTS; i++) {
        if (left_value <= right_value) {
            high = right;
            right = left;
            right_value = left_value;
            left = high - ratio * (high - low);
            status = value_at(f, left, &left_value);
        } else {
            low = left;
            left = right;
            left_value = right_value;
            right = low + ratio * (high - low);
            status = value_at(f, right, &right_value);
        }
    }
    *power = (low + high) / 2;
    return status;
}

static libnc_status search(fitting *f, double *product, double *distance)
{
    double power, least, most;
    libnc_status status = scan(f, &power, &least, &most);
    if (status == LIBNC_OK && isfinite(least) && most - least <= SAME_SHAPE) {
        f->by_scale = true;
        status = scan(f, &power, &least, &most);
    }
    if (status != LIBNC_OK)
        return status;
    if (isinf(least) && f->ties > 0)
        return nc__fail(f->context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: its minimiser is not unique for any decays");
    *product = *distance = NAN;
    if (isinf(least))
        return LIBNC_OK;
    status = refine(f, power - SCAN_STEP, power + SCAN_STEP, &power);
    f->by_scale = false;
    if (status == LIBNC_OK)
        status = value_at(f, power, distance);
    *distance = sqrt(*distance);
    *product = pow(10, power);
    return status;
}

/* ---- what is measured ---- */

static libnc_status measure_shapes(fitting *f)
{
    libnc_status status;
    if (f->is_diagonal) {
        status =
            nc__diagonal_of(f->layer, LIBNC_GRAM_CLASSIFIER, f->classifier, &f->classifier_squares);
        if (status == LIBNC_OK)
            status =
                nc__diagonal_of(f->layer, LIBNC_GRAM_FEATURES, f->features, &f->features_squares);
        return status;
    }
    status = nc__layer_compact_matrix(f->layer, LIBNC_GRAM_CLASSIFIER, f->classifier);
    if (status == LIBNC_OK)
        status = nc__layer_compact_matrix(f->layer, LIBNC_GRAM_FEATURES, f->features);
    return status;
}

static libnc_status measure_trace(fitting *f)
{
    double *logits = nc__alloc(f->context, (size_t)f->layer->classes, sizeof *logits);
    if (!logits)
        return LIBNC_ERROR_MEMORY;
    nc__layer_vector(f->layer, LIBNC_CLASS_LOGIT, logits);
    for (int64_t i = 0; i < f->classes; i++)
        f->trace += logits[f->layer->index[i]];
    nc__free(f->context, logits);
    return LIBNC_OK;
}

static libnc_status check_form(const fitting *f)
{
    enum { DECAYS = 0 }; /* of "form" */
    int64_t form = DECAYS;
    libnc_status status =
        libnc_options_get_int64(libnc_geometry_options(f->trial), LIBNC_GEOMETRY_FORM, &form);
    if (status == LIBNC_OK && form != DECAYS)
        return nc__fail(f->context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: is set to energies, which have no decays to fit");
    return status;
}

static libnc_status prepare(fitting *f)
{
    libnc_status status = check_form(f);
    if (status == LIBNC_OK)
        status = solve_trial(f, -10.0 * (f->depth + 1));
    if (status != LIBNC_OK)
        return status;
    f->is_diagonal = nc__geometry_is_diagonal(f->trial);
    if (!f->is_diagonal && f->classes > NC__DENSE_CLASSES)
        return nc__fail(f->context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: %lld classes, and a prediction that is not diagonal: at most %d",
                        (long long)f->classes, NC__DENSE_CLASSES);
    const size_t K = (size_t)f->classes, side = f->is_diagonal ? 1 : K;
    f->classifier = nc__alloc(f->context, K, side * sizeof *f->classifier);
    f->features = nc__alloc(f->context, K, side * sizeof *f->features);
    f->target = nc__alloc(f->context, K, side * sizeof *f->target);
    if (!f->classifier || !f->features || !f->target)
        return LIBNC_ERROR_MEMORY;
    status = measure_shapes(f);
    return status == LIBNC_OK ? measure_trace(f) : status;
}

libnc_status nc__fit_decay(const nc__measurement *measurement, const libnc_geometry *geometry,
                           double *product, double *distance)
{
    fitting f = {.context = measurement->context,
                 .layer = nc__measurement_layer(measurement, 1),
                 .depth = measurement->depth};
    double best = NAN, nearest = NAN;
    f.classes = f.layer->present;
    libnc_status status = nc__geometry_copy(&f.trial, geometry);
    if (status == LIBNC_OK)
        status = prepare(&f);
    if (status == LIBNC_OK)
        status = search(&f, &best, &nearest);
    if (status == LIBNC_OK) {
        *product = best;
        if (distance)
            *distance = nearest;
    }
    nc__free(f.context, f.target);
    nc__free(f.context, f.features);
    nc__free(f.context, f.classifier);
    libnc_geometry_destroy(f.trial);
    return status;
}
