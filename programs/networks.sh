#!/bin/sh
# SPDX-License-Identifier: MIT
# Trains convolutional networks on MNIST until they collapse, and prints one table of what was reached beside
# what is predicted and what it must not exceed; then the minority over the imbalance ratio, with and without
# oversampling. Figures go to one folder per setting. Exit status 1 where a bound is missed.
#
#   programs/networks.sh [PROGRAMS [OUT]]     defaults: $BUILD/programs $BUILD/networks, BUILD = build
#   SEEDS: "1"; NETWORKS: "G1 G2 G3 E1 C1 O1 O2 R"; LIBNC_DATA: the folder of mnist/. Without MNIST, E1 and the
#   small S1 alone, if wanted, on made-up images.
set -eu

programs=${1:-${BUILD:-build}/programs}
out=${2:-${BUILD:-build}/networks}
mnist=${LIBNC_DATA:-../shared/data}/mnist
images=$mnist/t10k-images-idx3-ubyte.gz
labels=$mnist/t10k-labels-idx1-ubyte.gz
wanted=" ${NETWORKS:-G1 G2 G3 E1 C1 O1 O2 R} "
missed=0
export LC_ALL=C

if [ -r "$images" ]; then
    data="--images $images --labels $labels --test-others"
else
    echo "SKIP networks on real images: data from outside: no MNIST in $mnist"
    case $wanted in *" S1 "*) wanted=' E1 S1 ' data='' ;; *) exit 0 ;; esac
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
        # shellcheck disable=SC2086
        "$programs/libnc-train" $data --seed "$seed" --json --quiet --out "$run" "$@" >"$run.part"
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
            --feature-decay 1e-4 --epochs 60 --measure-every 10 --minority 10
        collapse E1 1e-3 .03 .03 .03 .002
        row E1 'mean cosine of rows' "$(numbers "$run.json" minority_cosine)" -.111111 -.112111 -.110111
    fi
    if is S1; then
        train S1 --network resnet18 --base-width 4 --batch-size 32 --counts 2*10,2*20,2*30,2*40,2*50 \
            --beta2 0.95 --weight-decay 5e-3 --feature-decay 5e-5 --epochs 60 --measure-every 30
        collapse S1 5e-3 .2 .2 .05 .1
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

# Rows of the figure: R, cosine and minority test accuracy of the run.
point() {
    printf '%s\t%s\t%s\n' "$2" "$(numbers "$run.json" minority_cosine)" \
        "$(numbers "$run.json" minority_test_accuracy)" >>"$out/$1.tsv"
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
    while read -r name file ratio; do
        run=$out/$name-$seed
        row "$name" 'cosine of minority rows' "$(numbers "$run.json" minority_cosine)" \
            "$(numbers "$run.json" predicted_minority_cosine)" - -
        row "$name" 'minority test accuracy' "$(numbers "$run.json" minority_test_accuracy)" - - -
        point "$file" "$ratio"
    done <<EOF
R1 plain 1
R10 plain 10
C1 plain 100
R10o often 10
O1 often 100
EOF
}

# R and the predicted cosine of two minority rows, without oversampling.
predictions() {
    for n in 400 250 160 100 63 40 25 20 16 14 13 12 11 10 9 8 6 4; do
        "$programs/libnc-predict" --step "5,400,5,$n" --loss ce --weight-decay 1.4e-2 \
            --feature-decay 1.4e-4 --width 64 --json >"$out/predicted.json"
        numbers "$out/predicted.json" classifier_gram | awk -v n=$n '{
            cosine = $67 == 0 || $56 * $67 <= 0 ? "nan" : $57 / sqrt($56 * $67)
            printf "%.6g\t%s\n", 400 / n, cosine
        }'
    done >"$out/predicted.tsv"
    rm "$out/predicted.json"
}

# minority.svg: cosines with what is predicted for them, and accuracies.
figure() {
    predictions
    command -v gnuplot >/dev/null 2>&1 || return 0
    gnuplot <<EOF
set terminal svg size 940,480 enhanced font 'Helvetica,17' background rgb 'white'
set output "$out/minority.svg"
set datafile missing "nan"
set multiplot layout 1,2 margins screen 0.1,0.98,0.36,0.95 spacing screen 0.13,0
set logscale x
set xrange [0.8:125]
set grid lc rgb "#d0d0d0" dt 1 lw 1
set xlabel "imbalance ratio R"
set key at screen 0.53,0.01 center bottom vertical maxrows 2 Left reverse samplen 2
set ylabel "cosine of minority rows"
set yrange [-0.2:1.05]
plot "$out/predicted.tsv" using 1:2 with lines lc rgb "#000000" lw 2 title "predicted", \\
     -1.0/9 with lines lc rgb "#000000" dt 2 lw 2 title "predicted, oversampled", \\
     "$out/plain.tsv" using 1:2 with points lc rgb "#440154" pt 7 ps 1.2 title "plain", \\
     "$out/often.tsv" using 1:2 with points lc rgb "#1f9e89" pt 8 ps 1.4 lw 2 title "oversampled R times"
unset key
set ylabel "test accuracy of the minority"
set yrange [-0.03:1.03]
plot "$out/plain.tsv" using 1:3 with points lc rgb "#440154" pt 7 ps 1.2, \\
     "$out/often.tsv" using 1:3 with points lc rgb "#1f9e89" pt 8 ps 1.4 lw 2
EOF
}

printf '%-7s %4s  %-28s %11s %11s  %-18s %7s\n' setting seed quantity measured predicted bound seconds
rm -f "$out/plain.tsv" "$out/often.tsv"
for seed in ${SEEDS:-1}; do
    settings
    if is R; then sweep; fi
done
if is R; then figure; fi
exit $missed
