#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# What is forwarded is counted for each peer, and what the policy drops.
#
# A data centre and a clinic behind a spoke, on a real kernel. The figures are in `peers`, in
# `firewall` and in the metrics; they stay when the policy is another one, when another program
# flushes the table and when the daemon starts again; nft(8) shows whose they are.
. "$(dirname "$0")/lib.sh"
needs_wayside

policy() # RULES
{
	cat <<-CONF
		defaults = { firewall = { enabled = true; counters = true; policy = ( $1 ); }; };
		zones = ( { name = "dc"; prefixes = [ "10.10.0.0/16" ]; } );
	CONF
}
count() { ask gate ".[0].forwarded.$1" peers; }
metric() { ask gate . metrics | sed -n "s/^wayside_peer_forwarded_packets_total{.*traffic=\"$1\"} //p"; }
is() { local n; n=$(count "$1"); echo "$1: $n"; [ "$n" -ge "$2" ]; }
reaches() { pings dc_host 10.20.1.30; }
back_reaches() { pings clinic_host 10.10.2.20; }

router gate spoke
host dc_host clinic_host
network uplink dc clinic
join gate uplink 192.0.2.1/24
join spoke uplink 192.0.2.2/24
join gate dc 10.10.0.1/16
join dc_host dc 10.10.2.20/16 via 10.10.0.1
join spoke clinic 10.20.1.2/24
join clinic_host clinic 10.20.1.30/24 via 10.20.1.2
tunnel gate wg0 10.49.0.1/24 51820
peer gate wg0 spoke '10.49.0.2/32, 10.20.1.0/24'
tunnel spoke wg0 10.49.0.2/24
peer spoke wg0 gate '10.49.0.0/24, 10.10.0.0/16' 192.0.2.1:51820 25
tunnel_up gate wg0
tunnel_up spoke wg0
on spoke ip route add 10.10.0.0/16 dev wg0

tell 'The data centre may open connections, the clinic may not'
check 'waysided answers' wayside_start gate "$(policy '{ from = "dc"; to = "peers"; }')"
check 'the data centre reaches the clinic' eventually 15 reaches
check_not 'the clinic does not reach the data centre' back_reaches
check 'what went to the peer is counted' is to_packets 1
check 'its answer, too' is from_packets 1
check 'and what was dropped' is dropped_bytes 84
to=$(count to_packets)
check 'the metrics have it' [ "$(metric to)" = "$to" ]
check 'waysidectl shows the zone and the rule' prints gate 'dc' "$WAYSIDECTL" firewall
check 'and whose the figures are' prints gate 'spoke' "$WAYSIDECTL" firewall
check 'so does nft' prints gate 'comment "spoke"' nft list set inet wayside wg0-passed-to-ip-24
check 'explain names zones and rule' prints gate 'accept what goes from dc to peers' \
	"$WAYSIDECTL" explain 10.20.1.30 from 10.10.2.20

tell 'Another policy, and a flush'
wayside_conf gate "$(policy '{ from = "dc"; to = "peers"; ports = "icmp"; }, { from = "any"; to = "any"; action = "reject"; }')"
check 'the configuration is read again' ctl gate reload
check 'the data centre still reaches the clinic' eventually 5 reaches
check 'the figures went on' eventually 5 is to_packets $((to + 1))
to=$(count to_packets)
on gate nft flush ruleset
check 'after a flush the table is back' eventually 5 on gate nft list table inet wayside
check 'and the data centre reaches the clinic' eventually 5 reaches
check 'the figures went on' eventually 5 is to_packets $((to + 1))

tell 'The daemon starts again'
wayside_stop gate
check 'it answers' wayside_start gate
check 'what the table has is there' is to_packets 1
finish
