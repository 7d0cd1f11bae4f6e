/* SPDX-License-Identifier: MIT
 *
 * text.c: one line of text for people, whatever its arguments hold.
 *
 * Names in files, paths and the words of other libraries become parts of error texts. A
 * string argument is shown as valid UTF-8 without anything that moves a cursor, colours a terminal,
 * ends a line or turns the direction of reading: such a character is written \x1b or \u202e, and
 * each byte that is no UTF-8 \xff. A backslash stays as it is, so that a text may quote another
 * one.
 *
 * Where the line is longer than its room, the longest strings lose their middle. What follows a
 * long path, the reason, is kept whole.
 */
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_CODE = 8,        /* bytes of one character as shown, terminator included */
    LONGEST_CONVERSION = 16, /* of a format, such as "%-12.6g" */
    LONGEST_NUMBER = 512,    /* "%f" of the largest double has 317 characters */
    MARK = 3                 /* "..." stands for what is left out */
};

/* ---- characters ---- */

size_t nc__utf8_character(const unsigned char *text, size_t size, uint32_t *character)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = text[0];
    const size_t length = first < 0x80   ? 1
                          : first < 0xc2 ? 0
                          : first < 0xe0 ? 2
                          : first < 0xf0 ? 3
                          : first < 0xf5 ? 4
                                         : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t c = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (text[i] & 0x3fu);
    }
    if (length > 1 && (c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
        return 0;
    *character = c;
    return length;
}

/* Controls of C0 and C1, ends of lines, and marks and overrides of direction. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The first character as it is shown; how many bytes of the text it takes. */
static size_t show(const unsigned char *text, size_t size, char code[LONGEST_CODE])
{
    uint32_t c;
    const size_t taken = nc__utf8_character(text, size, &c);
    if (taken == 0 || (c < 0x80 && is_control(c))) {
        snprintf(code, LONGEST_CODE, "\\x%02x", (unsigned)text[0]);
        return 1;
    }
    if (is_control(c)) {
        snprintf(code, LONGEST_CODE, "\\u%04x", (unsigned)(c & 0xffff));
        return taken;
    }
    memcpy(code, text, taken);
    code[taken] = '\0';
    return taken;
}

/* ---- strings ---- */

/* Text that is counted, and kept as far as it has room: no character in part. */
typedef struct writer {
    char *to;
    size_t capacity, used; /* one byte of the room stays for the terminator */
    bool full;
} writer;

static void put(writer *w, const char *text, size_t size)
{
    w->full = w->full || size >= w->capacity - w->used;
    if (!w->full) {
        memcpy(w->to + w->used, text, size);
        w->to[w->used + size] = '\0';
    }
    w->used += size;
}

/* Bytes as shown; counting ends above `limit`. */
static size_t shown_size(const unsigned char *text, size_t size, size_t limit)
{
    char code[LONGEST_CODE];
    size_t shown = 0;
    for (size_t at = 0; at < size && shown <= limit;) {
        at += show(text + at, size - at, code);
        shown += strlen(code);
    }
    return shown;
}

/* Puts characters while they fit into `most` bytes; how many bytes of the text they take. */
static size_t put_shown(writer *w, const unsigned char *text, size_t size, size_t most)
{
    char code[LONGEST_CODE];
    size_t at = 0;
    for (size_t shown = 0; at < size;) {
        const size_t taken = show(text + at, size - at, code), length = strlen(code);
        if (length > most - shown)
            break;
        put(w, code, length);
        shown += length;
        at += taken;
    }
    return at;
}

/* Where the last characters begin that fit into `most` bytes. */
static size_t tail_of(const unsigned char *text, size_t size, size_t most)
{
    char code[LONGEST_CODE];
    size_t at = size > most ? size - most : 0;
    while (at > 0 && at < size && (text[at] & 0xc0) == 0x80) /* the rest of a character */
        at++;
    for (size_t shown = shown_size(text + at, size - at, SIZE_MAX); shown > most;) {
        at += show(text + at, size - at, code);
        shown -= strlen(code);
    }
    return at;
}

static void put_string(writer *w, const char *string, size_t size, size_t most)
{
    const unsigned char *text = (const unsigned char *)string;
    if (shown_size(text, size, most) <= most) {
        put_shown(w, text, size, most);
        return;
    }
    const size_t half = most > MARK ? (most - MARK) / 2 : 0;
    const size_t head = put_shown(w, text, size, half);
    put(w, "...", MARK);
    const size_t tail = tail_of(text + head, size - head, half);
    put_shown(w, text + head + tail, size - head - tail, half);
}

/* ---- formats ---- */

/* The bytes of a "%s" whose precision is `precision`, or -1; no character in part. */
static size_t string_size(const char *string, long precision)
{
    if (precision < 0)
        return strlen(string);
    size_t size = strnlen(string, (size_t)precision), last = size;
    if (size < (size_t)precision)
        return size;
    uint32_t c;
    while (last > 0 && size - last < 4 && ((unsigned char)string[--last] & 0xc0) == 0x80) {
    }
    const bool whole =
        size == 0 || nc__utf8_character((const unsigned char *)string + last, size - last, &c) > 0;
    return whole ? size : last;
}

static void put_string_argument(writer *w, const char *conversion, va_list *arguments, size_t most)
{
    const char *point = strchr(conversion, '.');
    long precision = -1;
    if (point)
        precision = point[1] == '*' ? va_arg(*arguments, int) : strtol(point + 1, NULL, 10);
    const char *string = va_arg(*arguments, const char *);
    put_string(w, string, string_size(string, precision), most);
}

/* Integers by their length: none, l, ll or z. */
static int print_integer(char *number, const char *conversion, va_list *arguments)
{
    const char *l = strchr(conversion, 'l');
    if (strchr(conversion, 'z'))
        return snprintf(number, LONGEST_NUMBER, conversion, va_arg(*arguments, size_t));
    if (!l)
        return snprintf(number, LONGEST_NUMBER, conversion, va_arg(*arguments, int));
    if (l[1] == 'l')
        return snprintf(number, LONGEST_NUMBER, conversion, va_arg(*arguments, long long));
    return snprintf(number, LONGEST_NUMBER, conversion, va_arg(*arguments, long));
}

static void put_number(writer *w, const char *conversion, char kind, va_list *arguments)
{
    char number[LONGEST_NUMBER];
    int length;
    if (strchr("gefGE", kind))
        length = snprintf(number, sizeof number, conversion, va_arg(*arguments, double));
    else if (kind == 'p')
        length = snprintf(number, sizeof number, conversion, va_arg(*arguments, void *));
    else
        length = print_integer(number, conversion, arguments);
    assert(length >= 0 && length < LONGEST_NUMBER);
    put(w, number, (size_t)length);
}

/* The whole text, with at most `most` bytes of each string. */
static size_t render(char *text, size_t size, const char *format, va_list original, size_t most)
{
    writer w = {.to = text, .capacity = size};
    va_list arguments;
    *text = '\0';
    va_copy(arguments, original);
    while (*format) {
        const size_t literal = strcspn(format, "%");
        put(&w, format, literal);
        format += literal;
        if (!*format)
            break;
        char conversion[LONGEST_CONVERSION];
        const size_t length = 2 + strcspn(format + 1, "diuxXcgefGEps%");
        assert(length < sizeof conversion);
        memcpy(conversion, format, length);
        conversion[length] = '\0';
        const char kind = conversion[length - 1];
        if (kind == '%')
            put(&w, "%", 1);
        else if (kind == 's')
            put_string_argument(&w, conversion, &arguments, most);
        else
            put_number(&w, conversion, kind, &arguments);
        format += length;
    }
    va_end(arguments);
    return w.used;
}

void nc__print_list(char *text, size_t size, const char *format, va_list arguments)
{
    if (render(text, size, format, arguments, size) < size)
        return;
    size_t fits = 0, over = size; /* of each string: the most that the room takes */
    while (over - fits > 1) {
        const size_t middle = fits + (over - fits) / 2;
        if (render(text, size, format, arguments, middle) < size)
            fits = middle;
        else
            over = middle;
    }
    render(text, size, format, arguments, fits);
}

void nc__print(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    nc__print_list(text, size, format, arguments);
    va_end(arguments);
}
