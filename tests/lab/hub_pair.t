#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Two hubs that lead to the same network: while one is dead the other has its allowed-IPs.
#
# A service address is behind both. The first hub dies under a ping of five a second; the second
# takes over, and gives back what it held when the first was well for a while. In between the
# daemon is stopped, killed, and another program puts everything back.
# limit: 500
. "$(dirname "$0")/lib.sh"
needs_wayside

has() { wg_field site wg0 "$1" 4 | grep -qE "(^|,)$2(,|$)"; }
has_nothing() { [ "$(wg_field site wg0 "$1" 4)" = '(none)' ]; }
served() { pings site 10.10.0.1; }
problem() { ask site "any(.problems[]; .code == \"$1\")" status; }
log_has() { grep -qF -- "$1" "$LAB_DIR/log/waysided-site"; }

# lost SECONDS: of what was sent since that time (of date +%s.%N), how many were not answered.
lost()
{
	awk -v since="$1" '
		match($0, /^\[[0-9.]+\]/) && substr($0, 2, RLENGTH - 2) >= since &&
		match($0, /icmp_seq=[0-9]+/) {
			seq = substr($0, RSTART + 9, RLENGTH - 9) + 0
			if (!n++) first = seq
			last = seq
		}
		END { print n ? last - first + 1 - n : "all" }
	' "$LAB_DIR/ping"
}

# syncconf: what an administrator, or a script of his, does after a change of the file.
syncconf()
{
	sed -E '/^(Address|Table|DNS|MTU) *=/d' "$(file site /etc/wireguard/wg0.conf)" |
		on site wg syncconf wg0 /dev/stdin
}

hub()
{
	router "$1"
	join "$1" internet "192.0.2.$2/24"
	on "$1" ip address add 10.10.0.1/32 dev lo
	tunnel "$1" wg0 "10.0.0.$2/24" 51820
	peer "$1" wg0 site 10.0.0.9/32
	tunnel_up "$1" wg0
}

network internet
hub hub_a 1
hub hub_b 2
host site
join site internet 192.0.2.9/24
tunnel site wg0 10.0.0.9/24
peer site wg0 hub_a '10.10.0.0/16, 10.0.0.1/32' 192.0.2.1:51820
peer site wg0 hub_b 10.0.0.2/32 192.0.2.2:51820
tunnel_up site wg0
conf='defaults = { poll_interval = 0.5; poll_interval_max = 1.0; };
interfaces = ( { name = "wg0"; peers = (
  { name = "hub_a"; },
  { name = "hub_b"; standby_for = "hub_a";
    allowed_ips = [ "10.10.0.0/16", "10.10.5.0/24" ]; }
); } );'
check 'the site answers' wayside_start site "$conf"
check 'the service is reached' eventually 15 served
check 'both are kept warm' eventually 15 handshaken site hub_b
check 'and that is all there is to do' eventually 10 converged site
check_not 'there is nothing to complain of' problem standby-not-ready

become site ping -n -D -i 0.2 -W 1 10.10.0.1 >"$LAB_DIR/ping" 2>&1 &
pause 2
tell 'The first hub dies'
on hub_a ip link set internet down
if took=$(LIMIT=60 seconds_until served); then tell "  served by the second after $took s"; fi
check 'the second has its network' has hub_b 10.10.0.0/16
check 'and what was asked for besides' has hub_b 10.10.5.0/24
check 'and keeps its own' has hub_b 10.0.0.2/32
check 'what was not asked for stays' has hub_a 10.0.0.1/32
in_time 'it took not much longer than the silence that is borne' "$took" 40
check 'the route is as it was' has_route site 10.10.0.0/16 wg0
check 'and says so' problem standby-active

tell 'The daemon is stopped, and started again'
wayside_stop site
check 'without it the way works' served
check 'it starts' wayside_start site
check 'nothing moves' always 5 has hub_b 10.10.0.0/16

tell 'It is killed, and somebody puts everything back meanwhile'
wayside_stop site KILL
syncconf
check 'the dead hub has it' has hub_a 10.10.0.0/16
check 'it starts' wayside_start site
check 'and knows what was moved' eventually 40 has hub_b 10.10.0.0/16

tell 'Somebody puts everything back while it looks on'
syncconf
check 'it is moved again' eventually 20 has hub_b 10.10.0.0/16
check 'which is no fight yet' not problem allowed-ips-fight
check 'the service is reached' eventually 10 served

tell 'The first hub is back'
since=$(date +%s.%N)
on hub_a ip link set internet up
check_not 'it gets nothing at once' has hub_a 10.10.0.0/16
if took=$(LIMIT=150 seconds_until has hub_a 10.10.0.0/16); then tell "  trusted after $took s"; fi
check 'it has its network again' has hub_a 10.10.0.0/16
check 'the second has its own and no more' eventually 5 \
	test "$(wg_field site wg0 hub_b 4)" = 10.0.0.2/32
pause 5
count=$(lost "$since")
tell "  of what was sent since it is back, lost: $count"
check 'no more than what was under way' at_most "$count" 1
check 'all is well' eventually 10 converged site
check_not 'and nothing is to be seen to' problem standby-active
check 'nothing is remembered' not grep -q prefix "$(file site /var/lib/wayside/state.json)"
finish
