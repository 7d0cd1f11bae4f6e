/* SPDX-License-Identifier: MIT
 *
 * ranks.h: the ranks that measure together. ranks_alone.c is for programs of one process; the
 * program that is linked with mpi/ranks_mpi.c has those of MPI.
 */
#ifndef PROGRAMS_RANKS_H
#define PROGRAMS_RANKS_H

#include "job.h"

/* Joins the ranks: j->ranks, NULL for a process alone. From then on a rank that stops ends all. */
void ranks_begin(job *j);
void ranks_end(job *j);

/* How many ranks share this machine. */
int64_t ranks_per_machine(const job *j);

/* Whether this one prints and writes. */
bool is_first_rank(const job *j);

/* Rows of the files that are this rank's, begin .. end - 1: as many as those of any other. */
void own_rows(const job *j, int64_t *begin, int64_t *end);

/* Adds up the present pass of an accumulator; the first rank tells of a failure. */
void add_up(const job *j, libnc_accumulator *accumulator);

#endif
