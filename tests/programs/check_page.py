# SPDX-License-Identifier: MIT
"""report.html of the programs: one file that is whole, loads nothing and runs nothing.

    python3 check_page.py FOLDER [FIGURES [TABLES]]

FOLDER holds report.html, which must show so many figures and tables. In a headless Chromium, where
there is one, nothing may reach beyond a window as narrow as a phone's, or be without a size.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "input"}
faults = []


def expect(good, fault):
    if not good:
        faults.append(fault)


class Page(HTMLParser):
    """Every element closed by its own end, every name once, every reference inside the page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.names, self.references = [], [], []
        self.counts, self.text = {}, ""

    def look(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        expect(tag not in {"script", "link", "iframe", "object"}, f"an element {tag}")
        for name, value in attributes:
            value = value or ""
            expect(not name.startswith("on"), f"a handler {name}")
            if name == "id":
                self.names.append(value)
            elif name in {"href", "xlink:href"}:
                expect(value.startswith("#"), f"{name} = {value}")
                self.references.append(value[1:])
            elif name == "src":
                expect(value.startswith("data:image/png;base64,"), f"src = {value[:40]}")
            elif not name.startswith("xmlns"):
                expect("//" not in value, f"{name} = {value}")
            self.references += re.findall(r"url\(#([^)]*)\)", value)
            expect(not re.search(r"url\((?!#)", value), f"{name} = {value}")

    def handle_starttag(self, tag, attributes):
        self.look(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.look(tag, attributes)

    def handle_endtag(self, tag):
        expect(self.open and self.open[-1] == tag, f"</{tag}> in {self.open[-3:]}")
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        self.text += data
        if self.open and self.open[-1] == "style":
            expect("url(" not in data and "@import" not in data, "a style that loads")


def parse(text, figures, tables):
    page = Page()
    page.feed(text)
    page.close()
    expect(text.startswith("<!DOCTYPE html>"), "no document type")
    expect(not page.open, f"not closed: {page.open}")
    expect(len(set(page.names)) == len(page.names), "a name twice")
    expect(set(page.references) <= set(page.names), "a reference to nothing")
    expect(page.counts.get("figure", 0) == figures, f"{page.counts.get('figure', 0)} figures")
    expect(page.counts.get("table", 0) >= tables, f"{page.counts.get('table', 0)} tables")
    expect(re.search(r"libnc-\w+", page.text) and re.search(r"libnc \d+\.\d+\.\d+", page.text),
           "no command or version")
    expect(figures > 0 or "gnuplot figures.gp" in page.text, "does not say how to draw")


WIDTHS = (360, 1280)  # of a phone and of a desk; a headless window is no narrower than 500
PROBE = """<script>
addEventListener("load", () => {
  const told = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument;
    const drawn = [...page.querySelectorAll("svg, img")].map(x => x.getBoundingClientRect());
    return [page.documentElement.clientWidth, page.documentElement.scrollWidth,
      Math.min(1e9, ...drawn.map(x => Math.min(x.width, x.height))),
      [...page.images].every(x => x.naturalWidth > 0)].join(" ");
  });
  document.title = told.join(", ");
});
</script>"""


def browse(chromium, text):
    """Looks at the page in frames of two widths."""
    frame = '<iframe width="%d" height="900" srcdoc="%s"></iframe>'
    source = text.replace("&", "&amp;").replace('"', "&quot;")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "frames.html"), "w", encoding="utf-8") as file:
            file.write("<!DOCTYPE html><meta charset=utf-8><title></title>" + PROBE)
            file.write("".join(frame % (width, source) for width in WIDTHS))
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        command += [f"--user-data-dir={folder}/user", f"file://{folder}/frames.html"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    title = re.search(r"<title>([\d. a-z+,]+)</title>", done.stdout)
    if title is None:
        print("SKIP programs: a page in Chromium: it does not run here")
        return
    for told in title.group(1).split(", "):
        width, reach, least, drawn = told.split()
        expect(int(reach) <= int(width), f"{reach} wide in a window of {width}")
        expect(float(least) > 50, f"a figure of size {least}")
        expect(drawn == "true", "an image that is not drawn")


def main():
    with open(os.path.join(sys.argv[1], "report.html"), encoding="utf-8") as file:
        text = file.read()
    figures, tables = (int(word) for word in (sys.argv[2:] + ["1", "1"])[:2])
    parse(text, figures, tables)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("SKIP programs: a page in Chromium: no chromium")
    else:
        browse(chromium, text)
    for fault in faults[:10]:
        print("FAILED: page:", fault)
    sys.exit(len(faults) > 0)


main()
