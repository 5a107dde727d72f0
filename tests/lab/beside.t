#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Beside other programs that think that the routes of a host are theirs.
#
# systemd-networkd, which made the interface, is restarted with its defaults and then with
# contrib/systemd/networkd.conf.d; somebody flushes routes as scripts and network managers do; a
# multi-WAN program has rules and tables; docker and libvirt have bridges that peers overlap with.
# Ours is back each time, and nothing of theirs is touched.
# limit: 300
# in the VM only
. "$(dirname "$0")/lib.sh"
needs_wayside
networkd=/lib/systemd/systemd-networkd
[ -x $networkd ] || skip 'systemd-networkd is not installed: apt-get install systemd'

router gate
host far
network uplink
join gate uplink 192.0.2.1/24
join far uplink 192.0.2.2/24
on gate ip route add default via 192.0.2.2 metric 100
tunnel far wg0 10.0.0.2/24 51820
peer far wg0 gate '10.0.0.1/32' 192.0.2.1:51820
tunnel_up far wg0
on far ip address add 10.20.1.1/32 dev lo

tell 'Bridges of docker and libvirt, and rules of a multi-WAN program'
on gate ip link add docker0 type bridge
on gate ip link add virbr0 type bridge
on gate ip link set docker0 up
on gate ip link set virbr0 up
on gate ip address add 172.17.0.1/16 dev docker0
on gate ip address add 192.168.122.1/24 dev virbr0
on gate ip route add default via 192.0.2.2 table 1
on gate ip route add 192.0.2.0/24 dev uplink table 1
multi_wan_rules()
{
	on gate ip rule add pref 1001 iif uplink lookup 1
	on gate ip rule add pref 2001 fwmark 0x100/0x3f00 lookup 1
	on gate ip rule add pref 2061 fwmark 0x3d00/0x3f00 blackhole
}
multi_wan_rules

# What is not ours and not about the tunnel; the bridges' carrier comes and goes.
theirs()
{
	{
		on gate ip route show table all
		on gate ip rule
		on gate ip -6 rule
	} | grep -vE 'wg0|proto (87|wayside)|^(local|broadcast|ff00|fe80)' | sed 's/ linkdown//'
}
untouched() { theirs >"$LAB_DIR/now"; diff "$LAB_DIR/theirs" "$LAB_DIR/now"; }

mkdir -p "$(file gate /run/systemd/network)" "$(file gate /run/systemd/networkd.conf.d)"
key gate >/dev/null
cat >"$(file gate /run/systemd/network/wg0.netdev)" <<NETDEV
[NetDev]
Name=wg0
Kind=wireguard
[WireGuard]
PrivateKey=$(cat "$LAB_DIR/key/gate")
ListenPort=51820
[WireGuardPeer]
PublicKey=$(key far)
PresharedKey=$(preshared gate far)
AllowedIPs=10.0.0.2/32,10.20.1.0/24,172.16.0.0/12,172.17.0.0/16,192.168.122.128/25,0.0.0.0/0
Endpoint=192.0.2.2:51820
PersistentKeepalive=25
NETDEV
cat >"$(file gate /run/systemd/network/wg0.network)" <<NETWORK
[Match]
Name=wg0
[Network]
Address=10.0.0.1/24
IPv6AcceptRA=no
LinkLocalAddressing=no
NETWORK

# It reads its files as a user of its own, and waits for udev where /sys can be written to.
chmod 755 "$LAB_DIR"
on gate mount -t sysfs -o ro sys /sys
networkd_start()
{
	local run
	run=$(file gate /run/systemd/netif)
	mkdir -p "$run"/{links,leases,lldp}
	chown -R systemd-network: "$run"
	become gate $networkd >>"$LAB_DIR/log/networkd" 2>&1 </dev/null &
	NETWORKD=$!
}
networkd_stop() { kill "$NETWORKD"; wait "$NETWORKD" 2>/dev/null; }
networkd_restart() { networkd_stop; networkd_start; }
rules() { on gate ip rule | grep -c '^3275[01]:'; }
ours()
{
	has_route gate 10.20.1.0/24 wg0 && has_route gate 172.16.0.0/12 wg0 &&
		has_route gate 0.0.0.0/0 wg0 && [ "$(rules)" = 2 ]
}
problem_says() { ask gate '.problems | map(.message) | join(" ")' status | grep -F -- "$1"; }

# reconfigure: as `networkctl reconfigure` and a changed file do it; needs the bus
on gate mkdir -p /run/dbus
become gate dbus-daemon --system --nofork --nopidfile >>"$LAB_DIR/log/dbus" 2>&1 </dev/null &
reconfigure() { on gate networkctl reconfigure wg0; }

# What was deleted, but for what we take out ourselves: networkd takes the interface's address and
# gives it again, and with it go the rule for the uplink's address and the route to the peer's.
taken()
{
	grep -aE 'Deleted.*proto (87|wayside)' "$LAB_DIR/log/monitor" |
		grep -vE 'Deleted (10\.0\.0\.2|32749:)'
}

networkd_start
check 'networkd makes the interface' eventually 30 prints gate 10.0.0.1/24 ip address show wg0
theirs >"$LAB_DIR/theirs"
check 'waysided answers' wayside_start gate ''
check 'our routes and rules are there' eventually 20 ours
check 'the far end answers' eventually 20 pings gate 10.20.1.1
check 'the network of docker stays in the way of the same prefix' problem_says '172.17.0.0/16 dev wg0'
check 'the part of that of libvirt is told of' problem_says '192.168.122.128/25'
check 'nothing of theirs is touched' untouched

tell 'networkd is restarted, with its defaults'
on gate ip -o monitor route rule >"$LAB_DIR/log/monitor" 2>&1 &
MONITOR=$!
networkd_restart
pause 4
check 'all of ours is there' eventually 10 ours
check 'it configures the interface anew' eventually 20 reconfigure
pause 3
tell "  it took away $(taken | grep -c .) of ours"
check 'all of ours is there' eventually 10 ours
none_missing() { [ "$(ask gate '.routes.missing' status)" = 0 ]; }
check 'all is done' eventually 10 none_missing
check_not 'the rules of others it took, too' on gate sh -c 'ip rule | grep ^1001:'
multi_wan_rules
tell 'The same with the drop-in of contrib/systemd'
cp "$LAB_TOP/contrib/systemd/networkd.conf.d/wayside.conf" "$(file gate /run/systemd/networkd.conf.d)"
networkd_restart
pause 3
: >"$LAB_DIR/log/monitor"
networkd_restart
pause 4
check 'it configures the interface anew' eventually 20 reconfigure
pause 3
check_not 'nothing of ours was taken away' taken
check 'all of ours is there' ours
kill $MONITOR
networkd_stop
check 'nothing of theirs is touched' untouched

tell 'Somebody flushes routes'
on gate ip route flush proto static
check 'ours are none of those' ours
on gate ip route flush table main dev wg0
on gate ip route add 10.0.0.0/24 dev wg0 proto kernel src 10.0.0.1
took=$(LIMIT=10 seconds_until ours)
tell "  all of the interface: back after $took s"
check 'ours are back' ours
tell 'A network manager lets go of the interface: its addresses, its routes, its rules'
on gate ip address flush dev wg0
on gate ip route flush table all dev wg0
on gate ip rule del pref 32750
on gate ip rule del pref 32751
took=$(LIMIT=10 seconds_until ours)
tell "  back after $took s"
check 'ours are back' ours
on gate ip address add 10.0.0.1/24 dev wg0
check 'the far end answers' eventually 20 pings gate 10.20.1.1
check 'nothing of theirs is touched' untouched

wayside_stop gate
check '--clean' on gate "$WAYSIDED" --clean
check_not 'takes all of ours away' ours
check 'and nothing of theirs' untouched
finish
