/* SPDX-License-Identifier: MIT
 *
 * targets.h: what is fuzzed: one function per reader, given the bytes of a file, and the calls of
 * calls.h, given bytes to decide from.
 *
 * A reader's target reads all that the bytes give, in every way, and looks at the result. Any
 * status is right; what is wrong is a crash, a sanitizer's report, a block left or a block far
 * larger than the bytes could justify. Checksums and lengths that random bytes would never get
 * right are repaired in some of the runs, so that the code behind them is reached.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include "calls.h"
#include "files/array_internal.h"

#include <libnc/libnc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FUZZ_MOST = 1 << 16,   /* bytes of an input */
    FUZZ_VALUES = 1 << 12, /* read at a time */
    FUZZ_BLOCK = 1 << 20,  /* largest block that any file may ask for, */
    FUZZ_FACTOR = 64       /* and bytes of block per byte of the file */
};

/* ---- an allocator that knows what is too much ---- */

static size_t fuzz_limit;
static int64_t fuzz_live;

static void *fuzz_allocate(size_t size, void *user)
{
    (void)user;
    if (size > fuzz_limit) {
        fprintf(stderr, "a block of %zu bytes was asked for: at most %zu\n", size, fuzz_limit);
        abort();
    }
    fuzz_live++;
    return malloc(size);
}

static void fuzz_release(void *block, void *user)
{
    (void)user;
    fuzz_live--;
    free(block);
}

static libnc_context *fuzz_context(size_t size)
{
    libnc_context *context = NULL;
    fuzz_limit = FUZZ_BLOCK + FUZZ_FACTOR * size;
    fuzz_live = 0;
    if (libnc_context_create_with_allocator(&context, fuzz_allocate, fuzz_release, NULL))
        abort();
    return context;
}

static void fuzz_end(libnc_context *context)
{
    libnc_context_destroy(context);
    if (fuzz_live != 0) {
        fprintf(stderr, "%lld blocks are left\n", (long long)fuzz_live);
        abort();
    }
}

/* ---- arrays ---- */

/* The first rows twice, which must give the same; later ones in the other types. */
static void fuzz_rows(libnc_array *array, int64_t count)
{
    static double values[FUZZ_VALUES], again[FUZZ_VALUES];
    static int64_t whole[FUZZ_VALUES];
    const int64_t rows = libnc_array_rows(array), cols = libnc_array_cols(array);
    const size_t size = (size_t)(count * cols), half = (size_t)(count / 2 * cols);
    libnc_status first = libnc_array_read(array, 0, count, LIBNC_FLOAT64, values, size);
    libnc_status second = libnc_array_read(array, 0, count, LIBNC_FLOAT64, again, size);
    if (first != second || (first == LIBNC_OK && memcmp(values, again, size * sizeof *values) != 0))
        abort();
    (void)!libnc_array_read_integers(array, rows - count, count, LIBNC_ELEMENT_INT64, whole, size);
    (void)!libnc_array_read(array, count / 2, count / 2, LIBNC_FLOAT32, again, half);
    (void)!libnc_array_read_integers(array, 0, count / 2, LIBNC_ELEMENT_INT32, whole, half);
}

/* Rows of more values are not read. */
static int64_t fuzz_columns = FUZZ_VALUES;

static void fuzz_member(libnc_array *array)
{
    const int64_t rows = libnc_array_rows(array), cols = libnc_array_cols(array);
    if (libnc_array_element(array) == 0)
        (void)!libnc_array_set_element(array, LIBNC_ELEMENT_BFLOAT16);
    const void *view = libnc_array_view(array);
    if (view && libnc_array_element(array) == LIBNC_ELEMENT_UINT8) {
        volatile unsigned char last = ((const unsigned char *)view)[rows * cols - 1];
        (void)last;
    }
    if (cols > fuzz_columns)
        return;
    const int64_t most = cols > 0 ? FUZZ_VALUES / cols : FUZZ_VALUES;
    const int64_t count = rows < most ? rows : most;
    fuzz_rows(array, count);
}

static void fuzz_array(const unsigned char *data, size_t size)
{
    enum { MOST_MEMBERS = 8 };
    libnc_array *array = NULL;
    libnc_context *context = fuzz_context(size);
    if (nc__array_open_memory(&array, context, data, (int64_t)size, NULL) == LIBNC_OK) {
        const int64_t count = libnc_array_member_count(array);
        for (int64_t i = 0; i < count && i < MOST_MEMBERS; i++)
            if (libnc_array_select(array, libnc_array_member_name(array, i)) == LIBNC_OK)
                fuzz_member(array);
        libnc_array_destroy(array);
    }
    fuzz_end(context);
}

static unsigned char fuzz_bytes[FUZZ_MOST];

/* A copy that may be repaired; whether it should be follows from the bytes. */
static bool fuzz_copy(const unsigned char *data, size_t size)
{
    memcpy(fuzz_bytes, data, size);
    return size > 0 && data[size - 1] % 4 != 0;
}

static void fuzz_npy(const unsigned char *data, size_t size)
{
    if (size > FUZZ_MOST)
        return;
    if (fuzz_copy(data, size) && size >= 10) { /* magic, version, a length that the file has */
        memcpy(fuzz_bytes, "\x93NUMPY", 6);
        fuzz_bytes[6] = (unsigned char)(1 + fuzz_bytes[6] % 3);
        fuzz_bytes[7] = 0;
        if (fuzz_bytes[6] == 1 && (size_t)fuzz_bytes[8] + 256u * fuzz_bytes[9] > size)
            fuzz_bytes[9] = 0;
    }
    fuzz_array(fuzz_bytes, size);
}

/* The end record agrees with the place where it is. */
static void fuzz_repair_end(size_t size)
{
    for (size_t at = size - 22; at > 0; at--)
        if (memcmp(fuzz_bytes + at, "PK\5\6", 4) == 0) {
            const uint64_t directory = nc__little_endian(fuzz_bytes + at + 12, 4);
            nc__put_little_endian(fuzz_bytes + at + 20, size - 22 - at, 2);
            if (directory <= at)
                nc__put_little_endian(fuzz_bytes + at + 16, at - directory, 4);
            return;
        }
}

static void fuzz_npz(const unsigned char *data, size_t size)
{
    if (size > FUZZ_MOST)
        return;
    if (fuzz_copy(data, size) && size >= 22) {
        memcpy(fuzz_bytes, "PK\3\4", 4);
        fuzz_repair_end(size);
    }
    fuzz_array(fuzz_bytes, size);
}

static void fuzz_safetensors(const unsigned char *data, size_t size)
{
    if (size > FUZZ_MOST)
        return;
    if (fuzz_copy(data, size) && size >= 10) { /* a length that the file has */
        uint64_t length = nc__little_endian(fuzz_bytes, 8);
        if (length > size - 8)
            nc__put_little_endian(fuzz_bytes, length % (size - 7), 8);
        fuzz_bytes[8] = '{';
    }
    fuzz_array(fuzz_bytes, size);
}

static void fuzz_idx(const unsigned char *data, size_t size)
{
    if (size > FUZZ_MOST)
        return;
    if (fuzz_copy(data, size) && size >= 4 && (data[0] != 0x1f || data[1] != 0x8b))
        fuzz_bytes[0] = fuzz_bytes[1] = 0;
    fuzz_array(fuzz_bytes, size);
}

/* Records that begin with the bytes given and repeat them. Pixels may be anything and take longest:
 * one file in sixteen has them read. */
static void fuzz_cifar(const unsigned char *data, size_t size)
{
    if (size < 2)
        return;
    const size_t labels = 1 + data[0] % 2, records = data[1] % 4;
    size_t full = records * (3072 + labels) + (data[0] % 8 == 7);
    for (size_t at = 0, n; at < full; at += n) {
        n = full - at < size ? full - at : size;
        memcpy(fuzz_bytes + at, data, n);
    }
    for (size_t i = 0; i < records && data[0] % 16 < 12; i++)
        for (size_t j = 0; j < labels; j++)
            fuzz_bytes[i * (3072 + labels) + j] %= labels == 1 ? 10 : 20;
    fuzz_columns = data[1] / 4 % 16 == 0 ? FUZZ_VALUES : 1;
    fuzz_array(fuzz_bytes, full);
    fuzz_columns = FUZZ_VALUES;
}

/* ---- files of words ---- */

/* The checksum of n words (src/base/state_stream.c). */
static uint64_t fuzz_state_checksum(const unsigned char *bytes, size_t words)
{
    uint64_t state = UINT64_C(0x3c6ef372fe94f82b);
    for (size_t i = 0; i < words; i++) {
        state ^= nc__little_endian(bytes + 8 * i, 8) * UINT64_C(0x6a09e667f3bcc909);
        state = (state << 29 | state >> 35) * UINT64_C(0xbb67ae8584caa73b);
    }
    return state;
}

enum {
    STATE_HEADER = 13
}; /* words, the last of which is their checksum; the one before, the size */

static char fuzz_path[64];
static int fuzz_file = -1;

static void fuzz_remove_file(void)
{
    close(fuzz_file);
    unlink(fuzz_path);
    fuzz_file = -1;
}

static void fuzz_write_file(const unsigned char *data, size_t size)
{
    if (fuzz_file < 0) {
        strcpy(fuzz_path, access("/dev/shm", W_OK) == 0 ? "/dev/shm/libnc_fuzz_XXXXXX"
                                                        : "/tmp/libnc_fuzz_XXXXXX");
        fuzz_file = mkstemp(fuzz_path);
        if (fuzz_file < 0)
            abort();
        atexit(fuzz_remove_file);
    }
    if (ftruncate(fuzz_file, 0) != 0 || pwrite(fuzz_file, data, size, 0) != (ssize_t)size)
        abort();
}

static void fuzz_state(const unsigned char *data, size_t size)
{
    libnc_accumulator *accumulator = NULL;
    if (size > FUZZ_MOST)
        return;
    if (fuzz_copy(data, size) && size >= 8 * (STATE_HEADER + 1)) {
        if (data[size - 1] % 4 > 1)
            nc__put_little_endian(fuzz_bytes + 8 * (STATE_HEADER - 2), size, 8);
        size_t words = size / 8;
        nc__put_little_endian(fuzz_bytes + 8 * (STATE_HEADER - 1),
                              fuzz_state_checksum(fuzz_bytes, STATE_HEADER - 1), 8);
        nc__put_little_endian(fuzz_bytes + 8 * (words - 1),
                              fuzz_state_checksum(fuzz_bytes, words - 1), 8);
    }
    fuzz_write_file(fuzz_bytes, size);
    libnc_context *context = fuzz_context(size);
    if (libnc_accumulator_load(&accumulator, context, fuzz_path) == LIBNC_OK)
        libnc_accumulator_destroy(accumulator);
    fuzz_end(context);
}

/* ---- models and checkpoints ---- */

enum { MODEL_HEADER = 11, MODEL_SAMPLES = 6, FUZZ_KINDS = 3 };

static void fuzz_put_checksum(size_t word, size_t size)
{
    if (word < size / 8)
        nc__put_little_endian(fuzz_bytes + 8 * word, fuzz_state_checksum(fuzz_bytes, word), 8);
}

static uint64_t fuzz_word(size_t word, size_t size)
{
    return word < size / 8 ? nc__little_endian(fuzz_bytes + 8 * word, 8) % FUZZ_MOST : 0;
}

/* The words of the values that header and shapes tell of. */
static size_t fuzz_value_words(size_t size)
{
    const uint64_t K = fuzz_word(5, size), layers = fuzz_word(8, size), depth = fuzz_word(9, size);
    uint64_t inputs = fuzz_word(7, size), words = K * fuzz_word(10, size);
    words += fuzz_word(MODEL_SAMPLES, size) * fuzz_word(MODEL_HEADER + 1, size);
    for (uint64_t l = 0; l < layers; l++) {
        const uint64_t outputs = fuzz_word(MODEL_HEADER + 1 + depth + l, size);
        words += outputs * (inputs + 1);
        inputs = outputs;
    }
    for (uint64_t j = 0; j < depth; j++)
        words += fuzz_word(MODEL_HEADER + 1 + j, size) *
                 (j + 1 < depth ? fuzz_word(MODEL_HEADER + 2 + j, size) : K);
    return (size_t)words;
}

/* Size and checksums of header, shapes, settings and all. */
static void fuzz_repair_model(size_t size)
{
    const uint64_t free_classes = fuzz_word(MODEL_SAMPLES, size) ? fuzz_word(5, size) : 0;
    const size_t shapes = (size_t)(fuzz_word(9, size) + 2 * fuzz_word(8, size) + free_classes);
    size_t at = MODEL_HEADER + 1 + shapes;
    nc__put_little_endian(fuzz_bytes + 16, size, 8);
    fuzz_put_checksum(MODEL_HEADER, size);
    fuzz_put_checksum(at, size);
    at += 1 + fuzz_value_words(size);
    if (fuzz_word(3, size) == 2)
        fuzz_put_checksum(at + 2 + (size_t)fuzz_word(at + 1, size), size);
    fuzz_put_checksum(size / 8 - 1, size);
}

typedef struct fuzz_training {
    libnc_model *model;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
} fuzz_training;

/* Reduced momentum, minibatches of Adam in float32, or L-BFGS under energies: 4 samples of 2
 * classes. */
static void fuzz_begin_training(fuzz_training *t, libnc_context *c, int which)
{
    static const int32_t optimizers[] = {LIBNC_OPTIMIZER_MOMENTUM, LIBNC_OPTIMIZER_ADAM,
                                         LIBNC_OPTIMIZER_LBFGS};
    const int64_t counts[] = {4, 2}, width = 2;
    const double decay = 0.01;
    libnc_classes *classes = NULL;
    bool good = !libnc_classes_from_counts(&classes, c, counts, 2);
    good =
        good && !libnc_model_create_free(&t->model, c, which == 1 ? LIBNC_FLOAT32 : LIBNC_FLOAT64,
                                         classes, 1, &width, 1);
    good = good && !libnc_model_initialise(t->model, LIBNC_INITIALISE_GAUSSIAN, 0.5, 3);
    good = good && !libnc_loss_create(&t->loss, c, LIBNC_LOSS_MSE);
    good = good && !libnc_penalty_create(&t->penalty, t->model);
    good = good && (which == 2 ? !libnc_penalty_set_energies(t->penalty, 1, 1)
                               : !libnc_penalty_set_weight_decay(t->penalty, &decay, 1));
    good = good && !libnc_optimizer_create(&t->optimizer, c, optimizers[which]);
    good = good &&
           !libnc_trainer_create(&t->trainer, t->model, t->loss, t->penalty, t->optimizer, NULL);
    if (!good || libnc_options_set_int64(libnc_trainer_options(t->trainer),
                                         LIBNC_TRAINER_OPTION_BATCH_SIZE, which == 1 ? 4 : 0))
        abort();
    libnc_classes_destroy(classes);
}

static void fuzz_end_training(fuzz_training *t)
{
    libnc_trainer_destroy(t->trainer);
    libnc_optimizer_destroy(t->optimizer);
    libnc_penalty_destroy(t->penalty);
    libnc_loss_destroy(t->loss);
    libnc_model_destroy(t->model);
}

/* What is taken up goes on, or diverges. */
static libnc_status fuzz_load_training(libnc_context *context, int which)
{
    fuzz_training t = {0};
    fuzz_begin_training(&t, context, which);
    const libnc_status status = libnc_trainer_load(t.trainer, fuzz_path);
    if (status == LIBNC_OK)
        (void)!libnc_trainer_step(t.trainer, 2, NULL);
    fuzz_end_training(&t);
    return status;
}

static void fuzz_checkpoint(const unsigned char *data, size_t size)
{
    libnc_model *model = NULL;
    if (size > FUZZ_MOST)
        return;
    if (fuzz_copy(data, size) && size >= 8 * (MODEL_HEADER + 2))
        fuzz_repair_model(size);
    fuzz_write_file(fuzz_bytes, size);
    libnc_context *context = fuzz_context(size);
    if (libnc_model_load(&model, context, fuzz_path) == LIBNC_OK)
        libnc_model_destroy(model);
    for (int which = 0; which < FUZZ_KINDS; which++)
        (void)!fuzz_load_training(context, which);
    fuzz_end(context);
}

typedef struct fuzz_target {
    const char *name; /* and of its folder in tests/fuzz/corpus */
    void (*run)(const unsigned char *data, size_t size);
} fuzz_target;

static const fuzz_target fuzz_targets[] = {
    {"npy", fuzz_npy},
    {"npz", fuzz_npz},
    {"safetensors", fuzz_safetensors},
    {"idx", fuzz_idx},
    {"cifar", fuzz_cifar},
    {"state", fuzz_state},
    {"checkpoint", fuzz_checkpoint},
    {"calls", fuzz_calls}, /* has no files */
};

#ifdef GUARD_POISONS
/* Blocks stay poisoned after their release until so many megabytes wait; the default, 256, spends
 * most of the time on fresh pages. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=8:allocator_may_return_null=1";
}
#endif

enum { FUZZ_TARGETS = sizeof fuzz_targets / sizeof *fuzz_targets };

#endif
