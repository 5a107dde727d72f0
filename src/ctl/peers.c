// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `peers` and `paths` for people: those in trouble first, then by interface and name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int peer_trouble_cmp(json_t *x, json_t *y)
{
	int cmp = peer_rank(x) - peer_rank(y);

	if (!cmp)
		cmp = strcmp(get_text(x, "interface"), get_text(y, "interface"));
	return cmp ? cmp : strcmp(get_text(x, "label"), get_text(y, "label"));
}

static int peer_cmp(const void *a, const void *b)
{
	return peer_trouble_cmp(*(json_t *const *)a, *(json_t *const *)b);
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

static void peer_row(struct table *t, json_t *peer)
{
	char buf[AGO_LEN], *allowed = list_joined(json_object_get(peer, "allowed_ips"));

	table_row(t);
	table_cell(t, get_text(peer, "label"));
	table_state(t, get_text(peer, "state"));
	table_cell(t, get_text(peer, "interface"));
	table_cell(t, get_text(peer, "path"));
	table_cell(t, get_text(peer, "endpoint"));
	table_cell(t, age_format(peer, "handshake_age_s", 1, buf));
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

static bool none_has(json_t **peers, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (get_known(peers[i], key))
			return false;
	return true;
}

/* What a narrow terminal can do without, so that names need not be cut. */
static void spare_columns(struct table *t, json_t **peers, size_t n)
{
	enum { IFACE = 2, PATH = 3, RECEIVED = 6, SENT = 7 };

	if (none_has(peers, n, "direct"))
		table_hide(t, PATH);
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
		{"PATH"},
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

#define STANDBY_LEN 96 /* a name, a state, and what stands around them */

/* "hub-b (ready)" of a peer that has a standby, "for hub-a" of one that is one. */
static const char *standby_text(json_t *peer, char *buf)
{
	json_t *s = json_object_get(peer, "standby");

	if (!json_is_object(s))
		return "";
	if (!strcmp(get_text(s, "role"), "primary"))
		snprintf(buf, STANDBY_LEN, "%s (%s)", get_text(s, "peer"), get_text(s, "state"));
	else
		snprintf(buf, STANDBY_LEN, "for %s", get_text(s, "peer"));
	return buf;
}

/* Since when a direct path is as it is, and what is going on: "trying: …". */
static void direct_cells(struct table *t, json_t *direct)
{
	const char *state = get_text(direct, "state"), *why = get_text(direct, "reason");
	char buf[HUMAN_LEN + 8], text[240];

	if (!json_is_object(direct)) {
		table_cell(t, "");
		table_cell(t, "");
		return;
	}
	snprintf(text, sizeof(text), "%s%s%s", strcmp(state, "hub") ? state : "",
		 strcmp(state, "hub") && why[0] ? ": " : "", why);
	table_cell(t, age_format(direct, "state_age_s", 1, buf));
	table_cell(t, text);
}

/* Columns in which nothing would stand. */
static void spare_path_columns(struct table *t, json_t **peers, size_t n)
{
	enum { STANDBY = 7, SINCE = 8, WHY = 9 };

	if (none_has(peers, n, "standby"))
		table_hide(t, STANDBY);
	if (none_has(peers, n, "direct")) {
		table_hide(t, SINCE);
		table_hide(t, WHY);
	}
}

enum exit_code paths_show(json_t *result, const struct options *o)
{
	static const struct column columns[] = {
		{"PEER"}, {"STATE"}, {"IFACE"},	  {"PATH"},  {"ENDPOINT"},
		{"FROM"}, {"HOST"},  {"STANDBY"}, {"SINCE"}, {"WHY", .cut = true},
	};
	struct table t;
	size_t n;
	json_t **peers = peers_sorted(result, &n);
	char standby[STANDBY_LEN];
	(void)o;

	table_start(&t, columns, sizeof(columns) / sizeof(columns[0]));
	spare_path_columns(&t, peers, n);
	for (size_t i = 0; i < n; i++) {
		table_row(&t);
		table_cell(&t, get_text(peers[i], "label"));
		table_state(&t, get_text(peers[i], "state"));
		table_cell(&t, get_text(peers[i], "interface"));
		table_cell(&t, get_text(peers[i], "path"));
		table_cell(&t, get_text(peers[i], "endpoint"));
		table_cell(&t, get_text(peers[i], "endpoint_source"));
		table_cell(&t, get_text(peers[i], "endpoint_host"));
		table_cell(&t, standby_text(peers[i], standby));
		direct_cells(&t, json_object_get(peers[i], "direct"));
	}
	table_end(&t, "no peers");
	free(peers);
	return EXIT_DONE;
}
