#!/bin/sh
# SPDX-License-Identifier: MIT
# The documentation site is made without a warning.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

site() {
    $MAKE --no-print-directory docs >"$work/doxygen" 2>&1 ||
        { grep -E 'warning|error' "$work/doxygen"; return 1; }
    # An image that Doxygen does not make out stays as its command.
    ! grep -iE 'warning|error:' "$work/doxygen" && test -s "$BUILD/doc/html/index.html" &&
        ! grep -F '@image' "$BUILD"/doc/html/*.html
}

# Doxygen 1.9.8 does not find a page by its file where its title has a label of its own.
titles() {
    ! grep -m 1 -n '^# .*{#' doc/*.md ./*.md
}

report 'docs: titles without labels' titles
if has doxygen; then
    report 'docs: Doxygen without warnings' site
else
    skip 'docs: Doxygen without warnings' 'no doxygen'
fi
finish
