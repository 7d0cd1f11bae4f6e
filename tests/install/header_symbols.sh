#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints what the public headers promise, sorted: `header_symbols.sh functions` the functions marked
# LIBNC_API or LIBNC_CHECKED, `header_symbols.sh experimental` those of them that say "Experimental: may
# change before 1.0." or stand in a header that says so of all, `header_symbols.sh constants` the enum
# constants with their values.
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
experimental)
    for header in include/libnc/*.h; do
        awk '
        /^\/\*\*/ { comment = ""; inside = 1 }
        inside { comment = comment " " $0; if ($0 ~ /@file/) is_head = 1 }
        inside && /\*\// {
            inside = 0
            gsub(/[ *]+/, " ", comment)
            marked = comment ~ /Experimental: may change before 1\.0\./
            if (is_head) { whole = marked; is_head = 0; marked = 0 }
        }
        !inside && /^LIBNC_(API|CHECKED) / { declaration = "" ; reading = 1 }
        reading {
            declaration = declaration " " $0
            if ($0 ~ /\(/) {
                sub(/\(.*/, "", declaration); sub(/.*[ *]/, "", declaration)
                if (whole || marked) print declaration
                reading = 0
                marked = 0
            }
        }' "$header"
    done | sort
    ;;
constants)
    declarations | tr ',' '\n' |
        sed -n 's/^ *\(LIBNC_[A-Z0-9_]*\) *= *\(-\{0,1\}[0-9]*\|0x[0-9A-Fa-f]*\) *$/\1=\2/p' | sort
    ;;
esac
