/* SPDX-License-Identifier: MIT
 *
 * test_fuzz.c: some thousand malformed files of each kind through their readers, and some thousand
 * sequences of calls; `make fuzz` has more.
 *
 * What goes wrong ends the process; the same run alone, and printed:
 *
 *     FUZZ_PRINT=1 build/fuzz/fuzz/driver calls 1 0 RUN
 */
#include "support/interface.h"
#include "support/suite.h"

#include "fuzz/mutate.h"

enum { RUNS = 3000, MOST_RUNS = 10 * RUNS, READERS = FUZZ_TARGETS - 1 };

static corpus seeds;
static input in;

/* The files themselves are right, so that changes of them reach far. */
START_TEST(corpus_is_read)
{
    const fuzz_target *target = &fuzz_targets[_i];
    ck_assert_msg(corpus_read(&seeds, target->name), "no corpus of %s: run from the root",
                  target->name);
    for (size_t i = 0; i < seeds.count; i++) {
        libnc_context *context = fuzz_context(seeds.sizes[i]);
        libnc_array *array = NULL;
        libnc_accumulator *state = NULL;
        libnc_model *model = NULL;
        libnc_status status = LIBNC_OK;
        if (strcmp(target->name, "state") == 0) {
            fuzz_write_file(seeds.bytes[i], seeds.sizes[i]);
            status = libnc_accumulator_load(&state, context, fuzz_path);
        } else if (strcmp(target->name, "checkpoint") == 0) {
            fuzz_write_file(seeds.bytes[i], seeds.sizes[i]);
            status = libnc_model_load(&model, context, fuzz_path);
        } else if (strcmp(target->name, "cifar") != 0) { /* those are made from their files */
            status = nc__array_open_memory(&array, context, seeds.bytes[i], (int64_t)seeds.sizes[i],
                                           NULL);
        }
        ck_assert_msg(status == LIBNC_OK, "%s, file %zu: %s", target->name, i,
                      libnc_context_error(context));
        libnc_model_destroy(model);
        libnc_accumulator_destroy(state);
        libnc_array_destroy(array);
        fuzz_end(context);
    }
}
END_TEST

START_TEST(malformed_files)
{
    const fuzz_target *target = &fuzz_targets[_i];
    ck_assert(corpus_read(&seeds, target->name));
    for (uint64_t run = 0; run < RUNS; run++) {
        mutate(&in, &seeds, 0, run);
        target->run(in.bytes, in.size);
    }
}
END_TEST

/* Of every function: it is in the table, and was called and did what it is for. */
static void check_row(const function_row *row, const function *f)
{
    ck_assert_msg(f != NULL, "%s is not declared", row->name);
    ck_assert_msg(row->successes > 0, "%s: none of %lld calls succeeded", row->name,
                  (long long)row->calls);
}

static bool every_function_succeeded(void)
{
    for (int i = 0; i < ROWS; i++)
        if (table[i].successes == 0)
            return false;
    return true;
}

START_TEST(sequences_of_calls)
{
    ck_assert(corpus_read(&seeds, "calls"));
    interface_read();
    for (uint64_t run = 0; run < RUNS || (run < MOST_RUNS && !every_function_succeeded()); run++) {
        all.run = run;
        mutate(&in, &seeds, 0, run);
        fuzz_calls(in.bytes, in.size);
    }
    for (int i = 0; i < ROWS; i++)
        check_row(&table[i], interface_find(table[i].name));
    ck_assert_int_eq(ROWS, function_count);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fuzz");
    TCase *tests = add_case(suite, "fuzz", 120);
    tcase_add_loop_test(tests, corpus_is_read, 0, READERS);
    tcase_add_loop_test(tests, malformed_files, 0, READERS);
    TCase *calls = add_slow_case(suite, "calls", 120);
    tcase_add_test(calls, sequences_of_calls);
    return run_suite(suite);
}
