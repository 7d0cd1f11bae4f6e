# SPDX-License-Identifier: MIT
"""check_docs.py: the formulas of the pages, in their sources and in the site.

    check_docs.py sources FILE.md ...     each can be read by GitHub, whose Markdown looks into $..$ first
    check_docs.py site FOLDER FILE.md ... all of them are in the site, no other $, \\f or **, nothing remote
    check_docs.py parse FOLDER NODE       KaTeX parses each one
    check_docs.py browse FOLDER CHROMIUM  a browser shows each one

One line per fault; the exit status is 1 if there is any.
"""
import glob
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile

CODE = re.compile(r"(?<![$`])(`+)(?!`).*?\1")
INLINE = re.compile(r"\$`(.+?)`\$|\$(.+?)\$")
FENCE = re.compile(r" *(```|~~~)(.*)")

# What Markdown would change in $..$: escapes, emphasis, tags.
TOUCHED = [(r"\\[^A-Za-z]", "a backslash before punctuation"), (r"\*", "a star"), (r"`", "a backquote"),
           (r"[^\w\s]_", "an underscore after punctuation"), (r"<[A-Za-z/!?]", "< before a letter"),
           (r"^\s|\s$", "a space at an end")]
KATEX = """
const katex = require(process.argv[1] + "/katex/katex.min.js");
for (const [page, tex, displayMode] of JSON.parse(require("fs").readFileSync(0, "utf8")))
  try { katex.renderToString(tex, {displayMode, throwOnError: true, strict: "error"}); }
  catch (error) { console.log(page + ": " + error.message); }
"""


def prose(path):
    """Lines of a page that are not code, with their numbers, and its displayed formulas."""
    fence, was_code, blank = "", False, True
    lines, displayed = [], []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            mark = FENCE.match(line)
            if fence:
                if mark and mark.group(1) == fence:
                    fence = ""
                elif is_formula:
                    displayed[-1] += line
            elif mark:
                fence, is_formula = mark.group(1), mark.group(2).strip() == "math"
                displayed += [""] * is_formula
            else:
                was_code = line.startswith("    ") and (blank or was_code)
                blank = not line.strip()
                if not was_code:
                    lines.append((number, CODE.sub("code", line)))
    return lines, displayed


def source_faults(path):
    lines, displayed = prose(path)
    for tex in displayed:
        if not tex.strip() or re.search(r"^\s*$", tex.rstrip("\n"), re.M):
            yield f"{path}: a displayed formula with an empty line: {tex.strip()}"
    for number, line in lines:
        where = f"{path}:{number}: "
        if "$" in INLINE.sub("", line):
            yield where + "a $ that belongs to no formula of this line"
        for found in INLINE.finditer(line):
            for pattern, what in TOUCHED if found.group(2) else []:
                if re.search(pattern, found.group(2)):
                    yield where + f"{what} in {found.group()}: write it between $` and `$"
            if line.startswith("|") and "|" in found.group():
                yield where + f"a bar in {found.group()}: write \\vert or \\lVert"
            if re.search(r"[\w*]", line[max(found.start() - 1, 0):found.start()] + line[found.end()]):
                yield where + f"{found.group()} touches a letter or a star"


class Page(html.parser.HTMLParser):
    """Text outside code, and what a page loads."""

    def __init__(self, path):
        super().__init__()
        self.name, self.text, self.loaded, self.skipped = os.path.basename(path), "", [], []
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())
        self.formulas = [(tex, False) for tex in re.findall(r"\\\((.*?)\\\)", self.text, re.S)]
        self.formulas += [(tex, True) for tex in re.findall(r"\\\[(.*?)\\\]", self.text, re.S)]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("script", "img", "link", "iframe", "object"):
            self.loaded += [attrs[key] for key in ("src", "href", "data") if attrs.get(key)]
        if self.skipped:
            self.skipped += [tag] * (tag == self.skipped[0])
        elif tag in ("script", "style", "pre", "code") or "fragment" in (attrs.get("class") or "").split():
            self.skipped = [tag]

    def handle_endtag(self, tag):
        if self.skipped and tag == self.skipped[0]:
            self.skipped.pop()

    def handle_data(self, data):
        if not self.skipped:
            self.text += data


def pages(folder):
    return [Page(path) for path in sorted(glob.glob(os.path.join(folder, "*.html")))]


def site_faults(folder, sources):
    shown = 0
    for page in pages(folder):
        shown += len(page.formulas)
        is_page = page.name.startswith(("md_", "index"))
        stray_mark = r".{0,30}(?:\$|\\f[\[\]$(]" + r"|\*\*" * is_page + ").{0,30}"
        for stray in re.findall(stray_mark, page.text):
            yield f"{page.name}: {stray}"
        for address in page.loaded:
            if re.match(r"(\w+:)?//", address):
                yield f"{page.name}: loads {address}"
    written = 0
    for source in sources:
        lines, displayed = prose(source)
        written += len(displayed) + sum(len(INLINE.findall(line)) for _, line in lines)
    if shown != written:
        yield f"{written} formulas in the pages, {shown} in the site"


def parse_faults(folder, node):
    formulas = [(page.name, *formula) for page in pages(folder) for formula in page.formulas]
    if not formulas:
        return ["no formulas"]
    done = subprocess.run([node, "-e", KATEX, os.path.abspath(folder)], input=json.dumps(formulas),
                          capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()


def browse_faults(folder, chromium):
    with tempfile.TemporaryDirectory() as user:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
                   "--virtual-time-budget=10000", f"--user-data-dir={user}"]
        for page in pages(folder):
            if page.formulas:
                address = "file://" + os.path.abspath(os.path.join(folder, page.name))
                done = subprocess.run(command + [address], capture_output=True, text=True,
                                      timeout=120, check=False)
                typeset = done.stdout.count('<span class="katex">')
                if typeset != len(page.formulas) or "katex-error" in done.stdout:
                    yield f"{page.name}: {len(page.formulas)} formulas, {typeset} typeset"


def main():
    what, *rest = sys.argv[1:]
    if what == "sources":
        faults = [fault for path in rest for fault in source_faults(path)]
    elif what == "site":
        faults = list(site_faults(rest[0], rest[1:]))
    else:
        faults = list({"parse": parse_faults, "browse": browse_faults}[what](*rest))
    print("\n".join(faults[:20]))
    sys.exit(len(faults) > 0)


main()
