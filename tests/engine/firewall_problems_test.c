// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is said where other programs' rules are out of our reach: what, for which interface, and the
 * command that helps.
 */
#include "support/test.h"

#include "../../src/engine/internal.h"
#include "support/fw_kernel.h"
#include "support/fw_world.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */

static void problems(const struct fw_world *w, const struct fw_kernel *k, struct str *out)
{
	struct engine *e = mem_calloc(1, sizeof(*e));

	e->state = w->state;
	e->config = w->config;
	e->firewall_have = k->actual;
	e->firewall_known = true;
	firewall_problems(e);
	vec_each(&e->problems, p)
		str_add(out, "%s: %s (%s)\n", p->code, p->message, p->hint);
	problems_free(&e->problems);
	free(e);
}

static void each_has_its_command(void **state)
{
	struct fw_kernel k;
	struct fw_world w;
	struct str said = {0};
	(void)state;

	fw_world_init(&w);
	fw_world_iface(&w, "wg0");
	fw_world_iface(&w, "wg1")->firewall.enabled = false;
	fw_world_join(&w);
	fw_kernel_init(&k);
	problems(&w, &k, &said);
	assert_string_equal(str_text(&said), "");
	fw_kernel_base(&k, NFPROTO_INET, "firewalld", "filter_FORWARD", false);
	k.actual.bases.at[0].last_drops = k.actual.bases.at[0].owned = true;
	fw_kernel_base(&k, NFPROTO_INET, "guard", "forward", true);
	k.actual.bases.at[1].owned = true;
	k.actual.legacy6 = true;
	problems(&w, &k, &said);
	assert_string_equal(
		str_text(&said),
		"foreign-owned: the chain inet firewalld filter_FORWARD drops what is forwarded "
		"for wg0, and only its owner may change it (firewall-cmd --permanent "
		"--zone=trusted --add-interface=wg0, then firewall-cmd --reload)\n"
		"foreign-owned: the chain inet guard forward drops what is forwarded for wg0, and "
		"only its owner may change it (let its owner accept what is forwarded for "
		"wg0)\n"
		"iptables-legacy: the rules of ip6tables-legacy drop what is forwarded for wg0, "
		"and "
		"we cannot change them (ip6tables-legacy -I FORWARD -i wg0 -j ACCEPT; "
		"ip6tables-legacy -I FORWARD -o wg0 -j ACCEPT)\n");
	str_free(&said);
	fw_kernel_free(&k);
	fw_world_free(&w);
}

/* Packets for this host: all of the interface where `input` decides all, else what we serve. */
static void legacy_input_has_its_command(void **state)
{
	struct fw_kernel k;
	struct fw_world w;
	struct str said = {0};
	struct iface_conf *i;
	struct fw_foreign *f;
	(void)state;

	fw_world_init(&w);
	i = fw_world_iface(&w, "wg0");
	fw_world_join(&w);
	fw_kernel_init(&k);
	k.actual.legacy_input4 = true;
	problems(&w, &k, &said);
	assert_string_equal(str_text(&said), ""); /* nothing is asked of INPUT */
	i->exchange.serve = true;
	i->exchange.port = 51821;
	problems(&w, &k, &said);
	assert_string_equal(str_text(&said),
			    "iptables-legacy-input: the rules of iptables-legacy drop what comes "
			    "to this host from wg0, and we cannot change them (iptables-legacy -I "
			    "INPUT -i wg0 -p udp --dport 51821 -j ACCEPT)\n");
	said.len = 0;
	f = vec_add(&k.actual.legacy_accepts);
	*f = (struct fw_foreign){.family = NFPROTO_IPV4,
				 .chain = "INPUT",
				 .ifname = "wg0",
				 .protocol = IPPROTO_UDP,
				 .port = 51821};
	problems(&w, &k, &said);
	assert_int_equal(said.len, 0);
	vec_add(&i->firewall.input)->action = VERDICT_ACCEPT; /* from any */
	problems(&w, &k, &said);
	assert_non_null(strstr(str_text(&said), "(iptables-legacy -I INPUT -i wg0 -j ACCEPT)"));
	f->protocol = 0;
	f->port = 0;
	said.len = 0;
	problems(&w, &k, &said);
	assert_int_equal(said.len, 0);
	str_free(&said);
	fw_kernel_free(&k);
	fw_world_free(&w);
}

TEST_MAIN(each_has_its_command, legacy_input_has_its_command)
