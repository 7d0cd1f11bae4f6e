/* SPDX-License-Identifier: MIT
 *
 * images.c: tensors of images value by value, pixel by pixel or window by window (images.h).
 */
#include "linalg/images.h"

#include "linalg/tables.h"

#include <string.h>

typedef struct work {
    const nc__layer_kernels *kernels;
    const nc__tensor *x, *y, *dy, *scratch;
    nc__tensor *out;
    const nc__walk *walk;
    const nc__windows *windows;
    int64_t from, to;
    bool flag;
} work;

static void share_rows(libnc_context *context, nc__work_fn part, work *w)
{
    w->kernels = nc__layer_kernels_of(w->x->scalar);
    if (context->threads > 1 && w->x->rows * w->x->cols >= NC__SHARED_VALUES)
        nc__parallel(context, part, w);
    else
        part(w, 0, 1);
}

static char *row_of(const nc__tensor *tensor, int64_t row)
{
    return (char *)tensor->data + (size_t)(row * tensor->stride) * nc__scalar_size(tensor->scalar);
}

/* ---- value by value ---- */

static void add_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    int64_t begin, end;
    nc__share(w->x->rows, 1, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        w->kernels->add(w->x->cols, row_of(w->x, i), row_of(w->y, i), w->flag, row_of(w->out, i));
}

void nc__images_add(libnc_context *context, const nc__tensor *x, const nc__tensor *y, bool relu,
                    nc__tensor *z)
{
    work w = {.x = x, .y = y, .out = z, .flag = relu};
    share_rows(context, add_part, &w);
}

static void relu_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    const nc__tensor none = {0};
    int64_t begin, end;
    nc__share(w->x->rows, 1, part, parts, &begin, &end);
    const nc__tensor x = nc__tensor_rows(w->x, begin, end - begin);
    nc__tensor y = nc__tensor_rows(w->out, begin, end - begin);
    nc__copy(&x, &y);
    nc__add_bias(&none, true, &y);
}

void nc__images_relu(libnc_context *context, const nc__tensor *x, nc__tensor *y)
{
    work w = {.x = x, .out = y};
    share_rows(context, relu_part, &w);
}

static void relu_backward_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    int64_t begin, end;
    nc__share(w->x->rows, 1, part, parts, &begin, &end);
    const nc__tensor output = nc__tensor_rows(w->x, begin, end - begin);
    nc__tensor gradient = nc__tensor_rows(w->out, begin, end - begin);
    nc__relu_backward(&output, &gradient);
}

void nc__images_relu_backward(libnc_context *context, const nc__tensor *output,
                              nc__tensor *gradient)
{
    work w = {.x = output, .out = gradient};
    share_rows(context, relu_backward_part, &w);
}

static void add_bias_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    int64_t begin, end;
    nc__share(w->x->rows, 1, part, parts, &begin, &end);
    nc__tensor x = nc__tensor_rows(w->x, begin, end - begin);
    nc__add_bias(w->y, w->flag, &x);
}

void nc__images_add_bias(libnc_context *context, const nc__tensor *bias, bool relu, nc__tensor *x)
{
    work w = {.x = x, .y = bias, .flag = relu};
    share_rows(context, add_bias_part, &w);
}

/* ---- block by block ---- */

static void copy_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    const size_t size = nc__scalar_size(w->x->scalar);
    int64_t begin, end;
    nc__share(w->x->rows, 1, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        w->kernels->copy(w->walk, w->flag, row_of(w->x, i) + (size_t)w->from * size,
                         row_of(w->out, i) + (size_t)w->to * size);
}

void nc__images_copy(libnc_context *context, const nc__walk *walk, bool add, const nc__tensor *from,
                     int64_t from_place, nc__tensor *to, int64_t to_place)
{
    work w = {.x = from, .out = to, .walk = walk, .from = from_place, .to = to_place, .flag = add};
    share_rows(context, copy_part, &w);
}

/* ---- window by window ---- */

static void pool_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    int64_t begin, end;
    nc__share(w->x->rows, 1, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        (w->flag ? w->kernels->largest_of_windows
                 : w->kernels->mean_of_windows)(w->windows, row_of(w->x, i), row_of(w->out, i));
}

void nc__images_pool(libnc_context *context, const nc__windows *windows, bool largest,
                     const nc__tensor *x, nc__tensor *y)
{
    work w = {.x = x, .out = y, .windows = windows, .flag = largest};
    share_rows(context, pool_part, &w);
}

static void pool_backward_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    int64_t begin, end;
    nc__share(w->x->rows, 1, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        if (w->flag)
            w->kernels->largest_backward(w->windows, row_of(w->x, i), row_of(w->y, i),
                                         row_of(w->dy, i), row_of(w->scratch, part),
                                         row_of(w->out, i));
        else
            w->kernels->mean_backward(w->windows, row_of(w->dy, i), row_of(w->out, i));
}

void nc__images_pool_backward(libnc_context *context, const nc__windows *windows, bool largest,
                              const nc__tensor *x, const nc__tensor *y, const nc__tensor *dy,
                              const nc__tensor *scratch, nc__tensor *dx)
{
    work w = {.x = x,
              .y = y,
              .dy = dy,
              .scratch = scratch,
              .out = dx,
              .windows = windows,
              .flag = largest};
    share_rows(context, pool_backward_part, &w);
}

/* ---- channel by channel ---- */

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

int64_t nc__images_period(int64_t channels)
{
    enum { VECTOR = 16, LEAST = 128 }; /* values of the widest vector; for loops of several */
    const int64_t whole = channels * (VECTOR / greatest_divisor(channels, VECTOR));
    return whole * ((LEAST + whole - 1) / whole);
}

void nc__images_channel_sums(const nc__tensor *x, const nc__tensor *scratch, double *row, bool add,
                             nc__tensor *sums)
{
    const nc__layer_kernels *kernels = nc__layer_kernels_of(x->scalar);
    nc__tensor pattern = *scratch;
    memset(row, 0, (size_t)sums->cols * sizeof *row);
    if (add)
        nc__to_double(sums, row);
    for (int64_t i = 0; i < x->rows; i++) {
        nc__fill(&pattern, 0);
        kernels->add_pattern(x->cols, pattern.cols, row_of(x, i), pattern.data);
        kernels->fold_pattern(pattern.cols, sums->cols, pattern.data, row);
    }
    nc__from_double(row, sums);
}
