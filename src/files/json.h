/* SPDX-License-Identifier: MIT
 *
 * json.h: the pieces of JSON (RFC 8259) that file headers are made of: strings, whole numbers and
 * punctuation. A grammar reads them in the order that it wants, so nothing nests without bounds.
 */
#ifndef NC__JSON_H
#define NC__JSON_H

#include "files/source.h"

typedef struct nc__json {
    const nc__source *source;
    unsigned char *text;
    int64_t size, at, base; /* base: offset of text[0] in the file */
} nc__json;

/* LIBNC_ERROR_FORMAT at the next character, which is no `expected`. */
libnc_status nc__json_refuse(const nc__json *json, const char *expected);

void nc__json_skip_spaces(nc__json *json);

/* Skips spaces; true and past it if the next character is c. */
bool nc__json_accept(nc__json *json, char c);

enum { NC__JSON_SHORT = 64 }; /* room for a key, terminator included */

/* A string in UTF-8, ended by a zero byte: cut to NC__JSON_SHORT bytes if *string is not NULL, else
 * decoded in place, over its own text and closing quote. */
libnc_status nc__json_string(nc__json *json, char **string, const char *expected);

/* A number 0 .. 2^63 - 1 without sign, fraction or exponent. */
libnc_status nc__json_whole(nc__json *json, int64_t *value, const char *expected);

/* True if the bytes are UTF-8, shortest form, no surrogates. */
bool nc__is_utf8(const unsigned char *text, size_t size);

#endif
