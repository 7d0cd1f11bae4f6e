/* SPDX-License-Identifier: MIT
 *
 * cc predict.c $(pkg-config --cflags --libs libnc) -o predict
 *
 * Prints the predicted global minimiser of a training problem: value, status, singular values, Gram
 * matrices, logits and lost classes (Dang et al. 2023; doc/theory.md). Nothing is trained.
 */
#include "figures.h"

/* K x K matrices of more classes are null in JSON. */
enum { MAX_MATRIX_CLASSES = 1000, MAX_PRINTED_GRAM = 12 };

static const option_spec options[] = {PROBLEM_OPTIONS, COMMON_OPTIONS};

/* The prediction's numbers, one allocation each. */
typedef struct prediction {
    double loss, gap;
    int32_t status, unique;
    double *singular_values, *bias, *class_logits, *classifier, *features;
    int32_t *lost;
    double *logits, *classifier_gram, *feature_gram; /* NULL above MAX_MATRIX_CLASSES */
} prediction;

static prediction fetch_values(const program *self, const libnc_geometry *geometry, size_t K)
{
    prediction p = {.status = libnc_geometry_get_status(geometry)};
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
    if (p->status == LIBNC_GEOMETRY_CRITICAL_POINT)
        printf(": lower values are known to exist or are not excluded");
    printf("\nloss    %.12g\nunique  %s\n\n", p->loss,
           p->unique ? "yes" : "no: a tie leaves a choice, this is one minimiser");
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
    if (task->class_count <= MAX_PRINTED_GRAM && p->logits != NULL) {
        print_gram("Gram matrix of the classifier rows, P P^T", p->classifier_gram,
                   task->class_count);
        print_gram("Gram matrix of the class means, Hbar^T Hbar", p->feature_gram,
                   task->class_count);
        print_gram("logits Z (row: logit, column: class mean)", p->logits, task->class_count);
    }
}

int main(int argc, char **argv)
{
    program self = {.name = "predict",
                    .summary = "Predicts the global minimiser of a training problem: the geometry "
                               "of neural collapse.",
                    .defaults = "counts 100,100,100,100; no bottleneck",
                    .options = options,
                    .option_count = sizeof options / sizeof *options};
    const int64_t counts[] = {100, 100, 100, 100};
    problem task = problem_default(&self, counts, 4, 0);
    const option_spec *option;
    while ((option = next_option(&self, argc, argv)) != NULL)
        if (!common_option(&self, option) && !problem_option(&self, option, &task))
            unhandled(&self, option);
    problem_check(&self, &task);
    program_begin(&self);

    libnc_classes *classes = NULL;
    require(&self,
            libnc_classes_from_counts(&classes, self.context, task.counts, task.class_count));
    libnc_geometry *geometry = problem_solve(&self, &task, classes);
    if (geometry == NULL)
        stop(&self, EXIT_FAILURE, "%s", libnc_context_error(self.context));
    if (self.out != NULL) /* a folder that can not be made is known before anything is printed */
        make_directory(&self, self.out);
    prediction p = fetch_values(&self, geometry, (size_t)task.class_count);
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
