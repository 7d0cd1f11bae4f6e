/* SPDX-License-Identifier: MIT
 *
 * nearest_mean.c: decisions by largest logit and by nearest class mean (doc/metrics.md, NC4).
 *
 * Let y = h - h_o be the deviation of a sample from the mean of its own class o. If 2 ||y|| is less
 * than the distance from h_o to every other mean, o is nearest by the triangle inequality. Near
 * collapse that decides every sample. For others, with z = h - h_G and c_k = h_k - h_G,
 *   ||h - h_k||^2 = ||z||^2 - 2 (z . c_k - ||c_k||^2/2),
 * so that the nearest mean has the largest score z . c_k - ||c_k||^2/2: one matrix product for many
 * samples and all classes. It cancels where means are close to one another; therefore every class
 * whose score is within the rounding error of the best is decided by the plain sum of squares of
 * h - h_k in float64, the mean subtracted in its two parts.
 */
#include "accumulator/nearest_mean.h"

#include <math.h>

enum {
    MOST_ROWS = 1024,
    LEAST_ROWS = 16,
    PRODUCT_BYTES = 1 << 26, /* of rows x classes: large K takes fewer rows at a time */
    ROW_BYTES = 1 << 25,     /* of rows x width */
    GRAIN = 4
};

/* The distances of means among each other are worth K^2 products where they may save N K. */
enum { SAMPLES_PER_CLASS = 4 };

/* Room for the rounding of ||y||^2. */
static const double CLOSER = 1 + 1e-9;

void nc__largest_logit(const double *logits, const double *bias, int64_t count, int64_t classes,
                       int32_t *decision)
{
    for (int64_t i = 0; i < count; i++) {
        const double *z = logits + i * classes;
        double best = -INFINITY;
        decision[i] = 0;
        for (int64_t k = 0; k < classes; k++) {
            double value = z[k] + (bias ? bias[k] : 0);
            if (value > best) {
                best = value;
                decision[i] = (int32_t)k;
            }
        }
    }
}

/* ---- preparation ---- */

static libnc_status create_list(nc__nearest *search, int32_t scalar)
{
    const nc__statistics *s = search->statistics;
    double *halves = nc__alloc(search->context, (size_t)s->classes, sizeof(double));
    if (!halves)
        return LIBNC_ERROR_MEMORY;
    for (int64_t k = 0; k < s->classes; k++) {
        nc__tensor row = nc__tensor_f64(search->centred + k * s->width, 1, s->width);
        halves[k] = s->counts[k] > 0 ? -nc__sum_squares(&row) / 2 : -INFINITY;
    }
    libnc_status status = nc__bounded_scores_create(&search->list, search->context, scalar,
                                                    search->centred, halves, s->classes, s->width);
    nc__free(search->context, halves);
    return status;
}

/* min over j != k of ||c_j - c_k||^2 >= ||c_k||^2 - 2 max_j (c_j . c_k - ||c_j||^2/2) */
static void measure_reach(nc__nearest *search, int64_t begin, int64_t count)
{
    const nc__bounded_scores *list = search->list;
    const int64_t d = list->rows.cols;
    nc__tensor means = nc__tensor_rows(&list->rows, begin, count);
    nc__tensor products = nc__tensor_rows(&search->products, 0, count);
    nc__gemm(search->context, false, true, 1, &means, &list->rows, 0, &products);
    for (int64_t i = 0; i < count; i++) {
        nc__tensor mean = nc__tensor_f64(search->centred + (begin + i) * d, 1, d);
        nc__tensor row = nc__tensor_rows(&products, i, 1);
        nc__tensor own = nc__tensor_cols(&row, begin + i, 1);
        nc__fill(&own, -INFINITY);
        double square = nc__sum_squares(&mean);
        double ceiling = nc__bounded_scores_ceiling(list, &row, sqrt(square));
        search->reach[begin + i] = fmax(0, square / CLOSER - 2 * ceiling);
    }
}

static void measure_reaches(nc__nearest *search)
{
    const nc__statistics *s = search->statistics;
    if (s->samples / SAMPLES_PER_CLASS < s->classes || !nc__bounded_scores_is_safe(search->list, 0))
        return;
    for (int64_t begin = 0; begin < s->classes; begin += search->capacity) {
        int64_t left = s->classes - begin;
        measure_reach(search, begin, left < search->capacity ? left : search->capacity);
    }
}

static int64_t block_rows(int64_t classes, int64_t width, int64_t value)
{
    const int64_t by_classes = PRODUCT_BYTES / value / classes,
                  by_width = ROW_BYTES / value / width;
    const int64_t rows = by_classes < by_width ? by_classes : by_width;
    return rows > MOST_ROWS ? MOST_ROWS : rows < LEAST_ROWS ? LEAST_ROWS : rows;
}

static bool allocate_blocks(nc__nearest *search, int32_t scalar)
{
    libnc_context *context = search->context;
    const int64_t K = search->statistics->classes, d = search->statistics->width;
    const int64_t rows = search->capacity = block_rows(K, d, (int64_t)nc__scalar_size(scalar));
    search->deviations = nc__tensor_alloc(context, scalar, rows, d);
    search->pending = nc__tensor_alloc(context, scalar, rows, d);
    search->products = nc__tensor_alloc(context, scalar, rows, K);
    search->squares = nc__alloc(context, (size_t)rows, sizeof(double));
    search->lengths = nc__alloc(context, (size_t)rows, sizeof(double));
    search->index = nc__alloc(context, (size_t)rows, sizeof(int64_t));
    search->reach = nc__alloc(context, (size_t)K, sizeof(double));
    search->centred = nc__alloc(context, (size_t)K, (size_t)d * sizeof(double));
    return search->deviations.data && search->pending.data && search->products.data &&
           search->squares && search->lengths && search->index && search->reach && search->centred;
}

libnc_status nc__nearest_create(nc__nearest **search, libnc_context *context,
                                const nc__statistics *statistics, int32_t scalar)
{
    nc__nearest *s = nc__alloc(context, 1, sizeof *s);
    if (!s)
        return LIBNC_ERROR_MEMORY;
    s->context = context;
    s->statistics = statistics;
    libnc_status status = LIBNC_ERROR_MEMORY;
    if (allocate_blocks(s, scalar)) {
        nc__statistics_centred_means(statistics, s->centred);
        status = create_list(s, scalar);
    }
    if (status != LIBNC_OK) {
        nc__nearest_destroy(s);
        return status;
    }
    measure_reaches(s);
    *search = s;
    return LIBNC_OK;
}

void nc__nearest_destroy(nc__nearest *search)
{
    if (!search)
        return;
    nc__bounded_scores_destroy(search->list);
    nc__free(search->context, search->centred);
    nc__free(search->context, search->reach);
    nc__free(search->context, search->index);
    nc__free(search->context, search->lengths);
    nc__free(search->context, search->squares);
    nc__free(search->context, search->products.data);
    nc__free(search->context, search->pending.data);
    nc__free(search->context, search->deviations.data);
    nc__free(search->context, search);
}

/* ---- search ---- */

typedef struct finding {
    nc__nearest *search;
    const nc__tensor *rows;
    const int32_t *labels;
    int64_t pending;
    int32_t *decision;
} finding;

/* y = h - h_o */
static void deviate_part(void *argument, int32_t part, int32_t parts)
{
    const finding *f = argument;
    const nc__statistics *s = f->search->statistics;
    int64_t begin, end;
    nc__share(f->rows->rows, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t at = f->labels[i] * s->width;
        nc__tensor x = nc__tensor_rows(f->rows, i, 1);
        nc__tensor y = nc__tensor_rows(&f->search->deviations, i, 1);
        f->search->squares[i] = nc__deviate_row(&x, s->references + at, s->offsets + at, &y);
    }
}

/* The rows that the triangle inequality leaves open. */
static int64_t list_pending(const finding *f)
{
    nc__nearest *search = f->search;
    int64_t pending = 0;
    for (int64_t i = 0; i < f->rows->rows; i++) {
        f->decision[i] = f->labels[i];
        if (!(4 * CLOSER * search->squares[i] < search->reach[f->labels[i]]))
            search->index[pending++] = i;
    }
    return pending;
}

/* z = y + c_o */
static void shift_part(void *argument, int32_t part, int32_t parts)
{
    const finding *f = argument;
    nc__nearest *search = f->search;
    int64_t begin, end;
    nc__share(f->pending, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = search->index[i];
        nc__tensor y = nc__tensor_rows(&search->deviations, row, 1);
        nc__tensor z = nc__tensor_rows(&search->pending, i, 1);
        search->lengths[i] = sqrt(nc__shift_row(&y, search->centred + f->labels[row] * y.cols, &z));
    }
}

/* ||y - (h_k - h_o)||^2, all from the sample itself and the two parts of the means. */
static double exact_distance(const finding *f, int64_t row, int64_t k)
{
    enum { PIECE = 64 };
    const nc__statistics *s = f->search->statistics;
    const int64_t d = s->width;
    const double *reference = s->references + k * d, *offset = s->offsets + k * d;
    const nc__tensor x = nc__tensor_rows(f->rows, row, 1);
    double values[PIECE], sum = 0;
    for (int64_t begin = 0; begin < d; begin += PIECE) {
        int64_t count = d - begin < PIECE ? d - begin : PIECE;
        nc__tensor piece = nc__tensor_cols(&x, begin, count);
        nc__to_double(&piece, values);
        for (int64_t c = begin; c < begin + count; c++) {
            double difference = (values[c - begin] - reference[c]) - offset[c];
            sum += difference * difference;
        }
    }
    return sum;
}

static int32_t decide(const finding *f, int64_t i)
{
    const nc__nearest *search = f->search;
    const int64_t K = search->list->rows.rows, row = search->index[i];
    const double length = search->lengths[i];
    nc__tensor products = nc__tensor_rows(&search->products, i, 1);
    double bound = nc__bounded_scores_bound(search->list, &products, length), best = INFINITY;
    int64_t nearest = f->labels[row];
    int64_t k = nc__bounded_scores_next(search->list, 0, &products, length, bound), next;
    for (bool is_only = true; k < K; k = next, is_only = false) {
        next = nc__bounded_scores_next(search->list, k + 1, &products, length, bound);
        if (search->statistics->counts[k] == 0)
            continue;
        if (is_only && next == K)
            return (int32_t)k;
        double distance = exact_distance(f, row, k);
        if (distance < best) {
            best = distance;
            nearest = k;
        }
    }
    return (int32_t)nearest;
}

static void decide_part(void *argument, int32_t part, int32_t parts)
{
    const finding *f = argument;
    int64_t begin, end;
    nc__share(f->pending, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        f->decision[f->search->index[i]] = decide(f, i);
}

void nc__nearest_find(nc__nearest *search, const nc__tensor *rows, const int32_t *labels,
                      int32_t *decision)
{
    finding f = {search, rows, labels, 0, decision};
    nc__parallel(search->context, deviate_part, &f);
    f.pending = list_pending(&f);
    if (f.pending == 0)
        return;
    nc__parallel(search->context, shift_part, &f);
    nc__tensor z = nc__tensor_rows(&search->pending, 0, f.pending);
    nc__tensor products = nc__tensor_rows(&search->products, 0, f.pending);
    nc__gemm(search->context, false, true, 1, &z, &search->list->rows, 0, &products);
    nc__parallel(search->context, decide_part, &f);
}
