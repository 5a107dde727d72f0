// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory file: {"version":1,"names":{"host":["address",…],…}}.
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
		vec_free(&n->addrs);
	vec_free(&m->names);
}

static void addrs_to_json(json_t *list, const struct name_result *r)
{
	char buf[ADDR_STRLEN];

	vec_each(&r->addrs, a)
		json_array_append_new(list, json_string(addr_format(a, buf)));
}

void memory_write(struct str *out, const struct names *ns)
{
	json_t *names = json_object(), *root;
	char *text;

	vec_each(&ns->by_host, n) {
		json_t *list = json_array();

		addrs_to_json(list, &(*n)->v6);
		addrs_to_json(list, &(*n)->v4);
		if (json_array_size(list))
			json_object_set_new(names, (*n)->host, list);
		else
			json_decref(list);
	}
	root = json_pack("{s:i,s:o}", "version", MEMORY_VERSION, "names", names);
	text = json_dumps(root, JSON_INDENT(1));
	if (text)
		str_add(out, "%s\n", text);
	free(text);
	json_decref(root);
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
		struct addr a;

		if (text && n->addrs.len < 2 * NET_MAX_ADDRS && !addr_parse(&a, text) &&
		    !addr_is_unusable(&a))
			*vec_add(&n->addrs) = a;
	}
}

int memory_read(struct memory *out, const char *text, size_t len)
{
	json_t *root = json_loadb(text, len, 0, NULL), *list;
	json_t *names = json_object_get(root, "names");
	bool ours = json_integer_value(json_object_get(root, "version")) == MEMORY_VERSION;
	const char *host;

	if (ours && json_is_object(names)) {
		json_object_foreach(names, host, list) name_read(out, host, list);
	}
	json_decref(root);
	return ours ? 0 : -EINVAL;
}

static bool name_recall(const struct memory_name *from, struct name *n)
{
	if (name_known(n))
		return false;
	vec_each(&from->addrs, a) {
		if (a->family == AF_INET && n->family != FAMILY_IPV6)
			*vec_add(&n->v4.addrs) = *a;
		if (a->family == AF_INET6 && n->family != FAMILY_IPV4)
			*vec_add(&n->v6.addrs) = *a;
	}
	return name_known(n);
}

unsigned int memory_recall(const struct memory *m, struct names *ns)
{
	unsigned int count = 0;

	vec_each(&m->names, from) {
		struct name *n = names_find(ns, from->host);

		count += n && name_recall(from, n);
	}
	return count;
}
