/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One input: a platform, a stack and a seed for arguments, as every harness
 * reads and writes it, so that what one finds replays in all.
 *
 * Raw form, little-endian:
 *
 *	byte 0		platform: 0 x86_64, 1 arm64, 2 s390x (modulo 3)
 *	bytes 1..3	zero, ignored
 *	bytes 4..7	seed for arguments
 *	then records of 8 bytes: code (2), jt (1), jf (1), k (4)
 *
 * A record with code 0xffff ends a filter and starts the next newer one. The
 * reader is total: any bytes of a possible size are an input, so a fuzzer that
 * knows nothing of the format still makes filters.
 */
#ifndef BITPROOF_INPUT_H
#define BITPROOF_INPUT_H

#include "filter.h"

#define INPUT_PLATFORMS 3 /* the first rows of platforms[] */
#define INPUT_HEADER	8
#define INPUT_RECORD	8
#define INPUT_SEPARATOR 0xffff

/* One more than a valid filter can have, so that a length of 4097 occurs. */
#define INPUT_MAX_INSNS	  (FILTER_MAX_INSNS + 1)
#define INPUT_MAX_RECORDS (STACK_MAX_FILTERS * (INPUT_MAX_INSNS + 1))
#define INPUT_MAX_SIZE	  (INPUT_HEADER + INPUT_MAX_RECORDS * INPUT_RECORD)

/*
 * Each filter has its own room in insns[] and can grow in place: filter i of
 * the stack starts at input_room(in, i).
 */
struct input {
	u32 platform; /* index into platforms[], below INPUT_PLATFORMS */
	u32 seed;
	struct stack stack;
	struct sock_filter insns[STACK_MAX_FILTERS * INPUT_MAX_INSNS];
};

static inline struct sock_filter *input_room(struct input *in, u32 filter)
{
	return &in->insns[filter * INPUT_MAX_INSNS];
}

/*
 * input_read - decode raw bytes
 * @in: its stack points into its own insns[]: copying a struct input needs
 *	input_copy()
 *
 * Returns 0; -ENODATA for less than a header and a record; -EBADMSG for a
 * record that is cut short; -E2BIG for more than STACK_MAX_FILTERS filters, or
 * a filter of more than INPUT_MAX_INSNS.
 */
int input_read(struct input *in, const u8 *data, size_t size);

/*
 * input_write - encode
 *
 * Returns the size; -ENOSPC if @max is too small; -EINVAL for what has no raw
 * form: no record at all (one empty filter and nothing else), or an
 * instruction whose code is INPUT_SEPARATOR.
 */
int input_write(const struct input *in, u8 *data, size_t max);

/* The size that input_write() needs; there must be at least one filter. */
size_t input_size(const struct input *in);

void input_copy(struct input *to, const struct input *from);

/*
 * Copies a stack (at most INPUT_MAX_INSNS a filter) into @in. It may be @in's
 * own stack with some filters left out or cut at the front.
 */
void input_set_stack(struct input *in, const struct stack *s);

#endif
