/* SPDX-License-Identifier: MIT */
#include "studies.h"

#include <math.h> /* NAN, INFINITY and isfinite: macros */
#include <stdio.h>
#include <stdlib.h>

#include "progress.h"

/* The two groups of classes. */
enum { MAJORITY = 0, MINORITY = 1 };

const char *const fact_names[FACTS] = {"loss",          "gap",         "cos_minority",
                                       "cos_majority",  "cos_between", "norm_majority",
                                       "norm_minority", "predictions"};

/* ---- one problem ---- */

/* Cosines and norms of classifier rows by group, without a bias. */
static void describe(const program *self, const study *s, int64_t majority,
                     const libnc_geometry *geometry, double facts[FACTS])
{
    libnc_minority *report = NULL;
    int64_t *groups = allocate(self, (size_t)s->class_count, sizeof *groups), predictions;
    const int32_t rows = LIBNC_MINORITY_VECTORS_ROWS, mean = LIBNC_MINORITY_STATISTIC_MEAN;
    for (int64_t k = 0; k < s->class_count; k++)
        groups[k] = k < majority ? MAJORITY : MINORITY;
    require(self, libnc_minority_create(&report, self->context));
    require(self, libnc_minority_set_groups(report, groups, s->class_count));
    require(self, libnc_minority_from_geometry(report, geometry, 1));
    require(self, libnc_geometry_loss(geometry, &facts[LOSS], &facts[GAP]));
    require(self,
            libnc_minority_cosine(report, rows, MINORITY, MINORITY, mean, &facts[COS_MINORITY]));
    require(self,
            libnc_minority_cosine(report, rows, MAJORITY, MAJORITY, mean, &facts[COS_MAJORITY]));
    require(self,
            libnc_minority_cosine(report, rows, MAJORITY, MINORITY, mean, &facts[COS_BETWEEN]));
    require(self, libnc_minority_norm(report, rows, MAJORITY, mean, &facts[NORM_MAJORITY]));
    require(self, libnc_minority_norm(report, rows, MINORITY, mean, &facts[NORM_MINORITY]));
    require(self, libnc_minority_distinct(report, -1, &predictions, NULL));
    facts[PREDICTIONS] = (double)predictions;
    libnc_minority_destroy(report);
    free(groups);
}

static void set_number(const program *self, libnc_geometry *geometry, int32_t key, double value)
{
    require(self, libnc_options_set_double(libnc_geometry_options(geometry), key, value));
}

static void set_whole(const program *self, libnc_geometry *geometry, int32_t key, int64_t value)
{
    require(self, libnc_options_set_int64(libnc_geometry_options(geometry), key, value));
}

static libnc_geometry *new_geometry(const program *self, int64_t class_count, int64_t majority,
                                    int64_t majority_count, int64_t minority_count)
{
    libnc_classes *classes = NULL;
    libnc_geometry *geometry = NULL;
    require(self, libnc_classes_step(&classes, self->context, class_count, majority, majority_count,
                                     minority_count));
    require(self, libnc_geometry_create(&geometry, classes, 1));
    libnc_classes_destroy(classes);
    require(self, libnc_options_set_text(libnc_geometry_options(geometry), "loss", "ce"));
    return geometry;
}

libnc_geometry *peeled(const program *self, const study *s, int64_t majority,
                       double majority_weight, double minority_weight)
{
    libnc_geometry *geometry = new_geometry(self, s->class_count, majority, 1, 1);
    double *weights = allocate(self, (size_t)s->class_count, sizeof *weights);
    for (int64_t k = 0; k < s->class_count; k++)
        weights[k] = k < majority ? majority_weight : minority_weight;
    require(self, libnc_options_set_text(libnc_geometry_options(geometry), "form", "energy"));
    set_number(self, geometry, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, s->energies[0]);
    set_number(self, geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, s->energies[1]);
    set_whole(self, geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, 1);
    require(self, libnc_geometry_set_class_weights(geometry, weights, s->class_count));
    free(weights);
    return geometry;
}

/* Weight decay with n_A samples of a majority class and n_A/R of a minority class. Counts q times
 * as large with decays divided by sqrt(q) are the same problem (a_k = n_k/N, D = diag(sqrt n_k)),
 * which makes n_A/R as good as real. */
static libnc_geometry *decayed(const program *self, const study *s, int64_t majority, double ratio,
                               double decay)
{
    enum { ROOT = 1000 }; /* sqrt(q) */
    const double count = (double)s->samples * ROOT * ROOT;
    const int64_t minority_count = (int64_t)(count / ratio + 0.5);
    libnc_geometry *geometry =
        new_geometry(self, s->class_count, majority, s->samples * ROOT * ROOT,
                     minority_count > 0 ? minority_count : 1);
    const double scaled = decay / ROOT;
    require(self, libnc_geometry_set_weight_decay(geometry, &scaled, 1));
    set_number(self, geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, scaled);
    return geometry;
}

static void solve(const program *self, const study *s, int64_t majority, libnc_geometry *geometry,
                  double facts[FACTS])
{
    require(self, libnc_geometry_solve(geometry));
    if (libnc_geometry_status(geometry) == LIBNC_GEOMETRY_STALLED)
        fprintf(stderr, "%s: note: a solution stalled, its gap is above 1e-9 of the loss\n",
                self->name);
    describe(self, s, majority, geometry, facts);
    libnc_geometry_destroy(geometry);
}

/* ---- grids ---- */

/* x with x^n = value >= 1, by bisection: nothing of libm is used here. */
static double root_of(double value, int64_t n)
{
    double low = 1, high = value;
    for (int step = 0; step < 200; step++) {
        double middle = low + (high - low) / 2, power = 1;
        for (int64_t i = 0; i < n && power <= value; i++)
            power *= middle;
        *(power <= value ? &low : &high) = middle;
    }
    return low;
}

/* Numbers from first to last, each the same multiple of the one before; with room for more. */
static double *geometric(const program *self, double first, double last, int64_t count,
                         int64_t more)
{
    double *values = allocate(self, (size_t)(count + more), sizeof *values);
    const double factor = count > 1 ? root_of(last / first, count - 1) : 1;
    values[0] = first;
    for (int64_t i = 1; i < count; i++)
        values[i] = i == count - 1 ? last : values[i - 1] * factor;
    return values;
}

/* Puts a number among ascending ones if it lies between their ends and is none of them; returns how
 * many there are. A curve has its kinks where they are, however coarse its grid. */
static int64_t insert(double *values, int64_t count, double value)
{
    int64_t at = 0;
    while (at < count && values[at] < value)
        at++;
    if (!isfinite(value) || at == 0 || at == count || values[at] == value)
        return count;
    for (int64_t i = count; i > at; i--)
        values[i] = values[i - 1];
    values[at] = value;
    return count + 1;
}

/* ---- the studies ---- */

double *curve_facts(const curves *c, int64_t curve, int64_t point)
{
    return c->facts + (curve * c->points + point) * FACTS;
}

/* R_0 and R_1; infinite where they are beyond a double, NaN where there is nothing to merge. */
static void find_ratios(const program *self, const study *s, int64_t majority, double *merge,
                        double *vanish)
{
    libnc_status status = LIBNC_OK;
    *merge = NAN;
    if (majority < s->class_count - 1)
        status = libnc_threshold_peeled_merged(self->context, s->class_count, majority,
                                               s->energies[0], s->energies[1], merge);
    if (status == LIBNC_ERROR_NUMERICAL)
        *merge = (double)INFINITY;
    else
        require(self, status);
    require(self, libnc_threshold_peeled_lost(self->context, s->class_count, majority,
                                              s->energies[0], s->energies[1], vanish));
}

curves solve_curves(const program *self, const study *s)
{
    const size_t count = (size_t)s->curve_count;
    curves c = {.points = s->points,
                .ratios = geometric(self, 1, s->largest_ratio, s->points, 2 * s->curve_count)};
    c.merge = allocate(self, count, sizeof *c.merge);
    c.vanish = allocate(self, count, sizeof *c.vanish);
    for (int64_t i = 0; i < s->curve_count; i++) {
        find_ratios(self, s, s->majorities[i], &c.merge[i], &c.vanish[i]);
        c.points = insert(c.ratios, c.points, c.merge[i]);
        c.points = insert(c.ratios, c.points, c.vanish[i]);
    }
    c.facts = allocate(self, count * (size_t)c.points * FACTS, sizeof *c.facts);
    for (int64_t i = 0; i < s->curve_count; i++)
        for (int64_t p = 0; p < c.points; p++)
            solve(self, s, s->majorities[i], peeled(self, s, s->majorities[i], c.ratios[p], 1),
                  curve_facts(&c, i, p));
    return c;
}

void release_curves(curves *c)
{
    free(c->ratios);
    free(c->facts);
    free(c->merge);
    free(c->vanish);
}

int64_t middle_majority(const study *s)
{
    return s->majorities[s->curve_count / 2];
}

/* The decay at which minority rows and means vanish, for R >= 1: where (T^2 - K K_B) R / D^2 is
 * K_A/K, which falls with the majority's logit a (doc/minority_collapse.md). */
static double vanish_decay(const study *s, double ratio)
{
    const double K = (double)s->class_count, A = (double)middle_majority(s), B = K - A;
    const double n = (double)s->samples, N = A * n + B * n / ratio;
    if (A < 2) /* nothing is left of the majority either */
        return sqrt((n * B + n / ratio * A) / K) / N;
    double T = K, D = K, low = 0, high = 1000;
    for (int step = 0; step < 100; step++) {
        const double a = low + (high - low) / 2;
        T = A * exp(-a / A) + B;
        D = exp(a - a / A) + (A - 1) * exp(-a / A) + B;
        *((T / D * T / D - K * B / D / D) * ratio > A / K ? &low : &high) = a;
    }
    return sqrt(n) / N * T / D;
}

static void find_boundaries(const program *self, const study *s, diagram *d)
{
    const int64_t minority = s->class_count - middle_majority(s);
    const double n = (double)s->samples;
    for (int64_t i = 0; i < s->points; i++) {
        const double N = n * ((double)middle_majority(s) + (double)minority / d->ratios[i]);
        d->vanish_decay[i] = vanish_decay(s, d->ratios[i]);
        d->merge_decay[i] = minority > 1 ? sqrt(n / d->ratios[i]) / N : (double)NAN;
        d->merge_ratio[i] = NAN;
        if (minority > 1)
            require(self,
                    libnc_threshold_merge_ratios(self->context, s->class_count, middle_majority(s),
                                                 n, d->decays[i], 0, NULL, &d->merge_ratio[i]));
    }
}

diagram solve_diagram(const program *self, const study *s)
{
    const int64_t majority = middle_majority(s), points = s->points;
    diagram d = {.decays = geometric(self, s->decays[0], s->decays[1], points, 0),
                 .ratios = geometric(self, 1, s->largest_ratio, points, 0)};
    progress_line progress = progress_begin(self);
    d.facts = allocate(self, (size_t)(points * points) * FACTS, sizeof *d.facts);
    d.merge_ratio = allocate(self, (size_t)points, sizeof *d.merge_ratio);
    d.merge_decay = allocate(self, (size_t)points, sizeof *d.merge_decay);
    d.vanish_decay = allocate(self, (size_t)points, sizeof *d.vanish_decay);
    find_boundaries(self, s, &d);
    for (int64_t i = 0; i < points; i++)
        for (int64_t j = 0; j < points; j++) {
            double *facts = d.facts + (i * points + j) * FACTS;
            solve(self, s, majority, decayed(self, s, majority, d.ratios[j], d.decays[i]), facts);
            progress_objective(&progress, i * points + j, points * points, facts[LOSS]);
        }
    progress_end(&progress);
    return d;
}

void release_diagram(diagram *d)
{
    free(d->decays);
    free(d->ratios);
    free(d->facts);
    free(d->merge_ratio);
    free(d->merge_decay);
    free(d->vanish_decay);
}

static void find_remedy(const program *self, const study *s, oversampling *o)
{
    const int64_t majority = middle_majority(s), minority = s->class_count - majority;
    o->needed = NAN;
    if (minority < 2)
        return;
    int64_t *classes = allocate(self, (size_t)minority, sizeof *classes);
    for (int64_t i = 0; i < minority; i++)
        classes[i] = majority + i;
    libnc_geometry *collapsed = peeled(self, s, majority, s->ratio, 1);
    require(self, libnc_remedy_weight(collapsed, classes, minority, majority, 0, &o->needed, NULL,
                                      &o->repeats));
    libnc_geometry_destroy(collapsed);
    free(classes);
}

oversampling solve_oversampling(const program *self, const study *s)
{
    const int64_t majority = middle_majority(s);
    oversampling o = {.weights = geometric(self, 1, s->ratio, s->points, 1)};
    find_remedy(self, s, &o);
    o.points = insert(o.weights, s->points, o.needed);
    o.facts = allocate(self, (size_t)o.points * FACTS, sizeof *o.facts);
    for (int64_t i = 0; i < o.points; i++)
        solve(self, s, majority, peeled(self, s, majority, s->ratio, o.weights[i]),
              o.facts + i * FACTS);
    return o;
}

void release_oversampling(oversampling *o)
{
    free(o->weights);
    free(o->facts);
}
