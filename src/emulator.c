// SPDX-License-Identifier: GPL-2.0-only
#include "emulator.h"

static struct emu_result constant(u32 ret, u32 pc)
{
	return (struct emu_result){ EMU_CONSTANT, ret, pc };
}

static struct emu_result give_up(enum emu_reason reason, u32 pc)
{
	return (struct emu_result){ reason, 0, pc };
}

struct emu_result emulate_seed(const struct filter *f, u32 arch, u32 nr)
{
	u32 reg_value = 0;
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];
		u32 k = insn->k;

		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (k == offsetof(struct seccomp_data, nr))
				reg_value = nr;
			else if (k == offsetof(struct seccomp_data, arch))
				reg_value = arch;
			else
				return give_up(EMU_LOAD, pc);
			break;
		case BPF_RET | BPF_K:
			return constant(k, pc);
		case BPF_JMP | BPF_JA:
			pc += k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += reg_value == k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += reg_value >= k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += reg_value > k ? insn->jt : insn->jf;
			break;
		default:
			return give_up(EMU_INSN, pc);
		}
	}
	return give_up(EMU_INSN, pc);
}

struct emu_result emulate_linux(const struct filter *f, u32 arch, u32 nr)
{
	u32 reg_value = 0;
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];
		u32 k = insn->k;

		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			switch (k) {
			case offsetof(struct seccomp_data, nr):
				reg_value = nr;
				break;
			case offsetof(struct seccomp_data, arch):
				reg_value = arch;
				break;
			default:
				return give_up(EMU_LOAD, pc);
			}
			break;
		case BPF_RET | BPF_K:
			return constant(k, pc);
		case BPF_JMP | BPF_JA:
			pc += k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += reg_value == k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += reg_value >= k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += reg_value > k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += reg_value & k ? insn->jt : insn->jf;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			reg_value &= k;
			break;
		default:
			return give_up(EMU_INSN, pc);
		}
	}
	return give_up(EMU_INSN, pc);
}

struct emu_result emulate(enum emu_level level, const struct filter *f,
			  u32 arch, u32 nr, struct emu_scratch *scratch)
{
	switch (level) {
	case EMU_SEED:
		return emulate_seed(f, arch, nr);
	case EMU_LINUX:
		return emulate_linux(f, arch, nr);
	default:
		return emulate_full(f, arch, nr, scratch);
	}
}

const char *emu_level_name(enum emu_level level)
{
	static const char *const names[EMU_LEVELS] = {
		[EMU_SEED] = "seed",
		[EMU_LINUX] = "linux",
		[EMU_FULL] = "full",
	};

	return names[level];
}

const char *emu_reason_name(enum emu_reason reason)
{
	static const char *const names[EMU_REASONS] = {
		[EMU_CONSTANT] = "constant",
		[EMU_LOAD] = "load of an argument or the instruction pointer",
		[EMU_INSN] = "instruction not known to the emulator",
		[EMU_RET_UNKNOWN] = "return of an unknown value",
		[EMU_RET_DIFFERS] = "returns that differ",
	};

	return names[reason];
}
