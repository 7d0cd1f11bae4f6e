/* SPDX-License-Identifier: MIT
 *
 * separation.h: the law of data separation over the layers of libnc-measure, in their order;
 * nothing is said of one layer.
 */
#ifndef PROGRAMS_SEPARATION_H
#define PROGRAMS_SEPARATION_H

#include "json.h"
#include "measured.h"

void print_separation(const measured *m);

/* The keys "separation", one number for each layer, "separation_rho", "separation_correlation". */
void json_separation(json_writer *json, const measured *m);

#endif
