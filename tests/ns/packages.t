#!/bin/bash
# What packages bring along besides the programs: units that systemd takes, a profile that AppArmor
# takes, users and folders.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

apparmor=$(tests/support/unpacked apparmor "$build/apparmor") || exit 1
profile()
{
	"$apparmor/sbin/apparmor_parser" --skip-kernel-load --skip-cache --base "$apparmor/etc/apparmor.d" \
		contrib/apparmor/usr.sbin.waysided
}
ok 'an AppArmor profile that can be compiled' profile

installed() { make -s install DESTDIR="$work/dest" >/dev/null; }
ok 'make install' installed
for file in usr/sbin/waysided usr/sbin/wayside-web usr/bin/waysidectl usr/share/man/man8/wayside-web.8 \
	usr/share/bash-completion/completions/waysidectl usr/share/zsh/vendor-completions/_waysidectl \
	usr/share/fish/vendor_completions.d/waysidectl.fish usr/lib/sysusers.d/wayside.conf \
	usr/lib/tmpfiles.d/wayside.conf lib/systemd/system/wayside-web.service; do
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
