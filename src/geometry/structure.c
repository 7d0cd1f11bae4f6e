/* SPDX-License-Identifier: MIT
 *
 * structure.c: what a prediction looks like: named shapes, sets of classes, multiplicities.
 *
 * Everything is read off the Gram matrix of the class means.
 */
#include "geometry/geometry_internal.h"
#include "geometry/output_checks.h"
#include "geometry/solution.h"

#include <math.h>

/* Lengths and cosines that differ by less are the same: a search leaves some 1e-9. */
#define ANGLE_TOLERANCE 1e-5
/* The same for singular values, relative. */
#define VALUE_TOLERANCE 1e-6

typedef struct shape {
    nc__arena arena;
    int64_t classes, rank;
    double *cosine; /* K x K; 0 with a mean that is zero */
    double *length; /* K, relative to the longest */
    double *row;    /* 2 K: scratch */
    int32_t *sets;  /* K: scratch */
} shape;

/* ---- create and destroy ---- */

static void fill_shape(shape *s)
{
    const int64_t classes = s->classes;
    double longest = 0;
    for (int64_t k = 0; k < classes; k++) {
        s->length[k] = sqrt(fmax(0, s->cosine[k * classes + k]));
        longest = fmax(longest, s->length[k]);
    }
    for (int64_t k = 0; k < classes; k++) {
        s->length[k] = longest > 0 ? s->length[k] / longest : 0;
        if (s->length[k] < ANGLE_TOLERANCE)
            s->length[k] = 0;
    }
    for (int64_t k = 0; k < classes; k++)
        for (int64_t l = 0; l < classes; l++) {
            const double product = s->length[k] * s->length[l] * longest * longest;
            double *entry = &s->cosine[k * classes + l];
            *entry = product > 0 ? *entry / product : 0;
        }
}

static libnc_status shape_open(shape *s, const libnc_geometry *geometry)
{
    const int64_t classes = geometry->groups.classes;
    size_t size;
    *s = (shape){.arena = {.context = geometry->context}, .classes = classes};
    if (!nc__multiply((size_t)classes, (size_t)classes, &size))
        size = SIZE_MAX; /* which the allocation refuses */
    s->cosine = nc__arena_alloc(&s->arena, size, sizeof *s->cosine);
    s->length = nc__arena_alloc(&s->arena, (size_t)classes, sizeof *s->length);
    s->row = nc__arena_alloc(&s->arena, 2 * (size_t)classes, sizeof *s->row);
    s->sets = nc__arena_alloc(&s->arena, (size_t)classes, sizeof *s->sets);
    libnc_status status = nc__arena_status(&s->arena);
    if (status == LIBNC_OK)
        status = libnc_geometry_feature_gram(geometry, 1, s->cosine, size);
    if (status == LIBNC_OK)
        status = libnc_geometry_singular_values(geometry, s->length, (size_t)classes);
    if (status != LIBNC_OK) {
        nc__arena_release(&s->arena);
        return status;
    }
    while (s->rank < classes && s->length[s->rank] > 0)
        s->rank++;
    fill_shape(s);
    return LIBNC_OK;
}

/* ---- what is asked of a shape ---- */

static double cosine(const shape *s, int64_t k, int64_t l)
{
    return s->cosine[k * s->classes + l];
}

static bool is(double value, double wanted)
{
    return fabs(value - wanted) < ANGLE_TOLERANCE;
}

/* ||h_k/|h_k| + sign h_l/|h_l| || within the tolerance, which a cosine alone would tell to its
 * square only. */
static bool aligned(const shape *s, int64_t k, int64_t l, double sign)
{
    const double square = 2 + 2 * sign * cosine(s, k, l);
    return s->length[k] > 0 && s->length[l] > 0 && square < ANGLE_TOLERANCE * ANGLE_TOLERANCE;
}

static bool is_same(const shape *s, int64_t k, int64_t l)
{
    if (s->length[k] == 0 || s->length[l] == 0)
        return s->length[k] == s->length[l];
    return is(s->length[k], s->length[l]) && aligned(s, k, l, -1);
}

static bool equal_lengths(const shape *s)
{
    for (int64_t k = 0; k < s->classes; k++)
        if (!is(s->length[k], 1))
            return false;
    return true;
}

static bool all_cosines(const shape *s, double wanted)
{
    for (int64_t k = 0; k < s->classes; k++)
        for (int64_t l = 0; l < k; l++)
            if (!is(cosine(s, k, l), wanted))
                return false;
    return true;
}

static int64_t opposites(const shape *s, int64_t k)
{
    int64_t count = 0;
    for (int64_t l = 0; l < s->classes; l++)
        count += aligned(s, k, l, 1);
    return count;
}

static bool is_pairs(const shape *s)
{
    for (int64_t k = 0; k < s->classes; k++)
        if (opposites(s, k) != 1)
            return false;
    return true;
}

/* Cosines are -1 or 0. */
static bool is_orthoplex(const shape *s)
{
    for (int64_t k = 0; k < s->classes; k++)
        for (int64_t l = 0; l < k; l++)
            if (!is(cosine(s, k, l), 0) && !aligned(s, k, l, 1))
                return false;
    return is_pairs(s) && equal_lengths(s);
}

static void sort(double *values, int64_t count)
{
    for (int64_t i = 1; i < count; i++) {
        const double moving = values[i];
        int64_t at = i;
        for (; at > 0 && values[at - 1] > moving; at--)
            values[at] = values[at - 1];
        values[at] = moving;
    }
}

/* Every class sees the others under the angles 2 pi j/K. */
static bool is_polygon(const shape *s)
{
    const int64_t classes = s->classes;
    double *seen = s->row, *wanted = s->row + classes;
    if (s->rank != 2 || !equal_lengths(s))
        return false;
    for (int64_t j = 0; j < classes; j++)
        wanted[j] = cos(2 * acos(-1) * (double)j / (double)classes);
    sort(wanted, classes);
    for (int64_t k = 0; k < classes; k++) {
        for (int64_t l = 0; l < classes; l++)
            seen[l] = cosine(s, k, l);
        sort(seen, classes);
        for (int64_t j = 0; j < classes; j++)
            if (!is(seen[j], wanted[j]))
                return false;
    }
    return true;
}

static bool has_zero(const shape *s)
{
    for (int64_t k = 0; k < s->classes; k++)
        if (s->length[k] == 0)
            return true;
    return false;
}

/* ---- sets ---- */

/* All other classes see k and l alike, and they have one length: exchanging them changes nothing.
 * That is transitive. */
static bool interchangeable(const shape *s, int64_t k, int64_t l)
{
    if (!is(s->length[k], s->length[l]))
        return false;
    for (int64_t m = 0; m < s->classes; m++)
        if (m != k && m != l && !is(cosine(s, m, k), cosine(s, m, l)))
            return false;
    return true;
}

static int32_t find_sets(const shape *s, int32_t *sets)
{
    int32_t count = 0;
    for (int64_t k = 0; k < s->classes; k++) {
        sets[k] = s->length[k] > 0 ? count : -1;
        for (int64_t l = 0; l < k && sets[k] == count; l++)
            if (s->length[l] > 0 && interchangeable(s, k, l))
                sets[k] = sets[l];
        count += sets[k] == count;
    }
    return count;
}

static void find_same(const shape *s, int32_t *same)
{
    for (int64_t k = 0; k < s->classes; k++) {
        same[k] = (int32_t)k;
        for (int64_t l = 0; l < k && same[k] == k; l++)
            if (is_same(s, k, l))
                same[k] = (int32_t)l;
    }
}

static void find_opposite(const shape *s, int32_t *opposite)
{
    for (int64_t k = 0; k < s->classes; k++) {
        opposite[k] = -1;
        for (int64_t l = 0; l < s->classes && opposite[k] < 0; l++)
            if (aligned(s, k, l, 1))
                opposite[k] = (int32_t)l;
    }
}

static int32_t kind_of(const shape *s, int32_t sets)
{
    const bool blocks = sets > 1 && sets < s->classes;
    if (s->rank == 0)
        return LIBNC_GEOMETRY_KIND_ZERO;
    if (has_zero(s))
        return blocks ? LIBNC_GEOMETRY_KIND_BLOCKS : LIBNC_GEOMETRY_KIND_OTHER;
    if (equal_lengths(s) && all_cosines(s, -1 / ((double)s->classes - 1)))
        return LIBNC_GEOMETRY_KIND_SIMPLEX;
    if (is_orthoplex(s))
        return LIBNC_GEOMETRY_KIND_ORTHOPLEX;
    if (is_polygon(s))
        return s->classes == 5 ? LIBNC_GEOMETRY_KIND_PENTAGON : LIBNC_GEOMETRY_KIND_POLYGON;
    if (is_pairs(s))
        return LIBNC_GEOMETRY_KIND_PAIRS;
    if (all_cosines(s, 0))
        return LIBNC_GEOMETRY_KIND_FRAME;
    return blocks ? LIBNC_GEOMETRY_KIND_BLOCKS : LIBNC_GEOMETRY_KIND_OTHER;
}

/* ---- public ---- */

libnc_status libnc_geometry_structure(const libnc_geometry *geometry, int32_t *kind)
{
    libnc_status status = nc__check_output(geometry, "kind", kind);
    shape s;
    if (status != LIBNC_OK || (status = shape_open(&s, geometry)) != LIBNC_OK)
        return status;
    *kind = kind_of(&s, find_sets(&s, s.sets));
    nc__arena_release(&s.arena);
    return LIBNC_OK;
}

const char *libnc_geometry_kind_name(int32_t kind)
{
    static const char *const NAMES[] = {
        "other",    "zero",    "simplex",          "orthoplex", "antipodal pairs",
        "pentagon", "polygon", "orthogonal frame", "blocks"};
    const int32_t count = sizeof NAMES / sizeof *NAMES;
    return NAMES[kind >= 0 && kind < count ? kind : LIBNC_GEOMETRY_KIND_OTHER];
}

libnc_status libnc_geometry_class_sets(const libnc_geometry *geometry, int32_t *sets, int32_t *same,
                                       int32_t *opposite, size_t size)
{
    const int32_t *any = sets ? sets : same ? same : opposite;
    libnc_status status = nc__check_vector_output(geometry, "sets, same, opposite", any, size);
    shape s;
    if (status != LIBNC_OK || (status = shape_open(&s, geometry)) != LIBNC_OK)
        return status;
    if (sets)
        find_sets(&s, sets);
    if (same)
        find_same(&s, same);
    if (opposite)
        find_opposite(&s, opposite);
    nc__arena_release(&s.arena);
    return LIBNC_OK;
}

libnc_status libnc_geometry_multiplicities(const libnc_geometry *geometry, int64_t *multiplicities,
                                           size_t size)
{
    libnc_status status = nc__check_vector_output(geometry, "multiplicities", multiplicities, size);
    if (status != LIBNC_OK)
        return status;
    double *values = nc__alloc(geometry->context, size, sizeof *values);
    status = values ? libnc_geometry_singular_values(geometry, values, size) : LIBNC_ERROR_MEMORY;
    for (size_t i = 0, end; i < size && status == LIBNC_OK; i = end) {
        for (end = i + 1; end < size && values[end] >= values[i] * (1 - VALUE_TOLERANCE);)
            end++;
        for (size_t j = i; j < end; j++)
            multiplicities[j] = values[j] > 0 ? (int64_t)(end - i) : 0;
    }
    nc__free(geometry->context, values);
    return status;
}
