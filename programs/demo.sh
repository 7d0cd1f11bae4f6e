#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the reproductions on the papers' settings and prints one table of what was predicted and what
# was reached. Figures go to one folder per setting.
#
#   programs/demo.sh [PROGRAMS [OUT]]     defaults: $BUILD/examples $BUILD/demo, BUILD = build
set -eu

programs=${1:-${BUILD:-build}/programs}
out=${2:-${BUILD:-build}/demo}
export LC_ALL=C

# value JSON KEY: one number of a flat JSON object; a dash for null.
value() {
    printf '%s\n' "$1" | awk -v key="\"$2\":" '{
        at = index($0, key)
        if (at == 0) { print "-"; exit }
        text = substr($0, at + length(key))
        sub(/^ */, "", text); sub(/[,}].*/, "", text)
        print (text == "null" ? "-" : text)
    }'
}

# number TEXT FORMAT
# shellcheck disable=SC2059
number() {
    if [ "$1" = - ]; then printf '%s' -; else printf "$2" "$1"; fi
}

header() {
    printf '%-37s %15s %15s %9s %9s %9s %9s %8s\n' setting 'predicted loss' 'reached loss' \
        gap NC1 NC2 NC3 seconds
}

# row SETTING FOLDER OPTIONS... of libnc-train: NC2 is the larger of the classifier's and the means'.
row() {
    setting=$1 folder=$2
    shift 2
    json=$("$programs/libnc-train" --json --out "$out/$folder" "$@")
    nc2=$(printf '%s %s\n' "$(value "$json" nc2_classifier)" "$(value "$json" nc2_features)" |
        awk '{ print ($1 + 0 > $2 + 0 ? $1 : $2) }')
    printf '%-37s %15s %15s %9s %9s %9s %9s %8s\n' "$setting" \
        "$(number "$(value "$json" predicted_loss)" %.10f)" \
        "$(number "$(value "$json" loss)" %.10f)" \
        "$(number "$(value "$json" relative_gap)" %.1e)" \
        "$(number "$(value "$json" nc1)" %.1e)" "$(number "$nc2" %.1e)" \
        "$(number "$(value "$json" nc3)" %.1e)" "$(number "$(value "$json" seconds)" %.2f)"
}

mkdir -p "$out"
printf 'Neural collapse, reached against predicted. Direct optimisation: width 64, decays 5e-4,\n'
printf 'momentum 0.9, rate 0.1, 30,000 full-batch steps from N(0, 0.1^2) (Dang et al. 2023). MLP:\n'
printf 'two ReLU layers of 128, one affine layer, M linear layers, counts 50,100,150,200, Adam.\n'
printf 'gap = (reached - predicted) / predicted; NC2 and NC3 are distances to the predicted frame.\n\n'
header
for depth in 1 3 6 9; do
    row "balanced, MSE, M = $depth" "balanced_mse_$depth" --depth $depth
done
for depth in 1 3 6 9; do
    row "balanced, MSE, bias, M = $depth" "balanced_mse_bias_$depth" --depth $depth --bias
done
row 'balanced, CE, M = 1' balanced_ce_1 --loss ce
for depth in 1 3 6 9; do
    row "200,100,50,50, MSE, M = $depth" "imbalanced_mse_$depth" --counts 200,100,50,50 \
        --depth $depth
done
for depth in 1 3; do
    row "MLP, synthetic images, MSE, M = $depth" "mlp_synthetic_$depth" \
        --network mlp --counts 50,100,150,200 --depth $depth --backbone 128,128 --iterations 1000
done

# elements JSON KEY: the numbers of a list, nested or not, one per line after the key.
elements() {
    printf '%s\n' "$1" | awk -v name="$2" -v key="\"$2\": " '{
        text = substr($0, index($0, key) + length(key))
        sub(/\], "[a-z].*/, "", text); sub(/\]+}$/, "", text); gsub(/[][ ]/, "", text)
        count = split(text, values, ",")
        for (i = 1; i <= count; i++) print name, values[i] == "null" ? "-" : values[i]
    }'
}

printf '\nMinority collapse: cosine of minority classifier rows over the imbalance ratio R in the\n'
printf 'layer-peeled model, K = 10, energies 1 and 5 (Fang et al. 2021, Figure 3). From R_0 on the\n'
printf 'minority classes share one prediction, from R_1 on their rows are zero and have no cosine.\n\n'
minority=$("$programs/libnc-minority-collapse" --json --out "$out/minority_collapse")
for key in majority_classes merge_ratio vanish_ratio ratio cos_minority; do
    elements "$minority" $key
done | awk '
    { value[$1, ++count[$1]] = $2 }
    function text(x, format) { return x == "-" ? "-" : sprintf(format, x) }
    function half_decade(x, y) { y = 2 * log(x) / log(10); return (y - int(y + 0.5)) ^ 2 < 1e-12 }
    END {
        printf "%6s %12s %12s", "K_A", "R_0", "R_1"
        for (p = 1; p <= count["ratio"]; p++)
            if (half_decade(value["ratio", p])) {
                shown[++columns] = p
                printf " %8s", sprintf("R=%.4g", value["ratio", p])
            }
        for (c = 1; c <= count["majority_classes"]; c++) {
            printf "\n%6s %12s %12s", value["majority_classes", c],
                text(value["merge_ratio", c], "%.6f"), text(value["vanish_ratio", c], "%.6f")
            for (i = 1; i <= columns; i++)
                printf " %8s", text(value["cos_minority", (c - 1) * count["ratio"] + shown[i]], "%.5f")
        }
        printf "\n"
    }'

if command -v gnuplot >/dev/null 2>&1; then
    printf '\nFigures (SVG), tables and gnuplot scripts: %s/*/\n' "$out"
else
    printf '\nTables and gnuplot scripts: %s/*/. There is no gnuplot here, so no figures.\n' "$out"
fi
