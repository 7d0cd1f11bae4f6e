/* SPDX-License-Identifier: MIT
 *
 * measure_options.h: the options of libnc-measure.
 */
#ifndef PROGRAMS_MEASURE_OPTIONS_H
#define PROGRAMS_MEASURE_OPTIONS_H

#include "job.h"
#include "options.h"

extern const option_spec measure_options[];
extern const int measure_option_count;

bool job_option(job *j, const option_spec *option);

void check_options(const job *j);

#endif
