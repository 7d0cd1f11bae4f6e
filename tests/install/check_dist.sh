#!/bin/sh
# SPDX-License-Identifier: MIT
# The source archive builds by itself, without git: libraries, programs and suites. To save time it is
# built without optimisation, and only the suites that read files of the archive are run.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
source=$work/source/libnc-$VERSION

archive() {
    $MAKE --no-print-directory dist DISTDIR="$work" && mkdir "$work/source" &&
        tar -xzf "$work/libnc-$VERSION.tar.gz" -C "$work/source"
}
# Nothing of the clone: no git above it can be reached, no variable of this make.
in_source() {
    (
        unset MAKEFLAGS MAKELEVEL MFLAGS BUILD VERSION SOVERSION
        cd "$source" && GIT_CEILING_DIRECTORIES=$work make -j"$(nproc)" CC="$CC" CFLAGS=-O0 \
            KERNEL_SPEED= "$@"
    )
}
names() {
    (
        unset BUILD VERSION SOVERSION
        cd "$source" && tests/install/check_symbols.sh
    )
}
# The archive's archive is the archive.
again() {
    in_source dist && cmp "$work/libnc-$VERSION.tar.gz" "$source/build/dist/libnc-$VERSION.tar.gz"
}

report 'dist: archive' archive || finish
report 'dist: builds' in_source all examples suites || finish
report 'dist: symbols' names
report 'dist: suites' in_source run-test_idx run-test_dataset
report 'dist: makes the same archive again' again
finish
