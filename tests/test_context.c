/* SPDX-License-Identifier: MIT
 *
 * test_context.c: the context: lifecycle, allocator, error text, log, memory and threads.
 */
#define _GNU_SOURCE /* pthread_setattr_default_np */

#include "../programs/words.h"
#include "base/base.h"
#include "files/json.h"
#include "support/context_fixture.h"

#include <libnc/version.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

/* ---- lifecycle ---- */

START_TEST(default_context)
{
    libnc_context *made = NULL;
    ck_assert_int_eq(libnc_context_create(&made), LIBNC_OK);
    ck_assert_str_eq(libnc_context_error(made), "");
    ck_assert_int_eq(libnc_context_threads(made), 1);
    libnc_context_destroy(made);
    ck_assert_int_eq(libnc_context_create(NULL), LIBNC_ERROR_ARGUMENT);
}
END_TEST

START_TEST(null_context)
{
    libnc_context_destroy(NULL);
    ck_assert_str_eq(libnc_context_error(NULL), "");
    ck_assert_int_eq(libnc_context_threads(NULL), 0);
    ck_assert_int_eq(libnc_context_set_threads(NULL, 1), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_context_set_log(NULL, NULL, NULL, LIBNC_LOG_INFO), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(nc__fail(NULL, LIBNC_ERROR_STATE, "not kept"), LIBNC_ERROR_STATE);
}
END_TEST

START_TEST(allocator_arguments)
{
    libnc_context *made = (libnc_context *)&memory;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(NULL, faults_allocate, faults_release, &memory),
        LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_context_create_with_allocator(&made, NULL, faults_release, &memory),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_context_create_with_allocator(&made, faults_allocate, NULL, &memory),
                     LIBNC_ERROR_ARGUMENT);
    memory.fail_at = memory.calls + 1;
    ck_assert_int_eq(
        libnc_context_create_with_allocator(&made, faults_allocate, faults_release, &memory),
        LIBNC_ERROR_MEMORY);
    ck_assert_ptr_eq(made, &memory);
}
END_TEST

START_TEST(failures_of_others_are_told_as_our_own)
{
    libnc_context *own;
    ck_assert_int_eq(libnc_context_create(&own), LIBNC_OK);
    ck_assert_int_eq(libnc_context_fail(own, LIBNC_ERROR_FILE, "disk \x01 full"), LIBNC_ERROR_FILE);
    ck_assert_str_eq(libnc_context_error(own), "disk \\x01 full");
    libnc_context_destroy(own);
}
END_TEST

START_TEST(version_and_status_names)
{
    char text[32];
    int32_t number = libnc_version_number();
    snprintf(text, sizeof text, "%d.%d.%d", number / 10000, number / 100 % 100, number % 100);
    ck_assert_str_eq(libnc_version(), text);
    for (libnc_status a = -12; a <= 8; a++) {
        const char *name = libnc_status_name(a);
        if (a < LIBNC_ERROR_COMMUNICATION || a > LIBNC_OK) {
            ck_assert_str_eq(name, "UNKNOWN");
            continue;
        }
        ck_assert_str_ne(name, "UNKNOWN");
        ck_assert_int_eq(strncmp(name, a < 0 ? "ERROR_" : "OK", 2), 0);
        for (libnc_status b = LIBNC_ERROR_COMMUNICATION; b < a; b++)
            ck_assert_str_ne(name, libnc_status_name(b));
    }
    ck_assert_str_eq(libnc_status_name(LIBNC_ERROR_FORMAT), "ERROR_FORMAT");
}
END_TEST

/* ---- error text and log ---- */

typedef struct heard {
    int lines;
    int32_t level;
    char text[NC__ERROR_LENGTH];
} heard;

static void hear(int32_t level, const char *text, void *user)
{
    heard *h = user;
    h->lines++;
    h->level = level;
    snprintf(h->text, sizeof h->text, "%s", text);
}

START_TEST(error_text)
{
    ck_assert_int_eq(nc__fail(context, LIBNC_ERROR_FORMAT, "depth = %d: must be %s", -3, ">= 1"),
                     LIBNC_ERROR_FORMAT);
    ck_assert_str_eq(libnc_context_error(context), "depth = -3: must be >= 1");
    /* a text may quote the one before */
    ck_assert_int_eq(nc__fail(context, LIBNC_ERROR_FILE, "x: %s", libnc_context_error(context)),
                     LIBNC_ERROR_FILE);
    ck_assert_str_eq(libnc_context_error(context), "x: depth = -3: must be >= 1");
    char longer[2 * NC__ERROR_LENGTH];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ck_assert_int_eq(nc__fail(context, LIBNC_ERROR_STATE, "%s", longer), LIBNC_ERROR_STATE);
    ck_assert_uint_eq(strlen(libnc_context_error(context)), NC__ERROR_LENGTH - 1);
}
END_TEST

/* What a hostile file may have in its names: escape codes, ends of lines, overrides of direction,
 * bytes that are no UTF-8. */
START_TEST(error_text_is_one_plain_line)
{
    static const struct {
        const char *given, *shown;
    } cases[] = {
        {"plain \\ \"text\" of M\xc3\xbcnchen, \xe2\x88\x91 \xf0\x9f\x98\x80",
         "plain \\ \"text\" of M\xc3\xbcnchen, \xe2\x88\x91 \xf0\x9f\x98\x80"},
        {"\033]0;owned\007\033[31mred\nline2\r\t",
         "\\x1b]0;owned\\x07\\x1b[31mred\\x0aline2\\x0d\\x09"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\u009b31m"}, /* CSI in one character */
        {"a\xe2\x80\xae"
         "b\xe2\x80\xa8",
         "a\\u202eb\\u2028"},                                  /* right to left, a line's end */
        {"\xff\xc3", "\\xff\\xc3"},                            /* no UTF-8; half a character */
        {"\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80"}, /* too long a form; a surrogate */
        {"100%s%n", "100%s%n"},
    };
    char wanted[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(nc__fail(context, LIBNC_ERROR_FORMAT, "x = \"%s\": %d", cases[i].given, 7),
                         LIBNC_ERROR_FORMAT);
        snprintf(wanted, sizeof wanted, "x = \"%s\": 7", cases[i].shown);
        ck_assert_str_eq(libnc_context_error(context), wanted);
        /* quoted again, it stays as it is */
        ck_assert_int_eq(nc__fail(context, LIBNC_ERROR_FORMAT, "%s", libnc_context_error(context)),
                         LIBNC_ERROR_FORMAT);
        ck_assert_str_eq(libnc_context_error(context), wanted);
    }
}
END_TEST

/* Paths of characters of 1 to 4 bytes as shown, and of all lengths about the room: both ends and
 * the reason stay, no character is cut. */
START_TEST(long_paths_lose_their_middle)
{
    static const char *const characters[] = {"p",    "\xc3\xbc", "\xe2\x88\x91", "\xf0\x9f\x98\x80",
                                             "\033", "\xff"};
    static char path[20000];
    for (size_t length = 1; length < 19000; length += length < 700 ? 1 : 977) {
        const char *c = characters[length % 6];
        strcpy(path, "/first");
        for (size_t used = strlen(path); used < length; used += strlen(c))
            strcpy(path + used, c);
        strcat(path, "last");
        ck_assert_int_eq(nc__fail(context, LIBNC_ERROR_FORMAT,
                                  "path = \"%s\": member \"%s\": offset %lld: %s", path,
                                  length % 2 ? path : "m", (long long)length,
                                  "the reason, which is what one wants to read"),
                         LIBNC_ERROR_FORMAT);
        const char *text = libnc_context_error(context);
        char end[96];
        snprintf(end, sizeof end,
                 "last\": member \"%s\": offset %lld: the reason, which is what one "
                 "wants to read",
                 length % 2 ? "" : "m", (long long)length);
        if (length % 2 == 0)
            ck_assert_ptr_nonnull(strstr(text, end));
        else
            ck_assert_ptr_nonnull(strstr(text, strstr(end, "\": offset")));
        ck_assert_int_eq(strncmp(text, "path = \"/first", 14), 0);
        ck_assert(nc__is_utf8((const unsigned char *)text, strlen(text)));
        if (length > NC__ERROR_LENGTH) {
            ck_assert_ptr_nonnull(strstr(text, "..."));
            ck_assert_uint_ge(strlen(text), NC__ERROR_LENGTH - 24);
        }
    }
}
END_TEST

/* Pieces in random order, put together as bytes: whole and broken characters, controls, formats. */
static void random_text(char *text, size_t size, uint64_t *state)
{
    static const char *const pieces[] = {"\xc3\xbc", "\xe2\x80\xae", "\xf0\x9f\x98\x80",
                                         "\033[31m", "\n",           "\xff",
                                         "\xe2\x80", "\xed\xa0\x80", "\\",
                                         "%s",       "abc"};
    enum { PIECES = sizeof pieces / sizeof *pieces };
    size_t used = 0;
    while (used + 8 < size) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        const unsigned choice = (unsigned)(*state >> 33);
        if (choice % 3 == 0)
            text[used++] = (char)(1 + choice / 3 % 255);
        else
            used += (size_t)snprintf(text + used, size - used, "%s", pieces[choice / 3 % PIECES]);
    }
    text[used] = '\0';
}

/* The programs escape as the library does, and find nothing to escape in its texts. */
START_TEST(programs_show_the_same)
{
    char given[200], shown[6 * sizeof given];
    uint64_t state = 1;
    for (int i = 0; i < 3000; i++) {
        random_text(given, 10 + (size_t)i % (sizeof given - 10), &state);
        nc__print(shown, sizeof shown, "%s", given);
        char *plain = plain_text(given);
        ck_assert_str_eq(plain, shown);
        free(plain);
        nc__print(shown, 1 + (size_t)i % 100, "p = \"%s\": %d: %s", given, i, given);
        ck_assert_uint_le(strlen(shown), (size_t)i % 100);
        ck_assert(nc__is_utf8((const unsigned char *)shown, strlen(shown)));
        plain = plain_text(shown);
        ck_assert_str_eq(plain, shown);
        free(plain);
    }
}
END_TEST

/* The other conversions are those of printf. */
START_TEST(numbers_in_texts)
{
    char text[256], wanted[256];
#define SAME(...)                                                                                  \
    nc__print(text, sizeof text, __VA_ARGS__);                                                     \
    snprintf(wanted, sizeof wanted, __VA_ARGS__);                                                  \
    ck_assert_str_eq(text, wanted)
    SAME("%d %ld %lld %zu %u %x %02x %c%%", -3, 4L, -5LL, (size_t)6, 7u, 255u, 10u, 'c');
    SAME("%g %.17g %.1e %.0f %p", 0.1, 0.1, 12345.6, 2.5, (void *)text);
    SAME("%.3s|%.*s|%s|", "abcdef", 2, "abcdef", "");
#undef SAME
    nc__print(text, sizeof text, "%.2s|%.3s|", "a\xc3\xbc", "a\xc3\xbc");
    ck_assert_str_eq(text, "a|a\xc3\xbc|"); /* no half of a character */
    char tiny[4];
    nc__print(tiny, sizeof tiny, "%s", "abcdef");
    ck_assert_str_eq(tiny, "...");
    nc__print(tiny, 1, "%d%s", 7, "abcdef");
    ck_assert_str_eq(tiny, "");
}
END_TEST

START_TEST(log_levels)
{
    heard h = {0};
    for (int32_t level = LIBNC_LOG_ERROR; level <= LIBNC_LOG_INFO; level++) {
        ck_assert_int_eq(libnc_context_set_log(context, hear, &h, level), LIBNC_OK);
        h.lines = 0;
        for (int32_t said = LIBNC_LOG_ERROR; said <= LIBNC_LOG_INFO; said++)
            nc__log(context, said, "line %d", said);
        ck_assert_int_eq(h.lines, level);
        ck_assert_int_eq(h.level, level);
    }
    ck_assert_str_eq(h.text, "line 3");
    ck_assert_int_eq(nc__fail(context, LIBNC_ERROR_STATE, "told"), LIBNC_ERROR_STATE);
    ck_assert_int_eq(h.level, LIBNC_LOG_ERROR);
    ck_assert_str_eq(h.text, "told");
    ck_assert_int_eq(libnc_context_set_log(context, NULL, NULL, LIBNC_LOG_INFO), LIBNC_OK);
    h.lines = 0;
    nc__log(context, LIBNC_LOG_ERROR, "nobody listens");
    ck_assert_int_eq(h.lines, 0);
}
END_TEST

START_TEST(log_level_out_of_range)
{
    heard h = {0};
    ck_assert_int_eq(libnc_context_set_log(context, hear, &h, LIBNC_LOG_ERROR), LIBNC_OK);
    const int32_t wrong[] = {INT32_MIN, -1, 0, 4, INT32_MAX};
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(libnc_context_set_log(context, NULL, NULL, wrong[i]),
                         LIBNC_ERROR_ARGUMENT);
        ck_assert_int_eq(h.lines, i + 1); /* the old callback stayed, and heard of it */
        ck_assert_ptr_nonnull(strstr(h.text, "level = "));
    }
}
END_TEST

/* ---- memory ---- */

START_TEST(blocks_are_aligned_and_zero)
{
    for (size_t size = 0; size < 300; size++) {
        unsigned char *block = nc__alloc(context, size, 3);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % NC__ALIGNMENT, 0);
        for (size_t i = 0; i < 3 * size; i++)
            ck_assert_uint_eq(block[i], 0);
        memset(block, 0xff, 3 * size);
        nc__free(context, block);
    }
    nc__free(context, NULL);
    ck_assert_int_eq(memory.live, 1); /* the context */
}
END_TEST

START_TEST(sizes_that_overflow)
{
    int64_t calls = memory.calls;
    ck_assert_ptr_null(nc__alloc(context, SIZE_MAX, 2));
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "overflow"));
    ck_assert_ptr_null(nc__alloc(context, SIZE_MAX / 8 + 1, 8));
    ck_assert_ptr_null(nc__alloc(context, 1, SIZE_MAX - NC__ALIGNMENT));
    ck_assert_int_eq(memory.calls, calls); /* the allocator was not asked */
    size_t product = 7;
    ck_assert(!nc__multiply(SIZE_MAX / 3 + 1, 3, &product));
    ck_assert_uint_eq(product, 7);
    ck_assert(nc__multiply(SIZE_MAX / 3, 3, &product));
    ck_assert_uint_eq(product, SIZE_MAX / 3 * 3);
    ck_assert(nc__multiply(SIZE_MAX, 0, &product));
    ck_assert_uint_eq(product, 0);
}
END_TEST

START_TEST(allocator_fails)
{
    memory.fail_at = memory.calls + 1;
    ck_assert_ptr_null(nc__alloc(context, 10, 10));
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "out of memory"));
    void *block = nc__alloc(context, 10, 10);
    ck_assert_ptr_nonnull(block);
    nc__free(context, block);
}
END_TEST

START_TEST(arena_keeps_and_releases_blocks)
{
    const int64_t live = memory.live;
    nc__arena arena = {.context = context};
    unsigned char *blocks[10];
    for (size_t i = 0; i < 10; i++) {
        blocks[i] = nc__arena_alloc(&arena, i, 7);
        ck_assert_ptr_nonnull(blocks[i]);
        memset(blocks[i], (int)i, 7 * i);
    }
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j < 7 * i; j++)
            ck_assert_uint_eq(blocks[i][j], i);
    ck_assert_int_eq(memory.live, live + 10);
    ck_assert_int_eq(nc__arena_status(&arena), LIBNC_OK);
    nc__arena_release(&arena);
    ck_assert_int_eq(memory.live, live);
}
END_TEST

/* What comes after a failure is not asked for, and the error text stays. */
START_TEST(arena_remembers_a_failure)
{
    const int64_t live = memory.live;
    nc__arena arena = {.context = context};
    ck_assert_ptr_nonnull(nc__arena_alloc(&arena, 1, 1));
    ck_assert_ptr_null(nc__arena_alloc(&arena, SIZE_MAX, 2));
    const int64_t calls = memory.calls;
    ck_assert_ptr_null(nc__arena_alloc(&arena, 1, 1));
    ck_assert_int_eq(memory.calls, calls);
    ck_assert_int_eq(nc__arena_status(&arena), LIBNC_ERROR_MEMORY);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "overflow"));
    nc__arena_release(&arena);
    ck_assert_int_eq(memory.live, live);
}
END_TEST

/* ---- threads ---- */

START_TEST(shares_cover_everything_once)
{
    for (int64_t count = 0; count < 200; count += 1 + count / 9) {
        for (int64_t grain = 1; grain <= 64; grain *= 4) {
            for (int32_t parts = 1; parts <= 17; parts++) {
                int64_t expected = 0, begin, end, largest = 0, smallest = INT64_MAX;
                for (int32_t part = 0; part < parts; part++) {
                    nc__share(count, grain, part, parts, &begin, &end);
                    ck_assert_int_eq(begin, expected);
                    ck_assert_int_ge(end, begin);
                    ck_assert(begin % grain == 0 || begin == count);
                    int64_t grains = (end - begin + grain - 1) / grain;
                    largest = grains > largest ? grains : largest;
                    smallest = grains < smallest ? grains : smallest;
                    expected = end;
                }
                ck_assert_int_eq(expected, count);
                ck_assert_int_le(largest - smallest, 1);
            }
        }
    }
}
END_TEST

enum { ITEMS = 1000, ROUNDS = 2000 };

typedef struct tally {
    int touched[ITEMS];
    atomic_int calls, wrong_parts;
    int32_t threads;
} tally;

static void touch(void *argument, int32_t part, int32_t parts)
{
    tally *t = argument;
    int64_t begin, end;
    atomic_fetch_add(&t->calls, 1);
    if (parts != t->threads || part < 0 || part >= parts)
        atomic_fetch_add(&t->wrong_parts, 1);
    nc__share(ITEMS, 16, part, parts, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        t->touched[i]++;
}

/* Every item once per round, and all of it visible to the caller when the round is over. */
static void run_rounds(int32_t threads, int rounds)
{
    static tally t;
    t = (tally){.threads = threads};
    for (int round = 1; round <= rounds; round++) {
        nc__parallel(context, touch, &t);
        ck_assert_int_eq(atomic_load(&t.calls), round * threads);
        for (int i = 0; i < ITEMS; i++)
            if (t.touched[i] != round)
                ck_abort_msg("item %d, round %d: %d", i, round, t.touched[i]);
    }
    ck_assert_int_eq(atomic_load(&t.wrong_parts), 0);
}

START_TEST(parallel_work)
{
    run_rounds(1, 10);
    const int32_t threads[] = {2, 3, 8, 1, 4};
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(libnc_context_set_threads(context, threads[i]), LIBNC_OK);
        ck_assert_int_eq(libnc_context_threads(context), threads[i]);
        run_rounds(threads[i], threads[i] <= 2 ? ROUNDS : ROUNDS / 20);
    }
}
END_TEST

START_TEST(workers_that_slept)
{
    ck_assert_int_eq(libnc_context_set_threads(context, 3), LIBNC_OK);
    for (int i = 0; i < 3; i++) {
        struct timespec pause = {0, 20000000}; /* far longer than a worker spins */
        nanosleep(&pause, NULL);
        run_rounds(3, 5);
    }
}
END_TEST

START_TEST(thread_count_out_of_range)
{
    ck_assert_int_eq(libnc_context_set_threads(context, 2), LIBNC_OK);
    const int32_t wrong[] = {INT32_MIN, -1, 0, 257, INT32_MAX};
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(libnc_context_set_threads(context, wrong[i]), LIBNC_ERROR_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "threads = "));
        ck_assert_int_eq(libnc_context_threads(context), 2);
    }
    ck_assert_int_eq(libnc_context_set_threads(context, 256), LIBNC_OK);
    run_rounds(256, 3);
}
END_TEST

START_TEST(threads_without_memory)
{
    ck_assert_int_eq(libnc_context_set_threads(context, 2), LIBNC_OK);
    memory.fail_at = memory.calls + 1;
    ck_assert_int_eq(libnc_context_set_threads(context, 4), LIBNC_ERROR_MEMORY);
    ck_assert_int_eq(libnc_context_threads(context), 2);
    run_rounds(2, 10);
}
END_TEST

#ifdef __GLIBC__
/* Threads whose stacks do not fit the address space cannot be started. */
START_TEST(threads_that_can_not_start)
{
    pthread_attr_t usual, huge;
    ck_assert_int_eq(libnc_context_set_threads(context, 2), LIBNC_OK);
    ck_assert_int_eq(pthread_getattr_default_np(&usual), 0);
    ck_assert_int_eq(pthread_attr_init(&huge), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&huge, (size_t)1 << 46), 0);
    ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
    libnc_status status = libnc_context_set_threads(context, 8);
    ck_assert_int_eq(pthread_setattr_default_np(&usual), 0);
    ck_assert_int_eq(status, LIBNC_ERROR_MEMORY);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "threads = 8: only "));
    ck_assert_int_eq(libnc_context_threads(context), 2);
    ck_assert_int_eq(memory.live, 2); /* the context and the old team */
    run_rounds(2, 10);
}
END_TEST
#endif

START_TEST(seconds_are_monotonic)
{
    double before = nc__seconds();
    struct timespec pause = {0, 2000000};
    nanosleep(&pause, NULL);
    double passed = nc__seconds() - before;
    ck_assert(passed >= 0.002 && passed < 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("context");
    TCase *tests = add_case(suite, "context", 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, default_context);
    tcase_add_test(tests, null_context);
    tcase_add_test(tests, allocator_arguments);
    tcase_add_test(tests, version_and_status_names);
    tcase_add_test(tests, failures_of_others_are_told_as_our_own);
    tcase_add_test(tests, error_text);
    tcase_add_test(tests, error_text_is_one_plain_line);
    tcase_add_test(tests, long_paths_lose_their_middle);
    tcase_add_test(tests, programs_show_the_same);
    tcase_add_test(tests, numbers_in_texts);
    tcase_add_test(tests, log_levels);
    tcase_add_test(tests, log_level_out_of_range);
    tcase_add_test(tests, blocks_are_aligned_and_zero);
    tcase_add_test(tests, sizes_that_overflow);
    tcase_add_test(tests, allocator_fails);
    tcase_add_test(tests, arena_keeps_and_releases_blocks);
    tcase_add_test(tests, arena_remembers_a_failure);
    tcase_add_test(tests, shares_cover_everything_once);
    tcase_add_test(tests, parallel_work);
    tcase_add_test(tests, workers_that_slept);
    tcase_add_test(tests, thread_count_out_of_range);
    tcase_add_test(tests, threads_without_memory);
#ifdef __GLIBC__
    tcase_add_test(tests, threads_that_can_not_start);
#endif
    tcase_add_test(tests, seconds_are_monotonic);
    return run_suite(suite);
}
