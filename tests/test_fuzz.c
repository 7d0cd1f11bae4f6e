/* SPDX-License-Identifier: MIT
 *
 * test_fuzz.c: some thousand malformed files of each kind through their readers; `make fuzz` has
 * more.
 */
#include "fuzz/mutate.h"

#include <check.h>

enum { RUNS = 3000 };

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
        libnc_status status = LIBNC_OK;
        if (strcmp(target->name, "state") == 0) {
            fuzz_write_file(seeds.bytes[i], seeds.sizes[i]);
            status = libnc_accumulator_load(&state, context, fuzz_path);
        } else if (strcmp(target->name, "cifar") != 0) { /* those are made from their files */
            status = nc__array_open_memory(&array, context, seeds.bytes[i], (int64_t)seeds.sizes[i],
                                           NULL);
        }
        ck_assert_msg(status == LIBNC_OK, "%s, file %zu: %s", target->name, i,
                      libnc_context_error(context));
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

int main(void)
{
    Suite *suite = suite_create("fuzz");
    TCase *tests = tcase_create("fuzz");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, corpus_is_read, 0, FUZZ_TARGETS);
    tcase_add_loop_test(tests, malformed_files, 0, FUZZ_TARGETS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}
