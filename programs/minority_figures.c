/* SPDX-License-Identifier: MIT */
#include "minority_figures.h"

#include <math.h> /* isfinite: a macro */

#include "gnuplot.h"
#include "output.h"

/* ---- tables ---- */

static FILE *begin_table(const program *self, const char *name, const char *first)
{
    FILE *file = open_output(self, name);
    fprintf(file, "# %s", first);
    for (int f = 0; f < FACTS; f++)
        fprintf(file, "\t%s", fact_names[f]);
    fputc('\n', file);
    write_source(self, file);
    return file;
}

static void write_facts(FILE *file, const double *facts)
{
    for (int f = 0; f < FACTS; f++)
        fprintf(file, "\t%.12g", facts[f]);
    fputc('\n', file);
}

static void write_curves(const program *self, const study *s, const curves *c)
{
    FILE *file = begin_table(self, "curves.tsv", "majority_classes\tratio");
    for (int64_t i = 0; i < s->curve_count; i++) {
        for (int64_t p = 0; p < c->points; p++) {
            fprintf(file, "%lld\t%.12g", (long long)s->majorities[i], c->ratios[p]);
            write_facts(file, curve_facts(c, i, p));
        }
        fputs("\n\n", file); /* a data set of its own for gnuplot */
    }
    close_output(self, file);
}

static void write_diagram(const program *self, const study *s, const diagram *d)
{
    FILE *file = begin_table(self, "diagram.tsv", "decay\tratio");
    for (int64_t i = 0; i < s->points; i++)
        for (int64_t p = 0; p < s->points; p++) {
            fprintf(file, "%.12g\t%.12g", d->decays[i], d->ratios[p]);
            write_facts(file, d->facts + (i * s->points + p) * FACTS);
        }
    close_output(self, file);
}

static void write_oversampling(const program *self, const oversampling *o)
{
    FILE *file = begin_table(self, "oversampling.tsv", "weight");
    for (int64_t p = 0; p < o->points; p++) {
        fprintf(file, "%.12g", o->weights[p]);
        write_facts(file, o->facts + p * FACTS);
    }
    close_output(self, file);
}

static void write_thresholds(const program *self, const study *s, const curves *c)
{
    FILE *file = open_output(self, "thresholds.tsv");
    fputs("# majority_classes\tmerge_ratio\tvanish_ratio\n", file);
    write_source(self, file);
    for (int64_t i = 0; i < s->curve_count; i++)
        fprintf(file, "%lld\t%.12g\t%.12g\n", (long long)s->majorities[i], c->merge[i],
                c->vanish[i]);
    close_output(self, file);
}

static void write_boundary(const program *self, const study *s, const diagram *d)
{
    FILE *file = open_output(self, "boundary.tsv");
    fputs("# ratio\tmerge_decay\tvanish_decay\n", file);
    write_source(self, file);
    for (int64_t i = 0; i < s->points; i++)
        fprintf(file, "%.12g\t%.12g\t%.12g\n", d->ratios[i], d->merge_decay[i], d->vanish_decay[i]);
    close_output(self, file);
}

void write_studies(const program *self, const study *s, const curves *c, const diagram *d,
                   const oversampling *o)
{
    write_curves(self, s, c);
    write_diagram(self, s, d);
    write_oversampling(self, o);
    write_thresholds(self, s, c);
    write_boundary(self, s, d);
}

/* ---- the script ---- */

enum { COS_COLUMN = 5, LENGTH_COLUMN = 9 }; /* of curves.tsv and diagram.tsv, the minority's */

/* Whether the ratio of a row is that of a mark; both have 12 digits. */
static void script_is(FILE *file, double mark)
{
    fprintf(file, "abs($2/%.12g - 1) < 1e-11", mark);
}

/* A curve; where rows vanish its cosine is what it tends to. */
static void script_curve(FILE *file, const study *s, const curves *c, int64_t i, int column)
{
    fprintf(file, "%s\"curves.tsv\" index %lld using 2:(", i > 0 ? ", \\\n     " : "",
            (long long)i);
    if (column == COS_COLUMN && isfinite(c->vanish[i]) && isfinite(c->merge[i])) {
        script_is(file, c->vanish[i]);
        fputs(" ? 1 : ", file);
    }
    fprintf(file, "$%d) with linespoints ls %d pointinterval 5 title \"K_A = %lld\"", column,
            (int)(i % 5) + 1, (long long)s->majorities[i]);
}

/* Rings where the minority merges, crosses where it vanishes. */
static void script_marks(FILE *file, const curves *c, int64_t i, int column)
{
    if (isfinite(c->merge[i])) {
        fprintf(file, ", \\\n     \"curves.tsv\" index %lld using 2:(", (long long)i);
        script_is(file, c->merge[i]);
        fprintf(file, " ? $%d : NaN) with points pt 6 ps 1.1 lw 2 lc rgb \"#000000\" notitle",
                column);
    }
    if (isfinite(c->vanish[i]))
        fprintf(file,
                ", \\\n     \"thresholds.tsv\" every ::%lld::%lld using 3:(%d) with points pt 2 "
                "ps 1.1 lw 2 lc rgb \"#000000\" notitle",
                (long long)i, (long long)i, column == COS_COLUMN);
}

static void script_panel(FILE *file, const study *s, const curves *c, const char *label, int column)
{
    fprintf(file, "set ylabel \"%s\"\nplot ", label);
    for (int64_t i = 0; i < s->curve_count; i++)
        script_curve(file, s, c, i, column);
    for (int64_t i = 0; i < s->curve_count; i++)
        script_marks(file, c, i, column);
    fputs(", \\\n     keyentry with points pt 6 ps 1.1 lw 2 lc rgb \"#000000\" title \"R_0\", "
          "keyentry with points pt 2 ps 1.1 lw 2 lc rgb \"#000000\" title \"R_1\"\n",
          file);
}

/* A minority of one class has no angle, and gnuplot no range for what is nowhere defined. */
static void script_no_angle(FILE *file)
{
    fputs("set yrange [-1:1]\nset label \"one minority class: no angle\" at graph 0.5,0.5 center\n",
          file);
}

static void script_curves(FILE *file, const study *s, const curves *c)
{
    bool angle = false;
    for (int64_t i = 0; i < s->curve_count; i++)
        angle = angle || s->majorities[i] < s->class_count - 1;
    script_figure(file, "curves", 940, 560);
    script_margins(file, 0.12, 0.33);
    fprintf(file,
            "set multiplot title setting font title_font\n"
            "set xlabel \"imbalance ratio R\"\nset logscale x\nset format x \"10^{%%L}\"\n"
            "set xrange [1:%.12g]\nset grid ls 9\n"
            "set key at screen 0.5,0.02 center bottom vertical maxrows 2 Left reverse samplen 3\n"
            "set lmargin at screen 0.11\nset rmargin at screen 0.47\n",
            s->largest_ratio);
    if (!angle)
        script_no_angle(file);
    script_panel(file, s, c, "cosine of minority classifier rows", COS_COLUMN);
    fputs("unset key\nunset label\nset yrange [*:*]\nset lmargin at screen 0.62\nset rmargin at "
          "screen 0.97\n",
          file);
    script_panel(file, s, c, "length of minority classifier rows", LENGTH_COLUMN);
    fputs("unset multiplot\nset key\nunset lmargin\nunset rmargin\n", file);
}

static void script_oversampling(FILE *file, const study *s, const oversampling *o)
{
    script_figure(file, "oversampling", 660, 560);
    script_margins(file, 0.12, 0.3);
    fprintf(file,
            "set title \"K_A = %lld, R = %g: minority samples taken w times\" font title_font\n"
            "set xlabel \"oversampling weight w\"\nset ylabel \"cosine; length of the row\"\n"
            "set xrange [1:%.12g]\nset yrange [*:*]\n"
            "set key at screen 0.55,0.02 center bottom vertical maxrows 2 Left reverse samplen 3\n",
            (long long)middle_majority(s), s->ratio, s->ratio);
    if (isfinite(o->needed))
        fprintf(file,
                "set arrow from first %.12g, graph 0 to first %.12g, graph 1 nohead "
                "lc rgb \"#606060\" dt 3 lw 1.5\n",
                o->needed, o->needed);
    fputs("plot \"oversampling.tsv\" using 1:4 with linespoints ls 1 pointinterval 5 "
          "title \"cosine, minority\", \\\n"
          "     \"\" using 1:5 with linespoints ls 2 pointinterval 5 title \"cosine, majority\", "
          "\\\n"
          "     \"\" using 1:8 with linespoints ls 4 pointinterval 5 title \"length, minority\", "
          "\\\n"
          "     \"\" using 1:7 with linespoints ls 3 pointinterval 5 title \"length, majority\"\n"
          "unset arrow\n",
          file);
}

/* Cells are centred on their values; each reaches a little under the next one, so that no gap
 * between them shows. */
static void script_cells(FILE *file, const study *s, const diagram *d)
{
    const double half_decay = sqrt(d->decays[1] / d->decays[0]),
                 half_ratio = sqrt(d->ratios[1] / d->ratios[0]);
    fprintf(file,
            "half_decay = %.12g\nhalf_ratio = %.12g\n"
            "set xrange [%.12g/half_decay:%.12g*half_decay]\n"
            "set yrange [1/half_ratio:%.12g*half_ratio]\n",
            half_decay, half_ratio, s->decays[0], s->decays[1], s->largest_ratio);
}

static void script_diagram(FILE *file, const study *s, const diagram *d)
{
    const bool alone = s->class_count - middle_majority(s) < 2; /* no angle, no merging */
    script_figure(file, "diagram", 760, 640);
    script_margins(file, 0.1, 0.31);
    script_cells(file, s, d);
    fprintf(file,
            "set title \"weight decay, K = %lld, K_A = %lld, n_A = %lld\" font title_font\n"
            "set xlabel \"decay √(λ_W λ_H)\"\nset ylabel \"imbalance ratio R\"\n"
            "set logscale xy\nset format xy \"10^{%%L}\"\nunset grid\n"
            "set tics front\nset cbrange [*:*]\nset cblabel \"%s\"\nset rmargin at screen 0.8\n"
            "set key at screen 0.5,0.02 center bottom vertical maxrows 3 Left reverse samplen 3\n",
            (long long)s->class_count, (long long)middle_majority(s), (long long)s->samples,
            alone ? "length of the minority row" : "cosine of minority classifier rows");
    fprintf(file,
            "plot \"diagram.tsv\" using 1:2:($1/half_decay):($1*half_decay**1.1):($2/half_ratio):"
            "($2*half_ratio**1.1):%d with boxxyerror fc palette fs solid noborder notitle, \\\n"
            "     \"\" using 1:($9 == 0 ? $2 : NaN):($1/half_decay):($1*half_decay**1.1):"
            "($2/half_ratio):($2*half_ratio**1.1) with boxxyerror fc rgb \"#f4b183\" fs solid "
            "noborder title \"vanished: its rows are zero\", \\\n",
            alone ? LENGTH_COLUMN : COS_COLUMN);
    if (!alone)
        fputs("     \"boundary.tsv\" using 2:1 with lines lc rgb \"#ffffff\" lw 5 notitle, \\\n"
              "     \"\" using 2:1 with lines lc rgb \"#000000\" dt 2 lw 2.5 title "
              "\"right of it the minority shares one prediction\", \\\n",
              file);
    fputs("     \"boundary.tsv\" using 3:1 with lines lc rgb \"#ffffff\" lw 5 notitle, \\\n"
          "     \"\" using 3:1 with lines lc rgb \"#000000\" lw 2.5 title "
          "\"right of it the minority vanishes\"\n",
          file);
}

void draw_studies(const program *self, const study *s, const curves *c, const diagram *d,
                  const oversampling *o)
{
    char title[160];
    snprintf(title, sizeof title, "layer-peeled model, K = %lld, E_W = %g, E_H = %g",
             (long long)s->class_count, s->energies[0], s->energies[1]);
    FILE *file = open_output(self, SCRIPT_NAME);
    script_begin(self, file, title);
    script_curves(file, s, c);
    script_oversampling(file, s, o);
    script_diagram(file, s, d);
    close_output(self, file);
    draw_script(self);
}
