/* SPDX-License-Identifier: MIT
 *
 * consumer.c: libnc-mpi as others use it: the caller begins and ends MPI. Refused before it has
 * begun and after it has ended.
 */
#include <libnc/libnc.h>
#include <libnc/mpi.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    libnc_context *context = NULL;
    libnc_communicator *communicator = NULL;
    int level, rank;
    double value;
    if (libnc_context_create(&context) != LIBNC_OK)
        return 1;
    if (libnc_mpi_communicator_create(&communicator, context, MPI_COMM_WORLD) != LIBNC_ERROR_STATE)
        return 2;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (libnc_mpi_communicator_create(&communicator, context, MPI_COMM_NULL) !=
            LIBNC_ERROR_ARGUMENT ||
        libnc_mpi_communicator_create(NULL, context, MPI_COMM_WORLD) != LIBNC_ERROR_ARGUMENT ||
        libnc_mpi_communicator_create(&communicator, NULL, MPI_COMM_WORLD) != LIBNC_ERROR_ARGUMENT)
        return 3;
    if (libnc_mpi_communicator_create(&communicator, context, MPI_COMM_WORLD) != LIBNC_OK) {
        fprintf(stderr, "%s\n", libnc_context_error(context));
        return 4;
    }
    value = rank + 1;
    if (libnc_communicator_sum(communicator, &value, 1) != LIBNC_OK)
        return 5;
    if (rank == 0)
        printf("sum over %d ranks: %g\n", libnc_communicator_size(communicator), value);
    libnc_communicator_destroy(communicator);
    MPI_Finalize();
    if (libnc_mpi_communicator_create(&communicator, context, MPI_COMM_WORLD) != LIBNC_ERROR_STATE)
        return 6;
    libnc_context_destroy(context);
    return 0;
}
