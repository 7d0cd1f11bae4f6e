#!/bin/sh
# SPDX-License-Identifier: MIT
# The stored numbers of published toolkits, computed and printed, against their formulas in numpy, and
# networks against PyTorch, where these are installed.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

python=$(python_with numpy)
if [ -n "$python" ]; then
    report 'peers: conventions in numpy' env PYTHONDONTWRITEBYTECODE=1 \
        "$python" tests/peers/conventions.py --check tests/support/conventions_table.h
    report 'peers: what toolkits print' env PYTHONDONTWRITEBYTECODE=1 \
        "$python" tests/peers/conventions.py --toolkits tests/peers/toolkits_table.h
else
    skip 'peers: conventions in numpy' 'no python3 with NumPy'
    skip 'peers: what toolkits print' 'no python3 with NumPy'
fi

python=$(python_with torch)
if [ -n "$python" ]; then
    report 'peers: networks in PyTorch' env PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 \
        "$python" tests/peers/networks_torch.py "$LIB/libnc.so.$SOVERSION" "$work"
else
    skip 'peers: networks in PyTorch' 'no torch (package python3-torch)'
fi
finish
