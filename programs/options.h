/* SPDX-License-Identifier: MIT
 *
 * options.h: options of the command line. A bad value names the option and the accepted range.
 */
#ifndef PROGRAMS_OPTIONS_H
#define PROGRAMS_OPTIONS_H

#include "program.h"

/* Keys of the options that every program has; others start from 100. */
enum { KEY_HELP = 1, KEY_VERSION, KEY_JSON, KEY_OUT, KEY_FORMAT, KEY_SEED, KEY_QUIET };

/* clang-format off */
#define COMMON_OPTIONS                                                                            \
    {KEY_SEED, "seed", "S", "seed of the random numbers (2)"},                                    \
    PLAIN_OPTIONS
/* Of a program without random numbers. */
#define PLAIN_OPTIONS                                                                             \
    {KEY_JSON, "json", NULL, "print one JSON object"},                                            \
    {KEY_OUT, "out", "DIR", "write tables, a gnuplot script and figures to DIR"},                 \
    {KEY_FORMAT, "format", "svg|pdf|png", "of the figures of --out (svg)"},                       \
    {KEY_QUIET, "quiet", NULL, "no progress"},                                                    \
    {KEY_HELP, "help", NULL, "print this help; also -h"},                                             \
    {KEY_VERSION, "version", NULL, "print the version"}
/* clang-format on */

/* The last option of this key, its argument in optarg, before any is read; NULL if it is not given.
 * What is wrong with others is said when they are read. */
const option_spec *find_option(const program *self, int argc, char **argv, int key);

/* The next option of the command line, its argument in optarg; NULL after the last one. */
const option_spec *next_option(program *self, int argc, char **argv);

/* A whole number of the option's argument, or a usage error. */
int64_t option_whole(const program *self, const option_spec *option, int64_t minimum,
                     int64_t maximum);

/* Comma-separated numbers: above (or from, if closed) minimum, at most maximum. */
double *option_numbers(const program *self, const option_spec *option, double minimum, bool closed,
                       double maximum, int64_t *count);

double option_number(const program *self, const option_spec *option, double minimum, bool closed,
                     double maximum);

/* Comma-separated whole numbers from minimum to maximum. */
int64_t *option_wholes(const program *self, const option_spec *option, int64_t minimum,
                       int64_t maximum, int64_t *count);

/* Indices from 0 to `maximum`, "3,7,90-99", ascending, each once. */
int64_t *option_indices(const program *self, const option_spec *option, int64_t maximum,
                        int64_t *count);

/* The index of the argument among the choices, a NULL-terminated list. */
int option_choice(const program *self, const option_spec *option, const char *const *choices);

/* Handles an option that every program has; false if it is none of them. */
bool common_option(program *self, const option_spec *option);

/* An option of the table that no handler knows is a defect of the program. */
void unhandled(const program *self, const option_spec *option);

#endif
