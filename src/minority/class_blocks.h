/* SPDX-License-Identifier: MIT
 *
 * class_blocks.h: K vectors as blocks of interchangeable classes, so that a symmetric geometry is
 * described at the cost of its groups and a measured model at that of its classes.
 *
 * A K x K matrix that is constant on blocks has for each block the value of a class with itself
 * (`own`), with another class of the block (`within`), and for each pair of different blocks one
 * value
 * (`between`, row block by column block).
 */
#ifndef NC__CLASS_BLOCKS_H
#define NC__CLASS_BLOCKS_H

#include "base/base.h"

#include <libnc/minority.h>

/* Three Gram matrices, by libnc_minority_vectors less 1, and the logits. */
enum { NC__CELLS_FAMILIES = 3, NC__CELLS_LOGITS = 3, NC__CELLS_MATRICES = 4 };

typedef struct nc__block_matrix {
    double *own, *within; /* C */
    double *between;      /* C x C; the diagonal is not used */
} nc__block_matrix;

typedef struct nc__class_blocks {
    nc__arena *arena;
    int64_t classes;      /* K */
    int64_t groups;       /* G of the description */
    int64_t count;        /* C, in the order of their first classes */
    bool has_classifier;  /* rows and logits are known; zeros otherwise */
    int64_t *group_of;    /* K: group of a class, -1 for one without samples, which has no block */
    int64_t *group;       /* C: group of a block */
    int64_t *first;       /* C: first class of a block */
    double *multiplicity; /* C: classes of a block */
    double *size;         /* C: samples of each class */
    nc__block_matrix matrices[NC__CELLS_MATRICES];
} nc__class_blocks;

/* groups: K groups, 0 .. group_count - 1, each of which occurs; NULL: by equal count, for a
 * geometry its own. The blocks live in the arena. */
libnc_status nc__class_blocks_from_geometry(nc__class_blocks *blocks, nc__arena *arena,
                                            const libnc_geometry *geometry, int32_t layer,
                                            const int64_t *groups, int64_t group_count);
libnc_status nc__class_blocks_from_report(nc__class_blocks *blocks, nc__arena *arena,
                                          const libnc_report *report, int32_t layer,
                                          const int64_t *groups, int64_t group_count);

/* The value for two classes of blocks a and b, different classes if a == b. */
double nc__block_value(const nc__class_blocks *blocks, int32_t matrix, int64_t a, int64_t b);

#endif
