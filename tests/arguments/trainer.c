/* SPDX-License-Identifier: MIT
 *
 * trainer.c: what the functions of libnc/trainer.h refuse.
 */
#include "arguments/tables.h"

static void trainer_set_repeats(void)
{
    NO_CONTEXT("trainer", libnc_trainer_set_repeats(NULL, three_repeats, 3));
    WRONG("repeats", libnc_trainer_set_repeats(w->trainer, NULL, 3));
    EACH(i, not_repeats)
    {
        const int64_t wrong[WORLD_CLASSES] = {1, not_repeats[i], 1};
        WRONG("repeats", libnc_trainer_set_repeats(w->trainer, wrong, 3));
    }
    EACH(i, not_classes64)
    MISFIT("class_count", libnc_trainer_set_repeats(w->trainer, three_repeats, not_classes64[i]));
}

static void trainer_create(void)
{
    libnc_trainer **to = &out.trainer;
    libnc_model *model;
    libnc_dataset *wide, *more;
    libnc_classes *four;
    must(libnc_model_create_free(&model, w->context, 1, w->classes, 2, world_widths, 1));
    must(libnc_classes_balanced(&four, w->context, 4, 2));
    must(libnc_dataset_gaussian(&wide, w->classes, 1, WORLD_INPUTS + 1, 1, 1, 0));
    must(libnc_dataset_gaussian(&more, four, 1, WORLD_INPUTS, 1, 1, 0));
    const libnc_loss *l = w->loss;
    const libnc_penalty *p = w->penalty, *q = w->backbone_penalty;
    const libnc_optimizer *o = w->optimizer;
    NO_CONTEXT("model", libnc_trainer_create(to, NULL, l, p, o, NULL));
    WRONG("trainer", libnc_trainer_create(NULL, model, l, p, o, NULL));
    WRONG("loss", libnc_trainer_create(to, model, NULL, p, o, NULL));
    WRONG("loss", libnc_trainer_create(to, model, abroad.loss, p, o, NULL));
    WRONG("penalty", libnc_trainer_create(to, model, l, NULL, o, NULL));
    WRONG("penalty", libnc_trainer_create(to, model, l, abroad.penalty, o, NULL));
    MISFIT("penalty", libnc_trainer_create(to, model, l, q, o, NULL));
    WRONG("optimizer", libnc_trainer_create(to, model, l, p, NULL, NULL));
    WRONG("optimizer", libnc_trainer_create(to, model, l, p, abroad.optimizer, NULL));
    WRONG("dataset", libnc_trainer_create(to, model, l, p, o, w->dataset));
    WRONG("dataset", libnc_trainer_create(to, w->backbone, l, q, o, NULL));
    WRONG("dataset", libnc_trainer_create(to, w->backbone, l, q, o, abroad.dataset));
    MISFIT("dataset", libnc_trainer_create(to, w->backbone, l, q, o, wide));
    MISFIT("dataset", libnc_trainer_create(to, w->backbone, l, q, o, more));
    REFUSED(LIBNC_ERROR_STATE, "model", libnc_trainer_create(to, w->model, l, p, o, NULL));
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    MISFIT("class_count", libnc_trainer_create(to, model, l, p, o, NULL));
    libnc_dataset_destroy(more);
    libnc_dataset_destroy(wide);
    libnc_classes_destroy(four);
    libnc_model_destroy(model);
}

static void trainer_create_head(void)
{
    libnc_trainer **to = &out.trainer;
    libnc_model *head;
    libnc_penalty *p;
    libnc_classes *four;
    const libnc_classes *c = w->classes;
    const libnc_loss *l = w->loss;
    const libnc_optimizer *o = w->optimizer;
    must(libnc_model_create_head(&head, w->context, 1, WORLD_CLASSES, 2, world_widths, 1));
    must(libnc_penalty_create(&p, head));
    must(libnc_classes_balanced(&four, w->context, 4, 2));
    NO_CONTEXT("model", libnc_trainer_create_head(to, NULL, l, p, o, c));
    WRONG("model", libnc_trainer_create_head(to, w->backbone, l, w->backbone_penalty, o, c));
    WRONG("trainer", libnc_trainer_create_head(NULL, head, l, p, o, c));
    WRONG("loss", libnc_trainer_create_head(to, head, NULL, p, o, c));
    WRONG("loss", libnc_trainer_create_head(to, head, abroad.loss, p, o, c));
    WRONG("penalty", libnc_trainer_create_head(to, head, l, NULL, o, c));
    MISFIT("penalty", libnc_trainer_create_head(to, head, l, w->penalty, o, c));
    WRONG("optimizer", libnc_trainer_create_head(to, head, l, p, NULL, c));
    WRONG("classes", libnc_trainer_create_head(to, head, l, p, o, NULL));
    WRONG("classes", libnc_trainer_create_head(to, head, l, p, o, abroad.classes));
    MISFIT("classes", libnc_trainer_create_head(to, head, l, p, o, four));
    libnc_classes_destroy(four);
    libnc_penalty_destroy(p);
    libnc_model_destroy(head);
}

static void trainer_step_features(void)
{
    enum { ROWS = 2 };
    double h[ROWS * 4] = {1, 2, 3, 4, 5, 6, 7, 8}, d[ROWS * 4], loss, penalty;
    const int32_t y[ROWS] = {0, 2}, low[ROWS] = {0, -1}, high[ROWS] = {WORLD_CLASSES, 0};
    libnc_model *head;
    libnc_penalty *p;
    libnc_trainer *t;
    must(libnc_model_create_head(&head, w->context, 1, WORLD_CLASSES, 2, world_widths, 1));
    must(libnc_penalty_create(&p, head));
    must(libnc_trainer_create_head(&t, head, w->loss, p, w->optimizer, w->classes));
    NO_CONTEXT("trainer", libnc_trainer_step_features(NULL, h, y, 1, ROWS, d, &loss, &penalty));
    REFUSED(LIBNC_ERROR_STATE, "trainer",
            libnc_trainer_step_features(w->trainer, h, y, 1, ROWS, d, &loss, &penalty));
    WRONG("features", libnc_trainer_step_features(t, NULL, y, 1, ROWS, d, &loss, &penalty));
    WRONG("labels", libnc_trainer_step_features(t, h, NULL, 1, ROWS, d, &loss, &penalty));
    WRONG("labels", libnc_trainer_step_features(t, h, low, 1, ROWS, d, &loss, &penalty));
    WRONG("labels", libnc_trainer_step_features(t, h, high, 1, ROWS, d, &loss, &penalty));
    static const int32_t not_label[] = {0, 3, -1, INT32_MIN, INT32_MAX};
    EACH(i, not_label)
    WRONG("label_type",
          libnc_trainer_step_features(t, h, y, not_label[i], ROWS, d, &loss, &penalty));
    EACH(i, not_positive)
    WRONG("count", libnc_trainer_step_features(t, h, y, 1, not_positive[i], d, &loss, &penalty));
    ACCEPTED("d_features", libnc_trainer_step_features(t, h, y, 1, ROWS, NULL, &loss, &penalty));
    ACCEPTED("loss", libnc_trainer_step_features(t, h, y, 1, ROWS, d, NULL, &penalty));
    ACCEPTED("feature_penalty", libnc_trainer_step_features(t, h, y, 1, ROWS, d, &loss, NULL));
    libnc_trainer_destroy(t);
    libnc_penalty_destroy(p);
    libnc_model_destroy(head);
}

static int32_t watch(libnc_trainer *trainer, void *user)
{
    (void)trainer;
    (void)user;
    return 0;
}

static void trainer_set_observer(void)
{
    NO_CONTEXT("trainer", libnc_trainer_set_observer(NULL, watch, NULL));
    ACCEPTED("user", libnc_trainer_set_observer(w->trainer, watch, NULL));
    ACCEPTED("observer", libnc_trainer_set_observer(w->trainer, NULL, NULL));
}

/* What L-BFGS refuses: minibatches. */
static void refuse_minibatches(world *lbfgs)
{
    world *kept = w;
    world_create(lbfgs, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_LBFGS);
    w = lbfgs;
    world_train(w);
    must(libnc_options_set_int64(libnc_trainer_options(w->trainer), LIBNC_TRAINER_OPTION_BATCH_SIZE,
                                 2));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "batch_size", libnc_trainer_step(w->trainer, 1, NULL));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "batch_size",
            libnc_trainer_evaluate(w->trainer, NULL, NULL, NULL));
    world_destroy(w);
    w = kept;
}

static void trainer_step(void)
{
    static world lbfgs;
    NO_CONTEXT("trainer", libnc_trainer_step(NULL, 1, NULL));
    WRONG("count", libnc_trainer_step(w->trainer, -1, NULL));
    WRONG("count", libnc_trainer_step(w->trainer, INT64_MIN, NULL));
    ACCEPTED("count", libnc_trainer_step(w->trainer, 0, NULL));
    ACCEPTED("reason", libnc_trainer_step(w->trainer, 0, NULL));
    refuse_minibatches(&lbfgs);
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    MISFIT("class_count", libnc_trainer_step(w->trainer, 1, NULL));
}

static void trainer_run(void)
{
    NO_CONTEXT("trainer", libnc_trainer_run(NULL, NULL));
    ACCEPTED("reason", libnc_trainer_run(w->trainer, NULL));
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    MISFIT("class_count", libnc_trainer_run(w->trainer, NULL));
}

static void trainer_evaluate(void)
{
    static const char *const outputs[] = {"objective", "loss", "gradient_norm"};
    double *v = out.values;
    void *view;
    NO_CONTEXT("trainer", libnc_trainer_evaluate(NULL, v, v + 1, v + 2));
    EACH(i, outputs)
    ACCEPTED(outputs[i], libnc_trainer_evaluate(w->trainer, NULL, NULL, NULL));
    must(libnc_model_parameter_view(w->model, 1, &view));
    ((double *)view)[3] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "objective",
            libnc_trainer_evaluate(w->trainer, v, v + 1, v + 2));
}

static void trainer_gradient(void)
{
    NO_CONTEXT("trainer", libnc_trainer_gradient(NULL, 0, out.values, FEATURES));
    EACH(i, not_parameter)
    WRONG("index", libnc_trainer_gradient(w->trainer, not_parameter[i], out.values, FEATURES));
    WRONG("values", libnc_trainer_gradient(w->trainer, 0, NULL, FEATURES));
    EACH(i, not_features)
    MISFIT("size", libnc_trainer_gradient(w->trainer, 0, out.values, not_features[i]));
}

static void trainer_sync(void)
{
    NO_CONTEXT("trainer", libnc_trainer_sync(NULL));
}

static void trainer_geometry(void)
{
    NO_CONTEXT("trainer", libnc_trainer_geometry(&out.geometry, NULL));
    WRONG("geometry", libnc_trainer_geometry(NULL, w->trainer));
    must(libnc_penalty_set_feature_decay(w->penalty, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "penalty", libnc_trainer_geometry(&out.geometry, w->trainer));
}

static void trainer_history(void)
{
    static const int32_t wrong[] = {0, 6, -1, INT32_MIN, INT32_MAX};
    static const size_t misfits[] = {0, 1, 3, SIZE_MAX};
    must(libnc_trainer_run(w->trainer, NULL));
    ck_assert_int_eq(libnc_trainer_history_rows(w->trainer), 2);
    NO_CONTEXT("trainer", libnc_trainer_history(NULL, 1, out.values, 2));
    EACH(i, wrong)
    WRONG("column", libnc_trainer_history(w->trainer, wrong[i], out.values, 2));
    WRONG("values", libnc_trainer_history(w->trainer, 1, NULL, 2));
    EACH(i, misfits)
    MISFIT("size", libnc_trainer_history(w->trainer, 1, out.values, misfits[i]));
}

static void trainer_save(void)
{
    void *view;
    must(libnc_trainer_step(w->trainer, 1, NULL));
    NO_CONTEXT("trainer", libnc_trainer_save(NULL, "/tmp/libnc_never"));
    WRONG("path", libnc_trainer_save(w->trainer, NULL));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_trainer_save(w->trainer, ""));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_trainer_save(w->trainer, "/nonexistent/folder/one"));
    must(libnc_model_parameter_view(w->model, 1, &view));
    ((double *)view)[3] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "trainer", libnc_trainer_save(w->trainer, "/tmp/libnc_never"));
}

static void trainer_load(void)
{
    NO_CONTEXT("trainer", libnc_trainer_load(NULL, "/nonexistent"));
    WRONG("path", libnc_trainer_load(w->trainer, NULL));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_trainer_load(w->trainer, "/nonexistent"));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_trainer_load(w->trainer, "/tmp"));
    REFUSED(LIBNC_ERROR_FORMAT, "path", libnc_trainer_load(w->trainer, "Makefile"));
}

static void trainer_set_attachment(void)
{
    NO_CONTEXT("trainer", libnc_trainer_set_attachment(NULL, "x", 1));
    WRONG("bytes", libnc_trainer_set_attachment(w->trainer, NULL, 1));
    REFUSED_AS(LIBNC_ERROR_MEMORY, "size", "bytes",
               libnc_trainer_set_attachment(w->trainer, "x", SIZE_MAX));
    ACCEPTED("bytes", libnc_trainer_set_attachment(w->trainer, NULL, 0));
}

static void trainer_attachment(void)
{
    static const size_t misfits[] = {0, 2, 4, SIZE_MAX};
    must(libnc_trainer_set_attachment(w->trainer, "abc", 3));
    NO_CONTEXT("trainer", libnc_trainer_attachment(NULL, out.bytes, 3));
    WRONG("bytes", libnc_trainer_attachment(w->trainer, NULL, 3));
    EACH(i, misfits)
    MISFIT("size", libnc_trainer_attachment(w->trainer, out.bytes, misfits[i]));
}

static void without_status(void)
{
    DONE(libnc_trainer_destroy(NULL));
    NONE(libnc_trainer_options(NULL));
    NONE(libnc_trainer_model(NULL));
    ZERO(libnc_trainer_reason(NULL));
    ZERO(libnc_trainer_iterations(NULL));
    ZERO(libnc_trainer_seconds(NULL));
    ZERO(libnc_trainer_is_reduced(NULL));
    ZERO(libnc_trainer_history_rows(NULL));
    ZERO(libnc_trainer_attachment_size(NULL));
}

static const argument_check checks[] = {
    CHECKS(trainer_set_repeats),    CHECKS(trainer_create),     CHECKS(trainer_set_observer),
    CHECKS(trainer_step),           CHECKS(trainer_run),        CHECKS(trainer_evaluate),
    CHECKS(trainer_gradient),       CHECKS(trainer_sync),       CHECKS(trainer_geometry),
    CHECKS(trainer_history),        CHECKS(trainer_save),       CHECKS(trainer_load),
    CHECKS(trainer_set_attachment), CHECKS(trainer_attachment), CHECKS(trainer_create_head),
    CHECKS(trainer_step_features),
};

const argument_table trainer_arguments = ARGUMENT_TABLE("trainer", checks, without_status);
