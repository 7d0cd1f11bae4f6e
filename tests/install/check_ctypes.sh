#!/bin/sh
# SPDX-License-Identifier: MIT
# libnc from other languages: Python through ctypes, with nothing but its standard library, and the
# C++ of the guide (doc/measuring.md).
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

if has python3; then
    report 'ctypes: an accumulator driven from Python' \
        env PYTHONDONTWRITEBYTECODE=1 python3 tests/install/drive_accumulator.py "$LIB/libnc.so.$SOVERSION"
else
    skip 'ctypes: an accumulator driven from Python' 'no python3'
fi

torch_head() {
    OPENBLAS_NUM_THREADS=1 python3 examples/torch_head.py "$LIB/libnc.so.$SOVERSION" >"$work/head" &&
        grep -q '^reached within 5 percent: yes' "$work/head"
}
if has python3 && python3 -c 'import torch' 2>/dev/null; then
    report 'ctypes: a head on a network of PyTorch' torch_head
else
    skip 'ctypes: a head on a network of PyTorch' 'no torch (package python3-torch)'
fi

guide() {
    sed -n '/^```cpp/,/^```/p' doc/measuring.md | sed '1d;$d' >"$work/guide.cpp"
    test -s "$work/guide.cpp" &&
        $CXX -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$work/guide.cpp"
}
if has "${CXX%% *}"; then
    report 'guide: C++17 of doc/measuring.md' guide
else
    skip 'guide: C++17 of doc/measuring.md' 'no C++ compiler'
fi
finish
