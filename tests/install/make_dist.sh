#!/bin/sh
# SPDX-License-Identifier: MIT
# make_dist.sh FOLDER: writes libnc-VERSION.tar.gz, the files that git tracks, or outside of a clone
# all files but what was built. The same files give the same bytes.
set -eu
cd "$(dirname "$0")/../.."
export LC_ALL=C
name=libnc-$VERSION
mkdir -p "$1"

files() {
    if [ -e .git ] && command -v git >/dev/null; then
        git ls-files
    else
        find . -type f ! -path './build/*' ! -path './lib/libnc.a' ! -path './lib/libnc.so*' |
            sed 's|^\./||'
    fi
}

files | while read -r file; do
    if [ -e "$file" ]; then printf '%s\n' "$file"; fi
done | sort >"$1/files"
when=$(sed -n 's/^date-released: *//p' CITATION.cff)
tar --create --files-from "$1/files" --transform "s|^|$name/|" --owner 0 --group 0 \
    --numeric-owner --mode 'go=rX,u+rw' --mtime "$when 00:00:00 UTC" | gzip -9n >"$1/$name.tar.gz"
rm "$1/files"
echo "$1/$name.tar.gz"
