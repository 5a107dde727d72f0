// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The problems that the daemon tells of, as findings: its message, its hint, and why that matters,
 * which the daemon leaves to the reader. tests/manual compares the codes with the daemon's.
 */
#include "doctor.h"

#include <string.h>

#include "ctl.h"

/* But for endpoint-in-tunnel: doctor_judge_tunnels() looks itself. */
static const struct {
	const char *code, *why;
} whys[] = {
	{"allowed-ip-taken", "what is sent there goes to the other peer"},
	{"allowed-ips", "a standby, or a direct path, is not used as it should be"},
	{"allowed-ips-fight", "two programs that move the same allowed-IPs undo each other's work"},
	{"another-daemon", "what it is configured to do is done by nobody"},
	{"config", "what was changed in the file is not in force"},
	{"direct-nothing", "what is sent to it goes on by the hub"},
	{"dns", "a peer that moves is not found again"},
	{"endpoint-fight", "two programs that follow the same name undo each other's work"},
	{"endpoint-refused", "the peer cannot be reached by its name"},
	{"exchange-port", "nobody on this interface is reached without the hub"},
	{"exchange-silent", "what peers send each other goes on by the hub"},
	{"firewall", "the rules are not those of the configuration"},
	{"foreign-input", "peers do not reach this host itself"},
	{"foreign-owned", "hosts behind this one and behind peers do not reach each other"},
	{"iptables-legacy", "hosts behind this one and behind peers do not reach each other"},
	{"iptables-legacy-input", "peers do not reach this host itself"},
	{"netmap-unused", "nothing is reached by the prefix outside"},
	{"no-exchange", "what peers send each other goes on by the hub"},
	{"no-flowtable", "forwarding takes more of the processor than it has to"},
	{"no-interface", "there is nothing to keep"},
	{"no-netlink", "what changes is not seen, and not put right"},
	{"no-nftables", "what should be dropped is forwarded"},
	{"no-owner", "for a moment after a flush by another program nothing is filtered"},
	{"no-peers", "a peer that dies or moves is not noticed"},
	{"no-permission", "a peer that dies or moves is not noticed"},
	{"overlap", "packets for these addresses can go one way only"},
	{"peer-not-set", "its endpoint or its keepalive is not what it should be"},
	{"route-blocked", "what is sent there goes the other program's way"},
	{"route-failed", "what is sent there goes wherever the default route leads"},
	{"rule-failed", "packets may leave beside the tunnel"},
	{"source-address", "what is sent there goes wherever the default route leads"},
	{"standby-active", "when the standby dies, too, nobody serves these networks"},
	{"standby-no-primary", "it takes over for nobody"},
	{"standby-not-ready", "when the other one dies, nobody takes over"},
	{"standby-nothing", "when the other one dies, nothing is taken over"},
	{"strict-source-check", "the tunnel comes up and no answer is ever seen"},
	{"table-owned", "the rules are not those of the configuration"},
	{"unknown-peer", "what the configuration says of it is of no effect"},
};

static const char *problem_why(const char *code)
{
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (!strcmp(whys[i].code, code))
			return whys[i].why;
	return "the daemon is newer than this program, and could not do what it should";
}

void doctor_judge_problems(struct findings *out, const struct doctor_facts *f)
{
	size_t i;
	json_t *p;

	json_array_foreach(f->problems, i, p)
	{
		const char *code = get_text(p, "code");
		struct finding *found;

		if (!strcmp(code, "endpoint-in-tunnel")) /* doctor_judge_tunnels() looks itself */
			continue;
		found = finding_add(out, FINDING_PROBLEM, code, "%s", get_text(p, "message"));
		finding_why(found, "%s", problem_why(code));
		if (get_known(p, "hint"))
			finding_command(found, "%s", get_text(p, "hint"));
	}
}
