/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the three importers share: pieces of text that is not ours, names found in comments, and
 * the INI shape that wg-quick and networkd have in common. Only src/codec/import_*.c use it.
 */
#ifndef CODEC_IMPORT_TEXT_H
#define CODEC_IMPORT_TEXT_H

#include "model/imports.h"

/* A piece of the text: not terminated, not owned, gone when the text is wiped. */
struct span {
	const char *at;
	size_t len;
};

/* The whole text, without the byte order mark that Windows' editors put first. */
struct span span_from(const char *text, size_t len);

/* Cuts the first line off, trimmed; false at the end. */
bool span_line(struct span *rest, struct span *line);

/* Without white space, or any of chars, at both ends. */
struct span span_trim(struct span s);
struct span span_strip(struct span s, const char *chars);

/* Both sides of the first sep, trimmed; false (and untouched) when there is none. */
bool span_cut(struct span s, char sep, struct span *before, struct span *after);

/* Equal, and beginning with, in any case of ASCII letters. */
bool span_is(struct span s, const char *word);
bool span_begins(struct span s, const char *word);

/* "1", "yes", "true", "on", "enabled" and their opposites. */
bool span_is_yes(struct span s);
bool span_is_no(struct span s);

/* A copy for the parsers of other files; false when it is too long or holds a zero byte. */
bool span_copy(struct span s, char *dst, size_t size);

/* Decimal or 0x…, up to max; false otherwise. */
bool span_number(struct span s, uint32_t max, uint32_t *out);

/* "off" and what makes no sense are 0. */
uint16_t span_keepalive(struct span s);

/* A public key; false when it is none. */
bool span_key(struct span s, struct key *out);

/* An interface's name: 1 to 15 visible ASCII characters and no slash. */
bool span_ifname(struct span s, char dst[IFNAME_LEN]);

/*
 * A name for people, cut to NAME_LEN between two characters. Refused, with dst untouched: what is
 * not printable UTF-8, and anything that could be a key.
 */
bool name_set(char dst[NAME_LEN], struct span s);

/* The comments seen so far that may turn out to be a peer's name. */
struct remarks {
	char given[NAME_LEN]; /* said to be a name: "Name = x", "### Client x" */
	char plain[NAME_LEN]; /* only a comment that could be one */
	bool in_dead_section; /* after "#[Peer]": what follows was commented out with it */
};

/* One comment, with or without its marks. */
void remarks_add(struct remarks *r, struct span comment);

/*
 * One INI file's peers, appended to out with an empty ifname, neighbours with the same key joined.
 * setting is called for every "key = value" of every section.
 */
struct ini_form {
	const char *peer_section;
	void (*setting)(void *ctx, struct span section, struct span key, struct span value);
	void *ctx;
};

void ini_import(struct imports *out, const struct ini_form *form, struct span text);

/* From element first on: peers are those of this interface, in its program's file. */
void import_peers_of(struct imports *im, uint32_t first, const struct import_iface *iface);

/* Appends a copy of p, called name, whose texts are kept. */
void import_peer_add(struct imports *im, const struct import_peer *p, const char *name);

/*
 * From element first on: peers of the same interface and key become one. What was written later
 * wins, as it does in the programs that read these files.
 */
void import_peers_join(struct imports *im, uint32_t first);

#endif
