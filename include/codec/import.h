/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs' WireGuard files to struct imports: wg-quick's *.conf, systemd-networkd's
 * *.netdev, OpenWrt's /etc/config/network.
 *
 * The text holds private keys: parsers look only at the fields of model/imports.h, copy nothing
 * else, keep no pointer into the text, and never put any of it into a message. Whoever read the
 * file wipes the buffer. A line that makes no sense is skipped: these files are somebody else's.
 */
#ifndef CODEC_IMPORT_H
#define CODEC_IMPORT_H

#include <stddef.h>

#include "model/imports.h"

/*
 * host:port, [v6]:port, a.b.c.d:port or srv:NAME into a spec; 0 or -EINVAL with *why (static
 * text) telling what is wrong: an empty label, a label of more than 63 or a name of more than 253
 * characters, letters that need IDNA ("write the xn-- form"), a port outside 1..65535.
 * out->host is in host, until the caller keeps it.
 */
int endpoint_spec_parse(struct endpoint_spec *out, char host[HOST_LEN], const char *text,
			const char **why);

/*
 * wg-quick: ifname is the file's name without ".conf". Names are taken from comments as people
 * write them: "# Name = x", "# friendly_name = x" or "# x" in or right before a [Peer] section.
 */
void import_wg_quick(struct imports *out, const char *ifname, const char *text, size_t len);

/* networkd: one .netdev file; nothing is added unless its Kind= is wireguard. */
void import_networkd(struct imports *out, const char *text, size_t len);

/* UCI: /etc/config/network, interfaces with proto wireguard and their wireguard_IFACE sections. */
void import_uci(struct imports *out, const char *text, size_t len);

#endif
