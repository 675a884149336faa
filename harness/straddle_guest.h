/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How guest code sees that a page was accessed, on each architecture; for
 * straddle_probe.c only. A page is watched in one of two ways:
 *
 *	BY_MARK		the processor notes an access: the accessed bit of a
 *			page table entry, on s390 the reference bit of a storage
 *			key. A processor may note what it only speculates on.
 *	BY_FAULT	the entry is made invalid, and the fault is the note. Only
 *			what is executed takes a fault.
 *
 * Before the guest runs, straddle_pages and watch_entries are set by the host.
 */
#ifndef BITPROOF_STRADDLE_GUEST_H
#define BITPROOF_STRADDLE_GUEST_H

#include "types.h"

enum way {
	BY_MARK,
	BY_FAULT,
};

#define WATCHED_PAGES 3 /* the two, and one behind them */

/* Where the page table with the entries of the pages is mapped for the guest. */
#define ENTRIES_GVA 0xb0000000ul

static u64 watched_gva, watched_size, watched_gpa;

#ifndef __s390x__
static volatile u64 *entries; /* guest: that of page 0, others follow */
static volatile bool faulted;
#endif

static inline void *watched_page(u32 page)
{
	return (void *)(watched_gva + page * watched_size);
}

/* Which of the pages an address is in; WATCHED_PAGES: none. */
static inline u32 watched_at(u64 gva)
{
	u64 page = (gva - watched_gva) / watched_size;

	return page < WATCHED_PAGES ? page : WATCHED_PAGES;
}

#if defined(__x86_64__)

#define ENTRY_VALID  (1ull << 0)
#define ENTRY_MARK   (1ull << 5)
#define VECTOR_FAULT 14

static inline bool watch_supported(enum way way)
{
	return true;
}

static inline void watch_flush(u32 page)
{
	asm volatile("invlpg (%0)" ::"r"(watched_page(page)) : "memory");
}

static inline void watch_sync(void)
{
	asm volatile("" ::: "memory");
}

static void watch_fault(struct ex_regs *regs)
{
	u64 gva;
	u32 page;

	asm volatile("mov %%cr2, %0" : "=r"(gva));
	page = watched_at(gva);
	GUEST_ASSERT(page != WATCHED_PAGES);
	GUEST_ASSERT(!(entries[page] & ENTRY_VALID));
	entries[page] |= ENTRY_VALID;
	faulted = true;
}

static inline void watch_install(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
	vm_install_exception_handler(vm, VECTOR_FAULT, watch_fault);
}

/* Functions that do this have another name in each release. */
static inline u64 *watch_entry(struct kvm_vm *vm, struct kvm_vcpu *vcpu,
			       u64 gva)
{
	const u64 address = 0x000ffffffffff000ull, la57 = 1ull << 12;
	struct kvm_sregs sregs;
	u64 table, *entry;
	int shift;

	vcpu_sregs_get(vcpu, &sregs);
	table = sregs.cr3;
	for (shift = sregs.cr4 & la57 ? 48 : 39;; shift -= 9) {
		entry = addr_gpa2hva(vm, table & address);
		entry += gva >> shift & 511;
		if (shift == 12)
			return entry;
		table = *entry;
	}
}

#elif defined(__aarch64__)

#define ENTRY_VALID   (1ull << 0)
#define ENTRY_MARK    (1ull << 10)
#define EC_DATA_ABORT 0x25 /* from the same level */

/* HAFDBS: the processor sets access flags. */
static inline bool watch_supported(enum way way)
{
	const u64 ha = 1ull << 39;

	if (way == BY_FAULT)
		return true;
	if (!(read_sysreg(id_aa64mmfr1_el1) & 15))
		return false;
	write_sysreg(read_sysreg(tcr_el1) | ha, tcr_el1);
	isb();
	return true;
}

static inline void watch_sync(void)
{
	dsb(ish);
	isb();
}

static inline void watch_flush(u32 page)
{
	u64 gva = (u64)watched_page(page);

	dsb(ishst);
	asm volatile("tlbi vaae1is, %0" ::"r"(gva >> 12) : "memory");
	watch_sync();
}

static void watch_fault(struct ex_regs *regs)
{
	u32 page = watched_at(read_sysreg(far_el1));

	GUEST_ASSERT(page != WATCHED_PAGES);
	GUEST_ASSERT(!(entries[page] & ENTRY_VALID));
	entries[page] |= ENTRY_VALID;
	watch_sync();
	faulted = true;
}

static inline void watch_install(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
	vm_init_descriptor_tables(vm);
	vcpu_init_descriptor_tables(vcpu);
	vm_install_sync_handler(vm, VECTOR_SYNC_CURRENT, EC_DATA_ABORT,
				watch_fault);
}

static inline u64 *watch_entry(struct kvm_vm *vm, struct kvm_vcpu *vcpu,
			       u64 gva)
{
	return virt_get_pte_hva(vm, gva);
}

#elif defined(__s390x__)

/*
 * Page table entries have no such bit: it is in the storage key of a page, by
 * its real address. There is nothing to flush. The framework has no handlers
 * for what a guest's program check would be.
 */
static inline bool watch_supported(enum way way)
{
	return way == BY_MARK;
}

static inline u64 watched_real(u32 page)
{
	return watched_gpa + page * watched_size;
}

/* Resets the reference bit. */
static inline void rrbe(u64 real)
{
	asm volatile("rrbe 0,%0" ::"a"(real) : "cc", "memory");
}

static inline bool referenced(u64 real)
{
	u64 key = 0;

	asm volatile("iske %0,%1" : "+d"(key) : "a"(real) : "memory");
	return key & 4;
}

static inline void watch_install(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
}

#else
#error "no way to see an access on this architecture"
#endif

#if defined(__s390x__)

static inline void watch_map(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
}

static inline void watch_begin(enum way way, u32 page, bool clear, bool flush)
{
	if (clear)
		rrbe(watched_real(page));
}

static inline bool watch_end(enum way way, u32 page)
{
	return referenced(watched_real(page));
}

#else

/* The guest gets a mapping of the entries. */
static inline void watch_map(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
	u64 *entry = watch_entry(vm, vcpu, watched_gva);
	u64 gpa = addr_hva2gpa(vm, entry);

	virt_pg_map(vm, ENTRIES_GVA, gpa & ~(watched_size - 1));
	entries = (u64 *)(ENTRIES_GVA + gpa % watched_size);
	sync_global_to_guest(vm, entries);
}

/* @clear and @flush: true, but for a probe that is to be wrong. */
static inline void watch_begin(enum way way, u32 page, bool clear, bool flush)
{
	faulted = false;
	if (clear)
		entries[page] &= ~(way == BY_MARK ? ENTRY_MARK : ENTRY_VALID);
	if (flush)
		watch_flush(page);
}

static inline bool watch_end(enum way way, u32 page)
{
	watch_sync();
	if (way == BY_MARK)
		return entries[page] & ENTRY_MARK;
	entries[page] |= ENTRY_VALID;
	watch_sync();
	return faulted;
}

#endif
#endif
