/* SPDX-License-Identifier: MIT
 *
 * report_page.h: report.html of --out: problem, command, words, figures and tables of a run on one
 * page that loads nothing and runs nothing, so that it can be sent as one file.
 */
#ifndef PROGRAMS_REPORT_PAGE_H
#define PROGRAMS_REPORT_PAGE_H

#include "program.h"

#define PAGE_NAME "report.html"

/* What is printed between these two goes to the page alone. */
void page_begin_words(const program *self);
void page_end_words(const program *self);

/* A file of --out that the page shows: the table of a .tsv with named columns, the figure of a .svg
 * or .png. Others are left out. */
void page_add(const program *self, const char *name, const char *text, size_t size);

/* Writes the page of what was added. */
void page_write(const program *self);

void page_release(report_page *page);

#endif
