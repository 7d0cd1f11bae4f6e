/* SPDX-License-Identifier: MIT
 *
 * random.c: the random generator: Philox4x32-10 words, uniforms, normal variates, permutations.
 *
 * Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
 * Wichura: Algorithm AS 241, the percentage points of the normal distribution (1988).
 * doc/random.md has the construction and test vectors. Everything here is integer arithmetic and
 * IEEE + - * / and square root, never contracted to fused operations, so that the same seed gives
 * the same bits on every machine.
 *
 * Notation: word w of (seed, stream) is half w mod 2 of block floor(w/2); block b is
 * Philox(counter = (b, stream), key = seed), each 64-bit number as (low, high) 32-bit halves.
 */

#include "base/stream.h"
#include "base/base.h"

#include <math.h>
#include <string.h>

/* ---- Philox4x32-10 ---- */

#define PHILOX_M0 UINT64_C(0xD2511F53) /* multipliers */
#define PHILOX_M1 UINT64_C(0xCD9E8D57)
#define PHILOX_W0 UINT32_C(0x9E3779B9) /* key increments: the golden ratio, sqrt(3) - 1 */
#define PHILOX_W1 UINT32_C(0xBB67AE85)

enum {
    PHILOX_ROUNDS = 10,
    LANES = 8,         /* blocks computed side by side, for vector registers */
    GROUP = 2 * LANES, /* words of one such computation */
    CHUNK = 16 * GROUP /* words that a fill works on at a time */
};

/* Blocks of words are numbered up to 2^63 - 1, so this counter is free for splitting. */
#define SPLIT_BLOCK UINT64_MAX

/* LANES blocks first, first + 1, ... as 2 LANES words. */
static void philox_group(uint64_t seed, uint64_t stream, uint64_t first, uint64_t words[GROUP])
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    for (int i = 0; i < LANES; i++) {
        uint64_t block = first + (uint64_t)i;
        c0[i] = (uint32_t)block;
        c1[i] = (uint32_t)(block >> 32);
        c2[i] = (uint32_t)stream;
        c3[i] = (uint32_t)(stream >> 32);
    }
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        for (int i = 0; i < LANES; i++) {
            uint64_t product0 = PHILOX_M0 * c0[i], product1 = PHILOX_M1 * c2[i];
            c0[i] = (uint32_t)(product1 >> 32) ^ c1[i] ^ k0;
            c1[i] = (uint32_t)product1;
            c2[i] = (uint32_t)(product0 >> 32) ^ c3[i] ^ k1;
            c3[i] = (uint32_t)product0;
        }
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    for (int i = 0; i < LANES; i++) {
        words[2 * i] = (uint64_t)c1[i] << 32 | c0[i];
        words[2 * i + 1] = (uint64_t)c3[i] << 32 | c2[i];
    }
}

void nc__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t block[4])
{
    uint64_t words[GROUP];
    philox_group((uint64_t)key[1] << 32 | key[0], (uint64_t)counter[3] << 32 | counter[2],
                 (uint64_t)counter[1] << 32 | counter[0], words);
    for (int i = 0; i < 4; i++)
        block[i] = (uint32_t)(words[i / 2] >> 32 * (i % 2));
}

/* ---- streams ---- */

nc__stream nc__stream_of(uint64_t seed)
{
    return (nc__stream){seed, 0, 0};
}

/* A bijection of the 64-bit numbers that spreads every bit (the finaliser of SplitMix64). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

nc__stream nc__stream_child(nc__stream parent, uint64_t index)
{
    uint64_t words[GROUP];
    philox_group(parent.seed, parent.stream, SPLIT_BLOCK, words);
    return (nc__stream){parent.seed, mix(index ^ words[0]) ^ words[1], 0};
}

void nc__stream_words(nc__stream *stream, uint64_t *words, size_t count)
{
    while (count > 0) {
        size_t skip = (size_t)(stream->position % 2);
        uint64_t group[GROUP];
        size_t taken = GROUP - skip < count ? GROUP - skip : count;
        if (taken == GROUP) {
            philox_group(stream->seed, stream->stream, stream->position / 2, words);
        } else {
            philox_group(stream->seed, stream->stream, stream->position / 2, group);
            memcpy(words, group + skip, taken * sizeof *words);
        }
        words += taken;
        count -= taken;
        stream->position += taken;
    }
}

/* ---- uniforms ---- */

/* (k + 1/2) 2^-52 with k the upper 52 bits: k 2^-52 is found as a number of [1, 2) minus 1, and no
 * step rounds. (With 53 bits, k + 1/2 would round, and up to 1 for the largest.) */
static double uniform_of(uint64_t word)
{
    uint64_t bits = word >> 12 | UINT64_C(0x3FF0000000000000);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value - 1.0 + 0x1p-53;
}

void nc__stream_uniform(nc__stream *stream, double *values, size_t count)
{
    uint64_t words[CHUNK];
    for (size_t done = 0; done < count;) {
        size_t n = count - done < CHUNK ? count - done : CHUNK;
        nc__stream_words(stream, words, n);
        for (size_t i = 0; i < n; i++)
            values[done + i] = uniform_of(words[i]);
        done += n;
    }
}

/* ---- normal variates: AS 241, routine PPND16 ---- */

/* |p - 1/2| up to here is the central region. */
#define CENTRAL_HALF_WIDTH 0.425
#define CENTRAL_SQUARE     0.180625 /* the double next to the exact square, not the rounded product */
/* sqrt(-log(tail)) above this is the far tail. */
#define FAR_TAIL 5.0

/* q (n[7] x^7 + .. + n[0]) / (d[7] x^7 + .. + d[0]) by Horner's rule, multiplied before divided. */
static inline double ratio(double q, const double n[8], const double d[8], double x)
{
    double above = n[7], below = d[7];
    for (int i = 6; i >= 0; i--) {
        above = above * x + n[i];
        below = below * x + d[i];
    }
    return q * above / below;
}

static inline double central_quantile(double q)
{
    static const double above[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                    1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                    4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                    3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double below[8] = {1.0,
                                    4.2313330701600911252e+1,
                                    6.8718700749205790830e+2,
                                    5.3941960214247511077e+3,
                                    2.1213794301586595867e+4,
                                    3.9307895800092710610e+4,
                                    2.8729085735721942674e+4,
                                    5.2264952788528545610e+3};
    return ratio(q, above, below, CENTRAL_SQUARE - q * q);
}

static double near_tail_quantile(double r)
{
    static const double above[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                    5.76949722146069140550e0,  3.64784832476320460504e0,
                                    1.27045825245236838258e0,  2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double below[8] = {1.0,
                                    2.05319162663775882187e0,
                                    1.67638483018380384940e0,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
    return ratio(1, above, below, r - 1.6);
}

static double far_tail_quantile(double r)
{
    static const double above[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                    1.78482653991729133580e0,  2.96560571828504891230e-1,
                                    2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                    2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double below[8] = {1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15};
    return ratio(1, above, below, r - FAR_TAIL);
}

/* log x of a normal number x > 0, from exact and correctly rounded operations only, since libraries
 * differ: x = 2^e m with m in [sqrt 1/2, sqrt 2), log m = 2 atanh s, s = (m - 1)/(m + 1). With
 * s^2 < 0.0295 the terms left out are below 2e-19. */
static double portable_log(double x)
{
    static const double odd[12] = {1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11,
                                   1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int e = (int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0x000FFFFFFFFFFFFF)) | UINT64_C(0x3FF0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 0x1.6a09e667f3bcdp0) { /* sqrt 2 */
        m *= 0.5;
        e++;
    }
    double s = (m - 1.0) / (m + 1.0), square = s * s, sum = odd[11];
    for (int i = 10; i >= 0; i--)
        sum = sum * square + odd[i];
    return e * ln2_high + (2.0 * s * sum + e * ln2_low);
}

static double tail_quantile(double p)
{
    double r = sqrt(-portable_log(p < 0.5 ? p : 1.0 - p));
    double x = r <= FAR_TAIL ? near_tail_quantile(r) : far_tail_quantile(r);
    return p < 0.5 ? -x : x;
}

double nc__normal_quantile(double p)
{
    double q = p - 0.5;
    return fabs(q) <= CENTRAL_HALF_WIDTH ? central_quantile(q) : tail_quantile(p);
}

/* The central formula for all first, because a loop without branches vectorises. */
void nc__stream_normal(nc__stream *stream, double *values, size_t count)
{
    double p[CHUNK];
    for (size_t done = 0; done < count;) {
        size_t n = count - done < CHUNK ? count - done : CHUNK;
        double *z = values + done;
        nc__stream_uniform(stream, p, n);
        for (size_t i = 0; i < n; i++)
            z[i] = central_quantile(p[i] - 0.5);
        for (size_t i = 0; i < n; i++)
            if (fabs(p[i] - 0.5) > CENTRAL_HALF_WIDTH)
                z[i] = tail_quantile(p[i]);
        done += n;
    }
}

/* ---- permutations ---- */

/* The upper and lower half of a 128-bit product. */
static uint64_t multiply_high(uint64_t a, uint64_t b, uint64_t *low)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    uint64_t carry = a0 * b1 + (uint32_t)middle;
    *low = a * b;
    return a1 * b1 + (middle >> 32) + (carry >> 32);
}

/* A uniform integer of 0 .. bound - 1, the upper half of word x bound. The first 2^64 mod bound
 * values of the lower half are refused, which leaves every result equally many words (Lemire
 * 2019). */
static uint64_t draw_below(nc__stream *stream, uint64_t bound, uint64_t *words, size_t *left)
{
    uint64_t low, refused = (0 - bound) % bound, result;
    do {
        if (*left == 0) {
            nc__stream_words(stream, words, GROUP);
            *left = GROUP;
        }
        result = multiply_high(words[GROUP - (*left)--], bound, &low);
    } while (low < refused);
    return result;
}

void nc__stream_shuffle(nc__stream *stream, int64_t *items, size_t count)
{
    uint64_t words[GROUP];
    size_t left = 0;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)draw_below(stream, i, words, &left);
        int64_t moved = items[i - 1];
        items[i - 1] = items[j];
        items[j] = moved;
    }
    stream->position -= left; /* fetched, not used */
}

void nc__stream_permutation(nc__stream *stream, int64_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = (int64_t)i;
    nc__stream_shuffle(stream, order, count);
}

/* ---- the public handle ---- */
