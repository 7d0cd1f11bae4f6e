/* SPDX-License-Identifier: MIT
 *
 * vectors.h: vectors of one scalar type on one instruction set (variant.h).
 *
 * They are the compiler's generic ones, as wide as the instruction set allows; a compiler without
 * them gets vectors of one value and the same code.
 */
#ifndef NC__VECTORS_H
#define NC__VECTORS_H

#include "linalg/variant.h"

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

typedef NC__REAL real;

#if defined(__GNUC__)
typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
/* The same at any address that suits a single value. */
typedef real vec_at __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));
#define LANE(v, i) (v)[i]
#define INLINE     static inline __attribute__((always_inline))
#else
typedef real vec;
typedef real vec_at;
#define LANE(v, i) (v)
#define INLINE     static inline
#endif

enum {
    LANES = sizeof(vec) / sizeof(real),
    TILE = 4,    /* classes in a register tile */
    ROWS = 8,    /* rows per pass where rows are long: as many streams as prefetchers follow */
    LONG = 2048, /* bytes of a row from which it is long */
};

INLINE vec load(const real *p)
{
    return *(const vec_at *)p;
}

INLINE void store(real *p, vec v)
{
    *(vec_at *)p = v;
}

#endif
