// SPDX-License-Identifier: GPL-2.0-only
/*
 * emu_vs_kernel with a module that lies about one bit, linked in by --wrap. What
 * differs is neither a finding nor nothing: seccomp_cache says otherwise, so the
 * harness can't go on.
 */
#include "module.h"

int __real_module_bits(u32 filters, bool compat, struct bits *b);
int __wrap_module_bits(u32 filters, bool compat, struct bits *b);

int __wrap_module_bits(u32 filters, bool compat, struct bits *b)
{
	int error = __real_module_bits(filters, compat, b);

	if (!error)
		b->allow[0].w[1] ^= 1ull << 40;
	return error;
}
