#!/bin/sh
# SPDX-License-Identifier: MIT
# The documentation site is made without a warning, and its formulas are typeset.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

html=$BUILD/doc/html

site() {
    $MAKE --no-print-directory docs >"$work/doxygen" 2>&1 ||
        { grep -E 'warning|error' "$work/doxygen"; return 1; }
    # An image that Doxygen does not make out stays as its command.
    ! grep -iE 'warning|error:' "$work/doxygen" && test -s "$html/index.html" &&
        ! grep -F '@image' "$html"/*.html
}

# Doxygen 1.9.8 does not find a page by its file where its title has a label of its own.
titles() {
    ! grep -m 1 -n '^# .*{#' doc/*.md ./*.md
}

python=$(python_with json)
formulas() {
    "$python" tests/install/check_docs.py "$@"
}

# In a browser, and by themselves.
typeset_formulas() {
    tested=false
    if has node; then
        tested=true
        report 'docs: KaTeX parses every formula' formulas parse "$html" node
    fi
    if has chromium && chromium --headless --no-sandbox --dump-dom about:blank >"$work/log" 2>&1; then
        tested=true
        report 'docs: formulas are typeset in Chromium' formulas browse "$html" chromium
    fi
    $tested || skip 'docs: formulas are typeset' 'no nodejs, no chromium'
}

report 'docs: titles without labels' titles
if has doxygen; then
    report 'docs: Doxygen without warnings' site
else
    skip 'docs: Doxygen without warnings' 'no doxygen'
fi
if test -z "$python"; then
    skip 'docs: formulas' 'no python3'
else
    report 'docs: formulas that GitHub can show' formulas sources doc/*.md ./*.md
    if has doxygen; then
        report 'docs: formulas of the site, nothing loaded from elsewhere' \
            formulas site "$html" doc/*.md ./*.md
    fi
    if test -f "$html/katex/katex.min.js"; then
        typeset_formulas
    elif has doxygen; then
        skip 'docs: formulas are typeset' 'no libjs-katex'
    fi
fi
finish
