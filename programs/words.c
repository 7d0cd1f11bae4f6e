/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

enum { LONGEST_ESCAPE = 6 }; /* "\u2028" */

/* Bytes of the UTF-8 character that the text begins with, which is *c; 0 if it begins with none. */
static size_t character_size(const char *text, uint32_t *c)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = (unsigned char)*text;
    const size_t size = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
    *c = size < 2 ? first : first & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) { /* the terminator ends it too */
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | ((unsigned char)text[i] & 0x3fu);
    }
    const bool surrogate = *c >= 0xd800 && *c <= 0xdfff;
    return size > 0 && *c >= smallest[size] && *c <= 0x10ffff && !surrogate ? size : 0;
}

/* What moves a cursor, colours a terminal, ends a line or turns the direction of reading. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *plain_text(const char *text)
{
    const size_t room = LONGEST_ESCAPE * strlen(text) + 1;
    char *plain = malloc(room);
    size_t used = 0;
    if (plain == NULL)
        return NULL;
    while (*text != '\0') {
        uint32_t c;
        const size_t size = character_size(text, &c);
        if (size > 0 && !is_control(c)) {
            memcpy(plain + used, text, size);
            used += size;
        } else {
            const unsigned shown = size > 0 ? (unsigned)c & 0xffff : (unsigned char)*text;
            used += (size_t)snprintf(plain + used, room - used, size > 1 ? "\\u%04x" : "\\x%02x",
                                     shown);
        }
        text += size > 0 ? size : 1;
    }
    plain[used] = '\0';
    return plain;
}

/* ---- numbers ---- */

const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

/* Where the number ends that the text begins with; NULL if it begins with none. */
static const char *number_end(const char *text)
{
    text += *text == '-' || *text == '+';
    if (strncmp(text, "inf", 3) == 0)
        return text + (strncmp(text, "infinity", 8) == 0 ? 8 : 3);
    const char *end = skip_digits(text), *fraction = *end == '.' ? skip_digits(end + 1) : end;
    if (end == text && fraction <= end + 1)
        return NULL;
    if (*fraction != 'e' && *fraction != 'E')
        return fraction;
    end = fraction + 1;
    end += *end == '-' || *end == '+';
    return skip_digits(end) > end ? skip_digits(end) : NULL;
}

bool read_number(const char *text, const char **end, double *value)
{
    *end = number_end(text);
    if (*end == NULL)
        return false;
    errno = 0;
    *value = strtod(text, NULL);
    return errno == 0 || (*value > -1 && *value < 1);
}

bool read_whole(const char *text, const char **end, int64_t *value)
{
    const double most = 9007199254740992.0;
    double number;
    *end = skip_digits(text + (*text == '-' || *text == '+'));
    if (number_end(text) == *end && *end > text) {
        errno = 0;
        *value = strtoll(text, NULL, 10);
        return errno == 0;
    }
    if (!read_number(text, end, &number) || !(number > -most && number < most))
        return false;
    *value = (int64_t)number;
    return (double)*value == number;
}
