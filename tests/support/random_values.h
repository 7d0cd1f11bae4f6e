/* SPDX-License-Identifier: MIT
 *
 * random_values.h: numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood
 * 2014), uniform on (-1, 1).
 */
#ifndef RANDOM_VALUES_H
#define RANDOM_VALUES_H

#include <stdint.h>
#include <stdlib.h>

static inline double uniform(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-52 - 1;
}

/* Uniform on (-scale, scale); never NULL for a count of 0. The caller frees them. */
static inline double *random_values(int64_t count, double scale, uint64_t seed)
{
    double *values = calloc((size_t)count + 1, sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = scale * uniform(&seed);
    return values;
}

#endif
