# shellcheck shell=bash
# What stories on the host share: results, a stage to play on, and an end that cleans up.
#
# A story sources this, calls `ok NAME COMMAND…` for each thing that has to hold, and `done_here`.
set -u
story=$(realpath "$0")
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

build=${BUILD:-build}
work=$(mktemp -d /tmp/wayside-ns-XXXXXX)
passed=0
failed=0
pids=()

clean_up()
{
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' TERM INT

# own_namespaces OPTION…: the story starts again as root in namespaces of its own, by unshare(1).
own_namespaces()
{
	[ -z "${WAYSIDE_OWN_NAMESPACES:-}" ] || return 0
	[ "$(id -u)" = 0 ] || { echo 'SKIP: needs root'; exit 77; }
	rm -rf "$work"
	WAYSIDE_OWN_NAMESPACES=1 exec unshare "$@" "$story"
}

# In a mount namespace of its own: /run and /var/lib are empty, and /etc has what a daemon needs
# and nothing of ours, as before an installation.
own_files()
{
	mkdir "$work/etc"
	cp -a /etc/{passwd,group,iproute2,ld.so.cache} "$work/etc/" 2>/dev/null
	sed -i /^wayside:/d "$work/etc/passwd" "$work/etc/group"
	mkdir "$work/etc/wayside"
	mount --bind "$work/etc" /etc
	mount -t tmpfs run /run
	mount -t tmpfs lib /var/lib
}

# ok NAME COMMAND…: it has to succeed; what it says is shown when it does not.
ok()
{
	local name=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		echo "not ok $name"
		sed 's/^/    /' "$work/said"
	fi
}

# How many times as long as a machine with nothing else to do everything may take, as in tests/lab.
LAB_PATIENCE=${LAB_PATIENCE:-4}

# until_true SECONDS COMMAND…: SECONDS on a machine with nothing else to do. What it said last, when
# it never was, is for ok to show.
until_true()
{
	local end=$((SECONDS + $1 * LAB_PATIENCE))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { "$@"; return; }
		sleep 0.1
	done
}

# A daemon with peers (tests/stage/NAME.scn), answering at $work/sock.
stage()
{
	WAYSIDE_STAGE=$work/sock "$build/tests/replay/replay_test" "tests/stage/$1.scn" \
		>"$work/stage.log" 2>&1 &
	pids+=($!)
	until_true 20 "$build/waysidectl" -s "$work/sock" version || {
		cat "$work/stage.log"
		exit 1
	}
}

done_here()
{
	echo "$(basename "$0" .t): $passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
