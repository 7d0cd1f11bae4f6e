#!/bin/sh
# SPDX-License-Identifier: MIT
# write_abi.sh LIBRARY OUTPUT: the public interface of a library as abidw sees it, without anything
# that depends on the machine or the folder it was built in.
set -eu
abidw --headers-dir include --drop-private-types --exported-interfaces-only \
    --no-corpus-path --no-comp-dir-path --no-architecture --no-show-locs --no-elf-needed --type-id-style hash \
    --out-file "$2.new" "$1"
mv "$2.new" "$2"
