/* SPDX-License-Identifier: MIT */
#include "network_figures.h"

#include <math.h> /* NAN: a macro */
#include <stdlib.h>

#include "figures.h"
#include "gnuplot.h"
#include "output.h"

void write_accuracy(const program *self, const training_run *run)
{
    static const char *const names[] = {"class", "count", "accuracy", "test_accuracy"};
    enum { NAMES = sizeof names / sizeof *names };
    const int64_t K = run->counts->size;
    if (run->trained == NULL)
        return;
    double *rows = allocate(self, (size_t)(K * NAMES), sizeof *rows);
    for (int64_t k = 0; k < K; k++) {
        double *row = rows + k * NAMES;
        row[0] = (double)k;
        row[1] = (double)run->counts->values[k];
        row[2] = run->trained->by_class[k];
        row[3] = run->tested->by_class != NULL ? run->tested->by_class[k] : NAN;
    }
    write_tsv(self, "accuracy.tsv", names, NAMES, rows, K);
    free(rows);
}

/* ---- over epochs ---- */

/* One metric of each layer; the curves of five layers part. */
static void script_layers(FILE *file, const training_run *run, const char *label, int column)
{
    enum { STYLES = 5 };
    fprintf(file,
            "set ylabel \"%s\" offset 1,0\n"
            "plot for [j=1:%d] \"layers.tsv\" using ($1/%lld):($2 == j ? $%d : NaN) with "
            "linespoints ls 1+(j-1)%%%d title sprintf(\"head layer %%d\", j)\n",
            label, (int)run->depth, (long long)run->epoch_steps, column, STYLES);
}

static void script_objective(FILE *file, const training_run *run)
{
    fprintf(file,
            "set ylabel \"objective\" offset 1,0\n"
            "plot \"history.tsv\" using ($1/%lld):2 with linespoints ls 3 notitle",
            (long long)run->epoch_steps);
    if (run->predicted > 0)
        fprintf(file, ", %.12g with lines ls 1 dt 2 title \"predicted\"", run->predicted);
    fputc('\n', file);
}

void script_epochs(FILE *file, const training_run *run)
{
    if (run->epoch_steps == 0)
        return;
    script_figure(file, "epochs", 940, 800);
    fputs("set multiplot layout 2,2 title setting noenhanced font title_font "
          "margins screen 0.11,0.98,0.1,0.92 spacing screen 0.13,0.1\n"
          "unset title\nset xlabel \"epoch\" offset 0,0.4\nset logscale y\n"
          "set format y \"10^{%L}\"\nunset mytics\nset grid ls 9\nset autoscale xfix\n"
          "set key default\nset key top right samplen 2\n",
          file);
    script_objective(file, run);
    script_layers(file, run, "NC1", 3);
    fputs("unset key\n", file);
    script_layers(file, run, "NC2 rows", 4);
    script_layers(file, run, "NC2 means", 5);
    fputs(
        "unset multiplot\nunset logscale\nset format\nunset grid\nset key default\nset autoscale\n",
        file);
}

/* ---- over classes ---- */

void script_accuracy(FILE *file, const training_run *run)
{
    if (run->trained == NULL)
        return;
    int64_t low = run->counts->values[0], high = low;
    for (int64_t k = 1; k < run->counts->size; k++) {
        const int64_t n = run->counts->values[k];
        low = n < low ? n : low;
        high = n > high ? n : high;
    }
    script_figure(file, "accuracy", 660, 520);
    script_margins(file, 0.13, 0.27);
    fputs("set title setting noenhanced font title_font\nset grid ls 9\nset yrange [-0.03:1.03]\n"
          "set ylabel \"accuracy of the class\"\n"
          "set key at screen 0.53,0.02 center bottom vertical maxrows 1 Left reverse samplen 2\n",
          file);
    script_counts(file, low, high);
    fprintf(file,
            "plot \"accuracy.tsv\" using 2:3 with points ls 1 pt 4 ps 1.4 title \"training\"");
    if (run->tested->by_class != NULL)
        fputs(", \\\n     \"\" using 2:4 with points ls 3 pt 7 ps 1 title \"test\"", file);
    fputs("\nunset logscale\nset format\nset key\nset xtics autofreq\nset xrange [*:*]\n"
          "set yrange [*:*]\nunset tmargin\nunset bmargin\n",
          file);
}
