#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# The short way: with a flowtable the packets of a connection that passed meet no chain any more.
#
# Counted by a chain of somebody else at the forward hook, for the same transfer with and without.
# What no policy allows is dropped as before, and an interface that is made anew is bound again.
# in the VM only
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside

hub_with()
{
	echo "zones = ( { name = \"dc\"; prefixes = [ \"10.10.0.0/16\" ]; } );
defaults = { firewall = { enabled = true; flowtable = $1;
  policy = ( { from = \"dc\"; to = \"peers\"; } ); }; };"
}
transfer() { on dc_host sh -c 'head -c 8000000 /dev/zero | socat -u - TCP:10.20.1.30:9000'; }
# Packets of one transfer that met the chain.
counted()
{
	on hub nft reset counters >/dev/null
	transfer || return 1
	on hub nft list counter inet watch transfer | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}
bound_to() { on hub nft list flowtables | grep -q "$1"; }

hospital
on hub sh -c "nft add table inet probe; nft add flowtable inet probe f \
	'{ hook ingress priority 0; devices = { lo }; }' && nft delete table inet probe" ||
	skip 'this kernel has no flowtables'
become clinic_host socat -u TCP-LISTEN:9000,fork,reuseaddr OPEN:/dev/null &
on hub nft -f - <<'RULES'
table inet watch {
	counter transfer { }
	chain forward {
		type filter hook forward priority 50;
		tcp dport 9000 counter name transfer
	}
}
RULES
check 'the tunnels are up' eventually 10 handshaken hub pi
wayside_start pi ''
check 'the hub answers' wayside_start hub "$(hub_with false)"
check 'a DC host reaches a clinic host' eventually 15 pings dc_host 10.20.1.30
long=$(counted)
tell "  $long packets met the chain"
check 'without a flowtable all of them' [ "$long" -gt 60 ]

tell 'flowtable = true'
wayside_conf hub "$(hub_with true)"
check 'the hub takes it' ctl hub reload
check 'a flowtable is bound to the tunnel' eventually 10 bound_to wg0
short=$(counted)
tell "  $short packets met the chain"
check 'with it only the first ones' [ "$((short * 4))" -lt "$long" ]
check_not 'what is not allowed does not pass' on clinic_host socat -T 1 /dev/null \
	TCP:10.10.2.20:9000,connect-timeout=1
check 'all is done' eventually 5 converged hub

tell 'The tunnel is made anew'
on hub ip link del wg0
check_not 'the kernel has taken it out' bound_to wg0
tunnel_up hub wg0
check 'it is bound again' eventually 10 bound_to wg0
check 'and all is done' eventually 5 converged hub
finish
