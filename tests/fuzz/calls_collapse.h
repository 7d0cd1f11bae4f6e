/* SPDX-License-Identifier: MIT
 *
 * calls_collapse.h: calls of accumulator.h, held_out.h, ood.h, report.h and minority.h.
 */
#ifndef CALLS_COLLAPSE_H
#define CALLS_COLLAPSE_H

#include "calls_theory.h"

/* ---- accumulator.h ---- */

DESTROY(ACCUMULATOR, accumulator_destroy)
OPTIONS(ACCUMULATOR, accumulator_options)
GETTER(ACCUMULATOR, accumulator_classes)
GETTER(ACCUMULATOR, accumulator_width)
GETTER(ACCUMULATOR, accumulator_samples)
GETTER(ACCUMULATOR, accumulator_second_samples)
GETTER(ACCUMULATOR, accumulator_pass)

CALL(accumulator_create)
{
    libnc_accumulator **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t K = rarely(4) ? a_number(2, 4) : 3, d = rarely(4) ? a_number(2, 4) : 3;
    if (STATUS(c, libnc_accumulator_create(out, c, K, d)))
        keep(ACCUMULATOR, out);
}

CALL(accumulator_clear)
{
    libnc_accumulator *a = a_handle(ACCUMULATOR);
    if (rarely(2))
        GOT((libnc_accumulator_clear(a), 0));
}

/* A batch for an accumulator. */
typedef struct batch {
    const void *features, *labels;
    int32_t scalar, label_type;
    int64_t count, stride;
} batch;

static batch a_batch(const libnc_accumulator *a)
{
    const int64_t K = libnc_accumulator_classes(a), d = libnc_accumulator_width(a);
    const int64_t classes = K < 1 || K > 4 ? 1 : K;
    batch b = {.scalar = a_scalar(),
               .label_type = choose(2) ? LIBNC_LABEL_INT32 : LIBNC_LABEL_INT64};
    b.count = an_amount(0, 12);
    b.stride = d > 4 ? d : d + (rarely(8) ? an_amount(-1, 2) : 0);
    b.features = scalars_in(size_of(b.count, b.stride), b.scalar);
    if (b.label_type == LIBNC_LABEL_INT32)
        b.labels = shorts_in(size_of(b.count, 1), 0, (int32_t)classes - 1);
    else
        b.labels = wholes_in(size_of(b.count, 1), 0, classes - 1);
    if (d > MOST_VALUES / 16) /* no buffer has so much */
        b.count = 0;
    return b;
}

CALL(accumulator_update)
{
    libnc_accumulator *a = a_handle(ACCUMULATOR);
    const batch b = a_batch(a);
    STATUS(a, libnc_accumulator_update(a, b.features, b.scalar, b.count, b.stride, b.labels,
                                       b.label_type));
}

CALL(accumulator_update_logits)
{
    libnc_accumulator *a = a_handle(ACCUMULATOR);
    const batch b = a_batch(a);
    const int64_t K = libnc_accumulator_classes(a);
    const int32_t scalar = a_scalar();
    const void *logits = K > MOST_VALUES / 16 ? NULL : scalars_in(size_of(b.count, K), scalar);
    STATUS(a, libnc_accumulator_update_logits(a, b.features, b.scalar, b.count, b.stride, b.labels,
                                              b.label_type, logits, scalar, K));
}

CALL(accumulator_begin_second_pass)
{
    libnc_accumulator *a = a_handle(ACCUMULATOR);
    const int64_t K = libnc_accumulator_classes(a), d = libnc_accumulator_width(a);
    const int32_t scalar = a_scalar();
    const bool fits = K <= 40 && d <= 40;
    const void *classifier = fits && choose(2) ? scalars_in(size_of(K, d), scalar) : NULL;
    const void *bias = fits && rarely(2) ? scalars_in(size_of(K, 1), scalar) : NULL;
    STATUS(a, libnc_accumulator_begin_second_pass(a, classifier, bias, scalar));
}

CALL(accumulator_merge)
{
    libnc_accumulator *into = a_handle(ACCUMULATOR);
    if (choose(2)) /* or there would often be one alone */
        make_handle(ACCUMULATOR);
    /* which may have taken the place of the first */
    into = into && !is_pooled(ACCUMULATOR, into) ? a_handle(ACCUMULATOR) : into;
    const libnc_accumulator *other = a_handle(ACCUMULATOR);
    STATUS(into, libnc_accumulator_merge(into, other));
}

CALL(accumulator_save)
{
    const libnc_accumulator *a = a_handle(ACCUMULATOR);
    const char *path = a_path(true);
    STATUS(a, libnc_accumulator_save(a, path));
}

CALL(accumulator_load)
{
    libnc_accumulator **out = pointer_out();
    libnc_context *c = a_context();
    const char *path = a_path(choose(2));
    if (STATUS(c, libnc_accumulator_load(out, c, path)))
        keep(ACCUMULATOR, out);
}

CALL(accumulator_counts)
{
    const libnc_accumulator *a = a_handle(ACCUMULATOR);
    const size_t K = size_of(libnc_accumulator_classes(a), 1);
    int64_t *counts = wholes_out(K);
    const size_t size = a_size(K);
    STATUS(a, libnc_accumulator_counts(a, counts, size));
}

/* Getters of a x b doubles. */
#define ACCUMULATED(name, a_side, b_side)                                                          \
    CALL(accumulator_##name)                                                                       \
    {                                                                                              \
        const libnc_accumulator *a = a_handle(ACCUMULATOR);                                        \
        const int64_t K = libnc_accumulator_classes(a), d = libnc_accumulator_width(a);            \
        const size_t wanted = size_of(a_side, b_side);                                             \
        double *values = reals_out(wanted);                                                        \
        const size_t size = a_size(wanted);                                                        \
        (void)K, (void)d;                                                                          \
        STATUS(a, libnc_accumulator_##name(a, values, size));                                      \
    }
ACCUMULATED(means, K, d)
ACCUMULATED(centred_means, K, d)
ACCUMULATED(within_squares, K, 1)
ACCUMULATED(scatter, d, d)
ACCUMULATED(spectrum, d, 1)

/* ---- held_out.h ---- */

DESTROY(HELD_OUT, held_out_destroy)
GETTER(HELD_OUT, held_out_samples)

CALL(held_out_create)
{
    libnc_held_out **out = pointer_out();
    const libnc_accumulator *a = a_handle(ACCUMULATOR);
    const int64_t K = libnc_accumulator_classes(a), d = libnc_accumulator_width(a);
    const int32_t scalar = a_scalar();
    const bool fits = K <= 40 && d <= 40;
    const void *classifier = fits && choose(2) ? scalars_in(size_of(K, d), scalar) : NULL;
    const void *bias = fits && rarely(2) ? scalars_in(size_of(K, 1), scalar) : NULL;
    if (STATUS(a, libnc_held_out_create(out, a, classifier, bias, scalar)))
        keep(HELD_OUT, out)->classes = (size_t)d;
}

/* d of a handle of this kind, which does not tell. */
static int64_t kept_width(kind k, const void *handle)
{
    for (int i = 0; i < ROOM; i++)
        if (handle && all.pools[k][i].handle == handle)
            return (int64_t)all.pools[k][i].classes;
    return 1;
}

CALL(held_out_update)
{
    libnc_held_out *h = a_handle(HELD_OUT);
    const int64_t d = kept_width(HELD_OUT, h), count = d > 40 ? 0 : an_amount(0, 12);
    const int32_t scalar = a_scalar();
    const int64_t stride = d > 40 ? d : d + (rarely(8) ? an_amount(-1, 2) : 0);
    const void *features = scalars_in(size_of(count, stride), scalar);
    const void *labels = shorts_in(size_of(count, 1), 0, 2);
    STATUS(h, libnc_held_out_update(h, features, scalar, count, stride, labels, LIBNC_LABEL_INT32));
}

/* ---- ood.h ---- */

CONSTANT(ood_score_count)
NAME_OF(ood_score_name, 1, LIBNC_OOD_SCORE_VIM_RESIDUAL)
NAME_OF(ood_score_formula, 1, LIBNC_OOD_SCORE_VIM_RESIDUAL)
DESTROY(OOD, ood_destroy)
OPTIONS(OOD, ood_options)

CALL(ood_score_index)
{
    const char *name = rarely(8)   ? NULL
                       : rarely(8) ? ""
                                   : libnc_ood_score_name(1 + (int32_t)choose(11));
    GOT(libnc_ood_score_index(name));
}

CALL(ood_create)
{
    libnc_ood **out = pointer_out();
    const libnc_accumulator *a = a_handle(ACCUMULATOR);
    const int64_t K = libnc_accumulator_classes(a), d = libnc_accumulator_width(a);
    const bool fits = K <= 40 && d <= 40;
    const double *classifier = fits && !rarely(4) ? scalars_in(size_of(K, d), LIBNC_FLOAT64) : NULL;
    const double *bias = fits && rarely(2) ? scalars_in(size_of(K, 1), LIBNC_FLOAT64) : NULL;
    if (STATUS(a, libnc_ood_create(out, a, classifier, bias)))
        keep(OOD, out)->classes = (size_t)d;
}

CALL(ood_scores)
{
    libnc_ood *ood = a_handle(OOD);
    const int64_t d = kept_width(OOD, ood), count = d > 40 ? 0 : an_amount(0, 12);
    const int32_t score = a_key(1, LIBNC_OOD_SCORE_VIM_RESIDUAL), scalar = a_scalar();
    const int64_t stride = d > 40 ? d : d + (rarely(8) ? an_amount(-1, 2) : 0);
    const void *features = scalars_in(size_of(count, stride), scalar);
    double *scores = reals_out(size_of(count, 1));
    STATUS(ood, libnc_ood_scores(ood, score, features, scalar, count, stride, scores));
}

CALL(ood_covariance_rank)
{
    libnc_ood *ood = a_handle(OOD);
    int64_t *rank = wholes_out(1);
    STATUS(ood, libnc_ood_covariance_rank(ood, rank));
}

CALL(ood_orthogonality)
{
    const libnc_ood *ood = a_handle(OOD);
    const libnc_accumulator *outside = a_handle(ACCUMULATOR);
    double *nc5 = reals_out(1);
    STATUS_WITH(ANY_REAL, ood, libnc_ood_orthogonality(ood, outside, nc5));
}

CALL(ood_separation)
{
    libnc_context *c = a_context();
    const int64_t in = an_amount(1, 12), out = an_amount(1, 12);
    const double *inside = scalars_in(size_of(in, 1), LIBNC_FLOAT64);
    const double *outside = scalars_in(size_of(out, 1), LIBNC_FLOAT64);
    double *auroc = reals_out(1), *fpr95 = reals_out(1);
    STATUS(c, libnc_ood_separation(c, inside, in, outside, out, auroc, fpr95));
}

/* ---- report.h ---- */

DESTROY(REPORT, report_destroy)
OPTIONS(REPORT, report_options)
GETTER(REPORT, report_convention)
GETTER(REPORT, report_depth)
GETTER(REPORT, report_classes)
GETTER_AT(REPORT, report_width, 1, 3)
CONSTANT(metric_count)
CONSTANT(convention_count)
NAME_OF(metric_name, 1, 67)
NAME_OF(metric_formula, 1, 67)
NAME_OF(convention_name, 1, 10)
NAME_OF(convention_source, 1, 10)

CALL(convention_index)
{
    const char *name = rarely(8)   ? NULL
                       : rarely(8) ? ""
                                   : libnc_convention_name(1 + (int32_t)choose(10));
    GOT(libnc_convention_index(name));
}

CALL(metric_index)
{
    const char *name = rarely(8)   ? NULL
                       : rarely(8) ? ""
                                   : libnc_metric_name(1 + (int32_t)choose(67));
    GOT(libnc_metric_index(name));
}

CALL(convention_formula)
{
    const int32_t convention = a_key(1, 10), metric = a_key(1, 67);
    GOT(libnc_convention_formula(convention, metric));
}

CALL(report_create)
{
    libnc_report **out = pointer_out();
    libnc_context *c = a_context();
    if (STATUS(c, libnc_report_create(out, c)))
        keep(REPORT, out);
}

CALL(report_measure)
{
    libnc_report *report = a_handle(REPORT);
    libnc_model *model = a_handle(MODEL);
    const libnc_dataset *dataset = data_of(model);
    STATUS(report, libnc_report_measure(report, model, dataset));
}

/* One layer mostly; for two the same accumulator may come twice. */
CALL(report_measure_features)
{
    libnc_report *report = a_handle(REPORT);
    const libnc_accumulator *accumulators[2] = {a_handle(ACCUMULATOR), NULL};
    const int32_t layers = rarely(4) ? 2 : a_key(1, 1);
    const bool has_classifiers = choose(2), has_bias = choose(2);
    const double *classifiers[2] = {NULL, NULL}, *bias = NULL;
    if (layers == 2)
        accumulators[1] = a_handle(ACCUMULATOR);
    for (int j = 0; j < layers && j < 2; j++) {
        const int64_t K = libnc_accumulator_classes(accumulators[j]);
        const int64_t d = libnc_accumulator_width(accumulators[j]);
        if (K > 40 || d > 40)
            return;
        if (has_classifiers)
            classifiers[j] = reals_in(size_of(K, d));
        if (has_bias && j == 0)
            bias = reals_in(size_of(K, 1));
    }
    if (layers > 2 && layers <= MOST_DEPTH)
        return;
    STATUS(report, libnc_report_measure_features(
                       report, accumulators, has_classifiers ? classifiers : NULL, bias, layers));
}

CALL(report_measure_arrays)
{
    libnc_report *report = a_handle(REPORT);
    const int64_t N = an_amount(0, 12), d = an_amount(1, 4), K = rarely(4) ? an_amount(0, 4) : 0;
    const int32_t scalar = a_scalar();
    const bool has_classifier = choose(2);
    const void *features = scalars_in(size_of(N, d), scalar);
    const int32_t *labels = shorts_in(size_of(N, 1), 0, 3);
    const void *classifier = has_classifier ? scalars_in(size_of(4, d), scalar) : NULL;
    const void *bias = rarely(4) ? scalars_in(4, scalar) : NULL;
    STATUS(report, libnc_report_measure_arrays(report, features, labels, LIBNC_LABEL_INT32, N, d,
                                               has_classifier ? 4 : K, scalar, classifier, bias));
}

CALL(report_measure_held_out)
{
    libnc_report *report = a_handle(REPORT);
    const libnc_held_out *held_out = a_handle(HELD_OUT);
    STATUS(report, libnc_report_measure_held_out(report, held_out));
}

CALL(report_set_convention)
{
    libnc_report *report = a_handle(REPORT);
    const int32_t convention = a_key(1, 10);
    STATUS(report, libnc_report_set_convention(report, convention));
}

static int32_t a_layer(const libnc_report *report)
{
    const int32_t depth = libnc_report_depth(report);
    return a_key(1, depth > 1 ? depth : 1);
}

CALL(report_diagnostics)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t layer = a_layer(report);
    int64_t *flags = wholes_out(1);
    STATUS(report, libnc_report_diagnostics(report, layer, flags));
}

CALL(report_diagnostic_text)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t layer = a_layer(report);
    const int64_t diagnostic = rarely(8) ? a_number(1, 9) : (int64_t)1 << choose(16);
    const size_t size = choose(2) ? 256 : choose(40);
    char *text = an_output(CHARS, size);
    if (STATUS(report, libnc_report_diagnostic_text(report, layer, diagnostic, text, size)) &&
        !memchr(text, '\0', size))
        fail_call("the text has no end");
}

CALL(report_cosine_histogram)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t of_classifier = a_key(0, 1), layer = a_layer(report);
    const size_t bins = choose(40);
    int64_t *counts = wholes_out(bins);
    STATUS(report, libnc_report_cosine_histogram(report, of_classifier, layer, counts, bins));
}

CALL(report_spectrum)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t layer = a_layer(report);
    const size_t size = choose(10);
    double *values = reals_out(size);
    STATUS(report, libnc_report_spectrum(report, layer, values, size));
}

/* One of the classes and the depth of what was measured, where there is one; it has decays. */
static libnc_geometry *a_geometry_to_fit(const libnc_report *report)
{
    libnc_geometry *g = a_handle(GEOMETRY);
    for (int i = 0; i < ROOM && !rarely(8); i++) {
        libnc_geometry *other = all.pools[GEOMETRY][i].handle;
        if (other && libnc_geometry_depth(other) == libnc_report_depth(report) &&
            (int64_t)classes_of(other) == libnc_report_classes(report))
            g = other;
    }
    if (!g || classes_of(g) > 6)
        return NULL;
    libnc_options *options = libnc_geometry_options(g);
    (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_STARTS, 0);
    if (!rarely(8))
        (void)!libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_FORM,
                                       LIBNC_GEOMETRY_FORM_DECAY);
    say(", now depth %d, with decays", (int)libnc_geometry_depth(g));
    note_handle(GEOMETRY, g);
    return g;
}

/* Hundreds of solutions of the problem. */
CALL(report_fit_decay)
{
    const libnc_report *report = choose(2) ? a_handle(REPORT) : NULL;
    libnc_geometry *g = a_geometry_to_fit(report);
    double *product = reals_out(1), *distance = reals_out(1);
    STATUS_WITH(ANY_REAL, report, libnc_report_fit_decay(report, g, product, distance));
}

CALL(report_compare)
{
    libnc_report *report = a_handle(REPORT);
    const libnc_geometry *g = a_handle(GEOMETRY);
    const double objective = choose(2) ? NAN : a_real(-3, 1);
    STATUS(report, libnc_report_compare(report, g, objective));
}

CALL(report_value)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t metric = a_key(1, 68), layer = a_layer(report);
    double *value = reals_out(1);
    if (STATUS_WITH(ANY_REAL, report, libnc_report_value(report, metric, layer, value)) &&
        isinf(*value) && metric != LIBNC_METRIC_CDNV &&
        !strstr(libnc_metric_name(metric), "riesz") &&
        !strstr(libnc_metric_name(metric), "uniformity"))
        fail_call("metric %s is %g", libnc_metric_name(metric), *value);
}

CALL(report_vector)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t vector = a_key(1, 16), layer = a_layer(report);
    const size_t K = size_of(libnc_report_classes(report), 1);
    double *values = reals_out(K);
    const size_t size = a_size(K);
    STATUS_WITH(ANY_REAL, report, libnc_report_vector(report, vector, layer, values, size));
}

CALL(report_error)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t metric = a_key(1, 68), layer = a_layer(report);
    double *value = reals_out(1);
    STATUS_WITH(ANY_REAL, report, libnc_report_error(report, metric, layer, value));
}

CALL(report_frequency)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t vector = a_key(1, 16), layer = a_layer(report);
    double *pearson = reals_out(1), *spearman = reals_out(1);
    STATUS_WITH(ANY_REAL, report, libnc_report_frequency(report, vector, layer, pearson, spearman));
}

CALL(report_matrix)
{
    const libnc_report *report = a_handle(REPORT);
    const int32_t matrix = a_key(1, 4), layer = a_layer(report);
    const int64_t K = libnc_report_classes(report);
    double *values = reals_out(size_of(K, K));
    const size_t size = a_size(size_of(K, K));
    STATUS_WITH(ANY_REAL, report, libnc_report_matrix(report, matrix, layer, values, size));
}

/* ---- minority.h ---- */

DESTROY(MINORITY, minority_destroy)
OPTIONS(MINORITY, minority_options)
GETTER(MINORITY, minority_groups)
GETTER(MINORITY, minority_classes)

CALL(minority_create)
{
    libnc_minority **out = pointer_out();
    libnc_context *c = a_context();
    if (STATUS(c, libnc_minority_create(out, c)))
        keep(MINORITY, out);
}

CALL(minority_set_groups)
{
    libnc_minority *m = a_handle(MINORITY);
    const int64_t K = an_amount(1, 5);
    const int64_t *groups = choose(2) ? NULL : wholes_in(size_of(K, 1), 0, 1);
    STATUS(m, libnc_minority_set_groups(m, groups, groups || rarely(8) ? K : 0));
}

CALL(minority_from_geometry)
{
    libnc_minority *m = a_handle(MINORITY);
    const libnc_geometry *g = a_handle(GEOMETRY);
    const int32_t layer = a_key(1, libnc_geometry_depth(g));
    STATUS(m, libnc_minority_from_geometry(m, g, layer));
}

CALL(minority_from_report)
{
    libnc_minority *m = a_handle(MINORITY);
    const libnc_report *report = a_handle(REPORT);
    const int32_t layer = a_layer(report);
    STATUS(m, libnc_minority_from_report(m, report, layer));
}

static int64_t a_group(const libnc_minority *m)
{
    const int64_t groups = libnc_minority_groups(m);
    return a_number(0, groups > 1 && groups < 50 ? groups - 1 : 0);
}

CALL(minority_group)
{
    const libnc_minority *m = a_handle(MINORITY);
    const int64_t group = a_group(m);
    int64_t *classes = wholes_out(1), *samples = wholes_out(1), *first = wholes_out(1);
    STATUS(m, libnc_minority_group(m, group, classes, samples, first));
}

CALL(minority_group_of)
{
    const libnc_minority *m = a_handle(MINORITY);
    const size_t K = size_of(libnc_minority_classes(m), 1);
    int64_t *groups = wholes_out(K);
    const size_t size = a_size(K);
    STATUS(m, libnc_minority_group_of(m, groups, size));
}

CALL(minority_margins)
{
    const libnc_minority *m = a_handle(MINORITY);
    const size_t K = size_of(libnc_minority_classes(m), 1);
    double *margins = reals_out(K), *probabilities = reals_out(K);
    const size_t size = a_size(K);
    STATUS_WITH(ANY_REAL, m, libnc_minority_margins(m, margins, probabilities, size));
}

CALL(minority_state)
{
    const libnc_minority *m = a_handle(MINORITY);
    const int32_t vectors = a_key(LIBNC_MINORITY_VECTORS_ROWS, LIBNC_MINORITY_VECTORS_CENTRED);
    const int64_t group = a_group(m);
    int32_t *state = shorts_out(1);
    STATUS(m, libnc_minority_state(m, vectors, group, state));
}

CALL(minority_cosine)
{
    const libnc_minority *m = a_handle(MINORITY);
    const int32_t vectors = a_key(LIBNC_MINORITY_VECTORS_ROWS, LIBNC_MINORITY_VECTORS_CENTRED);
    const int64_t group = a_group(m), other = a_group(m);
    const int32_t statistic =
        a_key(LIBNC_MINORITY_STATISTIC_MEAN, LIBNC_MINORITY_STATISTIC_DEVIATION);
    double *cosine = reals_out(1);
    if (STATUS_WITH(ANY_REAL, m,
                    libnc_minority_cosine(m, vectors, group, other, statistic, cosine)) &&
        fabs(*cosine) > 1 + 1e-9)
        fail_call("the cosine is %g", *cosine);
}

CALL(minority_norm)
{
    const libnc_minority *m = a_handle(MINORITY);
    const int32_t vectors = a_key(LIBNC_MINORITY_VECTORS_ROWS, LIBNC_MINORITY_VECTORS_CENTRED);
    const int64_t group = a_group(m);
    const int32_t statistic =
        a_key(LIBNC_MINORITY_STATISTIC_MEAN, LIBNC_MINORITY_STATISTIC_DEVIATION);
    double *norm = reals_out(1);
    if (STATUS_WITH(ANY_REAL, m, libnc_minority_norm(m, vectors, group, statistic, norm)) &&
        isinf(*norm))
        fail_call("the length is %g", *norm);
}

CALL(minority_distinct)
{
    const libnc_minority *m = a_handle(MINORITY);
    const int64_t group = rarely(2) ? -1 : a_group(m);
    int64_t *predictions = wholes_out(1), *rows = wholes_out(1);
    STATUS(m, libnc_minority_distinct(m, group, predictions, rows));
}

#endif
