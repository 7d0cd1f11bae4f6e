/* SPDX-License-Identifier: MIT
 *
 * sources.h: the files of libnc-measure: opened, checked, and the classes of their labels.
 */
#ifndef PROGRAMS_SOURCES_H
#define PROGRAMS_SOURCES_H

#include "job.h"

bool is_ignored(const job *j, int64_t label);

/* The class of a label, or -1. */
int64_t class_of(const job *j, int64_t label);

/* Stops at a number that is not finite among rows of a source, in words of their file: they are
 * 0 .. count - 1, or where `rows` says. */
void check_finite(const job *j, const shards *s, const int64_t *rows, int64_t count, int32_t scalar,
                  const void *values);

void open_sources(job *j);

void read_classifiers(job *j);

/* Features as wide as those of the first layer, and the labels of some: sets besides the training
 * set. The caller closes them. */
shards open_other(job *j, const char *option, const char *name);
shards open_other_labels(job *j, const char *option, const char *name, const shards *features);

#endif
