#!/bin/sh
# SPDX-License-Identifier: MIT
# libnc-mpi, with each MPI that is installed: it is built, installed and used, and suites run under
# mpirun with 1 to 4 ranks, and with 3 ranks of 2 threads. A run that hangs is a failure after 60 s.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/../install/common.sh"

# One machine, more ranks than processors, and maybe root in a container without ssh or a network.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_plm_rsh_agent=/bin/false
export OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_pml=ob1
export UCX_TLS=posix,self HYDRA_LAUNCHER=fork
export CK_FORK=no

# The mpirun of a package; Debian has both side by side.
runner_of() {
    case $1 in
    ompi-c) for name in mpirun.openmpi mpirun; do has $name && echo $name && return; done ;;
    mpich) for name in mpirun.mpich mpiexec.hydra mpirun; do has $name && echo $name && return; done ;;
    esac
}

# ranks COUNT COMMAND...: under the mpirun of this round.
ranks() {
    count=$1
    shift
    timeout -k 5 $((60 * ${CK_TIMEOUT_MULTIPLIER:-1})) "$mpirun" -n "$count" "$@"
}

make_with() {
    $MAKE --no-print-directory MPI="$mpi" MPI_BUILD="$folder" "$@"
}

suite() {
    for count in 1 2 3 4; do
        echo "$count ranks" && ranks "$count" "$folder/test_$1" || return 1
    done
    RANK_THREADS=2 ranks 3 "$folder/test_$1"
}

# As others would: pkg-config alone says what to compile and link with.
installed() {
    prefix=$work/$mpi/prefix
    make_with install PREFIX="$prefix" >"$work/$mpi.log" 2>&1 || { cat "$work/$mpi.log"; return 1; }
    PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
    export PKG_CONFIG_PATH
    # shellcheck disable=SC2046
    $CC -std=c11 -Wall -Wextra -o "$work/$mpi/consumer" tests/mpi/consumer.c \
        $($PKG_CONFIG --cflags --libs libnc-mpi) -Wl,-rpath,"$prefix/lib" &&
        readelf -d "$work/$mpi/consumer" | grep -q "NEEDED.*libnc-mpi.so.$SOVERSION" &&
        ranks 3 "$work/$mpi/consumer" >"$work/$mpi/output" &&
        grep -x 'sum over 3 ranks: 6' "$work/$mpi/output"
}

# libnc-measure with files in $work.
measure_alone() {
    "$BUILD/programs/libnc-measure" --features "$work/f*.npy" --labels "$work/y.npy" \
        --classifier "$work/w.npy" --json "$@"
}
measure_together() {
    count=$1
    shift
    ranks "$count" "$folder/libnc-measure-mpi" --features "$work/f*.npy" --labels "$work/y.npy" \
        --classifier "$work/w.npy" --json "$@"
}
# The same JSON for 1 to 4 ranks, and a state that the serial program reads.
same_json() {
    for scatter in full projected; do
        measure_alone --scatter $scatter >"$work/alone.json" || return 1
        for count in 1 2 3 4; do
            measure_together $count --scatter $scatter --save "$work/$mpi.ncs" \
                >"$work/$count.json" || return 1
        done
        "$BUILD/programs/libnc-measure" --merge "$work/$mpi.ncs" --classifier "$work/w.npy" --json |
            sed 's/"labels": [^]]*\], //' >"$work/merged.json" || return 1
        "$python" tests/mpi/compare_json.py "$work/alone.json" "$work"/[1-4].json || return 1
    done
    grep -q '"second_samples": 700' "$work/merged.json"
}
# NaN on one rank, a folder that is not there for the first: the job ends, in time.
ends_with_error() {
    ranks 3 "$folder/libnc-measure-mpi" --features "$work/bad.npy" --labels "$work/y.npy" \
        >"$work/output" 2>"$work/errors" && return 1
    grep -F 'bad.npy, row 500, column 2: is nan: must be finite' "$work/errors" || return 1
    measure_together 3 --save "$work/nowhere/x.ncs" >"$work/output" 2>"$work/errors" && return 1
    grep -F 'nowhere/x.ncs' "$work/errors"
}

python=$(python_with numpy)
test -z "$python" || "$python" tests/mpi/write_features.py "$work"
for mpi in ompi-c mpich; do
    mpirun=$(runner_of "$mpi")
    folder=$BUILD/mpi-$mpi
    if ! $PKG_CONFIG --exists "$mpi" 2>/dev/null || [ -z "$mpirun" ]; then
        skip "libnc-mpi with $mpi" "no pkg-config file $mpi, or no mpirun"
        continue
    fi
    mkdir -p "$work/$mpi"
    report "libnc-mpi with $mpi: it builds" make_with mpi mpi-suites || continue
    report "libnc-mpi with $mpi: communicator, 1 to 4 ranks" suite communicator
    report "libnc-mpi with $mpi: accumulator_ranks, 1 to 4 ranks" suite accumulator_ranks
    report "libnc-mpi with $mpi: installed and used" installed
    if [ -z "$python" ]; then
        skip "libnc-measure-mpi with $mpi" 'no NumPy'
        continue
    fi
    report "libnc-measure-mpi with $mpi: the serial program's numbers" same_json
    report "libnc-measure-mpi with $mpi: an error of one rank ends all" ends_with_error
done
finish
