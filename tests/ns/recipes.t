#!/bin/bash
# The recipes: each configuration is one that the daemon takes, what a page points to is there, and
# tests/lab has a story that runs it.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

for conf in contrib/recipes/*/*.conf; do
	ok "$conf" "$build/waysided" -c "$conf" --check
done
# "](file)" of each page, from where that is
links()
{
	local bad=0 link
	while read -r link; do
		[ -e "$(dirname "$1")/$link" ] || { echo "$1: $link"; bad=1; }
	done < <(grep -o '](\([^)#]*\)' "$1" | sed 's/^](//' | grep -v '^http')
	return "$bad"
}
for page in README.md contrib/recipes/README.md contrib/recipes/*/README.md; do
	ok "links of $page" links "$page"
done
listed() { for d in contrib/recipes/*/; do grep -q "($(basename "$d")/README.md)" contrib/recipes/README.md || return 1; done; }
ok 'each recipe is listed' listed
run() { for d in contrib/recipes/*/; do grep -qE "^recipe $(basename "$d")( |\$)" tests/lab/*.t || return 1; done; }
ok 'each recipe is run' run
started()
{
	for conf in contrib/recipes/*/*.conf; do
		grep -qE "recipe_(start|file).* $(basename "$conf")" tests/lab/*.t || { echo "$conf"; return 1; }
	done
}
ok 'with each of its configurations' started
done_here
