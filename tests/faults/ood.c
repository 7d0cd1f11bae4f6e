/* SPDX-License-Identifier: MIT
 *
 * ood.c: the allocations of the functions of libnc/ood.h.
 */
#include "faults/tables.h"

enum { D = WORLD_INPUTS };

static const double weights[WORLD_CLASSES * D] = {1, 2, 3};

static libnc_status call_create(world *w)
{
    return libnc_ood_create(&made.ood, w->accumulator, weights, NULL);
}

static void prepare_ood(world *w)
{
    libnc_ood *ood;
    must(libnc_ood_create(&ood, w->accumulator, weights, NULL));
    must(libnc_options_set_int64(libnc_ood_options(ood), LIBNC_OOD_OPTION_PSEUDO_INVERSE, 1));
    w->scratch = ood;
}

/* All scores once more: what the failures left behind does not change them. */
static void follow_ood(world *w, record *r)
{
    double values[3];
    for (int32_t score = 1; score <= libnc_ood_score_count(); score++) {
        must(libnc_ood_scores(w->scratch, score, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64, 3,
                              D, values));
        record_bytes(r, values, sizeof values);
    }
    libnc_ood_destroy(w->scratch);
}

static libnc_status call_score(world *w, int32_t score)
{
    return libnc_ood_scores(w->scratch, score, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64, 3,
                            D, made.values);
}

static libnc_status call_neco(world *w)
{
    return call_score(w, LIBNC_OOD_SCORE_NECO);
}

static libnc_status call_standardised(world *w)
{
    return call_score(w, LIBNC_OOD_SCORE_NECO_STANDARDISED);
}

static libnc_status call_vim(world *w)
{
    return call_score(w, LIBNC_OOD_SCORE_VIM_RESIDUAL);
}

static libnc_status call_mahalanobis(world *w)
{
    return call_score(w, LIBNC_OOD_SCORE_MAHALANOBIS);
}

static libnc_status call_rank(world *w)
{
    int64_t rank = 0;
    libnc_status status = libnc_ood_covariance_rank(w->scratch, &rank);
    made.values[0] = (double)rank;
    return status;
}

static libnc_status call_orthogonality(world *w)
{
    return libnc_ood_orthogonality(w->scratch, w->accumulator, made.values);
}

static libnc_status call_separation(world *w)
{
    static const double in[] = {1, 2, 3}, out[] = {2, 0};
    return libnc_ood_separation(w->context, in, 3, out, 2, &made.values[0], &made.values[1]);
}

static const fault_case cases[] = {
    {"libnc_ood_create", .call = call_create},
    {"libnc_ood_scores", "neco", .call = call_neco, .prepare = prepare_ood, .follow = follow_ood,
     .keeps = true},
    {"libnc_ood_scores", "standardised", .call = call_standardised, .prepare = prepare_ood,
     .follow = follow_ood, .keeps = true},
    {"libnc_ood_scores", "vim", .call = call_vim, .prepare = prepare_ood, .follow = follow_ood,
     .keeps = true},
    {"libnc_ood_scores", "mahalanobis", .call = call_mahalanobis, .prepare = prepare_ood,
     .follow = follow_ood, .keeps = true},
    {"libnc_ood_covariance_rank", .call = call_rank, .prepare = prepare_ood, .follow = follow_ood,
     .keeps = true},
    {"libnc_ood_orthogonality", .call = call_orthogonality, .prepare = prepare_ood,
     .follow = follow_ood},
    {"libnc_ood_separation", .call = call_separation},
};

static void steady(world *w)
{
    GETTER(libnc_ood_options(NULL));
    GETTER(libnc_ood_score_count());
    GETTER(libnc_ood_score_name(1));
    GETTER(libnc_ood_score_index("nci"));
    GETTER(libnc_ood_score_formula(1));
}

const fault_table ood_faults = {"ood", .cases = cases, .count = FAULT_CASES(cases),
                                .steady = steady};
