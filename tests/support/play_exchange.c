// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A scenario's words about the exchange: what a spoke asks our hub, and what a hub answers us.
 */
#include "support/play.h"

#include <stdio.h>

static const char *const states[] = {"unknown", "want", "ready", "moved", "back"};

static uint8_t state_of(struct play *p, const char *text)
{
	for (uint8_t i = 0; i < ARRAY_LEN(states); i++)
		if (!strcmp(states[i], text))
			return i;
	play_fail(p, "no state: %s", text);
	return 0;
}

static void hear(struct play *p, const struct net_datagram *d)
{
	engine_heard(p->w->engine, d, (struct moment){p->w->now, p->w->now + p->w->wall_offset});
}

static uint64_t number_option(struct play *p, const char *key, uint64_t otherwise)
{
	const char *text = play_option(p, key);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

/* asks INDEX FROM LABEL STATE */
static void do_asks(struct play *p)
{
	struct net_datagram d = {.kind = NET_HEARD, .ifindex = (uint32_t)play_number(p, 1)};

	d.remote = (struct endpoint){.addr = play_prefix(p, play_word(p, 2)).addr, .port = 51821};
	d.local = d.remote.addr;
	d.x = (struct exchange){.kind = EXCHANGE_QUESTION,
				.state = state_of(p, play_word(p, 4)),
				.nonce = number_option(p, "nonce", ++p->nonce),
				.wait = (uint16_t)number_option(p, "wait", 60),
				.about = world_peer(p->w, play_word(p, 3))->wg.key};
	hear(p, &d);
}

static struct world_asked *last_question(struct play *p, const char *label)
{
	const struct key *key = &world_peer(p->w, label)->wg.key;
	struct world_asked *last = NULL;

	vec_each(&p->w->exchanged, a)
		if (!key_cmp(&a->d.x.about, key))
			last = a;
	if (!last)
		play_fail(p, "nothing was asked about %s", label);
	return last;
}

static void put_near(struct play *p, struct exchange *x)
{
	struct exchange_candidate *c = &x->candidate[0];
	struct endpoint e;

	if (!play_option(p, "near"))
		return;
	e = play_endpoint(p, play_option(p, "near"));
	*c = (struct exchange_candidate){.addr = e.addr, .len = 24, .port = e.port};
	x->candidates = 1;
	x->flags |= EXCHANGE_SAME_NAT;
}

/* answers LABEL not-yet, answers LABEL STATE ENDPOINT */
static void do_answers(struct play *p)
{
	struct world_asked *last = last_question(p, play_word(p, 1));
	bool agreed = strcmp(play_word(p, 2), "not-yet") != 0;
	struct net_datagram d = last->d;

	d.kind = NET_HEARD;
	d.x = (struct exchange){.kind = EXCHANGE_ANSWER,
				.nonce = number_option(p, "nonce", last->d.x.nonce),
				.serial = (uint32_t)number_option(p, "serial", ++last->serial),
				.about = last->d.x.about};
	if (play_option(p, "from"))
		d.remote = play_endpoint(p, play_option(p, "from"));
	d.local = d.remote.addr;
	if (agreed) {
		d.x.flags = EXCHANGE_AGREED;
		d.x.state = state_of(p, play_word(p, 2));
		d.x.endpoint = play_endpoint(p, play_word(p, 3));
	}
	if (play_option(p, "go")) {
		d.x.flags |= EXCHANGE_GO;
		d.x.wait = (uint16_t)number_option(p, "go", 0);
	}
	put_near(p, &d.x);
	hear(p, &d);
}

/* expect-path LABEL WAY [STATE] */
static void do_expect_path(struct play *p)
{
	const char *state, *path, *why;
	json_t *a = play_ask_peer(p, play_word(p, 1)), *r = json_object_get(a, "result");
	json_t *direct = json_object_get(r, "direct");

	path = json_string_value(json_object_get(r, "path"));
	state = json_string_value(json_object_get(direct, "state"));
	why = json_string_value(json_object_get(direct, "reason"));
	if (!path || strcmp(path, play_word(p, 2)) ||
	    (p->n > 3 && (!state || strcmp(state, p->words[3]))))
		play_fail(p, "the path of %s is %s, %s: %s", p->words[1], path ? path : "unknown",
			  state ? state : "", why ? why : "");
	json_decref(a);
}

/* expect-count METRIC N: a line of the metrics that begins so */
static void do_expect_count(struct play *p)
{
	struct moment at = {p->w->now, p->w->now + p->w->wall_offset};
	struct str out = {0};
	const char *found;
	json_t *answer;
	long n = -1;

	engine_request(p->w->engine, at, "metrics", false, NULL, &out);
	answer = json_loads(str_text(&out), 0, NULL);
	found = strstr(json_string_value(json_object_get(answer, "result")), play_word(p, 1));
	if (found)
		n = strtol(found + strcspn(found, " "), NULL, 10);
	if (n != play_number(p, 2))
		play_fail(p, "%s is %ld", play_word(p, 1), n);
	json_decref(answer);
	str_free(&out);
}

static const struct {
	const char *word;
	void (*act)(struct play *p);
} words[] = {
	{"asks", do_asks},
	{"answers", do_answers},
	{"expect-path", do_expect_path},
	{"expect-count", do_expect_count},
};

bool play_exchange(struct play *p)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(words[i].word, p->words[0])) {
			words[i].act(p);
			return true;
		}
	}
	return false;
}
