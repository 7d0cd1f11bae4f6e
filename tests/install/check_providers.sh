#!/bin/sh
# SPDX-License-Identifier: MIT
# The same binaries with OpenBLAS, BLIS and the reference BLAS, chosen by LD_LIBRARY_PATH alone:
# a program against libnc.so, and the suites that reach BLAS or LAPACK.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
suites='linalg geometry geometry_factors model gradient reduction trainer
lbfgs report accumulator_exact convex_random features deep'

# Folders of Debian's providers; elsewhere these are not there and are skipped.
libraries=$(dirname "$($CC -print-file-name=libblas.so.3)")
case $libraries in
/*) libraries=$(cd "$libraries" && pwd -P) ;;
*) libraries=/usr/lib/$($CC -dumpmachine) ;;
esac
case $(basename "$libraries") in
blas | blis-* | openblas-*) libraries=$(dirname "$libraries") ;;
esac

consumer=$work/consumer
compile() {
    # shellcheck disable=SC2046
    $CC -Iinclude tests/install/consumer.c -o "$consumer" -Llib -lnc -Wl,-rpath,"$root/lib"
}

# loads FOLDERS NAME: that provider's library is taken, and libnc tells its name.
loads() {
    test "$(LD_LIBRARY_PATH=$1 "$consumer" --provider)" = "$2" &&
        LD_LIBRARY_PATH=$1 ldd "$consumer" | grep -F "libblas.so.3 => ${1%%:*}/"
}
trains() {
    LD_LIBRARY_PATH=$1 "$consumer"
}
suite() {
    LD_LIBRARY_PATH=$1 "$BUILD/tests/test_$2"
}

# The file that is taken without LD_LIBRARY_PATH.
usual() {
    readlink -f "$(ldd "$consumer" | sed -n 's/.*libblas.so.3 => \([^ ]*\) .*/\1/p')"
}

# provider NAME FOLDER TOLD: with the reference LAPACK, unless the folder has its own.
provider() {
    folder=$libraries/$2
    lapack=$libraries/lapack
    test -e "$folder/liblapack.so.3" && lapack=$folder
    if ! [ -e "$folder/libblas.so.3" ] || ! [ -e "$lapack/liblapack.so.3" ]; then
        skip "providers: $1" "no libblas.so.3 and liblapack.so.3 for it in $libraries"
        return
    fi
    report "providers: $1 is loaded" loads "$folder:$lapack" "$3"
    report "providers: $1, training" trains "$folder:$lapack"
    # What the suites were run with already needs no second run.
    if [ "$(usual)" = "$(readlink -f "$folder/libblas.so.3")" ]; then
        echo "PASS providers: $1 is what all suites were run with"
        return
    fi
    for noun in $suites; do
        report "providers: $1, test_$noun" suite "$folder:$lapack" "$noun"
    done
}

report 'providers: a program against libnc.so' compile
provider openblas openblas-pthread openblas
# Debian's libblas.so.3 of BLIS hides BLIS's own names, so that libnc cannot tell it from others.
provider blis blis-pthread reference
provider reference blas reference
finish
