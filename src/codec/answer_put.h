/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How values of ours become members of a JSON object: one short name for each kind, so that an
 * answer reads as the list of its fields. Private to the answers.
 */
#ifndef CODEC_ANSWER_PUT_H
#define CODEC_ANSWER_PUT_H

#include "codec/answer.h"

/* Takes the reference; NULL becomes null, so that a field is never missing. */
void put(json_t *o, const char *key, json_t *value);
/* NULL becomes null; bytes that are not UTF-8 become '?'. */
void put_text(json_t *o, const char *key, const char *text);
/* "" becomes null, too. */
void put_name(json_t *o, const char *key, const char *text);
void put_int(json_t *o, const char *key, uint64_t n);
void put_bool(json_t *o, const char *key, bool yes);
/* Whole seconds since then; null for 0 (never). */
void put_age(json_t *o, const char *key, msec then, msec now);
/* Whole seconds until then; null for 0 and MSEC_NEVER, 0 when it has passed. */
void put_until(json_t *o, const char *key, msec then, msec now);
/* Milliseconds of wall-clock time as "2024-02-29T12:00:00.123Z" (RFC 3339); null for 0. */
void put_wall(json_t *o, const char *key, int64_t wall);
/* No family becomes null. */
void put_addr(json_t *o, const char *key, const struct addr *a);
void put_prefix(json_t *o, const char *key, const struct prefix *p);
void put_endpoint(json_t *o, const char *key, const struct endpoint *e);
/* "main", "254" has a name; other tables are numbers. */
void put_table(json_t *o, const char *key, uint32_t table);

/* A text as a JSON string, never NULL. */
json_t *text_json(const char *text);

/*
 * Finds a peer by key, name or label, on any interface; false when there is none. The indices go
 * into state.devices and its peers.
 */
struct peer_place {
	const struct device *device;
	const struct peer *peer;
	uint32_t device_index, peer_index;
};
bool peer_place_find(struct peer_place *out, const struct state *s, const char *name_or_key);

/* One item of `routes`; and one of ours that nobody wants any more. */
json_t *route_item_json(const struct answer_view *v, const struct route_item *item);
bool route_is_surplus(const struct answer_view *v, const struct route *r);
json_t *route_surplus_json(const struct answer_view *v, const struct route *r);

/* The route items of peers from..to - 1 of a device, for one peer after the other. */
struct peer_routes {
	VEC(const struct route_item *) items;
	uint32_t next;
};
void peer_routes_begin(struct peer_routes *out, const struct route_items *items, uint32_t device,
		       uint32_t from, uint32_t to);
void peer_routes_end(struct peer_routes *routes);
/* One item of `peers`, and of `paths`. */
json_t *peer_and_routes_json(const struct answer_view *v, uint32_t device, uint32_t peer,
			     struct peer_routes *routes);
json_t *path_json(const struct answer_view *v, uint32_t device, uint32_t peer);

/* Who it is: interface, name, label and key. What else is said of it is added. */
json_t *peer_head_json(const struct device *d, const struct peer *p);
/* One item of `peers`, without its routes. */
json_t *peer_json(const struct answer_view *v, const struct device *d, const struct peer *p);
/*
 * What the firewall let pass for a peer and what it dropped: packets and bytes; null where nothing
 * is counted.
 */
json_t *peer_forwarded_json(const struct answer_view *v, const struct device *d,
			    const struct peer *p);
/* Zones with what is in them, and the policy of each interface with the firewall on. */
json_t *zones_json(const struct answer_view *v);
json_t *policies_json(const struct answer_view *v);

/* One end of a packet's way. */
struct policy_end {
	const struct prefix *prefix;
	const struct device *device; /* whose peer it is behind; NULL = no peer's */
	const struct peer *peer;     /* the same */
};
/* Appends lines: the zones of both, and which rules decide. from NULL is anybody. */
void explain_policies(json_t *lines, const struct answer_view *v, const struct policy_end *from,
		      const struct policy_end *to);
/* {state, elements, error} of the firewall, for `status`. */
json_t *firewall_summary_json(const struct answer_view *v);
/* "off", "installed", "pending", "failed" or "unavailable". */
const char *firewall_state(const struct answer_view *v);
/* Appends the operations that the firewall is in want of, for `plan`. */
void firewall_operations(json_t *list, const struct answer_view *v);
size_t firewall_pending(const struct answer_view *v);
size_t firewall_elements(const struct answer_view *v);
/* Its standby or whose it is, and the allowed-IPs of it or with it that were moved. */
void put_standby_fields(json_t *o, const struct answer_view *v, const struct device *d,
			const struct peer *p);
/* "ready", "serving", "silent", "unknown" or "nothing-to-serve": the standby of a pair. */
const char *standby_state(const struct standby_pair *p);
/* endpoint, where it is from, and the path. */
void put_endpoint_fields(json_t *o, const struct answer_view *v, const struct device *d,
			 const struct peer *p);
/* Which way packets to a peer go: "direct", "hub", "endpoint", or NULL when it has none yet. */
const char *peer_path(const struct answer_view *v, const struct device *d, const struct peer *p);
/* path, and direct: what is known of the direct way; null where none is wanted. */
void put_path(json_t *o, const struct answer_view *v, const struct device *d, const struct peer *p);
/* For `explain`: the direct path of what is sent to to, which owner has. */
void say_path(json_t *lines, const struct answer_view *v, const struct device *d,
	      const struct peer *owner, const struct prefix *to);

#endif
