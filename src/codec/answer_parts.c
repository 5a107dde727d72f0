// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Long answers in parts: with ten thousand peers an answer is megabytes, and nothing else would be
 * done while it is made. Each part is made when the client has taken the one before, from what is
 * known then.
 */
#include <stdio.h>
#include <string.h>

#include "answer_cursor.h"
#include "answer_put.h"

/* Some 64 KiB: as much as a client that takes nothing costs. */
#define PEERS_A_PART 64

void part_element(struct str *out, struct answer_cursor *c)
{
	if (c->told++)
		str_add_bytes(out, ",", 1);
}

/* Each of these appends a part of an answer and says whether there is more. */

static bool peers_part(struct str *out, const struct answer_view *v, const struct request *r,
		       struct answer_cursor *c)
{
	uint32_t left = PEERS_A_PART;
	struct peer_routes routes;
	struct peer_run run;

	peer_routes_begin(&routes, v->routes);
	while (cursor_peers(c, v->state, r->arg, &left, &run)) {
		for (uint32_t i = run.from; i < run.to; i++) {
			part_element(out, c);
			put_peer(out, v, run.device, i, &routes);
		}
	}
	peer_routes_end(&routes);
	return !left;
}

static bool paths_part(struct str *out, const struct answer_view *v, struct answer_cursor *c)
{
	uint32_t left = PEERS_A_PART;
	struct peer_run run;

	while (cursor_peers(c, v->state, "", &left, &run)) {
		for (uint32_t i = run.from; i < run.to; i++) {
			part_element(out, c);
			put_path_of(out, v, run.device, i);
		}
	}
	return !left;
}

/* The peers that something was counted for; they are the last member of the answer. */
static bool firewall_part(struct str *out, const struct answer_view *v, struct answer_cursor *c)
{
	uint32_t left = PEERS_A_PART;
	struct peer_run run;

	if (!v->tally || !v->tally->peers.len)
		return false;
	while (cursor_peers(c, v->state, "", &left, &run)) {
		const struct device *d = &v->state->devices.at[run.device];

		for (uint32_t i = run.from; i < run.to; i++) {
			if (!peer_traffic(v, d, &d->peers.at[i]))
				continue;
			part_element(out, c);
			put_counted(out, v, d, &d->peers.at[i]);
		}
	}
	return !left;
}

/* The first part: what costs little, for those who ask do not wait for each other's answers. */
static void part_begin(struct str *out, const struct answer_view *v, const struct request *r,
		       struct answer_cursor *c)
{
	answer_begin(out);
	switch (r->kind) {
	case REQUEST_METRICS:
		str_add_bytes(out, "\"", 1);
		break;
	case REQUEST_FIREWALL:
		put_object(out, NULL);
		put_firewall_fields(out, v);
		put_list(out, "peers");
		break;
	case REQUEST_PLAN:
		put_object(out, NULL);
		put_list(out, "operations");
		break;
	case REQUEST_EVENTS:
		put_events_begin(c, v->events, r->count);
		put_list(out, NULL);
		break;
	default:
		put_list(out, NULL);
		break;
	}
}

static bool part(struct str *out, const struct answer_view *v, const struct request *r,
		 struct answer_cursor *c)
{
	switch (r->kind) {
	case REQUEST_ROUTES:
		return put_routes_part(out, v, c);
	case REQUEST_PATHS:
		return paths_part(out, v, c);
	case REQUEST_FIREWALL:
		return firewall_part(out, v, c);
	case REQUEST_METRICS:
		return metrics_part(out, v, c);
	case REQUEST_DNS:
		return put_dns_part(out, v, c);
	case REQUEST_PLAN:
		return put_plan_part(out, v, c);
	case REQUEST_EVENTS:
		return put_events_part(out, v, c);
	default:
		return peers_part(out, v, r, c);
	}
}

/* What comes behind the last one. */
static void part_end(struct str *out, enum request_kind kind)
{
	if (kind == REQUEST_METRICS)
		str_add_bytes(out, "\"", 1);
	else
		put_list_end(out);
	if (kind == REQUEST_FIREWALL || kind == REQUEST_PLAN)
		put_object_end(out);
	answer_end(out);
}

/* Nothing that fits a screen takes long to write, but what it tells of has to be searched for. */
static bool is_searched(enum request_kind kind)
{
	return kind == REQUEST_PEER || kind == REQUEST_EXPLAIN;
}

static void no_such_peer(struct str *out, const struct request *r)
{
	char message[HOST_LEN + 128];

	snprintf(message, sizeof(message), "no peer has the name or key '%s'%s; 'peers' lists them",
		 r->arg, r->kind == REQUEST_EXPLAIN ? ", and it is no address" : "");
	answer_error(out, "not-found", message);
}

static void searched(struct str *out, const struct answer_view *v, const struct request *r)
{
	size_t before = out->len;

	answer_begin(out);
	if (r->kind == REQUEST_PEER ? answer_peer(out, v, r->arg)
				    : answer_explain(out, v, r->arg)) {
		answer_end(out);
		return;
	}
	out->len = before;
	no_such_peer(out, r);
}

static bool iface_exists(const struct answer_view *v, const char *name)
{
	vec_each(&v->state->devices, d)
		if (!strcmp(d->name, name))
			return true;
	return false;
}

bool answer_is_long(enum request_kind k)
{
	return k != REQUEST_STATUS && k != REQUEST_VERSION && k != REQUEST_WATCH &&
	       !request_is_act(k);
}

static void refuse_iface(struct str *out, const char *name)
{
	char message[HOST_LEN + 64];

	snprintf(message, sizeof(message),
		 "no WireGuard interface is named '%s'; 'status' lists them", name);
	answer_error(out, "not-found", message);
}

bool answer_part(struct str *out, const struct answer_view *v, const struct request *r,
		 struct answer_cursor *c)
{
	bool first = !c->begun;

	c->begun = true;
	if (is_searched(r->kind)) {
		if (!first)
			searched(out, v, r);
		return first;
	}
	if (first && r->kind == REQUEST_PEERS && *r->arg && !iface_exists(v, r->arg)) {
		refuse_iface(out, r->arg);
		return false;
	}
	if (first) {
		part_begin(out, v, r, c);
		return true;
	}
	if (part(out, v, r, c))
		return true;
	part_end(out, r->kind);
	return false;
}
