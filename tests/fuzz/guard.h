/* SPDX-License-Identifier: MIT
 *
 * guard.h: buffers of the calls, with canaries on both sides.
 *
 * Outputs begin as FILL in every byte. After a call all canaries are whole, inputs are as they
 * were, outputs of a refused call are untouched, and outputs of a successful one are written and
 * finite. With AddressSanitizer the canaries may not even be read.
 */
#ifndef GUARD_H
#define GUARD_H

#include "choice.h"

#if defined(__SANITIZE_ADDRESS__)
#define GUARD_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARD_POISONS 1
#endif
#endif
#ifdef GUARD_POISONS
#include <sanitizer/asan_interface.h>
#define POISON(at, size)   __asan_poison_memory_region(at, size)
#define UNPOISON(at, size) __asan_unpoison_memory_region(at, size)
#else
#define POISON(at, size)   ((void)(at), (void)(size))
#define UNPOISON(at, size) ((void)(at), (void)(size))
#endif

enum {
    FILL = 0xa7,
    CANARY = 64,           /* bytes */
    MOST_VALUES = 1 << 12, /* of a buffer */
    MOST_BUFFERS = 64,     /* of a call, and of those that make its handles */
    GUARD_ROOM = MOST_BUFFERS * (8 * MOST_VALUES + 2 * CANARY)
};

typedef enum values_kind { REALS, WHOLES, SHORTS, FLOATS, CHARS, POINTERS } values_kind;

static const size_t element_sizes[] = {
    sizeof(double), sizeof(int64_t), sizeof(int32_t), sizeof(float), 1, sizeof(void *)};

typedef struct buffer {
    unsigned char *bytes;
    size_t size;
    values_kind element;
    bool is_output;
    uint64_t sum; /* of an input */
} buffer;

static buffer buffers[MOST_BUFFERS];

static struct {
    int first, count; /* first: of the present call; those before belong to a call that waits */
    unsigned char *next;
} guard;

static union {
    double align;
    unsigned char bytes[GUARD_ROOM];
} guard_room;

static void fail_call(const char *format, ...);

static uint64_t sum_of(const unsigned char *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static void guard_begin(void)
{
    guard.first = guard.count = 0;
    guard.next = guard_room.bytes;
}

/* Values beyond MOST_VALUES are never there: a_size() of the same number is then refused. */
static size_t at_most(size_t count)
{
    return count < MOST_VALUES ? count : MOST_VALUES;
}

static void *new_buffer(values_kind e, size_t count, bool is_output)
{
    if (guard.count == MOST_BUFFERS)
        abort();
    buffer *b = &buffers[guard.count++];
    *b = (buffer){.element = e, .size = at_most(count) * element_sizes[e], .is_output = is_output};
    const size_t whole = CANARY + (b->size + 7) / 8 * 8 + CANARY;
    memset(guard.next, FILL, whole);
    b->bytes = guard.next + CANARY;
    guard.next += whole;
    return b->bytes;
}

static void *an_output(values_kind e, size_t count)
{
    if (rarely(16)) {
        say(" NULL");
        return NULL;
    }
    say(" out[%zu]", count);
    return new_buffer(e, count, true);
}

static double *reals_out(size_t count)
{
    return an_output(REALS, count);
}
static int64_t *wholes_out(size_t count)
{
    return an_output(WHOLES, count);
}
static int32_t *shorts_out(size_t count)
{
    return an_output(SHORTS, count);
}
static void *pointer_out(void)
{
    return an_output(POINTERS, 1);
}

/* ---- inputs ---- */

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t next_word(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Values of one scale that follow from a word, some of them equal; rarely one that is special. */
static double *reals_in(size_t count)
{
    if (rarely(16)) {
        say(" NULL");
        return NULL;
    }
    static const double scales[] = {1, 1, 1, 1, 1e-3, 1e3, 1e-8, 1e8, 1e-150, 1e150, 0, 1e-310};
    const double scale = scales[choose(COUNT(scales))];
    const unsigned levels = choose(4) == 3 ? 2 : 1 << 12, seed = choose(256);
    uint64_t state = seed;
    double *values = new_buffer(REALS, count, false);
    count = at_most(count);
    for (size_t i = 0; i < count; i++)
        values[i] = scale * ((double)(next_word(&state) % levels) * 2 / levels - 1);
    say(" in[%zu] of scale %g, seed %u", count, scale, seed);
    if (count > 0 && rarely(16)) {
        const size_t at = choose(256) % count;
        values[at] = a_special_real();
        say(" with [%zu] = %.17g", at, values[at]);
    }
    return values;
}

/* Numbers >= 0, or weights; rarely one that is not. */
static double *positive_in(size_t count)
{
    double *values = reals_in(count);
    for (size_t i = 0; values && i < at_most(count); i++)
        if (values[i] < 0 && values[i] >= -1e8)
            values[i] = -values[i];
    return values;
}

/* low .. high, all of which occur if there is room; rarely one that is special. */
static int64_t *wholes_in(size_t count, int64_t low, int64_t high)
{
    if (rarely(16)) {
        say(" NULL");
        return NULL;
    }
    uint64_t state = choose(256);
    int64_t *values = new_buffer(WHOLES, count, false);
    const uint64_t span = (uint64_t)(high - low + 1);
    count = at_most(count);
    say(" in[");
    for (size_t i = 0; i < count; i++)
        values[i] = low + (int64_t)(i < span ? i : next_word(&state) % span);
    if (count > 0 && rarely(16)) {
        static const int64_t special[] = {-1, 0, INT64_MIN, INT64_MAX, INT32_MAX, (int64_t)1 << 53};
        values[choose(256) % count] = special[choose(COUNT(special))];
    }
    for (size_t i = 0; i < count && i < 16; i++)
        say(" %lld", (long long)values[i]);
    say(count > 16 ? " ...]" : "]");
    return values;
}

static int32_t *shorts_in(size_t count, int32_t low, int32_t high)
{
    const int64_t *values = wholes_in(count, low, high);
    if (!values)
        return NULL;
    int32_t *narrow = new_buffer(SHORTS, count, false);
    for (size_t i = 0; i < at_most(count); i++)
        narrow[i] = (int32_t)(values[i] < INT32_MIN   ? INT32_MIN
                              : values[i] > INT32_MAX ? INT32_MAX
                                                      : values[i]);
    return narrow;
}

/* Doubles, or the same as floats. */
static const void *scalars_in(size_t count, int32_t scalar)
{
    const double *values = reals_in(count);
    if (!values || scalar != 2)
        return values;
    float *narrow = new_buffer(FLOATS, count, false);
    for (size_t i = 0; i < at_most(count); i++)
        narrow[i] = (float)values[i];
    return narrow;
}

/* ---- before and after a call ---- */

static void guard_close(void)
{
    for (int i = guard.first; i < guard.count; i++) {
        buffer *b = &buffers[i];
        if (!b->is_output)
            b->sum = sum_of(b->bytes, b->size);
        POISON(b->bytes - CANARY, CANARY);
        POISON(b->bytes + b->size, CANARY);
    }
}

static bool is_filled(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != FILL)
            return false;
    return true;
}

static void guard_open(void)
{
    for (int i = guard.first; i < guard.count; i++) {
        const buffer *b = &buffers[i];
        UNPOISON(b->bytes - CANARY, CANARY);
        UNPOISON(b->bytes + b->size, CANARY);
        if (!is_filled(b->bytes - CANARY, CANARY) || !is_filled(b->bytes + b->size, CANARY))
            fail_call("it wrote beside buffer %d of %zu bytes", i, b->size);
        if (!b->is_output && sum_of(b->bytes, b->size) != b->sum)
            fail_call("it changed input %d", i);
    }
}

static void check_untouched(void)
{
    for (int i = guard.first; i < guard.count; i++)
        if (buffers[i].is_output && !is_filled(buffers[i].bytes, buffers[i].size))
            fail_call("it failed and wrote output %d", i);
}

/* Every element was written; reals are finite unless they may be otherwise. */
static void check_written(bool any_real)
{
    for (int i = guard.first; i < guard.count; i++) {
        const buffer *b = &buffers[i];
        const size_t width = element_sizes[b->element];
        for (size_t at = 0; b->is_output && at < b->size && b->element != CHARS; at += width) {
            double value = 0;
            if (is_filled(b->bytes + at, width))
                fail_call("it did not write element %zu of output %d", at / width, i);
            if (b->element == REALS)
                memcpy(&value, b->bytes + at, sizeof value);
            if (!any_real && !isfinite(value))
                fail_call("element %zu of output %d is %g", at / width, i, value);
        }
    }
}

#endif
