#!/bin/sh
# SPDX-License-Identifier: MIT
# The stored numbers of published toolkits against their formulas in numpy, where that is installed.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

python=$(python_with numpy)
if [ -n "$python" ]; then
    report 'peers: conventions in numpy' env PYTHONDONTWRITEBYTECODE=1 \
        "$python" tests/peers/conventions.py --check tests/conventions_table.h
else
    skip 'peers: conventions in numpy' 'no python3 with NumPy'
fi
finish
