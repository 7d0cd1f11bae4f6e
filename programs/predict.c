/* SPDX-License-Identifier: MIT
 *
 * libnc-predict: prints the predicted global minimiser of a training problem: value, status,
 * singular values, Gram matrices, logits and lost classes (Dang et al. 2023; doc/theory.md), and
 * for cross-entropy which classes collapse onto each other (Fang et al. 2021;
 * doc/minority_collapse.md). Nothing is trained.
 */
#include <getopt.h>
#include <math.h> /* isfinite, isnan and NAN: macros */
#include <stdio.h>
#include <stdlib.h>

#include "figures.h"
#include "json.h"
#include "table.h"

/* K x K matrices of more classes are null in JSON. */
enum { MAX_MATRIX_CLASSES = 1000, MAX_PRINTED_GRAM = 12, MAX_SHAPED_CLASSES = 300 };

enum { KEY_ENERGIES = 200, KEY_CLASS_WEIGHTS, KEY_OVERSAMPLING, KEY_STARTS };

/* clang-format off */
static const option_spec options[] = {
    PROBLEM_OPTIONS,
    {KEY_ENERGIES, "energies", "E_W,E_H", "layer-peeled model: energies, not decays; --loss ce"},
    {KEY_CLASS_WEIGHTS, "class-weights", "w1,..,wK", "of the loss terms, divisor N; --loss ce"},
    {KEY_OVERSAMPLING, "oversampling", "w1,..,wK", "how often samples are taken; --loss ce"},
    {KEY_STARTS, "starts", "n", "--loss ce, --depth > 1: search from n random starts (0)"},
    COMMON_OPTIONS};
/* clang-format on */

/* At which the classes of a group merge, and all logits vanish: of sqrt(lw lh), or of sqrt(E_W
 * E_H). NaN where it does not apply. */
typedef struct thresholds {
    double *merge; /* by group */
    double total;
} thresholds;

/* The prediction's numbers, one allocation each. */
typedef struct prediction {
    double loss, gap, multiplier;
    int32_t status, unique;
    int64_t rank, group_count, starts, hits;
    const char *shape; /* of the class means; NULL for many classes */
    int32_t *groups;   /* of each class */
    thresholds at;
    double *singular_values, *bias, *class_logits, *classifier, *features;
    int32_t *lost;
    double *logits, *classifier_gram, *feature_gram; /* NULL above MAX_MATRIX_CLASSES */
} prediction;

static prediction fetch_values(const program *self, const libnc_geometry *geometry, size_t K)
{
    prediction p = {.status = libnc_geometry_status(geometry)};
    require(self, libnc_geometry_loss(geometry, &p.loss, &p.gap));
    require(self, libnc_geometry_unique(geometry, &p.unique));
    p.singular_values = allocate(self, K, sizeof(double));
    p.bias = allocate(self, K, sizeof(double));
    p.class_logits = allocate(self, K, sizeof(double));
    p.classifier = allocate(self, K, sizeof(double));
    p.features = allocate(self, K, sizeof(double));
    p.lost = allocate(self, K, sizeof(int32_t));
    require(self, libnc_geometry_singular_values(geometry, p.singular_values, K));
    require(self, libnc_geometry_bias(geometry, p.bias, K));
    require(self, libnc_geometry_class_logits(geometry, p.class_logits, K));
    require(self, libnc_geometry_lengths(geometry, 1, p.classifier, p.features, K));
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
    p->at.merge = allocate(self, (size_t)p->group_count, sizeof(double));
    p->at.total = NAN;
    int64_t *size = allocate(self, (size_t)p->group_count, sizeof *size);
    int64_t *first = allocate(self, (size_t)p->group_count, sizeof *first);
    for (size_t k = K; k-- > 0;) {
        size[p->groups[k]]++;
        first[p->groups[k]] = (int64_t)k;
    }
    const bool known = task->loss == LIBNC_LOSS_CROSS_ENTROPY && task->depth == 1;
    for (int64_t g = 0; g < p->group_count; g++)
        p->at.merge[g] =
            known ? merge_threshold(self, task, geometry, first[g], size[g]) : (double)NAN;
    if (known && task->energies[0] == 0)
        require(self, libnc_threshold_total_decay(geometry, &p->at.total));
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

static void release(prediction *p)
{
    free(p->groups);
    free(p->at.merge);
    free(p->singular_values);
    free(p->bias);
    free(p->class_logits);
    free(p->classifier);
    free(p->features);
    free(p->lost);
    free(p->logits);
    free(p->classifier_gram);
    free(p->feature_gram);
}

static void json_matrix_or_null(json_writer *json, const char *key, const double *values, int64_t K)
{
    if (values == NULL)
        json_null(json, key);
    else
        json_matrix(json, key, values, K, K);
}

static void print_json(const prediction *p, int64_t K)
{
    json_writer json = {.file = stdout};
    json_text(&json, "status", status_words(p->status));
    json_number(&json, "gap", p->gap);
    json_number(&json, "loss", p->loss);
    json_array(&json, "singular_values", p->singular_values, K);
    json_matrix_or_null(&json, "logits", p->logits, K);
    json_array(&json, "bias", p->bias, K);
    json_matrix_or_null(&json, "classifier_gram", p->classifier_gram, K);
    json_matrix_or_null(&json, "feature_gram", p->feature_gram, K);
    json_key(&json, "lost_classes");
    fputc('[', stdout);
    bool first = true;
    for (int64_t k = 0; k < K; k++) {
        if (!p->lost[k])
            continue;
        printf("%s%lld", first ? "" : ", ", (long long)k);
        first = false;
    }
    fputc(']', stdout);
    json_boolean(&json, "unique", p->unique != 0);
    json_number(&json, "mu", p->multiplier);
    json_whole(&json, "rank", p->rank);
    if (p->shape != NULL)
        json_text(&json, "shape", p->shape);
    json_key(&json, "groups");
    for (int64_t k = 0; k < K; k++)
        printf("%s%lld", k > 0 ? ", " : "[", (long long)p->groups[k]);
    fputc(']', stdout);
    json_key(&json, "thresholds");
    json_writer nested = {.file = stdout};
    json_array(&nested, "merge", p->at.merge, p->group_count);
    json_number(&nested, "total", p->at.total);
    fputc('}', stdout);
    json_end(&json);
}

static void print_gram(const char *name, const double *gram, int64_t K)
{
    printf("\n%s\n", name);
    for (int64_t i = 0; i < K; i++) {
        for (int64_t j = 0; j < K; j++)
            printf("  %11.5g", gram[i * K + j]);
        putchar('\n');
    }
}

/* What merges: the same prediction for all classes of a group (minority collapse). */
static void print_groups(const problem *task, const prediction *p)
{
    const bool energies = task->energies[0] > 0;
    if (task->loss != LIBNC_LOSS_CROSS_ENTROPY || task->depth > 1)
        return;
    printf("\nprice mu of a unit of singular value: %.9g\n", p->multiplier);
    for (int64_t g = 0; g < p->group_count; g++) {
        int64_t first = 0, count = 0;
        for (int64_t k = task->class_count; k-- > 0;)
            if (p->groups[k] == g) {
                first = k;
                count++;
            }
        if (isnan(p->at.merge[g]) || p->at.merge[g] == 0)
            continue;
        printf("group %lld (%lld classes of %lld samples): one prediction for all %s %.9g\n",
               (long long)g, (long long)count, (long long)task->counts[first],
               energies ? "if sqrt(E_W E_H) is at most" : "if sqrt(lw lh) is at least",
               p->at.merge[g]);
    }
    if (isfinite(p->at.total))
        printf("everything vanishes if sqrt(lw lh) is at least %.9g\n", p->at.total);
}

static const char *unique_words(const prediction *p)
{
    const bool searched = p->status == LIBNC_GEOMETRY_BEST_KNOWN;
    if (p->unique)
        return searched ? "as far as the search knows" : "yes";
    return searched ? "no: exchanging equal classes gives others of the same value"
                    : "no: a tie leaves a choice, this is one minimiser";
}

static void print_text(const problem *task, const prediction *p)
{
    static const char *const names[] = {"class", "count", "mean^2", "row^2",
                                        "logit", "bias",  "lost"};
    enum { NAMES = sizeof names / sizeof *names };
    char words[200];
    problem_words(task, words, sizeof words);
    printf("%s: %s\n", words, problem_frame(task));
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
    printf("\nloss    %.12g\n", p->loss);
    if (p->status != LIBNC_GEOMETRY_CRITICAL_POINT) /* of one, only the scale could tie */
        printf("unique  %s\n", unique_words(p));
    if (task->class_weights != NULL && !task->oversampled)
        puts("note    the loss is a sum with these weights and the divisor N; a weighted mean, "
             "whose divisor\n        is the sum of the weights (CrossEntropyLoss(weight) of "
             "PyTorch), is --oversampling");
    putchar('\n');
    table_header(names, NAMES);
    for (int64_t k = 0; k < task->class_count; k++) {
        double row[NAMES - 1] = {(double)task->counts[k], p->features[k], p->classifier[k],
                                 p->class_logits[k],      p->bias[k],     (double)p->lost[k]};
        table_row(names, NAMES, k, row);
    }
    printf("\nsingular values of Z D, largest first:");
    for (int64_t k = 0; k < task->class_count; k++)
        printf(" %.6g", p->singular_values[k]);
    printf("\n");
    print_groups(task, p);
    if (task->class_count <= MAX_PRINTED_GRAM && p->logits != NULL) {
        print_gram("Gram matrix of the classifier rows, P P^T", p->classifier_gram,
                   task->class_count);
        print_gram("Gram matrix of the class means, Hbar^T Hbar", p->feature_gram,
                   task->class_count);
        print_gram("logits Z (row: logit, column: class mean)", p->logits, task->class_count);
    }
}

static double *class_numbers(const program *self, const option_spec *option, problem *task)
{
    if (task->class_weights != NULL)
        stop(self, EXIT_USAGE, "--%s: must be given once, and not with the other weights",
             option->name);
    return option_numbers(self, option, 0, false, 1e12, &task->class_weight_count);
}

static bool peeled_option(const program *self, const option_spec *option, problem *task)
{
    int64_t count;
    double *values;
    switch (option->key) {
    case KEY_ENERGIES:
        values = option_numbers(self, option, 0, false, 1e12, &count);
        if (count != 2)
            stop(self, EXIT_USAGE, "--energies = %s: must be two numbers", optarg);
        task->energies[0] = values[0];
        task->energies[1] = values[1];
        free(values);
        return true;
    case KEY_CLASS_WEIGHTS:
    case KEY_OVERSAMPLING:
        task->class_weights = class_numbers(self, option, task);
        task->oversampled = option->key == KEY_OVERSAMPLING;
        return true;
    case KEY_STARTS: task->starts = option_whole(self, option, 0, 100000); return true;
    default: return false;
    }
}

static void peeled_check(const program *self, const problem *task)
{
    const char *name = task->oversampled ? "oversampling" : "class-weights";
    if (task->energies[0] > 0 && (task->loss != LIBNC_LOSS_CROSS_ENTROPY || task->depth != 1))
        stop(self, EXIT_USAGE, "--energies: must come with --loss ce and --depth 1");
    if (task->class_weights != NULL && task->loss != LIBNC_LOSS_CROSS_ENTROPY)
        stop(self, EXIT_USAGE, "--%s: must come with --loss ce", name);
    if (task->class_weights != NULL && task->class_weight_count != task->class_count)
        stop(self, EXIT_USAGE, "--%s: %lld numbers: must be one for each of the %lld classes", name,
             (long long)task->class_weight_count, (long long)task->class_count);
    if (task->starts > 0 && (task->loss != LIBNC_LOSS_CROSS_ENTROPY || task->depth == 1))
        stop(self, EXIT_USAGE, "--starts: must come with --loss ce and --depth above 1");
}

int main(int argc, char **argv)
{
    program self = {.name = "libnc-predict",
                    .summary = "Predicts the global minimiser of a training problem: the geometry "
                               "of neural collapse.",
                    .defaults = "counts 100,100,100,100; no bottleneck",
                    .options = options,
                    .option_count = sizeof options / sizeof *options};
    const int64_t counts[] = {100, 100, 100, 100};
    problem task = problem_default(&self, counts, 4, 0);
    const option_spec *option;
    while ((option = next_option(&self, argc, argv)) != NULL)
        if (!common_option(&self, option) && !problem_option(&self, option, &task) &&
            !peeled_option(&self, option, &task))
            unhandled(&self, option);
    problem_check(&self, &task);
    peeled_check(&self, &task);
    program_begin(&self);

    libnc_classes *classes = NULL;
    require(&self,
            libnc_classes_from_counts(&classes, self.context, task.counts, task.class_count));
    libnc_geometry *geometry = problem_solve(&self, &task, classes);
    if (geometry == NULL)
        stop(&self, EXIT_FAILURE, "%s", libnc_context_error(self.context));
    if (self.out != NULL) /* a folder that cannot be made is known before anything is printed */
        make_directory(&self, self.out);
    prediction p = fetch_values(&self, geometry, (size_t)task.class_count);
    fetch_groups(&self, &task, geometry, (size_t)task.class_count, &p);
    if (task.class_count <= MAX_MATRIX_CLASSES)
        fetch_matrices(&self, geometry, (size_t)task.class_count, &p);
    if (self.json)
        print_json(&p, task.class_count);
    else
        print_text(&task, &p);
    if (self.out != NULL)
        write_files(&self, &task, geometry, NULL, false);
    release(&p);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    problem_release(&task);
    return program_end(&self);
}
