/* SPDX-License-Identifier: MIT
 *
 * words.h: text in and out: numbers of the command line, and texts that others chose, such as names
 * in files, as they may be printed.
 *
 * Numbers are what the settings of libnc take: an optional sign, decimal digits with at most one
 * point, an exponent. No spaces, no hexadecimal. A whole number may be written 1e4.
 */
#ifndef PROGRAMS_WORDS_H
#define PROGRAMS_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* A copy in one line of UTF-8, as the library's texts are: what must not reach a terminal is
 * written \x1b or \u2028, as is every byte that is no UTF-8. The caller frees it; NULL without
 * memory. */
char *plain_text(const char *text);

const char *skip_digits(const char *text);

/* A number and where it ends; false if there is none, or it is too large for a double. */
bool read_number(const char *text, const char **end, double *value);

/* The same of whole numbers; those with point or exponent up to 2^53. */
bool read_whole(const char *text, const char **end, int64_t *value);

#endif
