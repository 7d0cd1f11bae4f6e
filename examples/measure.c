/* SPDX-License-Identifier: MIT
 *
 * cc measure.c $(pkg-config --cflags --libs libnc) -o measure
 *
 * Measures the collapse of features that any program saved: NC1 to NC4 and their relatives, per
 * class and per layer, under a named convention (doc/metrics.md), in two passes over files of any
 * size.
 */
#include "figures.h"
#include "shards.h"

enum {
    KEY_FEATURES = 300,
    KEY_LABELS,
    KEY_CLASSIFIER,
    KEY_CLASSIFIER_BIAS,
    KEY_LOGITS,
    KEY_LAYER,
    KEY_CLASSES,
    KEY_CONVENTION,
    KEY_SCATTER,
    KEY_ONE_PASS,
    KEY_THREADS,
    KEY_SAVE,
    KEY_MERGE,
    KEY_THEORY
};

/* clang-format off */
static const option_spec options[] = {
    {KEY_FEATURES, "features", "FILE", "features, N x d"},
    {KEY_LABELS, "labels", "FILE", "labels 0 .. K-1, N of them"},
    {KEY_CLASSIFIER, "classifier", "FILE", "last layer's weights W, K x d"},
    {KEY_CLASSIFIER_BIAS, "bias", "FILE", "its bias b, K of them"},
    {KEY_LOGITS, "logits", "FILE", "logits, N x K, in place of a classifier"},
    {KEY_LAYER, "layer", "NAME=FILE[,W]", "features of one more layer, and its classifier"},
    {KEY_CLASSES, "classes", "K", "number of classes (1 + the largest label)"},
    {KEY_CONVENTION, "convention", "NAME", "whose definitions (default); \"list\" lists them"},
    {KEY_SCATTER, "scatter", "full|projected|none", "S_W as d x d, or where means differ (by d)"},
    {KEY_ONE_PASS, "one-pass", NULL, "do without nearest class means (NC4)"},
    {KEY_THREADS, "threads", "T", "threads (all processors)"},
    {KEY_SAVE, "save", "FILE.ncs", "keep the statistics, for --merge"},
    {KEY_MERGE, "merge", NULL, "measure kept statistics together: --merge A.ncs B.ncs ..."},
    {KEY_THEORY, "theory", "mse|ce", "compare with the geometry of the best fitting decays"},
    COMMON_OPTIONS};
/* clang-format on */

enum {
    MAX_LAYERS = 64,
    BATCH_BYTES = 1 << 24, /* of features, and of logits, read at a time */
    LARGEST_FULL = 4096    /* widths above take the projected scatter */
};

/* Features at one place of a network. */
typedef struct layer {
    const char *name;
    const char *classifier_name; /* NULL: none */
    shards features;
    int64_t width;
    double *classifier; /* K x d, or NULL */
    libnc_accumulator *accumulator;
} layer;

typedef struct job {
    program *self;
    const char *features, *labels, *classifier, *bias, *logits, *save;
    layer layers[MAX_LAYERS];
    int32_t layer_count;
    shards label_source, logit_source;
    double *bias_values; /* K, or NULL */
    int64_t class_count, samples;
    int convention, scatter; /* scatter: -1 for by width */
    int theory;              /* -1: none */
    bool one_pass, merging;
    int32_t threads;
    char **states; /* files of --merge */
    int state_count;
    double fitted, fit_distance; /* of --theory */
    libnc_report *report;
} job;

/* ---- options ---- */

static void list_conventions(const program *self)
{
    for (int32_t i = 1; i <= libnc_convention_count(); i++)
        printf("%-12s  %s\n", libnc_convention_name(i), libnc_convention_source(i));
    exit(fflush(stdout) == 0 && self != NULL ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void read_convention(job *j)
{
    if (strcmp(optarg, "list") == 0)
        list_conventions(j->self);
    j->convention = libnc_convention_index(optarg);
    if (j->convention == 0)
        stop(j->self, EXIT_USAGE, "--convention = %s: not known; --convention list names them all",
             optarg);
}

/* NAME=FILE[,CLASSIFIER]; the text is split in place. */
static void read_layer(job *j)
{
    char *equals = strchr(optarg, '='), *comma = equals ? strrchr(equals, ',') : NULL;
    if (equals == NULL || equals == optarg || equals[1] == '\0')
        stop(j->self, EXIT_USAGE, "--layer = %s: must be NAME=FILE or NAME=FILE,CLASSIFIER",
             optarg);
    if (j->layer_count == MAX_LAYERS)
        stop(j->self, EXIT_USAGE, "--layer: at most %d layers", MAX_LAYERS - 1);
    *equals = '\0';
    if (strpbrk(optarg, "\"\\\t\n") != NULL)
        stop(j->self, EXIT_USAGE, "--layer: a name must have no quotes, backslashes or tabs");
    if (comma != NULL)
        *comma = '\0';
    j->layers[j->layer_count++] = (layer){
        .name = optarg, .features.name = equals + 1, .classifier_name = comma ? comma + 1 : NULL};
}

static bool job_option(job *j, const option_spec *option)
{
    static const char *const scatters[] = {"none", "full", "projected", NULL};
    static const char *const losses[] = {"mse", "ce", NULL};
    switch (option->key) {
    case KEY_FEATURES: j->features = optarg; return true;
    case KEY_LABELS: j->labels = optarg; return true;
    case KEY_CLASSIFIER: j->classifier = optarg; return true;
    case KEY_CLASSIFIER_BIAS: j->bias = optarg; return true;
    case KEY_LOGITS: j->logits = optarg; return true;
    case KEY_LAYER: read_layer(j); return true;
    case KEY_CLASSES: j->class_count = option_whole(j->self, option, 1, INT32_MAX); return true;
    case KEY_CONVENTION: read_convention(j); return true;
    case KEY_SCATTER: j->scatter = option_choice(j->self, option, scatters); return true;
    case KEY_ONE_PASS: j->one_pass = true; return true;
    case KEY_THREADS: j->threads = (int32_t)option_whole(j->self, option, 1, 256); return true;
    case KEY_SAVE: j->save = optarg; return true;
    case KEY_MERGE: j->merging = true; return true;
    case KEY_THEORY: j->theory = option_choice(j->self, option, losses); return true;
    default: return false;
    }
}

static void check_options(const job *j)
{
    const program *self = j->self;
    if (!j->merging && (j->features == NULL || j->labels == NULL))
        stop(self, EXIT_USAGE, "--features and --labels must be given; --help lists the options");
    if (j->merging && (j->features != NULL || j->labels != NULL || j->layer_count > 1))
        stop(self, EXIT_USAGE, "--merge: takes kept statistics, no features, labels or layers");
    if (j->merging && j->state_count == 0)
        stop(self, EXIT_USAGE, "--merge: must be followed by the files to merge");
    if (!j->merging && j->state_count > 0)
        stop(self, EXIT_USAGE, "%s: not an option; --help lists the options", j->states[0]);
    if (j->bias != NULL && j->classifier == NULL)
        stop(self, EXIT_USAGE, "--bias: must come with --classifier");
    if (j->logits != NULL && j->classifier != NULL)
        stop(self, EXIT_USAGE, "--logits: must not come with --classifier");
    if (j->save != NULL && j->layer_count > 1)
        stop(self, EXIT_USAGE, "--save: keeps one layer: must come without --layer");
    if (j->theory >= 0 && j->classifier == NULL)
        stop(self, EXIT_USAGE, "--theory: must come with --classifier");
}

/* ---- sources ---- */

/* Labels are read twice rather than kept. */
static int64_t count_classes(const job *j)
{
    enum { PART = 1 << 16 };
    int64_t *labels = allocate(j->self, PART, sizeof *labels), largest = 0;
    for (int64_t begin = 0; begin < j->samples; begin += PART) {
        const int64_t count = j->samples - begin < PART ? j->samples - begin : PART;
        shards_read_integers(j->self, &j->label_source, begin, count, labels);
        for (int64_t i = 0; i < count; i++)
            largest = labels[i] > largest ? labels[i] : largest;
    }
    free(labels);
    return largest + 1;
}

static void open_sources(job *j)
{
    const program *self = j->self;
    j->label_source = shards_open(self, "labels", j->labels);
    j->samples = j->label_source.rows;
    if (j->label_source.cols != 1)
        stop(self, EXIT_FAILURE, "--labels = %s: has %lld columns: must be 1", j->labels,
             (long long)j->label_source.cols);
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        at->features = shards_open(self, l == 0 ? "features" : "layer", at->features.name);
        at->width = at->features.cols;
        if (at->features.rows != j->samples)
            stop(self, EXIT_FAILURE, "%s has %lld rows, %s %lld: must be one label for each row",
                 at->features.name, (long long)at->features.rows, j->labels, (long long)j->samples);
    }
    if (j->samples == 0)
        stop(self, EXIT_FAILURE, "--labels = %s: is empty", j->labels);
    if (j->class_count == 0)
        j->class_count = count_classes(j);
    if (j->logits == NULL)
        return;
    j->logit_source = shards_open(self, "logits", j->logits);
    if (j->logit_source.rows != j->samples || j->logit_source.cols != j->class_count)
        stop(self, EXIT_FAILURE, "--logits = %s: is %lld x %lld: must be N x K = %lld x %lld",
             j->logits, (long long)j->logit_source.rows, (long long)j->logit_source.cols,
             (long long)j->samples, (long long)j->class_count);
}

/* A matrix that must be rows x cols; a vector counts as either. */
static double *read_matrix(const program *self, const char *option, const char *name, int64_t rows,
                           int64_t cols)
{
    shards s = shards_open(self, option, name);
    if (s.rows * s.cols != rows * cols || (s.rows != rows && s.cols != 1 && s.rows != 1))
        stop(self, EXIT_FAILURE, "--%s = %s: is %lld x %lld: must be %lld x %lld", option, name,
             (long long)s.rows, (long long)s.cols, (long long)rows, (long long)cols);
    double *values = allocate(self, (size_t)(rows * cols), sizeof *values);
    shards_read(self, &s, 0, s.rows, LIBNC_FLOAT64, values);
    shards_close(&s);
    return values;
}

static void read_classifiers(job *j)
{
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        if (at->classifier_name != NULL)
            at->classifier = read_matrix(j->self, l == 0 ? "classifier" : "layer",
                                         at->classifier_name, j->class_count, at->width);
    }
    if (j->bias != NULL)
        j->bias_values = read_matrix(j->self, "bias", j->bias, j->class_count, 1);
}

/* ---- passes ---- */

/* Rows of one pass over one layer, with what they cost so far. */
typedef struct pass {
    progress_line line;
    double begin;
    int64_t done, total, row_bytes;
} pass;

static void show_rate(pass *p)
{
    const double seconds = clock_seconds() - p->begin;
    const double rate = seconds > 0 ? (double)p->done / seconds : 0;
    const double left = rate > 0 ? (double)(p->total - p->done) / rate : 0;
    char words[80];
    snprintf(words, sizeof words, "rows  %.1f MB/s  %d:%02d left   ",
             1e-6 * rate * (double)p->row_bytes, (int)(left / 60), (int)left % 60);
    progress_show(&p->line, p->done, p->total, words);
}

static int64_t batch_rows(const job *j, const layer *at, size_t scalar_size)
{
    int64_t rows = (int64_t)(BATCH_BYTES / scalar_size) / at->width;
    if (j->logits != NULL && (int64_t)(BATCH_BYTES / sizeof(float)) / j->class_count < rows)
        rows = (int64_t)(BATCH_BYTES / sizeof(float)) / j->class_count;
    if (rows < 16)
        rows = 16;
    return rows < j->samples ? rows : j->samples;
}

/* The library numbers the rows of a batch; the reader of a message those of the file. */
static void stop_at_batch(const job *j, const layer *at, int64_t begin)
{
    stop(j->self, EXIT_FAILURE, "%s, rows from %lld on: %s", at->features.name, (long long)begin,
         libnc_context_error(j->self->context));
}

static void run_pass(const job *j, const layer *at, pass *p)
{
    const int32_t scalar = shards_scalar(&at->features);
    const size_t scalar_size = scalar == LIBNC_FLOAT32 ? sizeof(float) : sizeof(double);
    const int64_t rows = batch_rows(j, at, scalar_size);
    void *features = allocate(j->self, (size_t)(rows * at->width), scalar_size);
    int64_t *labels = allocate(j->self, (size_t)rows, sizeof *labels);
    float *logits = j->logits == NULL
                        ? NULL
                        : allocate(j->self, (size_t)(rows * j->class_count), sizeof *logits);
    p->row_bytes = at->width * (int64_t)scalar_size;
    for (int64_t begin = 0; begin < j->samples; begin += rows) {
        const int64_t count = j->samples - begin < rows ? j->samples - begin : rows;
        libnc_status status;
        shards_read(j->self, &at->features, begin, count, scalar, features);
        shards_read_integers(j->self, &j->label_source, begin, count, labels);
        if (logits != NULL) {
            shards_read(j->self, &j->logit_source, begin, count, LIBNC_FLOAT32, logits);
            status = libnc_accumulator_update_logits(at->accumulator, features, scalar, count,
                                                     at->width, labels, LIBNC_LABEL_INT64, logits,
                                                     LIBNC_FLOAT32, j->class_count);
        } else {
            status = libnc_accumulator_update(at->accumulator, features, scalar, count, at->width,
                                              labels, LIBNC_LABEL_INT64);
        }
        if (status < 0)
            stop_at_batch(j, at, begin);
        p->done += count;
        show_rate(p);
    }
    free(logits);
    free(labels);
    free(features);
}

static int scatter_of(const job *j, const layer *at)
{
    if (j->scatter >= 0)
        return j->scatter;
    if (at->width <= LARGEST_FULL)
        return LIBNC_SCATTER_FULL;
    return j->one_pass ? LIBNC_SCATTER_NONE : LIBNC_SCATTER_PROJECTED;
}

static void accumulate(job *j)
{
    pass p = {.line = progress_begin(j->self),
              .begin = clock_seconds(),
              .total = j->samples * j->layer_count * (j->one_pass ? 1 : 2)};
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        require(j->self, libnc_accumulator_create(&at->accumulator, j->self->context,
                                                  j->class_count, at->width));
        require(j->self, libnc_options_set_int64(libnc_accumulator_options(at->accumulator),
                                                 LIBNC_ACCUMULATOR_SCATTER, scatter_of(j, at)));
        run_pass(j, at, &p);
        if (j->one_pass)
            continue;
        require(j->self, libnc_accumulator_begin_second_pass(
                             at->accumulator, at->classifier,
                             at->classifier == NULL ? NULL : j->bias_values, LIBNC_FLOAT64));
        run_pass(j, at, &p);
    }
    progress_end(&p.line);
}

/* Kept statistics: the first file, and the others merged into it. */
static void merge_states(job *j)
{
    layer *at = &j->layers[0];
    at->name = "features";
    for (int i = 0; i < j->state_count; i++) {
        libnc_accumulator *next = NULL;
        require(j->self, libnc_accumulator_load(&next, j->self->context, j->states[i]));
        if (i == 0) {
            at->accumulator = next;
            continue;
        }
        if (libnc_accumulator_merge(at->accumulator, next) < 0)
            stop(j->self, EXIT_FAILURE, "--merge: %s: %s", j->states[i],
                 libnc_context_error(j->self->context));
        libnc_accumulator_destroy(next);
    }
    at->width = libnc_accumulator_width(at->accumulator);
    j->class_count = libnc_accumulator_classes(at->accumulator);
    j->samples = libnc_accumulator_samples(at->accumulator);
}

/* ---- the report ---- */

static void measure(job *j)
{
    const libnc_accumulator *accumulators[MAX_LAYERS];
    const double *classifiers[MAX_LAYERS];
    for (int32_t l = 0; l < j->layer_count; l++) {
        accumulators[l] = j->layers[l].accumulator;
        classifiers[l] = j->layers[l].classifier;
    }
    require(j->self, libnc_report_create(&j->report, j->self->context));
    require(j->self, libnc_report_set_convention(j->report, j->convention));
    require(j->self, libnc_report_measure_features(j->report, accumulators, classifiers,
                                                   j->bias_values, j->layer_count));
}

/* The geometry of the decays that fit best, and the distances from it. */
static void compare(job *j)
{
    const program *self = j->self;
    libnc_classes *classes = NULL;
    libnc_geometry *geometry = NULL;
    int64_t *counts = allocate(self, (size_t)j->class_count, sizeof *counts);
    require(self,
            libnc_accumulator_counts(j->layers[0].accumulator, counts, (size_t)j->class_count));
    require(self, libnc_classes_from_counts(&classes, self->context, counts, j->class_count));
    require(self, libnc_geometry_create(&geometry, classes, j->layer_count));
    libnc_options *settings = libnc_geometry_options(geometry);
    require(self, libnc_options_set_text(settings, "loss", j->theory == 0 ? "mse" : "ce"));
    require(self, libnc_options_set_int64(settings, LIBNC_GEOMETRY_BIAS, j->bias_values != NULL));
    require(self, libnc_report_fit_decay(j->report, geometry, &j->fitted, &j->fit_distance));
    if (isfinite(j->fitted)) { /* all of the product in the features' decay: angles are the same */
        const double one = 1;
        require(self, libnc_geometry_set_weight_decay(geometry, &one, 1));
        require(self, libnc_options_set_double(settings, LIBNC_GEOMETRY_FEATURE_DECAY, j->fitted));
        require(self, libnc_geometry_solve(geometry));
        require(self, libnc_report_compare(j->report, geometry, (double)NAN));
    }
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    free(counts);
}

/* NaN where the library has no such number. */
static double metric_of(const job *j, int32_t metric, int32_t layer_number)
{
    double value = NAN;
    if (libnc_report_value(j->report, metric, layer_number, &value) < 0)
        return NAN;
    return value;
}

/* ---- output: text ---- */

typedef struct printed {
    int32_t metric;
    const char *words;
} printed;

static const printed table[] = {
    {LIBNC_METRIC_NC1, "tr(Sigma_W Sigma_B^+)/K"},
    {LIBNC_METRIC_NC1_QUOTIENT, "tr Sigma_W / tr Sigma_B"},
    {LIBNC_METRIC_CDNV, "class-distance normalised variance"},
    {LIBNC_METRIC_EQUINORM_FEATURES, "std/mean of the lengths of centred means"},
    {LIBNC_METRIC_EQUINORM_CLASSIFIER, "the same of classifier rows"},
    {LIBNC_METRIC_EQUIANGULAR_FEATURES, "mean |cos + 1/(K-1)| of centred means"},
    {LIBNC_METRIC_EQUIANGULAR_CLASSIFIER, "the same of classifier rows"},
    {LIBNC_METRIC_ETF_FEATURES, "distance of means from a simplex ETF"},
    {LIBNC_METRIC_ETF_CLASSIFIER, "distance of rows from a simplex ETF"},
    {LIBNC_METRIC_OF_FEATURES, "distance of means from an orthogonal frame"},
    {LIBNC_METRIC_OF_CLASSIFIER, "distance of rows from an orthogonal frame"},
    {LIBNC_METRIC_UNIFORMITY_FEATURES, "mean log 1/distance of unit means"},
    {LIBNC_METRIC_ETF_PRODUCT, "distance of W Hbar from a simplex ETF"},
    {LIBNC_METRIC_DUALITY, "||nz(W) - nz(Hbar^T)||"},
    {LIBNC_METRIC_NC4, "decisions that are the nearest class mean"},
    {LIBNC_METRIC_ACCURACY, "accuracy of the classifier"},
    {LIBNC_METRIC_NEAREST_ACCURACY, "accuracy of the nearest class mean"},
    {LIBNC_METRIC_RANK_FEATURES, "numerical rank of the centred means"},
    {LIBNC_METRIC_PREDICTED_FEATURES, "distance of means from the prediction"},
    {LIBNC_METRIC_PREDICTED_CLASSIFIER, "distance of rows from the prediction"},
    {LIBNC_METRIC_PREDICTED_PRODUCT, "distance of W Hbar from the prediction"},
};
enum { PRINTED = sizeof table / sizeof *table };

static void print_metrics(const job *j)
{
    printf("%-26s", "metric");
    for (int32_t l = 0; l < j->layer_count; l++)
        printf("  %13s", j->layers[l].name);
    printf("  definition\n");
    for (int i = 0; i < PRINTED; i++) {
        bool known = false;
        for (int32_t l = 1; l <= j->layer_count; l++)
            known = known || !isnan(metric_of(j, table[i].metric, l));
        if (!known)
            continue;
        printf("%-26s", libnc_metric_name(table[i].metric));
        for (int32_t l = 1; l <= j->layer_count; l++) {
            const double value = metric_of(j, table[i].metric, l);
            if (isnan(value))
                printf("  %13s", "-");
            else
                printf("  %13.6g", value);
        }
        const char *formula = libnc_convention_formula(j->convention, table[i].metric);
        printf("  %s\n", formula != NULL ? formula : table[i].words);
    }
}

static void print_diagnostics(const job *j)
{
    for (int32_t l = 1; l <= j->layer_count; l++) {
        int64_t flags = 0;
        require(j->self, libnc_report_diagnostics(j->report, l, &flags));
        for (int64_t bit = 1; bit > 0 && bit <= flags; bit *= 2) {
            char text[256];
            if ((flags & bit) == 0)
                continue;
            require(j->self, libnc_report_diagnostic_text(j->report, l, bit, text, sizeof text));
            printf("note, %s: %s\n", j->layers[l - 1].name, text);
        }
    }
}

enum { CLASS_COLUMNS = 9 };

static const int32_t class_vectors[CLASS_COLUMNS] = {
    LIBNC_CLASS_COUNT,    LIBNC_CLASS_CENTRED_NORM,     LIBNC_CLASS_CLASSIFIER_NORM,
    LIBNC_CLASS_LOGIT,    LIBNC_CLASS_VARIABILITY,      LIBNC_CLASS_COSINE,
    LIBNC_CLASS_ACCURACY, LIBNC_CLASS_NEAREST_ACCURACY, LIBNC_CLASS_AGREEMENT};
static const char *const class_names[CLASS_COLUMNS + 1] = {
    "class",       "count",  "centred_norm", "row_norm",         "logit",
    "variability", "cosine", "accuracy",     "nearest_accuracy", "nc4"};

/* K rows of CLASS_COLUMNS + 1 numbers; the caller frees them. */
static double *class_table(const job *j, int32_t layer_number)
{
    const size_t K = (size_t)j->class_count;
    double *rows = allocate(j->self, K * (CLASS_COLUMNS + 1), sizeof *rows);
    double *column = allocate(j->self, K, sizeof *column);
    for (int c = 0; c < CLASS_COLUMNS; c++) {
        require(j->self, libnc_report_vector(j->report, class_vectors[c], layer_number, column, K));
        for (size_t k = 0; k < K; k++) {
            rows[k * (CLASS_COLUMNS + 1)] = (double)k;
            rows[k * (CLASS_COLUMNS + 1) + (size_t)c + 1] = column[k];
        }
    }
    free(column);
    return rows;
}

static void print_classes(const job *j)
{
    enum { MOST = 20 };
    if (j->class_count > MOST)
        return;
    double *rows = class_table(j, 1);
    putchar('\n');
    table_header(class_names, CLASS_COLUMNS + 1);
    for (int64_t k = 0; k < j->class_count; k++)
        table_row(class_names, CLASS_COLUMNS + 1, k, rows + k * (CLASS_COLUMNS + 1) + 1);
    free(rows);
}

static void print_text(const job *j)
{
    printf("%lld samples of %lld classes, width %lld, convention %s\n", (long long)j->samples,
           (long long)j->class_count, (long long)j->layers[0].width,
           libnc_convention_name(j->convention));
    if (j->theory >= 0)
        printf("best fitting decay product %.6g, distance %.6g\n", j->fitted, j->fit_distance);
    putchar('\n');
    print_metrics(j);
    print_classes(j);
    putchar('\n');
    print_diagnostics(j);
}

/* ---- output: JSON; every value has one entry per layer ---- */

static void json_layers(json_writer *json, const job *j)
{
    json_key(json, "layers");
    for (int32_t l = 0; l < j->layer_count; l++)
        printf("%s\"%s\"", l > 0 ? ", " : "[", j->layers[l].name);
    fputc(']', stdout);
    json_key(json, "width");
    for (int32_t l = 0; l < j->layer_count; l++)
        printf("%s%lld", l > 0 ? ", " : "[", (long long)j->layers[l].width);
    fputc(']', stdout);
}

static void json_notes(json_writer *json, const job *j)
{
    json_key(json, "notes");
    for (int32_t l = 1; l <= j->layer_count; l++) {
        int64_t flags = 0;
        bool first = true;
        require(j->self, libnc_report_diagnostics(j->report, l, &flags));
        fputs(l > 1 ? ", [" : "[[", stdout);
        for (int64_t bit = 1; bit > 0 && bit <= flags; bit *= 2) {
            char text[256];
            if ((flags & bit) == 0)
                continue;
            require(j->self, libnc_report_diagnostic_text(j->report, l, bit, text, sizeof text));
            printf("%s\"%s\"", first ? "" : ", ", text);
            first = false;
        }
        fputc(']', stdout);
    }
    fputc(']', stdout);
}

static void print_json(const job *j)
{
    json_writer json = {.file = stdout};
    const size_t K = (size_t)j->class_count;
    double values[MAX_LAYERS], *counts = allocate(j->self, K, sizeof *counts);
    json_whole(&json, "samples", j->samples);
    json_whole(&json, "classes", j->class_count);
    json_text(&json, "convention", libnc_convention_name(j->convention));
    json_layers(&json, j);
    require(j->self, libnc_report_vector(j->report, LIBNC_CLASS_COUNT, 1, counts, K));
    json_array(&json, "counts", counts, j->class_count);
    for (int32_t m = 1; m <= libnc_metric_count(); m++) {
        for (int32_t l = 0; l < j->layer_count; l++)
            values[l] = metric_of(j, m, l + 1);
        json_array(&json, libnc_metric_name(m), values, j->layer_count);
    }
    if (j->theory >= 0) {
        json_number(&json, "fitted_decay_product", j->fitted);
        json_number(&json, "fitted_distance", j->fit_distance);
    }
    json_notes(&json, j);
    json_end(&json);
    free(counts);
}

/* ---- output: files, of the first layer ---- */

enum { BINS = 100, SPECTRUM = 2048 };

static void write_metrics(const job *j)
{
    FILE *file = open_output(j->self, "metrics.tsv");
    fputs("# metric", file);
    for (int32_t l = 0; l < j->layer_count; l++)
        fprintf(file, "\t%s", j->layers[l].name);
    fputc('\n', file);
    for (int32_t m = 1; m <= libnc_metric_count(); m++) {
        fputs(libnc_metric_name(m), file);
        for (int32_t l = 1; l <= j->layer_count; l++)
            fprintf(file, "\t%.12g", metric_of(j, m, l));
        fputc('\n', file);
    }
    close_output(j->self, file);
}

/* Eigenvalues of Sigma_B and, with the full scatter, Sigma_W. */
static bool write_spectrum(const job *j)
{
    static const char *const names[] = {"index", "sigma_b", "sigma_w"};
    enum { NAMES = 3 };
    const layer *at = &j->layers[0];
    const int64_t count = at->width < SPECTRUM ? at->width : SPECTRUM;
    double *between = allocate(j->self, (size_t)at->width, sizeof *between);
    double *within = allocate(j->self, (size_t)at->width, sizeof *within);
    double *rows = allocate(j->self, (size_t)(count * NAMES), sizeof *rows);
    require(j->self, libnc_report_spectrum(j->report, 1, between, (size_t)at->width));
    const bool full =
        libnc_accumulator_spectrum(at->accumulator, within, (size_t)at->width) == LIBNC_OK;
    for (int64_t i = 0; i < count; i++) {
        rows[i * NAMES] = (double)(i + 1);
        rows[i * NAMES + 1] = between[i];
        rows[i * NAMES + 2] = full ? within[i] : (double)NAN;
    }
    write_tsv(j->self, "spectrum.tsv", names, NAMES, rows, count);
    free(rows);
    free(within);
    free(between);
    return full;
}

/* Histogram of the cosines of all pairs: share of pairs per bin, over the middles of the bins. */
static void write_cosines(const job *j)
{
    static const char *const names[] = {"cosine", "centred_means", "classifier_rows"};
    enum { NAMES = 3 };
    int64_t bins[2][BINS];
    double rows[BINS * NAMES], total[2] = {0, 0};
    const bool has_rows = j->layers[0].classifier != NULL;
    memset(bins, 0, sizeof bins);
    require(j->self, libnc_report_cosine_histogram(j->report, 0, 1, bins[0], BINS));
    if (has_rows)
        require(j->self, libnc_report_cosine_histogram(j->report, 1, 1, bins[1], BINS));
    for (int i = 0; i < BINS; i++)
        for (int side = 0; side < 2; side++)
            total[side] += (double)bins[side][i];
    for (int i = 0; i < BINS; i++) {
        rows[i * NAMES] = -1 + (i + 0.5) * 2 / BINS;
        for (int side = 0; side < 2; side++)
            rows[i * NAMES + 1 + side] =
                total[side] > 0 ? (double)bins[side][i] / total[side] : (double)NAN;
    }
    write_tsv(j->self, "cosines.tsv", names, NAMES, rows, BINS);
}

static void write_gram(const job *j, int32_t matrix, const char *name)
{
    const size_t size = (size_t)(j->class_count * j->class_count);
    double *gram = allocate(j->self, size, sizeof *gram);
    require(j->self, libnc_report_matrix(j->report, matrix, 1, gram, size));
    write_matrix_tsv(j->self, name, gram, j->class_count);
    free(gram);
}

static void script_spectrum(FILE *file, bool within)
{
    fputs("\nset terminal svg size 660,560 enhanced font font background rgb \"white\"\n"
          "set output \"spectrum.svg\"\n"
          "set title \"eigenvalues of the covariances\" font title_font\n"
          "set xlabel \"index\"\nset ylabel \"eigenvalue\"\nset logscale xy\n"
          "set format xy \"10^{%L}\"\nset grid ls 9\nset key below Left reverse samplen 3\n"
          "# What is below rounding of the largest is not shown.\n"
          "stats \"spectrum.tsv\" using (column(2)) name \"between\" nooutput\n"
          "set yrange [1e-16*between_max:*]\n"
          "plot \"spectrum.tsv\" using 1:($2 > 0 ? $2 : NaN) with points ls 2 "
          "title \"between classes\"",
          file);
    if (within)
        fputs(", \\\n     \"\" using 1:($3 > 0 ? $3 : NaN) with points ls 4 "
              "title \"within classes\"",
              file);
    fputs("\nunset logscale\nset format\nset yrange [*:*]\n", file);
}

static void script_cosines(FILE *file, int64_t class_count, bool has_rows)
{
    fprintf(file,
            "\nset output \"cosines.svg\"\n"
            "set title \"cosines of pairs of classes; dashed: -1/(K-1)\" font title_font\n"
            "set xlabel \"cosine\"\nset ylabel \"share of pairs\"\nset xrange [-1:1]\n"
            "set yrange [0:*]\n"
            "set arrow from first %.12g, graph 0 to first %.12g, graph 1 nohead "
            "lc rgb \"#606060\" dt 2 lw 2\n"
            "plot \"cosines.tsv\" using 1:2 with boxes lc rgb \"#a8ccdd\" fs solid "
            "title \"centred class means\"",
            -1.0 / (double)(class_count - 1), -1.0 / (double)(class_count - 1));
    if (has_rows)
        fputs(", \\\n     \"\" using 1:3 with histeps ls 1 lw 2 "
              "title \"classifier rows\"",
              file);
    fputs("\nunset arrow\nset xrange [*:*]\n", file);
}

static void script_norms(FILE *file, bool has_rows)
{
    fputs("\nset output \"norms.svg\"\n"
          "set title \"lengths by class\" font title_font\n"
          "set xlabel \"samples of the class, n_k\"\nset ylabel \"length\"\n"
          "set offsets graph 0.05, graph 0.05, graph 0.05, 0\n"
          "plot \"classes.tsv\" using 2:3 with points ls 3 title \"centred class mean\"",
          file);
    if (has_rows)
        fputs(", \\\n     \"\" using 2:4 with points ls 2 title \"classifier row\"", file);
    fputs("\nset offsets\nset yrange [*:*]\n", file);
}

static void write_report(const job *j)
{
    const bool has_rows = j->layers[0].classifier != NULL;
    const bool grams = j->class_count <= MAX_GRAM_CLASSES;
    double *rows = class_table(j, 1);
    write_metrics(j);
    write_tsv(j->self, "classes.tsv", class_names, CLASS_COLUMNS + 1, rows, j->class_count);
    free(rows);
    const bool within = write_spectrum(j);
    if (j->class_count > 1)
        write_cosines(j);
    if (grams && has_rows)
        write_gram(j, LIBNC_GRAM_CLASSIFIER, "gram_classifier_measured.tsv");
    if (grams)
        write_gram(j, LIBNC_GRAM_CENTRED, "gram_features_measured.tsv");
    const figure_set set = {
        .title = "measured collapse", .class_count = j->class_count, .measured = grams && has_rows};
    FILE *file = open_output(j->self, SCRIPT_NAME);
    script_begin(file, &set);
    script_spectrum(file, within);
    if (j->class_count > 1)
        script_cosines(file, j->class_count, has_rows);
    script_norms(file, has_rows);
    script_grams(file, &set);
    close_output(j->self, file);
    draw_script(j->self);
}

/* ---- main ---- */

static void release(job *j)
{
    libnc_report_destroy(j->report);
    for (int32_t l = 0; l < j->layer_count; l++) {
        libnc_accumulator_destroy(j->layers[l].accumulator);
        free(j->layers[l].classifier);
        shards_close(&j->layers[l].features);
    }
    shards_close(&j->label_source);
    shards_close(&j->logit_source);
    free(j->bias_values);
}

int main(int argc, char **argv)
{
    program self = {
        .name = "measure",
        .summary = "Measures the neural collapse of features that any program saved.\n\n"
                   "  measure --features f.npy --labels y.npy --classifier w.npy --bias b.npy\n\n"
                   "FILE is .npy, .npz, safetensors, IDX or CIFAR binary, FILE:MEMBER an array in "
                   "it, and a\npattern such as 'part*.npy' all files that match, in the order of "
                   "their names.\n",
        .defaults = "two passes, the definitions of the library",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .takes_operands = true};
    job j = {.self = &self,
             .convention = LIBNC_CONVENTION_DEFAULT,
             .scatter = -1,
             .theory = -1,
             .layer_count = 1};
    const option_spec *option;
    while ((option = next_option(&self, argc, argv)) != NULL)
        if (!common_option(&self, option) && !job_option(&j, option))
            unhandled(&self, option);
    j.states = argv + optind;
    j.state_count = argc - optind;
    check_options(&j);
    program_begin(&self);
    if (self.out != NULL) /* a folder that can not be made is known before anything is read */
        make_directory(&self, self.out);
    if (j.threads == 0)
        j.threads = (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
    require(&self, libnc_context_set_threads(self.context, j.threads > 0 ? j.threads : 1));
    if (j.merging) {
        merge_states(&j);
        if (j.classifier != NULL) {
            j.layers[0].classifier_name = j.classifier;
            read_classifiers(&j);
        }
    } else {
        j.layers[0] = (layer){
            .name = "features", .features.name = j.features, .classifier_name = j.classifier};
        open_sources(&j);
        read_classifiers(&j);
        accumulate(&j);
    }
    if (j.save != NULL)
        require(&self, libnc_accumulator_save(j.layers[0].accumulator, j.save));
    measure(&j);
    if (j.theory >= 0)
        compare(&j);
    if (self.json)
        print_json(&j);
    else
        print_text(&j);
    if (self.out != NULL)
        write_report(&j);
    release(&j);
    return program_end(&self);
}
