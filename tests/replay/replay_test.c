// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays: the engine in a world of lists and virtual time, driven by tests/replay/NAME.scn. Hours
 * pass in milliseconds. One scenario is one test; its language:
 *
 *	config … end		the configuration's text, up to a line "end"
 *	link NAME INDEX up|down|gone [owner=UID]	owner=: a program is behind it, of that user
 *	addr INDEX ADDRESS/LEN [gone]
 *	look INDEX stuck|not-allowed|nobody|no-right|fine	how looks at its peers end
 *	busy links|routes|nothing	looks at them find that they change meanwhile
 *	peer LABEL INDEX PREFIX,…|nothing	with the keys endpoint=, name=, host=, keepalive=
 *	forget LABEL		somebody removes the peer
 *	lives LABEL ENDPOINT|nowhere	where it answers
 *	traffic LABEL on|off
 *	counters LABEL RX TX	what has come and gone so far
 *	roams LABEL ENDPOINT	it moves by itself and is heard from there
 *	dns HOST A|AAAA ADDRESS,… ttl N  |  dns HOST A|AAAA fail STATUS  |  dns dead|alive
 *	route PREFIX INDEX proto N [metric N]	another program adds one
 *		and table=N, via=ADDRESS
 *	unroute PREFIX [silently]	another program deletes the first such one
 *	rule 4|6 PRIORITY TABLE [not] [mark=N]	another program adds one
 *	unrule 4|6 PRIORITY [silently]	another program deletes it
 *	mark INDEX N|refused	wg set fwmark; refused: nobody can from now on
 *	refuse PREFIX|peers|nothing	the kernel gives no route for it, or lets no peer be set
 *	undo N			somebody takes back the next N routes and rules of ours right away
 *	strict INDEX		rp_filter is 1 there
 *	give PREFIX LABEL|nobody INDEX	another program moves an allowed-IP of its interface
 *	crash			nothing that is planned is done any more, until
 *	restart			the daemon starts again, with what it has stored
 *	store broken|mended	nothing can be stored
 *	clock SECONDS		the wall clock is set forward or back
 *	run SECONDS		time passes
 *	flaps SECONDS PREFIX	it does, and each second another program takes away the route and
 *		our table
 *	sleep SECONDS		the host is suspended: time passes and nobody is woken
 *	expect TEXT		a line of the log since the last run has it
 *	expect-then TEXT	and a later one than the last expect found has this
 *	expect-not TEXT		none has
 *	expect-at-most N WORD	it is in the log no more than N times
 *	expect-route PREFIX yes|no	there is one of ours
 *	expect-rule 4|6 PRIORITY TABLE yes|no	there is one of ours
 *	expect-mark INDEX N
 *	expect-problem CODE yes|no
 *	expect-said TEXT, expect-not-said TEXT	in the message of a problem
 *	expect-hint TEXT	in the hint of a problem
 *	expect-logged N TEXT	the log has N warnings or errors with it since the last run
 *	expect-status PREFIX STATUS [TEXT|nothing]	in `routes`; TEXT is in its reason
 *	expect-state LABEL STATE, expect-endpoint LABEL ENDPOINT, expect-keepalive LABEL N
 *	expect-aips LABEL PREFIX,…|nothing	what it has, in any order
 *	expect-kept TEXT, expect-not-kept TEXT	in what was stored
 *	expect-peer LABEL KEY VALUE	a text, a number or a truth of its answer
 *	expect-converged yes|no
 *	nft on|missing|forbidden	is there nftables in this kernel, and may we?
 *	nft busy N|refuses ERRNO	N looks find others at work; every transaction is refused
 *	nft busy-after N	N looks after the next transaction do
 *	flush			another program's nft flush ruleset
 *	count N SET PREFIX	N packets of 100 bytes counted by an element of a set of ours
 *	clean			waysided --clean
 *	beside NAME|nobody	another daemon acts, and ours stands by
 *	packet IIF ADDRESS OIF ADDRESS accept|drop|reject	what becomes of it, to TCP port 22
 *	expect-table yes|no
 *	asks INDEX ADDRESS LABEL want|ready|moved|back	one of our peers asks about another
 *		and nonce=N, wait=SECONDS
 *	answers LABEL not-yet		the hub answers our last question about LABEL
 *	answers LABEL STATE ENDPOINT	the same where both agreed
 *		and go=MS, near=ENDPOINT, nonce=N, serial=N, from=ENDPOINT
 *	expect-path LABEL direct|hub [STATE]
 *	expect-count METRIC N	the first line of the metrics that has it
 *	expect-transactions N	so many since they were last counted
 *
 * A route that comes while an interface is to be filtered and the table is not there fails every
 * scenario, and so does a table that goes before the routes do.
 */
#include "support/play.h"
#include "support/stage.h"
#include "support/wireguard.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

/* --- what happens ------------------------------------------------------------------------- */

static void do_link(struct play *p)
{
	struct link l = {.ifindex = (uint32_t)play_number(p, 2),
			 .mtu = 1420,
			 .wireguard = !strncmp(play_word(p, 1), "wg", 2),
			 .up = !strcmp(play_word(p, 3), "up")};
	bool gone = !strcmp(play_word(p, 3), "gone");
	uint32_t kept = 0;

	mem_copy_str(l.name, sizeof(l.name), play_word(p, 1));
	if (play_option(p, "owner")) {
		l.backend = BACKEND_USERSPACE;
		l.owner = (uint32_t)atoi(play_option(p, "owner"));
	}
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

/* The kernel drops the network's route, and those that have it as their source. */
static void addr_gone(struct world *w, const struct local_addr *a, const struct prefix *net)
{
	uint32_t kept = 0;

	vec_each(&w->addrs, have)
		if (have->ifindex != a->ifindex || addr_cmp(&have->addr, &a->addr))
			w->addrs.at[kept++] = *have;
	w->addrs.len = kept;
	kept = 0;
	vec_each(&w->routes, r)
		if (addr_cmp(route_source(r), &a->addr) &&
		    (r->protocol != RTPROT_KERNEL || prefix_cmp(&r->dst, net)))
			w->routes.at[kept++] = *r;
	w->routes.len = kept;
}

static void do_addr(struct play *p)
{
	struct local_addr a = {.ifindex = (uint32_t)play_number(p, 1)};
	char *slash = strchr(play_word(p, 2), '/');
	struct prefix net = play_prefix(p, play_word(p, 2));

	a.len = net.len;
	if (slash)
		*slash = '\0';
	if (addr_parse(&a.addr, play_word(p, 2)))
		play_fail(p, "not an address");
	if (p->n > 3) {
		addr_gone(p->w, &a, &net);
	} else {
		*vec_add(&p->w->addrs) = a;
		*vec_add(&p->w->routes) = (struct route){.dst = net,
							 .table = RT_TABLE_MAIN,
							 .oif = a.ifindex,
							 .protocol = RTPROT_KERNEL,
							 .type = RTN_UNICAST};
	}
	engine_addr_event(p->w->engine, &a);
}

static void import_peer(struct play *p, const struct world_peer *wp, const char *ifname)
{
	const char *host = play_option(p, "host"), *name = play_option(p, "name");
	struct import_peer *im = vec_add(&p->imports.peers);
	struct import_iface *made = vec_add(&p->imports.ifaces);

	made->source = IMPORT_WG_QUICK;
	mem_copy_str(made->ifname, sizeof(made->ifname), ifname);

	mem_copy_str(im->ifname, sizeof(im->ifname), ifname);
	im->key = wp->wg.key;
	if (name)
		im->name = texts_keep(&p->imports.texts, name);
	if (host) {
		char text[HOST_LEN], *colon;

		im->has_endpoint = true;
		im->endpoint.kind = ENDPOINT_HOST;
		mem_copy_str(text, sizeof(text), host);
		colon = strrchr(text, ':');
		if (!colon)
			play_fail(p, "host= needs a port");
		im->endpoint.port = (uint16_t)atoi(colon + 1);
		*colon = '\0';
		im->endpoint.host = texts_keep(&p->imports.texts, text);
	}
}

static void do_peer(struct play *p)
{
	struct world_peer *wp = world_peer(p->w, play_word(p, 1));
	char *list = p->words[3], *save = NULL;

	wp->ifindex = (uint32_t)play_number(p, 2);
	play_word(p, 3);
	wp->aips.len = 0;
	for (char *t = strtok_r(list, ",", &save); t && strcmp(list, "nothing") != 0;
	     t = strtok_r(NULL, ",", &save))
		*vec_add(&wp->aips) = play_prefix(p, t);
	if (play_option(p, "endpoint"))
		wp->wg.endpoint = play_endpoint(p, play_option(p, "endpoint"));
	if (play_option(p, "keepalive"))
		wp->wg.keepalive = (uint16_t)atoi(play_option(p, "keepalive"));
	vec_each(&p->w->links, l)
		if (l->ifindex == wp->ifindex && (play_option(p, "host") || play_option(p, "name")))
			import_peer(p, wp, l->name);
}

static void do_forget(struct play *p)
{
	struct world_peer *gone = world_peer(p->w, play_word(p, 1));

	vec_free(&gone->aips);
	*gone = p->w->peers.at[--p->w->peers.len];
}

static void do_lives(struct play *p)
{
	struct world_peer *wp = world_peer(p->w, play_word(p, 1));

	wp->lives_at = (struct endpoint){0};
	if (strcmp(play_word(p, 2), "nowhere"))
		wp->lives_at = play_endpoint(p, play_word(p, 2));
}

static void do_traffic(struct play *p)
{
	world_peer(p->w, play_word(p, 1))->traffic = !strcmp(play_word(p, 2), "on");
}

/* What the kernel has counted so far, whatever happened before. */
static void do_counters(struct play *p)
{
	struct world_peer *wp = world_peer(p->w, play_word(p, 1));

	wp->wg.rx = strtoull(play_word(p, 2), NULL, 10);
	wp->wg.tx = strtoull(play_word(p, 3), NULL, 10);
}

static void do_roams(struct play *p)
{
	struct world_peer *wp = world_peer(p->w, play_word(p, 1));

	wp->lives_at = wp->wg.endpoint = play_endpoint(p, play_word(p, 2));
	wp->wg.rx += 128;
}

static void do_dns(struct play *p)
{
	struct world_name *n;
	char *save = NULL;

	if (!strcmp(play_word(p, 1), "dead") || !strcmp(play_word(p, 1), "alive")) {
		p->w->dns_dead = !strcmp(play_word(p, 1), "dead");
		return;
	}
	n = world_name(p->w, play_word(p, 1), strcmp(play_word(p, 2), "A") ? AF_INET6 : AF_INET);
	n->addrs.len = 0;
	if (!strcmp(play_word(p, 3), "fail")) {
		n->status = (uint32_t)play_number(p, 4);
		return;
	}
	n->status = NET_OK;
	n->ttl = (uint32_t)play_number(p, 5);
	for (char *t = strtok_r(p->words[3], ",", &save); t; t = strtok_r(NULL, ",", &save))
		if (addr_parse(vec_add(&n->addrs), t))
			play_fail(p, "not an address: %s", t);
}

static void do_route(struct play *p)
{
	struct route r = {.dst = play_prefix(p, play_word(p, 1)),
			  .table = RT_TABLE_MAIN,
			  .oif = (uint32_t)play_number(p, 2),
			  .type = RTN_UNICAST,
			  .protocol = (uint8_t)play_number(p, 4)};
	struct addr gateway = {0};

	if (play_option(p, "table"))
		r.table = (uint32_t)atoi(play_option(p, "table"));
	else if (p->n > 6)
		r.metric = (uint32_t)play_number(p, 6);
	if (play_option(p, "via") && addr_parse(&gateway, play_option(p, "via")))
		play_fail(p, "not an address: %s", play_option(p, "via"));
	route_set_gateway(&r, &gateway);
	world_route_add(p->w, &r);
}

static void do_unroute(struct play *p)
{
	struct prefix dst = play_prefix(p, play_word(p, 1));

	if (p->n > 2)
		world_route_lose(p->w, &dst);
	else
		world_route_del(p->w, &dst);
}

static void do_rule(struct play *p)
{
	struct rule r = {.family = play_family(p),
			 .action = FR_ACT_TO_TBL,
			 .protocol = RTPROT_BOOT,
			 .priority = (uint32_t)play_number(p, 2),
			 .table = (uint32_t)play_number(p, 3),
			 .suppress_prefixlen = -1};

	if (play_option(p, "mark")) {
		r.fwmark = (uint32_t)atoi(play_option(p, "mark"));
		r.fwmask = UINT32_MAX;
	}
	for (unsigned int i = 4; i < p->n; i++)
		r.invert = r.invert || !strcmp(p->words[i], "not");
	world_rule_add(p->w, &r);
}

static void do_unrule(struct play *p)
{
	world_rule_del(p->w, play_family(p), (uint32_t)play_number(p, 2), p->n > 3);
}

static void do_mark(struct play *p)
{
	if (!strcmp(play_word(p, 2), "refused"))
		p->w->marks_refused = true;
	else
		p->w->marks[play_number(p, 1) % 16] = (uint32_t)play_number(p, 2);
}

static void do_look(struct play *p)
{
	static const struct {
		const char *word;
		int error;
	} ends[] = {{"stuck", -ETIMEDOUT},
		    {"not-allowed", -EACCES},
		    {"nobody", -ECONNREFUSED},
		    {"no-right", -EPERM},
		    {"fine", 0}};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		if (strcmp(ends[i].word, play_word(p, 2)) != 0)
			continue;
		p->w->unreadable[play_number(p, 1) % 16] = ends[i].error;
		return;
	}
	play_fail(p, "not an end of a look");
}

static void do_busy(struct play *p)
{
	p->w->links_busy = !strcmp(play_word(p, 1), "links");
	p->w->routes_busy = !strcmp(play_word(p, 1), "routes");
}

static void do_strict(struct play *p)
{
	p->w->strict_uplink = (uint32_t)play_number(p, 1);
}

static void do_refuse(struct play *p)
{
	const char *what = play_word(p, 1);

	p->w->refused = (struct prefix){0};
	p->w->peers_refused = !strcmp(what, "peers");
	if (!p->w->peers_refused && strcmp(what, "nothing"))
		p->w->refused = play_prefix(p, what);
}

static void do_give(struct play *p)
{
	struct prefix prefix = play_prefix(p, play_word(p, 1));
	bool nobody = !strcmp(play_word(p, 2), "nobody");

	world_give(p->w, (uint32_t)play_number(p, 3), &prefix,
		   nobody ? NULL : world_peer(p->w, play_word(p, 2)));
}

static void do_undo(struct play *p)
{
	p->w->undo = (uint32_t)play_number(p, 1);
}

static void do_crash(struct play *p)
{
	p->w->crashed = true;
}

static void do_restart(struct play *p)
{
	world_restart(p->w);
	p->configured = false;
}

static void do_store(struct play *p)
{
	p->w->unkept = !strcmp(play_word(p, 1), "broken");
}

static void do_clock(struct play *p)
{
	p->w->wall_offset += play_number(p, 1) * 1000;
}

static void do_beside(struct play *p)
{
	const char *who = play_rest(p);

	engine_stand_by(p->w->engine, strcmp(who, "nobody") != 0 ? who : NULL);
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

/* A turn for each poll and each thing that happened, never one after the other without a cause. */
#define TURNS_AT_ONCE	  100
#define TURNS_OF_A_SECOND 50

static void run_for(struct play *p, double seconds)
{
	uint64_t before = p->w->turns, turns;

	world_run(p->w, (msec)(seconds * 1000));
	turns = p->w->turns - before;
	if (!p->w->crashed && (double)turns > TURNS_AT_ONCE + seconds * TURNS_OF_A_SECOND)
		play_fail(p, "%llu turns in %g s: it never rests", (unsigned long long)turns,
			  seconds);
}

static void run_begin(struct play *p)
{
	if (!p->configured || p->imports.peers.len)
		configure(p);
	p->w->log.len = 0;
	if (p->w->log.text)
		*p->w->log.text = '\0';
	p->w->said.len = 0;
	if (p->w->said.text)
		*p->w->said.text = '\0';
}

static void do_flaps(struct play *p)
{
	struct prefix dst = play_prefix(p, play_word(p, 2));

	run_begin(p);
	for (long left = play_number(p, 1); left > 0; left--) {
		world_route_del(p->w, &dst);
		world_firewall_flush(&p->w->firewall);
		engine_dirty(p->w->engine, SUBJECT_FIREWALL);
		run_for(p, 1);
	}
}

static void do_run(struct play *p)
{
	run_begin(p);
	run_for(p, strtod(play_word(p, 1), NULL));
	if (strstr(str_text(&p->w->log), "OPEN: "))
		play_fail(p, "open by accident");
}

static void do_sleep(struct play *p)
{
	p->w->now += play_number(p, 1) * 1000;
	p->w->next_second = p->w->now;
}

/* --- reading ------------------------------------------------------------------------------ */

static const struct {
	const char *word;
	void (*act)(struct play *p);
} acts[] = {
	{"link", do_link},	   {"addr", do_addr},	    {"peer", do_peer},
	{"forget", do_forget},	   {"lives", do_lives},	    {"traffic", do_traffic},
	{"roams", do_roams},	   {"dns", do_dns},	    {"route", do_route},
	{"unroute", do_unroute},   {"rule", do_rule},	    {"unrule", do_unrule},
	{"counters", do_counters}, {"mark", do_mark},	    {"strict", do_strict},
	{"refuse", do_refuse},	   {"clock", do_clock},	    {"run", do_run},
	{"sleep", do_sleep},	   {"look", do_look},	    {"give", do_give},
	{"crash", do_crash},	   {"restart", do_restart}, {"store", do_store},
	{"busy", do_busy},	   {"beside", do_beside},   {"flaps", do_flaps},
	{"undo", do_undo},
};

static void play_words(struct play *p)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		if (!strcmp(acts[i].word, p->words[0])) {
			acts[i].act(p);
			return;
		}
	}
	if (!play_firewall(p) && !play_exchange(p) && !play_expect(p))
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
		if (*t == '#' || p->n == PLAY_WORDS_MAX)
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
	if (getenv("WAYSIDE_STAGE") && stage_serve(p.w, getenv("WAYSIDE_STAGE")))
		play_fail(&p, "no stage at %s", getenv("WAYSIDE_STAGE"));
	world_free(p.w);
	str_free(&p.config);
	imports_free(&p.imports);
}

static int is_scenario(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && !strcmp(dot, ".scn");
}

/* Appends one test for each scenario whose name has what is asked for; how many there are. */
static size_t tests_find(struct CMUnitTest *tests, size_t max, const char *asked)
{
	struct dirent **found = NULL;
	int n = scandir("tests/replay", &found, is_scenario, alphasort);
	size_t count = 0;

	for (int i = 0; i < n; i++) {
		struct str path = {0};

		if (count < max && strstr(found[i]->d_name, asked)) {
			str_add(&path, "tests/replay/%s", found[i]->d_name);
			tests[count].name = mem_strdup(found[i]->d_name);
			tests[count].test_func = play;
			tests[count++].initial_state = path.text;
		}
		free(found[i]);
	}
	free(found);
	return count;
}

/* One scenario, wherever it is: replay_test FILE.scn, on a stage when there is $WAYSIDE_STAGE. */
static int play_one(char *path)
{
	const struct CMUnitTest test = {.name = path, .test_func = play, .initial_state = path};

	return _cmocka_run_group_tests("replay", &test, 1, NULL, NULL);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[256] = {0};
	size_t count = tests_find(tests, ARRAY_LEN(tests), argc > 1 ? argv[1] : "");
	int failed;

	if (argc > 1 && strchr(argv[1], '/'))
		return play_one(argv[1]);
	if (!count) {
		fputs("no scenario found: run from the project's root\n", stderr);
		return 1;
	}
	failed = _cmocka_run_group_tests("replay", tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		free((void *)(uintptr_t)tests[i].name);
		free(tests[i].initial_state);
	}
	return failed;
}
