/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP addresses, prefixes and UDP endpoints as plain values, in network byte order inside.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <endian.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An address; family is AF_INET, AF_INET6, or 0 for none. Unused bytes are zero. */
struct addr {
	uint8_t family;
	uint8_t bytes[16];
};

/* A network; bits after len are zero. */
struct prefix {
	struct addr addr;
	uint8_t len;
};

/* Where a peer is reached; port in host byte order, scope_id only for link-local IPv6. */
struct endpoint {
	struct addr addr;
	uint16_t port;
	uint32_t scope_id;
};

#define ADDR_STRLEN	64 /* any of the three as text, with brackets, port and scope */
#define PREFIX_STRLEN	ADDR_STRLEN
#define ENDPOINT_STRLEN 80

/* 4 or 16; 0 for no family. Bits: eight times that. */
size_t addr_size(const struct addr *a);
unsigned int addr_bits(const struct addr *a);

/* Total orders. Prefixes order by family, address, then length: a covering one comes first. */
int addr_cmp(const struct addr *a, const struct addr *b);
static inline int prefix_cmp(const void *a, const void *b);
int endpoint_cmp(const struct endpoint *a, const struct endpoint *b);

/* From text; 0 or -EINVAL. Dotted IPv4 or any form of IPv6 that inet_pton(3) takes. */
int addr_parse(struct addr *out, const char *text);

/*
 * "a.b.c.d/len", "v6/len", or an address alone (a host prefix). Host bits are masked as wg(8)
 * does; *masked (may be NULL) tells that there were some. 0 or -EINVAL.
 */
int prefix_parse(struct prefix *out, const char *text, bool *masked);

/* "a.b.c.d:port" or "[v6]:port", numeric only, port 1..65535. 0 or -EINVAL. */
int endpoint_parse(struct endpoint *out, const char *text);

/* As text, into buf of at least the length above; return buf. No family: "(none)" or "(none)/0". */
const char *addr_format(const struct addr *a, char *buf);
const char *prefix_format(const struct prefix *p, char *buf);
const char *endpoint_format(const struct endpoint *e, char *buf);

/* From raw network-order bytes. */
struct addr addr_from(uint8_t family, const void *bytes);
struct prefix prefix_from(const struct addr *a, uint8_t len);

/* Does outer contain every address of inner (equal counts)? Families must match. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
bool prefix_has(const struct prefix *p, const struct addr *a);

/* The mask of len bits as bytes. */
void prefix_mask(uint8_t len, size_t size, uint8_t *mask);

/* For the kernel and the socket calls: how long it is there. e has a family. */
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out);
/* From those; 0, or -EINVAL and e has no family. */
int endpoint_from_sockaddr(struct endpoint *e, const void *sa, size_t len);

/* RFC 1918, RFC 6598, RFC 4193 (IPv6 unique local) or link-local of either family. */
bool addr_is_private(const struct addr *a);
/* A one-word reason for the above: "private", "shared", "link-local"; NULL when public. */
const char *addr_private_kind(const struct addr *a);
/* Are the bytes zero that its family does not use? Comparisons go over all of them. */
bool addr_is_clean(const struct addr *a);
/* Unspecified, loopback, multicast, broadcast, 0.0.0.0/8 or IPv4-mapped: never an endpoint. */
bool addr_is_unusable(const struct addr *a);

/*
 * A plan for thousands of routes is thousands of these: the family and seven bytes of the address
 * at once, which of IPv4 is all but the length.
 */
static inline int prefix_cmp(const void *a, const void *b)
{
	const char *x = a, *y = b;
	uint64_t head_x, head_y;

	memcpy(&head_x, x, sizeof(head_x));
	memcpy(&head_y, y, sizeof(head_y));
	if (head_x != head_y)
		return be64toh(head_x) < be64toh(head_y) ? -1 : 1;
	return memcmp(x + 8, y + 8, sizeof(struct prefix) - 8);
}

#endif
