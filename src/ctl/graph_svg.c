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
static void character_print(char c)
{
	switch (c) {
	case '&':
		printf("&amp;");
		break;
	case '<':
		printf("&lt;");
		break;
	case '>':
		printf("&gt;");
		break;
	case '"':
		printf("&quot;");
		break;
	default:
		putchar((unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
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
static void text_print(const char *text, size_t max)
{
	size_t n = 0, all = characters(text);

	for (; *text; text++) {
		n += !is_inside(*text);
		if (all > max && n == max) {
			printf("…");
			return;
		}
		character_print(*text);
	}
}

static void line_print(const char *class, int x, int y, const char *text, size_t max)
{
	printf("<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	text_print(text, max);
	printf("</text>\n");
}

static void disc_print(int x, int y, int radius, const char *colour)
{
	printf("<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"%s\"/>\n", x, y, radius, colour);
}

static void symbol_print(const struct graph_look *look, int x, int y)
{
	switch (look->symbol) {
	case SYMBOL_DISC:
		disc_print(x, y, 5, look->colour);
		break;
	case SYMBOL_RING:
		disc_print(x, y, 5, look->colour);
		disc_print(x, y, 3, "#ffffff");
		break;
	case SYMBOL_HALF:
		disc_print(x, y, 5, look->colour);
		printf("<path d=\"M%d,%da3,3 0 0 1 0,6z\" fill=\"#ffffff\"/>\n", x, y - 3);
		break;
	case SYMBOL_CROSS:
		printf("<path d=\"M%d,%dl8,8m0,-8l-8,8\" stroke=\"%s\" stroke-width=\"2.5\"/>\n",
		       x - 4, y - 4, look->colour);
		break;
	case SYMBOL_DOT:
		disc_print(x, y, 3, look->colour);
		break;
	}
}

/*
 * The networks of a peer in rows of chips, the first row at y; returns how many rows there are.
 * Draws nothing when it is only for their number.
 */
static int nets_flow(json_t *list, bool draw, int y)
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
			printf("<rect class=\"n\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
			       "rx=\"11\"/>",
			       x, y, width, NET_HEIGHT);
			line_print("m", x + 8, y + 15, text, SIZE_MAX);
		}
		x += width + 6;
		if (rest)
			break;
	}
	return rows;
}

static int nets_height(json_t *peer)
{
	int rows = nets_flow(json_object_get(peer, "allowed_ips"), false, 0);

	return rows ? rows * (NET_HEIGHT + 6) - 6 : 0;
}

static int peer_height(json_t *peer)
{
	int nets = nets_height(peer);

	return nets > PEER_HEIGHT ? nets : PEER_HEIGHT;
}

static int iface_height(const struct graph_iface *i)
{
	return 58 + 17 * (int)json_array_size(json_object_get(i->o, "addresses"));
}

/* Of an interface with all its peers. */
static int block_height(const struct graph_iface *i)
{
	int height = i->peers.len ? -GAP : 0;

	vec_each(&i->peers, peer)
		height += peer_height(*peer) + GAP;
	return height > iface_height(i) ? height : iface_height(i);
}

static void story_line(json_t *peer, int y)
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
	line_print("", PEER_X + 18, y, text, LINE_CHARS);
}

static void peer_title(json_t *peer)
{
	size_t i;
	json_t *net;
	char buf[GRAPH_TEXT_LEN];

	printf("<title>");
	text_print(get_text(peer, "label"), SIZE_MAX);
	printf("\n");
	text_print(graph_endpoint(peer, buf), SIZE_MAX);
	json_array_foreach(json_object_get(peer, "allowed_ips"), i, net)
	{
		printf("\n");
		text_print(text_of(net), SIZE_MAX);
	}
	printf("</title>\n");
}

static void peer_card(json_t *peer, const struct graph_look *look, int y)
{
	char buf[GRAPH_TEXT_LEN];

	printf("<rect class=\"c\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n",
	       PEER_X, y, PEER_WIDTH, PEER_HEIGHT);
	printf("<rect x=\"%d\" y=\"%d\" width=\"5\" height=\"%d\" rx=\"2.5\" fill=\"%s\"/>\n",
	       PEER_X + 5, y + 8, PEER_HEIGHT - 16, look->colour);
	line_print("b", PEER_X + 18, y + 24, get_text(peer, "label"), NAME_CHARS);
	printf("<text class=\"e\" x=\"%d\" y=\"%d\" style=\"fill:%s\">", PEER_X + PEER_WIDTH - 28,
	       y + 23, look->colour);
	text_print(get_text(peer, "state"), 16);
	printf("</text>\n");
	symbol_print(look, PEER_X + PEER_WIDTH - 16, y + 19);
	line_print("m", PEER_X + 18, y + 43, graph_endpoint(peer, buf), LINE_CHARS);
	story_line(peer, y + 61);
}

/* The peer, the way to it, and its networks, in the middle of the height that they take. */
static void peer_print(json_t *peer, int iface_y, int y)
{
	const struct graph_look *look = graph_look(peer);
	int height = peer_height(peer), middle = y + height / 2, x = IFACE_X + IFACE_WIDTH;
	json_t *nets = json_object_get(peer, "allowed_ips");

	printf("<g>\n");
	peer_title(peer);
	printf("<path d=\"M%d,%d C%d,%d %d,%d %d,%d\" fill=\"none\" stroke=\"%s\" "
	       "stroke-width=\"2\"%s/>\n",
	       x, iface_y, x + 56, iface_y, PEER_X - 56, middle, PEER_X, middle, look->colour,
	       look->broken ? " stroke-dasharray=\"6 5\"" : "");
	peer_card(peer, look, middle - PEER_HEIGHT / 2);
	if (json_array_size(nets)) {
		printf("<path class=\"l\" d=\"M%d,%dH%d\"/>\n", PEER_X + PEER_WIDTH, middle, NET_X);
		nets_flow(nets, true, middle - nets_height(peer) / 2);
	}
	printf("</g>\n");
}

static void iface_card(const struct graph_iface *i, int y)
{
	int height = iface_height(i), line = y + 46;
	char buf[GRAPH_TEXT_LEN];
	json_t *text;
	size_t n;

	printf("<rect class=\"c\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n",
	       IFACE_X, y, IFACE_WIDTH, height);
	line_print("b", IFACE_X + 14, y + 25, get_text(i->o, "name"), NAME_CHARS);
	json_array_foreach(json_object_get(i->o, "addresses"), n, text)
	{
		line_print("m", IFACE_X + 14, line, text_of(text), IFACE_CHARS);
		line += 17;
	}
	line_print("", IFACE_X + 14, line, graph_iface_facts(i->o, buf), IFACE_CHARS);
}

/* An interface in the middle of its peers. */
static void block_print(const struct graph_iface *i, int y)
{
	int height = block_height(i), middle = y + height / 2, at = y;

	vec_each(&i->peers, peer) {
		peer_print(*peer, middle, at);
		at += peer_height(*peer) + GAP;
	}
	iface_card(i, middle - iface_height(i) / 2);
}

static void legend_print(void)
{
	int x = PEER_X + 8;

	for (const struct graph_look *look = graph_looks; look->state; look++) {
		symbol_print(look, x, 40);
		line_print("", x + 11, 44, look->state, SIZE_MAX);
		x += 40 + 13 * (int)strlen(look->state) / 2;
	}
}

static void date_print(int y)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	line_print("e", WIDTH - MARGIN, y, text, SIZE_MAX);
}

static void frame_print(const struct graph *g, int height)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	       "viewBox=\"0 0 %d %d\">\n<title>",
	       WIDTH, height, WIDTH, height);
	text_print(g->host, SIZE_MAX);
	printf("</title>\n%s", style);
	printf("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, height);
	printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"10\" fill=\"#f6f8fa\" "
	       "stroke=\"#d0d7de\"/>\n",
	       MARGIN, MARGIN, IFACE_WIDTH + 2 * (IFACE_X - MARGIN), height - 2 * MARGIN);
	line_print("h", IFACE_X + 2, 49, g->host, 24);
}

void graph_svg(const struct graph *g)
{
	int y = TOP, height = TOP + MARGIN;

	vec_each(&g->ifaces, i)
		height += block_height(i) + 2 * GAP;
	frame_print(g, g->ifaces.len ? height : height + 40);
	legend_print();
	date_print(44);
	vec_each(&g->ifaces, i) {
		block_print(i, y);
		y += block_height(i) + 2 * GAP;
	}
	if (!g->ifaces.len)
		line_print("", IFACE_X + 2, y + 14, "no WireGuard interface", SIZE_MAX);
	printf("</svg>\n");
}
