#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# The hospital: a hub behind algo's firewall, a Pi behind a carrier's NAT, a laptop at home.
#
# DC and clinic talk through hub and Pi, the laptop reaches the Pi, what the policy does not
# allow stays closed; a reboot, a lost NAT mapping or a new address of the hub needs nobody.
# limit: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside

both_ways() { pings dc_host 10.20.1.30 && pings clinic_host 10.10.2.20; }
# connects HOST ADDRESS PORT: TCP.
connects() { on "$1" socat -T 1 /dev/null "TCP:$2:$3,connect-timeout=1"; }
serves() { become "$1" socat "TCP-LISTEN:$2,fork,reuseaddr" PIPE & }

hospital
serves dc_host 22
serves dc_host 8080
check 'the tunnels are up' eventually 10 handshaken hub pi
check_not 'a DC host does not reach a clinic host' pings dc_host 10.20.1.30
check_not 'the laptop does not reach the Pi' pings laptop 10.49.0.2

tell 'waysided starts on all three; the hub has a policy'
fast='defaults = { endpoints = { ttl_min = 5; }; };'
wayside_start pi "$fast"
wayside_start laptop "$fast"
check 'the hub answers' wayside_start hub '
zones = ( { name = "dc"; prefixes = [ "10.10.0.0/16" ]; } );
defaults = {
  endpoints = { ttl_min = 5; };
  firewall = {
    enabled = true;
    policy = (
      { from = "dc"; to = "peers"; },
      { from = "peers"; to = "dc"; ports = [ "tcp/22", "icmp" ]; },
      { from = "laptop"; to = "pi"; ports = [ "icmp" ]; }
    );
  };
};'
check 'DC and clinic hosts reach each other' eventually 15 both_ways
check 'the laptop reaches the Pi' eventually 5 pings laptop 10.49.0.2
check_not 'the Pi does not reach the laptop: nobody allowed that' pings pi 10.49.0.3
check 'a clinic host may open tcp/22 in the DC' connects clinic_host 10.10.2.20 22
check_not 'but not tcp/8080' connects clinic_host 10.10.2.20 8080
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
