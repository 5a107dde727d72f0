// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays: the engine in a world of lists and virtual time, driven by tests/replay/NAME.scn. Hours
 * pass in milliseconds. One scenario is one test; its language:
 *
 *	config … end		the configuration's text, up to a line "end"
 *	link NAME INDEX up|down|gone, addr INDEX ADDRESS/LEN
 *	peer LABEL INDEX PREFIX,…	with the keys endpoint=, name=, host=, keepalive=
 *	forget LABEL		somebody removes the peer
 *	lives LABEL ENDPOINT|nowhere	where it answers
 *	traffic LABEL on|off
 *	roams LABEL ENDPOINT	it moves by itself and is heard from there
 *	dns HOST A|AAAA ADDRESS,… ttl N  |  dns HOST A|AAAA fail STATUS  |  dns dead|alive
 *	route PREFIX INDEX proto N [metric N]	another program adds one
 *		and table=N
 *	unroute PREFIX [silently]	another program deletes the first such one
 *	rule 4|6 PRIORITY TABLE [not] [mark=N]	another program adds one
 *	unrule 4|6 PRIORITY	another program deletes it
 *	mark INDEX N|refused	wg set fwmark; refused: nobody can from now on
 *	refuse PREFIX|nothing	the kernel takes no route for it
 *	strict INDEX		rp_filter is 1 there
 *	clock SECONDS		the wall clock is set forward or back
 *	run SECONDS		time passes
 *	sleep SECONDS		the host is suspended: time passes and nobody is woken
 *	expect TEXT		a line of the log since the last run has it
 *	expect-not TEXT		none has
 *	expect-route PREFIX yes|no	there is one of ours
 *	expect-rule 4|6 PRIORITY TABLE yes|no	there is one of ours
 *	expect-mark INDEX N
 *	expect-problem CODE yes|no
 *	expect-said TEXT, expect-not-said TEXT	in the message of a problem
 *	expect-status PREFIX STATUS [TEXT]	in `routes`; TEXT is in its reason
 *	expect-state LABEL STATE, expect-endpoint LABEL ENDPOINT, expect-keepalive LABEL N
 *	expect-converged yes|no
 */
#include "support/test.h"
#include "support/wireguard.h"

#include <dirent.h>
#include <jansson.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#define WORDS_MAX 12

struct play {
	struct world *w;
	const char *file;
	unsigned int line;
	char *words[WORDS_MAX];
	unsigned int n;
	struct str config; /* while it is collected */
	bool collecting;
	struct imports imports;
	bool configured;
};

#define play_fail(p, ...)                                                             \
	do {                                                                          \
		print_error("%s:%u: ", (p)->file, (p)->line);                         \
		print_error(__VA_ARGS__);                                             \
		print_error("\nlog since the last run:\n%s", str_text(&(p)->w->log)); \
		fail();                                                               \
	} while (0)

static const char *word(struct play *p, unsigned int i)
{
	if (i >= p->n)
		play_fail(p, "a word is missing");
	return p->words[i];
}

static long number(struct play *p, unsigned int i)
{
	char *end;
	long n = strtol(word(p, i), &end, 10);

	if (*end)
		play_fail(p, "not a number: %s", word(p, i));
	return n;
}

static const char *option(struct play *p, const char *key)
{
	size_t len = strlen(key);

	for (unsigned int i = 0; i < p->n; i++)
		if (!strncmp(p->words[i], key, len) && p->words[i][len] == '=')
			return p->words[i] + len + 1;
	return NULL;
}

static struct prefix prefix(struct play *p, const char *text)
{
	struct prefix out;

	if (prefix_parse(&out, text, NULL))
		play_fail(p, "not a prefix: %s", text);
	return out;
}

static struct endpoint endpoint(struct play *p, const char *text)
{
	struct endpoint out;

	if (endpoint_parse(&out, text))
		play_fail(p, "not an endpoint: %s", text);
	return out;
}

/* --- what happens ------------------------------------------------------------------------- */

static void do_link(struct play *p)
{
	struct link l = {.ifindex = (uint32_t)number(p, 2),
			 .mtu = 1420,
			 .wireguard = !strncmp(word(p, 1), "wg", 2),
			 .up = !strcmp(word(p, 3), "up")};
	bool gone = !strcmp(word(p, 3), "gone");
	uint32_t kept = 0;

	mem_copy_str(l.name, sizeof(l.name), word(p, 1));
	for (uint32_t i = 0; i < p->w->links.len; i++)
		if (p->w->links.at[i].ifindex != l.ifindex)
			p->w->links.at[kept++] = p->w->links.at[i];
	p->w->links.len = kept;
	if (!gone)
		*vec_add(&p->w->links) = l;
	if (!l.up) { /* the kernel drops its routes, without a word for IPv4 */
		kept = 0;
		vec_each(&p->w->routes, r)
			if (r->oif != l.ifindex)
				p->w->routes.at[kept++] = *r;
		p->w->routes.len = kept;
	}
	engine_link_event(p->w->engine, &l, gone);
}

static void do_addr(struct play *p)
{
	struct local_addr *a = vec_add(&p->w->addrs);
	char *slash = strchr(word(p, 2), '/');
	struct prefix net = prefix(p, word(p, 2));

	a->ifindex = (uint32_t)number(p, 1);
	a->len = net.len;
	if (slash)
		*slash = '\0';
	if (addr_parse(&a->addr, word(p, 2)))
		play_fail(p, "not an address");
	*vec_add(&p->w->routes) = (struct route){.dst = net,
						 .table = RT_TABLE_MAIN,
						 .oif = a->ifindex,
						 .protocol = RTPROT_KERNEL,
						 .type = RTN_UNICAST};
	engine_addr_event(p->w->engine, a);
}

static void import_peer(struct play *p, const struct world_peer *wp, const char *ifname)
{
	const char *host = option(p, "host"), *name = option(p, "name");
	struct import_peer *im = vec_add(&p->imports.peers);
	struct import_iface *made = vec_add(&p->imports.ifaces);

	made->source = IMPORT_WG_QUICK;
	mem_copy_str(made->ifname, sizeof(made->ifname), ifname);

	mem_copy_str(im->ifname, sizeof(im->ifname), ifname);
	im->key = wp->wg.key;
	if (name)
		mem_copy_str(im->name, sizeof(im->name), name);
	if (host) {
		char *colon;

		im->has_endpoint = true;
		im->endpoint.kind = ENDPOINT_HOST;
		mem_copy_str(im->endpoint.host, sizeof(im->endpoint.host), host);
		colon = strrchr(im->endpoint.host, ':');
		if (!colon)
			play_fail(p, "host= needs a port");
		im->endpoint.port = (uint16_t)atoi(colon + 1);
		*colon = '\0';
	}
}

static void do_peer(struct play *p)
{
	struct world_peer *wp = world_peer(p->w, word(p, 1));
	char *list = p->words[3], *save = NULL;

	wp->ifindex = (uint32_t)number(p, 2);
	word(p, 3);
	wp->aips.len = 0;
	for (char *t = strtok_r(list, ",", &save); t; t = strtok_r(NULL, ",", &save))
		*vec_add(&wp->aips) = prefix(p, t);
	if (option(p, "endpoint"))
		wp->wg.endpoint = endpoint(p, option(p, "endpoint"));
	if (option(p, "keepalive"))
		wp->wg.keepalive = (uint16_t)atoi(option(p, "keepalive"));
	vec_each(&p->w->links, l)
		if (l->ifindex == wp->ifindex && (option(p, "host") || option(p, "name")))
			import_peer(p, wp, l->name);
}

static void do_forget(struct play *p)
{
	struct world_peer *gone = world_peer(p->w, word(p, 1));

	vec_free(&gone->aips);
	*gone = p->w->peers.at[--p->w->peers.len];
}

static void do_lives(struct play *p)
{
	struct world_peer *wp = world_peer(p->w, word(p, 1));

	wp->lives_at = (struct endpoint){0};
	if (strcmp(word(p, 2), "nowhere"))
		wp->lives_at = endpoint(p, word(p, 2));
}

static void do_traffic(struct play *p)
{
	world_peer(p->w, word(p, 1))->traffic = !strcmp(word(p, 2), "on");
}

static void do_roams(struct play *p)
{
	struct world_peer *wp = world_peer(p->w, word(p, 1));

	wp->lives_at = wp->wg.endpoint = endpoint(p, word(p, 2));
	wp->wg.rx += 128;
}

static void do_dns(struct play *p)
{
	struct world_name *n;
	char *save = NULL;

	if (!strcmp(word(p, 1), "dead") || !strcmp(word(p, 1), "alive")) {
		p->w->dns_dead = !strcmp(word(p, 1), "dead");
		return;
	}
	n = world_name(p->w, word(p, 1), strcmp(word(p, 2), "A") ? AF_INET6 : AF_INET);
	n->addrs.len = 0;
	if (!strcmp(word(p, 3), "fail")) {
		n->status = (uint32_t)number(p, 4);
		return;
	}
	n->status = NET_OK;
	n->ttl = (uint32_t)number(p, 5);
	for (char *t = strtok_r(p->words[3], ",", &save); t; t = strtok_r(NULL, ",", &save))
		if (addr_parse(vec_add(&n->addrs), t))
			play_fail(p, "not an address: %s", t);
}

static void do_route(struct play *p)
{
	struct route r = {.dst = prefix(p, word(p, 1)),
			  .table = RT_TABLE_MAIN,
			  .oif = (uint32_t)number(p, 2),
			  .type = RTN_UNICAST,
			  .protocol = (uint8_t)number(p, 4)};

	if (option(p, "table"))
		r.table = (uint32_t)atoi(option(p, "table"));
	else if (p->n > 6)
		r.metric = (uint32_t)number(p, 6);
	world_route_add(p->w, &r);
}

static void do_unroute(struct play *p)
{
	struct prefix dst = prefix(p, word(p, 1));

	if (p->n > 2)
		world_route_lose(p->w, &dst);
	else
		world_route_del(p->w, &dst);
}

static uint8_t family(struct play *p)
{
	return number(p, 1) == 6 ? AF_INET6 : AF_INET;
}

static void do_rule(struct play *p)
{
	struct rule r = {.family = family(p),
			 .action = FR_ACT_TO_TBL,
			 .protocol = RTPROT_BOOT,
			 .priority = (uint32_t)number(p, 2),
			 .table = (uint32_t)number(p, 3),
			 .suppress_prefixlen = -1};

	if (option(p, "mark")) {
		r.fwmark = (uint32_t)atoi(option(p, "mark"));
		r.fwmask = UINT32_MAX;
	}
	for (unsigned int i = 4; i < p->n; i++)
		r.invert = r.invert || !strcmp(p->words[i], "not");
	world_rule_add(p->w, &r);
}

static void do_unrule(struct play *p)
{
	world_rule_del(p->w, family(p), (uint32_t)number(p, 2));
}

static void do_mark(struct play *p)
{
	if (!strcmp(word(p, 2), "refused"))
		p->w->marks_refused = true;
	else
		p->w->marks[number(p, 1) % 16] = (uint32_t)number(p, 2);
}

static void do_strict(struct play *p)
{
	p->w->strict_uplink = (uint32_t)number(p, 1);
}

static void do_refuse(struct play *p)
{
	p->w->refused = (struct prefix){0};
	if (strcmp(word(p, 1), "nothing"))
		p->w->refused = prefix(p, word(p, 1));
}

static void do_clock(struct play *p)
{
	p->w->wall_offset += number(p, 1) * 1000;
}

static void configure(struct play *p)
{
	char why[256] = "";
	struct imports im = p->imports;

	p->imports = (struct imports){0};
	p->configured = true;
	if (world_configure(p->w, str_text(&p->config), &im, why, sizeof(why)))
		play_fail(p, "the configuration is refused: %s", why);
}

static void do_run(struct play *p)
{
	if (!p->configured || p->imports.peers.len)
		configure(p);
	p->w->log.len = 0;
	if (p->w->log.text)
		*p->w->log.text = '\0';
	world_run(p->w, (msec)(strtod(word(p, 1), NULL) * 1000));
}

static void do_sleep(struct play *p)
{
	p->w->now += number(p, 1) * 1000;
	p->w->next_second = p->w->now;
}

/* --- what is expected --------------------------------------------------------------------- */

/* The rest of the line as one text. */
static const char *rest(struct play *p)
{
	static char text[512];

	text[0] = '\0';
	for (unsigned int i = 1; i < p->n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 1 ? " " : "",
			 p->words[i]);
	return text;
}

static void do_expect(struct play *p)
{
	if (!strstr(str_text(&p->w->log), rest(p)))
		play_fail(p, "not seen: %s", rest(p));
}

static void do_expect_not(struct play *p)
{
	if (strstr(str_text(&p->w->log), rest(p)))
		play_fail(p, "seen: %s", rest(p));
}

static void do_expect_route(struct play *p)
{
	struct prefix dst = prefix(p, word(p, 1));
	bool want = !strcmp(word(p, 2), "yes"), have = false;

	vec_each(&p->w->routes, r)
		have = have || (r->protocol == ROUTE_PROTOCOL && !prefix_cmp(&r->dst, &dst));
	if (want != have)
		play_fail(p, "route %s: %s", word(p, 1), have ? "there" : "not there");
}

static void do_expect_rule(struct play *p)
{
	bool want = !strcmp(word(p, 4), "yes"), have = false;

	vec_each(&p->w->rules, r)
		have = have || (r->protocol == ROUTE_PROTOCOL && r->family == family(p) &&
				r->priority == number(p, 2) && r->table == number(p, 3));
	if (want != have)
		play_fail(p, "rule %s: %s", word(p, 2), have ? "there" : "not there");
}

static void do_expect_mark(struct play *p)
{
	if (p->w->marks[number(p, 1) % 16] != number(p, 2))
		play_fail(p, "fwmark is %u", p->w->marks[number(p, 1) % 16]);
}

/* The result of a question to the control socket; the caller drops the answer. */
static json_t *ask(struct play *p, const char *line, json_t **result)
{
	struct moment at = {p->w->now, p->w->now + p->w->wall_offset};
	struct str out = {0};
	json_t *answer;

	engine_request(p->w->engine, at, line, false, &out);
	answer = json_loads(str_text(&out), 0, NULL);
	str_free(&out);
	*result = json_object_get(answer, "result");
	return answer;
}

static void do_expect_problem(struct play *p)
{
	bool want = !strcmp(word(p, 2), "yes"), have = false;
	json_t *result, *answer = ask(p, "status", &result), *each;
	size_t i;

	json_array_foreach(json_object_get(result, "problems"), i, each)
	{
		const char *code = json_string_value(json_object_get(each, "code"));

		have = have || !strcmp(code, word(p, 1));
	}
	json_decref(answer);
	if (want != have)
		play_fail(p, "problem %s: %s", word(p, 1), have ? "there" : "not there");
}

static bool is_said(struct play *p, const char *text)
{
	json_t *result, *answer = ask(p, "status", &result), *each;
	bool said = false;
	size_t i;

	json_array_foreach(json_object_get(result, "problems"), i, each) said =
		said || strstr(json_string_value(json_object_get(each, "message")), text);
	json_decref(answer);
	return said;
}

static void do_expect_said(struct play *p)
{
	if (!is_said(p, rest(p)))
		play_fail(p, "no problem says: %s", rest(p));
}

static void do_expect_not_said(struct play *p)
{
	if (is_said(p, rest(p)))
		play_fail(p, "a problem says: %s", rest(p));
}

static void do_expect_status(struct play *p)
{
	json_t *result, *answer = ask(p, "routes", &result), *each;
	const char *status = NULL, *reason = NULL, *prefix_text;
	char text[512] = "";
	size_t i;

	for (unsigned int w = 3; w < p->n; w++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", w > 3 ? " " : "",
			 p->words[w]);
	json_array_foreach(result, i, each)
	{
		prefix_text = json_string_value(json_object_get(each, "prefix"));
		if (strcmp(prefix_text, word(p, 1)) || (status && !strcmp(status, word(p, 2))))
			continue;
		status = json_string_value(json_object_get(each, "status"));
		reason = json_string_value(json_object_get(each, "reason"));
	}
	if (!status || strcmp(status, word(p, 2)) || (*text && (!reason || !strstr(reason, text))))
		play_fail(p, "%s is %s: %s", word(p, 1), status ? status : "unknown",
			  reason ? reason : "");
	json_decref(answer);
}

static void expect_text(struct play *p, const char *have)
{
	if (strcmp(have, word(p, 2)))
		play_fail(p, "%s of %s is %s, not %s", word(p, 0) + 7, word(p, 1), have,
			  word(p, 2));
}

/* The answer of the control socket for one peer. */
static json_t *ask_peer(struct play *p, const char *label)
{
	struct moment at = {p->w->now, p->w->now + p->w->wall_offset};
	char key[KEY_STRLEN], line[80];
	struct str out = {0};
	json_t *answer;

	key_format(&world_peer(p->w, label)->wg.key, key);
	snprintf(line, sizeof(line), "peer %s", key);
	engine_request(p->w->engine, at, line, false, &out);
	answer = json_loads(str_text(&out), 0, NULL);
	str_free(&out);
	if (!json_is_true(json_object_get(answer, "ok")))
		play_fail(p, "the engine does not know %s", label);
	return answer;
}

static void do_expect_state(struct play *p)
{
	json_t *a = ask_peer(p, word(p, 1)), *r = json_object_get(a, "result");

	expect_text(p, json_string_value(json_object_get(r, "state")));
	json_decref(a);
}

static void do_expect_endpoint(struct play *p)
{
	char buf[ENDPOINT_STRLEN];

	expect_text(p, endpoint_format(&world_peer(p->w, word(p, 1))->wg.endpoint, buf));
}

static void do_expect_keepalive(struct play *p)
{
	char buf[12];

	snprintf(buf, sizeof(buf), "%u", world_peer(p->w, word(p, 1))->wg.keepalive);
	expect_text(p, buf);
}

static void do_expect_converged(struct play *p)
{
	if (engine_converged(p->w->engine) != !strcmp(word(p, 1), "yes"))
		play_fail(p, "converged: %s", engine_converged(p->w->engine) ? "yes" : "no");
}

/* --- reading ------------------------------------------------------------------------------ */

static const struct {
	const char *word;
	void (*act)(struct play *p);
} acts[] = {
	{"link", do_link},
	{"addr", do_addr},
	{"peer", do_peer},
	{"forget", do_forget},
	{"lives", do_lives},
	{"traffic", do_traffic},
	{"roams", do_roams},
	{"dns", do_dns},
	{"route", do_route},
	{"unroute", do_unroute},
	{"rule", do_rule},
	{"unrule", do_unrule},
	{"mark", do_mark},
	{"strict", do_strict},
	{"refuse", do_refuse},
	{"clock", do_clock},
	{"run", do_run},
	{"sleep", do_sleep},
	{"expect", do_expect},
	{"expect-not", do_expect_not},
	{"expect-route", do_expect_route},
	{"expect-rule", do_expect_rule},
	{"expect-mark", do_expect_mark},
	{"expect-problem", do_expect_problem},
	{"expect-said", do_expect_said},
	{"expect-not-said", do_expect_not_said},
	{"expect-status", do_expect_status},
	{"expect-state", do_expect_state},
	{"expect-endpoint", do_expect_endpoint},
	{"expect-keepalive", do_expect_keepalive},
	{"expect-converged", do_expect_converged},
};

static void play_words(struct play *p)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		if (!strcmp(acts[i].word, p->words[0])) {
			acts[i].act(p);
			return;
		}
	}
	play_fail(p, "unknown word: %s", p->words[0]);
}

static void play_line(struct play *p, char *line)
{
	char *save = NULL;

	if (p->collecting) {
		p->collecting = strcmp(line, "end\n") != 0;
		if (p->collecting)
			str_add(&p->config, "%s", line);
		return;
	}
	p->n = 0;
	for (char *t = strtok_r(line, " \t\n", &save); t; t = strtok_r(NULL, " \t\n", &save)) {
		if (*t == '#' || p->n == WORDS_MAX)
			break;
		p->words[p->n++] = t;
	}
	if (!p->n)
		return;
	if (!strcmp(p->words[0], "config")) {
		p->collecting = true;
		p->config.len = 0;
		p->configured = false;
		return;
	}
	play_words(p);
}

static void play(void **state)
{
	struct play p = {.file = *state};
	FILE *f = fopen(p.file, "r");
	char line[1024];

	assert_non_null(f);
	p.w = world_new();
	while (fgets(line, sizeof(line), f)) {
		p.line++;
		play_line(&p, line);
	}
	fclose(f);
	world_free(p.w);
	str_free(&p.config);
	imports_free(&p.imports);
}

static int is_scenario(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && !strcmp(dot, ".scn");
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[256] = {0};
	struct dirent **found;
	int n = scandir("tests/replay", &found, is_scenario, alphasort);
	size_t count = 0;

	for (int i = 0; i < n && count < ARRAY_LEN(tests); i++) {
		char *path;

		if (argc > 1 && !strstr(found[i]->d_name, argv[1]))
			continue;
		if (asprintf(&path, "tests/replay/%s", found[i]->d_name) < 0)
			return 1;
		tests[count].name = mem_strdup(found[i]->d_name);
		tests[count].test_func = play;
		tests[count++].initial_state = path;
	}
	if (!count) {
		fputs("no scenario found: run from the project's root\n", stderr);
		return 1;
	}
	return _cmocka_run_group_tests("replay", tests, count, NULL, NULL);
}
