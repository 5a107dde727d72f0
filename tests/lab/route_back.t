#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# What others take away is back before anybody notices.
#
# One gateway with three peers that never answer: routes do not need them to. A deleted route is
# back within 0.2 s (median of ten), a flush likewise, our nftables table too; a peer that `wg set`
# adds has its routes within a poll interval, one that it removes has none.
# alone
. "$(dirname "$0")/lib.sh"
needs_wayside

# gaps: reads `ip -ts monitor route`, prints for each way of PREFIX there and back how many
# seconds lay between, in order of size.
gaps()
{
	awk -v prefix="$1" '
		function seconds(t) { split(substr(t, 13, 15), p, ":"); return p[1] * 3600 + p[2] * 60 + p[3] }
		$2 == "Deleted" && $3 == prefix { gone = seconds($1) }
		$2 == prefix && gone { printf "%.3f\n", seconds($1) - gone; gone = 0 }
	' "$LAB_DIR/monitor" | sort -n
}

times() { [ "$(gaps "$1" | wc -l)" -ge "$2" ]; }
median() { gaps "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

host gate
network uplink
join gate uplink 192.0.2.2/24
tunnel gate wg0 10.0.0.1/24 51820
for i in 2 3 4; do
	peer gate wg0 "peer$i" "10.0.0.$i/32, 10.20.$i.0/24"
done
tunnel_up gate wg0
check 'waysided answers' wayside_start gate 'defaults = {
  poll_interval = 0.5; poll_interval_max = 1.0;
  firewall = { enabled = true; };
};'
check 'every allowed-IP has its route' eventually 5 has_route gate 10.20.4.0/24 wg0
check 'all is done' eventually 5 converged gate

become gate stdbuf -oL ip -ts monitor route >"$LAB_DIR/monitor" 2>&1 &
# monitor_hears: a slow machine takes a while to start it.
monitor_hears()
{
	on gate ip route add 192.0.2.200/32 dev uplink
	on gate ip route del 192.0.2.200/32
	[ -s "$LAB_DIR/monitor" ]
}
check 'the monitor listens' eventually 10 monitor_hears
tell 'Ten times somebody deletes a route'
for i in 1 2 3 4 5 6 7 8 9 10; do
	on gate ip route del 10.20.3.0/24
	eventually 5 times 10.20.3.0/24 "$i"
done
check 'it is back ten times' times 10.20.3.0/24 10
took=$(median 10.20.3.0/24)
in_time 'median of ten' "$took" 0.2

tell 'Ten times somebody flushes all routes of the interface'
for i in 1 2 3 4 5 6 7 8 9 10; do
	on gate ip route flush dev wg0 protocol 87
	eventually 5 times 10.20.4.0/24 "$i"
done
check 'they are back ten times' times 10.20.4.0/24 10
took=$(median 10.20.4.0/24)
in_time 'median of ten' "$took" 0.2
check 'and all of them' eventually 5 converged gate

tell 'The link goes down and up: the kernel drops its routes'
on gate ip link set wg0 down
on gate ip link set wg0 up
check 'the routes are back' eventually 5 has_route gate 10.20.2.0/24 wg0

tell 'Somebody flushes the nftables ruleset'
on gate nft flush ruleset
table_back() { on gate nft list table inet wayside; }
took=$(LIMIT=10 seconds_until table_back)
in_time 'our table is back, by the event, not by the next look at everything' "$took" 5

tell 'A peer is added with wg set, and taken away'
on gate wg set wg0 peer "$(key peer5)" allowed-ips 10.0.0.5/32,10.20.5.0/24
took=$(LIMIT=20 seconds_until has_route gate 10.20.5.0/24 wg0)
in_time 'its route is there' "$took" 3
on gate wg set wg0 peer "$(key peer5)" remove
check 'without the peer there is no route' eventually 3 not has_route gate 10.20.5.0/24
finish
