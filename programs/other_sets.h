/* SPDX-License-Identifier: MIT
 *
 * other_sets.h: data that the network was not trained on, about what the training features said:
 * a test set (--test), and sets from elsewhere that should look different (--ood). Of the first
 * layer.
 */
#ifndef PROGRAMS_OTHER_SETS_H
#define PROGRAMS_OTHER_SETS_H

#include "json.h"
#include "measured.h"

struct job;

/* What was found; NULL where no other set was given. After the training set has been measured. */
other_sets *other_sets_measure(struct job *j);

void other_sets_free(other_sets *o);

/* All do nothing for NULL. */
void print_other_sets(const other_sets *o, int columns);

void json_other_sets(json_writer *json, const other_sets *o);

/* test.tsv and ood.tsv. */
void write_other_sets(const other_sets *o);

#endif
