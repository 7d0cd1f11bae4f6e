# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Sourced by the check scripts: goes to the project's root, and reports one line per check. A script
# ends with `finish`, which fails if any check did.

cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
root=$PWD
: "${BUILD:=build}" "${LIB:=lib}" "${CC:=cc}" "${CXX:=c++}" "${PKG_CONFIG:=pkg-config}" "${MAKE:=make}"
: "${VERSION:=$(sed -n 's/^VERSION *:= *//p' Makefile)}"
: "${SOVERSION:=$(sed -n 's/^SOVERSION *:= *//p' Makefile)}"
failures=0

# The folder of one script's files, absolute and empty.
case $BUILD in
/*) work=$BUILD ;;
*) work=$root/$BUILD ;;
esac
work=$work/install/$(basename "$0" .sh)
rm -rf "$work" && mkdir -p "$work" || exit 1

# report NAME COMMAND...: PASS if the command succeeds, else FAIL and the end of what it printed.
# Functions given to it run outside `set -e`: they chain with && or return.
report() {
    check=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "PASS $check"
    else
        echo "FAIL $check"
        tail -n 30 "$work/log" | sed 's/^/    /'
        failures=$((failures + 1))
        return 1
    fi
}

# skip NAME REASON: for what this machine lacks; where it is data, REASON starts with "data from
# outside: ", and then no package could have brought it (fresh.sh).
skip() {
    echo "SKIP $1: $2"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# A Python that has this module, or nothing. Not the first python3 in the path alone: NumPy comes from
# Debian's python3-numpy.
python_with() {
    for candidate in "${PYTHON:-python3}" /usr/bin/python3; do
        if "$candidate" -c "import $1" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

finish() {
    test "$failures" = 0
    exit
}
