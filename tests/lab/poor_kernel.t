#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# A kernel without nftables and without WireGuard, until somebody loads them; then one without
# conntrack.
#
# Only in the VM: there the modules are taken out and cannot come back for a while. The daemon
# starts, says what is missing, and does its work as soon as it can.
# alone
# in the VM only
. "$(dirname "$0")/lib.sh"
needs_wayside
[ -n "${WAYSIDE_LAB_MODULES:-}" ] || skip 'modules are unloaded in the lab VM only'

# Takes out all that can go: each round frees the next ones.
modules_out()
{
	local before=''
	while [ "$before" != "$(lsmod | wc -l)" ]; do
		before=$(lsmod | wc -l)
		lsmod | awk '$3 == 0 && $1 ~ /^(nft_|nf_|nfnetlink|xt_|x_tables|wireguard)/ { print $1 }' |
			xargs -r -n 1 rmmod 2>/dev/null
	done
	! lsmod | grep -E '^(nf_tables|wireguard) '
}
problem_says() { ask gate ".problems | map(.message) | join(\" \") | select(test(\"$1\"))" status; }

hint_says() { ask gate ".problems | map(.hint // \"\") | join(\" \") | select(test(\"$1\"))" status; }

loader=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
trap 'echo "$loader" >/proc/sys/kernel/modprobe' EXIT
check 'the modules are out' eventually 10 modules_out

router gate
check_not 'nft can do nothing' on gate nft list ruleset
check_not 'nor can wg' on gate ip link add wg0 type wireguard
check 'waysided starts' wayside_start gate 'defaults = {
  poll_interval = 0.5; poll_interval_max = 1.0;
  firewall = { enabled = true; owner = true; };
};'
pause 2
check 'and goes on' wayside_alive gate
check_not 'it changed nothing that it cannot see: there is no route' \
	on gate sh -c 'ip route show protocol 87 | grep .'

tell 'WireGuard comes, nftables does not'
modprobe -d "$WAYSIDE_LAB_MODULES" wireguard
tunnel gate wg0 10.0.0.1/24
peer gate wg0 one '10.0.0.2/32, 10.20.1.0/24' 192.0.2.7:51820
tunnel_up gate wg0
check 'the routes are made' eventually 10 has_route gate 10.20.1.0/24 wg0
check 'what is missing is said' eventually 5 problem_says 'nftables|nf_tables|firewall'

tell 'nftables comes while the daemon looks for it, the part that knows connections does not'
# The kernel asks for the module whenever somebody opens a socket of it; the second time it comes.
cat >"$LAB_DIR/loader" <<LOADER
#!/bin/sh
[ "\$3" = net-pf-16-proto-12 ] || exit 1
echo asked >>$LAB_DIR/asked
[ "\$(wc -l <$LAB_DIR/asked)" -ge 2 ] && exec $(command -v modprobe) -d $WAYSIDE_LAB_MODULES nf_tables
exit 1
LOADER
chmod +x "$LAB_DIR/loader"
echo "$LAB_DIR/loader" >/proc/sys/kernel/modprobe
comes() { grep -q '^nf_tables ' /proc/modules || { ctl gate reload; false; }; }
check 'it comes' eventually 60 comes
echo /bin/false >/proc/sys/kernel/modprobe
check 'that is said, with what helps' eventually 60 hint_says 'modprobe -a nft_ct'
check_not 'there is no table that does half of it' on gate nft list table inet wayside
check 'the routes are there' has_route gate 10.20.1.0/24 wg0

tell 'conntrack comes'
echo "$loader" >/proc/sys/kernel/modprobe
modprobe -d "$WAYSIDE_LAB_MODULES" -a nf_tables nft_ct
check 'the firewall is made' eventually 60 on gate nft list table inet wayside
check 'and all is done' eventually 10 converged gate
if [ "$(printf '%s\n' 6.9 "$(uname -r)" | sort -V | head -n 1)" != 6.9 ]; then
	check 'it is not owned: this kernel would take it away with us' \
		eventually 5 problem_says 'owned table'
fi
on gate nft flush ruleset
check 'flushed, it is back' eventually 5 on gate nft list table inet wayside
finish
