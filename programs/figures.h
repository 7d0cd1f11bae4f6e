/* SPDX-License-Identifier: MIT
 *
 * figures.h: the files of --out: tables as TSV, a gnuplot script, and SVG figures where gnuplot is.
 *
 * Every figure has labelled axes, is legible at half a page and right in grey: curves differ by
 * dash and marker, and the palette's luminance is monotone.
 */
#ifndef PROGRAMS_FIGURES_H
#define PROGRAMS_FIGURES_H

#include "problem.h"

#include <stdio.h>

#define SCRIPT_NAME "figures.gp"

/* Which figures a run has, and what the script must know about them. */
typedef struct figure_set {
    const char *title;
    int64_t class_count;
    bool history;    /* history.tsv */
    bool predicted;  /* predicted Gram matrices, and columns of classes.tsv */
    bool measured;   /* measured ones */
    bool curve;      /* curve.tsv */
    bool centred;    /* the features' Gram matrix is that of centred means */
    bool no_rows;    /* no Gram matrix of a classifier */
    int64_t largest; /* class count */
} figure_set;

/* Heat maps of more classes than this are not readable; points on a theory curve. */
enum { MAX_GRAM_CLASSES = 200, CURVE_POINTS = 240 };

/* Creates a directory and its parents; it must be one that files can be written to. */
void make_directory(const program *self, const char *path);

/* One at a time. */
FILE *open_output(const program *self, const char *name);

void close_output(const program *self, FILE *file);

/* A comment: version, problem and command. */
void write_source(const program *self, FILE *file);

void write_tsv(const program *self, const char *name, const char *const *names, int columns,
               const double *values, int64_t rows);

void write_matrix_tsv(const program *self, const char *name, const double *values, int64_t n);

void script_begin(FILE *file, const figure_set *set);

void script_grams(FILE *file, const figure_set *set);

/* Draws what it can of the script, and says where everything is. */
void draw_script(const program *self);

/* Everything of --out but history.tsv; `history` says whether that was written. */
void write_files(const program *self, const problem *task, const libnc_geometry *geometry,
                 const libnc_report *report, bool history);

#endif
