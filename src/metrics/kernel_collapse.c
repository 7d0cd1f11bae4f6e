/* SPDX-License-Identifier: MIT
 *
 * kernel_collapse.c: NC1's traces from a kernel, of which tiles are formed and summed by class
 * (Kothapalli and Tirer 2024; Cho and Saul 2009 for the kernel of ReLU).
 *
 * q_l(x, x') is the covariance of preactivations in layer l, cos t = q/sqrt(q(x, x) q(x', x')):
 *     q_1 = w x . x'/d + b,     E = sqrt(q(x, x) q(x', x')) (sin t + (pi - t) cos t)/(2 pi),
 *     q_{l+1} = w E(q_l) + b,   T_1 = q_1,   T_{l+1} = q_{l+1} + w (pi - t)/(2 pi) T_l.
 */
#include <libnc/depth.h>

#include "linalg/finite.h"
#include "linalg/linalg.h"

#include <math.h>

enum { TILE_ROWS = 256, TILE_COLS = 512, MOST_HIDDEN = 1000 };

static const double PI = 3.141592653589793;

typedef struct kernel {
    libnc_context *context;
    int32_t kind, hidden;
    double weight, bias;
    const double *features;
    const int32_t *labels;
    int64_t count, width, classes;
    nc__arena arena;
    double *squares;    /* N: q_1(x, x), or x . x */
    double *sizes;      /* K: n_k */
    double *tile;       /* TILE_ROWS x TILE_COLS: x . x' */
    double *same, *all; /* threads x K: sums over pairs of class k; of k and any class */
    int64_t row, col;   /* where the tile begins */
    int64_t row_count, col_count;
} kernel;

static double first_covariance(const kernel *k, double product)
{
    return k->kind == LIBNC_KERNEL_LINEAR ? product
                                          : k->weight * product / (double)k->width + k->bias;
}

/* The kernel from q_1 = q of two samples, and a, b: that of each with itself. */
static double value_of(const kernel *k, double q, double a, double b)
{
    double tangent = q, features = q;
    for (int32_t l = 0; l < k->hidden; l++) {
        const double root = sqrt(a) * sqrt(b);
        const double cosine = root > 0 ? fmin(fmax(q / root, -1), 1) : 0, angle = acos(cosine);
        features = root / (2 * PI) * (sin(angle) + (PI - angle) * cosine);
        q = k->weight * features + k->bias;
        tangent = q + k->weight * (PI - angle) / (2 * PI) * tangent;
        a = k->weight * a / 2 + k->bias;
        b = k->weight * b / 2 + k->bias;
    }
    return k->kind == LIBNC_KERNEL_NTK ? tangent : features;
}

/* That of a sample and itself, from q_1 = a: the angle is 0, which rounding would make 1e-8. */
static double own_value(const kernel *k, double a)
{
    double tangent = a, features = a;
    for (int32_t l = 0; l < k->hidden; l++) {
        features = a / 2;
        a = k->weight * features + k->bias;
        tangent = a + k->weight / 2 * tangent;
    }
    return k->kind == LIBNC_KERNEL_NTK ? tangent : features;
}

/* ---- tiles ---- */

static void sum_row(const kernel *k, int64_t i, const double *products, double *same, double *all)
{
    const int64_t class = k->labels[i];
    for (int64_t c = 0; c < k->col_count; c++) {
        const int64_t j = k->col + c, other = k->labels[j];
        if (j < i)
            continue;
        const double value =
            j == i ? own_value(k, k->squares[i])
                   : value_of(k, first_covariance(k, products[c]), k->squares[i], k->squares[j]);
        same[class] += class != other ? 0 : j == i ? value : 2 * value;
        all[class] += value;
        if (j != i)
            all[other] += value;
    }
}

static void sum_part(void *argument, int32_t part, int32_t parts)
{
    const kernel *k = argument;
    const int64_t begin = part * k->classes;
    for (int64_t r = part; r < k->row_count; r += parts)
        sum_row(k, k->row + r, k->tile + r * k->col_count, k->same + begin, k->all + begin);
}

static void sum_tile(kernel *k)
{
    nc__tensor left = nc__tensor_f64(k->features + k->row * k->width, k->row_count, k->width);
    nc__tensor right = nc__tensor_f64(k->features + k->col * k->width, k->col_count, k->width);
    nc__tensor products = nc__tensor_f64(k->tile, k->row_count, k->col_count);
    nc__gemm(k->context, false, true, 1, &left, &right, 0, &products);
    nc__parallel(k->context, sum_part, k);
}

/* On and above the diagonal. */
static void sum_tiles(kernel *k)
{
    const int64_t N = k->count;
    for (k->row = 0; k->row < N; k->row += TILE_ROWS) {
        k->row_count = N - k->row < TILE_ROWS ? N - k->row : TILE_ROWS;
        for (k->col = k->row; k->col < N; k->col += TILE_COLS) {
            k->col_count = N - k->col < TILE_COLS ? N - k->col : TILE_COLS;
            sum_tile(k);
        }
    }
    for (int32_t part = 1; part < k->context->threads; part++)
        for (int64_t c = 0; c < k->classes; c++) {
            k->same[c] += k->same[part * k->classes + c];
            k->all[c] += k->all[part * k->classes + c];
        }
}

/* ---- traces ---- */

static void find_squares(kernel *k)
{
    for (int64_t i = 0; i < k->count; i++) {
        const double *x = k->features + i * k->width;
        double square = 0;
        for (int64_t c = 0; c < k->width; c++)
            square += x[c] * x[c];
        k->squares[i] = first_covariance(k, square);
        k->sizes[k->labels[i]]++;
    }
}

static libnc_status find_traces(const kernel *k, double *within, double *between)
{
    const double N = (double)k->count;
    double diagonal = 0, present = 0, inside = 0, blocks = 0, rows = 0, whole = 0;
    for (int64_t i = 0; i < k->count; i++)
        diagonal += own_value(k, k->squares[i]) / N;
    for (int64_t c = 0; c < k->classes; c++) {
        const double n = k->sizes[c];
        if (n == 0)
            continue;
        present++;
        inside += k->same[c] / n / N; /* g_k B_kk */
        blocks += k->same[c] / n / n; /* B_kk */
        rows += k->all[c] / n / N;    /* (B g)_k */
        whole += k->all[c] / N / N;   /* g^T B g */
    }
    const double spread = diagonal - inside, distance = (blocks - 2 * rows) / present + whole;
    if (!isfinite(spread) || !isfinite(distance))
        return nc__fail(k->context, LIBNC_ERROR_NOT_FINITE,
                        "features: so large that kernel values overflow");
    *within = fmax(spread, 0);
    *between = present > 1 ? fmax(distance, 0) : 0;
    return LIBNC_OK;
}

/* ---- the call ---- */

static libnc_status check_kernel(const kernel *k)
{
    libnc_context *context = k->context;
    libnc_status status =
        nc__check_bounds(context, "kernel", k->kind, LIBNC_KERNEL_LINEAR, LIBNC_KERNEL_NTK);
    if (status != LIBNC_OK || k->kind == LIBNC_KERNEL_LINEAR)
        return status;
    if ((status = nc__check_bounds(context, "hidden", k->hidden, 1, MOST_HIDDEN)) != LIBNC_OK ||
        (status = nc__check_positive(context, "weight_variance", k->weight)) != LIBNC_OK)
        return status;
    if (!(k->bias >= 0) || isinf(k->bias))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "bias_variance = %g: must be finite and >= 0", k->bias);
    return LIBNC_OK;
}

static libnc_status check_samples(const kernel *k)
{
    libnc_context *context = k->context;
    libnc_status status;
    if ((status = nc__check_given(context, "features", k->features)) != LIBNC_OK ||
        (status = nc__check_bounds(context, "count", k->count, 1, INT32_MAX)) != LIBNC_OK ||
        (status = nc__check_bounds(context, "width", k->width, 1, INT32_MAX)) != LIBNC_OK ||
        (status = nc__check_bounds(context, "classes", k->classes, 1, INT32_MAX)) != LIBNC_OK ||
        (status = nc__check_given(context, "labels", k->labels)) != LIBNC_OK)
        return status;
    for (int64_t i = 0; i < k->count; i++) {
        const int64_t label = k->labels[i];
        if (label < 0 || label >= k->classes)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "labels: row %lld has %lld: must be from 0 to %lld", (long long)i,
                            (long long)label, (long long)k->classes - 1);
    }
    const nc__tensor rows = nc__tensor_f64(k->features, k->count, k->width);
    return nc__check_rows_finite(context, "features", &rows);
}

static libnc_status allocate(kernel *k)
{
    const size_t N = (size_t)k->count;
    const size_t rows = N < TILE_ROWS ? N : TILE_ROWS, cols = N < TILE_COLS ? N : TILE_COLS;
    const size_t sums = (size_t)k->context->threads * sizeof(double);
    k->squares = nc__arena_alloc(&k->arena, N, sizeof(double));
    k->sizes = nc__arena_alloc(&k->arena, (size_t)k->classes, sizeof(double));
    k->tile = nc__arena_alloc(&k->arena, rows, cols * sizeof(double));
    k->same = nc__arena_alloc(&k->arena, (size_t)k->classes, sums);
    k->all = nc__arena_alloc(&k->arena, (size_t)k->classes, sums);
    return nc__arena_status(&k->arena);
}

libnc_status libnc_kernel_collapse(libnc_context *context, int32_t kind, int32_t hidden,
                                   double weight_variance, double bias_variance,
                                   const double *features, const int32_t *labels, int64_t count,
                                   int64_t width, int64_t classes, double *within, double *between)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    kernel k = {.context = context,
                .kind = kind,
                .hidden = kind == LIBNC_KERNEL_LINEAR ? 0 : hidden,
                .weight = weight_variance,
                .bias = bias_variance,
                .features = features,
                .labels = labels,
                .count = count,
                .width = width,
                .classes = classes,
                .arena = {.context = context}};
    libnc_status status = check_kernel(&k);
    if (status == LIBNC_OK)
        status = check_samples(&k);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "within", within);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "between", between);
    if (status == LIBNC_OK)
        status = allocate(&k);
    if (status == LIBNC_OK) {
        find_squares(&k);
        sum_tiles(&k);
        status = find_traces(&k, within, between);
    }
    nc__arena_release(&k.arena);
    return status;
}
