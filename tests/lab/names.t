#!/bin/bash
# shellcheck source-path=SCRIPTDIR disable=SC1091,SC2317
# Names in other people's files: edited while the daemon runs, noticed without a signal.
#
# A peer gets its name and its host from /etc/wireguard/wg0.conf; the file is edited as an
# administrator does, and a moment later the daemon knows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/topology.sh"
needs_wayside

peer_is() { ask madrid "select(.[0] | $1)" peers; }
edit() { on madrid sed -i "$1" /etc/wireguard/wg0.conf; }

two_cities
check 'Madrid answers' wayside_start madrid 'defaults = { endpoints = { ttl_min = 5; }; };'
check 'the peer has its name' eventually 5 peer_is '.name == "london"'
check 'and its host' peer_is '.endpoint_host == "london-gw.domain.com"'

tell 'The host name is edited in the file of wg-quick'
name_is second-gw.domain.com 203.0.113.7
edit 's/london-gw.domain.com/second-gw.domain.com/'
check 'it is known, without a signal' eventually 5 peer_is '.endpoint_host == "second-gw.domain.com"'
check 'and looked up' eventually 5 ask madrid 'select(.[].name == "second-gw.domain.com")' dns
check 'the tunnel was up all the time' pings madrid 10.0.0.1

tell 'The name of the peer is edited'
edit 's/friendly_name = london/friendly_name = capital/'
check 'it is known' eventually 5 peer_is '.name == "capital"'

tell 'The whole folder goes, and is made again with another name in it'
fenced() { ask madrid 'select(.sandbox.landlock)' status; }
told() { grep '/etc/wireguard: made after the start' "$LAB_DIR/log/waysided-madrid"; }
on madrid mv /etc/wireguard /etc/wireguard.old
check 'its names are forgotten' eventually 20 peer_is '.name != "capital"'
on madrid cp -a /etc/wireguard.old /etc/wireguard
edit 's/friendly_name = capital/friendly_name = metropolis/'
if fenced; then
	check 'it is beyond the fence, which is said' eventually 20 told
	wayside_stop madrid
	check 'and a restart' wayside_start madrid 'defaults = { endpoints = { ttl_min = 5; }; };'
fi
check 'it is read' eventually 20 peer_is '.name == "metropolis"'
check 'the tunnel is up' pings madrid 10.0.0.1
finish
