/* SPDX-License-Identifier: MIT
 *
 * convex_points.c: the convex solver's memory, and points that are kept in it.
 */
#include "convex/convex_private.h"
#include "linalg/linalg.h"

#include <math.h>
#include <string.h>

/* Directions below this share of the largest are what is left of those that vanish. */
#define VANISHED 1e-13

/* ---- room ---- */

static void point_destroy(libnc_context *context, nc__convex_point *point)
{
    nc__free(context, point->beta);
    nc__free(context, point->within);
    nc__free(context, point->right);
    nc__free(context, point->left);
    nc__free(context, point->values);
}

/* Allocates `count` doubles at each address. */
static bool allocate_all(libnc_context *context, double **const *targets, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (!(*targets[i] = nc__alloc(context, size, sizeof(double))))
            return false;
    return true;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool allocate(nc__convex *s, size_t groups)
{
    size_t square;
    if (!nc__multiply(groups, groups, &square) || square > SIZE_MAX / (8 * sizeof(double)))
        return nc__alloc(s->context, groups, SIZE_MAX) != NULL; /* fails, and says so */
    double **const vectors[] = {
        &s->multiplicity, &s->root,        &s->weight,          &s->scale,      &s->constant,
        &s->within,       &s->logits.own,  &s->normaliser,      &s->missed,     &s->probability.own,
        &s->miss,         &s->moved.own,   &s->within_gradient, &s->singular,   &s->moved_within,
        &s->dual_within,  &s->shift.own,   &s->now.values,      &s->now.within, &s->now.beta,
        &s->best.values,  &s->best.within, &s->best.beta};
    double **const matrices[] = {
        &s->effective,   &s->logits.other, &s->exponential, &s->probability.other, &s->gradient,
        &s->change,      &s->moved.other,  &s->left,        &s->right_t,           &s->dual,
        &s->shift.other, &s->now.left,     &s->now.right,   &s->best.left,         &s->best.right};
    double **const longer[] = {&s->share};
    double **const variables[] = {&s->variables};
    const size_t size = 2 * square + 2 * groups;
    return allocate_all(s->context, vectors, COUNT_OF(vectors), groups) &&
           allocate_all(s->context, matrices, COUNT_OF(matrices), square) &&
           allocate_all(s->context, longer, COUNT_OF(longer), 2 * groups) &&
           allocate_all(s->context, variables, COUNT_OF(variables), size) &&
           nc__trust_region_create(&s->region, s->context, (int64_t)size) == LIBNC_OK;
}

libnc_status nc__convex_create(nc__convex **solver, libnc_context *context, int64_t groups)
{
    nc__convex *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->capacity = groups;
    if (!allocate(created, (size_t)groups)) {
        nc__convex_destroy(created);
        return LIBNC_ERROR_MEMORY;
    }
    *solver = created;
    return LIBNC_OK;
}

void nc__convex_destroy(nc__convex *s)
{
    if (!s)
        return;
    libnc_context *context = s->context;
    double *const blocks[] = {s->multiplicity,
                              s->root,
                              s->weight,
                              s->scale,
                              s->constant,
                              s->within,
                              s->logits.own,
                              s->normaliser,
                              s->missed,
                              s->probability.own,
                              s->miss,
                              s->moved.own,
                              s->within_gradient,
                              s->singular,
                              s->moved_within,
                              s->dual_within,
                              s->shift.own,
                              s->effective,
                              s->logits.other,
                              s->exponential,
                              s->probability.other,
                              s->gradient,
                              s->change,
                              s->moved.other,
                              s->left,
                              s->right_t,
                              s->dual,
                              s->shift.other,
                              s->share,
                              s->variables};
    nc__trust_region_destroy(s->region);
    point_destroy(context, &s->best);
    point_destroy(context, &s->now);
    for (size_t i = COUNT_OF(blocks); i-- > 0;)
        nc__free(context, blocks[i]);
    nc__free(context, s);
}

/* ---- points and variables ---- */

/* Returns the sum of squares of what is decayed. */
double nc__convex_pack(nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups, r = point->rank;
    double *x = s->variables, *t = x + 2 * G * r;
    s->width = r;
    for (int64_t i = 0; i < r; i++) {
        const double root = sqrt(point->values[i]);
        for (int64_t g = 0; g < G; g++) {
            x[g * r + i] = root * point->left[i * G + g];
            x[G * r + g * r + i] = root * point->right[i * G + g];
        }
    }
    double square = 0;
    for (int64_t g = 0; g < G; g++) {
        t[g] = sqrt(2 * (s->multiplicity[g] - 1) * point->within[g]);
        t[G + g] = s->bias ? point->beta[g] : 0;
    }
    nc__convex_project(s, x);
    for (int64_t i = 0; i < 2 * G * r + G; i++)
        square += x[i] * x[i];
    const double factor = s->ball && square > 0 ? sqrt(2 * s->bound / square) : 1;
    for (int64_t i = 0; i < 2 * G * r + G; i++)
        x[i] *= factor;
    return factor * factor * square;
}

/* b moves freely along 1: sums to zero over classes. */
void nc__convex_centre_bias(const nc__convex *s, nc__convex_point *point)
{
    double sum = 0;
    for (int64_t g = 0; g < s->groups; g++)
        sum += s->root[g] * point->beta[g];
    for (int64_t g = 0; g < s->groups; g++)
        point->beta[g] -= s->root[g] * sum / s->classes;
}

static void drop_vanished(const nc__convex *s, nc__convex_point *point)
{
    double largest = point->rank > 0 ? point->values[0] : 0;
    for (int64_t g = 0; g < s->groups; g++)
        largest = fmax(largest, point->within[g]);
    while (point->rank > 0 && point->values[point->rank - 1] <= VANISHED * largest)
        point->rank--;
    for (int64_t g = 0; g < s->groups; g++)
        if (point->within[g] <= VANISHED * largest)
            point->within[g] = 0;
}

double nc__convex_nuclear(const nc__convex *s, const nc__convex_point *point)
{
    double sum = 0;
    for (int64_t i = 0; i < point->rank; i++)
        sum += point->values[i];
    for (int64_t g = 0; g < s->groups; g++)
        sum += (s->multiplicity[g] - 1) * point->within[g];
    return sum;
}

void nc__convex_scale(const nc__convex *s, nc__convex_point *point, double factor)
{
    for (int64_t i = 0; i < point->rank; i++)
        point->values[i] *= factor;
    for (int64_t g = 0; g < s->groups; g++)
        point->within[g] *= factor;
}

/* Z D from the variables. */
libnc_status nc__convex_unpack(nc__convex *s, nc__convex_point *point)
{
    const int64_t G = s->groups, r = s->width;
    const double *x = s->variables, *t = x + 2 * G * r;
    nc__convex_multiply(s, false, true, G, G, r, x, x + G * r, 0, s->change);
    const libnc_status status =
        nc__svd(s->context, s->change, G, G, point->values, s->left, point->right);
    if (status != LIBNC_OK)
        return status;
    point->rank = r;
    for (int64_t i = 0; i < r; i++)
        for (int64_t g = 0; g < G; g++)
            point->left[i * G + g] = s->left[g * G + i];
    for (int64_t g = 0; g < G; g++) {
        const double m = s->multiplicity[g];
        point->within[g] = m > 1 ? t[g] * t[g] / (2 * (m - 1)) : 0;
        point->beta[g] = s->bias ? t[G + g] : 0;
    }
    drop_vanished(s, point);
    if (s->bias)
        nc__convex_centre_bias(s, point);
    /* Not beyond tau by rounding. Less is right where mu is nearly zero: the sphere is then filled
     * by factors that are not balanced. */
    if (s->ball)
        nc__convex_scale(s, point, fmin(1, s->bound / nc__convex_nuclear(s, point)));
    return LIBNC_OK;
}

void nc__convex_copy(const nc__convex *s, const nc__convex_point *from, nc__convex_point *to)
{
    const size_t G = (size_t)s->groups, r = (size_t)from->rank;
    double *const values = to->values, *const left = to->left, *const right = to->right;
    double *const within = to->within, *const beta = to->beta;
    memcpy(values, from->values, r * sizeof *values);
    memcpy(left, from->left, r * G * sizeof *left);
    memcpy(right, from->right, r * G * sizeof *right);
    memcpy(within, from->within, G * sizeof *within);
    memcpy(beta, from->beta, G * sizeof *beta);
    *to = *from;
    to->values = values, to->left = left, to->right = right;
    to->within = within, to->beta = beta;
}
