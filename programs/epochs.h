/* SPDX-License-Identifier: MIT
 *
 * epochs.h: files that a training run leaves in a folder, epoch by epoch.
 *
 * A name with one '*' is a pattern: the last number of what '*' stands for is the epoch, and the
 * other names of that epoch have the same text there. A name without one is a file of all epochs.
 * After FILE.npz or FILE.safetensors may come :MEMBER.
 */
#ifndef PROGRAMS_EPOCHS_H
#define PROGRAMS_EPOCHS_H

#include "program.h"

typedef struct epoch {
    int64_t number;
    char *text;          /* what '*' stands for */
    int64_t size, moved; /* of the file: bytes, and seconds when it last changed */
} epoch;

typedef struct epoch_list {
    epoch *items; /* ascending, each number once */
    int64_t count;
} epoch_list;

/* The epochs for which the folder has a file of this pattern. */
epoch_list epochs_find(const program *self, const char *folder, const char *pattern);

void epochs_free(epoch_list *list);

/* The name of an epoch's file, with the folder before it unless it is absolute; allocated. */
char *epoch_name(const program *self, const char *folder, const char *pattern, const epoch *e);

#endif
