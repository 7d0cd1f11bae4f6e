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
    if has chromium; then
        tested=true
        report 'docs: formulas are typeset in Chromium' formulas browse "$html" chromium
    fi
    $tested || skip 'docs: formulas are typeset' 'no node, no chromium'
}

python=$(python_with json)
report 'docs: titles without labels' titles
report 'docs: formulas that GitHub can show' formulas sources doc/*.md ./*.md
if has doxygen; then
    report 'docs: Doxygen without warnings' site
    report 'docs: formulas of the site, nothing loaded from elsewhere' formulas site "$html" doc/*.md ./*.md
    if test -f "$html/katex/katex.min.js"; then
        typeset_formulas
    else
        skip 'docs: formulas are typeset' 'no libjs-katex'
    fi
else
    skip 'docs: Doxygen without warnings' 'no doxygen'
fi
finish
