// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names and their last good addresses.
 *
 * Found by host for peers, by id for answers. An answer is taken only when it holds an address
 * that could be an endpoint; everything else is a failure that moves the next question away,
 * doubling up to five minutes, and changes nothing.
 */
#include <string.h>

#include "names_build.h"

static int by_host_cmp(const void *a, const void *b)
{
	return strcmp((*(struct name *const *)a)->host, (*(struct name *const *)b)->host);
}

static int by_id_cmp(const void *a, const void *b)
{
	uint32_t x = (*(struct name *const *)a)->id, y = (*(struct name *const *)b)->id;

	return (x > y) - (x < y);
}

struct name *names_find(const struct names *ns, const char *host)
{
	struct name *n;

	HASH_FIND_STR(ns->hash, host, n);
	return n;
}

static struct name *name_wanted(struct name *n, enum family_pref family, msec ttl_min, msec ttl_max)
{
	if (n->wanted) { /* by another interface as well */
		family = family == n->family ? family : FAMILY_ANY;
		ttl_min = msec_min(ttl_min, n->ttl_min);
		ttl_max = msec_min(ttl_max, n->ttl_max);
	}
	n->family = family;
	n->ttl_min = ttl_min;
	n->ttl_max = ttl_max;
	n->wanted = true;
	return n;
}

static void name_forget(struct names *ns, struct name *n)
{
	due_back(ns, n, AF_INET);
	due_back(ns, n, AF_INET6);
	vec_free(&n->v4.addrs);
	vec_free(&n->v4.ports);
	vec_free(&n->v6.addrs);
	vec_free(&n->v6.ports);
	n->v4 = n->v6 = (struct name_result){0};
}

/*
 * The name, made when there is none. One that was asked for other records until now begins anew;
 * wanted in both ways, it is asked for what was wanted first.
 */
static struct name *name_of(struct names *ns, const char *host, bool srv)
{
	struct name *n = names_find(ns, host);

	if (n && (n->srv == srv || n->wanted))
		return n;
	if (n) {
		name_forget(ns, n);
	} else {
		n = mem_calloc(1, sizeof(*n) + strlen(host) + 1);
		memcpy(n->host, host, strlen(host));
		HASH_ADD_STR(ns->hash, host, n);
	}
	n->srv = srv;
	n->version = 0;
	n->id = ++ns->last_id; /* what is still out about it is nobody's */
	return n;
}

struct name *names_want(struct names *ns, const char *host, const struct endpoints_conf *conf)
{
	return name_wanted(name_of(ns, host, false), conf->family, conf->ttl_min, conf->ttl_max);
}

struct name *names_want_srv(struct names *ns, const char *host, const struct endpoints_conf *conf)
{
	return name_wanted(name_of(ns, host, true), conf->family, conf->ttl_min, conf->ttl_max);
}

static void name_free(struct names *ns, struct name *n)
{
	name_forget(ns, n);
	HASH_DEL(ns->hash, n);
	free(n);
}

/* An answer for a family that it is not asked for any more is not waited for. */
static void name_settle(struct names *ns, struct name *n)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	n->wanted = false;
	for (uint32_t i = 0; i < 2; i++)
		if (!name_asks(n, families[i]))
			due_back(ns, n, families[i]);
}

void names_sweep(struct names *ns)
{
	struct name *n, *next;

	ns->by_host.len = ns->by_id.len = 0;
	HASH_ITER(hh, ns->hash, n, next) {
		if (!n->wanted) {
			name_free(ns, n);
			continue;
		}
		name_settle(ns, n);
		*vec_add(&ns->by_host) = n;
		*vec_add(&ns->by_id) = n;
	}
	vec_sort(&ns->by_host, by_host_cmp);
	vec_sort(&ns->by_id, by_id_cmp);
	due_anew(ns);
}

void names_free(struct names *ns)
{
	struct name *n, *next;

	HASH_ITER(hh, ns->hash, n, next)
		name_free(ns, n);
	vec_free(&ns->by_id);
	vec_free(&ns->by_host);
	vec_free(&ns->due);
	vec_free(&ns->out);
}

/* An address of a host, or an address and port of an SRV answer. */
static bool result_has(const struct name_result *r, const struct addr *a, const uint16_t *port)
{
	for (uint32_t i = 0; i < r->addrs.len; i++)
		if (!addr_cmp(&r->addrs.at[i], a) && (!port || r->ports.at[i] == *port))
			return true;
	return false;
}

static bool answer_usable(const struct net_answer *a, uint32_t i, uint8_t family)
{
	if (addr_is_unusable(&a->addrs[i]))
		return false;
	return family ? a->addrs[i].family == family : a->ports[i] != 0;
}

/* Takes the usable addresses of an answer, each once; false when there is none. family 0: SRV. */
static bool result_take(struct name_result *r, const struct net_answer *a, uint8_t family,
			bool *changed)
{
	struct name_result fresh = {0};

	r->refused = NULL;
	for (uint32_t i = 0; i < a->count && i < NET_MAX_ADDRS; i++) {
		const uint16_t *port = family ? NULL : &a->ports[i];

		if (!answer_usable(a, i, family)) {
			r->refused = "not an address that a peer can have";
			continue;
		}
		if (result_has(&fresh, &a->addrs[i], port))
			continue;
		*vec_add(&fresh.addrs) = a->addrs[i];
		if (port)
			*vec_add(&fresh.ports) = *port;
		*changed = *changed || !result_has(r, &a->addrs[i], port);
	}
	if (!fresh.addrs.len)
		return false;
	*changed = *changed || fresh.addrs.len != r->addrs.len;
	vec_free(&r->addrs);
	vec_free(&r->ports);
	memcpy(&r->addrs, &fresh.addrs, sizeof(r->addrs));
	memcpy(&r->ports, &fresh.ports, sizeof(r->ports));
	return true;
}

static void result_good(struct name_result *r, const struct name *n, uint32_t ttl, msec now)
{
	msec keep = (msec)ttl * 1000;

	r->ttl = ttl;
	r->answered = now;
	r->failures = 0;
	r->delay = 0;
	r->expires = now + msec_min(msec_max(keep, n->ttl_min), n->ttl_max);
}

static void result_failed(struct name_result *r, msec now, struct rng *rng)
{
	r->failures++;
	r->delay = backoff_next(r->delay, NAME_RETRY_MIN, NAME_RETRY_MAX);
	r->expires = now + rng_jitter(rng, r->delay);
}

/* The name exists without this family: that is an answer when the other family has one. */
static void result_absent(struct name_result *r, const struct name_result *other,
			  const struct name *n, msec now, struct rng *rng, bool *changed)
{
	if (other->addrs.len && other->status == NET_OK) {
		*changed = r->addrs.len > 0;
		r->addrs.len = 0;
		r->failures = 0;
		r->delay = 0;
		r->expires = now + msec_min(msec_max(NAME_ABSENT_FOR, n->ttl_min), n->ttl_max);
		return;
	}
	result_failed(r, now, rng);
}

struct name *names_by_id(const struct names *ns, uint32_t id)
{
	struct name key = {.id = id}, *k = &key, **found = vec_find(&ns->by_id, &k, by_id_cmp);

	return found ? *found : NULL;
}

static bool server_silent(uint32_t status)
{
	return status == NET_TIMEOUT || status == NET_FAILED || status == NET_SERVFAIL;
}

/* Its failures were the server's: also one that is still out, and may fail, begins anew. */
static void result_wake(struct name_result *r, msec now)
{
	if (!server_silent(r->status))
		return;
	r->delay = 0;
	if (!r->asked)
		r->expires = msec_min(r->expires, now);
}

/* A server answers again: what failed because none did is due now. */
static void names_wake(struct names *ns, msec now)
{
	ns->canary = 0;
	vec_each(&ns->by_id, n) {
		result_wake(&(*n)->v4, now);
		result_wake(&(*n)->v6, now);
	}
	due_anew(ns);
}

/* A question that nobody answers takes seconds by itself. */
static msec canary_delay(const struct name_result *r)
{
	if (r->status == NET_TIMEOUT)
		return NAME_RETRY_MIN;
	return r->failures < NAME_CANARY_OFTEN ? NAME_CANARY : NAME_CANARY_MAX;
}

/* Is it the server? It said nothing for a minute, or nothing good to many questions in a row. */
static bool server_lost(const struct names *ns, msec now)
{
	uint32_t many = 4 * ns->by_id.len;

	many = many < NAME_SILENT_MAX ? many : NAME_SILENT_MAX;
	return !ns->heard || now - ns->heard >= NAME_HEARD_FOR || ns->silent >= many;
}

static void names_canary(struct names *ns, const struct name *n, struct name_result *r,
			 const struct name_result *other, msec now)
{
	if (!server_silent(r->status)) {
		ns->heard = now;
		ns->silent = 0;
		if (ns->canary)
			names_wake(ns, now);
		return;
	}
	if (other->status == NET_OK && other->addrs.len)
		return;
	ns->silent++;
	if (!server_lost(ns, now))
		return;
	if (!ns->canary || !names_by_id(ns, ns->canary))
		ns->canary = n->id;
	if (ns->canary == n->id)
		r->expires = now + canary_delay(r);
}

bool names_answer(struct names *ns, const struct net_answer *a, msec now, struct rng *rng,
		  struct name **out)
{
	uint8_t family = a->id & 1 ? AF_INET6 : AF_INET;
	struct name *n = *out = names_by_id(ns, a->id / 2);
	struct name_result *r, *other;
	bool changed = false;

	if (!n)
		return false;
	r = name_result(n, family);
	other = name_result(n, family == AF_INET ? AF_INET6 : AF_INET);
	due_back(ns, n, family);
	r->status = a->status;
	if (a->status == NET_OK && result_take(r, a, n->srv ? 0 : family, &changed))
		result_good(r, n, a->ttl, now);
	else if (a->status == NET_NO_DATA)
		result_absent(r, other, n, now, rng, &changed);
	else
		result_failed(r, now, rng);
	names_canary(ns, n, r, other, now);
	due_changed(ns, n);
	if (changed)
		n->version = ++ns->last_version;
	return changed;
}

/* What is known of a family that is not asked for any more is not used. */
static uint32_t name_count(const struct name *n, uint8_t family)
{
	if (!name_asks(n, family))
		return 0;
	return family == AF_INET ? n->v4.addrs.len : n->v6.addrs.len;
}

uint32_t name_addrs(const struct name *n, struct addr *out, uint32_t max)
{
	uint32_t v4 = name_count(n, AF_INET), v6 = name_count(n, AF_INET6), count = 0;

	for (uint32_t i = 0; count < max && (i < v4 || i < v6); i++) {
		if (i < v6)
			out[count++] = n->v6.addrs.at[i];
		if (i < v4 && count < max)
			out[count++] = n->v4.addrs.at[i];
	}
	return count;
}

bool name_has(const struct name *n, const struct addr *a)
{
	return result_has(a->family == AF_INET ? &n->v4 : &n->v6, a, NULL);
}

uint32_t name_endpoints(const struct name *n, uint16_t port, struct endpoint *out, uint32_t max)
{
	struct addr addrs[2 * NET_MAX_ADDRS];
	uint32_t count;

	if (max > 2 * NET_MAX_ADDRS)
		max = 2 * NET_MAX_ADDRS;
	if (n->srv) {
		count = n->v4.addrs.len < max ? n->v4.addrs.len : max;
		for (uint32_t i = 0; i < count; i++)
			out[i] = (struct endpoint){.addr = n->v4.addrs.at[i],
						   .port = n->v4.ports.at[i]};
		return count;
	}
	count = name_addrs(n, addrs, max);
	for (uint32_t i = 0; i < count; i++)
		out[i] = (struct endpoint){.addr = addrs[i], .port = port};
	return count;
}

bool name_leads_to(const struct name *n, uint16_t port, const struct endpoint *e)
{
	if (n->srv)
		return result_has(&n->v4, &e->addr, &e->port);
	return e->port == port && name_has(n, &e->addr);
}

bool name_known(const struct name *n)
{
	return name_count(n, AF_INET) || name_count(n, AF_INET6);
}

static bool result_settled(const struct name_result *r)
{
	return r->answered || r->failures || r->status != NET_OK;
}

bool name_settled(const struct name *n)
{
	return (!name_asks(n, AF_INET) || result_settled(&n->v4)) &&
	       (!name_asks(n, AF_INET6) || result_settled(&n->v6));
}
