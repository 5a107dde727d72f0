/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of an interface as rtnetlink tells them: linux/netconf.h. Only rp_filter and forwarding.
 */
#ifndef CODEC_NETCONF_H
#define CODEC_NETCONF_H

#include <linux/netlink.h>
#include <stdint.h>

#define NETCONF_MESSAGE_MAX 64
#define NETCONF_ALL	    UINT32_MAX /* the "all" of /proc/sys/net/ipv4/conf, an ifindex of -1 */

/* Asks for one interface, AF_INET or AF_INET6; the answer is one message. */
void netconf_put_get(void *buf, uint32_t seq, uint8_t family, uint32_t ifindex);

/* rp_filter (IPv4 only) and forwarding of such an answer, or -EINVAL. */
int netconf_parse_rp_filter(const struct nlmsghdr *h);
int netconf_parse_forwarding(const struct nlmsghdr *h);

#endif
