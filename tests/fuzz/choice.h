/* SPDX-License-Identifier: MIT
 *
 * choice.h: what a sequence of calls decides from, and the values that it decides for.
 *
 * Every decision takes bytes of the input, in order; after its end all bytes are 0, and 0 is always
 * a choice that is valid. The same bytes therefore give the same calls, whoever made them: a seed
 * (driver.c) or libFuzzer. With FUZZ_PRINT set in the environment every call is printed before it
 * is made, and its result after it.
 */
#ifndef CHOICE_H
#define CHOICE_H

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct {
    const unsigned char *bytes;
    size_t size, used;
    bool prints;
    char line[4096]; /* the call that is being made */
    size_t length;
} choices;

static void choices_from(const unsigned char *bytes, size_t size)
{
    choices.bytes = bytes;
    choices.size = size;
    choices.used = 0;
    choices.prints = getenv("FUZZ_PRINT") != NULL;
}

static bool choices_left(void)
{
    return choices.used < choices.size;
}

static unsigned a_byte(void)
{
    return choices_left() ? choices.bytes[choices.used++] : 0;
}

/* 0 .. n - 1, n up to 65536; 0 for 0. */
static unsigned choose(unsigned n)
{
    const unsigned low = a_byte();
    return n > 0 ? (n > 256 ? low << 8 | a_byte() : low) % n : 0;
}

/* True once in n times; never after the end of the input. */
static bool rarely(unsigned n)
{
    return choose(n) == n - 1;
}

/* Adds to the printed call. */
static void say(const char *format, ...)
{
    va_list arguments;
    if (!choices.prints || choices.length >= sizeof choices.line)
        return;
    va_start(arguments, format);
    const int n = vsnprintf(choices.line + choices.length, sizeof choices.line - choices.length,
                            format, arguments);
    va_end(arguments);
    choices.length += n > 0 ? (size_t)n : 0;
}

/* ---- numbers ---- */

/* low .. high; rarely a number that is out of most bounds, or at the end of a type. Not for sizes
 * of buffers or for how often something is done. */
static int64_t a_number(int64_t low, int64_t high)
{
    static const int64_t special[] = {
        0,         -1,        1,         INT32_MAX,          (int64_t)INT32_MAX + 1,
        INT32_MIN, INT64_MIN, INT64_MAX, ((int64_t)1 << 53), ((int64_t)1 << 53) + 1};
    int64_t value = low + choose((unsigned)(high - low + 1));
    if (rarely(16)) {
        const unsigned which = choose(COUNT(special) + 2);
        value = which < COUNT(special) ? special[which] : which % 2 ? low - 1 : high + 1;
    }
    say(" %lld", (long long)value);
    return value;
}

/* The same for 32 bits: keys, kinds, layers. */
static int32_t a_key(int32_t low, int32_t high)
{
    static const int32_t special[] = {0, -1, 1, 1000, 1001, INT32_MIN, INT32_MAX};
    int32_t value = low + (int32_t)choose((unsigned)(high - low + 1));
    if (rarely(16)) {
        const unsigned which = choose(COUNT(special) + 2);
        value = which < COUNT(special) ? special[which] : which % 2 ? low - 1 : high + 1;
    }
    say(" %d", (int)value);
    return value;
}

/* low .. high; rarely nothing or a negative number: for what says how much is read, written or
 * done. */
static int64_t an_amount(int64_t low, int64_t high)
{
    static const int64_t special[] = {0, -1, INT32_MIN, INT64_MIN};
    int64_t value = low + choose((unsigned)(high - low + 1));
    if (rarely(24))
        value = special[choose(COUNT(special))];
    say(" %lld", (long long)value);
    return value;
}

/* What is wanted; rarely another size, which must be refused. */
static size_t a_size(size_t wanted)
{
    const size_t special[] = {wanted + 1,     wanted - 1, 0,
                              2 * wanted + 1, SIZE_MAX,   SIZE_MAX / 8 + 1};
    const size_t size = rarely(16) ? special[choose(COUNT(special))] : wanted;
    say(" size %zu", size);
    return size;
}

static const double special_reals[] = {0,           -0.0,
                                       1,           -1,
                                       1e-3,        DBL_MIN,
                                       5e-324,      DBL_MAX,
                                       1e300,       -1e300,
                                       INFINITY,    -INFINITY,
                                       NAN,         1e-300,
                                       1e100,       1e-100,
                                       0x1p53,      1e-16,
                                       1 - 0x1p-53, 1 + 0x1p-52,
                                       FLT_MAX,     1e39,
                                       FLT_MIN,     1.5e154,
                                       1e-160,      9007199254740993.0,
                                       0.5,         1e15};

static double a_special_real(void)
{
    return special_reals[choose(COUNT(special_reals))];
}

/* Log-uniform between two powers of ten; rarely anything. */
static double a_real(int low, int high)
{
    double value = pow(10, low + choose(256) * (high - low) / 255.0);
    if (rarely(12))
        value = a_special_real();
    say(" %.17g", value);
    return value;
}

/* In [0, 1) mostly. */
static double a_share(void)
{
    const double value = rarely(12) ? a_special_real() : choose(256) / 256.0;
    say(" %.17g", value);
    return value;
}

#endif
