/* SPDX-License-Identifier: MIT
 *
 * checkpoint.c: trainings written to and read from files (libnc/trainer.h; doc/formats.md, "Models
 * and checkpoints").
 *
 * Behind the model come the settings that the trainer must have, and the state. When reading, all
 * of it goes into a fresh plan beside the old one, and the values into a model of their own; they
 * take the place of the old ones when the last checksum is found right.
 */
#include "base/byte_order.h"
#include "linalg/tensor_state.h"
#include "model/model_file.h"
#include "train/plan.h"
#include "train/settings.h"
#include "train/steps.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct checkpoint {
    libnc_trainer *trainer;
    nc__settings settings;
    libnc_model *model; /* that was read */
} checkpoint;

/* ---- the parts of a state ---- */

static libnc_status pass_whole(nc__state_stream *s, int64_t *value, int64_t most, const char *what)
{
    return nc__state_wholes(s, value, 1, 0, most, what);
}

static libnc_status pass_seconds(nc__state_stream *s, double *seconds)
{
    return nc__state_numbers(s, seconds, 1, 0, DBL_MAX, "seconds >= 0");
}

/* Steps, and the place in the epoch; its order follows from them. */
static libnc_status pass_progress(nc__state_stream *s, libnc_trainer *trainer)
{
    nc__plan *plan = &trainer->plan;
    int64_t seed = (int64_t)plan->seed, epoch = (int64_t)plan->epoch, ordered = plan->ordered;
    libnc_status status =
        pass_whole(s, &trainer->iterations, NC__LARGEST_EXACT, "up to 2^53 steps");
    if (status == LIBNC_OK)
        status = pass_seconds(s, &trainer->seconds);
    if (status == LIBNC_OK)
        status = pass_whole(s, &ordered, plan->order != NULL, "an order where there are batches");
    if (status == LIBNC_OK)
        status = pass_whole(s, &seed, NC__LARGEST_EXACT, "a seed up to 2^53");
    if (status == LIBNC_OK)
        status = pass_whole(s, &epoch, NC__LARGEST_EXACT, "up to 2^53 epochs");
    if (status == LIBNC_OK)
        status = pass_whole(s, &plan->position, NC__LARGEST_EXACT, "up to 2^53 entries");
    plan->seed = (uint64_t)seed;
    plan->epoch = (uint64_t)epoch;
    plan->ordered = ordered == 1;
    return status;
}

static libnc_status pass_run(nc__state_stream *s, nc__run *run)
{
    int64_t open = run->is_open, reason = run->reason;
    libnc_status status = pass_whole(s, &open, 1, "whether a run is open");
    if (status == LIBNC_OK)
        status = pass_whole(s, &run->done, NC__LARGEST_EXACT, "up to 2^53 steps of a run");
    if (status == LIBNC_OK)
        status = pass_seconds(s, &run->start);
    if (status == LIBNC_OK)
        status = pass_whole(s, &reason, LIBNC_STOP_PRECISION, "a reason to stop from 0 to 6");
    run->is_open = open == 1;
    run->reason = (int32_t)reason;
    return status;
}

static libnc_status pass_reduction(nc__state_stream *s, nc__plan *plan)
{
    if (!plan->reduced.data)
        return LIBNC_OK;
    const libnc_status status = nc__reduction_pass(s, &plan->reduction);
    return status == LIBNC_OK ? nc__tensor_pass(s, &plan->reduced) : status;
}

static libnc_status pass_moments(nc__state_stream *s, const libnc_trainer *trainer)
{
    const nc__moments *moments = &trainer->moments;
    libnc_status status = LIBNC_OK;
    for (int32_t i = 0; i < trainer->model->parameter_count && status == LIBNC_OK; i++) {
        if (moments->m[i].data)
            status = nc__tensor_pass(s, &moments->m[i]);
        if (status == LIBNC_OK && moments->v[i].data)
            status = nc__tensor_pass(s, &moments->v[i]);
    }
    return status;
}

static libnc_status make_history(libnc_trainer *trainer, int64_t rows)
{
    trainer->history =
        nc__alloc(trainer->context, (size_t)rows, NC__HISTORY_COLUMNS * sizeof *trainer->history);
    trainer->history_rows = trainer->history_capacity = rows;
    return trainer->history ? LIBNC_OK : LIBNC_ERROR_MEMORY;
}

static libnc_status pass_history(nc__state_stream *s, libnc_trainer *trainer)
{
    int64_t rows = trainer->history_rows;
    const int64_t most = s->is_reading ? nc__state_words_left(s) / NC__HISTORY_COLUMNS : rows;
    libnc_status status = pass_whole(s, &rows, most, "no more history than the file has words");
    if (status == LIBNC_OK && s->is_reading && rows > 0)
        status = make_history(trainer, rows);
    if (status != LIBNC_OK)
        return status;
    return nc__state_numbers(s, trainer->history, rows * NC__HISTORY_COLUMNS, -DBL_MAX, DBL_MAX,
                             "a finite history");
}

/* Eight bytes to a word, the last filled up with zeros. */
static libnc_status pass_bytes(nc__state_stream *s, unsigned char *bytes, size_t size)
{
    libnc_status status = LIBNC_OK;
    for (size_t at = 0; at < size && status == LIBNC_OK; at += NC__WORD) {
        const size_t count = size - at < NC__WORD ? size - at : NC__WORD;
        uint64_t word = nc__little_endian(bytes + at, count);
        status = nc__state_transfer(s, &word);
        if (status == LIBNC_OK && s->is_reading)
            nc__put_little_endian(bytes + at, word, count);
    }
    return status;
}

static libnc_status pass_attachment(nc__state_stream *s, libnc_trainer *trainer)
{
    int64_t size = (int64_t)trainer->attachment_size;
    const int64_t most = s->is_reading ? nc__state_words_left(s) * NC__WORD : size;
    libnc_status status = pass_whole(s, &size, most, "no more bytes than the file has");
    if (status == LIBNC_OK && s->is_reading && size > 0) {
        trainer->attachment = nc__alloc(trainer->context, (size_t)size, 1);
        status = trainer->attachment ? LIBNC_OK : LIBNC_ERROR_MEMORY;
        trainer->attachment_size = (size_t)size;
    }
    return status == LIBNC_OK ? pass_bytes(s, trainer->attachment, (size_t)size) : status;
}

static libnc_status pass_state(nc__state_stream *s, libnc_trainer *trainer)
{
    libnc_status status = pass_progress(s, trainer);
    if (status == LIBNC_OK)
        status = pass_run(s, &trainer->run);
    if (status == LIBNC_OK)
        status = pass_reduction(s, &trainer->plan);
    if (status == LIBNC_OK)
        status = pass_moments(s, trainer);
    if (status == LIBNC_OK)
        status = nc__energies_pass(s, &trainer->plan.energies);
    if (status == LIBNC_OK && trainer->plan.lbfgs)
        status = nc__lbfgs_pass(s, trainer->plan.lbfgs);
    if (status == LIBNC_OK)
        status = pass_history(s, trainer);
    if (status == LIBNC_OK)
        status = pass_attachment(s, trainer);
    return status;
}

/* ---- writing ---- */

static libnc_status write_checkpoint(nc__state_stream *s, void *user)
{
    const checkpoint *c = user;
    int64_t extra = c->trainer->plan.reduction.extra;
    libnc_status status = nc__model_write(s, c->trainer->model, NC__CONTENT_CHECKPOINT);
    if (status == LIBNC_OK)
        status = pass_whole(s, &extra, INT64_MAX, "");
    if (status == LIBNC_OK)
        status = nc__settings_pass(s, &c->settings);
    if (status == LIBNC_OK)
        status = pass_state(s, c->trainer);
    return status == LIBNC_OK ? nc__state_transfer_checksum(s) : status;
}

static libnc_status check_path(const libnc_trainer *trainer, const char *path)
{
    return path ? LIBNC_OK
                : nc__fail(trainer->context, LIBNC_ERROR_ARGUMENT, "path = NULL: must be given");
}

libnc_status libnc_trainer_save(libnc_trainer *trainer, const char *path)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    checkpoint c = {.trainer = trainer};
    libnc_status status = check_path(trainer, path);
    if (status == LIBNC_OK)
        status = nc__trainer_plan(trainer, false);
    if (status != LIBNC_OK)
        return status;
    nc__trainer_refresh(trainer);
    nc__trainer_sync(trainer);
    status = nc__settings_create(&c.settings, trainer);
    if (status == LIBNC_OK)
        status = nc__state_write(trainer->context, path, "trainer: training diverged",
                                 write_checkpoint, &c);
    nc__settings_clear(&c.settings);
    return status;
}

/* ---- reading ---- */

/* The settings say it already; here stands what memory relies on. */
static libnc_status check_model(const nc__state_stream *s, const libnc_model *read,
                                const libnc_model *own)
{
    bool fits = read->parameter_count == own->parameter_count &&
                read->state_count == own->state_count && read->scalar == own->scalar;
    for (int32_t i = 0; fits && i < own->parameter_count + own->state_count; i++)
        fits = read->parameters[i].value.rows == own->parameters[i].value.rows &&
               read->parameters[i].value.cols == own->parameters[i].value.cols;
    return fits ? LIBNC_OK : nc__state_fail(s, s->offset, "the model that its settings tell of");
}

static libnc_status read_settings(nc__state_stream *s, checkpoint *c)
{
    int64_t extra = 0;
    libnc_status status = pass_whole(s, &extra, INT64_MAX, "columns of a reduction");
    if (status == LIBNC_OK)
        status = nc__settings_pass(s, &c->settings);
    if (status == LIBNC_OK)
        status = check_model(s, c->model, c->trainer->model);
    if (status == LIBNC_OK && !nc__trainer_can_reduce(c->trainer, extra))
        status = nc__state_fail(s, s->offset, "a reduction that its settings allow");
    return status == LIBNC_OK ? nc__trainer_plan_blank(c->trainer, extra) : status;
}

static libnc_status read_checkpoint(nc__state_stream *s, void *user)
{
    checkpoint *c = user;
    libnc_status status = nc__model_read(s, &c->model, NC__CONTENT_CHECKPOINT);
    if (status == LIBNC_OK)
        status = read_settings(s, c);
    if (status == LIBNC_OK)
        status = pass_state(s, c->trainer);
    if (status == LIBNC_OK && nc__state_words_left(s) != 1)
        status = nc__state_fail(s, s->offset, "the last word");
    return status == LIBNC_OK ? nc__state_transfer_checksum(s) : status;
}

/* What a checkpoint replaces. */
static void clear_state(libnc_trainer *trainer)
{
    trainer->plan = (nc__plan){0};
    trainer->moments = (nc__moments){0};
    trainer->history = NULL;
    trainer->history_rows = trainer->history_capacity = 0;
    trainer->attachment = NULL;
    trainer->attachment_size = 0;
}

/* The features of a state that is given up are not wanted. */
static void free_state(libnc_trainer *trainer)
{
    trainer->plan.stale = false;
    nc__trainer_drop_plan(trainer);
    nc__free(trainer->context, trainer->history);
    nc__free(trainer->context, trainer->attachment);
}

static void take_values(libnc_trainer *trainer, const libnc_model *read)
{
    for (int32_t i = 0; i < read->parameter_count + read->state_count; i++)
        nc__copy(&read->parameters[i].value, &trainer->model->parameters[i].value);
    if (trainer->plan.ordered)
        nc__trainer_order_epoch(trainer);
}

/* The old state stands aside until the new one is whole. Parts of a plan point to each other in the
 * trainer, so both are made there. */
static libnc_status load(checkpoint *c, const char *path)
{
    libnc_trainer *trainer = c->trainer, old = *trainer;
    clear_state(trainer);
    libnc_status status = nc__state_read(trainer->context, path, read_checkpoint, c);
    if (status == LIBNC_OK) {
        take_values(trainer, c->model);
        free_state(&old);
    } else {
        free_state(trainer);
        *trainer = old;
    }
    libnc_model_destroy(c->model);
    return status;
}

libnc_status libnc_trainer_load(libnc_trainer *trainer, const char *path)
{
    if (!trainer)
        return LIBNC_ERROR_ARGUMENT;
    checkpoint c = {.trainer = trainer};
    libnc_status status = check_path(trainer, path);
    if (status != LIBNC_OK)
        return status;
    if (trainer->running)
        return nc__fail(trainer->context, LIBNC_ERROR_STATE,
                        "an observer must not load into its own trainer");
    status = nc__settings_create(&c.settings, trainer);
    if (status == LIBNC_OK)
        status = load(&c, path);
    nc__settings_clear(&c.settings);
    return status;
}
