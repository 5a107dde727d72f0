/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages and attributes, walked and read with their lengths checked. (libmnl's own loops
 * do not pass -Wconversion.)
 */
#ifndef CODEC_ATTR_H
#define CODEC_ATTR_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <string.h>

/* Is there a whole message at h? (libmnl before 1.0.5 says so of one with 2 GiB or more.) */
static inline bool message_ok(const struct nlmsghdr *h, int left)
{
	return mnl_nlmsg_ok(h, left) && h->nlmsg_len <= (unsigned int)left;
}

/* Each attribute a of message h behind a family header of size bytes. */
#define attr_each(a, h, size)                                                            \
	for ((a) = mnl_nlmsg_get_payload_offset(h, size);                                \
	     mnl_attr_ok(a, (int)((char *)mnl_nlmsg_get_payload_tail(h) - (char *)(a))); \
	     (a) = mnl_attr_next(a))

/* Each attribute a inside attribute nest. */
#define attr_each_nested(a, nest)                                                 \
	for ((a) = mnl_attr_get_payload(nest);                                    \
	     mnl_attr_ok(a, (int)((char *)mnl_attr_get_payload(nest) +            \
				  mnl_attr_get_payload_len(nest) - (char *)(a))); \
	     (a) = mnl_attr_next(a))

/* A payload of at least size bytes, or NULL. */
static inline const void *attr_payload(const struct nlattr *a, size_t size)
{
	return mnl_attr_get_payload_len(a) >= size ? mnl_attr_get_payload(a) : NULL;
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

#endif
