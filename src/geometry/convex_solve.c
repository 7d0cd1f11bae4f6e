/* SPDX-License-Identifier: MIT
 *
 * convex_solve.c: the driver of the certified convex solver (convex.h).
 *
 * A point of the factored problem (convex_problem.c) whose factors have room for every direction
 * that is needed is a global minimiser if it is a local one (Haeffele, Vidal 2015; doc/theory.md,
 * "The solver"). So:
 *
 *     at Z = 0: stop if ||gradient|| <= c
 *     start with every direction whose singular value there is above c
 *     repeat  trust-region Newton on the factors
 *             factors -> B = U S V^T; drop what is zero; certify
 *             stop if the gap is small enough or nothing changes any more
 *             add the directions in which the gradient exceeds the multiplier
 *
 * In the energy form c is the level at which the starting rule gives a nuclear norm of tau.
 */
#include "geometry/convex_private.h"
#include "linalg/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Rounds of minimising and certifying; each adds directions or asks for a smaller gradient. */
enum { MAX_ROUNDS = 40, PATIENCE = 3 };

/* The first wanted length of the gradient, relative to c sqrt(2 ||Z D||_*), for a gap relative to
 * the value: the gap is of first order in it, with factors of the size of the logits. */
#define GRADIENT_SHARE 1e-1
#define SMALLEST_SHARE 1e-15
#define TIGHTER        1e-2
/* Directions below this share of the largest are what is left of those that vanish. */
#define VANISHED 1e-13
/* Excess of the gradient over the multiplier that is worth a new direction. */
#define NOTICED_EXCESS 1e-10
/* Directions below this share of the largest are looked at twice. */
#define SMALL 1e-5
/* A new direction begins with this share of what the starting rule would give it. */
#define FIRST_SHARE 0.3
/* Values below this cannot carry first and second derivatives with relative accuracy. */
#define SMALLEST_VALUE 1e-280

/* ---- room ---- */

static void point_destroy(libnc_context *context, nc__convex_point *point)
{
    nc__free(context, point->beta);
    nc__free(context, point->within);
    nc__free(context, point->right);
    nc__free(context, point->left);
    nc__free(context, point->values);
}

/* Allocates `count` doubles at each address. */
static bool allocate_all(libnc_context *context, double **const *targets, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (!(*targets[i] = nc__alloc(context, size, sizeof(double))))
            return false;
    return true;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool allocate(nc__convex *s, size_t groups)
{
    size_t square;
    if (!nc__multiply(groups, groups, &square) || square > SIZE_MAX / (8 * sizeof(double)))
        return nc__alloc(s->context, groups, SIZE_MAX) != NULL; /* fails, and says so */
    double **const vectors[] = {
        &s->multiplicity, &s->root,        &s->weight,          &s->scale,      &s->constant,
        &s->within,       &s->logits.own,  &s->normaliser,      &s->missed,     &s->probability.own,
        &s->miss,         &s->moved.own,   &s->within_gradient, &s->singular,   &s->moved_within,
        &s->dual_within,  &s->shift.own,   &s->now.values,      &s->now.within, &s->now.beta,
        &s->best.values,  &s->best.within, &s->best.beta};
    double **const matrices[] = {
        &s->effective,   &s->logits.other, &s->exponential, &s->probability.other, &s->gradient,
        &s->change,      &s->moved.other,  &s->left,        &s->right_t,           &s->dual,
        &s->shift.other, &s->now.left,     &s->now.right,   &s->best.left,         &s->best.right};
    double **const longer[] = {&s->share};
    double **const variables[] = {&s->variables};
    const size_t size = 2 * square + 2 * groups;
    return allocate_all(s->context, vectors, COUNT_OF(vectors), groups) &&
           allocate_all(s->context, matrices, COUNT_OF(matrices), square) &&
           allocate_all(s->context, longer, COUNT_OF(longer), 2 * groups) &&
           allocate_all(s->context, variables, COUNT_OF(variables), size) &&
           nc__trust_region_create(&s->region, s->context, (int64_t)size) == LIBNC_OK;
}

libnc_status nc__convex_create(nc__convex **solver, libnc_context *context, int64_t groups)
{
    nc__convex *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    created->capacity = groups;
    if (!allocate(created, (size_t)groups)) {
        nc__convex_destroy(created);
        return LIBNC_ERROR_MEMORY;
    }
    *solver = created;
    return LIBNC_OK;
}

void nc__convex_destroy(nc__convex *s)
{
    if (!s)
        return;
    libnc_context *context = s->context;
    double *const blocks[] = {s->multiplicity,
                              s->root,
                              s->weight,
                              s->scale,
                              s->constant,
                              s->within,
                              s->logits.own,
                              s->normaliser,
                              s->missed,
                              s->probability.own,
                              s->miss,
                              s->moved.own,
                              s->within_gradient,
                              s->singular,
                              s->moved_within,
                              s->dual_within,
                              s->shift.own,
                              s->effective,
                              s->logits.other,
                              s->exponential,
                              s->probability.other,
                              s->gradient,
                              s->change,
                              s->moved.other,
                              s->left,
                              s->right_t,
                              s->dual,
                              s->shift.other,
                              s->share,
                              s->variables};
    nc__trust_region_destroy(s->region);
    point_destroy(context, &s->best);
    point_destroy(context, &s->now);
    for (size_t i = COUNT_OF(blocks); i-- > 0;)
        nc__free(context, blocks[i]);
    nc__free(context, s);
}

/* ---- the problem in units ---- */

static void take_problem(nc__convex *s, const nc__convex_problem *problem)
{
    const int64_t G = problem->groups;
    double sum = 0, largest = 0;
    s->groups = G;
    s->classes = 0;
    for (int64_t g = 0; g < G; g++) {
        s->classes += problem->multiplicity[g];
        sum += problem->multiplicity[g] * problem->weight[g];
        largest = fmax(largest, problem->scale ? problem->scale[g] : 1);
    }
    s->unit_weight = sum;
    s->unit_scale = largest;
    for (int64_t g = 0; g < G; g++) {
        s->multiplicity[g] = problem->multiplicity[g];
        s->root[g] = sqrt(problem->multiplicity[g]);
        s->weight[g] = problem->weight[g] / sum;
        s->scale[g] = (problem->scale ? problem->scale[g] : 1) / largest;
        s->constant[g] = s->root[g] * s->scale[g];
    }
    s->smoothing = problem->smoothing;
    s->bias = problem->bias;
    s->ball = problem->ball;
    s->bound = problem->ball ? problem->bound / largest : problem->bound / sum * largest;
}

/* ---- Z = 0 ---- */

/* There p = pi, the mean of the targets, with a bias; 1/K without. */
static void place_zero(nc__convex *s, nc__convex_point *point)
{
    const int64_t G = s->groups;
    point->rank = 0;
    for (int64_t g = 0; g < G; g++) {
        point->within[g] = 0;
        const double share = (1 - s->smoothing) * s->weight[g] + s->smoothing / s->classes;
        point->beta[g] = s->bias ? s->root[g] * log(share * s->classes) : 0;
    }
}

/* ---- the starting rule: a balanced problem in every direction ---- */

/* A direction whose gradient at Z = 0 is `slope` gets logits of log(1 + K (1/v - 1)) at level c,
 * v = (1 - delta) c/slope + delta: exact for balanced classes. */
static double start_length(const nc__convex *s, double slope, double level)
{
    if (!(slope > level))
        return 0;
    const double v = (1 - s->smoothing) * level / slope + s->smoothing;
    return log1p(s->classes * (1 / v - 1));
}

/* sqrt of the mean of d^2 over direction i of the gradient, which turns logits into Z D */
static double direction_scale(const nc__convex *s, int64_t i)
{
    double sum = 0;
    for (int64_t h = 0; h < s->groups; h++) {
        const double entry = s->right_t[i * s->groups + h] * s->scale[h];
        sum += entry * entry;
    }
    return sqrt(sum);
}

/* Nuclear norm of the start at a level. */
static double start_nuclear(const nc__convex *s, double level)
{
    double sum = 0;
    for (int64_t i = 0; i < s->groups; i++)
        sum += start_length(s, s->singular[i], level) * direction_scale(s, i);
    for (int64_t g = 0; g < s->groups; g++)
        sum +=
            (s->multiplicity[g] - 1) * s->scale[g] * start_length(s, -s->within_gradient[g], level);
    return sum;
}

static double largest_slope(const nc__convex *s)
{
    double largest = s->singular[0];
    for (int64_t g = 0; g < s->groups; g++)
        if (s->multiplicity[g] > 1)
            largest = fmax(largest, -s->within_gradient[g]);
    return largest;
}

/* The level at which the start has the nuclear norm tau, roughly. */
static double start_level(const nc__convex *s)
{
    double high = log(largest_slope(s)), low = high - 1;
    while (start_nuclear(s, exp(low)) < s->bound && low > high - 600)
        low -= high - low;
    for (int i = 0; i < 40; i++) {
        const double middle = 0.5 * (low + high);
        if (start_nuclear(s, exp(middle)) < s->bound)
            high = middle;
        else
            low = middle;
    }
    return exp(low);
}

/* Appends direction i of the gradient, downhill. */
static void add_direction(const nc__convex *s, nc__convex_point *point, int64_t i, double length)
{
    const int64_t G = s->groups, r = point->rank++;
    point->values[r] = length;
    for (int64_t g = 0; g < G; g++) {
        point->left[r * G + g] = -s->left[g * G + i];
        point->right[r * G + g] = s->right_t[i * G + g];
    }
}

/* ---- energy form with label smoothing: Z = alpha (I - J/K) meets every target ---- */

/* From this share of the energy that meets the targets on, they are where to start. */
#define NEAR_TARGETS 0.7

static double target_scale(const nc__convex *s)
{
    return log1p(s->classes * (1 - s->smoothing) / s->smoothing);
}

static bool is_near_targets(const nc__convex *s, double share)
{
    if (!s->ball || !(s->smoothing > 0))
        return false;
    for (int64_t g = 0; g < s->groups; g++)
        if (s->scale[g] != 1)
            return false;
    return share * target_scale(s) * (s->classes - 1) <= s->bound;
}

/* Z of the given scale. B = alpha (I - r r^T/K), r_g = sqrt(m_g): all but the first column of
 * Householder's reflection of r are its singular vectors. */
static void place_targets(const nc__convex *s, double alpha, nc__convex_point *point)
{
    const int64_t G = s->groups;
    const double length = sqrt(s->classes), divisor = length * (length + s->root[0]);
    point->rank = G - 1;
    for (int64_t i = 0; i + 1 < G; i++) {
        point->values[i] = alpha;
        for (int64_t g = 0; g < G; g++) {
            const double reflector = s->root[g] + (g == 0 ? length : 0);
            const double entry = (g == i + 1) - reflector * s->root[i + 1] / divisor;
            point->left[i * G + g] = point->right[i * G + g] = entry;
        }
    }
    for (int64_t g = 0; g < G; g++) {
        point->within[g] = s->multiplicity[g] > 1 ? alpha : 0;
        point->beta[g] = 0;
    }
}

static void start_point(nc__convex *s, nc__convex_point *point)
{
    if (is_near_targets(s, NEAR_TARGETS)) {
        place_targets(s, s->bound / (s->classes - 1), point);
        return;
    }
    const double level = s->ball ? start_level(s) : s->bound;
    point->multiplier = level;
    for (int64_t i = 0; i < s->groups; i++) {
        const double length = start_length(s, s->singular[i], level);
        if (length > 0)
            add_direction(s, point, i, length * direction_scale(s, i));
    }
    for (int64_t g = 0; g < s->groups; g++)
        if (s->multiplicity[g] > 1)
            point->within[g] = s->scale[g] * start_length(s, -s->within_gradient[g], level);
}

/* ---- points and variables ---- */

/* Returns the sum of squares of what is decayed. */
static double pack(nc__convex *s, const nc__convex_point *point)
{
    const int64_t G = s->groups, r = point->rank;
    double *x = s->variables, *t = x + 2 * G * r;
    s->width = r;
    for (int64_t i = 0; i < r; i++) {
        const double root = sqrt(point->values[i]);
        for (int64_t g = 0; g < G; g++) {
            x[g * r + i] = root * point->left[i * G + g];
            x[G * r + g * r + i] = root * point->right[i * G + g];
        }
    }
    double square = 0;
    for (int64_t g = 0; g < G; g++) {
        t[g] = sqrt(2 * (s->multiplicity[g] - 1) * point->within[g]);
        t[G + g] = s->bias ? point->beta[g] : 0;
    }
    for (int64_t i = 0; i < 2 * G * r + G; i++)
        square += x[i] * x[i];
    const double factor = s->ball ? sqrt(2 * s->bound / square) : 1;
    for (int64_t i = 0; i < 2 * G * r + G; i++)
        x[i] *= factor;
    return factor * factor * square;
}

/* b moves freely along 1: sums to zero over classes. */
static void centre_bias(const nc__convex *s, nc__convex_point *point)
{
    double sum = 0;
    for (int64_t g = 0; g < s->groups; g++)
        sum += s->root[g] * point->beta[g];
    for (int64_t g = 0; g < s->groups; g++)
        point->beta[g] -= s->root[g] * sum / s->classes;
}

static void drop_vanished(const nc__convex *s, nc__convex_point *point)
{
    double largest = point->rank > 0 ? point->values[0] : 0;
    for (int64_t g = 0; g < s->groups; g++)
        largest = fmax(largest, point->within[g]);
    while (point->rank > 0 && point->values[point->rank - 1] <= VANISHED * largest)
        point->rank--;
    for (int64_t g = 0; g < s->groups; g++)
        if (point->within[g] <= VANISHED * largest)
            point->within[g] = 0;
}

static double nuclear_norm(const nc__convex *s, const nc__convex_point *point)
{
    double sum = 0;
    for (int64_t i = 0; i < point->rank; i++)
        sum += point->values[i];
    for (int64_t g = 0; g < s->groups; g++)
        sum += (s->multiplicity[g] - 1) * point->within[g];
    return sum;
}

static void scale_point(const nc__convex *s, nc__convex_point *point, double factor)
{
    for (int64_t i = 0; i < point->rank; i++)
        point->values[i] *= factor;
    for (int64_t g = 0; g < s->groups; g++)
        point->within[g] *= factor;
}

/* Z D from the variables. */
static libnc_status unpack(nc__convex *s, nc__convex_point *point)
{
    const int64_t G = s->groups, r = s->width;
    const double *x = s->variables, *t = x + 2 * G * r;
    nc__convex_multiply(s, false, true, G, G, r, x, x + G * r, 0, s->change);
    const libnc_status status =
        nc__svd(s->context, s->change, G, G, point->values, s->left, point->right);
    if (status != LIBNC_OK)
        return status;
    point->rank = r;
    for (int64_t i = 0; i < r; i++)
        for (int64_t g = 0; g < G; g++)
            point->left[i * G + g] = s->left[g * G + i];
    for (int64_t g = 0; g < G; g++) {
        const double m = s->multiplicity[g];
        point->within[g] = m > 1 ? t[g] * t[g] / (2 * (m - 1)) : 0;
        point->beta[g] = s->bias ? t[G + g] : 0;
    }
    drop_vanished(s, point);
    if (s->bias)
        centre_bias(s, point);
    /* Not beyond tau by rounding. Less is right where mu is nearly zero: the sphere is then filled
     * by factors that are not balanced. */
    if (s->ball)
        scale_point(s, point, fmin(1, s->bound / nuclear_norm(s, point)));
    return LIBNC_OK;
}

static void copy_point(const nc__convex *s, const nc__convex_point *from, nc__convex_point *to)
{
    const size_t G = (size_t)s->groups, r = (size_t)from->rank;
    double *const values = to->values, *const left = to->left, *const right = to->right;
    double *const within = to->within, *const beta = to->beta;
    memcpy(values, from->values, r * sizeof *values);
    memcpy(left, from->left, r * G * sizeof *left);
    memcpy(right, from->right, r * G * sizeof *right);
    memcpy(within, from->within, G * sizeof *within);
    memcpy(beta, from->beta, G * sizeof *beta);
    *to = *from;
    to->values = values, to->left = left, to->right = right;
    to->within = within, to->beta = beta;
}

/* ---- rounds ---- */

/* Whether the gradient at s->now, which was just certified, exceeds the multiplier in its direction
 * i and the point has nothing there: what it has is for Newton's method to change. */
static bool is_missing(const nc__convex *s, int64_t i, int64_t rank)
{
    const nc__convex_point *point = &s->now;
    double present = 0;
    if (!(s->singular[i] > point->multiplier * (1 + NOTICED_EXCESS)))
        return false;
    for (int64_t j = 0; j < rank; j++) {
        double left = 0, right = 0;
        for (int64_t g = 0; g < s->groups; g++) {
            left += point->left[j * s->groups + g] * s->left[g * s->groups + i];
            right += point->right[j * s->groups + g] * s->right_t[i * s->groups + g];
        }
        present += left * left + right * right;
    }
    return present < 1;
}

static bool is_missing_within(const nc__convex *s, int64_t g)
{
    return s->multiplicity[g] > 1 && s->now.within[g] == 0 &&
           -s->within_gradient[g] > s->now.multiplier * (1 + NOTICED_EXCESS);
}

static int64_t count_excess(const nc__convex *s)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->groups; i++)
        count += is_missing(s, i, s->now.rank) + is_missing_within(s, i);
    return count;
}

/* Gives s->now the directions that are missing. */
static void add_directions(nc__convex *s)
{
    nc__convex_point *point = &s->now;
    const int64_t rank = point->rank;
    for (int64_t i = 0; i < s->groups && point->rank < s->groups; i++) {
        if (!is_missing(s, i, rank))
            continue;
        const double length = start_length(s, s->singular[i], point->multiplier);
        add_direction(s, point, i, FIRST_SHARE * length * direction_scale(s, i));
    }
    for (int64_t g = 0; g < s->groups; g++)
        if (is_missing_within(s, g))
            point->within[g] = FIRST_SHARE * s->scale[g] *
                               start_length(s, -s->within_gradient[g], point->multiplier);
}

/* Removes what is small from s->now; in the energy form the rest takes its share of tau. Returns
 * whether anything was. */
static bool drop_small(const nc__convex *s, nc__convex_point *point)
{
    const double nuclear = nuclear_norm(s, point);
    double largest = point->rank > 0 ? point->values[0] : 0;
    bool dropped = false;
    for (int64_t g = 0; g < s->groups; g++)
        largest = fmax(largest, point->within[g]);
    while (point->rank > 0 && point->values[point->rank - 1] <= SMALL * largest) {
        point->rank--;
        dropped = true;
    }
    for (int64_t g = 0; g < s->groups; g++)
        if (point->within[g] > 0 && point->within[g] <= SMALL * largest) {
            point->within[g] = 0;
            dropped = true;
        }
    if (s->ball)
        scale_point(s, point, nuclear / nuclear_norm(s, point));
    return dropped;
}

/* One minimisation and its certificate, in s->now. */
static libnc_status run_round(nc__convex *s, double share, int64_t iterations, int64_t *used,
                              int32_t *end)
{
    const double square = pack(s, &s->now);
    nc__trust_problem problem;
    nc__convex_describe(s, &problem);
    nc__trust_run run = {.iterations = iterations - *used};
    run.tolerance = share * s->now.multiplier * sqrt(square);
    *end = nc__trust_region_minimise(s->region, &problem, &run, s->variables);
    *used += run.iterations_used;
    const libnc_status status = unpack(s, &s->now);
    return status == LIBNC_OK ? nc__convex_certify(s, &s->now) : status;
}

/* Keeps s->now if it is better, or good enough: the later one has the right directions. */
static void keep(nc__convex *s, double tolerance)
{
    if (s->now.gap < s->best.gap || s->now.gap <= tolerance * s->now.value)
        copy_point(s, &s->now, &s->best);
}

/* A direction on its way to zero is small; it was one if the point without it is as good and has no
 * reason to take it up again. */
static libnc_status settle(nc__convex *s, double tolerance)
{
    if (!drop_small(s, &s->now))
        return LIBNC_OK;
    const libnc_status status = nc__convex_certify(s, &s->now);
    if (status == LIBNC_OK && s->now.gap <= tolerance * s->now.value && count_excess(s) == 0)
        copy_point(s, &s->now, &s->best);
    return status;
}

/* Minimises and certifies until the gap is small enough and no direction is missing; s->best is the
 * best point. */
static libnc_status run_rounds(nc__convex *s, double tolerance, int64_t iterations, int64_t *used)
{
    double share = fmax(SMALLEST_SHARE, GRADIENT_SHARE * tolerance);
    int idle = 0;
    s->best.gap = INFINITY;
    for (int round = 0; round < MAX_ROUNDS && *used < iterations; round++) {
        int32_t end;
        const double old_gap = s->best.gap;
        const libnc_status status = run_round(s, share, iterations, used, &end);
        if (status != LIBNC_OK)
            return status;
        keep(s, tolerance);
        idle = s->best.gap < 0.5 * old_gap ? 0 : idle + 1;
        const bool enough = s->best.gap <= tolerance * s->best.value;
        const int64_t missing = count_excess(s);
        if (enough && missing == 0)
            return settle(s, tolerance);
        if (idle >= PATIENCE || (missing == 0 && end != NC__TRUST_CONVERGED))
            return LIBNC_OK;
        add_directions(s);
        share = fmax(SMALLEST_SHARE, TIGHTER * share);
    }
    return LIBNC_OK;
}

/* ---- results ---- */

static void report(nc__convex *s, nc__convex_point *point, nc__convex_result *result)
{
    const int64_t G = s->groups;
    const double slope = s->unit_weight / s->unit_scale;
    result->value = point->value * s->unit_weight;
    result->gap = point->gap * s->unit_weight;
    result->multiplier = point->multiplier * slope;
    result->nuclear = point->nuclear * s->unit_scale;
    result->rank = point->rank;
    for (int64_t i = 0; i < point->rank; i++)
        point->values[i] *= s->unit_scale;
    for (int64_t g = 0; g < G; g++) {
        point->within[g] *= s->unit_scale;
        point->beta[g] /= s->root[g];
        s->within_gradient[g] *= slope;
    }
    for (int64_t i = 0; i < G * G; i++)
        s->gradient[i] *= slope;
    result->values = point->values;
    result->left = point->left;
    result->right = point->right;
    result->within = point->within;
    result->bias = point->beta;
    result->gradient = s->gradient;
    result->within_gradient = s->within_gradient;
}

/* The last result as a start. */
static void recall(nc__convex *s)
{
    for (int64_t i = 0; i < s->best.rank; i++)
        s->best.values[i] /= s->unit_scale;
    for (int64_t g = 0; g < s->groups; g++) {
        s->best.within[g] /= s->unit_scale;
        s->best.beta[g] *= s->root[g];
    }
    copy_point(s, &s->best, &s->now);
}

libnc_status nc__convex_solve(nc__convex *s, const nc__convex_problem *problem,
                              nc__convex_result *result)
{
    const bool warm = problem->warm && s->groups == problem->groups && s->best.nuclear > 0;
    memset(result, 0, sizeof *result);
    result->unique = true;
    take_problem(s, problem);
    if (is_near_targets(s, 1)) {
        place_targets(s, target_scale(s), &s->best);
        result->unique = false;
        const libnc_status status = nc__convex_certify(s, &s->best);
        report(s, &s->best, result);
        return status;
    }
    if (warm)
        recall(s);
    else
        place_zero(s, &s->now);
    nc__convex_point *zero = &s->now;
    libnc_status status = nc__convex_certify(s, zero);
    if (status != LIBNC_OK)
        return status;
    if (!warm && ((!s->ball && largest_slope(s) <= s->bound) || s->classes == 1)) {
        copy_point(s, zero, &s->best);
        report(s, &s->best, result);
        return LIBNC_OK;
    }
    if (warm)
        add_directions(s);
    else
        start_point(s, &s->now);
    status = run_rounds(s, problem->tolerance, problem->iterations, &result->iterations);
    if (status != LIBNC_OK)
        return status;
    result->vanished = !(s->best.value > SMALLEST_VALUE);
    status = nc__convex_certify(s, &s->best); /* for its gradient: others may have come after it */
    report(s, &s->best, result);
    return status;
}
