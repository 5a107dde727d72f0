#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# The hospital: a hub behind algo's firewall, a Pi behind a carrier's NAT, a laptop at home.
#
# It is contrib/recipes/hospital as it stands there, with the routes of the DC's router and of the
# clinic's hosts as `lan-routes` prints them. DC and clinic talk through hub and Pi, the laptop
# reaches the Pi, what the policy does not allow stays closed; a reboot, a lost NAT mapping or a new
# address of the hub needs nobody.
# limit: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
. "$(dirname "$0")/recipe.sh"
needs_wayside

both_ways() { pings dc_host 10.20.1.30 && pings clinic_host 10.10.2.20; }
# connects HOST ADDRESS PORT: TCP.
connects() { on "$1" socat -T 1 /dev/null "TCP:$2:$3,connect-timeout=1"; }
serves() { become "$1" socat "TCP-LISTEN:$2,fork,reuseaddr" PIPE & }
no_such_site() { on dc_host ping -n -c 1 -W 2 10.20.99.1 | grep -F 'From 10.10.1.10'; }

hospital
serves pi 22
serves pi 8080
serves dc_host 8080
check 'the tunnels are up' eventually 10 handshaken hub pi
check_not 'a DC host does not reach a clinic host' pings dc_host 10.20.1.30
check_not 'the laptop does not reach the Pi' pings laptop 10.49.0.2

tell 'waysided starts on all three; hub and Pi have a policy'
recipe hospital hub=hub clinic-pi=pi anna-laptop=laptop
on dc_router ip route del 10.20.0.0/16
on clinic_host ip route del 10.10.0.0/16
on clinic_host ip route del 10.49.0.0/24
check 'the Pi answers' recipe_start pi pi.conf
check 'the laptop answers' wayside_start laptop 'defaults = { endpoints = { ttl_min = 5; }; };'
check 'the hub answers' recipe_start hub hub.conf
check "the DC's router is told" eventually 10 told dc_router hub
check 'of one route, for all sites' grep -qx 'ip route add 10.20.0.0/16 via 10.10.1.10' "$LAB_DIR/told"
check "and the clinic's host" told clinic_host pi --via 10.20.1.2
check 'DC and clinic hosts reach each other' eventually 15 both_ways
check 'a site that is not there is answered for by the hub' no_such_site
check 'the laptop reaches the Pi' eventually 5 pings laptop 10.49.0.2
check 'and may log in there' connects laptop 10.49.0.2 22
check_not 'and no more' connects laptop 10.49.0.2 8080
check_not 'nor reach the DC' pings laptop 10.10.2.20
check_not 'the Pi does not reach the laptop: nobody allowed that' pings pi 10.49.0.3
check 'a clinic host may open connections in the DC' connects clinic_host 10.10.2.20 8080
check 'the hub says that all is done' eventually 5 converged hub
check 'its iptables can still be listed' on hub iptables-nft -S

tell 'The Pi is rebooted: tunnel and daemon start anew'
wayside_stop pi KILL
on pi ip link del wg0
tunnel_up pi wg0
wayside_start pi
if took=$(LIMIT=60 seconds_until both_ways); then tell "  open again after $took s"; fi
in_time 'nobody had to do anything' "$took" 30

tell 'The carrier forgets its NAT mappings'
on carrier conntrack -F >/dev/null 2>&1
on hotspot conntrack -F >/dev/null 2>&1
if took=$(LIMIT=60 seconds_until both_ways); then tell "  open again after $took s"; fi
in_time 'the keepalive opens them again' "$took" 30

tell 'The hub is started at another address'
hub_move 198.51.100.88
if took=$(LIMIT=60 seconds_until both_ways); then tell "  open again after $took s"; fi
in_time 'DNS was enough' "$took" 30
check 'the laptop found it, too' eventually 15 pings laptop 10.49.0.2
finish
