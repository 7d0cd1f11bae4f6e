/* SPDX-License-Identifier: MIT */
#include "falls.h"

#include <math.h> /* NAN: a macro */
#include <stdlib.h>

#include "output.h"
#include "progress.h"
#include "table.h"

/* Widths take as many solutions again as the decays do, and each count ten to a hundred: some
 * minutes for a hundred classes. */
enum { FEW_CLASSES = 32 };

/* ---- fetching ---- */

static double *values(const program *self, int64_t size)
{
    return allocate(self, (size_t)size, sizeof(double));
}

static void choose_classes(const program *self, const problem *task, falls *f)
{
    f->size = task->asked != NULL ? task->asked_count : task->counts.size;
    f->classes = allocate(self, (size_t)f->size, sizeof *f->classes);
    for (int64_t i = 0; i < f->size; i++)
        f->classes[i] = task->asked != NULL ? task->asked[i] : i;
}

static void allocate_columns(const program *self, const problem *task, falls *f)
{
    const bool few = task->thresholds && f->size <= FEW_CLASSES;
    if (task->energies[0] > 0)
        f->energy = values(self, f->size);
    else
        f->decay = values(self, f->size);
    if (few)
        f->width = values(self, f->size);
    if (task->thresholds && (few || task->loss == LIBNC_LOSS_MSE))
        f->count = values(self, f->size);
}

static bool are_equal(const problem *task, int64_t a, int64_t b)
{
    return task->counts.values[a] == task->counts.values[b] &&
           (task->class_weights == NULL || task->class_weights[a] == task->class_weights[b]);
}

/* The first row of an equal class: that has the same thresholds. */
static int64_t equal_row(const problem *task, const falls *f, int64_t i)
{
    int64_t j = 0;
    while (!are_equal(task, f->classes[i], f->classes[j]))
        j++;
    return j;
}

/* Of all classes together: they share solutions. */
static libnc_status fetch_all(const problem *task, const libnc_geometry *geometry, const falls *f)
{
    const size_t K = (size_t)task->counts.size;
    return f->energy != NULL ? libnc_threshold_fall_energies(geometry, f->energy, f->width, K)
                             : libnc_threshold_fall_decays(geometry, f->decay, f->width, K);
}

static libnc_status fetch_one(const libnc_geometry *geometry, const falls *f, int64_t i)
{
    double *width = f->width != NULL ? &f->width[i] : NULL;
    return f->energy != NULL
               ? libnc_threshold_fall_energy(geometry, f->classes[i], &f->energy[i], width)
               : libnc_threshold_fall_decay(geometry, f->classes[i], &f->decay[i], width);
}

static libnc_status fetch_asked(const problem *task, const libnc_geometry *geometry, const falls *f)
{
    double *const columns[] = {f->decay, f->energy, f->width};
    libnc_status status = LIBNC_OK;
    for (int64_t i = 0; i < f->size && status == LIBNC_OK; i++) {
        const int64_t j = equal_row(task, f, i);
        if (j == i)
            status = fetch_one(geometry, f, i);
        for (int c = 0; c < 3; c++)
            if (columns[c] != NULL)
                columns[c][i] = columns[c][j];
    }
    return status;
}

static libnc_status fetch_counts(const problem *task, const libnc_geometry *geometry,
                                 const falls *f)
{
    libnc_status status = LIBNC_OK;
    for (int64_t i = 0; i < f->size && f->count != NULL && status == LIBNC_OK; i++) {
        const int64_t j = equal_row(task, f, i);
        if (j == i)
            status = libnc_threshold_fall_count(geometry, f->classes[i], &f->count[i]);
        f->count[i] = f->count[j];
    }
    return status;
}

static libnc_status fetch(const problem *task, const libnc_geometry *geometry, const falls *f)
{
    const libnc_status status =
        task->asked != NULL ? fetch_asked(task, geometry, f) : fetch_all(task, geometry, f);
    return status == LIBNC_OK ? fetch_counts(task, geometry, f) : status;
}

static void fetch_depths(const program *self, const problem *task, const libnc_geometry *geometry,
                         falls *f)
{
    const size_t K = (size_t)task->counts.size;
    int32_t *depths = allocate(self, K, sizeof *depths);
    require(self, libnc_threshold_fall_depths(geometry, depths, K));
    f->depth = allocate(self, (size_t)f->size, sizeof *f->depth);
    for (int64_t i = 0; i < f->size; i++)
        f->depth[i] = depths[f->classes[i]];
    free(depths);
}

falls falls_fetch(const program *self, const problem *task, const libnc_geometry *geometry)
{
    falls f = {0};
    if (!task->thresholds && (task->loss != LIBNC_LOSS_MSE || task->bias))
        return f;
    choose_classes(self, task, &f);
    allocate_columns(self, task, &f);
    progress_line line = progress_begin(self);
    progress_follow(self, &line, true);
    const libnc_status status = fetch(task, geometry, &f);
    progress_follow(self, &line, false);
    progress_end(&line);
    require(self, status);
    if (task->thresholds && task->loss == LIBNC_LOSS_MSE)
        fetch_depths(self, task, geometry, &f);
    return f;
}

void falls_release(falls *f)
{
    free(f->classes);
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

void falls_json(const problem *task, const falls *f, json_writer *json)
{
    const char *names[MAX_COLUMNS];
    const double *numbers[MAX_COLUMNS];
    const int count = f->size > 0 ? columns_of(f, names, numbers) : 0;
    if (f->size > 0 && task->asked != NULL)
        json_wholes(json, "fall_classes", f->classes, f->size);
    for (int i = 0; i < count; i++)
        json_array(json, names[i], numbers[i], f->size);
    if (f->depth == NULL)
        return;
    json_key(json, "fall_depth");
    for (int64_t k = 0; k < f->size; k++)
        fprintf(json->file, "%s%d", k > 0 ? ", " : "[", (int)f->depth[k]);
    fputc(']', json->file);
}

/* The numbers of a row after its class, in the order of the columns. */
static int class_row(const problem *task, const falls *f, int64_t r, const char *names[],
                     double row[])
{
    const double *numbers[MAX_COLUMNS];
    int columns = columns_of(f, names + 2, numbers);
    names[0] = "class";
    names[1] = "count";
    row[0] = (double)task->counts.values[f->classes[r]];
    for (int i = 0; i < columns; i++)
        row[i + 1] = numbers[i][r];
    columns += 2;
    if (f->depth != NULL) {
        names[columns] = "fall_depth";
        row[columns++ - 1] = f->depth[r];
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
    if (f->count != NULL)
        printf("As things are it is predicted from fall_count samples on%s\n",
               f->depth != NULL ? ", and up to fall_depth layers" : "");
    text_table t = table_begin(names, class_row(task, f, 0, names, row));
    for (int64_t r = 0; r < f->size; r++) {
        class_row(task, f, r, names, row);
        if (table_shows(&t, r, f->size))
            table_row(&t, f->classes[r], row);
    }
    table_end(&t);
}

void falls_write(const program *self, const problem *task, const falls *f)
{
    const char *names[MAX_COLUMNS + 2];
    double row[MAX_COLUMNS + 2];
    if (f->size == 0)
        return;
    const int columns = class_row(task, f, 0, names, row);
    double *table = allocate(self, (size_t)(f->size * columns), sizeof *table);
    for (int64_t r = 0; r < f->size; r++) {
        table[r * columns] = (double)f->classes[r];
        class_row(task, f, r, names, table + r * columns + 1);
    }
    write_tsv(self, "thresholds.tsv", names, columns, table, f->size);
    free(table);
}
