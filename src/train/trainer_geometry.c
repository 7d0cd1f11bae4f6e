/* SPDX-License-Identifier: MIT
 *
 * trainer_geometry.c: the predicted geometry of what a trainer trains.
 *
 * With repeats r_k and class weights c_k the loss is 1/N' sum_k n_k r_k c_k loss_k, N' = sum_k
 * n_k r_k (trainer.h); a geometry's is 1/N sum_k n_k w_k loss_k: w_k = r_k c_k N/N'. Where the
 * feature decay counts visits, it is the geometry of n_k r_k samples of weight c_k.
 */
#include "train/plan.h"
#include "train/trainer_internal.h"

#include <libnc/geometry.h>

#include <float.h>

/* What a geometry takes. */
static const double LARGEST_DECAY = 1e300;

static libnc_status check_decay(const libnc_trainer *trainer, const char *name, double decay)
{
    return nc__penalty_has_energies(trainer->penalty) ||
                   (decay >= DBL_MIN && decay <= LARGEST_DECAY)
               ? LIBNC_OK
               : nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                          "penalty: decay of %s = %g: must be from %g to %g for a geometry", name,
                          decay, DBL_MIN, LARGEST_DECAY);
}

/* The features and the head's weights decay; its bias, and the parameters below the features, must
 * not. */
static libnc_status check_decays(const libnc_trainer *trainer)
{
    const libnc_penalty *penalty = trainer->penalty;
    const int32_t first = nc__model_head_index(trainer->model, 1);
    const int32_t last = nc__model_head_index(trainer->model, trainer->model->depth);
    libnc_status status = check_decay(trainer, "features", nc__penalty_feature_decay(penalty));
    for (int32_t i = 0; i < penalty->count && status == LIBNC_OK; i++) {
        const bool decays = (i >= first && i <= last) || (i == 0 && first == 1);
        if (decays)
            status = check_decay(trainer, penalty->names[i], penalty->decay[i]);
        else if (penalty->decay[i] > 0)
            status = nc__fail(trainer->context, LIBNC_ERROR_UNSUPPORTED,
                              "penalty: decay of %s = %g: must be 0 for a geometry",
                              penalty->names[i], penalty->decay[i]);
    }
    return status;
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
    const int64_t *repeats = nc__trainer_decays_visits(trainer) ? NULL : trainer->repeats;
    if (!own && !repeats)
        return LIBNC_OK;
    double *weights = nc__alloc(trainer->context, (size_t)classes, sizeof *weights);
    if (!weights)
        return LIBNC_ERROR_MEMORY;
    const double share = repeats ? (double)trainer->samples / (double)trainer->entries : 1;
    for (int64_t k = 0; k < classes; k++)
        weights[k] = share * (own ? own[k] : 1) * (repeats ? (double)repeats[k] : 1);
    libnc_status status = libnc_geometry_set_class_weights(geometry, weights, classes);
    nc__free(trainer->context, weights);
    return status;
}

/* The samples, or the visits to them where these are what decays. */
static libnc_status count_classes(libnc_classes **classes, const libnc_trainer *trainer)
{
    const int64_t K = trainer->model->classes;
    int64_t *counts = nc__alloc(trainer->context, (size_t)K, sizeof *counts);
    if (!counts)
        return LIBNC_ERROR_MEMORY;
    const int64_t *repeats = nc__trainer_decays_visits(trainer) ? trainer->repeats : NULL;
    for (int64_t k = 0; k < K; k++)
        counts[k] = trainer->counts[k] * (repeats ? repeats[k] : 1);
    const libnc_status status = libnc_classes_from_counts(classes, trainer->context, counts, K);
    nc__free(trainer->context, counts);
    return status;
}

static libnc_status create(libnc_geometry **geometry, const libnc_trainer *trainer)
{
    const libnc_model *model = trainer->model;
    libnc_classes *classes = NULL;
    libnc_status status = count_classes(&classes, trainer);
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
