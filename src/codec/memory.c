// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory file: {"version":1,"names":{"host":["address",…],…}}; what an SRV name led to is
 * remembered with ports.
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

void memory_write(struct str *out, const struct names *ns)
{
	json_t *names = json_object(), *root;
	char *text;

	vec_each(&ns->by_host, n) {
		if (name_known(*n))
			json_object_set_new(names, (*n)->host, name_to_json(*n));
	}
	root = json_pack("{s:i,s:o}", "version", MEMORY_VERSION, "names", names);
	text = json_dumps(root, JSON_INDENT(1));
	if (text)
		str_add(out, "%s\n", text);
	free(text);
	json_decref(root);
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

	vec_each(&m->names, from) {
		struct name *n = names_find(ns, from->host);

		count += n && name_recall(from, n);
	}
	return count;
}
