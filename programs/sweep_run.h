/* SPDX-License-Identifier: MIT
 *
 * sweep_run.h: solves the points of a sweep, several at a time, each thread with its own context.
 *
 * SIGINT and SIGTERM let the points at work be finished; a second one ends the process at once.
 */
#ifndef PROGRAMS_SWEEP_RUN_H
#define PROGRAMS_SWEEP_RUN_H

#include "sweep_table.h"

/* Solves what the table lacks; the signal that has ended it, or 0. */
int sweep_run(const program *self, const problem *task, sweep_table *t);

#endif
