// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flowchart as wikis and forges draw it: https://mermaid.js.org/syntax/flowchart.html
 */
#include <stdio.h>
#include <string.h>

#include "graph.h"

/* For a quoted text, where only entities can say what has a meaning to it or to HTML. */
static void text_print(const char *text)
{
	for (; *text; text++) {
		if (strchr("\"#&<>`", *text))
			printf("#%d;", *text);
		else
			putchar((unsigned char)*text < ' ' ? ' ' : *text);
	}
}

static void ifaces_print(const struct graph *g)
{
	char buf[GRAPH_TEXT_LEN];
	unsigned int n = 0;

	printf("	subgraph host[\"");
	text_print(g->host[0] ? g->host : "this host");
	printf("\"]\n");
	vec_each(&g->ifaces, i) {
		printf("		i%u[\"", n++);
		text_print(get_text(i->o, "name"));
		graph_list(json_object_get(i->o, "addresses"), "<br/>", "<br/>", text_print);
		printf("<br/>");
		text_print(graph_iface_facts(i->o, buf));
		printf("\"]\n");
	}
	printf("	end\n");
}

static void peer_print(json_t *peer, unsigned int iface, unsigned int n)
{
	const struct graph_look *look = graph_look(peer);
	json_t *nets = get_networks(peer);
	char buf[GRAPH_TEXT_LEN];

	printf("	p%u[\"", n);
	text_print(get_text(peer, "label"));
	printf("<br/>");
	text_print(graph_endpoint(peer, buf));
	printf("\"]:::%s\n", look->state);
	printf("	i%u %s|\"", iface, look->broken ? "-.-" : "---");
	text_print(graph_way(peer, buf));
	printf("\"| p%u\n", n);
	if (!json_array_size(nets))
		return;
	printf("	p%u --- n%u([\"", n, n);
	graph_list(nets, "", "<br/>", text_print);
	printf("\"])\n");
}

void graph_mermaid(const struct graph *g)
{
	unsigned int iface = 0, n = 0;

	printf("flowchart LR\n");
	ifaces_print(g);
	vec_each(&g->ifaces, i) {
		vec_each(&i->peers, peer)
			peer_print(*peer, iface, n++);
		iface++;
	}
	for (const struct graph_look *look = graph_looks; look->state; look++)
		printf("	classDef %s stroke:%s,fill:%s,color:#1f2328\n", look->state,
		       look->colour, look->fill);
}
