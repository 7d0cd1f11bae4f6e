/* SPDX-License-Identifier: MIT
 *
 * element.h: numbers as bytes: every element type to and from double and int64.
 *
 * Functions that can meet a value which does not fit return its index, or -1.
 */
#ifndef NC__ELEMENT_H
#define NC__ELEMENT_H

#include "base/byte_order.h"

#include <libnc/array.h>

enum { NC__WIDEST_ELEMENT = 8 }; /* bytes */

bool nc__is_element(int32_t element);

/* Bytes are in this machine's order from here on. A bool must be 0 or 1. */
int64_t nc__decode(const unsigned char *bytes, int64_t n, int32_t element, double *values);
/* Values must be whole and fit. */
int64_t nc__decode_integers(const unsigned char *bytes, int64_t n, int32_t element,
                            int64_t *values);
/* Rounds to nearest, ties to even; a finite value must stay finite, and be whole for integers. */
int64_t nc__encode(const double *values, int64_t n, int32_t element, unsigned char *bytes);
int64_t nc__encode_integers(const int64_t *values, int64_t n, int32_t element,
                            unsigned char *bytes);

#endif
