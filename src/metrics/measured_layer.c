/* SPDX-License-Identifier: MIT
 *
 * measured_layer.c: what is kept of one measured layer.
 */
#include "metrics/measured_layer.h"

#include "linalg/norm.h"
#include "linalg/rank.h"
#include "metrics/row_triangle.h"

#include <libnc/metric.h>

#include <assert.h>
#include <math.h>
#include <string.h>

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static libnc_status allocate(nc__layer *l, bool with_classifier, bool with_bias)
{
    size_t K = (size_t)l->present, d = (size_t)l->width;
    nc__arena *arena = l->arena;
    l->index = nc__arena_alloc(arena, K, sizeof *l->index);
    l->counts = nc__arena_alloc(arena, K, sizeof *l->counts);
    l->variability = nc__arena_alloc(arena, K, sizeof *l->variability);
    l->unbiased = nc__arena_alloc(arena, K, sizeof *l->unbiased);
    l->lengths = nc__arena_alloc(arena, K, sizeof *l->lengths);
    l->mean = nc__arena_alloc(arena, d, sizeof *l->mean);
    l->centred = nc__arena_alloc(arena, (size_t)l->classes, d * sizeof *l->centred);
    l->shares = nc__arena_alloc(arena, (size_t)l->classes, NC__SHARES * sizeof *l->shares);
    if (with_classifier)
        l->classifier = nc__arena_alloc(arena, K, d * sizeof *l->classifier);
    if (with_bias)
        l->bias = nc__arena_alloc(arena, K, sizeof *l->bias);
    return nc__arena_status(arena);
}

/* ---- class means ---- */

/* Keeps the rows of classes that occur, in place for `centred`. */
static void keep_rows(nc__layer *l, const nc__statistics *s)
{
    int64_t row = 0, d = l->width;
    nc__statistics_centred_means(s, l->centred);
    for (int64_t k = 0; k < l->classes; k++) {
        if (s->counts[k] == 0)
            continue;
        memmove(l->centred + row * d, l->centred + k * d, (size_t)d * sizeof *l->centred);
        l->index[row] = k;
        l->counts[row] = (double)s->counts[k];
        l->variability[row] = s->squares[k] / (double)s->counts[k];
        l->unbiased[row] = s->counts[k] > 1 ? s->squares[k] / (double)(s->counts[k] - 1) : NAN;
        row++;
    }
}

/* h_G = h_k - c_k for any class; the one with the shortest mean loses least. */
static void find_mean(nc__layer *l, const nc__statistics *s)
{
    int64_t d = l->width, best = 0;
    double least = INFINITY;
    for (int64_t i = 0; i < l->present; i++) {
        double square = 0;
        for (int64_t c = l->index[i] * d; c < (l->index[i] + 1) * d; c++)
            square += pow(s->references[c] + s->offsets[c], 2);
        l->lengths[i] = sqrt(square);
        if (square < least) {
            least = square;
            best = i;
        }
    }
    const int64_t from = l->index[best] * d;
    for (int64_t c = 0; c < d; c++)
        l->mean[c] = (s->references[from + c] - l->centred[best * d + c]) + s->offsets[from + c];
}

static void keep_classifier(nc__layer *l, const double *classifier, const double *bias)
{
    size_t d = (size_t)l->width;
    for (int64_t i = 0; i < l->present; i++) {
        if (classifier)
            memcpy(l->classifier + i * l->width, classifier + l->index[i] * l->width,
                   d * sizeof *classifier);
        if (bias)
            l->bias[i] = bias[l->index[i]];
    }
    for (int64_t k = 0; bias && k < l->classes; k++)
        l->has_bias |= bias[k] != 0;
}

static libnc_status check_size(const nc__layer *l, int32_t number)
{
    nc__tensor centred = nc__tensor_f64(l->centred, l->present, l->width);
    double squares = nc__sum_squares(&centred);
    for (int64_t i = 0; i < l->present; i++)
        squares += l->lengths[i] * l->lengths[i] + l->variability[i] * l->counts[i];
    if (l->classifier) {
        nc__tensor classifier = nc__tensor_f64(l->classifier, l->present, l->width);
        squares += nc__sum_squares(&classifier);
    }
    for (int64_t i = 0; l->bias && i < l->present; i++)
        squares += l->bias[i] * l->bias[i];
    if (!isfinite(squares))
        return nc__fail(l->context, LIBNC_ERROR_NOT_FINITE,
                        "layer %d: features or weights are so large that their squares overflow",
                        number);
    return LIBNC_OK;
}

/* ---- the basis of few directions ---- */

/* Fills one row of [e, P, C]. */
static void scaled_row(const nc__layer *l, int64_t i, double *row)
{
    size_t bytes = (size_t)l->width * sizeof *row;
    *row++ = 1 / sqrt((double)l->present);
    if (l->classifier) {
        memcpy(row, l->classifier + i * l->width, bytes);
        row += l->width;
    }
    memcpy(row, l->centred + i * l->width, bytes);
}

/* R of [e, P, C] = Q R. */
static libnc_status factor_rows(const nc__layer *l, nc__row_triangle *triangle)
{
    for (int64_t i = 0; i < l->present; i++) {
        double *row;
        libnc_status status = nc__row_triangle_next(triangle, &row);
        if (status != LIBNC_OK)
            return status;
        scaled_row(l, i, row);
    }
    return nc__row_triangle_finish(triangle);
}

/* Splits R into ones, P~ and C~. */
static void split_rows(const nc__layer *l, const nc__row_triangle *triangle)
{
    const nc__reduced *r = &l->reduced;
    size_t bytes = (size_t)l->width * sizeof(double);
    for (int64_t i = 0; i < triangle->cols; i++) {
        const double *row = triangle->rows + i * triangle->cols;
        r->ones[i] = *row++;
        if (r->classifier) {
            memcpy(r->classifier + i * l->width, row, bytes);
            row += l->width;
        }
        memcpy(r->centred + i * l->width, row, bytes);
    }
}

static libnc_status reduce_rows(nc__layer *l, int64_t cols)
{
    nc__reduced *r = &l->reduced;
    size_t m = (size_t)cols, d = (size_t)l->width;
    nc__arena arena = {.context = l->context};
    nc__row_triangle triangle;
    libnc_status status = nc__row_triangle_init(&triangle, &arena, l->present, cols);
    r->ones = nc__arena_alloc(l->arena, m, sizeof *r->ones);
    r->centred = nc__arena_alloc(l->arena, m, d * sizeof *r->centred);
    if (l->classifier)
        r->classifier = nc__arena_alloc(l->arena, m, d * sizeof *r->classifier);
    if (status == LIBNC_OK)
        status = nc__arena_status(l->arena);
    if (status == LIBNC_OK)
        status = factor_rows(l, &triangle);
    if (status == LIBNC_OK)
        split_rows(l, &triangle);
    nc__arena_release(&arena);
    return status;
}

static libnc_status reduce(nc__layer *l)
{
    nc__reduced *r = &l->reduced;
    const int64_t cols = 1 + l->width * (l->classifier ? 2 : 1);
    r->rows = smaller(l->present, cols);
    r->is_identity = l->present <= cols;
    if (!r->is_identity)
        return reduce_rows(l, cols);
    r->classifier = l->classifier;
    r->centred = l->centred;
    if (!(r->ones = nc__arena_alloc(l->arena, (size_t)l->present, sizeof *r->ones)))
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < l->present; i++)
        r->ones[i] = 1 / sqrt((double)l->present);
    return LIBNC_OK;
}

static libnc_status find_span(nc__layer *l)
{
    const int64_t m = l->reduced.rows, least = smaller(m, l->width);
    l->singular = nc__arena_alloc(l->arena, (size_t)least, sizeof *l->singular);
    l->basis = nc__arena_alloc(l->arena, (size_t)least, (size_t)l->width * sizeof *l->basis);
    libnc_status status = nc__arena_status(l->arena);
    if (status == LIBNC_OK)
        status = nc__singular_basis(l->context, l->reduced.centred, m, l->width, l->present - 1,
                                    l->singular, l->basis);
    if (status == LIBNC_OK)
        l->rank = nc__rank_of_values(l->singular, l->present, l->width, nc__layer_noise(l));
    return status;
}

/* ---- create and destroy ---- */

static int64_t count_present(const nc__statistics *statistics)
{
    int64_t present = 0;
    for (int64_t k = 0; k < statistics->classes; k++)
        present += statistics->counts[k] > 0;
    return present;
}

static void forget_decisions(nc__layer *l)
{
    for (int64_t i = 0; i < NC__SHARES * l->classes; i++)
        l->shares[i] = NAN;
    for (int i = 0; i < NC__SHARES; i++)
        l->totals[i] = NAN;
}

libnc_status nc__layer_create(nc__layer *l, nc__arena *arena, const nc__statistics *statistics,
                              double spacing, const double *classifier, const double *bias,
                              int32_t number)
{
    assert(statistics->samples > 0);
    *l = (nc__layer){.context = arena->context,
                     .arena = arena,
                     .classes = statistics->classes,
                     .present = count_present(statistics),
                     .width = statistics->width,
                     .samples = statistics->samples,
                     .spacing = spacing,
                     .layer_rank = NAN,
                     .layer_stable_rank = NAN};
    libnc_status status = allocate(l, classifier != NULL, bias != NULL);
    if (status == LIBNC_OK) {
        forget_decisions(l);
        keep_rows(l, statistics);
        find_mean(l, statistics);
        keep_classifier(l, classifier, bias);
        status = check_size(l, number);
    }
    if (status == LIBNC_OK)
        status = reduce(l);
    return status == LIBNC_OK ? find_span(l) : status;
}

/* ---- other samples ---- */

libnc_status nc__layer_set_samples(nc__layer *l, const int64_t *counts, const double *squares)
{
    double sum = 0;
    for (int64_t i = 0; i < l->present; i++)
        sum += squares[l->index[i]];
    if (!isfinite(sum))
        return nc__fail(l->context, LIBNC_ERROR_NOT_FINITE,
                        "held_out: features are so large that their squares overflow");
    l->samples = 0;
    l->is_held_out = true;
    for (int64_t i = 0; i < l->present; i++) {
        const int64_t n = counts[l->index[i]];
        l->samples += n;
        l->counts[i] = (double)n;
        l->variability[i] = l->unbiased[i] = squares[l->index[i]] / (double)n;
    }
    return LIBNC_OK;
}

/* ---- scatter ---- */

/* out (r x r) = T A T^T with A (n x n), T (r x n), and squared = T A^2 T^T where it is not NULL;
 * symmetric to the last bit. */
static libnc_status rotate_scatter(const nc__layer *l, int64_t n, const double *t, const double *a,
                                   double *out, double *squared)
{
    const int64_t r = l->rank;
    double *half = nc__alloc(l->context, (size_t)r, (size_t)n * sizeof *half);
    if (!half)
        return LIBNC_ERROR_MEMORY;
    nc__tensor rotation = nc__tensor_f64(t, r, n), scatter = nc__tensor_f64(a, n, n);
    nc__tensor product = nc__tensor_f64(half, r, n), result = nc__tensor_f64(out, r, r);
    nc__gemm(l->context, false, false, 1, &rotation, &scatter, 0, &product);
    nc__symmetric_product(l->context, &product, &rotation, &result);
    nc__mirror(out, r);
    if (squared) {
        nc__tensor square = nc__tensor_f64(squared, r, r);
        nc__symmetric_product(l->context, &product, &product, &square);
        nc__mirror(squared, r);
    }
    nc__free(l->context, half);
    return LIBNC_OK;
}

static libnc_status allocate_scatter(nc__layer *l, bool with_balanced)
{
    const size_t r = (size_t)l->rank;
    l->within = nc__arena_alloc(l->arena, r, r * sizeof *l->within);
    if (with_balanced)
        l->balanced = nc__arena_alloc(l->arena, r, sizeof *l->balanced);
    return nc__arena_status(l->arena);
}

static double trace_of(const double *a, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i * n + i];
    return sum;
}

libnc_status nc__layer_set_scatter(nc__layer *l, const double *scatter)
{
    const size_t r = (size_t)l->rank;
    const nc__tensor whole = nc__tensor_f64(scatter, l->width, l->width);
    libnc_status status = allocate_scatter(l, false);
    l->squared = nc__arena_alloc(l->arena, r, r * sizeof *l->squared);
    if (status == LIBNC_OK)
        status = nc__arena_status(l->arena);
    if (status == LIBNC_OK && l->rank > 0)
        status = rotate_scatter(l, l->width, l->basis, scatter, l->within, l->squared);
    l->scatter_square = nc__sum_squares(&whole);
    l->scatter_rank = l->rank;
    l->scatter_size = trace_of(scatter, l->width);
    return status;
}

libnc_status nc__layer_set_within(nc__layer *l, const double *within, const double *balanced)
{
    const size_t r = (size_t)l->rank;
    libnc_status status = allocate_scatter(l, true);
    if (status != LIBNC_OK)
        return status;
    memcpy(l->within, within, r * r * sizeof *within);
    memcpy(l->balanced, balanced, r * sizeof *balanced);
    l->scatter_rank = l->rank;
    l->is_projected = true;
    return LIBNC_OK;
}

libnc_status nc__layer_set_projected(nc__layer *l, int64_t rank, const double *basis,
                                     const double *scatter, const double *balanced)
{
    libnc_status status = allocate_scatter(l, balanced != NULL);
    l->scatter_rank = smaller(rank, l->rank);
    l->is_projected = true;
    if (status != LIBNC_OK || l->scatter_rank == 0)
        return status;
    double *rotation = nc__alloc(l->context, (size_t)l->rank, (size_t)rank * sizeof *rotation);
    if (!rotation)
        return LIBNC_ERROR_MEMORY;
    nc__tensor own = nc__tensor_f64(l->basis, l->rank, l->width);
    nc__tensor other = nc__tensor_f64(basis, rank, l->width);
    nc__tensor t = nc__tensor_f64(rotation, l->rank, rank);
    nc__gemm(l->context, false, true, 1, &own, &other, 0, &t);
    status = rotate_scatter(l, rank, rotation, scatter, l->within, NULL);
    if (balanced)
        memcpy(l->balanced, balanced, (size_t)l->scatter_rank * sizeof *balanced);
    nc__free(l->context, rotation);
    return status;
}

/* ---- decisions ---- */

static void set_shares(nc__layer *l, int share, const int64_t *hits, const int64_t *tries)
{
    int64_t hit = 0, tried = 0;
    if (!hits || !tries)
        return;
    for (int64_t k = 0; k < l->classes; k++) {
        hit += hits[k];
        tried += tries[k];
        l->shares[share * l->classes + k] = tries[k] > 0 ? (double)hits[k] / (double)tries[k] : NAN;
    }
    l->totals[share] = tried > 0 ? (double)hit / (double)tried : NAN;
}

void nc__layer_set_decisions(nc__layer *l, const nc__tally *t)
{
    set_shares(l, NC__SHARE_ACCURACY, t->right, t->decided);
    set_shares(l, NC__SHARE_NEAREST, t->nearest_is_own, t->nearest_known);
    set_shares(l, NC__SHARE_AGREEMENT, t->agreed, t->decided);
}

libnc_status nc__layer_set_losses(nc__layer *l, const double *sums, const int64_t *decided)
{
    if (!sums)
        return LIBNC_OK;
    if (!(l->losses = nc__arena_alloc(l->arena, (size_t)l->classes, sizeof *l->losses)))
        return LIBNC_ERROR_MEMORY;
    for (int64_t k = 0; k < l->classes; k++)
        l->losses[k] = decided[k] > 0 ? sums[k] / (double)decided[k] : NAN;
    return LIBNC_OK;
}

/* ---- vectors ---- */

double nc__layer_noise(const nc__layer *l)
{
    return nc__rank_threshold(l->spacing, nc__frobenius(l->lengths, l->present));
}

double nc__layer_classifier_noise(const nc__layer *l)
{
    return nc__rank_threshold(l->spacing, nc__frobenius(l->classifier, l->present * l->width));
}

static double dot(const double *a, const double *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

void nc__layer_row_lengths(const nc__layer *l, const double *rows, double *out)
{
    for (int64_t i = 0; i < l->present; i++)
        out[i] = sqrt(dot(rows + i * l->width, rows + i * l->width, l->width));
}

static double vector_entry(const nc__layer *l, int32_t vector, int64_t i)
{
    const int64_t d = l->width;
    const double *c = l->centred + i * d, *p = l->classifier ? l->classifier + i * d : NULL;
    switch (vector) {
    case LIBNC_CLASS_COUNT: return l->counts[i];
    case LIBNC_CLASS_MEAN_NORM: return l->lengths[i];
    case LIBNC_CLASS_CENTRED_NORM: return sqrt(dot(c, c, d));
    case LIBNC_CLASS_CLASSIFIER_NORM: return p ? sqrt(dot(p, p, d)) : NAN;
    case LIBNC_CLASS_LOGIT: return p ? dot(p, c, d) + dot(p, l->mean, d) : NAN;
    case LIBNC_CLASS_VARIABILITY: return l->variability[i];
    default: return NAN;
    }
}

/* cos(p_k, c_k), where neither vanishes to rounding. */
static void set_cosines(const nc__layer *l, double *values)
{
    const int64_t d = l->width;
    const double noise = nc__layer_noise(l), row_noise = nc__layer_classifier_noise(l);
    for (int64_t i = 0; i < l->present; i++) {
        const double *c = l->centred + i * d, *p = l->classifier + i * d;
        const double centred = sqrt(dot(c, c, d)), row = sqrt(dot(p, p, d));
        if (centred > noise && row > row_noise)
            values[l->index[i]] = dot(p, c, d) / centred / row;
    }
}

void nc__layer_vector(const nc__layer *l, int32_t vector, double *values)
{
    if (vector == LIBNC_CLASS_CROSS_ENTROPY && l->losses) {
        memcpy(values, l->losses, (size_t)l->classes * sizeof *values);
        return;
    }
    if (vector >= LIBNC_CLASS_ACCURACY && vector <= LIBNC_CLASS_AGREEMENT) {
        const double *shares = l->shares + (vector - LIBNC_CLASS_ACCURACY) * l->classes;
        memcpy(values, shares, (size_t)l->classes * sizeof *values);
        return;
    }
    for (int64_t k = 0; k < l->classes; k++)
        values[k] = vector == LIBNC_CLASS_COUNT ? 0 : NAN;
    if (vector == LIBNC_CLASS_COSINE && l->classifier)
        set_cosines(l, values);
    for (int64_t i = 0; vector != LIBNC_CLASS_COSINE && i < l->present; i++)
        values[l->index[i]] = vector_entry(l, vector, i);
}

/* ---- matrices ---- */

static void multiply_rows(const nc__layer *l, const double *a, const double *b, double *out)
{
    nc__tensor left = nc__tensor_f64(a, l->present, l->width);
    nc__tensor right = nc__tensor_f64(b, l->present, l->width);
    nc__tensor product = nc__tensor_f64(out, l->present, l->present);
    nc__gemm(l->context, false, true, 1, &left, &right, 0, &product);
}

/* out = A A^T, symmetric to the last bit. */
static void gram_of(const nc__layer *l, const double *a, double *out)
{
    const int64_t K = l->present;
    multiply_rows(l, a, a, out);
    for (int64_t i = 0; i < K; i++)
        for (int64_t j = 0; j < i; j++)
            out[j * K + i] = out[i * K + j];
}

static double *means_of(const nc__layer *l)
{
    const int64_t size = l->present * l->width;
    double *means = nc__alloc(l->context, (size_t)size, sizeof *means);
    for (int64_t i = 0; means && i < size; i++)
        means[i] = l->centred[i] + l->mean[i % l->width];
    return means;
}

libnc_status nc__layer_compact_matrix(const nc__layer *l, int32_t matrix, double *values)
{
    assert(l->classifier || matrix == LIBNC_GRAM_FEATURES || matrix == LIBNC_GRAM_CENTRED);
    if (matrix == LIBNC_GRAM_CLASSIFIER)
        gram_of(l, l->classifier, values);
    if (matrix == LIBNC_GRAM_CENTRED)
        gram_of(l, l->centred, values);
    if (matrix == LIBNC_GRAM_CLASSIFIER || matrix == LIBNC_GRAM_CENTRED)
        return LIBNC_OK;
    double *means = means_of(l);
    if (!means)
        return LIBNC_ERROR_MEMORY;
    if (matrix == LIBNC_GRAM_FEATURES)
        gram_of(l, means, values);
    else
        multiply_rows(l, l->classifier, means, values);
    nc__free(l->context, means);
    return LIBNC_OK;
}

/* Moves a K' x K' matrix at the beginning of `values` to its place among K x K, last entries
 * first. */
static void spread_matrix(const nc__layer *l, double *values)
{
    const int64_t K = l->classes, n = l->present;
    for (int64_t i = n - 1; i >= 0; i--)
        for (int64_t j = n - 1; j >= 0; j--)
            values[l->index[i] * K + l->index[j]] = values[i * n + j];
    int64_t row = n - 1;
    for (int64_t k = K - 1; k >= 0; k--) {
        bool has_row = row >= 0 && l->index[row] == k;
        int64_t col = n - 1;
        for (int64_t c = K - 1; c >= 0; c--) {
            bool has_col = col >= 0 && l->index[col] == c;
            if (!has_row || !has_col)
                values[k * K + c] = NAN;
            col -= has_col;
        }
        row -= has_row;
    }
}

libnc_status nc__layer_matrix(const nc__layer *l, int32_t matrix, double *values)
{
    if (!l->classifier && (matrix == LIBNC_GRAM_CLASSIFIER || matrix == LIBNC_GRAM_PRODUCT)) {
        for (int64_t i = 0; i < l->classes * l->classes; i++)
            values[i] = NAN;
        return LIBNC_OK;
    }
    libnc_status status = nc__layer_compact_matrix(l, matrix, values);
    if (status == LIBNC_OK && l->present < l->classes)
        spread_matrix(l, values);
    return status;
}

void nc__layer_shift_reduced(const nc__layer *l, const double *shift, double *out)
{
    const nc__reduced *r = &l->reduced;
    const double root = sqrt((double)l->present);
    for (int64_t i = 0; i < r->rows; i++) {
        /* with Q = I the rows themselves: no rounding of ones sqrt(K') */
        const double weight = r->is_identity ? 1 : r->ones[i] * root;
        for (int64_t c = 0; c < l->width; c++)
            out[i * l->width + c] = r->centred[i * l->width + c] + weight * shift[c];
    }
}
