/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <limits.h>
#include <math.h> /* isfinite, isnan and NAN: macros */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "by_class.h"
#include "figures.h"
#include "gnuplot.h"
#include "json.h"
#include "metric_errors.h"
#include "other_sets.h"
#include "output.h"
#include "report_page.h"
#include "separation.h"
#include "terminal.h"
#include "words.h"

void note_add(const program *self, note_list *notes, const char *format, ...)
{
    va_list arguments;
    if (notes->count == MAX_NOTES)
        return;
    va_start(arguments, format);
    const size_t size = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
    va_end(arguments);
    char *text = notes->texts[notes->count++] = allocate(self, size, 1);
    va_start(arguments, format);
    vsnprintf(text, size, format, arguments);
    va_end(arguments);
}

void notes_free(note_list *notes)
{
    while (notes->count > 0)
        free(notes->texts[--notes->count]);
}

int64_t measured_label(const measured *m, int64_t class)
{
    return m->labels != NULL ? m->labels[class] : class;
}

double measured_value(const measured *m, int32_t metric, int32_t layer)
{
    double value = NAN;
    const libnc_report *alone = m->alone[layer - 1];
    libnc_status status = libnc_report_value(alone != NULL ? alone : m->report, metric,
                                             alone != NULL ? 1 : layer, &value);
    if (layer == 1 && (status < 0 || isnan(value))) /* theory may have compared the first layer */
        status = libnc_report_value(m->theory, metric, 1, &value);
    return status < 0 ? (double)NAN : value;
}

/* The next diagnostic of a layer after bit `after` (0: the first), in words; 0 after the last. */
static int64_t next_note(const measured *m, int32_t layer, int64_t after, char *text, size_t size)
{
    int64_t flags = 0;
    require(m->self, libnc_report_diagnostics(m->report, layer, &flags));
    for (int64_t bit = after > 0 ? 2 * after : 1; bit > 0 && bit <= flags; bit *= 2) {
        if ((flags & bit) == 0)
            continue;
        require(m->self, libnc_report_diagnostic_text(m->report, layer, bit, text, size));
        return bit;
    }
    return 0;
}

/* ---- the table for readers ---- */

/* Columns of the terminal, within what the table is laid out for. */
static int text_columns(void)
{
    enum { LEAST = 40, MOST = 140, ELSEWHERE = 100 };
    const char *set = getenv("COLUMNS"), *end;
    int64_t given;
    int columns = terminal_width(STDOUT_FILENO);
    if (columns == INT_MAX)
        columns = set != NULL && read_whole(set, &end, &given) && *end == '\0' && given > 0 &&
                          given < MOST
                      ? (int)given
                      : ELSEWHERE;
    return columns < LEAST ? LEAST : columns > MOST ? MOST : columns;
}

void print_wrapped(const char *text, int at, int indent, int columns)
{
    for (bool first = true; *text != '\0'; first = false) {
        const int length = (int)strcspn(text, " ");
        if (!first && at + 1 + length > columns)
            at = printf("\n%*s", indent, "") - 1;
        else if (!first)
            at += printf(" ");
        at += printf("%.*s", length, text);
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

/* Rows of the table. */
static const int32_t printed_metrics[] = {
    LIBNC_METRIC_NC1,
    LIBNC_METRIC_NC1_QUOTIENT,
    LIBNC_METRIC_NC1_NORMALISED,
    LIBNC_METRIC_CDNV,
    LIBNC_METRIC_NC2_EQUINORM_FEATURES,
    LIBNC_METRIC_NC2_EQUINORM_CLASSIFIER,
    LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES,
    LIBNC_METRIC_NC2_EQUIANGULAR_CLASSIFIER,
    LIBNC_METRIC_NC2_ETF_FEATURES,
    LIBNC_METRIC_NC2_ETF_CLASSIFIER,
    LIBNC_METRIC_NC2_OF_FEATURES,
    LIBNC_METRIC_NC2_OF_CLASSIFIER,
    LIBNC_METRIC_UNIFORMITY_FEATURES,
    LIBNC_METRIC_UNIFORMITY_FEATURES_VARIANCE,
    LIBNC_METRIC_NC3_ETF,
    LIBNC_METRIC_NC3_DUALITY,
    LIBNC_METRIC_NC4,
    LIBNC_METRIC_ACCURACY,
    LIBNC_METRIC_NEAREST_ACCURACY,
    LIBNC_METRIC_RANK_FEATURES,
    LIBNC_METRIC_NC2_PREDICTED_FEATURES,
    LIBNC_METRIC_NC2_PREDICTED_CLASSIFIER,
    LIBNC_METRIC_NC3_PREDICTED,
};

enum { PRINTED = sizeof printed_metrics / sizeof *printed_metrics };

/* Widths: of a metric's name, of a value; the least that a definition needs beside them. */
enum { METRIC_COLUMN = 26, VALUE_COLUMN = 11, LEAST_DEFINITION = 36 };

static const char *definition_of(const measured *m, int32_t metric)
{
    const char *formula = libnc_convention_formula(m->convention, metric);
    return formula != NULL ? formula : libnc_metric_formula(metric);
}

/* These are printed where a convention has a formula of its own. */
static bool is_special(int32_t metric)
{
    return metric == LIBNC_METRIC_NC1_NORMALISED ||
           metric == LIBNC_METRIC_UNIFORMITY_FEATURES_VARIANCE;
}

static bool row_is_shown(const measured *m, int32_t metric)
{
    if (is_special(metric) && (m->convention == LIBNC_CONVENTION_DEFAULT ||
                               libnc_convention_formula(m->convention, metric) == NULL))
        return false;
    for (int32_t l = 1; l <= m->layer_count; l++)
        if (!isnan(measured_value(m, metric, l)))
            return true;
    return false;
}

/* A layer's name in the head of its column: the end of a long one, which tells layers apart. */
static int print_name(const char *name)
{
    const size_t length = strlen(name);
    if (length <= VALUE_COLUMN)
        return printf("  %*s", VALUE_COLUMN, name);
    return printf("  ..%s", name + length - (VALUE_COLUMN - 2));
}

/* Layers first .. last - 1, and definitions where `words`. */
static void print_block(const measured *m, int32_t first, int32_t last, bool words, int columns)
{
    int used = printf("%-*s", METRIC_COLUMN, "metric");
    for (int32_t l = first; l < last; l++)
        used += print_name(m->names[l]);
    puts(words ? "  definition" : "");
    for (int i = 0; i < PRINTED; i++) {
        if (!row_is_shown(m, printed_metrics[i]))
            continue;
        printf("%-*s", METRIC_COLUMN, libnc_metric_name(printed_metrics[i]));
        for (int32_t l = first + 1; l <= last; l++) {
            const double value = measured_value(m, printed_metrics[i], l);
            if (isnan(value))
                printf("  %*s", VALUE_COLUMN, "-");
            else
                printf("  %*.5g", VALUE_COLUMN, value);
        }
        if (!words) {
            putchar('\n');
            continue;
        }
        printf("  ");
        print_wrapped(definition_of(m, printed_metrics[i]), used + 2, used + 2, columns);
    }
}

/* Below the table: beside the name where there is space, else under it. */
static void print_definition(const measured *m, int32_t metric, int columns)
{
    const bool beside = columns >= METRIC_COLUMN + 2 + LEAST_DEFINITION;
    const int indent = beside ? METRIC_COLUMN + 2 : 4;
    printf(beside ? "%-*s  " : "%-*s\n    ", beside ? METRIC_COLUMN : 0, libnc_metric_name(metric));
    print_wrapped(definition_of(m, metric), indent, indent, columns);
}

/* Layers side by side, as many as fit; definitions beside them where they fit, else below. */
static void print_metrics(const measured *m, int columns)
{
    const int32_t most = (columns - METRIC_COLUMN) / (VALUE_COLUMN + 2);
    const bool beside =
        METRIC_COLUMN + m->layer_count * (VALUE_COLUMN + 2) + 2 + LEAST_DEFINITION <= columns;
    for (int32_t l = 0; l < m->layer_count; l += most) {
        if (l > 0)
            putchar('\n');
        print_block(m, l, l + most < m->layer_count ? l + most : m->layer_count, beside, columns);
    }
    for (int32_t l = 0; l < m->layer_count; l++)
        if (m->layer_count > 1 || strlen(m->names[l]) > VALUE_COLUMN)
            printf("%slayer %s: width %lld\n", l == 0 ? "\n" : "", m->names[l],
                   (long long)libnc_report_width(m->report, l + 1));
    for (int i = 0; !beside && i < PRINTED; i++) {
        if (i == 0)
            putchar('\n');
        if (!row_is_shown(m, printed_metrics[i]))
            continue;
        print_definition(m, printed_metrics[i], columns);
    }
}

static void print_notes(const measured *m, int columns)
{
    char text[256];
    for (int32_t l = 1; l <= m->layer_count; l++)
        for (int64_t bit = 0; (bit = next_note(m, l, bit, text, sizeof text)) != 0;) {
            const int used = printf("note, %s: ", m->names[l - 1]);
            print_wrapped(text, used, 6, columns);
        }
    for (int32_t l = 0; l < m->layer_count; l++)
        for (int i = 0; i < m->notes[l]->count; i++) {
            char *plain = plain_text(m->notes[l]->texts[i]);
            const int used = printf("note, %s: ", m->names[l]);
            print_wrapped(plain != NULL ? plain : "", used, 6, columns);
            free(plain);
        }
}

static void print_fit(const measured *m)
{
    if (isfinite(m->fitted_product))
        printf("best fitting decay product %.6g, distance %.6g%s\n", m->fitted_product,
               m->fitted_distance,
               m->fitted_unique ? "" : " from the nearest minimiser: they are not unique");
    else if (isfinite(m->fitted_distance))
        printf("no decays fit: the distance, %.6g, is least where their range ends\n",
               m->fitted_distance);
    else
        printf("no decays fit: none leave a class\n");
}

/* The labels that classes stand for, where these are not their numbers. */
static void print_labels(const measured *m, int columns)
{
    enum { MOST = 20 };
    if (m->labels == NULL)
        return;
    char words[MOST * 24 + 160];
    int used = snprintf(words, sizeof words, "labels have gaps: classes 0 to %lld are the labels",
                        (long long)m->class_count - 1);
    for (int64_t k = 0; k < m->class_count && k < MOST; k++)
        used += snprintf(words + used, sizeof words - (size_t)used, "%s %lld", k > 0 ? "," : "",
                         (long long)m->labels[k]);
    if (m->class_count > MOST)
        snprintf(words + used, sizeof words - (size_t)used,
                 " ... %lld; --json and --out have all of them",
                 (long long)m->labels[m->class_count - 1]);
    print_wrapped(words, 0, 2, columns);
}

void print_measured(const measured *m)
{
    const int columns = text_columns();
    char words[200];
    snprintf(words, sizeof words, "%lld samples of %lld classes, width %lld, convention %s",
             (long long)m->samples, (long long)m->class_count,
             (long long)libnc_report_width(m->report, 1), libnc_convention_name(m->convention));
    print_wrapped(words, 0, 2, columns);
    if (m->ignores)
        printf("%lld rows of ignored labels are left out\n", (long long)m->ignored);
    print_labels(m, columns);
    if (m->second_samples > 0 && m->second_samples < m->samples)
        printf("second pass over %lld of them: decisions and nearest means are of these\n",
               (long long)m->second_samples);
    if (m->fits)
        print_fit(m);
    putchar('\n');
    print_metrics(m, columns);
    print_separation(m);
    print_errors(m);
    print_by_class(m, columns);
    print_other_sets(m->others, columns);
    putchar('\n');
    print_notes(m, columns);
}

/* ---- JSON: metrics have one entry per layer ---- */

static void json_texts(json_writer *json, const char *const *texts, int32_t count)
{
    fputc('[', json->file);
    for (int32_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", json->file);
        json_string(json, texts[i]);
    }
    fputc(']', json->file);
}

static void json_labels(json_writer *json, const measured *m)
{
    json_key(json, "labels");
    for (int64_t k = 0; k < m->class_count; k++)
        fprintf(json->file, "%s%lld", k > 0 ? ", " : "[", (long long)measured_label(m, k));
    fputc(']', json->file);
}

static void json_notes(json_writer *json, const measured *m)
{
    char text[256];
    json_key(json, "notes");
    for (int32_t l = 1; l <= m->layer_count; l++) {
        const char *separator = "";
        fputs(l > 1 ? ", [" : "[[", json->file);
        for (int64_t bit = 0; (bit = next_note(m, l, bit, text, sizeof text)) != 0;) {
            fprintf(json->file, "%s\"%s\"", separator, text);
            separator = ", ";
        }
        for (int i = 0; i < m->notes[l - 1]->count; i++) {
            fputs(separator, json->file);
            json_string(json, m->notes[l - 1]->texts[i]);
            separator = ", ";
        }
        fputc(']', json->file);
    }
    fputc(']', json->file);
}

void print_json(const measured *m)
{
    json_writer json = {.file = stdout};
    const size_t K = (size_t)m->class_count;
    double values[MAX_LAYERS], *counts = allocate(m->self, K, sizeof *counts);
    json_whole(&json, "samples", m->samples);
    json_whole(&json, "second_samples", m->second_samples);
    json_whole(&json, "ignored", m->ignored);
    json_whole(&json, "classes", m->class_count);
    json_labels(&json, m);
    json_text(&json, "convention", libnc_convention_name(m->convention));
    json_key(&json, "layers");
    json_texts(&json, m->names, m->layer_count);
    for (int32_t l = 0; l < m->layer_count; l++)
        values[l] = (double)libnc_report_width(m->report, l + 1);
    json_array(&json, "width", values, m->layer_count);
    require(m->self, libnc_report_vector(m->report, LIBNC_CLASS_COUNT, 1, counts, K));
    json_array(&json, "counts", counts, m->class_count);
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        for (int32_t l = 0; l < m->layer_count; l++)
            values[l] = measured_value(m, metric, l + 1);
        json_array(&json, libnc_metric_name(metric), values, m->layer_count);
    }
    if (m->fits) {
        json_number(&json, "fitted_decay_product", m->fitted_product);
        json_number(&json, "fitted_distance", m->fitted_distance);
        json_key(&json, "fitted_unique");
        fputs(!isfinite(m->fitted_product) ? "null"
              : m->fitted_unique           ? "true"
                                           : "false",
              json.file);
    }
    json_separation(&json, m);
    json_errors(&json, m);
    json_by_class(&json, m);
    json_other_sets(&json, m->others);
    json_number(&json, "seconds", m->seconds);
    json_notes(&json, m);
    json_run(&json, m->self->command);
    json_end(&json);
    free(counts);
}

/* ---- files, of the first layer but for metrics.tsv ---- */

enum { FEWEST_BINS = 10, MOST_BINS = 100, SPECTRUM = 2048 };

static void write_metrics(const measured *m)
{
    FILE *file = open_output(m->self, "metrics.tsv");
    fputs("# metric", file);
    for (int32_t l = 0; l < m->layer_count; l++)
        fprintf(file, "\t%s", m->names[l]);
    fputc('\n', file);
    write_source(m->self, file);
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        fputs(libnc_metric_name(metric), file);
        for (int32_t l = 1; l <= m->layer_count; l++)
            fprintf(file, "\t%.12g", measured_value(m, metric, l));
        fputc('\n', file);
    }
    close_output(m->self, file);
}

/* Eigenvalues of Sigma_B and, with the full scatter, Sigma_W; whether there are the latter. */
static bool write_spectrum(const measured *m)
{
    static const char *const names[] = {"index", "sigma_b", "sigma_w"};
    enum { NAMES = 3 };
    const int64_t width = libnc_report_width(m->report, 1);
    const int64_t count = width < SPECTRUM ? width : SPECTRUM;
    double *between = allocate(m->self, (size_t)width, sizeof *between);
    double *within = allocate(m->self, (size_t)width, sizeof *within);
    double *rows = allocate(m->self, (size_t)(count * NAMES), sizeof *rows);
    require(m->self, libnc_report_spectrum(m->report, 1, between, (size_t)width));
    const bool full = libnc_accumulator_spectrum(m->accumulator, within, (size_t)width) == LIBNC_OK;
    for (int64_t i = 0; i < count; i++) {
        rows[i * NAMES] = (double)(i + 1);
        rows[i * NAMES + 1] = between[i];
        rows[i * NAMES + 2] = full ? within[i] : (double)NAN;
    }
    write_tsv(m->self, "spectrum.tsv", names, NAMES, rows, count);
    free(rows);
    free(within);
    free(between);
    return full;
}

/* About twice the root of the number of pairs; even, so that a cosine of 0 is a border. */
static int bin_count(int64_t class_count)
{
    const double pairs = (double)class_count * (double)(class_count - 1) / 2;
    const int bins = 2 * (int)sqrt(pairs);
    return bins < FEWEST_BINS ? FEWEST_BINS : bins > MOST_BINS ? MOST_BINS : bins;
}

/* Histogram of the cosines of all pairs: share of pairs per bin, over the middles of the bins. */
static void write_cosines(const measured *m)
{
    static const char *const names[] = {"cosine", "centred_means", "classifier_rows"};
    enum { NAMES = 3 };
    const int count = bin_count(m->class_count);
    int64_t bins[2][MOST_BINS] = {{0}};
    double rows[MOST_BINS * NAMES], total[2] = {0, 0};
    for (int side = 0; side < 1 + m->has_rows; side++)
        require(m->self, libnc_report_cosine_histogram(m->report, side, 1, bins[side], count));
    for (int i = 0; i < count; i++)
        for (int side = 0; side < 2; side++)
            total[side] += (double)bins[side][i];
    for (int i = 0; i < count; i++) {
        rows[i * NAMES] = -1 + (i + 0.5) * 2 / count;
        for (int side = 0; side < 2; side++)
            rows[i * NAMES + 1 + side] =
                total[side] > 0 ? (double)bins[side][i] / total[side] : (double)NAN;
    }
    write_tsv(m->self, "cosines.tsv", names, NAMES, rows, count);
}

static void write_gram(const measured *m, int32_t matrix, const char *name)
{
    const size_t size = (size_t)(m->class_count * m->class_count);
    double *gram = allocate(m->self, size, sizeof *gram);
    require(m->self, libnc_report_matrix(m->report, matrix, 1, gram, size));
    write_matrix_tsv(m->self, name, gram, m->class_count);
    free(gram);
}

/* Moves the matrix of the classes that occur to where they are among all K; nan elsewhere. */
static void spread_classes(const measured *m, const double *present, int64_t count, double *all)
{
    const int64_t K = m->class_count;
    double *counts = allocate(m->self, (size_t)K, sizeof *counts);
    require(m->self, libnc_report_vector(m->report, LIBNC_CLASS_COUNT, 1, counts, (size_t)K));
    for (int64_t k = 0, row = 0; k<K; row += counts[k++]> 0)
        for (int64_t l = 0, column = 0; l<K; column += counts[l++]> 0)
            all[k * K + l] =
                counts[k] > 0 && counts[l] > 0 ? present[row * count + column] : (double)NAN;
    free(counts);
}

typedef libnc_status gram_getter(const libnc_geometry *geometry, int32_t layer, double *gram,
                                 size_t size);

static void write_predicted(const measured *m, gram_getter *get, const char *name)
{
    const size_t K = (size_t)m->class_count;
    const int64_t count = libnc_classes_count(libnc_geometry_classes(m->prediction));
    double *present = allocate(m->self, (size_t)(count * count), sizeof *present);
    double *all = allocate(m->self, K * K, sizeof *all);
    require(m->self, get(m->prediction, 1, present, (size_t)(count * count)));
    spread_classes(m, present, count, all);
    write_matrix_tsv(m->self, name, all, m->class_count);
    free(all);
    free(present);
}

/* Means are centred, but beside a prediction, which is of means that are not. */
static void write_grams(const measured *m)
{
    if (m->class_count > MAX_GRAM_CLASSES)
        return;
    write_gram(m, LIBNC_GRAM_CENTRED, "gram_centred_measured.tsv");
    if (m->has_rows)
        write_gram(m, LIBNC_GRAM_CLASSIFIER, "gram_classifier_measured.tsv");
    if (m->prediction == NULL)
        return;
    write_gram(m, LIBNC_GRAM_FEATURES, "gram_features_measured.tsv");
    write_predicted(m, libnc_geometry_feature_gram, "gram_features_predicted.tsv");
    if (m->has_rows)
        write_predicted(m, libnc_geometry_classifier_gram, "gram_classifier_predicted.tsv");
}

static void script_spectrum(FILE *file, bool within)
{
    script_figure(file, "spectrum", 660, 560);
    script_margins(file, 0.1, 0.27);
    fputs("set title \"eigenvalues of the covariances\" font title_font\n"
          "set xlabel \"index\"\nset ylabel \"eigenvalue\"\nset logscale xy\n"
          "set format xy \"10^{%L}\"\nset grid ls 9\n"
          "set key at screen 0.55,0.02 center bottom vertical maxrows 1 Left reverse samplen 2\n"
          "# What is below rounding of the largest is not shown.\n"
          "stats \"spectrum.tsv\" using (column(2)) name \"between\" nooutput\n"
          "shown(x) = x > 1e-16*between_max ? x : NaN\n"
          "set autoscale xfix\n"
          "plot \"spectrum.tsv\" using 1:(shown($2)) with points ls 2 title \"between classes\"",
          file);
    if (within)
        fputs(", \\\n     \"\" using 1:(shown($3)) with points ls 4 title \"within classes\"",
              file);
    fputs("\nunset logscale\nset format\nset yrange [*:*]\n", file);
}

static void script_cosines(FILE *file, int64_t class_count, bool has_rows)
{
    const double simplex = -1.0 / (double)(class_count - 1);
    script_figure(file, "cosines", 660, 560);
    fprintf(file,
            "set title \"cosines of pairs of classes; dashed: -1/(K-1)\" font title_font\n"
            "set xlabel \"cosine\"\nset ylabel \"share of pairs\"\nset xrange [-1:1]\n"
            "set yrange [0:*]\n"
            "set arrow from first %.12g, graph 0 to first %.12g, graph 1 nohead "
            "front lc rgb \"#606060\" dt 2 lw 2\n"
            "plot \"cosines.tsv\" using 1:2 with boxes lc rgb \"#a8ccdd\" fs solid "
            "title \"centred means\"",
            simplex, simplex);
    if (has_rows)
        fputs(", \\\n     \"\" using 1:3 with histeps ls 1 lw 2 title \"classifier rows\"", file);
    fputs("\nunset arrow\nset xrange [*:*]\n", file);
}

/* The smallest and largest count of the classes that occur. */
static void count_range(const measured *m, int64_t *smallest, int64_t *largest)
{
    double *counts = allocate(m->self, (size_t)m->class_count, sizeof *counts);
    require(m->self,
            libnc_report_vector(m->report, LIBNC_CLASS_COUNT, 1, counts, (size_t)m->class_count));
    *smallest = m->samples;
    *largest = 1;
    for (int64_t k = 0; k < m->class_count; k++) {
        const int64_t n = (int64_t)counts[k];
        *smallest = n > 0 && n < *smallest ? n : *smallest;
        *largest = n > *largest ? n : *largest;
    }
    free(counts);
}

static void script_norms(FILE *file, const measured *m)
{
    int64_t smallest, largest;
    const double size = script_mark_size(m->class_count);
    count_range(m, &smallest, &largest);
    script_figure(file, "norms", 660, 560);
    script_counts(file, smallest, largest);
    fprintf(file,
            "set title \"lengths by class\" font title_font\nset ylabel \"length\"\n"
            "set yrange [0:*]\nset offsets 0, 0, graph 0.05, 0\n"
            "plot \"classes.tsv\" using 2:3 with points ls 3 pt 7 ps %g title \"centred mean\"",
            size);
    if (m->has_rows)
        fprintf(file,
                ", \\\n     \"\" using 2:4 with points ls 2 pt 4 ps %g title \"classifier row\"",
                size);
    fputs("\nunset logscale\nset format\nset offsets\nset xtics autofreq\nset xrange [*:*]\n"
          "set yrange [*:*]\nunset tmargin\nunset bmargin\n",
          file);
}

void write_measured(const measured *m)
{
    page_begin_words(m->self);
    print_measured(m);
    page_end_words(m->self);
    write_metrics(m);
    write_errors(m);
    write_by_class(m);
    write_other_sets(m->others);
    const bool within = write_spectrum(m);
    if (m->class_count > 1)
        write_cosines(m);
    write_grams(m);
    const figure_set set = {.title = "measured collapse",
                            .class_count = m->class_count,
                            .measured = true,
                            .predicted = m->prediction != NULL,
                            .centred = m->prediction == NULL,
                            .no_rows = !m->has_rows};
    FILE *file = open_output(m->self, SCRIPT_NAME);
    script_begin(m->self, file, set.title);
    script_spectrum(file, within);
    if (m->class_count > 1)
        script_cosines(file, m->class_count, m->has_rows);
    script_norms(file, m);
    script_grams(file, &set);
    close_output(m->self, file);
    draw_script(m->self);
}
