#!/bin/bash
# Metrics of a daemon with peers, as Prometheus' own tools take them.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

prometheus=$(tests/support/unpacked prometheus "$build/prometheus")/usr/bin || exit 1
stage hospital
ctl() { "$build/waysidectl" -s "$work/sock" "$@"; }

# promtool knows the older text format only.
lint() { ctl metrics --format prometheus | "$prometheus/promtool" check metrics; }
ok 'promtool check metrics has nothing to say' lint

# Its reader of OpenMetrics wants a time at each sample, and an end.
backfill()
{
	ctl metrics | awk '/^#/ { print; next } { print $0, 1700000000 }' >"$work/metrics"
	"$prometheus/promtool" tsdb create-blocks-from openmetrics "$work/metrics" "$work/tsdb"
}
ok 'Prometheus reads it as OpenMetrics' backfill

# A textfile for node_exporter is complete or not there.
textfile()
{
	WAYSIDE_SOCKET=$work/sock WAYSIDECTL=$build/waysidectl \
		contrib/node_exporter/wayside-textfile "$work/wayside.prom" &&
		grep -q '^wayside_converged 1$' "$work/wayside.prom" &&
		! grep -q EOF "$work/wayside.prom"
}
ok 'a textfile for node_exporter' textfile
no_daemon()
{
	! WAYSIDE_SOCKET=$work/nobody WAYSIDECTL=$build/waysidectl \
		contrib/node_exporter/wayside-textfile "$work/wayside.prom" &&
		[ ! -e "$work/wayside.prom" ]
}
ok 'no stale one when the daemon is gone' no_daemon
done_here
