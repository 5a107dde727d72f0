#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Names and addresses: when to believe DNS, and what to do when nobody answers.
#
# An endpoint whose name changes is followed when the old address is silent, and only then. A
# peer that is silent for reasons of its own is waited for. A name server that is dead when the
# daemon starts is asked again until it answers.
# limit: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside

answers() { pings madrid 10.0.0.1; }
state_is() { ask madrid "select(.[0].state | test(\"^($1)\$\"))" peers; }
endpoint_is() { [ "$(wg_field madrid wg0 london 3)" = "$1" ]; }

two_cities
check 'Madrid answers' wayside_start madrid 'defaults = {
  poll_interval = 0.5; poll_interval_max = 1.0;
  endpoints = { ttl_min = 5; dead_after = 10; };
};'
check 'the tunnel is up' eventually 10 answers
check 'so says Madrid' eventually 5 state_is up

tell "London's address changes under traffic"
become madrid_host ping -n -i 0.2 192.168.1.50 >"$LAB_DIR/traffic" 2>&1 &
pause 2
london_move 198.51.100.77
if took=$(LIMIT=60 seconds_until answers); then tell "  healed after $took s"; fi
in_time 'healed within 20 s' "$took" 20
check 'at the address that DNS says' endpoint_is 198.51.100.77:50501
check 'and says so' eventually 5 ask madrid \
	'select(.[0].endpoint_source == "dns" and .[0].endpoint_host == "london-gw.domain.com")' peers

tell 'DNS says something else, but London still answers where it was'
name_is london-gw.domain.com 203.0.113.99
check 'for 12 s nothing is lost' always 12 answers
check 'the endpoint stays' endpoint_is 198.51.100.77:50501
name_is london-gw.domain.com 198.51.100.77

tell 'London is silent for a while'
tunnel_silent london wg0
check 'Madrid, which goes on sending, sees it' eventually 20 state_is 'unanswered|dead'
check 'and goes on' wayside_alive madrid
tunnel_speaks london wg0
if took=$(LIMIT=60 seconds_until answers); then tell "  back $took s after London"; fi
in_time 'London is back' "$took" 20

tell 'A reboot while the name server is dead; what was good last is remembered'
wayside_stop madrid
name_server_stop
on madrid ip link del wg0
tunnel_up madrid wg0 without_endpoints
check 'Madrid starts' wayside_start madrid
check 'and finds London where it was' eventually 40 answers

tell 'The same, and nothing is remembered'
wayside_stop madrid
on madrid rm -rf /var/lib/wayside
on madrid ip link del wg0
tunnel_up madrid wg0 without_endpoints
check 'Madrid starts' wayside_start madrid
check_not 'there is nowhere to send to' eventually 4 answers
name_server_start
if took=$(LIMIT=90 seconds_until answers); then tell "  the tunnel is up $took s after the name server"; fi
in_time 'as soon as the name server is back, all is well' "$took" 45
finish
