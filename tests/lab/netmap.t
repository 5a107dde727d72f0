#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# The hub has a network that is the clinic's as well, and WireGuard itself between the two.
#
# Without a netmap that is said with both names; with one, everybody on the hub's side knows the
# clinic by another prefix, both ways, and the hub's own network is what it was.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside

hub_with()
{
	echo "zones = ( { name = \"dc\"; prefixes = [ \"10.10.0.0/16\" ]; } );
defaults = { firewall = { enabled = true; policy = ( { from = \"dc\"; to = \"pi\"; },
  { from = \"pi\"; to = \"dc\"; ports = [ \"icmp\", \"tcp/22\" ]; } ); }; };
interfaces = ( { name = \"wg0\"; peers = ( { name = \"pi\"; $1 } ); } );"
}
problem_says() { ask hub ".problems | map(.message) | join(\" \") | select(test(\"$1\"))" status; }
connects() { on "$1" socat -T 1 /dev/null "TCP:$2:$3,connect-timeout=1"; }
sees_dc_from() { on dc_host ping -n -c 1 -W 1 "$1" | grep -q "bytes from $1"; }

hospital
network twin
host neighbour
join hub twin 10.20.1.1/24
join neighbour twin 10.20.1.77/24
become dc_host socat TCP-LISTEN:22,fork,reuseaddr PIPE &
become clinic_host socat TCP-LISTEN:22,fork,reuseaddr PIPE &
check 'the tunnels are up' eventually 10 handshaken hub pi
wayside_start pi ''
check 'the hub answers' wayside_start hub "$(hub_with '')"
check 'the overlap is said, with both names' \
	eventually 5 problem_says '10.20.1.0/24 of pi on wg0 is inside the network 10.20.1.0/24 of twin'
check_not 'the clinic cannot be reached' pings dc_host 10.20.1.30

tell 'netmap'
wayside_conf hub "$(hub_with 'netmap = ( { inside = "10.20.1.0/24"; outside = "10.20.201.0/24"; } );')"
check 'the hub takes it' ctl hub reload
check 'the clinic is reached by its other prefix' eventually 10 sees_dc_from 10.20.201.30
check 'and by TCP' connects dc_host 10.20.201.30 22
check 'the clinic reaches the DC' pings clinic_host 10.10.2.20
check 'and by TCP, what it may' connects clinic_host 10.10.2.20 22
check 'so does the hub itself' pings hub 10.20.201.30
check 'its own network is there' pings hub 10.20.1.77
check_not 'the overlap is gone' problem_says '10.20.1.0/24 of pi'
check 'who sends too much hears of it' on dc_host sh -c \
	'ping -n -c 2 -W 1 -M do -s 1472 10.20.201.30 2>&1 | grep -q "mtu"'
check 'all is done' eventually 5 converged hub
on hub nft flush ruleset
check 'after a flush by others it works again' eventually 5 sees_dc_from 10.20.201.30
finish
