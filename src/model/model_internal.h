/* SPDX-License-Identifier: MIT
 *
 * model_internal.h: what a model is made of, for the modules model and train.
 *
 * Notation: K classes, N samples, M head layers of inputs d_1 .. d_M, d_{M+1} = K; W_j is
 * d_{j+1} x d_j in memory (out x in), H is N x d_1.
 */
#ifndef NC__MODEL_INTERNAL_H
#define NC__MODEL_INTERNAL_H

#include "layers/network_internal.h"
#include "linalg/linalg.h"

#include <libnc/model.h>

enum { NC__MAX_DEPTH = 1000, NC__NAME_LENGTH = 64 };

/* A parameter, or a state: the running statistics of a backbone's batch norm. */
typedef struct nc__parameter {
    char name[NC__NAME_LENGTH];
    nc__tensor value;
    nc__role role;      /* of a parameter */
    int64_t node;       /* of the backbone's network; 0 elsewhere */
    int32_t dimensions; /* in PyTorch */
} nc__parameter;

/* Brings the features of the model up to date where a trainer keeps them elsewhere: the one hook by
 * which a lower module calls a higher one. */
typedef void (*nc__model_sync_fn)(void *user);

struct libnc_model {
    libnc_context *context;
    int32_t scalar;
    int64_t classes; /* K */
    int64_t samples; /* N of free features, else 0 */
    int64_t inputs;  /* p of a backbone, else 0 */
    int32_t depth;   /* M */
    bool bias;
    int64_t *widths;        /* d_1 .. d_M, K */
    libnc_network *network; /* of a backbone, else NULL */
    int32_t *labels;        /* of free features */
    int32_t parameter_count, state_count;
    nc__parameter *parameters, *states; /* one array */
    char *storage;                      /* all values, each parameter aligned */

    /* training */
    nc__model_sync_fn sync; /* NULL while no trainer holds the model */
    void *sync_user;
    int64_t revision;          /* grows whenever a caller may have written a parameter */
    int64_t features_revision; /* the same, for free features */
};

bool nc__model_is_free(const libnc_model *model);
/* Index of the parameters of the head; layers count from 1 as in the names. */
int32_t nc__model_head_index(const libnc_model *model, int32_t layer);
int32_t nc__model_bias_index(const libnc_model *model); /* -1 without a bias */

nc__tensor *nc__model_features(libnc_model *model);
nc__tensor *nc__model_head(libnc_model *model, int32_t layer);
/* 1 x K, or NULL data without a bias. */
nc__tensor nc__model_bias(const libnc_model *model);
/* With a backbone that uses statistics of batches. */
bool nc__model_has_normalisation(const libnc_model *model);

/* LIBNC_OK if `dataset` is what this model needs: NULL for free features, else of width p and the
 * same context. */
libnc_status nc__model_check_dataset(const libnc_model *model, const libnc_dataset *dataset);

/* LIBNC_ERROR_NOT_FINITE, with the text about `what`, unless all values are finite in the model's
 * scalar type. */
libnc_status nc__model_check_finite(const libnc_model *model, const char *what,
                                    const double *values, size_t size);

/* The inputs of a dataset, N x p. */
nc__tensor nc__tensor_inputs(const libnc_dataset *dataset);

#endif
