/* SPDX-License-Identifier: MIT
 *
 * test_accumulator_file.c: states of accumulators in files: round trips, every byte damaged, every
 * length, lying headers with a right checksum, and a process that is killed while it saves.
 */
#include "support/accumulator_fixture.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { K = 4, D = 5, N = 60 };

static char folder[] = "/tmp/libnc_states_XXXXXX";
static char path[64], other_path[64];

static void setup_folder(void)
{
    setup();
    strcpy(folder, "/tmp/libnc_states_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/state.ncs", folder);
    snprintf(other_path, sizeof other_path, "%s/other.ncs", folder);
}

static void teardown_folder(void)
{
    unlink(path);
    unlink(other_path);
    ck_assert_msg(rmdir(folder) == 0, "something is left in %s", folder);
    teardown();
}

static sample samples_of(uint64_t seed)
{
    static const int64_t counts[K] = {30, 20, 0, 10};
    sample s = sample_create(K, D, counts);
    double *centres = random_values(K * D, 1, seed);
    fill_clusters(&s, centres, 0.3, seed + 1);
    round_to_float32(&s);
    free(centres);
    return s;
}

typedef struct variant {
    const char *kind, *precision;
    bool is_float32, has_logits, is_second, has_classifier;
} variant;

static const variant variants[] = {
    {"none", "input", false, false, false, false},
    {"full", "input", true, true, false, false},
    {"full", "float64", true, false, true, true},
    {"projected", "input", false, true, true, false},
    {"projected", "input", true, false, true, true},
};

enum { VARIANTS = sizeof variants / sizeof *variants };

static libnc_accumulator *make(const variant *v, const sample *s)
{
    libnc_accumulator *a = accumulator_of(s, v->kind, v->precision);
    double *logits = random_values(N * K, 1, 9), *weights = random_values(K * D + K, 1, 10);
    for (int pass = 1; pass <= 1 + v->is_second; pass++) {
        if (v->is_float32)
            feed_float32(a, s, 17);
        else
            must(libnc_accumulator_update_logits(a, s->rows, LIBNC_FLOAT64, N, D, s->labels,
                                                 LIBNC_LABEL_INT32, v->has_logits ? logits : NULL,
                                                 LIBNC_FLOAT64, K));
        if (pass == 1 && v->is_second)
            must(libnc_accumulator_begin_second_pass(a, v->has_classifier ? weights : NULL,
                                                     v->has_classifier ? weights + K * D : NULL,
                                                     LIBNC_FLOAT64));
    }
    free(weights);
    free(logits);
    return a;
}

typedef struct content {
    unsigned char bytes[16384];
    size_t size;
} content;

static content read_file(const char *name)
{
    content c = {.size = 0};
    FILE *file = fopen(name, "rb");
    ck_assert_ptr_nonnull(file);
    c.size = fread(c.bytes, 1, sizeof c.bytes, file);
    ck_assert_uint_lt(c.size, sizeof c.bytes);
    fclose(file);
    return c;
}

static void write_file(const char *name, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* ---- round trips ---- */

/* The file of what was read is the file that was read; both go on to the same bits. */
START_TEST(what_was_saved_is_loaded)
{
    const variant *v = &variants[_i];
    sample s = samples_of(1);
    libnc_accumulator *a = make(v, &s), *b;
    must(libnc_accumulator_save(a, path));
    must(libnc_accumulator_load(&b, context, path));
    must(libnc_accumulator_save(b, other_path));
    content first = read_file(path), second = read_file(other_path);
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.bytes, second.bytes, first.size);
    ck_assert_int_eq(libnc_accumulator_samples(b), N);
    ck_assert_int_eq(libnc_accumulator_pass(b), v->is_second ? 2 : 1);
    ck_assert_double_eq(nc__accumulator_epsilon(b), nc__accumulator_epsilon(a));
    if (v->is_second) {
        double weights[K * D] = {1};
        must(libnc_accumulator_begin_second_pass(a, weights, NULL, LIBNC_FLOAT64));
        must(libnc_accumulator_begin_second_pass(b, weights, NULL, LIBNC_FLOAT64));
    }
    v->is_float32 ? feed_float32(a, &s, 9) : feed(a, &s, 0, N, 9);
    v->is_float32 ? feed_float32(b, &s, 9) : feed(b, &s, 0, N, 9);
    must(libnc_accumulator_save(a, path));
    must(libnc_accumulator_save(b, other_path));
    first = read_file(path);
    second = read_file(other_path);
    ck_assert_mem_eq(first.bytes, second.bytes, first.size);
    libnc_accumulator_destroy(b);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* Processes on shards: one first pass, read by all, second passes merged through files. */
START_TEST(second_passes_meet_in_files)
{
    sample s = samples_of(2);
    double *weights = random_values(K * D, 1, 3);
    libnc_accumulator *all = accumulator_of(&s, "projected", NULL), *part;
    feed(all, &s, 0, N, N);
    must(libnc_accumulator_save(all, path));
    must(libnc_accumulator_load(&part, context, path));
    must(libnc_accumulator_begin_second_pass(all, weights, NULL, LIBNC_FLOAT64));
    must(libnc_accumulator_begin_second_pass(part, weights, NULL, LIBNC_FLOAT64));
    feed(all, &s, 0, 25, 25);
    feed(part, &s, 25, N, 25);
    must(libnc_accumulator_save(part, path));
    libnc_accumulator_destroy(part);
    must(libnc_accumulator_load(&part, context, path));
    must(libnc_accumulator_merge(all, part));
    ck_assert_int_eq(libnc_accumulator_second_samples(all), N);
    libnc_accumulator_destroy(part);
    libnc_accumulator_destroy(all);
    free(weights);
    sample_clear(&s);
}
END_TEST

/* ---- damage ---- */

static libnc_status load_bytes(const unsigned char *bytes, size_t size)
{
    libnc_accumulator *a = NULL;
    write_file(other_path, bytes, size);
    libnc_status status = libnc_accumulator_load(&a, context, other_path);
    if (status == LIBNC_OK)
        libnc_accumulator_destroy(a);
    else
        ck_assert_ptr_null(a);
    return status;
}

/* Every byte in turn, one bit and all bits of it. */
START_TEST(every_damaged_byte_is_seen)
{
    sample s = samples_of(4);
    libnc_accumulator *a = make(&variants[_i], &s);
    must(libnc_accumulator_save(a, path));
    content c = read_file(path);
    for (size_t i = 0; i < c.size; i++)
        for (int flip = 1; flip < 256; flip += 254) {
            c.bytes[i] ^= (unsigned char)flip;
            libnc_status status = load_bytes(c.bytes, c.size);
            ck_assert_msg(status == LIBNC_ERROR_FORMAT, "byte %zu: status %d", i, (int)status);
            ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "offset"));
            ck_assert_ptr_nonnull(strstr(libnc_context_error(context), other_path));
            c.bytes[i] ^= (unsigned char)flip;
        }
    ck_assert_int_eq(load_bytes(c.bytes, c.size), LIBNC_OK);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

START_TEST(every_length_is_seen)
{
    sample s = samples_of(5);
    libnc_accumulator *a = make(&variants[_i], &s);
    must(libnc_accumulator_save(a, path));
    content c = read_file(path);
    for (size_t size = 0; size < c.size + 9; size++)
        if (size != c.size)
            ck_assert_msg(load_bytes(c.bytes, size) == LIBNC_ERROR_FORMAT, "%zu bytes", size);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* The checksum as doc/formats.md gives it, so that a header can lie and still have the right one.
 */
static uint64_t checksum_of(const unsigned char *bytes, size_t words)
{
    uint64_t state = UINT64_C(0x3c6ef372fe94f82b);
    for (size_t i = 0; i < words; i++) {
        uint64_t word = 0;
        for (int b = 7; b >= 0; b--)
            word = word << 8 | bytes[8 * i + (size_t)b];
        state ^= word * UINT64_C(0x6a09e667f3bcc909);
        state = (state << 29 | state >> 35) * UINT64_C(0xbb67ae8584caa73b);
    }
    return state;
}

static void put_word(unsigned char *bytes, size_t index, uint64_t word)
{
    for (size_t b = 0; b < 8; b++)
        bytes[8 * index + b] = (unsigned char)(word >> 8 * b);
}

static void put_checksums(content *c)
{
    put_word(c->bytes, 12, checksum_of(c->bytes, 12));
    put_word(c->bytes, c->size / 8 - 1, checksum_of(c->bytes, c->size / 8 - 1));
}

enum { LIMIT = 1 << 24 };

/* No more than 16 MB at a time. */
static void *allocate_little(size_t size, void *user)
{
    (void)user;
    ck_assert_msg(size < LIMIT, "%zu bytes were asked for", size);
    return malloc(size);
}

static void release(void *block, void *user)
{
    (void)user;
    free(block);
}

/* Every word of the header set to values that do not fit, with right checksums: refused, and no
 * memory is asked for on its word. */
START_TEST(lying_headers)
{
    static const uint64_t lies[] = {
        0, 1, 3, 5, 7, 1 << 20, 1 << 30, UINT32_MAX, (uint64_t)1 << 40, INT64_MAX, UINT64_MAX};
    libnc_context *little;
    must(libnc_context_create_with_allocator(&little, allocate_little, release, NULL));
    for (int i = 0; i < VARIANTS; i++) {
        sample s = samples_of(6);
        libnc_accumulator *a = make(&variants[i], &s), *b = NULL;
        must(libnc_accumulator_save(a, path));
        const content c = read_file(path);
        for (size_t word = 0; word < 12; word++)
            for (size_t l = 0; l < sizeof lies / sizeof *lies; l++) {
                content lie = c;
                put_word(lie.bytes, word, lies[l]);
                put_checksums(&lie);
                if (memcmp(lie.bytes, c.bytes, c.size) == 0)
                    continue;
                write_file(other_path, lie.bytes, lie.size);
                libnc_status status = libnc_accumulator_load(&b, little, other_path);
                /* settings and flags that fit the content may have other values */
                bool may_differ = word == 2 || word == 7 || word == 8;
                libnc_status code = word == 1 ? LIBNC_ERROR_UNSUPPORTED : LIBNC_ERROR_FORMAT;
                ck_assert_msg(status == code || (may_differ && status == LIBNC_OK),
                              "variant %d, word %zu, lie %zu: status %d, %s", i, word, l,
                              (int)status, libnc_context_error(little));
                libnc_accumulator_destroy(b);
                b = NULL;
            }
        libnc_accumulator_destroy(a);
        sample_clear(&s);
    }
    libnc_context_destroy(little);
}
END_TEST

/* A state of 2^53 samples takes no more, by merging or feeding: counts never overflow. */
START_TEST(as_many_samples_as_there_can_be)
{
    const uint64_t most = UINT64_C(1) << 53;
    sample s = samples_of(6);
    libnc_accumulator *a = make(&variants[0], &s), *full = NULL;
    must(libnc_accumulator_save(a, path));
    content c = read_file(path);
    put_word(c.bytes, 5, most + 1);
    put_word(c.bytes, 13, most + 1 - 30);
    put_checksums(&c);
    ck_assert_int_eq(load_bytes(c.bytes, c.size), LIBNC_ERROR_FORMAT);
    put_word(c.bytes, 5, most);
    put_word(c.bytes, 13, most - 30);
    put_checksums(&c);
    write_file(other_path, c.bytes, c.size);
    must(libnc_accumulator_load(&full, context, other_path));
    ck_assert_int_eq(libnc_accumulator_samples(full), (int64_t)most);
    ck_assert_int_eq(libnc_accumulator_merge(full, a), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(libnc_accumulator_merge(a, full), LIBNC_ERROR_ARGUMENT);
    ck_assert_int_eq(
        libnc_accumulator_update(full, s.rows, LIBNC_FLOAT64, 1, D, s.labels, LIBNC_LABEL_INT32),
        LIBNC_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "must be at most 2^53"));
    ck_assert_int_eq(libnc_accumulator_samples(full), (int64_t)most);
    ck_assert_int_eq(libnc_accumulator_samples(a), N);
    libnc_accumulator_destroy(full);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* Words of the content that do not fit each other, with right checksums. */
START_TEST(lying_contents)
{
    sample s = samples_of(7);
    libnc_accumulator *a = make(&variants[4], &s);
    must(libnc_accumulator_save(a, path));
    const content c = read_file(path);
    const size_t first = 13, means = first + 3 * K, energies = means + 2 * K * D,
                 weights = energies + K, singular = weights + K * D + K;
    const size_t basis = singular + 2, tallies = basis + 2 * D, balanced = tallies + 5 * K;
    static const double not_finite[] = {NAN, INFINITY, -INFINITY};
    const struct {
        size_t word;
        uint64_t value;
    } lies[] = {
        {first, 31},                     /* counts that do not sum up */
        {first, UINT64_MAX},             /* ... or overflow */
        {first + 1, INT64_MAX},          /* ... or overflow their sum */
        {first + K, 31},                 /* more decisions than samples */
        {first + 2 * K, 1},              /* more right than decided */
        {energies, 0xbff0000000000000u}, /* -1 */
        {singular, 0xbff0000000000000u}, /* -1 */
        {basis, 0x4000000000000000u},    /* 2 */
        {tallies, 29},                   /* searched: not the samples of the second pass */
        {tallies + K, 31},               /* at home */
        {tallies + 2 * K, 31},           /* decided */
        {tallies + 3 * K, 31},           /* right */
        {tallies + 4 * K, 31},           /* agreed */
        {balanced, 0xbff0000000000000u}, /* -1 */
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        content lie = c;
        put_word(lie.bytes, lies[i].word, lies[i].value);
        put_checksums(&lie);
        ck_assert_msg(load_bytes(lie.bytes, lie.size) == LIBNC_ERROR_FORMAT, "lie %zu", i);
    }
    for (size_t word = means; word < c.size / 8 - 1; word++)
        for (size_t i = 0; i < 3; i++) {
            content lie = c;
            uint64_t bits;
            if (word >= tallies && word < balanced)
                continue;
            memcpy(&bits, &not_finite[i], 8);
            put_word(lie.bytes, word, bits);
            put_checksums(&lie);
            ck_assert_msg(load_bytes(lie.bytes, lie.size) == LIBNC_ERROR_FORMAT, "word %zu", word);
        }
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* ---- places ---- */

START_TEST(places_that_can_not_be_written)
{
    sample s = samples_of(8);
    libnc_accumulator *a = make(&variants[0], &s), *b = NULL;
    char inside[80];
    must(libnc_accumulator_save(a, path));
    snprintf(inside, sizeof inside, "%s/state", path); /* a file is no folder */
    ck_assert_int_eq(libnc_accumulator_save(a, inside), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_accumulator_save(a, folder), LIBNC_ERROR_FILE); /* a folder is no file */
    ck_assert_int_eq(libnc_accumulator_load(&b, context, folder), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_accumulator_load(&b, context, "/dev/null"), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_accumulator_load(&b, context, inside), LIBNC_ERROR_FILE);
    ck_assert_ptr_null(b);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* A name without a folder is one here. */
START_TEST(plain_names)
{
    sample s = samples_of(9);
    libnc_accumulator *a = make(&variants[0], &s), *b;
    char before[4096];
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir(folder), 0);
    must(libnc_accumulator_save(a, "other.ncs"));
    must(libnc_accumulator_load(&b, context, "other.ncs"));
    ck_assert_int_eq(chdir(before), 0);
    libnc_accumulator_destroy(b);
    libnc_accumulator_destroy(a);
    sample_clear(&s);
}
END_TEST

/* ---- a process that is killed ---- */

enum { KILLS = 40, BIG_D = 60 };

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

static void nap(long microseconds)
{
    const struct timespec time = {0, 1000 * microseconds};
    nanosleep(&time, NULL);
}

/* One process saves one state and the other in turn without end, and is killed at any moment. */
START_TEST(killed_while_saving)
{
    static const int64_t counts[2] = {20, 30};
    sample s[2];
    libnc_accumulator *states[2], *found;
    static content contents[2];
    uint64_t seed = 77;
    for (int i = 0; i < 2; i++) {
        s[i] = sample_create(2, BIG_D / 4, counts);
        double *centres = random_values(2 * BIG_D / 4, 1, 11 + (uint64_t)i);
        fill_clusters(&s[i], centres, 0.5, 12 + (uint64_t)i);
        states[i] = fed(&s[i], 10);
        must(libnc_accumulator_save(states[i], other_path));
        contents[i] = read_file(other_path);
        free(centres);
    }
    must(libnc_accumulator_save(states[0], path));
    int seen[2] = {0};
    for (int kill_number = 0; kill_number < KILLS; kill_number++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            for (int i = kill_number;; i++)
                if (libnc_accumulator_save(states[i % 2], path) != LIBNC_OK)
                    _exit(1);
        nap((long)(500 + 3000 * (uniform(&seed) + 1)));
        int how;
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        ck_assert_int_eq(waitpid(child, &how, 0), child);
        ck_assert_msg(WIFSIGNALED(how), "the process ended by itself");
        must(libnc_accumulator_load(&found, context, path));
        libnc_accumulator_destroy(found);
        content c = read_file(path);
        int which = memcmp(c.bytes, contents[1].bytes, c.size) == 0;
        ck_assert_uint_eq(c.size, contents[which].size);
        ck_assert_mem_eq(c.bytes, contents[which].bytes, c.size);
        seen[which]++;
    }
    ck_assert_int_gt(seen[0] + seen[1], 0);
    remove_parts();
    for (int i = 0; i < 2; i++) {
        libnc_accumulator_destroy(states[i]);
        sample_clear(&s[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("accumulator_file");
    TCase *tests = add_case(suite, "files", 60);
    tcase_add_checked_fixture(tests, setup_folder, teardown_folder);
    tcase_add_loop_test(tests, what_was_saved_is_loaded, 0, VARIANTS);
    tcase_add_test(tests, second_passes_meet_in_files);
    tcase_add_loop_test(tests, every_damaged_byte_is_seen, 0, VARIANTS);
    tcase_add_loop_test(tests, every_length_is_seen, 0, VARIANTS);
    tcase_add_test(tests, lying_headers);
    tcase_add_test(tests, as_many_samples_as_there_can_be);
    tcase_add_test(tests, lying_contents);
    tcase_add_test(tests, places_that_can_not_be_written);
    tcase_add_test(tests, plain_names);
    tcase_add_test(tests, killed_while_saving);
    return run_suite(suite);
}
