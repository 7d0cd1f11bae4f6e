/* SPDX-License-Identifier: MIT
 *
 * convention.c: what published work takes for a metric (doc/metrics.md, "Conventions").
 *
 * A convention is a centre and a table: metric, the metric it reads instead, what becomes of the
 * number read, and the formula in words. What it does not list is the default's, about its own
 * centre.
 */
#include "report/convention.h"

#include "metrics/metric_table.h"
#include "report/measurement.h"

#include <math.h>
#include <string.h>

/* What becomes of the number x that is read. */
enum {
    AS_IT_IS = 0,
    WIDTH_BY_CLASSES, /* d/K x */
    PART_OF_SUM,      /* x/(1 + x): a/(a + b) from the quotient a/b */
    LESS_SIMPLEX,     /* x + 1/(K-1): a cosine less that of a simplex ETF */
    WITHOUT_BIAS      /* x where decisions were made without a bias, else NaN */
};

typedef struct rule {
    int32_t metric;
    int32_t reads; /* 0: itself */
    int32_t change;
    const char *formula;
} rule;

enum { MOST_RULES = 12 };

typedef struct convention {
    const char *name, *source;
    int32_t centre;
    rule rules[MOST_RULES]; /* ends with metric 0 */
} convention;

#define M(name) LIBNC_METRIC_##name

/* What the package neural_collapse has computed alike before and since 2024-11-01. */
#define WU2024_RULES                                                                               \
    {M(CDNV), .formula = "mean over i != j of (v_i + v_j)/(2 ||h_i - h_j||^2)"},                   \
        {M(NC2_EQUINORM_FEATURES), .reads = M(NC2_EQUINORM_FEATURES_UNBIASED),                     \
         .formula = "std/mean of lengths, std with divisor K - 1; about the mean of class means"}, \
        {M(NC2_ETF_FEATURES),                                                                      \
         .formula = "||nz(C C^T) - nz(I - J/K)||_F, about the mean of class means"},               \
        {M(NC3_ETF), .formula = "||nz(W C^T) - nz(I - J/K)||_F, about the mean of class means"},   \
        {M(UNIFORMITY_FEATURES),                                                                   \
         .formula = "mean over i < j of log(1/||u_i - u_j||), about the mean of class means"},     \
        {M(UNIFORMITY_FEATURES_VARIANCE),                                                          \
         .formula = "variance over i < j of log(1/||u_i - u_j||), about the mean of class means"}, \
    {                                                                                              \
        M(NC4), .change = WITHOUT_BIAS,                                                            \
                .formula = "share of samples with argmax(W h) = nearest class mean; none where "   \
                           "there is a bias"                                                       \
    }

/* By their number; there is none with 0. */
static const convention CONVENTIONS[] = {
    [LIBNC_CONVENTION_DEFAULT] = {"default",
                                  "libnc, doc/metrics.md, \"Definitions\"",
                                  NC__CENTRE_SAMPLES,
                                  {{0}}},
    [LIBNC_CONVENTION_PAPYAN2020] =
        {"papyan2020",
         "Papyan, Han and Donoho, PNAS 2020, and the PyTorch code in wide use after it",
         NC__CENTRE_CLASSES,
         {{M(NC1), .reads = M(NC1_UNDIVIDED),
           .formula = "tr(Sigma_W Sigma_B^+), not divided by K; about the mean of class means"},
          {M(NC2_EQUINORM_FEATURES), .reads = M(NC2_EQUINORM_FEATURES_UNBIASED),
           .formula = "std/mean of lengths, std with divisor K - 1; about the mean of class means"},
          {M(NC2_EQUINORM_CLASSIFIER), .reads = M(NC2_EQUINORM_CLASSIFIER_UNBIASED),
           .formula = "std/mean of lengths, std with divisor K - 1"},
          {M(NC2_EQUIANGULAR_FEATURES),
           .formula = "mean over i != j of |cos + 1/(K-1)|, about the mean of class means"},
          {M(NC2_EQUIANGULAR_CLASSIFIER), .formula = "mean over i != j of |cos + 1/(K-1)|"},
          {M(NC3_DUALITY), .reads = M(NC3_DUALITY_SQUARED),
           .formula = "||nz(W) - nz(C)||_F^2, squared; about the mean of class means"},
          {M(NC4), .reads = M(NC4_MISMATCH),
           .formula = "share of samples where the decision is not the nearest class mean"}}},
    [LIBNC_CONVENTION_ZHU2021] = {"zhu2021",
                                  "Zhu, Ding, Zhou, Li, You, Sulam and Qu, NeurIPS 2021",
                                  NC__CENTRE_SAMPLES,
                                  {{M(NC1), .formula = "tr(Sigma_W Sigma_B^+)/K"},
                                   {M(NC2_ETF_CLASSIFIER),
                                    .formula = "||nz(W W^T) - nz(I - J/K)||_F"},
                                   {M(NC3_ETF), .formula = "||nz(W C^T) - nz(I - J/K)||_F"},
                                   {M(NC4), .reads = M(NC4_BIAS), .formula = "||W h_G + b||"}}},
    [LIBNC_CONVENTION_ZHOU2022] =
        {"zhou2022",
         "Zhou, You, Li, Liu, Liu, Qu and Zhu, NeurIPS 2022",
         NC__CENTRE_SAMPLES,
         {{M(NC1), .formula = "tr(Sigma_W Sigma_B^+)/K"},
          {M(NC2_ETF_CLASSIFIER), .reads = M(NC2_ETF_CLASSIFIER_CENTRED),
           .formula = "||nz(W W^T) - nz(I - J/K)||_F, rows of W less their mean"},
          {M(NC3_ETF), .reads = M(NC3_ETF_CENTRED),
           .formula = "||nz(W C^T) - nz(I - J/K)||_F, rows of W less their mean"},
          {M(NC4), .reads = M(NC4_BIAS), .formula = "||W h_G + b||"}}},
    [LIBNC_CONVENTION_TIRER2023] =
        {"tirer2023",
         "Tirer, Huang and Niles-Weed, ICML 2023; Hui, Belkin and Nakkiran, 2022",
         NC__CENTRE_SAMPLES,
         {{M(NC1), .reads = M(NC1_QUOTIENT), .formula = "tr Sigma_W / tr Sigma_B"}}},
    [LIBNC_CONVENTION_DANG2023] =
        {"dang2023",
         "Dang, Tran, Osher, Tran-The, Ho and Nguyen, ICML 2023",
         NC__CENTRE_SAMPLES,
         {{M(NC1), .formula = "tr(Sigma_W Sigma_B^+)/K"},
          {M(NC2_ETF_CLASSIFIER), .formula = "||nz(W W^T) - nz(I - J/K)||_F"},
          {M(NC3_ETF), .formula = "||nz(W C^T) - nz(I - J/K)||_F"},
          {M(NC2_OF_CLASSIFIER), .formula = "||nz(W W^T) - nz(I)||_F"},
          {M(NC3_OF), .formula = "||nz(W Hbar) - nz(I)||_F"},
          {M(NC2_PREDICTED_CLASSIFIER),
           .formula = "||nz(W W^T) - nz(T)||_F, T the general orthogonal frame"},
          {M(NC2_PREDICTED_FEATURES),
           .formula = "||nz(Hbar^T Hbar) - nz(T)||_F, T the general orthogonal frame"},
          {M(NC3_PREDICTED),
           .formula = "||nz(W Hbar) - nz(T)||_F, T the general orthogonal frame"}}},
    [LIBNC_CONVENTION_WU2024] =
        {"wu2024",
         "Wu and Papyan, NeurIPS 2024, and the package neural_collapse since 2024-11-01",
         NC__CENTRE_CLASSES,
         {{M(NC1), .formula = "tr(Sigma_W Sigma_B^+)/K, about the mean of class means"},
          {M(NC1_QUOTIENT), .formula = "tr Sigma_W / tr Sigma_B, about the mean of class means"},
          WU2024_RULES}},
    [LIBNC_CONVENTION_GALANTI2022] =
        {"galanti2022",
         "Galanti, Gyorgy and Hutter, ICLR 2022",
         NC__CENTRE_SAMPLES,
         {{M(NC1), .reads = M(CDNV),
           .formula = "mean over i != j of (v_i + v_j)/(2 ||h_i - h_j||^2)"}}},
    [LIBNC_CONVENTION_WU2024_BEFORE_2024_11] =
        {"wu2024_before_2024_11",
         "Wu and Papyan, NeurIPS 2024, and the package neural_collapse until 2024-11-01",
         NC__CENTRE_CLASSES,
         {{M(NC1), .change = WIDTH_BY_CLASSES,
           .formula =
               "tr(Sigma_W Sigma_B^+)/K with Sigma_B = 1/d sum_k c_k c_k^T (not 1/K), about the "
               "mean of class means"},
          {M(NC1_QUOTIENT), .change = WIDTH_BY_CLASSES,
           .formula =
               "tr Sigma_W / tr Sigma_B with Sigma_B = 1/d sum_k c_k c_k^T (not 1/K), about the "
               "mean of class means"},
          WU2024_RULES}},
    [LIBNC_CONVENTION_NC_TOOLBOX] =
        {"nc_toolbox",
         "the package nc-toolbox of felixsh",
         NC__CENTRE_SAMPLES,
         {{M(NC1), .formula = "tr(Sigma_W Sigma_B^+)/K"},
          {M(NC1_NORMALISED), .reads = M(NC1_QUOTIENT), .change = PART_OF_SUM,
           .formula = "tr Sigma_W/(tr Sigma_W + tr Sigma_B); the other of the pair is 1 minus it"},
          {M(CDNV), .reads = M(CDNV_UNBIASED),
           .formula =
               "mean over i != j of (v_i + v_j)/(2 ||h_i - h_j||^2), v_k with divisor n_k - 1"},
          {M(NC2_EQUINORM_FEATURES), .reads = M(NC2_EQUINORM_FEATURES_SIGNED),
           .formula =
               "mean over i < j of log(|c_i|/|c_j|), signed: depends on the order of classes"},
          {M(NC2_EQUIANGULAR_FEATURES), .reads = M(COSINE_FEATURES_MEAN), .change = LESS_SIMPLEX,
           .formula =
               "mean over i != j of cos + 1/(K-1), signed: 0 for any equal lengths of balanced "
               "classes"},
          {M(UNIFORMITY_FEATURES), .formula = "mean over i < j of log(1/||u_i - u_j||)"},
          {M(NC3_DUALITY), .formula = "||nz(W) - nz(C)||_F"},
          {M(NC4), .formula = "share of samples with argmax(W h + b) = nearest class mean"}}},
};

#undef WU2024_RULES
#undef M

enum { CONVENTIONS_COUNT = sizeof CONVENTIONS / sizeof *CONVENTIONS - 1 };

static const convention *find(int32_t number)
{
    return number >= 1 && number <= CONVENTIONS_COUNT ? &CONVENTIONS[number] : NULL;
}

static const rule *find_rule(const convention *c, int32_t metric)
{
    for (int i = 0; i < MOST_RULES && c->rules[i].metric != 0; i++)
        if (c->rules[i].metric == metric)
            return &c->rules[i];
    return NULL;
}

int32_t libnc_convention_count(void)
{
    return CONVENTIONS_COUNT;
}

const char *libnc_convention_name(int32_t number)
{
    const convention *c = find(number);
    return c ? c->name : NULL;
}

int32_t libnc_convention_index(const char *name)
{
    for (int32_t i = 1; name && i <= CONVENTIONS_COUNT; i++)
        if (strcmp(CONVENTIONS[i].name, name) == 0)
            return i;
    return 0;
}

const char *libnc_convention_source(int32_t number)
{
    const convention *c = find(number);
    return c ? c->source : NULL;
}

const char *libnc_convention_formula(int32_t number, int32_t metric)
{
    if (number == LIBNC_CONVENTION_DEFAULT)
        return libnc_metric_formula(metric);
    const convention *c = find(number);
    const rule *r = c && metric >= 1 ? find_rule(c, metric) : NULL;
    return r ? r->formula : NULL;
}

int32_t nc__convention_centre(int32_t number)
{
    return find(number)->centre;
}

/* The number that a convention reads, about which centre. */
static int32_t read_metric(const convention *c, const rule *r, int32_t metric, int32_t *centre)
{
    const int32_t reads = r && r->reads ? r->reads : metric;
    *centre = nc__metric_is_comparison(reads) ? NC__CENTRE_SAMPLES : c->centre;
    return reads;
}

double nc__convention_error(const nc__measurement *measurement, int32_t number, int32_t metric,
                            int32_t layer)
{
    const convention *c = find(number);
    const rule *r = find_rule(c, metric);
    const nc__layer *l = nc__measurement_layer(measurement, layer);
    int32_t centre;
    const int32_t reads = read_metric(c, r, metric, &centre);
    if (!measurement->errors[centre])
        return NAN;
    const double error = measurement->errors[centre][(layer - 1) * NC__METRICS + reads - 1];
    const double value = *nc__measurement_metric(measurement, centre, reads, layer);
    switch (r ? r->change : AS_IT_IS) { /* the slopes of what nc__convention_value() does */
    case WIDTH_BY_CLASSES: return error * (double)l->width / (double)l->present;
    case PART_OF_SUM: return error / ((1 + value) * (1 + value));
    case WITHOUT_BIAS: return l->has_bias ? (double)NAN : error;
    default: return error;
    }
}

double nc__convention_value(const nc__measurement *measurement, int32_t number, int32_t metric,
                            int32_t layer)
{
    const convention *c = find(number);
    const rule *r = find_rule(c, metric);
    const nc__layer *l = nc__measurement_layer(measurement, layer);
    int32_t centre;
    const int32_t reads = read_metric(c, r, metric, &centre);
    const double value = *nc__measurement_metric(measurement, centre, reads, layer);
    switch (r ? r->change : AS_IT_IS) {
    case WIDTH_BY_CLASSES: return value * (double)l->width / (double)l->present;
    case PART_OF_SUM: return value / (1 + value);
    case LESS_SIMPLEX: return value + 1 / ((double)l->present - 1);
    case WITHOUT_BIAS: return l->has_bias ? (double)NAN : value;
    default: return value;
    }
}
