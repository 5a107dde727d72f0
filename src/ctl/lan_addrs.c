// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * This host's addresses on its LAN, as the kernel tells them to everybody. Only what is plain is
 * taken: where there are two that could be meant, it is for the caller to ask.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "ctl.h"
#include "lan.h"

bool lan_ifname_is_virtual(const char *name)
{
	static const char *const patterns[] = {"docker*", "virbr*", "veth*", "vnet*",
					       "lxcbr*",  "lxdbr*", "cni*",  "br-????????????"};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (glob_match(patterns[i], name))
			return true;
	return false;
}

static bool is_tunnel(json_t *tunnels, const char *name)
{
	size_t i;
	json_t *t;

	json_array_foreach(tunnels, i, t) if (!strcmp(get_text(t, "name"), name)) return true;
	return false;
}

static bool is_lan(const struct ifaddrs *i, json_t *tunnels)
{
	if (!(i->ifa_flags & IFF_UP) || (i->ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT)))
		return false;
	return !is_tunnel(tunnels, i->ifa_name) && !lan_ifname_is_virtual(i->ifa_name);
}

/* The address in a sockaddr of one of the two families; family 0 for another, or none. */
static struct addr sockaddr_addr(const struct sockaddr *sa)
{
	struct endpoint e = {0};
	size_t len = 0;

	if (sa && sa->sa_family == AF_INET)
		len = sizeof(struct sockaddr_in);
	else if (sa && sa->sa_family == AF_INET6)
		len = sizeof(struct sockaddr_in6);
	if (!len || endpoint_from_sockaddr(&e, sa, len))
		return (struct addr){0};
	return e.addr;
}

static uint8_t mask_len(const struct addr *mask)
{
	uint8_t len = 0;

	while (len < addr_bits(mask) && (mask->bytes[len / 8] & (0x80 >> len % 8)))
		len++;
	return len;
}

int lan_addrs_read(struct lan_addrs *out, json_t *tunnels)
{
	struct ifaddrs *all;

	if (getifaddrs(&all))
		return -errno;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct addr a = sockaddr_addr(i->ifa_addr), mask = sockaddr_addr(i->ifa_netmask);
		const char *kind = addr_private_kind(&a);
		struct lan_addr *l;

		if (!is_lan(i, tunnels) || !kind || strcmp(kind, "private") != 0)
			continue;
		l = vec_add(out);
		*l = (struct lan_addr){.addr = a, .net = prefix_from(&a, mask_len(&mask))};
		mem_copy_str(l->ifname, sizeof(l->ifname), i->ifa_name);
	}
	freeifaddrs(all);
	return 0;
}

const struct lan_addr *lan_addr_pick(const struct lan_addrs *list, int family, bool *several)
{
	const struct lan_addr *found = NULL;

	*several = false;
	vec_each(list, l) {
		if (l->addr.family != family)
			continue;
		*several = found != NULL;
		if (*several)
			return NULL;
		found = l;
	}
	return found;
}
