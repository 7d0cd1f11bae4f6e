/* SPDX-License-Identifier: MIT
 *
 * sweep_table.h: the rows of a sweep, which outlive the process that made them.
 *
 * With --out DIR each row is appended to DIR/sweep.tsv when it is known, in any order; what a
 * process that was ended has left there is read by the next one. When all are known the file is
 * written once more, whole and in order. Without --out rows go to standard output in order.
 */
#ifndef PROGRAMS_SWEEP_TABLE_H
#define PROGRAMS_SWEEP_TABLE_H

#include "sweep.h"

/* Columns after the point's number and its parameters; the last, status, is a word. */
enum {
    SWEEP_LOSS,
    SWEEP_GAP,
    SWEEP_RANK,
    SWEEP_LOST,
    SWEEP_NOT_PREDICTED,
    SWEEP_SMALLEST_MARGIN,
    SWEEP_LONGEST_ROW,
    SWEEP_SHORTEST_ROW,
    SWEEP_LONGEST_MEAN,
    SWEEP_SHORTEST_MEAN,
    SWEEP_FACTS
};

typedef struct sweep_row {
    double facts[SWEEP_FACTS]; /* NaN: undefined */
    const char *status;
} sweep_row;

typedef struct sweep_table {
    const program *self;
    const sweep *s;
    char *header;             /* two lines */
    char **rows;              /* lines, by point - begin; NULL: not known */
    int64_t begin, end, done; /* done: rows that are known */
    int64_t printed;          /* rows that are on standard output */
    char *name;               /* of the file in self->out */
    FILE *file;               /* it, or NULL */
} sweep_table;

/* The table with what an earlier process left. */
sweep_table sweep_table_open(const program *self, const sweep *s, const problem *task);

bool sweep_table_has(const sweep_table *t, int64_t point);

/* The numbers of a row that is known, as the table shows them. */
void sweep_table_facts(const sweep_table *t, int64_t point, double facts[SWEEP_FACTS]);

/* Keeps a row. Not for two threads at a time. */
void sweep_table_add(sweep_table *t, int64_t point, const sweep_row *row);

/* Everything that is known is in the file, or on standard output. */
void sweep_table_close(sweep_table *t);

void sweep_table_release(sweep_table *t);

#endif
