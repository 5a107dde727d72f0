#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# The two cities, proved without Wayside.
#
# What a story finds closed must be closed for the reason that it names and for no other. So here
# everything that Wayside has to do is done by hand, with the owner's commands: without them no
# ping passes, with them every one does.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"

tell 'Two cities, as the owner leaves them'
two_cities
check 'Madrid reaches London by name, inside the tunnel' eventually 10 pings madrid 10.0.0.1
check_not 'no host of Madrid reaches a host of London' pings madrid_host 192.168.1.50

tell 'By hand: a route on each gateway'
on london ip route add 192.168.2.0/24 dev wg0
on madrid ip route add 192.168.1.0/24 dev wg0
check 'a host of Madrid reaches a host of London' eventually 5 pings madrid_host 192.168.1.50
check 'and the other way round' pings london_host 192.168.2.50

tell "London's address changes: nobody tells WireGuard"
london_move 198.51.100.77
check_not 'Madrid is cut off' eventually 5 pings madrid 10.0.0.1
on madrid wg set wg0 peer "$(key london)" endpoint london-gw.domain.com:50501
check 'and is back when somebody sets the endpoint again' eventually 10 pings madrid_host 192.168.1.50
finish
