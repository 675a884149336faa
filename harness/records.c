// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "checker.h"
#include "records.h"

void sampled_add(struct sampled *s, struct coverage *c)
{
	const u8 *n = c->counter;
	u32 code, i;

	for (code = 0; code < COVERAGE_CODES; code++) {
		for (i = 0; i < COVERAGE_SEEN; i++, n++) {
			s->run[code] += *n;
			s->jumped[code] += i & BATCH_JUMPED ? *n : 0;
			s->passed[code] += i & BATCH_NOT_JUMPED ? *n : 0;
		}
	}
	for (code = 0; code < COVERAGE_CODES; code++) {
		for (i = 0; i < EMU_REASONS; i++)
			s->reason[i] += *n++;
	}
	memset(c, 0, sizeof(*c));
}

void records_platform(FILE *out, const struct subject *sub, u64 files,
		      const struct tally *t)
{
	u32 i;

	fprintf(out,
		"bitproof-platform name=%s kernel=%s files=%" PRIu64
		" stacks=%" PRIu64 " filters=%" PRIu64 " refused=%" PRIu64
		" verdicts=%" PRIu64 " constants=%" PRIu64 " proven=%" PRIu64
		" calls=%" PRIu64 " executions=%" PRIu64 " probes=%" PRIu64,
		sub->machine.platform->name, sub->name, files, t->stacks,
		t->filters, t->refused, t->verdicts, t->constants, t->proven,
		t->subject_calls, t->executions, t->probes);
	for (i = 0; i < FINDING_CLASSES; i++)
		fprintf(out, " %s=%" PRIu64, finding_class_name(i),
			t->by_class[i]);
	fputc('\n', out);
}

void records_sampled(FILE *out, const struct sampled *s)
{
	u32 i;

	for (i = 0; i < COVERAGE_CODES; i++) {
		if (code_allowed(i))
			fprintf(out,
				"bitproof-opcode code=0x%02x run=%" PRIu64
				" jumped=%" PRIu64 " passed=%" PRIu64 "\n",
				i, s->run[i], s->jumped[i], s->passed[i]);
	}
	/* The merged level has no others. */
	for (i = 0; i <= EMU_INSN; i++)
		fprintf(out, "bitproof-reason filters=%" PRIu64 " name=%s\n",
			s->reason[i], emu_reason_name(i));
}
