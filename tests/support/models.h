/* SPDX-License-Identifier: MIT
 *
 * models.h: models and their parameters in one call, in the context of the fixture.
 */
#ifndef MODELS_H
#define MODELS_H

#include "support/backbones.h"
#include "support/context_fixture.h"
#include "support/random_values.h"

#include <libnc/classes.h>
#include <libnc/model.h>

static inline libnc_model *free_model(int32_t scalar, const int64_t *counts, int64_t K,
                                      int32_t depth, const int64_t *widths, int32_t bias)
{
    libnc_classes *classes;
    libnc_model *model;
    must(libnc_classes_from_counts(&classes, context, counts, K));
    must(libnc_model_create_free(&model, context, scalar, classes, depth, widths, bias));
    libnc_classes_destroy(classes);
    return model;
}

static inline size_t parameter_size(const libnc_model *model, int32_t index)
{
    int64_t rows, cols;
    must(libnc_model_parameter_info(model, index, NULL, &rows, &cols));
    return (size_t)(rows * cols);
}

static inline int32_t index_of(const libnc_model *model, const char *name)
{
    int32_t index;
    must(libnc_model_parameter_index(model, name, &index));
    return index;
}

/* The caller frees it. */
static inline double *parameter(libnc_model *model, int32_t index)
{
    const size_t size = parameter_size(model, index);
    double *values = malloc((size + 1) * sizeof *values);
    must(libnc_model_get_parameter(model, index, values, size));
    return values;
}

static inline double *get(libnc_model *model, const char *name)
{
    return parameter(model, index_of(model, name));
}

static inline void set(libnc_model *model, const char *name, const double *values)
{
    const int32_t index = index_of(model, name);
    must(libnc_model_set_parameter(model, index, values, parameter_size(model, index)));
}

/* Uniform values in every parameter, biases included. */
static inline void randomise(libnc_model *model, double scale, uint64_t seed)
{
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        const size_t size = parameter_size(model, i);
        double *values = random_values((int64_t)size, scale, seed * 1000 + (uint64_t)i);
        must(libnc_model_set_parameter(model, i, values, size));
        free(values);
    }
}

#endif
