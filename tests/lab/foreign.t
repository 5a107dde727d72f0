#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# What is not ours is never touched.
#
# A gateway with algo's firewall and routes of other programs, some in the way, some that serve.
# Wayside replaces and deletes none of them; what it puts into algo's chain `iptables -S` can
# show; and --clean leaves everything as it was found, compared with a snapshot.
. "$(dirname "$0")/lib.sh"
needs_wayside

snapshot()
{
	on gate ip route show table all
	on gate ip -6 route show table all
	on gate ip rule
	on gate ip -6 rule
	on gate nft -s list ruleset
	on gate iptables-nft -S
	on gate iptables-nft -t nat -S
}
as_found() { snapshot >"$LAB_DIR/now"; diff "$LAB_DIR/found" "$LAB_DIR/now"; }
routes_to() { on gate ip route show table all exact "$1"; }
only() { [ "$(routes_to "$1")" = "$2" ]; }
problem_names() { ask gate ".problems | map(tostring) | join(\" \") | select(contains(\"$1\"))" status; }
forward_lists() { on gate iptables-nft -S FORWARD | grep -- "$1"; }

router gate
network uplink lan
join gate uplink 192.0.2.2/24
join gate lan 10.10.0.1/16
algo_firewall gate 10.0.0.0/24
tunnel gate wg0 10.0.0.1/24 51820
peer gate wg0 one '10.0.0.2/32, 10.20.1.0/24, 10.20.2.0/24, 10.20.3.0/24, 10.20.4.0/24'
tunnel_up gate wg0
tell "Other people's routes: one in the way, one that serves already, one with another metric"
on gate ip route add 10.20.1.0/24 via 192.0.2.9 protocol static
on gate ip route add 10.20.2.0/24 dev wg0 protocol static
on gate ip route add 10.20.3.0/24 via 192.0.2.9 protocol static metric 500
pause 1
snapshot >"$LAB_DIR/found"
in_the_way=$(routes_to 10.20.1.0/24)
serving=$(routes_to 10.20.2.0/24)

check 'waysided answers' wayside_start gate 'defaults = { firewall = { enabled = true; }; };'
check 'it makes the route that is missing' eventually 5 has_route gate 10.20.4.0/24 wg0
check 'beside one with another metric, too' eventually 5 has_route gate 10.20.3.0/24 wg0
check 'the route in the way stays alone' only 10.20.1.0/24 "$in_the_way"
check 'and is reported' eventually 5 problem_names 10.20.1.0/24
check 'the route that serves counts as done' only 10.20.2.0/24 "$serving"

tell "algo's FORWARD chain would drop what we allow"
check 'so an accept stands in it' eventually 5 forward_lists '-i wg0 .*-j ACCEPT'
check 'in a form that iptables can show' forward_lists '-o wg0 .*-j ACCEPT'
check 'and save' on gate iptables-nft-save
pause 3
check 'after some seconds nothing foreign has changed' only 10.20.1.0/24 "$in_the_way"

tell 'The route in the way is taken out by its owner'
on gate ip route del 10.20.1.0/24 via 192.0.2.9
check 'ours takes its place' eventually 5 has_route gate 10.20.1.0/24 wg0
tell 'Somebody puts another one in front of ours'
on gate ip route replace 10.20.1.0/24 via 192.0.2.9 protocol static
pause 2
check 'it stays' only 10.20.1.0/24 "$in_the_way"

tell 'The daemon stops, then --clean'
wayside_stop gate
check 'our routes are still there' has_route gate 10.20.4.0/24 wg0
check '--clean says that it worked' on gate "$WAYSIDED" --clean
check 'everything is as it was found' as_found
check '--clean has nothing more to do' on gate "$WAYSIDED" --clean
check 'and changes nothing' as_found
finish
