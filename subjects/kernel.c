// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own functions as a subject. Compiled once for each platform,
 * with PLATFORM being its name and the include path leading to what machine.py
 * and extract.py made of a tree.
 */
/* No more of ours than that: a patch may use any name. */
#include "shim.h"
#include "subject.h"

#include "arch.h"
#include "tables.h"

#define PASTE_(a, b)    a##b
#define PASTE(a, b)     PASTE_(a, b)
#define EXTRACTED(name) PASTE(PASTE(PLATFORM, _), name)
#include "extracted.h"

/* The kernel picks the smallest of 16 stacks; a filter's M[] needs 64 bytes. */
DEFINE_BPF_PROG_RUN(32)
DEFINE_BPF_PROG_RUN(64)

static struct bpf_prog *bpf_prog_alloc(unsigned int size, gfp_t gfp)
{
	struct bpf_prog *fp = kzalloc(size, gfp);

	if (!fp)
		return NULL;
	fp->aux = kzalloc(sizeof(*fp->aux), gfp);
	if (!fp->aux) {
		kfree(fp);
		return NULL;
	}
	return fp;
}

static struct bpf_prog *bpf_prog_realloc(struct bpf_prog *fp, unsigned int size,
					 gfp_t gfp)
{
	return shim_resize(fp, size);
}

static void __bpf_prog_free(struct bpf_prog *fp)
{
	kfree(fp->aux);
	kfree(fp);
}

static bool stores_below(const struct bpf_insn *insn, u32 depth)
{
	return insn->code == (BPF_STX | BPF_MEM | BPF_W) &&
	       insn->dst_reg == BPF_REG_FP && (u32)-insn->off > depth;
}

/*
 * The frame is as large as the converter says, here as in compiled code. A loop that
 * a compiler takes several steps of at once would have edges for what is left over, by
 * which fuzzers tell lengths apart.
 */
static struct bpf_prog *bpf_prog_select_runtime(struct bpf_prog *fp, int *err)
{
	u32 i;

	for (i = 0; i < fp->len; i++)
		BUG_ON(stores_below(&fp->insnsi[i], fp->aux->stack_depth));
	fp->bpf_func =
		fp->aux->stack_depth <= 32 ? PROG_NAME(32) : PROG_NAME(64);
	*err = 0;
	return fp;
}

static inline u32 bpf_prog_run_pin_on_cpu(const struct bpf_prog *fp,
					  const void *ctx)
{
	return fp->bpf_func(ctx, fp->insnsi);
}

/* As seccomp_set_mode_filter() does it, for a task that asks for no flags. */
static int set_mode_filter(const struct filter *f)
{
	struct sock_fprog fprog = {
		.len = f->len,
		.filter = (struct sock_filter *)f->insns,
	};
	struct seccomp_filter *prepared;
	int ret;

	/* User space cannot say it. */
	if (f->len > USHRT_MAX)
		return -EINVAL;

	prepared = seccomp_prepare_filter(&fprog);
	if (IS_ERR(prepared))
		return PTR_ERR(prepared);

	ret = seccomp_attach_filter(0, prepared);
	if (ret)
		seccomp_filter_free(prepared);
	return ret;
}

/* What it writes out of bounds is its own fault, not that of who frees it. */
static int subject_attach(const struct filter *f)
{
	int ret = set_mode_filter(f);

	shim_check_memory();
	return ret;
}

static void subject_reset(void)
{
	__put_seccomp_filter(current->seccomp.filter);
	current->seccomp.filter = NULL;
	current->seccomp.filter_count.counter = 0;
}

static inline struct seccomp_data as_kernel(const struct sd *sd)
{
	struct seccomp_data data;

	_Static_assert(sizeof(data) == sizeof(*sd),
		       "seccomp_data has 16 words");
	memcpy(&data, sd, sizeof(data));
	return data;
}

/* A task without filters never gets to the functions below. */
static void subject_served(u32 arch, struct nrset *out)
{
	struct seccomp_filter *filter = current->seccomp.filter;
	struct seccomp_data data = { .arch = arch };
	u32 i, bit;

	*out = (struct nrset){ 0 };
	if (!filter)
		return;
	for (i = 0; i < NRSET_WORDS; i++) {
		u64 word = 0;

		for (bit = 0; bit < 64; bit++, data.nr++)
			word |= (u64)seccomp_cache_check_allow(filter, &data)
				<< bit;
		out->w[i] = word;
	}
}

static bool subject_lookup(const struct sd *sd)
{
	struct seccomp_data data = as_kernel(sd);

	return current->seccomp.filter &&
	       seccomp_cache_check_allow(current->seccomp.filter, &data);
}

static u32 depth_of(const struct seccomp_filter *filter)
{
	u32 depth = 0;

	for (; filter; filter = filter->prev)
		depth++;
	return depth;
}

static u32 subject_run(const struct sd *sd, s32 *match)
{
	struct seccomp_data data = as_kernel(sd);
	struct seccomp_filter *matched = NULL;
	u32 ret;

	*match = -1;
	if (!current->seccomp.filter)
		return SECCOMP_RET_ALLOW;
	ret = seccomp_run_filters(&data, &matched);
	if (matched)
		*match = depth_of(matched) - 1;
	return ret;
}

#define FRAME_BYTE 0xa5a5a5a5a5a5a5a5ull

/*
 * As compiled code finds it: but for the context and the frame pointer, registers
 * have what the caller left there. The kernel's own PROG_NAME() clears them.
 */
static u32 run_unprepared(const struct bpf_prog *fp, const void *ctx)
{
	struct {
		u64 below;
		u64 stack[BPF_MEMWORDS * sizeof(u32) / sizeof(u64)];
		u64 regs[MAX_BPF_EXT_REG];
		u64 above;
	} frame;
	u32 ret;

	memset(&frame, (u8)FRAME_BYTE, sizeof(frame));
	frame.regs[BPF_REG_FP] = (u64)(frame.stack + ARRAY_SIZE(frame.stack));
	frame.regs[BPF_REG_ARG1] = (u64)ctx;
	ret = ___bpf_prog_run(frame.regs, fp->insnsi);
	BUG_ON(frame.below != FRAME_BYTE || frame.above != FRAME_BYTE);
	return ret;
}

/* No copy: who calls may look which words are read, see subject.h. */
static u32 subject_exec(u32 filter, const struct sd *sd)
{
	struct seccomp_filter *f = current->seccomp.filter;
	u32 depth = depth_of(f);

	while (depth-- > filter + 1)
		f = f->prev;
	return run_unprepared(f->prog, sd);
}

static u64 subject_warnings(void)
{
	return shim_warnings;
}

static struct subject subject = {
	.name = MACHINE_NAME,
	.reset = subject_reset,
	.attach = subject_attach,
	.served = subject_served,
	.lookup = subject_lookup,
	.run = subject_run,
	.exec = subject_exec,
	.warnings = subject_warnings,
};

#define STRING(x)  #x
#define NAME_OF(x) STRING(x)

/* As subjects.h declares them for each platform. */
const struct subject *PASTE(kernel_subject_, PLATFORM)(void);
bool PASTE(kernel_prepare_, PLATFORM)(void);

const struct subject *PASTE(kernel_subject_, PLATFORM)(void)
{
	if (!subject.machine.platform &&
	    machine_init(&subject.machine, platform_find(NAME_OF(PLATFORM)),
			 MACHINE_RELEASE, MACHINE_NATIVE_NRS,
			 MACHINE_COMPAT_NRS)) {
		fprintf(stderr, "%s: tables of %u and %u system calls?\n",
			subject.name, MACHINE_NATIVE_NRS, MACHINE_COMPAT_NRS);
		abort();
	}
	return &subject;
}

bool PASTE(kernel_prepare_, PLATFORM)(void)
{
	typedef void prepare(struct seccomp_filter *);

	/* A patch may call it in another way. */
	if (!__builtin_types_compatible_p(typeof(seccomp_cache_prepare),
					  prepare))
		return false;
	if (current->seccomp.filter)
		((prepare *)seccomp_cache_prepare)(current->seccomp.filter);
	return true;
}
