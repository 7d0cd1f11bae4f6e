/* SPDX-License-Identifier: MIT
 *
 * trust_region.c: trust-region Newton steps by truncated conjugate gradients.
 *
 * At x with gradient g and Hessian H a step s minimises the model g.s + s.(H + mu I)s/2 within
 * ||s||_D <= radius, approximately: conjugate gradients preconditioned by the diagonal D until the
 * residual is small, the boundary is reached or a direction of negative curvature is met, which is
 * then followed to the boundary (Steihaug 1983). mu is zero but on the sphere, where it is the
 * multiplier, steps are tangent, and the new point is scaled back to the sphere; this keeps the
 * model exact to second order (Absil, Mahony, Sepulchre 2008, section 5.5).
 */
#include "minimise/trust_region.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Share of the predicted decrease below which a step is refused, and below or above which the
 * radius shrinks or grows: the usual values (Conn, Gould, Toint, Trust-Region Methods, 6.1). */
#define ACCEPTED_SHARE 0.1
#define POOR_SHARE     0.25
#define GOOD_SHARE     0.75

/* Conjugate gradients end when the residual fell by the gradient's own fall since the start, within
 * these bounds: early steps need no accuracy, and late ones gain little from more than this. */
#define LOOSEST_RESIDUAL  0.1
#define TIGHTEST_RESIDUAL 1e-3

/* Differences of two values below this share of the value are rounding, of sums of many terms. */
#define VALUE_NOISE (256 * DBL_EPSILON)

/* Curvature below this share of the largest seen is zero within the rounding of long sums: no such
 * direction is followed far. */
#define CURVATURE_NOISE (1024 * DBL_EPSILON)

/* Steps that no value can judge are judged by the gradient; after this many that do not shorten it
 * to STALLED of its shortest nothing more can be had. */
enum { PATIENCE = 5 };
#define STALLED 0.5

struct nc__trust_region {
    nc__arena arena;
    int64_t capacity;
    double *gradient, *metric, *step, *residual, *scaled, *direction, *product, *trial, *kept;
};

/* One minimisation. */
typedef struct search {
    const nc__trust_problem *problem;
    nc__trust_region *workspace;
    nc__trust_run *run;
    double *x;
    double square;     /* ||x||^2 on the sphere */
    double first_norm; /* of the gradient */
    double noise;      /* of values */
    double flatness;   /* curvature that flat curves may have; 0 if there are none */
    bool at_boundary;  /* the step ended there */
    bool at_flat;      /* it ended before a direction of curvature below the flatness */
    bool follows_flat; /* the last step did and got nowhere: this one follows such directions */
    double kept_norm;  /* of the gradient at workspace->kept */
    int32_t stalls;
} search;

libnc_status nc__trust_region_create(nc__trust_region **region, libnc_context *context,
                                     int64_t size)
{
    nc__trust_region *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->arena.context = context;
    created->capacity = size;
    double **const vectors[] = {&created->gradient, &created->metric, &created->step,
                                &created->residual, &created->scaled, &created->direction,
                                &created->product,  &created->trial,  &created->kept};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = nc__arena_alloc(&created->arena, (size_t)size, sizeof(double));
    if (created->arena.failed) {
        nc__trust_region_destroy(created);
        return LIBNC_ERROR_MEMORY;
    }
    *region = created;
    return LIBNC_OK;
}

void nc__trust_region_destroy(nc__trust_region *region)
{
    if (!region)
        return;
    nc__arena_release(&region->arena);
    nc__free(region->arena.context, region);
}

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* sum D a b */
static double metric_dot(const search *s, const double *a, const double *b)
{
    const double *metric = s->workspace->metric;
    double sum = 0;
    for (int64_t i = 0; i < s->problem->size; i++)
        sum += metric[i] * a[i] * b[i];
    return sum;
}

/* v -= (x.v / ||x||^2) x on the sphere; returns x.v / ||x||^2. */
static double make_tangent(const search *s, double *v)
{
    const int64_t n = s->problem->sphere;
    if (n == 0)
        return 0;
    const double share = dot(n, s->x, v) / s->square;
    for (int64_t i = 0; i < n; i++)
        v[i] -= share * s->x[i];
    return share;
}

static void project(const search *s, double *v)
{
    if (s->problem->project)
        s->problem->project(s->problem->user, v);
}

/* z = D^{-1}(r - lambda x) with x.z = 0, projected, which keeps that. */
static void precondition(const search *s, const double *residual, double *z)
{
    const double *metric = s->workspace->metric;
    const int64_t n = s->problem->sphere;
    double above = 0, below = 0;
    for (int64_t i = 0; i < n; i++) {
        above += s->x[i] * residual[i] / metric[i];
        below += s->x[i] * s->x[i] / metric[i];
    }
    const double lambda = n > 0 ? above / below : 0;
    for (int64_t i = 0; i < n; i++)
        z[i] = (residual[i] - lambda * s->x[i]) / metric[i];
    for (int64_t i = n; i < s->problem->size; i++)
        z[i] = residual[i] / metric[i];
    project(s, z);
}

/* product = tangent part of (H + mu I) v */
static void apply_hessian(const search *s, const double *v, double *product)
{
    s->problem->hessian(s->problem->user, v, product);
    s->run->products_used++;
    for (int64_t i = 0; i < s->problem->sphere; i++)
        product[i] += s->run->multiplier * v[i];
    project(s, product);
    make_tangent(s, product);
}

/* The larger root t of ||step + t direction||_D = radius. */
static double reach_of(const search *s, double step_square)
{
    const double *p = s->workspace->direction;
    const double a = metric_dot(s, p, p), b = metric_dot(s, s->workspace->step, p);
    const double c = step_square - s->run->radius * s->run->radius; /* <= 0 */
    const double root = sqrt(fmax(0, b * b - a * c));
    return b > 0 ? -c / (b + root) : (root - b) / a;
}

static void advance(const search *s, double length)
{
    nc__trust_region *workspace = s->workspace;
    for (int64_t i = 0; i < s->problem->size; i++) {
        workspace->step[i] += length * workspace->direction[i];
        workspace->residual[i] += length * workspace->product[i];
    }
}

/* Fills workspace->step; the residual is then g + (H + mu I) step. */
static void find_step(search *s)
{
    nc__trust_region *workspace = s->workspace;
    const int64_t n = s->problem->size;
    memset(workspace->step, 0, (size_t)n * sizeof *workspace->step);
    memcpy(workspace->residual, workspace->gradient, (size_t)n * sizeof *workspace->residual);
    precondition(s, workspace->residual, workspace->scaled);
    for (int64_t i = 0; i < n; i++)
        workspace->direction[i] = -workspace->scaled[i];
    double size = dot(n, workspace->residual, workspace->scaled), largest = 0, step_square = 0;
    const double fall = s->run->gradient_norm / s->first_norm;
    const double share = fmin(LOOSEST_RESIDUAL, fmax(TIGHTEST_RESIDUAL, fall));
    const double target = share * share * size;
    s->flatness = s->problem->has_flat_curves && !s->follows_flat
                      ? sqrt(size / metric_dot(s, s->x, s->x))
                      : 0;
    s->at_boundary = s->at_flat = false;
    for (int64_t i = 0; i < 2 * n && size > target; i++) {
        if (s->run->products > 0 && s->run->products_used >= s->run->products && i > 0)
            return;
        apply_hessian(s, workspace->direction, workspace->product);
        const double curvature = dot(n, workspace->direction, workspace->product);
        const double unit = metric_dot(s, workspace->direction, workspace->direction);
        largest = fmax(largest, fabs(curvature) / unit);
        const double zero = fmax(CURVATURE_NOISE * largest, s->flatness) * unit;
        s->at_flat = i > 0 && fabs(curvature) <= zero;
        if (s->at_flat)
            return;
        const double reach = reach_of(s, step_square);
        const double length = curvature > 0 ? size / curvature : INFINITY;
        s->at_boundary = !(length < reach);
        advance(s, s->at_boundary ? reach : length);
        if (s->at_boundary)
            return;
        step_square = metric_dot(s, workspace->step, workspace->step);
        precondition(s, workspace->residual, workspace->scaled);
        const double next = dot(n, workspace->residual, workspace->scaled);
        for (int64_t j = 0; j < n; j++)
            workspace->direction[j] = next / size * workspace->direction[j] - workspace->scaled[j];
        size = next;
    }
}

/* trial = x + step, on the sphere again. */
static void take_step(const search *s)
{
    const int64_t n = s->problem->size, sphere = s->problem->sphere;
    double *trial = s->workspace->trial;
    for (int64_t i = 0; i < n; i++)
        trial[i] = s->x[i] + s->workspace->step[i];
    const double factor = sphere > 0 ? sqrt(s->square / dot(sphere, trial, trial)) : 1;
    for (int64_t i = 0; i < sphere; i++)
        trial[i] *= factor;
}

/* Gradient, multiplier and metric at x. */
static void describe_point(search *s)
{
    nc__trust_region *workspace = s->workspace;
    const int64_t n = s->problem->size;
    s->problem->gradient(s->problem->user, s->x, workspace->gradient);
    project(s, workspace->gradient);
    s->run->multiplier = -make_tangent(s, workspace->gradient);
    s->run->gradient_norm = sqrt(dot(n, workspace->gradient, workspace->gradient));
    s->noise = VALUE_NOISE * fabs(s->run->value);
}

static void describe_metric(const search *s)
{
    for (int64_t i = 0; i < s->problem->size; i++)
        s->workspace->metric[i] = 1;
    if (s->problem->diagonal)
        s->problem->diagonal(s->problem->user, s->workspace->metric);
}

/* Swaps x and trial and describes the new point. */
static void move(search *s)
{
    for (int64_t i = 0; i < s->problem->size; i++) {
        const double old = s->x[i];
        s->x[i] = s->workspace->trial[i];
        s->workspace->trial[i] = old;
    }
    describe_point(s);
}

/* Ends at the best of the points that no value could tell apart. */
static int32_t return_to_kept(search *s)
{
    nc__trust_region *workspace = s->workspace;
    if (s->run->gradient_norm > s->kept_norm) {
        memcpy(workspace->trial, workspace->kept,
               (size_t)s->problem->size * sizeof *workspace->kept);
        s->run->value = s->problem->value(s->problem->user, workspace->trial);
        move(s);
    }
    return NC__TRUST_PRECISION;
}

/* A step that changes the value by less than its rounding: gradients decide. They may grow for a
 * while, where a variable has to pass a flat region. Returns 0 to go on. */
static int32_t move_within_noise(search *s, double value)
{
    nc__trust_region *workspace = s->workspace;
    if (s->run->gradient_norm < s->kept_norm) {
        memcpy(workspace->kept, s->x, (size_t)s->problem->size * sizeof *workspace->kept);
        s->kept_norm = s->run->gradient_norm;
    }
    s->run->value = value;
    s->follows_flat = false;
    move(s);
    s->stalls = s->run->gradient_norm > STALLED * s->kept_norm ? s->stalls + 1 : 0;
    return s->stalls >= PATIENCE ? return_to_kept(s) : 0;
}

/* One trial point. Returns 0 to go on. */
static int32_t iterate(search *s)
{
    nc__trust_region *workspace = s->workspace;
    const int64_t n = s->problem->size;
    describe_metric(s);
    if (!(s->run->radius > 0)) {
        const double length = sqrt(metric_dot(s, s->x, s->x));
        s->run->radius = length > 0 ? length : 1;
    }
    find_step(s);
    const double predicted = -0.5 * (dot(n, workspace->gradient, workspace->step) +
                                     dot(n, workspace->residual, workspace->step));
    const double length = sqrt(metric_dot(s, workspace->step, workspace->step));
    if (!(predicted > 0) || !isfinite(predicted))
        return NC__TRUST_PRECISION;
    take_step(s);
    const double value = s->problem->value(s->problem->user, workspace->trial);
    s->run->iterations_used++;
    const double share =
        isfinite(value) ? (s->run->value - value + s->noise) / (predicted + s->noise) : -1;
    if (predicted <= s->noise)
        return share > ACCEPTED_SHARE ? move_within_noise(s, value) : return_to_kept(s);
    if (share < POOR_SHARE)
        s->run->radius = POOR_SHARE * length;
    else if (share > GOOD_SHARE && s->at_boundary)
        s->run->radius *= 2;
    const double old_norm = s->run->gradient_norm;
    s->follows_flat = s->at_flat;
    if (share > ACCEPTED_SHARE) {
        s->run->value = value;
        move(s);
        s->follows_flat = s->at_flat && s->run->gradient_norm > STALLED * old_norm;
        s->stalls = 0;
        s->kept_norm = INFINITY;
        return 0;
    }
    const double scale = sqrt(metric_dot(s, s->x, s->x));
    return s->run->radius <= DBL_EPSILON * scale || s->run->radius == 0 ? NC__TRUST_PRECISION : 0;
}

int32_t nc__trust_region_minimise(nc__trust_region *region, const nc__trust_problem *problem,
                                  nc__trust_run *run, double *x)
{
    search s = {.problem = problem, .workspace = region, .run = run, .x = x, .kept_norm = INFINITY};
    run->iterations_used = run->products_used = 0;
    s.square = dot(problem->sphere, x, x);
    run->value = problem->value(problem->user, x);
    describe_point(&s);
    s.first_norm = run->gradient_norm;
    if (!isfinite(run->value) || !isfinite(run->gradient_norm))
        return NC__TRUST_NOT_FINITE;
    for (;;) {
        if (run->gradient_norm <= run->tolerance)
            return NC__TRUST_CONVERGED;
        if (run->iterations_used >= run->iterations ||
            (run->products > 0 && run->products_used >= run->products))
            return NC__TRUST_ITERATIONS;
        const int32_t end = iterate(&s);
        if (end != 0)
            return end;
    }
}
