/* SPDX-License-Identifier: MIT
 *
 * ood_scores.c: out-of-distribution scores of a batch (libnc/ood.h), block by block: products of
 * all rows first, by the BLAS, then what is left to do for each row.
 */
#include "data/matrix_argument.h"
#include "linalg/finite.h"
#include "ood/ood_axes.h"

#include <float.h>
#include <math.h>

enum {
    BLOCK_BYTES = 1 << 24, /* of a block's widest matrix */
    MOST_ROWS = 1024,      /* the BLAS reaches its speed with fewer */
    LEAST_ROWS = 16,
    GRAIN = 4
};

/* A block of B rows, in float64. */
typedef struct scoring {
    libnc_ood *ood;
    int32_t score;
    int64_t capacity;
    nc__tensor rows;     /* B x d: h */
    nc__tensor moved;    /* B x d: h less a centre, where a score takes one */
    nc__tensor logits;   /* B x K */
    nc__tensor along;    /* B x p: coordinates along p axes */
    nc__tensor products; /* B x K': of points and class means, both about the centre */
    nc__tensor means;    /* K' x p or K' x d: those means */
    double longest;      /* the length of the longest of them */
    double *squares;     /* K': their squared lengths */
    double (*finish)(const struct scoring *s, int64_t i);
    double *out; /* B: the scores */
} scoring;

static nc__tensor row_of(const nc__tensor *matrix, int64_t i)
{
    return nc__tensor_rows(matrix, i, 1);
}

static double length_of(const nc__tensor *matrix, int64_t i)
{
    const nc__tensor row = row_of(matrix, i);
    return sqrt(nc__sum_squares(&row));
}

/* ---- what is done row by row ---- */

static double quotient(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static double largest_logit(const scoring *s, int64_t i)
{
    const nc__tensor row = row_of(&s->logits, i);
    return ((const double *)row.data)[nc__largest(&row)];
}

static double energy(const scoring *s, int64_t i)
{
    const nc__tensor row = row_of(&s->logits, i);
    const double *z = row.data, most = largest_logit(s, i);
    double sum = 0;
    for (int64_t k = 0; k < row.cols; k++)
        sum += exp(z[k] - most);
    return most + log(sum);
}

static double nci(const scoring *s, int64_t i)
{
    const libnc_ood *ood = s->ood;
    const nc__tensor row = row_of(&s->logits, i), moved = row_of(&s->moved, i);
    const nc__tensor weights =
        nc__tensor_f64(ood->classifier + nc__largest(&row) * ood->width, 1, ood->width);
    const double *h = row_of(&s->rows, i).data;
    const double alpha = nc__option(&ood->options, LIBNC_OOD_OPTION_NCI_NORM);
    double norm = 0;
    for (int64_t c = 0; alpha > 0 && c < ood->width; c++)
        norm += fabs(h[c]);
    return quotient(nc__dot(&weights, &moved), length_of(&s->moved, i)) + alpha * norm;
}

static double ratio(const scoring *s, int64_t i)
{
    return quotient(length_of(&s->along, i), length_of(&s->moved, i));
}

static double ratio_and_logit(const scoring *s, int64_t i)
{
    return ratio(s, i) * largest_logit(s, i);
}

static double residual(const scoring *s, int64_t i)
{
    return -length_of(&s->along, i);
}

static double distance_squared(const nc__tensor *a, const nc__tensor *b)
{
    const double *x = a->data, *y = b->data;
    double sum = 0;
    for (int64_t c = 0; c < a->cols; c++)
        sum += (x[c] - y[c]) * (x[c] - y[c]);
    return sum;
}

/* The least ||x - m_k||^2. ||m_k||^2 - 2 x . m_k says which may be the nearest, to the rounding of
 * the products; their distances are formed without a loss of digits. */
static double nearest_squared(const scoring *s, const nc__tensor *points, int64_t i)
{
    const nc__tensor x = row_of(points, i);
    const double *products = row_of(&s->products, i).data;
    const double size = length_of(points, i) + s->longest;
    const double slack = 4 * (double)points->cols * DBL_EPSILON * size * size;
    double bound = INFINITY, best = INFINITY;
    for (int64_t k = 0; k < s->means.rows; k++)
        bound = fmin(bound, s->squares[k] - 2 * products[k] + slack);
    for (int64_t k = 0; k < s->means.rows; k++) {
        const nc__tensor mean = row_of(&s->means, k);
        if (s->squares[k] - 2 * products[k] - slack <= bound)
            best = fmin(best, distance_squared(&x, &mean));
    }
    return best;
}

static double nearest_mean(const scoring *s, int64_t i)
{
    return -sqrt(nearest_squared(s, &s->moved, i));
}

static double mahalanobis(const scoring *s, int64_t i)
{
    return -nearest_squared(s, &s->along, i);
}

static double (*const finishes[])(const scoring *s, int64_t i) = {
    [LIBNC_OOD_SCORE_NCI] = nci,
    [LIBNC_OOD_SCORE_NECO] = ratio_and_logit,
    [LIBNC_OOD_SCORE_NECO_RATIO] = ratio,
    [LIBNC_OOD_SCORE_NECO_STANDARDISED] = ratio_and_logit,
    [LIBNC_OOD_SCORE_NECO_STANDARDISED_RATIO] = ratio,
    [LIBNC_OOD_SCORE_NECO_UNCENTRED_RATIO] = ratio,
    [LIBNC_OOD_SCORE_MAX_LOGIT] = largest_logit,
    [LIBNC_OOD_SCORE_ENERGY] = energy,
    [LIBNC_OOD_SCORE_MAHALANOBIS] = mahalanobis,
    [LIBNC_OOD_SCORE_NEAREST_MEAN] = nearest_mean,
    [LIBNC_OOD_SCORE_VIM_RESIDUAL] = residual,
};

/* ---- what a score needs ---- */

static libnc_status check_directions(const libnc_ood *ood, const char *name, int64_t value,
                                     int64_t most)
{
    return value <= most ? LIBNC_OK
                         : nc__fail(ood->context, LIBNC_ERROR_ARGUMENT,
                                    "%s = %lld: must be at most %lld for features of width %lld",
                                    name, (long long)value, (long long)most, (long long)ood->width);
}

static int64_t neco_directions(const libnc_ood *ood)
{
    const int64_t given = nc__option_int(&ood->options, LIBNC_OOD_OPTION_NECO_DIRECTIONS);
    const int64_t usual = ood->present - 1 < ood->width ? ood->present - 1 : ood->width;
    return given > 0 ? given : usual > 0 ? usual : 1;
}

/* As in the authors' experiments where these say something. */
static int64_t vim_directions(const libnc_ood *ood)
{
    const int64_t given = nc__option_int(&ood->options, LIBNC_OOD_OPTION_VIM_DIRECTIONS);
    return given > 0 ? given : ood->width > 1500 ? 1000 : ood->width > 512 ? 512 : ood->width / 2;
}

static libnc_status check_covariance(libnc_ood *ood)
{
    libnc_status status = nc__ood_find_axes(ood, NC__OOD_AXES_WITHIN);
    if (status != LIBNC_OK || ood->rank == ood->width ||
        nc__option_int(&ood->options, LIBNC_OOD_OPTION_PSEUDO_INVERSE) == 1)
        return status;
    return nc__fail(ood->context, LIBNC_ERROR_NUMERICAL,
                    "score = mahalanobis: Sigma_W is singular, of rank %lld of %lld "
                    "(pseudo_inverse = 1 takes distances where it is not)",
                    (long long)ood->rank, (long long)ood->width);
}

static libnc_status check_needs(libnc_ood *ood, int32_t number)
{
    const nc__ood_score *score = nc__ood_score_of(number);
    libnc_status status = LIBNC_OK;
    if (score->needs_logits && !ood->classifier)
        return nc__fail(ood->context, LIBNC_ERROR_STATE, "score = %s: needs a classifier",
                        score->name);
    if (score->axes != NC__OOD_AXES && !ood->scatter)
        return nc__fail(ood->context, LIBNC_ERROR_STATE,
                        "score = %s: needs an accumulator with the scatter in full", score->name);
    if (score->axes == NC__OOD_AXES_WITHIN)
        return check_covariance(ood);
    if (score->axes == NC__OOD_AXES_SHIFTED)
        status = check_directions(ood, "vim_directions", vim_directions(ood), ood->width - 1);
    else if (score->axes != NC__OOD_AXES)
        status = check_directions(ood, "neco_directions", neco_directions(ood), ood->width);
    if (status == LIBNC_OK && score->axes != NC__OOD_AXES)
        status = nc__ood_find_axes(ood, score->axes);
    return status;
}

/* The axes that a score takes coordinates along, p x d. */
static nc__tensor axes_of(const scoring *s)
{
    const libnc_ood *ood = s->ood;
    const int64_t d = ood->width, r = neco_directions(ood);
    const int32_t kind = nc__ood_score_of(s->score)->axes;
    if (kind == NC__OOD_AXES)
        return nc__tensor_f64(NULL, 0, d);
    const double *vectors = ood->axes[kind].vectors; /* ascending */
    if (kind == NC__OOD_AXES_WITHIN)
        return nc__tensor_f64(vectors + (d - ood->rank) * d, ood->rank, d);
    return kind == NC__OOD_AXES_SHIFTED ? nc__tensor_f64(vectors, d - vim_directions(ood), d)
                                        : nc__tensor_f64(vectors + (d - r) * d, r, d);
}

/* ---- a block ---- */

static const double *centre_of(const scoring *s)
{
    return s->score == LIBNC_OOD_SCORE_NECO_UNCENTRED_RATIO ||
                   s->score == LIBNC_OOD_SCORE_VIM_RESIDUAL
               ? NULL
               : s->ood->mean;
}

static void move_part(void *argument, int32_t part, int32_t parts)
{
    const scoring *s = argument;
    const libnc_ood *ood = s->ood;
    const int32_t kind = nc__ood_score_of(s->score)->axes;
    const double *centre = centre_of(s), *shift = kind == NC__OOD_AXES_SHIFTED ? ood->shift : NULL;
    const double *deviation = kind == NC__OOD_AXES_STANDARDISED ? ood->deviation : NULL;
    int64_t begin, end;
    nc__share(s->rows.rows, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const double *h = row_of(&s->rows, i).data;
        double *out = row_of(&s->moved, i).data;
        for (int64_t c = 0; c < ood->width; c++)
            out[c] = (h[c] - (centre ? centre[c] : 0) + (shift ? shift[c] : 0)) /
                     (deviation ? deviation[c] : 1);
    }
}

static void form_logits(scoring *s)
{
    const libnc_ood *ood = s->ood;
    if (!nc__ood_score_of(s->score)->needs_logits)
        return;
    const nc__tensor weights = nc__tensor_f64(ood->classifier, ood->classes, ood->width);
    const nc__tensor bias = nc__tensor_f64(ood->bias, 1, ood->classes);
    nc__gemm(ood->context, false, true, 1, &s->rows, &weights, 0, &s->logits);
    nc__add_bias(&bias, false, &s->logits);
}

static void form_products(scoring *s)
{
    libnc_context *context = s->ood->context;
    const nc__tensor axes = axes_of(s);
    if (axes.rows > 0)
        nc__gemm(context, false, true, 1, &s->moved, &axes, 0, &s->along);
    if (s->score == LIBNC_OOD_SCORE_NEAREST_MEAN)
        nc__gemm(context, false, true, 1, &s->moved, &s->means, 0, &s->products);
    else if (s->score == LIBNC_OOD_SCORE_MAHALANOBIS && axes.rows > 0)
        nc__gemm(context, false, true, 1, &s->along, &s->means, 0, &s->products);
}

static void finish_part(void *argument, int32_t part, int32_t parts)
{
    const scoring *s = argument;
    int64_t begin, end;
    nc__share(s->rows.rows, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        s->out[i] = s->finish(s, i);
}

static void score_block(const scoring *whole, const nc__tensor *features, double *out)
{
    scoring s = *whole;
    const int64_t count = features->rows;
    s.rows = nc__tensor_rows(&whole->rows, 0, count);
    s.moved = nc__tensor_rows(&whole->moved, 0, count);
    s.along = nc__tensor_rows(&whole->along, 0, count);
    s.logits = nc__tensor_rows(&whole->logits, 0, count);
    s.products = nc__tensor_rows(&whole->products, 0, count);
    s.out = out;
    nc__convert(features, &s.rows);
    nc__parallel(s.ood->context, move_part, &s);
    form_logits(&s);
    form_products(&s);
    nc__parallel(s.ood->context, finish_part, &s);
}

static libnc_status allocate(scoring *s, nc__arena *arena, int64_t count)
{
    const libnc_ood *ood = s->ood;
    const bool has_logits = nc__ood_score_of(s->score)->needs_logits;
    const bool has_products =
        s->score == LIBNC_OOD_SCORE_NEAREST_MEAN || s->score == LIBNC_OOD_SCORE_MAHALANOBIS;
    const int64_t widest = ood->classes > ood->width ? ood->classes : ood->width;
    int64_t rows = BLOCK_BYTES / (int64_t)sizeof(double) / widest;
    rows = rows > MOST_ROWS ? MOST_ROWS : rows < LEAST_ROWS ? LEAST_ROWS : rows;
    s->capacity = rows = rows < count ? rows : count;
    s->rows = nc__arena_tensor(arena, LIBNC_FLOAT64, rows, ood->width);
    s->moved = nc__arena_tensor(arena, LIBNC_FLOAT64, rows, ood->width);
    s->along = nc__arena_tensor(arena, LIBNC_FLOAT64, rows, axes_of(s).rows);
    s->logits = nc__arena_tensor(arena, LIBNC_FLOAT64, rows, has_logits ? ood->classes : 0);
    s->products = nc__arena_tensor(arena, LIBNC_FLOAT64, rows, has_products ? ood->present : 0);
    s->squares = nc__arena_alloc(arena, (size_t)ood->present, sizeof *s->squares);
    return nc__arena_status(arena);
}

/* The class means that the nearest is looked for among, as the points have them. */
static void take_means(scoring *s)
{
    const libnc_ood *ood = s->ood;
    const bool along = s->score == LIBNC_OOD_SCORE_MAHALANOBIS;
    s->means = nc__tensor_f64(along ? ood->axes[NC__OOD_AXES_WITHIN].means : ood->centred,
                              ood->present, along ? ood->rank : ood->width);
    for (int64_t k = 0; k < ood->present; k++) {
        const double length = length_of(&s->means, k);
        s->squares[k] = length * length;
        s->longest = fmax(s->longest, length);
    }
}

/* ---- a batch ---- */

static bool has_squares(const nc__tensor *row)
{
    return isfinite(nc__sum_squares(row));
}

static libnc_status check_rows(libnc_context *context, const nc__tensor *features)
{
    libnc_status status = nc__check_rows_finite(context, "features", features);
    if (status != LIBNC_OK)
        return status;
    const int64_t bad = nc__find_row(context, features, has_squares);
    return bad < 0 ? LIBNC_OK
                   : nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                              "features: row %lld is so large that its square overflows",
                              (long long)bad);
}

static libnc_status check_batch(libnc_ood *ood, int32_t score, const nc__tensor *features,
                                const double *scores)
{
    libnc_context *context = ood->context;
    libnc_status status = nc__check_bounds(context, "score", score, 1, NC__OOD_SCORES);
    if (status == LIBNC_OK)
        status = nc__check_bounds(context, "count", features->rows, 0, INT64_MAX);
    if (status == LIBNC_OK)
        status = nc__check_matrix(context, "features", "scalar", "stride", features);
    if (status == LIBNC_OK && features->rows > 0)
        status = nc__check_given(context, "scores", scores);
    if (status == LIBNC_OK && features->rows > 0)
        status = check_rows(context, features);
    return status == LIBNC_OK ? check_needs(ood, score) : status;
}

libnc_status libnc_ood_scores(libnc_ood *ood, int32_t score, const void *features, int32_t scalar,
                              int64_t count, int64_t stride, double *scores)
{
    if (!ood)
        return LIBNC_ERROR_ARGUMENT;
    const nc__tensor rows = {(void *)features, scalar, count, ood->width, stride};
    libnc_status status = check_batch(ood, score, &rows, scores);
    if (status != LIBNC_OK || count == 0)
        return status;
    nc__arena arena = {.context = ood->context};
    scoring s = {.ood = ood, .score = score, .finish = finishes[score]};
    if ((status = allocate(&s, &arena, count)) == LIBNC_OK) {
        take_means(&s);
        for (int64_t begin = 0; begin < count; begin += s.capacity) {
            const int64_t left = count - begin;
            const nc__tensor some =
                nc__tensor_rows(&rows, begin, left < s.capacity ? left : s.capacity);
            score_block(&s, &some, scores + begin);
        }
    }
    nc__arena_release(&arena);
    return status;
}
