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
    script_figure(file, "metrics", 660, 580);
    script_margins(file, 0.1, 0.3);
    fputs("set title setting noenhanced font title_font\n"
          "set xlabel \"iteration\"\nset ylabel \"distance (dimensionless)\"\n"
          "set logscale xy\nset autoscale xfix\nset yrange [1e-20<*:*]\n"
          "set format xy \"10^{%L}\"\nunset mytics\nset grid ls 9\n"
          "set key at screen 0.53,0.02 center bottom vertical maxrows 2 Left reverse samplen 2\n"
          "plot ",
          file);
    if (set->predicted)
        fputs("\"history.tsv\" using 1:(abs($3)) with linespoints ls 1 pointinterval 8 "
              "title \"loss gap\", \\\n     ",
              file);
    fputs("\"history.tsv\" using 1:4 with linespoints ls 2 pointinterval 8 title \"NC1\", \\\n"
          "     \"history.tsv\" using 1:5 with linespoints ls 3 pointinterval 8 "
          "title \"NC2 rows\", \\\n"
          "     \"history.tsv\" using 1:6 with linespoints ls 4 pointinterval 8 "
          "title \"NC2 means\", \\\n"
          "     \"history.tsv\" using 1:7 with linespoints ls 5 pointinterval 8 title \"NC3\"\n"
          "unset logscale\nset format\nunset grid\nset yrange [*:*]\n",
          file);
}

/* ---- Gram matrices, as cosines: lengths have a figure of their own ---- */

/* Small cosines have a sign that shows: colours follow the square root. Its palette, too, falls in
 * luminance all the way, from yellow over grey to blue. */
static void script_cosine_colours(FILE *file, int64_t class_count)
{
    fprintf(file,
            "array square[%lld] # lengths\n"
            "cosine(k, l, g) = square[k+1]*square[l+1] > 0 ? g/sqrt(square[k+1]*square[l+1]) "
            ": NaN\n"
            "colour(c) = sgn(c)*sqrt(abs(c))\n"
            "text(c) = abs(c) < 5e-3 ? \"0\" : sprintf(\"%%.2f\", c)\n"
            "set cbrange [-1:1]\nset cblabel \"cosine (white: no length)\"\n"
            "set cbtics (\"-1\" -1, \"-0.25\" -0.5, \"-0.04\" -0.2, \"0\" 0, \"0.04\" 0.2, "
            "\"0.25\" 0.5, \"1\" 1)\n"
            "set palette defined (-1 \"#fff176\", 0 \"#bdbdbd\", 0.5 \"#5b7fb5\", 1 \"#0b0b2e\")\n",
            (long long)class_count);
}

/* One panel with numbers where they fit, white on the dark cells. */
static void script_gram(FILE *file, int64_t class_count, const char *kind, const char *which)
{
    enum { NUMBERED = 5 };
    char table[64];
    snprintf(table, sizeof table, "\"gram_%s_%s.tsv\" matrix", kind, which);
    fprintf(file,
            "set title \"%s\" offset 0,-0.4\n"
            "stats %s using ($1 == $2 ? (square[int($1)+1] = $3) : $3) nooutput\n"
            "plot %s using 1:2:(colour(cosine($1, $2, $3))) with image pixels notitle",
            which, table, table);
    for (int dark = 0; dark < 2 && class_count <= NUMBERED; dark++)
        fprintf(file,
                ", \\\n     \"\" matrix using 1:2:(cosine($1, $2, $3) %s 0.25 ? "
                "text(cosine($1, $2, $3)) : \"\") with labels font \",15\" tc rgb \"%s\" notitle",
                dark ? ">" : "<=", dark ? "#ffffff" : "#000000");
    fputc('\n', file);
}

/* The panels' places, in shares of the figure; more room on the left for labels of three digits. */
static void script_gram_layout(FILE *file, int rows, int columns, int64_t class_count)
{
    const char *left = columns == 2 ? "0.1" : class_count > 100 ? "0.22" : "0.17";
    fprintf(file,
            "set multiplot layout %d,%d title setting noenhanced font title_font "
            "margins screen %s,%s,%s spacing screen 0.16,0.19\n"
            "unset grid\nset xrange [-0.5:%lld.5]\nset yrange [%lld.5:-0.5]\n"
            "set xtics 0,%d offset 0,0.4\nset ytics 0,%d\nset tics out nomirror scale 0.5\n",
            rows, columns, left, columns == 2 ? "0.83" : "0.72",
            rows == 2 ? "0.11,0.88" : "0.17,0.8", (long long)class_count - 1,
            (long long)class_count - 1, class_count <= 10 ? 1 : (int)(class_count / 5),
            class_count <= 10 ? 1 : (int)(class_count / 5));
}

void script_grams(FILE *file, const figure_set *set)
{
    const char *const kinds[] = {"classifier", set->centred ? "centred" : "features"};
    const char *const words[] = {"classifier row", set->centred ? "centred mean" : "class mean"};
    const int columns = set->predicted + set->measured, first = set->no_rows ? 1 : 0;
    if (set->class_count > MAX_GRAM_CLASSES || columns == 0)
        return;
    script_figure(file, "grams", columns == 2 ? 900 : 520, first == 0 ? 860 : 480);
    script_cosine_colours(file, set->class_count);
    script_gram_layout(file, 2 - first, columns, set->class_count);
    for (int i = first; i < 2; i++) {
        fprintf(file, "set xlabel \"%s k\" offset 0,0.8\nset ylabel \"%s l\" offset 0.8,0\n",
                words[i], words[i]);
        fprintf(file, "%sset colorbox\n", columns == 2 ? "un" : "");
        if (set->predicted)
            script_gram(file, set->class_count, kinds[i], "predicted");
        fputs("set colorbox\n", file);
        if (set->measured)
            script_gram(file, set->class_count, kinds[i], "measured");
    }
    fputs("unset multiplot\n", file);
}

/* ---- lengths over class counts ---- */

/* A logarithmic axis of counts; less than two decades have marks at 1, 2 and 5. */
void script_counts(FILE *file, int64_t smallest, int64_t largest)
{
    const double low = (double)smallest / CURVE_REACH, high = (double)largest * CURVE_REACH;
    const char *separator = "";
    fprintf(file,
            "set xlabel \"samples of the class, n_k\"\nset logscale x\nset xrange [%.6g:%.6g]\n",
            low, high);
    if (high >= 100 * low) {
        fputs("set xtics autofreq\nset format x \"10^{%L}\"\n", file);
        return;
    }
    fputs("set format x \"%.0s%c\"\nset xtics (", file);
    for (int64_t decade = 1; (double)decade <= high; decade *= 10)
        for (int i = 0; i < 3; i++) {
            const double mark = (double)decade * (i == 0 ? 1 : i == 1 ? 2 : 5);
            if (mark >= low && mark <= high)
                fprintf(file, "%s%.0f", separator, mark);
            separator = mark >= low ? ", " : "";
        }
    fputs(")\n", file);
}

double script_mark_size(int64_t class_count)
{
    return class_count < 20 ? 1 : 0.5;
}

/* One panel: columns of classes.tsv, column of curve.tsv. */
static void script_length(FILE *file, const figure_set *set, const char *label, int predicted,
                          int measured, int curve)
{
    const double size = script_mark_size(set->class_count);
    fprintf(file, "set ylabel \"%s\"\nplot ", label);
    if (set->curve)
        fprintf(file, "\"curve.tsv\" using 1:(sqrt($%d)) with lines ls 1 title \"theory\"", curve);
    if (set->predicted && !set->curve)
        fprintf(file,
                "\"classes.tsv\" using 2:(sqrt($%d)) with points ls 1 pt %d ps %g lw 2 "
                "title \"theory\"",
                predicted, set->measured ? 4 : 7, 1.6 * size * size);
    if (set->measured)
        fprintf(file,
                "%s\"classes.tsv\" using 2:(sqrt($%d)) with points ls 3 pt 7 ps %g "
                "title \"measured\"",
                set->predicted ? ", \\\n     " : "", measured, size);
    else if (set->curve)
        fprintf(file,
                ", \\\n     \"classes.tsv\" using 2:(sqrt($%d)) with points ls 3 pt 7 ps %g "
                "title \"the classes\"",
                predicted, size);
    fputc('\n', file);
}

static void script_lengths(FILE *file, const figure_set *set)
{
    script_figure(file, "lengths", 940, 520);
    script_margins(file, 0.13, 0.27);
    fputs("set multiplot title setting noenhanced font title_font\nunset title\n"
          "set offsets 0,0,graph 0.06,0\nset grid ls 9\nset yrange [0:*]\n"
          "set key at screen 0.5,0.02 center bottom vertical maxrows 1 Left reverse samplen 2\n"
          "set lmargin at screen 0.13\nset rmargin at screen 0.48\n",
          file);
    script_counts(file, set->smallest, set->largest);
    script_length(file, set, "length of the class mean, ||h_k||", 3, 4, 3);
    fputs("unset key\nset lmargin at screen 0.63\nset rmargin at screen 0.98\n", file);
    script_length(file, set, "length of the classifier row, ||p_k||", 5, 6, 2);
    fputs("unset multiplot\nunset logscale\nset format\nset key\nset offsets\n"
          "set xtics autofreq\nset xrange [*:*]\nset yrange [*:*]\n"
          "unset lmargin\nunset rmargin\nunset tmargin\nunset bmargin\n",
          file);
}

static void draw_figures(const program *self, const figure_set *set)
{
    FILE *file = open_output(self, SCRIPT_NAME);
    script_begin(self, file, set->title);
    if (set->run != NULL) {
        script_metrics(file, set);
        script_epochs(file, set->run);
        script_accuracy(file, set->run);
    }
    script_lengths(file, set);
    script_grams(file, set);
    close_output(self, file);
    draw_script(self);
}

void write_files(const program *self, const problem *task, const libnc_geometry *geometry,
                 const libnc_report *report, const training_run *run)
{
    char title[200];
    problem_words(task, title, sizeof title);
    write_classes(self, task, geometry, report);
    write_grams(self, task->counts.size, geometry, report);
    if (run != NULL)
        write_accuracy(self, run);
    figure_set set = {.title = title,
                      .class_count = task->counts.size,
                      .run = run,
                      .predicted = geometry != NULL,
                      .measured = report != NULL,
                      .curve = write_curve(self, task),
                      .smallest = task->counts.values[0],
                      .largest = task->counts.values[0]};
    for (int64_t k = 1; k < task->counts.size; k++) {
        const int64_t n = task->counts.values[k];
        set.smallest = n < set.smallest ? n : set.smallest;
        set.largest = n > set.largest ? n : set.largest;
    }
    draw_figures(self, &set);
}
