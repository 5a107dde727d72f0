#!/bin/bash
# What packages bring along besides the programs: units that systemd takes, a profile that AppArmor
# takes, users and folders.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

# exposed FILE: how much systemd would say that a unit is, offline.
exposed()
{
	systemd-analyze security --no-pager --offline=true "$1" 2>"$work/said" |
		sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p'
}
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { print a; exit !(a != "" && a <= b) }'; }
if systemd-analyze security --help 2>/dev/null | grep -q -- --offline; then
	ok 'waysided.service is exposed by 1.5 at most' at_most "$(exposed contrib/systemd/waysided.service)" 1.5
	ok 'wayside-web.service is exposed by 1.0 at most' at_most "$(exposed contrib/systemd/wayside-web.service)" 1.0
	# The name is that of the unit, and drop-ins are found beside it.
	mkdir "$work/unit" "$work/unit/waysided.service.d"
	cp contrib/systemd/waysided.service "$work/unit"
	cp contrib/systemd/import.conf "$work/unit/waysided.service.d"
	ok 'and with import.conf by 1.8' at_most "$(exposed "$work/unit/waysided.service")" 1.8
fi

# As they are, but for where the programs are: nothing is installed here.
units()
{
	mkdir -p "$work/verify"
	for unit in contrib/systemd/*.service contrib/node_exporter/*.service contrib/node_exporter/*.timer; do
		sed -E "s|^ExecStart=/usr/s?bin/|ExecStart=$(realpath "$build")/|
			s|/usr/lib/wayside/|$PWD/contrib/node_exporter/|" "$unit" >"$work/verify/${unit##*/}"
	done
	systemd-analyze --man=no verify "$work"/verify/* 2>&1 | tee "$work/found"
	[ ! -s "$work/found" ]
}
if command -v systemd-analyze >/dev/null; then
	ok 'systemd finds nothing wrong with the units' units
fi

apparmor=$(tests/support/unpacked apparmor "$build/apparmor") || exit 1
profile()
{
	"$apparmor/sbin/apparmor_parser" --skip-kernel-load --skip-cache --base "$apparmor/etc/apparmor.d" \
		contrib/apparmor/usr.sbin.waysided
}
ok 'an AppArmor profile that can be compiled' profile

installed() { make -s install DESTDIR="$work/dest" >/dev/null; }
ok 'make install' installed
told() { make -n install "$@" | grep -F systemd-sysusers; }
not_told() { ! told "$@"; }
ok 'on this machine it would make its user' told
ok 'in a DESTDIR that is for others' not_told DESTDIR="$work/dest"
for file in usr/sbin/waysided usr/sbin/wayside-web usr/bin/waysidectl usr/share/man/man8/wayside-web.8 \
	usr/share/bash-completion/completions/waysidectl usr/share/zsh/vendor-completions/_waysidectl \
	usr/share/fish/vendor_completions.d/waysidectl.fish usr/lib/sysusers.d/wayside.conf \
	usr/lib/tmpfiles.d/wayside.conf lib/systemd/system/wayside-web.service \
	lib/systemd/system/waysided.service.d/import.conf; do
	ok "installs $file" [ -s "$work/dest/$file" ]
done
removed()
{
	make -s uninstall DESTDIR="$work/dest" >/dev/null
	find "$work/dest" -type f | tee "$work/left"
	[ ! -s "$work/left" ]
}
ok 'make uninstall leaves no file' removed
done_here
