// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel that gets nftables while it is looked for: whatever call finds it first, from the look
 * that shows it on every change is heard of.
 */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "edge/kernel.h"

static unsigned int
	lacking; /* bits: of the next calls for netfilter's netlink, which are refused */

/* In the place of libc's: the kernel's module comes and goes. */
int socket(int domain, int type, int protocol)
{
	bool refused = false;

	if (domain == AF_NETLINK && protocol == NETLINK_NETFILTER) {
		refused = lacking & 1;
		lacking >>= 1;
	}
	if (!refused)
		return (int)syscall(SYS_socket, domain, type, protocol);
	errno = EPROTONOSUPPORT;
	return -1;
}

static void shell(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static bool heard(struct kernel *k)
{
	struct pollfd p = {.fd = nft_events(k->nft), .events = POLLIN};
	bool dirty = false;

	while (poll(&p, 1, 0) > 0)
		assert_int_equal(nft_events_read(k->nft, NULL, &dirty), 0);
	return dirty;
}

/* Looks until it is there: how often. */
static int looks(const struct edge *edge)
{
	for (int i = 1; i < 10; i++) {
		struct fw_actual have = {0};
		bool available;

		assert_int_equal(edge->firewall(edge->ctx, &have), 0);
		available = have.available;
		assert_int_equal(have.error, available ? 0 : -EPROTONOSUPPORT);
		fw_actual_free(&have);
		if (available)
			return i;
	}
	return 0;
}

/* Whichever of the first calls found it. */
static void whoever_asks_hears(void **state)
{
	(void)state;
	for (unsigned int which = 0; which < 1 << 6; which++) {
		struct edge edge = {0};
		struct kernel k;

		lacking = which;
		assert_int_equal(kernel_open(&k), 0);
		kernel_edge(&k, &edge);
		assert_true(looks(&edge) > 0);
		shell("nft add table inet wayside");
		if (!heard(&k))
			fail_msg("a table came, and nobody heard of it (refused: %#x)", which);
		shell("nft flush ruleset");
		assert_true(heard(&k));
		kernel_close(&k);
	}
}

/* A daemon looks for it for years. */
static void looking_in_vain_keeps_nothing(void **state)
{
	int before = open_files();
	(void)state;

	for (unsigned int which = 1; which < 4; which++) {
		int err = 0;

		lacking = which;
		assert_null(nft_open(&err));
		assert_int_equal(err, -EPROTONOSUPPORT);
	}
	lacking = 0;
	assert_int_equal(open_files(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_asks_hears),
		cmocka_unit_test(looking_in_vain_keeps_nothing),
	};
	if (geteuid() != 0 || unshare(CLONE_NEWNET) || system("nft list ruleset >/dev/null 2>&1")) {
		printf("SKIP: needs root, nft(8) and nftables in the kernel\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
