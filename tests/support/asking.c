// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine's side of a net child in a test.
 */
#include "support/asking.h"

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

static void on_heard(void *ctx, const struct net_datagram *d)
{
	(void)ctx;
	*vec_add(&asking.heard) = *d;
}

bool run_until(const uint32_t *counter, uint32_t n, uint64_t ms)
{
	uint64_t end = uv_hrtime() / 1000000 + ms;
	uv_timer_t tick;

	uv_timer_init(&asking.loop, &tick);
	uv_timer_start(&tick, on_tick, 10, 10);
	while (*counter < n && uv_hrtime() / 1000000 < end)
		uv_run(&asking.loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(&asking.loop, UV_RUN_NOWAIT);
	return *counter >= n;
}

int asking_begin(void **state)
{
	const struct child_events events = {NULL, on_answer, on_restarted, on_heard};
	int err;
	(void)state;

	memset(&asking, 0, sizeof(asking));
	uv_loop_init(&asking.loop);
	asking.child = child_start(&asking.loop, &events, &err);
	return asking.child && run_until(&asking.restarts, 1, 30000) ? 0 : -1;
}

int asking_end(void **state)
{
	(void)state;
	child_stop(asking.child);
	uv_run(&asking.loop, UV_RUN_DEFAULT);
	vec_free(&asking.answers);
	vec_free(&asking.heard);
	unlink("/etc/resolv.conf");
	dns_world_write("/etc/resolv.conf", NAME_SERVER);
	return uv_loop_close(&asking.loop);
}

struct net_request lookup_request(uint32_t id, const char *name, uint8_t family)
{
	struct net_request q = {.kind = NET_LOOKUP, .id = id, .family = family};

	mem_copy_str(q.name, sizeof(q.name), name);
	return q;
}

struct net_answer ask_within(const struct net_request *q, uint64_t ms)
{
	static const struct net_answer none;

	asking.answers.len = 0;
	if (child_ask(asking.child, q) || !run_until(&asking.answers.len, 1, 3 * ms) ||
	    asking.answers.at[0].id != q->id || asking.answers.at[0].kind != q->kind)
		return none;
	return asking.answers.at[0];
}

struct net_answer lookup(const char *name, uint8_t family)
{
	struct net_request q = lookup_request(4711, name, family);

	return ask_within(&q, 5000);
}

static const char *status_text(uint32_t status)
{
	switch (status) {
	case NET_OK:
		return "found";
	case NET_NOT_FOUND:
		return "no such name";
	case NET_NO_DATA:
		return "no address of this family";
	case NET_SERVFAIL:
		return "the name servers failed, refused or cannot be reached";
	case NET_TIMEOUT:
		return "no name server answered in time";
	default:
		return "the lookup failed";
	}
}

const char *answer_text(struct net_answer a)
{
	static char text[NET_MAX_ADDRS * ADDR_STRLEN];
	char address[ADDR_STRLEN];
	size_t n;

	if (!a.kind)
		return "no answer to the question in time";
	n = (size_t)snprintf(text, sizeof(text), "%s", status_text(a.status));
	if (a.status == NET_OK)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %u", a.ttl);
	for (uint32_t i = 0; i < a.count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %s",
				      addr_format(&a.addrs[i], address));
	return text;
}
