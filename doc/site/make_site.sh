#!/bin/sh
# SPDX-License-Identifier: MIT
# The documentation site, in FOLDER/html:   doc/site/make_site.sh FOLDER VERSION KATEX
#
# Doxygen leaves formulas as TeX, which KaTeX typesets in the browser. It goes into the site, which loads
# nothing from elsewhere: KATEX is the folder of Debian's libjs-katex, or "dist" of npm's katex.
set -eu
folder=$1
version=$2
katex=$3
html=$folder/html

copy_katex() {
    mkdir -p "$html/katex/contrib" "$html/katex/fonts"
    cp "$katex/katex.min.js" "$katex/katex.min.css" "$html/katex"
    cp "$katex/contrib/auto-render.js" "$html/katex/contrib"
    cp "$katex"/fonts/*.woff2 "$html/katex/fonts"
    for licence in "$katex/../LICENSE" /usr/share/doc/libjs-katex/copyright; do
        if test -f "$licence"; then cp "$licence" "$html/katex/LICENSE"; fi
    done
}

# Doxygen's own header, which would name a remote MathJax where KaTeX comes instead.
header() {
    (cd "$folder" && doxygen -w html default.html footer.html default.css >&2)
    if test -d "$html/katex"; then
        sed -e '/^$mathjax/{r doc/site/formulas.html' -e 'd;}' "$folder/default.html"
    else
        sed '/^$mathjax/d' "$folder/default.html"
    fi
}

settings() {
    cat doc/Doxyfile
    echo "PROJECT_NUMBER = $version"
    echo "OUTPUT_DIRECTORY = $folder"
    echo "HTML_HEADER = $folder/header.html"
}

rm -rf "$html"
mkdir -p "$html"
if test -f "$katex/contrib/auto-render.js"; then
    copy_katex
else
    echo "docs: formulas stay TeX: no KaTeX in $katex; install libjs-katex, or set KATEX" >&2
fi
header >"$folder/header.html"
settings | doxygen -
# Doxygen puts a space after a bracket before a formula; a browser may break a line after a formula, even
# before a comma.
sed -i -e 's/( \\(/(\\(/g' -e 's/\\)\([.,;]\)/\1\\)/g' "$html"/*.html
