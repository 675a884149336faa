// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters that differ from a valid one by one defect, or by what is nearly
 * one. The defect is inserted rather than written over what was there, so that
 * nothing else breaks.
 */
#include "generate_build.h"
#include "mutate.h"

#define PICK(r, table) ((table)[rng_below((r), ARRAY_SIZE(table))])

struct flaw {
	struct rng *r;
	const struct machine *m;
	struct sock_filter *insns;
	u32 len;
};

/* A conditional jump over the place may be too long to get longer. */
static void insert(struct flaw *f, u32 at, const struct sock_filter *insns,
		   u32 n)
{
	if (insns_insert(f->insns, &f->len, at, insns, n))
		insns_insert(f->insns, &f->len, 0, insns, n);
}

static u32 anywhere(struct flaw *f)
{
	return rng_below(f->r, f->len);
}

static void insert_one(struct flaw *f, u16 code, u32 k)
{
	struct sock_filter insn = { code, 0, 0, k };

	insert(f, anywhere(f), &insn, 1);
}

static void flaw_opcode(struct flaw *f)
{
	static const u16 codes[] = {
		/* classic, and socket filters may have them */
		BPF_ALU | BPF_MOD | BPF_K,
		BPF_ALU | BPF_MOD | BPF_X,
		BPF_LD | BPF_H | BPF_ABS,
		BPF_LD | BPF_B | BPF_ABS,
		BPF_LD | BPF_W | BPF_IND,
		BPF_LD | BPF_H | BPF_IND,
		BPF_LD | BPF_B | BPF_IND,
		BPF_LDX | BPF_B | BPF_MSH,
		/* what LD ABS becomes inside the kernel */
		BPF_LDX | BPF_W | BPF_ABS,
		/* classic, but nobody's */
		BPF_RET | BPF_X,
		BPF_LDX | BPF_W | BPF_IND,
		BPF_LDX | BPF_W | BPF_MSH,
		BPF_LD | BPF_H | BPF_IMM,
		BPF_LD | BPF_B | BPF_MEM,
		BPF_LD | BPF_H | BPF_LEN,
		BPF_JMP | BPF_JA | BPF_X,
		BPF_ALU | BPF_NEG | BPF_X,
		BPF_ST | BPF_MEM,
		BPF_STX | BPF_MEM,
		BPF_MISC | 0x40,
		BPF_MISC | 0xc0,
		/* eBPF: DW, ARSH, MOV, JNE, CALL, EXIT, BSWAP */
		BPF_LD | 0x18,
		BPF_ALU | 0xc0,
		BPF_ALU | 0xb0,
		BPF_JMP | 0x50,
		BPF_JMP | 0x80,
		BPF_JMP | 0x90,
		BPF_ALU | 0xd0,
		/* bits above the low byte */
		0x100 | BPF_RET | BPF_K,
		0x8000 | BPF_LD | BPF_W | BPF_ABS,
		0xff00 | BPF_JMP | BPF_JA,
		0xfffe,
	};
	u16 code = PICK(f->r, codes);

	/* A bit off what is there: often refused, at times another opcode. */
	if (rng_one_in(f->r, 4)) {
		code = f->insns[anywhere(f)].code;
		code ^= 1u << rng_below(f->r, 15);
	}
	insert_one(f, code, rng_below(f->r, SD_WORDS) * 4);
}

static void flaw_offset(struct flaw *f)
{
	static const u32 offsets[] = {
		1,
		2,
		3,
		5,
		6,
		7,
		58,
		59,
		60,
		61,
		62,
		63,
		64,
		65,
		68,
		128,
		/* ancillary data of socket filters: SKF_AD_OFF */
		0xfffff000,
		0xfffff004,
		0x7ffffffc,
		0x80000000,
		0x80000004,
		0xffffffc0,
		0xfffffffc,
		0xffffffff,
	};

	insert_one(f, BPF_LD | BPF_W | BPF_ABS, PICK(f->r, offsets));
}

static void flaw_cell(struct flaw *f)
{
	static const u16 codes[] = { BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM,
				     BPF_ST, BPF_STX };
	static const u32 cells[] = { 15, 15,         16,         17,        31,
				     32, 0x80000000, 0x8000000f, 0xffffffff };
	u16 code = PICK(f->r, codes);
	u32 cell = PICK(f->r, cells);
	struct sock_filter insns[] = {
		{ BPF_ST, 0, 0, BPF_MEMWORDS - 1 },
		{ code, 0, 0, cell },
	};

	insert(f, anywhere(f), insns, ARRAY_SIZE(insns));
}

static void flaw_no_store(struct flaw *f)
{
	u32 cell = rng_below(f->r, BPF_MEMWORDS);
	u16 load = rng_one_in(f->r, 2) ? BPF_LD : BPF_LDX;
	u32 taken = rng_below(f->r, 4);
	struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		/* one way round the store, the other, both, or none */
		{ BPF_JMP | BPF_JEQ | BPF_K, taken & 1, taken >> 1,
		  generate_constant(f->r, f->m) },
		{ BPF_ST, 0, 0, cell },
		{ load | BPF_MEM, 0, 0, cell },
	};

	insert(f, rng_one_in(f->r, 2) ? 0 : anywhere(f), insns,
	       ARRAY_SIZE(insns));
}

static void flaw_divisor(struct flaw *f)
{
	insert_one(f, BPF_ALU | BPF_DIV | BPF_K, rng_one_in(f->r, 4));
}

static void flaw_shift(struct flaw *f)
{
	static const u32 shifts[] = { 31, 31,  32,         33,        63,
				      64, 255, 0x80000000, 0xffffffff };
	u16 op = rng_one_in(f->r, 2) ? BPF_LSH : BPF_RSH;

	insert_one(f, BPF_ALU | BPF_K | op, PICK(f->r, shifts));
}

/* @far is past the end, and one less is the last instruction. */
static void flaw_branch(struct flaw *f)
{
	u32 far = 1 + rng_below(f->r, f->len < 255 ? f->len : 255);
	u32 at = f->len - far;
	struct sock_filter insn = { .code = pick_compare(f->r) };

	insn.k = generate_constant(f->r, f->m);
	if (rng_one_in(f->r, 4))
		far--;
	else if (rng_one_in(f->r, 4))
		far = 255;
	if (rng_one_in(f->r, 2))
		insn.jt = far;
	else
		insn.jf = far;
	if (rng_one_in(f->r, 4))
		insn.code |= BPF_X;
	if (insns_insert(f->insns, &f->len, at, &insn, 1))
		f->insns[at] = insn;
}

static void flaw_ja(struct flaw *f)
{
	u32 at = anywhere(f);
	u32 far = f->len - at;
	struct sock_filter insn = { BPF_JMP | BPF_JA, 0, 0, far };

	switch (rng_below(f->r, 8)) {
	case 0:
	case 1:
		insn.k = far - 1; /* the last instruction */
		break;
	case 2:
		insn.k = -1; /* itself, if the sum wraps */
		break;
	case 3:
		insn.k = -1 - at; /* the first instruction */
		break;
	case 4:
		insn.k = 0x7fffffff + rng_below(f->r, 2);
		break;
	case 5:
		/* good in the low 16 bits */
		insn.k = (far - 1) | 0x10000u << rng_below(f->r, 16);
		break;
	}
	if (insns_insert(f->insns, &f->len, at, &insn, 1))
		f->insns[at] = insn;
}

static void flaw_last(struct flaw *f)
{
	static const u16 codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_IMM,
		BPF_ALU | BPF_ADD | BPF_K,
		BPF_MISC | BPF_TAX,
		BPF_ST,
		BPF_RET | BPF_A,
		BPF_RET | BPF_A,
	};

	f->insns[f->len - 1] =
		(struct sock_filter){ PICK(f->r, codes), 0, 0, 0 };
}

static void flaw_length(struct flaw *f)
{
	switch (rng_below(f->r, 16)) {
	case 0:
	case 1: /* as long as can be, or one more */
		f->len = generate_filter(f->r, f->m, SHAPE_LIST, f->insns,
					 FILTER_MAX_INSNS - 1);
		insert_one(f, BPF_LD | BPF_W | BPF_ABS, 0);
		if (rng_one_in(f->r, 2))
			insert_one(f, BPF_LD | BPF_W | BPF_ABS, 4);
		break;
	default:
		f->len = 0;
	}
}

static const struct {
	const char *name;
	void (*apply)(struct flaw *f);
} defects[DEFECTS] = {
	[DEFECT_OPCODE] = { "opcode", flaw_opcode },
	[DEFECT_OFFSET] = { "offset", flaw_offset },
	[DEFECT_CELL] = { "cell", flaw_cell },
	[DEFECT_NO_STORE] = { "no-store", flaw_no_store },
	[DEFECT_DIVISOR] = { "divisor", flaw_divisor },
	[DEFECT_SHIFT] = { "shift", flaw_shift },
	[DEFECT_BRANCH] = { "branch", flaw_branch },
	[DEFECT_JA] = { "ja", flaw_ja },
	[DEFECT_LAST] = { "last", flaw_last },
	[DEFECT_LENGTH] = { "length", flaw_length },
};

const char *defect_name(enum defect defect)
{
	return defects[defect].name;
}

#define FLAW_MAX_INSNS 4 /* the most that a defect inserts */

u32 generate_defect(struct rng *r, const struct machine *m, enum defect defect,
		    struct sock_filter *insns, u32 len)
{
	enum shape shape = rng_below(r, SHAPE_NEAR_MISS);
	struct flaw f = { r, m, insns, 0 };

	len = len > FLAW_MAX_INSNS ? len - FLAW_MAX_INSNS : 1;
	f.len = generate_filter(r, m, shape, insns, len);
	defects[defect].apply(&f);
	return f.len;
}
