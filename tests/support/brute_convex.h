/* SPDX-License-Identifier: MIT
 *
 * brute_convex.h: an independent minimiser of weighted cross-entropy over one classifier W (K x d),
 * one feature h_k per class and a bias, with decays or under the energies of the layer-peeled
 * model, for testing the convex solver.
 *
 * Nothing here uses libnc. Variables, row-major: W (K x d), Q (K x d), b (K, if there is one), with
 * q_k = sqrt(n_k) h_k for decays and
 *     sum_k a_k CE(W h_k + b, t_k) + lw/2 ||W||^2 + lh/2 sum_k n_k ||h_k||^2.
 * With energies W and H are scaled to ||W||^2 = K E_W and ||H||^2 = K E_H, whatever W and Q are.
 */
#ifndef BRUTE_CONVEX_H
#define BRUTE_CONVEX_H

#include "support/brute.h"

enum { BRUTE_CLASSES = 12 };

typedef struct brute_convex {
    int classes, width, bias, energy;
    double weight[BRUTE_CLASSES]; /* a_k */
    double count[BRUTE_CLASSES];  /* n_k */
    double smoothing;
    double classifier, features; /* lw and lh, or E_W and E_H */
} brute_convex;

static inline int brute_convex_size(const brute_convex *p)
{
    return 2 * p->classes * p->width + (p->bias ? p->classes : 0);
}

/* sum a_k CE at W, H, b, with gradients by each (added). */
static inline double brute_cross_entropy(const brute_convex *p, const double *w, const double *h,
                                         const double *b, double *dw, double *dh, double *db)
{
    const int K = p->classes, d = p->width;
    double value = 0;
    for (int k = 0; k < K; k++) {
        double z[BRUTE_CLASSES], largest = -INFINITY, sum = 0;
        for (int j = 0; j < K; j++) {
            z[j] = brute_dot(w + j * d, h + k * d, d) + (b ? b[j] : 0);
            largest = fmax(largest, z[j]);
        }
        for (int j = 0; j < K; j++)
            sum += exp(z[j] - largest);
        const double log_sum = largest + log(sum);
        for (int j = 0; j < K; j++) {
            const double target = (1 - p->smoothing) * (j == k) + p->smoothing / K;
            value += p->weight[k] * target * (log_sum - z[j]);
            const double r = p->weight[k] * (exp(z[j] - log_sum) - target);
            for (int i = 0; i < d; i++) {
                dw[j * d + i] += r * h[k * d + i];
                dh[k * d + i] += r * w[j * d + i];
            }
            if (b)
                db[j] += r;
        }
    }
    return value;
}

/* x scaled to ||x||^2 = square; returns the factor. */
static inline double brute_normalised(const double *x, int n, double square, double *out)
{
    const double factor = sqrt(square / brute_dot(x, x, n));
    for (int i = 0; i < n; i++)
        out[i] = factor * x[i];
    return factor;
}

/* gradient of f(c x / ||x||) from that of f, in place */
static inline void brute_project(const double *x, double factor, double *gradient, int n)
{
    const double share = brute_dot(x, gradient, n) / brute_dot(x, x, n);
    for (int i = 0; i < n; i++)
        gradient[i] = factor * (gradient[i] - share * x[i]);
}

static inline double brute_convex_objective(const brute_convex *p, const double *x,
                                            double *gradient)
{
    const int K = p->classes, d = p->width, n = K * d;
    double w[BRUTE_CLASSES * BRUTE_CLASSES], h[BRUTE_CLASSES * BRUTE_CLASSES];
    double factor_w = 1, factor_h = 1;
    memcpy(w, x, sizeof(double) * (size_t)n);
    for (int i = 0; i < n; i++)
        h[i] = x[n + i] / (p->energy ? 1 : sqrt(p->count[i / d]));
    if (p->energy) {
        factor_w = brute_normalised(x, n, K * p->classifier, w);
        factor_h = brute_normalised(x + n, n, K * p->features, h);
    }
    memset(gradient, 0, sizeof(double) * (size_t)brute_convex_size(p));
    double value = brute_cross_entropy(p, w, h, p->bias ? x + 2 * n : NULL, gradient, gradient + n,
                                       gradient + 2 * n);
    if (p->energy) {
        brute_project(x, factor_w, gradient, n);
        brute_project(x + n, factor_h, gradient + n, n);
        return value;
    }
    for (int i = 0; i < n; i++) {
        gradient[n + i] /= sqrt(p->count[i / d]);
        value += 0.5 * p->classifier * x[i] * x[i] + 0.5 * p->features * x[n + i] * x[n + i];
        gradient[i] += p->classifier * x[i];
        gradient[n + i] += p->features * x[n + i];
    }
    return value;
}

static inline double brute_convex_value(const void *problem, const double *x, double *gradient)
{
    return brute_convex_objective(problem, x, gradient);
}

/* Returns the value reached; the tolerance of the gradient is relative to it. */
static inline double brute_convex_descend(const brute_convex *p, double *x, int iterations,
                                          double tolerance)
{
    return brute_lbfgs(brute_convex_value, p, brute_convex_size(p), x, iterations, 0, tolerance);
}

/* The lowest value from a large and a small random start, at full width. */
static inline double brute_convex_minimum(const brute_convex *p, int iterations, uint64_t *state)
{
    const int n = brute_convex_size(p);
    double best = INFINITY;
    double *x = calloc((size_t)n, sizeof *x);
    for (int start = 0; start < 2; start++) {
        for (int i = 0; i < n; i++)
            x[i] = (start ? 0.05 : 1) * brute_normal(state);
        best = fmin(best, brute_convex_descend(p, x, iterations, 1e-11));
    }
    free(x);
    return best;
}

#endif
