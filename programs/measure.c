/* SPDX-License-Identifier: MIT
 *
 * cc measure.c $(pkg-config --cflags --libs libnc) -o measure
 *
 * Measures the collapse of features that any program saved: NC1 to NC4 and their relatives, per
 * class and per layer, under a named convention (doc/metrics.md), in two passes over files of any
 * size. doc/measuring.md is the guide.
 */
#include "label_set.h"
#include "measured.h"
#include "shards.h"

enum {
    KEY_FEATURES = 300,
    KEY_LABELS,
    KEY_CLASSIFIER,
    KEY_CLASSIFIER_BIAS,
    KEY_LOGITS,
    KEY_LAYER,
    KEY_CLASSES,
    KEY_IGNORE,
    KEY_BFLOAT16,
    KEY_POOL,
    KEY_CONVENTION,
    KEY_SCATTER,
    KEY_PRECISION,
    KEY_ONE_PASS,
    KEY_THREADS,
    KEY_SAVE,
    KEY_MERGE,
    KEY_SECOND_PASS,
    KEY_THEORY,
    KEY_HEAD_DEPTH
};

/* clang-format off */
static const option_spec options[] = {
    {KEY_FEATURES, "features", "FILE", "features, N x d"},
    {KEY_LABELS, "labels", "FILE", "labels, N of them; those with gaps are numbered anew"},
    {KEY_CLASSIFIER, "classifier", "FILE", "last layer's weights W, K x d"},
    {KEY_CLASSIFIER_BIAS, "bias", "FILE", "its bias b, K of them"},
    {KEY_LOGITS, "logits", "FILE", "logits, N x K, in place of a classifier"},
    {KEY_LAYER, "layer", "NAME=FILE[,W[,B]]", "one more layer's features, classifier and bias"},
    {KEY_CLASSES, "classes", "K", "labels are 0 .. K-1, and all K are classes"},
    {KEY_IGNORE, "ignore", "LABEL", "leave out samples of this label, such as -100 or 255"},
    {KEY_BFLOAT16, "bfloat16", NULL, "read 2-byte integers and raw bytes as bfloat16"},
    {KEY_POOL, "pool", "mean|mean-last", "maps become channel means; -last: channels are last"},
    {KEY_CONVENTION, "convention", "NAME", "whose definitions (default); \"list\" lists them"},
    {KEY_SCATTER, "scatter", "full|projected|none", "S_W as d x d, or where means differ (by d)"},
    {KEY_PRECISION, "precision", "input|float64", "products of float32 features (input)"},
    {KEY_ONE_PASS, "one-pass", NULL, "do without nearest class means (NC4)"},
    {KEY_THREADS, "threads", "T", "threads (all processors)"},
    {KEY_SAVE, "save", "FILE.ncs", "keep the statistics"},
    {KEY_MERGE, "merge", NULL, "measure kept statistics together: --merge A.ncs B.ncs ..."},
    {KEY_SECOND_PASS, "second-pass", "FILE.ncs", "second pass only, about the means kept there"},
    {KEY_THEORY, "theory", "mse|ce", "compare with the geometry of the best fitting decays"},
    {KEY_HEAD_DEPTH, "depth", "M", "linear layers of --theory's head, W their product (1)"},
    PLAIN_OPTIONS};
/* clang-format on */

enum {
    BATCH_BYTES = 1 << 24, /* of features, and of logits, read at a time */
    LARGEST_FULL = 4096,   /* widths above take the projected scatter */
    MAX_IGNORED = 16
};

/* Features at one place of a network. */
typedef struct layer {
    const char *name;
    const char *classifier_name, *bias_name; /* NULL: none */
    shards features;
    double *classifier; /* K x d, or NULL */
    double *bias;       /* K: its own, beside the first layer's, or NULL */
    libnc_accumulator *accumulator;
    libnc_report *alone; /* what its own bias changes, or NULL */
    note_list notes;
} layer;

typedef struct job {
    program self;
    const char *features, *labels, *classifier, *bias, *logits;
    const char *save, *first_pass; /* first_pass: the file of --second-pass */
    layer layers[MAX_LAYERS];
    int32_t layer_count;
    shards label_source, logit_source;
    double *bias_values;          /* K, or NULL */
    int64_t class_count, samples; /* samples: rows of the label file */
    int64_t kept, largest;        /* of these, not ignored; their largest label */
    int64_t ignored[MAX_IGNORED];
    int ignored_count;
    label_set present; /* labels that occur, where they decide the classes */
    bool numbered;     /* class k is the label present.values[k]; else labels are classes */
    int32_t convention;
    int scatter, precision, theory, pool; /* -1: not given */
    bool one_pass, merging, bfloat16;
    int64_t retyped, pooled; /* files and layers that --bfloat16 and --pool have changed */
    int64_t threads;         /* 0: all */
    int64_t depth;           /* of the head, for --theory; 0: not given */
    char **states;           /* files of --merge */
    int state_count;
} job;

/* ---- options ---- */

static void list_conventions(program *self)
{
    for (int32_t i = 1; i <= libnc_convention_count(); i++)
        printf("%-12s  %s\n", libnc_convention_name(i), libnc_convention_source(i));
    exit(program_end(self));
}

static int32_t read_convention(program *self)
{
    if (strcmp(optarg, "list") == 0)
        list_conventions(self);
    const int32_t convention = libnc_convention_index(optarg);
    if (convention == 0)
        stop(self, EXIT_USAGE, "--convention = %s: not known; --convention list names them all",
             optarg);
    return convention;
}

/* Names stand in JSON as they are. */
static bool plain_name(const char *name)
{
    if (*name == '\0')
        return false;
    for (; *name != '\0'; name++)
        if (*name < ' ' || *name > '~' || *name == '"' || *name == '\\')
            return false;
    return true;
}

/* Cuts the text at commas into at most so many sources that are there, and as many as that gives:
 * names of files and members may have commas too. How many; 0, and no cut, if there is none. */
static int cut_sources(const program *self, char *text, char **parts, int most)
{
    const bool is_file = access(text, F_OK) == 0;
    char *comma = most > 1 && !is_file ? strchr(text, ',') : NULL;
    parts[0] = text;
    for (; comma != NULL; comma = strchr(comma + 1, ',')) {
        *comma = '\0';
        const int rest =
            names_source(self, text) ? cut_sources(self, comma + 1, parts + 1, most - 1) : 0;
        if (rest > 0)
            return rest + 1;
        *comma = ',';
    }
    return names_source(self, text) ? 1 : 0;
}

/* FILE[,W[,B]]; where they are not all there, at the first commas, so that messages name each. */
static void split_layer(const program *self, char *text, char *parts[3])
{
    const int count = cut_sources(self, text, parts, 3);
    for (int i = count > 0 ? count : 1; i < 3; i++) {
        parts[i] = count == 0 && parts[i - 1] != NULL ? strchr(parts[i - 1], ',') : NULL;
        if (parts[i] != NULL)
            *parts[i]++ = '\0';
    }
}

/* NAME=FILE[,CLASSIFIER[,BIAS]]; the text is split in place. */
static void read_layer(job *j)
{
    const program *self = &j->self;
    char *equals = strchr(optarg, '='), *parts[3];
    if (equals == NULL || equals == optarg || equals[1] == '\0')
        stop(self, EXIT_USAGE,
             "--layer = %s: must be NAME=FILE, NAME=FILE,CLASSIFIER or "
             "NAME=FILE,CLASSIFIER,BIAS",
             optarg);
    if (j->layer_count == MAX_LAYERS)
        stop(self, EXIT_USAGE, "--layer: at most %d layers", MAX_LAYERS - 1);
    *equals = '\0';
    if (!plain_name(optarg))
        stop(self, EXIT_USAGE, "--layer = %s: NAME must be printable ASCII without \" and \\",
             optarg);
    split_layer(self, equals + 1, parts);
    for (int i = 0; i < 3; i++)
        if (parts[i] != NULL && *parts[i] == '\0')
            stop(self, EXIT_USAGE, "--layer = %s=...: no file may be empty", optarg);
    j->layers[j->layer_count++] = (layer){.name = optarg,
                                          .features.name = parts[0],
                                          .classifier_name = parts[1],
                                          .bias_name = parts[2]};
}

static void read_ignored(job *j, const option_spec *option)
{
    if (j->ignored_count == MAX_IGNORED)
        stop(&j->self, EXIT_USAGE, "--ignore: at most %d labels", MAX_IGNORED);
    j->ignored[j->ignored_count++] = option_whole(&j->self, option, INT64_MIN, INT64_MAX);
}

static bool job_option(job *j, const option_spec *option)
{
    static const char *const scatters[] = {"none", "full", "projected", NULL};
    static const char *const precisions[] = {"input", "float64", NULL};
    static const char *const losses[] = {"mse", "ce", NULL};
    static const char *const pools[] = {"mean", "mean-last", NULL};
    program *self = &j->self;
    switch (option->key) {
    case KEY_FEATURES: j->features = optarg; return true;
    case KEY_LABELS: j->labels = optarg; return true;
    case KEY_CLASSIFIER: j->classifier = optarg; return true;
    case KEY_CLASSIFIER_BIAS: j->bias = optarg; return true;
    case KEY_LOGITS: j->logits = optarg; return true;
    case KEY_LAYER: read_layer(j); return true;
    case KEY_CLASSES: j->class_count = option_whole(self, option, 1, INT32_MAX); return true;
    case KEY_IGNORE: read_ignored(j, option); return true;
    case KEY_BFLOAT16: j->bfloat16 = true; return true;
    case KEY_POOL: j->pool = option_choice(self, option, pools); return true;
    case KEY_CONVENTION: j->convention = read_convention(self); return true;
    case KEY_SCATTER: j->scatter = option_choice(self, option, scatters); return true;
    case KEY_PRECISION: j->precision = option_choice(self, option, precisions); return true;
    case KEY_ONE_PASS: j->one_pass = true; return true;
    case KEY_THREADS: j->threads = option_whole(self, option, 1, 256); return true;
    case KEY_SAVE: j->save = optarg; return true;
    case KEY_MERGE: j->merging = true; return true;
    case KEY_SECOND_PASS: j->first_pass = optarg; return true;
    case KEY_THEORY: j->theory = option_choice(self, option, losses); return true;
    case KEY_HEAD_DEPTH: j->depth = option_whole(self, option, 1, 1000); return true;
    default: return false;
    }
}

/* What the kept statistics already say must not be said again. */
static void check_kept(const job *j, const char *option)
{
    const struct {
        bool given;
        const char *name;
    } idle[] = {{j->layer_count > 1, "layer"},
                {j->class_count > 0, "classes"},
                {j->scatter >= 0, "scatter"},
                {j->precision >= 0, "precision"},
                {j->one_pass, "one-pass"}};
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        if (idle[i].given)
            stop(&j->self, EXIT_USAGE, "--%s: must not come with %s", idle[i].name, option);
}

static void check_merge(const job *j)
{
    const program *self = &j->self;
    if (j->features != NULL || j->labels != NULL || j->logits != NULL || j->first_pass != NULL)
        stop(self, EXIT_USAGE, "--merge: takes kept statistics, no features, labels or logits");
    if (j->state_count == 0)
        stop(self, EXIT_USAGE, "--merge: must be followed by the files to merge");
    if (j->ignored_count > 0)
        stop(self, EXIT_USAGE, "--ignore: must not come with --merge");
    check_kept(j, "--merge");
}

static void check_options(const job *j)
{
    const program *self = &j->self;
    if (j->merging)
        check_merge(j);
    else if (j->state_count > 0)
        stop(self, EXIT_USAGE, "%s: not an option; --help lists the options", j->states[0]);
    else if (j->features == NULL || j->labels == NULL)
        stop(self, EXIT_USAGE, "--features and --labels must be given; --help lists the options");
    if (j->first_pass != NULL)
        check_kept(j, "--second-pass");
    if (j->bias != NULL && j->classifier == NULL)
        stop(self, EXIT_USAGE, "--bias: must come with --classifier");
    if (j->logits != NULL && j->classifier != NULL)
        stop(self, EXIT_USAGE, "--logits: must not come with --classifier");
    if (j->save != NULL && j->layer_count > 1)
        stop(self, EXIT_USAGE, "--save: keeps one layer: must come without --layer");
    if (j->theory >= 0 && j->classifier == NULL)
        stop(self, EXIT_USAGE, "--theory: must come with --classifier");
    if (j->depth > 0 && j->theory < 0)
        stop(self, EXIT_USAGE, "--depth: must come with --theory");
}

/* ---- sources ---- */

/* NumPy has no bfloat16: it comes as integers of two bytes, or as raw bytes, of no known type. */
static void take_as_bfloat16(job *j, const shards *s)
{
    for (int64_t i = 0; j->bfloat16 && i < s->count; i++) {
        const int32_t element = libnc_array_element(s->arrays[i]);
        if ((element == 0 || element == LIBNC_ELEMENT_INT16 || element == LIBNC_ELEMENT_UINT16) &&
            libnc_array_set_element(s->arrays[i], LIBNC_ELEMENT_BFLOAT16) == LIBNC_OK)
            j->retyped++;
    }
}

/* Raw bytes are what JAX saves of types that NumPy has no name for. */
static void refuse_raw(const job *j, const char *option, const shards *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        if (libnc_array_element(s->arrays[i]) != 0)
            continue;
        if (libnc_array_set_element(s->arrays[i], LIBNC_ELEMENT_BFLOAT16) == LIBNC_OK)
            stop(&j->self, EXIT_FAILURE,
                 "--%s = %s: has raw elements of 2 bytes, as JAX saves bfloat16: give --bfloat16, "
                 "or save them as float32",
                 option, s->paths[i]);
        stop(&j->self, EXIT_FAILURE,
             "--%s = %s: has raw elements of 1 byte, as JAX saves float8, which --bfloat16 does "
             "not read: save them as float32, or in a safetensors file",
             option, s->paths[i]);
    }
}

/* Says that integers are numbers, where they might be the bits of something else. */
static void note_integers(const job *j, const char *option, const shards *s, note_list *notes)
{
    for (int64_t i = 0; i < s->count; i++) {
        const int32_t element = libnc_array_element(s->arrays[i]);
        if (element > LIBNC_ELEMENT_UINT64)
            continue;
        note_add(&j->self, notes, "--%s is %s: read as whole numbers%s", option,
                 libnc_element_name(element),
                 libnc_element_size(element) == 2 ? "; for the bits of bfloat16 give --bfloat16"
                                                  : "");
        return;
    }
}

/* What is common to sources of numbers that are no labels. */
static shards open_numbers(job *j, const char *option, const char *name, note_list *notes)
{
    shards s = shards_open(&j->self, option, name);
    take_as_bfloat16(j, &s);
    refuse_raw(j, option, &s);
    note_integers(j, option, &s, notes);
    return s;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The rows of a source and the labels belong together by their order alone. Where files are cut in
 * different ways, and their names can be put in more than one order, that is a guess. */
static void note_order(const job *j, const char *option, const shards *s, note_list *notes)
{
    const shards *labels = &j->label_source, *many = s->count > 1 ? s : labels;
    bool alike = s->count == labels->count;
    for (int64_t i = 0; alike && i < s->count; i++)
        alike = libnc_array_rows(s->arrays[i]) == libnc_array_rows(labels->arrays[i]);
    if (alike || (shards_order_is_plain(s) && shards_order_is_plain(labels)))
        return;
    note_add(&j->self, notes,
             "--%s is in %lld files and --labels in %lld, so that their order decides, which is a "
             "guess: %s, %s%s%s",
             option, (long long)s->count, (long long)labels->count, base_name(many->paths[0]),
             base_name(many->paths[1]),
             many->count > 3   ? ", ..., "
             : many->count > 2 ? ", "
                               : "",
             many->count > 2 ? base_name(many->paths[many->count - 1]) : "");
}

/* Maps, N x C x H x W, become rows of all their numbers, or of means of the channels. */
static void pool_maps(job *j, const char *option, layer *at)
{
    enum { SHOWN = 8 }; /* dimensions */
    shards *s = &at->features;
    const libnc_array *array = s->arrays[0];
    const int32_t dimensions = libnc_array_dimensions(array);
    char shape[24 * SHOWN] = "N";
    if (dimensions < 3)
        return;
    for (int32_t i = 1; i < dimensions && i < SHOWN; i++)
        snprintf(shape + strlen(shape), 24, " x %lld", (long long)libnc_array_dimension(array, i));
    if (j->pool >= 0) {
        shards_pool(&j->self, option, s, j->pool == 1);
        j->pooled++;
        note_add(&j->self, &at->notes, "--%s has maps, %s: columns are means of %lld channels",
                 option, shape, (long long)s->cols);
    } else if (libnc_array_dimension(array, 1) != s->cols) {
        note_add(&j->self, &at->notes,
                 "--%s has maps, %s, flattened to %lld columns: --pool mean takes the mean of each "
                 "channel",
                 option, shape, (long long)s->cols);
    }
}

/* A flag that changes nothing was meant for other data. */
static void check_effects(const job *j)
{
    if (j->bfloat16 && j->retyped == 0)
        stop(&j->self, EXIT_USAGE,
             "--bfloat16: nothing that was given has integers or raw "
             "elements of two bytes: leave it out");
    if (j->pool >= 0 && j->pooled == 0)
        stop(&j->self, EXIT_USAGE,
             "--pool: no features have more than two dimensions: leave it "
             "out");
}

static bool is_ignored(const job *j, int64_t label)
{
    for (int i = 0; i < j->ignored_count; i++)
        if (j->ignored[i] == label)
            return true;
    return false;
}

/* Leaves out labels that are ignored, and returns how many stay. Stops at a label below 0. */
static int64_t keep_labels(const job *j, int64_t begin, int64_t count, int64_t *labels)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = begin + i;
        if (is_ignored(j, labels[i]))
            continue;
        if (labels[i] < 0)
            stop(&j->self, EXIT_FAILURE,
                 "%s, row %lld: is %lld: must be at least 0, or left out with --ignore %lld",
                 j->label_source.paths[shard_of(&j->label_source, &row)], (long long)row,
                 (long long)labels[i], (long long)labels[i]);
        labels[kept++] = labels[i];
    }
    return kept;
}

/* Reads all labels once. They are read again with the features rather than kept. */
static void survey_labels(job *j)
{
    enum { PART = 1 << 16 };
    int64_t *labels = allocate(&j->self, PART, sizeof *labels);
    for (int64_t begin = 0; begin < j->samples; begin += PART) {
        const int64_t count = j->samples - begin < PART ? j->samples - begin : PART;
        shards_read(&j->self, &j->label_source, begin, count, 0, labels);
        const int64_t kept = keep_labels(j, begin, count, labels);
        for (int64_t i = 0; i < kept; i++)
            j->largest = labels[i] > j->largest ? labels[i] : j->largest;
        if (j->class_count == 0)
            label_set_add(&j->self, &j->present, labels, kept);
        j->kept += kept;
    }
    free(labels);
    if (j->kept == 0)
        stop(&j->self, EXIT_FAILURE, "--ignore: leaves no sample of %s", j->labels);
}

/* Rows of the classifiers, or columns of the logits, that were given; 0 for none. */
static int64_t known_classes(const job *j)
{
    int64_t most = 0;
    for (int32_t l = -1; l < j->layer_count; l++) {
        const char *name = l < 0 ? j->logits : j->layers[l].classifier_name;
        if (name == NULL)
            continue;
        shards s = shards_open(&j->self, l < 0 ? "logits" : l == 0 ? "classifier" : "layer", name);
        const int64_t classes = l < 0 ? s.cols : s.rows;
        most = classes > most ? classes : most;
        shards_close(&s);
    }
    return most;
}

/* Labels are classes where they have no gaps, and where a classifier has a row for each label up to
 * the largest; else they are numbered as they occur. Other parts of the data, which kept statistics
 * are merged with, would number theirs in another way. */
static void choose_classes(job *j)
{
    const int64_t count = j->present.count;
    j->numbered = j->largest >= count && known_classes(j) <= j->largest;
    j->class_count = j->numbered ? count : j->largest + 1;
    if (j->numbered && j->save != NULL)
        stop(&j->self, EXIT_FAILURE,
             "--save: %lld labels up to %lld occur in %s, not all: --classes must say what K is",
             (long long)count, (long long)j->largest, j->labels);
    if (j->class_count > INT32_MAX)
        stop(&j->self, EXIT_FAILURE, "--labels = %s: %lld of them occur: must be at most %lld",
             j->labels, (long long)count, (long long)INT32_MAX);
}

/* The class of a label, or -1. */
static int64_t class_of(const job *j, int64_t label)
{
    return j->numbered ? label_set_find(&j->present, label) : label;
}

/* Whether the first row is of zeros and a single one. */
static bool is_one_hot(const job *j, const shards *s)
{
    int64_t ones = 0, others = 0;
    double *row = allocate(&j->self, (size_t)s->cols, sizeof *row);
    if (s->rows > 0)
        shards_read(&j->self, s, 0, 1, LIBNC_FLOAT64, row);
    for (int64_t i = 0; i < s->cols; i++)
        *(row[i] == 1 ? &ones : &others) += row[i] != 0;
    free(row);
    return ones == 1 && others == 0;
}

static void check_label_shape(const job *j)
{
    const shards *s = &j->label_source;
    refuse_raw(j, "labels", s);
    if (s->cols != 1)
        stop(&j->self, EXIT_FAILURE, "--labels = %s: has %lld columns: must be 1%s", j->labels,
             (long long)s->cols,
             s->rows == 1       ? "; save labels.reshape(-1)"
             : is_one_hot(j, s) ? "; they are one-hot: save numpy.argmax(labels, axis=1)"
                                : "");
}

static void open_labels(job *j)
{
    j->label_source = shards_open(&j->self, "labels", j->labels);
    j->samples = j->label_source.rows;
    check_label_shape(j);
    if (j->samples == 0)
        stop(&j->self, EXIT_FAILURE, "--labels = %s: is empty", j->labels);
    survey_labels(j);
    if (j->class_count == 0)
        choose_classes(j);
}

static void open_features(job *j, layer *at, const char *option)
{
    at->features = open_numbers(j, option, at->features.name, &at->notes);
    pool_maps(j, option, at);
    note_order(j, option, &at->features, &at->notes);
    if (at->features.rows != j->samples)
        stop(&j->self, EXIT_FAILURE,
             "--%s = %s: has %lld rows, %s %lld: must be one label for each row", option,
             at->features.name, (long long)at->features.rows, j->labels, (long long)j->samples);
    if (at->features.cols == 0)
        stop(&j->self, EXIT_FAILURE, "--%s = %s: has no columns", option, at->features.name);
}

/* A classifier knows more classes than the labels here: how to say so. */
static const char *classes_hint(const job *j, int64_t classes, char hint[80])
{
    *hint = '\0';
    if (classes > j->class_count && !j->merging && j->first_pass == NULL)
        snprintf(hint, 80, "; if the others have no samples here, give --classes %lld",
                 (long long)classes);
    return hint;
}

static void open_logits(job *j)
{
    char hint[80];
    note_list *notes = &j->layers[0].notes;
    j->logit_source = open_numbers(j, "logits", j->logits, notes);
    if (j->logit_source.rows != j->samples || j->logit_source.cols != j->class_count)
        stop(&j->self, EXIT_FAILURE, "--logits = %s: is %lld x %lld: must be N x K = %lld x %lld%s",
             j->logits, (long long)j->logit_source.rows, (long long)j->logit_source.cols,
             (long long)j->samples, (long long)j->class_count,
             classes_hint(j, j->logit_source.rows == j->samples ? j->logit_source.cols : 0, hint));
    note_order(j, "logits", &j->logit_source, notes);
}

/* Stops at a number that is not finite among rows of a source, in words of their file: they are
 * 0 .. count - 1, or where `rows` says. */
static void check_finite(const job *j, const shards *s, const int64_t *rows, int64_t count,
                         int32_t scalar, const void *values)
{
    for (int64_t i = 0; i < count * s->cols; i++) {
        const double value =
            scalar == LIBNC_FLOAT32 ? ((const float *)values)[i] : ((const double *)values)[i];
        if (isfinite(value) || (s == &j->logit_source && value < 0)) /* -inf: left out */
            continue;
        int64_t row = rows != NULL ? rows[i / s->cols] : i / s->cols;
        const char *path = s->paths[shard_of(s, &row)];
        stop(&j->self, EXIT_FAILURE, "%s, row %lld, column %lld: is %s: must be finite", path,
             (long long)row, (long long)(i % s->cols),
             isnan(value) ? "nan"
             : value > 0  ? "inf"
                          : "-inf");
    }
}

/* rows x cols numbers; of a single row or column it does not matter which. */
static double *read_matrix(job *j, const char *option, const char *name, int64_t rows, int64_t cols,
                           note_list *notes)
{
    char hint[80];
    shards s = open_numbers(j, option, name, notes);
    const bool fits = (s.rows == rows && s.cols == cols) ||
                      (s.rows == cols && s.cols == rows && (rows == 1 || cols == 1));
    if (!fits)
        stop(&j->self, EXIT_FAILURE, "--%s = %s: is %lld x %lld: must be %lld x %lld%s", option,
             name, (long long)s.rows, (long long)s.cols, (long long)rows, (long long)cols,
             s.rows == cols && s.cols == rows       ? ", its transpose"
             : s.rows == rows - 1 && s.cols == cols ? ", or labels that begin at 0"
             : s.cols == cols                       ? classes_hint(j, s.rows, hint)
             : cols == 1 && s.rows == 1             ? classes_hint(j, s.cols, hint)
                                                    : "");
    double *values = allocate(&j->self, (size_t)(rows * cols), sizeof *values);
    shards_read(&j->self, &s, 0, s.rows, LIBNC_FLOAT64, values);
    check_finite(j, &s, NULL, s.rows, LIBNC_FLOAT64, values);
    shards_close(&s);
    return values;
}

static void open_sources(job *j)
{
    open_labels(j);
    for (int32_t l = 0; l < j->layer_count; l++)
        open_features(j, &j->layers[l], l == 0 ? "features" : "layer");
    if (j->logits != NULL)
        open_logits(j);
}

static void read_classifiers(job *j)
{
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        if (at->classifier_name != NULL)
            at->classifier =
                read_matrix(j, l == 0 ? "classifier" : "layer", at->classifier_name, j->class_count,
                            libnc_accumulator_width(at->accumulator), &at->notes);
        if (at->bias_name != NULL)
            at->bias = read_matrix(j, "layer", at->bias_name, j->class_count, 1, &at->notes);
    }
    if (j->bias != NULL)
        j->bias_values = read_matrix(j, "bias", j->bias, j->class_count, 1, &j->layers[0].notes);
    check_effects(j);
}

/* ---- accumulators ---- */

static int scatter_of(const job *j, const layer *at)
{
    if (j->scatter >= 0)
        return j->scatter;
    if (at->features.cols <= LARGEST_FULL)
        return LIBNC_SCATTER_FULL;
    /* One pass alone has no projected scatter; kept statistics may get their second one later. */
    return j->one_pass && j->save == NULL ? LIBNC_SCATTER_NONE : LIBNC_SCATTER_PROJECTED;
}

/* So many classes that their means alone do not fit the machine end here, in words. */
static void check_memory(const job *j)
{
    enum { PER_VALUE = 24, PER_CLASS = 100 }; /* bytes that statistics and report take, at least */
    const double machine = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    double bytes = 0;
    for (int32_t l = 0; l < j->layer_count; l++)
        bytes +=
            (double)j->class_count * (PER_CLASS + PER_VALUE * (double)j->layers[l].features.cols);
    if (machine > 0 && bytes > machine)
        stop(&j->self, EXIT_FAILURE,
             "K = %lld classes of d = %lld values take at least %.0f GB: must fit the %.0f GB of "
             "this machine",
             (long long)j->class_count, (long long)j->layers[0].features.cols, 1e-9 * bytes,
             1e-9 * machine);
}

static void create_accumulators(job *j)
{
    const program *self = &j->self;
    check_memory(j);
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        require(self, libnc_accumulator_create(&at->accumulator, self->context, j->class_count,
                                               at->features.cols));
        libnc_options *settings = libnc_accumulator_options(at->accumulator);
        require(self, libnc_options_set_int64(settings, LIBNC_ACCUMULATOR_OPTION_SCATTER,
                                              scatter_of(j, at)));
        if (j->precision >= 0)
            require(self, libnc_options_set_int64(settings, LIBNC_ACCUMULATOR_OPTION_PRECISION,
                                                  j->precision));
    }
}

/* --second-pass: the statistics of all samples, of which the features here may be a part. */
static void load_first_pass(job *j)
{
    layer *at = &j->layers[0];
    require(&j->self, libnc_accumulator_load(&at->accumulator, j->self.context, j->first_pass));
    j->class_count = libnc_accumulator_classes(at->accumulator);
}

static void check_first_pass(const job *j)
{
    const layer *at = &j->layers[0];
    const int64_t width = libnc_accumulator_width(at->accumulator);
    const int64_t samples = libnc_accumulator_samples(at->accumulator);
    if (at->features.cols != width)
        stop(&j->self, EXIT_FAILURE, "--features = %s: has %lld columns, %s %lld: must be the same",
             at->features.name, (long long)at->features.cols, j->first_pass, (long long)width);
    if (j->kept > samples)
        stop(&j->self, EXIT_FAILURE,
             "--features = %s: has %lld rows, %s is of %lld: must not be more", at->features.name,
             (long long)j->kept, j->first_pass, (long long)samples);
}

/* Kept statistics: the first file, and the others merged into it. */
static void merge_states(job *j)
{
    const program *self = &j->self;
    layer *at = &j->layers[0];
    for (int i = 0; i < j->state_count; i++) {
        libnc_accumulator *next = NULL;
        require(self, libnc_accumulator_load(&next, self->context, j->states[i]));
        if (i == 0) {
            at->accumulator = next;
            continue;
        }
        const int32_t status = libnc_accumulator_merge(at->accumulator, next);
        if (status < 0)
            stop(self, EXIT_FAILURE, "--merge: %s: %s%s", j->states[i],
                 libnc_context_error(self->context),
                 status != LIBNC_ERROR_STATE
                     ? ""
                     : "; merge what --one-pass keeps, then what --second-pass keeps with the "
                       "merged file");
        libnc_accumulator_destroy(next);
    }
    j->class_count = libnc_accumulator_classes(at->accumulator);
    j->samples = libnc_accumulator_samples(at->accumulator);
}

/* ---- passes ---- */

/* How far all passes over all layers are, in bytes of features. */
typedef struct reading {
    progress_line line;
    double begin;
    int64_t done, total;
} reading;

static void show_rate(reading *r)
{
    const double seconds = clock_seconds() - r->begin;
    const double rate = seconds > 0 ? (double)r->done / seconds : 0;
    const int left = rate > 0 ? (int)((double)(r->total - r->done) / rate) : 0;
    char words[80];
    snprintf(words, sizeof words, "MB  %.1f MB/s  %d:%02d:%02d left ", 1e-6 * rate, left / 3600,
             left / 60 % 60, left % 60);
    progress_show(&r->line, r->done / 1000000, r->total / 1000000, words);
}

/* Of the rows begin .. begin + read - 1 of one layer, the `count` that are not ignored. */
typedef struct batch {
    int64_t begin, read, count, most;
    int32_t scalar, logit_scalar;
    void *features, *logits; /* logits: NULL for none */
    int64_t *labels, *classes;
    int64_t *rows; /* in the source */
} batch;

static int64_t row_bytes(const layer *at)
{
    return at->features.cols * at->features.places *
           (int64_t)scalar_size(shards_scalar(&at->features));
}

static batch batch_create(const job *j, const layer *at)
{
    enum { LEAST_ROWS = 16 };
    const program *self = &j->self;
    batch b = {.scalar = shards_scalar(&at->features)};
    b.most = BATCH_BYTES / row_bytes(at);
    if (j->logits != NULL) {
        b.logit_scalar = shards_scalar(&j->logit_source);
        const int64_t most = BATCH_BYTES / (j->class_count * (int64_t)scalar_size(b.logit_scalar));
        b.most = most < b.most ? most : b.most;
    }
    b.most = b.most < LEAST_ROWS ? LEAST_ROWS : b.most;
    b.most = b.most < j->samples ? b.most : j->samples;
    b.features = allocate(self, (size_t)(b.most * at->features.cols), scalar_size(b.scalar));
    b.labels = allocate(self, (size_t)b.most, sizeof *b.labels);
    b.classes = allocate(self, (size_t)b.most, sizeof *b.classes);
    b.rows = allocate(self, (size_t)b.most, sizeof *b.rows);
    if (j->logits != NULL)
        b.logits = allocate(self, (size_t)(b.most * j->class_count), scalar_size(b.logit_scalar));
    return b;
}

static void batch_destroy(batch *b)
{
    free(b->features);
    free(b->logits);
    free(b->labels);
    free(b->classes);
    free(b->rows);
}

/* Row `to` = row `from` of the values. */
static void move_row(void *values, int64_t to, int64_t from, int64_t cols, int32_t scalar)
{
    const size_t bytes = (size_t)cols * scalar_size(scalar);
    if (values != NULL && to != from)
        memcpy((char *)values + (size_t)to * bytes, (char *)values + (size_t)from * bytes, bytes);
}

/* Closes the gaps that ignored rows leave, and finds the classes of the others. */
static void batch_keep(const job *j, const layer *at, batch *b)
{
    b->count = 0;
    for (int64_t i = 0; i < b->read; i++) {
        if (is_ignored(j, b->labels[i]))
            continue;
        move_row(b->features, b->count, i, at->features.cols, b->scalar);
        move_row(b->logits, b->count, i, j->class_count, b->logit_scalar);
        b->rows[b->count] = b->begin + i;
        b->labels[b->count] = b->labels[i];
        b->classes[b->count++] = class_of(j, b->labels[i]);
    }
}

static void batch_read(const job *j, const layer *at, int64_t begin, batch *b)
{
    b->begin = begin;
    b->read = j->samples - begin < b->most ? j->samples - begin : b->most;
    shards_read(&j->self, &at->features, begin, b->read, b->scalar, b->features);
    shards_read(&j->self, &j->label_source, begin, b->read, 0, b->labels);
    if (b->logits != NULL)
        shards_read(&j->self, &j->logit_source, begin, b->read, b->logit_scalar, b->logits);
    batch_keep(j, at, b);
}

/* The library numbers the rows of a batch; the reader of a message those of a file. */
static void stop_at_batch(const job *j, const layer *at, const batch *b)
{
    for (int64_t i = 0; i < b->count; i++) {
        int64_t row = b->rows[i];
        if (b->classes[i] < 0 || b->classes[i] >= j->class_count)
            stop(&j->self, EXIT_FAILURE, "%s, row %lld: is %lld: must be from 0 to %lld%s",
                 j->label_source.paths[shard_of(&j->label_source, &row)], (long long)row,
                 (long long)b->labels[i], (long long)j->class_count - 1,
                 b->labels[i] == j->class_count ? "; labels that begin at 1 must be saved less 1"
                                                : "");
    }
    check_finite(j, &at->features, b->rows, b->count, b->scalar, b->features);
    if (b->logits != NULL)
        check_finite(j, &j->logit_source, b->rows, b->count, b->logit_scalar, b->logits);
    stop(&j->self, EXIT_FAILURE, "%s, rows from %lld on: %s", at->features.name,
         (long long)b->begin, libnc_context_error(j->self.context));
}

static void run_pass(const job *j, const layer *at, reading *r)
{
    batch b = batch_create(j, at);
    for (int64_t begin = 0; begin < j->samples; begin += b.read) {
        batch_read(j, at, begin, &b);
        if (libnc_accumulator_update_logits(at->accumulator, b.features, b.scalar, b.count,
                                            at->features.cols, b.classes, LIBNC_LABEL_INT64,
                                            b.logits, b.logit_scalar, j->class_count) < 0)
            stop_at_batch(j, at, &b);
        r->done += b.read * row_bytes(at);
        show_rate(r);
    }
    batch_destroy(&b);
}

/* Of the classifier of a layer: its own, or that of the last layer, which all have. */
static const double *bias_of(const job *j, const layer *at)
{
    return at->classifier == NULL ? NULL : at->bias != NULL ? at->bias : j->bias_values;
}

static void accumulate(job *j)
{
    const int passes = j->one_pass || j->first_pass != NULL ? 1 : 2;
    reading r = {.line = progress_begin(&j->self), .begin = clock_seconds()};
    for (int32_t l = 0; l < j->layer_count; l++)
        r.total += passes * j->samples * row_bytes(&j->layers[l]);
    for (int32_t l = 0; l < j->layer_count; l++) {
        layer *at = &j->layers[l];
        if (j->first_pass == NULL)
            run_pass(j, at, &r);
        if (j->one_pass)
            continue;
        require(&j->self, libnc_accumulator_begin_second_pass(at->accumulator, at->classifier,
                                                              bias_of(j, at), LIBNC_FLOAT64));
        run_pass(j, at, &r);
    }
    progress_end(&r.line);
}

/* Everything that reads files. */
static void gather(job *j)
{
    if (j->merging) {
        merge_states(j);
        read_classifiers(j);
        return;
    }
    if (j->first_pass != NULL)
        load_first_pass(j);
    open_sources(j);
    if (j->first_pass != NULL)
        check_first_pass(j);
    else
        create_accumulators(j);
    read_classifiers(j);
    accumulate(j);
}

/* ---- the report ---- */

/* One report has one bias: a layer with its own has a report of its own. */
static void measure_alone(const job *j, layer *at)
{
    const program *self = &j->self;
    const libnc_accumulator *accumulator = at->accumulator;
    const double *classifier = at->classifier;
    if (at->bias == NULL)
        return;
    require(self, libnc_report_create(&at->alone, self->context));
    require(self, libnc_report_set_convention(at->alone, j->convention));
    require(self, libnc_report_measure_features(at->alone, &accumulator, &classifier, at->bias, 1));
}

/* Of the first `layers` of them. */
static libnc_report *measure(const job *j, int32_t layers)
{
    const program *self = &j->self;
    const libnc_accumulator *accumulators[MAX_LAYERS];
    const double *classifiers[MAX_LAYERS];
    libnc_report *report = NULL;
    for (int32_t l = 0; l < layers; l++) {
        accumulators[l] = j->layers[l].accumulator;
        classifiers[l] = j->layers[l].classifier;
    }
    require(self, libnc_report_create(&report, self->context));
    require(self, libnc_report_set_convention(report, j->convention));
    const progress_line line = progress_begin(self);
    if (line.shown) /* minutes for 30,000 classes */
        fprintf(stderr, "measuring %lld classes ...", (long long)j->class_count);
    /* a second pass knows the bias of its layer */
    require(self, libnc_report_measure_features(report, accumulators, classifiers,
                                                j->one_pass ? j->bias_values : NULL, layers));
    progress_end(&line);
    return report;
}

/* The classes that occur. */
static libnc_status present_classes(const job *j, libnc_classes **classes)
{
    int64_t *counts = allocate(&j->self, (size_t)j->class_count, sizeof *counts), present = 0;
    libnc_status status =
        libnc_accumulator_counts(j->layers[0].accumulator, counts, (size_t)j->class_count);
    for (int64_t k = 0; k < j->class_count; k++)
        if (counts[k] > 0)
            counts[present++] = counts[k];
    if (status >= 0)
        status = libnc_classes_from_counts(classes, j->self.context, counts, present);
    free(counts);
    return status;
}

/* The problem of --theory, but for its decays: a head of M linear layers on features of width d. */
static libnc_status pose_problem(const job *j, libnc_geometry **geometry)
{
    libnc_classes *classes = NULL;
    libnc_status status = present_classes(j, &classes);
    if (status >= 0)
        status = libnc_geometry_create(geometry, classes, j->depth > 0 ? (int32_t)j->depth : 1);
    libnc_options *settings = libnc_geometry_options(*geometry);
    if (status >= 0)
        status = libnc_options_set_text(settings, "loss", j->theory == 0 ? "mse" : "ce");
    if (status >= 0)
        status =
            libnc_options_set_int64(settings, LIBNC_GEOMETRY_OPTION_BIAS, j->bias_values != NULL);
    if (status >= 0)
        status = libnc_options_set_int64(settings, LIBNC_GEOMETRY_OPTION_WIDTH,
                                         libnc_accumulator_width(j->layers[0].accumulator));
    libnc_classes_destroy(classes);
    return status;
}

/* The decays that fit best, and the distances from their geometry; `report` is of one layer. */
static libnc_status fit_theory(const job *j, libnc_report *report, measured *m)
{
    libnc_geometry *geometry = NULL;
    progress_line line = progress_begin(&j->self);
    if (line.shown)
        fprintf(stderr, "fitting decays to %lld classes ...", (long long)j->class_count);
    progress_follow(&j->self, &line, true);
    libnc_status status = pose_problem(j, &geometry);
    if (status >= 0)
        status = libnc_report_fit_decay(report, geometry, &m->fitted_product, &m->fitted_distance);
    progress_follow(&j->self, &line, false);
    progress_end(&line);
    if (status >= 0)
        m->fits = true;
    if (m->fits && isfinite(m->fitted_product)) {
        status = libnc_geometry_unique(geometry, &m->fitted_unique);
        if (status >= 0)
            status = libnc_report_compare(report, geometry, (double)NAN);
    }
    libnc_geometry_destroy(geometry);
    return status;
}

/* Why there is no theory, or NULL; the caller frees it. Calls after this one may fail too. */
static char *describe_failure(const job *j, libnc_status status)
{
    enum { SIZE = 1024 };
    if (status >= 0)
        return NULL;
    char *text = allocate(&j->self, SIZE, 1);
    if (status == LIBNC_ERROR_UNSUPPORTED && j->theory == 1 && j->depth > 1)
        snprintf(text, SIZE,
                 "ce with --depth %lld: known only for classes of equal counts and d >= K - 1",
                 (long long)j->depth);
    else
        snprintf(text, SIZE, "%s", libnc_context_error(j->self.context));
    return text;
}

static measured measured_of(const job *j, const libnc_report *report)
{
    const libnc_accumulator *first = j->layers[0].accumulator;
    measured m = {.self = &j->self,
                  .report = report,
                  .accumulator = first,
                  .samples = libnc_accumulator_samples(first),
                  .second_samples = libnc_accumulator_second_samples(first),
                  .class_count = j->class_count,
                  .ignored = j->merging ? 0 : j->samples - j->kept,
                  .labels = j->numbered ? j->present.values : NULL,
                  .convention = j->convention,
                  .layer_count = j->layer_count,
                  .has_rows = j->layers[0].classifier != NULL};
    for (int32_t l = 0; l < j->layer_count; l++) {
        m.names[l] = j->layers[l].name;
        m.notes[l] = &j->layers[l].notes;
        m.alone[l] = j->layers[l].alone;
    }
    return m;
}

/* ---- main ---- */

static void release(job *j)
{
    for (int32_t l = 0; l < j->layer_count; l++) {
        libnc_accumulator_destroy(j->layers[l].accumulator);
        libnc_report_destroy(j->layers[l].alone);
        free(j->layers[l].classifier);
        free(j->layers[l].bias);
        notes_free(&j->layers[l].notes);
        shards_close(&j->layers[l].features);
    }
    shards_close(&j->label_source);
    shards_close(&j->logit_source);
    free(j->bias_values);
    free(j->present.values);
}

static void prepare(job *j)
{
    program *self = &j->self;
    program_begin(self);
    if (self->out != NULL) /* a folder that can not be made is known before anything is read */
        make_directory(self, self->out);
    if (j->threads == 0)
        j->threads = sysconf(_SC_NPROCESSORS_ONLN);
    j->threads = j->threads < 1 ? 1 : j->threads > 256 ? 256 : j->threads;
    set_threads(self, (int32_t)j->threads);
    j->layers[0].features.name = j->features;
    j->layers[0].classifier_name = j->classifier;
}

int main(int argc, char **argv)
{
    job j = {
        .self = {.name = "measure",
                 .summary =
                     "Measures the neural collapse of features that any program saved.\n\n"
                     "  measure --features f.npy --labels y.npy --classifier w.npy --bias b.npy\n\n"
                     "FILE is .npy, .npz, safetensors, IDX or CIFAR binary, FILE:MEMBER an array "
                     "in it, and a\npattern such as 'part*.npy' all files that match, in the order "
                     "of their numbers.\n",
                 .defaults = "two passes, the definitions of the library",
                 .options = options,
                 .option_count = sizeof options / sizeof *options,
                 .takes_operands = true},
        .layers = {{.name = "features"}},
        .layer_count = 1,
        .convention = LIBNC_CONVENTION_DEFAULT,
        .scatter = -1,
        .precision = -1,
        .theory = -1,
        .pool = -1};
    const option_spec *option;
    choose_blas_kernels(argv);
    while ((option = next_option(&j.self, argc, argv)) != NULL)
        if (!common_option(&j.self, option) && !job_option(&j, option))
            unhandled(&j.self, option);
    j.states = argv + optind;
    j.state_count = argc - optind;
    check_options(&j);
    prepare(&j);
    const double begin = clock_seconds();
    gather(&j);
    if (j.save != NULL)
        require(&j.self, libnc_accumulator_save(j.layers[0].accumulator, j.save));
    libnc_report *report = measure(&j, j.layer_count);
    for (int32_t l = 0; l < j.layer_count; l++)
        measure_alone(&j, &j.layers[l]);
    measured m = measured_of(&j, report);
    libnc_report *theory = j.theory < 0 || j.layer_count == 1 ? report : measure(&j, 1);
    m.theory = theory;
    char *failure = j.theory < 0 ? NULL : describe_failure(&j, fit_theory(&j, theory, &m));
    m.seconds = clock_seconds() - begin;
    (j.self.json ? print_json : print_measured)(&m);
    if (j.self.out != NULL)
        write_measured(&m);
    if (failure != NULL) /* all else is measured and printed by now */
        stop(&j.self, EXIT_FAILURE, "--theory: %s", failure);
    if (theory != report)
        libnc_report_destroy(theory);
    libnc_report_destroy(report);
    release(&j);
    return program_end(&j.self);
}
