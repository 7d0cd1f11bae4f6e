#!/bin/sh
# SPDX-License-Identifier: MIT
# The shell scripts of the tree under shellcheck.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"

lint() {
    shellcheck -x -S warning .ci/run .ci/setup pkgconfig/fill programs/demo.sh programs/completion.bash \
        doc/site/*.sh tests/programs/*.sh tests/install/*.sh tests/mpi/*.sh tests/bench/*.sh
}

if has shellcheck; then
    report 'scripts: shellcheck' lint
else
    skip 'scripts: shellcheck' 'no shellcheck'
fi
finish
