#!/bin/sh
# SPDX-License-Identifier: MIT
# doc/questions.md: every command prints the lines that follow it on the page. A line "..." there is any
# lines, "..." in a line any words. Words are the same, numbers to the digits that are shown, their last
# one up to 2 off.
#
#   tests/programs/check_questions.sh [PROGRAMS]     default: $BUILD/programs
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/../install/common.sh"
programs=${1:-$BUILD/programs}
PATH=$(cd "$programs" && pwd):$PATH
export PATH
page=doc/questions.md

# The n-th command, and the n-th output.
command_of() {
    awk -v n="$1" '/^```/ { fenced = !fenced } !fenced && /^    / && ++seen == n { print substr($0, 5) }' $page
}
output_of() {
    awk -v n="$1" '/^```$/ { shown = 0 } shown && seen == n { print } /^```text$/ { seen++; shown = 1 }' $page
}
# alike SHOWN PRINTED
alike() {
    awk '
    function number(x) { return x ~ /^[-+]?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?[,;:]?$/ }
    # Of the last digit of x.
    function unit(x,    digits, power) {
        power = x ~ /e/ ? substr(x, index(x, "e") + 1) : 0
        sub(/e.*/, "", x); sub(/[,;:]$/, "", x)
        digits = x ~ /[.]/ ? length(x) - index(x, ".") : 0
        return x ~ /[.]/ ? 10 ^ (power - digits) : 0
    }
    function same(shown, x,    d) {
        if (!number(shown) || !number(x)) return shown == x
        d = shown - x; d = d < 0 ? -d : d
        return d <= 2 * unit(shown)
    }
    # Whether words i .. of a line are words j .. of another one.
    function matches(a, i, m, b, j, n) {
        for (; i <= m && a[i] != "..."; i++ && j++)
            if (j > n || !same(a[i], b[j])) return 0
        if (i > m) return j > n
        for (; j <= n + 1; j++)
            if (matches(a, i + 1, m, b, j, n)) return 1
        return 0
    }
    function line_matches(shown, x,    a, b, m, n) {
        m = split(shown, a, " "); n = split(x, b, " ")
        return matches(a, 1, m, b, 1, n)
    }
    NF == 0 { next }
    NR == FNR { said[++lines] = $0; next }
    { printed[++count] = $0 }
    END {
        at = 1
        for (i = 1; i <= lines; i++) {
            if (said[i] == "...") { free = 1; continue }
            for (first = at; at <= count && !line_matches(said[i], printed[at]); at++)
                if (!free) break
            if (at > count || !line_matches(said[i], printed[at])) {
                print "says:   " said[i] "\nprints: " printed[first]; exit 1
            }
            at++; free = 0
        }
        if (at <= count && !free) { print "prints also: " printed[at]; exit 1 }
    }' "$1" "$2"
}
answers() {
    command_of "$1" >"$work/command"
    output_of "$1" >"$work/shown"
    test -s "$work/command" && test -s "$work/shown" &&
        sh "$work/command" >"$work/printed" && alike "$work/shown" "$work/printed"
}
# The comparison itself: a digit, a word, a line too many.
strict() {
    printf 'x 1.25\n...\ny\n' >"$work/shown"
    for text in 'x 1.29\ny\n' 'z 1.25\ny\n' 'x 1.25\ny\nz\n' 'x 1.25\n' 'x 1.25 2\ny\n'; do
        # shellcheck disable=SC2059
        printf "$text" >"$work/printed"
        ! alike "$work/shown" "$work/printed" || return 1
    done
    printf 'x 1.2504\na\ny\n' >"$work/printed"
    alike "$work/shown" "$work/printed"
}

report 'questions: the comparison' strict
questions=$(grep -c '^## ' $page)
number=1
while [ "$number" -le "$questions" ]; do
    report "questions: $(grep '^## ' $page | sed -n "${number}s/^## //p")" answers "$number"
    number=$((number + 1))
done
finish
