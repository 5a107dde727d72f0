// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A graph in the language of Graphviz: https://graphviz.org/doc/info/lang.html
 */
#include <stdio.h>

#include "graph.h"

/* For a quoted label, where backslashes and character entities mean something. */
static void text_print(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (*text == '&')
			printf("&amp;");
		else
			putchar((unsigned char)*text < ' ' ? ' ' : *text);
	}
}

static void ifaces_print(const struct graph *g)
{
	char buf[GRAPH_TEXT_LEN];
	unsigned int n = 0;

	printf("	subgraph cluster_host {\n"
	       "		label=\"");
	text_print(g->host);
	printf("\";\n"
	       "		fontname=\"sans-serif\"; style=\"rounded,filled\"; "
	       "color=\"#d0d7de\"; "
	       "fillcolor=\"#f6f8fa\";\n");
	vec_each(&g->ifaces, i) {
		printf("		i%u [label=\"", n++);
		text_print(get_text(i->o, "name"));
		graph_list(json_object_get(i->o, "addresses"), "\\n", "\\n", text_print);
		printf("\\n");
		text_print(graph_iface_facts(i->o, buf));
		printf("\"];\n");
	}
	printf("	}\n");
}

static void peer_print(json_t *peer, unsigned int iface, unsigned int n)
{
	const struct graph_look *look = graph_look(peer);
	json_t *nets = get_networks(peer);
	char buf[GRAPH_TEXT_LEN];

	printf("	p%u [label=\"", n);
	text_print(get_text(peer, "label"));
	printf("\\n");
	text_print(graph_endpoint(peer, buf));
	printf("\", color=\"%s\", fillcolor=\"%s\"];\n", look->colour, look->fill);
	printf("	i%u -- p%u [label=\"", iface, n);
	text_print(graph_way(peer, buf));
	printf("\", color=\"%s\", fontcolor=\"%s\"%s];\n", look->colour, look->colour,
	       look->broken ? ", style=dashed" : "");
	if (!json_array_size(nets))
		return;
	printf("	n%u [shape=note, style=filled, fillcolor=\"#f6f8fa\", label=\"", n);
	graph_list(nets, "", "\\n", text_print);
	printf("\"];\n"
	       "	p%u -- n%u [color=\"#8c959f\"];\n",
	       n, n);
}

void graph_dot(const struct graph *g)
{
	unsigned int iface = 0, n = 0;

	printf("graph wayside {\n"
	       "	rankdir=LR; ranksep=1.0;\n"
	       "	node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", "
	       "fontname=\"sans-serif\", fontsize=11];\n"
	       "	edge [fontname=\"sans-serif\", fontsize=10];\n");
	ifaces_print(g);
	vec_each(&g->ifaces, i) {
		vec_each(&i->peers, peer)
			peer_print(*peer, iface, n++);
		iface++;
	}
	printf("}\n");
}
