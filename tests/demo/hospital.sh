#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# `make demo`: a hospital's network is opened, broken three times and mended, nobody helping.
#
# A hub that algo installed (iptables, FORWARD policy DROP, peers kept apart) stands in a data
# centre's network; a Raspberry Pi behind a mobile carrier's NAT carries a clinic's network; a
# laptop is at home. WireGuard is up everywhere, and that is all: no routes, no openings. Then
# waysided starts on the three. Everything happens in namespaces, in a small VM where this kernel
# has no WireGuard, and is gone afterwards.
. "$(dirname "$0")/../lab/lib.sh"
. "$(dirname "$0")/../lab/topology.sh"

[ -x "$WAYSIDED" ] || { tell 'build/waysided is missing: run make first'; exit 1; }

bad=0
summary=()

# way NAME FROM TO: a way that packets should take, by the hosts' names and an address.
ways=(
	'a DC host to a clinic host|dc_host|10.20.1.30'
	'a clinic host to a DC host|clinic_host|10.10.2.20'
	'the laptop to a DC host|laptop|10.10.2.20'
	'the laptop to the Pi|laptop|10.49.0.2'
)

passes() { WAIT=0.5 pings "$1" "$2"; }

all_pass()
{
	local way from to
	for way in "${ways[@]}"; do
		IFS='|' read -r _ from to <<<"$way"
		passes "$from" "$to" || return 1
	done
}

show_ways()
{
	local way name from to
	for way in "${ways[@]}"; do
		IFS='|' read -r name from to <<<"$way"
		if passes "$from" "$to" >/dev/null 2>&1; then
			printf '  open    %s\n' "$name"
		else
			printf '  closed  %s\n' "$name"
			[ "$1" = closed ] || bad=1
			continue
		fi
		[ "$1" = open ] || bad=1
	done
}

# mended WHAT CMD: waits until CMD is true, says how long it took.
mended()
{
	local what=$1 took
	shift
	if took=$(LIMIT=60 seconds_until "$@"); then
		printf '  mended after %s s\n' "$took"
		summary+=("$(printf '%-42s mended after %6s s' "$what" "$took")")
	else
		printf '  NOT mended within 60 s\n'
		summary+=("$(printf '%-42s NOT MENDED' "$what")")
		bad=1
	fi
}

shown() { sed 's/^/  | /'; }

tell 'The hospital, with WireGuard up and nothing else:'
hospital
eventually 15 handshaken hub pi
eventually 15 handshaken hub laptop
show_ways closed

tell
tell 'waysided starts on the hub, the Pi and the laptop. The hub is told:'
hub_conf='zones = ( { name = "dc"; prefixes = [ "10.10.0.0/16" ]; } );
defaults = {
  endpoints = { ttl_min = 5; };
  firewall = {
    enabled = true;
    policy = (
      { from = "dc"; to = "peers"; },
      { from = "peers"; to = "dc"; },
      { from = "peers"; to = "peers"; }
    );
  };
};'
shown <<<"$hub_conf"
tell 'and the other two: defaults = { endpoints = { ttl_min = 5; }; };'
wayside_start hub "$hub_conf" || bad=1
wayside_start pi 'defaults = { endpoints = { ttl_min = 5; }; };' || bad=1
wayside_start laptop 'defaults = { endpoints = { ttl_min = 5; }; };' || bad=1
took=$(LIMIT=30 seconds_until all_pass) || bad=1
show_ways open
tell "  ($took s after the last one was ready)"

tell
tell 'waysidectl status, on the hub'
ctl hub status | shown
tell 'waysidectl peers, on the hub'
ctl hub peers | shown

tell
tell '1. Somebody deletes the route to the clinic on the hub: ip route del 10.20.1.0/24'
route_back() { has_route hub 10.20.1.0/24 wg0 && passes dc_host 10.20.1.30; }
on hub ip route del 10.20.1.0/24 dev wg0
mended 'a deleted route' route_back

tell
tell "2. Somebody restarts the hub's firewall: nft flush ruleset, then algo's rules as they were"
on hub nft flush ruleset
algo_firewall hub 10.49.0.0/24
firewall_back() { on hub nft list table inet wayside && all_pass; }
mended 'a flushed firewall' firewall_back

tell
tell '3. The hub gets another public address; only DNS (TTL 5 s) is told. The Pi goes on sending'
hub_move 198.51.100.88
hub_back() { passes pi 10.49.0.1 && all_pass; }
mended "the hub's new address" hub_back

tell
show_ways open
tell
printf '%s\n' "${summary[@]}"
if [ "$bad" = 0 ]; then
	tell 'Everything is open again, and nobody did anything.'
	exit 0
fi
tell 'The demonstration failed. What the daemons said last:'
tail -n 15 "$LAB_DIR"/log/waysided-* 2>/dev/null
exit 1
