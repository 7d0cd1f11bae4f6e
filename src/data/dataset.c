/* SPDX-License-Identifier: MIT
 *
 * dataset.c: datasets in memory: from arrays, synthetic clusters, selections, splits and orders.
 *
 * Every random choice draws from its own child streams of the caller's seed (stream.h), one per
 * class or epoch, so that it depends on nothing else.
 */
#include "data/dataset_internal.h"

#include "base/stream.h"
#include "data/classes_internal.h"
#include "linalg/finite.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Children of a seed's stream that this file uses. Any fixed numbers do; these keep clear of the
 * small indices, so that a model with the same seed draws other numbers. */
enum {
    DIRECTIONS = 0x64617461, /* "data" */
    NOISE,
    SELECTION,
    SPLIT,
    ORDER
};

/* No normal variate of the generator is larger: 2^-53 has its quantile at -8.21. */
#define LARGEST_NORMAL 9.0

static nc__stream stream_for(uint64_t seed, int64_t purpose)
{
    return nc__stream_child(nc__stream_of(seed), (uint64_t)purpose);
}

/* ---- checks and construction ---- */

libnc_status nc__check_scalar(libnc_context *context, int32_t scalar)
{
    if (scalar != LIBNC_FLOAT64 && scalar != LIBNC_FLOAT32)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "scalar = %" PRId32 ": must be LIBNC_FLOAT64 or LIBNC_FLOAT32", scalar);
    return LIBNC_OK;
}

/* An empty dataset of this shape, inputs and labels to be filled in; NULL with the error text set.
 * libnc_dataset_destroy() accepts it at any time. */
static libnc_dataset *dataset_alloc(libnc_context *context, int32_t scalar, int64_t count,
                                    int64_t width)
{
    libnc_dataset *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return NULL;
    created->context = context;
    created->scalar = scalar;
    created->count = count;
    created->width = width;
    created->shape[0] = width;
    created->shape[1] = created->shape[2] = 1;
    created->labels = nc__alloc(context, (size_t)count, sizeof *created->labels);
    if (created->labels) /* both sizes are below 2^31: the product fits */
        created->inputs = nc__alloc(context, (size_t)(count * width), nc__scalar_size(scalar));
    if (!created->inputs) {
        libnc_dataset_destroy(created);
        return NULL;
    }
    return created;
}

libnc_status libnc_dataset_from_memory(libnc_dataset **dataset, libnc_context *context,
                                       int32_t scalar, const void *inputs, const int32_t *labels,
                                       int64_t count, int64_t width)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(context, "dataset", dataset);
    if (!status)
        status = nc__check_scalar(context, scalar);
    if (!status)
        status = nc__check_given(context, "inputs", inputs);
    if (!status)
        status = nc__check_given(context, "labels", labels);
    if (!status)
        status = nc__check_bounds(context, "count", count, 1, INT32_MAX);
    if (!status)
        status = nc__check_bounds(context, "width", width, 1, INT32_MAX);
    if (status)
        return status;
    int64_t bad = nc__first_not_finite(inputs, scalar, count * width);
    if (bad >= 0)
        return nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                        "inputs: row %" PRId64 ", column %" PRId64 ": must be finite", bad / width,
                        bad % width);
    libnc_classes *classes = NULL;
    status = libnc_classes_from_labels(&classes, context, labels, count);
    if (status)
        return status;
    libnc_dataset *created = dataset_alloc(context, scalar, count, width);
    if (!created) {
        libnc_classes_destroy(classes);
        return LIBNC_ERROR_MEMORY;
    }
    created->classes = classes;
    memcpy(created->labels, labels, (size_t)count * sizeof *labels);
    memcpy(created->inputs, inputs, (size_t)(count * width) * nc__scalar_size(scalar));
    *dataset = created;
    return LIBNC_OK;
}

/* ---- synthetic clusters ---- */

static libnc_status check_gaussian(libnc_dataset **dataset, const libnc_classes *classes,
                                   int32_t scalar, int64_t width, double separation, double noise)
{
    libnc_context *context = classes->context;
    libnc_status status = nc__check_given(context, "dataset", dataset);
    if (!status)
        status = nc__check_scalar(context, scalar);
    if (!status)
        status = nc__check_bounds(context, "samples of classes", classes->samples, 1, INT32_MAX);
    if (!status)
        status = nc__check_bounds(context, "width", width, 1, INT32_MAX);
    if (status)
        return status;
    if (!(separation >= 0 && isfinite(separation)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "separation = %g: must be at least 0 and finite", separation);
    if (!(noise >= 0 && isfinite(noise)))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "noise = %g: must be at least 0 and finite",
                        noise);
    double largest = scalar == LIBNC_FLOAT64 ? DBL_MAX : FLT_MAX;
    if (separation + LARGEST_NORMAL * noise > largest)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "separation = %g, noise = %g: inputs must fit the scalar type", separation,
                        noise);
    return LIBNC_OK;
}

/* A uniformly random direction, times length. */
static void draw_direction(nc__stream stream, double length, double *direction, int64_t width)
{
    nc__stream_normal(&stream, direction, (size_t)width);
    double square = 0;
    for (int64_t j = 0; j < width; j++)
        square += direction[j] * direction[j];
    double factor = length / sqrt(square); /* no variate is 0 */
    for (int64_t j = 0; j < width; j++)
        direction[j] *= factor;
}

/* Rows of class k: centre + noise. */
static void draw_cluster(libnc_dataset *dataset, int64_t first, int64_t count, const double *centre,
                         double noise, nc__stream stream, double *row)
{
    nc__tensor inputs =
        nc__tensor_of(dataset->inputs, dataset->scalar, dataset->count, dataset->width);
    for (int64_t i = first; i < first + count; i++) {
        nc__stream_normal(&stream, row, (size_t)dataset->width);
        for (int64_t j = 0; j < dataset->width; j++)
            row[j] = centre[j] + noise * row[j];
        nc__tensor target = nc__tensor_rows(&inputs, i, 1);
        nc__from_double(row, &target);
    }
}

static libnc_status copy_classes(libnc_classes **classes, const libnc_classes *from)
{
    return libnc_classes_from_counts(classes, from->context, from->counts, from->count);
}

libnc_status libnc_dataset_gaussian(libnc_dataset **dataset, const libnc_classes *classes,
                                    int32_t scalar, int64_t width, double separation, double noise,
                                    uint64_t seed)
{
    if (!classes)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_gaussian(dataset, classes, scalar, width, separation, noise);
    if (status)
        return status;
    libnc_context *context = classes->context;
    double *centre = nc__alloc(context, 2 * (size_t)width, sizeof *centre);
    libnc_dataset *created = NULL;
    if (centre)
        created = dataset_alloc(context, scalar, classes->samples, width);
    status = created ? copy_classes(&created->classes, classes) : LIBNC_ERROR_MEMORY;
    if (status)
        goto out;
    status = libnc_classes_labels(classes, created->labels, (size_t)created->count);
    assert(!status);
    int64_t first = 0;
    for (int64_t k = 0; k < classes->count; k++) {
        draw_direction(nc__stream_child(stream_for(seed, DIRECTIONS), (uint64_t)k), separation,
                       centre, width);
        draw_cluster(created, first, classes->counts[k], centre, noise,
                     nc__stream_child(stream_for(seed, NOISE), (uint64_t)k), centre + width);
        first += classes->counts[k];
    }
    *dataset = created;
    created = NULL;
out:
    libnc_dataset_destroy(created);
    nc__free(context, centre);
    return status;
}

/* ---- selections and splits ---- */

/* The samples of each class, class after class, in an order that depends on (seed, purpose) alone.
 * NULL with the error text set. */
static int64_t *shuffled_members(const libnc_dataset *dataset, uint64_t seed, int64_t purpose)
{
    const libnc_classes *classes = dataset->classes;
    int64_t *members =
        nc__alloc(dataset->context, (size_t)(dataset->count + classes->count), sizeof *members);
    if (!members)
        return NULL;
    int64_t *next = members + dataset->count, first = 0;
    for (int64_t k = 0; k < classes->count; k++) {
        next[k] = first;
        first += classes->counts[k];
    }
    for (int64_t i = 0; i < dataset->count; i++)
        members[next[dataset->labels[i]]++] = i;
    first = 0;
    for (int64_t k = 0; k < classes->count; k++) {
        nc__stream stream = nc__stream_child(stream_for(seed, purpose), (uint64_t)k);
        nc__stream_shuffle(&stream, members + first, (size_t)classes->counts[k]);
        first += classes->counts[k];
    }
    return members;
}

/* From member skip of each class on, as many as `counts` has. Takes counts over, fails or not. */
static libnc_status gather(libnc_dataset **part, const libnc_dataset *from, const int64_t *members,
                           const libnc_classes *skipped, libnc_classes *counts)
{
    libnc_dataset *created =
        dataset_alloc(from->context, from->scalar, counts->samples, from->width);
    if (!created) {
        libnc_classes_destroy(counts);
        return LIBNC_ERROR_MEMORY;
    }
    created->classes = counts;
    memcpy(created->shape, from->shape, sizeof created->shape);
    nc__tensor source = nc__tensor_of(from->inputs, from->scalar, from->count, from->width);
    nc__tensor target = nc__tensor_of(created->inputs, from->scalar, created->count, from->width);
    int64_t row = 0;
    for (int64_t k = 0; k < counts->count; k++) {
        const int64_t *chosen = members + (skipped ? skipped->counts[k] : 0);
        for (int64_t i = 0; i < counts->counts[k]; i++, row++) {
            nc__tensor source_row = nc__tensor_rows(&source, chosen[i], 1);
            nc__tensor target_row = nc__tensor_rows(&target, row, 1);
            nc__copy(&source_row, &target_row);
            created->labels[row] = (int32_t)k;
        }
        members += from->classes->counts[k];
    }
    *part = created;
    return LIBNC_OK;
}

static libnc_status check_selection(const libnc_dataset *dataset, const libnc_classes *counts)
{
    const libnc_classes *classes = dataset->classes;
    if (counts->context != dataset->context)
        return nc__fail(dataset->context, LIBNC_ERROR_ARGUMENT,
                        "counts: must be of the same context as the dataset");
    if (counts->count > classes->count)
        return nc__fail(dataset->context, LIBNC_ERROR_ARGUMENT,
                        "counts: %" PRId64 " classes: must be at most %" PRId64
                        ", those of the dataset",
                        counts->count, classes->count);
    for (int64_t k = 0; k < counts->count; k++)
        if (counts->counts[k] > classes->counts[k])
            return nc__fail(dataset->context, LIBNC_ERROR_ARGUMENT,
                            "counts[%" PRId64 "] = %" PRId64 ": class %" PRId64 " has only %" PRId64
                            " samples",
                            k, counts->counts[k], k, classes->counts[k]);
    return LIBNC_OK;
}

libnc_status libnc_dataset_select(libnc_dataset **selection, const libnc_dataset *dataset,
                                  const libnc_classes *counts, uint64_t seed)
{
    if (!dataset)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = dataset->context;
    libnc_status status = nc__check_given(context, "selection", selection);
    if (!status)
        status = nc__check_given(context, "counts", counts);
    if (!status)
        status = check_selection(dataset, counts);
    if (status)
        return status;
    int64_t *members = shuffled_members(dataset, seed, SELECTION);
    libnc_classes *copy = NULL;
    status = members ? copy_classes(&copy, counts) : LIBNC_ERROR_MEMORY;
    if (!status)
        status = gather(selection, dataset, members, NULL, copy);
    nc__free(context, members);
    return status;
}

/* Test and training counts of every class. */
static libnc_status split_counts(const libnc_dataset *dataset, double test_share,
                                 libnc_classes **test, libnc_classes **train)
{
    libnc_classes *test_counts = NULL, *train_counts = NULL;
    libnc_status status = copy_classes(&test_counts, dataset->classes);
    if (!status)
        status = copy_classes(&train_counts, dataset->classes);
    if (status) {
        libnc_classes_destroy(test_counts);
        return status;
    }
    test_counts->samples = 0;
    for (int64_t k = 0; k < test_counts->count; k++) {
        int64_t n = dataset->classes->counts[k];
        int64_t rounded = (int64_t)floor(test_share * (double)n + 0.5);
        rounded = rounded < 1 ? 1 : rounded > n - 1 ? n - 1 : rounded;
        test_counts->counts[k] = rounded;
        train_counts->counts[k] = n - rounded;
        test_counts->samples += rounded;
    }
    train_counts->samples = dataset->count - test_counts->samples;
    *test = test_counts;
    *train = train_counts;
    return LIBNC_OK;
}

static libnc_status check_split(libnc_dataset **train, libnc_dataset **test,
                                const libnc_dataset *dataset, double test_share)
{
    libnc_context *context = dataset->context;
    libnc_status status = nc__check_given(context, "train", train);
    if (!status)
        status = nc__check_given(context, "test", test);
    if (status)
        return status;
    if (train == test)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "train = test: must be two pointers");
    if (!(test_share > 0 && test_share < 1))
        return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                        "test_share = %g: must be above 0 and below 1", test_share);
    for (int64_t k = 0; k < dataset->classes->count; k++)
        if (dataset->classes->counts[k] < 2)
            return nc__fail(context, LIBNC_ERROR_ARGUMENT,
                            "dataset: class %" PRId64 " has one sample: a split needs two", k);
    return LIBNC_OK;
}

libnc_status libnc_dataset_split(libnc_dataset **train, libnc_dataset **test,
                                 const libnc_dataset *dataset, double test_share, uint64_t seed)
{
    if (!dataset)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_split(train, test, dataset, test_share);
    if (status)
        return status;
    int64_t *members = shuffled_members(dataset, seed, SPLIT);
    if (!members)
        return LIBNC_ERROR_MEMORY;
    libnc_classes *test_counts = NULL, *train_counts = NULL;
    libnc_dataset *train_part = NULL, *test_part = NULL;
    status = split_counts(dataset, test_share, &test_counts, &train_counts);
    if (status)
        goto out;
    status = gather(&train_part, dataset, members, test_counts, train_counts);
    if (status) {
        libnc_classes_destroy(test_counts);
        goto out;
    }
    status = gather(&test_part, dataset, members, NULL, test_counts);
    if (status) {
        libnc_dataset_destroy(train_part);
        goto out;
    }
    *train = train_part;
    *test = test_part;
out:
    nc__free(dataset->context, members);
    return status;
}

void nc__sample_order(uint64_t seed, uint64_t epoch, int64_t *order, size_t count)
{
    nc__stream stream = nc__stream_child(stream_for(seed, ORDER), epoch);
    nc__stream_permutation(&stream, order, count);
}

libnc_status libnc_dataset_order(const libnc_dataset *dataset, uint64_t seed, uint64_t epoch,
                                 int64_t *order, size_t size)
{
    if (!dataset)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(dataset->context, "order", order);
    if (status)
        return status;
    if (size != (size_t)dataset->count)
        return nc__fail(dataset->context, LIBNC_ERROR_DIMENSION,
                        "size = %zu: must be the number of samples, %" PRId64, size,
                        dataset->count);
    nc__sample_order(seed, epoch, order, size);
    return LIBNC_OK;
}

/* ---- oversampling ---- */

int64_t nc__repeated_count(libnc_context *context, const int64_t *counts, const int64_t *repeats,
                           int64_t classes)
{
    int64_t sum = 0;
    for (int64_t k = 0; k < classes; k++) {
        if (repeats[k] < 1 || repeats[k] > NC__LARGEST_EXACT) {
            nc__fail(context, LIBNC_ERROR_ARGUMENT,
                     "repeats[%" PRId64 "] = %" PRId64 ": must be from 1 to 2^53", k, repeats[k]);
            return -1;
        }
        if (counts[k] > (NC__LARGEST_EXACT - sum) / repeats[k]) {
            nc__fail(context, LIBNC_ERROR_ARGUMENT,
                     "repeats: more than 2^53 entries up to class %" PRId64, k);
            return -1;
        }
        sum += counts[k] * repeats[k];
    }
    return sum;
}

void nc__sample_order_repeated(uint64_t seed, uint64_t epoch, const int32_t *labels,
                               const int64_t *repeats, int64_t *order, size_t count)
{
    nc__stream stream = nc__stream_child(stream_for(seed, ORDER), epoch);
    size_t entry = 0;
    for (int64_t sample = 0; entry < count; sample++)
        for (int64_t r = 0; r < repeats[labels[sample]]; r++)
            order[entry++] = sample;
    nc__stream_shuffle(&stream, order, count);
}

libnc_status libnc_dataset_order_repeated(const libnc_dataset *dataset, const int64_t *repeats,
                                          int64_t class_count, uint64_t seed, uint64_t epoch,
                                          int64_t *order, size_t size)
{
    if (!dataset)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = dataset->context;
    libnc_status status = nc__check_given(context, "repeats", repeats);
    if (!status)
        status = nc__check_given(context, "order", order);
    if (status)
        return status;
    if (class_count != dataset->classes->count)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "class_count = %" PRId64 ": must be %" PRId64 ", that of the dataset",
                        class_count, dataset->classes->count);
    const int64_t count =
        nc__repeated_count(context, dataset->classes->counts, repeats, class_count);
    if (count < 0)
        return LIBNC_ERROR_ARGUMENT;
    if (size != (size_t)count)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "size = %zu: must be the number of entries, %" PRId64, size, count);
    nc__sample_order_repeated(seed, epoch, dataset->labels, repeats, order, size);
    return LIBNC_OK;
}

/* ---- destruction and getters ---- */

void libnc_dataset_destroy(libnc_dataset *dataset)
{
    if (!dataset)
        return;
    libnc_classes_destroy(dataset->classes);
    nc__free(dataset->context, dataset->inputs);
    nc__free(dataset->context, dataset->labels);
    nc__free(dataset->context, dataset);
}

int64_t libnc_dataset_count(const libnc_dataset *dataset)
{
    return dataset ? dataset->count : 0;
}

int64_t libnc_dataset_width(const libnc_dataset *dataset)
{
    return dataset ? dataset->width : 0;
}

int32_t libnc_dataset_scalar(const libnc_dataset *dataset)
{
    return dataset ? dataset->scalar : 0;
}

const void *libnc_dataset_inputs(const libnc_dataset *dataset)
{
    return dataset ? dataset->inputs : NULL;
}

const int32_t *libnc_dataset_labels(const libnc_dataset *dataset)
{
    return dataset ? dataset->labels : NULL;
}

const libnc_classes *libnc_dataset_classes(const libnc_dataset *dataset)
{
    return dataset ? dataset->classes : NULL;
}

/* ---- shape ---- */

libnc_status libnc_dataset_shape(const libnc_dataset *dataset, int64_t *channels, int64_t *height,
                                 int64_t *width)
{
    if (!dataset)
        return LIBNC_ERROR_ARGUMENT;
    if (channels)
        *channels = dataset->shape[0];
    if (height)
        *height = dataset->shape[1];
    if (width)
        *width = dataset->shape[2];
    return LIBNC_OK;
}

libnc_status libnc_dataset_set_shape(libnc_dataset *dataset, int64_t channels, int64_t height,
                                     int64_t width)
{
    if (!dataset)
        return LIBNC_ERROR_ARGUMENT;
    libnc_context *context = dataset->context;
    libnc_status status = nc__check_bounds(context, "channels", channels, 1, INT32_MAX);
    if (!status)
        status = nc__check_bounds(context, "height", height, 1, INT32_MAX);
    if (!status)
        status = nc__check_bounds(context, "width", width, 1, INT32_MAX);
    if (status)
        return status;
    const bool fits = dataset->width % channels == 0 && dataset->width / channels % height == 0 &&
                      dataset->width / channels / height == width;
    if (!fits)
        return nc__fail(context, LIBNC_ERROR_DIMENSION,
                        "channels x height x width = %" PRId64 " x %" PRId64 " x %" PRId64
                        ": must be %" PRId64 " values",
                        channels, height, width, dataset->width);
    dataset->shape[0] = channels;
    dataset->shape[1] = height;
    dataset->shape[2] = width;
    return LIBNC_OK;
}
