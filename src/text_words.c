// SPDX-License-Identifier: GPL-2.0-only
#include "text_words.h"

/* What a form adds to an instruction's code. */
static const u16 form_code[FORMS] = {
	[FORM_CONST] = BPF_K,
	[FORM_X] = BPF_X,
	[FORM_A] = BPF_A,
	[FORM_ABS] = BPF_ABS,
	[FORM_IND] = BPF_IND,
	[FORM_CELL] = BPF_MEM,
	[FORM_LEN] = BPF_LEN,
	[FORM_EXT] = BPF_ABS,
	[FORM_MSH] = BPF_MSH | BPF_B,
};

#define FORMS_K_X (1 << FORM_CONST | 1 << FORM_X)

const struct mnemonic text_mnemonics[TEXT_MNEMONICS] = {
	{ "ld", BPF_LD | BPF_W,
	  1 << FORM_CONST | 1 << FORM_ABS | 1 << FORM_IND | 1 << FORM_CELL |
		  1 << FORM_LEN | 1 << FORM_EXT, TARGETS_NONE },
	{ "ldh", BPF_LD | BPF_H, 1 << FORM_ABS | 1 << FORM_IND | 1 << FORM_EXT,
	  TARGETS_NONE },
	{ "ldb", BPF_LD | BPF_B, 1 << FORM_ABS | 1 << FORM_IND | 1 << FORM_EXT,
	  TARGETS_NONE },
	{ "ldi", BPF_LD, 1 << FORM_CONST | 1 << FORM_NUMBER, TARGETS_NONE },
	{ "ldx", BPF_LDX,
	  1 << FORM_CONST | 1 << FORM_CELL | 1 << FORM_LEN | 1 << FORM_MSH,
	  TARGETS_NONE },
	{ "ldxb", BPF_LDX, 1 << FORM_MSH, TARGETS_NONE },
	{ "ldxi", BPF_LDX, 1 << FORM_CONST | 1 << FORM_NUMBER, TARGETS_NONE },
	{ "st", BPF_ST, 1 << FORM_CELL, TARGETS_NONE },
	{ "stx", BPF_STX, 1 << FORM_CELL, TARGETS_NONE },

	{ "ja", BPF_JMP | BPF_JA, 1 << FORM_NONE, TARGETS_ALWAYS },
	{ "jmp", BPF_JMP | BPF_JA, 1 << FORM_NONE, TARGETS_ALWAYS },
	{ "jeq", BPF_JMP | BPF_JEQ, FORMS_K_X, TARGETS_TRUE_FALSE },
	{ "jgt", BPF_JMP | BPF_JGT, FORMS_K_X, TARGETS_TRUE_FALSE },
	{ "jge", BPF_JMP | BPF_JGE, FORMS_K_X, TARGETS_TRUE_FALSE },
	{ "jset", BPF_JMP | BPF_JSET, FORMS_K_X, TARGETS_TRUE_FALSE },
	{ "jne", BPF_JMP | BPF_JEQ, FORMS_K_X, TARGETS_FALSE },
	{ "jneq", BPF_JMP | BPF_JEQ, FORMS_K_X, TARGETS_FALSE },
	{ "jlt", BPF_JMP | BPF_JGE, FORMS_K_X, TARGETS_FALSE },
	{ "jle", BPF_JMP | BPF_JGT, FORMS_K_X, TARGETS_FALSE },

	{ "add", BPF_ALU | BPF_ADD, FORMS_K_X, TARGETS_NONE },
	{ "sub", BPF_ALU | BPF_SUB, FORMS_K_X, TARGETS_NONE },
	{ "mul", BPF_ALU | BPF_MUL, FORMS_K_X, TARGETS_NONE },
	{ "div", BPF_ALU | BPF_DIV, FORMS_K_X, TARGETS_NONE },
	{ "mod", BPF_ALU | BPF_MOD, FORMS_K_X, TARGETS_NONE },
	{ "and", BPF_ALU | BPF_AND, FORMS_K_X, TARGETS_NONE },
	{ "or", BPF_ALU | BPF_OR, FORMS_K_X, TARGETS_NONE },
	{ "xor", BPF_ALU | BPF_XOR, FORMS_K_X, TARGETS_NONE },
	{ "lsh", BPF_ALU | BPF_LSH, FORMS_K_X, TARGETS_NONE },
	{ "rsh", BPF_ALU | BPF_RSH, FORMS_K_X, TARGETS_NONE },
	{ "neg", BPF_ALU | BPF_NEG, 1 << FORM_NONE, TARGETS_NONE },

	{ "ret", BPF_RET, 1 << FORM_CONST | 1 << FORM_A | 1 << FORM_X,
	  TARGETS_NONE },
	{ "tax", BPF_MISC | BPF_TAX, 1 << FORM_NONE, TARGETS_NONE },
	{ "txa", BPF_MISC | BPF_TXA, 1 << FORM_NONE, TARGETS_NONE },
};

u16 text_code(const struct mnemonic *m, enum form form)
{
	/* A store has no mode: there is only M[k] to store to. */
	if (form == FORM_CELL && BPF_CLASS(m->code) != BPF_LD &&
	    BPF_CLASS(m->code) != BPF_LDX)
		return m->code;
	return m->code | form_code[form];
}

u32 text_fields(enum form form, enum targets targets)
{
	u32 fields = FORMS_WITH_K & 1 << form ? FIELD_K : 0;

	if (targets == TARGETS_ALWAYS)
		fields |= FIELD_K;
	else if (targets != TARGETS_NONE)
		fields |= FIELD_JT | FIELD_JF;
	return fields;
}
