# SPDX-License-Identifier: MIT
"""Writes libnc/_declarations.py from the public headers: functions with their ctypes, constants, version.

    python3 python/write_declarations.py [FILE]       default: python/libnc/_declarations.py

`make symbols` runs it; `make check` says if what it would write differs from what is there. Needs a C
compiler ($CC, default cc) for its preprocessor.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NUMBERS = {"int32_t": "int32", "int64_t": "int64", "uint64_t": "uint64", "double": "double",
           "size_t": "size", "libnc_status": "int32"}


def declarations():
    """The headers without comments and macros, one declaration an item."""
    text = "".join(
        line
        for header in sorted((ROOT / "include/libnc").glob("*.h"))
        for line in header.read_text().splitlines(keepends=True)
        if not line.lstrip().startswith("#")
    )
    compiler = os.environ.get("CC", "cc").split()
    command = [*compiler, "-x", "c", "-std=c11", "-E", "-P", "-"]
    output = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return [" ".join(part.split()) for part in re.split("[;{}]", output)]


def ctype(declared, returned=False):
    """The name of the ctypes type of a parameter or a result."""
    declared = declared.strip()
    if re.fullmatch(r"const char \*\w*", declared):
        return "text"
    if "*" in declared or declared.split()[0].endswith("_fn"):
        return "pointer"
    if declared in ("void", "void "):
        return "None" if returned else ""
    return NUMBERS[declared.removeprefix("const ").split()[0]]


def functions(parts):
    found = {}
    for part in parts:
        match = re.search(r"LIBNC_(?:API|CHECKED) (.*?)(libnc_\w+)\s*\((.*)\)$", part)
        if match:
            result, name, parameters = match.groups()
            types = [ctype(p) for p in parameters.split(",") if p.strip() != "void"]
            found[name] = (ctype(result, returned=True), types)
    return found


def constants(parts):
    return dict(re.findall(r"\b(LIBNC_[A-Z0-9_]+) = (-?(?:0x)?[0-9a-fA-F]+)\b", " , ".join(parts)))


def versions():
    make = (ROOT / "Makefile").read_text()
    version = re.search(r"^VERSION\s*:?=\s*(\S+)", make, re.M).group(1)
    return version, ".".join(version.split(".")[:2])


def main():
    parts = declarations()
    version, soversion = versions()
    lines = [
        "# SPDX-License-Identifier: MIT",
        '"""The C interface, written from the headers by python/write_declarations.py: do not edit."""',
        "from ctypes import c_char_p as text",
        "from ctypes import c_double as double",
        "from ctypes import c_int32 as int32",
        "from ctypes import c_int64 as int64",
        "from ctypes import c_size_t as size",
        "from ctypes import c_uint64 as uint64",
        "from ctypes import c_void_p as pointer",
        "",
        f'VERSION = "{version}"',
        f'SONAME = "libnc.so.{soversion}"',
        "",
        "FUNCTIONS = {",
    ]
    for name, (result, types) in sorted(functions(parts).items()):
        lines.append(f'    "{name}": ({result}, [{", ".join(types)}]),')
    lines += ["}", "", "CONSTANTS = {"]
    lines += [f'    "{name}": {int(value, 0)},' for name, value in sorted(constants(parts).items())]
    lines += ["}", ""]
    target = sys.argv[1] if len(sys.argv) > 1 else ROOT / "python/libnc/_declarations.py"
    pathlib.Path(target).write_text("\n".join(lines))


main()
