#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Everything through the tunnel, as in contrib/recipes/full-tunnel: a branch with a LAN behind it, and
# the gateway that lets it out under its own address. default_route.t has the rules one by one.
# natively only
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/recipe.sh"
needs_wayside

# seen_as HOST: the address under which the web sees a host of a branch.
seen_as() { on "$1" socat -T 2 - TCP:203.0.113.80:80,connect-timeout=1 </dev/null; }
seen_as_gateway() { [ "$(seen_as "$1")" = 198.51.100.10 ]; }
by_tunnel() { prints branch "dev wg0" ip route get "$1"; }

router branch gateway isp
host pc printer web other_branch
network br-lan uplink wide
join branch br-lan 192.168.7.1/24
join pc br-lan 192.168.7.5/24 via 192.168.7.1
join branch uplink 100.64.3.2/24 via 100.64.3.1
join printer uplink 100.64.3.9/24
join isp uplink 100.64.3.1/24
join isp wide 198.51.100.1/24 203.0.113.1/24
join gateway wide 198.51.100.10/24 via 198.51.100.1
join other_branch wide 198.51.100.30/24 via 198.51.100.1
join web wide 203.0.113.80/24 via 203.0.113.1
name_server isp
name_is gateway.example.net 198.51.100.10
asks branch 100.64.3.1
# shellcheck disable=SC2016 # expanded by socat's shell
become web socat TCP-LISTEN:80,fork,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR' &

recipe full-tunnel gateway=gateway branch-1=branch branch-2=other_branch
tunnel gateway wg0 10.9.0.1/24 51820
peer gateway wg0 branch '10.9.0.5/32, 192.168.7.0/24'
peer gateway wg0 other_branch 10.9.0.6/32
tunnel branch wg0 10.9.0.5/24
peer branch wg0 gateway '0.0.0.0/0, ::/0' gateway.example.net:51820
tunnel other_branch wg0 10.9.0.6/24
peer other_branch wg0 gateway 10.9.0.0/24 198.51.100.10:51820 25
tunnel_up gateway wg0
tunnel_up branch wg0
tunnel_up other_branch wg0

check_not 'before, a host of the branch is answered by nobody: its address is private' seen_as pc
check 'the gateway answers' recipe_start gateway gateway.conf
check 'the branch answers' recipe_start branch branch.conf
check 'the web sees a host of the branch as the gateway' eventually 20 seen_as_gateway pc
check 'and the branch itself' seen_as_gateway branch
check 'all is done at the branch' eventually 10 converged branch
check 'and at the gateway' eventually 10 converged gateway
check 'all goes into the tunnel' by_tunnel 203.0.113.80
check_not 'but for what is next to it' by_tunnel 100.64.3.9
check 'which answers' pings branch 100.64.3.9
check 'the other branch reaches the gateway' eventually 10 pings other_branch 10.9.0.1
check_not 'but not this branch' pings other_branch 10.9.0.5
check 'explain says how a packet goes' prints branch gateway "$WAYSIDECTL" explain 192.0.2.1

tell 'The gateway is silent, and answers again'
wayside_stop gateway
tunnel_silent gateway wg0
check_not 'nothing goes around the tunnel' seen_as pc
check 'the branch still sends into it' by_tunnel 203.0.113.80
tunnel_speaks gateway wg0
check 'gateway starts again' wayside_start gateway
check 'the web is there again' eventually 20 seen_as_gateway pc
finish
