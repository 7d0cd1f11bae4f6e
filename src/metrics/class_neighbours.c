/* SPDX-License-Identifier: MIT
 *
 * class_neighbours.c: each class against all others (class_neighbours.h), a block of classes by a
 * block of others at a time: one matrix product of centred means, whose rows are then reduced,
 * shared among the context's threads.
 */
#include "metrics/class_neighbours.h"

#include "metrics/class_pairs.h"

#include <libnc/metric.h>

#include <float.h>
#include <math.h>

enum { BLOCK = 128, OTHERS = 1024 };

/* Where a squared distance from the product is wrong by more than this it is formed anew. */
#define DISTANCE_ERROR 1e-11

/* What is known of a class from the others so far. */
typedef struct state {
    double sum; /* of (v_k + v_j)/(2 ||c_k - c_j||^2) */
    double cosine;
    int64_t nearest; /* row of the layer; -1: none */
} state;

typedef struct search {
    const nc__layer *layer;
    bool of_distances; /* else of cosines */
    double *lengths;   /* K': ||c_k|| */
    double *products;  /* BLOCK x OTHERS */
    state *states;     /* BLOCK */
    int64_t first, rows, col, cols;
} search;

static const double *centred(const nc__layer *l, int64_t i)
{
    return l->centred + i * l->width;
}

static void add_distances(const search *s, int64_t i, const double *products, state *found)
{
    const nc__layer *l = s->layer;
    const double recheck = (double)(l->width + 4) * DBL_EPSILON / DISTANCE_ERROR;
    for (int64_t c = 0; c < s->cols; c++) {
        const int64_t j = s->col + c;
        if (j == i)
            continue;
        const double lengths = s->lengths[i] * s->lengths[i] + s->lengths[j] * s->lengths[j];
        double square = lengths - 2 * products[c];
        if (!(square > recheck * lengths))
            square = nc__squared_distance(1, centred(l, i), 1, centred(l, j), l->width);
        found->sum += square > 0 ? (l->variability[i] + l->variability[j]) / (2 * square) : NAN;
    }
}

static void compare_cosines(const search *s, int64_t i, const double *products, state *found)
{
    const double noise = nc__layer_noise(s->layer);
    for (int64_t c = 0; c < s->cols && s->lengths[i] > noise; c++) {
        const int64_t j = s->col + c;
        if (j == i || !(s->lengths[j] > noise))
            continue;
        const double cosine = products[c] / s->lengths[i] / s->lengths[j];
        if (found->nearest < 0 || cosine > found->cosine) {
            found->nearest = j;
            found->cosine = cosine;
        }
    }
}

static void reduce_part(void *argument, int32_t part, int32_t parts)
{
    const search *s = argument;
    for (int64_t r = part; r < s->rows; r += parts)
        if (s->of_distances)
            add_distances(s, s->first + r, s->products + r * s->cols, &s->states[r]);
        else
            compare_cosines(s, s->first + r, s->products + r * s->cols, &s->states[r]);
}

static void search_block(search *s)
{
    const nc__layer *l = s->layer;
    for (int64_t r = 0; r < s->rows; r++)
        s->states[r] = (state){.nearest = -1};
    for (s->col = 0; s->col < l->present; s->col += OTHERS) {
        s->cols = l->present - s->col < OTHERS ? l->present - s->col : OTHERS;
        nc__tensor left = nc__tensor_f64(centred(l, s->first), s->rows, l->width);
        nc__tensor right = nc__tensor_f64(centred(l, s->col), s->cols, l->width);
        nc__tensor products = nc__tensor_f64(s->products, s->rows, s->cols);
        nc__gemm(l->context, false, true, 1, &left, &right, 0, &products);
        nc__parallel(l->context, reduce_part, s);
    }
}

static double value_of(const search *s, int32_t vector, const state *found)
{
    const nc__layer *l = s->layer;
    if (vector == LIBNC_CLASS_CDNV)
        return l->present > 1 ? found->sum / (double)(l->present - 1) : NAN;
    if (found->nearest < 0)
        return NAN;
    return vector == LIBNC_CLASS_NEAREST ? (double)l->index[found->nearest]
                                         : fmin(fmax(found->cosine, -1), 1);
}

static void search_all(search *s, int32_t vector, double *values)
{
    const nc__layer *l = s->layer;
    nc__layer_row_lengths(l, l->centred, s->lengths);
    for (int64_t k = 0; k < l->classes; k++)
        values[k] = NAN;
    for (s->first = 0; s->first < l->present; s->first += BLOCK) {
        s->rows = l->present - s->first < BLOCK ? l->present - s->first : BLOCK;
        search_block(s);
        for (int64_t r = 0; r < s->rows; r++)
            values[l->index[s->first + r]] = value_of(s, vector, &s->states[r]);
    }
}

libnc_status nc__class_neighbours(const nc__layer *l, int32_t vector, double *values)
{
    nc__arena arena = {.context = l->context};
    const size_t others = (size_t)(l->present < OTHERS ? l->present : OTHERS);
    search s = {.layer = l,
                .of_distances = vector == LIBNC_CLASS_CDNV,
                .lengths = nc__arena_alloc(&arena, (size_t)l->present, sizeof(double)),
                .products = nc__arena_alloc(&arena, BLOCK, others * sizeof(double)),
                .states = nc__arena_alloc(&arena, BLOCK, sizeof(state))};
    const libnc_status status = nc__arena_status(&arena);
    if (status == LIBNC_OK)
        search_all(&s, vector, values);
    nc__arena_release(&arena);
    return status;
}
