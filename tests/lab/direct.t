#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Two spokes behind two NATs that preserve ports go directly, nothing is lost on the way there, and
# they find back when the direct way is cut, the hub is gone, or a daemon dies at a bad moment.
# A busy emulated machine is slow and may lose a packet where two moves are not at one moment:
# tests/bench/direct has the figures, here is asserted what is true of any machine.
# limit: 500
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
. "$(dirname "$0")/direct_topology.sh"
needs_wayside

has_prefix() { [ "$(wg_field ann wg0 ben 4)" = "$1" ]; }

two_spokes preserving preserving
check 'ann reaches ben by the hub' pings ann 10.49.0.3
check 'three daemons start' wayside_everywhere
ping_begin 300
took=$(LIMIT=30 seconds_until both_are direct)
in_time 'both go directly' "$took" 15
check 'the direct peer has the allowed-IP' has_prefix 10.49.0.3/32
ping_end
tell "  $LOST of 300 packets lost"
check 'nothing was lost over the move, or one' at_most "$LOST" 1
check 'ben is shown as direct' prints ann direct "$WAYSIDECTL" peers
check 'and the event tells of it' prints ann 'goes directly now' "$WAYSIDECTL" events
check 'all is as it should be' eventually 5 converged ann
check 'and one that knows nothing of it would leave it so' eventually 10 on ann "$WAYSIDED" --dry-run

tell 'the direct way is cut'
ping_begin
cut
took=$(LIMIT=40 seconds_until both_are hub)
in_time 'both are by the hub again' "$took" 20
check 'and the direct peer has none' has_prefix '(none)'
check 'ann reaches ben' eventually 5 pings ann 10.49.0.3
pause 20
tell 'and mended'
mend
took=$(LIMIT=90 seconds_until both_are direct)
in_time 'both go directly again' "$took" 60
ping_end stop
tell "  $LOST packets lost"

tell 'the daemon of ann is killed, and starts again'
wayside_stop ann KILL
check 'the way stays' pings ann 10.49.0.3
check 'it comes back' wayside_start ann
check 'and takes the way as it is' eventually 10 is_path ann direct
check 'ann reaches ben' pings ann 10.49.0.3

tell 'the interface of ben is made again from its file'
on ben ip link del wg0
tunnel_up ben wg0
check 'ann reaches ben' eventually 20 pings ann 10.49.0.3
check 'and goes directly again' eventually 60 both_are direct

tell 'the hub is gone'
wayside_stop hub
on hub ip link set provider down
ping_begin 50
ping_end
check 'what goes directly goes on' [ "$LOST" = 0 ]
check 'and is not given up' both_are direct
on hub ip link set provider up
on hub ip route replace default via 203.0.113.1

tell 'the daemons stop while it is direct'
wayside_stop ann
wayside_stop ben
check 'the way stays' pings ann 10.49.0.3
finish
