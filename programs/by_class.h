/* SPDX-License-Identifier: MIT
 *
 * by_class.h: what libnc-measure says of each class of the first layer: values, who is not
 * predicted, and how the values depend on the number of samples.
 */
#ifndef PROGRAMS_BY_CLASS_H
#define PROGRAMS_BY_CLASS_H

#include "json.h"
#include "measured.h"

/* Formed once: what compares classes with each other costs O(K^2 d). */
class_values *class_values_create(const measured *m);
void class_values_free(class_values *values);

void print_by_class(const measured *m, int columns);

/* The keys "margin" and "not_predicted", null without a classifier; "by_frequency" where wanted. */
void json_by_class(json_writer *json, const measured *m);

/* classes.tsv and, where wanted, by_frequency.tsv. */
void write_by_class(const measured *m);

#endif
