/* SPDX-License-Identifier: MIT
 *
 * model.c: the model handle: shapes, parameters, views.
 */
#include "model/model_internal.h"

#include "data/classes_internal.h"
#include "data/dataset_internal.h"
#include "layers/node_kinds.h"
#include "model/backbone_internal.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool nc__model_is_free(const libnc_model *model)
{
    return model->samples > 0;
}

int32_t nc__model_head_index(const libnc_model *model, int32_t layer)
{
    assert(layer >= 1 && layer <= model->depth);
    return (nc__model_is_free(model) ? 1 : nc__network_parameters(model->network)) + layer - 1;
}

int32_t nc__model_bias_index(const libnc_model *model)
{
    return model->bias ? model->parameter_count - 1 : -1;
}

nc__tensor *nc__model_features(libnc_model *model)
{
    assert(nc__model_is_free(model));
    return &model->parameters[0].value;
}

nc__tensor *nc__model_head(libnc_model *model, int32_t layer)
{
    return &model->parameters[nc__model_head_index(model, layer)].value;
}

nc__tensor nc__model_bias(const libnc_model *model)
{
    int32_t index = nc__model_bias_index(model);
    return index < 0 ? nc__tensor_of(NULL, model->scalar, 1, model->classes)
                     : model->parameters[index].value;
}

bool nc__model_has_normalisation(const libnc_model *model)
{
    return model->network && nc__network_has_normalisation(model->network);
}

/* Vectors are taken for images of any shape, and images for vectors. */
static libnc_status check_images(const libnc_model *model, const libnc_dataset *dataset)
{
    const nc__image_shape *s = &model->network->nodes[0].shape;
    const int64_t *d = dataset->shape;
    if (nc__image_pixels(s) == 1 || (d[1] == 1 && d[2] == 1) ||
        (d[0] == s->channels && d[1] == s->height && d[2] == s->width))
        return LIBNC_OK;
    return nc__fail(model->context, LIBNC_ERROR_DIMENSION,
                    "dataset: has images of %lld x %lld x %lld: must be %lld x %lld x %lld",
                    (long long)d[0], (long long)d[1], (long long)d[2], (long long)s->channels,
                    (long long)s->height, (long long)s->width);
}

libnc_status nc__model_check_dataset(const libnc_model *model, const libnc_dataset *dataset)
{
    libnc_context *context = model->context;
    if (nc__model_is_free(model))
        return dataset ? nc__fail(context, LIBNC_ERROR_ARGUMENT,
                                  "dataset: must be NULL for a model with free features")
                       : LIBNC_OK;
    if (!dataset)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "dataset = NULL: must be given for a model with a backbone");
    if (dataset->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "dataset: made from another context");
    if (libnc_dataset_width(dataset) != model->inputs)
        return nc__fail(context, LIBNC_ERROR_DIMENSION, "width of dataset = %lld: must be %lld",
                        (long long)libnc_dataset_width(dataset), (long long)model->inputs);
    return check_images(model, dataset);
}

nc__tensor nc__tensor_inputs(const libnc_dataset *dataset)
{
    return nc__tensor_of(dataset->inputs, dataset->scalar, dataset->count, dataset->width);
}

/* ---- create ---- */

static libnc_status check_sizes(libnc_context *context, const char *name, const int64_t *values,
                                int32_t count)
{
    char label[NC__NAME_LENGTH];
    for (int32_t i = 0; i < count; i++) {
        snprintf(label, sizeof label, "%s[%d]", name, i);
        libnc_status status = nc__check_dimension(context, label, values[i]);
        if (status != LIBNC_OK)
            return status;
    }
    return LIBNC_OK;
}

static libnc_status check_head(libnc_context *context, int32_t scalar, int32_t depth,
                               const int64_t *widths, int32_t bias)
{
    libnc_status status = nc__check_scalar(context, scalar);
    if (status != LIBNC_OK)
        return status;
    if (depth < 1 || depth > NC__MAX_DEPTH)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "depth = %d: must be from 1 to %d", depth,
                        NC__MAX_DEPTH);
    if (bias != 0 && bias != 1)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "bias = %d: must be 0 or 1", bias);
    if (!widths)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "widths = NULL: must be given");
    return check_sizes(context, "widths", widths, depth);
}

/* ---- names and shapes ---- */

static nc__parameter *add_parameter(nc__parameter *p, const char *name, nc__tensor shape)
{
    snprintf(p->name, sizeof p->name, "%s", name);
    p->value = shape;
    p->dimensions = 2;
    return p + 1;
}

/* Of a node that is named, or of the layer-th that has parameters. */
static void name_part(const nc__node *node, int32_t layer, const char *part, char *name)
{
    if (node->name[0])
        snprintf(name, NC__NAME_LENGTH, "%s.%s", node->name, part);
    else
        snprintf(name, NC__NAME_LENGTH, "backbone.%d.%s", layer, part);
}

static nc__parameter *describe_node(const libnc_model *model, int64_t i, int32_t layer,
                                    nc__parameter *p)
{
    const nc__node *node = &model->network->nodes[i];
    const nc__image_shape *in = &model->network->nodes[node->from].shape;
    char name[NC__NAME_LENGTH];
    for (int32_t j = 0; j < nc__node_parameters(node); j++) {
        const nc__parameter_shape s = nc__node_kind_of(node->kind)->parameter(node, in, j);
        name_part(node, layer, j == 0 ? "weight" : "bias", name);
        p = add_parameter(p, name, nc__tensor_of(NULL, model->scalar, s.rows, s.cols));
        p[-1].node = i;
        p[-1].role = s.role;
        p[-1].dimensions = s.dimensions;
    }
    return p;
}

static nc__parameter *describe_backbone(const libnc_model *model, nc__parameter *p)
{
    int32_t layer = 0;
    for (int64_t i = 1; i < model->network->count; i++) {
        layer += nc__node_parameters(&model->network->nodes[i]) > 0;
        p = describe_node(model, i, layer, p);
    }
    return p;
}

static nc__parameter *describe_head(const libnc_model *model, nc__parameter *p)
{
    char name[NC__NAME_LENGTH];
    for (int32_t j = 0; j < model->depth; j++) {
        snprintf(name, sizeof name, "head.%d.weight", j + 1);
        p = add_parameter(
            p, name, nc__tensor_of(NULL, model->scalar, model->widths[j + 1], model->widths[j]));
    }
    if (!model->bias)
        return p;
    p = add_parameter(p, "head.bias", nc__tensor_of(NULL, model->scalar, 1, model->classes));
    p[-1].role = NC__ROLE_BIAS;
    p[-1].dimensions = 1;
    return p;
}

/* Behind the parameters. */
static void describe_states(const libnc_model *model, nc__parameter *p)
{
    static const char *const parts[] = {"running_mean", "running_var"};
    char name[NC__NAME_LENGTH];
    int32_t layer = 0;
    for (int64_t i = 1; model->network && i < model->network->count; i++) {
        const nc__node *node = &model->network->nodes[i];
        layer += nc__node_parameters(node) > 0;
        for (int32_t j = 0; j < nc__node_kind_of(node->kind)->states; j++) {
            name_part(node, layer, parts[j], name);
            p = add_parameter(p, name, nc__tensor_of(NULL, model->scalar, 1, node->shape.channels));
            p[-1].node = i;
            p[-1].dimensions = 1;
        }
    }
}

static void describe(const libnc_model *model)
{
    nc__parameter *p = model->parameters;
    if (model->network)
        p = describe_backbone(model, p);
    else
        p = add_parameter(p, "features",
                          nc__tensor_of(NULL, model->scalar, model->samples, model->widths[0]));
    p = describe_head(model, p);
    assert(p == model->states);
    describe_states(model, p);
}

/* Gives every parameter its place in one block. */
static libnc_status allocate_values(libnc_model *model)
{
    size_t total = 0, scalar_size = nc__scalar_size(model->scalar);
    for (int pass = 0; pass < 2; pass++) {
        size_t offset = 0;
        for (int32_t i = 0; i < model->parameter_count + model->state_count; i++) {
            nc__tensor *value = &model->parameters[i].value;
            size_t size;
            if (!nc__multiply((size_t)value->rows, (size_t)value->cols, &size) ||
                !nc__multiply(size, scalar_size, &size) ||
                size > SIZE_MAX / 2 - offset - NC__ALIGNMENT)
                return nc__fail(model->context, LIBNC_ERROR_MEMORY,
                                "out of memory: %s is %lld x %lld", model->parameters[i].name,
                                (long long)value->rows, (long long)value->cols);
            if (pass == 1)
                value->data = model->storage + offset;
            offset += (size + NC__ALIGNMENT - 1) / NC__ALIGNMENT * NC__ALIGNMENT;
        }
        total = offset;
        if (pass == 0 && !(model->storage = nc__alloc(model->context, total, 1)))
            return LIBNC_ERROR_MEMORY;
    }
    return LIBNC_OK;
}

/* Variances start at 1. */
static void reset_states(libnc_model *model)
{
    for (int32_t i = 0; i < model->state_count; i++)
        nc__fill(&model->states[i].value, i % 2);
}

static libnc_status allocate_tables(libnc_model *model, const libnc_network *network)
{
    libnc_context *context = model->context;
    const size_t depth = (size_t)model->depth;
    libnc_status status = network ? nc__network_copy(&model->network, network) : LIBNC_OK;
    if (status)
        return status;
    const int32_t backbone = network ? nc__network_parameters(network) : 1;
    model->parameter_count = backbone + model->depth + model->bias;
    model->state_count = network ? nc__network_states(network) : 0;
    const size_t count = (size_t)(model->parameter_count + model->state_count);
    if (!(model->widths = nc__alloc(context, depth + 1, sizeof *model->widths)) ||
        !(model->parameters = nc__alloc(context, count, sizeof *model->parameters)))
        return LIBNC_ERROR_MEMORY;
    model->states = model->parameters + model->parameter_count;
    return LIBNC_OK;
}

/* Everything after validation; `prototype` holds the scalars; network: NULL for free features. */
static libnc_status create(libnc_model **out, const libnc_model *prototype, const int64_t *widths,
                           const libnc_network *network)
{
    libnc_model *model = nc__alloc(prototype->context, 1, sizeof *model);
    if (!model)
        return LIBNC_ERROR_MEMORY;
    *model = *prototype;
    libnc_status status = allocate_tables(model, network);
    if (status == LIBNC_OK) {
        memcpy(model->widths, widths, (size_t)model->depth * sizeof *widths);
        model->widths[model->depth] = model->classes;
        describe(model);
        status = allocate_values(model);
    }
    if (status != LIBNC_OK) {
        libnc_model_destroy(model);
        return status;
    }
    reset_states(model);
    *out = model;
    return LIBNC_OK;
}

libnc_status libnc_model_create_free(libnc_model **model, libnc_context *context, int32_t scalar,
                                     const libnc_classes *classes, int32_t depth,
                                     const int64_t *widths, int32_t bias)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!model)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "model = NULL: must be given");
    if (!classes)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "classes = NULL: must be given");
    if (classes->context != context)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "classes: made from another context");
    libnc_status status = check_head(context, scalar, depth, widths, bias);
    if (status != LIBNC_OK)
        return status;
    const int64_t samples = libnc_classes_samples(classes);
    if ((status = nc__check_dimension(context, "samples of classes", samples)) != LIBNC_OK)
        return status;
    const libnc_model prototype = {.context = context,
                                   .scalar = scalar,
                                   .classes = libnc_classes_count(classes),
                                   .samples = samples,
                                   .depth = depth,
                                   .bias = bias == 1};
    /* The values first: their sizes are checked before anything large is allocated. */
    libnc_model *created = NULL;
    if ((status = create(&created, &prototype, widths, NULL)) != LIBNC_OK)
        return status;
    created->labels = nc__alloc(context, (size_t)samples, sizeof *created->labels);
    status = created->labels ? libnc_classes_labels(classes, created->labels, (size_t)samples)
                             : LIBNC_ERROR_MEMORY;
    if (status != LIBNC_OK)
        libnc_model_destroy(created);
    else
        *model = created;
    return status;
}

static libnc_status create_on(libnc_model **model, const libnc_network *network, const char *name,
                              int32_t scalar, int64_t class_count, int32_t depth,
                              const int64_t *widths, int32_t bias)
{
    libnc_context *context = network->context;
    libnc_status status = nc__check_given(context, "model", model);
    if (!status)
        status = nc__check_dimension(context, "class_count", class_count);
    if (!status)
        status = check_head(context, scalar, depth, widths, bias);
    if (!status)
        status = nc__network_check_whole(network);
    if (status)
        return status;
    const int64_t features = libnc_network_outputs(network);
    if (widths[0] != features)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "widths[0] = %lld: must be %lld, the outputs of the %s",
                        (long long)widths[0], (long long)features, name);
    const libnc_model prototype = {.context = context,
                                   .scalar = scalar,
                                   .classes = class_count,
                                   .inputs = nc__image_values(&network->nodes[0].shape),
                                   .depth = depth,
                                   .bias = bias == 1};
    return create(model, &prototype, widths, network);
}

libnc_status libnc_model_create_backbone(libnc_model **model, const libnc_backbone *backbone,
                                         int32_t scalar, int64_t class_count, int32_t depth,
                                         const int64_t *widths, int32_t bias)
{
    return backbone ? create_on(model, backbone->network, "backbone", scalar, class_count, depth,
                                widths, bias)
                    : LIBNC_ERROR_ARGUMENT;
}

libnc_status libnc_model_create_network(libnc_model **model, const libnc_network *network,
                                        int32_t scalar, int64_t class_count, int32_t depth,
                                        const int64_t *widths, int32_t bias)
{
    return network ? create_on(model, network, "network", scalar, class_count, depth, widths, bias)
                   : LIBNC_ERROR_ARGUMENT;
}

libnc_status libnc_model_create_head(libnc_model **model, libnc_context *context, int32_t scalar,
                                     int64_t class_count, int32_t depth, const int64_t *widths,
                                     int32_t bias)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_network *inputs = NULL;
    libnc_status status = check_head(context, scalar, depth, widths, bias);
    if (status == LIBNC_OK)
        status = libnc_network_create(&inputs, context, widths[0], 1, 1);
    if (status == LIBNC_OK)
        status = create_on(model, inputs, "network", scalar, class_count, depth, widths, bias);
    libnc_network_destroy(inputs);
    return status;
}

void libnc_model_destroy(libnc_model *model)
{
    if (!model)
        return;
    libnc_context *context = model->context;
    nc__free(context, model->storage);
    nc__free(context, model->parameters);
    nc__free(context, model->labels);
    libnc_network_destroy(model->network);
    nc__free(context, model->widths);
    nc__free(context, model);
}

/* ---- getters ---- */

int64_t libnc_model_classes(const libnc_model *model)
{
    return model ? model->classes : 0;
}

int32_t libnc_model_depth(const libnc_model *model)
{
    return model ? model->depth : 0;
}

int64_t libnc_model_width(const libnc_model *model, int32_t layer)
{
    return model && layer >= 1 && layer <= model->depth + 1 ? model->widths[layer - 1] : 0;
}

int64_t libnc_model_samples(const libnc_model *model)
{
    return model ? model->samples : 0;
}

int64_t libnc_model_inputs(const libnc_model *model)
{
    return model ? model->inputs : 0;
}

int32_t libnc_model_has_bias(const libnc_model *model)
{
    return model && model->bias ? 1 : 0;
}

int32_t libnc_model_scalar(const libnc_model *model)
{
    return model ? model->scalar : 0;
}

const int32_t *libnc_model_labels(const libnc_model *model)
{
    return model ? model->labels : NULL;
}

int32_t libnc_model_parameter_count(const libnc_model *model)
{
    return model ? model->parameter_count : 0;
}

/* ---- parameters ---- */

static libnc_status check_index(const libnc_model *model, int32_t index)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    if (index < 0 || index >= model->parameter_count)
        return nc__fail(model->context, LIBNC_ERROR_ARGUMENT, "index = %d: must be from 0 to %d",
                        index, model->parameter_count - 1);
    return LIBNC_OK;
}

static bool is_features(const libnc_model *model, int32_t index)
{
    return nc__model_is_free(model) && index == 0;
}

/* Before a caller reads; `write` where it may write as well. */
static void before_access(libnc_model *model, int32_t index, bool write)
{
    if (is_features(model, index) && model->sync)
        model->sync(model->sync_user);
    if (!write)
        return;
    model->revision++;
    if (is_features(model, index))
        model->features_revision++;
}

libnc_status libnc_model_parameter_info(const libnc_model *model, int32_t index, const char **name,
                                        int64_t *rows, int64_t *cols)
{
    libnc_status status = check_index(model, index);
    if (status != LIBNC_OK)
        return status;
    const nc__parameter *parameter = &model->parameters[index];
    if (name)
        *name = parameter->name;
    if (rows)
        *rows = parameter->value.rows;
    if (cols)
        *cols = parameter->value.cols;
    return LIBNC_OK;
}

libnc_status libnc_model_parameter_index(const libnc_model *model, const char *name, int32_t *index)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    if (!name || !index)
        return nc__fail(model->context, LIBNC_ERROR_ARGUMENT, "%s = NULL: must be given",
                        name ? "index" : "name");
    for (int32_t i = 0; i < model->parameter_count; i++)
        if (strcmp(model->parameters[i].name, name) == 0) {
            *index = i;
            return LIBNC_OK;
        }
    return nc__fail(model->context, LIBNC_ERROR_ARGUMENT, "name = \"%.64s\": no such parameter",
                    name);
}

libnc_status libnc_model_parameter_view(libnc_model *model, int32_t index, void **data)
{
    libnc_status status = check_index(model, index);
    if (status != LIBNC_OK)
        return status;
    if (!data)
        return nc__fail(model->context, LIBNC_ERROR_ARGUMENT, "data = NULL: must be given");
    before_access(model, index, true);
    *data = model->parameters[index].value.data;
    return LIBNC_OK;
}

static libnc_status check_values(const libnc_model *model, int32_t index, const double *values,
                                 size_t size)
{
    libnc_status status = check_index(model, index);
    if (status != LIBNC_OK)
        return status;
    if (!values)
        return nc__fail(model->context, LIBNC_ERROR_ARGUMENT, "values = NULL: must be given");
    const nc__tensor *value = &model->parameters[index].value;
    const size_t wanted = (size_t)value->rows * (size_t)value->cols;
    if (size != wanted)
        return nc__fail(model->context, LIBNC_ERROR_DIMENSION, "size = %zu: must be %zu (%s)", size,
                        wanted, model->parameters[index].name);
    return LIBNC_OK;
}

libnc_status libnc_model_get_parameter(libnc_model *model, int32_t index, double *values,
                                       size_t size)
{
    libnc_status status = check_values(model, index, values, size);
    if (status != LIBNC_OK)
        return status;
    before_access(model, index, false);
    nc__to_double(&model->parameters[index].value, values);
    return LIBNC_OK;
}

libnc_status nc__model_check_finite(const libnc_model *model, const char *what,
                                    const double *values, size_t size)
{
    const double largest = model->scalar == LIBNC_FLOAT32 ? (double)FLT_MAX : DBL_MAX;
    for (size_t i = 0; i < size; i++)
        if (!(fabs(values[i]) <= largest))
            return nc__fail(model->context, LIBNC_ERROR_NOT_FINITE,
                            "%s[%zu] = %g: must be finite in the model's scalar type", what, i,
                            values[i]);
    return LIBNC_OK;
}

libnc_status libnc_model_set_parameter(libnc_model *model, int32_t index, const double *values,
                                       size_t size)
{
    libnc_status status = check_values(model, index, values, size);
    if (status != LIBNC_OK)
        return status;
    if ((status = nc__model_check_finite(model, "values", values, size)) != LIBNC_OK)
        return status;
    before_access(model, index, true);
    nc__from_double(values, &model->parameters[index].value);
    return LIBNC_OK;
}

/* ---- states ---- */

static libnc_status check_state(const libnc_model *model, int32_t index)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    if (index < 0 || index >= model->state_count)
        return nc__fail(model->context, LIBNC_ERROR_ARGUMENT,
                        "index = %d: the model has %d states, counted from 0", index,
                        model->state_count);
    return LIBNC_OK;
}

int32_t libnc_model_state_count(const libnc_model *model)
{
    return model ? model->state_count : 0;
}

libnc_status libnc_model_state_info(const libnc_model *model, int32_t index, const char **name,
                                    int64_t *size)
{
    const libnc_status status = check_state(model, index);
    if (status != LIBNC_OK)
        return status;
    if (name)
        *name = model->states[index].name;
    if (size)
        *size = model->states[index].value.cols;
    return LIBNC_OK;
}

libnc_status libnc_model_state_view(libnc_model *model, int32_t index, void **data)
{
    libnc_status status = check_state(model, index);
    if (status == LIBNC_OK)
        status = nc__check_given(model->context, "data", data);
    if (status == LIBNC_OK)
        *data = model->states[index].value.data;
    return status;
}
