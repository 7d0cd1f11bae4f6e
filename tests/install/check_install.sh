#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs libnc into a staging folder and into a prefix of its own, and uses it from there as others
# would: each example from its source alone, C and C++, pkg-config and CMake, shared and static, the
# README's program, the tutorial's and those of doc/checkpoints.md and doc/regression.md.
# shellcheck source=tests/install/common.sh
. "$(dirname "$0")/common.sh"
prefix=$work/prefix
consumers=$root/tests/install
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
# Programs are linked with the libraries of the prefix, whatever else is installed.
unset CPATH C_INCLUDE_PATH LIBRARY_PATH LD_LIBRARY_PATH || true

into_stage() {
    $MAKE install DESTDIR="$work/stage" PREFIX=/opt/libnc LIBDIR=/opt/libnc/lib64 \
        >"$work/stage.log" 2>&1 || { cat "$work/stage.log"; return 1; }
}
into_prefix() {
    $MAKE install PREFIX="$prefix"
}
# Every file is below the staging folder, and says the prefix, not the staging folder.
staged() {
    ! grep -rlI "$work/stage" "$work/stage" &&
        test -f "$work/stage/opt/libnc/lib64/libnc.so.$VERSION" &&
        test -f "$work/stage/opt/libnc/lib64/pkgconfig/libnc.pc" &&
        test -x "$work/stage/opt/libnc/bin/libnc-predict" &&
        test -f "$work/stage/opt/libnc/share/man/man1/libnc-predict.1" &&
        test -f "$work/stage/opt/libnc/share/man/man7/libnc.7" &&
        grep -qx 'prefix=/opt/libnc' "$work/stage/opt/libnc/lib64/pkgconfig/libnc.pc"
}
links() {
    test "$(readlink "$prefix/lib/libnc.so")" = "libnc.so.$SOVERSION" &&
        test "$(readlink "$prefix/lib/libnc.so.$SOVERSION")" = "libnc.so.$VERSION" &&
        test "$($PKG_CONFIG --modversion libnc)" = "$VERSION"
}
programs() {
    for program in "$prefix"/bin/libnc-*; do
        LD_LIBRARY_PATH="$prefix/lib" "$program" --version | grep -F "$VERSION" || return 1
        test -s "$prefix/share/man/man1/$(basename "$program").1" &&
            test -s "$prefix/share/bash-completion/completions/$(basename "$program")" || return 1
    done
}

# What `make` has built is what is installed: not a line of compiling or linking.
compiled_nothing() {
    ! grep -E '^  (CC|CXX|AR|LINK) ' "$work/stage.log"
}
# Headers of another libnc in the way of CPPFLAGS are not taken.
older_headers() {
    mkdir -p "$work/older/libnc"
    for header in include/libnc/*.h; do
        echo '#error "the header of another libnc"' >"$work/older/libnc/$(basename "$header")"
    done
    $MAKE --no-print-directory BUILD="$work/older/build" CPPFLAGS="-I$work/older" \
        "$work/older/build/src/base/memory.o" "$work/older/build/programs/predict.o"
}
# A realpath that knows no -m, as on BSD and BusyBox.
filled_without_realpath() {
    mkdir -p "$work/path"
    printf '#!/bin/sh\nexit 1\n' >"$work/path/realpath"
    chmod +x "$work/path/realpath"
    VERSION=$VERSION SOVERSION=$SOVERSION FILL_PREFIX=$prefix FILL_LIBDIR=$prefix/lib \
        FILL_INCLUDEDIR=$prefix/include \
        FILL_CMAKEDIR=$prefix/lib/cmake/libnc FILL_DOCDIR=$prefix/share/doc/libnc \
        FILL_LIBS="$(sed -n 's/.*INTERFACE_LINK_LIBRARIES "\(-[^"]*\)".*/\1/p' \
            "$prefix/lib/cmake/libnc/libncConfig.cmake" | tr ';' ' ')" \
        PATH="$work/path:$PATH" pkgconfig/fill libncConfig.cmake.in >"$work/filled.cmake" &&
        diff "$work/filled.cmake" "$prefix/lib/cmake/libnc/libncConfig.cmake"
}
# A prefix that is no absolute path, or has a space, is refused before anything is written.
refused_prefixes() {
    for bad in relative/folder '/with a/space' ''; do
        $MAKE -n install PREFIX="$bad" >"$work/refused" 2>&1 && return 1
        grep -F "PREFIX = \"$bad\": must be" "$work/refused" || return 1
    done
}

# uses LIBRARY PROGRAM: the program needs libnc.so.
uses_shared() {
    readelf -d "$1" | grep -q "NEEDED.*libnc.so.$SOVERSION"
}
# by_line EXAMPLE [OPTION]: built with the one line of its first comment, by the compilers of this make,
# with one more option for pkg-config.
by_line() {
    program=$work/line/$(basename "${1%.*}")
    line=$(awk '/^ \*     c(c|\+\+) / { sub(/^ \* */, ""); print; exit }' "$1" |
        sed "s|^cc |$CC |; s|^c++ |$CXX |; s|pkg-config|$PKG_CONFIG ${2:-}|")
    rm -rf "$work/line" && mkdir "$work/line" && cp "$1" "$work/line" &&
        (cd "$work/line" && test -n "$line" && eval "$line") && test -x "$program"
}
shared() {
    by_line "$1" && uses_shared "$program" && LD_LIBRARY_PATH="$prefix/lib" "$program"
}
# The same from a tree that holds libnc.a only.
static() {
    PKG_CONFIG_PATH=$work/static/lib/pkgconfig by_line "$1" --static &&
        ! uses_shared "$program" && "$program"
}
# The line for static links that the system's own .pc files give can name a library that is not here,
# as those of Debian's OpenBLAS do with -lgfortran: no program can be linked with it, libnc or not.
# Packages that are not there at all are our fault.
system_static() {
    requires=$(sed -n 's/^Requires\.private: *//p' "$prefix/lib/pkgconfig/libnc.pc")
    # shellcheck disable=SC2086
    test -n "$requires" && $PKG_CONFIG --exists $requires || return 0
    echo 'int main(void) { return 0; }' >"$work/empty.c"
    # shellcheck disable=SC2046,SC2086
    $CC "$work/empty.c" -o "$work/program" $($PKG_CONFIG --static --libs $requires) \
        >"$work/system" 2>&1
}
consumer_c() {
    # shellcheck disable=SC2046
    $CC -std=c11 -Wall -Wextra -Wpedantic -Werror "$consumers/consumer.c" \
        $($PKG_CONFIG --cflags --libs libnc) -o "$work/program" &&
        LD_LIBRARY_PATH="$prefix/lib" "$work/program"
}
consumer_cxx() {
    # shellcheck disable=SC2046
    $CXX -std=c++17 -Wall -Wextra -Wpedantic -Werror "$consumers/cmake/consumer.cpp" \
        $($PKG_CONFIG --cflags --libs libnc) -o "$work/program" &&
        LD_LIBRARY_PATH="$prefix/lib" "$work/program"
}

# blocks FILE LANGUAGE: the fenced blocks of a page, one after another.
blocks() {
    awk -v fence="\`\`\`$2" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$1"
}
# page FILE: the program that a page shows.
page() {
    blocks "$1" c >"$work/page.c" && grep -q 'int main' "$work/page.c" &&
        test "$(wc -l <"$work/page.c")" -gt 10 || return 1
    # shellcheck disable=SC2046
    $CC -std=c11 -Wall -Wextra -Wpedantic -Werror "$work/page.c" \
        $($PKG_CONFIG --cflags --libs libnc) -o "$work/page" &&
        LD_LIBRARY_PATH="$prefix/lib" "$work/page" >"$work/page.out"
}
# What a page shows as its program's output is what the program prints.
page_output() {
    blocks "$1" text >"$work/page.text" && test -s "$work/page.text" &&
        diff "$work/page.text" "$work/page.out"
}

# cmake_project NAME PREFIX OPTIONS...: configures, builds and runs the consumer project.
cmake_project() {
    build=$work/cmake-$1
    where=$2
    shift 2
    cmake -S "$consumers/cmake" -B "$build" -DCMAKE_PREFIX_PATH="$where" \
        -DCMAKE_CXX_COMPILER="$CXX" -DWANTED="$SOVERSION" "$@" && cmake --build "$build" && "$build/consumer"
}
cmake_shared() {
    cmake_project shared "$prefix" && uses_shared "$work/cmake-shared/consumer"
}
cmake_static() {
    cmake_project static "$prefix" -Dlibnc_USE_STATIC=ON &&
        ! uses_shared "$work/cmake-static/consumer"
}
# A tree that was moved after it was installed.
cmake_moved() {
    rm -rf "$work/moved" && cp -R "$work/stage/opt/libnc" "$work/moved" &&
        cmake_project moved "$work/moved" -Dlibnc_DIR="$work/moved/lib64/cmake/libnc" &&
        uses_shared "$work/cmake-moved/consumer" &&
        readelf -d "$work/cmake-moved/consumer" | grep -F "$work/moved/lib64"
}
# Another minor version must not be taken.
cmake_version() {
    cmake_project version "$prefix" -DWANTED=0.99 >"$work/version" 2>&1 && return 1
    grep -F "libncConfig.cmake, version: $VERSION" "$work/version"
}

from_stage() {
    $MAKE uninstall DESTDIR="$work/stage" PREFIX=/opt/libnc LIBDIR=/opt/libnc/lib64 &&
        $MAKE uninstall PREFIX="$prefix"
}
nothing_left() {
    ! find "$work/stage" "$prefix" ! -type d | grep . &&
        ! find "$work/stage" "$prefix" -name '*libnc*' -path '*nclude/*' | grep . &&
        ! find "$work/stage" "$prefix" -path '*cmake/libnc' | grep .
}

report 'install: into DESTDIR' into_stage || finish
report 'install: into a prefix' into_prefix || finish
report 'install: compiles nothing' compiled_nothing
report 'install: staged files' staged
report 'install: headers of another version are not taken' older_headers
report 'install: prefixes that are refused' refused_prefixes
report 'install: without GNU realpath' filled_without_realpath
report 'install: symbolic links and version' links
report 'install: programs and their manual pages' programs
mkdir -p "$work/static/lib/pkgconfig"
cp "$prefix/lib/libnc.a" "$work/static/lib"
sed "s|^prefix=.*|prefix=$work/static|; s|^includedir=.*|includedir=$prefix/include|" \
    "$prefix/lib/pkgconfig/libnc.pc" >"$work/static/lib/pkgconfig/libnc.pc"
examples=$(ls examples/*.c)
if has "$CXX"; then examples="$examples $(ls examples/*.cpp)"; fi
for example in $examples; do
    report "install: $(basename "$example") by its own line, shared" shared "$example"
done
if system_static; then
    for example in $examples; do
        report "install: $(basename "$example") by its own line, static" static "$example"
    done
else
    skip 'install: static by pkg-config' \
        "the system's .pc files fail alone: $(grep -m 1 'find' "$work/system")"
fi
report 'install: C11 consumer' consumer_c
if has "$CXX"; then
    report 'install: C++17 consumer' consumer_cxx
else
    skip 'install: C++17 consumer' "no $CXX"
fi
report "install: README's program" page README.md
report "install: README's output" page_output README.md
report "install: tutorial's program" page doc/tutorial.md
report "install: tutorial's output" page_output doc/tutorial.md
report "install: program of doc/checkpoints.md" page doc/checkpoints.md
report "install: its output" page_output doc/checkpoints.md
report "install: program of doc/regression.md" page doc/regression.md
report "install: its output" page_output doc/regression.md
if has cmake && has "$CXX"; then
    report 'install: CMake, shared' cmake_shared
    report 'install: CMake, static' cmake_static
    report 'install: CMake, a moved tree' cmake_moved
    report 'install: CMake refuses another minor version' cmake_version
else
    skip 'install: CMake' "no cmake or no $CXX"
fi
report 'install: uninstall' from_stage
report 'install: uninstall leaves nothing' nothing_left
finish
