/* SPDX-License-Identifier: MIT
 *
 * trainer_geometry.c: the predicted geometry of what a trainer trains.
 *
 * With repeats r_k and class weights c_k the loss is 1/N' sum_k n_k r_k c_k loss_k, N' = sum_k
 * n_k r_k (trainer.h); a geometry's is 1/N sum_k n_k w_k loss_k: w_k = r_k c_k N/N'.
 */
#include "train/trainer_internal.h"

#include <libnc/geometry.h>

#include <float.h>

/* What a geometry takes. */
static const double LARGEST_DECAY = 1e300;

/* Every parameter decays but the bias, which must not. */
static libnc_status check_decays(const libnc_trainer *trainer)
{
    const libnc_penalty *penalty = trainer->penalty;
    const int32_t bias = nc__model_bias_index(trainer->model);
    for (int32_t i = 0; i < penalty->count; i++) {
        const double decay = penalty->decay[i];
        if (i == bias && decay > 0)
            return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                            "penalty: decay of %s = %g: must be 0 for a geometry",
                            penalty->names[i], decay);
        if (i != bias && !nc__penalty_has_energies(penalty) &&
            !(decay >= DBL_MIN && decay <= LARGEST_DECAY))
            return nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                            "penalty: decay of %s = %g: must be from %g to %g for a geometry",
                            penalty->names[i], decay, DBL_MIN, LARGEST_DECAY);
    }
    return LIBNC_OK;
}

static libnc_status set_loss(libnc_options *options, const libnc_loss *loss)
{
    if (loss->kind == LIBNC_LOSS_MSE)
        return libnc_options_set_text(options, "loss", "mse");
    const bool focal = loss->kind == LIBNC_LOSS_FOCAL;
    const int32_t from = focal ? LIBNC_LOSS_OPTION_FOCAL_GAMMA : LIBNC_LOSS_OPTION_LABEL_SMOOTHING;
    const int32_t to =
        focal ? LIBNC_GEOMETRY_OPTION_FOCAL_GAMMA : LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING;
    const libnc_status status = libnc_options_set_text(options, "loss", focal ? "focal" : "ce");
    return status ? status
                  : libnc_options_set_double(options, to, nc__option(&loss->options, from));
}

static libnc_status set_penalty(libnc_geometry *geometry, const libnc_penalty *penalty)
{
    libnc_options *options = libnc_geometry_options(geometry);
    libnc_status status;
    if (nc__penalty_has_energies(penalty)) {
        status = libnc_options_set_text(options, "form", "energy");
        if (!status)
            status = libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY,
                                              penalty->classifier_energy);
        return status ? status
                      : libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY,
                                                 penalty->feature_energy);
    }
    double *decays = nc__alloc(penalty->context, (size_t)penalty->depth, sizeof *decays);
    if (!decays)
        return LIBNC_ERROR_MEMORY;
    for (int32_t j = 0; j < penalty->depth; j++)
        decays[j] = penalty->decay[penalty->heads[j]];
    status = libnc_geometry_set_weight_decay(geometry, decays, penalty->depth);
    nc__free(penalty->context, decays);
    return status ? status
                  : libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY,
                                             nc__penalty_feature_decay(penalty));
}

static libnc_status set_model(libnc_options *options, const libnc_model *model)
{
    int64_t width = model->widths[0];
    for (int32_t j = 1; j < model->depth; j++)
        width = model->widths[j] < width ? model->widths[j] : width;
    const libnc_status status =
        libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, width);
    return status ? status
                  : libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_BIAS, model->bias);
}

static libnc_status set_weights(libnc_geometry *geometry, const libnc_trainer *trainer)
{
    const int64_t classes = trainer->model->classes;
    const double *own = trainer->loss->weights;
    if (!own && !trainer->repeats)
        return LIBNC_OK;
    double *weights = nc__alloc(trainer->context, (size_t)classes, sizeof *weights);
    if (!weights)
        return LIBNC_ERROR_MEMORY;
    const double share = (double)trainer->samples / (double)trainer->entries;
    for (int64_t k = 0; k < classes; k++)
        weights[k] =
            share * (own ? own[k] : 1) * (trainer->repeats ? (double)trainer->repeats[k] : 1);
    libnc_status status = libnc_geometry_set_class_weights(geometry, weights, classes);
    nc__free(trainer->context, weights);
    return status;
}

static libnc_status create(libnc_geometry **geometry, const libnc_trainer *trainer)
{
    const libnc_model *model = trainer->model;
    libnc_classes *classes = NULL;
    libnc_status status =
        libnc_classes_from_labels(&classes, trainer->context, model->labels, model->samples);
    if (!status)
        status = libnc_geometry_create(geometry, classes, model->depth);
    libnc_classes_destroy(classes);
    if (!status)
        status = set_loss(libnc_geometry_options(*geometry), trainer->loss);
    if (!status)
        status = set_penalty(*geometry, trainer->penalty);
    if (!status)
        status = set_model(libnc_geometry_options(*geometry), model);
    return status ? status : set_weights(*geometry, trainer);
}

libnc_status libnc_trainer_geometry(libnc_geometry **geometry, const libnc_trainer *trainer)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = trainer->context;
    if (!geometry)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "geometry = NULL: must be given");
    if (!nc__model_is_free(trainer->model))
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "trainer: the features of a backbone are not free: no geometry");
    libnc_geometry *created = NULL;
    libnc_status status = nc__loss_check(trainer->loss, context, trainer->model->classes);
    if (!status)
        status = check_decays(trainer);
    if (!status)
        status = create(&created, trainer);
    if (status)
        libnc_geometry_destroy(created);
    else
        *geometry = created;
    return status;
}
