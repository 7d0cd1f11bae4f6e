/* SPDX-License-Identifier: MIT
 *
 * layer_metrics.c: the metrics of one layer (doc/metrics.md, "Definitions").
 *
 * Sums over pairs of classes run over tiles. Distances from frames, ranks and NC1 come from the
 * reduced basis of measured_layer.h: a Gram matrix is Q A A^T Q^T there, I - J/K is Q (I - ones
 * ones^T) Q^T and the identity outside, so that their distance is that of m x m matrices, entry by
 * entry, and a constant. Nothing cancels, and no K x K matrix is formed. Means that are not
 * centred, or centred elsewhere, differ from C by 1 shift^T, which lies in the same basis.
 */
#include "metrics/layer_metrics.h"

#include "linalg/norm.h"
#include "linalg/rank.h"
#include "metrics/class_pairs.h"
#include "metrics/metric_formulas.h"
#include "metrics/metric_table.h"
#include "metrics/nc1.h"
#include "metrics/nc1_bias.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct evaluating {
    nc__arena arena;
    const nc__layer *layer;
    int32_t centre;
    double riesz;
    double *metrics;
    nc__findings *findings;
    double *shift;            /* d: what is added to c_k */
    const double *rows;       /* K' x d: the centred means */
    double *own_rows;         /* the same where they are not those of the layer */
    double *lengths;          /* K': of the rows, or of the classifier */
    double *reduced;          /* m x d: the rows in the reduced basis */
    double *other;            /* m x d: means not centred, or the classifier less its mean row */
    double *gram;             /* m x m */
    double *column;           /* m */
    double *mean_row;         /* d: of the classifier, times sqrt(K') */
    double *singular, *basis; /* of the rows */
    double *values;           /* min(m, d): singular values or diagonals */
    int64_t rank;
} evaluating;

static int64_t least_of(const nc__layer *l)
{
    return l->reduced.rows < l->width ? l->reduced.rows : l->width;
}

static void set(const evaluating *e, int32_t metric, double value)
{
    e->metrics[metric - 1] = value;
}

static double dot(const double *a, const double *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* ---- pairs ---- */

static int64_t count_short(const double *lengths, int64_t count, double noise)
{
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++)
        found += !(lengths[i] > noise);
    return found;
}

static libnc_status measure_pairs(const evaluating *e, const double *rows, double noise,
                                  bool with_cdnv, nc__pairs *pairs)
{
    const nc__layer *l = e->layer;
    const double usual = l->width > 3 ? (double)l->width - 2 : 1;
    const nc__pairs_of of = {.rows = rows,
                             .lengths = e->lengths,
                             .variability = with_cdnv ? l->variability : NULL,
                             .unbiased = l->unbiased,
                             .count = l->present,
                             .width = l->width,
                             .riesz = e->riesz > 0 ? e->riesz : usual,
                             .noise = noise,
                             .communicator = l->communicator};
    return nc__pairs_measure(pairs, l->context, &of);
}

/* What pairs of centred means give, and pairs of classifier rows. */
enum { OF_FEATURES = 0, OF_CLASSIFIER = 1 };

#define PAIR_METRIC(FEATURES, CLASSIFIER, MEMBER)                                                  \
    {                                                                                              \
        {LIBNC_METRIC_##FEATURES, LIBNC_METRIC_##CLASSIFIER}, offsetof(nc__pairs, MEMBER)          \
    }
static const struct {
    int32_t metric[2];
    size_t member;
} PAIR_METRICS[] = {
    PAIR_METRIC(NC2_EQUIANGULAR_FEATURES, NC2_EQUIANGULAR_CLASSIFIER, angle_mean),
    PAIR_METRIC(NC2_EQUIANGULAR_FEATURES_MAX, NC2_EQUIANGULAR_CLASSIFIER_MAX, angle_maximum),
    PAIR_METRIC(COSINE_FEATURES_MEAN, COSINE_CLASSIFIER_MEAN, cosine_mean),
    PAIR_METRIC(COSINE_FEATURES_STD, COSINE_CLASSIFIER_STD, cosine_std),
    PAIR_METRIC(COHERENCE_FEATURES, COHERENCE_CLASSIFIER, coherence),
    PAIR_METRIC(UNIFORMITY_FEATURES, UNIFORMITY_CLASSIFIER, log_mean),
    PAIR_METRIC(UNIFORMITY_FEATURES_VARIANCE, UNIFORMITY_CLASSIFIER_VARIANCE, log_variance),
    PAIR_METRIC(RIESZ_FEATURES, RIESZ_CLASSIFIER, riesz),
};
#undef PAIR_METRIC

static void set_pairs(const evaluating *e, const nc__pairs *pairs, int32_t side)
{
    for (size_t i = 0; i < sizeof PAIR_METRICS / sizeof *PAIR_METRICS; i++)
        set(e, PAIR_METRICS[i].metric[side],
            *(const double *)((const char *)pairs + PAIR_METRICS[i].member));
}

static libnc_status evaluate_feature_pairs(const evaluating *e)
{
    const nc__layer *l = e->layer;
    nc__pairs pairs;
    nc__layer_row_lengths(l, e->rows, e->lengths);
    libnc_status status = measure_pairs(e, e->rows, nc__layer_noise(l), true, &pairs);
    if (status != LIBNC_OK)
        return status;
    set_pairs(e, &pairs, OF_FEATURES);
    set(e, LIBNC_METRIC_NC2_EQUINORM_FEATURES, nc__metric_equinorm(e->lengths, l->present, 0));
    set(e, LIBNC_METRIC_NC2_EQUINORM_FEATURES_UNBIASED,
        nc__metric_equinorm(e->lengths, l->present, 1));
    set(e, LIBNC_METRIC_NC2_EQUINORM_FEATURES_SIGNED,
        nc__metric_equinorm_signed(e->lengths, l->present, nc__layer_noise(l)));
    set(e, LIBNC_METRIC_CDNV, pairs.cdnv);
    set(e, LIBNC_METRIC_CDNV_UNBIASED, pairs.cdnv_unbiased);
    if (e->findings) {
        e->findings->equal_means = pairs.equal;
        e->findings->zero_means = count_short(e->lengths, l->present, nc__layer_noise(l));
    }
    return LIBNC_OK;
}

static libnc_status evaluate_classifier_pairs(const evaluating *e)
{
    const nc__layer *l = e->layer;
    const double noise = nc__layer_classifier_noise(l);
    nc__pairs pairs;
    nc__layer_row_lengths(l, l->classifier, e->lengths);
    libnc_status status = measure_pairs(e, l->classifier, noise, false, &pairs);
    if (status != LIBNC_OK)
        return status;
    set_pairs(e, &pairs, OF_CLASSIFIER);
    set(e, LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER, nc__metric_equinorm(e->lengths, l->present, 0));
    set(e, LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER_UNBIASED,
        nc__metric_equinorm(e->lengths, l->present, 1));
    if (e->findings)
        e->findings->zero_rows = count_short(e->lengths, l->present, noise);
    return LIBNC_OK;
}

/* ---- frames ----
 *
 * Three products are formed, C C^T, P' C^T and P' P'^T, with P' = P - e p^T, p = P^T e, the
 * classifier less its mean row. The others follow from
 *   P C^T = P' C^T + e (C p)^T,   P P^T = P' P'^T + w e^T + e w^T,   w = P' p + |p|^2/2 e,
 * where nothing cancels, for e is orthogonal to P', and with H = C + sqrt(K') e h^T from
 *   H H^T = C C^T + a e^T + e a^T,   a = sqrt(K') C h + K' |h|^2/2 e,
 *   P H^T = P C^T + sqrt(K') P h e^T.
 * There C may be larger than H: but |c_k| <= |h_k| + |h|, and h is an average of the h_k, so that
 * ||C||^2 <= 4 K' ||H||^2, and that only where all samples but a few are of one class. */

/* gram = A B^T for A, B in the reduced basis (m x d). */
static void multiply(const evaluating *e, const double *a, const double *b)
{
    const int64_t m = e->layer->reduced.rows;
    nc__tensor left = nc__tensor_f64(a, m, e->layer->width);
    nc__tensor right = nc__tensor_f64(b, m, e->layer->width);
    nc__tensor gram = nc__tensor_f64(e->gram, m, m);
    if (a != b) {
        nc__gemm(e->layer->context, false, true, 1, &left, &right, 0, &gram);
        return;
    }
    nc__symmetric_product(e->layer->context, &left, &right, &gram);
    nc__mirror(e->gram, m);
}

/* gram += left right^T */
static void add_outer(const evaluating *e, const double *left, const double *right)
{
    const int64_t m = e->layer->reduced.rows;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < m; j++)
            e->gram[i * m + j] += left[i] * right[j];
}

/* gram += a e^T + e a^T, a = factor A v + factor^2 |v|^2/2 e: A grows by factor e v^T, where e is
 * orthogonal to A or not. */
static void shift_square(const evaluating *e, const double *a, const double *v, double factor)
{
    const nc__reduced *r = &e->layer->reduced;
    const int64_t d = e->layer->width;
    const double half = factor * factor * dot(v, v, d) / 2;
    for (int64_t i = 0; i < r->rows; i++)
        e->column[i] = factor * dot(a + i * d, v, d) + half * r->ones[i];
    add_outer(e, e->column, r->ones);
    add_outer(e, r->ones, e->column);
}

/* column = factor A v */
static void project(const evaluating *e, const double *a, const double *v, double factor)
{
    const int64_t d = e->layer->width;
    for (int64_t i = 0; i < e->layer->reduced.rows; i++)
        e->column[i] = factor * dot(a + i * d, v, d);
}

static void set_distance(const evaluating *e, int32_t metric, double share)
{
    const nc__reduced *r = &e->layer->reduced;
    set(e, metric, nc__metric_frame_distance(e->gram, r->rows, r->ones, e->layer->present, share));
}

/* other = P~ less the mean row of P, P' = Q (I - ones ones^T) P~; mean_row = p. */
static void centre_classifier(const evaluating *e)
{
    const nc__reduced *r = &e->layer->reduced;
    const int64_t d = e->layer->width;
    memset(e->mean_row, 0, (size_t)d * sizeof *e->mean_row);
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t c = 0; c < d; c++)
            e->mean_row[c] += r->ones[i] * r->classifier[i * d + c];
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t c = 0; c < d; c++)
            e->other[i * d + c] = r->classifier[i * d + c] - r->ones[i] * e->mean_row[c];
}

/* other = the means, not centred. */
static void uncentre_means(const evaluating *e)
{
    nc__layer_shift_reduced(e->layer, e->layer->mean, e->other);
}

static void evaluate_feature_frames(const evaluating *e, bool with_fixed)
{
    const nc__layer *l = e->layer;
    multiply(e, e->reduced, e->reduced);
    set_distance(e, LIBNC_METRIC_NC2_ETF_FEATURES, 1);
    if (!with_fixed)
        return;
    shift_square(e, e->reduced, l->mean, sqrt((double)l->present));
    set_distance(e, LIBNC_METRIC_NC2_OF_FEATURES, 0);
}

static void evaluate_product_frames(const evaluating *e, bool with_fixed)
{
    const nc__layer *l = e->layer;
    const nc__reduced *r = &l->reduced;
    multiply(e, e->other, e->reduced);
    set_distance(e, LIBNC_METRIC_NC3_ETF_CENTRED, 1);
    project(e, e->reduced, e->mean_row, 1);
    add_outer(e, r->ones, e->column);
    set_distance(e, LIBNC_METRIC_NC3_ETF, 1);
    if (!with_fixed)
        return;
    project(e, r->classifier, l->mean, sqrt((double)l->present));
    add_outer(e, e->column, r->ones);
    set_distance(e, LIBNC_METRIC_NC3_OF, 0);
}

static void evaluate_classifier_frames(const evaluating *e)
{
    multiply(e, e->other, e->other);
    set_distance(e, LIBNC_METRIC_NC2_ETF_CLASSIFIER_CENTRED, 1);
    shift_square(e, e->other, e->mean_row, 1);
    set_distance(e, LIBNC_METRIC_NC2_ETF_CLASSIFIER, 1);
    set_distance(e, LIBNC_METRIC_NC2_OF_CLASSIFIER, 0);
}

/* `with_fixed`: about h_G, those that do not depend on the centre as well. */
static void evaluate_frames(const evaluating *e, bool with_fixed)
{
    evaluate_feature_frames(e, with_fixed);
    if (!e->layer->classifier)
        return;
    centre_classifier(e);
    evaluate_product_frames(e, with_fixed);
    if (with_fixed)
        evaluate_classifier_frames(e);
}

/* ---- ranks ---- */

static libnc_status evaluate_ranks_of(const evaluating *e, const double *a, double noise,
                                      int32_t rank_metric, int32_t stable_metric)
{
    const nc__layer *l = e->layer;
    libnc_status status = nc__singular_values(l->context, a, l->reduced.rows, l->width, e->values);
    if (status != LIBNC_OK)
        return status;
    set(e, rank_metric,
        (double)nc__rank_within(e->values, l->present, l->width, l->present, noise));
    set(e, stable_metric, nc__stable_rank(e->values, least_of(l)));
    return LIBNC_OK;
}

static libnc_status evaluate_ranks(const evaluating *e)
{
    const nc__layer *l = e->layer;
    set(e, LIBNC_METRIC_RANK_LAYER, l->layer_rank);
    set(e, LIBNC_METRIC_STABLE_RANK_LAYER, l->layer_stable_rank);
    uncentre_means(e);
    libnc_status status = evaluate_ranks_of(
        e, e->other, nc__layer_noise(l), LIBNC_METRIC_RANK_MEANS, LIBNC_METRIC_STABLE_RANK_MEANS);
    if (status == LIBNC_OK && l->classifier)
        status =
            evaluate_ranks_of(e, l->reduced.classifier, nc__layer_classifier_noise(l),
                              LIBNC_METRIC_RANK_CLASSIFIER, LIBNC_METRIC_STABLE_RANK_CLASSIFIER);
    return status;
}

/* ---- scatter ---- */

static libnc_status evaluate_nc1(const evaluating *e)
{
    const nc__centred of = {.layer = e->layer,
                            .rows = e->rows,
                            .singular = e->singular,
                            .basis = e->basis,
                            .rank = e->rank,
                            .values = e->values};
    nc__nc1 nc1;
    libnc_status status = nc__nc1_measure(&nc1, &of);
    if (status != LIBNC_OK)
        return status;
    set(e, LIBNC_METRIC_NC1, nc1.unweighted);
    set(e, LIBNC_METRIC_NC1_UNDIVIDED, nc1.unweighted * (double)e->layer->present);
    set(e, LIBNC_METRIC_NC1_WEIGHTED, nc1.weighted);
    if (e->centre != NC__CENTRE_SAMPLES)
        return LIBNC_OK;
    set(e, LIBNC_METRIC_NC1_BALANCED, nc1.balanced);
    return nc__nc1_correct(&e->metrics[LIBNC_METRIC_NC1_CORRECTED - 1], e->layer);
}

static void evaluate_traces(const evaluating *e)
{
    const nc__layer *l = e->layer;
    const double N = (double)l->samples, K = (double)l->present;
    double within = 0, between = 0, weighted = 0, balanced = 0;
    nc__layer_row_lengths(l, e->rows, e->lengths);
    for (int64_t i = 0; i < l->present; i++) {
        within += l->variability[i] * l->counts[i] / N;
        balanced += l->variability[i] / K;
        between += e->lengths[i] * e->lengths[i] / K;
        weighted += l->counts[i] / N * e->lengths[i] * e->lengths[i];
    }
    set(e, LIBNC_METRIC_TR_SIGMA_W, within);
    set(e, LIBNC_METRIC_TR_SIGMA_B, between);
    set(e, LIBNC_METRIC_TR_SIGMA_B_WEIGHTED, weighted);
    set(e, LIBNC_METRIC_NC1_QUOTIENT, between > 0 ? within / between : NAN);
    set(e, LIBNC_METRIC_NC1_QUOTIENT_BALANCED, between > 0 ? balanced / between : NAN);
    if (e->centre == NC__CENTRE_SAMPLES) /* Sigma_T has no other centre */
        set(e, LIBNC_METRIC_NC1_NORMALISED,
            weighted + within > 0 ? within / (within + weighted) : NAN);
    set(e, LIBNC_METRIC_RANK_FEATURES, (double)e->rank);
    set(e, LIBNC_METRIC_STABLE_RANK_FEATURES,
        e->rank > 0 ? nc__stable_rank(e->singular, least_of(l)) : NAN);
    set(e, LIBNC_METRIC_CONDITION_FEATURES,
        e->rank > 0 ? e->singular[0] / e->singular[e->rank - 1] : NAN);
}

/* ---- duality and decisions ---- */

/* 1 - cos(a, b) = ||a/||a|| - b/||b||||^2/2, which does not cancel where the two are near. */
static double cosine_gap(const double *a, const double *b, int64_t count, double length_a,
                         double length_b)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = a[i] / length_a - b[i] / length_b;
        sum += difference * difference;
    }
    return sum / 2;
}

/* Mean and std of 1 - cos(p_k, c_k). */
static void evaluate_duality_cosines(const evaluating *e)
{
    const nc__layer *l = e->layer;
    const int64_t d = l->width;
    const double K = (double)l->present, noise = nc__layer_noise(l),
                 classifier_noise = nc__layer_classifier_noise(l);
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < l->present; i++) {
        const double *p = l->classifier + i * d, *c = e->rows + i * d;
        const double row = sqrt(dot(p, p, d)), centred = sqrt(dot(c, c, d));
        e->lengths[i] =
            row > classifier_noise && centred > noise ? cosine_gap(p, c, d, row, centred) : NAN;
        mean += e->lengths[i] / K;
    }
    for (int64_t i = 0; i < l->present; i++)
        squares += (e->lengths[i] - mean) * (e->lengths[i] - mean);
    set(e, LIBNC_METRIC_NC3_DUALITY_COSINE, mean);
    set(e, LIBNC_METRIC_NC3_DUALITY_COSINE_STD, sqrt(squares / K));
}

/* ||P h + b|| about the centre in use. */
static void evaluate_bias(const evaluating *e)
{
    const nc__layer *l = e->layer;
    for (int64_t i = 0; i < l->present; i++) {
        double sum = l->bias ? l->bias[i] : 0;
        for (int64_t c = 0; c < l->width; c++)
            sum += l->classifier[i * l->width + c] * (l->mean[c] - e->shift[c]);
        e->lengths[i] = sum;
    }
    set(e, LIBNC_METRIC_NC4_BIAS, nc__frobenius(e->lengths, l->present));
}

static void evaluate_duality(const evaluating *e)
{
    const nc__layer *l = e->layer;
    const double duality = nc__metric_duality(l->classifier, e->rows, l->present, l->width);
    set(e, LIBNC_METRIC_NC3_DUALITY, duality);
    set(e, LIBNC_METRIC_NC3_DUALITY_SQUARED, duality * duality);
    evaluate_duality_cosines(e);
    evaluate_bias(e);
}

static void evaluate_decisions(const evaluating *e)
{
    const nc__layer *l = e->layer;
    double square = 0;
    set(e, LIBNC_METRIC_ACCURACY, l->totals[NC__SHARE_ACCURACY]);
    set(e, LIBNC_METRIC_NEAREST_ACCURACY, l->totals[NC__SHARE_NEAREST]);
    set(e, LIBNC_METRIC_NC4, l->totals[NC__SHARE_AGREEMENT]);
    set(e, LIBNC_METRIC_NC4_MISMATCH, 1 - l->totals[NC__SHARE_AGREEMENT]);
    for (int64_t c = 0; c < l->width; c++)
        square += (l->mean[c] - e->shift[c]) * (l->mean[c] - e->shift[c]);
    set(e, LIBNC_METRIC_GLOBAL_MEAN_NORM, sqrt(square));
}

/* ---- drivers ---- */

/* The rows about the centre, and their singular values. */
static libnc_status centre_rows(evaluating *e)
{
    const nc__layer *l = e->layer;
    const int64_t m = l->reduced.rows, d = l->width;
    if (e->centre == NC__CENTRE_SAMPLES) {
        e->rows = l->centred;
        e->rank = l->rank;
        memcpy(e->singular, l->singular, (size_t)least_of(l) * sizeof *e->singular);
        memcpy(e->reduced, l->reduced.centred, (size_t)(m * d) * sizeof *e->reduced);
        return LIBNC_OK;
    }
    for (int64_t i = 0; i < l->present; i++)
        for (int64_t c = 0; c < d; c++)
            e->shift[c] -= l->centred[i * d + c] / (double)l->present;
    for (int64_t i = 0; i < l->present * d; i++)
        e->own_rows[i] = l->centred[i] + e->shift[i % d];
    e->rows = e->own_rows;
    nc__layer_shift_reduced(l, e->shift, e->reduced);
    libnc_status status =
        nc__singular_basis(l->context, e->reduced, m, d, l->present - 1, e->singular, e->basis);
    if (status == LIBNC_OK)
        e->rank = nc__rank_of_values(e->singular, l->present, d, nc__layer_noise(l));
    return status;
}

static libnc_status allocate(evaluating *e)
{
    const nc__layer *l = e->layer;
    size_t K = (size_t)l->present, d = (size_t)l->width, m = (size_t)l->reduced.rows;
    size_t least = (size_t)least_of(l);
    e->shift = nc__arena_alloc(&e->arena, d, sizeof(double));
    e->lengths = nc__arena_alloc(&e->arena, K, sizeof(double));
    e->reduced = nc__arena_alloc(&e->arena, m, d * sizeof(double));
    e->other = nc__arena_alloc(&e->arena, m, d * sizeof(double));
    e->gram = nc__arena_alloc(&e->arena, m, m * sizeof(double));
    e->column = nc__arena_alloc(&e->arena, m, sizeof(double));
    e->mean_row = nc__arena_alloc(&e->arena, d, sizeof(double));
    e->singular = nc__arena_alloc(&e->arena, least, sizeof(double));
    e->values = nc__arena_alloc(&e->arena, least, sizeof(double));
    if (e->centre == NC__CENTRE_SAMPLES) {
        e->basis = l->basis;
    } else {
        e->own_rows = nc__arena_alloc(&e->arena, K, d * sizeof(double));
        e->basis = nc__arena_alloc(&e->arena, least, d * sizeof(double));
    }
    return nc__arena_status(&e->arena);
}

/* What does not depend on the centre. */
static libnc_status evaluate_fixed(const evaluating *e)
{
    libnc_status status = evaluate_ranks(e);
    if (status != LIBNC_OK)
        return status;
    return e->layer->classifier ? evaluate_classifier_pairs(e) : LIBNC_OK;
}

/* `with_fixed`: see evaluate_frames(). */
static libnc_status evaluate_centred(const evaluating *e, bool with_fixed)
{
    libnc_status status = evaluate_feature_pairs(e);
    if (status == LIBNC_OK)
        status = evaluate_nc1(e);
    if (status != LIBNC_OK)
        return status;
    evaluate_traces(e);
    evaluate_frames(e, with_fixed);
    if (e->layer->classifier)
        evaluate_duality(e);
    evaluate_decisions(e);
    return LIBNC_OK;
}

libnc_status nc__layer_evaluate(const nc__layer *layer, int32_t centre, double riesz,
                                const double *samples, double *metrics, nc__findings *findings)
{
    evaluating e = {.arena = {.context = layer->context},
                    .layer = layer,
                    .centre = centre,
                    .riesz = riesz,
                    .metrics = metrics,
                    .findings = findings};
    for (int32_t i = 0; i < NC__METRICS; i++)
        metrics[i] = samples ? samples[i] : NAN;
    libnc_status status = allocate(&e);
    if (status == LIBNC_OK)
        status = centre_rows(&e);
    if (status == LIBNC_OK)
        status = evaluate_centred(&e, !samples);
    if (status == LIBNC_OK && !samples)
        status = evaluate_fixed(&e);
    nc__arena_release(&e.arena);
    return status;
}

libnc_status nc__layer_histogram(const nc__layer *l, bool of_classifier, int64_t *counts,
                                 int64_t bins)
{
    const double *rows = of_classifier ? l->classifier : l->centred;
    double *lengths = nc__alloc(l->context, (size_t)l->present, sizeof *lengths);
    if (!lengths)
        return LIBNC_ERROR_MEMORY;
    nc__layer_row_lengths(l, rows, lengths);
    const nc__pairs_of of = {.rows = rows,
                             .lengths = lengths,
                             .count = l->present,
                             .width = l->width,
                             .noise = of_classifier ? nc__layer_classifier_noise(l)
                                                    : nc__layer_noise(l)};
    libnc_status status = nc__pairs_histogram(counts, bins, l->context, &of);
    nc__free(l->context, lengths);
    return status;
}
