// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Thousands of names against a name server on this host: how long until all are known, for how
 * long the loop is held, what it costs while the server is dead.
 *
 * `names [PEERS]` (10000) is engine, net child and libuv as in waysided, with a dnsmasq in
 * namespaces of its own and lists instead of the kernel's WireGuard. Each peer has a name with an A
 * record. Prints a line a case; a held loop is in milliseconds of processor time of this thread,
 * because on a busy machine the other clock tells of the machine.
 */
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codec/conf.h"
#include "edge/child.h"
#include "edge/clock.h"
#include "engine/engine.h"
#include "net/child.h"
#include "support/dns_world.h"

#define SERVER	  "127.0.0.2" /* the world's own is on .1 */
#define HOSTS	  "/etc/many"
#define GATHER_MS 2 /* as in edge/daemon.c */

struct bench {
	uv_loop_t loop;
	uv_timer_t turn, stop;
	uv_prepare_t before;
	uv_check_t after;
	struct engine *engine;
	struct child *child;
	struct child_events events;
	uint32_t peers;
	uint32_t answers, turns;
	double awake; /* when the loop woke up, in ms of processor time */
	double held;  /* the longest that it did not come back */
};

static double cpu_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* --- the kernel, as a list ---------------------------------------------------------------- */

static int links(void *ctx, struct links *out)
{
	(void)ctx;
	*vec_add(out) = (struct link){.ifindex = 2, .name = "eth0", .up = true, .mtu = 1500};
	*vec_add(out) = (struct link){
		.ifindex = 3, .name = "wg0", .up = true, .mtu = 1420, .wireguard = true};
	return 0;
}

static int addrs(void *ctx, struct local_addrs *out)
{
	struct local_addr *a = vec_add(out);

	(void)ctx;
	*a = (struct local_addr){.ifindex = 2, .len = 24};
	return addr_parse(&a->addr, "192.0.2.2");
}

static int no_routes(void *ctx, const uint32_t *ifindexes, size_t n, struct routes *out)
{
	(void)ctx, (void)ifindexes, (void)n, (void)out;
	return 0;
}

static int no_rules(void *ctx, struct rules *out)
{
	(void)ctx, (void)out;
	return 0;
}

static struct addr address_of(uint32_t peer)
{
	struct addr a;
	char text[32];

	snprintf(text, sizeof(text), "198.18.%u.%u", peer >> 8 & 255, peer & 255);
	addr_parse(&a, text);
	return a;
}

static struct key key_of(uint32_t peer)
{
	struct key k = {0};

	k.bytes[0] = (uint8_t)(peer >> 16);
	k.bytes[1] = (uint8_t)(peer >> 8);
	k.bytes[2] = (uint8_t)peer;
	return k;
}

/* Every peer is where its name says, and quiet. */
static int device(void *ctx, struct device_merge *m)
{
	struct bench *b = ctx;

	for (uint32_t i = 0; i < b->peers; i++) {
		struct wg_peer p = {.key = key_of(i), .keepalive = 25};

		p.endpoint = (struct endpoint){.addr = address_of(i), .port = 51820};
		device_merge_peer(m, &p);
	}
	return 0;
}

static int no_firewall(void *ctx, struct fw_actual *out)
{
	(void)ctx;
	out->error = -EPROTONOSUPPORT;
	return 0;
}

static int source(void *ctx, const struct addr *to, uint32_t fwmark, struct addr *from,
		  uint32_t *oif)
{
	(void)ctx, (void)to, (void)fwmark;
	*oif = 2;
	return addr_parse(from, "192.0.2.2");
}

static int no_rp_filter(void *ctx, uint32_t ifindex)
{
	(void)ctx, (void)ifindex;
	return 0;
}

static int apply(void *ctx, struct op *ops, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		ops[i].error = 0;
	return 0;
}

static int ask(void *ctx, const struct net_request *q)
{
	struct bench *b = ctx;

	return child_ask(b->child, q);
}

static void no_event(void *ctx, const struct event *e)
{
	(void)ctx, (void)e;
}

/* --- the configuration, as a text --------------------------------------------------------- */

static int config_text(void *ctx, const char *path, char **text, size_t *len)
{
	struct bench *b = ctx;
	struct str s = {0};
	char key[KEY_STRLEN];

	(void)path;
	str_add(&s, "defaults = { import = [ ]; routes = { enabled = false; };\n"
		    "  keepalive = \"keep\"; endpoints = { family = \"ipv4\"; }; };\n"
		    "interfaces = ( { name = \"wg0\"; peers = (\n");
	for (uint32_t i = 0; i < b->peers; i++) {
		struct key k = key_of(i);

		str_add(&s, "%s{ public_key = \"%s\"; endpoint = \"n%u.many:51820\"; }",
			i ? ",\n" : "", key_format(&k, key), i);
	}
	str_add(&s, "); } );\n");
	*text = mem_strdup(str_text(&s));
	*len = s.len;
	str_free(&s);
	return 0;
}

static void configure(struct bench *b)
{
	struct conf_env env = {.ctx = b, .read = config_text};
	struct conf_problems problems = {0};
	struct imports imports = {0};
	struct config *c = NULL;

	if (conf_load("names.conf", &env, &c, &problems)) {
		fprintf(stderr, "names: the configuration is refused\n");
		exit(1);
	}
	conf_problems_free(&problems);
	c->log_level = LOG_LEVEL_ERROR;
	engine_configure(b->engine, c, "names.conf", &imports, moment_now());
}

/* --- the loop ----------------------------------------------------------------------------- */

static void on_turn(uv_timer_t *timer)
{
	struct bench *b = timer->data;
	msec next = engine_turn(b->engine, moment_now());

	b->turns++;
	uv_timer_start(timer, on_turn, (uint64_t)msec_max(next - moment_now().now, 1), 0);
}

static void wake(struct bench *b)
{
	if (!uv_is_active((uv_handle_t *)&b->turn) || uv_timer_get_due_in(&b->turn) > GATHER_MS)
		uv_timer_start(&b->turn, on_turn, GATHER_MS, 0);
}

static void on_answer(void *ctx, const struct net_answer *a)
{
	struct bench *b = ctx;

	b->answers++;
	engine_answer(b->engine, a, moment_now());
	wake(b);
}

static void on_restarted(void *ctx)
{
	struct bench *b = ctx;

	engine_child_restarted(b->engine, moment_now());
	wake(b);
}

static void held_until_now(struct bench *b)
{
	double held = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - b->awake;

	b->held = held > b->held ? held : b->held;
}

static void on_before(uv_prepare_t *prepare)
{
	held_until_now(prepare->data);
}

static void on_after(uv_check_t *check)
{
	struct bench *b = check->data;

	b->awake = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
}

static void on_stop(uv_timer_t *timer)
{
	(void)timer;
}

/* Runs until there are so many answers, or for so long. */
static void run(struct bench *b, uint32_t answers, uint64_t ms)
{
	uint64_t end = uv_hrtime() + ms * 1000000;

	b->answers = b->turns = 0;
	b->held = 0;
	b->awake = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
	uv_timer_start(&b->stop, on_stop, 10, 10);
	while ((b->answers < answers || !engine_settled(b->engine)) && uv_hrtime() < end)
		uv_run(&b->loop, UV_RUN_ONCE);
	uv_timer_stop(&b->stop);
}

static void begin(struct bench *b)
{
	struct edge edge = {.ctx = b,
			    .links = links,
			    .addrs = addrs,
			    .routes = no_routes,
			    .rules = no_rules,
			    .device = device,
			    .firewall = no_firewall,
			    .source = source,
			    .rp_filter = no_rp_filter,
			    .apply = apply,
			    .ask = ask,
			    .event = no_event};
	int err;

	uv_loop_init(&b->loop);
	uv_timer_init(&b->loop, &b->turn);
	uv_timer_init(&b->loop, &b->stop);
	uv_prepare_init(&b->loop, &b->before);
	uv_check_init(&b->loop, &b->after);
	b->turn.data = b->before.data = b->after.data = b;
	uv_prepare_start(&b->before, on_before);
	uv_check_start(&b->after, on_after);
	b->engine = engine_new(&edge, 1);
	configure(b);
	b->events = (struct child_events){b, on_answer, on_restarted};
	b->child = child_start(&b->loop, &b->events, &err);
	if (!b->child) {
		fprintf(stderr, "names: no net child: %s\n", strerror(-err));
		exit(1);
	}
}

/* --- what it costs ------------------------------------------------------------------------ */

static long rss_kib(int pid)
{
	char path[64], line[128];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmRSS:", 6))
			kib = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

/* Processor time of the child so far, ms. */
static double child_ms(int pid)
{
	char path[64];
	long user = 0, kernel = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
		   &kernel) != 2)
		user = kernel = 0;
	fclose(f);
	return (double)(user + kernel) * 1000 / (double)sysconf(_SC_CLK_TCK);
}

static void row(struct bench *b, const char *what, uint32_t answers, uint64_t ms)
{
	double cpu = cpu_ms(CLOCK_PROCESS_CPUTIME_ID), net = child_ms(child_pid(b->child));
	uint64_t began = uv_hrtime();
	double seconds;

	run(b, answers, ms);
	seconds = (double)(uv_hrtime() - began) / 1e9;
	cpu = cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	net = child_ms(child_pid(b->child)) - net;
	printf("%-40s %6.2f s %6u answers %5u turns, held %5.1f ms, CPU %5.2f %% + %5.2f %%, RSS "
	       "%.1f + %.1f MB\n",
	       what, seconds, b->answers, b->turns, b->held, cpu / seconds / 10, net / seconds / 10,
	       (double)rss_kib(getpid()) / 1024, (double)rss_kib(child_pid(b->child)) / 1024);
	fflush(stdout);
}

/* --- the name server ---------------------------------------------------------------------- */

static pid_t server_start(uint32_t names)
{
	char addresses[ADDR_STRLEN];
	FILE *f = fopen(HOSTS, "w");
	pid_t pid;

	for (uint32_t i = 0; f && i < names; i++) {
		struct addr a = address_of(i);

		fprintf(f, "%s n%u.many\n", addr_format(&a, addresses), i);
	}
	if (!f || fclose(f))
		abort();
	pid = fork();
	if (!pid) {
		execl("/usr/sbin/dnsmasq", "dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "-x",
		      "", "-h", "-R", "--addn-hosts=" HOSTS, "--listen-address=" SERVER,
		      "--bind-interfaces", "--local=/many/", "--local-ttl=300", NULL);
		_exit(127);
	}
	usleep(500000);
	return pid;
}

static void request(struct bench *b, const char *line)
{
	struct str out = {0};

	engine_request(b->engine, moment_now(), line, true, &out);
	str_free(&out);
	wake(b);
}

int main(int argc, char **argv)
{
	static struct bench b = {.peers = 10000};
	const char *why;
	pid_t server;

	if (argc == 3 && !strcmp(argv[1], "--net-child"))
		return net_child_main(atoi(argv[2]));
	if (argc > 1)
		b.peers = (uint32_t)strtoul(argv[1], NULL, 10);
	why = dns_world_make();
	if (why) {
		printf("SKIP: %s\n", why);
		return 77;
	}
	dns_world_write("/etc/resolv.conf", "nameserver " SERVER "\n");
	server = server_start(b.peers);
	begin(&b);
	row(&b, "all known, from nothing", b.peers, 60000);
	row(&b, "quiet", UINT32_MAX, 10000);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	request(&b, "resolve all");
	row(&b, "server dead, 30 s", UINT32_MAX, 30000);
	server = server_start(b.peers);
	row(&b, "server back, until all were asked", b.peers, 60000);
	kill(server, SIGSTOP);
	request(&b, "resolve all");
	row(&b, "server mute, 30 s", UINT32_MAX, 30000);
	kill(server, SIGCONT);
	row(&b, "server speaks, until all were asked", b.peers, 60000);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	child_stop(b.child);
	unlink(HOSTS);
	dns_world_end();
	return 0;
}
