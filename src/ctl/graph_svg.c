// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A graph as a picture that needs nothing else: no tool, no font, no script, nothing to load.
 *
 * This host with its interfaces stands on the left, a card for each peer in the middle, the
 * networks behind it on the right. Where text is to end is reckoned by its characters, since
 * nobody here knows the font; what had to be cut is whole in the title that browsers show.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "graph.h"
#include "human.h"

/* Pixels. */
enum {
	WIDTH = 1080,
	MARGIN = 20,
	TOP = 68, /* below the host's name and the legend */
	IFACE_X = 36,
	IFACE_WIDTH = 224,
	PEER_X = 350,
	PEER_WIDTH = 370,
	PEER_HEIGHT = 72,
	NET_X = 752,
	NET_HEIGHT = 22,
	GAP = 14,
};

/* What fits a card: bold text of a name, and a line of the smaller one of fixed width. */
enum { NAME_CHARS = 27, LINE_CHARS = 46, IFACE_CHARS = 28, NETS_SHOWN = 12 };

static const char style[] =
	"<style>\n"
	"text{font-family:system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:12px;"
	"fill:#57606a}\n"
	".m{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:12px}\n"
	".b{font-size:15px;font-weight:600;fill:#1f2328}\n"
	".h{font-size:17px;font-weight:600;fill:#1f2328}\n"
	".e{text-anchor:end}\n"
	".c{fill:#ffffff;stroke:#d0d7de}\n"
	".n{fill:#eef1f4}\n"
	".l{fill:none;stroke:#c3cad1}\n"
	"</style>\n";

/* As XML has it; characters that it does not have become blanks. */
static void character_print(FILE *out, char c)
{
	switch (c) {
	case '&':
		fprintf(out, "&amp;");
		break;
	case '<':
		fprintf(out, "&lt;");
		break;
	case '>':
		fprintf(out, "&gt;");
		break;
	case '"':
		fprintf(out, "&quot;");
		break;
	default:
		putc((unsigned char)c < ' ' || c == 0x7f ? ' ' : c, out);
	}
}

static bool is_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80; /* of a character in UTF-8 */
}

static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += !is_inside(*text);
	return n;
}

/* At most so many characters, the last one a mark where there are more. */
static void text_print(FILE *out, const char *text, size_t max)
{
	size_t n = 0, all = characters(text);

	for (; *text; text++) {
		n += !is_inside(*text);
		if (all > max && n == max) {
			fprintf(out, "…");
			return;
		}
		character_print(out, *text);
	}
}

static void line_print(FILE *out, const char *class, int x, int y, const char *text, size_t max)
{
	fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	text_print(out, text, max);
	fprintf(out, "</text>\n");
}

static void disc_print(FILE *out, int x, int y, int radius, const char *colour)
{
	fprintf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"%s\"/>\n", x, y, radius, colour);
}

static void symbol_print(FILE *out, const struct graph_look *look, int x, int y)
{
	switch (look->symbol) {
	case SYMBOL_DISC:
		disc_print(out, x, y, 5, look->colour);
		break;
	case SYMBOL_RING:
		disc_print(out, x, y, 5, look->colour);
		disc_print(out, x, y, 3, "#ffffff");
		break;
	case SYMBOL_HALF:
		disc_print(out, x, y, 5, look->colour);
		fprintf(out, "<path d=\"M%d,%da3,3 0 0 1 0,6z\" fill=\"#ffffff\"/>\n", x, y - 3);
		break;
	case SYMBOL_CROSS:
		fprintf(out,
			"<path d=\"M%d,%dl8,8m0,-8l-8,8\" stroke=\"%s\" stroke-width=\"2.5\"/>\n",
			x - 4, y - 4, look->colour);
		break;
	case SYMBOL_DOT:
		disc_print(out, x, y, 3, look->colour);
		break;
	}
}

/*
 * The networks of a peer in rows of chips, the first row at y; returns how many rows there are.
 * Draws nothing when it is only for their number.
 */
static int nets_flow(FILE *out, json_t *list, bool draw, int y)
{
	size_t n = json_array_size(list), i;
	int x = NET_X, rows = n ? 1 : 0;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		bool rest = i == NETS_SHOWN - 1 && n > NETS_SHOWN;
		char more[32];
		const char *text = rest ? more : text_of(item);
		int width;

		snprintf(more, sizeof(more), "and %zu more", n - i);
		width = 16 + (int)characters(text) * 73 / 10;
		if (x > NET_X && x + width > WIDTH - MARGIN) {
			x = NET_X;
			y += NET_HEIGHT + 6;
			rows++;
		}
		if (draw) {
			fprintf(out,
				"<rect class=\"n\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
				"rx=\"11\"/>",
				x, y, width, NET_HEIGHT);
			line_print(out, "m", x + 8, y + 15, text, SIZE_MAX);
		}
		x += width + 6;
		if (rest)
			break;
	}
	return rows;
}

static int nets_height(FILE *out, json_t *peer)
{
	int rows = nets_flow(out, get_networks(peer), false, 0);

	return rows ? rows * (NET_HEIGHT + 6) - 6 : 0;
}

static int peer_height(FILE *out, json_t *peer)
{
	int nets = nets_height(out, peer);

	return nets > PEER_HEIGHT ? nets : PEER_HEIGHT;
}

static int iface_height(const struct graph_iface *i)
{
	return 58 + 17 * (int)json_array_size(json_object_get(i->o, "addresses"));
}

/* Of an interface with all its peers. */
static int block_height(FILE *out, const struct graph_iface *i)
{
	int height = i->peers.len ? -GAP : 0;

	vec_each(&i->peers, peer)
		height += peer_height(out, *peer) + GAP;
	return height > iface_height(i) ? height : iface_height(i);
}

static void story_line(FILE *out, json_t *peer, int y)
{
	const char *path = get_text(peer, "path");
	char buf[HUMAN_LEN], text[HUMAN_LEN + 64];
	const char *way = !strcmp(path, "hub")	    ? ", through the hub"
			  : !strcmp(path, "direct") ? ", directly"
						    : "";

	if (get_known(peer, "handshake_age_s"))
		snprintf(text, sizeof(text), "handshake %s ago%s",
			 human_duration(get_int(peer, "handshake_age_s"), 1, buf), way);
	else
		snprintf(text, sizeof(text), "no handshake yet%s", way);
	line_print(out, "", PEER_X + 18, y, text, LINE_CHARS);
}

static void peer_title(FILE *out, json_t *peer)
{
	size_t i;
	json_t *net;
	char buf[GRAPH_TEXT_LEN];

	fprintf(out, "<title>");
	text_print(out, get_text(peer, "label"), SIZE_MAX);
	fprintf(out, "\n");
	text_print(out, graph_endpoint(peer, buf), SIZE_MAX);
	json_array_foreach(get_networks(peer), i, net)
	{
		fprintf(out, "\n");
		text_print(out, text_of(net), SIZE_MAX);
	}
	fprintf(out, "</title>\n");
}

static void peer_card(FILE *out, json_t *peer, const struct graph_look *look, int y)
{
	char buf[GRAPH_TEXT_LEN];

	fprintf(out, "<rect class=\"c\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n",
		PEER_X, y, PEER_WIDTH, PEER_HEIGHT);
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"5\" height=\"%d\" rx=\"2.5\" fill=\"%s\"/>\n",
		PEER_X + 5, y + 8, PEER_HEIGHT - 16, look->colour);
	line_print(out, "b", PEER_X + 18, y + 24, get_text(peer, "label"), NAME_CHARS);
	fprintf(out, "<text class=\"e\" x=\"%d\" y=\"%d\" style=\"fill:%s\">",
		PEER_X + PEER_WIDTH - 28, y + 23, look->colour);
	text_print(out, get_text(peer, "state"), 16);
	fprintf(out, "</text>\n");
	symbol_print(out, look, PEER_X + PEER_WIDTH - 16, y + 19);
	line_print(out, "m", PEER_X + 18, y + 43, graph_endpoint(peer, buf), LINE_CHARS);
	story_line(out, peer, y + 61);
}

/* The peer, the way to it, and its networks, in the middle of the height that they take. */
static void peer_print(FILE *out, json_t *peer, int iface_y, int y)
{
	const struct graph_look *look = graph_look(peer);
	int height = peer_height(out, peer), middle = y + height / 2, x = IFACE_X + IFACE_WIDTH;
	json_t *nets = get_networks(peer);

	fprintf(out, "<g>\n");
	peer_title(out, peer);
	fprintf(out,
		"<path d=\"M%d,%d C%d,%d %d,%d %d,%d\" fill=\"none\" stroke=\"%s\" "
		"stroke-width=\"2\"%s/>\n",
		x, iface_y, x + 56, iface_y, PEER_X - 56, middle, PEER_X, middle, look->colour,
		look->broken ? " stroke-dasharray=\"6 5\"" : "");
	peer_card(out, peer, look, middle - PEER_HEIGHT / 2);
	if (json_array_size(nets)) {
		fprintf(out, "<path class=\"l\" d=\"M%d,%dH%d\"/>\n", PEER_X + PEER_WIDTH, middle,
			NET_X);
		nets_flow(out, nets, true, middle - nets_height(out, peer) / 2);
	}
	fprintf(out, "</g>\n");
}

static void iface_card(FILE *out, const struct graph_iface *i, int y)
{
	int height = iface_height(i), line = y + 46;
	char buf[GRAPH_TEXT_LEN];
	json_t *text;
	size_t n;

	fprintf(out, "<rect class=\"c\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n",
		IFACE_X, y, IFACE_WIDTH, height);
	line_print(out, "b", IFACE_X + 14, y + 25, get_text(i->o, "name"), NAME_CHARS);
	json_array_foreach(json_object_get(i->o, "addresses"), n, text)
	{
		line_print(out, "m", IFACE_X + 14, line, text_of(text), IFACE_CHARS);
		line += 17;
	}
	line_print(out, "", IFACE_X + 14, line, graph_iface_facts(i->o, buf), IFACE_CHARS);
}

/* An interface in the middle of its peers. */
static void block_print(FILE *out, const struct graph_iface *i, int y)
{
	int height = block_height(out, i), middle = y + height / 2, at = y;

	vec_each(&i->peers, peer) {
		peer_print(out, *peer, middle, at);
		at += peer_height(out, *peer) + GAP;
	}
	iface_card(out, i, middle - iface_height(i) / 2);
}

static void legend_print(FILE *out)
{
	int x = PEER_X + 8;

	for (const struct graph_look *look = graph_looks; look->state; look++) {
		symbol_print(out, look, x, 40);
		line_print(out, "", x + 11, 44, look->state, SIZE_MAX);
		x += 40 + 13 * (int)strlen(look->state) / 2;
	}
}

static void date_print(FILE *out, int y)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	line_print(out, "e", WIDTH - MARGIN, y, text, SIZE_MAX);
}

static void frame_print(FILE *out, const struct graph *g, int height)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<title>",
		WIDTH, height, WIDTH, height);
	text_print(out, g->host, SIZE_MAX);
	fprintf(out, "</title>\n%s", style);
	fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, height);
	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"10\" fill=\"#f6f8fa\" "
		"stroke=\"#d0d7de\"/>\n",
		MARGIN, MARGIN, IFACE_WIDTH + 2 * (IFACE_X - MARGIN), height - 2 * MARGIN);
	line_print(out, "h", IFACE_X + 2, 49, g->host, 24);
}

void graph_svg(FILE *out, const struct graph *g)
{
	int y = TOP, height = TOP + MARGIN;

	vec_each(&g->ifaces, i)
		height += block_height(out, i) + 2 * GAP;
	frame_print(out, g, g->ifaces.len ? height : height + 40);
	legend_print(out);
	date_print(out, 44);
	vec_each(&g->ifaces, i) {
		block_print(out, i, y);
		y += block_height(out, i) + 2 * GAP;
	}
	if (!g->ifaces.len)
		line_print(out, "", IFACE_X + 2, y + 14, "no WireGuard interface", SIZE_MAX);
	fprintf(out, "</svg>\n");
}
