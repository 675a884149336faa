/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters as text, in the language of the kernel's tools/bpf/bpf_asm.
 *
 * What bpf_asm accepts, text_assemble() turns into the same bytes. What
 * text_print() writes, both read back to the same filter, with additions that
 * stand where the language has no words:
 *
 *	; !jt=1 jf=2 k=0x3	a comment to bpf_asm. It sets fields that the
 *				instruction before it does not use and that
 *				bpf_asm would leave 0
 *	; !repeat=N		the instruction before it stands there N times,
 *				so that a filter of 4096 can be read. bpf_asm
 *				has it once; text_print() never writes it
 *	.insn code, jt, jf, k	an instruction that the language cannot say.
 *				bpf_asm refuses it, as the kernel would
 */
#ifndef BITPROOF_TEXT_H
#define BITPROOF_TEXT_H

#include "filter.h"

/* Room that text_print() needs for any filter of @len instructions. */
#define TEXT_MAX_SIZE(len) (96 * (size_t)(len) + 1)

struct text_error {
	u32 line;	  /* counted from 1 */
	const char *what; /* static, without a full stop */
};

/*
 * text_assemble - from text to instructions
 * @text: @size bytes, need not be terminated
 * @max: room in @insns; more than INPUT_MAX_INSNS is not used
 *
 * Returns the number of instructions, which may be 0; -EINVAL with *@error
 * set. As in bpf_asm, a conditional jump reaches over at most 255
 * instructions and only forward, while a ja may have any label; of labels with
 * the same name the first one counts.
 */
int text_assemble(const char *text, size_t size, struct sock_filter *insns,
		  u32 max, struct text_error *error);

/*
 * text_print - from instructions to text, one line each, terminated
 * @f: any filter, valid or not, up to INPUT_MAX_INSNS
 *
 * Returns the length without the final zero, or -ENOSPC.
 */
int text_print(const struct filter *f, char *text, size_t max);

#endif
