/* SPDX-License-Identifier: MIT */
#include "other_sets.h"

#include <math.h> /* isnan and NAN: macros */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "output.h"
#include "sources.h"
#include "words.h"

enum { SCORES = LIBNC_OOD_SCORE_VIM_RESIDUAL, BATCH_BYTES = 1 << 24 };

/* Rows: the test set's about its own means and about the training means, or the training set's. */
enum { TRAINING, OWN, ABOUT, SIDES };

static const int32_t test_metrics[] = {LIBNC_METRIC_NC1,      LIBNC_METRIC_NC1_QUOTIENT,
                                       LIBNC_METRIC_CDNV,     LIBNC_METRIC_NC2_EQUINORM_FEATURES,
                                       LIBNC_METRIC_NC4,      LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES,
                                       LIBNC_METRIC_ACCURACY, LIBNC_METRIC_NEAREST_ACCURACY};

enum { TEST_METRICS = sizeof test_metrics / sizeof *test_metrics };

/* A set's scores, and what they say beside those of the set that is like the training data. */
typedef struct scored {
    const char *name;
    int64_t count;
    double *scores; /* SCORES columns of `count` values, one after the other */
    double nc5, auroc[SCORES], fpr95[SCORES];
} scored;

struct other_sets {
    job *j;
    bool has_test;
    int64_t test_samples;
    double values[SIDES][TEST_METRICS];
    bool known[SCORES]; /* which scores there are */
    scored inside, outside[MAX_OTHERS];
    int outside_count;
};

/* ---- rows of a set ---- */

/* Rows begin .. of a set, those of ignored labels left out. */
typedef struct rows {
    shards *features;
    const shards *labels; /* NULL: none, and none are ignored */
    int32_t scalar;
    int64_t most, begin, read, count;
    void *values;
    int64_t *classes;
} rows;

static rows rows_create(const job *j, shards *features, const shards *labels)
{
    rows r = {.features = features, .labels = labels, .scalar = shards_scalar(features)};
    const int64_t bytes = features->cols * features->places * (int64_t)scalar_size(r.scalar);
    r.most = BATCH_BYTES / bytes < 16 ? 16 : BATCH_BYTES / bytes;
    r.values = allocate(&j->self, (size_t)(r.most * features->cols), scalar_size(r.scalar));
    r.classes = allocate(&j->self, (size_t)r.most, sizeof *r.classes);
    return r;
}

static void rows_free(rows *r)
{
    free(r->values);
    free(r->classes);
}

/* Closes the gaps that ignored rows leave. */
static void keep_rows(const job *j, rows *r)
{
    const size_t bytes = (size_t)r->features->cols * scalar_size(r->scalar);
    r->count = 0;
    for (int64_t i = 0; i < r->read; i++) {
        if (r->labels != NULL && is_ignored(j, r->classes[i]))
            continue;
        if (r->count != i)
            memcpy((char *)r->values + (size_t)r->count * bytes,
                   (char *)r->values + (size_t)i * bytes, bytes);
        r->classes[r->count++] = class_of(j, r->classes[i]);
    }
}

/* The next rows; false after the last. */
static bool rows_next(const job *j, rows *r)
{
    r->begin += r->read;
    r->read = r->features->rows - r->begin < r->most ? r->features->rows - r->begin : r->most;
    if (r->read <= 0)
        return false;
    shards_read(&j->self, r->features, r->begin, r->read, r->scalar, r->values);
    if (r->labels != NULL)
        shards_read(&j->self, r->labels, r->begin, r->read, 0, r->classes);
    keep_rows(j, r);
    return true;
}

/* The library's words, with the file before them. */
static void must(const job *j, const rows *r, libnc_status status)
{
    if (status < 0)
        stop(&j->self, EXIT_FAILURE, "%s, rows from %lld on: %s", r->features->name,
             (long long)r->begin, libnc_context_error(j->self.context));
}

/* ---- scores ---- */

static bool is_available(const job *j, int32_t score)
{
    return j->layers[0].classifier != NULL || score == LIBNC_OOD_SCORE_NECO_RATIO ||
           score == LIBNC_OOD_SCORE_NECO_STANDARDISED_RATIO ||
           score == LIBNC_OOD_SCORE_NECO_UNCENTRED_RATIO || score == LIBNC_OOD_SCORE_MAHALANOBIS ||
           score == LIBNC_OOD_SCORE_NEAREST_MEAN;
}

static bool needs_scatter(int32_t score)
{
    return score != LIBNC_OOD_SCORE_NCI && score != LIBNC_OOD_SCORE_MAX_LOGIT &&
           score != LIBNC_OOD_SCORE_ENERGY && score != LIBNC_OOD_SCORE_NEAREST_MEAN;
}

static libnc_ood *open_ood(job *j, other_sets *o)
{
    layer *at = &j->layers[0];
    libnc_ood *ood = NULL;
    int64_t rank = 0;
    require(&j->self, libnc_ood_create(&ood, at->accumulator, at->classifier,
                                       at->classifier != NULL ? j->bias_values : NULL));
    require(&j->self,
            libnc_options_set_int64(libnc_ood_options(ood), LIBNC_OOD_OPTION_PSEUDO_INVERSE, 1));
    const libnc_status status = libnc_ood_covariance_rank(ood, &rank);
    if (status != LIBNC_ERROR_STATE)
        require(&j->self, status);
    else
        note_add(&j->self, &at->notes,
                 "--ood: statistics without a full scatter have fewer scores: --scatter full");
    if (status == LIBNC_OK && rank < libnc_accumulator_width(at->accumulator))
        note_add(&j->self, &at->notes,
                 "--ood: Sigma_W has rank %lld: mahalanobis is a distance in so many directions",
                 (long long)rank);
    for (int32_t s = 1; s <= SCORES; s++)
        o->known[s - 1] = is_available(j, s) && (status == LIBNC_OK || !needs_scatter(s));
    return ood;
}

static void score_rows(const other_sets *o, libnc_ood *ood, const rows *r, scored *to)
{
    for (int32_t s = 1; s <= SCORES; s++)
        if (o->known[s - 1])
            must(o->j, r,
                 libnc_ood_scores(ood, s, r->values, r->scalar, r->count, r->features->cols,
                                  to->scores + (s - 1) * r->features->rows + to->count));
    to->count += r->count;
}

static void prepare_scores(const job *j, scored *to, const shards *features)
{
    to->name = features->name;
    to->scores = allocate(&j->self, (size_t)features->rows, SCORES * sizeof *to->scores);
}

/* Columns of `rows` values move together where ignored rows left their ends unused. */
static void close_columns(scored *to, int64_t stored)
{
    for (int32_t s = 1; s < SCORES; s++)
        memmove(to->scores + s * to->count, to->scores + s * stored,
                (size_t)to->count * sizeof *to->scores);
}

static void score_set(const other_sets *o, libnc_ood *ood, shards *features, const shards *labels,
                      scored *to, libnc_accumulator *mean)
{
    rows r = rows_create(o->j, features, labels);
    prepare_scores(o->j, to, features);
    while (rows_next(o->j, &r)) {
        score_rows(o, ood, &r, to);
        if (mean == NULL)
            continue;
        memset(r.classes, 0, (size_t)r.count * sizeof *r.classes);
        must(o->j, &r,
             libnc_accumulator_update(mean, r.values, r.scalar, r.count, features->cols, r.classes,
                                      LIBNC_LABEL_INT64));
    }
    close_columns(to, features->rows);
    rows_free(&r);
}

static void separate(const other_sets *o, scored *out)
{
    const scored *in = &o->inside;
    for (int32_t s = 0; s < SCORES; s++) {
        out->auroc[s] = out->fpr95[s] = NAN;
        if (o->known[s])
            require(&o->j->self,
                    libnc_ood_separation(o->j->self.context, in->scores + s * in->count, in->count,
                                         out->scores + s * out->count, out->count, &out->auroc[s],
                                         &out->fpr95[s]));
    }
}

static void score_outside(other_sets *o, libnc_ood *ood, const char *name)
{
    job *j = o->j;
    scored *out = &o->outside[o->outside_count++];
    shards features = open_other(j, "ood", name);
    libnc_accumulator *mean = NULL;
    require(&j->self, libnc_accumulator_create(&mean, j->self.context, 1, features.cols));
    require(&j->self,
            libnc_options_set_int64(libnc_accumulator_options(mean),
                                    LIBNC_ACCUMULATOR_OPTION_SCATTER, LIBNC_SCATTER_NONE));
    score_set(o, ood, &features, NULL, out, mean);
    require(&j->self, libnc_ood_orthogonality(ood, mean, &out->nc5));
    libnc_accumulator_destroy(mean);
    shards_close(&features);
    separate(o, out);
}

/* PREFIX-in.npy, PREFIX-1.npy, ...: a row for each sample, a column for each score. */
static void save_scores(const other_sets *o, const scored *of, const char *which)
{
    const program *self = &o->j->self;
    const size_t size = strlen(o->j->ood_scores) + strlen(which) + 6;
    char *path = allocate(self, size, 1);
    double *values = allocate(self, (size_t)of->count, SCORES * sizeof *values);
    for (int64_t i = 0; i < of->count * SCORES; i++)
        values[i] = o->known[i % SCORES] ? of->scores[i % SCORES * of->count + i / SCORES] : NAN;
    snprintf(path, size, "%s-%s.npy", o->j->ood_scores, which);
    require(self, libnc_array_write_npy(self->context, path, LIBNC_ELEMENT_FLOAT64, values,
                                        of->count, SCORES));
    free(values);
    free(path);
}

static void save_all_scores(const other_sets *o)
{
    char which[16];
    if (o->j->ood_scores == NULL)
        return;
    save_scores(o, &o->inside, "in");
    for (int i = 0; i < o->outside_count; i++) {
        snprintf(which, sizeof which, "%d", i + 1);
        save_scores(o, &o->outside[i], which);
    }
}

static void measure_outside(other_sets *o, shards *features, const shards *labels)
{
    libnc_ood *ood = open_ood(o->j, o);
    score_set(o, ood, features, labels, &o->inside, NULL);
    for (int i = 0; i < o->j->ood_count; i++)
        score_outside(o, ood, o->j->ood[i]);
    libnc_ood_destroy(ood);
    save_all_scores(o);
}

/* ---- test set ---- */

static void take_values(const other_sets *o, const libnc_report *report, double *values)
{
    for (int i = 0; i < TEST_METRICS; i++)
        require(&o->j->self, libnc_report_value(report, test_metrics[i], 1, &values[i]));
}

static libnc_report *begin_report(const job *j)
{
    libnc_report *report = NULL;
    require(&j->self, libnc_report_create(&report, j->self.context));
    require(&j->self, libnc_report_set_convention(report, j->convention));
    return report;
}

static void take_training(other_sets *o)
{
    job *j = o->j;
    const libnc_accumulator *a = j->layers[0].accumulator;
    const double *classifier = j->layers[0].classifier;
    libnc_report *report = begin_report(j);
    require(&j->self, libnc_report_measure_features(report, &a, &classifier,
                                                    j->one_pass ? j->bias_values : NULL, 1));
    take_values(o, report, o->values[TRAINING]);
    libnc_report_destroy(report);
}

/* Both passes of the test set; the second one feeds the held-out samples too. */
static void read_test(const job *j, shards *features, const shards *labels, libnc_accumulator *own,
                      libnc_held_out *about)
{
    for (int pass = 1; pass <= 2; pass++) {
        rows r = rows_create(j, features, labels);
        if (pass == 2)
            require(&j->self,
                    libnc_accumulator_begin_second_pass(
                        own, j->layers[0].classifier,
                        j->layers[0].classifier != NULL ? j->bias_values : NULL, LIBNC_FLOAT64));
        while (rows_next(j, &r)) {
            if (pass == 2)
                must(j, &r,
                     libnc_held_out_update(about, r.values, r.scalar, r.count, features->cols,
                                           r.classes, LIBNC_LABEL_INT64));
            must(j, &r,
                 libnc_accumulator_update(own, r.values, r.scalar, r.count, features->cols,
                                          r.classes, LIBNC_LABEL_INT64));
        }
        rows_free(&r);
    }
}

static void measure_test(other_sets *o, shards *features, const shards *labels)
{
    job *j = o->j;
    const layer *at = &j->layers[0];
    libnc_accumulator *own = NULL;
    libnc_held_out *about = NULL;
    libnc_report *report = begin_report(j);
    take_training(o);
    require(&j->self,
            libnc_accumulator_create(&own, j->self.context, j->class_count, features->cols));
    require(&j->self,
            libnc_options_set_int64(libnc_accumulator_options(own),
                                    LIBNC_ACCUMULATOR_OPTION_SCATTER, LIBNC_SCATTER_PROJECTED));
    require(&j->self,
            libnc_held_out_create(&about, at->accumulator, at->classifier,
                                  at->classifier != NULL ? j->bias_values : NULL, LIBNC_FLOAT64));
    read_test(j, features, labels, own, about);
    o->has_test = true;
    o->test_samples = libnc_held_out_samples(about);
    const libnc_accumulator *only = own;
    require(&j->self, libnc_report_measure_features(report, &only, NULL, NULL, 1));
    take_values(o, report, o->values[OWN]);
    require(&j->self, libnc_report_measure_held_out(report, about));
    take_values(o, report, o->values[ABOUT]);
    libnc_report_destroy(report);
    libnc_held_out_destroy(about);
    libnc_accumulator_destroy(own);
}

other_sets *other_sets_measure(job *j)
{
    shards features = {0}, labels = {0};
    if (j->test == NULL && j->ood_count == 0)
        return NULL;
    other_sets *o = allocate(&j->self, 1, sizeof *o);
    o->j = j;
    if (j->test != NULL) {
        features = open_other(j, "test", j->test);
        labels = open_other_labels(j, "test", j->test_labels, &features);
        measure_test(o, &features, &labels);
    }
    if (j->ood_count > 0 && j->test != NULL)
        measure_outside(o, &features, &labels);
    else if (j->ood_count > 0)
        measure_outside(o, &j->layers[0].features, &j->label_source);
    shards_close(&features);
    shards_close(&labels);
    return o;
}

void other_sets_free(other_sets *o)
{
    if (o == NULL)
        return;
    free(o->inside.scores);
    for (int i = 0; i < o->outside_count; i++)
        free(o->outside[i].scores);
    free(o);
}

/* ---- for readers ---- */

static void print_number(int width, double value)
{
    if (isnan(value))
        printf("  %*s", width, "-");
    else
        printf("  %*.5g", width, value);
}

static void print_test(const other_sets *o)
{
    printf(
        "\ntest set: %lld samples, about their own class means and those of the training set\n\n",
        (long long)o->test_samples);
    printf("%-26s  %14s  %14s  %14s\n", "metric", "training set", "own means", "training means");
    for (int i = 0; i < TEST_METRICS; i++) {
        printf("%-26s", libnc_metric_name(test_metrics[i]));
        for (int side = 0; side < SIDES; side++)
            print_number(14, o->values[side][i]);
        putchar('\n');
    }
}

static void print_outside(const other_sets *o, const scored *out, int columns)
{
    char *name = plain_text(out->name), *inside = plain_text(o->inside.name);
    printf("\n%s: %lld samples, told from %lld of %s; NC5 %.4g\n\n", name != NULL ? name : "",
           (long long)out->count, (long long)o->inside.count, inside != NULL ? inside : "",
           out->nc5);
    printf("%-26s  %8s  %8s  %s\n", "score", "AUROC", "FPR95", "definition");
    for (int32_t s = 0; s < SCORES; s++) {
        if (!o->known[s])
            continue;
        const int used = printf("%-26s  %8.4f  %8.4f  ", libnc_ood_score_name(s + 1), out->auroc[s],
                                out->fpr95[s]);
        print_wrapped(libnc_ood_score_formula(s + 1), used, used, columns);
    }
    free(name);
    free(inside);
}

void print_other_sets(const other_sets *o, int columns)
{
    if (o == NULL)
        return;
    if (o->has_test)
        print_test(o);
    for (int i = 0; i < o->outside_count; i++)
        print_outside(o, &o->outside[i], columns);
}

/* ---- JSON ---- */

static void json_side(json_writer *json, const char *key, const double *values)
{
    json_writer side = {.file = json->file};
    json_key(json, key);
    for (int i = 0; i < TEST_METRICS; i++)
        json_number(&side, libnc_metric_name(test_metrics[i]), values[i]);
    fputc('}', json->file);
}

static void json_scores(json_writer *json, const other_sets *o, const char *key,
                        const double *values)
{
    json_writer all = {.file = json->file};
    json_key(json, key);
    for (int32_t s = 0; s < SCORES; s++)
        json_number(&all, libnc_ood_score_name(s + 1), o->known[s] ? values[s] : (double)NAN);
    fputc('}', json->file);
}

static void json_outside(json_writer *json, const other_sets *o)
{
    json_key(json, "ood");
    fputc('[', json->file);
    for (int i = 0; i < o->outside_count; i++) {
        json_writer one = {.file = json->file};
        const scored *out = &o->outside[i];
        fputs(i > 0 ? ", " : "", json->file);
        json_text(&one, "features", out->name);
        json_whole(&one, "samples", out->count);
        json_text(&one, "inside", o->inside.name);
        json_whole(&one, "inside_samples", o->inside.count);
        json_number(&one, "nc5", out->nc5);
        json_scores(&one, o, "auroc", out->auroc);
        json_scores(&one, o, "fpr95", out->fpr95);
        fputc('}', json->file);
    }
    fputc(']', json->file);
}

void json_other_sets(json_writer *json, const other_sets *o)
{
    if (o == NULL)
        return;
    if (o->has_test) {
        json_writer test = {.file = json->file};
        json_key(json, "test");
        json_whole(&test, "samples", o->test_samples);
        json_side(&test, "own_means", o->values[OWN]);
        json_side(&test, "training_means", o->values[ABOUT]);
        fputc('}', json->file);
    }
    if (o->outside_count > 0)
        json_outside(json, o);
}

/* ---- files ---- */

static void write_test(const other_sets *o)
{
    FILE *file = open_output(&o->j->self, "test.tsv");
    fputs("# metric\ttraining\town_means\ttraining_means\n", file);
    write_source(&o->j->self, file);
    for (int i = 0; i < TEST_METRICS; i++)
        fprintf(file, "%s\t%.12g\t%.12g\t%.12g\n", libnc_metric_name(test_metrics[i]),
                o->values[TRAINING][i], o->values[OWN][i], o->values[ABOUT][i]);
    close_output(&o->j->self, file);
}

/* A set's number: names of files may have tabs. */
static void write_outside(const other_sets *o)
{
    FILE *file = open_output(&o->j->self, "ood.tsv");
    fputs("# set\tscore\tauroc\tfpr95\n", file);
    write_source(&o->j->self, file);
    for (int i = 0; i < o->outside_count; i++)
        for (int32_t s = 0; s < SCORES; s++)
            if (o->known[s])
                fprintf(file, "%d\t%s\t%.12g\t%.12g\n", i + 1, libnc_ood_score_name(s + 1),
                        o->outside[i].auroc[s], o->outside[i].fpr95[s]);
    close_output(&o->j->self, file);
}

void write_other_sets(const other_sets *o)
{
    if (o == NULL)
        return;
    if (o->has_test)
        write_test(o);
    if (o->outside_count > 0)
        write_outside(o);
}
