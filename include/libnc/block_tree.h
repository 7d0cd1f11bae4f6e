/* SPDX-License-Identifier: MIT */
/**
 * @file block_tree.h
 * @brief Block trees: statistics with the same bits however the data are cut over ranks.
 *
 * Experimental: may change before 1.0.
 *
 * Sums of floating-point numbers depend on their order. Here the order is that of a binary tree
 * over *blocks* of samples, numbered from 0 by the program: a shard, or 8,192 rows at fixed places.
 * A block is never cut over ranks, but any rank may have any blocks: the tree is the same for one
 * rank and for a thousand. Each block goes through an accumulator, and its end is told:
 *
 *     for (each block of this rank) {
 *         libnc_accumulator_update(accumulator, ...);          // its samples
 *         libnc_block_tree_end_block(tree, accumulator, number);
 *     }
 *     libnc_block_tree_all_reduce(tree, accumulator, communicator);
 *
 * in place of libnc_accumulator_all_reduce(), in either pass. The bits are those of one build,
 * machine, BLAS and thread count, and of the same batches within each block. Their error is that of
 * merging log2(blocks) times (doc/beyond_one_machine.md, "The same bits").
 *
 * What it costs: a block of B rows has statistics of its own, whose merging takes O(min(B, K) d^2)
 * beside the O(B d^2) of its rows with a full scatter; log2(blocks) accumulators of memory where a
 * rank has its blocks in a row; and over P ranks up to 2 P log2(blocks) states broadcast, where a
 * plain sum sends one.
 */
#ifndef LIBNC_BLOCK_TREE_H
#define LIBNC_BLOCK_TREE_H

#include <libnc/accumulator.h>

LIBNC_BEGIN

/** @brief Statistics of blocks on their way up a fixed tree. @since 0.3 */
typedef struct libnc_block_tree libnc_block_tree;

/**
 * @brief Creates an empty block tree.
 * @param[out] tree the new tree; the caller destroys it.
 * @param[in] context the context.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_block_tree_create(libnc_block_tree **tree, libnc_context *context);

/** @brief Destroys a tree; NULL is fine. @since 0.3 */
LIBNC_API void libnc_block_tree_destroy(libnc_block_tree *tree);

/**
 * @brief Ends a block: what the accumulator holds goes into the tree. Not collective.
 *
 * In the first pass the accumulator is then empty, for the next block. In the second pass it keeps
 * its counts, whose sums are exact, and gives its projected scatter away. A block without samples
 * may be told or not.
 * @param[in,out] tree the tree; after an error it is as it was.
 * @param[in,out] accumulator of the same context; K, d, options and pass of those before.
 * @param[in] block its number, 0 .. 2^40 - 1; each at most once over all ranks.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (also: the rank had this block before);
 *         LIBNC_ERROR_DIMENSION; LIBNC_ERROR_STATE (another pass than the blocks before, or one
 *         that was added up); LIBNC_ERROR_UNSUPPORTED (groups, or a second pass with
 *         cross-entropy);
 *         LIBNC_ERROR_MEMORY.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_block_tree_end_block(libnc_block_tree *tree,
                                                      libnc_accumulator *accumulator,
                                                      int64_t block);

/**
 * @brief Adds up the blocks of all ranks into the accumulators of all; collective. The tree is then
 * empty.
 * @param[in,out] tree the tree; after an error it is as it was.
 * @param[in,out] accumulator as in libnc_accumulator_all_reduce(), but for samples since the last
 *                block ended, which must not be.
 * @param[in] communicator of the same context.
 * @return as libnc_accumulator_all_reduce(); LIBNC_ERROR_ARGUMENT also where two ranks have a block
 *         of the same number, LIBNC_ERROR_STATE where a block was not ended.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_block_tree_all_reduce(libnc_block_tree *tree,
                                                       libnc_accumulator *accumulator,
                                                       libnc_communicator *communicator);

LIBNC_END

#endif
