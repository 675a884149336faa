# SPDX-License-Identifier: GPL-2.0-only
# bitproof: see README.md, or 'make help'.

KERNEL	 ?= $(shell scripts/fetch-kernel.sh 6.12)
O	 ?= build
SAN	 ?=
CC	 ?= gcc
CLANG	 ?= clang

WARN	 := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes \
	    -Wno-unused-parameter
OPT	 ?= -O2
CFLAGS	 += -std=gnu11 -g $(OPT) $(WARN) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
DEPFLAGS  = -MMD -MP

SRC	 := $(wildcard src/*.c)
LIB	 := $(O)/libbitproof.a

all: lib
lib: $(LIB)

$(LIB): $(SRC:%.c=$(O)/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=c11 -ffreestanding $(DEPFLAGS) -c $< -o $@

-include $(shell find $(O) -name '*.d' 2>/dev/null)

.PHONY: all lib
