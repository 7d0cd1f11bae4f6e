/* SPDX-License-Identifier: MIT
 *
 * deep_objective.c: value, gradient and Hessian products of the factored deep problem.
 *
 * With L_j = A_M ... A_{j+1} (L_M = I), R_j = A_{j-1} ... A_0 (R_0 = I) and G = df/dP
 *
 *     gradient_j = L_j^T G R_j^T + c A_j,
 *     d gradient_j = L_j^T dG R_j^T + dL_j^T (G R_j^T) + (L_j^T G) dR_j^T + c dA_j,
 *
 * a dot for d: dR_{j+1} = dA_j R_j + A_j dR_j, dL_{j-1} = dL_j A_j + L_j dA_j. Column k of G is
 * w_k (p_k - t_k)/sqrt(n_k), p_k = softmax(z_k + b), and that of dG is
 * w_k p_k (dz_k - <p_k, dz_k>)/sqrt(n_k).
 */
#include "deep/deep_objective.h"
#include "linalg/linalg.h"

#include <math.h>
#include <string.h>

struct nc__deep {
    libnc_context *context;
    nc__arena arena;
    nc__deep_problem problem;
    int64_t rank;
    double *point;            /* of the last evaluation with a gradient */
    double *left, *right;     /* L_j (K x r), j = 0 .. M-1; R_j (r x K), j = 1 .. M */
    double *left_g, *g_right; /* L_j^T G (r x K); G R_j^T (K x r) */
    double *product, *probability, *g;
    double *change, *change_g;          /* dP, dG */
    double *left_change, *right_change; /* dL of one j (two slots); dR_j, j = 1 .. M */
    double *scores;                     /* K */
};

/* ---- shapes ---- */

int64_t nc__deep_rows(const nc__deep_problem *problem, int64_t rank, int32_t j)
{
    return j == problem->depth ? problem->classes : rank;
}

int64_t nc__deep_cols(const nc__deep_problem *problem, int64_t rank, int32_t j)
{
    return j == 0 ? problem->classes : rank;
}

int64_t nc__deep_offset(const nc__deep_problem *problem, int64_t rank, int32_t j)
{
    if (j == problem->depth)
        return 0;
    const int64_t inner = problem->depth - 1, before = problem->depth - 1 - j;
    const int64_t outer = problem->classes * rank;
    return before <= inner ? outer + before * rank * rank : 2 * outer + inner * rank * rank;
}

int64_t nc__deep_size(const nc__deep_problem *problem, int64_t rank)
{
    return nc__deep_offset(problem, rank, -1) + (problem->bias ? problem->classes : 0);
}

static nc__tensor factor(const nc__deep *deep, const double *x, int32_t j)
{
    const nc__deep_problem *p = &deep->problem;
    return nc__tensor_f64(x + nc__deep_offset(p, deep->rank, j), nc__deep_rows(p, deep->rank, j),
                          nc__deep_cols(p, deep->rank, j));
}

/* Slot `index` of an array of K x r, or of r x K, matrices. */
static nc__tensor tall(const nc__deep *deep, const double *slots, int64_t index)
{
    const int64_t size = deep->problem.classes * deep->rank;
    return nc__tensor_f64(slots + index * size, deep->problem.classes, deep->rank);
}

static nc__tensor flat(const nc__deep *deep, const double *slots, int64_t index)
{
    const int64_t size = deep->problem.classes * deep->rank;
    return nc__tensor_f64(slots + index * size, deep->rank, deep->problem.classes);
}

static nc__tensor square(const nc__deep *deep, const double *values)
{
    return nc__tensor_f64(values, deep->problem.classes, deep->problem.classes);
}

/* ---- create and destroy ---- */

void nc__deep_destroy(nc__deep *deep)
{
    if (!deep)
        return;
    nc__arena_release(&deep->arena);
    nc__free(deep->context, deep);
}

/* Six arrays of thin matrices and five of K x K share a block each. */
libnc_status nc__deep_create(nc__deep **deep, libnc_context *context,
                             const nc__deep_problem *problem, int64_t rank)
{
    const size_t classes = (size_t)problem->classes, slots = (size_t)problem->depth;
    const size_t thin = classes * (size_t)rank, full = classes * classes;
    nc__deep *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = created->arena.context = context;
    created->problem = *problem;
    created->rank = rank;
    created->left = nc__arena_alloc(&created->arena, thin * (5 * slots + 3), sizeof(double));
    created->product = nc__arena_alloc(&created->arena, 5 * full + classes, sizeof(double));
    created->point =
        nc__arena_alloc(&created->arena, (size_t)nc__deep_size(problem, rank), sizeof(double));
    if (created->arena.failed) {
        nc__deep_destroy(created);
        return LIBNC_ERROR_MEMORY;
    }
    created->right = created->left + thin * slots;
    created->left_g = created->right + thin * slots;
    created->g_right = created->left_g + thin * slots;
    created->right_change = created->g_right + thin * slots;
    created->left_change = created->right_change + thin * slots;
    created->probability = created->product + full;
    created->g = created->probability + full;
    created->change = created->g + full;
    created->change_g = created->change + full;
    created->scores = created->change_g + full;
    *deep = created;
    return LIBNC_OK;
}

/* ---- the loss ---- */

static double target(const nc__deep_problem *problem, int64_t i, int64_t k)
{
    const double spread = problem->smoothing / (double)problem->classes;
    return (i == k ? 1 - problem->smoothing : 0) + spread;
}

/* Cross-entropy of scores z (K, overwritten by p) at class k: sum_i t_i (log sum e^z - z_i). */
static double softmax_loss(const nc__deep_problem *problem, int64_t k, double *z)
{
    const int64_t classes = problem->classes;
    double largest = z[0], sum = 0, mean = 0;
    for (int64_t i = 1; i < classes; i++)
        largest = fmax(largest, z[i]);
    for (int64_t i = 0; i < classes; i++)
        mean += target(problem, i, k) * (z[i] - largest);
    int64_t peaks = 0;
    for (int64_t i = 0; i < classes; i++) {
        const double power = exp(z[i] - largest);
        peaks += z[i] == largest;
        sum += z[i] == largest ? 0 : power;
        z[i] = power;
    }
    for (int64_t i = 0; i < classes; i++)
        z[i] /= sum + (double)peaks;
    return log1p(sum + (double)(peaks - 1)) - mean;
}

static void gather_scores(const nc__deep_problem *problem, const double *p, const double *b,
                          int64_t k, double *z)
{
    for (int64_t i = 0; i < problem->classes; i++)
        z[i] = p[i * problem->classes + k] / problem->root[k] + (b ? b[i] : 0);
}

double nc__deep_loss(const nc__deep_problem *problem, const double *p, const double *b,
                     double *work)
{
    double value = 0;
    for (int64_t k = 0; k < problem->classes; k++) {
        gather_scores(problem, p, b, k, work);
        value += problem->weight[k] * softmax_loss(problem, k, work);
    }
    return value;
}

/* Column k of G: weight (p - t)/sqrt(n_k). The class's own p is close to 1: p - t comes from what
 * is missing, so that a loss far below rounding still has digits in its gradient. */
static void add_slopes(nc__deep *deep, int64_t k, double *bias_gradient)
{
    const nc__deep_problem *problem = &deep->problem;
    const int64_t classes = problem->classes;
    double missing = 0;
    for (int64_t i = 0; i < classes; i++)
        missing += i == k ? 0 : deep->scores[i];
    for (int64_t i = 0; i < classes; i++) {
        const double spread = problem->smoothing / (double)classes;
        const double error =
            i == k ? problem->smoothing - spread - missing : deep->scores[i] - spread;
        const double slope = problem->weight[k] * error;
        deep->probability[i * classes + k] = deep->scores[i];
        deep->g[i * classes + k] = slope / problem->root[k];
        if (bias_gradient)
            bias_gradient[i] += slope;
    }
}

/* f; leaves p_k in the columns of `probability` and G in g; adds df/db to bias_gradient if any. */
static double evaluate_loss(nc__deep *deep, const double *b, double *bias_gradient)
{
    const nc__deep_problem *problem = &deep->problem;
    double value = 0;
    for (int64_t k = 0; k < problem->classes; k++) {
        gather_scores(problem, deep->product, b, k, deep->scores);
        value += problem->weight[k] * softmax_loss(problem, k, deep->scores);
        add_slopes(deep, k, bias_gradient);
    }
    return value;
}

/* dG of dP and db; adds d(df/db) to bias_product if any. Scores count from the class's own, whose p
 * is close to 1, for the same reason. */
static void curve_loss(nc__deep *deep, const double *b, double *bias_product)
{
    const nc__deep_problem *problem = &deep->problem;
    const int64_t classes = problem->classes;
    double *dz = deep->scores;
    for (int64_t k = 0; k < classes; k++) {
        const double *p = deep->probability + k;
        double mean = 0;
        gather_scores(problem, deep->change, b, k, dz);
        const double own = dz[k];
        for (int64_t i = 0; i < classes; i++) {
            dz[i] -= own;
            mean += p[i * classes] * dz[i];
        }
        for (int64_t i = 0; i < classes; i++) {
            const double slope = problem->weight[k] * p[i * classes] * (dz[i] - mean);
            deep->change_g[i * classes + k] = slope / problem->root[k];
            if (bias_product)
                bias_product[i] += slope;
        }
    }
}

/* ---- the chains ---- */

static void multiply(const nc__deep *deep, const nc__tensor *a, const nc__tensor *b, double beta,
                     nc__tensor c)
{
    nc__gemm(deep->context, false, false, 1, a, b, beta, &c);
}

static void multiply_left(const nc__deep *deep, const nc__tensor *a, const nc__tensor *b,
                          double beta, nc__tensor c)
{
    nc__gemm(deep->context, true, false, 1, a, b, beta, &c);
}

static void multiply_right(const nc__deep *deep, const nc__tensor *a, const nc__tensor *b,
                           double beta, nc__tensor c)
{
    nc__gemm(deep->context, false, true, 1, a, b, beta, &c);
}

/* R_1 .. R_M (slot j - 1) and P. */
static void form_right(nc__deep *deep, const double *x, double *right, double *product)
{
    const int32_t depth = deep->problem.depth;
    nc__tensor first = factor(deep, x, 0), slot = flat(deep, right, 0);
    nc__copy(&first, &slot);
    for (int32_t j = 1; j <= depth; j++) {
        const nc__tensor a = factor(deep, x, j), r = flat(deep, right, j - 1);
        multiply(deep, &a, &r, 0, j < depth ? flat(deep, right, j) : square(deep, product));
    }
}

/* L_{M-1} .. L_0 (slot j). */
static void form_left(nc__deep *deep, const double *x)
{
    const int32_t depth = deep->problem.depth;
    nc__tensor last = factor(deep, x, depth), slot = tall(deep, deep->left, depth - 1);
    nc__copy(&last, &slot);
    for (int32_t j = depth - 1; j >= 1; j--) {
        const nc__tensor l = tall(deep, deep->left, j), a = factor(deep, x, j);
        multiply(deep, &l, &a, 0, tall(deep, deep->left, j - 1));
    }
}

static double penalty(const nc__deep *deep, const double *x)
{
    const nc__tensor all = nc__tensor_f64(x, 1, nc__deep_offset(&deep->problem, deep->rank, -1));
    return 0.5 * deep->problem.cost * nc__sum_squares(&all);
}

/* c x in all factors, 0 for the bias. */
static void start_gradient(const nc__deep *deep, const double *x, double *gradient)
{
    const int64_t decayed = nc__deep_offset(&deep->problem, deep->rank, -1);
    const int64_t size = nc__deep_size(&deep->problem, deep->rank);
    for (int64_t i = 0; i < size; i++)
        gradient[i] = i < decayed ? deep->problem.cost * x[i] : 0;
}

static double *bias_of(const nc__deep *deep, const double *x)
{
    const nc__deep_problem *problem = &deep->problem;
    return problem->bias ? (double *)x + nc__deep_offset(problem, deep->rank, -1) : NULL;
}

static void add_gradients(nc__deep *deep, double *gradient)
{
    const int32_t depth = deep->problem.depth;
    const nc__tensor g = square(deep, deep->g);
    for (int32_t j = 1; j <= depth; j++) { /* G R_j^T */
        const nc__tensor r = flat(deep, deep->right, j - 1);
        multiply_right(deep, &g, &r, 0, tall(deep, deep->g_right, j - 1));
    }
    for (int32_t j = 0; j < depth; j++) { /* L_j^T G */
        const nc__tensor l = tall(deep, deep->left, j);
        multiply_left(deep, &l, &g, 0, flat(deep, deep->left_g, j));
    }
    const nc__tensor first = flat(deep, deep->left_g, 0);
    const nc__tensor last = tall(deep, deep->g_right, depth - 1);
    nc__tensor first_out = factor(deep, gradient, 0), last_out = factor(deep, gradient, depth);
    nc__axpy(1, &first, &first_out);
    nc__axpy(1, &last, &last_out);
    for (int32_t j = 1; j < depth; j++) {
        const nc__tensor l = tall(deep, deep->left, j), gr = tall(deep, deep->g_right, j - 1);
        multiply_left(deep, &l, &gr, 1, factor(deep, gradient, j));
    }
}

/* In the memory of the changes, so that Hessian products at the last point stay possible. */
double nc__deep_value(nc__deep *deep, const double *x)
{
    form_right(deep, x, deep->right_change, deep->change);
    return nc__deep_loss(&deep->problem, deep->change, bias_of(deep, x), deep->scores) +
           penalty(deep, x);
}

double nc__deep_evaluate(nc__deep *deep, const double *x, double *gradient)
{
    memcpy(deep->point, x, (size_t)nc__deep_size(&deep->problem, deep->rank) * sizeof *x);
    form_right(deep, x, deep->right, deep->product);
    form_left(deep, x);
    start_gradient(deep, x, gradient);
    const double value = evaluate_loss(deep, bias_of(deep, x), bias_of(deep, gradient));
    add_gradients(deep, gradient);
    return value + penalty(deep, x);
}

/* ---- Hessian products ---- */

/* dR_1 .. dR_M (slot j - 1) and dP. */
static void change_right(nc__deep *deep, const double *direction)
{
    const int32_t depth = deep->problem.depth;
    nc__tensor first = factor(deep, direction, 0), slot = flat(deep, deep->right_change, 0);
    nc__copy(&first, &slot);
    for (int32_t j = 1; j <= depth; j++) {
        const nc__tensor a = factor(deep, deep->point, j), da = factor(deep, direction, j);
        const nc__tensor r = flat(deep, deep->right, j - 1);
        const nc__tensor dr = flat(deep, deep->right_change, j - 1);
        const nc__tensor out =
            j < depth ? flat(deep, deep->right_change, j) : square(deep, deep->change);
        multiply(deep, &da, &r, 0, out);
        multiply(deep, &a, &dr, 1, out);
    }
}

/* The terms of factor M: dG R_M^T + G dR_M^T. */
static void curve_last(nc__deep *deep, double *product)
{
    const int32_t depth = deep->problem.depth;
    const nc__tensor g = square(deep, deep->g), dg = square(deep, deep->change_g);
    const nc__tensor r = flat(deep, deep->right, depth - 1);
    const nc__tensor dr = flat(deep, deep->right_change, depth - 1);
    multiply_right(deep, &dg, &r, 1, factor(deep, product, depth));
    multiply_right(deep, &g, &dr, 1, factor(deep, product, depth));
}

/* The terms of factor j < M, with dL_j given; `scratch` is r x K. */
static void curve_factor(nc__deep *deep, int32_t j, const nc__tensor *dl, nc__tensor *scratch,
                         double *product)
{
    const nc__tensor l = tall(deep, deep->left, j), dg = square(deep, deep->change_g);
    if (j == 0) {
        const nc__tensor g = square(deep, deep->g);
        multiply_left(deep, &l, &dg, 1, factor(deep, product, 0));
        multiply_left(deep, dl, &g, 1, factor(deep, product, 0));
        return;
    }
    const nc__tensor r = flat(deep, deep->right, j - 1), lg = flat(deep, deep->left_g, j);
    const nc__tensor dr = flat(deep, deep->right_change, j - 1);
    const nc__tensor gr = tall(deep, deep->g_right, j - 1);
    multiply_left(deep, &l, &dg, 0, *scratch);
    multiply_right(deep, scratch, &r, 1, factor(deep, product, j));
    multiply_left(deep, dl, &gr, 1, factor(deep, product, j));
    multiply_right(deep, &lg, &dr, 1, factor(deep, product, j));
}

/* dL_{j-1} = dL_j A_j + L_j dA_j; dL_{M-1} = dA_M. */
static void change_left(nc__deep *deep, int32_t j, const double *direction, const nc__tensor *dl,
                        nc__tensor *out)
{
    const nc__tensor da = factor(deep, direction, j);
    if (j == deep->problem.depth) {
        nc__copy(&da, out);
        return;
    }
    const nc__tensor a = factor(deep, deep->point, j), l = tall(deep, deep->left, j);
    multiply(deep, dl, &a, 0, *out);
    multiply(deep, &l, &da, 1, *out);
}

void nc__deep_curve(nc__deep *deep, const double *direction, double *product)
{
    const int32_t depth = deep->problem.depth;
    nc__tensor scratch = flat(deep, deep->left_change, 2);
    nc__tensor dl = tall(deep, deep->left_change, 0), next = tall(deep, deep->left_change, 1);
    start_gradient(deep, direction, product);
    change_right(deep, direction);
    curve_loss(deep, bias_of(deep, direction), bias_of(deep, product));
    curve_last(deep, product);
    for (int32_t j = depth - 1; j >= 0; j--) {
        change_left(deep, j + 1, direction, &dl, &next);
        curve_factor(deep, j, &next, &scratch, product);
        const nc__tensor swap = dl;
        dl = next;
        next = swap;
    }
}

const double *nc__deep_product(const nc__deep *deep)
{
    return deep->product;
}

const double *nc__deep_change(const nc__deep *deep)
{
    return deep->change;
}
