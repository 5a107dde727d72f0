// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory file, {"version":1,"names":{…},"moved":[…]}, and behind that a line {"names":{…}} for
 * each time that some of them changed. Of ten thousand names mostly one does.
 *
 *	names: "host":["address",…]	what an SRV name led to is remembered with ports
 *	moved: {"interface":NAME,"prefix":PREFIX,"from":KEY or null,"to":KEY,
 *		"before":KEY or null,"elsewhere":false}
 *
 * Addresses go through the same checks as an answer of a name server: the file may be old, and
 * whoever can write to the folder is not the one who may send a tunnel to a loopback address.
 */
#include "codec/memory.h"

#include <errno.h>
#include <jansson.h>

#define MEMORY_VERSION 1

void memory_free(struct memory *m)
{
	vec_each(&m->names, n)
		vec_free(&n->endpoints);
	vec_free(&m->names);
	vec_free(&m->loans);
}

static json_t *name_to_json(const struct name *n)
{
	struct endpoint found[2 * NET_MAX_ADDRS];
	uint32_t count = name_endpoints(n, 0, found, 2 * NET_MAX_ADDRS);
	json_t *list = json_array();
	char buf[ENDPOINT_STRLEN];

	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(n->srv ? endpoint_format(&found[i], buf)
							       : addr_format(&found[i].addr, buf)));
	return list;
}

static json_t *loan_to_json(const struct loan *l)
{
	char prefix[PREFIX_STRLEN], home[KEY_STRLEN], holder[KEY_STRLEN], before[KEY_STRLEN];

	return json_pack("{s:s,s:s,s:s?,s:s,s:s?,s:b}", "interface", l->ifname, "prefix",
			 prefix_format(&l->prefix, prefix), "from",
			 l->homeless ? NULL : key_format(&l->home, home), "to",
			 key_format(&l->holder, holder), "before",
			 l->passed_on ? key_format(&l->before, before) : NULL, "elsewhere",
			 l->elsewhere);
}

void memory_write(struct str *out, const struct names *ns, const struct loans *loans)
{
	json_t *moved = json_array();
	json_t *names = json_object(), *root;
	char *text;

	vec_each(&ns->by_host, n) {
		if (name_known(*n))
			json_object_set_new(names, (*n)->host, name_to_json(*n));
	}
	vec_each(loans, l)
		json_array_append_new(moved, loan_to_json(l));
	root = json_pack("{s:i,s:o,s:o}", "version", MEMORY_VERSION, "names", names, "moved",
			 moved);
	text = json_dumps(root, JSON_INDENT(1));
	if (text)
		str_add(out, "%s\n", text);
	free(text);
	json_decref(root);
}

uint32_t memory_write_since(struct str *out, const struct names *ns, uint32_t version)
{
	json_t *names = json_object(), *root;
	uint32_t count = 0;
	char *text;

	vec_each(&ns->by_id, n) {
		if ((*n)->version <= version || !name_known(*n))
			continue;
		json_object_set_new(names, (*n)->host, name_to_json(*n));
		count++;
	}
	root = json_pack("{s:o}", "names", names);
	text = count ? json_dumps(root, JSON_COMPACT) : NULL;
	if (text)
		str_add(out, "%s\n", text);
	free(text);
	json_decref(root);
	return count;
}

/* An address, or an endpoint; the port of an address is 0. */
static bool remembered_parse(struct endpoint *out, const char *text)
{
	*out = (struct endpoint){0};
	if (addr_parse(&out->addr, text) && endpoint_parse(out, text))
		return false;
	return !addr_is_unusable(&out->addr);
}

static void name_read(struct memory *out, const char *host, const json_t *list)
{
	struct memory_name *n;
	const json_t *item;
	size_t i;

	if (strlen(host) >= HOST_LEN || !json_is_array(list))
		return;
	n = vec_add(&out->names);
	mem_copy_str(n->host, sizeof(n->host), host);
	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);
		struct endpoint e;

		if (text && n->endpoints.len < 2 * NET_MAX_ADDRS && remembered_parse(&e, text))
			*vec_add(&n->endpoints) = e;
	}
}

/* A key, or null (or nothing) for nobody; false when it is neither. */
static bool key_read(struct key *out, bool *nobody, const json_t *j)
{
	*nobody = !j || json_is_null(j);
	return *nobody || (json_is_string(j) && !key_parse(out, json_string_value(j)));
}

static void loan_read(struct memory *out, const json_t *j)
{
	const char *ifname = json_string_value(json_object_get(j, "interface"));
	const char *prefix = json_string_value(json_object_get(j, "prefix"));
	const char *to = json_string_value(json_object_get(j, "to"));
	struct loan l = {.seen = false};
	bool masked, first;

	if (!ifname || !prefix || !to || strlen(ifname) >= IFNAME_LEN ||
	    prefix_parse(&l.prefix, prefix, &masked) || masked || key_parse(&l.holder, to) ||
	    !key_read(&l.home, &l.homeless, json_object_get(j, "from")) ||
	    !key_read(&l.before, &first, json_object_get(j, "before")))
		return;
	l.passed_on = !first;
	mem_copy_str(l.ifname, sizeof(l.ifname), ifname);
	l.elsewhere = json_is_true(json_object_get(j, "elsewhere"));
	*vec_add(&out->loans) = l;
}

/* Of two for one prefix the file says nothing that could be believed more: the first stays. */
static void loans_read(struct memory *out, const json_t *list)
{
	const json_t *each;
	uint32_t kept = 0;
	size_t i;

	json_array_foreach(list, i, each) loan_read(out, each);
	vec_sort(&out->loans, loan_cmp);
	vec_each(&out->loans, l)
		if (!kept || loan_cmp(&out->loans.at[kept - 1], l))
			out->loans.at[kept++] = *l;
	out->loans.len = kept;
}

static void names_read(struct memory *out, const json_t *names)
{
	const char *host;
	json_t *list;

	json_object_foreach((json_t *)names, host, list) name_read(out, host, list);
}

/* The next of what is left of the text, which goes on behind it; NULL: nothing, or no JSON. */
static json_t *document_read(const char **text, size_t *len)
{
	json_error_t at;
	json_t *root = json_loadb(*text, *len, JSON_DISABLE_EOF_CHECK, &at);

	if (root) {
		*text += at.position;
		*len -= (size_t)at.position;
	}
	return root;
}

/* The last line may be half of one: then the host lost its power while it was written. */
int memory_read(struct memory *out, const char *text, size_t len)
{
	json_t *root = document_read(&text, &len), *more;
	bool ours = json_integer_value(json_object_get(root, "version")) == MEMORY_VERSION;

	if (ours) {
		names_read(out, json_object_get(root, "names"));
		loans_read(out, json_object_get(root, "moved"));
	}
	json_decref(root);
	while (ours && (more = document_read(&text, &len))) {
		names_read(out, json_object_get(more, "names"));
		json_decref(more);
	}
	return ours ? 0 : -EINVAL;
}

static bool name_recall(const struct memory_name *from, struct name *n)
{
	if (name_known(n))
		return false;
	vec_each(&from->endpoints, e) {
		if (n->srv != (e->port != 0))
			continue;
		if (n->srv || e->addr.family == AF_INET)
			*vec_add(&n->v4.addrs) = e->addr;
		else
			*vec_add(&n->v6.addrs) = e->addr;
		if (n->srv)
			*vec_add(&n->v4.ports) = e->port;
	}
	return name_known(n);
}

unsigned int memory_recall(const struct memory *m, struct names *ns)
{
	unsigned int count = 0;

	for (uint32_t i = m->names.len; i-- > 0;) { /* of one name the last is the latest */
		const struct memory_name *from = &m->names.at[i];
		struct name *n = names_find(ns, from->host);

		count += n && name_recall(from, n);
	}
	return count;
}
