/* SPDX-License-Identifier: MIT */
#include "accuracy.h"

#include <math.h>
#include <stdlib.h>

static int64_t largest(const double *values, int64_t count)
{
    int64_t best = 0;
    for (int64_t k = 1; k < count; k++)
        best = values[k] > values[best] ? k : best;
    return best;
}

/* How many there are of each class, and how many of them are right. */
static void count_right(const libnc_dataset *images, const double *logits, int64_t K,
                        double *counts, double *right)
{
    const int32_t *labels = libnc_dataset_labels(images);
    for (int64_t i = 0; i < libnc_dataset_count(images); i++) {
        counts[labels[i]]++;
        right[labels[i]] += largest(logits + i * K, K) == labels[i];
    }
}

/* Of classes begin .. end - 1; NaN for no image. */
static double share(const double *right, const double *counts, int64_t begin, int64_t end)
{
    double all = 0, hits = 0;
    for (int64_t k = begin; k < end; k++) {
        all += counts[k];
        hits += right[k];
    }
    return hits / all;
}

void measure_accuracies(const program *self, libnc_model *model, libnc_dataset *images,
                        int64_t minority, accuracies *a)
{
    const int64_t K = libnc_model_classes(model);
    const size_t size = (size_t)libnc_dataset_count(images) * (size_t)K;
    double *logits = allocate(self, size, sizeof *logits);
    double *counts = allocate(self, (size_t)K, sizeof *counts);
    double *right = allocate(self, (size_t)K, sizeof *right);
    require(self, libnc_model_evaluate(model, images, libnc_model_depth(model) + 1, logits, size));
    count_right(images, logits, K, counts, right);
    a->all = share(right, counts, 0, K);
    a->majority = share(right, counts, 0, K - minority);
    a->minority = share(right, counts, K - minority, K);
    for (int64_t k = 0; k < K; k++)
        right[k] /= counts[k];
    free(a->by_class);
    a->by_class = right;
    a->class_count = K;
    free(counts);
    free(logits);
}

double minority_cosine(const double *gram, int64_t class_count, int64_t minority)
{
    const int64_t K = class_count;
    double sum = 0, pairs = 0;
    for (int64_t k = K - minority; k < K; k++)
        for (int64_t l = K - minority; l < k; l++, pairs++)
            sum += gram[k * K + l] / sqrt(gram[k * K + k] * gram[l * K + l]);
    return sum / pairs;
}
