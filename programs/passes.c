/* SPDX-License-Identifier: MIT */
#include "passes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "progress.h"
#include "ranks.h"
#include "sources.h"

enum {
    BATCH_BYTES = 1 << 24, /* of features, and of logits, read at a time */
    LARGEST_FULL = 4096    /* widths above take the projected scatter */
};

/* ---- accumulators ---- */

static int scatter_of(const job *j, const layer *at)
{
    if (j->scatter >= 0)
        return j->scatter;
    if (at->features.cols <= LARGEST_FULL)
        return LIBNC_SCATTER_FULL;
    /* One pass alone has no projected scatter; kept statistics may get their second one later. */
    return j->one_pass && j->save == NULL ? LIBNC_SCATTER_NONE : LIBNC_SCATTER_PROJECTED;
}

/* So many classes that their means alone do not fit the machine end here, in words. */
static void check_memory(const job *j)
{
    enum { PER_VALUE = 24, PER_CLASS = 100 }; /* bytes that statistics and report take, at least */
    const double machine = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    double bytes = 0;
    for (int32_t l = 0; l < j->layer_count; l++)
        bytes +=
            (double)j->class_count * (PER_CLASS + PER_VALUE * (double)j->layers[l].features.cols);
    if (machine > 0 && bytes > machine)
        stop(&j->self, EXIT_FAILURE,
             "K = %lld classes of d = %lld values take at least %.0f GB: must fit the %.0f GB of "
             "this machine",
             (long long)j->class_count, (long long)j->layers[0].features.cols, 1e-9 * bytes,
             1e-9 * machine);
}

static void create_accumulators(job *j)
{
    const program *self = &j->self;
    check_memory(j);
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        require(self, libnc_accumulator_create(&at->accumulator, self->context, j->class_count,
                                               at->features.cols));
        libnc_options *settings = libnc_accumulator_options(at->accumulator);
        require(self, libnc_options_set_int64(settings, LIBNC_ACCUMULATOR_OPTION_SCATTER,
                                              scatter_of(j, at)));
        require(self,
                libnc_options_set_int64(settings, LIBNC_ACCUMULATOR_OPTION_GROUPS, j->groups));
        if (j->precision >= 0 || j->ood_count > 0) /* inverses of S_W need its digits */
            require(self, libnc_options_set_int64(settings, LIBNC_ACCUMULATOR_OPTION_PRECISION,
                                                  j->precision >= 0 ? j->precision
                                                                    : LIBNC_PRECISION_FLOAT64));
        require(self, libnc_options_set_int64(settings, LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY,
                                              j->by_frequency));
    }
}

/* --second-pass: the statistics of all samples, of which the features here may be a part. */
static void load_first_pass(job *j)
{
    layer *at = &j->layers[0];
    require(&j->self, libnc_accumulator_load(&at->accumulator, j->self.context, j->first_pass));
    j->class_count = libnc_accumulator_classes(at->accumulator);
}

static void check_first_pass(const job *j)
{
    const layer *at = &j->layers[0];
    const int64_t width = libnc_accumulator_width(at->accumulator);
    const int64_t samples = libnc_accumulator_samples(at->accumulator);
    if (at->features.cols != width)
        stop(&j->self, EXIT_FAILURE, "--features = %s: has %lld columns, %s %lld: must be the same",
             at->features.name, (long long)at->features.cols, j->first_pass, (long long)width);
    if (j->kept > samples)
        stop(&j->self, EXIT_FAILURE,
             "--features = %s: has %lld rows, %s is of %lld: must not be more", at->features.name,
             (long long)j->kept, j->first_pass, (long long)samples);
}

/* Kept statistics: the first file, and the others merged into it. */
static void merge_states(job *j)
{
    const program *self = &j->self;
    layer *at = &j->layers[0];
    for (int i = 0; i < j->state_count; i++) {
        libnc_accumulator *next = NULL;
        require(self, libnc_accumulator_load(&next, self->context, j->states[i]));
        if (i == 0) {
            at->accumulator = next;
            continue;
        }
        const int32_t status = libnc_accumulator_merge(at->accumulator, next);
        if (status < 0)
            stop(self, EXIT_FAILURE, "--merge: %s: %s%s", j->states[i],
                 libnc_context_error(self->context),
                 status != LIBNC_ERROR_STATE
                     ? ""
                     : "; merge what --one-pass keeps, then what --second-pass keeps with the "
                       "merged file");
        libnc_accumulator_destroy(next);
    }
    j->class_count = libnc_accumulator_classes(at->accumulator);
    j->samples = libnc_accumulator_samples(at->accumulator);
}

/* ---- passes ---- */

/* How far all passes over all layers are, in bytes of features. */
typedef struct reading {
    progress_line line;
    double begin;
    int64_t done, total;
} reading;

static void show_rate(reading *r)
{
    const double seconds = clock_seconds() - r->begin;
    const double rate = seconds > 0 ? (double)r->done / seconds : 0;
    const int left = rate > 0 ? (int)((double)(r->total - r->done) / rate) : 0;
    char words[80];
    snprintf(words, sizeof words, "MB  %.1f MB/s  %d:%02d:%02d left ", 1e-6 * rate, left / 3600,
             left / 60 % 60, left % 60);
    progress_show(&r->line, r->done / 1000000, r->total / 1000000, words);
}

/* Of the rows begin .. begin + read - 1 of one layer, the `count` that are not ignored. */
typedef struct batch {
    int64_t begin, read, count, most;
    int32_t scalar, logit_scalar;
    void *features, *logits; /* logits: NULL for none */
    int64_t *labels, *classes;
    int64_t *rows; /* in the source */
} batch;

static int64_t row_bytes(const layer *at)
{
    return at->features.cols * at->features.places *
           (int64_t)scalar_size(shards_scalar(&at->features));
}

static batch batch_create(const job *j, const layer *at)
{
    enum { LEAST_ROWS = 16 };
    const program *self = &j->self;
    batch b = {.scalar = shards_scalar(&at->features)};
    b.most = BATCH_BYTES / row_bytes(at);
    if (j->logits != NULL) {
        b.logit_scalar = shards_scalar(&j->logit_source);
        const int64_t most = BATCH_BYTES / (j->class_count * (int64_t)scalar_size(b.logit_scalar));
        b.most = most < b.most ? most : b.most;
    }
    b.most = b.most < LEAST_ROWS ? LEAST_ROWS : b.most;
    b.most = b.most < j->samples ? b.most : j->samples;
    b.features = allocate(self, (size_t)(b.most * at->features.cols), scalar_size(b.scalar));
    b.labels = allocate(self, (size_t)b.most, sizeof *b.labels);
    b.classes = allocate(self, (size_t)b.most, sizeof *b.classes);
    b.rows = allocate(self, (size_t)b.most, sizeof *b.rows);
    if (j->logits != NULL)
        b.logits = allocate(self, (size_t)(b.most * j->class_count), scalar_size(b.logit_scalar));
    return b;
}

static void batch_destroy(batch *b)
{
    free(b->features);
    free(b->logits);
    free(b->labels);
    free(b->classes);
    free(b->rows);
}

/* Row `to` = row `from` of the values. */
static void move_row(void *values, int64_t to, int64_t from, int64_t cols, int32_t scalar)
{
    const size_t bytes = (size_t)cols * scalar_size(scalar);
    if (values != NULL && to != from)
        memcpy((char *)values + (size_t)to * bytes, (char *)values + (size_t)from * bytes, bytes);
}

/* Closes the gaps that ignored rows leave, and finds the classes of the others. */
static void batch_keep(const job *j, const layer *at, batch *b)
{
    b->count = 0;
    for (int64_t i = 0; i < b->read; i++) {
        if (is_ignored(j, b->labels[i]))
            continue;
        move_row(b->features, b->count, i, at->features.cols, b->scalar);
        move_row(b->logits, b->count, i, j->class_count, b->logit_scalar);
        b->rows[b->count] = b->begin + i;
        b->labels[b->count] = b->labels[i];
        b->classes[b->count++] = class_of(j, b->labels[i]);
    }
}

static void batch_read(const job *j, const layer *at, int64_t begin, int64_t end, batch *b)
{
    b->begin = begin;
    b->read = end - begin < b->most ? end - begin : b->most;
    shards_read(&j->self, &at->features, begin, b->read, b->scalar, b->features);
    shards_read(&j->self, &j->label_source, begin, b->read, 0, b->labels);
    if (b->logits != NULL)
        shards_read(&j->self, &j->logit_source, begin, b->read, b->logit_scalar, b->logits);
    batch_keep(j, at, b);
}

/* The library numbers the rows of a batch; the reader of a message those of a file. */
static void stop_at_batch(const job *j, const layer *at, const batch *b)
{
    for (int64_t i = 0; i < b->count; i++) {
        int64_t row = b->rows[i];
        if (b->classes[i] < 0 || b->classes[i] >= j->class_count)
            stop(&j->self, EXIT_FAILURE, "%s, row %lld: is %lld: must be from 0 to %lld%s",
                 j->label_source.paths[shard_of(&j->label_source, &row)], (long long)row,
                 (long long)b->labels[i], (long long)j->class_count - 1,
                 b->labels[i] == j->class_count ? "; labels that begin at 1 must be saved less 1"
                                                : "");
    }
    check_finite(j, &at->features, b->rows, b->count, b->scalar, b->features);
    if (b->logits != NULL)
        check_finite(j, &j->logit_source, b->rows, b->count, b->logit_scalar, b->logits);
    stop(&j->self, EXIT_FAILURE, "%s, rows from %lld on: %s", at->features.name,
         (long long)b->begin, libnc_context_error(j->self.context));
}

static void run_pass(const job *j, const layer *at, reading *r)
{
    batch b = batch_create(j, at);
    int64_t begin, end;
    own_rows(j, &begin, &end);
    for (; begin < end; begin += b.read) {
        batch_read(j, at, begin, end, &b);
        if (libnc_accumulator_update_logits(at->accumulator, b.features, b.scalar, b.count,
                                            at->features.cols, b.classes, LIBNC_LABEL_INT64,
                                            b.logits, b.logit_scalar, j->class_count) < 0)
            stop_at_batch(j, at, &b);
        r->done += b.read * row_bytes(at);
        show_rate(r);
    }
    batch_destroy(&b);
    add_up(j, at->accumulator);
}

/* Of the classifier of a layer: its own, or that of the last layer, which all have. */
static const double *bias_of(const job *j, const layer *at)
{
    return at->classifier == NULL ? NULL : at->bias != NULL ? at->bias : j->bias_values;
}

static void accumulate(job *j)
{
    const int passes = j->one_pass || j->first_pass != NULL ? 1 : 2;
    reading r = {.line = progress_begin(&j->self), .begin = clock_seconds()};
    int64_t begin, end;
    own_rows(j, &begin, &end);
    for (int32_t l = 0; l < j->layer_count; l++)
        r.total += passes * (end - begin) * row_bytes(&j->layers[l]);
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        if (j->first_pass == NULL)
            run_pass(j, at, &r);
        if (j->one_pass)
            continue;
        require(&j->self, libnc_accumulator_begin_second_pass(at->accumulator, at->classifier,
                                                              bias_of(j, at), LIBNC_FLOAT64));
        run_pass(j, at, &r);
    }
    progress_end(&r.line);
}

void gather(job *j)
{
    if (j->merging) {
        merge_states(j);
        read_classifiers(j);
        return;
    }
    if (j->first_pass != NULL)
        load_first_pass(j);
    open_sources(j);
    if (j->first_pass != NULL)
        check_first_pass(j);
    else
        create_accumulators(j);
    read_classifiers(j);
    accumulate(j);
}
