#!/bin/sh
# SPDX-License-Identifier: MIT
# The binary interface of libnc.so against the recorded one, lib/libnc.abi.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
library=$LIB/libnc.so.$SOVERSION

# 4 and more: changes; 1 and 2: it could not be compared.
same() {
    abidiff --no-architecture --headers-dir2 include --drop-private-types --no-show-locs lib/libnc.abi "$library"
}
clean_record() {
    ! grep -nE "$root|/home/|/root/|/tmp/|/usr/" lib/libnc.abi
}

if ! has abidiff; then
    skip 'abi: unchanged' 'no abidiff (package abigail-tools)'
elif ! readelf -S "$library" | grep -q '\.debug_info'; then
    skip 'abi: unchanged' 'libnc.so was built without -g'
else
    report 'abi: unchanged since lib/libnc.abi' same
fi
report 'abi: lib/libnc.abi names no folder of a machine' clean_record
finish
