# SPDX-License-Identifier: GPL-2.0-only
#
# bitproof. 'make help' says what there is.

# Asked for only by targets that need a tree: the first time it is a download.
KERNEL	?= $(shell scripts/fetch-kernel.sh 6.12)
SECONDS	?= 45
O	?= build
# What is made from KERNEL; another place for each tree lets trees take turns.
TREE_O	?= $(O)
SAN	?=
CLANG	?= clang
ifeq ($(origin CC),default)
CC	:= gcc
endif
JOBS	?= $(shell nproc)

# Local builds use what this machine has; builds that move elsewhere set MARCH=
ifeq ($(origin MARCH),undefined)
MARCH	:= $(shell grep -qs avx2 /proc/cpuinfo && echo -march=x86-64-v3)
endif
OPT	?= -O2
WARN	:= -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers \
	   -Wstrict-prototypes -Wmissing-prototypes
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
	   -fno-omit-frame-pointer)
BASE	= -std=gnu11 -g $(OPT) $(MARCH) $(SANFLAGS) $(EXTRA)
INC	:= -Isrc -Iharness -Isubjects
BUILD	= $(CC) $(BASE) $(WARN) $(INC) -MMD -MP
# What a program is made of: not the headers among its prerequisites, nor what a test
# includes.
LINKED	= $(filter-out %.h tests/../%,$^)

LIB	:= $(O)/libbitproof.a
LIB_OBJ	:= $(patsubst %.c,$(O)/%.o,$(wildcard src/*.c))
CASE	:= $(patsubst %,$(O)/harness/%.o,casefile report reproducer folder)
SUBJECT	:= $(TREE_O)/subject
SUBJ	:= $(patsubst %,$(SUBJECT)/subject-%.o,x86_64 arm64 s390x) \
	   $(O)/subjects/self.o

#	   name			    what it is linked from
EVI	:= $(TREE_O)/emu_vs_interp
STRADDLE := $(patsubst %,$(O)/harness/%.o,straddle_compare straddle_pages)
EVI_OBJ	:= $(patsubst %,$(O)/harness/%.o,emu_vs_interp infile finding watch crash \
	   driver picture records) \
	   $(STRADDLE) $(CASE) $(SUBJ) $(LIB)
ASM	:= $(O)/bitproof-asm
FIND	:= $(O)/bitproof-finding
CAPTURE	:= $(O)/capture
EXPORT	:= $(O)/export-corpus
STRADDLE_NATIVE := $(O)/straddle_native
EVK	:= $(O)/emu_vs_kernel
EVK_LIES := $(O)/lies/emu_vs_kernel
# Tasks under test have no thread state that a sanitizer could live on.
NATIVE	:= $(if $(SAN),,$(EVK) $(EVK_LIES))
LIBSEC	:= $(O)/make-libseccomp
BENCH	:= $(O)/bench
BENCH_STRADDLE := $(O)/bench-straddle
PROGS	:= $(EVI) $(ASM) $(FIND)

UNIT	:= $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/unit_*.c))
OVERKERNEL := $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/kernel_*.c))
FOREIGN	:= $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/foreign_*.c))
TESTS	:= $(UNIT) $(OVERKERNEL) $(FOREIGN)
SCRIPTS	:= $(wildcard tests/*.sh)

all: $(PROGS)

help:
	@echo 'gate      does a kernel tree hold the property? KERNEL=path SECONDS=$(SECONDS)'
	@echo '          GATE="--user-only", "--arch LIST", "--guest-seconds N"'
	@echo 'native    does the kernel that runs here hold it? SECONDS=$(SECONDS)'
	@echo 'test      all tests, with sanitizers; installs what they need'
	@echo 'test-gate the gate as kernel developers use it: builds kernels, half an hour'
	@echo 'check     the tests of one build, O=$(O) SAN=$(SAN)'
	@echo 'corpus-check  each case of corpus/regress fails with the bugs that it names'
	@echo 'corpus-check-guests  the same of booted kernels'
	@echo 'straddle  the other design as an oracle: user space, and KVM guests; PROBES=$(PROBES)'
	@echo 'mutants   every seeded bug: found, by what, and how fast'
	@echo 'mutants-guests  the same of booted kernels, half an hour'
	@echo 'bench     speed, as ratios against peers in the same run'
	@echo 'bench-guest  the same in guests; builds their kernels'
	@echo 'coverage  lines and branches of src/ that the tests reach'
	@echo 'coverage-kernel  those of the kernel that the corpus reaches'
	@echo 'fuzz      the libFuzzer targets, $(O)/fuzz/; FUZZERS=NAME builds one'
	@echo 'afl       the AFL++ targets and their mutator, $(O)/afl/'
	@echo 'campaign  AFL++ with all processors; CAMPAIGN="--seconds N" or other options'
	@echo 'triage    what are the crashes and findings in DIR? into OUT=bitproof-triage'
	@echo 'corpus-merge  what is new in DIR="QUEUE...", as cases, into OUT=bitproof-merged'
	@echo 'guided    stacks by what the kernel runs, in guests with KCOV, from DIR="QUEUE..." too;'
	@echo '          into OUT=bitproof-guided; ARCHES="$(ARCHES)"'
	@echo 'test-guided  the tests of that; builds kernels'
	@echo 'yardstick  how long each fuzzer takes to find seeded bugs; a day, or YARDSTICK="--bugs NAME..."'
	@echo 'oss-fuzz-check  the contract of OSS-Fuzz, without its containers'
	@echo 'seeds     corpus/ as raw inputs for fuzzers, $(O)/seeds/'
	@echo 'export-selftest  the regression corpus and the straddling probe as kselftests, into DEST=tree'
	@echo 'test-selftest  that test in trees and in guests, with bugs too'
	@echo 'format    clang-format over the lines that differ from the last commit'
	@echo 'clean     remove $(O)'
	@echo
	@echo 'KERNEL    $(if $(filter file,$(origin KERNEL)),the tree of linux-source-6.12 in Debian,$(KERNEL))'
	@echo 'CC        $(CC) $(OPT) $(MARCH)'

# ---- setup, the main job, the tests -----------------------------------------

gate:
	@scripts/gate.sh $(if $(filter file command% environment%,$(origin KERNEL)),--kernel $(KERNEL)) \
	  --seconds $(SECONDS) $(GATE)

test:
	@scripts/setup.sh build test fuzz capture guest
	@scripts/test.sh

# The gate as kernel developers use it; builds kernels.
test-gate:
	@scripts/setup.sh build test capture guest
	@prove --timer tests/heavy/gate.sh

# The exported selftest in trees and in guests; builds their kernels.
test-selftest: $(EXPORT)
	@scripts/setup.sh build test guest
	@prove --timer tests/heavy/selftest.sh

# The kernel that runs here; no privilege needed.
native: $(EVK)
	@$(EVK) --seconds $(SECONDS) --findings bitproof-findings corpus

corpus-check:
	@scripts/setup.sh build
	@scripts/corpus-check.py

corpus-check-guests:
	@scripts/setup.sh build guest
	@scripts/corpus-check.py --guests

# A drop-in directory for tools/testing/selftests of a kernel tree.
export-selftest: $(EXPORT)
	$(if $(DEST),,$(error DEST is the kernel tree that gets the test))
	@O=$(O) scripts/export-selftest.sh '$(DEST)'

# The page-straddling probe, in user space and as KVM guest code.
PROBES	?= 60000
straddle:
	@scripts/setup.sh build guest capture
	@$(MAKE) -s $(EVI) $(STRADDLE_NATIVE) seeds
	@$(EVI) --straddle --seconds $(SECONDS) --jobs $(JOBS) --findings bitproof-findings \
	  corpus $(FILTERS)
	@$(STRADDLE_NATIVE) --stacks 2000 --findings bitproof-findings corpus $(FILTERS)
	@scripts/straddle.sh --kernel $(KERNEL) --probes $(PROBES) --files $(O)/seeds \
	  $(FILTERS:%=--files %)

mutants:
	@scripts/setup.sh build test
	@scripts/mutants.py
	@scripts/mutants.py --straddle

mutants-guests:
	@scripts/setup.sh build guest
	@scripts/mutants.py --guests

coverage:
	@scripts/setup.sh build test
	@O=$(O) CLANG=$(CLANG) scripts/coverage.sh $(KERNEL)

# And that what is missing would be told.
coverage-kernel:
	@scripts/setup.sh build test
	@O=$(O) CLANG=$(CLANG) scripts/kernel-coverage.sh $(KERNEL)
	@O=$(O) KERNEL=$(KERNEL) prove --timer tests/heavy/kernel_coverage.sh

check: $(TESTS) $(PROGS) $(STRADDLE_NATIVE) $(O)/bpf_asm $(O)/scmp_bpf_sim $(NATIVE)
	@O=$(O) KERNEL=$(KERNEL) BPF_ASM=$(O)/bpf_asm BITPROOF_ASM=$(ASM) \
	  SCMP_BPF_SIM=$(abspath $(O)/scmp_bpf_sim) prove --timer $(TESTS) $(SCRIPTS)

tests: $(TESTS) $(PROGS) $(STRADDLE_NATIVE) $(O)/bpf_asm $(NATIVE)
unit: $(UNIT)

# FILTERS are the real ones that take part: files, or directories of them.
FILTERS	?= $(shell scripts/capture-filters.sh)
bench:
	@scripts/setup.sh build test capture
	@$(MAKE) -s $(BENCH) $(BENCH_STRADDLE) $(O)/scmp_bpf_sim
	@SCMP_BPF_SIM=$(O)/scmp_bpf_sim $(BENCH) $(FILTERS)
	@$(MAKE) -s fuzz seeds
	@scripts/bench-fuzz.sh $(TREE_O)/$(FUZZ)/emu_vs_interp $(O)/seeds
	@$(BENCH_STRADDLE)
	@scripts/bench-guest.sh

# Builds the kernels that bench leaves out.
bench-guest:
	@scripts/setup.sh guest
	@scripts/bench-guest.sh --build

# ---- the library: pure, and freestanding ------------------------------------

lib: $(LIB)

$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(BUILD) -std=c11 -ffreestanding -c $< -o $@

# Their loops are vector code only at this level.
$(addprefix $(O)/src/,batch.o compare.o set_oracle.o): OPT := -O3

$(O)/harness/%.o: harness/%.c
	@mkdir -p $(@D)
	$(BUILD) $(COV) -c $< -o $@

# It has the other file in it.
$(O)/harness/reproducer.o: harness/reproducer_body.c

$(O)/subjects/%.o: subjects/%.c
	@mkdir -p $(@D)
	$(BUILD) -c $< -o $@

# ---- the kernel's functions, from the tree ----------------------------------

# The emulator's loop: what is best for one compiler is not for the other.
$(SUBJECT)/release: OPT := $(if $(findstring clang,$(CC)),-O2,-O3)

# build.sh leaves what has not changed, so it may be asked every time.
$(SUBJECT)/release: FORCE
	@CC='$(CC)' CFLAGS='$(BASE) $(COV)' subjects/build.sh '$(KERNEL)' $(SUBJECT)

$(SUBJECT)/subject-%.o: $(SUBJECT)/release
	@:

# ---- programs ---------------------------------------------------------------

$(EVI): $(EVI_OBJ)
	$(CC) $(BASE) $(LINKED) -o $@

$(ASM): tools/bitproof-asm.c $(CASE) $(LIB)
	$(BUILD) $(LINKED) -o $@

$(FIND): tools/bitproof-finding.c $(O)/harness/finding.o $(CASE) $(LIB)
	$(BUILD) $(LINKED) -o $@

$(STRADDLE_NATIVE): $(patsubst %,$(O)/harness/%.o,straddle_native native infile finding) \
	   $(STRADDLE) $(CASE) $(SUBJ) $(LIB)
	$(CC) $(BASE) $(LINKED) -o $@

$(CAPTURE): tools/capture.c $(LIB)
	$(BUILD) $(LINKED) -o $@

$(EXPORT): tools/export-corpus.c $(CASE) $(LIB)
	$(BUILD) $(LINKED) -o $@

$(LIBSEC): tools/make-libseccomp.c $(LIB)
	$(BUILD) $(LINKED) -lseccomp -o $@

$(BENCH): bench/bench.c $(SUBJ) $(LIB)
	$(BUILD) $(LINKED) -lpcap -o $@

$(BENCH_STRADDLE): bench/straddle.c $(STRADDLE) $(LIB)
	$(BUILD) $(LINKED) -o $@

$(O)/bpf_asm:
	@mkdir -p $(@D)
	scripts/build-bpf-asm.sh '$(KERNEL)' $@

# Static, for this machine and for guests: the same binary is their init.
EVK_SRC	:= $(patsubst %,harness/%.c,emu_vs_kernel worker summary guest_records inputs infile modes \
	   versus shifts plan callable outcome outcome_watched scenario audit \
	   task compat kcov guided entry bits module contain guest_init finding folder report casefile reproducer) \
	   $(wildcard harness/scenario_*.c) \
	   $(wildcard src/*.c)
EVK_SRC	+= harness/bench_kernel.c
EVK_BUILD = -static -std=gnu11 -g $(OPT) $(WARN) -Isrc -Iharness \
	    -DRUNNER_FILE='"$(RUNNER)"'
GUESTS	:= $(patsubst %,$(O)/guest/emu_vs_kernel-%,x86_64 arm64 s390x)

CROSS_x86_64	?= x86_64-linux-gnu-
CROSS_arm64	?= aarch64-linux-gnu-
CROSS_s390x	?= s390x-linux-gnu-

# The 32-bit program in it that makes compat tasks, at an address of its own
# (harness/compat/orders.h).
RUNNER_CC_x86_64 ?= $(CROSS_x86_64)gcc -m32
RUNNER_CC_arm64	 ?= arm-linux-gnueabihf-gcc -marm
RUNNER_CC_s390x	 ?= $(CROSS_s390x)gcc -m31
RUNNERS	:= $(patsubst %,$(O)/guest/runner-%,x86_64 arm64 s390x)
RUNNER_BUILD = -std=gnu11 -O2 $(WARN) -ffreestanding -fno-pic \
	   -fno-stack-protector -fno-asynchronous-unwind-tables -Isrc \
	   -nostdlib -static -no-pie -Wl,--build-id=none,-z,noexecstack \
	   -Wl,-Ttext-segment=0x10000000
HERE	:= $(or $(filter x86_64 s390x,$(shell uname -m)),arm64)
EVK_H	:= $(wildcard src/*.h harness/*.h harness/compat/*.h kernel/module/*.h)

guests: $(GUESTS)

# For scripts: the prefix of its tools.
cross-%:
	@echo $(CROSS_$*)

$(RUNNERS): $(O)/guest/runner-%: harness/compat/runner.c harness/compat/arch.c \
	   $(wildcard harness/compat/*.h) src/types.h
	@mkdir -p $(@D)
	$(RUNNER_CC_$*) $(RUNNER_BUILD) $(LINKED) -o $@

$(EVK) $(EVK_LIES): RUNNER = $(O)/guest/runner-$(HERE)
$(EVK) $(EVK_LIES): $(O)/guest/runner-$(HERE)

$(EVK): $(EVK_SRC) $(EVK_H)
	@mkdir -p $(@D)
	$(CC) $(EVK_BUILD) $(MARCH) $(EVK_SRC) -o $@

# What has the options and the board; the rest serves other programs too.
EVK_MAIN := $(patsubst %,harness/%.c,emu_vs_kernel worker summary guest_records inputs infile guided)

# The same with a reference that lies.
LIES	:= outcome_expected outcome_in_scenario outcome_traced outcome_listened \
	   outcome_logged scenario_look plan_attach bits_read compat_collect \
	   stack_admits_blinded

$(EVK_LIES): $(EVK_SRC) tests/native_lies.c $(EVK_H)
	@mkdir -p $(@D)
	$(CC) $(EVK_BUILD) $(MARCH) $(LIES:%=-Wl,--wrap=%) $(EVK_SRC) tests/native_lies.c -o $@

$(GUESTS): RUNNER = $(O)/guest/runner-$*
# QEMU without KVM is faster with plain instructions than with vector ones.
$(GUESTS): $(O)/guest/emu_vs_kernel-%: $(EVK_SRC) $(O)/guest/runner-% $(EVK_H)
	@mkdir -p $(@D)
	$(CROSS_$*)gcc $(EVK_BUILD) -fno-tree-vectorize $(EVK_SRC) -o $@

# For tests/guest/scenarios.sh: many runs in one guest.
LIES_INIT := main getpid guest_init guest_exit module_load
LYING	:= $(patsubst %,$(O)/guest/lies-%,x86_64 arm64 s390x)
$(LYING): RUNNER = $(O)/guest/runner-$*
$(LYING): $(O)/guest/lies-%: $(EVK_SRC) tests/native_lies.c tests/guest/lies_init.c \
	   $(O)/guest/runner-% $(EVK_H)
	@mkdir -p $(@D)
	$(CROSS_$*)gcc $(EVK_BUILD) $(LIES:%=-Wl,--wrap=%) $(LIES_INIT:%=-Wl,--wrap=%) $(EVK_SRC) \
	  tests/native_lies.c tests/guest/lies_init.c -o $@

# Init of guests that run a selftest, see scripts/straddle.sh.
SELFTEST_INITS := $(patsubst %,$(O)/guest/selftest_init-%,x86_64 arm64)
$(SELFTEST_INITS): $(O)/guest/selftest_init-%: harness/selftest_init.c harness/guest_init.c \
	   harness/guest_init.h
	@mkdir -p $(@D)
	$(CROSS_$*)gcc $(EVK_BUILD) $(LINKED) -o $@

# Inits of tests/guest/module.sh.
MODULE_TESTS := $(patsubst %,$(O)/guest/module_%,$(foreach a,x86_64 arm64 s390x,init-$a lies-$a))
$(MODULE_TESTS): $(EVK_SRC) $(EVK_H) $(wildcard tests/guest/module_*.c)

$(O)/guest/module_init-%: RUNNER = $(O)/guest/runner-$*
$(O)/guest/module_init-%: tests/guest/module_init.c $(O)/guest/runner-%
	$(CROSS_$*)gcc $(EVK_BUILD) $(filter-out $(EVK_MAIN),$(EVK_SRC)) $< -o $@

$(O)/guest/module_lies-%: RUNNER = $(O)/guest/runner-$*
$(O)/guest/module_lies-%: tests/guest/module_lies.c $(O)/guest/runner-%
	$(CROSS_$*)gcc $(EVK_BUILD) -Wl,--wrap=module_bits $(EVK_SRC) $< -o $@

# Of libseccomp's source package; Debian has it in no binary one.
$(O)/scmp_bpf_sim:
	@mkdir -p $(@D)
	scripts/build-scmp-sim.sh $@

seeds: $(ASM)
	@mkdir -p $(O)/seeds
	@cd corpus && $(abspath $(ASM)) -O $(abspath $(O))/seeds *.bpf */*.bpf

# ---- tests ------------------------------------------------------------------

$(UNIT): $(O)/tests/%: tests/%.c $(CASE) $(LIB)
	@mkdir -p $(@D)
	$(BUILD) $(LINKED) -o $@

$(OVERKERNEL): $(O)/tests/%: tests/%.c $(STRADDLE) $(CASE) $(SUBJ) $(LIB)
	@mkdir -p $(@D)
	$(BUILD) $(LINKED) -o $@

$(FOREIGN): $(O)/tests/%: tests/%.c $(CASE) $(SUBJ) $(LIB)
	@mkdir -p $(@D)
	$(BUILD) $(LINKED) -lpcap -lseccomp -o $@

# ---- fuzzers ----------------------------------------------------------------

# Targets of harness/fuzz.h; the first two are faces of harness/emu_vs_interp.c.
# Objects are the same for all fuzzers: they differ in what they are linked with.
TARGETS	:= emu_vs_interp emu_vs_interp_stacked fuzz_checker fuzz_set_oracle fuzz_text
# The subject and the harness have it; of the library what a target is about.
FEEDBACK := -fsanitize-coverage=inline-bool-flag,pc-table
SAN_DIR	:= $(if $(SAN),-$(if $(findstring memory,$(SAN)),msan,asan))
FUZZ	:= fuzz$(SAN_DIR)
AFL	:= $(TREE_O)/afl$(SAN_DIR)
FUZZED	:= $(MAKE) -s O=$(O)/$(FUZZ)/o TREE_O=$(TREE_O)/$(FUZZ)/o CC=$(CLANG) \
	   EXTRA='$(EXTRA) -DFUZZER -fPIC' COV='$(FEEDBACK)'

fuzz:
	+@$(FUZZED) LINKED_O=$(TREE_O)/$(FUZZ) LINK_FUZZER='$(CLANG) -fsanitize=fuzzer' fuzzers

# After it, not beside it: they share the objects.
afl: fuzz
	+@$(FUZZED) LINKED_O=$(AFL) LINK_FUZZER='AFL_QUIET=1 afl-clang-fast -fsanitize=fuzzer' \
	  fuzzers $(AFL)/mutator.so

# The same without a fuzzer, to compare them with.
blind: fuzz
	+@$(FUZZED) LINKED_O=$(TREE_O)/blind LINK_FUZZER='$(CLANG) -Isrc harness/blind.c' fuzzers

.PHONY: targets oss-fuzz-check campaign triage corpus-merge blind yardstick guided test-guided

targets:
	@echo $(TARGETS)

oss-fuzz-check:
	@scripts/setup.sh build test fuzz
	@scripts/oss-fuzz-check.sh

campaign:
	@scripts/setup.sh build test fuzz
	@scripts/afl-campaign.sh $(CAMPAIGN)

triage:
	$(if $(DIR),,$(error DIR is what has the inputs))
	@scripts/setup.sh build
	@$(MAKE) -s $(EVI)
	@scripts/triage.py --program $(EVI) '$(DIR)' $(OUT)

corpus-merge:
	$(if $(DIR),,$(error DIR is what has the inputs, or several such folders))
	@scripts/setup.sh build test fuzz
	@$(MAKE) -s FUZZERS=emu_vs_interp $(ASM) fuzz
	@O=$(O) scripts/corpus-merge.py --target $(TREE_O)/fuzz/emu_vs_interp \
	  $(or $(OUT),bitproof-merged) $(DIR)

yardstick:
	@scripts/setup.sh build test fuzz
	@scripts/yardstick.py $(YARDSTICK)

# In kernels with KCOV, which it builds. DIR may have patterns, such as */queue.
ARCHES	?= x86_64
guided:
	@scripts/setup.sh build guest
	@scripts/guests.sh --kernel $(KERNEL) --guided $(or $(OUT),bitproof-guided) \
	  --seconds $(SECONDS) --files corpus \
	  $(foreach dir,$(DIR),$(patsubst %,--files %,$(or $(wildcard $(dir)),$(dir)))) $(ARCHES)

test-guided:
	@scripts/setup.sh build test guest
	@KERNEL=$(KERNEL) prove --timer tests/heavy/guided.sh

# One fuzz target is FUZZERS=name, or all.
FUZZERS	?= $(TARGETS)
LINKED_O ?= $(O)/linked
fuzzers: $(FUZZERS:%=$(LINKED_O)/%)

COMMON_OBJ := $(patsubst %,$(O)/harness/%.o,fuzz feedback mutator) $(CASE)
$(LINKED_O)/emu_vs_interp $(LINKED_O)/emu_vs_interp_stacked: $(LINKED_O)/%: \
	  $(O)/harness/%.o $(O)/harness/finding.o $(COMMON_OBJ) $(SUBJ) $(LIB)
$(LINKED_O)/fuzz_checker: $(O)/harness/fuzz_checker.o $(COMMON_OBJ) $(SUBJ) $(LIB)
$(LINKED_O)/fuzz_set_oracle: $(patsubst %,$(O)/%.o,harness/fuzz_set_oracle covered/set_oracle \
	  covered/emulator covered/emulator_full) $(COMMON_OBJ) $(LIB)
$(LINKED_O)/fuzz_text: $(patsubst %,$(O)/%.o,harness/fuzz_text covered/text_scan \
  covered/text_assemble covered/text_print) $(COMMON_OBJ) $(LIB)

$(TARGETS:%=$(LINKED_O)/%):
	@mkdir -p $(@D)
	$(LINK_FUZZER) $(BASE) $(LINKED) $(LIB_FUZZER) -o $@

$(O)/harness/emu_vs_interp_stacked.o: harness/emu_vs_interp.c
	@mkdir -p $(@D)
	$(BUILD) $(COV) -DLEAST_FILTERS=2 -c $< -o $@

$(O)/covered/%.o: src/%.c
	@mkdir -p $(@D)
	$(BUILD) $(COV) -c $< -o $@

$(LINKED_O)/mutator.so: harness/afl_mutator.c harness/mutator.c $(LIB)
	@mkdir -p $(@D)
	$(BUILD) -shared $(LINKED) -o $@

# ---- the rest ---------------------------------------------------------------

# Not over what others wrote: tables in it are aligned by hand.
format:
	git clang-format --force

clean:
	rm -rf $(O)

FORCE:
.PHONY: all help gate test test-gate native straddle guests corpus-check corpus-check-guests export-selftest test-selftest mutants mutants-guests check tests unit bench bench-guest coverage coverage-kernel lib seeds fuzz afl fuzzers format clean FORCE
.SECONDARY:

-include $(shell find $(O) -name '*.d' 2>/dev/null)
