#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Others take away what is ours at any moment: while the daemon starts, while it reads another
# configuration, while it puts back what was taken before. It is always back at once, and not only
# when everything is looked at again, which is every five minutes.
#
#	ROUNDS=N	how often (40)
#	SEED=N		what, and when (1)
# natively only
. "$(dirname "$0")/lib.sh"
needs_wayside
RANDOM=${SEED:-1}

router gate
network uplink
join gate uplink 192.0.2.1/24 via 192.0.2.9
tunnel gate wg0 10.0.0.1/24
peer gate wg0 one '10.0.0.2/32, 10.20.1.0/24' 192.0.2.7:51820
peer gate wg0 two '10.0.0.3/32, 10.20.2.0/24, 0.0.0.0/0' 192.0.2.8:51820
tunnel_up gate wg0

conf() # DEFAULT COUNTERS
{
	cat <<-CONF
		defaults = { poll_interval = 0.5; poll_interval_max = 1.0;
			routes = { unreachable = [ "10.77.0.0/16" ]; };
			firewall = { enabled = true; default = "$1"; counters = $2; }; };
	CONF
}

# --- what the daemon is at -----------------------------------------------------------------------

nothing() { :; }
start() { become gate "$WAYSIDED" >>"$LAB_DIR/log/waysided-gate" 2>&1 </dev/null & WAYSIDE_PID[gate]=$!; }
die_and_start()
{
	kill -KILL "${WAYSIDE_PID[gate]}"
	wait "${WAYSIDE_PID[gate]}" 2>/dev/null
	start
}
stop_and_start()
{
	kill "${WAYSIDE_PID[gate]}"
	wait "${WAYSIDE_PID[gate]}" 2>/dev/null
	start
}
reload()
{
	pick drop reject; local default=$picked
	pick true false
	wayside_conf gate "$(conf "$default" "$picked")"
	kill -HUP "${WAYSIDE_PID[gate]}"
}

# --- what others do ------------------------------------------------------------------------------

flush_rules() { on gate nft flush ruleset; }
delete_table() { on gate nft delete table inet wayside; }
flush_chain() { on gate nft flush chain inet wayside forward; }
flush_routes() { on gate ip route flush table all proto 87; }

# --- and what has to be there again --------------------------------------------------------------

rules_there() { on gate nft list chain inet wayside forward | grep -q ' jump \| goto \| drop\| vmap '; }
routes_there() { [ "$(on gate ip route show table all proto 87 | wc -l)" -eq "$routes" ]; }
all_there() { rules_there && routes_there; }

pick() { shift $((RANDOM % $#)); picked=$1; }

wayside_conf gate "$(conf drop false)"
check 'waysided answers' wayside_start gate
check 'all is done' eventually 20 converged gate
routes=$(on gate ip route show table all proto 87 | wc -l)
check 'there are four routes' [ "$routes" -eq 4 ]
check 'and a table' all_there

worst=0
for ((round = 1; round <= ${ROUNDS:-40}; round++)); do
	pick nothing nothing die_and_start stop_and_start reload reload; at=$picked
	"$at"
	pause "0.0$((RANDOM % 10))$((RANDOM % 10))"
	pick flush_rules flush_rules delete_table flush_chain flush_routes
	first=$picked
	pick nothing flush_rules delete_table flush_routes
	"$first" >/dev/null 2>&1
	"$picked" >/dev/null 2>&1
	began=$(clock)
	# What was taken may not be missed yet.
	pause 0.02
	if ! eventually 5 all_there || ! eventually 5 converged gate; then
		check "round $round: all is back after $at, $first, $picked" all_there
		check 'and it says so' converged gate
		break
	fi
	took=$(($(clock) - began))
	[ "$took" -le "$worst" ] || worst=$took
done
tell "  $((round - 1)) times taken away, back after $(decimal "$worst") s at most"
check 'the daemon is alive' wayside_alive gate
check_not 'no route of ours was taken for another one' \
	grep 'in the way' "$LAB_DIR/log/waysided-gate"
finish
