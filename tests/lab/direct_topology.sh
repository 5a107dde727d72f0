# shellcheck shell=bash
# Two spokes of one hub, each behind a router of its own, and what is told about them. Source lib.sh
# and topology.sh first.
#
#   ann --- ann_router === internet === ben_router --- ben
#                             ||
#                            hub

# two_spokes [ANN-NAT [BEN-NAT]]: preserving (as most routers), symmetric, careless (a router
# that lets the unasked packet in, and so gives its port away), public (none).
two_spokes()
{
	router hub
	host ann ben
	internet
	network ann-lan ben-lan
	join hub provider 203.0.113.10/24 via 203.0.113.1
	spoke_network ann 30 "${1:-preserving}"
	spoke_network ben 40 "${2:-preserving}"
	spokes_tunnels
}

# The same two behind one router, in one network.
two_spokes_together()
{
	router hub home
	host ann ben
	internet
	network home-lan
	join hub provider 203.0.113.10/24 via 203.0.113.1
	join home people 192.0.2.50/24 via 192.0.2.1
	join home home-lan 192.168.50.1/24
	nat home people
	join ann home-lan 192.168.50.11/24 via 192.168.50.1
	join ben home-lan 192.168.50.12/24 via 192.168.50.1
	spokes_tunnels
}

spoke_network()
{
	if [ "$3" = public ]; then
		join "$1" people "192.0.2.$2/24" via 192.0.2.1
		return
	fi
	router "$1_router"
	join "$1_router" people "192.0.2.$2/24" via 192.0.2.1
	join "$1_router" "$1-lan" "192.168.$2.1/24"
	case $3 in
	symmetric) nat "$1_router" people symmetric ;;
	careless)
		nat "$1_router" people
		on "$1_router" nft flush chain ip router input
		;;
	*) nat "$1_router" people ;;
	esac
	join "$1" "$1-lan" "192.168.$2.2/24" via "192.168.$2.1"
}

# The owner's files: the spokes have each other's keys, and nothing else of each other.
spokes_tunnels()
{
	local spoke
	tunnel hub wg0 10.49.0.1/24 51820
	peer hub wg0 ann 10.49.0.2/32
	peer hub wg0 ben 10.49.0.3/32
	tunnel ann wg0 10.49.0.2/24
	tunnel ben wg0 10.49.0.3/24
	for spoke in ann ben; do
		peer "$spoke" wg0 hub 10.49.0.0/24 203.0.113.10:51820 25
	done
	peer ann wg0 ben ''
	peer ben wg0 ann ''
	sed -i '/^AllowedIPs = $/d' "$(file ann /etc/wireguard/wg0.conf)" \
		"$(file ben /etc/wireguard/wg0.conf)"
	for spoke in hub ann ben; do
		tunnel_up "$spoke" wg0
	done
	eventually 10 pings ann 10.49.0.3
}

hub_conf='defaults = { exchange = { serve = true; }; };'

# spoke_conf OTHER ADDRESS [MODE]
spoke_conf()
{
	printf '%s' "interfaces = ( { name = \"wg0\"; peers = (
		{ name = \"hub\"; public_key = \"$(key hub)\"; exchange = true; },
		{ name = \"$1\"; public_key = \"$(key "$1")\"; direct = ${3:-\"always\"};
		  allowed_ips = [ \"$2/32\" ]; } ); } );"
}

wayside_everywhere() # [MODE]
{
	wayside_start hub "$hub_conf" &&
		wayside_start ann "$(spoke_conf ben 10.49.0.3 "${1:-}")" &&
		wayside_start ben "$(spoke_conf ann 10.49.0.2 "${1:-}")"
}

# is_path HOST WAY: how it reaches the other spoke.
is_path()
{
	[ "$(ask "$1" '.[] | select(.direct != null) | .path' paths)" = "$2" ]
}

both_are() { is_path ann "$1" && is_path ben "$1"; }

# ping_begin [COUNT]: five packets a second from ann to ben.
ping_begin()
{
	become ann ping -n -i 0.2 -W 2 ${1:+-c "$1"} 10.49.0.3 >"$LAB_DIR/pings" 2>&1 &
	PINGS=$!
}

# ping_end [stop]: LOST is how many of them got no answer.
ping_end()
{
	[ "${1:-}" != stop ] || kill -INT "$PINGS"
	wait "$PINGS"
	# shellcheck disable=SC2034 # for the story
	LOST=$(awk '/packets transmitted/ { print $1 - $4 }' "$LAB_DIR/pings")
}

# The two routers no longer let each other's packets through.
cut()
{
	on ann_router ip route add blackhole 192.0.2.40/32
	on ben_router ip route add blackhole 192.0.2.30/32
}

mend()
{
	on ann_router ip route del blackhole 192.0.2.40/32
	on ben_router ip route del blackhole 192.0.2.30/32
}
