#!/bin/sh
# SPDX-License-Identifier: MIT
# Completion in bash and zsh, typed into shells as they start without settings, with the files under the
# names that `make install` gives them.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
programs=$(cd "$BUILD/programs" && pwd)
bash_folder=$work/bash
zsh_folder=$work/zsh

names() {
    $MAKE --no-print-directory install-completion DESTDIR="$work/stage" PREFIX=/usr &&
        mv "$work/stage/usr/share/bash-completion/completions" "$bash_folder" &&
        mv "$work/stage/usr/share/zsh/site-functions" "$zsh_folder"
}
# Each program has a file of its name, which completes it.
specified() {
    for program in libnc-predict libnc-train libnc-minority-collapse libnc-measure libnc-watch; do
        bash --norc -c "source '$bash_folder/$program'; complete -p $program" | grep -- "-F _libnc $program" ||
            return 1
        sed 1q "$zsh_folder/_libnc" | grep -w "$program" || return 1
    done
}
typed() {
    "$python" tests/install/check_completion.py "$1" "$programs" "$2"
}

python=$(python_with pty)
report 'completion: files' names || finish
if has bash; then
    report 'completion: a specification for each program' specified
fi
for shell in bash zsh; do
    if has $shell && test -n "$python"; then
        report "completion: typed into $shell" typed $shell "$work/$shell"
    else
        skip "completion: typed into $shell" "no $shell, or no python3"
    fi
done
finish
