/* SPDX-License-Identifier: MIT
 *
 * tables.h: a table for each public header, in the order of test_arguments.c.
 */
#ifndef ARGUMENTS_TABLES_H
#define ARGUMENTS_TABLES_H

#include "support/refusals.h"

extern const argument_table context_arguments;
extern const argument_table options_arguments;
extern const argument_table random_arguments;
extern const argument_table classes_arguments;
extern const argument_table dataset_arguments;
extern const argument_table backbone_arguments;
extern const argument_table network_arguments;
extern const argument_table model_arguments;
extern const argument_table loss_arguments;
extern const argument_table penalty_arguments;
extern const argument_table optimizer_arguments;
extern const argument_table trainer_arguments;
extern const argument_table geometry_arguments;
extern const argument_table curvature_arguments;
extern const argument_table relu_features_arguments;
extern const argument_table seli_arguments;
extern const argument_table regression_arguments;
extern const argument_table depth_arguments;
extern const argument_table parsimony_arguments;
extern const argument_table threshold_arguments;
extern const argument_table remedy_arguments;
extern const argument_table minority_arguments;
extern const argument_table report_arguments;
extern const argument_table accumulator_arguments;
extern const argument_table held_out_arguments;
extern const argument_table ood_arguments;
extern const argument_table array_arguments;
extern const argument_table communicator_arguments;
extern const argument_table block_tree_arguments;

#endif
