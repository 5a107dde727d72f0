/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nftables as a list: does a plan's operations as strictly as the kernel would (what is used
 * cannot be deleted, what is missing cannot be used), and stops at the first refusal.
 */
#ifndef SUPPORT_FW_KERNEL_H
#define SUPPORT_FW_KERNEL_H

#include "plan/firewall.h"

/* What a rule in a chain of ours uses. */
struct fw_kernel_rule {
	char chain[FW_NAME_LEN];
	char uses[5][FW_NAME_LEN]; /* sets and a chain; "" = nothing */
	bool offloads;
};

struct fw_kernel {
	struct fw_actual actual;
	VEC(struct fw_kernel_rule) rules;
	uint64_t handle;
};

void fw_kernel_init(struct fw_kernel *k);
void fw_kernel_free(struct fw_kernel *k);

/* Another program's base chain at priority 0 of the forward hook. */
void fw_kernel_base(struct fw_kernel *k, uint8_t family, const char *table, const char *chain,
		    bool drops);

/* A copy, to be freed with fw_actual_free(): what a plan is made from and points into. */
void fw_kernel_observe(const struct fw_kernel *k, struct fw_actual *out);

/* 0, or -ENOENT, -EEXIST, -EBUSY, -ENFILE as the kernel. */
int fw_kernel_apply(struct fw_kernel *k, const struct fw_plan *p);

#endif
