// SPDX-License-Identifier: GPL-2.0-only
/*
 * The full level: forward constant propagation. Jumps only go forward, so one
 * pass in program order sees every predecessor of an instruction before it.
 */
#include <linux/seccomp.h>

#include "action.h"
#include "alu.h"
#include "emulator.h"

enum cell {
	CELL_A,
	CELL_X,
	CELL_M,
};

struct value {
	bool known;
	u32 v;
};

static struct value unknown(void)
{
	return (struct value){ false, 0 };
}

static struct value known(u32 v)
{
	return (struct value){ true, v };
}

static struct value get(const struct emu_state *s, u32 cell)
{
	return (struct value){ s->known >> cell & 1, s->cell[cell] };
}

static void set(struct emu_state *s, u32 cell, struct value value)
{
	s->known &= ~(1u << cell);
	s->known |= (u32)value.known << cell;
	s->cell[cell] = value.v;
}

/* What holds at a join is what holds on all ways to it. */
static void flow(const struct emu_state *from, struct emu_state *to)
{
	u32 i;

	if (!to->reached) {
		*to = *from;
		return;
	}
	to->known &= from->known;
	for (i = 0; i < ARRAY_SIZE(to->cell); i++) {
		if (to->cell[i] != from->cell[i])
			to->known &= ~(1u << i);
	}
}

/* Zero absorbs some operations whatever the other side is. */
static struct value alu(u16 op, struct value a, struct value b)
{
	bool zero_a = a.known && a.v == 0;
	bool zero_b = b.known && b.v == 0;

	if ((op == BPF_AND || op == BPF_MUL) && (zero_a || zero_b))
		return known(0);
	if ((op == BPF_LSH || op == BPF_RSH || op == BPF_DIV) && zero_a)
		return known(0);
	if (!a.known || !b.known)
		return unknown();

	if (op == BPF_DIV && b.v == 0)
		return unknown();
	return known(alu_apply(op, a.v, b.v));
}

/* By X: see wide_shifts. A K of 32 is refused. */
static bool shifts_all_out(const struct filter *f,
			   const struct sock_filter *insn, struct value b)
{
	u16 op = BPF_OP(insn->code);

	return f->wide_shifts && (op == BPF_LSH || op == BPF_RSH) && b.known &&
	       b.v & 32;
}

/* The result of a compare; some hold for every A. */
static struct value compare(u16 op, struct value a, struct value b)
{
	if (b.known && b.v == 0 && op == BPF_JGE)
		return known(true);
	if (b.known && b.v == 0 && op == BPF_JSET)
		return known(false);
	if (b.known && b.v == UINT32_MAX && op == BPF_JGT)
		return known(false);
	if (a.known && a.v == 0 && (op == BPF_JGT || op == BPF_JSET))
		return known(false);
	if (a.known && a.v == UINT32_MAX && op == BPF_JGE)
		return known(true);
	if (!a.known || !b.known)
		return unknown();

	return known(alu_jumps(op, a.v, b.v));
}

/* The reachable returns so far. */
struct returns {
	struct emu_result r;
	bool any;
	bool allow_is_one; /* whatever its data, which the kernel ignores */
};

/* One more; false as soon as they cannot be one value. */
static bool returns(struct returns *all, struct value v, u32 pc)
{
	if (!v.known) {
		all->r = (struct emu_result){ EMU_RET_UNKNOWN, 0, pc };
		return false;
	}
	if (all->allow_is_one &&
	    action_order(v.v) == action_order(SECCOMP_RET_ALLOW))
		v.v = SECCOMP_RET_ALLOW;
	if (all->any && all->r.ret != v.v) {
		all->r = (struct emu_result){ EMU_RET_DIFFERS, 0, pc };
		return false;
	}
	all->r = (struct emu_result){ EMU_CONSTANT, v.v, pc };
	all->any = true;
	return true;
}

static struct value load(u32 k, u32 arch, u32 nr)
{
	switch (k) {
	case offsetof(struct seccomp_data, nr):
		return known(nr);
	case offsetof(struct seccomp_data, arch):
		return known(arch);
	default:
		return unknown();
	}
}

static void propagate(const struct filter *f, u32 arch, u32 nr,
		      struct emu_scratch *scratch, struct returns *all)
{
	struct emu_state *at = scratch->at;
	u32 pc;

	for (pc = 0; pc < f->len; pc++)
		at[pc].reached = false;
	at[0] = (struct emu_state){ .known = UINT32_MAX, .reached = true };

	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];
		struct emu_state s = at[pc];
		struct value a, x, b;
		u32 next = pc + 1;

		if (!s.reached)
			continue;

		a = get(&s, CELL_A);
		x = get(&s, CELL_X);
		b = BPF_SRC(insn->code) == BPF_X ? x : known(insn->k);

		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
		case BPF_LDX:
			switch (BPF_MODE(insn->code)) {
			case BPF_ABS:
				b = load(insn->k, arch, nr);
				break;
			case BPF_LEN:
				b = known(sizeof(struct seccomp_data));
				break;
			case BPF_MEM:
				b = get(&s, CELL_M + insn->k);
				break;
			default:
				b = known(insn->k);
			}
			set(&s,
			    BPF_CLASS(insn->code) == BPF_LD ? CELL_A : CELL_X,
			    b);
			break;
		case BPF_ST:
			set(&s, CELL_M + insn->k, a);
			break;
		case BPF_STX:
			set(&s, CELL_M + insn->k, x);
			break;
		case BPF_MISC:
			if (BPF_MISCOP(insn->code) == BPF_TAX)
				set(&s, CELL_X, a);
			else
				set(&s, CELL_A, x);
			break;
		case BPF_ALU:
			if (BPF_OP(insn->code) == BPF_NEG) {
				set(&s, CELL_A, alu(BPF_SUB, known(0), a));
				break;
			}
			/* A division by X == 0 is a return of 0. */
			if (BPF_OP(insn->code) == BPF_DIV &&
			    (!b.known || b.v == 0) &&
			    !returns(all, known(0), pc))
				return;
			if (BPF_OP(insn->code) == BPF_DIV && b.known &&
			    b.v == 0)
				continue;
			if (shifts_all_out(f, insn, b))
				set(&s, CELL_A, known(0));
			else
				set(&s, CELL_A,
				    alu(BPF_OP(insn->code), a, b));
			break;
		case BPF_JMP:
			if (BPF_OP(insn->code) == BPF_JA) {
				next += insn->k;
				break;
			}
			b = compare(BPF_OP(insn->code), a, b);
			if (!b.known)
				flow(&s, &at[next + insn->jf]);
			next += !b.known || b.v ? insn->jt : insn->jf;
			break;
		case BPF_RET:
			if (BPF_RVAL(insn->code) == BPF_K)
				a = known(insn->k);
			if (!returns(all, a, pc))
				return;
			continue;
		}
		flow(&s, &at[next]);
	}
}

struct emu_result emulate_full(const struct filter *f, u32 arch, u32 nr,
			       struct emu_scratch *scratch)
{
	struct returns all = { .r = { EMU_INSN, 0, 0 } };

	propagate(f, arch, nr, scratch, &all);
	return all.r;
}

bool full_allows(const struct filter *f, u32 arch, u32 nr,
		 struct emu_scratch *scratch)
{
	struct returns all = { .r = { EMU_INSN, 0, 0 },
			       .allow_is_one = true };

	propagate(f, arch, nr, scratch, &all);
	return emu_allows(&all.r);
}
