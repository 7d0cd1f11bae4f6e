/* SPDX-License-Identifier: MIT
 *
 * brute.h: an independent minimiser of the full training problem, for testing predictions.
 *
 * Nothing here uses libnc. Parameters, one after the other, row-major: W_1 .. W_{M-1} (d x d), W_M
 * (K x d), H (d x N, a free column for every sample), b (K, if there is one). With
 * `squared_features` the parameter V in H's place gives H = V * V entry by entry, so that H >= 0.
 * With `targets` (K x N) the squared error is taken from them instead of one-hot labels, and the
 * counts say N only. The objective is
 * 1/N sum_i loss(W_M ... W_1 h_i + b, y_i) + sum_j lw_j/2 ||W_j||^2 + lh/2 ||H||^2, where loss is
 * ||. - e_y||^2/2, smoothed cross-entropy or focal.
 */
#ifndef BRUTE_H
#define BRUTE_H

#include <libnc/loss.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BRUTE_MAX_DEPTH = 8, BRUTE_MEMORY = 30 };
enum {
    BRUTE_MSE = LIBNC_LOSS_MSE,
    BRUTE_CE = LIBNC_LOSS_CROSS_ENTROPY,
    BRUTE_FOCAL = LIBNC_LOSS_FOCAL
};

typedef struct brute {
    int classes, width, depth, bias, loss;
    int squared_features;
    const int64_t *counts;
    const double *targets;
    double smoothing, gamma, feature_decay, decays[BRUTE_MAX_DEPTH];
} brute;

/* ---- random numbers ---- */

static inline double brute_uniform(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static inline double brute_normal(uint64_t *state)
{
    const double u = 1 - brute_uniform(state), v = brute_uniform(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* ---- shapes ---- */

static inline int brute_samples(const brute *p)
{
    int samples = 0;
    for (int k = 0; k < p->classes; k++)
        samples += (int)p->counts[k];
    return samples;
}

/* Where W_1 .. W_M (index 0 .. M-1), H (M) and b (M+1) begin; M+2 gives the total. */
static inline int brute_offset(const brute *p, int index)
{
    const int d = p->width, m = p->depth;
    if (index < m)
        return index * d * d;
    int offset = (m - 1) * d * d + p->classes * d;
    if (index > m)
        offset += d * brute_samples(p);
    if (index > m + 1 && p->bias)
        offset += p->classes;
    return offset;
}

static inline int brute_size(const brute *p)
{
    return brute_offset(p, p->depth + 2);
}

static inline int brute_rows(const brute *p, int layer)
{
    return layer == p->depth ? p->classes : p->width;
}

static inline int brute_label(const brute *p, int sample)
{
    int k = 0;
    for (; sample >= p->counts[k]; k++)
        sample -= (int)p->counts[k];
    return k;
}

/* ---- the objective and its gradient ---- */

/* C (m x n) += A (m x k) B (k x n), with A and B given by their element strides. */
static inline void brute_product(int m, int n, int k, const double *a, int ar, int ac,
                                 const double *b, int br, int bc, double *c)
{
    for (int i = 0; i < m; i++)
        for (int l = 0; l < k; l++)
            for (int j = 0; j < n; j++)
                c[i * n + j] += a[i * ar + l * ac] * b[l * br + j * bc];
}

/* Loss of one sample's logits z (stride apart, as its targets); z is replaced by the gradient. */
static inline double brute_sample_loss(const brute *p, double *z, int stride, int sample)
{
    const int classes = p->classes, label = brute_label(p, sample);
    double value = 0, largest = z[0], sum = 0;
    if (p->loss == BRUTE_MSE) {
        for (int k = 0; k < classes; k++) {
            z[k * stride] -= p->targets ? p->targets[k * stride + sample] : k == label;
            value += 0.5 * z[k * stride] * z[k * stride];
        }
        return value;
    }
    for (int k = 1; k < classes; k++)
        largest = fmax(largest, z[k * stride]);
    for (int k = 0; k < classes; k++)
        sum += exp(z[k * stride] - largest);
    const double log_sum = largest + log(sum);
    const double log_right = z[label * stride] - log_sum, right = exp(log_right);
    double factor = 1; /* d loss / d(-log p_label) */
    if (p->loss == BRUTE_FOCAL) {
        factor =
            pow(1 - right, p->gamma) + p->gamma * pow(1 - right, p->gamma - 1) * right * -log_right;
        value = pow(1 - right, p->gamma) * -log_right;
    }
    for (int k = 0; k < classes; k++) {
        const double log_p = z[k * stride] - log_sum;
        const double target = (1 - p->smoothing) * (k == label) + p->smoothing / classes;
        if (p->loss == BRUTE_CE)
            value -= target * log_p;
        z[k * stride] = factor * (exp(log_p) - target);
    }
    return value;
}

/* Fills gradient (may not be NULL) and returns the value. */
static inline double brute_objective(const brute *p, const double *x, double *gradient)
{
    const int d = p->width, n = brute_samples(p), m = p->depth;
    const int largest = (d > p->classes ? d : p->classes) * n;
    double *activations = calloc((size_t)((m + 3) * largest), sizeof *activations);
    double *delta = activations + (m + 1) * largest, *previous = delta + largest;
    memcpy(activations, x + brute_offset(p, m), sizeof(double) * (size_t)(d * n));
    for (int i = 0; i < d * n && p->squared_features; i++)
        activations[i] *= activations[i];
    for (int j = 1; j <= m; j++)
        brute_product(brute_rows(p, j), n, d, x + brute_offset(p, j - 1), d, 1,
                      activations + (j - 1) * largest, n, 1, activations + j * largest);
    memcpy(delta, activations + m * largest, sizeof(double) * (size_t)(p->classes * n));
    double value = 0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < p->classes && p->bias; k++)
            delta[k * n + i] += x[brute_offset(p, m + 1) + k];
        value += brute_sample_loss(p, delta + i, n, i) / n;
    }
    for (int i = 0; i < p->classes * n; i++)
        delta[i] /= n;
    for (int i = 0; i < brute_size(p); i++) {
        const int layer = i >= brute_offset(p, m) ? m : i / (d * d) < m - 1 ? i / (d * d) : m - 1;
        double decay = layer == m ? p->feature_decay : p->decays[layer];
        if (i >= brute_offset(p, m + 1))
            decay = 0;
        const double entry = layer == m && p->squared_features ? x[i] * x[i] : x[i];
        value += 0.5 * decay * entry * entry;
        gradient[i] = decay * entry;
    }
    for (int k = 0; k < p->classes && p->bias; k++)
        for (int i = 0; i < n; i++)
            gradient[brute_offset(p, m + 1) + k] += delta[k * n + i];
    for (int j = m; j >= 1; j--) { /* dW_j = delta A_{j-1}^T, then delta = W_j^T delta */
        brute_product(brute_rows(p, j), d, n, delta, n, 1, activations + (j - 1) * largest, 1, n,
                      gradient + brute_offset(p, j - 1));
        memset(previous, 0, sizeof(double) * (size_t)largest);
        brute_product(d, n, brute_rows(p, j), x + brute_offset(p, j - 1), 1, d, delta, n, 1,
                      previous);
        memcpy(delta, previous, sizeof(double) * (size_t)largest);
    }
    for (int i = 0; i < d * n; i++)
        gradient[brute_offset(p, m) + i] += delta[i];
    for (int i = 0; i < d * n && p->squared_features; i++)
        gradient[brute_offset(p, m) + i] *= 2 * x[brute_offset(p, m) + i];
    free(activations);
    return value;
}

/* ---- L-BFGS, bisection line search for the weak Wolfe conditions (Lewis, Overton 2013) ---- */

static inline double brute_dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

typedef struct brute_history {
    double *s[BRUTE_MEMORY], *y[BRUTE_MEMORY], rho[BRUTE_MEMORY];
    int count; /* of all pairs so far; pair i is kept at i % BRUTE_MEMORY */
} brute_history;

/* direction = - (inverse Hessian estimate) gradient: Nocedal's two loops. */
static inline void brute_direction(const brute_history *h, const double *gradient,
                                   double *direction, int n)
{
    double alpha[BRUTE_MEMORY];
    const int oldest = h->count > BRUTE_MEMORY ? h->count - BRUTE_MEMORY : 0;
    for (int i = 0; i < n; i++)
        direction[i] = -gradient[i];
    for (int i = h->count - 1; i >= oldest; i--) {
        const int k = i % BRUTE_MEMORY;
        alpha[k] = h->rho[k] * brute_dot(h->s[k], direction, n);
        for (int j = 0; j < n; j++)
            direction[j] -= alpha[k] * h->y[k][j];
    }
    if (h->count > 0) {
        const int k = (h->count - 1) % BRUTE_MEMORY;
        const double scale = 1 / (h->rho[k] * brute_dot(h->y[k], h->y[k], n));
        for (int j = 0; j < n; j++)
            direction[j] *= scale;
    }
    for (int i = oldest; i < h->count; i++) {
        const int k = i % BRUTE_MEMORY;
        const double beta = h->rho[k] * brute_dot(h->y[k], direction, n);
        for (int j = 0; j < n; j++)
            direction[j] += (alpha[k] - beta) * h->s[k][j];
    }
}

/* The value at x (n numbers) and its gradient. */
typedef double (*brute_function)(const void *problem, const double *x, double *gradient);

/* Minimises over n variables from x in place, until ||gradient|| <= absolute + relative value;
 * returns the value reached. */
static inline double brute_lbfgs(brute_function function, const void *problem, int n, double *x,
                                 int iterations, double absolute, double relative)
{
    double *block = calloc((size_t)(n * (2 * BRUTE_MEMORY + 4)), sizeof *block);
    double *gradient = block, *direction = block + n, *trial = block + 2 * n,
           *trial_gradient = block + 3 * n;
    brute_history history = {.count = 0};
    for (int i = 0; i < BRUTE_MEMORY; i++) {
        history.s[i] = block + (4 + 2 * i) * n;
        history.y[i] = block + (5 + 2 * i) * n;
    }
    double value = function(problem, x, gradient);
    for (int iteration = 0; iteration < iterations; iteration++) {
        if (sqrt(brute_dot(gradient, gradient, n)) <= absolute + relative * value)
            break;
        brute_direction(&history, gradient, direction, n);
        const double slope = brute_dot(gradient, direction, n);
        double step = 1, low = 0, high = INFINITY, trial_value = value;
        int found = 0;
        for (int k = 0; k < 50 && !found; k++) {
            for (int i = 0; i < n; i++)
                trial[i] = x[i] + step * direction[i];
            trial_value = function(problem, trial, trial_gradient);
            if (!(trial_value <= value + 1e-4 * step * slope))
                high = step;
            else if (brute_dot(trial_gradient, direction, n) < 0.9 * slope)
                low = step;
            else
                found = 1;
            if (!found)
                step = isinf(high) ? 2 * low : 0.5 * (low + high);
        }
        if (!found) {
            if (history.count == 0)
                break; /* no progress at this precision */
            history.count = 0;
            continue;
        }
        const int k = history.count % BRUTE_MEMORY;
        for (int i = 0; i < n; i++) {
            history.s[k][i] = trial[i] - x[i];
            history.y[k][i] = trial_gradient[i] - gradient[i];
        }
        history.rho[k] = 1 / brute_dot(history.s[k], history.y[k], n);
        history.count++;
        memcpy(x, trial, sizeof(double) * (size_t)n);
        memcpy(gradient, trial_gradient, sizeof(double) * (size_t)n);
        value = trial_value;
    }
    free(block);
    return value;
}

static inline double brute_value(const void *problem, const double *x, double *gradient)
{
    return brute_objective(problem, x, gradient);
}

/* Minimises from x in place; returns the value reached. */
static inline double brute_descend(const brute *p, double *x, int iterations, double tolerance)
{
    return brute_lbfgs(brute_value, p, brute_size(p), x, iterations, tolerance, 0);
}

/* The lowest value from `starts` random starts for every number of hidden units up to the width (a
 * lost direction is a strict local minimum for M >= 2, so unused units must be tried as such), and
 * from zero, where only the bias moves. */
static inline double brute_minimum(const brute *problem, int starts, uint64_t *state)
{
    double best = INFINITY;
    for (int width = 1; width <= problem->width; width++) {
        brute narrow = *problem;
        narrow.width = width;
        const int n = brute_size(&narrow);
        double *x = calloc((size_t)n, sizeof *x);
        for (int start = width == 1 ? 0 : 1; start <= starts; start++) {
            const double scale = 0.3 + 1.5 * brute_uniform(state);
            for (int i = 0; i < n; i++)
                x[i] = start == 0 ? 0 : scale * brute_normal(state);
            best = fmin(best, brute_descend(&narrow, x, 3000, 1e-9));
        }
        free(x);
    }
    return best;
}

#endif
