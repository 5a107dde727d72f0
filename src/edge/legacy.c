// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A look at iptables-legacy's FORWARD and INPUT chains: how they end, and which interfaces they
 * accept, or which UDP port.
 *
 * The kernel tells the names of tables that are in use in /proc; only then is a table asked for,
 * for the question alone would make it. The answer is a blob of entries of linux/netfilter_ipv4/
 * ip_tables.h (ip6_tables.h has the same with longer addresses), one behind the other.
 */
#include "edge/legacy.h"

#include <fcntl.h>
#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>
#include <unistd.h>

#define TABLE_MAX (16u << 20) /* bytes: a table that is larger is not looked at */

/* A rule, of either family. */
struct entry {
	const char *iif, *oif; /* IFNAME_LEN bytes, "" = any */
	bool plain;	       /* nothing but whole names of interfaces, and the port, is asked */
	uint16_t port;	       /* UDP, 0 = none is asked */
	uint32_t target, next; /* offsets from its beginning */
};

/* A table as the kernel hands it out; struct ip6t_getinfo and ip6t_get_entries look the same. */
struct table {
	uint8_t family; /* NFPROTO_IPV4, NFPROTO_IPV6 */
	struct ipt_getinfo info;
	struct ipt_get_entries *entries;
};

static bool filter_in_use(const char *path)
{
	char names[256] = "\n";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, names + 1, sizeof(names) - 2);

	if (fd >= 0)
		close(fd);
	names[n > 0 ? n + 1 : 1] = '\0';
	return strstr(names, "\nfilter\n");
}

static bool table_read(struct table *t, int fd)
{
	int level = t->family == NFPROTO_IPV6 ? SOL_IPV6 : SOL_IP;
	socklen_t len = sizeof(t->info);

	mem_copy_str(t->info.name, sizeof(t->info.name), "filter");
	if (getsockopt(fd, level, IPT_SO_GET_INFO, &t->info, &len) || t->info.size > TABLE_MAX)
		return false;
	len = (socklen_t)(sizeof(*t->entries) + t->info.size);
	t->entries = mem_calloc(1, len);
	mem_copy_str(t->entries->name, sizeof(t->entries->name), "filter");
	t->entries->size = t->info.size;
	return !getsockopt(fd, level, IPT_SO_GET_ENTRIES, t->entries, &len);
}

/* Is the name compared whole, or is there none? A mask that stops before its end is a pattern. */
static bool is_whole(const char *name, const unsigned char *mask)
{
	return !*name || mask[strnlen(name, IFNAME_LEN - 1)];
}

/* The one match behind a header, when it asks for a single UDP port to go to; else 0. */
static uint16_t udp_port(const void *header, size_t size, uint32_t target, size_t room)
{
	struct xt_entry_match match;
	struct xt_udp udp;

	if (target > room || target != size + XT_ALIGN(sizeof(match)) + XT_ALIGN(sizeof(udp)))
		return 0;
	memcpy(&match, (const char *)header + size, sizeof(match));
	memcpy(&udp, (const char *)header + size + XT_ALIGN(sizeof(match)), sizeof(udp));
	if (strncmp(match.u.user.name, "udp", sizeof(match.u.user.name)) != 0 || udp.invflags ||
	    udp.spts[0] || udp.spts[1] != UINT16_MAX || udp.dpts[0] != udp.dpts[1])
		return 0;
	return udp.dpts[0];
}

static struct entry entry4(const struct ipt_entry *e, size_t room)
{
	struct ipt_ip blank = {0};
	uint16_t port = udp_port(e, sizeof(*e), e->target_offset, room);

	memcpy(blank.iniface, e->ip.iniface, sizeof(blank.iniface));
	memcpy(blank.outiface, e->ip.outiface, sizeof(blank.outiface));
	memcpy(blank.iniface_mask, e->ip.iniface_mask, sizeof(blank.iniface_mask));
	memcpy(blank.outiface_mask, e->ip.outiface_mask, sizeof(blank.outiface_mask));
	if (port)
		blank.proto = IPPROTO_UDP;
	return (struct entry){.iif = e->ip.iniface,
			      .oif = e->ip.outiface,
			      .port = port,
			      .plain = is_whole(e->ip.iniface, e->ip.iniface_mask) &&
				       is_whole(e->ip.outiface, e->ip.outiface_mask) &&
				       !memcmp(&blank, &e->ip, sizeof(blank)) &&
				       (port || e->target_offset == sizeof(*e)),
			      .target = e->target_offset,
			      .next = e->next_offset};
}

static struct entry entry6(const struct ip6t_entry *e, size_t room)
{
	struct ip6t_ip6 blank = {0};
	uint16_t port = udp_port(e, sizeof(*e), e->target_offset, room);

	memcpy(blank.iniface, e->ipv6.iniface, sizeof(blank.iniface));
	memcpy(blank.outiface, e->ipv6.outiface, sizeof(blank.outiface));
	memcpy(blank.iniface_mask, e->ipv6.iniface_mask, sizeof(blank.iniface_mask));
	memcpy(blank.outiface_mask, e->ipv6.outiface_mask, sizeof(blank.outiface_mask));
	if (port) {
		blank.proto = IPPROTO_UDP;
		blank.flags = IP6T_F_PROTO;
	}
	return (struct entry){.iif = e->ipv6.iniface,
			      .oif = e->ipv6.outiface,
			      .port = port,
			      .plain = is_whole(e->ipv6.iniface, e->ipv6.iniface_mask) &&
				       is_whole(e->ipv6.outiface, e->ipv6.outiface_mask) &&
				       !memcmp(&blank, &e->ipv6, sizeof(blank)) &&
				       (port || e->target_offset == sizeof(*e)),
			      .target = e->target_offset,
			      .next = e->next_offset};
}

/* False at the end, or where an entry does not fit. */
static bool entry_at(const struct table *t, uint32_t at, struct entry *out)
{
	bool six = t->family == NFPROTO_IPV6;
	const void *p = (const char *)t->entries->entrytable + at;
	size_t least = six ? sizeof(struct ip6t_entry) : sizeof(struct ipt_entry);

	if (at > t->info.size || t->info.size - at < least)
		return false;
	*out = six ? entry6(p, t->info.size - at) : entry4(p, t->info.size - at);
	return out->next >= out->target + sizeof(struct xt_entry_target) &&
	       out->next <= t->info.size - at;
}

/* NF_ACCEPT, NF_DROP (REJECT is one, too), or -1. */
static int entry_verdict(const struct table *t, uint32_t at, const struct entry *e)
{
	const void *p = (const char *)t->entries->entrytable + at + e->target;
	const struct xt_entry_target *target = p;
	const struct xt_standard_target *standard = p;

	if (!strncmp(target->u.user.name, "REJECT", sizeof(target->u.user.name)))
		return NF_DROP;
	if (*target->u.user.name || e->next < e->target + sizeof(*standard))
		return -1;
	/* A verdict is kept as its negative, less one: linux/netfilter/x_tables.h. */
	return standard->verdict == -NF_ACCEPT - 1 ? NF_ACCEPT
	       : standard->verdict == -NF_DROP - 1 ? NF_DROP
						   : -1;
}

/* The chains that we look at. */
static const struct chain {
	const char *name;
	unsigned int hook;
} chains[] = {{"FORWARD", NF_INET_FORWARD}, {"INPUT", NF_INET_LOCAL_IN}};
enum { CHAIN_FORWARD, CHAIN_INPUT, CHAINS };

static void accept_add(struct fw_actual *out, uint8_t family, const struct chain *chain,
		       const struct entry *e, bool outgoing)
{
	struct fw_foreign *f = vec_add(&out->legacy_accepts);

	f->family = family;
	f->out = outgoing;
	f->protocol = e->port ? IPPROTO_UDP : 0;
	f->port = e->port;
	mem_copy_str(f->chain, FW_NAME_LEN, chain->name);
	mem_copy_str(f->ifname, IFNAME_LEN, outgoing ? e->oif : e->iif);
}

static void accepts_take(struct fw_actual *out, uint8_t family, const struct chain *chain,
			 const struct entry *e)
{
	bool input = chain->hook == NF_INET_LOCAL_IN;

	if (e->port && !input)
		return;
	if (*e->iif || input)
		accept_add(out, family, chain, e, false);
	else if (*e->oif)
		accept_add(out, family, chain, e, true);
}

/* Walks a chain up to the first entry that decides about everything; its policy is the last one. */
static bool chain_drops(const struct table *t, const struct chain *chain, struct fw_actual *out)
{
	uint32_t at = t->info.hook_entry[chain->hook];
	uint32_t end = t->info.underflow[chain->hook];
	struct entry e;

	for (; at <= end && entry_at(t, at, &e); at += e.next) {
		int verdict = entry_verdict(t, at, &e);

		if (!e.plain || verdict < 0)
			continue;
		if (!*e.iif && !*e.oif && !e.port)
			return verdict == NF_DROP;
		if (verdict == NF_ACCEPT && !(*e.iif && *e.oif))
			accepts_take(out, t->family, chain, &e);
	}
	return true;
}

static void family_look(uint8_t family, const char *names, struct fw_actual *out,
			bool drops[CHAINS])
{
	struct table t = {.family = family};
	bool in_use = filter_in_use(names);
	int fd;

	drops[CHAIN_FORWARD] = drops[CHAIN_INPUT] = in_use;
	if (!in_use)
		return;
	fd = socket(family == NFPROTO_IPV6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && table_read(&t, fd))
		for (int i = 0; i < CHAINS; i++)
			drops[i] = chain_drops(&t, &chains[i], out);
	if (fd >= 0)
		close(fd);
	free(t.entries);
}

void legacy_observe(struct fw_actual *out)
{
	bool four[CHAINS], six[CHAINS];

	family_look(NFPROTO_IPV4, "/proc/net/ip_tables_names", out, four);
	family_look(NFPROTO_IPV6, "/proc/net/ip6_tables_names", out, six);
	out->legacy4 = four[CHAIN_FORWARD];
	out->legacy6 = six[CHAIN_FORWARD];
	out->legacy_input4 = four[CHAIN_INPUT];
	out->legacy_input6 = six[CHAIN_INPUT];
}
