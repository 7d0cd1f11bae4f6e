/* SPDX-License-Identifier: MIT
 *
 * program.h: what every program has: its name and common settings, failing, memory, threads.
 *
 * Conventions: data on stdout, progress on stderr and only on a terminal; exit 0 done, 1 failed, 2
 * usage, 128 + n ended by signal n with what there was. Only the C and POSIX libraries and the
 * public interface of libnc are used.
 */
#ifndef PROGRAMS_PROGRAM_H
#define PROGRAMS_PROGRAM_H

#include <libnc/libnc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_USAGE = 2, EXIT_SIGNAL = 128 };

/* One row of a program's option table. */
typedef struct option_spec {
    int key;
    const char *name;
    const char *argument; /* NULL for a flag */
    const char *help;
} option_spec;

typedef struct report_page report_page;

/* The file of --out that is being written (output.h), in memory until it is complete; and the page
 * of those that are (report_page.h), NULL without one. */
typedef struct pending_file {
    char *path, *text;
    size_t size;
    report_page *page;
} pending_file;

typedef struct program {
    const char *name;
    const char *summary;
    const char *defaults; /* those that the option table, shared by programs, does not state */
    const option_spec *options;
    int option_count;
    const char *out;    /* NULL: no files */
    const char *format; /* of figures; NULL: svg */
    char *command;      /* as a shell would take it, allocated */
    char *description;  /* of the problem, for the files of --out; NULL: none */
    uint64_t seed;
    bool json, quiet;
    bool takes_operands; /* what is no option stays in argv from optind on */
    libnc_context *context;
    pending_file *pending;
} program;

#if defined(__GNUC__)
__attribute__((__format__(__printf__, 3, 4), __noreturn__))
#endif
void
stop(const program *self, int code, const char *format, ...);

/* Ends the program with the library's own words unless the call succeeded. */
void require(const program *self, libnc_status status);

void *allocate(const program *self, size_t count, size_t size);

/* Before the options are read: that may move them. */
void program_begin(program *self, int argc, char **argv);

/* Output may fail as late as at the last flush (a full disk, a closed pipe). */
int program_end(program *self);

/* OpenBLAS falls back to "Prescott" on processors newer than itself, several times slower. Its
 * kernels can be chosen before the process starts only, so start again with them; once, because the
 * variable is then set. */
void choose_blas_kernels(char **argv);

/* Threads are libnc's own: the BLAS gets one, because it gains nothing on small matrices and would
 * compete on large ones. A BLAS without that control has one thread anyway. */
void set_threads(const program *self, int32_t threads);

#endif
