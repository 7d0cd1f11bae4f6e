#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples print what their first comments say: words as they are, numbers to 1e-3, or both below
# 1e-6, where rounding is all that is left. Each is one file of fewer than 120 lines.
#
#   tests/programs/check_examples.sh [FOLDER]     of the built examples; default: $BUILD/examples
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/../install/common.sh"
folder=${1:-$BUILD/examples}

# said FILE: what its first comment shows after "Prints:".
said() {
    awk '/\*\// { exit } printed && /^ \*     / { print substr($0, 8) } /Prints:$/ { printed = 1 }' "$1"
}
# alike SAID PRINTED
alike() {
    awk '
    function number(x) { return x ~ /^[-+]?[0-9.]+(e[-+]?[0-9]+)?$/ }
    function same(a, b,    d, s) {
        if (!number(a) || !number(b)) return a == b
        d = a - b; d = d < 0 ? -d : d
        s = a < 0 ? -a : a
        return d <= 1e-3 * s || (s < 1e-6 && b < 1e-6 && b > -1e-6)
    }
    NR == FNR { line[FNR] = $0; lines = FNR; next }
    {
        seen = FNR
        gsub(/[,()]/, " & "); gsub(/[,()]/, " & ", line[FNR])
        n = split(line[FNR], word, " ")
        bad = n != NF
        for (i = 1; i <= n && !bad; i++) bad = !same(word[i], $i)
        if (bad) { print "says:   " line[FNR] "\nprints: " $0; failed = 1 }
    }
    END { if (seen != lines) print "says " lines " lines, prints " seen; exit failed || seen != lines }
    ' "$1" "$2"
}
prints() {
    said "$1" >"$work/said"
    "$2" >"$work/printed" && test -s "$work/said" && alike "$work/said" "$work/printed"
}
short() {
    test "$(wc -l <"$1")" -lt 120 && ! grep '#include "' "$1"
}

for example in examples/*.c examples/*.cpp; do
    name=$(basename "$example")
    report "examples: $name" prints "$example" "$folder/${name%.*}"
    report "examples: $name, one short file" short "$example"
done
finish
