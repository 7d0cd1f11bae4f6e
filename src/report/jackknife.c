/* SPDX-License-Identifier: MIT
 *
 * jackknife.c: every metric again with one of G groups of samples left out (doc/metrics.md,
 * "Standard errors"; Shao and Tu, The Jackknife and Bootstrap, 1995, section 2.3).
 *
 * Classes are strata with fixed n_k. Without the m of its samples that are in group g, class k has
 *   mean - m/(n - m) (mean of g - mean),   and   (n_k v_k - A)/(n - m) for v_k,
 * A the squares of g about the whole mean. What this changes is scaled by c_k, where a class is in
 * fewer than G groups, so that the variance of sums over classes is without bias; squares are
 * scaled by sqrt((n-1)/(n-2)) more, for those about a mean that was fitted vary less (exact for
 * normal features).
 */
#include "report/jackknife.h"

#include <math.h>
#include <string.h>

typedef struct leaving {
    const nc__jackknife *of;
    const nc__statistics *whole;
    const nc__sample_groups *groups;
    nc__arena arena;
    double *mean_scale, *square_scale; /* K: c_k, and of squares */
    double scatter_scale;              /* of S_W, all classes together */
    nc__statistics without;            /* of the whole less one group, brought back to N */
    double *scatter;                   /* d x d: S_W of these; NULL where it is not kept */
    double *rows;                      /* K x d: sqrt(m) times what the means of a group are off */
    double *metrics[NC__CENTRES];      /* NC__METRICS */
    double *means[NC__CENTRES];        /* of the metrics, over groups */
} leaving;

static libnc_status allocate(leaving *l)
{
    const size_t K = (size_t)l->whole->classes, d = (size_t)l->whole->width;
    nc__arena *arena = &l->arena;
    l->mean_scale = nc__arena_alloc(arena, K, sizeof(double));
    l->square_scale = nc__arena_alloc(arena, K, sizeof(double));
    l->without.offsets = nc__arena_alloc(arena, K, d * sizeof(double));
    l->without.squares = nc__arena_alloc(arena, K, sizeof(double));
    l->rows = nc__arena_alloc(arena, K, d * sizeof(double));
    if (l->whole->scatter)
        l->scatter = nc__arena_alloc(arena, d, d * sizeof(double));
    for (int32_t c = 0; c < NC__CENTRES; c++) {
        l->metrics[c] = nc__arena_alloc(arena, NC__METRICS, sizeof(double));
        l->means[c] = nc__arena_alloc(arena, NC__METRICS, sizeof(double));
    }
    return nc__arena_status(arena);
}

/* ---- scales ---- */

/* c_k^2 = ((a-1)/a)/((G-1)/G) for a class in a of the G groups; 0 for one that is in one. */
static double mean_scale(const leaving *l, int64_t k)
{
    const double G = l->groups->count;
    double a = 0;
    for (int32_t g = 0; g < l->groups->count; g++)
        a += l->groups->parts[g]->counts[k] > 0;
    return a > 1 ? sqrt((a - 1) / a * G / (G - 1)) : 0;
}

static void find_scales(leaving *l)
{
    double sum = 0;
    for (int64_t k = 0; k < l->whole->classes; k++) {
        const double n = (double)l->whole->counts[k];
        l->mean_scale[k] = mean_scale(l, k);
        l->square_scale[k] = n > 2 ? l->mean_scale[k] * sqrt((n - 1) / (n - 2)) : 0;
        sum += n * l->square_scale[k] * l->square_scale[k];
    }
    l->scatter_scale = sqrt(sum / (double)l->whole->samples);
}

/* ---- without one group ---- */

/* rows = sqrt(m) (mean of the group - mean) for class k; the sum of its squares. */
static double find_shift(leaving *l, const nc__statistics *part, int64_t k)
{
    const nc__statistics *s = l->whole;
    const double root = sqrt((double)part->counts[k]);
    double square = 0;
    for (int64_t c = k * s->width; c < (k + 1) * s->width; c++) {
        const double shift = part->counts[k] == 0 ? 0
                                                  : (part->references[c] - s->references[c]) +
                                                        (part->offsets[c] - s->offsets[c]);
        l->rows[c] = root * shift;
        square += l->rows[c] * l->rows[c];
    }
    return square;
}

static void leave_class(leaving *l, const nc__statistics *part, int64_t k)
{
    const nc__statistics *s = l->whole;
    const double n = (double)s->counts[k], m = (double)part->counts[k];
    const double about = part->squares[k] + find_shift(l, part, k);
    const bool stays = m == 0 || m == n;
    const double moved = stays ? 0 : l->mean_scale[k] * sqrt(m) / (n - m);
    const double fewer = stays ? s->squares[k] : (s->squares[k] - about) * n / (n - m);
    for (int64_t c = k * s->width; c < (k + 1) * s->width; c++)
        l->without.offsets[c] = s->offsets[c] - moved * l->rows[c];
    l->without.squares[k] = fmax(0, s->squares[k] + l->square_scale[k] * (fewer - s->squares[k]));
}

/* S + c ((S - A) N/(N - M) - S), A the scatter of the M samples of the group about whole means. */
static void leave_scatter(leaving *l, nc__statistics *part)
{
    const int64_t d = l->whole->width;
    const double N = (double)l->whole->samples, grown = N / (N - (double)part->samples);
    const double c = l->scatter_scale;
    const double *own = nc__statistics_scatter(part);
    const double *all = nc__accumulator_scatter(l->of->accumulator);
    nc__tensor rows = nc__tensor_f64(l->rows, l->whole->classes, d);
    nc__tensor out = nc__tensor_f64(l->scatter, d, d);
    nc__syrk(l->of->accumulator->context, 1, &rows, 0, &out);
    nc__mirror(l->scatter, d);
    for (int64_t i = 0; i < d * d; i++)
        l->scatter[i] = all[i] * (1 + c * (grown - 1)) - c * grown * (l->scatter[i] + own[i]);
}

static bool leave_group(leaving *l, nc__statistics *part)
{
    if (part->samples == l->whole->samples)
        return false;
    for (int64_t k = 0; k < l->whole->classes; k++)
        leave_class(l, part, k);
    if (l->scatter)
        leave_scatter(l, part);
    return true;
}

/* ---- metrics ---- */

static libnc_status measure(leaving *l)
{
    const nc__jackknife *of = l->of;
    nc__arena arena = {.context = of->accumulator->context};
    nc__layer layer;
    libnc_status status =
        nc__layer_create(&layer, &arena, &l->without, nc__accumulator_epsilon(of->accumulator),
                         of->classifier, of->bias, 1);
    if (status == LIBNC_OK && l->scatter)
        status = nc__layer_set_scatter(&layer, l->scatter);
    for (int32_t c = 0; c < NC__CENTRES && status == LIBNC_OK; c++)
        status = nc__layer_evaluate(&layer, c, of->riesz, c == 0 ? NULL : l->metrics[0],
                                    l->metrics[c], NULL);
    nc__arena_release(&arena);
    return status;
}

/* Welford's update of means and of sums of squares, which `errors` gathers. */
static void gather(leaving *l, int32_t before, double *const errors[NC__CENTRES])
{
    for (int32_t c = 0; c < NC__CENTRES; c++)
        for (int32_t i = 0; i < NC__METRICS; i++) {
            const double away = l->metrics[c][i] - l->means[c][i];
            l->means[c][i] += away / (before + 1);
            errors[c][i] += away * (l->metrics[c][i] - l->means[c][i]);
        }
}

/* Shares of right decisions: the jackknife over single samples within classes is
 * sum (n_k/N)^2 p (1 - p)/(n_k - 1). */
static double accuracy_error(const libnc_accumulator *a)
{
    const nc__tally tally = nc__accumulator_tally(a);
    double sum = 0, total = 0;
    for (int64_t k = 0; tally.decided && k < a->classes; k++) {
        const double n = (double)tally.decided[k], p = n > 0 ? (double)tally.right[k] / n : 0;
        total += n;
        sum += n > 1 ? n * n * p * (1 - p) / (n - 1) : 0;
    }
    return total > 0 ? sqrt(sum) / total : NAN;
}

static void finish(const leaving *l, int32_t used, double *const errors[NC__CENTRES])
{
    for (int32_t c = 0; c < NC__CENTRES; c++) {
        for (int32_t i = 0; i < NC__METRICS; i++)
            errors[c][i] = used > 1 ? sqrt((used - 1.0) / used * errors[c][i]) : NAN;
        errors[c][LIBNC_METRIC_ACCURACY - 1] = accuracy_error(l->of->accumulator);
    }
}

static libnc_status leave_each(leaving *l, double *const errors[NC__CENTRES])
{
    int32_t used = 0;
    for (int32_t c = 0; c < NC__CENTRES; c++)
        memset(errors[c], 0, NC__METRICS * sizeof(double));
    for (int32_t g = 0; g < l->groups->count; g++) {
        if (!leave_group(l, l->groups->parts[g]))
            continue;
        const libnc_status status = measure(l);
        if (status != LIBNC_OK)
            return status;
        gather(l, used++, errors);
    }
    finish(l, used, errors);
    return LIBNC_OK;
}

libnc_status nc__jackknife_errors(const nc__jackknife *of, double *const errors[NC__CENTRES])
{
    const nc__statistics *whole = nc__accumulator_statistics(of->accumulator);
    leaving l = {.of = of,
                 .whole = whole,
                 .groups = nc__accumulator_groups(of->accumulator),
                 .arena = {.context = of->accumulator->context},
                 .without = *whole};
    libnc_status status = allocate(&l);
    if (status == LIBNC_OK) {
        find_scales(&l);
        status = leave_each(&l, errors);
    }
    nc__arena_release(&l.arena);
    return status;
}
