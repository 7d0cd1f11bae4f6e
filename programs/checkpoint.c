/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include <errno.h>
#include <math.h> /* INFINITY: a macro */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

#define DEFAULT_EVERY 60.0

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), last = strlen(end);
    return length > last && strcmp(text + length - last, end) == 0;
}

static const char *model_path(const program *self)
{
    if (!ends_with(optarg, ".safetensors") && !ends_with(optarg, ".npz"))
        stop(self, EXIT_USAGE, "--save-model = \"%s\": must end in .safetensors or .npz", optarg);
    return optarg;
}

bool checkpoint_option(const program *self, const option_spec *option, checkpoints *keep)
{
    switch (option->key) {
    case KEY_CHECKPOINT: keep->path = optarg; return true;
    case KEY_EVERY: keep->every = option_number(self, option, 0, true, 1e9); return true;
    case KEY_RESUME: keep->resume = true; return true;
    case KEY_SAVE_MODEL: keep->model = model_path(self); return true;
    default: return false;
    }
}

/* A model whose folder is not there would be lost after all its training. */
static void check_folder(const program *self, const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash != NULL ? (size_t)(slash - path) + 1 : 1;
    char *folder = allocate(self, length + 1, 1);
    memcpy(folder, slash != NULL ? path : ".", length);
    if (access(path, F_OK) != 0 && access(folder, W_OK | X_OK) != 0)
        stop(self, EXIT_FAILURE, "--save-model = \"%s\": its folder cannot be written: %s", path,
             strerror(errno));
    free(folder);
}

void checkpoint_check(const program *self, checkpoints *keep)
{
    if (keep->path == NULL && (keep->resume || keep->every >= 0))
        stop(self, EXIT_USAGE, "--%s: must come with --checkpoint",
             keep->resume ? "resume" : "every");
    if (keep->model != NULL)
        check_folder(self, keep->model);
    if (keep->every < 0)
        keep->every = DEFAULT_EVERY;
    keep->saved = -INFINITY;
}

bool checkpoint_exists(const checkpoints *keep)
{
    return access(keep->path, F_OK) == 0;
}

bool checkpoint_is_due(const checkpoints *keep)
{
    return keep->path != NULL && clock_seconds() - keep->saved >= keep->every;
}

void checkpoint_save(const program *self, checkpoints *keep, libnc_trainer *trainer,
                     const double *numbers, size_t count)
{
    require(self, libnc_trainer_set_attachment(trainer, numbers, count * sizeof *numbers));
    require(self, libnc_trainer_save(trainer, keep->path));
    keep->saved = clock_seconds();
}

size_t checkpoint_load(const program *self, const checkpoints *keep, libnc_trainer *trainer,
                       double *numbers, size_t most)
{
    require(self, libnc_trainer_load(trainer, keep->path));
    const size_t size = libnc_trainer_attachment_size(trainer);
    if (size % sizeof *numbers != 0 || size > most * sizeof *numbers)
        stop(self, EXIT_FAILURE, "--checkpoint = \"%s\": is of another program", keep->path);
    require(self, libnc_trainer_attachment(trainer, numbers, size));
    return size / sizeof *numbers;
}

void checkpoint_save_model(const program *self, const checkpoints *keep, libnc_model *model)
{
    if (keep->model != NULL)
        require(self, libnc_model_export(model, keep->model,
                                         ends_with(keep->model, ".npz") ? LIBNC_ARRAY_NPZ
                                                                        : LIBNC_ARRAY_SAFETENSORS));
}
