# shellcheck shell=bash
# A browser as a test drives it: chromedriver (W3C WebDriver) by curl and jq. The story sets $work.

work=${work:?the story makes it}
driver=http://127.0.0.1:19515
session=

# wd METHOD PATH [JSON]: the value of the answer.
wd()
{
	curl -s -X "$1" -H 'Content-Type: application/json' ${3:+-d "$3"} "$driver/session$session$2" |
		jq -c .value
}

browser_start()
{
	# A home of its own, that goes with the story.
	HOME=$work XDG_RUNTIME_DIR=$work chromedriver --port=19515 --log-level=WARNING >"$work/driver.log" 2>&1 &
	pids+=($!)
	until_true 20 curl -sf "$driver/status" || return 1
	session=/$(wd POST '' '{"capabilities":{"alwaysMatch":{
		"goog:loggingPrefs":{"browser":"ALL"},
		"goog:chromeOptions":{"args":["--headless=new","--no-sandbox","--disable-gpu",
			"--disable-dev-shm-usage","--window-size=1200,1500"]}}}}' | jq -r .sessionId)
	[ "$session" != /null ]
}

browser_end() { wd DELETE '' >/dev/null; }

# js TEXT: what the page makes of "return TEXT", as JSON.
js()
{
	wd POST /execute/sync "$(jq -nc --arg s "return $1" '{script: $s, args: []}')"
}

# is TEXT: does the page find it true?
is() { [ "$(js "!!($1)")" = true ]; }

element()
{
	wd POST /element "$(jq -nc --arg s "$1" '{using: "css selector", value: $s}')" | jq -r '.[]'
}

click() { [ "$(wd POST "/element/$(element "$1")/click" '{}')" = null ]; }

type_into()
{
	wd POST "/element/$(element "$1")/clear" '{}' >/dev/null
	wd POST "/element/$(element "$1")/value" "$(jq -nc --arg s "$2" '{text: $s}')" >/dev/null
}

window() { wd POST /window/rect "{\"width\":$1,\"height\":$2}" >/dev/null; }

screenshot() { wd GET /screenshot | jq -r . | base64 -d >"$1"; }
