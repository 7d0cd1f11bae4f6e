/* SPDX-License-Identifier: MIT */
#include "counts.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "label_set.h"
#include "shards.h"
#include "words.h"

enum { LONGEST_WORD = 64 };

/* ---- text ---- */

/* Whether the file begins as text with numbers does: no array's file has no zero byte there. */
static bool is_text(const char *path)
{
    char block[512];
    FILE *file = fopen(path, "rb");
    const size_t size = file != NULL ? fread(block, 1, sizeof block, file) : 0;
    size_t first = 0;
    if (file != NULL)
        fclose(file);
    while (first < size && isspace((unsigned char)block[first]))
        first++;
    return first < size && memchr(block, 0, size) == NULL &&
           (isdigit((unsigned char)block[first]) || strchr("+-#", block[first]) != NULL);
}

static bool is_separator(int c)
{
    return isspace(c) || c == ',' || c == ';';
}

/* The first character of the next word, or EOF; a comment separates too. */
static int skip_to_word(FILE *file)
{
    int c;
    bool comment = false;
    while ((c = getc(file)) != EOF) {
        comment = (comment && c != '\n') || c == '#';
        if (!comment && !is_separator(c))
            return c;
    }
    return EOF;
}

/* One word, cut where it is too long to be a number; false at the end of the file. */
static bool read_word(FILE *file, char word[LONGEST_WORD])
{
    size_t size = 0;
    for (int c = skip_to_word(file); c != EOF && !is_separator(c); c = getc(file))
        if (size < LONGEST_WORD - 1)
            word[size++] = (char)c;
    word[size] = '\0';
    return size > 0;
}

/* Room for twice as many. */
static int64_t *grown(const program *self, int64_t *values, int64_t size)
{
    int64_t *larger = allocate(self, (size_t)(2 * size + LONGEST_WORD), sizeof *larger);
    if (size > 0)
        memcpy(larger, values, (size_t)size * sizeof *larger);
    free(values);
    return larger;
}

static int64_t *read_text(const program *self, const option_spec *option, int64_t *size)
{
    FILE *file = fopen(optarg, "r");
    char word[LONGEST_WORD];
    const char *end;
    int64_t *values = NULL, room = 0;
    for (*size = 0; file != NULL && read_word(file, word); ++*size) {
        if (*size == room) {
            values = grown(self, values, room);
            room = 2 * room + LONGEST_WORD;
        }
        if (!read_whole(word, &end, &values[*size]) || *end != '\0')
            stop(self, EXIT_FAILURE, "--%s = %s: number %lld is %s: must be a whole number",
                 option->name, optarg, (long long)*size, word);
    }
    if (file == NULL || ferror(file))
        stop(self, EXIT_FAILURE, "--%s = %s: cannot read: %s", option->name, optarg,
             strerror(errno));
    fclose(file);
    return values;
}

/* ---- arrays ---- */

static int64_t *read_array(const program *self, const option_spec *option, int64_t *size)
{
    shards s = shards_open(self, option->name, optarg);
    if (s.rows != 1 && s.cols != 1)
        stop(self, EXIT_FAILURE, "--%s = %s: is %lld x %lld: must be one row or column",
             option->name, optarg, (long long)s.rows, (long long)s.cols);
    *size = s.rows * s.cols;
    int64_t *values = allocate(self, (size_t)*size, sizeof *values);
    shards_read(self, &s, 0, s.rows, 0, values);
    shards_close(&s);
    return values;
}

/* The whole numbers of a file, each at least `minimum`. */
static int64_t *read_file(const program *self, const option_spec *option, int64_t minimum,
                          int64_t *size)
{
    int64_t *values = (is_text(optarg) ? read_text : read_array)(self, option, size);
    if (*size == 0)
        stop(self, EXIT_FAILURE, "--%s = %s: is empty", option->name, optarg);
    for (int64_t i = 0; i < *size; i++)
        if (values[i] < minimum || values[i] > LARGEST_COUNT)
            stop(self, EXIT_FAILURE, "--%s = %s: number %lld is %lld: must be from %lld to %lld",
                 option->name, optarg, (long long)i, (long long)values[i], (long long)minimum,
                 (long long)LARGEST_COUNT);
    return values;
}

static void take(class_counts *counts, int64_t *values, int64_t size)
{
    free(counts->values);
    counts->values = values;
    counts->size = size;
}

/* Two sources of counts would leave one without effect. */
static void claim(const program *self, const option_spec *option, class_counts *counts)
{
    if (counts->key != 0 && counts->key != option->key)
        stop(self, EXIT_USAGE, "--%s: must not be given with other counts", option->name);
    counts->key = option->key;
}

/* Which labels occur, in parts: a part needs memory for itself twice. */
static label_set labels_of(const program *self, const int64_t *labels, int64_t size)
{
    enum { PART = 1 << 16 };
    label_set present = {.count = 0};
    for (int64_t begin = 0; begin < size; begin += PART)
        label_set_add(self, &present, labels + begin, size - begin < PART ? size - begin : PART);
    return present;
}

void counts_of_labels(const program *self, const option_spec *option, class_counts *counts)
{
    int64_t size;
    claim(self, option, counts);
    int64_t *labels = read_file(self, option, 0, &size);
    label_set present = labels_of(self, labels, size);
    int64_t *values = allocate(self, (size_t)present.count, sizeof *values);
    for (int64_t i = 0; i < size; i++)
        values[label_set_find(&present, labels[i])]++;
    take(counts, values, present.count);
    free(present.values);
    free(labels);
}

/* ---- rules ---- */

static void take_classes(const program *self, class_counts *counts, libnc_classes *classes)
{
    const int64_t size = libnc_classes_count(classes);
    int64_t *values = allocate(self, (size_t)size, sizeof *values);
    memcpy(values, libnc_classes_counts(classes), (size_t)size * sizeof *values);
    libnc_classes_destroy(classes);
    take(counts, values, size);
}

void counts_set_ratio(const program *self, class_counts *counts, double ratio)
{
    libnc_classes *classes = NULL;
    int64_t *step = counts->step;
    counts->ratio = ratio;
    if (counts->key == KEY_LONG_TAILED) {
        require(self, libnc_classes_long_tailed(&classes, self->context, step[0], step[1], ratio));
    } else {
        const double rare = (double)step[1] / ratio + 0.5;
        step[3] = rare < 1 ? 1 : (int64_t)rare;
        require(self, libnc_classes_step(&classes, self->context, step[0] + step[2], step[0],
                                         step[1], step[3]));
    }
    take_classes(self, counts, classes);
}

/* "500" or "7*50", seven of 50, and what ends it. */
static bool read_run(const char *text, const char **end, int64_t *times, int64_t *count)
{
    *times = 1;
    bool read = read_whole(text, end, count);
    if (read && **end == '*') {
        *times = *count;
        read = read_whole(*end + 1, end, count);
    }
    return read && (**end == ',' || **end == '\0') && *times >= 1 && *times <= INT32_MAX &&
           *count >= 1 && *count <= LARGEST_COUNT;
}

/* Fills values unless that is NULL; how many there are. */
static int64_t read_runs(const program *self, const option_spec *option, int64_t *values)
{
    int64_t size = 0, times, count;
    const char *end = ",";
    for (const char *text = optarg; *end == ','; text = end + 1) {
        if (!read_run(text, &end, &times, &count) || size + times > INT32_MAX)
            stop(self, EXIT_USAGE,
                 "--%s = %s: must be whole numbers from 1 to %lld, separated by commas, 7*50 for "
                 "seven of 50",
                 option->name, optarg, (long long)LARGEST_COUNT);
        for (int64_t i = 0; i < times && values != NULL; i++)
            values[size + i] = count;
        size += times;
    }
    return size;
}

static void read_counts(const program *self, const option_spec *option, class_counts *counts)
{
    const int64_t size = read_runs(self, option, NULL);
    int64_t *values = allocate(self, (size_t)size, sizeof *values);
    take(counts, values, read_runs(self, option, values));
}

static void read_long_tailed(const program *self, const option_spec *option, class_counts *counts)
{
    int64_t size;
    double *values = option_numbers(self, option, 1, true, (double)LARGEST_COUNT, &size);
    if (size != 3 || values[0] > INT32_MAX || values[0] != (double)(int64_t)values[0] ||
        values[1] != (double)(int64_t)values[1])
        stop(self, EXIT_USAGE,
             "--%s = %s: must be K, n and R: two whole numbers and a ratio from 1", option->name,
             optarg);
    counts->step[0] = (int64_t)values[0];
    counts->step[1] = (int64_t)values[1];
    counts_set_ratio(self, counts, values[2]);
    free(values);
}

static void read_step(const program *self, const option_spec *option, class_counts *counts)
{
    int64_t size;
    libnc_classes *classes = NULL;
    int64_t *values = option_wholes(self, option, 1, LARGEST_COUNT, &size);
    if (size != 4 || values[0] > INT32_MAX || values[2] > INT32_MAX)
        stop(self, EXIT_USAGE, "--%s = %s: must be four whole numbers: K_A, n_A, K_B, n_B",
             option->name, optarg);
    memcpy(counts->step, values, sizeof counts->step);
    counts->ratio = (double)values[1] / (double)values[3];
    require(self, libnc_classes_step(&classes, self->context, values[0] + values[2], values[0],
                                     values[1], values[3]));
    take_classes(self, counts, classes);
    free(values);
}

bool counts_have_ratio(const class_counts *counts)
{
    return counts->key == KEY_LONG_TAILED || counts->key == KEY_STEP;
}

bool counts_option(const program *self, const option_spec *option, class_counts *counts)
{
    int64_t size, *values;
    if (option->key < KEY_COUNTS || option->key > KEY_COUNT_LABELS)
        return false;
    if (option->key != KEY_COUNT_LABELS)
        claim(self, option, counts);
    switch (option->key) {
    case KEY_COUNTS: read_counts(self, option, counts); return true;
    case KEY_COUNTS_FILE:
        values = read_file(self, option, 1, &size);
        take(counts, values, size);
        return true;
    case KEY_LONG_TAILED: read_long_tailed(self, option, counts); return true;
    case KEY_STEP: read_step(self, option, counts); return true;
    default: counts_of_labels(self, option, counts); return true;
    }
}
