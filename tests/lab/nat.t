#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# What NATs and hubs do to a spoke: a mapping is forgotten, a port is given to another host, the
# far end is switched off for minutes and comes back elsewhere.
#
# London cannot reach Madrid by itself: only what Madrid sends opens the way.
# limit: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside

reached() { WAIT=0.5 pings london 10.0.0.2; }
answers() { WAIT=0.5 pings madrid 10.0.0.1; }
state_is() { ask madrid "select(.[0].state | test(\"^($1)\$\"))" peers; }
seen_port() { wg_field london wg0 madrid 3 | sed 's/.*://'; }
seen_elsewhere() { [ "$(seen_port)" != "$1" ]; }

two_cities
check 'Madrid answers' wayside_start madrid 'defaults = { endpoints = { ttl_min = 5; }; };'
check 'the tunnel is up' eventually 20 answers
check 'London reaches Madrid' eventually 10 reached

tell 'The NAT forgets the mapping'
mapping_dies
took=$(seconds_until reached) && tell "  reached again after $took s"
check 'London reaches Madrid again' reached

tell 'The NAT gives the port to another host'
port=$(seen_port)
mapping_is_stolen
took=$(seconds_until reached) && tell "  reached again after $took s"
check 'London reaches Madrid again' reached
check 'at another port' seen_elsewhere "$port"

tell 'London is switched off for two minutes, and comes back at another address'
on london ip link set provider down
check 'Madrid sees it' eventually 60 state_is 'unanswered|dead'
pause 120
on london ip link set provider up
london_move 198.51.100.77
took=$(seconds_until answers) && tell "  up again after $took s"
check 'the tunnel is up again' answers
finish
