# shellcheck shell=dash disable=SC2034,SC2154
# What OpenWrt's /lib/functions.sh gives an init script, of a file in $UCI_FOLDER: enough for ours.
# Sections, options and lists, in single quotes or without; no blanks at the end of a line.

uci_file=

config_load() { uci_file=$UCI_FOLDER/$1; }

# "TYPE NUMBER NAME" of each section
uci_sections()
{
	sed -n "s/^config  *\([a-z_]*\) *'\{0,1\}\([^']*\)'\{0,1\}$/\1 \2/p" "$uci_file" |
		awk '{ print $1, NR, ($2 == "" ? "@" NR : $2) }'
}

# The lines of the section of that name.
uci_section()
{
	awk -v want="$1" '/^config/ { n++; name = $3; gsub("\047", "", name); if (name == "") name = "@" n; next }
		name == want' "$uci_file"
}

uci_values() { uci_section "$1" | sed -n "s/^[ 	]*$3 $2  *'\{0,1\}\([^']*\)'\{0,1\}$/\1/p"; }

config_get()
{
	uci_value=$(uci_values "$2" "$3" option)
	eval "$1=\${uci_value:-\${4:-}}"
}

config_foreach()
{
	for uci_name in $(uci_sections | awk -v t="$2" '$1 == t { print $3 }'); do
		"$1" "$uci_name"
	done
}

config_list_foreach()
{
	uci_values "$1" "$2" list >"$UCI_FOLDER/.list"
	while IFS= read -r uci_item; do
		"$3" "$uci_item"
	done <"$UCI_FOLDER/.list"
}

logger() { echo "logger $*"; }
