/* SPDX-License-Identifier: MIT */
#include "epoch_table.h"

#include <math.h> /* isnan and NAN: macros */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "json.h"
#include "output.h"
#include "words.h"

/* ---- rows ---- */

bool epoch_table_has(const epoch_table *t, int64_t number)
{
    for (int64_t i = 0; i < t->count; i++)
        if (t->epochs[i] == number)
            return true;
    return false;
}

void epoch_table_add(const program *self, epoch_table *t, int64_t number, const double *values)
{
    const size_t columns = (size_t)t->columns, rows = (size_t)t->count + 1;
    int64_t *epochs = realloc(t->epochs, rows * sizeof *epochs);
    t->epochs = epochs != NULL ? epochs : t->epochs;
    double *all = realloc(t->values, rows * columns * sizeof *all);
    t->values = all != NULL ? all : t->values;
    if (epochs == NULL || all == NULL)
        stop(self, EXIT_FAILURE, "out of memory: %zu epochs", rows);
    int64_t at = t->count++;
    for (; at > 0 && epochs[at - 1] > number; at--) {
        epochs[at] = epochs[at - 1];
        memcpy(all + (size_t)at * columns, all + (size_t)(at - 1) * columns, columns * sizeof *all);
    }
    epochs[at] = number;
    memcpy(all + (size_t)at * columns, values, columns * sizeof *all);
}

void epoch_table_free(epoch_table *t)
{
    free(t->epochs);
    free(t->values);
}

/* ---- reading ---- */

/* The next cell of a line, which is cut there; NULL after the last one. */
static char *next_cell(char **line)
{
    char *cell = *line;
    if (cell == NULL)
        return NULL;
    char *end = cell + strcspn(cell, "\t\n");
    *line = *end == '\t' ? end + 1 : NULL;
    *end = '\0';
    return cell;
}

static double read_cell(const program *self, const char *path, const char *cell)
{
    const char *end;
    double value;
    if (strcmp(cell, "nan") == 0)
        return NAN;
    if (strcmp(cell, "inf") == 0 || strcmp(cell, "-inf") == 0)
        return *cell == '-' ? -INFINITY : INFINITY;
    if (!read_number(cell, &end, &value) || *end != '\0')
        stop(self, EXIT_FAILURE, "%s: \"%s\" is no number", path, cell);
    return value;
}

/* Which metric each column is, 0 for one that is not known here: `most` at most; how many. */
static int read_names(const program *self, const char *path, char *line, int32_t *metrics, int most)
{
    char *cell = next_cell(&line);
    int count = 0;
    if (cell == NULL || strcmp(cell, "epoch") != 0)
        stop(self, EXIT_FAILURE, "%s: is no table of epochs: its first column must be \"epoch\"",
             path);
    while (count < most && (cell = next_cell(&line)) != NULL)
        metrics[count++] = libnc_metric_index(cell);
    return count;
}

static void read_row(const program *self, const char *path, char *line, const int32_t *metrics,
                     int count, epoch_table *t)
{
    double *values = allocate(self, (size_t)t->columns, sizeof *values);
    for (int32_t i = 0; i < t->columns; i++)
        values[i] = NAN;
    const double number = read_cell(self, path, next_cell(&line));
    for (int i = 0; i < count; i++) {
        const char *cell = next_cell(&line);
        if (cell == NULL)
            stop(self, EXIT_FAILURE, "%s: epoch %g has too few columns", path, number);
        if (metrics[i] > 0)
            values[metrics[i] - 1] = read_cell(self, path, cell);
    }
    if (!epoch_table_has(t, (int64_t)number))
        epoch_table_add(self, t, (int64_t)number, values);
    free(values);
}

epoch_table epoch_table_read(const program *self, const char *path)
{
    enum { MOST = 1024 };
    epoch_table t = {.columns = libnc_metric_count()};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    int32_t *metrics = allocate(self, MOST, sizeof *metrics);
    int count = -1;
    while (file != NULL && getline(&line, &size, file) > 0) {
        if (count < 0)
            count = read_names(self, path, line, metrics, MOST);
        else if (*line != '#' && *line != '\n')
            read_row(self, path, line, metrics, count, &t);
    }
    if (file != NULL)
        fclose(file);
    free(line);
    free(metrics);
    return t;
}

/* ---- writing ---- */

static void print_table(const program *self, const epoch_table *t, FILE *file, bool is_commented)
{
    fputs(is_commented ? "# epoch" : "epoch", file);
    for (int32_t m = 1; m <= t->columns; m++)
        fprintf(file, "\t%s", libnc_metric_name(m));
    fputc('\n', file);
    write_source(self, file);
    for (int64_t i = 0; i < t->count; i++) {
        fprintf(file, "%lld", (long long)t->epochs[i]);
        for (int32_t m = 0; m < t->columns; m++)
            fprintf(file, "\t%.17g", t->values[i * t->columns + m]);
        fputc('\n', file);
    }
}

static void print_tracker(const epoch_table *t, FILE *file, const char *name)
{
    json_writer all = {.file = file};
    json_whole(&all, "libnc_tracker", 1);
    json_text(&all, "name", name);
    json_key(&all, "predicted");
    fputs("{}", file);
    json_wholes(&all, "epochs", t->epochs, t->count);
    json_key(&all, "rows");
    for (int64_t i = 0; i < t->count; i++) {
        json_writer row = {.file = file};
        fputs(i > 0 ? ", " : "[", file);
        for (int32_t m = 0; m < t->columns; m++)
            if (isfinite(t->values[i * t->columns + m]))
                json_number(&row, libnc_metric_name(m + 1), t->values[i * t->columns + m]);
        json_end(&row);
    }
    fputs(t->count > 0 ? "]" : "[]", file);
    json_end(&all);
}

/* The text of a file in memory, then the file. */
typedef struct text_file {
    FILE *file;
    char *text;
    size_t size;
} text_file;

static void open_text(const program *self, text_file *t)
{
    if ((t->file = open_memstream(&t->text, &t->size)) == NULL)
        stop(self, EXIT_FAILURE, "out of memory");
}

static void write_text(const program *self, text_file *t, const char *path)
{
    if (fclose(t->file) != 0)
        stop(self, EXIT_FAILURE, "%s: out of memory", path);
    require(self, libnc_file_write(self->context, path, t->text, t->size));
    free(t->text);
}

void epoch_table_write(const program *self, const epoch_table *t, const char *path)
{
    text_file text = {0};
    open_text(self, &text);
    print_table(self, t, text.file, false);
    write_text(self, &text, path);
}

void epoch_table_write_tracker(const program *self, const epoch_table *t, const char *path,
                               const char *name)
{
    text_file text = {0};
    open_text(self, &text);
    print_tracker(t, text.file, name);
    write_text(self, &text, path);
}

void epoch_table_json(const program *self, const epoch_table *t)
{
    json_writer json = {.file = stdout};
    double *column = allocate(self, (size_t)t->count, sizeof *column);
    json_wholes(&json, "epochs", t->epochs, t->count);
    for (int32_t m = 0; m < t->columns; m++) {
        for (int64_t i = 0; i < t->count; i++)
            column[i] = t->values[i * t->columns + m];
        json_array(&json, libnc_metric_name(m + 1), column, t->count);
    }
    json_run(&json, self->command);
    json_end(&json);
    free(column);
}

/* ---- the figure ---- */

static const struct {
    int32_t metric;
    const char *title;
} drawn[] = {{LIBNC_METRIC_NC1, "nc1"},
             {LIBNC_METRIC_NC2_EQUINORM_FEATURES, "equinorm"},
             {LIBNC_METRIC_NC2_EQUIANGULAR_FEATURES, "equiangular"},
             {LIBNC_METRIC_NC3_DUALITY, "nc3_duality"},
             {LIBNC_METRIC_NC4_MISMATCH, "1 - nc4"}};

static bool is_positive(const epoch_table *t, int32_t metric)
{
    for (int64_t i = 0; i < t->count; i++)
        if (t->values[i * t->columns + metric - 1] > 0)
            return true;
    return false;
}

void epoch_table_draw(const program *self, const epoch_table *t)
{
    bool first = true;
    FILE *file = open_output(self, "epochs.tsv");
    print_table(self, t, file, true);
    close_output(self, file);
    file = open_output(self, SCRIPT_NAME);
    script_begin(self, file, "metrics over epochs");
    script_figure(file, "epochs", 760, 560);
    script_margins(file, 0.1, 0.3);
    fputs("set title \"neural collapse over epochs\" font title_font\nset xlabel \"epoch\"\n"
          "set logscale y\nset format y \"10^{%L}\"\nset grid ls 9\n"
          "set key at screen 0.5,0.02 center bottom vertical maxrows 2 Left reverse samplen 2 "
          "noenhanced\n",
          file);
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++) {
        const int32_t metric = drawn[i].metric;
        if (!is_positive(t, metric))
            continue;
        fprintf(file,
                "%s\"epochs.tsv\" using 1:($%d > 0 ? $%d : NaN) with linespoints ls %zu title "
                "\"%s\"",
                first ? "plot " : ", \\\n     ", metric + 1, metric + 1, i + 1, drawn[i].title);
        first = false;
    }
    fputs(first ? "plot 1 notitle\n" : "\n", file);
    close_output(self, file);
    draw_script(self);
}
