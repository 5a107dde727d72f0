// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * WireGuard's netlink messages: dumps made by hand as the kernel makes them and parsed, what we
 * ask parsed back attribute by attribute, and dumps that are cut or garbled.
 */
#include "support/test.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/time_types.h>
#include <linux/wireguard.h>
#include <string.h>

#include "base/rng.h"
#include "codec/wg.h"

#define FAMILY	    27 /* the number that the kernel gave the family */
#define MESSAGE_MAX 8192

/* One message of a dump in the making; a union for its alignment. */
union message {
	char bytes[MESSAGE_MAX];
	struct nlmsghdr h;
};

static struct nlmsghdr *message_begin(union message *m)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(memset(m, 0, sizeof(*m)));
	struct genlmsghdr *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = FAMILY;
	h->nlmsg_flags = NLM_F_MULTI;
	g->cmd = WG_CMD_GET_DEVICE;
	g->version = 1;
	return h;
}

static struct key key_of(uint8_t n)
{
	return (struct key){{n, n, n}};
}

static void put_key(struct nlmsghdr *h, uint8_t n)
{
	struct key k = key_of(n);

	mnl_attr_put(h, WGPEER_A_PUBLIC_KEY, KEY_LEN, k.bytes);
}

static void put_endpoint(struct nlmsghdr *h, const char *text)
{
	struct sockaddr_storage ss;
	struct endpoint e;

	assert_int_equal(endpoint_parse(&e, text), 0);
	mnl_attr_put(h, WGPEER_A_ENDPOINT, endpoint_to_sockaddr(&e, &ss), &ss);
}

static void put_handshake(struct nlmsghdr *h, int64_t sec, int64_t nsec)
{
	struct __kernel_timespec ts = {.tv_sec = sec, .tv_nsec = nsec};

	mnl_attr_put(h, WGPEER_A_LAST_HANDSHAKE_TIME, sizeof(ts), &ts);
}

static void put_allowed_ip(struct nlmsghdr *h, const char *text)
{
	struct nlattr *nest = mnl_attr_nest_start(h, 0);
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text, NULL), 0);
	mnl_attr_put_u16(h, WGALLOWEDIP_A_FAMILY, p.addr.family);
	mnl_attr_put(h, WGALLOWEDIP_A_IPADDR, addr_size(&p.addr), p.addr.bytes);
	mnl_attr_put_u8(h, WGALLOWEDIP_A_CIDR_MASK, p.len);
	mnl_attr_nest_end(h, nest);
}

static void put_secret(struct nlmsghdr *h, uint16_t type, uint8_t fill)
{
	uint8_t secret[32];

	memset(secret, fill, sizeof(secret));
	mnl_attr_put(h, type, sizeof(secret), secret);
}

/* A peer as the kernel shows one, with its secrets. */
static void put_peer(struct nlmsghdr *h, uint8_t n, const char *endpoint, const char *const *aips)
{
	struct nlattr *peer = mnl_attr_nest_start(h, 0), *nest;

	put_key(h, n);
	put_secret(h, WGPEER_A_PRESHARED_KEY, 0xbb);
	mnl_attr_put_u16(h, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 25);
	put_handshake(h, 1780000000, 123456789);
	mnl_attr_put_u64(h, WGPEER_A_TX_BYTES, 5000000000);
	mnl_attr_put_u64(h, WGPEER_A_RX_BYTES, 4000000000000);
	if (endpoint)
		put_endpoint(h, endpoint);
	nest = mnl_attr_nest_start(h, WGPEER_A_ALLOWEDIPS);
	for (; aips && *aips; aips++)
		put_allowed_ip(h, *aips);
	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u32(h, WGPEER_A_PROTOCOL_VERSION, 1);
	mnl_attr_nest_end(h, peer);
}

static void put_device(struct nlmsghdr *h)
{
	mnl_attr_put_u16(h, WGDEVICE_A_LISTEN_PORT, 51820);
	mnl_attr_put_u32(h, WGDEVICE_A_FWMARK, 0xca6c);
	mnl_attr_put_u32(h, WGDEVICE_A_IFINDEX, 3);
	mnl_attr_put_strz(h, WGDEVICE_A_IFNAME, "wg0");
	put_secret(h, WGDEVICE_A_PRIVATE_KEY, 0xaa);
	put_secret(h, WGDEVICE_A_PUBLIC_KEY, 0x11);
}

#define TEXTS(...)                \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* Two peers: 1 with an IPv4 endpoint and both kinds of allowed-IPs, 2 with an IPv6 one. */
static void whole_dump(union message *m)
{
	struct nlmsghdr *h = message_begin(m);
	struct nlattr *peers;

	put_device(h);
	peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	put_peer(h, 1, "203.0.113.10:51820", TEXTS("10.20.0.0/16", "fd00:20::/64"));
	put_peer(h, 2, "[2001:db8::10]:7", TEXTS("0.0.0.0/0", "10.9.9.9/32"));
	mnl_attr_nest_end(h, peers);
}

struct fixture {
	struct config *config;
	struct device device;
	struct device_merge merge;
	msec now;
};

static struct fixture begin(void)
{
	struct fixture f = {.config = config_new()};

	f.device = (struct device){.ifindex = 3, .up = true, .conf = &f.config->defaults};
	return f;
}

static void end(struct fixture *f)
{
	device_free(&f->device);
	config_free(f->config);
}

static void dump_begin(struct fixture *f)
{
	f->now += 1000;
	device_merge_begin(&f->merge, &f->device,
			   (struct moment){.now = f->now, .wall = 1780000000000LL});
}

static int parse_one(struct fixture *f, const struct nlmsghdr *h)
{
	int err;

	dump_begin(f);
	err = wg_parse(h, &f->merge);
	device_merge_end(&f->merge, true);
	return err;
}

static void assert_aip(const struct fixture *f, uint32_t peer, uint32_t n, const char *want)
{
	const struct peer *p = &f->device.peers.at[peer];
	char buf[PREFIX_STRLEN];

	assert_true(n < p->wg.aips);
	assert_string_equal(prefix_format(&peer_aips(&f->device, p)[n], buf), want);
}

/* --- what is parsed ----------------------------------------------------------------------- */

static void a_dump_of_two_peers(void **state)
{
	struct fixture f = begin();
	union message m;
	const struct wg_peer *p;
	char buf[ENDPOINT_STRLEN];
	(void)state;

	whole_dump(&m);
	assert_int_equal(parse_one(&f, &m.h), 0);
	assert_int_equal(f.device.listen_port, 51820);
	assert_int_equal(f.device.fwmark, 0xca6c);
	assert_int_equal(f.device.peers.len, 2);
	p = &f.device.peers.at[0].wg;
	assert_int_equal(key_cmp(&p->key, &(struct key){{1, 1, 1}}), 0);
	assert_string_equal(endpoint_format(&p->endpoint, buf), "203.0.113.10:51820");
	assert_int_equal(p->keepalive, 25);
	assert_true(p->handshake_ns == 1780000000123456789LL);
	assert_true(p->tx == 5000000000 && p->rx == 4000000000000);
	assert_int_equal(p->aips, 2);
	assert_aip(&f, 0, 0, "10.20.0.0/16");
	assert_aip(&f, 0, 1, "fd00:20::/64");
	p = &f.device.peers.at[1].wg;
	assert_string_equal(endpoint_format(&p->endpoint, buf), "[2001:db8::10]:7");
	assert_aip(&f, 1, 0, "0.0.0.0/0");
	assert_aip(&f, 1, 1, "10.9.9.9/32");
	end(&f);
}

/* A peer without an endpoint, without a handshake, without allowed-IPs. */
static void a_peer_that_never_was_up(void **state)
{
	struct fixture f = begin();
	union message m;
	struct nlmsghdr *h = message_begin(&m);
	struct nlattr *peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	struct nlattr *peer = mnl_attr_nest_start(h, 0);
	(void)state;

	put_key(h, 9);
	put_handshake(h, 0, 0);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, peers);
	assert_int_equal(parse_one(&f, h), 0);
	assert_int_equal(f.device.peers.len, 1);
	assert_int_equal(f.device.peers.at[0].wg.endpoint.addr.family, 0);
	assert_int_equal(f.device.peers.at[0].wg.handshake_ns, 0);
	assert_int_equal(f.device.peers.at[0].wg.aips, 0);
	assert_int_equal(f.device.peers.at[0].life.state, LIFE_NEVER);
	end(&f);
}

/* The kernel cuts a peer with many allowed-IPs: the next message has its key and the rest. */
static void a_dump_in_two_messages(void **state)
{
	struct fixture f = begin();
	union message first, second;
	struct nlattr *peers, *peer, *nest;
	struct nlmsghdr *h = message_begin(&first);
	(void)state;

	put_device(h);
	peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	put_peer(h, 1, "203.0.113.10:51820", TEXTS("10.20.0.0/16", "10.21.0.0/16"));
	mnl_attr_nest_end(h, peers);
	h = message_begin(&second);
	peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	peer = mnl_attr_nest_start(h, 0);
	put_key(h, 1);
	nest = mnl_attr_nest_start(h, WGPEER_A_ALLOWEDIPS);
	put_allowed_ip(h, "10.22.0.0/16");
	mnl_attr_nest_end(h, nest);
	mnl_attr_nest_end(h, peer);
	put_peer(h, 2, NULL, TEXTS("10.30.0.0/16"));
	mnl_attr_nest_end(h, peers);

	for (int turn = 0; turn < 2; turn++) {
		dump_begin(&f);
		assert_int_equal(wg_parse(&first.h, &f.merge), 0);
		assert_int_equal(wg_parse(&second.h, &f.merge), 0);
		assert_int_equal(device_merge_end(&f.merge, true), !turn);
		assert_int_equal(f.device.peers.len, 2);
		assert_int_equal(f.device.peers.at[0].wg.aips, 3);
		assert_aip(&f, 0, 2, "10.22.0.0/16");
		assert_aip(&f, 1, 0, "10.30.0.0/16");
		assert_int_equal(f.device.peers.at[0].wg.keepalive, 25); /* not lost */
		assert_int_equal(f.device.listen_port, 51820);
	}
	end(&f);
}

/* A newer kernel has more to say: it is stepped over. */
static void what_is_not_known_is_stepped_over(void **state)
{
	struct fixture f = begin();
	union message m;
	struct nlmsghdr *h = message_begin(&m);
	struct nlattr *peers, *peer, *nest, *aip;
	(void)state;

	mnl_attr_put_u32(h, 200, 1);
	peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	peer = mnl_attr_nest_start(h, 0);
	mnl_attr_put_u32(h, 201, 2);
	put_key(h, 1);
	nest = mnl_attr_nest_start(h, WGPEER_A_ALLOWEDIPS);
	aip = mnl_attr_nest_start(h, 0);
	mnl_attr_put_u32(h, 202, 3);
	mnl_attr_put_u8(h, WGALLOWEDIP_A_CIDR_MASK, 8);
	mnl_attr_put_u32(h, WGALLOWEDIP_A_IPADDR, htonl(0x0a000000));
	mnl_attr_put_u16(h, WGALLOWEDIP_A_FAMILY, AF_INET); /* in any order */
	mnl_attr_nest_end(h, aip);
	mnl_attr_nest_end(h, nest);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, peers);
	mnl_attr_put_u32(h, 203, 4);
	assert_int_equal(parse_one(&f, h), 0);
	assert_aip(&f, 0, 0, "10.0.0.0/8");
	end(&f);
}

/* Allowed-IPs that make no sense are none; the peer stays. */
static void allowed_ips_that_make_no_sense(void **state)
{
	static const struct {
		uint16_t family, size;
		uint8_t len;
	} bad[] = {{AF_INET, 4, 33}, {AF_INET, 3, 8},  {AF_INET6, 4, 8}, {AF_INET6, 16, 129},
		   {0, 4, 8},	     {AF_UNIX, 16, 8}, {AF_INET, 0, 0}};
	struct fixture f = begin();
	union message m;
	struct nlmsghdr *h = message_begin(&m);
	struct nlattr *peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	struct nlattr *peer = mnl_attr_nest_start(h, 0), *nest, *aip;
	(void)state;

	put_key(h, 1);
	nest = mnl_attr_nest_start(h, WGPEER_A_ALLOWEDIPS);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		aip = mnl_attr_nest_start(h, 0);
		mnl_attr_put_u16(h, WGALLOWEDIP_A_FAMILY, bad[i].family);
		mnl_attr_put(h, WGALLOWEDIP_A_IPADDR, bad[i].size, key_of(0).bytes);
		mnl_attr_put_u8(h, WGALLOWEDIP_A_CIDR_MASK, bad[i].len);
		mnl_attr_nest_end(h, aip);
	}
	put_allowed_ip(h, "10.0.0.0/8");
	mnl_attr_nest_end(h, nest);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, peers);
	assert_int_equal(parse_one(&f, h), 0);
	assert_int_equal(f.device.peers.at[0].wg.aips, 1);
	assert_aip(&f, 0, 0, "10.0.0.0/8");
	end(&f);
}

/* A peer without a key can't be told from others: the dump is not to be believed. */
static void a_peer_without_a_key(void **state)
{
	struct fixture f = begin();
	union message m;
	struct nlmsghdr *h = message_begin(&m);
	struct nlattr *peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
	struct nlattr *peer = mnl_attr_nest_start(h, 0);
	(void)state;

	mnl_attr_put(h, WGPEER_A_PUBLIC_KEY, KEY_LEN - 1, key_of(1).bytes);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, peers);
	assert_int_not_equal(parse_one(&f, h), 0);
	end(&f);
}

/* A time that no clock shows is no time. */
static void handshake_times(void **state)
{
	static const struct {
		int64_t sec, nsec, want;
	} cases[] = {
		{1, 5, 1000000005},
		{5, 0, 5000000000},
		{0, 1, 1},
		{-1, 0, 0},
		{INT64_MAX, 0, 0},
		{INT64_MIN, 0, 0},
		{1, -1, 0},
		{1, 1000000000, 0},
		{1, INT64_MAX, 0},
		{9223372035, 999999999, 9223372035999999999},
		{9223372036, 854775807, 0}, /* the last of 64 bits, and not before the year 2262 */
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f = begin();
		union message m;
		struct nlmsghdr *h = message_begin(&m);
		struct nlattr *peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
		struct nlattr *peer = mnl_attr_nest_start(h, 0);

		put_key(h, 1);
		put_handshake(h, cases[i].sec, cases[i].nsec);
		mnl_attr_nest_end(h, peer);
		mnl_attr_nest_end(h, peers);
		assert_int_equal(parse_one(&f, h), 0);
		assert_true(f.device.peers.at[0].wg.handshake_ns == cases[i].want);
		end(&f);
	}
}

/* --- secrets ------------------------------------------------------------------------------ */

static bool holds(const void *bytes, size_t n, uint8_t fill)
{
	uint8_t run[8];

	memset(run, fill, sizeof(run));
	return n && memmem(bytes, n, run, sizeof(run));
}

static void assert_no_secret(const struct fixture *f)
{
	const struct device *d = &f->device;
	static const uint8_t fills[] = {0xaa, 0xbb};

	for (size_t i = 0; i < sizeof(fills); i++) {
		assert_false(holds(d, sizeof(*d), fills[i]));
		assert_false(holds(&f->merge, sizeof(f->merge), fills[i]));
		/* All that was ever allocated for them, in use or not. */
		assert_false(holds(d->peers.at, d->peers.cap * sizeof(*d->peers.at), fills[i]));
		assert_false(holds(d->aips.at, d->aips.cap * sizeof(*d->aips.at), fills[i]));
	}
}

/* Whatever a device has, in whatever order it is said, no secret key reaches the model. */
static void secrets_never_reach_the_model(void **state)
{
	struct rng rng = {.state = 3};
	(void)state;

	for (int round = 0; round < 2000; round++) {
		struct fixture f = begin();

		for (int again = 0; again < 3; again++) {
			union message m;
			struct nlmsghdr *h = message_begin(&m);
			struct nlattr *peers;

			if (rng_below(&rng, 2))
				put_device(h);
			peers = mnl_attr_nest_start(h, WGDEVICE_A_PEERS);
			for (uint8_t n = (uint8_t)rng_below(&rng, 12); n; n--)
				put_peer(h, n, rng_below(&rng, 2) ? "203.0.113.1:1" : NULL,
					 rng_below(&rng, 2) ? TEXTS("10.0.0.0/8") : NULL);
			mnl_attr_nest_end(h, peers);
			put_secret(h, WGDEVICE_A_PRIVATE_KEY, 0xaa);
			assert_int_equal(parse_one(&f, h), 0);
			assert_no_secret(&f);
		}
		end(&f);
	}
}

/* --- cut and garbled ---------------------------------------------------------------------- */

/* Parsed where the memory ends with the message, so that a byte too many is noticed. */
static void parse_copy(struct fixture *f, const union message *m, uint32_t len)
{
	struct nlmsghdr *h = mem_calloc(1, NLMSG_ALIGN(len));

	memcpy(h, m, len);
	h->nlmsg_len = len;
	parse_one(f, h);
	free(h);
}

/* What the rest of the program relies on. */
static void assert_is_sane(const struct device *d)
{
	uint32_t aips = 0;

	vec_each(&d->peers, p) {
		assert_true(p->wg.first_aip + p->wg.aips <= d->aips.len);
		aips += p->wg.aips;
		assert_true(p->wg.handshake_ns >= 0);
	}
	assert_int_equal(aips + d->aips_unused, d->aips.len);
	vec_each(&d->aips, a)
		assert_true(addr_size(&a->addr) && a->len <= addr_bits(&a->addr));
}

static void cut_anywhere(void **state)
{
	union message m;
	(void)state;

	whole_dump(&m);
	for (uint32_t len = NLMSG_HDRLEN; len <= m.h.nlmsg_len; len++) {
		struct fixture f = begin();

		parse_copy(&f, &m, len);
		assert_is_sane(&f.device);
		end(&f);
	}
}

static void garbled_anywhere(void **state)
{
	struct rng rng = {.state = 4};
	(void)state;

	for (int round = 0; round < 3000; round++) {
		struct fixture f = begin();

		for (int again = 0; again < 10; again++) {
			union message m;
			uint32_t len;

			whole_dump(&m);
			len = m.h.nlmsg_len;
			for (uint32_t n = 1 + rng_below(&rng, 6); n; n--)
				m.bytes[NLMSG_HDRLEN + rng_below(&rng, len - NLMSG_HDRLEN)] =
					(char)rng_next(&rng);
			parse_copy(&f, &m, len - rng_below(&rng, 8));
			assert_is_sane(&f.device);
		}
		end(&f);
	}
}

/* --- what is asked ------------------------------------------------------------------------ */

/* The payload of the only attribute of its type among those behind a header or in a nest. */
static const struct nlattr *only(const struct nlattr *first, const void *tail, uint16_t type)
{
	const struct nlattr *found = NULL;

	for (const struct nlattr *a = first; (const void *)a < tail; a = mnl_attr_next(a)) {
		if (mnl_attr_get_type(a) != type)
			continue;
		assert_null(found);
		found = a;
	}
	assert_non_null(found);
	return found;
}

static unsigned int count(const struct nlattr *first, const void *tail)
{
	unsigned int n = 0;

	for (const struct nlattr *a = first; (const void *)a < tail; a = mnl_attr_next(a))
		n++;
	return n;
}

static const struct nlattr *first_in(const struct nlattr *nest)
{
	return mnl_attr_get_payload(nest);
}

static const void *tail_of(const struct nlattr *nest)
{
	return (const char *)mnl_attr_get_payload(nest) + mnl_attr_get_payload_len(nest);
}

static const struct nlattr *attrs(const union message *m)
{
	return mnl_nlmsg_get_payload_offset(&m->h, sizeof(struct genlmsghdr));
}

static void assert_header(const union message *m, uint16_t type, uint16_t flags, uint32_t seq,
			  uint8_t cmd)
{
	const struct genlmsghdr *g = mnl_nlmsg_get_payload(&m->h);

	assert_int_equal(m->h.nlmsg_type, type);
	assert_int_equal(m->h.nlmsg_flags, NLM_F_REQUEST | flags);
	assert_int_equal(m->h.nlmsg_seq, seq);
	assert_int_equal(g->cmd, cmd);
	assert_int_equal(g->version, 1);
	assert_true(m->h.nlmsg_len <= WG_MESSAGE_MAX);
}

static void asking_for_the_family(void **state)
{
	union message m;
	(void)state;

	genl_put_getfamily(&m, 5, WG_GENL_NAME);
	assert_header(&m, GENL_ID_CTRL, 0, 5, CTRL_CMD_GETFAMILY);
	assert_string_equal(mnl_attr_get_str(only(attrs(&m), mnl_nlmsg_get_payload_tail(&m.h),
						  CTRL_ATTR_FAMILY_NAME)),
			    "wireguard");
}

static void the_familys_number(void **state)
{
	struct nlmsghdr *h;
	union message m;
	uint16_t family = 0;
	(void)state;

	h = message_begin(&m);
	h->nlmsg_type = GENL_ID_CTRL;
	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, "wireguard");
	assert_int_not_equal(genl_parse_family(h, &family), 0); /* no number */
	mnl_attr_put_u16(h, CTRL_ATTR_FAMILY_ID, 27);
	assert_int_equal(genl_parse_family(h, &family), 0);
	assert_int_equal(family, 27);
	h->nlmsg_type = 99;
	assert_int_not_equal(genl_parse_family(h, &family), 0); /* of another family */
	h->nlmsg_type = GENL_ID_CTRL;
	h->nlmsg_len = NLMSG_HDRLEN + 1;
	assert_int_not_equal(genl_parse_family(h, &family), 0);
}

static void asking_for_a_device(void **state)
{
	union message m;
	(void)state;

	wg_put_get(&m, FAMILY, 7, 3);
	assert_header(&m, FAMILY, NLM_F_DUMP, 7, WG_CMD_GET_DEVICE);
	assert_int_equal(count(attrs(&m), mnl_nlmsg_get_payload_tail(&m.h)), 1);
	assert_int_equal(mnl_attr_get_u32(only(attrs(&m), mnl_nlmsg_get_payload_tail(&m.h),
					       WGDEVICE_A_IFINDEX)),
			 3);
}

/* The one peer of a SET: named by its key, only if it is there, with one thing to change. */
static const struct nlattr *set_peer(const union message *m, uint16_t type)
{
	const void *tail = mnl_nlmsg_get_payload_tail(&m->h);
	const struct nlattr *peers = only(attrs(m), tail, WGDEVICE_A_PEERS);
	const struct nlattr *peer = first_in(peers);
	struct key key = key_of(5);

	assert_header(m, FAMILY, NLM_F_ACK, 9, WG_CMD_SET_DEVICE);
	assert_int_equal(count(attrs(m), tail), 2);
	assert_int_equal(mnl_attr_get_u32(only(attrs(m), tail, WGDEVICE_A_IFINDEX)), 3);
	assert_int_equal(count(first_in(peers), tail_of(peers)), 1);
	assert_int_equal(count(first_in(peer), tail_of(peer)), 3);
	assert_int_equal(mnl_attr_get_u32(only(first_in(peer), tail_of(peer), WGPEER_A_FLAGS)),
			 WGPEER_F_UPDATE_ONLY);
	assert_memory_equal(
		mnl_attr_get_payload(only(first_in(peer), tail_of(peer), WGPEER_A_PUBLIC_KEY)),
		key.bytes, KEY_LEN);
	return only(first_in(peer), tail_of(peer), type);
}

static void setting_an_endpoint(void **state)
{
	static const char *const texts[] = {"203.0.113.10:51820", "[2001:db8::10]:1"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct op op = {.kind = OP_ENDPOINT, .ifindex = 3, .peer.key = key_of(5)};
		const struct nlattr *a;
		char buf[ENDPOINT_STRLEN];
		struct endpoint back;
		union message m;

		assert_int_equal(endpoint_parse(&op.peer.endpoint, texts[i]), 0);
		wg_put_set(&m, FAMILY, 9, &op);
		a = set_peer(&m, WGPEER_A_ENDPOINT);
		assert_int_equal(mnl_attr_get_payload_len(a),
				 i ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
		assert_int_equal(endpoint_from_sockaddr(&back, mnl_attr_get_payload(a),
							mnl_attr_get_payload_len(a)),
				 0);
		assert_string_equal(endpoint_format(&back, buf), texts[i]);
	}
}

static void setting_a_keepalive(void **state)
{
	static const uint16_t seconds[] = {0, 25, 65535};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
		struct op op = {.kind = OP_KEEPALIVE, .ifindex = 3, .peer.key = key_of(5)};
		union message m;

		op.peer.keepalive = seconds[i];
		wg_put_set(&m, FAMILY, 9, &op);
		assert_int_equal(
			mnl_attr_get_u16(set_peer(&m, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL)),
			seconds[i]);
	}
}

static void setting_the_fwmark(void **state)
{
	struct op op = {.kind = OP_FWMARK, .ifindex = 3, .fwmark = 0xca6c};
	union message m;
	const void *tail;
	(void)state;

	wg_put_set(&m, FAMILY, 9, &op);
	tail = mnl_nlmsg_get_payload_tail(&m.h);
	assert_header(&m, FAMILY, NLM_F_ACK, 9, WG_CMD_SET_DEVICE);
	assert_int_equal(count(attrs(&m), tail), 2);
	assert_int_equal(mnl_attr_get_u32(only(attrs(&m), tail, WGDEVICE_A_FWMARK)), 0xca6c);
}

/* 0: the kernel picks one that is free. */
static void asking_for_another_source_port(void **state)
{
	struct op op = {.kind = OP_REBIND, .ifindex = 3};
	union message m;
	const void *tail;
	(void)state;

	wg_put_set(&m, FAMILY, 9, &op);
	tail = mnl_nlmsg_get_payload_tail(&m.h);
	assert_header(&m, FAMILY, NLM_F_ACK, 9, WG_CMD_SET_DEVICE);
	assert_int_equal(count(attrs(&m), tail), 2);
	assert_int_equal(mnl_attr_get_u16(only(attrs(&m), tail, WGDEVICE_A_LISTEN_PORT)), 0);
}

TEST_MAIN(a_dump_of_two_peers, a_peer_that_never_was_up, a_dump_in_two_messages,
	  what_is_not_known_is_stepped_over, allowed_ips_that_make_no_sense, a_peer_without_a_key,
	  handshake_times, secrets_never_reach_the_model, cut_anywhere, garbled_anywhere,
	  asking_for_the_family, the_familys_number, asking_for_a_device, setting_an_endpoint,
	  setting_a_keepalive, setting_the_fwmark, asking_for_another_source_port)
