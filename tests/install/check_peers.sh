#!/bin/sh
# SPDX-License-Identifier: MIT
# The stored numbers of published toolkits against their formulas in numpy, where that is installed.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

# Not the first python3 in the path: numpy comes from Debian's python3-numpy.
python=python3
test -x /usr/bin/python3 && python=/usr/bin/python3

if $python -c 'import numpy' 2>/dev/null; then
    report 'peers: conventions in numpy' env PYTHONDONTWRITEBYTECODE=1 \
        $python tests/peers/conventions.py --check tests/conventions_table.h
else
    skip 'peers: conventions in numpy' 'no numpy'
fi
finish
