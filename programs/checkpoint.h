/* SPDX-License-Identifier: MIT
 *
 * checkpoint.h: training runs that can be interrupted and gone on with, and models that are saved.
 *
 * Where a checkpoint is wanted, the first is written before the first step, so that a file that
 * cannot be written is known by then, later ones when so many seconds have passed, and the last
 * when the run ends or is interrupted.
 */
#ifndef PROGRAMS_CHECKPOINT_H
#define PROGRAMS_CHECKPOINT_H

#include "options.h"

enum { KEY_CHECKPOINT = 500, KEY_EVERY, KEY_RESUME, KEY_SAVE_MODEL };

/* clang-format off */
#define CHECKPOINT_OPTIONS                                                                        \
    {KEY_CHECKPOINT, "checkpoint", "FILE", "keep the state of the training in FILE"},             \
    {KEY_EVERY, "every", "s", "seconds between checkpoints, 0: after each step (60)"},            \
    {KEY_RESUME, "resume", NULL, "go on from FILE; start if there is none"},                      \
    {KEY_SAVE_MODEL, "save-model", "FILE", "write the weights, as .safetensors or .npz"}
/* clang-format on */

typedef struct checkpoints {
    const char *path; /* NULL: none */
    const char *model;
    double every; /* seconds; negative: not given */
    double saved; /* when the last was written */
    bool resume;
} checkpoints;

/* Handles an option of checkpoints; false if it is none. */
bool checkpoint_option(const program *self, const option_spec *option, checkpoints *keep);

/* What can be said only when all options are known. */
void checkpoint_check(const program *self, checkpoints *keep);

/* Whether there is one to go on from. */
bool checkpoint_exists(const checkpoints *keep);

/* Whether it is time for the next one. */
bool checkpoint_is_due(const checkpoints *keep);

/* With so many numbers of the program's own. */
void checkpoint_save(const program *self, checkpoints *keep, libnc_trainer *trainer,
                     const double *numbers, size_t count);

/* Into a trainer with the settings of the command line; the program's own numbers, at most `most`.
 * Returns how many there are. */
size_t checkpoint_load(const program *self, const checkpoints *keep, libnc_trainer *trainer,
                       double *numbers, size_t most);

/* --save-model */
void checkpoint_save_model(const program *self, const checkpoints *keep, libnc_model *model);

#endif
