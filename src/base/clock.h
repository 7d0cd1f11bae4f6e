/* SPDX-License-Identifier: MIT
 *
 * clock.h: seconds of a monotonic clock.
 */
#ifndef NC__CLOCK_H
#define NC__CLOCK_H

/* Seconds of a monotonic clock. */
double nc__seconds(void);

#endif
