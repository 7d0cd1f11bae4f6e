/* SPDX-License-Identifier: MIT
 *
 * file.h: files opened, and files that are written whole or not at all.
 */
#ifndef NC__FILE_H
#define NC__FILE_H

#include "base/base.h"
#include "base/process.h"

#include <sys/stat.h>

/* openat() that a signal does not interrupt. */
int nc__file_open(int folder, const char *path, int flags, mode_t mode);

/* All bytes at an offset; 0, or an errno. */
int nc__file_put(int file, int64_t offset, const void *bytes, size_t count);

enum { NC__PART_NAME = 32 /* bytes of a temporary name */ };

/* A file in the making. Nothing is seen of it under its name before nc__output_finish(). It has no
 * name at all until then where the system can do that, else a temporary one in the folder where it
 * will be. It belongs to the process that opened it. */
typedef struct nc__output {
    libnc_context *context;
    char *path;   /* as the caller gave it, for error texts */
    char *place;  /* where links have led to; its last part is `target` */
    char *target; /* name in the folder */
    int file, folder;
    bool can_sync_folder;
    bool replaces; /* a file was there at the beginning, and this was its state */
    struct stat old;
    char part[NC__PART_NAME]; /* the temporary name; "" for none */
    nc__process process;
} nc__output;

/* An error for what is there and no regular file; a symbolic link stands for what it leads to. On
 * failure nothing is left to be closed. */
libnc_status nc__output_open(nc__output *output, libnc_context *context, const char *path);

libnc_status nc__output_put(nc__output *output, int64_t offset, const void *bytes, size_t count);

/* Brings the file to the disk and then in the place of the old one, whose permissions, owner and
 * group it takes over as far as the process may. */
libnc_status nc__output_finish(nc__output *output);

/* Closes; what was not finished disappears. All zero is fine, and twice. */
void nc__output_close(nc__output *output);

#endif
