/* SPDX-License-Identifier: MIT
 *
 * regression.c: neural regression collapse: multivariate regression on free features.
 *
 * Andriopoulos, Dong, Guo, Zhao, Ross, NeurIPS 2024; doc/regression.md has the proof. With
 * C = U diag(l) U^T the covariance of the targets and c = lw lh, the objective separates over the
 * eigenvalues of C:
 *
 *     loss = 1/2 sum_i min_s [(s - sqrt(l_i))^2 + 2 sqrt(c) s],
 *     s_i = max(0, sqrt(l_i) - sqrt(c)),
 *
 * at most d of the s_i positive, those of the largest l_i.
 */
#include "closed_form/argument_checks.h"
#include "data/dataset_internal.h"
#include "geometry/planted.h"
#include "geometry/proof.h"
#include "linalg/finite.h"
#include "linalg/linalg.h"

#include <libnc/regression.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Asymmetry, negative eigenvalues and distances of equal ones that rounding explains in matrices
 * that were computed, not typed. */
#define ROUNDING_TOLERANCE 1e-12

/* Of the decomposition for each row: LAPACK's backward error and two products; relative. */
#define ROUNDINGS 16.0

/* Rows that are centred at a time: enough for the matrix product to run at its speed. */
enum { BLOCK_ROWS = 256 };

/* ---- mean and covariance ---- */

/* mean = sum_i w_i / N; about a first mean the second pass removes what the first one rounded. */
static void add_mean(const double *targets, int64_t samples, int64_t outputs, double *sum,
                     double *mean)
{
    for (int64_t j = 0; j < outputs; j++)
        sum[j] = 0;
    for (int64_t i = 0; i < samples; i++)
        for (int64_t j = 0; j < outputs; j++)
            sum[j] += (targets[i * outputs + j] - mean[j]) / (double)samples;
    for (int64_t j = 0; j < outputs; j++)
        mean[j] += sum[j];
}

static void add_covariance(libnc_context *context, const double *targets, int64_t samples,
                           int64_t outputs, const double *mean, double *block, double *covariance)
{
    nc__tensor product = nc__tensor_f64(covariance, outputs, outputs);
    for (int64_t begin = 0; begin < samples; begin += BLOCK_ROWS) {
        const int64_t rest = samples - begin, count = rest < BLOCK_ROWS ? rest : BLOCK_ROWS;
        for (int64_t i = 0; i < count; i++)
            for (int64_t j = 0; j < outputs; j++)
                block[i * outputs + j] = targets[(begin + i) * outputs + j] - mean[j];
        const nc__tensor rows = nc__tensor_f64(block, count, outputs);
        nc__syrk(context, 1 / (double)samples, &rows, 1, &product);
    }
    nc__mirror(covariance, outputs);
}

static libnc_status check_targets(libnc_context *context, const double *targets, int64_t samples,
                                  int64_t outputs)
{
    size_t count;
    libnc_status status = nc__check_given(context, "targets", targets);
    if (status != LIBNC_OK)
        return status;
    if (samples < 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "samples = %" PRId64 ": must be at least 1",
                        samples);
    if (outputs < 1 || outputs > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "outputs = %" PRId64 ": must be from 1 to %d", outputs, INT32_MAX);
    if (!nc__multiply((size_t)samples, (size_t)outputs, &count) ||
        count > INT64_MAX / sizeof(double))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "samples = %" PRId64 ": that many rows do not fit in memory", samples);
    const int64_t wrong = nc__first_not_finite(targets, LIBNC_FLOAT64, (int64_t)count);
    if (wrong >= 0)
        return nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                        "targets: value %" PRId64 " of sample %" PRId64 " is not finite",
                        wrong % outputs, wrong / outputs);
    return LIBNC_OK;
}

libnc_status libnc_regression_moments(libnc_context *context, const double *targets,
                                      int64_t samples, int64_t outputs, double *mean,
                                      double *covariance)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_targets(context, targets, samples, outputs);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "mean, covariance", mean ? mean : covariance);
    if (status != LIBNC_OK)
        return status;
    const size_t n = (size_t)outputs;
    double *own_mean = nc__alloc(context, 2 * n, sizeof *own_mean);
    double *own = covariance ? nc__alloc(context, n, n * sizeof *own) : NULL;
    double *block = covariance ? nc__alloc(context, BLOCK_ROWS * n, sizeof *block) : NULL;
    status = LIBNC_ERROR_MEMORY;
    if (!own_mean || (covariance && (!own || !block)))
        goto out;
    add_mean(targets, samples, outputs, own_mean + n, own_mean);
    add_mean(targets, samples, outputs, own_mean + n, own_mean);
    if (covariance)
        add_covariance(context, targets, samples, outputs, own_mean, block, own);
    if (nc__first_not_finite(own_mean, LIBNC_FLOAT64, outputs) >= 0 ||
        (covariance && nc__first_not_finite(own, LIBNC_FLOAT64, outputs * outputs) >= 0)) {
        status = nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                          "targets: their mean or covariance is beyond a double");
        goto out;
    }
    if (mean)
        memcpy(mean, own_mean, n * sizeof *mean);
    if (covariance)
        memcpy(covariance, own, n * n * sizeof *covariance);
    status = LIBNC_OK;
out:
    nc__free(context, block);
    nc__free(context, own);
    nc__free(context, own_mean);
    return status;
}

/* ---- the problem and its solution ---- */

struct libnc_regression {
    libnc_context *context;
    int64_t outputs, width; /* n, and d or n */
    double root_w, root_h;  /* sqrt(lw), sqrt(lh) */
    int64_t rank;           /* of the minimiser */
    double *variances;      /* n: l, ascending */
    double cleared;         /* size of the least eigenvalue where it was below 0 and taken as 0 */
    double *vectors;        /* n x n: row i goes with variances[i] */
};

static double cost_of(const libnc_regression *r)
{
    return r->root_w * r->root_h; /* sqrt(c) */
}

/* s of direction i, the largest variance first. */
static double value_of(const libnc_regression *r, int64_t i)
{
    return i < r->rank ? nc__planted(NC__PLANTED_FITTED_VALUE,
                                     sqrt(r->variances[r->outputs - 1 - i]) - cost_of(r))
                       : 0;
}

static libnc_status check_covariance(libnc_context *context, const double *covariance, int64_t n)
{
    double largest = 0;
    const int64_t wrong = nc__first_not_finite(covariance, LIBNC_FLOAT64, n * n);
    if (wrong >= 0)
        return nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                        "covariance: entry (%" PRId64 ", %" PRId64 ") is not finite", wrong / n,
                        wrong % n);
    for (int64_t i = 0; i < n * n; i++)
        largest = fmax(largest, fabs(covariance[i]));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++)
            if (fabs(covariance[i * n + j] / 2 - covariance[j * n + i] / 2) >
                ROUNDING_TOLERANCE * largest)
                return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                                "covariance: entries (%" PRId64 ", %" PRId64
                                ") and its mirror, %g and %g, must be equal",
                                i, j, covariance[i * n + j], covariance[j * n + i]);
    return LIBNC_OK;
}

static libnc_status check_problem(libnc_context *context, const double *covariance, int64_t outputs,
                                  double weight_decay, double feature_decay, int64_t width)
{
    libnc_status status = nc__check_given(context, "covariance", covariance);
    if (status != LIBNC_OK)
        return status;
    if (outputs < 1 || outputs > INT32_MAX)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "outputs = %" PRId64 ": must be from 1 to %d", outputs, INT32_MAX);
    if ((status = nc__check_decay(context, "weight_decay", weight_decay)) != LIBNC_OK ||
        (status = nc__check_decay(context, "feature_decay", feature_decay)) != LIBNC_OK)
        return status;
    if (width < 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "width = %" PRId64 ": must be positive, or 0 for enough", width);
    return check_covariance(context, covariance, outputs);
}

/* What rounding made of zeros becomes zero; a variance that is truly negative is an error. */
static libnc_status clean_variances(libnc_regression *r)
{
    libnc_context *context = r->context;
    const int64_t n = r->outputs;
    const double largest = fmax(0, r->variances[n - 1]);
    const double noise = (double)n * DBL_EPSILON * largest;
    const double allowed = fmax(noise, ROUNDING_TOLERANCE * largest);
    if (!isfinite(largest))
        return nc__fail(context, LIBNC_ERROR_NUMERICAL,
                        "covariance: its largest eigenvalue is beyond a double");
    if (r->variances[0] < -allowed)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "covariance: the eigenvalue %g must not be negative", r->variances[0]);
    r->cleared = fmax(0, -r->variances[0]);
    for (int64_t i = 0; i < n; i++)
        if (r->variances[i] <= noise)
            r->variances[i] = 0;
    return LIBNC_OK;
}

/* A direction that is kept has the minimum sqrt(c) (sqrt(l) - sqrt(c)/2), a lost one l/2. */
static double loss_of(const libnc_regression *r)
{
    double sum = 0;
    for (int64_t i = 0; i < r->outputs; i++) {
        const double variance = r->variances[r->outputs - 1 - i];
        sum += i < r->rank ? cost_of(r) * (sqrt(variance) - cost_of(r) / 2) : variance / 2;
    }
    return sum;
}

/* ---- the check ---- */

/* Entries of the probe: no eigenvector is likely to be orthogonal to it. */
static double probe(int64_t i)
{
    return 1 + 0.5 * sin(1.0 + 7.0 * (double)i);
}

/* |C x - U diag(l) U^T x| and |U U^T x - x| for one x, the largest entries, relative: U diag(l) U^T
 * differs from C by more than rounding, if it does, on almost every x (Freivalds 1979). O(n^2).
 * work: 2 n. */
static double decomposition_error(const libnc_regression *r, const double *covariance, double *work)
{
    const int64_t n = r->outputs;
    const double largest = r->variances[n - 1];
    double *image = work, *copy = work + n, error = 0;
    for (int64_t i = 0; i < n; i++)
        image[i] = copy[i] = 0;
    for (int64_t k = 0; k < n; k++) {
        const double *u = r->vectors + k * n;
        double inner = 0;
        for (int64_t j = 0; j < n; j++)
            inner += u[j] * probe(j);
        for (int64_t j = 0; j < n; j++) {
            image[j] += r->variances[k] / largest * inner * u[j];
            copy[j] += inner * u[j];
        }
    }
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < n; j++) /* the triangle that was decomposed */
            sum += covariance[j >= i ? i * n + j : j * n + i] / largest * probe(j);
        error = nc__worse(error, fabs(sum - image[i]));
        error = nc__worse(error, fabs(copy[i] - probe(i)));
    }
    return error;
}

/* Each direction's value and its dual point R = min(sqrt(c), sqrt(l)), whose gap is
 * ((s - sqrt(l) + R)^2/2 + (sqrt(c) - R) s); and the loss, summed from the values. */
static double value_error(const libnc_regression *r)
{
    const double cost = cost_of(r), loss = loss_of(r);
    double sum = 0, error = 0;
    for (int64_t i = 0; i < r->outputs; i++) {
        const double y = sqrt(r->variances[r->outputs - 1 - i]), s = value_of(r, i);
        const double price = fmin(cost, y), miss = s - y + price;
        const bool has_room = i < r->width;
        sum += (s - y) * (s - y) / 2 + cost * s;
        if (has_room && y > 0)
            error = nc__worse(error, (fabs(miss) + fabs((cost - price) * s)) / y);
    }
    return isfinite(loss) && loss > DBL_MIN ? nc__worse(error, nc__relative_error(sum, loss))
                                            : error;
}

static libnc_status check_solution(const libnc_regression *r, const double *covariance)
{
    const double n = (double)r->outputs, limit = ROUNDINGS * (n + 8) * DBL_EPSILON;
    libnc_context *context = r->context;
    libnc_status status = LIBNC_OK;
    double *work = nc__alloc(context, 2 * (size_t)r->outputs, sizeof *work);
    if (!work)
        return LIBNC_ERROR_MEMORY;
    const double largest = r->variances[r->outputs - 1];
    if (largest > 0) /* ||x|| < 1.5 sqrt(n) for the probe x */
        status = nc__check_error(context, "the decomposition of the covariance",
                                 decomposition_error(r, covariance, work),
                                 limit + 1.5 * sqrt(n) * (r->cleared / largest));
    if (status == LIBNC_OK)
        status = nc__check_error(context, "the minimum of the regression", value_error(r), limit);
    nc__free(context, work);
    return status;
}

/* ---- the handle ---- */

void libnc_regression_destroy(libnc_regression *regression)
{
    if (!regression)
        return;
    libnc_context *context = regression->context;
    nc__free(context, regression->vectors);
    nc__free(context, regression->variances);
    nc__free(context, regression);
}

/* C = U diag(l) U^T. */
static libnc_status decompose(libnc_regression *r, const double *covariance)
{
    const size_t n = (size_t)r->outputs;
    r->variances = nc__alloc(r->context, n, sizeof *r->variances);
    r->vectors = nc__alloc(r->context, n, n * sizeof *r->vectors);
    if (!r->variances || !r->vectors)
        return LIBNC_ERROR_MEMORY;
    memcpy(r->vectors, covariance, n * n * sizeof *r->vectors);
    nc__mirror(r->vectors, r->outputs);
    const libnc_status status =
        nc__symmetric_eigen(r->context, r->vectors, r->outputs, r->variances);
    return status == LIBNC_OK ? clean_variances(r) : status;
}

/* Keeps the directions with l > c, as many as the width holds, and checks what comes out. */
static libnc_status solve(libnc_regression *r, const double *covariance)
{
    const int64_t last = r->outputs - 1;
    while (r->rank < r->width && sqrt(r->variances[last - r->rank]) > cost_of(r))
        r->rank++;
    r->variances[last] = nc__planted(NC__PLANTED_VARIANCE, r->variances[last]);
    r->vectors[0] = nc__planted(NC__PLANTED_DIRECTION, r->vectors[0]);
    const libnc_status status = check_solution(r, covariance);
    if (status == LIBNC_OK && !isfinite(loss_of(r)))
        return nc__fail(r->context, LIBNC_ERROR_NUMERICAL,
                        "covariance: the loss is beyond a double");
    return status;
}

libnc_status libnc_regression_create(libnc_regression **regression, libnc_context *context,
                                     const double *covariance, int64_t outputs, double weight_decay,
                                     double feature_decay, int64_t width)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(context, "regression", regression);
    if (status == LIBNC_OK)
        status = check_problem(context, covariance, outputs, weight_decay, feature_decay, width);
    if (status != LIBNC_OK)
        return status;
    libnc_regression *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    *created = (libnc_regression){.context = context,
                                  .outputs = outputs,
                                  .width = width > 0 && width < outputs ? width : outputs,
                                  .root_w = sqrt(weight_decay),
                                  .root_h = sqrt(feature_decay)};
    if ((status = decompose(created, covariance)) != LIBNC_OK ||
        (status = solve(created, covariance)) != LIBNC_OK)
        libnc_regression_destroy(created);
    else
        *regression = created;
    return status;
}

/* ---- getters ---- */

int64_t libnc_regression_outputs(const libnc_regression *regression)
{
    return regression ? regression->outputs : 0;
}

int64_t libnc_regression_rank(const libnc_regression *regression)
{
    return regression ? regression->rank : 0;
}

/* No: the width cuts through equal variances. */
int32_t libnc_regression_is_unique(const libnc_regression *regression)
{
    const libnc_regression *r = regression;
    if (!r)
        return 0;
    if (r->rank < r->width || r->width == r->outputs)
        return 1;
    const double kept = r->variances[r->outputs - r->rank];
    const double next = r->variances[r->outputs - 1 - r->rank];
    return kept - next > ROUNDING_TOLERANCE * kept;
}

libnc_status libnc_regression_loss(const libnc_regression *regression, double *loss)
{
    if (!regression)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = nc__check_given(regression->context, "loss", loss);
    if (status == LIBNC_OK)
        *loss = loss_of(regression);
    return status;
}

/* Of rows x cols. */
static libnc_status check_output(const libnc_regression *r, const double *values, size_t size,
                                 int64_t rows, int64_t cols)
{
    const libnc_status status = nc__check_given(r->context, "values", values);
    return status == LIBNC_OK ? nc__check_shape(r->context, size, rows, cols) : status;
}

libnc_status libnc_regression_singular_values(const libnc_regression *regression, double *values,
                                              size_t size)
{
    if (!regression)
        return LIBNC_ERROR_ARGUMENT;
    const libnc_status status = check_output(regression, values, size, regression->outputs, 1);
    for (int64_t i = 0; status == LIBNC_OK && i < regression->outputs; i++)
        values[i] = value_of(regression, i);
    return status;
}

/* ---- matrices ---- */

/* The eigenvalue that a matrix has on direction i < rank. */
static double weight_of(const libnc_regression *r, int32_t matrix, int64_t i)
{
    const double variance = r->variances[r->outputs - 1 - i], s = value_of(r, i);
    if (matrix == LIBNC_REGRESSION_MATRIX_CLASSIFIER)
        return r->root_h / r->root_w * s;
    return matrix == LIBNC_REGRESSION_MATRIX_FEATURES ? r->root_w / r->root_h * (s / variance)
                                                      : s / sqrt(variance);
}

/* Of the three only W W^T can leave the range: F is at most 1/(4 lh), P at most 1. */
static libnc_status check_range(const libnc_regression *r)
{
    if (r->rank == 0 || isfinite(weight_of(r, LIBNC_REGRESSION_MATRIX_CLASSIFIER, 0)))
        return LIBNC_OK;
    return nc__fail(r->context, LIBNC_ERROR_NUMERICAL,
                    "weight_decay, feature_decay: so far apart that a length is beyond a double");
}

/* result = sum_i weight_i u_i u_i^T. */
static libnc_status fill_weighted(const libnc_regression *r, int32_t matrix, double *result)
{
    const int64_t n = r->outputs;
    double *rows = nc__alloc(r->context, (size_t)n, (size_t)n * sizeof *rows);
    if (!rows)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < r->rank; i++) {
        const double root = sqrt(weight_of(r, matrix, i));
        for (int64_t j = 0; j < n; j++)
            rows[i * n + j] = root * r->vectors[(n - 1 - i) * n + j];
    }
    memset(result, 0, (size_t)(n * n) * sizeof *result);
    const nc__tensor left = nc__tensor_f64(rows, r->rank, n);
    nc__tensor product = nc__tensor_f64(result, n, n);
    if (r->rank > 0)
        nc__syrk(r->context, 1, &left, 0, &product);
    nc__mirror(result, n);
    nc__free(r->context, rows);
    return LIBNC_OK;
}

static void fill_directions(const libnc_regression *r, double *rows)
{
    const int64_t n = r->outputs;
    for (int64_t i = 0; i < n; i++)
        memcpy(rows + i * n, r->vectors + (n - 1 - i) * n, (size_t)n * sizeof *rows);
}

libnc_status libnc_regression_matrix(const libnc_regression *regression, int32_t matrix,
                                     double *values, size_t size)
{
    if (!regression)
        return LIBNC_ERROR_ARGUMENT;
    const int64_t n = regression->outputs;
    libnc_status status =
        nc__check_bounds(regression->context, "matrix", matrix, LIBNC_REGRESSION_MATRIX_CLASSIFIER,
                         LIBNC_REGRESSION_MATRIX_DIRECTIONS);
    if (status == LIBNC_OK)
        status = check_output(regression, values, size, n, n);
    if (status == LIBNC_OK && matrix == LIBNC_REGRESSION_MATRIX_CLASSIFIER)
        status = check_range(regression);
    if (status == LIBNC_OK && matrix == LIBNC_REGRESSION_MATRIX_DIRECTIONS)
        fill_directions(regression, values);
    else if (status == LIBNC_OK)
        status = fill_weighted(regression, matrix, values);
    return status;
}
