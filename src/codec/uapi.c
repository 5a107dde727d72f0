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

/* --- requests ----------------------------------------------------------------------------- */

static void put_peer(struct str *out, const struct key *key)
{
	char hex[2 * KEY_LEN + 1];

	for (int i = 0; i < KEY_LEN; i++) {
		hex[2 * i] = "0123456789abcdef"[key->bytes[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[key->bytes[i] & 15];
	}
	hex[2 * KEY_LEN] = '\0';
	str_add(out, "public_key=%s\nupdate_only=true\n", hex);
}

static void put_keepalive(struct str *out, const struct key *key, uint16_t seconds)
{
	put_peer(out, key);
	str_add(out, "persistent_keepalive_interval=%u\n", seconds);
}

/* From 0 to something makes it send at once; the interval itself ends as it was. */
static void put_kick(struct str *out, const struct op *op)
{
	put_keepalive(out, &op->peer.key, 0);
	put_keepalive(out, &op->peer.key, op->peer.keepalive ? op->peer.keepalive : UINT16_MAX);
	if (!op->peer.keepalive)
		put_keepalive(out, &op->peer.key, 0);
}

static bool same_peer(const struct move *a, const struct move *b)
{
	return !key_cmp(&a->peer, &b->peer);
}

/* What is taken from a peer and given to nobody leaves it by a new list of what it keeps. */
static bool list_anew(const struct move *m, const struct move *end)
{
	for (const struct move *first = m; m < end && same_peer(m, first); m++)
		if (m->kind == MOVE_TAKE)
			return true;
	return false;
}

static void put_moves(struct str *out, const struct move *m, const struct move *end)
{
	char text[PREFIX_STRLEN];

	while (m < end) {
		const struct move *first = m;
		bool anew = list_anew(m, end);

		put_peer(out, &m->peer);
		if (anew)
			str_add(out, "replace_allowed_ips=true\n");
		for (; m < end && same_peer(m, first); m++)
			if (m->kind == MOVE_GIVE || (anew && m->kind == MOVE_KEEP))
				str_add(out, "allowed_ip=%s\n", prefix_format(&m->prefix, text));
	}
}

static void put_op(struct str *out, const struct op *op)
{
	char text[ENDPOINT_STRLEN];

	switch (op->kind) {
	case OP_ENDPOINT:
		put_peer(out, &op->peer.key);
		str_add(out, "endpoint=%s\n", endpoint_format(&op->peer.endpoint, text));
		break;
	case OP_KEEPALIVE:
		put_keepalive(out, &op->peer.key, op->peer.keepalive);
		break;
	case OP_KICK:
		put_kick(out, op);
		break;
	case OP_ALLOWED_IPS:
		put_moves(out, op->moves.at, op->moves.at + op->moves.len);
		break;
	case OP_REBIND:
		str_add(out, "listen_port=0\n"); /* it picks another */
		break;
	case OP_FWMARK:
		str_add(out, "fwmark=%u\n", op->fwmark);
		break;
	case OP_ROUTE_ADD:
	case OP_ROUTE_DEL:
	case OP_RULE_ADD:
	case OP_RULE_DEL:
	case OP_PROBE:
		break; /* not of a device */
	}
}

void uapi_put_set(struct str *out, const struct op *ops, size_t n)
{
	str_add(out, "set=1\n");
	for (size_t i = 0; i < n; i++)
		put_op(out, &ops[i]);
	str_add(out, "\n");
}
