/* SPDX-License-Identifier: MIT */
#include "sweep_figures.h"

#include <math.h>
#include <stdlib.h>

#include "gnuplot.h"
#include "output.h"
#include "sweep_boundary.h"

/* ---- axes ---- */

static const char *axis_label(const sweep_axis *axis)
{
    switch (axis->parameter) {
    case SWEEP_WEIGHT_DECAY: return "weight decay λ_W";
    case SWEEP_FEATURE_DECAY: return "feature decay λ_H";
    case SWEEP_DECAY: return "decay λ_W = λ_H";
    case SWEEP_DEPTH: return "linear layers M";
    case SWEEP_WIDTH: return "width d";
    case SWEEP_RATIO: return "imbalance ratio R";
    case SWEEP_LABEL_SMOOTHING: return "label smoothing";
    case SWEEP_ENERGIES: return "energies E_W = E_H";
    default: return "bias";
    }
}

/* Cells and lines need values that rise or fall all the way. */
static bool is_monotone(const sweep_axis *axis)
{
    const double *v = axis->values;
    for (int64_t i = 2; i < axis->size; i++)
        if ((v[i] - v[i - 1]) * (v[1] - v[0]) <= 0)
            return false;
    return axis->size < 2 || v[1] != v[0];
}

/* The border between value i - 1 and i; outside the ends as far as inside. */
static double border(const sweep_axis *axis, int64_t i)
{
    const double *v = axis->values;
    const int64_t n = axis->size, at = i < 1 ? 1 : i > n - 1 ? n - 1 : i;
    if (n < 2)
        return axis->logarithmic ? v[0] * (i == 0 ? 0.9 : 1.1) : v[0] + (i == 0 ? -0.5 : 0.5);
    if (axis->logarithmic) {
        const double half = sqrt(v[at] / v[at - 1]);
        return i == 0 ? v[0] / half : v[i - 1] * half;
    }
    const double half = (v[at] - v[at - 1]) / 2;
    return i == 0 ? v[0] - half : v[i - 1] + half;
}

static void script_axis(FILE *file, const sweep_axis *axis, char letter, bool cells)
{
    const double ends[] = {cells ? border(axis, 0) : axis->values[0],
                           cells ? border(axis, axis->size) : axis->values[axis->size - 1]};
    fprintf(file, "set %clabel \"%s\"\n", letter, axis_label(axis));
    if (axis->logarithmic)
        fprintf(file, "set logscale %c\nset format %c \"10^{%%L}\"\n", letter, letter);
    if (ends[0] != ends[1])
        fprintf(file, "set %crange [%.12g:%.12g]\n", letter, fmin(ends[0], ends[1]),
                fmax(ends[0], ends[1]));
}

/* ---- tables for gnuplot ---- */

static void write_cells(const program *self, const sweep_table *t)
{
    const sweep_axis *x = &t->s->axes[0], *y = &t->s->axes[1];
    FILE *file = open_output(self, "diagram.tsv");
    fputs("# left\tright\tlower\tupper\trank\tnot_predicted: a cell for each row of sweep.tsv\n",
          file);
    write_source(self, file);
    for (int64_t i = 0; i < x->size; i++)
        for (int64_t j = 0; j < y->size; j++) {
            double facts[SWEEP_FACTS];
            sweep_table_facts(t, i * y->size + j, facts);
            fprintf(file, "%.12g\t%.12g\t%.12g\t%.12g\t%.12g\t%.12g\n", border(x, i),
                    border(x, i + 1), border(y, j), border(y, j + 1), facts[SWEEP_RANK],
                    facts[SWEEP_NOT_PREDICTED]);
        }
    close_output(self, file);
}

/* A data set for each line: x and y of a plane; over one parameter x and 0. Returns how many. */
static int write_boundary(const program *self, const problem *task, const sweep_table *t)
{
    const int axis = boundary_axis(t->s, task), other = 1 - axis;
    const int64_t step =
        axis == 0 && t->s->axis_count > 1 ? 1 : t->s->axes[axis < 0 ? 0 : axis].size;
    int lines = 0;
    if (axis < 0)
        return 0;
    const int64_t points = t->s->axis_count > 1 ? t->s->axes[other].size : 1;
    double *crossings = allocate(self, (size_t)points * MAX_LINES, sizeof *crossings);
    for (int64_t i = 0; i < points; i++)
        lines = boundary_crossings(self, t->s, task, axis, i * step, crossings + i * MAX_LINES);
    FILE *file = open_output(self, "boundary.tsv");
    fputs("# x\ty: beyond each line one class more is lost, beyond the last all\n", file);
    write_source(self, file);
    for (int line = 0; line < lines; line++) {
        for (int64_t i = 0; i < points; i++) {
            const double at = points > 1 || t->s->axis_count > 1 ? t->s->axes[other].values[i] : 0;
            const double crossing = crossings[i * MAX_LINES + line];
            fprintf(file, "%.12g\t%.12g\n", axis == 0 ? crossing : at, axis == 0 ? at : crossing);
        }
        fputs("\n\n", file);
    }
    close_output(self, file);
    free(crossings);
    return lines;
}

/* ---- the script ---- */

/* Whole numbers have no marks between them. */
static void script_wholes(FILE *file, const char *axis, int64_t class_count)
{
    if (class_count <= 10)
        fprintf(file, "set %stics 1\n", axis);
    else
        fprintf(file, "set %stics autofreq\n", axis);
}

static void script_diagram(FILE *file, const sweep_table *t, int64_t class_count, int lines,
                           const char *name, const char *label, int column)
{
    script_figure(file, name, 760, 600);
    script_margins(file, 0.1, lines > 0 ? 0.26 : 0.2);
    script_axis(file, &t->s->axes[0], 'x', true);
    script_axis(file, &t->s->axes[1], 'y', true);
    script_wholes(file, "cb", class_count);
    fprintf(file,
            "set title setting noenhanced font title_font\nset rmargin at screen 0.8\n"
            "set cblabel \"%s\"\nset cbrange [0:*]\nunset grid\nset tics front\n"
            "set key at screen 0.46,0.02 center bottom Left reverse\n"
            "plot \"diagram.tsv\" using (($1+$2)/2):(($3+$4)/2):1:2:3:4:%d with boxxyerror "
            "fillcolor palette fillstyle solid noborder notitle",
            label, column);
    if (lines > 0)
        fputs(", \\\n     \"boundary.tsv\" using 1:2 with lines lc rgb \"#ffffff\" lw 4 notitle, "
              "\\\n     \"boundary.tsv\" using 1:2 with lines lc rgb \"#d7301f\" lw 2 "
              "title \"beyond a line a class is lost\"",
              file);
    fputc('\n', file);
}

/* One curve has the axis as its name, several have a key. */
static void script_panel(FILE *file, const char *label, const int *columns,
                         const char *const *titles)
{
    fprintf(file, "set ylabel \"%s\"\nplot ", label);
    for (int i = 0; i < 4 && columns[i] > 0; i++)
        fprintf(file,
                "%s\"sweep.tsv\" using 2:%d with linespoints ls %d pointinterval 5 title \"%s\"",
                i > 0 ? ", \\\n     " : "", columns[i], i + 1, columns[1] > 0 ? titles[i] : "");
    fputc('\n', file);
}

/* A vertical line at each decay from which on a class is lost. */
static void script_losses(FILE *file, const program *self, const problem *task,
                          const sweep_table *t)
{
    double crossings[MAX_LINES];
    const int axis = boundary_axis(t->s, task);
    const int lines = axis < 0 ? 0 : boundary_crossings(self, t->s, task, axis, 0, crossings);
    for (int i = 0; i < lines; i++)
        if (isfinite(crossings[i]) && crossings[i] > 0)
            fprintf(file,
                    "set arrow from first %.12g, graph 0 to first %.12g, graph 1 nohead "
                    "lc rgb \"#606060\" dt 3 lw 1.5\n",
                    crossings[i], crossings[i]);
}

static void script_curves(FILE *file, const program *self, const problem *task,
                          const sweep_table *t)
{
    script_figure(file, "sweep", 940, 920);
    fputs("set multiplot layout 2,2 title setting noenhanced font title_font "
          "margins screen 0.13,0.97,0.21,0.93 spacing screen 0.17,0.22\n"
          "set grid ls 9\n"
          "set key at graph 0.42,-0.4 center top vertical maxrows 2 Left reverse samplen 2 width "
          "-2\n",
          file);
    script_axis(file, &t->s->axes[0], 'x', false);
    script_losses(file, self, task, t);
    script_panel(file, "optimal loss", (const int[]){3, 0}, NULL);
    script_wholes(file, "y", task->counts.size);
    script_panel(file, "classes", (const int[]){5, 6, 7, 0},
                 (const char *const[]){"rank", "lost", "not predicted"});
    fputs("set ytics autofreq\n", file);
    script_panel(file, "smallest margin (logits)", (const int[]){8, 0}, NULL);
    script_panel(
        file, "length", (const int[]){9, 10, 11, 12},
        (const char *const[]){"longest row", "shortest row", "longest mean", "shortest mean"});
    fputs("unset multiplot\n", file);
}

/* The problem without what is swept. */
static void title_of(const sweep *s, const problem *task, char *title, size_t size)
{
    problem fixed = *task;
    for (int i = 0; i < s->axis_count; i++) {
        fixed.depth = s->axes[i].parameter == SWEEP_DEPTH ? 0 : fixed.depth;
        fixed.bias = s->axes[i].parameter == SWEEP_BIAS ? -1 : fixed.bias;
    }
    problem_words(&fixed, title, size);
}

void sweep_figures(const program *self, const problem *task, const sweep_table *t)
{
    char title[200];
    title_of(t->s, task, title, sizeof title);
    const bool plane = t->s->axis_count > 1;
    if (!is_monotone(&t->s->axes[0]) || (plane && !is_monotone(&t->s->axes[1])))
        return;
    if (plane)
        write_cells(self, t);
    const int lines = plane ? write_boundary(self, task, t) : 0;
    FILE *file = open_output(self, SCRIPT_NAME);
    script_begin(self, file, title);
    if (plane) {
        script_diagram(file, t, task->counts.size, lines, "diagram_rank", "rank of the logits", 5);
        script_diagram(file, t, task->counts.size, lines, "diagram_not_predicted",
                       "classes not predicted", 6);
    } else {
        script_curves(file, self, task, t);
    }
    close_output(self, file);
    draw_script(self);
}
