/* SPDX-License-Identifier: MIT
 *
 * deep_search.c: the driver of the multi-start search (doc/deep_cross_entropy.md).
 *
 *     zero; all recipes, screened by their value at the best scale
 *     the simplex, the lowest recipes and the lowest of each rank, minimised
 *     n random starts: sphere codes of every rank, random factors, changes of the best point
 *     the best point to full precision, leaving strict saddles along their worst direction
 */
#include "deep/deep_search.h"
#include "deep/deep_curvature.h"
#include "deep/deep_starts.h"

#include <math.h>
#include <string.h>

enum {
    POLISHED = 24, /* recipes that are minimised for their value */
    DEPARTURES = 4 /* times that a strict saddle is left at the end */
};

/* Gradients, in units of c: where values of two local minima can be told apart, and the end. */
#define SEARCH_TOLERANCE 1e-6
#define FINAL_TOLERANCE  1e-11

/* A gradient above this at the end is worth a warning. */
#define DOUBTFUL 1e-6

/* Relative disturbance of starts: exact symmetry would keep them from leaving saddles. */
#define NOISE 0.02

/* First step off a saddle, relative to the factors: small enough to follow the direction. */
#define LEAVE 0.05

/* Two ends with values this close, relative, are the same minimum. */
#define SAME_VALUE 1e-9

typedef struct screened {
    double value;
    int64_t recipe, rank;
} screened;

typedef struct run {
    nc__arena arena;
    nc__deep_search *search;
    libnc_context *context;
    const nc__deep_problem *problem;
    nc__deep_solver solver;
    nc__deep_point point, *best;
    nc__deep_recipe *recipes;
    screened *screen;
    int64_t recipe_count;
    int64_t *order;      /* classes by count, largest first */
    double *code, *rows; /* K x K each */
    double *ends;        /* value of every end */
    nc__stream stream;
} run;

/* ---- codes in class order ---- */

static bool is_uneven(const nc__deep_problem *problem)
{
    for (int64_t k = 1; k < problem->classes; k++)
        if (problem->weight[k] != problem->weight[0] || problem->root[k] != problem->root[0])
            return true;
    return false;
}

/* Insertion sort: stable, and K is small wherever a search makes sense. */
static void sort_classes(const nc__deep_problem *problem, int64_t *order)
{
    for (int64_t k = 0; k < problem->classes; k++) {
        int64_t at = k;
        for (; at > 0 && problem->weight[order[at - 1]] < problem->weight[k]; at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
}

/* Class at position p of a recipe. */
static int64_t class_at(const run *r, int32_t order, int64_t p)
{
    if (order == NC__DEEP_ORDER_LARGEST)
        return r->order[p];
    return r->order[p % 2 ? r->problem->classes - 1 - p / 2 : p / 2];
}

static void recipe_code(run *r, const nc__deep_recipe *recipe)
{
    const int64_t classes = r->problem->classes;
    nc__deep_recipe_code(recipe, classes, r->rows);
    for (int64_t p = 0; p < classes; p++)
        memcpy(r->code + class_at(r, recipe->order, p) * classes, r->rows + p * classes,
               (size_t)classes * sizeof *r->code);
}

/* ---- ends ---- */

static void keep_if_lower(run *r, const char *kind)
{
    r->ends[r->search->started++] = r->point.value;
    if (!(r->point.value < r->best->value))
        return;
    if (r->point.value < r->best->value * (1 - SAME_VALUE))
        nc__log(r->context, LIBNC_LOG_INFO, "deep search: start %lld (%s): %.12g, rank %lld",
                (long long)r->search->started, kind, r->point.value, (long long)r->point.rank);
    nc__deep_point_copy(&r->point, r->best);
}

static libnc_status minimise(run *r, double noise, const char *kind)
{
    const libnc_status status =
        nc__deep_solver_minimise(&r->solver, &r->stream, noise, SEARCH_TOLERANCE, &r->point);
    if (status == LIBNC_OK)
        keep_if_lower(r, kind);
    return status;
}

/* ---- structured starts ---- */

static libnc_status screen_recipes(run *r)
{
    for (int64_t i = 0; i < r->recipe_count; i++) {
        recipe_code(r, &r->recipes[i]);
        const libnc_status status = nc__deep_solver_start(&r->solver, r->code, &r->point);
        if (status != LIBNC_OK)
            return status;
        const screened entry = {r->point.value, i, r->point.rank};
        int64_t at = i;
        for (; at > 0 && r->screen[at - 1].value > entry.value; at--)
            r->screen[at] = r->screen[at - 1];
        r->screen[at] = entry;
    }
    return LIBNC_OK;
}

static bool first_of_rank(const run *r, int64_t index)
{
    for (int64_t i = 0; i < index; i++)
        if (r->screen[i].rank == r->screen[index].rank)
            return false;
    return true;
}

static libnc_status start_recipe(run *r, int64_t recipe, double noise)
{
    recipe_code(r, &r->recipes[recipe]);
    const libnc_status status = nc__deep_solver_start(&r->solver, r->code, &r->point);
    return status == LIBNC_OK ? minimise(r, noise, "structured") : status;
}

/* Ranks far above that of the best point are expensive and lead nowhere. */
static int64_t reasonable_rank(const run *r)
{
    const int64_t twice = 2 * r->best->rank + 2;
    return twice < r->solver.most ? twice : r->solver.most;
}

/* The simplex, recipe 0, keeps its symmetry: the critical point itself is among the ends. */
static libnc_status structured_starts(run *r)
{
    libnc_status status = screen_recipes(r);
    if (status == LIBNC_OK)
        status = start_recipe(r, 0, 0);
    for (int64_t i = 0; i < r->recipe_count && status == LIBNC_OK; i++)
        if (i < POLISHED || (first_of_rank(r, i) && r->screen[i].rank <= reasonable_rank(r)))
            status = start_recipe(r, r->screen[i].recipe, NOISE);
    return status;
}

/* ---- random starts ---- */

static int64_t draw(run *r, int64_t count)
{
    double uniform;
    nc__stream_uniform(&r->stream, &uniform, 1);
    return (int64_t)(uniform * (double)count);
}

/* Random factors at a random scale: starts that no code describes. */
static libnc_status random_factors(run *r, int64_t rank)
{
    const nc__deep_problem *problem = r->problem;
    const int64_t size = nc__deep_size(problem, rank), decayed = nc__deep_offset(problem, rank, -1);
    double uniform;
    nc__stream_uniform(&r->stream, &uniform, 1);
    const double spread = exp(2 * uniform - 1) / pow((double)rank, 0.25);
    nc__stream_normal(&r->stream, r->solver.x, (size_t)decayed);
    for (int64_t i = 0; i < decayed; i++)
        r->solver.x[i] *= spread;
    for (int64_t i = decayed; i < size; i++)
        r->solver.x[i] = 0;
    const libnc_status status =
        nc__deep_solver_descend(&r->solver, rank, r->solver.x, SEARCH_TOLERANCE, &r->point);
    if (status == LIBNC_OK)
        keep_if_lower(r, "random factors");
    return status;
}

/* The code of the best point: c_k = sqrt(s_i) v_ki / n_k^{1/4}, so that C C^T is Z up to its
 * asymmetry, scaled to a largest length of 1. Returns the dimensions. */
static int64_t best_code(run *r)
{
    const int64_t classes = r->problem->classes;
    double longest = 0;
    memset(r->code, 0, (size_t)(classes * classes) * sizeof *r->code);
    for (int64_t k = 0; k < classes; k++) {
        double squares = 0;
        for (int64_t i = 0; i < r->best->rank; i++) {
            const double entry =
                sqrt(r->best->values[i] / r->problem->root[k]) * r->best->right[i * classes + k];
            r->code[k * classes + i] = entry;
            squares += entry * entry;
        }
        longest = fmax(longest, sqrt(squares));
    }
    for (int64_t i = 0; i < classes * classes && longest > 0; i++)
        r->code[i] /= longest;
    return r->best->rank;
}

static void redraw_class(run *r, int64_t k, int64_t dimensions)
{
    double *row = r->code + k * r->problem->classes, squares = 0;
    nc__stream_normal(&r->stream, row, (size_t)dimensions);
    for (int64_t i = 0; i < dimensions; i++)
        squares += row[i] * row[i];
    for (int64_t i = 0; i < dimensions; i++)
        row[i] /= sqrt(squares);
}

static void swap_classes(run *r, int64_t a, int64_t b)
{
    const int64_t classes = r->problem->classes;
    for (int64_t i = 0; i < classes; i++) {
        const double kept = r->code[a * classes + i];
        r->code[a * classes + i] = r->code[b * classes + i];
        r->code[b * classes + i] = kept;
    }
}

/* One direction more, one less, one or two classes moved, or two exchanged. */
static void change_code(run *r, int64_t dimensions)
{
    const int64_t classes = r->problem->classes, kind = draw(r, 5);
    if (kind == 0 && dimensions < r->solver.most) {
        for (int64_t k = 0; k < classes; k++) {
            nc__stream_normal(&r->stream, r->code + k * classes + dimensions, 1);
            r->code[k * classes + dimensions] /= sqrt((double)dimensions + 1);
        }
    } else if (kind == 1 && dimensions > 1) {
        const int64_t lost = draw(r, dimensions);
        for (int64_t k = 0; k < classes; k++)
            r->code[k * classes + lost] = 0;
    } else if (kind == 2) {
        swap_classes(r, draw(r, classes), draw(r, classes));
    } else {
        redraw_class(r, draw(r, classes), dimensions);
        if (kind == 4)
            redraw_class(r, draw(r, classes), dimensions);
    }
}

static libnc_status start_code(run *r, const char *kind)
{
    const libnc_status status = nc__deep_solver_start(&r->solver, r->code, &r->point);
    return status == LIBNC_OK ? minimise(r, NOISE, kind) : status;
}

/* Start i: half sphere codes, a quarter changes of the best, a quarter random factors. */
static libnc_status random_start(run *r, int64_t i)
{
    const nc__deep_problem *problem = r->problem;
    const int64_t fewest = problem->bias || r->solver.most == 1 ? 1 : 2;
    const int64_t ranks = reasonable_rank(r) - fewest + 1;
    r->stream = nc__stream_child(nc__stream_of(r->search->seed), (uint64_t)i + 1);
    if (i % 4 == 1 && r->best->rank > 0) {
        change_code(r, best_code(r));
        return start_code(r, "changed code");
    }
    if (i % 4 == 3)
        return random_factors(r, fewest + draw(r, ranks));
    nc__deep_sphere_code(&r->stream, problem->classes, fewest + i / 2 % ranks, r->code);
    return start_code(r, "random code");
}

/* ---- the end ---- */

/* From the best point along `sign` times the direction of negative curvature. */
static libnc_status leave(run *r, const nc__deep_curvature *curvature, double sign)
{
    const double length = LEAVE * pow(r->best->values[0], 1 / (r->problem->depth + 1.0));
    double *x = r->solver.x;
    for (int64_t i = 0; i < curvature->size; i++)
        x[i] = curvature->factors[i] + sign * length * curvature->direction[i];
    const libnc_status status =
        nc__deep_solver_descend(&r->solver, curvature->rank, x, SEARCH_TOLERANCE, &r->point);
    if (status == LIBNC_OK)
        keep_if_lower(r, "off a saddle");
    return status;
}

static libnc_status sharpen(run *r)
{
    nc__deep_point_copy(r->best, &r->point);
    const libnc_status status =
        nc__deep_solver_minimise(&r->solver, &r->stream, 0, FINAL_TOLERANCE, &r->point);
    if (status == LIBNC_OK && r->point.value <= r->best->value * (1 + SAME_VALUE))
        nc__deep_point_copy(&r->point, r->best);
    return status;
}

/* Whether the best point is a strict saddle; if so both ways off it are tried. */
static libnc_status leave_saddle(run *r, bool *left)
{
    nc__deep_curvature curvature;
    const double before = r->best->value;
    *left = false;
    if (r->best->rank == 0)
        return LIBNC_OK;
    libnc_status status =
        nc__deep_curvature_create(&curvature, r->context, r->problem, r->best, r->best->rank);
    if (status != LIBNC_OK)
        return status;
    for (int sign = -1; sign <= 1 && curvature.saddle && status == LIBNC_OK; sign += 2)
        status = leave(r, &curvature, sign);
    nc__deep_curvature_destroy(&curvature, r->context);
    *left = r->best->value < before;
    return status;
}

static libnc_status finish(run *r)
{
    bool left = true;
    libnc_status status = LIBNC_OK;
    for (int i = 0; i < DEPARTURES && left && status == LIBNC_OK; i++) {
        status = sharpen(r);
        if (status == LIBNC_OK)
            status = leave_saddle(r, &left);
    }
    if (r->best->residual > DOUBTFUL * r->problem->cost)
        nc__log(r->context, LIBNC_LOG_WARNING,
                "deep search: the lowest point is stationary to %.1e of the decays only",
                r->best->residual / r->problem->cost);
    r->search->hits = 0;
    for (int64_t i = 0; i < r->search->started; i++)
        r->search->hits += r->ends[i] <= r->best->value * (1 + SAME_VALUE);
    return status;
}

/* ---- create and destroy ---- */

static void run_close(run *r)
{
    nc__arena_release(&r->arena);
    nc__deep_point_destroy(&r->point);
    nc__deep_solver_destroy(&r->solver);
}

static libnc_status run_open(run *r)
{
    const nc__deep_problem *problem = r->problem;
    const int64_t classes = problem->classes, width = r->search->width;
    const size_t square = (size_t)(classes * classes);
    /* The rows of Z sum to zero: no rank above K - 1. */
    const int64_t most = width > 0 && width < classes - 1 ? width : classes - 1;
    const bool uneven = is_uneven(problem);
    libnc_status status = nc__deep_solver_create(&r->solver, r->context, problem, most);
    if (status == LIBNC_OK)
        status = nc__deep_point_create(&r->point, r->context, classes);
    if (status != LIBNC_OK)
        return status;
    r->recipe_count = nc__deep_recipes(classes, problem->bias, uneven, NULL);
    const size_t ends = (size_t)(r->recipe_count + r->search->starts + 1 + 2 * DEPARTURES);
    r->recipes = nc__arena_alloc(&r->arena, (size_t)r->recipe_count, sizeof *r->recipes);
    r->screen = nc__arena_alloc(&r->arena, (size_t)r->recipe_count, sizeof *r->screen);
    r->order = nc__arena_alloc(&r->arena, (size_t)classes, sizeof *r->order);
    r->code = nc__arena_alloc(&r->arena, square, sizeof *r->code);
    r->rows = nc__arena_alloc(&r->arena, square, sizeof *r->rows);
    r->ends = nc__arena_alloc(&r->arena, ends, sizeof *r->ends);
    if (r->arena.failed)
        return LIBNC_ERROR_MEMORY;
    nc__deep_recipes(classes, problem->bias, uneven, r->recipes);
    sort_classes(problem, r->order);
    return LIBNC_OK;
}

libnc_status nc__deep_search_run(nc__deep_search *search, libnc_context *context,
                                 const nc__deep_problem *problem, nc__deep_point *best)
{
    run r = {.arena = {.context = context},
             .search = search,
             .context = context,
             .problem = problem,
             .best = best};
    search->started = search->hits = 0;
    libnc_status status = run_open(&r);
    if (status == LIBNC_OK) {
        r.stream = nc__stream_child(nc__stream_of(search->seed), 0);
        nc__deep_point_zero(problem, best, r.solver.work);
        status = structured_starts(&r);
    }
    for (int64_t i = 0; i < search->starts && status == LIBNC_OK; i++)
        status = random_start(&r, i);
    if (status == LIBNC_OK)
        status = finish(&r);
    run_close(&r);
    return status;
}
