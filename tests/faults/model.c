/* SPDX-License-Identifier: MIT
 *
 * model.c: the allocations of the functions of libnc/model.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static libnc_status call_create_free(world *w)
{
    return libnc_model_create_free(&made.model, w->context, libnc_model_scalar(w->model),
                                   w->classes, WORLD_DEPTH, world_widths, 1);
}

/* Inputs 7, then layers of 3 and 4. */
static void prepare_layers(world *w)
{
    libnc_backbone *backbone;
    must(libnc_backbone_create(&backbone, w->context, 7));
    must(libnc_backbone_add_affine(backbone, 3, LIBNC_ACTIVATION_RELU));
    must(libnc_backbone_add_affine(backbone, 4, LIBNC_ACTIVATION_IDENTITY));
    w->scratch = backbone;
}

static void prepare_no_layer(world *w)
{
    libnc_backbone *backbone;
    must(libnc_backbone_create(&backbone, w->context, 4));
    w->scratch = backbone;
}

static libnc_status call_create_head(world *w)
{
    return libnc_model_create_head(&made.model, w->context, LIBNC_FLOAT32, 5, WORLD_DEPTH,
                                   world_widths, 1);
}

static libnc_status call_create_backbone(world *w)
{
    return libnc_model_create_backbone(&made.model, w->scratch, libnc_model_scalar(w->model), 5,
                                       WORLD_DEPTH, world_widths, 1);
}

static void forget_backbone(world *w, record *r)
{
    (void)r;
    libnc_backbone_destroy(w->scratch);
}

static libnc_network *network;
static libnc_model *normalised;

static void prepare_network(world *w)
{
    must(libnc_network_create(&network, w->context, 1, 1, WORLD_INPUTS));
    must(libnc_network_normalisation(network));
    must(libnc_network_convolution(network, 2, 1, 1, 0, 1));
    must(libnc_network_pooling(network, LIBNC_POOLING_MAX, 1, 2, 0));
    must(libnc_network_affine(network, world_widths[0]));
}

static libnc_status call_create_network(world *w)
{
    return libnc_model_create_network(&made.model, network, libnc_model_scalar(w->model), 5,
                                      WORLD_DEPTH, world_widths, 1);
}

static void forget_network(world *w, record *r)
{
    (void)w;
    (void)r;
    libnc_network_destroy(network);
}

static void prepare_normalised(world *w)
{
    prepare_network(w);
    must(libnc_model_create_network(&normalised, network, LIBNC_FLOAT64, 5, WORLD_DEPTH,
                                    world_widths, 1));
    must(libnc_model_initialise(normalised, LIBNC_INITIALISE_KAIMING, 1, 5));
    libnc_network_destroy(network);
}

static libnc_status call_settle(world *w)
{
    return libnc_model_settle(normalised, w->dataset, 4);
}

static libnc_status call_evaluate_normalised(world *w)
{
    return libnc_model_evaluate(normalised, w->dataset, 1, made.values,
                                (size_t)(libnc_dataset_count(w->dataset) * world_widths[0]));
}

static void forget_normalised(world *w, record *r)
{
    (void)w;
    (void)r;
    libnc_model_destroy(normalised);
}

static libnc_status call_gaussian_free(world *w)
{
    return libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 0.25, 11);
}

static libnc_status call_gaussian_backbone(world *w)
{
    return libnc_model_initialise(w->backbone, LIBNC_INITIALISE_GAUSSIAN, 0.25, 11);
}

static libnc_status call_orthogonal_free(world *w)
{
    return libnc_model_initialise(w->model, LIBNC_INITIALISE_ORTHOGONAL, 2, 11);
}

static libnc_status call_orthogonal_backbone(world *w)
{
    return libnc_model_initialise(w->backbone, LIBNC_INITIALISE_ORTHOGONAL, 2, 11);
}

static libnc_status call_kaiming_free(world *w)
{
    return libnc_model_initialise(w->model, LIBNC_INITIALISE_KAIMING, 2, 11);
}

static libnc_status call_kaiming_backbone(world *w)
{
    return libnc_model_initialise(w->backbone, LIBNC_INITIALISE_KAIMING, 2, 11);
}

static libnc_status call_evaluate_free(world *w)
{
    return libnc_model_evaluate(w->model, NULL, WORLD_DEPTH + 1, made.values,
                                WORLD_SAMPLES * WORLD_CLASSES);
}

static libnc_status call_evaluate_backbone(world *w)
{
    return libnc_model_evaluate(w->backbone, w->dataset, 2, made.values,
                                (size_t)(WORLD_SAMPLES * world_widths[1]));
}

static void prepare_saved(world *w)
{
    prepare_state(w);
    must(libnc_model_save(w->model, state_path));
}

static void prepare_saved_backbone(world *w)
{
    prepare_state(w);
    must(libnc_model_save(w->backbone, state_path));
}

static void prepare_exported(world *w)
{
    prepare_state(w);
    must(libnc_model_export(w->backbone, state_path, LIBNC_ARRAY_SAFETENSORS));
}

static libnc_status call_model_save(world *w)
{
    return libnc_model_save(w->model, state_path);
}

static libnc_status call_model_load(world *w)
{
    return libnc_model_load(&made.model, w->context, state_path);
}

static libnc_status call_export(world *w)
{
    return libnc_model_export(w->backbone, state_path, LIBNC_ARRAY_NPZ);
}

static libnc_status call_import(world *w)
{
    return libnc_model_import(w->backbone, state_path);
}

static void follow_file(world *w, record *r)
{
    (void)w;
    (void)r;
    unlink(state_path);
}

static const fault_case cases[] = {
    {"libnc_model_create_free", "float64", .call = call_create_free},
    {"libnc_model_create_free", "float32", .call = call_create_free, .scalar = LIBNC_FLOAT32},
    {"libnc_model_create_head", .call = call_create_head},
    {"libnc_model_create_backbone", "two layers", .call = call_create_backbone,
     .prepare = prepare_layers, .follow = forget_backbone},
    {"libnc_model_create_backbone", "two layers, float32", .call = call_create_backbone,
     .prepare = prepare_layers, .follow = forget_backbone, .scalar = LIBNC_FLOAT32},
    {"libnc_model_create_backbone", "no layer", .call = call_create_backbone,
     .prepare = prepare_no_layer, .follow = forget_backbone},
    {"libnc_model_create_network", .call = call_create_network, .prepare = prepare_network,
     .follow = forget_network},
    {"libnc_model_settle", .call = call_settle, .prepare = prepare_normalised,
     .follow = forget_normalised},
    {"libnc_model_evaluate", "a network", .call = call_evaluate_normalised,
     .prepare = prepare_normalised, .follow = forget_normalised},
    {"libnc_model_initialise", "Gaussian, free", .call = call_gaussian_free},
    {"libnc_model_initialise", "Gaussian, backbone", .call = call_gaussian_backbone,
     .scalar = LIBNC_FLOAT32},
    {"libnc_model_initialise", "orthogonal, free", .call = call_orthogonal_free},
    {"libnc_model_initialise", "orthogonal, backbone", .call = call_orthogonal_backbone,
     .scalar = LIBNC_FLOAT32},
    {"libnc_model_initialise", "Kaiming, free", .call = call_kaiming_free},
    {"libnc_model_initialise", "Kaiming, backbone", .call = call_kaiming_backbone},
    {"libnc_model_initialise", "Kaiming, backbone, float32", .call = call_kaiming_backbone,
     .scalar = LIBNC_FLOAT32},
    {"libnc_model_initialise", "in training", .call = call_gaussian_free,
     .prepare = prepare_steps_done, .follow = follow_training},
    {"libnc_model_evaluate", "free", .call = call_evaluate_free},
    {"libnc_model_evaluate", "reduced", .call = call_evaluate_free, .prepare = prepare_steps_done,
     .follow = follow_training},
    {"libnc_model_evaluate", "backbone", .call = call_evaluate_backbone, .scalar = LIBNC_FLOAT32},
    {"libnc_model_save", .call = call_model_save, .prepare = prepare_state, .follow = follow_file},
    {"libnc_model_load", "free", .call = call_model_load, .prepare = prepare_saved,
     .follow = follow_file},
    {"libnc_model_load", "backbone", .call = call_model_load, .prepare = prepare_saved_backbone,
     .follow = follow_file, .scalar = LIBNC_FLOAT32},
    {"libnc_model_export", .call = call_export, .prepare = prepare_state, .follow = follow_file},
    {"libnc_model_import", .call = call_import, .prepare = prepare_exported, .follow = follow_file},
};

static void after_steady(world *w)
{
    (void)w;
    libnc_model_destroy(normalised);
}

static void steady(world *w)
{
    double values[WORLD_SAMPLES * 4];
    int32_t index;
    void *data;
    STEADY(libnc_model_parameter_info(w->model, 0, NULL, NULL, NULL));
    STEADY(libnc_model_parameter_index(w->model, "features", &index));
    STEADY(libnc_model_get_parameter(w->model, 0, values, WORLD_SAMPLES * 4));
    STEADY(libnc_model_set_parameter(w->model, 0, values, WORLD_SAMPLES * 4));
    STEADY(libnc_model_parameter_view(w->model, 0, &data));
    GETTER(libnc_model_classes(w->model));
    GETTER(libnc_model_depth(w->model));
    GETTER(libnc_model_width(w->model, 1));
    GETTER(libnc_model_samples(w->model));
    GETTER(libnc_model_inputs(w->model));
    GETTER(libnc_model_has_bias(w->model));
    GETTER(libnc_model_scalar(w->model));
    GETTER(libnc_model_labels(w->model));
    GETTER(libnc_model_parameter_count(w->model));
    STEADY(libnc_model_state_info(normalised, 0, NULL, NULL));
    STEADY(libnc_model_state_view(normalised, 0, &data));
    GETTER(libnc_model_state_count(normalised));
}

const fault_table model_faults = {"model",
                                  .cases = cases,
                                  .count = FAULT_CASES(cases),
                                  .steady = steady,
                                  .before_steady = prepare_normalised,
                                  .after_steady = after_steady};
