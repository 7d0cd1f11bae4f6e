/* SPDX-License-Identifier: MIT
 *
 * sweep_figures.h: figures of a sweep that is complete: curves over one parameter, diagrams over
 * two, with the lines at which classes are lost where the library has them exactly.
 */
#ifndef PROGRAMS_SWEEP_FIGURES_H
#define PROGRAMS_SWEEP_FIGURES_H

#include "sweep_table.h"

void sweep_figures(const program *self, const problem *task, const sweep_table *t);

#endif
