// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "input.h"

static u32 get_u32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static void put_u32(u8 *p, u32 v)
{
	p[0] = v;
	p[1] = v >> 8;
	p[2] = v >> 16;
	p[3] = v >> 24;
}

static struct sock_filter get_record(const u8 *p)
{
	u16 code = p[0] | p[1] << 8;

	return (struct sock_filter){ code, p[2], p[3], get_u32(p + 4) };
}

static void put_record(u8 *p, struct sock_filter insn)
{
	p[0] = insn.code;
	p[1] = insn.code >> 8;
	p[2] = insn.jt;
	p[3] = insn.jf;
	put_u32(p + 4, insn.k);
}

static void copy_insns(struct sock_filter *to, const struct sock_filter *from,
		       u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		to[i] = from[i];
}

static struct filter *filter_begin(struct input *in)
{
	u32 i = in->stack.depth++;
	struct filter *f = &in->stack.filter[i];

	*f = (struct filter){ input_room(in, i), 0 };
	return f;
}

int input_read(struct input *in, const u8 *data, size_t size)
{
	const u8 *end = data + size;
	struct filter *f;
	const u8 *p;

	if (size < INPUT_HEADER + INPUT_RECORD)
		return -ENODATA;
	if ((size - INPUT_HEADER) % INPUT_RECORD)
		return -EBADMSG;

	in->platform = data[0] % INPUT_PLATFORMS;
	in->seed = get_u32(data + 4);
	in->stack.depth = 0;
	f = filter_begin(in);

	for (p = data + INPUT_HEADER; p < end; p += INPUT_RECORD) {
		struct sock_filter insn = get_record(p);

		if (insn.code == INPUT_SEPARATOR) {
			if (in->stack.depth == STACK_MAX_FILTERS)
				return -E2BIG;
			f = filter_begin(in);
			continue;
		}
		if (f->len == INPUT_MAX_INSNS)
			return -E2BIG;
		input_room(in, in->stack.depth - 1)[f->len++] = insn;
	}
	return 0;
}

size_t input_size(const struct input *in)
{
	u32 records = in->stack.depth - 1;
	u32 i;

	for (i = 0; i < in->stack.depth; i++)
		records += in->stack.filter[i].len;
	return INPUT_HEADER + (size_t)records * INPUT_RECORD;
}

int input_write(const struct input *in, u8 *data, size_t max)
{
	static const struct sock_filter separator = { .code = INPUT_SEPARATOR };
	size_t size = input_size(in);
	u8 *p = data + INPUT_HEADER;
	u32 i, pc;

	if (in->stack.depth == 0 || size < INPUT_HEADER + INPUT_RECORD)
		return -EINVAL;
	if (size > max)
		return -ENOSPC;

	put_u32(data, in->platform);
	put_u32(data + 4, in->seed);

	for (i = 0; i < in->stack.depth; i++) {
		const struct filter *f = &in->stack.filter[i];

		if (i > 0) {
			put_record(p, separator);
			p += INPUT_RECORD;
		}
		for (pc = 0; pc < f->len; pc++) {
			if (f->insns[pc].code == INPUT_SEPARATOR)
				return -EINVAL;
			put_record(p, f->insns[pc]);
			p += INPUT_RECORD;
		}
	}
	return size;
}

void input_set_stack(struct input *in, const struct stack *s)
{
	u32 depth = s->depth;
	u32 i;

	for (i = 0; i < depth; i++) {
		struct filter f = s->filter[i];

		copy_insns(input_room(in, i), f.insns, f.len);
		f.insns = input_room(in, i);
		in->stack.filter[i] = f;
	}
	in->stack.depth = depth;
}

void input_copy(struct input *to, const struct input *from)
{
	to->platform = from->platform;
	to->seed = from->seed;
	input_set_stack(to, &from->stack);
}
