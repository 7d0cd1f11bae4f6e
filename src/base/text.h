/* SPDX-License-Identifier: MIT
 *
 * text.h: one line of text for people, whatever its arguments hold.
 */
#ifndef NC__TEXT_H
#define NC__TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define NC__PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define NC__PRINTF(text, first)
#endif

/* As snprintf(), for d, i, u, x, c, g, e, f, p and s: one line, whatever the strings hold. What is
 * no printable UTF-8 is escaped; where the room is short, the longest strings lose their middle. */
void nc__print(char *text, size_t size, const char *format, ...) NC__PRINTF(3, 4);
void nc__print_list(char *text, size_t size, const char *format, va_list arguments);

/* Bytes of the UTF-8 character that a text of size > 0 begins with, in shortest form and no
 * surrogate; 0 if it begins with none. */
size_t nc__utf8_character(const unsigned char *text, size_t size, uint32_t *character);

#endif
