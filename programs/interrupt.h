/* SPDX-License-Identifier: MIT
 *
 * interrupt.h: the signals that ask a program to end, SIGINT (Ctrl-C) and SIGTERM, waiting until it
 * has something to show.
 */
#ifndef PROGRAMS_INTERRUPT_H
#define PROGRAMS_INTERRUPT_H

/* From now on the first one waits; a second one ends the program as ever. A signal that is ignored,
 * as shells have it for what runs in the background, stays so. */
void interrupt_listen(void);

/* The signal that waits; 0 for none. */
int interrupt_signal(void);

/* From now on they are what they were before. */
void interrupt_end(void);

#endif
