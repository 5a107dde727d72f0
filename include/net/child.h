/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unprivileged child: looks names up with c-ares and speaks the exchange. It holds
 * one end of a SOCK_SEQPACKET pair and nothing else: no capability, no new privileges, its own
 * user where it could get one.
 */
#ifndef NET_CHILD_H
#define NET_CHILD_H

/* The child's main(): serves fd until it closes. Returns the exit status. */
int net_child_main(int fd);

#endif
