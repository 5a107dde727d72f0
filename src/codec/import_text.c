// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Spans: looking at somebody else's text without copying it.
 *
 * The text holds private keys, so a parser compares in place and copies only what it was told to
 * look for. No function here keeps a pointer, and none needs the text to be terminated.
 */
#include "import_text.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_one_of(char c, const char *chars)
{
	return c && strchr(chars, c);
}

struct span span_from(const char *text, size_t len)
{
	struct span s = {text, len};

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		s.at += 3;
		s.len -= 3;
	}
	return s;
}

bool span_line(struct span *rest, struct span *line)
{
	const char *newline;

	if (!rest->len)
		return false;
	newline = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = newline ? (size_t)(newline - rest->at) : rest->len;
	rest->at += line->len;
	rest->len -= line->len;
	if (newline) {
		rest->at++;
		rest->len--;
	}
	*line = span_trim(*line);
	return true;
}

struct span span_strip(struct span s, const char *chars)
{
	while (s.len && is_one_of(s.at[s.len - 1], chars))
		s.len--;
	while (s.len && is_one_of(*s.at, chars)) {
		s.at++;
		s.len--;
	}
	return s;
}

/* As isspace(3) in the C locale, without the newline that ends a line. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	while (s.len && is_blank(*s.at)) {
		s.at++;
		s.len--;
	}
	return s;
}

bool span_cut(struct span s, char sep, struct span *before, struct span *after)
{
	const char *at = s.len ? memchr(s.at, sep, s.len) : NULL;
	size_t n;

	if (!at)
		return false;
	n = (size_t)(at - s.at);
	*before = span_trim((struct span){s.at, n});
	*after = span_trim((struct span){at + 1, s.len - n - 1});
	return true;
}

bool span_begins(struct span s, const char *word)
{
	size_t i = 0;

	for (; word[i]; i++)
		if (i == s.len || lower(s.at[i]) != lower(word[i]))
			return false;
	return true;
}

bool span_is(struct span s, const char *word)
{
	for (size_t i = 0; i < s.len; i++)
		if (!word[i] || lower(s.at[i]) != lower(word[i]))
			return false;
	return !word[s.len];
}

bool span_is_yes(struct span s)
{
	return span_is(s, "1") || span_is(s, "yes") || span_is(s, "true") || span_is(s, "on") ||
	       span_is(s, "enabled");
}

bool span_is_no(struct span s)
{
	return span_is(s, "0") || span_is(s, "no") || span_is(s, "false") || span_is(s, "off") ||
	       span_is(s, "disabled");
}

bool span_copy(struct span s, char *dst, size_t size)
{
	if (s.len >= size || (s.len && memchr(s.at, '\0', s.len)))
		return false;
	if (s.len)
		memcpy(dst, s.at, s.len);
	dst[s.len] = '\0';
	return true;
}

static int digit_value(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, lower(c)) : NULL;

	return at ? (int)(at - digits) : 99;
}

bool span_number(struct span s, uint32_t max, uint32_t *out)
{
	int base = span_begins(s, "0x") ? 16 : 10;
	uint64_t n = 0;

	if (base == 16)
		s = (struct span){s.at + 2, s.len - 2};
	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int digit = digit_value(s.at[i]);

		n = n * (uint64_t)base + (uint64_t)digit;
		if (digit >= base || n > max)
			return false;
	}
	*out = (uint32_t)n;
	return true;
}

uint16_t span_keepalive(struct span s)
{
	uint32_t n = 0;

	return span_number(s, UINT16_MAX, &n) ? (uint16_t)n : 0;
}

bool span_key(struct span s, struct key *out)
{
	char text[KEY_STRLEN];

	return span_copy(s, text, sizeof(text)) && !key_parse(out, text);
}

bool span_ifname(struct span s, char dst[IFNAME_LEN])
{
	char name[IFNAME_LEN];

	if (!s.len || !span_copy(s, name, sizeof(name)))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return false;
	memset(dst, 0, IFNAME_LEN);
	memcpy(dst, name, s.len);
	return true;
}

void import_peers_of(struct imports *im, uint32_t first, const struct import_iface *iface)
{
	for (uint32_t i = first; i < im->peers.len; i++) {
		memcpy(im->peers.at[i].ifname, iface->ifname, IFNAME_LEN);
		im->peers.at[i].source = iface->source;
	}
}

void import_peer_add(struct imports *im, const struct import_peer *p, const char *name)
{
	struct import_peer *fresh = vec_add(&im->peers);

	*fresh = *p;
	fresh->name = *name ? texts_keep(&im->texts, name) : NULL;
	fresh->endpoint.host = p->has_endpoint ? texts_keep(&im->texts, p->endpoint.host) : "";
}

/* What was written later wins where it says something. */
static void peer_merge(const struct imports *im, struct import_peer *into,
		       const struct import_peer *later)
{
	(void)im;
	if (later->has_endpoint) {
		into->has_endpoint = true;
		into->endpoint = later->endpoint;
	}
	if (later->keepalive)
		into->keepalive = later->keepalive;
	if (later->name)
		into->name = later->name;
}

void import_peers_join(struct imports *im, uint32_t first)
{
	imports_unite(im, first, peer_merge);
}
