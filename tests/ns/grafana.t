#!/bin/bash
# Every query of the Grafana board, asked of a Prometheus that has scraped a daemon with peers
# through wayside-web: none is wrong, and none finds nothing.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"
# While there still is a network.
prometheus=$(tests/support/unpacked prometheus "$build/prometheus")/usr/bin || exit 1
own_namespaces --net

board=contrib/grafana/wayside.json
ip link set lo up
chmod 755 "$work"
stage hospital
setpriv --reuid=65534 --regid=0 --clear-groups "$build/wayside-web" -s "$work/sock" 2>"$work/web.log" &
pids+=($!)

cat >"$work/prometheus.yml" <<END
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: wayside
    static_configs: [ { targets: [ "127.0.0.1:9586" ] } ]
END
"$prometheus/prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
	--web.listen-address=127.0.0.1:9090 >"$work/prometheus.log" 2>&1 &
pids+=($!)

# How many series an expression finds; nothing when it is wrong.
found()
{
	curl -sf -G --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
		jq '[.data.result[] | select(.value[1] != "NaN")] | length'
}
finds() { n=$(found "$1") && [ "${n:-0}" -gt 0 ]; }
scraped() { [ "$(found 'count_over_time(wayside_turn_seconds_count[1m]) > 3')" = 1 ]; }
silent() { [ "$(found 'wayside_peer_unanswered_seconds > 0')" = 2 ]; }
ok 'it is scraped' until_true 30 scraped
ok 'and somebody is silent' until_true 60 silent
ok 'as OpenMetrics' until_true 10 finds 'up{job="wayside"} == 1'

# What Grafana puts in for its variables.
while read -r expr; do
	expr=${expr//\$__rate_interval/30s}
	expr=${expr//\$interface/.*}
	# One scrape that came late is no answer for a moment.
	until_true 10 finds "$expr"
	ok "finds ${n:-an error}: $expr" [ "${n:-0}" -gt 0 ]
done < <(jq -r '.panels[].targets[].expr' "$board")
ok 'its interfaces' until_true 10 finds wayside_interface_up
done_here
