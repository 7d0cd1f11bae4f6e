# SPDX-License-Identifier: MIT
# The only build of libnc. `make help` lists the targets, doc/design.md describes the tree.

VERSION   := 0.3.0
SOVERSION := 0.3

PREFIX       ?= /usr/local
LIBDIR       ?= $(PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
BINDIR       ?= $(PREFIX)/bin
MANDIR       ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
CMAKEDIR     ?= $(LIBDIR)/cmake/libnc
BUILD        ?= build

# `make setup <others>`: the others start in a make of their own, which sees what setup installed.
OTHERS := $(filter-out setup,$(MAKECMDGOALS))
ifneq (,$(and $(filter setup,$(MAKECMDGOALS)),$(OTHERS)))
.NOTPARALLEL:
.PHONY: setup $(OTHERS)
setup:
	@.ci/setup
$(OTHERS): setup
	@+$(MAKE) --no-print-directory $@
else

ifeq ($(origin CC),default)
CC := cc
endif
CXX        ?= c++
AR         ?= ar
CFLAGS     ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
WARN       := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
# clang also tells of inline functions that only assertions or one instruction set use, and of loops
# that it leaves scalar.
ifneq (,$(findstring clang,$(shell $(CC) --version 2>/dev/null)))
WARN += -Wno-unused-function -Wno-pass-failed
endif

# Any CBLAS/LAPACKE pair: the provider is chosen by the system's linker, never by name.
BLAS_LIBS := $(or $(BLAS_LIBS),$(shell $(PKG_CONFIG) --libs lapacke lapack blas 2>/dev/null || \
               echo -llapacke -llapack -lblas))
LIBS      := $(strip $(BLAS_LIBS)) -lz -lm -lpthread -ldl

# What is installed has no assertions: the library never aborts. What the suites link has them.
RELEASE_CPPFLAGS ?= -DNDEBUG
DEBUG_CPPFLAGS   ?=
# Their closed forms can be made to err, for the suite of the self-checks.
PLANTED          := -DNC__PLANTED_ERRORS
# Contraction is left to the kernels, as gcc does in ISO C, so that compilers agree elsewhere.
ALL_CFLAGS = -std=c11 -ffp-contract=off -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 $(CPPFLAGS) -fPIC -fvisibility=hidden $(WARN) \
             -Iinclude -Isrc $(CFLAGS) -MMD -MP

# Kernels are compiled once per scalar type and instruction set.
VARIANT_SOURCES := src/linalg/kernels.c src/linalg/softmax.c
KERNEL_CFLAGS := -fopenmp-simd -ffp-contract=fast -fno-trapping-math
KERNEL_SPEED  ?= -O3
ISAS := baseline
ifneq (,$(filter x86_64-% amd64-%,$(shell $(CC) -dumpmachine 2>/dev/null)))
ISAS += avx2 avx512
endif
ISA_FLAGS_baseline :=
ISA_FLAGS_avx2     := -mavx2 -mfma
ISA_FLAGS_avx512   := -mavx512f -mavx512dq -mavx512vl -mavx2 -mfma -mprefer-vector-width=512

# Flags of single files.
CFLAGS_src/linalg/tables.c := $(if $(filter avx512,$(ISAS)),-DNC__HAVE_X86_KERNELS)
# Loops over values, whose comparisons tell libFuzzer nothing and would take most of its time.
DENSE_CFLAGS ?=
$(foreach source,$(wildcard src/linalg/*.c) src/files/element.c src/files/array_reading.c,\
  $(eval CFLAGS_$(source) += $(DENSE_CFLAGS)))

SOURCES := $(filter-out $(VARIANT_SOURCES),$(wildcard src/*/*.c))
KERNELS := $(foreach source,$(VARIANT_SOURCES:%.c=$(BUILD)/%),$(foreach isa,$(ISAS),\
             $(source)_f64_$(isa).o $(source)_f32_$(isa).o))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(KERNELS)
# Kernels have no assertions: the suites run those that are installed.
DEBUG_OBJECTS := $(SOURCES:%.c=$(BUILD)/debug/%.o) $(KERNELS)
DEBUG_ARCHIVE := $(BUILD)/debug/libnc.a

SUITES   := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))
EXAMPLES := $(patsubst programs/%.c,%,$(wildcard programs/*.c))
HEADERS  := $(wildcard include/libnc/*.h)

# Installed under names that say whose they are: balanced_etf becomes libnc-balanced-etf.
PROGRAMS := predict balanced_etf imbalanced_gof mlp_collapse minority_collapse measure

# Sub-makes of the targets below use every processor unless the caller chose -j.
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)
PARALLEL  = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
SUBMAKE   = +@$(MAKE) --no-print-directory $(PARALLEL)

all: lib/libnc.a lib/libnc.so ## build lib/libnc.a and lib/libnc.so (the default)

help: ## list the targets
	@echo 'make <target>, with PREFIX, LIBDIR, INCLUDEDIR, BINDIR, MANDIR, DESTDIR, CC, CFLAGS as usual:'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	  while IFS='|' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done

setup: ## install what is missing, on Debian and Ubuntu; elsewhere say what is needed
	@.ci/setup

# ---- objects; $(BUILD)/flags changes when a flag or the compiler does

FLAGS_TEXT = $(CC) $(ALL_CFLAGS) $(RELEASE_CPPFLAGS) $(DEBUG_CPPFLAGS) $(KERNEL_SPEED) $(KERNEL_CFLAGS) $(ISAS) \
             $(foreach isa,$(ISAS),$(ISA_FLAGS_$(isa))) \
             $(foreach source,$(SOURCES),$(CFLAGS_$(source)))
LINK_TEXT  = $(CC) $(CFLAGS) $(LDFLAGS) $(LIBS) $(OBJECTS)

define stamp_rule
$(BUILD)/$(1): FORCE
	@mkdir -p $$(@D)
	@{ printf '%s\n' '$$($(2))'; $$(CC) --version 2>/dev/null | head -n 1; } >$$@.$$$$$$$$ && \
	  if cmp -s $$@.$$$$$$$$ $$@; then rm -f $$@.$$$$$$$$; else mv -f $$@.$$$$$$$$ $$@; fi
endef
$(eval $(call stamp_rule,flags,FLAGS_TEXT))
$(eval $(call stamp_rule,link-flags,LINK_TEXT))

$(BUILD)/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(RELEASE_CPPFLAGS) $(CFLAGS_$<) -c -o $@ $<

$(BUILD)/debug/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PLANTED) $(DEBUG_CPPFLAGS) $(CFLAGS_$<) -c -o $@ $<

# $(1) source without .c, $(2) type, $(3) bits, $(4) instruction set
define kernel_rule
$(BUILD)/$(1)_$(2)_$(4).o: $(1).c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(RELEASE_CPPFLAGS) $$(KERNEL_SPEED) $$(KERNEL_CFLAGS) \
	  $$(DENSE_CFLAGS) $$(ISA_FLAGS_$(4)) -DNC__REAL_BITS=$(3) -DNC__ISA=$(4) -c -o $$@ $$<
endef
$(foreach source,$(VARIANT_SOURCES:%.c=%),$(foreach isa,$(ISAS),\
  $(eval $(call kernel_rule,$(source),f64,64,$(isa)))$(eval $(call kernel_rule,$(source),f32,32,$(isa)))))

# ---- libraries

lib/libnc.a: $(OBJECTS) $(BUILD)/link-flags
	@rm -f $@
	$(AR) rcs $@ $(OBJECTS)

lib/libnc.so.$(SOVERSION): $(OBJECTS) lib/libnc.map $(BUILD)/link-flags
	$(CC) -shared -Wl,-soname,libnc.so.$(SOVERSION) -Wl,--version-script=lib/libnc.map \
	  -Wl,-Bsymbolic-functions -Wl,-z,defs $(CFLAGS) $(LDFLAGS) -o $@ $(OBJECTS) $(LIBS)

lib/libnc.so: lib/libnc.so.$(SOVERSION)
	@ln -sf libnc.so.$(SOVERSION) $@

$(DEBUG_ARCHIVE): $(DEBUG_OBJECTS) $(BUILD)/link-flags
	@rm -f $@
	$(AR) rcs $@ $(DEBUG_OBJECTS)

# ---- suites: one program per noun, linked with the archive so that internals can be reached

CHECK_CFLAGS = $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS   = $(shell $(PKG_CONFIG) --libs check 2>/dev/null || echo -lcheck)

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PLANTED) -Itests $(CHECK_CFLAGS) -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(DEBUG_ARCHIVE) $(BUILD)/link-flags
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(DEBUG_ARCHIVE) $(CHECK_LIBS) $(LIBS)

suites: $(SUITES:%=$(BUILD)/tests/%) ## build the test suites

# Two suites may run at a time; each one's lines stay together.
SUITE_RUNS := $(SUITES:%=run-%)
run-suites: $(SUITE_RUNS)
$(SUITE_RUNS): run-%: $(BUILD)/tests/%
	@if $(RUN) $< >$<.log 2>&1; then cat $<.log; else cat $<.log; echo "FAIL $*"; exit 1; fi

# ---- examples

$(BUILD)/examples/%: programs/%.c $(wildcard programs/*.h) lib/libnc.a $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L $(WARN) -Iinclude $(CFLAGS) $(LDFLAGS) -o $@ $< \
	  lib/libnc.a $(LIBS)

examples: $(EXAMPLES:%=$(BUILD)/examples/%) ## build the example programs

demo: ## reproduce the papers' settings; tables and figures in build/demo
	$(SUBMAKE) examples
	@programs/demo.sh $(BUILD)/examples $(BUILD)/demo

# ---- checks: what fails fast comes first

export BUILD CC CXX PKG_CONFIG VERSION SOVERSION

check: ## everything below that needs no instrumentation, then the suites under sanitizers
	$(SUBMAKE) all suites examples
	@tests/install/check_symbols.sh
	@tests/install/check_abi.sh
	@tests/install/check_headers.sh
	@tests/install/check_scripts.sh
	@tests/install/check_manual.sh
	@tests/install/check_peers.sh
	$(SUBMAKE) --keep-going run-suites
	+@tests/install/check_install.sh
	@tests/install/check_ctypes.sh
	@tests/programs/check_programs.sh $(BUILD)/examples
	@tests/install/check_arrays.sh
	@tests/install/check_providers.sh
	@tests/install/check_docs.sh
	+@tests/install/check_dist.sh
	+@$(MAKE) --no-print-directory sanitize
	@echo 'PASS check'

# One build per instrument, in a folder of its own: $(1) folder, $(2) flags. Time limits of the runs
# are stretched.
instrumented = $(MAKE) --no-print-directory BUILD=build/$(1) CFLAGS='$(2)' KERNEL_SPEED=

SLOW     := -O1 -g -fno-omit-frame-pointer
SANITIZE := $(SLOW) -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize: ## the suites under AddressSanitizer and UndefinedBehaviorSanitizer
	+@$(call instrumented,asan,$(SANITIZE)) $(PARALLEL) suites
	+@CK_TIMEOUT_MULTIPLIER=10 UBSAN_OPTIONS=print_stacktrace=1 \
	  ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
	  $(call instrumented,asan,$(SANITIZE)) $(PARALLEL) --keep-going run-suites

TSAN := $(SLOW) -fsanitize=thread
tsan: ## the suites under ThreadSanitizer
	+@$(call instrumented,tsan,$(TSAN)) $(PARALLEL) suites
	+@CK_TIMEOUT_MULTIPLIER=20 $(call instrumented,tsan,$(TSAN)) --keep-going run-suites

valgrind: ## the suites under valgrind
	$(SUBMAKE) suites
	+@CK_FORK=no CK_TIMEOUT_MULTIPLIER=50 \
	  $(MAKE) --no-print-directory $(PARALLEL) --keep-going run-suites \
	  RUN='valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite'

# Readers of files, and sequences of calls (tests/fuzz/targets.h): by libFuzzer with clang, else by a
# driver of our own that changes the files of tests/fuzz/corpus. FUZZ_CFLAGS='-O2 -g' is faster and
# sees less.
RUNS        ?= 100000
SEED        ?= 0
FUZZ_CFLAGS ?= $(SANITIZE)
FUZZ_SMALL  := -DNC__INPUT_BYTES=64
# Blocks of all sizes from the heap of the C library, which keeps them: ten times as fast.
FUZZ_MALLOC := MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=67108864
FUZZ_NAMES  := npy npz safetensors idx cifar state calls
FUZZ_RUNS   := $(FUZZ_NAMES:%=fuzz-run-%)
fuzz: ## RUNS (100000) malformed files of each kind, and sequences of calls, under sanitizers
ifneq (,$(findstring clang,$(shell $(CC) --version 2>/dev/null)))
	+@$(call instrumented,fuzz-clang,$(FUZZ_CFLAGS) $(FUZZ_SMALL) -fsanitize=fuzzer-no-link) \
	  DENSE_CFLAGS=-fno-sanitize-coverage=trace-cmp $(PARALLEL) fuzz-runs
$(BUILD)/fuzz/%: tests/fuzz/libfuzzer.c $(wildcard tests/fuzz/*.h) $(DEBUG_ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS) -fsanitize=fuzzer -DFUZZ_TARGET=$* $(LDFLAGS) -o $@ $< \
	  $(DEBUG_ARCHIVE) $(CHECK_LIBS) $(LIBS)
$(FUZZ_RUNS): fuzz-run-%: $(BUILD)/fuzz/%
	@mkdir -p $(BUILD)/fuzz/found/$*
	$< -runs=$(RUNS) -seed=$(SEED) -max_len=4096 -verbosity=0 -print_final_stats=1 \
	  -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/found/$* $(wildcard tests/fuzz/corpus/$*)
else
	+@$(call instrumented,fuzz,$(FUZZ_CFLAGS) $(FUZZ_SMALL)) $(PARALLEL) fuzz-runs
$(BUILD)/fuzz/driver: tests/fuzz/driver.c $(wildcard tests/fuzz/*.h) $(DEBUG_ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS) $(LDFLAGS) -o $@ $< $(DEBUG_ARCHIVE) $(CHECK_LIBS) $(LIBS)
$(FUZZ_RUNS): fuzz-run-%: $(BUILD)/fuzz/driver
	@$(FUZZ_MALLOC) $< $* $(RUNS) $(SEED)
endif
fuzz-runs: $(FUZZ_RUNS)

# Without assertions: their failing side can not be reached. Counters are atomic, or threads
# make them negative, where gcovr stops.
COVERAGE := -O1 -g --coverage -fprofile-update=atomic
coverage: ## lines and branches of src/ that the suites reach
	@rm -rf build/coverage
	+@$(call instrumented,coverage,$(COVERAGE)) DEBUG_CPPFLAGS=-DNDEBUG $(PARALLEL) suites
	+@CK_TIMEOUT_MULTIPLIER=10 $(call instrumented,coverage,$(COVERAGE)) \
	  DEBUG_CPPFLAGS=-DNDEBUG --keep-going run-suites
	@merge=$$(gcovr --help | grep -o -m 1 -e --merge-mode-functions); \
	  gcovr --root . --filter src/ $${merge:+$$merge=separate} --sort-percentage \
	  --print-summary build/coverage

# Not the first python3 in the path: PyTorch comes from Debian's python3-torch.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h) lib/libnc.a $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L $(WARN) -Iinclude $(CFLAGS) -O3 $(LDFLAGS) -o $@ $< \
	  lib/libnc.a $(LIBS)

bench: ## measure the speed, side by side with PyTorch where it is installed
	$(SUBMAKE) $(BENCHES)
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/bench/bench.py $(BUILD)/bench

# ---- documentation

docs: ## the documentation site, in build/doc/html
	@mkdir -p $(BUILD)/doc
	{ cat doc/Doxyfile; echo 'PROJECT_NUMBER = $(VERSION)'; \
	  echo 'OUTPUT_DIRECTORY = $(BUILD)/doc'; } | doxygen -

# ---- interface records; see doc/abi.md

symbols: ## add new public names to the ledger, and write lib/libnc.map from it
	@tests/install/update_symbols.sh

abi-baseline: lib/libnc.so ## record the interface of lib/libnc.so in lib/libnc.abi
	@tests/install/write_abi.sh lib/libnc.so lib/libnc.abi

# ---- installation

install: all $(PROGRAMS:%=$(BUILD)/examples/%) ## install the library, headers, programs and their manual pages
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR)/libnc $(DESTDIR)$(BINDIR) \
	  $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(PKGCONFIGDIR) $(DESTDIR)$(CMAKEDIR)
	$(INSTALL) -m 644 lib/libnc.a $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 755 lib/libnc.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libnc.so.$(VERSION)
	ln -sf libnc.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libnc.so.$(SOVERSION)
	ln -sf libnc.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libnc.so
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/libnc
	pkgconfig/fill libnc.pc.in >$(DESTDIR)$(PKGCONFIGDIR)/libnc.pc
	pkgconfig/fill libncConfig.cmake.in >$(DESTDIR)$(CMAKEDIR)/libncConfig.cmake
	pkgconfig/fill libncConfigVersion.cmake.in >$(DESTDIR)$(CMAKEDIR)/libncConfigVersion.cmake
	for program in $(PROGRAMS); do \
	  $(INSTALL) -m 755 $(BUILD)/examples/$$program \
	    $(DESTDIR)$(BINDIR)/libnc-$$(echo $$program | tr _ -) || exit 1; done
	$(INSTALL) -m 644 doc/man/libnc-*.1 $(DESTDIR)$(MANDIR)/man1

install: export FILL_PREFIX = $(PREFIX)
install: export FILL_LIBDIR = $(LIBDIR)
install: export FILL_INCLUDEDIR = $(INCLUDEDIR)
install: export FILL_CMAKEDIR = $(CMAKEDIR)
install: export FILL_LIBS = $(LIBS)

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libnc.a libnc.so libnc.so.$(SOVERSION) \
	  libnc.so.$(VERSION)) $(DESTDIR)$(PKGCONFIGDIR)/libnc.pc \
	  $(addprefix $(DESTDIR)$(CMAKEDIR)/,libncConfig.cmake libncConfigVersion.cmake) \
	  $(addprefix $(DESTDIR)$(INCLUDEDIR)/libnc/,$(notdir $(HEADERS))) \
	  $(addprefix $(DESTDIR)$(BINDIR)/libnc-,$(subst _,-,$(PROGRAMS))) \
	  $(addprefix $(DESTDIR)$(MANDIR)/man1/,$(notdir $(wildcard doc/man/*.1)))
	-rmdir $(DESTDIR)$(INCLUDEDIR)/libnc $(DESTDIR)$(CMAKEDIR) 2>/dev/null || true

DISTDIR := $(BUILD)/dist
dist: ## a source archive, build/dist/libnc-$(VERSION).tar.gz
	@VERSION=$(VERSION) tests/install/make_dist.sh $(DISTDIR)

fresh: ## the README's two commands in empty Debian systems (tests/install/fresh.sh); as root
	@tests/install/fresh.sh

# ---- upkeep

format: ## lay out the C sources with clang-format
	clang-format -i $(wildcard include/libnc/*.h src/*/*.[ch] programs/*.[ch] tests/*.[ch] tests/fuzz/*.[ch])

clean: ## remove everything that was built
	rm -rf build $(BUILD) lib/libnc.a lib/libnc.so lib/libnc.so.*

FORCE:

.PHONY: all help setup suites run-suites $(SUITE_RUNS) examples demo check sanitize tsan valgrind coverage bench \
  fuzz fuzz-runs $(FUZZ_RUNS) \
  docs symbols abi-baseline install uninstall dist fresh format clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

-include $(OBJECTS:.o=.d) $(DEBUG_OBJECTS:.o=.d) $(wildcard $(BUILD)/tests/*.d)

endif
