/* SPDX-License-Identifier: MIT
 *
 * gnuplot.h: the gnuplot script of --out, and the figures where gnuplot is.
 *
 * Every figure has labelled axes, is legible at half a page and right in grey: curves differ by
 * dash and marker, and the palette's luminance is monotone.
 */
#ifndef PROGRAMS_GNUPLOT_H
#define PROGRAMS_GNUPLOT_H

#include "program.h"

#include <stdio.h>

#define SCRIPT_NAME "figures.gp"

void script_begin(const program *self, FILE *file, const char *title);

/* Begins a figure of so many pixels; its file is name.svg, or as --format says. */
void script_figure(FILE *file, const char *name, int width, int height);

/* Keeps shares of the height free for the title and, below the plot, for its labels and key. */
void script_margins(FILE *file, double top, double bottom);

/* Draws what it can of the script, and says where everything is. */
void draw_script(const program *self);

#endif
