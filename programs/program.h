/* SPDX-License-Identifier: MIT
 *
 * program.h: what the example programs share: options, number lists, JSON, tables and progress.
 *
 * Conventions: data on stdout, progress on stderr and only on a terminal; exit 0 done, 1 failed, 2
 * usage. A bad value names the option and the accepted range. With --json stdout holds exactly one
 * JSON object. Include this header first. Only the C and POSIX libraries and libnc are used, and
 * nothing of libm, so that `pkg-config --libs libnc` is all that the linker needs.
 */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <getopt.h>
#include <libnc/libnc.h>
#include <math.h> /* isfinite and NAN: macros */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "words.h"

enum { EXIT_USAGE = 2, MAX_OPTIONS = 48 };

/* Keys of the options that every program has; others start from 100. */
enum { KEY_HELP = 1, KEY_VERSION, KEY_JSON, KEY_OUT, KEY_SEED, KEY_QUIET };

/* One row of a program's option table. */
typedef struct option_spec {
    int key;
    const char *name;
    const char *argument; /* NULL for a flag */
    const char *help;
} option_spec;

/* clang-format off */
#define COMMON_OPTIONS                                                                            \
    {KEY_SEED, "seed", "S", "seed of the random numbers (2)"},                                    \
    PLAIN_OPTIONS
/* Of a program without random numbers. */
#define PLAIN_OPTIONS                                                                             \
    {KEY_JSON, "json", NULL, "print one JSON object"},                                            \
    {KEY_OUT, "out", "DIR", "write tables, a gnuplot script and figures to DIR"},                 \
    {KEY_QUIET, "quiet", NULL, "no progress"},                                                    \
    {KEY_HELP, "help", NULL, "print this help"},                                                  \
    {KEY_VERSION, "version", NULL, "print the version"}
/* clang-format on */

/* The file of --out that is being written (figures.h), in memory until it is complete. */
typedef struct pending_file {
    char *path, *text;
    size_t size;
} pending_file;

typedef struct program {
    const char *name;
    const char *summary;
    const char *defaults; /* those that the option table, shared by programs, does not state */
    const option_spec *options;
    int option_count;
    const char *out; /* NULL: no files */
    uint64_t seed;
    bool json, quiet;
    bool takes_operands; /* what is no option stays in argv from optind on */
    libnc_context *context;
    pending_file *pending;
} program;

/* ---- failing ---- */

#if defined(__GNUC__)
__attribute__((__format__(__printf__, 3, 4), __noreturn__))
#endif
static inline void
stop(const program *self, int code, const char *format, ...)
{
    char brief[1024], *text = brief, *plain = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(brief, sizeof brief, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof brief && (text = malloc((size_t)length + 1)) != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    if (text != NULL)
        plain = plain_text(text);
    fprintf(stderr, "%s: %s\n", self->name, plain != NULL ? plain : "failed, and out of memory");
    exit(code);
}

/* Ends the program with the library's own words unless the call succeeded. */
static inline void require(const program *self, libnc_status status)
{
    if (status < 0)
        stop(self, EXIT_FAILURE, "%s (%s)", libnc_context_error(self->context),
             libnc_status_name(status));
}

static inline void *allocate(const program *self, size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size);
    if (block == NULL)
        stop(self, EXIT_FAILURE, "out of memory: %zu values of %zu bytes", count, size);
    return block;
}

static inline void program_begin(program *self)
{
    if (libnc_context_create(&self->context) < 0)
        stop(self, EXIT_FAILURE, "can not create a context");
    self->pending = allocate(self, 1, sizeof *self->pending);
}

/* Output may fail as late as at the last flush (a full disk, a closed pipe). */
static inline int program_end(program *self)
{
    libnc_context_destroy(self->context);
    free(self->pending);
    if (fflush(stdout) != 0 || ferror(stdout))
        stop(self, EXIT_FAILURE, "can not write to standard output");
    return EXIT_SUCCESS;
}

/* ---- the BLAS ---- */

/* OpenBLAS falls back to "Prescott" on processors newer than itself, several times slower. Its
 * kernels can be chosen before the process starts only, so start again with them; once, because the
 * variable is then set. */
static inline void choose_blas_kernels(char **argv)
{
    bool wide = strcmp(libnc_blas_kernels(), "avx512") == 0;
    if (strcmp(libnc_blas_core(), "Prescott") != 0 || getenv("OPENBLAS_CORETYPE") != NULL ||
        strcmp(libnc_blas_kernels(), "baseline") == 0)
        return;
    if (setenv("OPENBLAS_CORETYPE", wide ? "SkylakeX" : "Haswell", 0) == 0)
        execvp(argv[0], argv); /* returns only if it fails: then go on as it is */
}

/* Threads are libnc's own: the BLAS gets one, because it gains nothing on small matrices and would
 * compete on large ones. A BLAS without that control has one thread anyway. */
static inline void set_threads(const program *self, int32_t threads)
{
    require(self, libnc_context_set_threads(self->context, threads));
    libnc_status status = libnc_blas_set_threads(self->context, 1);
    if (status != LIBNC_ERROR_UNSUPPORTED)
        require(self, status);
}

/* ---- options ---- */

static inline void print_help(const program *self)
{
    printf("Usage: %s [OPTION]...\n%s\nDefaults: %s; others below.\n\n", self->name, self->summary,
           self->defaults);
    for (int i = 0; i < self->option_count; i++) {
        const option_spec *option = &self->options[i];
        const char *argument = option->argument != NULL ? option->argument : "";
        int used = printf("  --%s %s", option->name, argument);
        if (used > 27) /* too long for the column: the help goes below */
            used = printf("\n") - 1;
        printf("%*s%s\n", 28 - used, "", option->help);
    }
    printf("\nExit status: 0 done, 1 failed, 2 usage.\n");
}

/* Ends the program over what getopt_long refused, in the words of all other messages. */
static inline void refuse_option(const program *self, int key, char **argv)
{
    const char *word = argv[optind - 1];
    for (int i = 0; key == ':' && i < self->option_count; i++)
        if (self->options[i].key == optopt)
            stop(self, EXIT_USAGE, "--%s: needs an argument, %s; --help lists the options",
                 self->options[i].name, self->options[i].argument);
    if (optopt != 0 && strncmp(word, "--", 2) == 0 && strchr(word, '=') != NULL)
        stop(self, EXIT_USAGE, "%s: takes no argument; --help lists the options", word);
    if (optopt != 0)
        stop(self, EXIT_USAGE, "-%c: not an option; --help lists the options", optopt);
    stop(self, EXIT_USAGE, "%s: not an option, or the beginning of several; --help lists them",
         word);
}

/* The next option of the command line, its argument in optarg; NULL after the last one. */
static inline const option_spec *next_option(program *self, int argc, char **argv)
{
    struct option table[MAX_OPTIONS + 1] = {0};
    for (int i = 0; i < self->option_count && i < MAX_OPTIONS; i++) {
        table[i].name = self->options[i].name;
        table[i].has_arg = self->options[i].argument != NULL ? required_argument : no_argument;
        table[i].val = self->options[i].key;
    }
    opterr = 0; /* its own messages print what they get as it is */
    int index = -1;
    int key = getopt_long(argc, argv, ":", table, &index);
    if (key == '?' || key == ':')
        refuse_option(self, key, argv);
    if (key != -1)
        return &self->options[index];
    if (optind < argc && !self->takes_operands)
        stop(self, EXIT_USAGE, "%s: not an option; --help lists the options", argv[optind]);
    return NULL;
}

/* A whole number of the option's argument, or a usage error. */
static inline int64_t option_whole(const program *self, const option_spec *option, int64_t minimum,
                                   int64_t maximum)
{
    const char *end;
    int64_t value;
    if (!read_whole(optarg, &end, &value) || *end != '\0' || value < minimum || value > maximum)
        stop(self, EXIT_USAGE, "--%s = %s: must be a whole number from %lld to %lld", option->name,
             optarg, (long long)minimum, (long long)maximum);
    return value;
}

/* Seeds reach beyond what is signed. */
static inline uint64_t option_seed(const program *self, const option_spec *option)
{
    const char *end = skip_digits(optarg + (*optarg == '+'));
    int64_t value;
    errno = 0;
    if (*end == '\0' && end > optarg && end[-1] != '+') {
        const uint64_t seed = strtoull(optarg, NULL, 10);
        if (errno == 0)
            return seed;
    } else if (read_whole(optarg, &end, &value) && *end == '\0' && *optarg != '-') {
        return (uint64_t)value;
    }
    stop(self, EXIT_USAGE, "--%s = %s: must be a whole number from 0 to %llu", option->name, optarg,
         (unsigned long long)UINT64_MAX);
}

/* How many comma-separated parts the text has. */
static inline int64_t list_length(const char *text)
{
    int64_t length = 1;
    for (; *text != '\0'; text++)
        length += *text == ',';
    return length;
}

/* Comma-separated numbers: above (or from, if closed) minimum, at most maximum. */
static inline double *option_numbers(const program *self, const option_spec *option, double minimum,
                                     bool closed, double maximum, int64_t *count)
{
    *count = list_length(optarg);
    double *values = allocate(self, (size_t)*count, sizeof *values);
    const char *text = optarg;
    for (int64_t i = 0; i < *count; i++) {
        const char *end;
        const bool read = read_number(text, &end, &values[i]);
        const bool inside = values[i] > minimum || (closed && values[i] == minimum);
        if (!read || *end != (i + 1 < *count ? ',' : '\0') || !inside || !(values[i] <= maximum))
            stop(self, EXIT_USAGE, "--%s = %s: must be %s %s %g and at most %g", option->name,
                 optarg, *count > 1 ? "numbers" : "a number", closed ? "from" : "above", minimum,
                 maximum);
        text = end + 1;
    }
    return values;
}

static inline double option_number(const program *self, const option_spec *option, double minimum,
                                   bool closed, double maximum)
{
    int64_t count;
    double *values = option_numbers(self, option, minimum, closed, maximum, &count);
    double value = values[0];
    free(values);
    if (count != 1)
        stop(self, EXIT_USAGE, "--%s = %s: must be one number", option->name, optarg);
    return value;
}

/* Comma-separated whole numbers from minimum to maximum. */
static inline int64_t *option_wholes(const program *self, const option_spec *option,
                                     int64_t minimum, int64_t maximum, int64_t *count)
{
    *count = list_length(optarg);
    int64_t *values = allocate(self, (size_t)*count, sizeof *values);
    const char *text = optarg;
    for (int64_t i = 0; i < *count; i++) {
        const char *end;
        if (!read_whole(text, &end, &values[i]) || *end != (i + 1 < *count ? ',' : '\0') ||
            values[i] < minimum || values[i] > maximum)
            stop(self, EXIT_USAGE,
                 "--%s = %s: must be whole numbers from %lld to %lld, separated by commas",
                 option->name, optarg, (long long)minimum, (long long)maximum);
        text = end + 1;
    }
    return values;
}

/* The index of the argument among the choices, a NULL-terminated list. */
static inline int option_choice(const program *self, const option_spec *option,
                                const char *const *choices)
{
    char accepted[160] = "";
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(optarg, choices[i]) == 0)
            return i;
        size_t used = strlen(accepted);
        snprintf(accepted + used, sizeof accepted - used, "%s%s", i > 0 ? ", " : "", choices[i]);
    }
    stop(self, EXIT_USAGE, "--%s = %s: must be one of %s", option->name, optarg, accepted);
}

/* Handles an option that every program has; false if it is none of them. */
static inline bool common_option(program *self, const option_spec *option)
{
    switch (option->key) {
    case KEY_HELP: print_help(self); exit(program_end(self));
    case KEY_VERSION:
        printf("%s (libnc) %s\n", self->name, libnc_version());
        exit(program_end(self));
    case KEY_JSON: self->json = true; return true;
    case KEY_SEED: self->seed = option_seed(self, option); return true;
    case KEY_QUIET: self->quiet = true; return true;
    case KEY_OUT:
        if (*optarg == '\0')
            stop(self, EXIT_USAGE, "--out = : must be the name of a directory");
        self->out = optarg;
        return true;
    default: return false;
    }
}

/* An option of the table that no handler knows is a defect of the program. */
static inline void unhandled(const program *self, const option_spec *option)
{
    stop(self, EXIT_FAILURE, "--%s: in the table of options but not handled", option->name);
}

/* ---- JSON: one object of keys in the order of the calls ---- */

typedef struct json_writer {
    FILE *file;
    bool started;
} json_writer;

static inline void json_key(json_writer *json, const char *key)
{
    fprintf(json->file, "%s\"%s\": ", json->started ? ", " : "{", key);
    json->started = true;
}

/* JSON has no NaN: an undefined number is null. */
static inline void json_value(json_writer *json, double value)
{
    if (isfinite(value))
        fprintf(json->file, "%.17g", value);
    else
        fputs("null", json->file);
}

static inline void json_number(json_writer *json, const char *key, double value)
{
    json_key(json, key);
    json_value(json, value);
}

static inline void json_whole(json_writer *json, const char *key, int64_t value)
{
    json_key(json, key);
    fprintf(json->file, "%lld", (long long)value);
}

/* A string; what would not be plain text is escaped as in messages. */
static inline void json_string(json_writer *json, const char *text)
{
    char *plain = plain_text(text);
    fputc('"', json->file);
    for (const char *c = plain; c != NULL && *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', json->file);
        fputc(*c, json->file);
    }
    fputc('"', json->file);
    free(plain);
}

static inline void json_text(json_writer *json, const char *key, const char *text)
{
    json_key(json, key);
    json_string(json, text);
}

static inline void json_boolean(json_writer *json, const char *key, bool value)
{
    json_key(json, key);
    fputs(value ? "true" : "false", json->file);
}

static inline void json_null(json_writer *json, const char *key)
{
    json_key(json, key);
    fputs("null", json->file);
}

static inline void json_row(json_writer *json, const double *values, int64_t count)
{
    fputc('[', json->file);
    for (int64_t i = 0; i < count; i++) {
        if (i > 0)
            fputs(", ", json->file);
        json_value(json, values[i]);
    }
    fputc(']', json->file);
}

static inline void json_array(json_writer *json, const char *key, const double *values,
                              int64_t count)
{
    json_key(json, key);
    json_row(json, values, count);
}

static inline void json_matrix(json_writer *json, const char *key, const double *values,
                               int64_t rows, int64_t cols)
{
    json_key(json, key);
    fputc('[', json->file);
    for (int64_t i = 0; i < rows; i++) {
        if (i > 0)
            fputs(", ", json->file);
        json_row(json, values + i * cols, cols);
    }
    fputc(']', json->file);
}

static inline void json_end(json_writer *json)
{
    fputs(json->started ? "}\n" : "{}\n", json->file);
}

/* ---- aligned tables on stdout ---- */

enum { TABLE_MINIMUM_WIDTH = 10 };

static inline int table_width(const char *name)
{
    int width = (int)strlen(name);
    return width < TABLE_MINIMUM_WIDTH ? TABLE_MINIMUM_WIDTH : width;
}

static inline void table_header(const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        printf("%s%*s", i > 0 ? "  " : "", i > 0 ? table_width(names[i]) : 5, names[i]);
    putchar('\n');
}

/* One row: a whole number under the first name, then count - 1 values; NaN is a dash. */
static inline void table_row(const char *const *names, int count, int64_t first,
                             const double *values)
{
    printf("%5lld", (long long)first);
    for (int i = 1; i < count; i++) {
        if (isnan(values[i - 1]))
            printf("  %*s", table_width(names[i]), "-");
        else
            printf("  %*.5g", table_width(names[i]), values[i - 1]);
    }
    putchar('\n');
}

/* ---- progress: one line on stderr, on a terminal only ---- */

typedef struct progress_line {
    bool shown;  /* stderr is a terminal and --quiet was not given */
    bool colour; /* NO_COLOR is not set (no-color.org) */
    double last; /* seconds of the last update */
} progress_line;

static inline double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline progress_line progress_begin(const program *self)
{
    const char *no_color = getenv("NO_COLOR");
    progress_line line = {.shown = !self->quiet && isatty(STDERR_FILENO),
                          .colour = no_color == NULL || *no_color == '\0'};
    return line;
}

/* A bar of what is done, with what is known of it, redrawn at most ten times a second. */
static inline void progress_show(progress_line *line, int64_t done, int64_t total,
                                 const char *words)
{
    enum { BAR = 30 };
    double now = line->shown ? clock_seconds() : 0;
    if (!line->shown || now - line->last < 0.1)
        return;
    line->last = now;
    char bar[BAR + 1];
    for (int i = 0; i < BAR; i++)
        bar[i] = (double)done * BAR > (double)total * i ? '#' : '.';
    bar[BAR] = '\0';
    fprintf(stderr, "\r%s%s%s %lld/%lld  %s", line->colour ? "\033[36m" : "", bar,
            line->colour ? "\033[0m" : "", (long long)done, (long long)total, words);
    fflush(stderr);
}

static inline void progress_objective(progress_line *line, int64_t done, int64_t total,
                                      double objective)
{
    char words[40];
    snprintf(words, sizeof words, "objective %-12.6g", objective);
    progress_show(line, done, total, words);
}

/* Text in the place of a bar. */
static inline void progress_text(progress_line *line, const char *text)
{
    double now = line->shown ? clock_seconds() : 0;
    if (!line->shown || now - line->last < 0.1)
        return;
    line->last = now;
    fprintf(stderr, "\r%-78.78s", text);
    fflush(stderr);
}

static inline void progress_listen(int32_t level, const char *text, void *line)
{
    if (level == LIBNC_LOG_INFO)
        progress_text(line, text);
}

/* Shows the steps of the library's solvers, until `shown` is false. */
static inline void progress_follow(const program *self, progress_line *line, bool shown)
{
    shown = shown && line->shown;
    require(self, libnc_context_set_log(self->context, shown ? progress_listen : NULL, line,
                                        LIBNC_LOG_INFO));
}

static inline void progress_end(const progress_line *line)
{
    if (line->shown)
        fprintf(stderr, "\r%78s\r", "");
}

#endif
