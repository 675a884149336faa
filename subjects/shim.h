/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment of the kernel's functions in user space: just enough for
 * what extract.py takes out of a tree. A name defined or declared here is not
 * taken from the tree.
 *
 * What is not modelled: other threads, listeners, sockets, the JIT. What a
 * filter can reach is exact; memory comes in exact sizes, so that the first byte
 * beyond is seen, see shim_memory.h.
 */
#ifndef BITPROOF_SHIM_H
#define BITPROOF_SHIM_H

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim_bitmap.h"
#include "shim_memory.h"
#include "types.h"

/* CONFIG_COMPAT comes from the tree, see machine.py. */
#define CONFIG_64BIT                    1
#define CONFIG_X86_64                   1
#define CONFIG_SECCOMP                  1
#define CONFIG_SECCOMP_FILTER           1
#define CONFIG_HAVE_ARCH_SECCOMP_FILTER 1

typedef int8_t s8;
typedef int16_t s16;
typedef unsigned int gfp_t;

#define S16_MIN INT16_MIN
#define S16_MAX INT16_MAX

#define __force
#define __percpu
#define __rcu
#define __weak   __attribute__((weak))
#define noinline __attribute__((noinline))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __annotate_jump_table
#define __maybe_unused   __attribute__((unused))
#define fallthrough      __attribute__((fallthrough))
#define likely(x)        __builtin_expect(!!(x), 1)
#define unlikely(x)      __builtin_expect(!!(x), 0)
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define offsetofend(type, m)     (offsetof(type, m) + sizeof(((type *)0)->m))
#define sizeof_field(type, m)    sizeof(((type *)0)->m)
#define container_of(p, type, m) ((type *)((char *)(p)-offsetof(type, m)))
#define max(a, b)                ((a) > (b) ? (a) : (b))
#define min(a, b)                ((a) < (b) ? (a) : (b))
#define round_up(x, y)           (((x) + (y)-1) / (y) * (y))
#define DECLARE_FLEX_ARRAY(type, name)                                         \
	struct {                                                               \
		struct {                                                       \
		} empty_##name;                                                \
		type name[];                                                   \
	}

/* A warning is counted, a BUG() ends the process. */
static u64 shim_warnings;

#define WARN_ON(cond)                                                          \
	({                                                                     \
		bool warn = !!(cond);                                          \
		if (unlikely(warn))                                            \
			shim_warnings++;                                       \
		unlikely(warn);                                                \
	})
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define BUG_ON(cond)                                                           \
	do {                                                                   \
		if (unlikely(cond)) {                                          \
			fprintf(stderr, "kernel BUG at %s:%d: %s\n", __FILE__, \
				__LINE__, #cond);                              \
			abort();                                               \
		}                                                              \
	} while (0)
#define BUG()              BUG_ON(1)
#define BUILD_BUG_ON(cond) ((void)sizeof(cond))
#define pr_warn(...)       fprintf(stderr, __VA_ARGS__)

#define ERR_PTR(error) ((void *)(long)(error))
#define PTR_ERR(ptr)   ((long)(ptr))
#define IS_ERR(ptr)    ((unsigned long)(ptr) >= (unsigned long)-4095)

/* Memory */
#define GFP_KERNEL                       0u
#define __GFP_NOWARN                     0u
#define kmalloc(size, gfp)               shim_alloc(size)
#define kzalloc(size, gfp)               shim_zalloc(size)
#define kcalloc(n, size, gfp)            shim_zalloc((n) * (size))
#define kmalloc_array(n, size, gfp)      shim_alloc((n) * (size))
#define kmalloc_obj(x, ...)              ((typeof(x) *)shim_alloc(sizeof(x)))
#define kzalloc_obj(x, ...)              ((typeof(x) *)shim_zalloc(sizeof(x)))
#define kmalloc_objs(x, n, ...)          ((typeof(x) *)shim_alloc((n) * sizeof(x)))
#define kzalloc_objs(x, n, ...)          ((typeof(x) *)shim_zalloc((n) * sizeof(x)))
#define kmemdup(src, size, gfp)          shim_memdup(src, size)
#define kmemdup_array(src, n, size, gfp) shim_memdup(src, (n) * (size))
#define kfree(p)                         shim_free(p)
#define copy_from_user(to, from, n)      (memcpy(to, from, n), 0ul)

#define array_index_nospec(i, n) ((typeof(i))((size_t)(i) < (n) ? (i) : 0))

/* Not used by any tree yet, but at hand for a patch of the emulator. */
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define swap(a, b)                                                             \
	do {                                                                   \
		typeof(a) old = (a);                                           \
		(a) = (b);                                                     \
		(b) = old;                                                     \
	} while (0)
#define WARN(cond, ...)           WARN_ON(cond)
#define WARN_ONCE(cond, ...)      WARN_ON(cond)
#define pr_warn_once(...)         pr_warn(__VA_ARGS__)
#define pr_warn_ratelimited(...)  pr_warn(__VA_ARGS__)
#define pr_err(...)               pr_warn(__VA_ARGS__)
#define pr_info(...)              pr_warn(__VA_ARGS__)
#define pr_debug(...)             ((void)0)
#define lockdep_assert_held(lock) ((void)0)
#define might_sleep()             ((void)0)
#define cond_resched()            ((void)0)
#define clamp(x, low, high)       min(max(x, low), high)
#define hweight32(x)              ((unsigned int)__builtin_popcount(x))
#define GENMASK(high, low)        (~0ul >> (63 - (high)) & ~0ul << (low))
#define kvmalloc(size, gfp)       kmalloc(size, gfp)
#define kvzalloc(size, gfp)       kzalloc(size, gfp)
#define kvcalloc(n, size, gfp)    kcalloc(n, size, gfp)
#define kvfree(p)                 kfree(p)
#define static_assert(cond, ...)  _Static_assert(cond, #cond)
/* 1 if the option is defined as 1, as in include/linux/kconfig.h. */
#define SHIM_COMMA_1                      0,
#define SHIM_SECOND(a, b, ...)            b
#define SHIM_SECOND_OF(comma_or_not)      SHIM_SECOND(comma_or_not 1, 0)
#define SHIM_ENABLED(value)               SHIM_SECOND_OF(SHIM_COMMA_##value)
#define IS_ENABLED(option)                SHIM_ENABLED(option)

/* Atomics and locks, for one thread */
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	s64 counter;
} atomic64_t;
typedef struct {
	int refs;
} refcount_t;
typedef struct {
	int unused;
} wait_queue_head_t;
struct mutex {
	int unused;
};
struct semaphore {
	int unused;
};
struct list_head {
	struct list_head *next, *prev;
};

#define refcount_set(r, n)       ((r)->refs = (n))
#define refcount_inc(r)          ((r)->refs++)
#define refcount_dec_and_test(r) (--(r)->refs == 0)
#define mutex_init(m)            ((void)(m))
#define init_waitqueue_head(w)   ((void)(w))
#define assert_spin_locked(lock) ((void)0)
#define barrier_nospec()         ((void)0)
#define smp_load_acquire(p)      READ_ONCE(*(p))
#define smp_store_release(p, v)  WRITE_ONCE(*(p), v)

#define atomic_inc(v) ((v)->counter++)

/*
 * What the interpreter has for eBPF only. No converted filter gets there, but
 * it must compile.
 */
#define atomic_add(i, v)    __sync_fetch_and_add(&(v)->counter, i)
#define atomic_and(i, v)    __sync_fetch_and_and(&(v)->counter, i)
#define atomic_or(i, v)     __sync_fetch_and_or(&(v)->counter, i)
#define atomic_xor(i, v)    __sync_fetch_and_xor(&(v)->counter, i)
#define atomic_fetch_add    atomic_add
#define atomic_fetch_and    atomic_and
#define atomic_fetch_or     atomic_or
#define atomic_fetch_xor    atomic_xor
#define atomic_xchg(v, new) __sync_lock_test_and_set(&(v)->counter, new)
#define atomic_cmpxchg(v, old, new)                                            \
	__sync_val_compare_and_swap(&(v)->counter, old, new)
#define atomic64_add       atomic_add
#define atomic64_and       atomic_and
#define atomic64_or        atomic_or
#define atomic64_xor       atomic_xor
#define atomic64_fetch_add atomic_add
#define atomic64_fetch_and atomic_and
#define atomic64_fetch_or  atomic_or
#define atomic64_fetch_xor atomic_xor
#define atomic64_xchg      atomic_xchg
#define atomic64_cmpxchg   atomic_cmpxchg

#define __swab16 __builtin_bswap16
#define __swab32 __builtin_bswap32
#define __swab64 __builtin_bswap64
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define cpu_to_be16(x) __swab16(x)
#define cpu_to_be32(x) __swab32(x)
#define cpu_to_be64(x) __swab64(x)
#define cpu_to_le16(x) ((u16)(x))
#define cpu_to_le32(x) ((u32)(x))
#define cpu_to_le64(x) ((u64)(x))
#else
#define cpu_to_be16(x) ((u16)(x))
#define cpu_to_be32(x) ((u32)(x))
#define cpu_to_be64(x) ((u64)(x))
#define cpu_to_le16(x) __swab16(x)
#define cpu_to_le32(x) __swab32(x)
#define cpu_to_le64(x) __swab64(x)
#endif

#define div64_u64(a, b) ((u64)(a) / (u64)(b))
#define div64_s64(a, b) ((s64)(a) / (s64)(b))
#define div64_u64_rem(a, b, rem)                                               \
	({                                                                     \
		u64 n_ = (a), d_ = (b);                                        \
		*(rem) = n_ % d_;                                              \
		n_ / d_;                                                       \
	})
#define do_div(n, base)                                                        \
	({                                                                     \
		u32 d_ = (base);                                               \
		u32 rem_ = (n) % d_;                                           \
		(n) /= d_;                                                     \
		rem_;                                                          \
	})

struct bpf_map {
	u32 max_entries;
};
struct bpf_array {
	struct bpf_map map;
	void **ptrs;
};

#define MAX_TAIL_CALL_CNT                            33
#define kmsan_unpoison_memory(p, size)               ((void)(p))
#define bpf_probe_read_kernel_common(to, size, from) BUG()

static inline u64 __bpf_call_base(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	BUG();
}

static inline u64 __bpf_call_base_args(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5,
				       const struct bpf_insn *insn)
{
	BUG();
}

static u64 (*const interpreters_args[])(u64, u64, u64, u64, u64,
					const struct bpf_insn *) = {
	__bpf_call_base_args,
};

/* Socket filters: seccomp_check_filter() lets none of their loads through. */
struct sk_buff {
	unsigned int len, data_len;
	unsigned char *data;
};

static inline bool convert_bpf_extensions(struct sock_filter *fp,
					  struct bpf_insn **insnp)
{
	return WARN_ON(true) && false;
}

static inline bool convert_bpf_ld_abs(struct sock_filter *fp,
				      struct bpf_insn **insnp)
{
	return WARN_ON(true) && false;
}

/* Programs: allocated in their exact size, never compiled. */
struct bpf_prog;
struct bpf_prog_stats {
	int unused;
};
struct bpf_prog_aux {
	u32 stack_depth;
};

#define SHA256_DIGEST_SIZE  32
#define bpf_jit_compile(fp) ((void)(fp))
#define bpf_prog_put(fp)    BUG()
#define bpf_prog_free(fp)   __bpf_prog_free(fp)

static struct bpf_prog *bpf_prog_alloc(unsigned int size, gfp_t gfp);
static struct bpf_prog *bpf_prog_realloc(struct bpf_prog *fp, unsigned int size,
					 gfp_t gfp);
static struct bpf_prog *bpf_prog_select_runtime(struct bpf_prog *fp, int *err);
static u32 bpf_prog_run_pin_on_cpu(const struct bpf_prog *fp, const void *ctx);
static void __bpf_prog_free(struct bpf_prog *fp);

/* The one task: alone in its process, no_new_privs set, nobody listening. */
struct seccomp_filter;
struct task_struct {
	struct {
		int mode;
		atomic_t filter_count;
		struct seccomp_filter *filter;
	} seccomp;
};

static struct task_struct shim_task;

#define current                     (&shim_task)
#define task_no_new_privs(task)     true
#define ns_capable_noaudit(ns, cap) false
#define seccomp_can_sync_threads()  0
#define seccomp_sync_threads(flags) ((void)(flags))

#endif
