// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `dns`: each host name that an endpoint is known by, with what each family's last answer was and
 * which peers depend on it.
 */
#include <string.h>

#include "answer_put.h"

#define A_PART 256 /* names */

static void put_addrs(struct str *o, const char *key, const struct name_result *r)
{
	put_list(o, key);
	vec_each(&r->addrs, a)
		put_addr(o, NULL, a);
	put_list_end(o);
}

/* How the last question ended, as a word; null before the first answer. */
static const char *result_status(const struct name_result *r)
{
	static const char *const words[] = {
		[NET_OK] = "ok",	   [NET_NOT_FOUND] = "not-found",
		[NET_NO_DATA] = "no-data", [NET_SERVFAIL] = "server-failure",
		[NET_TIMEOUT] = "timeout", [NET_FAILED] = "failed",
	};

	if (!r->answered && !r->failures)
		return NULL;
	return words[r->status <= NET_FAILED ? r->status : NET_FAILED];
}

/* asked is false for a family that nobody wants. */
static void put_result(struct str *o, const char *key, const struct name_result *r, bool asked,
		       msec now)
{
	if (!asked) {
		put_null(o, key);
		return;
	}
	put_object(o, key);
	put_addrs(o, "addresses", r);
	put_text(o, "status", result_status(r));
	put_int(o, "ttl", r->ttl);
	put_until(o, "expires_in_s", r->expires, now);
	put_age(o, "answered_age_s", r->answered, now);
	put_int(o, "failures", r->failures);
	put_bool(o, "asking", r->asked != 0);
	put_text(o, "refused", r->refused);
	put_object_end(o);
}

/* Who goes by which name, sorted by name: for a part of the names. */
struct user {
	const char *host;
	const struct peer *peer;
};
VEC_TYPE(users, struct user);

static int user_cmp(const void *a, const void *b)
{
	return strcmp(((const struct user *)a)->host, ((const struct user *)b)->host);
}

/* Those of the names from first to last. */
static void users_make(struct users *out, const struct state *s, const char *first,
		       const char *last)
{
	vec_each(&s->devices, d) {
		vec_each(&d->peers, p) {
			const struct endpoint_spec *spec = peer_endpoint_spec(p);

			if (spec && spec->kind != ENDPOINT_ADDRESS &&
			    strcmp(spec->host, first) >= 0 && strcmp(spec->host, last) <= 0)
				*vec_add(out) = (struct user){spec->host, p};
		}
	}
	vec_sort(out, user_cmp);
}

static void put_users(struct str *o, const char *key, const struct users *users, const char *host)
{
	const struct user self = {.host = host}, *u = vec_find(users, &self, user_cmp);
	char label[KEY_STRLEN];

	put_list(o, key);
	while (u && u > users->at && !user_cmp(u - 1, &self))
		u--;
	for (; u && u < users->at + users->len && !user_cmp(u, &self); u++)
		put_text(o, NULL, peer_label(u->peer, label));
	put_list_end(o);
}

static void put_host(struct str *o, const struct name *n, const struct users *users, msec now)
{
	put_object(o, NULL);
	put_text(o, "name", n->host);
	put_users(o, "peers", users, n->host);
	put_result(o, "ipv4", &n->v4, n->family != FAMILY_IPV6, now);
	put_result(o, "ipv6", &n->v6, n->family != FAMILY_IPV4, now);
	put_object_end(o);
}

static int name_host_cmp(const void *name, const void *host)
{
	return strcmp((*(struct name *const *)name)->host, host);
}

/* The first name behind the last one that was told. */
static uint32_t cursor_name(const struct answer_cursor *c, const struct names *ns)
{
	uint32_t i = vec_from(&ns->by_host, c->host, name_host_cmp);

	return i < ns->by_host.len && !strcmp(ns->by_host.at[i]->host, c->host) ? i + 1 : i;
}

bool put_dns_part(struct str *o, const struct answer_view *v, struct answer_cursor *c)
{
	struct name *const *at = v->names->by_host.at;
	uint32_t from = cursor_name(c, v->names), to = v->names->by_host.len;
	struct users users = {0};
	bool more = to - from > A_PART;

	if (from == to)
		return false;
	if (more)
		to = from + A_PART;
	users_make(&users, v->state, at[from]->host, at[to - 1]->host);
	for (uint32_t i = from; i < to; i++) {
		part_element(o, c);
		put_host(o, at[i], &users, v->at.now);
	}
	mem_copy_str(c->host, sizeof(c->host), at[to - 1]->host);
	vec_free(&users);
	return more;
}
