/* SPDX-License-Identifier: MIT
 *
 * update_kernels.c: the updates of update.h in one scalar type on one instruction set (variant.h),
 * of values with a gradient, and of rows whose gradient is a thin product.
 */
#include "linalg/update_kernels.h"

#include "linalg/vectors.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

typedef struct factors {
    real rate, decay, momentum, beta1, rest1, beta2, rest2, epsilon, c1, c2, keep;
} factors;

static factors factors_of(const nc__update *rule)
{
    return (factors){.rate = (real)rule->rate,
                     .decay = (real)rule->decay,
                     .momentum = (real)rule->momentum,
                     .beta1 = (real)rule->beta1,
                     .rest1 = (real)(1 - rule->beta1),
                     .beta2 = (real)rule->beta2,
                     .rest2 = (real)(1 - rule->beta2),
                     /* not 0 after rounding: a value without gradient would become 0/0 */
                     .epsilon = (real)fmax(rule->epsilon, NC__REAL_BITS == 64 ? DBL_MIN : FLT_MIN),
                     .c1 = (real)(rule->rate * rule->c1),
                     .c2 = (real)rule->c2,
                     .keep = (real)(1 - rule->rate * rule->decay)};
}

#if NC__REAL_BITS == 64
#define ROOT sqrt
#else
#define ROOT sqrtf
#endif

INLINE vec root(vec x)
{
    vec y = x;
#if defined(__GNUC__)
    for (int i = 0; i < LANES; i++)
        y[i] = ROOT(x[i]);
#else
    y = ROOT(x);
#endif
    return y;
}

/* The first-order rules on a vector; kind is a constant. */
INLINE void update_vector(int kind, const factors *f, vec g, real *x, real *m, real *v)
{
    vec value = load(x);
    if (kind != NC__UPDATE_ADAMW)
        g += f->decay * value;
    if (kind == NC__UPDATE_DESCENT) {
        store(x, value - f->rate * g);
    } else if (kind == NC__UPDATE_MOMENTUM || kind == NC__UPDATE_NESTEROV) {
        vec velocity = f->momentum * load(m) + g;
        store(m, velocity);
        vec direction = kind == NC__UPDATE_MOMENTUM ? velocity : g + f->momentum * velocity;
        store(x, value - f->rate * direction);
    } else {
        vec first = f->beta1 * load(m) + f->rest1 * g;
        vec second = f->beta2 * load(v) + f->rest2 * g * g;
        store(m, first);
        store(v, second);
        if (kind == NC__UPDATE_ADAMW)
            value *= f->keep;
        store(x, value - f->c1 * first / (root(f->c2 * second) + f->epsilon));
    }
}

/* The same on the last n < LANES values, through a padded copy. */
static void update_tail(int kind, const factors *f, int64_t n, const real *g, real *x, real *m,
                        real *v)
{
    real pad[4][LANES] = {{0}};
    for (int64_t i = 0; i < n; i++) {
        pad[0][i] = g[i];
        pad[1][i] = x[i];
        pad[2][i] = m ? m[i] : 0;
        pad[3][i] = v ? v[i] : 0;
    }
    switch (kind) {
    case NC__UPDATE_DESCENT:
        update_vector(NC__UPDATE_DESCENT, f, load(pad[0]), pad[1], pad[2], pad[3]);
        break;
    case NC__UPDATE_MOMENTUM:
        update_vector(NC__UPDATE_MOMENTUM, f, load(pad[0]), pad[1], pad[2], pad[3]);
        break;
    case NC__UPDATE_NESTEROV:
        update_vector(NC__UPDATE_NESTEROV, f, load(pad[0]), pad[1], pad[2], pad[3]);
        break;
    case NC__UPDATE_ADAM:
        update_vector(NC__UPDATE_ADAM, f, load(pad[0]), pad[1], pad[2], pad[3]);
        break;
    default: update_vector(NC__UPDATE_ADAMW, f, load(pad[0]), pad[1], pad[2], pad[3]); break;
    }
    for (int64_t i = 0; i < n; i++) {
        x[i] = pad[1][i];
        if (m)
            m[i] = pad[2][i];
        if (v)
            v[i] = pad[3][i];
    }
}

INLINE void update_values(int kind, const factors *f, int64_t n, const real *g, real *x, real *m,
                          real *v)
{
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        update_vector(kind, f, load(g + i), x + i, m ? m + i : m, v ? v + i : v);
    if (i < n)
        update_tail(kind, f, n - i, g + i, x + i, m ? m + i : m, v ? v + i : v);
}

void NC__NAME(update)(const nc__update *rule, int64_t n, const void *g, void *x, void *m, void *v)
{
    const factors f = factors_of(rule);
    switch (rule->kind) {
    case NC__UPDATE_DESCENT: update_values(NC__UPDATE_DESCENT, &f, n, g, x, m, v); break;
    case NC__UPDATE_MOMENTUM: update_values(NC__UPDATE_MOMENTUM, &f, n, g, x, m, v); break;
    case NC__UPDATE_NESTEROV: update_values(NC__UPDATE_NESTEROV, &f, n, g, x, m, v); break;
    case NC__UPDATE_ADAM: update_values(NC__UPDATE_ADAM, &f, n, g, x, m, v); break;
    default: update_values(NC__UPDATE_ADAMW, &f, n, g, x, m, v); break;
    }
}

/* One row: gradient sum_k c[k] B[k,:], with the first `fixed` classes in registers (a constant) and
 * the rest in a loop. */
INLINE void update_row(int kind, int fixed, const factors *f, int64_t cols, int64_t k,
                       const real *c, int64_t by_class, const real *b, int64_t ldb, real *x,
                       real *m, real *v)
{
    real first[TILE];
#pragma GCC unroll 4
    for (int a = 0; a < fixed; a++)
        first[a] = c[a * by_class];
    int64_t j = 0;
    for (; j + LANES <= cols; j += LANES) {
        vec g = first[0] * load(b + j);
#pragma GCC unroll 4
        for (int a = 1; a < fixed; a++)
            g += first[a] * load(b + a * ldb + j);
        for (int64_t a = fixed; a < k; a++)
            g += c[a * by_class] * load(b + a * ldb + j);
        update_vector(kind, f, g, x + j, m ? m + j : m, v ? v + j : v);
    }
    if (j == cols)
        return;
    real g[LANES];
    for (int64_t i = j; i < cols; i++) {
        real sum = first[0] * b[i];
        for (int64_t a = 1; a < k; a++)
            sum += c[a * by_class] * b[a * ldb + i];
        g[i - j] = sum;
    }
    update_tail(kind, f, cols - j, g, x + j, m ? m + j : m, v ? v + j : v);
}

typedef struct thin_update {
    factors f;
    int64_t rows, cols, k;
    const nc__coefficients *c;
    const real *b;
    int64_t ldb;
    real *t;
    int64_t ldt;
    real *m, *v;
    int64_t lds;
} thin_update;

INLINE void update_rows(int kind, int fixed, const thin_update *u)
{
    for (int64_t i = 0; i < u->rows; i++)
        update_row(kind, fixed, &u->f, u->cols, u->k, (const real *)u->c->data + i * u->c->by_row,
                   u->c->by_class, u->b, u->ldb, u->t + i * u->ldt, u->m ? u->m + i * u->lds : NULL,
                   u->v ? u->v + i * u->lds : NULL);
}

INLINE void update_kind(int kind, const thin_update *u)
{
    switch (u->k) {
    case 1: update_rows(kind, 1, u); break;
    case 2: update_rows(kind, 2, u); break;
    case 3: update_rows(kind, 3, u); break;
    default: update_rows(kind, TILE, u); break;
    }
}

void NC__NAME(update_thin)(const nc__update *rule, int64_t rows, int64_t cols, int64_t k,
                           const nc__coefficients *c, const void *b, int64_t ldb, void *t,
                           int64_t ldt, void *m, void *v, int64_t lds)
{
    const thin_update u = {factors_of(rule), rows, cols, k, c, b, ldb, t, ldt, m, v, lds};
    switch (rule->kind) {
    case NC__UPDATE_DESCENT: update_kind(NC__UPDATE_DESCENT, &u); break;
    case NC__UPDATE_MOMENTUM: update_kind(NC__UPDATE_MOMENTUM, &u); break;
    case NC__UPDATE_NESTEROV: update_kind(NC__UPDATE_NESTEROV, &u); break;
    case NC__UPDATE_ADAM: update_kind(NC__UPDATE_ADAM, &u); break;
    default: update_kind(NC__UPDATE_ADAMW, &u); break;
    }
}
