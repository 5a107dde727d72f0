#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# What happens to links and addresses, and that routes come back: down and up, the last address
# removed, another MTU, another name, deleted and made again, moved to another namespace and back.
# The kernel takes the routes away each time, and says so of few of them.
. "$(dirname "$0")/lib.sh"
needs_wayside

router gate
host far other
network uplink
join gate uplink 192.0.2.1/24 2001:db8:7::1/64
join far uplink 192.0.2.2/24
tunnel gate wg0 $'10.0.0.1/24\nAddress = fd00::1/64' 51820
peer gate wg0 far '10.0.0.2/32, 10.20.1.0/24, 10.20.2.0/24, fd00:20::/64' 192.0.2.2:51820 25
tunnel_up gate wg0
tunnel far wg0 10.0.0.2/24 51820
peer far wg0 gate '10.0.0.1/32' 192.0.2.1:51820
tunnel_up far wg0
on far ip address add 10.20.1.1/32 dev lo
on far ip route add 10.20.3.0/24 dev wg0

# all IFACE: the routes of both families
all()
{
	has_route gate 10.20.1.0/24 "$1" && has_route gate 10.20.2.0/24 "$1" &&
		[ -n "$(on gate ip -6 route show fd00:20::/64 dev "$1" proto 87)" ]
}
gone() { [ -z "$(on gate ip route show table all proto 87; on gate ip -6 route show table all proto 87)" ]; }
# back WHAT IFACE: how long until all is in order
back()
{
	local took
	took=$(LIMIT=15 seconds_until all "$2")
	tell "  back after $took s"
	check "$1: every route is back" all "$2"
	check 'and all is done' eventually 10 converged gate
}

check 'waysided answers' wayside_start gate 'defaults = { import = [ ]; };'
check 'the routes are there' eventually 10 all wg0
check 'the far end answers' eventually 20 pings gate 10.20.1.1

tell 'Down and up'
on gate ip link set wg0 down
check 'down, there are none' eventually 5 gone
on gate ip link set wg0 up
on gate ip address add fd00::1/64 dev wg0 2>/dev/null
back 'up again' wg0

tell 'Its last address is removed, and given again'
on gate ip address flush dev wg0
back 'without an address' wg0
check 'the peer itself has a route now' eventually 5 has_route gate 10.0.0.2/32 wg0
on gate ip address add 10.0.0.1/24 dev wg0
check 'which the network takes over again' eventually 5 not has_route gate 10.0.0.2/32 wg0
check 'the far end answers' eventually 20 pings gate 10.20.1.1

tell 'Another MTU, so small that IPv6 has no place'
on gate ip link set wg0 mtu 1000
pause 1
four() { has_route gate 10.20.1.0/24 wg0; }
check 'the routes of IPv4 are there' four
on gate ip link set wg0 mtu 1420
back 'with the old one' wg0

# A program's socket keeps the name that the interface had: wg(8) does not find it either.
if [ "${WAYSIDE_LAB_BACKEND:-}" != userspace ]; then
	tell 'Another name, and the old one'
	on gate ip link set wg0 down
	on gate ip link set wg0 name wg7
	on gate ip link set wg7 up
	back 'as wg7' wg7
	named() { [ "$(ask gate '.interfaces[0].name' status)" = wg7 ]; }
	check 'it is known by that' eventually 5 named
	on gate ip link set wg7 down
	on gate ip link set wg7 name wg0
	on gate ip link set wg0 up
	back 'as wg0' wg0
fi

tell 'Deleted, and made again'
on gate ip link del wg0
check 'deleted, there are none' eventually 5 gone
tunnel_up gate wg0
back 'made again' wg0
check 'the far end answers' eventually 20 pings gate 10.20.1.1

tell 'Moved to another namespace, and back'
on gate ip link set wg0 netns "${HOST_PID[other]}"
check 'there are none here' eventually 5 gone
check 'and none there' [ -z "$(on other ip route show table all proto 87)" ]
on other ip link set wg0 netns "${HOST_PID[gate]}"
on gate ip link set wg0 up
on gate ip address add 10.0.0.1/24 dev wg0
back 'back here' wg0
check 'the far end answers' eventually 20 pings gate 10.20.1.1
check 'the daemon has lived through it' wayside_alive gate
finish
