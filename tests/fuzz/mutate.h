/* SPDX-License-Identifier: MIT
 *
 * mutate.h: inputs for compilers without libFuzzer: a corpus of files and changes of them, or
 * random bytes for the calls, that follow from (seed, run) alone, so that one run can be repeated.
 */
#ifndef MUTATE_H
#define MUTATE_H

#include "targets.h"

#include <glob.h>

enum {
    MOST_SEEDS = 64,
    LONGEST_SEED = 1 << 13,
    LONGEST_INPUT = 1 << 14,
    LONGEST_SEQUENCE = 1 << 8 /* bytes that calls decide from: some thirty calls */
};

typedef struct corpus {
    size_t count, sizes[MOST_SEEDS];
    unsigned char bytes[MOST_SEEDS][LONGEST_SEED];
} corpus;

/* All files of tests/fuzz/corpus/NAME, from the root of the tree; false if there are none. The
 * calls need none. */
static inline bool corpus_read(corpus *c, const char *name)
{
    char pattern[256];
    glob_t files;
    c->count = 0;
    if (strcmp(name, "calls") == 0)
        return true;
    snprintf(pattern, sizeof pattern, "tests/fuzz/corpus/%s/*", name);
    if (glob(pattern, 0, NULL, &files) != 0)
        return false;
    for (size_t i = 0; i < files.gl_pathc && c->count < MOST_SEEDS; i++) {
        FILE *file = fopen(files.gl_pathv[i], "rb");
        if (!file)
            continue;
        c->sizes[c->count] = fread(c->bytes[c->count], 1, LONGEST_SEED, file);
        c->count += c->sizes[c->count] > 0;
        fclose(file);
    }
    globfree(&files);
    return c->count > 0;
}

typedef struct input {
    unsigned char bytes[LONGEST_INPUT];
    size_t size;
} input;

/* Opens a gap of n bytes at `at`; false if there is no room. */
static inline bool open_gap(input *in, size_t at, size_t n)
{
    if (in->size + n > LONGEST_INPUT)
        return false;
    memmove(in->bytes + at + n, in->bytes + at, in->size - at);
    in->size += n;
    return true;
}

static inline void mutate_number(input *in, uint64_t *state)
{
    static const uint64_t special[] = {0,          1,          2,          127,        128,
                                       255,        256,        65535,      65536,      0x7fffffff,
                                       0x80000000, 0xffffffff, 1ULL << 32, INT64_MAX,  1ULL << 63,
                                       UINT64_MAX, 64,         10,         0xfffffffe, 3073};
    const size_t width = (size_t)1 << next_word(state) % 4;
    if (in->size < width)
        return;
    const size_t at = next_word(state) % (in->size - width + 1);
    uint64_t value = special[next_word(state) % (sizeof special / sizeof *special)];
    if (next_word(state) % 3 == 0) /* near what is there */
        value = nc__little_endian(in->bytes + at, width) + next_word(state) % 9 - 4;
    if (next_word(state) % 3 == 0)
        nc__put_big_endian(in->bytes + at, value, width);
    else
        nc__put_little_endian(in->bytes + at, value, width);
}

/* Text that headers are made of. */
static inline void mutate_word(input *in, uint64_t *state)
{
    static const char *const words[] = {"{",
                                        "}",
                                        "(",
                                        ")",
                                        "[",
                                        "]",
                                        ",",
                                        ":",
                                        "'",
                                        "\"",
                                        "\\u00e9",
                                        "True",
                                        "False",
                                        "'<f8'",
                                        "'|V2'",
                                        "'>i4'",
                                        "()",
                                        "(0,)",
                                        "(1,)",
                                        "-1",
                                        "9223372036854775807",
                                        "1e3",
                                        "\\",
                                        "PK\1\2",
                                        "PK\5\6",
                                        "PK\6\6",
                                        "PK\6\7",
                                        "PK\7\10",
                                        "\n",
                                        "F8_E4M3",
                                        "BOOL",
                                        "\"dtype\"",
                                        "\"shape\"",
                                        "\"data_offsets\"",
                                        "__metadata__",
                                        "'shape'",
                                        "'descr'",
                                        "[0,0]",
                                        "0",
                                        "1",
                                        "99",
                                        "\xff",
                                        "\xc3\xa9"};
    const char *word = words[next_word(state) % (sizeof words / sizeof *words)];
    const size_t n = strlen(word), at = next_word(state) % (in->size + 1);
    if (next_word(state) % 2 && at + n <= in->size)
        memcpy(in->bytes + at, word, n);
    else if (open_gap(in, at, n))
        memcpy(in->bytes + at, word, n);
}

static inline void mutate_block(input *in, const corpus *c, uint64_t *state)
{
    if (in->size == 0)
        return;
    const size_t from = next_word(state) % in->size, n = 1 + next_word(state) % (in->size - from);
    const size_t part = n < 64 ? n : 1 + n % 64;
    unsigned char kept[64];
    memcpy(kept, in->bytes + from, part);
    switch (next_word(state) % 5) {
    case 0: /* leave out */
        memmove(in->bytes + from, in->bytes + from + part, in->size - from - part);
        in->size -= part;
        break;
    case 1: /* twice */
        if (open_gap(in, from, part))
            memcpy(in->bytes + from, kept, part);
        break;
    case 2: /* elsewhere too */
        memcpy(in->bytes + next_word(state) % (in->size - part + 1), kept, part);
        break;
    case 3: /* cut off */ in->size = from; break;
    default: { /* the end of another file */
        const size_t k = next_word(state) % c->count, at = next_word(state) % c->sizes[k];
        const size_t rest = c->sizes[k] - at;
        if (from + rest <= LONGEST_INPUT) {
            memcpy(in->bytes + from, c->bytes[k] + at, rest);
            in->size = from + rest;
        }
    }
    }
}

static inline void random_input(input *in, uint64_t *state)
{
    in->size = 32 + next_word(state) % (LONGEST_SEQUENCE - 31);
    for (size_t i = 0; i < in->size; i++)
        in->bytes[i] = (unsigned char)next_word(state);
}

/* Run `run` of seed `seed`; run 0 .. count - 1 of seed 0 are the files themselves. Without files
 * the bytes are random. */
static inline void mutate(input *in, const corpus *c, uint64_t seed, uint64_t run)
{
    uint64_t state = seed * UINT64_C(0xd1342543de82ef95) + run;
    next_word(&state);
    if (c->count == 0) {
        random_input(in, &state);
        return;
    }
    const size_t k = seed == 0 && run < c->count ? (size_t)run : next_word(&state) % c->count;
    memcpy(in->bytes, c->bytes[k], c->sizes[k]);
    in->size = c->sizes[k];
    if (seed == 0 && run < c->count)
        return;
    for (uint64_t i = 0, n = 1 + next_word(&state) % 6; i < n; i++) {
        const uint64_t change = next_word(&state) % 8;
        if (change < 2 && in->size > 0)
            in->bytes[next_word(&state) % in->size] ^= (unsigned char)(1u << next_word(&state) % 8);
        else if (change == 2 && in->size > 0)
            in->bytes[next_word(&state) % in->size] = (unsigned char)next_word(&state);
        else if (change < 5)
            mutate_number(in, &state);
        else if (change == 5)
            mutate_word(in, &state);
        else if (change == 6 && in->size > 0) /* digits stay digits */
            for (size_t at = next_word(&state) % in->size, j = 0; j < 16 && at < in->size;
                 j++, at++) {
                if (in->bytes[at] >= '0' && in->bytes[at] <= '9')
                    in->bytes[at] = (unsigned char)('0' + next_word(&state) % 10);
            }
        else
            mutate_block(in, c, &state);
    }
}

#endif
