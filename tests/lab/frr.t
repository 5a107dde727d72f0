#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Beside FRR: a peer's prefix is announced while the peer lives, and withdrawn when it is dead.
#
# As bird.t, with contrib/frr/frr.conf: one neighbour knows it by BGP, the other by OSPF.
# limit: 480
# natively only
. "$(dirname "$0")/lib.sh"
needs_wayside
[ -x /usr/lib/frr/zebra ] || skip 'FRR is not installed: apt-get install frr'

router gate
host madrid border inside
network lan wide
join gate lan 192.168.1.1/24
join border lan 192.168.1.2/24
join inside lan 192.168.1.3/24
join gate wide 192.0.2.1/24
join madrid wide 192.0.2.2/24

tunnel gate wg0 10.0.0.1/24 51820
peer gate wg0 madrid '10.0.0.2/32, 192.168.2.0/24' 192.0.2.2:51820 5
tunnel_up gate wg0
tunnel madrid wg0 10.0.0.2/24 51820
peer madrid wg0 gate '10.0.0.1/32, 192.168.1.0/24' 192.0.2.1:51820
tunnel_up madrid wg0

# frr_start HOST CONFIGURATION DAEMON...: each takes what it knows of the file and names the rest.
frr_start()
{
	local who=$1 text=$2 run daemon
	shift 2
	run=$(file "$who" /run/frr)
	mkdir -p "$run"
	printf '%s\n' "$text" >"$run/frr.conf"
	chown -R frr:frr "$run"
	for daemon; do
		become "$who" "/usr/lib/frr/$daemon" -f /run/frr/frr.conf -z /run/frr/zserv.api \
			--vty_socket /run/frr -i "/run/frr/$daemon.pid" --log stdout \
			>>"$LAB_DIR/log/$daemon-$who" 2>&1 </dev/null &
		eventually 20 [ -S "$run/$daemon.vty" ] || return
	done
}
knows() { on "$1" ip route show "$2" | grep -q 'via 192.168.1.1'; }

examples()
{
	awk -v mark='```frr ospfd' -v to="$LAB_DIR/example" \
		'/^```/ { on = $0 == mark; n += on; next } on { print > (to n) }' \
		"$LAB_TOP/contrib/recipes/growing.md"
}
examples
# It says what it does not know, and exits with 0.
complains()
{
	on gate /usr/lib/frr/ospfd -C -f "$1" -i "$LAB_DIR/ospfd.pid" 2>&1 | grep 'on config line'
}
for example in "$LAB_DIR"/example*; do
	check_not 'FRR has nothing to say about an example of growing.md' complains "$example"
done

check 'FRR runs on the gateway' frr_start gate "$(cat "$LAB_TOP/contrib/frr/frr.conf")" \
	zebra bgpd ospfd
check 'on its neighbour by BGP' frr_start border 'router bgp 64513
 bgp router-id 192.168.1.2
 no bgp ebgp-requires-policy
 neighbor 192.168.1.1 remote-as 64512' zebra bgpd
check 'and on one by OSPF' frr_start inside 'router ospf
 ospf router-id 192.168.1.3
 network 192.168.1.0/24 area 0
interface lan
 ip ospf hello-interval 2
 ip ospf dead-interval 8' zebra ospfd

check 'waysided answers' wayside_start gate 'defaults = {
  poll_interval = 0.5; poll_interval_max = 1.0;
  endpoints = { dead_after = 5; };
  routes = { withdraw_dead = true; };
};'
check 'the peer is up' eventually 20 handshaken gate madrid
check 'its prefix is at the neighbour by BGP' eventually 60 knows border 192.168.2.0/24
check 'and by OSPF' eventually 60 knows inside 192.168.2.0/24

tell 'Somebody adds a route to somewhere else'
on gate ip route add 10.77.0.0/16 dev wide proto 99
check 'it is not announced' always 3 not knows border 10.77.0.0/16

tell 'The peer dies, while it is talked to'
become gate ping -q 10.0.0.2 >/dev/null 2>&1 &
on madrid ip link set wide down
gone() { not knows border 192.168.2.0/24 && not knows inside 192.168.2.0/24; }
took=$(LIMIT=270 seconds_until gone)
tell "  its prefix is withdrawn after $took s"
check 'its prefix is at no neighbour' gone

tell 'It lives again'
on madrid ip link set wide up
back() { knows border 192.168.2.0/24 && knows inside 192.168.2.0/24; }
took=$(LIMIT=90 seconds_until back)
tell "  its prefix is back after $took s"
check 'both neighbours know it' back
finish
