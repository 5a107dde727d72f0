#!/bin/bash
# OpenWrt's init script, as far as that goes without OpenWrt: busybox' shell runs it with functions
# that read UCI files, and the daemon takes what it makes of them.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

mkdir -p "$work/conf.d"
made=$work/wayside.conf
daemon=$(realpath "$build/waysided")

# make_conf of the init script, on $work/wayside
make_conf()
{
	# shellcheck disable=SC2016 # expanded in there
	UCI_FOLDER=$work WAYSIDE_CONF=$made WAYSIDE_DIR=$work DAEMON=$daemon busybox sh -c '
		. tests/support/uci.sh
		waysided() { "$DAEMON" "$@"; }
		. contrib/openwrt/files/wayside.init
		make_conf'
}
has() { grep -qF -- "$1" "$made" || { cat "$made"; return 1; }; }

cp contrib/openwrt/files/wayside.config "$work/wayside"
ok 'what is shipped is taken' make_conf
ok 'and drops nothing' has 'firewall = { enabled = false;'

sed 's/^#\(config\|	option\|	list\)/\1/; s/option firewall .0./option firewall 1/' \
	contrib/openwrt/files/wayside.config >"$work/wayside"
cat >>"$work/wayside" <<'END'
config peer
	option interface 'wg1'
	option name 'a "quoted\" name'
	option keepalive 'off'
END
ok 'every option of it is taken' make_conf
ok 'a policy' has '{ from = "lan"; to = "peers"; ports = [ "tcp/22" ]; action = "accept"; }'
ok 'a zone' has '{ name = "lan"; prefixes = [ "192.168.1.0/24" ]; interfaces = [ "br-lan" ]; }'
ok 'a peer' has 'name = "london-gw"; endpoint = "london-gw.example.net:50501"; zone = "sites"; keepalive = 25;'
ok 'each interface has its own' has '{ name = "wg1"; peers = ('
ok 'no name gets out of its quotes' has 'name = "a \"quoted\\\" name"; keepalive = "off";'

cp "$made" "$work/before"
sed -i "s/option keepalive 'auto'/option keepalive 'sometimes'/" "$work/wayside"
refused() { ! make_conf >"$work/log" && grep -q 'logger .*keepalive' "$work/log"; }
ok 'a mistake is refused and told' refused
ok 'and what was there stays' cmp "$made" "$work/before"

cp contrib/openwrt/files/wayside.config "$work/wayside"
echo 'on_exit = "clean";' >"$work/conf.d/more.conf"
ok 'with what UCI cannot say' make_conf
ok 'included' has "@include \"$work/conf.d/more.conf\""
ok 'the script is one' busybox sh -n contrib/openwrt/files/wayside.init
done_here
