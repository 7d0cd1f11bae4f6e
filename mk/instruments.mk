# SPDX-License-Identifier: MIT
# Builds under instruments: sanitizers, valgrind, coverage, fuzzers, benchmarks. Included by Makefile.

# One build per instrument, in a folder of its own: $(1) folder, $(2) flags. Time limits of the runs
# are stretched.
instrumented = $(MAKE) --no-print-directory BUILD=build/$(1) CFLAGS='$(2)' KERNEL_SPEED=

SLOW     := -O1 -g -fno-omit-frame-pointer
SANITIZE := $(SLOW) -fsanitize=address,undefined -fno-sanitize-recover=all
# Without tests of numbers alone (tests/support/suite.h), for time.
sanitize: ## the suites under AddressSanitizer and UndefinedBehaviorSanitizer
	+@$(call instrumented,asan,$(SANITIZE)) $(PARALLEL) suites
	+@CK_EXCLUDE_TAGS=numeric CK_TIMEOUT_MULTIPLIER=10 UBSAN_OPTIONS=print_stacktrace=1 \
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
FUZZ_NAMES  := npy npz safetensors idx cifar state checkpoint calls
FUZZ_RUNS   := $(FUZZ_NAMES:%=fuzz-run-%)
fuzz: ## RUNS (100000) malformed files of each kind, and sequences of calls, under sanitizers
ifneq (,$(findstring clang,$(shell $(CC) --version 2>/dev/null)))
	+@$(call instrumented,fuzz-clang,$(FUZZ_CFLAGS) $(FUZZ_SMALL) -fsanitize=fuzzer-no-link) \
	  DENSE_CFLAGS=-fno-sanitize-coverage=trace-cmp $(PARALLEL) fuzz-runs
$(BUILD)/fuzz/%: tests/fuzz/libfuzzer.c $(wildcard tests/fuzz/*.h) $(DEBUG_ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests $(CHECK_CFLAGS) -fsanitize=fuzzer -DFUZZ_TARGET=$* $(LDFLAGS) -o $@ $< \
	  $(DEBUG_ARCHIVE) $(CHECK_LIBS) $(LIBS)
$(FUZZ_RUNS): fuzz-run-%: $(BUILD)/fuzz/%
	@mkdir -p $(BUILD)/fuzz/found/$*
	$< -runs=$(RUNS) -seed=$(SEED) -max_len=4096 -verbosity=0 -print_final_stats=1 \
	  -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/found/$* $(wildcard tests/fuzz/corpus/$*)
else
	+@$(call instrumented,fuzz,$(FUZZ_CFLAGS) $(FUZZ_SMALL)) $(PARALLEL) fuzz-runs
$(BUILD)/fuzz/driver: tests/fuzz/driver.c $(wildcard tests/fuzz/*.h) $(DEBUG_ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests $(CHECK_CFLAGS) $(LDFLAGS) -o $@ $< $(DEBUG_ARCHIVE) $(CHECK_LIBS) $(LIBS)
$(FUZZ_RUNS): fuzz-run-%: $(BUILD)/fuzz/driver
	@$(FUZZ_MALLOC) $< $* $(RUNS) $(SEED)
endif
fuzz-runs: $(FUZZ_RUNS)

# Without assertions: their failing side cannot be reached. Counters are atomic, or threads
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
$(BUILD)/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h) $(LIB)/libnc.a $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L $(WARN) -Iinclude $(CFLAGS) -O3 $(LDFLAGS) -o $@ $< \
	  $(LIB)/libnc.a $(LIBS)

bench: ## measure the speed, side by side with PyTorch where it is installed
	$(SUBMAKE) $(BENCHES)
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/bench/bench.py $(BUILD)/bench
