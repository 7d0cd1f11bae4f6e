/* SPDX-License-Identifier: MIT
 *
 * energies.c: projections and coordinates for the constraints of the layer-peeled model
 * (energies.h). Notation there.
 */
#include "train/energies.h"

#include "linalg/tensor_state.h"
#include "train/gradient.h"

#include <float.h>
#include <math.h>

/* Least s/||(u, s)|| after a lift. s = 0 stays 0, so a start on the sphere would never leave it;
 * from here s grows or vanishes at the rate of any other coordinate. The parameters shrink by half
 * its square. */
static const double LEAST_SLACK = 1e-3;
/* Rounding of a squared length after a projection, in units of epsilon. */
static const double ROUNDING = 4;

/* Brings numbers whose squares overflow, 1e154 to 2e308, to where squares and their sums do not. */
static const double FAR_SCALE = 1e-200;

/* ---- blocks of a ball ---- */

static double measure_of(const nc__ball *ball, int64_t k)
{
    return ball->measured ? (double)ball->rows[k] : 1;
}

/* sum_k c_k^power <X_k, Y_k> */
static double dot(const nc__ball *ball, double power, const nc__tensor *x, const nc__tensor *y)
{
    double sum = 0;
    for (int64_t k = 0, row = 0; k < ball->blocks; row += ball->rows[k++]) {
        nc__tensor a = nc__tensor_rows(x, row, ball->rows[k]);
        nc__tensor b = nc__tensor_rows(y, row, ball->rows[k]);
        sum += pow(measure_of(ball, k), power) * nc__dot(&a, &b);
    }
    return sum;
}

/* X_k *= factor c_k^power */
static void scale(const nc__ball *ball, double factor, double power, nc__tensor *x)
{
    for (int64_t k = 0, row = 0; k < ball->blocks; row += ball->rows[k++]) {
        nc__tensor block = nc__tensor_rows(x, row, ball->rows[k]);
        nc__scale(&block, factor * pow(measure_of(ball, k), power));
    }
}

/* Y_k += factor X_k/c_k */
static void add_normal(const nc__ball *ball, double factor, const nc__tensor *x, nc__tensor *y)
{
    for (int64_t k = 0, row = 0; k < ball->blocks; row += ball->rows[k++]) {
        nc__tensor from = nc__tensor_rows(x, row, ball->rows[k]);
        nc__tensor to = nc__tensor_rows(y, row, ball->rows[k]);
        nc__axpy(factor / measure_of(ball, k), &from, &to);
    }
}

/* R^2 = K E */
static double squared_radius(const nc__energies *energies, const nc__ball *ball)
{
    const libnc_penalty *penalty = energies->problem->penalty;
    return (double)energies->problem->model->classes *
           (ball->measured ? penalty->feature_energy : penalty->classifier_energy);
}

/* ---- create and destroy ---- */

static void create_coordinates(const nc__energies *energies, nc__arena *arena, nc__ball *ball)
{
    nc__tensor value = nc__training_parameter(energies->problem, ball->parameter);
    ball->u = nc__arena_tensor(arena, value.scalar, value.rows, value.cols);
    ball->s = nc__arena_tensor(arena, value.scalar, 1, 1);
    ball->d_s = nc__arena_tensor(arena, value.scalar, 1, 1);
}

/* The blocks of W: one. Those of the features: one per class. */
static void create_ball(const nc__energies *energies, nc__arena *arena, nc__ball *ball,
                        bool of_features)
{
    const libnc_model *model = energies->problem->model;
    *ball = (nc__ball){.parameter = of_features ? 0 : nc__model_head_index(model, 1),
                       .blocks = of_features ? model->classes : 1,
                       .measured = of_features};
    ball->rows = nc__arena_alloc(arena, (size_t)ball->blocks, sizeof *ball->rows);
    if (!ball->rows)
        return;
    if (!of_features)
        ball->rows[0] = model->classes;
    for (int64_t i = 0; of_features && i < model->samples; i++)
        ball->rows[model->labels[i]]++;
}

libnc_status nc__energies_create(nc__energies *energies, nc__arena *arena,
                                 const nc__training_problem *problem, bool coordinates)
{
    *energies = (nc__energies){.problem = problem};
    for (int b = 0; b < NC__BALLS; b++) {
        create_ball(energies, arena, &energies->balls[b], b == 1);
        if (coordinates)
            create_coordinates(energies, arena, &energies->balls[b]);
    }
    const libnc_status status = nc__arena_status(arena);
    if (status == LIBNC_OK && coordinates)
        nc__energies_lift(energies);
    return status;
}

/* ---- projections ---- */

static double epsilon_of(const nc__tensor *tensor)
{
    return tensor->scalar == LIBNC_FLOAT32 ? FLT_EPSILON : DBL_EPSILON;
}

void nc__energies_project(nc__energies *energies)
{
    for (int b = 0; b < NC__BALLS; b++) {
        const nc__ball *ball = &energies->balls[b];
        nc__tensor x = nc__training_parameter(energies->problem, ball->parameter);
        const double radius2 = squared_radius(energies, ball);
        double length2 = dot(ball, -1, &x, &x);
        const bool far = isinf(length2);
        if (far) {
            nc__scale(&x, FAR_SCALE);
            length2 = dot(ball, -1, &x, &x);
        }
        if (far || length2 > radius2 * (1 + ROUNDING * epsilon_of(&x)))
            nc__scale(&x, sqrt(radius2 / length2));
    }
}

/* Scaled gradient sqrt(c_k) G_k; scaled parameter X_k/sqrt(c_k): X_k moves by c_k G_k. */
void nc__energies_precondition(const nc__energies *energies, nc__tensor *gradients)
{
    for (int b = 0; b < NC__BALLS; b++) {
        const nc__ball *ball = &energies->balls[b];
        if (ball->measured)
            scale(ball, 1, 1, &gradients[ball->parameter]);
    }
}

/* With the outward normal V_k = X_k/c_k and the distance (R^2 - sum_k ||X_k||^2/c_k)/(2 ||V||) to
 * the boundary: where -<G, V>/||V|| is above the distance, G += ... V makes it equal. */
void nc__energies_project_gradient(const nc__energies *energies, nc__tensor *gradients)
{
    for (int b = 0; b < NC__BALLS; b++) {
        const nc__ball *ball = &energies->balls[b];
        nc__tensor *g = &gradients[ball->parameter];
        nc__tensor x = nc__training_parameter(energies->problem, ball->parameter);
        const double left = squared_radius(energies, ball) - dot(ball, -1, &x, &x);
        const double normal2 = dot(ball, -2, &x, &x);
        const double excess = -dot(ball, -1, g, &x) - fmax(0, left) / 2;
        if (excess > 0 && normal2 > 0)
            add_normal(ball, excess / normal2, &x, g);
    }
}

/* ---- coordinates ---- */

static double number(const nc__tensor *tensor)
{
    double value;
    nc__to_double(tensor, &value);
    return value;
}

static double length_of(const nc__ball *ball)
{
    return sqrt(nc__sum_squares(&ball->u) + nc__sum_squares(&ball->s));
}

/* u = scaled parameter, s^2 = R^2 - ||u||^2, but for LEAST_SLACK. */
void nc__energies_lift(nc__energies *energies)
{
    for (int b = 0; b < NC__BALLS; b++) {
        nc__ball *ball = &energies->balls[b];
        nc__tensor x = nc__training_parameter(energies->problem, ball->parameter);
        nc__copy(&x, &ball->u);
        scale(ball, 1, -0.5, &ball->u);
        const double length2 = nc__sum_squares(&ball->u);
        const double left = squared_radius(energies, ball) - length2;
        const double slack = sqrt(fmax(left, LEAST_SLACK * LEAST_SLACK * length2));
        nc__from_double(&slack, &ball->s);
    }
}

void nc__energies_place(nc__energies *energies)
{
    for (int b = 0; b < NC__BALLS; b++) {
        const nc__ball *ball = &energies->balls[b];
        nc__tensor x = nc__training_parameter(energies->problem, ball->parameter);
        const double radius = sqrt(squared_radius(energies, ball));
        nc__copy(&ball->u, &x);
        scale(ball, radius / length_of(ball), 0.5, &x);
    }
}

/* With G the scaled gradient, r = ||(u, s)||, c = <G, u>/r^2: d_u = R/r (G - c u), d_s = -R/r c s.
 */
void nc__energies_pull_back(nc__energies *energies, nc__tensor *gradients)
{
    for (int b = 0; b < NC__BALLS; b++) {
        nc__ball *ball = &energies->balls[b];
        nc__tensor *g = &gradients[ball->parameter];
        const double length = length_of(ball);
        const double factor = sqrt(squared_radius(energies, ball)) / length;
        scale(ball, factor, 0.5, g);
        const double along = nc__dot(g, &ball->u) / (length * length);
        const double d_s = -along * number(&ball->s);
        nc__axpy(-along, &ball->u, g);
        nc__from_double(&d_s, &ball->d_s);
    }
}

libnc_status nc__energies_pass(nc__state_stream *s, nc__energies *energies)
{
    libnc_status status = LIBNC_OK;
    for (int b = 0; b < NC__BALLS && energies->balls[b].u.data && status == LIBNC_OK; b++) {
        status = nc__tensor_pass(s, &energies->balls[b].u);
        if (status == LIBNC_OK)
            status = nc__tensor_pass(s, &energies->balls[b].s);
    }
    return status;
}
