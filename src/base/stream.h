/* SPDX-License-Identifier: MIT
 *
 * stream.h: random streams that live on the stack, for modules that fill arrays without a handle.
 *
 * Word i of a stream is a function of (seed, stream, i) alone: doc/random.md. Every draw moves the
 * position on; a draw of n values equals n draws of one. The numbers are those of libnc_random_*.
 */
#ifndef NC__STREAM_H
#define NC__STREAM_H

#include <stddef.h>
#include <stdint.h>

typedef struct nc__stream {
    uint64_t seed, stream;
    uint64_t position; /* words drawn so far */
} nc__stream;

/* The start of stream 0 of a seed. */
nc__stream nc__stream_of(uint64_t seed);

/* The start of child `index`, whatever the parent's position. Children of one parent differ for
 * certain; those of different parents, and a child and stream 0, but for a chance of 2^-64. */
nc__stream nc__stream_child(nc__stream parent, uint64_t index);

void nc__stream_words(nc__stream *stream, uint64_t *words, size_t count);
void nc__stream_uniform(nc__stream *stream, double *values, size_t count); /* in (0, 1) */
void nc__stream_normal(nc__stream *stream, double *values, size_t count);  /* N(0, 1) */

/* A uniformly random order of the items, in place (Fisher-Yates). */
void nc__stream_shuffle(nc__stream *stream, int64_t *items, size_t count);
/* A uniformly random order of 0 .. count - 1. */
void nc__stream_permutation(nc__stream *stream, int64_t *order, size_t count);

/* One block of Philox4x32-10 (Salmon et al. 2011). */
void nc__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t block[4]);

/* x with P(Z < x) = p for a standard normal Z (Wichura 1988), 0 < p < 1. */
double nc__normal_quantile(double p);

#endif
