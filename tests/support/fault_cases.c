/* SPDX-License-Identifier: MIT
 *
 * fault_cases.c: one case in two worlds, with and without faults.
 */
#include "support/fault_cases.h"

#include "support/interface.h"

outputs made;

static void record_outputs(record *r)
{
    record_classes(r, made.classes);
    if (made.first)
        record_dataset(r, made.first);
    if (made.second)
        record_dataset(r, made.second);
    record_model(r, made.model);
    record_options(r, libnc_loss_options(made.loss));
    record_options(r, libnc_optimizer_options(made.optimizer));
    record_trainer(r, made.trainer);
    record_geometry(r, made.geometry);
    record_minority(r, made.minority);
    record_accumulator(r, made.accumulator);
    record_bytes(r, made.values, sizeof made.values);
}

static void clear_outputs(void)
{
    libnc_block_tree_destroy(made.tree);
    libnc_communicator_destroy(made.communicator);
    libnc_array_writer_destroy(made.writer);
    libnc_array_destroy(made.array);
    libnc_ood_destroy(made.ood);
    libnc_held_out_destroy(made.held_out);
    libnc_accumulator_destroy(made.accumulator);
    libnc_minority_destroy(made.minority);
    libnc_report_destroy(made.report);
    libnc_geometry_destroy(made.geometry);
    libnc_curvature_destroy(made.curvature);
    libnc_relu_features_destroy(made.features);
    libnc_regression_destroy(made.regression);
    libnc_regression_collapse_destroy(made.collapse);
    libnc_parsimony_destroy(made.parsimony);
    libnc_trainer_destroy(made.trainer);
    libnc_optimizer_destroy(made.optimizer);
    libnc_penalty_destroy(made.penalty);
    libnc_loss_destroy(made.loss);
    libnc_model_destroy(made.model);
    libnc_backbone_destroy(made.backbone);
    libnc_network_destroy(made.network);
    libnc_dataset_destroy(made.second);
    libnc_dataset_destroy(made.first);
    libnc_classes_destroy(made.classes);
    libnc_random_destroy(made.random);
    memset(&made, 0, sizeof made);
}

static const char *variant_of(const fault_case *c)
{
    return c->variant ? c->variant : "one way";
}

static void begin(world *w, const fault_case *c)
{
    memset(&made, 0, sizeof made);
    world_create(w, c->scalar ? c->scalar : LIBNC_FLOAT64, c->loss ? c->loss : LIBNC_LOSS_MSE,
                 c->optimizer ? c->optimizer : LIBNC_OPTIMIZER_MOMENTUM);
    if (c->prepare)
        c->prepare(w);
}

/* The world and the outputs after the call, and after what follows. */
static void finish(world *w, const fault_case *c, record *r)
{
    world_record(w, r);
    record_outputs(r);
    if (c->follow)
        c->follow(w, r);
    clear_outputs();
    world_destroy(w);
}

static void fail_one(const fault_case *c, int64_t n, int from_then_on, const record *before,
                     const record *after)
{
    static record seen;
    static const outputs none;
    char what[160];
    world w;
    snprintf(what, sizeof what, "%s (%s), allocation %lld %s", c->function, variant_of(c),
             (long long)n, from_then_on ? "and all later ones" : "alone");
    begin(&w, c);
    const int64_t live = w.memory.live, live_bytes = w.memory.live_bytes;
    w.memory.fail_at = w.memory.calls + n;
    w.memory.from_then_on = from_then_on;
    libnc_status status = c->call(&w);
    w.memory.fail_at = 0;
    ck_assert_msg(w.memory.failed > 0, "%s: not reached", what);
    ck_assert_msg(status == LIBNC_ERROR_MEMORY, "%s: status %d", what, (int)status);
    ck_assert_msg(strstr(libnc_context_error(w.context), "memory") != NULL, "%s: \"%s\"", what,
                  libnc_context_error(w.context));
    ck_assert_msg(c->keeps ? w.memory.live - live <= 1
                           : w.memory.live == live && w.memory.live_bytes == live_bytes,
                  "%s: %lld blocks and %lld bytes leaked", what, (long long)(w.memory.live - live),
                  (long long)(w.memory.live_bytes - live_bytes));
    ck_assert_msg(memcmp(&made, &none, sizeof made) == 0, "%s: an output was written", what);
    world_record(&w, &seen);
    ck_assert_same_record(&seen, before, what);
    status = c->call(&w);
    ck_assert_msg(status >= 0, "%s, and again without faults: status %d, %s", what, (int)status,
                  libnc_context_error(w.context));
    finish(&w, c, &seen);
    ck_assert_same_record(&seen, after, what);
}

/* Every allocation up to EACH, then ever fewer, and the last: calls that iterate repeat their
 * allocations, and each failure costs a whole call. */
static int64_t next_failure(int64_t n, int64_t count)
{
    enum { EACH = 256 };
    const int64_t next = n < EACH ? n + 1 : n + 1 + n / 8;
    return n < count && next > count ? count : next;
}

void check_fault_case(const fault_case *c)
{
    static record before, after;
    world w;
    begin(&w, c);
    world_record(&w, &before);
    const int64_t calls = w.memory.calls;
    libnc_status status = c->call(&w);
    ck_assert_msg(status >= 0, "%s (%s): status %d, %s", c->function, variant_of(c), (int)status,
                  libnc_context_error(w.context));
    const int64_t count = w.memory.calls - calls;
    finish(&w, c, &after);
    ck_assert_msg(count > 0, "%s (%s) allocates nothing", c->function, variant_of(c));
    for (int64_t n = 1; n <= count; n = next_failure(n, count)) {
        fail_one(c, n, 0, &before, &after);
        fail_one(c, n, 1, &before, &after);
    }
}

/* ---- what cannot fail so ---- */

static char steady[MOST_FUNCTIONS][LONGEST_NAME];
static int steady_count;

void note_steady(const char *call)
{
    size_t length = strcspn(call, "(");
    ck_assert_uint_lt(length, LONGEST_NAME);
    ck_assert_int_lt(steady_count, MOST_FUNCTIONS);
    memcpy(steady[steady_count], call, length);
    steady[steady_count++][length] = '\0';
}

bool was_steady(const char *function_name)
{
    for (int i = 0; i < steady_count; i++)
        if (strcmp(steady[i], function_name) == 0)
            return true;
    return false;
}
