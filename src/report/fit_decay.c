/* SPDX-License-Identifier: MIT
 *
 * fit_decay.c: the decay product whose prediction is nearest to what was measured.
 *
 * The normalised Gram matrices of a prediction depend on the decays through their product L =
 * lh lw_1 ... lw_M alone (doc/theory.md). Measured logits that are those of a minimiser tell L
 * themselves (stationary.c): where that prediction has no distance the fit is done. Otherwise the
 * sum of the squared distances is scanned over log L, from large to small, and refined about the
 * best point by Brent's method. With equal counts every L that keeps the classes has the same
 * shape; the scale of the logits, which depends on L alone too, then takes its place.
 *
 * Cross-entropy with many different counts is expensive: there the scan and the refinement see
 * counts within some percent of each other as equal, and the best L is then solved as it is.
 */
#include "report/fit_decay.h"

#include "geometry/geometry_internal.h"
#include "geometry/predicted_matrices.h"
#include "geometry/predicted_ties.h"
#include "metrics/metric_formulas.h"
#include "report/comparison.h"
#include "report/diagonal.h"
#include "report/measurement.h"
#include "report/stationary.h"

#include <math.h>

/* log10 of the least decay that the scan thinks of: L begins at its power M + 1. Below, predictions
 * are those of vanishing decays. Everything is lost long before L = 100. */
#define LEAST_DECAY (-10.0)
#define LAST_POWER  2.0

/* Distances vary over a factor of ten or so of the (M + 1)/2-th root of L where classes are near
 * their thresholds. */
#define SCAN_STEP 0.25
enum { MOST_POINTS = 64 };

/* The refinement stops at this width of log10 L. */
#define REFINED_WIDTH 1e-8
enum { MOST_REFINEMENTS = 60 };

/* Sums of squared distances that differ by less all over the scan come from one shape. */
#define SAME_SHAPE 1e-18

/* Sums of squared distances below this are rounding, and of the guess's share of the scale. */
#define EXACT       1e-17
#define EXACT_SCALE 1e-7

/* Changes of log10 L, and of a sum of squared distances relative to it, that show the end of the
 * range and a shape that does not depend on L. */
#define PROBE     1e-3
#define UNCHANGED 1e-12

/* A sum of squared distances at the least L that is larger than the best by less than this share
 * says that the less decay the better. */
#define LITTLE 1e-6

/* More different counts than this, with cross-entropy, are first taken together within this ratio;
 * a guess this near is then worth a solution of the whole problem. */
enum { MOST_GROUPS = 128 };
#define COARSE_RATIO 1.1
#define NEAR         0.2

/* In place of REFINED_WIDTH: merged counts move the best product by more. */
#define COARSE_WIDTH 1e-4

/* The rank of a coarse prediction is known to about this share. */
#define RANK_SHARE 1.1

typedef struct fitting {
    nc__arena arena;
    const nc__measurement *measurement;
    const nc__layer *layer;
    libnc_geometry *trial; /* a copy of the problem */
    double refined_width;
    int64_t width; /* of a coarse copy, which has none itself; 0: no limit */
    int32_t depth;
    int64_t classes;               /* K' */
    bool is_diagonal;              /* diagonals and squares off them stand for K x K matrices */
    bool by_scale;                 /* the trace of the logits decides */
    double *classifier, *features; /* measured: K x K, or diagonals */
    double classifier_squares, features_squares;
    double *target; /* K x K, or K */
    double trace;   /* of P Hbar */
    int64_t points; /* of the scan, from large L to small */
    double powers[MOST_POINTS], distances[MOST_POINTS];
} fitting;

static libnc_status solve_trial(const fitting *f, double power)
{
    /* one decay for all, so that none is out of range before its neighbours */
    const double decay = pow(10, power / (f->depth + 1));
    libnc_status status = libnc_geometry_set_weight_decay(f->trial, &decay, 1);
    if (status == LIBNC_OK)
        status = libnc_options_set_double(libnc_geometry_options(f->trial),
                                          LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay);
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
    *value = sum > 0 ? pow((f->trace - sum) / sum, 2) : NAN;
    return status;
}

/* Each to the nearest of the tied minimisers. */
static libnc_status distance_to_tied(const fitting *f, double *value)
{
    double classifier, features;
    if (f->classes > NC__DENSE_CLASSES)
        return LIBNC_OK;
    const libnc_status status =
        nc__compare_shapes(f->measurement, f->trial, &classifier, &features);
    if (status == LIBNC_OK)
        *value = classifier * classifier + features * features;
    return status;
}

/* Whether a coarse solution has clearly more directions than the width has room for. */
static libnc_status exceeds_width(const fitting *f, bool *exceeds)
{
    *exceeds = false;
    if (f->width == 0 || f->width >= f->classes)
        return LIBNC_OK;
    const libnc_status status =
        libnc_geometry_singular_values(f->trial, f->target, (size_t)f->classes);
    int64_t rank = 0;
    while (status == LIBNC_OK && rank < f->classes && f->target[rank] > 0)
        rank++;
    *exceeds = (double)rank > RANK_SHARE * (double)f->width;
    return status;
}

/* The value at 10^power; infinite where nothing is left or nothing is known: where a length is
 * beyond a double, or the width is below the rank. */
static libnc_status value_at(fitting *f, double power, double *value)
{
    nc__tie tie;
    bool exceeds;
    *value = INFINITY;
    libnc_status status = solve_trial(f, power);
    if (status == LIBNC_ERROR_NUMERICAL || status == LIBNC_ERROR_UNSUPPORTED)
        return LIBNC_OK;
    if (status == LIBNC_OK)
        status = exceeds_width(f, &exceeds);
    if (status != LIBNC_OK || exceeds)
        return status;
    nc__geometry_tie(f->trial, &tie);
    if (f->by_scale)
        status = distance_by_scale(f, value);
    else
        status = tie.size > 0 ? distance_to_tied(f, value) : distance_by_shape(f, value);
    if (isnan(*value))
        *value = INFINITY;
    nc__log(f->arena.context, LIBNC_LOG_INFO, "fit: decay product %.6g, distance %.6g",
            pow(10, power), sqrt(*value));
    return status;
}

/* ---- search ---- */

/* From large L, where little is left, to small, so that solutions can start from each other; ends
 * where the width is below the rank, which grows. Returns the best point, -1 for none. */
static libnc_status scan(fitting *f, int64_t *best)
{
    const double step = SCAN_STEP * (f->depth + 1), least = LEAST_DECAY * (f->depth + 1);
    *best = -1;
    f->points = 0;
    for (double power = LAST_POWER; power > least - step / 2 && f->points < MOST_POINTS;
         power -= step) {
        const int64_t i = f->points++;
        f->powers[i] = power;
        const libnc_status status = value_at(f, power, &f->distances[i]);
        if (status != LIBNC_OK)
            return status;
        if (isfinite(f->distances[i]) && (*best < 0 || f->distances[i] < f->distances[*best]))
            *best = i;
        if (*best >= 0 && isinf(f->distances[i]) && isinf(f->distances[i - 1]))
            break;
    }
    return LIBNC_OK;
}

static bool has_one_shape(const fitting *f, int64_t best)
{
    double most = 0;
    for (int64_t i = 0; i < f->points && best >= 0; i++)
        if (isfinite(f->distances[i]))
            most = fmax(most, f->distances[i]);
    return best >= 0 && most - f->distances[best] <= SAME_SHAPE;
}

/* A point and its value. */
typedef struct sample {
    double at, value;
} sample;

/* The step to the minimum of the parabola through three samples; NaN where there is none. */
static double parabola_step(sample x, sample w, sample v)
{
    const double r = (x.at - w.at) * (x.value - v.value), q = (x.at - v.at) * (x.value - w.value);
    const double below = 2 * (q - r);
    const double step = -((x.at - v.at) * q - (x.at - w.at) * r) / below;
    return isfinite(step) ? step : (double)NAN;
}

/* Brent's minimisation on [low, high] from an inner point (Algorithms for Minimization Without
 * Derivatives, 1973, chapter 5): parabolas, and golden sections where they do not converge. */
static libnc_status refine(fitting *f, double low, double high, sample x, sample *least)
{
    const double golden = (3 - sqrt(5)) / 2;
    sample w = x, v = x;
    double last = 0, before = 0;
    libnc_status status = LIBNC_OK;
    for (int i = 0; i < MOST_REFINEMENTS && status == LIBNC_OK; i++) {
        const double middle = (low + high) / 2, tolerance = f->refined_width / 3;
        if (fabs(x.at - middle) <= 2 * tolerance - (high - low) / 2)
            break;
        double step = parabola_step(x, w, v);
        const bool inside = x.at + step > low && x.at + step < high;
        if (!inside || !(fabs(step) < fabs(before) / 2)) {
            before = x.at < middle ? high - x.at : low - x.at;
            step = golden * before;
        } else {
            before = last;
        }
        last = step;
        if (fabs(step) < tolerance)
            step = step > 0 || (step == 0 && x.at < middle) ? tolerance : -tolerance;
        sample u = {.at = x.at + step};
        status = value_at(f, u.at, &u.value);
        if (u.value <= x.value) {
            *(u.at < x.at ? &high : &low) = x.at;
            v = w, w = x, x = u;
        } else {
            *(u.at < x.at ? &low : &high) = u.at;
            if (u.value <= w.value || w.at == x.at)
                v = w, w = u;
            else if (u.value <= v.value || v.at == x.at || v.at == w.at)
                v = u;
        }
    }
    *least = x;
    return status;
}

/* Whether the best is only the end of the range, or of where predictions are known, or one of many
 * as good. */
static libnc_status is_at_edge(fitting *f, sample best, bool *edge)
{
    const double last = f->distances[f->points - 1];
    double left, right;
    *edge = false;
    if (best.value <= EXACT)
        return LIBNC_OK;
    if (last <= best.value * (1 + LITTLE)) {
        *edge = true;
        return LIBNC_OK;
    }
    libnc_status status = value_at(f, best.at - PROBE, &left);
    if (status == LIBNC_OK)
        status = value_at(f, best.at + PROBE, &right);
    const double same = best.value * (1 + UNCHANGED);
    *edge = isinf(left) || isinf(right) || (left <= same && right <= same);
    return status;
}

/* The best of all L: `best->at` is NaN where no L fits, `value` infinite where none is known. */
static libnc_status search(fitting *f, sample *best)
{
    int64_t index;
    bool edge = false;
    *best = (sample){NAN, INFINITY};
    libnc_status status = scan(f, &index);
    if (status == LIBNC_OK && has_one_shape(f, index)) {
        f->by_scale = true;
        status = scan(f, &index);
    }
    if (status == LIBNC_OK && index >= 0) {
        const double step = SCAN_STEP * (f->depth + 1);
        const sample start = {f->powers[index], f->distances[index]};
        const double low = fmax(start.at - step, LEAST_DECAY * (f->depth + 1));
        status = refine(f, low, start.at + step, start, best);
        if (status == LIBNC_OK)
            status = is_at_edge(f, *best, &edge);
    }
    f->by_scale = false;
    if (status == LIBNC_OK && index >= 0)
        status = value_at(f, best->at, &best->value);
    if (edge)
        best->at = NAN;
    return status;
}

/* The L that the logits tell: whether its prediction is what was measured, scale included. */
static libnc_status try_guess(fitting *f, double guess, sample *best, bool *fits)
{
    double scale;
    *fits = false;
    *best = (sample){log10(guess), INFINITY};
    if (!(best->at > LEAST_DECAY * (f->depth + 1) && best->at < LAST_POWER))
        return LIBNC_OK;
    libnc_status status = value_at(f, best->at, &best->value);
    if (status != LIBNC_OK || !(best->value <= EXACT))
        return status;
    status = distance_by_scale(f, &scale);
    *fits = scale <= EXACT_SCALE * EXACT_SCALE;
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
    double *logits = nc__alloc(f->arena.context, (size_t)f->layer->classes, sizeof *logits);
    if (!logits)
        return LIBNC_ERROR_MEMORY;
    nc__layer_vector(f->layer, LIBNC_CLASS_LOGIT, logits);
    for (int64_t i = 0; i < f->classes; i++)
        f->trace += logits[f->layer->index[i]];
    nc__free(f->arena.context, logits);
    return LIBNC_OK;
}

static libnc_status check_form(const fitting *f)
{
    enum { DECAYS = 0 }; /* of "form" */
    int64_t form = DECAYS;
    libnc_status status = libnc_options_get_int64(libnc_geometry_options(f->trial),
                                                  LIBNC_GEOMETRY_OPTION_FORM, &form);
    if (status == LIBNC_OK && form != DECAYS)
        return nc__fail(f->arena.context, LIBNC_ERROR_UNSUPPORTED,
                        "geometry: is set to energies, which have no decays to fit");
    return status;
}

static libnc_status check_classes(const fitting *f)
{
    if (f->is_diagonal || f->classes <= NC__DENSE_CLASSES)
        return LIBNC_OK;
    return nc__fail(f->arena.context, LIBNC_ERROR_UNSUPPORTED,
                    "geometry: %lld classes, and a prediction that is not diagonal: at most %d",
                    (long long)f->classes, NC__DENSE_CLASSES);
}

/* Whether predictions are diagonal: with the least decays all that can be is kept. */
static libnc_status prepare(fitting *f)
{
    libnc_status status = check_form(f);
    if (status == LIBNC_OK && !nc__geometry_is_shallow(f->trial)) {
        status = solve_trial(f, LEAST_DECAY * (f->depth + 1));
        f->is_diagonal = status == LIBNC_OK && nc__geometry_is_diagonal(f->trial);
    }
    if (status == LIBNC_OK)
        status = check_classes(f);
    if (status != LIBNC_OK)
        return status;
    const size_t K = (size_t)f->classes, side = f->is_diagonal ? 1 : K;
    f->classifier = nc__arena_alloc(&f->arena, K, side * sizeof *f->classifier);
    f->features = nc__arena_alloc(&f->arena, K, side * sizeof *f->features);
    f->target = nc__arena_alloc(&f->arena, K, side * sizeof *f->target);
    status = nc__arena_status(&f->arena);
    if (status == LIBNC_OK)
        status = measure_shapes(f);
    return status == LIBNC_OK ? measure_trace(f) : status;
}

/* ---- many different counts ---- */

/* The problem with fewer counts, in f->trial; the whole one in *whole, NULL where they are one. */
static libnc_status coarsen(fitting *f, libnc_geometry **whole)
{
    libnc_geometry *coarse = NULL;
    *whole = NULL;
    if (!nc__geometry_is_shallow(f->trial) || nc__geometry_groups(f->trial) <= MOST_GROUPS)
        return LIBNC_OK;
    libnc_options *options = libnc_geometry_options(f->trial);
    libnc_status status = nc__geometry_coarsen(&coarse, f->trial, COARSE_RATIO);
    if (status == LIBNC_OK)
        status = libnc_options_get_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, &f->width);
    if (status == LIBNC_OK)
        status =
            libnc_options_set_int64(libnc_geometry_options(coarse), LIBNC_GEOMETRY_OPTION_WIDTH, 0);
    if (status != LIBNC_OK) {
        libnc_geometry_destroy(coarse);
        return status;
    }
    nc__geometry_warm(coarse);
    *whole = f->trial;
    f->trial = coarse;
    f->refined_width = COARSE_WIDTH;
    return LIBNC_OK;
}

static void restore(fitting *f, libnc_geometry *whole)
{
    if (!whole)
        return;
    libnc_geometry_destroy(f->trial);
    f->trial = whole;
    f->width = 0;
}

/* Whether a guess is worth a solution of the whole problem. */
static libnc_status is_near(fitting *f, double guess, const libnc_geometry *whole, bool *near)
{
    double value = 0;
    *near = guess > 0;
    if (!whole || !*near)
        return LIBNC_OK;
    const libnc_status status = value_at(f, log10(guess), &value);
    *near = value <= NEAR * NEAR;
    return status;
}

/* The whole problem at the best of the coarse one; the width may be too small for the whole one
 * there. */
static libnc_status take_whole(fitting *f, sample *best)
{
    sample start = {.at = best->at};
    libnc_status status = value_at(f, start.at, &start.value);
    if (status != LIBNC_OK)
        return status;
    if (isinf(start.value))
        best->at = NAN;
    else
        best->value = start.value;
    return LIBNC_OK;
}

static libnc_status fit(fitting *f, sample *best)
{
    double guess;
    bool near, fits = false;
    libnc_geometry *whole;
    libnc_status status = nc__stationary_product(f->layer, f->trial, &guess);
    if (status == LIBNC_OK)
        status = coarsen(f, &whole);
    if (status != LIBNC_OK)
        return status;
    libnc_geometry *const few = f->trial;
    status = is_near(f, guess, whole, &near);
    if (status == LIBNC_OK && near) {
        f->trial = whole ? whole : few;
        status = try_guess(f, guess, best, &fits);
    }
    f->trial = few;
    if (status == LIBNC_OK && !fits)
        status = search(f, best);
    restore(f, whole);
    if (status == LIBNC_OK && !fits && whole && !isnan(best->at))
        status = take_whole(f, best);
    return status;
}

/* Without any prediction: as solving says, or that nothing is left. */
static libnc_status explain(fitting *f)
{
    return solve_trial(f, LAST_POWER);
}

libnc_status nc__fit_decay(const nc__measurement *measurement, libnc_geometry *geometry,
                           double *product, double *distance)
{
    fitting f = {.arena = {.context = measurement->context},
                 .measurement = measurement,
                 .layer = nc__measurement_layer(measurement, 1),
                 .refined_width = REFINED_WIDTH,
                 .depth = libnc_geometry_depth(geometry)};
    sample best = {NAN, INFINITY};
    f.classes = f.layer->present;
    libnc_status status = nc__geometry_copy(&f.trial, geometry);
    if (status == LIBNC_OK) {
        nc__geometry_warm(f.trial);
        status = prepare(&f);
    }
    if (status == LIBNC_OK)
        status = fit(&f, &best);
    if (status == LIBNC_OK && isinf(best.value))
        status = explain(&f);
    if (status == LIBNC_OK) {
        if (!isnan(best.at) && isfinite(best.value))
            nc__geometry_adopt(geometry, f.trial);
        *product = isfinite(best.value) ? pow(10, best.at) : (double)NAN;
        if (distance)
            *distance = isfinite(best.value) ? sqrt(best.value) : (double)NAN;
    }
    nc__arena_release(&f.arena);
    libnc_geometry_destroy(f.trial);
    return status;
}
