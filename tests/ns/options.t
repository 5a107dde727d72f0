#!/bin/bash
# What an administrator types at waysided, and where the configuration is: the default file that
# comes later, files that are no files, --clean when all else is wrong.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

own_namespaces --mount --net --pid --fork --mount-proc --kill-child
program=$PWD/$build/waysided
control=$PWD/$build/waysidectl
user=64087
ip link set lo up
own_files
mkdir /run/wireguard
default=/etc/wayside/wayside.conf

exits() { local want=$1 code; shift; "$@"; code=$?; [ "$code" = "$want" ] || { echo "exit $code"; return 1; }; }
# says EXIT TEXT COMMAND…
says()
{
	local want=$1 text=$2
	shift 2
	if exits "$want" "$@" >"$work/out" 2>&1 && grep -qF -- "$text" "$work/out"; then
		return 0
	fi
	cat "$work/out"
	return 1
}
status() { "$control" --json status | jq -e "$1"; }
begin()
{
	"$program" 2>"$work/log" &
	daemon=$!
	pids+=("$daemon")
	until_true 10 "$control" version
}
end() { kill "$daemon"; wait "$daemon"; }
logged() { grep -F -- "$1" "$work/log"; }

# --- options that do not go together
ok 'check and dry run: the check' exits 0 "$program" --dry-run -n
ok 'dry run and once, in any order: nothing is done' exits 0 "$program" --dry-run --once
for mode in --check --dry-run --once; do
	ok "--clean with $mode is refused" says 2 'cannot be combined' "$program" --clean $mode
done

# --- files
ok '/dev/null is an empty file' exits 0 "$program" -n -c /dev/null
ok 'a folder' says 1 "$work: cannot be read: Is a directory" "$program" -n -c "$work"
mkfifo "$work/pipe"
ok 'a pipe' says 1 'not a plain file' "$program" -n -c "$work/pipe"
echo 'log_level = "info";' >"$work/open.conf"
chmod 666 "$work/open.conf"
ok 'a file that anybody may write' says 1 'others than root could write to it' "$program" -n -c "$work/open.conf"
ln -s nowhere "$default"
ok 'the default file is a link to nowhere: that is no empty configuration' \
	says 1 "$default: cannot be read" "$program" -n
rm "$default"

# --- a default file that comes later
ok 'without a file it starts' begin
ok '--clean beside one that runs says that it is in vain' says 0 'runs, and puts back what was removed' "$program" --clean
ok 'with its defaults' status '.config.path == null'
echo 'log_level = "loud";' >"$default"
ok 'one with a mistake is refused' says 1 "$default:1: log_level" "$control" reload
ok 'which status says' status ".config.path == null and (.config.error | startswith(\"$default:1:\"))"
echo 'log_level = "warn";' >"$default"
ok 'one without is read' "$control" reload
ok 'and in force' status ".config.path == \"$default\" and .config.generation == 2"
rm "$default"
ok 'one that is gone changes nothing' says 1 'No such file' "$control" reload
ok 'the last one stays' status ".config.path == \"$default\" and .config.generation == 2"
end

# --- where the client finds none
ok 'no daemon at all' says 3 'systemctl start waysided' "$control" status
ok 'a word that is none is no question of a daemon' says 2 "'statsu' is no word" "$control" statsu
begin
ok 'one at another path is told of' says 3 'one does at /run/wayside/wayside.sock' "$control" -s "$work/none" status
rm /run/wayside/wayside.sock
ok 'one whose socket is gone is told of' says 3 "runs (pid $daemon), and its socket" "$control" status
end

# --- descriptors
rm -f "$default"
"$program" <&- >&- 2>&- &
daemon=$!
pids+=("$daemon")
ok 'with its first three descriptors closed it starts' until_true 10 "$control" version
held() { for fd in 0 1 2; do [ "$(readlink "/proc/$daemon/fd/$fd")" = /dev/null ] || return 1; done; }
ok 'and they are nothing else' held
end

# --- places that cannot be written
echo 'state_dir = "/proc/wayside";' >"$default"
begin
ok 'a state_dir that cannot be made is told at the start' logged '/proc/wayside: No such file or directory; known addresses'
end
touch "$work/plain"
"$program" -s "$work/plain" 2>"$work/log" &
daemon=$!
ok 'a socket path that is a file' until_true 10 logged 'Remove that file, which is no socket'
ok 'which stays' test -f "$work/plain"
end

# --- clean
echo 'log_levle = "info";' >"$default"
ip route add 10.99.0.0/16 dev lo proto 87
ok 'a mistake in the file is told' says 0 "$default:1: log_levle" "$program" --clean
ok 'and keeps nothing from being removed' test -z "$(ip route show proto 87)"
rm "$default"

if command -v wireguard-go >/dev/null && [ -c /dev/net/tun ]; then
	key() { head -c 32 /dev/urandom | base64; }
	home=$(key) away=$(key)
	WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 wireguard-go wg0 >/dev/null 2>&1
	wg set wg0 peer "$home" allowed-ips 10.9.0.1/32
	wg set wg0 peer "$away" allowed-ips 10.9.0.2/32,10.20.1.0/24
	echo "wayside:x:$user:$user::/nonexistent:/bin/false" >>/etc/passwd
	rm -rf /var/lib/wayside; mkdir -m 750 /var/lib/wayside
	cat >/var/lib/wayside/state.json <<-EOF
	{ "version": 1, "names": {}, "moved": [ { "interface": "wg0", "prefix": "10.20.1.0/24",
	  "from": "$home", "to": "$away", "before": null, "elsewhere": false } ] }
	EOF
	chmod 600 /var/lib/wayside/state.json
	chown -R $user:$user /var/lib/wayside
	has() { wg show wg0 allowed-ips | grep -F "$1" | grep -qF "$2"; }
	ok '--clean gives back what its own user wrote was moved' "$program" --clean
	ok 'to whom it was' has "$home" 10.20.1.0/24
	ok 'and its memory is still its user'"'"'s' test "$(stat -c %u /var/lib/wayside/state.json)" = $user
	ip link set wg0 up
	ip route add unreachable 10.20.1.0/24
	echo 'defaults = { poll_interval = 3600; poll_interval_max = 3600; };' >"$default"
	ok '--once gives up on a route that another has' exits 1 timeout 20 "$program" --once
	ip route del unreachable 10.20.1.0/24
	ok '-v tells each operation' says 0 '<7>route add 10.20.1.0/24 dev wg0' "$program" --once -v

	# --- another's route with a better metric, for all of a prefix and for a part of it
	wg set wg0 peer "$away" allowed-ips 10.9.0.2/32,10.20.1.0/24,fd20::/64
	ip link add up0 type veth peer name up1
	ip link set up0 up; ip link set up1 up
	ip route add 10.20.1.0/24 dev up0 metric 20
	ip -6 route add fd20::/64 dev up0 metric 20
	ip route add 10.9.0.2/32 dev lo metric 500
	echo 'defaults = { routes = { metric = 100; }; };' >"$default"
	begin
	route_said() { "$control" --json routes | jq -e --arg p "$1" ".[] | select(.prefix == \$p) | $2"; }
	outranked='.status == "installed" and (.reason | startswith("packets take a route with a better metric:"))'
	ok 'a route with a worse metric than another program'"'"'s' until_true 5 route_said 10.20.1.0/24 "$outranked"
	ok 'of IPv6, too' route_said fd20::/64 "$outranked"
	ok 'one with a better metric' route_said 10.9.0.2/32 '.status == "installed" and .reason == null'
	ok 'explain says which is followed' says 0 'but the kernel follows another one: 10.20.1.0/24 dev up0' \
		"$control" explain 10.20.1.9
	ok 'and is still right where ours is' test "$("$control" explain 10.9.0.2 | grep -c 'follows another')" = 0
	end
	ip link del up0

	# --- two at once, on different sockets
	begin
	first=$daemon
	echo 'defaults = { routes = { metric = 77; }; }; on_exit = "clean";' >"$work/other.conf"
	other() { "$control" -s "$work/other.sock" "$@"; }
	"$program" -c "$work/other.conf" -s "$work/other.sock" 2>"$work/log" &
	daemon=$!
	pids+=("$daemon")
	ok 'a second one says who acts here' until_true 10 logged "another waysided (pid $first, /run/wayside/wayside.sock)"
	stands_by() { other --json status | jq -e '[.problems[].code] | index("another-daemon")'; }
	ok 'and in status' until_true 5 stands_by
	is_confined() { other --json status | jq -e '.sandbox.user != null'; }
	ok 'and is confined meanwhile' is_confined
	ok 'and answers what it would do' says 4 'metric 77' other --json plan
	of_first() { [ -n "$(ip route show proto 87)" ] && ! ip route show proto 87 | grep -F 'metric 77'; }
	ok 'nothing of it is done' of_first
	ok 'nor is by --once' says 1 'nothing is set beside it' timeout 20 "$program" -c "$work/other.conf" --once
	ok 'nor has what --once sets to be set again' exits 0 "$program" --once
	ok 'kick is for the other one' says 1 "pid $first" other kick "$home"
	ok '--clean names it' says 0 "pid $first, /run/wayside/wayside.sock) runs" "$program" --clean -s "$work/none"
	ok 'it ends' exits 0 end
	ok 'and takes nothing with it, whatever on_exit says' until_true 5 of_first
	"$program" -c "$work/other.conf" -s "$work/other.sock" 2>"$work/log" &
	daemon=$!
	pids+=("$daemon")
	until_true 10 logged 'standing by'
	kill -9 "$first"
	of_second() { ip route show proto 87 | grep -F 'metric 77' && ! stands_by; }
	ok 'when the first is killed the second acts' until_true 10 of_second
	end
fi
done_here
