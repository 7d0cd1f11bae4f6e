/* SPDX-License-Identifier: MIT
 *
 * epoch_table.h: metrics over epochs, kept in a file of tab-separated columns.
 */
#ifndef PROGRAMS_EPOCH_TABLE_H
#define PROGRAMS_EPOCH_TABLE_H

#include "program.h"

typedef struct epoch_table {
    int32_t columns; /* every metric, in the library's order */
    int64_t count;
    int64_t *epochs; /* ascending */
    double *values;  /* count x columns */
} epoch_table;

/* What an earlier run has written; empty where there is no such file. Stops at another file. */
epoch_table epoch_table_read(const program *self, const char *path);

bool epoch_table_has(const epoch_table *t, int64_t number);

void epoch_table_add(const program *self, epoch_table *t, int64_t number, const double *values);

/* Whole or not at all. */
void epoch_table_write(const program *self, const epoch_table *t, const char *path);

/* A file that libnc.Tracker.load() reads. */
void epoch_table_write_tracker(const program *self, const epoch_table *t, const char *path,
                               const char *name);

/* The files of --out: the table and the figure of the metrics over epochs. */
void epoch_table_draw(const program *self, const epoch_table *t);

void epoch_table_json(const program *self, const epoch_table *t);

void epoch_table_free(epoch_table *t);

#endif
