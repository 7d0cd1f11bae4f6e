# SPDX-License-Identifier: MIT
# Documentation, records of the interface, source archives. Included by Makefile.

# ---- documentation

# KaTeX typesets the formulas, and goes into the site, which loads nothing from elsewhere: Debian's
# libjs-katex, or the folder "dist" of npm's katex. The header of pages is Doxygen's own, which names a
# remote MathJax where KaTeX comes instead.
KATEX ?= /usr/share/javascript/katex
docs: ## the documentation site, in build/doc/html
	@rm -rf $(BUILD)/doc/html
	@mkdir -p $(BUILD)/doc/html
	@cd $(BUILD)/doc && doxygen -w html default.html footer.html default.css
	@if test -f $(KATEX)/contrib/auto-render.js; then \
	  mkdir -p $(BUILD)/doc/html/katex/contrib $(BUILD)/doc/html/katex/fonts && \
	  cp $(KATEX)/katex.min.js $(KATEX)/katex.min.css $(BUILD)/doc/html/katex && \
	  cp $(KATEX)/contrib/auto-render.js $(BUILD)/doc/html/katex/contrib && \
	  cp $(KATEX)/fonts/*.woff2 $(BUILD)/doc/html/katex/fonts && \
	  sed -e '/^$$mathjax/{r doc/site/formulas.html' -e 'd;}' $(BUILD)/doc/default.html; \
	else \
	  echo 'docs: formulas stay TeX: KaTeX is not in $(KATEX); install libjs-katex, or set KATEX' >&2; \
	  sed '/^$$mathjax/d' $(BUILD)/doc/default.html; \
	fi >$(BUILD)/doc/header.html
	{ cat doc/Doxyfile; echo 'PROJECT_NUMBER = $(VERSION)'; echo 'OUTPUT_DIRECTORY = $(BUILD)/doc'; \
	  echo 'HTML_HEADER = $(BUILD)/doc/header.html'; } | doxygen -
	@# Doxygen puts a space after the bracket before a formula; a browser may break before the sign after one.
	@sed -i -e 's/( \\(/(\\(/g' -e 's/\\)\([.,;]\)/\1\\)/g' $(BUILD)/doc/html/*.html

# ---- interface records; see doc/abi.md

symbols: ## add new public names to the ledger, and write lib/libnc.map from it
	@tests/install/update_symbols.sh
	@python3 python/write_declarations.py

abi-baseline: $(LIB)/libnc.so ## record the interface of libnc.so in lib/libnc.abi
	@tests/install/write_abi.sh $(LIB)/libnc.so lib/libnc.abi

# ---- source archives, and a system that has nothing

DISTDIR := $(BUILD)/dist
dist: ## a source archive, build/dist/libnc-$(VERSION).tar.gz
	@VERSION=$(VERSION) tests/install/make_dist.sh $(DISTDIR)

fresh: ## the README's two commands in empty Debian systems (tests/install/fresh.sh); as root
	@tests/install/fresh.sh
