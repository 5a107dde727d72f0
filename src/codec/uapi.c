// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers of userspace WireGuard, line by line. What is known has to be as the protocol says, or
 * the whole answer is not believed; keys that are not known are stepped over.
 */
#include "codec/uapi.h"

#include <errno.h>
#include <string.h>

#define NSEC 1000000000LL

/* A decimal number and nothing else. */
static int number_parse(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || n > (max - digit) / 10)
			return -EINVAL;
		n = n * 10 + digit;
	}
	*out = n;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int key_from_hex(struct key *out, const char *text)
{
	if (strlen(text) != (size_t)2 * KEY_LEN)
		return -EINVAL;
	for (int i = 0; i < KEY_LEN; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		out->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* "[fe80::1%3]:51820": the zone is a number, or a name that we cannot look up here. */
static int endpoint_from_text(struct endpoint *out, const char *text)
{
	char plain[UAPI_LINE_MAX];
	uint64_t scope = 0;
	char *zone, *end;

	mem_copy_str(plain, sizeof(plain), text);
	zone = strchr(plain, '%');
	end = zone ? strchr(zone, ']') : NULL;
	if (zone && !end)
		return -EINVAL;
	if (zone) {
		*end = '\0';
		number_parse(zone + 1, UINT32_MAX, &scope);
		*end = ']';
		memmove(zone, end, strlen(end) + 1);
	}
	if (endpoint_parse(out, plain))
		return -EINVAL;
	out->scope_id = (uint32_t)scope;
	return 0;
}

/* --- the lines of an answer --------------------------------------------------------------- */

static struct wg_peer *last_peer(struct uapi *u)
{
	return &u->peers.at[u->peers.len - 1];
}

static int take_listen_port(struct uapi *u, const char *value)
{
	uint64_t n;

	if (number_parse(value, UINT16_MAX, &n))
		return -EINVAL;
	u->listen_port = (uint16_t)n;
	return 0;
}

static int take_fwmark(struct uapi *u, const char *value)
{
	uint64_t n;

	if (number_parse(value, UINT32_MAX, &n))
		return -EINVAL;
	u->fwmark = (uint32_t)n;
	return 0;
}

static int take_own_public_key(struct uapi *u, const char *value)
{
	(void)value;
	u->boringtun = true;
	return 0;
}

static int take_public_key(struct uapi *u, const char *value)
{
	struct wg_peer *p = vec_add(&u->peers);

	p->first_aip = u->aips.len;
	return key_from_hex(&p->key, value);
}

static int take_endpoint(struct uapi *u, const char *value)
{
	return endpoint_from_text(&last_peer(u)->endpoint, value);
}

static int take_keepalive(struct uapi *u, const char *value)
{
	uint64_t n;

	if (number_parse(value, UINT16_MAX, &n))
		return -EINVAL;
	last_peer(u)->keepalive = (uint16_t)n;
	return 0;
}

/* Seconds and their rest may come in either order. What no clock can show is never. */
static int take_handshake_sec(struct uapi *u, const char *value)
{
	int64_t *ns = &last_peer(u)->handshake_ns;
	uint64_t n;

	if (number_parse(value, INT64_MAX, &n))
		return -EINVAL;
	if (n < INT64_MAX / NSEC)
		*ns = (int64_t)n * NSEC + *ns % NSEC;
	return 0;
}

static int take_handshake_nsec(struct uapi *u, const char *value)
{
	int64_t *ns = &last_peer(u)->handshake_ns;
	uint64_t n;

	if (number_parse(value, NSEC - 1, &n))
		return -EINVAL;
	*ns += (int64_t)n - *ns % NSEC;
	return 0;
}

static int take_tx(struct uapi *u, const char *value)
{
	return number_parse(value, UINT64_MAX, &last_peer(u)->tx);
}

static int take_rx(struct uapi *u, const char *value)
{
	return number_parse(value, UINT64_MAX, &last_peer(u)->rx);
}

static int take_allowed_ip(struct uapi *u, const char *value)
{
	struct prefix *p = vec_add(&u->aips);

	last_peer(u)->aips++;
	return prefix_parse(p, value, NULL);
}

/* "errno=0"; wireguard-go has them negative, the protocol positive. */
static int take_errno(struct uapi *u, const char *value)
{
	uint64_t n;

	if (number_parse(value + (*value == '-'), 4095, &n))
		return -EINVAL;
	u->answered = true;
	u->error = -(int)n;
	return 0;
}

static const struct line_kind {
	const char *key;
	int (*take)(struct uapi *u, const char *value);
	bool of_peer; /* comes after a public_key */
} kinds[] = {
	{"allowed_ip", take_allowed_ip, true},
	{"public_key", take_public_key, false},
	{"endpoint", take_endpoint, true},
	{"tx_bytes", take_tx, true},
	{"rx_bytes", take_rx, true},
	{"last_handshake_time_sec", take_handshake_sec, true},
	{"last_handshake_time_nsec", take_handshake_nsec, true},
	{"persistent_keepalive_interval", take_keepalive, true},
	{"listen_port", take_listen_port, false},
	{"fwmark", take_fwmark, false},
	{"own_public_key", take_own_public_key, false},
	{"errno", take_errno, false},
};

static int take_key(struct uapi *u, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].key, key) != 0)
			continue;
		if (kinds[i].of_peer && !u->peers.len)
			return -EINVAL;
		return kinds[i].take(u, value);
	}
	return 0; /* private_key, preshared_key, protocol_version, and what is to come */
}

static int take_line(struct uapi *u)
{
	char *equals;

	if (memchr(u->line, '\0', u->len))
		return -EINVAL;
	u->line[u->len] = '\0';
	if (!u->len) {
		u->ended = true;
		return u->answered ? 0 : -EINVAL;
	}
	equals = strchr(u->line, '=');
	if (!equals || u->answered)
		return -EINVAL;
	*equals = '\0';
	return take_key(u, u->line, equals + 1);
}

/* --- the whole of an answer --------------------------------------------------------------- */

void uapi_begin(struct uapi *u)
{
	u->peers.len = u->aips.len = 0;
	u->listen_port = 0;
	u->fwmark = 0;
	u->len = 0;
	u->boringtun = u->answered = u->ended = false;
	u->error = 0;
}

static bool refuse(struct uapi *u)
{
	u->error = -EBADMSG;
	u->ended = true;
	return true;
}

bool uapi_read(struct uapi *u, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && !u->ended; i++) {
		if (bytes[i] != '\n') {
			if (u->len == UAPI_LINE_MAX - 1)
				return refuse(u);
			u->line[u->len++] = bytes[i];
			continue;
		}
		if (take_line(u))
			return refuse(u);
		u->len = 0;
	}
	return u->ended;
}

static int peer_cmp(const void *va, const void *vb)
{
	const struct wg_peer *a = va, *b = vb;
	int c = key_cmp(&a->key, &b->key);

	return c ? c : (a->first_aip > b->first_aip) - (a->first_aip < b->first_aip);
}

/* An age becomes the time that wireguard-go would say. */
static void age_to_time(struct wg_peer *p, int64_t wall)
{
	int64_t now = wall * (NSEC / 1000);

	p->handshake_ns = p->handshake_ns && p->handshake_ns < now ? now - p->handshake_ns : 0;
}

static void deliver(struct uapi *u, struct device_merge *m)
{
	m->listen_port = u->listen_port;
	m->fwmark = u->fwmark;
	m->boringtun = u->boringtun;
	vec_sort(&u->peers, peer_cmp);
	vec_each(&u->peers, p) {
		if (u->boringtun)
			age_to_time(p, m->at.wall);
		device_merge_peer(m, p);
		for (uint32_t i = 0; i < p->aips; i++)
			device_merge_aip(m, &u->aips.at[p->first_aip + i]);
	}
}

int uapi_end(struct uapi *u, struct device_merge *m)
{
	explicit_bzero(u->line, sizeof(u->line));
	if (!u->ended)
		return -EBADMSG;
	if (!u->error && m)
		deliver(u, m);
	return u->error;
}

void uapi_free(struct uapi *u)
{
	vec_free(&u->peers);
	vec_free(&u->aips);
}
