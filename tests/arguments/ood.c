/* SPDX-License-Identifier: MIT
 *
 * ood.c: what the functions of libnc/ood.h refuse.
 */
#include "arguments/tables.h"

enum { D = WORLD_INPUTS };

static libnc_ood *of_world(const double *classifier)
{
    libnc_ood *ood;
    must(libnc_ood_create(&ood, w->accumulator, classifier, NULL));
    return ood;
}

static void ood_create(void)
{
    libnc_accumulator *empty;
    libnc_ood *ood = NULL;
    double weights[K * D] = {1}, bias[K] = {0};
    must(libnc_accumulator_create(&empty, w->context, K, D));
    NO_CONTEXT("accumulator", libnc_ood_create(&ood, NULL, weights, bias));
    REFUSED(LIBNC_ERROR_STATE, "accumulator", libnc_ood_create(&ood, empty, weights, bias));
    libnc_accumulator_destroy(empty);
    WRONG("ood", libnc_ood_create(NULL, w->accumulator, weights, bias));
    WRONG("bias", libnc_ood_create(&ood, w->accumulator, NULL, bias));
    EACH(i, not_finite)
    {
        bias[K - 1] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "bias",
                libnc_ood_create(&ood, w->accumulator, weights, bias));
        weights[D] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
                libnc_ood_create(&ood, w->accumulator, weights, NULL));
        weights[D] = 0;
    }
    ck_assert_ptr_null(ood);
    ACCEPTED("classifier", libnc_ood_create(&ood, w->accumulator, NULL, NULL));
    libnc_ood_destroy(ood);
}

static void ood_scores(void)
{
    static const int64_t not_stride[] = {0, -1, D - 1, INT64_MIN, (int64_t)INT32_MAX + 1};
    static const int32_t not_score[] = {0, -1, LIBNC_OOD_SCORE_VIM_RESIDUAL + 1, INT32_MAX};
    const double *x = features_of_world();
    const double weights[K * D] = {1, 2, 3};
    libnc_ood *ood = of_world(weights), *plain = of_world(NULL);
    double *y = out.values;
    NO_CONTEXT("ood", libnc_ood_scores(NULL, 1, x, LIBNC_FLOAT64, 2, D, y));
    EACH(i, not_score)
    WRONG("score", libnc_ood_scores(ood, not_score[i], x, LIBNC_FLOAT64, 2, D, y));
    REFUSED(LIBNC_ERROR_STATE, "score",
            libnc_ood_scores(plain, LIBNC_OOD_SCORE_ENERGY, x, LIBNC_FLOAT64, 2, D, y));
    WRONG("features", libnc_ood_scores(ood, 1, NULL, LIBNC_FLOAT64, 2, D, y));
    WRONG("features", libnc_ood_scores(ood, 1, (const char *)x + 1, LIBNC_FLOAT64, 2, D, y));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_ood_scores(ood, 1, x, not_scalar[i], 2, D, y));
    WRONG("count", libnc_ood_scores(ood, 1, x, LIBNC_FLOAT64, -1, D, y));
    EACH(i, not_stride)
    WRONG("stride", libnc_ood_scores(ood, 1, x, LIBNC_FLOAT64, 2, not_stride[i], y));
    WRONG("scores", libnc_ood_scores(ood, 1, x, LIBNC_FLOAT64, 2, D, NULL));
    EACH(i, not_finite)
    {
        double rows[2 * D] = {0};
        rows[D] = not_finite[i];
        REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "features", "1",
                   libnc_ood_scores(ood, 1, rows, LIBNC_FLOAT64, 2, D, y));
        rows[D] = 1e300;
        REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "features", "1",
                   libnc_ood_scores(ood, 1, rows, LIBNC_FLOAT64, 2, D, y));
    }
    must(libnc_options_set_int64(libnc_ood_options(ood), LIBNC_OOD_OPTION_NECO_DIRECTIONS, D + 1));
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "score", "neco_directions",
               libnc_ood_scores(ood, LIBNC_OOD_SCORE_NECO, x, LIBNC_FLOAT64, 2, D, y));
    must(libnc_options_set_int64(libnc_ood_options(ood), LIBNC_OOD_OPTION_VIM_DIRECTIONS, D));
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "score", "vim_directions",
               libnc_ood_scores(ood, LIBNC_OOD_SCORE_VIM_RESIDUAL, x, LIBNC_FLOAT64, 2, D, y));
    ACCEPTED("count", libnc_ood_scores(ood, 1, NULL, LIBNC_FLOAT32, 0, D, NULL));
    libnc_ood_destroy(plain);
    libnc_ood_destroy(ood);
}

static void ood_covariance_rank(void)
{
    int64_t rank = -1;
    libnc_ood *ood = of_world(NULL), *thin;
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, w->context, K, D));
    must(libnc_options_set_text(libnc_accumulator_options(a), "scatter", "none"));
    must(libnc_accumulator_update(a, features_of_world(), LIBNC_FLOAT64, 2, D,
                                  libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    must(libnc_ood_create(&thin, a, NULL, NULL));
    NO_CONTEXT("ood", libnc_ood_covariance_rank(NULL, &rank));
    REFUSED(LIBNC_ERROR_STATE, "ood", libnc_ood_covariance_rank(thin, &rank));
    WRONG("rank", libnc_ood_covariance_rank(ood, NULL));
    ck_assert_int_eq(rank, -1);
    libnc_ood_destroy(thin);
    libnc_ood_destroy(ood);
    libnc_accumulator_destroy(a);
}

static void ood_orthogonality(void)
{
    libnc_ood *ood = of_world(NULL);
    libnc_accumulator *other;
    must(libnc_accumulator_create(&other, w->context, 1, D));
    NO_CONTEXT("ood", libnc_ood_orthogonality(NULL, w->accumulator, out.values));
    WRONG("outside", libnc_ood_orthogonality(ood, NULL, out.values));
    WRONG("outside", libnc_ood_orthogonality(ood, abroad.accumulator, out.values));
    REFUSED(LIBNC_ERROR_STATE, "outside", libnc_ood_orthogonality(ood, other, out.values));
    libnc_accumulator_destroy(other);
    must(libnc_accumulator_create(&other, w->context, 1, D + 1));
    MISFIT("outside", libnc_ood_orthogonality(ood, other, out.values));
    WRONG("nc5", libnc_ood_orthogonality(ood, w->accumulator, NULL));
    libnc_accumulator_destroy(other);
    libnc_ood_destroy(ood);
}

static void ood_separation(void)
{
    const double scores[2] = {1, 2}, bad[2] = {0, NAN};
    double *area = out.values, *rate = out.values + 1;
    NO_CONTEXT("context", libnc_ood_separation(NULL, scores, 2, scores, 2, area, rate));
    WRONG("inside", libnc_ood_separation(w->context, NULL, 2, scores, 2, area, rate));
    WRONG("inside", libnc_ood_separation(w->context, bad, 2, scores, 2, area, rate));
    WRONG("outside", libnc_ood_separation(w->context, scores, 2, NULL, 2, area, rate));
    WRONG("outside", libnc_ood_separation(w->context, scores, 2, bad, 2, area, rate));
    EACH(i, not_count)
    {
        WRONG("inside_count",
              libnc_ood_separation(w->context, scores, not_count[i], scores, 2, area, rate));
        WRONG("outside_count",
              libnc_ood_separation(w->context, scores, 2, scores, not_count[i], area, rate));
    }
    WRONG("auroc", libnc_ood_separation(w->context, scores, 2, scores, 2, NULL, rate));
    WRONG("fpr95", libnc_ood_separation(w->context, scores, 2, scores, 2, area, NULL));
}

static void without_status(void)
{
    DONE(libnc_ood_destroy(NULL));
    NONE(libnc_ood_options(NULL));
    NONE(libnc_ood_score_name(0));
    NONE(libnc_ood_score_formula(0));
    ZERO(libnc_ood_score_index(NULL));
    ck_assert_int_gt(libnc_ood_score_count(), 0);
    DONE(libnc_ood_score_count());
}

static const argument_check checks[] = {
    CHECKS(ood_create),        CHECKS(ood_scores),     CHECKS(ood_covariance_rank),
    CHECKS(ood_orthogonality), CHECKS(ood_separation),
};

const argument_table ood_arguments = ARGUMENT_TABLE("ood", checks, without_status);
