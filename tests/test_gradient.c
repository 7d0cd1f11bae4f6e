/* SPDX-License-Identifier: MIT
 *
 * test_gradient.c: the gradient of the objective with respect to every parameter, for every loss
 * and penalty, with free features and backbones, in chain order and layer by layer, reduced and
 * not: against fourth-order central differences of the objective, which itself is checked against
 * plain loops.
 */
#include "support/naive_objective.h"

#include "model/linear_head.h"

/* ---- the problems ---- */

typedef struct setting {
    int64_t K, n;   /* classes; samples of the first class: each next has one less, at least 1 */
    int64_t inputs; /* of a backbone, 0 for free features */
    int32_t layers; /* of a backbone */
    int64_t outputs[2];
    int32_t activations[2];
    int32_t depth;
    int64_t widths[3];
    int32_t bias;
    bool chain; /* the order that the shapes ask for */
} setting;

enum { IDENTITY = LIBNC_ACTIVATION_IDENTITY, RELU = LIBNC_ACTIVATION_RELU };

static const setting settings[] = {
    {3, 4, 0, 0, {0}, {0}, 1, {5}, 1, true},
    {3, 4, 0, 0, {0}, {0}, 3, {6, 5, 4}, 1, true},
    {3, 14, 0, 0, {0}, {0}, 2, {4, 5}, 1, true}, /* 39 samples, 7 columns under the reduction */
    {3, 14, 0, 0, {0}, {0}, 1, {4}, 0, true},
    {8, 6, 0, 0, {0}, {0}, 2, {6, 2}, 1, false},
    {8, 6, 0, 0, {0}, {0}, 3, {6, 2, 2}, 0, false},
    {3, 5, 3, 2, {6, 5}, {IDENTITY, IDENTITY}, 2, {5, 4}, 1, true},
    {3, 5, 3, 2, {6, 5}, {RELU, IDENTITY}, 2, {5, 4}, 1, true},
    {3, 5, 4, 1, {5}, {RELU}, 1, {5}, 0, true},
    {8, 2, 4, 2, {6, 5}, {RELU, RELU}, 2, {5, 2}, 1, false},
    {3, 5, 4, 0, {0}, {0}, 2, {4, 5}, 1, true},
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

static const double class_weights[8] = {0.5, 2, 1.25, 0, 3, 0.75, 1, 1.5};

static const naive_loss losses[] = {
    {LIBNC_LOSS_MSE, 0, 0, NULL},
    {LIBNC_LOSS_CROSS_ENTROPY, 0, 0, NULL},
    {LIBNC_LOSS_CROSS_ENTROPY, 0.1, 0, NULL},
    {LIBNC_LOSS_FOCAL, 0, 2, NULL},
    {LIBNC_LOSS_FOCAL, 0, 0.5, NULL},
    {LIBNC_LOSS_MSE, 0, 0, class_weights},
    {LIBNC_LOSS_CROSS_ENTROPY, 0, 0, class_weights},
    {LIBNC_LOSS_CROSS_ENTROPY, 0.2, 0, class_weights},
    {LIBNC_LOSS_FOCAL, 0, 2, class_weights},
};

enum { LOSSES = sizeof losses / sizeof losses[0] };

static bool has_relu(const setting *s)
{
    return (s->layers > 0 && s->activations[0] == RELU) ||
           (s->layers > 1 && s->activations[1] == RELU);
}

static libnc_model *model_of(const setting *s, int32_t scalar)
{
    if (s->inputs > 0)
        return model_on(backbone_of(s->inputs, s->layers, s->outputs, s->activations), scalar, s->K,
                        s->depth, s->widths, s->bias);
    int64_t counts[8];
    for (int64_t k = 0; k < s->K; k++)
        counts[k] = s->n > k ? s->n - k : 1;
    return free_model(scalar, counts, s->K, s->depth, s->widths, s->bias);
}

/* The least distance of a ReLU's input from its kink. */
static double kink_distance(const setting *s, libnc_model *model, const libnc_dataset *dataset)
{
    static const int32_t none[2] = {IDENTITY, IDENTITY};
    double *inputs = inputs_of(dataset), least = INFINITY;
    const int64_t n = libnc_dataset_count(dataset);
    int32_t before[2] = {s->activations[0], IDENTITY};
    for (int32_t l = 1; l <= s->layers; l++) {
        if (s->activations[l - 1] != RELU)
            continue;
        /* layers 1 .. l, the last one without its activation */
        double *values = malloc((size_t)(n * s->inputs) * sizeof *values);
        memcpy(values, inputs, (size_t)(n * s->inputs) * sizeof *values);
        for (int32_t i = 0; i < l; i++)
            values = naive_layer(model, values, n, 2 * i, 2 * i + 1,
                                 (i + 1 < l ? before : none)[i] == RELU);
        for (int64_t i = 0; i < n * s->outputs[l - 1]; i++)
            least = fmin(least, fabs(values[i]));
        free(values);
    }
    free(inputs);
    return least;
}

static run run_of(const setting *s, const naive_loss *loss, int32_t scalar)
{
    libnc_model *model = model_of(s, scalar);
    libnc_dataset *dataset =
        s->inputs ? random_dataset(LIBNC_FLOAT64, s->n * s->K, s->inputs, s->K, 31) : NULL;
    uint64_t seed = 41;
    do
        randomise(model, 0.8, seed++);
    while (has_relu(s) && kink_distance(s, model, dataset) < 0.005);
    run r = make_run(model, loss->kind, LIBNC_OPTIMIZER_GRADIENT_DESCENT, dataset);
    apply_naive_loss(loss, s->K, r.loss);
    return r;
}

/* Unequal decays of every kind, those of biases included. */
static void set_all_decays(run *r)
{
    set_decays(r, 0.02);
    for (int32_t i = 0; i < libnc_model_parameter_count(r->model); i++) {
        const char *name;
        must(libnc_model_parameter_info(r->model, i, &name, NULL, NULL));
        if (strstr(name, "backbone") || strstr(name, "bias"))
            must(libnc_penalty_set_decay(r->penalty, name, 0.01 * (i + 1)));
    }
}

/* ---- differences ---- */

/* The objective with the values of one parameter. */
static double objective_at(run *r, int32_t index, const double *values, size_t size)
{
    must(libnc_model_set_parameter(r->model, index, values, size));
    return objective_of(r);
}

/* d objective / dt at values + t direction, t = 0: (8 (f(h) - f(-h)) - (f(2h) - f(-2h)))/(12 h) */
static double slope_along(run *r, int32_t index, const double *direction, double h)
{
    static const double steps[4] = {1, -1, 2, -2}, factors[4] = {8, -8, -1, 1};
    const size_t size = parameter_size(r->model, index);
    double *values = parameter(r->model, index), *moved = random_values(size, 1, 1), sum = 0;
    for (int k = 0; k < 4; k++) {
        for (size_t i = 0; i < size; i++)
            moved[i] = values[i] + steps[k] * h * direction[i];
        sum += factors[k] * objective_at(r, index, moved, size);
    }
    must(libnc_model_set_parameter(r->model, index, values, size));
    free(values);
    free(moved);
    return sum / (12 * h);
}

static double *gradient_of(run *r, int32_t index)
{
    const size_t size = parameter_size(r->model, index);
    double *gradient = random_values(size, 1, 1);
    must(libnc_trainer_gradient(r->trainer, index, gradient, size));
    return gradient;
}

/* Every value of one gradient against differences: 1e-7 of the gradient's norm. */
static void check_differences(run *r, int32_t index, const char *what)
{
    const size_t size = parameter_size(r->model, index);
    double *gradient = gradient_of(r, index), *direction = calloc(size, sizeof *direction);
    long double error = 0;
    for (size_t i = 0; i < size; i++) {
        direction[i] = 1;
        const double slope = slope_along(r, index, direction, 5e-4);
        direction[i] = 0;
        error += (long double)(slope - gradient[i]) * (slope - gradient[i]);
    }
    const double norm = (double)sqrtl(naive_squares(gradient, size));
    if (!(sqrtl(error) <= 1e-7 * norm) || norm < 1e-4)
        ck_abort_msg("%s, parameter %d: error %Lg of %g", what, index, sqrtl(error), norm);
    free(gradient);
    free(direction);
}

/* The objective, its loss and the norm of its gradient against plain loops and each gradient. */
static void check_objective(run *r, const setting *s, const naive_loss *loss)
{
    double objective, mean, norm, naive_mean;
    long double squares = 0;
    must(libnc_trainer_evaluate(r->trainer, &objective, &mean, &norm));
    const double naive = naive_objective(r, loss, s->layers, s->activations, &naive_mean);
    ck_assert_double_le(fabs(objective - naive), 1e-13 * naive);
    ck_assert_double_le(fabs(mean - naive_mean), 1e-13 * naive_mean);
    for (int32_t i = 0; i < libnc_model_parameter_count(r->model); i++) {
        double *gradient = gradient_of(r, i);
        squares += naive_squares(gradient, parameter_size(r->model, i));
        free(gradient);
    }
    ck_assert_double_le(fabs(norm - (double)sqrtl(squares)), 1e-13 * norm);
}

static void check_setting(const setting *s, const naive_loss *loss, bool decays, bool reduces)
{
    char what[96];
    run r = run_of(s, loss, LIBNC_FLOAT64);
    if (decays)
        set_all_decays(&r);
    set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, reduces);
    snprintf(what, sizeof what, "setting %d, loss %d%s%s", (int)(s - settings),
             (int)(loss - losses), decays ? ", decays" : "", reduces ? ", reduction" : "");
    check_objective(&r, s, loss);
    const bool invariant = loss->kind == LIBNC_LOSS_MSE && !loss->weights;
    const bool pays = libnc_model_samples(r.model) > s->K + s->widths[0];
    ck_assert_int_eq(libnc_trainer_is_reduced(r.trainer), reduces && invariant && pays);
    for (int32_t i = 0; i < libnc_model_parameter_count(r.model); i++)
        check_differences(&r, i, what);
    end_run(&r);
}

START_TEST(shapes_choose_the_order)
{
    bool seen[2][2] = {{false}};
    for (int i = 0; i < SETTINGS; i++) {
        const setting *s = &settings[i];
        libnc_model *model = model_of(s, LIBNC_FLOAT64);
        const int64_t n = s->inputs ? s->n * s->K : libnc_model_samples(model);
        ck_assert_int_eq(nc__linear_head_prefers_chain(model, n), s->chain);
        seen[s->inputs > 0][s->chain] = true;
        libnc_model_destroy(model);
    }
    ck_assert(seen[0][0] && seen[0][1] && seen[1][0] && seen[1][1]);
}
END_TEST

START_TEST(float64_matches_differences)
{
    const setting *s = &settings[_i];
    for (int l = 0; l < LOSSES; l++)
        for (int decays = 0; decays <= 1; decays++)
            for (int reduces = 0; reduces <= (s->inputs == 0 && losses[l].kind == LIBNC_LOSS_MSE);
                 reduces++)
                check_setting(s, &losses[l], decays, reduces);
}
END_TEST

/* ---- float32 ---- */

/* The gradient in float32 against that in float64 at the same parameters. */
static void check_narrow(run *wide, run *narrow, int32_t index, const char *what)
{
    const size_t size = parameter_size(wide->model, index);
    double *a = gradient_of(wide, index), *b = gradient_of(narrow, index);
    long double error = 0;
    for (size_t i = 0; i < size; i++)
        error += (long double)(a[i] - b[i]) * (a[i] - b[i]);
    if (!(sqrtl(error) <= 1e-5 * sqrtl(naive_squares(a, size))))
        ck_abort_msg("%s, parameter %d: error %Lg", what, index, sqrtl(error));
    free(a);
    free(b);
}

/* Along the gradient the objective grows by its norm. */
static void check_growth(run *r, int32_t index, const char *what)
{
    const size_t size = parameter_size(r->model, index);
    double *gradient = gradient_of(r, index);
    const double norm = (double)sqrtl(naive_squares(gradient, size));
    for (size_t i = 0; i < size; i++)
        gradient[i] /= norm;
    const double slope = slope_along(r, index, gradient, 0.04);
    if (!(fabs(slope - norm) <= 1e-3 * norm))
        ck_abort_msg("%s, parameter %d: slope %g along a gradient of norm %g", what, index, slope,
                     norm);
    free(gradient);
}

START_TEST(float32_matches_float64_and_differences)
{
    const setting *s = &settings[_i];
    char what[64];
    for (int l = 0; l < LOSSES; l++)
        for (int decays = 0; decays <= 1; decays++) {
            run narrow = run_of(s, &losses[l], LIBNC_FLOAT32);
            run wide = run_of(s, &losses[l], LIBNC_FLOAT64);
            copy_parameters(narrow.model, wide.model); /* rounded to float */
            if (decays) {
                set_all_decays(&narrow);
                set_all_decays(&wide);
            }
            snprintf(what, sizeof what, "setting %d, loss %d", _i, l);
            const double wanted = objective_of(&wide);
            ck_assert_double_le(fabs(objective_of(&narrow) - wanted), 1e-6 * wanted);
            for (int32_t i = 0; i < libnc_model_parameter_count(wide.model); i++) {
                check_narrow(&wide, &narrow, i, what);
                if (!has_relu(s))
                    check_growth(&narrow, i, what);
            }
            end_run(&narrow);
            end_run(&wide);
        }
}
END_TEST

/* ---- many samples: several blocks of rows, and shares of threads ---- */

static double dot(const double *a, const double *b, size_t size)
{
    long double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += (long double)a[i] * b[i];
    return (double)sum;
}

START_TEST(many_samples)
{
    static const setting large[4] = {
        {3, 800, 0, 0, {0}, {0}, 3, {20, 15, 9}, 1, true},
        {12, 200, 0, 0, {0}, {0}, 2, {10, 3}, 1, false},
        {5, 500, 7, 2, {30, 20}, {IDENTITY, IDENTITY}, 2, {20, 15}, 1, true},
        {20, 110, 7, 2, {50, 20}, {IDENTITY, IDENTITY}, 2, {20, 3}, 1, false},
    };
    const setting *s = &large[_i / 2];
    setting cut = *s;
    int64_t counts[20];
    for (int64_t k = 0; k < s->K; k++)
        counts[k] = s->n;
    must(libnc_context_set_threads(context, 1 + _i % 2));
    for (int l = 0; l < 5; l++) {
        libnc_dataset *dataset =
            s->inputs ? random_dataset(LIBNC_FLOAT32, s->n * s->K, s->inputs, s->K, 31) : NULL;
        libnc_model *model =
            s->inputs ? model_of(&cut, LIBNC_FLOAT64)
                      : free_model(LIBNC_FLOAT64, counts, s->K, s->depth, s->widths, s->bias);
        randomise(model, 0.5, 77);
        run r = make_run(model, losses[l].kind, LIBNC_OPTIMIZER_GRADIENT_DESCENT, dataset);
        apply_naive_loss(&losses[l], s->K, r.loss);
        set_all_decays(&r);
        set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, 0);
        check_objective(&r, s, &losses[l]);
        for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
            const size_t size = parameter_size(model, i);
            double *gradient = gradient_of(&r, i);
            double *direction = random_values(size, 1 / sqrt((double)size), 5);
            const double norm = (double)sqrtl(naive_squares(gradient, size));
            const double slope = slope_along(&r, i, direction, 1e-3);
            ck_assert_double_le(fabs(slope - dot(gradient, direction, size)), 1e-7 * norm);
            free(gradient);
            free(direction);
        }
        end_run(&r);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gradient");
    TCase *tests = add_case(suite, "gradient", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, shapes_choose_the_order);
    tcase_add_loop_test(tests, float64_matches_differences, 0, SETTINGS);
    tcase_add_loop_test(tests, float32_matches_float64_and_differences, 0, SETTINGS);
    tcase_add_loop_test(tests, many_samples, 0, 8);
    return run_suite(suite);
}
