/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for one test program: network and mount namespaces of its own, an /etc of its own with
 * the user `wayside` (uid 64087, gid 64088), and dnsmasq on 127.0.0.1 that knows the domain test.
 */
#ifndef SUPPORT_DNS_WORLD_H
#define SUPPORT_DNS_WORLD_H

#define DNS_WORLD_HOSTS "127.0.0.1 localhost\n192.0.2.77 hosted.test\n2001:db8::77 hosted.test\n"
#define NAME_SERVER	"nameserver 127.0.0.1\nsearch test\n" /* its resolv.conf */

/* NULL, or why there can be none (static text): then the test is to be skipped. */
const char *dns_world_make(void);
void dns_world_end(void);

/* Replaces a file as careful programs do: by another one with its name. */
void dns_world_write(const char *path, const char *text);

#endif
