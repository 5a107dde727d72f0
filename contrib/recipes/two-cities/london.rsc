# RouterOS 7, London: the gateway is the router.
/interface/wireguard/add name=wg-madrid listen-port=50501
/interface/wireguard/peers/add interface=wg-madrid public-key="FXmm4xEsq6G2Ax73xQfzAU17CkCP79G01KLIwy0idP8=" allowed-address=10.0.0.2/32,192.168.2.0/24 comment=madrid
/ip/address/add address=10.0.0.1/24 interface=wg-madrid
/ip/route/add dst-address=192.168.2.0/24 gateway=wg-madrid
/ip/firewall/filter/add chain=input protocol=udp dst-port=50501 action=accept place-before=0 comment="WireGuard from Madrid"
/ip/firewall/filter/add chain=forward in-interface=wg-madrid dst-address=192.168.1.0/24 action=accept place-before=0
/ip/firewall/filter/add chain=forward out-interface=wg-madrid action=accept place-before=0
# What goes into the tunnel keeps its address.
/ip/firewall/nat/add chain=srcnat out-interface=wg-madrid action=accept place-before=0
# The name that Madrid follows: RouterOS' own, or any other dynamic DNS.
/ip/cloud/set ddns-enabled=yes
