/* SPDX-License-Identifier: MIT
 *
 * json.c: strings, whole numbers and punctuation of JSON (RFC 8259), strictly.
 */
#include "files/json.h"

#include <string.h>

libnc_status nc__json_refuse(const nc__json *json, const char *expected)
{
    const int64_t offset = json->base + json->at;
    if (json->at >= json->size)
        return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset,
                               "the header ends: expected %s", expected);
    unsigned char c = json->text[json->at];
    if (c < ' ' || c > '~')
        return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset, "byte 0x%02x: expected %s",
                               c, expected);
    return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, offset, "'%c': expected %s", c,
                           expected);
}

void nc__json_skip_spaces(nc__json *json)
{
    while (json->at < json->size && memchr(" \t\n\r", json->text[json->at], 4))
        json->at++;
}

bool nc__json_accept(nc__json *json, char c)
{
    nc__json_skip_spaces(json);
    if (json->at >= json->size || json->text[json->at] != (unsigned char)c)
        return false;
    json->at++;
    return true;
}

/* ---- strings ---- */

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits after \u. */
static libnc_status parse_unit(nc__json *json, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, json->at++) {
        int digit = json->at < json->size ? hex_digit(json->text[json->at]) : -1;
        if (digit < 0)
            return nc__json_refuse(json, "a hexadecimal digit");
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return LIBNC_OK;
}

static size_t put_utf8(unsigned char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (unsigned char)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; c >>= 6)
        to[i] = (unsigned char)(0x80 | (c & 0x3f));
    to[0] = (unsigned char)(c | (0xf00u >> size & 0xffu));
    return size;
}

/* \uXXXX, in pairs for characters above U+FFFF; at stands behind the u. */
static libnc_status parse_unicode(nc__json *json, uint32_t *c)
{
    uint32_t low;
    libnc_status status = parse_unit(json, c);
    if (status || *c < 0xd800 || *c > 0xdfff) {
        if (!status && *c == 0)
            status = nc__json_refuse(json, "no character U+0000 before this");
        return status;
    }
    bool pair =
        *c < 0xdc00 && json->size - json->at >= 2 && memcmp(json->text + json->at, "\\u", 2) == 0;
    json->at += pair ? 2 : 0;
    if (pair)
        status = parse_unit(json, &low);
    if (!status && (!pair || low < 0xdc00 || low > 0xdfff))
        status = nc__json_refuse(json, "both halves of a surrogate pair before this");
    if (!status)
        *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    return status;
}

/* at stands behind the backslash. */
static libnc_status parse_escape(nc__json *json, uint32_t *c)
{
    static const char codes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *found = NULL;
    if (json->at < json->size && json->text[json->at] == 'u') {
        json->at++;
        return parse_unicode(json, c);
    }
    if (json->at < json->size && json->text[json->at] != '\0')
        found = strchr(codes, json->text[json->at]);
    if (!found)
        return nc__json_refuse(json, "an escape: one of \"\\/bfnrtu");
    json->at++;
    *c = (unsigned char)values[found - codes];
    return LIBNC_OK;
}

/* Where a string is decoded to. */
typedef struct capacity {
    unsigned char *to;
    size_t size, used; /* one byte stays for the terminator */
} capacity;

static void put_character(capacity *r, uint32_t c, bool escaped)
{
    unsigned char code[4];
    code[0] = (unsigned char)c;
    size_t n = escaped ? put_utf8(code, c) : 1;
    for (size_t i = 0; i < n && r->used < r->size; i++)
        r->to[r->used++] = code[i];
}

/* Up to the closing quote, or the end of the text. */
static libnc_status decode_string(nc__json *json, capacity *r)
{
    while (json->at < json->size && json->text[json->at] != '"') {
        uint32_t c = json->text[json->at];
        if (c < 0x20)
            return nc__json_refuse(json, "no control character in a string");
        json->at++;
        bool escaped = c == '\\';
        libnc_status status = escaped ? parse_escape(json, &c) : LIBNC_OK;
        if (status)
            return status;
        put_character(r, c, escaped);
    }
    return json->at < json->size ? LIBNC_OK
                                 : nc__json_refuse(json, "the closing quote of a string");
}

libnc_status nc__json_string(nc__json *json, char **string, const char *expected)
{
    if (!nc__json_accept(json, '"'))
        return nc__json_refuse(json, expected);
    const int64_t begin = json->at;
    capacity r = {.to = json->text + begin, .size = (size_t)(json->size - begin)};
    if (*string)
        r = (capacity){.to = (unsigned char *)*string, .size = NC__JSON_SHORT - 1};
    libnc_status status = decode_string(json, &r);
    if (status)
        return status;
    json->at++;
    if (!*string && !nc__is_utf8(r.to, r.used))
        return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, json->base + begin,
                               "this string is not UTF-8");
    r.to[r.used] = '\0';
    *string = (char *)r.to;
    return LIBNC_OK;
}

bool nc__is_utf8(const unsigned char *text, size_t size)
{
    uint32_t character;
    for (size_t at = 0, length; at < size; at += length)
        if ((length = nc__utf8_character(text + at, size - at, &character)) == 0)
            return false;
    return true;
}

/* ---- numbers ---- */

libnc_status nc__json_whole(nc__json *json, int64_t *value, const char *expected)
{
    nc__json_skip_spaces(json);
    const int64_t begin = json->at;
    int64_t sum = 0;
    for (; json->at < json->size; json->at++) {
        int digit = json->text[json->at] - '0';
        if (digit < 0 || digit > 9)
            break;
        if (sum > (INT64_MAX - digit) / 10)
            return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, json->base + begin,
                                   "a number is above 2^63 - 1");
        sum = 10 * sum + digit;
    }
    if (json->at == begin)
        return nc__json_refuse(json, expected);
    if (json->at - begin > 1 && json->text[begin] == '0')
        return nc__source_fail(json->source, LIBNC_ERROR_FORMAT, json->base + begin,
                               "a number begins with 0");
    if (json->at < json->size && memchr(".eE", json->text[json->at], 3))
        return nc__json_refuse(json, "a whole number without fraction or exponent");
    *value = sum;
    return LIBNC_OK;
}
