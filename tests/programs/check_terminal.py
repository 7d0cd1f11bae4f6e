#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The programs in windows of several widths: no line of progress and no line of a table wraps, and
nothing of a table is missing.

    tests/programs/check_terminal.py PROGRAMS
"""
import fcntl
import os
import re
import struct
import subprocess
import sys
import tempfile
import termios

PROGRAMS = sys.argv[1]
failures = checks = 0


def expect(name, holds):
    global checks, failures
    checks += 1
    if not holds:
        failures += 1
        print("FAILED: terminal:", name)


def run(width, *command, columns=None):
    """What the command writes to a terminal, on stdout and stderr, of this width."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = dict(os.environ)
    environment.pop("COLUMNS", None)
    if columns:
        environment["COLUMNS"] = str(columns)
    process = subprocess.Popen([os.path.join(PROGRAMS, command[0]), *command[1:]], stdout=theirs,
                               stderr=theirs, env=environment)
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        text += part
    os.close(ours)
    expect(f"{command}: exit code", process.wait() == 0)
    return re.sub("\033\\[[0-9;]*m", "", text.decode()).replace("\r\n", "\n")


def progress(text):
    """Each drawing of the line: what follows its end, which is blank, is other text."""
    parts = text.split("\r")
    return [part for last, part in zip(parts, parts[1:]) if last == "" or last.strip() != ""]


def tables(text):
    """Lines of names or numbers alone; the sentences are left out."""
    numbers = re.compile(r"[-+ 0-9.e]+|\s+-(\s+-)*")
    names = re.compile(r" *(class|layer|ratio|weight)( +[a-z0-9_^]+)*")
    lines = text.replace("\r", "\n").split("\n")
    return [line for line in lines if numbers.fullmatch(line) or names.fullmatch(line)]


TAIL = ["--long-tailed", "40,500,100", "--loss", "ce"]
RUNS = [
    ["libnc-predict", "--counts", "500,200,30", "--loss", "ce", "--thresholds"],
    ["libnc-predict", *TAIL, "--bias"],
    ["libnc-predict", "--counts", "8,7,6,5,4,3,2,1"],
    ["libnc-predict", *TAIL, "--sweep", "decay=1e-4:1e-3:9:log", "--out"],
    ["libnc-train", "--depth", "3", "--counts", "100,80,9", "--iterations", "2000"],
    ["libnc-minority-collapse", "--points", "9"],
]
for command in RUNS:
    for width in (24, 40, 80, 200) if "minority" not in command[0] else (40, 80, 200):
        with tempfile.TemporaryDirectory() as folder:
            text = run(width, *command, *([folder] if command[-1] == "--out" else []))
        drawn = progress(text)
        expect(f"{command}, {width} columns: progress", all(len(line) < width for line in drawn))
        if "--sweep" in command:
            expect(f"{command}, {width} columns: a bar",
                   width < 40 or any("#" in line for line in drawn))
        else:
            lines = tables(text)
            expect(f"{command}, {width} columns: tables", lines and max(map(len, lines)) <= width)

# libnc-measure: but for a word that is longer, nothing is wider.
with tempfile.TemporaryDirectory() as folder:
    for name, values in ("x", b"".join(struct.pack("<2d", i % 3, i / 7) for i in range(12))), (
            "y", struct.pack("<12i", *(i % 3 for i in range(12)))):
        kind, shape = ("<f8", "(12, 2)") if name == "x" else ("<i4", "(12,)")
        head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
        head = head.ljust(117) + "\n"
        with open(f"{folder}/{name}.npy", "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + values)
    for width in (40, 60, 100):
        text = run(width, "libnc-measure", "--features", f"{folder}/x.npy", "--labels",
                   f"{folder}/y.npy", "--by-frequency", "--quiet")
        wide = [line for line in text.split("\n") if len(line) > width]
        expect(f"libnc-measure, {width} columns: {wide}",
               all(line.strip().count(" ") == 0 for line in wide))

# Every number of the wide table is in the narrow one.
wide, narrow = (run(width, "libnc-predict", *TAIL) for width in (200, 40))
words = [sorted(" ".join(line for line in tables(text) if "class" not in line).split())
         for text in (wide, narrow)]
expect("a narrow table: its numbers", set(words[0]) == set(words[1]))
# A terminal that does not know its width: what the shell says, or 80.
for columns, width in ((50, 50), (None, 80)):
    text = run(0, *RUNS[1], columns=columns)
    expect(f"COLUMNS = {columns}", 0.6 * width < max(map(len, tables(text))) <= width)
print(checks, "checks of terminals,", failures, "failed")
sys.exit(failures > 0)
