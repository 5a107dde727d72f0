#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317,SC2119
# Which NATs let two spokes meet, and that nothing is lost where they do not.
# limit: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
. "$(dirname "$0")/direct_topology.sh"
needs_wayside

# Each pair has a network of its own: the story starts itself again, and sums up.
if [ -z "${PAIR:-}" ]; then
	for pair in 'preserving public' 'together' 'symmetric preserving' 'symmetric symmetric' \
		'symmetric public' 'careless careless'; do
		tell "$pair"
		check "$pair" env -u WAYSIDE_IN_LAB -u LAB_DIR PAIR="$pair" WAYSIDE_IN_LAB=1 \
			bash "$0"
		sed 's/^/  /' "$LAB_DIR/said"
	done
	finish
fi

goes_directly() # SECONDS
{
	took=$(LIMIT=$1 seconds_until both_are direct)
	in_time 'both go directly' "$took" "$1"
}

stays_on_hub()
{
	check 'the direct way was tried by ann' eventually 30 tried ann
	check 'and by ben' eventually 30 tried ben
	check 'both stay on the hub' both_are hub
}
tried() { ask "$1" '.[] | select(.direct != null) | .direct.tries > 0 or empty' paths; }
# Does its doctor say that the hub sees it at another port than the one it listens at?
port_is_another()
{
	{ ctl "$1" --json doctor || true; } | jq -e 'any(.[]; .code == "nat-port")'
}
by_address() { [[ "$(wg_field "$1" wg0 "$2" 3)" == "$3":* ]]; }

case $PAIR in
together) two_spokes_together ;;
*) two_spokes "${PAIR% *}" "${PAIR#* }" ;;
esac
check 'three daemons start' wayside_everywhere
ping_begin 150
case $PAIR in
'preserving public') goes_directly 10 ;;
together)
	goes_directly 15
	check 'on the private address' by_address ann ben 192.168.50.12
	;;
'symmetric public')
	goes_directly 15
	check 'and it is seen that the NAT is symmetric' \
		ask ben '.[] | select(.direct != null) | .direct.symmetric or empty' paths
	check 'the doctor of the one says that its port is another to the hub' port_is_another ann
	check_not 'and that of the other does not' port_is_another ben
	;;
careless*) pause 20 ;;
*) stays_on_hub ;;
esac
ping_end
tell "  $LOST of 150 packets lost; $(ask ann '.[] | select(.direct != null) | .path' paths)"
case $PAIR in
'symmetric preserving' | 'symmetric symmetric') check 'nothing was lost' [ "$LOST" = 0 ] ;;
*) check 'nothing was lost, or one' at_most "$LOST" 1 ;; # of a move on a busy machine
esac
finish
