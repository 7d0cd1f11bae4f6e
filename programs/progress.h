/* SPDX-License-Identifier: MIT
 *
 * progress.h: one line of progress on stderr, on a terminal only.
 */
#ifndef PROGRAMS_PROGRESS_H
#define PROGRAMS_PROGRESS_H

#include "program.h"

typedef struct progress_line {
    bool shown;  /* stderr is a terminal and --quiet was not given */
    bool colour; /* NO_COLOR is not set (no-color.org) */
    double last; /* seconds of the last update */
} progress_line;

double clock_seconds(void);

progress_line progress_begin(const program *self);

/* A bar of what is done, with what is known of it, redrawn at most ten times a second. */
void progress_show(progress_line *line, int64_t done, int64_t total, const char *words);

void progress_objective(progress_line *line, int64_t done, int64_t total, double objective);

/* Shows the steps of the library's solvers, until `shown` is false. */
void progress_follow(const program *self, progress_line *line, bool shown);

void progress_end(const progress_line *line);

#endif
