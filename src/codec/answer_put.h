/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pieces that answers are made of. o is the text of an object that is open, or of a list where
 * key may be NULL. Private to the answers.
 */
#ifndef CODEC_ANSWER_PUT_H
#define CODEC_ANSWER_PUT_H

#include "answer_cursor.h"
#include "codec/put.h"

void put_version(struct str *o);

/*
 * The comma before an element of a list that comes in parts: a part begins anywhere, so that it is
 * not seen from its own text.
 */
void part_element(struct str *o, struct answer_cursor *c);
/*
 * Parts of `dns`, of `events` (whose first is found by put_events_begin()), of the two lists of
 * `plan` and of the two of `routes`. True when there is more.
 */
bool put_dns_part(struct str *o, const struct answer_view *v, struct answer_cursor *c);
void put_events_begin(struct answer_cursor *c, const struct event_ring *ring, unsigned int count);
bool put_events_part(struct str *o, const struct answer_view *v, struct answer_cursor *c);
bool put_plan_part(struct str *o, const struct answer_view *v, struct answer_cursor *c);
bool put_routes_part(struct str *o, const struct answer_view *v, struct answer_cursor *c);
/* Items of `routes` for which shown() is true. */
bool put_route_items_part(struct str *o, const struct answer_view *v, struct answer_cursor *c,
			  bool (*shown)(const struct route_item *item));

/* One item of `routes`. */
void put_route_item(struct str *o, const char *key, const struct answer_view *v,
		    const struct route_item *item);

/* The route items of peers, for one peer after the other. */
struct peer_routes {
	const struct route_items *items;
	VEC(uint32_t) tables;		      /* that they are in */
	VEC(const struct route_item *) found; /* of one peer */
};
void peer_routes_begin(struct peer_routes *out, const struct route_items *items);
void peer_routes_end(struct peer_routes *routes);
/* One item of `peers`, and of `paths`. */
void put_peer(struct str *o, const struct answer_view *v, uint32_t device, uint32_t peer,
	      struct peer_routes *routes);
void put_path_of(struct str *o, const struct answer_view *v, uint32_t device, uint32_t peer);

/* Who it is: interface, name, label and key. What else is said of it is added. */
void put_peer_head(struct str *o, const struct device *d, const struct peer *p);
/* The members of an item of `peers`, without its routes. */
void put_peer_fields(struct str *o, const struct answer_view *v, const struct device *d,
		     const struct peer *p);
/*
 * What the firewall let pass for a peer and what it dropped: packets and bytes; null where nothing
 * is counted.
 */
void put_peer_forwarded(struct str *o, const char *key, const struct answer_view *v,
			const struct device *d, const struct peer *p);
/* The same as it was counted, or NULL; and as an element of `firewall`, for one that has it. */
const struct tally_peer *peer_traffic(const struct answer_view *v, const struct device *d,
				      const struct peer *p);
void put_counted(struct str *o, const struct answer_view *v, const struct device *d,
		 const struct peer *p);
/* Zones with what is in them, and the policy of each interface with the firewall on. */
void put_zones(struct str *o, const char *key, const struct answer_view *v);
void put_policies(struct str *o, const char *key, const struct answer_view *v);

/* Zones of all peers, and those declared; each once with how many peers it has, sorted. */
struct zone_count {
	const char *name;
	uint32_t peers;
};
VEC_TYPE(zone_counts, struct zone_count);
void zones_collect(struct zone_counts *out, const struct answer_view *v);
/* Words of the configuration; buf is PREFIX_STRLEN. */
const char *policy_verdict_name(enum verdict v);
const char *policy_party_name(const struct party *p, char *buf);
void policy_port_format(struct str *out, const struct port_match *m);

/* state, elements and error of the firewall, as in `status`; and all of `firewall` but peers. */
void put_firewall_summary(struct str *o, const struct answer_view *v);
void put_firewall_fields(struct str *o, const struct answer_view *v);
/* "off", "installed", "pending", "failed" or "unavailable". */
const char *firewall_state(const struct answer_view *v);
/* Appends the operations that the firewall is in want of, for `plan`. */
void put_firewall_operations(struct str *o, const struct answer_view *v);
size_t firewall_pending(const struct answer_view *v);
size_t firewall_elements(const struct answer_view *v);
/* Its standby or whose it is, and the allowed-IPs of it or with it that were moved. */
void put_standby_fields(struct str *o, const struct answer_view *v, const struct device *d,
			const struct peer *p);
/* "ready", "serving", "silent", "unknown" or "nothing-to-serve": the standby of a pair. */
const char *standby_state(const struct standby_pair *p);
/* endpoint, where it is from, and the path. */
void put_endpoint_fields(struct str *o, const struct answer_view *v, const struct device *d,
			 const struct peer *p);
/* path, and direct: what is known of the direct way; null where none is wanted. */
void put_path(struct str *o, const struct answer_view *v, const struct device *d,
	      const struct peer *p);
/* A part of `metrics`, without the quotes around it; true when there is more. */
bool metrics_part(struct str *out, const struct answer_view *v, struct answer_cursor *c);

#endif
