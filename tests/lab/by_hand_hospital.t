#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# The hospital, proved without Wayside.
#
# As in by_hand_two_cities.t: what the owner does by hand is done here with his commands, and it
# is shown that each of them is needed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"

hospital
tell 'The hospital, as algo and the owner leave it'
check 'hub and Pi have found each other through two NATs' eventually 10 handshaken hub pi
check 'so have hub and laptop' eventually 10 handshaken hub laptop
check_not 'a DC host does not reach the Pi' pings dc_host 10.49.0.2
check_not 'nor a clinic host' pings dc_host 10.20.1.30

tell 'By hand: routes on hub, Pi and laptop'
on hub ip route add 10.20.1.0/24 dev wg0
on pi ip -batch - <<-ROUTES
	route add 10.49.0.0/24 dev wg0
	route add 10.10.0.0/16 dev wg0
ROUTES
on laptop ip -batch - <<-ROUTES
	route add 10.49.0.0/24 dev wg0
	route add 10.10.0.0/16 dev wg0
	route add 10.20.0.0/16 dev wg0
ROUTES
check 'the laptop reaches a DC host: algo lets it' eventually 5 pings laptop 10.10.2.20
check_not 'a DC host still does not reach a clinic host' pings dc_host 10.20.1.30
check_not 'a clinic host does not reach the DC' pings clinic_host 10.10.2.20
check_not 'the laptop does not reach the Pi' pings laptop 10.49.0.2

tell "By hand: two lines at the top of algo's FORWARD chain"
on hub iptables-nft -I FORWARD -i wg0 -j ACCEPT
on hub iptables-nft -I FORWARD -o wg0 -j ACCEPT
check 'a DC host reaches a clinic host' eventually 5 pings dc_host 10.20.1.30
check 'and back' pings clinic_host 10.10.2.20
check 'the laptop reaches the Pi' pings laptop 10.49.0.2

tell 'The hub gets a new address: nobody tells WireGuard'
hub_move 198.51.100.88
check_not 'the Pi is cut off' eventually 5 pings pi 10.49.0.1
on pi wg set wg0 peer "$(key hub)" endpoint hub.example.net:51820
check 'and is back when somebody sets the endpoint again' eventually 10 pings dc_host 10.20.1.30
finish
