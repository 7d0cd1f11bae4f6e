#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints what the public headers promise, sorted: `header_symbols.sh functions` the functions marked
# LIBNC_API or LIBNC_CHECKED, `header_symbols.sh constants` the enum constants with their values.
set -eu
export LC_ALL=C

# Headers without comments and macros, one declaration per line.
declarations() {
    cat include/libnc/*.h | grep -v '^#' |
        ${CC:-cc} -x c -std=c11 -E -P - | tr '\n\t' '  ' | tr ';{}' '\n\n\n'
}

case $1 in
functions)
    declarations | sed -n 's/.*LIBNC_\(API\|CHECKED\)\([^(]*\)(.*/\2/p' | sed 's/.*[ *]//' | sort
    ;;
constants)
    declarations | tr ',' '\n' |
        sed -n 's/^ *\(LIBNC_[A-Z0-9_]*\) *= *\(-\{0,1\}[0-9]*\) *$/\1=\2/p' | sort
    ;;
esac
