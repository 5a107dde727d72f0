#!/bin/bash
# shellcheck source-path=SCRIPTDIR/../lab disable=SC1091,SC2317
# Chaos on a real kernel: a hub with a site and a guest, whose engine is killed again and again while
# links, peers, routes, rules and tables come and go. Its receive buffers have 4 KiB and its calls to
# netlink fail (tests/chaos/edge/inject.c). After each pause all is as it should be, what others made
# is as they made it, and no packet has come through that must not.
#
#	CHAOS_KILLS=N	how often the engine is killed (20)
#	CHAOS_SEED=N	what happens (1)
#	WAYSIDE_LAB_BACKEND=	with the kernel's WireGuard, in the VM if need be
set -u
top=$(cd "$(dirname "$0")/../.." && pwd -P)
export WAYSIDE_LAB_BACKEND=${WAYSIDE_LAB_BACKEND-userspace}
export WAYSIDED=$top/build/asan/tests/chaos/waysided
export ASAN_OPTIONS=quarantine_size_mb=4:detect_leaks=0 CHAOS_ONE_IN=${CHAOS_ONE_IN:-500} CHAOS_RCVBUF=4096
export CHAOS_SEED=${CHAOS_SEED:-1} CHAOS_KILLS=${CHAOS_KILLS:-20}
. "$top/tests/lab/lib.sh"
needs_wayside
[ "$WAYSIDE_LAB_BACKEND" != userspace ] || command -v wireguard-go >/dev/null ||
	skip 'no wireguard-go: apt-get install wireguard-go'

RANDOM=$CHAOS_SEED
EVENTS_A_ROUND=6
kills=0
rounds=0
worst=0
stuck='' # what was opened did not come to rest
declare -A foreign_routes=() foreign_rules=() foreign_tables=() peers=()

pick() { shift $((RANDOM % $#)); picked=$1; }
note() { echo "$rounds: $*" >>"$LAB_DIR/log/events"; }

# --- the hosts -----------------------------------------------------------------------------------

router gate
host dc site guest
network uplink lan
join gate uplink 192.0.2.1/24
join gate lan 10.10.0.1/16
join dc lan 10.10.0.5/16 via 10.10.0.1
join site uplink 192.0.2.2/24
join guest uplink 192.0.2.3/24
tunnel gate wg0 10.99.0.1/24 51820
peer gate wg0 site '10.99.0.2/32, 10.20.1.0/24'
peer gate wg0 guest '10.99.0.3/32, 10.66.1.0/24'
tunnel site wg0 10.99.0.2/24
tunnel guest wg0 10.99.0.3/24
for who in site guest; do
	peer $who wg0 gate '10.99.0.1/32, 10.10.0.0/16' 192.0.2.1:51820 5
	tunnel_up $who wg0
	on $who ip route add 10.10.0.0/16 dev wg0
done
on site ip address add 10.20.1.1/24 dev lo
on guest ip address add 10.66.1.1/24 dev lo
tunnel gate wg1 10.98.0.1/24 51821
tunnel_up gate wg0
tunnel_up gate wg1

# What came through: counted where it arrives; and at the gate, what came to it and wanted to.
for who in gate dc site guest; do
	on $who nft -f - <<-COUNT
		table inet seen {
			counter good { }
			counter bad { }
			chain prerouting {
				type filter hook prerouting priority -300
				ip saddr 10.20.1.0/24 ip daddr 10.10.0.0/16 counter name good
				ip saddr 10.66.0.0/16 ip daddr 10.10.0.0/16 counter name bad
				ip saddr 10.10.0.0/16 ip daddr 10.66.0.0/16 counter name bad
				ip saddr 10.66.0.0/16 ip daddr 10.20.0.0/16 counter name bad
			}
		}
	COUNT
done
counted() # KIND HOST…: packets, on all of these
{
	local kind=$1 who sum=0 n
	shift
	for who; do
		n=$(on "$who" nft list counter inet seen "$kind" | sed -n 's/.*packets \([0-9]*\) .*/\1/p')
		sum=$((sum + n))
	done
	echo $sum
}
seen() { counted "$1" dc site guest; }
tried() { counted "$1" gate; }

# sends HOST FROM TO SECONDS: for ever, one after the other.
senders=()
sends()
{
	become "$1" ping -n -q -i "$4" -I "$2" "$3" >/dev/null 2>&1 &
	senders+=($!)
}

conf() # NUMBER: one of several that forbid the same; 4 does not
{
	local more=''
	case $1 in
	1) more='counters = true;' ;;
	2) more='default = "reject"; input = ( { from = "guests"; ports = [ "icmp" ]; } );' ;;
	3) more='foreign_chains = "off";' ;;
	4) more='default = "accept";' ;;
	esac
	cat <<-CONF
		defaults = { poll_interval = 0.2; poll_interval_max = 0.5;
			routes = { unreachable = ( "10.77.0.0/16" ); };
			firewall = { enabled = true; $more policy = (
				{ from = "sites"; to = "dc"; }, { from = "dc"; to = "sites"; } ); }; };
		zones = ( { name = "dc"; prefixes = [ "10.10.0.0/16" ]; } );
		interfaces = ( { name = "wg0"; peers = (
			{ public_key = "$(key site)"; name = "site"; zone = "sites"; },
			{ public_key = "$(key guest)"; name = "guest"; zone = "guests"; } ); } );
	CONF
}

# --- what happens --------------------------------------------------------------------------------

start() { become gate "$WAYSIDED" >>"$LAB_DIR/log/waysided-gate" 2>&1 </dev/null & WAYSIDE_PID[gate]=$!; }

# At once, or after up to half a second of a new one's life.
kill_engine()
{
	kill -KILL "${WAYSIDE_PID[gate]}" 2>/dev/null
	wait "${WAYSIDE_PID[gate]}" 2>/dev/null
	kills=$((kills + 1))
	start
	pause "0.$((RANDOM % 5))$((RANDOM % 10))"
}

kill_net() { pkill -KILL -P "${WAYSIDE_PID[gate]}"; }

flush_routes() { on gate ip route flush table all proto 87; }

delete_route()
{
	local line
	line=$(on gate ip route show table all proto 87 | shuf -n 1 --random-source=<(yes "$RANDOM"))
	# shellcheck disable=SC2086
	[ -z "$line" ] || on gate ip route del ${line% onlink}
}

# Tens of thousands would take longer; these are more than 4 KiB of events.
route_storm()
{
	{
		for i in {1..120}; do echo "route add 10.200.$i.0/24 dev lan proto 98"; done
		for i in {1..120}; do echo "route del 10.200.$i.0/24 dev lan proto 98"; done
	} | on gate ip -batch -
}

link_down()
{
	pick wg0 wg1
	note "  $picked"
	on gate ip link set "$picked" down
	pause "0.0$((RANDOM % 10))"
	on gate ip link set "$picked" up
}

rename_link()
{
	local from=wg7 to=wg1
	! on gate ip link show wg1 || { from=wg1; to=wg7; }
	[ "$WAYSIDE_LAB_BACKEND" = userspace ] && return # its socket keeps its name
	on gate ip link set "$from" name "$to"
}

# Peers of nobody's, with what they may have.
peer_more()
{
	local n=$((RANDOM % 8))
	peers[$n]=1
	on gate wg set wg1 peer "$(key "other$n")" allowed-ips \
		"10.77.$n.0/24,10.78.$((RANDOM % 4)).0/24,fd77:$n::/48"
}

peer_less()
{
	local n=$((RANDOM % 8))
	[ -n "${peers[$n]:-}" ] || return
	unset "peers[$n]"
	on gate wg set wg1 peer "$(key "other$n")" remove
}

foreign_route()
{
	local p=10.10$((RANDOM % 3)).$((RANDOM % 8)).0/24
	if [ -n "${foreign_routes[$p]:-}" ]; then
		on gate ip route del "$p" dev lan proto 99 metric 7 && unset "foreign_routes[$p]"
	else
		on gate ip route add "$p" dev lan proto 99 metric 7 && foreign_routes[$p]=1
	fi
}

foreign_rule()
{
	local p=$((1000 + RANDOM % 4))
	if [ -n "${foreign_rules[$p]:-}" ]; then
		on gate ip rule del pref "$p" && unset "foreign_rules[$p]"
	else
		on gate ip rule add pref "$p" from 10.9.$((p % 8)).0/24 lookup main && foreign_rules[$p]=1
	fi
}

foreign_table()
{
	local t=other$((RANDOM % 3))
	if [ -n "${foreign_tables[$t]:-}" ]; then
		on gate nft delete table ip "$t" && unset "foreign_tables[$t]"
	else
		on gate nft -f - <<-TABLE && foreign_tables[$t]=1
			table ip $t {
				set stuff { type ipv4_addr; elements = { 10.5.0.1, 10.5.0.2 }; }
				chain forward {
					type filter hook forward priority 10
					ip saddr @stuff drop comment "mine"
				}
			}
		TABLE
	fi
}

# On a busy machine packets are on their way for long, in queues of the tunnels' processes.
on_their_way()
{
	local before
	before=$(tried bad)
	pause 0.3
	[ "$(tried bad)" -ne "$before" ]
}

# What somebody else opens is open until it is heard of: nobody sends meanwhile.
opened()
{
	local start took
	kill -STOP "${senders[@]}"
	eventually 10 not on_their_way
	start=$(clock)
	on gate nft "$@"
	on gate nft list table inet wayside >/dev/null 2>&1 && pause 0.05
	eventually 20 on gate nft list table inet wayside
	took=$(($(clock) - start))
	[ "$took" -le "$worst" ] || worst=$took
	eventually 30 nothing_to_do || stuck=1
	kill -CONT "${senders[@]}"
}
delete_table() { opened delete table inet wayside; }
flush_chain() { opened flush chain inet wayside forward; }

# As soon as it has begun: to one that does not block and not catch it yet a SIGHUP is death, and
# what this shell blocks before it becomes the daemon does not count.
hup_is() # Blk|Cgt: by the masks of the process, is it blocked, or caught?
{
	[ "/proc/${WAYSIDE_PID[gate]}/exe" -ef "$WAYSIDED" ] &&
		(($(sed -n "s/^Sig$1:[[:space:]]*/0x/p" "/proc/${WAYSIDE_PID[gate]}/status") & 1))
}
takes_hup() { hup_is Blk || hup_is Cgt; }
hup() { eventually 10 takes_hup && kill -HUP "${WAYSIDE_PID[gate]}"; }

reload()
{
	wayside_conf gate "$(conf $((RANDOM % 4)))"
	hup
}

# Not before it has read the good one: with a broken one it does not start.
broken_reload()
{
	local good
	eventually 10 hup_is Cgt
	good=$(cat "$(file gate /etc/wayside/wayside.conf)")
	wayside_conf gate 'defaults = { no_such_key = 1; };'
	hup
	pause 0.1
	wayside_conf gate "$good"
}

questions() { for w in status peers firewall 'explain 10.20.1.1' metrics; do ctl gate --json "$w" >/dev/null; done; }

event()
{
	pick kill_engine kill_engine kill_engine kill_engine kill_engine kill_engine kill_engine \
		kill_engine kill_net flush_routes delete_route route_storm link_down rename_link peer_more peer_more peer_less foreign_route \
		foreign_rule foreign_table delete_table flush_chain reload broken_reload questions
	note "$picked"
	"$picked" >>"$LAB_DIR/log/events" 2>&1
}

# --- what has to hold ----------------------------------------------------------------------------

others()
{
	on gate ip route show table all proto 99 | sort
	on gate ip rule show | grep -E '^10[0-9]{2}:' | sort
	for t in "${!foreign_tables[@]}"; do on gate nft list table ip "$t"; done
}

expected_others()
{
	for p in "${!foreign_routes[@]}"; do echo "$p dev lan scope link metric 7"; done | sort
	for p in "${!foreign_rules[@]}"; do echo "$p:	from 10.9.$((p % 8)).0/24 lookup main"; done | sort
}

same_others()
{
	others >"$LAB_DIR/others"
	expected_others >"$LAB_DIR/expected"
	grep -vE '^(table|	|}|$)' "$LAB_DIR/others" | sed 's/ *$//; s/ proto 99//' |
		diff - "$LAB_DIR/expected" &&
		[ "$(grep -c 'ip saddr @stuff drop comment "mine"' "$LAB_DIR/others")" -eq ${#foreign_tables[@]} ]
}

# Another one, that remembers nothing and whose calls do not fail, has nothing to do.
nothing_to_do() { CHAOS_ONE_IN=0 on gate "$WAYSIDED" --dry-run; }
# The engine and its child; those that were killed have left nobody behind.
two_processes() { pgrep -a waysided && [ "$(pgrep -c waysided)" -eq 2 ]; }
none_bad() { [ "$(seen bad)" -eq 0 ]; }

keep() { [ -z "${CHAOS_KEEP:-}" ] || cp "$LAB_DIR"/log/* "$CHAOS_KEEP/"; }

stop_here()
{
	tail -n 40 "$LAB_DIR/log/events"
	ctl gate status
	ctl gate plan
	ctl gate events 10
	on gate ip route show table all proto 87
	on gate ip link show type tun
	keep
	wayside_stop gate KILL # keys are looked for in what lives, and a sanitizer's shadow has no end
	finish
}

wayside_conf gate "$(conf 0)"
check 'waysided answers' wayside_start gate
check 'all is done' eventually 20 converged gate
check 'the site reaches the data centre' eventually 20 pings site 10.10.0.5

# A reload that is asked for in its first moment, when nothing can hear it yet, is done later.
start_blocked()
{
	kill -KILL "${WAYSIDE_PID[gate]}"
	wait "${WAYSIDE_PID[gate]}" 2>/dev/null
	become gate env --block-signal=HUP "$WAYSIDED" >>"$LAB_DIR/log/waysided-gate" 2>&1 </dev/null &
	WAYSIDE_PID[gate]=$!
	hup
}
reloaded() { [ "$(ctl gate --json status | jq .config.generation)" -gt 1 ]; }
start_blocked
check 'a reload is not lost in its first moment' eventually 20 reloaded

sends site 10.20.1.1 10.10.0.5 0.05
sends guest 10.66.1.1 10.10.0.5 0.01
sends guest 10.66.1.1 10.20.1.1 0.01
sends dc 10.10.0.5 10.66.1.1 0.01

begin=$SECONDS
while [ $kills -lt "$CHAOS_KILLS" ]; do
	rounds=$((rounds + 1))
	for ((e = 0; e < EVENTS_A_ROUND; e++)); do
		event
		pause "0.0$((RANDOM % 10))"
	done
	[ -z "$stuck" ] && eventually 30 nothing_to_do >/dev/null 2>&1 && same_others >/dev/null &&
		none_bad && eventually 5 two_processes && continue
	check 'what was opened was put back in time' [ -z "$stuck" ]
	check 'at rest another one has nothing to do' nothing_to_do
	check 'what others made is as they made it' same_others
	check 'no forbidden packet came through' none_bad
	check 'there are two processes' two_processes
	stop_here
done
tell "  $rounds rounds of $EVENTS_A_ROUND events in $((SECONDS - begin)) s, $kills deaths of the engine"
tell "  $(seen good) packets of the site came through, none of $(tried bad) that are forbidden"
tell "  a table that was deleted was back after $(decimal $worst) s"
check 'no forbidden packet came through' none_bad
check 'many came to the gate and would have' [ "$(tried bad)" -gt 100 ]
check 'those that may did' [ "$(seen good)" -gt 30 ]
check 'all is done' eventually 20 converged gate
check 'no sanitizer said anything' not grep -E 'ERROR: AddressSanitizer|runtime error' "$LAB_DIR/log/waysided-gate"

# Who counts sees them, when they may.
open_policy() { ! none_bad; }
wayside_conf gate "$(conf 4)"
hup
check 'with another policy they come through, and are seen' eventually 20 open_policy
wayside_stop gate
clean() { CHAOS_ONE_IN=0 on gate "$WAYSIDED" --clean; }
check 'what is ours can be taken away' clean
check 'no route of ours is left' [ -z "$(on gate ip route show table all proto 87)" ]
check_not 'no table' on gate nft list table inet wayside
check 'what others made is still there' same_others
finish
