#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Bad news: the daemon goes on where it can and says clearly where it cannot.
#
# Wrong files, missing rights, a hostile client, a killed child, a killed engine, no interface.
. "$(dirname "$0")/lib.sh"
needs_wayside

# says PATTERN CODE CMD...: on the gateway, CMD ends with CODE and says PATTERN.
says()
{
	local pattern=$1 want=$2 output code=0
	shift 2
	output=$(on gate timeout 20 "$@" 2>&1) || code=$?
	printf '%s\n(exit code %d)\n' "$output" "$code"
	[ "$code" = "$want" ] && grep -qE "$pattern" <<<"$output"
}

conf=/etc/wayside/wayside.conf
error_in_status() { ask gate ".config.error | select(. != null) | select(contains(\"$1\"))" status; }
no_error_in_status() { [ "$(ask gate '.config.error | tostring' status)" = null ]; }
child_of() { pgrep -P "${WAYSIDE_PID[gate]}"; }
child_is_new() { [ -n "$(child_of)" ] && [ "$(child_of)" != "$1" ]; }

router gate

tell 'A configuration with three mistakes'
wayside_conf gate 'defaults = {
  poll_intervall = 2;
  keepalive = 70000;
  endpoints = { family = "ipv5"; };
};'
check '--check names the unknown key, its file and its line' \
	says "$conf:2: .*poll_intervall" 1 "$WAYSIDED" --check
check 'and the value out of range' says "$conf:3: " 1 "$WAYSIDED" --check
check 'and the word that it does not know' says "$conf:4: " 1 "$WAYSIDED" --check
wayside_conf gate 'defaults = {
  poll_interval = ;
};'
check 'a line that is no line is named, too' says "$conf:2: " 1 "$WAYSIDED" --check
check 'a file that is not there is named' \
	says '/etc/wayside/nothing.conf' 1 "$WAYSIDED" --check -c /etc/wayside/nothing.conf
wayside_conf gate 'defaults = { poll_interval = 0.5; poll_interval_max = 1.0; };'
check 'a good file is good' on gate "$WAYSIDED" --check

tell 'Without any right'
check 'it says what it lacks, and ends' says 'CAP_NET_ADMIN|[Pp]ermission|not permitted|root' 1 \
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all \
	--inh-caps=-all "$WAYSIDED" --once -s /tmp/wayside-nobody.sock

tell 'Without any WireGuard interface'
check 'it starts and waits' wayside_start gate
tunnel gate wg0 10.0.0.1/24
peer gate wg0 one '10.0.0.2/32, 10.20.1.0/24' 192.0.2.7:51820
tunnel_up gate wg0
check 'and sees the first one that comes' eventually 10 has_route gate 10.20.1.0/24 wg0

tell 'A reload of a bad file'
wayside_conf gate 'defaults = { poll_intervall = 2; };'
kill -HUP "${WAYSIDE_PID[gate]}"
check 'status says which line' eventually 5 error_in_status wayside.conf:1
check 'and the daemon goes on' wayside_alive gate
check_not 'waysidectl reload is answered with no' ctl gate reload
wayside_conf gate 'defaults = { poll_interval = 0.5; poll_interval_max = 1.0; };'
check 'a good file again' ctl gate reload
check 'and the error is gone' eventually 5 no_error_in_status

tell 'Clients that behave badly'
head -c 1000000 /dev/zero | tr '\0' x |
	timeout 10 nsenter --target "${HOST_PID[gate]}" --mount --net -- \
	socat -u - UNIX-CONNECT:/run/wayside/wayside.sock >/dev/null 2>&1
check 'a megabyte without an end of line' wayside_alive gate
head -c 100000 /dev/urandom | on gate timeout 5 socat -t 1 - UNIX-CONNECT:/run/wayside/wayside.sock \
	>/dev/null 2>&1
check 'noise' wayside_alive gate
for _ in 1 2 3 4 5 6 7 8; do
	sleep 3 | become gate socat - UNIX-CONNECT:/run/wayside/wayside.sock >/dev/null 2>&1 &
done
check 'eight who say nothing' wayside_alive gate
check_not 'an unknown word is answered with no' ctl gate frobnicate

tell 'The child that asks for names is killed'
child=$(child_of)
check 'there is one' [ -n "$child" ]
kill -KILL "$child"
check 'there is another soon' eventually 10 child_is_new "$child"
check 'and the daemon goes on' wayside_alive gate

tell 'The daemon is killed: its socket stays behind'
wayside_stop gate KILL
check 'its child ends with it' eventually 5 not pgrep -f "^$WAYSIDED"
check 'the routes stay' has_route gate 10.20.1.0/24 wg0
check 'the next one starts all the same' wayside_start gate
check_not 'and a second one beside it does not' on gate timeout 10 "$WAYSIDED"
check 'which disturbs nobody' wayside_alive gate

tell 'Its interface is taken away'
on gate ip link del wg0
pause 1
check 'it goes on' wayside_alive gate
check 'and knows' eventually 5 ask gate 'select(.interfaces | length == 0)' status
finish
