/* SPDX-License-Identifier: MIT
 *
 * test_accumulator_ranks.c: samples dealt to ranks, and accumulators added up over them, against
 * one accumulator that saw all samples: every metric, on adversarial data, with ranks that have
 * none or one of the samples and classes that one rank has alone; errors of one rank.
 */
#include "support/adversaries.h"
#include "support/thread_ranks.h"

#include <libnc/libnc.h>

/* Cuts of the samples into ranks. */
enum cut { CUT_EVEN, CUT_FIRST_EMPTY, CUT_LAST_EMPTY, CUT_ONE_EACH, CUTS };

enum { METRICS = 128 };

/* What all ranks do, and what it must give. */
typedef struct task {
    const sample *sample;
    const double *classifier; /* K x d */
    const char *scatter;
    int32_t scalar;
    int cut;
    double metrics[METRICS];
    int32_t faulty;     /* the rank that errs */
    int64_t block_rows; /* of a block */
    bool same_bits;     /* as metrics; else these are set */
} task;

#define fine(call)                                                                                 \
    ck_assert_msg((call) == LIBNC_OK, "%s: %s", #call, libnc_context_error(r->context))

/* The first sample of rank r. */
static int64_t first_of(const task *t, int32_t r, int32_t size)
{
    const int64_t count = t->sample->count;
    if (r >= size)
        return count;
    switch (t->cut) {
    case CUT_FIRST_EMPTY: return r == 0 ? 0 : (r - 1) * count / (size > 1 ? size - 1 : 1);
    case CUT_LAST_EMPTY: return size > 1 ? r * count / (size - 1) : 0;
    case CUT_ONE_EACH: return r;
    default: return r * count / size;
    }
}

/* Samples begin .. end - 1, as either type. */
static libnc_status feed_some(libnc_accumulator *a, const task *t, int64_t begin, int64_t end)
{
    const sample *s = t->sample;
    const int64_t values = (end - begin) * s->width;
    float *rounded = malloc((size_t)values * sizeof *rounded + 1);
    for (int64_t i = 0; i < values; i++)
        rounded[i] = (float)s->rows[begin * s->width + i];
    const void *rows =
        t->scalar == LIBNC_FLOAT32 ? (const void *)rounded : s->rows + begin * s->width;
    const libnc_status status = libnc_accumulator_update(a, rows, t->scalar, end - begin, s->width,
                                                         s->labels + begin, LIBNC_LABEL_INT32);
    free(rounded);
    return status;
}

static libnc_accumulator *create(libnc_context *c, const task *t)
{
    libnc_accumulator *a;
    ck_assert_int_eq(libnc_accumulator_create(&a, c, t->sample->classes, t->sample->width), 0);
    ck_assert_int_eq(libnc_options_set_text(libnc_accumulator_options(a), "scatter", t->scatter),
                     0);
    return a;
}

static void measure(libnc_context *c, const libnc_accumulator *a, libnc_communicator *ranks,
                    double *metrics)
{
    libnc_report *report;
    ck_assert_int_eq(libnc_report_create(&report, c), 0);
    ck_assert_int_eq(libnc_report_set_communicator(report, ranks), 0);
    const libnc_status status = libnc_report_measure_features(report, &a, NULL, NULL, 1);
    ck_assert_msg(status == LIBNC_OK, "%s", libnc_context_error(c));
    for (int32_t m = 1; m <= libnc_metric_count(); m++)
        ck_assert_int_eq(libnc_report_value(report, m, 1, &metrics[m]), 0);
    libnc_report_destroy(report);
}

static void measure_alone(task *t)
{
    libnc_context *c;
    ck_assert_int_eq(libnc_context_create(&c), 0);
    libnc_accumulator *a = create(c, t);
    ck_assert_int_eq(feed_some(a, t, 0, t->sample->count), 0);
    ck_assert_int_eq(libnc_accumulator_begin_second_pass(a, t->classifier, NULL, LIBNC_FLOAT64), 0);
    ck_assert_int_eq(feed_some(a, t, 0, t->sample->count), 0);
    measure(c, a, NULL, t->metrics);
    libnc_accumulator_destroy(a);
    libnc_context_destroy(c);
}

static void compare(const task *t, const double *metrics, double tolerance)
{
    for (int32_t m = 1; m <= libnc_metric_count(); m++) {
        const double expected = t->metrics[m], found = metrics[m];
        if (isnan(expected) && isnan(found))
            continue;
        if (isinf(expected) && found == expected)
            continue;
        ck_assert_msg(fabs(found - expected) <= tolerance * fabs(expected),
                      "%s, cut %d: %.17g, %.17g alone, off by %g", libnc_metric_name(m), t->cut,
                      found, expected, fabs(found - expected) / fabs(expected));
    }
}

/* ---- the numbers ---- */

/* Both passes on all ranks; the accumulator of this one then holds everything. */
static libnc_accumulator *gather_all(rank_thread *r, const task *t)
{
    const int64_t begin = first_of(t, r->rank, r->job->size);
    const int64_t end = first_of(t, r->rank + 1, r->job->size);
    libnc_accumulator *a = create(r->context, t);
    fine(libnc_communicator_agree(r->communicator, feed_some(a, t, begin, end)));
    fine(libnc_accumulator_all_reduce(a, r->communicator));
    ck_assert_int_eq(libnc_accumulator_samples(a), t->sample->count);
    fine(libnc_accumulator_begin_second_pass(a, t->classifier, NULL, LIBNC_FLOAT64));
    fine(libnc_communicator_agree(r->communicator, feed_some(a, t, begin, end)));
    fine(libnc_accumulator_all_reduce(a, r->communicator));
    ck_assert_int_eq(libnc_accumulator_second_samples(a), t->sample->count);
    return a;
}

static double tolerance_of(const task *t)
{
    return t->scalar == LIBNC_FLOAT32 ? 1e-5 : 1e-12;
}

static void measure_together(rank_thread *r)
{
    const task *t = r->job->argument;
    double metrics[METRICS];
    libnc_accumulator *a = gather_all(r, t);
    measure(r->context, a, r->communicator, metrics);
    compare(t, metrics, tolerance_of(t));
    libnc_accumulator_destroy(a);
}

/* Ranks of MPI wait in loops that take each other's processors: they get some of the samples, cuts
 * and faults, and larger blocks. */
#ifdef RANKS_BY_MPI
enum { NEXT_CUT = 3, NEXT_ADVERSARY = 6, NEXT_FAULT = 11, BLOCK_ROWS = 60, LEAST_ROWS = 13 };
#else
enum { NEXT_CUT = 1, NEXT_ADVERSARY = 1, NEXT_FAULT = 3, BLOCK_ROWS = 7, LEAST_ROWS = 1 };
#endif

/* The body on a job of one rank, which is this process. */
static void run_alone(task *t, void (*body)(rank_thread *r))
{
    job_threads job = {.size = 1, .argument = t};
    rank_thread r = {.job = &job};
    ck_assert_int_eq(libnc_context_create(&r.context), 0);
    ck_assert_int_eq(libnc_communicator_create_serial(&r.communicator, r.context), 0);
    body(&r);
    libnc_communicator_destroy(r.communicator);
    libnc_context_destroy(r.context);
}

static void check_ranks(const adversary *kind, const char *scatter, int32_t scalar, bool mixes)
{
    sample s = sample_of(kind);
    double *classifier = random_values(s.classes * s.width, 1, 9);
    if (mixes)
        shuffle(&s, 11);
    task t = {.sample = &s, .classifier = classifier, .scatter = scatter, .scalar = scalar};
    measure_alone(&t);
    for (t.cut = 0; t.cut < CUTS; t.cut += NEXT_CUT)
        for (int32_t size = 1; size <= 4; size++) {
            job_threads job = {.size = size, .argument = &t};
            run_ranks(&job, measure_together);
        }
    free(classifier);
    sample_clear(&s);
}

START_TEST(ranks_measure_what_one_does)
{
    if (_i % NEXT_ADVERSARY != 1 % NEXT_ADVERSARY)
        return;
    check_ranks(&adversaries[_i], "full", LIBNC_FLOAT64, false);
    check_ranks(&adversaries[_i], "full", LIBNC_FLOAT64, true);
    check_ranks(&adversaries[_i], "projected", LIBNC_FLOAT64, true);
}
END_TEST

START_TEST(ranks_measure_float32)
{
    check_ranks(&adversaries[0], "full", LIBNC_FLOAT32, true);
    check_ranks(&adversaries[7], "projected", LIBNC_FLOAT32, false);
}
END_TEST

static void ck_told(const rank_thread *r, libnc_status status, libnc_status code, const char *word)
{
    const char *text = libnc_context_error(r->context);
    ck_assert_msg(status == code && strstr(text, word), "rank %d: %d, %s", r->rank, (int)status,
                  text);
}

static void with_task(const char *scatter, void (*body)(rank_thread *r))
{
    sample s = sample_of(&adversaries[3]);
    double *classifier = random_values((s.classes + 1) * s.width, 1, 9);
    shuffle(&s, 11);
    task t = {.sample = &s,
              .classifier = classifier,
              .scatter = scatter,
              .scalar = LIBNC_FLOAT64,
              .faulty = 1};
    measure_alone(&t);
    for (t.cut = 0; t.cut < CUTS; t.cut += NEXT_CUT) {
        job_threads job = {.size = 3, .argument = &t};
        run_ranks(&job, body);
    }
    free(classifier);
    sample_clear(&s);
}

/* ---- the same bits ---- */

/* Who has a block. */
enum deal { DEAL_ROWS, DEAL_IN_TURN, DEAL_ALL_TO_LAST, DEALS };

static bool has_block(const task *t, int64_t block, int64_t blocks, int32_t rank, int32_t size)
{
    switch (t->cut) {
    case DEAL_IN_TURN: return block % size == rank;
    case DEAL_ALL_TO_LAST: return rank == size - 1;
    default: return block * size / blocks == rank;
    }
}

/* One pass over this rank's blocks. */
static void feed_blocks(rank_thread *r, const task *t, libnc_accumulator *a, int64_t rows)
{
    const int64_t count = t->sample->count, blocks = (count + rows - 1) / rows;
    libnc_block_tree *tree;
    fine(libnc_block_tree_create(&tree, r->context));
    for (int64_t b = 0; b < blocks; b++) {
        const int64_t end = (b + 1) * rows < count ? (b + 1) * rows : count;
        if (!has_block(t, b, blocks, r->rank, r->job->size))
            continue;
        fine(feed_some(a, t, b * rows, end));
        fine(libnc_block_tree_end_block(tree, a, b));
    }
    fine(libnc_block_tree_all_reduce(tree, a, r->communicator));
    libnc_block_tree_destroy(tree);
}

static void measure_blocks(rank_thread *r)
{
    task *t = r->job->argument;
    const int64_t rows = t->block_rows;
    double metrics[METRICS];
    libnc_accumulator *a = create(r->context, t);
    feed_blocks(r, t, a, rows);
    ck_assert_int_eq(libnc_accumulator_samples(a), t->sample->count);
    fine(libnc_accumulator_begin_second_pass(a, t->classifier, NULL, LIBNC_FLOAT64));
    feed_blocks(r, t, a, rows);
    ck_assert_int_eq(libnc_accumulator_second_samples(a), t->sample->count);
    measure(r->context, a, r->communicator, metrics);
    libnc_accumulator_destroy(a);
    if (!t->same_bits) {
        compare(t, metrics, tolerance_of(t));
        if (r->rank == 0)
            memcpy(t->metrics, metrics, sizeof metrics);
        return;
    }
    for (int32_t m = 1; m <= libnc_metric_count(); m++)
        ck_assert_msg(memcmp(&metrics[m], &t->metrics[m], sizeof(double)) == 0 ||
                          (isnan(metrics[m]) && isnan(t->metrics[m])),
                      "%s, deal %d of %d: %.17g, %.17g alone", libnc_metric_name(m), t->cut,
                      r->job->size, metrics[m], t->metrics[m]);
}

/* One rank first, whose numbers are those of plain sums to 1e-12; then others, to the bit. */
static void check_bits(const adversary *kind, const char *scatter, int32_t scalar, int64_t rows)
{
    sample s = sample_of(kind);
    double *classifier = random_values(s.classes * s.width, 1, 9);
    shuffle(&s, 13);
    task t = {.sample = &s,
              .classifier = classifier,
              .scatter = scatter,
              .scalar = scalar,
              .block_rows = rows};
    measure_alone(&t);
    run_alone(&t, measure_blocks);
    t.same_bits = true;
    for (t.cut = 0; t.cut < DEALS; t.cut++)
        for (int32_t size = 1; size <= 4; size++) {
            job_threads job = {.size = size, .argument = &t};
            run_ranks(&job, measure_blocks);
        }
    free(classifier);
    sample_clear(&s);
}

START_TEST(blocks_give_the_same_bits_on_any_ranks)
{
    if (_i % NEXT_ADVERSARY != 1 % NEXT_ADVERSARY || adversaries[_i].counts[0] > 1000)
        return;
    check_bits(&adversaries[_i], "full", LIBNC_FLOAT64, BLOCK_ROWS);
    check_bits(&adversaries[_i], "projected", LIBNC_FLOAT64, BLOCK_ROWS);
}
END_TEST

START_TEST(blocks_of_one_sample_and_of_float32)
{
    check_bits(&adversaries[7], "full", LIBNC_FLOAT64, LEAST_ROWS);
    check_bits(&adversaries[0], "full", LIBNC_FLOAT32, BLOCK_ROWS);
    check_bits(&adversaries[0], "projected", LIBNC_FLOAT32, BLOCK_ROWS);
}
END_TEST

/* Two blocks of one number, on one rank and on two; samples of no block; a tree of another pass. */
static void misuse_blocks(rank_thread *r)
{
    const task *t = r->job->argument;
    libnc_accumulator *a = create(r->context, t);
    libnc_block_tree *tree;
    fine(libnc_block_tree_create(&tree, r->context));
    fine(feed_some(a, t, 0, 3));
    fine(libnc_block_tree_end_block(tree, a, 4));
    fine(feed_some(a, t, 0, 3));
    ck_told(r, libnc_block_tree_end_block(tree, a, 4), LIBNC_ERROR_ARGUMENT, "block = 4: must not");
    ck_told(r, libnc_block_tree_all_reduce(tree, a, r->communicator), LIBNC_ERROR_STATE,
            "3 samples came since");
    libnc_accumulator_clear(a);
    ck_told(r, libnc_block_tree_all_reduce(tree, a, r->communicator), LIBNC_ERROR_ARGUMENT,
            "both have it");
    fine(feed_some(a, t, 0, 3));
    fine(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    ck_told(r, libnc_block_tree_end_block(tree, a, 5), LIBNC_ERROR_STATE, "is in pass 2");
    libnc_block_tree_destroy(tree);
    libnc_accumulator_destroy(a);
}

/* Every allocation of the last step refused on one rank: the tree stays, and then it works. */
static void refuse_blocks(rank_thread *r)
{
    const task *t = r->job->argument;
    const int64_t count = t->sample->count, blocks = (count + BLOCK_ROWS - 1) / BLOCK_ROWS;
    libnc_accumulator *a = create(r->context, t);
    libnc_block_tree *tree;
    fine(libnc_block_tree_create(&tree, r->context));
    for (int64_t b = 0; b < blocks; b++) {
        const int64_t end = (b + 1) * BLOCK_ROWS < count ? (b + 1) * BLOCK_ROWS : count;
        if (b * r->job->size / blocks == r->rank) {
            fine(feed_some(a, t, b * BLOCK_ROWS, end));
            fine(libnc_block_tree_end_block(tree, a, b));
        }
    }
    for (int64_t fail = 1, status = -1; status < 0; fail += NEXT_FAULT) {
        r->memory.fail_at = r->rank == t->faulty ? r->memory.calls + fail : 0;
        status = libnc_block_tree_all_reduce(tree, a, r->communicator);
        r->memory.fail_at = 0;
        if (status < 0)
            ck_told(r, (libnc_status)status, LIBNC_ERROR_MEMORY, "rank 1: out of memory");
        ck_assert_int_le(fail, 1000);
    }
    ck_assert_int_eq(libnc_accumulator_samples(a), count);
    libnc_block_tree_destroy(tree);
    libnc_accumulator_destroy(a);
}

/* ---- reports ---- */

enum { MANY = 600, NARROW = 5 }; /* classes: three rows of tiles */

/* The same bits as of a report alone; memory refused on one rank; another accumulator on one. */
static void report_together(rank_thread *r)
{
    const task *t = r->job->argument;
    double alone[METRICS], together[METRICS];
    libnc_accumulator *a = create(r->context, t);
    libnc_report *report;
    fine(feed_some(a, t, 0, t->sample->count));
    measure(r->context, a, NULL, alone);
    measure(r->context, a, r->communicator, together);
    ck_assert_mem_eq(alone + 1, together + 1, (size_t)libnc_metric_count() * sizeof *alone);
    fine(libnc_report_create(&report, r->context));
    fine(libnc_report_set_communicator(report, r->communicator));
    for (int64_t fail = 1, status = -1; status < 0; fail += 1 + NEXT_FAULT * fail / 12) {
        r->memory.fail_at = r->rank == t->faulty ? r->memory.calls + fail : 0;
        status = libnc_report_measure_features(report, (const libnc_accumulator *const *)&a, NULL,
                                               NULL, 1);
        r->memory.fail_at = 0;
        if (status < 0)
            ck_told(r, (libnc_status)status, LIBNC_ERROR_MEMORY, "rank 1: out of memory");
    }
    if (r->rank == t->faulty)
        fine(feed_some(a, t, 0, 1));
    ck_told(
        r,
        libnc_report_measure_features(report, (const libnc_accumulator *const *)&a, NULL, NULL, 1),
        LIBNC_ERROR_STATE, "a checksum of the means");
    libnc_report_destroy(report);
    libnc_accumulator_destroy(a);
}

START_TEST(reports_have_the_same_bits)
{
    int64_t counts[MANY];
    for (int k = 0; k < MANY; k++)
        counts[k] = 1 + k % 3;
    sample s = sample_create(MANY, NARROW, counts);
    double *centres = random_values(MANY * NARROW, 1, 3);
    fill_clusters(&s, centres, 1e-3, 5);
    task t = {.sample = &s, .scatter = "full", .scalar = LIBNC_FLOAT64, .faulty = 1};
    for (int32_t size = 2; size <= 4; size++) {
        job_threads job = {.size = size, .argument = &t};
        run_ranks(&job, report_together);
    }
    free(centres);
    sample_clear(&s);
}
END_TEST

START_TEST(errors_of_blocks)
{
    with_task("full", misuse_blocks);
    with_task("full", refuse_blocks);
}
END_TEST

/* ---- errors of one rank ---- */

/* Every allocation of both reductions refused in turn on one rank, and then none. */
static void refuse_memory(rank_thread *r)
{
    const task *t = r->job->argument;
    const int64_t begin = first_of(t, r->rank, r->job->size);
    const int64_t end = first_of(t, r->rank + 1, r->job->size);
    double metrics[METRICS];
    libnc_accumulator *a = create(r->context, t);
    fine(feed_some(a, t, begin, end));
    for (int pass = 1; pass <= 2; pass++) {
        for (int64_t fail = 1, status = -1; status < 0; fail++) {
            r->memory.fail_at = r->rank == t->faulty ? r->memory.calls + fail : 0;
            status = libnc_accumulator_all_reduce(a, r->communicator);
            r->memory.fail_at = 0;
            if (status < 0)
                ck_told(r, (libnc_status)status, LIBNC_ERROR_MEMORY, "rank 1: out of memory");
            ck_assert_int_le(fail, 20);
        }
        if (pass == 1) {
            fine(libnc_accumulator_begin_second_pass(a, t->classifier, NULL, LIBNC_FLOAT64));
            fine(feed_some(a, t, begin, end));
        }
    }
    measure(r->context, a, r->communicator, metrics);
    compare(t, metrics, tolerance_of(t));
    libnc_accumulator_destroy(a);
}

/* A row of NaN, a file that cannot be written, other options, a pass added up twice. */
static void err_otherwise(rank_thread *r)
{
    const task *t = r->job->argument;
    libnc_communicator *c = r->communicator;
    libnc_accumulator *a = create(r->context, t), *wide;
    const double row[MOST_CLASSES] = {r->rank == t->faulty ? (double)NAN : 1};
    const int32_t label = 0;
    libnc_status status = libnc_accumulator_update(a, row, LIBNC_FLOAT64, 1, t->sample->width,
                                                   &label, LIBNC_LABEL_INT32);
    ck_told(r, libnc_communicator_agree(c, status), LIBNC_ERROR_NOT_FINITE,
            "rank 1: features: row");
    libnc_accumulator_clear(a);
    fine(libnc_accumulator_all_reduce(a, c)); /* of nothing */
    ck_assert_int_eq(libnc_accumulator_samples(a), 0);
    fine(feed_some(a, t, 0, 3));
    status = r->rank == t->faulty ? libnc_accumulator_save(a, "/nowhere/at.all") : LIBNC_OK;
    ck_told(r, libnc_communicator_agree(c, status), LIBNC_ERROR_FILE, "rank 1: path = ");
    fine(libnc_accumulator_create(&wide, r->context, t->sample->classes,
                                  t->sample->width + (r->rank == t->faulty)));
    ck_told(r, libnc_accumulator_all_reduce(wide, c), LIBNC_ERROR_DIMENSION, "width: from ");
    ck_told(r, libnc_accumulator_all_reduce(r->rank == t->faulty ? NULL : a, c),
            LIBNC_ERROR_ARGUMENT, "rank 1: accumulator = NULL");
    if (r->rank == t->faulty)
        fine(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    ck_told(r, libnc_accumulator_all_reduce(a, c), LIBNC_ERROR_STATE, "pass: from 1 to 2");
    libnc_accumulator_clear(a);
    fine(feed_some(a, t, 0, 3));
    fine(libnc_accumulator_all_reduce(a, c));
    ck_told(r, libnc_accumulator_all_reduce(a, c), LIBNC_ERROR_STATE, "pass 1 was added up");
    fine(libnc_accumulator_begin_second_pass(a, t->classifier + (r->rank == t->faulty ? 1 : 0),
                                             NULL, LIBNC_FLOAT64));
    ck_told(r, libnc_accumulator_all_reduce(a, c), LIBNC_ERROR_STATE, "a checksum of classifier");
    libnc_accumulator_destroy(wide);
    libnc_accumulator_destroy(a);
}

/* More samples in the second pass than there were: each rank alone has fewer. */
static void feed_twice(rank_thread *r)
{
    const task *t = r->job->argument;
    libnc_accumulator *a = create(r->context, t);
    if (r->rank == 0)
        fine(feed_some(a, t, 0, 3));
    fine(libnc_accumulator_all_reduce(a, r->communicator));
    fine(libnc_accumulator_begin_second_pass(a, NULL, NULL, 0));
    fine(feed_some(a, t, 0, 3));
    ck_told(r, libnc_accumulator_all_reduce(a, r->communicator), LIBNC_ERROR_STATE,
            "the second passes of all ranks have");
    ck_assert_int_eq(libnc_accumulator_second_samples(a), 3);
    libnc_accumulator_destroy(a);
}

static void lose_transport(rank_thread *r)
{
    const task *t = r->job->argument;
    libnc_accumulator *a = create(r->context, t);
    fine(feed_some(a, t, first_of(t, r->rank, 3), first_of(t, r->rank + 1, 3)));
    const int64_t fed = libnc_accumulator_samples(a);
    const libnc_status status = libnc_accumulator_all_reduce(a, r->communicator);
    if (r->job->fail_at > 0) {
        ck_told(r, status, LIBNC_ERROR_COMMUNICATION, "returned 7");
        const int64_t left = libnc_accumulator_samples(a);
        ck_assert_msg(left == 0 || left == fed, "%lld samples of %lld", (long long)left,
                      (long long)fed);
    }
    libnc_accumulator_destroy(a);
}

START_TEST(no_memory_on_one_rank_is_an_error_on_all)
{
    with_task("full", refuse_memory);
    with_task("projected", refuse_memory);
}
END_TEST

START_TEST(errors_of_one_rank_are_those_of_all)
{
    with_task("full", err_otherwise);
    with_task("full", feed_twice);
}
END_TEST

START_TEST(a_lost_transport_leaves_all_or_nothing)
{
    sample s = sample_of(&adversaries[3]);
    task t = {.sample = &s, .scatter = "full", .scalar = LIBNC_FLOAT64};
    job_threads job = {.size = 3, .argument = &t};
    run_ranks(&job, lose_transport);
    const int64_t exchanges = job.exchanges;
    for (int64_t at = 1; at <= exchanges; at++) {
        job = (job_threads){.size = 3, .argument = &t, .fail_at = at};
        run_ranks(&job, lose_transport);
    }
    sample_clear(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("accumulator_ranks");
    TCase *tests = add_case(suite, "accumulator_ranks", 60);
    tcase_add_loop_test(tests, ranks_measure_what_one_does, 0, ADVERSARIES);
    tcase_add_test(tests, ranks_measure_float32);
    tcase_add_loop_test(tests, blocks_give_the_same_bits_on_any_ranks, 0, ADVERSARIES);
    tcase_add_test(tests, blocks_of_one_sample_and_of_float32);
    tcase_add_test(tests, errors_of_blocks);
    tcase_add_test(tests, reports_have_the_same_bits);
    tcase_add_test(tests, no_memory_on_one_rank_is_an_error_on_all);
    tcase_add_test(tests, errors_of_one_rank_are_those_of_all);
    tcase_add_test(tests, a_lost_transport_leaves_all_or_nothing);
    return run_suite(suite);
}
