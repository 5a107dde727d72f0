// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RTM_GETROUTE for one address (rtnetlink(7)). The answer carries the interface, and in
 * RTA_METRICS what the route or a learned path allows.
 */
#include "way.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/attr.h"
#include "codec/rtnl.h"

int way_open(struct way *w)
{
	struct timeval patience = {.tv_sec = 5};

	w->seq = 0;
	w->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (w->fd < 0)
		return -errno;
	setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

void way_close(struct way *w)
{
	close(w->fd);
}

uint32_t way_link_mtu(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {.ifr_mtu = 0};
	bool known;

	mem_copy_str(r.ifr_name, sizeof(r.ifr_name), ifname);
	known = fd >= 0 && !ioctl(fd, SIOCGIFMTU, &r);
	if (fd >= 0)
		close(fd);
	return known ? (uint32_t)r.ifr_mtu : 0;
}

static uint32_t metrics_mtu(const struct nlattr *metrics)
{
	const struct nlattr *a;

	attr_each_nested(a, metrics)
		if (mnl_attr_get_type(a) == RTAX_MTU && attr_payload(a, 4))
			return mnl_attr_get_u32(a);
	return 0;
}

static struct doctor_way way_parse(const struct nlmsghdr *h)
{
	struct doctor_way way = {0};
	char name[IF_NAMESIZE];
	const struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWROUTE || !attr_header(h, sizeof(struct rtmsg)))
		return way;
	attr_each(a, h, sizeof(struct rtmsg)) {
		if (mnl_attr_get_type(a) == RTA_OIF && attr_payload(a, 4))
			way.ifindex = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == RTA_METRICS)
			way.mtu = metrics_mtu(a);
	}
	if (!way.mtu && way.ifindex && if_indextoname(way.ifindex, name))
		way.mtu = way_link_mtu(name);
	return way;
}

struct doctor_way way_find(struct way *w, const struct addr *to, uint32_t fwmark)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *h = (struct nlmsghdr *)buf;
	ssize_t n;

	rtnl_put_lookup(buf, ++w->seq, to, fwmark);
	if (send(w->fd, buf, h->nlmsg_len, 0) < 0)
		return (struct doctor_way){0};
	do
		n = recv(w->fd, buf, sizeof(buf), 0);
	while (n >= 0 && mnl_nlmsg_ok(h, (int)n) && h->nlmsg_seq != w->seq);
	if (n < 0 || !mnl_nlmsg_ok(h, (int)n))
		return (struct doctor_way){0};
	return way_parse(h);
}
