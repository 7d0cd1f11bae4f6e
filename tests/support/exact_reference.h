/* SPDX-License-Identifier: MIT
 *
 * exact_reference.h: NC1, CDNV and the Gram matrix of centred means straight from their
 * definitions, in 113-bit arithmetic where the compiler has it (__float128; the operators need no
 * library), else in long double, for adversarial data. No decomposition: linear systems by Gaussian
 * elimination.
 */
#ifndef EXACT_REFERENCE_H
#define EXACT_REFERENCE_H

#include "support/collapse_fixture.h"

#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 exact;
#define EXACT_DIGITS 33
#else
typedef long double exact;
#define EXACT_DIGITS 18
#endif

/* K classes that occur, d features. */
typedef struct exact_reference {
    int64_t classes, width, samples;
    exact *means, *centred; /* K x d */
    exact *scatter;         /* d x d: S_W */
    exact *energies;        /* K */
    int64_t *counts;        /* K */
} exact_reference;

static inline exact *exact_values(int64_t count)
{
    exact *values = malloc((size_t)count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = 0;
    return values;
}

/* Classes without samples are left out: index[k] is the number of class k among the others. */
static inline int64_t count_classes(const sample *s, int64_t *index)
{
    int64_t classes = 0;
    for (int64_t k = 0; k < s->classes; k++)
        index[k] = -1;
    for (int64_t i = 0; i < s->count; i++)
        index[s->labels[i]] = 0;
    for (int64_t k = 0; k < s->classes; k++)
        if (index[k] == 0)
            index[k] = classes++;
    return classes;
}

static inline void exact_moments(exact_reference *r, const sample *s, const int64_t *index)
{
    const int64_t d = r->width;
    exact *centre = exact_values(d), *y = exact_values(d);
    for (int64_t i = 0; i < s->count; i++) {
        const int64_t k = index[s->labels[i]];
        r->counts[k]++;
        for (int64_t c = 0; c < d; c++) {
            r->means[k * d + c] += (exact)s->rows[i * d + c];
            centre[c] += (exact)s->rows[i * d + c];
        }
    }
    for (int64_t i = 0; i < r->classes * d; i++)
        r->means[i] /= (exact)r->counts[i / d];
    for (int64_t i = 0; i < r->classes * d; i++)
        r->centred[i] = r->means[i] - centre[i % d] / (exact)s->count;
    for (int64_t i = 0; i < s->count; i++) {
        const int64_t k = index[s->labels[i]];
        for (int64_t c = 0; c < d; c++) {
            y[c] = (exact)s->rows[i * d + c] - r->means[k * d + c];
            r->energies[k] += y[c] * y[c];
        }
        for (int64_t a = 0; a < d; a++)
            for (int64_t b = 0; b <= a; b++)
                r->scatter[a * d + b] += y[a] * y[b];
    }
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = 0; b < a; b++)
            r->scatter[b * d + a] = r->scatter[a * d + b];
    free(y);
    free(centre);
}

static inline exact_reference exact_reference_of(const sample *s)
{
    int64_t *index = malloc((size_t)s->classes * sizeof *index);
    exact_reference r = {.width = s->width, .samples = s->count};
    r.classes = count_classes(s, index);
    r.means = exact_values(r.classes * r.width);
    r.centred = exact_values(r.classes * r.width);
    r.scatter = exact_values(r.width * r.width);
    r.energies = exact_values(r.classes);
    r.counts = calloc((size_t)r.classes, sizeof *r.counts);
    exact_moments(&r, s, index);
    free(index);
    return r;
}

static inline void exact_reference_clear(exact_reference *r)
{
    free(r->means);
    free(r->centred);
    free(r->scatter);
    free(r->energies);
    free(r->counts);
}

/* c = a b^T, a m x k, b n x k. */
static inline exact *exact_product(const exact *a, int64_t m, const exact *b, int64_t n, int64_t k)
{
    exact *c = exact_values(m * n);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t p = 0; p < k; p++)
                c[i * n + j] += a[i * k + p] * b[j * k + p];
    return c;
}

static inline exact exact_magnitude(exact x)
{
    return x < 0 ? -x : x;
}

/* x = a^-1 x, a n x n (destroyed), x n x m. */
static inline void exact_solve(exact *a, int64_t n, exact *x, int64_t m)
{
    for (int64_t p = 0; p < n; p++) {
        int64_t best = p;
        for (int64_t i = p + 1; i < n; i++)
            if (exact_magnitude(a[i * n + p]) > exact_magnitude(a[best * n + p]))
                best = i;
        ck_assert(exact_magnitude(a[best * n + p]) > 0);
        for (int64_t c = 0; c < n; c++) {
            exact swap = a[p * n + c];
            a[p * n + c] = a[best * n + c];
            a[best * n + c] = swap;
        }
        for (int64_t c = 0; c < m; c++) {
            exact swap = x[p * m + c];
            x[p * m + c] = x[best * m + c];
            x[best * m + c] = swap;
        }
        for (int64_t i = 0; i < n; i++) {
            if (i == p)
                continue;
            exact factor = a[i * n + p] / a[p * n + p];
            for (int64_t c = p; c < n; c++)
                a[i * n + c] -= factor * a[p * n + c];
            for (int64_t c = 0; c < m; c++)
                x[i * m + c] -= factor * x[p * m + c];
        }
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < m; c++)
            x[i * m + c] /= a[i * n + i];
}

static inline exact *exact_transpose(const exact *a, int64_t rows, int64_t cols)
{
    exact *t = exact_values(rows * cols);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            t[j * rows + i] = a[i * cols + j];
    return t;
}

/* K - 1 >= d, means in general position: tr(S_W (C^T C)^-1). */
static inline exact exact_trace_wide(const exact_reference *r)
{
    const int64_t d = r->width;
    exact *columns = exact_transpose(r->centred, r->classes, d);
    exact *between = exact_product(columns, d, columns, d, r->classes);
    exact *solution = exact_values(d * d), trace = 0;
    for (int64_t i = 0; i < d * d; i++)
        solution[i] = r->scatter[i];
    exact_solve(between, d, solution, d);
    for (int64_t i = 0; i < d; i++)
        trace += solution[i * d + i];
    free(solution);
    free(between);
    free(columns);
    return trace;
}

/* K - 1 < d, means in general position: C = A B with B = c_1 .. c_{K-1} and A = [I; -n_k/n_K],
 * since sum_k n_k c_k = 0, so that (C^T C)^+ = B^T (B B^T)^-1 (A^T A)^-1 (B B^T)^-1 B. */
static inline exact exact_trace_tall(const exact_reference *r)
{
    const int64_t d = r->width, n = r->classes - 1;
    exact *half = exact_product(r->centred, n, r->scatter, d, d); /* B S_W */
    exact *inside = exact_product(half, n, r->centred, n, d);     /* B S_W B^T */
    exact *frame = exact_values(n * n), trace = 0;                /* A^T A */
    const exact last = (exact)r->counts[n];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            frame[i * n + j] = (i == j) + (exact)r->counts[i] * (exact)r->counts[j] / (last * last);
    for (int turn = 0; turn < 2; turn++) { /* from the left, then, transposed, from the right */
        exact *gram = exact_product(r->centred, n, r->centred, n, d);
        exact_solve(gram, n, inside, n);
        exact *turned = exact_transpose(inside, n, n);
        free(gram);
        free(inside);
        inside = turned;
    }
    exact_solve(frame, n, inside, n);
    for (int64_t i = 0; i < n; i++)
        trace += inside[i * n + i];
    free(frame);
    free(inside);
    free(half);
    return trace;
}

/* tr(Sigma_W Sigma_B^+)/K = tr(S_W (C^T C)^+)/N */
static inline exact exact_nc1(const exact_reference *r)
{
    exact trace = r->classes - 1 >= r->width ? exact_trace_wide(r) : exact_trace_tall(r);
    return trace / (exact)r->samples;
}

static inline exact exact_cdnv(const exact_reference *r)
{
    exact sum = 0;
    for (int64_t i = 0; i < r->classes; i++)
        for (int64_t j = 0; j < i; j++) {
            exact square = 0;
            for (int64_t c = 0; c < r->width; c++) {
                exact difference = r->means[i * r->width + c] - r->means[j * r->width + c];
                square += difference * difference;
            }
            sum += (r->energies[i] / (exact)r->counts[i] + r->energies[j] / (exact)r->counts[j]) /
                   (2 * square);
        }
    return 2 * sum / (exact)(r->classes * (r->classes - 1));
}

/* C C^T, K x K */
static inline exact *exact_gram(const exact_reference *r)
{
    return exact_product(r->centred, r->classes, r->centred, r->classes, r->width);
}

#endif
