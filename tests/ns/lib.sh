# shellcheck shell=bash
# What stories on the host share: results, a stage to play on, and an end that cleans up.
#
# A story sources this, calls `ok NAME COMMAND…` for each thing that has to hold, and `done_here`.
set -u
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

# until_true SECONDS COMMAND…
until_true()
{
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
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
