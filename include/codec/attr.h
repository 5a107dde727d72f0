/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages and attributes, walked and read with their lengths checked. (libmnl's own loops
 * do not pass -Wconversion.)
 */
#ifndef CODEC_ATTR_H
#define CODEC_ATTR_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Is there a whole message at h? (libmnl before 1.0.5 says so of one with 2 GiB or more.) */
static inline bool message_ok(const struct nlmsghdr *h, int left)
{
	return mnl_nlmsg_ok(h, left) && h->nlmsg_len <= (unsigned int)left;
}

/*
 * What mnl_attr_ok() and its like do, in place: a dump of ten thousand peers has half a million
 * attributes, and each costs four calls otherwise. (A route's message: 436 -> 351 instructions.)
 */
static inline bool attr_ok(const struct nlattr *a, const void *end)
{
	ptrdiff_t left = (const char *)end - (const char *)a;

	return left >= (ptrdiff_t)sizeof(*a) && a->nla_len >= sizeof(*a) && a->nla_len <= left;
}

static inline struct nlattr *attr_next(const struct nlattr *a)
{
	return (struct nlattr *)((char *)a + (unsigned int)MNL_ALIGN((int)a->nla_len));
}

static inline uint16_t attr_type(const struct nlattr *a)
{
	return (uint16_t)(a->nla_type & (unsigned int)NLA_TYPE_MASK);
}

static inline uint16_t attr_len(const struct nlattr *a)
{
	return (uint16_t)(a->nla_len - sizeof(*a));
}

static inline void *attr_data(const struct nlattr *a)
{
	return (char *)a + sizeof(*a);
}

/*
 * Each attribute a of message h behind a family header of size bytes. Up to the message's own end:
 * libmnl's is rounded up, and may be behind what was received. Where that is is computed once; a is
 * a plain name, and another one in a loop inside of a loop.
 */
#define attr_each(a, h, size) \
	attr_each_until(a, mnl_nlmsg_get_payload_offset(h, size), (h), (h)->nlmsg_len)

/* Each attribute a inside attribute nest. */
#define attr_each_nested(a, nest) attr_each_until(a, attr_data(nest), (nest), (nest)->nla_len)

#define attr_each_until(a, first, whole, len)                                         \
	for (const char *end_of_##a = ((a) = (first), (const char *)(whole) + (len)); \
	     attr_ok(a, end_of_##a); (a) = attr_next(a))

/* A payload of at least size bytes, or NULL. */
static inline const void *attr_payload(const struct nlattr *a, size_t size)
{
	return attr_len(a) >= size ? attr_data(a) : NULL;
}

/* The same as libmnl's, which are calls; the payload is long enough. */
static inline uint16_t attr_get_u16(const struct nlattr *a)
{
	uint16_t v;

	memcpy(&v, attr_data(a), sizeof(v));
	return v;
}

static inline uint64_t attr_get_u64(const struct nlattr *a)
{
	uint64_t v;

	memcpy(&v, attr_data(a), sizeof(v));
	return v;
}

/* Host byte order; 0 when the payload is too short. */
static inline uint32_t attr_u32(const struct nlattr *a)
{
	return attr_payload(a, 4) ? mnl_attr_get_u32(a) : 0;
}

/* The family header of a message, or NULL when it is too short for one. */
static inline const void *attr_header(const struct nlmsghdr *h, size_t size)
{
	return mnl_nlmsg_get_payload_len(h) >= size ? mnl_nlmsg_get_payload(h) : NULL;
}

/* The first attribute of a type inside nest; NULL when there is none, or no nest. */
static inline const struct nlattr *attr_child(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a;

	if (!nest)
		return NULL;
	attr_each_nested(a, nest)
		if (attr_type(a) == type)
			return a;
	return NULL;
}

#endif
