// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The running kernel's nftables in a namespace of the test's own.
 */
#include "support/test.h"

#include "support/fw_live.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

struct nft *live_nft;

int live_open(void)
{
	struct fw_actual have = {0};
	int err;

	if (geteuid() != 0 || unshare(CLONE_NEWNET)) {
		printf("SKIP: needs root, for a network namespace of its own\n");
		return 77;
	}
	live_nft = nft_open(&err);
	if (!live_nft || nft_observe(live_nft, &have) || !have.available) {
		printf("SKIP: this kernel has no nftables (%s)\n", strerror(-have.error));
		return 77;
	}
	fw_actual_free(&have);
	return 0;
}

void live_close(void)
{
	nft_close(live_nft);
}

/* --- the other programs --------------------------------------------------------------------- */

bool live_has_tool(const char *name)
{
	char command[64];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", name);
	return system(command) == 0;
}

void live_run(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

struct str live_output(const char *command)
{
	FILE *f = popen(command, "r");
	struct str s = {0};
	char buf[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add_bytes(&s, buf, n);
	if (pclose(f) != 0)
		fail_msg("failed: %s", command);
	return s;
}

void live_save_and_load(const char *save, const char *load)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "f=$(mktemp) && %s > $f && { %s $f; s=$?; rm $f; exit $s; }", save, load);
	live_run(command);
}

void live_says(const char *command, const char *text)
{
	struct str s = live_output(command);

	if (!strstr(str_text(&s), text)) {
		fprintf(stderr, "%s\n", str_text(&s));
		fail_msg("%s does not say \"%s\"", command, text);
	}
	str_free(&s);
}

/* --- the circle ------------------------------------------------------------------------------ */

struct fw_actual live_observe(void)
{
	struct fw_actual have = {0};

	assert_int_equal(nft_observe(live_nft, &have), 0);
	assert_true(have.available);
	return have;
}

void live_apply(const struct fw_plan *p, const struct fw_actual *have)
{
	char why[256];
	int err = nft_apply(live_nft, p, have, why, sizeof(why));

	if (err)
		fail_msg("%d: %s", err, why);
}

/* One round of the circle; false when the kernel lacks something: it is planned without then. */
static bool circle_once(const struct fw_world *w, size_t *n)
{
	struct fw_actual have = live_observe();
	struct fw_ruleset want = {0};
	struct fw_plan p = {0};
	char why[256];
	int err;

	firewall_desired(&want, &w->state, w->config, &have);
	firewall_plan(&p, &want, &have);
	*n = fw_plan_count(&p);
	err = nft_apply(live_nft, &p, &have, why, sizeof(why));
	if (err && err != -ERESTART)
		fail_msg("%d: %s", err, why);
	fw_plan_free(&p);
	fw_actual_free(&have);
	fw_ruleset_free(&want);
	return !err;
}

size_t live_converge(const struct fw_world *w)
{
	struct fw_actual have;
	struct fw_ruleset want = {0};
	struct fw_plan p = {0};
	struct str left = {0};
	size_t n;

	for (int i = 0; i < 3 && !circle_once(w, &n); i++)
		continue;
	have = live_observe();
	firewall_desired(&want, &w->state, w->config, &have);
	firewall_plan(&p, &want, &have);
	fw_plan_format(&left, &p);
	assert_string_equal(str_text(&left), "");
	assert_int_equal(fw_actual_elements(&have), fw_ruleset_elements(&want));
	str_free(&left);
	fw_plan_free(&p);
	fw_actual_free(&have);
	fw_ruleset_free(&want);
	return n;
}

void live_clean(void)
{
	struct fw_actual have = live_observe();
	struct fw_plan p = {0};

	firewall_plan_clean(&p, &have);
	live_apply(&p, &have);
	fw_plan_free(&p);
	fw_actual_free(&have);
}

bool live_heard(void)
{
	struct pollfd p = {.fd = nft_events(live_nft), .events = POLLIN};
	bool dirty = false;

	while (poll(&p, 1, 0) > 0)
		assert_int_equal(nft_events_read(live_nft, NULL, &dirty), 0);
	return dirty;
}
