/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a picture of the tunnels is made of: this host, its interfaces, their peers.
 */
#ifndef CTL_GRAPH_H
#define CTL_GRAPH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/vec.h"
#include "ctl.h"

/* Objects of the answers to `status` and `peers`, borrowed. */
VEC_TYPE(graph_peers, json_t *);

struct graph_iface {
	json_t *o;
	struct graph_peers peers; /* by name */
};
VEC_TYPE(graph_ifaces, struct graph_iface);

struct graph {
	char host[256];
	struct graph_ifaces ifaces;
};

/* A state has a shape as well, for who does not tell the colours apart. */
enum graph_symbol { SYMBOL_DISC, SYMBOL_RING, SYMBOL_HALF, SYMBOL_CROSS, SYMBOL_DOT };

/* How a state looks, as "#rrggbb"; broken lines are for peers that nothing passes to. */
struct graph_look {
	const char *state, *colour, *fill;
	enum graph_symbol symbol;
	bool broken;
};

/* All of them, ended by one without a state. The one of an unknown state is that of "never". */
extern const struct graph_look graph_looks[];
const struct graph_look *graph_look(json_t *peer);

/* Each prints the whole document. */
void graph_dot(const struct graph *g);
void graph_mermaid(const struct graph *g);
void graph_svg(FILE *out, const struct graph *g);

/* Of the answers to `status` and `peers`; g is zeroed by the caller, who frees it. */
void graph_fill(struct graph *g, json_t *status, json_t *peers);
void graph_free(struct graph *g);

/* The texts of a list, each by print, with between in between and before in front. */
void graph_list(json_t *list, const char *before, const char *between,
		void (*print)(const char *text));

/* "203.0.113.7:50501", with the name before it where there is one, "no endpoint". */
#define GRAPH_TEXT_LEN 512
const char *graph_endpoint(json_t *peer, char *buf);
/* "up", or "up, direct" for one that is not reached by its own endpoint. */
const char *graph_way(json_t *peer, char *buf);
/* "port 51820, userspace, down": what is worth saying of an interface. */
const char *graph_iface_facts(json_t *iface, char *buf);

#endif
