/* SPDX-License-Identifier: MIT
 *
 * terminal.h: how wide the window is in which something is read.
 */
#ifndef PROGRAMS_TERMINAL_H
#define PROGRAMS_TERMINAL_H

/* Columns of the terminal that a descriptor is; INT_MAX for a file or a pipe, where nothing wraps.
 */
int terminal_width(int descriptor);

#endif
