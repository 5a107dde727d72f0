#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# WireGuard that is a program: found when it starts, told when it is stuck or may not be asked.
#
# A gateway's wireguard-go comes after waysided, goes and comes again; peers are added and taken
# away, the firewall and --clean work as with the kernel's. What the two do alike is told by the
# other stories with WAYSIDE_LAB_BACKEND=userspace.
# limit: 240
export WAYSIDE_LAB_BACKEND=userspace
. "$(dirname "$0")/lib.sh"
needs_wayside
command -v wireguard-go >/dev/null || skip 'no wireguard-go: apt-get install wireguard-go'

says() { ask gate "select($1)" status; }
problem() { says ".problems | map(.code + \" \" + .message + \" \" + (.hint // \"\")) | any(test(\"$1\"))"; }
no_problem() { says '.problems | length == 0'; }
fast='poll_interval = 0.5; poll_interval_max = 1.0;'

router gate
host far inside
network uplink lan
join gate uplink 192.0.2.1/24
join gate lan 192.168.1.1/24
join inside lan 192.168.1.50/24 via 192.168.1.1
join far uplink 192.0.2.2/24
tunnel gate wg0 10.0.0.1/24 51820
peer gate wg0 far '10.0.0.2/32, 10.20.1.0/24'
tunnel far wg0 10.0.0.2/24
peer far wg0 gate '10.0.0.1/32, 192.168.1.0/24' 192.0.2.1:51820 25
tunnel_up far wg0
on far ip address add 10.20.1.1/24 dev lo
on far ip route add 192.168.1.0/24 dev wg0

check 'waysided answers' wayside_start gate "defaults = { $fast };"
check 'there is no interface yet' problem no-interface
on gate ip tuntap add tun0 mode tun
tunnel_up gate wg0
took=$(LIMIT=20 seconds_until says '.interfaces[0].backend == "userspace"')
tell "  wireguard-go is found after $took s"
check 'at once, and what a busy machine adds' at_most "$took" 5
check 'another tun device is none' says '.interfaces | map(.name) == ["wg0"]'
check 'its peer has its route' eventually 5 has_route gate 10.20.1.0/24 wg0
check 'the LAN reaches what is behind it' eventually 10 pings inside 10.20.1.1
check 'it is up, and all is done' eventually 10 says '.converged and .interfaces[0].peers_up == 1'

tell 'A peer is added with wg set, and taken away'
on gate wg set wg0 peer "$(key late)" allowed-ips 10.0.0.3/32,10.20.3.0/24
check 'its routes are there' eventually 10 has_route gate 10.20.3.0/24 wg0
on gate wg set wg0 peer "$(key late)" remove
check 'and with it they go' eventually 10 not has_route gate 10.20.3.0/24

tell 'The firewall'
wayside_conf gate "defaults = { $fast firewall = { enabled = true;
  policy = ( { from = \"any\"; to = \"far\"; ports = [ \"tcp/22\" ]; } ); }; };"
check 'a policy' ctl gate reload
check 'closes what it does not allow' eventually 5 not pings inside 10.20.1.1
wayside_conf gate "defaults = { $fast firewall = { enabled = true;
  policy = ( { from = \"any\"; to = \"far\"; } ); }; };"
check 'another one' ctl gate reload
check 'opens it' eventually 5 pings inside 10.20.1.1

tell 'wireguard-go is stuck'
tunnel_silent gate wg0
check 'that is told' eventually 10 problem 'no-peers.*does not answer'
check 'and the routes stay' has_route gate 10.20.1.0/24 wg0
check 'answers come as before' wayside_alive gate
tunnel_speaks gate wg0
check 'it goes on' eventually 70 no_problem

tell 'It is killed, and started again'
kill -KILL "${TUNNEL_PID[gate.wg0]}"
check 'its interface is gone' eventually 5 says '.interfaces | length == 0'
tunnel_up gate wg0
check 'all is back' eventually 20 pings inside 10.20.1.1
check 'and converged' eventually 10 says .converged

tell 'A daemon whose user may not open the socket'
wayside_stop gate
on gate rm -rf /run/wayside
on gate install -d -o nobody /run/wayside
become gate setpriv --reuid=nobody --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin \
	"$WAYSIDED" >>"$LAB_DIR/log/waysided-nobody" 2>&1 </dev/null &
WAYSIDE_PID[gate]=$!
check 'says so' eventually 15 problem 'no-permission.*/run/wireguard/wg0.sock may not be opened'
check 'and how to be who may' problem 'User=0'
wayside_stop gate
on gate rm -rf /run/wayside

tell 'It is cleaned'
check 'by waysided --clean' on gate "$WAYSIDED" --clean
check_not 'no route of ours' has_route gate 10.20.1.0/24 wg0
check_not 'no table of ours' on gate nft list table inet wayside
check 'wireguard-go is as it was' on gate wg show wg0
finish
