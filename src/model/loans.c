// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loans as a sorted list.
 */
#include "model/loans.h"

int loan_cmp(const void *va, const void *vb)
{
	const struct loan *a = va, *b = vb;
	int c = strcmp(a->ifname, b->ifname);

	return c ? c : prefix_cmp(&a->prefix, &b->prefix);
}

const struct loan *loan_find(const struct loans *ls, const char *ifname, const struct prefix *p)
{
	struct loan want = {.prefix = *p};

	mem_copy_str(want.ifname, sizeof(want.ifname), ifname);
	return vec_find(ls, &want, loan_cmp);
}

static int before(const void *loan, const void *ifname)
{
	return strcmp(((const struct loan *)loan)->ifname, ifname);
}

/* Its own come before, too: what is found is behind them. */
static int before_or_of(const void *loan, const void *ifname)
{
	return before(loan, ifname) > 0 ? 1 : -1;
}

const struct loan *loans_of(const struct loans *ls, const char *ifname, uint32_t *n)
{
	uint32_t first = vec_from(ls, ifname, before);

	*n = vec_from(ls, ifname, before_or_of) - first;
	return ls->at + first;
}

static bool same_key(bool has, const struct key *a, const struct key *b)
{
	return !has || !key_cmp(a, b);
}

static bool same(const struct loan *a, const struct loan *b)
{
	return !loan_cmp(a, b) && a->homeless == b->homeless &&
	       same_key(!a->homeless, &a->home, &b->home) && !key_cmp(&a->holder, &b->holder) &&
	       a->passed_on == b->passed_on && same_key(a->passed_on, &a->before, &b->before) &&
	       a->elsewhere == b->elsewhere;
}

bool loans_same(const struct loans *a, const struct loans *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (!same(&a->at[i], &b->at[i]))
			return false;
	return true;
}
