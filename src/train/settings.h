/* SPDX-License-Identifier: MIT
 *
 * settings.h: what the steps of a training follow from besides its state, as a list of numbers with
 * names.
 */
#ifndef NC__SETTINGS_H
#define NC__SETTINGS_H

#include "base/state_stream.h"
#include "train/trainer_internal.h"

enum { NC__SETTING_NAME = 56 };

typedef struct nc__setting {
    char name[NC__SETTING_NAME];
    double value;
    const char *const
        *words; /* for values from `least` to `most`; NULL where numbers are printed */
    int32_t least, most;
    libnc_status code; /* of an error about it */
} nc__setting;

typedef struct nc__settings {
    libnc_context *context;
    nc__setting *list;
    int64_t count, capacity;
} nc__settings;

/* Those of a trainer now. A failure leaves nothing to be cleared. */
libnc_status nc__settings_create(nc__settings *settings, libnc_trainer *trainer);
void nc__settings_clear(nc__settings *settings);

/* Writes them, or compares them with those of a file: the first that differs is an error with its
 * name and both values. */
libnc_status nc__settings_pass(nc__state_stream *s, const nc__settings *settings);

#endif
