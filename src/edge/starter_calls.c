// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls from fork(2) to the moment in which the net child has its own filter: the loader's,
 * the C library's first ones, and those by which the child gives up what it has. net_calls and
 * runtime_calls come on top; what is in none of them is answered with ENOSYS.
 */
#include "edge/starter.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static const int calls[] = {
	SCMP_SYS(fork),		     /* musl */
	SCMP_SYS(execve),	     /* our own binary; whatever it was, it gains nothing by it */
	SCMP_SYS(dup2),		     /* the child's socket to its number */
	SCMP_SYS(set_robust_list),   /* glibc, of a new process or thread */
	SCMP_SYS(set_tid_address),   /* the same */
	SCMP_SYS(rseq),		     /* the same */
	SCMP_SYS(arch_prctl),	     /* thread-local storage, x86 */
	SCMP_SYS(set_thread_area),   /* the same, on 32 bits */
	SCMP_SYS(set_tls),	     /* the same, ARM */
	SCMP_SYS(prlimit64),	     /* setrlimit(2), and the size of the stack */
	SCMP_SYS(setrlimit),	     /* the same in older C libraries */
	SCMP_SYS(getrlimit),	     /* … */
	SCMP_SYS(ugetrlimit),	     /* … */
	SCMP_SYS(access),	     /* the loader looks for ld.so.preload */
	SCMP_SYS(faccessat),	     /* the same */
	SCMP_SYS(pread64),	     /* the loader reads headers */
	SCMP_SYS(readlink),	     /* $ORIGIN */
	SCMP_SYS(readlinkat),	     /* … */
	SCMP_SYS(stat),		     /* libraries in more than one folder */
	SCMP_SYS(stat64),	     /* … */
	SCMP_SYS(lstat),	     /* … */
	SCMP_SYS(fstat64),	     /* … */
	SCMP_SYS(fstatat64),	     /* … */
	SCMP_SYS(getuid),	     /* who are we; is there anything to give up */
	SCMP_SYS(geteuid),	     /* … */
	SCMP_SYS(getgid),	     /* … */
	SCMP_SYS(getegid),	     /* … */
	SCMP_SYS(getuid32),	     /* … */
	SCMP_SYS(geteuid32),	     /* … */
	SCMP_SYS(getgid32),	     /* … */
	SCMP_SYS(getegid32),	     /* … */
	SCMP_SYS(sched_getaffinity), /* how many processors, glibc's malloc */
	SCMP_SYS(capget),	     /* giving up: capabilities */
	SCMP_SYS(capset),	     /* … */
	SCMP_SYS(setgroups),	     /* … user and groups, where that was not done before */
	SCMP_SYS(setgroups32),	     /* … */
	SCMP_SYS(setresuid),	     /* … */
	SCMP_SYS(setresuid32),	     /* … */
	SCMP_SYS(setresgid),	     /* … */
	SCMP_SYS(setresgid32),	     /* … */
	SCMP_SYS(close_range),	     /* … other files */
	SCMP_SYS(seccomp),	     /* … system calls */
	SCMP_SYS(landlock_create_ruleset), /* … files by name */
	SCMP_SYS(landlock_add_rule),	   /* … */
	SCMP_SYS(landlock_restrict_self),  /* … */
};

/* No thread, no namespace: what fork(2) asks for. s390 has these flags in another place. */
#define CLONE_OTHER \
	(CLONE_VM | CLONE_THREAD | CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID)

#define ALLOW FILTER_ALLOW
#define PRCTL(which)                                   \
	{                                              \
		SCMP_SYS(prctl), ALLOW, 1,             \
		{                                      \
			SCMP_A0_64(SCMP_CMP_EQ, which) \
		}                                      \
	}

static const struct filter_rule limited[] = {
	{SCMP_SYS(clone), ALLOW, 1, {SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_OTHER, 0)}},
	/* the loader maps code of files, which is not written to */
	{SCMP_SYS(mmap),
	 ALLOW,
	 1,
	 {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC)}},
	{SCMP_SYS(mmap2),
	 ALLOW,
	 1,
	 {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC)}},
	/* ending a child that hangs */
	{SCMP_SYS(kill), ALLOW, 1, {SCMP_A1_64(SCMP_CMP_EQ, SIGKILL)}},
	PRCTL(PR_SET_NAME),
	PRCTL(PR_SET_NO_NEW_PRIVS),
	PRCTL(PR_SET_DUMPABLE),
	PRCTL(PR_SET_PDEATHSIG),
	PRCTL(PR_GET_SECCOMP),
	PRCTL(PR_SET_SECCOMP),
	PRCTL(PR_CAPBSET_READ),
	PRCTL(PR_CAPBSET_DROP),
	PRCTL(PR_CAP_AMBIENT),
};

const struct filter_list starter_calls = FILTER_LIST(calls, limited);
