#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Two cities: two gateways, one behind its LAN's router, one on an address that changes.
#
# It is contrib/recipes/two-cities as it stands there: Madrid's tunnel from its page, Madrid's
# policy, the router's route as `lan-routes` prints it, and in London nothing of ours. Then London
# runs Wayside too, and both go on when London's address changes, when an interface is made anew,
# when the daemon stops, and with OpenWrt's file in place of wg-quick's. It asks for no port and adds
# no interface.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
. "$(dirname "$0")/recipe.sh"
needs_wayside

both_ways() { pings madrid_host 192.168.1.50 && pings london_host 192.168.2.50; }
interfaces() { on "$1" ip -o link | awk -F ': ' '{ print $2 }'; }
listens() { on "$1" ss -Hlntu | grep -v ':50501 '; }
no_new_interface() { [ "$(interfaces london)" = "$before" ]; }

two_cities
before=$(interfaces london)
recipe two-cities london-gw=london
on madrid ip link del wg0
recipe_tunnel madrid wg0 README.md
tunnel_up madrid wg0
check 'Madrid reaches London inside the tunnel' eventually 10 pings madrid 10.0.0.1
check_not 'no host of Madrid reaches a host of London' pings madrid_host 192.168.1.50
check_not 'nor the other way round' pings london_host 192.168.2.50

tell 'London is a router with a static route; waysided starts in Madrid'
on london ip route add 192.168.2.0/24 dev wg0
on madrid_router ip route del 192.168.1.0/24
check 'Madrid answers' recipe_start madrid madrid.conf
check 'it says that all is done' eventually 10 converged madrid
check_not "hosts send to Madrid's router, which knows nothing yet" pings madrid_host 192.168.1.50
check "it is told what lan-routes prints" told madrid_router madrid
check 'the hosts of both LANs reach each other' eventually 10 both_ways

tell 'London gets waysided, too, without a policy'
on london ip route del 192.168.2.0/24
fast='defaults = { endpoints = { ttl_min = 5; }; };'
check 'London answers' wayside_start london "$fast"
check 'the hosts of both LANs reach each other' eventually 10 both_ways
check 'London says that all is done' eventually 5 converged london
check 'its peer is up and has a name from the file of wg-quick' \
	ask london 'select(.[0].name == "madrid" and .[0].state == "up")' peers
check 'every route of ours carries protocol 87' has_route london 192.168.2.0/24 wg0
check 'there is no new interface' no_new_interface
check_not 'and no new port' listens london
check 'what Prometheus reads has the names of WireGuard dashboards' \
	ask madrid 'select(test("wireguard_latest_handshake_seconds{"))' metrics

tell "London's provider changes the address; DNS is told, TTL 5 s"
london_move 198.51.100.77
if took=$(LIMIT=60 seconds_until both_ways); then tell "  mended after $took s"; fi
in_time 'within 30 s the hosts reach each other again' "$took" 30

tell "Madrid's interface is made anew"
on madrid ip link del wg0
tunnel_up madrid wg0
check 'the hosts reach each other again' eventually 15 both_ways

tell 'waysided is stopped on both'
wayside_stop london
wayside_stop madrid
check 'nothing is interrupted' both_ways
check 'and it can come back' wayside_start madrid
check 'with nothing to do' eventually 5 converged madrid
check 'and nothing interrupted' both_ways

tell "OpenWrt's file in place of wg-quick's, and no configuration"
wayside_stop madrid
on madrid "$WAYSIDED" --clean
on madrid rm -f /etc/wireguard/wg0.conf /etc/wayside/wayside.conf
on madrid mkdir -p /etc/config
recipe_file madrid.uci >"$(file madrid /etc/config/network)"
check 'waysided answers' wayside_start madrid
check 'the hosts reach each other' eventually 10 both_ways
check 'the name in it is followed' ask madrid \
	'select(.[0].name == "london-gw" and .[0].endpoint_host == "london-gw.example.net")' peers
finish
