#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Anycast of the hub, as in contrib/recipes/growing.md: two hubs with one key and one address, and a
# site that is at the nearer one. That one is drained while both sides go on sending through it: the
# site is at the other, and is found there.
# limit: 300
# natively only
. "$(dirname "$0")/lib.sh"
needs_wayside
command -v bird birdc >/dev/null || skip 'BIRD is not installed: apt-get install bird2'

# example LANGUAGE: the one of the page that is about the anycast
example()
{
	awk -v begin="\`\`\`$1" '/^```/ { if (on && text ~ /anycast/) { printf "%s", text; exit }
		on = $0 == begin; text = ""; next } on { text = text $0 "\n" }' \
		"$LAB_TOP/contrib/recipes/growing.md"
}

# bird_start HOST: with the configuration on standard input
bird_start()
{
	mkdir -p "$(file "$1" /run/bird)"
	cat >"$(file "$1" /etc/bird.conf)"
	become "$1" bird -f -c /etc/bird.conf -s /run/bird/bird.ctl -P /run/bird/bird.pid \
		>>"$LAB_DIR/log/bird-$1" 2>&1 </dev/null &
}

# hub NAME N
hub()
{
	join "$1" core "192.0.2.$2/24" via 192.0.2.1
	join "$1" dc "10.10.1.$2/16"
	on "$1" ip address add 198.51.100.1/32 dev lo
	tunnel "$1" wg0 10.49.0.1/24 51820
	peer "$1" wg0 site '10.49.0.2/32, 10.20.1.0/24'
	tunnel_up "$1" wg0
	check "$1 takes the rules" on "$1" nft -f - < <(example nft)
	check "$1 answers" wayside_start "$1" \
		'defaults = { keepalive = "keep"; routes = { withdraw_dead = true; }; };'
}

at() { on upstream ip route get 198.51.100.1 | grep -q "via 192.0.2.$1 "; }
both_ways() { pings site_host 10.10.2.20 && pings dc_host 10.20.1.30; }

router hub1 hub2 upstream site
host dc_host site_host
network core dc people lan
join upstream core 192.0.2.1/24
join upstream people 203.0.113.1/24
join site people 203.0.113.9/24 via 203.0.113.1
join site lan 10.20.1.2/24
join site_host lan 10.20.1.30/24 via 10.20.1.2
join dc_host dc 10.10.2.20/16 via 10.10.1.11
# One key for both, and so one that is shared with the site.
key hub1 >/dev/null
preshared hub1 site >/dev/null
cp "$LAB_DIR/key/hub1" "$LAB_DIR/key/hub2"
cp "$LAB_DIR/key/hub1.pub" "$LAB_DIR/key/hub2.pub"
cp "$LAB_DIR/key/hub1+site" "$LAB_DIR/key/hub2+site"
hub hub1 10
hub hub2 11
tunnel site wg0 10.49.0.2/32
peer site wg0 hub1 '10.49.0.1/32, 10.10.0.0/16' 198.51.100.1:51820 25
for who in hub1 hub2; do
	setting $who net/ipv4/conf/all/send_redirects 0
	setting $who net/ipv4/conf/dc/send_redirects 0
	setting $who net/ipv4/conf/core/send_redirects 0
done

example bird | bird_start hub1
example bird | sed 's/192\.0\.2\.11/192.0.2.X/; s/192\.0\.2\.10/192.0.2.11/; s/192\.0\.2\.X/192.0.2.10/' | bird_start hub2
bird_start upstream <<'BIRD'
router id 192.0.2.1;
protocol device { }
protocol kernel { ipv4 { export all; }; }
template bgp hub { local 192.0.2.1 as 64500; ipv4 { import all; export none; }; }
protocol bgp hub1 from hub { neighbor 192.0.2.10 as 64512; }
protocol bgp hub2 from hub { neighbor 192.0.2.11 as 64512; }
BIRD
check 'the address is announced' eventually 30 at 10
tunnel_up site wg0
check 'the site answers' wayside_start site ''
check 'the data centre and the site reach each other, by the other hub as well' eventually 40 both_ways
check 'the site is at the first' eventually 5 handshaken hub1 site
check_not 'and not at the second' handshaken hub2 site

tell 'The first is drained, and the data centre goes on sending to it'
become site_host ping -n -i 0.5 10.10.2.20 >/dev/null 2>&1 &
become dc_host ping -n -i 0.5 10.20.1.30 >/dev/null 2>&1 &
on hub1 birdc -s /run/bird/bird.ctl disable anycast >/dev/null
check 'its address is at the second' eventually 15 at 11
if took=$(LIMIT=30 seconds_until handshaken hub2 site); then tell "  the site is there after $took s"; fi
in_time 'by the handshake that follows silence' "$took" 35
check 'where it calls the shared address' [ "$(wg_field site wg0 hub1 3)" = 198.51.100.1:51820 ]
check 'data centre and site reach each other' eventually 15 both_ways
finish
