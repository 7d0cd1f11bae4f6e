/* SPDX-License-Identifier: MIT
 *
 * clock.c: seconds of a monotonic clock.
 */
#include "base/clock.h"

#include <time.h>

double nc__seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
