/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <math.h> /* isnan: a macro */
#include <stdio.h>
#include <string.h>

enum { TABLE_MINIMUM_WIDTH = 10, MAX_PRINTED_ROWS = 24 };

static int table_width(const char *name)
{
    int width = (int)strlen(name);
    return width < TABLE_MINIMUM_WIDTH ? TABLE_MINIMUM_WIDTH : width;
}

void table_header(const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        printf("%s%*s", i > 0 ? "  " : "", i > 0 ? table_width(names[i]) : 5, names[i]);
    putchar('\n');
}

void table_row(const char *const *names, int count, int64_t first, const double *values)
{
    printf("%5lld", (long long)first);
    for (int i = 1; i < count; i++) {
        if (isnan(values[i - 1]))
            printf("  %*s", table_width(names[i]), "-");
        else
            printf("  %*.5g", table_width(names[i]), values[i - 1]);
    }
    putchar('\n');
}

bool table_shows(int64_t k, int64_t count)
{
    if (count <= MAX_PRINTED_ROWS || k < MAX_PRINTED_ROWS / 2 || k >= count - MAX_PRINTED_ROWS / 2)
        return true;
    if (k == MAX_PRINTED_ROWS / 2)
        printf("  ...  %lld more classes: --json or --out DIR has them all\n",
               (long long)(count - MAX_PRINTED_ROWS));
    return false;
}
