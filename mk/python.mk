# SPDX-License-Identifier: MIT
# The Python package: where it goes, and its tests. Included by the Makefile.

# Where python3 looks below PREFIX; elsewhere PYTHONPATH must name it.
PYTHONDIR ?= $(or $(shell python3 -c 'import site; \
  print(next((d for d in site.getsitepackages() if d.startswith("$(PREFIX)/lib/")), ""))' 2>/dev/null),\
  $(PREFIX)/lib/python3/dist-packages)
PYTHON_FILES := $(filter-out %/_installed.py,$(wildcard python/libnc/*.py)) python/libnc/py.typed

install-python: # part of install
	$(INSTALL) -d $(DESTDIR)$(PYTHONDIR)/libnc
	$(INSTALL) -m 644 $(PYTHON_FILES) $(DESTDIR)$(PYTHONDIR)/libnc
	printf '%s\n' '"""Written by make install."""' 'LIBRARY = "$(LIBDIR)/libnc.so.$(SOVERSION)"' \
	  >$(DESTDIR)$(PYTHONDIR)/libnc/_installed.py

uninstall-python: # part of uninstall
	rm -f $(addprefix $(DESTDIR)$(PYTHONDIR)/libnc/,$(notdir $(PYTHON_FILES)) _installed.py)
	rm -rf $(DESTDIR)$(PYTHONDIR)/libnc/__pycache__
	-rmdir $(DESTDIR)$(PYTHONDIR)/libnc 2>/dev/null || true

.PHONY: install-python uninstall-python
