// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Thousands of names against a name server on this host: how long until all are known, for how
 * long the loop is held, what it costs while the server is dead.
 *
 * `names [PEERS]` (10000) is engine, net child and libuv as in waysided, with a dnsmasq in
 * namespaces of its own and lists instead of the kernel (support/many.h). Each peer has a name with
 * an A record. Prints figures, one a line (support/figure.h); a held loop is in milliseconds of
 * processor time of this thread, because on a busy machine the other clock tells of the machine.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edge/child.h"
#include "edge/clock.h"
#include "net/child.h"
#include "support/dns_world.h"
#include "support/figure.h"
#include "support/many.h"

#define SERVER	  "127.0.0.2" /* the world's own is on .1 */
#define HOSTS	  "/etc/many"
#define GATHER_MS 2 /* as in edge/daemon.c */

struct bench {
	uv_loop_t loop;
	uv_timer_t turn, stop;
	uv_prepare_t before;
	uv_check_t after;
	struct many *many;
	struct engine *engine; /* of many */
	struct child *child;
	struct child_events events;
	uint32_t peers;
	uint32_t answers, turns, wanted;
	uint64_t end; /* of this run, by uv_hrtime() */
	double awake; /* when the loop woke up, in ms of processor time */
	double held;  /* the longest that it did not come back */
};

static double cpu_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Later than anything that support/many.h has seen, also just after boot. */
static struct moment bench_now(void)
{
	struct moment at = moment_now();

	at.now += 1000000;
	return at;
}

static int ask(void *ctx, const struct net_request *q)
{
	struct bench *b = ctx;

	return child_ask(b->child, q);
}

/* Every peer has a name, and is where that says. */
static void names_import(struct bench *b)
{
	struct imports im = {0};

	for (uint32_t i = 0; i < b->peers; i++) {
		struct import_peer *p = vec_add(&im.peers);
		char host[32];

		mem_copy_str(p->ifname, sizeof(p->ifname), "wg0");
		p->key = b->many->peers.at[i].key;
		p->has_endpoint = true;
		p->endpoint.kind = ENDPOINT_HOST;
		p->endpoint.port = 51820;
		snprintf(host, sizeof(host), "n%u.many", i);
		p->endpoint.host = texts_keep(&im.texts, host);
	}
	engine_import(b->engine, &im, bench_now());
}

/* --- the loop ----------------------------------------------------------------------------- */

static void on_turn(uv_timer_t *timer)
{
	struct bench *b = timer->data;
	msec next = engine_turn(b->engine, bench_now());

	b->turns++;
	uv_timer_start(timer, on_turn, (uint64_t)msec_max(next - bench_now().now, 1), 0);
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
	engine_answer(b->engine, a, bench_now());
	wake(b);
}

static void on_restarted(void *ctx)
{
	struct bench *b = ctx;

	engine_child_restarted(b->engine, bench_now());
	wake(b);
}

static void held_until_now(struct bench *b)
{
	double held = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - b->awake;

	b->held = held > b->held ? held : b->held;
}

/* Each time before it waits: as often as waysided's loop comes round, and not twice in one. */
static void on_before(uv_prepare_t *prepare)
{
	struct bench *b = prepare->data;

	held_until_now(b);
	if (uv_hrtime() >= b->end || (b->answers >= b->wanted && engine_settled(b->engine)))
		uv_stop(&b->loop);
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
	b->end = uv_hrtime() + ms * 1000000;
	b->wanted = answers;
	b->answers = b->turns = 0;
	b->held = 0;
	b->awake = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
	uv_timer_start(&b->stop, on_stop, 10, 10);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	uv_timer_stop(&b->stop);
}

static void begin(struct bench *b)
{
	int err;

	uv_loop_init(&b->loop);
	uv_timer_init(&b->loop, &b->turn);
	uv_timer_init(&b->loop, &b->stop);
	uv_prepare_init(&b->loop, &b->before);
	uv_check_init(&b->loop, &b->after);
	b->turn.data = b->before.data = b->after.data = b;
	uv_prepare_start(&b->before, on_before);
	uv_check_start(&b->after, on_after);
	b->many = many_new(b->peers, false);
	b->many->ask = ask;
	b->many->ask_ctx = b;
	b->engine = b->many->engine;
	names_import(b);
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

static void say(const struct bench *b, const char *what, const char *of, double value,
		const char *unit)
{
	char line[64];

	snprintf(line, sizeof(line), "names, %s%s", what, of);
	figure(line, b->peers, value, unit);
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
	say(b, what, "", seconds, "s");
	say(b, what, ", a loop is held", b->held, "ms CPU");
	say(b, what, ", engine", cpu / seconds / 10, "% of core");
	say(b, what, ", net", net / seconds / 10, "% of core");
}

/* --- the name server ---------------------------------------------------------------------- */

static pid_t server_start(const struct bench *b)
{
	char address[ADDR_STRLEN];
	FILE *f = fopen(HOSTS, "w");
	pid_t pid;

	for (uint32_t i = 0; f && i < b->peers; i++) {
		fprintf(f, "%s n%u.many\n",
			addr_format(&b->many->peers.at[i].endpoint.addr, address), i);
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

	engine_request(b->engine, bench_now(), line, true, NULL, &out);
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
	begin(&b);
	server = server_start(&b);
	row(&b, "all known, from nothing", b.peers, 60000);
	row(&b, "quiet", UINT32_MAX, 10000);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	request(&b, "resolve all");
	row(&b, "server dead, 30 s", UINT32_MAX, 30000);
	server = server_start(&b);
	row(&b, "server back, all asked", b.peers, 60000);
	kill(server, SIGSTOP);
	request(&b, "resolve all");
	row(&b, "server mute, 30 s", UINT32_MAX, 30000);
	row(&b, "server mute, next 30 s", UINT32_MAX, 30000);
	kill(server, SIGCONT);
	row(&b, "server speaks, all asked", b.peers, 60000);
	figure("names: engine", b.peers, (double)rss_kib(getpid()), "KiB RSS");
	figure("names: net", b.peers, (double)rss_kib(child_pid(b.child)), "KiB RSS");
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	child_stop(b.child);
	many_free(b.many);
	unlink(HOSTS);
	dns_world_end();
	return 0;
}
