/* SPDX-License-Identifier: MIT
 *
 * process.c: notes of processes.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS, MADV_WIPEONFORK (Linux 4.14) */
#include "base/process.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MARK_SIZE = 1 }; /* the system takes whole pages */

static unsigned char *make_mark(void)
{
#ifdef MADV_WIPEONFORK
    void *page = mmap(NULL, MARK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, MARK_SIZE, MADV_WIPEONFORK) == 0)
        return page;
    munmap(page, MARK_SIZE);
#endif
    return NULL;
}

void nc__process_note(nc__process *process)
{
    process->mark = make_mark();
    nc__process_renew(process);
}

bool nc__process_is_this(const nc__process *process)
{
    return process->id == getpid() && (!process->mark || *process->mark);
}

void nc__process_renew(nc__process *process)
{
    process->id = getpid();
    if (process->mark)
        *process->mark = 1;
}

void nc__process_forget(nc__process *process)
{
    if (process->mark)
        munmap(process->mark, MARK_SIZE);
    process->mark = NULL;
}
