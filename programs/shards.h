/* SPDX-License-Identifier: MIT
 *
 * shards.h: rows of numbers that are spread over files.
 *
 * A source is named by FILE, FILE:MEMBER for .npz, safetensors and CIFAR files, or a pattern of
 * either ('part*.npy'), whose files are taken one after the other in the order of the numbers in
 * their names. The member begins after the first colon that follows the name of a file, and is
 * taken as it is; FILE::MEMBER says so where that would be another file. A member's name may also
 * be written as messages show it.
 */
#ifndef PROGRAMS_SHARDS_H
#define PROGRAMS_SHARDS_H

#include "program.h"

typedef struct shards {
    const char *name; /* as it was given */
    char **paths;
    libnc_array **arrays;
    int64_t count;
    int64_t rows, cols;
    int64_t places; /* a column is the mean of so many numbers of a row in the files; 1: no mean */
    bool channels_last; /* of these */
} shards;

/* Whether the text names a source that is there, its member aside. */
bool names_source(const program *self, const char *text);

bool shards_order_is_plain(const shards *s);

shards shards_open(const program *self, const char *option, const char *name);

/* Dimensions after the second are places of a map, N x channels x places, or the channels are last:
 * a column becomes the mean over the places of a channel. */
void shards_pool(const program *self, const char *option, shards *s, bool channels_last);

void shards_close(shards *s);

/* Which file holds row `row`, which becomes the row within it. */
int64_t shard_of(const shards *s, int64_t *row);

/* LIBNC_FLOAT32 if that is what the files hold, or less; integers are float64, whose products are
 * exact to more digits. */
int32_t shards_scalar(const shards *s);

size_t scalar_size(int32_t scalar);

/* Rows begin .. begin + count - 1, of any files: as float32 or float64, or, with scalar = 0, as
 * int64. */
void shards_read(const program *self, const shards *s, int64_t begin, int64_t count, int32_t scalar,
                 void *values);

#endif
