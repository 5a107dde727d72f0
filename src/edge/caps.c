// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Capabilities of the engine, with libcap-ng.
 *
 * What it takes to become another user (CAP_SETUID, CAP_SETGID) and to shrink the bounding set
 * (CAP_SETPCAP) goes last of all: whoever has it in the end is root.
 */
#include "edge/caps.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "net/rights.h"

/* That uid 0 stands for no capability, none outlives a change of user, and it stays so. */
#define SECURE                                                                                   \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                         \
	 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static bool has(capng_type_t set, unsigned int capability)
{
	capng_get_caps_process();
	return capng_have_capability(set, capability);
}

bool caps_net_admin(void)
{
	return has(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
}

bool caps_read_search(void)
{
	return has(CAPNG_EFFECTIVE, CAP_DAC_READ_SEARCH);
}

bool caps_others(void)
{
	capng_get_caps_process();
	for (unsigned int c = 0; c <= CAP_LAST_CAP; c++)
		if (c != CAP_NET_ADMIN && c != CAP_DAC_READ_SEARCH &&
		    capng_have_capability(CAPNG_PERMITTED, c))
			return true;
	return false;
}

bool caps_may_change_user(void)
{
	return has(CAPNG_EFFECTIVE, CAP_SETUID) && has(CAPNG_EFFECTIVE, CAP_SETGID);
}

/* One by one, and those that are not known to libcap-ng yet as well. */
static void bounding_set_shrink(void)
{
	for (unsigned long c = 0; c < 64; c++)
		if (c != CAP_NET_ADMIN && c != CAP_DAC_READ_SEARCH &&
		    prctl(PR_CAPBSET_READ, c, 0, 0, 0) > 0)
			prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
}

static bool is_so(bool net_admin, bool read_search, bool effective)
{
	capng_get_caps_process();
	for (unsigned int c = 0; c <= CAP_LAST_CAP; c++) {
		bool want = (c == CAP_NET_ADMIN && net_admin) ||
			    (c == CAP_DAC_READ_SEARCH && read_search);

		if (capng_have_capability(CAPNG_PERMITTED, c) != want ||
		    capng_have_capability(CAPNG_EFFECTIVE, c) != (want && effective))
			return false;
	}
	return true;
}

/* permitted as far as it is there, effective from it. */
static int set(bool net_admin, bool read_search, bool effective)
{
	capng_type_t both = CAPNG_PERMITTED | (effective ? CAPNG_EFFECTIVE : 0);

	net_admin = net_admin && has(CAPNG_PERMITTED, CAP_NET_ADMIN);
	read_search = read_search && has(CAPNG_PERMITTED, CAP_DAC_READ_SEARCH);
	capng_clear(CAPNG_SELECT_CAPS);
	if (net_admin)
		capng_update(CAPNG_ADD, both, CAP_NET_ADMIN);
	if (read_search)
		capng_update(CAPNG_ADD, both, CAP_DAC_READ_SEARCH);
	capng_apply(CAPNG_SELECT_CAPS); /* a service's own filter may have no capset(2) … */
	return is_so(net_admin, read_search, effective) ? 0 : -EPERM; /* … and not need it */
}

int caps_lower(const struct account *who)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	bounding_set_shrink();
	if (prctl(PR_SET_SECUREBITS, SECURE, 0, 0, 0)) /* with these, they are kept anyway */
		prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (who && !rights_become(who->uid, who->gid))
		return -errno;
	return has(CAPNG_PERMITTED, CAP_DAC_READ_SEARCH) ? set(true, true, false) : 0;
}

int caps_settle(bool read_search)
{
	return set(true, read_search, true);
}
