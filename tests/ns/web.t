#!/bin/bash
# wayside-web on a daemon with peers: what curl gets of it, and what somebody does with the page.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"
own_namespaces --net
# shellcheck source=tests/support/webdriver.sh
. tests/support/webdriver.sh

ip link set lo up
chmod 755 "$work"
stage hospital
stage_pid=${pids[0]}
url=http://127.0.0.1:9586

refuses_root() { ! "$build/wayside-web" -s "$work/sock"; }
ok 'it does not run as root' refuses_root

# Of all rights it has the group's, which may open the socket.
setpriv --reuid=65534 --regid=0 --clear-groups --inh-caps=-all \
	"$build/wayside-web" -s "$work/sock" 2>"$work/web.log" &
pids+=($!)
until_true 10 curl -sf "$url"/ || { cat "$work/web.log"; exit 1; }

status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
answers() { [ "$(status "${@:2}")" = "$1" ]; }
ok 'only this host is served' [ "$(ss -Hltn 'sport = :9586' | awk '{print $4}')" = 127.0.0.1:9586 ]
same() { diff <(curl -s "$url"/api/dns) <(echo dns | socat -t5 - "UNIX-CONNECT:$work/sock"); }
ok 'the API is the socket' until_true 10 same # seconds in it go on between the two
ok 'a peer by its name' answers 200 "$url/api/peer/laptop%3Cb%3E%26%22anna%22"
ok 'a peer that is not there' answers 404 "$url"/api/peer/nobody
for act in kick/north reload resolve/all log/debug watch; do
	ok "no act: $act" answers 404 "$url"/api/$act
done
ok 'no second line in a request' answers 404 "$url/api/peer/x%0Areload"
ok 'no name of somebody else (DNS rebinding)' answers 403 -H 'Host: evil.example:9586' "$url"/
ok 'only GET' answers 405 -X POST "$url"/api/status
metrics() { curl -sf "$@" "$url"/metrics | grep -qx 'wayside_converged 1'; }
ok 'metrics' metrics
ends() { [ "$(curl -sf -H 'Accept: application/openmetrics-text' "$url"/metrics | tail -n 1)" = '# EOF' ]; }
ok 'metrics as OpenMetrics' ends
strict()
{
	curl -sI "$url"/ | grep -i '^content-security-policy:' >"$work/csp"
	grep -q "default-src 'none'" "$work/csp" && ! grep -q unsafe "$work/csp"
}
ok 'nothing from elsewhere and nothing inline' strict

browser_start || { cat "$work/driver.log"; exit 1; }
wd POST /url "{\"url\":\"$url/\"}" >/dev/null
page() { until_true 20 is "$1"; }
# listed NAME STATES: where in the list is not said, for the scenario goes on while the browser starts.
listed() { echo "[...$rows].some((row) => row.innerText.includes('$1') && /$2/.test(row.innerText))"; }
rows='document.querySelectorAll("#peer-rows tr")'
ok 'five peers are listed' page "$rows.length === 5"
ok 'the dead one first' is "${rows}[0].innerText.includes('dead')"
ok 'a name is text and no markup' is \
	"$(listed 'laptop<b>&\"anna\"' never) && !document.querySelector('td b')"
ok 'the summary' page 'document.getElementById("summary").innerText.includes("of 5 peers up")'
ok 'problems and what helps' is 'document.querySelector("#problem-list code").innerText.includes("waysidectl dns")'
ok 'the picture' page 'document.getElementById("graph").naturalWidth > 500'
ok 'past events' page 'document.getElementById("events").innerText.includes("answered after 1.0 s")'

type_into '#filter' south
ok 'one is found' page "$rows.length === 1"
ok 'and opened' click '#peer-rows button'
ok 'with its story' page 'document.getElementById("peer").open &&
	document.getElementById("peer").innerText.includes("198.51.100.30:51820")'
ok 'and closed' click '#peer-close'
ok 'the list again' is '!document.getElementById("peer").open'
type_into '#filter' ' '

type_into '#address' 10.20.1.7
click '#explain'
ok 'a packet is explained' page 'document.getElementById("explanation").innerText.includes("clinic-pi has it")'

# The scenario has north fall silent about now; nobody reloads the page.
silent() { until_true 60 is 'document.getElementById("events").innerText.includes("north: 203.0.113.20:51820 unanswered")'; }
ok 'an event comes by itself' silent
ok 'and the list knows' page "$(listed north "unanswered|dead")"
screenshot "$build/web-page.png"

window 390 844
fits='document.documentElement.scrollWidth <= innerWidth'
ok 'it fits a phone' page "$fits && getComputedStyle(${rows}[0]).display === 'grid'"
click '#peer-rows button'
ok 'a peer on a phone' page "document.getElementById('peer').open && $fits"
click '#peer-close'
screenshot "$build/web-phone.png"

complaints() { wd POST /se/log '{"type":"browser"}' | tee "$work/console" | jq -e 'length == 0'; }
ok 'the browser has nothing to complain of' complaints

kill "$stage_pid"
ok 'a daemon that is gone is told of' page 'document.getElementById("summary").innerText.includes("does not answer")'
ok 'and to programs' answers 503 "$url"/api/status
browser_end
done_here
