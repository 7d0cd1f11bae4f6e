#!/bin/sh
# SPDX-License-Identifier: MIT
# Files of numbers against NumPy, both ways: every type, order and container (check_arrays.py).
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

python=$(python_with numpy)
if [ -z "$python" ]; then
    skip 'arrays: NumPy reads and writes the same' 'no python3 with NumPy'
    finish
fi
# Hundreds of files are brought to the disk: in memory that takes no time.
scratch=$(mktemp -d /dev/shm/libnc_arrays_XXXXXX 2>/dev/null) || scratch=$work
PYTHONDONTWRITEBYTECODE=1 "$python" tests/install/check_arrays.py "$LIB/libnc.so.$SOVERSION" \
    "$scratch" || failures=1
if [ "$scratch" != "$work" ]; then rm -rf "$scratch"; fi
finish
