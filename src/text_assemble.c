// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "input.h"
#include "text.h"
#include "text_scan.h"
#include "text_words.h"

#define NO_NAME       UINT32_MAX
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
	u32 label[INPUT_MAX_INSNS];     /* name of an instruction's label */
	u16 next_label[INPUT_MAX_INSNS];
	u16 first_label[LABEL_BUCKETS]; /* instruction + 1, or 0 */
};

/* Is the current token @token? Then goes on to the next one. */
static int expect(struct reader *r, u32 token, const char *what)
{
	if (r->token != token)
		return scan_fail(r, what);
	return scan_token(r);
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
			err = scan_token(r);
		if (!err)
			err = expect(r, 'x', "'x' expected");
		/* As in bpf_asm, "+1" without a blank is a signed number. */
		if (!err)
			err = expect(r, '+',
				     "'+' expected, with a blank "
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
		err = scan_fail(r, "only 4*([k]&0xf) is supported");
	return err ?: expect(r, ')', "')' expected");
}

static int parse_register(struct reader *r, enum form *form)
{
	if (r->token == 'x')
		*form = FORM_X;
	else if (r->token == 'a')
		*form = FORM_A;
	else
		return scan_fail(r, "register expected");
	return scan_token(r);
}

static int parse_operand(struct reader *r, enum form *form, u32 *k)
{
	u32 token = r->token;
	u32 value = r->value;
	int err;

	if (token == 'x' || token == 'a')
		return parse_register(r, form);

	err = scan_token(r);
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
		return scan_fail(r, "operand expected");
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

static int parse_mnemonic(struct program *p, struct sock_filter *insn,
			  u32 *fields)
{
	const struct mnemonic *m = &text_mnemonics[p->r.value];
	enum form form = FORM_NONE;
	int err;

	err = scan_token(&p->r);
	if (!err && !(m->forms & 1 << FORM_NONE)) {
		err = parse_operand(&p->r, &form, &insn->k);
		if (!err && !(m->forms & 1 << form))
			err = scan_fail(&p->r, "operand that this instruction "
					       "does not have");
	}
	insn->code = text_code(m, form);
	*fields = text_fields(form, m->targets);
	return err ?: parse_targets(&p->r, m->targets, p->target[p->len]);
}

/* .insn code, jt, jf, k */
static int parse_raw(struct reader *r, struct sock_filter *insn)
{
	static const u32 max[4] = { 0xffff, 255, 255, UINT32_MAX };
	u32 value[4];
	u32 i;
	int err;

	err = scan_token(r);
	for (i = 0; i < 4 && !err; i++) {
		if (i)
			err = expect(r, ',', "',' expected");
		if (!err && r->token == TOKEN_NUMBER && r->value > max[i])
			err = scan_fail(r, "number too large");
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
		return scan_fail_at(r, r->line,
				    "'; !' before this sets a field "
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
	return scan_word_len(r->text + name, r->size - name);
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
	return !scan_is_word(r->text[b + len]);
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

	err = scan_token(&p->r);
	if (!err)
		err = expect(&p->r, ':',
			     "instruction, or ':' after a label, "
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
		return scan_fail(&p->r, "too many instructions");
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
		return scan_fail(r, "too many instructions");
	if (r->extra_fields)
		return scan_fail(r, "'; !' without an instruction before it");

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
		err = scan_fail(r, "instruction expected");
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
	return scan_fail_at(&p->r, line,
			    to == NO_NAME
				    ? "no such label"
				    : "conditional jump back or further than "
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

	p.r = (struct reader){
		.text = text, .next_line = 1, .line = 1, .error = error
	};
	if (size >= UINT32_MAX)
		return scan_fail(&p.r, "text too long");
	p.r.size = size;
	p.insns = insns;
	p.max = max < INPUT_MAX_INSNS ? max : INPUT_MAX_INSNS;
	p.len = 0;
	for (pc = 0; pc < LABEL_BUCKETS; pc++)
		p.first_label[pc] = 0;

	err = scan_token(&p.r);
	while (!err && p.r.token != TOKEN_END)
		err = parse_line(&p);
	if (!err && p.r.extra_fields)
		err = scan_fail(&p.r, "'; !' without an instruction before it");
	for (pc = 0; pc < p.len && !err; pc++)
		err = resolve_targets(&p, pc);
	return err ?: (int)p.len;
}
