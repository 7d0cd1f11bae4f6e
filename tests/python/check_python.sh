#!/bin/sh
# SPDX-License-Identifier: MIT
# The Python package: its declarations are those of the headers and name what the ledger names; its tests and
# the examples in its texts pass; and it works from where `make install` and pip put it.
#
#   tests/python/check_python.sh          programs: $BUILD/programs, BUILD = build
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/../install/common.sh"
export PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

python=$(python_with numpy)

current() {
    $python python/write_declarations.py "$work/declarations.py" &&
        diff -u python/libnc/_declarations.py "$work/declarations.py"
}
named() {
    sed -n 's/^    "\(libnc_[a-z0-9_]*\)": .*/\1/p' python/libnc/_declarations.py >"$work/declared"
    sed -n 's/^\(libnc_[a-z0-9_]*\) .*/\1/p' lib/symbols-in-versions | sort | diff - "$work/declared"
}
suite() {
    LIBNC_LIBRARY="$LIB/libnc.so.$SOVERSION" PYTHONPATH=python:tests/python \
        $python -W error::FutureWarning -m unittest "test_$1" 2>"$work/suite" || {
        cat "$work/suite"
        return 1
    }
}
examples() {
    LIBNC_LIBRARY="$LIB/libnc.so.$SOVERSION" PYTHONPATH=python $python - <<'END'
import doctest, importlib, pkgutil, sys
import libnc
failed = tried = 0
for module in pkgutil.iter_modules(libnc.__path__):
    if module.name not in ("_plots", "_installed"):
        result = doctest.testmod(importlib.import_module("libnc." + module.name))
        failed, tried = failed + result.failed, tried + result.attempted
sys.exit(failed > 0 or tried < 10)
END
}
# The first program of doc/python.md, and every other one.
page() {
    PYTHONPATH=python LIBNC_LIBRARY="$LIB/libnc.so.$SOVERSION" $python -m doctest doc/python.md
}
unset PYTHONPATH LIBNC_LIBRARY
say='import libnc; print(libnc.measure([[0.0], [1.0], [5.0]], [0, 0, 1])["tr_sigma_w"])'
installed() {
    $MAKE install PREFIX="$work/nc" >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
    package=$(dirname "$(find "$work/nc" -name _installed.py)")
    (cd / && PYTHONPATH=$(dirname "$package") $python -c "$say")
}
# Without network: the build's tools are Debian's.
by_pip() {
    cp -r python "$work/source" &&
        $python -m pip install --quiet --no-build-isolation --no-deps --no-index --target "$work/pip" \
            "$work/source" >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
    (cd / && PYTHONPATH=$work/pip PKG_CONFIG_PATH=$work/nc/lib/pkgconfig $python -c "$say")
}

if [ -z "$python" ]; then
    skip 'python' 'no numpy (package python3-numpy)'
else
    report 'python: declarations are those of the headers' current
    report 'python: declarations and the ledger' named
    for name in arrays measure misuse geometry ood tracker depth; do
        report "python: $name" suite $name
    done
    report 'python: examples in its texts' examples
    report 'python: doc/python.md' page
    report 'python: installed' installed
    if $python -m pip --version >/dev/null 2>&1 && $python -c 'import setuptools, wheel' 2>/dev/null; then
        report 'python: by pip' by_pip
    else
        skip 'python: by pip' 'no pip, setuptools, wheel (packages python3-pip, python3-setuptools, python3-wheel)'
    fi
fi
finish
