/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters of system calls (seccomp): lists of what is allowed, loaded for the calling thread and
 * all that it starts from then on. What every process of ours takes is in net/runtime_calls.c; what
 * each has to do besides in net/calls.c, edge/calls.c and edge/starter_calls.c.
 */
#ifndef NET_FILTER_H
#define NET_FILTER_H

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41 /* linux/prctl.h, which musl's sys/prctl.h cannot stand beside */
#endif

/*
 * AddressSanitizer makes calls of its own that no sensible filter would allow, looks at the
 * process from another one at the end, and reports to stderr: such a build is confined less. So
 * is one with -DWAYSIDE_UNCONFINED, which is for valgrind: that makes calls of its own, too.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#if defined(CONFINE_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(WAYSIDE_UNCONFINED)
#define CONFINE_FULLY 0
#else
#define CONFINE_FULLY 1
#endif

/* A call that is allowed, or refused with an error, where up to three arguments are as said. */
struct filter_rule {
	int call;
	uint32_t action;
	unsigned int n; /* of when[] */
	struct scmp_arg_cmp when[3];
};

struct filter_list {
	const int *calls; /* allowed whatever the arguments are */
	size_t n_calls;
	const struct filter_rule *rules;
	size_t n_rules;
};

#define FILTER_ALLOW	   SCMP_ACT_ALLOW
#define FILTER_REFUSE(err) SCMP_ACT_ERRNO(err)
/* clang-format off */
#define FILTER_LIST(c, r) {c, sizeof(c) / sizeof((c)[0]), r, sizeof(r) / sizeof((r)[0])}
/* clang-format on */

/* Ends the process at a call that no list allows; for filter_load(). */
#define FILTER_KILL SCMP_ACT_KILL_PROCESS

/* Adds a list to a filter for any architecture; 0 or -errno. */
int filter_add(scmp_filter_ctx ctx, const struct filter_list *list);

/*
 * Loads lists for this thread; otherwise is for what they do not name. 0, -errno, or -ENOSYS where
 * the kernel has no seccomp or the build none (CONFINE_FULLY).
 */
int filter_load(const struct filter_list *const *lists, size_t n, uint32_t otherwise);

/* What the C library and the loop do in any process. */
extern const struct filter_list runtime_calls;
/* What the net child may do beside that. */
extern const struct filter_list net_calls;

#endif
