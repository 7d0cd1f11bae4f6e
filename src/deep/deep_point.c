/* SPDX-License-Identifier: MIT
 *
 * deep_point.c: points of the deep cross-entropy problem and their local minimisation
 * (deep_point.h).
 */
#include "deep/deep_point.h"
#include "linalg/linalg.h"

#include <math.h>
#include <string.h>

enum {
    SCALES = 32,      /* scales a that are tried for a start */
    ITERATIONS = 500, /* trial points of one minimisation; some 20 to 60 are used */
    PRODUCTS = 20000  /* Hessian products of one minimisation */
};
/* From logits that say nothing to logits whose loss is below any decay of interest. */
#define FIRST_SCALE 0.25
#define SCALE_STEP  1.3

/* Singular values of a start below this share of the largest are rounding. */
#define START_CUT 1e-9

/* ---- points ---- */

void nc__deep_point_destroy(nc__deep_point *point)
{
    if (point->left)
        nc__free(point->context, point->left);
    memset(point, 0, sizeof *point);
}

/* One block: U, V, s, b. */
libnc_status nc__deep_point_create(nc__deep_point *point, libnc_context *context, int64_t classes)
{
    const size_t k = (size_t)classes;
    memset(point, 0, sizeof *point);
    double *block = nc__alloc(context, 2 * k * k + 2 * k, sizeof *block);
    if (!block)
        return LIBNC_ERROR_MEMORY;
    point->context = context;
    point->classes = classes;
    point->left = block;
    point->right = block + k * k;
    point->values = block + 2 * k * k;
    point->bias = point->values + k;
    return LIBNC_OK;
}

void nc__deep_point_copy(const nc__deep_point *from, nc__deep_point *to)
{
    const size_t k = (size_t)from->classes;
    memcpy(to->left, from->left, (2 * k * k + 2 * k) * sizeof *to->left);
    to->rank = from->rank;
    to->value = from->value;
    to->residual = from->residual;
}

void nc__deep_point_product(const nc__deep_point *point, double *product)
{
    const int64_t classes = point->classes;
    memset(product, 0, (size_t)(classes * classes) * sizeof *product);
    for (int64_t i = 0; i < point->rank; i++)
        for (int64_t a = 0; a < classes; a++) {
            const double left = point->values[i] * point->left[i * classes + a];
            for (int64_t k = 0; k < classes; k++)
                product[a * classes + k] += left * point->right[i * classes + k];
        }
}

/* (M+1)/2 c sum_i (factor s_i)^{2/(M+1)} */
static double penalty(const nc__deep_problem *problem, const nc__deep_point *point, double factor)
{
    const double layers = problem->depth + 1.0;
    double sum = 0;
    for (int64_t i = 0; i < point->rank; i++)
        sum += pow(factor * point->values[i], 2 / layers);
    return layers / 2 * problem->cost * sum;
}

/* The value by its definition, into point->value; `work` has K K + K numbers. */
static void evaluate(const nc__deep_problem *problem, nc__deep_point *point, double *work)
{
    double *product = work, *scores = work + problem->classes * problem->classes;
    nc__deep_point_product(point, product);
    point->value = nc__deep_loss(problem, product, problem->bias ? point->bias : NULL, scores) +
                   penalty(problem, point, 1);
}

void nc__deep_point_factors(const nc__deep_problem *problem, const nc__deep_point *point, double *x)
{
    const int64_t classes = problem->classes, rank = point->rank;
    const int32_t depth = problem->depth;
    double *last = x + nc__deep_offset(problem, rank, depth);
    double *first = x + nc__deep_offset(problem, rank, 0);
    memset(x, 0, (size_t)nc__deep_size(problem, rank) * sizeof *x);
    for (int64_t i = 0; i < rank; i++) {
        const double sigma = pow(point->values[i], 1 / (depth + 1.0));
        for (int64_t k = 0; k < classes; k++) {
            last[k * rank + i] = sigma * point->left[i * classes + k];
            first[i * classes + k] = sigma * point->right[i * classes + k];
        }
        for (int32_t j = 1; j < depth; j++)
            x[nc__deep_offset(problem, rank, j) + i * rank + i] = sigma;
    }
    if (problem->bias)
        memcpy(x + nc__deep_offset(problem, rank, -1), point->bias, (size_t)classes * sizeof *x);
}

/* A number added to all of b changes nothing: the sum is zero. */
static void take_bias(const nc__deep_problem *problem, const double *from, double *bias)
{
    double mean = 0;
    for (int64_t k = 0; k < problem->classes; k++)
        mean += from[k] / (double)problem->classes;
    for (int64_t k = 0; k < problem->classes; k++)
        bias[k] = from[k] - mean;
}

/* With Z = 0 every sample has the prediction softmax(b); the best is the mean of the targets. */
void nc__deep_point_zero(const nc__deep_problem *problem, nc__deep_point *point, double *work)
{
    const int64_t classes = problem->classes;
    const size_t block = (size_t)(2 * classes * classes + 2 * classes);
    double total = 0;
    memset(point->left, 0, block * sizeof *point->left);
    for (int64_t k = 0; k < classes; k++)
        total += problem->weight[k];
    for (int64_t k = 0; problem->bias && k < classes; k++)
        point->bias[k] = log((1 - problem->smoothing) * problem->weight[k] / total +
                             problem->smoothing / (double)classes);
    take_bias(problem, point->bias, point->bias);
    point->rank = 0;
    point->residual = 0;
    evaluate(problem, point, work);
}

/* ---- solver ---- */

libnc_status nc__deep_solver_create(nc__deep_solver *solver, libnc_context *context,
                                    const nc__deep_problem *problem, int64_t most)
{
    const size_t k = (size_t)problem->classes;
    const int64_t size = nc__deep_size(problem, most);
    *solver = (nc__deep_solver){context, problem, most, NULL, NULL, NULL};
    libnc_status status = nc__trust_region_create(&solver->region, context, size);
    solver->x = nc__alloc(context, (size_t)size, sizeof *solver->x);
    solver->work = nc__alloc(context, 3 * k * k + 2 * k, sizeof *solver->work);
    if (status == LIBNC_OK && (!solver->x || !solver->work))
        status = LIBNC_ERROR_MEMORY;
    if (status != LIBNC_OK)
        nc__deep_solver_destroy(solver);
    return status;
}

void nc__deep_solver_destroy(nc__deep_solver *solver)
{
    if (!solver->context)
        return;
    nc__free(solver->context, solver->work);
    nc__free(solver->context, solver->x);
    nc__trust_region_destroy(solver->region);
    memset(solver, 0, sizeof *solver);
}

/* Below this a singular value is not that of a stationary point: c s^{-(M-1)/(M+1)} = u^T G v is
 * at most ||G||_F <= sqrt(2 sum_k w_k^2/n_k). For M = 1, where that says nothing, rounding. */
static double smallest_value(const nc__deep_problem *problem, double largest)
{
    double squares = 0;
    for (int64_t k = 0; k < problem->classes; k++)
        squares += 2 * pow(problem->weight[k] / problem->root[k], 2);
    const double m = problem->depth, rounding = START_CUT * largest;
    if (m == 1)
        return rounding;
    return fmax(rounding, 0.5 * pow(problem->cost / sqrt(squares), (m + 1) / (m - 1)));
}

static void cut(nc__deep_point *point, int64_t most, double threshold)
{
    const int64_t classes = point->classes;
    int64_t rank = 0;
    while (rank < classes && rank < most && point->values[rank] > threshold)
        rank++;
    for (int64_t i = rank; i < classes; i++) {
        point->values[i] = 0;
        memset(point->left + i * classes, 0, (size_t)classes * sizeof(double));
        memset(point->right + i * classes, 0, (size_t)classes * sizeof(double));
    }
    point->rank = rank;
}

/* nc__svd gives U with its vectors as columns. */
static void transpose(double *a, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            const double kept = a[i * n + j];
            a[i * n + j] = a[j * n + i];
            a[j * n + i] = kept;
        }
}

static libnc_status decompose(nc__deep_solver *solver, const double *product, nc__deep_point *point)
{
    const int64_t classes = point->classes;
    const libnc_status status = nc__svd(solver->context, product, classes, classes, point->values,
                                        point->left, point->right);
    if (status == LIBNC_OK)
        transpose(point->left, classes);
    return status;
}

libnc_status nc__deep_solver_decompose(nc__deep_solver *solver, const double *product,
                                       nc__deep_point *point)
{
    const libnc_status status = decompose(solver, product, point);
    if (status != LIBNC_OK)
        return status;
    cut(point, solver->most, smallest_value(solver->problem, point->values[0]));
    evaluate(solver->problem, point, solver->work);
    return LIBNC_OK;
}

/* ---- starts ---- */

/* P = (I - J/K) C C^T D, of scale 1. */
static void code_product(const nc__deep_solver *solver, const double *code, double *product)
{
    const nc__deep_problem *problem = solver->problem;
    const int64_t classes = problem->classes;
    nc__tensor c = nc__tensor_f64(code, classes, classes);
    nc__tensor p = nc__tensor_f64(product, classes, classes);
    nc__gemm(solver->context, false, true, 1, &c, &c, 0, &p);
    for (int64_t k = 0; k < classes; k++) {
        double mean = 0;
        for (int64_t i = 0; i < classes; i++)
            mean += product[i * classes + k] / (double)classes;
        for (int64_t i = 0; i < classes; i++)
            product[i * classes + k] = (product[i * classes + k] - mean) * problem->root[k];
    }
}

static void set_bias(const nc__deep_problem *problem, const double *code, double scale,
                     double *bias)
{
    const int64_t classes = problem->classes;
    for (int64_t k = 0; k < classes && problem->bias; k++) {
        double squares = 0;
        for (int64_t i = 0; i < classes; i++)
            squares += code[k * classes + i] * code[k * classes + i];
        bias[k] = -scale * squares / 2;
    }
}

/* f + penalty at scale times the point's product, which is overwritten by `scaled`. */
static double scaled_value(const nc__deep_problem *problem, const nc__deep_point *point,
                           const double *product, double scale, double *scaled)
{
    const int64_t size = problem->classes * problem->classes;
    for (int64_t i = 0; i < size; i++)
        scaled[i] = scale * product[i];
    return nc__deep_loss(problem, scaled, problem->bias ? point->bias : NULL, scaled + size) +
           penalty(problem, point, scale);
}

libnc_status nc__deep_solver_start(nc__deep_solver *solver, const double *code,
                                   nc__deep_point *point)
{
    const nc__deep_problem *problem = solver->problem;
    const int64_t classes = problem->classes;
    double *product = solver->work, *scaled = product + classes * classes;
    code_product(solver, code, product);
    const libnc_status status = decompose(solver, product, point);
    if (status != LIBNC_OK)
        return status;
    cut(point, solver->most, START_CUT * point->values[0]);
    nc__deep_point_product(point, product);
    double best = FIRST_SCALE, lowest = INFINITY, scale = FIRST_SCALE;
    for (int i = 0; i < SCALES; i++, scale *= SCALE_STEP) {
        set_bias(problem, code, scale, point->bias);
        const double value = scaled_value(problem, point, product, scale, scaled);
        best = value < lowest ? scale : best;
        lowest = fmin(value, lowest);
    }
    set_bias(problem, code, best, point->bias);
    for (int64_t i = 0; i < point->rank; i++)
        point->values[i] *= best;
    point->value = lowest;
    return LIBNC_OK;
}

/* ---- local minimisation ---- */

static double value_of(void *user, const double *x)
{
    return nc__deep_value(user, x);
}

static void gradient_of(void *user, const double *x, double *gradient)
{
    nc__deep_evaluate(user, x, gradient);
}

static void hessian_of(void *user, const double *v, double *product)
{
    nc__deep_curve(user, v, product);
}

libnc_status nc__deep_solver_descend(nc__deep_solver *solver, int64_t rank, double *x,
                                     double tolerance, nc__deep_point *point)
{
    const nc__deep_problem *problem = solver->problem;
    const int64_t classes = problem->classes;
    nc__deep *deep;
    libnc_status status = nc__deep_create(&deep, solver->context, problem, rank);
    if (status != LIBNC_OK)
        return status;
    const nc__trust_problem smooth = {.user = deep,
                                      .size = nc__deep_size(problem, rank),
                                      .value = value_of,
                                      .gradient = gradient_of,
                                      .hessian = hessian_of};
    nc__trust_run run = {
        .tolerance = tolerance * problem->cost, .iterations = ITERATIONS, .products = PRODUCTS};
    nc__trust_region_minimise(solver->region, &smooth, &run, x);
    point->residual = run.gradient_norm;
    if (problem->bias)
        take_bias(problem, x + nc__deep_offset(problem, rank, -1), point->bias);
    double *product = solver->work + classes * (classes + 1);
    memcpy(product, nc__deep_product(deep), (size_t)(classes * classes) * sizeof *product);
    nc__deep_destroy(deep);
    return nc__deep_solver_decompose(solver, product, point);
}

static void disturb(const nc__deep_solver *solver, const nc__deep_point *point, nc__stream *stream,
                    double noise, double *scratch)
{
    const nc__deep_problem *problem = solver->problem;
    const int64_t decayed = nc__deep_offset(problem, point->rank, -1);
    const double size =
        noise * pow(point->values[0], 1 / (problem->depth + 1.0)) / sqrt((double)problem->classes);
    for (int64_t i = 0; i < decayed; i++) {
        nc__stream_normal(stream, scratch, 1);
        solver->x[i] += size * scratch[0];
    }
}

libnc_status nc__deep_solver_minimise(nc__deep_solver *solver, nc__stream *stream, double noise,
                                      double tolerance, nc__deep_point *point)
{
    if (point->rank == 0)
        return LIBNC_OK;
    double scratch[1];
    nc__deep_point_factors(solver->problem, point, solver->x);
    if (noise > 0)
        disturb(solver, point, stream, noise, scratch);
    return nc__deep_solver_descend(solver, point->rank, solver->x, tolerance, point);
}
