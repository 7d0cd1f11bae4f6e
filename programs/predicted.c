/* SPDX-License-Identifier: MIT */
#include "predicted.h"

#include <math.h> /* isfinite, isnan and NAN: macros */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "json.h"
#include "table.h"
#include "terminal.h"

/* K x K matrices of more classes are null in JSON. */
enum { MAX_MATRIX_CLASSES = 1000, MAX_PRINTED_GRAM = 8, MAX_SHAPED_CLASSES = 300 };

enum { MAX_PRINTED_GROUPS = 12, MAX_PRINTED_VALUES = 24 };

static prediction fetch_values(const program *self, const libnc_geometry *geometry, size_t K)
{
    prediction p = {.status = libnc_geometry_status(geometry), .etf_loss = NAN};
    require(self, libnc_geometry_loss(geometry, &p.loss, &p.gap));
    require(self, libnc_geometry_unique(geometry, &p.unique));
    p.singular_values = allocate(self, K, sizeof(double));
    p.bias = allocate(self, K, sizeof(double));
    p.class_logits = allocate(self, K, sizeof(double));
    p.classifier = allocate(self, K, sizeof(double));
    p.features = allocate(self, K, sizeof(double));
    p.margin = allocate(self, K, sizeof(double));
    p.probability = allocate(self, K, sizeof(double));
    p.lost = allocate(self, K, sizeof(int32_t));
    p.predicted = allocate(self, K, sizeof(int32_t));
    require(self, libnc_geometry_singular_values(geometry, p.singular_values, K));
    require(self, libnc_geometry_bias(geometry, p.bias, K));
    require(self, libnc_geometry_class_logits(geometry, p.class_logits, K));
    require(self, libnc_geometry_lengths(geometry, 1, p.classifier, p.features, K));
    require(self, libnc_geometry_margins(geometry, p.margin, K));
    require(self, libnc_geometry_probabilities(geometry, p.probability, K));
    require(self, libnc_geometry_predicted(geometry, p.predicted, K));
    require(self, libnc_geometry_lost_classes(geometry, p.lost, K));
    return p;
}

/* A class that is alone in its group cannot merge with itself. */
static double merge_threshold(const program *self, const problem *task,
                              const libnc_geometry *geometry, int64_t class_index, int64_t size)
{
    double value = NAN;
    if (size < 2)
        return value;
    if (task->energies[0] > 0)
        require(self, libnc_threshold_merge_energy(geometry, class_index, &value, NULL));
    else
        require(self, libnc_threshold_merge_decay(geometry, class_index, &value));
    return value;
}

/* Groups of classes with equal count and weight; thresholds for cross-entropy, one layer. */
static void fetch_groups(const program *self, const problem *task, const libnc_geometry *geometry,
                         size_t K, prediction *p)
{
    p->groups = allocate(self, K, sizeof *p->groups);
    require(self, libnc_geometry_groups(geometry, &p->group_count, p->groups, K));
    require(self, libnc_geometry_rank(geometry, &p->rank));
    require(self, libnc_geometry_multiplier(geometry, &p->multiplier));
    require(self, libnc_geometry_search(geometry, &p->starts, &p->hits));
    if (K <= MAX_SHAPED_CLASSES) {
        int32_t kind;
        require(self, libnc_geometry_structure(geometry, &kind));
        p->shape = libnc_geometry_kind_name(kind);
    }
    p->merge = allocate(self, (size_t)p->group_count, sizeof(double));
    p->total = NAN;
    int64_t *size = allocate(self, (size_t)p->group_count, sizeof *size);
    int64_t *first = allocate(self, (size_t)p->group_count, sizeof *first);
    for (size_t k = K; k-- > 0;) {
        size[p->groups[k]]++;
        first[p->groups[k]] = (int64_t)k;
    }
    const bool known = task->loss == LIBNC_LOSS_CROSS_ENTROPY && task->depth == 1;
    for (int64_t g = 0; g < p->group_count; g++)
        p->merge[g] =
            known ? merge_threshold(self, task, geometry, first[g], size[g]) : (double)NAN;
    if (known && task->energies[0] == 0)
        require(self, libnc_threshold_total_decay(geometry, &p->total));
    free(size);
    free(first);
}

static void fetch_matrices(const program *self, const libnc_geometry *geometry, size_t K,
                           prediction *p)
{
    p->logits = allocate(self, K * K, sizeof(double));
    p->classifier_gram = allocate(self, K * K, sizeof(double));
    p->feature_gram = allocate(self, K * K, sizeof(double));
    require(self, libnc_geometry_logits(geometry, p->logits, K * K));
    require(self, libnc_geometry_classifier_gram(geometry, 1, p->classifier_gram, K * K));
    require(self, libnc_geometry_feature_gram(geometry, 1, p->feature_gram, K * K));
}

/* The simplex ETF under the same problem: what a search has to be below. */
static double etf_loss(const program *self, const problem *task)
{
    double loss = NAN;
    problem plain = *task;
    libnc_classes *classes = NULL;
    plain.starts = 0;
    if (task->starts == 0 || !problem_balanced(task) || task->class_weights != NULL)
        return loss;
    require(self, libnc_classes_from_counts(&classes, self->context, task->counts.values,
                                            task->counts.size));
    libnc_geometry *etf = problem_solve(self, &plain, classes);
    if (etf != NULL)
        require(self, libnc_geometry_loss(etf, &loss, NULL));
    libnc_geometry_destroy(etf);
    libnc_classes_destroy(classes);
    return loss;
}

prediction prediction_fetch(const program *self, const problem *task,
                            const libnc_geometry *geometry)
{
    const size_t K = (size_t)task->counts.size;
    prediction p = fetch_values(self, geometry, K);
    fetch_groups(self, task, geometry, K, &p);
    if (K <= MAX_MATRIX_CLASSES)
        fetch_matrices(self, geometry, K, &p);
    p.etf_loss = etf_loss(self, task);
    return p;
}

void prediction_release(prediction *p)
{
    falls_release(&p->fall);
    remedy_release(&p->remedy);
    free(p->groups);
    free(p->merge);
    free(p->singular_values);
    free(p->bias);
    free(p->class_logits);
    free(p->classifier);
    free(p->features);
    free(p->margin);
    free(p->probability);
    free(p->lost);
    free(p->predicted);
    free(p->logits);
    free(p->classifier_gram);
    free(p->feature_gram);
}

/* ---- JSON ---- */

static void json_matrix_or_null(json_writer *json, const char *key, const double *values, int64_t K)
{
    if (values == NULL)
        json_null(json, key);
    else
        json_matrix(json, key, values, K, K);
}

/* The classes, from 0, whose value is `wanted`. */
static void json_classes(json_writer *json, const char *key, const int32_t *values, int32_t wanted,
                         int64_t K)
{
    const char *separator = "";
    json_key(json, key);
    fputc('[', json->file);
    for (int64_t k = 0; k < K; k++) {
        if ((values[k] != 0) != (wanted != 0))
            continue;
        fprintf(json->file, "%s%lld", separator, (long long)k);
        separator = ", ";
    }
    fputc(']', json->file);
}

static void json_groups(json_writer *json, const prediction *p, int64_t K)
{
    json_key(json, "groups");
    for (int64_t k = 0; k < K; k++)
        fprintf(json->file, "%s%lld", k > 0 ? ", " : "[", (long long)p->groups[k]);
    fputc(']', json->file);
    json_key(json, "thresholds");
    json_writer nested = {.file = json->file};
    json_array(&nested, "merge", p->merge, p->group_count);
    json_number(&nested, "total", p->total);
    fputc('}', json->file);
}

void prediction_json(const program *self, const problem *task, const prediction *p)
{
    const int64_t K = task->counts.size;
    json_writer json = {.file = stdout};
    json_text(&json, "status", status_words(p->status));
    json_number(&json, "gap", p->gap);
    json_number(&json, "loss", p->loss);
    if (p->starts > 0)
        json_number(&json, "etf_loss", p->etf_loss);
    json_array(&json, "singular_values", p->singular_values, K);
    json_matrix_or_null(&json, "logits", p->logits, K);
    json_array(&json, "bias", p->bias, K);
    json_matrix_or_null(&json, "classifier_gram", p->classifier_gram, K);
    json_matrix_or_null(&json, "feature_gram", p->feature_gram, K);
    json_array(&json, "margin", p->margin, K);
    json_array(&json, "probability", p->probability, K);
    json_classes(&json, "not_predicted", p->predicted, 0, K);
    json_classes(&json, "lost_classes", p->lost, 1, K);
    json_boolean(&json, "unique", p->unique != 0);
    json_number(&json, "mu", p->multiplier);
    json_whole(&json, "rank", p->rank);
    if (p->shape != NULL)
        json_text(&json, "shape", p->shape);
    json_groups(&json, p, K);
    falls_json(task, &p->fall, &json);
    remedy_json(task, &p->remedy, &json);
    problem_json(self, task, &json);
    json_end(&json);
}

/* ---- text ---- */

static void print_gram(const char *name, const double *gram, int64_t K)
{
    printf("\n%s\n", name);
    table_matrix(gram, K, K);
}

/* Which classes are decided right at their own mean, in one sentence. */
static void print_predicted(const problem *task, const prediction *p)
{
    const int64_t K = task->counts.size, *n = task->counts.values;
    int64_t missed = 0, lost = 0, most = 0, least = LARGEST_COUNT, kept = LARGEST_COUNT;
    for (int64_t k = 0; k < K; k++) {
        lost += p->lost[k] != 0;
        missed += p->predicted[k] == 0;
        if (p->predicted[k] != 0)
            kept = n[k] < kept ? n[k] : kept;
        else
            most = n[k] > most ? n[k] : most, least = n[k] < least ? n[k] : least;
    }
    if (missed == 0)
        puts("every class is predicted");
    else if (missed == K)
        puts(lost == K ? "all classes are lost" : "no class is predicted");
    else if (most < kept)
        printf("%lld of %lld classes are not predicted: n <= %lld\n", (long long)missed,
               (long long)K, (long long)most);
    else
        printf("%lld of %lld classes are not predicted: n from %lld to %lld\n", (long long)missed,
               (long long)K, (long long)least, (long long)most);
}

static void print_classes(const problem *task, const prediction *p)
{
    const char *const names[] = {"class",  "count",       "mean^2", "row^2", "logit",
                                 "margin", "probability", "lost",   "bias"};
    text_table t = table_begin(names, task->bias ? 9 : 8);
    for (int64_t k = 0; k < task->counts.size; k++) {
        const double row[] = {(double)task->counts.values[k],
                              p->features[k],
                              p->classifier[k],
                              p->class_logits[k],
                              p->margin[k],
                              p->probability[k],
                              (double)p->lost[k],
                              p->bias[k]};
        if (table_shows(&t, k, task->counts.size))
            table_row(&t, k, row);
    }
    table_end(&t);
}

/* In the line of their title if they all fit there, else in lines of their own. */
static void print_singular_values(const prediction *p, int64_t K)
{
    enum { IN_A_LINE = 8, LONGEST_VALUE = 12, LONGEST_LINE = 2 + IN_A_LINE * LONGEST_VALUE };
    const char title[] = "singular values of Z D, largest first:";
    const int64_t shown = K < MAX_PRINTED_VALUES ? K : MAX_PRINTED_VALUES;
    const int64_t window = terminal_width(STDOUT_FILENO);
    const int64_t in_a_line =
        window < LONGEST_LINE ? (window - 2) / LONGEST_VALUE : (int64_t)IN_A_LINE;
    const bool beside =
        shown <= IN_A_LINE && (int64_t)sizeof title + shown * LONGEST_VALUE <= window;
    printf("\n%s", title);
    for (int64_t k = 0; k < shown; k++)
        printf("%s%.6g", beside || k % in_a_line > 0 ? " " : "\n  ", p->singular_values[k]);
    if (shown < K)
        printf("\n  ... %lld more, the last one %.6g", (long long)(K - shown),
               p->singular_values[K - 1]);
    putchar('\n');
}

/* Counts and first classes of the groups. */
static void print_group(const problem *task, const prediction *p, int64_t group)
{
    int64_t first = 0, count = 0;
    for (int64_t k = task->counts.size; k-- > 0;)
        if (p->groups[k] == group) {
            first = k;
            count++;
        }
    printf("group %lld (%lld classes of %lld samples): one prediction for all %s %.9g\n",
           (long long)group, (long long)count, (long long)task->counts.values[first],
           task->energies[0] > 0 ? "if sqrt(E_W E_H) is at most" : "if sqrt(lw lh) is at least",
           p->merge[group]);
}

/* What merges: the same prediction for all classes of a group (minority collapse). */
static void print_groups(const problem *task, const prediction *p)
{
    int64_t printed = 0;
    if (task->loss != LIBNC_LOSS_CROSS_ENTROPY || task->depth > 1)
        return;
    printf("\nprice mu of a unit of singular value: %.9g\n", p->multiplier);
    for (int64_t g = 0; g < p->group_count; g++)
        if (!isnan(p->merge[g]) && p->merge[g] != 0 && printed++ < MAX_PRINTED_GROUPS)
            print_group(task, p, g);
    if (printed > MAX_PRINTED_GROUPS)
        printf("... and %lld more groups: --json has them all\n",
               (long long)(printed - MAX_PRINTED_GROUPS));
    if (isfinite(p->total))
        printf("everything vanishes if sqrt(lw lh) is at least %.9g\n", p->total);
}

static const char *unique_words(const prediction *p)
{
    const bool searched = p->status == LIBNC_GEOMETRY_BEST_KNOWN;
    if (p->unique)
        return searched ? "as far as the search knows" : "yes";
    return searched ? "no: exchanging equal classes gives others of the same value"
                    : "no: a tie leaves a choice, this is one minimiser";
}

static void print_status(const prediction *p)
{
    printf("status  %s", status_words(p->status));
    if (isfinite(p->gap) && p->gap > 0)
        printf(", within %.3g", p->gap);
    if (p->status == LIBNC_GEOMETRY_STALLED)
        printf(": the solver could get no nearer to the minimum");
    if (p->status == LIBNC_GEOMETRY_CRITICAL_POINT)
        printf(": lower values are known to exist or are not excluded");
    if (p->starts > 0)
        printf(", reached by %lld of %lld starts", (long long)p->hits, (long long)p->starts);
    if (p->shape != NULL)
        printf("\nshape   %s, rank %lld", p->shape, (long long)p->rank);
    printf("\nloss    %.12g", p->loss);
    if (isfinite(p->etf_loss))
        printf("; that of the simplex ETF is %.12g", p->etf_loss);
    if (p->status != LIBNC_GEOMETRY_CRITICAL_POINT) /* of one, only the scale could tie */
        printf("\nunique  %s", unique_words(p));
    putchar('\n');
}

static void print_matrices(const prediction *p, int64_t K)
{
    print_gram("Gram matrix of the classifier rows, P P^T", p->classifier_gram, K);
    print_gram("Gram matrix of the class means, Hbar^T Hbar", p->feature_gram, K);
    print_gram("logits Z (row: logit, column: class mean)", p->logits, K);
}

void prediction_print(const problem *task, const prediction *p)
{
    char words[200];
    problem_words(task, words, sizeof words);
    printf("%s: %s\n", words, problem_frame(task));
    print_status(p);
    if (task->class_weights != NULL && !task->oversampled)
        puts("note    the loss is a sum with these weights and the divisor N; "
             "CrossEntropyLoss(weight) of\n        PyTorch divides by sum n_k w_k: "
             "--weights-normalised");
    print_predicted(task, p);
    putchar('\n');
    print_classes(task, p);
    print_singular_values(p, task->counts.size);
    print_groups(task, p);
    falls_print(task, &p->fall);
    remedy_print(task, &p->remedy);
    if (task->counts.size <= MAX_PRINTED_GRAM)
        print_matrices(p, task->counts.size);
}
