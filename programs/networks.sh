#!/bin/sh
# SPDX-License-Identifier: MIT
# Trains convolutional networks on MNIST until they collapse, and prints one table of what was reached beside
# what is predicted and what it must not exceed; then the minority over the imbalance ratio, with and without
# oversampling. Figures go to one folder per setting. Exit status 1 where a bound is missed.
#
#   programs/networks.sh [PROGRAMS [OUT]]     defaults: $BUILD/programs $BUILD/networks, BUILD = build
#   SEEDS: "1"; NETWORKS: "G1 G2 G3 E1 C1 O1 O2 R"; LIBNC_DATA: the folder of mnist/
set -eu

programs=${1:-${BUILD:-build}/programs}
out=${2:-${BUILD:-build}/networks}
mnist=${LIBNC_DATA:-../shared/data}/mnist
images=$mnist/t10k-images-idx3-ubyte.gz
labels=$mnist/t10k-labels-idx1-ubyte.gz
wanted=" ${NETWORKS:-G1 G2 G3 E1 C1 O1 O2 R} "
missed=0
export LC_ALL=C

if [ ! -r "$images" ]; then
    echo "SKIP networks: data from outside: no MNIST in $mnist"
    exit 0
fi
mkdir -p "$out"

# numbers FILE KEY: those of a key of a JSON object, in a row; where it comes twice, the first.
numbers() {
    awk -v key="\"$2\": " '{
        text = substr($0, index($0, key) + length(key))
        sub(/, ".*/, "", text); gsub(/[][{}]/, "", text); gsub(/,/, " ", text)
        print text
    }' "$1"
}

# train NAME OPTIONS...: of the seed, once; its files are NAME-SEED.
train() {
    run=$out/$1-$seed
    shift
    if [ ! -s "$run.json" ]; then
        "$programs/libnc-train" --images "$images" --labels "$labels" --seed "$seed" --test-others \
            --json --out "$run" "$@" >"$run.part"
        mv "$run.part" "$run.json"
    fi
}

# row SETTING QUANTITY MEASURED PREDICTED LOW HIGH: dashes where there is nothing.
row() {
    awk -v setting="$1" -v seed="$seed" -v name="$2" -v x="$3" -v p="$4" -v low="$5" -v high="$6" \
        -v seconds="$(numbers "$run.json" seconds | awk '{ print $1 }')" 'BEGIN {
        fine = (low == "-" || x > low + 0) && (high == "-" || x < high + 0) && x ~ /^-?[0-9]/
        bound = low == "-" ? (high == "-" ? "-" : "< " high) : high == "-" ? "> " low : low " .. " high
        printf "%-7s %4s  %-28s %11.4g %11s  %-18s %7.1f%s\n", setting, seed, name, x,
            p == "-" ? p : sprintf("%.4g", p), bound, seconds, fine ? "" : "  MISSED"
        exit !fine
    }' || missed=1
}

# largest NUMBERS
largest() {
    printf '%s\n' "$1" | awk '{ m = $1; for (i = 2; i <= NF; i++) if ($i > m) m = $i; print m }'
}

# collapse NAME NC1 ROWS FEATURES PRODUCT GAP: the largest value of all head layers below each bound.
collapse() {
    row "$1" 'NC1' "$(largest "$(numbers "$run.json" layer_nc1)")" 0 - "$2"
    row "$1" 'rows to the prediction' "$(largest "$(numbers "$run.json" layer_nc2_classifier)")" 0 - "$3"
    row "$1" 'features to the prediction' "$(largest "$(numbers "$run.json" layer_nc2_features)")" 0 - "$4"
    row "$1" 'product to the prediction' "$(largest "$(numbers "$run.json" layer_nc3)")" 0 - "$5"
    row "$1" 'loss above the prediction' "$(numbers "$run.json" relative_gap)" 0 0 "$6"
}

# minority NAME LOW HIGH MAJORITY MINORITY_LOW MINORITY_HIGH: cosine, and test accuracies.
minority() {
    row "$1" 'cosine of minority rows' "$(numbers "$run.json" minority_cosine)" \
        "$(numbers "$run.json" predicted_minority_cosine)" "$2" "$3"
    row "$1" 'majority test accuracy' "$(numbers "$run.json" majority_test_accuracy)" - "$4" -
    row "$1" 'minority test accuracy' "$(numbers "$run.json" minority_test_accuracy)" - "$5" "$6"
}

# around NUMBER WIDTH SIGN
around() {
    awk -v x="$1" -v w="$2" 'BEGIN { printf "%.6g\n", x + w }'
}

# oversampled NAME: within .01 of the predicted cosine.
oversampled() {
    predicted=$(numbers "$run.json" predicted_minority_cosine)
    minority "$1" "$(around "$predicted" -0.01)" "$(around "$predicted" 0.01)" - 0.2 -
}

# is NAME: whether the setting is wanted.
is() {
    case $wanted in *" $1 "*) return 0 ;; esac
    return 1
}

rising='--counts 2*40,2*80,2*120,2*160,2*200 --beta2 0.95'
merging='--network vgg11 --loss ce --weight-decay 1.4e-2 --feature-decay 1.4e-4 --minority 5'

# often W: the minority W times.
often() {
    printf -- '--oversampling 1,1,1,1,1,%s,%s,%s,%s,%s' "$1" "$1" "$1" "$1" "$1"
}

# Options are words without quotes.
# shellcheck disable=SC2046,SC2086
settings() {
    if is G1; then
        train G1 --network vgg11 $rising --weight-decay 2e-3 --feature-decay 1e-5 --epochs 80 \
            --measure-every 5
        collapse G1 1e-4 .025 .04 .015 .006
    fi
    if is G2; then
        train G2 --network resnet18 $rising --weight-decay 2e-3 --feature-decay 1e-5 --epochs 60 \
            --measure-every 5
        collapse G2 5e-4 .07 .07 - .02
    fi
    if is G3; then
        train G3 --network vgg11 $rising --depth 3 --weight-decay 1e-3 --feature-decay 1e-5 \
            --epochs 80 --measure-every 5
        collapse G3 - .05 .05 - .012
    fi
    if is E1; then
        train E1 --network vgg11 --counts 10*50 --loss ce --bias --weight-decay 1e-2 \
            --feature-decay 1e-4 --epochs 60 --measure-every 5 --minority 10
        collapse E1 1e-3 .03 .03 .03 .002
        row E1 'mean cosine of rows' "$(numbers "$run.json" minority_cosine)" -.111111 -.112111 -.110111
    fi
    if is C1; then
        train C1 $merging --counts 5*400,5*4 --epochs 25 --measure-every 5
        minority C1 .995 - .97 - .1
    fi
    if is O1; then
        train O1 $merging --counts 5*400,5*4 --epochs 15 --measure-every 5 $(often 100) \
            --repeat-decay visit
        oversampled O1
    fi
    if is O2; then
        train O2 $merging --counts 5*400,5*4 --epochs 15 --measure-every 5 $(often 100) \
            --repeat-decay sample
        oversampled O2
    fi
}

# The minority over R = 400/n.
# shellcheck disable=SC2046,SC2086
sweep() {
    train R1 $merging --counts 10*400 --epochs 15 --measure-every 15
    train R10 $merging --counts 5*400,5*40 --epochs 25 --measure-every 25
    train R10o $merging --counts 5*400,5*40 --epochs 15 --measure-every 15 $(often 10) \
        --repeat-decay visit
    train C1 $merging --counts 5*400,5*4 --epochs 25 --measure-every 5
    train O1 $merging --counts 5*400,5*4 --epochs 15 --measure-every 5 $(often 100) \
        --repeat-decay visit
    for name in R1 R10 C1 R10o O1; do
        run=$out/$name-$seed
        row $name 'cosine of minority rows' "$(numbers "$run.json" minority_cosine)" \
            "$(numbers "$run.json" predicted_minority_cosine)" - -
        row $name 'minority test accuracy' "$(numbers "$run.json" minority_test_accuracy)" - - -
    done
}

printf '%-7s %4s  %-28s %11s %11s  %-18s %7s\n' setting seed quantity measured predicted bound seconds
for seed in ${SEEDS:-1}; do
    settings
    if is R; then sweep; fi
done
exit $missed
