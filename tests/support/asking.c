// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine's side of a net child in a test.
 */
#include "support/asking.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/dns_world.h"

struct asking asking;

static void on_answer(void *ctx, const struct net_answer *a)
{
	(void)ctx;
	*vec_add(&asking.answers) = *a;
}

static void on_restarted(void *ctx)
{
	(void)ctx;
	asking.restarts++;
}

static void on_tick(uv_timer_t *timer)
{
	(void)timer;
}

void run_until(const uint32_t *counter, uint32_t n, uint64_t ms)
{
	uint64_t end = uv_hrtime() / 1000000 + ms;
	uv_timer_t tick;

	uv_timer_init(&asking.loop, &tick);
	uv_timer_start(&tick, on_tick, 10, 10);
	while (*counter < n && uv_hrtime() / 1000000 < end)
		uv_run(&asking.loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(&asking.loop, UV_RUN_NOWAIT);
}

void wait_until(const uint32_t *counter, uint32_t n, uint64_t ms)
{
	run_until(counter, n, ms);
	if (*counter < n)
		fail_msg("only %u of %u within %u ms", *counter, n, (unsigned int)ms);
}

int asking_begin(void **state)
{
	const struct child_events events = {NULL, on_answer, on_restarted};
	int err;
	(void)state;

	memset(&asking, 0, sizeof(asking));
	assert_int_equal(uv_loop_init(&asking.loop), 0);
	asking.child = child_start(&asking.loop, &events, &err);
	assert_non_null(asking.child);
	wait_until(&asking.restarts, 1, 5000);
	return 0;
}

int asking_end(void **state)
{
	(void)state;
	child_stop(asking.child);
	uv_run(&asking.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&asking.loop), 0);
	vec_free(&asking.answers);
	unlink("/etc/resolv.conf");
	dns_world_write("/etc/resolv.conf", NAME_SERVER);
	return 0;
}

struct net_request lookup_request(uint32_t id, const char *name, uint8_t family)
{
	struct net_request q = {.kind = NET_LOOKUP, .id = id, .family = family};

	mem_copy_str(q.name, sizeof(q.name), name);
	return q;
}

struct net_answer ask_within(const struct net_request *q, uint64_t ms)
{
	asking.answers.len = 0;
	assert_int_equal(child_ask(asking.child, q), 0);
	wait_until(&asking.answers.len, 1, ms);
	assert_int_equal(asking.answers.at[0].id, q->id);
	assert_int_equal(asking.answers.at[0].kind, q->kind);
	return asking.answers.at[0];
}

struct net_answer lookup(const char *name, uint8_t family)
{
	struct net_request q = lookup_request(4711, name, family);

	return ask_within(&q, 5000);
}

void expect_answer(struct net_answer a, const char *want)
{
	char got[512], address[ADDR_STRLEN];
	int n;

	n = snprintf(got, sizeof(got), "%s", net_status_text(a.status));
	if (a.status == NET_OK)
		n += snprintf(got + n, sizeof(got) - (size_t)n, " %u", a.ttl);
	for (uint32_t i = 0; i < a.count; i++)
		n += snprintf(got + n, sizeof(got) - (size_t)n, " %s",
			      addr_format(&a.addrs[i], address));
	assert_string_equal(got, want);
}
