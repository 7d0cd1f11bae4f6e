/* SPDX-License-Identifier: MIT */
#include "sources.h"

#include <math.h> /* isfinite: a macro */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NumPy has no bfloat16: it comes as integers of two bytes, or as raw bytes, of no known type. */
static void take_as_bfloat16(job *j, const shards *s)
{
    for (int64_t i = 0; j->bfloat16 && i < s->count; i++) {
        const int32_t element = libnc_array_element(s->arrays[i]);
        if ((element == 0 || element == LIBNC_ELEMENT_INT16 || element == LIBNC_ELEMENT_UINT16) &&
            libnc_array_set_element(s->arrays[i], LIBNC_ELEMENT_BFLOAT16) == LIBNC_OK)
            j->retyped++;
    }
}

/* Raw bytes are what JAX saves of types that NumPy has no name for. */
static void refuse_raw(const job *j, const char *option, const shards *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        if (libnc_array_element(s->arrays[i]) != 0)
            continue;
        if (libnc_array_set_element(s->arrays[i], LIBNC_ELEMENT_BFLOAT16) == LIBNC_OK)
            stop(&j->self, EXIT_FAILURE,
                 "--%s = %s: has raw elements of 2 bytes, as JAX saves bfloat16: give --bfloat16, "
                 "or save them as float32",
                 option, s->paths[i]);
        stop(&j->self, EXIT_FAILURE,
             "--%s = %s: has raw elements of 1 byte, as JAX saves float8, which --bfloat16 does "
             "not read: save them as float32, or in a safetensors file",
             option, s->paths[i]);
    }
}

/* Says that integers are numbers, where they might be the bits of something else. */
static void note_integers(const job *j, const char *option, const shards *s, note_list *notes)
{
    for (int64_t i = 0; i < s->count; i++) {
        const int32_t element = libnc_array_element(s->arrays[i]);
        if (element > LIBNC_ELEMENT_UINT64)
            continue;
        note_add(&j->self, notes, "--%s is %s: read as whole numbers%s", option,
                 libnc_element_name(element),
                 libnc_element_size(element) == 2 ? "; for the bits of bfloat16 give --bfloat16"
                                                  : "");
        return;
    }
}

/* What is common to sources of numbers that are no labels. */
static shards open_numbers(job *j, const char *option, const char *name, note_list *notes)
{
    shards s = shards_open(&j->self, option, name);
    take_as_bfloat16(j, &s);
    refuse_raw(j, option, &s);
    note_integers(j, option, &s, notes);
    return s;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The rows of a source and the labels belong together by their order alone. Where files are cut in
 * different ways, and their names can be put in more than one order, that is a guess. */
static void note_order(const job *j, const char *option, const shards *s, note_list *notes)
{
    const shards *labels = &j->label_source, *many = s->count > 1 ? s : labels;
    bool alike = s->count == labels->count;
    for (int64_t i = 0; alike && i < s->count; i++)
        alike = libnc_array_rows(s->arrays[i]) == libnc_array_rows(labels->arrays[i]);
    if (alike || (shards_order_is_plain(s) && shards_order_is_plain(labels)))
        return;
    note_add(&j->self, notes,
             "--%s is in %lld files and --labels in %lld, so that their order decides, which is a "
             "guess: %s, %s%s%s",
             option, (long long)s->count, (long long)labels->count, base_name(many->paths[0]),
             base_name(many->paths[1]),
             many->count > 3   ? ", ..., "
             : many->count > 2 ? ", "
                               : "",
             many->count > 2 ? base_name(many->paths[many->count - 1]) : "");
}

/* Maps, N x C x H x W, become rows of all their numbers, or of means of the channels. */
static void pool_maps(job *j, const char *option, shards *s, note_list *notes)
{
    enum { SHOWN = 8 }; /* dimensions */
    const libnc_array *array = s->arrays[0];
    const int32_t dimensions = libnc_array_dimensions(array);
    char shape[24 * SHOWN] = "N";
    if (dimensions < 3)
        return;
    for (int32_t i = 1; i < dimensions && i < SHOWN; i++)
        snprintf(shape + strlen(shape), 24, " x %lld", (long long)libnc_array_dimension(array, i));
    if (j->pool >= 0) {
        shards_pool(&j->self, option, s, j->pool == 1);
        j->pooled++;
        note_add(&j->self, notes, "--%s has maps, %s: columns are means of %lld channels", option,
                 shape, (long long)s->cols);
    } else if (libnc_array_dimension(array, 1) != s->cols) {
        note_add(&j->self, notes,
                 "--%s has maps, %s, flattened to %lld columns: --pool mean takes the mean of each "
                 "channel",
                 option, shape, (long long)s->cols);
    }
}

/* A flag that changes nothing was meant for other data. */
static void check_effects(const job *j)
{
    if (j->bfloat16 && j->retyped == 0)
        stop(&j->self, EXIT_USAGE,
             "--bfloat16: nothing that was given has integers or raw "
             "elements of two bytes: leave it out");
    if (j->pool >= 0 && j->pooled == 0)
        stop(&j->self, EXIT_USAGE,
             "--pool: no features have more than two dimensions: leave it "
             "out");
}

bool is_ignored(const job *j, int64_t label)
{
    for (int i = 0; i < j->ignored_count; i++)
        if (j->ignored[i] == label)
            return true;
    return false;
}

/* Leaves out labels that are ignored, and returns how many stay. Stops at a label below 0. */
static int64_t keep_labels(const job *j, int64_t begin, int64_t count, int64_t *labels)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = begin + i;
        if (is_ignored(j, labels[i]))
            continue;
        if (labels[i] < 0)
            stop(&j->self, EXIT_FAILURE,
                 "%s, row %lld: is %lld: must be at least 0, or left out with --ignore %lld",
                 j->label_source.paths[shard_of(&j->label_source, &row)], (long long)row,
                 (long long)labels[i], (long long)labels[i]);
        labels[kept++] = labels[i];
    }
    return kept;
}

/* Reads all labels once. They are read again with the features rather than kept. */
static void survey_labels(job *j)
{
    enum { PART = 1 << 16 };
    int64_t *labels = allocate(&j->self, PART, sizeof *labels);
    for (int64_t begin = 0; begin < j->samples; begin += PART) {
        const int64_t count = j->samples - begin < PART ? j->samples - begin : PART;
        shards_read(&j->self, &j->label_source, begin, count, 0, labels);
        const int64_t kept = keep_labels(j, begin, count, labels);
        for (int64_t i = 0; i < kept; i++)
            j->largest = labels[i] > j->largest ? labels[i] : j->largest;
        if (j->class_count == 0)
            label_set_add(&j->self, &j->present, labels, kept);
        j->kept += kept;
    }
    free(labels);
    if (j->kept == 0)
        stop(&j->self, EXIT_FAILURE, "--ignore: leaves no sample of %s", j->labels);
}

/* Rows of the classifiers, or columns of the logits, that were given; 0 for none. */
static int64_t known_classes(const job *j)
{
    int64_t most = 0;
    for (int32_t l = -1; l < j->layer_count; l++) {
        const char *name = l < 0 ? j->logits : j->layers[l].classifier_name;
        if (name == NULL)
            continue;
        shards s = shards_open(&j->self, l < 0 ? "logits" : l == 0 ? "classifier" : "layer", name);
        const int64_t classes = l < 0 ? s.cols : s.rows;
        most = classes > most ? classes : most;
        shards_close(&s);
    }
    return most;
}

/* Labels are classes where they have no gaps, and where a classifier has a row for each label up to
 * the largest; else they are numbered as they occur. Other parts of the data, which kept statistics
 * are merged with, would number theirs in another way. */
static void choose_classes(job *j)
{
    const int64_t count = j->present.count;
    j->numbered = j->largest >= count && known_classes(j) <= j->largest;
    j->class_count = j->numbered ? count : j->largest + 1;
    if (j->numbered && j->save != NULL)
        stop(&j->self, EXIT_FAILURE,
             "--save: %lld labels up to %lld occur in %s, not all: --classes must say what K is",
             (long long)count, (long long)j->largest, j->labels);
    if (j->class_count > INT32_MAX)
        stop(&j->self, EXIT_FAILURE, "--labels = %s: %lld of them occur: must be at most %lld",
             j->labels, (long long)count, (long long)INT32_MAX);
}

int64_t class_of(const job *j, int64_t label)
{
    return j->numbered ? label_set_find(&j->present, label) : label;
}

/* Whether the first row is of zeros and a single one. */
static bool is_one_hot(const job *j, const shards *s)
{
    int64_t ones = 0, others = 0;
    double *row = allocate(&j->self, (size_t)s->cols, sizeof *row);
    if (s->rows > 0)
        shards_read(&j->self, s, 0, 1, LIBNC_FLOAT64, row);
    for (int64_t i = 0; i < s->cols; i++)
        *(row[i] == 1 ? &ones : &others) += row[i] != 0;
    free(row);
    return ones == 1 && others == 0;
}

static void check_label_shape(const job *j, const char *option, const shards *s)
{
    refuse_raw(j, option, s);
    if (s->cols != 1)
        stop(&j->self, EXIT_FAILURE, "--%s = %s: has %lld columns: must be 1%s", option, s->name,
             (long long)s->cols,
             s->rows == 1       ? "; save labels.reshape(-1)"
             : is_one_hot(j, s) ? "; they are one-hot: save numpy.argmax(labels, axis=1)"
                                : "");
}

static void open_labels(job *j)
{
    j->label_source = shards_open(&j->self, "labels", j->labels);
    j->samples = j->label_source.rows;
    check_label_shape(j, "labels", &j->label_source);
    if (j->samples == 0)
        stop(&j->self, EXIT_FAILURE, "--labels = %s: is empty", j->labels);
    survey_labels(j);
    if (j->class_count == 0)
        choose_classes(j);
}

static void open_features(job *j, layer *at, const char *option)
{
    at->features = open_numbers(j, option, at->features.name, &at->notes);
    pool_maps(j, option, &at->features, &at->notes);
    note_order(j, option, &at->features, &at->notes);
    if (at->features.rows != j->samples)
        stop(&j->self, EXIT_FAILURE,
             "--%s = %s: has %lld rows, %s %lld: must be one label for each row", option,
             at->features.name, (long long)at->features.rows, j->labels, (long long)j->samples);
    if (at->features.cols == 0)
        stop(&j->self, EXIT_FAILURE, "--%s = %s: has no columns", option, at->features.name);
}

/* A classifier knows more classes than the labels here: how to say so. */
static const char *classes_hint(const job *j, int64_t classes, char hint[80])
{
    *hint = '\0';
    if (classes > j->class_count && !j->merging && j->first_pass == NULL)
        snprintf(hint, 80, "; if the others have no samples here, give --classes %lld",
                 (long long)classes);
    return hint;
}

static void open_logits(job *j)
{
    char hint[80];
    note_list *notes = &j->layers[0].notes;
    j->logit_source = open_numbers(j, "logits", j->logits, notes);
    if (j->logit_source.rows != j->samples || j->logit_source.cols != j->class_count)
        stop(&j->self, EXIT_FAILURE, "--logits = %s: is %lld x %lld: must be N x K = %lld x %lld%s",
             j->logits, (long long)j->logit_source.rows, (long long)j->logit_source.cols,
             (long long)j->samples, (long long)j->class_count,
             classes_hint(j, j->logit_source.rows == j->samples ? j->logit_source.cols : 0, hint));
    note_order(j, "logits", &j->logit_source, notes);
}

void check_finite(const job *j, const shards *s, const int64_t *rows, int64_t count, int32_t scalar,
                  const void *values)
{
    for (int64_t i = 0; i < count * s->cols; i++) {
        const double value =
            scalar == LIBNC_FLOAT32 ? ((const float *)values)[i] : ((const double *)values)[i];
        if (isfinite(value) || (s == &j->logit_source && value < 0)) /* -inf: left out */
            continue;
        int64_t row = rows != NULL ? rows[i / s->cols] : i / s->cols;
        const char *path = s->paths[shard_of(s, &row)];
        stop(&j->self, EXIT_FAILURE, "%s, row %lld, column %lld: is %s: must be finite", path,
             (long long)row, (long long)(i % s->cols),
             isnan(value) ? "nan"
             : value > 0  ? "inf"
                          : "-inf");
    }
}

/* rows x cols numbers; of a single row or column it does not matter which. */
static double *read_matrix(job *j, const char *option, const char *name, int64_t rows, int64_t cols,
                           note_list *notes)
{
    char hint[80];
    shards s = open_numbers(j, option, name, notes);
    const bool fits = (s.rows == rows && s.cols == cols) ||
                      (s.rows == cols && s.cols == rows && (rows == 1 || cols == 1));
    if (!fits)
        stop(&j->self, EXIT_FAILURE, "--%s = %s: is %lld x %lld: must be %lld x %lld%s", option,
             name, (long long)s.rows, (long long)s.cols, (long long)rows, (long long)cols,
             s.rows == cols && s.cols == rows       ? ", its transpose"
             : s.rows == rows - 1 && s.cols == cols ? ", or labels that begin at 0"
             : s.cols == cols                       ? classes_hint(j, s.rows, hint)
             : cols == 1 && s.rows == 1             ? classes_hint(j, s.cols, hint)
                                                    : "");
    double *values = allocate(&j->self, (size_t)(rows * cols), sizeof *values);
    shards_read(&j->self, &s, 0, s.rows, LIBNC_FLOAT64, values);
    check_finite(j, &s, NULL, s.rows, LIBNC_FLOAT64, values);
    shards_close(&s);
    return values;
}

void open_sources(job *j)
{
    open_labels(j);
    for (int32_t l = 0; l < j->layer_count; l++)
        open_features(j, &j->layers[l], l == 0 ? "features" : "layer");
    if (j->logits != NULL)
        open_logits(j);
}

void read_classifiers(job *j)
{
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        if (at->classifier_name != NULL)
            at->classifier =
                read_matrix(j, l == 0 ? "classifier" : "layer", at->classifier_name, j->class_count,
                            libnc_accumulator_width(at->accumulator), &at->notes);
        if (at->bias_name != NULL)
            at->bias = read_matrix(j, "layer", at->bias_name, j->class_count, 1, &at->notes);
    }
    if (j->bias != NULL)
        j->bias_values = read_matrix(j, "bias", j->bias, j->class_count, 1, &j->layers[0].notes);
    check_effects(j);
}

shards open_other(job *j, const char *option, const char *name)
{
    const int64_t width = libnc_accumulator_width(j->layers[0].accumulator);
    shards s = open_numbers(j, option, name, &j->layers[0].notes);
    pool_maps(j, option, &s, &j->layers[0].notes);
    if (s.cols != width)
        stop(&j->self, EXIT_FAILURE,
             "--%s = %s: has %lld columns, the training features %lld: must be the same", option,
             name, (long long)s.cols, (long long)width);
    if (s.rows == 0)
        stop(&j->self, EXIT_FAILURE, "--%s = %s: is empty", option, name);
    return s;
}

shards open_other_labels(job *j, const char *option, const char *name, const shards *features)
{
    shards s = shards_open(&j->self, option, name);
    check_label_shape(j, option, &s);
    if (s.rows != features->rows)
        stop(&j->self, EXIT_FAILURE, "--%s = %s: has %lld rows, %s %lld: must be one for each row",
             option, name, (long long)s.rows, features->name, (long long)features->rows);
    return s;
}
