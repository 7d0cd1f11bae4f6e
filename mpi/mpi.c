/* SPDX-License-Identifier: MIT
 *
 * mpi.c: the callbacks of a communicator, by MPI.
 *
 * Counts of MPI 3 are int: values go in pieces. MPI_Allreduce gives every rank the result of one
 * reduction (MPI 3.1, section 5.9.6), and so the same bits.
 */
#include <libnc/mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a message; the tests make it small. */
#ifndef NC_MPI_PIECE
#define NC_MPI_PIECE (INT64_C(1) << 30)
#endif

enum { TAG_GATHER = 1 };

/* An MPI_Comm is a pointer or an int: the user pointer of the callbacks holds it. */
_Static_assert(sizeof(MPI_Comm) <= sizeof(void *), "an MPI_Comm fits a pointer");

static void *pointer_of(MPI_Comm ranks)
{
    void *user = NULL;
    memcpy(&user, &ranks, sizeof ranks);
    return user;
}

static MPI_Comm ranks_of(void *user)
{
    MPI_Comm ranks;
    memcpy(&ranks, &user, sizeof ranks);
    return ranks;
}

static int piece_of(int64_t left, int64_t size)
{
    const int64_t most = NC_MPI_PIECE / size;
    return (int)(left < most ? left : most);
}

/* ---- callbacks ---- */

static int32_t all_reduce(void *values, int64_t count, int32_t element, int32_t reduction,
                          void *user)
{
    const MPI_Datatype type = element == LIBNC_ELEMENT_INT64 ? MPI_INT64_T : MPI_DOUBLE;
    const MPI_Op operation = reduction == LIBNC_REDUCTION_MAXIMUM ? MPI_MAX : MPI_SUM;
    int error = MPI_SUCCESS;
    for (int64_t done = 0, piece; done < count && error == MPI_SUCCESS; done += piece) {
        piece = piece_of(count - done, sizeof(double));
        error = MPI_Allreduce(MPI_IN_PLACE, (char *)values + done * (int64_t)sizeof(double),
                              (int)piece, type, operation, ranks_of(user));
    }
    return error;
}

static int32_t broadcast(void *bytes, int64_t size, int32_t root, void *user)
{
    int error = MPI_SUCCESS;
    for (int64_t done = 0, piece; done < size && error == MPI_SUCCESS; done += piece) {
        piece = piece_of(size - done, 1);
        error = MPI_Bcast((char *)bytes + done, (int)piece, MPI_BYTE, root, ranks_of(user));
    }
    return error;
}

static int send_bytes(const char *bytes, int64_t size, int32_t root, MPI_Comm ranks)
{
    int error = MPI_SUCCESS;
    for (int64_t done = 0, piece; done < size && error == MPI_SUCCESS; done += piece) {
        piece = piece_of(size - done, 1);
        error = MPI_Send(bytes + done, (int)piece, MPI_BYTE, root, TAG_GATHER, ranks);
    }
    return error;
}

static int receive_bytes(char *bytes, int64_t size, int32_t from, MPI_Comm ranks)
{
    int error = MPI_SUCCESS;
    for (int64_t done = 0, piece; done < size && error == MPI_SUCCESS; done += piece) {
        piece = piece_of(size - done, 1);
        error = MPI_Recv(bytes + done, (int)piece, MPI_BYTE, from, TAG_GATHER, ranks,
                         MPI_STATUS_IGNORE);
    }
    return error;
}

static int32_t gather(const void *bytes, int64_t size, void *all, int32_t root, void *user)
{
    const MPI_Comm ranks = ranks_of(user);
    int rank, count, error = MPI_Comm_rank(ranks, &rank);
    if (error != MPI_SUCCESS || rank != root)
        return error != MPI_SUCCESS ? error : send_bytes(bytes, size, root, ranks);
    error = MPI_Comm_size(ranks, &count);
    for (int r = 0; r < count && error == MPI_SUCCESS; r++)
        if (r != root)
            error = receive_bytes((char *)all + r * size, size, r, ranks);
    memmove((char *)all + root * size, bytes, (size_t)size);
    return error;
}

static int32_t barrier(void *user)
{
    return MPI_Barrier(ranks_of(user));
}

/* Whoever finalizes MPI first has freed it. */
static void disconnect(void *user)
{
    MPI_Comm ranks = ranks_of(user);
    int is_over = 0;
    if (MPI_Finalized(&is_over) == MPI_SUCCESS && !is_over)
        MPI_Comm_free(&ranks);
}

/* ---- creation ---- */

static libnc_status check_mpi(libnc_context *context)
{
    int is_begun = 0, is_over = 0, level = MPI_THREAD_SINGLE;
    MPI_Initialized(&is_begun);
    MPI_Finalized(&is_over);
    if (!is_begun || is_over)
        return libnc_context_fail(context, LIBNC_ERROR_STATE,
                                  is_over ? "MPI: is finalized" : "MPI: must be initialised first");
    MPI_Query_thread(&level);
    if (level < MPI_THREAD_FUNNELED)
        return libnc_context_fail(context, LIBNC_ERROR_STATE,
                                  "MPI: must be initialised by MPI_Init_thread with at least "
                                  "MPI_THREAD_FUNNELED");
    return LIBNC_OK;
}

static libnc_status check_ranks(libnc_context *context, MPI_Comm ranks)
{
    int joins_two = 0;
    if (ranks == MPI_COMM_NULL)
        return libnc_context_fail(context, LIBNC_ERROR_ARGUMENT,
                                  "ranks = MPI_COMM_NULL: must be a communicator");
    MPI_Comm_test_inter(ranks, &joins_two);
    if (joins_two)
        return libnc_context_fail(context, LIBNC_ERROR_ARGUMENT,
                                  "ranks: must not be an intercommunicator");
    return LIBNC_OK;
}

static libnc_status fail_with_text(libnc_context *context, const char *call, int error)
{
    char reason[MPI_MAX_ERROR_STRING], text[MPI_MAX_ERROR_STRING + 64];
    int length = 0;
    if (MPI_Error_string(error, reason, &length) != MPI_SUCCESS)
        length = 0;
    snprintf(text, sizeof text, "MPI: %s: %.*s", call, length, reason);
    return libnc_context_fail(context, LIBNC_ERROR_COMMUNICATION, text);
}

static libnc_status duplicate(libnc_context *context, MPI_Comm ranks, MPI_Comm *copy)
{
    int error = MPI_Comm_dup(ranks, copy);
    if (error == MPI_SUCCESS)
        error = MPI_Comm_set_errhandler(*copy, MPI_ERRORS_RETURN);
    return error == MPI_SUCCESS ? LIBNC_OK : fail_with_text(context, "MPI_Comm_dup", error);
}

/* A rank that has no communicator could not tell the others by it. */
static libnc_status agree(libnc_context *context, MPI_Comm ranks, libnc_status status)
{
    int worst = status;
    const int error = MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT, MPI_MIN, ranks);
    if (error != MPI_SUCCESS)
        return fail_with_text(context, "MPI_Allreduce", error);
    if (worst < 0 && status == LIBNC_OK)
        return libnc_context_fail(context, worst, "MPI: another rank has no communicator");
    return worst;
}

libnc_status libnc_mpi_communicator_create(libnc_communicator **communicator,
                                           libnc_context *context, MPI_Comm ranks)
{
    MPI_Comm copy;
    libnc_communicator *created = NULL;
    int rank = 0, size = 1;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!communicator)
        return libnc_context_fail(context, LIBNC_ERROR_ARGUMENT,
                                  "communicator = NULL: must be given");
    libnc_status status = check_mpi(context);
    if (status == LIBNC_OK)
        status = check_ranks(context, ranks);
    if (status == LIBNC_OK)
        status = duplicate(context, ranks, &copy);
    if (status != LIBNC_OK)
        return status;
    MPI_Comm_rank(copy, &rank);
    MPI_Comm_size(copy, &size);
    status = agree(context, copy,
                   libnc_communicator_create(&created, context, rank, size, all_reduce, broadcast,
                                             gather, barrier, disconnect, pointer_of(copy)));
    if (status == LIBNC_OK)
        *communicator = created;
    else if (created)
        libnc_communicator_destroy(created);
    else
        MPI_Comm_free(&copy);
    return status;
}
