// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints and keepalives: whose endpoint is written, when, and why.
 *
 * A test is a small world: one interface with one peer that matters, a kernel that sends as
 * WireGuard does, a peer that answers at its home and nowhere else, a name server, and a clock that
 * goes on second by second. After each second the world is looked at, planned for, and the plan is
 * applied.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "plan/endpoints.h"
#include "plan/keepalive.h"

#define SECOND	 1000
#define HOST	 "gw.example.net"
#define NOWHERE	 "198.51.100.254:9"
#define LOCAL	 "192.168.1.2"
#define PUBLIC	 "198.51.100.7"
#define LOCAL_V6 "2001:db8:1::2"
#define GW	 "203.0.113.10:51820"
#define GW_2	 "203.0.113.20:51820"
#define GW_V6	 "[2001:db8::10]:51820"
#define GW_HOST	 "203.0.113.10"
#define GW2_HOST "203.0.113.20"
#define GW6_HOST "2001:db8::10"
#define ROAMED	 "203.0.113.77:4500"

struct world {
	struct config *config;
	struct state state;
	struct device *d;
	struct peer_conf *conf;
	struct names names;
	struct rng rng;
	msec now;
	uint32_t generation;
	struct wg_peer kernel;
	struct wg_peer other; /* one more, before ours, of which nobody knows anything */
	bool session;	      /* the kernel has one, at home */
	bool traffic;	      /* data goes both ways while it can, else in vain */
	struct endpoint home, second_home; /* family 0 = none */
	struct addr source4, source6;	   /* what the host would send from; family 0 = no route */
	struct endpoint_change last;
	unsigned int writes, kicks, keepalives, probes, rebinds;
	bool refuses;	   /* the kernel does, what is written */
	msec answer_at;	   /* when the far end's passive keepalive to a probe comes; 0 = none */
	msec written[512]; /* when */
};

static struct endpoint ep(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(&e, text), 0);
	return e;
}

static struct addr ip(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

static struct addr source(void *ctx, const struct device *d, const struct endpoint *to, bool exact)
{
	const struct world *w = ctx;

	(void)d;
	(void)exact;
	return to->addr.family == AF_INET ? w->source4 : w->source6;
}

/* wg0 with one peer that has 10.20.0.0/16 and whose endpoint is written as HOST:51820. */
static struct world begin(void)
{
	struct world w = {.config = config_new(), .rng = {.state = 1}, .now = 1000 * SECOND};
	struct endpoint_spec *spec;

	w.conf = vec_add(&w.config->defaults.peers);
	w.conf->has_key = true;
	w.conf->key = w.kernel.key = (struct key){{1}};
	w.conf->keepalive = w.config->defaults.keepalive;
	spec = vec_add(&w.conf->endpoints);
	spec->kind = ENDPOINT_HOST;
	spec->port = 51820;
	spec->host = HOST;
	w.d = vec_add(&w.state.devices);
	*w.d = (struct device){.ifindex = 3, .name = "wg0", .up = true, .readable = true};
	state_join(&w.state, w.config, NULL);
	names_want(&w.names, HOST, &w.d->conf->endpoints);
	names_sweep(&w.names);
	w.source4 = ip(PUBLIC);
	w.home = ep(GW);
	w.generation = 1;
	return w;
}

static void end(struct world *w)
{
	state_free(&w->state);
	names_free(&w->names);
	config_free(w->config);
}

/* The configuration that the device has; begin() joined it, so it may still be changed. */
static struct endpoints_conf *endpoints_conf(struct world *w)
{
	return &w->config->defaults.endpoints;
}

/* The name server's answer to the one question of a family; NULL: it has none. */
static void dns_family(struct world *w, uint8_t family, const char *a, const char *b)
{
	struct net_answer answer = {.kind = NET_LOOKUP, .ttl = 60};
	struct name *n = names_find(&w->names, HOST);

	answer.id = n->id * 2 + (family == AF_INET6);
	answer.status = a ? NET_OK : NET_NO_DATA;
	if (a)
		answer.addrs[answer.count++] = ip(a);
	if (b)
		answer.addrs[answer.count++] = ip(b);
	names_answer(&w->names, &answer, w->now, &w->rng, &n);
}

static void dns(struct world *w, const char *v4, const char *v6)
{
	if (v4)
		dns_family(w, AF_INET, v4, NULL);
	dns_family(w, AF_INET6, v6, NULL);
}

static void look(struct world *w)
{
	struct prefix aip;
	struct device_merge m;

	prefix_parse(&aip, "10.20.0.0/16", NULL);
	device_merge_begin(&m, w->d, (struct moment){.now = w->now, .wall = w->now});
	device_merge_peer(&m, &w->other);
	device_merge_peer(&m, &w->kernel);
	device_merge_aip(&m, &aip);
	if (device_merge_end(&m, true))
		state_join(&w->state, w->config, NULL);
}

static bool at_home(const struct world *w, const struct endpoint *e)
{
	return e->addr.family && (!endpoint_cmp(e, &w->home) || !endpoint_cmp(e, &w->second_home));
}

static void handshake(struct world *w)
{
	w->kernel.tx += 148 + 32;
	w->kernel.rx += 92;
	w->kernel.handshake_ns = w->now * 1000000;
	w->session = true;
}

/* What the kernel sends in a second, and what comes back. */
static void kernel_second(struct world *w)
{
	msec s = w->now / SECOND;

	if (w->answer_at && w->answer_at <= w->now) {
		w->kernel.rx += 32;
		w->answer_at = 0;
	}
	if (!w->kernel.endpoint.addr.family)
		return;
	if (!at_home(w, &w->kernel.endpoint)) {
		w->session = false;
		if (w->kernel.keepalive || w->traffic)
			w->kernel.tx += s % 5 ? 0 : 148;
		return;
	}
	if ((w->kernel.keepalive || w->traffic) && (!w->session ? s % 5 == 0 : s % 120 == 0))
		handshake(w);
	if (w->session && w->kernel.keepalive && s % 25 == 0)
		w->kernel.tx += 32;
	if (w->session && w->traffic) {
		w->kernel.tx += 144;
		w->kernel.rx += 144;
	}
}

/* The far end drops the datagram: its WireGuard says so after 10 s, if it is there at all. */
static void probe(struct world *w)
{
	w->probes++;
	w->kernel.tx += 80;
	if (w->session && at_home(w, &w->kernel.endpoint))
		w->answer_at = w->now + 10 * SECOND;
}

static void apply(struct world *w, const struct op *op)
{
	assert_int_equal(op->ifindex, 3);
	if (op->kind == OP_REBIND) {
		w->rebinds++;
		return;
	}
	assert_int_equal(key_cmp(&op->peer.key, &w->kernel.key), 0);
	switch (op->kind) {
	case OP_ENDPOINT:
		/* Writing the same again would clear the source address that the kernel keeps. */
		assert_int_not_equal(endpoint_cmp(&op->peer.endpoint, &w->kernel.endpoint), 0);
		if (!w->refuses) {
			w->kernel.endpoint = op->peer.endpoint;
			w->session = w->session && at_home(w, &w->kernel.endpoint);
		}
		w->written[w->writes++ % ARRAY_LEN(w->written)] = w->now;
		break;
	case OP_KICK:
		w->kicks++;
		/* A keepalive, which nobody answers, or a handshake where there is no session. */
		if (w->session)
			w->kernel.tx += 32;
		else if (at_home(w, &w->kernel.endpoint))
			handshake(w);
		break;
	case OP_KEEPALIVE:
		assert_int_not_equal(op->peer.keepalive, w->kernel.keepalive);
		w->kernel.keepalive = op->peer.keepalive;
		w->keepalives++;
		break;
	case OP_PROBE:
		probe(w);
		break;
	default:
		fail_msg("an operation of kind %d", op->kind);
	}
}

static void plan(struct world *w)
{
	struct endpoint_input in = {.state = &w->state,
				    .names = &w->names,
				    .source = source,
				    .source_ctx = w,
				    .rng = &w->rng,
				    .now = w->now,
				    .generation = w->generation};
	struct endpoint_changes changes = {0};
	struct ops ops = {0};
	uint32_t writes = w->writes;
	struct endpoint from = w->kernel.endpoint;

	endpoints_plan(&ops, &changes, w->d, &in);
	vec_each(&ops, op)
		apply(w, op);
	assert_int_equal(changes.len, w->writes - writes); /* each is told */
	if (changes.len) {
		w->last = changes.at[0];
		assert_int_equal(w->last.device, 0);
		assert_int_equal(w->last.peer, 1);
		assert_int_equal(endpoint_cmp(&w->last.from, &from), 0);
		if (!w->refuses)
			assert_int_equal(endpoint_cmp(&w->last.to, &w->kernel.endpoint), 0);
	}
	vec_free(&ops);
	vec_free(&changes);
}

static void run(struct world *w, int seconds)
{
	while (seconds--) {
		w->now += SECOND;
		kernel_second(w);
		look(w);
		plan(w);
	}
}

static struct peer *peer(const struct world *w)
{
	return &w->d->peers.at[1];
}

static void assert_endpoint(const struct world *w, const char *text)
{
	char buf[ENDPOINT_STRLEN];

	assert_string_equal(endpoint_format(&w->kernel.endpoint, buf), text);
}

/* Up at GW, which is what the name says. */
static struct world healthy(void)
{
	struct world w = begin();

	w.kernel.endpoint = w.home;
	w.kernel.keepalive = 25;
	dns(&w, GW_HOST, NULL);
	run(&w, 30);
	assert_int_equal(peer(&w)->life.state, LIFE_UP);
	assert_int_equal(w.writes + w.kicks + w.keepalives, 0);
	return w;
}

/* --- a healthy peer is left alone --------------------------------------------------------- */

static void a_healthy_peer_is_left_alone(void **state)
{
	struct world w = healthy();
	(void)state;

	run(&w, 3600);
	w.traffic = true;
	run(&w, 3600);
	assert_int_equal(w.writes + w.kicks + w.keepalives, 0);
	assert_int_equal(peer(&w)->source, SOURCE_DNS);
	end(&w);
}

/* It moved by itself, and its name says something else, and something else again. */
static void a_roamed_peer_is_never_written(void **state)
{
	struct world w = healthy();
	char other[16];
	(void)state;

	w.home = w.kernel.endpoint = ep(ROAMED);
	handshake(&w);
	for (int minute = 0; minute < 60; minute++) {
		snprintf(other, sizeof(other), "203.0.113.%d", 100 + minute);
		dns(&w, other, NULL);
		w.traffic = minute % 2;
		run(&w, 60);
	}
	assert_int_equal(w.writes + w.kicks, 0);
	assert_endpoint(&w, ROAMED);
	assert_int_equal(peer(&w)->source, SOURCE_ROAMED);
	end(&w);
}

/* Its name changed, and where it was it still answers: a reason to ask, not to write. */
static void an_old_address_that_answers_stays(void **state)
{
	struct world w = healthy();
	(void)state;

	dns(&w, GW2_HOST, NULL);
	run(&w, 3600);
	w.traffic = true;
	run(&w, 3600);
	assert_int_equal(w.writes, 0);
	assert_endpoint(&w, GW);
	end(&w);
}

/* An idle peer without a keepalive is not known to be healthy, and left alone all the same. */
static void an_idle_peer_is_left_alone(void **state)
{
	struct world w = healthy();
	(void)state;

	w.conf->keepalive.mode = KEEPALIVE_KEEP;
	w.kernel.keepalive = 0;
	dns(&w, GW2_HOST, NULL);
	run(&w, 3600);
	assert_int_equal(peer(&w)->life.state, LIFE_IDLE);
	assert_int_equal(w.writes + w.kicks, 0);
	end(&w);
}

/* Whatever names say and wherever it goes: while it answers, nothing is written. */
static void whatever_happens_to_one_that_answers(void **state)
{
	struct rng rng = {.state = 9};
	(void)state;

	for (int turn = 0; turn < 300; turn++) {
		struct world w = healthy();

		for (int i = 0; i < 40; i++) {
			char host[16], roamed[24];

			snprintf(host, sizeof(host), "203.0.113.%u", rng_below(&rng, 20));
			snprintf(roamed, sizeof(roamed), "203.0.113.%u:51820", rng_below(&rng, 20));
			if (!rng_below(&rng, 2))
				dns_family(&w, AF_INET, host, NULL);
			if (!rng_below(&rng, 3)) {
				w.home = w.kernel.endpoint = ep(roamed);
				handshake(&w);
			}
			w.generation += rng_below(&rng, 2);
			w.traffic = rng_below(&rng, 2);
			run(&w, (int)rng_below(&rng, 200));
		}
		assert_int_equal(w.writes + w.kicks, 0);
		end(&w);
	}
}

/* --- what is written, and when ------------------------------------------------------------ */

static void a_peer_without_an_endpoint_gets_one(void **state)
{
	struct world w = begin();
	(void)state;

	w.kernel.keepalive = 25;
	run(&w, 60);
	assert_int_equal(w.writes, 0); /* nothing is known of its name yet */
	dns(&w, GW_HOST, NULL);
	run(&w, 1);
	assert_int_equal(w.writes, 1);
	assert_int_equal(w.kicks, 1); /* an endpoint alone sends nothing */
	assert_string_equal(w.last.why, "it had none");
	assert_int_equal(w.last.from.addr.family, 0);
	assert_endpoint(&w, GW);
	run(&w, 3600);
	assert_int_equal(w.writes, 1);
	assert_int_equal(peer(&w)->source, SOURCE_DNS);
	end(&w);
}

/* Under traffic: 3 s after the old address fell silent, when the name leads elsewhere by then. */
static void two_signals_agree(void **state)
{
	struct world w = healthy();
	msec silent_from;
	(void)state;

	w.traffic = true;
	run(&w, 60);
	w.home = ep(GW_2);
	dns(&w, GW2_HOST, NULL);
	silent_from = w.now + SECOND;
	w.kernel.tx += 144; /* data that nobody answers */
	run(&w, 3);
	assert_int_equal(w.writes, 0);
	run(&w, 6);
	assert_int_equal(w.writes, 1);
	assert_in_range(w.written[0] - silent_from, 3 * SECOND, 7 * SECOND);
	assert_string_equal(w.last.why, "its name leads elsewhere and it does not answer");
	assert_endpoint(&w, GW_2);
	run(&w, 3600);
	assert_int_equal(w.writes, 1);
	assert_int_equal(peer(&w)->life.state, LIFE_UP);
	end(&w);
}

/* The same silence with the name saying what it said: patience, then a kick; nothing is written. */
static void a_single_address_is_kicked(void **state)
{
	struct world w = healthy();
	(void)state;

	w.home = ep(NOWHERE);
	w.traffic = true;
	run(&w, 20);
	assert_int_equal(w.kicks, 0);
	run(&w, 8);
	assert_int_equal(w.kicks, 1);
	run(&w, 3600);
	assert_int_equal(w.writes, 0);
	assert_in_range(w.kicks, 10, 30); /* 6 s doubled up to 5 minutes */
	assert_endpoint(&w, GW);
	end(&w);
}

/* Doubt begins with asking again: a name whose TTL is long is asked at once. */
static void silence_asks_the_name_again(void **state)
{
	struct world w = healthy();
	struct name *n = names_find(&w.names, HOST);
	(void)state;

	assert_true(n->v4.expires > w.now);
	w.home = ep(GW_2);
	w.traffic = true;
	run(&w, 8);
	assert_true(n->v4.expires <= w.now);
	dns(&w, GW2_HOST, NULL); /* now it says */
	run(&w, 2);
	assert_int_equal(w.writes, 1);
	assert_endpoint(&w, GW_2);
	end(&w);
}

/* And once a doubt: a name that says the same again is not asked every second. */
static void a_doubt_asks_once(void **state)
{
	struct world w = healthy();
	struct name *n = names_find(&w.names, HOST);
	unsigned int asked = 0;
	(void)state;

	w.home = ep(NOWHERE);
	w.traffic = true;
	for (int s = 0; s < 600; s++) {
		run(&w, 1);
		if (n->v4.expires > w.now)
			continue;
		dns(&w, GW_HOST, NULL);
		asked++;
	}
	/* Ten times its TTL is over; besides, once for the doubt and once for each repair. */
	assert_in_range(asked, 3, 12 + w.kicks);
	end(&w);
}

/* A roamed peer that fell silent is looked for where its name says, with full patience. */
static void a_roamed_peer_that_is_gone(void **state)
{
	struct world w = healthy();
	(void)state;

	w.home = w.kernel.endpoint = ep(ROAMED);
	w.traffic = true;
	handshake(&w);
	run(&w, 60);
	w.home = ep(GW);
	run(&w, 19);
	assert_int_equal(w.writes, 0);
	run(&w, 10);
	assert_int_equal(w.writes, 1);
	assert_string_equal(w.last.why, "it does not answer");
	assert_endpoint(&w, GW);
	end(&w);
}

/*
 * We are started beside a peer whose endpoint is not what its name says. It may have roamed before
 * our time, so 3 s of silence are not enough (data that goes one way is answered after 10 s).
 */
static void an_endpoint_of_unknown_origin(void **state)
{
	struct world w = begin();
	(void)state;

	w.home = w.kernel.endpoint = ep(ROAMED);
	w.kernel.rx = w.kernel.tx = 100000;
	w.kernel.handshake_ns = (w.now - 5 * SECOND) * 1000000;
	w.session = true;
	dns(&w, GW_HOST, NULL);
	look(&w);
	for (int s = 1; s <= 600; s++) {
		w.kernel.tx += 144;
		w.kernel.rx += s % 10 ? 0 : 32;
		run(&w, 1);
	}
	assert_int_equal(w.writes, 0);
	assert_int_equal(peer(&w)->source, SOURCE_KERNEL);
	w.traffic = true;
	w.home = ep(GW);
	run(&w, 28);
	assert_int_equal(w.writes, 1);
	end(&w);
}

/* One that never answered can't have roamed: what its name says is written at once. */
static void one_that_never_answered(void **state)
{
	struct world w = begin();
	(void)state;

	w.kernel.endpoint = ep(GW_2);
	dns(&w, GW_HOST, NULL);
	run(&w, 1);
	assert_int_equal(w.writes, 1);
	assert_string_equal(w.last.why, "its name leads elsewhere and it never answered");
	run(&w, 3600);
	assert_int_equal(w.writes, 1);
	end(&w);
}

/* --- several addresses -------------------------------------------------------------------- */

static struct world two_families(void)
{
	struct world w = healthy();

	w.source6 = ip(LOCAL_V6);
	dns(&w, GW_HOST, GW6_HOST);
	run(&w, 10);
	w.traffic = true;
	return w;
}

/* Unanswered at the one, the other is tried, and given time to answer. */
static void the_other_address_is_tried(void **state)
{
	struct world w = two_families();
	(void)state;

	w.home = ep(GW_V6);
	run(&w, 28);
	assert_int_equal(w.writes, 1);
	assert_endpoint(&w, GW_V6);
	run(&w, 3600);
	assert_int_equal(w.writes, 1); /* and there it stays */
	assert_int_equal(peer(&w)->life.state, LIFE_UP);
	end(&w);
}

/* Both are dead: round and round, each at least 6 s (the kernel calls every 5), at most 5 min. */
static void round_and_round_with_backoff(void **state)
{
	struct world w = two_families();
	(void)state;

	w.home = ep(NOWHERE);
	for (int i = 0; i < 120; i++) {
		run(&w, 60);
		dns(&w, GW_HOST, GW6_HOST);
	}
	assert_in_range(w.writes, 20, 40);
	for (unsigned int i = 1; i < w.writes; i++) {
		msec gap = w.written[i] - w.written[i - 1];

		assert_in_range(gap, 6 * SECOND, 376 * SECOND);
		if (i > 8)
			assert_in_range(gap, 225 * SECOND, 376 * SECOND);
	}
	/* It comes back at one of them: found within one round, and the backoff is over. */
	w.home = ep(GW_V6);
	run(&w, 2 * 376);
	assert_int_equal(peer(&w)->life.state, LIFE_UP);
	assert_int_equal(peer_care(peer(&w))->attempt, 0);
	assert_int_equal(peer_care(peer(&w))->retry_at, 0);
	end(&w);
}

/* How many seconds it takes until the endpoint is written the next time. */
static int seconds_to_write(struct world *w)
{
	unsigned int writes = w->writes;
	int s = 0;

	for (; w->writes == writes; s++) {
		assert_true(s < 3600);
		run(w, 1);
	}
	return s;
}

/* After an answer the next silence is a first one again, however long the last one was. */
static void an_answer_ends_the_backoff(void **state)
{
	struct world w = two_families();
	(void)state;

	for (int turn = 0; turn < 20; turn++) {
		w.home = ep(NOWHERE);
		run(&w, 1800);
		w.home = w.kernel.endpoint; /* it answers where it is called now, at once */
		run(&w, 60);
		assert_int_equal(peer(&w)->life.state, LIFE_UP);
		w.home = ep(NOWHERE);
		assert_in_range(seconds_to_write(&w), 19, 26);
		assert_in_range(seconds_to_write(&w), 6, 8);
	}
	end(&w);
}

/* Its name gets a new address after a long silence: there is no waiting for the next turn. */
static void a_new_address_is_not_kept_waiting(void **state)
{
	struct world w = healthy();
	(void)state;

	w.home = ep(NOWHERE);
	w.traffic = true;
	run(&w, 1800);
	assert_true(peer_care(peer(&w))->retry_at > w.now);
	w.home = ep(GW_2);
	dns(&w, GW2_HOST, NULL);
	run(&w, 1);
	assert_endpoint(&w, GW_2);
	run(&w, 30);
	assert_int_equal(peer(&w)->life.state, LIFE_UP);
	assert_int_equal(w.writes, 1);
	end(&w);
}

/* A dead peer whose name has another address in each answer is written once an answer at most. */
static void a_name_that_is_never_the_same(void **state)
{
	struct world w = healthy();
	struct name *n = names_find(&w.names, HOST);
	unsigned int asked = 0;
	char host[16];
	(void)state;

	w.home = ep(NOWHERE);
	w.traffic = true;
	for (int s = 0; s < 3600; s++) {
		run(&w, 1);
		if (n->v4.expires > w.now)
			continue;
		snprintf(host, sizeof(host), "203.0.113.%u", 100 + asked++ % 100);
		dns(&w, host, NULL);
	}
	assert_in_range(asked, 60, 90); /* its TTL, and the repairs in their turn */
	assert_in_range(w.writes, 50, asked + 15);
	end(&w);
}

/* Three addresses are tried in the order of the answer, and from the beginning again. */
static void three_addresses_in_order(void **state)
{
	static const char *const order[] = {GW_2, GW_V6, GW, GW_2};
	struct world w = two_families();
	(void)state;

	dns_family(&w, AF_INET, GW_HOST, GW2_HOST); /* that is: v6, GW, GW_2 */
	w.home = ep(NOWHERE);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		seconds_to_write(&w);
		assert_endpoint(&w, order[i]);
	}
	end(&w);
}

/* One more address while the present one is still listed: it is tried in its turn. */
static void one_more_address_waits_for_its_turn(void **state)
{
	struct world w = healthy();
	(void)state;

	w.home = ep(NOWHERE);
	w.traffic = true;
	run(&w, 1800);
	assert_true(peer_care(peer(&w))->retry_at > w.now + 2 * SECOND);
	dns_family(&w, AF_INET, GW_HOST, GW2_HOST);
	run(&w, 2);
	assert_int_equal(w.writes, 0);
	run(&w, 376);
	assert_true(w.writes > 0);
	end(&w);
}

/* The kernel refuses what we write: it is tried again later and later, not every second. */
static void a_refused_endpoint(void **state)
{
	struct world w = begin();
	(void)state;

	w.refuses = true;
	dns(&w, GW_HOST, NULL);
	run(&w, 120);
	assert_in_range(w.writes, 2, 5);
	for (unsigned int i = 1; i < w.writes; i++)
		assert_true(w.written[i] - w.written[i - 1] >= 6 * SECOND);
	end(&w);
}

/* The host has no route of that family any more: the other one is taken, this one passed over. */
static void what_cannot_be_reached_is_passed_over(void **state)
{
	struct world w = two_families();
	(void)state;

	dns_family(&w, AF_INET, GW_HOST, GW2_HOST);
	w.source6 = (struct addr){0};
	w.home = ep(GW_2);
	run(&w, 28);
	assert_int_equal(w.writes, 1);
	assert_endpoint(&w, GW_2);
	end(&w);
}

/* Nothing seems reachable: that may be wrong, so everything is tried. */
static void when_nothing_can_be_reached(void **state)
{
	struct world w = two_families();
	struct addr four = w.source4, six = w.source6;
	(void)state;

	/* The uplink is gone: nothing is written, and nothing counts as a repair. */
	w.source4 = w.source6 = (struct addr){0};
	w.home = ep(GW_V6);
	run(&w, 3600);
	assert_int_equal(w.writes + w.kicks, 0);
	/* It is back: at once. */
	w.source4 = four;
	w.source6 = six;
	run(&w, 2);
	assert_endpoint(&w, GW_V6);
	end(&w);
}

/* Another interface asks for the name's other family; here only one is wanted. */
static void the_family_that_is_wanted(void **state)
{
	struct world w = two_families();
	(void)state;

	endpoints_conf(&w)->family = FAMILY_IPV4;
	w.home = ep(GW_V6);
	run(&w, 600);
	assert_int_equal(w.writes, 0);
	assert_endpoint(&w, GW);
	endpoints_conf(&w)->family = FAMILY_IPV6;
	run(&w, 400);
	assert_endpoint(&w, GW_V6);
	end(&w);
}

/* --- what is refused ---------------------------------------------------------------------- */

/* A peer at an address of our own would be ourselves. */
static void our_own_address_is_no_endpoint(void **state)
{
	struct world w = begin();
	(void)state;

	vec_add(&w.state.addrs)->addr = ip(GW_HOST);
	dns(&w, GW_HOST, NULL);
	run(&w, 600);
	assert_int_equal(w.writes, 0);
	assert_string_equal(peer_care(peer(&w))->refused, "an address of this host");
	dns_family(&w, AF_INET, GW_HOST, GW2_HOST);
	run(&w, 1);
	assert_endpoint(&w, GW_2);
	assert_null(peer_care(peer(&w))->refused);
	end(&w);
}

/* An endpoint behind the tunnel itself would send the tunnel through the tunnel. */
static void an_address_in_its_own_allowed_ips_is_none(void **state)
{
	struct world w = begin();
	(void)state;

	dns(&w, "10.20.3.4", NULL);
	run(&w, 600);
	assert_int_equal(w.writes, 0);
	dns(&w, "10.21.3.4", NULL);
	run(&w, 1);
	assert_endpoint(&w, "10.21.3.4:51820");
	end(&w);
}

/* Every address is inside 0.0.0.0/0, and that is meant so. */
static void a_default_route_contains_no_endpoint(void **state)
{
	struct world w = begin();
	struct endpoint_changes changes = {0};
	struct endpoint_input in = {.state = &w.state,
				    .names = &w.names,
				    .source = source,
				    .source_ctx = &w,
				    .rng = &w.rng,
				    .now = w.now,
				    .generation = 1};
	struct prefix all;
	struct device_merge m;
	struct ops ops = {0};
	(void)state;

	prefix_parse(&all, "0.0.0.0/0", NULL);
	dns(&w, GW_HOST, NULL);
	device_merge_begin(&m, w.d, (struct moment){.now = w.now, .wall = w.now});
	device_merge_peer(&m, &w.kernel);
	device_merge_aip(&m, &all);
	device_merge_end(&m, true);
	state_join(&w.state, w.config, NULL);
	endpoints_plan(&ops, &changes, w.d, &in);
	assert_int_equal(changes.len, 1);
	vec_free(&ops);
	vec_free(&changes);
	end(&w);
}

static void names_are_not_used_without_resolve(void **state)
{
	struct world w = begin();
	(void)state;

	endpoints_conf(&w)->resolve = false;
	dns(&w, GW_HOST, NULL);
	w.kernel.keepalive = 25;
	run(&w, 600);
	assert_int_equal(w.writes + w.kicks, 0);
	end(&w);
}

/* An address in the configuration needs no name server. */
static void a_configured_address(void **state)
{
	struct world w = begin();
	(void)state;

	endpoints_conf(&w)->resolve = false;
	w.conf->endpoints.at[0] =
		(struct endpoint_spec){.kind = ENDPOINT_ADDRESS, .address = ep(GW)};
	w.kernel.keepalive = 25;
	run(&w, 1);
	assert_endpoint(&w, GW);
	run(&w, 3600);
	assert_int_equal(w.writes, 1);
	assert_int_equal(peer(&w)->source, SOURCE_CONFIG);
	w.home = ep(NOWHERE);
	run(&w, 600);
	assert_int_equal(w.writes, 1); /* there is no other: kicked */
	assert_in_range(w.kicks, 5, 12);
	end(&w);
}

/* A peer that nobody wrote an endpoint for calls us, or does not. */
static void a_peer_without_a_spec(void **state)
{
	struct world w = begin();
	(void)state;

	w.conf->endpoints.len = 0;
	w.kernel.keepalive = 25;
	w.kernel.endpoint = ep(GW);
	run(&w, 100);
	w.home = ep(NOWHERE);
	run(&w, 3600);
	assert_int_equal(w.writes + w.kicks, 0);
	end(&w);
}

/* --- keepalives --------------------------------------------------------------------------- */

static void assert_keepalive(const struct world *w, uint16_t seconds, const char *why)
{
	assert_int_equal(w->kernel.keepalive, seconds);
	assert_string_equal(keepalive_reason_text(peer(w)->keepalive_reason), why);
}

static void auto_behind_a_nat(void **state)
{
	static const struct {
		const char *source, *why;
	} cases[] = {
		{"100.64.9.9", "auto: this host is behind carrier-grade NAT"},
		{"169.254.7.7", "auto: this host's address is link-local"},
		{"10.0.0.2", "auto: this host's address is private, the endpoint's is not"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w = begin();

		w.source4 = ip(cases[i].source);
		w.kernel.endpoint = ep(GW);
		run(&w, 600);
		assert_keepalive(&w, 25, cases[i].why);
		assert_true(peer(&w)->keepalive_ours);
		assert_int_equal(w.keepalives, 1);
		end(&w);
	}
}

static void auto_where_none_is_needed(void **state)
{
	struct world w = begin();
	(void)state;

	run(&w, 3);
	assert_keepalive(&w, 0, "auto: no endpoint to keep open");
	w.kernel.endpoint = ep(GW); /* from a public address */
	run(&w, 3);
	assert_keepalive(&w, 0, "auto: none is needed");
	w.source4 = ip(LOCAL);
	w.kernel.endpoint = ep("192.168.1.9:51820"); /* to a neighbour */
	run(&w, 3);
	assert_keepalive(&w, 0, "auto: none is needed");
	w.source4 = (struct addr){0}; /* no way at all */
	w.kernel.endpoint = ep(GW);
	run(&w, 3);
	assert_keepalive(&w, 0, "auto: none is needed");
	assert_int_equal(w.keepalives, 0);
	end(&w);
}

/* The host moved behind a NAT: judged again when its addresses may have changed. */
static void auto_follows_the_host(void **state)
{
	struct world w = begin();
	(void)state;

	w.kernel.endpoint = ep(GW);
	run(&w, 3);
	w.source4 = ip(LOCAL);
	run(&w, 3);
	assert_int_equal(w.kernel.keepalive, 0); /* nothing said that it is to be judged again */
	w.generation++;
	run(&w, 1);
	assert_int_equal(w.kernel.keepalive, 25);
	end(&w);
}

static void set_by_somebody_else(void **state)
{
	struct world w = begin();
	(void)state;

	w.source4 = ip(LOCAL);
	w.kernel.endpoint = ep(GW);
	w.kernel.keepalive = 60;
	run(&w, 600);
	assert_keepalive(&w, 60, "set outside Wayside");
	assert_int_equal(w.keepalives, 0);
	assert_false(peer(&w)->keepalive_ours);
	end(&w);
}

static void configured(void **state)
{
	struct world w = begin();
	(void)state;

	w.kernel.keepalive = 60;
	w.conf->keepalive = (struct keepalive_conf){KEEPALIVE_FIXED, 17};
	run(&w, 3);
	assert_keepalive(&w, 17, "configured");
	w.kernel.keepalive = 33; /* somebody changes it: it is put back */
	run(&w, 1);
	assert_keepalive(&w, 17, "configured");
	w.conf->keepalive.mode = KEEPALIVE_OFF;
	run(&w, 3);
	assert_keepalive(&w, 0, "configured off");
	w.conf->keepalive.mode = KEEPALIVE_KEEP;
	w.kernel.keepalive = 99;
	run(&w, 3);
	assert_keepalive(&w, 99, "left as it is");
	assert_int_equal(w.keepalives, 3);
	end(&w);
}

/* Idle, and the name moved: it is asked for a sign of life, and gives one. Nothing is written. */
static void a_moved_name_is_probed(void **state)
{
	struct world w = healthy();
	(void)state;

	dns(&w, GW2_HOST, NULL);
	run(&w, 60);
	assert_int_equal(w.probes, 1);
	assert_int_equal(w.writes, 0);
	/* Once a change of the name, not once a look. */
	run(&w, 3600);
	assert_int_equal(w.probes, 1);
	end(&w);
}

/* The same with a far end that has moved: its new address within half a minute. */
static void a_moved_idle_peer_is_followed(void **state)
{
	struct world w = healthy();
	(void)state;

	w.home = ep(GW_2);
	dns(&w, GW2_HOST, NULL);
	run(&w, 30);
	assert_endpoint(&w, GW_2);
	assert_int_equal(peer(&w)->life.state, LIFE_UP);
	end(&w);
}

static void the_network_changed(void **state)
{
	struct world w = healthy();
	(void)state;

	w.generation++;
	run(&w, 20);
	assert_int_equal(w.probes, 1);
	w.generation++; /* a storm of changes is one probe a minute */
	run(&w, 1);
	w.generation++;
	run(&w, 5);
	assert_int_equal(w.probes, 1);
	assert_int_equal(w.writes + w.kicks, 0);
	end(&w);
}

static void probes_at_an_interval(void **state)
{
	struct world w = healthy();
	(void)state;

	endpoints_conf(&w)->probe_interval = 30 * SECOND;
	w.conf->keepalive.mode = KEEPALIVE_KEEP;
	w.kernel.keepalive = 0;
	run(&w, 300);
	assert_in_range(w.probes, 5, 11);
	assert_int_equal(w.writes + w.kicks, 0);
	end(&w);
}

/* Two WANs written in order: GW is preferred, GW_2 is the other. */
static struct world two_wans(void)
{
	struct world w = begin();

	w.conf->endpoints.len = 0;
	for (int i = 0; i < 2; i++)
		*vec_add(&w.conf->endpoints) = (struct endpoint_spec){.kind = ENDPOINT_ADDRESS,
								      .address = ep(i ? GW_2 : GW)};
	w.conf->return_after = 300 * SECOND;
	w.kernel.keepalive = 25;
	w.traffic = true;
	run(&w, 30);
	assert_endpoint(&w, GW);
	return w;
}

static void the_second_wan_is_tried(void **state)
{
	struct world w = two_wans();
	(void)state;

	w.home = ep(GW_2);
	run(&w, 30);
	assert_endpoint(&w, GW_2);
	run(&w, 60);
	assert_endpoint(&w, GW_2);
	/* The first is back: within return_after, and it stays there. */
	w.home = ep(GW);
	w.session = false;
	run(&w, 320);
	assert_endpoint(&w, GW);
	w.writes = 0;
	run(&w, 3600);
	assert_int_equal(w.writes, 0);
	end(&w);
}

/* Both lead to the peer and nothing is said: the first is asked, and kept. */
static void a_return_of_an_idle_peer(void **state)
{
	struct world w = two_wans();
	unsigned int away = 0;
	(void)state;

	w.home = ep(GW_2);
	run(&w, 60);
	assert_endpoint(&w, GW_2);
	w.traffic = false;
	w.second_home = ep(GW);
	run(&w, 330);
	assert_endpoint(&w, GW);
	w.writes = w.probes = 0;
	run(&w, 3600);
	assert_int_equal(w.writes + w.probes, 0);
	/* The first dies again, and both are idle: a moment there, and back. */
	w.traffic = true;
	w.second_home = (struct endpoint){0};
	run(&w, 60);
	assert_endpoint(&w, GW_2);
	w.traffic = false;
	for (int s = 0; s < 3500; s++) {
		run(&w, 1);
		away += !at_home(&w, &w.kernel.endpoint);
	}
	assert_endpoint(&w, GW_2);
	assert_in_range(away, 20, 11 * 14);
	end(&w);
}

/* The first stays dead: a moment there every five minutes, and back. */
static void a_return_that_fails(void **state)
{
	struct world w = two_wans();
	unsigned int away = 0;
	(void)state;

	w.home = ep(GW_2);
	run(&w, 60);
	assert_endpoint(&w, GW_2);
	for (int s = 0; s < 3500; s++) {
		run(&w, 1);
		away += endpoint_cmp(&w.kernel.endpoint, &w.home) != 0;
	}
	assert_endpoint(&w, GW_2);
	assert_in_range(away, 10, 60);
	end(&w);
}

/* Another program writes another endpoint each time: it wins after a few rounds. */
static void a_fight_is_given_up(void **state)
{
	struct world w = healthy();
	(void)state;

	w.home = ep("203.0.113.99:51820"); /* nowhere that the name leads to */
	w.traffic = true;
	for (int i = 0; i < 200; i++) {
		run(&w, 1);
		w.kernel.endpoint = ep("203.0.113.66:51820");
	}
	assert_in_range(w.writes, 1, ENDPOINT_FIGHTS_MAX + 1);
	assert_int_equal(peer_care(peer(&w))->fights, ENDPOINT_FIGHTS_MAX);
	end(&w);
}

/* A NAT that gave the mapping away: another source port, where nobody wrote one down. */
static void another_source_port(void **state)
{
	struct import_iface without = {.ifname = "wg0"},
			    with = {.ifname = "wg0", .listen_port = true};
	(void)state;

	for (int known = 0; known < 3; known++) {
		struct world w = healthy();

		w.d->imported = known == 0 ? NULL : known == 1 ? &with : &without;
		w.home = ep("203.0.113.99:51820");
		run(&w, 170);
		assert_int_equal(w.rebinds, 0);
		run(&w, 400);
		assert_int_equal(w.rebinds != 0, known == 2);
		end(&w);
	}
}

/* After a while the other program is contradicted again; it may have gone meanwhile. */
static void after_the_fight(void **state)
{
	struct world w = healthy();
	unsigned int writes;
	(void)state;

	w.home = ep("203.0.113.99:51820");
	w.traffic = true;
	for (int i = 0; i < 300; i++) {
		run(&w, 1);
		w.kernel.endpoint = ep("203.0.113.66:51820");
	}
	writes = w.writes;
	for (int i = 0; i < 900; i++) {
		run(&w, 1);
		w.kernel.endpoint = ep("203.0.113.66:51820");
	}
	assert_in_range(w.writes, writes + 1, writes + ENDPOINT_FIGHTS_MAX + 1);
	w.home = ep(GW); /* gone, and the peer is where its name says */
	run(&w, 1200);
	assert_endpoint(&w, GW);
	assert_int_equal(peer(&w)->life.state, LIFE_UP);
	end(&w);
}

/* Ports change at 3 minutes, then at twice as long each time, and an hour at most. */
static void source_ports_back_off(void **state)
{
	struct import_iface without = {.ifname = "wg0"};
	struct world w = healthy();
	(void)state;

	w.d->imported = &without;
	w.home = ep(NOWHERE);
	run(&w, 4 * 3600);
	assert_in_range(w.rebinds, 5, 9);
	end(&w);
}

/* All peers share the port: while another one lives there, or may, it stays. */
static void a_port_that_others_use(void **state)
{
	struct import_iface without = {.ifname = "wg0"};
	(void)state;

	for (int idle = 0; idle < 2; idle++) {
		struct world w = healthy();

		w.d->imported = &without;
		w.home = ep(NOWHERE);
		w.other.rx = 92;
		w.other.endpoint = ep(ROAMED);
		for (int s = 0; s < 900; s++) {
			w.other.rx += idle ? 0 : 32;
			run(&w, 1);
		}
		assert_int_equal(w.d->peers.at[0].life.state, idle ? LIFE_IDLE : LIFE_UP);
		assert_int_equal(w.rebinds, 0);
		end(&w);
	}
}

/* A peer that calls us has no name to be doubted, but an interval may be asked for. */
static void an_interval_for_one_without_a_name(void **state)
{
	struct world w = healthy();
	(void)state;

	w.conf->endpoints.len = 0;
	w.conf->keepalive.mode = KEEPALIVE_KEEP;
	w.kernel.keepalive = 0;
	run(&w, 300);
	assert_int_equal(w.probes, 0);
	endpoints_conf(&w)->probe_interval = 30 * SECOND;
	run(&w, 300);
	assert_in_range(w.probes, 5, 11);
	end(&w);
}

TEST_MAIN(a_healthy_peer_is_left_alone, a_roamed_peer_is_never_written,
	  an_old_address_that_answers_stays, an_idle_peer_is_left_alone,
	  whatever_happens_to_one_that_answers, a_peer_without_an_endpoint_gets_one,
	  two_signals_agree, a_single_address_is_kicked, silence_asks_the_name_again,
	  a_doubt_asks_once, a_roamed_peer_that_is_gone, an_endpoint_of_unknown_origin,
	  one_that_never_answered, the_other_address_is_tried, round_and_round_with_backoff,
	  an_answer_ends_the_backoff, a_new_address_is_not_kept_waiting,
	  a_name_that_is_never_the_same, what_cannot_be_reached_is_passed_over,
	  when_nothing_can_be_reached, the_family_that_is_wanted, our_own_address_is_no_endpoint,
	  an_address_in_its_own_allowed_ips_is_none, a_default_route_contains_no_endpoint,
	  names_are_not_used_without_resolve, a_configured_address, a_peer_without_a_spec,
	  auto_behind_a_nat, auto_where_none_is_needed, auto_follows_the_host, set_by_somebody_else,
	  configured, a_moved_name_is_probed, a_moved_idle_peer_is_followed, the_network_changed,
	  probes_at_an_interval, the_second_wan_is_tried, a_return_that_fails,
	  a_return_of_an_idle_peer, a_fight_is_given_up, another_source_port,
	  three_addresses_in_order, one_more_address_waits_for_its_turn, a_refused_endpoint,
	  after_the_fight, source_ports_back_off, a_port_that_others_use,
	  an_interval_for_one_without_a_name)
