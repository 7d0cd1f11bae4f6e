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

void write_studies(const program *self, const study *s, const curves *c, const diagram *d,
                   const oversampling *o)
{
    FILE *file = begin_table(self, "curves.tsv", "majority_classes\tratio");
    for (int64_t i = 0; i < s->curve_count; i++) {
        for (int64_t p = 0; p < s->points; p++) {
            fprintf(file, "%lld\t%.12g", (long long)s->majorities[i], c->ratios[p]);
            write_facts(file, curve_facts(s, c, i, p));
        }
        fputs("\n\n", file); /* a data set of its own for gnuplot */
    }
    close_output(self, file);
    file = begin_table(self, "diagram.tsv", "decay\tratio");
    for (int64_t i = 0; i < s->points; i++) {
        for (int64_t p = 0; p < s->points; p++) {
            fprintf(file, "%.12g\t%.12g", d->decays[i], d->ratios[p]);
            write_facts(file, d->facts + (i * s->points + p) * FACTS);
        }
        fputc('\n', file);
    }
    close_output(self, file);
    file = begin_table(self, "oversampling.tsv", "weight");
    for (int64_t p = 0; p < s->points; p++) {
        fprintf(file, "%.12g", o->weights[p]);
        write_facts(file, o->facts + p * FACTS);
    }
    close_output(self, file);
    file = open_output(self, "thresholds.tsv");
    fputs("# majority_classes\tmerge_ratio\tvanish_ratio\n", file);
    write_source(self, file);
    for (int64_t i = 0; i < s->curve_count; i++)
        fprintf(file, "%lld\t%.12g\t%.12g\n", (long long)s->majorities[i], c->merge[i],
                c->vanish[i]);
    close_output(self, file);
    file = open_output(self, "boundary.tsv");
    fputs("# decay\tlower_ratio\tupper_ratio: the minority is apart between them\n", file);
    write_source(self, file);
    for (int64_t i = 0; i < s->points; i++)
        fprintf(file, "%.12g\t%.12g\t%.12g\n", d->decays[i], d->merge_low[i], d->merge_high[i]);
    close_output(self, file);
}

/* ---- the script ---- */

/* A vertical line at each finite threshold inside the picture. */
static void script_thresholds(FILE *file, const study *s, const curves *c)
{
    fputs("unset arrow\n", file);
    for (int64_t i = 0; i < s->curve_count; i++) {
        const double ratios[2] = {c->merge[i], c->vanish[i]};
        for (int j = 0; j < 2; j++)
            if (isfinite(ratios[j]) && ratios[j] <= s->largest_ratio)
                fprintf(file,
                        "set arrow from first %.12g, graph 0 to first %.12g, graph 1 nohead "
                        "lc rgb \"#606060\" dt %d lw 1.5\n",
                        ratios[j], ratios[j], j == 0 ? 3 : 5);
    }
}

static void script_curves(FILE *file, const study *s, const curves *c, const char *label,
                          int column)
{
    fprintf(file, "set ylabel \"%s\"\n", label);
    script_thresholds(file, s, c);
    fputs("plot ", file);
    for (int64_t i = 0; i < s->curve_count; i++)
        fprintf(file,
                "%s\"curves.tsv\" index %lld using 2:%d with linespoints ls %d pointinterval 5 "
                "title \"K_A = %lld\"",
                i > 0 ? ", \\\n     " : "", (long long)i, column, (int)(i % 5) + 1,
                (long long)s->majorities[i]);
    fputs("\nunset arrow\n", file);
}

static void script_oversampling(FILE *file, const study *s, const oversampling *o)
{
    script_figure(file, "oversampling", 660, 560);
    fprintf(file,
            "set title \"K_A = %lld, R = %g: minority samples taken w times\" font title_font\n"
            "set xlabel \"oversampling weight w\"\nset ylabel \"cosine; length of the row\"\n"
            "set xrange [1:%.12g]\nset yrange [*:*]\n",
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

static void script_diagram(FILE *file, const study *s)
{
    script_figure(file, "diagram", 760, 600);
    fprintf(
        file,
        "set xlabel \"decay √(λ_W λ_H)\"\n"
        "set ylabel \"imbalance ratio R\"\n"
        "set logscale xy\nset xrange [%.12g:%.12g]\nset yrange [1:%.12g]\n"
        "set format x \"10^{%%L}\"\nset format y \"10^{%%L}\"\n"
        "set cbrange [*:1]\nset cblabel \"cosine of minority classifier rows\"\n"
        "unset grid\nunset key\n"
        "set title \"weight decay, K = %lld, K_A = %lld, n_A = %lld\\n"
        "right of the line the minority shares one prediction; white: its rows are zero\" "
        "font \"Helvetica,15\"\n"
        "# Where all rows of the minority vanish there is no cosine: white.\n"
        "set pm3d map corners2color c1\n"
        "splot \"diagram.tsv\" using 1:2:5 with pm3d notitle, \\\n"
        "      \"boundary.tsv\" using 1:3:(1) with lines lc rgb \"#ffffff\" lw 5 notitle, \\\n"
        "      \"boundary.tsv\" using 1:3:(1) with lines lc rgb \"#000000\" dt 2 lw 2.5 notitle\n",
        s->decays[0], s->decays[1], s->largest_ratio, (long long)s->class_count,
        (long long)middle_majority(s), (long long)s->samples);
}

void draw_studies(const program *self, const study *s, const curves *c, const oversampling *o)
{
    char title[160];
    snprintf(title, sizeof title, "layer-peeled model, K = %lld, E_W = %g, E_H = %g",
             (long long)s->class_count, s->energies[0], s->energies[1]);
    FILE *file = open_output(self, SCRIPT_NAME);
    script_begin(self, file, title);
    script_figure(file, "curves", 940, 560);
    fprintf(file,
            "set multiplot layout 1,2 title setting noenhanced font title_font\n"
            "set xlabel \"imbalance ratio R\"\nset logscale x\nset format x \"10^{%%L}\"\n"
            "set xrange [1:%.12g]\nset grid ls 9\nset key below Left reverse samplen 3\n",
            s->largest_ratio);
    script_curves(file, s, c, "cosine of minority classifier rows", 5);
    script_curves(file, s, c, "length of minority classifier rows", 9);
    fputs("unset multiplot\n", file);
    script_oversampling(file, s, o);
    script_diagram(file, s);
    close_output(self, file);
    draw_script(self);
}
