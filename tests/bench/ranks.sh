#!/bin/sh
# SPDX-License-Identifier: MIT
# ranks.sh MPIRUN PROGRAM [SERIAL]: seconds of libnc-measure-mpi with 1 rank of 2 threads, and 2 and 4 ranks of
# one, and of libnc-measure with 2 threads; and the most memory of a rank. For a machine that does nothing else:
#
#   tests/bench/ranks.sh 'mpirun.openmpi --oversubscribe' build/mpi/libnc-measure-mpi build/programs/libnc-measure
#
# SAMPLES, WIDTH and CLASSES choose another problem than the two of doc/beyond_one_machine.md.
set -eu
mpirun=$1 program=$2 serial=${3:-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

write() {
    /usr/bin/python3 - "$folder" "$1" "$2" "$3" <<'END'
import sys
import numpy as np
folder, samples, width, classes = sys.argv[1], *map(int, sys.argv[2:])
random = np.random.default_rng(0)
labels = np.arange(samples) % classes
means = random.standard_normal((classes, width)).astype(np.float32)
rows = np.lib.format.open_memmap(f"{folder}/f.npy", "w+", np.float32, (samples, width))
for begin in range(0, samples, 10000):
    part = labels[begin:begin + 10000]
    rows[begin:begin + 10000] = means[part] + 0.1 * random.standard_normal((len(part), width))
np.save(f"{folder}/y.npy", labels)
np.save(f"{folder}/w.npy", means)
END
}

# timed NAME COMMAND...: seconds by the program's own clock, and peak memory of the largest process.
timed() {
    name=$1
    shift
    /usr/bin/time -f %M -o "$folder/memory" "$@" --features "$folder/f.npy" --labels "$folder/y.npy" \
        --classifier "$folder/w.npy" --json >"$folder/out"
    seconds=$(sed 's/.*"seconds": \([0-9.e+-]*\).*/\1/' "$folder/out")
    printf '%-28s %8.2f s %8d MB\n' "$name" "$seconds" "$(($(tail -n 1 "$folder/memory") / 1024))"
}

# shellcheck disable=SC2086
compare() {
    echo "N = $1, d = $2, K = $3"
    write "$1" "$2" "$3"
    test -z "$serial" || timed 'libnc-measure, 2 threads' "$serial" --threads 2
    timed '1 rank x 2 threads' $mpirun -n 1 "$program" --threads 2
    timed '2 ranks x 1 thread' $mpirun -n 2 "$program" --threads 1
    timed '4 ranks x 1 thread' $mpirun -n 4 "$program" --threads 1
}

if [ -n "${SAMPLES:-}" ]; then
    compare "$SAMPLES" "$WIDTH" "$CLASSES"
else
    compare 100000 2048 1000
    compare 60000 768 30000
fi
