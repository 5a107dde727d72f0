// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `metrics`, a sample or more for each peer, in parts. Peers come under the names that dashboards
 * for WireGuard use already.
 *
 * An endpoint is never a label: it changes, and each change would start a new series.
 */
#include <string.h>

#include "answer_cursor.h"
#include "answer_put.h"
#include "metrics.h"

#define SAMPLES_A_PART 384 /* some 64 KiB */

void metrics_family(struct str *out, const char *name, const char *type, const char *help)
{
	str_add(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void word_add(struct str *out, const char *word)
{
	str_add_bytes(out, word, strlen(word));
}

/* A label's value: backslash, quote and newline are escaped, what is not ASCII stays UTF-8. */
static void label_value(struct str *out, const char *text)
{
	for (;; text++) {
		size_t n = strcspn(text, "\\\"\n");

		str_add_bytes(out, text, n);
		text += n;
		if (!*text)
			return;
		word_add(out, *text == '\n' ? "\\n" : *text == '"' ? "\\\"" : "\\\\");
	}
}

void metrics_peer_labels(struct str *out, const struct device *d, const struct peer *p)
{
	const char *name = peer_name(p);
	char key[KEY_STRLEN];

	word_add(out, "{interface=\"");
	label_value(out, d->name);
	word_add(out, "\",public_key=\"");
	word_add(out, key_format(&p->wg.key, key));
	word_add(out, "\",friendly_name=\"");
	label_value(out, name ? name : "");
	word_add(out, "\"}");
}

/* --- what is known of every peer ------------------------------------------------------------ */

static uint64_t peer_sent(const struct peer *p, msec now)
{
	(void)now;
	return p->wg.tx;
}

static uint64_t peer_received(const struct peer *p, msec now)
{
	(void)now;
	return p->wg.rx;
}

static uint64_t peer_handshake(const struct peer *p, msec now)
{
	(void)now;
	return (uint64_t)p->wg.handshake_ns / 1000000000;
}

static uint64_t peer_is_up(const struct peer *p, msec now)
{
	(void)now;
	return p->life.state == LIFE_UP;
}

static uint64_t peer_unanswered(const struct peer *p, msec now)
{
	return (uint64_t)life_unanswered_for(&p->life, now) / 1000;
}

static uint64_t peer_keepalive_s(const struct peer *p, msec now)
{
	(void)now;
	return p->wg.keepalive;
}

static uint64_t peer_repairs(const struct peer *p, msec now)
{
	(void)now;
	return peer_care(p)->attempt;
}

/* One sample a peer. */
static const struct peer_family {
	const char *name, *type, *suffix, *help;
	uint64_t (*value)(const struct peer *p, msec now);
} peer_families[] = {
	{"wireguard_sent_bytes", "counter", "_total", "Bytes sent to the peer.", peer_sent},
	{"wireguard_received_bytes", "counter", "_total", "Bytes received from the peer.",
	 peer_received},
	{"wireguard_latest_handshake_seconds", "gauge", "",
	 "Unix time of the latest handshake, 0 if there was none.", peer_handshake},
	{"wayside_peer_up", "gauge", "", "1 when there was proof of life within 180 s.",
	 peer_is_up},
	{"wayside_peer_unanswered_seconds", "gauge", "",
	 "How long what is sent to the peer has gone unanswered.", peer_unanswered},
	{"wayside_peer_keepalive_seconds", "gauge", "", "Persistent keepalive interval, 0 = off.",
	 peer_keepalive_s},
	{"wayside_peer_repairs", "gauge", "", "Repairs tried since the last proof of life.",
	 peer_repairs},
};

#define FAMILIES (sizeof(peer_families) / sizeof(peer_families[0]))

static void family_sample(struct str *out, const struct peer_family *f, const struct device *d,
			  const struct peer *p, msec now)
{
	word_add(out, f->name);
	word_add(out, f->suffix);
	metrics_peer_labels(out, d, p);
	str_add(out, " %llu\n", (unsigned long long)f->value(p, now));
}

/* --- what the firewall counts, where it was asked to ----------------------------------------- */

static const struct counted_family {
	const char *name, *help;
	bool bytes;
} counted_families[] = {
	{"wayside_peer_forwarded_packets",
	 "Packets that the firewall let pass from and to a peer, and dropped.", false},
	{"wayside_peer_forwarded_bytes",
	 "Bytes of packets that the firewall let pass from and to a peer, and dropped.", true},
};

#define COUNTED (sizeof(counted_families) / sizeof(counted_families[0]))

static void counted_samples(struct str *out, const struct counted_family *f,
			    const struct answer_view *v, const struct device *d,
			    const struct peer *p)
{
	static const char *const traffic[] = {
		[FW_FROM] = "from", [FW_TO] = "to", [FW_DROPPED] = "dropped"};
	const struct tally_peer *t = peer_traffic(v, d, p);

	for (int i = 0; t && i < FW_TRAFFICS; i++) {
		word_add(out, f->name);
		word_add(out, "_total");
		metrics_peer_labels(out, d, p);
		out->len--; /* inside the brackets */
		str_add(out, ",traffic=\"%s\"} %llu\n", traffic[i],
			(unsigned long long)(f->bytes ? t->count[i].bytes : t->count[i].packets));
	}
}

/* --- one after the other -------------------------------------------------------------------- */

/* Of the families of all peers and then of those that count, the one at a place. */
static void family_begin(struct str *out, uint32_t n)
{
	if (n < FAMILIES)
		metrics_family(out, peer_families[n].name, peer_families[n].type,
			       peer_families[n].help);
	else
		metrics_family(out, counted_families[n - FAMILIES].name, "counter",
			       counted_families[n - FAMILIES].help);
}

static void family_run(struct str *out, uint32_t n, const struct answer_view *v,
		       const struct peer_run *run)
{
	const struct device *d = &v->state->devices.at[run->device];

	for (uint32_t i = run->from; i < run->to; i++) {
		const struct peer *p = &d->peers.at[i];

		if (n < FAMILIES)
			family_sample(out, &peer_families[n], d, p, v->at.now);
		else
			counted_samples(out, &counted_families[n - FAMILIES], v, d, p);
	}
}

static uint32_t families(const struct answer_view *v)
{
	size_t n = v->tally && v->tally->peers.len ? FAMILIES + COUNTED : FAMILIES;

	return (uint32_t)n;
}

/* The samples of one family, as many as are left for this part. */
static void family_part(struct str *out, const struct answer_view *v, struct answer_cursor *c,
			uint32_t *left)
{
	struct peer_run run;

	if (!c->announced)
		family_begin(out, c->family);
	c->announced = true;
	while (cursor_peers(c, v->state, "", left, &run))
		family_run(out, c->family, v, &run);
	if (!*left)
		return;
	cursor_rewind(c);
	c->announced = false;
	c->family++;
}

bool metrics_part(struct str *out, const struct answer_view *v, struct answer_cursor *c)
{
	uint32_t left = SAMPLES_A_PART;
	struct str text = {0};

	while (left && c->family < families(v))
		family_part(&text, v, c, &left);
	if (left)
		metrics_rest(&text, v);
	put_escaped(out, str_text(&text), text.len);
	str_free(&text);
	return !left;
}
