// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What this host tells everybody, as facts: interfaces, switches of the kernel in /proc/sys, ways
 * by rtnetlink, name servers, the clock, and whether systemd-networkd runs and how.
 *
 * Nothing here needs a right, and nothing is changed. What cannot be read stays unknown.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl.h"
#include "doctor.h"
#include "lan.h"
#include "way.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

#define NETWORKD_DROPINS 64 /* files of networkd.conf.d that are looked at, at most */

/* A small file, whole; false when it is not there. The rest of a bigger one is cut off. */
static bool file_read(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return false;
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	fclose(f);
	return true;
}

static int sysctl_read(const char *name)
{
	char path[160], text[32];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	return file_read(path, text, sizeof(text)) ? atoi(text) : UNKNOWN;
}

static int link_sysctl(const char *ifname, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "ipv4/conf/%s/%s", ifname, name);
	return sysctl_read(path);
}

/* For both the larger one of "all" and the interface's counts (ip-sysctl). */
static int larger(const char *ifname, const char *name)
{
	int one = link_sysctl(ifname, name), all = link_sysctl("all", name);

	return one == UNKNOWN || one > all ? one : all;
}

static void look_switches(struct doctor_facts *f)
{
	vec_each(&f->links, l) {
		l->forwards = link_sysctl(l->name, "forwarding");
		l->rp_filter = larger(l->name, "rp_filter");
		l->redirects = larger(l->name, "send_redirects");
	}
	f->forwards6 = sysctl_read("ipv6/conf/all/forwarding");
	f->udp_timeout = sysctl_read("netfilter/nf_conntrack_udp_timeout_stream");
}

/* The interfaces that are no tunnels of ours. */
static int look_links(struct doctor_facts *f)
{
	struct if_nameindex *all = if_nameindex();

	if (!all)
		return -errno;
	for (struct if_nameindex *i = all; i->if_index; i++) {
		struct doctor_link *l;

		if (doctor_link_of(f, i->if_index))
			continue;
		l = vec_add(&f->links);
		mem_copy_str(l->name, sizeof(l->name), i->if_name);
		l->ifindex = i->if_index;
		l->mtu = way_link_mtu(i->if_name);
	}
	if_freenameindex(all);
	return 0;
}

/* The tunnels by name, as lan_addrs_read() wants them. */
static json_t *tunnels_of(const struct doctor_facts *f)
{
	json_t *list = json_array();

	vec_each(&f->links, l)
		if (l->tunnel)
			json_array_append_new(list, json_pack("{s:s}", "name", l->name));
	return list;
}

static void look_lans(struct doctor_facts *f)
{
	json_t *tunnels = tunnels_of(f);
	struct lan_addrs addrs = {0};

	lan_addrs_read(&addrs, tunnels);
	vec_each(&addrs, a) {
		vec_each(&f->links, l) {
			if (strcmp(l->name, a->ifname) != 0)
				continue;
			l->lan = l->lan || a->addr.family == AF_INET;
			l->ipv6 = l->ipv6 || a->addr.family == AF_INET6;
		}
	}
	vec_free(&addrs);
	json_decref(tunnels);
}

/* The first host of a network: its own address is a broadcast where the network is local. */
static struct addr net_host(const struct prefix *p)
{
	struct addr a = p->addr;

	if (p->len < addr_bits(&a))
		a.bytes[addr_size(&a) - 1] |= 1;
	return a;
}

/* With the mark of a tunnel's own packets, which a default route by policy leaves alone. */
static uint32_t tunnel_mark(const struct doctor_facts *f)
{
	vec_each(&f->links, l)
		if (l->fwmark)
			return l->fwmark;
	return 0;
}

static void look_ways(struct doctor_facts *f, struct way *w)
{
	const struct addr internet = {.family = AF_INET, .bytes = {192, 0, 2, 1}}; /* RFC 5737 */
	struct doctor_way way;

	vec_each(&f->peers, p)
		if (p->endpoint.addr.family)
			p->way = way_find(w, &p->endpoint.addr, f->links.at[p->link].fwmark);
	vec_each(&f->nets, n) {
		struct addr a = net_host(&n->prefix);

		if (n->prefix.len)
			n->way = way_find(w, &a, 0);
	}
	vec_each(&f->resolvers, r)
		r->way = way_find(w, &r->addr, 0);
	way = way_find(w, &internet, tunnel_mark(f));
	vec_each(&f->links, l)
		l->uplink = way.ifindex == l->ifindex && !l->tunnel;
}

/* Without the right to read rules nothing is known of them. */
static void look_ports(struct doctor_facts *f)
{
	struct ruleset_packet p = {.family = NFPROTO_IPV4};
	struct ruleset rules;

	if (ruleset_read(&rules))
		return;
	vec_each(&f->links, l)
		if (l->uplink)
			mem_copy_str(p.iif, sizeof(p.iif), l->name);
	vec_each(&f->links, l) {
		struct str by = {0};

		if (!l->tunnel || !l->port)
			continue;
		p.port = l->port;
		l->port_fate = ruleset_fate(&rules, &p, &by);
		mem_copy_str(l->port_by, sizeof(l->port_by), str_text(&by));
		str_free(&by);
	}
	ruleset_free(&rules);
}

/* --- name servers ---------------------------------------------------------------------------- */

void doctor_read_resolvers(struct doctor_facts *f, const char *text)
{
	while (text && *text) {
		char server[ADDR_STRLEN];
		struct addr a;

		if (sscanf(text, " nameserver %63[0-9a-fA-F.:]", server) == 1 &&
		    !addr_parse(&a, server))
			vec_add(&f->resolvers)->addr = a;
		text = strchr(text, '\n');
		text += text != NULL;
	}
}

/* A stub on this host says nothing; whom systemd-resolved asks is in a file of its own. */
static void look_resolvers(struct doctor_facts *f)
{
	char text[4096];

	if (file_read("/etc/resolv.conf", text, sizeof(text)))
		doctor_read_resolvers(f, text);
	if (f->resolvers.len == 1 && f->resolvers.at[0].addr.bytes[0] == 127 &&
	    file_read("/run/systemd/resolve/resolv.conf", text, sizeof(text))) {
		f->resolvers.len = 0;
		doctor_read_resolvers(f, text);
	}
}

/* --- systemd-networkd ------------------------------------------------------------------------ */

static bool says_no(const char *value)
{
	return !strncmp(value, "no", 2) || *value == '0' || !strncmp(value, "false", 5) ||
	       !strncmp(value, "off", 3);
}

void doctor_read_networkd(struct doctor_facts *f, const char *text)
{
	static const char routes[] = "ManageForeignRoutes=";
	static const char rules[] = "ManageForeignRoutingPolicyRules=";

	while (text && *text) {
		if (!strncmp(text, routes, sizeof(routes) - 1))
			f->networkd_takes_routes = !says_no(text + sizeof(routes) - 1);
		if (!strncmp(text, rules, sizeof(rules) - 1))
			f->networkd_takes_rules = !says_no(text + sizeof(rules) - 1);
		text = strchr(text, '\n');
		text += text != NULL;
	}
}

static bool process_runs(const char *name)
{
	DIR *d = opendir("/proc");
	char path[300], comm[32];
	struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		found = *e->d_name >= '1' && *e->d_name <= '9' &&
			file_read(path, comm, sizeof(comm)) && !strncmp(comm, name, strlen(name));
	}
	if (d)
		closedir(d);
	return found;
}

struct dropin {
	char name[256], folder[40];
};
VEC_TYPE(dropins, struct dropin);

static int dropin_cmp(const void *a, const void *b)
{
	return strcmp(((const struct dropin *)a)->name, ((const struct dropin *)b)->name);
}

/* Those of a folder, but for names that a folder of more weight has too. */
static void dropins_read(struct dropins *out, const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && out->len < NETWORKD_DROPINS && (e = readdir(d))) {
		size_t len = strlen(e->d_name);
		bool known = false;
		struct dropin *in;

		vec_each(out, other)
			known = known || !strcmp(other->name, e->d_name);
		if (known || len < 6 || strcmp(e->d_name + len - 5, ".conf") != 0)
			continue;
		in = vec_add(out);
		mem_copy_str(in->name, sizeof(in->name), e->d_name);
		mem_copy_str(in->folder, sizeof(in->folder), folder);
	}
	if (d)
		closedir(d);
}

/* networkd.conf(5): the main file first, then the drop-ins by name, whatever their folder. */
static void look_networkd(struct doctor_facts *f)
{
	struct dropins all = {0};
	char text[8192], path[300];

	f->networkd = process_runs("systemd-network");
	f->networkd_takes_routes = f->networkd_takes_rules = true;
	if (file_read("/etc/systemd/networkd.conf", text, sizeof(text)))
		doctor_read_networkd(f, text);
	dropins_read(&all, "/etc/systemd/networkd.conf.d");
	dropins_read(&all, "/run/systemd/networkd.conf.d");
	dropins_read(&all, "/usr/local/lib/systemd/networkd.conf.d");
	dropins_read(&all, "/usr/lib/systemd/networkd.conf.d");
	vec_sort(&all, dropin_cmp);
	vec_each(&all, d) {
		snprintf(path, sizeof(path), "%s/%s", d->folder, d->name);
		if (file_read(path, text, sizeof(text)))
			doctor_read_networkd(f, text);
	}
	vec_free(&all);
}

/* --- the clock ------------------------------------------------------------------------------- */

/* This program was installed before now, or the clock is wrong. */
static void look_clock(struct doctor_facts *f)
{
	struct timex asked = {.modes = 0};
	struct stat self;

	f->now = (int64_t)time(NULL);
	if (!stat("/proc/self/exe", &self))
		f->past = (int64_t)self.st_mtime;
	if (adjtimex(&asked) >= 0)
		f->synchronised = !(asked.status & STA_UNSYNC);
}

int doctor_look(struct doctor_facts *f)
{
	struct way w;
	int err = way_open(&w);

	if (err)
		return err;
	err = look_links(f);
	if (!err) {
		look_lans(f);
		look_switches(f);
		look_resolvers(f);
		look_ways(f, &w);
		look_ports(f);
		look_networkd(f);
		look_clock(f);
	}
	way_close(&w);
	return err;
}
