/* SPDX-License-Identifier: MIT */
#include "figures.h"

#include <math.h> /* NAN: a macro */
#include <stdlib.h>

#include "gnuplot.h"
#include "output.h"

/* classes.tsv: counts, squared lengths, logits, margins and probabilities by class at head layer 1.
 * Either side may be NULL: its columns are nan. */
static void write_classes(const program *self, const problem *task, const libnc_geometry *geometry,
                          const libnc_report *report)
{
    static const char *const names[] = {"class",
                                        "count",
                                        "mean_squared_predicted",
                                        "mean_squared_measured",
                                        "row_squared_predicted",
                                        "row_squared_measured",
                                        "logit_predicted",
                                        "logit_measured",
                                        "margin_predicted",
                                        "margin_measured",
                                        "probability_predicted",
                                        "probability_measured"};
    enum { NAMES = sizeof names / sizeof *names };
    size_t K = (size_t)task->counts.size;
    double *columns[NAMES - 2];
    for (int j = 0; j < NAMES - 2; j++) {
        columns[j] = allocate(self, K, sizeof **columns);
        for (size_t k = 0; k < K; k++)
            columns[j][k] = NAN;
    }
    if (geometry != NULL) {
        require(self, libnc_geometry_lengths(geometry, 1, columns[2], columns[0], K));
        require(self, libnc_geometry_class_logits(geometry, columns[4], K));
        require(self, libnc_geometry_margins(geometry, columns[6], K));
        require(self, libnc_geometry_probabilities(geometry, columns[8], K));
    }
    if (report != NULL) {
        require(self, libnc_report_vector(report, LIBNC_CLASS_MEAN_NORM, 1, columns[1], K));
        require(self, libnc_report_vector(report, LIBNC_CLASS_CLASSIFIER_NORM, 1, columns[3], K));
        require(self, libnc_report_vector(report, LIBNC_CLASS_LOGIT, 1, columns[5], K));
        require(self, libnc_report_vector(report, LIBNC_CLASS_MARGIN, 1, columns[7], K));
        require(self, libnc_report_vector(report, LIBNC_CLASS_PROBABILITY, 1, columns[9], K));
    }
    double *rows = allocate(self, K * NAMES, sizeof *rows);
    for (size_t k = 0; k < K; k++) {
        double *row = rows + k * NAMES;
        row[0] = (double)k;
        row[1] = (double)task->counts.values[k];
        for (int j = 0; j < NAMES - 2; j++)
            row[j + 2] = columns[j][k];
        row[3] *= row[3];
        row[5] *= row[5];
    }
    write_tsv(self, "classes.tsv", names, NAMES, rows, task->counts.size);
    free(rows);
    for (int j = 0; j < NAMES - 2; j++)
        free(columns[j]);
}

/* The predicted and measured Gram matrices at head layer 1; either side may be NULL. */
static void write_grams(const program *self, int64_t class_count, const libnc_geometry *geometry,
                        const libnc_report *report)
{
    if (class_count > MAX_GRAM_CLASSES)
        return;
    size_t size = (size_t)(class_count * class_count);
    double *gram = allocate(self, size, sizeof *gram);
    if (geometry != NULL) {
        require(self, libnc_geometry_classifier_gram(geometry, 1, gram, size));
        write_matrix_tsv(self, "gram_classifier_predicted.tsv", gram, class_count);
        require(self, libnc_geometry_feature_gram(geometry, 1, gram, size));
        write_matrix_tsv(self, "gram_features_predicted.tsv", gram, class_count);
    }
    if (report != NULL) {
        require(self, libnc_report_matrix(report, LIBNC_GRAM_CLASSIFIER, 1, gram, size));
        write_matrix_tsv(self, "gram_classifier_measured.tsv", gram, class_count);
        require(self, libnc_report_matrix(report, LIBNC_GRAM_FEATURES, 1, gram, size));
        write_matrix_tsv(self, "gram_features_measured.tsv", gram, class_count);
    }
    free(gram);
}

/* curve.tsv: predicted squared lengths over class counts; false where there is no such curve. */
static bool write_curve(const program *self, const problem *task)
{
    static const char *const names[] = {"count", "row_squared", "mean_squared"};
    enum { NAMES = sizeof names / sizeof *names };
    double counts[CURVE_POINTS], rows[CURVE_POINTS], means[CURVE_POINTS];
    if (!problem_curve(self, task, CURVE_POINTS, counts, rows, means))
        return false;
    double table[CURVE_POINTS * NAMES];
    for (int i = 0; i < CURVE_POINTS; i++) {
        table[i * NAMES] = counts[i];
        table[i * NAMES + 1] = rows[i];
        table[i * NAMES + 2] = means[i];
    }
    write_tsv(self, "curve.tsv", names, NAMES, table, CURVE_POINTS);
    return true;
}

/* ---- the script ---- */

static void script_metrics(FILE *file, const figure_set *set)
{
    script_figure(file, "metrics", 660, 560);
    fputs("set title setting noenhanced font title_font\n"
          "set xlabel \"iteration\"\n"
          "set ylabel \"distance (dimensionless)\"\n"
          "set logscale xy\n"
          "set autoscale xfix\n"
          "set yrange [1e-20<*:*]\n"
          "set format y \"10^{%L}\"\n"
          "unset mytics\n"
          "set format x \"10^{%L}\"\n"
          "set grid ls 9\n"
          "set key below Left reverse samplen 3 maxrows 2\n"
          "plot ",
          file);
    if (set->predicted)
        fputs("\"history.tsv\" using 1:(abs($3)) with linespoints ls 1 pointinterval 8 "
              "title \"loss gap\", \\\n     ",
              file);
    fputs("\"history.tsv\" using 1:4 with linespoints ls 2 pointinterval 8 title \"NC1\", \\\n"
          "     \"history.tsv\" using 1:5 with linespoints ls 3 pointinterval 8 "
          "title \"NC2 classifier\", \\\n"
          "     \"history.tsv\" using 1:6 with linespoints ls 4 pointinterval 8 "
          "title \"NC2 class means\", \\\n"
          "     \"history.tsv\" using 1:7 with linespoints ls 5 pointinterval 8 title \"NC3\"\n"
          "unset logscale\nset format\nunset grid\nset yrange [*:*]\n",
          file);
}

/* One heat map with numbers where they fit, white on the dark cells; `symbol` is what the Gram
 * matrix is of. */
static void script_gram(FILE *file, int64_t class_count, const char *kind, const char *which,
                        const char *symbol)
{
    enum { NUMBERED = 5 };
    fprintf(file,
            "set title \"%s %s\" enhanced offset 0,-0.4\n"
            "plot \"gram_%s_%s.tsv\" matrix using 1:2:($3/unit_%s) with image pixels notitle",
            which, symbol, kind, which, kind);
    for (int dark = 0; dark < 2 && class_count <= NUMBERED; dark++)
        fprintf(file,
                ", \\\n     \"\" matrix using 1:2:($3/unit_%s %s (low_%s + high_%s)/2 ? "
                "text($3/unit_%s, high_%s) : \"\") with labels font \",15\" tc rgb \"%s\" notitle",
                kind, dark ? ">" : "<=", kind, kind, kind, kind, dark ? "#ffffff" : "#000000");
    fputc('\n', file);
}

/* The range of a heat map's colours, named after its kind: zero is in it. Numbers are in units of
 * a power of 1000, which keeps them short enough for their cells. */
static void script_gram_range(FILE *file, const char *kind, const char *which)
{
    fprintf(file,
            "stats \"gram_%s_%s.tsv\" matrix using 3 nooutput\n"
            "power_%s = STATS_max > 0 ? 3*int(floor(log10(STATS_max)/3)) : 0\n"
            "unit_%s = 10.0**power_%s\n"
            "low_%s = STATS_min < 0 ? STATS_min/unit_%s : 0\n"
            "high_%s = STATS_max > 0 ? STATS_max/unit_%s : 1\n",
            kind, which, kind, kind, kind, kind, kind, kind, kind);
}

void script_grams(FILE *file, const figure_set *set)
{
    const char *const kinds[] = {"classifier", set->centred ? "centred" : "features"};
    const char *const symbols[] = {"P P^T", set->centred ? "C C^T" : "H̄^T H̄"};
    const char *const words[] = {"classifier row", set->centred ? "centred mean" : "class mean"};
    const int columns = set->predicted + set->measured, first = set->no_rows ? 1 : 0;
    if (set->class_count > MAX_GRAM_CLASSES || columns == 0)
        return;
    int K = (int)set->class_count, tic = K <= 10 ? 1 : K / 5;
    fputs("\n# What is zero to two digits of the largest is written so.\n"
          "text(x, high) = abs(x) < 5e-3*high ? \"0\" : sprintf(\"%.3g\", x)\n"
          "label(power) = power == 0 ? \"inner product\" : "
          "sprintf(\"inner product / 10^{%d}\", power)\n",
          file);
    for (int i = first; i < 2; i++)
        script_gram_range(file, kinds[i], set->predicted ? "predicted" : "measured");
    script_figure(file, "grams", columns == 2 ? 900 : 520, first == 0 ? 800 : 480);
    fprintf(file,
            "set multiplot layout %d,%d title setting noenhanced font title_font "
            "margins screen %s,%s,%s spacing screen 0.26,0.19\n"
            "unset grid\n"
            "set xrange [-0.5:%d.5]\nset yrange [%d.5:-0.5]\n"
            "set xtics 0,%d offset 0,0.4\nset ytics 0,%d\nset tics out nomirror scale 0.5\n",
            2 - first, columns,
            columns == 2 ? "0.09"
            : K > 100    ? "0.22"
                         : "0.17",
            columns == 2 ? "0.845" : "0.72", first == 0 ? "0.11,0.88" : "0.17,0.8", K - 1, K - 1,
            tic, tic);
    for (int i = first; i < 2; i++) {
        fprintf(file,
                "set cbrange [low_%s:high_%s]\nset cblabel label(power_%s)\n"
                "set xlabel \"%s k\" offset 0,0.8\nset ylabel \"%s l\" offset 0.8,0\n",
                kinds[i], kinds[i], kinds[i], words[i], words[i]);
        if (set->predicted)
            script_gram(file, set->class_count, kinds[i], "predicted", symbols[i]);
        if (set->measured)
            script_gram(file, set->class_count, kinds[i], "measured", symbols[i]);
    }
    fputs("unset multiplot\n", file);
}

/* One panel of lengths over class counts: columns of classes.tsv, column of curve.tsv. */
static void script_length(FILE *file, const figure_set *set, const char *label, int predicted,
                          int measured, int curve)
{
    fprintf(file, "set ylabel \"%s\"\nplot ", label);
    if (set->curve)
        fprintf(file, "\"curve.tsv\" using 1:(sqrt($%d)) with lines ls 1 title \"theory\"", curve);
    if (set->predicted && !set->curve)
        fprintf(file,
                "\"classes.tsv\" using 2:(sqrt($%d)) with points ls 1 pt 4 ps 2 lw 2 "
                "title \"theory\"",
                predicted);
    if (set->measured)
        fprintf(file,
                "%s\"classes.tsv\" using 2:(sqrt($%d)) with points ls 3 pt 7 ps 1.1 "
                "title \"measured\"",
                set->predicted ? ", \\\n     " : "", measured);
    else if (set->curve)
        fprintf(file,
                ", \\\n     \"classes.tsv\" using 2:(sqrt($%d)) with points ls 3 pt 7 ps 1.1 "
                "title \"the classes\"",
                predicted);
    fputc('\n', file);
}

static void script_lengths(FILE *file, const figure_set *set)
{
    script_figure(file, "lengths", 940, 560);
    fprintf(file,
            "set multiplot layout 1,2 title setting noenhanced font title_font\n"
            "unset title\nset offsets 0,0,graph 0.06,0\n"
            "set xlabel \"samples of the class, n_k\"\nset grid ls 9\n"
            "set xrange [0:%g]\nset yrange [0:*]\n"
            "set key below Left reverse samplen 2 maxrows 1\n",
            1.2 * (double)set->largest);
    script_length(file, set, "length of the class mean, ||h_k||", 3, 4, 3);
    script_length(file, set, "length of the classifier row, ||p_k||", 5, 6, 2);
    fputs("unset multiplot\nset xrange [*:*]\nset yrange [*:*]\nset offsets\n", file);
}

static void draw_figures(const program *self, const figure_set *set)
{
    FILE *file = open_output(self, SCRIPT_NAME);
    script_begin(self, file, set->title);
    if (set->history)
        script_metrics(file, set);
    script_lengths(file, set);
    script_grams(file, set);
    close_output(self, file);
    draw_script(self);
}

void write_files(const program *self, const problem *task, const libnc_geometry *geometry,
                 const libnc_report *report, bool history)
{
    char title[200];
    problem_words(task, title, sizeof title);
    write_classes(self, task, geometry, report);
    write_grams(self, task->counts.size, geometry, report);
    figure_set set = {.title = title,
                      .class_count = task->counts.size,
                      .history = history,
                      .predicted = geometry != NULL,
                      .measured = report != NULL,
                      .curve = write_curve(self, task)};
    for (int64_t k = 0; k < task->counts.size; k++)
        set.largest = task->counts.values[k] > set.largest ? task->counts.values[k] : set.largest;
    draw_figures(self, &set);
}
