/* SPDX-License-Identifier: MIT
 *
 * class_margins.c: margins and probabilities at the class means of a measured layer.
 *
 * z_j = p_j . h_k + b_j over the classes that occur, h_k = c_k + h_G, for some classes k at a time.
 */
#include "metrics/class_margins.h"

#include "linalg/dense.h"

#include <libnc/metric.h>

#include <math.h>

enum { BLOCK = 64 }; /* classes */

/* rows x d: the means of classes from `first` on. */
static void fill_means(const nc__layer *l, int64_t first, nc__tensor *means)
{
    double *mean = means->data;
    for (int64_t i = 0; i < means->rows; i++)
        for (int64_t j = 0; j < l->width; j++)
            mean[i * l->width + j] = l->centred[(first + i) * l->width + j] + l->mean[j];
}

static double logit(const nc__layer *l, const double *logits, int64_t j)
{
    return logits[j] + (l->bias ? l->bias[j] : 0);
}

/* Of a class, from its mean's logits without bias. */
static double entry(const nc__layer *l, int32_t vector, const double *logits, int64_t k)
{
    const double own = logit(l, logits, k);
    double margin = INFINITY, sum = 1;
    for (int64_t j = 0; j < l->present; j++)
        if (j != k) {
            const double lead = own - logit(l, logits, j);
            margin = fmin(margin, lead);
            sum += exp(-lead);
        }
    return vector == LIBNC_CLASS_MARGIN ? margin : 1 / sum;
}

static void fill_values(const nc__layer *l, int32_t vector, double *work, double *values)
{
    const nc__tensor classifier = nc__tensor_f64(l->classifier, l->present, l->width);
    for (int64_t first = 0; first < l->present; first += BLOCK) {
        const int64_t rows = l->present - first < BLOCK ? l->present - first : BLOCK;
        nc__tensor means = nc__tensor_f64(work, rows, l->width);
        nc__tensor logits = nc__tensor_f64(work + BLOCK * l->width, rows, l->present);
        fill_means(l, first, &means);
        nc__gemm(l->context, false, true, 1, &means, &classifier, 0, &logits);
        for (int64_t i = 0; i < rows; i++)
            values[l->index[first + i]] =
                entry(l, vector, (double *)logits.data + i * l->present, first + i);
    }
}

libnc_status nc__class_margins(const nc__layer *l, int32_t vector, double *values)
{
    double *work = NULL;
    if (l->classifier) {
        work = nc__alloc(l->context, (size_t)(l->width + l->present), BLOCK * sizeof *work);
        if (!work)
            return LIBNC_ERROR_MEMORY;
    }
    for (int64_t k = 0; k < l->classes; k++)
        values[k] = NAN;
    if (work)
        fill_values(l, vector, work, values);
    nc__free(l->context, work);
    return LIBNC_OK;
}
