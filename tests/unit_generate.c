// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the generator promises: valid filters but for the near-misses, every
 * opcode and every feature that a bug could be behind, repeatable.
 */
#include <string.h>

#include "checker.h"
#include "emulator.h"
#include "generate.h"
#include "ref_interp.h"
#include "tap.h"

#define FILTERS 100000

static struct machine machine;
static struct sock_filter insns[INPUT_MAX_INSNS];
static struct input in, again;

static u64 hits[0x100]; /* how often each opcode was generated */

enum feature {
	ALLOW,
	ALLOW_DATA,
	ALLOW_ONE_BIT,
	ERRNO_0,
	ERRNO_4095,
	ERRNO_4096,
	ERRNO_FFFF,
	ACTION_UNKNOWN,
	ACTION_LOG,
	ACTION_TRACE,
	ACTION_TRAP,
	ACTION_NOTIF,
	ACTION_KILL_PROCESS,
	ACTION_KILL_THREAD,
	RET_A_CONSTANT,
	NR_X32,
	NR_EDGE,
	NR_EDGE_NEXT,
	NR_EXCEPTION,
	NR_SIGN,
	NR_MINUS_ONE,
	ARCH_NATIVE,
	ARCH_COMPAT,
	ARCH_FOREIGN,
	AND_THEN_JEQ,
	JSET_SINGLE_BIT,
	ARG_THEN_NR,
	ARG_THEN_TEST,
	NR_THEN_ARCH,
	JT_IS_JF,
	JT_255,
	JF_255,
	JA_0,
	JA_FAR,
	TO_LAST,
	UNREACHABLE,
	X_ZERO_DIV,
	X_SHIFT_32,
	LITTER_JT,
	LITTER_K,
	LEN_1,
	LEN_4096,
	FEATURES,
};

static const char *const features[FEATURES] = {
	[ALLOW] = "ret ALLOW",
	[ALLOW_DATA] = "ret ALLOW with data",
	[ALLOW_ONE_BIT] = "ret of ALLOW but one bit",
	[ERRNO_0] = "ret ERRNO 0",
	[ERRNO_4095] = "ret ERRNO 4095",
	[ERRNO_4096] = "ret ERRNO 4096",
	[ERRNO_FFFF] = "ret ERRNO 0xffff",
	[ACTION_UNKNOWN] = "ret of an unknown action",
	[ACTION_LOG] = "ret LOG",
	[ACTION_TRACE] = "ret TRACE",
	[ACTION_TRAP] = "ret TRAP",
	[ACTION_NOTIF] = "ret USER_NOTIF",
	[ACTION_KILL_PROCESS] = "ret KILL_PROCESS",
	[ACTION_KILL_THREAD] = "ret KILL_THREAD",
	[RET_A_CONSTANT] = "ret a after ld imm",
	[NR_X32] = "nr against an x32 number",
	[NR_EDGE] = "nr against the last number",
	[NR_EDGE_NEXT] = "nr against the table size",
	[NR_EXCEPTION] = "nr against 335 or 336",
	[NR_SIGN] = "nr against 0x80000000",
	[NR_MINUS_ONE] = "nr against -1",
	[ARCH_NATIVE] = "arch against the native one",
	[ARCH_COMPAT] = "arch against the compat one",
	[ARCH_FOREIGN] = "arch against a foreign one",
	[AND_THEN_JEQ] = "and, then jeq",
	[JSET_SINGLE_BIT] = "jset of a single bit",
	[ARG_THEN_NR] = "argument overwritten by nr",
	[ARG_THEN_TEST] = "argument tested",
	[NR_THEN_ARCH] = "nr overwritten by arch",
	[JT_IS_JF] = "jt equal to jf, not 0",
	[JT_255] = "jt 255",
	[JF_255] = "jf 255",
	[JA_0] = "ja 0",
	[JA_FAR] = "ja over more than 255",
	[TO_LAST] = "jump to the last instruction",
	[UNREACHABLE] = "code behind ret that nothing jumps to",
	[X_ZERO_DIV] = "division by X that is 0",
	[X_SHIFT_32] = "shift by X that is above 31",
	[LITTER_JT] = "jt set where it means nothing",
	[LITTER_K] = "k set where it means nothing",
	[LEN_1] = "one instruction",
	[LEN_4096] = "4096 instructions",
};

static u64 seen[FEATURES];

static void note(enum feature feature, bool here)
{
	seen[feature] += here;
}

static void note_action(u32 k)
{
	u32 off = k ^ SECCOMP_RET_ALLOW;
	u32 action = k & SECCOMP_RET_ACTION_FULL;

	note(ALLOW, !off);
	note(ALLOW_DATA, action == SECCOMP_RET_ALLOW && off);
	note(ALLOW_ONE_BIT, off && !(off & (off - 1)));
	note(ERRNO_0, k == SECCOMP_RET_ERRNO);
	note(ERRNO_4095, k == (SECCOMP_RET_ERRNO | 4095));
	note(ERRNO_4096, k == (SECCOMP_RET_ERRNO | 4096));
	note(ERRNO_FFFF, k == (SECCOMP_RET_ERRNO | 0xffff));
	note(ACTION_UNKNOWN, action == 0x7ffe0000 || action == 0x00040000 ||
				     action == 0x12340000);
	note(ACTION_LOG, action == SECCOMP_RET_LOG);
	note(ACTION_TRACE, action == SECCOMP_RET_TRACE);
	note(ACTION_TRAP, action == SECCOMP_RET_TRAP);
	note(ACTION_NOTIF, action == SECCOMP_RET_USER_NOTIF);
	note(ACTION_KILL_PROCESS, action == SECCOMP_RET_KILL_PROCESS);
	note(ACTION_KILL_THREAD, action == SECCOMP_RET_KILL_THREAD);
}

static bool loads(const struct sock_filter *insn, u32 from, u32 to)
{
	return insn->code == (BPF_LD | BPF_W | BPF_ABS) && insn->k >= from &&
	       insn->k < to;
}

static void note_pair(const struct sock_filter *a, const struct sock_filter *b)
{
	bool test = code_branches(b->code) && BPF_SRC(b->code) == BPF_K;
	bool nr = test && loads(a, 0, 4);
	bool arch = test && loads(a, 4, 8);
	u32 nrs = machine.table[0].nrs;
	const struct abi *abi = abi_by_audit_arch(b->k);

	note(NR_X32,
	     nr && b->k > X32_SYSCALL_BIT && b->k < X32_SYSCALL_BIT + nrs);
	note(NR_EDGE, nr && b->k == nrs - 1);
	note(NR_EDGE_NEXT, nr && b->k == nrs);
	note(NR_EXCEPTION, nr && (b->k == 335 || b->k == 336));
	note(NR_SIGN, nr && b->k == 0x80000000);
	note(NR_MINUS_ONE, nr && b->k == 0xffffffff);
	note(ARCH_NATIVE, arch && abi == machine.platform->native);
	note(ARCH_COMPAT, arch && abi == machine.platform->compat);
	note(ARCH_FOREIGN, arch && abi && abi != machine.platform->native &&
				   abi != machine.platform->compat);
	note(AND_THEN_JEQ, a->code == (BPF_ALU | BPF_AND | BPF_K) &&
				   b->code == (BPF_JMP | BPF_JEQ | BPF_K));
	note(ARG_THEN_NR, loads(a, 16, 64) && loads(b, 0, 4));
	note(ARG_THEN_TEST, loads(a, 16, 64) && test);
	note(NR_THEN_ARCH, loads(a, 0, 4) && loads(b, 4, 8));
	note(RET_A_CONSTANT,
	     a->code == (BPF_LD | BPF_IMM) && b->code == (BPF_RET | BPF_A));
	note(X_ZERO_DIV, a->code == (BPF_LDX | BPF_IMM) && a->k == 0 &&
				 b->code == (BPF_ALU | BPF_DIV | BPF_X));
	note(X_SHIFT_32, a->code == (BPF_LDX | BPF_IMM) && a->k > 31 &&
				 (b->code == (BPF_ALU | BPF_LSH | BPF_X) ||
				  b->code == (BPF_ALU | BPF_RSH | BPF_X)));
}

static void note_insn(const struct sock_filter *insn, u32 left)
{
	bool branches = code_branches(insn->code);
	bool ja = insn->code == (BPF_JMP | BPF_JA);

	hits[insn->code]++;
	if (insn->code == (BPF_RET | BPF_K))
		note_action(insn->k);
	note(JSET_SINGLE_BIT, insn->code == (BPF_JMP | BPF_JSET | BPF_K) &&
				      insn->k && !(insn->k & (insn->k - 1)));
	note(JT_IS_JF, branches && insn->jt && insn->jt == insn->jf);
	note(JT_255, branches && insn->jt == 255);
	note(JF_255, branches && insn->jf == 255);
	note(JA_0, ja && insn->k == 0);
	note(JA_FAR, ja && insn->k > 255);
	note(TO_LAST, branches && left > 2 && insn->jt + 1u == left);
	note(LITTER_JT, !branches && insn->jt);
	note(LITTER_K, insn->code == (BPF_MISC | BPF_TAX) && insn->k);
}

static bool has_unreachable(const struct filter *f)
{
	static bool reached[FILTER_MAX_INSNS];
	u32 pc;

	memset(reached, 0, f->len);
	reached[0] = true;
	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];

		if (!reached[pc])
			return true;
		if (code_branches(insn->code)) {
			reached[pc + 1 + insn->jt] = true;
			reached[pc + 1 + insn->jf] = true;
		} else if (insn->code == (BPF_JMP | BPF_JA)) {
			reached[pc + 1 + insn->k] = true;
		} else if (BPF_CLASS(insn->code) != BPF_RET) {
			reached[pc + 1] = true;
		}
	}
	return false;
}

static void note_filter(const struct filter *f)
{
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		note_insn(&f->insns[pc], f->len - pc - 1);
		if (pc + 1 < f->len)
			note_pair(&f->insns[pc], &f->insns[pc + 1]);
	}
	note(UNREACHABLE, has_unreachable(f));
	note(LEN_1, f->len == 1);
	note(LEN_4096, f->len == FILTER_MAX_INSNS);
}

static u32 any_len(struct rng *r)
{
	if (rng_one_in(r, 2000))
		return FILTER_MAX_INSNS - rng_below(r, 2);
	if (rng_one_in(r, 100))
		return 1 + rng_below(r, 1000);
	return 1 + rng_below(r, 64);
}

static void test_shapes(void)
{
	enum shape shape;

	for (shape = 0; shape < SHAPE_NEAR_MISS; shape++) {
		u32 refused = 0, other_len = 0, i;
		struct rng r = { 1000 + shape };

		for (i = 0; i < FILTERS / SHAPES; i++) {
			u32 len = any_len(&r);
			struct filter f = { insns, 0 };

			f.len = generate_filter(&r, &machine, shape, insns,
						len);
			other_len += f.len != len;
			if (filter_check(&f))
				refused++;
			else
				note_filter(&f);
		}
		ok(!refused && !other_len,
		   "%s: %u filters, %u refused, %u of another length",
		   shape_name(shape), i, refused, other_len);
	}
}

static void test_platforms(void)
{
	u32 i, j, refused = 0;
	struct rng r = { 5 };

	for (i = 0; i < nr_platforms; i++) {
		struct machine m;

		machine_init(&m, &platforms[i], KERNEL_RELEASE(6, 1),
			     i % 2 ? 1 : NR_MAX, 0);
		for (j = 0; j < 500; j++) {
			struct filter f = { insns, 0 };

			f.len = generate_filter(&r, &m, j % SHAPE_NEAR_MISS,
						insns, 1 + j % 70);
			refused += filter_check(&f) != 0;
		}
	}
	ok(!refused, "all platforms, tables of 1 and 512, no compat");
}

static void test_defects(void)
{
	enum defect defect;

	for (defect = 0; defect < DEFECTS; defect++) {
		struct rng r = { 2000 + defect };
		u32 accepted = 0, refused = 0, separators = 0, i, pc;

		for (i = 0; i < 2000; i++) {
			struct filter f = { insns, 0 };

			f.len = generate_defect(&r, &machine, defect, insns,
						any_len(&r));
			if (filter_check(&f))
				refused++;
			else
				accepted++;
			for (pc = 0; pc < f.len; pc++)
				separators += insns[pc].code == INPUT_SEPARATOR;
		}
		ok(accepted && refused > accepted && !separators,
		   "near-miss %s: %u refused, %u accepted", defect_name(defect),
		   refused, accepted);
	}
}

static void test_opcodes(void)
{
	u32 code, allowed = 0, missing = 0;

	for (code = 0; code < ARRAY_SIZE(hits); code++) {
		if (!code_allowed(code))
			continue;
		allowed++;
		if (hits[code] < 50) {
			diag("code 0x%02x: %llu times", code,
			     (unsigned long long)hits[code]);
			missing++;
		}
	}
	ok(allowed == 41 && !missing, "all %u opcodes occur often", allowed);
}

static void test_features(void)
{
	enum feature i;

	for (i = 0; i < FEATURES; i++)
		ok(seen[i] >= 10, "%s: %llu times", features[i],
		   (unsigned long long)seen[i]);
}

/* Numbers of the native table that the merged emulator finds constant. */
static u32 count_constants(const struct filter *f, u32 *allowed)
{
	u32 nr, constants = 0;

	*allowed = 0;
	for (nr = 0; nr < machine.table[0].nrs; nr++) {
		struct emu_result e =
			emulate_linux(f, machine.table[0].abi->audit_arch, nr);

		constants += e.reason == EMU_CONSTANT;
		*allowed += emu_allows(&e);
	}
	return constants;
}

static void test_constants(void)
{
	u32 nrs = machine.table[0].nrs;
	enum shape shape;

	for (shape = 0; shape < SHAPE_DIGEST; shape++) {
		u32 i, some = 0, mixed = 0, filters = 400;
		u64 constant = 0, allow = 0;
		struct rng r = { 3000 + shape };

		for (i = 0; i < filters; i++) {
			struct filter f = { insns, 0 };
			u32 constants, allowed;

			f.len = generate_filter(&r, &machine, shape, insns,
						5 + rng_below(&r, 56));
			constants = count_constants(&f, &allowed);
			constant += constants;
			allow += allowed;
			some += constants && constants < nrs;
			mixed += allowed && allowed < nrs;
		}
		diag("%s: %llu %% constant, %llu %% allowed", shape_name(shape),
		     (unsigned long long)(100 * constant / nrs / filters),
		     (unsigned long long)(100 * allow / nrs / filters));
		ok(mixed > filters / 6 && allow > (u64)nrs * filters / 6,
		   "%s: of %u filters %u allow some numbers and not others, "
		   "%u are constant for some only",
		   shape_name(shape), filters, mixed, some);
	}
}

/* One bit of any word makes another verdict of it, but for a few calls. */
static void test_digest(void)
{
	u32 i, word, bit, flips = 0, unseen = 0, most = 0;
	struct rng r = { 4000 };

	for (word = 0; word < SD_WORDS; word++) {
		for (bit = 0; bit < 32; bit++) {
			u32 same = 0;

			for (i = 0; i < 20; i++) {
				struct filter f = { insns, 0 };
				struct sd sd;
				u32 w, ret;

				f.len = generate_filter(&r, &machine,
							SHAPE_DIGEST, insns,
							75 + rng_below(&r, 40));
				for (w = 0; w < SD_WORDS; w++)
					sd.w[w] = rng_u32(&r);
				ret = ref_interp(&f, &sd).ret;
				sd.w[word] ^= 1u << bit;
				same += ref_interp(&f, &sd).ret == ret;
				flips++;
			}
			unseen += same;
			most = same > most ? same : most;
		}
	}
	ok(unseen < flips / 500 && most < 4,
	   "digest: of %u flipped bits %u were not seen, at most %u of 20 of the same",
	   flips, unseen, most);
}

static void test_inputs(void)
{
	static const u32 bound[] = { 0, 4, 60, 300, 1200, 4095, 4096, 4097 };
	u32 lens[ARRAY_SIZE(bound)] = { 0 };
	u32 depths[STACK_MAX_FILTERS + 1] = { 0 };
	u32 i, j, valid = 0, filters = 0, kept = 0, stacks = 0, raw = 0;
	struct rng r = { 4000 };
	static u8 bytes[INPUT_MAX_SIZE];
	bool depth_ok = true;

	for (i = 0; i < 30000; i++) {
		u32 deep, arch, nr, allowed = 0;

		generate_input(&r, &machine, &in);
		depths[in.stack.depth]++;
		for (j = 0; j < in.stack.depth; j++) {
			const struct filter *f = &in.stack.filter[j];
			u32 b = 0;

			while (f->len > bound[b])
				b++;
			lens[b]++;
			filters++;
			valid += !filter_check(f);
		}
		if (i % 16)
			continue;
		raw += input_write(&in, bytes, sizeof(bytes)) > 0;

		/* Of deep stacks: does any number survive all filters? */
		deep = in.stack.depth;
		if (deep < 4)
			continue;
		stacks++;
		arch = machine.table[0].abi->audit_arch;
		for (nr = 0; nr < machine.table[0].nrs; nr++) {
			bool all = true;

			for (j = 0; j < deep && all; j++) {
				const struct filter *f = &in.stack.filter[j];
				struct emu_result e;

				if (filter_check(f))
					continue;
				e = emulate_linux(f, arch, nr);
				all = emu_allows(&e);
			}
			allowed += all;
		}
		kept += allowed > 0;
	}
	for (i = 0; i < ARRAY_SIZE(bound); i++)
		diag("up to %u instructions: %u filters", bound[i], lens[i]);
	for (i = 1; i <= STACK_MAX_FILTERS; i++) {
		diag("depth %u: %u", i, depths[i]);
		depth_ok &= depths[i] > 0;
	}
	ok(depth_ok && depths[1] > 12000 && depths[1] < 18000,
	   "all depths, half of the stacks have one filter");
	ok(lens[2] > filters / 2, "most filters have 5 to 60 instructions");
	for (i = 0; i < ARRAY_SIZE(bound); i++)
		ok(lens[i], "some have up to %u", bound[i]);
	ok(valid < filters && valid > filters / 10 * 9,
	   "%u of %u filters are valid", valid, filters);
	ok(kept > stacks / 5, "of %u stacks of 4 and more, %u allow a number",
	   stacks, kept);
	ok(raw == 30000 / 16, "all have a raw form");
}

static void test_repeats(void)
{
	static u8 one[INPUT_MAX_SIZE], two[INPUT_MAX_SIZE];
	u32 i, same = 0, differ = 0;
	u64 digest = 0;

	for (i = 0; i < 1000; i++) {
		const u8 bytes[] = { i, i >> 8 };
		struct rng r, s;
		int a, b, byte;

		entropy_seed(&r, bytes, sizeof(bytes));
		entropy_seed(&s, bytes, sizeof(bytes));
		/* Whatever the memory held before. */
		memset(again.insns, i, 4096);
		generate_input(&r, &machine, &in);
		generate_input(&s, &machine, &again);
		a = input_write(&in, one, sizeof(one));
		b = input_write(&again, two, sizeof(two));
		same += a == b && !memcmp(one, two, a);
		for (byte = 0; byte < a; byte++)
			digest = (digest ^ one[byte]) * 0x100000001b3ull;
		generate_input(&s, &machine, &again);
		b = input_write(&again, two, sizeof(two));
		differ += a != b || memcmp(one, two, a);
	}
	/* Equal for all compilers and targets. */
	diag("digest %016llx", (unsigned long long)digest);
	ok(same == 1000, "the same bytes give the same input");
	ok(differ == 1000, "what comes next is another one");
}

static void test_entropy(void)
{
	static const u8 bytes[] = { 1, 2, 3, 4 };
	struct rng r, s;

	entropy_seed(&r, NULL, 0);
	entropy_seed(&s, bytes, 1);
	ok(r.state != s.state, "no bytes and one byte differ");
	entropy_seed(&r, bytes, 4);
	entropy_seed(&s, bytes, 3);
	ok(r.state != s.state, "four bytes and three differ");
}

int main(void)
{
	machine_init(&machine, &platforms[0], KERNEL_RELEASE(6, 12), 463, 463);
	test_shapes();
	test_platforms();
	test_defects();
	test_opcodes();
	test_features();
	test_constants();
	test_digest();
	test_inputs();
	test_repeats();
	test_entropy();
	return tap_done();
}
