/* SPDX-License-Identifier: MIT
 *
 * test_file.c: files that are written whole or not at all, by every writer: what is kept of the old
 * file, what is refused, interrupted and failing calls of the system, races, and children of
 * fork().
 *
 * The calls of the system that matter are replaced by versions that fail on demand.
 */
#define _GNU_SOURCE /* syscall */
#include "base/file.h"
#include "files/array_internal.h"
#include "files/array_writing.h"
#include "support/context_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libnc/libnc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the system, failing on demand ---- */

enum call {
    CALL_TMPFILE,
    CALL_OPEN,
    CALL_PART,
    CALL_LINK,
    CALL_RENAME,
    CALL_SYNC,
    CALL_WRITE,
    CALLS
};

/* The next `times` calls fail with `number`; -1: all. */
static struct {
    int number, times;
} trouble[CALLS];

static bool no_disk = true; /* nothing is brought to the disk, for speed */

/* The calls that went well: f, d: a file, a folder to the disk; l: a link; r: a name changed. */
static char calls[16];
static bool notes_calls; /* not for threads at the same time */

static void begin_notes(void)
{
    memset(calls, 0, sizeof calls);
    notes_calls = true;
}

static int noted(int result, char letter)
{
    const size_t used = notes_calls ? strlen(calls) : sizeof calls;
    if (result == 0 && used + 1 < sizeof calls)
        calls[used] = letter;
    return result;
}

static bool fails(enum call call)
{
    if (trouble[call].times == 0)
        return false;
    if (trouble[call].times > 0)
        trouble[call].times--;
    errno = trouble[call].number;
    return true;
}

static void disturb(enum call call, int number, int times)
{
    trouble[call].number = number;
    trouble[call].times = times;
}

#ifdef __linux__
int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode =
        flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (fails((flags & O_TMPFILE) == O_TMPFILE ? CALL_TMPFILE
              : flags & O_EXCL                 ? CALL_PART
                                               : CALL_OPEN))
        return -1;
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int linkat(int from, const char *name, int to, const char *path, int flags)
{
    if (fails(CALL_LINK))
        return -1;
    return noted((int)syscall(SYS_linkat, from, name, to, path, flags), 'l');
}

int renameat(int from, const char *name, int to, const char *path)
{
    if (fails(CALL_RENAME))
        return -1;
    return noted((int)syscall(SYS_renameat2, from, name, to, path, 0), 'r');
}

int fsync(int file)
{
    struct stat state;
    if (fails(CALL_SYNC) || fstat(file, &state) != 0)
        return -1;
    return noted(no_disk ? 0 : (int)syscall(SYS_fsync, file), S_ISDIR(state.st_mode) ? 'd' : 'f');
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset)
{
    if (fails(CALL_WRITE))
        return -1;
    count = count > 1000 ? (count + 1) / 2 : count; /* not all at once */
    return syscall(SYS_pwrite64, file, bytes, count, offset);
}
#endif

/* ---- a folder ---- */

enum { PATH_ROOM = 400 };

static char folder[64], path[PATH_ROOM];

/* A name in the folder, in one of a few buffers. */
static const char *in_folder(const char *name)
{
    static char names[4][PATH_ROOM];
    static int next;
    char *full = names[next++ % 4];
    snprintf(full, PATH_ROOM, "%s/%s", folder, name);
    return full;
}

static void setup_folder(void)
{
    memset(trouble, 0, sizeof trouble);
    no_disk = true;
    notes_calls = false;
    setup();
    strcpy(folder, "/tmp/libnc_file_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

/* The files of the folder; with `remove`, none are left. */
static int files(bool remove)
{
    int count = 0;
    DIR *all = opendir(folder);
    ck_assert_ptr_nonnull(all);
    for (struct dirent *one; (one = readdir(all));) {
        if (strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0)
            continue;
        count++;
        if (remove)
            unlinkat(dirfd(all), one->d_name, 0);
    }
    closedir(all);
    return count;
}

static void teardown_folder(void)
{
    teardown();
    files(true);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void put_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    ck_assert_int_eq(chmod(name, mode), 0);
}

static struct stat state_of(const char *name)
{
    struct stat s;
    ck_assert_msg(stat(name, &s) == 0, "%s: %s", name, strerror(errno));
    return s;
}

static void assert_content(const char *name, const char *text)
{
    char got[64] = "";
    FILE *file = fopen(name, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(got, 1, sizeof got - 1, file), strlen(text));
    fclose(file);
    ck_assert_str_eq(got, text);
}

/* ---- every writer ---- */

enum { WRITERS = 7 };

static libnc_status write_state(const char *name)
{
    const double features[4] = {1, 2, 3, 5};
    const int32_t labels[2] = {0, 1};
    libnc_accumulator *a = NULL;
    libnc_status status = libnc_accumulator_create(&a, context, 2, 2);
    if (!status)
        status =
            libnc_accumulator_update(a, features, LIBNC_FLOAT64, 2, 2, labels, LIBNC_LABEL_INT32);
    if (!status)
        status = libnc_accumulator_save(a, name);
    libnc_accumulator_destroy(a);
    return status;
}

static libnc_status write_array(const char *name, int32_t format)
{
    const double values[2] = {1, 2};
    const bool named = format == LIBNC_ARRAY_NPZ || format == LIBNC_ARRAY_SAFETENSORS;
    libnc_array_writer *writer = NULL;
    libnc_status status = libnc_array_writer_create(&writer, context, name, format);
    if (!status)
        status = libnc_array_writer_begin(writer, named ? "a" : NULL, LIBNC_ELEMENT_FLOAT32, 1,
                                          (int64_t[]){2});
    if (!status)
        status = libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, 2, 2);
    if (!status)
        status = libnc_array_writer_finish(writer);
    libnc_array_writer_destroy(writer);
    return status;
}

static libnc_status write_with(int writer, const char *name)
{
    const double values[2] = {1, 2};
    switch (writer) {
    case 0: return libnc_file_write(context, name, "new", 3);
    case 1: return write_state(name);
    case 2: return libnc_array_write_npy(context, name, LIBNC_ELEMENT_FLOAT64, values, 2, 1);
    default: return write_array(name, LIBNC_ARRAY_NPY + writer - 3);
    }
}

/* Refused with a text that names the path and has these words; nothing new is in the folder. */
static void assert_refused(int writer, const char *name, const char *words)
{
    const int before = files(false);
    ck_assert_int_eq(write_with(writer, name), LIBNC_ERROR_FILE);
    const char *text = libnc_context_error(context);
    ck_assert_msg(strstr(text, words) && strstr(text, "path = \""), "%s", text);
    ck_assert_int_eq(files(false), before);
}

/* ---- what is kept ---- */

START_TEST(new_files_have_usual_modes)
{
    const mode_t masks[] = {022, 077, 027, 0};
    no_disk = false; /* once for every writer, for real */
    for (int i = 0; i < 4; i++) {
        const mode_t before = umask(masks[i]);
        must(write_with(_i, path));
        umask(before);
        ck_assert_int_eq(state_of(path).st_mode & 07777, 0666 & ~masks[i]);
        ck_assert_int_eq(files(true), 1);
    }
}
END_TEST

START_TEST(modes_of_old_files_are_kept)
{
    const mode_t modes[] = {0600, 0640, 0666, 0444, 0755, 0400};
    for (int i = 0; i < 6; i++) {
        put_file(path, "old", modes[i]);
        const ino_t old = state_of(path).st_ino;
        must(write_with(_i, path));
        ck_assert_int_eq(state_of(path).st_mode & 07777, modes[i]);
        ck_assert(state_of(path).st_ino != old); /* who has the old one open keeps it */
        ck_assert_int_eq(files(true), 1);
    }
}
END_TEST

enum { USER = 12345, GROUP = 23456 };

/* Runs as a plain user if this is root, in a folder with these rights. */
static void as_user(mode_t rights, bool (*part)(void))
{
    int how;
    ck_assert_int_eq(chmod(folder, rights), 0);
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(60);
        if (geteuid() == 0 && (setgroups(0, NULL) || setgid(GROUP) || setuid(USER)))
            _exit(2);
        _exit(part() ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_msg(how == 0, "rights %o: the child ended with %x", (unsigned)rights, (unsigned)how);
}

static bool write_all(void)
{
    for (int i = 0; i < WRITERS; i++)
        if (write_with(i, path) != LIBNC_OK)
            return false;
    return true;
}

/* Root keeps another's file another's; the other cannot keep root's, and nobody gains by it. */
START_TEST(owners)
{
    put_file(path, "old", 0640);
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(path, USER, GROUP), 0);
        ck_assert_int_eq(chmod(path, 0640), 0);
        must(write_with(0, path));
        ck_assert_int_eq(state_of(path).st_uid, USER);
        ck_assert_int_eq(state_of(path).st_gid, GROUP);
        ck_assert_int_eq(state_of(path).st_mode & 07777, 0640);
        ck_assert_int_eq(chown(path, 0, 0), 0);
        ck_assert_int_eq(chmod(path, 0664), 0);
    }
    as_user(0777, write_all);
    const bool was_root = geteuid() == 0;
    ck_assert_int_eq(state_of(path).st_uid, was_root ? USER : geteuid());
    ck_assert_int_eq(state_of(path).st_gid, was_root ? GROUP : getegid());
    ck_assert_int_eq(state_of(path).st_mode & 07777, was_root ? 0644 : 0640);
}
END_TEST

static bool refuse_all(void)
{
    for (int i = 0; i < WRITERS; i++)
        if (write_with(i, path) != LIBNC_ERROR_FILE ||
            !strstr(libnc_context_error(context), "Permission denied"))
            return false;
    return geteuid() != 0;
}

/* A folder that may be written to but not read will do; one that may not be written to will not. */
START_TEST(rights_of_folders)
{
    put_file(path, "old", 0644);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(folder, USER, GROUP), 0);
    as_user(0700, write_all);
    as_user(0300, write_all);
    as_user(0500, refuse_all);
    ck_assert_int_eq(chmod(folder, 0700), 0);
    ck_assert_int_eq(files(false), 1);
}
END_TEST

/* ---- links ---- */

/* Links stay, and what they lead to is written: beside them, elsewhere, over several, and nothing
 * yet. */
START_TEST(links_are_followed)
{
    struct stat itself;
    char far[PATH_ROOM], target[PATH_ROOM];
    ck_assert_int_eq(mkdir(in_folder("far"), 0700), 0);
    snprintf(far, sizeof far, "%s", in_folder("far/link"));
    snprintf(target, sizeof target, "%s", in_folder("far/target"));
    ck_assert_int_eq(symlink("target", far), 0);
    ck_assert_int_eq(symlink(far, in_folder("absolute")), 0);
    ck_assert_int_eq(symlink("far/../absolute", path), 0);
    for (int turn = 0; turn < 2; turn++) {
        if (turn == 1)
            put_file(target, "old", 0604);
        must(write_with(_i, path));
        ck_assert_int_eq(lstat(path, &itself), 0);
        ck_assert(S_ISLNK(itself.st_mode));
        ck_assert_int_eq(lstat(far, &itself), 0);
        ck_assert(S_ISLNK(itself.st_mode));
        ck_assert_int_eq(lstat(target, &itself), 0);
        ck_assert(S_ISREG(itself.st_mode));
        if (turn == 1)
            ck_assert_int_eq(itself.st_mode & 07777, 0604);
        if (_i == 0)
            assert_content(target, "new");
        ck_assert_int_eq(unlink(target), 0);
    }
    ck_assert_int_eq(unlink(far), 0);
    ck_assert_int_eq(symlink("link", far), 0);
    assert_refused(_i, path, "Too many levels");
    ck_assert_int_eq(unlink(far), 0);
    ck_assert_int_eq(rmdir(in_folder("far")), 0);
    assert_refused(_i, path, "No such file");
}
END_TEST

/* ---- what is refused ---- */

static void make_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_uint_lt(strlen(name), sizeof address.sun_path);
    strcpy(address.sun_path, name);
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(bind(file, (struct sockaddr *)&address, sizeof address), 0);
    close(file);
}

START_TEST(what_is_no_regular_file)
{
    const char *const devices[] = {"/dev/null", "/dev/full", "/dev/zero"};
    for (int i = 0; i < 3; i++) {
        if (access(devices[i], F_OK) == 0) {
            assert_refused(_i, devices[i], "is a device");
            ck_assert(S_ISCHR(state_of(devices[i]).st_mode));
        }
    }
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    assert_refused(_i, path, "is a pipe");
    ck_assert_int_eq(symlink("file", in_folder("link")), 0);
    assert_refused(_i, in_folder("link"), "is a pipe");
    ck_assert_int_eq(unlink(path), 0);
    make_socket(path);
    assert_refused(_i, path, "is a socket");
    assert_refused(_i, folder, "is a folder");
    assert_refused(_i, in_folder(""), "is a folder");
    assert_refused(_i, in_folder("."), "is a folder");
    assert_refused(_i, in_folder("none/"), "ends with a slash");
    assert_refused(_i, in_folder("none/file"), "No such file");
    assert_refused(_i, in_folder("file/file"), "Not a directory");
    char endless[5000];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    ck_assert_int_eq(write_with(_i, endless), LIBNC_ERROR_FILE);
}
END_TEST

/* The longest name that there can be, and a place that is named before the process moves. */
START_TEST(names)
{
    char name[256], before[PATH_ROOM];
    memset(name, 'n', 255);
    name[255] = '\0';
    must(write_with(_i, in_folder(name)));
    must(write_with(_i, in_folder(name)));
    ck_assert_int_eq(files(true), 1);
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir(folder), 0);
    must(write_with(_i, "file"));
    libnc_array_writer *writer;
    must(libnc_array_writer_create(&writer, context, "file", LIBNC_ARRAY_NPZ));
    ck_assert_int_eq(chdir(before), 0);
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    ck_assert_int_eq(files(false), 1);
    ck_assert_int_eq(state_of(path).st_size, 22); /* an empty archive */
}
END_TEST

/* ---- calls that fail or are interrupted ---- */

#ifdef __linux__

enum way { WAY_NAMELESS, WAY_PART, WAY_COPY, WAYS };

/* As on file systems without nameless files, and where links are forbidden. */
static void choose_way(int way)
{
    memset(trouble, 0, sizeof trouble);
    if (way == WAY_PART)
        disturb(CALL_TMPFILE, EOPNOTSUPP, -1);
    if (way == WAY_COPY)
        disturb(CALL_LINK, EPERM, -1);
}

START_TEST(every_way_writes)
{
    static char large[200001], got[200002];
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * i % 251);
    for (int way = 0; way < WAYS; way++) {
        choose_way(way);
        must(libnc_file_write(context, path, large, sizeof large));
        must(libnc_file_write(context, path, large, sizeof large));
        FILE *file = fopen(path, "r");
        ck_assert_uint_eq(fread(got, 1, sizeof got, file), sizeof large);
        fclose(file);
        ck_assert_mem_eq(got, large, sizeof large);
        ck_assert_int_eq(chmod(path, 0604), 0);
        for (int writer = 0; writer < WRITERS; writer++)
            must(write_with(writer, path));
        ck_assert_int_eq(state_of(path).st_mode & 07777, 0604);
        must(libnc_file_write(context, path, NULL, 0));
        ck_assert_int_eq(state_of(path).st_size, 0);
        ck_assert_int_eq(files(true), 1);
    }
}
END_TEST

/* First to the disk, then the name, and then that too. */
START_TEST(order_of_calls)
{
    static const char *const orders[WAYS][2] = {{"fld", "flrd"}, {"frd", "frd"}, {"ffrd", "ffrd"}};
    for (int way = 0; way < WAYS; way++)
        for (int writer = 0; writer < WRITERS; writer++) {
            choose_way(way);
            for (int again = 0; again < 2; again++) {
                begin_notes();
                must(write_with(writer, path));
                ck_assert_str_eq(calls, orders[way][again]);
            }
            ck_assert_int_eq(files(true), 1);
        }
}
END_TEST

/* Temporary names that are taken are somebody else's: others are tried, and not without end. */
START_TEST(names_that_are_taken)
{
    put_file(path, "old", 0600);
    choose_way(WAY_NAMELESS);
    disturb(CALL_LINK, EEXIST, 200);
    begin_notes();
    must(write_with(0, path));
    ck_assert_str_eq(calls, "flrd"); /* not copied */
    choose_way(WAY_PART);
    disturb(CALL_PART, EEXIST, 200);
    must(write_with(0, path));
    for (int writer = 0; writer < WRITERS; writer++) {
        disturb(CALL_PART, EEXIST, -1);
        assert_refused(writer, path, "File exists");
    }
    assert_content(path, "new");
    ck_assert_int_eq(files(false), 1);
}
END_TEST

START_TEST(interrupted_calls)
{
    const enum call interrupted[] = {CALL_TMPFILE, CALL_OPEN, CALL_PART, CALL_SYNC, CALL_WRITE};
    for (int way = 0; way < WAYS; way++)
        for (int i = 0; i < 5; i++)
            for (int writer = 0; writer < WRITERS; writer++) {
                choose_way(way);
                if (interrupted[i] == (way == WAY_PART ? CALL_TMPFILE : CALL_PART))
                    continue;
                disturb(interrupted[i], EINTR, 3);
                must(write_with(writer, path));
                ck_assert_int_eq(trouble[interrupted[i]].times, 0);
                ck_assert_int_eq(files(false), 1);
            }
    libnc_accumulator *a;
    must(write_state(path));
    disturb(CALL_OPEN, EINTR, 3);
    must(libnc_accumulator_load(&a, context, path));
    libnc_accumulator_destroy(a);
    must(write_with(2, path));
    libnc_array *array;
    disturb(CALL_OPEN, EINTR, 3);
    must(libnc_array_open(&array, context, path, NULL));
    libnc_array_destroy(array);
}
END_TEST

/* After a failure the old file is there, and nothing else. */
START_TEST(failing_calls)
{
    static const struct {
        enum call call;
        int number;
        const char *words;
    } cases[] = {
        {CALL_WRITE, ENOSPC, "cannot be written: No space"},
        {CALL_SYNC, EIO, "cannot be brought to the disk: Input/output"},
        {CALL_RENAME, EACCES, "cannot be given its name: Permission"},
        {CALL_OPEN, EMFILE, "its folder cannot be opened: Too many open files"},
    };
    for (int way = 0; way < WAYS; way++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            for (int writer = 0; writer < WRITERS; writer++) {
                put_file(path, "old", 0600);
                choose_way(way);
                disturb(cases[i].call, cases[i].number, -1);
                assert_refused(writer, path, cases[i].words);
                choose_way(WAY_NAMELESS);
                assert_content(path, "old");
                ck_assert_int_eq(files(false), 1);
            }
}
END_TEST

/* Where nothing can be brought to the disk that is no error. */
START_TEST(systems_without_flushing)
{
    disturb(CALL_SYNC, EINVAL, -1);
    must(write_with(0, path));
    assert_content(path, "new");
}
END_TEST

/* Nobody else can read what will replace a file before it has that file's permissions. */
START_TEST(private_until_the_end)
{
    for (int way = 0; way < WAYS; way++) {
        struct stat s;
        libnc_array_writer *writer;
        put_file(path, "old", 0644);
        choose_way(way);
        must(libnc_array_writer_create(&writer, context, path, LIBNC_ARRAY_NPZ));
        ck_assert_int_eq(fstat(writer->output.file, &s), 0);
        ck_assert_int_eq(s.st_mode & 07777, 0600);
        must(libnc_array_writer_finish(writer));
        libnc_array_writer_destroy(writer);
        ck_assert_int_eq(state_of(path).st_mode & 07777, 0644);
        ck_assert_int_eq(files(true), 1);
    }
}
END_TEST

/* A file that takes the name while the new one is written is replaced; a pipe is not. */
START_TEST(names_that_are_taken_meanwhile)
{
    for (int way = 0; way < WAYS; way++) {
        libnc_array_writer *writer;
        choose_way(way);
        must(libnc_array_writer_create(&writer, context, path, LIBNC_ARRAY_NPZ));
        put_file(path, "somebody else's", 0604);
        must(libnc_array_writer_finish(writer));
        libnc_array_writer_destroy(writer);
        ck_assert_int_eq(state_of(path).st_size, 22);
        ck_assert_int_eq(state_of(path).st_mode & 07777, 0604);
        must(libnc_array_writer_create(&writer, context, path, LIBNC_ARRAY_NPZ));
        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        ck_assert_int_eq(libnc_array_writer_finish(writer), LIBNC_ERROR_FILE);
        libnc_array_writer_destroy(writer);
        ck_assert_int_eq(files(true), 1);
    }
}
END_TEST

/* A writer that came through fork() is its parent's: the child cannot use it, and to destroy it
 * leaves the file alone. */
START_TEST(writers_in_children)
{
    for (int way = 0; way < WAYS; way++) {
        int how;
        libnc_array_writer *writer;
        choose_way(way);
        must(libnc_array_writer_create(&writer, context, path, LIBNC_ARRAY_NPZ));
        ck_assert_int_eq(files(false), way == WAY_PART);
        fflush(NULL);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            bool right = libnc_array_writer_begin(writer, "a", LIBNC_ELEMENT_INT8, 1,
                                                  (int64_t[]){0}) == LIBNC_ERROR_STATE &&
                         libnc_array_writer_finish(writer) == LIBNC_ERROR_STATE;
            libnc_array_writer_destroy(writer);
            _exit(right ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(child, &how, 0), child);
        ck_assert_int_eq(how, 0);
        must(libnc_array_writer_finish(writer));
        libnc_array_writer_destroy(writer);
        ck_assert_int_eq(state_of(path).st_size, 22);
        ck_assert_int_eq(files(true), 1);
    }
}
END_TEST

/* ---- races ---- */

enum { RACERS = 2, ROUNDS = 850, LONGEST = 3000 };

static atomic_int running;

/* Content of a kind, which its first bytes tell: its own number, and its length. */
static size_t fill(unsigned char *bytes, int kind)
{
    const size_t size = (size_t)(500 + 311 * (kind % 7));
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(kind + (int)i * (1 + kind % 5));
    return size;
}

static void *race(void *argument)
{
    unsigned char bytes[LONGEST];
    libnc_context *own;
    long failures = libnc_context_create(&own) != LIBNC_OK;
    for (int i = 0; i < ROUNDS && failures == 0; i++) {
        size_t size = fill(bytes, (i + *(int *)argument * 64) % 256);
        failures += libnc_file_write(own, path, bytes, size) != LIBNC_OK;
    }
    libnc_context_destroy(own);
    atomic_fetch_sub(&running, 1);
    return failures ? argument : NULL;
}

static bool race_here(int first)
{
    pthread_t threads[RACERS];
    int numbers[RACERS];
    void *failed;
    bool right = true;
    for (int i = 0; i < RACERS; i++) {
        numbers[i] = first + i;
        if (pthread_create(&threads[i], NULL, race, &numbers[i]) != 0)
            return false;
    }
    for (int i = 0; i < RACERS; i++)
        right = pthread_join(threads[i], &failed) == 0 && !failed && right;
    return right;
}

static void check_whole(void)
{
    unsigned char got[LONGEST + 1], expected[LONGEST];
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no file for a moment");
    size_t size = fread(got, 1, sizeof got, file);
    fclose(file);
    ck_assert_uint_gt(size, 0);
    ck_assert_uint_eq(fill(expected, got[0]), size);
    ck_assert_mem_eq(got, expected, size);
}

/* Two threads in each of two processes save to one name, over 10,000 times in all three ways, and a
 * reader finds whole files only. */
START_TEST(races)
{
    int how;
    unsigned char first[LONGEST];
    choose_way(_i);
    must(libnc_file_write(context, path, first, fill(first, 0)));
    atomic_store(&running, RACERS);
    fflush(NULL);
    pid_t child = fork(), reader;
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(race_here(RACERS) ? 0 : 1);
    reader = fork();
    ck_assert_int_ge(reader, 0);
    if (reader == 0) {
        signal(SIGTERM, SIG_DFL);
        for (;; usleep(100))
            check_whole();
    }
    ck_assert(race_here(0));
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
    ck_assert_int_eq(waitpid(reader, &how, WNOHANG), 0); /* it has found nothing */
    ck_assert_int_eq(kill(reader, SIGTERM), 0);
    ck_assert_int_eq(waitpid(reader, &how, 0), reader);
    ck_assert(WIFSIGNALED(how) && WTERMSIG(how) == SIGTERM);
    check_whole();
    ck_assert_int_eq(files(false), 1);
}
END_TEST

/* Killed at any moment, a process leaves the old file or the new one; and without names few others:
 * with nameless files only what was between two calls. */
START_TEST(killed)
{
    enum { KILLS = 60 };
    unsigned char bytes[LONGEST];
    choose_way(_i);
    must(libnc_file_write(context, path, bytes, fill(bytes, 0)));
    for (int turn = 0; turn < KILLS; turn++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        for (int i = 0; child == 0; i++)
            if (libnc_file_write(context, path, bytes, fill(bytes, i % 256)) != LIBNC_OK)
                _exit(1);
        usleep((useconds_t)(1000 + 137 * turn));
        int how;
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        ck_assert_int_eq(waitpid(child, &how, 0), child);
        ck_assert(WIFSIGNALED(how));
        check_whole();
    }
    ck_assert_int_le(files(false), 1 + KILLS);
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = add_case(suite, "files", 240);
    tcase_add_checked_fixture(tests, setup_folder, teardown_folder);
    tcase_add_loop_test(tests, new_files_have_usual_modes, 0, WRITERS);
    tcase_add_loop_test(tests, modes_of_old_files_are_kept, 0, WRITERS);
    tcase_add_test(tests, owners);
    tcase_add_test(tests, rights_of_folders);
    tcase_add_loop_test(tests, links_are_followed, 0, WRITERS);
    tcase_add_loop_test(tests, what_is_no_regular_file, 0, WRITERS);
    tcase_add_loop_test(tests, names, 0, WRITERS);
#ifdef __linux__
    tcase_add_test(tests, every_way_writes);
    tcase_add_test(tests, order_of_calls);
    tcase_add_test(tests, names_that_are_taken);
    tcase_add_test(tests, interrupted_calls);
    tcase_add_test(tests, failing_calls);
    tcase_add_test(tests, systems_without_flushing);
    tcase_add_test(tests, private_until_the_end);
    tcase_add_test(tests, names_that_are_taken_meanwhile);
    tcase_add_test(tests, writers_in_children);
    TCase *races_and_kills = add_case(suite, "races", 240);
    tcase_add_checked_fixture(races_and_kills, setup_folder, teardown_folder);
    tcase_add_loop_test(races_and_kills, races, 0, WAYS);
    tcase_add_loop_test(races_and_kills, killed, 0, WAYS);
#endif
    return run_suite(suite);
}
