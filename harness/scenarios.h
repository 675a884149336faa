/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of scenarios[], each in a file of its own: scenario_NAME.c.
 */
#ifndef BITPROOF_SCENARIOS_H
#define BITPROOF_SCENARIOS_H

#include "scenario.h"

const char *traced_cannot(const struct kernel *k);
bool traced_run(struct context *x, struct rng *r);

const char *listened_cannot(const struct kernel *k);
bool listened_run(struct context *x, struct rng *r);

const char *audited_cannot(const struct kernel *k);
bool audited_run(struct context *x, struct rng *r);

const char *synced_cannot(const struct kernel *k);
bool synced_run(struct context *x, struct rng *r);

const char *forked_cannot(const struct kernel *k);
bool forked_run(struct context *x, struct rng *r);

#endif
