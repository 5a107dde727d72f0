#!/bin/bash
# What the daemon has given up, as the kernel tells it, in the three ways in which it is started: as
# root, by systemd as its own user, and as root where it has no user of its own. In each it goes
# on to do what takes rights: it is reloaded, its child dies and comes back, its state is kept.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

own_namespaces --mount --net --pid --fork --mount-proc --kill-child
program=$PWD/$build/waysided
control=$PWD/$build/waysidectl
user=64087
ip link set lo up
own_files
mkdir -m 700 /etc/wireguard
echo 'hosts: files dns' >/etc/nsswitch.conf
echo 'nameserver 127.0.0.1' >/etc/resolv.conf
echo '127.0.0.1 localhost' >/etc/hosts
(umask 077; echo 'root:secret:' >/etc/shadow)

with_user()
{
	echo "wayside:x:$user:$user::/nonexistent:/bin/false" >>/etc/passwd
	echo "wayside:x:$user:" >>/etc/group
}

# Writes a configuration and a file to import from; only root may read either.
configure()
{
	rm -f /etc/wayside/wayside.conf
	(
		umask 077
		echo "$1" >/etc/wayside/wayside.conf
		printf '[Interface]\n[Peer]\n# friendly_name = far\nPublicKey = %s\nAllowedIPs = 10.9.0.0/24\n' \
			"$(head -c 32 /dev/zero | base64)" >/etc/wireguard/wg0.conf
	)
}

# begin COMMAND…: the daemon, started by it.
begin()
{
	"$@" "$program" 2>"$work/log" &
	daemon=$!
	pids+=("$daemon")
	until_true 10 "$control" status && until_true 10 child
}

end()
{
	kill "$daemon"
	wait "$daemon"
}

field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }
child() { pgrep -P "$daemon"; }
is() { [ "$(field "$1" "$2" | tr '\t' ' ')" = "$3" ] || { field "$1" "$2"; return 1; }; }
said() { "$control" --json status | jq -e "$1"; }
logged() { grep -E "$1" "$work/log"; }
not_logged() { ! grep -E "$1" "$work/log"; }

net_admin=0000000000001000
reads=0000000000001004
none=0000000000000000

# confined HOW CAPABILITIES UID USER: what holds however it was started.
confined()
{
	for set in CapPrm CapEff; do
		ok "$1: $set of the engine" is "$daemon" $set "$2"
	done
	for set in CapInh CapAmb; do
		ok "$1: $set of the engine" is "$daemon" $set $none
	done
	ok "$1: its user" is "$daemon" Uid "$3 $3 $3 $3"
	ok "$1: no new privileges" is "$daemon" NoNewPrivs 1
	ok "$1: a filter of system calls" is "$daemon" Seccomp 2
	ok "$1: no core" grep -E 'Max core file size +0 +0 ' "/proc/$daemon/limits"
	# /proc shows root as the owner of whoever is not dumpable.
	ok "$1: not dumpable" [ "$(stat -c %u "/proc/$daemon/environ")" = 0 ]
	starter=$(grep -l '^Name:.starter' "/proc/$daemon/task"/*/status | grep -oE 'task/[0-9]+' | tr -dc 0-9)
	ok "$1: the starter has no capability" is "$starter" CapPrm $none
	ok "$1: and a filter" is "$starter" Seccomp 2
	ok "$1: the child has no capability" is "$(child)" CapPrm $none
	ok "$1: and a filter" is "$(child)" Seccomp 2
	ok "$1: status says so" said ".sandbox.user == \"$4\" and .sandbox.seccomp"
}

refused() { "$control" reload 2>&1 | tee /dev/stderr | grep 'shadow.*Permission denied'; }

works()
{
	ok "$1: a reload" "$control" reload
	kill -HUP "$daemon"
	ok "$1: by a signal" until_true 5 said '.config.generation == 3 and .config.error == null'
	local before
	ok "$1: without complaint" not_logged '^<[0-4]>'
	before=$(child)
	kill -KILL "$before"
	child_is_new() { [ -n "$(child)" ] && [ "$(child)" != "$before" ]; }
	ok "$1: the child comes back" until_true 5 child_is_new
	before=$(child)
	echo '127.0.0.2 other' >/etc/hosts.new
	mv /etc/hosts.new /etc/hosts
	ok "$1: and is another one when hosts is another file" until_true 5 child_is_new
	if said .sandbox.landlock; then
		echo '@include "/etc/shadow"' >>/etc/wayside/wayside.conf
		ok "$1: it does not read what is beyond its fence" refused
	fi
	ok "$1: it ends as it should" end
	ok "$1: its socket is gone" [ ! -e /run/wayside/wayside.sock ]
}

with_import='defaults = { };'
without='defaults = { import = [ ]; };'

configure "$with_import"
ok 'root without a user wayside: it starts' begin env
confined 'root without a user wayside' $reads 0 root
ok 'and says why it stays root' logged 'no user wayside'
works 'root without a user wayside'

with_user
# The state that root left is the user's now; a file elsewhere that it names is not.
configure "$with_import"
echo '{}' >/var/lib/wayside/state.json
chmod 600 /var/lib/wayside/state.json
owned() { [ "$(stat -c %u "$1")" = "$2" ] || { stat "$1"; return 1; }; }
ok 'beside the state of root: it starts' begin env
ok 'and the state is its own' owned /var/lib/wayside/state.json $user
ok 'and its folder' owned /var/lib/wayside $user
ok 'and it ends' end
echo '{}' >/var/lib/elsewhere
ln -f /var/lib/elsewhere /var/lib/wayside/state.json
ok 'beside another name of a file elsewhere: it starts' begin env
ok 'and that is whose it was' owned /var/lib/elsewhere 0
ok 'and says so' logged 'state.json: cannot be given'
ok 'and ends' end
rm /var/lib/wayside/state.json

configure "$with_import"
ok 'root: it starts' begin env
confined root $reads $user wayside
works root

configure "$without"
chmod 644 /etc/wayside/wayside.conf
ok 'nothing imported: it starts' begin env
confined 'nothing imported' $net_admin $user wayside
works 'nothing imported'

configure "$without"
ok 'a configuration that only root may read: it starts' begin env
confined 'a configuration that only root may read' $reads $user wayside
works 'a configuration that only root may read'

configure "$with_import"
# as_service CAPABILITIES COMMAND…: as systemd starts it.
as_service()
{
	local caps=$1
	shift
	exec setpriv --no-new-privs --reuid "$user" --regid "$user" --clear-groups \
		--bounding-set="-all,$caps" --inh-caps="-all,$caps" --ambient-caps="-all,$caps" "$@"
}
ok 'as its own user: it starts' begin as_service +net_admin,+dac_read_search
confined 'as its own user' $reads $user wayside
works 'as its own user'

configure "$without"
chmod 644 /etc/wayside/wayside.conf
ok 'without import.conf: it starts' begin as_service +net_admin
confined 'without import.conf' $net_admin $user wayside
works 'without import.conf'

configure "$with_import"
# A socket of root's userspace WireGuard lets nobody else in.
mkdir /run/wireguard
socat UNIX-LISTEN:/run/wireguard/wg9.sock,fork /dev/null &
pids+=($!)
until_true 5 [ -S /run/wireguard/wg9.sock ]
ok "beside root's userspace WireGuard: it starts" begin env
ok 'and stays root' is "$daemon" Uid '0 0 0 0'
ok 'with no more rights' is "$daemon" CapPrm $reads
ok 'and ends' end
done_here
