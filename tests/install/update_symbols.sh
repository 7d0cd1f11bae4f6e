#!/bin/sh
# SPDX-License-Identifier: MIT
# Adds the public names that lib/symbols-in-versions lacks, with the version that is being made, and
# writes lib/libnc.map from it. Functions that the headers call experimental are marked, and have a node
# of their own. Never takes a name away: see doc/abi.md.
set -eu
cd "$(dirname "$0")/../.."
export LC_ALL=C
ledger=lib/symbols-in-versions
touch "$ledger"

names() {
    tests/install/header_symbols.sh functions
    tests/install/header_symbols.sh constants
}

entries() {
    grep -v '^#' "$ledger" || true
    names | while read -r name; do
        grep -q "^$name " "$ledger" || echo "$name $SOVERSION"
    done
}

# The third column, from the headers.
marked() {
    tests/install/header_symbols.sh experimental >"$ledger.experimental"
    awk -v list="$ledger.experimental" '
        BEGIN { while ((getline name <list) > 0) experimental[name] = 1 }
        { print $1 " " $2 (($1 in experimental) ? " experimental" : "") }'
    rm -f "$ledger.experimental"
}

{
    echo '# Public functions and enum constants of libnc, with the version that brought them;'
    echo '# "experimental": may change before 1.0.'
    echo '# Written by `make symbols`, which only ever adds lines. doc/abi.md has the rules.'
    entries | sort | marked
} >"$ledger.new"
mv "$ledger.new" "$ledger"

# One node per minor release, each building on the one before; the experimental ones last.
{
    echo '/* SPDX-License-Identifier: MIT'
    echo ' *'
    echo ' * Exported symbols by version. Written from symbols-in-versions by `make symbols`. */'
    before=
    for version in $(sed -n 's/^libnc_[a-z0-9_]* \([0-9.]*\)$/\1/p' "$ledger" | sort -Vu); do
        echo "LIBNC_$version {"
        echo '  global:'
        sed -n "s/^\(libnc_[a-z0-9_]*\) $version\$/    \1;/p" "$ledger"
        test -n "$before" || printf '  local:\n    *;\n'
        echo "}${before:+ LIBNC_$before};"
        before=$version
    done
    echo 'LIBNC_EXPERIMENTAL {'
    echo '  global:'
    sed -n 's/^\(libnc_[a-z0-9_]*\) .* experimental$/    \1;/p' "$ledger"
    echo "} LIBNC_$before;"
} >lib/libnc.map.new
mv lib/libnc.map.new lib/libnc.map
