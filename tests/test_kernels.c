/* SPDX-License-Identifier: MIT
 *
 * test_kernels.c: every table of kernels that this machine can run (instruction sets times scalar
 * types) against plain loops in long double, over all small shapes, with guards around each matrix.
 *
 * The loop index of a test is 2 variant + type; where the machine has fewer variants, the index
 * past the last checks that there is none.
 */
#include "linalg/kernels.h"
#include "linalg/tables.h"
#include "support/grid.h"
#include "support/suite.h"
#include "support/update_rules.h"

#include <libnc/blas.h>
#include <libnc/scalar.h>

enum { VARIANTS = 3, LARGEST_ROWS = 20, LARGEST_COLS = 70, LARGEST_K = 20 };

static const nc__kernels *kernels_at(int index, int32_t *scalar)
{
    *scalar = index % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64;
    return nc__kernels_variant(*scalar, index / 2, NULL);
}

static void check_near(double got, long double wanted, double tolerance)
{
    if (!(fabsl((long double)got - wanted) <= (long double)tolerance))
        ck_abort_msg("%.17g: wanted %.17Lg within %g", got, wanted, tolerance);
}

/* ---- tables ---- */

START_TEST(tables_are_those_of_this_machine)
{
    static const char *const names[VARIANTS] = {"baseline", "avx2", "avx512"};
    int32_t count = 0;
    const char *name = NULL;
    while (nc__kernels_variant(LIBNC_FLOAT64, count, &name)) {
        ck_assert_int_lt(count, VARIANTS);
        ck_assert_str_eq(name, names[count]);
        ck_assert_ptr_nonnull(nc__kernels_variant(LIBNC_FLOAT32, count, NULL));
        ck_assert_ptr_ne(nc__kernels_variant(LIBNC_FLOAT64, count, NULL),
                         nc__kernels_variant(LIBNC_FLOAT32, count, NULL));
        count++;
    }
    ck_assert_int_ge(count, 1);
    ck_assert_str_eq(libnc_blas_kernels(), name);
    ck_assert_ptr_eq(nc__kernels_of(LIBNC_FLOAT64),
                     nc__kernels_variant(LIBNC_FLOAT64, count - 1, NULL));
    ck_assert_ptr_eq(nc__kernels_of(LIBNC_FLOAT32),
                     nc__kernels_variant(LIBNC_FLOAT32, count - 1, NULL));
    ck_assert_ptr_null(nc__kernels_variant(LIBNC_FLOAT64, -1, &name));
    ck_assert_ptr_null(nc__kernels_variant(LIBNC_FLOAT64, VARIANTS, &name));
}
END_TEST

/* ---- thin operations ---- */

typedef struct thin_case {
    int32_t scalar;
    int64_t rows, cols, k;
    bool transposed;
    grid t, b, c;
    nc__coefficients coefficients;
} thin_case;

static thin_case make_case(int32_t scalar, int64_t rows, int64_t cols, int64_t k, int which,
                           uint64_t *seed)
{
    thin_case x = {.scalar = scalar, .rows = rows, .cols = cols, .k = k, .transposed = which & 1};
    const int64_t between = which & 2 ? 3 : 0;
    x.t = grid_make(scalar, rows, cols, between, seed);
    x.b = grid_make(scalar, k, cols, which & 4 ? 5 : 0, seed);
    x.c = x.transposed ? grid_make(scalar, k, rows, between, seed)
                       : grid_make(scalar, rows, k, between, seed);
    x.coefficients =
        (nc__coefficients){x.c.data, x.transposed ? 1 : x.c.stride, x.transposed ? x.c.stride : 1};
    return x;
}

static void free_case(thin_case *x)
{
    grid_free(&x->t);
    grid_free(&x->b);
    grid_free(&x->c);
}

static double coefficient(const thin_case *x, int64_t i, int64_t k)
{
    return x->transposed ? grid_at(&x->c, k, i) : grid_at(&x->c, i, k);
}

static void check_project(const nc__kernels *kernels, thin_case *x)
{
    kernels->project(x->rows, x->cols, x->k, x->t.data, x->t.stride, x->b.data, x->b.stride,
                     &x->coefficients);
    grid_check_unchanged(&x->t);
    grid_check_unchanged(&x->b);
    grid_check_guards(&x->c);
    for (int64_t i = 0; i < x->rows; i++)
        for (int64_t k = 0; k < x->k; k++) {
            long double sum = 0, size = 0;
            for (int64_t j = 0; j < x->cols; j++) {
                long double term = (long double)grid_at(&x->t, i, j) * grid_at(&x->b, k, j);
                sum += term;
                size += fabsl(term);
            }
            check_near(coefficient(x, i, k), sum,
                       (double)size * (double)x->cols * grid_epsilon(x->scalar));
        }
}

static void check_collect(const nc__kernels *kernels, thin_case *x)
{
    kernels->collect(x->rows, x->cols, x->k, &x->coefficients, x->t.data, x->t.stride, x->b.data,
                     x->b.stride);
    grid_check_unchanged(&x->t);
    grid_check_unchanged(&x->c);
    grid_check_guards(&x->b);
    for (int64_t k = 0; k < x->k; k++)
        for (int64_t j = 0; j < x->cols; j++) {
            long double sum = grid_was(&x->b, k, j), size = fabsl(sum);
            for (int64_t i = 0; i < x->rows; i++) {
                long double term = (long double)coefficient(x, i, k) * grid_at(&x->t, i, j);
                sum += term;
                size += fabsl(term);
            }
            check_near(grid_at(&x->b, k, j), sum,
                       (double)size * (double)(x->rows + 1) * grid_epsilon(x->scalar));
        }
}

/* State of the shape and stride of T; v is not negative. NULL data where the rule has none. */
static void make_state(const thin_case *x, int32_t kind, grid *m, grid *v, uint64_t *seed)
{
    *m = grid_make(x->scalar, x->rows, x->cols, 4, seed);
    *v = grid_make(x->scalar, x->rows, x->cols, 4, seed);
    for (int64_t i = 0; i < x->rows; i++)
        for (int64_t j = 0; j < x->cols; j++)
            grid_set(v, i, j, 0.5 + fabs(grid_at(v, i, j)));
    grid_remember(v);
    if (kind == NC__UPDATE_DESCENT)
        m->data = NULL;
    if (kind < NC__UPDATE_ADAM)
        v->data = NULL;
}

static void check_value(const grid *g, int64_t i, int64_t j, long double wanted, double tolerance)
{
    if (g->data)
        check_near(grid_at(g, i, j), wanted, tolerance);
}

static void check_updated(const thin_case *x, const nc__update *rule, const grid *m, const grid *v)
{
    const double tolerance = 8 * (double)(x->k + 4) * (double)(x->k + 4) * grid_epsilon(x->scalar);
    for (int64_t i = 0; i < x->rows; i++)
        for (int64_t j = 0; j < x->cols; j++) {
            long double g = 0, value = grid_was(&x->t, i, j);
            long double first = m->data ? grid_was(m, i, j) : 0;
            long double second = v->data ? grid_was(v, i, j) : 0;
            for (int64_t k = 0; k < x->k; k++)
                g += (long double)coefficient(x, i, k) * grid_at(&x->b, k, j);
            naive_update(rule, g, &value, &first, &second);
            check_near(grid_at(&x->t, i, j), value, tolerance);
            check_value(m, i, j, first, tolerance);
            check_value(v, i, j, second, tolerance);
        }
}

static void check_update_thin(const nc__kernels *kernels, thin_case *x, int32_t kind,
                              uint64_t *seed)
{
    const nc__update rule = rule_of(kind, 0.1, 0.25, 3);
    grid m, v;
    make_state(x, kind, &m, &v, seed);
    kernels->update_thin(&rule, x->rows, x->cols, x->k, &x->coefficients, x->b.data, x->b.stride,
                         x->t.data, x->t.stride, m.data, v.data, m.stride);
    grid_check_unchanged(&x->b);
    grid_check_unchanged(&x->c);
    grid_check_guards(&x->t);
    grid_check_guards(&m);
    grid_check_guards(&v);
    if (!m.data)
        grid_check_unchanged(&m);
    if (!v.data)
        grid_check_unchanged(&v);
    check_updated(x, &rule, &m, &v);
    grid_free(&m);
    grid_free(&v);
}

enum { PROJECT, COLLECT, UPDATE_THIN };

/* Under sanitizers every third class count: still each remainder of a register tile. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { K_STEP = 3 };
#else
enum { K_STEP = 1 };
#endif

/* Every shape; layouts, strides and rules take turns. */
static void check_shapes(int operation, int index)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(index, &scalar);
    uint64_t seed = 7;
    int turn = 0;
    if (!kernels)
        return;
    for (int64_t rows = 0; rows <= LARGEST_ROWS; rows++)
        for (int64_t cols = 1; cols <= LARGEST_COLS; cols++)
            for (int64_t k = 1; k <= LARGEST_K; k += K_STEP, turn++) {
                thin_case x = make_case(scalar, rows, cols, k, turn + turn / 8, &seed);
                if (operation == PROJECT)
                    check_project(kernels, &x);
                else if (operation == COLLECT)
                    check_collect(kernels, &x);
                else
                    check_update_thin(kernels, &x, 1 + turn % 5, &seed);
                free_case(&x);
            }
}

START_TEST(project_multiplies_all_shapes)
{
    check_shapes(PROJECT, _i);
}
END_TEST

START_TEST(collect_adds_all_shapes)
{
    check_shapes(COLLECT, _i);
}
END_TEST

START_TEST(update_thin_steps_all_shapes)
{
    check_shapes(UPDATE_THIN, _i);
}
END_TEST

/* Every layout, and rows so long that collect takes them a few at a time. */
START_TEST(long_rows)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    uint64_t seed = 8;
    if (!kernels)
        return;
    for (int64_t cols = 250; cols <= 1100; cols += 283)
        for (int64_t rows = 7; rows <= 27; rows += 5)
            for (int which = 0; which < 8; which++) {
                thin_case x = make_case(scalar, rows, cols, 1 + which, which, &seed);
                check_collect(kernels, &x);
                grid_remember(&x.b);
                check_update_thin(kernels, &x, 1 + which % 5, &seed);
                grid_remember(&x.t);
                check_project(kernels, &x);
                free_case(&x);
            }
}
END_TEST

/* ---- dense updates ---- */

START_TEST(update_follows_each_rule_for_several_steps)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    uint64_t seed = 9;
    if (!kernels)
        return;
    for (int32_t kind = NC__UPDATE_DESCENT; kind <= NC__UPDATE_ADAMW; kind++)
        for (int64_t n = 1; n <= LARGEST_COLS; n++) {
            thin_case x = make_case(scalar, 1, n, 1, 0, &seed);
            grid m, v;
            make_state(&x, kind, &m, &v, &seed);
            for (int t = 1; t <= 6; t++) {
                const nc__update rule = rule_of(kind, 0.1, 0.25, t);
                kernels->update(&rule, n, x.b.data, x.t.data, m.data, v.data);
                grid_check_unchanged(&x.b);
                grid_check_guards(&x.t);
                grid_check_guards(&m);
                grid_check_guards(&v);
                grid_set(&x.c, 0, 0, 1); /* the gradient is 1 B */
                check_updated(&x, &rule, &m, &v);
                grid_remember(&x.t);
                grid_remember(&m);
                grid_remember(&v);
            }
            grid_free(&m);
            grid_free(&v);
            free_case(&x);
        }
}
END_TEST

/* A value without gradient stays where it is, however small epsilon is. */
START_TEST(adam_without_gradient_stays)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    if (!kernels)
        return;
    for (int64_t n = 1; n <= 33; n++) {
        uint64_t seed = 1;
        grid g = grid_make(scalar, 1, n, 0, &seed), x = grid_make(scalar, 1, n, 0, &seed);
        grid m = grid_make(scalar, 1, n, 0, &seed), v = grid_make(scalar, 1, n, 0, &seed);
        nc__update rule = rule_of(NC__UPDATE_ADAM, 0.1, 0, 1);
        rule.epsilon = 1e-300;
        kernels->fill(n, 0, g.data);
        kernels->fill(n, 0, m.data);
        kernels->fill(n, 0, v.data);
        kernels->update(&rule, n, g.data, x.data, m.data, v.data);
        grid_check_unchanged(&x);
        grid_free(&g);
        grid_free(&x);
        grid_free(&m);
        grid_free(&v);
    }
}
END_TEST

/* ---- element-wise ---- */

/* One operation on x (and y) of n values, checked value by value. */
static void check_elements(const nc__kernels *kernels, int32_t scalar, int64_t n, uint64_t *seed)
{
    const double epsilon = grid_epsilon(scalar);
    grid x = grid_make(scalar, 1, n, 0, seed), y = grid_make(scalar, 1, n, 0, seed);
    grid out = grid_make(LIBNC_FLOAT64, 1, n, 0, seed);
    kernels->to_double(n, x.data, out.data);
    grid_check_guards(&out);
    long double sum = 0;
    for (int64_t j = 0; j < n; j++) {
        ck_assert_double_eq(grid_at(&out, 0, j), grid_at(&x, 0, j));
        sum += (long double)grid_at(&x, 0, j) * grid_at(&y, 0, j);
    }
    check_near(kernels->dot(n, x.data, y.data), sum, (double)n * DBL_EPSILON);
    kernels->axpy(n, 0.75, x.data, y.data);
    grid_check_unchanged(&x);
    grid_check_guards(&y);
    for (int64_t j = 0; j < n; j++)
        check_near(grid_at(&y, 0, j), grid_was(&y, 0, j) + 0.75L * grid_at(&x, 0, j), 2 * epsilon);
    kernels->from_double(n, out.data, y.data);
    grid_check_guards(&y);
    for (int64_t j = 0; j < n; j++)
        ck_assert_double_eq(grid_at(&y, 0, j), grid_at(&x, 0, j));
    kernels->scale(n, -0.3, y.data);
    grid_check_guards(&y);
    for (int64_t j = 0; j < n; j++)
        check_near(grid_at(&y, 0, j), -0.3L * grid_at(&x, 0, j), 2 * epsilon);
    kernels->fill(n, 0.5, y.data);
    grid_check_guards(&y);
    for (int64_t j = 0; j < n; j++)
        ck_assert_double_eq(grid_at(&y, 0, j), 0.5);
    grid_free(&x);
    grid_free(&y);
    grid_free(&out);
}

START_TEST(element_wise)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    uint64_t seed = 10;
    if (!kernels)
        return;
    for (int64_t n = 0; n <= 133; n++)
        check_elements(kernels, scalar, n, &seed);
}
END_TEST

START_TEST(is_finite_sees_every_position)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    static const double bad[3] = {NAN, INFINITY, -INFINITY};
    if (!kernels)
        return;
    const double largest = scalar == LIBNC_FLOAT64 ? DBL_MAX : (double)FLT_MAX;
    for (int64_t n = 0; n <= 70; n++) {
        uint64_t seed = 11;
        grid x = grid_make(scalar, 1, n, 0, &seed);
        for (int64_t j = 0; j < n; j++)
            grid_set(&x, 0, j, j % 2 ? largest : j % 3 ? -largest : 5e-324);
        ck_assert(kernels->is_finite(n, x.data));
        for (int64_t j = 0; j < n; j++)
            for (int i = 0; i < 3; i++) {
                double kept = grid_at(&x, 0, j);
                grid_set(&x, 0, j, bad[i]);
                ck_assert(!kernels->is_finite(n, x.data));
                grid_set(&x, 0, j, kept);
            }
        grid_free(&x);
    }
}
END_TEST

/* ---- layers ---- */

static void check_layers(const nc__kernels *kernels, int32_t scalar, int64_t n, uint64_t *seed)
{
    grid bias = grid_make(scalar, 1, n, 0, seed), x = grid_make(scalar, 1, n, 0, seed);
    kernels->add_bias(n, bias.data, 0.5, x.data);
    grid_check_unchanged(&bias);
    grid_check_guards(&x);
    for (int64_t j = 0; j < n; j++)
        check_near(grid_at(&x, 0, j), grid_was(&x, 0, j) + 0.5L * grid_at(&bias, 0, j),
                   2 * grid_epsilon(scalar));
    for (int with_bias = 0; with_bias <= 1; with_bias++) {
        grid_remember(&x);
        kernels->relu(n, with_bias ? bias.data : NULL, x.data);
        grid_check_guards(&x);
        for (int64_t j = 0; j < n; j++) {
            double sum = grid_was(&x, 0, j) + (with_bias ? grid_at(&bias, 0, j) : 0);
            check_near(grid_at(&x, 0, j), sum > 0 ? sum : 0, 2 * grid_epsilon(scalar));
        }
    }
    grid g = grid_make(scalar, 1, n, 0, seed);
    grid_remember(&x);
    kernels->relu_backward(n, x.data, g.data);
    grid_check_unchanged(&x);
    grid_check_guards(&g);
    for (int64_t j = 0; j < n; j++)
        ck_assert_double_eq(grid_at(&g, 0, j), grid_at(&x, 0, j) > 0 ? grid_was(&g, 0, j) : 0);
    grid_free(&bias);
    grid_free(&x);
    grid_free(&g);
}

START_TEST(layers)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    uint64_t seed = 12;
    if (!kernels)
        return;
    for (int64_t n = 0; n <= 70; n++)
        check_layers(kernels, scalar, n, &seed);
    grid x = grid_make(scalar, 1, 40, 0, &seed);
    for (int64_t j = 0; j < 40; j++) /* NaN is never hidden by a ReLU */
        grid_set(&x, 0, j, NAN);
    kernels->relu(40, NULL, x.data);
    for (int64_t j = 0; j < 40; j++)
        ck_assert(isnan(grid_at(&x, 0, j)));
    grid_free(&x);
}
END_TEST

/* ---- class statistics ---- */

/* join, deviate and shift of a row of n values. */
static void check_row(const nc__kernels *kernels, int32_t scalar, int64_t n, uint64_t *seed)
{
    const double epsilon = grid_epsilon(scalar), share = 0.25, weight = 0.875;
    grid x = grid_make(scalar, 1, n, 0, seed), y = grid_make(scalar, 1, n, 0, seed);
    grid reference = grid_make(LIBNC_FLOAT64, 1, n, 0, seed);
    grid offset = grid_make(LIBNC_FLOAT64, 1, n, 0, seed);
    long double energy = 0, plain = 0, moved = 0;
    double got = kernels->deviate(n, x.data, reference.data, offset.data, y.data);
    for (int64_t j = 0; j < n; j++) {
        long double deviation =
            (long double)grid_at(&x, 0, j) - grid_at(&reference, 0, j) - grid_at(&offset, 0, j);
        check_near(grid_at(&y, 0, j), deviation, 4 * epsilon);
        plain += deviation * deviation;
    }
    check_near(got, plain, 16 * (double)n * DBL_EPSILON);
    grid_check_guards(&y);
    got = kernels->join(n, x.data, reference.data, offset.data, share, weight, y.data);
    grid_check_unchanged(&x);
    grid_check_unchanged(&reference);
    grid_check_guards(&offset);
    grid_check_guards(&y);
    for (int64_t j = 0; j < n; j++) {
        long double deviation =
            (long double)grid_at(&x, 0, j) - grid_at(&reference, 0, j) - grid_was(&offset, 0, j);
        check_near(grid_at(&offset, 0, j), grid_was(&offset, 0, j) + share * deviation,
                   4 * DBL_EPSILON);
        check_near(grid_at(&y, 0, j), weight * deviation, 4 * epsilon);
        energy += weight * deviation * weight * deviation;
    }
    check_near(got, energy, 16 * (double)n * DBL_EPSILON);
    got = kernels->shift(n, x.data, reference.data, y.data);
    for (int64_t j = 0; j < n; j++) {
        long double sum = (long double)grid_at(&x, 0, j) + grid_at(&reference, 0, j);
        check_near(grid_at(&y, 0, j), sum, 2 * epsilon);
        moved += sum * sum;
    }
    check_near(got, moved, 8 * (double)n * DBL_EPSILON);
    grid_remember(&offset);
    kernels->add_squares(n, 0.5, x.data, offset.data);
    grid_check_guards(&offset);
    for (int64_t j = 0; j < n; j++) {
        check_near(grid_at(&offset, 0, j),
                   grid_was(&offset, 0, j) + 0.5L * grid_at(&x, 0, j) * grid_at(&x, 0, j),
                   8 * DBL_EPSILON);
    }
    grid_remember(&offset);
    kernels->add_to_double(n, x.data, offset.data);
    grid_check_guards(&offset);
    for (int64_t j = 0; j < n; j++)
        check_near(grid_at(&offset, 0, j), grid_was(&offset, 0, j) + grid_at(&x, 0, j),
                   4 * DBL_EPSILON);
    grid_free(&x);
    grid_free(&y);
    grid_free(&reference);
    grid_free(&offset);
}

START_TEST(rows_of_statistics)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    uint64_t seed = 13;
    if (!kernels)
        return;
    for (int64_t n = 0; n <= 133; n++)
        check_row(kernels, scalar, n, &seed);
}
END_TEST

/* Scores whose true best is known: the candidates are those within the errors, NaN among them. */
static void check_scores(const nc__kernels *kernels, int32_t scalar, int64_t n, uint64_t *seed)
{
    grid p = grid_make(scalar, 1, n, 0, seed), low = grid_make(scalar, 1, n, 0, seed);
    grid high = grid_make(scalar, 1, n, 0, seed), slope = grid_make(scalar, 1, n, 0, seed);
    const double length = 0.5;
    double best = -INFINITY;
    int64_t largest = 0;
    for (int64_t k = 0; k < n; k++) {
        grid_set(&high, 0, k, grid_at(&low, 0, k) + 0.25);
        grid_set(&slope, 0, k, 0.125);
        best = fmax(best, grid_at(&p, 0, k) + grid_at(&low, 0, k) - length * 0.125);
        largest = grid_at(&p, 0, k) > grid_at(&p, 0, largest) ? k : largest;
    }
    const double bound = kernels->best_lower(n, p.data, low.data, slope.data, length);
    check_near(bound, best, 8 * grid_epsilon(scalar));
    ck_assert_int_eq(kernels->largest(n, p.data), largest);
    if (n > 3)
        grid_set(&p, 0, n - 2, NAN);
    int64_t next = kernels->next_candidate(0, n, p.data, high.data, slope.data, length, bound);
    for (int64_t k = 0; k < n; k++) {
        double upper = grid_at(&p, 0, k) + grid_at(&high, 0, k) + length * 0.125;
        if (fabs(upper - bound) < 1e-5) { /* either will do */
            if (next == k)
                next =
                    kernels->next_candidate(k + 1, n, p.data, high.data, slope.data, length, bound);
            continue;
        }
        if (!(upper < bound)) {
            ck_assert_int_eq(next, k);
            next = kernels->next_candidate(k + 1, n, p.data, high.data, slope.data, length, bound);
        } else {
            ck_assert_int_ne(next, k);
        }
    }
    ck_assert_int_eq(next, n);
    grid_free(&p);
    grid_free(&low);
    grid_free(&high);
    grid_free(&slope);
}

START_TEST(scores_within_their_errors)
{
    int32_t scalar;
    const nc__kernels *kernels = kernels_at(_i, &scalar);
    uint64_t seed = 14;
    if (!kernels)
        return;
    for (int64_t n = 1; n <= 300; n++)
        check_scores(kernels, scalar, n, &seed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernels");
    TCase *tests = add_case(suite, "kernels", 60);
    const int tables = 2 * VARIANTS;
    tcase_add_test(tests, tables_are_those_of_this_machine);
    tcase_add_loop_test(tests, project_multiplies_all_shapes, 0, tables);
    tcase_add_loop_test(tests, collect_adds_all_shapes, 0, tables);
    tcase_add_loop_test(tests, update_thin_steps_all_shapes, 0, tables);
    tcase_add_loop_test(tests, long_rows, 0, tables);
    tcase_add_loop_test(tests, update_follows_each_rule_for_several_steps, 0, tables);
    tcase_add_loop_test(tests, adam_without_gradient_stays, 0, tables);
    tcase_add_loop_test(tests, element_wise, 0, tables);
    tcase_add_loop_test(tests, is_finite_sees_every_position, 0, tables);
    tcase_add_loop_test(tests, layers, 0, tables);
    tcase_add_loop_test(tests, rows_of_statistics, 0, tables);
    tcase_add_loop_test(tests, scores_within_their_errors, 0, tables);
    return run_suite(suite);
}
