/* SPDX-License-Identifier: MIT */
#include "measure_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    KEY_HEAD_DEPTH,
    KEY_BY_FREQUENCY,
    KEY_TEST,
    KEY_OOD,
    KEY_OOD_SCORES,
    KEY_ERRORS
};

/* clang-format off */
const option_spec measure_options[] = {
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
    {KEY_ERRORS, "errors", "G", "standard errors, from G groups of samples (20 to 50)"},
    {KEY_BY_FREQUENCY, "by-frequency", NULL, "values by class against the class's samples"},
    {KEY_TEST, "test", "FILE,LABELS", "a test set, about its own and the training means"},
    {KEY_OOD, "ood", "FILE", "features from elsewhere: how well they are told apart; may be repeated"},
    {KEY_OOD_SCORES, "ood-scores", "PREFIX", "scores of samples: PREFIX-in.npy, PREFIX-1.npy, ..."},
    PLAIN_OPTIONS};
/* clang-format on */

const int measure_option_count = sizeof measure_options / sizeof *measure_options;

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

/* FEATURES,LABELS; the text is split in place. */
static void read_test(job *j)
{
    char *parts[2], *text = optarg;
    int count = cut_sources(&j->self, text, parts, 2);
    if (count == 0) { /* messages name the file that is not there */
        parts[1] = strrchr(text, ',');
        count = parts[1] != NULL ? 2 : 1;
        if (parts[1] != NULL)
            *parts[1]++ = '\0';
    }
    if (count != 2 || *parts[0] == '\0' || *parts[1] == '\0')
        stop(&j->self, EXIT_USAGE, "--test = %s: must be FEATURES,LABELS", text);
    j->test = parts[0];
    j->test_labels = parts[1];
}

static void read_ood(job *j)
{
    if (j->ood_count == MAX_OTHERS)
        stop(&j->self, EXIT_USAGE, "--ood: at most %d sets", MAX_OTHERS);
    j->ood[j->ood_count++] = optarg;
}

static void read_ignored(job *j, const option_spec *option)
{
    if (j->ignored_count == MAX_IGNORED)
        stop(&j->self, EXIT_USAGE, "--ignore: at most %d labels", MAX_IGNORED);
    j->ignored[j->ignored_count++] = option_whole(&j->self, option, INT64_MIN, INT64_MAX);
}

bool job_option(job *j, const option_spec *option)
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
    case KEY_ERRORS: j->groups = option_whole(self, option, 2, 1000); return true;
    case KEY_BY_FREQUENCY: j->by_frequency = true; return true;
    case KEY_TEST: read_test(j); return true;
    case KEY_OOD: read_ood(j); return true;
    case KEY_OOD_SCORES: j->ood_scores = optarg; return true;
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
    } idle[] = {{j->layer_count > 1, "layer"}, {j->class_count > 0, "classes"},
                {j->scatter >= 0, "scatter"},  {j->precision >= 0, "precision"},
                {j->groups > 0, "errors"},     {j->one_pass, "one-pass"}};
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

void check_options(const job *j)
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
    if (j->ood_scores != NULL && j->ood_count == 0)
        stop(self, EXIT_USAGE, "--ood-scores: must come with --ood");
    if (j->merging && j->ood_count > 0 && j->test == NULL)
        stop(self, EXIT_USAGE, "--ood: with --merge needs --test, for samples to tell them from");
    if (j->theory >= 0 && j->classifier == NULL)
        stop(self, EXIT_USAGE, "--theory: must come with --classifier");
    if (j->depth > 0 && j->theory < 0)
        stop(self, EXIT_USAGE, "--depth: must come with --theory");
}
