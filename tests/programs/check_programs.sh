#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs as tests: known answers, convergence to the prediction, options and exit
# codes, one JSON object, files.
#
#   tests/programs/check_programs.sh [PROGRAMS]     default: $BUILD/programs, BUILD = build
# Lists of options and keys are split into words on purpose.
# shellcheck disable=SC2086,SC2016
set -u

programs=${1:-${BUILD:-build}/programs}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
export LC_ALL=C
python=$(command -v /usr/bin/python3 || command -v python3)
checks=0
failures=0
gof='--counts 200,100,50,50'

fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$1"
}

# skip NAME REASON, as in tests/install/common.sh.
skip() {
    echo "SKIP programs: $1: $2"
}

# expect NAME COMMAND...: the command succeeds.
expect() {
    checks=$((checks + 1))
    name=$1
    shift
    "$@" || fail "$name"
}

# run PROGRAM OPTIONS...: libnc-PROGRAM; stdout in $work/stdout, stderr in $work/stderr, exit code in $code.
run() {
    command=$*
    program=$1
    shift
    "$programs/libnc-$program" "$@" >"$work/stdout" 2>"$work/stderr"
    code=$?
}

# json KEY: the text of a key's value up to the next key, for the flat objects of the programs.
json() {
    awk -v key="\"$1\": " '{
        at = index($0, key)
        if (at == 0) exit
        text = substr($0, at + length(key))
        sub(/, ".*/, "", text); sub(/}$/, "", text)
        print text
    }' "$work/stdout"
}

# near A B TOLERANCE: |A - B| <= TOLERANCE |B|
near() {
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN {
        if (a !~ /^-?[0-9]/) exit 1
        d = a - b; if (d < 0) d = -d
        s = b < 0 ? -b : b
        exit !(d <= t * s)
    }'
}

# below A B: a number, and |A| <= B
below() {
    awk -v a="$1" -v b="$2" 'BEGIN {
        if (a !~ /^-?[0-9]/) exit 1
        if (a < 0) a = -a
        exit !(a <= b)
    }'
}

# element LIST I: the I-th number (from 1) of a JSON list, nested or not.
element() {
    printf '%s\n' "$1" | tr -d '[] ' | cut -d, -f"$2"
}

# Exit code 0, nothing on stderr, one line that is one JSON object.
good_json() {
    expect "exit code of $command: $code" test "$code" -eq 0
    expect "stderr of $command is empty" test ! -s "$work/stderr"
    expect "one line of $command" test "$(wc -l <"$work/stdout")" -eq 1
    if [ -n "$python" ]; then
        expect "JSON of $command" "$python" -c \
            'import json, sys; sys.exit(not isinstance(json.load(sys.stdin), dict))' \
            <"$work/stdout"
    else
        expect "JSON of $command" grep -q '^{".*}$' "$work/stdout"
    fi
}

keys() {
    for key in "$@"; do
        expect "$command has \"$key\"" grep -q "\"$key\": " "$work/stdout"
    done
}

# usage OPTION WORDS PROGRAM OPTIONS...: exit 2, nothing on stdout, the option and range on stderr.
usage() {
    option=$1 words=$2
    shift 2
    run "$@"
    expect "exit code 2 of $command (is $code)" test "$code" -eq 2
    expect "no stdout of $command" test ! -s "$work/stdout"
    expect "$command names $option" grep -q -e "$option" "$work/stderr"
    expect "$command says '$words'" grep -q -e "$words" "$work/stderr"
}

# ---- conventions
for program in predict train 'train --network mlp'; do
    run $program --help
    expect "$program --help" test "$code" -eq 0
    for option in help version json out format seed quiet counts counts-file long-tailed step labels depth width weight-decay feature-decay \
        bias loss; do
        expect "$program --help lists --$option" grep -q -e "--$option" "$work/stdout"
    done
    run $program --version
    expect "$program --version" grep -q "^libnc-${program%% *} (libnc) [0-9]*\.[0-9]*\.[0-9]*$" "$work/stdout"
    usage --depth 'from 1 to 1000' $program --depth 0
    usage --depth 'from 1 to 1000' $program --depth 1x
    usage --width 'from 1' $program --width -3
    usage --counts 'from 1' $program --counts 100,0
    usage --counts 'separated by commas' $program --counts 100,,100
    usage --weight-decay 'above 0' $program --weight-decay -1
    usage --weight-decay 'above 0' $program --weight-decay nan
    usage --weight-decay 'depth = 3' $program --depth 3 --weight-decay 1e-3,1e-3
    usage --feature-decay 'above 0' $program --feature-decay 0
    usage --loss 'mse, ce' $program --loss hinge
    usage --label-smoothing 'loss ce' $program --label-smoothing 0.1
    usage --seed 'from 0' $program --seed -1
    usage --format 'svg, pdf, png' $program --format gif
    usage --format '--out' $program --format pdf
    usage no-such-option 'help' $program --no-such-option
    usage stray 'not an option' $program stray
    # Numbers as the library's settings take them: no spaces, no hexadecimal; signs and exponents.
    usage --depth 'whole number' $program --depth ' 3'
    usage --depth 'whole number' $program --depth 0x3
    usage --seed 'whole number' $program --seed 0x3
    usage --seed 'whole number' $program --seed 18446744073709551616
    usage --counts 'whole numbers' $program --counts '10, 20'
    usage --weight-decay 'a number' $program --weight-decay 0x1p-9
    usage --weight-decay 'a number' $program --weight-decay ' 1e-3'
    usage --weight-decay 'a number' $program --weight-decay 1e999
    usage --json 'takes no argument' $program --json=3
    usage --depth 'needs an argument' $program --depth
    usage '-x' 'not an option' $program -x
    # What others chose reaches a terminal as plain text, in one line.
    usage -- 'x1b\[31m.x0a.xff: not an option' $program "--$(printf '\033[31m\n\377')"
    expect "$program: one line" test "$(wc -l <"$work/stderr")" -eq 1
done
run predict --depth +3 --counts +1e1,20 --seed 18446744073709551615 --weight-decay +1e-3 --json
good_json
plainly=$(json loss)
run predict --depth 3 --counts 10,20 --weight-decay 0.001 --json
expect 'signs and exponents' test "$(json loss)" = "$plainly"
# Steps that diverge: what to change.
for optimizer in sgd adam; do
    run train $gof --optimizer $optimizer --learning-rate 1e6 --iterations 100
    expect "$command says what to do" grep -q -e '--learning-rate' "$work/stdout" "$work/stderr"
done
run train --network mlp --counts 20,30 --backbone 8 --optimizer sgd --learning-rate 100 --iterations 50
expect "exit code 1 of $command" test "$code" -eq 1
expect "$command says what to do" grep -q -e 'diverged.*lower --learning-rate' "$work/stderr"
for program in train 'train --network mlp'; do
    usage --optimizer 'sgd, adam, lbfgs' $program --optimizer newton
    usage --learning-rate 'above 0' $program --learning-rate 0
    usage --momentum 'below 1' $program --momentum 1
    usage --iterations 'from 1' $program --iterations 0
    usage --beta2 'below 1' $program --beta2 1
    usage --gradient-tolerance 'from 0' $program --gradient-tolerance -1
    usage --schedule 'step, cosine' $program --schedule linear
    usage --scalar 'float64, float32' $program --scalar half
    usage --threads 'from 1 to 256' $program --threads 0
    # Options that another one leaves without effect.
    usage --learning-rate 'sgd or adam' $program --optimizer lbfgs --learning-rate 0.1
    usage --momentum 'optimizer sgd' $program --optimizer adam --momentum 0.5
    usage --beta2 'optimizer adam' $program --optimizer sgd --beta2 0.5
    usage --schedule 'sgd or adam' $program --optimizer lbfgs --schedule step
    usage --period 'step or cosine' $program --schedule constant --period 10
    usage --factor 'step or cosine' $program --schedule constant --factor 0.5
done
# Options of the other network.
for option in '--images a' '--backbone 8' '--affine no' '--feature-scale 1' \
    '--backbone-decay 0' '--batch-size 8'; do
    usage "${option% *}" 'with --network mlp' train $option
    usage "${option% *}" 'with --network mlp' train $option --network mlp --network free
done
usage --reduction 'with --network free' train --reduction off --network mlp
usage --backbone 'with --network mlp' train --network vgg11 --backbone 8
usage --base-width 'with --network vgg11' train --network mlp --base-width 8
usage --epochs 'with --iterations' train --network vgg11 --epochs 2 --iterations 5
usage --optimizer 'sgd or adam' train --network resnet18 --optimizer lbfgs
usage --batch-size 'at least 2' train --network vgg16 --batch-size 1
usage --test-images 'together' train --network vgg13 --test-images somewhere
usage --warm-up-epochs 'with --warm-up' train --network vgg11 --warm-up-epochs 1 --warm-up 3
usage --period-epochs 'with --period' train --network vgg11 --period-epochs 1 --period 3
usage --period-epochs 'step or cosine' train --network vgg11 --period-epochs 1 --schedule constant
usage --warm-up 'sgd or adam' train --optimizer lbfgs --warm-up 3
usage --repeat-decay 'with --oversampling' train --network vgg11 --repeat-decay visit
usage --oversampling '3 numbers: must be one for each of the 10 classes' train --network vgg11 --oversampling 1,2,3
usage --flip 'above 0' train --network mlp --flip
usage --crop-padding 'above 0' train --network vgg11 --crop-padding 2 --batch-size 0
usage --test-others 'with --images' train --network vgg11 --test-others
usage --minority 'at most the 10 classes' train --network vgg11 --minority 11
usage --measure-every 'gives 1000 measurements' train --network vgg11 --measure-every 1 --epochs 1000
usage --initial-scale 'with --network free' train --net mlp --initial-scale 1
usage --network 'free, mlp' train --network cnn

# ---- predict: known answers (doc/theory.md)
run predict --counts 200,100,50,50 --depth 3 --json
good_json
keys status gap loss singular_values logits bias classifier_gram feature_gram lost_classes unique
expect 'predict: loss' near "$(json loss)" 0.012218400372 1e-9
expect 'predict: status' test "$(json status)" = '"proven"'
expect 'predict: gap' below "$(json gap)" 1e-15
expect 'predict: gap of rounding' test "$(json gap)" != 0
expect 'predict: unique' test "$(json unique)" = true
expect 'predict: nothing lost' test "$(json lost_classes)" = '[]'
gram=$(json classifier_gram)
expect 'predict: first row' near "$(element "$gram" 1)" 52.8826755 1e-8
expect 'predict: last row' near "$(element "$gram" 16)" 18.50220621 1e-8
expect 'predict: off the diagonal' below "$(element "$gram" 2)" 1e-12
expect 'predict: mean' near "$(element "$(json feature_gram)" 6)" 0.03152229822 1e-8
expect 'predict: logit' near "$(element "$(json logits)" 1)" 0.9962322924 1e-9

run predict --counts 12,4 --depth 2 --weight-decay 0.09 --feature-decay 0.04 --json
good_json
expect 'window: loss' near "$(json loss)" 0.34298673045 1e-9
expect 'window: second class lost' test "$(json lost_classes)" = '[1]'

run predict --counts 8,4,2 --depth 2 --weight-decay 0.01,0.03 --feature-decay 0.005 --json
expect 'unequal decays: loss' near "$(json loss)" 0.0814216028 1e-8
run predict --counts 4,4,4 --depth 3 --weight-decay 0.01 --feature-decay 0.01 --bias --json
expect 'bias: loss' near "$(json loss)" 0.0559552424 1e-8
expect 'bias: 1/K' near "$(element "$(json bias)" 1)" 0.33333333333 1e-9
run predict --counts 10,10,10,10 --weight-decay 5e-3 --feature-decay 5e-4 --loss ce \
    --label-smoothing 0.1 --json
expect 'label smoothing: loss' near "$(json loss)" 0.401412929078 1e-9
run predict --counts 10,10,10,10 --weight-decay 5e-3 --feature-decay 5e-4 --loss focal \
    --focal-gamma 3 --json
expect 'focal: loss' near "$(json loss)" 0.037441854351 1e-9
run predict --counts 1,1,1,1 --depth 3 --weight-decay 5e-3 --feature-decay 5e-3 --loss ce --json
good_json
expect 'deep CE: loss' near "$(json loss)" 0.080769163 1e-8
expect 'deep CE: status' test "$(json status)" = '"critical point"'
expect 'deep CE: no gap' test "$(json gap)" = null
run predict --loss ce --depth 3
expect 'deep CE: nothing is said of uniqueness' test "$(grep -c '^unique' "$work/stdout")" -eq 0
run predict --loss ce --depth 3 --starts 5
expect 'search: equal classes may be exchanged' grep -q '^unique  no: exchanging' "$work/stdout"
run predict --loss ce --depth 2 --counts 3,2,1 --starts 5
expect 'search: unique as far as it knows' grep -q '^unique  as far as' "$work/stdout"
run predict
expect 'MSE: unique' grep -q '^unique  yes' "$work/stdout"
run predict --counts 200,100,50,50 --loss ce --json
good_json
expect 'imbalanced CE: loss' near "$(json loss)" 0.0912404589 1e-9
expect 'imbalanced CE: status' test "$(json status)" = '"proven"'
expect "imbalanced CE: gap $(json gap)" below "$(json gap)" 1e-11
keys mu rank groups thresholds
expect 'imbalanced CE: mu' near "$(json mu)" 5e-4 1e-12
expect 'imbalanced CE: groups' test "$(json groups)" = '[0, 1, 2, 2]'
# two classes of 50 among 400 merge at sqrt(50)/400
expect 'imbalanced CE: threshold' grep -q '"merge": \[null, null, 0.01767766952966' "$work/stdout"
run predict --counts 10,10,10,10,10,10,10,10,10,10 --loss ce --energies 1,5 --json
expect 'energies: loss' near "$(json loss)" 0.559781524 1e-8
run predict --counts 1000,1000,1000,10,10,10,10,10,10,10 --loss ce --energies 1,5 --json
good_json
expect 'energies: R = 100, K_A = 3' near "$(json loss)" 0.05045368009 1e-8
run predict --counts 20,10,10 --loss ce --oversampling 1,2,2 --energies 1,5 --json
twice=$(json loss)
run predict --counts 20,20,20 --loss ce --energies 1,5 --json
expect 'oversampling restores balance' near "$twice" "$(json loss)" 1e-12
run predict --counts 1,1,1,1 --depth 3 --weight-decay 5e-3 --feature-decay 5e-3 --loss ce \
    --starts 4 --json
good_json
expect "deep CE, searched: loss $(json loss)" below "$(json loss)" 0.0741611
expect 'deep CE, searched: status' test "$(json status)" = '"best known"'
run predict --counts 20,10 --depth 2 --loss ce
expect 'deep imbalanced CE: exit code 1' test "$code" -eq 1
expect 'deep imbalanced CE: says what to do' grep -q starts "$work/stderr"
usage --energies 'two numbers' predict --loss ce --energies 1
usage --energies 'above 0' predict --loss ce --energies 1,-5
usage --energies 'loss ce' predict --energies 1,5
# Weights w_k as a weighted mean are w_k N/N' with the divisor N; the output says so.
run predict --counts 500,100,20 --loss ce --oversampling 0.002,0.01,0.05 --json
good_json
mean=$(json loss)
run predict --counts 500,100,20 --loss ce --json \
    --class-weights "$(awk 'BEGIN { s = 620 / 3; printf "%.17g,%.17g,%.17g", .002 * s, .01 * s, .05 * s }')"
good_json
expect 'predict: weighted mean' near "$mean" "$(json loss)" 1e-12
run predict --counts 500,100,20 --loss ce --class-weights 0.002,0.01,0.05
expect 'predict: divisor of weights' grep -q '^note .*divisor N' "$work/stdout"
usage --class-weights 'each of the 4 classes' predict --loss ce --class-weights 1,2
usage --class-weights 'each of the 4 classes' predict --loss ce --class-weights 1,2 --weights-normalised
usage --class-weights 'above 0' predict --loss ce --class-weights 1,1,1,nan
usage --starts 'depth above 1' predict --loss ce --starts 5
run predict
expect 'predict prints its status' grep -q proven "$work/stdout"

# ---- direct optimisation: momentum as in the paper, then L-BFGS to the end
trained='loss predicted_loss relative_gap nc1 nc2_classifier nc2_features nc3 accuracy iterations
seconds'
run train --json
good_json
keys $trained
expect 'train: prediction' near "$(json predicted_loss)" 0.0198 1e-12
expect 'train: gap' below "$(json relative_gap)" 1e-6
expect 'train: gap is not negative' awk "BEGIN { exit !($(json relative_gap) > -1e-12) }"
for key in nc1 nc2_classifier nc2_features nc3; do
    expect "train: $key = $(json $key)" below "$(json $key)" 1e-5
done
expect 'train: accuracy' test "$(json accuracy)" = 1
expect 'train: iterations' test "$(json iterations)" = 30000

for options in '--depth 1' '--depth 3' '--depth 1 --bias' '--depth 3 --bias' '--loss ce --depth 1'; do
    run train --optimizer lbfgs --json $options
    good_json
    expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-10
    for key in nc1 nc2_classifier nc2_features nc3; do
        expect "$command: $key = $(json $key)" below "$(json $key)" 1e-5
    done
done
for depth in 1 3; do
    run train $gof --optimizer lbfgs --depth $depth --json
    good_json
    expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-12
    for key in nc1 nc2_classifier nc2_features nc3; do
        expect "$command: $key = $(json $key)" below "$(json $key)" 1e-6
    done
done

# A bottleneck loses the smallest class.
run train $gof --counts 3,2,1 --width 2 --optimizer lbfgs --json
good_json
expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-10
expect "$command: nc2_features $(json nc2_features)" below "$(json nc2_features)" 1e-5

# The exact reduction must not be seen in a result, nor the seed's run change.
run train $gof --iterations 300 --reduction off --json
full=$(json loss)
run train $gof --iterations 300 --json
reduced=$(json loss)
expect "reduction: $full and $reduced" near "$full" "$reduced" 1e-12
run train $gof --iterations 300 --json
expect 'same seed, same bits' test "$(json loss)" = "$reduced"
run train $gof --iterations 300 --seed 3 --json
expect 'another seed, another run' test "$(json loss)" != "$reduced"
run train --scalar float32 --json
good_json
expect "float32: $(json relative_gap)" below "$(json relative_gap)" 1e-5

# Imbalanced cross-entropy reaches the certified optimum.
run train $gof --loss ce --optimizer lbfgs --json
good_json
expect 'imbalanced CE: prediction' near "$(json predicted_loss)" 0.0912404589 1e-9
expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-9
for key in nc1 nc2_classifier nc2_features nc3; do
    expect "$command: $key = $(json $key)" below "$(json $key)" 1e-4
done
# Nothing is predicted for imbalanced classes, cross-entropy and several layers unless searched.
run train $gof --loss ce --depth 2 --iterations 50 --json
good_json
expect 'deep imbalanced CE: null' test "$(json predicted_loss)" = null
expect 'deep imbalanced CE: loss' below "$(json loss)" 2
run train $gof --loss ce --depth 2 --iterations 50
expect 'deep imbalanced CE: words' grep -q 'predicted  nothing' "$work/stdout"
expect 'deep imbalanced CE: who searches' grep -q 'libnc-predict --starts' "$work/stdout"
run train --loss ce --depth 3 --iterations 50
expect 'deep CE: words' grep -q 'critical point' "$work/stdout"

# ---- counts from rules and files
run predict --counts 100,31,10,10 --depth 2 --json
good_json
listed=$(json loss)
printf '# four classes\n100, 31\n10;10\n' >"$work/counts.txt"
awk 'BEGIN { for (k = 0; k < 4; k++) for (i = 0; i < (k == 0 ? 100 : k == 1 ? 31 : 10); i++) print 3 * k }' \
    >"$work/labels.txt"
for option in "--counts-file $work/counts.txt" "--labels $work/labels.txt"; do
    run predict $option --depth 2 --json
    good_json
    expect "predict $option" test "$(json loss)" = "$listed"
    run train $option --depth 2 --json --iterations 1
    good_json
    expect "train $option" test "$(json predicted_loss)" = "$listed"
done
run predict --long-tailed 5,100,100 --json
expect 'a long tail is rounded down' grep -q '"counts": \[100, 31, 10, 3, 1\]' "$work/stdout"
run predict --step 2,30,3,10 --json
expect 'a step' grep -q '"counts": \[30, 30, 10, 10, 10\]' "$work/stdout"
usage --long-tailed 'a ratio from 1' predict --long-tailed 5,100
usage --long-tailed 'from 1' predict --long-tailed 5,100,0.5
usage --step 'four whole numbers' predict --step 5,100
usage --step 'with other counts' predict --counts 1,2 --step 1,5,1,2
echo '3 x' >"$work/bad.txt"
: >"$work/empty.txt"
run predict --counts-file "$work/bad.txt"
expect 'counts that are none' grep -q 'number 1 is x: must be a whole number' "$work/stderr"
run predict --counts-file "$work/empty.txt"
expect 'no counts: exit code 1' test "$code" -eq 1
echo '3 -1' >"$work/bad.txt"
run predict --labels "$work/bad.txt"
expect 'labels below 0' grep -q 'number 1 is -1: must be from 0' "$work/stderr"
run minority-collapse --step 3,1000,7,10 --points 3 --json
good_json
expect 'minority-collapse --step: K' test "$(json classes)" = 10
expect 'minority-collapse --step: ratio' test "$(json oversampling_ratio)" = 100
usage classes 'two counts' minority-collapse --counts 3,2,1
usage --ratio 'with counts' minority-collapse --step 3,1000,7,10 --ratio 5
usage --seed 'not an option' minority-collapse --seed 3 # nothing is random
# Decays as large as the library's.
run predict --feature-decay 1e200 --weight-decay 1e300 --json
good_json
for program in predict train minority-collapse measure watch; do
    run $program -h
    expect "$program -h" grep -q '^Usage: ' "$work/stdout"
done

# ---- who is predicted
run predict --long-tailed 100,500,100 --loss ce --json
good_json
keys margin probability not_predicted version command problem
expect 'CIFAR100-LT: the last 39' test "$(json not_predicted)" = \
    "[$(awk 'BEGIN { for (k = 61; k < 100; k++) printf "%s%d", (k > 61 ? ", " : ""), k }')]"
expect 'CIFAR100-LT: the command' test "$(json command)" = \
    '"libnc-predict --long-tailed 100,500,100 --loss ce --json"'
run predict --long-tailed 100,500,100 --loss ce
expect 'CIFAR100-LT: the sentence' grep -q '^39 of 100 classes are not predicted: n <= 29$' \
    "$work/stdout"
expect 'CIFAR100-LT: rows left out' grep -q '76 more classes' "$work/stdout"
expect 'CIFAR100-LT: short lines' awk 'length($0) > 104 { bad = 1; print } END { exit bad }' \
    "$work/stdout"
run predict --counts 10,10 --loss ce --weight-decay 1 --feature-decay 1
expect 'total collapse: the sentence' grep -q '^all classes are lost$' "$work/stdout"
run predict
expect 'balanced: the sentence' grep -q '^every class is predicted$' "$work/stdout"
run predict --loss ce --depth 3 --starts 5 --json
good_json
expect 'search: below the ETF' awk -v l="$(json loss)" -v e="$(json etf_loss)" \
    'BEGIN { exit !(l < e - 1e-3) }'
# At which decay each class falls: below it every class is predicted, above it that one is not.
run predict --counts 500,200,30 --loss ce --thresholds --json
good_json
fall=$(element "$(json fall_decay)" 3)
expect 'fall: the class of 30' near "$fall" 0.01198 1e-3
expect 'fall: the class of 200' near "$(element "$(json fall_decay)" 2)" 0.02673 1e-3
for side in '0.9999 []' '1.0001 [2]'; do
    decay=$(awk -v f="$fall" -v s="${side% *}" 'BEGIN { printf "%.15g", f * s }')
    run predict --counts 500,200,30 --loss ce --weight-decay $decay --feature-decay $decay --json
    expect "fall: at ${side% *} of it" test "$(json not_predicted)" = "${side#* }"
done
# The count a class would need: with one sample more it is predicted, with one less it is not.
run predict --counts 500,300,7 --loss ce --weight-decay .01 --feature-decay .01 --thresholds \
    --class 2 --json
good_json
expect 'class: one row' test "$(json fall_classes)" = '[2]'
need=$(element "$(json fall_count)" 1)
for side in '1 []' '-1 [2]'; do
    count=$(awk -v n="$need" -v s="${side% *}" 'BEGIN { printf "%.0f", n + s }')
    run predict --counts 500,300,$count --loss ce --weight-decay .01 --feature-decay .01 --json
    expect "fall: of the count ${side% *} more" test "$(json not_predicted)" = "${side#* }"
done
run predict --long-tailed 40,500,100 --loss ce --thresholds --class 39,2,10-12,11
expect 'class: the rows asked for' test "$(sed '1,/no longer/d' "$work/stdout" |
    awk 'NF == 5 && $1 + 0 == $1 { printf "%s ", $1 }')" = '2 10 11 12 39 '
usage --class 'classes from 0 to 2' predict --counts 3,2,1 --thresholds --class 1-3
usage --class 'classes from 0 to 2' predict --counts 3,2,1 --thresholds --class 2-1
usage --class 'with --thresholds or --remedy' predict --class 0
# What a remedy promises: predicted just within the limit, not just beyond it.
tail='--counts 500,299,3*50,5 --loss ce'
run predict $tail --remedy decay --margin 1 --json
good_json
limit=$(sed 's/.*"remedy": {[^}]*"decay": \([^,]*\).*/\1/' "$work/stdout")
for side in '0.9999 1' '1.0001 0'; do
    decay=$(awk -v f="$limit" -v s="${side% *}" 'BEGIN { printf "%.15g", f * s }')
    run predict $tail --weight-decay $decay --feature-decay $decay --json
    least=$(json margin | tr -d '[]' | tr ',' '\n' | sort -g | head -n 1)
    expect "remedy: at ${side% *} of the decay" test \
        "$(awk -v least="$least" 'BEGIN { print (least >= 1) }')" = "${side#* }"
done
tail="$tail --weight-decay 1e-2 --feature-decay 1e-2"
run predict $tail --remedy oversampling --class 5 --json
good_json
often=$(sed 's/.*"repeats": \[\([^]]*\).*/\1/' "$work/stdout" | tr -d ' ')
run predict $tail --oversampling "$often" --json
expect 'remedy: the repeats serve' test -z "$(json not_predicted | grep 5)"
run predict $tail --oversampling "${often%,*},$((${often##*,} - 1))" --json
expect 'remedy: one less does not' test -n "$(json not_predicted | grep 5)"
run predict $tail --remedy oversampling --out "$work/remedy"
expect 'remedy: all are predicted' grep -q 'do it; then every class is predicted' "$work/stdout"
expect 'remedy.tsv: a row a class' test "$(grep -vc '^#' "$work/remedy/remedy.tsv")" -eq 6
run predict --counts 5,5 --loss ce --remedy weights
expect 'remedy: not needed' grep -q 'nothing is needed' "$work/stdout"
run predict --counts 9,5 --loss ce --label-smoothing .1 --remedy decay --margin 20
expect 'remedy: there is none' grep -q 'nothing of the kind will do' "$work/stdout"
usage --remedy 'decay, weights, oversampling' predict --loss ce --remedy more
usage --remedy 'with --loss ce and --depth 1' predict --remedy decay
usage --margin 'with --remedy' predict --loss ce --margin 1
usage --remedy 'not come with --sweep' predict --loss ce --remedy decay --sweep bias=0,1
for counts in '3*' '*3' '2*3,' '0*3' '3*0' '1e9*5,1e9*5,1e9*5'; do
    usage --counts '7\*50 for seven of 50' predict --counts "$counts"
done
run predict --counts 5000,50
expect 'fall, MSE: printed unasked' grep -q 'no longer predicted if sqrt(lw lh) is at least' "$work/stdout"
run predict --counts 5000,50 --json
expect 'fall, MSE: sqrt(5000)/5050' near "$(element "$(json fall_decay)" 1)" 0.014002102 1e-6
expect 'fall, MSE: sqrt(50)/5050' near "$(element "$(json fall_decay)" 2)" 0.0014002102 1e-6
expect 'fall, MSE: the rest only if asked for' test -z "$(json fall_count)"
run predict --counts 5000,50 --bias --json
expect 'fall, MSE with a bias: only if asked for' test -z "$(json fall_decay)"
run predict --counts 200,100,50,50 --depth 3 --thresholds --json
good_json
keys fall_decay fall_width fall_count fall_depth
fall=$(element "$(json fall_decay)" 2)
for side in '0.9999 1' '1.0001 0'; do
    decay=$(awk -v f="$fall" -v s="${side% *}" 'BEGIN { printf "%.15g", f * s }')
    run predict --counts 200,100,50,50 --depth 3 --weight-decay $decay --feature-decay $decay --json
    expect "fall, MSE: at ${side% *} of it" test "$(json not_predicted | grep -c '\[2, 3\]')" = "${side#* }"
done
usage --thresholds 'with --sweep' predict --thresholds --sweep depth=1,2
run predict --thresholds --loss focal
expect 'fall, focal: exit code 1' test "$code" -eq 1

# torch.nn.CrossEntropyLoss(weight) divides by sum n_k w_k
run predict --counts 500,100,20 --class-weights .002,.01,.05 --weights-normalised --loss ce --json
good_json
expect 'normalised weights: loss' near "$(json loss)" .0750136971811 1e-10
expect 'normalised weights: rank' test "$(json rank)" = 2
usage --weights-normalised 'with --class-weights' predict --weights-normalised --loss ce

# ---- minority collapse: Figure 3 of Fang et al. (2021), thresholds of doc/minority_collapse.md
run minority-collapse --json
good_json
keys classes energies majority_classes merge_ratio vanish_ratio ratio loss gap cos_minority \
    cos_majority cos_between norm_majority norm_minority predictions oversampling_needed \
    oversampling_repeats diagram_decay diagram_ratio diagram_cos_minority diagram_merge_decay \
    diagram_vanish_decay
i=1
for ratio in 245.49693060 12.19244708 4.00046671; do
    expect "R_0 = $ratio" near "$(element "$(json merge_ratio)" $i)" $ratio 1e-9
    i=$((i + 1))
done
expect 'R_1 = 5.7053302' near "$(element "$(json vanish_ratio)" 3)" 5.7053302 1e-7
expect 'R_1 = never' test "$(element "$(json vanish_ratio)" 1)" = null
# The thresholds are points of the curves, and there is where they have their kinks.
points=$(json ratio | tr ',' '\n' | wc -l)
expect 'ratios: 41 and four thresholds' test "$points" -eq 45
# at RATIO: its place among the ratios
at() {
    json ratio | tr -d '[] ' | tr ',' '\n' | awk -v r="$1" '{ d = $1 / r - 1 } d * d < 1e-16 { print NR }'
}
i=0
for ratio in 245.49693060 12.19244708 4.00046671; do
    row=$((i * points + $(at $ratio)))
    expect "merged at R_0 = $ratio" near "$(element "$(json cos_minority)" $row)" 1 1e-9
    expect "apart before R_0 = $ratio" test \
        "$(element "$(json predictions)" $((row - 1)))" -gt "$(element "$(json predictions)" $row)"
    i=$((i + 1))
done
expect 'no length at R_1' below "$(element "$(json norm_minority)" $((2 * points + $(at 5.7053302))))" 1e-6
# balanced at R = 1; K_A = 3 at R = 10: oracle of the paper's Figure 3
expect 'balanced loss' near "$(element "$(json loss)" 1)" 0.559781524 1e-8
expect 'balanced cosine' near "$(element "$(json cos_minority)" 1)" -0.1111111111 1e-8
expect 'loss at R = 10' near "$(element "$(json loss)" "$(at 10)")" 0.2690539549 1e-8
expect 'cosine at R = 10' near "$(element "$(json cos_minority)" "$(at 10)")" -0.02023185946 1e-6
expect 'the minority vanishes' test "$(element "$(json cos_minority)" $((3 * points)))" = null
run minority-collapse --classes 4 --majority 2 --points 3 --out "$work/minority"
expect 'minority-collapse: exit code' test "$code" -eq 0
for file in curves diagram oversampling thresholds boundary; do
    expect "$file.tsv" test -s "$work/minority/$file.tsv"
done
if command -v gnuplot >/dev/null 2>&1; then
    for file in curves diagram oversampling; do
        expect "$file.svg" test -s "$work/minority/$file.svg"
    done
fi
# The lines of the diagram lie between its cells: solutions on both sides are as they say.
for groups in '10 5' '4 1' '4 3' '3 1'; do
    run minority-collapse --classes "${groups% *}" --majority "${groups#* }" --samples 500 \
        --decays 1e-4,1e-1 --points 24 --out "$work/minority"
    expect "boundary.tsv of $groups" awk -F '\t' '
        /^#/ || NF == 0 { next }
        NR == FNR { merge[$1] = $2; vanish[$1] = $3; next }
        {
            zero = $9 == 0; shared = $5 > 1 - 1e-9 && $5 != "nan"
            if (zero != ($1 >= vanish[$2])) bad = 1
            if ($5 != "nan" && shared != ($1 >= merge[$2])) bad = 1
            seen[zero]++
        }
        END { exit bad || !seen[0] || !seen[1] }' "$work/minority/boundary.tsv" "$work/minority/diagram.tsv"
done
run minority-collapse --classes 100 --majority 30 --ratio 100 --points 3
expect 'oversampling: weight' grep -q '^weight beyond .* from 5.35590529' "$work/stdout"
expect 'oversampling: whole weight' grep -q '^smallest whole weight: 6$' "$work/stdout"
run minority-collapse --ratio 2 --points 3
expect 'oversampling: none needed' grep -q '^no weight is needed' "$work/stdout"
run minority-collapse --help
expect 'what it means' grep -q 'one and the same prediction' "$work/stdout"
usage --majority 'from 1 to' minority-collapse --majority 10
usage --majority 'from 1 to' minority-collapse --classes 5 --majority 3,5
for example in 2:1 3:1 5:3 6:3,5; do
    run minority-collapse --classes "${example%:*}" --points 2 --json
    good_json
    expect "default curves of $command" \
        test "$(json majority_classes | tr -d ' ')" = "[${example#*:}]"
done
usage --energies 'two numbers' minority-collapse --energies 1
usage --decays 'larger' minority-collapse --decays 1,0.1
usage --ratio 'above 1' minority-collapse --ratio 0.5

# ---- files
run train $gof --iterations 500 --out "$work/a/b" --json
good_json
for file in history.tsv classes.tsv curve.tsv figures.gp gram_classifier_predicted.tsv \
    gram_classifier_measured.tsv gram_features_predicted.tsv gram_features_measured.tsv; do
    expect "--out has $file" test -s "$work/a/b/$file"
done
expect 'history: columns' awk -F '\t' '!/^#/ && NF != 8 { bad = 1 } END { exit bad || NR < 40 }' \
    "$work/a/b/history.tsv"
expect 'history ends with the run' awk -F '\t' -v loss="$(json loss)" '
    { last = $2; iteration = $1 }
    END { d = last - loss; exit !(iteration == 500 && d * d < 1e-20) }' "$work/a/b/history.tsv"
# The theory's curve passes through the predicted lengths of the classes.
expect 'curve meets the classes' awk -F '\t' '
    /^#/ { next }
    NR == FNR { n[++rows] = $1; w[rows] = $2; h[rows] = $3; next }
    {
        for (i = 1; i < rows && n[i + 1] < $2; i++) {}
        t = ($2 - n[i]) / (n[i + 1] - n[i])
        a = w[i] + t * (w[i + 1] - w[i]) - $5
        b = h[i] + t * (h[i + 1] - h[i]) - $3
        if (a * a > 1e-6 * $5 * $5 || b * b > 1e-6 * $3 * $3) bad = 1
        seen++
    }
    END { exit bad || seen != 4 }' "$work/a/b/curve.tsv" "$work/a/b/classes.tsv"
if command -v gnuplot >/dev/null 2>&1; then
    for figure in metrics grams lengths; do
        expect "--out has $figure.svg" grep -q '</svg>' "$work/a/b/$figure.svg"
    done
else
    skip figures 'no gnuplot'
fi
# page NAME FIGURES TABLES: report.html of a folder in $work; no figures where there is no gnuplot.
page() {
    figures=$2
    command -v gnuplot >/dev/null 2>&1 || figures=0
    if [ -n "$python" ]; then
        expect "$1/report.html" "$python" tests/programs/check_page.py "$work/$1" "$figures" "$3"
    else
        expect "$1/report.html" grep -q '</html>' "$work/$1/report.html"
    fi
}
page a/b 3 3
page minority 3 4
# signature FILE WORD: the file begins with it.
signature() {
    expect "$1 is a file of $2" test "$(head -c 5 "$1" 2>/dev/null | tr -cd '%A-Z')" = "$2"
}
for format in pdf png; do
    run predict --out "$work/$format" --format $format
    case $format in pdf) word='%PDF' ;; png) word=PNG ;; esac
    if ! command -v gnuplot >/dev/null 2>&1 || grep -q "draws no $format" "$work/stdout"; then
        skip "figures of $format" 'no gnuplot that draws them'
        continue
    fi
    signature "$work/$format/grams.$format" "$word"
    signature "$work/$format/lengths.$format" "$word"
    page $format 2 2
done
# The status by which the script says that a terminal is missing.
mkdir "$work/plain"
printf '#!/bin/sh\nexit 3\n' >"$work/plain/gnuplot"
chmod +x "$work/plain/gnuplot"
binary=$(cd "$programs" && pwd)/libnc-predict
PATH=$work/plain:$PATH "$binary" --out "$work/n" --format pdf >"$work/stdout"
expect 'a gnuplot without pdf: said' grep -q 'draws no pdf.*gnuplot-nox' "$work/stdout"
# Old files keep their permissions, links lead to theirs, and what is no file is left alone.
mkdir "$work/old"
run predict --out "$work/old"
inode() { ls -di "$work/old/$1" | awk '{ print $1 }'; }
chmod 604 "$work/old/curve.tsv"
before=$(inode curve.tsv)
mv "$work/old/classes.tsv" "$work/elsewhere.tsv"
: >"$work/elsewhere.tsv"
ln -s ../elsewhere.tsv "$work/old/classes.tsv"
run predict --out "$work/old"
expect '--out again: exit code' test "$code" -eq 0
expect '--out again: permissions' test -n "$(find "$work/old/curve.tsv" -perm 604)"
expect '--out again: a new file' test "$(inode curve.tsv)" != "$before"
expect '--out again: a link stays' test -h "$work/old/classes.tsv"
expect '--out again: a link is followed' test -s "$work/elsewhere.tsv"
for file in classes.tsv figures.gp lengths.svg; do
    case $file in *.svg) command -v gnuplot >/dev/null 2>&1 || continue ;; esac
    rm "$work/old/$file"
    mkfifo "$work/old/$file"
    run predict --out "$work/old"
    expect "--out to a pipe, $file: exit code" test "$code" -eq 1
    expect "--out to a pipe, $file: said" grep -q "$file\": is a pipe" "$work/stderr"
    expect "--out to a pipe, $file: it is there" test -p "$work/old/$file"
    rm "$work/old/$file"
done
expect '--out leaves nothing else' test -z "$(find "$work/old" -name 'libnc-*')"
if [ -c /dev/full ]; then
    run predict --out /dev/full
    expect '--out to a device: exit code' test "$code" -eq 1
fi
# Without gnuplot: tables and the script, and the words say so.
mkdir "$work/empty"
binary=$(cd "$programs" && pwd)/libnc-predict
PATH=$work/empty "$binary" --out "$work/n" >"$work/stdout" 2>"$work/stderr"
code=$?
expect 'no gnuplot: exit code' test "$code" -eq 0
expect 'no gnuplot: said' grep -q 'no figures' "$work/stdout"
expect 'no gnuplot: script' test -s "$work/n/figures.gp"
if [ -n "$python" ]; then
    expect 'no gnuplot: page' "$python" tests/programs/check_page.py "$work/n" 0 2
fi
run predict --counts 1234567,10 --out "$work/w"
expect 'page: counts to the last digit' grep -q '<td>1234567</td>' "$work/w/report.html"
# What is on the page is what was printed, with the characters that HTML has for itself.
run predict --out "$work/<&\"odd"
expect 'page of an odd name' grep -q 'predict --out .*&lt;&amp;&quot;odd' "$work/<&\"odd/report.html"
page '<&"odd' 2 2
expect 'page: printed' grep -q '^status  *proven' "$work/<&\"odd/report.html"
if [ -c /dev/full ]; then
    "$binary" >/dev/full 2>"$work/stderr"
    code=$?
    expect 'full disk: exit code 1' test "$code" -eq 1
    expect 'full disk: said' grep -q 'standard output' "$work/stderr"
    "$binary" --help >/dev/full 2>"$work/stderr"
    code=$?
    expect 'full disk: exit code 1 of --help' test "$code" -eq 1
else
    skip 'full disk' 'no /dev/full'
fi
: >"$work/file"
run predict --out "$work/file/x"
expect '--out that cannot be made: exit code 1' test "$code" -eq 1
expect '--out that cannot be made: named' grep -q -e '--out' "$work/stderr"
expect '--out that cannot be made: nothing on stdout' test ! -s "$work/stdout"
run predict --out "$work/p"
expect 'predict --out' test "$code" -eq 0 -a -s "$work/p/classes.tsv" -a -s "$work/p/figures.gp"

# ---- training interrupted, killed and gone on with

# without_seconds FILE: the JSON but for its time, and the command.
without_seconds() {
    sed 's/"seconds": [^,]*, //; s/"command": "\([^"\\]\|\\.\)*", //' "$1"
}
now() {
    date +%s.%N
}
# wait_until COMMAND...: until it succeeds, a minute at most.
wait_until() {
    tries=0
    until "$@" || test $tries -ge 600; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

# in_pieces SIGNAL OPTIONS...: trains with a checkpoint, stopped by the signal after ever larger parts of the
# $span seconds that it takes, until it is done; how often it was stopped in $pieces, exit code of the stops in
# $stops.
in_pieces() {
    signal=$1
    shift
    pieces=0 stops=
    rm -f "$work/run.ncm"
    for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        {
            timeout --preserve-status -s "$signal" "$(awk "BEGIN { print $span * (0.3 + 0.1 * $try) }")" \
                "$programs/libnc-train" "$@" --json --checkpoint "$work/run.ncm" --resume --every 0.05 \
                >"$work/stdout"
            code=$?
        } 2>"$work/stderr"
        test "$code" -eq 0 && return
        pieces=$((pieces + 1))
        stops="$stops $code"
    done
}

if command -v timeout >/dev/null; then
    for options in "$gof --depth 3 --iterations 8000" \
        "$gof --loss ce --optimizer adam --schedule cosine --iterations 4000" \
        "$gof --depth 2 --optimizer lbfgs --gradient-tolerance 0 --iterations 1000" \
        '--network mlp --counts 40,30,20 --backbone 24 --batch-size 16 --iterations 1000 --threads 1'; do
        span=$(now)
        run train $options --json
        span=$(awk "BEGIN { print $(now) - $span }")
        good_json
        expect "why $command stopped" grep -q '"stopped": "[a-z ]*"' "$work/stdout"
        without_seconds "$work/stdout" >"$work/whole.json"
        for signal in INT TERM KILL; do
            in_pieces $signal $options
            without_seconds "$work/stdout" >"$work/pieces.json"
            expect "the JSON of $options, stopped $pieces times by $signal" \
                cmp "$work/whole.json" "$work/pieces.json"
            expect "stopped at least once: $options" test "$pieces" -ge 1
        done
    done
    span=0.5
    in_pieces INT $gof --depth 3 --iterations 100000
    expect "exit codes of SIGINT:$stops" test "$(echo "$stops" | tr -d ' 10')" = "$(echo "$stops" | tr -cd 3)"
    # The checkpoint is of the step that the table is of, whenever the signal comes: the steps are so short that
    # it comes between two of the program's looks at it, too.
    small='--counts 2,1 --width 2 --every 1000 --checkpoint'
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
        rm -f "$work/run.ncm"
        timeout -s INT 0.06 "$programs/libnc-train" $small "$work/run.ncm" --iterations 1000000000 --json \
            >"$work/stdout" 2>/dev/null
        stopped=$(json iterations)
        run train $small "$work/run.ncm" --iterations 1 --resume --json
        expect 'what was interrupted is saved' test "$(json iterations)" = "${stopped:-1}"
    done
    rm -f "$work/run.ncm"
    # Signalled twice at once, as by timeout(1), when it has begun.
    "$programs/libnc-train" $gof --iterations 100000000 --checkpoint "$work/run.ncm" --every 0.05 \
        --out "$work/stopped" --save-model "$work/stopped.npz" >"$work/stdout" &
    process=$!
    wait_until test -s "$work/run.ncm"
    kill -TERM $process && kill -TERM $process
    wait $process
    expect "exit code of SIGTERM" test $? -eq 143
    expect 'what was interrupted says so' grep -q '^stopped .* interrupted' "$work/stdout"
    expect 'and how it goes on' grep -q -e "--resume goes on from $work/run.ncm" "$work/stdout"
    expect 'and writes its files' test -s "$work/stopped/history.tsv" -a -s "$work/stopped.npz"
else
    skip 'training interrupted' 'no timeout (package coreutils)'
fi
run train $gof --iterations 50 --checkpoint "$work/run.ncm" --json
without_seconds "$work/stdout" >"$work/whole.json"
run train $gof --iterations 50 --checkpoint "$work/run.ncm" --resume --json
without_seconds "$work/stdout" >"$work/pieces.json"
expect 'a finished run is shown again' cmp "$work/whole.json" "$work/pieces.json"
run train $gof --iterations 80 --json
without_seconds "$work/stdout" >"$work/whole.json"
run train $gof --iterations 80 --checkpoint "$work/run.ncm" --resume --json
without_seconds "$work/stdout" >"$work/pieces.json"
expect 'and goes on to more iterations' cmp "$work/whole.json" "$work/pieces.json"
# The program's own numbers, 1 + 8 m of them, are the last before the checksum: the first is a step.
if [ -n "$python" ]; then
    "$python" - "$work/run.ncm" "$work/foreign.ncm" <<'END'
import struct, sys
words = list(struct.unpack("<%dQ" % (len(data := open(sys.argv[1], "rb").read()) // 8), data))
size = max(i for i, word in enumerate(words[:-1]) if word == 8 * (len(words) - i - 2))
words[size + 1] = 0x7ff8000000000000
state, mask = 0x3c6ef372fe94f82b, (1 << 64) - 1
for word in words[:-1]:
    state ^= word * 0x6a09e667f3bcc909 & mask
    state = (state << 29 | state >> 35) * 0xbb67ae8584caa73b & mask
open(sys.argv[2], "wb").write(struct.pack("<%dQ" % len(words), *words[:-1], state))
END
    run train $gof --iterations 50 --checkpoint "$work/foreign.ncm" --resume
    expect 'numbers of another program' grep -q 'is of another program' "$work/stderr"
fi
run train $gof --iterations 50 --momentum 0.8 --checkpoint "$work/run.ncm" --resume
expect 'another setting is refused' test "$code" -eq 1
expect 'and named' grep -q 'momentum of the optimizer = 0.9: must be 0.8' "$work/stderr"
run train $gof --iterations 50 --checkpoint "$work/none/run.ncm"
expect 'a checkpoint that cannot be written' test "$code" -eq 1
run train $gof --iterations 100000 --save-model "$work/none/model.npz"
expect 'a model that cannot be written' test "$code" -eq 1
expect 'it is known before training' grep -q 'its folder cannot be written' "$work/stderr"
usage --resume 'with --checkpoint' train --resume
usage --every 'with --checkpoint' train --every 3
usage --every 'from 0' train --every -1 --checkpoint x
usage --save-model 'safetensors or .npz' train --save-model model.pt

# ---- a network on synthetic images
# Convolutional networks, on few synthetic images; stopped and gone on with.
for architecture in vgg11 vgg13 vgg16 resnet18; do
    run train --network $architecture --base-width 2 --counts 12,8,6 --epochs 2 --batch-size 8 --threads 1 \
        --schedule constant --json
    good_json
    expect "$architecture: iterations" test "$(json iterations)" -eq 8
    without_seconds "$work/stdout" >"$work/whole.json"
    rm -f "$work/run.ncm"
    for epochs in 1 2; do
        run train --network $architecture --base-width 2 --counts 12,8,6 --epochs $epochs --batch-size 8 --threads 1 \
            --schedule constant --checkpoint "$work/run.ncm" --resume --json
    done
    without_seconds "$work/stdout" >"$work/pieces.json"
    expect "$architecture: gone on with" cmp "$work/whole.json" "$work/pieces.json"
done
run train --network vgg11 --base-width 4 --counts 30,20,10 --epochs 40 --batch-size 16 --weight-decay 1e-2 \
    --feature-decay 1e-4 --json
expect 'vgg11 learns' awk -v a="$(json accuracy)" -v g="$(json relative_gap)" \
    'BEGIN { exit !(a == 1 && g > 0 && g < 0.5) }'
# Settings of convolutional networks' training; interrupted with all of them.
trained_often="--network vgg11 --base-width 2 --counts 12,8,6 --batch-size 8 --threads 1 --depth 2 --loss mse --minority 2
    --oversampling 1,2,3 --repeat-decay visit --crop-padding 3 --flip --bias-decay 1e-4 --backbone-decay 1e-4
    --measure-every 1 --optimizer sgd --learning-rate 0.01 --schedule step --warm-up-epochs 1 --period-epochs 2"
# shellcheck disable=SC2086
run train $trained_often --epochs 4 --json --out "$work/often"
good_json
expect 'oversampled: steps of visits' test "$(json iterations)" -eq 24
keys class_accuracy majority_accuracy minority_accuracy minority_cosine predicted_minority_cosine \
    layer_nc1 layer_nc2_classifier layer_nc2_features layer_nc3 history
expect 'history has every pass' test "$(grep -vc '^#' "$work/often/history.tsv")" -eq 5
expect 'layers have every pass' test "$(grep -vc '^#' "$work/often/layers.tsv")" -eq 10
expect 'accuracy by class' test "$(grep -vc '^#' "$work/often/accuracy.tsv")" -eq 3
without_seconds "$work/stdout" >"$work/whole.json"
rm -f "$work/run.ncm"
for epochs in 1 3 4; do
    # shellcheck disable=SC2086
    run train $trained_often --epochs $epochs --checkpoint "$work/run.ncm" --resume --json
done
expect 'oversampled: gone on with' test "$(json loss)" = "$(sed 's/, ".*//; s/.*: //' "$work/whole.json")"
# Copies in the place of visits have the same prediction.
run train --network vgg11 --base-width 2 --counts 5,4,6 --oversampling 2,3,1 --repeat-decay visit --epochs 0 --json
visits=$(json predicted_loss)
run predict --counts 10,12,6 --json
expect 'visits are copies' near "$visits" "$(json loss)" 1e-12
run train --network vgg11 --base-width 2 --counts 5,4,6 --loss ce --weight-decay 5e-3 --feature-decay 5e-3 \
    --oversampling 2,3,1 --epochs 0 --json
visits=$(json predicted_loss)
run predict --counts 5,4,6 --loss ce --weight-decay 5e-3 --feature-decay 5e-3 --oversampling 2,3,1 --json
expect 'samples are weighted' near "$visits" "$(json loss)" 1e-9
run train --network mlp --counts 20,30,40 --backbone 32 --iterations 400 --learning-rate 0.003 \
    --weight-decay 5e-3 --feature-decay 5e-3 --threads 1 --json --out "$work/mlp"
good_json
keys $trained
expect "mlp: accuracy $(json accuracy)" test "$(json accuracy)" = 1
expect "mlp: gap $(json relative_gap)" below "$(json relative_gap)" 0.05
expect "mlp: nc2_classifier $(json nc2_classifier)" below "$(json nc2_classifier)" 0.1
expect "mlp: nc2_features $(json nc2_features)" below "$(json nc2_features)" 0.1
expect "mlp: nc3 $(json nc3)" below "$(json nc3)" 0.1
expect 'mlp: NC1 falls' awk -F '\t' 'NR == 3 { first = $4 } { last = $4 }
    END { exit !(last * 100 < first) }' "$work/mlp/history.tsv"
run train --network mlp --counts 20,30,40 --backbone 16 --iterations 20 --batch-size 32 --depth 2 --bias \
    --loss ce --optimizer sgd --learning-rate 0.01 --schedule step --threads 1
expect 'mlp: minibatches, SGD, CE' test "$code" -eq 0
# ---- a network on real images, where LIBNC_DATA has MNIST
mnist=${LIBNC_DATA:-../shared/data}/mnist
if [ -r "$mnist/t10k-images-idx3-ubyte.gz" ]; then
    for depth in 1 3; do
        run train --network mlp --images "$mnist/t10k-images-idx3-ubyte.gz" \
            --labels "$mnist/t10k-labels-idx1-ubyte.gz" --depth $depth --backbone 128,128 \
            --counts 40,40,60,60,80,80,100,100,120,120 --iterations 800 --json --out "$work/mnist"
        good_json
        expect "$command: accuracy $(json accuracy)" test "$(json accuracy)" = 1
        for key in nc2_classifier nc2_features nc3; do
            expect "$command: $key = $(json $key)" below "$(json $key)" 0.1
        done
        expect "$command: NC1 falls" awk -F '\t' 'NR == 3 { first = $4 } { last = $4 }
            END { exit !(last * 100 < first) }' "$work/mnist/history.tsv"
    done
else
    skip 'a network on real images' "data from outside: no MNIST in $mnist"
fi
# Nine images of 2 x 2, three classes: counts are theirs.
{ printf '\000\000\010\003\000\000\000\011\000\000\000\002\000\000\000\002'
  printf 'abcdbcdacdabdabcacbdbdaccadbdbacadbc'; } >"$work/own-images"
{ printf '\000\000\010\001\000\000\000\011'
  printf '\000\001\002\000\001\002\000\001\000'; } >"$work/own-labels"
run train --network mlp --images "$work/own-images" --labels "$work/own-labels" --backbone 4 \
    --iterations 5 --threads 1
expect 'own images: their counts' grep -q 'counts 4,3,2' "$work/stdout"
# Nine images of CIFAR-10.
for label in 0 1 2 0 1 2 0 1 0; do
    printf %b "\\0$label"
    head -c 3072 /dev/urandom
done >"$work/cifar.bin"
run train --network resnet18 --base-width 2 --images "$work/cifar.bin" --labels "$work/cifar.bin" \
    --counts 2,2,1 --test-others --epochs 2 --batch-size 2 --threads 1
expect 'CIFAR: exit code' test "$code" -eq 0
expect 'CIFAR: tested on others' grep -q '^test  ' "$work/stdout"
run train --network mlp --standardise yes --images "$work/cifar.bin" --labels "$work/cifar.bin" --counts 2,2,1 \
    --test-others --iterations 100000 --gradient-tolerance 100 --threads 1 --json
expect 'stopped early: tested all the same' grep -q '"test_accuracy": [0-9]' "$work/stdout"
usage --images 'together' train --network mlp --images somewhere
usage --backbone 'from 1' train --network mlp --backbone 0
usage --batch-size 'from 0' train --network mlp --batch-size -1
usage --width 'must be 256' train --network mlp --affine no --width 7
usage --width 'at most 256' train --network mlp --affine no --width 300 --depth 2
run train --network mlp --images "$work/none" --labels "$work/none"
expect 'missing images: exit code 1' test "$code" -eq 1
expect 'missing images: named' grep -q -e '--images.*none' "$work/stderr"

# ---- windows
if [ -n "$python" ]; then
    expect 'terminals' "$python" tests/programs/check_terminal.py "$programs"
else
    skip 'terminals' 'no python3'
fi

# ---- measure: features from files
if [ -n "$python" ]; then
    f=$work/features
    mkdir "$f"
    expect 'test files of measure' "$python" tests/programs/write_features.py "$f"

    # agree NAME KEYS: the keys of the last run equal those of $reference, JSON text for text.
    agree() {
        case=$1
        shift
        for key in "$@"; do
            expect "$case: $key" test "$(json "$key")" = "$(printf '%s\n' "$reference" |
                tr '|' '\n' | sed -n "s/^$key=//p")"
        done
    }
    # remember KEYS: keeps them for agree.
    remember() {
        reference=
        for key in "$@"; do
            reference="$reference|$key=$(json "$key")"
        done
    }
    # near_keys NAME TOLERANCE KEYS: as agree, to a relative tolerance.
    near_keys() {
        case=$1 tolerance=$2
        shift 2
        for key in "$@"; do
            expected=$(printf '%s\n' "$reference" | tr '|' '\n' | sed -n "s/^$key=//p")
            expect "$case: $key = $(json "$key"), not $expected" near \
                "$(element "$(json "$key")" 1)" "$(element "$expected" 1)" "$tolerance"
        done
    }
    # refused WORDS OPTIONS: exit 1, nothing on stdout, the words on stderr.
    refused() {
        words=$1
        shift
        run measure "$@"
        expect "exit code 1 of $command (is $code)" test "$code" -eq 1
        expect "no stdout of $command" test ! -s "$work/stdout"
        expect "$command says '$words': $(cat "$work/stderr")" grep -q -e "$words" "$work/stderr"
    }
    head='nc1 cdnv nc1_quotient nc2_equinorm_features nc2_equiangular_features nc2_etf_features
        nc2_of_features uniformity_features rank_features tr_sigma_w tr_sigma_b'
    tail='nc2_equinorm_classifier nc2_etf_classifier nc3_etf nc3_duality nc4 accuracy
        nearest_accuracy'
    x8="--features $f/x_f8.npy"
    data="$x8 --labels $f/y.npy"
    net="--classifier $f/w.npy --bias $f/b.npy"

    run measure --help
    expect 'measure --help' test "$code" -eq 0
    for option in features labels classifier bias logits layer classes bfloat16 pool convention scatter \
        precision one-pass threads save merge second-pass theory depth ignore json out quiet help \
        version; do
        expect "measure --help lists --$option" grep -q -e "--$option" "$work/stdout"
    done
    run measure --version
    expect 'measure --version' grep -q '^libnc-measure (libnc) [0-9.]*$' "$work/stdout"
    usage --features 'must be given' measure
    usage --labels 'must be given' measure $x8
    usage --convention 'convention list' measure $data --convention nobody
    usage --scatter 'none, full, projected' measure $data --scatter half
    usage --precision 'input, float64' measure $data --precision half
    usage --seed 'not an option' measure $data --seed 3 # nothing is random
    usage --theory 'mse, ce' measure $data --theory hinge
    usage --theory 'with --classifier' measure $data --theory mse
    usage --depth 'with --theory' measure $data --depth 2
    usage --classes 'from 1 to 2147483647' measure $data --classes 0
    usage --classes 'from 1 to 2147483647' measure $data --classes 4x
    usage --threads 'from 1 to 256' measure $data --threads 257
    usage --layer 'NAME=FILE' measure $data --layer file.npy
    usage --layer 'NAME=FILE' measure $data --layer name=
    usage --layer 'printable ASCII' measure $data --layer 'a"b=file.npy'
    usage --layer 'empty' measure $data --layer 'a=x.npy,'
    many=
    i=0
    while [ $i -lt 64 ]; do
        many="$many --layer l$i=x.npy"
        i=$((i + 1))
    done
    usage --layer 'at most 63' measure $data $many
    usage --bias 'with --classifier' measure $data --bias b.npy
    usage --logits 'not come with --classifier' measure $data --logits z.npy --classifier w.npy
    usage --save 'without --layer' measure $data --save s.ncs --layer a=b
    usage --merge 'followed by' measure --merge
    usage --merge 'kept statistics' measure $data --merge a.ncs
    usage --merge 'kept statistics' measure --merge a.ncs --logits z.npy
    usage --one-pass 'with --merge' measure --merge a.ncs --one-pass
    usage --ignore 'with --merge' measure --merge a.ncs --ignore 255
    usage --ignore 'from -9223372036854775808 to 9223372036854775807' measure $data --ignore void
    usage --scatter 'with --merge' measure --merge a.ncs --scatter full
    usage --layer 'with --merge' measure --merge a.ncs --layer a=b
    usage --classes 'with --second-pass' measure $data --second-pass a.ncs --classes 3
    usage --precision 'with --second-pass' measure $data --second-pass a.ncs --precision input
    usage --test 'FEATURES,LABELS' measure $data --test "$f/x_f8.npy"
    usage --test 'FEATURES,LABELS' measure $data --test "$f/x_f8.npy,"
    usage --ood-scores 'with --ood' measure $data --ood-scores s
    usage --ood 'needs --test' measure --merge a.ncs --ood x.npy
    usage stray 'not an option' measure $data stray
    usage no-such-option 'help' measure $data --no-such-option

    # What is wrong with a file is said with the file's name and the file's own row.
    refused "labels = $f/none: no such file" $x8 --labels "$f/none"
    refused "offset 0" --features "$f/empty" --labels "$f/y.npy"
    refused "x_cut.npy.*offset 128" --features "$f/x_cut.npy" --labels "$f/y.npy"
    refused "y_short.npy 50" $x8 --labels "$f/y_short.npy"
    refused "y_high.npy, row 40: is 7: must be from 0 to 3" $x8 --labels "$f/y_high.npy" --classes 4
    refused "y_negative.npy, row 40: is -3: .* --ignore -3" $x8 --labels "$f/y_negative.npy"
    refused "leaves no sample" $x8 --labels "$f/y_all_ignored.npy" --ignore 255
    refused "K = 2000000000 classes of d = 6 values take at least 488 GB" $data --classes 2000000000
    refused "4 labels up to 1099511627776 occur.*--classes" $x8 --labels "$f/y_gaps.npy" \
        --save "$f/gaps.ncs"
    expect 'labels with gaps: nothing kept' test ! -e "$f/gaps.ncs"
    refused "y_half.npy.*row 0.*0.5" $x8 --labels "$f/y_half.npy"
    refused "x_f8.npy: has 6 columns: must be 1" $x8 --labels "$f/x_f8.npy"
    refused "y_none.npy: is empty" --features "$f/x_none.npy" --labels "$f/y_none.npy"
    refused "has no columns" --features "$f/x_no_columns.npy" --labels "$f/y.npy"
    refused "x_nan.npy, row 1, column 2: is nan" --features "$f/x_nan.npy" --labels "$f/y.npy"
    refused "bad1_x.npy, row 11, column 0: is -inf" --features "$f/bad?_x.npy" --labels "$f/y.npy"
    refused "z_nan.npy, row 58, column 3: is inf" $data --logits "$f/z_nan.npy"
    refused "logits = .*is 4 x 6: must be N x K = 60 x 4" $data --logits "$f/w.npy"
    refused "w_nan.npy, row 3, column 0: is nan" $data --classifier "$f/w_nan.npy"
    refused "is 6 x 4: must be 4 x 6, its transpose" $data --classifier "$f/w_transposed.npy"
    refused "is 6 x 4: must be 4 x 6, its transpose" $x8 --labels "$f/y_gaps.npy" \
        --classifier "$f/w_transposed.npy"
    refused "is 4 x 6: must be 9 x 6" $data --classes 9 --classifier "$f/w.npy"
    refused "bias = .*is 60 x 1: must be 4 x 1" $data --classifier "$f/w.npy" --bias "$f/y.npy"
    refused "layer = .*has 1 rows" $data --layer "a=$f/x_one.npy"
    refused "columns" --features "$f/[xz]_f8.npy" --features "$f/[bz].npy" --labels "$f/y.npy"
    refused "holds 2 arrays: choose one with FILE:MEMBER: x, y" --features "$f/all.npz" \
        --labels "$f/y.npy"
    # Files of other programs, and shapes that others have: what to do.
    refused 'a PyTorch file: save the tensor with numpy.save' --features "$f/x.pt" --labels "$f/y.npy"
    refused 'text, such as CSV' --features "$f/x.csv" --labels "$f/y.npy"
    refused 'one-hot: save numpy.argmax' $x8 --labels "$f/y_one_hot.npy"
    refused 'reshape(-1)' $x8 --labels "$f/y_row.npy"
    refused 'labels that begin at 1' $x8 --labels "$f/y_from_one.npy" --classes 4
    refused 'as JAX saves bfloat16: give --bfloat16' --features "$f/x_bf16_V2.npy" --labels "$f/y.npy"
    refused 'as JAX saves float8, which --bfloat16' --features "$f/x_float8.npy" --labels "$f/y.npy"
    refused 'as JAX saves float8' --features "$f/x_float8.npy" --labels "$f/y.npy" --bfloat16
    refused 'as JAX saves bfloat16' $x8 --labels "$f/x_bf16_V2.npy"
    refused 'give --classes 4$' --features "$f/x_pair.npy" --labels "$f/y_pair.npy" \
        --classifier "$f/w.npy"
    refused 'give --classes 4$' --features "$f/x_pair.npy" --labels "$f/y_pair.npy" \
        --logits "$f/z_pair.npy"
    refused 'row 9\|must have a finite largest value' $data --logits "$f/z_empty.npy"
    # Flags that change nothing.
    usage --bfloat16 'leave it out' measure $data $net --bfloat16
    usage --pool 'leave it out' measure $data $net --pool mean
    usage --pool 'mean, mean-last' measure $data --pool max
    refused '"q".*x, y' --features "$f/all.npz:q" --labels "$f/y.npy"
    refused "signature" --merge "$f/y.npy"
    refused "none" --merge "$f/none.ncs"

    # Every format holds the same numbers; what is exact in all of them has the same digits.
    run measure $data $net --json
    good_json
    keys samples second_samples ignored classes labels convention layers width counts seconds notes \
        $head $tail
    expect 'measure: counts' test "$(json counts)" = '[15, 15, 15, 15]'
    expect 'measure: width' test "$(json width)" = '[6]'
    expect 'measure: layers' test "$(json layers)" = '["features"]'
    expect 'measure: every metric' test \
        "$(grep -o '"[a-z0-9_]*": \[' "$work/stdout" | wc -l)" -ge 66
    remember nc4_bias accuracy nc4
    reference_bias=$reference
    remember $head $tail
    whole=$reference
    # The training set as its own test set: a test of nothing but the words, and of equal numbers; and
    # told from itself it is told as a coin tells.
    run measure $data $net --quiet --test "$f/x_f8.npy,$f/y_i4.npy" --ood "$f/x_f8.npy" \
        --ood-scores "$work/scores" --out "$work/others"
    expect 'measure --test: equal numbers' awk -F '\t' \
        '!/^#/ && (($2 - $3) ^ 2 > 1e-20 || ($2 - $4) ^ 2 > 1e-20) { bad = 1 } END { exit bad || NR != 10 }' \
        "$work/others/test.tsv"
    expect 'measure --ood: a coin' awk -F '\t' \
        '!/^#/ && $3 != 0.5 { bad = 1 } END { exit bad || NR != 13 }' "$work/others/ood.tsv"
    expect 'measure --ood-scores: the same scores' cmp -s "$work/scores-in.npy" "$work/scores-1.npy"
    refused 'none.npy' $data --test "$work/none.npy,$f/y_i4.npy"
    run measure $data $net --quiet
    expect 'measure prints its table' grep -q '^nc3_duality  *0.5189 ' "$work/stdout"
    for options in '--threads 1' '--threads 2' '--quiet'; do
        run measure $data $net $options --json
        near_keys "$options" 1e-12 $head $tail
    done
    for source in "x_f8.npy y_i4.npy" "x_f8.npy y_column.npy" "part?_x.npy part?_y.npy"; do
        run measure --features "$f/${source% *}" --labels "$f/${source#* }" $net --json
        good_json
        near_keys "$source" 1e-13 $head $tail
    done
    for source in "x_f4.npy y.npy" "x_f2.npy y.npy" "all.npz:x all.npz:y" \
        "all.safetensors:x all.safetensors:y"; do
        run measure --features "$f/${source% *}" --labels "$f/${source#* }" $net --json
        good_json
        near_keys "$source" 1e-6 $head $tail
        run measure --features "$f/${source% *}" --labels "$f/${source#* }" $net --json \
            --precision float64
        near_keys "$source in float64" 1e-12 $head $tail
    done
    run measure --features "$f/x_bf16.npy" --labels "$f/y.npy" $net --bfloat16 --precision float64 \
        --json
    near_keys bfloat16 1e-12 $head $tail
    for bits in i2 V2; do
        run measure --features "$f/x_bf16_$bits.npy" --labels "$f/y.npy" \
            --classifier "$f/w_bf16.npy" --bias "$f/b.npy" --bfloat16 --precision float64 --json
        good_json
        near_keys "bfloat16 as $bits" 1e-12 $head $tail
        expect "bfloat16 as $bits: no note of integers" test "$(grep -c 'whole numbers' \
            "$work/stdout")" -eq 0
    done
    run measure --features "$f/x_bf16_i2.npy" --labels "$f/y.npy" --json
    expect 'integers: a note' grep -q 'is int16: read as whole numbers; .*--bfloat16' "$work/stdout"
    run measure --features "$f/x_u1.npy" --labels "$f/y.npy"
    expect 'bytes: a note' grep -q '^note, features: .*is uint8: read as whole numbers' "$work/stdout"

    # Shards in the order of their numbers, which is said where it might be another one.
    run measure --features "$f/n*_x.npy" --labels "$f/y.npy" $net --json
    good_json
    near_keys 'numbers without leading zeros' 1e-12 $head $tail
    expect 'order: said' grep -q 'in 13 files .*guess: n0_x.npy, n1_x.npy, ..., n12_x.npy' \
        "$work/stdout"
    run measure --features "$f/z0*_x.npy" --labels "$f/y.npy" $net --json
    near_keys 'numbers with leading zeros' 1e-12 $head $tail
    expect 'order: nothing to guess' test "$(grep -c guess "$work/stdout")" -eq 0
    run measure --features "$f/part?_x.npy" --labels "$f/part?_y.npy" $net --json
    expect 'order: cut alike' test "$(grep -c guess "$work/stdout")" -eq 0

    # Every member can be named: as it is, and as messages show it.
    n="$f/names.npz"
    for y in "$n:::y" "$n::"'\x1b[31mred\x0aline' "$n:$(printf '\033[31mred\nline')" \
        "$n:n.npy"; do
        run measure --features "$n:x[0]*?," --labels "$y" --classifier "$n:head/kernel:0" \
            --bias "$n::head/bias" --json
        good_json
        near_keys "member $y" 1e-12 $head $tail
    done
    run measure --features "$f/name?.npz:x[0]*?,.npy" --labels "$f/y.npy" --json
    near_keys 'a pattern and a member like one' 1e-12 $head
    refused 'is one array without a name: leave out "q"' \
        --features "$f/x_f8.npy:q" --labels "$f/y.npy"
    refused 'has no array "q"; it has head/bias, head/kernel:0, x\[0\]\*?,, .x1b\[31mred.x0aline, :y$' \
        --features "$n:q" --labels "$f/y.npy"
    for problem in "--features $n --labels $f/y.npy" "--features $n:q --labels $f/y.npy"; do
        run measure $problem
        expect "one line without escape codes: $command" awk \
            '/\033/ { bad = 1 } END { exit bad || NR != 1 }' "$work/stderr"
    done

    # Maps: flattened with a note, or the mean of each channel.
    run measure --features "$f/maps.npy" --labels "$f/y.npy" --json
    expect 'maps: flattened' test "$(json width)" = '[36]'
    expect 'maps: a note' grep -q 'maps, N x 6 x 2 x 3, flattened .* --pool mean' "$work/stdout"
    for maps in 'maps mean' 'maps_last mean-last'; do
        run measure --features "$f/${maps% *}.npy" --labels "$f/y.npy" $net --pool ${maps#* } --json
        good_json
        near_keys "$maps" 1e-12 $head $tail
    done
    run measure $data $net --pool mean --layer "m=$f/maps.npy" --json
    expect 'maps of a layer' near "$(element "$(json nc1)" 2)" "$(element "$(json nc1)" 1)" 1e-12

    # Classes that are left out of the logits.
    run measure $data --logits "$f/z_masked.npy" --json
    good_json
    near_keys 'logits of -inf' 1e-13 nc4 accuracy nearest_accuracy

    # A layer has a bias of its own; names of files may have commas.
    run measure $data --classifier "$f/w.npy" --layer "a=$f/x_f8.npy,$f/w.npy,$f/b.npy" --json
    good_json
    for key in nc4_bias accuracy nc4; do
        expect "bias of a layer: $key" near "$(element "$(json $key)" 2)" "$(element \
            "$(printf '%s\n' "$reference_bias" | tr '|' '\n' | sed -n "s/^$key=//p")" 1)" 1e-12
    done
    cp "$f/x_f8.npy" "$f/a,b.npy"
    cp "$f/b.npy" "$f/b,b.npy"
    run measure $data --layer "a=$f/a,b.npy,$n:head/kernel:0,$f/b,b.npy" --json
    good_json
    expect 'commas in names: bias' near "$(element "$(json nc4_bias)" 2)" "$(element \
        "$(printf '%s\n' "$reference_bias" | tr '|' '\n' | sed -n 's/^nc4_bias=//p')" 1)" 1e-12
    run measure $data $net --layer "a=$f/a,b.npy,$f/w.npy" --json
    good_json
    expect 'commas in names' near "$(element "$(json nc3_duality)" 2)" \
        "$(element "$(json nc3_duality)" 1)" 1e-12
    refused 'layer = .*gone.npy: no such file' $data --layer "a=$f/gone.npy,$f/w.npy"
    refused 'layer = .*gone.npy: no such file' $data --layer "a=$f/x_f8.npy,$f/gone.npy,$f/b.npy"

    cp "$f/x_f8.npy" "$f/odd[1]:name.npy"
    run measure --features "$f/odd[1]:name.npy" --labels "$f/y.npy" $net --json
    near_keys 'a name that is also a pattern' 1e-13 $head $tail
    # Pixels: 16 + 8 x, as bytes in two formats and as doubles.
    run measure --features "$f/x_8.npy" --labels "$f/y.npy" --json
    remember $head
    for source in "x_u1.npy y.npy" "x_u1.idx y.idx"; do
        run measure --features "$f/${source% *}" --labels "$f/${source#* }" --json
        near_keys "$source" 1e-13 $head
    done
    reference=$whole

    # Labels with gaps are numbered as they occur, whatever their size; those ignored are no samples,
    # and what stands beside them does not matter.
    for file in y_gaps y_from_one; do
        labels='1, 2, 3, 4'
        test $file = y_gaps && labels='1740, 21939, 2147483648, 1099511627776'
        run measure $x8 --labels "$f/$file.npy" $net --json --out "$work/$file"
        good_json
        near_keys "$file" 1e-15 $head $tail
        expect "$file: labels" test "$(json labels)" = "[$labels]"
        expect "$file: classes.tsv" test "$(sed '/^#/d' "$work/$file/classes.tsv" | cut -f 1 |
            tr '\n' ' ' | sed 's/ $//;s/ /, /g')" = "$labels"
        run measure $x8 --labels "$f/$file.npy" --logits "$f/z.npy"
        expect "$file: said" grep -q "classes 0 to 3 are the labels $labels" "$work/stdout"
        expect "$file: in the table" grep -q "^ *${labels##* }  *15 " "$work/stdout"
    done
    # A classifier with a row for each label up to the largest keeps the gap.
    run measure $x8 --labels "$f/y_from_one.npy" --logits "$f/z_five.npy" --json
    good_json
    near_keys 'labels from one of five classes' 1e-13 $head accuracy nearest_accuracy
    expect 'labels from one of five classes: counts' test "$(json counts)" = '[0, 15, 15, 15, 15]'
    for options in '' '--one-pass --precision float64' '--scatter projected'; do
        run measure --features "$f/x_more.npy" --labels "$f/y_more.npy" --logits "$f/z_more.npy" \
            --ignore -100 --ignore 255 --json $options
        good_json
        near_keys "--ignore $options" 1e-15 $head
        expect '--ignore: samples' test "$(json samples) $(json ignored)" = '60 4'
    done
    run measure --features "$f/x_more.npy" --labels "$f/y_more.npy" $net --ignore -100 --ignore 255
    expect '--ignore: said' grep -q '^4 rows of ignored labels' "$work/stdout"
    run measure $x8 --labels "$f/y_unequal.npy" --ignore 255
    expect '--ignore of no row: said' grep -q '^0 rows of ignored labels' "$work/stdout"
    refused "x_more.npy, row 31, column 0: is nan" --features "$f/x_more.npy" \
        --labels "$f/y_more.npy" --ignore -100

    # The logits of a classifier stand for it in decisions.
    run measure $data --logits "$f/z.npy" --json
    good_json
    near_keys logits 1e-13 $head nc4 accuracy nearest_accuracy
    expect 'logits: no classifier' test "$(json nc3_duality)" = '[null]'

    # Layers.
    run measure $data $net --layer "again=$f/x_f8.npy,$f/w.npy" --layer "z=$f/x_logits.npy" --json
    good_json
    near_keys layers 1e-13 $head $tail
    expect 'layers: names' grep -q '"layers": \["features", "again", "z"\]' "$work/stdout"
    expect 'layers: widths' grep -q '"width": \[6, 6, 4\]' "$work/stdout"
    expect 'layers: the same twice' test "$(element "$(json nc1)" 1)" = "$(element "$(json nc1)" 2)"
    expect 'layers: no classifier' test "$(element "$(json nc3_duality)" 3)" = null

    # Conventions.
    run measure --convention list
    expect 'conventions: list' test "$code" -eq 0
    conventions=$(cut -d ' ' -f 1 "$work/stdout")
    expect 'conventions: at least eight' test "$(echo "$conventions" | wc -l)" -ge 8
    for convention in $conventions; do
        run measure $data $net --convention "$convention" --json
        good_json
        expect "$convention: name" test "$(json convention)" = "\"$convention\""
    done
    nc1=$(element "$(printf '%s\n' "$whole" | tr '|' '\n' | sed -n 's/^nc1=//p')" 1)
    quotient=$(element "$(printf '%s\n' "$whole" | tr '|' '\n' | sed -n 's/^nc1_quotient=//p')" 1)
    run measure $data $net --convention papyan2020 --json
    expect 'papyan2020: K nc1' near "$(element "$(json nc1)" 1)" \
        "$(awk "BEGIN { printf \"%.17g\", 4 * $nc1 }")" 1e-12
    run measure $data $net --convention tirer2023 --json
    expect 'tirer2023: quotient' near "$(element "$(json nc1)" 1)" "$quotient" 1e-12

    # Scatter and passes.
    run measure $data $net --scatter projected --json
    good_json
    near_keys 'scatter projected' 1e-12 $head $tail
    run measure $data $net --scatter none --json
    expect 'scatter none: no nc1' test "$(json nc1)" = '[null]'
    near_keys 'scatter none' 1e-12 cdnv nc1_quotient $tail
    run measure $data $net --one-pass --json
    good_json
    near_keys one-pass 1e-12 $head
    expect 'one-pass: no nc4' test "$(json nc4)" = '[null]'

    # Shards on three machines: first passes, their sum, second passes about it, their sum.
    for scatter in full projected; do
        for i in 0 1 2; do
            run measure --features "$f/part${i}_x.npy" --labels "$f/part${i}_y.npy" --classes 4 \
                --one-pass --scatter $scatter --save "$f/first$i.ncs" --json
            good_json
        done
        run measure --merge "$f/first0.ncs" "$f/first1.ncs" "$f/first2.ncs" --save "$f/first.ncs" \
            --json
        good_json
        near_keys "merged first passes, $scatter" 1e-12 ${head#nc1}
        for i in 0 1 2; do
            run measure --features "$f/part${i}_x.npy" --labels "$f/part${i}_y.npy" $net \
                --second-pass "$f/first.ncs" --save "$f/second$i.ncs" --json
            good_json
            expect 'a part of a second pass' test "$(json second_samples)" -lt "$(json samples)"
        done
        run measure --merge "$f/second2.ncs" "$f/second0.ncs" "$f/second1.ncs" $net --json
        good_json
        near_keys "merged second passes, $scatter" 1e-12 $head $tail
    done
    refused 'second-pass' --merge "$f/first0.ncs" "$f/second0.ncs"
    refused 'must not be more' $data --second-pass "$f/first0.ncs"
    refused 'must be the same' --features "$f/x_logits.npy" --labels "$f/y.npy" \
        --second-pass "$f/first.ncs"
    run measure $data $net --save "$f/whole.ncs" --json
    run measure --merge "$f/whole.ncs" $net --json
    near_keys 'kept and read back' 1e-15 $head $tail
    refused 'second-pass' --merge "$f/whole.ncs" "$f/whole.ncs"
    refused 'no such\|No such' $data --save "$work/none/s.ncs"

    # Killed while it saves again and again: the file is whole, and measures the same.
    run measure --features "$f/part*_x.npy" --labels "$f/part*_y.npy" --classes 200000 --one-pass \
        --scatter none --save "$f/big.ncs" --json
    run measure --merge "$f/big.ncs" --json
    remember cdnv nc2_etf_features tr_sigma_w
    kills=0
    while [ $kills -lt 25 ]; do
        (
            while :; do
                "$programs/libnc-measure" --features "$f/part*_x.npy" --labels "$f/part*_y.npy" \
                    --classes 200000 --one-pass --scatter none --save "$f/big.ncs" --json \
                    >/dev/null 2>&1 &
                echo $! >"$f/pid"
                wait $!
            done
        ) &
        loop=$!
        sleep "$(awk -v seed=$kills 'BEGIN { srand(seed); printf "%.3f", 0.02 + 0.3 * rand() }')"
        kill -KILL $loop
        wait $loop 2>/dev/null
        kill -KILL "$(cat "$f/pid")" 2>/dev/null
        run measure --merge "$f/big.ncs" --json
        expect "killed $kills times: exit code $code" test "$code" -eq 0
        agree "killed $kills times" cdnv nc2_etf_features tr_sigma_w
        kills=$((kills + 1))
    done
    reference=$whole

    # Theory: weights that no decays fit, and what it cannot do, said after all else is printed.
    run measure $x8 --labels "$f/y_unequal.npy" --classifier "$f/w_unequal.npy" --theory mse --json
    good_json
    keys fitted_decay_product fitted_distance
    expect 'theory: nothing fits' test "$(json fitted_decay_product)" = null
    expect 'theory: no distance of a prediction' \
        test "$(json nc2_predicted_classifier)" = '[null]'
    run measure $x8 --labels "$f/y_unequal.npy" --classifier "$f/w_unequal.npy" --theory ce --json
    good_json
    expect 'theory, ce: nothing fits' test "$(json fitted_decay_product)" = null
    run measure $x8 --labels "$f/y.npy" --classes 4 $net --theory ce --json
    good_json
    run measure --features "$f/part1_x.npy" --labels "$f/part1_y.npy" --classes 4 $net --theory mse \
        --json
    good_json
    keys fitted_decay_product
    run measure $x8 --labels "$f/y_unequal.npy" --classifier "$f/w_unequal.npy" --theory ce \
        --depth 2 --json
    expect 'theory without a prediction: exit code 1' test "$code" -eq 1
    expect 'theory without a prediction: said' grep -q -e '--theory: ce with --depth 2' "$work/stderr"
    expect 'theory without a prediction: all else is there' grep -q '^{.*}$' "$work/stdout"

    # Few: one sample, one class, one column, more classes than labels.
    run measure --features "$f/x_one.npy" --labels "$f/y_one.npy" --json
    good_json
    expect 'one sample: nc1' test "$(json nc1)" = '[null]'
    run measure --features "$f/x_one.npy" --labels "$f/y_one.npy"
    expect 'one sample: text' grep -q '^note' "$work/stdout"
    run measure $x8 --labels "$f/y_zero.npy" --json --out "$work/one-class"
    good_json
    expect 'one class: nc1' test "$(json nc1)" = '[null]'
    run measure --features "$f/x_column.npy" --labels "$f/y.npy" --json
    good_json
    expect 'one column: rank' test "$(json rank_features)" = '[1]'
    run measure $data --classes 9 --json
    good_json
    near_keys 'more classes than labels' 1e-12 $head
    expect 'more classes than labels: counts' test "$(json counts)" = \
        '[15, 15, 15, 15, 0, 0, 0, 0, 0]'
    expect 'more classes than labels: said' grep -q '5 of 9 classes' "$work/stdout"

    # The table at the widths of terminals.
    for columns in 80 100 140; do
        COLUMNS=$columns "$programs/libnc-measure" $data $net --convention wu2024 \
            --layer "module.encoder.layers.11.output.dense=$f/x_f8.npy" \
            --layer "c=$f/x_f8.npy" --layer "d=$f/x_f8.npy" --layer "e=$f/x_f8.npy" \
            >"$work/stdout" 2>"$work/stderr"
        expect "table in $columns columns" awk -v most=$columns \
            'length($0) > most { bad = 1; print } END { exit bad }' "$work/stdout"
        expect "table in $columns columns: long names in full" \
            grep -q 'layer module.encoder.layers.11.output.dense: width 6' "$work/stdout"
    done

    # Files and figures.
    run measure $data $net --layer "c=$f/x_f8.npy" --json --out "$work/measured/figures"
    good_json
    for file in metrics.tsv classes.tsv spectrum.tsv cosines.tsv figures.gp \
        gram_classifier_measured.tsv gram_centred_measured.tsv; do
        expect "measure --out has $file" test -s "$work/measured/figures/$file"
    done
    expect 'metrics.tsv: columns' awk -F '\t' '!/^#/ && NF != 3 { bad = 1 } END { exit bad || NR < 67 }' \
        "$work/measured/figures/metrics.tsv"
    expect 'classes.tsv: columns' awk -F '\t' '!/^#/ && NF != 15 { bad = 1 } END { exit bad || NR != 6 }' \
        "$work/measured/figures/classes.tsv"
    expect 'cosines.tsv: shares' awk -F '\t' '!/^#/ { c += $2; r += $3 }
        END { exit !((c - 1) ^ 2 < 1e-20 && (r - 1) ^ 2 < 1e-20) }' \
        "$work/measured/figures/cosines.tsv"
    expect 'cosines.tsv: bins for six pairs' test \
        "$(grep -vc '^#' "$work/measured/figures/cosines.tsv")" -eq 10
    expect 'spectrum.tsv: trace' near "$(awk '!/^#/ { s += $3 } END { printf "%.17g", s }' \
        "$work/measured/figures/spectrum.tsv")" "$(element "$(json tr_sigma_w)" 1)" 1e-9
    page measured/figures 4 3
    if command -v gnuplot >/dev/null 2>&1; then
        for folder in measured/figures one-class; do
            expect "measure --out has $folder/norms.svg" grep -q '</svg>' "$work/$folder/norms.svg"
        done
        for figure in spectrum cosines grams; do
            expect "measure --out has $figure.svg" \
                grep -q '</svg>' "$work/measured/figures/$figure.svg"
        done
    fi
    run measure $data --out "$f/y.npy"
    expect 'measure --out that cannot be made' grep -q -e '--out' "$work/stderr"
    expect 'measure --out that cannot be made: exit code 1' test "$code" -eq 1
else
    skip measure 'no python3 to write its files'
fi
# Not the first python3 in the path alone: NumPy comes from Debian's python3-numpy.
numpy=
for candidate in "${PYTHON:-python3}" /usr/bin/python3; do
    if [ -z "$numpy" ] && "$candidate" -c 'import numpy' 2>/dev/null; then
        numpy=$candidate
    fi
done
if [ -n "$numpy" ]; then
    expect 'measure: theory of exact minimisers' "$numpy" tests/programs/check_theory.py "$programs"
fi
if [ -z "$numpy" ]; then
    skip 'measure beside NumPy' 'no python3 with NumPy'
elif [ ! -r "$mnist/t10k-images-idx3-ubyte.gz" ]; then
    skip 'measure beside NumPy' "data from outside: no MNIST in $mnist"
else
    expect 'measure: MNIST in numpy' "$numpy" tests/programs/check_measure.py "$programs/libnc-measure" \
        "$mnist" "$work"
fi

# ---- watch: epochs as they come
if [ -n "$python" ]; then
    run_folder=$work/run
    mkdir "$run_folder"
    cp "$work/features/all.npz" "$run_folder/epoch_2.npz" 2>/dev/null
    for epoch in 1 12; do
        cp "$work/features/x_f8.npy" "$run_folder/f_$epoch.npy"
        cp "$work/features/w.npy" "$run_folder/w_$epoch.npy"
    done
    cp "$work/features/y.npy" "$run_folder/y.npy"
    files="--features f_*.npy --labels y.npy --classifier w_*.npy"
    set -f # stars are for the program
    usage folder 'one folder' watch
    usage --features 'a \* for the epoch' watch "$run_folder" --features f.npy --labels y.npy
    usage --labels 'with other files' watch "$run_folder" --features 'f_*.npy'
    usage --features 'with --labels' watch "$run_folder" --labels y.npy
    usage --bias 'with --classifier' watch "$run_folder" --features 'f_*.npy' --labels y.npy --bias b.npy
    usage --idle 'above 0' watch "$run_folder" --idle 0
    run watch "$work/nothing" --once
    expect 'watch: no folder' test "$code" -eq 1
    run watch "$run_folder" $files --once --tracker "$work/run.json"
    expect 'watch: a row for each epoch' test "$(awk '{ print $1 }' "$work/stdout" | tr '\n' ' ')" = \
        'epoch 1 12 '
    run measure --features "$run_folder/f_1.npy" --labels "$run_folder/y.npy" \
        --classifier "$run_folder/w_1.npy" --json
    remember nc1 nc3_duality nc4
    run watch "$run_folder" $files --once --json
    expect 'watch: epochs' test "$(json epochs)" = '[1, 12]'
    near_keys 'watch says what measure says' 1e-12 nc1 nc3_duality nc4
    expect 'watch: nothing is measured again' test "$(wc -l <"$run_folder/epochs.tsv")" -eq 4
    echo broken >"$run_folder/f_13.npy"
    cp "$run_folder/w_1.npy" "$run_folder/w_13.npy"
    run watch "$run_folder" $files --once
    expect "watch: a damaged file is exit code 1 (is $code)" test "$code" -eq 1
    expect 'watch: the others stay' test "$(grep -c '^[0-9]' "$run_folder/epochs.tsv")" -eq 2
    expect 'watch names the epoch' grep -q 'epoch 13 is left out' "$work/stderr"
    (sleep 1; cp "$run_folder/f_1.npy" "$run_folder/f_13.npy") &
    run watch "$run_folder" $files --every 0.2 --settle 0 --idle 4 --out "$work/watched"
    wait
    expect 'watch takes the file that was mended' grep -q '^13' "$run_folder/epochs.tsv"
    expect 'watch --out: the table' awk -F '\t' '!/^#/ { n++ } END { exit n != 3 }' \
        "$work/watched/epochs.tsv"
    rm "$run_folder"/f_13.npy
    run watch "$run_folder" $files --once
    expect 'watch: what is kept needs no files' test "$(grep -c '^ *[0-9]' "$work/stdout")" -eq 3
    echo 'no table' >"$work/other.tsv"
    run watch "$run_folder" $files --once --table "$work/other.tsv"
    expect 'watch: another file is no table' grep -q 'no table of epochs' "$work/stderr"
    set +f
fi

# ---- the gallery: its commands draw its pictures, which are there
if command -v gnuplot >/dev/null 2>&1; then
    expect 'gallery' programs/gallery.sh "$programs" "$work/gallery"
    for image in $(grep -ho 'images/[^)]*' README.md doc/gallery.md); do
        expect "$image is drawn" test -s "$work/gallery/${image#images/}"
        expect "$image is there" test -s "doc/$image"
    done
else
    skip gallery 'no gnuplot'
fi

printf '%d checks of the programs, %d failed\n' "$checks" "$failures"
test "$failures" -eq 0
