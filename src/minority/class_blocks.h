/* SPDX-License-Identifier: MIT
 *
 * class_blocks.h: K vectors as cells of interchangeable classes, so that a symmetric geometry is
 * described at the cost of its groups and a measured model at that of its classes.
 *
 * A K x K matrix that is constant on cells has for each cell the value of a class with itself
 * (`own`), with another class of the cell (`within`), and for each pair of different cells one
 * value
 * (`between`, row cell by column cell).
 */
#ifndef NC__CLASS_BLOCKS_H
#define NC__CLASS_BLOCKS_H

#include "base/base.h"

#include <libnc/minority.h>

/* Three Gram matrices, by libnc_minority_vectors less 1, and the logits. */
enum { NC__CELLS_FAMILIES = 3, NC__CELLS_LOGITS = 3, NC__CELLS_MATRICES = 4 };

typedef struct nc__cell_matrix {
    double *own, *within; /* C */
    double *between;      /* C x C; the diagonal is not used */
} nc__cell_matrix;

typedef struct nc__cells {
    nc__arena *arena;
    int64_t classes;      /* K */
    int64_t groups;       /* G of the description */
    int64_t count;        /* C, in the order of their first classes */
    bool has_classifier;  /* rows and logits are known; zeros otherwise */
    int64_t *group_of;    /* K: group of a class, -1 for one without samples, which has no cell */
    int64_t *group;       /* C: group of a cell */
    int64_t *first;       /* C: first class of a cell */
    double *multiplicity; /* C: classes of a cell */
    double *size;         /* C: samples of each class */
    nc__cell_matrix matrices[NC__CELLS_MATRICES];
} nc__cells;

/* groups: K groups, 0 .. group_count - 1, each of which occurs; NULL: by equal count, for a
 * geometry its own. The cells live in the arena. */
libnc_status nc__cells_from_geometry(nc__cells *cells, nc__arena *arena,
                                     const libnc_geometry *geometry, int32_t layer,
                                     const int64_t *groups, int64_t group_count);
libnc_status nc__cells_from_report(nc__cells *cells, nc__arena *arena, const libnc_report *report,
                                   int32_t layer, const int64_t *groups, int64_t group_count);

/* The value for two classes of cells a and b, different classes if a == b. */
double nc__cell_value(const nc__cells *cells, int32_t matrix, int64_t a, int64_t b);

#endif
