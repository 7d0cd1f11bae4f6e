#compdef libnc-predict libnc-train libnc-minority-collapse libnc-measure libnc-watch
# SPDX-License-Identifier: MIT
# Completion of the programs of libnc in zsh: their options with a line of help, and words, files and
# folders for those that take them. All is read from --help, so that it is what the program itself has.

local line option argument text action
local -a specs

for line in ${(f)"$(_call_program options $words[1] --help 2>/dev/null)"}; do
    [[ $line == (#b)'  '(--[a-z0-9-]##)(*) ]] || continue
    option=$match[1] text=$match[2] argument=
    if [[ $text == ' '[^\ ]* ]]; then
        argument=${${text# }%% *}
        text=${text# $argument}
    fi
    text=${${text## ##}//(#m)[\[\]:\\]/\\$MATCH}
    case $argument in
        '') specs+=("$option""[$text]") && continue ;;
        *FILE*) action=_files ;;
        DIR) action='_files -/' ;;
        [a-z0-9-]##(\|[a-z0-9-]##)##) action="(${argument//|/ })" ;;
        *) action=' ' ;;
    esac
    specs+=("$option=[$text]:${argument//(#m)[:\\]/\\$MATCH}:$action")
done
_arguments -s $specs '*:file:_files'
