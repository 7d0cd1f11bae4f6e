# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of the programs of libnc in bash: their options, and words, files and folders for those that
# take them. All is read from --help, so that it is what the program itself has.

# Names of options and, in the same line, what they take.
_libnc_options() {
    "$1" --help 2>/dev/null | sed -n -E 's/^  (--[a-z0-9-]+) ([^ ]*).*/\1 \2/p'
}

# What the option takes.
_libnc_argument() {
    _libnc_options "$1" | while read -r option argument; do
        [ "$option" != "$2" ] || echo "$argument"
    done
}

_libnc_is_choice() {
    [[ $1 =~ ^[a-z0-9-]+(\|[a-z0-9-]+)+$ ]]
}

_libnc() {
    local program=$1 current=$2 option=$3 argument=
    # --loss=ce is three words.
    if [ "$current" = '=' ]; then
        current=
    elif [ "$option" = '=' ]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $option in --*) argument=$(_libnc_argument "$program" "$option") ;; esac
    if _libnc_is_choice "$argument"; then
        mapfile -t COMPREPLY < <(compgen -W "${argument//|/ }" -- "$current")
    elif [ "$argument" = DIR ]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
    elif [ -z "$argument" ] && [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_libnc_options "$program" | sed 's/ .*//')" -- "$current")
    elif [ -z "$argument" ] || [[ $argument == *FILE* ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _libnc libnc-predict libnc-train libnc-minority-collapse libnc-measure libnc-watch
