/* SPDX-License-Identifier: MIT
 *
 * metric_errors.h: standard errors of libnc-measure --errors, and of kept statistics that have
 * groups: nothing is said where there are none.
 */
#ifndef PROGRAMS_METRIC_ERRORS_H
#define PROGRAMS_METRIC_ERRORS_H

#include "json.h"
#include "measured.h"

/* Metrics that a paper would state with an error. */
void print_errors(const measured *m);

/* "standard_errors": an object of one entry per layer by metric. */
void json_errors(json_writer *json, const measured *m);

/* errors.tsv: metric, value and error for each layer. */
void write_errors(const measured *m);

#endif
