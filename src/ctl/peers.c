// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `peers`, `peer` and `paths` for people: those in trouble first, then by interface and name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ctl.h"
#include "human.h"
#include "table.h"

/* Trouble first. A peer that was never seen may just not be built yet. */
static int peer_rank(json_t *peer)
{
	static const char *const order[] = {"dead", "unanswered", "never", "idle", "up"};
	const char *state = get_text(peer, "state");
	int rank = 0;

	while (rank < 5 && strcmp(order[rank], state))
		rank++;
	return rank;
}

static int peer_cmp(const void *a, const void *b)
{
	json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int cmp = peer_rank(x) - peer_rank(y);

	if (!cmp)
		cmp = strcmp(get_text(x, "interface"), get_text(y, "interface"));
	return cmp ? cmp : strcmp(get_text(x, "label"), get_text(y, "label"));
}

/* The list as an array, sorted; the caller frees it, the peers stay the list's. */
static json_t **peers_sorted(json_t *list, size_t *n)
{
	json_t **peers;

	*n = json_array_size(list);
	peers = calloc(*n + 1, sizeof(json_t *));
	if (!peers)
		abort();
	for (size_t i = 0; i < *n; i++)
		peers[i] = json_array_get(list, i);
	qsort(peers, *n, sizeof(json_t *), peer_cmp);
	return peers;
}

static const char *ago(json_t *o, const char *key, int units, char *buf, size_t size)
{
	char text[HUMAN_LEN];

	if (!get_known(o, key))
		return "never";
	snprintf(buf, size, "%s ago", human_duration(get_int(o, key), units, text));
	return buf;
}

/* "10.0.0.1/32, 192.168.1.0/24"; the caller frees. */
static char *joined(json_t *list)
{
	struct str text = {0};
	size_t i;
	json_t *item;

	str_add(&text, "%s", "");
	json_array_foreach(list, i, item) str_add(&text, "%s%s", i ? ", " : "", text_of(item));
	return text.text;
}

static void peer_row(struct table *t, json_t *peer)
{
	char buf[HUMAN_LEN + 8], *allowed = joined(json_object_get(peer, "allowed_ips"));

	table_row(t);
	table_cell(t, get_text(peer, "label"));
	table_state(t, get_text(peer, "state"));
	table_cell(t, get_text(peer, "interface"));
	table_cell(t, get_text(peer, "endpoint"));
	table_cell(t, ago(peer, "handshake_age_s", 1, buf, sizeof(buf)));
	table_cell(t, human_bytes((uint64_t)get_int(peer, "rx_bytes"), buf));
	table_cell(t, human_bytes((uint64_t)get_int(peer, "tx_bytes"), buf));
	table_cell(t, allowed);
	free(allowed);
}

static bool one_interface(json_t **peers, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(get_text(peers[0], "interface"), get_text(peers[i], "interface")))
			return false;
	return true;
}

/* What a narrow terminal can do without, so that names need not be cut. */
static void spare_columns(struct table *t, json_t **peers, size_t n)
{
	enum { IFACE = 2, RECEIVED = 5, SENT = 6 };

	if (table_room(t) < 120 && one_interface(peers, n))
		table_hide(t, IFACE);
	if (table_room(t) < 100) {
		table_hide(t, RECEIVED);
		table_hide(t, SENT);
	}
}

enum exit_code peers_show(json_t *result, const struct options *o)
{
	static const struct column columns[] = {
		{"PEER", .cut = true},
		{"STATE"},
		{"IFACE"},
		{"ENDPOINT"},
		{"HANDSHAKE"},
		{"RECEIVED", .right = true},
		{"SENT", .right = true},
		{"ALLOWED IPS", .cut = true},
	};
	struct table t;
	size_t n;
	json_t **peers = peers_sorted(result, &n);
	(void)o;

	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	spare_columns(&t, peers, n);
	for (size_t i = 0; i < n; i++)
		peer_row(&t, peers[i]);
	table_end(&t, "no peers");
	free(peers);
	return EXIT_DONE;
}

enum exit_code paths_show(json_t *result, const struct options *o)
{
	static const struct column columns[] = {
		{"PEER"}, {"STATE"}, {"IFACE"}, {"PATH"}, {"ENDPOINT"}, {"FROM"}, {"HOST"},
	};
	struct table t;
	size_t n;
	json_t **peers = peers_sorted(result, &n);
	(void)o;

	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < n; i++) {
		table_row(&t);
		table_cell(&t, get_text(peers[i], "label"));
		table_state(&t, get_text(peers[i], "state"));
		table_cell(&t, get_text(peers[i], "interface"));
		table_cell(&t, get_text(peers[i], "path"));
		table_cell(&t, get_text(peers[i], "endpoint"));
		table_cell(&t, get_text(peers[i], "endpoint_source"));
		table_cell(&t, get_text(peers[i], "endpoint_host"));
	}
	table_end(&t, "no peers");
	free(peers);
	return EXIT_DONE;
}

/* --- one peer ------------------------------------------------------------------------------- */

static void state_line(json_t *peer)
{
	char buf[HUMAN_LEN];

	printf("  state: ");
	state_print(get_text(peer, "state"));
	if (get_known(peer, "state_age_s"))
		printf(" for %s", human_duration(get_int(peer, "state_age_s"), 2, buf));
	if (get_known(peer, "unanswered_s"))
		printf(", unanswered for %s",
		       human_duration(get_int(peer, "unanswered_s"), 2, buf));
	if (get_int(peer, "repairs"))
		printf(", %lld repairs tried", (long long)get_int(peer, "repairs"));
	printf("\n");
}

static void endpoint_line(json_t *peer)
{
	const char *endpoint = get_text(peer, "endpoint"), *host = get_text(peer, "endpoint_host");
	char *candidates = joined(json_object_get(peer, "candidates"));

	printf("  endpoint: %s", endpoint[0] ? endpoint : "none, it has to call first");
	if (endpoint[0])
		printf(" (%s)", get_text(peer, "endpoint_source"));
	printf("\n");
	if (host[0])
		printf("  host: %s (%s)\n", host, candidates[0] ? candidates : "no address yet");
	free(candidates);
}

static void traffic_lines(json_t *peer)
{
	char buf[HUMAN_LEN + 8], tx[HUMAN_LEN];

	printf("  latest handshake: %s\n", ago(peer, "handshake_age_s", 4, buf, sizeof(buf)));
	printf("  transfer: %s received, %s sent\n",
	       human_bytes((uint64_t)get_int(peer, "rx_bytes"), buf),
	       human_bytes((uint64_t)get_int(peer, "tx_bytes"), tx));
}

static void keepalive_line(json_t *peer)
{
	const char *why = get_text(peer, "keepalive_reason");
	char buf[HUMAN_LEN];

	if (get_int(peer, "keepalive_s"))
		printf("  persistent keepalive: every %s",
		       human_duration(get_int(peer, "keepalive_s"), 3, buf));
	else
		printf("  persistent keepalive: off");
	printf(why[0] ? " (%s)\n" : "%s\n", why);
}

static void route_lines(json_t *peer)
{
	size_t i;
	json_t *route;

	json_array_foreach(json_object_get(peer, "routes"), i, route)
	{
		const char *why = get_text(route, "reason");

		printf(i ? "          " : "  routes: ");
		printf("%s table %s ", get_text(route, "prefix"), get_text(route, "table"));
		state_print(get_text(route, "status"));
		printf(why[0] ? ": %s\n" : "%s\n", why);
	}
}

enum exit_code peer_show(json_t *result, const struct options *o)
{
	char *allowed = joined(json_object_get(result, "allowed_ips"));
	size_t i;
	json_t *event;
	(void)o;

	printf("peer: %s\n", get_text(result, "label"));
	printf("  public key: %s\n", get_text(result, "public_key"));
	printf("  interface: %s\n", get_text(result, "interface"));
	printf("  zone: %s\n", get_text(result, "zone"));
	state_line(result);
	endpoint_line(result);
	traffic_lines(result);
	keepalive_line(result);
	printf("  allowed ips: %s\n", allowed[0] ? allowed : "(none)");
	route_lines(result);
	json_array_foreach(json_object_get(result, "events"), i, event) event_show(event);
	free(allowed);
	return EXIT_DONE;
}
