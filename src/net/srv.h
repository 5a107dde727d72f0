/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SRV records (RFC 2782): out of an answer's bytes, and into the order in which to try them.
 */
#ifndef NET_SRV_H
#define NET_SRV_H

#include <stddef.h>

#include "base/rng.h"
#include "base/vec.h"
#include "model/config.h"

#define SRV_RECORDS_MAX 32 /* more than that in one answer are left out */

struct srv_record {
	uint16_t priority, weight, port;
	char host[HOST_LEN];
};
VEC_TYPE(srv_records, struct srv_record);

/*
 * Appends what an answer has, without records that lead nowhere (the target "." or port 0), and
 * sets *ttl to the smallest of the answer's TTLs. 0, or -EBADMSG with nothing appended. The
 * caller frees with vec_free().
 */
int srv_parse(struct srv_records *out, uint32_t *ttl, const unsigned char *bytes, size_t len);

/* By priority; within one, at random with the chances that the weights give. */
void srv_order(struct srv_records *records, struct rng *rng);

#endif
