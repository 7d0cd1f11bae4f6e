/* SPDX-License-Identifier: MIT
 *
 * trust_region.c: trust-region Newton steps by truncated conjugate gradients.
 *
 * At x with gradient g and Hessian H a step s minimises the model g.s + s.Hs/2 within ||s||_D <=
 * radius, approximately: conjugate gradients preconditioned by D until the residual is small, the
 * boundary is reached or a direction of negative curvature is met, which is then followed to the
 * boundary (Steihaug 1983). D is known by its inverse alone: lengths in its norm follow from the
 * recurrences of conjugate gradients (Conn, Gould, Toint, Trust-Region Methods, 7.5.1). On a
 * manifold g, H and s are in coordinates of the tangent space at x, and x moves by a retraction
 * (Absil, Mahony, Sepulchre 2008, chapter 7).
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
    double *gradient, *step, *residual, *scaled, *direction, *product; /* steps */
    double *trial, *kept;                                              /* points */
};

/* One minimisation. */
typedef struct search {
    const nc__trust_problem *problem;
    nc__trust_region *workspace;
    nc__trust_run *run;
    double *x;
    double first_norm;   /* of the gradient */
    double first_radius; /* what later ones are measured by */
    double noise;        /* of values */
    double step_square;  /* ||step||_D^2 */
    bool at_boundary;    /* the step ended there */
    double kept_norm;    /* of the gradient at workspace->kept */
    int32_t stalls;
} search;

libnc_status nc__trust_region_create(nc__trust_region **region, libnc_context *context,
                                     int64_t size, int64_t point_size)
{
    nc__trust_region *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->arena.context = context;
    double **const steps[] = {&created->gradient, &created->step,      &created->residual,
                              &created->scaled,   &created->direction, &created->product};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        *steps[i] = nc__arena_alloc(&created->arena, (size_t)size, sizeof(double));
    created->trial = nc__arena_alloc(&created->arena, (size_t)point_size, sizeof(double));
    created->kept = nc__arena_alloc(&created->arena, (size_t)point_size, sizeof(double));
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

/* Values of a point. */
static int64_t point_size(const search *s)
{
    return s->problem->point_size > 0 ? s->problem->point_size : s->problem->size;
}

/* z = D^{-1} r */
static void precondition(const search *s, const double *residual, double *z)
{
    if (s->problem->precondition)
        s->problem->precondition(s->problem->user, residual, z);
    else
        memcpy(z, residual, (size_t)s->problem->size * sizeof *z);
}

/* The larger root t of ||step + t direction||_D = radius, from the products in D of the two. */
static double reach_of(const search *s, double unit, double inner)
{
    const double rest = s->step_square - s->run->radius * s->run->radius; /* <= 0 */
    const double root = sqrt(fmax(0, inner * inner - unit * rest));
    return inner > 0 ? -rest / (inner + root) : (root - inner) / unit;
}

static void advance(const search *s, double length)
{
    nc__trust_region *workspace = s->workspace;
    for (int64_t i = 0; i < s->problem->size; i++) {
        workspace->step[i] += length * workspace->direction[i];
        workspace->residual[i] += length * workspace->product[i];
    }
}

static void turn(const search *s, double share)
{
    nc__trust_region *workspace = s->workspace;
    for (int64_t i = 0; i < s->problem->size; i++)
        workspace->direction[i] = share * workspace->direction[i] - workspace->scaled[i];
}

static bool may_multiply(const search *s)
{
    return s->run->products == 0 || s->run->products_used < s->run->products;
}

/* Fills workspace->step; the residual is then g + H step. `size` is the residual's square in
 * D^{-1}, `unit` and `inner` the products of the direction with itself and with the step in D. */
static void find_step(search *s)
{
    nc__trust_region *workspace = s->workspace;
    const int64_t n = s->problem->size;
    memset(workspace->step, 0, (size_t)n * sizeof *workspace->step);
    memset(workspace->direction, 0, (size_t)n * sizeof *workspace->direction);
    memcpy(workspace->residual, workspace->gradient, (size_t)n * sizeof *workspace->residual);
    precondition(s, workspace->residual, workspace->scaled);
    turn(s, 0);
    double size = dot(n, workspace->residual, workspace->scaled), largest = 0;
    double unit = size, inner = 0;
    const double fall = s->run->gradient_norm / s->first_norm;
    const double share = fmin(LOOSEST_RESIDUAL, fmax(TIGHTEST_RESIDUAL, fall));
    const double target = share * share * size;
    s->at_boundary = false;
    s->step_square = 0;
    for (int64_t i = 0; i < 2 * n && size > target && (i == 0 || may_multiply(s)); i++) {
        s->problem->hessian(s->problem->user, workspace->direction, workspace->product);
        s->run->products_used++;
        const double curvature = dot(n, workspace->direction, workspace->product);
        largest = fmax(largest, fabs(curvature) / unit);
        if (i > 0 && fabs(curvature) <= CURVATURE_NOISE * largest * unit)
            return;
        const double reach = reach_of(s, unit, inner);
        const double length = curvature > 0 ? size / curvature : INFINITY;
        s->at_boundary = !(length < reach);
        const double way = s->at_boundary ? reach : length;
        advance(s, way);
        s->step_square += way * (2 * inner + way * unit);
        if (s->at_boundary)
            return;
        precondition(s, workspace->residual, workspace->scaled);
        const double next = dot(n, workspace->residual, workspace->scaled), turned = next / size;
        turn(s, turned);
        inner = turned * (inner + way * unit);
        unit = next + turned * turned * unit;
        size = next;
    }
}

/* trial = x moved by the step. */
static void take_step(const search *s)
{
    nc__trust_region *workspace = s->workspace;
    if (s->problem->retract) {
        s->problem->retract(s->problem->user, s->x, workspace->step, workspace->trial);
        return;
    }
    for (int64_t i = 0; i < s->problem->size; i++)
        workspace->trial[i] = s->x[i] + workspace->step[i];
}

static void describe_point(search *s)
{
    nc__trust_region *workspace = s->workspace;
    const int64_t n = s->problem->size;
    s->problem->gradient(s->problem->user, s->x, workspace->gradient);
    s->run->gradient_norm = sqrt(dot(n, workspace->gradient, workspace->gradient));
    s->noise = VALUE_NOISE * fabs(s->run->value);
}

/* Swaps x and trial and describes the new point. */
static void move(search *s)
{
    for (int64_t i = 0; i < point_size(s); i++) {
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
        memcpy(workspace->trial, workspace->kept, (size_t)point_size(s) * sizeof *workspace->kept);
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
        memcpy(workspace->kept, s->x, (size_t)point_size(s) * sizeof *workspace->kept);
        s->kept_norm = s->run->gradient_norm;
    }
    s->run->value = value;
    move(s);
    s->stalls = s->run->gradient_norm > STALLED * s->kept_norm ? s->stalls + 1 : 0;
    return s->stalls >= PATIENCE ? return_to_kept(s) : 0;
}

/* One trial point. Returns 0 to go on. */
static int32_t iterate(search *s)
{
    nc__trust_region *workspace = s->workspace;
    const int64_t n = s->problem->size;
    find_step(s);
    const double predicted = -0.5 * (dot(n, workspace->gradient, workspace->step) +
                                     dot(n, workspace->residual, workspace->step));
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
        s->run->radius = POOR_SHARE * sqrt(s->step_square);
    else if (share > GOOD_SHARE && s->at_boundary)
        s->run->radius *= 2;
    if (share > ACCEPTED_SHARE) {
        s->run->value = value;
        move(s);
        s->stalls = 0;
        s->kept_norm = INFINITY;
        return 0;
    }
    return s->run->radius <= DBL_EPSILON * s->first_radius ? NC__TRUST_PRECISION : 0;
}

int32_t nc__trust_region_minimise(nc__trust_region *region, const nc__trust_problem *problem,
                                  nc__trust_run *run, double *x)
{
    search s = {.problem = problem, .workspace = region, .run = run, .x = x, .kept_norm = INFINITY};
    run->iterations_used = run->products_used = 0;
    if (!(run->radius > 0)) {
        const double length = sqrt(dot(problem->size, x, x));
        run->radius = length > 0 ? length : 1;
    }
    s.first_radius = run->radius;
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
