// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names and their last good addresses: when they are asked for, what is taken of an answer, and
 * that a failure takes nothing away.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "model/names.h"

#define HOUR 3600000

static const struct endpoints_conf any = {.ttl_min = 30000, .ttl_max = HOUR};
static const struct endpoints_conf only4 = {
	.family = FAMILY_IPV4, .ttl_min = 30000, .ttl_max = HOUR};
static const struct endpoints_conf only6 = {
	.family = FAMILY_IPV6, .ttl_min = 30000, .ttl_max = HOUR};

/* What names_ask() handed out. */
struct asked {
	uint32_t n, refuse_after; /* 0 = never */
	uint32_t ids[4096];
	uint8_t families[4096];
	char host[HOST_LEN]; /* the last one */
};

static int ask(void *ctx, uint32_t id, const char *host, uint8_t family)
{
	struct asked *a = ctx;

	if (a->refuse_after && a->n >= a->refuse_after)
		return -1;
	a->ids[a->n] = id;
	a->families[a->n++] = family;
	mem_copy_str(a->host, sizeof(a->host), host);
	return 0;
}

static uint32_t asked_at(struct names *ns, msec now, struct asked *a)
{
	*a = (struct asked){0};
	names_ask(ns, now, ask, a);
	return a->n;
}

/* One name, asked for both families at 1000. */
struct fixture {
	struct names names;
	struct name *gw;
	struct rng rng;
	msec now;
};

static struct fixture begin(const struct endpoints_conf *conf)
{
	struct fixture f = {.now = 1000, .rng = {.state = 1}};
	struct asked a;

	names_want(&f.names, "gw.example.net", conf);
	names_sweep(&f.names);
	f.gw = names_find(&f.names, "gw.example.net");
	assert_int_equal(asked_at(&f.names, f.now, &a), conf->family == FAMILY_ANY ? 2 : 1);
	assert_string_equal(a.host, "gw.example.net");
	return f;
}

static void many_names(struct names *ns, int n)
{
	char host[HOST_LEN];

	for (int i = 0; i < n; i++) {
		snprintf(host, sizeof(host), "gw%d.example.net", i);
		names_want(ns, host, &any);
	}
	names_sweep(ns);
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

/* The answer about gw for a family: up to three addresses as text. */
static struct net_answer answer_of(const struct fixture *f, uint8_t family, uint32_t ttl,
				   const char *const *texts)
{
	struct net_answer a = {.kind = NET_LOOKUP, .ttl = ttl};

	a.id = f->gw->id * 2 + (family == AF_INET6);
	for (; texts && *texts; texts++)
		a.addrs[a.count++] = addr_of(*texts);
	return a;
}

#define TEXTS(...)                \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static bool answered(struct fixture *f, uint8_t family, uint32_t ttl, const char *const *texts)
{
	struct net_answer a = answer_of(f, family, ttl, texts);
	struct name *n;
	bool changed = names_answer(&f->names, &a, f->now, &f->rng, &n);

	assert_ptr_equal(n, f->gw);
	return changed;
}

static bool failed(struct fixture *f, uint8_t family, enum net_status status)
{
	struct net_answer a = answer_of(f, family, 0, NULL);
	struct name *n;

	a.status = status;
	return names_answer(&f->names, &a, f->now, &f->rng, &n);
}

/* The addresses to try, as text with a blank behind each. */
static void assert_addrs(const struct name *n, const char *want)
{
	struct addr addrs[2 * NET_MAX_ADDRS];
	uint32_t count = name_addrs(n, addrs, ARRAY_LEN(addrs));
	char got[1024] = "", buf[ADDR_STRLEN];

	for (uint32_t i = 0; i < count; i++) {
		strcat(got, addr_format(&addrs[i], buf));
		strcat(got, " ");
	}
	assert_string_equal(got, want);
}

static void a_name_is_asked_for_both_families(void **state)
{
	struct names ns = {0};
	struct asked a;
	(void)state;

	assert_true(names_deadline(&ns) == MSEC_NEVER);
	names_want(&ns, "gw.example.net", &any);
	names_want(&ns, "four.example.net", &only4);
	names_sweep(&ns);
	assert_int_equal(names_deadline(&ns), 0); /* at once */
	assert_int_equal(asked_at(&ns, 1000, &a), 3);
	assert_int_equal(a.families[0], AF_INET);
	assert_int_equal(a.families[1], AF_INET6);
	assert_int_equal(a.families[2], AF_INET);
	assert_int_equal(a.ids[0] % 2, 0);
	assert_int_equal(a.ids[1], a.ids[0] + 1);
	assert_int_equal(asked_at(&ns, 1001, &a), 0); /* they are out */
	names_free(&ns);
}

static void ttls_are_clamped(void **state)
{
	static const struct {
		uint32_t ttl;
		msec want;
	} cases[] = {{0, 30000},   {5, 30000},	 {30, 30000},	 {31, 31000},
		     {3600, HOUR}, {3601, HOUR}, {604800, HOUR}, {UINT32_MAX, HOUR}};
	struct fixture f = begin(&only4);
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct asked a;

		answered(&f, AF_INET, cases[i].ttl, TEXTS("203.0.113.1"));
		assert_int_equal(names_deadline(&f.names), f.now + cases[i].want);
		assert_int_equal(asked_at(&f.names, f.now + cases[i].want - 1, &a), 0);
		f.now += cases[i].want;
		assert_int_equal(asked_at(&f.names, f.now, &a), 1);
	}
	names_free(&f.names);
}

static void a_change_is_told_once(void **state)
{
	struct fixture f = begin(&only4);
	uint32_t version;
	(void)state;

	assert_int_equal(f.gw->version, 0);
	assert_true(answered(&f, AF_INET, 60, TEXTS("203.0.113.1", "203.0.113.2")));
	version = f.gw->version;
	assert_int_not_equal(version, 0);
	assert_false(answered(&f, AF_INET, 60, TEXTS("203.0.113.1", "203.0.113.2")));
	assert_false(answered(&f, AF_INET, 60, TEXTS("203.0.113.2", "203.0.113.1"))); /* turned */
	assert_int_equal(f.gw->version, version);
	assert_true(answered(&f, AF_INET, 60, TEXTS("203.0.113.2")));
	assert_true(answered(&f, AF_INET, 60, TEXTS("203.0.113.3")));
	assert_int_not_equal(f.gw->version, version);
	assert_addrs(f.gw, "203.0.113.3 ");
	names_free(&f.names);
}

/* A server that says the same address twice has said one. */
static void each_address_once(void **state)
{
	struct fixture f = begin(&only4);
	(void)state;

	assert_true(answered(&f, AF_INET, 60, TEXTS("203.0.113.1", "203.0.113.1")));
	assert_addrs(f.gw, "203.0.113.1 ");
	assert_false(answered(&f, AF_INET, 60, TEXTS("203.0.113.1")));
	names_free(&f.names);
}

/* Whatever goes wrong, for however long, the last good addresses stay. */
static void a_failure_keeps_the_addresses(void **state)
{
	static const enum net_status bad[] = {NET_NOT_FOUND, NET_NO_DATA, NET_SERVFAIL,
					      NET_TIMEOUT,   NET_FAILED,  NET_OK};
	struct fixture f = begin(&only4);
	(void)state;

	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	for (int i = 0; i < 1000; i++) {
		f.now += 1000;
		assert_false(failed(&f, AF_INET, bad[(size_t)i % ARRAY_LEN(bad)]));
		assert_addrs(f.gw, "203.0.113.1 ");
		assert_int_equal(f.gw->v4.failures, i + 1);
	}
	assert_false(answered(&f, AF_INET, 60, TEXTS("203.0.113.1")));
	assert_int_equal(f.gw->v4.failures, 0);
	assert_int_equal(names_deadline(&f.names), f.now + 60000);
	names_free(&f.names);
}

/* 1 s, doubled up to five minutes, a quarter more or less. */
static void failures_back_off(void **state)
{
	struct fixture f = begin(&only4);
	msec delay = 1000, low = 0, high = 0;
	struct asked a;
	(void)state;

	for (int i = 0; i < 40; i++) {
		msec next;

		failed(&f, AF_INET, NET_NOT_FOUND);
		next = names_deadline(&f.names) - f.now;
		assert_true(next >= delay - delay / 4 && next <= delay + delay / 4);
		low += next < delay - delay / 20;
		high += next > delay + delay / 20;
		f.now += next;
		assert_int_equal(asked_at(&f.names, f.now, &a), 1);
		delay = delay * 2 > NAME_RETRY_MAX ? NAME_RETRY_MAX : delay * 2;
	}
	assert_true(low > 5 && high > 5); /* not all at the same time */
	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	failed(&f, AF_INET, NET_NOT_FOUND); /* and again from the beginning */
	assert_in_range(names_deadline(&f.names) - f.now, 750, 1250);
	names_free(&f.names);
}

/* No server answers: one name of a thousand goes on asking, and wakes the others when one does. */
static void the_canary(void **state)
{
	struct names ns = {0};
	struct rng rng = {.state = 1};
	struct net_answer a = {.kind = NET_LOOKUP, .status = NET_TIMEOUT};
	struct asked asked;
	msec now = 1000;
	(void)state;

	for (int i = 0; i < 200; i++) {
		char host[HOST_LEN];

		snprintf(host, sizeof(host), "n%d.example.net", i);
		names_want(&ns, host, &only4);
	}
	names_sweep(&ns);
	for (int round = 0; round < 2000; round++) {
		asked_at(&ns, now, &asked);
		for (uint32_t i = 0; i < asked.n; i++) {
			struct name *n;

			a.id = asked.ids[i];
			names_answer(&ns, &a, now, &rng, &n);
		}
		now = names_deadline(&ns);
	}
	/* Hours later the backoff of most is long; the canary is the one that finds a server. */
	assert_int_not_equal(ns.canary, 0);
	for (bool found = false; !found; now = names_deadline(&ns)) {
		assert_in_range(asked_at(&ns, now, &asked), 1, 5);
		for (uint32_t i = 0; i < asked.n; i++) {
			struct name *n;

			a.id = asked.ids[i];
			found = found || a.id / 2 == ns.canary;
			a.status = a.id / 2 == ns.canary ? NET_NOT_FOUND : NET_TIMEOUT;
			names_answer(&ns, &a, now, &rng, &n);
		}
	}
	assert_in_range(asked_at(&ns, now, &asked), 150, 200);
	names_free(&ns);
}

/* Answers everything that is due, until then; how many questions that were. */
static uint32_t answer_until(struct names *ns, msec *now, msec until, enum net_status how)
{
	struct rng rng = {.state = 1};
	struct asked asked;
	uint32_t count = 0;

	for (; *now < until; *now = msec_max(*now + 1, names_deadline(ns))) {
		count += asked_at(ns, *now, &asked);
		for (uint32_t i = 0; i < asked.n; i++) {
			struct net_answer a = {
				.kind = NET_LOOKUP, .id = asked.ids[i], .status = how};
			struct name *n;

			a.ttl = 60;
			a.count = how == NET_OK;
			a.addrs[0] = addr_of(a.id & 1 ? "2001:db8::1" : "203.0.113.1");
			names_answer(ns, &a, *now, &rng, &n);
		}
	}
	return count;
}

static uint32_t failing_names(const struct names *ns)
{
	uint32_t count = 0;

	vec_each(&ns->by_id, n)
		count += (*n)->v4.failures != 0;
	return count;
}

/*
 * A server that was there a moment ago is dead for a thousand names: what was out fails, then a
 * few are asked at a time, and five seconds after it is back nothing is left to ask.
 */
static void a_dead_server_is_not_stormed(void **state)
{
	struct names ns = {0};
	uint32_t asked;
	msec now = 1000;
	(void)state;

	many_names(&ns, 1000);
	assert_int_equal(answer_until(&ns, &now, 61000, NET_OK), 2000);
	asked = answer_until(&ns, &now, 121000, NET_SERVFAIL);
	assert_in_range(asked, NAMES_IN_FLIGHT, NAMES_IN_FLIGHT + 60 * (NAME_SUSPECTS + 4));
	assert_true(failing_names(&ns) > 0);
	asked = answer_until(&ns, &now, now + 5000, NET_OK);
	assert_in_range(asked, 2000 - NAMES_IN_FLIGHT, 2000);
	assert_int_equal(failing_names(&ns), 0);
	names_free(&ns);
}

/*
 * The server is back, and says that there is no AAAA, while the question for A that was sent before
 * is still to time out: A is asked again at once after that, and not with the backoff of the time
 * without a server.
 */
static void one_question_of_two_is_too_early(void **state)
{
	struct fixture f = begin(&any);
	struct asked a;
	(void)state;

	answer_until(&f.names, &f.now, 600000, NET_TIMEOUT);
	name_refresh(&f.names, f.gw, f.now);
	assert_int_equal(asked_at(&f.names, f.now, &a), 2);
	failed(&f, AF_INET6, NET_NO_DATA);
	failed(&f, AF_INET, NET_TIMEOUT);
	assert_in_range(f.gw->v4.expires, f.now, f.now + 1250);
	names_free(&f.names);
}

/* The only two names, and the server dies just after an answer: it is missed within seconds. */
static void a_server_dies_after_an_answer(void **state)
{
	struct names ns = {0};
	msec now = 1000;
	(void)state;

	many_names(&ns, 2);
	answer_until(&ns, &now, 61000, NET_OK);
	answer_until(&ns, &now, 61000 + 10000, NET_SERVFAIL);
	assert_int_not_equal(ns.canary, 0);
	assert_in_range(names_deadline(&ns), now, now + NAME_CANARY);
	names_free(&ns);
}

/* What a name is asked in a time during which it fails, and something else is answered or not. */
static unsigned int asked_while_failing(struct names *ns, const struct name *failing,
					uint8_t failing_family, enum net_status how, msec until)
{
	struct rng rng = {.state = 1};
	unsigned int count = 0;
	struct asked asked;

	for (msec now = 1000; now < until; now = msec_max(now + 1, names_deadline(ns))) {
		asked_at(ns, now, &asked);
		for (uint32_t i = 0; i < asked.n; i++) {
			struct net_answer a = {.kind = NET_LOOKUP, .id = asked.ids[i], .ttl = 60};
			struct name *n;

			if (a.id / 2 == failing->id && asked.families[i] == failing_family) {
				a.status = how;
				count++;
			} else if (asked.families[i] == AF_INET) {
				a.addrs[a.count++] = addr_of("203.0.113.1");
			} else {
				a.status = NET_NO_DATA;
			}
			names_answer(ns, &a, now, &rng, &n);
		}
	}
	return count;
}

/* One broken name among good ones: its own trouble, which good answers to others do not undo. */
static void a_broken_name_backs_off(void **state)
{
	struct names ns = {0};
	unsigned int asked;
	(void)state;

	names_want(&ns, "broken.example.net", &only4);
	for (int i = 0; i < 100; i++) {
		char host[HOST_LEN];

		snprintf(host, sizeof(host), "n%d.example.net", i);
		names_want(&ns, host, &only4);
	}
	names_sweep(&ns);
	asked = asked_while_failing(&ns, names_find(&ns, "broken.example.net"), AF_INET,
				    NET_SERVFAIL, HOUR);
	assert_in_range(asked, 12, 30); /* 1 s doubled up to 5 minutes, for an hour */
	names_free(&ns);
}

/* A server that chokes on AAAA alone is a common thing: A is good, nothing is in a hurry. */
static void a_broken_family_backs_off(void **state)
{
	struct endpoints_conf slow = {.ttl_min = HOUR, .ttl_max = HOUR};
	struct names ns = {0};
	unsigned int asked;
	(void)state;

	names_want(&ns, "gw.example.net", &slow);
	names_sweep(&ns);
	asked = asked_while_failing(&ns, names_find(&ns, "gw.example.net"), AF_INET6, NET_SERVFAIL,
				    HOUR);
	assert_in_range(asked, 12, 30);
	names_free(&ns);
}

/*
 * The only name, and nobody answers: each second, every two in the end. The kernel may take five
 * more until it sends a handshake. (A timeout has taken its time already.)
 */
static void the_only_name_fails(void **state)
{
	(void)state;

	for (int timeout = 0; timeout < 2; timeout++) {
		struct names ns = {0};
		unsigned int asked;

		names_want(&ns, "gw.example.net", &only4);
		names_sweep(&ns);
		asked = asked_while_failing(&ns, names_find(&ns, "gw.example.net"), AF_INET,
					    timeout ? NET_TIMEOUT : NET_SERVFAIL, HOUR);
		if (timeout)
			assert_in_range(asked, 3590, 3600);
		else
			assert_in_range(asked, 1940, 1960); /* 300 of one second, then two */
		assert_in_range(names_deadline(&ns), HOUR, HOUR + NAME_CANARY_MAX);
		names_free(&ns);
	}
}

/* An answer about a name, good or not. */
static void tell(struct names *ns, const char *host, uint8_t family, enum net_status status,
		 msec now)
{
	struct name *n = names_find(ns, host);
	struct net_answer a = {.kind = NET_LOOKUP, .status = status, .ttl = 3600};
	struct rng rng = {.state = 1};

	a.id = n->id * 2 + (family == AF_INET6);
	if (status == NET_OK)
		a.addrs[a.count++] = addr_of(family == AF_INET ? "203.0.113.1" : "2001:db8::1");
	names_answer(ns, &a, now, &rng, &n);
}

/* The first answer wakes what failed for want of a server, in both families, and nothing else. */
static void what_the_canary_wakes(void **state)
{
	msec now = 1000 + 2 * NAME_HEARD_FOR;
	struct names ns = {0};
	struct asked a;
	(void)state;

	names_want(&ns, "good.example.net", &only4);
	names_want(&ns, "canary.example.net", &only4);
	names_want(&ns, "six.example.net", &any);
	names_want(&ns, "out.example.net", &only4);
	names_sweep(&ns);
	asked_at(&ns, 1000, &a);
	tell(&ns, "good.example.net", AF_INET, NET_OK, 1000);
	for (int i = 0; i < 20; i++) {
		tell(&ns, "canary.example.net", AF_INET, NET_TIMEOUT, now);
		tell(&ns, "six.example.net", AF_INET, NET_TIMEOUT, now);
		tell(&ns, "six.example.net", AF_INET6, NET_TIMEOUT, now);
		tell(&ns, "out.example.net", AF_INET, NET_TIMEOUT, now);
	}
	assert_int_equal(ns.canary, names_find(&ns, "canary.example.net")->id);
	name_refresh(&ns, names_find(&ns, "out.example.net"), now);
	assert_int_equal(asked_at(&ns, now, &a), 1); /* a question is on its way */
	tell(&ns, "canary.example.net", AF_INET, NET_NOT_FOUND, now);
	assert_int_equal(asked_at(&ns, now, &a), 2);
	assert_string_equal(a.host, "six.example.net");
	names_free(&ns);
}

/* A canary that nobody wants any more is followed by another one. */
static void the_canary_is_swept(void **state)
{
	struct names ns = {0};
	(void)state;

	many_names(&ns, 2);
	tell(&ns, "gw0.example.net", AF_INET, NET_TIMEOUT, 1000);
	assert_int_equal(ns.canary, names_find(&ns, "gw0.example.net")->id);
	names_want(&ns, "gw1.example.net", &any);
	names_sweep(&ns);
	tell(&ns, "gw1.example.net", AF_INET, NET_TIMEOUT, 2000);
	assert_int_equal(ns.canary, names_find(&ns, "gw1.example.net")->id);
	names_free(&ns);
}

/* A reload makes an SRV name of a host, or the other way round: nothing of the other is used. */
static void a_name_of_another_kind(void **state)
{
	struct fixture f = begin(&only4);
	struct asked asked;
	uint32_t id = f.gw->id;
	struct name *n;
	(void)state;

	answered(&f, AF_INET, 600, TEXTS("203.0.113.1"));
	for (int srv = 1; srv >= 0; srv--) {
		if (srv)
			names_want_srv(&f.names, "gw.example.net", &only4);
		else
			names_want(&f.names, "gw.example.net", &only4);
		names_sweep(&f.names);
		n = names_find(&f.names, "gw.example.net");
		assert_int_equal(n->srv, srv);
		assert_int_not_equal(n->id, id);
		assert_false(name_known(n));
		assert_int_equal(asked_at(&f.names, f.now, &asked), 1);
		assert_int_equal(asked.families[0], srv ? 0 : AF_INET);
	}
	assert_int_equal(f.names.out.len, 1);
	names_free(&f.names);
}

/* SRV: ports are the records', both families come in one answer, and it is asked for once. */
static void srv_names(void **state)
{
	struct net_answer a = {.kind = NET_SRV, .ttl = 60, .count = 3, .ports = {51820, 51821, 0}};
	struct names ns = {0};
	struct rng rng = {.state = 1};
	struct endpoint e[4];
	struct asked asked;
	struct name *n;
	char buf[ENDPOINT_STRLEN];
	(void)state;

	names_want_srv(&ns, "_wireguard._udp.example.net", &any);
	names_sweep(&ns);
	assert_int_equal(asked_at(&ns, 1000, &asked), 1);
	assert_int_equal(asked.families[0], 0);
	a.id = asked.ids[0];
	a.addrs[0] = addr_of("203.0.113.1");
	a.addrs[1] = addr_of("2001:db8::1");
	a.addrs[2] = addr_of("203.0.113.3"); /* without a port: not usable */
	assert_true(names_answer(&ns, &a, 1000, &rng, &n));
	assert_int_equal(name_endpoints(n, 9, e, 4), 2);
	assert_string_equal(endpoint_format(&e[0], buf), "203.0.113.1:51820");
	assert_string_equal(endpoint_format(&e[1], buf), "[2001:db8::1]:51821");
	assert_true(name_leads_to(n, 9, &e[1]));
	e[1].port = 9;
	assert_false(name_leads_to(n, 9, &e[1]));
	/* Another port is another answer. */
	a.ports[0] = 51822;
	assert_true(names_answer(&ns, &a, 2000, &rng, &n));
	names_free(&ns);
}

static void what_no_peer_can_have_is_refused(void **state)
{
	struct fixture f = begin(&any);
	(void)state;

	assert_false(answered(&f, AF_INET, 60, TEXTS("127.0.0.1", "0.0.0.0", "224.0.0.1")));
	assert_false(name_known(f.gw));
	assert_non_null(f.gw->v4.refused);
	assert_int_equal(f.gw->v4.failures, 1);
	/* Among good ones they are left out, and that is said. */
	assert_true(answered(&f, AF_INET, 60, TEXTS("127.0.0.1", "203.0.113.1")));
	assert_addrs(f.gw, "203.0.113.1 ");
	assert_non_null(f.gw->v4.refused);
	assert_int_equal(f.gw->v4.failures, 0);
	/* An address of the other family than was asked for is none. */
	assert_false(answered(&f, AF_INET6, 60, TEXTS("203.0.113.2")));
	assert_addrs(f.gw, "203.0.113.1 ");
	/* A block page in place of an answer does not take the good one away. */
	assert_false(answered(&f, AF_INET, 60, TEXTS("0.0.0.0")));
	assert_addrs(f.gw, "203.0.113.1 ");
	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	assert_null(f.gw->v4.refused);
	names_free(&f.names);
}

/* A name with IPv4 only: that there is no AAAA is an answer, asked for again rarely. */
static void one_family_is_absent(void **state)
{
	struct fixture f = begin(&any);
	struct asked a;
	(void)state;

	answered(&f, AF_INET, 3600, TEXTS("203.0.113.1"));
	assert_false(failed(&f, AF_INET6, NET_NO_DATA));
	assert_int_equal(f.gw->v6.failures, 0);
	assert_true(name_settled(f.gw));
	assert_int_equal(names_deadline(&f.names), f.now + NAME_ABSENT_FOR);
	f.now += NAME_ABSENT_FOR;
	assert_int_equal(asked_at(&f.names, f.now, &a), 1);
	assert_int_equal(a.families[0], AF_INET6);
	names_free(&f.names);
}

/* When the AAAA record was taken away and A is good, its addresses go. */
static void one_family_goes_away(void **state)
{
	struct fixture f = begin(&any);
	uint32_t version;
	(void)state;

	answered(&f, AF_INET6, 60, TEXTS("2001:db8::1"));
	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	version = f.gw->version;
	assert_true(failed(&f, AF_INET6, NET_NO_DATA));
	assert_int_not_equal(f.gw->version, version);
	assert_addrs(f.gw, "203.0.113.1 ");
	/* The last family never goes this way. */
	assert_false(failed(&f, AF_INET, NET_NO_DATA));
	assert_addrs(f.gw, "203.0.113.1 ");
	names_free(&f.names);
}

/* No AAAA came first, before the A was there: a failure for a moment, then an answer. */
static void no_data_before_the_other_answers(void **state)
{
	struct fixture f = begin(&any);
	(void)state;

	assert_false(failed(&f, AF_INET6, NET_NO_DATA));
	assert_int_equal(f.gw->v6.failures, 1);
	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	failed(&f, AF_INET6, NET_NO_DATA);
	assert_int_equal(f.gw->v6.failures, 0);
	assert_int_equal(f.gw->v6.delay, 0); /* the next failure would be a first one */
	/* While A fails nobody knows whether AAAA is gone for good: its addresses stay. */
	answered(&f, AF_INET6, 60, TEXTS("2001:db8::1"));
	failed(&f, AF_INET, NET_SERVFAIL);
	assert_false(failed(&f, AF_INET6, NET_NO_DATA));
	assert_addrs(f.gw, "2001:db8::1 203.0.113.1 ");
	names_free(&f.names);
}

/* RFC 8305 section 4: in turn, IPv6 first. */
static void the_order_to_try(void **state)
{
	struct fixture f = begin(&any);
	struct addr few[3];
	(void)state;

	answered(&f, AF_INET, 60, TEXTS("203.0.113.1", "203.0.113.2", "203.0.113.3"));
	assert_addrs(f.gw, "203.0.113.1 203.0.113.2 203.0.113.3 ");
	answered(&f, AF_INET6, 60, TEXTS("2001:db8::1", "2001:db8::2"));
	assert_addrs(f.gw, "2001:db8::1 203.0.113.1 2001:db8::2 203.0.113.2 203.0.113.3 ");
	assert_int_equal(name_addrs(f.gw, few, 3), 3);
	assert_int_equal(name_addrs(f.gw, few, 0), 0);
	names_free(&f.names);
}

/* A reload that wants one family only: what is known of the other is not used any more. */
static void a_family_that_is_not_wanted_any_more(void **state)
{
	struct fixture f = begin(&any);
	struct asked a;
	(void)state;

	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	answered(&f, AF_INET6, 60, TEXTS("2001:db8::1"));
	names_want(&f.names, "gw.example.net", &only4);
	names_sweep(&f.names);
	assert_addrs(f.gw, "203.0.113.1 ");
	assert_int_equal(asked_at(&f.names, f.now + HOUR, &a), 1);
	assert_int_equal(a.families[0], AF_INET);
	names_want(&f.names, "gw.example.net", &only6);
	names_sweep(&f.names);
	assert_addrs(f.gw, "2001:db8::1 ");
	names_free(&f.names);
}

/* Two interfaces want the same name in different ways: both get what they need. */
static void wanted_in_two_ways(void **state)
{
	struct endpoints_conf quick = {.family = FAMILY_IPV4, .ttl_min = 5000, .ttl_max = 60000};
	struct names ns = {0};
	struct name *n;
	(void)state;

	for (int turn = 0; turn < 2; turn++) { /* the second time it is findable meanwhile */
		names_want(&ns, "gw.example.net", turn ? &quick : &only6);
		names_want(&ns, "gw.example.net", turn ? &only6 : &quick);
		names_sweep(&ns);
		n = names_find(&ns, "gw.example.net");
		assert_int_equal(n->family, FAMILY_ANY);
		assert_int_equal(n->ttl_min, 5000);
		assert_int_equal(n->ttl_max, 60000);
		assert_int_equal(ns.by_id.len, 1);
	}
	names_want(&ns, "gw.example.net", &quick); /* and then only one does */
	names_sweep(&ns);
	assert_int_equal(n->family, FAMILY_IPV4);
	names_free(&ns);
}

static void what_nobody_wants_is_forgotten(void **state)
{
	struct fixture f = begin(&any);
	struct net_answer late = answer_of(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	struct name *n = f.gw;
	struct asked a;
	(void)state;

	assert_int_equal(f.names.out.len, 2);
	names_want(&f.names, "other.example.net", &any);
	names_sweep(&f.names);
	assert_null(names_find(&f.names, "gw.example.net"));
	assert_non_null(names_find(&f.names, "other.example.net"));
	assert_int_equal(f.names.out.len, 0); /* its questions are nobody's now */
	assert_false(names_answer(&f.names, &late, f.now, &f.rng, &n));
	assert_null(n);
	/* Wanted again it is a new one, whose questions have other ids. */
	names_want(&f.names, "gw.example.net", &any);
	names_want(&f.names, "other.example.net", &any);
	names_sweep(&f.names);
	assert_int_equal(asked_at(&f.names, f.now, &a), 4);
	for (uint32_t i = 0; i < a.n; i++)
		assert_int_not_equal(a.ids[i], late.id);
	names_free(&f.names);
}

static void a_name_that_stays_keeps_what_is_known(void **state)
{
	struct fixture f = begin(&any);
	uint32_t id = f.gw->id;
	(void)state;

	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	names_want(&f.names, "a.example.net", &any);
	names_want(&f.names, "gw.example.net", &any);
	names_want(&f.names, "z.example.net", &any);
	names_sweep(&f.names);
	assert_ptr_equal(names_find(&f.names, "gw.example.net"), f.gw);
	assert_int_equal(f.gw->id, id);
	assert_addrs(f.gw, "203.0.113.1 ");
	names_free(&f.names);
}

static void answers_that_are_nobodys(void **state)
{
	static const uint32_t ids[] = {0, 1, 4, 5, 77, UINT32_MAX};
	struct fixture f = begin(&any);
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct net_answer a = answer_of(&f, AF_INET, 60, TEXTS("203.0.113.1"));
		struct name *n = f.gw;

		a.id = ids[i];
		assert_false(names_answer(&f.names, &a, f.now, &f.rng, &n));
		assert_null(n);
	}
	assert_false(name_known(f.gw));
	assert_int_equal(f.names.out.len, 2);
	names_free(&f.names);
}

/* The same answer twice: the second one finds no question, and nothing is counted twice. */
static void an_answer_that_comes_twice(void **state)
{
	struct fixture f = begin(&any);
	(void)state;

	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	assert_int_equal(f.names.out.len, 1);
	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	assert_int_equal(f.names.out.len, 1);
	names_free(&f.names);
}

/* A question without an answer is asked again after 30 s, and counts once. */
static void an_answer_that_never_comes(void **state)
{
	struct fixture f = begin(&only4);
	struct asked a;
	(void)state;

	assert_int_equal(names_deadline(&f.names), f.now + NAME_ASK_MAX);
	assert_int_equal(asked_at(&f.names, f.now + NAME_ASK_MAX - 1, &a), 0);
	assert_int_equal(asked_at(&f.names, f.now + NAME_ASK_MAX, &a), 1);
	assert_int_equal(f.names.out.len, 1);
	names_free(&f.names);
}

/* The child was replaced: what it was asked is asked of the next one, the rest in its time. */
static void the_child_was_replaced(void **state)
{
	struct fixture f = begin(&any);
	struct asked a;
	(void)state;

	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	f.now += 500;
	names_forget_asked(&f.names, f.now);
	assert_int_equal(f.names.out.len, 0);
	assert_int_equal(names_deadline(&f.names), f.now);
	assert_int_equal(asked_at(&f.names, f.now, &a), 1);
	assert_int_equal(a.families[0], AF_INET6);
	names_free(&f.names);
}

/* No more than so many questions at a time; each answer makes room for one. */
static void questions_in_flight_are_bounded(void **state)
{
	struct rng rng = {.state = 1};
	struct names ns = {0};
	uint32_t done = 0;
	struct asked a;
	(void)state;

	many_names(&ns, 1000);
	vec_each(&ns.by_id, n)
		assert_ptr_equal(names_find(&ns, (*n)->host), *n);
	assert_null(names_find(&ns, "gw1000.example.net"));
	assert_int_equal(asked_at(&ns, 1000, &a), NAMES_IN_FLIGHT);
	/* Nothing is to be done about the others before an answer comes, or 30 s are over. */
	assert_int_equal(names_deadline(&ns), 1000 + NAME_ASK_MAX);
	while (a.n) {
		struct asked now = a;

		for (uint32_t i = 0; i < now.n; i++) {
			struct net_answer ok = {.kind = NET_LOOKUP, .id = now.ids[i], .ttl = 600};
			struct name *n;

			ok.addrs[ok.count++] = addr_of(ok.id % 2 ? "2001:db8::1" : "203.0.113.1");
			assert_true(names_answer(&ns, &ok, 2000, &rng, &n));
			done++;
		}
		asked_at(&ns, 2000, &a);
		assert_true(a.n <= NAMES_IN_FLIGHT);
	}
	assert_int_equal(done, 2000);
	assert_int_equal(ns.out.len, 0);
	names_free(&ns);
}

/* While no child takes questions, the circle is not turned a thousand times a second. */
static void questions_that_are_not_taken(void **state)
{
	struct asked a = {.refuse_after = 1};
	struct names ns = {0};
	(void)state;

	many_names(&ns, 3);
	names_ask(&ns, 5000, ask, &a);
	assert_int_equal(a.n, 1);
	assert_int_equal(ns.out.len, 1);
	assert_int_equal(names_deadline(&ns), 5000 + NAME_RETRY_MIN);
	assert_int_equal(asked_at(&ns, 5500, &a), 5); /* a turn for another reason may try */
	assert_int_equal(ns.held_until, 0);
	names_forget_asked(&ns, 6000);
	a = (struct asked){.refuse_after = 1};
	names_ask(&ns, 6000, ask, &a);
	names_forget_asked(&ns, 6100); /* there is a new child: at once */
	assert_int_equal(names_deadline(&ns), 6000);
	names_free(&ns);
}

static void asked_again_on_request(void **state)
{
	struct fixture f = begin(&any);
	struct asked a;
	(void)state;

	answered(&f, AF_INET, 600, TEXTS("203.0.113.1"));
	answered(&f, AF_INET6, 600, TEXTS("2001:db8::1"));
	f.now += 1000;
	assert_int_equal(asked_at(&f.names, f.now, &a), 0);
	name_refresh(&f.names, f.gw, f.now);
	assert_int_equal(asked_at(&f.names, f.now, &a), 2);
	names_refresh(&f.names, f.now); /* while they are out: no second question */
	assert_int_equal(asked_at(&f.names, f.now, &a), 0);
	answered(&f, AF_INET, 600, TEXTS("203.0.113.1"));
	answered(&f, AF_INET6, 600, TEXTS("2001:db8::1"));
	names_refresh(&f.names, f.now);
	assert_int_equal(asked_at(&f.names, f.now, &a), 2);
	names_free(&f.names);
}

static void settled_when_each_family_was_answered(void **state)
{
	struct fixture f = begin(&any), four = begin(&only4);
	(void)state;

	assert_false(name_settled(f.gw));
	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	assert_false(name_settled(f.gw));
	failed(&f, AF_INET6, NET_TIMEOUT); /* not well, but answered */
	assert_true(name_settled(f.gw));
	answered(&four, AF_INET, 60, TEXTS("203.0.113.1"));
	assert_true(name_settled(four.gw));
	names_free(&f.names);
	names_free(&four.names);
}

static void has_and_known(void **state)
{
	struct addr a = addr_of("203.0.113.1"), b = addr_of("203.0.113.2");
	struct endpoint e = {.port = 7};
	struct fixture f = begin(&any);
	(void)state;

	assert_false(name_known(f.gw));
	answered(&f, AF_INET, 60, TEXTS("203.0.113.1"));
	assert_true(name_known(f.gw));
	assert_true(name_has(f.gw, &a));
	assert_false(name_has(f.gw, &b));
	e.addr = a;
	assert_true(name_leads_to(f.gw, 7, &e));
	assert_false(name_leads_to(f.gw, 8, &e));
	e.addr = b;
	assert_false(name_leads_to(f.gw, 7, &e));
	assert_int_equal(name_endpoints(f.gw, 7, &e, 1), 1);
	assert_int_equal(addr_cmp(&e.addr, &a), 0);
	assert_int_equal(e.port, 7);
	assert_true(f.gw->v4.answered == f.now && f.gw->v4.ttl == 60);
	names_free(&f.names);
}

TEST_MAIN(a_name_is_asked_for_both_families, ttls_are_clamped, a_change_is_told_once,
	  each_address_once, a_failure_keeps_the_addresses, failures_back_off, the_canary,
	  a_dead_server_is_not_stormed, one_question_of_two_is_too_early,
	  a_server_dies_after_an_answer, a_broken_name_backs_off, a_broken_family_backs_off,
	  what_the_canary_wakes, the_canary_is_swept, the_only_name_fails, a_name_of_another_kind,
	  srv_names, what_no_peer_can_have_is_refused, one_family_is_absent, one_family_goes_away,
	  no_data_before_the_other_answers, the_order_to_try, a_family_that_is_not_wanted_any_more,
	  wanted_in_two_ways, what_nobody_wants_is_forgotten, a_name_that_stays_keeps_what_is_known,
	  answers_that_are_nobodys, an_answer_that_comes_twice, an_answer_that_never_comes,
	  the_child_was_replaced, questions_in_flight_are_bounded, questions_that_are_not_taken,
	  asked_again_on_request, settled_when_each_family_was_answered, has_and_known)
