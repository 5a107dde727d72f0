// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine's system calls once everything is open, beside runtime_calls: netlink, its clients,
 * userspace WireGuard's sockets, files that it reads again and one that it keeps. Anything else
 * ends the process.
 *
 * No call here or there starts a program, a process or a thread (edge/starter.c does that
 * elsewhere), makes memory executable, changes who it is, listens at a new socket (but for one that
 * stands by), or signals anybody. Which files are meant, the fence says (edge/sandbox.c). There are
 * no threads but that one, and no lines for them.
 */
#include "edge/sandbox.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "net/filter.h"

static const int calls[] = {
	SCMP_SYS(read),		 /* files, the loop's own pipes, clients */
	SCMP_SYS(readv),	 /* the same, by other versions of the libraries */
	SCMP_SYS(write),	 /* the log, clients, the loop's pipes, the file that is kept */
	SCMP_SYS(writev),	 /* the same */
	SCMP_SYS(close),	 /* files and sockets */
	SCMP_SYS(fstat),	 /* is it a regular file, whose, how long */
	SCMP_SYS(fstat64),	 /* the same on 32 bits */
	SCMP_SYS(stat),		 /* has resolv.conf changed; glob(3) */
	SCMP_SYS(stat64),	 /* the same on 32 bits */
	SCMP_SYS(lstat),	 /* is it a socket, and still our own; realpath(3) */
	SCMP_SYS(lstat64),	 /* the same on 32 bits */
	SCMP_SYS(newfstatat),	 /* all of these in newer C libraries */
	SCMP_SYS(fstatat64),	 /* the same on 32 bits */
	SCMP_SYS(statx),	 /* the same with 64-bit times on 32 bits */
	SCMP_SYS(getdents64),	 /* glob(3), of folders that are imported from */
	SCMP_SYS(getdents),	 /* the same in older C libraries */
	SCMP_SYS(readlink),	 /* realpath(3) of resolv.conf */
	SCMP_SYS(readlinkat),	 /* the same where there is no readlink */
	SCMP_SYS(getcwd),	 /* realpath(3) of a name that is relative */
	SCMP_SYS(mkdir),	 /* state_dir, when it was taken away */
	SCMP_SYS(mkdirat),	 /* the same where there is no mkdir */
	SCMP_SYS(rename),	 /* the file that is kept is replaced whole */
	SCMP_SYS(renameat),	 /* the same where there is no rename */
	SCMP_SYS(renameat2),	 /* the same where there is no renameat */
	SCMP_SYS(unlink),	 /* the same, when it could not be written; the control socket */
	SCMP_SYS(unlinkat),	 /* the same where there is no unlink */
	SCMP_SYS(fsync),	 /* … before it is renamed */
	SCMP_SYS(inotify_init1), /* a folder is watched for the first time */
	SCMP_SYS(
		inotify_add_watch), /* folders that are imported from, of resolv.conf, of sockets */
	SCMP_SYS(inotify_rm_watch), /* … and no longer, after a reload */
	SCMP_SYS(sched_yield),	    /* a lock of malloc's that the starter has */
	SCMP_SYS(sched_getaffinity), /* how many processors, glibc's malloc */
	SCMP_SYS(sysinfo),	     /* how much memory, glibc's qsort(3) */
	SCMP_SYS(geteuid),	     /* is a client, or a file, our own user's */
	SCMP_SYS(geteuid32),	     /* the same on 32 bits */
	SCMP_SYS(accept4),	     /* clients */
	SCMP_SYS(shutdown),	     /* a client that is refused; the child's socket */
	SCMP_SYS(connect),	     /* userspace WireGuard */
	SCMP_SYS(bind),		     /* netlink, where nftables came later than we did */
	SCMP_SYS(send),	       /* netlink, clients, the child, systemd; send, recv on 32 bits */
	SCMP_SYS(sendto),      /* … */
	SCMP_SYS(sendmsg),     /* … */
	SCMP_SYS(recv),	       /* … */
	SCMP_SYS(recvfrom),    /* … */
	SCMP_SYS(recvmsg),     /* … */
	SCMP_SYS(getsockopt),  /* SO_PEERCRED of clients, tables of iptables-legacy */
	SCMP_SYS(getsockname), /* the port of a netlink socket */
	SCMP_SYS(pidfd_open),  /* the end of the child */
	SCMP_SYS(waitid),      /* … */
	SCMP_SYS(wait4),       /* … */
	SCMP_SYS(waitpid),     /* … on 32 bits */
};

#define ALLOW	    FILTER_ALLOW
#define REFUSE(err) FILTER_REFUSE(err)

/* O_TMPFILE has O_DIRECTORY in it, with which folders are read. */
#define WRITE_FLAGS (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))
/* As files_store() writes: a new file, never through a link. */
#define STORE_MASK  (O_ACCMODE | O_CREAT | O_TRUNC | O_NOFOLLOW)
#define STORE_FLAGS (O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)

#define KIND_OF_SOCKET (~(unsigned int)(SOCK_CLOEXEC | SOCK_NONBLOCK))

#define DOMAIN(is) SCMP_A0_64(SCMP_CMP_EQ, is)
#define KIND(is)   SCMP_A1_64(SCMP_CMP_MASKED_EQ, KIND_OF_SOCKET, is)
#define NUMBER(is) SCMP_A2_64(SCMP_CMP_EQ, is)

/* Where arguments decide. */
static const struct filter_rule limited[] = {
	/* files are read, and one is written */
	{SCMP_SYS(openat), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, WRITE_FLAGS, O_RDONLY)}},
	{SCMP_SYS(openat), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, STORE_MASK, STORE_FLAGS)}},
	{SCMP_SYS(open), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_MASKED_EQ, WRITE_FLAGS, O_RDONLY)}},
	{SCMP_SYS(open), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_MASKED_EQ, STORE_MASK, STORE_FLAGS)}},
	/* nftables, where it came later than we did */
	{SCMP_SYS(socket),
	 ALLOW,
	 3,
	 {DOMAIN(AF_NETLINK), KIND(SOCK_RAW), NUMBER(NETLINK_NETFILTER)}},
	/* userspace WireGuard */
	{SCMP_SYS(socket), ALLOW, 2, {DOMAIN(AF_UNIX), KIND(SOCK_STREAM)}},
	/* if_nametoindex(3); tables of iptables-legacy, which are asked for by getsockopt(2) */
	{SCMP_SYS(socket), ALLOW, 2, {DOMAIN(AF_UNIX), KIND(SOCK_DGRAM)}},
	{SCMP_SYS(socket), ALLOW, 2, {DOMAIN(AF_INET), KIND(SOCK_DGRAM)}},
	{SCMP_SYS(socket), ALLOW, 2, {DOMAIN(AF_INET6), KIND(SOCK_DGRAM)}},
	/* the net child's */
	{SCMP_SYS(socketpair), ALLOW, 2, {DOMAIN(AF_UNIX), KIND(SOCK_SEQPACKET)}},
	/* groups and buffers of netlink; not iptables-legacy's tables */
	{SCMP_SYS(setsockopt), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, SOL_SOCKET)}},
	{SCMP_SYS(setsockopt), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, SOL_NETLINK)}},
	/* if_nametoindex(3) */
	{SCMP_SYS(ioctl), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, SIOCGIFINDEX)}},
	/* the C library asks whether a file is a terminal */
	{SCMP_SYS(ioctl), REFUSE(ENOTTY), 1, {SCMP_A1_64(SCMP_CMP_EQ, TIOCGWINSZ)}},
	/* abort(3), so that a broken promise of our own is told from a forbidden call */
	{SCMP_SYS(tgkill), ALLOW, 1, {SCMP_A2_64(SCMP_CMP_EQ, SIGABRT)}},
};

const struct filter_list engine_calls = FILTER_LIST(calls, limited);

/* --- of one that stands by ------------------------------------------------------------------- */

static const int taking[] = {
	SCMP_SYS(listen), /* at the seat, when the other daemon has ended (edge/seat.c) */
};

static const struct filter_rule seat[] = {
	{SCMP_SYS(socket), ALLOW, 2, {DOMAIN(AF_UNIX), KIND(SOCK_SEQPACKET)}},
};

const struct filter_list seat_calls = FILTER_LIST(taking, seat);
