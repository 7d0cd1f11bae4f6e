/* SPDX-License-Identifier: MIT
 *
 * zip.c: the directory of a zip archive and its npy members, the .npz format of NumPy.
 *
 * From APPNOTE.TXT (PKWARE, version 6.3): members, each with a local header (section 4.3.7); the
 * central directory (4.3.12), which alone counts; the zip64 end records (4.3.14, 4.3.15) where
 * numbers need them; and the end record (4.3.16). Read: one disk, methods 0 (stored) and 8
 * (deflate), no encryption. What central and local headers both say must agree, members must not
 * overlap, and nothing follows the end record but its own comment.
 */
#include "files/zip.h"

#include "base/sort.h"
#include "files/array_internal.h"
#include "files/array_members.h"
#include "files/array_output.h"
#include "files/array_reading.h"
#include "files/array_writing.h"
#include "files/foreign.h"
#include "files/npy.h"

#include <inttypes.h>
#include <string.h>

enum {
    LOCAL = 0x04034b50,
    CENTRAL = 0x02014b50,
    DESCRIPTOR = 0x08074b50,
    END64 = 0x06064b50,
    LOCATOR64 = 0x07064b50,
    END = 0x06054b50,

    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END64_SIZE = 56,
    LOCATOR64_SIZE = 20,
    END_SIZE = 22,
    LONGEST_COMMENT = 0xffff,

    ENCRYPTED = 1 << 0, /* general purpose flags, 4.4.4 */
    HAS_DESCRIPTOR = 1 << 3,
    PATCHED = 1 << 5,
    STRONG = 1 << 6,
    MASKED = 1 << 13,
    UTF8 = 1 << 11,

    STORED = 0,
    DEFLATE = 8,
    ZIP64_FIELD = 1,    /* tag of the extra field with 64-bit sizes */
    ZIP64_VERSION = 45, /* "version needed to extract" */
    ALONE = 0xffff      /* a 16-bit value that the zip64 record has instead */
};

#define WIDE UINT32_MAX /* a 32-bit value that a zip64 field has instead */

/* Deflate cannot do better: 258 bytes for two bits (RFC 1951, section 3.2.5), and a little more
 * for what an empty block takes. */
enum { BEST_RATIO = 1032, SLACK = 1 << 12 };

static uint64_t get(const unsigned char *bytes, int at, size_t size)
{
    return nc__little_endian(bytes + at, size);
}

/* ---- the end records ---- */

typedef struct directory {
    int64_t begin, size, entries;
    int64_t end_record; /* what follows the directory */
} directory;

/* The offset of the end record, whose comment must reach exactly to the end of the file. */
static libnc_status find_end(const nc__source *source, unsigned char *tail, int64_t *offset)
{
    const int64_t most = END_SIZE + LONGEST_COMMENT;
    const int64_t size = source->size < most ? source->size : most, base = source->size - size;
    libnc_status status = nc__source_read(source, base, tail, (size_t)size);
    if (status)
        return status;
    for (int64_t at = size - END_SIZE; at >= 0; at--)
        if (get(tail + at, 0, 4) == END && (int64_t)get(tail + at, 20, 2) == size - END_SIZE - at) {
            memmove(tail, tail + at, END_SIZE);
            *offset = base + at;
            return LIBNC_OK;
        }
    return nc__source_fail(source, LIBNC_ERROR_FORMAT, source->size,
                           "no end record of a zip archive, 504b0506 and a comment that reaches to "
                           "the end of the file");
}

/* Replaces what the zip64 end record says better. */
static libnc_status read_end64(const nc__source *source, int64_t end, directory *d)
{
    unsigned char locator[LOCATOR64_SIZE], record[END64_SIZE];
    const int64_t at = end - LOCATOR64_SIZE;
    if (at < END64_SIZE)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, end,
                               "no room for the zip64 records that the end record announces");
    libnc_status status = nc__source_read(source, at, locator, LOCATOR64_SIZE);
    if (!status)
        status = nc__source_read(source, at - END64_SIZE, record, END64_SIZE);
    if (status)
        return status;
    if (get(locator, 0, 4) != LOCATOR64 || get(locator, 4, 4) != 0 || get(locator, 16, 4) != 1)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at,
                               "no zip64 locator, 504b0607, of one disk");
    if (get(locator, 8, 8) != (uint64_t)(at - END64_SIZE) || get(record, 0, 4) != END64 ||
        get(record, 4, 8) != END64_SIZE - 12)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at - END64_SIZE,
                               "no zip64 end record, 504b0606, of %d bytes where the locator says",
                               END64_SIZE);
    if (get(record, 16, 4) != 0 || get(record, 20, 4) != 0 ||
        get(record, 24, 8) != get(record, 32, 8))
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at - END64_SIZE + 16,
                               "the zip64 end record tells of several disks");
    const uint64_t entries = get(record, 32, 8), size = get(record, 40, 8),
                   begin = get(record, 48, 8);
    d->end_record = at - END64_SIZE;
    if (begin > (uint64_t)d->end_record || size > (uint64_t)d->end_record || entries > size)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at - END64_SIZE + 24,
                               "the zip64 end record tells of a directory of %" PRIu64
                               " entries and %" PRIu64 " bytes at %" PRIu64 ": there are %" PRId64
                               " bytes before it",
                               entries, size, begin, d->end_record);
    d->entries = (int64_t)entries;
    d->size = (int64_t)size;
    d->begin = (int64_t)begin;
    return LIBNC_OK;
}

static libnc_status read_end(const nc__source *source, unsigned char *tail, directory *d)
{
    int64_t offset = 0;
    libnc_status status = find_end(source, tail, &offset);
    if (status)
        return status;
    if ((get(tail, 4, 2) != 0 && get(tail, 4, 2) != ALONE) ||
        (get(tail, 6, 2) != 0 && get(tail, 6, 2) != ALONE) || get(tail, 8, 2) != get(tail, 10, 2))
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + 4,
                               "the archive has several disks");
    d->entries = (int64_t)get(tail, 10, 2);
    d->size = (int64_t)get(tail, 12, 4);
    d->begin = (int64_t)get(tail, 16, 4);
    d->end_record = offset;
    if (d->entries == ALONE || d->size == WIDE || d->begin == WIDE)
        status = read_end64(source, offset, d);
    if (!status && d->begin + d->size != d->end_record)
        status = nc__source_fail(source, LIBNC_ERROR_FORMAT, offset,
                                 "the central directory of %" PRId64 " bytes at %" PRId64
                                 " does not end where the end records begin, at %" PRId64,
                                 d->size, d->begin, d->end_record);
    return status;
}

/* ---- headers ---- */

typedef struct entry {
    int64_t flags, method;
    uint32_t crc;
    uint64_t packed, size, local;
    int64_t name_size, extra_size;
} entry;

/* 64-bit values are in the extra field in a fixed order, those alone that are all ones (4.5.3).
 */
static libnc_status read_extra(const nc__source *source, const unsigned char *extra, int64_t size,
                               int64_t offset, uint64_t *values[3])
{
    bool wanted = false;
    for (int i = 0; i < 3; i++)
        wanted = wanted || (values[i] && *values[i] == WIDE);
    for (int64_t at = 0; at < size;) {
        const int64_t left = size - at - 4;
        const int64_t length = left >= 0 ? (int64_t)get(extra + at, 2, 2) : 0;
        if (left < 0 || length > left)
            return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + at,
                                   "an extra field is longer than what is left");
        if (wanted && get(extra + at, 0, 2) == ZIP64_FIELD) {
            int64_t used = 0;
            for (int i = 0; i < 3; i++) {
                if (!values[i] || *values[i] != WIDE)
                    continue;
                if (length - used < 8)
                    return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + at,
                                           "the zip64 field lacks a value");
                *values[i] = get(extra + at + 4 + used, 0, 8);
                used += 8;
            }
            wanted = false;
        }
        at += 4 + length;
    }
    return wanted ? nc__source_fail(source, LIBNC_ERROR_FORMAT, offset,
                                    "no zip64 field for a size or offset of all ones")
                  : LIBNC_OK;
}

static libnc_status check_entry(const nc__source *source, const entry *e, int64_t offset)
{
    if (e->flags & (ENCRYPTED | STRONG | MASKED))
        return nc__source_fail(source, LIBNC_ERROR_UNSUPPORTED, offset + 8,
                               "the member is encrypted");
    if ((e->method != STORED && e->method != DEFLATE) || e->flags & PATCHED)
        return nc__source_fail(source, LIBNC_ERROR_UNSUPPORTED, offset + 10,
                               "compression method %" PRId64 ": must be 0, stored, or 8, deflate",
                               e->method);
    if (e->method == STORED && e->packed != e->size)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + 20,
                               "a stored member of %" PRIu64 " bytes takes %" PRIu64, e->size,
                               e->packed);
    if (e->size > INT64_MAX || e->packed > (uint64_t)source->size ||
        (e->size - (e->size < SLACK ? e->size : SLACK)) / BEST_RATIO > e->packed)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + 20,
                               "%" PRIu64 " bytes from %" PRIu64
                               " compressed ones: the file has %" PRId64
                               ", and deflate packs at most %d to 1",
                               e->size, e->packed, source->size, BEST_RATIO);
    return LIBNC_OK;
}

/* One central header at text[at], checked alone. */
static libnc_status read_central(const libnc_array *array, int64_t base, int64_t at, entry *e)
{
    const nc__source *source = &array->source;
    const unsigned char *c = array->text + at;
    const int64_t left = array->text_size - at, offset = base + at;
    if (left < CENTRAL_SIZE || get(c, 0, 4) != CENTRAL)
        return nc__source_fail(
            source, LIBNC_ERROR_FORMAT, offset,
            "no central header, 504b0102, where the directory has its next entry");
    *e = (entry){.flags = (int64_t)get(c, 8, 2),
                 .method = (int64_t)get(c, 10, 2),
                 .crc = (uint32_t)get(c, 16, 4),
                 .packed = get(c, 20, 4),
                 .size = get(c, 24, 4),
                 .local = get(c, 42, 4),
                 .name_size = (int64_t)get(c, 28, 2),
                 .extra_size = (int64_t)get(c, 30, 2)};
    if (left - CENTRAL_SIZE < e->name_size + e->extra_size + (int64_t)get(c, 32, 2))
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + 28,
                               "name, extra field and comment are longer than the directory");
    if (get(c, 34, 2) != 0)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + 34,
                               "the member begins on another disk");
    if (e->name_size == 0 || memchr(c + CENTRAL_SIZE, 0, (size_t)e->name_size))
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, offset + CENTRAL_SIZE,
                               "the member's name is empty or has a zero byte");
    uint64_t *values[3] = {&e->size, &e->packed, &e->local};
    libnc_status status = read_extra(source, c + CENTRAL_SIZE + e->name_size, e->extra_size,
                                     offset + CENTRAL_SIZE + e->name_size, values);
    return status ? status : check_entry(source, e, offset);
}

/* The data descriptor after a member (4.3.9): an optional signature, and sizes of 4 or 8 bytes. */
static libnc_status check_descriptor(const nc__source *source, const entry *e, int64_t at,
                                     int64_t limit, int64_t *end)
{
    unsigned char bytes[24] = {0};
    const int64_t capacity = limit - at < 24 ? limit - at : 24;
    libnc_status status =
        capacity > 0 ? nc__source_read(source, at, bytes, (size_t)capacity) : LIBNC_OK;
    if (status)
        return status;
    for (int form = 0; form < 4; form++) {
        const int start = form & 1 ? 0 : 4, width = form & 2 ? 8 : 4;
        const int length = start + 4 + 2 * width;
        if (length <= capacity && (start == 0 || get(bytes, 0, 4) == DESCRIPTOR) &&
            get(bytes, start, 4) == e->crc && get(bytes, start + 4, (size_t)width) == e->packed &&
            get(bytes, start + 4 + width, (size_t)width) == e->size) {
            *end = at + length;
            return LIBNC_OK;
        }
    }
    return nc__source_fail(source, LIBNC_ERROR_FORMAT, at,
                           "the data descriptor does not agree with the central directory");
}

enum { LONGEST_LOCAL = 2 * 0xffff }; /* name and extra field */

/* The local header must say what the central one does; sets where the member's data lie. `limit` is
 * where the next thing begins. */
static libnc_status read_local(const libnc_array *array, const entry *e, unsigned char *work,
                               int64_t limit, nc__member *member)
{
    const nc__source *source = &array->source;
    unsigned char l[LOCAL_SIZE];
    const int64_t at = member->header;
    if (limit - at < LOCAL_SIZE)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at,
                               "the local header overlaps what begins at %" PRId64, limit);
    libnc_status status = nc__source_read(source, at, l, LOCAL_SIZE);
    if (status)
        return status;
    if (get(l, 0, 4) != LOCAL)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at,
                               "no local header, 504b0304, where the central directory says");
    const int64_t name_size = (int64_t)get(l, 26, 2), extra_size = (int64_t)get(l, 28, 2);
    const int64_t begin = at + LOCAL_SIZE + name_size + extra_size;
    if (begin > limit || (int64_t)e->packed > limit - begin)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at,
                               "the member's %" PRIu64 " bytes overlap what begins at %" PRId64,
                               e->packed, limit);
    status = nc__source_read(source, at + LOCAL_SIZE, work, (size_t)(name_size + extra_size));
    if (status)
        return status;
    const bool later = e->flags & HAS_DESCRIPTOR;
    if (name_size != e->name_size || memcmp(work, member->name, (size_t)name_size) != 0 ||
        (int64_t)get(l, 6, 2) != e->flags || (int64_t)get(l, 8, 2) != e->method)
        return nc__source_fail(source, LIBNC_ERROR_FORMAT, at,
                               "name, flags or method differ from the central directory's");
    uint64_t packed = get(l, 18, 4), size = get(l, 22, 4);
    uint64_t *values[3] = {&size, &packed, NULL};
    if (!later)
        status =
            read_extra(source, work + name_size, extra_size, at + LOCAL_SIZE + name_size, values);
    if (!status && !later && (get(l, 14, 4) != e->crc || packed != e->packed || size != e->size))
        status = nc__source_fail(source, LIBNC_ERROR_FORMAT, at + 14,
                                 "checksum or sizes differ from the central directory's");
    member->begin = begin;
    member->end = begin + (int64_t)e->packed;
    int64_t end;
    if (!status && later)
        status = check_descriptor(source, e, member->end, limit, &end);
    return status;
}

/* ---- the directory ---- */

/* Names end in .npy in the archive, and do without it in the list. */
static void cut_suffix(char *name, int64_t size)
{
    if (size > 4 && memcmp(name + size - 4, ".npy", 4) == 0)
        name[size - 4] = '\0';
}

/* All central headers; the members know their local headers' offsets afterwards. */
static libnc_status list(libnc_array *array, const directory *d)
{
    int64_t at = 0;
    for (int64_t i = 0; i < d->entries; i++) {
        entry e;
        libnc_status status = read_central(array, d->begin, at, &e);
        if (status)
            return status;
        nc__member *member = nc__array_add_member(array);
        if (!member)
            return LIBNC_ERROR_MEMORY;
        if (e.local >= (uint64_t)d->begin)
            return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, d->begin + at + 42,
                                   "the local header is at %" PRIu64
                                   ": it must be before the central directory, at %" PRId64,
                                   e.local, d->begin);
        *member = (nc__member){.header = (int64_t)e.local,
                               .begin = at, /* until the local header tells */
                               .size = (int64_t)e.size,
                               .method = (int32_t)e.method,
                               .crc = e.crc};
        at += CENTRAL_SIZE + e.name_size + e.extra_size + (int64_t)get(array->text + at, 32, 2);
    }
    if (at != array->text_size)
        return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, d->begin + at,
                               "%" PRId64 " bytes follow the last of %" PRId64
                               " entries in the central directory",
                               array->text_size - at, d->entries);
    return LIBNC_OK;
}

static int compare_headers(const void *user, int64_t a, int64_t b)
{
    const nc__member *members = user;
    return members[a].header < members[b].header ? -1 : members[a].header > members[b].header;
}

/* Local headers in the order of the file: each member ends before the next begins. */
static libnc_status visit(libnc_array *array, const directory *d, const int64_t *order,
                          unsigned char *work)
{
    for (int64_t i = 0; i < array->count; i++) {
        entry e;
        nc__member *member = &array->members[order[i]];
        const int64_t at = member->begin;
        const int64_t limit = i + 1 < array->count ? array->members[order[i + 1]].header : d->begin;
        libnc_status status = read_central(array, d->begin, at, &e);
        if (status)
            return status;
        /* one byte back makes room for the terminator */
        char *name = (char *)array->text + at + CENTRAL_SIZE - 1;
        memmove(name, name + 1, (size_t)e.name_size);
        name[e.name_size] = '\0';
        member->name = name;
        array->source.member = name;
        status = read_local(array, &e, work, limit, member);
        array->source.member = NULL;
        if (status)
            return status;
        cut_suffix(name, e.name_size);
    }
    return LIBNC_OK;
}

/* Archives of other programs, by their first member; some do not even have a directory that a
 * strict reader takes. */
static libnc_status check_kind(const nc__source *source, unsigned char *work)
{
    unsigned char l[LOCAL_SIZE];
    if (source->size < LOCAL_SIZE)
        return LIBNC_OK;
    libnc_status status = nc__source_read(source, 0, l, LOCAL_SIZE);
    const int64_t name_size = (int64_t)get(l, 26, 2);
    if (status || get(l, 0, 4) != LOCAL || name_size > source->size - LOCAL_SIZE)
        return status;
    status = nc__source_read(source, LOCAL_SIZE, work, (size_t)name_size);
    const char *kind = nc__foreign_archive((const char *)work, (size_t)name_size);
    return status || !kind ? status
                           : nc__source_fail(source, LIBNC_ERROR_UNSUPPORTED, 0, "%s", kind);
}

libnc_status nc__zip_open(libnc_array *array)
{
    directory d = {0};
    int64_t *order = NULL;
    const int64_t capacity =
        array->source.size < LONGEST_LOCAL ? array->source.size : LONGEST_LOCAL;
    unsigned char *work = nc__alloc(array->context, (size_t)capacity, 1);
    if (!work)
        return LIBNC_ERROR_MEMORY;
    libnc_status status = check_kind(&array->source, work);
    if (!status)
        status = read_end(&array->source, work, &d);
    if (!status)
        status = nc__array_read_text(array, d.begin, d.size);
    if (!status)
        status = list(array, &d);
    if (!status) {
        order = nc__alloc(array->context, (size_t)array->count, sizeof *order);
        status = order ? LIBNC_OK : LIBNC_ERROR_MEMORY;
    }
    if (!status) {
        for (int64_t i = 0; i < array->count; i++)
            order[i] = i;
        nc__sort_indices(order, array->count, compare_headers, array->members);
        status = visit(array, &d, order, work);
    }
    if (!status)
        status = nc__array_check_names(array);
    nc__free(array->context, order);
    nc__free(array->context, work);
    return status;
}

/* The npy header, through the inflater if need be; both count in the checksum. */
static libnc_status read_npy(const libnc_array *array, nc__selection *selection)
{
    const nc__member *member = selection->member;
    const int32_t form = member->method == DEFLATE ? NC__CONTENT_DEFLATE : NC__CONTENT_PLAIN;
    nc__content *content = &selection->content;
    libnc_status status =
        nc__content_open(content, &array->source, form, member->begin, member->end);
    if (!status)
        status = nc__npy_read_header(content, &selection->layout);
    if (status)
        return status;
    const nc__layout *layout = &selection->layout;
    selection->header = content->offset;
    if (layout->bytes != member->size - selection->header)
        return nc__source_fail(&array->source, LIBNC_ERROR_FORMAT, selection->header,
                               "%" PRId64 " bytes follow the header: %" PRId64 " x %" PRId64
                               " elements of %d bytes take %" PRId64,
                               member->size - selection->header, layout->rows, layout->cols,
                               (int)layout->size, layout->bytes);
    return LIBNC_OK;
}

/* Reads the header again, as bytes. */
static libnc_status check_header(const libnc_array *array, nc__selection *selection)
{
    unsigned char *bytes = nc__alloc(array->context, (size_t)selection->header, 1);
    if (!bytes)
        return LIBNC_ERROR_MEMORY;
    size_t got = 0;
    nc__content_rewind(&selection->content);
    libnc_status status =
        nc__content_read(&selection->content, bytes, (size_t)selection->header, &got);
    if (!status)
        status = nc__selection_check(array, selection, 0, bytes, (int64_t)got);
    nc__free(array->context, bytes);
    return status;
}

libnc_status nc__zip_select(const libnc_array *array, nc__selection *selection)
{
    libnc_status status = read_npy(array, selection);
    if (status)
        return status;
    selection->checks = true;
    selection->streams = selection->member->method == DEFLATE;
    selection->begin =
        selection->streams ? selection->header : selection->member->begin + selection->header;
    return check_header(array, selection);
}

/* ---- writing ---- */

enum { LOCAL_EXTRA = 20 }; /* a zip64 field with two sizes, in every local header */

/* A block that is not compressed (RFC 1951, section 3.2.4) keeps the npy header replaceable in a
 * deflated member. */
enum { STORED_BLOCK = 5 };

static int64_t name_size_of(const nc__written *array)
{
    return (int64_t)strlen(array->name) + 4;
}

static int64_t local_size(const nc__written *array)
{
    return LOCAL_SIZE + name_size_of(array) + LOCAL_EXTRA;
}

static void put(unsigned char *bytes, int at, uint64_t value, size_t size)
{
    nc__put_little_endian(bytes + at, value, size);
}

static void put_name(unsigned char *bytes, const nc__written *array)
{
    const size_t size = (size_t)name_size_of(array) - 4;
    memcpy(bytes, array->name, size);
    memcpy(bytes + size, ".npy", 4);
}

/* 1 January 1980, the first day of a zip archive: the same arrays give the same bytes. */
enum { FIRST_DAY = 1 << 5 | 1 };

/* What local and central header have in common: version, flags, method, time, checksum, sizes. */
static void put_common(unsigned char *bytes, const nc__written *array, uint32_t packed,
                       uint32_t size)
{
    put(bytes, 0, ZIP64_VERSION, 2);
    put(bytes, 2, UTF8, 2);
    put(bytes, 4, array->level ? DEFLATE : STORED, 2);
    put(bytes, 8, FIRST_DAY, 2);
    put(bytes, 10, array->crc, 4);
    put(bytes, 14, packed, 4);
    put(bytes, 18, size, 4);
    put(bytes, 22, (uint64_t)name_size_of(array), 2);
}

/* The local header, and for deflate the block header of the npy header. */
static libnc_status put_local(libnc_array_writer *writer, const nc__written *array)
{
    unsigned char bytes[LOCAL_SIZE + NC__LONGEST_NAME + 4 + LOCAL_EXTRA + STORED_BLOCK] = {0};
    unsigned char *extra = bytes + LOCAL_SIZE + name_size_of(array);
    put(bytes, 0, LOCAL, 4);
    put_common(bytes + 4, array, WIDE, WIDE);
    put(bytes, 28, LOCAL_EXTRA, 2);
    put_name(bytes + LOCAL_SIZE, array);
    put(extra, 0, ZIP64_FIELD, 2);
    put(extra, 2, LOCAL_EXTRA - 4, 2);
    put(extra, 4, (uint64_t)(array->header + array->layout.bytes), 8);
    put(extra, 12, (uint64_t)(array->end - array->place - local_size(array)), 8);
    if (array->level) {
        put(extra + LOCAL_EXTRA, 1, (uint64_t)array->header, 2);
        put(extra + LOCAL_EXTRA, 3, ~(uint64_t)array->header, 2);
    }
    return nc__writer_put(writer, array->place, bytes,
                          (size_t)(local_size(array) + (array->level ? STORED_BLOCK : 0)));
}

libnc_status nc__zip_begin(libnc_array_writer *writer, nc__written *array)
{
    array->header = nc__npy_header_size(&array->layout);
    array->begin =
        array->place + local_size(array) + (array->level ? STORED_BLOCK : 0) + array->header;
    array->crc = (uint32_t)crc32(0, NULL, 0);
    writer->at = array->begin;
    return LIBNC_OK;
}

/* The headers, with the checksum of the npy header joined to that of the elements. */
libnc_status nc__zip_end(libnc_array_writer *writer, nc__written *array)
{
    char *header = (char *)writer->work;
    nc__npy_header(&array->layout, array->big, header, array->header);
    uLong crc = crc32(0, (const unsigned char *)header, (uInt)array->header);
    array->crc = (uint32_t)crc32_combine(crc, array->crc, (z_off_t)array->layout.bytes);
    libnc_status status =
        nc__writer_put(writer, array->begin - array->header, header, (size_t)array->header);
    return status ? status : put_local(writer, array);
}

static libnc_status put_central(libnc_array_writer *writer, const nc__written *array)
{
    unsigned char bytes[CENTRAL_SIZE + NC__LONGEST_NAME + 4 + 28] = {0};
    unsigned char *extra = bytes + CENTRAL_SIZE + name_size_of(array);
    const uint64_t values[3] = {(uint64_t)(array->header + array->layout.bytes),
                                (uint64_t)(array->end - array->place - local_size(array)),
                                (uint64_t)array->place};
    uint32_t narrow[3];
    int used = 0;
    for (int i = 0; i < 3; i++) {
        narrow[i] = values[i] < WIDE ? (uint32_t)values[i] : WIDE;
        if (narrow[i] == WIDE)
            put(extra, 4 + 8 * used++, values[i], 8);
    }
    put(bytes, 0, CENTRAL, 4);
    put(bytes, 4, 3 << 8 | ZIP64_VERSION, 2); /* made on Unix */
    put_common(bytes + 6, array, narrow[1], narrow[0]);
    put(bytes, 30, (uint64_t)(used ? 4 + 8 * used : 0), 2);
    put(bytes, 38, 0600u << 16, 4); /* permissions, as NumPy sets them */
    put(bytes, 42, narrow[2], 4);
    put_name(bytes + CENTRAL_SIZE, array);
    put(extra, 0, used ? ZIP64_FIELD : 0, 2);
    put(extra, 2, (uint64_t)(8 * used), 2);
    const size_t size = (size_t)(CENTRAL_SIZE + name_size_of(array) + (used ? 4 + 8 * used : 0));
    libnc_status status = nc__writer_put(writer, writer->at, bytes, size);
    writer->at += (int64_t)size;
    return status;
}

static libnc_status put_end(libnc_array_writer *writer, uint64_t begin)
{
    unsigned char bytes[END64_SIZE + LOCATOR64_SIZE + END_SIZE] = {0};
    unsigned char *locator = bytes + END64_SIZE, *end = locator + LOCATOR64_SIZE;
    const uint64_t entries = (uint64_t)writer->count, at = (uint64_t)writer->at, size = at - begin;
    const bool wide = entries >= ALONE || size >= WIDE || begin >= WIDE;
    put(bytes, 0, END64, 4);
    put(bytes, 4, END64_SIZE - 12, 8);
    put(bytes, 12, ZIP64_VERSION, 2);
    put(bytes, 14, ZIP64_VERSION, 2);
    put(bytes, 24, entries, 8);
    put(bytes, 32, entries, 8);
    put(bytes, 40, size, 8);
    put(bytes, 48, begin, 8);
    put(locator, 0, LOCATOR64, 4);
    put(locator, 8, at, 8);
    put(locator, 16, 1, 4);
    put(end, 0, END, 4);
    put(end, 8, entries < ALONE ? entries : ALONE, 2);
    put(end, 10, entries < ALONE ? entries : ALONE, 2);
    put(end, 12, size < WIDE ? size : WIDE, 4);
    put(end, 16, begin < WIDE ? begin : WIDE, 4);
    return wide ? nc__writer_put(writer, writer->at, bytes, sizeof bytes)
                : nc__writer_put(writer, writer->at, end, END_SIZE);
}

libnc_status nc__zip_finish(libnc_array_writer *writer)
{
    const int64_t begin = writer->at;
    for (int64_t i = 0; i < writer->count; i++) {
        libnc_status status = put_central(writer, &writer->arrays[i]);
        if (status)
            return status;
    }
    return put_end(writer, (uint64_t)begin);
}
