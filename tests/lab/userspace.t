#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# WireGuard as a program: wireguard-go instead of the kernel's.
#
# One city's gateway has it, the other's has the kernel's. For Wayside there is no difference.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside
command -v wireguard-go >/dev/null || skip 'wireguard-go is not installed'
[ -c /dev/net/tun ] || skip 'no /dev/net/tun'

both_ways() { pings madrid_host 192.168.1.50 && pings london_host 192.168.2.50; }

two_cities
on madrid ip link del wg0
become madrid wireguard-go -f wg0 >"$LAB_DIR/log/wireguard-go" 2>&1 &
eventually 10 on madrid wg show wg0
sed -E '/^Address *=/d' "$(file madrid /etc/wireguard/wg0.conf)" | on madrid wg setconf wg0 /dev/stdin
on madrid ip address add 10.0.0.2/24 dev wg0
on madrid ip link set wg0 up
check 'Madrid reaches London inside the tunnel' eventually 15 pings madrid 10.0.0.1

fast='defaults = { endpoints = { ttl_min = 5; }; };'
check 'waysided answers in London' wayside_start london "$fast"
check 'and in Madrid' wayside_start madrid "$fast"
check 'which knows what it has' eventually 5 \
	ask madrid 'select(.interfaces[0].backend == "userspace")' status
check 'the hosts of both LANs reach each other' eventually 10 both_ways
check 'all is done' eventually 5 converged madrid

tell "London's address changes"
london_move 198.51.100.77
if took=$(LIMIT=60 seconds_until both_ways); then tell "  mended after $took s"; fi
check 'within 30 s the hosts reach each other again' at_most "$took" 30
finish
