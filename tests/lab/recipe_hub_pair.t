#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# A pair of hubs as in contrib/recipes/hub-pair, with BIRD as in "Two hubs" of growing.md.
#
# A site and a data centre reach each other by the first hub. It dies: the site goes by the second
# because it is a standby, the data centre because OSPF says so. It comes back, and both are by
# the first again without a break. hub_pair.t has the pair on one interface.
# limit: 300
# natively only
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/recipe.sh"
needs_wayside
command -v bird birdc >/dev/null || skip 'BIRD is not installed: apt-get install bird2'

# hub NAME N: 10.10.1.(9+N) in the DC, 192.0.2.N outside
hub()
{
	join "$1" dc "10.10.1.$((9 + $2))/16" via 10.10.0.1
	join "$1" internet "192.0.2.$2/24"
	name_is "$1.example.net" "192.0.2.$2"
	recipe_tunnel "$1" wg0 README.md 3
}

# bird_start HOST: with the configuration on standard input
bird_start()
{
	mkdir -p "$(file "$1" /run/bird)"
	cat >"$(file "$1" /etc/bird.conf)"
	become "$1" bird -f -c /etc/bird.conf -s /run/bird/bird.ctl -P /run/bird/bird.pid \
		>>"$LAB_DIR/log/bird-$1" 2>&1 </dev/null &
}

# The first example for BIRD of a page.
example() { awk '/^```/ { if (on) exit; on = $0 == "```bird"; next } on' "$1"; }
two_hubs() { example "$LAB_TOP/contrib/recipes/growing.md"; }

from_site() { pings site_host 10.10.2.20; }
from_dc() { pings dc_host 10.20.1.30; }
both_ways() { from_site && from_dc; }
site_goes_by() { prints site "dev $1 " ip route get 10.10.2.20; }
dc_goes_by() { prints dc_router "via $1 " ip route get 10.20.1.30; }
problem() { ask site "any(.problems[]; .code == \"$1\")" status; }
# answered FILE: of ten pings a second, how many in a row were not answered at most
longest_break()
{
	awk 'match($0, /icmp_seq=[0-9]+/) { n = substr($0, RSTART + 9, RLENGTH - 9) + 0
		if (last && n - last - 1 > worst) worst = n - last - 1; last = n } END { print worst + 0 }' "$1"
}

router hub-a hub-b site dc_router
host dc_host site_host names
network dc internet lan
join names internet 192.0.2.53/24
name_server names
recipe hub-pair hub-a=hub-a hub-b=hub-b site-1=site
hub hub-a 1
hub hub-b 2
# As the page says of the second.
sed -i 's/10\.49\.0\./10.49.1./g' "$(file hub-b /etc/wireguard/wg0.conf)"
join dc_router dc 10.10.0.1/16
join dc_host dc 10.10.2.20/16 via 10.10.0.1
join site internet 192.0.2.9/24
join site lan 10.20.1.2/24
join site_host lan 10.20.1.30/24 via 10.20.1.2
asks site 192.0.2.53
recipe_tunnel site wg0 README.md 1
recipe_tunnel site wg1 README.md 2
tunnel_up hub-a wg0
tunnel_up hub-b wg0
tunnel_up site wg0
tunnel_up site wg1

# No redirects, as the page says: a host would stay with a hub that is dead.
for who in dc_router hub-a hub-b; do
	setting $who net/ipv4/conf/all/send_redirects 0
	setting $who net/ipv4/conf/dc/send_redirects 0
done
two_hubs | bird_start hub-a
two_hubs | sed 's/10\.10\.1\.10/10.10.1.11/; s/ospf_metric2 = 20;/ospf_metric2 = 200;/' | bird_start hub-b
example "$RECIPE/README.md" | bird_start dc_router
check 'hub-a answers' recipe_start hub-a hub.conf
check 'hub-b answers' recipe_start hub-b hub.conf
check 'the site answers' recipe_start site site.conf
check 'data centre and site reach each other' eventually 60 both_ways
check 'the site by the first' site_goes_by wg0
check 'the data centre, too' eventually 30 dc_goes_by 10.10.1.10
check 'which is all there is to do' eventually 10 converged site
check_not 'and nothing is to be seen to' problem standby-not-ready

become site_host ping -n -i 0.1 -W 1 10.10.2.20 >>"$LAB_DIR/ping-site" 2>&1 &
become dc_host ping -n -i 0.1 -W 1 10.20.1.30 >>"$LAB_DIR/ping-dc" 2>&1 &
tell 'hub-a dies'
on hub-a ip link set internet down
on hub-a ip link set dc down
if took=$(LIMIT=30 seconds_until both_ways); then tell "  both ways by the other after $took s"; fi
in_time 'not much longer than the silence that is borne' "$took" 30
check 'the site by the second' site_goes_by wg1
check 'the data centre, too' dc_goes_by 10.10.1.11
check 'the site says so' problem standby-active

tell 'hub-a is back'
: >"$LAB_DIR/ping-site"
: >"$LAB_DIR/ping-dc"
on hub-a ip link set dc up
on hub-a ip link set internet up
on hub-a ip route replace default via 10.10.0.1
if took=$(LIMIT=90 seconds_until site_goes_by wg0); then tell "  the site goes by it after $took s"; fi
check 'the site by the first' site_goes_by wg0
check 'the data centre, too' eventually 60 dc_goes_by 10.10.1.10
pause 1
tell "  the longest break: $(longest_break "$LAB_DIR/ping-site") of ten pings a second from the site," \
	"$(longest_break "$LAB_DIR/ping-dc") from the data centre"
check 'without a break that somebody would see, from the site' \
	at_most "$(longest_break "$LAB_DIR/ping-site")" $((10 * LAB_PATIENCE))
check 'nor from the data centre' \
	at_most "$(longest_break "$LAB_DIR/ping-dc")" $((10 * LAB_PATIENCE))
check 'all is well' eventually 10 not problem standby-active
finish
