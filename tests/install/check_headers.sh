#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header stands alone, as C11 and as C++17, with every usual warning an error.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror'

# alone LANGUAGE STANDARD COMPILER: includes each header twice, for its guard.
alone() {
    for path in include/libnc/*.h; do
        header=libnc/$(basename "$path")
        printf '#include <%s>\n#include <%s>\ntypedef int something;\n' "$header" "$header" \
            >"$work/header"
        # shellcheck disable=SC2086
        $3 -x "$1" -std="$2" $warnings -Iinclude -fsyntax-only "$work/header" || return 1
    done
}

# Every header is reached from libnc.h.
complete() {
    for path in include/libnc/*.h; do
        case $(basename "$path") in
        libnc.h | export.h) ;;
        *) grep -q "^#include <libnc/$(basename "$path")>\$" include/libnc/libnc.h ||
            { echo "libnc.h does not include $path"; return 1; } ;;
        esac
    done
}

# No layout, type or declaration that depends on how somebody compiles.
steady() {
    ! grep -nE '\b(bool|long|FILE|va_list)\b|\.\.\.[)]' include/libnc/*.h | grep -v ':[0-9]*: *[/*]'
}

report 'headers: alone as C11' alone c c11 "$CC"
if has "$CXX"; then
    report 'headers: alone as C++17' alone c++ c++17 "$CXX"
else
    skip 'headers: alone as C++17' "no $CXX"
fi
report 'headers: libnc.h includes all' complete
report 'headers: no bool, long, FILE or varargs' steady
finish
