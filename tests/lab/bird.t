#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Beside BIRD: a peer's prefix is announced while the peer lives, and withdrawn when it is dead.
#
# The gateway's neighbours know it by BGP and by OSPF, with contrib/bird/wayside.conf as it is but
# for the addresses. Then the peer dies; then it lives again; then somebody adds a route of his
# own, which is none of ours to announce.
# limit: 480
# natively only
. "$(dirname "$0")/lib.sh"
needs_wayside
command -v bird birdc >/dev/null || skip 'BIRD is not installed: apt-get install bird2'

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

# bird_start HOST CONFIGURATION
bird_start()
{
	mkdir -p "$(file "$1" /run/bird)"
	printf '%s\n' "$2" >"$(file "$1" /etc/bird.conf)"
	become "$1" bird -f -c /etc/bird.conf -s /run/bird/bird.ctl -P /run/bird/bird.pid \
		>>"$LAB_DIR/log/bird-$1" 2>&1 </dev/null &
	eventually 10 birds "$1" show status
}
birds() { on "$1" birdc -s /run/bird/bird.ctl "${@:2}"; }
knows() { on "$1" ip route show "$2" | grep -q 'via 192.168.1.1'; }

# The examples of a page, one file each.
examples()
{
	awk -v mark='```bird' -v to="$LAB_DIR/example" \
		'/^```/ { on = $0 == mark; n += on; next } on { print > (to n) }' \
		"$LAB_TOP/contrib/recipes/growing.md"
}
examples
for example in "$LAB_DIR"/example*; do
	check 'BIRD understands an example of growing.md' on gate bird -p -c "$example"
done

check 'BIRD runs on the gateway' bird_start gate "$(cat "$LAB_TOP/contrib/bird/wayside.conf")"
check 'on its neighbour by BGP' bird_start border '
router id 192.168.1.2;
protocol device { }
protocol kernel { ipv4 { export all; }; }
protocol bgp { local 192.168.1.2 as 64513; neighbor 192.168.1.1 as 64512; ipv4 { import all; export none; }; }'
check 'and on one by OSPF' bird_start inside '
router id 192.168.1.3;
protocol device { }
protocol kernel { ipv4 { export all; }; }
protocol ospf v2 { ipv4 { import all; export none; }; area 0 { interface "lan" { hello 2; dead 8; }; }; }'

check 'waysided answers' wayside_start gate 'defaults = {
  poll_interval = 0.5; poll_interval_max = 1.0;
  endpoints = { dead_after = 5; };
  routes = { withdraw_dead = true; };
};'
check 'the peer is up' eventually 20 handshaken gate madrid
check 'the kernel has its route, of protocol 87' prints gate 'scope link' \
	ip route show 192.168.2.0/24 proto 87
check 'BIRD has learnt it' eventually 15 prints gate wayside4 \
	birdc -s /run/bird/bird.ctl show route 192.168.2.0/24
check 'it is at the neighbour by BGP' eventually 60 knows border 192.168.2.0/24
check 'and by OSPF' eventually 60 knows inside 192.168.2.0/24

tell 'Somebody adds a route by hand'
on gate ip route add 10.77.0.0/16 dev wg0
check 'it is not announced' always 3 not knows border 10.77.0.0/16

tell 'The peer dies, while it is talked to'
become gate ping -q 10.0.0.2 >/dev/null 2>&1 &
on madrid ip link set wide down
gone() { not knows border 192.168.2.0/24 && not knows inside 192.168.2.0/24; }
took=$(LIMIT=270 seconds_until gone)
tell "  its prefix is withdrawn after $took s"
check 'its prefix is at no neighbour' gone
is_dead() { [ "$(ask gate .state peer madrid)" = dead ]; }
check 'because it is dead' is_dead
withdrawn() { ask gate '.[] | select(.prefix == "192.168.2.0/24") | .status' routes | grep -qx withdrawn; }
check 'which the daemon says' withdrawn

tell 'It lives again'
on madrid ip link set wide up
back() { knows border 192.168.2.0/24 && knows inside 192.168.2.0/24; }
took=$(LIMIT=90 seconds_until back)
tell "  its prefix is back after $took s"
check 'both neighbours know it' back
check 'all is done' eventually 5 converged gate
finish
