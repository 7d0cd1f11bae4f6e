/* SPDX-License-Identifier: MIT
 *
 * sweep_boundary.h: where classes are lost along an axis of decays.
 *
 * With mean squared error class k falls at a product of all decays that is known in closed form;
 * with cross-entropy of one layer everything vanishes from one on (doc/theory.md). Solved for the
 * decay that the axis varies, that is a line in the diagram.
 */
#ifndef PROGRAMS_SWEEP_BOUNDARY_H
#define PROGRAMS_SWEEP_BOUNDARY_H

#include "sweep.h"

enum { MAX_LINES = 12 };

/* The axis along which classes are lost; -1: none, or nothing is known. */
int boundary_axis(const sweep *s, const problem *task);

/* Its values at which lines cross the problem of a point, ascending; returns how many lines there
 * are, the same for all points. Infinite where a line is never crossed. */
int boundary_crossings(const program *self, const sweep *s, const problem *task, int axis,
                       int64_t point, double crossings[MAX_LINES]);

#endif
