#!/bin/sh
# SPDX-License-Identifier: MIT
# Convolutional networks reach their predicted geometry: two small settings of programs/networks.sh, on MNIST
# where LIBNC_DATA has it, otherwise on made-up images.
#
#   tests/programs/check_networks.sh [PROGRAMS]     default: $BUILD/programs, BUILD = build
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if NETWORKS='E1 S1' programs/networks.sh "${1:-${BUILD:-build}/programs}" "$work" >"$work/table"; then
    grep '^SKIP' "$work/table"
    echo 'PASS networks: two reach the predicted geometry'
else
    cat "$work/table"
    echo 'FAIL networks: they do not reach the predicted geometry'
    exit 1
fi
