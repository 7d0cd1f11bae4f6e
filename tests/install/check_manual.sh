#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages: no warnings, one for each installed program, and the same options as --help.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

lint() {
    for file in doc/man/*.1; do
        MANROFFSEQ='' MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$file" \
            2>>"$work/warnings" >/dev/null || return 1
    done
    ! grep . "$work/warnings"
}
same_options() {
    "$BUILD/programs/$1" --help | grep -o -- '--[a-z][a-z0-9-]*' | sort -u >"$work/help"
    sed 's/\\-/-/g' "doc/man/$1.1" | grep -o -- '--[a-z][a-z0-9-]*' | sort -u >"$work/page"
    test -s "$work/help" && diff "$work/help" "$work/page"
}
version() {
    for file in doc/man/*.1; do
        grep -q "^\.TH .*\"libnc $VERSION\"" "$file" || return 1
    done
}

if has man && has groff; then
    report 'manual: no warnings' lint
else
    skip 'manual: no warnings' 'no man or no groff (packages man-db, groff-base)'
fi
report 'manual: version' version
for program in libnc-predict libnc-train libnc-minority-collapse libnc-measure; do
    report "manual: options of $program = --help" same_options "$program"
done
finish
