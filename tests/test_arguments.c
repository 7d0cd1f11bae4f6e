/* SPDX-License-Identifier: MIT
 *
 * test_arguments.c: every argument of every public function (support/refusals.h), by the tables of
 * tests/arguments, one for each header: CK_RUN_CASE=geometry runs that of libnc/geometry.h.
 *
 * Each test reads the function's parameters from its header and asks that every one of them was
 * tried; the last one, that every function of the headers is in a table.
 */
#include "arguments/tables.h"
#include "support/interface.h"
#include "support/suite.h"

static const argument_table *const tables[] = {
    &context_arguments,    &options_arguments,   &random_arguments,        &classes_arguments,
    &dataset_arguments,    &backbone_arguments,  &network_arguments,       &model_arguments,
    &loss_arguments,       &penalty_arguments,   &optimizer_arguments,     &trainer_arguments,
    &geometry_arguments,   &curvature_arguments, &relu_features_arguments, &seli_arguments,
    &regression_arguments, &parsimony_arguments, &depth_arguments,         &threshold_arguments,
    &remedy_arguments,     &minority_arguments,  &report_arguments,        &accumulator_arguments,
    &array_arguments,      &held_out_arguments,  &ood_arguments,           &communicator_arguments,
    &block_tree_arguments,
};

/* Check `index` of all tables, one after the other. */
static const argument_check *check_at(int index)
{
    size_t t = 0;
    for (; index >= tables[t]->count; t++)
        index -= tables[t]->count;
    return &tables[t]->checks[index];
}

START_TEST(every_argument)
{
    const argument_check *check = check_at(_i);
    interface_read();
    const function *f = interface_find(check->function);
    ck_assert_msg(f != NULL, "%s is not declared", check->function);
    world_create(&home, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    world_create(&abroad, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    world_train(&home);
    check->check();
    for (int i = 0; i < f->parameter_count; i++)
        ck_assert_msg(was_tried(f->name, f->parameters[i]), "%s: argument %s was not tried",
                      f->name, f->parameters[i]);
    world_destroy(&abroad);
    world_destroy(&home);
}
END_TEST

static bool is_checked(const function *f)
{
    if (!f->returns_status)
        return was_tried(f->name, "");
    EACH(t, tables)
    for (int i = 0; i < tables[t]->count; i++)
        if (strcmp(tables[t]->checks[i].function, f->name) == 0)
            return true;
    return false;
}

START_TEST(every_function)
{
    interface_read();
    world_create(&home, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    EACH(t, tables)
    if (tables[t]->without_status)
        tables[t]->without_status();
    for (int i = 0; i < function_count; i++)
        ck_assert_msg(is_checked(&functions[i]), "%s is in no table of tests/arguments",
                      functions[i].name);
    world_destroy(&home);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arguments");
    int first = 0;
    EACH(t, tables)
    {
        TCase *tests = add_case(suite, tables[t]->header, 60);
        tcase_add_loop_test(tests, every_argument, first, first + tables[t]->count);
        first += tables[t]->count;
    }
    tcase_add_test(add_case(suite, "all", 60), every_function);
    return run_suite(suite);
}
