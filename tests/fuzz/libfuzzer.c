/* SPDX-License-Identifier: MIT
 *
 * libfuzzer.c: one target for clang's libFuzzer, chosen by -DFUZZ_TARGET=npz.
 */
#include "targets.h"

#define JOIN(a, b)     a##b
#define FUNCTION(name) JOIN(fuzz_, name)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)fuzz_targets;
    FUNCTION(FUZZ_TARGET)(data, size);
    return 0;
}
