/* SPDX-License-Identifier: MIT
 *
 * cifar.c: the binary version of CIFAR-10 and CIFAR-100 (Krizhevsky, Learning Multiple Layers of
 * Features from Tiny Images, 2009; the format is that of the data sets' page).
 *
 * Records of one size and nothing else. CIFAR-10: a label 0 .. 9, then 3 x 32 x 32 bytes of red,
 * green and blue. CIFAR-100: a coarse label 0 .. 19, a fine label 0 .. 99, then the same bytes.
 * There is no magic number: the size and the range of all labels are what tells them.
 */
#include "files/cifar.h"

#include "files/array_internal.h"
#include "files/array_members.h"

#include <inttypes.h>

enum { PIXELS = 3 * 32 * 32, RECORD_10 = 1 + PIXELS, RECORD_100 = 2 + PIXELS };

typedef struct part {
    const char *name;
    int64_t begin, stride; /* in the first record, and between records */
    int limit;             /* labels are below; 0 for pixels */
} part;

static const part parts[] = {
    {"data", 1, RECORD_10, 0},           {"labels", 0, RECORD_10, 10},
    {"data", 2, RECORD_100, 0},          {"coarse_labels", 0, RECORD_100, 20},
    {"fine_labels", 1, RECORD_100, 100},
};

/* Every label of one part is in range; false sets the text, or *status where reading fails. */
static bool has_labels(const nc__source *source, const part *p, libnc_status *status)
{
    for (int64_t at = p->begin; at < source->size; at += p->stride) {
        unsigned char label;
        *status = nc__source_read(source, at, &label, 1);
        if (*status)
            return false;
        if (label >= p->limit) {
            *status = nc__source_fail(source, LIBNC_ERROR_FORMAT, at,
                                      "%s %d of record %" PRId64 ": records of %" PRId64
                                      " bytes have labels below %d here, and no other known "
                                      "format begins so",
                                      p->name, label, at / p->stride, p->stride, p->limit);
            return false;
        }
    }
    return true;
}

static libnc_status add(libnc_array *array, const part *first, int count)
{
    for (int i = 0; i < count; i++) {
        nc__member *member = nc__array_add_member(array);
        if (!member)
            return LIBNC_ERROR_MEMORY;
        *member = (nc__member){
            .name = first[i].name, .begin = first[i].begin, .end = array->source.size, .method = 0};
        member->header = first - parts + i;
    }
    return LIBNC_OK;
}

libnc_status nc__cifar_open(libnc_array *array)
{
    const nc__source *source = &array->source;
    libnc_status status = LIBNC_OK;
    if (source->size % RECORD_10 == 0 && has_labels(source, &parts[1], &status))
        return add(array, &parts[0], 2);
    if (source->size % RECORD_100 == 0 && status != LIBNC_ERROR_FILE &&
        has_labels(source, &parts[3], &status) && has_labels(source, &parts[4], &status))
        return add(array, &parts[2], 3);
    return status;
}

libnc_status nc__cifar_select(const libnc_array *array, nc__selection *selection)
{
    const part *p = &parts[selection->member->header];
    nc__layout *layout = &selection->layout;
    *layout = (nc__layout){.element = LIBNC_ELEMENT_UINT8, .size = 1, .dimensions = 1};
    layout->shape[0] = array->source.size / p->stride;
    if (p->limit == 0) {
        layout->dimensions = 4;
        layout->shape[1] = 3;
        layout->shape[2] = layout->shape[3] = 32;
    }
    selection->begin = p->begin;
    selection->stride = p->stride;
    return nc__layout_measure(layout, &array->source, 0);
}
