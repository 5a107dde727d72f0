// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenWrt's /etc/config/network: interfaces with proto wireguard, and their peers in sections of
 * type wireguard_IFACE, which may come before or after the interface.
 *
 * A peer is called by its description, else by its section. route_allowed_ips '0' is OpenWrt's
 * default and no wish to be without routes, so it is not taken for one. What is disabled is not
 * there.
 */
#include "codec/import.h"

#include <stdio.h>

#include "import_text.h"

#define PEER_TYPE    "wireguard_"
#define DEFAULT_PORT 51820 /* netifd's proto script, when endpoint_port is not written */

enum section_kind { SECTION_OTHER, SECTION_IFACE, SECTION_PEER };

struct section {
	enum section_kind kind;
	bool is_wireguard, is_disabled;
	bool has_key, has_listen_port;
	struct import_peer peer; /* its ifname is the interface's in both kinds */
	char name[NAME_LEN], host[HOST_LEN], spec_host[HOST_LEN];
	uint32_t port;
};

/*
 * Cuts the next word off, with its quotes: they may begin and end anywhere in it. A '#' outside
 * of quotes ends the line.
 */
static bool next_word(struct span *rest, struct span *word)
{
	char quote = 0;
	size_t n = 0;

	*rest = span_trim(*rest);
	for (; n < rest->len; n++) {
		char c = rest->at[n];

		if (c == '\\' && quote != '\'' && n + 1 < rest->len)
			n++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else if (c == ' ' || c == '\t' || c == '#')
			break;
	}
	*word = (struct span){rest->at, n};
	if (n < rest->len && rest->at[n] == '#')
		rest->len = n;
	rest->at += n;
	rest->len -= n;
	return n > 0;
}

/* The word without quotes and escapes, in buf. Empty when it is too long. */
static struct span unquote(struct span word, char *buf, size_t size)
{
	char quote = 0;
	size_t n = 0;

	for (size_t i = 0; i < word.len && n < size; i++) {
		char c = word.at[i];

		if (c == '\\' && quote != '\'' && i + 1 < word.len)
			buf[n++] = word.at[++i];
		else if (c == quote)
			quote = 0;
		else if (!quote && (c == '\'' || c == '"'))
			quote = c;
		else
			buf[n++] = c;
	}
	return (struct span){buf, n < size ? n : 0};
}

static void peer_endpoint(struct section *s)
{
	char text[HOST_LEN + 16];
	const char *why;

	snprintf(text, sizeof(text), strchr(s->host, ':') ? "[%s]:%u" : "%s:%u", s->host,
		 s->port ? s->port : DEFAULT_PORT);
	s->peer.has_endpoint =
		*s->host && !endpoint_spec_parse(&s->peer.endpoint, s->spec_host, text, &why);
}

static void section_end(struct section *s, struct imports *out)
{
	struct import_iface iface = {.source = IMPORT_UCI};

	if (s->kind == SECTION_IFACE && s->is_wireguard && !s->is_disabled) {
		memcpy(iface.ifname, s->peer.ifname, IFNAME_LEN);
		iface.listen_port = s->has_listen_port;
		*vec_add(&out->ifaces) = iface;
	} else if (s->kind == SECTION_PEER && s->has_key && !s->is_disabled) {
		peer_endpoint(s);
		s->peer.source = IMPORT_UCI;
		import_peer_add(out, &s->peer, s->name);
	}
	memset(s, 0, sizeof(*s));
}

/* "config interface 'wg0'", "config wireguard_wg0 'bob'" */
static void read_config(struct section *s, struct span rest)
{
	char type_buf[NAME_LEN], name_buf[NAME_LEN];
	struct span word, type = {0}, name = {0};
	const size_t n = strlen(PEER_TYPE);

	if (next_word(&rest, &word))
		type = unquote(word, type_buf, sizeof(type_buf));
	if (next_word(&rest, &word))
		name = unquote(word, name_buf, sizeof(name_buf));
	if (span_is(type, "interface") && span_ifname(name, s->peer.ifname)) {
		s->kind = SECTION_IFACE;
	} else if (span_begins(type, PEER_TYPE) &&
		   span_ifname((struct span){type.at + n, type.len - n}, s->peer.ifname)) {
		s->kind = SECTION_PEER;
		name_set(s->name, name);
	}
}

static void read_proto(struct section *s, struct span value)
{
	s->is_wireguard = span_is(value, "wireguard");
}

static void read_disabled(struct section *s, struct span value)
{
	s->is_disabled = span_is_yes(value);
}

static void read_listen_port(struct section *s, struct span value)
{
	s->has_listen_port = value.len > 0;
}

static void read_public_key(struct section *s, struct span value)
{
	s->has_key = span_key(value, &s->peer.key);
}

static void read_description(struct section *s, struct span value)
{
	name_set(s->name, value);
}

static void read_host(struct section *s, struct span value)
{
	span_copy(value, s->host, sizeof(s->host));
}

static void read_port(struct section *s, struct span value)
{
	span_number(value, UINT16_MAX, &s->port);
}

static void read_keepalive(struct section *s, struct span value)
{
	s->peer.keepalive = span_keepalive(value);
}

/* What is not in this list, keys among it, is not even copied. */
static const struct {
	const char *name;
	void (*read)(struct section *s, struct span value);
} options[] = {
	{"proto", read_proto},
	{"disabled", read_disabled},
	{"listen_port", read_listen_port},
	{"public_key", read_public_key},
	{"description", read_description},
	{"endpoint_host", read_host},
	{"endpoint_port", read_port},
	{"persistent_keepalive", read_keepalive},
};

static void read_option(struct section *s, struct span rest)
{
	char key_buf[NAME_LEN], value_buf[HOST_LEN];
	struct span word, key;

	if (!next_word(&rest, &word))
		return;
	key = unquote(word, key_buf, sizeof(key_buf));
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (span_is(key, options[i].name) && next_word(&rest, &word))
			options[i].read(s, unquote(word, value_buf, sizeof(value_buf)));
}

static bool has_iface(const struct imports *im, const char *ifname)
{
	vec_each(&im->ifaces, i)
		if (i->source == IMPORT_UCI && !strcmp(i->ifname, ifname))
			return true;
	return false;
}

/* Peers of interfaces that are not there, or not WireGuard's, are nobody's. */
static void drop_orphans(struct imports *out, uint32_t first)
{
	uint32_t kept = first;

	for (uint32_t i = first; i < out->peers.len; i++)
		if (has_iface(out, out->peers.at[i].ifname))
			out->peers.at[kept++] = out->peers.at[i];
	out->peers.len = kept;
}

void import_uci(struct imports *out, const char *text, size_t len)
{
	struct span rest = span_from(text, len), line, word;
	uint32_t first = out->peers.len;
	struct section s = {0};

	while (span_line(&rest, &line)) {
		if (!next_word(&line, &word))
			continue;
		if (span_is(word, "config")) {
			section_end(&s, out);
			read_config(&s, line);
		} else if (span_is(word, "option")) {
			read_option(&s, line);
		}
	}
	section_end(&s, out);
	drop_orphans(out, first);
	import_peers_join(out, first);
}
