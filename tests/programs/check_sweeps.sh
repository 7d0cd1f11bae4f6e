#!/bin/sh
# SPDX-License-Identifier: MIT
# Sweeps of libnc-predict: rows against single predictions, tables that are the same whoever solved
# them and whatever ended that, and the recipes of doc/sweeps.md.
#
#   tests/programs/check_sweeps.sh [PROGRAMS]     default: $BUILD/programs, BUILD = build
# Lists of options are split into words on purpose.
# shellcheck disable=SC2086
set -u

programs=${1:-${BUILD:-build}/programs}
predict=$programs/libnc-predict
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
export LC_ALL=C
checks=0
failures=0
tail='--long-tailed 40,500,100 --loss ce'
sweep='--sweep decay=1e-4:2e-3:30:log'

# expect NAME COMMAND...: the command succeeds.
expect() {
    checks=$((checks + 1))
    name=$1
    shift
    "$@" || {
        failures=$((failures + 1))
        printf 'FAILED: %s\n' "$name"
    }
}

# cell TABLE POINT COLUMN: a number of a row.
cell() {
    awk -F '\t' -v point="$2" -v name="$3" '
        NR == 1 { sub(/^# /, ""); for (i = 1; i <= NF; i++) if ($i == name) column = i }
        !/^#/ && $1 == point { print $column }' "$1"
}

# refused WORDS OPTIONS...: exit 2, and the words on stderr.
refused() {
    words=$1
    shift
    "$predict" "$@" >"$work/stdout" 2>"$work/stderr"
    expect "exit code 2 of $*" test $? -eq 2
    expect "$* says '$words'" grep -q -e "$words" "$work/stderr"
}

# ---- options
refused 'PARAMETER=VALUES, the parameter one of weight-decay' --sweep hue=1:2:3
refused 'decay=FIRST:LAST:COUNT' --sweep decay=1:2
refused 'decay=FIRST:LAST:COUNT' --sweep decay=0:2:3:log
refused 'decay=FIRST:LAST:COUNT' --sweep decay=1:2:3:loog
refused 'decay must be above 0' --sweep decay=0:2:3
refused 'depth must be from 1' --sweep depth=0,1
refused 'with --loss ce' --sweep label-smoothing=0:0.5:3
refused 'with --long-tailed or --step' --sweep ratio=1:10:3
refused 'given once' --sweep depth=1,2 --sweep depth=1,2
refused 'not come with --sweep decay' --sweep weight-decay=1,2 --sweep decay=1,2
refused 'not come with --sweep feature-decay' --sweep decay=1,2 --sweep feature-decay=1,2
refused 'not come with --sweep energies' --loss ce --sweep decay=1,2 --sweep energies=1,2
refused 'at most twice' --sweep depth=1,2 --sweep bias=0,1 --sweep width=3,4
refused 'i from 1 to n' $sweep --shard 3/2
refused 'with --sweep' --jobs 2

# ---- rows are single predictions
"$predict" --step 3,300,4,30 --depth 2 --sweep feature-decay=1e-3,1e-2 --sweep bias=0,1 >"$work/plane"
expect 'a plane has four rows' test "$(grep -vc '^#' "$work/plane")" -eq 4
point=0
for decay in 1e-3 1e-2; do
    for bias in '' --bias; do
        "$predict" --step 3,300,4,30 --depth 2 --feature-decay $decay $bias --json >"$work/one"
        loss=$(sed 's/.*"loss": \([^,]*\),.*"singular.*/\1/' "$work/one")
        expect "point $point is its prediction" awk -v a="$(cell "$work/plane" $point loss)" \
            -v b="$loss" 'BEGIN { d = a - b; exit !(d * d <= 1e-22 * b * b) }'
        point=$((point + 1))
    done
done
"$predict" --step 3,300,4,30 --sweep ratio=1,10,100 --json >"$work/lines"
expect 'JSON: a line for the problem and one for each row' test "$(wc -l <"$work/lines")" -eq 4
expect 'JSON: the ratio of --step' grep -q '"counts": \[300, 300, 300, 30, 30, 30, 30\]' "$work/lines"
expect 'a problem without a prediction is a row' test "$("$predict" --loss ce --counts 3,2,1 \
    --sweep depth=1,2 | awk -F '\t' '!/^#/ { print $NF }' | tr '\n' ' ')" = 'proven none '
# MSE: rank falls with the decay, and reaches 0.
"$predict" --counts 50,20,10,5 --depth 3 --sweep decay=1e-4:1:50:log >"$work/mse"
expect 'MSE: the rank falls to 0' awk -F '\t' '!/^#/ {
        if (n++ && $5 > last) bad = 1
        last = $5
        bad = bad || $5 + $6 != 4
    } END { exit bad || last != 0 || n != 50 }' "$work/mse"

# ---- the same table, whoever made it
"$predict" $tail $sweep >"$work/whole"
"$predict" $tail $sweep --jobs 3 | cmp -s - "$work/whole"
expect 'three at a time' test $? -eq 0
for shard in 1 2 3 4; do
    "$predict" $tail $sweep --shard $shard/4
done >"$work/shards"
expect 'shards one after the other' cmp -s "$work/shards" "$work/whole"

# Killed at ten moments.
kills=0
while [ $kills -lt 10 ]; do
    "$predict" $tail $sweep --out "$work/killed" --jobs 2 >/dev/null 2>&1 &
    process=$!
    sleep "$(awk -v seed=$kills 'BEGIN { srand(seed); printf "%.3f", 0.02 + 0.2 * rand() }')"
    case $((kills % 3)) in
    0) kill -KILL $process ;;
    1) kill -TERM $process && kill -TERM $process ;;
    2) kill -TERM $process ;;
    esac 2>/dev/null
    wait $process 2>/dev/null
    kills=$((kills + 1))
done
"$predict" $tail $sweep --out "$work/killed" --quiet >"$work/stdout"
expect 'killed ten times: the same table' cmp -s "$work/killed/sweep.tsv" "$work/whole"
# A last line that was cut, rows out of order.
{
    sed -n '1,2p' "$work/whole"
    sed -n '9,12p;4,6p' "$work/whole"
    sed -n 20p "$work/whole" | cut -c 1-40 | tr -d '\n'
} >"$work/killed/sweep.tsv"
"$predict" $tail $sweep --out "$work/killed" --quiet >"$work/stdout"
expect 'a line that was cut' cmp -s "$work/killed/sweep.tsv" "$work/whole"
"$predict" $tail --bias $sweep --out "$work/killed" 2>"$work/stderr"
expect 'another problem: exit code 1' test $? -eq 1
expect 'another problem: said' grep -q 'rows of another problem' "$work/stderr"
expect 'another problem: the rows stay' cmp -s "$work/killed/sweep.tsv" "$work/whole"
: >"$work/ended"
"$predict" $tail --sweep decay=1e-6:1e-3:2000:log --quiet >>"$work/ended" &
process=$!
tries=0
until test "$(wc -l <"$work/ended")" -ge 4 || test $tries -ge 600; do
    tries=$((tries + 1))
    sleep 0.1
done
kill -TERM $process
wait $process
expect 'interrupted: exit code 143' test $? -eq 143
expect 'interrupted: whole rows are printed' awk -F '\t' '!/^#/ && NF != 13 { bad = 1 }
    END { exit bad || NR < 3 }' "$work/ended"

# ---- doc/sweeps.md: four processes, then one that merges and draws
seq 4 | xargs -P 2 -I '{}' "$predict" $tail $sweep --shard '{}/4' --jobs 1 --out "$work/jobs"
{
    sed -n '1,2p' "$work/jobs/sweep-1-of-4.tsv"
    for shard in 1 2 3 4; do
        sed '/^#/d' "$work/jobs/sweep-$shard-of-4.tsv"
    done
} >"$work/jobs/sweep.tsv"
"$predict" $tail $sweep --out "$work/jobs" >"$work/stdout"
expect 'xargs: the same table' cmp -s "$work/jobs/sweep.tsv" "$work/whole"
if command -v parallel >/dev/null 2>&1 && parallel --version 2>/dev/null | grep -q GNU; then
    parallel --joblog "$work/log" --resume "$predict" $tail $sweep --shard '{}/4' --jobs 1 \
        --out "$work/parallel" ::: 1 2 3 4
    sed -s '/^#/d' "$work"/parallel/sweep-?-of-4.tsv >"$work/rows"
    sed '/^#/d' "$work/whole" | cmp -s - "$work/rows"
    expect 'parallel: the same rows' test $? -eq 0
else
    echo 'SKIP sweeps: the recipe of GNU parallel: no parallel'
fi

# ---- figures
"$predict" --counts 50,20,10,5 --depth 3 --sweep weight-decay=1e-5:1:9:log \
    --sweep feature-decay=1e-5:1:9:log --out "$work/plane.d" >"$work/stdout"
expect 'diagram.tsv: a cell a row' test "$(grep -vc '^#' "$work/plane.d/diagram.tsv")" -eq 81
# Its lines are where the number of classes that are predicted changes.
expect 'boundary.tsv: a line for each class' test \
    "$(grep -vc '^#' "$work/plane.d/boundary.tsv")" -eq $((4 * (9 + 2)))
line=$(sed '/^#/d' "$work/plane.d/boundary.tsv" | sed -n 5p)
for side in '0.999 0' '1.001 1'; do
    "$predict" --counts 50,20,10,5 --depth 3 --weight-decay "${line%	*}" --json --feature-decay \
        "$(awk -v f="${line#*	}" -v s="${side% *}" 'BEGIN { printf "%.15g", f * s }')" >"$work/one"
    expect "boundary.tsv: at ${side% *} of a line" test \
        "$(grep -c '"not_predicted": \[3\]' "$work/one")" -eq "${side#* }"
done
# Of more layers no line is known.
"$predict" --counts 50,20,10 --loss ce --sweep depth=1,2 --sweep decay=1e-3,1e-2 \
    --out "$work/layers.d" >"$work/stdout"
expect 'boundary.tsv: a line where one is known' test \
    "$(sed '/^#/d' "$work/layers.d/boundary.tsv" | awk 'NF' | cut -f 2 | grep -c inf)" -eq 1
if command -v gnuplot >/dev/null 2>&1 && command -v python3 >/dev/null 2>&1; then
    python3 tests/programs/check_page.py "$work/plane.d" 2 1
    expect 'report.html' test $? -eq 0
fi
if command -v gnuplot >/dev/null 2>&1; then
    for figure in plane.d/diagram_rank plane.d/diagram_not_predicted jobs/sweep; do
        expect "$figure.svg" grep -q '</svg>' "$work/$figure.svg"
    done
fi

printf '%d checks of sweeps, %d failed\n' "$checks" "$failures"
test "$failures" -eq 0
