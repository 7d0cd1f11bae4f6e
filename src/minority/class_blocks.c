/* SPDX-License-Identifier: MIT
 *
 * class_blocks.c: the vectors of a geometry or a measured model as blocks (class_blocks.h).
 */
#include "minority/class_blocks.h"

#include "geometry/geometry_internal.h"
#include "geometry/predicted_matrices.h"
#include "report/report_internal.h"

#include <float.h>
#include <math.h>

/* Squared lengths that centring takes down to this share of the largest one are rounding: of a Gram
 * matrix, and of the means themselves, as a report centres them. */
#define CENTRING_NOISE (256 * DBL_EPSILON)
#define MEANS_NOISE    (256 * DBL_EPSILON * DBL_EPSILON)

enum { CENTRED = LIBNC_MINORITY_VECTORS_CENTRED - 1, MEANS = LIBNC_MINORITY_VECTORS_MEANS - 1 };

double nc__block_value(const nc__class_blocks *blocks, int32_t matrix, int64_t a, int64_t b)
{
    const nc__block_matrix *values = &blocks->matrices[matrix];
    return a == b ? values->within[a] : values->between[a * blocks->count + b];
}

static libnc_status allocate(nc__class_blocks *blocks, nc__arena *arena, int64_t classes,
                             int64_t count)
{
    const size_t size = (size_t)count;
    *blocks = (nc__class_blocks){.arena = arena, .classes = classes, .count = count};
    blocks->group_of = nc__arena_alloc(arena, (size_t)classes, sizeof *blocks->group_of);
    blocks->group = nc__arena_alloc(arena, size, sizeof *blocks->group);
    blocks->first = nc__arena_alloc(arena, size, sizeof *blocks->first);
    blocks->multiplicity = nc__arena_alloc(arena, size, sizeof(double));
    blocks->size = nc__arena_alloc(arena, size, sizeof(double));
    for (int32_t i = 0; i < NC__CELLS_MATRICES; i++) {
        blocks->matrices[i].own = nc__arena_alloc(arena, size, sizeof(double));
        blocks->matrices[i].within = nc__arena_alloc(arena, size, sizeof(double));
        blocks->matrices[i].between = nc__arena_alloc(arena, size, size * sizeof(double));
    }
    return nc__arena_status(arena);
}

/* ---- which class is in which block ---- */

/* Classes in the same part and the same group share a block. Writes each class's block and returns
 * how many there are. head: parts; next, first: K, scratch. */
static int64_t number_blocks(int64_t classes, const int64_t *part, const int64_t *group,
                             int64_t parts, int64_t *block_of, int64_t *head, int64_t *next,
                             int64_t *first)
{
    int64_t count = 0;
    for (int64_t p = 0; p < parts; p++)
        head[p] = -1;
    for (int64_t k = 0; k < classes; k++) {
        int64_t block = head[part[k]];
        while (block >= 0 && group[first[block]] != group[k])
            block = next[block];
        if (block < 0) {
            block = count++;
            first[block] = k;
            next[block] = head[part[k]];
            head[part[k]] = block;
        }
        block_of[k] = block;
    }
    return count;
}

/* block_of: -1 for a class without samples. */
static void place_classes(nc__class_blocks *blocks, const int64_t *block_of, const int64_t *group,
                          int64_t group_count, const int64_t *counts)
{
    blocks->groups = group_count;
    for (int64_t k = blocks->classes; k-- > 0;) {
        const int64_t block = block_of[k];
        blocks->group_of[k] = block < 0 ? -1 : group[k];
        if (block < 0)
            continue;
        blocks->group[block] = group[k];
        blocks->first[block] = k;
        blocks->size[block] = (double)counts[k];
        blocks->multiplicity[block] += 1;
    }
}

/* ---- values ---- */

/* Gram matrix of h_k - h_G from that of h_k: g_ab - r_a - r_b + s with r_a = sum_k n_k g_ak / N and
 * s = sum_a n_a r_a / N. */
static void centre_means(nc__class_blocks *blocks, double *average)
{
    const nc__block_matrix *means = &blocks->matrices[MEANS];
    const nc__block_matrix *centred = &blocks->matrices[CENTRED];
    const int64_t count = blocks->count;
    double samples = 0, total = 0, largest = 0;
    for (int64_t a = 0; a < count; a++) {
        samples += blocks->multiplicity[a] * blocks->size[a];
        largest = fmax(largest, means->own[a]);
    }
    for (int64_t a = 0; a < count; a++) {
        double sum =
            blocks->size[a] * (means->own[a] + (blocks->multiplicity[a] - 1) * means->within[a]);
        for (int64_t b = 0; b < count; b++)
            if (b != a)
                sum += blocks->multiplicity[b] * blocks->size[b] * means->between[a * count + b];
        average[a] = sum / samples;
        total += blocks->multiplicity[a] * blocks->size[a] * average[a] / samples;
    }
    for (int64_t a = 0; a < count; a++) {
        const double own = means->own[a] - 2 * average[a] + total;
        centred->own[a] = own > CENTRING_NOISE * largest ? own : 0;
        centred->within[a] = centred->own[a] - (means->own[a] - means->within[a]);
        for (int64_t b = 0; b < count; b++)
            centred->between[a * count + b] =
                means->between[a * count + b] - average[a] - average[b] + total;
    }
}

static libnc_status centre(nc__class_blocks *blocks)
{
    double *average = nc__arena_alloc(blocks->arena, (size_t)blocks->count, sizeof *average);
    if (average)
        centre_means(blocks, average);
    return nc__arena_status(blocks->arena);
}

/* Every class a block: `between` holds a K x K matrix. */
static void take_diagonal(nc__block_matrix *matrix, int64_t classes)
{
    for (int64_t k = 0; k < classes; k++)
        matrix->own[k] = matrix->within[k] = matrix->between[k * classes + k];
}

/* ---- a geometry that is constant on its groups ---- */

/* `values` has a block for each part. */
static void spread_parts(const nc__class_blocks *blocks, nc__block_matrix *matrix,
                         const int64_t *part, int64_t parts, const nc__block_matrix *values)
{
    for (int64_t a = 0; a < blocks->count; a++) {
        const int64_t p = part[blocks->first[a]];
        matrix->own[a] = values->own[p];
        matrix->within[a] = values->within[p];
        for (int64_t b = 0; b < blocks->count; b++) {
            const int64_t q = part[blocks->first[b]];
            matrix->between[a * blocks->count + b] =
                p == q ? values->within[p] : values->between[p * parts + q];
        }
    }
}

static const int32_t GEOMETRY_MATRICES[NC__CELLS_MATRICES] = {
    NC__GEOMETRY_CLASSIFIER, NC__GEOMETRY_FEATURES, -1, NC__GEOMETRY_LOGITS};

static libnc_status fill_blocks(nc__class_blocks *blocks, const libnc_geometry *geometry,
                                int32_t layer, const int64_t *part, int64_t parts)
{
    const size_t count = (size_t)parts;
    nc__arena *arena = blocks->arena;
    nc__block_matrix values = {.own = nc__arena_alloc(arena, count, sizeof(double)),
                               .within = nc__arena_alloc(arena, count, sizeof(double)),
                               .between = nc__arena_alloc(arena, count, count * sizeof(double))};
    const libnc_status status = nc__arena_status(arena);
    for (int32_t i = 0; i < NC__CELLS_MATRICES && status == LIBNC_OK; i++) {
        if (GEOMETRY_MATRICES[i] < 0)
            continue;
        nc__geometry_blocks(geometry, GEOMETRY_MATRICES[i], layer, values.own, values.within,
                            values.between);
        spread_parts(blocks, &blocks->matrices[i], part, parts, &values);
    }
    return status;
}

/* Any geometry, through its K x K matrices. */
static libnc_status fill_square(nc__class_blocks *blocks, const libnc_geometry *geometry,
                                int32_t layer)
{
    const size_t size = (size_t)(blocks->classes * blocks->classes);
    nc__block_matrix *matrices = blocks->matrices;
    libnc_status status =
        libnc_geometry_classifier_gram(geometry, layer, matrices[0].between, size);
    if (status == LIBNC_OK)
        status = libnc_geometry_feature_gram(geometry, layer, matrices[MEANS].between, size);
    if (status == LIBNC_OK)
        status = libnc_geometry_logits(geometry, matrices[NC__CELLS_LOGITS].between, size);
    for (int32_t i = 0; i < NC__CELLS_MATRICES && status == LIBNC_OK; i++)
        take_diagonal(&matrices[i], blocks->classes);
    return status;
}

/* The groups of a geometry by class, `part`, and how many. */
static int64_t read_parts(const libnc_geometry *geometry, int64_t *part)
{
    const int64_t *start = NULL, *order = NULL;
    const int64_t parts = nc__geometry_parts(geometry, &start, &order);
    for (int64_t g = 0; g < parts; g++)
        for (int64_t p = start[g]; p < start[g + 1]; p++)
            part[order[p]] = g;
    return parts;
}

libnc_status nc__class_blocks_from_geometry(nc__class_blocks *blocks, nc__arena *arena,
                                            const libnc_geometry *geometry, int32_t layer,
                                            const int64_t *groups, int64_t group_count)
{
    const libnc_classes *classes = libnc_geometry_classes(geometry);
    const int64_t total = libnc_classes_count(classes);
    const bool constant = nc__geometry_is_constant(geometry);
    int64_t *part = nc__arena_alloc(arena, (size_t)total, 5 * sizeof *part);
    if (!part)
        return LIBNC_ERROR_MEMORY;
    const int64_t parts = read_parts(geometry, part);
    const int64_t *group = groups ? groups : part;
    int64_t *block_of = part + total, count = total;
    if (constant)
        count = number_blocks(total, part, group, parts, block_of, block_of + total,
                              block_of + 2 * total, block_of + 3 * total);
    for (int64_t k = 0; k < total && !constant; k++)
        block_of[k] = k;
    libnc_status status = allocate(blocks, arena, total, count);
    if (status != LIBNC_OK)
        return status;
    place_classes(blocks, block_of, group, groups ? group_count : parts,
                  libnc_classes_counts(classes));
    blocks->has_classifier = true;
    status = constant ? fill_blocks(blocks, geometry, layer, part, parts)
                      : fill_square(blocks, geometry, layer);
    return status == LIBNC_OK ? centre(blocks) : status;
}

/* ---- a measured model ---- */

/* Groups of equal counts, largest first; returns how many. */
static int64_t group_counts(int64_t classes, const int64_t *counts, int64_t *group)
{
    int64_t groups = 0, above = INT64_MAX;
    for (;;) {
        int64_t next = 0;
        for (int64_t k = 0; k < classes; k++)
            if (counts[k] < above && counts[k] > next)
                next = counts[k];
        if (next == 0)
            return groups;
        for (int64_t k = 0; k < classes; k++)
            if (counts[k] == next)
                group[k] = groups;
        above = next;
        groups++;
    }
}

/* K x K values become those of the classes that have a block, each alone in it. */
static void compress(const nc__class_blocks *blocks, nc__block_matrix *matrix)
{
    double *to = matrix->between;
    for (int64_t a = 0; a < blocks->count; a++)
        for (int64_t b = 0; b < blocks->count; b++)
            *to++ = matrix->between[blocks->first[a] * blocks->classes + blocks->first[b]];
    take_diagonal(matrix, blocks->count);
}

static void drop_noise(nc__class_blocks *blocks)
{
    const double *means = blocks->matrices[MEANS].own;
    double *centred = blocks->matrices[CENTRED].own, largest = 0;
    for (int64_t a = 0; a < blocks->count; a++)
        largest = fmax(largest, means[a]);
    for (int64_t a = 0; a < blocks->count; a++)
        if (centred[a] <= MEANS_NOISE * largest)
            centred[a] = 0;
}

static libnc_status fill_report(nc__class_blocks *blocks, const libnc_report *report, int32_t layer)
{
    static const int32_t grams[NC__CELLS_MATRICES] = {LIBNC_GRAM_CLASSIFIER, LIBNC_GRAM_FEATURES,
                                                      LIBNC_GRAM_CENTRED, LIBNC_GRAM_PRODUCT};
    const size_t size = (size_t)(blocks->classes * blocks->classes);
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < NC__CELLS_MATRICES && status == LIBNC_OK; i++) {
        const bool known = blocks->has_classifier || grams[i] == LIBNC_GRAM_FEATURES ||
                           grams[i] == LIBNC_GRAM_CENTRED;
        if (known)
            status =
                libnc_report_matrix(report, grams[i], layer, blocks->matrices[i].between, size);
        compress(blocks, &blocks->matrices[i]);
    }
    drop_noise(blocks);
    return status;
}

/* counts, group, block_of: K, scratch. Blocks were allocated for all classes. */
static libnc_status describe_report(nc__class_blocks *blocks, const libnc_report *report,
                                    int32_t layer, const int64_t *groups, int64_t group_count,
                                    int64_t *counts, int64_t *group, int64_t *block_of)
{
    const int64_t total = blocks->classes;
    libnc_status status = libnc_report_vector(report, LIBNC_CLASS_COUNT, layer,
                                              blocks->matrices[0].own, (size_t)total);
    if (status != LIBNC_OK)
        return status;
    blocks->count = 0;
    for (int64_t k = 0; k < total; k++) {
        counts[k] = (int64_t)blocks->matrices[0].own[k];
        block_of[k] = counts[k] > 0 ? blocks->count++ : -1;
    }
    const int64_t found = groups ? group_count : group_counts(total, counts, group);
    place_classes(blocks, block_of, groups ? groups : group, found, counts);
    blocks->has_classifier = nc__report_has_classifier(report, layer);
    return fill_report(blocks, report, layer);
}

libnc_status nc__class_blocks_from_report(nc__class_blocks *blocks, nc__arena *arena,
                                          const libnc_report *report, int32_t layer,
                                          const int64_t *groups, int64_t group_count)
{
    const int64_t total = libnc_report_classes(report);
    int64_t *scratch = nc__arena_alloc(arena, (size_t)total, 3 * sizeof *scratch);
    const libnc_status status = allocate(blocks, arena, total, total);
    return status == LIBNC_OK ? describe_report(blocks, report, layer, groups, group_count, scratch,
                                                scratch + total, scratch + 2 * total)
                              : status;
}
