/* SPDX-License-Identifier: MIT
 *
 * driver.c: fuzzing without libFuzzer.
 *
 *     driver TARGET RUNS [SEED [FIRST]]
 *
 * runs RUNS changed files of tests/fuzz/corpus/TARGET, or RUNS sequences of calls, from run FIRST
 * (default 0) on. A child does the work; if it dies or one run takes more than SECONDS, the parent
 * tells which run it was, and `driver TARGET 1 SEED RUN` repeats it. With FUZZ_PRINT=1 in the
 * environment the calls are printed.
 */
#include "mutate.h"

#include <inttypes.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { SECONDS = 120 };

static corpus seeds;

static int work(const fuzz_target *target, uint64_t runs, uint64_t seed, uint64_t first,
                volatile uint64_t *now)
{
    static input in;
    for (uint64_t run = first; run < first + runs; run++) {
        *now = run;
        all.run = run;
        alarm(SECONDS);
        mutate(&in, &seeds, seed, run);
        target->run(in.bytes, in.size);
    }
    return 0;
}

int main(int count, char **words)
{
    const fuzz_target *target = NULL;
    for (int i = 0; i < FUZZ_TARGETS && count >= 3; i++)
        if (strcmp(fuzz_targets[i].name, words[1]) == 0)
            target = &fuzz_targets[i];
    if (!target) {
        fprintf(stderr,
                "usage: driver npy|npz|safetensors|idx|cifar|state|calls RUNS [SEED [FIRST]]\n");
        return 2;
    }
    if (!corpus_read(&seeds, target->name)) {
        fprintf(stderr, "no files in tests/fuzz/corpus/%s: run from the root of the tree\n",
                target->name);
        return 2;
    }
    const uint64_t runs = strtoull(words[2], NULL, 10);
    const uint64_t seed = count > 3 ? strtoull(words[3], NULL, 10) : 0;
    const uint64_t first = count > 4 ? strtoull(words[4], NULL, 10) : 0;
    uint64_t *now = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE,
                         MAP_SHARED | 0x20 /* MAP_ANONYMOUS, outside of POSIX 2008 */, -1, 0);
    if (now == MAP_FAILED)
        return 2;
    pid_t child = fork();
    if (child == 0)
        exit(work(target, runs, seed, first, now));
    int status = 0;
    waitpid(child, &status, 0);
    if (child < 0 || status != 0) {
        fprintf(stderr, "FAIL fuzz %s: seed %" PRIu64 ", run %" PRIu64 "\n", target->name, seed,
                *now);
        return 1;
    }
    printf("PASS fuzz %s: %" PRIu64 " runs of seed %" PRIu64 "\n", target->name, runs, seed);
    return 0;
}
