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

/* Some 64 KiB each: as much as a client that takes nothing costs. */
#define PEERS_A_PART  64
#define ROUTES_A_PART 256

/* A part begins anywhere: the comma before its first element is not seen from its own text. */
static void element(struct str *out, struct answer_cursor *c)
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

	while (cursor_peers(c, v->state, r->arg, &left, &run)) {
		peer_routes_begin(&routes, v->routes, &run);
		for (uint32_t i = run.from; i < run.to; i++) {
			element(out, c);
			put_peer(out, v, run.device, i, &routes);
		}
		peer_routes_end(&routes);
	}
	return !left;
}

static bool paths_part(struct str *out, const struct answer_view *v, struct answer_cursor *c)
{
	uint32_t left = PEERS_A_PART;
	struct peer_run run;

	while (cursor_peers(c, v->state, "", &left, &run)) {
		for (uint32_t i = run.from; i < run.to; i++) {
			element(out, c);
			put_path_of(out, v, run.device, i);
		}
	}
	return !left;
}

/* A part ends between two keys, never between two items that share one. */
static bool routes_part(struct str *out, const struct answer_view *v, struct answer_cursor *c)
{
	const struct route_items *items = v->routes;
	uint32_t from = cursor_item(c, items), i = from;

	for (; i < items->len; i++) {
		if (i - from >= ROUTES_A_PART &&
		    route_key_cmp(&items->at[i].route, &items->at[i - 1].route))
			return true;
		element(out, c);
		put_route_item(out, NULL, v, &items->at[i]);
		c->route = items->at[i].route;
	}
	vec_each(&v->state->ours, have) {
		if (!route_is_surplus(v, have))
			continue;
		element(out, c);
		put_route_surplus(out, v, have);
	}
	return false;
}

/* The peers that something was counted for; they are the last member of the answer. */
static bool firewall_part(struct str *out, const struct answer_view *v, struct answer_cursor *c)
{
	uint32_t left = PEERS_A_PART;
	struct peer_run run;

	while (cursor_peers(c, v->state, "", &left, &run)) {
		const struct device *d = &v->state->devices.at[run.device];

		for (uint32_t i = run.from; i < run.to; i++) {
			if (!peer_traffic(v, d, &d->peers.at[i]))
				continue;
			element(out, c);
			put_counted(out, v, d, &d->peers.at[i]);
		}
	}
	return !left;
}

/* The first part: what costs little, for those who ask do not wait for each other's answers. */
static void part_begin(struct str *out, const struct answer_view *v, enum request_kind kind)
{
	answer_begin(out);
	if (kind == REQUEST_METRICS) {
		str_add_bytes(out, "\"", 1);
	} else if (kind == REQUEST_FIREWALL) {
		put_object(out, NULL);
		put_firewall_fields(out, v);
		put_list(out, "peers");
	} else {
		put_list(out, NULL);
	}
}

static bool part(struct str *out, const struct answer_view *v, const struct request *r,
		 struct answer_cursor *c)
{
	switch (r->kind) {
	case REQUEST_ROUTES:
		return routes_part(out, v, c);
	case REQUEST_PATHS:
		return paths_part(out, v, c);
	case REQUEST_FIREWALL:
		return firewall_part(out, v, c);
	case REQUEST_METRICS:
		return metrics_part(out, v, c);
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
	if (kind == REQUEST_FIREWALL)
		put_object_end(out);
	answer_end(out);
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
	return k == REQUEST_PEERS || k == REQUEST_PATHS || k == REQUEST_ROUTES ||
	       k == REQUEST_FIREWALL || k == REQUEST_METRICS;
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
	if (!c->begun && r->kind == REQUEST_PEERS && *r->arg && !iface_exists(v, r->arg)) {
		refuse_iface(out, r->arg);
		return false;
	}
	if (!c->begun) {
		c->begun = true;
		part_begin(out, v, r->kind);
		return true;
	}
	if (part(out, v, r, c))
		return true;
	part_end(out, r->kind);
	return false;
}
