/* SPDX-License-Identifier: MIT */
#include "experiment.h"

#include <math.h> /* NAN: a macro */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "interrupt.h"
#include "json.h"
#include "output.h"
#include "report_page.h"
#include "table.h"

/* Steps between measurements grow by this ratio: about 75 of them in 30,000 steps. */
#define MEASURING_RATIO 1.12

bool training_option(const program *self, const option_spec *option, training *how)
{
    static const char *const optimizers[] = {"sgd", "adam", "lbfgs", NULL};
    static const char *const schedules[] = {"constant", "step", "cosine", NULL};
    static const char *const scalars[] = {"float64", "float32", NULL};
    static const char *const reductions[] = {"off", "auto", NULL};
    if (option->key >= KEY_OPTIMIZER && option->key <= KEY_REDUCTION)
        how->given |= 1u << (option->key - KEY_OPTIMIZER);
    switch (option->key) {
    case KEY_OPTIMIZER: how->optimizer = option_choice(self, option, optimizers); return true;
    case KEY_LEARNING_RATE:
        how->learning_rate = option_number(self, option, 0, false, 1e6);
        return true;
    case KEY_MOMENTUM:
        how->momentum = option_number(self, option, 0, true, 1);
        if (how->momentum == 1)
            stop(self, EXIT_USAGE, "--momentum = 1: must be from 0 and below 1");
        return true;
    case KEY_BETA2:
        how->beta2 = option_number(self, option, 0, true, 1);
        if (how->beta2 == 1)
            stop(self, EXIT_USAGE, "--beta2 = 1: must be from 0 and below 1");
        return true;
    case KEY_ITERATIONS: how->iterations = option_whole(self, option, 1, 1000000000); return true;
    case KEY_GRADIENT_TOLERANCE:
        how->gradient_tolerance = option_number(self, option, 0, true, 1e6);
        return true;
    case KEY_SCHEDULE: how->schedule = option_choice(self, option, schedules); return true;
    case KEY_PERIOD: how->period = option_whole(self, option, 1, 1000000000); return true;
    case KEY_FACTOR: how->factor = option_number(self, option, 0, true, 1); return true;
    case KEY_WARM_UP: how->warm_up = option_whole(self, option, 0, 1000000000); return true;
    case KEY_THREADS: how->threads = (int32_t)option_whole(self, option, 1, 256); return true;
    case KEY_SCALAR:
        how->scalar = option_choice(self, option, scalars) == 0 ? LIBNC_FLOAT64 : LIBNC_FLOAT32;
        return true;
    case KEY_REDUCTION: how->reduction = option_choice(self, option, reductions); return true;
    default: return false;
    }
}

static bool training_given(const training *how, int key)
{
    return (how->given >> (key - KEY_OPTIMIZER) & 1) != 0;
}

/* An option without effect is a mistake of the command line. */
static void training_check(const program *self, const training *how)
{
    bool lbfgs = how->optimizer == OPTIMIZER_LBFGS;
    bool constant = lbfgs || how->schedule == LIBNC_SCHEDULE_CONSTANT;
    if (training_given(how, KEY_LEARNING_RATE) && lbfgs)
        stop(self, EXIT_USAGE, "--learning-rate: must come with --optimizer sgd or adam");
    if (training_given(how, KEY_MOMENTUM) && how->optimizer != OPTIMIZER_SGD)
        stop(self, EXIT_USAGE, "--momentum: must come with --optimizer sgd");
    if (training_given(how, KEY_BETA2) && how->optimizer != OPTIMIZER_ADAM)
        stop(self, EXIT_USAGE, "--beta2: must come with --optimizer adam");
    if (training_given(how, KEY_WARM_UP) && lbfgs)
        stop(self, EXIT_USAGE, "--warm-up: must come with --optimizer sgd or adam");
    if (training_given(how, KEY_SCHEDULE) && lbfgs && how->schedule != LIBNC_SCHEDULE_CONSTANT)
        stop(self, EXIT_USAGE, "--schedule: must come with --optimizer sgd or adam");
    if ((training_given(how, KEY_PERIOD) || training_given(how, KEY_FACTOR)) && constant)
        stop(self, EXIT_USAGE, "--%s: must come with --schedule step or cosine%s",
             training_given(how, KEY_PERIOD) ? "period" : "factor",
             lbfgs ? " and --optimizer sgd or adam" : "");
}

/* ---- making the handles ---- */

/* The problem that is predicted. Repeats are weights of the loss where a sample has its decay once,
 * and copies of the sample where each visit has it (libnc_trainer_set_repeats()). */
static problem visited_problem(const experiment *e)
{
    problem p = problem_copy(e->self, &e->task);
    const int64_t K = p.repeat_count;
    if (!p.decays_visits && K > 0) {
        p.class_weights = allocate(e->self, (size_t)K, sizeof *p.class_weights);
        p.class_weight_count = K;
        p.oversampled = true;
    }
    for (int64_t k = 0; k < K; k++) {
        if (p.decays_visits)
            p.counts.values[k] *= p.repeats[k];
        else
            p.class_weights[k] = (double)p.repeats[k];
    }
    return p;
}

static libnc_geometry *solve_visited(const experiment *e)
{
    problem p = visited_problem(e);
    libnc_classes *classes;
    require(e->self,
            libnc_classes_from_counts(&classes, e->self->context, p.counts.values, p.counts.size));
    libnc_geometry *geometry = problem_solve(e->self, &p, classes);
    libnc_classes_destroy(classes);
    problem_release(&p);
    return geometry;
}

static void check_repeats(const experiment *e)
{
    const problem *p = &e->task;
    if (p->repeats != NULL && p->repeat_count != p->counts.size)
        stop(e->self, EXIT_USAGE,
             "--oversampling: %lld numbers: must be one for each of the %lld classes",
             (long long)p->repeat_count, (long long)p->counts.size);
}

void experiment_predict(experiment *e)
{
    problem_check(e->self, &e->task);
    training_check(e->self, &e->how);
    check_repeats(e);
    problem_describe(e->self, &e->task);
    require(e->self, libnc_classes_from_counts(&e->classes, e->self->context, e->task.counts.values,
                                               e->task.counts.size));
    e->geometry = solve_visited(e);
    e->predicted = NAN;
    if (e->geometry != NULL)
        require(e->self, libnc_geometry_loss(e->geometry, &e->predicted, NULL));
    else
        snprintf(e->unpredicted, sizeof e->unpredicted, "%s",
                 libnc_context_error(e->self->context));
}

static void experiment_loss(experiment *e)
{
    require(e->self, libnc_loss_create(&e->loss, e->self->context, e->task.loss));
    libnc_options *options = libnc_loss_options(e->loss);
    if (e->task.label_smoothing >= 0)
        require(e->self, libnc_options_set_double(options, LIBNC_LOSS_OPTION_LABEL_SMOOTHING,
                                                  e->task.label_smoothing));
    if (e->task.focal_gamma >= 0)
        require(e->self, libnc_options_set_double(options, LIBNC_LOSS_OPTION_FOCAL_GAMMA,
                                                  e->task.focal_gamma));
}

void experiment_penalty(experiment *e)
{
    require(e->self, libnc_penalty_create(&e->penalty, e->model));
    require(e->self, libnc_penalty_set_weight_decay(e->penalty, e->task.weight_decay,
                                                    (int32_t)e->task.weight_decay_count));
    require(e->self, libnc_penalty_set_feature_decay(e->penalty, e->task.feature_decay));
}

static void experiment_optimizer(experiment *e)
{
    static const int32_t kinds[] = {LIBNC_OPTIMIZER_MOMENTUM, LIBNC_OPTIMIZER_ADAM,
                                    LIBNC_OPTIMIZER_LBFGS};
    const training *how = &e->how;
    const program *self = e->self;
    require(self, libnc_optimizer_create(&e->optimizer, self->context, kinds[how->optimizer]));
    libnc_options *options = libnc_optimizer_options(e->optimizer);
    if (how->learning_rate > 0)
        require(self, libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE,
                                               how->learning_rate));
    require(self,
            libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_MOMENTUM, how->momentum));
    require(self, libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_BETA2, how->beta2));
    require(self, libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, how->schedule));
    require(self, libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_WARM_UP, how->warm_up));
    if (how->schedule == LIBNC_SCHEDULE_CONSTANT)
        return; /* no period: a checkpoint may go on to more iterations */
    int64_t period = how->schedule == LIBNC_SCHEDULE_STEP ? how->iterations / 2 : how->iterations;
    period = how->period > 0 ? how->period : period > 0 ? period : 1;
    require(self, libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_PERIOD, period));
    require(self, libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_FACTOR, how->factor));
}

/* L-BFGS arrives: below this norm of the gradient, float64 leaves nothing to gain and thousands of
 * steps to try. */
#define LBFGS_GRADIENT_TOLERANCE 1e-14

static double experiment_gradient_tolerance(const training *how)
{
    if (how->gradient_tolerance >= 0)
        return how->gradient_tolerance;
    return how->optimizer == OPTIMIZER_LBFGS ? LBFGS_GRADIENT_TOLERANCE : 0;
}

static void experiment_trainer(experiment *e)
{
    const program *self = e->self;
    require(self, libnc_trainer_create(&e->trainer, e->model, e->loss, e->penalty, e->optimizer,
                                       e->dataset));
    libnc_options *options = libnc_trainer_options(e->trainer);
    require(self,
            libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_ITERATIONS, e->how.iterations));
    require(self,
            libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_BATCH_SIZE, e->how.batch_size));
    require(self, libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_SEED,
                                          (int64_t)(self->seed % LARGEST_COUNT)));
    require(self,
            libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_REDUCTION, e->how.reduction));
    require(self, libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_CROP_PADDING,
                                          e->how.crop_padding));
    require(self, libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_FLIP, e->how.flip));
    require(self, libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_REPEAT_DECAY,
                                          e->task.decays_visits));
    if (e->task.repeats != NULL)
        require(self, libnc_trainer_set_repeats(e->trainer, e->task.repeats, e->task.repeat_count));
    /* The observer measures at log-spaced steps of its own; the stop rule needs some too. */
    double tolerance = experiment_gradient_tolerance(&e->how);
    require(self,
            libnc_options_set_double(options, LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE, tolerance));
    require(self, libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_CHECK_EVERY,
                                          tolerance > 0 ? 10 : e->how.iterations + 1));
    require(self, libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 1));
}

/* ---- metrics ---- */

/* Which metrics are the run's nc2_* and nc3: distances to the prediction, or where there is none to
 * the simplex ETF (bias, or cross-entropy) or the orthogonal frame. */
typedef struct metric_choice {
    int32_t classifier, features, product;
} metric_choice;

static metric_choice experiment_metrics(const experiment *e)
{
    metric_choice predicted = {LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER,
                               LIBNC_METRIC_NC2_PREDICTED_FEATURES, LIBNC_METRIC_NC3_PREDICTED};
    metric_choice etf = {LIBNC_METRIC_NC2_ETF_CLASSIFIER, LIBNC_METRIC_NC2_ETF_FEATURES,
                         LIBNC_METRIC_NC3_ETF};
    metric_choice of = {LIBNC_METRIC_NC2_OF_CLASSIFIER, LIBNC_METRIC_NC2_OF_FEATURES,
                        LIBNC_METRIC_NC3_OF};
    if (e->geometry != NULL)
        return predicted;
    return e->task.bias || e->task.loss != LIBNC_LOSS_MSE ? etf : of;
}

static double experiment_metric(const experiment *e, int32_t metric, int32_t layer)
{
    double value = NAN;
    require(e->self, libnc_report_value(e->report, metric, layer, &value));
    return value;
}

/* As require(), for what fails when the steps have diverged. */
static void experiment_require(const experiment *e, libnc_status status)
{
    if (status == LIBNC_ERROR_NOT_FINITE && e->how.optimizer != OPTIMIZER_LBFGS)
        stop(e->self, EXIT_FAILURE, "%s; give a lower --learning-rate",
             libnc_context_error(e->self->context));
    require(e->self, status);
}

static double gram_cosine(const experiment *e, const libnc_geometry *geometry)
{
    const int64_t K = e->task.counts.size;
    const size_t size = (size_t)(K * K);
    double *gram = allocate(e->self, size, sizeof *gram);
    require(e->self, geometry != NULL
                         ? libnc_geometry_classifier_gram(geometry, 1, gram, size)
                         : libnc_report_matrix(e->report, LIBNC_GRAM_CLASSIFIER, 1, gram, size));
    const double cosine = minority_cosine(gram, K, e->minority);
    free(gram);
    return cosine;
}

static double measured_cosine(const experiment *e)
{
    return e->minority > 1 ? gram_cosine(e, NULL) : NAN;
}

static double predicted_cosine(const experiment *e)
{
    return e->minority > 1 && e->geometry != NULL ? gram_cosine(e, e->geometry) : NAN;
}

/* What a prediction of copies is compared with: every sample as often as it is visited. */
static void copy_visits(experiment *e)
{
    const program *self = e->self;
    const size_t width = (size_t)libnc_dataset_width(e->dataset) * sizeof(float);
    const char *inputs = libnc_dataset_inputs(e->dataset);
    const int32_t *labels = libnc_dataset_labels(e->dataset);
    size_t entries = 0, at = 0, N = (size_t)libnc_dataset_count(e->dataset);
    for (size_t i = 0; i < N; i++)
        entries += (size_t)e->task.repeats[labels[i]];
    char *copies = allocate(self, entries, width);
    int32_t *classes = allocate(self, entries, sizeof *classes);
    for (size_t i = 0; i < N; i++)
        for (int64_t r = 0; r < e->task.repeats[labels[i]]; r++, at++) {
            memcpy(copies + at * width, inputs + i * width, width);
            classes[at] = labels[i];
        }
    require(self,
            libnc_dataset_from_memory(&e->visits, self->context, LIBNC_FLOAT32, copies, classes,
                                      (int64_t)entries, libnc_dataset_width(e->dataset)));
    free(copies);
    free(classes);
}

/* Running statistics follow with a delay. */
static void settle(experiment *e)
{
    enum { BATCH = 256 };
    const int64_t count = libnc_dataset_count(e->dataset);
    if (count > 1)
        require(e->self, libnc_model_settle(e->model, e->dataset, count < BATCH ? count : BATCH));
}

/* Between the first and the last measurement test images are looked at only if they are wanted. */
static void measure_network(experiment *e, double *row)
{
    const program *self = e->self;
    const bool last =
        e->reason != LIBNC_STOP_NONE || libnc_trainer_iterations(e->trainer) == e->how.iterations;
    measure_accuracies(self, e->model, e->dataset, e->minority, &e->trained);
    row[HISTORY_ACCURACY] = e->trained.all;
    row[HISTORY_MINORITY_COSINE] = measured_cosine(e);
    if (e->test == NULL || !(last || e->measure_every > 0))
        return;
    measure_accuracies(self, e->model, e->test, e->minority, &e->tested);
    row[HISTORY_TEST_ACCURACY] = e->tested.all;
    row[HISTORY_MAJORITY_TEST_ACCURACY] = e->tested.majority;
    row[HISTORY_MINORITY_TEST_ACCURACY] = e->tested.minority;
}

static void measure_layers(const experiment *e, double *row)
{
    const metric_choice metrics = experiment_metrics(e);
    const int32_t chosen[LAYER_METRICS] = {LIBNC_METRIC_NC1, metrics.classifier, metrics.features,
                                           metrics.product};
    for (int32_t j = 1; j <= e->past.depth; j++)
        for (int m = 0; m < LAYER_METRICS; m++)
            history_layer(&e->past, row, j)[m] = experiment_metric(e, chosen[m], j);
}

/* Measures the model as it is now, for the last row of history, which may be there already. */
static void experiment_measure(experiment *e)
{
    const int64_t iteration = libnc_trainer_iterations(e->trainer);
    double objective = NAN;
    if (e->dataset != NULL)
        settle(e);
    experiment_require(e, libnc_trainer_evaluate(e->trainer, &objective, NULL, NULL));
    experiment_require(
        e, libnc_report_measure(e->report, e->model, e->visits != NULL ? e->visits : e->dataset));
    if (e->geometry != NULL)
        require(e->self, libnc_report_compare(e->report, e->geometry, objective));
    double *row = history_add(&e->past, iteration);
    row[HISTORY_OBJECTIVE] = objective;
    row[HISTORY_GAP] = (objective - e->predicted) / e->predicted;
    row[HISTORY_SECONDS] = libnc_trainer_seconds(e->trainer);
    measure_layers(e, row);
    if (e->dataset != NULL)
        measure_network(e, row);
    e->measured = iteration;
}

/* ---- checkpoints ---- */

/* A checkpoint keeps of the program when it measures next, and the rows of history. */
static void experiment_save(experiment *e)
{
    const size_t count = (size_t)(e->past.rows * e->past.width);
    double *numbers = allocate(e->self, 1 + count, sizeof *numbers);
    numbers[0] = (double)e->next_measurement;
    memcpy(numbers + 1, e->past.values, count * sizeof *numbers);
    checkpoint_save(e->self, &e->keep, e->trainer, numbers, 1 + count);
    free(numbers);
}

static void experiment_resume(experiment *e)
{
    const size_t width = (size_t)e->past.width, most = 1 + MAX_HISTORY * width;
    double *numbers = allocate(e->self, most, sizeof *numbers);
    const size_t count = checkpoint_load(e->self, &e->keep, e->trainer, numbers, most);
    if (count == 1 || count % width != 1 ||
        !(numbers[0] >= 0 && numbers[0] <= (double)LARGEST_COUNT))
        stop(e->self, EXIT_FAILURE, "--checkpoint = \"%s\": is of another program", e->keep.path);
    e->next_measurement = (int64_t)numbers[0];
    e->past.rows = (int64_t)(count / width);
    memcpy(e->past.values, numbers + 1, (count - 1) * sizeof *numbers);
    free(numbers);
}

static int64_t next_measurement(const experiment *e, int64_t iteration)
{
    const int64_t next = (int64_t)(MEASURING_RATIO * (double)iteration);
    if (e->measure_every > 0)
        return iteration + e->measure_every;
    return next > iteration ? next : iteration + 1;
}

static const double *experiment_last(const experiment *e)
{
    return history_row(&e->past, e->past.rows - 1);
}

/* As last measured; steps are timed without measurements. */
static void show_progress(experiment *e, int64_t iteration)
{
    const double *last = experiment_last(e);
    const double seconds = libnc_trainer_seconds(e->trainer);
    const int64_t steps = e->how.iterations;
    char words[400];
    if (e->dataset == NULL || iteration == 0) {
        progress_objective(&e->progress, iteration, steps, last[HISTORY_OBJECTIVE]);
        return;
    }
    snprintf(words, sizeof words, "objective %.4g  accuracy %.3g  %.3g steps/s  %.0f s left",
             last[HISTORY_OBJECTIVE], last[HISTORY_ACCURACY], (double)iteration / seconds,
             seconds * (double)(steps - iteration) / (double)iteration);
    progress_show(&e->progress, iteration, steps, words);
}

/* Called at every step: measures at some. */
static int32_t experiment_observe(libnc_trainer *trainer, void *user)
{
    experiment *e = user;
    int64_t iteration = libnc_trainer_iterations(trainer);
    if (iteration >= e->next_measurement) {
        experiment_measure(e);
        e->next_measurement = next_measurement(e, iteration);
    }
    const bool interrupted = interrupt_signal() != 0; /* once: what ends the run is saved */
    const bool ends = interrupted || libnc_trainer_reason(trainer) != LIBNC_STOP_NONE;
    if (e->keep.path != NULL && (ends || checkpoint_is_due(&e->keep)))
        experiment_save(e);
    show_progress(e, iteration);
    return interrupted;
}

/* ---- results ---- */

static const char *reason_words(int32_t reason)
{
    switch (reason) {
    case LIBNC_STOP_GRADIENT: return "the gradient is small";
    case LIBNC_STOP_GAP: return "the gap is small";
    case LIBNC_STOP_PRECISION: return "no progress is possible at this precision";
    case LIBNC_STOP_OBSERVER: return "interrupted";
    default: return "the iteration limit";
    }
}

/* "accuracy" itself is among the keys of every experiment. */
static void accuracies_json(const experiment *e, const accuracies *a, const char *kind,
                            json_writer *json)
{
    char key[40];
    snprintf(key, sizeof key, "class_%saccuracy", kind);
    json_array(json, key, a->by_class, a->class_count);
    snprintf(key, sizeof key, "majority_%saccuracy", kind);
    if (e->minority > 0)
        json_number(json, key, a->majority);
    snprintf(key, sizeof key, "minority_%saccuracy", kind);
    if (e->minority > 0)
        json_number(json, key, a->minority);
}

static void network_json(const experiment *e, json_writer *json)
{
    accuracies_json(e, &e->trained, "", json);
    if (e->tested.by_class != NULL) {
        json_number(json, "test_accuracy", e->tested.all);
        accuracies_json(e, &e->tested, "test_", json);
    }
    if (e->minority > 1) {
        json_number(json, "minority_cosine", measured_cosine(e));
        json_number(json, "predicted_minority_cosine", predicted_cosine(e));
    }
    history_layers_json(e->self, &e->past, json);
}

static void experiment_json(const experiment *e)
{
    const double *last = experiment_last(e);
    json_writer json = {.file = stdout};
    json_number(&json, "loss", last[HISTORY_OBJECTIVE]);
    json_number(&json, "predicted_loss", e->predicted);
    json_number(&json, "relative_gap", last[HISTORY_GAP]);
    json_number(&json, "nc1", last[HISTORY_NC1]);
    json_number(&json, "nc2_classifier", last[HISTORY_NC2_CLASSIFIER]);
    json_number(&json, "nc2_features", last[HISTORY_NC2_FEATURES]);
    json_number(&json, "nc3", last[HISTORY_NC3]);
    json_number(&json, "accuracy", experiment_metric(e, LIBNC_METRIC_ACCURACY, 1));
    if (e->dataset != NULL)
        network_json(e, &json);
    json_whole(&json, "iterations", libnc_trainer_iterations(e->trainer));
    json_number(&json, "seconds", last[HISTORY_SECONDS]);
    json_text(&json, "status", status_words(libnc_geometry_status(e->geometry)));
    json_text(&json, "stopped", reason_words(e->reason));
    if (e->measure_every > 0)
        history_json(e->self, &e->past, &json);
    problem_json(e->self, &e->task, &json);
    json_end(&json);
}

static void experiment_print_prediction(const experiment *e)
{
    char words[200];
    problem_words(&e->task, words, sizeof words);
    printf("%s: %s\n\n", e->self->name, words);
    if (e->geometry == NULL) {
        printf("predicted  nothing: %s\n%s           distances below are to the %s\n",
               e->unpredicted,
               e->task.loss == LIBNC_LOSS_CROSS_ENTROPY && e->task.depth > 1
                   ? "           (libnc-predict --starts n does that)\n"
                   : "",
               e->task.bias || e->task.loss != LIBNC_LOSS_MSE ? "simplex ETF" : "orthogonal frame");
        return;
    }
    int32_t status = libnc_geometry_status(e->geometry);
    printf("predicted  %-18.12g%s, %s%s\n", e->predicted, problem_frame(&e->task),
           status_words(status),
           status == LIBNC_GEOMETRY_CRITICAL_POINT
               ? ": stationary, but lower values may exist (doc/theory.md)"
           : status == LIBNC_GEOMETRY_STALLED
               ? ": the solver could get no nearer to the minimum (doc/theory.md)"
               : "");
}

static void experiment_print_layers(const experiment *e)
{
    static const char *const names[] = {"layer", "nc1",         "nc2_classifier", "nc2_features",
                                        "nc3",   "nc3_duality", "rank_features"};
    enum { NAMES = sizeof names / sizeof *names };
    metric_choice metrics = experiment_metrics(e);
    printf("\nHead layer by layer (1: features H, classifier P = W_M ... W_1)\n");
    text_table t = table_begin(names, NAMES);
    for (int32_t j = 1; j <= libnc_report_depth(e->report); j++) {
        double row[NAMES - 1] = {experiment_metric(e, LIBNC_METRIC_NC1, j),
                                 experiment_metric(e, metrics.classifier, j),
                                 experiment_metric(e, metrics.features, j),
                                 experiment_metric(e, metrics.product, j),
                                 experiment_metric(e, LIBNC_METRIC_NC3_DUALITY, j),
                                 experiment_metric(e, LIBNC_METRIC_RANK_FEATURES, j)};
        table_row(&t, j, row);
    }
    table_end(&t);
}

/* Squared lengths by class at one head layer, predicted (NaN without a prediction) and measured. */
static void experiment_print_lengths(const experiment *e, int32_t layer)
{
    static const char *const names[] = {"class", "count",     "mean^2", "predicted",
                                        "row^2", "predicted", "logit"};
    enum { NAMES = sizeof names / sizeof *names, PRINTED = 20 };
    size_t K = (size_t)e->task.counts.size;
    double *values = allocate(e->self, 5 * K, sizeof *values);
    double *mean = values, *row = values + K, *logit = values + 2 * K;
    double *features = values + 3 * K, *classifier = values + 4 * K;
    require(e->self, libnc_report_vector(e->report, LIBNC_CLASS_MEAN_NORM, layer, mean, K));
    require(e->self, libnc_report_vector(e->report, LIBNC_CLASS_CLASSIFIER_NORM, layer, row, K));
    require(e->self, libnc_report_vector(e->report, LIBNC_CLASS_LOGIT, layer, logit, K));
    if (e->geometry != NULL)
        require(e->self, libnc_geometry_lengths(e->geometry, layer, classifier, features, K));
    printf("\nSquared lengths by class at head layer %d\n", (int)layer);
    text_table t = table_begin(names, NAMES);
    for (size_t k = 0; k < K && k < PRINTED; k++) {
        double cells[NAMES - 1] = {(double)e->task.counts.values[k],          mean[k] * mean[k],
                                   e->geometry != NULL ? features[k] : NAN,   row[k] * row[k],
                                   e->geometry != NULL ? classifier[k] : NAN, logit[k]};
        table_row(&t, (int64_t)k, cells);
    }
    table_end(&t);
    if (K > PRINTED)
        printf("  ... and %zu more classes\n", K - PRINTED);
    free(values);
}

static void print_accuracies(const experiment *e, const char *name, const accuracies *a)
{
    printf("%-10s accuracy %.5g", name, a->all);
    if (e->minority > 0)
        printf(", majority %.5g, minority %.5g", a->majority, a->minority);
    putchar('\n');
}

static void print_network(const experiment *e)
{
    if (e->minority > 0)
        print_accuracies(e, "training", &e->trained);
    if (e->tested.by_class != NULL)
        print_accuracies(e, "test", &e->tested);
    if (e->minority > 1)
        printf("minority   cosine of rows %.5g, predicted %.5g\n", measured_cosine(e),
               predicted_cosine(e));
}

static void experiment_print(const experiment *e)
{
    const double *last = experiment_last(e);
    experiment_print_prediction(e);
    printf("reached    %-18.12g", last[HISTORY_OBJECTIVE]);
    if (e->geometry != NULL)
        printf("relative gap %.3g, ", last[HISTORY_GAP]);
    printf("accuracy %.5g\n", experiment_metric(e, LIBNC_METRIC_ACCURACY, 1));
    if (e->dataset != NULL)
        print_network(e);
    printf("stopped    %lld iterations, %.3g s: %s\n",
           (long long)libnc_trainer_iterations(e->trainer), last[HISTORY_SECONDS],
           reason_words(e->reason));
    if (e->reason == LIBNC_STOP_OBSERVER && e->keep.path != NULL)
        printf("           --resume goes on from %s\n", e->keep.path);
    if (!(last[HISTORY_OBJECTIVE] <= history_row(&e->past, 0)[HISTORY_OBJECTIVE]))
        printf("           above the %.6g before training: a lower --learning-rate may help\n",
               history_row(&e->past, 0)[HISTORY_OBJECTIVE]);
    printf("nc1        %.3g, from %.3g before training\n", last[HISTORY_NC1],
           history_row(&e->past, 0)[HISTORY_NC1]);
    experiment_print_layers(e);
    for (int32_t j = 1; j <= libnc_report_depth(e->report); j++)
        experiment_print_lengths(e, j);
}

static void experiment_files(const experiment *e)
{
    page_begin_words(e->self);
    experiment_print(e);
    page_end_words(e->self);
    history_write(e->self, &e->past, e->dataset != NULL);
    const bool network = e->dataset != NULL;
    const training_run run = {.depth = e->task.depth,
                              .epoch_steps = e->measure_every > 0 ? e->epoch_steps : 0,
                              .predicted = e->predicted,
                              .counts = &e->task.counts,
                              .trained = network ? &e->trained : NULL,
                              .tested = network ? &e->tested : NULL};
    write_files(e->self, &e->task, e->geometry, e->report, &run);
}

/* ---- the whole run ---- */

static void experiment_train(experiment *e)
{
    require(e->self, libnc_trainer_set_observer(e->trainer, experiment_observe, e));
    e->progress = progress_begin(e->self);
    interrupt_listen();
    const libnc_status status = libnc_trainer_run(e->trainer, &e->reason);
    interrupt_end();
    progress_end(&e->progress);
    experiment_require(e, status);
    const bool untested = e->test != NULL && e->tested.by_class == NULL;
    if (untested || e->measured != libnc_trainer_iterations(e->trainer))
        experiment_measure(e);
}

void experiment_run(experiment *e)
{
    if (e->self->out != NULL) /* a folder that cannot be made is known before training */
        make_directory(e->self, e->self->out);
    experiment_loss(e);
    experiment_optimizer(e);
    experiment_trainer(e);
    require(e->self, libnc_report_create(&e->report, e->self->context));
    if (e->task.decays_visits)
        copy_visits(e);
    e->past = history_begin(e->self, e->task.depth);
    e->measured = -1;
    if (e->keep.resume && checkpoint_exists(&e->keep))
        experiment_resume(e);
    experiment_train(e);
    checkpoint_save_model(e->self, &e->keep, e->model);
}

int experiment_end(experiment *e)
{
    if (e->self->json)
        experiment_json(e);
    else
        experiment_print(e);
    if (e->self->out != NULL)
        experiment_files(e);
    libnc_report_destroy(e->report);
    libnc_trainer_destroy(e->trainer);
    libnc_optimizer_destroy(e->optimizer);
    libnc_penalty_destroy(e->penalty);
    libnc_loss_destroy(e->loss);
    libnc_model_destroy(e->model);
    libnc_dataset_destroy(e->visits);
    libnc_dataset_destroy(e->dataset);
    libnc_geometry_destroy(e->geometry);
    libnc_classes_destroy(e->classes);
    libnc_dataset_destroy(e->test);
    free(e->trained.by_class);
    free(e->tested.by_class);
    free(e->past.values);
    problem_release(&e->task);
    const int code = program_end(e->self);
    return interrupt_signal() != 0 ? EXIT_SIGNAL + interrupt_signal() : code;
}
