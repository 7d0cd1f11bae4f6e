/* SPDX-License-Identifier: MIT
 *
 * interrupt.h: the signals that ask a program to end, SIGINT (Ctrl-C) and SIGTERM, waiting until it
 * has something to show.
 */
#ifndef PROGRAMS_INTERRUPT_H
#define PROGRAMS_INTERRUPT_H

/* Seconds: what comes within them of the first belongs to it. */
#define INTERRUPT_BURST 0.5

/* From now on the first one waits; another one, later than a burst, ends the program at once. A
 * signal that is ignored, as shells have it for what runs in the background, stays so. */
void interrupt_listen(void);

/* The signal that waits; 0 for none. */
int interrupt_signal(void);

/* From now on they are what they were before. */
void interrupt_end(void);

#endif
