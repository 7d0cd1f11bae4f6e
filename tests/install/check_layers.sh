#!/bin/sh
# SPDX-License-Identifier: MIT
# The modules of src/ in their order: each uses only modules on lower floors (doc/design.md).
#
#   check_layers.sh [ARCHIVE]
#
# Read from the sources: every #include "module/file.h". Read from ARCHIVE (the built libnc.a): every call,
# so that neither a declaration by hand nor a callback through a header hides one. Faults: an arrow
# upward or sideways between modules; files that include or call each other in a circle (a file is
# x.c with its x.h); a header that declares another file's function; an unknown module; a program or an
# example that includes a header of src/.
set -eu
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
archive=${1:-$LIB/libnc.a}

# One floor a line, the lowest first.
floors='base
linalg
minimise files
data layers loss optimizer
convex deep accumulator model
metrics geometry ood
report closed_form train
minority'

# "from to how", files as module/name without the ending.
grep -H '^#include "' src/*/*.[ch] |
    sed 's,^src/\([^:]*\)\.[ch]:#include "\([^"]*\)\.h".*,\1 \2 includes,' >"$work/arrows"

# Members of the archive have no folder: names of sources are unique, but for the kernels' variants.
for source in src/*/*.c; do
    name=${source#src/}
    echo "$(basename "$source" .c) ${name%.c}"
done >"$work/files"
awk '{ if (seen[$1]++) print "two sources are named " $1 ".c" }' "$work/files" >"$work/faults"
nm -A "$archive" 2>/dev/null | awk -v files="$work/files" -v definitions="$work/definitions" '
BEGIN { while ((getline line <files) > 0) { split(line, part, " "); path[part[1]] = part[2] } }
{
    member = $1; sub(/^[^:]*:/, "", member); sub(/\.o:.*/, "", member)
    sub(/_f(32|64)_(baseline|avx2|avx512)$/, "", member)
    symbol = $NF; type = $(NF - 1)
    if (symbol !~ /^(nc__|libnc_)/ || !(member in path)) next
    if (type == "U") { calls[path[member] " " symbol] = 1 }
    else if (type ~ /[A-Z]/) { home[symbol] = path[member] }
}
END {
    for (pair in calls) {
        split(pair, part, " ")
        if (part[2] in home) print part[1], home[part[2]], "calls"
    }
    for (symbol in home) print symbol, home[symbol] >definitions
}' | sort -u >>"$work/arrows"

# Functions that a header declares and another file defines.
for header in src/*/*.h; do
    own=${header#src/}
    sed -n 's/^[a-z][A-Za-z0-9_ ]*[ *]\(nc__[a-z0-9_]*\)(.*/\1/p' "$header" | grep -v ' static ' |
        sed "s,\$, ${own%.h},"
done | awk -v definitions="$work/definitions" '
BEGIN { while ((getline line <definitions) > 0) { split(line, part, " "); home[part[1]] = part[2] } }
($1 in home) && home[$1] != $2 && home[$1] "_internal" != $2 {
    print "src/" $2 ".h declares " $1 "(), which src/" home[$1] ".c defines"
}' | sort -u >>"$work/faults"

grep -n '^#include "[a-z_]*/' programs/*.[ch] examples/*.c examples/*.cpp 2>/dev/null |
    sed 's/$/ (public headers only)/' >>"$work/faults" || true

awk -v floors="$floors" '
BEGIN {
    count = split(floors, line, "\n")
    for (i = 1; i <= count; i++) {
        n = split(line[i], name, " ")
        for (j = 1; j <= n; j++) floor[name[j]] = i
    }
}
function module(file) { sub(/\/.*/, "", file); return file }
# A depth-first search for a circle of files below `file`.
function visit(file, trail,    i, n, next_file, list) {
    state[file] = 1
    n = split(uses[file], list, " ")
    for (i = 1; i <= n; i++) {
        next_file = list[i]
        if (state[next_file] == 1) {
            print "a circle: " substr(trail, index(trail, " " next_file " ")) next_file
        } else if (!state[next_file]) {
            visit(next_file, trail next_file " ")
        }
    }
    state[file] = 2
}
$1 == $2 { next }
{
    a = module($1); b = module($2)
    if (!(a in floor)) unknown[a] = 1
    if (!(b in floor)) unknown[b] = 1
    if (a != b && (a in floor) && (b in floor) && floor[a] <= floor[b])
        print "src/" $1 " " $3 " " $2 ", which is " (floor[a] == floor[b] ? "beside" : "above") " it"
    if (!seen[$1 " " $2]++) { uses[$1] = uses[$1] $2 " "; files[$1] = 1 }
}
END {
    for (m in unknown) print "src/" m " is on no floor of this table"
    for (f in files) if (!state[f]) visit(f, " " f " ")
}' "$work/arrows" | sort -u >>"$work/faults"

no_faults() {
    cat "$work/faults"
    test ! -s "$work/faults"
}
report "modules use only lower floors, without circles" no_faults
finish
