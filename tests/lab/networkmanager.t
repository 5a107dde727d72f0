#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# limit: 400
# unpacks: network-manager libnm0 libndp0 libteamdctl0 libbluetooth3 libmm-glib0 libcurl3-gnutls libpsl5 libnewt0.52 libaudit1 dbus-system-bus-common
# in the VM only
# Beside NetworkManager, the program of Debian, which makes the tunnel and keeps the uplink.
#
# It is told to make no routes for the peers, for Wayside does. Its connection is applied again,
# taken down and up, and it is restarted: ours is back each time, and what it configured is as it
# left it. Then it makes the routes itself: they count as done, and nothing of ours is beside them.
. "$(dirname "$0")/lib.sh"
needs_wayside
command -v dbus-daemon >/dev/null || skip 'no dbus-daemon: apt-get install dbus-daemon'

router gate
host far
network uplink
join gate uplink
join far uplink 192.0.2.2/24
tunnel far wg0 10.0.0.2/24 51820
peer far wg0 gate '10.0.0.1/32' 192.0.2.1:51820
tunnel_up far wg0
on far ip address add 10.20.1.1/32 dev lo
unpacked_root gate

# settings NAME: a connection of NetworkManager, from standard input
settings()
{
	local to
	to=$(file gate "/run/root/etc/NetworkManager/system-connections/$1.nmconnection")
	mkdir -p "${to%/*}"
	(umask 077; cat >"$to")
}

tunnel_settings() # PEER-ROUTES
{
	settings wg0 <<-NM
		[connection]
		id=wg0
		type=wireguard
		interface-name=wg0
		[wireguard]
		private-key=$(cat "$LAB_DIR/key/gate")
		listen-port=51820
		peer-routes=$1
		[wireguard-peer.$(key far)]
		preshared-key=$(preshared gate far)
		preshared-key-flags=0
		endpoint=192.0.2.2:51820
		allowed-ips=10.0.0.2/32;10.20.1.0/24;172.16.0.0/12;
		persistent-keepalive=25
		[ipv4]
		method=manual
		address1=10.0.0.1/24
		[ipv6]
		method=disabled
	NM
}

key gate >/dev/null
tunnel_settings false
settings uplink <<NM
[connection]
id=uplink
type=ethernet
interface-name=uplink
[ipv4]
method=manual
address1=192.0.2.1/24,192.0.2.2
route1=198.51.100.0/24,192.0.2.2,77
routing-rule1=priority 1001 from 198.51.100.0/24 table 254
[ipv6]
method=disabled
NM
# Nobody here to ask whether root may, and no udev that would have named devices.
printf '%s\n' '[main]' plugins=keyfile auth-polkit=false dns=none no-auto-default='*' \
	>"$(file gate /run/root/etc/NetworkManager/NetworkManager.conf)"
on gate mount -t sysfs -o ro sys /run/root/sys
within gate sh -c 'mkdir -p /run/dbus
	id messagebus >/dev/null 2>&1 || echo messagebus:x:101:101::/run:/bin/false >>/etc/passwd'
within gate rm -rf /etc/NetworkManager/dispatcher.d
within gate dbus-daemon --system --fork --nopidfile

manager_start()
{
	become gate chroot /run/root NetworkManager --no-daemon --debug \
		>>"$LAB_DIR/log/networkmanager" 2>&1 </dev/null &
	MANAGER=$!
}
manager_stop() { kill "$MANAGER"; wait "$MANAGER" 2>/dev/null; }
nm() { within gate nmcli "$@"; }
activated() { [ "$(nm -g GENERAL.STATE device show "$1")" = '100 (connected)' ]; }
both_activated() { activated wg0 && activated uplink; }

# What is neither ours nor about the tunnel.
theirs()
{
	{
		on gate ip address show dev uplink
		on gate ip route show table all
		on gate ip rule
	} | grep -vE 'dev wg0|proto (87|wayside)|^(local|broadcast|ff00|fe80)|valid_lft'
}
untouched() { theirs >"$LAB_DIR/now"; diff "$LAB_DIR/theirs" "$LAB_DIR/now"; }
ours() { on gate ip route show proto 87 | awk '$3 == "wg0"' | wc -l | grep -qx 2; }
none_ours() { [ -z "$(on gate ip route show table all proto 87)" ]; }
status_is() { [ "$(ask gate ".[] | select(.prefix == \"$1\") | .status" routes)" = "$2" ]; }
taken() { grep -aE 'Deleted.*proto (87|wayside)' "$LAB_DIR/log/monitor"; }

manager_start
check 'NetworkManager makes tunnel and uplink' eventually 40 both_activated
check 'with an address' eventually 10 prints gate 10.0.0.1/24 ip address show wg0
theirs >"$LAB_DIR/theirs"
check 'waysided answers' wayside_start gate ''
check 'our routes are there' eventually 20 ours
check 'the far end answers' eventually 20 pings gate 10.20.1.1
check 'nothing of theirs is touched' untouched

on gate ip -o monitor route >"$LAB_DIR/log/monitor" 2>&1 &
monitor=$!
tell 'Its connection is applied again'
check 'which succeeds' nm device reapply wg0
check 'the other, too' nm device reapply uplink
pause 2
tell "  it took away $(taken | grep -c .) of ours"
check 'ours are there' eventually 10 ours
check 'nothing of theirs is touched' eventually 5 untouched

tell 'Its connection is taken down, and up'
nm connection down wg0 >/dev/null
check_not 'there is no interface' on gate ip link show wg0
nm connection up wg0 >/dev/null
took=$(LIMIT=20 seconds_until ours)
tell "  ours are there after $took s"
check 'ours are there' ours
check 'the far end answers' eventually 20 pings gate 10.20.1.1
check 'nothing of theirs is touched' eventually 5 untouched

tell 'It is stopped, and started again'
: >"$LAB_DIR/log/monitor"
manager_stop
check 'ours stay' ours
manager_start
check 'it takes tunnel and uplink over' eventually 40 both_activated
pause 3
tell "  it took away $(taken | grep -c .) of ours"
check 'ours are there' eventually 10 ours
check 'nothing of theirs is touched' eventually 5 untouched

tell 'It makes the routes of the peers itself'
tunnel_settings true
nm connection reload >/dev/null
nm connection up wg0 >/dev/null
check 'it has' eventually 20 prints gate 'proto static' ip route show 10.20.1.0/24 dev wg0
check 'which counts as done' eventually 10 status_is 10.20.1.0/24 foreign
check 'so that nothing of ours is beside it' eventually 10 none_ours
check 'all is done' eventually 10 converged gate
check 'the far end answers' eventually 20 pings gate 10.20.1.1
check 'nothing of theirs is touched' eventually 5 untouched
kill $monitor
manager_stop
finish
