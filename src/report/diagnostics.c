/* SPDX-License-Identifier: MIT
 *
 * diagnostics.c: what makes the numbers of a layer doubtful (doc/metrics.md, "When a number is
 * undefined or doubtful").
 */
#include "report/diagnostics.h"

#include "report/measurement.h"

#include <libnc/report.h>

#include <float.h>
#include <math.h>
#include <stdio.h>

/* A condition number beyond which NC1 hangs on directions of C that carry less than 1e-12 of its
 * energy. */
#define LARGE_CONDITION 1e6

/* Products of d numbers leave up to d eps tr S_W in every entry of S_W; with this many times that
 * in the span of the means NC1 has three digits. */
#define SCATTER_MARGIN 1e3

typedef struct facts {
    const nc__layer *layer;
    const nc__findings *findings;
    double rank, condition;
    int64_t singles, most, fewest; /* classes with n_k = 1, largest and smallest n_k > 0 */
} facts;

static facts facts_of(const nc__measurement *m, int32_t layer)
{
    const nc__layer *l = nc__measurement_layer(m, layer);
    facts f = {.layer = l, .findings = &m->findings[layer - 1]};
    f.rank = (double)l->rank;
    f.condition =
        *nc__measurement_metric(m, NC__CENTRE_SAMPLES, LIBNC_METRIC_CONDITION_FEATURES, layer);
    f.most = f.fewest = (int64_t)l->counts[0];
    for (int64_t i = 0; i < l->present; i++) {
        int64_t count = (int64_t)l->counts[i];
        f.singles += count == 1;
        f.most = count > f.most ? count : f.most;
        f.fewest = count < f.fewest ? count : f.fewest;
    }
    return f;
}

static int64_t possible_rank(const nc__layer *l)
{
    return l->present - 1 < l->width ? l->present - 1 : l->width;
}

/* S_W was formed in full, and what the span holds of it is not far above rounding. */
static bool is_scatter_rounded(const nc__layer *l)
{
    if (!l->within || l->is_projected || l->rank == 0)
        return false;
    double smallest = INFINITY;
    for (int64_t i = 0; i < l->rank; i++)
        smallest = fmin(smallest, l->within[i * l->rank + i]);
    const double rounding = (double)l->width * DBL_EPSILON * l->scatter_size;
    return l->scatter_size > 0 && !(smallest > SCATTER_MARGIN * rounding);
}

int64_t nc__diagnose(const nc__measurement *m, int32_t layer)
{
    const facts f = facts_of(m, layer);
    const nc__layer *l = f.layer;
    int64_t flags = 0;
    flags |= l->present < l->classes ? LIBNC_DIAGNOSTIC_EMPTY_CLASSES : 0;
    flags |= f.singles > 0 ? LIBNC_DIAGNOSTIC_SINGLE_SAMPLES : 0;
    flags |= l->present == 2 ? LIBNC_DIAGNOSTIC_TWO_CLASSES : 0;
    flags |= l->present - 1 > l->width ? LIBNC_DIAGNOSTIC_MORE_CLASSES : 0;
    flags |= l->rank < possible_rank(l) ? LIBNC_DIAGNOSTIC_RANK : 0;
    flags |= f.condition > LARGE_CONDITION ? LIBNC_DIAGNOSTIC_CONDITION : 0;
    flags |= f.findings->zero_means > 0 ? LIBNC_DIAGNOSTIC_ZERO_MEANS : 0;
    flags |= f.findings->equal_means > 0 ? LIBNC_DIAGNOSTIC_EQUAL_MEANS : 0;
    flags |= f.findings->zero_rows > 0 ? LIBNC_DIAGNOSTIC_ZERO_ROWS : 0;
    flags |= l->samples - l->present < l->width ? LIBNC_DIAGNOSTIC_FEW_SAMPLES : 0;
    flags |= f.most != f.fewest ? LIBNC_DIAGNOSTIC_IMBALANCED : 0;
    flags |= l->within && l->is_projected ? LIBNC_DIAGNOSTIC_PROJECTED_SCATTER : 0;
    flags |= !l->within && l->rank > 0 ? LIBNC_DIAGNOSTIC_NO_SCATTER : 0;
    flags |= l->classifier ? 0 : LIBNC_DIAGNOSTIC_NO_CLASSIFIER;
    flags |= isnan(l->totals[0]) || isnan(l->totals[1]) || isnan(l->totals[2])
                 ? LIBNC_DIAGNOSTIC_NO_DECISIONS
                 : 0;
    flags |= is_scatter_rounded(l) ? LIBNC_DIAGNOSTIC_SCATTER_ROUNDING : 0;
    return flags;
}

static void describe(const facts *f, int64_t diagnostic, char *text, size_t size)
{
    const nc__layer *l = f->layer;
    const long long K = (long long)l->present, d = (long long)l->width, N = (long long)l->samples;
    switch (diagnostic) {
    case LIBNC_DIAGNOSTIC_EMPTY_CLASSES:
        snprintf(text, size, "%lld of %lld classes have no sample and are left out",
                 (long long)(l->classes - l->present), (long long)l->classes);
        break;
    case LIBNC_DIAGNOSTIC_SINGLE_SAMPLES:
        snprintf(text, size, "%lld of %lld classes have one sample and no variability",
                 (long long)f->singles, K);
        break;
    case LIBNC_DIAGNOSTIC_TWO_CLASSES:
        snprintf(text, size, "two classes: angles of centred means say nothing");
        break;
    case LIBNC_DIAGNOSTIC_MORE_CLASSES:
        snprintf(text, size, "%lld classes in %lld dimensions: no simplex ETF fits (K - 1 > d)", K,
                 d);
        break;
    case LIBNC_DIAGNOSTIC_RANK:
        snprintf(text, size,
                 "centred means have numerical rank %lld, not %lld: NC1 leaves directions out",
                 (long long)l->rank, (long long)possible_rank(l));
        break;
    case LIBNC_DIAGNOSTIC_CONDITION:
        snprintf(text, size,
                 "centred means have condition number %.1e: NC1 hangs on their weakest directions",
                 f->condition);
        break;
    case LIBNC_DIAGNOSTIC_ZERO_MEANS:
        snprintf(text, size, "%lld of %lld centred means vanish: no angles of features",
                 (long long)f->findings->zero_means, K);
        break;
    case LIBNC_DIAGNOSTIC_EQUAL_MEANS:
        snprintf(text, size, "%lld pairs of class means coincide to rounding",
                 (long long)f->findings->equal_means);
        break;
    case LIBNC_DIAGNOSTIC_ZERO_ROWS:
        snprintf(text, size, "%lld of %lld classifier rows vanish: no angles of the classifier",
                 (long long)f->findings->zero_rows, K);
        break;
    case LIBNC_DIAGNOSTIC_FEW_SAMPLES:
        snprintf(text, size, "%lld samples of %lld classes in %lld dimensions: Sigma_W is singular",
                 N, K, d);
        break;
    case LIBNC_DIAGNOSTIC_IMBALANCED:
        snprintf(text, size, "classes of %lld to %lld samples: conventions differ%s",
                 (long long)f->fewest, (long long)f->most,
                 l->within && !l->balanced ? "; nc1_balanced needs a projected scatter" : "");
        break;
    case LIBNC_DIAGNOSTIC_PROJECTED_SCATTER:
        snprintf(text, size, "Sigma_W is known in %lld of %lld dimensions",
                 (long long)l->scatter_rank, d);
        break;
    case LIBNC_DIAGNOSTIC_NO_SCATTER: snprintf(text, size, "no Sigma_W: no NC1"); break;
    case LIBNC_DIAGNOSTIC_NO_CLASSIFIER:
        snprintf(text, size, "no classifier: no metrics of one");
        break;
    case LIBNC_DIAGNOSTIC_NO_DECISIONS:
        snprintf(text, size, "decisions or nearest means are not known: no NC4 or accuracies");
        break;
    case LIBNC_DIAGNOSTIC_SCATTER_ROUNDING:
        snprintf(text, size,
                 "Sigma_W in the span of the means is near rounding: take a projected scatter");
        break;
    default: break;
    }
}

void nc__diagnose_text(const nc__measurement *m, int32_t layer, int64_t diagnostic, char *text,
                       size_t size)
{
    text[0] = '\0';
    if (!(nc__diagnose(m, layer) & diagnostic))
        return;
    const facts f = facts_of(m, layer);
    describe(&f, diagnostic, text, size);
}
