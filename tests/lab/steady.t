#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# While nothing happens the whole daemon asks for no memory: the loop, the engine, what reads the
# peers and what writes netlink. Its malloc(3) is one that counts, put before the program as it is.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside
counter=$LAB_TOP/build/tests/support/allocs.so
[ -e "$counter" ] || skip 'the counter is not built: make tests'

cat >"$LAB_DIR/counted" <<-PROGRAM
	#!/bin/sh
	export LD_PRELOAD='$counter' ALLOCS='$LAB_DIR/allocs'
	exec '$WAYSIDED' "\$@"
PROGRAM
chmod 755 "$LAB_DIR/counted"

allocated() { od -A n -t u8 "$LAB_DIR/allocs" | tr -d ' '; }
polls() { ask madrid . metrics | sed -n 's/^wayside_polls_total[^ ]* //p'; }
more_polls() { [ "$(polls)" -ge $((before + $1)) ]; }
peer_is() { ask madrid "select(.[0] | $1)" peers; }

# still: ten seconds in which nothing is asked for, of thirty; a look at everything may be among them.
still()
{
	local i was
	for ((i = 0; i < 3; i++)); do
		was=$(allocated)
		pause 10
		echo "$(($(allocated) - was)) calls"
		[ "$(allocated)" != "$was" ] || return 0
	done
	return 1
}

two_cities
check 'London answers' wayside_start london
WAYSIDED=$LAB_DIR/counted
check 'Madrid answers, and polls ten times a second' wayside_start madrid \
	'defaults = { poll_interval = 0.1; poll_interval_max = 0.1; };'
check 'the peers talk' eventually 15 peer_is '.state == "up"'
pause 5
before=$(polls)
asked=$(allocated)
check 'ten seconds of polls ask for nothing' still
check 'there were many of them' more_polls 20
check 'and an answer is seen to ask for some' [ "$(allocated)" -gt "$asked" ]
finish
