// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words that this program knows. A request that is not among them is sent all the same and
 * its answer shown as it is, so that this program need not be as new as the daemon.
 */
#include <stdio.h>
#include <string.h>

#include "model/config.h"
#include "words.h"

#define LAN_FORMATS	"iproute2 openwrt mikrotik vyos frr networkd"
#define GRAPH_FORMATS	"dot mermaid svg"
#define METRICS_FORMATS "openmetrics prometheus"

const struct word words[] = {
	{"status", "[--check]", "how the daemon is; --check exits with 4 when something is wrong",
	 .show = status_show, .has_verdict = true, .options = "--check"},
	{"peers", "[INTERFACE]", "all peers, those in trouble first", TAKES_INTERFACE,
	 .show = peers_show},
	{"peer", "NAME-OR-KEY", "one peer and its story", TAKES_PEER, .show = peer_show},
	{"paths", "", "which way each peer is reached", .show = paths_show},
	{"routes", "", "wanted routes and what became of them", .show = routes_show},
	{"firewall", "", "our rules, and those in other programs' chains", .show = firewall_show},
	{"dns", "", "host names of endpoints and their addresses", .show = dns_show},
	{"plan", "", "what is about to be done; exits with 4 when there is anything",
	 .show = plan_show, .has_verdict = true},
	{"explain", "TO [from A]", "what happens to a packet for an address or a prefix",
	 TAKES_ADDRESS, .show = explain_show},
	{"events", "[-f] [N]", "the last N events; -f goes on with those that come", TAKES_NUMBER,
	 .show = events_show, .options = "--follow"},
	{"watch", "", "events as they come"},
	{"metrics", "[--format F]", "for Prometheus", .make = metrics_make, .options = "--format",
	 .formats = METRICS_FORMATS},
	{"lan-routes", "[--format F]", "what the LAN's router needs when it is not this host",
	 .make = lan_routes_make, .options = "--format --via", .formats = LAN_FORMATS},
	{"graph", "[--format F]", "a picture of interfaces, peers and their networks",
	 .make = graph_make, .options = "--format", .formats = GRAPH_FORMATS},
	{"top", "", "the peers, live, on a terminal", .make = top_make},
	{"doctor", "", "what keeps tunnels from working; exits with 4 when there is a problem",
	 .make = doctor_make},
	{"completion", "SHELL", "a script that completes these words: bash, zsh or fish",
	 TAKES_SHELL, .make = completion_make},
	{"reload", "", "read the configuration again", .show = reload_show},
	{"resolve", "PEER|all", "look the endpoint's name up now", TAKES_PEER_OR_ALL,
	 .show = resolve_show},
	{"kick", "PEER", "make a peer send now", TAKES_PEER, .show = kick_show},
	{"log", "LEVEL", "error, warn, info or debug", TAKES_LEVEL, .show = log_show},
	{"version", "", "of this program and of the daemon", .show = version_show},
	{0},
};

const struct word *word_find(const char *name)
{
	for (const struct word *w = words; w->name; w++)
		if (!strcmp(w->name, name))
			return w;
	return NULL;
}

void help_print(FILE *to)
{
	fputs("usage: waysidectl [-s SOCKET] [--json] WORDS...\n\n", to);
	for (const struct word *w = words; w->name; w++)
		fprintf(to, "  %-10s %-13s %s\n", w->name, w->args, w->summary);
	fputs("\n"
	      "  -s, --socket PATH    instead of " DEFAULT_SOCKET_PATH "\n"
	      "  -j, --json           for programs: the answer as JSON\n"
	      "  -c, --check          status: exit with 4 when something is wrong\n"
	      "  -f, --follow         events: go on with those that come\n"
	      "  -F, --format FORMAT  lan-routes: " LAN_FORMATS "\n"
	      "                       graph: " GRAPH_FORMATS "\n"
	      "                       metrics: " METRICS_FORMATS "\n"
	      "      --via ADDRESS    lan-routes: this host's address on the LAN\n"
	      "  -h, --help           -V, --version\n"
	      "\n"
	      "exit codes: 0 done, 1 the daemon said no, 2 usage, 3 no daemon,\n"
	      "            4 status --check or doctor found a problem, or plan is not empty\n",
	      to);
}
