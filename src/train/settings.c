/* SPDX-License-Identifier: MIT
 *
 * settings.c: the settings that a checkpoint records (libnc/trainer.h).
 *
 * All are numbers that a double holds exactly. What decides how many there are comes before those
 * that it decides, so that two lists differ first in a setting of the same name.
 */
#include "train/settings.h"

#include "data/dataset_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NODE_SETTINGS = 10 };

static const char *const scalar_words[] = {"float64", "float32"};
static const char *const loss_words[] = {"mse", "ce", "focal"};
static const char *const optimizer_words[] = {
    "gradient descent", "momentum", "nesterov", "adam", "adamw", "lbfgs"};

/* ---- collecting ---- */

static nc__setting *add(nc__settings *settings, const char *name, double value)
{
    nc__setting *setting = &settings->list[settings->count++];
    *setting = (nc__setting){.value = value, .code = LIBNC_ERROR_ARGUMENT};
    snprintf(setting->name, sizeof setting->name, "%s", name);
    return setting;
}

static void add_shape(nc__settings *settings, const char *name, int64_t value)
{
    add(settings, name, (double)value)->code = LIBNC_ERROR_DIMENSION;
}

/* One of words for values from 1 on. */
static void add_word(nc__settings *settings, const char *name, int32_t value,
                     const char *const *words, int32_t most)
{
    nc__setting *setting = add(settings, name, value);
    setting->words = words;
    setting->least = 1;
    setting->most = most;
}

/* "count of class 3" */
static nc__setting *add_item(nc__settings *settings, const char *name, int64_t item, double value)
{
    char text[NC__SETTING_NAME];
    snprintf(text, sizeof text, "%s %" PRId64, name, item);
    return add(settings, text, value);
}

static void add_option(nc__settings *settings, const libnc_options *options, int32_t i,
                       const char *owner)
{
    const nc__option_spec *spec = &options->specs[i];
    char name[NC__SETTING_NAME];
    snprintf(name, sizeof name, "%s of the %s", spec->name, owner);
    nc__setting *setting = add(settings, name, options->values[i]);
    setting->words = spec->choices;
    setting->least = spec->choices ? (int32_t)spec->minimum : 0;
    setting->most = spec->choices ? (int32_t)spec->maximum : 0;
}

static void add_options(nc__settings *settings, const libnc_options *options, const char *owner)
{
    for (int32_t i = 0; i < options->count; i++)
        add_option(settings, options, i, owner);
}

/* ---- the model and its data ---- */

/* "width of backbone node 3" */
static void add_node(nc__settings *settings, const libnc_network *network, int64_t i)
{
    const nc__node *node = &network->nodes[i];
    const struct {
        const char *name;
        int64_t value;
    } parts[NODE_SETTINGS] = {{"kind of backbone node", node->kind},
                              {"option of backbone node", node->option},
                              {"input of backbone node", node->from},
                              {"addend of backbone node", node->with},
                              {"channels of backbone node", node->shape.channels},
                              {"height of backbone node", node->shape.height},
                              {"width of backbone node", node->shape.width},
                              {"size of backbone node", node->size},
                              {"stride of backbone node", node->stride},
                              {"padding of backbone node", node->padding}};
    for (int p = 0; p < NODE_SETTINGS; p++)
        add_item(settings, parts[p].name, i, (double)parts[p].value)->code = LIBNC_ERROR_DIMENSION;
}

static void add_model(nc__settings *settings, const libnc_model *model)
{
    add_word(settings, "scalar", model->scalar, scalar_words, LIBNC_FLOAT32);
    add_shape(settings, "depth", model->depth);
    add_shape(settings, "classes", model->classes);
    add_shape(settings, "samples of free features", model->samples);
    add_shape(settings, "inputs", model->inputs);
    add_shape(settings, "nodes of the backbone", model->network ? model->network->count : 0);
    add_shape(settings, "bias", model->bias);
    for (int32_t j = 0; j < model->depth; j++)
        add_item(settings, "width of head layer", j + 1, (double)model->widths[j])->code =
            LIBNC_ERROR_DIMENSION;
    for (int64_t i = 0; model->network && i < model->network->count; i++)
        add_node(settings, model->network, i);
}

static void add_counts(nc__settings *settings, const libnc_trainer *trainer)
{
    for (int64_t k = 0; k < trainer->model->classes && !trainer->dataset; k++)
        add_item(settings, "count of class", k, (double)trainer->counts[k])->code =
            LIBNC_ERROR_DIMENSION;
}

static uint64_t take_row(uint64_t checksum, const nc__tensor *inputs, int64_t row, int32_t label)
{
    enum { BLOCK = 256 };
    double values[BLOCK];
    const nc__tensor whole = nc__tensor_rows(inputs, row, 1);
    for (int64_t j = 0; j < inputs->cols; j += BLOCK) {
        const int64_t count = inputs->cols - j < BLOCK ? inputs->cols - j : BLOCK;
        const nc__tensor part = nc__tensor_cols(&whole, j, count);
        nc__to_double(&part, values);
        for (int64_t i = 0; i < count; i++) {
            uint64_t word;
            memcpy(&word, &values[i], sizeof word);
            checksum = nc__checksum_add(checksum, word);
        }
    }
    return nc__checksum_add(checksum, (uint64_t)label);
}

/* 53 bits of the checksum of inputs and labels. A dataset does not change. */
static double fingerprint_of(libnc_trainer *trainer)
{
    const nc__tensor inputs = nc__tensor_inputs(trainer->dataset);
    uint64_t checksum = NC__CHECKSUM_START;
    for (int64_t i = 0; i < inputs.rows && !trainer->has_fingerprint; i++)
        checksum = take_row(checksum, &inputs, i, trainer->dataset->labels[i]);
    if (!trainer->has_fingerprint)
        trainer->fingerprint = (double)(checksum >> 11);
    trainer->has_fingerprint = true;
    return trainer->fingerprint;
}

static void add_dataset(nc__settings *settings, libnc_trainer *trainer)
{
    const libnc_dataset *dataset = trainer->dataset;
    if (!dataset)
        return;
    add_shape(settings, "samples of the dataset", dataset->count);
    add_word(settings, "scalar of the dataset", dataset->scalar, scalar_words, LIBNC_FLOAT32);
    add(settings, "fingerprint of the dataset", fingerprint_of(trainer));
}

/* ---- what is minimised, and how ---- */

static void add_loss(nc__settings *settings, const libnc_loss *loss)
{
    add_word(settings, "loss", loss->kind, loss_words, LIBNC_LOSS_FOCAL);
    add_options(settings, &loss->options, "loss");
    add(settings, "number of class weights", loss->weights ? (double)loss->class_count : 0);
    for (int64_t k = 0; k < loss->class_count && loss->weights; k++)
        add_item(settings, "weight of class", k, loss->weights[k]);
}

static void add_penalty(nc__settings *settings, const libnc_penalty *penalty)
{
    char name[NC__SETTING_NAME];
    add(settings, "classifier_energy", penalty->classifier_energy);
    add(settings, "feature_energy", penalty->feature_energy);
    add(settings, "feature decay", penalty->feature_decay);
    for (int32_t i = 0; i < penalty->count; i++) {
        snprintf(name, sizeof name, "decay of %s", penalty->names[i]);
        add(settings, name, penalty->decay[i]);
    }
}

/* Those of its options that decide the steps; the others say when a run ends. */
static void add_trainer(nc__settings *settings, const libnc_trainer *trainer)
{
    for (int32_t i = 0; i < trainer->options.count; i++)
        if (trainer->options.specs[i].key <= LIBNC_TRAINER_OPTION_REDUCTION ||
            trainer->options.specs[i].key >= LIBNC_TRAINER_OPTION_REPEAT_DECAY)
            add_option(settings, &trainer->options, i, "trainer");
    add(settings, "number of repeats", trainer->repeats ? (double)trainer->model->classes : 0);
    for (int64_t k = 0; k < trainer->model->classes && trainer->repeats; k++)
        add_item(settings, "repeats of class", k, (double)trainer->repeats[k]);
}

static int64_t capacity_of(const libnc_trainer *trainer)
{
    enum { SINGLE = 20, OPTIONS = 3 * NC__MAX_OPTIONS };
    const int64_t nodes = trainer->model->network ? trainer->model->network->count : 0;
    const libnc_model *model = trainer->model;
    return SINGLE + OPTIONS + model->depth + NODE_SETTINGS * nodes + model->parameter_count +
           2 * model->classes + trainer->loss->class_count;
}

libnc_status nc__settings_create(nc__settings *settings, libnc_trainer *trainer)
{
    *settings = (nc__settings){.context = trainer->context, .capacity = capacity_of(trainer)};
    settings->list =
        nc__alloc(trainer->context, (size_t)settings->capacity, sizeof *settings->list);
    if (!settings->list)
        return LIBNC_ERROR_MEMORY;
    add_model(settings, trainer->model);
    add_counts(settings, trainer);
    add_dataset(settings, trainer);
    add_loss(settings, trainer->loss);
    add_penalty(settings, trainer->penalty);
    add_word(settings, "optimizer", trainer->optimizer->kind, optimizer_words,
             LIBNC_OPTIMIZER_LBFGS);
    add_options(settings, &trainer->optimizer->options, "optimizer");
    add_trainer(settings, trainer);
    assert(settings->count <= settings->capacity);
    return LIBNC_OK;
}

void nc__settings_clear(nc__settings *settings)
{
    if (settings->context)
        nc__free(settings->context, settings->list);
    *settings = (nc__settings){0};
}

/* ---- in a file ---- */

static void print_value(const nc__setting *setting, double value, int digits, char *text,
                        size_t size)
{
    if (setting->words && value >= setting->least && value <= setting->most)
        snprintf(text, size, "%s", setting->words[(int32_t)value - setting->least]);
    else
        snprintf(text, size, "%.*g", digits, value);
}

static libnc_status differ(const nc__state_stream *s, const nc__setting *own, double saved)
{
    char has[48], had[48];
    for (int digits = 6; digits <= 17; digits += 11) {
        print_value(own, saved, digits, had, sizeof had);
        print_value(own, own->value, digits, has, sizeof has);
        if (strcmp(had, has) != 0)
            break;
    }
    return nc__fail(s->context, own->code,
                    "path = \"%s\": was saved with %s = %s: must be %s, as in this trainer",
                    s->path, own->name, had, has);
}

static libnc_status compare(const nc__state_stream *s, const nc__settings *settings,
                            const double *saved, int64_t count)
{
    for (int64_t i = 0; i < count && i < settings->count; i++)
        if (saved[i] != settings->list[i].value)
            return differ(s, &settings->list[i], saved[i]);
    return count == settings->count
               ? LIBNC_OK
               : nc__state_fail(s, s->offset, "as many settings as this trainer has");
}

libnc_status nc__settings_pass(nc__state_stream *s, const nc__settings *settings)
{
    int64_t count = settings->count;
    const int64_t most = s->is_reading ? nc__state_words_left(s) : count;
    libnc_status status =
        nc__state_wholes(s, &count, 1, 0, most, "no more settings than the file has words");
    if (status != LIBNC_OK)
        return status;
    double *values = nc__alloc(s->context, (size_t)count, sizeof *values);
    if (!values)
        return LIBNC_ERROR_MEMORY;
    for (int64_t i = 0; i < count && !s->is_reading; i++)
        values[i] = settings->list[i].value;
    status = nc__state_numbers(s, values, count, -INFINITY, INFINITY, "a finite setting");
    if (status == LIBNC_OK)
        status = nc__state_transfer_checksum(s);
    if (status == LIBNC_OK && s->is_reading)
        status = compare(s, settings, values, count);
    nc__free(s->context, values);
    return status;
}
