/* SPDX-License-Identifier: MIT
 *
 * libnc-minority-collapse: minority collapse of Fang et al. (PNAS 2021): K classes, K_A of them
 * with R times the samples of the others, cross-entropy. Three studies, each solved with a
 * certificate, none trained:
 *  - curves over R in the layer-peeled model with energies E_W, E_H (their Figure 3), with the
 *    ratios R_0, from which on the minority classifiers coincide, and R_1, where they vanish;
 *  - the diagram over decay and R for weight decay in place of energies;
 *  - oversampling: minority samples taken w times.
 */
#include <getopt.h>
#include <math.h> /* isinf, isnan and NAN: macros */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "json.h"
#include "minority_figures.h"
#include "output.h"
#include "problem.h"
#include "report_page.h"
#include "studies.h"
#include "terminal.h"

enum {
    KEY_CLASSES = 200,
    KEY_MAJORITY,
    KEY_ENERGIES,
    KEY_LARGEST_RATIO,
    KEY_POINTS,
    KEY_SAMPLES,
    KEY_DECAYS,
    KEY_OVERSAMPLED_RATIO
};

/* clang-format off */
static const option_spec options[] = {
    {KEY_CLASSES, "classes", "K", "number of classes (10)"},
    {KEY_MAJORITY, "majority", "K_A,..", "numbers of majority classes, a curve each (3,5,7)"},
    {KEY_ENERGIES, "energies", "E_W,E_H", "energies of classifier and features (1,5)"},
    {KEY_LARGEST_RATIO, "largest-ratio", "R", "end of the ratios, which begin at 1 (1e4)"},
    {KEY_POINTS, "points", "P", "points of a curve, and of a side of the diagram (41)"},
    {KEY_SAMPLES, "samples", "n_A", "diagram: samples of a majority class (5000)"},
    {KEY_DECAYS, "decays", "c1,c2", "diagram: range of sqrt(lw lh) (1e-5,1e-2)"},
    {KEY_OVERSAMPLED_RATIO, "ratio", "R", "oversampling: the imbalance ratio (100)"},
    COUNT_OPTIONS,
    LABEL_OPTION,
    PLAIN_OPTIONS};
/* clang-format on */

enum { MAX_CLASSES = 1000000, MAX_POINTS = 1001 };

/* ---- output: text ---- */

enum { NAME_COLUMN = 12, FACT_COLUMN = 15, MAX_PRINTED = 14 };

/* The facts from `begin` on of one point. */
static void print_row(double x, const double *facts, int begin, int end)
{
    printf("%*.6g", NAME_COLUMN, x);
    for (int i = begin; i < end; i++) {
        if (isnan(facts[i]))
            printf("%*s", FACT_COLUMN, "-");
        else
            printf("%*.6g", FACT_COLUMN, facts[i]);
    }
    putchar('\n');
}

/* At most MAX_PRINTED rows, evenly spread, the last one always; and those of the two marks. In
 * parts of as many facts as fit the window. */
static void print_rows(const char *name, const double *x, const double *facts, int64_t points,
                       const double marks[2])
{
    const int64_t step = (points + MAX_PRINTED - 1) / MAX_PRINTED;
    const int room = (terminal_width(STDOUT_FILENO) - NAME_COLUMN) / FACT_COLUMN;
    const int part = room < 1 ? 1 : room;
    for (int begin = 0; begin < FACTS; begin += part) {
        const int end = FACTS - begin > part ? begin + part : FACTS;
        printf("%s%*s", begin > 0 ? "\n" : "", NAME_COLUMN, name);
        for (int i = begin; i < end; i++)
            printf("%*s", FACT_COLUMN, fact_names[i]);
        putchar('\n');
        for (int64_t i = 0; i < points; i++)
            if (i % step == (points - 1) % step || x[i] == marks[0] || x[i] == marks[1])
                print_row(x[i], facts + i * FACTS, begin, end);
    }
}

static void print_threshold(const char *words, double value)
{
    if (isnan(value))
        printf("%s: does not apply, the minority is one class\n", words);
    else if (isinf(value))
        printf("%s: never, or beyond 1e308\n", words);
    else
        printf("%s: from %.9g\n", words, value);
}

static void print_text(const study *s, const curves *c, const oversampling *o)
{
    for (int64_t i = 0; i < s->curve_count; i++) {
        printf("%sLayer-peeled model, K = %lld, K_A = %lld, E_W = %g, E_H = %g\n",
               i > 0 ? "\n" : "", (long long)s->class_count, (long long)s->majorities[i],
               s->energies[0], s->energies[1]);
        print_threshold("ratio at which the minority classifiers coincide (R_0)", c->merge[i]);
        print_threshold("ratio at which they vanish (R_1)", c->vanish[i]);
        print_rows("ratio", c->ratios, curve_facts(c, i, 0), c->points,
                   (const double[]){c->merge[i], c->vanish[i]});
    }
    printf("\nOversampling, K_A = %lld, ratio %g: minority samples taken w times\n",
           (long long)middle_majority(s), s->ratio);
    if (o->needed <= 1) /* false for NaN: one minority class */
        printf("no weight is needed: at this ratio the minority is apart\n");
    else
        print_threshold("weight beyond which the minority is apart", o->needed);
    if (o->needed > 1 && o->repeats > 0)
        printf("smallest whole weight: %lld\n", (long long)o->repeats);
    print_rows("weight", o->weights, o->facts, o->points, (const double[]){o->needed, NAN});
    printf("\nEvery point, and the diagram over decays: with --json or --out DIR.\n");
}

/* ---- output: JSON ---- */

static void json_facts(json_writer *json, const char *prefix, const double *facts, int64_t rows,
                       int64_t cols)
{
    const size_t size = (size_t)(rows * cols);
    double *values = calloc(size, sizeof *values);
    for (int f = 0; f < FACTS && values != NULL; f++) {
        char key[64];
        snprintf(key, sizeof key, "%s%s", prefix, fact_names[f]);
        for (size_t i = 0; i < size; i++)
            values[i] = facts[i * FACTS + (size_t)f];
        if (rows > 1)
            json_matrix(json, key, values, rows, cols);
        else
            json_array(json, key, values, cols);
    }
    free(values);
}

/* One row of a matrix per curve; a matrix also for one curve. */
static void json_curves(json_writer *json, const study *s, const curves *c)
{
    double *values = calloc((size_t)(s->curve_count * c->points), sizeof *values);
    for (int f = 0; f < FACTS && values != NULL; f++) {
        for (int64_t i = 0; i < s->curve_count * c->points; i++)
            values[i] = c->facts[i * FACTS + f];
        json_matrix(json, fact_names[f], values, s->curve_count, c->points);
    }
    free(values);
}

/* What was asked for; the first keys of the results are a part of it. */
static void json_study(const study *s, json_writer *json)
{
    json_writer nested = {.file = json->file};
    json_text(&nested, "loss", "ce");
    json_whole(&nested, "depth", 1);
    json_boolean(&nested, "bias", false);
    json_number(&nested, "largest_ratio", s->largest_ratio);
    json_whole(&nested, "points", s->points);
    json_whole(&nested, "samples", s->samples);
    json_array(&nested, "decays", s->decays, 2);
    json_number(&nested, "ratio", s->ratio);
    fputc('}', json->file);
}

static void print_json(const program *self, const study *s, const curves *c, const diagram *d,
                       const oversampling *o)
{
    json_writer json = {.file = stdout};
    json_whole(&json, "classes", s->class_count);
    json_array(&json, "energies", s->energies, 2);
    json_wholes(&json, "majority_classes", s->majorities, s->curve_count);
    json_array(&json, "merge_ratio", c->merge, s->curve_count);
    json_array(&json, "vanish_ratio", c->vanish, s->curve_count);
    json_array(&json, "ratio", c->ratios, c->points);
    json_curves(&json, s, c);
    json_number(&json, "oversampling_ratio", s->ratio);
    json_number(&json, "oversampling_needed", o->needed);
    json_whole(&json, "oversampling_repeats", o->repeats);
    json_array(&json, "oversampling_weight", o->weights, o->points);
    json_facts(&json, "oversampling_", o->facts, 1, o->points);
    json_array(&json, "diagram_decay", d->decays, s->points);
    json_array(&json, "diagram_ratio", d->ratios, s->points);
    json_array(&json, "diagram_merge_ratio", d->merge_ratio, s->points);
    json_array(&json, "diagram_merge_decay", d->merge_decay, s->points);
    json_array(&json, "diagram_vanish_decay", d->vanish_decay, s->points);
    json_facts(&json, "diagram_", d->facts, s->points, s->points);
    json_run(&json, self->command);
    json_key(&json, "problem");
    json_study(s, &json);
    json_end(&json);
}

/* ---- options ---- */

static void read_pair(const program *self, const option_spec *option, bool rising, double pair[2])
{
    int64_t count;
    double *values = option_numbers(self, option, 0, false, LARGEST_FACTOR, &count);
    if (count != 2 || (rising && !(values[0] < values[1])))
        stop(self, EXIT_USAGE, "--%s = %s: must be two numbers%s", option->name, optarg,
             rising ? ", the second one larger" : "");
    pair[0] = values[0];
    pair[1] = values[1];
    free(values);
}

static void read_ratio(const program *self, const option_spec *option, double *ratio)
{
    *ratio = option_number(self, option, 1, false, 1e9);
}

static bool study_option(const program *self, const option_spec *option, study *s)
{
    switch (option->key) {
    case KEY_CLASSES: s->class_count = option_whole(self, option, 2, MAX_CLASSES); return true;
    case KEY_MAJORITY:
        free(s->majorities);
        s->majorities = option_wholes(self, option, 1, MAX_CLASSES, &s->curve_count);
        s->curves_chosen = true;
        return true;
    case KEY_ENERGIES: read_pair(self, option, false, s->energies); return true;
    case KEY_LARGEST_RATIO: read_ratio(self, option, &s->largest_ratio); return true;
    case KEY_POINTS: s->points = option_whole(self, option, 2, MAX_POINTS); return true;
    case KEY_SAMPLES: s->samples = option_whole(self, option, 1, 1000000); return true;
    case KEY_DECAYS: read_pair(self, option, true, s->decays); return true;
    case KEY_OVERSAMPLED_RATIO: read_ratio(self, option, &s->ratio); return true;
    default: return false;
    }
}

static study default_study(const program *self)
{
    study s = {.class_count = 10,
               .curve_count = 3,
               .energies = {1, 5},
               .largest_ratio = 1e4,
               .points = 41,
               .samples = 5000,
               .decays = {1e-5, 1e-2},
               .ratio = 100};
    s.majorities = allocate(self, 3, sizeof *s.majorities);
    for (int i = 0; i < 3; i++)
        s.majorities[i] = 3 + 2 * i;
    return s;
}

/* Of the default curves those that the number of classes allows, or else the smallest. */
static void fit_default_curves(study *s)
{
    while (s->curve_count > 1 && s->majorities[s->curve_count - 1] >= s->class_count)
        s->curve_count--;
    if (s->majorities[0] >= s->class_count)
        s->majorities[0] = 1;
}

static void check_study(const program *self, study *s)
{
    if (!s->curves_chosen)
        fit_default_curves(s);
    for (int64_t i = 0; i < s->curve_count; i++)
        if (s->majorities[i] >= s->class_count)
            stop(self, EXIT_USAGE, "--majority = %lld: must be from 1 to --classes - 1 = %lld",
                 (long long)s->majorities[i], (long long)s->class_count - 1);
}

/* Counts of two kinds are K_A classes of n_A samples and the others of n_A/R. */
static void study_counts(const program *self, const class_counts *counts, study *s)
{
    const int64_t *n = counts->values, K = counts->size;
    int64_t most = n[0], least = n[0], majority = 0;
    for (int64_t k = 0; k < K; k++) {
        most = n[k] > most ? n[k] : most;
        least = n[k] < least ? n[k] : least;
    }
    for (int64_t k = 0; k < K; k++) {
        majority += n[k] == most;
        if ((n[k] != most && n[k] != least) || most == least)
            stop(self, EXIT_USAGE,
                 "%lld classes of %lld to %lld samples: must be of two counts, as --step makes "
                 "them; libnc-predict takes any",
                 (long long)K, (long long)least, (long long)most);
    }
    s->class_count = K;
    s->majorities[0] = majority;
    s->curve_count = 1;
    s->curves_chosen = true;
    s->samples = most;
    s->ratio = (double)most / (double)least;
}

/* Counts say all that these four say. */
static bool is_group_option(const option_spec *option)
{
    return option->key == KEY_CLASSES || option->key == KEY_MAJORITY ||
           option->key == KEY_SAMPLES || option->key == KEY_OVERSAMPLED_RATIO;
}

static void read_options(program *self, int argc, char **argv, study *s)
{
    class_counts counts = {.key = 0};
    const option_spec *option, *chosen = NULL;
    while ((option = next_option(self, argc, argv)) != NULL) {
        if (!common_option(self, option) && !study_option(self, option, s) &&
            !counts_option(self, option, &counts))
            unhandled(self, option);
        if (is_group_option(option))
            chosen = option;
    }
    if (counts.key != 0 && chosen != NULL)
        stop(self, EXIT_USAGE, "--%s: must not be given with counts", chosen->name);
    if (counts.key != 0)
        study_counts(self, &counts, s);
    free(counts.values);
    check_study(self, s);
}

static void describe_study(program *self, const study *s)
{
    enum { LONGEST = 300 };
    self->description = allocate(self, LONGEST, 1);
    snprintf(self->description, LONGEST,
             "ce, K = %lld, depth 1, no bias, energies %.12g,%.12g, samples %lld, ratio %.12g",
             (long long)s->class_count, s->energies[0], s->energies[1], (long long)s->samples,
             s->ratio);
}

int main(int argc, char **argv)
{
    program self = {
        .name = "libnc-minority-collapse",
        .summary = "Shows when rare classes lose their identity (Fang et al., PNAS 2021).\n\n"
                   "Minority collapse means that, beyond a certain imbalance, a network trained to "
                   "the end\ngives all rare classes one and the same prediction: it cannot tell "
                   "them apart, however\nlong it trains. Oversampling or weighting the rare "
                   "classes, or weaker decay, brings them\nback, and the thresholds printed here "
                   "say how much is needed.\n",
        .defaults = "those of Figure 3 of the paper",
        .options = options,
        .option_count = sizeof options / sizeof *options};
    program_begin(&self, argc, argv);
    study s = default_study(&self);
    read_options(&self, argc, argv, &s);
    describe_study(&self, &s);
    if (self.out != NULL) /* a folder that cannot be made is known before anything is solved */
        make_directory(&self, self.out);
    curves c = solve_curves(&self, &s);
    oversampling o = solve_oversampling(&self, &s);
    diagram d = solve_diagram(&self, &s);
    if (self.json)
        print_json(&self, &s, &c, &d, &o);
    else
        print_text(&s, &c, &o);
    if (self.out != NULL) {
        page_begin_words(&self);
        print_text(&s, &c, &o);
        page_end_words(&self);
        write_studies(&self, &s, &c, &d, &o);
        draw_studies(&self, &s, &c, &d, &o);
    }
    release_diagram(&d);
    release_oversampling(&o);
    release_curves(&c);
    free(s.majorities);
    return program_end(&self);
}
