// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The part of WireGuard that shows in the counters.
 */
#include "support/wireguard.h"

/* drivers/net/wireguard/messages.h, in ms */
#define REKEY_AFTER	   120000
#define REJECT_AFTER	   180000
#define REKEY_ATTEMPT	   90000
#define REKEY_TIMEOUT	   5000
#define ANSWER_EXPECTED_IN 15000

#define KEEPALIVE_TIMEOUT 10000

#define DATA_BYTES  128
#define PROBE_BYTES 80

static bool reachable(const struct world_peer *p)
{
	return p->lives_at.addr.family && !endpoint_cmp(&p->lives_at, &p->wg.endpoint);
}

static void heard(struct world_peer *p, msec now, uint64_t bytes)
{
	p->wg.rx += bytes;
	p->heard = now;
	p->data_since = 0;
	p->trying_since = 0;
}

static void initiate(struct world_peer *p, msec now, int64_t wall_offset)
{
	if (p->initiated && now - p->initiated < REKEY_TIMEOUT)
		return;
	if (!p->wg.endpoint.addr.family)
		return;
	if (p->trying_since && now - p->trying_since > REKEY_ATTEMPT)
		return;
	if (!p->trying_since)
		p->trying_since = now;
	p->initiated = now;
	p->wg.tx += LIFE_INITIATION_BYTES;
	if (!reachable(p))
		return;
	heard(p, now, 92);
	p->wg.tx += LIFE_KEEPALIVE_BYTES;
	p->session = now;
	p->wg.handshake_ns = (now + wall_offset) * 1000000;
}

/* Something new to send begins a new attempt where the last was given up. */
static void attempt(struct world_peer *p, msec now, int64_t wall_offset)
{
	if (p->trying_since && now - p->trying_since > REKEY_ATTEMPT)
		p->trying_since = 0;
	initiate(p, now, wall_offset);
}

static bool session_valid(const struct world_peer *p, msec now)
{
	return p->session && now - p->session < REJECT_AFTER;
}

void wireguard_probe(struct world_peer *p, msec now, int64_t wall_offset)
{
	if (!session_valid(p, now))
		attempt(p, now, wall_offset);
	if (!session_valid(p, now))
		return;
	p->wg.tx += PROBE_BYTES;
	if (reachable(p))
		p->answer_due = now + KEEPALIVE_TIMEOUT;
	else if (!p->data_since)
		p->data_since = now;
}

static void send_data(struct world_peer *p, msec now, int64_t wall_offset)
{
	if (!session_valid(p, now)) {
		attempt(p, now, wall_offset);
		return;
	}
	p->wg.tx += DATA_BYTES;
	if (reachable(p))
		heard(p, now, DATA_BYTES);
	else if (!p->data_since)
		p->data_since = now;
}

static void send_keepalive(struct world_peer *p, msec now, int64_t wall_offset)
{
	p->kept = now;
	if (session_valid(p, now))
		p->wg.tx += LIFE_KEEPALIVE_BYTES;
	else
		attempt(p, now, wall_offset);
}

void wireguard_second(struct world_peer *p, msec now, int64_t wall_offset)
{
	bool sends = p->traffic;

	if (p->answer_due && p->answer_due <= now) {
		p->answer_due = 0;
		heard(p, now, LIFE_KEEPALIVE_BYTES);
	}

	if (p->traffic)
		send_data(p, now, wall_offset);
	if (p->wg.keepalive && now - p->kept >= p->wg.keepalive * 1000 && !p->traffic) {
		sends = true;
		send_keepalive(p, now, wall_offset);
	}
	if (sends && session_valid(p, now) && now - p->session >= REKEY_AFTER)
		initiate(p, now, wall_offset);
	if (p->data_since && now - p->data_since >= ANSWER_EXPECTED_IN)
		initiate(p, now, wall_offset);
	if (p->trying_since) /* the kernel's own retries */
		initiate(p, now, wall_offset);
}

void wireguard_set_keepalive(struct world_peer *p, uint16_t seconds, msec now, int64_t wall_offset)
{
	bool begins = !p->wg.keepalive && seconds;

	p->wg.keepalive = seconds;
	if (begins)
		send_keepalive(p, now, wall_offset);
}

void wireguard_kick(struct world_peer *p, msec now, int64_t wall_offset)
{
	send_keepalive(p, now, wall_offset);
}
