// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings by rtnetlink: no file of /proc is opened for them, so that a daemon that sees none of
 * those can still tell how strict a source check is, and whether packets are forwarded.
 */
#include "codec/netconf.h"

#include <errno.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "codec/attr.h"

void netconf_put_get(void *buf, uint32_t seq, uint8_t family, uint32_t ifindex)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct netconfmsg *m;

	h->nlmsg_type = RTM_GETNETCONF;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = seq;
	m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	m->ncm_family = family;
	mnl_attr_put_u32(h, NETCONFA_IFINDEX, ifindex);
}

static int netconf_value(const struct nlmsghdr *h, uint16_t which)
{
	struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWNETCONF || !attr_header(h, sizeof(struct netconfmsg)))
		return -EINVAL;
	attr_each(a, h, sizeof(struct netconfmsg))
		if (mnl_attr_get_type(a) == which && attr_payload(a, 4))
			return (int)mnl_attr_get_u32(a);
	return -EINVAL;
}

int netconf_parse_rp_filter(const struct nlmsghdr *h)
{
	return netconf_value(h, NETCONFA_RP_FILTER);
}

int netconf_parse_forwarding(const struct nlmsghdr *h)
{
	return netconf_value(h, NETCONFA_FORWARDING);
}
