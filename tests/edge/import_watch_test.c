// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folders that names are imported from, in an /etc of the test's own: that come after the daemon,
 * go, and come again.
 */
#include "support/test.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/import_watch.h"
#include "model/config.h"

#define ALL	 (IMPORT_WG_QUICK | IMPORT_NETWORKD | IMPORT_UCI)
#define LONG_MS	 20000 /* for what has to come */
#define SHORT_MS 1000  /* for what must not: twice as long as the watch waits */

static uv_loop_t loop;
static struct import_watch *watch;
static unsigned int heard;

static void on_changed(void *ctx)
{
	(void)ctx;
	heard++;
	uv_stop(&loop);
}

static void on_timeout(uv_timer_t *timer)
{
	(void)timer;
	uv_stop(&loop);
}

/* Whether it is called within this time. */
static bool hears(uint64_t ms)
{
	unsigned int before = heard;
	uv_timer_t timeout;

	uv_timer_init(&loop, &timeout);
	uv_timer_start(&timeout, on_timeout, ms, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&timeout, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
	return heard != before;
}

static void file_write(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs("[Interface]\n", f);
	fclose(f);
}

static int begin(void **state)
{
	(void)state;
	if (mount("etc", "/etc", "tmpfs", 0, NULL))
		return -1;
	return uv_loop_init(&loop);
}

static int end(void **state)
{
	(void)state;
	import_watch_stop(watch);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return umount("/etc");
}

static void watch_begin(unsigned int sources)
{
	watch = import_watch_start(&loop, sources, on_changed, NULL);
}

static void a_file_in_a_folder_that_is_there(void **state)
{
	(void)state;
	mkdir("/etc/wireguard", 0700);
	watch_begin(ALL);
	file_write("/etc/wireguard/wg0.conf");
	assert_true(hears(LONG_MS));
}

static void a_folder_that_comes_later(void **state)
{
	(void)state;
	watch_begin(ALL);
	mkdir("/etc/wireguard", 0700);
	assert_true(hears(LONG_MS));
	file_write("/etc/wireguard/wg0.conf");
	assert_true(hears(LONG_MS));
	mkdir("/etc/config", 0755);
	assert_true(hears(LONG_MS));
	file_write("/etc/config/network");
	assert_true(hears(LONG_MS));
}

static void a_folder_in_one_that_comes_later(void **state)
{
	(void)state;
	watch_begin(ALL);
	mkdir("/etc/systemd", 0755);
	assert_true(hears(LONG_MS));
	file_write("/etc/systemd/system.conf");
	assert_false(hears(SHORT_MS));
	mkdir("/etc/systemd/network", 0755);
	file_write("/etc/systemd/network/wg0.netdev");
	assert_true(hears(LONG_MS));
	file_write("/etc/systemd/network/wg1.netdev");
	assert_true(hears(LONG_MS));
}

static void a_folder_that_is_made_again(void **state)
{
	(void)state;
	mkdir("/etc/wireguard", 0700);
	file_write("/etc/wireguard/wg0.conf");
	watch_begin(ALL);
	assert_int_equal(rename("/etc/wireguard", "/etc/wireguard.old"), 0);
	assert_true(hears(LONG_MS));
	mkdir("/etc/wireguard", 0700);
	assert_true(hears(LONG_MS));
	file_write("/etc/wireguard/wg0.conf");
	assert_true(hears(LONG_MS));
	file_write("/etc/wireguard.old/wg0.conf"); /* nobody's any more */
	assert_false(hears(SHORT_MS));
}

static void nothing_else_wakes(void **state)
{
	(void)state;
	mkdir("/etc/wireguard", 0700);
	watch_begin(IMPORT_NETWORKD);
	file_write("/etc/hosts");
	mkdir("/etc/config", 0755);
	file_write("/etc/wireguard/wg0.conf");
	assert_false(hears(SHORT_MS));
	mkdir("/etc/systemd", 0755);
	assert_true(hears(LONG_MS));
}

#define OWN_ETC(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OWN_ETC(a_file_in_a_folder_that_is_there),
		OWN_ETC(a_folder_that_comes_later),
		OWN_ETC(a_folder_in_one_that_comes_later),
		OWN_ETC(a_folder_that_is_made_again),
		OWN_ETC(nothing_else_wakes),
	};

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		puts("SKIP: a mount namespace of our own needs root");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
