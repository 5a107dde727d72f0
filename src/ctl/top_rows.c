// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows of `top`: an answer becomes rows with rates, sorted as wanted. Two answers are compared
 * as two sorted lists that are walked once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "top.h"

static int who_cmp(json_t *x, json_t *y)
{
	int cmp = strcmp(get_text(x, "interface"), get_text(y, "interface"));

	return cmp ? cmp : strcmp(get_text(x, "public_key"), get_text(y, "public_key"));
}

static int row_who_cmp(const void *a, const void *b)
{
	return who_cmp(((const struct top_row *)a)->peer, ((const struct top_row *)b)->peer);
}

static uint64_t rate(uint64_t now, uint64_t before, int64_t ms)
{
	return now > before && ms > 0 ? (now - before) * 1000 / (uint64_t)ms : 0;
}

/* Both sorted by who they are. A peer that was not there before has no rate yet. */
static void rates(struct top_rows *rows, const struct top_rows *before, int64_t ms)
{
	uint32_t i = 0;

	vec_each(rows, r) {
		while (i < before->len && row_who_cmp(&before->at[i], r) < 0)
			i++;
		if (i == before->len || row_who_cmp(&before->at[i], r) > 0)
			continue;
		r->rx_rate = rate(r->rx, before->at[i].rx, ms);
		r->tx_rate = rate(r->tx, before->at[i].tx, ms);
	}
}

void top_take(struct top *t, json_t *status, json_t *peers, int64_t now_ms)
{
	json_t *old = t->peers, *peer;
	size_t i;

	vec_copy(&t->before, &t->rows);
	vec_sort(&t->before, row_who_cmp);
	t->rows.len = 0;
	json_array_foreach(peers, i, peer)
	{
		*vec_add(&t->rows) = (struct top_row){.peer = peer,
						      .rx = (uint64_t)get_int(peer, "rx_bytes"),
						      .tx = (uint64_t)get_int(peer, "tx_bytes")};
	}
	vec_sort(&t->rows, row_who_cmp);
	rates(&t->rows, &t->before, now_ms - t->now_ms);
	t->before.len = 0;
	t->now_ms = now_ms;
	json_decref(t->status);
	json_decref(old);
	t->status = status;
	t->peers = peers;
	top_order(t);
}

/* --- order ----------------------------------------------------------------------------------- */

static int name_cmp(const struct top_row *x, const struct top_row *y)
{
	int cmp = strcmp(get_text(x->peer, "label"), get_text(y->peer, "label"));

	return cmp ? cmp : who_cmp(x->peer, y->peer);
}

/* The latest first, those that never had one last. */
static int handshake_cmp(const struct top_row *x, const struct top_row *y)
{
	bool has_x = get_known(x->peer, "handshake_age_s");
	bool has_y = get_known(y->peer, "handshake_age_s");
	json_int_t a = get_int(x->peer, "handshake_age_s");
	json_int_t b = get_int(y->peer, "handshake_age_s");

	if (has_x != has_y)
		return has_x ? -1 : 1;
	return a != b ? (a < b ? -1 : 1) : name_cmp(x, y);
}

/* The most first: by what flows now, then by all that ever did. */
static int bytes_cmp(uint64_t rate_x, uint64_t rate_y, uint64_t x, uint64_t y)
{
	if (rate_x != rate_y)
		return rate_x > rate_y ? -1 : 1;
	return x != y ? (x > y ? -1 : 1) : 0;
}

static int trouble_order(const void *a, const void *b)
{
	return peer_trouble_cmp(((const struct top_row *)a)->peer,
				((const struct top_row *)b)->peer);
}

static int name_order(const void *a, const void *b)
{
	return name_cmp(a, b);
}

static int handshake_order(const void *a, const void *b)
{
	return handshake_cmp(a, b);
}

static int received_order(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int cmp = bytes_cmp(x->rx_rate, y->rx_rate, x->rx, y->rx);

	return cmp ? cmp : name_cmp(x, y);
}

static int sent_order(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int cmp = bytes_cmp(x->tx_rate, y->tx_rate, x->tx, y->tx);

	return cmp ? cmp : name_cmp(x, y);
}

static void turn_round(struct top_rows *rows)
{
	for (uint32_t i = 0; i < rows->len / 2; i++) {
		struct top_row r = rows->at[i];

		rows->at[i] = rows->at[rows->len - 1 - i];
		rows->at[rows->len - 1 - i] = r;
	}
}

/* The mark stays on its peer, wherever that goes; before the first key it stays on top. */
static void mark_follow(struct top *t)
{
	if (t->rows.len && t->chosen >= t->rows.len)
		t->chosen = t->rows.len - 1;
	for (uint32_t i = 0; t->key[0] && i < t->rows.len; i++)
		if (!strcmp(get_text(t->rows.at[i].peer, "public_key"), t->key))
			t->chosen = i;
}

void top_order(struct top *t)
{
	static int (*const orders[])(const void *, const void *) = {
		[TOP_TROUBLE] = trouble_order,	   [TOP_NAME] = name_order,
		[TOP_HANDSHAKE] = handshake_order, [TOP_RECEIVED] = received_order,
		[TOP_SENT] = sent_order,
	};

	vec_sort(&t->rows, orders[t->sort]);
	if (t->reverse)
		turn_round(&t->rows);
	mark_follow(t);
}

void top_free(struct top *t)
{
	json_decref(t->status);
	json_decref(t->peers);
	vec_free(&t->rows);
	vec_free(&t->before);
	str_free(&t->page);
}
