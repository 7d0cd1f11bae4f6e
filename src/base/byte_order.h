/* SPDX-License-Identifier: MIT
 *
 * byte_order.h: whole numbers as bytes in either order.
 */
#ifndef NC__BYTE_ORDER_H
#define NC__BYTE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool nc__is_little_endian(void); /* this machine */

uint64_t nc__little_endian(const unsigned char *bytes, size_t size);
uint64_t nc__big_endian(const unsigned char *bytes, size_t size);
void nc__put_little_endian(unsigned char *bytes, uint64_t value, size_t size);
void nc__put_big_endian(unsigned char *bytes, uint64_t value, size_t size);

/* Reverses the bytes of each of n elements. */
void nc__swap_bytes(unsigned char *bytes, int64_t n, int32_t size);

#endif
