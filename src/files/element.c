/* SPDX-License-Identifier: MIT
 *
 * element.c: element types: names, sizes, decoding and encoding.
 *
 * A small float has e exponent bits and f fraction bits, bias b = 2^(e-1) - 1, and the value
 * (1 + fraction/2^f) 2^(exponent - b), or fraction 2^(1 - b - f) for exponent 0. The largest
 * exponent is kept for infinity and NaN, but in E4M3, where only the code of all ones is NaN
 * (Micikevicius et al., FP8 Formats for Deep Learning, 2022, section 3).
 */
#include "files/element.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct kind {
    const char *name;
    int32_t size;
    double lowest, limit; /* integers: lowest <= value < limit */
} kind;

static const kind kinds[] = {
    [LIBNC_ELEMENT_BOOL] = {"bool", 1, 0, 2},
    [LIBNC_ELEMENT_INT8] = {"int8", 1, -0x1p7, 0x1p7},
    [LIBNC_ELEMENT_INT16] = {"int16", 2, -0x1p15, 0x1p15},
    [LIBNC_ELEMENT_INT32] = {"int32", 4, -0x1p31, 0x1p31},
    [LIBNC_ELEMENT_INT64] = {"int64", 8, -0x1p63, 0x1p63},
    [LIBNC_ELEMENT_UINT8] = {"uint8", 1, 0, 0x1p8},
    [LIBNC_ELEMENT_UINT16] = {"uint16", 2, 0, 0x1p16},
    [LIBNC_ELEMENT_UINT32] = {"uint32", 4, 0, 0x1p32},
    [LIBNC_ELEMENT_UINT64] = {"uint64", 8, 0, 0x1p64},
    [LIBNC_ELEMENT_FLOAT8_E4M3] = {"float8_e4m3fn", 1, 0, 0},
    [LIBNC_ELEMENT_FLOAT8_E5M2] = {"float8_e5m2", 1, 0, 0},
    [LIBNC_ELEMENT_FLOAT16] = {"float16", 2, 0, 0},
    [LIBNC_ELEMENT_BFLOAT16] = {"bfloat16", 2, 0, 0},
    [LIBNC_ELEMENT_FLOAT32] = {"float32", 4, 0, 0},
    [LIBNC_ELEMENT_FLOAT64] = {"float64", 8, 0, 0},
};

bool nc__is_element(int32_t element)
{
    return element >= LIBNC_ELEMENT_BOOL && element <= LIBNC_ELEMENT_FLOAT64;
}

const char *libnc_element_name(int32_t element)
{
    return nc__is_element(element) ? kinds[element].name : NULL;
}

int32_t libnc_element_size(int32_t element)
{
    return nc__is_element(element) ? kinds[element].size : 0;
}

/* ---- small floats ---- */

typedef struct small {
    int exponent, fraction; /* bits */
    bool infinite;          /* the largest exponent is kept for infinity and NaN */
} small;

static const small e4m3 = {4, 3, false}, e5m2 = {5, 2, true}, half = {5, 10, true},
                   brain = {8, 7, true};

static inline double widen(uint32_t bits, small s)
{
    const uint32_t top = (1u << s.exponent) - 1, ones = (1u << s.fraction) - 1;
    const int bias = (1 << (s.exponent - 1)) - 1;
    const uint32_t exponent = bits >> s.fraction & top, fraction = bits & ones;
    const bool negative = bits >> (s.exponent + s.fraction) & 1;
    double value;
    if (exponent == top && (s.infinite || fraction == ones))
        value = s.infinite && fraction == 0 ? (double)INFINITY : (double)NAN;
    else if (exponent == 0)
        value = ldexp((double)fraction, 1 - bias - s.fraction);
    else {
        uint64_t wide = (uint64_t)((int)exponent - bias + 1023) << 52 | (uint64_t)fraction
                                                                            << (52 - s.fraction);
        memcpy(&value, &wide, sizeof value);
    }
    return negative ? -value : value;
}

/* The nearest code; false if a finite value has none, or infinity. */
static inline bool narrow(double value, small s, uint32_t *bits)
{
    const uint32_t top = (1u << s.exponent) - 1, ones = (1u << s.fraction) - 1;
    const int bias = (1 << (s.exponent - 1)) - 1;
    const uint32_t sign = (uint32_t)(signbit(value) != 0) << (s.exponent + s.fraction);
    const uint32_t infinity = top << s.fraction;
    const int64_t largest = s.infinite ? infinity - 1 : (infinity | ones) - 1;
    if (isnan(value)) {
        *bits = sign | infinity | (s.infinite ? (ones + 1) >> 1 : ones);
        return true;
    }
    if (isinf(value)) {
        *bits = sign | infinity;
        return s.infinite;
    }
    int exponent;
    frexp(value, &exponent);
    exponent = value == 0 || exponent - 1 < 1 - bias ? 1 - bias : exponent - 1;
    /* in units of the last place; the leading one adds itself to the exponent */
    int64_t code = ((int64_t)(exponent + bias - 1) << s.fraction) +
                   (int64_t)rint(ldexp(fabs(value), s.fraction - exponent));
    *bits = sign | (uint32_t)(code & 0xffffffff);
    return code <= largest;
}

/* ---- decoding ---- */

#define DECODE_AS(type, expression)                                                                \
    for (int64_t i = 0; i < n; i++) {                                                              \
        type x;                                                                                    \
        memcpy(&x, bytes + (size_t)i * sizeof x, sizeof x);                                        \
        values[i] = (expression);                                                                  \
    }                                                                                              \
    break

static int64_t first_no_bool(const unsigned char *bytes, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (bytes[i] > 1)
            return i;
    return -1;
}

int64_t nc__decode(const unsigned char *bytes, int64_t n, int32_t element, double *values)
{
    switch (element) {
    case LIBNC_ELEMENT_BOOL:
    case LIBNC_ELEMENT_UINT8: DECODE_AS(uint8_t, (double)x);
    case LIBNC_ELEMENT_INT8: DECODE_AS(int8_t, (double)x);
    case LIBNC_ELEMENT_INT16: DECODE_AS(int16_t, (double)x);
    case LIBNC_ELEMENT_INT32: DECODE_AS(int32_t, (double)x);
    case LIBNC_ELEMENT_INT64: DECODE_AS(int64_t, (double)x);
    case LIBNC_ELEMENT_UINT16: DECODE_AS(uint16_t, (double)x);
    case LIBNC_ELEMENT_UINT32: DECODE_AS(uint32_t, (double)x);
    case LIBNC_ELEMENT_UINT64: DECODE_AS(uint64_t, (double)x);
    case LIBNC_ELEMENT_FLOAT8_E4M3: DECODE_AS(uint8_t, widen(x, e4m3));
    case LIBNC_ELEMENT_FLOAT8_E5M2: DECODE_AS(uint8_t, widen(x, e5m2));
    case LIBNC_ELEMENT_FLOAT16: DECODE_AS(uint16_t, widen(x, half));
    case LIBNC_ELEMENT_BFLOAT16: DECODE_AS(uint16_t, widen(x, brain));
    case LIBNC_ELEMENT_FLOAT32: DECODE_AS(float, (double)x);
    case LIBNC_ELEMENT_FLOAT64: memcpy(values, bytes, (size_t)n * sizeof *values); break;
    default: assert(!"an element type");
    }
    return element == LIBNC_ELEMENT_BOOL ? first_no_bool(bytes, n) : -1;
}

static bool is_float(int32_t element)
{
    return element >= LIBNC_ELEMENT_FLOAT8_E4M3;
}

/* Floats one at a time: labels are few. */
static int64_t decode_whole(const unsigned char *bytes, int64_t n, int32_t element, int64_t *values)
{
    const kind *whole = &kinds[LIBNC_ELEMENT_INT64];
    for (int64_t i = 0; i < n; i++) {
        double x;
        nc__decode(bytes + i * kinds[element].size, 1, element, &x);
        if (!(x >= whole->lowest && x < whole->limit && x == floor(x)))
            return i;
        values[i] = (int64_t)x;
    }
    return -1;
}

int64_t nc__decode_integers(const unsigned char *bytes, int64_t n, int32_t element, int64_t *values)
{
    if (is_float(element))
        return decode_whole(bytes, n, element, values);
    switch (element) {
    case LIBNC_ELEMENT_BOOL:
    case LIBNC_ELEMENT_UINT8: DECODE_AS(uint8_t, x);
    case LIBNC_ELEMENT_INT8: DECODE_AS(int8_t, x);
    case LIBNC_ELEMENT_INT16: DECODE_AS(int16_t, x);
    case LIBNC_ELEMENT_INT32: DECODE_AS(int32_t, x);
    case LIBNC_ELEMENT_UINT16: DECODE_AS(uint16_t, x);
    case LIBNC_ELEMENT_UINT32: DECODE_AS(uint32_t, x);
    default: DECODE_AS(int64_t, x);
    }
    if (element == LIBNC_ELEMENT_UINT64)
        for (int64_t i = 0; i < n; i++)
            if (values[i] < 0) /* above 2^63 - 1 */
                return i;
    return element == LIBNC_ELEMENT_BOOL ? first_no_bool(bytes, n) : -1;
}

/* ---- encoding ---- */

#define ENCODE_AS(type)                                                                            \
    for (int64_t i = 0; i < n; i++) {                                                              \
        type x = (type)values[i];                                                                  \
        memcpy(bytes + (size_t)i * sizeof x, &x, sizeof x);                                        \
    }                                                                                              \
    break

static int64_t encode_small(const double *values, int64_t n, small s, int32_t size,
                            unsigned char *bytes)
{
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        if (!narrow(values[i], s, &bits))
            return i;
        uint16_t two = (uint16_t)bits;
        if (size == 1)
            bytes[i] = (unsigned char)bits;
        else
            memcpy(bytes + 2 * i, &two, sizeof two);
    }
    return -1;
}

static int64_t encode_float32(const double *values, int64_t n, unsigned char *bytes)
{
    for (int64_t i = 0; i < n; i++) {
        float x = (float)values[i];
        if (isinf(x) && !isinf(values[i]))
            return i;
        memcpy(bytes + (size_t)i * sizeof x, &x, sizeof x);
    }
    return -1;
}

/* Values that are known to fit. */
#define ENCODE_INTEGERS                                                                            \
    switch (element) {                                                                             \
    case LIBNC_ELEMENT_BOOL:                                                                       \
    case LIBNC_ELEMENT_UINT8: ENCODE_AS(uint8_t);                                                  \
    case LIBNC_ELEMENT_INT8: ENCODE_AS(int8_t);                                                    \
    case LIBNC_ELEMENT_INT16: ENCODE_AS(int16_t);                                                  \
    case LIBNC_ELEMENT_INT32: ENCODE_AS(int32_t);                                                  \
    case LIBNC_ELEMENT_INT64: ENCODE_AS(int64_t);                                                  \
    case LIBNC_ELEMENT_UINT16: ENCODE_AS(uint16_t);                                                \
    case LIBNC_ELEMENT_UINT32: ENCODE_AS(uint32_t);                                                \
    default: ENCODE_AS(uint64_t);                                                                  \
    }

int64_t nc__encode(const double *values, int64_t n, int32_t element, unsigned char *bytes)
{
    switch (element) {
    case LIBNC_ELEMENT_FLOAT8_E4M3: return encode_small(values, n, e4m3, 1, bytes);
    case LIBNC_ELEMENT_FLOAT8_E5M2: return encode_small(values, n, e5m2, 1, bytes);
    case LIBNC_ELEMENT_FLOAT16: return encode_small(values, n, half, 2, bytes);
    case LIBNC_ELEMENT_BFLOAT16: return encode_small(values, n, brain, 2, bytes);
    case LIBNC_ELEMENT_FLOAT32: return encode_float32(values, n, bytes);
    case LIBNC_ELEMENT_FLOAT64: memcpy(bytes, values, (size_t)n * sizeof *values); return -1;
    default: break;
    }
    const kind *k = &kinds[element];
    for (int64_t i = 0; i < n; i++)
        if (!(values[i] >= k->lowest && values[i] < k->limit && values[i] == floor(values[i])))
            return i;
    ENCODE_INTEGERS
    return -1;
}

int64_t nc__encode_integers(const int64_t *values, int64_t n, int32_t element, unsigned char *bytes)
{
    if (is_float(element)) {
        for (int64_t i = 0; i < n; i++) {
            double x = (double)values[i];
            if (nc__encode(&x, 1, element, bytes + i * kinds[element].size) >= 0)
                return i;
        }
        return -1;
    }
    if (element != LIBNC_ELEMENT_INT64) {
        const kind *k = &kinds[element];
        const int64_t lowest = (int64_t)k->lowest;
        const int64_t highest = k->limit < 0x1p63 ? (int64_t)k->limit - 1 : INT64_MAX;
        for (int64_t i = 0; i < n; i++)
            if (values[i] < lowest || values[i] > highest)
                return i;
    }
    ENCODE_INTEGERS
    return -1;
}
