// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the doctor says of the host around the tunnels: its clock, its name servers, and a
 * systemd-networkd that clears away what is not its own.
 */
#include <time.h>

#include "doctor.h"

static void day_format(int64_t seconds, char *out, size_t size)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, size, "%Y-%m-%d %H:%M", &tm))
		*out = '\0';
}

static void judge_clock(struct findings *out, const struct doctor_facts *f)
{
	struct finding *found;
	char now[32], past[32];

	if (f->now && f->now < f->past) {
		day_format(f->now, now, sizeof(now));
		day_format(f->past, past, sizeof(past));
		found = finding_add(out, FINDING_PROBLEM, "clock",
				    "the clock says %s, and it was already %s (UTC)", now, past);
		finding_why(found, "a peer refuses a handshake that is older than the last one it "
				   "saw: after a restart no tunnel comes up until the clock is "
				   "right");
		finding_command(found, "timedatectl set-ntp true; or date -u -s 'YYYY-MM-DD "
				       "hh:mm', then hwclock -w");
	} else if (f->synchronised == 0) {
		found = finding_add(out, FINDING_NOTE, "clock",
				    "no time service keeps the clock, says the kernel");
		finding_why(found, "should it ever go back, peers refuse handshakes until it is "
				   "where it was");
		finding_command(found, "timedatectl set-ntp true; or install chrony");
	}
}

/* Every name server over a tunnel, and names are what that tunnel needs to come up again. */
static void judge_dns(struct findings *out, const struct doctor_facts *f)
{
	const struct doctor_peer *named = NULL;
	const struct doctor_link *over = NULL;
	char addr[ADDR_STRLEN];
	struct finding *found;

	vec_each(&f->peers, p)
		named = p->named && !named ? p : named;
	vec_each(&f->resolvers, r) {
		over = doctor_link_of(f, r->way.ifindex);
		if (!over || !over->tunnel)
			return;
	}
	if (!named || !over)
		return;
	found = finding_add(out, FINDING_PROBLEM, "dns-in-tunnel",
			    "every name server (%s%s) is reached over a tunnel, %s",
			    addr_format(&f->resolvers.at[0].addr, addr),
			    f->resolvers.len > 1 ? " and others" : "", over->name);
	finding_why(found,
		    "when the tunnel is down and %s has another address, its name cannot "
		    "be looked up, and the tunnel stays down",
		    named->label);
	finding_command(found, "add a name server that is reached over the uplink, in "
			       "/etc/resolv.conf or with: resolvectl dns UPLINK ADDRESS");
}

static void judge_networkd(struct findings *out, const struct doctor_facts *f)
{
	bool both = f->networkd_takes_routes && f->networkd_takes_rules;
	struct finding *found;

	if (!f->networkd || (!f->networkd_takes_routes && !f->networkd_takes_rules))
		return;
	found = finding_add(out, FINDING_PROBLEM, "networkd-foreign",
			    "systemd-networkd removes other programs' %s%s%s when it starts again",
			    f->networkd_takes_routes ? "routes" : "", both ? " and " : "",
			    f->networkd_takes_rules ? "rules" : "");
	finding_why(found, "each of its restarts, an update for instance, interrupts the tunnels "
			   "until ours are put back");
	finding_command(found, "printf '[Network]\\nManageForeignRoutes=no\\n"
			       "ManageForeignRoutingPolicyRules=no\\n' > "
			       "/etc/systemd/networkd.conf.d/wayside.conf && systemctl restart "
			       "systemd-networkd");
}

void doctor_judge_host(struct findings *out, const struct doctor_facts *f)
{
	judge_clock(out, f);
	judge_dns(out, f);
	judge_networkd(out, f);
}
