/* SPDX-License-Identifier: MIT
 *
 * model.c: what the functions of libnc/model.h refuse.
 */
#include "arguments/tables.h"

static void model_create_free(void)
{
    libnc_model **to = &out.model;
    const int64_t *d = world_widths;
    libnc_classes *many;
    NO_CONTEXT("context", libnc_model_create_free(to, NULL, 1, w->classes, 2, d, 0));
    WRONG("model", libnc_model_create_free(NULL, w->context, 1, w->classes, 2, d, 0));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_model_create_free(to, w->context, not_scalar[i], w->classes, 2, d, 0));
    WRONG("classes", libnc_model_create_free(to, w->context, 1, NULL, 2, d, 0));
    WRONG("classes", libnc_model_create_free(to, w->context, 1, abroad.classes, 2, d, 0));
    EACH(i, not_depth)
    WRONG("depth", libnc_model_create_free(to, w->context, 1, w->classes, not_depth[i], d, 0));
    WRONG("widths", libnc_model_create_free(to, w->context, 1, w->classes, 2, NULL, 0));
    EACH(i, not_positive)
    WRONG("widths", libnc_model_create_free(to, w->context, 1, w->classes, 2,
                                            (int64_t[]){1, not_positive[i]}, 0));
    EACH(i, over_int)
    REFUSED(
        LIBNC_ERROR_MEMORY, "widths",
        libnc_model_create_free(to, w->context, 1, w->classes, 2, (int64_t[]){1, over_int[i]}, 0));
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_model_create_free(to, w->context, 1, w->classes, 3,
                                    (int64_t[]){INT32_MAX, INT32_MAX, INT32_MAX}, 0));
    EACH(i, not_bias)
    WRONG("bias", libnc_model_create_free(to, w->context, 1, w->classes, 2, d, not_bias[i]));
    must(libnc_classes_balanced(&many, w->context, 2, (int64_t)1 << 40));
    REFUSED(LIBNC_ERROR_MEMORY, "classes",
            libnc_model_create_free(to, w->context, 1, many, 2, d, 0));
    libnc_classes_destroy(many);
}

static libnc_backbone *made_backbone(int64_t inputs, int64_t outputs)
{
    libnc_backbone *backbone;
    must(libnc_backbone_create(&backbone, w->context, inputs));
    if (outputs > 0)
        must(libnc_backbone_add_affine(backbone, outputs, LIBNC_ACTIVATION_RELU));
    return backbone;
}

static void model_create_head(void)
{
    const int64_t d[2] = {3, 6}, huge[2] = {INT32_MAX, 6};
    libnc_model **to = &out.model;
    NO_CONTEXT("context", libnc_model_create_head(to, NULL, 1, 3, 2, d, 0));
    WRONG("model", libnc_model_create_head(NULL, w->context, 1, 3, 2, d, 0));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_model_create_head(to, w->context, not_scalar[i], 3, 2, d, 0));
    EACH(i, not_positive)
    {
        const int64_t bad = not_positive[i], e[2] = {3, bad};
        WRONG("class_count", libnc_model_create_head(to, w->context, 1, bad, 2, d, 0));
        WRONG("widths", libnc_model_create_head(to, w->context, 1, 3, 2, e, 0));
    }
    WRONG("widths", libnc_model_create_head(to, w->context, 1, 3, 2, NULL, 0));
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_model_create_head(to, w->context, 1, INT32_MAX, 1, huge, 0));
    EACH(i, not_depth)
    WRONG("depth", libnc_model_create_head(to, w->context, 1, 3, not_depth[i], d, 0));
    EACH(i, not_bias)
    WRONG("bias", libnc_model_create_head(to, w->context, 1, 3, 2, d, not_bias[i]));
}

static void model_create_backbone(void)
{
    const int64_t d[3] = {3, 6, 6}, huge[2] = {INT32_MAX, 6};
    libnc_backbone *backbone = made_backbone(5, 3), *wide = made_backbone(INT32_MAX, 0);
    libnc_model **to = &out.model;
    NO_CONTEXT("backbone", libnc_model_create_backbone(to, NULL, 1, 3, 2, d, 0));
    WRONG("model", libnc_model_create_backbone(NULL, backbone, 1, 3, 2, d, 0));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_model_create_backbone(to, backbone, not_scalar[i], 3, 2, d, 0));
    EACH(i, not_positive)
    {
        const int64_t bad = not_positive[i], e[2] = {3, bad};
        WRONG("class_count", libnc_model_create_backbone(to, backbone, 1, bad, 2, d, 0));
        WRONG("widths", libnc_model_create_backbone(to, backbone, 1, 3, 2, e, 0));
    }
    EACH(i, over_int)
    {
        const int64_t bad = over_int[i], e[2] = {3, bad};
        REFUSED(LIBNC_ERROR_MEMORY, "class_count",
                libnc_model_create_backbone(to, backbone, 1, bad, 2, d, 0));
        REFUSED(LIBNC_ERROR_MEMORY, "widths",
                libnc_model_create_backbone(to, backbone, 1, 3, 2, e, 0));
    }
    WRONG("widths", libnc_model_create_backbone(to, backbone, 1, 3, 2, NULL, 0));
    MISFIT("widths", libnc_model_create_backbone(to, backbone, 1, 3, 2, d + 1, 0));
    MISFIT("widths", libnc_model_create_backbone(to, wide, 1, 3, 2, d, 0));
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_model_create_backbone(to, wide, 1, INT32_MAX, 1, huge, 0));
    EACH(i, not_depth)
    WRONG("depth", libnc_model_create_backbone(to, backbone, 1, 3, not_depth[i], d, 0));
    EACH(i, not_bias)
    WRONG("bias", libnc_model_create_backbone(to, backbone, 1, 3, 2, d, not_bias[i]));
    libnc_backbone_destroy(wide);
    libnc_backbone_destroy(backbone);
}

/* An image of 5 values, batch norm, and 3 outputs; one node is taken up by no other if it `forks`.
 */
static libnc_network *made_network(bool forks)
{
    libnc_network *network;
    must(libnc_network_create(&network, w->context, 1, 1, WORLD_INPUTS));
    must(libnc_network_normalisation(network));
    if (forks)
        must(libnc_network_from(network, 0));
    must(libnc_network_affine(network, 3));
    return network;
}

static libnc_model *made_model(void)
{
    const int64_t width = 3;
    libnc_network *network = made_network(false);
    libnc_model *model;
    must(libnc_model_create_network(&model, network, LIBNC_FLOAT64, 3, 1, &width, 0));
    libnc_network_destroy(network);
    return model;
}

static void model_create_network(void)
{
    const int64_t d[3] = {3, 6, 6};
    libnc_network *network = made_network(false), *forked = made_network(true);
    libnc_model **to = &out.model;
    NO_CONTEXT("network", libnc_model_create_network(to, NULL, 1, 3, 2, d, 0));
    WRONG("network", libnc_model_create_network(to, forked, 1, 3, 2, d, 0));
    WRONG("model", libnc_model_create_network(NULL, network, 1, 3, 2, d, 0));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_model_create_network(to, network, not_scalar[i], 3, 2, d, 0));
    EACH(i, not_positive)
    WRONG("class_count", libnc_model_create_network(to, network, 1, not_positive[i], 2, d, 0));
    WRONG("widths", libnc_model_create_network(to, network, 1, 3, 2, NULL, 0));
    MISFIT("widths", libnc_model_create_network(to, network, 1, 3, 2, d + 1, 0));
    EACH(i, not_depth)
    WRONG("depth", libnc_model_create_network(to, network, 1, 3, not_depth[i], d, 0));
    EACH(i, not_bias)
    WRONG("bias", libnc_model_create_network(to, network, 1, 3, 2, d, not_bias[i]));
    libnc_network_destroy(forked);
    libnc_network_destroy(network);
}

static const int32_t not_state[] = {-1, 2, INT32_MIN, INT32_MAX};

static void model_state_info(void)
{
    libnc_model *model = made_model();
    NO_CONTEXT("model", libnc_model_state_info(NULL, 0, &out.name, out.whole));
    EACH(i, not_state)
    WRONG("index", libnc_model_state_info(model, not_state[i], &out.name, out.whole));
    ACCEPTED("name", libnc_model_state_info(model, 0, NULL, NULL));
    ACCEPTED("size", libnc_model_state_info(model, 1, NULL, NULL));
    libnc_model_destroy(model);
}

static void model_state_view(void)
{
    libnc_model *model = made_model();
    NO_CONTEXT("model", libnc_model_state_view(NULL, 0, &out.data));
    EACH(i, not_state)
    WRONG("index", libnc_model_state_view(model, not_state[i], &out.data));
    WRONG("data", libnc_model_state_view(model, 0, NULL));
    libnc_model_destroy(model);
}

static void model_settle(void)
{
    static const int64_t not_batch[] = {1, 0, -1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
    const double one[WORLD_INPUTS] = {1};
    const int32_t label = 0;
    libnc_dataset *single;
    libnc_model *model = made_model();
    must(libnc_dataset_from_memory(&single, w->context, LIBNC_FLOAT64, one, &label, 1,
                                   WORLD_INPUTS));
    NO_CONTEXT("model", libnc_model_settle(NULL, w->dataset, 5));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "model", libnc_model_settle(w->model, w->dataset, 5));
    WRONG("dataset", libnc_model_settle(model, NULL, 5));
    WRONG("dataset", libnc_model_settle(model, abroad.dataset, 5));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "dataset", libnc_model_settle(model, single, 5));
    EACH(i, not_batch)
    WRONG("batch", libnc_model_settle(model, w->dataset, not_batch[i]));
    libnc_model_destroy(model);
    libnc_dataset_destroy(single);
}

static void model_initialise(void)
{
    static const int32_t wrong[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    static const double wrong_scale[] = {0, -1, NAN, INFINITY, -INFINITY, DBL_MAX};
    NO_CONTEXT("model", libnc_model_initialise(NULL, LIBNC_INITIALISE_GAUSSIAN, 1, 0));
    EACH(i, wrong)
    WRONG("scheme", libnc_model_initialise(w->model, wrong[i], 1, 0));
    EACH(i, wrong_scale)
    WRONG("scale", libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, wrong_scale[i], 0));
    ACCEPTED("seed", libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 1, UINT64_MAX));
}

static void model_parameter_info(void)
{
    static const char *const outputs[] = {"name", "rows", "cols"};
    ck_assert_int_eq(libnc_model_parameter_count(w->model), 4);
    NO_CONTEXT("model", libnc_model_parameter_info(NULL, 0, &out.name, NULL, NULL));
    EACH(i, not_parameter)
    WRONG("index",
          libnc_model_parameter_info(w->model, not_parameter[i], &out.name, out.whole, out.whole));
    EACH(i, outputs)
    ACCEPTED(outputs[i], libnc_model_parameter_info(w->model, 0, NULL, NULL, NULL));
}

static void model_parameter_index(void)
{
    static const char *const wrong[] = {
        "", "feature", "features ", "head.0.weight", "head.3.weight", "backbone.1.weight"};
    static char endless[10000];
    memset(endless, 'x', sizeof endless - 1);
    NO_CONTEXT("model", libnc_model_parameter_index(NULL, "features", out.small));
    WRONG("name", libnc_model_parameter_index(w->model, NULL, out.small));
    WRONG("name", libnc_model_parameter_index(w->model, endless, out.small));
    EACH(i, wrong)
    WRONG("name", libnc_model_parameter_index(w->model, wrong[i], out.small));
    WRONG("index", libnc_model_parameter_index(w->model, "features", NULL));
}

static void model_parameter_view(void)
{
    NO_CONTEXT("model", libnc_model_parameter_view(NULL, 0, &out.data));
    EACH(i, not_parameter)
    WRONG("index", libnc_model_parameter_view(w->model, not_parameter[i], &out.data));
    WRONG("data", libnc_model_parameter_view(w->model, 0, NULL));
}

static void model_get_parameter(void)
{
    NO_CONTEXT("model", libnc_model_get_parameter(NULL, 0, out.values, FEATURES));
    EACH(i, not_parameter)
    WRONG("index", libnc_model_get_parameter(w->model, not_parameter[i], out.values, FEATURES));
    WRONG("values", libnc_model_get_parameter(w->model, 0, NULL, FEATURES));
    EACH(i, not_features)
    MISFIT("size", libnc_model_get_parameter(w->model, 0, out.values, not_features[i]));
}

static void model_set_parameter(void)
{
    double values[FEATURES] = {0};
    NO_CONTEXT("model", libnc_model_set_parameter(NULL, 0, values, FEATURES));
    EACH(i, not_parameter)
    WRONG("index", libnc_model_set_parameter(w->model, not_parameter[i], values, FEATURES));
    WRONG("values", libnc_model_set_parameter(w->model, 0, NULL, FEATURES));
    EACH(i, not_features)
    MISFIT("size", libnc_model_set_parameter(w->model, 0, values, not_features[i]));
    EACH(i, not_finite)
    {
        values[FEATURES - 1] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "values",
                libnc_model_set_parameter(w->model, 0, values, FEATURES));
    }
}

enum { LOGITS = WORLD_SAMPLES * WORLD_CLASSES };
static const size_t not_logits[] = {0, LOGITS - 1, LOGITS + 1, SIZE_MAX};

static void model_evaluate(void)
{
    static const int32_t wrong[] = {0, -1, WORLD_DEPTH + 2, INT32_MIN, INT32_MAX};
    libnc_dataset *wide;
    must(libnc_dataset_gaussian(&wide, w->classes, LIBNC_FLOAT64, WORLD_INPUTS + 1, 1, 1, 0));
    NO_CONTEXT("model", libnc_model_evaluate(NULL, NULL, 3, out.values, LOGITS));
    WRONG("dataset", libnc_model_evaluate(w->model, w->dataset, 3, out.values, LOGITS));
    WRONG("dataset", libnc_model_evaluate(w->backbone, NULL, 3, out.values, LOGITS));
    WRONG("dataset", libnc_model_evaluate(w->backbone, abroad.dataset, 3, out.values, LOGITS));
    MISFIT("dataset", libnc_model_evaluate(w->backbone, wide, 3, out.values, LOGITS));
    EACH(i, wrong)
    WRONG("layer", libnc_model_evaluate(w->model, NULL, wrong[i], out.values, LOGITS));
    WRONG("out", libnc_model_evaluate(w->model, NULL, 3, NULL, LOGITS));
    EACH(i, not_logits)
    {
        MISFIT("size", libnc_model_evaluate(w->model, NULL, 3, out.values, not_logits[i]));
        MISFIT("size", libnc_model_evaluate(w->backbone, w->dataset, 3, out.values, not_logits[i]));
    }
    libnc_dataset_destroy(wide);
}

static void model_save(void)
{
    void *view;
    NO_CONTEXT("model", libnc_model_save(NULL, "/tmp/libnc_never"));
    WRONG("path", libnc_model_save(w->model, NULL));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_model_save(w->model, ""));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_model_save(w->model, "/nonexistent/folder/model"));
    must(libnc_model_parameter_view(w->model, 1, &view));
    ((double *)view)[3] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "model", libnc_model_save(w->model, "/tmp/libnc_never"));
}

static void model_load(void)
{
    NO_CONTEXT("context", libnc_model_load(&out.model, NULL, "/nonexistent"));
    WRONG("model", libnc_model_load(NULL, w->context, "/nonexistent"));
    WRONG("path", libnc_model_load(&out.model, w->context, NULL));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_model_load(&out.model, w->context, "/nonexistent"));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_model_load(&out.model, w->context, "/tmp"));
    REFUSED(LIBNC_ERROR_FORMAT, "path", libnc_model_load(&out.model, w->context, "Makefile"));
}

static void model_export(void)
{
    static const int32_t wrong[] = {0, LIBNC_ARRAY_NPY, LIBNC_ARRAY_IDX, -1, INT32_MIN, INT32_MAX};
    const int32_t npz = LIBNC_ARRAY_NPZ;
    NO_CONTEXT("model", libnc_model_export(NULL, "/tmp/libnc_never", npz));
    WRONG("path", libnc_model_export(w->model, NULL, npz));
    EACH(i, wrong)
    WRONG("format", libnc_model_export(w->model, "/tmp/libnc_never", wrong[i]));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_model_export(w->model, "/nonexistent/folder/m", npz));
}

static void model_import(void)
{
    NO_CONTEXT("model", libnc_model_import(NULL, "/nonexistent"));
    WRONG("path", libnc_model_import(w->model, NULL));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_model_import(w->model, "/nonexistent"));
    REFUSED(LIBNC_ERROR_FORMAT, "path", libnc_model_import(w->model, "Makefile"));
}

static void without_status(void)
{
    DONE(libnc_model_destroy(NULL));
    ZERO(libnc_model_classes(NULL));
    ZERO(libnc_model_depth(NULL));
    ZERO(libnc_model_width(NULL, 1));
    ZERO(libnc_model_samples(NULL));
    ZERO(libnc_model_inputs(NULL));
    ZERO(libnc_model_has_bias(NULL));
    ZERO(libnc_model_scalar(NULL));
    NONE(libnc_model_labels(NULL));
    ZERO(libnc_model_parameter_count(NULL));
    ZERO(libnc_model_state_count(NULL));
    EACH(i, not_there)
    ZERO(libnc_model_width(w->model, not_there[i]));
}

static const argument_check checks[] = {
    CHECKS(model_create_free),    CHECKS(model_create_backbone),
    CHECKS(model_create_head),    CHECKS(model_create_network),
    CHECKS(model_state_info),     CHECKS(model_state_view),
    CHECKS(model_settle),         CHECKS(model_initialise),
    CHECKS(model_parameter_info), CHECKS(model_parameter_index),
    CHECKS(model_parameter_view), CHECKS(model_get_parameter),
    CHECKS(model_set_parameter),  CHECKS(model_evaluate),
    CHECKS(model_save),           CHECKS(model_load),
    CHECKS(model_export),         CHECKS(model_import),
};

const argument_table model_arguments = ARGUMENT_TABLE("model", checks, without_status);
