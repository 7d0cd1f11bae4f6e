/* SPDX-License-Identifier: MIT
 *
 * process.h: whether a handle is still in the process that made it, or in a copy by fork().
 *
 * What a process holds besides memory (threads, files with temporary names) is not copied with it.
 * There is no handler of fork(), which would be global state: a handle notes its process and asks
 * before it uses such things.
 */
#ifndef NC__PROCESS_H
#define NC__PROCESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct nc__process {
    int64_t id;
    /* A page that the system empties in a copy; NULL where there are no such pages. It tells copies
     * that have the number of their parent, as the first processes of containers do. */
    unsigned char *mark;
} nc__process;

/* Notes the process that calls. */
void nc__process_note(nc__process *process);

/* Whether the process that calls is the one that was noted. */
bool nc__process_is_this(const nc__process *process);

/* Notes the process that calls instead. */
void nc__process_renew(nc__process *process);

/* Releases what a note holds; all zero is fine. */
void nc__process_forget(nc__process *process);

#endif
