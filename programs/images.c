/* SPDX-License-Identifier: MIT */
#include "images.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- synthetic images ---- */

enum { SIDE = 28, BLOBS = 6, BLOB_NUMBERS = 4 };

/* A pattern at (x, y): sum of a / (1 + r^2/w^2)^2 over its blobs (centre, width w, height a). */
static double pattern(const double *blobs, double x, double y)
{
    double sum = 0;
    for (int b = 0; b < BLOBS; b++) {
        const double *blob = blobs + b * BLOB_NUMBERS;
        double dx = x - (4 + 20 * blob[0]), dy = y - (4 + 20 * blob[1]);
        double width = 1.5 + 2 * blob[2], height = 0.4 + 0.6 * blob[3];
        double q = 1 + (dx * dx + dy * dy) / (width * width);
        sum += height / (q * q);
    }
    return sum;
}

static void draw(const double *blobs, const double *shift, const double *noise, float *image)
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double value = pattern(blobs, x + 2 * shift[0] - 1, y + 2 * shift[1] - 1) +
                           0.1 * noise[y * SIDE + x];
            image[y * SIDE + x] = (float)(value < 0 ? 0 : value > 1 ? 1 : value);
        }
}

void synthetic_images(experiment *e)
{
    const program *self = e->self;
    size_t N = (size_t)libnc_classes_samples(e->classes), K = (size_t)e->task.counts.size;
    enum { PIXELS = SIDE * SIDE };
    double shift[2], noise[PIXELS];
    float *images = allocate(self, N, PIXELS * sizeof *images);
    int32_t *labels = allocate(self, N, sizeof *labels);
    double *blobs = allocate(self, K, BLOBS * BLOB_NUMBERS * sizeof *blobs);
    libnc_random *random = NULL;
    require(self, libnc_random_create(&random, self->context, self->seed));
    require(self, libnc_random_uniform(random, blobs, K * BLOBS * BLOB_NUMBERS));
    require(self, libnc_classes_labels(e->classes, labels, N));
    for (size_t i = 0; i < N; i++) {
        require(self, libnc_random_uniform(random, shift, 2));
        require(self, libnc_random_normal(random, noise, PIXELS));
        draw(blobs + (size_t)labels[i] * BLOBS * BLOB_NUMBERS, shift, noise, images + i * PIXELS);
    }
    require(self, libnc_dataset_from_memory(&e->dataset, self->context, LIBNC_FLOAT32, images,
                                            labels, (int64_t)N, PIXELS));
    require(self, libnc_dataset_set_shape(e->dataset, 1, SIDE, SIDE));
    libnc_random_destroy(random);
    free(blobs);
    free(labels);
    free(images);
}

/* CIFAR's files have images and labels, those of CIFAR-100 two kinds of them. */
static libnc_status choose_member(libnc_array *array, bool labels)
{
    if (libnc_array_format(array) != LIBNC_ARRAY_CIFAR)
        return LIBNC_OK;
    const bool fine = libnc_array_member_count(array) > 2;
    return libnc_array_select(array, !labels ? "data" : fine ? "fine_labels" : "labels");
}

/* From an array that is open and one that is not. */
static libnc_status read_arrays(libnc_dataset **all, const program *self, libnc_array *images,
                                const char *labels_path)
{
    libnc_array *labels = NULL;
    libnc_status status = libnc_array_open(&labels, self->context, labels_path, NULL);
    if (status == LIBNC_OK)
        status = choose_member(images, false);
    if (status == LIBNC_OK)
        status = choose_member(labels, true);
    if (status == LIBNC_OK)
        status = libnc_dataset_from_arrays(all, self->context, LIBNC_FLOAT32, images, labels);
    libnc_array_destroy(labels);
    return status;
}

/* Bytes of IDX files are brought to [0, 1], other values are taken as they are. */
libnc_dataset *read_images(const experiment *e, const char *images, const char *labels,
                           const char *options)
{
    libnc_dataset *all = NULL;
    libnc_array *array = NULL;
    libnc_status status = libnc_array_open(&array, e->self->context, images, NULL);
    if (status == LIBNC_OK && libnc_array_format(array) != LIBNC_ARRAY_IDX)
        status = read_arrays(&all, e->self, array, labels);
    else if (status == LIBNC_OK)
        status = libnc_dataset_from_idx(&all, e->self->context, LIBNC_FLOAT32, images, labels);
    libnc_array_destroy(array);
    if (status < 0)
        stop(e->self, EXIT_FAILURE, "%s: %s (%s)", options, libnc_context_error(e->self->context),
             libnc_status_name(status));
    return all;
}

/* With all counts the choice begins with what smaller ones choose (libnc_dataset_select()). */
libnc_dataset *other_images(const experiment *e, const libnc_dataset *all)
{
    const program *self = e->self;
    const libnc_classes *classes = libnc_dataset_classes(all);
    const int64_t *counts = libnc_classes_counts(classes), K = e->task.counts.size;
    const size_t width = (size_t)libnc_dataset_width(all) * sizeof(float);
    libnc_dataset *ordered = NULL, *others = NULL;
    size_t left = 0, row = 0;
    require(self, libnc_dataset_select(&ordered, all, classes, self->seed));
    const char *inputs = libnc_dataset_inputs(ordered);
    char *values = allocate(self, (size_t)libnc_dataset_count(all), width);
    int32_t *labels = allocate(self, (size_t)libnc_dataset_count(all), sizeof *labels);
    for (int64_t k = 0; k < K; k++) {
        const size_t chosen = (size_t)e->task.counts.values[k],
                     others_of = (size_t)counts[k] - chosen;
        if (others_of == 0)
            stop(self, EXIT_FAILURE, "--test-others: all %lld images of class %lld are chosen",
                 (long long)counts[k], (long long)k);
        memcpy(values + left * width, inputs + (row + chosen) * width, others_of * width);
        for (size_t i = 0; i < others_of; i++)
            labels[left++] = (int32_t)k;
        row += (size_t)counts[k];
    }
    int64_t channels, height, across;
    require(self, libnc_dataset_shape(all, &channels, &height, &across));
    require(self, libnc_dataset_from_memory(&others, self->context, LIBNC_FLOAT32, values, labels,
                                            (int64_t)left, libnc_dataset_width(all)));
    require(self, libnc_dataset_set_shape(others, channels, height, across));
    libnc_dataset_destroy(ordered);
    free(values);
    free(labels);
    return others;
}

/* ---- pixels of mean 0 and variance 1 over all training images ---- */

void pixel_moments(const libnc_dataset *dataset, double *mean, double *deviation)
{
    const int64_t size = libnc_dataset_count(dataset) * libnc_dataset_width(dataset);
    const float *pixels = libnc_dataset_inputs(dataset);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < size; i++)
        sum += pixels[i];
    *mean = sum / (double)size;
    for (int64_t i = 0; i < size; i++)
        squares += (pixels[i] - *mean) * (pixels[i] - *mean);
    *deviation = squares > 0 ? sqrt(squares / (double)size) : 1;
}

/* The same images with other pixels, in the place of the dataset. */
void standardise(const program *self, libnc_dataset **dataset, double mean, double deviation)
{
    libnc_dataset *old = *dataset;
    const int64_t count = libnc_dataset_count(old), width = libnc_dataset_width(old);
    const float *pixels = libnc_dataset_inputs(old);
    int64_t channels, height, across;
    float *values = allocate(self, (size_t)count, (size_t)width * sizeof *values);
    for (int64_t i = 0; i < count * width; i++)
        values[i] = (float)((pixels[i] - mean) / deviation);
    require(self, libnc_dataset_shape(old, &channels, &height, &across));
    require(self, libnc_dataset_from_memory(dataset, self->context, LIBNC_FLOAT32, values,
                                            libnc_dataset_labels(old), count, width));
    require(self, libnc_dataset_set_shape(*dataset, channels, height, across));
    libnc_dataset_destroy(old);
    free(values);
}

void take_counts(experiment *e, const libnc_dataset *all)
{
    const libnc_classes *classes = libnc_dataset_classes(all);
    const size_t K = (size_t)libnc_classes_count(classes);
    free(e->task.counts.values);
    e->task.counts.size = (int64_t)K;
    e->task.counts.values = allocate(e->self, K, sizeof *e->task.counts.values);
    memcpy(e->task.counts.values, libnc_classes_counts(classes), K * sizeof *e->task.counts.values);
}
