/* SPDX-License-Identifier: MIT
 *
 * checkpoint_fixture.h: small trainings of every kind, and files in a folder that must be empty at
 * the end.
 */
#ifndef CHECKPOINT_FIXTURE_H
#define CHECKPOINT_FIXTURE_H

#include "support/backbones.h"
#include "support/training_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- files ---- */

static char folder[40];
static char path[64], other_path[64];

static inline void setup_folder_in(const char *base)
{
    setup();
    snprintf(folder, sizeof folder, "%s/libnc_models_XXXXXX", base);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/one.ncm", folder);
    snprintf(other_path, sizeof other_path, "%s/other.ncm", folder);
}

static inline void setup_disk(void)
{
    setup_folder_in("/tmp");
}

/* In memory, where it can be: thousands of files are written. */
static inline void setup_folder(void)
{
    setup_folder_in(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static inline void teardown_folder(void)
{
    unlink(path);
    unlink(other_path);
    ck_assert_msg(rmdir(folder) == 0, "something is left in %s", folder);
    teardown();
}

typedef struct content {
    unsigned char bytes[32768];
    size_t size;
} content;

static inline content read_file(const char *name)
{
    content c = {.size = 0};
    FILE *file = fopen(name, "rb");
    ck_assert_ptr_nonnull(file);
    c.size = fread(c.bytes, 1, sizeof c.bytes, file);
    ck_assert_uint_lt(c.size, sizeof c.bytes);
    fclose(file);
    return c;
}

static inline void write_file(const char *name, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline bool is_same_content(const content *a, const content *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static inline uint64_t word_at(const content *c, size_t index)
{
    uint64_t word = 0;
    for (size_t b = 8; b-- > 0;)
        word = word << 8 | c->bytes[8 * index + b];
    return word;
}

static inline void put_word(content *c, size_t index, uint64_t word)
{
    for (size_t b = 0; b < 8; b++)
        c->bytes[8 * index + b] = (unsigned char)(word >> 8 * b);
}

/* The checksum as doc/formats.md gives it, of the words before one. */
static inline void put_checksum(content *c, size_t index)
{
    uint64_t state = UINT64_C(0x3c6ef372fe94f82b);
    for (size_t i = 0; i < index; i++) {
        state ^= word_at(c, i) * UINT64_C(0x6a09e667f3bcc909);
        state = (state << 29 | state >> 35) * UINT64_C(0xbb67ae8584caa73b);
    }
    put_word(c, index, state);
}

/* ---- trainings ---- */

enum { K = 3, D = 4, DEPTH = 2, INPUTS = 5 };

static const int64_t counts[K] = {6, 4, 7};

typedef struct kind {
    int32_t optimizer, schedule, scalar;
    bool batches, reduces;
    bool backbone, network, energies, repeats, weights; /* else free, decays, once, all the same */
    int32_t loss;                                       /* 0: MSE */
    bool augments;
} kind;

/* A convolution with batch norm, pooling, and an affine layer without a name. */
static inline libnc_model *network_of(const kind *k, const int64_t *widths)
{
    libnc_network *network;
    libnc_model *model;
    must(libnc_network_create(&network, context, 1, 1, INPUTS));
    must(libnc_network_convolution(network, 3, 3, 1, 1, 0));
    must(libnc_network_name(network, "conv1"));
    must(libnc_network_normalisation(network));
    must(libnc_network_name(network, "bn1"));
    must(libnc_network_activation(network, LIBNC_ACTIVATION_RELU));
    must(libnc_network_convolution(network, 3, 3, 1, 1, 0));
    must(libnc_network_add(network, 3));
    must(libnc_network_pooling(network, LIBNC_POOLING_MEAN, 0, 0, 0));
    must(libnc_network_affine(network, D));
    must(libnc_model_create_network(&model, network, k->scalar, K, DEPTH, widths, 1));
    libnc_network_destroy(network);
    return model;
}

static inline libnc_model *model_of(const kind *k)
{
    const int64_t widths[DEPTH] = {D, D + 1}, outputs[] = {6, D};
    const int32_t activations[] = {LIBNC_ACTIVATION_RELU, LIBNC_ACTIVATION_IDENTITY};
    if (k->network)
        return network_of(k, widths);
    if (!k->backbone)
        return free_model(k->scalar, counts, K, k->energies ? 1 : DEPTH, widths, 1);
    return model_on(backbone_of(INPUTS, 2, outputs, activations), k->scalar, K, DEPTH, widths, 1);
}

static inline void set_optimizer(run *r, const kind *k)
{
    const bool adam = k->optimizer == LIBNC_OPTIMIZER_ADAM || k->optimizer == LIBNC_OPTIMIZER_ADAMW;
    libnc_options *options = libnc_optimizer_options(r->optimizer);
    set_rate(r, adam ? 0.02 : 0.1);
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, k->schedule));
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_PERIOD, 7));
    must(libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_FACTOR, 0.5));
    must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_HISTORY, 3));
}

/* From a start of its own. */
static inline run begin(const kind *k, uint64_t start)
{
    const int64_t repeats[K] = {1, 3, 2};
    const double weights[K] = {1, 0.5, 2};
    libnc_model *model = model_of(k);
    const bool has_data = k->backbone || k->network;
    libnc_dataset *data = has_data ? random_dataset(k->scalar, 17, INPUTS, K, 5) : NULL;
    if (k->augments)
        must(libnc_dataset_set_shape(data, 1, 1, INPUTS));
    randomise(model, 0.5, start);
    run r = make_run(model, k->loss ? k->loss : LIBNC_LOSS_MSE, k->optimizer, data);
    set_optimizer(&r, k);
    if (k->energies)
        must(libnc_penalty_set_energies(r.penalty, 0.8, 1.5));
    else
        set_decays(&r, 1e-2);
    if (k->repeats)
        must(libnc_trainer_set_repeats(r.trainer, repeats, K));
    if (k->weights)
        must(libnc_loss_set_class_weights(r.loss, weights, K));
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, k->batches ? 4 : 0);
    set_integer(&r, LIBNC_TRAINER_OPTION_SEED, 21);
    set_integer(&r, LIBNC_TRAINER_OPTION_FLIP, k->augments);
    set_integer(&r, LIBNC_TRAINER_OPTION_REDUCTION, k->reduces);
    set_integer(&r, LIBNC_TRAINER_OPTION_CHECK_EVERY, 3);
    set_integer(&r, LIBNC_TRAINER_OPTION_OBSERVE_EVERY, 1);
    return r;
}

#endif
