#!/bin/bash
# The Debian packages: built, looked at by lintian, and in a fresh Debian installed, started,
# upgraded, removed and purged, after which nothing of them is left.
# shellcheck source=tests/ns/lib.sh
# shellcheck disable=SC2317 # functions are called by ok
. "$(dirname "$0")/lib.sh"

deb=$build/deb
suite=$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)
base=$deb/base-$suite
root=$work/root

make_packages() { contrib/debian/build "$deb" && mkdir -p "$deb/one" && mv "$deb"/*.deb "$deb/one/"; }
make_next() { contrib/debian/build "$deb" 0.1.0-2 && mkdir -p "$deb/two" && mv "$deb"/*.deb "$deb/two/"; }
rm -rf "$deb/one" "$deb/two"
ok 'the packages are built' make_packages
ok 'and their successors' make_next
clean() { lintian --fail-on error "$deb"/one/*.deb; }
ok 'lintian finds no error' clean

# A small Debian, made once, and a copy of it that may be spoilt.
small_debian()
{
	[ -e "$base/done" ] && return
	rm -rf "$base"
	debootstrap --variant=minbase "$suite" "$base" &&
		chroot "$base" apt-get install -y --no-install-recommends iproute2 \
			libc-ares2 libcap-ng0 libconfig9 libjansson4 libmicrohttpd12 libmnl0 \
			libncursesw6 libnftnl11 libseccomp2 libsmartcols1 libuv1 &&
		touch "$base/done"
}
# A mirror that fails once is no answer.
small_debian_again() { small_debian || { sleep 10; small_debian; }; }
ok 'a small Debian' small_debian_again
mkdir -p "$root"
cp -a "$base/." "$root/"
mkdir -p "$root/packages"
cp -r "$deb/one" "$deb/two" "$root/packages/"

# In namespaces of its own, with the /proc that belongs to them.
inside()
{
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --net --pid --fork --kill-child sh -c '
		mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" "$@"
}
install_one() { inside sh -c 'dpkg -i /packages/one/*.deb'; }
ok 'they are installed' install_one
ok 'with a user' inside getent passwd wayside
ok 'and a group' inside getent group wayside
ok 'a protocol with a name' grep -q '^87.*wayside' "$root/etc/iproute2/rt_protos.d/wayside.conf"
runs()
{
	# shellcheck disable=SC2016 # expanded in there
	inside sh -c '
		waysided & daemon=$!
		for i in $(seq 60); do waysidectl version && break; sleep 1; done
		waysidectl status | grep -q "built-in defaults" || exit 1
		[ "$(stat -c %a:%G /run/wayside/wayside.sock)" = 660:wayside ] || exit 1
		setpriv --reuid=65534 --regid="$(getent group wayside | cut -d: -f3)" --clear-groups \
			wayside-web & sleep 1
		kill -0 $! && kill $! $daemon'
}
ok 'they run' runs
upgrade() { inside sh -c 'echo "on_exit = \"clean\";" >/etc/wayside/wayside.conf && dpkg -i /packages/two/*.deb && grep -q clean /etc/wayside/wayside.conf'; }
ok 'they are upgraded, and a configuration stays' upgrade
remove() { inside sh -c 'dpkg -r wayside-web wayside && [ -e /etc/wayside/wayside.conf ]'; }
ok 'they are removed' remove
purge()
{
	inside sh -c 'rm /etc/wayside/wayside.conf; mkdir -p /var/lib/wayside; dpkg -P wayside-web wayside'
	find "$root" -xdev -path "$root/proc" -prune -o -path "$root/packages" -prune -o \
		-path '*/systemd/*deb-systemd*' -prune -o -name '*wayside*' -print | tee "$work/left"
	[ ! -s "$work/left" ]
}
ok 'and purged, and nothing is left' purge
done_here
