/* SPDX-License-Identifier: MIT
 *
 * libnc-watch: measures what a training run leaves in a folder, epoch by epoch, as it comes; what
 * an earlier run has measured is not measured again. Each epoch is measured by a process of its
 * own, so that a file that is damaged, or not yet complete, ends nothing.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h> /* NAN: a macro */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "epoch_table.h"
#include "epochs.h"
#include "interrupt.h"
#include "job.h"
#include "options.h"
#include "output.h"
#include "passes.h"
#include "progress.h"
#include "table.h"

enum {
    KEY_FEATURES = 300,
    KEY_LABELS,
    KEY_CLASSIFIER,
    KEY_BIAS,
    KEY_CLASSES,
    KEY_TABLE,
    KEY_TRACKER,
    KEY_ONCE,
    KEY_IDLE,
    KEY_EVERY,
    KEY_SETTLE,
    KEY_THREADS
};

/* clang-format off */
static const option_spec options[] = {
    {KEY_FEATURES, "features", "FILE", "features, * for the epoch ('*.npz:features')"},
    {KEY_LABELS, "labels", "FILE", "labels; without *, the same for all epochs"},
    {KEY_CLASSIFIER, "classifier", "FILE", "last layer's weights W, K x d"},
    {KEY_BIAS, "bias", "FILE", "its bias b"},
    {KEY_CLASSES, "classes", "K", "labels are 0 .. K-1, and all K are classes"},
    {KEY_TABLE, "table", "FILE.tsv", "where every metric is kept (DIR/epochs.tsv)"},
    {KEY_TRACKER, "tracker", "FILE.json", "the same for libnc.Tracker.load() in Python"},
    {KEY_ONCE, "once", NULL, "measure what is there, and end"},
    {KEY_IDLE, "idle", "SECONDS", "end when nothing new has come for so long (never)"},
    {KEY_EVERY, "every", "SECONDS", "look into the folder so often (5)"},
    {KEY_SETTLE, "settle", "SECONDS", "leave files alone that changed so recently (2)"},
    {KEY_THREADS, "threads", "T", "threads (all processors)"},
    PLAIN_OPTIONS};
/* clang-format on */

/* A file that could not be measured is tried again when it has changed. */
typedef struct failure {
    int64_t number, size, moved;
} failure;

typedef struct watching {
    program self;
    const char *folder, *features, *labels, *classifier, *bias, *table, *tracker;
    int64_t classes, threads;
    bool once;
    double idle, every, settle; /* seconds; idle: 0 for never */
    epoch_table known;
    text_table shown;
    failure *failures;
    int64_t failure_count;
} watching;

/* ---- one epoch, in a process of its own ---- */

/* FILE:MEMBER where an archive has a member of one of these names; NULL where not. */
static char *find_member(const program *self, const char *file, const char *const *names)
{
    libnc_array *array = NULL;
    require(self, libnc_array_open(&array, self->context, file, NULL));
    char *found = NULL;
    for (; *names != NULL && found == NULL; names++) {
        const size_t size = strlen(file) + strlen(*names) + 2;
        if (libnc_array_select(array, *names) != LIBNC_OK)
            continue;
        found = allocate(self, size, 1);
        snprintf(found, size, "%s:%s", file, *names);
    }
    libnc_array_destroy(array);
    return found;
}

/* Where nothing else is said, an archive has all: under the names that programs give. */
static void find_members(const watching *w, job *j, const epoch *e)
{
    static const char *const features[] = {"features", "h", "x", NULL};
    static const char *const labels[] = {"labels", "y", NULL};
    static const char *const weights[] = {"weight", "W", "classifier", "w", NULL};
    static const char *const biases[] = {"bias", "b", NULL};
    char *file = epoch_name(&w->self, w->folder, w->features, e);
    j->features = find_member(&w->self, file, features);
    j->labels = find_member(&w->self, file, labels);
    j->classifier = find_member(&w->self, file, weights);
    j->bias = j->classifier != NULL ? find_member(&w->self, file, biases) : NULL;
    if (j->features == NULL || j->labels == NULL)
        stop(&w->self, EXIT_FAILURE, "%s: has no members \"features\" and \"labels\"", file);
    free(file);
}

static const char *name_of(const watching *w, const char *pattern, const epoch *e)
{
    return pattern != NULL ? epoch_name(&w->self, w->folder, pattern, e) : NULL;
}

static void name_files(const watching *w, job *j, const epoch *e)
{
    if (w->labels == NULL) {
        find_members(w, j, e);
        return;
    }
    j->features = name_of(w, w->features, e);
    j->labels = name_of(w, w->labels, e);
    j->classifier = name_of(w, w->classifier, e);
    j->bias = name_of(w, w->bias, e);
}

/* Writes every metric to a pipe, and ends the process. */
static void measure_here(const watching *w, const epoch *e, int pipe)
{
    job j = {.self = w->self,
             .layers = {{.name = "features"}},
             .layer_count = 1,
             .class_count = w->classes,
             .convention = LIBNC_CONVENTION_DEFAULT,
             .scatter = -1,
             .precision = -1,
             .theory = -1,
             .pool = -1};
    const program *self = &j.self;
    libnc_report *report = NULL;
    j.self.quiet = true;
    set_threads(self, (int32_t)w->threads);
    name_files(w, &j, e);
    j.layers[0].features.name = j.features;
    j.layers[0].classifier_name = j.classifier;
    gather(&j);
    const libnc_accumulator *only = j.layers[0].accumulator;
    require(self, libnc_report_create(&report, self->context));
    require(self, libnc_report_measure_features(report, &only, NULL, NULL, 1));
    double *values = allocate(self, (size_t)w->known.columns, sizeof *values);
    for (int32_t m = 1; m <= w->known.columns; m++)
        require(self, libnc_report_value(report, m, 1, &values[m - 1]));
    const ssize_t bytes = (ssize_t)((size_t)w->known.columns * sizeof *values);
    _exit(write(pipe, values, (size_t)bytes) == bytes ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool read_all(int pipe, double *values, int32_t count)
{
    size_t got = 0, wanted = (size_t)count * sizeof *values;
    while (got < wanted) {
        const ssize_t some = read(pipe, (char *)values + got, wanted - got);
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return false;
        got += (size_t)some;
    }
    return true;
}

static bool measure_epoch(const watching *w, const epoch *e, double *values)
{
    int ends[2], status;
    fflush(NULL);
    if (pipe(ends) != 0)
        stop(&w->self, EXIT_FAILURE, "cannot make a pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child < 0)
        stop(&w->self, EXIT_FAILURE, "cannot start a process: %s", strerror(errno));
    if (child == 0) {
        close(ends[0]);
        measure_here(w, e, ends[1]);
    }
    close(ends[1]);
    const bool complete = read_all(ends[0], values, w->known.columns);
    close(ends[0]);
    while (waitpid(child, &status, 0) != child)
        if (errno != EINTR)
            return false;
    return complete && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* ---- the run ---- */

static const int32_t shown_metrics[] = {LIBNC_METRIC_NC1,
                                        LIBNC_METRIC_CDNV,
                                        LIBNC_METRIC_NC2_EQUINORM_FEATURES,
                                        LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES,
                                        LIBNC_METRIC_NC3_DUALITY,
                                        LIBNC_METRIC_NC4,
                                        LIBNC_METRIC_ACCURACY};
static const char *const shown_names[] = {"epoch",       "nc1",         "cdnv", "equinorm",
                                          "equiangular", "nc3_duality", "nc4",  "accuracy"};

enum { SHOWN = sizeof shown_metrics / sizeof *shown_metrics };

static void show(watching *w, int64_t number, const double *values)
{
    double row[SHOWN];
    if (w->self.json)
        return;
    for (int i = 0; i < SHOWN; i++)
        row[i] = values[shown_metrics[i] - 1];
    table_row(&w->shown, number, row);
    fflush(stdout);
}

static failure *failure_of(const watching *w, int64_t number)
{
    for (int64_t i = 0; i < w->failure_count; i++)
        if (w->failures[i].number == number)
            return &w->failures[i];
    return NULL;
}

static void note_failure(watching *w, const epoch *e)
{
    failure *f = failure_of(w, e->number);
    if (f == NULL) {
        failure *all = realloc(w->failures, (size_t)(w->failure_count + 1) * sizeof *all);
        if (all == NULL)
            stop(&w->self, EXIT_FAILURE, "out of memory");
        w->failures = all;
        f = &all[w->failure_count++];
    }
    *f = (failure){e->number, e->size, e->moved};
    fprintf(stderr, "%s: epoch %lld is left out until its file changes\n", w->self.name,
            (long long)e->number);
}

static void forget_failure(watching *w, int64_t number)
{
    failure *f = failure_of(w, number);
    if (f != NULL)
        *f = w->failures[--w->failure_count];
}

static bool is_due(const watching *w, const epoch *e)
{
    const failure *f = failure_of(w, e->number);
    if (epoch_table_has(&w->known, e->number) ||
        (f != NULL && f->size == e->size && f->moved == e->moved))
        return false;
    return w->once || difftime(time(NULL), (time_t)e->moved) >= w->settle;
}

/* Measures what is due; whether there was anything. */
static bool look(watching *w)
{
    bool found = false;
    double *values = allocate(&w->self, (size_t)w->known.columns, sizeof *values);
    epoch_list list = epochs_find(&w->self, w->folder, w->features);
    for (int64_t i = 0; i < list.count && interrupt_signal() == 0; i++) {
        const epoch *e = &list.items[i];
        if (!is_due(w, e))
            continue;
        found = true;
        if (!measure_epoch(w, e, values)) {
            note_failure(w, e);
            continue;
        }
        forget_failure(w, e->number);
        epoch_table_add(&w->self, &w->known, e->number, values);
        epoch_table_write(&w->self, &w->known, w->table);
        if (w->tracker != NULL)
            epoch_table_write_tracker(&w->self, &w->known, w->tracker, w->folder);
        show(w, e->number, values);
    }
    epochs_free(&list);
    free(values);
    return found;
}

static void pause_for(double seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&left, NULL); /* a signal ends it, which is right */
}

static void watch(watching *w)
{
    double last = clock_seconds();
    for (int64_t i = 0; i < w->known.count; i++)
        show(w, w->known.epochs[i], w->known.values + i * w->known.columns);
    while (interrupt_signal() == 0) {
        if (look(w))
            last = clock_seconds();
        if (w->once || (w->idle > 0 && clock_seconds() - last >= w->idle))
            break;
        pause_for(w->every);
    }
}

/* ---- main ---- */

static bool has_epochs(const watching *w, const char *pattern)
{
    epoch_list list = epochs_find(&w->self, w->folder, pattern);
    const bool found = list.count > 0;
    epochs_free(&list);
    return found;
}

static void check_options(watching *w, int argc, char **argv)
{
    const program *self = &w->self;
    if (optind + 1 != argc)
        stop(self, EXIT_USAGE, "one folder must be given; --help lists the options");
    w->folder = argv[optind];
    if (w->labels == NULL && (w->features != NULL || w->classifier != NULL || w->bias != NULL))
        stop(self, EXIT_USAGE, "--labels: must come with other files");
    if (w->labels != NULL && w->features == NULL)
        stop(self, EXIT_USAGE, "--features: must come with --labels");
    if (w->features != NULL && strchr(w->features, '*') == NULL)
        stop(self, EXIT_USAGE, "--features = %s: must have a * for the epoch", w->features);
    if (w->bias != NULL && w->classifier == NULL)
        stop(self, EXIT_USAGE, "--bias: must come with --classifier");
}

static void prepare(watching *w, int argc, char **argv)
{
    check_options(w, argc, argv);
    if (w->self.out != NULL)
        make_directory(&w->self, w->self.out);
    if (w->features == NULL)
        w->features =
            has_epochs(w, "*.npz") || !has_epochs(w, "*.safetensors") ? "*.npz" : "*.safetensors";
    if (w->table == NULL)
        w->table = path_in(&w->self, w->folder, "epochs.tsv");
    if (w->threads == 0)
        w->threads = sysconf(_SC_NPROCESSORS_ONLN);
    w->threads = w->threads < 1 ? 1 : w->threads > 256 ? 256 : w->threads;
    w->known = epoch_table_read(&w->self, w->table);
    if (w->once && w->known.count == 0 && !has_epochs(w, w->features))
        stop(&w->self, EXIT_FAILURE, "%s: has no file %s with a number for *", w->folder,
             w->features);
    if (!w->self.json)
        w->shown = table_begin(shown_names, SHOWN + 1);
}

static bool watch_option(watching *w, const option_spec *option)
{
    const program *self = &w->self;
    switch (option->key) {
    case KEY_FEATURES: w->features = optarg; return true;
    case KEY_LABELS: w->labels = optarg; return true;
    case KEY_CLASSIFIER: w->classifier = optarg; return true;
    case KEY_BIAS: w->bias = optarg; return true;
    case KEY_CLASSES: w->classes = option_whole(self, option, 1, INT32_MAX); return true;
    case KEY_TABLE: w->table = optarg; return true;
    case KEY_TRACKER: w->tracker = optarg; return true;
    case KEY_ONCE: w->once = true; return true;
    case KEY_IDLE: w->idle = option_number(self, option, 0, false, 1e9); return true;
    case KEY_EVERY: w->every = option_number(self, option, 0, false, 1e6); return true;
    case KEY_SETTLE: w->settle = option_number(self, option, 0, true, 1e6); return true;
    case KEY_THREADS: w->threads = option_whole(self, option, 1, 256); return true;
    default: return false;
    }
}

int main(int argc, char **argv)
{
    watching w = {
        .self = {.name = "libnc-watch",
                 .summary = "Measures the neural collapse of a training run, epoch by epoch, as "
                            "its files come.\n\n"
                            "  libnc-watch DIR                                    "
                            "epoch_1.npz, epoch_2.npz, ...\n"
                            "  libnc-watch DIR --features 'f_*.npy' --labels y.npy "
                            "--classifier 'w_*.npy'\n\n"
                            "An .npz or safetensors file of an epoch has features (N x d), "
                            "labels, and where there is\none the classifier: weight or W (K x d), "
                            "bias or b.\n",
                 .defaults = "every five seconds, until it is stopped",
                 .options = options,
                 .option_count = sizeof options / sizeof *options,
                 .takes_operands = true},
        .every = 5,
        .settle = 2};
    const option_spec *option;
    choose_blas_kernels(argv);
    program_begin(&w.self, argc, argv);
    while ((option = next_option(&w.self, argc, argv)) != NULL)
        if (!common_option(&w.self, option) && !watch_option(&w, option))
            unhandled(&w.self, option);
    prepare(&w, argc, argv);
    interrupt_listen();
    watch(&w);
    const int signal_number = interrupt_signal();
    interrupt_end();
    const bool has_failures = w.failure_count > 0;
    if (w.self.json)
        epoch_table_json(&w.self, &w.known);
    else
        table_end(&w.shown);
    if (w.self.out != NULL && w.known.count > 0)
        epoch_table_draw(&w.self, &w.known);
    epoch_table_free(&w.known);
    free(w.failures);
    const int code = program_end(&w.self);
    return signal_number != 0 ? EXIT_SIGNAL + signal_number : has_failures ? EXIT_FAILURE : code;
}
