// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/seccomp.h>

#include "action.h"
#include "input.h"
#include "text.h"
#include "text_words.h"

struct writer {
	char *text;
	size_t max;
	size_t len; /* may become larger than max: then it did not fit */
};

static void put_char(struct writer *w, char c)
{
	if (w->len < w->max)
		w->text[w->len] = c;
	w->len++;
}

static void put(struct writer *w, const char *s)
{
	while (*s)
		put_char(w, *s++);
}

static void put_digits(struct writer *w, u32 value, u32 base)
{
	char digits[10];
	u32 n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		put_char(w, digits[--n]);
}

/* System call numbers read best in decimal, all that is larger in hex. */
static void put_number(struct writer *w, u32 value)
{
	if (value >= 1000)
		put(w, "0x");
	put_digits(w, value, value < 1000 ? 10 : 16);
}

static void put_label(struct writer *w, u32 pc)
{
	put_char(w, 'L');
	put_digits(w, pc, 10);
}

static void put_operand(struct writer *w, enum form form, u32 k)
{
	static const struct {
		const char *before, *after;
	} forms[FORMS] = {
		[FORM_CONST] = { "#", "" },
		[FORM_X] = { "x", "" },
		[FORM_A] = { "a", "" },
		[FORM_ABS] = { "[", "]" },
		[FORM_IND] = { "[x + ", "]" },
		[FORM_CELL] = { "M[", "]" },
		[FORM_LEN] = { "#len", "" },
		[FORM_MSH] = { "4*([", "]&0xf)" },
	};

	put(w, forms[form].before);
	if (FORMS_WITH_K & 1 << form)
		put_number(w, k);
	put(w, forms[form].after);
}

/* An instruction in words. */
struct phrase {
	const struct mnemonic *mnemonic;
	enum form form;
	u32 targets; /* how many of target[] are printed */
	u32 target[2];
};

static bool phrase_find(struct phrase *s, u16 code, bool inverted)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(text_mnemonics); i++) {
		const struct mnemonic *m = &text_mnemonics[i];
		enum form form;

		if (BPF_CLASS(m->code) != BPF_CLASS(code) ||
		    (m->targets == TARGETS_FALSE) != inverted)
			continue;
		for (form = 0; form < FORMS; form++) {
			/* An extension is printed as the [k] that it is. */
			if (form == FORM_EXT || !(m->forms & 1 << form) ||
			    text_code(m, form) != code)
				continue;
			s->mnemonic = m;
			s->form = form;
			return true;
		}
	}
	return false;
}

/* Which labels say jt and jf. One target leaves the other field 0. */
static void phrase_targets(struct phrase *s, const struct sock_filter *insn,
			   u32 pc)
{
	u32 jt = pc + 1 + insn->jt;
	u32 jf = pc + 1 + insn->jf;

	s->targets = 1;
	switch (s->mnemonic->targets) {
	case TARGETS_ALWAYS:
		s->target[0] = pc + 1 + insn->k;
		break;
	case TARGETS_FALSE:
		s->target[0] = jf;
		break;
	case TARGETS_TRUE_FALSE:
		s->target[0] = jt;
		s->target[1] = jf;
		if (insn->jf)
			s->targets = 2;
		break;
	default:
		s->targets = 0;
	}
}

/* Can the language say this instruction? */
static bool phrase_make(struct phrase *s, const struct filter *f, u32 pc)
{
	const struct sock_filter *insn = &f->insns[pc];
	bool inverted =
		BPF_CLASS(insn->code) == BPF_JMP && !insn->jt && insn->jf;
	u32 i;

	/* There is no inverted jset, and nothing to invert in a ja. */
	if (!(inverted && phrase_find(s, insn->code, true)) &&
	    !phrase_find(s, insn->code, false))
		return false;

	phrase_targets(s, insn, pc);
	for (i = 0; i < s->targets; i++) {
		if (s->target[i] >= f->len)
			return false;
	}
	return true;
}

/* Returns whether there was something to say. */
static bool put_extra(struct writer *w, const struct phrase *s,
		      const struct sock_filter *insn)
{
	u32 used = text_fields(s->form, s->mnemonic->targets);
	const struct {
		const char *name;
		u32 field, value;
	} fields[] = {
		{ "jt=", FIELD_JT, insn->jt },
		{ "jf=", FIELD_JF, insn->jf },
		{ "k=", FIELD_K, insn->k },
	};
	bool said = false;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (used & fields[i].field || !fields[i].value)
			continue;
		put(w, said ? " " : "\t; !");
		put(w, fields[i].name);
		put_number(w, fields[i].value);
		said = true;
	}
	return said;
}

static void put_load_remark(struct writer *w, u32 word)
{
	put(w, "\t; ");
	if (word >= SD_ARGS) {
		put(w, "args[");
		put_digits(w, (word - SD_ARGS) / 2, 10);
		put_char(w, ']');
		return;
	}
	put(w, word == SD_NR     ? "nr"
	       : word == SD_ARCH ? "arch"
				 : "instruction_pointer");
}

static void put_return_remark(struct writer *w, u32 ret)
{
	enum verdict verdict = action_verdict(ret);

	put(w, "\t; ");
	if (verdict == VERDICT_KILL_PROCESS &&
	    action_order(ret) != (s32)SECCOMP_RET_KILL_PROCESS) {
		put(w, "unknown action");
		return;
	}
	put(w, verdict_name(verdict));
	if (ret & SECCOMP_RET_DATA) {
		put_char(w, '(');
		put_digits(w, ret & SECCOMP_RET_DATA, 10);
		put_char(w, ')');
	}
}

/* Names for what a reader would have to look up. */
static void put_remark(struct writer *w, const struct sock_filter *insn)
{
	if (insn->code == (BPF_LD | BPF_W | BPF_ABS) && insn->k % 4 == 0 &&
	    insn->k / 4 < SD_WORDS)
		put_load_remark(w, insn->k / 4);
	else if (insn->code == (BPF_RET | BPF_K))
		put_return_remark(w, insn->k);
}

static void put_phrase(struct writer *w, const struct phrase *s,
		       const struct sock_filter *insn)
{
	const char *before = " ";
	u32 i;

	put(w, s->mnemonic->name);
	if (s->form != FORM_NONE) {
		put(w, before);
		put_operand(w, s->form, insn->k);
		before = ", ";
	}
	for (i = 0; i < s->targets; i++) {
		put(w, before);
		put_label(w, s->target[i]);
		before = ", ";
	}
	if (!put_extra(w, s, insn))
		put_remark(w, insn);
}

static void put_raw(struct writer *w, const struct sock_filter *insn)
{
	put(w, ".insn 0x");
	put_digits(w, insn->code, 16);
	put(w, ", ");
	put_digits(w, insn->jt, 10);
	put(w, ", ");
	put_digits(w, insn->jf, 10);
	put(w, ", ");
	put_number(w, insn->k);
}

int text_print(const struct filter *f, char *text, size_t max)
{
	struct writer w = { text, max, 0 };
	bool is_target[INPUT_MAX_INSNS] = { false };
	struct phrase s;
	u32 pc, i;

	if (f->len > INPUT_MAX_INSNS)
		return -ENOSPC;

	for (pc = 0; pc < f->len; pc++) {
		if (!phrase_make(&s, f, pc))
			continue;
		for (i = 0; i < s.targets; i++)
			is_target[s.target[i]] = true;
	}

	for (pc = 0; pc < f->len; pc++) {
		if (is_target[pc]) {
			put_label(&w, pc);
			put_char(&w, ':');
		}
		put_char(&w, '\t');
		if (phrase_make(&s, f, pc))
			put_phrase(&w, &s, &f->insns[pc]);
		else
			put_raw(&w, &f->insns[pc]);
		put_char(&w, '\n');
	}
	put_char(&w, '\0');
	return w.len > max ? -ENOSPC : (int)w.len - 1;
}
