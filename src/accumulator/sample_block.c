/* SPDX-License-Identifier: MIT
 *
 * sample_block.c: a block of samples of a second pass (sample_block.h).
 */
#include "accumulator/sample_block.h"

enum {
    MOST_ROWS = 1024,
    LEAST_ROWS = 16,
    PRODUCT_BYTES = 1 << 26, /* of rows x classes: large K takes fewer rows at a time */
    ROW_BYTES = 1 << 25,     /* of rows x width */
    GRAIN = 4
};

static int64_t block_rows(int64_t classes, int64_t width, int64_t value)
{
    const int64_t by_classes = PRODUCT_BYTES / value / classes,
                  by_width = ROW_BYTES / value / width;
    const int64_t rows = by_classes < by_width ? by_classes : by_width;
    return rows > MOST_ROWS ? MOST_ROWS : rows < LEAST_ROWS ? LEAST_ROWS : rows;
}

libnc_status nc__sample_block_create(nc__sample_block *block, nc__arena *arena,
                                     const nc__statistics *statistics, int32_t scalar)
{
    const int64_t K = statistics->classes, d = statistics->width;
    const int64_t rows = block_rows(K, d, (int64_t)nc__scalar_size(scalar));
    block->statistics = statistics;
    block->capacity = rows;
    block->deviations = nc__arena_tensor(arena, scalar, rows, d);
    block->squares = nc__arena_alloc(arena, (size_t)rows, sizeof(double));
    block->index = nc__arena_alloc(arena, (size_t)rows, sizeof(int64_t));
    block->vectors = nc__arena_tensor(arena, scalar, rows, d);
    block->lengths = nc__arena_alloc(arena, (size_t)rows, sizeof(double));
    block->products = nc__arena_tensor(arena, scalar, rows, K);
    return nc__arena_status(arena);
}

static void deviate_part(void *argument, int32_t part, int32_t parts)
{
    nc__sample_block *block = argument;
    const nc__statistics *s = block->statistics;
    int64_t begin, end;
    nc__share(block->rows.rows, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t at = block->labels[i] * s->width;
        nc__tensor x = nc__tensor_rows(&block->rows, i, 1);
        nc__tensor y = nc__tensor_rows(&block->deviations, i, 1);
        block->squares[i] = nc__deviate_row(&x, s->references + at, s->offsets + at, &y);
    }
}

/* y = h - h_o */
void nc__sample_block_fill(nc__sample_block *block, const nc__tensor *rows, const int32_t *labels)
{
    block->rows = *rows;
    block->labels = labels;
    nc__parallel(block->statistics->context, deviate_part, block);
}
