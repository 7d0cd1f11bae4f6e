/* SPDX-License-Identifier: MIT
 *
 * margins.c: margins and probabilities of a prediction at its class means.
 *
 * With the directions of predicted_matrices.c, Z = (sum_i s_i u_i v_i^T) D^{-1}. Coupled directions
 * give each pair of groups one number. Within a group of m classes of which the family keeps r
 * directions, the first r classes have s/d more at their own mean, or, centred, the first r + 1
 * have s/d (I - J/(r+1)): these are told apart by s/d, the others of the group by nothing.
 */
#include "geometry/margins.h"

#include "geometry/geometry_internal.h"
#include "geometry/output_checks.h"
#include "geometry/solution.h"
#include "linalg/linalg.h"

#include <math.h>

/* A margin below this share of the largest logit is none: what a numerical solution leaves of zero,
 * as with lost classes; and the rounding of sums over a closed form's directions. */
#define NUMERICAL_MARGIN 1e-7
#define CLOSED_MARGIN    1e-12

nc__member nc__member_of(double multiplicity, double gap)
{
    return (nc__member){gap * (1 - 1 / multiplicity), {gap, 0}, {multiplicity - 1, 0}};
}

/* ---- one class ---- */

static double logit_of(const nc__group_logits *logits, int64_t g, int64_t h)
{
    return (logits->shared ? logits->shared[g * logits->groups + h] : 0) +
           (logits->bias ? logits->bias[g] : 0);
}

nc__decision nc__decide(const nc__group_logits *logits, int64_t h, const nc__member *member)
{
    const double own = logit_of(logits, h, h) + member->own;
    nc__decision d = {.mates = INFINITY, .rest = INFINITY, .largest = fabs(own)};
    double sum = 1;
    for (int i = 0; i < 2; i++)
        if (member->others[i] > 0) {
            d.mates = fmin(d.mates, member->lead[i]);
            d.largest = fmax(d.largest, fabs(own - member->lead[i]));
            d.lead += member->others[i] * member->lead[i];
            sum += member->others[i] * exp(-member->lead[i]);
        }
    for (int64_t g = 0; g < logits->groups; g++)
        if (g != h) {
            const double other = logit_of(logits, g, h);
            d.rest = fmin(d.rest, own - other);
            d.largest = fmax(d.largest, fabs(other));
            d.lead += logits->multiplicity[g] * (own - other);
            sum += logits->multiplicity[g] * exp(other - own);
        }
    d.probability = 1 / sum;
    d.surprise = log(sum);
    return d;
}

/* ---- the logits of a solution ---- */

typedef struct predicted_logits {
    nc__group_logits logits;
    double *factors; /* bias, then left and right directions, rank x G each, and their product */
} predicted_logits;

/* Rows of s_i u_i and of v_i D^{-1}. */
static void fill_directions(const nc__solution *solution, double *left, double *right)
{
    const int64_t G = solution->groups->count;
    for (int64_t i = 0; i < solution->coupled_count; i++) {
        const nc__family *family = &solution->coupled[i];
        for (int64_t g = 0; g < G && family->kept > 0; g++) {
            left[i * G + g] = family->value * nc__coupled_left(solution, i, g);
            right[i * G + g] = nc__coupled_right(solution, i, g) / solution->problem->scale[g];
        }
    }
}

static void fill_bias(const nc__solution *solution, double *bias)
{
    const nc__groups *groups = solution->groups;
    const bool fractions = solution->problem->loss == LIBNC_LOSS_MSE && solution->problem->bias;
    for (int64_t g = 0; g < groups->count; g++)
        bias[g] = fractions        ? groups->size[g] / groups->samples
                  : solution->bias ? solution->bias[g]
                                   : 0;
}

static libnc_status form_logits(predicted_logits *p, const nc__solution *solution)
{
    libnc_context *context = solution->problem->context;
    const int64_t G = solution->groups->count, r = solution->coupled_count;
    double *bias =
        nc__alloc(context, (size_t)(1 + 2 * r + (r > 0 ? G : 0)), (size_t)G * sizeof *bias);
    if (!bias)
        return LIBNC_ERROR_MEMORY;
    double *left = bias + G, *right = left + r * G, *shared = right + r * G;
    fill_bias(solution, bias);
    fill_directions(solution, left, right);
    if (r > 0) {
        const nc__tensor u = nc__tensor_f64(left, r, G), v = nc__tensor_f64(right, r, G);
        nc__tensor product = nc__tensor_f64(shared, G, G);
        nc__gemm(context, true, false, 1, &u, &v, 0, &product);
    }
    *p = (predicted_logits){{G, solution->groups->multiplicity, r > 0 ? shared : NULL, bias}, bias};
    return LIBNC_OK;
}

/* A class that the kept directions of its group live on, or one that they leave out. */
static nc__member member_of(const nc__solution *solution, int64_t g, bool inside)
{
    const double m = solution->groups->multiplicity[g];
    const double support = (double)nc__solution_support(solution, g);
    const double gap = solution->within[g].value / solution->problem->scale[g];
    if (!inside)
        return (nc__member){0, {0, 0}, {m - 1, 0}};
    const double own = solution->centred ? gap * (1 - 1 / support) : gap;
    return (nc__member){own, {gap, own}, {support - 1, m - support}};
}

/* Of the classes of each group that are inside, then of those that are not. */
static void decide_groups(const nc__solution *solution, const nc__group_logits *logits,
                          nc__decision *decisions)
{
    for (int64_t g = 0; g < logits->groups; g++)
        for (int outside = 0; outside < 2; outside++) {
            const nc__member member = member_of(solution, g, outside == 0);
            decisions[2 * g + outside] = nc__decide(logits, g, &member);
        }
}

static libnc_status create_decisions(nc__decision **out, const nc__solution *solution)
{
    libnc_context *context = solution->problem->context;
    predicted_logits p;
    nc__decision *decisions =
        nc__alloc(context, (size_t)solution->groups->count, 2 * sizeof *decisions);
    const libnc_status status = decisions ? form_logits(&p, solution) : LIBNC_ERROR_MEMORY;
    if (status != LIBNC_OK) {
        nc__free(context, decisions);
        return status;
    }
    decide_groups(solution, &p.logits, decisions);
    nc__free(context, p.factors);
    *out = decisions;
    return LIBNC_OK;
}

/* ---- public getters ---- */

typedef void (*write_fn)(void *values, int64_t class_index, const nc__decision *decision,
                         double least);

static void write_margin(void *values, int64_t k, const nc__decision *decision, double least)
{
    (void)least;
    ((double *)values)[k] = nc__margin(decision);
}

static void write_probability(void *values, int64_t k, const nc__decision *decision, double least)
{
    (void)least;
    ((double *)values)[k] = decision->probability;
}

static void write_predicted(void *values, int64_t k, const nc__decision *decision, double least)
{
    ((int32_t *)values)[k] = nc__margin(decision) > least;
}

/* The margin from which on a class counts as predicted. */
static double least_margin(const nc__solution *solution, const nc__decision *decisions)
{
    double largest = 0;
    for (int64_t g = 0; g < solution->groups->count; g++)
        largest =
            fmax(largest, decisions[2 * g + (nc__solution_support(solution, g) == 0)].largest);
    return largest *
           (solution->directions == NC__DIRECTIONS_VECTORS ? NUMERICAL_MARGIN : CLOSED_MARGIN);
}

static libnc_status get_decisions(const libnc_geometry *geometry, const char *name, void *values,
                                  size_t size, write_fn write)
{
    nc__decision *decisions = NULL;
    libnc_status status = nc__check_vector_output(geometry, name, values, size);
    if (status == LIBNC_OK)
        status = create_decisions(&decisions, geometry->solution);
    if (status != LIBNC_OK)
        return status;
    const nc__groups *groups = geometry->solution->groups;
    const double least = least_margin(geometry->solution, decisions);
    for (int64_t g = 0; g < groups->count; g++) {
        const int64_t support = nc__solution_support(geometry->solution, g);
        for (int64_t p = groups->start[g]; p < groups->start[g + 1]; p++)
            write(values, groups->order[p], &decisions[2 * g + (p - groups->start[g] >= support)],
                  least);
    }
    nc__free(geometry->context, decisions);
    return LIBNC_OK;
}

libnc_status libnc_geometry_margins(const libnc_geometry *geometry, double *margins, size_t size)
{
    return get_decisions(geometry, "margins", margins, size, write_margin);
}

libnc_status libnc_geometry_probabilities(const libnc_geometry *geometry, double *probabilities,
                                          size_t size)
{
    return get_decisions(geometry, "probabilities", probabilities, size, write_probability);
}

libnc_status libnc_geometry_predicted(const libnc_geometry *geometry, int32_t *predicted,
                                      size_t size)
{
    return get_decisions(geometry, "predicted", predicted, size, write_predicted);
}
