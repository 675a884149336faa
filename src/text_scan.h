/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text as tokens, as the lexer of the kernel's tools/bpf/bpf_exp.l has them.
 */
#ifndef BITPROOF_TEXT_SCAN_H
#define BITPROOF_TEXT_SCAN_H

#include "filter.h"
#include "text.h"

enum token {
	/* Punctuation and the registers 'a', 'x' and 'M' are themselves. */
	TOKEN_END = 256,
	TOKEN_MNEMONIC, /* value: index */
	TOKEN_EXT,      /* value: k */
	TOKEN_LEN,
	TOKEN_NUMBER,
	TOKEN_LABEL,
	TOKEN_INSN, /* .insn */
};

struct reader {
	const char *text;
	u32 size;
	u32 next;      /* where the next token is looked for */
	u32 next_line; /* and in which line */

	u32 token;
	u32 start; /* where the token is */
	u32 line;
	u32 value;

	/* From a "; !" comment, until an instruction takes it. */
	struct sock_filter extra;
	u32 extra_repeat;
	u32 extra_fields;

	struct text_error *error;
};

/* Both return -EINVAL, with the reader's *@error set; @what is static. */
int scan_fail_at(struct reader *r, u32 line, const char *what);
int scan_fail(struct reader *r, const char *what);

/* Makes the next token the current one. Returns 0, or -EINVAL with *@error set. */
int scan_token(struct reader *r);

/* May @c be in a name? */
bool scan_is_word(char c);

/* The length of the word at @s, of which there are @size bytes; 0 if none. */
u32 scan_word_len(const char *s, u32 size);

#endif
