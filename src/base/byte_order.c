/* SPDX-License-Identifier: MIT
 *
 * byte_order.c: whole numbers as bytes in either order.
 */
#include "base/byte_order.h"

#include <string.h>

bool nc__is_little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

uint64_t nc__little_endian(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

uint64_t nc__big_endian(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

void nc__put_little_endian(unsigned char *bytes, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
}

void nc__put_big_endian(unsigned char *bytes, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[size - 1 - i] = (unsigned char)(value >> 8 * i);
}

void nc__swap_bytes(unsigned char *bytes, int64_t n, int32_t size)
{
    for (int64_t i = 0; i < n; i++, bytes += size)
        for (int32_t low = 0, high = size - 1; low < high; low++, high--) {
            unsigned char kept = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = kept;
        }
}
