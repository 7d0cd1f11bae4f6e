#!/bin/sh
# SPDX-License-Identifier: MIT
# The layout of the C sources (.clang-format). Versions of clang-format lay out the same settings
# differently, so one of them is the measure.
#
#   check_format.sh [--write]     --write: lay out what is not
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
version=14

formatter=
for candidate in "clang-format-$version" clang-format; do
    if has "$candidate" && "$candidate" --version | grep -q "version $version\."; then
        formatter=$candidate
        break
    fi
done
if [ -z "$formatter" ]; then
    skip 'format: C sources' "no clang-format-$version"
    finish
fi

sources() {
    ls include/libnc/*.h mpi/*.c mpi/include/libnc/*.h src/*/*.[ch] programs/*.[ch] examples/*.c examples/*.cpp tests/*.[ch] \
        tests/*/*.[ch] 2>/dev/null
}
if [ "${1:-}" = --write ]; then
    sources | xargs "$formatter" -i
    finish
fi
laid_out() {
    sources | xargs "$formatter" --dry-run --Werror --ferror-limit=3
}
report "format: C sources, by clang-format $version" laid_out
finish
