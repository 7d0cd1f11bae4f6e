/* SPDX-License-Identifier: MIT
 *
 * reduction.c: rotation of the samples to class means and what is left (reduction.h), in float64.
 */
#include "train/reduction.h"

#include "linalg/tensor_state.h"
#include "model/model_internal.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 }; /* rows expanded at a time */

bool nc__reduction_pays(int64_t samples, int64_t classes, int64_t width, bool with_velocity)
{
    const int64_t extra = with_velocity ? 2 * width : width;
    return extra < samples - classes;
}

/* means[k] = mean of the rows of class k */
static void class_means(nc__reduction *r, const nc__tensor *full)
{
    const int64_t d = r->width;
    int64_t row = 0;
    memset(r->means, 0, (size_t)(r->classes * d) * sizeof *r->means);
    for (int64_t k = 0; k < r->classes; k++) {
        double *mean = r->means + k * d, *value = r->block;
        for (int64_t i = 0; i < r->counts[k]; i++, row++) {
            nc__tensor source = nc__tensor_rows(full, row, 1);
            nc__to_double(&source, value);
            for (int64_t j = 0; j < d; j++)
                mean[j] += value[j];
        }
        for (int64_t j = 0; j < d; j++)
            mean[j] /= (double)r->counts[k];
    }
}

/* out (N rows, stride apart) = full minus the class means */
static void centre(nc__reduction *r, const nc__tensor *full, double *out, int64_t stride)
{
    class_means(r, full);
    int64_t row = 0;
    for (int64_t k = 0; k < r->classes; k++)
        for (int64_t i = 0; i < r->counts[k]; i++, row++) {
            nc__tensor source = nc__tensor_rows(full, row, 1);
            double *value = out + row * stride;
            nc__to_double(&source, value);
            for (int64_t j = 0; j < r->width; j++)
                value[j] -= r->means[k * r->width + j];
        }
}

static libnc_status allocate(nc__reduction *r, nc__arena *arena)
{
    const size_t rows = (size_t)(r->classes + r->extra);
    r->basis = nc__arena_tensor(arena, LIBNC_FLOAT64, r->samples, r->extra).data;
    r->counts = nc__arena_alloc(arena, (size_t)r->classes, sizeof *r->counts);
    r->means = nc__arena_tensor(arena, LIBNC_FLOAT64, r->classes, r->width).data;
    r->rest = nc__arena_tensor(arena, LIBNC_FLOAT64, r->extra, r->width).data;
    r->block = nc__arena_tensor(arena, LIBNC_FLOAT64, BLOCK, r->width).data;
    r->labels = nc__arena_alloc(arena, rows, sizeof *r->labels);
    r->sample_scale = nc__arena_alloc(arena, rows, sizeof *r->sample_scale);
    return nc__arena_status(arena);
}

libnc_status nc__reduction_create_blank(nc__reduction *reduction, nc__arena *arena,
                                        const int32_t *labels, int64_t classes, int64_t samples,
                                        int64_t width, int64_t extra)
{
    nc__reduction *r = reduction;
    *r = (nc__reduction){.context = arena->context,
                         .samples = samples,
                         .classes = classes,
                         .width = width,
                         .extra = extra};
    const libnc_status status = allocate(r, arena);
    if (status != LIBNC_OK)
        return status;
    for (int64_t i = 0; i < r->samples; i++)
        r->counts[labels[i]]++;
    for (int64_t k = 0; k < classes; k++) {
        r->labels[k] = (int32_t)k;
        r->sample_scale[k] = sqrt((double)r->counts[k]);
    }
    return LIBNC_OK;
}

libnc_status nc__reduction_create(nc__reduction *reduction, nc__arena *arena, const int32_t *labels,
                                  int64_t classes, const nc__tensor *features,
                                  const nc__tensor *velocity)
{
    nc__reduction *r = reduction;
    const int64_t width = features->cols;
    const bool with_velocity = velocity->data != NULL;
    const libnc_status status = nc__reduction_create_blank(
        r, arena, labels, classes, features->rows, width, with_velocity ? 2 * width : width);
    if (status != LIBNC_OK)
        return status;
    centre(r, features, r->basis, r->extra);
    if (with_velocity)
        centre(r, velocity, r->basis + width, r->extra);
    return nc__orthonormalise(r->context, r->basis, r->samples, r->extra, NULL);
}

/* Rows k: sqrt(n_k) mean_k; rows K ..: basis^T (H - means). */
void nc__reduction_apply(nc__reduction *reduction, const nc__tensor *full, nc__tensor *reduced)
{
    nc__reduction *r = reduction;
    const int64_t d = r->width;
    class_means(r, full);
    nc__tensor rest = nc__tensor_f64(r->rest, r->extra, d);
    nc__fill(&rest, 0);
    int64_t row = 0;
    for (int64_t k = 0; k < r->classes; k++)
        for (int64_t end = row + r->counts[k]; row < end;) {
            const int64_t n = end - row < BLOCK ? end - row : BLOCK;
            nc__tensor source = nc__tensor_rows(full, row, n);
            nc__tensor block = nc__tensor_f64(r->block, n, d);
            nc__tensor basis = nc__tensor_f64(r->basis + row * r->extra, n, r->extra);
            nc__to_double(&source, r->block);
            for (int64_t i = 0; i < n; i++)
                for (int64_t j = 0; j < d; j++)
                    r->block[i * d + j] -= r->means[k * d + j];
            nc__gemm(r->context, true, false, 1, &basis, &block, 1, &rest);
            row += n;
        }
    for (int64_t k = 0; k < r->classes; k++)
        for (int64_t j = 0; j < d; j++)
            r->means[k * d + j] *= r->sample_scale[k];
    nc__tensor top = nc__tensor_rows(reduced, 0, r->classes);
    nc__tensor bottom = nc__tensor_rows(reduced, r->classes, r->extra);
    nc__from_double(r->means, &top);
    nc__from_double(r->rest, &bottom);
}

/* h_i = row k / sqrt(n_k) + basis_i (rows K ..) */
void nc__reduction_expand(nc__reduction *reduction, const nc__tensor *reduced, nc__tensor *full)
{
    nc__reduction *r = reduction;
    const int64_t d = r->width;
    nc__tensor top = nc__tensor_rows(reduced, 0, r->classes);
    nc__tensor bottom = nc__tensor_rows(reduced, r->classes, r->extra);
    nc__to_double(&top, r->means);
    nc__to_double(&bottom, r->rest);
    for (int64_t k = 0; k < r->classes; k++)
        for (int64_t j = 0; j < d; j++)
            r->means[k * d + j] /= r->sample_scale[k];
    nc__tensor rest = nc__tensor_f64(r->rest, r->extra, d);
    int64_t row = 0;
    for (int64_t k = 0; k < r->classes; k++)
        for (int64_t end = row + r->counts[k]; row < end;) {
            const int64_t n = end - row < BLOCK ? end - row : BLOCK;
            nc__tensor block = nc__tensor_f64(r->block, n, d);
            nc__tensor basis = nc__tensor_f64(r->basis + row * r->extra, n, r->extra);
            for (int64_t i = 0; i < n; i++)
                memcpy(r->block + i * d, r->means + k * d, (size_t)d * sizeof *r->block);
            nc__gemm(r->context, false, false, 1, &basis, &rest, 1, &block);
            nc__tensor target = nc__tensor_rows(full, row, n);
            nc__from_double(r->block, &target);
            row += n;
        }
}

libnc_status nc__reduction_pass(nc__state_stream *s, nc__reduction *reduction)
{
    const nc__tensor basis = nc__tensor_f64(reduction->basis, reduction->samples, reduction->extra);
    return nc__tensor_pass(s, &basis);
}
