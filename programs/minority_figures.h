/* SPDX-License-Identifier: MIT
 *
 * minority_figures.h: the files of libnc-minority-collapse --out.
 */
#ifndef PROGRAMS_MINORITY_FIGURES_H
#define PROGRAMS_MINORITY_FIGURES_H

#include "studies.h"

void write_studies(const program *self, const study *s, const curves *c, const diagram *d,
                   const oversampling *o);

/* Of these tables. */
void draw_studies(const program *self, const study *s, const curves *c, const diagram *d,
                  const oversampling *o);

#endif
