/* SPDX-License-Identifier: MIT
 *
 * convolution.c: convolutions as correlations (convolution.h, layer_kernels.h).
 *
 * Images are copied into frames of zeros, so that no pixel is a special case. Wide images have a
 * frame each, in which a row of the kernel over all channels is one segment. Small ones share a
 * frame, in which the pixels of GROUP images that stand at the same place follow each other: the
 * tile of the kernel is then over images, and a segment is the channels of one pixel.
 *
 * Backward through a stride S, the pixels of x fall into S x S phases; those of a phase meet the
 * same weights, and each phase is a correlation of the frame of dy with its part of the kernel.
 */
#include "linalg/convolution.h"

#include "linalg/layer_kernels.h"
#include "linalg/tables.h"

#include <assert.h>
#include <string.h>

/* Rows of fewer pixels do not fill a register tile. */
enum { LEAST_ROW = 7, GROUP = 14, VECTOR_BYTES = 64 };

/* A frame: `images` of them with a border of zeros. */
typedef struct frame {
    int64_t channels, height, width; /* of an image in it */
    int64_t before;                  /* rows and columns of zeros above and on the left */
    int64_t full_height, full_width;
    int64_t images;
    nc__tensor values; /* one row for each thread */
} frame;

/* One correlation and the place of its first pixel, of its weights' first row. */
typedef struct phase {
    nc__correlation correlation;
    int64_t in, out, row;
} phase;

struct nc__convolution {
    libnc_context *context;
    nc__convolution_shape shape;
    const nc__layer_kernels *kernels;
    frame x, dy;
    phase forward, *phases; /* phases: S x S, with training */
    nc__tensor bias;        /* 1 x outputs, to whole vectors */
    nc__tensor weights;     /* rows of (r, s, i) x outputs, to whole vectors */
    nc__tensor back;        /* rows of (phase, r, s, o) x inputs, likewise */
    nc__tensor sums;        /* like weights */
};

static int64_t whole_vectors(int64_t count, int32_t scalar)
{
    const int64_t lanes = VECTOR_BYTES / (int64_t)nc__scalar_size(scalar);
    return (count + lanes - 1) / lanes * lanes;
}

/* ---- create ---- */

static void create_frame(frame *f, nc__arena *arena, int32_t scalar)
{
    const int64_t threads = arena->context->threads;
    const int64_t values = f->full_height * f->full_width * f->images * f->channels;
    f->values = nc__arena_tensor(arena, scalar, threads, whole_vectors(values, scalar));
}

static void create_x_frame(nc__convolution *c, nc__arena *arena, int32_t scalar)
{
    const nc__convolution_shape *s = &c->shape;
    c->x = (frame){.channels = s->inputs,
                   .height = s->height,
                   .width = s->width,
                   .before = s->padding,
                   .full_height = s->height + 2 * s->padding,
                   .full_width = s->width + 2 * s->padding,
                   .images = s->out_width < LEAST_ROW ? GROUP : 1};
    create_frame(&c->x, arena, scalar);
}

/* Of rows x cols places of a kernel. A whole row is one segment where images are alone. */
static void create_segments(nc__correlation *c, nc__arena *arena, const frame *f, int64_t rows,
                            int64_t cols)
{
    const bool merges = f->images == 1;
    const int64_t pixel = f->images * f->channels, across = merges ? 1 : cols;
    int64_t *offsets = nc__arena_alloc(arena, (size_t)(rows * across), sizeof *offsets);
    c->segments = rows * across;
    c->length = merges ? cols * f->channels : f->channels;
    for (int64_t r = 0; offsets && r < rows; r++)
        for (int64_t s = 0; s < across; s++)
            offsets[r * across + s] = (r * f->full_width + s) * pixel;
    c->offsets = offsets;
}

/* Pixels of out, `step` apart in the frame and out_step apart in an image of out_width pixels. */
static void set_pixels(nc__correlation *c, const frame *f, int64_t rows, int64_t cols, int64_t step,
                       int64_t out_step, int64_t out_width, int64_t out_height)
{
    const int64_t pixel = f->images * f->channels, o = c->channels;
    const int64_t in_row = step * f->full_width * pixel, in_col = step * pixel;
    const int64_t out_row = out_step * out_width * o, out_col = out_step * o;
    const bool alone = f->images == 1;
    c->count[0] = alone ? 1 : rows;
    c->count[1] = alone ? rows : cols;
    c->count[2] = alone ? cols : f->images;
    c->in_step[0] = alone ? 0 : in_row;
    c->in_step[1] = alone ? in_row : in_col;
    c->in_step[2] = alone ? in_col : f->channels;
    c->out_step[0] = alone ? 0 : out_row;
    c->out_step[1] = alone ? out_row : out_col;
    c->out_step[2] = alone ? out_col : out_width * out_height * o;
}

static void create_forward(nc__convolution *c, nc__arena *arena, int32_t scalar)
{
    const nc__convolution_shape *s = &c->shape;
    const int64_t rows = s->kernel * s->kernel * s->inputs;
    nc__correlation *forward = &c->forward.correlation;
    create_x_frame(c, arena, scalar);
    c->weights = nc__arena_tensor(arena, scalar, rows, whole_vectors(s->outputs, scalar));
    c->bias = nc__arena_tensor(arena, scalar, 1, c->weights.cols);
    forward->channels = s->outputs;
    forward->stride = c->weights.stride;
    create_segments(forward, arena, &c->x, s->kernel, s->kernel);
    set_pixels(forward, &c->x, s->out_height, s->out_width, s->stride, 1, s->out_width,
               s->out_height);
}

/* Along one side, the phase of remainder a: pixels first, first + S, ... of x meet weights a, a +
 * S,
 * ...; pixel `first` meets those of dy at place, place - 1, ... */
typedef struct side {
    int64_t first, count, taps, place;
} side;

static side side_of(const nc__convolution_shape *s, int64_t remainder, int64_t length)
{
    const int64_t S = s->stride;
    side d;
    d.first = ((remainder - s->padding) % S + S) % S;
    d.count = d.first < length ? (length - 1 - d.first) / S + 1 : 0;
    d.taps = remainder < s->kernel ? (s->kernel - 1 - remainder) / S + 1 : 0;
    d.place = (d.first + s->padding - remainder) / S;
    return d;
}

/* Borders wide enough for every phase. */
static void create_dy_frame(nc__convolution *c, nc__arena *arena, int32_t scalar)
{
    const nc__convolution_shape *s = &c->shape;
    const int64_t before = (s->kernel - 1 - s->padding) / s->stride;
    const int64_t last_row = (s->height - 1 + s->padding) / s->stride,
                  last_col = (s->width - 1 + s->padding) / s->stride;
    const int64_t rows = last_row < s->out_height ? s->out_height : last_row + 1,
                  cols = last_col < s->out_width ? s->out_width : last_col + 1;
    c->dy = (frame){.channels = s->outputs,
                    .height = s->out_height,
                    .width = s->out_width,
                    .before = before,
                    .full_height = before + rows,
                    .full_width = before + cols,
                    .images = s->width / s->stride < LEAST_ROW ? GROUP : 1};
    create_frame(&c->dy, arena, scalar);
}

static void create_phase(nc__convolution *c, nc__arena *arena, int64_t y, int64_t x, int64_t row)
{
    const nc__convolution_shape *s = &c->shape;
    const side down = side_of(s, y, s->height), across = side_of(s, x, s->width);
    phase *p = &c->phases[y * s->stride + x];
    p->row = row;
    p->correlation.channels = s->inputs;
    p->correlation.stride = c->back.stride;
    p->in = ((c->dy.before + down.place - down.taps + 1) * c->dy.full_width + c->dy.before +
             across.place - across.taps + 1) *
            c->dy.images * c->dy.channels;
    p->out = (down.first * s->width + across.first) * s->inputs;
    create_segments(&p->correlation, arena, &c->dy, down.taps, across.taps);
    if (down.taps == 0 || across.taps == 0)
        p->in = p->correlation.segments = 0;
    set_pixels(&p->correlation, &c->dy, down.count, across.count, 1, s->stride, s->width,
               s->height);
}

static void create_backward(nc__convolution *c, nc__arena *arena, int32_t scalar)
{
    const nc__convolution_shape *s = &c->shape;
    const int64_t S = s->stride;
    int64_t row = 0;
    create_dy_frame(c, arena, scalar);
    c->sums = nc__arena_tensor(arena, scalar, c->weights.rows, c->weights.cols);
    c->back = nc__arena_tensor(arena, scalar, s->kernel * s->kernel * s->outputs,
                               whole_vectors(s->inputs, scalar));
    c->phases = nc__arena_alloc(arena, (size_t)(S * S), sizeof *c->phases);
    for (int64_t i = 0; c->phases && i < S * S; i++) {
        create_phase(c, arena, i / S, i % S, row);
        row += c->phases[i].correlation.segments * c->phases[i].correlation.length;
    }
}

nc__convolution *nc__convolution_create(nc__arena *arena, const nc__convolution_shape *shape,
                                        int32_t scalar, bool training)
{
    nc__convolution *c = nc__arena_alloc(arena, 1, sizeof *c);
    if (!c)
        return NULL;
    c->context = arena->context;
    c->shape = *shape;
    c->kernels = nc__layer_kernels_of(scalar);
    create_forward(c, arena, scalar);
    if (training)
        create_backward(c, arena, scalar);
    return arena->failed ? NULL : c;
}

/* ---- frames ---- */

static char *value_at(const nc__tensor *tensor, int64_t row, int64_t value)
{
    return (char *)tensor->data +
           (size_t)(row * tensor->stride + value) * nc__scalar_size(tensor->scalar);
}

/* Images begin .. begin + count - 1 into the frame of a part of the work. */
static void fill_frame(const frame *f, int32_t part, const nc__tensor *images, int64_t begin,
                       int64_t count)
{
    const size_t size = nc__scalar_size(images->scalar);
    const int64_t pixels = f->images == 1 ? f->width : 1;
    const size_t bytes = (size_t)(pixels * f->channels) * size;
    for (int64_t i = 0; i < count; i++)
        for (int64_t y = 0; y < f->height; y++) {
            const char *from = value_at(images, begin + i, y * f->width * f->channels);
            const int64_t first = (f->before + y) * f->full_width + f->before;
            char *to = value_at(&f->values, part, (first * f->images + i) * f->channels);
            for (int64_t x = 0; x < f->width; x += pixels, from += bytes)
                memcpy(to + (size_t)(x * f->images * f->channels) * size, from, bytes);
        }
}

/* ---- forward ---- */

typedef struct work {
    nc__convolution *c;
    const nc__tensor *x, *dy;
    nc__tensor *out;
    const void *bias;
    bool add;
} work;

static int64_t group_of(const frame *f, int64_t rows, int64_t begin)
{
    return rows - begin < f->images ? rows - begin : f->images;
}

static void correlate_phase(const nc__convolution *c, const phase *p, const frame *f, int32_t part,
                            int64_t images, const nc__tensor *weights, const work *w, int64_t begin)
{
    nc__correlation correlation = p->correlation;
    if (f->images > 1)
        correlation.count[2] = images;
    c->kernels->correlate(&correlation, value_at(&f->values, part, p->in),
                          value_at(weights, p->row, 0), w->bias, w->add,
                          value_at(w->out, begin, p->out));
}

static void forward_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    const nc__convolution *c = w->c;
    int64_t begin, end;
    nc__share(w->x->rows, c->x.images, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i += c->x.images) {
        const int64_t images = group_of(&c->x, end, i);
        fill_frame(&c->x, part, w->x, i, images);
        correlate_phase(c, &c->forward, &c->x, part, images, &c->weights, w, i);
    }
}

/* Weights from W[o, i, r, s] to rows of (r, s, i), or back. */
static nc__walk by_place(const nc__convolution *c, bool back)
{
    const int64_t k = c->shape.kernel * c->shape.kernel, stride = c->weights.stride;
    const nc__walk there = {{k, c->shape.inputs, c->shape.outputs},
                            {1, k, c->shape.inputs * k},
                            {c->shape.inputs * stride, stride, 1}};
    const nc__walk home = {{c->shape.outputs, c->shape.inputs, k},
                           {1, stride, c->shape.inputs * stride},
                           {c->shape.inputs * k, k, 1}};
    return back ? home : there;
}

void nc__convolve(nc__convolution *c, const nc__tensor *weight, const nc__tensor *bias,
                  const nc__tensor *x, nc__tensor *y)
{
    const nc__walk walk = by_place(c, false);
    work w = {.c = c, .x = x, .out = y};
    assert(x->stride == x->cols && y->stride == y->cols && x->rows == y->rows);
    c->kernels->copy(&walk, false, weight->data, c->weights.data);
    if (bias->data) {
        nc__tensor own = nc__tensor_cols(&c->bias, 0, c->shape.outputs);
        nc__copy(bias, &own);
        w.bias = c->bias.data;
    }
    nc__parallel(c->context, forward_part, &w);
}

/* ---- backward ---- */

/* The part of the kernel that a phase meets, from the last place to the first, as the frame of dy
 * has them: rows of (r, s, o), values i. */
static void place_phase(const nc__convolution *c, int64_t y, int64_t x, const nc__tensor *weight)
{
    const nc__convolution_shape *s = &c->shape;
    const phase *p = &c->phases[y * s->stride + x];
    const int64_t k = s->kernel * s->kernel, columns = s->inputs * k;
    const int64_t down = side_of(s, y, s->height).taps, across = side_of(s, x, s->width).taps;
    for (int64_t r = 0; r < down; r++)
        for (int64_t t = 0; t < across; t++) {
            const int64_t row = y + s->stride * (down - 1 - r),
                          column = x + s->stride * (across - 1 - t);
            const nc__walk walk = {
                {1, s->outputs, s->inputs}, {0, columns, k}, {0, c->back.stride, 1}};
            c->kernels->copy(&walk, false, value_at(weight, 0, row * s->kernel + column),
                             value_at(&c->back, p->row + (r * across + t) * s->outputs, 0));
        }
}

static void data_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    const nc__convolution *c = w->c;
    const int64_t phases = c->shape.stride * c->shape.stride;
    int64_t begin, end;
    nc__share(w->dy->rows, c->dy.images, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i += c->dy.images) {
        const int64_t images = group_of(&c->dy, end, i);
        fill_frame(&c->dy, part, w->dy, i, images);
        for (int64_t p = 0; p < phases; p++)
            correlate_phase(c, &c->phases[p], &c->dy, part, images, &c->back, w, i);
    }
}

void nc__convolve_data(nc__convolution *c, const nc__tensor *weight, const nc__tensor *dy, bool add,
                       nc__tensor *dx)
{
    work w = {.c = c, .dy = dy, .out = dx, .add = add};
    assert(dx->stride == dx->cols && dy->stride == dy->cols && dx->rows == dy->rows);
    for (int64_t y = 0; y < c->shape.stride; y++)
        for (int64_t x = 0; x < c->shape.stride; x++)
            place_phase(c, y, x, weight);
    nc__parallel(c->context, data_part, &w);
}

/* Parts are of the weights, each over all images in order. */
static void weights_part(void *argument, int32_t part, int32_t parts)
{
    const work *w = argument;
    const nc__convolution *c = w->c;
    nc__correlation correlation = c->forward.correlation;
    int64_t begin, end;
    nc__share(c->kernels->weight_tiles(&correlation), 1, part, parts, &begin, &end);
    for (int64_t i = 0; begin < end && i < w->x->rows; i += c->x.images) {
        const int64_t images = group_of(&c->x, w->x->rows, i);
        if (c->x.images > 1)
            correlation.count[2] = images;
        fill_frame(&c->x, part, w->x, i, images);
        c->kernels->correlate_weights(&correlation, begin, end, value_at(&c->x.values, part, 0),
                                      value_at(w->dy, i, 0), c->sums.data);
    }
}

void nc__convolve_weights(nc__convolution *c, const nc__tensor *x, const nc__tensor *dy, bool add,
                          nc__tensor *d_weight)
{
    const nc__walk walk = by_place(c, true);
    work w = {.c = c, .x = x, .dy = dy};
    nc__fill(&c->sums, 0);
    nc__parallel(c->context, weights_part, &w);
    c->kernels->copy(&walk, add, c->sums.data, d_weight->data);
}
