# SPDX-License-Identifier: MIT
# formulas.awk: GitHub's formulas as Doxygen's, for the pages (FILTER_PATTERNS in doc/Doxyfile).
#
#     $a$ and $`a`$       become  \f$a\f$
#     ```math .. ```      becomes \f[ .. \f]
#
# Code is left as it is: fenced, indented after an empty line, and between backquotes.

# The formula that `text` begins with is `length_of_formula` long; `mark` ends it.
function formula(text, begin, mark,    rest, end) {
    rest = substr(text, length(begin) + 1)
    end = index(rest, mark)
    if (end < 2)
        return ""
    length_of_formula = length(begin) + end - 1 + length(mark)
    return "\\f$" substr(rest, 1, end - 1) "\\f$"
}

# The code span that `text` begins with, or its backquotes where none closes.
function code(text,    ticks, end) {
    match(text, /^`+/)
    ticks = substr(text, 1, RLENGTH)
    end = index(substr(text, RLENGTH + 1), ticks)
    return end ? substr(text, 1, RLENGTH + end - 1 + RLENGTH) : ticks
}

function inline(text,    out, tex) {
    out = ""
    while (match(text, /[`$]/)) {
        out = out substr(text, 1, RSTART - 1)
        text = substr(text, RSTART)
        if (substr(text, 1, 1) == "`") {
            tex = code(text)
            length_of_formula = length(tex)
        } else {
            tex = substr(text, 2, 1) == "`" ? formula(text, "$`", "`$") : formula(text, "$", "$")
            if (tex == "") {
                tex = "$"
                length_of_formula = 1
            }
        }
        out = out tex
        text = substr(text, length_of_formula + 1)
    }
    return out text
}

fence == "" && /^ *(```|~~~)/ {
    match($0, /(```|~~~)/)
    fence = substr($0, RSTART, 3)
    is_formula = $0 ~ /```math *$/
    if (is_formula)
        sub(/```math *$/, "\\f[")
    print
    next
}

fence != "" {
    if ($0 ~ "^ *" fence) {
        if (is_formula)
            sub(/```/, "\\f]")
        fence = ""
    }
    print
    next
}

{
    indented = /^(    |\t)/ && (blank || indented)
    blank = /^[ \t]*$/
    print indented ? $0 : inline($0)
}
