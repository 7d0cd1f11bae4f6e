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

typedef struct regression {
    int64_t outputs, width; /* n, and d or n */
    double root_w, root_h;  /* sqrt(lw), sqrt(lh) */
    int64_t rank;           /* of the minimiser */
    double *variances;      /* n: l, ascending */
    double *vectors;        /* n x n: row i goes with variances[i] */
} regression;

static double cost_of(const regression *r)
{
    return r->root_w * r->root_h; /* sqrt(c) */
}

/* s of direction i, the largest variance first. */
static double value_of(const regression *r, int64_t i)
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
static libnc_status clean_variances(libnc_context *context, regression *r)
{
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
    for (int64_t i = 0; i < n; i++)
        if (r->variances[i] <= noise)
            r->variances[i] = 0;
    return LIBNC_OK;
}

static void regression_destroy(regression *r, libnc_context *context)
{
    nc__free(context, r->vectors);
    nc__free(context, r->variances);
}

/* A direction that is kept has the minimum sqrt(c) (sqrt(l) - sqrt(c)/2), a lost one l/2. */
static double loss_of(const regression *r)
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
static double decomposition_error(const regression *r, const double *covariance, double *work)
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
static double value_error(const regression *r)
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

static libnc_status check_solution(libnc_context *context, const regression *r,
                                   const double *covariance)
{
    const double n = (double)r->outputs, limit = ROUNDINGS * (n + 8) * DBL_EPSILON;
    libnc_status status = LIBNC_OK;
    double *work = nc__alloc(context, 2 * (size_t)r->outputs, sizeof *work);
    if (!work)
        return LIBNC_ERROR_MEMORY;
    if (r->variances[r->outputs - 1] > 0)
        status = nc__check_error(context, "the decomposition of the covariance",
                                 decomposition_error(r, covariance, work), limit);
    if (status == LIBNC_OK)
        status = nc__check_error(context, "the minimum of the regression", value_error(r), limit);
    nc__free(context, work);
    return status;
}

/* Checks, decomposes and counts what is kept. */
static libnc_status regression_create(regression *r, libnc_context *context,
                                      const double *covariance, int64_t outputs,
                                      double weight_decay, double feature_decay, int64_t width)
{
    libnc_status status =
        check_problem(context, covariance, outputs, weight_decay, feature_decay, width);
    if (status != LIBNC_OK)
        return status;
    const size_t n = (size_t)outputs;
    *r = (regression){.outputs = outputs,
                      .width = width > 0 && width < outputs ? width : outputs,
                      .root_w = sqrt(weight_decay),
                      .root_h = sqrt(feature_decay)};
    r->variances = nc__alloc(context, n, sizeof *r->variances);
    r->vectors = nc__alloc(context, n, n * sizeof *r->vectors);
    status = LIBNC_ERROR_MEMORY;
    if (!r->variances || !r->vectors)
        goto out;
    memcpy(r->vectors, covariance, n * n * sizeof *r->vectors);
    nc__mirror(r->vectors, outputs);
    if ((status = nc__symmetric_eigen(context, r->vectors, outputs, r->variances)) != LIBNC_OK ||
        (status = clean_variances(context, r)) != LIBNC_OK)
        goto out;
    while (r->rank < r->width && sqrt(r->variances[outputs - 1 - r->rank]) > cost_of(r))
        r->rank++;
    r->variances[outputs - 1] = nc__planted(NC__PLANTED_VARIANCE, r->variances[outputs - 1]);
    r->vectors[0] = nc__planted(NC__PLANTED_DIRECTION, r->vectors[0]);
    status = check_solution(context, r, covariance);
out:
    if (status != LIBNC_OK)
        regression_destroy(r, context);
    return status;
}

/* Whether the width cuts through equal variances. */
static bool is_unique(const regression *r)
{
    if (r->rank < r->width || r->width == r->outputs)
        return true;
    const double kept = r->variances[r->outputs - r->rank];
    const double next = r->variances[r->outputs - 1 - r->rank];
    return kept - next > ROUNDING_TOLERANCE * kept;
}

libnc_status libnc_regression_solve(libnc_context *context, const double *covariance,
                                    int64_t outputs, double weight_decay, double feature_decay,
                                    int64_t width, double *loss, double *values, int64_t *rank,
                                    int32_t *unique)
{
    regression r;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status =
        regression_create(&r, context, covariance, outputs, weight_decay, feature_decay, width);
    if (status != LIBNC_OK)
        return status;
    const double value = loss_of(&r);
    if (!isfinite(value)) {
        status =
            nc__fail(context, LIBNC_ERROR_NUMERICAL, "covariance: the loss is beyond a double");
        goto out;
    }
    if (loss)
        *loss = value;
    for (int64_t i = 0; values && i < outputs; i++)
        values[i] = value_of(&r, i);
    if (rank)
        *rank = r.rank;
    if (unique)
        *unique = is_unique(&r);
out:
    regression_destroy(&r, context);
    return status;
}

/* ---- matrices ---- */

enum { CLASSIFIER = 0, FEATURES = 1, FIT = 2 };

/* The eigenvalue that a matrix has on direction i < rank. */
static double weight_of(const regression *r, int32_t matrix, int64_t i)
{
    const double variance = r->variances[r->outputs - 1 - i], s = value_of(r, i);
    if (matrix == CLASSIFIER)
        return r->root_h / r->root_w * s;
    return matrix == FEATURES ? r->root_w / r->root_h * (s / variance) : s / sqrt(variance);
}

/* Of the three only W W^T can leave the range: F is at most 1/(4 lh), P at most 1. */
static bool is_in_range(const regression *r)
{
    return r->rank == 0 || isfinite(weight_of(r, CLASSIFIER, 0));
}

/* result = sum_i weight_i u_i u_i^T; rows is rank x n. */
static void fill_matrix(const regression *r, int32_t matrix, libnc_context *context, double *rows,
                        double *result)
{
    const int64_t n = r->outputs;
    if (!result)
        return;
    for (int64_t i = 0; i < n * n; i++)
        result[i] = 0;
    if (r->rank == 0)
        return;
    for (int64_t i = 0; i < r->rank; i++) {
        const double root = sqrt(weight_of(r, matrix, i));
        for (int64_t j = 0; j < n; j++)
            rows[i * n + j] = root * r->vectors[(n - 1 - i) * n + j];
    }
    const nc__tensor left = nc__tensor_f64(rows, r->rank, n);
    nc__tensor product = nc__tensor_f64(result, n, n);
    nc__syrk(context, 1, &left, 0, &product);
    nc__mirror(result, n);
}

libnc_status libnc_regression_matrices(libnc_context *context, const double *covariance,
                                       int64_t outputs, double weight_decay, double feature_decay,
                                       int64_t width, double *classifier, double *features,
                                       double *fit, double *directions)
{
    regression r;
    double *rows = NULL;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status =
        regression_create(&r, context, covariance, outputs, weight_decay, feature_decay, width);
    if (status != LIBNC_OK)
        return status;
    const size_t n = (size_t)outputs;
    if (classifier && !is_in_range(&r)) {
        status = nc__fail(context, LIBNC_ERROR_NUMERICAL,
                          "weight_decay, feature_decay: so far apart that a length is beyond a "
                          "double");
        goto out;
    }
    status = LIBNC_ERROR_MEMORY;
    if (!(rows = nc__alloc(context, n, n * sizeof *rows)))
        goto out;
    fill_matrix(&r, CLASSIFIER, context, rows, classifier);
    fill_matrix(&r, FEATURES, context, rows, features);
    fill_matrix(&r, FIT, context, rows, fit);
    for (size_t i = 0; directions && i < n; i++)
        memcpy(directions + i * n, r.vectors + (n - 1 - i) * n, n * sizeof *directions);
    status = LIBNC_OK;
out:
    nc__free(context, rows);
    regression_destroy(&r, context);
    return status;
}
