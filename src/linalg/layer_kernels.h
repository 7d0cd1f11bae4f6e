/* SPDX-License-Identifier: MIT
 *
 * layer_kernels.h: one table of operations on images per scalar type. layer_kernels.c is compiled
 * once per scalar type and instruction set; tables.c picks the best set that the processor has.
 *
 * Images are rows of pixels, a pixel is its channels one after the other. Pointers are to the
 * table's own scalar type.
 */
#ifndef NC__LAYER_KERNELS_H
#define NC__LAYER_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

/* out[pixel, o] = sum over segments s and i < length of in[pixel + offsets[s] + i] W[s, i, o].
 *
 * Pixels are counted in three loops, of which the innermost is tiled. Every convolution is one of
 * these or, backward with a stride, a few: a row of a kernel over all channels is one segment. */
typedef struct nc__correlation {
    int64_t count[3];
    int64_t in_step[3], out_step[3]; /* values from one pixel to the next */
    int64_t segments, length;
    const int64_t *offsets;
    int64_t channels; /* o */
    int64_t stride;   /* between rows of W, in whole vectors; behind the channels there are zeros */
} nc__correlation;

/* A block of values in three loops. */
typedef struct nc__walk {
    int64_t count[3], in_step[3], out_step[3];
} nc__walk;

/* Windows of rows x cols over images of height x width pixels. */
typedef struct nc__windows {
    int64_t channels, height, width, out_height, out_width;
    int64_t rows, cols, stride, padding;
} nc__windows;

typedef struct nc__layer_kernels {
    /* bias: o values and zeros to whole vectors, or NULL; adds to out where `add` */
    void (*correlate)(const nc__correlation *c, const void *in, const void *weights,
                      const void *bias, bool add, void *out);
    /* W += sum over pixels of in[pixel + offsets[s] + i] gradient[pixel, o], for tiles begin ..
     * end - 1 of W */
    int64_t (*weight_tiles)(const nc__correlation *c);
    void (*correlate_weights)(const nc__correlation *c, int64_t begin, int64_t end, const void *in,
                              const void *gradient, void *weights);
    /* out = in or out += in */
    void (*copy)(const nc__walk *walk, bool add, const void *in, void *out);

    /* Channels by patterns: arrays of `period` values, in which those of all channels stand again
     * and again. x and what is like it have n values, whole pixels. */

    /* acc += x; acc += (x - m)^2 */
    void (*add_pattern)(int64_t n, int64_t period, const void *x, void *acc);
    void (*add_squares_pattern)(int64_t n, int64_t period, const void *x, const void *m, void *acc);
    /* y = x a + b, then max(0, y) if relu */
    void (*scale_pattern)(int64_t n, int64_t period, const void *x, const void *a, const void *b,
                          bool relu, void *y);
    /* acc += g, products += g (x - m) */
    void (*add_products_pattern)(int64_t n, int64_t period, const void *g, const void *x,
                                 const void *m, void *acc, void *products);
    /* d = g a + (x - m) b + c, or added to d */
    void (*combine_pattern)(int64_t n, int64_t period, const void *g, const void *x, const void *m,
                            const void *const abc[3], bool add, void *d);
    /* sums[j mod channels] += acc[j], in double */
    void (*fold_pattern)(int64_t period, int64_t channels, const void *acc, double *sums);

    /* z = x + y, then max(0, z) if relu */
    void (*add)(int64_t n, const void *x, const void *y, bool relu, void *z);

    /* one image */
    void (*largest_of_windows)(const nc__windows *w, const void *in, void *out);
    void (*mean_of_windows)(const nc__windows *w, const void *in, void *out);
    /* d_in += ...; of equal values the first gets the gradient. rest: channels values of scratch */
    void (*largest_backward)(const nc__windows *w, const void *in, const void *out, const void *g,
                             void *rest, void *d_in);
    void (*mean_backward)(const nc__windows *w, const void *g, void *d_in);
} nc__layer_kernels;

#endif
