// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hosts to send packets between: each is a process that does nothing in a namespace of its own.
 */
#include "support/test.h"

#include "support/fw_live.h"

#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t hosts[LIVE_HOSTS];

static const struct {
	const char *ifname, *ours, *theirs; /* addresses separated by spaces */
	const char *gateway;		    /* "" = no way back */
} links[LIVE_HOSTS] = {
	[LIVE_PEER] = {"wg0", "10.49.0.1/24 fd00:49::1/64",
		       "10.49.0.2/24 10.49.0.3/24 10.20.1.1/24 fd00:49::2/64", "10.49.0.1"},
	[LIVE_OTHER] = {"wg1", "10.50.0.1/24", "10.50.0.2/24", "10.50.0.1"},
	[LIVE_SERVER] = {"eth1", "10.10.0.1/16 fd00:10::1/64", "10.10.0.5/16 fd00:10::5/64", ""},
};

/* Without it an IPv6 address is of no use in its first second. */
#define NODAD "$(case $a in *:*) echo nodad;; esac)"

pid_t live_host_start(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

bool live_on(enum live_host host, const char *fmt, ...)
{
	char command[512];
	va_list ap;
	int n = snprintf(command, sizeof(command), "exec nsenter -t %d -n ", hosts[host]);

	va_start(ap, fmt);
	vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, ap);
	va_end(ap);
	return system(command) == 0;
}

bool live_ping(enum live_host host, const char *from, const char *to)
{
	return live_on(host, "ping -q -c 1 -W 0.5 -I %s %s >/dev/null", from, to);
}

static void link_make(enum live_host host)
{
	const char *name = links[host].ifname;
	char command[512];

	snprintf(command, sizeof(command),
		 "ip link add %s type veth peer name eth0 netns %d && ip link set %s up && "
		 "for a in %s; do ip address add $a dev %s " NODAD "; done",
		 name, hosts[host], name, links[host].ours, name);
	live_run(command);
	assert_true(live_on(host,
			    "sh -c 'ip link set lo up; ip link set eth0 up; for a in %s; do "
			    "ip address add $a dev eth0 " NODAD "; done'",
			    links[host].theirs));
	if (!*links[host].gateway)
		return;
	assert_true(live_on(host, "ip route add default via %s", links[host].gateway));
}

void live_hosts_open(void)
{
	live_run("ip link set lo up; echo 1 > /proc/sys/net/ipv4/ip_forward; "
		 "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
	for (enum live_host i = 0; i < LIVE_HOSTS; i++) {
		hosts[i] = live_host_start();
		link_make(i);
	}
	live_run("ip route add 10.20.1.0/24 dev wg0");
	assert_true(live_on(LIVE_PEER, "ip -6 route add default via fd00:49::1"));
}

void live_hosts_close(void)
{
	for (enum live_host i = 0; i < LIVE_HOSTS; i++) {
		kill(hosts[i], SIGKILL);
		waitpid(hosts[i], NULL, 0);
	}
}

int live_hosts_run(const struct CMUnitTest *tests, size_t n, void (*prepare)(void))
{
	int failed = live_open();

	if (failed)
		return failed;
	if (!live_has_tool("nft") || !live_has_tool("ip") || !live_has_tool("nsenter")) {
		printf("SKIP: needs nft, ip and nsenter\n");
		return 77;
	}
	live_hosts_open();
	if (prepare)
		prepare();
	failed = _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
	live_hosts_close();
	live_close();
	return failed;
}
