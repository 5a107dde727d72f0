#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# limit: 400
# unpacks: ufw firewalld python3-firewall python3-nftables python3-dbus python3-gi gir1.2-glib-2.0 libgirepository-1.0-1 python3-cap-ng dbus-system-bus-common
# Beside the firewalls that Debian has, the programs themselves.
#
# A gateway forwards between a data centre and a clinic behind a spoke. Each of ufw, firewalld and
# rules of docker's shape keeps the two apart; with Wayside they talk. The firewall's own commands
# go on working, and when it loads its rules again the clinic is away for a moment only, which is
# counted. --clean leaves its rules as they were. Beside docker's it is done once more with the
# configuration of contrib/recipes/beside-other-firewalls.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/recipe.sh"
needs_wayside
for tool in python3 dbus-daemon; do
	command -v "$tool" >/dev/null || skip "no $tool"
done

conf='defaults = { firewall = { enabled = true; policy = ( { from = "dc"; to = "peers"; } ); }; };
	zones = ( { name = "dc"; prefixes = [ "10.10.0.0/16" ]; } );'

# By TCP: some of them let everybody's pings through.
reaches() { on dc_host socat -u /dev/null TCP:10.20.1.30:80,connect-timeout=1; }
back_reaches() { on clinic_host socat -u /dev/null TCP:10.10.2.20:80,connect-timeout=1; }
put_back() { ask gate . metrics | sed -n 's/^wayside_foreign_put_back_total //p'; }
more_than() { [ "$(put_back)" -gt "$1" ]; }
# What is loaded, without what only counts.
rules() { on gate nft -s list ruleset 2>/dev/null; }
as_before() { rules >"$LAB_DIR/now"; diff "$LAB_DIR/before" "$LAB_DIR/now"; }

# beside NAME: what is true beside each of them; `state` and `reload` are functions of its own.
beside()
{
	local before
	check_not 'the data centre cannot reach the clinic' reaches
	rules >"$LAB_DIR/before"
	check 'waysided answers' wayside_start gate "$conf"
	check 'now it can' eventually 10 reaches
	check_not 'but the clinic cannot open connections, as the policy says' back_reaches
	check "$1 says that it runs" state
	check 'and shows our accept' eventually 5 accept_is_shown
	before=$(put_back)
	check "$1 loads its rules again" reload
	tell "       (the clinic is back after $(seconds_until reaches) s)"
	check 'soon the clinic is there again' eventually 5 reaches
	check 'which was counted' eventually 5 more_than "$before"
	check "$1 still says that it runs" state
	wayside_stop gate
	check 'with the daemon stopped the clinic stays' reaches
	check '--clean' on gate "$WAYSIDED" --clean
	check 'the rules are as they were' as_before
}

router gate spoke
host dc_host clinic_host lan_host container
network uplink dc clinic lan docker0
recipe beside-other-firewalls
join gate uplink 192.0.2.1/24
join spoke uplink 192.0.2.2/24
join gate dc 10.10.0.1/16
join dc_host dc 10.10.2.20/16 via 10.10.0.1
join gate lan 192.168.1.1/24
join lan_host lan 192.168.1.50/24 via 192.168.1.1
join gate docker0 172.17.0.1/16
join container docker0 172.17.0.2/16 via 172.17.0.1
join spoke clinic 10.20.1.2/24
join clinic_host clinic 10.20.1.30/24 via 10.20.1.2
tunnel gate wg0 10.49.0.1/24 51820
peer gate wg0 spoke '10.49.0.2/32, 10.20.1.0/24'
tunnel spoke wg0 10.49.0.2/24
peer spoke wg0 gate '10.49.0.0/24, 10.10.0.0/16, 192.168.1.0/24, 172.17.0.0/16' 192.0.2.1:51820 25
tunnel_up gate wg0
tunnel_up spoke wg0
for net in 10.10.0.0/16 192.168.1.0/24 172.17.0.0/16; do
	on spoke ip route add "$net" dev wg0
done
on gate ip route add 10.20.1.0/24 dev wg0
become clinic_host socat TCP-LISTEN:80,fork,reuseaddr /dev/null 2>/dev/null &
become dc_host socat TCP-LISTEN:80,fork,reuseaddr /dev/null 2>/dev/null &
become lan_host socat TCP-LISTEN:80,fork,reuseaddr /dev/null 2>/dev/null &
unpacked_root gate
check 'without a firewall the data centre reaches the clinic' eventually 10 reaches

tell 'ufw, enabled, routed traffic denied'
within gate sh -c 'cp /usr/share/ufw/*.rules /usr/share/ufw/*.init /usr/share/ufw/ufw.conf /etc/ufw/'
state() { within gate ufw status verbose | grep -E '^Status: active|^Default:.*deny \(routed\)'; }
reload() { within gate ufw reload; }
accept_is_shown() { on gate iptables-nft -S FORWARD | grep -x -- '-A FORWARD -i wg0 -j ACCEPT'; }
within gate ufw default deny routed >/dev/null
within gate ufw allow 51820/udp >/dev/null
check 'it is enabled' within gate ufw --force enable
beside ufw
within gate ufw disable >/dev/null
on gate nft flush ruleset

tell 'firewalld of Debian'
# Its package's own script would have linked this.
within gate sh -c 'cd /usr/share/polkit-1/actions &&
	cp org.fedoraproject.FirewallD1.server.policy.choice org.fedoraproject.FirewallD1.policy
	mkdir -p /run/dbus
	id messagebus >/dev/null 2>&1 || echo messagebus:x:101:101::/run:/bin/false >>/etc/passwd'
within gate dbus-daemon --system --fork --nopidfile
become gate chroot /run/root firewalld --nofork --nopid >"$LAB_DIR/log/firewalld" 2>&1 &
firewalld=$!
state() { [ "$(within gate firewall-cmd --state)" = running ]; }
reload() { within gate firewall-cmd --reload; }
accept_is_shown() { prints gate 'iifname "wg0" counter' nft list chain inet firewalld filter_FORWARD; }
check 'it runs' eventually 60 state
check 'WireGuard is let in' within gate firewall-cmd --permanent --add-port=51820/udp
check 'and that is loaded' reload
beside firewalld
kill "$firewalld"
wait "$firewalld" 2>/dev/null
on gate nft flush ruleset

tell 'Rules as docker makes them, by iptables'
# Chains of the same name are made new by a restore, as docker does when it starts again.
reload() { on gate iptables-nft-restore <"$LAB_TOP/tests/edge/foreign/docker.iptables"; }
state() { on gate iptables-nft -S DOCKER-USER; }
accept_is_shown() { on gate iptables-nft -S FORWARD | grep -x -- '-A FORWARD -o wg0 -j ACCEPT'; }
check 'they are loaded' reload
beside docker

tell 'The same with contrib/recipes/beside-other-firewalls, which names the chains'
container_serves() { become container socat "TCP-LISTEN:$1,fork,reuseaddr" /dev/null 2>/dev/null & }
container_serves 443
container_serves 80
connects() { on "$1" socat -u /dev/null "TCP:$2,connect-timeout=1"; }
check 'waysided answers' wayside_start gate "$(recipe_file beside.conf)"
check 'a host of the LAN reaches the clinic' eventually 10 connects lan_host 10.20.1.30:80
check_not 'the clinic does not reach it' connects clinic_host 192.168.1.50:80
check 'the clinic reaches a container' connects clinic_host 172.17.0.2:443
check_not 'at that port only' connects clinic_host 172.17.0.2:80
check_not 'and not the data centre' back_reaches
check 'docker shows our accept' accept_is_shown
wayside_stop gate
check '--clean' on gate "$WAYSIDED" --clean
check 'the rules are as they were' as_before
on gate nft flush ruleset

tell "OpenWrt's fw4, its rules as data"
reload() { on gate nft -f "$LAB_TOP/tests/edge/foreign/fw4.nft"; }
state() { on gate nft list table inet fw4; }
accept_is_shown() { prints gate 'iifname "wg0" counter' nft list chain inet fw4 forward; }
check 'they are loaded' reload
beside fw4
finish
