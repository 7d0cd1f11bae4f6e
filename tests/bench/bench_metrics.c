/* SPDX-License-Identifier: MIT
 *
 * bench_metrics.c: seconds to measure features in memory, for bench.py.
 *
 *   bench_metrics samples=N width=d classes=K [scalar=float32] [spread=0.5] [batch=1000]
 *                 [threads=2] [scatter=full] [second=1]
 *
 * Features are normal class means plus `spread` times normal noise, the classifier is the class
 * means. Prints, on one line: all, first pass, start of the second, second pass, report, and the
 * largest resident set in MB beyond the features.
 */
#include "bench.h"

#include <stdint.h>
#include <sys/resource.h>

typedef struct job {
    int64_t samples, width, classes, batch;
    int32_t scalar, threads, second;
    double spread;
    const char *scatter;
    void *features, *classifier;
    double *means; /* the classifier in float64 */
    int64_t *labels;
} job;

static void parse(job *j, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            exit(2);
        *value++ = '\0';
        const char *name = argv[i];
        if (strcmp(name, "samples") == 0)
            j->samples = atoll(value);
        else if (strcmp(name, "width") == 0)
            j->width = atoll(value);
        else if (strcmp(name, "classes") == 0)
            j->classes = atoll(value);
        else if (strcmp(name, "batch") == 0)
            j->batch = atoll(value);
        else if (strcmp(name, "threads") == 0)
            j->threads = atoi(value);
        else if (strcmp(name, "second") == 0)
            j->second = atoi(value);
        else if (strcmp(name, "spread") == 0)
            j->spread = atof(value);
        else if (strcmp(name, "scatter") == 0)
            j->scatter = value;
        else if (strcmp(name, "scalar") == 0)
            j->scalar = strcmp(value, "float64") == 0 ? LIBNC_FLOAT64 : LIBNC_FLOAT32;
        else
            exit(2);
    }
}

static void put(const job *j, void *array, int64_t index, double value)
{
    if (j->scalar == LIBNC_FLOAT64)
        ((double *)array)[index] = value;
    else
        ((float *)array)[index] = (float)value;
}

static void make_data(job *j)
{
    const size_t size = j->scalar == LIBNC_FLOAT64 ? sizeof(double) : sizeof(float);
    const size_t d = (size_t)j->width, K = (size_t)j->classes;
    double *means = j->means = malloc(K * d * sizeof *means);
    double *noise = malloc(d * sizeof *noise);
    libnc_random *random;
    j->features = malloc((size_t)j->samples * d * size);
    j->classifier = malloc(K * d * size);
    j->labels = malloc((size_t)j->samples * sizeof *j->labels);
    if (!means || !noise || !j->features || !j->classifier || !j->labels)
        exit(1);
    MUST(libnc_random_create(&random, context, 1));
    MUST(libnc_random_normal(random, means, K * d));
    for (int64_t i = 0; i < j->classes * j->width; i++)
        put(j, j->classifier, i, means[i]);
    for (int64_t i = 0; i < j->samples; i++) {
        uint64_t word;
        MUST(libnc_random_words(random, &word, 1));
        MUST(libnc_random_normal(random, noise, d));
        j->labels[i] = i < j->classes ? i : (int64_t)(word % K);
        for (int64_t c = 0; c < j->width; c++)
            put(j, j->features, i * j->width + c,
                means[j->labels[i] * j->width + c] + j->spread * noise[c]);
    }
    libnc_random_destroy(random);
    free(noise);
}

static void feed(const job *j, libnc_accumulator *a)
{
    const size_t size = j->scalar == LIBNC_FLOAT64 ? sizeof(double) : sizeof(float);
    for (int64_t i = 0; i < j->samples; i += j->batch) {
        const int64_t left = j->samples - i;
        MUST(libnc_accumulator_update(a, (const char *)j->features + (size_t)(i * j->width) * size,
                                      j->scalar, left < j->batch ? left : j->batch, j->width,
                                      j->labels + i, LIBNC_LABEL_INT64));
    }
}

/* Every metric of the features and the classifier. */
static void report_on(const job *j, const libnc_accumulator *a, const double *classifier)
{
    libnc_report *report;
    double value;
    MUST(libnc_report_create(&report, context));
    MUST(libnc_report_measure_features(report, &a, j->second ? &classifier : NULL, NULL, 1));
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++)
        if (libnc_report_value(report, metric, 1, &value) < 0 && metric == LIBNC_METRIC_NC1)
            MUST(LIBNC_ERROR_STATE);
    libnc_report_destroy(report);
}

static double resident_megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

int main(int argc, char **argv)
{
    job j = {.samples = 50000,
             .width = 512,
             .classes = 10,
             .batch = 1000,
             .threads = 2,
             .second = 1,
             .spread = 0.5,
             .scatter = "full",
             .scalar = LIBNC_FLOAT32};
    libnc_accumulator *a;
    parse(&j, argc, argv);
    if (libnc_context_create(&context) < 0)
        return 1;
    MUST(libnc_context_set_threads(context, j.threads));
    MUST(libnc_blas_set_threads(context, 1));
    make_data(&j);
    const double before = resident_megabytes();
    const double start = seconds_now();
    MUST(libnc_accumulator_create(&a, context, j.classes, j.width));
    MUST(libnc_options_set_text(libnc_accumulator_options(a), "scatter", j.scatter));
    feed(&j, a);
    const double first = seconds_now();
    double begun = first;
    if (j.second) {
        MUST(libnc_accumulator_begin_second_pass(a, j.classifier, NULL, j.scalar));
        begun = seconds_now();
        feed(&j, a);
    }
    const double second = seconds_now();
    /* decompositions are LAPACK's: here the BLAS has the threads */
    MUST(libnc_context_set_threads(context, 1));
    MUST(libnc_blas_set_threads(context, j.threads));
    report_on(&j, a, j.means);
    const double end = seconds_now();
    printf("%.6f %.6f %.6f %.6f %.6f %.1f\n", end - start, first - start, begun - first,
           second - begun, end - second, resident_megabytes() - before);
    libnc_accumulator_destroy(a);
    libnc_context_destroy(context);
    free(j.means);
    free(j.labels);
    free(j.classifier);
    free(j.features);
    return 0;
}
