/* SPDX-License-Identifier: MIT
 *
 * test_loss.c: every loss against the formulas of libnc/loss.h written out in long double, its
 * gradient against central differences, accuracy near collapse, invariances, extreme logits, every
 * set of kernels that the machine can run, and the error codes.
 */
#include "linalg/softmax.h"
#include "linalg/tables.h"
#include "loss/loss_internal.h"
#include "support/context_fixture.h"

#include <check.h>
#include <float.h>
#include <libnc/loss.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 70, MOST_CLASSES = 1000, MOST = 70000 };

/* One loss with all its settings. */
typedef struct setting {
    const char *name;
    int32_t kind;
    double smoothing, gamma;
    bool weighted;
} setting;

static const setting settings[] = {
    {"mse", LIBNC_LOSS_MSE, 0, 0, false},
    {"mse, weights", LIBNC_LOSS_MSE, 0, 0, true},
    {"cross-entropy", LIBNC_LOSS_CROSS_ENTROPY, 0, 0, false},
    {"cross-entropy, weights", LIBNC_LOSS_CROSS_ENTROPY, 0, 0, true},
    {"smoothing .1", LIBNC_LOSS_CROSS_ENTROPY, 0.1, 0, false},
    {"smoothing .9, weights", LIBNC_LOSS_CROSS_ENTROPY, 0.9, 0, true},
    {"focal 2", LIBNC_LOSS_FOCAL, 0, 2, false},
    {"focal 0", LIBNC_LOSS_FOCAL, 0, 0, false},
    {"focal .5, weights", LIBNC_LOSS_FOCAL, 0, 0.5, true},
    {"focal 5", LIBNC_LOSS_FOCAL, 0, 5, false},
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static const int64_t class_counts[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,   10,
                                       11, 15, 16, 17, 20, 33, 64, 65, 100, 1000};
enum { CLASS_COUNTS = sizeof class_counts / sizeof class_counts[0] };

static uint64_t state;
static double logits[MOST], gradient[MOST], other[MOST];
static int32_t labels[MOST_ROWS];
static double weights[MOST_CLASSES + 8];

static double uniform(void)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(state >> 11) * 0x1p-53;
}

/* Random logits of a size, labels over all classes, weights with a zero among them. */
static void randomise(int64_t rows, int64_t classes, double size)
{
    for (int64_t i = 0; i < rows * classes; i++)
        logits[i] = size * (2 * uniform() - 1);
    for (int64_t n = 0; n < rows; n++)
        labels[n] = (int32_t)((n * 7 + 3) % classes);
    for (int64_t k = 0; k < classes; k++)
        weights[k] = k == 2 ? 0 : 0.25 + uniform();
}

static void setup_loss(void)
{
    state = 42;
    setup();
}

static libnc_loss *make(const setting *s, int64_t classes)
{
    libnc_loss *loss = NULL;
    ck_assert_int_eq(libnc_loss_create(&loss, context, s->kind), LIBNC_OK);
    libnc_options *options = libnc_loss_options(loss);
    if (s->kind == LIBNC_LOSS_CROSS_ENTROPY)
        ck_assert_int_eq(
            libnc_options_set_double(options, LIBNC_LOSS_OPTION_LABEL_SMOOTHING, s->smoothing),
            LIBNC_OK);
    if (s->kind == LIBNC_LOSS_FOCAL)
        ck_assert_int_eq(libnc_options_set_double(options, LIBNC_LOSS_OPTION_FOCAL_GAMMA, s->gamma),
                         LIBNC_OK);
    if (s->weighted)
        ck_assert_int_eq(libnc_loss_set_class_weights(loss, weights, classes), LIBNC_OK);
    return loss;
}

static double evaluate(const libnc_loss *loss, const double *z, int64_t rows, int64_t classes,
                       double *out)
{
    double value = NAN;
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, labels, rows, classes, &value, out), LIBNC_OK);
    return value;
}

/* ---- the header's formulas in long double ---- */

/* log sum_k exp(z_k) = top + rest */
typedef struct normaliser {
    long double top, rest;
} normaliser;

static normaliser normalise(const double *z, int64_t classes)
{
    long double top = z[0], sum = 0;
    for (int64_t k = 1; k < classes; k++)
        top = fmaxl(top, z[k]);
    for (int64_t k = 0; k < classes; k++)
        sum += expl(z[k] - top);
    return (normaliser){top, logl(sum)};
}

static long double log_softmax(const normaliser *total, double z)
{
    return z - total->top - total->rest;
}

static long double row_loss(const setting *s, const double *z, int32_t label, int64_t classes)
{
    const long double weight = s->weighted ? weights[label] : 1;
    const normaliser total = normalise(z, classes);
    long double sum = 0;
    if (s->kind == LIBNC_LOSS_MSE) {
        for (int64_t k = 0; k < classes; k++)
            sum += (z[k] - (k == label)) * (long double)(z[k] - (k == label));
        return weight * sum / 2;
    }
    if (s->kind == LIBNC_LOSS_FOCAL) {
        const long double entropy = -log_softmax(&total, z[label]);
        return weight * powl(-expm1l(-entropy), s->gamma) * entropy;
    }
    for (int64_t k = 0; k < classes; k++) {
        long double target = s->smoothing / (long double)classes;
        if (k == label)
            target += 1 - (long double)s->smoothing;
        if (target > 0)
            sum -= target * log_softmax(&total, z[k]);
    }
    return weight * sum;
}

START_TEST(test_values)
{
    const setting *s = &settings[_i];
    static const double sizes[] = {1e-3, 1, 30, 1e4};
    for (int c = 0; c < CLASS_COUNTS; c++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            const int64_t classes = class_counts[c], rows = 37;
            randomise(rows, classes, sizes[j]);
            libnc_loss *loss = make(s, classes);
            long double expected = 0;
            for (int64_t n = 0; n < rows; n++)
                expected += row_loss(s, logits + n * classes, labels[n], classes);
            expected /= rows;
            const double value = evaluate(loss, logits, rows, classes, gradient);
            ck_assert_msg(fabsl(value - expected) <= 1e-14L * expected,
                          "%s, K = %d, size %g: %.17g, not %.17Lg", s->name, (int)classes, sizes[j],
                          value, expected);
            const double alone = evaluate(loss, logits, rows, classes, NULL);
            ck_assert_double_le(fabs(alone - value), 1e-14 * value);
            libnc_loss_destroy(loss);
        }
}
END_TEST

/* Fourth-order central differences of the value. */
static double difference(const libnc_loss *loss, int64_t rows, int64_t classes, int64_t i)
{
    static const double steps[] = {-2, -1, 1, 2}, shares[] = {1, -8, 8, -1};
    const double h = 1e-3, kept = logits[i];
    double sum = 0;
    for (int j = 0; j < 4; j++) {
        logits[i] = kept + steps[j] * h;
        sum += shares[j] * evaluate(loss, logits, rows, classes, NULL);
    }
    logits[i] = kept;
    return sum / (12 * h);
}

/* In float32 the kernel must give the same derivative, to its own precision. */
static void check_float32(const setting *s, const libnc_loss *loss, int64_t rows, int64_t classes,
                          double largest)
{
    static float single[MOST];
    double rounded[8 * 100];
    for (int64_t i = 0; i < rows * classes; i++)
        single[i] = (float)logits[i];
    nc__tensor block = nc__tensor_of(single, LIBNC_FLOAT32, rows, classes);
    const double value =
        nc__loss_apply(loss, loss->weights, &block, labels, NULL, 1 / (double)rows);
    nc__to_double(&block, rounded);
    ck_assert_double_le(fabs(value / (double)rows - evaluate(loss, logits, rows, classes, NULL)),
                        1e-6 * (value + 1));
    for (int64_t i = 0; i < rows * classes; i++)
        ck_assert_msg(fabs(rounded[i] - gradient[i]) <= 1e-5 * largest, "%s, K = %d, %d", s->name,
                      (int)classes, (int)i);
}

START_TEST(test_gradients)
{
    const setting *s = &settings[_i];
    for (int c = 0; c < CLASS_COUNTS; c++) {
        const int64_t classes = class_counts[c], rows = 5;
        if (classes > 100)
            continue;
        randomise(rows, classes, 2);
        libnc_loss *loss = make(s, classes);
        evaluate(loss, logits, rows, classes, gradient);
        double largest = 0;
        for (int64_t i = 0; i < rows * classes; i++)
            largest = fmax(largest, fabs(gradient[i]));
        for (int64_t i = 0; i < rows * classes; i++)
            ck_assert_msg(fabs(gradient[i] - difference(loss, rows, classes, i)) <=
                              1e-8 * largest + 1e-13,
                          "%s, K = %d, entry %d: %g", s->name, (int)classes, (int)i, gradient[i]);
        check_float32(s, loss, rows, classes, largest);
        libnc_loss_destroy(loss);
    }
}
END_TEST

START_TEST(test_closed_values)
{
    libnc_loss *mse = make(&settings[0], 3);
    const double z[] = {1, 2, 3, 0, 1, 0};
    labels[0] = 0;
    labels[1] = 1;
    /* ((0, 2, 3), (0, 0, 0)): 13/(2 N), N = 2 and not N K */
    ck_assert_double_eq(evaluate(mse, z, 2, 3, gradient), 13.0 / 4);
    const double expected[] = {0, 1, 1.5, 0, 0, 0};
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(gradient[i], expected[i]);
    libnc_loss_destroy(mse);
    for (int c = 0; c < CLASS_COUNTS; c++) { /* equal logits: p = 1/K */
        const int64_t classes = class_counts[c];
        const double entropy = log((double)classes), miss = 1 - 1 / (double)classes;
        for (int64_t k = 0; k < classes; k++)
            logits[k] = -7.25;
        for (int i = 0; i < SETTINGS; i++) {
            if (settings[i].kind == LIBNC_LOSS_MSE || settings[i].weighted)
                continue;
            libnc_loss *loss = make(&settings[i], classes);
            labels[0] = (int32_t)(classes - 1);
            const double value = evaluate(loss, logits, 1, classes, NULL);
            ck_assert_double_le(fabs(value - pow(miss, settings[i].gamma) * entropy), 1e-14);
            libnc_loss_destroy(loss);
        }
    }
}
END_TEST

/* z_y - z_k = 50: the loss is log(1 + (K-1) e^-50), its gradient at the label -q. */
START_TEST(test_relative_accuracy_near_collapse)
{
    for (int c = 0; c < CLASS_COUNTS; c++) {
        const int64_t classes = class_counts[c];
        const double others = (double)(classes - 1) * exp(-50), q = others / (1 + others);
        for (int64_t k = 0; k < classes; k++)
            logits[k] = k == classes / 2 ? 53 : 3;
        labels[0] = (int32_t)(classes / 2);
        for (int i = 0; i < SETTINGS; i++) {
            const setting *s = &settings[i];
            if (s->kind == LIBNC_LOSS_MSE || s->weighted || s->smoothing > 0)
                continue;
            libnc_loss *loss = make(s, classes);
            const double value = evaluate(loss, logits, 1, classes, gradient);
            const double expected = log1p(others) * pow(q, s->gamma);
            ck_assert_double_le(fabs(value - expected), 1e-13 * expected);
            if (s->kind == LIBNC_LOSS_CROSS_ENTROPY) {
                ck_assert_double_le(fabs(gradient[labels[0]] + q), 1e-13 * q);
                for (int64_t k = 0; k < classes; k++)
                    if (k != labels[0])
                        ck_assert_double_le(fabs(gradient[k] * (double)(classes - 1) - q),
                                            1e-13 * q);
            }
            libnc_loss_destroy(loss);
        }
    }
}
END_TEST

/* With two classes the kernels' own exp and log1p are seen bare: loss log1p(e^x), p = e^x/(1+e^x).
 * Four rounding errors for each, over all x with a normal e^x. */
static void check_elementary(const nc__loss_kernels *table, int32_t scalar, double x)
{
    double z64[2] = {0, x};
    float z32[2] = {0, (float)x};
    const bool is_double = scalar == LIBNC_FLOAT64;
    const int32_t label = 0;
    nc__loss_block block = {
        .logits = is_double ? (void *)z64 : (void *)z32,
        .rows = 1,
        .classes = 2,
        .stride = 2,
        .labels = &label,
        .scale = 1,
    };
    const double loss = table->cross_entropy(&block);
    const long double e = expl(is_double ? (long double)x : (long double)(float)x);
    const double epsilon = is_double ? DBL_EPSILON : (double)FLT_EPSILON;
    const double right = is_double ? z64[1] : (double)z32[1];
    const double own = is_double ? z64[0] : (double)z32[0];
    ck_assert_double_le(fabs((double)(loss / log1pl(e) - 1)), 2 * epsilon);
    ck_assert_double_le(fabs((double)(right / (e / (1 + e)) - 1)), 2 * epsilon);
    ck_assert_double_le(fabs(own + right), epsilon * right);
}

START_TEST(test_elementary_functions)
{
    const int32_t scalar = _i ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
    const double lowest = _i ? -87 : -708;
    const nc__loss_kernels *table;
    for (int32_t v = 0; (table = nc__loss_kernels_variant(scalar, v, NULL)); v++) {
        for (int i = 0; i <= 20000; i++) {
            check_elementary(table, scalar, lowest * i / 20000);
            check_elementary(table, scalar, -3 * uniform());
        }
        check_elementary(table, scalar, -1e-300);
    }
}
END_TEST

/* Any stride, any number of rows: all variants of all kernels agree, and leave the gaps alone. */
static void check_variants(int32_t scalar, int64_t rows, int64_t classes, int64_t stride)
{
    static double first[MOST], now[MOST];
    static char blocks[8 * MOST];
    double values[3] = {0}, scales[MOST_ROWS];
    const double tolerance = scalar == LIBNC_FLOAT64 ? 1e-13 : 1e-5;
    const nc__loss_kernels *table;
    for (int64_t n = 0; n < rows; n++)
        scales[n] = n % 5 ? uniform() : 0;
    for (int kind = 0; kind < 3; kind++)
        for (int32_t v = 0; (table = nc__loss_kernels_variant(scalar, v, NULL)); v++) {
            nc__tensor all = nc__tensor_of(blocks, scalar, rows, stride);
            nc__from_double(logits, &all);
            nc__loss_block block = {
                blocks, rows, classes, stride, labels, kind ? weights : NULL, kind ? NULL : scales,
                0.5,    0.2,  1.5};
            double (*kernel)(const nc__loss_block *) = kind == 0   ? table->mse
                                                       : kind == 1 ? table->cross_entropy
                                                                   : table->focal;
            const double value = kernel(&block);
            nc__to_double(&all, v ? now : first);
            if (v == 0)
                values[kind] = value;
            ck_assert_double_le(fabs(value - values[kind]), tolerance * fabs(value));
            for (int64_t i = 0; i < rows * stride; i++) {
                if (i % stride >= classes && scalar == LIBNC_FLOAT64)
                    ck_assert_double_eq((v ? now : first)[i], logits[i]);
                if (v)
                    ck_assert_double_le(fabs(now[i] - first[i]), tolerance * (1 + fabs(now[i])));
            }
        }
}

START_TEST(test_variants_agree)
{
    static const int64_t row_counts[] = {1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 65, 70};
    for (int c = 0; c < CLASS_COUNTS; c++)
        for (size_t j = 0; j < sizeof row_counts / sizeof *row_counts; j++) {
            const int64_t classes = class_counts[c], rows = row_counts[j];
            if (rows * (classes + 3) > MOST)
                continue;
            randomise(rows, classes + 3, 4);
            for (int64_t n = 0; n < rows; n++)
                labels[n] = (int32_t)(labels[n] % classes);
            for (int64_t gap = 0; gap <= 3; gap += 3)
                check_variants(_i ? LIBNC_FLOAT32 : LIBNC_FLOAT64, rows, classes, classes + gap);
        }
}
END_TEST

START_TEST(test_a_row_does_not_depend_on_its_neighbours)
{
    const setting *s = &settings[_i];
    const int64_t rows = 41, classes = 5;
    randomise(rows, classes, 4);
    libnc_loss *loss = make(s, classes);
    double sum = 0;
    evaluate(loss, logits, rows, classes, gradient);
    for (int64_t n = 0; n < rows; n++) {
        double value, row[5];
        ck_assert_int_eq(
            libnc_loss_evaluate(loss, logits + n * classes, labels + n, 1, classes, &value, row),
            LIBNC_OK);
        sum += value;
        for (int64_t k = 0; k < classes; k++)
            ck_assert_double_le(fabs(row[k] / (double)rows - gradient[n * classes + k]), 1e-15);
    }
    ck_assert_double_le(fabs(sum / (double)rows - evaluate(loss, logits, rows, classes, NULL)),
                        1e-14 * sum);
    libnc_loss_destroy(loss);
}
END_TEST

/* A shift of all logits changes nothing; renaming the classes renames the gradient. */
START_TEST(test_shift_and_permutation)
{
    const setting *s = &settings[_i];
    const int64_t rows = 20, classes = 7;
    if (s->weighted)
        return;
    randomise(rows, classes, 4);
    libnc_loss *loss = make(s, classes);
    const double value = evaluate(loss, logits, rows, classes, gradient);
    if (s->kind != LIBNC_LOSS_MSE) {
        for (int64_t i = 0; i < rows * classes; i++)
            other[i] = logits[i] + 1024;
        static double shifted[MOST];
        ck_assert_double_le(fabs(evaluate(loss, other, rows, classes, shifted) - value), 1e-12);
        for (int64_t i = 0; i < rows * classes; i++)
            ck_assert_double_le(fabs(shifted[i] - gradient[i]), 1e-12);
    }
    for (int64_t n = 0; n < rows; n++) {
        for (int64_t k = 0; k < classes; k++)
            other[n * classes + (k * 3 + 2) % classes] = logits[n * classes + k];
        labels[n] = (int32_t)((labels[n] * 3 + 2) % classes);
    }
    ck_assert_double_le(fabs(evaluate(loss, other, rows, classes, other) - value), 1e-13);
    for (int64_t n = 0; n < rows; n++)
        for (int64_t k = 0; k < classes; k++)
            ck_assert_double_le(
                fabs(other[n * classes + (k * 3 + 2) % classes] - gradient[n * classes + k]),
                1e-14);
    libnc_loss_destroy(loss);
}
END_TEST

START_TEST(test_extreme_logits)
{
    static const double rows[][3] = {{1e4, -1e4, 0},     {-1e4, 1e4, 0},        {1e300, -1e300, 0},
                                     {-1e300, 1e300, 1}, {1e300, 1e300, 1e300}, {0, -1e300, -1e300},
                                     {-745, 0, -709},    {5e-324, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int32_t label = 0; label < 3; label++) {
            libnc_loss *loss = make(&settings[2], 3), *focal = make(&settings[6], 3);
            labels[0] = label;
            const long double expected = row_loss(&settings[2], rows[i], label, 3);
            const double value = evaluate(loss, rows[i], 1, 3, gradient);
            ck_assert_double_le(fabs((double)(value - expected)),
                                (double)expected * 1e-14 + 1e-307);
            double sum = 0;
            for (int k = 0; k < 3; k++) {
                ck_assert(isfinite(gradient[k]) && fabs(gradient[k]) <= 1);
                sum += gradient[k];
                if (k != label && rows[i][k] < -1e300 / 2) /* nothing is left of exp */
                    ck_assert(gradient[k] == 0 || rows[i][label] < -1e300 / 2);
            }
            ck_assert_double_le(fabs(sum), 1e-15);
            ck_assert_double_le(evaluate(focal, rows[i], 1, 3, gradient), value);
            for (int k = 0; k < 3; k++)
                ck_assert(isfinite(gradient[k]));
            libnc_loss_destroy(focal);
            libnc_loss_destroy(loss);
        }
}
END_TEST

START_TEST(test_smoothing_limits)
{
    const int64_t classes = 6;
    randomise(1, classes, 3);
    const setting almost_none = {"", LIBNC_LOSS_CROSS_ENTROPY, 1e-12, 0, false};
    const setting almost_all = {"", LIBNC_LOSS_CROSS_ENTROPY, 1 - 1e-12, 0, false};
    libnc_loss *plain = make(&settings[2], classes), *none = make(&almost_none, classes);
    libnc_loss *all = make(&almost_all, classes);
    ck_assert_double_le(
        fabs(evaluate(none, logits, 1, classes, NULL) - evaluate(plain, logits, 1, classes, NULL)),
        1e-11);
    const normaliser total = normalise(logits, classes);
    long double mean = 0;
    for (int64_t k = 0; k < classes; k++)
        mean -= log_softmax(&total, logits[k]) / classes;
    ck_assert_double_le(fabs((double)(evaluate(all, logits, 1, classes, NULL) - mean)), 1e-11);
    /* the minimiser: z_y - z_k = log((1 - delta + delta/K)/(delta/K)) */
    libnc_loss *tenth = make(&settings[4], classes);
    for (int64_t k = 0; k < classes; k++)
        logits[k] = k == labels[0] ? log((0.9 + 0.1 / 6) / (0.1 / 6)) : 0;
    evaluate(tenth, logits, 1, classes, gradient);
    for (int64_t k = 0; k < classes; k++)
        ck_assert_double_le(fabs(gradient[k]), 1e-15);
    libnc_loss_destroy(tenth);
    libnc_loss_destroy(all);
    libnc_loss_destroy(none);
    libnc_loss_destroy(plain);
}
END_TEST

/* Finite logits whose loss overflows: refused, nothing written. */
START_TEST(test_overflow)
{
    const double huge[] = {-1.7e308, 1.7e308};
    const int32_t first[] = {0};
    double value = 5, slope[] = {6, 7};
    libnc_loss *loss = make(&settings[_i], 2);
    ck_assert_int_eq(libnc_loss_evaluate(loss, huge, first, 1, 2, &value, slope),
                     LIBNC_ERROR_NOT_FINITE);
    ck_assert_double_eq(value, 5);
    ck_assert_double_eq(slope[0], 6);
    ck_assert_double_eq(slope[1], 7);
    libnc_loss_destroy(loss);
}
END_TEST

/* The target of row n is s_n e_y; s_n = 0 leaves w/2 ||z||^2. */
START_TEST(test_sample_scale)
{
    const int64_t rows = 33, classes = 4;
    double scale[33], expected = 0;
    randomise(rows, classes, 2);
    libnc_loss *loss = make(&settings[_i], classes);
    ck_assert(nc__loss_has_weights(loss) == settings[_i].weighted);
    for (int64_t n = 0; n < rows; n++)
        scale[n] = n % 3 ? 5 * uniform() : 0;
    memcpy(gradient, logits, sizeof gradient);
    nc__tensor block = nc__tensor_of(gradient, LIBNC_FLOAT64, rows, classes);
    const double sum = nc__loss_apply(loss, loss->weights, &block, labels, scale, 0.125);
    for (int64_t i = 0; i < rows * classes; i++) {
        const int32_t label = labels[i / classes];
        const double weight = settings[_i].weighted ? weights[label] : 1;
        const double e = logits[i] - (i % classes == label ? scale[i / classes] : 0);
        expected += weight * e * e / 2;
        ck_assert_double_le(fabs(gradient[i] - 0.125 * weight * e), 1e-15);
    }
    ck_assert_double_le(fabs(sum - expected), 1e-13 * expected);
    libnc_loss_destroy(loss);
}
END_TEST

START_TEST(test_nan_is_carried_through)
{
    const setting *s = &settings[_i];
    static const int64_t counts[] = {1, 4, 20, 100};
    for (int c = 0; c < 4; c++)
        for (int64_t k = 0; k < counts[c]; k += 3) {
            const int64_t rows = 21, classes = counts[c];
            randomise(rows, classes, 1);
            weights[2] = 1; /* else the row would not count */
            logits[17 * classes + k] = NAN;
            libnc_loss *loss = make(s, classes);
            nc__tensor block = nc__tensor_of(logits, LIBNC_FLOAT64, rows, classes);
            ck_assert_double_nan(nc__loss_apply(loss, loss->weights, &block, labels, NULL, 1));
            libnc_loss_destroy(loss);
        }
}
END_TEST

START_TEST(test_gradient_may_replace_the_logits)
{
    const int64_t rows = 9, classes = 5;
    randomise(rows, classes, 3);
    libnc_loss *loss = make(&settings[2], classes);
    const double value = evaluate(loss, logits, rows, classes, gradient);
    ck_assert_double_eq(evaluate(loss, logits, rows, classes, logits), value);
    ck_assert_mem_eq(logits, gradient, (size_t)(rows * classes) * sizeof *logits);
    libnc_loss_destroy(loss);
}
END_TEST

START_TEST(test_create)
{
    libnc_loss *loss = NULL;
    ck_assert_int_eq(libnc_loss_create(NULL, context, LIBNC_LOSS_MSE), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_create(&loss, NULL, LIBNC_LOSS_MSE), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_create(&loss, context, 0), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_create(&loss, context, 4), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "kind = 4"));
    ck_assert_ptr_null(loss);
    ck_assert_ptr_null(libnc_loss_options(NULL));
    ck_assert_int_eq(libnc_loss_kind(NULL), 0);
    libnc_loss_destroy(NULL);
    for (int32_t kind = LIBNC_LOSS_MSE; kind <= LIBNC_LOSS_FOCAL; kind++) {
        ck_assert_int_eq(libnc_loss_create(&loss, context, kind), LIBNC_OK);
        ck_assert_int_eq(libnc_loss_kind(loss), kind);
        libnc_loss_destroy(loss);
    }
}
END_TEST

/* Each kind has the settings it uses, and no others. */
START_TEST(test_options)
{
    double value = 0;
    libnc_loss *mse = make(&settings[0], 1), *entropy = make(&settings[2], 1), *focal;
    ck_assert_int_eq(libnc_loss_create(&focal, context, LIBNC_LOSS_FOCAL), LIBNC_OK);
    libnc_options *of_mse = libnc_loss_options(mse), *of_focal = libnc_loss_options(focal);
    libnc_options *of_entropy = libnc_loss_options(entropy);
    ck_assert_int_eq(libnc_options_count(of_mse), 0);
    ck_assert_int_eq(libnc_options_set_double(of_mse, LIBNC_LOSS_OPTION_LABEL_SMOOTHING, 0.1),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_double(of_focal, LIBNC_LOSS_OPTION_LABEL_SMOOTHING, 0.1),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_double(of_entropy, LIBNC_LOSS_OPTION_FOCAL_GAMMA, 1),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_get_double(of_focal, LIBNC_LOSS_OPTION_FOCAL_GAMMA, &value),
                     LIBNC_OK);
    ck_assert_double_eq(value, 2);
    static const double refused[] = {-1e-300, 1, 2, INFINITY, NAN};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        ck_assert_int_eq(
            libnc_options_set_double(of_entropy, LIBNC_LOSS_OPTION_LABEL_SMOOTHING, refused[i]),
            LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_double(of_focal, LIBNC_LOSS_OPTION_FOCAL_GAMMA, 100.5),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_options_set_text(of_entropy, "label-smoothing", "0.25"), LIBNC_OK);
    ck_assert_int_eq(
        libnc_options_get_double(of_entropy, LIBNC_LOSS_OPTION_LABEL_SMOOTHING, &value), LIBNC_OK);
    ck_assert_double_eq(value, 0.25);
    libnc_loss_destroy(focal);
    libnc_loss_destroy(entropy);
    libnc_loss_destroy(mse);
}
END_TEST

START_TEST(test_class_weights)
{
    const double good[] = {1, 0, 2}, negative[] = {1, -1, 2}, infinite[] = {1, INFINITY, 2};
    const double nan[] = {1, 2, NAN};
    libnc_loss *loss = make(&settings[2], 3);
    ck_assert_int_eq(libnc_loss_set_class_weights(NULL, good, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, good, 3), LIBNC_OK);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, NULL, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, good, 0), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, good, -1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, good, INT64_MAX), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, negative, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "weights[1] = -1"));
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, infinite, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, nan, 3), LIBNC_ERROR_ARGUMENT);
    ck_assert(nc__loss_has_weights(loss)); /* the refused ones changed nothing */
    double set[3];
    ck_assert_int_eq(libnc_loss_class_weights(loss, set, 3), LIBNC_OK);
    ck_assert_mem_eq(set, good, sizeof good);
    const double z[] = {0, 0, 0};
    labels[0] = 2;
    ck_assert_double_le(fabs(evaluate(loss, z, 1, 3, NULL) - 2 * log(3)), 1e-15);
    labels[0] = 1;
    ck_assert_double_eq(evaluate(loss, z, 1, 3, gradient), 0);
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq(gradient[k], 0);
    ck_assert_int_eq(nc__loss_check(loss, context, 3), LIBNC_OK);
    ck_assert_int_eq(nc__loss_check(loss, context, 4), LIBNC_ERROR_DIMENSION);
    ck_assert_int_eq(libnc_loss_set_class_weights(loss, NULL, 0), LIBNC_OK);
    ck_assert_int_eq(nc__loss_check(loss, context, 4), LIBNC_OK);
    ck_assert_double_le(fabs(evaluate(loss, z, 1, 3, NULL) - log(3)), 1e-15);
    libnc_loss_destroy(loss);
}
END_TEST

START_TEST(test_evaluate_refuses)
{
    libnc_loss *loss = make(&settings[3], 3);
    double z[6] = {1, 2, 3, 4, 5, 6}, value = 7, out[6] = {7, 7, 7, 7, 7, 7}, kept[6];
    int32_t y[2] = {0, 2};
    memcpy(kept, out, sizeof kept);
    const libnc_status argument = LIBNC_ERROR_ARGUMENT;
    ck_assert_int_eq(libnc_loss_evaluate(NULL, z, y, 2, 3, &value, out), argument);
    ck_assert_int_eq(libnc_loss_evaluate(loss, NULL, y, 2, 3, &value, out), argument);
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, NULL, 2, 3, &value, out), argument);
    static const int64_t wrong[] = {0, -1, INT64_MIN};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, wrong[i], 3, &value, out), argument);
        ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, wrong[i], &value, out), argument);
    }
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, INT64_MAX, 3, &value, out), argument);
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, INT64_MAX, &value, out), argument);
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, 2, &value, out), LIBNC_ERROR_DIMENSION);
    y[1] = 3;
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, 3, &value, out), argument);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "labels[1] = 3"));
    y[1] = -1;
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, 3, &value, out), argument);
    y[1] = 1;
    z[4] = NAN;
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, 3, &value, out), LIBNC_ERROR_NOT_FINITE);
    z[4] = -INFINITY;
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, 3, NULL, NULL), LIBNC_ERROR_NOT_FINITE);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "logits[4] = -inf"));
    ck_assert_double_eq(value, 7);
    ck_assert_mem_eq(out, kept, sizeof kept);
    z[4] = 5;
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, 3, NULL, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, 2, 3, NULL, out), LIBNC_OK);
    ck_assert_double_ne(out[0], 7);
    libnc_loss_destroy(loss);
}
END_TEST

/* More rows than one block of the scratch memory holds. */
START_TEST(test_value_alone_over_many_rows)
{
    const int64_t rows = 60000;
    double *z = malloc((size_t)rows * 3 * sizeof *z), *g = malloc((size_t)rows * 3 * sizeof *g);
    int32_t *y = malloc((size_t)rows * sizeof *y);
    ck_assert(z && g && y);
    for (int64_t i = 0; i < 3 * rows; i++)
        z[i] = 4 * uniform();
    for (int64_t n = 0; n < rows; n++)
        y[n] = (int32_t)(n % 3);
    libnc_loss *loss = make(&settings[2], 3);
    double alone, both;
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, rows, 3, &alone, NULL), LIBNC_OK);
    ck_assert_int_eq(libnc_loss_evaluate(loss, z, y, rows, 3, &both, g), LIBNC_OK);
    ck_assert_double_le(fabs(alone - both), 1e-13 * both);
    libnc_loss_destroy(loss);
    free(y);
    free(g);
    free(z);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loss");
    TCase *tests = add_case(suite, "loss", 60);
    tcase_add_checked_fixture(tests, setup_loss, teardown);
    tcase_add_loop_test(tests, test_values, 0, SETTINGS);
    tcase_add_loop_test(tests, test_gradients, 0, SETTINGS);
    tcase_add_test(tests, test_closed_values);
    tcase_add_test(tests, test_relative_accuracy_near_collapse);
    tcase_add_loop_test(tests, test_elementary_functions, 0, 2);
    tcase_add_loop_test(tests, test_a_row_does_not_depend_on_its_neighbours, 0, SETTINGS);
    tcase_add_loop_test(tests, test_shift_and_permutation, 0, SETTINGS);
    tcase_add_test(tests, test_extreme_logits);
    tcase_add_test(tests, test_smoothing_limits);
    tcase_add_loop_test(tests, test_sample_scale, 0, 2);
    tcase_add_loop_test(tests, test_overflow, 0, SETTINGS);
    tcase_add_loop_test(tests, test_nan_is_carried_through, 0, SETTINGS);
    tcase_add_test(tests, test_gradient_may_replace_the_logits);
    tcase_add_test(tests, test_create);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_class_weights);
    tcase_add_test(tests, test_evaluate_refuses);
    tcase_add_test(tests, test_value_alone_over_many_rows);
    TCase *variants = add_numeric_case(suite, "variants", 60);
    tcase_add_checked_fixture(variants, setup_loss, teardown);
    tcase_add_loop_test(variants, test_variants_agree, 0, 2);
    return run_suite(suite);
}
