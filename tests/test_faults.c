/* SPDX-License-Identifier: MIT
 *
 * test_faults.c: the allocations of every public function failed in turn (support/fault_cases.h),
 * by the tables of tests/faults, one for each header: CK_RUN_CASE=geometry runs that of
 * libnc/geometry.h. The last test asks that every function of the headers is in a table.
 */
#include "faults/scenes.h"
#include "faults/tables.h"
#include "support/interface.h"
#include "support/suite.h"

/* A trainer steps without allocating until something else is set: its table comes before those that
 * set. */
static const fault_table *const tables[] = {
    &context_faults,    &random_faults,    &classes_faults,       &dataset_faults,
    &trainer_faults,    &backbone_faults,  &network_faults,       &model_faults,
    &loss_faults,       &penalty_faults,   &optimizer_faults,     &options_faults,
    &geometry_faults,   &curvature_faults, &relu_features_faults, &seli_faults,
    &regression_faults, &parsimony_faults, &depth_faults,         &threshold_faults,
    &remedy_faults,     &minority_faults,  &report_faults,        &accumulator_faults,
    &array_faults,      &held_out_faults,  &ood_faults,           &communicator_faults,
    &block_tree_faults,
};
enum { TABLES = sizeof tables / sizeof *tables };

/* Case `index` of all tables, one after the other. */
static const fault_case *case_at(int index)
{
    int t = 0;
    for (; index >= tables[t]->count; t++)
        index -= tables[t]->count;
    return &tables[t]->cases[index];
}

START_TEST(each_allocation_fails)
{
    check_fault_case(case_at(_i));
}
END_TEST

START_TEST(context_without_memory)
{
    faults f = {.fail_at = 1};
    libnc_context *context = NULL;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &f),
        LIBNC_ERROR_MEMORY);
    ck_assert_ptr_null(context);
    ck_assert_int_eq(f.live, 0);
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&context, faults_allocate, faults_release, &f),
        LIBNC_OK);
    ck_assert_int_eq(f.calls, 2);
    libnc_context_destroy(context);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

/* When there is no room for one more row in the middle of a run, the steps and rows until then
 * stay, and the next run goes on from there. */
START_TEST(history_ends_in_the_middle_of_a_run)
{
    static record faulty, twin;
    world w;
    for (int fails = 0; fails <= 1; fails++) {
        world_create(&w, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
        world_train(&w);
        set_whole(&w, LIBNC_TRAINER_OPTION_CHECK_EVERY, 1);
        if (fails) {
            set_whole(&w, LIBNC_TRAINER_OPTION_ITERATIONS, 10);
            ck_assert_int_eq(libnc_trainer_run(w.trainer, NULL), LIBNC_OK);
            ck_assert_int_eq(libnc_trainer_history_rows(w.trainer), 11);
            set_whole(&w, LIBNC_TRAINER_OPTION_ITERATIONS, 100);
            w.memory.fail_at = w.memory.calls + 1;
            ck_assert_int_eq(libnc_trainer_run(w.trainer, NULL), LIBNC_ERROR_MEMORY);
            w.memory.fail_at = 0;
            ck_assert_int_eq(libnc_trainer_history_rows(w.trainer), 64);
            ck_assert_int_eq(libnc_trainer_iterations(w.trainer), 63);
        } else {
            steps(&w, 63);
        }
        record *r = fails ? &faulty : &twin;
        r->size = 0;
        steps(&w, 7);
        record_model(r, w.model);
        world_destroy(&w);
    }
    ck_assert_same_record(&faulty, &twin, "a run whose history could not grow");
}
END_TEST

/* Handles go while nothing can be allocated, and the model keeps what it learnt. */
START_TEST(destroying_needs_no_memory)
{
    static record seen[2];
    for (int fails = 0; fails <= 1; fails++) {
        world w;
        world_create(&w, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
        world_train(&w);
        steps(&w, 5);
        ck_assert_int_eq(libnc_trainer_is_reduced(w.trainer), 1);
        const int64_t calls = w.memory.calls;
        w.memory.fail_at = fails ? calls + 1 : 0;
        w.memory.from_then_on = 1;
        libnc_trainer_destroy(w.trainer);
        w.trainer = NULL;
        record_model(&seen[fails], w.model);
        ck_assert_int_eq(w.memory.calls, calls);
        world_destroy(&w);
        ck_assert_int_eq(w.memory.calls, calls);
    }
    ck_assert_same_record(&seen[1], &seen[0], "features after the end of training");
}
END_TEST

static void before_steady(world *w)
{
    world_create(w, LIBNC_FLOAT64, LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_MOMENTUM);
    world_train(w);
    set_whole(w, LIBNC_TRAINER_OPTION_CHECK_EVERY, 3);
    must(libnc_trainer_run(w->trainer, NULL));
    for (int t = 0; t < TABLES; t++)
        if (tables[t]->before_steady)
            tables[t]->before_steady(w);
}

static void after_steady(world *w)
{
    for (int t = 0; t < TABLES; t++)
        if (tables[t]->after_steady)
            tables[t]->after_steady(w);
    world_destroy(w);
}

static void call_everything_steady(void)
{
    world w;
    before_steady(&w);
    w.memory.fail_at = w.memory.calls + 1;
    w.memory.from_then_on = 1;
    for (int t = 0; t < TABLES; t++)
        if (tables[t]->steady)
            tables[t]->steady(&w);
    ck_assert_int_eq(w.memory.failed, 0);
    w.memory.fail_at = 0;
    after_steady(&w);
}

START_TEST(others_need_no_memory)
{
    call_everything_steady();
}
END_TEST

/* ---- completeness ---- */

static bool has_case(const char *name)
{
    for (int t = 0; t < TABLES; t++)
        for (int i = 0; i < tables[t]->count; i++)
            if (strcmp(tables[t]->cases[i].function, name) == 0)
                return true;
    return false;
}

static bool is_covered(const char *name)
{
    /* context_without_memory; the first is the second with malloc for an allocator. */
    static const char *const own_test[] = {"libnc_context_create",
                                           "libnc_context_create_with_allocator"};
    static const char destroy[] = "_destroy"; /* destroying_needs_no_memory */
    size_t length = strlen(name), end = sizeof destroy - 1;
    if (length > end && strcmp(name + length - end, destroy) == 0)
        return true;
    for (size_t i = 0; i < sizeof own_test / sizeof *own_test; i++)
        if (strcmp(own_test[i], name) == 0)
            return true;
    return has_case(name) || was_steady(name);
}

START_TEST(every_function_is_covered)
{
    interface_read();
    call_everything_steady();
    for (int t = 0; t < TABLES; t++)
        for (int i = 0; i < tables[t]->count; i++)
            ck_assert_msg(interface_find(tables[t]->cases[i].function) != NULL,
                          "%s is not declared", tables[t]->cases[i].function);
    for (int i = 0; i < function_count; i++)
        ck_assert_msg(is_covered(functions[i].name), "%s: no allocation of it was failed here",
                      functions[i].name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults");
    int first = 0;
    for (int t = 0; t < TABLES; t++) {
        const bool slow = tables[t] == &trainer_faults || tables[t] == &threshold_faults;
        TCase *tests = (slow ? add_slow_case : add_case)(suite, tables[t]->header, 60);
        tcase_add_loop_test(tests, each_allocation_fails, first, first + tables[t]->count);
        first += tables[t]->count;
    }
    TCase *all = add_case(suite, "all", 60);
    tcase_add_test(all, context_without_memory);
    tcase_add_test(all, history_ends_in_the_middle_of_a_run);
    tcase_add_test(all, destroying_needs_no_memory);
    tcase_add_test(all, others_need_no_memory);
    tcase_add_test(all, every_function_is_covered);
    return run_suite(suite);
}
