/* SPDX-License-Identifier: MIT */
#include "falls.h"

#include <math.h> /* NAN: a macro */
#include <stdlib.h>

#include "output.h"
#include "progress.h"
#include "table.h"

/* Widths take as many solutions again as the decays do: some minutes for a hundred classes. */
enum { MAX_PROVEN_CLASSES = 32 };

/* ---- fetching ---- */

static double *values(const program *self, int64_t K)
{
    return allocate(self, (size_t)K, sizeof(double));
}

/* A class like the one before it needs what that one needs. */
static void fetch_mean_square(const program *self, const problem *task,
                              const libnc_geometry *geometry, falls *f)
{
    const int64_t *counts = task->counts.values;
    f->count = values(self, f->size);
    f->depth = allocate(self, (size_t)f->size, sizeof *f->depth);
    for (int64_t k = 0; k < f->size; k++)
        if (k > 0 && counts[k] == counts[k - 1])
            f->count[k] = f->count[k - 1];
        else
            require(self, libnc_threshold_fall_count(geometry, k, &f->count[k]));
    require(self, libnc_threshold_fall_depths(geometry, f->depth, (size_t)f->size));
}

static libnc_status fetch(const program *self, const problem *task, const libnc_geometry *geometry,
                          falls *f)
{
    if (task->thresholds && f->size <= MAX_PROVEN_CLASSES)
        f->width = values(self, f->size);
    if (task->energies[0] > 0) {
        f->energy = values(self, f->size);
        return libnc_threshold_fall_energies(geometry, f->energy, f->width, (size_t)f->size);
    }
    f->decay = values(self, f->size);
    return libnc_threshold_fall_decays(geometry, f->decay, f->width, (size_t)f->size);
}

falls falls_fetch(const program *self, const problem *task, const libnc_geometry *geometry)
{
    falls f = {0};
    if (!task->thresholds && (task->loss != LIBNC_LOSS_MSE || task->bias))
        return f;
    f.size = task->counts.size;
    progress_line line = progress_begin(self);
    progress_follow(self, &line, true);
    const libnc_status status = fetch(self, task, geometry, &f);
    if (status == LIBNC_OK && task->thresholds && task->loss == LIBNC_LOSS_MSE)
        fetch_mean_square(self, task, geometry, &f);
    progress_follow(self, &line, false);
    progress_end(&line);
    require(self, status);
    return f;
}

void falls_release(falls *f)
{
    free(f->decay);
    free(f->width);
    free(f->energy);
    free(f->count);
    free(f->depth);
}

/* ---- output ---- */

/* Columns after the class, NULL-terminated, with their values. */
enum { MAX_COLUMNS = 5 };

static int columns_of(const falls *f, const char *names[MAX_COLUMNS],
                      const double *numbers[MAX_COLUMNS])
{
    const char *const all[] = {"fall_decay", "fall_energy", "fall_width", "fall_count"};
    const double *const of[] = {f->decay, f->energy, f->width, f->count};
    int count = 0;
    for (int i = 0; i < 4; i++)
        if (of[i] != NULL) {
            names[count] = all[i];
            numbers[count++] = of[i];
        }
    return count;
}

void falls_json(const falls *f, json_writer *json)
{
    const char *names[MAX_COLUMNS];
    const double *numbers[MAX_COLUMNS];
    const int count = f->size > 0 ? columns_of(f, names, numbers) : 0;
    for (int i = 0; i < count; i++)
        json_array(json, names[i], numbers[i], f->size);
    if (f->depth == NULL)
        return;
    json_key(json, "fall_depth");
    for (int64_t k = 0; k < f->size; k++)
        fprintf(json->file, "%s%d", k > 0 ? ", " : "[", (int)f->depth[k]);
    fputc(']', json->file);
}

/* The numbers of one class after its own, in the order of the columns. */
static int class_row(const problem *task, const falls *f, int64_t k, const char *names[],
                     double row[])
{
    const double *numbers[MAX_COLUMNS];
    int columns = columns_of(f, names + 2, numbers);
    names[0] = "class";
    names[1] = "count";
    row[0] = (double)task->counts.values[k];
    for (int i = 0; i < columns; i++)
        row[i + 1] = numbers[i][k];
    columns += 2;
    if (f->depth != NULL) {
        names[columns] = "fall_depth";
        row[columns++ - 1] = f->depth[k];
    }
    return columns;
}

void falls_print(const problem *task, const falls *f)
{
    const char *names[MAX_COLUMNS + 2];
    double row[MAX_COLUMNS + 2];
    if (f->size == 0)
        return;
    printf("\nA class is no longer predicted %s\n",
           f->energy != NULL ? "if sqrt(E_W E_H) is at most fall_energy"
           : task->depth > 1 ? "if (lh lw_1 .. lw_M)^(1/(M+1)) is at least fall_decay"
                             : "if sqrt(lw lh) is at least fall_decay");
    table_header(names, class_row(task, f, 0, names, row));
    for (int64_t k = 0; k < f->size; k++) {
        const int columns = class_row(task, f, k, names, row);
        if (table_shows(k, f->size))
            table_row(names, columns, k, row);
    }
}

void falls_write(const program *self, const problem *task, const falls *f)
{
    const char *names[MAX_COLUMNS + 2];
    double row[MAX_COLUMNS + 2];
    if (f->size == 0)
        return;
    const int columns = class_row(task, f, 0, names, row);
    double *table = allocate(self, (size_t)(f->size * columns), sizeof *table);
    for (int64_t k = 0; k < f->size; k++) {
        table[k * columns] = (double)k;
        class_row(task, f, k, names, table + k * columns + 1);
    }
    write_tsv(self, "thresholds.tsv", names, columns, table, f->size);
    free(table);
}
