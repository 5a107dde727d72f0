// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lives of a net child: what it has given up, when it is replaced, and what happens when it
 * dies, hangs or turns bad. This program is its own child, as waysided is.
 *
 * Needs root and dnsmasq, else it is skipped (exit status 77).
 */
#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/exchange.h"
#include "edge/starter.h"
#include "net/child.h"
#include "support/asking.h"
#include "support/dns_world.h"

#define MISBEHAVE "/etc/misbehave" /* how the child is to be bad; none: it is not */

/* The value of a line of /proc/PID/status. */
static const char *status_line(int pid, const char *name, char *buf, int size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(buf, size, f))
		if (!strncmp(buf, name, strlen(name)) && buf[strlen(name)] == ':')
			break;
	fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
	return buf + strlen(name) + 1;
}

static void expect_status(const char *name, const char *want)
{
	char buf[256];

	assert_string_equal(status_line(child_pid(asking.child), name, buf, sizeof(buf)), want);
}

/* A build with AddressSanitizer keeps stderr and its calls. */
static bool sanitized(void)
{
	char buf[256];

	return !strcmp(status_line(child_pid(asking.child), "Seccomp", buf, sizeof(buf)), "\t0");
}

static void child_is_confined(void **state)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		expect_status(sets[i], "\t0000000000000000");
	expect_status("NoNewPrivs", "\t1");
	expect_status("Uid", "\t64087\t64087\t64087\t64087");
	expect_status("Gid", "\t64088\t64088\t64088\t64088");
	expect_status("Groups", "\t ");
	expect_status("Name", "\twaysided: net");
#ifndef __SANITIZE_ADDRESS__
	expect_status("Seccomp", "\t2");
#endif
}

/* Nothing of ours: no environment, no file but the socket, the loop's own and /dev/null. */
static void child_has_nothing_of_ours(void **state)
{
	char path[64], target[64];
	struct dirent *e;
	ssize_t n;
	DIR *fds;
	int fd;
	(void)state;

	snprintf(path, sizeof(path), "/proc/%d/environ", child_pid(asking.child));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, target, sizeof(target)), 0);
	close(fd);
	snprintf(path, sizeof(path), "/proc/%d/fd", child_pid(asking.child));
	fds = opendir(path);
	assert_non_null(fds);
	while ((e = readdir(fds))) {
		n = readlinkat(dirfd(fds), e->d_name, target, sizeof(target) - 1);
		if (n < 0 || (sanitized() && atoi(e->d_name) <= 2))
			continue;
		target[n] = '\0';
		if (strcmp(target, "/dev/null") && strncmp(target, "anon_inode:", 11) &&
		    strncmp(target, "pipe:", 5) &&
		    (strncmp(target, "socket:", 7) || strcmp(e->d_name, "3")))
			fail_msg("file %s is %s", e->d_name, target);
	}
	closedir(fds);
}

static void killed_child_comes_back(void **state)
{
	int pid = child_pid(asking.child);
	struct net_request q = lookup_request(1, "four.test", AF_INET);
	(void)state;

	kill(pid, SIGKILL);
	wait_until(&asking.restarts, 2, 2000);
	assert_int_not_equal(child_pid(asking.child), pid);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* reaped */
	expect_answer(ask_within(&q, 2000), "found 300 192.0.2.4");
}

static int early; /* so many times there is no end to wait for yet, though the pidfd is readable */

/* In the place of the C library's. */
int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	if (early && type == P_PIDFD) {
		early--;
		memset(info, 0, sizeof(*info));
		return 0;
	}
	return (int)syscall(SYS_waitid, type, id, info, options, NULL);
}

static void end_that_is_told_early_is_waited_for(void **state)
{
	int pid = child_pid(asking.child);
	(void)state;

	early = 2;
	kill(pid, SIGKILL);
	wait_until(&asking.restarts, 2, 2000);
	assert_int_equal(early, 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* reaped */
}

/* Between two children there is nobody to ask, and what was open is to be asked again. */
static void restart_forgets_what_was_open(void **state)
{
	struct net_request q = lookup_request(1, "four.test", AF_INET);
	(void)state;

	assert_int_equal(child_ask(asking.child, &q), 0);
	child_restart(asking.child, "the test says so");
	assert_int_equal(child_ask(asking.child, &q), -EAGAIN);
	wait_until(&asking.restarts, 2, 2000);
	assert_int_equal(asking.answers.len, 0);
	expect_answer(ask_within(&q, 2000), "found 300 192.0.2.4");
}

static void signals_of_the_engine_are_not_the_childs(void **state)
{
	(void)state;
	kill(child_pid(asking.child), SIGTERM);
	kill(child_pid(asking.child), SIGINT);
	kill(child_pid(asking.child), SIGHUP);
	expect_answer(lookup("four.test", AF_INET), "found 300 192.0.2.4");
	assert_int_equal(asking.restarts, 1);
}

static void resolv_conf_is_watched(void **state)
{
	(void)state;
	dns_world_write("/etc/resolv.conf", "# new\n" NAME_SERVER);
	wait_until(&asking.restarts, 2, 1500);
	unlink("/etc/resolv.conf");
	wait_until(&asking.restarts, 3, 1500);
	expect_answer(lookup("four.test", AF_INET),
		      "found 300 192.0.2.4"); /* a server on localhost */
	expect_answer(lookup("hosted.test", AF_INET), "found 0 192.0.2.77");
}

/* As systemd-resolved has it: a link to a file that is replaced where it is. */
static void resolv_conf_is_watched_behind_its_link(void **state)
{
	(void)state;
	mkdir("/etc/run", 0755);
	dns_world_write("/etc/run/stub.conf", NAME_SERVER);
	unlink("/etc/resolv.conf");
	assert_int_equal(symlink("run/stub.conf", "/etc/resolv.conf"), 0);
	wait_until(&asking.restarts, 2, 1500);
	dns_world_write("/etc/run/stub.conf", "# new\n" NAME_SERVER);
	wait_until(&asking.restarts, 3, 1500);
	expect_answer(lookup("four.test", AF_INET), "found 300 192.0.2.4");
}

/* The child is fenced in with the file that was there. */
static void hosts_may_be_replaced(void **state)
{
	(void)state;
	expect_answer(lookup("hosted.test", AF_INET), "found 0 192.0.2.77");
	dns_world_write("/etc/hosts", "127.0.0.1 localhost\n192.0.2.78 hosted.test\n"
				      "2001:db8::77 hosted.test\n");
	wait_until(&asking.restarts, 2, 1500);
	expect_answer(lookup("hosted.test", AF_INET), "found 0 192.0.2.78");
	dns_world_write("/etc/hosts", DNS_WORLD_HOSTS);
}

static void resolv_conf_may_be_unreadable(void **state)
{
	(void)state;
	chmod("/etc/resolv.conf", 0);
	wait_until(&asking.restarts, 2, 1500);
	expect_answer(lookup("hosted.test", AF_INET), "found 0 192.0.2.77");
}

static void expect_replaced_when(const char *misbehaviour)
{
	struct net_request q = lookup_request(1, "four.test", AF_INET);
	int pid;

	asking.answers.len = asking.restarts = 0;
	dns_world_write(MISBEHAVE, misbehaviour);
	child_restart(asking.child, misbehaviour);
	wait_until(&asking.restarts, 1, 2000);
	unlink(MISBEHAVE);
	pid = child_pid(asking.child);
	child_ask(asking.child, &q);
	wait_until(&asking.restarts, 2, 3000);
	assert_int_not_equal(child_pid(asking.child), pid);
	assert_int_equal(asking.answers.len, 0);
	expect_answer(ask_within(&q, 2000), "found 300 192.0.2.4");
}

static void nonsense_is_not_believed(void **state)
{
	(void)state;
	expect_replaced_when("junk");
	expect_replaced_when("unasked");
	expect_replaced_when("family");
	expect_replaced_when("twice");
	expect_replaced_when("closes");
}

static void nonsense_in_datagrams_is_not_believed(void **state)
{
	(void)state;
	expect_replaced_when("datagram");
}

static size_t births(void)
{
	char text[32] = "";
	FILE *f = fopen("/etc/births", "r");

	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strlen(text);
}

/* A child that cannot live is started again less and less often: 100, 200, 400, 800 ms. */
static void dying_children_are_not_a_storm(void **state)
{
	size_t soon;
	(void)state;

	dns_world_write(MISBEHAVE, "dies");
	child_restart(asking.child, "it is to die");
	run_until(&asking.restarts, UINT32_MAX, 1600);
	soon = births();
	for (int i = 0; i < 200 && births() < 3; i++) /* each takes a while on a slow machine */
		run_until(&asking.restarts, UINT32_MAX, 100);
	unlink(MISBEHAVE);
	assert_in_range(soon, 0, 6);
	assert_true(births() >= 3);
	wait_until(&asking.restarts, 2, 5000);
}

/* Two probes have the same id: each answer is one to one of them. */
static void probes_share_an_id(void **state)
{
	struct net_request q = {.kind = NET_PROBE, .target.port = 9, .ifname = "lo"};
	(void)state;

	addr_parse(&q.target.addr, "127.0.0.1");
	for (int i = 0; i < 3; i++)
		assert_int_equal(child_ask(asking.child, &q), 0);
	wait_until(&asking.answers.len, 3, 2000);
	expect_answer(lookup("four.test", AF_INET), "found 300 192.0.2.4");
	assert_int_equal(asking.restarts, 1);
}

static void speaks(int fd, uint16_t port, const void *bytes, size_t len)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(sendto(fd, bytes, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
}

/* Under its filter, over the loopback: asked, heard, and told. */
static void exchange_is_spoken(void **state)
{
	struct net_request q = {
		.kind = NET_SERVE, .id = 5, .ifname = "lo", .ifindex = 1, .target.port = 51821};
	struct exchange x = {
		.kind = EXCHANGE_QUESTION, .state = EXCHANGE_WANT, .nonce = 9, .wait = 9};
	struct timeval limit = {.tv_sec = 5};
	uint8_t bytes[EXCHANGE_BYTES];
	struct net_datagram answer;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)state;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	assert_int_equal(ask_within(&q, 2000).status, NET_OK);
	memset(x.about.bytes, 3, KEY_LEN);
	exchange_write(bytes, &x);
	speaks(fd, 51821, bytes, sizeof(bytes));
	wait_until(&asking.heard.len, 1, 2000);
	answer = asking.heard.at[0];
	assert_int_equal(answer.x.nonce, 9);
	answer.kind = NET_TELL;
	assert_int_equal(child_tell(asking.child, &answer), 0);
	assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	speaks(fd, 51821, "junk", 4);
	wait_until(&asking.heard.len, 2, 3000);
	assert_int_equal(asking.heard.at[1].kind, NET_DROPPED);
	assert_int_equal(asking.heard.at[1].dropped.malformed, 1);
	assert_int_equal(asking.restarts, 1);
	close(fd);
}

/* It becomes what the child is, and is no process of its own. */
static void the_starter_begins(void **state)
{
	(void)state;
	assert_int_equal(starter_begin(), 0);
	assert_int_equal(geteuid(), 0);
}

/* A child without an edge that looks after it; the other end of its socket. */
static int child_alone(bool may_change_user, pid_t *pid)
{
	char *const argv[] = {"child_test", "--net-child", "3", NULL};
	char *const envp[] = {NULL};
	struct net_answer a;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*pid = fork();
	if (!*pid) {
		if (!may_change_user)
			prctl(PR_CAPBSET_DROP, CAP_SETUID);
		dup2(pair[1], 3);
		fcntl(3, F_SETFD, 0);
		execve("/proc/self/exe", argv, envp);
		_exit(127);
	}
	close(pair[1]);
	assert_int_equal(recv(pair[0], &a, sizeof(a), 0), sizeof(a));
	assert_int_equal(a.kind, NET_READY);
	return pair[0];
}

static void child_leaves_when_it_is_alone(void **state)
{
	int status, fd;
	pid_t pid;
	(void)state;

	fd = child_alone(true, &pid);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Where it cannot become another user it is root by name, and by nothing else. */
static void child_that_stays_root_has_no_capability(void **state)
{
	char buf[256];
	pid_t pid;
	int fd;
	(void)state;

	fd = child_alone(false, &pid);
	assert_string_equal(status_line(pid, "Uid", buf, sizeof(buf)), "\t0\t0\t0\t0");
	assert_string_equal(status_line(pid, "CapPrm", buf, sizeof(buf)), "\t0000000000000000");
	assert_string_equal(status_line(pid, "CapEff", buf, sizeof(buf)), "\t0000000000000000");
	close(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* What a child could do that somebody else has taken over. */
static void say(int fd, uint32_t kind, uint32_t id, const char *address)
{
	struct net_answer a = {.kind = kind, .id = id, .count = *address ? 1 : 0};

	if (*address)
		addr_parse(&a.addrs[0], address);
	send(fd, &a, sizeof(a), 0);
}

static int bad_child_main(int fd, const char *how)
{
	struct net_request q;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!strcmp(how, "dies")) {
		FILE *f = fopen("/etc/births", "a");

		fputc('x', f);
		return fclose(f) + 3;
	}
	say(fd, NET_READY, 0, "");
	if (recv(fd, &q, sizeof(q), 0) != sizeof(q))
		return 1;
	if (!strcmp(how, "junk"))
		send(fd, "junk", 4, 0);
	else if (!strcmp(how, "unasked"))
		say(fd, NET_LOOKUP, q.id + 1, "192.0.2.66");
	else if (!strcmp(how, "datagram"))
		send(fd, &(struct net_datagram){.kind = NET_HEARD, .ifindex = 1},
		     sizeof(struct net_datagram), 0);
	else if (!strcmp(how, "family"))
		say(fd, NET_LOOKUP, q.id, "2001:db8::66");
	else if (!strcmp(how, "twice"))
		say(fd, NET_READY, q.id, "");
	else if (!strcmp(how, "closes"))
		close(fd);
	pause();
	return 0;
}

static int child_main(int fd)
{
	char how[32] = "";
	FILE *f = fopen(MISBEHAVE, "r");

	if (!f)
		return net_child_main(fd);
	if (!fgets(how, sizeof(how), f))
		how[0] = '\0';
	fclose(f);
	return bad_child_main(fd, how);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, asking_begin, asking_end)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		CASE(child_is_confined),
		CASE(child_has_nothing_of_ours),
		CASE(killed_child_comes_back),
		CASE(end_that_is_told_early_is_waited_for),
		CASE(restart_forgets_what_was_open),
		CASE(signals_of_the_engine_are_not_the_childs),
		CASE(resolv_conf_is_watched),
		CASE(resolv_conf_is_watched_behind_its_link),
		CASE(hosts_may_be_replaced),
		CASE(resolv_conf_may_be_unreadable),
		CASE(nonsense_is_not_believed),
		CASE(nonsense_in_datagrams_is_not_believed),
		CASE(dying_children_are_not_a_storm),
		CASE(probes_share_an_id),
		CASE(exchange_is_spoken),
		cmocka_unit_test(child_leaves_when_it_is_alone),
		cmocka_unit_test(child_that_stays_root_has_no_capability),
	};
	/* The same by the thread that starts children for an engine that is confined itself. */
	static const struct CMUnitTest by_the_starter[] = {
		cmocka_unit_test(the_starter_begins), CASE(child_is_confined),
		CASE(child_has_nothing_of_ours),      CASE(killed_child_comes_back),
		CASE(hosts_may_be_replaced),	      CASE(exchange_is_spoken),
	};
	const char *why;
	int failed;

	if (argc == 3 && !strcmp(argv[1], "--net-child"))
		return child_main(atoi(argv[2]));
	why = dns_world_make();
	if (why) {
		printf("SKIP: %s\n", why);
		return 77;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += cmocka_run_group_tests(by_the_starter, NULL, NULL);
	dns_world_end();
	return failed;
}
