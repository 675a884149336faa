// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "input.h"
#include "text_scan.h"
#include "text_words.h"

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

int scan_fail_at(struct reader *r, u32 line, const char *what)
{
	r->error->line = line;
	r->error->what = what;
	return -EINVAL;
}

int scan_fail(struct reader *r, const char *what)
{
	return scan_fail_at(r, r->line, what);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool scan_is_word(char c)
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
u32 scan_word_len(const char *s, u32 size)
{
	u32 n = 0;

	while (n < size && scan_is_word(s[n]))
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
	} else if (size > 1 && (s[0] == '-' || s[0] == '+') && is_digit(s[1]) &&
		   s[1] != '0') {
		n = 1 +
		    read_digits(s + 1, size - 1, 10, max + (s[0] == '-'), &v);
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
		{ "jt=", FIELD_JT },
		{ "jf=", FIELD_JF },
		{ "k=", FIELD_K },
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
			return scan_fail_at(
				r, r->next_line,
				"'; !' sets only jt=, jf=, k= and repeat=");
		at += len;
		len = read_number(s + at, size - at, &value);
		at += len;
		if (!len || (at < size && !skip_blanks(s + at, size - at)) ||
		    !extra_set(r, field, value))
			return scan_fail_at(r, r->next_line,
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

	for (i = 0; i < ARRAY_SIZE(text_mnemonics); i++) {
		if (starts_with(s, len, text_mnemonics[i].name) == len) {
			r->token = TOKEN_MNEMONIC;
			r->value = i;
			return 0;
		}
	}
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (starts_with(s, len, words[i].name) == len) {
			r->token = words[i].offset == WORD_LEN ? TOKEN_LEN
							       : TOKEN_EXT;
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
		return scan_fail(r, "unknown word; labels have two characters "
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
int scan_token(struct reader *r)
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
	} else if (scan_is_word(*s)) {
		len = scan_word_len(s, left);
		if (read_word(r, s, len))
			return -EINVAL;
	} else {
		len = 1;
		switch (*s) {
		case '#':
			len = read_hash(r, s, left);
			break;
		case ':':
		case ',':
		case '%':
		case '[':
		case ']':
		case '(':
		case ')':
		case '+':
		case '*':
		case '&':
			r->token = *s;
			break;
		default:
			len = starts_with(s, left, ".insn");
			if (!len || scan_word_len(s + 1, left - 1) != len - 1)
				return scan_fail(r, "unknown character");
			r->token = TOKEN_INSN;
		}
	}
	skip(r, len);
	return 0;
}
