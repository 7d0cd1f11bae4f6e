#!/bin/sh
# SPDX-License-Identifier: MIT
# The names that leave the library: one list in the headers, lib/libnc.map, lib/symbols-in-versions
# and libnc.so; and the conduct of its objects: nothing that ends the process, prints, or changes
# what the whole process shares.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
library=$LIB/libnc.so.$SOVERSION

header=tests/install/header_symbols.sh
$header functions >"$work/headers"
sed -n 's/^ *\(libnc_[a-z0-9_]*\);$/\1/p' lib/libnc.map | sort >"$work/map"
sed -n 's/^\(libnc_[a-z0-9_]*\) .*/\1/p' lib/symbols-in-versions | sort >"$work/ledger"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
    sort >"$work/exported"
nm -g --defined-only "$LIB/libnc.a" | awk 'NF == 3 { print $3 }' | sort -u >"$work/archive"
$header constants >"$work/constants"
sed -n 's/^\(LIBNC_[A-Z0-9_]*=[-0-9a-fx]*\) .*/\1/p' lib/symbols-in-versions | sort \
    >"$work/ledger-constants"

promised() {
    test -s "$work/headers"
}
prefixed() {
    ! grep -v '^libnc_' "$work/exported"
}
prefixed_archive() {
    test -s "$work/archive" && ! grep -Ev '^(libnc_|nc__)' "$work/archive"
}
# Every symbol carries the version that the ledger says.
versioned() {
    nm -D --defined-only --with-symbol-versions "$library" |
        sed -n 's/.* \(libnc_[a-z0-9_]*\)@*LIBNC_\(.*\)/\1 \2/p' | sort >"$work/versions"
    sed -n 's/^\(libnc_[a-z0-9_]* \)[0-9.]* experimental$/\1EXPERIMENTAL/; /^libnc_/p' \
        lib/symbols-in-versions | sort | diff - "$work/versions"
}
experimental() {
    $header experimental >"$work/experimental" && test -s "$work/experimental" &&
        sed -n 's/^\(libnc_[a-z0-9_]*\) .* experimental$/\1/p' lib/symbols-in-versions | sort |
        diff "$work/experimental" -
}
named() {
    readelf -d "$library" | grep -F "Library soname: [libnc.so.$SOVERSION]"
}
# BLAS and LAPACK under their neutral names only, so that the provider can be changed.
neutral() {
    readelf -d "$library" | grep NEEDED | tee "$work/needed" | grep -E 'libblas|libcblas' &&
        ! grep -Ei 'openblas|blis|mkl|atlas' "$work/needed"
}
# assert() included: the installed library is compiled without it.
forbidden='exit|_exit|_Exit|quick_exit|atexit|abort|__assert_fail|printf|fprintf|vprintf|vfprintf|'\
'dprintf|puts|fputs|putc|fputc|putchar|perror|__printf_chk|__fprintf_chk|__vfprintf_chk|signal|'\
'sigaction|raise|kill|setlocale|rand|srand|random|srandom|drand48|srand48|setenv|putenv|'\
'fesetround|feenableexcept|stdout|stderr|_IO_putc|__stack_chk_fail_local'
conduct() {
    nm -u "$LIB/libnc.a" >"$work/undefined" && test -s "$work/undefined" &&
        ! grep -E "^ +U ($forbidden)(@.*)?\$" "$work/undefined"
}

report 'symbols: the headers declare functions' promised
report 'symbols: lib/libnc.map = headers' diff "$work/headers" "$work/map"
report 'symbols: lib/symbols-in-versions = headers' diff "$work/headers" "$work/ledger"
report 'symbols: libnc.so = headers' diff "$work/headers" "$work/exported"
report 'symbols: versions in libnc.so = ledger' versioned
report 'symbols: experimental ones = ledger' experimental
report 'symbols: enum constants = ledger' diff "$work/constants" "$work/ledger-constants"
report 'symbols: libnc.so exports libnc_* only' prefixed
report 'symbols: libnc.a defines libnc_* and nc__* only' prefixed_archive
report 'symbols: SONAME' named
report 'symbols: BLAS by its neutral name' neutral
report 'symbols: no call that ends, prints, signals or sets the locale' conduct
finish
