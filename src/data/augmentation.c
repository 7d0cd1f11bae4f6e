/* SPDX-License-Identifier: MIT
 *
 * augmentation.c: random crops of padded images, and their mirror images (augmentation.h).
 */
#include "data/augmentation.h"

#include "base/stream.h"

/* The child of a seed's stream, beside those of dataset.c. */
enum { AUGMENTATION = 0x61756721 }; /* "aug!" */

/* How far the window lies below the image and to its right, and whether its view is mirrored. */
typedef struct view {
    int64_t down, right;
    bool flip;
} view;

static view draw_view(const nc__augmentation *a, int64_t entry)
{
    enum { DOWN, RIGHT, FLIP, WORDS };
    uint64_t words[WORDS];
    const uint64_t places = 2 * (uint64_t)a->padding + 1;
    nc__stream stream = nc__stream_child(nc__stream_of(a->seed), AUGMENTATION);
    stream = nc__stream_child(nc__stream_child(stream, a->epoch), (uint64_t)entry);
    nc__stream_words(&stream, words, WORDS);
    return (view){.down = (int64_t)(words[DOWN] % places) - a->padding,
                  .right = (int64_t)(words[RIGHT] % places) - a->padding,
                  .flip = a->flips && (words[FLIP] & 1) != 0};
}

/* The pixels of a channel that stay in sight: rows first, then columns. */
static nc__tensor part_of(const nc__tensor *channel, int64_t down, int64_t right)
{
    const int64_t rows = channel->rows - (down < 0 ? -down : down);
    const int64_t cols = channel->cols - (right < 0 ? -right : right);
    const nc__tensor part = nc__tensor_rows(channel, down < 0 ? -down : 0, rows);
    return nc__tensor_cols(&part, right < 0 ? -right : 0, cols);
}

static void copy_mirrored(const nc__tensor *from, nc__tensor *to)
{
    for (int64_t x = 0; x < from->cols; x++) {
        const nc__tensor source = nc__tensor_cols(from, x, 1);
        nc__tensor target = nc__tensor_cols(to, to->cols - 1 - x, 1);
        nc__convert(&source, &target);
    }
}

/* What the window has of the image moves up and to the left as the window moves down and right. */
static void show(const view *v, const nc__tensor *from, nc__tensor *to)
{
    const nc__tensor source = part_of(from, -v->down, -v->right);
    nc__tensor target = part_of(to, v->down, v->flip ? -v->right : v->right);
    if (v->flip)
        copy_mirrored(&source, &target);
    else
        nc__convert(&source, &target);
}

static nc__tensor channel_of(const nc__tensor *image, const int64_t *shape, int64_t channel)
{
    const int64_t size = shape[1] * shape[2];
    nc__tensor pixels = nc__tensor_cols(image, channel * size, size);
    return nc__tensor_of(pixels.data, pixels.scalar, shape[1], shape[2]);
}

void nc__augment(const nc__augmentation *augmentation, int64_t entry, const nc__tensor *from,
                 nc__tensor *to)
{
    const view v = draw_view(augmentation, entry);
    nc__fill(to, 0);
    for (int64_t c = 0; c < augmentation->shape[0]; c++) {
        const nc__tensor source = channel_of(from, augmentation->shape, c);
        nc__tensor target = channel_of(to, augmentation->shape, c);
        show(&v, &source, &target);
    }
}
