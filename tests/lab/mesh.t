#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# A mesh of three sites with an interface for each neighbour, as in contrib/recipes/growing.md.
#
# BIRD makes the routes by OSPF over the tunnels, with the example of that page; Wayside makes none
# there. The line between two sites is cut: they go by the third, and back when it is mended.
# limit: 300
. "$(dirname "$0")/lib.sh"
needs_wayside
command -v bird birdc >/dev/null || skip 'BIRD is not installed: apt-get install bird2'

router london madrid rome
network lm lr mr
join london lm 192.0.2.1/30
join madrid lm 192.0.2.2/30
join london lr 192.0.2.5/30
join rome lr 192.0.2.6/30
join madrid mr 192.0.2.9/30
join rome mr 192.0.2.10/30

# line HOST OTHER ADDRESS/31 ENDPOINT PORT: one end of a tunnel
line()
{
	tunnel "$1" "wg-$2" "$3" "$5"
	peer "$1" "wg-$2" "$2" '0.0.0.0/0, ::/0' "$4:$5" 25
	tunnel_up "$1" "wg-$2"
	on "$1" ip link set "wg-$2" multicast on
}
line london madrid 10.254.0.0/31 192.0.2.2 51821
line madrid london 10.254.0.1/31 192.0.2.1 51821
line london rome 10.254.0.2/31 192.0.2.6 51822
line rome london 10.254.0.3/31 192.0.2.5 51822
line madrid rome 10.254.0.4/31 192.0.2.10 51823
line rome madrid 10.254.0.5/31 192.0.2.9 51823

# site HOST N: its LAN, its daemon and BIRD with the last example of the page
site()
{
	on "$1" ip link add lan type bridge
	on "$1" ip link set lan up
	on "$1" ip address add "192.168.$2.1/24" dev lan
	check "waysided answers in $1" wayside_start "$1" \
		'interfaces = ( { name = "wg-*"; routes = { enabled = false; }; } );'
	awk '/^```/ { on = $0 == "```bird"; if (on) text = ""; next } on { text = text $0 "\n" }
		END { printf "%s", text }' "$LAB_TOP/contrib/recipes/growing.md" |
		sed "s/^router id .*/router id 192.168.$2.1;/" >"$(file "$1" /etc/bird.conf)"
	mkdir -p "$(file "$1" /run/bird)"
	become "$1" bird -f -c /etc/bird.conf -s /run/bird/bird.ctl -P /run/bird/bird.pid \
		>>"$LAB_DIR/log/bird-$1" 2>&1 </dev/null &
}
site london 1
site madrid 2
site rome 3

goes_by() { prints "$1" "dev wg-$3" ip route get "$2"; }
reaches() { on "$1" ping -n -q -c 1 -W 2 -I "$2" "$3"; }
check 'London goes to Madrid by their own line' eventually 60 goes_by london 192.168.2.1 madrid
check 'and gets there' eventually 20 reaches london 192.168.1.1 192.168.2.1
check 'Wayside has made no route' [ -z "$(on london ip route show table all proto 87)" ]

tell 'The line between London and Madrid is cut'
on london ip link set lm down
took=$(LIMIT=90 seconds_until goes_by london 192.168.2.1 rome)
tell "  by Rome after $took s"
check 'London goes to Madrid by Rome' goes_by london 192.168.2.1 rome
check 'and gets there' eventually 30 reaches london 192.168.1.1 192.168.2.1
tell 'The line is mended'
on london ip link set lm up
on london ip address replace 192.0.2.1/30 dev lm
took=$(LIMIT=120 seconds_until goes_by london 192.168.2.1 madrid)
tell "  by their own line after $took s"
check 'London goes to Madrid by their own line' goes_by london 192.168.2.1 madrid
check 'and gets there' eventually 20 reaches london 192.168.1.1 192.168.2.1
finish
