/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <math.h> /* isnan: a macro */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

enum { FIRST_WIDTH = 5, LEAST_WIDTH = 10, MATRIX_WIDTH = 13, MAX_PRINTED_ROWS = 24 };

static int width_of(const char *name)
{
    const int width = (int)strlen(name);
    return 2 + (width < LEAST_WIDTH ? LEAST_WIDTH : width);
}

/* The end of the columns that fit beside the first, from `begin` on; one at least. */
static int fitting_end(const text_table *t, int begin)
{
    const int window = terminal_width(STDOUT_FILENO);
    int end = begin, used = FIRST_WIDTH;
    do
        used += width_of(t->names[end++]);
    while (end < t->columns && used + width_of(t->names[end]) <= window);
    return end;
}

static void print_names(const text_table *t, int begin, int end)
{
    printf("%*s", FIRST_WIDTH, t->names[0]);
    for (int i = begin; i < end; i++)
        printf("%*s", width_of(t->names[i]), t->names[i]);
    putchar('\n');
}

/* Where to find what is left out, if the words fit. */
static void print_left_out(int64_t count)
{
    const char where[] = ": --json or --out DIR has them all";
    char words[40];
    const int used = snprintf(words, sizeof words, "  ...  %lld more classes", (long long)count);
    const bool fits = used + (int)sizeof where <= terminal_width(STDOUT_FILENO);
    printf("%s%s\n", words, fits ? where : "");
}

static void print_row(const text_table *t, int begin, int end, int64_t first, const double *values)
{
    if (first < 0) {
        print_left_out(-first);
        return;
    }
    printf("%*lld", FIRST_WIDTH, (long long)first);
    for (int i = begin; i < end; i++) {
        if (isnan(values[i - 1]))
            printf("%*s", width_of(t->names[i]), "-");
        else
            printf("%*.5g", width_of(t->names[i]), values[i - 1]);
    }
    putchar('\n');
}

/* All parts of what is kept. */
static void print_kept(text_table *t)
{
    for (int begin = 1, end; begin < t->columns && t->kept > 0; begin = end) {
        end = fitting_end(t, begin);
        if (begin > 1)
            putchar('\n');
        print_names(t, begin, end);
        for (int r = 0; r < t->kept; r++)
            print_row(t, begin, end, t->first[r], t->values[r]);
    }
    t->kept = 0;
}

text_table table_begin(const char *const *names, int columns)
{
    text_table t = {.names = names, .columns = columns};
    t.fits = fitting_end(&t, 1) == columns;
    if (t.fits)
        print_names(&t, 1, columns);
    return t;
}

static void take_row(text_table *t, int64_t first, const double *values)
{
    if (t->fits) {
        print_row(t, 1, t->columns, first, values);
        return;
    }
    if (t->kept == TABLE_KEPT)
        print_kept(t);
    t->first[t->kept] = first;
    if (values != NULL)
        memcpy(t->values[t->kept], values, (size_t)(t->columns - 1) * sizeof *values);
    t->kept++;
}

void table_row(text_table *t, int64_t first, const double *values)
{
    take_row(t, first, values);
}

bool table_shows(text_table *t, int64_t k, int64_t count)
{
    if (count <= MAX_PRINTED_ROWS || k < MAX_PRINTED_ROWS / 2 || k >= count - MAX_PRINTED_ROWS / 2)
        return true;
    if (k == MAX_PRINTED_ROWS / 2)
        take_row(t, MAX_PRINTED_ROWS - count, NULL);
    return false;
}

void table_end(text_table *t)
{
    print_kept(t);
}

void table_matrix(const double *values, int64_t rows, int64_t columns)
{
    const int64_t window = terminal_width(STDOUT_FILENO);
    const int64_t part = window / MATRIX_WIDTH > 0 ? window / MATRIX_WIDTH : 1;
    for (int64_t begin = 0; begin < columns; begin += part) {
        const int64_t end = columns - begin > part ? begin + part : columns;
        if (part < columns)
            printf("columns %lld to %lld\n", (long long)begin, (long long)end - 1);
        for (int64_t i = 0; i < rows; i++) {
            for (int64_t j = begin; j < end; j++)
                printf("%*.5g", MATRIX_WIDTH, values[i * columns + j]);
            putchar('\n');
        }
    }
}
