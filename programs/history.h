/* SPDX-License-Identifier: MIT
 *
 * history.h: what a training was like, measurement by measurement: history.tsv, and for several
 * head layers layers.tsv.
 */
#ifndef PROGRAMS_HISTORY_H
#define PROGRAMS_HISTORY_H

#include "json.h"
#include "program.h"

/* Columns; behind them stand those of the head layers 2 .. M. */
enum {
    HISTORY_ITERATION,
    HISTORY_OBJECTIVE,
    HISTORY_GAP,
    HISTORY_NC1,
    HISTORY_NC2_CLASSIFIER,
    HISTORY_NC2_FEATURES,
    HISTORY_NC3,
    HISTORY_SECONDS,
    HISTORY_ACCURACY, /* this and what follows: of networks */
    HISTORY_TEST_ACCURACY,
    HISTORY_MAJORITY_TEST_ACCURACY,
    HISTORY_MINORITY_TEST_ACCURACY,
    HISTORY_MINORITY_COSINE,
    HISTORY_COLUMNS
};

/* Of a head layer: NC1, NC2 of classifier and features, NC3. */
enum { LAYER_METRICS = 4 };

enum { MAX_HISTORY = 512 };

typedef struct history {
    double *values; /* MAX_HISTORY rows, allocated */
    int64_t rows, width;
    int32_t depth;
} history;

history history_begin(const program *self, int32_t depth);

double *history_row(const history *h, int64_t row);

/* The four metrics of head layer j = 1 .. M in a row. */
double *history_layer(const history *h, double *row, int32_t layer);

/* The row of an iteration: the last one if it is of it already, or there is no more room. */
double *history_add(history *h, int64_t iteration);

void history_write(const program *self, const history *h, bool of_network);

/* The key "history": an object of lists, over all measurements; of layers a list of lists. */
void history_json(const program *self, const history *h, json_writer *json);

/* The metrics of the last measurement layer by layer: "layer_nc1" and so on. */
void history_layers_json(const program *self, const history *h, json_writer *json);

#endif
