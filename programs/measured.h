/* SPDX-License-Identifier: MIT
 *
 * measured.h: what libnc-measure says: a table for readers, one JSON object, and the files of
 * --out. Names of numbers are those of doc/metrics.md.
 */
#ifndef PROGRAMS_MEASURED_H
#define PROGRAMS_MEASURED_H

#include "program.h"

enum { MAX_LAYERS = 64 };

/* What a program has to say of a layer, beside the library's diagnostics. */
enum { MAX_NOTES = 8 };

typedef struct note_list {
    char *texts[MAX_NOTES];
    int count;
} note_list;

#if defined(__GNUC__)
__attribute__((__format__(__printf__, 3, 4)))
#endif
void
note_add(const program *self, note_list *notes, const char *format, ...);

void notes_free(note_list *notes);

/* Values of each class (by_class.h). */
typedef struct class_values class_values;

/* Sets besides the training set (other_sets.h). */
typedef struct other_sets other_sets;

/* A measured report and what is known beside it. */
typedef struct measured {
    const program *self;
    const libnc_report *report;
    const libnc_report *theory; /* of the first layer: what was compared with a prediction */
    libnc_geometry *prediction; /* of --theory, for the classes that occur; NULL: none */
    const libnc_accumulator *accumulator; /* of the first layer */
    int64_t samples, class_count;
    int64_t second_samples; /* of these, those that the second pass has seen; 0 without one */
    int64_t ignored;        /* rows left out of the samples */
    bool ignores;           /* some were to be left out */
    const int64_t *labels;  /* K: the label of each class; NULL: its number */
    int32_t convention, layer_count;
    const char *names[MAX_LAYERS]; /* of the layers */
    const note_list *notes[MAX_LAYERS];
    const libnc_report *alone[MAX_LAYERS]; /* of a layer with a bias of its own; NULL elsewhere */
    bool has_rows;                         /* a classifier of the first layer */
    bool fits;                             /* whether there are the next three */
    double fitted_product, fitted_distance;
    int32_t fitted_unique; /* whether the prediction is */
    double seconds;
    bool by_frequency; /* values by class against their counts */
    class_values *by_class;
    const other_sets *others; /* NULL: none */
} measured;

/* The label that a class stands for. */
int64_t measured_label(const measured *m, int64_t class);

/* Words from column `at` on; lines after the first start at column `indent`. */
void print_wrapped(const char *text, int at, int indent, int columns);

/* NaN where the library has no such number. */
double measured_value(const measured *m, int32_t metric, int32_t layer);

void print_measured(const measured *m);

void print_json(const measured *m);

void write_measured(const measured *m);

#endif
