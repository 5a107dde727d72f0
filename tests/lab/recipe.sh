# shellcheck shell=bash
# Words for stories that run a recipe of contrib/recipes: its own files, not copies of them.
#
# A recipe's keys are nobody's. So a story says which host of the lab is whom in it, and that is all
# that is changed on the way: `recipe hospital hub=hub clinic-pi=pi`, then `recipe_start hub hub.conf`.
# Source lib.sh first.

# recipe NAME [WHO=HOST...]: the folder, and for each peer that the recipe's files name WHO the host
# whose key it has here.
recipe()
{
	local pair key
	RECIPE=$LAB_TOP/contrib/recipes/$1
	RECIPE_KEYS=''
	shift
	RECIPE_HOSTS=("${@#*=}")
	for pair; do
		key=$(recipe_key "${pair%=*}")
		[ -n "$key" ] || { check "the recipe has a peer ${pair%=*}" false; continue; }
		RECIPE_KEYS+="s|$key|$(key "${pair#*=}")|g;"
	done
}

# recipe_key WHO: the public key that stands before this name, wherever the line is broken.
recipe_key()
{
	cat "$RECIPE"/*.conf | tr '\n' ' ' |
		sed -nE "s|.*public_key = \"([^\"]*)\";[[:space:]]*name = \"$1\".*|\1|p"
}

# recipe_file FILE: the file, with the keys of the lab.
recipe_file() { sed "$RECIPE_KEYS" "$RECIPE/$1"; }

# recipe_start HOST FILE: starts the daemon there with this configuration.
recipe_start() { wayside_start "$1" "$(recipe_file "$2")"; }

# recipe_secrets HOST: what a page leaves out of a file of wg-quick, as sed puts it in: the host's own
# private key, and the key that it shares with each of the others.
recipe_secrets()
{
	local other
	key "$1" >/dev/null
	echo "s|^PrivateKey = .*|PrivateKey = $(cat "$LAB_DIR/key/$1")|"
	for other in "${RECIPE_HOSTS[@]}"; do
		[ "$other" = "$1" ] ||
			echo "\\|^PublicKey = $(key "$other")|a PresharedKey = $(preshared "$1" "$other")"
	done
}

# recipe_tunnel HOST INTERFACE FILE [N]: the N-th (first) block of FILE that is a file of wg-quick.
# FILE is mostly a page.
recipe_tunnel()
{
	recipe_file "$3" | awk -v n="${4:-1}" '
		/^```/ { on = 0; next }
		/^\[Interface\]/ && --n == 0 { on = 1 }
		on' | sed "$(recipe_secrets "$1")" >"$(file "$1" "/etc/wireguard/$2.conf")"
}

# told ROUTER GATEWAY [OPTION...]: what `lan-routes` says on the gateway is typed on the router.
told()
{
	local router=$1 gateway=$2
	shift 2
	ctl "$gateway" lan-routes --format iproute2 "$@" >"$LAB_DIR/told" || return
	grep -q '^ip ' "$LAB_DIR/told" && on "$router" sh -e <"$LAB_DIR/told"
}
