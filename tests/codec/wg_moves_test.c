// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moves of allowed-IPs as messages: read back by a naive kernel, one that can take an allowed-IP
 * away and one from before Linux 6.16, which refuses what it does not know.
 */
#include "support/test.h"

#include <endian.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include "base/rng.h"
#include "codec/attr.h"
#include "codec/wg_moves.h"

#include "plan/claims.h"
#include <endian.h>

#define FAMILY 30
#define PEERS  5

union message {
	struct nlmsghdr h;
	char bytes[WG_MOVES_BYTES];
};

static struct key key_of(uint32_t peer)
{
	struct key k = {.bytes = {(uint8_t)(1 + peer)}};

	return k;
}

static struct prefix prefix_of(uint32_t i)
{
	uint8_t bytes[16] = {10, (uint8_t)(i >> 8), (uint8_t)i};
	struct addr a = addr_from(i % 2 ? AF_INET : AF_INET6, bytes);

	return prefix_from(&a, 24);
}

/* --- the naive kernel: drivers/net/wireguard/netlink.c, set_peer() and set_allowedip() ------ */

struct table {
	VEC(struct move) all; /* prefix and peer are used */
	bool removes;
	unsigned int messages;
};

static void table_drop(struct table *t, const struct prefix *p)
{
	uint32_t kept = 0;

	vec_each(&t->all, e)
		if (prefix_cmp(&e->prefix, p))
			t->all.at[kept++] = *e;
	t->all.len = kept;
}

static void table_drop_peer(struct table *t, const struct key *peer)
{
	uint32_t kept = 0;

	vec_each(&t->all, e)
		if (key_cmp(&e->peer, peer))
			t->all.at[kept++] = *e;
	t->all.len = kept;
}

static const struct key *table_owner(const struct table *t, const struct prefix *p)
{
	vec_each(&t->all, e)
		if (!prefix_cmp(&e->prefix, p))
			return &e->peer;
	return NULL;
}

static void table_add(struct table *t, const struct prefix *p, const struct key *peer)
{
	struct move *e;

	table_drop(t, p);
	e = vec_add(&t->all);
	e->prefix = *p;
	e->peer = *peer;
}

static int set_allowed_ip(struct table *t, const struct nlattr *ip, const struct key *peer)
{
	const struct key *owner;
	struct prefix p = {0};
	uint32_t flags = 0;
	struct nlattr *a;

	assert_true(ip->nla_type & NLA_F_NESTED);
	attr_each_nested(a, ip) {
		if (mnl_attr_get_type(a) == WGALLOWEDIP_A_FAMILY)
			p.addr.family = (uint8_t)mnl_attr_get_u16(a);
		else if (mnl_attr_get_type(a) == WGALLOWEDIP_A_IPADDR)
			memcpy(p.addr.bytes, mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
		else if (mnl_attr_get_type(a) == WGALLOWEDIP_A_CIDR_MASK)
			p.len = mnl_attr_get_u8(a);
		else if (!t->removes)
			return -EINVAL;
		else
			flags = mnl_attr_get_u32(a);
	}
	owner = table_owner(t, &p);
	if (!flags)
		table_add(t, &p, peer);
	else if (owner && !key_cmp(owner, peer))
		table_drop(t, &p);
	return 0;
}

static int set_peer(struct table *t, const struct nlattr *peer)
{
	const struct nlattr *ips = NULL;
	struct key key = {{0}};
	uint32_t flags = 0;
	struct nlattr *a;
	int err = 0;

	attr_each_nested(a, peer) {
		if (mnl_attr_get_type(a) == WGPEER_A_PUBLIC_KEY)
			memcpy(key.bytes, mnl_attr_get_payload(a), KEY_LEN);
		else if (mnl_attr_get_type(a) == WGPEER_A_FLAGS)
			flags = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == WGPEER_A_ALLOWEDIPS)
			ips = a;
		else
			fail();
	}
	assert_true(flags & WGPEER_F_UPDATE_ONLY);
	assert_non_null(ips);
	if (flags & WGPEER_F_REPLACE_ALLOWEDIPS)
		table_drop_peer(t, &key);
	attr_each_nested(a, ips)
		err = err ? err : set_allowed_ip(t, a, &key);
	return err;
}

static int table_set(struct table *t, const union message *m)
{
	const struct genlmsghdr *g = mnl_nlmsg_get_payload(&m->h);
	struct nlattr *a, *peer;
	int err = 0;

	assert_int_equal(m->h.nlmsg_type, FAMILY);
	assert_int_equal(m->h.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(g->cmd, WG_CMD_SET_DEVICE);
	assert_true(m->h.nlmsg_len <= WG_MOVES_BYTES);
	t->messages++;
	attr_each(a, &m->h, sizeof(*g)) {
		if (mnl_attr_get_type(a) == WGDEVICE_A_IFINDEX)
			assert_int_equal(mnl_attr_get_u32(a), 3);
		else
			attr_each_nested(peer, a)
				err = err ? err : set_peer(t, peer);
	}
	return err;
}

static int table_apply(struct table *t, const struct op *op, bool remove)
{
	union message m;
	int err = 0;

	for (uint32_t at = 0; at < op->moves.len && !err;) {
		uint32_t before = at;

		wg_put_moves(&m, FAMILY, 9, op, remove, &at);
		assert_true(at > before);
		err = table_set(t, &m);
	}
	return err;
}

/* --- tests -------------------------------------------------------------------------------- */

static void add(struct moves *moves, enum move_kind kind, uint32_t prefix, uint32_t peer)
{
	struct move *m = vec_add(moves);

	m->kind = kind;
	m->prefix = prefix_of(prefix);
	m->peer = key_of(peer);
}

static struct op op_of(const struct moves *moves)
{
	struct op op = {.kind = OP_ALLOWED_IPS, .ifindex = 3};

	op.moves.at = moves->at;
	op.moves.len = moves->len;
	return op;
}

static void a_move_is_one_addition(void **state)
{
	struct table t = {.removes = false};
	struct prefix p = prefix_of(1);
	struct moves moves = {0};
	struct key to = key_of(2);
	struct op op;
	(void)state;

	add(&moves, MOVE_GIVE, 1, 2);
	op = op_of(&moves);
	table_add(&t, &p, &(struct key){{1}});
	assert_false(wg_moves_take(&op));
	assert_int_equal(table_apply(&t, &op, true), 0);
	assert_memory_equal(table_owner(&t, &p), &to, KEY_LEN);
	assert_int_equal(t.all.len, 1);
	assert_int_equal(t.messages, 1);
	vec_free(&moves);
	vec_free(&t.all);
}

/*
 * The bytes of one allowed-IP that is taken away, on a little-endian machine: WGALLOWEDIP_A_FLAGS
 * is 4 and WGALLOWEDIP_F_REMOVE_ME is 1 in include/uapi/linux/wireguard.h since Linux 6.16. Headers
 * before have neither, so nothing else would notice another number.
 */
static void what_is_taken_has_the_flag(void **state)
{
	static const unsigned char bytes[] = {
		36, 0, 0x00, 0x80,		/* nested */
		6,  0, 1,    0,	   2,  0, 0, 0, /* family: AF_INET */
		8,  0, 2,    0,	   10, 0, 1, 0, /* address */
		5,  0, 3,    0,	   24, 0, 0, 0, /* length */
		8,  0, 4,    0,	   1,  0, 0, 0, /* flags */
	};
	struct moves moves = {0};
	union message m;
	uint32_t at = 0;
	struct op op;
	(void)state;

	if (htole16(1) != 1)
		skip();
	add(&moves, MOVE_TAKE, 1, 2);
	op = op_of(&moves);
	wg_put_moves(&m, FAMILY, 9, &op, true, &at);
	assert_memory_equal(m.bytes + m.h.nlmsg_len - sizeof(bytes), bytes, sizeof(bytes));

	/* Where the kernel refuses it, no message has it. */
	at = 0;
	wg_put_moves(&m, FAMILY, 9, &op, false, &at);
	for (uint32_t i = 0; i + 4 <= m.h.nlmsg_len; i += 4)
		assert_memory_not_equal(m.bytes + i, bytes + sizeof(bytes) - 8, 4);
	vec_free(&moves);
}

/* With the flag, or where it is refused with the list of what is left. */
static void one_is_taken_away(void **state)
{
	(void)state;
	for (int removes = 0; removes < 2; removes++) {
		struct table t = {.removes = removes};
		struct key peer = key_of(2);
		struct moves moves = {0};
		struct op op;

		for (uint32_t i = 0; i < 3; i++) {
			struct prefix p = prefix_of(i);

			table_add(&t, &p, &peer);
			add(&moves, i == 1 ? MOVE_TAKE : MOVE_KEEP, i, 2);
		}
		op = op_of(&moves);
		assert_true(wg_moves_take(&op));
		assert_int_equal(table_apply(&t, &op, true), removes ? 0 : -EINVAL);
		if (!removes)
			assert_int_equal(table_apply(&t, &op, false), 0);
		assert_int_equal(t.all.len, 2);
		assert_null(table_owner(&t, &moves.at[1].prefix));
		vec_free(&moves);
		vec_free(&t.all);
	}
}

/* More than a message holds, and peers that go on in the next one. */
static void random_moves(void **state)
{
	struct rng rng = {1};
	(void)state;

	for (int round = 0; round < 40; round++) {
		uint32_t n = rng_below(&rng, round % 8 ? 40 : 5000);
		struct moves moves = {0};
		bool removes = round % 2;
		struct table t = {.removes = removes};
		struct op op;
		uint32_t left = 0;

		for (uint32_t i = 0, peer = 0; i < n; i++) {
			enum move_kind kind = (enum move_kind)rng_below(&rng, 3);
			struct prefix p = prefix_of(i);
			struct key had = key_of(kind == MOVE_GIVE ? PEERS : peer);

			peer += peer + 1 < PEERS && !rng_below(&rng, 1 + n / PEERS);
			had = kind == MOVE_GIVE ? had : key_of(peer);
			add(&moves, kind, i, peer);
			left += kind != MOVE_TAKE;
			*vec_add(&t.all) = (struct move){.prefix = p, .peer = had};
		}
		op = op_of(&moves);
		assert_int_equal(table_apply(&t, &op, removes), 0);
		assert_int_equal(t.all.len, left);
		for (uint32_t i = 0; i < n; i += 1 + n / 50) {
			const struct key *owner = table_owner(&t, &moves.at[i].prefix);

			if (moves.at[i].kind == MOVE_TAKE)
				assert_null(owner);
			else
				assert_memory_equal(owner, &moves.at[i].peer, KEY_LEN);
		}
		assert_true(n < 2000 || t.messages > 1);
		vec_free(&moves);
		vec_free(&t.all);
	}
}

TEST_MAIN(a_move_is_one_addition, what_is_taken_has_the_flag, one_is_taken_away, random_moves)
