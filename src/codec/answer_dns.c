// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `dns`: each host name that an endpoint is known by, with what each family's last answer was and
 * which peers depend on it.
 */
#include <string.h>

#include "answer_put.h"

static json_t *addrs_json(const struct name_result *r)
{
	json_t *list = json_array();
	char buf[ADDR_STRLEN];

	vec_each(&r->addrs, a)
		json_array_append_new(list, json_string(addr_format(a, buf)));
	return list;
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

static json_t *name_result_json(const struct name_result *r, msec now)
{
	json_t *o = json_object();

	put(o, "addresses", addrs_json(r));
	put_text(o, "status", result_status(r));
	put_int(o, "ttl", r->ttl);
	put_until(o, "expires_in_s", r->expires, now);
	put_age(o, "answered_age_s", r->answered, now);
	put_int(o, "failures", r->failures);
	put_bool(o, "asking", r->asked != 0);
	put_text(o, "refused", r->refused);
	return o;
}

/* Who goes by which name, sorted by name: ten thousand of each are looked up, not searched. */
struct user {
	const char *host;
	const struct peer *peer;
};
VEC_TYPE(users, struct user);

static int user_cmp(const void *a, const void *b)
{
	return strcmp(((const struct user *)a)->host, ((const struct user *)b)->host);
}

static void users_make(struct users *out, const struct state *s)
{
	vec_each(&s->devices, d) {
		vec_each(&d->peers, p) {
			const struct endpoint_spec *spec = peer_endpoint_spec(p);

			if (spec && spec->kind != ENDPOINT_ADDRESS)
				*vec_add(out) = (struct user){spec->host, p};
		}
	}
	vec_sort(out, user_cmp);
}

static json_t *name_peers_json(const struct users *users, const char *host)
{
	const struct user self = {.host = host}, *u = vec_find(users, &self, user_cmp);
	json_t *list = json_array();
	char label[KEY_STRLEN];

	while (u && u > users->at && !user_cmp(u - 1, &self))
		u--;
	for (; u && u < users->at + users->len && !user_cmp(u, &self); u++)
		json_array_append_new(list, text_json(peer_label(u->peer, label)));
	return list;
}

static json_t *name_json(const struct name *n, const struct users *users, msec now)
{
	json_t *o = json_object();

	put_text(o, "name", n->host);
	put(o, "peers", name_peers_json(users, n->host));
	put(o, "ipv4", n->family == FAMILY_IPV6 ? NULL : name_result_json(&n->v4, now));
	put(o, "ipv6", n->family == FAMILY_IPV4 ? NULL : name_result_json(&n->v6, now));
	return o;
}

json_t *answer_dns(const struct answer_view *v)
{
	json_t *list = json_array();
	struct users users = {0};

	users_make(&users, v->state);
	vec_each(&v->names->by_host, n)
		json_array_append_new(list, name_json(*n, &users, v->at.now));
	vec_free(&users);
	return list;
}
