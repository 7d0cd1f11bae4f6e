/* SPDX-License-Identifier: MIT
 *
 * tables.h: a table for each public header, in the order of test_faults.c.
 */
#ifndef FAULTS_TABLES_H
#define FAULTS_TABLES_H

#include "support/fault_cases.h"

extern const fault_table context_faults;
extern const fault_table random_faults;
extern const fault_table classes_faults;
extern const fault_table dataset_faults;
extern const fault_table trainer_faults;
extern const fault_table backbone_faults;
extern const fault_table network_faults;
extern const fault_table model_faults;
extern const fault_table loss_faults;
extern const fault_table penalty_faults;
extern const fault_table optimizer_faults;
extern const fault_table options_faults;
extern const fault_table geometry_faults;
extern const fault_table curvature_faults;
extern const fault_table relu_features_faults;
extern const fault_table seli_faults;
extern const fault_table regression_faults;
extern const fault_table depth_faults;
extern const fault_table parsimony_faults;
extern const fault_table threshold_faults;
extern const fault_table remedy_faults;
extern const fault_table minority_faults;
extern const fault_table report_faults;
extern const fault_table accumulator_faults;
extern const fault_table held_out_faults;
extern const fault_table ood_faults;
extern const fault_table array_faults;
extern const fault_table communicator_faults;
extern const fault_table block_tree_faults;

#endif
