/* SPDX-License-Identifier: MIT
 *
 * test_checkpoint_file.c: checkpoints as files: every bit and every length of damage, words that
 * lie with right checksums, places, and a process that is killed while it saves.
 *
 * KILLS=200 build/tests/test_checkpoint_file kills more often.
 */
#include "support/checkpoint_fixture.h"

#include <glob.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* One of each part of a state. */
static const kind kinds[] = {
    {LIBNC_OPTIMIZER_NESTEROV, .scalar = LIBNC_FLOAT64, .reduces = true},
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .batches = true, .repeats = true},
    {LIBNC_OPTIMIZER_LBFGS, .scalar = LIBNC_FLOAT64, .energies = true, .loss = 2},
    {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT32, .backbone = true, .weights = true},
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .network = true, .batches = true},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* With history and an attachment. */
static run trained(const kind *k)
{
    run r = begin(k, 1);
    set_integer(&r, LIBNC_TRAINER_OPTION_ITERATIONS, 5);
    stop_of_run(r.trainer);
    must(libnc_trainer_set_attachment(r.trainer, "hello, world", 12));
    return r;
}

/* ---- damage ---- */

/* Into a trainer that must stay as it was. */
static libnc_status load_content(run *r, const content *c)
{
    write_file(other_path, c->bytes, c->size);
    return libnc_trainer_load(r->trainer, other_path);
}

static void check_untouched(run *r, run *twin)
{
    must(libnc_trainer_set_attachment(r->trainer, NULL, 0));
    stop_of_step(r->trainer, 3);
    stop_of_step(twin->trainer, 3);
    ck_assert(objective_of(r) == objective_of(twin));
    ck_assert_int_eq(libnc_trainer_history_rows(r->trainer),
                     libnc_trainer_history_rows(twin->trainer));
    end_run(twin);
    end_run(r);
}

START_TEST(every_flipped_bit_is_seen)
{
    run saved = trained(&kinds[_i]), r = begin(&kinds[_i], 2), twin = begin(&kinds[_i], 2);
    must(libnc_trainer_save(saved.trainer, path));
    content c = read_file(path);
    for (size_t bit = 0; bit < 8 * c.size; bit++) {
        c.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        const libnc_status status = load_content(&r, &c);
        ck_assert_msg(status == LIBNC_ERROR_FORMAT, "bit %zu: status %d", bit, (int)status);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "offset"));
        c.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    check_untouched(&r, &twin);
    end_run(&saved);
}
END_TEST

START_TEST(every_length_is_seen)
{
    run saved = trained(&kinds[_i]), r = begin(&kinds[_i], 2), twin = begin(&kinds[_i], 2);
    must(libnc_trainer_save(saved.trainer, path));
    content c = read_file(path);
    const size_t size = c.size;
    for (c.size = 0; c.size < size + 9; c.size++)
        if (c.size != size)
            ck_assert_msg(load_content(&r, &c) == LIBNC_ERROR_FORMAT, "%zu bytes", c.size);
    check_untouched(&r, &twin);
    end_run(&saved);
}
END_TEST

/* Where the checksum of the settings stands: behind header, shapes, values, the columns of the
 * reduction and the number of settings. */
static size_t settings_checksum(const content *c, const libnc_model *model)
{
    const uint64_t classes = word_at(c, 6) ? word_at(c, 5) : 0;
    size_t at = 12 + (size_t)(word_at(c, 9) + 12 * word_at(c, 8) + classes) + 1;
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++)
        at += parameter_size(model, i);
    for (int32_t i = 0; i < libnc_model_state_count(model); i++) {
        int64_t size;
        must(libnc_model_state_info(model, i, NULL, &size));
        at += (size_t)size;
    }
    return at + 2 + (size_t)word_at(c, at + 1);
}

/* Every word of the file set to values that may not fit, with right checksums: what is taken is a
 * training that goes on or diverges, and what is not changes nothing and asks for nothing large. */
START_TEST(lying_words)
{
    static const uint64_t lies[] = {0,
                                    1,
                                    8,
                                    1 << 20,
                                    INT32_MAX,
                                    UINT64_C(1) << 40,
                                    INT64_MAX,
                                    UINT64_MAX,
                                    UINT64_C(0x3ff0000000000000),
                                    UINT64_C(0xbff0000000000000)};
    run saved = trained(&kinds[_i]), r = begin(&kinds[_i], 2);
    must(libnc_trainer_save(saved.trainer, path));
    const content c = read_file(path);
    const size_t settings = settings_checksum(&c, saved.model);
    int64_t refused = 0, taken = 0;
    for (size_t word = 12; word < c.size / 8 - 1; word++)
        for (size_t l = 0; l < sizeof lies / sizeof *lies; l++) {
            content lie = c;
            put_word(&lie, word, lies[l]);
            put_checksum(&lie, settings);
            put_checksum(&lie, c.size / 8 - 1);
            memory.largest = 0;
            const libnc_status status = load_content(&r, &lie);
            ck_assert_int_le(memory.largest, 1 << 17);
            refused += status != LIBNC_OK;
            taken += status == LIBNC_OK;
            if (status == LIBNC_OK)
                ck_assert_int_le(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_OK);
        }
    ck_assert_int_gt(refused, 0);
    ck_assert_int_gt(taken, 0);
    must(libnc_trainer_load(r.trainer, path));
    stop_of_step(r.trainer, 1);
    stop_of_step(saved.trainer, 1);
    ck_assert(objective_of(&r) == objective_of(&saved));
    end_run(&r);
    end_run(&saved);
}
END_TEST

/* With repeats and batches, of which those from outside have no order. */
static run begin_head(void)
{
    const int64_t widths[DEPTH] = {D, D + 1}, repeats[K] = {1, 3, 2};
    libnc_classes *classes;
    run r = {0};
    must(libnc_model_create_head(&r.model, context, LIBNC_FLOAT64, K, DEPTH, widths, 0));
    must(libnc_loss_create(&r.loss, context, LIBNC_LOSS_MSE));
    must(libnc_penalty_create(&r.penalty, r.model));
    must(libnc_optimizer_create(&r.optimizer, context, LIBNC_OPTIMIZER_MOMENTUM));
    must(libnc_classes_from_counts(&classes, context, counts, K));
    must(libnc_trainer_create_head(&r.trainer, r.model, r.loss, r.penalty, r.optimizer, classes));
    libnc_classes_destroy(classes);
    must(libnc_trainer_set_repeats(r.trainer, repeats, K));
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 4);
    return r;
}

START_TEST(lying_words_of_a_head)
{
    const double h[2 * D] = {1, 0, 2, 0, 0, 1, 0, 2};
    const int32_t labels[2] = {2, 0};
    run r = begin_head();
    must(libnc_trainer_save(r.trainer, path));
    const content c = read_file(path);
    int64_t refused = 0;
    for (size_t word = settings_checksum(&c, r.model) + 1; word < c.size / 8 - 1; word++) {
        content lie = c;
        put_word(&lie, word, 1);
        put_checksum(&lie, c.size / 8 - 1);
        refused += load_content(&r, &lie) != LIBNC_OK;
        must(libnc_trainer_step_features(r.trainer, h, labels, LIBNC_LABEL_INT32, 2, NULL, NULL,
                                         NULL));
    }
    ck_assert_int_gt(refused, 0);
    end_run(&r);
}
END_TEST

START_TEST(another_version)
{
    run r = trained(&kinds[0]);
    must(libnc_trainer_save(r.trainer, path));
    content c = read_file(path);
    put_word(&c, 1, 2);
    put_checksum(&c, 11);
    put_checksum(&c, c.size / 8 - 1);
    FAILS(load_content(&r, &c), LIBNC_ERROR_UNSUPPORTED, "has version 2");
    end_run(&r);
}
END_TEST

START_TEST(places_that_can_not_be_used)
{
    run r = trained(&kinds[0]);
    char inside[80];
    must(libnc_trainer_save(r.trainer, path));
    snprintf(inside, sizeof inside, "%s/state", path); /* a file is no folder */
    ck_assert_int_eq(libnc_trainer_save(r.trainer, inside), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_trainer_save(r.trainer, folder), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_trainer_load(r.trainer, inside), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_trainer_load(r.trainer, folder), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_trainer_load(r.trainer, "/dev/null"), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_trainer_load(r.trainer, other_path), LIBNC_ERROR_FILE);
    must(libnc_trainer_load(r.trainer, path));
    end_run(&r);
}
END_TEST

/* ---- a process that is killed ---- */

enum { KILLS = 20 };

/* What a killed process leaves behind: nothing, or a file that has its temporary name. */
static void remove_parts(void)
{
    char pattern[64];
    glob_t parts;
    snprintf(pattern, sizeof pattern, "%s/libnc-*.part", folder);
    if (glob(pattern, 0, NULL, &parts) == 0) {
        for (size_t i = 0; i < parts.gl_pathc; i++)
            unlink(parts.gl_pathv[i]);
        globfree(&parts);
    }
}

static void save_without_end(run *runs, int first)
{
    for (int i = first;; i++)
        if (libnc_trainer_save(runs[i % 2].trainer, path) != LIBNC_OK)
            _exit(1);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void kill_after(pid_t child, double seconds)
{
    const struct timespec moment = {(time_t)seconds,
                                    (long)(1e9 * (seconds - (double)(time_t)seconds))};
    int how;
    nanosleep(&moment, NULL);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_msg(WIFSIGNALED(how), "the process ended by itself");
}

/* One process saves one state and the other in turn without end, and is killed at any moment of the
 * first few: the file is one of both, and loads. */
START_TEST(killed_while_saving)
{
    const char *more = getenv("KILLS");
    const int kills = more ? atoi(more) : KILLS;
    run runs[2] = {trained(&kinds[0]), trained(&kinds[0])}, r = begin(&kinds[0], 2);
    static content contents[2];
    uint64_t seed = 77;
    int seen[2] = {0};
    stop_of_step(runs[1].trainer, 2);
    const double start = seconds_now();
    for (int i = 0; i < 2; i++) {
        must(libnc_trainer_save(runs[i].trainer, path));
        contents[i] = read_file(path);
    }
    const double few = 2 * (seconds_now() - start);
    for (int n = 0; n < kills || (n < 10 * kills && !(seen[0] && seen[1])); n++) {
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            save_without_end(runs, n);
        kill_after(child, few * (uniform(&seed) + 1) / 2);
        const content c = read_file(path);
        const int which = is_same_content(&c, &contents[1]);
        ck_assert(is_same_content(&c, &contents[which]));
        must(libnc_trainer_load(r.trainer, path));
        seen[which]++;
    }
    ck_assert_msg(seen[0] > 0 && seen[1] > 0, "no save was ever completed");
    remove_parts();
    end_run(&r);
    for (int i = 0; i < 2; i++)
        end_run(&runs[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint_file");
    TCase *tests = add_case(suite, "files", 120);
    tcase_add_checked_fixture(tests, setup_folder, teardown_folder);
    tcase_add_loop_test(tests, every_length_is_seen, 0, KINDS);
    tcase_add_loop_test(tests, lying_words, 0, KINDS);
    tcase_add_test(tests, lying_words_of_a_head);
    tcase_add_test(tests, another_version);
    tcase_add_test(tests, places_that_can_not_be_used);
    TCase *flips = add_slow_case(suite, "flipped bits", 120);
    tcase_add_checked_fixture(flips, setup_folder, teardown_folder);
    tcase_add_loop_test(flips, every_flipped_bit_is_seen, 0, KINDS);
    TCase *kills = add_case(suite, "kills", 120);
    tcase_add_checked_fixture(kills, setup_disk, teardown_folder);
    tcase_add_test(kills, killed_while_saving);
    return run_suite(suite);
}
