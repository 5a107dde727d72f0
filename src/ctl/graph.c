// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `graph`: a picture of the interfaces, their peers and the networks behind them, for a wiki or a
 * report. In go the answers to `status` and `peers`; the formats are in files of their own. The
 * order is that of names, so that two pictures of one network differ only in what has changed.
 */
#include "graph.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "words.h"

const struct graph_look graph_looks[] = {
	{"up", "#1a7f37", "#e9f7ec", SYMBOL_DISC, false},
	{"idle", "#2f7fb8", "#eaf4fb", SYMBOL_RING, false},
	{"unanswered", "#b26a00", "#fff5e2", SYMBOL_HALF, true},
	{"dead", "#cf222e", "#fdecec", SYMBOL_CROSS, true},
	{"never", "#7a828b", "#f3f4f6", SYMBOL_DOT, true},
	{0},
};

const struct graph_look *graph_look(json_t *peer)
{
	const char *state = get_text(peer, "state");
	const struct graph_look *look = graph_looks;

	while (look[1].state && strcmp(look->state, state) != 0)
		look++;
	return look;
}

void graph_list(json_t *list, const char *before, const char *between,
		void (*print)(const char *text))
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		printf("%s", i ? between : before);
		print(text_of(item));
	}
}

const char *graph_endpoint(json_t *peer, char *buf)
{
	const char *host = get_text(peer, "endpoint_host"), *at = get_text(peer, "endpoint");

	if (!at[0])
		at = "no endpoint";
	snprintf(buf, GRAPH_TEXT_LEN, host[0] ? "%s (%s)" : "%s%s", host, at);
	return buf;
}

const char *graph_way(json_t *peer, char *buf)
{
	const char *state = get_text(peer, "state"), *path = get_text(peer, "path");
	bool own = !path[0] || !strcmp(path, "endpoint");

	snprintf(buf, GRAPH_TEXT_LEN, own ? "%s" : "%s, %s", state, path);
	return buf;
}

const char *graph_iface_facts(json_t *iface, char *buf)
{
	const char *backend = get_text(iface, "backend");
	long long port = (long long)get_int(iface, "listen_port");
	char port_text[32] = "no port";

	if (port)
		snprintf(port_text, sizeof(port_text), "port %lld", port);
	snprintf(buf, GRAPH_TEXT_LEN, "%s%s%s", port_text,
		 strcmp(backend, "userspace") ? "" : ", userspace",
		 get_bool(iface, "up") ? "" : ", down");
	return buf;
}

static int peer_cmp(const void *a, const void *b)
{
	json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int cmp = strcmp(get_text(x, "label"), get_text(y, "label"));

	return cmp ? cmp : strcmp(get_text(x, "public_key"), get_text(y, "public_key"));
}

void graph_fill(struct graph *g, json_t *status, json_t *peers)
{
	size_t i, j;
	json_t *o, *peer;

	if (gethostname(g->host, sizeof(g->host) - 1))
		g->host[0] = '\0';
	json_array_foreach(json_object_get(status, "interfaces"), i, o)
	{
		struct graph_iface *iface = vec_add(&g->ifaces);

		*iface = (struct graph_iface){.o = o};
		json_array_foreach(peers, j, peer)
		{
			if (!strcmp(get_text(peer, "interface"), get_text(o, "name")))
				*vec_add(&iface->peers) = peer;
		}
		vec_sort(&iface->peers, peer_cmp);
	}
}

void graph_free(struct graph *g)
{
	vec_each(&g->ifaces, i)
		vec_free(&i->peers);
	vec_free(&g->ifaces);
}

static void svg_print(const struct graph *g)
{
	graph_svg(stdout, g);
}

static const struct graph_format {
	const char *name;
	void (*print)(const struct graph *g);
} formats[] = {{"dot", graph_dot}, {"mermaid", graph_mermaid}, {"svg", svg_print}};

static const struct graph_format *format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!name || !strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static void graph_print(json_t *status, json_t *peers, const struct graph_format *format)
{
	struct graph g = {0};

	graph_fill(&g, status, peers);
	format->print(&g);
	graph_free(&g);
}

/* For programs, what the picture is made of. */
static void graph_print_json(json_t *status, json_t *peers)
{
	json_t *o = json_pack("{s:O?, s:O?}", "interfaces", json_object_get(status, "interfaces"),
			      "peers", peers);

	json_print(o);
	json_decref(o);
}

enum exit_code graph_make(char **args, const struct options *o)
{
	const struct graph_format *format = format_find(o->format);
	json_t *status = NULL, *peers = NULL;
	enum exit_code code;

	if (*args || !format) {
		fprintf(stderr, "waysidectl: graph takes --format, one of: %s\n",
			word_find("graph")->formats);
		return EXIT_USAGE;
	}
	code = daemon_ask(o, "status", &status);
	if (code == EXIT_DONE)
		code = daemon_ask(o, "peers", &peers);
	if (code == EXIT_DONE && o->json)
		graph_print_json(status, peers);
	else if (code == EXIT_DONE)
		graph_print(status, peers, format);
	json_decref(status);
	json_decref(peers);
	return code;
}
