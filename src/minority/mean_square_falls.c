/* SPDX-License-Identifier: MIT
 *
 * mean_square_falls.c: where classes fall under mean squared error (doc/theory.md, "Mean squared
 * error").
 *
 * Without a bias a class is predicted until it is lost, at beta = M N (N Lam)^{1/M}/n = beta*_M.
 * With one its margin is that of the closed-form solution, which is continuous in the decays but
 * where a direction is lost; its first fall is bracketed on a grid.
 */
#include "minority/mean_square_falls.h"

#include "data/classes_internal.h"
#include "geometry/geometry_internal.h"
#include "geometry/problem.h"
#include "geometry/scalar_minimum.h"
#include "minimise/scalar_root.h"
#include "minimise/shared_roots.h"
#include "minority/count_search.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_DEPTH = 1000 };

/* Of log c: steps of the grid, how far below the first loss it begins, and the width of a root. */
#define STEP      0.05
#define AHEAD     7.0
#define TOLERANCE 4e-16

/* A margin this small is that of equal logits. */
#define NO_MARGIN 1e-12

/* N of scaled counts: they stay whole numbers to this many. */
#define MOST_SAMPLES 0x1p52

/* ---- a problem at other counts, depths and decays ---- */

static libnc_status set_decays(libnc_geometry *trial, double decay)
{
    const libnc_status status = libnc_geometry_set_weight_decay(trial, &decay, 1);
    return status == LIBNC_OK ? libnc_options_set_double(libnc_geometry_options(trial),
                                                         LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, decay)
                              : status;
}

static libnc_status solve_margins(libnc_geometry *trial, double log_decay, double *margins)
{
    libnc_status status = set_decays(trial, exp(log_decay));
    if (status == LIBNC_OK)
        status = libnc_geometry_solve(trial);
    return status == LIBNC_OK
               ? libnc_geometry_margins(trial, margins, (size_t)trial->groups.classes)
               : status;
}

/* The problem as it is set, and that it can be solved. */
static libnc_status read_problem(nc__problem **problem, const libnc_geometry *geometry)
{
    libnc_geometry *copy = NULL;
    libnc_status status = nc__geometry_copy(&copy, geometry);
    if (status == LIBNC_OK)
        status = libnc_geometry_solve(copy);
    libnc_geometry_destroy(copy);
    return status == LIBNC_OK ? nc__problem_create(problem, geometry, NC__GROUPING_COUNTS) : status;
}

/* ---- decays ---- */

/* log c at which a direction of square y^2 is lost. */
static double log_loss(const nc__problem *problem, double square)
{
    const double m = problem->depth, log_samples = log(problem->groups->samples);
    const double log_beta = log(square) + log(nc__threshold(problem->depth)) - log(m) - log_samples;
    return (m * log_beta - log_samples) / (m + 1);
}

/* What log_loss() may be off by, and its exponential: some roundings of each logarithm. */
static double log_rounding(const nc__problem *problem, double square)
{
    const double logs = fabs(log(square)) + fabs(log(nc__threshold(problem->depth))) +
                        log(problem->depth) + 2 * log(problem->groups->samples);
    return 8 * DBL_EPSILON * (1 + logs);
}

/* The width has room for the largest counts only. */
static void closed_decays(const nc__problem *problem, double *decays, double *widths)
{
    const nc__groups *groups = problem->groups;
    for (int64_t g = 0; g < groups->count; g++)
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++) {
            const int64_t k = groups->order[p];
            decays[k] = p < problem->width ? exp(log_loss(problem, groups->size[g])) : 0;
            widths[k] = decays[k] * log_rounding(problem, groups->size[g]);
        }
}

static libnc_status margins_at(void *user, double log_decay, double *values)
{
    libnc_geometry *trial = user;
    const libnc_status status = solve_margins(trial, log_decay, values);
    for (int64_t k = 0; k < trial->groups.classes && status == LIBNC_OK; k++)
        values[k] -= NO_MARGIN;
    return status;
}

/* From where everything is kept that the width has room for to where nothing is. */
static libnc_status scan_decays(nc__samples *samples, const nc__problem *problem)
{
    const nc__groups *groups = problem->groups;
    const double last = log_loss(problem, groups->size[0]) + STEP;
    double x = log_loss(problem, groups->size[groups->count - 1]) - AHEAD;
    libnc_status status = LIBNC_OK;
    for (; x < last && status == LIBNC_OK; x += STEP)
        status = nc__samples_add(samples, x);
    return status == LIBNC_OK ? nc__samples_add(samples, last) : status;
}

static libnc_status read_falls(nc__samples *samples, double *decays)
{
    for (int64_t k = 0; k < samples->functions; k++) {
        double root = INFINITY;
        libnc_status status = LIBNC_OK;
        if (!(samples->values[k] > 0))
            root = -INFINITY;
        else if (nc__samples_fall(samples, k) >= 0)
            status = nc__samples_refine(samples, k, TOLERANCE, &root);
        if (status != LIBNC_OK)
            return status;
        decays[k] = exp(root);
    }
    return LIBNC_OK;
}

static libnc_status numerical_decays(const libnc_geometry *geometry, const nc__problem *problem,
                                     double *decays, double *widths)
{
    libnc_geometry *trial = NULL;
    nc__samples samples = {0};
    samples.context = geometry->context;
    libnc_status status = nc__geometry_copy(&trial, geometry);
    if (status == LIBNC_OK)
        status = nc__samples_create(&samples, geometry->context, problem->groups->classes,
                                    margins_at, trial);
    if (status == LIBNC_OK)
        status = scan_decays(&samples, problem);
    if (status == LIBNC_OK)
        status = read_falls(&samples, decays);
    for (int64_t k = 0; k < problem->groups->classes; k++)
        widths[k] = INFINITY;
    nc__samples_destroy(&samples);
    libnc_geometry_destroy(trial);
    return status;
}

libnc_status nc__mean_square_decays(const libnc_geometry *geometry, double *decays, double *widths)
{
    nc__problem *problem = NULL;
    const size_t K = (size_t)geometry->groups.classes;
    libnc_status status = read_problem(&problem, geometry);
    double *found = NULL; /* both */
    if (status == LIBNC_OK && !(found = nc__alloc(geometry->context, 2 * K, sizeof *found)))
        status = LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK && !problem->bias)
        closed_decays(problem, found, found + K);
    else if (status == LIBNC_OK)
        status = numerical_decays(geometry, problem, found, found + K);
    if (status == LIBNC_OK)
        memcpy(decays, found, K * sizeof *decays);
    if (status == LIBNC_OK && widths)
        memcpy(widths, found + K, K * sizeof *widths);
    nc__free(geometry->context, found);
    nc__problem_destroy(problem);
    return status;
}

/* ---- counts ---- */

/* log n + log(beta* / (M Lam^{1/M})) - (M+1)/M log(R + n), n = e^x */
typedef struct count_equation {
    double log_limit, power, rest;
} count_equation;

static double count_excess(double x, const void *argument)
{
    const count_equation *e = argument;
    return x + e->log_limit - e->power * log(e->rest + exp(x));
}

/* It grows up to n = M R; the smaller root is not below R^{(M+1)/M} M Lam^{1/M}/beta*. */
static libnc_status closed_count(const nc__problem *problem, double own, double *count)
{
    const double m = problem->depth;
    const count_equation e = {log(nc__threshold(problem->depth)) - log(m) -
                                  problem->log_product / m,
                              (m + 1) / m, problem->groups->samples - own};
    const double low = e.power * log(e.rest) - e.log_limit, high = log(m) + log(e.rest);
    double root = -INFINITY;
    if (e.rest == 0)
        *count = 0;
    else if (count_excess(high, &e) < 0)
        *count = INFINITY;
    else if (!nc__find_root(&root, count_excess, &e, low - 1, high))
        return nc__fail(problem->context, LIBNC_ERROR_INTERNAL,
                        "self-check: the margin by the count has no change of sign; please report "
                        "this problem");
    else
        *count = exp(root);
    return LIBNC_OK;
}

/* Z stays the same when all counts are multiplied by one number and Lam is divided by it: so counts
 * that are no whole numbers are solved as multiples. */
typedef struct count_problem {
    const libnc_geometry *geometry;
    int64_t class_index;
    double rest, log_decay;
    int64_t *counts; /* K: scratch */
    double *margins; /* K: scratch */
} count_problem;

static libnc_status solve_counts(const count_problem *c, double factor)
{
    libnc_classes *classes = NULL;
    libnc_geometry *trial = NULL;
    const int32_t depth = c->geometry->depth;
    libnc_status status = libnc_classes_from_counts(&classes, c->geometry->context, c->counts,
                                                    c->geometry->groups.classes);
    if (status == LIBNC_OK)
        status = nc__geometry_copy_to(&trial, c->geometry, classes, depth);
    if (status == LIBNC_OK)
        status = solve_margins(trial, c->log_decay - log(factor) / (depth + 1), c->margins);
    libnc_geometry_destroy(trial);
    libnc_classes_destroy(classes);
    return status;
}

static libnc_status shortfall_at(void *user, double log_count, double *value)
{
    const count_problem *c = user;
    const int64_t *present = libnc_classes_counts(c->geometry->classes);
    const double n = exp(log_count), factor = exp2(floor(log2(MOST_SAMPLES / (c->rest + n))));
    for (int64_t k = 0; k < c->geometry->groups.classes; k++)
        c->counts[k] =
            (int64_t)fmax(1, nearbyint(factor * (k == c->class_index ? n : (double)present[k])));
    const libnc_status status = solve_counts(c, factor);
    if (status == LIBNC_OK)
        *value = NO_MARGIN - c->margins[c->class_index];
    return status;
}

static libnc_status numerical_count(const libnc_geometry *geometry, const nc__problem *problem,
                                    int64_t class_index, double own, double *count)
{
    const size_t K = (size_t)geometry->groups.classes;
    count_problem c = {geometry,
                       class_index,
                       problem->groups->samples - own,
                       problem->log_product / (problem->depth + 1),
                       nc__alloc(geometry->context, K, sizeof(int64_t)),
                       nc__alloc(geometry->context, K, sizeof(double))};
    const libnc_status status =
        c.counts && c.margins ? nc__count_search(geometry->context, shortfall_at, &c, own, count)
                              : LIBNC_ERROR_MEMORY;
    nc__free(geometry->context, c.margins);
    nc__free(geometry->context, c.counts);
    return status;
}

/* A width below K may leave the class out by its rank, which is not smooth in the count. */
libnc_status nc__mean_square_count(const libnc_geometry *geometry, int64_t class_index,
                                   double *count)
{
    nc__problem *problem = NULL;
    const double own = (double)libnc_classes_counts(geometry->classes)[class_index];
    libnc_status status = read_problem(&problem, geometry);
    if (status == LIBNC_OK && !problem->bias && problem->width == problem->groups->classes)
        status = closed_count(problem, own, count);
    else if (status == LIBNC_OK)
        status = numerical_count(geometry, problem, class_index, own, count);
    nc__problem_destroy(problem);
    return status;
}

/* ---- depths ---- */

/* What is known of each depth 1 .. MOST_DEPTH: whether each class is predicted, K values, or NULL.
 */
typedef struct depth_table {
    const libnc_geometry *geometry;
    double log_decay;
    int32_t best;
    int32_t *known[MOST_DEPTH + 1];
} depth_table;

static libnc_status solve_depth(const depth_table *t, int32_t depth, int32_t *predicted)
{
    libnc_geometry *trial = NULL;
    libnc_status status = nc__geometry_copy_to(&trial, t->geometry, t->geometry->classes, depth);
    if (status == LIBNC_OK)
        status = set_decays(trial, exp(t->log_decay));
    if (status == LIBNC_OK)
        status = libnc_geometry_solve(trial);
    if (status == LIBNC_OK)
        status = libnc_geometry_predicted(trial, predicted, (size_t)trial->groups.classes);
    libnc_geometry_destroy(trial);
    return status;
}

static libnc_status look_up(depth_table *t, int32_t depth, int64_t class_index, bool *predicted)
{
    libnc_context *context = t->geometry->context;
    const size_t K = (size_t)t->geometry->groups.classes;
    libnc_status status = LIBNC_OK;
    if (!t->known[depth]) {
        t->known[depth] = nc__alloc(context, K, sizeof(int32_t));
        status = t->known[depth] ? solve_depth(t, depth, t->known[depth]) : LIBNC_ERROR_MEMORY;
    }
    if (status == LIBNC_OK)
        *predicted = t->known[depth][class_index] != 0;
    return status;
}

/* The depth at which most is predicted: M N (N c)^{1/M} c/beta*_M, which y^2 must exceed for a
 * direction to be kept, falls up to there and grows from there on. */
static int32_t best_depth(double log_samples, double log_decay)
{
    int32_t best = 1;
    double least = INFINITY;
    for (int32_t m = 1; m <= MOST_DEPTH; m++) {
        const double price =
            log(m) + (1 + 1.0 / m) * (log_samples + log_decay) - log(nc__threshold(m));
        if (price < least) {
            least = price;
            best = m;
        }
    }
    return best;
}

/* Depths that are looked at: 1, 2, 4, .., and the best, beside which they may all fail. */
static int32_t next_depth(const depth_table *t, int32_t depth)
{
    int32_t power = 1;
    while (power <= depth)
        power *= 2;
    return depth < t->best && t->best < power ? t->best : power;
}

/* The largest of these with which the class is predicted, 0 for none; then by halves. */
static libnc_status find_depth(depth_table *t, int64_t k, int32_t *depth)
{
    int32_t low = 0, high = MOST_DEPTH + 1;
    bool predicted = false;
    libnc_status status = look_up(t, MOST_DEPTH, k, &predicted);
    for (int32_t m = 1; m < MOST_DEPTH && status == LIBNC_OK && !predicted; m = next_depth(t, m)) {
        const int32_t next = next_depth(t, m);
        bool here = false;
        status = look_up(t, m, k, &here);
        low = here ? m : low;
        high = here ? (next < MOST_DEPTH ? next : MOST_DEPTH) : high;
    }
    low = predicted ? MOST_DEPTH : low;
    while (low > 0 && high - low > 1 && status == LIBNC_OK) {
        const int32_t middle = low + (high - low) / 2;
        status = look_up(t, middle, k, &predicted);
        *(predicted ? &low : &high) = middle;
    }
    *depth = low;
    return status;
}

static libnc_status find_depths(depth_table *t, int32_t *depths)
{
    libnc_status status = LIBNC_OK;
    for (int64_t k = 0; k < t->geometry->groups.classes && status == LIBNC_OK; k++)
        status = find_depth(t, k, &depths[k]);
    return status;
}

libnc_status nc__mean_square_depths(const libnc_geometry *geometry, int32_t *depths)
{
    libnc_context *context = geometry->context;
    const size_t size = (size_t)geometry->groups.classes * sizeof *depths;
    nc__problem *problem = NULL;
    depth_table *table = nc__alloc(context, 1, sizeof *table);
    int32_t *found = nc__alloc(context, 1, size);
    libnc_status status = table && found ? read_problem(&problem, geometry) : LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK) {
        table->geometry = geometry;
        table->log_decay = problem->log_product / (geometry->depth + 1);
        table->best = best_depth(log(problem->groups->samples), table->log_decay);
        status = find_depths(table, found);
    }
    if (status == LIBNC_OK)
        memcpy(depths, found, size);
    for (int m = 0; m <= MOST_DEPTH && table; m++)
        nc__free(context, table->known[m]);
    nc__free(context, found);
    nc__free(context, table);
    nc__problem_destroy(problem);
    return status;
}
