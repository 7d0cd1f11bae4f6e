#!/bin/sh
# SPDX-License-Identifier: MIT
# The example programs as tests: known answers, convergence to the prediction, options and exit
# codes, one JSON object, files.
#
#   tests/examples/check_examples.sh [PROGRAMS]     default: $BUILD/examples, BUILD = build
# Lists of options and keys are split into words on purpose.
# shellcheck disable=SC2086,SC2016
set -u

programs=${1:-${BUILD:-build}/examples}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
export LC_ALL=C
python=$(test -x /usr/bin/python3 && echo /usr/bin/python3)
checks=0
failures=0

fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$1"
}

# expect NAME COMMAND...: the command succeeds.
expect() {
    checks=$((checks + 1))
    name=$1
    shift
    "$@" || fail "$name"
}

# run PROGRAM OPTIONS...: stdout in $work/stdout, stderr in $work/stderr, exit code in $code.
run() {
    command=$*
    program=$1
    shift
    "$programs/$program" "$@" >"$work/stdout" 2>"$work/stderr"
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
for program in predict balanced_etf imbalanced_gof mlp_collapse; do
    run "$program" --help
    expect "$program --help" test "$code" -eq 0
    for option in help version json out seed quiet counts depth width weight-decay feature-decay \
        bias loss; do
        expect "$program --help lists --$option" grep -q -e "--$option" "$work/stdout"
    done
    run "$program" --version
    expect "$program --version" grep -q "^$program (libnc) [0-9]*\.[0-9]*\.[0-9]*$" "$work/stdout"
    usage --depth 'from 1 to 1000' "$program" --depth 0
    usage --depth 'from 1 to 1000' "$program" --depth 1x
    usage --width 'from 1' "$program" --width -3
    usage --counts 'from 1' "$program" --counts 100,0
    usage --counts 'separated by commas' "$program" --counts 100,,100
    usage --weight-decay 'above 0' "$program" --weight-decay -1
    usage --weight-decay 'above 0' "$program" --weight-decay nan
    usage --weight-decay 'depth = 3' "$program" --depth 3 --weight-decay 1e-3,1e-3
    usage --feature-decay 'above 0' "$program" --feature-decay 0
    usage --loss 'mse, ce' "$program" --loss hinge
    usage --label-smoothing 'loss ce' "$program" --label-smoothing 0.1
    usage --seed 'from 0' "$program" --seed -1
    usage no-such-option 'help' "$program" --no-such-option
    usage stray 'not an option' "$program" stray
done
for program in balanced_etf imbalanced_gof mlp_collapse; do
    usage --optimizer 'sgd, adam, lbfgs' "$program" --optimizer newton
    usage --learning-rate 'above 0' "$program" --learning-rate 0
    usage --momentum 'below 1' "$program" --momentum 1
    usage --iterations 'from 1' "$program" --iterations 0
    usage --beta2 'below 1' "$program" --beta2 1
    usage --gradient-tolerance 'from 0' "$program" --gradient-tolerance -1
    usage --schedule 'step, cosine' "$program" --schedule linear
    usage --scalar 'float64, float32' "$program" --scalar half
    usage --threads 'from 1 to 256' "$program" --threads 0
    # Options that another one leaves without effect.
    usage --learning-rate 'sgd or adam' "$program" --optimizer lbfgs --learning-rate 0.1
    usage --momentum 'optimizer sgd' "$program" --optimizer adam --momentum 0.5
    usage --beta2 'optimizer adam' "$program" --optimizer sgd --beta2 0.5
    usage --schedule 'sgd or adam' "$program" --optimizer lbfgs --schedule step
    usage --period 'step or cosine' "$program" --schedule constant --period 10
    usage --factor 'step or cosine' "$program" --schedule constant --factor 0.5
done
usage --counts 'equal' balanced_etf --counts 10,20

# ---- predict: known answers (doc/theory.md)
run predict --counts 200,100,50,50 --depth 3 --json
good_json
keys status gap loss singular_values logits bias classifier_gram feature_gram lost_classes unique
expect 'predict: loss' near "$(json loss)" 0.012218400372 1e-9
expect 'predict: status' test "$(json status)" = '"proven"'
expect 'predict: gap' below "$(json gap)" 0
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
usage --class-weights 'each of the 4 classes' predict --loss ce --class-weights 1,2
usage --class-weights 'above 0' predict --loss ce --class-weights 1,1,1,nan
usage --starts 'depth above 1' predict --loss ce --starts 5
run predict
expect 'predict prints its status' grep -q proven "$work/stdout"

# ---- direct optimisation: momentum as in the paper, then L-BFGS to the end
trained='loss predicted_loss relative_gap nc1 nc2_classifier nc2_features nc3 accuracy iterations
seconds'
run balanced_etf --json
good_json
keys $trained
expect 'balanced_etf: prediction' near "$(json predicted_loss)" 0.0198 1e-12
expect 'balanced_etf: gap' below "$(json relative_gap)" 1e-6
expect 'balanced_etf: gap is not negative' awk "BEGIN { exit !($(json relative_gap) > -1e-12) }"
for key in nc1 nc2_classifier nc2_features nc3; do
    expect "balanced_etf: $key = $(json $key)" below "$(json $key)" 1e-5
done
expect 'balanced_etf: accuracy' test "$(json accuracy)" = 1
expect 'balanced_etf: iterations' test "$(json iterations)" = 30000

for options in '--depth 1' '--depth 3' '--depth 1 --bias' '--depth 3 --bias' '--loss ce --depth 1'; do
    run balanced_etf --optimizer lbfgs --json $options
    good_json
    expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-10
    for key in nc1 nc2_classifier nc2_features nc3; do
        expect "$command: $key = $(json $key)" below "$(json $key)" 1e-5
    done
done
for depth in 1 3; do
    run imbalanced_gof --optimizer lbfgs --depth $depth --json
    good_json
    expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-12
    for key in nc1 nc2_classifier nc2_features nc3; do
        expect "$command: $key = $(json $key)" below "$(json $key)" 1e-6
    done
done

# A bottleneck loses the smallest class.
run imbalanced_gof --counts 3,2,1 --width 2 --optimizer lbfgs --json
good_json
expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-10
expect "$command: nc2_features $(json nc2_features)" below "$(json nc2_features)" 1e-5

# The exact reduction must not be seen in a result, nor the seed's run change.
run imbalanced_gof --iterations 300 --reduction off --json
full=$(json loss)
run imbalanced_gof --iterations 300 --json
reduced=$(json loss)
expect "reduction: $full and $reduced" near "$full" "$reduced" 1e-12
run imbalanced_gof --iterations 300 --json
expect 'same seed, same bits' test "$(json loss)" = "$reduced"
run imbalanced_gof --iterations 300 --seed 3 --json
expect 'another seed, another run' test "$(json loss)" != "$reduced"
run balanced_etf --scalar float32 --json
good_json
expect "float32: $(json relative_gap)" below "$(json relative_gap)" 1e-5

# Imbalanced cross-entropy reaches the certified optimum.
run imbalanced_gof --loss ce --optimizer lbfgs --json
good_json
expect 'imbalanced CE: prediction' near "$(json predicted_loss)" 0.0912404589 1e-9
expect "$command: gap $(json relative_gap)" below "$(json relative_gap)" 1e-9
for key in nc1 nc2_classifier nc2_features nc3; do
    expect "$command: $key = $(json $key)" below "$(json $key)" 1e-4
done
# Nothing is predicted for imbalanced classes, cross-entropy and several layers unless searched.
run imbalanced_gof --loss ce --depth 2 --iterations 50 --json
good_json
expect 'deep imbalanced CE: null' test "$(json predicted_loss)" = null
expect 'deep imbalanced CE: loss' below "$(json loss)" 2
run imbalanced_gof --loss ce --depth 2 --iterations 50
expect 'deep imbalanced CE: words' grep -q 'predicted  nothing' "$work/stdout"
run balanced_etf --loss ce --depth 3 --iterations 50
expect 'deep CE: words' grep -q 'critical point' "$work/stdout"

# ---- minority collapse: Figure 3 of Fang et al. (2021), thresholds of doc/minority_collapse.md
run minority_collapse --json
good_json
keys classes energies majority_classes merge_ratio vanish_ratio ratio loss gap cos_minority \
    cos_majority cos_between norm_majority norm_minority predictions oversampling_needed \
    oversampling_repeats diagram_decay diagram_ratio diagram_cos_minority
i=1
for ratio in 245.496912 12.192447 4.000467; do
    expect "R_0 = $ratio" near "$(element "$(json merge_ratio)" $i)" $ratio 2e-7
    i=$((i + 1))
done
expect 'R_1 = 5.7053302' near "$(element "$(json vanish_ratio)" 3)" 5.7053302 1e-7
expect 'R_1 = never' test "$(element "$(json vanish_ratio)" 1)" = null
# balanced at R = 1; K_A = 3 at R = 10: oracle of the paper's Figure 3
expect 'balanced loss' near "$(element "$(json loss)" 1)" 0.559781524 1e-8
expect 'balanced cosine' near "$(element "$(json cos_minority)" 1)" -0.1111111111 1e-8
expect 'loss at R = 10' near "$(element "$(json loss)" 11)" 0.2690539549 1e-8
expect 'cosine at R = 10' near "$(element "$(json cos_minority)" 11)" -0.02023185946 1e-6
expect 'the minority vanishes' test "$(element "$(json cos_minority)" 123)" = null
run minority_collapse --classes 4 --majority 2 --points 3 --out "$work/minority"
expect 'minority_collapse: exit code' test "$code" -eq 0
for file in curves diagram oversampling thresholds boundary; do
    expect "$file.tsv" test -s "$work/minority/$file.tsv"
done
if command -v gnuplot >/dev/null 2>&1; then
    for file in curves diagram oversampling; do
        expect "$file.svg" test -s "$work/minority/$file.svg"
    done
fi
run minority_collapse --help
expect 'what it means' grep -q 'one and the same prediction' "$work/stdout"
usage --majority 'from 1 to' minority_collapse --majority 10
usage --energies 'two numbers' minority_collapse --energies 1
usage --decays 'larger' minority_collapse --decays 1,0.1
usage --ratio 'above 1' minority_collapse --ratio 0.5

# ---- files
run imbalanced_gof --iterations 500 --out "$work/a/b" --json
good_json
for file in history.tsv classes.tsv curve.tsv figures.gp gram_classifier_predicted.tsv \
    gram_classifier_measured.tsv gram_features_predicted.tsv gram_features_measured.tsv; do
    expect "--out has $file" test -s "$work/a/b/$file"
done
expect 'history: columns' awk -F '\t' 'NF != 8 { bad = 1 } END { exit bad || NR < 40 }' \
    "$work/a/b/history.tsv"
expect 'history ends with the run' awk -F '\t' -v loss="$(json loss)" '
    { last = $2; iteration = $1 }
    END { d = last - loss; exit !(iteration == 500 && d * d < 1e-20) }' "$work/a/b/history.tsv"
# The theory's curve passes through the predicted lengths of the classes.
expect 'curve meets the classes' awk -F '\t' '
    FNR == 1 { next }
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
fi
# Without gnuplot: tables and the script, and the words say so.
mkdir "$work/empty"
binary=$(cd "$programs" && pwd)/predict
PATH=$work/empty "$binary" --out "$work/n" >"$work/stdout" 2>"$work/stderr"
code=$?
expect 'no gnuplot: exit code' test "$code" -eq 0
expect 'no gnuplot: said' grep -q 'no figures' "$work/stdout"
expect 'no gnuplot: script' test -s "$work/n/figures.gp"
if [ -c /dev/full ]; then
    "$binary" >/dev/full 2>"$work/stderr"
    code=$?
    expect 'full disk: exit code 1' test "$code" -eq 1
    expect 'full disk: said' grep -q 'standard output' "$work/stderr"
    "$binary" --help >/dev/full 2>"$work/stderr"
    code=$?
    expect 'full disk: exit code 1 of --help' test "$code" -eq 1
fi
: >"$work/file"
run predict --out "$work/file/x"
expect '--out that can not be made: exit code 1' test "$code" -eq 1
expect '--out that can not be made: named' grep -q -e '--out' "$work/stderr"
expect '--out that can not be made: nothing on stdout' test ! -s "$work/stdout"
run predict --out "$work/p"
expect 'predict --out' test "$code" -eq 0 -a -s "$work/p/classes.tsv" -a -s "$work/p/figures.gp"

# ---- a network on synthetic images
run mlp_collapse --counts 20,30,40 --backbone 32 --iterations 400 --learning-rate 0.003 \
    --weight-decay 5e-3 --feature-decay 5e-3 --threads 1 --json --out "$work/mlp"
good_json
keys $trained
expect "mlp_collapse: accuracy $(json accuracy)" test "$(json accuracy)" = 1
expect "mlp_collapse: gap $(json relative_gap)" below "$(json relative_gap)" 0.05
expect "mlp_collapse: nc2_classifier $(json nc2_classifier)" below "$(json nc2_classifier)" 0.1
expect "mlp_collapse: nc2_features $(json nc2_features)" below "$(json nc2_features)" 0.1
expect "mlp_collapse: nc3 $(json nc3)" below "$(json nc3)" 0.1
expect 'mlp_collapse: NC1 falls' awk -F '\t' 'NR == 2 { first = $4 } { last = $4 }
    END { exit !(last * 100 < first) }' "$work/mlp/history.tsv"
run mlp_collapse --counts 20,30,40 --backbone 16 --iterations 20 --batch-size 32 --depth 2 --bias \
    --loss ce --optimizer sgd --learning-rate 0.01 --schedule step --threads 1
expect 'mlp_collapse: minibatches, SGD, CE' test "$code" -eq 0
# ---- a network on real images, where LIBNC_DATA has MNIST
mnist=${LIBNC_DATA:-../shared/data}/mnist
if [ -r "$mnist/t10k-images-idx3-ubyte.gz" ]; then
    for depth in 1 3; do
        run mlp_collapse --images "$mnist/t10k-images-idx3-ubyte.gz" \
            --labels "$mnist/t10k-labels-idx1-ubyte.gz" --depth $depth --backbone 128,128 \
            --counts 40,40,60,60,80,80,100,100,120,120 --iterations 800 --json --out "$work/mnist"
        good_json
        expect "$command: accuracy $(json accuracy)" test "$(json accuracy)" = 1
        for key in nc2_classifier nc2_features nc3; do
            expect "$command: $key = $(json $key)" below "$(json $key)" 0.1
        done
        expect "$command: NC1 falls" awk -F '\t' 'NR == 2 { first = $4 } { last = $4 }
            END { exit !(last * 100 < first) }' "$work/mnist/history.tsv"
    done
else
    echo "skipped: no MNIST in $mnist"
fi
usage --images 'together' mlp_collapse --images somewhere
usage --backbone 'from 1' mlp_collapse --backbone 0
usage --batch-size 'from 0' mlp_collapse --batch-size -1
usage --width 'must be 256' mlp_collapse --affine no --width 7
usage --width 'at most 256' mlp_collapse --affine no --width 300 --depth 2
run mlp_collapse --images "$work/none" --labels "$work/none"
expect 'missing images: exit code 1' test "$code" -eq 1
expect 'missing images: named' grep -q -e '--images.*none' "$work/stderr"

printf '%d checks of the examples, %d failed\n' "$checks" "$failures"
test "$failures" -eq 0
