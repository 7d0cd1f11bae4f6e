/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { MAX_OPTIONS = 96 };

static void print_help(const program *self)
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
static void refuse_option(const program *self, int key, char **argv)
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

static void fill_table(const program *self, struct option table[MAX_OPTIONS + 1])
{
    memset(table, 0, (MAX_OPTIONS + 1) * sizeof *table);
    for (int i = 0; i < self->option_count && i < MAX_OPTIONS; i++) {
        table[i].name = self->options[i].name;
        table[i].has_arg = self->options[i].argument != NULL ? required_argument : no_argument;
        table[i].val = self->options[i].key;
    }
    opterr = 0; /* its own messages print what they get as it is */
}

/* The index of the next option and its key, or '?' or ':' for what is none, or -1 at the end. The
 * one short option is -h. */
static int read_option(const program *self, int argc, char **argv, int *index)
{
    struct option table[MAX_OPTIONS + 1];
    fill_table(self, table);
    *index = -1;
    const int key = getopt_long(argc, argv, ":h", table, index);
    if (key != 'h' || *index >= 0)
        return key;
    for (*index = 0; self->options[*index].key != KEY_HELP;)
        ++*index;
    return KEY_HELP;
}

const option_spec *find_option(const program *self, int argc, char **argv, int key)
{
    const option_spec *found = NULL;
    char *argument = NULL;
    int index, read;
    while ((read = read_option(self, argc, argv, &index)) != -1)
        if (read == key) {
            found = &self->options[index];
            argument = optarg;
        }
    optind = 1;
    optarg = argument;
    return found;
}

const option_spec *next_option(program *self, int argc, char **argv)
{
    int index;
    const int key = read_option(self, argc, argv, &index);
    if (key == '?' || key == ':')
        refuse_option(self, key, argv);
    if (key != -1)
        return &self->options[index];
    if (optind < argc && !self->takes_operands)
        stop(self, EXIT_USAGE, "%s: not an option; --help lists the options", argv[optind]);
    if (self->format != NULL && self->out == NULL)
        stop(self, EXIT_USAGE, "--format: must come with --out");
    return NULL;
}

int64_t option_whole(const program *self, const option_spec *option, int64_t minimum,
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
static uint64_t option_seed(const program *self, const option_spec *option)
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
static int64_t list_length(const char *text)
{
    int64_t length = 1;
    for (; *text != '\0'; text++)
        length += *text == ',';
    return length;
}

double *option_numbers(const program *self, const option_spec *option, double minimum, bool closed,
                       double maximum, int64_t *count)
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

double option_number(const program *self, const option_spec *option, double minimum, bool closed,
                     double maximum)
{
    int64_t count;
    double *values = option_numbers(self, option, minimum, closed, maximum, &count);
    double value = values[0];
    free(values);
    if (count != 1)
        stop(self, EXIT_USAGE, "--%s = %s: must be one number", option->name, optarg);
    return value;
}

int64_t *option_wholes(const program *self, const option_spec *option, int64_t minimum,
                       int64_t maximum, int64_t *count)
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

/* One part of a list of indices, "7" or "90-99"; false if it is none. */
static bool read_range(const char *text, const char **end, int64_t maximum, int64_t range[2])
{
    if (!read_whole(text, end, &range[0]) || range[0] < 0)
        return false;
    range[1] = range[0];
    if (**end == '-' && !read_whole(*end + 1, end, &range[1]))
        return false;
    return range[0] <= range[1] && range[1] <= maximum && (**end == ',' || **end == '\0');
}

int64_t *option_indices(const program *self, const option_spec *option, int64_t maximum,
                        int64_t *count)
{
    bool *taken = allocate(self, (size_t)maximum + 1, sizeof *taken);
    int64_t *values = allocate(self, (size_t)maximum + 1, sizeof *values);
    const char *text = optarg, *end = ",";
    for (*count = 0; *end == ','; text = end + 1) {
        int64_t range[2];
        if (!read_range(text, &end, maximum, range))
            stop(self, EXIT_USAGE, "--%s = %s: must be classes from 0 to %lld, as in 3,7,90-99",
                 option->name, optarg, (long long)maximum);
        for (int64_t i = range[0]; i <= range[1]; i++)
            taken[i] = true;
    }
    for (int64_t i = 0; i <= maximum; i++)
        if (taken[i])
            values[(*count)++] = i;
    free(taken);
    return values;
}

int option_choice(const program *self, const option_spec *option, const char *const *choices)
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

bool common_option(program *self, const option_spec *option)
{
    static const char *const formats[] = {"svg", "pdf", "png", NULL};
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
    case KEY_FORMAT: self->format = formats[option_choice(self, option, formats)]; return true;
    default: return false;
    }
}

void unhandled(const program *self, const option_spec *option)
{
    stop(self, EXIT_FAILURE, "--%s: in the table of options but not handled", option->name);
}
