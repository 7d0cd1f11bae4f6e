/* SPDX-License-Identifier: MIT
 *
 * calls_train.h: calls of backbone.h, network.h, model.h, loss.h, penalty.h, optimizer.h and
 * trainer.h.
 */
#ifndef CALLS_TRAIN_H
#define CALLS_TRAIN_H

#include "calls_base.h"

/* ---- backbone.h ---- */

DESTROY(BACKBONE, backbone_destroy)
GETTER(BACKBONE, backbone_layers)
GETTER(BACKBONE, backbone_outputs)

/* For the width of a dataset mostly. */
CALL(backbone_create)
{
    libnc_backbone **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t p = libnc_dataset_width(a_handle(DATASET));
    const int64_t inputs = a_number(p, p);
    if (STATUS(c, libnc_backbone_create(out, c, inputs)))
        keep(BACKBONE, out);
}

CALL(backbone_add_affine)
{
    libnc_backbone *backbone = a_handle(BACKBONE);
    const int64_t outputs = a_number(3, 6);
    const int32_t activation = a_key(LIBNC_ACTIVATION_IDENTITY, LIBNC_ACTIVATION_RELU);
    STATUS(backbone, libnc_backbone_add_affine(backbone, outputs, activation));
}

/* ---- network.h ---- */

DESTROY(NETWORK, network_destroy)
GETTER(NETWORK, network_nodes)
GETTER(NETWORK, network_outputs)

/* For the width of a dataset mostly, as a row or a column of pixels or channels. */
CALL(network_create)
{
    libnc_network **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t p = libnc_dataset_width(a_handle(DATASET));
    const unsigned side = choose(3);
    const int64_t channels = a_number(side == 0 ? p : 1, side == 0 ? p : 1),
                  height = side == 1 ? p : 1, width = side == 2 ? p : 1;
    if (STATUS(c, libnc_network_create(out, c, channels, height, width)))
        keep(NETWORK, out);
}

CALL(network_create_named)
{
    static const char *const names[] = {"mlp",      "vgg11",        "vgg13", "vgg16",
                                        "resnet18", "resnet18_7x7", "",      "x\n"};
    libnc_network **out = pointer_out();
    libnc_context *c = a_context();
    const char *name = rarely(24) ? NULL : names[choose(COUNT(names))];
    const int64_t side = an_amount(1, 6), base = an_amount(1, 2);
    if (STATUS(c, libnc_network_create_named(out, c, name, 1, side, side, base)))
        keep(NETWORK, out);
}

CALL(network_pad)
{
    libnc_network *network = a_handle(NETWORK);
    const int64_t border = an_amount(0, 2);
    STATUS(network, libnc_network_pad(network, border));
}

CALL(network_convolution)
{
    libnc_network *network = a_handle(NETWORK);
    const int64_t outputs = an_amount(0, 4), kernel = an_amount(0, 3), stride = an_amount(0, 2),
                  padding = an_amount(0, 2);
    const int32_t bias = a_key(0, 1);
    STATUS(network, libnc_network_convolution(network, outputs, kernel, stride, padding, bias));
}

CALL(network_normalisation)
{
    libnc_network *network = a_handle(NETWORK);
    STATUS(network, libnc_network_normalisation(network));
}

CALL(network_activation)
{
    libnc_network *network = a_handle(NETWORK);
    const int32_t activation = a_key(LIBNC_ACTIVATION_RELU, LIBNC_ACTIVATION_RELU);
    STATUS(network, libnc_network_activation(network, activation));
}

CALL(network_pooling)
{
    libnc_network *network = a_handle(NETWORK);
    const int32_t kind_of = a_key(LIBNC_POOLING_MAX, LIBNC_POOLING_MEAN);
    const int64_t size = an_amount(0, 2), stride = size == 0 ? 0 : an_amount(0, 2);
    STATUS(network, libnc_network_pooling(network, kind_of, size, stride, 0));
}

CALL(network_affine)
{
    libnc_network *network = a_handle(NETWORK);
    const int64_t outputs = an_amount(0, 6);
    STATUS(network, libnc_network_affine(network, outputs));
}

static int64_t a_node(const libnc_network *network)
{
    return a_number(0, libnc_network_nodes(network));
}

CALL(network_add)
{
    libnc_network *network = a_handle(NETWORK);
    const int64_t node = a_node(network);
    STATUS(network, libnc_network_add(network, node));
}

CALL(network_from)
{
    libnc_network *network = a_handle(NETWORK);
    const int64_t node = a_node(network);
    STATUS(network, libnc_network_from(network, node));
}

CALL(network_name)
{
    static const char *const names[] = {"conv1", "a.b.c", "head.1", "", "x\n\x1b[31m"};
    libnc_network *network = a_handle(NETWORK);
    const char *name = rarely(24) ? NULL : names[choose(COUNT(names))];
    STATUS(network, libnc_network_name(network, name));
}

CALL(network_shape)
{
    const libnc_network *network = a_handle(NETWORK);
    const int64_t node = a_node(network);
    int64_t *channels = wholes_out(1), *height = wholes_out(1), *width = wholes_out(1);
    STATUS(network, libnc_network_shape(network, node, channels, height, width));
}

/* ---- model.h ---- */

DESTROY(MODEL, model_destroy)
GETTER(MODEL, model_classes)
GETTER(MODEL, model_depth)
GETTER_AT(MODEL, model_width, 1, 3)
GETTER(MODEL, model_samples)
GETTER(MODEL, model_inputs)
GETTER(MODEL, model_has_bias)
GETTER(MODEL, model_scalar)
GETTER(MODEL, model_labels)
GETTER(MODEL, model_parameter_count)

enum { MOST_DEPTH = 1000 };

/* The deepest take long. */
static int32_t a_depth(void)
{
    const int32_t depth = a_key(1, 3);
    return depth == MOST_DEPTH && !rarely(16) ? 10 : depth;
}

CALL(model_create_free)
{
    libnc_model **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t scalar = a_scalar();
    const libnc_classes *classes = a_handle(CLASSES);
    const int32_t depth = a_depth();
    const int64_t *widths = wholes_in(MOST_DEPTH, 3, 6);
    const int32_t bias = a_key(0, 1);
    if (STATUS(c, libnc_model_create_free(out, c, scalar, classes, depth, widths, bias)))
        keep(MODEL, out);
}

/* For the classes and the width of a dataset mostly. */
CALL(model_create_backbone)
{
    libnc_model **out = pointer_out();
    const libnc_backbone *backbone = a_handle(BACKBONE);
    const libnc_dataset *dataset = a_handle(DATASET);
    const int32_t scalar = a_scalar();
    const int64_t K = libnc_classes_count(libnc_dataset_classes(dataset));
    const int64_t classes = a_number(K, K);
    const int32_t depth = a_depth(), bias = a_key(0, 1);
    int64_t *widths = wholes_in(MOST_DEPTH, 3, 6);
    if (widths && backbone && !rarely(16))
        widths[0] = libnc_backbone_outputs(backbone);
    if (STATUS(backbone,
               libnc_model_create_backbone(out, backbone, scalar, classes, depth, widths, bias)))
        keep(MODEL, out);
}

CALL(model_create_head)
{
    libnc_model **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t scalar = a_scalar(), depth = a_depth(), bias = a_key(0, 1);
    const int64_t K = libnc_classes_count(a_handle(CLASSES));
    const int64_t classes = rarely(8) || K > 40 ? an_amount(1, 4) : K;
    int64_t *widths = wholes_in(MOST_DEPTH, 3, 6);
    if (STATUS(c, libnc_model_create_head(out, c, scalar, classes, depth, widths, bias)))
        keep(MODEL, out);
}

CALL(model_create_network)
{
    libnc_model **out = pointer_out();
    const libnc_network *network = a_handle(NETWORK);
    const libnc_dataset *dataset = a_handle(DATASET);
    const int32_t scalar = a_scalar();
    const int64_t K = libnc_classes_count(libnc_dataset_classes(dataset));
    const int64_t classes = a_number(K, K);
    const int32_t depth = a_depth(), bias = a_key(0, 1);
    int64_t *widths = wholes_in(MOST_DEPTH, 3, 6);
    if (widths && network && !rarely(16))
        widths[0] = libnc_network_outputs(network);
    if (STATUS(network,
               libnc_model_create_network(out, network, scalar, classes, depth, widths, bias)))
        keep(MODEL, out);
}

GETTER(MODEL, model_state_count)

CALL(model_state_info)
{
    const libnc_model *model = a_handle(MODEL);
    const int32_t index = a_key(0, 1);
    const char **name = pointer_out();
    int64_t *size = wholes_out(1);
    STATUS(model, libnc_model_state_info(model, index, name, size));
}

CALL(model_state_view)
{
    libnc_model *model = a_handle(MODEL);
    const int32_t index = a_key(0, 1);
    void **data = pointer_out();
    STATUS(model, libnc_model_state_view(model, index, data));
}

CALL(model_settle)
{
    libnc_model *model = a_handle(MODEL);
    const libnc_dataset *dataset = a_handle(DATASET);
    const int64_t batch = an_amount(1, 9);
    STATUS(model, libnc_model_settle(model, dataset, batch));
}

CALL(model_initialise)
{
    libnc_model *model = a_handle(MODEL);
    const int32_t scheme = a_key(LIBNC_INITIALISE_GAUSSIAN, LIBNC_INITIALISE_KAIMING);
    const double scale = a_real(-2, 1);
    const uint64_t seed = a_seed();
    STATUS_WITH(MAY_CHANGE, model, libnc_model_initialise(model, scheme, scale, seed));
}

CALL(model_parameter_info)
{
    const libnc_model *model = a_handle(MODEL);
    const int32_t index = a_key(0, 3);
    const char **name = pointer_out();
    int64_t *rows = wholes_out(1), *cols = wholes_out(1);
    STATUS(model, libnc_model_parameter_info(model, index, name, rows, cols));
}

static const char *a_parameter(void)
{
    static const char *const names[] = {
        "features", "head.1.weight",     "head.bias",       "head.2.weight",
        "",         "backbone.1.weight", "backbone.1.bias", "x\n\x1b[31m"};
    const char *name = rarely(24) ? NULL : names[choose(COUNT(names))];
    say(" %s", name ? name : "NULL");
    return name;
}

CALL(model_parameter_index)
{
    const libnc_model *model = a_handle(MODEL);
    const char *name = a_parameter();
    int32_t *index = shorts_out(1);
    STATUS(model, libnc_model_parameter_index(model, name, index));
}

static size_t parameter_size(const libnc_model *model, int32_t index)
{
    int64_t rows = 0, cols = 0;
    if (libnc_model_parameter_info(model, index, NULL, &rows, &cols) != LIBNC_OK)
        return 1;
    return size_of(rows, cols);
}

CALL(model_parameter_view)
{
    libnc_model *model = a_handle(MODEL);
    const int32_t index = a_key(0, 3);
    void **data = pointer_out();
    if (STATUS(model, libnc_model_parameter_view(model, index, data)) && choose(2))
        memset(*data, 0,
               parameter_size(model, index) *
                   (libnc_model_scalar(model) == LIBNC_FLOAT32 ? sizeof(float) : sizeof(double)));
}

CALL(model_get_parameter)
{
    libnc_model *model = a_handle(MODEL);
    const int32_t index = a_key(0, 3);
    const size_t wanted = parameter_size(model, index);
    double *values = reals_out(wanted);
    const size_t size = a_size(wanted);
    /* what a diverged training left */
    STATUS_WITH(ANY_REAL, model, libnc_model_get_parameter(model, index, values, size));
}

CALL(model_set_parameter)
{
    libnc_model *model = a_handle(MODEL);
    const int32_t index = a_key(0, 3);
    const size_t wanted = parameter_size(model, index);
    const double *values = reals_in(wanted);
    const size_t size = a_size(wanted);
    STATUS(model, libnc_model_set_parameter(model, index, values, size));
}

/* Nothing for free features mostly, and a dataset for a backbone. */
static libnc_dataset *data_of(const libnc_model *model)
{
    if (libnc_model_samples(model) > 0 && !rarely(16))
        return NULL;
    return a_handle(DATASET);
}

CALL(model_evaluate)
{
    libnc_model *model = a_handle(MODEL);
    const libnc_dataset *dataset = data_of(model);
    const int32_t layer = a_key(1, libnc_model_depth(model) + 1);
    const int64_t N = dataset ? libnc_dataset_count(dataset) : libnc_model_samples(model);
    const size_t wanted = size_of(N, libnc_model_width(model, layer));
    double *values = reals_out(wanted);
    const size_t size = a_size(wanted);
    STATUS_WITH(ANY_REAL, model, libnc_model_evaluate(model, dataset, layer, values, size));
}

CALL(model_save)
{
    libnc_model *model = a_handle(MODEL);
    const char *path = a_path(true);
    STATUS(model, libnc_model_save(model, path));
}

CALL(model_load)
{
    libnc_model **out = pointer_out();
    libnc_context *c = a_context();
    const char *path = a_path(choose(2));
    if (STATUS(c, libnc_model_load(out, c, path)))
        keep(MODEL, out);
}

CALL(model_export)
{
    libnc_model *model = a_handle(MODEL);
    const char *path = a_path(true);
    const int32_t format = a_key(LIBNC_ARRAY_NPZ, LIBNC_ARRAY_SAFETENSORS);
    STATUS(model, libnc_model_export(model, path, format));
}

/* What it exported itself mostly. */
CALL(model_import)
{
    libnc_model *model = a_handle(MODEL);
    const char *path = a_path(true);
    if (path && !rarely(4))
        (void)!libnc_model_export(model, path, LIBNC_ARRAY_NPZ);
    STATUS(model, libnc_model_import(model, path));
}

/* ---- loss.h ---- */

DESTROY(LOSS, loss_destroy)
OPTIONS(LOSS, loss_options)
GETTER(LOSS, loss_kind)

CALL(loss_create)
{
    libnc_loss **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t kind_of = a_key(LIBNC_LOSS_MSE, LIBNC_LOSS_FOCAL);
    if (STATUS(c, libnc_loss_create(out, c, kind_of)))
        keep(LOSS, out);
}

CALL(loss_set_class_weights)
{
    libnc_loss *loss = a_handle(LOSS);
    const int64_t K = an_amount(1, 6);
    const double *weights = positive_in(size_of(K, 1));
    STATUS(loss, libnc_loss_set_class_weights(loss, weights, weights || rarely(4) ? K : 0));
}

CALL(loss_class_weights)
{
    const libnc_loss *loss = a_handle(LOSS);
    const int64_t K = an_amount(1, 6);
    STATUS(loss, libnc_loss_class_weights(loss, reals_out(size_of(K, 1)), K));
}

CALL(loss_evaluate)
{
    const libnc_loss *loss = a_handle(LOSS);
    const int64_t N = an_amount(1, 8), K = an_amount(1, 6);
    const double *logits = reals_in(size_of(N, K));
    const int32_t *labels = shorts_in(size_of(N, 1), 0, K > 0 ? K - 1 : 0);
    double *value = reals_out(1), *gradient = reals_out(size_of(N, K));
    STATUS(loss, libnc_loss_evaluate(loss, logits, labels, N, K, value, gradient));
}

/* ---- penalty.h ---- */

DESTROY(PENALTY, penalty_destroy)

CALL(penalty_create)
{
    libnc_penalty **out = pointer_out();
    const libnc_model *model = a_handle(MODEL);
    if (STATUS(model, libnc_penalty_create(out, model)))
        keep(PENALTY, out)->needs[0] = model;
}

CALL(penalty_set_weight_decay)
{
    libnc_penalty *penalty = a_handle(PENALTY);
    const int32_t count = a_key(1, 2);
    const double *decays = positive_in(MOST_DEPTH);
    STATUS(penalty, libnc_penalty_set_weight_decay(penalty, decays, count));
}

CALL(penalty_set_feature_decay)
{
    libnc_penalty *penalty = a_handle(PENALTY);
    const double decay = a_real(-6, 0);
    STATUS(penalty, libnc_penalty_set_feature_decay(penalty, decay));
}

CALL(penalty_set_decay)
{
    libnc_penalty *penalty = a_handle(PENALTY);
    const char *name = a_parameter();
    const double decay = a_real(-6, 0);
    STATUS(penalty, libnc_penalty_set_decay(penalty, name, decay));
}

CALL(penalty_get_decay)
{
    const libnc_penalty *penalty = a_handle(PENALTY);
    const char *name = a_parameter();
    double *decay = reals_out(1);
    STATUS(penalty, libnc_penalty_get_decay(penalty, name, decay));
}

CALL(penalty_set_energies)
{
    libnc_penalty *penalty = a_handle(PENALTY);
    const double w = choose(4) ? a_real(-2, 2) : 0, h = w == 0 ? 0 : a_real(-2, 2);
    STATUS(penalty, libnc_penalty_set_energies(penalty, w, h));
}

CALL(penalty_get_energies)
{
    const libnc_penalty *penalty = a_handle(PENALTY);
    double *w = reals_out(1), *h = reals_out(1);
    STATUS(penalty, libnc_penalty_get_energies(penalty, w, h));
}

/* ---- optimizer.h ---- */

DESTROY(OPTIMIZER, optimizer_destroy)
OPTIONS(OPTIMIZER, optimizer_options)
GETTER(OPTIMIZER, optimizer_kind)

CALL(optimizer_create)
{
    libnc_optimizer **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t kind_of = a_key(LIBNC_OPTIMIZER_GRADIENT_DESCENT, LIBNC_OPTIMIZER_LBFGS);
    if (STATUS(c, libnc_optimizer_create(out, c, kind_of)))
        keep(OPTIMIZER, out);
}

CALL(optimizer_rate)
{
    const libnc_optimizer *optimizer = a_handle(OPTIMIZER);
    const int64_t step = a_number(0, 200);
    double *rate = reals_out(1);
    STATUS(optimizer, libnc_optimizer_rate(optimizer, step, rate));
}

/* ---- trainer.h ---- */

DESTROY(TRAINER, trainer_destroy)
OPTIONS(TRAINER, trainer_options)
OPTIONS(TRAINER, trainer_model)
GETTER(TRAINER, trainer_reason)
GETTER(TRAINER, trainer_iterations)
GETTER(TRAINER, trainer_seconds)
GETTER(TRAINER, trainer_is_reduced)
GETTER(TRAINER, trainer_history_rows)

/* A penalty that was made for the model, where there is one. */
static libnc_penalty *penalty_of(const libnc_model *model)
{
    for (int i = 0; i < ROOM && !rarely(16); i++)
        if (all.pools[PENALTY][i].handle && all.pools[PENALTY][i].needs[0] == model) {
            say(" penalty %d", i);
            note_handle(PENALTY, all.pools[PENALTY][i].handle);
            return all.pools[PENALTY][i].handle;
        }
    return a_handle(PENALTY);
}

CALL(trainer_create)
{
    libnc_trainer **out = pointer_out();
    libnc_model *model = a_handle(MODEL);
    libnc_loss *loss = a_handle(LOSS);
    libnc_penalty *penalty = penalty_of(model);
    libnc_optimizer *optimizer = a_handle(OPTIMIZER);
    libnc_dataset *dataset = data_of(model);
    if (!STATUS(model, libnc_trainer_create(out, model, loss, penalty, optimizer, dataset)))
        return;
    pooled *p = keep(TRAINER, out);
    const void *const needs[TRAINED] = {model, loss, penalty, optimizer, dataset};
    memcpy(p->needs, needs, sizeof needs);
}

/* A head with its penalty, for classes that there are. */
static libnc_model *new_head(void)
{
    const int64_t width = 3, K = libnc_classes_count(a_handle(CLASSES));
    libnc_context *c = a_context();
    libnc_model *model;
    libnc_penalty *penalty;
    if (libnc_model_create_head(&model, c, LIBNC_FLOAT64, K, 1, &width, 0) < 0)
        return NULL;
    keep(MODEL, &model);
    if (libnc_penalty_create(&penalty, model) == LIBNC_OK)
        keep(PENALTY, &penalty)->needs[0] = model;
    return model;
}

/* A head alone, mostly. */
static libnc_model *a_head(void)
{
    for (int i = 0; i < ROOM && !rarely(16); i++) {
        const libnc_model *model = all.pools[MODEL][i].handle;
        const char *name = "";
        if (model && libnc_model_inputs(model) > 0 &&
            libnc_model_parameter_info(model, 0, &name, NULL, NULL) == LIBNC_OK &&
            strcmp(name, "head.1.weight") == 0) {
            say(" head %d", i);
            note_handle(MODEL, all.pools[MODEL][i].handle);
            return all.pools[MODEL][i].handle;
        }
    }
    return rarely(4) ? a_handle(MODEL) : new_head();
}

/* As many as the model has, where there are some. */
static const libnc_classes *matching_classes(const libnc_model *model)
{
    for (int i = 0; i < ROOM && !rarely(16); i++)
        if (all.pools[CLASSES][i].handle &&
            libnc_classes_count(all.pools[CLASSES][i].handle) == libnc_model_classes(model)) {
            say(" classes %d", i);
            note_handle(CLASSES, all.pools[CLASSES][i].handle);
            return all.pools[CLASSES][i].handle;
        }
    return a_handle(CLASSES);
}

CALL(trainer_create_head)
{
    libnc_trainer **out = pointer_out();
    libnc_model *model = a_head();
    libnc_loss *loss = a_handle(LOSS);
    libnc_penalty *penalty = penalty_of(model);
    libnc_optimizer *optimizer = a_handle(OPTIMIZER);
    const libnc_classes *classes = matching_classes(model);
    if (!STATUS(model, libnc_trainer_create_head(out, model, loss, penalty, optimizer, classes)))
        return;
    pooled *p = keep(TRAINER, out);
    const void *const needs[TRAINED] = {model, loss, penalty, optimizer, NULL};
    memcpy(p->needs, needs, sizeof needs);
}

/* One of a head, where there is one. */
static libnc_trainer *a_fed_trainer(void)
{
    for (int i = 0; i < ROOM && !rarely(16); i++) {
        libnc_trainer *trainer = all.pools[TRAINER][i].handle;
        const char *name = "";
        if (trainer &&
            libnc_model_parameter_info(libnc_trainer_model(trainer), 0, &name, NULL, NULL) ==
                LIBNC_OK &&
            strcmp(name, "head.1.weight") == 0) {
            say(" trainer %d", i);
            note_handle(TRAINER, trainer);
            return trainer;
        }
    }
    return a_handle(TRAINER);
}

CALL(trainer_step_features)
{
    libnc_trainer *trainer = a_fed_trainer();
    const libnc_model *model = libnc_trainer_model(trainer);
    const int64_t K = libnc_model_classes(model), d = libnc_model_width(model, 1);
    const int64_t count = d > MOST_VALUES / 16 ? 0 : an_amount(0, 12);
    const int32_t label_type = choose(2) ? LIBNC_LABEL_INT32 : LIBNC_LABEL_INT64;
    const int64_t last = K < 1 || K > 40 ? 0 : K - 1;
    const void *features = scalars_in(size_of(count, d), libnc_model_scalar(model));
    const void *labels = label_type == LIBNC_LABEL_INT32
                             ? (const void *)shorts_in(size_of(count, 1), 0, (int32_t)last)
                             : wholes_in(size_of(count, 1), 0, last);
    void *d_features = choose(2) ? reals_out(size_of(count, d)) : NULL;
    double *loss = reals_out(1), *penalty = reals_out(1);
    STATUS_WITH(MAY_CHANGE, trainer,
                libnc_trainer_step_features(trainer, features, labels, label_type, count,
                                            d_features, loss, penalty));
}

static int32_t observe(libnc_trainer *trainer, void *user)
{
    int *calls = user;
    if (!trainer || libnc_trainer_step(trainer, 1, NULL) == LIBNC_OK)
        fail_call("an observer could take a step");
    return ++*calls > 3;
}

CALL(trainer_set_observer)
{
    static int observed;
    libnc_trainer *trainer = a_handle(TRAINER);
    libnc_observer_fn observer = rarely(4) ? NULL : observe;
    observed = 0;
    STATUS(trainer, libnc_trainer_set_observer(trainer, observer, &observed));
}

CALL(trainer_set_repeats)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const int64_t K = libnc_model_classes(libnc_trainer_model(trainer));
    const int64_t *repeats = rarely(4) ? NULL : wholes_in(size_of(K, 1), 1, 3);
    STATUS(trainer, libnc_trainer_set_repeats(trainer, repeats,
                                              repeats && !rarely(16) ? K : a_number(0, 0)));
}

CALL(trainer_step)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const int64_t count = an_amount(0, 6);
    STATUS_WITH(MAY_CHANGE, trainer, libnc_trainer_step(trainer, count, NULL));
}

CALL(trainer_run)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const int64_t most = choose(8);
    if (trainer &&
        libnc_options_set_int64(libnc_trainer_options(trainer), LIBNC_TRAINER_OPTION_ITERATIONS,
                                libnc_trainer_iterations(trainer) + most))
        abort();
    say(" of at most %lld steps", (long long)most);
    STATUS_WITH(MAY_CHANGE, trainer, libnc_trainer_run(trainer, NULL));
}

CALL(trainer_sync)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    STATUS(trainer, libnc_trainer_sync(trainer));
}

/* Of free features mostly, all of whose parameters but the bias decay: other problems have no
 * geometry. */
static libnc_trainer *a_trained_problem(void)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const double decay = a_real(-4, 0);
    if (rarely(8))
        return trainer;
    for (int i = 0; i < ROOM; i++) {
        const pooled *p = &all.pools[TRAINER][i];
        libnc_penalty *penalty = (libnc_penalty *)p->needs[2];
        if (!p->handle || libnc_model_samples(p->needs[0]) == 0)
            continue;
        say(", now trainer %d, decays %g", i, decay);
        note_handle(TRAINER, p->handle);
        (void)!libnc_penalty_set_weight_decay(penalty, &decay, 1);
        (void)!libnc_penalty_set_feature_decay(penalty, decay);
        (void)!libnc_penalty_set_decay(penalty, "head.bias", 0);
        return p->handle;
    }
    return trainer;
}

CALL(trainer_geometry)
{
    libnc_geometry **out = pointer_out();
    const libnc_trainer *trainer = a_trained_problem();
    if (STATUS(trainer, libnc_trainer_geometry(out, trainer)))
        keep(GEOMETRY, out);
}

/* Takes up what was set before, as a step does. */
CALL(trainer_save)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const char *path = a_path(true);
    STATUS_WITH(MAY_CHANGE, trainer, libnc_trainer_save(trainer, path));
}

/* Mostly of its own, from some steps ago. */
CALL(trainer_load)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const char *path = a_path(choose(2));
    if (trainer && path == paths[0] && !rarely(4) && libnc_trainer_save(trainer, path) == LIBNC_OK)
        (void)!libnc_trainer_step(trainer, choose(3), NULL);
    STATUS(trainer, libnc_trainer_load(trainer, path));
}

GETTER(TRAINER, trainer_attachment_size)

CALL(trainer_set_attachment)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const size_t size = choose(40);
    const void *bytes = reals_in(size);
    STATUS(trainer, libnc_trainer_set_attachment(trainer, bytes, size));
}

CALL(trainer_attachment)
{
    const libnc_trainer *trainer = a_handle(TRAINER);
    const size_t wanted = libnc_trainer_attachment_size(trainer);
    void *bytes = reals_out(wanted);
    const size_t size = a_size(wanted);
    STATUS_WITH(ANY_REAL | MAY_SKIP, trainer, libnc_trainer_attachment(trainer, bytes, size));
}

CALL(trainer_evaluate)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    double *objective = reals_out(1), *loss = reals_out(1), *norm = reals_out(1);
    STATUS(trainer, libnc_trainer_evaluate(trainer, objective, loss, norm));
}

CALL(trainer_gradient)
{
    libnc_trainer *trainer = a_handle(TRAINER);
    const int32_t index = a_key(0, 3);
    const size_t wanted = parameter_size(libnc_trainer_model(trainer), index);
    double *values = reals_out(wanted);
    const size_t size = a_size(wanted);
    STATUS(trainer, libnc_trainer_gradient(trainer, index, values, size));
}

CALL(trainer_history)
{
    const libnc_trainer *trainer = a_handle(TRAINER);
    const int32_t column = a_key(LIBNC_HISTORY_ITERATION, LIBNC_HISTORY_SECONDS);
    const size_t rows = size_of(libnc_trainer_history_rows(trainer), 1);
    double *values = reals_out(rows);
    const size_t size = a_size(rows);
    STATUS(trainer, libnc_trainer_history(trainer, column, values, size));
}

#endif
