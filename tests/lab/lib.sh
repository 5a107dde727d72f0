# shellcheck shell=bash
# The words that the stories of tests/lab are written in.
#
# A story (NAME.t) sources this file and reads like one: it makes hosts and networks, says what
# happens and checks what must be true. Every story runs in network, mount and process
# namespaces of its own, and every host in it has again its own network and its own /etc, /run
# and /var/lib. So nothing of this machine is touched, and when the story ends, in whatever way,
# the kernel takes everything away with it. Run a story alone with tests/lab/NAME.t, or all of
# them with tests/lab/run.
set -u

LAB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
WAYSIDED=${WAYSIDED:-$LAB_TOP/build/waysided}
WAYSIDECTL=${WAYSIDECTL:-$LAB_TOP/build/waysidectl}

# --- into the namespaces -------------------------------------------------------------------------

# What the programs of the story said last.
lab_logs()
{
	local log
	for log in "$LAB_DIR"/log/*; do
		[ -s "$log" ] || continue
		printf -- '--- %s\n' "${log##*/}"
		tail -n 25 "$log"
	done
}

# Every process of a story dies with its first one, and the namespaces with their processes.
lab_end() { { kill -KILL "$1" && wait "$1"; } 2>/dev/null; }

# Starts the story again inside, waits for it, cleans up. `vm -n` comes first: it knows whether
# this kernel will do.
lab_enter()
{
	local child code

	[ -n "${WAYSIDE_IN_LAB:-}" ] || exec "$LAB_TOP/tests/lab/vm" -n "$0" "$@"
	LAB_DIR=$(mktemp -d /tmp/wayside-lab.XXXXXX)
	export LAB_DIR
	trap 'rm -rf "$LAB_DIR"' EXIT
	setpriv --pdeathsig KILL unshare --mount --net --pid --fork --mount-proc --kill-child \
		bash "$0" "$@" &
	child=$!
	trap 'lab_end $child; exit 130' INT
	trap 'lab_end $child; lab_logs; exit 143' TERM HUP
	wait "$child"
	code=$?
	exit "$code"
}

[ -n "${LAB_DIR:-}" ] || lab_enter "$@"

mkdir -p "$LAB_DIR/etc" "$LAB_DIR/key" "$LAB_DIR/log"
mount --bind /etc "$LAB_DIR/etc"
mount -t tmpfs lab /run
declare -A HOST_PID=() WAYSIDE_PID=() TUNNEL_PID=()
LAB_PORTS=0
LAB_FAILED=0

# --- telling -------------------------------------------------------------------------------------

# tell SENTENCE: a line of the story.
tell() { printf '%s\n' "$*"; }

# A sentence that must be true, and the command that knows. What the command prints is shown
# only when it is not true. What took long says so: a story that is over its limit was waiting there.
check()
{
	local sentence=$1 began=$SECONDS took=''
	shift
	if "$@" >"$LAB_DIR/said" 2>&1; then
		[ $((SECONDS - began)) -lt 8 ] || took=" ($((SECONDS - began)) s)"
		printf '  yes  %s%s\n' "$sentence" "$took"
		return 0
	fi
	printf '  NO   %s\n' "$sentence"
	printf '       (%s)\n' "$*"
	tail -n 15 "$LAB_DIR/said" | sed 's/^/       | /'
	LAB_FAILED=$((LAB_FAILED + 1))
	return 1
}

# check_not SENTENCE CMD: the same, where CMD has to fail.
check_not()
{
	local sentence=$1
	shift
	check "$sentence" not "$@"
}

not() { ! "$@"; }

# must SENTENCE CMD: what a story stands on; said only when it is not true.
must() { check "$@" >"$LAB_DIR/must" || { cat "$LAB_DIR/must"; return 1; }; }

# finish: the last line of a story.
finish()
{
	keys_stay_secret
	[ "$LAB_FAILED" -gt 0 ] || exit 0
	lab_logs
	printf '%d of the checks failed\n' "$LAB_FAILED"
	exit 1
}

# skip REASON: ends a story that cannot be told here.
skip() { printf 'skip: %s\n' "$*"; exit 77; }

# needs_wayside: for stories that are about the programs, not about the networks.
needs_wayside()
{
	[ -x "$WAYSIDED" ] || skip 'waysided is not built'
	[ -x "$WAYSIDECTL" ] || skip 'waysidectl is not built'
}

# --- secrets -------------------------------------------------------------------------------------

# where_keys_may_leak: what every waysided of the story has written or answers, and what it has in
# memory, its child's too, as the words of tests/lab/leaks.
where_keys_may_leak()
{
	local name pid place
	echo "tree:$LAB_DIR/log"
	for name in "${!HOST_PID[@]}"; do
		place=$(file "$name" /var/lib/wayside)
		[ ! -d "$place" ] || echo "tree:$place"
	done
	for name in "${!WAYSIDE_PID[@]}"; do
		place=$(file "$name" /run/wayside/wayside.sock)
		kill -0 "${WAYSIDE_PID[$name]}" 2>/dev/null || continue
		[ ! -S "$place" ] || echo "answers:$place"
		for pid in "${WAYSIDE_PID[$name]}" $(pgrep -P "${WAYSIDE_PID[$name]}"); do
			echo "memory:$pid"
		done
	done
}

# keys_stay_secret: no private and no preshared key that the story made is in any of these.
keys_stay_secret()
{
	local where
	[ -n "$(ls "$LAB_DIR/key")" ] && command -v python3 >/dev/null || return 0
	mapfile -t where < <(where_keys_may_leak)
	check 'no private or preshared key is in a log, an answer, a state file or memory' \
		"$LAB_TOP/tests/lab/leaks" "$LAB_DIR/key" "${where[@]}"
}

# --- programs that are not installed --------------------------------------------------------------

# unpacked_root HOST: makes /run/root on that host: this machine's files with the packages that
# the story "unpacks" laid over them, and everything that is written there kept in memory. For
# programs that would do harm if they were installed on a machine that only runs tests.
unpacked_root()
{
	local from=${WAYSIDE_CACHE:-$LAB_TOP/build/lab}/packages package
	read -ra packages < <(sed -n 's/^# unpacks: *//p' "$0")
	for package in "${packages[@]}"; do
		[ -e "$from/.$package" ] || skip "$package could not be fetched: tests/lab/unpack $package says why"
	done
	# shellcheck disable=SC2016 # expanded inside
	on "$1" sh -e -c '
		mkdir -p /run/over
		mount -t tmpfs over /run/over
		mkdir /run/over/files /run/over/work /run/root
		mount -t overlay root -o lowerdir=/,upperdir=/run/over/files,workdir=/run/over/work /run/root
		cp -a "$1/etc/." /run/root/etc/
		cp -a "$1/usr/." /run/root/usr/
		[ ! -d "$1/lib" ] || cp -a "$1/lib/." /run/root/usr/lib/
		for d in proc sys dev; do mount --rbind /$d /run/root/$d; done
		for d in run tmp var/lib; do mount -t tmpfs tmpfs /run/root/$d; done
	' - "$from" || skip 'no overlay file system here'
}

# within HOST CMD...: runs CMD there.
within()
{
	local name=$1
	shift
	on "$name" chroot /run/root "$@"
}

# --- time ----------------------------------------------------------------------------------------

# Microseconds, only good for differences.
clock() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# decimal MICROSECONDS: prints seconds with two decimals.
decimal() { printf '%d.%02d' $(($1 / 1000000)) $(($1 / 10000 % 100)); }

# pause SECONDS: sleep without a process.
exec {LAB_SILENCE}<> <(:)
pause() { read -r -t "$1" -u "$LAB_SILENCE" || true; }

# How many times as long as a machine with nothing else to do everything may take: one that is
# emulated, or has many stories at once, is slow, and that is no defect of ours.
LAB_PATIENCE=${LAB_PATIENCE:-3}

# eventually SECONDS CMD: true as soon as CMD is, false when SECONDS times LAB_PATIENCE are over.
eventually()
{
	local end=$(($(clock) + $1 * LAB_PATIENCE * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(clock)" -lt "$end" ] || { "$@"; return; }
		pause 0.02
	done
}

# always SECONDS CMD: true when CMD is true again and again for SECONDS.
always()
{
	local end=$(($(clock) + $1 * 1000000))
	shift
	while [ "$(clock)" -lt "$end" ]; do
		"$@" || return 1
		pause 0.1
	done
}

# seconds_until CMD: prints after how many seconds CMD became true; false after LIMIT (60) times
# LAB_PATIENCE.
seconds_until()
{
	local start limit=${LIMIT:-60} code=0
	start=$(clock)
	eventually "$limit" "$@" >/dev/null 2>&1 || code=1
	decimal $(($(clock) - start))
	return "$code"
}

# at_most A B: compares decimals.
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 <= b + 0) }'; }

# in_time SENTENCE TOOK TARGET: seconds that were measured. The target is what we want to reach, and
# is told; not true is only what took LAB_PATIENCE times as long.
in_time()
{
	check "$1: ${2:-?} s (target $3 s)" \
		at_most "${2:-inf}" "$(awk -v t="$3" -v n="$LAB_PATIENCE" 'BEGIN { print t * n }')"
}

# --- hosts and networks --------------------------------------------------------------------------

# What every host finds in its /etc: links to this machine's, and files of its own where a
# program looks closely or a story writes.
host_mould()
{
	local etc=$LAB_DIR/mould
	mkdir -p "$etc"
	ln -s "$LAB_DIR"/etc/* "$etc"
	rm -f "$etc"/{resolv.conf,nsswitch.conf,hosts,group,passwd,wireguard,wayside}
	mkdir -m 755 "$etc/wayside"
	mkdir -m 700 "$etc/wireguard"
	cp /etc/group /etc/passwd "$etc"
	# As the package makes it; but a userspace WireGuard of root's has a socket for root only.
	if [ "${WAYSIDE_LAB_BACKEND:-}" != userspace ] && ! grep -q ^wayside: "$etc/passwd"; then
		echo 'wayside:x:987:987::/nonexistent:/usr/sbin/nologin' >>"$etc/passwd"
		echo 'wayside:x:987:' >>"$etc/group"
	fi
	echo '127.0.0.1 localhost' >"$etc/hosts"
	echo 'hosts: files dns' >"$etc/nsswitch.conf"
	: >"$etc/resolv.conf"
	printf 'host %s tmpfs mode=755 0 0\n' /etc /run /var/lib >"$LAB_DIR/mounts"
}

# The first thing that runs in a host.
host_birth() # READY-FIFO FORWARDING
{
	mount -a -T "$LAB_DIR/mounts"
	cp -a "$LAB_DIR/mould/." /etc/
	ip link set lo up
	echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
	echo "$2" >/proc/sys/net/ipv4/ip_forward
	echo ready >"$1"
	exec sleep infinity
}

# host NAME...: machines, with nothing but a loopback. router NAME...: machines that forward.
host() { FORWARDING=0 host_start "$@"; }
router() { FORWARDING=1 host_start "$@"; }

host_start()
{
	local name
	[ -e "$LAB_DIR/mould" ] || host_mould
	for name; do
		mkfifo "$LAB_DIR/$name.born"
		unshare --mount --net bash -c \
			"$(declare -f host_birth); host_birth $LAB_DIR/$name.born $FORWARDING" &
		HOST_PID[$name]=$!
	done
	for name; do
		must "there is a host $name" host_born "$name" || finish
	done
}

# Not without an end: one that could not begin says nothing.
host_born() { read -r -t 60 _ <>"$LAB_DIR/$1.born"; }

# on HOST CMD...: runs CMD as that host's root.
on()
{
	local pid=${HOST_PID[$1]}
	shift
	nsenter --target "$pid" --mount --net -- "$@"
}

# become HOST CMD...: the same for a program in the background: `become hub dnsmasq &`.
become()
{
	local pid=${HOST_PID[$1]}
	shift
	exec nsenter --target "$pid" --mount --net -- "$@"
}

# file HOST PATH: how a file of that host is called from outside.
file() { printf '/proc/%s/root%s' "${HOST_PID[$1]}" "$2"; }

# setting HOST KEY VALUE: a sysctl, written with slashes.
# shellcheck disable=SC2016 # expanded inside
setting() { on "$1" sh -c 'echo "$2" >"/proc/sys/$1"' - "$2" "$3"; }

# network NAME...: wires that several hosts can be joined to.
network()
{
	local name
	for name; do
		ip link add "br-$name" type bridge mcast_snooping 0
		ip link set "br-$name" up
	done
}

# join HOST NETWORK [ADDRESS/LENGTH...] [via GATEWAY]: an interface of the network's name, with
# these addresses; what the host knows no better way for goes to GATEWAY.
join()
{
	local who=$1 net=$2
	LAB_PORTS=$((LAB_PORTS + 1))
	shift 2
	ip -batch - <<-LINKS
		link add port$LAB_PORTS type veth peer name $net netns ${HOST_PID[$who]}
		link set port$LAB_PORTS master br-$net up
	LINKS
	{
		echo "link set $net up"
		while [ $# -gt 0 ]; do
			case $1 in
			via) echo "route replace default via $2"; shift ;;
			*) echo "address add $1 dev $net" ;;
			esac
			shift
		done
	} | on "$who" ip -batch -
}

# nat HOST WAN [symmetric]: hides what is behind HOST. It lets nothing in that nobody inside
# asked for (without that an unasked packet would take the port and spoil hole punching, as some
# real routers do). `symmetric` gives every flow an unpredictable port. Where the router itself
# serves something, OPEN_UDP is the port.
nat()
{
	local wan=$2 ports=''
	[ "${3:-}" != symmetric ] || ports='random,fully-random'
	on "$1" nft -f - <<-RULES
		table ip router {
			chain out {
				type nat hook postrouting priority srcnat
				oifname "$wan" masquerade $ports
			}
			chain input {
				type filter hook input priority filter
				${OPEN_UDP:+udp dport $OPEN_UDP accept}
				iifname "$wan" ct state new drop
			}
			chain forward {
				type filter hook forward priority filter
				iifname "$wan" ct state new drop
			}
		}
	RULES
}

# pings HOST ADDRESS: one packet there and back.
pings() { on "$1" ping -n -q -c 1 -W "${WAIT:-1}" "$2"; }

# --- names ---------------------------------------------------------------------------------------

# name_server HOST: answers with what name_is says, TTL 5.
name_server()
{
	NAME_SERVER=$1
	touch "$LAB_DIR/names"
	name_server_start
}

name_server_start()
{
	become "$NAME_SERVER" dnsmasq --keep-in-foreground --user=root --conf-file=/dev/null \
		--no-resolv --no-hosts --addn-hosts="$LAB_DIR/names" --local-ttl=5 \
		--local=/net/ --local=/com/ --log-queries --log-facility=- \
		--pid-file= >>"$LAB_DIR/log/name-server" 2>&1 &
	NAME_SERVER_PID=$!
	must 'the name server answers' \
		eventually 10 on "$NAME_SERVER" socat /dev/null TCP:127.0.0.1:53,connect-timeout=1
}

name_server_stop()
{
	kill "$NAME_SERVER_PID"
	wait "$NAME_SERVER_PID" 2>/dev/null
}

# name_is NAME ADDRESS...: from now on.
name_is()
{
	local name=$1 address
	shift
	sed -i "/ $name\$/d" "$LAB_DIR/names"
	for address; do
		echo "$address $name"
	done >>"$LAB_DIR/names"
	kill -HUP "$NAME_SERVER_PID" 2>/dev/null || true
}

# asks HOST ADDRESS: the name server that this host uses.
asks() { echo "nameserver $2" >"$(file "$1" /etc/resolv.conf)"; }

# --- WireGuard -----------------------------------------------------------------------------------

# key HOST: prints the public key, which is made when somebody first asks.
key()
{
	if [ ! -e "$LAB_DIR/key/$1.pub" ]; then
		(umask 077; wg genkey >"$LAB_DIR/key/$1")
		wg pubkey <"$LAB_DIR/key/$1" >"$LAB_DIR/key/$1.pub"
	fi
	cat "$LAB_DIR/key/$1.pub"
}

# tunnel HOST INTERFACE ADDRESS/LENGTH [PORT]: writes the [Interface] of the host's own
# /etc/wireguard/INTERFACE.conf as wg-quick knows it.
tunnel()
{
	key "$1" >/dev/null
	cat >"$(file "$1" "/etc/wireguard/$2.conf")" <<-CONF
		[Interface]
		Address = $3
		PrivateKey = $(cat "$LAB_DIR/key/$1")
		${4:+ListenPort = $4}
	CONF
}

# preshared HOST OTHER: prints the key that the two share, which is made when the first asks.
preshared()
{
	local file=$LAB_DIR/key/$1+$2
	[[ $1 < $2 ]] || file=$LAB_DIR/key/$2+$1
	[ -e "$file" ] || (umask 077; wg genpsk >"$file")
	cat "$file"
}

# peer HOST INTERFACE OTHER ALLOWED-IPS [ENDPOINT] [KEEPALIVE]: adds a [Peer] to that file.
peer()
{
	cat >>"$(file "$1" "/etc/wireguard/$2.conf")" <<-CONF

		[Peer]
		# friendly_name = $3
		PublicKey = $(key "$3")
		PresharedKey = $(preshared "$1" "$3")
		AllowedIPs = $4
		${5:+Endpoint = $5}
		${6:+PersistentKeepalive = $6}
	CONF
}

# tunnel_make HOST INTERFACE: an interface without anything, of the kernel, or with
# WAYSIDE_LAB_BACKEND=userspace of wireguard-go. An old one of this name, whose interface was
# deleted, still has its socket to remove: it is waited for. And nobody may call `wg` before the new
# one listens: a socket at which nobody does is left over to it, and removed.
tunnel_make()
{
	local pid=${TUNNEL_PID[$1.$2]:-}
	if [ "${WAYSIDE_LAB_BACKEND:-}" != userspace ]; then
		on "$1" ip link add "$2" type wireguard
		return
	fi
	[ -z "$pid" ] || wait "$pid" 2>/dev/null
	become "$1" wireguard-go -f "$2" >>"$LAB_DIR/log/wireguard-go-$1" 2>&1 </dev/null &
	TUNNEL_PID[$1.$2]=$!
	must "wireguard-go on $1 makes $2" tunnel_listens "$1" "$2"
}

tunnel_listens() # HOST INTERFACE
{
	eventually 10 on "$1" grep -q " 00010000 .*/wireguard/$2\.sock\$" /proc/net/unix &&
		eventually 10 on "$1" wg show "$2" listen-port && return
	grep -E 'ERROR|panic' "$LAB_DIR/log/wireguard-go-$1"
	return 1
}

# tunnel_silent HOST INTERFACE, tunnel_speaks HOST INTERFACE: nothing comes out of it, and again.
# wireguard-go goes on answering while its link is down, so its process is stopped: all its threads,
# which go on until the one that got the signal has had its turn.
tunnel_silent()
{
	if [ "${WAYSIDE_LAB_BACKEND:-}" = userspace ]; then
		kill -STOP "${TUNNEL_PID[$1.$2]}"
		must "wireguard-go of $1 is stopped" eventually 10 stopped "${TUNNEL_PID[$1.$2]}"
	else
		on "$1" ip link set "$2" down
	fi
}

stopped() { ! grep -h '^State:' /proc/"$1"/task/*/status | grep -v 'T (stopped)'; }

tunnel_speaks()
{
	if [ "${WAYSIDE_LAB_BACKEND:-}" = userspace ]; then
		kill -CONT "${TUNNEL_PID[$1.$2]}"
	else
		on "$1" ip link set "$2" up
	fi
}

# tunnel_up HOST INTERFACE [without_endpoints]: makes the interface as wg-quick would, without
# a single route but the address's own. `without_endpoints` is what is left of it where no name
# server answers.
tunnel_up()
{
	local conf what='Address|Table|DNS|MTU'
	[ "${3:-}" != without_endpoints ] || what+='|Endpoint'
	conf=$(file "$1" "/etc/wireguard/$2.conf")
	tunnel_make "$1" "$2"
	sed -E "/^($what) *=/d" "$conf" | on "$1" wg setconf "$2" /dev/stdin
	sed -nE "s/^Address *= *(.*)/address add \1 dev $2/p; \$a link set $2 up" "$conf" |
		on "$1" ip -batch -
}

# wg_field HOST INTERFACE OTHER FIELD: a column of `wg show dump` for one peer: 3 endpoint,
# 4 allowed-ips, 5 latest handshake, 6 received, 7 sent, 8 keepalive.
wg_field()
{
	on "$1" wg show "$2" dump | awk -v key="$(key "$3")" -v n="$4" '$1 == key { print $n }'
}

# handshaken HOST OTHER [INTERFACE]
handshaken() { [ "$(wg_field "$1" "${3:-wg0}" "$2" 5)" -gt 0 ]; }

# --- other people's firewalls --------------------------------------------------------------------

# algo_firewall HOST WIREGUARD-SUBNET: what algo (github.com/trailofbits/algo) installs on a hub
# that serves WireGuard only, with iptables-nft. Peers are kept apart before replies are let
# through, and only the WireGuard subnet may open connections.
algo_firewall()
{
	on "$1" iptables-nft-restore <<-RULES
		*nat
		:PREROUTING ACCEPT [0:0]
		:POSTROUTING ACCEPT [0:0]
		-A POSTROUTING -s $2 -m policy --pol none --dir out -j MASQUERADE
		COMMIT
		*filter
		:INPUT DROP [0:0]
		:FORWARD DROP [0:0]
		:OUTPUT ACCEPT [0:0]
		-A INPUT -i lo -j ACCEPT
		-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A INPUT -p esp -j ACCEPT
		-A INPUT -p ah -j ACCEPT
		-A INPUT -p icmp --icmp-type echo-request -m hashlimit --hashlimit-upto 5/s --hashlimit-mode srcip --hashlimit-srcmask 32 --hashlimit-name icmp-echo-drop -j ACCEPT
		-A INPUT -p udp -m multiport --dports 51820 -j ACCEPT
		-A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT
		-A FORWARD -s $2 -d $2 -j DROP
		-A FORWARD -s $2 -d 169.254.0.0/16 -j DROP
		-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A FORWARD -p tcp --dport 445 -j DROP
		-A FORWARD -p udp -m multiport --ports 137,138 -j DROP
		-A FORWARD -p tcp -m multiport --ports 137,139 -j DROP
		-A FORWARD -m conntrack --ctstate NEW -s $2 -m policy --pol none --dir in -j ACCEPT
		COMMIT
	RULES
}

# --- Wayside -------------------------------------------------------------------------------------

# wayside_conf HOST TEXT: writes /etc/wayside/wayside.conf of that host.
wayside_conf() { printf '%s\n' "$2" >"$(file "$1" /etc/wayside/wayside.conf)"; }

# wayside_start HOST [TEXT]: starts the daemon, with TEXT as its configuration, and waits until
# it answers.
wayside_start()
{
	[ $# -lt 2 ] || wayside_conf "$1" "$2"
	become "$1" "$WAYSIDED" >>"$LAB_DIR/log/waysided-$1" 2>&1 </dev/null &
	WAYSIDE_PID[$1]=$!
	eventually "${START_LIMIT:-15}" ctl "$1" version
}

# wayside_stop HOST [SIGNAL]
wayside_stop()
{
	kill "-${2:-TERM}" "${WAYSIDE_PID[$1]}" 2>/dev/null
	wait "${WAYSIDE_PID[$1]}" 2>/dev/null
}

# wayside_alive HOST
wayside_alive() { kill -0 "${WAYSIDE_PID[$1]}" && ctl "$1" version; }

# ctl HOST WORDS...: waysidectl on that host.
ctl()
{
	local name=$1
	shift
	on "$name" "$WAYSIDECTL" "$@"
}

# ask HOST FILTER WORDS...: a jq filter over the result of a request.
ask()
{
	local name=$1 filter=$2
	shift 2
	echo "$*" | on "$name" socat -t 5 - UNIX-CONNECT:/run/wayside/wayside.sock |
		jq -er ".result | $filter"
}

# converged HOST
converged() { [ "$(ask "$1" .converged status)" = true ]; }

# prints HOST TEXT CMD...: CMD on that host succeeds and prints TEXT.
prints()
{
	local name=$1 text=$2
	shift 2
	on "$name" "$@" | grep -F -- "$text"
}

# has_route HOST PREFIX [INTERFACE]
has_route() { [ -n "$(on "$1" ip route show table all exact "$2" ${3:+dev "$3"})" ]; }
