# SPDX-License-Identifier: MIT
# The only build of libnc. `make help` lists the targets.

VERSION   := 0.1.0
SOVERSION := 0.1

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
BUILD      ?= build

CC      ?= cc
AR      ?= ar
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
PKG_CONFIG ?= pkg-config

# Any CBLAS/LAPACKE pair: the provider is chosen by the system's linker, never by name.
BLAS_LIBS ?= $(shell $(PKG_CONFIG) --libs lapacke lapack blas 2>/dev/null || echo -llapacke -llapack -lblas)
LIBS      := $(BLAS_LIBS) -lz -lm -lpthread -ldl

ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -fPIC -fvisibility=hidden $(WARN) -Iinclude -Isrc $(CFLAGS) -MMD -MP

VARIANT_SOURCES := src/linalg/kernels.c src/linalg/softmax.c
SOURCES := $(filter-out $(VARIANT_SOURCES),$(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)

# Kernels are compiled once per scalar type and instruction set.
ISAS := baseline
ifneq (,$(filter x86_64-% amd64-%,$(shell $(CC) -dumpmachine)))
ISAS += avx2 avx512
endif
ISA_FLAGS_baseline :=
ISA_FLAGS_avx2     := -mavx2 -mfma
ISA_FLAGS_avx512   := -mavx512f -mavx512dq -mavx512vl -mavx2 -mfma -mprefer-vector-width=512
KERNELS := $(foreach source,$(VARIANT_SOURCES:%.c=%),$(foreach isa,$(ISAS),\
             $(BUILD)/$(source)_f64_$(isa).o $(BUILD)/$(source)_f32_$(isa).o))
OBJECTS += $(KERNELS)

all: lib/libnc.a lib/libnc.so

$(BUILD)/src/base/random.o: EXTRA_CFLAGS := -ffp-contract=off
$(BUILD)/src/linalg/tables.o: EXTRA_CFLAGS := $(if $(filter avx512,$(ISAS)),-DNC__HAVE_X86_KERNELS)

$(BUILD)/src/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -c -o $@ $<

# $(1) source without .c, $(2) type, $(3) bits, $(4) instruction set
define kernel_rule
$(BUILD)/$(1)_$(2)_$(4).o: $(1).c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) -O3 -fopenmp-simd -ffp-contract=fast -fno-trapping-math $$(ISA_FLAGS_$(4)) \
	  -DNC__REAL_BITS=$(3) -DNC__ISA=$(4) -c -o $$@ $$<
endef
$(foreach source,$(VARIANT_SOURCES:%.c=%),$(foreach isa,$(ISAS),\
  $(eval $(call kernel_rule,$(source),f64,64,$(isa)))$(eval $(call kernel_rule,$(source),f32,32,$(isa)))))

lib/libnc.a: $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $(OBJECTS)

lib/libnc.so.$(SOVERSION): $(OBJECTS) lib/libnc.map
	$(CC) -shared -Wl,-soname,libnc.so.$(SOVERSION) -Wl,--version-script=lib/libnc.map \
	  -Wl,-Bsymbolic-functions -Wl,-z,defs $(LDFLAGS) -o $@ $(OBJECTS) $(LIBS)

lib/libnc.so: lib/libnc.so.$(SOVERSION)
	ln -sf libnc.so.$(SOVERSION) $@

# ---- tests: one program per suite, linked with the archive so that internals can be reached
CHECK_CFLAGS = $(shell $(PKG_CONFIG) --cflags check)
CHECK_LIBS   = $(shell $(PKG_CONFIG) --libs check)
SUITES := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))

$(BUILD)/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests $(CHECK_CFLAGS) -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o lib/libnc.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< lib/libnc.a $(CHECK_LIBS) $(LIBS)

suites: $(SUITES:%=$(BUILD)/tests/%)

check: all suites
	@set -e; for suite in $(SUITES); do echo "== $$suite"; $(BUILD)/tests/$$suite; done

# ---- examples
EXAMPLES := $(patsubst examples/%.c,%,$(wildcard examples/*.c))

$(BUILD)/examples/%: examples/%.c $(wildcard examples/*.h) lib/libnc.a
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L $(WARN) -Iinclude $(CFLAGS) $(LDFLAGS) -o $@ $< lib/libnc.a $(LIBS)

examples: $(EXAMPLES:%=$(BUILD)/examples/%)

clean:
	rm -rf $(BUILD) lib/libnc.a lib/libnc.so lib/libnc.so.*

.PHONY: all suites check examples clean
.SECONDARY:

-include $(OBJECTS:.o=.d) $(wildcard $(BUILD)/tests/*.d)
