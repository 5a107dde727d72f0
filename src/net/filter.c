// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From lists of system calls to a filter in the kernel, by libseccomp. A name that an architecture
 * does not have is left out there, so that one list holds for all of them.
 */
#include "net/filter.h"

#include <sys/prctl.h>

int filter_add(scmp_filter_ctx ctx, const struct filter_list *list)
{
	uint32_t otherwise;
	int err = seccomp_attr_get(ctx, SCMP_FLTATR_ACT_DEFAULT, &otherwise);

	for (size_t i = 0; !err && i < list->n_calls; i++)
		err = seccomp_rule_add(ctx, FILTER_ALLOW, list->calls[i], 0);
	for (size_t i = 0; !err && i < list->n_rules; i++) {
		const struct filter_rule *r = &list->rules[i];

		if (r->action != otherwise) /* a rule for what happens anyway is an error */
			err = seccomp_rule_add_array(ctx, r->action, r->call, r->n, r->when);
	}
	return err;
}

static int load(scmp_filter_ctx ctx, const struct filter_list *const *lists, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		err = filter_add(ctx, lists[i]);
	return err ? err : seccomp_load(ctx);
}

/* PR_GET_SECCOMP is answered with EINVAL by a kernel that has none. */
int filter_load(const struct filter_list *const *lists, size_t n, uint32_t otherwise)
{
	scmp_filter_ctx ctx;
	int err;

	if (!CONFINE_FULLY || prctl(PR_GET_SECCOMP) < 0)
		return -ENOSYS;
	ctx = seccomp_init(otherwise);
	if (!ctx)
		return -ENOMEM;
	err = load(ctx, lists, n);
	seccomp_release(ctx);
	return err;
}
