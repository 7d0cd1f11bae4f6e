/* SPDX-License-Identifier: MIT
 *
 * finite.c: the first value of a matrix that is not finite.
 */
#include "linalg/finite.h"

/* The first row of each part that is not as it must be. */
typedef struct row_search {
    const nc__tensor *matrix;
    bool (*is_good)(const nc__tensor *row);
    int64_t bad[NC__MAX_THREADS];
} row_search;

static void search_part(void *argument, int32_t part, int32_t parts)
{
    row_search *f = argument;
    int64_t begin, end;
    nc__share(f->matrix->rows, 1, part, parts, &begin, &end);
    for (; begin < end; begin++) {
        nc__tensor row = nc__tensor_rows(f->matrix, begin, 1);
        if (!f->is_good(&row))
            break;
    }
    f->bad[part] = begin < end ? begin : -1;
}

int64_t nc__find_row(libnc_context *context, const nc__tensor *matrix,
                     bool (*is_good)(const nc__tensor *row))
{
    row_search f = {.matrix = matrix, .is_good = is_good};
    int32_t parts = 1;
    if (!matrix->data)
        return -1;
    if (matrix->rows * matrix->cols < NC__SHARED_VALUES) {
        search_part(&f, 0, 1);
    } else {
        parts = context->threads;
        nc__parallel(context, search_part, &f);
    }
    for (int32_t part = 0; part < parts; part++)
        if (f.bad[part] >= 0)
            return f.bad[part];
    return -1;
}

libnc_status nc__check_rows_finite(libnc_context *context, const char *name,
                                   const nc__tensor *matrix)
{
    const int64_t bad = nc__find_row(context, matrix, nc__all_finite);
    return bad < 0 ? LIBNC_OK
                   : nc__fail(context, LIBNC_ERROR_NOT_FINITE,
                              "%s: row %lld: a value is not finite", name, (long long)bad);
}

int64_t nc__first_not_finite(const void *values, int32_t scalar, int64_t count)
{
    nc__tensor column = nc__tensor_of((void *)values, scalar, count, 1);
    nc__tensor row = nc__tensor_of((void *)values, scalar, 1, count);
    if (nc__all_finite(&row))
        return -1;
    int64_t i = 0;
    for (nc__tensor one = nc__tensor_rows(&column, 0, 1); nc__all_finite(&one);
         one = nc__tensor_rows(&column, i, 1))
        i++;
    return i;
}
