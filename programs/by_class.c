/* SPDX-License-Identifier: MIT */
#include "by_class.h"

#include <math.h> /* isfinite, isnan and NAN: macros */
#include <stdlib.h>
#include <string.h>

#include "output.h"

/* Above so many classes what costs O(K^2 d) is formed only where it is asked for. */
enum { MANY_CLASSES = 4096 };

/* Columns of classes.tsv and, where `head` is not NULL, of the table for readers. */
typedef struct class_column {
    int32_t vector;
    const char *name, *head;
    int width;
} class_column;

static const class_column class_columns[] = {
    {LIBNC_CLASS_COUNT, "count", "n_k", 9},
    {LIBNC_CLASS_CENTRED_NORM, "centred_norm", "|c_k|", 9},
    {LIBNC_CLASS_CLASSIFIER_NORM, "row_norm", "|p_k|", 9},
    {LIBNC_CLASS_LOGIT, "logit", "p_k.h_k", 9},
    {LIBNC_CLASS_VARIABILITY, "variability", "v_k", 9},
    {LIBNC_CLASS_COSINE, "cosine", "cosine", 8},
    {LIBNC_CLASS_ACCURACY, "accuracy", "right", 7},
    {LIBNC_CLASS_NEAREST_ACCURACY, "nearest_accuracy", "nearest", 8},
    {LIBNC_CLASS_AGREEMENT, "nc4", "agree", 7},
    {LIBNC_CLASS_MARGIN, "margin", "margin", 9},
    {LIBNC_CLASS_CDNV, "cdnv", "cdnv", 9},
    {LIBNC_CLASS_NEAREST, "nearest_class", "next", 7},
    {LIBNC_CLASS_NEAREST_COSINE, "nearest_cosine", "its cos", 9},
    {LIBNC_CLASS_CROSS_ENTROPY, "cross_entropy", "loss", 9}};

enum { CLASS_COLUMNS = sizeof class_columns / sizeof *class_columns };

/* ---- fetching ---- */

static bool is_formed(const measured *m, int32_t vector)
{
    if (m->by_frequency || vector < LIBNC_CLASS_MARGIN)
        return true;
    return vector == LIBNC_CLASS_MARGIN && m->class_count <= MANY_CLASSES;
}

static void fetch(const measured *m, int32_t vector, double *values)
{
    for (int64_t k = 0; k < m->class_count; k++)
        values[k] = NAN;
    if (is_formed(m, vector))
        require(m->self, libnc_report_vector(m->report, vector, 1, values, (size_t)m->class_count));
    for (int64_t k = 0; k < m->class_count && vector == LIBNC_CLASS_NEAREST; k++)
        if (!isnan(values[k]))
            values[k] = (double)measured_label(m, (int64_t)values[k]);
}

static bool column_is_known(const double *column, int64_t count)
{
    for (int64_t k = 0; k < count; k++)
        if (!isnan(column[k]))
            return true;
    return false;
}

/* Values against log n_k. */
typedef struct frequency {
    double pearson, spearman;
} frequency;

static bool is_compared(int32_t vector)
{
    return vector != LIBNC_CLASS_COUNT && vector != LIBNC_CLASS_NEAREST;
}

struct class_values {
    double *vectors; /* CLASS_COLUMNS columns of K numbers */
    frequency frequencies[CLASS_COLUMNS];
};

class_values *class_values_create(const measured *m)
{
    const size_t K = (size_t)m->class_count;
    class_values *v = allocate(m->self, 1, sizeof *v);
    v->vectors = allocate(m->self, K * CLASS_COLUMNS, sizeof *v->vectors);
    for (size_t c = 0; c < CLASS_COLUMNS; c++) {
        const int32_t vector = class_columns[c].vector;
        frequency *f = &v->frequencies[c];
        fetch(m, vector, v->vectors + c * K);
        if (m->by_frequency && is_compared(vector))
            require(m->self,
                    libnc_report_frequency(m->report, vector, 1, &f->pearson, &f->spearman));
    }
    return v;
}

void class_values_free(class_values *v)
{
    if (v != NULL)
        free(v->vectors);
    free(v);
}

static const double *margins_of(const measured *m)
{
    int c = 0;
    while (class_columns[c].vector != LIBNC_CLASS_MARGIN)
        c++;
    return m->by_class->vectors + c * m->class_count;
}

/* Decades of counts: the first one is 1 .. 9. */
enum { DECADES = 16 };

static int decade_of(double count)
{
    int decade = 0;
    while (decade < DECADES - 1 && count >= 10) {
        count /= 10;
        decade++;
    }
    return decade;
}

static int decade_count(const double *counts, int64_t K)
{
    int last = 0;
    for (int64_t k = 0; k < K; k++)
        last = counts[k] > 0 && decade_of(counts[k]) > last ? decade_of(counts[k]) : last;
    return last + 1;
}

/* Means over the classes of each decade; NaN where there are none. */
static void decade_means(const double *counts, const double *values, int64_t K, double *means)
{
    double sums[DECADES] = {0}, members[DECADES] = {0};
    for (int64_t k = 0; k < K; k++)
        if (counts[k] > 0 && isfinite(values[k])) {
            sums[decade_of(counts[k])] += values[k];
            members[decade_of(counts[k])]++;
        }
    for (int d = 0; d < DECADES; d++)
        means[d] = members[d] > 0 ? sums[d] / members[d] : (double)NAN;
}

/* ---- for readers ---- */

/* Columns from `first` on that are known and fit beside the class; the one after the last. */
static int fitting(const bool *known, int first, int used, int columns)
{
    int last = first;
    while (last < CLASS_COLUMNS && (!known[last] || used + class_columns[last].width <= columns)) {
        used += known[last] ? class_columns[last].width : 0;
        last++;
    }
    return last > first ? last : first + 1;
}

static void print_value(const class_column *column, double value)
{
    const bool whole = column->vector == LIBNC_CLASS_COUNT || column->vector == LIBNC_CLASS_NEAREST;
    if (isnan(value))
        printf("%*s", column->width, "-");
    else
        printf("%*.*g", column->width, whole ? 8 : 3, value);
}

static void print_part(const measured *m, const double *vectors, const bool *known, int first,
                       int last, int width)
{
    const int64_t K = m->class_count;
    printf("\n%*s", width, "class");
    for (int c = first; c < last; c++)
        if (known[c])
            printf("%*s", class_columns[c].width, class_columns[c].head);
    putchar('\n');
    for (int64_t k = 0; k < K; k++) {
        printf("%*lld", width, (long long)measured_label(m, k));
        for (int c = first; c < last; c++)
            if (known[c])
                print_value(&class_columns[c], vectors[c * K + k]);
        putchar('\n');
    }
}

static void print_classes(const measured *m, const double *vectors, int columns)
{
    const int64_t K = m->class_count;
    bool known[CLASS_COLUMNS];
    char label[24]; /* the largest label, the widest of the column */
    int width = snprintf(label, sizeof label, "%lld", (long long)measured_label(m, K - 1));
    width = width > 5 ? width : 5;
    for (int c = 0; c < CLASS_COLUMNS; c++)
        known[c] = column_is_known(vectors + c * K, K);
    for (int c = 0, end; c < CLASS_COLUMNS; c = end) {
        end = fitting(known, c, width, columns);
        print_part(m, vectors, known, c, end, width);
    }
    char words[600];
    snprintf(words, sizeof words,
             "Of layer %s: c_k the centred mean, p_k the classifier's row, v_k the variability, "
             "cosine that of p_k and c_k; shares of samples that are predicted right, whose "
             "nearest mean is their own, and on which both decisions agree%s%s.",
             m->names[0],
             m->has_rows ? "; margin: own logit less the best other one at the class mean" : "",
             m->by_frequency ? "; cdnv against all others; next: the class whose mean is nearest "
                               "in angle; loss: mean cross-entropy"
                             : "");
    print_wrapped(words, 0, 0, columns);
}

/* "2 of 10 classes are not predicted at their own mean: 3, 7" */
static void print_predicted(const measured *m, const double *margins, int columns)
{
    enum { MOST = 20 };
    char words[MOST * 24 + 160];
    int64_t wrong = 0, known = 0;
    for (int64_t k = 0; k < m->class_count; k++) {
        known += !isnan(margins[k]);
        wrong += margins[k] <= 0;
    }
    if (known == 0)
        return;
    int used = wrong == 0 ? snprintf(words, sizeof words, "Every class is predicted at its mean.")
                          : snprintf(words, sizeof words,
                                     "%lld of %lld classes are not predicted at their own mean",
                                     (long long)wrong, (long long)known);
    int64_t named = 0;
    for (int64_t k = 0; k < m->class_count && wrong > 0 && wrong <= MOST; k++)
        if (margins[k] <= 0)
            used += snprintf(words + used, sizeof words - (size_t)used, "%s %lld",
                             named++ == 0 ? ":" : ",", (long long)measured_label(m, k));
    putchar('\n');
    print_wrapped(words, 0, 2, columns);
}

static void print_correlation(int width, double value)
{
    if (isnan(value))
        printf("%*s", width, "-");
    else
        printf("%*.3f", width, value);
}

static void print_mean(int width, double value)
{
    if (isnan(value))
        printf("%*s", width, "-");
    else
        printf("%*.4g", width, value);
}

static void print_frequency(const measured *m, const double *vectors, int columns)
{
    enum { NAME = 17, NUMBER = 11 };
    const int64_t K = m->class_count;
    const int decades = decade_count(vectors, K);
    const int shown =
        (columns - NAME) / NUMBER - 2 < decades ? (columns - NAME) / NUMBER - 2 : decades;
    printf("\n%-*s%*s%*s", NAME, "against log n_k", NUMBER, "spearman", NUMBER, "pearson");
    for (int d = decades - shown; d < decades; d++)
        printf("%*s1e%d..", NUMBER - (d < 10 ? 5 : 6), "n ", d);
    putchar('\n');
    for (int c = 0; c < CLASS_COLUMNS; c++) {
        const double *values = vectors + c * K;
        if (!is_compared(class_columns[c].vector) || !column_is_known(values, K))
            continue;
        double means[DECADES];
        const frequency f = m->by_class->frequencies[c];
        decade_means(vectors, values, K, means);
        printf("%-*s", NAME, class_columns[c].name);
        print_correlation(NUMBER, f.spearman);
        print_correlation(NUMBER, f.pearson);
        for (int d = decades - shown; d < decades; d++)
            print_mean(NUMBER, means[d]);
        putchar('\n');
    }
    print_wrapped("Correlations of values by class with log n_k, and their means over the classes "
                  "of each decade of n_k.",
                  0, 0, columns);
}

void print_by_class(const measured *m, int columns)
{
    enum { MOST = 20 };
    const int64_t K = m->class_count;
    const double *vectors = m->by_class->vectors;
    if (K <= MOST)
        print_classes(m, vectors, columns);
    print_predicted(m, margins_of(m), columns);
    if (m->by_frequency)
        print_frequency(m, vectors, columns);
}

/* ---- JSON ---- */

static void json_margins(json_writer *json, const measured *m)
{
    const int64_t K = m->class_count;
    const double *margins = margins_of(m);
    int64_t *wrong = allocate(m->self, (size_t)K, sizeof *wrong), count = 0;
    if (!column_is_known(margins, K)) {
        json_null(json, "margin");
        json_null(json, "not_predicted");
    } else {
        for (int64_t k = 0; k < K; k++)
            if (margins[k] <= 0)
                wrong[count++] = k;
        json_array(json, "margin", margins, K);
        json_wholes(json, "not_predicted", wrong, count);
    }
    free(wrong);
}

static void json_frequency(json_writer *json, const measured *m)
{
    const int64_t K = m->class_count;
    const double *vectors = m->by_class->vectors;
    double means[DECADES];
    const int decades = decade_count(vectors, K);
    json_writer all = {.file = json->file}, one;
    json_key(json, "by_frequency");
    for (int c = 0; c < CLASS_COLUMNS; c++) {
        if (!is_compared(class_columns[c].vector))
            continue;
        const frequency f = m->by_class->frequencies[c];
        decade_means(vectors, vectors + c * K, K, means);
        json_key(&all, class_columns[c].name);
        one = (json_writer){.file = json->file};
        json_number(&one, "spearman", f.spearman);
        json_number(&one, "pearson", f.pearson);
        json_array(&one, "decades", means, decades);
        fputc('}', json->file);
    }
    fputc('}', json->file);
}

void json_by_class(json_writer *json, const measured *m)
{
    json_margins(json, m);
    if (m->by_frequency)
        json_frequency(json, m);
}

/* ---- files ---- */

/* Labels to the last digit, however large. */
static void write_classes(const measured *m, const double *vectors)
{
    FILE *file = open_output(m->self, "classes.tsv");
    fputs("# class", file);
    for (int c = 0; c < CLASS_COLUMNS; c++)
        fprintf(file, "\t%s", class_columns[c].name);
    fputc('\n', file);
    write_source(m->self, file);
    for (int64_t k = 0; k < m->class_count; k++) {
        fprintf(file, "%lld", (long long)measured_label(m, k));
        for (int c = 0; c < CLASS_COLUMNS; c++)
            fprintf(file, "\t%.12g", vectors[c * m->class_count + k]);
        fputc('\n', file);
    }
    close_output(m->self, file);
}

static void write_frequency(const measured *m, const double *vectors)
{
    const int decades = decade_count(vectors, m->class_count);
    FILE *file = open_output(m->self, "by_frequency.tsv");
    fputs("# value\tspearman\tpearson", file);
    for (int d = 0; d < decades; d++)
        fprintf(file, "\tfrom_1e%d", d);
    fputc('\n', file);
    write_source(m->self, file);
    for (int c = 0; c < CLASS_COLUMNS; c++) {
        if (!is_compared(class_columns[c].vector))
            continue;
        double means[DECADES];
        const frequency f = m->by_class->frequencies[c];
        decade_means(vectors, vectors + c * m->class_count, m->class_count, means);
        fprintf(file, "%s\t%.12g\t%.12g", class_columns[c].name, f.spearman, f.pearson);
        for (int d = 0; d < decades; d++)
            fprintf(file, "\t%.12g", means[d]);
        fputc('\n', file);
    }
    close_output(m->self, file);
}

void write_by_class(const measured *m)
{
    write_classes(m, m->by_class->vectors);
    if (m->by_frequency)
        write_frequency(m, m->by_class->vectors);
}
