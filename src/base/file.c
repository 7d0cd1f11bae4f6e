/* SPDX-License-Identifier: MIT
 *
 * file.c: files opened, and files that are written whole or not at all.
 *
 * A file is written without a name (O_TMPFILE), flushed, and then linked to its name if that is
 * free. A link cannot replace a file, so else it is linked to a temporary name and renamed at once:
 * a process that is killed leaves something behind only between these two calls. Where the file
 * system has no files without names it has the temporary name from the start. Temporary names are
 * chosen at random and created only if they are free, so that no two threads, processes or machines
 * ever share one, and no name is removed by anyone but its maker.
 */
#define _GNU_SOURCE /* O_TMPFILE, O_PATH */
#include "base/file.h"

#include <libnc/file.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LONGEST_PATH = 4096, /* bytes; what Linux takes */
    MOST_LINKS = 40,     /* that lead to a file, as in Linux */
    MOST_NAMES = 1000,   /* of 64 random bits: one that is taken is rare already */
    COPY_BYTES = 1 << 16,
    PERMISSIONS = 0777,
    PRIVATE = 0600
};

int nc__file_open(int folder, const char *path, int flags, mode_t mode)
{
    int file;
    do
        file = openat(folder, path, flags | O_CLOEXEC, mode);
    while (file < 0 && errno == EINTR);
    return file;
}

int nc__file_put(int file, int64_t offset, const void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t n =
            pwrite(file, (const char *)bytes + done, count - done, (off_t)(offset + (int64_t)done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        done += (size_t)n;
    }
    return 0;
}

static libnc_status fail(const nc__output *output, const char *what, int number)
{
    return nc__fail_file(output->context, "path", output->path, what, number);
}

/* ---- where the file will be ---- */

static libnc_status check_kind(const nc__output *output, mode_t mode)
{
    const char *kind = S_ISDIR(mode)    ? "folder"
                       : S_ISFIFO(mode) ? "pipe"
                       : S_ISSOCK(mode) ? "socket"
                                        : "device";
    if (S_ISREG(mode))
        return LIBNC_OK;
    return nc__fail(output->context, LIBNC_ERROR_FILE,
                    "path = \"%s\": is a %s: must be a regular file, or nothing yet", output->path,
                    kind);
}

/* Replaces the last part of the place by the content of the link that it names. */
static libnc_status follow_link(nc__output *output, char *link)
{
    const ssize_t length = readlink(output->place, link, LONGEST_PATH);
    if (length < 0)
        return fail(output, "a symbolic link cannot be read", errno);
    const char *slash = strrchr(output->place, '/');
    const size_t kept = slash && link[0] != '/' ? (size_t)(slash + 1 - output->place) : 0;
    if (kept + (size_t)length >= LONGEST_PATH)
        return fail(output, "a symbolic link cannot be followed", ENAMETOOLONG);
    memcpy(output->place + kept, link, (size_t)length);
    output->place[kept + (size_t)length] = '\0';
    return LIBNC_OK;
}

/* Follows links in the last part; those before it are the system's. Each is looked up with stat()
 * first, which fails where the system forbids to follow it. */
static libnc_status find_place(nc__output *output)
{
    struct stat itself;
    char *link = output->place + LONGEST_PATH;
    for (int links = 0;; links++) {
        output->replaces = stat(output->place, &output->old) == 0;
        if (!output->replaces && errno != ENOENT)
            return fail(output, "cannot be written", errno);
        if (lstat(output->place, &itself) != 0 || !S_ISLNK(itself.st_mode))
            return output->replaces ? check_kind(output, output->old.st_mode) : LIBNC_OK;
        if (links == MOST_LINKS)
            return fail(output, "cannot be written", ELOOP);
        libnc_status status = follow_link(output, link);
        if (status)
            return status;
    }
}

/* Everything later is named from this folder, wherever the process may have moved to. A folder that
 * may be written to but not read is good for all but flushing. */
static libnc_status open_folder(nc__output *output)
{
    char *slash = strrchr(output->place, '/');
    const char *folder = !slash ? "." : slash == output->place ? "/" : output->place;
    output->target = slash ? slash + 1 : output->place;
    if (!*output->target)
        return nc__fail(output->context, LIBNC_ERROR_FILE,
                        "path = \"%s\": ends with a slash: must name a file", output->path);
    if (slash)
        *slash = '\0';
    output->folder = nc__file_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    output->can_sync_folder = output->folder >= 0;
#ifdef O_PATH
    if (output->folder < 0 && errno == EACCES)
        output->folder = nc__file_open(AT_FDCWD, folder, O_PATH | O_DIRECTORY, 0);
#endif
    return output->folder >= 0 ? LIBNC_OK : fail(output, "its folder cannot be opened", errno);
}

/* ---- temporary files ---- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9); /* splitmix64's */
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Differs with time, process, handle and attempt. */
static void choose_part(nc__output *output, int attempt)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t x = mix((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
    x = mix(x ^ (uint64_t)getpid());
    x = mix(x ^ (uint64_t)(uintptr_t)output);
    x = mix(x ^ (uint64_t)(uintptr_t)output->process.mark);
    snprintf(output->part, sizeof output->part, "libnc-%016" PRIx64 ".part",
             mix(x + (uint64_t)attempt));
}

/* A new file with a temporary name; -1 with errno. */
static int open_part(nc__output *output, mode_t mode)
{
    for (int attempt = 0; attempt < MOST_NAMES; attempt++) {
        choose_part(output, attempt);
        int file = nc__file_open(output->folder, output->part, O_RDWR | O_CREAT | O_EXCL, mode);
        if (file >= 0)
            return file;
        if (errno != EEXIST)
            break;
    }
    output->part[0] = '\0';
    return -1;
}

#if defined(O_TMPFILE) && defined(__linux__)

enum { DOOR_NAME = 32 };

/* The name by which the system knows an open file. */
static void door_of(int file, char *door)
{
    snprintf(door, DOOR_NAME, "/proc/self/fd/%d", file);
}

/* A new file without a name that can be given one later; -1 where the system cannot. */
static int open_nameless(const nc__output *output, mode_t mode)
{
    char door[DOOR_NAME];
    struct stat one, other;
    int file = nc__file_open(output->folder, ".", O_TMPFILE | O_RDWR, mode);
    if (file < 0)
        return -1;
    door_of(file, door);
    if (fstat(file, &one) == 0 && stat(door, &other) == 0 && one.st_ino == other.st_ino &&
        one.st_dev == other.st_dev)
        return file;
    close(file);
    return -1;
}

/* Gives a nameless file a name that is free; 0, or an errno. */
static int link_as(const nc__output *output, const char *name)
{
    char door[DOOR_NAME];
    door_of(output->file, door);
    return linkat(AT_FDCWD, door, output->folder, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

#else

static int open_nameless(const nc__output *output, mode_t mode)
{
    (void)output;
    (void)mode;
    return -1;
}

static int link_as(const nc__output *output, const char *name)
{
    (void)output;
    (void)name;
    return ENOTSUP;
}

#endif

/* Until it is known whose it will be, nobody else may read what replaces a file; a new one has what
 * the system gives new files. */
static libnc_status open_file(nc__output *output)
{
    const mode_t mode = output->replaces ? PRIVATE : 0666;
    output->file = open_nameless(output, mode);
    if (output->file < 0)
        output->file = open_part(output, mode);
    return output->file >= 0 ? LIBNC_OK : fail(output, "cannot be created", errno);
}

libnc_status nc__output_open(nc__output *output, libnc_context *context, const char *path)
{
    const size_t length = strlen(path);
    *output = (nc__output){.context = context, .file = -1, .folder = -1};
    if (length >= LONGEST_PATH)
        return nc__fail_file(context, "path", path, "cannot be written", ENAMETOOLONG);
    output->path = nc__alloc(context, length + 1, 1);
    output->place = output->path ? nc__alloc(context, 2, LONGEST_PATH) : NULL;
    libnc_status status = LIBNC_ERROR_MEMORY;
    if (output->place) {
        strcpy(output->path, path);
        strcpy(output->place, path);
        nc__process_note(&output->process);
        status = find_place(output);
    }
    if (!status)
        status = open_folder(output);
    if (!status)
        status = open_file(output);
    if (status)
        nc__output_close(output);
    return status;
}

libnc_status nc__output_put(nc__output *output, int64_t offset, const void *bytes, size_t count)
{
    int number = nc__file_put(output->file, offset, bytes, count);
    return number == 0 ? LIBNC_OK : fail(output, "cannot be written", number);
}

/* ---- the end ---- */

/* Some file systems cannot do this for folders, or at all; then there is no more to be done. */
static libnc_status flush(const nc__output *output, int file)
{
    int result;
    do
        result = fsync(file);
    while (result != 0 && errno == EINTR);
    if (result == 0 || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
        return LIBNC_OK;
    return fail(output,
                file == output->file ? "cannot be brought to the disk"
                                     : "its name cannot be brought to the disk",
                errno);
}

/* Copies to a file with a temporary name, where the system forbids to give the file one. */
static libnc_status copy_to_part(nc__output *output)
{
    const int from = output->file;
    char *block = nc__alloc(output->context, COPY_BYTES, 1);
    if (!block)
        return LIBNC_ERROR_MEMORY;
    libnc_status status = LIBNC_OK;
    output->file = open_part(output, output->replaces ? PRIVATE : 0666);
    if (output->file < 0)
        status = fail(output, "cannot be given a name", errno);
    for (int64_t at = 0; !status;) {
        ssize_t n = pread(from, block, COPY_BYTES, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = fail(output, "cannot be given a name", errno);
        if (n <= 0)
            break;
        status = nc__output_put(output, at, block, (size_t)n);
        at += n;
    }
    nc__free(output->context, block);
    close(from);
    return status ? status : flush(output, output->file);
}

static libnc_status give_part(nc__output *output)
{
    int number = EEXIST;
    for (int attempt = 0; attempt < MOST_NAMES && number == EEXIST; attempt++) {
        choose_part(output, attempt);
        number = link_as(output, output->part);
    }
    if (number == 0)
        return LIBNC_OK;
    output->part[0] = '\0';
    return copy_to_part(output);
}

/* What a process may give away depends on who it is. If the file cannot have the old group, the
 * group that it has gets no more than everybody. */
static void take_over(const nc__output *output)
{
    struct stat now;
    mode_t mode = output->old.st_mode & PERMISSIONS;
    const uid_t user = output->old.st_uid;
    const gid_t group = output->old.st_gid;
    if (fstat(output->file, &now) != 0)
        return;
    const bool keeps = now.st_uid == user && now.st_gid == group;
    if (!keeps && fchown(output->file, user, group) != 0 && now.st_gid != group &&
        fchown(output->file, (uid_t)-1, group) != 0)
        mode &= ~(mode_t)070 | (mode & 07) << 3;
    if (fchmod(output->file, mode) != 0)
        return; /* it stays private */
}

static libnc_status look_at_target(nc__output *output)
{
    struct stat now;
    if (fstatat(output->folder, output->target, &now, AT_SYMLINK_NOFOLLOW) != 0)
        return LIBNC_OK;
    output->replaces = true;
    output->old = now;
    return S_ISLNK(now.st_mode) ? fail(output, "has become a symbolic link", EEXIST)
                                : check_kind(output, now.st_mode);
}

static libnc_status replace(nc__output *output)
{
    libnc_status status = look_at_target(output);
    if (!status && output->replaces && fchmod(output->file, PRIVATE) != 0)
        status = fail(output, "cannot be made private", errno);
    if (!status && !output->part[0])
        status = give_part(output);
    if (status)
        return status;
    if (output->replaces)
        take_over(output);
    if (renameat(output->folder, output->part, output->folder, output->target) != 0)
        return fail(output, "cannot be given its name", errno);
    output->part[0] = '\0';
    return LIBNC_OK;
}

/* What fsync() has brought to the disk close() can lose no more; it is called once, because after a
 * signal, too, the number may be another file's already. */
libnc_status nc__output_finish(nc__output *output)
{
    libnc_status status = flush(output, output->file);
    if (status)
        return status;
    const bool is_new = !output->replaces && !output->part[0];
    if (!is_new || link_as(output, output->target) != 0)
        status = replace(output);
    if (status)
        return status;
    close(output->file);
    output->file = -1;
    return output->can_sync_folder ? flush(output, output->folder) : LIBNC_OK;
}

void nc__output_close(nc__output *output)
{
    if (!output->context)
        return;
    if (output->part[0] && nc__process_is_this(&output->process))
        unlinkat(output->folder, output->part, 0);
    if (output->file >= 0)
        close(output->file);
    if (output->folder >= 0)
        close(output->folder);
    nc__process_forget(&output->process);
    nc__free(output->context, output->place);
    nc__free(output->context, output->path);
    *output = (nc__output){.file = -1, .folder = -1};
}

/* ---- whole files ---- */

libnc_status libnc_file_write(libnc_context *context, const char *path, const void *bytes,
                              size_t size)
{
    nc__output output;
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    if (!path || !*path)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "path = %s: must be a file name",
                        path ? "\"\"" : "NULL");
    if (!bytes && size > 0)
        return nc__fail(context, LIBNC_ERROR_ARGUMENT, "bytes = NULL: must be given");
    libnc_status status = nc__output_open(&output, context, path);
    if (status)
        return status;
    status = nc__output_put(&output, 0, bytes, size);
    if (!status)
        status = nc__output_finish(&output);
    nc__output_close(&output);
    return status;
}
