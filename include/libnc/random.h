/* SPDX-License-Identifier: MIT */
/**
 * @file random.h
 * @brief A documented, versioned, splittable random generator with normal variates.
 *
 * Version 1: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011) with the seed as key and
 * (stream, position) as counter. A 64-bit word w is two 32-bit outputs; a uniform is
 * (floor(w / 2^12) + 1/2) 2^-52, which a double holds exactly; a normal variate is the inverse
 * normal distribution function of one uniform (Wichura, AS 241, PPND16) computed with IEEE
 * additions, multiplications, divisions and square roots alone. Variate i of a stream is therefore
 * a function of (version, seed, stream, i), the same on every machine with IEEE doubles.
 * doc/random.md has the details and test vectors.
 *
 * A stream has 2^64 words, and different streams of one seed share no block of the cipher. Children
 * of one parent are different streams for certain; children of different parents, and a child and
 * stream 0, are different but for a chance of 2^-64 per pair.
 */
#ifndef LIBNC_RANDOM_H
#define LIBNC_RANDOM_H

#include <libnc/context.h>

LIBNC_BEGIN

#define LIBNC_RANDOM_VERSION 1 /**< @brief Changes whenever the same seed gives other numbers. */

/** @brief A position in one stream of random numbers. @since 0.1 */
typedef struct libnc_random libnc_random;

/**
 * @brief Creates a generator at the start of stream 0 of a seed.
 * @param[out] random the new generator; the caller destroys it.
 * @param[in] context the context.
 * @param[in] seed any value.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_random_create(libnc_random **random, libnc_context *context,
                                               uint64_t seed);

/**
 * @brief Creates an independent generator at the start of the @p index -th child stream.
 *
 * It depends on the parent's seed and stream and on @p index, not on the parent's position.
 * @param[out] child the new generator; the caller destroys it.
 * @param[in] parent unchanged.
 * @param[in] index any value.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_random_split(libnc_random **child, const libnc_random *parent,
                                              uint64_t index);

/** @brief Destroys a generator; NULL is fine. @since 0.1 */
LIBNC_API void libnc_random_destroy(libnc_random *random);

/**
 * @brief Fills with uniform 64-bit words and moves on by @p count.
 * @param[in] random the generator.
 * @param[out] words @p count values; may be NULL if @p count is 0.
 * @param[in] count how many.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @note O(count).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_random_words(libnc_random *random, uint64_t *words, size_t count);

/** @brief Fills with uniforms of the open interval (0, 1); as libnc_random_words(). @since 0.1 */
LIBNC_CHECKED libnc_status libnc_random_uniform(libnc_random *random, double *values, size_t count);

/** @brief Fills with standard normal variates; as libnc_random_words(). @since 0.1 */
LIBNC_CHECKED libnc_status libnc_random_normal(libnc_random *random, double *values, size_t count);

/**
 * @brief Fills with a uniformly random permutation of 0 .. count - 1 (Fisher-Yates).
 *
 * Moves on by the words it used: count - 1, and one more for each that had to be refused to keep
 * the choice exactly uniform, which happens about count / 2^64 of the time.
 * @param[in] random the generator.
 * @param[out] order @p count values; may be NULL if @p count is 0.
 * @param[in] count how many.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @note O(count).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_random_permutation(libnc_random *random, int64_t *order,
                                                    size_t count);

LIBNC_END

#endif
