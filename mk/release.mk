# SPDX-License-Identifier: MIT
# Documentation, records of the interface, source archives. Included by Makefile.

# ---- documentation

KATEX ?= /usr/share/javascript/katex
docs: ## the documentation site, in build/doc/html
	@doc/site/make_site.sh $(BUILD)/doc $(VERSION) $(KATEX)

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
