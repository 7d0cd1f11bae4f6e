#!/bin/sh
# SPDX-License-Identifier: MIT
# libnc.so from another language: Python through ctypes, with nothing but its standard library.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

if has python3; then
    report 'ctypes: an accumulator driven from Python' \
        env PYTHONDONTWRITEBYTECODE=1 python3 tests/install/drive_accumulator.py "lib/libnc.so.$SOVERSION"
else
    skip 'ctypes: an accumulator driven from Python' 'no python3'
fi
finish
