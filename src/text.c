// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/seccomp.h>

#include "action.h"
#include "input.h"
#include "text.h"

/* How an operand is written. */
enum form {
	FORM_NONE,
	FORM_CONST,  /* #k */
	FORM_NUMBER, /* k */
	FORM_X,	     /* x, %x */
	FORM_A,	     /* a, %a */
	FORM_ABS,    /* [k] */
	FORM_IND,    /* [x + k] */
	FORM_CELL,   /* M[k] */
	FORM_LEN,    /* #len */
	FORM_EXT,    /* #type, #cpu, ... */
	FORM_MSH,    /* 4*([k]&0xf) */
	FORMS,
};

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

/* Forms whose number ends up in k. */
#define FORMS_WITH_K                                                   \
	(1 << FORM_CONST | 1 << FORM_NUMBER | 1 << FORM_ABS |          \
	 1 << FORM_IND | 1 << FORM_CELL | 1 << FORM_EXT | 1 << FORM_MSH)

/* Which labels follow. */
enum targets {
	TARGETS_NONE,
	TARGETS_ALWAYS,	    /* one, in k */
	TARGETS_TRUE_FALSE, /* jt, and jf or the next instruction */
	TARGETS_FALSE,	    /* jf; if true, the next instruction */
};

struct mnemonic {
	const char *name;
	u16 code;
	u16 forms;
	enum targets targets;
};

#define FORMS_K_X (1 << FORM_CONST | 1 << FORM_X)

/* Of names for the same thing, the first is the one that is printed. */
static const struct mnemonic mnemonics[] = {
	{ "ld", BPF_LD | BPF_W,
	  1 << FORM_CONST | 1 << FORM_ABS | 1 << FORM_IND | 1 << FORM_CELL |
		  1 << FORM_LEN | 1 << FORM_EXT, TARGETS_NONE },
	{ "ldh", BPF_LD | BPF_H,
	  1 << FORM_ABS | 1 << FORM_IND | 1 << FORM_EXT, TARGETS_NONE },
	{ "ldb", BPF_LD | BPF_B,
	  1 << FORM_ABS | 1 << FORM_IND | 1 << FORM_EXT, TARGETS_NONE },
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

/* Words that need no '#', but may have one. */
#define WORD_LEN (-1)
static const struct {
	const char *name;
	s32 offset; /* from SKF_AD_OFF */
} words[] = {
	{ "len", WORD_LEN },
	{ "proto", SKF_AD_PROTOCOL },
	{ "type", SKF_AD_PKTTYPE },
	{ "poff", SKF_AD_PAY_OFFSET },
	{ "ifidx", SKF_AD_IFINDEX },
	{ "nla", SKF_AD_NLATTR },
	{ "nlan", SKF_AD_NLATTR_NEST },
	{ "mark", SKF_AD_MARK },
	{ "queue", SKF_AD_QUEUE },
	{ "hatype", SKF_AD_HATYPE },
	{ "rxhash", SKF_AD_RXHASH },
	{ "cpu", SKF_AD_CPU },
	{ "vlan_tci", SKF_AD_VLAN_TAG },
	{ "vlan_pr", SKF_AD_VLAN_TAG_PRESENT },
	{ "vlan_avail", SKF_AD_VLAN_TAG_PRESENT },
	{ "vlan_tpid", SKF_AD_VLAN_TPID },
	{ "rand", SKF_AD_RANDOM },
};

static u16 mnemonic_code(const struct mnemonic *m, enum form form)
{
	/* A store has no mode: there is only M[k] to store to. */
	if (form == FORM_CELL && BPF_CLASS(m->code) != BPF_LD &&
	    BPF_CLASS(m->code) != BPF_LDX)
		return m->code;
	return m->code | form_code[form];
}

/*
 * Reading: tokens
 */

enum token {
	/* Punctuation and the registers 'a', 'x' and 'M' are themselves. */
	TOKEN_END = 256,
	TOKEN_MNEMONIC, /* value: index */
	TOKEN_EXT,	/* value: k */
	TOKEN_LEN,
	TOKEN_NUMBER,
	TOKEN_LABEL,
	TOKEN_INSN, /* .insn */
};

#define FIELD_JT 1
#define FIELD_JF 2
#define FIELD_K	 4
#define FIELD_REPEAT 8

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

static int fail_at(struct reader *r, u32 line, const char *what)
{
	r->error->line = line;
	r->error->what = what;
	return -EINVAL;
}

static int fail(struct reader *r, const char *what)
{
	return fail_at(r, r->line, what);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool is_word(char c)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_';
}

/* The value of a digit in base 16; 16 if it is none. */
static u32 digit_value(char c)
{
	c = lower(c);
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* The length of the word at @s. */
static u32 word_len(const char *s, u32 size)
{
	u32 n = 0;

	while (n < size && is_word(s[n]))
		n++;
	return n;
}

/* The length of @name if the text starts with it, or 0. */
static u32 starts_with(const char *s, u32 size, const char *name)
{
	u32 n;

	for (n = 0; name[n]; n++) {
		if (n >= size || lower(s[n]) != name[n])
			return 0;
	}
	return n;
}

/*
 * Digits of @base up to the first other character. Larger numbers than a long
 * holds stay at the largest, as strtol() has it; bpf_asm then takes the lower
 * 32 bits.
 */
static u32 read_digits(const char *s, u32 size, u32 base, u64 limit, u64 *value)
{
	bool over = false;
	u64 v = 0;
	u32 n;

	for (n = 0; n < size && digit_value(s[n]) < base; n++) {
		u32 digit = digit_value(s[n]);

		over |= v > (limit - digit) / base;
		v = v * base + digit;
	}
	*value = over ? limit : v;
	return n;
}

/*
 * read_number - a number as bpf_asm's lexer knows them
 *
 * Hexadecimal, binary, octal, and decimal with an optional sign; a sign before
 * a 0 is not part of a number. Returns its length, 0 if there is none.
 */
static u32 read_number(const char *s, u32 size, u32 *value)
{
	const u64 max = INT64_MAX;
	u64 v = 0;
	u32 n = 0;

	if (size > 2 && s[0] == '0' && lower(s[1]) == 'x')
		n = read_digits(s + 2, size - 2, 16, UINT64_MAX, &v);
	else if (size > 2 && s[0] == '0' && lower(s[1]) == 'b')
		n = read_digits(s + 2, size - 2, 2, max, &v);
	if (n) {
		*value = v;
		return n + 2;
	}

	if (size && s[0] == '0') {
		n = 1 + read_digits(s + 1, size - 1, 8, max, &v);
	} else if (size && is_digit(s[0])) {
		n = read_digits(s, size, 10, max, &v);
	} else if (size > 1 && (s[0] == '-' || s[0] == '+') &&
		   is_digit(s[1]) && s[1] != '0') {
		n = 1 + read_digits(s + 1, size - 1, 10,
				    max + (s[0] == '-'), &v);
		if (s[0] == '-')
			v = -v;
	}
	*value = v;
	return n;
}

static u32 skip_blanks(const char *s, u32 size)
{
	u32 n = 0;

	while (n < size && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n;
}

/* "jt=", "jf=", "k=" or "repeat=" at @s: which; 0 for anything else. */
static u32 extra_field(const char *s, u32 size, u32 *len)
{
	static const struct {
		const char *name;
		u32 field;
	} fields[] = {
		{ "jt=", FIELD_JT }, { "jf=", FIELD_JF }, { "k=", FIELD_K },
		{ "repeat=", FIELD_REPEAT },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		*len = starts_with(s, size, fields[i].name);
		if (*len)
			return fields[i].field;
	}
	return 0;
}

static bool extra_fits(u32 field, u32 value)
{
	switch (field) {
	case FIELD_JT:
	case FIELD_JF:
		return value <= 255;
	case FIELD_REPEAT:
		return value >= 1 && value <= INPUT_MAX_INSNS;
	default:
		return true;
	}
}

static bool extra_set(struct reader *r, u32 field, u32 value)
{
	if (r->extra_fields & field || !extra_fits(field, value))
		return false;

	r->extra_fields |= field;
	if (field == FIELD_JT)
		r->extra.jt = value;
	else if (field == FIELD_JF)
		r->extra.jf = value;
	else if (field == FIELD_K)
		r->extra.k = value;
	else
		r->extra_repeat = value;
	return true;
}

/* What follows a ';'. Only "; !jt=..." and the like mean something. */
static int read_comment(struct reader *r, const char *s, u32 size)
{
	u32 at = skip_blanks(s, size);
	u32 field, len, value;

	if (at == size || s[at++] != '!' ||
	    !extra_field(s + at, size - at, &len))
		return 0;

	while (at < size) {
		field = extra_field(s + at, size - at, &len);
		if (!field)
			return fail_at(r, r->next_line,
				       "'; !' sets only jt=, jf=, k= and repeat=");
		at += len;
		len = read_number(s + at, size - at, &value);
		at += len;
		if (!len || (at < size && !skip_blanks(s + at, size - at)) ||
		    !extra_set(r, field, value))
			return fail_at(r, r->next_line,
				       "'; !' with a bad value");
		at += skip_blanks(s + at, size - at);
	}
	return 0;
}

static u32 line_len(const char *s, u32 size)
{
	u32 n = 0;

	while (n < size && s[n] != '\n')
		n++;
	return n;
}

/*
 * Length of a block comment, or 0 if there is none that ends. In bpf_asm's
 * pattern a star takes the next character with it, so two stars before the
 * slash do not end a comment.
 */
static u32 block_comment_len(const char *s, u32 size)
{
	u32 n = 2;

	if (size < 4 || s[0] != '/' || s[1] != '*')
		return 0;
	while (n + 1 < size) {
		if (s[n] != '*')
			n++;
		else if (s[n + 1] == '/')
			return n + 2;
		else
			n += 2;
	}
	return 0;
}

static void skip(struct reader *r, u32 len)
{
	u32 end = r->next + len;

	for (; r->next < end; r->next++)
		r->next_line += r->text[r->next] == '\n';
}

static bool at_line_start(const struct reader *r)
{
	return r->next == 0 || r->text[r->next - 1] == '\n';
}

/* A '#', or '#' and a word. Returns its length. */
static u32 read_hash(struct reader *r, const char *s, u32 size)
{
	u32 i, best = 0;

	r->token = '#';
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		u32 n = starts_with(s + 1, size - 1, words[i].name);

		if (n <= best)
			continue;
		best = n;
		r->token = words[i].offset == WORD_LEN ? TOKEN_LEN : TOKEN_EXT;
		r->value = (u32)SKF_AD_OFF + words[i].offset;
	}
	return 1 + best;
}

/* A name of @len characters. Those of one character are never labels. */
static int read_word(struct reader *r, const char *s, u32 len)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(mnemonics); i++) {
		if (starts_with(s, len, mnemonics[i].name) == len) {
			r->token = TOKEN_MNEMONIC;
			r->value = i;
			return 0;
		}
	}
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (starts_with(s, len, words[i].name) == len) {
			r->token = words[i].offset == WORD_LEN ? TOKEN_LEN :
								 TOKEN_EXT;
			r->value = (u32)SKF_AD_OFF + words[i].offset;
			return 0;
		}
	}
	if (len > 1) {
		r->token = TOKEN_LABEL;
		return 0;
	}
	switch (lower(*s)) {
	case 'a':
	case 'x':
		r->token = lower(*s);
		return 0;
	case 'm':
		r->token = 'M';
		return 0;
	default:
		return fail(r, "unknown word; labels have two characters "
			       "or more");
	}
}

/* What is no token: blanks and comments. */
static int skip_space(struct reader *r)
{
	while (r->next < r->size) {
		const char *s = r->text + r->next;
		u32 left = r->size - r->next;
		u32 len = 0;

		if (*s == ' ' || *s == '\t' || *s == '\n') {
			len = 1;
		} else if (*s == ';') {
			len = line_len(s, left);
			if (read_comment(r, s + 1, len - 1))
				return -EINVAL;
		} else if (*s == '/') {
			len = block_comment_len(s, left);
		} else if (*s == '#' && at_line_start(r)) {
			len = line_len(s, left);
			/* The longest match wins, and of equals the token. */
			if (read_hash(r, s, left) == len)
				return 0;
		}
		if (!len)
			return 0;
		skip(r, len);
	}
	return 0;
}

/* Makes the next token the current one. */
static int read_token(struct reader *r)
{
	const char *s;
	u32 left, len;

	if (skip_space(r))
		return -EINVAL;

	r->start = r->next;
	r->line = r->next_line;
	if (r->next == r->size) {
		r->token = TOKEN_END;
		return 0;
	}

	s = r->text + r->next;
	left = r->size - r->next;
	len = read_number(s, left, &r->value);
	if (len) {
		r->token = TOKEN_NUMBER;
	} else if (is_word(*s)) {
		len = word_len(s, left);
		if (read_word(r, s, len))
			return -EINVAL;
	} else {
		len = 1;
		switch (*s) {
		case '#':
			len = read_hash(r, s, left);
			break;
		case ':': case ',': case '%': case '[': case ']':
		case '(': case ')': case '+': case '*': case '&':
			r->token = *s;
			break;
		default:
			len = starts_with(s, left, ".insn");
			if (!len || word_len(s + 1, left - 1) != len - 1)
				return fail(r, "unknown character");
			r->token = TOKEN_INSN;
		}
	}
	skip(r, len);
	return 0;
}

/*
 * Reading: instructions
 */

#define NO_NAME	      UINT32_MAX
#define LABEL_BUCKETS 4096

/*
 * Names are places in the text. Labels are kept in a hash table, as a program
 * has as many of them as instructions.
 */
struct program {
	struct reader r;
	struct sock_filter *insns;
	u32 max;
	u32 len;

	u32 target[INPUT_MAX_INSNS][2]; /* names for jt (or k) and jf */
	u32 label[INPUT_MAX_INSNS];	/* name of an instruction's label */
	u16 next_label[INPUT_MAX_INSNS];
	u16 first_label[LABEL_BUCKETS]; /* instruction + 1, or 0 */
};

/* Is the current token @token? Then goes on to the next one. */
static int expect(struct reader *r, u32 token, const char *what)
{
	if (r->token != token)
		return fail(r, what);
	return read_token(r);
}

static int expect_number(struct reader *r, u32 *value)
{
	*value = r->value;
	return expect(r, TOKEN_NUMBER, "number expected");
}

/* The rest of "[k]" after the bracket. */
static int parse_bracket_end(struct reader *r, u32 *k)
{
	int err = expect_number(r, k);

	return err ?: expect(r, ']', "']' expected");
}

/* "[k]", "[x + k]" and "[%x + k]" after the bracket */
static int parse_bracket(struct reader *r, enum form *form, u32 *k)
{
	int err = 0;

	*form = FORM_ABS;
	if (r->token == '%' || r->token == 'x') {
		*form = FORM_IND;
		if (r->token == '%')
			err = read_token(r);
		if (!err)
			err = expect(r, 'x', "'x' expected");
		/* As in bpf_asm, "+1" without a blank is a signed number. */
		if (!err)
			err = expect(r, '+', "'+' expected, with a blank "
					     "before the number");
	}
	return err ?: parse_bracket_end(r, k);
}

/* "k", or "4*([k]&0xf)" after the 4 */
static int parse_msh(struct reader *r, u32 factor, u32 *k)
{
	u32 mask;
	int err;

	err = expect(r, '*', "'*' expected");
	if (!err)
		err = expect(r, '(', "'(' expected");
	if (!err)
		err = expect(r, '[', "'[' expected");
	if (!err)
		err = parse_bracket_end(r, k);
	if (!err)
		err = expect(r, '&', "'&' expected");
	if (!err)
		err = expect_number(r, &mask);
	if (!err && (factor != 4 || mask != 0xf))
		err = fail(r, "only 4*([k]&0xf) is supported");
	return err ?: expect(r, ')', "')' expected");
}

static int parse_register(struct reader *r, enum form *form)
{
	if (r->token == 'x')
		*form = FORM_X;
	else if (r->token == 'a')
		*form = FORM_A;
	else
		return fail(r, "register expected");
	return read_token(r);
}

static int parse_operand(struct reader *r, enum form *form, u32 *k)
{
	u32 token = r->token;
	u32 value = r->value;
	int err;

	if (token == 'x' || token == 'a')
		return parse_register(r, form);

	err = read_token(r);
	if (err)
		return err;
	switch (token) {
	case '#':
		*form = FORM_CONST;
		return expect_number(r, k);
	case '%':
		return parse_register(r, form);
	case '[':
		return parse_bracket(r, form, k);
	case 'M':
		*form = FORM_CELL;
		err = expect(r, '[', "'[' expected");
		return err ?: parse_bracket_end(r, k);
	case TOKEN_LEN:
		*form = FORM_LEN;
		return 0;
	case TOKEN_EXT:
		*form = FORM_EXT;
		*k = value;
		return 0;
	case TOKEN_NUMBER:
		*k = value;
		*form = r->token == '*' ? FORM_MSH : FORM_NUMBER;
		return *form == FORM_MSH ? parse_msh(r, value, k) : 0;
	default:
		return fail(r, "operand expected");
	}
}

static int parse_target(struct reader *r, u32 *name)
{
	*name = r->start;
	return expect(r, TOKEN_LABEL, "label expected");
}

static int parse_comma_target(struct reader *r, u32 *name)
{
	int err = expect(r, ',', "',' expected");

	return err ?: parse_target(r, name);
}

static int parse_targets(struct reader *r, enum targets targets, u32 name[2])
{
	int err;

	switch (targets) {
	case TARGETS_ALWAYS:
		return parse_target(r, &name[0]);
	case TARGETS_FALSE:
		return parse_comma_target(r, &name[1]);
	case TARGETS_TRUE_FALSE:
		err = parse_comma_target(r, &name[0]);
		if (!err && r->token == ',')
			err = parse_comma_target(r, &name[1]);
		return err;
	default:
		return 0;
	}
}

static u32 fields_used(enum form form, enum targets targets)
{
	u32 fields = FORMS_WITH_K & 1 << form ? FIELD_K : 0;

	if (targets == TARGETS_ALWAYS)
		fields |= FIELD_K;
	else if (targets != TARGETS_NONE)
		fields |= FIELD_JT | FIELD_JF;
	return fields;
}

static int parse_mnemonic(struct program *p, struct sock_filter *insn,
			  u32 *fields)
{
	const struct mnemonic *m = &mnemonics[p->r.value];
	enum form form = FORM_NONE;
	int err;

	err = read_token(&p->r);
	if (!err && !(m->forms & 1 << FORM_NONE)) {
		err = parse_operand(&p->r, &form, &insn->k);
		if (!err && !(m->forms & 1 << form))
			err = fail(&p->r, "operand that this instruction "
					  "does not have");
	}
	insn->code = mnemonic_code(m, form);
	*fields = fields_used(form, m->targets);
	return err ?: parse_targets(&p->r, m->targets, p->target[p->len]);
}

/* .insn code, jt, jf, k */
static int parse_raw(struct reader *r, struct sock_filter *insn)
{
	static const u32 max[4] = { 0xffff, 255, 255, UINT32_MAX };
	u32 value[4];
	u32 i;
	int err;

	err = read_token(r);
	for (i = 0; i < 4 && !err; i++) {
		if (i)
			err = expect(r, ',', "',' expected");
		if (!err && r->token == TOKEN_NUMBER && r->value > max[i])
			err = fail(r, "number too large");
		if (!err)
			err = expect_number(r, &value[i]);
	}
	if (err)
		return err;
	*insn = (struct sock_filter){ value[0], value[1], value[2], value[3] };
	return 0;
}

/* The fields that a comment on this line sets, and how often it stands. */
static int take_extra(struct reader *r, struct sock_filter *insn, u32 used,
		      u32 *times)
{
	*times = r->extra_fields & FIELD_REPEAT ? r->extra_repeat : 1;
	if (r->extra_fields & used)
		return fail_at(r, r->line, "'; !' before this sets a field "
					   "that the instruction uses");
	if (r->extra_fields & FIELD_JT)
		insn->jt = r->extra.jt;
	if (r->extra_fields & FIELD_JF)
		insn->jf = r->extra.jf;
	if (r->extra_fields & FIELD_K)
		insn->k = r->extra.k;
	r->extra_fields = 0;
	return 0;
}

static u32 name_len(const struct reader *r, u32 name)
{
	return word_len(r->text + name, r->size - name);
}

static u32 name_bucket(const struct reader *r, u32 name)
{
	u32 len = name_len(r, name);
	u32 hash = 2166136261u;
	u32 i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (u8)r->text[name + i]) * 16777619u;
	return (hash ^ hash >> 16) % LABEL_BUCKETS;
}

static bool same_name(const struct reader *r, u32 a, u32 b)
{
	u32 len = name_len(r, a);
	u32 i;

	for (i = 0; i < len; i++) {
		if (r->text[a + i] != r->text[b + i])
			return false;
	}
	return !is_word(r->text[b + len]);
}

/* The instruction with this label, or NO_NAME. */
static u32 find_label(const struct program *p, u32 name)
{
	u32 i = p->first_label[name_bucket(&p->r, name)];

	for (; i; i = p->next_label[i - 1]) {
		if (same_name(&p->r, p->label[i - 1], name))
			return i - 1;
	}
	return NO_NAME;
}

/* "label:"; of labels with the same name, the first one counts. */
static int parse_label(struct program *p)
{
	u32 name = p->r.start;
	u16 *first = &p->first_label[name_bucket(&p->r, name)];
	int err;

	err = read_token(&p->r);
	if (!err)
		err = expect(&p->r, ':', "instruction, or ':' after a label, "
					 "expected");
	if (err || find_label(p, name) != NO_NAME)
		return err;

	p->label[p->len] = name;
	p->next_label[p->len] = *first;
	*first = p->len + 1;
	return 0;
}

/* The last instruction stands there @times times. */
static int repeat(struct program *p, u32 times)
{
	u32 first = p->len - 1;

	if (times > p->max - first)
		return fail(&p->r, "too many instructions");
	for (; times > 1; times--, p->len++) {
		p->insns[p->len] = p->insns[first];
		p->target[p->len][0] = p->target[first][0];
		p->target[p->len][1] = p->target[first][1];
	}
	return 0;
}

static int parse_line(struct program *p)
{
	struct sock_filter *insn = &p->insns[p->len];
	struct reader *r = &p->r;
	u32 fields = FIELD_JT | FIELD_JF | FIELD_K;
	u32 times = 1;
	int err = 0;

	if (p->len == p->max)
		return fail(r, "too many instructions");
	if (r->extra_fields)
		return fail(r, "'; !' without an instruction before it");

	*insn = (struct sock_filter){ 0 };
	p->target[p->len][0] = NO_NAME;
	p->target[p->len][1] = NO_NAME;

	if (r->token == TOKEN_LABEL)
		err = parse_label(p);
	if (err)
		return err;
	if (r->token == TOKEN_MNEMONIC)
		err = parse_mnemonic(p, insn, &fields);
	else if (r->token == TOKEN_INSN)
		err = parse_raw(r, insn);
	else
		err = fail(r, "instruction expected");
	if (!err)
		err = take_extra(r, insn, fields, &times);
	p->len++;
	return err ?: repeat(p, times);
}

/* The distance from @pc to the label @name, which may be at most @max. */
static int resolve(struct program *p, u32 pc, u32 name, u32 max, u32 *distance)
{
	u32 to = find_label(p, name);
	u32 line = 1;
	u32 i;

	*distance = to - pc - 1;
	if (to != NO_NAME && *distance <= max)
		return 0;

	for (i = 0; i < name; i++)
		line += p->r.text[i] == '\n';
	return fail_at(&p->r, line,
		       to == NO_NAME ? "no such label" :
				       "conditional jump back or further than "
				       "255 instructions");
}

static int resolve_targets(struct program *p, u32 pc)
{
	struct sock_filter *insn = &p->insns[pc];
	bool always = insn->code == (BPF_JMP | BPF_JA);
	u32 distance;
	int err;

	if (p->target[pc][0] != NO_NAME) {
		err = resolve(p, pc, p->target[pc][0],
			      always ? UINT32_MAX : 255, &distance);
		if (err)
			return err;
		if (always)
			insn->k = distance;
		else
			insn->jt = distance;
	}
	if (p->target[pc][1] != NO_NAME) {
		err = resolve(p, pc, p->target[pc][1], 255, &distance);
		if (err)
			return err;
		insn->jf = distance;
	}
	return 0;
}

int text_assemble(const char *text, size_t size, struct sock_filter *insns,
		  u32 max, struct text_error *error)
{
	struct program p;
	u32 pc;
	int err;

	p.r = (struct reader){ .text = text, .next_line = 1, .line = 1,
			       .error = error };
	if (size >= UINT32_MAX)
		return fail(&p.r, "text too long");
	p.r.size = size;
	p.insns = insns;
	p.max = max < INPUT_MAX_INSNS ? max : INPUT_MAX_INSNS;
	p.len = 0;
	for (pc = 0; pc < LABEL_BUCKETS; pc++)
		p.first_label[pc] = 0;

	err = read_token(&p.r);
	while (!err && p.r.token != TOKEN_END)
		err = parse_line(&p);
	if (!err && p.r.extra_fields)
		err = fail(&p.r, "'; !' without an instruction before it");
	for (pc = 0; pc < p.len && !err; pc++)
		err = resolve_targets(&p, pc);
	return err ?: (int)p.len;
}

/*
 * Printing
 */

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

	for (i = 0; i < ARRAY_SIZE(mnemonics); i++) {
		const struct mnemonic *m = &mnemonics[i];
		enum form form;

		if (BPF_CLASS(m->code) != BPF_CLASS(code) ||
		    (m->targets == TARGETS_FALSE) != inverted)
			continue;
		for (form = 0; form < FORMS; form++) {
			/* An extension is printed as the [k] that it is. */
			if (form == FORM_EXT || !(m->forms & 1 << form) ||
			    mnemonic_code(m, form) != code)
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
	bool inverted = BPF_CLASS(insn->code) == BPF_JMP && !insn->jt &&
			insn->jf;
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
	u32 used = fields_used(s->form, s->mnemonic->targets);
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
	put(w, word == SD_NR ? "nr" :
	       word == SD_ARCH ? "arch" : "instruction_pointer");
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
