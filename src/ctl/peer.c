// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The story of one peer as text, for `peer` and for the page that `top` opens.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl.h"
#include "human.h"
#include "table.h"

const char *age_format(json_t *o, const char *key, int units, char *buf)
{
	char text[HUMAN_LEN];

	if (!get_known(o, key))
		return "never";
	snprintf(buf, AGO_LEN, "%s ago", human_duration(get_int(o, key), units, text));
	return buf;
}

char *list_joined(json_t *list)
{
	struct str text = {0};
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) str_add(&text, "%s%s", i ? ", " : "", text_of(item));
	return text.text ? text.text : mem_strdup("");
}

static void state_lines(struct str *out, json_t *peer, bool colour)
{
	char buf[HUMAN_LEN];

	str_add(out, "  state: ");
	state_add(out, get_text(peer, "state"), colour);
	if (get_known(peer, "state_age_s"))
		str_add(out, " for %s", human_duration(get_int(peer, "state_age_s"), 2, buf));
	if (get_known(peer, "unanswered_s"))
		str_add(out, ", unanswered for %s",
			human_duration(get_int(peer, "unanswered_s"), 2, buf));
	if (get_int(peer, "repairs"))
		str_add(out, ", %lld repairs tried", (long long)get_int(peer, "repairs"));
	str_add(out, "\n");
}

static void endpoint_lines(struct str *out, json_t *peer)
{
	const char *endpoint = get_text(peer, "endpoint"), *host = get_text(peer, "endpoint_host");
	char *candidates = list_joined(json_object_get(peer, "candidates"));

	str_add(out, "  endpoint: %s", endpoint[0] ? endpoint : "none, it has to call first");
	if (endpoint[0])
		str_add(out, " (%s)", get_text(peer, "endpoint_source"));
	str_add(out, "\n");
	if (host[0])
		str_add(out, "  host: %s (%s)\n", host,
			candidates[0] ? candidates : "no address yet");
	free(candidates);
}

static void path_lines(struct str *out, json_t *peer)
{
	json_t *direct = json_object_get(peer, "direct");
	const char *why = get_text(direct, "reason");

	if (!json_is_object(direct))
		return;
	str_add(out, "  path: %s", get_text(peer, "path"));
	str_add(out, why[0] ? " (%s)\n" : "%s\n", why);
	if (get_known(direct, "seen_at"))
		str_add(out, "  the hub sees it at: %s\n", get_text(direct, "seen_at"));
}

static void traffic_lines(struct str *out, json_t *peer)
{
	char buf[AGO_LEN], tx[HUMAN_LEN];

	str_add(out, "  latest handshake: %s\n", age_format(peer, "handshake_age_s", 4, buf));
	str_add(out, "  transfer: %s received, %s sent\n",
		human_bytes((uint64_t)get_int(peer, "rx_bytes"), buf),
		human_bytes((uint64_t)get_int(peer, "tx_bytes"), tx));
}

static void forwarded_lines(struct str *out, json_t *peer)
{
	json_t *f = json_object_get(peer, "forwarded");
	char buf[HUMAN_LEN], to[HUMAN_LEN];

	if (!json_is_object(f))
		return;
	str_add(out, "  forwarded: %lld packets from it (%s), %lld to it (%s)\n",
		(long long)get_int(f, "from_packets"),
		human_bytes((uint64_t)get_int(f, "from_bytes"), buf),
		(long long)get_int(f, "to_packets"),
		human_bytes((uint64_t)get_int(f, "to_bytes"), to));
	str_add(out, "  dropped by the policy: %lld packets (%s)\n",
		(long long)get_int(f, "dropped_packets"),
		human_bytes((uint64_t)get_int(f, "dropped_bytes"), buf));
}

static void loan_lines(struct str *out, json_t *peer, const char *key, const char *words,
		       const char *whom)
{
	json_t *loan;
	size_t i;

	json_array_foreach(json_object_get(peer, key), i, loan)
		str_add(out, "  %s: %s, %s %s\n", words, get_text(loan, "prefix"), whom,
			get_text(loan, whom));
}

static void standby_lines(struct str *out, json_t *peer)
{
	json_t *s = json_object_get(peer, "standby");
	const char *why = get_text(s, "reason");
	bool primary = !strcmp(get_text(s, "role"), "primary");

	if (json_is_object(s))
		str_add(out, "  %s: %s on %s, %s%s%s\n", primary ? "standby" : "standby for",
			get_text(s, "peer"), get_text(s, "interface"), get_text(s, "state"),
			why[0] ? ": " : "", why);
	loan_lines(out, peer, "lent", "moved", "to");
	loan_lines(out, peer, "borrowed", "held", "from");
}

static void keepalive_line(struct str *out, json_t *peer)
{
	const char *why = get_text(peer, "keepalive_reason");
	char buf[HUMAN_LEN];

	if (get_int(peer, "keepalive_s"))
		str_add(out, "  persistent keepalive: every %s",
			human_duration(get_int(peer, "keepalive_s"), 3, buf));
	else
		str_add(out, "  persistent keepalive: off");
	str_add(out, why[0] ? " (%s)\n" : "%s\n", why);
}

static void netmap_lines(struct str *out, json_t *peer)
{
	size_t i;
	json_t *map;

	json_array_foreach(json_object_get(peer, "netmap"), i, map)
		str_add(out, "  netmap: %s is %s here\n", get_text(map, "inside"),
			get_text(map, "outside"));
}

static void route_lines(struct str *out, json_t *peer, bool colour)
{
	size_t i;
	json_t *route;

	json_array_foreach(json_object_get(peer, "routes"), i, route)
	{
		const char *why = get_text(route, "reason");

		str_add(out, i ? "          " : "  routes: ");
		str_add(out, "%s table %s ", get_text(route, "prefix"), get_text(route, "table"));
		state_add(out, get_text(route, "status"), colour);
		str_add(out, why[0] ? ": %s\n" : "%s\n", why);
	}
}

void peer_story(struct str *out, json_t *peer, bool colour)
{
	char *allowed = list_joined(json_object_get(peer, "allowed_ips"));
	size_t i;
	json_t *event;

	str_add(out, "peer: %s\n", get_text(peer, "label"));
	str_add(out, "  public key: %s\n", get_text(peer, "public_key"));
	str_add(out, "  interface: %s\n", get_text(peer, "interface"));
	str_add(out, "  zone: %s\n", get_text(peer, "zone"));
	state_lines(out, peer, colour);
	endpoint_lines(out, peer);
	path_lines(out, peer);
	traffic_lines(out, peer);
	forwarded_lines(out, peer);
	keepalive_line(out, peer);
	standby_lines(out, peer);
	str_add(out, "  allowed ips: %s\n", allowed[0] ? allowed : "(none)");
	netmap_lines(out, peer);
	route_lines(out, peer, colour);
	json_array_foreach(json_object_get(peer, "events"), i, event) event_add(out, event, colour);
	free(allowed);
}

enum exit_code peer_show(json_t *result, const struct options *o)
{
	struct str text = {0};
	(void)o;

	peer_story(&text, result, colour_wanted());
	fputs(str_text(&text), stdout);
	str_free(&text);
	return EXIT_DONE;
}
