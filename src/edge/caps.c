// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Capabilities of the engine, with libcap-ng.
 *
 * The child becomes another user by itself, and a new child may be needed at any time, so what it
 * takes to do that (CAP_SETUID, CAP_SETGID, CAP_SETPCAP) and to end a child that hangs (CAP_KILL)
 * stays with an engine that was started as root. The socket's group is set through CAP_CHOWN.
 */
#include "edge/caps.h"

#include <cap-ng.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"

bool caps_net_admin(void)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
}

void caps_drop(bool imports)
{
	static const unsigned int kept[] = {CAP_NET_ADMIN,	CAP_SETUID, CAP_SETGID,
					    CAP_SETPCAP,	CAP_KILL,   CAP_CHOWN,
					    CAP_DAC_READ_SEARCH};

	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	capng_get_caps_process();
	for (unsigned int c = 0; c <= CAP_LAST_CAP; c++) {
		bool keep = false;

		for (unsigned int i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			keep = keep || (kept[i] == c && (c != CAP_DAC_READ_SEARCH || imports));
		if (!keep)
			capng_update(CAPNG_DROP,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |
					     CAPNG_BOUNDING_SET,
				     c);
	}
	if (capng_apply(geteuid() ? CAPNG_SELECT_CAPS : CAPNG_SELECT_BOTH))
		log_warn("capabilities could not be dropped (the service lacks CAP_SETPCAP?); "
			 "running on "
			 "with all of them");
}
