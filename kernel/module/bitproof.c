// SPDX-License-Identifier: GPL-2.0-only
/*
 * bitproof - for kernels that are booted to be tested: lets calls be allowed
 * without acting, and shows the bitmap of a filter as it is in memory.
 *
 * Probes on the tracepoints sys_enter, which is passed after seccomp has decided
 * and before the number is looked at again, and sys_exit. See bitproof.h.
 *
 * struct seccomp_filter is private to kernel/seccomp.c: private.h is made from
 * the tree that the kernel is built from.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/seq_file.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <asm/syscall.h>

#include "bitproof.h"
#include "private.h"

#define MAX_PLACES 16

struct place {
	unsigned long from, to;
	unsigned long buffer; /* 0: neuter */
	unsigned long slots;
};

static struct place places[MAX_PLACES];
static unsigned int nr_places; /* published by a release store */
static DEFINE_MUTEX(lock);
static atomic_long_t neutered, copied, failed;

static const struct place *find_place(struct pt_regs *regs, bool attach)
{
	unsigned long ip = instruction_pointer(regs);
	unsigned int i, n = smp_load_acquire(&nr_places);

	for (i = 0; i < n; i++) {
		if (ip >= places[i].from && ip < places[i].to)
			return attach == !!places[i].buffer ? &places[i] : NULL;
	}
	return NULL;
}

/*
 * A number of -1 is not called, and leaves the return value alone. s390 has a
 * flag for that, which syscall_set_return_value() sets. The value comes last:
 * arm64's way to set the number may change it.
 */
static void skip_call(struct pt_regs *regs)
{
#if defined(CONFIG_X86)
	regs->orig_ax = -1;
#elif defined(CONFIG_ARM64)
	regs->syscallno = NO_SYSCALL;
#elif !defined(CONFIG_S390)
#error "how is a call skipped here?"
#endif
	syscall_set_return_value(current, regs, 0, BITPROOF_NEUTERED);
}

static void on_enter(void *unused, struct pt_regs *regs, long nr)
{
	if (!find_place(regs, false))
		return;
	skip_call(regs);
	atomic_long_inc(&neutered);
}

static void fill(struct bitproof_bits *b, const struct action_cache *cache)
{
	BUILD_BUG_ON(SECCOMP_ARCH_NATIVE_NR > BITPROOF_TABLE_BITS);
	BUILD_BUG_ON(sizeof(cache->allow_native) > sizeof(b->allow[0]));
	b->nrs[0] = SECCOMP_ARCH_NATIVE_NR;
	memcpy(b->allow[0], cache->allow_native, sizeof(cache->allow_native));
#ifdef SECCOMP_ARCH_COMPAT
	BUILD_BUG_ON(SECCOMP_ARCH_COMPAT_NR > BITPROOF_TABLE_BITS);
	BUILD_BUG_ON(sizeof(cache->allow_compat) > sizeof(b->allow[1]));
	b->nrs[1] = SECCOMP_ARCH_COMPAT_NR;
	memcpy(b->allow[1], cache->allow_compat, sizeof(cache->allow_compat));
#endif
}

/* The task's own filter can't go away: only its end releases it. */
static void on_exit(void *unused, struct pt_regs *regs, long ret)
{
	const struct place *r = find_place(regs, true);
	const struct seccomp_filter *f = READ_ONCE(current->seccomp.filter);
	struct bitproof_bits b = { .size = sizeof(b) };
	unsigned long at;

	if (!r || !f || ret < 0)
		return;
	b.filters = atomic_read(&current->seccomp.filter_count);
	if (b.filters - 1 >= r->slots)
		return;
	fill(&b, &f->cache);
	at = r->buffer + (b.filters - 1) * sizeof(b);
	if (copy_to_user_nofault((void __user *)at, &b, sizeof(b)))
		atomic_long_inc(&failed);
	else
		atomic_long_inc(&copied);
}

static int add_place(const struct place *r)
{
	unsigned int i, n = nr_places;

	if (r->from >= r->to)
		return -EINVAL;
	if (n == MAX_PLACES)
		return -ENOSPC;
	for (i = 0; i < n; i++) {
		if (r->from < places[i].to && places[i].from < r->to)
			return -EEXIST;
	}
	places[n] = *r;
	smp_store_release(&nr_places, n + 1);
	return 0;
}

static ssize_t command(struct file *file, const char __user *from, size_t size,
		       loff_t *pos)
{
	struct place r = { 0 };
	char text[128], end;
	int n, error;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	text[size] = 0;
	n = sscanf(text, "neuter %lx %lx %c", &r.from, &r.to, &end);
	if (n != 2) {
		n = sscanf(text, "attach %lx %lx %lx %lx %c", &r.from, &r.to,
			   &r.buffer, &r.slots, &end);
		if (n != 4 || !r.buffer)
			return -EINVAL;
	}
	mutex_lock(&lock);
	error = add_place(&r);
	mutex_unlock(&lock);
	return error ?: size;
}

static int show(struct seq_file *m, void *unused)
{
	seq_printf(m, "neutered %ld\ncopied %ld\nfailed %ld\n",
		   atomic_long_read(&neutered), atomic_long_read(&copied),
		   atomic_long_read(&failed));
	return 0;
}

static int open(struct inode *inode, struct file *file)
{
	return single_open(file, show, NULL);
}

static const struct proc_ops ops = {
	.proc_open = open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = command,
};

struct probe {
	const char *name;
	void *function;
	struct tracepoint *tp;
};

static struct probe probes[] = {
	{ "sys_enter", on_enter },
	{ "sys_exit", on_exit },
};

static void take(struct tracepoint *tp, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
	}
}

/* It can't be unloaded: who is neutered must stay so. */
static int __init bitproof_init(void)
{
	unsigned int i;
	int error;

	for_each_kernel_tracepoint(take, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].tp)
			return -ENOENT;
	}
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		error = tracepoint_probe_register(probes[i].tp,
						  probes[i].function, NULL);
		if (error)
			goto undo;
	}
	error = -ENOMEM;
	if (proc_create("bitproof", 0600, NULL, &ops))
		return 0;
undo:
	while (i-- > 0)
		tracepoint_probe_unregister(probes[i].tp, probes[i].function,
					    NULL);
	tracepoint_synchronize_unregister();
	return error;
}

module_init(bitproof_init);
MODULE_DESCRIPTION("Calls that do not act, and seccomp bitmaps in memory");
MODULE_LICENSE("GPL");
