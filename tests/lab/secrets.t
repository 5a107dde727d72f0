#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Private and preshared keys: nowhere in what waysided writes, answers or has in memory.
#
# WireGuard's own answers hold every key, and so do the files of wg-quick. Both are read, again and
# again and by a daemon that crashes; every story looks for them at its end, and this one sees to it
# that the looking finds what is there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside
command -v python3 >/dev/null || skip 'no python3: apt-get install python3'

finds() { "$LAB_TOP/tests/lab/leaks" "$LAB_DIR/key" "$@"; }
peer_is() { ask madrid "select(.[0] | $1)" peers; }
memory_of() { { echo "${WAYSIDE_PID[$1]}"; pgrep -P "${WAYSIDE_PID[$1]}"; } | sed 's/^/memory:/'; }

two_cities
secret=$(cat "$LAB_DIR/key/madrid")
shared=$(preshared london madrid)
mkdir "$LAB_DIR/planted"

tell 'What is planted is found'
echo "the key is $secret" >"$LAB_DIR/planted/base64"
base64 -d <<<"$shared" | od -An -v -tx1 | tr -d ' \n' >"$LAB_DIR/planted/hexadecimal"
{ head -c 5000 /dev/zero; base64 -d <<<"$shared" | head -c 16; } >"$LAB_DIR/planted/half"
for form in base64 hexadecimal half; do
	check_not "as $form in a file" finds "tree:$LAB_DIR/planted/$form"
done
python3 -c 'import base64, sys, time; held = base64.b64decode(sys.stdin.readline()); time.sleep(600)' \
	<<<"$secret" &
holder=$!
check 'in the memory of a process' eventually 10 not finds "memory:$holder"
kill "$holder"
check 'and nothing where nothing is' finds "tree:$LAB_DIR/mould"

tell 'Madrid and London are asked by waysided, every half second'
fast='defaults = { poll_interval = 0.5; poll_interval_max = 1.0; };'
check 'London answers' wayside_start london "$fast"
check 'Madrid answers, at the most talkative' wayside_start madrid "log_level = \"debug\"; $fast"
check 'the peers were read from the kernel' eventually 15 peer_is '.state == "up"'
check 'and their names from the file with the keys' peer_is '.name == "london"'
mapfile -t memory < <(memory_of madrid)
check 'no key is in the memory of engine and net' finds "${memory[@]}"

tell 'The file is read again, and the device is made anew'
on madrid sed -i 's/friendly_name = london/friendly_name = capital/' /etc/wireguard/wg0.conf
check 'the new name is known' eventually 10 peer_is '.name == "capital"'
on madrid ip link del wg0
tunnel_up madrid wg0
check 'the peer is back' eventually 15 peer_is '.state == "up"'
check 'reload' ctl madrid reload
check 'still none' finds "${memory[@]}"

tell 'waysided crashes'
wayside_stop madrid ABRT
check 'it left a log without keys' finds "tree:$LAB_DIR/log"
finish
