/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WireGuard's text protocol of userspace implementations: https://www.wireguard.com/xplatform/
 *
 * Lines of key=value; keys in hex; an answer ends with errno=N and an empty line. wireguard-go
 * lists peers in another order each time, and what belongs to a peer may come before or after its
 * allowed-IPs, so an answer is gathered first and merged in order of the keys.
 *
 * Private and preshared keys are lines that are stepped over. What was read of them is wiped here;
 * whoever holds the bytes that were given wipes those.
 *
 * boringtun (0.7 and before) is told by its line own_public_key. It gives the age of a handshake
 * instead of its time, counts data only, refuses update_only, and ends when a peer that it has is
 * set: with it one can look, and change what is not of a peer.
 */
#ifndef CODEC_UAPI_H
#define CODEC_UAPI_H

#include "plan/op.h"

#define UAPI_FOLDER   "/run/wireguard"
#define UAPI_GET      "get=1\n\n"
#define UAPI_LINE_MAX 256 /* the longest that we know has 80 */

/* An answer in the making; zeroed before first use. Its lists keep their memory. */
struct uapi {
	VEC(struct wg_peer) peers; /* first_aip and aips are of the list below */
	VEC(struct prefix) aips;
	uint16_t listen_port;
	uint32_t fwmark;
	bool boringtun;
	char line[UAPI_LINE_MAX];
	uint32_t len;  /* of line */
	bool answered; /* errno was there */
	bool ended;    /* and the empty line */
	int error;     /* 0 or -errno, as it said; -EBADMSG: not the protocol */
};

void uapi_begin(struct uapi *u);
/* Takes what was read next. True when nothing more is to come, or nothing more is believed. */
bool uapi_read(struct uapi *u, const char *bytes, size_t n);
/*
 * After the last byte. 0, the error that the other side said, or -EBADMSG. With 0 and m not NULL,
 * an answer to UAPI_GET goes into a merge that was begun.
 */
int uapi_end(struct uapi *u, struct device_merge *m);
void uapi_free(struct uapi *u);

/*
 * One request that sets n operations of one device, in their order: endpoints, keepalives, kicks,
 * allowed-IPs, rebinding, fwmarks. Peers are named with update_only: one that was just removed
 * does not come back to life. What fails keeps what comes after it from being done.
 */
void uapi_put_set(struct str *out, const struct op *ops, size_t n);

#endif
