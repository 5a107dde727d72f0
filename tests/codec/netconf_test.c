// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rp_filter and forwarding over rtnetlink: the question as the kernel wants it, and what of an
 * answer is believed.
 */
#include "support/test.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "codec/netconf.h"

static void the_question_names_the_interface(void **state)
{
	char buf[NETCONF_MESSAGE_MAX] = {0};
	const struct nlmsghdr *h = (const void *)buf;
	const struct netconfmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *a = mnl_nlmsg_get_payload_offset(h, sizeof(*m));
	(void)state;

	netconf_put_get(buf, 77, AF_INET, NETCONF_ALL);
	assert_int_equal(h->nlmsg_type, RTM_GETNETCONF);
	assert_int_equal(h->nlmsg_flags, NLM_F_REQUEST);
	assert_int_equal(h->nlmsg_seq, 77);
	assert_int_equal(m->ncm_family, AF_INET);
	assert_int_equal(mnl_attr_get_type(a), NETCONFA_IFINDEX);
	assert_int_equal((int32_t)mnl_attr_get_u32(a), NETCONFA_IFINDEX_ALL);
	assert_in_range(h->nlmsg_len, 1, NETCONF_MESSAGE_MAX);
}

/* An answer as the kernel gives it: the interface, forwarding, then rp_filter. */
static struct nlmsghdr *answer(char *buf, uint16_t type, bool with_filter)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct netconfmsg *m;

	h->nlmsg_type = type;
	m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	m->ncm_family = AF_INET;
	mnl_attr_put_u32(h, NETCONFA_IFINDEX, 3);
	mnl_attr_put_u32(h, NETCONFA_FORWARDING, 1);
	if (with_filter)
		mnl_attr_put_u32(h, NETCONFA_RP_FILTER, 2);
	return h;
}

static void only_an_answer_with_rp_filter_counts(void **state)
{
	char buf[256] __attribute__((aligned(4)));
	struct nlmsghdr *h = answer(buf, RTM_NEWNETCONF, true);
	struct nlattr *last = (void *)(buf + h->nlmsg_len - 8);
	(void)state;

	assert_int_equal(netconf_parse_rp_filter(h), 2);
	assert_int_equal(netconf_parse_forwarding(h), 1);
	last->nla_len = 6; /* two bytes are no number */
	assert_int_equal(netconf_parse_rp_filter(h), -EINVAL);
	assert_int_equal(netconf_parse_rp_filter(answer(buf, RTM_NEWNETCONF, false)), -EINVAL);
	assert_int_equal(netconf_parse_rp_filter(answer(buf, RTM_NEWLINK, true)), -EINVAL);
	h->nlmsg_type = RTM_NEWNETCONF;
	h->nlmsg_len = NLMSG_HDRLEN;
	assert_int_equal(netconf_parse_forwarding(h), -EINVAL);
	assert_int_equal(netconf_parse_rp_filter(h), -EINVAL);
}

TEST_MAIN(the_question_names_the_interface, only_an_answer_with_rp_filter_counts)
