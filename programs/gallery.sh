#!/bin/sh
# SPDX-License-Identifier: MIT
# Draws the pictures of doc/gallery.md by the commands of that page: images/FOLDER-FIGURE.svg is
# FIGURE.svg of the command with --out FOLDER.
#
#   programs/gallery.sh [PROGRAMS [IMAGES]]     defaults: $BUILD/programs doc/images, BUILD = build
set -eu

programs=$(cd "${1:-${BUILD:-build}/programs}" && pwd)
images=${2:-doc/images}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

if ! command -v gnuplot >/dev/null 2>&1; then
    echo 'gallery: there is no gnuplot here' >&2
    exit 1
fi
sed -n 's/^    \(libnc-.*\)/\1/p' doc/gallery.md >"$work/commands"
while read -r program options; do
    # Options are words without quotes.
    # shellcheck disable=SC2086
    (cd "$work" && "$programs/$program" $options --quiet >/dev/null </dev/null)
done <"$work/commands"
mkdir -p "$images"
grep -o 'images/[a-z_]*-[a-z_]*\.svg' doc/gallery.md | while IFS= read -r image; do
    name=${image#images/}
    cp "$work/${name%%-*}/${name#*-}" "$images/$name"
done
