// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/cache.h"
#include "../src/checker.h"
#include "../src/emulator.h"
#include "../src/stack.h"
#include "../src/text.h"
#include "casefile.h"

/* More than the longest input as text_print() writes it. */
#define CASE_MAX_TEXT (4u << 20)

#define FROM_NONE NR_MAX

struct word {
	const char *s;
	size_t len;
};

struct parser {
	const char *name;
	struct casefile *c;
	char *error;
	size_t error_size;
	u32 line;

	const char *chunk; /* text of the filter that is being read */
	u32 chunk_line;
	bool explicit; /* it began with ";; filter" */
	bool attach_seen;
	int attach;

	bool what_seen, platform_seen, seed_seen, all_seen;
};

__attribute__((format(printf, 3, 4)))
static int fail_at(struct parser *p, u32 line, const char *fmt, ...)
{
	int n = snprintf(p->error, p->error_size, "%s:%u: ", p->name, line);
	va_list ap;
	char *s;

	if (n < 0 || (size_t)n >= p->error_size)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(p->error + n, p->error_size - n, fmt, ap);
	va_end(ap);

	/* Words of a file that is no text do no harm to a terminal. */
	for (s = p->error + n; *s; s++) {
		if (*s < ' ' || *s > '~')
			*s = '?';
	}
	return -EINVAL;
}

#define fail(p, ...) fail_at((p), (p)->line, __VA_ARGS__)

/* For "%.*s", and not more of it than fits into one line. */
#define WORD(w) (int)((w).len < 40 ? (w).len : 40), (w).s

static bool word_is(struct word w, const char *s)
{
	return strlen(s) == w.len && !memcmp(w.s, s, w.len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct word trim(struct word w)
{
	while (w.len && is_blank(*w.s)) {
		w.s++;
		w.len--;
	}
	while (w.len && is_blank(w.s[w.len - 1]))
		w.len--;
	return w;
}

/* Takes the next word up to a blank, or a character of @stop, off the rest. */
static struct word next_word(struct word *rest, char stop)
{
	struct word w;

	*rest = trim(*rest);
	w = *rest;
	for (w.len = 0; w.len < rest->len; w.len++) {
		if (is_blank(w.s[w.len]) || w.s[w.len] == stop)
			break;
	}
	rest->s += w.len;
	rest->len -= w.len;
	*rest = trim(*rest);
	if (stop && rest->len && *rest->s == stop) {
		rest->s++;
		rest->len--;
	}
	return w;
}

/* A number as in C; a negative one is the two's complement. */
static bool number(struct word w, u64 *value)
{
	const char *digits;
	char buf[32];
	char *end;

	if (w.len == 0 || w.len >= sizeof(buf))
		return false;
	memcpy(buf, w.s, w.len);
	buf[w.len] = '\0';

	digits = buf + (buf[0] == '-');
	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	*value = strtoull(buf, &end, 0);
	return !errno && !*end;
}

static bool number_u32(struct word w, u32 *value)
{
	bool negative = w.len && *w.s == '-';
	u64 v;

	if (!number(w, &v))
		return false;
	*value = v;
	return negative ? v >= (u64)INT32_MIN : v <= UINT32_MAX;
}

static const struct abi *find_abi(struct word w)
{
	char name[16];

	if (w.len >= sizeof(name))
		return NULL;
	memcpy(name, w.s, w.len);
	name[w.len] = '\0';
	return abi_find(name);
}

#define CASE_MAX_ABIS (2 * INPUT_PLATFORMS)

/*
 * The ABI that a directive is about, or for "all", every one that platforms of
 * the case have. Returns how many that are, or an error.
 */
static int parse_abis(struct parser *p, struct word *rest,
		      const struct abi **abis)
{
	struct word name = next_word(rest, 0);
	u32 i, n = 0;

	if (word_is(name, "all")) {
		p->all_seen = true;
		for (i = 0; i < INPUT_PLATFORMS; i++) {
			if (!(p->c->platforms & 1u << i))
				continue;
			abis[n++] = platforms[i].native;
			abis[n++] = platforms[i].compat;
		}
		return n;
	}
	abis[0] = find_abi(name);
	return abis[0] ? 1 : fail(p, "ABI '%.*s': not known", WORD(name));
}

static bool platform_has(const struct platform *p, const struct abi *abi)
{
	return p->native == abi || p->compat == abi;
}

/*
 * Directives
 */

static int parse_what(struct parser *p, struct word rest)
{
	if (p->what_seen)
		return fail(p, "a second ';; what'");
	if (rest.len == 0)
		return fail(p, "';; what' without text");
	if (rest.len >= CASE_WHAT_SIZE)
		return fail(p, "';; what' is longer than %d bytes",
			    CASE_WHAT_SIZE - 1);
	p->what_seen = true;
	memcpy(p->c->what, rest.s, rest.len);
	p->c->what[rest.len] = '\0';
	return 0;
}

static bool is_name(struct word w)
{
	static const char in_names[] = "abcdefghijklmnopqrstuvwxyz"
				       "0123456789.-";
	size_t i;

	for (i = 0; i < w.len; i++) {
		if (!memchr(in_names, w.s[i], sizeof(in_names) - 1))
			return false;
	}
	return true;
}

/* Names are looked up by who needs them, scripts/corpus-check.py. */
static int parse_catches(struct parser *p, struct word rest)
{
	if (rest.len == 0)
		return fail(p, "';; catches' without a name");
	while (rest.len) {
		struct word w = next_word(&rest, 0);

		if (!is_name(w))
			return fail(p, "catches '%.*s': not a name", WORD(w));
	}
	return 0;
}

static int parse_platform(struct parser *p, struct word rest)
{
	u32 i;

	if (p->platform_seen)
		return fail(p, "a second ';; platform'");
	if (p->all_seen)
		return fail(p, "';; platform' after 'all' of them");
	if (rest.len == 0)
		return fail(p, "';; platform' without a name");
	p->platform_seen = true;
	p->c->platforms = 0;
	while (rest.len) {
		struct word w = next_word(&rest, ',');
		u32 before = p->c->platforms;

		for (i = 0; i < INPUT_PLATFORMS; i++) {
			if (word_is(w, "all") || word_is(w, platforms[i].name))
				p->c->platforms |= 1u << i;
		}
		if (p->c->platforms == before)
			return fail(p, "platform '%.*s': not known, or named "
				       "twice", WORD(w));
	}
	return 0;
}

static int parse_seed(struct parser *p, struct word rest)
{
	if (p->seed_seen)
		return fail(p, "a second ';; seed'");
	p->seed_seen = true;
	if (!number_u32(rest, &p->c->input->seed))
		return fail(p, "seed '%.*s': not a 32-bit number", WORD(rest));
	return 0;
}

static int parse_attach(struct parser *p, struct word rest)
{
	static const struct {
		const char *name;
		int err;
	} results[] = {
		{ "0", 0 }, { "EINVAL", -EINVAL }, { "ENOMEM", -ENOMEM },
	};
	u32 i;

	if (p->attach_seen)
		return fail(p, "a second ';; attach' for this filter");
	for (i = 0; i < ARRAY_SIZE(results); i++) {
		if (word_is(rest, results[i].name)) {
			p->attach_seen = true;
			p->attach = results[i].err;
			p->c->attach_line[p->c->input->stack.depth] = p->line;
			return 0;
		}
	}
	return fail(p, "attach '%.*s': not 0, EINVAL or ENOMEM", WORD(rest));
}

/* N, N-M, or N- for all from there on */
static int parse_range(struct parser *p, struct case_cached *cached,
		       struct word w, u32 *next)
{
	const char *dash = memchr(w.s, '-', w.len);
	struct word first = { w.s, dash ? (size_t)(dash - w.s) : w.len };
	u32 from, to, nr;

	if (!number_u32(first, &from))
		return fail(p, "'%.*s': not a number or a range", WORD(w));
	to = from;
	if (dash) {
		struct word last = { dash + 1, w.len - first.len - 1 };

		if (!last.len)
			cached->from = from;
		else if (!number_u32(last, &to))
			return fail(p, "'%.*s': not a range", WORD(w));
	}
	if (from < *next || to < from)
		return fail(p, "'%.*s': not in ascending order", WORD(w));
	if (to >= NR_MAX)
		return fail(p, "'%.*s': no table has numbers above %d",
			    WORD(w), NR_MAX - 1);

	for (nr = from; nr <= to; nr++)
		nrset_add(&cached->nrs, nr);
	*next = cached->from == FROM_NONE ? to + 1 : NR_MAX;
	return 0;
}

static int parse_cached_of(struct parser *p, const struct abi *abi,
			   struct word rest)
{
	struct case_cached *cached;
	u32 i, next = 0;
	int err = 0;

	for (i = 0; i < p->c->nr_cached; i++) {
		if (p->c->cached[i].abi == abi)
			return fail(p, "a second ';; cached %s'", abi->name);
	}
	if (p->c->nr_cached == CASE_MAX_CACHED)
		return fail(p, "more ';; cached' than platforms have ABIs");
	if (!rest.len)
		return fail(p, "';; cached %s' without numbers; 'none' says "
			       "that there are none", abi->name);

	cached = &p->c->cached[p->c->nr_cached++];
	*cached = (struct case_cached){ .abi = abi, .from = FROM_NONE,
					.line = p->line };
	if (word_is(rest, "none"))
		return 0;
	if (word_is(rest, "all")) {
		cached->from = 0;
		return 0;
	}
	while (rest.len && !err)
		err = parse_range(p, cached, next_word(&rest, ','), &next);
	return err;
}

static int parse_cached(struct parser *p, struct word rest)
{
	const struct abi *abis[CASE_MAX_ABIS];
	int i, n = parse_abis(p, &rest, abis);
	int err = n < 0 ? n : 0;

	for (i = 0; i < n && !err; i++)
		err = parse_cached_of(p, abis[i], rest);
	return err;
}

static void set_u64(struct sd *sd, u32 lo, u32 hi, u64 value)
{
	sd->w[lo] = value;
	sd->w[hi] = value >> 32;
}

static int parse_args(struct parser *p, struct case_verdict *v,
		      struct word rest)
{
	bool be = v->abi->big_endian;
	struct word all = rest;
	u64 value;
	u32 arg = 0;

	do {
		struct word w = next_word(&rest, ',');

		if (arg == 6 || !number(w, &value))
			return fail(p, "'args=%.*s': not one to six 64-bit "
				       "numbers", WORD(all));
		set_u64(&v->sd, sd_arg_lo(arg, be), sd_arg_hi(arg, be), value);
		arg++;
	} while (rest.len);
	return 0;
}

/* nr=, args= or ip=; @seen has a bit for each. */
static int parse_call_field(struct parser *p, struct case_verdict *v,
			    struct word w, u32 *seen)
{
	static const char *const names[] = { "nr=", "args=", "ip=" };
	bool be = v->abi->big_endian;
	struct word value = { 0 };
	u64 ip;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (w.len >= len && !memcmp(w.s, names[i], len)) {
			value = (struct word){ w.s + len, w.len - len };
			break;
		}
	}
	if (i == ARRAY_SIZE(names) || *seen & 1u << i)
		return fail(p, "'%.*s': not nr=, args=, ip= or ->, or given "
			       "twice", WORD(w));
	*seen |= 1u << i;

	switch (i) {
	case 0:
		if (!number_u32(value, &v->sd.w[SD_NR]))
			return fail(p, "'%.*s': not a 32-bit number", WORD(w));
		return 0;
	case 1:
		return parse_args(p, v, value);
	default:
		if (!number(value, &ip))
			return fail(p, "'%.*s': not a 64-bit number", WORD(w));
		set_u64(&v->sd, SD_IP + be, SD_IP + !be, ip);
		return 0;
	}
}

static bool verdict_needs_data(enum verdict v)
{
	return v == VERDICT_ERRNO || v == VERDICT_TRAP || v == VERDICT_TRACE;
}

/* VERDICT or VERDICT(DATA) */
static int parse_result(struct parser *p, struct case_verdict *v,
			struct word w)
{
	const char *bracket = memchr(w.s, '(', w.len);
	struct word name = { w.s, bracket ? (size_t)(bracket - w.s) : w.len };

	for (v->verdict = 0; v->verdict < VERDICTS; v->verdict++) {
		if (word_is(name, verdict_name(v->verdict)))
			break;
	}
	if (v->verdict == VERDICTS)
		return fail(p, "verdict '%.*s': not known", WORD(name));

	v->has_data = bracket;
	if (bracket) {
		struct word data = { bracket + 1, w.len - name.len - 1 };

		if (!data.len || data.s[--data.len] != ')' ||
		    !number_u32(data, &v->data) || v->data > 0xffff)
			return fail(p, "'%.*s': the data is not a 16-bit "
				       "number in parentheses", WORD(w));
	} else if (verdict_needs_data(v->verdict)) {
		return fail(p, "verdict %s needs its data: %s(N)",
			    verdict_name(v->verdict),
			    verdict_name(v->verdict));
	}
	return 0;
}

static int parse_verdict_of(struct parser *p, const struct abi *abi,
			    struct word rest)
{
	struct case_verdict *v;
	u32 seen = 0;
	int err;

	if (p->c->nr_verdicts == CASE_MAX_VERDICTS)
		return fail(p, "more than %d verdicts", CASE_MAX_VERDICTS);
	v = &p->c->verdict[p->c->nr_verdicts++];
	*v = (struct case_verdict){ .abi = abi, .line = p->line };
	v->sd.w[SD_ARCH] = abi->audit_arch;

	for (;;) {
		struct word w = next_word(&rest, 0);

		if (!w.len)
			return fail(p, "verdict without '->'");
		if (word_is(w, "->"))
			break;
		err = parse_call_field(p, v, w, &seen);
		if (err)
			return err;
	}
	if (!(seen & 1))
		return fail(p, "verdict without nr=");
	return parse_result(p, v, rest);
}

static int parse_verdict(struct parser *p, struct word rest)
{
	const struct abi *abis[CASE_MAX_ABIS];
	int i, n = parse_abis(p, &rest, abis);
	int err = n < 0 ? n : 0;

	for (i = 0; i < n && !err; i++)
		err = parse_verdict_of(p, abis[i], rest);
	return err;
}

/*
 * Filters
 */

/* Ends the filter whose text goes up to @end. */
static int end_filter(struct parser *p, const char *end)
{
	struct stack *s = &p->c->input->stack;
	struct text_error error;
	struct sock_filter *insns;
	int n;

	insns = input_room(p->c->input, s->depth);
	n = text_assemble(p->chunk, end - p->chunk, insns, INPUT_MAX_INSNS,
			  &error);
	if (n < 0)
		return fail_at(p, p->chunk_line + error.line - 1, "%s",
			       error.what);
	if (n == 0 && !p->explicit && !p->attach_seen)
		return 0;

	p->c->attach[s->depth] = p->attach;
	if (!p->attach_seen)
		p->c->attach_line[s->depth] = p->chunk_line;
	s->filter[s->depth++] = (struct filter){ insns, n };
	return 0;
}

/* Starts the next filter, with the line after this one. */
static int parse_filter(struct parser *p, struct word rest, const char *line,
			const char *next)
{
	int err;

	if (rest.len)
		return fail(p, "';; filter' takes nothing");
	err = end_filter(p, line);
	if (err)
		return err;
	if (p->c->input->stack.depth == STACK_MAX_FILTERS)
		return fail(p, "more than %d filters", STACK_MAX_FILTERS);

	p->chunk = next;
	p->chunk_line = p->line + 1;
	p->explicit = true;
	p->attach_seen = false;
	p->attach = 0;
	return 0;
}

static int parse_directive(struct parser *p, struct word rest,
			   const char *line, const char *next)
{
	static const struct {
		const char *name;
		int (*parse)(struct parser *p, struct word rest);
	} directives[] = {
		{ "what", parse_what },	    { "platform", parse_platform },
		{ "seed", parse_seed },	    { "attach", parse_attach },
		{ "cached", parse_cached }, { "verdict", parse_verdict },
		{ "catches", parse_catches },
	};
	struct word w = next_word(&rest, 0);
	u32 i;

	if (word_is(w, "filter"))
		return parse_filter(p, rest, line, next);
	for (i = 0; i < ARRAY_SIZE(directives); i++) {
		if (word_is(w, directives[i].name))
			return directives[i].parse(p, rest);
	}
	return fail(p, "';; %.*s': no such directive", WORD(w));
}

static int parse_lines(struct parser *p, const char *text, size_t len)
{
	const char *end = text + len;
	const char *line, *next;

	for (line = text; line < end; line = next) {
		const char *newline = memchr(line, '\n', end - line);
		struct word w;
		int err;

		next = newline ? newline + 1 : end;
		w = (struct word){ line, (newline ?: end) - line };
		p->line++;
		if (memchr(w.s, '\0', w.len))
			return fail(p, "a zero byte: not a text");
		w = trim(w);
		if (w.len < 2 || w.s[0] != ';' || w.s[1] != ';')
			continue;
		w = (struct word){ w.s + 2, w.len - 2 };
		err = parse_directive(p, w, line, next);
		if (err)
			return err;
	}
	return end_filter(p, end);
}

static int check_abi(struct parser *p, const struct abi *abi, u32 line)
{
	u32 i;

	for (i = 0; i < INPUT_PLATFORMS; i++) {
		if (p->c->platforms & 1u << i &&
		    platform_has(&platforms[i], abi))
			return 0;
	}
	return fail_at(p, line, "ABI '%s' is of no platform of this case",
		       abi->name);
}

/* What can only be said once all has been read. */
static int parse_end(struct parser *p)
{
	struct casefile *c = p->c;
	int err = 0;
	u32 i;

	if (c->input->stack.depth == 0)
		return fail_at(p, p->line ?: 1, "no filter");
	for (i = 0; i < c->nr_cached && !err; i++)
		err = check_abi(p, c->cached[i].abi, c->cached[i].line);
	for (i = 0; i < c->nr_verdicts && !err; i++)
		err = check_abi(p, c->verdict[i].abi, c->verdict[i].line);
	c->input->platform = __builtin_ctz(c->platforms);
	return err;
}

int casefile_parse(const char *name, const char *text, size_t len,
		   struct casefile *c, char *error, size_t size)
{
	struct parser p = {
		.name = name,
		.c = c,
		.error = error,
		.error_size = size,
		.chunk = text,
		.chunk_line = 1,
	};
	int err;

	memset(c, 0, sizeof(*c));
	c->platforms = 1;
	c->input = calloc(1, sizeof(*c->input));
	if (!c->input) {
		snprintf(error, size, "%s: %s", name, strerror(ENOMEM));
		return -ENOMEM;
	}
	err = parse_lines(&p, text, len);
	if (!err)
		err = parse_end(&p);
	if (err)
		casefile_free(c);
	return err;
}

static int read_all(FILE *f, char **text, size_t *len)
{
	size_t room = 0;
	size_t n;

	*text = NULL;
	*len = 0;
	do {
		char *more;

		room = room ? 2 * room : 1 << 14;
		more = realloc(*text, room);
		if (!more)
			return -ENOMEM;
		*text = more;
		n = fread(*text + *len, 1, room - *len, f);
		*len += n;
		if (*len > CASE_MAX_TEXT)
			return -EFBIG;
	} while (n && !ferror(f));
	return ferror(f) ? -(errno ?: EIO) : 0;
}

int casefile_read(const char *path, struct casefile *c, char *error,
		  size_t size)
{
	char *text = NULL;
	size_t len;
	FILE *f;
	int err;

	memset(c, 0, sizeof(*c));
	errno = 0;
	f = fopen(path, "r");
	err = f ? read_all(f, &text, &len) : -(errno ?: EIO);
	if (f)
		fclose(f);
	if (err)
		snprintf(error, size, "%s: %s", path, strerror(-err));
	else
		err = casefile_parse(path, text, len, c, error, size);
	free(text);
	return err;
}

void casefile_free(struct casefile *c)
{
	free(c->input);
	c->input = NULL;
}

bool casefile_wants(const struct casefile *c, const struct platform *platform)
{
	u32 i = platform - platforms;

	return i < INPUT_PLATFORMS && c->platforms & 1u << i;
}

/*
 * Expectations against the reference
 */

struct check {
	const struct casefile *c;
	const struct machine *m;
	struct stack stack;
	struct cache cache;
	char *why;
	size_t size;
};

__attribute__((format(printf, 3, 4)))
static int differs(struct check *k, u32 line, const char *fmt, ...)
{
	int n = snprintf(k->why, k->size, "line %u: ", line);
	va_list ap;

	if (n >= 0 && (size_t)n < k->size) {
		va_start(ap, fmt);
		vsnprintf(k->why + n, k->size - n, fmt, ap);
		va_end(ap);
	}
	return -EBADMSG;
}

static const char *attach_name(int err)
{
	return err == 0 ? "0" : err == -EINVAL ? "EINVAL" : "ENOMEM";
}

static int check_attach(struct check *k)
{
	const struct stack *offered = &k->c->input->stack;
	struct set_scratch scratch;
	u32 i;

	cache_init(&k->cache, k->m);
	for (i = 0; i < offered->depth; i++) {
		const struct filter *f = &offered->filter[i];
		int err = filter_check(f);

		if (!err)
			err = stack_admits(&k->stack, f);
		if (err != k->c->attach[i])
			return differs(k, k->c->attach_line[i],
				       "filter %u: attach gives %s, not %s", i,
				       attach_name(err),
				       attach_name(k->c->attach[i]));
		if (err)
			continue;
		k->stack.filter[k->stack.depth++] = *f;
		cache_prepare(&k->cache, k->m, f, &scratch);
	}
	return 0;
}

/* The emulator's answer, filter by filter; the model has the set oracle's. */
static bool emulated(const struct check *k, const struct abi *abi, u32 nr)
{
	u32 i;

	for (i = 0; i < k->stack.depth; i++) {
		struct emu_result r = emulate_linux(&k->stack.filter[i],
						    abi->audit_arch, nr);

		if (!emu_allows(&r))
			return false;
	}
	return true;
}

static int check_cached(struct check *k, const struct case_cached *cached)
{
	u32 nr, i;

	for (i = 0; i < k->m->tables; i++) {
		const struct table *t = &k->m->table[i];

		if (t->abi != cached->abi)
			continue;
		for (nr = 0; nr < t->nrs; nr++) {
			bool want = nr >= cached->from ||
				    nrset_has(&cached->nrs, nr);

			if (nrset_has(&k->cache.allow[i], nr) != want)
				return differs(k, cached->line,
					       "%s nr %u is %scached",
					       t->abi->name, nr,
					       want ? "not " : "");
			if (emulated(k, t->abi, nr) != want)
				return differs(k, cached->line,
					       "%s nr %u is %sconstant to the emulator",
					       t->abi->name, nr,
					       want ? "not " : "");
		}
	}
	return 0;
}

static u32 verdict_data(enum verdict verdict, u32 ret)
{
	return verdict == VERDICT_ERRNO ? action_errno(ret) :
					  ret & SECCOMP_RET_DATA;
}

bool case_verdict_is(const struct case_verdict *v, u32 ret)
{
	enum verdict verdict = action_verdict(ret);

	return verdict == v->verdict &&
	       (!v->has_data || verdict_data(verdict, ret) == v->data);
}

static int check_verdict(struct check *k, const struct case_verdict *v)
{
	struct stack_run run = stack_run(&k->stack, &v->sd);
	enum verdict verdict = action_verdict(run.ret);

	if (!case_verdict_is(v, run.ret))
		return differs(k, v->line, "the verdict is %s(%u)",
			       verdict_name(verdict),
			       verdict_data(verdict, run.ret));
	if (verdict != VERDICT_ALLOW &&
	    machine_table(k->m, v->sd.w[SD_ARCH]) &&
	    cache_lookup(&k->cache, k->m, &v->sd))
		return differs(k, v->line, "the bitmap says ALLOW");
	return 0;
}

static int run_verdict(struct check *k, const struct case_verdict *v,
		       const struct subject *sub)
{
	const struct table *t = machine_table(k->m, v->sd.w[SD_ARCH]);
	enum verdict verdict;
	s32 match;
	u32 ret;

	if (!t || table_excepts(t, v->sd.w[SD_NR]))
		return 0;
	ret = sub->run(&v->sd, &match);
	verdict = action_verdict(ret);
	if (!case_verdict_is(v, ret))
		return differs(k, v->line, "%s returns %s(%u)", sub->name,
			       verdict_name(verdict),
			       verdict_data(verdict, ret));
	return 0;
}

int casefile_run(const struct casefile *c, const struct subject *sub, char *why,
		 size_t size)
{
	struct check k = { .c = c, .m = &sub->machine, .why = why,
			   .size = size };
	int err = 0;
	u32 i;

	for (i = 0; i < c->nr_verdicts && sub->run && !err; i++)
		err = run_verdict(&k, &c->verdict[i], sub);
	return err;
}

int casefile_check(const struct casefile *c, const struct machine *m, char *why,
		   size_t size)
{
	struct check k = { .c = c, .m = m, .why = why, .size = size };
	int err;
	u32 i;

	err = check_attach(&k);
	for (i = 0; i < c->nr_cached && !err; i++)
		err = check_cached(&k, &c->cached[i]);
	for (i = 0; i < c->nr_verdicts && !err; i++)
		err = check_verdict(&k, &c->verdict[i]);
	return err;
}
