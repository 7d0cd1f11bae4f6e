/* SPDX-License-Identifier: MIT
 *
 * output.h: the files of --out, which libnc writes whole or not at all.
 *
 * A table is a line of names, a line of where it comes from, then rows; undefined numbers are nan.
 */
#ifndef PROGRAMS_OUTPUT_H
#define PROGRAMS_OUTPUT_H

#include "program.h"

#include <stdio.h>

/* Creates a directory and its parents; it must be one that files can be written to. */
void make_directory(const program *self, const char *path);

/* folder/name, allocated. */
char *path_in(const program *self, const char *folder, const char *name);

/* One at a time. */
FILE *open_output(const program *self, const char *name);

void close_output(const program *self, FILE *file);

/* The same for a caller that has to tidy up when it fails. */
libnc_status finish_output(const program *self, FILE *file);

/* A comment: version, problem and command. */
void write_source(const program *self, FILE *file);

void write_tsv(const program *self, const char *name, const char *const *names, int columns,
               const double *values, int64_t rows);

void write_matrix_tsv(const program *self, const char *name, const double *values, int64_t n);

#endif
