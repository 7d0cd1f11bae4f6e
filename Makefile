# SPDX-License-Identifier: MIT
# The only build of libnc. `make help` lists the targets, doc/design.md describes the tree.

VERSION   := 0.3.0
SOVERSION := 0.3

PREFIX       ?= /usr/local
LIBDIR       ?= $(PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
BINDIR       ?= $(PREFIX)/bin
MANDIR       ?= $(PREFIX)/share/man
DOCDIR       ?= $(PREFIX)/share/doc/libnc
BASHDIR      ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR       ?= $(PREFIX)/share/zsh/site-functions
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
CMAKEDIR     ?= $(LIBDIR)/cmake/libnc
BUILD        ?= build

# Where the libraries of a build land: lib/ is for the default one, so that builds for another machine
# or under instruments overwrite nothing, and a source that is read-only can be built elsewhere.
ifeq ($(BUILD),build)
LIB := lib
else
LIB := $(BUILD)/lib
endif

# A prefix is put into files and command lines: it must be one absolute path.
define check_path
ifneq ($(words $($(1))),1)
$$(error $(1) = "$($(1))": must be one path without spaces)
endif
ifneq ($(filter-out /%,$($(1))),)
$$(error $(1) = "$($(1))": must be an absolute path)
endif
endef
ifneq (,$(filter install uninstall,$(MAKECMDGOALS)))
$(foreach name,PREFIX LIBDIR INCLUDEDIR BINDIR MANDIR DOCDIR BASHDIR ZSHDIR PKGCONFIGDIR CMAKEDIR,$(eval $(call check_path,$(name))))
endif

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
# Our own headers come before CPPFLAGS, which may name a folder with those of another version.
ALL_CFLAGS = -std=c11 -ffp-contract=off -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc \
             $(CPPFLAGS) -fPIC -fvisibility=hidden $(WARN) $(CFLAGS) -MMD -MP

# Commands are shown as "LINK lib/libnc.so.0.3", those of a folder's objects together, once they are
# done, as "CC src/base (14 files)"; V=1 shows all of them whole.
quiet = $(if $(filter 1,$(V)),,@)
shown = $(if $(quiet),@printf '  %-7s %s\n' $(1) $(2) &&)

# $(1) a name, $(2) the folder of the sources, $(3) their objects: $(BUILD)/$(1).built stands for them.
define compiled_rule
$(BUILD)/$(1).built: $(3)
	@printf '  %-7s %s\n' CC '$(2) ($$(if $$(word 3,$$?),$$(words $$?) files,$$(notdir $$(?:.o=.c))))' && touch $$@
endef

# Kernels are compiled once per scalar type and instruction set.
VARIANT_SOURCES := src/linalg/kernels.c src/linalg/softmax.c src/linalg/update_kernels.c \
                   src/linalg/layer_kernels.c
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
MODULES       := $(sort $(patsubst src/%/,%,$(dir $(SOURCES))))
BUILT         := $(MODULES:%=$(BUILD)/src/%.built)
DEBUG_BUILT   := $(MODULES:%=$(BUILD)/debug/src/%.built)

SUITES   := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))
EXAMPLES := $(patsubst examples/%,%,$(basename $(wildcard examples/*.c examples/*.cpp)))
HEADERS  := $(wildcard include/libnc/*.h)

# The main files of programs/; what they share is the rest of that folder.
COMMANDS := predict train minority_collapse measure watch
# Their names say whose they are: minority_collapse.c is libnc-minority-collapse.
PROGRAMS := $(addprefix libnc-,$(subst _,-,$(COMMANDS)))

# Sub-makes of the targets below use every processor unless the caller chose -j.
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)
PARALLEL  = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
SUBMAKE   = +@$(MAKE) --no-print-directory $(PARALLEL)

all: libraries programs ## build the libraries and the programs (the default)

libraries: $(LIB)/libnc.a $(LIB)/libnc.so ## build libnc.a and libnc.so, in lib

help: ## list the targets
	@echo 'make <target>, with PREFIX, LIBDIR, INCLUDEDIR, BINDIR, MANDIR, DESTDIR, CC, CFLAGS, CPPFLAGS'
	@echo 'as usual; BUILD=folder builds elsewhere, V=1 shows whole commands:'
	@cat Makefile mk/*.mk | sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' | \
	  while IFS='|' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done

setup: ## install what is missing, on Debian and Ubuntu; elsewhere say what is needed
	@.ci/setup

# ---- objects; $(BUILD)/flags changes when a flag or the compiler does

FLAGS_TEXT = $(CC) $(ALL_CFLAGS) $(RELEASE_CPPFLAGS) $(PLANTED) $(DEBUG_CPPFLAGS) $(KERNEL_SPEED) \
             $(KERNEL_CFLAGS) $(ISAS) \
             $(foreach isa,$(ISAS),$(ISA_FLAGS_$(isa))) \
             $(foreach source,$(SOURCES),$(CFLAGS_$(source)))
LINK_TEXT  = $(CC) $(CFLAGS) $(LDFLAGS) $(LIBS) $(OBJECTS)

# Nothing is written where nothing has changed, so that another user can `make install` what was built.
define stamp_rule
$(BUILD)/$(1): FORCE
	@text() { printf '%s\n' '$$($(2))'; $$(CC) --version 2>/dev/null | head -n 1; }; \
	  text | cmp -s - $$@ || { mkdir -p $$(@D) && text >$$@; }
endef
$(eval $(call stamp_rule,flags,FLAGS_TEXT))
$(eval $(call stamp_rule,link-flags,LINK_TEXT))

$(BUILD)/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) $(RELEASE_CPPFLAGS) $(CFLAGS_$<) -c -o $@ $<

$(BUILD)/debug/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) $(PLANTED) $(DEBUG_CPPFLAGS) $(CFLAGS_$<) -c -o $@ $<

# $(1) source without .c, $(2) type, $(3) bits, $(4) instruction set
define kernel_rule
$(BUILD)/$(1)_$(2)_$(4).o: $(1).c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(quiet)$$(CC) $$(ALL_CFLAGS) $$(RELEASE_CPPFLAGS) $$(KERNEL_SPEED) $$(KERNEL_CFLAGS) \
	  $$(DENSE_CFLAGS) $$(ISA_FLAGS_$(4)) -DNC__REAL_BITS=$(3) -DNC__ISA=$(4) -c -o $$@ $$<
endef
$(foreach source,$(VARIANT_SOURCES:%.c=%),$(foreach isa,$(ISAS),\
  $(eval $(call kernel_rule,$(source),f64,64,$(isa)))$(eval $(call kernel_rule,$(source),f32,32,$(isa)))))

$(foreach module,$(MODULES),\
  $(eval $(call compiled_rule,src/$(module),src/$(module),$(filter $(BUILD)/src/$(module)/%,$(OBJECTS))))\
  $(eval $(call compiled_rule,debug/src/$(module),src/$(module) with assertions,\
    $(filter $(BUILD)/debug/src/$(module)/%,$(DEBUG_OBJECTS)))))

# ---- libraries

$(LIB)/libnc.a: $(OBJECTS) $(BUILD)/link-flags | $(BUILT)
	@mkdir -p $(@D) && rm -f $@
	$(call shown,AR,$@) $(AR) rcs $@ $(OBJECTS)

$(LIB)/libnc.so.$(SOVERSION): $(OBJECTS) lib/libnc.map $(BUILD)/link-flags | $(BUILT)
	@mkdir -p $(@D)
	$(call shown,LINK,$@) $(CC) -shared -Wl,-soname,libnc.so.$(SOVERSION) \
	  -Wl,--version-script=lib/libnc.map -Wl,-Bsymbolic-functions -Wl,-z,defs \
	  $(CFLAGS) $(LDFLAGS) -o $@ $(OBJECTS) $(LIBS)

$(LIB)/libnc.so: $(LIB)/libnc.so.$(SOVERSION)
	@ln -sf libnc.so.$(SOVERSION) $@

$(DEBUG_ARCHIVE): $(DEBUG_OBJECTS) $(BUILD)/link-flags | $(DEBUG_BUILT)
	@rm -f $@
	$(call shown,AR,$@) $(AR) rcs $@ $(DEBUG_OBJECTS)

# ---- suites: one program per noun, linked with the archive so that internals can be reached

CHECK_CFLAGS = $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS   = $(shell $(PKG_CONFIG) --libs check 2>/dev/null || echo -lcheck)

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(quiet)$(CC) $(ALL_CFLAGS) $(PLANTED) -Itests $(CHECK_CFLAGS) -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(DEBUG_ARCHIVE) $(BUILD)/link-flags
	$(call shown,LINK,$@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(DEBUG_ARCHIVE) \
	  $(CHECK_LIBS) $(LIBS)

# Two suites have a table for each public header.
tables_of = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/$(1)/*.c))
$(BUILD)/tests/test_arguments: $(BUILD)/tests/support/refusals.o $(call tables_of,arguments)
$(BUILD)/tests/test_faults: $(BUILD)/tests/support/fault_cases.o $(call tables_of,faults)

# Texts of the programs are compared with the library's.
$(BUILD)/tests/test_context: $(BUILD)/programs/words.o

suites: $(SUITES:%=$(BUILD)/tests/%) ## build the test suites

# Two suites may run at a time; each one's lines stay together.
SUITE_RUNS := $(SUITES:%=run-%)
run-suites: $(SUITE_RUNS)
$(SUITE_RUNS): run-%: $(BUILD)/tests/%
	@if $(RUN) $< >$<.log 2>&1; then cat $<.log; else cat $<.log; echo "FAIL $*"; exit 1; fi

# ---- programs: the public interface alone. Those in $(BUILD)/programs run where they are, with the
# archive in them; those in $(BUILD)/installed are linked with libnc.so and found by `make install`.

PROGRAM_CFLAGS   = -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -Iinclude $(CPPFLAGS) $(WARN) $(CFLAGS) -MMD -MP
PROGRAM_SOURCES := $(wildcard programs/*.c)
PROGRAM_MAINS   := $(COMMANDS:%=programs/%.c)
PROGRAM_COMMON  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(PROGRAM_MAINS),$(PROGRAM_SOURCES)))

$(BUILD)/programs/%.o: programs/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(quiet)$(CC) $(PROGRAM_CFLAGS) -c -o $@ $<

$(eval $(call compiled_rule,programs,programs,$(PROGRAM_SOURCES:%.c=$(BUILD)/%.o)))

$(BUILD)/programs/common.a: $(PROGRAM_COMMON) | $(BUILD)/programs.built
	@rm -f $@
	$(call shown,AR,$@) $(AR) rcs $@ $(PROGRAM_COMMON)

# $(1) the main file without .c, $(2) the program
define program_rule
$(BUILD)/programs/$(2): $(BUILD)/programs/$(1).o $(BUILD)/programs/common.a $(LIB)/libnc.a $(BUILD)/link-flags
	$$(call shown,LINK,$$@) $$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$< $(BUILD)/programs/common.a \
	  $(LIB)/libnc.a $$(LIBS)
$(BUILD)/installed/$(2): $(BUILD)/programs/$(1).o $(BUILD)/programs/common.a $(LIB)/libnc.so $(BUILD)/link-flags
	@mkdir -p $$(@D)
	$$(call shown,LINK,$$@) $$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$< $(BUILD)/programs/common.a \
	  -L$(LIB) -lnc -lm -lpthread
endef
$(foreach command,$(COMMANDS),\
  $(eval $(call program_rule,$(command),libnc-$(subst _,-,$(command)))))

programs: $(PROGRAMS:%=$(BUILD)/programs/%) $(PROGRAMS:%=$(BUILD)/installed/%) ## build the programs, in build/programs

# ---- examples: one file each, as a reader builds them, but from the tree

$(BUILD)/examples/%: examples/%.c $(LIB)/libnc.a $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call shown,CC,$<) $(CC) -std=c11 $(WARN) -Iinclude $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
	  $(LIB)/libnc.a $(LIBS)

$(BUILD)/examples/%: examples/%.cpp $(LIB)/libnc.a $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call shown,CXX,$<) $(CXX) -std=c++17 -Wall -Wextra -Wpedantic -Iinclude $(CPPFLAGS) $(CXXFLAGS) \
	  $(LDFLAGS) -o $@ $< $(LIB)/libnc.a $(LIBS)

examples: $(EXAMPLES:%=$(BUILD)/examples/%) ## build the examples, in build/examples

demo: ## reproduce the papers' settings; tables and figures in build/demo
	$(SUBMAKE) programs
	@programs/demo.sh $(BUILD)/programs $(BUILD)/demo

networks: ## train convolutional networks on MNIST, against bounds; SEEDS="1 2 3" for more runs
	$(SUBMAKE) programs
	@programs/networks.sh $(BUILD)/programs $(BUILD)/networks

gallery: ## draw the pictures of doc/gallery.md again
	$(SUBMAKE) programs
	@programs/gallery.sh $(BUILD)/programs doc/images

# ---- checks: what fails fast comes first

export BUILD LIB CC CXX PKG_CONFIG VERSION SOVERSION

# make check SUITE=geometry: one suite alone, tests/test_geometry.c.
ifdef SUITE
check: $(BUILD)/tests/test_$(SUITE)
	@$(RUN) $<
else
check: ## everything, the suites once more under sanitizers; SUITE=geometry: one suite
	$(SUBMAKE) all suites examples
	@tests/install/check_symbols.sh
	@tests/install/check_layers.sh
	@tests/install/check_abi.sh
	@tests/install/check_headers.sh
	@tests/install/check_format.sh
	@tests/install/check_scripts.sh
	@tests/install/check_manual.sh
	+@tests/install/check_completion.sh
	@tests/install/check_peers.sh
	$(SUBMAKE) --keep-going run-suites
	+@tests/install/check_compilers.sh
	+@tests/install/check_install.sh
	+@tests/mpi/check_mpi.sh
	@tests/install/check_ctypes.sh
	@tests/python/check_python.sh
	@tests/programs/check_programs.sh $(BUILD)/programs
	@tests/programs/check_networks.sh $(BUILD)/programs
	@tests/programs/check_sweeps.sh $(BUILD)/programs
	@tests/programs/check_questions.sh $(BUILD)/programs
	@tests/programs/check_examples.sh $(BUILD)/examples
	@tests/install/check_arrays.sh
	@tests/install/check_providers.sh
	@tests/install/check_docs.sh
	+@tests/install/check_dist.sh
	+@$(MAKE) --no-print-directory sanitize
	@echo 'PASS check'
endif

quick: ## the contributor's loop: suites but for their slowest tests, symbols, headers and layers
	$(SUBMAKE) libraries suites
	@tests/install/check_symbols.sh
	@tests/install/check_layers.sh
	@tests/install/check_headers.sh
	+@CK_EXCLUDE_TAGS=slow $(MAKE) --no-print-directory $(PARALLEL) --keep-going run-suites

include mk/instruments.mk
include mk/mpi.mk
include mk/python.mk
include mk/release.mk

# ---- installation

install: all install-python install-completion ## install all: library, headers, programs, manual, Python package
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR)/libnc $(DESTDIR)$(BINDIR) \
	  $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(PKGCONFIGDIR) $(DESTDIR)$(CMAKEDIR) $(DESTDIR)$(DOCDIR)
	$(INSTALL) -m 644 $(LIB)/libnc.a $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 755 $(LIB)/libnc.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libnc.so.$(VERSION)
	ln -sf libnc.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libnc.so.$(SOVERSION)
	ln -sf libnc.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libnc.so
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/libnc
	pkgconfig/fill libnc.pc.in >$(DESTDIR)$(PKGCONFIGDIR)/libnc.pc
	pkgconfig/fill libncConfig.cmake.in >$(DESTDIR)$(CMAKEDIR)/libncConfig.cmake
	pkgconfig/fill libncConfigVersion.cmake.in >$(DESTDIR)$(CMAKEDIR)/libncConfigVersion.cmake
	$(INSTALL) -m 755 $(PROGRAMS:%=$(BUILD)/installed/%) $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 doc/man/libnc-*.1 $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 doc/man/libnc.7 $(DESTDIR)$(MANDIR)/man7
	$(INSTALL) -m 644 README.md CHANGELOG.md LICENSE CITATION.cff $(DESTDIR)$(DOCDIR)
	@$(MAKE) --no-print-directory install-mpi

# bash looks for a file of the command's name, zsh into the first line of each.
install-completion:
	$(INSTALL) -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	for name in $(PROGRAMS); do \
	  $(INSTALL) -m 644 programs/completion.bash $(DESTDIR)$(BASHDIR)/$$name || exit; done
	$(INSTALL) -m 644 programs/completion.zsh $(DESTDIR)$(ZSHDIR)/_libnc

install: export FILL_PREFIX = $(PREFIX)
install: export FILL_LIBDIR = $(LIBDIR)
install: export FILL_INCLUDEDIR = $(INCLUDEDIR)
install: export FILL_CMAKEDIR = $(CMAKEDIR)
install: export FILL_DOCDIR = $(DOCDIR)
install: export FILL_LIBS = $(LIBS)

uninstall: uninstall-python uninstall-mpi ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libnc.a libnc.so libnc.so.$(SOVERSION) \
	  libnc.so.$(VERSION)) $(DESTDIR)$(PKGCONFIGDIR)/libnc.pc \
	  $(addprefix $(DESTDIR)$(CMAKEDIR)/,libncConfig.cmake libncConfigVersion.cmake) \
	  $(addprefix $(DESTDIR)$(INCLUDEDIR)/libnc/,$(notdir $(HEADERS))) \
	  $(addprefix $(DESTDIR)$(BINDIR)/,$(PROGRAMS)) \
	  $(addprefix $(DESTDIR)$(MANDIR)/man1/,$(notdir $(wildcard doc/man/*.1))) \
	  $(DESTDIR)$(MANDIR)/man7/libnc.7 \
	  $(addprefix $(DESTDIR)$(BASHDIR)/,$(PROGRAMS)) $(DESTDIR)$(ZSHDIR)/_libnc \
	  $(addprefix $(DESTDIR)$(DOCDIR)/,README.md CHANGELOG.md LICENSE CITATION.cff)
	-rmdir $(DESTDIR)$(DOCDIR) $(DESTDIR)$(INCLUDEDIR)/libnc $(DESTDIR)$(CMAKEDIR) 2>/dev/null || true

# ---- upkeep

format: ## lay out the C sources with clang-format 14
	@tests/install/check_format.sh --write

clean: ## remove everything that was built
	rm -rf build $(BUILD) lib/libnc.a lib/libnc.so lib/libnc.so.*

FORCE:

.PHONY: all libraries programs quick help setup suites run-suites $(SUITE_RUNS) examples demo networks gallery check sanitize tsan valgrind coverage bench \
  fuzz fuzz-runs $(FUZZ_RUNS) \
  docs symbols abi-baseline install install-completion uninstall dist fresh format clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

-include $(OBJECTS:.o=.d) $(DEBUG_OBJECTS:.o=.d) $(wildcard $(BUILD)/programs/*.d) \
  $(wildcard $(BUILD)/tests/*.d) $(wildcard $(BUILD)/tests/*/*.d)

endif
