// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets that must not pass: those that the policy in force forbids, read naively, by the peers
 * that are there as well as by those that the engine was last shown.
 *
 * What somebody else opens (a flush) is open until the engine hears of it; but no step of the
 * engine may open anything, and when it says that all is as it should be nothing is open.
 */
#include "chaos/chaos.h"

#include <stdio.h>

#define OPEN_MAX   250	 /* ms from a flush to the table, when no call fails */
#define FAULTY_MAX 60000 /* the same when some do */
#define AWRY_MAX   9000	 /* ms of failing calls after which routes do not wait any more */

/* --- views ---------------------------------------------------------------------------------- */

static void view_links(struct chaos *c, struct chaos_view *v, const struct links *links)
{
	v->fw.config = (struct config *)engine_config(c->w->engine);
	vec_copy(&v->fw.state.links, links);
	state_sync_devices(&v->fw.state, v->fw.config, &v->imports);
}

static void view_device(struct chaos *c, struct chaos_view *v, struct device *d)
{
	struct device_merge m;

	device_merge_begin(&m, d, chaos_moment(c));
	m.fwmark = c->w->marks[d->ifindex % 16];
	vec_each(&c->w->peers, p) {
		if (p->ifindex != d->ifindex)
			continue;
		device_merge_peer(&m, &p->wg);
		vec_each(&p->aips, a)
			device_merge_aip(&m, a);
	}
	device_merge_end(&m, true);
	state_join(&v->fw.state, v->fw.config, &v->imports);
}

void view_free(struct chaos_view *v)
{
	state_free(&v->fw.state);
	*v = (struct chaos_view){0};
}

void view_truth(struct chaos *c)
{
	view_links(c, &c->truth, &c->w->links);
	vec_each(&c->truth.fw.state.devices, d)
		view_device(c, &c->truth, d);
}

void packets_configured(struct chaos *c)
{
	struct chaos_view *both[] = {&c->seen, &c->truth};

	for (int i = 0; i < 2; i++) {
		both[i]->fw.config = (struct config *)engine_config(c->w->engine);
		state_join(&both[i]->fw.state, both[i]->fw.config, &both[i]->imports);
	}
}

void packets_restarted(struct chaos *c)
{
	view_free(&c->seen);
	view_free(&c->truth);
}

void packets_saw_links(struct chaos *c, const struct links *links)
{
	view_links(c, &c->seen, links);
}

void packets_saw_device(struct chaos *c, uint32_t ifindex)
{
	struct device *d = state_device(&c->seen.fw.state, ifindex);

	if (d)
		view_device(c, &c->seen, d);
}

void packets_free(struct chaos *c)
{
	view_free(&c->seen);
	view_free(&c->truth);
}

/* --- one packet ----------------------------------------------------------------------------- */

static struct addr random_addr(struct chaos *c, uint8_t family)
{
	static const char *const nets4[] = {"10.10.0.0", "10.20.0.0", "10.66.0.0", "10.77.0.0",
					    "203.0.113.0"};
	static const char *const nets6[] = {"fd10::", "fd20::", "fd66::", "fd77::"};
	uint32_t n = rng_below(&c->dice, 4 + (family == AF_INET));
	struct addr a;

	if (addr_parse(&a, family == AF_INET ? nets4[n] : nets6[n]))
		abort();
	if (family == AF_INET) {
		a.bytes[2] = (uint8_t)rng_below(&c->dice, 3);
		a.bytes[3] = (uint8_t)(n == 4 ? 5 : rng_below(&c->dice, 3) * 70 + 7);
	} else {
		a.bytes[5] = (uint8_t)rng_below(&c->dice, 3);
		a.bytes[15] = 5;
	}
	return a;
}

static void packet_random(struct chaos *c, struct chaos_packet *p)
{
	uint8_t family = rng_below(&c->dice, 4) ? AF_INET : AF_INET6;
	const struct links *links = &c->w->links;

	*p = (struct chaos_packet){.src = random_addr(c, family), .dst = random_addr(c, family)};
	if (links->len)
		mem_copy_str(p->iif, sizeof(p->iif),
			     links->at[rng_below(&c->dice, links->len)].name);
}

/* The way that it takes now; false: none, or WireGuard does not take it. */
static bool packet_route(struct chaos *c, const struct chaos_packet *p, struct fw_packet *out)
{
	const struct link *oif = host_link_by_index(c, host_lookup(c, &p->src, &p->dst));

	*out = (struct fw_packet){.src = p->src,
				  .dst = p->dst,
				  .ct = FW_CT_NEW,
				  .protocol = IPPROTO_TCP,
				  .port = 443};
	mem_copy_str(out->iif, sizeof(out->iif), p->iif);
	if (!*p->iif || !oif || !oif->up)
		return false;
	mem_copy_str(out->oif, sizeof(out->oif), oif->name);
	return fw_world_can_be_on(&c->truth.fw, p->iif, &p->src) &&
	       fw_world_can_be_on(&c->truth.fw, oif->name, &p->dst);
}

static bool packet_passes(struct chaos *c, const struct chaos_packet *p, struct fw_packet *as)
{
	if (!packet_route(c, p, as))
		return false;
	return !c->w->firewall.kernel.actual.table ||
	       fw_eval(&c->w->firewall.rules, as) == FW_ACCEPT;
}

static bool packet_is_forbidden(struct chaos *c, const struct fw_packet *p)
{
	return fw_world_verdict(&c->truth.fw, p) != VERDICT_ACCEPT &&
	       fw_world_verdict(&c->seen.fw, p) != VERDICT_ACCEPT;
}

static void packet_fail(struct chaos *c, const struct fw_packet *p, const char *what)
{
	struct str line = {0};

	fw_packet_format(&line, p);
	chaos_fail(c, "%s lets a forbidden packet pass: %s", what, str_text(&line));
}

/* --- steps ---------------------------------------------------------------------------------- */

void packets_before(struct chaos *c)
{
	struct fw_packet as;

	view_truth(c);
	for (int i = 0; i < CHAOS_PACKETS; i++) {
		packet_random(c, &c->packets[i]);
		c->packets[i].passed = packet_passes(c, &c->packets[i], &as);
	}
}

void packets_firewall_failed(struct chaos *c)
{
	if (!c->awry)
		c->awry = c->w->now;
}

void packets_after(struct chaos *c, const char *what)
{
	struct fw_packet as;

	if (c->cleaning || (c->awry && c->w->now - c->awry > AWRY_MAX))
		return;
	for (int i = 0; i < CHAOS_PACKETS; i++) {
		const struct chaos_packet *p = &c->packets[i];
		bool passes = packet_passes(c, p, &as);

		if (!passes && packet_is_forbidden(c, &as))
			c->forbidden++;
		if (passes && !p->passed && packet_is_forbidden(c, &as))
			packet_fail(c, &as, what);
	}
}

/* --- turns ---------------------------------------------------------------------------------- */

/* Is there to be a table, and none? A host without any link is one that was not seen yet. */
static bool is_open(struct chaos *c)
{
	return !c->w->firewall.kernel.actual.table && !c->w->firewall.missing && c->w->links.len &&
	       firewall_filters(&c->seen.fw.state, c->seen.fw.config);
}

static void look_for_open(struct chaos *c)
{
	msec since;

	if (!is_open(c)) {
		c->opened = false;
		return;
	}
	if (!c->opened) {
		c->opened = true;
		c->opened_at = c->w->now;
	}
	since = c->w->now - c->opened_at;
	if (!c->faulty && since > c->open_longest)
		c->open_longest = since;
	if (since > (c->faulty ? FAULTY_MAX : OPEN_MAX))
		chaos_fail(c, "the table has been away for %lld ms", (long long)since);
}

void packets_turned(void *ctx)
{
	struct chaos *c = ctx;
	struct fw_packet as;

	c->w->log.len = c->w->said.len = 0;
	if (c->dead || c->cleaning)
		return;
	look_for_open(c);
	if (!engine_converged(c->w->engine))
		return;
	c->faulty = false;
	c->awry = 0;
	packets_before(c);
	for (int i = 0; i < CHAOS_PACKETS; i++)
		if (c->packets[i].passed && packet_passes(c, &c->packets[i], &as) &&
		    packet_is_forbidden(c, &as))
			packet_fail(c, &as, "what is called converged");
}
