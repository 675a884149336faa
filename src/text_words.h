/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of the language: what text_assemble.c reads and text_print.c writes.
 */
#ifndef BITPROOF_TEXT_WORDS_H
#define BITPROOF_TEXT_WORDS_H

#include "filter.h"

/* How an operand is written. */
enum form {
	FORM_NONE,
	FORM_CONST,  /* #k */
	FORM_NUMBER, /* k */
	FORM_X,      /* x, %x */
	FORM_A,      /* a, %a */
	FORM_ABS,    /* [k] */
	FORM_IND,    /* [x + k] */
	FORM_CELL,   /* M[k] */
	FORM_LEN,    /* #len */
	FORM_EXT,    /* #type, #cpu, ... */
	FORM_MSH,    /* 4*([k]&0xf) */
	FORMS,
};

/* Forms whose number ends up in k. */
#define FORMS_WITH_K                                                           \
	(1 << FORM_CONST | 1 << FORM_NUMBER | 1 << FORM_ABS | 1 << FORM_IND |  \
	 1 << FORM_CELL | 1 << FORM_EXT | 1 << FORM_MSH)

/* Which labels follow. */
enum targets {
	TARGETS_NONE,
	TARGETS_ALWAYS,     /* one, in k */
	TARGETS_TRUE_FALSE, /* jt, and jf or the next instruction */
	TARGETS_FALSE,      /* jf; if true, the next instruction */
};

struct mnemonic {
	const char *name;
	u16 code;
	u16 forms;
	enum targets targets;
};

#define TEXT_MNEMONICS 33

/* Of names for the same thing, the first is the one that is printed. */
extern const struct mnemonic text_mnemonics[TEXT_MNEMONICS];

/* Fields of an instruction, and what else a "; !" comment sets. */
#define FIELD_JT     1
#define FIELD_JF     2
#define FIELD_K      4
#define FIELD_REPEAT 8

/* The code of an instruction with this operand. */
u16 text_code(const struct mnemonic *m, enum form form);

/* FIELD_... that such an instruction uses. */
u32 text_fields(enum form form, enum targets targets);

#endif
