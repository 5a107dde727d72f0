# shellcheck shell=bash
# The two networks that everything is tried on: `two_cities` and `hospital`.
#
# Each makes the hosts, the networks and the tunnels, and the routes that an owner has
# to put on machines where Wayside does not run (a LAN's router, a host beside the gateway). It
# makes no route and opens no firewall on the gateways themselves: that is what the stories are
# about. `london_move` and `hub_move` are what a provider does to an address. Source lib.sh
# first.

# The router in the middle, which is .1 in each of its networks and serves names there. People
# live in 192.0.2.0/24, the two others are a provider's.
internet()
{
	router internet
	network people provider
	join internet people 192.0.2.1/24
	join internet provider 203.0.113.1/24 198.51.100.1/24
	name_server internet
}

# provider_gives HOST ADDRESS NAME: a new public address, the old one is gone, and dynamic DNS
# says so.
provider_gives()
{
	on "$1" ip -batch - <<-MOVE
		address flush dev provider
		address add $2/24 dev provider
		route replace default via ${2%.*}.1
	MOVE
	name_is "$3" "$2"
}

# London's gateway is its router:   london_host --- london === internet
# Madrid's gateway is only a host:  madrid_host --- madrid_router === internet
#                                             \---- madrid
# shellcheck disable=SC2120 # without_endpoints: no name server answers yet
two_cities()
{
	router london madrid madrid_router
	host london_host madrid_host
	internet
	network london-lan madrid-lan

	join london london-lan 192.168.1.1/24
	join london_host london-lan 192.168.1.50/24 via 192.168.1.1
	join london provider
	london_move 203.0.113.7
	OPEN_UDP=50501 nat london provider
	asks london 203.0.113.1

	join madrid_router people 192.0.2.30/24
	join madrid_router madrid-lan 192.168.2.1/24 via 192.0.2.1
	nat madrid_router people
	join madrid madrid-lan 192.168.2.2/24 via 192.168.2.1
	asks madrid 192.0.2.1
	join madrid_host madrid-lan 192.168.2.50/24 via 192.168.2.1
	# The one thing that stays to be done by hand: Madrid's hosts send to the router.
	on madrid_router ip route add 192.168.1.0/24 via 192.168.2.2

	tunnel london wg0 10.0.0.1/24 50501
	peer london wg0 madrid '10.0.0.2/32, 192.168.2.0/24'
	tunnel madrid wg0 10.0.0.2/24
	peer madrid wg0 london '10.0.0.1/32, 192.168.1.0/24' london-gw.domain.com:50501 25
	tunnel_up london wg0
	tunnel_up madrid wg0 "${1:-}"
}

# What a home router's NAT does to the tunnel of the host behind it, now and then.
mapping_dies()
{
	on madrid_router conntrack -F 2>/dev/null
}

# The port is given to another host: Madrid's next packet leaves by another one.
mapping_is_stolen()
{
	local port
	port=$(on madrid wg show wg0 listen-port)
	on madrid_router nft -f - <<-QUIET
		table inet quiet {
			chain forward {
				type filter hook forward priority -200
				ip saddr 192.168.2.2 drop
			}
		}
	QUIET
	mapping_dies
	on madrid_host socat -u - "UDP:$(london_address):50501,sourceport=$port" <<<'mine now'
	on madrid_router nft delete table inet quiet
}

london_address()
{
	on london ip -json -4 address show dev provider | jq -r '.[0].addr_info[0].local'
}

# london_move ADDRESS: known by the name that its owner has for it, and by the one in contrib/recipes.
london_move()
{
	provider_gives london "$1" london-gw.domain.com
	name_is london-gw.example.net "$1"
}

# dc_host -- dc_router -- hub === internet === carrier --- hotspot --- pi --- clinic_host
#                                        \==== home --- laptop
# shellcheck disable=SC2120 # without_endpoints: no name server answers yet
hospital()
{
	router hub dc_router carrier hotspot pi home
	host dc_host clinic_host laptop
	internet
	network dc mobile tether clinic living-room

	join hub dc 10.10.1.10/16
	join hub provider
	provider_gives hub 203.0.113.10 hub.example.net
	algo_firewall hub 10.49.0.0/24
	join dc_router dc 10.10.0.1/16
	setting dc_router net/ipv4/conf/all/send_redirects 0
	setting dc_router net/ipv4/conf/dc/send_redirects 0
	# By hand, once: the route for the supernet of all sites, and for the tunnel network.
	on dc_router ip route add 10.20.0.0/16 via 10.10.1.10
	on dc_router ip route add 10.49.0.0/24 via 10.10.1.10
	join dc_host dc 10.10.2.20/16 via 10.10.0.1

	join carrier people 192.0.2.10/24
	join carrier mobile 100.64.0.1/10 via 192.0.2.1
	nat carrier people "${CARRIER_PORTS:-}"
	join hotspot mobile 100.64.7.3/10
	join hotspot tether 192.168.43.1/24 via 100.64.0.1
	nat hotspot mobile
	join pi tether 192.168.43.17/24
	join pi clinic 10.20.1.2/24 via 192.168.43.1
	asks pi 192.0.2.1
	join clinic_host clinic 10.20.1.30/24
	# By hand, once: the clinic's own router would have these two as well.
	on clinic_host ip route add 10.10.0.0/16 via 10.20.1.2
	on clinic_host ip route add 10.49.0.0/24 via 10.20.1.2

	join home people 192.0.2.20/24
	join home living-room 192.168.77.1/24 via 192.0.2.1
	nat home people
	join laptop living-room 192.168.77.5/24 via 192.168.77.1
	asks laptop 192.0.2.1

	tunnel hub wg0 10.49.0.1/24 51820
	peer hub wg0 pi '10.49.0.2/32, 10.20.1.0/24'
	peer hub wg0 laptop 10.49.0.3/32
	tunnel pi wg0 10.49.0.2/32
	peer pi wg0 hub '10.49.0.0/24, 10.10.0.0/16' hub.example.net:51820 25
	tunnel laptop wg0 10.49.0.3/32
	peer laptop wg0 hub '10.49.0.0/24, 10.10.0.0/16, 10.20.0.0/16' hub.example.net:51820 25
	tunnel_up hub wg0
	tunnel_up pi wg0 "${1:-}"
	tunnel_up laptop wg0 "${1:-}"
}

# hub_move ADDRESS
hub_move() { provider_gives hub "$1" hub.example.net; }
