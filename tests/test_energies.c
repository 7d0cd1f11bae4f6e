/* SPDX-License-Identifier: MIT
 *
 * test_energies.c: training under the energies of the layer-peeled model: steps and projections
 * against plain loops, the projected gradient against finite differences, the optima of figure 3 of
 * Fang et al. (2021), optima inside the constraints, minibatches, changes on the way; error codes.
 */
#include "support/naive_training.h"

#include "train/energies.h"

#include <libnc/blas.h>

enum { FEATURES = 0, WEIGHT = 1 };

static const int64_t counts[3] = {6, 3, 1};
static const double energy_w = 0.8, energy_h = 1.5;

static const naive_loss losses[] = {
    {LIBNC_LOSS_MSE, 0, 0, NULL},
    {LIBNC_LOSS_CROSS_ENTROPY, 0.1, 0, NULL},
    {LIBNC_LOSS_FOCAL, 0, 2, NULL},
};

static libnc_model *small_model(int32_t scalar)
{
    const int64_t width = 4;
    return free_model(scalar, counts, 3, 1, &width, 1);
}

/* Values of the size `scale`: about 0.5 is inside the energies, 2 is not. */
static run small_run(int32_t scalar, const naive_loss *loss, int32_t optimizer, double scale)
{
    libnc_model *model = small_model(scalar);
    randomise(model, scale, 11);
    run r = make_run(model, loss->kind, optimizer, NULL);
    apply_naive_loss(loss, 3, r.loss);
    must(libnc_penalty_set_energies(r.penalty, energy_w, energy_h));
    if (optimizer != LIBNC_OPTIMIZER_LBFGS)
        set_rate(&r, 0.3);
    return r;
}

/* ---- energies in plain loops ---- */

static double weight_energy(libnc_model *model)
{
    double *w = parameter(model, WEIGHT);
    const double sum = (double)naive_squares(w, parameter_size(model, WEIGHT));
    free(w);
    return sum / (double)libnc_model_classes(model);
}

static double *class_sizes(const libnc_model *model)
{
    double *sizes = calloc((size_t)libnc_model_classes(model), sizeof *sizes);
    for (int64_t i = 0; i < libnc_model_samples(model); i++)
        sizes[libnc_model_labels(model)[i]]++;
    return sizes;
}

static double feature_energy(libnc_model *model)
{
    const int64_t d = libnc_model_width(model, 1);
    double *h = parameter(model, FEATURES), *sizes = class_sizes(model), sum = 0;
    for (int64_t i = 0; i < libnc_model_samples(model); i++)
        sum += (double)naive_squares(h + i * d, (size_t)d) / sizes[libnc_model_labels(model)[i]];
    free(h);
    free(sizes);
    return sum / (double)libnc_model_classes(model);
}

static void multiply(libnc_model *model, int32_t index, double factor)
{
    const size_t size = parameter_size(model, index);
    double *values = parameter(model, index);
    for (size_t i = 0; i < size; i++)
        values[i] *= factor;
    must(libnc_model_set_parameter(model, index, values, size));
    free(values);
}

static void check_within(libnc_model *model, double tolerance)
{
    ck_assert_double_le(weight_energy(model), energy_w * (1 + tolerance));
    ck_assert_double_le(feature_energy(model), energy_h * (1 + tolerance));
}

static void naive_project(libnc_model *model)
{
    if (weight_energy(model) > energy_w)
        multiply(model, WEIGHT, sqrt(energy_w / weight_energy(model)));
    if (feature_energy(model) > energy_h)
        multiply(model, FEATURES, sqrt(energy_h / feature_energy(model)));
}

/* One step in the scaled features h/sqrt(n), then the projection. */
static void naive_energy_step(naive_run *n, int32_t kind, double rate, const int64_t *rows,
                              int64_t count)
{
    const nc__update rule = rule_of(kind, rate, 0, ++n->steps);
    const int64_t d = libnc_model_width(n->model, 1);
    double *gradients[NAIVE_PARAMETERS], *sizes = class_sizes(n->model);
    naive_batch(n, rows, count, gradients);
    for (int32_t i = 0; i < libnc_model_parameter_count(n->model); i++) {
        const size_t size = parameter_size(n->model, i);
        double *values = parameter(n->model, i);
        for (size_t a = 0; a < size; a++) {
            const double root =
                i == FEATURES ? sqrt(sizes[libnc_model_labels(n->model)[a / (size_t)d]]) : 1;
            long double scaled = values[a] / root;
            naive_update(&rule, root * gradients[i][a], &scaled, &n->m[i][a], &n->v[i][a]);
            values[a] = (double)scaled * root;
        }
        must(libnc_model_set_parameter(n->model, i, values, size));
        free(values);
        free(gradients[i]);
    }
    free(sizes);
    naive_project(n->model);
}

/* ---- steps ---- */

/* Full batches and minibatches, from inside and from outside the energies. */
static void check_steps(int32_t scalar, const naive_loss *loss, int32_t optimizer, double scale,
                        int64_t batch)
{
    const double tolerance = scalar == LIBNC_FLOAT64 ? 1e-12 : 2e-5;
    run r = small_run(scalar, loss, optimizer, scale);
    naive_run n = naive_begin(&r, small_model(LIBNC_FLOAT64), loss, 0, (int32_t[]){0});
    int64_t order[10], position = 0;
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, batch);
    libnc_dataset *same = random_dataset(LIBNC_FLOAT64, 10, 1, 2, 1); /* of 10 samples */
    naive_project(n.model);
    for (int t = 0; t < 12; t++) {
        int64_t count = 10;
        must(libnc_trainer_step(r.trainer, 1, NULL));
        must(libnc_dataset_order(same, 0, (uint64_t)(position / 10), order, 10));
        if (batch > 0)
            count = 10 - position % 10 < batch ? 10 - position % 10 : batch;
        naive_energy_step(&n, optimizer, 0.3, order + position % 10, count);
        position += batch > 0 ? count : 10;
        ck_assert_double_le(model_distance(n.model, r.model), tolerance);
        check_within(r.model, scalar == LIBNC_FLOAT64 ? 1e-15 * 8 : 1e-6);
    }
    libnc_dataset_destroy(same);
    naive_end(&n);
    end_run(&r);
}

START_TEST(steps_follow_the_formulas)
{
    for (int32_t optimizer = LIBNC_OPTIMIZER_GRADIENT_DESCENT;
         optimizer <= LIBNC_OPTIMIZER_NESTEROV; optimizer++)
        for (int32_t scalar = LIBNC_FLOAT64; scalar <= LIBNC_FLOAT32; scalar++)
            for (int64_t batch = 0; batch <= 4; batch += 2) {
                check_steps(scalar, &losses[_i], optimizer, 0.4, batch);
                check_steps(scalar, &losses[_i], optimizer, 3, batch);
            }
}
END_TEST

/* What is inside is left alone; what is outside is scaled, by step and by run, and not by looking.
 */
START_TEST(start_is_brought_into_the_energies)
{
    for (int32_t optimizer = LIBNC_OPTIMIZER_GRADIENT_DESCENT; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer += LIBNC_OPTIMIZER_LBFGS - 1) {
        run r = small_run(LIBNC_FLOAT64, &losses[1], optimizer, 0.4);
        libnc_model *start = small_model(LIBNC_FLOAT64);
        copy_parameters(r.model, start);
        set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 0);
        must(libnc_trainer_step(r.trainer, 0, NULL));
        ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_ITERATIONS);
        ck_assert(model_distance(start, r.model) == 0);
        multiply(r.model, FEATURES, 10);
        copy_parameters(r.model, start);
        ck_assert(isfinite(objective_of(&r)));
        ck_assert(model_distance(start, r.model) == 0);
        must(libnc_trainer_step(r.trainer, optimizer == LIBNC_OPTIMIZER_LBFGS, NULL));
        check_within(r.model, 1e-15 * 8);
        if (optimizer != LIBNC_OPTIMIZER_LBFGS) {
            ck_assert_double_eq_tol(feature_energy(r.model), energy_h, 1e-14);
            ck_assert(parameter_distance(start, r.model, WEIGHT) == 0);
        }
        libnc_model_destroy(start);
        end_run(&r);
    }
}
END_TEST

/* Squares that overflow: the nearest points of the balls are the same as for a start that is
 * nearer, and a rate of 1e300 ends on the boundary, not at zero. */
START_TEST(nothing_is_too_far)
{
    run near = small_run(LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_MOMENTUM, 3);
    run far = small_run(LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_MOMENTUM, 3);
    for (int32_t i = FEATURES; i <= WEIGHT; i++)
        multiply(far.model, i, 1e200);
    must(libnc_trainer_step(near.trainer, 0, NULL));
    must(libnc_trainer_step(far.trainer, 0, NULL));
    ck_assert_double_le(model_distance(near.model, far.model), 1e-15);
    set_rate(&far, 1e300);
    must(libnc_trainer_step(far.trainer, 1, NULL));
    ck_assert_double_eq_tol(weight_energy(far.model), energy_w, 1e-14);
    ck_assert_double_eq_tol(feature_energy(far.model), energy_h, 1e-14);
    end_run(&near);
    end_run(&far);
}
END_TEST

/* ---- the projected gradient ---- */

/* d loss/d parameter by central differences. */
static double *slopes(run *r, const naive_loss *loss, int32_t index)
{
    static const double step = 1e-5;
    const size_t size = parameter_size(r->model, index);
    double *values = parameter(r->model, index), *slope = malloc(size * sizeof *slope), mean;
    for (size_t i = 0; i < size; i++) {
        const double kept = values[i];
        double value[2];
        for (int side = 0; side < 2; side++) {
            values[i] = kept + (side ? step : -step);
            must(libnc_model_set_parameter(r->model, index, values, size));
            value[side] = naive_objective(r, loss, 0, NULL, &mean);
        }
        slope[i] = (value[1] - value[0]) / (2 * step);
        values[i] = kept;
    }
    must(libnc_model_set_parameter(r->model, index, values, size));
    free(values);
    return slope;
}

/* Limits how far the negative gradient points along the outward normal, `normal` of length above 0,
 * to `distance`; returns 1 if it did. */
static int limit(double *gradient, const double *normal, size_t size, double distance)
{
    double length = sqrt((double)naive_squares(normal, size)), outwards = 0;
    for (size_t i = 0; i < size; i++)
        outwards -= gradient[i] * normal[i] / length;
    if (outwards <= distance)
        return 0;
    for (size_t i = 0; i < size; i++)
        gradient[i] += (outwards - distance) * normal[i] / length;
    return 1;
}

/* trainer.h, from finite differences: returns whether a constraint acted. */
static int check_projected(run *r, const naive_loss *loss, int32_t index)
{
    const size_t size = parameter_size(r->model, index);
    const int64_t d = libnc_model_width(r->model, 1), K = libnc_model_classes(r->model);
    double *expected = slopes(r, loss, index), *normal = parameter(r->model, index);
    double *sizes = class_sizes(r->model), *gradient = random_values(size, 1, 1);
    int acted = 0;
    for (size_t i = 0; i < size && index == FEATURES; i++)
        normal[i] /= sizes[libnc_model_labels(r->model)[i / (size_t)d]];
    const double left = (double)K * (index == FEATURES ? energy_h - feature_energy(r->model)
                                                       : energy_w - weight_energy(r->model));
    const double distance = fmax(0, left) / 2 / sqrt((double)naive_squares(normal, size));
    if (index <= WEIGHT)
        acted = limit(expected, normal, size, distance);
    must(libnc_trainer_gradient(r->trainer, index, gradient, size));
    for (size_t i = 0; i < size; i++)
        ck_assert_double_eq_tol(gradient[i], expected[i], 2e-9);
    free(expected);
    free(normal);
    free(sizes);
    free(gradient);
    return acted;
}

/* Well inside, near the boundary, on it and beyond; with gradients that point outwards (small
 * logits) and inwards (after a change of sign of the classifier they are wrong). */
START_TEST(gradient_is_the_projected_one)
{
    static const double levels[] = {0.3, 0.999, 1, 1.5};
    int acted = 0, free_ones = 0;
    for (int l = 0; l < 3; l++)
        for (int level = 0; level < 4; level++)
            for (int sign = 0; sign < 2; sign++) {
                run r = small_run(LIBNC_FLOAT64, &losses[l], LIBNC_OPTIMIZER_GRADIENT_DESCENT, 2);
                set_rate(&r, 0.3);
                must(libnc_trainer_step(r.trainer, 6, NULL));
                multiply(r.model, WEIGHT, (sign ? -1 : 1) * sqrt(levels[level]));
                multiply(r.model, FEATURES, sqrt(levels[level]));
                for (int32_t i = 0; i < 3; i++) {
                    const int does = check_projected(&r, &losses[l], i);
                    acted += does;
                    free_ones += !does && i <= WEIGHT && level >= 2;
                }
                double objective, loss, norm, squares = 0;
                must(libnc_trainer_evaluate(r.trainer, &objective, &loss, &norm));
                ck_assert(objective == loss);
                for (int32_t i = 0; i < 3; i++) {
                    double g[40];
                    const size_t size = parameter_size(r.model, i);
                    must(libnc_trainer_gradient(r.trainer, i, g, size));
                    squares += (double)naive_squares(g, size);
                }
                ck_assert_double_eq_tol(norm, sqrt(squares), 1e-13 * norm);
                end_run(&r);
            }
    ck_assert_int_ge(acted, 8);
    ck_assert_int_ge(free_ones, 4);
}
END_TEST

/* ---- coordinates for L-BFGS ---- */

/* sum of C_i X_i over W and H where the coordinates lead */
static double placed_product(nc__energies *energies, libnc_model *model, double *const *c)
{
    double sum = 0;
    nc__energies_place(energies);
    for (int32_t i = FEATURES; i <= WEIGHT; i++) {
        double *x = parameter(model, i);
        for (size_t a = 0; a < parameter_size(model, i); a++)
            sum += c[i][a] * x[a];
        free(x);
    }
    return sum;
}

static void check_slopes(nc__energies *energies, libnc_model *model, double *const *c,
                         double *coordinate, const double *expected, size_t size)
{
    static const double step = 1e-5;
    for (size_t a = 0; a < size; a++) {
        const double kept = coordinate[a];
        coordinate[a] = kept + step;
        double slope = placed_product(energies, model, c);
        coordinate[a] = kept - step;
        slope = (slope - placed_product(energies, model, c)) / (2 * step);
        coordinate[a] = kept;
        ck_assert_double_eq_tol(slope, expected[a], 1e-8);
    }
}

/* Coordinates lead back to the parameters they were lifted from, or to the energies; the gradient
 * of a linear function of the parameters is pulled back as differences say, at lengths of (u, s)
 * other than the radius, too. */
START_TEST(coordinates_are_a_map_of_the_balls)
{
    static const double scales[] = {0.2, 0.7, 3};
    libnc_model *model = small_model(LIBNC_FLOAT64), *kept = small_model(LIBNC_FLOAT64);
    libnc_penalty *penalty;
    nc__energies energies;
    must(libnc_penalty_create(&penalty, model));
    must(libnc_penalty_set_energies(penalty, energy_w, energy_h));
    randomise(model, scales[_i], 5);
    copy_parameters(model, kept);
    naive_project(kept);
    const nc__training_problem problem = {.context = context,
                                          .model = model,
                                          .penalty = penalty,
                                          .features = *nc__model_features(model)};
    nc__arena arena = {.context = context};
    must(nc__energies_create(&energies, &arena, &problem, true));
    nc__energies_place(&energies);
    check_within(model, 1e-15 * 8);
    ck_assert_double_le(model_distance(kept, model), 1e-6);
    if (weight_energy(kept) < 0.99 * energy_w && feature_energy(kept) < 0.99 * energy_h)
        ck_assert_double_le(model_distance(kept, model), 1e-15 * 8);
    double *c[2];
    nc__tensor gradients[2];
    for (int32_t i = FEATURES; i <= WEIGHT; i++) {
        nc__ball *ball = &energies.balls[i == FEATURES];
        ck_assert_int_eq(ball->parameter, i);
        nc__scale(&ball->u, 1.7);
        nc__scale(&ball->s, 2.3);
        c[i] = random_values(parameter_size(model, i), 1, 9);
        gradients[i] = nc__tensor_alloc(context, LIBNC_FLOAT64, ball->u.rows, ball->u.cols);
        nc__from_double(c[i], &gradients[i]);
    }
    nc__energies_pull_back(&energies, gradients);
    for (int32_t i = FEATURES; i <= WEIGHT; i++) {
        nc__ball *ball = &energies.balls[i == FEATURES];
        check_slopes(&energies, model, c, ball->u.data, gradients[i].data,
                     parameter_size(model, i));
        check_slopes(&energies, model, c, ball->s.data, ball->d_s.data, 1);
    }
    for (int32_t i = FEATURES; i <= WEIGHT; i++) {
        nc__free(context, gradients[i].data);
        free(c[i]);
    }
    nc__arena_release(&arena);
    libnc_penalty_destroy(penalty);
    libnc_model_destroy(kept);
    libnc_model_destroy(model);
}
END_TEST

/* ---- the optima of the layer-peeled model ---- */

/* Figure 3 of Fang et al. (2021), E_W = 1, E_H = 5, ten classes of which the first `majority` are
 * `ratio` times as large as the rest: optimal loss, cosine of two minority rows (NaN where they
 * vanish). From a solver of the equivalent convex problem. */
typedef struct peeled {
    int majority, ratio;
    double loss, cosine;
} peeled;

static const peeled figure[] = {
    {3, 1, 0.559781524, -0.1111111114},
    {3, 10, 0.2690539549, -0.02023185946},
    {3, 100, 0.05045368009, 0.3106898435},
    {5, 10, 0.2616770386, 0.5174962395},
    {5, 100, 0.09129916408, 1},
    {7, 10, 0.3218534978, NAN},
    {7, 100, 0.2457798804, NAN},
};
enum { CASES = sizeof figure / sizeof *figure, CLASSES = 10 };

static run peeled_run(const peeled *p, int32_t scalar, int32_t optimizer)
{
    int64_t sizes[CLASSES];
    const int64_t width = CLASSES;
    for (int k = 0; k < CLASSES; k++)
        sizes[k] = k < p->majority ? p->ratio : 1;
    libnc_model *model = free_model(scalar, sizes, CLASSES, 1, &width, 0);
    must(libnc_model_initialise(model, LIBNC_INITIALISE_GAUSSIAN, 0.3, 3));
    run r = make_run(model, LIBNC_LOSS_CROSS_ENTROPY, optimizer, NULL);
    must(libnc_penalty_set_energies(r.penalty, 1, 5));
    if (optimizer != LIBNC_OPTIMIZER_LBFGS)
        set_rate(&r, 1);
    return r;
}

static void set_stops(run *r, int64_t iterations, double gradient)
{
    set_integer(r, LIBNC_TRAINER_OPTION_ITERATIONS, iterations);
    must(libnc_options_set_double(libnc_trainer_options(r->trainer),
                                  LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, gradient));
}

static double row_product(const double *w, int a, int b)
{
    double sum = 0;
    for (int j = 0; j < CLASSES; j++)
        sum += w[a * CLASSES + j] * w[b * CLASSES + j];
    return sum;
}

/* Cosines between all minority rows; where they vanish, their lengths. */
static void check_minority(run *r, const peeled *p, double tolerance)
{
    double *w = parameter(r->model, WEIGHT);
    for (int a = p->majority; a < CLASSES; a++)
        for (int b = p->majority; b < a; b++) {
            const double lengths = sqrt(row_product(w, a, a) * row_product(w, b, b));
            if (isnan(p->cosine))
                ck_assert_double_le(lengths, tolerance);
            else
                ck_assert_double_eq_tol(row_product(w, a, b) / lengths, p->cosine, tolerance);
        }
    free(w);
}

/* Every path ends at the optimum of the convex problem. */
static void check_optimum(const peeled *p, int32_t scalar, int32_t optimizer)
{
    const bool exact = scalar == LIBNC_FLOAT64;
    run r = peeled_run(p, scalar, optimizer);
    set_stops(&r, 12000, exact ? 1e-9 : 2e-6);
    const int32_t status = stop_of_run(r.trainer);
    ck_assert_msg(status == LIBNC_STOP_GRADIENT || status == LIBNC_STOP_PRECISION ||
                      (status == LIBNC_STOP_ITERATIONS && !exact),
                  "K_A = %d, R = %d, optimizer %d: status %d", p->majority, p->ratio, optimizer,
                  status);
    const double gap = (objective_of(&r) - p->loss) / p->loss;
    ck_assert_msg(fabs(gap) < (exact ? 1e-9 : 1e-6), "K_A = %d, R = %d, optimizer %d: gap %g",
                  p->majority, p->ratio, optimizer, gap);
    check_minority(&r, p, exact ? 1e-5 : 5e-3);
    if (status == LIBNC_STOP_GRADIENT) { /* the optimum uses both energies up */
        ck_assert_double_eq_tol(weight_energy(r.model), 1, exact ? 1e-9 : 1e-5);
        ck_assert_double_eq_tol(feature_energy(r.model), 5, exact ? 5e-9 : 5e-5);
    }
    end_run(&r);
}

START_TEST(trained_models_reach_the_optimum)
{
    check_optimum(&figure[_i], LIBNC_FLOAT64, LIBNC_OPTIMIZER_LBFGS);
    check_optimum(&figure[_i], LIBNC_FLOAT64, LIBNC_OPTIMIZER_MOMENTUM);
    check_optimum(&figure[_i], LIBNC_FLOAT64, LIBNC_OPTIMIZER_NESTEROV);
    check_optimum(&figure[_i], LIBNC_FLOAT32, LIBNC_OPTIMIZER_LBFGS);
    if (figure[_i].ratio <= 10)
        check_optimum(&figure[_i], LIBNC_FLOAT32, LIBNC_OPTIMIZER_MOMENTUM);
}
END_TEST

START_TEST(gradient_descent_reaches_the_optimum)
{
    check_optimum(&figure[0], LIBNC_FLOAT64, LIBNC_OPTIMIZER_GRADIENT_DESCENT);
    check_optimum(&figure[5], LIBNC_FLOAT64, LIBNC_OPTIMIZER_GRADIENT_DESCENT);
}
END_TEST

/* Repeating minority samples n_A/n_B times is the balanced problem: cosines -1/(K - 1), its loss.
 */
START_TEST(oversampling_restores_the_simplex)
{
    for (int32_t optimizer = LIBNC_OPTIMIZER_MOMENTUM; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer += LIBNC_OPTIMIZER_LBFGS - LIBNC_OPTIMIZER_MOMENTUM) {
        const peeled simplex = {0, 1, figure[0].loss, -1.0 / 9};
        int64_t repeats[CLASSES];
        run r = peeled_run(&figure[_i], LIBNC_FLOAT64, optimizer);
        for (int k = 0; k < CLASSES; k++)
            repeats[k] = k < figure[_i].majority ? 1 : figure[_i].ratio;
        must(libnc_trainer_set_repeats(r.trainer, repeats, CLASSES));
        set_stops(&r, 20000, 1e-9);
        ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GRADIENT);
        ck_assert_double_eq_tol(objective_of(&r), simplex.loss, 1e-9);
        check_minority(&r, &simplex, 1e-6);
        end_run(&r);
    }
}
END_TEST

/* Class weights R in the minority with the divisor N give N'/N times the loss that repeats give,
 * and the same classifier. */
START_TEST(oversampling_and_class_weights_reach_the_same_geometry)
{
    const peeled *p = &figure[_i];
    run r[2];
    double loss[2], weights[CLASSES];
    int64_t repeats[CLASSES], samples = 0, entries = 0;
    for (int k = 0; k < CLASSES; k++) {
        const int64_t count = k < p->majority ? p->ratio : 1;
        repeats[k] = k < p->majority ? 1 : 3;
        weights[k] = (double)repeats[k];
        samples += count;
        entries += count * repeats[k];
    }
    for (int i = 0; i < 2; i++) {
        r[i] = peeled_run(p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_LBFGS);
        if (i == 0)
            must(libnc_trainer_set_repeats(r[i].trainer, repeats, CLASSES));
        else
            must(libnc_loss_set_class_weights(r[i].loss, weights, CLASSES));
        set_stops(&r[i], 3000, 1e-10);
        ck_assert_int_gt(stop_of_run(r[i].trainer), 0);
        loss[i] = objective_of(&r[i]);
    }
    ck_assert_double_eq_tol(loss[1], loss[0] * (double)entries / (double)samples, 1e-11);
    double *w[2] = {parameter(r[0].model, WEIGHT), parameter(r[1].model, WEIGHT)};
    for (int a = 0; a < CLASSES; a++)
        for (int b = 0; b <= a; b++)
            ck_assert_double_eq_tol(row_product(w[0], a, b), row_product(w[1], a, b), 1e-5);
    free(w[0]);
    free(w[1]);
    end_run(&r[0]);
    end_run(&r[1]);
}
END_TEST

/* With a bias: no path is better than the other. */
START_TEST(bias_is_free)
{
    double loss[2];
    for (int i = 0; i < 2; i++) {
        run r = small_run(LIBNC_FLOAT64, &losses[_i],
                          i ? LIBNC_OPTIMIZER_LBFGS : LIBNC_OPTIMIZER_MOMENTUM, 1);
        set_stops(&r, 20000, 1e-10);
        ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GRADIENT);
        loss[i] = objective_of(&r);
        end_run(&r);
    }
    ck_assert_double_eq_tol(loss[0], loss[1], 1e-12);
}
END_TEST

/* ---- optima inside ---- */

/* Smoothed labels bound the logits: with energies above what the optimum needs, its loss is the
 * entropy of the targets, whatever side the start is on. */
START_TEST(optimum_may_be_inside)
{
    static const double delta = 0.3, starts[] = {0.1, 1, 30};
    const double own = 1 - delta + delta / 3, other = delta / 3;
    const double entropy = -own * log(own) - 2 * other * log(other);
    const naive_loss smooth = {LIBNC_LOSS_CROSS_ENTROPY, delta, 0, NULL};
    for (int32_t optimizer = LIBNC_OPTIMIZER_MOMENTUM; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer += LIBNC_OPTIMIZER_LBFGS - LIBNC_OPTIMIZER_MOMENTUM) {
        run r = small_run(LIBNC_FLOAT64, &smooth, optimizer, starts[_i]);
        double norm;
        must(libnc_penalty_set_energies(r.penalty, 9, 16));
        set_stops(&r, 20000, 1e-9);
        ck_assert_int_eq(stop_of_run(r.trainer), LIBNC_STOP_GRADIENT);
        must(libnc_trainer_evaluate(r.trainer, NULL, NULL, &norm));
        ck_assert_double_le(norm, 1e-9);
        ck_assert_double_eq_tol(objective_of(&r), entropy, 1e-13);
        end_run(&r);
    }
}
END_TEST

/* One class and one feature: w h = 1 has loss 0, and every start is at w = h = 2 or beyond, where
 * nothing but leaving the boundary helps. */
START_TEST(boundary_can_be_left)
{
    const int64_t three = 3, one = 1;
    for (int32_t optimizer = LIBNC_OPTIMIZER_MOMENTUM; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer += LIBNC_OPTIMIZER_LBFGS - LIBNC_OPTIMIZER_MOMENTUM) {
        libnc_model *model = free_model(_i ? LIBNC_FLOAT32 : LIBNC_FLOAT64, &three, 1, 1, &one, 0);
        must(libnc_model_set_parameter(model, FEATURES, (double[]){5, 5, 5}, 3));
        must(libnc_model_set_parameter(model, WEIGHT, (double[]){5}, 1));
        run r = make_run(model, LIBNC_LOSS_MSE, optimizer, NULL);
        must(libnc_penalty_set_energies(r.penalty, 4, 4));
        set_stops(&r, 200, _i ? 1e-6 : 1e-12);
        if (optimizer == LIBNC_OPTIMIZER_MOMENTUM)
            set_rate(&r, 0.05);
        set_integer(&r, LIBNC_TRAINER_OPTION_CHECK_EVERY, 1);
        ck_assert_int_gt(stop_of_run(r.trainer), 0);
        const double reached = _i ? 1e-12 : 1e-24;
        ck_assert_double_le(objective_of(&r), optimizer == LIBNC_OPTIMIZER_LBFGS ? reached : 1e-6);
        if (optimizer == LIBNC_OPTIMIZER_LBFGS)
            ck_assert_int_le(libnc_trainer_iterations(r.trainer), 40);
        end_run(&r);
    }
}
END_TEST

/* Where no step lowers the loss any more the line search has tried some: W and H stay where they
 * were, to the bit. */
START_TEST(failed_step_changes_nothing)
{
    run r = small_run(_i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64, &losses[_i / 2],
                      LIBNC_OPTIMIZER_LBFGS, 1);
    libnc_model *before = small_model(LIBNC_FLOAT64);
    int32_t reason = LIBNC_STOP_NONE;
    while (reason == LIBNC_STOP_NONE) {
        copy_parameters(r.model, before);
        reason = stop_of_step(r.trainer, 1);
    }
    ck_assert_int_eq(reason, LIBNC_STOP_PRECISION);
    ck_assert(model_distance(before, r.model) == 0);
    libnc_model_destroy(before);
    end_run(&r);
}
END_TEST

/* ---- minibatches ---- */

/* Stochastic steps with a falling rate come close. */
START_TEST(minibatches_come_close)
{
    const peeled *p = &figure[1];
    run r = peeled_run(p, LIBNC_FLOAT64, LIBNC_OPTIMIZER_MOMENTUM);
    libnc_options *options = libnc_optimizer_options(r.optimizer);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 16);
    set_rate(&r, 0.2);
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, LIBNC_SCHEDULE_COSINE));
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_PERIOD, 6000));
    must(libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_FACTOR, 0));
    must(libnc_trainer_step(r.trainer, 6000, NULL));
    const double gap = (objective_of(&r) - p->loss) / p->loss;
    ck_assert_double_ge(gap, -1e-9);
    ck_assert_double_le(gap, 1e-3);
    end_run(&r);
}
END_TEST

/* ---- changes on the way ---- */

/* Other energies, weights of the loss or parameters during a run: the end is that of a fresh run.
 */
START_TEST(changes_are_seen)
{
    for (int32_t optimizer = LIBNC_OPTIMIZER_MOMENTUM; optimizer <= LIBNC_OPTIMIZER_LBFGS;
         optimizer += LIBNC_OPTIMIZER_LBFGS - LIBNC_OPTIMIZER_MOMENTUM) {
        run r[2];
        for (int i = 0; i < 2; i++) {
            static const double weights[3] = {1, 2, 4};
            r[i] = small_run(LIBNC_FLOAT64, &losses[1], optimizer, 1);
            if (i == 1)
                must(libnc_trainer_step(r[i].trainer, 40, NULL));
            if (_i == 0)
                must(libnc_penalty_set_energies(r[i].penalty, 0.3, 0.6));
            if (_i == 1)
                must(libnc_loss_set_class_weights(r[i].loss, weights, 3));
            if (_i == 2)
                multiply(r[i].model, FEATURES, 7);
            if (_i == 3)
                must(libnc_context_set_threads(context, 1 + i));
            set_stops(&r[i], 30000, 1e-10);
            ck_assert_int_eq(stop_of_run(r[i].trainer), LIBNC_STOP_GRADIENT);
        }
        ck_assert_double_eq_tol(objective_of(&r[0]), objective_of(&r[1]), 1e-12);
        end_run(&r[0]);
        end_run(&r[1]);
    }
    must(libnc_context_set_threads(context, 1));
}
END_TEST

/* Energies that come and go: without them training is what it was. */
START_TEST(energies_can_be_taken_back)
{
    run r = small_run(LIBNC_FLOAT64, &losses[0], LIBNC_OPTIMIZER_MOMENTUM, 1);
    run plain = small_run(LIBNC_FLOAT64, &losses[0], LIBNC_OPTIMIZER_MOMENTUM, 1);
    must(libnc_penalty_set_energies(plain.penalty, 0, 0));
    ck_assert(isfinite(objective_of(&r)));
    must(libnc_penalty_set_energies(r.penalty, 0, 0));
    set_decays(&r, 0.01);
    set_decays(&plain, 0.01);
    must(libnc_trainer_step(r.trainer, 10, NULL));
    must(libnc_trainer_step(plain.trainer, 10, NULL));
    ck_assert(model_distance(r.model, plain.model) == 0);
    const double zero = 0;
    must(libnc_penalty_set_weight_decay(r.penalty, &zero, 1));
    must(libnc_penalty_set_feature_decay(r.penalty, 0));
    must(libnc_penalty_set_energies(r.penalty, energy_w, energy_h));
    must(libnc_trainer_step(r.trainer, 1, NULL));
    check_within(r.model, 1e-15 * 8);
    ck_assert_int_eq(libnc_trainer_is_reduced(r.trainer), 0);
    end_run(&r);
    end_run(&plain);
}
END_TEST

static int32_t look(libnc_trainer *trainer, void *user)
{
    (void)user;
    must(libnc_trainer_evaluate(trainer, NULL, NULL, NULL));
    return 0;
}

/* One call or many, checked and observed or not: the same bits. */
START_TEST(steps_and_runs_are_alike)
{
    static const int32_t optimizers[] = {LIBNC_OPTIMIZER_GRADIENT_DESCENT, LIBNC_OPTIMIZER_NESTEROV,
                                         LIBNC_OPTIMIZER_LBFGS};
    run r[3];
    for (int i = 0; i < 3; i++)
        r[i] = small_run(_i % 2 ? LIBNC_FLOAT32 : LIBNC_FLOAT64, &losses[1], optimizers[_i / 2], 2);
    must(libnc_trainer_step(r[0].trainer, 12, NULL));
    for (int t = 0; t < 12; t++)
        must(libnc_trainer_step(r[1].trainer, 1, NULL));
    must(libnc_trainer_set_observer(r[2].trainer, look, NULL));
    set_integer(&r[2], LIBNC_TRAINER_OPTION_ITERATIONS, 12);
    set_integer(&r[2], LIBNC_TRAINER_OPTION_CHECK_EVERY, 2);
    set_integer(&r[2], LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 3);
    ck_assert_int_eq(stop_of_run(r[2].trainer), LIBNC_STOP_ITERATIONS);
    ck_assert(model_distance(r[0].model, r[1].model) == 0);
    ck_assert(model_distance(r[0].model, r[2].model) == 0);
    for (int i = 0; i < 3; i++)
        end_run(&r[i]);
}
END_TEST

/* ---- bits and memory ---- */

START_TEST(threads_change_nothing)
{
    const int32_t optimizer = _i ? LIBNC_OPTIMIZER_LBFGS : LIBNC_OPTIMIZER_MOMENTUM;
    libnc_model *models[2];
    for (int32_t threads = 1; threads <= 2; threads++) {
        const int64_t large[3] = {400, 150, 50}, width = 130;
        must(libnc_context_set_threads(context, threads));
        libnc_model *model = free_model(LIBNC_FLOAT64, large, 3, 1, &width, 1);
        randomise(model, 0.3, 5);
        run r = make_run(model, LIBNC_LOSS_CROSS_ENTROPY, optimizer, NULL);
        must(libnc_penalty_set_energies(r.penalty, energy_w, energy_h));
        must(libnc_trainer_step(r.trainer, 12, NULL));
        models[threads - 1] = small_model(LIBNC_FLOAT64);
        libnc_model_destroy(models[threads - 1]);
        models[threads - 1] = free_model(LIBNC_FLOAT64, large, 3, 1, &width, 1);
        copy_parameters(model, models[threads - 1]);
        end_run(&r);
    }
    ck_assert(model_distance(models[0], models[1]) == 0);
    libnc_model_destroy(models[0]);
    libnc_model_destroy(models[1]);
}
END_TEST

START_TEST(steps_allocate_nothing)
{
    static const int32_t optimizers[] = {LIBNC_OPTIMIZER_GRADIENT_DESCENT, LIBNC_OPTIMIZER_MOMENTUM,
                                         LIBNC_OPTIMIZER_NESTEROV, LIBNC_OPTIMIZER_LBFGS};
    run r = small_run(LIBNC_FLOAT64, &losses[1], optimizers[_i], 2);
    must(libnc_trainer_step(r.trainer, 1, NULL));
    const int64_t calls = memory.calls;
    ck_assert_int_eq(libnc_trainer_step(r.trainer, 500, NULL), LIBNC_OK);
    ck_assert_int_eq(memory.calls, calls);
    end_run(&r);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(adam_is_refused)
{
    const libnc_status unsupported = LIBNC_ERROR_UNSUPPORTED;
    run r = small_run(LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_ADAM + _i, 1);
    double gradient[12];
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), unsupported, "Adam");
    FAILS(libnc_trainer_run(r.trainer, NULL), unsupported, "Adam");
    FAILS(libnc_trainer_evaluate(r.trainer, NULL, NULL, NULL), unsupported, "Adam");
    FAILS(libnc_trainer_gradient(r.trainer, WEIGHT, gradient, 12), unsupported, "Adam");
    must(libnc_penalty_set_energies(r.penalty, 0, 0));
    must(libnc_trainer_step(r.trainer, 1, NULL));
    end_run(&r);
}
END_TEST

/* Energies whose lengths float32 has no numbers for, instead of parameters that become 0. */
START_TEST(energies_beyond_float32_are_refused)
{
    static const double beyond[] = {1e-100, 9e-61, 1.1e60, 1e100};
    static const int32_t optimizers[] = {LIBNC_OPTIMIZER_MOMENTUM, LIBNC_OPTIMIZER_LBFGS};
    for (int i = 0; i < 8; i++) {
        run r = small_run(LIBNC_FLOAT32, &losses[1], optimizers[i % 2], 1);
        must(libnc_penalty_set_energies(r.penalty, beyond[i / 2], 1));
        FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED, "classifier_energy");
        must(libnc_penalty_set_energies(r.penalty, 1, beyond[i / 2]));
        FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED, "feature_energy");
        must(libnc_penalty_set_energies(r.penalty, 1e-60, 1e-60));
        ck_assert_int_eq(libnc_trainer_step(r.trainer, 3, NULL), LIBNC_OK);
        ck_assert_double_eq_tol(weight_energy(r.model), 1e-60, 1e-65);
        end_run(&r);
    }
}
END_TEST

START_TEST(lbfgs_refuses_minibatches)
{
    run r = small_run(LIBNC_FLOAT64, &losses[1], LIBNC_OPTIMIZER_LBFGS, 1);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 3);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED, "batch_size");
    end_run(&r);
}
END_TEST

START_TEST(divergence_is_seen)
{
    run r = small_run(LIBNC_FLOAT32, &losses[0], LIBNC_OPTIMIZER_LBFGS, 1);
    must(libnc_penalty_set_energies(r.penalty, 1e38, 1e38));
    multiply(r.model, FEATURES, 1e18);
    multiply(r.model, WEIGHT, 1e18);
    ck_assert_int_eq(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_NOT_FINITE);
    end_run(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("energies");
    TCase *tests = add_case(suite, "energies", 60);
    tcase_add_checked_fixture(tests, setup_alone, teardown);
    tcase_add_loop_test(tests, steps_follow_the_formulas, 0, 3);
    tcase_add_test(tests, start_is_brought_into_the_energies);
    tcase_add_test(tests, nothing_is_too_far);
    tcase_add_test(tests, gradient_is_the_projected_one);
    tcase_add_loop_test(tests, coordinates_are_a_map_of_the_balls, 0, 3);
    tcase_add_loop_test(tests, trained_models_reach_the_optimum, 0, CASES);
    tcase_add_test(tests, gradient_descent_reaches_the_optimum);
    tcase_add_loop_test(tests, oversampling_restores_the_simplex, 1, CASES);
    tcase_add_loop_test(tests, oversampling_and_class_weights_reach_the_same_geometry, 1, CASES);
    tcase_add_loop_test(tests, bias_is_free, 0, 3);
    tcase_add_loop_test(tests, optimum_may_be_inside, 0, 3);
    tcase_add_loop_test(tests, boundary_can_be_left, 0, 2);
    tcase_add_loop_test(tests, failed_step_changes_nothing, 0, 6);
    tcase_add_test(tests, minibatches_come_close);
    tcase_add_loop_test(tests, changes_are_seen, 0, 4);
    tcase_add_test(tests, energies_can_be_taken_back);
    tcase_add_loop_test(tests, steps_and_runs_are_alike, 0, 6);
    tcase_add_loop_test(tests, threads_change_nothing, 0, 2);
    tcase_add_loop_test(tests, steps_allocate_nothing, 0, 4);
    tcase_add_loop_test(tests, adam_is_refused, 0, 2);
    tcase_add_test(tests, energies_beyond_float32_are_refused);
    tcase_add_test(tests, lbfgs_refuses_minibatches);
    tcase_add_test(tests, divergence_is_seen);
    return run_suite(suite);
}
