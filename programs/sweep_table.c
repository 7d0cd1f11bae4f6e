/* SPDX-License-Identifier: MIT */
#include "sweep_table.h"

#include <errno.h>
#include <math.h> /* isfinite: a macro */
#include <stdlib.h>
#include <string.h>

#include "output.h"

static const char *const fact_names[SWEEP_FACTS] = {"loss",          "gap",
                                                    "rank",          "lost",
                                                    "not_predicted", "smallest_margin",
                                                    "longest_row",   "shortest_row",
                                                    "longest_mean",  "shortest_mean"};

/* ---- lines ---- */

static char *header_of(const program *self, const sweep *s, const problem *task)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        stop(self, EXIT_FAILURE, "out of memory");
    fputs("# point", file);
    for (int i = 0; i < s->axis_count; i++)
        fprintf(file, "\t%s", s->axes[i].name);
    for (int f = 0; f < SWEEP_FACTS; f++)
        fprintf(file, "\t%s", fact_names[f]);
    fprintf(file, "\tstatus\n# libnc %s, ", libnc_version());
    problem_write(self, task, file);
    sweep_write(s, file);
    fputc('\n', file);
    if (fclose(file) != 0)
        stop(self, EXIT_FAILURE, "out of memory");
    return text;
}

static char *line_of(const program *self, const sweep *s, int64_t point, const sweep_row *row)
{
    enum { LONGEST = 512 };
    char *line = allocate(self, LONGEST, 1);
    size_t used = (size_t)snprintf(line, LONGEST, "%lld", (long long)point);
    for (int i = 0; i < s->axis_count; i++)
        used += (size_t)snprintf(line + used, LONGEST - used, "\t%.12g", sweep_value(s, i, point));
    for (int f = 0; f < SWEEP_FACTS; f++)
        used += (size_t)snprintf(line + used, LONGEST - used, "\t%.12g", row->facts[f]);
    snprintf(line + used, LONGEST - used, "\t%s\n", row->status);
    return line;
}

/* ---- JSON lines ---- */

/* The first line says what is swept. */
static void print_json_header(const sweep_table *t, const problem *task)
{
    json_writer json = {.file = stdout};
    problem_json(t->self, task, &json);
    json_key(&json, "sweep");
    for (int i = 0; i < t->s->axis_count; i++)
        printf("%s\"%s\"", i > 0 ? ", " : "[", t->s->axes[i].name);
    printf("]");
    json_end(&json);
}

/* A cell that is a finite number is one in JSON as it stands. */
static void print_json_cell(json_writer *json, const char *key, const char *cell)
{
    char *end;
    const double value = strtod(cell, &end);
    if (end == cell)
        json_text(json, key, cell);
    else if (!isfinite(value))
        json_null(json, key);
    else {
        json_key(json, key);
        fputs(cell, json->file);
    }
}

static void print_json_row(const sweep_table *t, const char *line)
{
    json_writer json = {.file = stdout};
    const int axes = t->s->axis_count;
    char copy[512], *rest = copy;
    snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
    for (int c = 0; rest != NULL && c < axes + SWEEP_FACTS + 2; c++) {
        char *cell = rest, *tab = strchr(rest, '\t');
        rest = tab != NULL ? tab + 1 : NULL;
        if (tab != NULL)
            *tab = '\0';
        print_json_cell(&json,
                        c == 0                    ? "point"
                        : c <= axes               ? t->s->axes[c - 1].name
                        : c <= axes + SWEEP_FACTS ? fact_names[c - axes - 1]
                                                  : "status",
                        cell);
    }
    json_end(&json);
}

/* ---- standard output ---- */

/* A sweep in a file is on standard output only as JSON. */
static bool is_printed(const sweep_table *t)
{
    return t->self->out == NULL || t->self->json;
}

static void print_row(const sweep_table *t, const char *line)
{
    if (t->self->json)
        print_json_row(t, line);
    else
        fputs(line, stdout);
}

/* Rows up to the first that is missing; with `all`, those after it too. */
static void print_rows(sweep_table *t, bool all)
{
    const int64_t count = t->end - t->begin;
    for (; is_printed(t) && t->printed < count; t->printed++) {
        if (t->rows[t->printed] != NULL)
            print_row(t, t->rows[t->printed]);
        else if (!all)
            return;
    }
}

/* ---- the file ---- */

static char *path_of(const sweep_table *t)
{
    const size_t size = strlen(t->self->out) + strlen(t->name) + 2;
    char *path = allocate(t->self, size, 1);
    snprintf(path, size, "%s/%s", t->self->out, t->name);
    return path;
}

/* The point of a line that was written to its end; -1 for any other. */
static int64_t point_of(const sweep_table *t, const char *line)
{
    int tabs = 0;
    char *end;
    for (const char *c = line; *c != '\0'; c++)
        tabs += *c == '\t';
    const int64_t point = strtoll(line, &end, 10);
    const bool whole = end > line && *end == '\t' && line[strlen(line) - 1] == '\n' &&
                       tabs == t->s->axis_count + SWEEP_FACTS + 1;
    return whole && point >= t->begin && point < t->end ? point : -1;
}

static void take_line(sweep_table *t, const char *line)
{
    const int64_t point = point_of(t, line);
    if (point < 0 || sweep_table_has(t, point))
        return;
    char *copy = allocate(t->self, strlen(line) + 1, 1);
    t->rows[point - t->begin] = strcpy(copy, line);
    t->done++;
}

/* Takes the rows of an earlier process, which must have had the same header. */
static void read_rows(sweep_table *t, const char *path)
{
    const size_t size = strlen(t->header);
    char *header = allocate(t->self, size + 1, 1), *line = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL && errno != ENOENT)
        stop(t->self, EXIT_FAILURE, "%s: cannot read: %s", path, strerror(errno));
    const size_t read = file != NULL ? fread(header, 1, size, file) : 0;
    if (read > 0 && strcmp(header, t->header) != 0)
        stop(t->self, EXIT_FAILURE, "%s: has the rows of another problem: give another --out",
             path);
    while (file != NULL && getline(&line, &room, file) > 0)
        take_line(t, line);
    if (file != NULL)
        fclose(file);
    free(line);
    free(header);
}

/* The file anew: header and the rows that are known, in order. */
static void write_rows(const sweep_table *t)
{
    FILE *file = open_output(t->self, t->name);
    fputs(t->header, file);
    for (int64_t i = 0; i < t->end - t->begin; i++)
        if (t->rows[i] != NULL)
            fputs(t->rows[i], file);
    close_output(t->self, file);
}

static void open_file(sweep_table *t)
{
    enum { LONGEST = 80 };
    t->name = allocate(t->self, LONGEST, 1);
    if (t->s->shards > 0)
        snprintf(t->name, LONGEST, "sweep-%lld-of-%lld.tsv", (long long)t->s->shard,
                 (long long)t->s->shards);
    else
        snprintf(t->name, LONGEST, "sweep.tsv");
    char *path = path_of(t);
    make_directory(t->self, t->self->out);
    read_rows(t, path);
    write_rows(t);
    t->file = fopen(path, "a");
    if (t->file == NULL)
        stop(t->self, EXIT_FAILURE, "%s: cannot write: %s", path, strerror(errno));
    free(path);
}

/* ---- the table ---- */

sweep_table sweep_table_open(const program *self, const sweep *s, const problem *task)
{
    sweep_table t = {.self = self, .s = s, .header = header_of(self, s, task)};
    sweep_range(s, &t.begin, &t.end);
    t.rows = allocate(self, (size_t)(t.end - t.begin), sizeof *t.rows);
    if (self->out != NULL)
        open_file(&t);
    if (is_printed(&t) && s->shard <= 1) { /* so that shards one after the other are the whole */
        if (self->json)
            print_json_header(&t, task);
        else
            fputs(t.header, stdout);
    }
    print_rows(&t, false);
    return t;
}

bool sweep_table_has(const sweep_table *t, int64_t point)
{
    return t->rows[point - t->begin] != NULL;
}

void sweep_table_facts(const sweep_table *t, int64_t point, double facts[SWEEP_FACTS])
{
    const char *cell = t->rows[point - t->begin];
    for (int c = -1 - t->s->axis_count; c < SWEEP_FACTS; c++) {
        if (c >= 0)
            facts[c] = strtod(cell, NULL);
        cell = strchr(cell, '\t') + 1;
    }
}

void sweep_table_add(sweep_table *t, int64_t point, const sweep_row *row)
{
    char *line = line_of(t->self, t->s, point, row);
    t->rows[point - t->begin] = line;
    t->done++;
    if (t->file != NULL && (fputs(line, t->file) == EOF || fflush(t->file) != 0))
        stop(t->self, EXIT_FAILURE, "--out = %s: cannot write: %s", t->self->out, strerror(errno));
    print_rows(t, false);
}

void sweep_table_close(sweep_table *t)
{
    print_rows(t, true);
    if (t->file == NULL)
        return;
    fclose(t->file);
    t->file = NULL;
    if (t->done == t->end - t->begin)
        write_rows(t);
}

void sweep_table_release(sweep_table *t)
{
    for (int64_t i = 0; i < t->end - t->begin; i++)
        free(t->rows[i]);
    free(t->rows);
    free(t->header);
    free(t->name);
}
