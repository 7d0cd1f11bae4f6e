/* SPDX-License-Identifier: MIT */
/**
 * @file mpi.h
 * @brief Communicators of MPI, in the companion library libnc-mpi.
 *
 * Experimental: may change before 1.0.
 *
 * Linked by `pkg-config --cflags --libs libnc-mpi`, or CMake's target libnc::mpi, with the MPI that
 * it was built with. It never initialises, finalizes or aborts MPI, and sends nothing over a
 * communicator of the caller's: each is duplicated.
 */
#ifndef LIBNC_MPI_H
#define LIBNC_MPI_H

#include <libnc/communicator.h>
#include <mpi.h>

LIBNC_BEGIN

/**
 * @brief Creates a communicator over the ranks of one of MPI. All ranks of @p ranks call it.
 *
 *     MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
 *     libnc_mpi_communicator_create(&communicator, context, MPI_COMM_WORLD);
 *     ...
 *     libnc_communicator_destroy(communicator);   // frees the duplicate
 *     MPI_Finalize();
 *
 * Errors of MPI are returned as LIBNC_ERROR_COMMUNICATION, with MPI's own text. The library's own
 * threads never call MPI. Values above 1 GB are sent in pieces.
 * @param[out] communicator the new communicator; the caller destroys it, before MPI_Finalize().
 * @param[in] context the context.
 * @param[in] ranks an intracommunicator; it is duplicated.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, MPI_COMM_NULL or an intercommunicator);
 *         LIBNC_ERROR_STATE (MPI is not initialised, already finalized, or with less than
 *         MPI_THREAD_FUNNELED); LIBNC_ERROR_MEMORY; LIBNC_ERROR_COMMUNICATION. A rank that fails
 *         after it was called rightly everywhere is an error on all.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_mpi_communicator_create(libnc_communicator **communicator,
                                                         libnc_context *context, MPI_Comm ranks);

LIBNC_END

#endif
