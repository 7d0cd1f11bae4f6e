#!/bin/sh
# SPDX-License-Identifier: MIT
# Other compilers than the one of the build: clang where it is installed, with two suites run, and a
# compilation for aarch64. No warning is passed over.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

# built COMPILER FOLDER TARGETS...: a build of its own; fails on warnings.
built() {
    compiler=$1 folder=$2
    shift 2
    $MAKE --no-print-directory -j2 BUILD="$work/$folder" CC="$compiler" CFLAGS='-O1 -Werror' \
        KERNEL_SPEED= "$@"
}
suite() {
    "$work/clang/tests/$1"
}

if has clang; then
    report 'compilers: clang' built clang clang libraries \
        "$work/clang/tests/test_kernels" "$work/clang/tests/test_geometry"
    report 'compilers: clang, test_kernels' suite test_kernels
    report 'compilers: clang, test_geometry' suite test_geometry
else
    skip 'compilers: clang' 'not installed'
fi

# Only the headers of the libraries are needed: nothing is linked.
cross=aarch64-linux-gnu-gcc
if has $cross; then
    mkdir -p "$work/headers"
    for header in cblas.h lapacke.h zlib.h; do
        printf '#include <%s>\n' "$header" | $CC -E -x c - 2>/dev/null |
            sed -n 's/^# [0-9]* "\(\/[^"]*\)".*/\1/p' | sort -u |
            grep -E '/(cblas|lapacke?|lapacke_[a-z]*|openblas[a-z_]*|zlib|zconf)[^/]*\.h$' |
            while read -r file; do cp "$file" "$work/headers"; done
    done
    report 'compilers: aarch64, no link' built $cross aarch64 "CPPFLAGS=-isystem $work/headers" \
        "$work/aarch64/lib/libnc.a"
else
    skip 'compilers: aarch64' "no $cross"
fi
finish
