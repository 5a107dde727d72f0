// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The text protocol of userspace WireGuard: answers of wireguard-go 0.0.20220316 as they came, with
 * other keys; what boringtun's source says; answers that are cut or wrong; and what we ask.
 */
#include "support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codec/uapi.h"

#define KEY_1 "2318f31befee0272ff1c6f199eb10e33972f695b200838713df45614bdd2c97e"
#define KEY_2 "0d0b6c2c9a5b0a70f5d1a5ed25b3ac2f2d5a7e7bdf6a05d8b1f6cb1d8b0b6c11"
#define ZERO  "0000000000000000000000000000000000000000000000000000000000000000"
/* Sixteen bytes that are nowhere but in secrets. */
#define SECRET_16 "5ec4e75ec4e75ec4e75ec4e75ec4e75e"
#define SECRET	  SECRET_16 SECRET_16

#define PEER_1                                                                              \
	"public_key=" KEY_1 "\npreshared_key=" SECRET "\nprotocol_version=1\n"              \
	"endpoint=192.0.2.2:51821\nlast_handshake_time_sec=1795325874\n"                    \
	"last_handshake_time_nsec=123456789\ntx_bytes=5000000000\nrx_bytes=4000000000000\n" \
	"persistent_keepalive_interval=25\nallowed_ip=10.0.0.2/32\n"                        \
	"allowed_ip=10.2.0.0/24\nallowed_ip=fd00::2/128\n"
#define PEER_2                                                                \
	"public_key=" KEY_2 "\npreshared_key=" ZERO "\nprotocol_version=1\n"  \
	"last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\n" \
	"rx_bytes=0\npersistent_keepalive_interval=0\nallowed_ip=10.3.0.0/24\n"
#define DEVICE "private_key=" SECRET "\nlisten_port=51820\nfwmark=51820\n"
#define DONE   "errno=0\n\n"

#define WALL 1795325900000LL

struct fixture {
	struct config *config;
	struct device device;
	struct uapi uapi;
	msec now;
	int64_t wall;
	bool changed; /* the structure, at the last look */
};

static struct fixture begin(void)
{
	struct fixture f = {.config = config_new(), .wall = WALL, .now = 1000000};

	f.device = (struct device){.ifindex = 3, .up = true, .conf = &f.config->defaults};
	return f;
}

static void end(struct fixture *f)
{
	uapi_free(&f->uapi);
	device_free(&f->device);
	config_free(f->config);
}

/* One answer, in pieces of so many bytes. */
static int look_in_pieces(struct fixture *f, const char *text, size_t piece)
{
	struct device_merge m;
	size_t len = strlen(text);
	int err;

	f->now += 1000;
	f->wall += 1000;
	device_merge_begin(&m, &f->device, (struct moment){.now = f->now, .wall = f->wall});
	uapi_begin(&f->uapi);
	for (size_t at = 0; at < len; at += piece)
		if (uapi_read(&f->uapi, text + at, len - at < piece ? len - at : piece))
			break;
	err = uapi_end(&f->uapi, &m);
	f->changed = device_merge_end(&m, !err);
	return err;
}

static int look(struct fixture *f, const char *text)
{
	return look_in_pieces(f, text, 4096);
}

static const struct peer *peer_of(const struct fixture *f, uint8_t first)
{
	vec_each(&f->device.peers, p)
		if (p->wg.key.bytes[0] == first)
			return p;
	fail_msg("no such peer");
	return NULL;
}

static void assert_aip(const struct fixture *f, const struct peer *p, uint32_t n, const char *want)
{
	char buf[PREFIX_STRLEN];

	assert_true(n < p->wg.aips);
	assert_string_equal(prefix_format(&peer_aips(&f->device, p)[n], buf), want);
}

/* --- what is parsed ----------------------------------------------------------------------- */

static void an_answer_of_wireguard_go(void **state)
{
	struct fixture f = begin();
	const struct peer *p;
	char buf[ENDPOINT_STRLEN];
	(void)state;

	assert_int_equal(look(&f, DEVICE PEER_1 PEER_2 DONE), 0);
	assert_int_equal(f.device.listen_port, 51820);
	assert_int_equal(f.device.fwmark, 51820);
	assert_false(f.device.boringtun);
	assert_int_equal(f.device.peers.len, 2);
	p = peer_of(&f, 0x23);
	assert_int_equal(p->wg.key.bytes[31], 0x7e);
	assert_string_equal(endpoint_format(&p->wg.endpoint, buf), "192.0.2.2:51821");
	assert_int_equal(p->wg.keepalive, 25);
	assert_true(p->wg.handshake_ns == 1795325874123456789LL);
	assert_true(p->wg.tx == 5000000000 && p->wg.rx == 4000000000000);
	assert_int_equal(p->wg.aips, 3);
	assert_aip(&f, p, 0, "10.0.0.2/32");
	assert_aip(&f, p, 2, "fd00::2/128");
	p = peer_of(&f, 0x0d);
	assert_int_equal(p->wg.endpoint.addr.family, 0);
	assert_int_equal(p->wg.handshake_ns, 0);
	assert_int_equal(p->wg.keepalive, 0);
	assert_aip(&f, p, 0, "10.3.0.0/24");
	assert_int_equal(p->life.state, LIFE_NEVER);
	end(&f);
}

/* wireguard-go leaves out what is 0. */
static void a_device_that_was_just_made(void **state)
{
	struct fixture f = begin();
	(void)state;

	assert_int_equal(look(&f, DEVICE PEER_1 DONE), 0);
	assert_int_equal(look(&f, DONE), 0);
	assert_int_equal(f.device.listen_port, 0);
	assert_int_equal(f.device.fwmark, 0);
	assert_int_equal(f.device.peers.len, 0);
	assert_int_equal(f.device.aips.len - f.device.aips_unused, 0);
	end(&f);
}

/* wireguard-go walks a map: each answer has its own order. */
static void another_order_is_no_change(void **state)
{
	struct fixture f = begin();
	(void)state;

	assert_int_equal(look(&f, DEVICE PEER_1 PEER_2 DONE), 0);
	assert_true(f.changed);
	assert_int_equal(look(&f, DEVICE PEER_2 PEER_1 DONE), 0);
	assert_false(f.changed);
	assert_int_equal(look(&f, DEVICE PEER_1 DONE), 0);
	assert_true(f.changed);
	end(&f);
}

static void an_answer_comes_in_pieces(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 100; piece++) {
		struct fixture f = begin();

		assert_int_equal(look_in_pieces(&f, DEVICE PEER_1 PEER_2 DONE, piece), 0);
		assert_int_equal(f.device.peers.len, 2);
		assert_int_equal(f.device.aips.len - f.device.aips_unused, 4);
		end(&f);
	}
}

static void a_link_local_endpoint(void **state)
{
	struct fixture f = begin();
	char buf[ENDPOINT_STRLEN];
	(void)state;

	assert_int_equal(look(&f, "public_key=" KEY_1 "\nendpoint=[fe80::1%3]:7\n" DONE), 0);
	assert_string_equal(endpoint_format(&f.device.peers.at[0].wg.endpoint, buf),
			    "[fe80::1%3]:7");
	assert_int_equal(look(&f, "public_key=" KEY_1 "\nendpoint=[fe80::1%eth0]:7\n" DONE), 0);
	assert_string_equal(endpoint_format(&f.device.peers.at[0].wg.endpoint, buf), "[fe80::1]:7");
	end(&f);
}

static bool memory_has(const void *at, size_t n, const char *text)
{
	return memmem(at, n, text, strlen(text)) != NULL;
}

static void no_secret_stays(void **state)
{
	struct fixture f = begin();
	(void)state;

	look(&f, DEVICE PEER_1 DONE);
	assert_false(memory_has(&f.uapi, sizeof(f.uapi), SECRET_16));
	look(&f, DEVICE); /* cut: the line of the private key is the last but two */
	assert_false(memory_has(&f.uapi, sizeof(f.uapi), SECRET_16));
	look(&f, "private_key=" SECRET); /* and in the middle of that */
	assert_false(memory_has(&f.uapi, sizeof(f.uapi), SECRET_16));
	end(&f);
}

/* --- boringtun ---------------------------------------------------------------------------- */

#define BORING_DEVICE "own_public_key=" KEY_2 "\nlisten_port=51820\n"
/* What belongs to a peer comes behind its allowed-IPs, too. */
#define BORING_PEER(age)                                                                     \
	"public_key=" KEY_1 "\npersistent_keepalive_interval=25\nendpoint=192.0.2.2:51821\n" \
	"allowed_ip=10.0.0.2/32\nallowed_ip=10.2.0.0/24\nlast_handshake_time_sec=" age       \
	"\nlast_handshake_time_nsec=500000000\nrx_bytes=64\ntx_bytes=84\n"

static void ages_become_times(void **state)
{
	struct fixture f = begin();
	const struct peer *p;
	(void)state;

	assert_int_equal(look(&f, BORING_DEVICE BORING_PEER("20") DONE), 0);
	assert_true(f.device.boringtun);
	p = peer_of(&f, 0x23);
	assert_int_equal(p->wg.aips, 2);
	assert_true(p->wg.rx == 64 && p->wg.tx == 84);
	assert_true(p->wg.handshake_ns == (f.wall - 20500) * 1000000LL);
	assert_int_equal(p->life.handshake, f.now - 20500);
	end(&f);
}

/* An age that grows is the same handshake, whatever the wall clock does meanwhile. */
static void a_growing_age_is_no_proof_of_life(void **state)
{
	struct fixture f = begin();
	const struct peer *p;
	msec proof;
	(void)state;

	look(&f, BORING_DEVICE BORING_PEER("20") DONE);
	p = peer_of(&f, 0x23);
	proof = p->life.proof;
	look(&f, BORING_DEVICE BORING_PEER("21") DONE);
	assert_int_equal(p->life.proof, proof);
	f.wall += 3600000;
	look(&f, BORING_DEVICE BORING_PEER("22") DONE);
	assert_int_equal(p->life.proof, proof);
	look(&f, BORING_DEVICE BORING_PEER("0") DONE);
	assert_int_equal(p->life.proof, f.now);
	end(&f);
}

/* Keepalives are not in its counters: that none is seen does not mean that none is sent. */
static void it_is_not_mute(void **state)
{
	struct fixture f = begin();
	(void)state;

	for (int s = 0; s < 100; s++) {
		char text[sizeof(BORING_DEVICE BORING_PEER("100") DONE)];

		snprintf(text, sizeof(text), BORING_DEVICE BORING_PEER("%d") DONE, s);
		assert_int_equal(look(&f, text), 0);
	}
	assert_int_equal(peer_of(&f, 0x23)->life.state, LIFE_UP);
	end(&f);
}

/* --- what is not believed ----------------------------------------------------------------- */

static void an_error_is_told_as_it_is(void **state)
{
	struct fixture f = begin();
	(void)state;

	assert_int_equal(look(&f, "errno=-22\n\n"), -EINVAL); /* wireguard-go */
	assert_int_equal(look(&f, "errno=98\n\n"), -EADDRINUSE);
	assert_int_equal(look(&f, "errno=4096\n\n"), -EBADMSG);
	assert_int_equal(look(&f, "errno=\n\n"), -EBADMSG);
	end(&f);
}

static void a_cut_answer_changes_nothing(void **state)
{
	static const char whole[] = DEVICE PEER_1 PEER_2 DONE;
	struct fixture f = begin();
	(void)state;

	look(&f, DEVICE PEER_1 DONE);
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		char cut[sizeof(whole)] = "";

		memcpy(cut, whole, len);
		assert_int_equal(look(&f, cut), -EBADMSG);
		assert_int_equal(f.device.peers.len, 1);
		assert_int_equal(f.device.listen_port, 51820);
	}
	end(&f);
}

static void what_is_not_the_protocol(void **state)
{
	static const char *const lines[] = {
		"HTTP/1.1 400 Bad Request",
		"listen_port=65536",
		"listen_port=",
		"listen_port=-1",
		"fwmark=0x10",
		"fwmark=4294967296",
		"public_key=" KEY_1 "0",
		"public_key=xyz",
		"endpoint=192.0.2.2:51820",
		"allowed_ip=10.0.0.0/8",
		"tx_bytes=1",
		"public_key=" KEY_1 "\nendpoint=example.net:51820",
		"public_key=" KEY_1 "\nendpoint=192.0.2.2:0",
		"public_key=" KEY_1 "\nendpoint=[fe80::1%3:7",
		"public_key=" KEY_1 "\nallowed_ip=10.0.0.0/33",
		"public_key=" KEY_1 "\ntx_bytes=18446744073709551616",
		"public_key=" KEY_1 "\nrx_bytes=1 ",
		"public_key=" KEY_1 "\npersistent_keepalive_interval=65536",
		"public_key=" KEY_1 "\nlast_handshake_time_nsec=1000000000",
		"",
		"errno=0\nlisten_port=1",
	};
	struct fixture f = begin();
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char text[512];

		snprintf(text, sizeof(text), "%s\n" DONE, lines[i]);
		assert_int_equal(look(&f, text), -EBADMSG);
		assert_int_equal(f.device.peers.len, 0);
	}
	end(&f);
}

static void a_line_without_an_end(void **state)
{
	char text[2 * UAPI_LINE_MAX];
	struct fixture f = begin();
	(void)state;

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(look(&f, text), -EBADMSG);
	end(&f);
}

static void keys_that_are_to_come(void **state)
{
	struct fixture f = begin();
	(void)state;

	assert_int_equal(look(&f, "shape=round\n" PEER_1 "mood=fine\n" PEER_2 DONE), 0);
	assert_int_equal(f.device.peers.len, 2);
	end(&f);
}

/* --- what we ask -------------------------------------------------------------------------- */

static struct op op_of(enum op_kind kind)
{
	struct op op = {.kind = kind, .ifindex = 3};

	for (int i = 0; i < KEY_LEN; i++)
		op.peer.key.bytes[i] = (uint8_t)(0xf0 + i);
	return op;
}

#define HEX                                                                             \
	"public_key=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f\n" \
	"update_only=true\n"

static void asks(const struct op *ops, size_t n, const char *want)
{
	struct str text = {0};

	uapi_put_set(&text, ops, n);
	assert_string_equal(str_text(&text), want);
	str_free(&text);
}

static void endpoints_and_keepalives(void **state)
{
	struct op ops[2] = {op_of(OP_ENDPOINT), op_of(OP_KEEPALIVE)};
	(void)state;

	endpoint_parse(&ops[0].peer.endpoint, "[2001:db8::10]:7");
	ops[1].peer.keepalive = 25;
	asks(ops, 2,
	     "set=1\n" HEX "endpoint=[2001:db8::10]:7\n" HEX
	     "persistent_keepalive_interval=25\n\n");
}

static void what_is_of_the_device(void **state)
{
	struct op ops[2] = {{.kind = OP_REBIND}, {.kind = OP_FWMARK, .fwmark = 51820}};
	(void)state;

	asks(ops, 2, "set=1\nlisten_port=0\nfwmark=51820\n\n");
}

static void a_kick_leaves_the_interval(void **state)
{
	struct op op = op_of(OP_KICK);
	(void)state;

	op.peer.keepalive = 25;
	asks(&op, 1,
	     "set=1\n" HEX "persistent_keepalive_interval=0\n" HEX
	     "persistent_keepalive_interval=25\n\n");
	op.peer.keepalive = 0;
	asks(&op, 1,
	     "set=1\n" HEX "persistent_keepalive_interval=0\n" HEX
	     "persistent_keepalive_interval=65535\n" HEX "persistent_keepalive_interval=0\n\n");
}

static struct move move_of(enum move_kind kind, uint8_t peer, const char *prefix)
{
	struct move m = {.kind = kind};

	memset(m.peer.bytes, peer, KEY_LEN);
	prefix_parse(&m.prefix, prefix, NULL);
	return m;
}

#define ONES "0101010101010101010101010101010101010101010101010101010101010101"
#define TWOS "0202020202020202020202020202020202020202020202020202020202020202"

/* What another peer gets leaves the one that had it by itself; what nobody gets, by a new list. */
static void allowed_ips_that_move(void **state)
{
	struct move moves[] = {
		move_of(MOVE_GIVE, 1, "10.1.0.0/16"), move_of(MOVE_GIVE, 1, "fd00::/64"),
		move_of(MOVE_GIVE, 2, "10.4.0.0/16"), move_of(MOVE_TAKE, 2, "10.2.0.0/16"),
		move_of(MOVE_KEEP, 2, "10.3.0.0/16"),
	};
	struct op op = {.kind = OP_ALLOWED_IPS, .moves = {moves, ARRAY_LEN(moves)}};
	(void)state;

	asks(&op, 1,
	     "set=1\npublic_key=" ONES "\nupdate_only=true\nallowed_ip=10.1.0.0/16\n"
	     "allowed_ip=fd00::/64\npublic_key=" TWOS "\nupdate_only=true\n"
	     "replace_allowed_ips=true\nallowed_ip=10.4.0.0/16\nallowed_ip=10.3.0.0/16\n\n");
}

TEST_MAIN(an_answer_of_wireguard_go, a_device_that_was_just_made, another_order_is_no_change,
	  an_answer_comes_in_pieces, a_link_local_endpoint, no_secret_stays, ages_become_times,
	  a_growing_age_is_no_proof_of_life, it_is_not_mute, an_error_is_told_as_it_is,
	  a_cut_answer_changes_nothing, what_is_not_the_protocol, a_line_without_an_end,
	  keys_that_are_to_come, endpoints_and_keepalives, what_is_of_the_device,
	  a_kick_leaves_the_interval, allowed_ips_that_move)
