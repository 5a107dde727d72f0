// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Namespaces, an /etc and a name server for tests of what looks up names. Nothing of it is seen
 * outside, and nothing is sent outside.
 */
#include "support/dns_world.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DNSMASQ "/usr/sbin/dnsmasq"

static pid_t dnsmasq;
static bool mounted; /* our /etc, in our namespace: never to undo somebody else's */
static char scratch[] = "/tmp/wayside-world-XXXXXX";

void dns_world_write(const char *path, const char *text)
{
	char temporary[64];
	FILE *f;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	f = fopen(temporary, "w");
	if (!f)
		abort();
	fputs(text, f);
	if (fclose(f) || rename(temporary, path))
		abort();
}

static void copy_to(const char *folder, const char *name)
{
	char from[64], to[128], buf[4096];
	size_t n;
	FILE *in, *out;

	snprintf(from, sizeof(from), "/etc/%s", name);
	snprintf(to, sizeof(to), "%s/%s", folder, name);
	in = fopen(from, "r");
	out = fopen(to, "w");
	while (in && out && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	if (in)
		fclose(in);
	if (out)
		fclose(out);
}

/* An /etc with a user for the child, and with what loaders and resolvers look for. */
static bool etc_make(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	if (!mkdtemp(scratch) || chmod(scratch, 0755))
		return false;
	copy_to(scratch, "ld.so.cache");
	mounted = !mount(scratch, "/etc", NULL, MS_BIND, NULL);
	if (!mounted)
		return false;
	dns_world_write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
				       "wayside:x:64087:64088::/nonexistent:/bin/false\n");
	dns_world_write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
	dns_world_write("/etc/hosts", DNS_WORLD_HOSTS);
	dns_world_write("/etc/resolv.conf", NAME_SERVER);
	return true;
}

static bool loopback_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = !ioctl(fd, SIOCSIFFLAGS, &ifr);

	close(fd);
	return up;
}

static void dnsmasq_exec(void)
{
	static char big[200][40];
	char *argv[256] = {DNSMASQ,
			   "-k",
			   "-C",
			   "/dev/null",
			   "-u",
			   "root",
			   "-x",
			   "",
			   "-h",
			   "-R",
			   "--listen-address=127.0.0.1",
			   "--bind-interfaces",
			   "--no-daemon",
			   "--local=/test/",
			   "--domain-needed",
			   "--local-ttl=120",
			   "--host-record=four.test,192.0.2.4,300",
			   "--host-record=six.test,2001:db8::6,600",
			   "--host-record=many.test,192.0.2.1",
			   "--host-record=many.test,192.0.2.2",
			   "--host-record=many.test,192.0.2.3",
			   "--cname=short.test,four.test,30",
			   "--cname=long.test,four.test,900",
			   "--cname=chain.test,short.test,500",
			   "--srv-host=_wireguard._udp.test,four.test,51820,10,5",
			   "--srv-host=_wireguard._udp.test,hosted.test,51821,5,0",
			   "--srv-host=_wireguard._udp.test,six.test,51822,20,0",
			   "--srv-host=_two._udp.test,four.test,51823,1,1",
			   "--srv-host=_lost._udp.test,nothing.test,1,0,0"};
	int n = 0;

	while (argv[n])
		n++;
	for (unsigned int i = 0; i < 200; i++) {
		snprintf(big[i], sizeof(big[i]), "--host-record=big.test,10.0.0.%u", i + 1);
		argv[n++] = big[i];
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (freopen("/dev/null", "w", stderr))
		execv(DNSMASQ, argv);
	_exit(127);
}

static bool dnsmasq_start(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(53)};
	bool up = false;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	dnsmasq = fork();
	if (!dnsmasq)
		dnsmasq_exec();
	for (int i = 0; i < 200 && !up; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		usleep(20000);
		up = !connect(fd, (struct sockaddr *)&sa, sizeof(sa));
		close(fd);
	}
	return up;
}

static void scratch_remove(void)
{
	static const char *const names[] = {"passwd",	     "ld.so.cache", "nsswitch.conf",
					    "hosts",	     "resolv.conf", "births",
					    "run/stub.conf", "run",	    ""};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", scratch, names[i]);
		remove(path);
	}
}

const char *dns_world_make(void)
{
	if (geteuid())
		return "needs root";
	if (access(DNSMASQ, X_OK))
		return "needs " DNSMASQ " (package dnsmasq-base)";
	if (etc_make() && loopback_up() && dnsmasq_start())
		return NULL;
	dns_world_end();
	return "needs network and mount namespaces, and a dnsmasq that starts in them";
}

void dns_world_end(void)
{
	if (dnsmasq > 0) {
		kill(dnsmasq, SIGKILL);
		waitpid(dnsmasq, NULL, 0);
	}
	if (mounted)
		umount2("/etc", MNT_DETACH);
	scratch_remove();
}
