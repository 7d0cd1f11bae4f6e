/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <math.h> /* NAN: a macro */
#include <stdlib.h>

#include "output.h"

static const char *const names[HISTORY_COLUMNS] = {"iteration",
                                                   "objective",
                                                   "relative_gap",
                                                   "nc1",
                                                   "nc2_classifier",
                                                   "nc2_features",
                                                   "nc3",
                                                   "seconds",
                                                   "accuracy",
                                                   "test_accuracy",
                                                   "majority_test_accuracy",
                                                   "minority_test_accuracy",
                                                   "minority_cosine"};

static const char *const layer_keys[LAYER_METRICS] = {"layer_nc1", "layer_nc2_classifier",
                                                      "layer_nc2_features", "layer_nc3"};

history history_begin(const program *self, int32_t depth)
{
    history h = {.depth = depth, .width = HISTORY_COLUMNS + LAYER_METRICS * ((int64_t)depth - 1)};
    h.values = allocate(self, MAX_HISTORY * (size_t)h.width, sizeof *h.values);
    return h;
}

double *history_row(const history *h, int64_t row)
{
    return h->values + row * h->width;
}

/* Those of layer 1 are columns of history.tsv. */
double *history_layer(const history *h, double *row, int32_t layer)
{
    (void)h;
    return layer == 1 ? row + HISTORY_NC1 : row + HISTORY_COLUMNS + LAYER_METRICS * (layer - 2);
}

double *history_add(history *h, int64_t iteration)
{
    const bool known =
        h->rows > 0 && history_row(h, h->rows - 1)[HISTORY_ITERATION] == (double)iteration;
    if (known || h->rows == MAX_HISTORY)
        h->rows--;
    double *row = history_row(h, h->rows++);
    for (int64_t i = 0; i < h->width; i++)
        row[i] = NAN;
    row[HISTORY_ITERATION] = (double)iteration;
    return row;
}

static void write_layers(const program *self, const history *h)
{
    static const char *const columns[2 + LAYER_METRICS] = {"iteration",      "layer",        "nc1",
                                                           "nc2_classifier", "nc2_features", "nc3"};
    const int64_t rows = h->rows * h->depth, width = 2 + LAYER_METRICS;
    double *values = allocate(self, (size_t)(rows * width), sizeof *values), *at = values;
    for (int32_t j = 1; j <= h->depth; j++)
        for (int64_t i = 0; i < h->rows; i++) {
            double *row = history_row(h, i);
            *at++ = row[HISTORY_ITERATION];
            *at++ = j;
            for (int m = 0; m < LAYER_METRICS; m++)
                *at++ = history_layer(h, row, j)[m];
        }
    write_tsv(self, "layers.tsv", columns, (int)width, values, rows);
    free(values);
}

void history_write(const program *self, const history *h, bool of_network)
{
    const int columns = of_network ? HISTORY_COLUMNS : HISTORY_ACCURACY;
    double *values = allocate(self, (size_t)(h->rows * columns), sizeof *values);
    for (int64_t i = 0; i < h->rows; i++)
        for (int c = 0; c < columns; c++)
            values[i * columns + c] = history_row(h, i)[c];
    write_tsv(self, "history.tsv", names, columns, values, h->rows);
    free(values);
    if (of_network || h->depth > 1)
        write_layers(self, h);
}

/* ---- JSON ---- */

static void column_json(const program *self, const history *h, int column, json_writer *json)
{
    double *values = allocate(self, (size_t)h->rows, sizeof *values);
    for (int64_t i = 0; i < h->rows; i++)
        values[i] = history_row(h, i)[column];
    json_array(json, names[column], values, h->rows);
    free(values);
}

/* One metric in rows `first` and on, all layers. */
static void metric_json(const program *self, const history *h, int metric, int64_t first,
                        json_writer *json)
{
    const int64_t rows = h->rows - first;
    double *values = allocate(self, (size_t)(rows * h->depth), sizeof *values);
    for (int64_t i = 0; i < rows; i++)
        for (int32_t j = 1; j <= h->depth; j++)
            values[i * h->depth + j - 1] = history_layer(h, history_row(h, first + i), j)[metric];
    if (rows == 1)
        json_array(json, layer_keys[metric], values, h->depth);
    else
        json_matrix(json, layer_keys[metric], values, rows, h->depth);
    free(values);
}

void history_json(const program *self, const history *h, json_writer *json)
{
    json_writer nested = {.file = json->file};
    json_key(json, "history");
    for (int c = 0; c < HISTORY_COLUMNS; c++)
        column_json(self, h, c, &nested);
    for (int m = 0; m < LAYER_METRICS; m++)
        metric_json(self, h, m, 0, &nested);
    fputc('}', json->file);
}

void history_layers_json(const program *self, const history *h, json_writer *json)
{
    for (int m = 0; m < LAYER_METRICS; m++)
        metric_json(self, h, m, h->rows - 1, json);
}
