/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world's nftables: a strict list of what plans do (support/fw_kernel.h), beside it the rules
 * themselves, so that packets can be tried; and who may use it, and when.
 */
#ifndef SUPPORT_WORLD_FIREWALL_H
#define SUPPORT_WORLD_FIREWALL_H

#include "support/fw_kernel.h"
#include "support/fw_world.h"

struct world_firewall {
	struct fw_kernel kernel;
	struct fw_ruleset rules; /* what the last transaction left; empty without a table */
	int missing;		 /* why there are no nftables: -errno; 0 = there are */
	int refused;		 /* what every transaction says; 0 = they are done */
	bool no_flowtables;	 /* a module is missing */
	unsigned int lacks;	 /* what was found out of that, as in struct fw_actual */
	uint32_t busy;		 /* so many looks find that somebody changes rules meanwhile */
	uint32_t busy_after;	 /* and so many after the next transaction */
	uint32_t transactions;	 /* done so far */
};

void world_firewall_init(struct world_firewall *f);
void world_firewall_free(struct world_firewall *f);

/* As struct edge has them. */
int world_firewall_look(struct world_firewall *f, struct fw_actual *out);
int world_firewall_recount(struct world_firewall *f, struct fw_actual *have);
int world_firewall_do(struct world_firewall *f, const struct fw_plan *plan, char *why, size_t size);

/* Packets of 100 bytes, counted by an element; false: there is none that counts. */
bool world_firewall_count(struct world_firewall *f, const char *set, const struct prefix *key,
			  uint64_t packets);

/* nft flush ruleset */
void world_firewall_flush(struct world_firewall *f);

#endif
