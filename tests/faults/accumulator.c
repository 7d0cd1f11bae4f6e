/* SPDX-License-Identifier: MIT
 *
 * accumulator.c: the allocations of the functions of libnc/accumulator.h.
 */
#include "faults/scenes.h"
#include "faults/tables.h"

static libnc_status call_spectrum(world *w)
{
    return libnc_accumulator_spectrum(w->accumulator, made.values, WORLD_INPUTS);
}

static libnc_status call_accumulator_create(world *w)
{
    return libnc_accumulator_create(&made.accumulator, w->context, 3, 4);
}

static libnc_status update_accumulator(world *w, libnc_accumulator *a, int32_t scalar)
{
    float floats[WORLD_SAMPLES * WORLD_INPUTS];
    const double *rows = libnc_dataset_inputs(w->dataset);
    for (int i = 0; i < WORLD_SAMPLES * WORLD_INPUTS; i++)
        floats[i] = (float)rows[i];
    return libnc_accumulator_update(a, scalar == LIBNC_FLOAT32 ? (const void *)floats : rows,
                                    scalar, WORLD_SAMPLES, WORLD_INPUTS,
                                    libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32);
}

static libnc_status call_update_first(world *w)
{
    return update_accumulator(w, w->accumulator, LIBNC_FLOAT64);
}

static libnc_status call_update_float32(world *w)
{
    return update_accumulator(w, w->accumulator, LIBNC_FLOAT32);
}

static libnc_status call_update_logits(world *w)
{
    static const double zeros[WORLD_SAMPLES * WORLD_CLASSES];
    return libnc_accumulator_update_logits(w->accumulator, libnc_dataset_inputs(w->dataset),
                                           LIBNC_FLOAT64, WORLD_SAMPLES, WORLD_INPUTS,
                                           libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32,
                                           zeros, LIBNC_FLOAT64, WORLD_CLASSES);
}

static void prepare_empty(world *w)
{
    libnc_accumulator_clear(w->accumulator);
}

static void prepare_wide(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "precision", "float64"));
}

static void prepare_groups(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "groups", "3"));
}

static void prepare_projected(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "scatter", "projected"));
    must(call_update_first(w));
}

static void prepare_projected_float32(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_text(libnc_accumulator_options(w->accumulator), "scatter", "projected"));
    must(call_update_float32(w));
}

static libnc_status call_second_pass(world *w)
{
    double weights[WORLD_CLASSES * WORLD_INPUTS] = {1, 2}, bias[WORLD_CLASSES] = {3};
    return libnc_accumulator_begin_second_pass(w->accumulator, weights, bias, LIBNC_FLOAT64);
}

/* The pass goes on, and its outcome is seen in the file. */
static void follow_second(world *w, record *r)
{
    char path[] = "/tmp/libnc_faults_XXXXXX", content[8192];
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    must(call_update_float32(w));
    must(libnc_accumulator_save(w->accumulator, path));
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    record_bytes(r, content, fread(content, 1, sizeof content, in));
    fclose(in);
    unlink(path);
}

static void prepare_other_accumulator(world *w)
{
    libnc_accumulator *other;
    must(libnc_accumulator_create(&other, w->context, WORLD_CLASSES, WORLD_INPUTS));
    must(update_accumulator(w, other, LIBNC_FLOAT32));
    w->scratch = other;
    prepare_empty(w);
}

static libnc_status call_merge(world *w)
{
    return libnc_accumulator_merge(w->accumulator, w->scratch);
}

static void follow_other_accumulator(world *w, record *r)
{
    record_accumulator(r, w->accumulator);
    libnc_accumulator_destroy(w->scratch);
}

static void prepare_saved(world *w)
{
    prepare_state(w);
    prepare_projected_float32(w);
    must(call_second_pass(w));
    must(call_update_float32(w));
    must(libnc_accumulator_save(w->accumulator, state_path));
}

static libnc_status call_save(world *w)
{
    return libnc_accumulator_save(w->accumulator, state_path);
}

static libnc_status call_load(world *w)
{
    return libnc_accumulator_load(&made.accumulator, w->context, state_path);
}

static void follow_state(world *w, record *r)
{
    (void)w;
    (void)r;
    unlink(state_path);
}

static void prepare_losses(world *w)
{
    prepare_empty(w);
    must(libnc_options_set_int64(libnc_accumulator_options(w->accumulator),
                                 LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY, 1));
}

static void prepare_losses_first(world *w)
{
    prepare_losses(w);
    must(call_update_first(w));
}

/* Two ranks, of which the other has nothing and answers at once: what this one has is the sum. */
static int32_t reduce_with_nothing(void *values, int64_t count, int32_t element, int32_t reduction,
                                   void *user)
{
    (void)values, (void)count, (void)element, (void)reduction, (void)user;
    return 0;
}

static int32_t broadcast_to_nobody(void *bytes, int64_t size, int32_t root, void *user)
{
    (void)bytes, (void)size, (void)root, (void)user;
    return 0;
}

static int32_t gather_nothing(const void *bytes, int64_t size, void *all, int32_t root, void *user)
{
    (void)bytes, (void)size, (void)all, (void)root, (void)user;
    return 0;
}

static int32_t wait_for_nobody(void *user)
{
    (void)user;
    return 0;
}

static void prepare_ranks(world *w)
{
    libnc_communicator *two;
    must(libnc_communicator_create(&two, w->context, 0, 2, reduce_with_nothing, broadcast_to_nobody,
                                   gather_nothing, wait_for_nobody, NULL, NULL));
    w->scratch = two;
}

static libnc_status call_all_reduce(world *w)
{
    return libnc_accumulator_all_reduce(w->accumulator, w->scratch);
}

static void follow_ranks(world *w, record *r)
{
    record_accumulator(r, w->accumulator);
    libnc_communicator_destroy(w->scratch);
}

static const fault_case cases[] = {
    {"libnc_accumulator_update", "first batch, cross-entropy", .call = call_update_first,
     .prepare = prepare_losses},
    {"libnc_accumulator_begin_second_pass", "cross-entropy", .call = call_second_pass,
     .prepare = prepare_losses_first},

    {"libnc_accumulator_create", .call = call_accumulator_create},
    {"libnc_accumulator_update", "first batch", .call = call_update_first,
     .prepare = prepare_empty},
    {"libnc_accumulator_update", "first batch, float32", .call = call_update_float32,
     .prepare = prepare_empty},
    {"libnc_accumulator_update", "float32 later", .call = call_update_float32},
    {"libnc_accumulator_update", "float32 widened", .call = call_update_float32,
     .prepare = prepare_wide},
    {"libnc_accumulator_update", "groups", .call = call_update_float32, .prepare = prepare_groups},
    {"libnc_accumulator_update_logits", "first batch", .call = call_update_logits,
     .prepare = prepare_empty},
    {"libnc_accumulator_begin_second_pass", "full", .call = call_second_pass},
    {"libnc_accumulator_begin_second_pass", "projected", .call = call_second_pass,
     .prepare = prepare_projected},
    {"libnc_accumulator_begin_second_pass", "projected, float32", .call = call_second_pass,
     .prepare = prepare_projected_float32, .follow = follow_second},
    {"libnc_accumulator_merge", "into an empty one", .call = call_merge,
     .prepare = prepare_other_accumulator, .follow = follow_other_accumulator},
    {"libnc_accumulator_all_reduce", .call = call_all_reduce, .prepare = prepare_ranks,
     .follow = follow_ranks},
    {"libnc_accumulator_spectrum", .call = call_spectrum},
    {"libnc_accumulator_save", .call = call_save, .prepare = prepare_state, .follow = follow_state},
    {"libnc_accumulator_load", "second pass", .call = call_load, .prepare = prepare_saved,
     .follow = follow_state},
};

static void steady(world *w)
{
    enum { K = WORLD_CLASSES, D = WORLD_INPUTS };
    double values[D * D + K * D];
    int64_t counts[K];
    STEADY(libnc_accumulator_update(w->accumulator, libnc_dataset_inputs(w->dataset), LIBNC_FLOAT64,
                                    3, D, libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    STEADY(libnc_accumulator_counts(w->accumulator, counts, K));
    STEADY(libnc_accumulator_means(w->accumulator, values, K * D));
    STEADY(libnc_accumulator_centred_means(w->accumulator, values, K * D));
    STEADY(libnc_accumulator_within_squares(w->accumulator, values, K));
    STEADY(libnc_accumulator_scatter(w->accumulator, values, D * D));
    GETTER(libnc_accumulator_options(w->accumulator));
    GETTER(libnc_accumulator_classes(w->accumulator));
    GETTER(libnc_accumulator_width(w->accumulator));
    GETTER(libnc_accumulator_samples(w->accumulator));
    GETTER(libnc_accumulator_second_samples(w->accumulator));
    GETTER(libnc_accumulator_pass(w->accumulator));
    GETTER(libnc_accumulator_clear(w->accumulator));
}

const fault_table accumulator_faults = {"accumulator", .cases = cases, .count = FAULT_CASES(cases),
                                        .steady = steady};
