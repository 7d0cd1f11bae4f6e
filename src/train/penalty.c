/* SPDX-License-Identifier: MIT
 *
 * penalty.c: a decay lambda/2 ||.||_F^2 per parameter and on the features, or energies. The penalty
 * only holds the numbers: the decays act inside the fused updates (linalg/update.h), the energies
 * in energies.c.
 */
#include "train/penalty_internal.h"

#include "model/model_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char FEATURES[] = "features";

/* Squares of lengths and their sums stay far from the ends of a double. */
static const double LEAST_ENERGY = 1e-100, LARGEST_ENERGY = 1e100;

static libnc_status allocate_tables(libnc_penalty *penalty)
{
    nc__arena *arena = &penalty->arena;
    const size_t count = (size_t)penalty->count;
    penalty->names = nc__arena_alloc(arena, count, sizeof *penalty->names);
    penalty->rows = nc__arena_alloc(arena, count, sizeof *penalty->rows);
    penalty->cols = nc__arena_alloc(arena, count, sizeof *penalty->cols);
    penalty->decay = nc__arena_alloc(arena, count, sizeof *penalty->decay);
    penalty->heads = nc__arena_alloc(arena, (size_t)penalty->depth, sizeof *penalty->heads);
    return nc__arena_status(arena);
}

static libnc_status copy_parameters(libnc_penalty *penalty, const libnc_model *model)
{
    for (int32_t i = 0; i < penalty->count; i++) {
        const char *name;
        libnc_status status =
            libnc_model_parameter_info(model, i, &name, &penalty->rows[i], &penalty->cols[i]);
        if (status)
            return status;
        penalty->names[i] = nc__arena_alloc(&penalty->arena, strlen(name) + 1, 1);
        if (!penalty->names[i])
            return LIBNC_ERROR_MEMORY;
        memcpy(penalty->names[i], name, strlen(name) + 1);
        if (strcmp(name, FEATURES) == 0)
            penalty->features = i;
    }
    return LIBNC_OK;
}

static libnc_status find_heads(libnc_penalty *penalty, const libnc_model *model)
{
    for (int32_t j = 1; j <= penalty->depth; j++) {
        char name[32];
        snprintf(name, sizeof name, "head.%d.weight", j);
        libnc_status status = libnc_model_parameter_index(model, name, &penalty->heads[j - 1]);
        if (status)
            return status;
    }
    return LIBNC_OK;
}

libnc_status libnc_penalty_create(libnc_penalty **penalty, const libnc_model *model)
{
    if (!model)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = model->context;
    if (!penalty)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "penalty = NULL: must be given");
    libnc_penalty *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = created->arena.context = context;
    created->count = libnc_model_parameter_count(model);
    created->depth = libnc_model_depth(model);
    created->features = -1;
    libnc_status status = allocate_tables(created);
    if (!status)
        status = copy_parameters(created, model);
    if (!status)
        status = find_heads(created, model);
    if (status) {
        libnc_penalty_destroy(created);
        return status;
    }
    *penalty = created;
    return LIBNC_OK;
}

void libnc_penalty_destroy(libnc_penalty *penalty)
{
    if (!penalty)
        return;
    nc__arena_release(&penalty->arena);
    nc__free(penalty->context, penalty);
}

bool nc__penalty_has_energies(const libnc_penalty *penalty)
{
    return penalty->classifier_energy > 0;
}

static bool is_decay(double decay)
{
    return decay >= 0 && isfinite(decay);
}

/* The layer-peeled model has no decays. */
static libnc_status check_no_energies(const libnc_penalty *penalty, double decay)
{
    return decay > 0 && nc__penalty_has_energies(penalty)
               ? nc__fail(penalty->context, LIBNC_ERROR_STATE,
                          "decay = %g: must be 0 while the penalty has energies", decay)
               : LIBNC_OK;
}

/* Where the decay of a name is kept; NULL, with the error text set, if there is no such name. */
static double *decay_of(libnc_penalty *penalty, const char *parameter)
{
    if (!parameter) {
        nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT, "parameter = NULL: must be given");
        return NULL;
    }
    for (int32_t i = 0; i < penalty->count; i++)
        if (strcmp(penalty->names[i], parameter) == 0)
            return &penalty->decay[i];
    if (strcmp(parameter, FEATURES) == 0)
        return &penalty->feature_decay;
    nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT,
             "parameter = \"%.100s\": the model has no parameter of that name", parameter);
    return NULL;
}

libnc_status libnc_penalty_set_weight_decay(libnc_penalty *penalty, const double *decays,
                                            int64_t count)
{
    if (!penalty)
        return LIBNC_ERROR_ARGUMENT;
    if (!decays)
        return nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT, "decays = NULL: must be given");
    if (count < 1)
        return nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT, "count = %lld: must be 1 or %d",
                        (long long)count, penalty->depth);
    if (count != 1 && count != penalty->depth)
        return nc__fail(penalty->context, LIBNC_ERROR_DIMENSION, "count = %lld: must be 1 or %d",
                        (long long)count, penalty->depth);
    for (int32_t j = 0; j < count; j++)
        if (!is_decay(decays[j]))
            return nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT,
                            "decays[%d] = %g: must be finite and >= 0", j, decays[j]);
    for (int32_t j = 0; j < count; j++)
        if (check_no_energies(penalty, decays[j]) != LIBNC_OK)
            return LIBNC_ERROR_STATE;
    for (int32_t j = 0; j < penalty->depth; j++)
        penalty->decay[penalty->heads[j]] = decays[count == 1 ? 0 : j];
    penalty->revision++;
    return LIBNC_OK;
}

libnc_status libnc_penalty_set_feature_decay(libnc_penalty *penalty, double decay)
{
    return libnc_penalty_set_decay(penalty, FEATURES, decay);
}

libnc_status libnc_penalty_set_decay(libnc_penalty *penalty, const char *parameter, double decay)
{
    if (!penalty)
        return LIBNC_ERROR_ARGUMENT;
    if (!is_decay(decay))
        return nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT,
                        "decay = %g: must be finite and >= 0", decay);
    double *kept = decay_of(penalty, parameter);
    if (!kept)
        return LIBNC_ERROR_ARGUMENT;
    if (check_no_energies(penalty, decay) != LIBNC_OK)
        return LIBNC_ERROR_STATE;
    *kept = decay;
    penalty->revision++;
    return LIBNC_OK;
}

libnc_status libnc_penalty_get_decay(const libnc_penalty *penalty, const char *parameter,
                                     double *decay)
{
    if (!penalty)
        return LIBNC_ERROR_ARGUMENT;
    if (!decay)
        return nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT, "decay = NULL: must be given");
    const double *kept = decay_of((libnc_penalty *)penalty, parameter);
    if (!kept)
        return LIBNC_ERROR_ARGUMENT;
    *decay = *kept;
    return LIBNC_OK;
}

static bool has_decay(const libnc_penalty *penalty)
{
    bool found = penalty->feature_decay > 0;
    for (int32_t i = 0; i < penalty->count; i++)
        found = found || penalty->decay[i] > 0;
    return found;
}

static libnc_status check_energy(const libnc_penalty *penalty, const char *name, double energy)
{
    return energy == 0 || (energy >= LEAST_ENERGY && energy <= LARGEST_ENERGY)
               ? LIBNC_OK
               : nc__fail(penalty->context, LIBNC_ERROR_ARGUMENT,
                          "%s = %g: must be from %g to %g, or both energies 0", name, energy,
                          LEAST_ENERGY, LARGEST_ENERGY);
}

libnc_status libnc_penalty_set_energies(libnc_penalty *penalty, double classifier_energy,
                                        double feature_energy)
{
    if (!penalty)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = penalty->context;
    libnc_status status = check_energy(penalty, "classifier_energy", classifier_energy);
    if (!status)
        status = check_energy(penalty, "feature_energy", feature_energy);
    if (status)
        return status;
    const bool constrains = classifier_energy > 0;
    if (constrains != (feature_energy > 0))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "classifier_energy = %g, feature_energy = %g: must be both > 0 or both 0",
                        classifier_energy, feature_energy);
    if (constrains && (penalty->features < 0 || penalty->depth != 1))
        return nc__fail(context, LIBNC_ERROR_UNSUPPORTED,
                        "penalty: made for a model with %s: energies are for free features and one "
                        "layer",
                        penalty->features < 0 ? "a backbone" : "several layers");
    if (constrains && has_decay(penalty))
        return nc__fail(context, LIBNC_ERROR_STATE,
                        "penalty: has decays: set them to 0 before energies");
    penalty->classifier_energy = classifier_energy;
    penalty->feature_energy = feature_energy;
    penalty->revision++;
    return LIBNC_OK;
}

libnc_status libnc_penalty_get_energies(const libnc_penalty *penalty, double *classifier_energy,
                                        double *feature_energy)
{
    if (!penalty)
        return LIBNC_ERROR_ARGUMENT;
    if (classifier_energy)
        *classifier_energy = penalty->classifier_energy;
    if (feature_energy)
        *feature_energy = penalty->feature_energy;
    return LIBNC_OK;
}

double nc__penalty_feature_decay(const libnc_penalty *penalty)
{
    return penalty->features < 0 ? penalty->feature_decay : penalty->decay[penalty->features];
}
