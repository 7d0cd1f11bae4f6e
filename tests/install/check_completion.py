#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Types into a shell on a terminal, presses Tab, and looks at what comes.

    tests/install/check_completion.py bash|zsh FOLDER-OF-PROGRAMS FOLDER-OF-COMPLETIONS
"""
import os
import pty
import re
import select
import sys
import time

shell, programs, completions = sys.argv[1:]
SECONDS = 20

START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             f"PS1='> '; source {completions}/libnc-predict; echo rea''dy\n"),
    "zsh": (["zsh", "-f", "-i"],
            f"PS1='> '; fpath=({completions} $fpath); autoload -Uz compinit; compinit -u -D; "
            "echo rea''dy\n"),
}

# What is typed, and words that must come; of one possibility the rest is filled in.
CASES = [
    ("libnc-predict --lo", ["--long-tailed", "--loss"]),
    ("libnc-predict --loss ", ["ce", "focal", "mse"]),
    ("libnc-predict --loss=f", ["--loss=focal"]),
    ("libnc-train --optimizer ad", ["--optimizer adam"]),
    ("libnc-measure --features CONTRIB", ["--features CONTRIBUTING.md"]),
    ("libnc-minority-collapse --largest", ["--largest-ratio"]),
]


def read_until(terminal, words):
    """What the shell writes until all the words were there, or too long has passed."""
    text, end = "", time.time() + SECONDS
    while not all(word in text for word in words) and time.time() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            part = os.read(terminal, 1 << 16).decode(errors="replace").replace("\0", "")
            text += re.sub("\033\\[[0-9;?]*[a-zA-Z]", "", part)
    return text


def completes(typed, words):
    command, setup = START[shell]
    process, terminal = pty.fork()
    if process == 0:
        environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}", TERM="vt100")
        os.execvpe(command[0], command, environment)
    os.write(terminal, setup.encode())
    read_until(terminal, ["ready\r\n"])
    os.write(terminal, (typed + "\t" * (2 if shell == "bash" else 1)).encode())
    text = read_until(terminal, words)
    os.write(terminal, b"\003exit\n")
    os.close(terminal)
    os.waitpid(process, 0)
    if all(word in text for word in words):
        return True
    print(f"{shell}: {typed}<Tab> shows {text!r}")
    return False


sys.exit(not all([completes(*case) for case in CASES]))
