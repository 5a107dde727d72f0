#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Everything through the tunnel by a route in the main table, and the tunnel itself outside.
#
# A laptop's only peer has 0.0.0.0/0 and ::/0. The endpoint gets a host route by the uplink, which
# follows the uplink's gateway and metric, a second uplink, and the endpoint when it moves; one
# gateway is not in any network of the laptop's. Then the far end is inside a network that its peer
# carries.
. "$(dirname "$0")/lib.sh"
needs_wayside

router gate other vpn
host laptop web
network lan lte wide dmz
join laptop lan 192.168.7.5/24 2001:db8:7::5/64
join gate lan 192.168.7.1/24 192.168.7.2/24 172.31.1.1/24 2001:db8:7::1/64
join laptop lte 100.64.0.5/24
join other lte 100.64.0.1/24
join gate wide 198.51.100.1/24 2001:db8:1::1/64
join other wide 198.51.100.2/24
join vpn wide 198.51.100.10/24 198.51.100.11/24 2001:db8:1::10/64 via 198.51.100.1
join vpn dmz 203.0.113.1/24 2001:db8:5::1/64
join web dmz 203.0.113.80/24 2001:db8:5::80/64 via 203.0.113.1
on web ip -6 route add default via 2001:db8:5::1
for router in vpn gate; do
	on $router sysctl -qw net.ipv6.conf.all.forwarding=1
done
on vpn ip -6 route add default via 2001:db8:1::1
on vpn ip route add 100.64.0.0/24 via 198.51.100.2
on laptop ip route add default via 192.168.7.1 metric 100
on laptop ip -6 route add default via 2001:db8:7::1 metric 2000

tunnel vpn wg0 $'10.9.0.1/24\nAddress = fd09::1/64' 51820
peer vpn wg0 laptop '10.9.0.5/32, fd09::5/128'
tunnel_up vpn wg0
tunnel laptop wg0 $'10.9.0.5/24\nAddress = fd09::5/64'
peer laptop wg0 vpn '0.0.0.0/0, ::/0' 198.51.100.10:51820 25
tunnel_up laptop wg0

host_route() { prints laptop "$2" ip route show "$1" proto 87; }
by_tunnel() { prints laptop 'dev wg0' ip route get "$1"; }
status_of() { [ "$(ask laptop ".[] | select(.prefix == \"$1\") | .status" routes)" = "$2" ]; }
loops() { ask laptop '.problems[].code' status | grep -q endpoint-in-tunnel; }
web() { pings laptop 203.0.113.80; }

check_not 'before, the web is out of reach' web
check 'waysided answers' wayside_start laptop \
	'defaults = { import = [ ]; routes = { default_route = "main"; metric = 50; }; };'
check 'the web is reached through the tunnel' eventually 20 web
check 'and by IPv6' eventually 10 pings laptop 2001:db8:5::80
check 'all is done' eventually 10 converged laptop
check 'the default route is in the main table' prints laptop 'metric 50' \
	ip route show default dev wg0 proto 87
check 'what is foreign goes into the tunnel' by_tunnel 203.0.113.80
check 'the endpoint has a host route' host_route 198.51.100.10 'via 192.168.7.1 dev lan'
check 'which is said' status_of 198.51.100.10/32 installed
check_not 'and nothing loops' loops

tell 'The uplink gets another gateway'
on laptop ip route replace default via 192.168.7.2 metric 100
took=$(LIMIT=10 seconds_until host_route 198.51.100.10 192.168.7.2)
in_time 'followed, by the event' "$took" 5
check 'the web is still reached' eventually 10 web

tell 'Its gateway is in none of its networks'
on laptop ip route replace default via 172.31.1.1 dev lan onlink metric 100
check 'the host route follows' eventually 5 host_route 198.51.100.10 '172.31.1.1 dev lan'
check 'the web is still reached' eventually 10 web

tell 'A second uplink, with a better metric'
on laptop ip route add default via 100.64.0.1 metric 60
check 'the host route follows' eventually 5 host_route 198.51.100.10 'via 100.64.0.1 dev lte'
check 'the web is still reached' eventually 20 web
tell 'It goes away, without a word about its routes'
on laptop ip link set lte down
check 'the first one again' eventually 5 host_route 198.51.100.10 '172.31.1.1 dev lan'
check 'the web is still reached' eventually 20 web

tell 'Somebody deletes the host route'
on laptop ip route del 198.51.100.10
check 'it is back' eventually 5 host_route 198.51.100.10 '172.31.1.1 dev lan'

tell 'The far end moves, by IPv4 and then to IPv6'
on laptop wg set wg0 peer "$(key vpn)" endpoint 198.51.100.11:51820
check 'the new one has a host route' eventually 10 host_route 198.51.100.11 '172.31.1.1 dev lan'
check 'the old one has none' eventually 5 not has_route laptop 198.51.100.10/32
check 'the web is still reached' eventually 20 web
on laptop wg set wg0 peer "$(key vpn)" endpoint '[2001:db8:1::10]:51820'
six() { prints laptop 'via 2001:db8:7::1 dev lan' ip -6 route show 2001:db8:1::10 proto 87; }
check 'there too' eventually 10 six
check 'the web is still reached' eventually 20 web

tell 'The far end is in a network that its peer carries, and only that'
on laptop wg set wg0 peer "$(key vpn)" endpoint 198.51.100.10:51820 \
	allowed-ips 198.51.100.0/24,203.0.113.0/24
check 'it has a host route' eventually 10 host_route 198.51.100.10 '172.31.1.1 dev lan'
check 'the rest is in the tunnel' eventually 5 by_tunnel 198.51.100.200
check 'the web is still reached' eventually 20 web
check 'all is done' eventually 10 converged laptop

wayside_stop laptop
check '--clean' on laptop "$WAYSIDED" --clean
check 'takes the host route, too' not has_route laptop 198.51.100.10/32
finish
