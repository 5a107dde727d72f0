# shellcheck shell=bash disable=SC2034,SC2120,SC2154
# What benches in the lab VM share: a root in memory, and the lines that they print.
#
# A figure is one line: WHAT, PEERS, VALUE, UNIT and, where there is one, how many times the floor
# that is; separated by tabs. tests/bench/figures makes a table of many.
set -eu

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$bench/../.." && pwd -P)
work=$top/build/bench
waysided=${WAYSIDED:-$top/build/waysided}
look=$top/build/tests/bench/look
allocs=$top/build/tests/support/allocs.so
root=/tmp/root

# into_the_guest SECONDS PEERS: starts the bench again in a VM that counts instructions.
into_the_guest()
{
	local program
	for program in "$waysided" "$look" "$allocs"; do
		[ -e "$program" ] || { echo "$program is missing: make bench builds it" >&2; exit 1; }
	done
	mkdir -p "$work"
	${CC:-cc} -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra "$bench/floor.c" -o "$work/floor" -lmnl
	"$work/floor" conf "$2" >"$work/wg0.conf"
	exec "$top/tests/lab/vm" -i -t "$1" "$bench/$(basename "$0")" --inside "$2"
}

# figure WHAT VALUE UNIT [FLOOR]
figure()
{
	awk -v OFS='\t' -v what="$1" -v peers="$peers" -v value="$2" -v unit="$3" -v base="${4:-}" '
		BEGIN { print what, peers, value, unit, (base > 0 ? sprintf("%.3f", value / base) : "") }'
}

# Everything runs in memory: a file of the machine that is opened meanwhile lets the guest wait,
# and while it waits its clock runs ahead.
memory_root()
{
	local file
	mkdir -p $root/{dev,etc/wayside,etc/wireguard,proc,run,sys,tmp,var/lib/wayside}
	for file in $(ldd "$waysided" "$work/floor" "$look" | grep -o '/[^ :]*' | sort -u) \
			/etc/{group,passwd,hosts,nsswitch.conf,protocols,services}; do
		[ ! -f "$file" ] || cp -L --parents "$file" $root
	done
	cp "$waysided" $root/waysided
	cp "$work/floor" $root/floor
	cp "$look" $root/look
	cp "$allocs" $root/allocs.so
	: >$root/etc/resolv.conf
	mount --rbind /dev $root/dev
	mount --rbind /sys $root/sys
	mount -t proc proc $root/proc
}

floor() { chroot $root /floor "$@"; }
conf() { echo "$1" >$root/etc/wayside/wayside.conf; }

# The floor's figure of a second run: what is loaded on first use is loaded then.
floor_of() { floor "$@" >/dev/null; floor "$@"; }

tunnel_make()
{
	ip link set lo up
	ip link add wg0 type wireguard
	wg setconf wg0 "$work/wg0.conf"
	ip address add 100.127.255.1/32 dev wg0
	ip link set wg0 up
}

ours() { ip route show protocol 87 | wc -l; }

# daemon_start [NAME=VALUE...]: waysided in the background; its process is $engine, its child $net.
daemon_start()
{
	env "$@" chroot $root /waysided -s /run/wayside.sock 2>>/tmp/log &
	engine=$!
	until net=$(pgrep -P $engine); do
		kill -0 $engine || { echo 'waysided: failed' >&2; tail -n 20 /tmp/log >&2; exit 1; }
		sleep 0.2
	done
}

daemon_stop()
{
	kill "$engine"
	wait "$engine" || true
}

# KiB, counted page by page: VmRSS of status is put together from counters of each thread, and a
# process of one and a half MiB can be half a MiB there.
resident() { awk '/^Rss/ { print $2 }' "/proc/$1/smaps_rollup"; }
# What a process has been given of the processor, in nanoseconds, to the nanosecond while it waits.
cpu() { cut -d ' ' -f 1 "/proc/$1/schedstat"; }
