/* SPDX-License-Identifier: MIT */
#include "remedies.h"

#include <math.h> /* isinf: a macro */
#include <stdio.h>
#include <stdlib.h>

#include "output.h"
#include "progress.h"
#include "table.h"

static const char *const kinds[] = {"none", "decay", "weights", "oversampling"};

/* ---- finding ---- */

/* The problem to which the weights apply: repeated samples are counted in the divisor. */
static problem weighted_problem(const problem *task)
{
    problem weighted = *task;
    weighted.oversampled = task->oversampled || task->remedy == REMEDY_OVERSAMPLING;
    return weighted;
}

static libnc_status find_product(const problem *task, const libnc_geometry *geometry, remedy *r)
{
    return task->energies[0] > 0
               ? libnc_remedy_margin_energy(geometry, task->asked, task->asked_count, r->margin,
                                            &r->limit, &r->cost)
               : libnc_remedy_margin_decay(geometry, task->asked, task->asked_count, r->margin,
                                           &r->limit, &r->cost);
}

static libnc_status find_factor(const problem *task, const libnc_geometry *geometry, remedy *r)
{
    int64_t repeats = 0;
    const libnc_status status =
        libnc_remedy_margin_weight(geometry, task->asked, task->asked_count, task->asked,
                                   task->asked_count, r->margin, &r->limit, &repeats, &r->cost);
    for (int64_t k = 0; k < task->counts.size; k++)
        r->repeats[k] = repeats > 0;
    for (int64_t i = 0; i < task->asked_count; i++)
        r->repeats[task->asked[i]] = repeats;
    return status;
}

static libnc_status find_weights(const problem *task, const libnc_geometry *geometry, remedy *r)
{
    const size_t K = (size_t)task->counts.size;
    const bool whole = r->kind == REMEDY_OVERSAMPLING;
    return task->asked != NULL
               ? find_factor(task, geometry, r)
               : libnc_remedy_margin_exponent(geometry, NULL, 0, r->margin, &r->limit,
                                              whole ? r->repeats : NULL, K, &r->cost);
}

/* Weights of classes whose samples are repeated so often. */
static double *repeated_weights(const program *self, const problem *task, const int64_t *repeats)
{
    double *weights = allocate(self, (size_t)task->counts.size, sizeof *weights);
    for (int64_t k = 0; k < task->counts.size; k++)
        weights[k] =
            (double)repeats[k] * (task->class_weights != NULL ? task->class_weights[k] : 1);
    return weights;
}

/* Classes that are not predicted then. */
static int64_t count_missed(const program *self, const problem *task, const libnc_classes *classes,
                            const int64_t *repeats)
{
    const int64_t K = task->counts.size;
    int64_t missed = 0;
    int32_t *predicted = allocate(self, (size_t)K, sizeof *predicted);
    problem repeated = *task;
    repeated.class_weights = repeated_weights(self, task, repeats);
    repeated.oversampled = true;
    libnc_geometry *geometry = problem_solve(self, &repeated, classes);
    require(self, libnc_geometry_predicted(geometry, predicted, (size_t)K));
    for (int64_t k = 0; k < K; k++)
        missed += predicted[k] == 0;
    libnc_geometry_destroy(geometry);
    free(repeated.class_weights);
    free(predicted);
    return missed;
}

static void find(const program *self, const problem *task, const libnc_classes *classes, remedy *r)
{
    const problem weighted = weighted_problem(task);
    libnc_geometry *geometry = problem_geometry(self, &weighted, classes);
    progress_line line = progress_begin(self);
    progress_follow(self, &line, true);
    const libnc_status status = r->kind == REMEDY_DECAY ? find_product(&weighted, geometry, r)
                                                        : find_weights(&weighted, geometry, r);
    progress_follow(self, &line, false);
    progress_end(&line);
    require(self, status);
    libnc_geometry_destroy(geometry);
}

remedy remedy_find(const program *self, const problem *task, const libnc_classes *classes)
{
    remedy r = {.kind = task->remedy, .margin = task->margin};
    if (r.kind == REMEDY_NONE)
        return r;
    r.repeats = allocate(self, (size_t)task->counts.size, sizeof *r.repeats);
    find(self, task, classes, &r);
    if (r.kind == REMEDY_OVERSAMPLING && r.repeats[0] > 0)
        r.missed = count_missed(self, task, classes, r.repeats);
    else
        remedy_release(&r);
    return r;
}

void remedy_release(remedy *r)
{
    free(r->repeats);
    r->repeats = NULL;
}

/* ---- output ---- */

static const char *limit_name(const problem *task, const remedy *r)
{
    if (r->kind == REMEDY_DECAY)
        return task->energies[0] > 0 ? "energy" : "decay";
    return task->asked != NULL ? "factor" : "exponent";
}

void remedy_json(const problem *task, const remedy *r, json_writer *json)
{
    json_writer nested = {.file = json->file};
    if (r->kind == REMEDY_NONE)
        return;
    json_key(json, "remedy");
    json_text(&nested, "kind", kinds[r->kind]);
    json_number(&nested, "margin", r->margin);
    if (task->asked != NULL)
        json_wholes(&nested, "classes", task->asked, task->asked_count);
    json_number(&nested, limit_name(task, r), r->limit);
    json_number(&nested, "cost", r->cost);
    if (r->repeats != NULL) {
        json_wholes(&nested, "repeats", r->repeats, task->counts.size);
        json_whole(&nested, "not_predicted", r->missed);
    }
    fputc('}', json->file);
}

static bool is_of_decays(const problem *task, const remedy *r)
{
    return r->kind == REMEDY_DECAY && task->energies[0] == 0;
}

/* Weights are a factor from 1 or a power from 0; less decay and more energy have no end. */
static bool is_needless(const problem *task, const remedy *r)
{
    if (is_of_decays(task, r))
        return isinf(r->limit);
    return r->limit == (r->kind != REMEDY_DECAY && task->asked != NULL ? 1 : 0);
}

static bool is_impossible(const problem *task, const remedy *r)
{
    return is_of_decays(task, r) ? r->limit == 0 : isinf(r->limit);
}

static void print_limit(const problem *task, const remedy *r)
{
    if (is_of_decays(task, r))
        printf("sqrt(lw lh) below %.9g", r->limit);
    else if (r->kind == REMEDY_DECAY)
        printf("sqrt(E_W E_H) above %.9g", r->limit);
    else if (task->asked != NULL)
        printf("a factor above %.9g on their weights", r->limit);
    else
        printf("weights (n_max/n_k)^gamma, gamma above %.9g", r->limit);
    printf("\nThere the loss, without penalty, has changed by %.6g\n", r->cost);
}

/* Classes from k on that have its count and repeats. */
static int64_t run_length(const problem *task, const remedy *r, int64_t k)
{
    int64_t end = k + 1;
    while (end < task->counts.size && task->counts.values[end] == task->counts.values[k] &&
           r->repeats[end] == r->repeats[k])
        end++;
    return end - k;
}

static void print_repeats(const problem *task, const remedy *r)
{
    const char *const names[] = {"class", "classes", "count", "repeats"};
    const int64_t K = task->counts.size;
    int64_t runs = 0, run = 0;
    fputs("Samples taken so often do it; then ", stdout);
    if (r->missed == 0)
        puts("every class is predicted");
    else
        printf("%lld of %lld classes are not predicted\n", (long long)r->missed, (long long)K);
    for (int64_t k = 0; k < K; k += run_length(task, r, k))
        runs++;
    text_table t = table_begin(names, 4);
    for (int64_t k = 0; k < K; k += run_length(task, r, k)) {
        const double row[] = {(double)run_length(task, r, k), (double)task->counts.values[k],
                              (double)r->repeats[k]};
        if (table_shows(&t, run++, runs))
            table_row(&t, k, row);
    }
    table_end(&t);
}

void remedy_write(const program *self, const problem *task, const remedy *r)
{
    const char *const names[] = {"class", "count", "repeats"};
    const int64_t K = task->counts.size;
    if (r->repeats == NULL)
        return;
    double *table = allocate(self, (size_t)(3 * K), sizeof *table);
    for (int64_t k = 0; k < K; k++) {
        table[3 * k] = (double)k;
        table[3 * k + 1] = (double)task->counts.values[k];
        table[3 * k + 2] = (double)r->repeats[k];
    }
    write_tsv(self, "remedy.tsv", names, 3, table, K);
    free(table);
}

void remedy_print(const problem *task, const remedy *r)
{
    if (r->kind == REMEDY_NONE)
        return;
    printf("\nFor a margin of %g of %s: ", r->margin,
           task->asked != NULL ? "these classes" : "every class");
    if (is_impossible(task, r))
        puts("nothing of the kind will do");
    else if (is_needless(task, r))
        puts("nothing is needed");
    else
        print_limit(task, r);
    if (r->repeats != NULL && !is_needless(task, r))
        print_repeats(task, r);
}
