// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other programs' chains: where one of them would drop what our table lets pass, an accept for
 * each of our interfaces, both directions, is wanted at its top. It opens nothing: what no policy
 * allows was dropped before that chain is asked. Where we can put none, that is an obstacle, for
 * people to remove.
 *
 * On the input hook that holds only for an interface about which `input` decides all; a service of
 * our own gets an accept for its port alone.
 */
#include "firewall_build.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

/* It is asked after us, and says no to what none of its rules names. */
static bool base_would_drop(const struct fw_base *base)
{
	return base->hook.priority >= FW_PRIORITY && (base->hook.drops || base->last_drops);
}

static bool base_is_listed(const struct fw_base *base, const struct firewall_conf *conf)
{
	vec_each(&conf->foreign_chains, c)
		if (c->family == base->family && !strcmp(c->table, base->table) &&
		    !strcmp(c->chain, base->chain))
			return true;
	return false;
}

static bool base_is_wanted(const struct fw_base *base, const struct firewall_conf *conf)
{
	switch (conf->foreign_mode) {
	case FOREIGN_LIST:
		return base_is_listed(base, conf);
	case FOREIGN_AUTO:
		return base_would_drop(base);
	default:
		return false;
	}
}

static struct fw_foreign *accept_want(struct fw_foreigns *out, const struct fw_base *base,
				      const char *ifname, bool outgoing)
{
	struct fw_foreign *f = vec_add(out);

	f->family = base->family;
	mem_copy_str(f->table, FW_NAME_LEN, base->table);
	mem_copy_str(f->chain, FW_NAME_LEN, base->chain);
	mem_copy_str(f->ifname, IFNAME_LEN, ifname);
	f->out = outgoing;
	return f;
}

static bool is_input(const struct fw_base *base)
{
	return base->hook.num == NF_INET_LOCAL_IN;
}

static void input_accepts(struct fw_build *b, const struct fw_base *base, const struct device *d)
{
	struct fw_service service;
	struct fw_foreign *f;

	if (fw_input_decides_all(b, d)) {
		accept_want(&b->out->foreign, base, d->name, false);
	} else if (fw_input_service(b, d, &service)) {
		f = accept_want(&b->out->foreign, base, d->name, false);
		f->protocol = service.protocol;
		f->port = service.port;
	}
}

static void forward_accepts(struct fw_build *b, const struct fw_base *base, const struct device *d)
{
	if (!fw_device_conf(b, d)->enabled)
		return;
	accept_want(&b->out->foreign, base, d->name, false);
	accept_want(&b->out->foreign, base, d->name, true);
}

void fw_foreign_build(struct fw_build *b, const struct fw_actual *have)
{
	vec_each(&b->state->devices, d) {
		const struct firewall_conf *conf = fw_device_conf(b, d);

		vec_each(&have->bases, base) {
			if (base->owned || !base_is_wanted(base, conf))
				continue;
			if (is_input(base))
				input_accepts(b, base, d);
			else
				forward_accepts(b, base, d);
		}
	}
}

/* --- where we cannot help -------------------------------------------------------------------- */

static bool is_trusted(const struct fw_actual *have, const struct fw_base *base, const char *ifname)
{
	vec_each(&have->trusted, t)
		if (t->family == base->family && !strcmp(t->table, base->table) &&
		    !strcmp(t->ifname, ifname))
			return true;
	return false;
}

/* port 0: everything. */
static bool legacy_accepts(const struct fw_actual *have, const struct fw_foreign *want)
{
	vec_each(&have->legacy_accepts, a)
		if (a->family == want->family && a->out == want->out &&
		    !strcmp(a->chain, want->chain) &&
		    (!*a->ifname || !strcmp(a->ifname, want->ifname)) &&
		    (!a->protocol || (a->protocol == want->protocol && a->port == want->port)))
			return true;
	return false;
}

static bool legacy_is_in_the_way(const struct fw_actual *have, uint8_t family, const char *ifname)
{
	bool drops = family == NFPROTO_IPV6 ? have->legacy6 : have->legacy4;
	struct fw_foreign in = {.family = family, .chain = "FORWARD"}, out;

	mem_copy_str(in.ifname, IFNAME_LEN, ifname);
	out = in;
	out.out = true;
	return drops && !(legacy_accepts(have, &in) && legacy_accepts(have, &out));
}

static void obstacle_add(struct fw_obstacles *out, enum fw_obstacle_kind kind, const char *ifname,
			 const struct fw_base *base)
{
	*vec_add(out) = (struct fw_obstacle){.kind = kind, .ifname = ifname, .base = base};
}

/* Is there something in this chain that the device wants to be let through? */
static bool base_concerns(const struct fw_build *b, const struct fw_base *base,
			  const struct device *d)
{
	struct fw_service service;

	if (!base_is_wanted(base, fw_device_conf(b, d)))
		return false;
	if (is_input(base))
		return fw_input_asks(b, d) || fw_input_service(b, d, &service);
	return fw_device_conf(b, d)->enabled;
}

static void legacy_forward(struct fw_obstacles *out, const struct fw_build *b,
			   const struct device *d, const struct fw_actual *have)
{
	if (!fw_device_conf(b, d)->enabled)
		return;
	if (legacy_is_in_the_way(have, NFPROTO_IPV4, d->name))
		obstacle_add(out, FW_OBSTACLE_LEGACY4, d->name, NULL);
	if (legacy_is_in_the_way(have, NFPROTO_IPV6, d->name))
		obstacle_add(out, FW_OBSTACLE_LEGACY6, d->name, NULL);
}

/* What `input` decides about, or a service of ours alone. */
static void legacy_input(struct fw_obstacles *out, const struct fw_build *b, const struct device *d,
			 const struct fw_actual *have)
{
	static const struct {
		uint8_t family;
		enum fw_obstacle_kind kind;
	} families[] = {{NFPROTO_IPV4, FW_OBSTACLE_LEGACY4}, {NFPROTO_IPV6, FW_OBSTACLE_LEGACY6}};
	bool asks = fw_input_asks(b, d), all = fw_input_decides_all(b, d);
	struct fw_service service;
	bool serves = fw_input_service(b, d, &service);

	for (size_t i = 0; i < 2 && (asks || serves); i++) {
		bool six = families[i].family == NFPROTO_IPV6;
		struct fw_foreign want = {.family = families[i].family, .chain = "INPUT"};

		mem_copy_str(want.ifname, IFNAME_LEN, d->name);
		if (!asks) {
			want.protocol = service.protocol;
			want.port = service.port;
		}
		if (!(six ? have->legacy_input6 : have->legacy_input4) ||
		    legacy_accepts(have, &want))
			continue;
		*vec_add(out) = (struct fw_obstacle){.kind = families[i].kind,
						     .ifname = d->name,
						     .input = true,
						     .all = all,
						     .port = want.port};
	}
}

static void device_obstacles(struct fw_obstacles *out, const struct fw_build *b,
			     const struct device *d, const struct fw_actual *have)
{
	const struct firewall_conf *conf = fw_device_conf(b, d);

	vec_each(&have->bases, base) {
		if (!base_concerns(b, base, d))
			continue;
		if (base->owned && !is_trusted(have, base, d->name))
			obstacle_add(out, FW_OBSTACLE_OWNED, d->name, base);
		else if (is_input(base) && fw_input_asks(b, d) && !fw_input_decides_all(b, d))
			obstacle_add(out, FW_OBSTACLE_PARTIAL, d->name, base);
	}
	if (conf->foreign_mode != FOREIGN_AUTO)
		return;
	legacy_forward(out, b, d, have);
	legacy_input(out, b, d, have);
}

void firewall_obstacles(struct fw_obstacles *out, const struct state *s, const struct config *c,
			const struct fw_actual *have)
{
	struct fw_build b = {.state = s, .config = c};

	vec_each(&s->devices, d)
		device_obstacles(out, &b, d, have);
}
