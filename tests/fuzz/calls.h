/* SPDX-License-Identifier: MIT
 *
 * calls.h: random sequences of public calls, over all handle kinds and two contexts.
 *
 * The bytes of an input choose the functions, their arguments (valid, at bounds, impossible) and
 * which allocations are refused; handles.h says what is checked. Handles live on from call to call,
 * at most ROOM of a kind. Every function of the interface is in the table.
 */
#ifndef CALLS_H
#define CALLS_H

#include "calls_ranks.h"

typedef struct function_row {
    const char *name;
    void (*call)(void);
    int share; /* how often it is called, against others */
    int64_t calls, successes;
} function_row;

#define ROW(name)                                                                                  \
    {                                                                                              \
        "libnc_" #name, call_##name, 1, 0, 0                                                       \
    }
#define OFTEN(name)                                                                                \
    {                                                                                              \
        "libnc_" #name, call_##name, 4, 0, 0                                                       \
    }

/* clang-format off */
static function_row table[] = {
    /* context.h */
    ROW(context_create),
    ROW(context_create_with_allocator),
    ROW(context_destroy),
    ROW(context_error),
    ROW(context_fail),
    ROW(context_set_log),
    ROW(context_set_threads),
    ROW(context_threads),
    /* status.h */
    ROW(status_name),
    /* version.h */
    ROW(version),
    ROW(version_number),
    /* blas.h */
    ROW(blas_provider),
    ROW(blas_core),
    ROW(blas_kernels),
    ROW(blas_set_threads),
    /* options.h */
    OFTEN(options_set_int64),
    OFTEN(options_set_double),
    ROW(options_set_text),
    ROW(options_get_int64),
    ROW(options_get_double),
    ROW(options_count),
    ROW(options_describe),
    ROW(options_bounds),
    ROW(options_choice),
    /* random.h */
    ROW(random_create),
    ROW(random_split),
    ROW(random_destroy),
    ROW(random_words),
    ROW(random_uniform),
    ROW(random_normal),
    ROW(random_permutation),
    /* classes.h */
    ROW(classes_from_counts),
    ROW(classes_from_labels),
    ROW(classes_balanced),
    ROW(classes_step),
    ROW(classes_long_tailed),
    ROW(classes_destroy),
    ROW(classes_count),
    ROW(classes_samples),
    ROW(classes_counts),
    ROW(classes_is_balanced),
    ROW(classes_labels),
    /* file.h */
    ROW(file_write),
    /* array.h */
    ROW(element_name),
    ROW(element_size),
    ROW(array_open),
    ROW(array_destroy),
    ROW(array_select),
    ROW(array_member_count),
    ROW(array_member_name),
    ROW(array_format),
    ROW(array_name),
    ROW(array_rows),
    ROW(array_cols),
    ROW(array_dimensions),
    ROW(array_dimension),
    ROW(array_element),
    ROW(array_set_element),
    ROW(array_read),
    ROW(array_read_integers),
    ROW(array_view),
    ROW(array_writer_create),
    ROW(array_writer_destroy),
    ROW(array_writer_options),
    ROW(array_writer_begin),
    OFTEN(array_writer_append),
    ROW(array_writer_finish),
    ROW(array_write_npy),
    /* dataset.h */
    ROW(dataset_from_memory),
    ROW(dataset_from_idx),
    ROW(dataset_from_arrays),
    ROW(dataset_gaussian),
    ROW(dataset_select),
    ROW(dataset_split),
    ROW(dataset_order),
    ROW(dataset_order_repeated),
    ROW(dataset_destroy),
    ROW(dataset_count),
    ROW(dataset_width),
    ROW(dataset_scalar),
    ROW(dataset_inputs),
    ROW(dataset_labels),
    ROW(dataset_classes),
    ROW(dataset_shape),
    OFTEN(dataset_set_shape),
    /* backbone.h */
    ROW(backbone_create),
    ROW(backbone_destroy),
    ROW(backbone_add_affine),
    ROW(backbone_layers),
    ROW(backbone_outputs),
    /* network.h */
    ROW(network_create),
    ROW(network_create_named),
    ROW(network_destroy),
    OFTEN(network_pad),
    OFTEN(network_convolution),
    OFTEN(network_normalisation),
    OFTEN(network_activation),
    OFTEN(network_pooling),
    OFTEN(network_affine),
    OFTEN(network_add),
    ROW(network_from),
    ROW(network_name),
    ROW(network_nodes),
    ROW(network_outputs),
    ROW(network_shape),
    /* model.h */
    ROW(model_create_free),
    ROW(model_create_backbone),
    OFTEN(model_create_head),
    OFTEN(model_create_network),
    OFTEN(model_settle),
    ROW(model_state_count),
    OFTEN(model_state_info),
    OFTEN(model_state_view),
    ROW(model_destroy),
    OFTEN(model_initialise),
    ROW(model_classes),
    ROW(model_depth),
    ROW(model_width),
    ROW(model_samples),
    ROW(model_inputs),
    ROW(model_has_bias),
    ROW(model_scalar),
    ROW(model_labels),
    ROW(model_parameter_count),
    ROW(model_parameter_info),
    ROW(model_parameter_index),
    ROW(model_parameter_view),
    ROW(model_get_parameter),
    ROW(model_set_parameter),
    ROW(model_evaluate),
    ROW(model_save),
    ROW(model_load),
    ROW(model_export),
    ROW(model_import),
    /* loss.h */
    ROW(loss_create),
    ROW(loss_destroy),
    ROW(loss_options),
    ROW(loss_kind),
    ROW(loss_set_class_weights),
    ROW(loss_class_weights),
    ROW(loss_evaluate),
    /* penalty.h */
    ROW(penalty_create),
    ROW(penalty_destroy),
    ROW(penalty_set_weight_decay),
    ROW(penalty_set_feature_decay),
    ROW(penalty_set_decay),
    ROW(penalty_get_decay),
    OFTEN(penalty_set_energies),
    ROW(penalty_get_energies),
    /* optimizer.h */
    ROW(optimizer_create),
    ROW(optimizer_destroy),
    ROW(optimizer_options),
    ROW(optimizer_kind),
    ROW(optimizer_rate),
    /* trainer.h */
    ROW(trainer_create),
    ROW(trainer_destroy),
    ROW(trainer_options),
    ROW(trainer_model),
    OFTEN(trainer_create_head),
    OFTEN(trainer_step_features),
    ROW(trainer_set_observer),
    ROW(trainer_set_repeats),
    OFTEN(trainer_step),
    OFTEN(trainer_run),
    ROW(trainer_sync),
    ROW(trainer_geometry),
    ROW(trainer_reason),
    ROW(trainer_iterations),
    ROW(trainer_seconds),
    ROW(trainer_is_reduced),
    ROW(trainer_evaluate),
    ROW(trainer_gradient),
    ROW(trainer_history_rows),
    ROW(trainer_history),
    ROW(trainer_save),
    ROW(trainer_load),
    ROW(trainer_set_attachment),
    ROW(trainer_attachment_size),
    ROW(trainer_attachment),
    /* geometry.h */
    ROW(geometry_create),
    ROW(geometry_destroy),
    ROW(geometry_options),
    ROW(geometry_set_weight_decay),
    ROW(geometry_set_class_weights),
    OFTEN(geometry_solve),
    ROW(geometry_classes),
    ROW(geometry_depth),
    ROW(geometry_status),
    ROW(geometry_loss),
    ROW(geometry_unique),
    ROW(geometry_singular_values),
    ROW(geometry_layer_singular_values),
    ROW(geometry_lengths),
    ROW(geometry_classifier_gram),
    ROW(geometry_feature_gram),
    ROW(geometry_logits),
    ROW(geometry_class_weights),
    ROW(geometry_weight_decays),
    ROW(geometry_class_logits),
    ROW(geometry_bias),
    ROW(geometry_lost_classes),
    ROW(geometry_margins),
    ROW(geometry_probabilities),
    ROW(geometry_predicted),
    ROW(geometry_multiplier),
    ROW(geometry_rank),
    ROW(geometry_groups),
    ROW(geometry_factors),
    ROW(geometry_etf),
    ROW(geometry_search),
    ROW(geometry_structure),
    ROW(geometry_kind_name),
    ROW(geometry_class_sets),
    ROW(geometry_multiplicities),
    ROW(geometry_thresholds),
    /* curvature.h */
    OFTEN(curvature_create),
    ROW(curvature_destroy),
    ROW(curvature_eigenvalue),
    ROW(curvature_logits),
    OFTEN(curvature_layer),
    ROW(curvature_bias),
    ROW(curvature_rank),
    /* relu_features.h */
    ROW(relu_features_create),
    ROW(relu_features_destroy),
    ROW(relu_features_classes),
    ROW(relu_features_loss),
    ROW(relu_features_scales),
    ROW(relu_features_lengths),
    ROW(relu_features_lost_classes),
    ROW(relu_features_classifier_gram),
    ROW(relu_features_threshold),
    /* seli.h */
    ROW(seli_singular_values),
    ROW(seli_lengths),
    ROW(seli_grams),
    ROW(seli_logits),
    /* regression.h */
    ROW(regression_moments),
    ROW(regression_create),
    ROW(regression_destroy),
    ROW(regression_outputs),
    ROW(regression_rank),
    ROW(regression_is_unique),
    ROW(regression_loss),
    ROW(regression_singular_values),
    ROW(regression_matrix),
    ROW(regression_collapse_create),
    ROW(regression_collapse_destroy),
    ROW(regression_collapse_nrc1),
    ROW(regression_collapse_nrc2),
    ROW(regression_collapse_nrc3),
    /* depth.h */
    ROW(kernel_collapse),
    ROW(separation_law),
    /* parsimony.h */
    ROW(parsimony_create),
    ROW(parsimony_destroy),
    ROW(parsimony_depth),
    ROW(parsimony_steps),
    ROW(parsimony_step),
    ROW(parsimony_multiples),
    ROW(parsimony_subspace),
    /* threshold.h */
    ROW(threshold_merge_decay),
    ROW(threshold_total_decay),
    ROW(threshold_merge_counts),
    ROW(threshold_merge_ratios),
    ROW(threshold_merge_energy),
    ROW(threshold_peeled_merged),
    ROW(threshold_peeled_lost),
    ROW(threshold_locate),
    ROW(threshold_fall_decay),
    ROW(threshold_fall_decays),
    ROW(threshold_fall_energy),
    ROW(threshold_fall_energies),
    ROW(threshold_fall_count),
    ROW(threshold_fall_depths),
    /* remedy.h */
    ROW(remedy_weight),
    ROW(remedy_decay),
    ROW(remedy_energy),
    ROW(remedy_apply_weight),
    ROW(remedy_margin_decay),
    ROW(remedy_margin_energy),
    ROW(remedy_margin_weight),
    ROW(remedy_margin_exponent),
    /* accumulator.h */
    ROW(accumulator_create),
    ROW(accumulator_destroy),
    ROW(accumulator_options),
    ROW(accumulator_classes),
    ROW(accumulator_width),
    ROW(accumulator_samples),
    ROW(accumulator_pass),
    ROW(accumulator_second_samples),
    OFTEN(accumulator_update),
    OFTEN(accumulator_update_logits),
    OFTEN(accumulator_begin_second_pass),
    OFTEN(accumulator_merge),
    ROW(accumulator_clear),
    ROW(accumulator_save),
    ROW(accumulator_load),
    ROW(accumulator_counts),
    ROW(accumulator_means),
    ROW(accumulator_centred_means),
    ROW(accumulator_within_squares),
    ROW(accumulator_scatter),
    ROW(accumulator_spectrum),
    /* held_out.h */
    ROW(held_out_create),
    ROW(held_out_destroy),
    ROW(held_out_samples),
    OFTEN(held_out_update),
    /* ood.h */
    ROW(ood_score_count),
    ROW(ood_score_name),
    ROW(ood_score_index),
    ROW(ood_score_formula),
    ROW(ood_create),
    ROW(ood_destroy),
    ROW(ood_options),
    OFTEN(ood_scores),
    ROW(ood_covariance_rank),
    ROW(ood_orthogonality),
    ROW(ood_separation),
    /* report.h */
    ROW(report_create),
    ROW(report_destroy),
    OFTEN(report_measure),
    ROW(report_options),
    OFTEN(report_measure_arrays),
    OFTEN(report_measure_features),
    ROW(report_measure_held_out),
    ROW(report_set_convention),
    ROW(report_convention),
    ROW(convention_count),
    ROW(convention_name),
    ROW(convention_index),
    ROW(convention_source),
    ROW(convention_formula),
    ROW(report_diagnostics),
    ROW(report_diagnostic_text),
    ROW(report_cosine_histogram),
    ROW(report_spectrum),
    ROW(report_width),
    ROW(report_fit_decay),
    OFTEN(report_compare),
    ROW(report_value),
    ROW(metric_name),
    ROW(metric_count),
    ROW(metric_formula),
    ROW(metric_index),
    ROW(report_depth),
    ROW(report_classes),
    ROW(report_vector),
    ROW(report_error),
    ROW(report_frequency),
    ROW(report_matrix),
    /* minority.h */
    ROW(minority_create),
    ROW(minority_destroy),
    ROW(minority_options),
    ROW(minority_set_groups),
    OFTEN(minority_from_geometry),
    OFTEN(minority_from_report),
    ROW(minority_groups),
    ROW(minority_classes),
    ROW(minority_group),
    ROW(minority_group_of),
    ROW(minority_margins),
    ROW(minority_state),
    ROW(minority_cosine),
    ROW(minority_norm),
    ROW(minority_distinct),
    /* communicator.h */
    ROW(communicator_create),
    ROW(communicator_create_serial),
    ROW(communicator_destroy),
    ROW(communicator_rank),
    ROW(communicator_size),
    ROW(communicator_sum),
    ROW(communicator_sum_int64),
    ROW(communicator_maximum),
    ROW(communicator_broadcast),
    ROW(communicator_gather),
    ROW(communicator_barrier),
    ROW(communicator_agree),
    ROW(accumulator_all_reduce),
    ROW(report_set_communicator),
    /* block_tree.h */
    ROW(block_tree_create),
    ROW(block_tree_destroy),
    OFTEN(block_tree_end_block),
    ROW(block_tree_all_reduce),
};
/* clang-format on */

enum { ROWS = sizeof table / sizeof *table, MOST_SHARES = 4 * ROWS };

#define MADE_BY(name)                                                                              \
    {                                                                                              \
#name, call_##name                                                                         \
    }

/* What makes a handle that is worth calling: both of the line, in this order. */
static const struct maker {
    const char *name;
    void (*call)(void);
} makers[KINDS][2] = {
    [RANDOM] = {MADE_BY(random_create)},
    [CLASSES] = {MADE_BY(classes_from_counts)},
    [DATASET] = {MADE_BY(dataset_gaussian)},
    [BACKBONE] = {MADE_BY(backbone_create)},
    [NETWORK] = {MADE_BY(network_create), MADE_BY(network_normalisation)},
    [MODEL] = {MADE_BY(model_create_free), MADE_BY(model_initialise)},
    [LOSS] = {MADE_BY(loss_create)},
    [PENALTY] = {MADE_BY(penalty_create), MADE_BY(penalty_set_weight_decay)},
    [OPTIMIZER] = {MADE_BY(optimizer_create)},
    [TRAINER] = {MADE_BY(trainer_create), MADE_BY(trainer_run)},
    [GEOMETRY] = {MADE_BY(geometry_create), MADE_BY(solve_a_setting)},
    [CURVATURE] = {MADE_BY(curvature_create)},
    [RELU] = {MADE_BY(relu_features_create)},
    [REGRESSION] = {MADE_BY(regression_create)},
    [COLLAPSE] = {MADE_BY(regression_collapse_create)},
    [PARSIMONY] = {MADE_BY(parsimony_create)},
    [REPORT] = {MADE_BY(report_create), MADE_BY(report_measure)},
    [MINORITY] = {MADE_BY(minority_create), MADE_BY(minority_from_geometry)},
    [ACCUMULATOR] = {MADE_BY(accumulator_create), MADE_BY(accumulator_update)},
    [HELD_OUT] = {MADE_BY(held_out_create), MADE_BY(held_out_update)},
    [OOD] = {MADE_BY(ood_create)},
    [ARRAY] = {MADE_BY(array_open)},
    [WRITER] = {MADE_BY(array_writer_create), MADE_BY(array_writer_begin)},
    [COMMUNICATOR] = {MADE_BY(communicator_create_serial)},
    [BLOCK_TREE] = {MADE_BY(block_tree_create)},
};

static void make_call(const char *name, void (*call)(void))
{
    all.name = name;
    all.seen_count = 0;
    all.succeeded = false;
    choices.length = 0;
    call();
}

/* The call that waits for the handle keeps its buffers, its handles and its text. */
static void make_handle(kind k)
{
    static char lines[MOST_NESTED][sizeof choices.line];
    noted seen[MOST_NOTED];
    const int seen_count = all.seen_count, first = guard.first, count = guard.count;
    unsigned char *const next = guard.next;
    const size_t length = choices.length;
    const char *const name = all.name;
    memcpy(seen, all.seen, sizeof seen);
    memcpy(lines[all.depth], choices.line, length);
    all.depth++;
    for (int i = 0; i < 2 && makers[k][i].call; i++) {
        guard.first = guard.count;
        make_call(makers[k][i].name, makers[k][i].call);
        guard.count = count;
        guard.next = next;
    }
    all.depth--;
    memcpy(choices.line, lines[all.depth], length);
    memcpy(all.seen, seen, sizeof seen);
    all.seen_count = seen_count;
    guard.first = first;
    choices.length = length;
    all.name = name;
}

static function_row *a_function(void)
{
    static function_row *shares[MOST_SHARES];
    static unsigned count;
    if (count == 0)
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < table[i].share; j++)
                shares[count++] = &table[i];
    return shares[choose(count)];
}

static void calls_begin(void)
{
    all.memory = (faults){0};
    all.name = "a context";
    for (int i = 0; i < 2; i++)
        if (libnc_context_create_with_allocator(&all.contexts[i], limited_allocate, faults_release,
                                                &all.memory))
            abort();
}

static void calls_end(void)
{
    all.name = "the end of a sequence";
    for (int k = 0; k < KINDS; k++)
        for (int i = 0; i < ROOM; i++)
            forget((kind)k, &all.pools[k][i]);
    for (int i = 0; i < 2; i++) {
        libnc_context_destroy(all.contexts[i]);
        all.contexts[i] = NULL;
    }
    if (all.memory.live != 0)
        fail_call("%lld blocks are left", (long long)all.memory.live);
    remove_made();
}

static void fuzz_calls(const unsigned char *data, size_t size)
{
    enum { MOST_CALLS = 200 };
    find_paths();
    choices_from(data, size);
    calls_begin();
    for (int i = 0; i < MOST_CALLS && choices_left(); i++) {
        function_row *row = a_function();
        guard_begin();
        make_call(row->name, row->call);
        row->calls++;
        row->successes += all.succeeded;
    }
    calls_end();
}

#endif
