/* SPDX-License-Identifier: MIT */
/**
 * @file communicator.h
 * @brief Communicators: how the ranks of a job reach each other.
 *
 * Experimental: may change before 1.0.
 *
 * A rank is one process (or thread with a context of its own) of `size` that run the same program
 * on parts of the data. The library knows no transport: a communicator is made from callbacks, of
 * MPI (libnc/mpi.h, in the companion library libnc-mpi), of NCCL, Gloo, or of a test.
 *
 * Functions marked *collective* are called by all ranks, in the same order. They return the same
 * status on all of them: where a rank has an error of its own, from an argument to an allocation,
 * the others return it too, and the text of every context says "rank 2: " and what was wrong there.
 * So no rank waits for one that has given up. Work of the program's own between two such calls is
 * joined in the same way by libnc_communicator_agree().
 *
 * A transport that fails is LIBNC_ERROR_COMMUNICATION; the communicator then refuses everything.
 * A communicator belongs to its context and thread, and takes part in one call at a time; its
 * callbacks are called from the thread that calls the library. With one rank no callback is called.
 */
#ifndef LIBNC_COMMUNICATOR_H
#define LIBNC_COMMUNICATOR_H

#include <libnc/array.h> /* libnc_element */
#include <libnc/context.h>

LIBNC_BEGIN

/** @brief The ranks of a job. @since 0.3 */
typedef struct libnc_communicator libnc_communicator;

/** @brief What a reduction does with the values of all ranks. Append-only. @since 0.3 */
enum libnc_reduction {
    LIBNC_REDUCTION_SUM = 1,    /**< Adds them. */
    LIBNC_REDUCTION_MAXIMUM = 2 /**< Takes the largest. */
};

/**
 * @brief Reduces values over all ranks, in place; every rank gets the same bits.
 *
 * A sum of one number and zeros is that number. @p count (> 0), @p element (LIBNC_ELEMENT_FLOAT64
 * or LIBNC_ELEMENT_INT64) and @p reduction (@ref libnc_reduction) are the same on all ranks; @p
 * values is aligned to 8 bytes. Returns 0, or a number for the error text: then on all ranks, or
 * the job ends.
 * @since 0.3
 */
typedef int32_t (*libnc_all_reduce_fn)(void *values, int64_t count, int32_t element,
                                       int32_t reduction, void *user);

/**
 * @brief Copies @p size (> 0) bytes from rank @p root to all others; returns as
 * libnc_all_reduce_fn.
 * @since 0.3
 */
typedef int32_t (*libnc_broadcast_fn)(void *bytes, int64_t size, int32_t root, void *user);

/**
 * @brief Copies @p size (> 0) bytes of every rank to @p all of rank @p root, in the order of the
 * ranks; @p all is not used elsewhere. Returns as libnc_all_reduce_fn.
 * @since 0.3
 */
typedef int32_t (*libnc_gather_fn)(const void *bytes, int64_t size, void *all, int32_t root,
                                   void *user);

/** @brief Waits for all ranks; returns as libnc_all_reduce_fn. @since 0.3 */
typedef int32_t (*libnc_barrier_fn)(void *user);

/** @brief Ends what @p user stands for; called once, when the communicator is destroyed.
 * @since 0.3 */
typedef void (*libnc_disconnect_fn)(void *user);

/**
 * @brief Creates a communicator from callbacks. Not collective.
 * @param[out] communicator the new communicator; the caller destroys it.
 * @param[in] context the context; of a rank that is a thread, one of its own.
 * @param[in] rank 0 .. size - 1.
 * @param[in] size ranks, 1 .. 2^24.
 * @param[in] all_reduce,broadcast,gather,barrier the transport; not NULL.
 * @param[in] disconnect called by libnc_communicator_destroy(); may be NULL.
 * @param[in] user passed to the callbacks; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY; @p disconnect is then not called.
 * @note O(1).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_communicator_create(
    libnc_communicator **communicator, libnc_context *context, int32_t rank, int32_t size,
    libnc_all_reduce_fn all_reduce, libnc_broadcast_fn broadcast, libnc_gather_fn gather,
    libnc_barrier_fn barrier, libnc_disconnect_fn disconnect, void *user);

/**
 * @brief Creates the communicator of a job of one rank.
 * @param[out] communicator the new communicator; the caller destroys it.
 * @param[in] context the context.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @note O(1).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_communicator_create_serial(libnc_communicator **communicator,
                                                            libnc_context *context);

/** @brief Destroys a communicator, before its context; NULL is fine. @since 0.3 */
LIBNC_API void libnc_communicator_destroy(libnc_communicator *communicator);

/** @brief The rank that calls, from 0; 0 for NULL. @since 0.3 */
LIBNC_API int32_t libnc_communicator_rank(const libnc_communicator *communicator);

/** @brief How many ranks there are; 0 for NULL. @since 0.3 */
LIBNC_API int32_t libnc_communicator_size(const libnc_communicator *communicator);

/**
 * @brief Adds values over the ranks, in place; collective. All ranks get the same bits, which may
 * depend on how many ranks there are.
 * @param[in] communicator the communicator.
 * @param[in,out] values @p count values; as they were if it fails, unless the transport does.
 * @param[in] count >= 0, the same on all ranks; values may be NULL for 0.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_COMMUNICATION.
 * @note O(count) values sent and received, by a transport that does it well.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_communicator_sum(libnc_communicator *communicator, double *values,
                                                  int64_t count);

/** @brief As libnc_communicator_sum(), of whole numbers.
 * @param[in] communicator the communicator.
 * @param[in,out] values @p count values, whose sums fit the type.
 * @param[in] count as there.
 * @return as there.
 * @since 0.3 */
LIBNC_CHECKED libnc_status libnc_communicator_sum_int64(libnc_communicator *communicator,
                                                        int64_t *values, int64_t count);

/** @brief As libnc_communicator_sum(), but the largest value over the ranks; none may be NaN.
 * @param[in] communicator the communicator.
 * @param[in,out] values @p count values.
 * @param[in] count as there.
 * @return as there.
 * @since 0.3 */
LIBNC_CHECKED libnc_status libnc_communicator_maximum(libnc_communicator *communicator,
                                                      double *values, int64_t count);

/**
 * @brief Copies bytes from one rank to all; collective.
 * @param[in] communicator the communicator.
 * @param[in,out] bytes @p size bytes.
 * @param[in] size >= 0, the same on all ranks; bytes may be NULL for 0.
 * @param[in] root the rank that has them.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_COMMUNICATION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_communicator_broadcast(libnc_communicator *communicator,
                                                        void *bytes, int64_t size, int32_t root);

/**
 * @brief Copies bytes of every rank to one, in the order of the ranks; collective.
 * @param[in] communicator the communicator.
 * @param[in] bytes @p size bytes.
 * @param[in] size >= 0, the same on all ranks; bytes may be NULL for 0.
 * @param[out] all on rank @p root, ranks x size bytes; not used elsewhere, and may be NULL there.
 * @param[in] root the rank that gets them.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_COMMUNICATION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_communicator_gather(libnc_communicator *communicator,
                                                     const void *bytes, int64_t size, void *all,
                                                     int32_t root);

/**
 * @brief Waits until all ranks have called it; collective.
 * @param[in] communicator the communicator.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL); LIBNC_ERROR_COMMUNICATION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_communicator_barrier(libnc_communicator *communicator);

/**
 * @brief Makes an error of one rank that of all; collective.
 *
 *     status = libnc_accumulator_update(...);   // of this rank's own rows
 *     status = libnc_communicator_agree(communicator, status);
 * @param[in] communicator the communicator.
 * @param[in] status what this rank's work came to; its text is that of the context.
 * @return LIBNC_OK if it is not negative on any rank; else the status of the first rank that
 *         failed, whose text all contexts then have, after "rank 2: "; LIBNC_ERROR_ARGUMENT (NULL);
 *         LIBNC_ERROR_COMMUNICATION.
 * @note One message of eight bytes, and one text more after an error.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_communicator_agree(libnc_communicator *communicator,
                                                    libnc_status status);

LIBNC_END

#endif
