/* SPDX-License-Identifier: MIT
 *
 * lbfgs.c: limited-memory BFGS (Liu and Nocedal 1989, Math. Programming 45; Nocedal and Wright,
 * Numerical Optimization, algorithms 7.4 and 7.5).
 *
 * Notation: x the variables, g the gradient, d the direction; pairs s = x_{k+1} - x_k,
 * y = g_{k+1} - g_k, rho = 1/(s.y), gamma = s.y/y.y the scale of the initial inverse Hessian.
 * A vector is one piece of memory that holds a tensor per variable.
 */
#include "minimise/lbfgs.h"

#include "linalg/tensor_state.h"
#include "minimise/wolfe.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* Rounding of the objective, in units of |value| epsilon: a sum of many terms is good to a few. */
static const double NOISE = 8;
/* Steps without a lower value or a gradient below GAIN times the least so far. */
enum { PATIENCE = 500 };
static const double GAIN = 0.9;

struct nc__lbfgs {
    nc__arena arena;
    int32_t count, history;
    nc__tensor *variables, *gradients;
    size_t *offsets;         /* bytes into a vector, per variable */
    size_t bytes;            /* of a vector */
    char *x, *g, *d, *pairs; /* one block, in this order */
    double *rho, *alpha;     /* per pair */
    double epsilon;          /* of the coarsest scalar type */

    int32_t stored, newest; /* pairs held, slot of the last */
    double gamma;           /* 0: none yet */
    bool is_current;        /* x, g, value and norm are those of the variables */
    double value, norm;
    double lowest, least_norm; /* since the last reset or invalidation */
    int32_t idle;              /* steps since either improved */
};

/* ---- vectors ---- */

static nc__tensor part_of(const nc__lbfgs *lb, char *vector, int32_t i)
{
    const nc__tensor *like = &lb->variables[i];
    return nc__tensor_of(vector + lb->offsets[i], like->scalar, like->rows, like->cols);
}

static void copy_in(nc__lbfgs *lb, const nc__tensor *tensors, char *vector)
{
    for (int32_t i = 0; i < lb->count; i++) {
        nc__tensor to = part_of(lb, vector, i);
        nc__copy(&tensors[i], &to);
    }
}

static void copy_out(nc__lbfgs *lb, char *vector, nc__tensor *tensors)
{
    for (int32_t i = 0; i < lb->count; i++) {
        nc__tensor from = part_of(lb, vector, i);
        nc__copy(&from, &tensors[i]);
    }
}

static double dot(const nc__lbfgs *lb, char *a, char *b)
{
    double sum = 0;
    for (int32_t i = 0; i < lb->count; i++) {
        nc__tensor x = part_of(lb, a, i), y = part_of(lb, b, i);
        sum += nc__dot(&x, &y);
    }
    return sum;
}

static void add(const nc__lbfgs *lb, double factor, char *a, char *b)
{
    for (int32_t i = 0; i < lb->count; i++) {
        nc__tensor x = part_of(lb, a, i), y = part_of(lb, b, i);
        nc__axpy(factor, &x, &y);
    }
}

static void scale(const nc__lbfgs *lb, double factor, char *a)
{
    for (int32_t i = 0; i < lb->count; i++) {
        nc__tensor x = part_of(lb, a, i);
        nc__scale(&x, factor);
    }
}

static char *s_of(const nc__lbfgs *lb, int32_t slot)
{
    return lb->pairs + 2 * (size_t)slot * lb->bytes;
}

static char *y_of(const nc__lbfgs *lb, int32_t slot)
{
    return s_of(lb, slot) + lb->bytes;
}

/* ---- create and destroy ---- */

static libnc_status lay_out(nc__lbfgs *lb)
{
    size_t vectors, bytes = 0;
    lb->epsilon = DBL_EPSILON;
    for (int32_t i = 0; i < lb->count; i++) {
        const nc__tensor *tensor = &lb->variables[i];
        const size_t size = nc__scalar_size(tensor->scalar);
        lb->offsets[i] = bytes;
        bytes += (size_t)tensor->rows * (size_t)tensor->cols * size;
        bytes += (NC__ALIGNMENT - bytes % NC__ALIGNMENT) % NC__ALIGNMENT;
        if (tensor->scalar == LIBNC_FLOAT32)
            lb->epsilon = FLT_EPSILON;
    }
    lb->bytes = bytes;
    vectors = 3 + 2 * (size_t)lb->history;
    lb->x = nc__arena_alloc(&lb->arena, vectors, bytes);
    if (!lb->x)
        return LIBNC_ERROR_MEMORY;
    lb->g = lb->x + bytes;
    lb->d = lb->g + bytes;
    lb->pairs = lb->d + bytes;
    return LIBNC_OK;
}

static libnc_status allocate(nc__lbfgs *lb)
{
    const size_t count = (size_t)lb->count, history = (size_t)lb->history;
    lb->variables = nc__arena_alloc(&lb->arena, count, sizeof *lb->variables);
    lb->gradients = nc__arena_alloc(&lb->arena, count, sizeof *lb->gradients);
    lb->offsets = nc__arena_alloc(&lb->arena, count, sizeof *lb->offsets);
    lb->rho = nc__arena_alloc(&lb->arena, history, sizeof *lb->rho);
    lb->alpha = nc__arena_alloc(&lb->arena, history, sizeof *lb->alpha);
    return nc__arena_status(&lb->arena);
}

libnc_status nc__lbfgs_create(nc__lbfgs **lbfgs, libnc_context *context,
                              const nc__tensor *variables, const nc__tensor *gradients,
                              int32_t count, int32_t history)
{
    assert(count >= 1 && history >= 1);
    nc__lbfgs *lb = nc__alloc(context, 1, sizeof *lb);
    if (!lb)
        return LIBNC_ERROR_MEMORY;
    lb->arena.context = context;
    lb->count = count;
    lb->history = history;
    libnc_status status = allocate(lb);
    if (!status) {
        memcpy(lb->variables, variables, (size_t)count * sizeof *variables);
        memcpy(lb->gradients, gradients, (size_t)count * sizeof *gradients);
        status = lay_out(lb);
    }
    if (status) {
        nc__lbfgs_destroy(lb);
        return status;
    }
    nc__lbfgs_reset(lb);
    *lbfgs = lb;
    return LIBNC_OK;
}

void nc__lbfgs_destroy(nc__lbfgs *lbfgs)
{
    if (!lbfgs)
        return;
    nc__arena_release(&lbfgs->arena);
    nc__free(lbfgs->arena.context, lbfgs);
}

void nc__lbfgs_invalidate(nc__lbfgs *lbfgs)
{
    lbfgs->is_current = false;
    lbfgs->lowest = lbfgs->least_norm = INFINITY;
    lbfgs->idle = 0;
}

void nc__lbfgs_reset(nc__lbfgs *lbfgs)
{
    nc__lbfgs_invalidate(lbfgs);
    lbfgs->stored = 0;
    lbfgs->newest = -1;
    lbfgs->gamma = 0;
}

/* ---- one step ---- */

static double noise_of(const nc__lbfgs *lb)
{
    return NOISE * lb->epsilon * fabs(lb->value);
}

static libnc_status evaluate_start(nc__lbfgs *lb, nc__objective_fn objective, void *user)
{
    double value;
    libnc_status status = objective(user, &value);
    if (status)
        return status;
    copy_in(lb, lb->variables, lb->x);
    copy_in(lb, lb->gradients, lb->g);
    const double norm = sqrt(dot(lb, lb->g, lb->g));
    if (!isfinite(value) || !isfinite(norm))
        return nc__fail(lb->arena.context, LIBNC_ERROR_NOT_FINITE,
                        "objective = %g, gradient norm = %g: must be finite to start", value, norm);
    lb->value = lb->lowest = value;
    lb->norm = lb->least_norm = norm;
    lb->is_current = true;
    return LIBNC_OK;
}

/* d = -H g by the two-loop recursion; H = gamma I without pairs. */
static void find_direction(nc__lbfgs *lb)
{
    memcpy(lb->d, lb->g, lb->bytes);
    for (int32_t i = 0; i < lb->stored; i++) {
        const int32_t slot = (lb->newest - i + lb->history) % lb->history;
        lb->alpha[slot] = lb->rho[slot] * dot(lb, s_of(lb, slot), lb->d);
        add(lb, -lb->alpha[slot], y_of(lb, slot), lb->d);
    }
    scale(lb, lb->gamma > 0 ? -lb->gamma : -1, lb->d);
    for (int32_t i = lb->stored - 1; i >= 0; i--) {
        const int32_t slot = (lb->newest - i + lb->history) % lb->history;
        const double beta = lb->rho[slot] * dot(lb, y_of(lb, slot), lb->d);
        add(lb, -lb->alpha[slot] - beta, s_of(lb, slot), lb->d);
    }
}

static void move_to(nc__lbfgs *lb, double step)
{
    for (int32_t i = 0; i < lb->count; i++) {
        nc__tensor x = part_of(lb, lb->x, i), d = part_of(lb, lb->d, i);
        nc__copy(&x, &lb->variables[i]);
        nc__axpy(step, &d, &lb->variables[i]);
    }
}

static libnc_status evaluate_at(nc__lbfgs *lb, double step, nc__objective_fn objective, void *user,
                                double *value, double *slope)
{
    move_to(lb, step);
    libnc_status status = objective(user, value);
    *slope = 0;
    for (int32_t i = 0; !status && i < lb->count; i++) {
        nc__tensor d = part_of(lb, lb->d, i);
        *slope += nc__dot(&lb->gradients[i], &d);
    }
    return status;
}

static void restore(nc__lbfgs *lb)
{
    copy_out(lb, lb->x, lb->variables);
    copy_out(lb, lb->g, lb->gradients);
}

/* LIBNC_OK at a new point, NC__LBFGS_STUCK if there is none along d, or an error. */
static libnc_status search_line(nc__lbfgs *lb, nc__objective_fn objective, void *user,
                                double *value)
{
    double slope = dot(lb, lb->g, lb->d);
    if (!(slope < 0) || !isfinite(slope))
        return NC__LBFGS_STUCK;
    const double first = lb->gamma > 0 ? 1 : fmin(1, 1 / lb->norm);
    nc__wolfe search;
    nc__wolfe_begin(&search, lb->value, slope, first, lb->lowest, noise_of(lb));
    for (;;) {
        libnc_status status = evaluate_at(lb, search.trial, objective, user, value, &slope);
        if (status)
            return status;
        switch (nc__wolfe_tell(&search, *value, slope)) {
        case NC__WOLFE_ACCEPT: return LIBNC_OK;
        case NC__WOLFE_FAIL: return NC__LBFGS_STUCK;
        case NC__WOLFE_FALL_BACK:
            return evaluate_at(lb, search.low.step, objective, user, value, &slope);
        default: break;
        }
    }
}

/* The pair of the step from (x, g) to what the tensors hold, if its curvature is positive beyond
 * rounding. */
static void store_pair(nc__lbfgs *lb)
{
    const int32_t slot = (lb->newest + 1) % lb->history;
    char *s = s_of(lb, slot), *y = y_of(lb, slot);
    const int32_t others = lb->stored < lb->history ? lb->stored : lb->history - 1;
    copy_in(lb, lb->variables, s);
    add(lb, -1, lb->x, s);
    copy_in(lb, lb->gradients, y);
    add(lb, -1, lb->g, y);
    const double sy = dot(lb, s, y), yy = dot(lb, y, y), ss = dot(lb, s, s);
    lb->stored = others; /* the slot's old pair is gone */
    if (!(sy > lb->epsilon * sqrt(ss) * sqrt(yy)) || !isfinite(1 / sy) || !(yy > 0))
        return;
    lb->rho[slot] = 1 / sy;
    lb->gamma = sy / yy;
    lb->newest = slot;
    lb->stored = others + 1;
}

static void accept(nc__lbfgs *lb, double value)
{
    store_pair(lb);
    copy_in(lb, lb->variables, lb->x);
    copy_in(lb, lb->gradients, lb->g);
    lb->value = value;
    lb->norm = sqrt(dot(lb, lb->g, lb->g));
    lb->idle++;
    if (value < lb->lowest - noise_of(lb) || lb->norm < GAIN * lb->least_norm)
        lb->idle = 0;
    lb->lowest = fmin(lb->lowest, value);
    lb->least_norm = fmin(lb->least_norm, lb->norm);
}

libnc_status nc__lbfgs_step(nc__lbfgs *lbfgs, nc__objective_fn objective, void *user, double *value,
                            double *gradient_norm)
{
    libnc_status status = LIBNC_OK;
    if (!lbfgs->is_current)
        status = evaluate_start(lbfgs, objective, user);
    if (status)
        return status;
    double found = lbfgs->value;
    status = NC__LBFGS_STUCK;
    if (lbfgs->norm > 0 && lbfgs->idle < PATIENCE) {
        find_direction(lbfgs);
        status = search_line(lbfgs, objective, user, &found);
        if (status == NC__LBFGS_STUCK && lbfgs->stored > 0) {
            lbfgs->stored = 0; /* once more along the steepest descent */
            find_direction(lbfgs);
            status = search_line(lbfgs, objective, user, &found);
        }
    }
    if (status)
        restore(lbfgs);
    else
        accept(lbfgs, found);
    if (status >= 0) {
        *value = lbfgs->value;
        *gradient_norm = lbfgs->norm;
    }
    return status;
}

/* ---- in a file ---- */

static libnc_status pass_vector(nc__state_stream *s, const nc__lbfgs *lb, char *vector)
{
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < lb->count && status == LIBNC_OK; i++) {
        const nc__tensor part = part_of(lb, vector, i);
        status = nc__tensor_pass(s, &part);
    }
    return status;
}

/* The point, which is known if it is current. */
static libnc_status pass_point(nc__state_stream *s, nc__lbfgs *lb)
{
    double *const numbers[] = {&lb->value, &lb->norm, &lb->lowest, &lb->least_norm};
    libnc_status status = LIBNC_OK;
    for (int i = 0; i < 4 && status == LIBNC_OK; i++)
        status = nc__state_numbers(s, numbers[i], 1, -DBL_MAX, DBL_MAX, "a finite objective");
    if (status == LIBNC_OK)
        status = pass_vector(s, lb, lb->x);
    return status == LIBNC_OK ? pass_vector(s, lb, lb->g) : status;
}

/* From the oldest on; a reader gives them the slots from 0 on. */
static libnc_status pass_pairs(nc__state_stream *s, nc__lbfgs *lb)
{
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < lb->stored && status == LIBNC_OK; i++) {
        const int32_t slot = (lb->newest - lb->stored + 1 + i + lb->history) % lb->history;
        status = nc__state_numbers(s, &lb->rho[slot], 1, 0, DBL_MAX, "a positive curvature");
        if (status == LIBNC_OK)
            status = pass_vector(s, lb, s_of(lb, slot));
        if (status == LIBNC_OK)
            status = pass_vector(s, lb, y_of(lb, slot));
    }
    return status;
}

libnc_status nc__lbfgs_pass(nc__state_stream *s, nc__lbfgs *lb)
{
    int64_t current = lb->is_current, stored = lb->stored, idle = lb->idle;
    libnc_status status = nc__state_wholes(s, &current, 1, 0, 1, "whether a point is known");
    if (status == LIBNC_OK)
        status = nc__state_wholes(s, &stored, 1, 0, lb->history, "no more pairs than are kept");
    if (status == LIBNC_OK)
        status = nc__state_wholes(s, &idle, 1, 0, INT32_MAX, "a number of steps");
    if (status == LIBNC_OK)
        status = nc__state_numbers(s, &lb->gamma, 1, 0, DBL_MAX, "a scale >= 0");
    if (status == LIBNC_OK && s->is_reading) {
        lb->is_current = current == 1;
        lb->stored = (int32_t)stored;
        lb->newest = lb->stored - 1;
        lb->idle = (int32_t)idle;
    }
    if (status == LIBNC_OK && lb->is_current)
        status = pass_point(s, lb);
    return status == LIBNC_OK ? pass_pairs(s, lb) : status;
}
