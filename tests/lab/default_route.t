#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Everything through the tunnel, as wg-quick would do it, and the tunnel itself outside.
#
# A laptop's only peer has 0.0.0.0/0 and ::/0. What is in its own network stays there, the way to
# the peer stays outside, all else goes through; somebody deletes a rule, a fwmark, the uplink's
# gateway changes. Then wg-quick makes the same interface: it is left alone.
. "$(dirname "$0")/lib.sh"
needs_wayside

router gate vpn
host laptop printer web stranger
network lan wide dmz
join laptop lan 192.168.7.5/24 via 192.168.7.1
join printer lan 192.168.7.9/24
join gate lan 192.168.7.1/24 192.168.7.2/24
join gate wide 198.51.100.1/24
join vpn wide 198.51.100.10/24 via 198.51.100.1
join stranger wide 198.51.100.77/24 via 198.51.100.1
join vpn dmz 203.0.113.1/24 2001:db8:5::1/64
join web dmz 203.0.113.80/24 2001:db8:5::80/64 via 203.0.113.1
on web ip -6 route add default via 2001:db8:5::1
on vpn sysctl -qw net.ipv6.conf.all.forwarding=1

tunnel vpn wg0 $'10.9.0.1/24\nAddress = fd09::1/64' 51820
peer vpn wg0 laptop '10.9.0.5/32, fd09::5/128'
tunnel_up vpn wg0
tunnel laptop wg0 $'10.9.0.5/24\nAddress = fd09::5/64'
peer laptop wg0 vpn '0.0.0.0/0, ::/0' 198.51.100.10:51820 25
tunnel_up laptop wg0

rule() { on laptop ip "$1" rule show | grep -q "$2"; }
mark() { on laptop wg show wg0 fwmark; }
rules_of_ours() { on laptop ip rule show | grep -cE '^(32749|3275[01]):'; }
by_tunnel() { prints laptop 'dev wg0' ip route get "$1"; }
by_uplink() { prints laptop 'dev lan' ip route get "$@"; }
status_of() { [ "$(ask laptop ".[] | select(.prefix == \"$1\") | .status" routes)" = "$2" ]; }

check_not 'before, the web is out of reach' pings laptop 203.0.113.80
check 'waysided answers' wayside_start laptop 'defaults = { import = [ ]; };'
check 'the web is reached through the tunnel' eventually 20 pings laptop 203.0.113.80
check 'and by IPv6' eventually 10 pings laptop 2001:db8:5::80
check 'all is done' eventually 10 converged laptop
check 'the interface has a fwmark' [ "$(mark)" = 0xca6c ]
check 'what is foreign goes into the tunnel' by_tunnel 203.0.113.80
check 'what the tunnel sends does not' by_uplink 203.0.113.80 mark 51820
check 'the printer next to it is reached directly' by_uplink 192.168.7.9
check 'and answers' pings laptop 192.168.7.9
check 'the rules are marked as ours' prints laptop 'proto' ip -d rule show priority 32751

tell 'Somebody deletes a rule'
on laptop ip rule del priority 32751
took=$(LIMIT=10 seconds_until rule -4 32751)
in_time 'back, by the event, not by the next look at everything' "$took" 5
on laptop ip -6 rule del priority 32750
check 'the other family too' eventually 5 rule -6 32750

tell 'Somebody takes the fwmark away'
on laptop wg set wg0 fwmark 0
check 'it is set again' eventually 15 prints laptop 0xca6c wg show wg0 fwmark
check 'the web is still reached' eventually 10 pings laptop 203.0.113.80

tell 'The uplink gets another gateway'
on laptop ip route replace default via 192.168.7.2
check 'the web is still reached' eventually 10 pings laptop 203.0.113.80

tell 'Somebody outside reaches the laptop at its own address'
check 'he is answered outside' pings stranger 192.168.7.5
check 'by a rule for that address' rule -4 '^32749:.*from 192.168.7.5 lookup main'
check 'what the laptop begins goes through the tunnel' by_tunnel 198.51.100.77

tell 'The uplink begins to check sources strictly'
setting laptop net/ipv4/conf/lan/rp_filter 1
kill -HUP "${WAYSIDE_PID[laptop]}"
strict() { ask laptop '.problems[].code' status | grep -q strict-source-check; }
check 'the web is still reached' eventually 10 pings laptop 203.0.113.80
check 'he is still answered' pings stranger 192.168.7.5
check_not 'that is no problem' strict
tell 'The tunnel loses its own address, and with it the rule'
on laptop ip address del 10.9.0.5/24 dev wg0
check 'that is a problem with a name' eventually 10 strict
setting laptop net/ipv4/conf/all/rp_filter 2
kill -HUP "${WAYSIDE_PID[laptop]}"
check 'which goes away with the command that it names' eventually 10 not strict
on laptop ip address add 10.9.0.5/24 dev wg0
check 'the rule is back' eventually 10 rule -4 '^32749:'

tell 'The daemon is stopped and cleaned up after'
wayside_stop laptop
check 'its rules stay' rule -4 32751
on laptop "$WAYSIDED" --clean
check_not 'until --clean' rule -4 '^327[45]'
check_not 'for both families' rule -6 '^327[45]'
on laptop ip link del wg0

tell 'wg-quick makes the same interface'
on laptop wg-quick up wg0 >"$LAB_DIR/log/wg-quick" 2>&1
check 'waysided answers' wayside_start laptop ''
check 'the route is foreign' eventually 10 status_of 0.0.0.0/0 foreign
check 'all is done' eventually 10 converged laptop
check 'no rule is added' [ "$(rules_of_ours)" = 0 ]
check 'the web is reached' eventually 20 pings laptop 203.0.113.80
tell 'and makes it again, while waysided runs'
on laptop wg-quick down wg0 >>"$LAB_DIR/log/wg-quick" 2>&1
check 'wg-quick succeeds' on laptop wg-quick up wg0
check 'the route is foreign' eventually 10 status_of 0.0.0.0/0 foreign
check 'no rule is added' [ "$(rules_of_ours)" = 0 ]
finish
