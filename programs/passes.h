/* SPDX-License-Identifier: MIT
 *
 * passes.h: what libnc-measure keeps of the samples, in one or two passes over them.
 */
#ifndef PROGRAMS_PASSES_H
#define PROGRAMS_PASSES_H

#include "job.h"

/* Everything that reads files. */
void gather(job *j);

#endif
