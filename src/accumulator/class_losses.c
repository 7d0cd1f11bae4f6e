/* SPDX-License-Identifier: MIT
 *
 * class_losses.c: cross-entropy of samples, summed by class, in float64 whatever the logits are.
 */
#include "accumulator/class_losses.h"

#include <math.h>

enum { GRAIN = 4 };

size_t nc__class_losses_size(int64_t classes, int64_t rows)
{
    return (size_t)classes + (size_t)rows;
}

typedef struct summing {
    const nc__tensor *logits;
    const double *bias;
    const int32_t *labels;
    double *losses; /* one per row */
} summing;

static double logit(const summing *s, int64_t i, int64_t k)
{
    const int64_t at = i * s->logits->stride + k;
    const double z = s->logits->scalar == LIBNC_FLOAT32 ? (double)((float *)s->logits->data)[at]
                                                        : ((double *)s->logits->data)[at];
    return s->bias ? z + s->bias[k] : z;
}

/* log sum_j exp(z_j - z_y), without overflow */
static double loss_of(const summing *s, int64_t i)
{
    double most = logit(s, i, 0), sum = 0;
    for (int64_t k = 1; k < s->logits->cols; k++)
        most = fmax(most, logit(s, i, k));
    for (int64_t k = 0; k < s->logits->cols; k++)
        sum += exp(logit(s, i, k) - most);
    return log(sum) + (most - logit(s, i, s->labels[i]));
}

static void loss_part(void *argument, int32_t part, int32_t parts)
{
    const summing *s = argument;
    int64_t begin, end;
    nc__share(s->logits->rows, GRAIN, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        s->losses[i] = loss_of(s, i);
}

void nc__class_losses_add(libnc_context *context, const nc__tensor *logits, const double *bias,
                          const int32_t *labels, double *sums)
{
    summing s = {logits, bias, labels, sums + logits->cols};
    nc__parallel(context, loss_part, &s);
    for (int64_t i = 0; i < logits->rows; i++)
        sums[labels[i]] += s.losses[i];
}
