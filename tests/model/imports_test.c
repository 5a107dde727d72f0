// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of several files is believed about a peer.
 */
#include "support/test.h"

#include "base/rng.h"
#include "codec/import.h"

#define KEY "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="

static const char wg_quick[] = "[Interface]\n[Peer]\n# Name = of-wg-quick\nPublicKey = " KEY "\n";
static const char networkd[] = "[NetDev]\nKind=wireguard\nName=wg0\n[WireGuardPeer]\n"
			       "# Name = of-networkd\nPublicKey=" KEY "\n";
static const char uci[] = "config interface 'wg0'\noption proto 'wireguard'\n"
			  "config wireguard_wg0\noption description 'of-uci'\n"
			  "option public_key '" KEY "'\n";

static const char *name_in(struct imports *im, const char *ifname)
{
	const struct import_peer *p;
	struct key key;

	assert_int_equal(key_parse(&key, KEY), 0);
	imports_sort(im);
	p = imports_peer(im, ifname, &key);
	return p ? p->name : NULL;
}

/* The interface's own file is that of the program that is believed to have made it. */
static void the_interfaces_own_file(void **state)
{
	struct imports im = {0};
	(void)state;

	import_networkd(&im, networkd, strlen(networkd));
	import_wg_quick(&im, "wg0", wg_quick, strlen(wg_quick));
	import_uci(&im, uci, strlen(uci));
	assert_int_equal(im.peers.len, 3);
	assert_int_equal(imports_iface(&im, "wg0")->source, IMPORT_NETWORKD);
	assert_string_equal(name_in(&im, "wg0"), "of-networkd");
	assert_int_equal(im.peers.len, 1);
	imports_free(&im);
}

/* Peers come and go in any order: who stays does not depend on how they are sorted. */
static void whatever_the_order(void **state)
{
	struct rng rng = {1};
	(void)state;

	for (int round = 0; round < 200; round++) {
		struct imports im = {0};

		import_wg_quick(&im, "wg0", wg_quick, strlen(wg_quick));
		import_networkd(&im, networkd, strlen(networkd));
		import_uci(&im, uci, strlen(uci));
		for (uint32_t i = im.peers.len; i > 1; i--) {
			uint32_t j = rng_below(&rng, i);
			struct import_peer p = im.peers.at[j];

			im.peers.at[j] = im.peers.at[i - 1];
			im.peers.at[i - 1] = p;
		}
		assert_string_equal(name_in(&im, "wg0"), "of-wg-quick");
		imports_free(&im);
	}
}

/* Another interface's file says nothing about this one. */
static void another_interface(void **state)
{
	struct imports im = {0};
	(void)state;

	import_wg_quick(&im, "wg1", wg_quick, strlen(wg_quick));
	assert_null(name_in(&im, "wg0"));
	assert_string_equal(name_in(&im, "wg1"), "of-wg-quick");
	imports_free(&im);
}

TEST_MAIN(the_interfaces_own_file, whatever_the_order, another_interface)
