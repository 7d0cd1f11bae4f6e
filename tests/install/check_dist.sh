#!/bin/sh
# SPDX-License-Identifier: MIT
# The source archive builds and passes by itself, without git: libraries, programs, suites, symbols.
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
        cd "$source" && GIT_CEILING_DIRECTORIES=$work make -j"$(nproc)" "$@"
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

report 'dist: archive' archive
report 'dist: builds' in_source all examples suites
report 'dist: symbols' names
report 'dist: suites' in_source run-suites
report 'dist: makes the same archive again' again
finish
