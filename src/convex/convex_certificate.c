/* SPDX-License-Identifier: MIT
 *
 * convex_certificate.c: a rigorous bound on how far a point of the convex problem is from its
 * minimum.
 *
 * Probabilities q_k of the classes are feasible for the dual of the decay form if the residuals
 * R = [a_k (q_k - t_k)] D^{-1} have ||R||_2 <= c, and R d = 0 with a bias; of the energy form with
 * any norm. Against a primal point with logits z_k + b and probabilities p_k the duality gap is
 *
 *     sum_k a_k KL(q_k || p_k) + <R, Z D> + c ||Z D||_*        (tau ||R||_2 in the energy form),
 *
 * a sum of terms that are small where the point is good, so nothing large is subtracted (doc/
 * theory.md, "The certificate"). q comes from p in four steps, each of which keeps it a set of
 * distributions:
 *  1. the singular values of the gradient are cut off at the level wanted: where Z D has nothing in
 *     a direction this costs only the KL term, of second order;
 *  2. negative probabilities are clipped;
 *  3. with a bias, mass is moved within columns until the rows balance;
 *  4. decay form: q = t + theta (q - t), theta <= 1, until the norm is at most c.
 * In the energy form q = t itself, R = 0, is another candidate: the best where tau is more than
 * smoothed targets need.
 */
#include "convex/convex_certificate.h"

#include "convex/convex_internal.h"
#include "convex/convex_objective.h"
#include "convex/convex_points.h"
#include "linalg/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Rounding errors that the gap allows for, in units of epsilon times (loss + 2 multiplier
 * ||Z D||_* + what a bias makes of the residuals) and for each group: sums over groups and the
 * backward error of the singular values, with a safety factor. */
#define ROUNDING 8.0

/* Below this ratio to p, log(q/p) is taken from the ratio, which has no cancellation then. */
#define SMALL_CHANGE 0.5

/* q of another class */
static double probability(const nc__convex *s, int64_t g, int64_t h)
{
    return s->probability.other[g * s->groups + h] + s->shift.other[g * s->groups + h];
}

/* ---- step 1 ---- */

/* shift = change of the probabilities that cuts the gradient off at `level`. Returns whether there
 * is any. */
static bool cut_off(nc__convex *s, double level)
{
    const int64_t G = s->groups;
    int64_t above = 0;
    bool within = false;
    while (above < G && s->singular[above] > level)
        above++;
    for (int64_t i = 0; i < above; i++)
        for (int64_t h = 0; h < G; h++)
            s->dual[i * G + h] = (level - s->singular[i]) * s->right_t[i * G + h];
    double *change = s->change, *rows = s->effective;
    for (int64_t g = 0; g < G; g++)
        for (int64_t i = 0; i < above; i++)
            rows[g * above + i] = s->left[g * G + i];
    nc__convex_multiply(s, false, false, G, G, above, rows, s->dual, 0, change);
    for (int64_t h = 0; h < G; h++) {
        const double unit = s->scale[h] / s->weight[h], m = s->multiplicity[h];
        const double excess = m > 1 ? fmax(0, -s->within_gradient[h] - level) : 0;
        within = within || excess > 0;
        for (int64_t g = 0; g < G; g++)
            s->shift.other[g * G + h] = change[g * G + h] * unit / (s->root[g] * s->root[h]);
        s->shift.other[h * G + h] = (change[h * G + h] - excess) * unit / m;
    }
    return above > 0 || within;
}

/* ---- steps 2 and 3 ---- */

/* shift.own from shift.other, so that columns keep their sum */
static void balance_columns(nc__convex *s)
{
    const int64_t G = s->groups;
    memset(s->shift.own, 0, (size_t)G * sizeof *s->shift.own);
    for (int64_t g = 0; g < G; g++)
        for (int64_t h = 0; h < G; h++)
            s->shift.own[h] -= nc__convex_copies(s, g, h) * s->shift.other[g * G + h];
}

/* Other logits to at least zero; a column whose own then turns negative is left as it was. */
static void mend_negative(nc__convex *s)
{
    const int64_t G = s->groups;
    for (int64_t i = 0; i < G * G; i++)
        s->shift.other[i] = fmax(s->shift.other[i], -s->probability.other[i]);
    balance_columns(s);
    for (int64_t h = 0; h < G; h++) {
        if (s->probability.own[h] + s->shift.own[h] >= 0)
            continue;
        for (int64_t g = 0; g < G; g++)
            s->shift.other[g * G + h] = 0;
        s->shift.own[h] = 0;
    }
}

/* Row of group g: `sum` of a_k q over the classes, `excess` of a_k (q - t); one of its m_g rows. */
static void row_sums(const nc__convex *s, int64_t g, double *sum, double *excess)
{
    const int64_t G = s->groups;
    const double target = s->smoothing / s->classes;
    *sum = *excess = 0;
    for (int64_t h = 0; h < G; h++) {
        const double weight = s->weight[h] * nc__convex_copies(s, h, g), q = probability(s, g, h);
        *sum += weight * q;
        *excess += weight * (q - target);
    }
    const double own = s->smoothing * (1 - 1 / s->classes) - s->miss[g] + s->shift.own[g];
    *sum += s->weight[g] * (s->probability.own[g] + s->shift.own[g]);
    *excess += s->weight[g] * own;
}

/* With a bias: rows with too much lose in proportion, rows with too little gain, column by column.
 */
static void balance_rows(nc__convex *s)
{
    const int64_t G = s->groups;
    double *loss = s->share, *gain = s->share + G, lacking = 0;
    for (int64_t g = 0; g < G; g++) {
        double sum, excess;
        row_sums(s, g, &sum, &excess);
        loss[g] = excess > 0 ? excess / sum : 0;
        gain[g] = excess < 0 ? -excess : 0;
        lacking += s->multiplicity[g] * gain[g];
    }
    if (!(lacking > 0))
        return;
    for (int64_t h = 0; h < G; h++) {
        const double own = s->probability.own[h] + s->shift.own[h];
        double removed = own * loss[h];
        for (int64_t g = 0; g < G; g++)
            removed += nc__convex_copies(s, g, h) * probability(s, g, h) * loss[g];
        for (int64_t g = 0; g < G; g++)
            s->shift.other[g * G + h] +=
                removed * gain[g] / lacking - probability(s, g, h) * loss[g];
        s->shift.own[h] += removed * gain[h] / lacking - own * loss[h];
    }
}

/* ---- step 4 ---- */

/* The residuals q - t into `moved`, R into s->dual and s->dual_within, its norm. */
static libnc_status find_norm(nc__convex *s, double *norm)
{
    const int64_t G = s->groups;
    nc__convex_residual(s, &s->moved);
    for (int64_t i = 0; i < G * G; i++)
        s->moved.other[i] += s->shift.other[i];
    for (int64_t h = 0; h < G; h++)
        s->moved.own[h] += s->shift.own[h];
    nc__convex_gather(s, &s->moved, s->dual, s->dual_within);
    const libnc_status status = nc__svd(s->context, s->dual, G, G, s->share, NULL, NULL);
    *norm = s->share[0];
    for (int64_t h = 0; h < G; h++)
        if (s->multiplicity[h] > 1)
            *norm = fmax(*norm, fabs(s->dual_within[h]));
    return status;
}

/* q = t + theta (q - t): shift += (theta - 1)(q - t) */
static void contract(nc__convex *s, double theta)
{
    const int64_t G = s->groups;
    for (int64_t i = 0; i < G * G; i++) {
        s->shift.other[i] += (theta - 1) * s->moved.other[i];
        s->dual[i] *= theta;
    }
    for (int64_t h = 0; h < G; h++) {
        s->shift.own[h] += (theta - 1) * s->moved.own[h];
        s->dual_within[h] *= theta;
    }
}

/* ---- the gap ---- */

/* q log(q/p) - q + p for q = p + change */
static double divergence(double p, double log_p, double change)
{
    const double q = p + change;
    if (change == 0)
        return 0;
    if (fabs(change) <= SMALL_CHANGE * p) {
        const double u = change / p;
        return p * ((1 + u) * log1p(u) - u);
    }
    return q > 0 ? q * (log(q) - log_p) - change : p;
}

/* sum_k a_k KL(q_k || p_k) */
static double divergence_sum(const nc__convex *s)
{
    const int64_t G = s->groups;
    double sum = 0;
    for (int64_t h = 0; h < G; h++) {
        const double log_own = -s->logits.own[h] - log(s->normaliser[h]);
        double column = divergence(s->probability.own[h], log_own, s->shift.own[h]);
        for (int64_t g = 0; g < G; g++) {
            const int64_t i = g * G + h;
            if (s->shift.other[i] != 0)
                column += nc__convex_copies(s, g, h) * divergence(s->probability.other[i],
                                                                  s->logits.other[i] + log_own,
                                                                  s->shift.other[i]);
        }
        sum += s->multiplicity[h] * s->weight[h] * fmax(0, column);
    }
    return sum;
}

/* <R, Z D> */
static double inner_product(const nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups;
    double sum = 0;
    for (int64_t i = 0; i < point->rank; i++)
        for (int64_t g = 0; g < G; g++) {
            double row = 0;
            for (int64_t h = 0; h < G; h++)
                row += s->dual[g * G + h] * point->right[i * G + h];
            sum += point->values[i] * point->left[i * G + g] * row;
        }
    for (int64_t g = 0; g < G; g++)
        sum += (s->multiplicity[g] - 1) * s->dual_within[g] * point->within[g];
    return sum;
}

/* The gap of the dual point that begins by cutting off at `level`. */
static libnc_status gap_at(nc__convex *s, const nc__convex_point *point, double level, double *gap)
{
    const bool is_cut = cut_off(s, level);
    if (is_cut)
        mend_negative(s);
    else
        balance_columns(s);
    if (s->bias)
        balance_rows(s);
    double norm;
    const libnc_status status = find_norm(s, &norm);
    if (status != LIBNC_OK)
        return status;
    if (!s->ball && norm > s->bound) {
        contract(s, s->bound / norm);
        norm = s->bound;
    }
    const double price = s->ball ? s->bound * norm : s->bound * point->nuclear;
    const double complementarity = inner_product(s, point) + price;
    *gap = divergence_sum(s) + fmax(0, complementarity);
    return LIBNC_OK;
}

/* max |b| sum_k a_k ||q_k - t_k||_1: what the rows' balance is worth where its rounding is relative
 * to the residuals. */
static double bias_size(const nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups;
    double largest = 0, sum = 0;
    for (int64_t g = 0; g < G && s->bias; g++) {
        largest = fmax(largest, fabs(point->beta[g]) / s->root[g]);
        double column = fabs(s->moved.own[g]);
        for (int64_t h = 0; h < G; h++)
            column += nc__convex_copies(s, h, g) * fabs(s->moved.other[h * G + g]);
        sum += s->multiplicity[g] * s->weight[g] * column;
    }
    return largest * sum;
}

/* The gap of q = t, for which R = 0: sum_k a_k KL(t_k || p_k), the loss less the targets' entropy.
 */
static double gap_of_targets(nc__convex *s)
{
    const int64_t G = s->groups;
    nc__convex_residual(s, &s->shift);
    for (int64_t i = 0; i < G * G; i++)
        s->shift.other[i] = -s->shift.other[i];
    for (int64_t h = 0; h < G; h++)
        s->shift.own[h] = -s->shift.own[h];
    return divergence_sum(s);
}

/* What rounding may make of a gap whose terms are of this size. */
static double rounding(const nc__convex *s, double size)
{
    return ROUNDING * (double)(s->groups + 8) * DBL_EPSILON * size;
}

/* The gap of the point whose gradient was decomposed and whose other members are set. */
static libnc_status find_gap(nc__convex *s, nc__convex_point *point, double loss, double norm)
{
    double gap, uncut;
    libnc_status status = gap_at(s, point, point->multiplier, &gap);
    if (status == LIBNC_OK && s->ball) {
        status = gap_at(s, point, norm, &uncut);
        gap = fmin(gap, uncut);
    }
    if (status != LIBNC_OK)
        return status;
    gap += rounding(s, loss + 2 * point->multiplier * point->nuclear + bias_size(s, point));
    /* tau is no price where R = 0: what is left of R by rounding may cost more than it is worth */
    point->gap = s->ball ? fmin(gap, gap_of_targets(s) + rounding(s, loss)) : gap;
    return LIBNC_OK;
}

libnc_status nc__convex_certify(nc__convex *s, nc__convex_point *point)
{
    const int64_t G = s->groups;
    nc__convex_place(s, point);
    const double loss = nc__convex_loss(s);
    nc__convex_gradient(s);
    const nc__tensor gradient = nc__tensor_f64(s->gradient, G, G);
    if (!isfinite(loss) || !nc__all_finite(&gradient))
        return nc__fail(s->context, LIBNC_ERROR_NUMERICAL,
                        "the logits or the loss are beyond the range of a double");
    libnc_status status = nc__svd(s->context, s->gradient, G, G, s->singular, s->left, s->right_t);
    if (status != LIBNC_OK)
        return status;
    double norm = s->singular[0];
    for (int64_t g = 0; g < G; g++)
        if (s->multiplicity[g] > 1)
            norm = fmax(norm, fabs(s->within_gradient[g]));
    point->nuclear = nc__convex_nuclear(s, point);
    memcpy(s->dual, s->gradient, (size_t)(G * G) * sizeof *s->dual);
    memcpy(s->dual_within, s->within_gradient, (size_t)G * sizeof *s->dual_within);
    /* the derivative along the point itself */
    const double along = -inner_product(s, point);
    if (s->ball)
        point->multiplier = fmin(norm, fmax(0, along / s->bound));
    else
        point->multiplier = s->bound;
    point->value = s->ball ? loss : loss + s->bound * point->nuclear;
    return find_gap(s, point, loss, norm);
}
