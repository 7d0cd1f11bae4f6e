/* SPDX-License-Identifier: MIT
 *
 * deep_starts.h: where a search for low values of the deep cross-entropy problem begins.
 *
 * A code gives each class a vector c_k; the logits of a start are a multiple of <c_i, c_k>. Recipes
 * are structured codes: orthogonal blocks of classes, each block a simplex (two classes: an
 * antipodal pair), a regular polygon, or points of a line.
 */
#ifndef NC__DEEP_STARTS_H
#define NC__DEEP_STARTS_H

#include "base/stream.h"
#include "deep/deep_objective.h"

enum nc__deep_shape {
    NC__DEEP_SIMPLEX = 0, /* size - 1 dimensions; one class: 1 */
    NC__DEEP_POLYGON = 1, /* 2 dimensions */
    NC__DEEP_LINE = 2     /* 1 dimension: needs a bias */
};

/* What becomes of the classes that the blocks leave over. */
enum nc__deep_rest {
    NC__DEEP_REST_SIMPLEX = 0, /* one more block */
    NC__DEEP_REST_LOST = 1,    /* zero codes */
    NC__DEEP_REST_MERGED = 2   /* all at one more vertex of the (only) block, a simplex */
};

/* In which order the classes fill the blocks. */
enum nc__deep_order {
    NC__DEEP_ORDER_LARGEST = 0,    /* largest count first */
    NC__DEEP_ORDER_INTERLEAVED = 1 /* largest, smallest, second largest, ... */
};

typedef struct nc__deep_recipe {
    int32_t shape, rest, order;
    int64_t blocks;
    int64_t size;    /* classes per block; 0: as equal as `blocks` blocks allow, no rest */
    int64_t centred; /* 1: one class at the origin, which a bias makes possible; else 0 */
} nc__deep_recipe;

/* Writes all recipes, the simplex of all classes first, and returns how many; only counts if
 * `recipes` is NULL. `uneven`: counts or weights differ. */
int64_t nc__deep_recipes(int64_t classes, bool bias, bool uneven, nc__deep_recipe *recipes);

/* The code (K x K, row k = c_k, zero beyond the dimensions) of position k in the recipe's order;
 * returns the dimensions. */
int64_t nc__deep_recipe_code(const nc__deep_recipe *recipe, int64_t classes, double *code);

/* Rows of unit length, uniform on the sphere of `dimensions` dimensions. */
void nc__deep_sphere_code(nc__stream *stream, int64_t classes, int64_t dimensions, double *code);

#endif
