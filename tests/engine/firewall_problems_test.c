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

TEST_MAIN(each_has_its_command)
