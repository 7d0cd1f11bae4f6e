#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages: no warnings, one for each installed program, and the same options as --help; libnc(7)
# names every program and header, and its session runs.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

lint() {
    for file in doc/man/*.[17]; do
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
    for file in doc/man/*.[17]; do
        grep -q "^\.TH .*\"libnc $VERSION\"" "$file" || return 1
    done
}
overview() {
    sed 's/\\-/-/g' doc/man/libnc.7
}
names_all() {
    overview | grep -o '[a-z_]*\.h\b' | sort -u >"$work/named"
    (cd include/libnc && ls ./*.h) | sed 's|^\./||' | diff - "$work/named" || return 1
    for page in doc/man/*.1; do
        test "$(overview | grep -c "^.BR $(basename "$page" .1) (1)")" -ge 2 || return 1
    done
}
# Every command of the overview that is a program of ours.
session() {
    overview | sed 's/ \\e$/ \\/' | sed -n '/^\.EX/,/^\.EE/{/^\./d;p}' |
        sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' | grep '^libnc-' >"$work/session"
    test "$(wc -l <"$work/session")" -ge 4 || return 1
    while read -r line; do
        PATH=$BUILD/programs:$PATH sh -ec "$line" >"$work/printed" || return 1
        grep -q . "$work/printed" || return 1
    done <"$work/session"
}

if has man && has groff; then
    report 'manual: no warnings' lint
else
    skip 'manual: no warnings' 'no man or no groff (packages man-db, groff-base)'
fi
report 'manual: version' version
for program in libnc-predict libnc-train libnc-minority-collapse libnc-measure libnc-watch; do
    report "manual: options of $program = --help" same_options "$program"
done
report 'manual: libnc(7) names every header and program' names_all
report 'manual: the session of libnc(7)' session
finish
