// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The INI shape that wg-quick and networkd share: sections, "key = value", comments, and one
 * section a peer.
 *
 * A comment belongs to what comes after it. Before a [Peer] it names that peer; before a setting
 * it names the peer whose section it stands in, and a plain one only in front of the first
 * setting: further down, people write prose.
 */
#include "import_text.h"

#include <string.h>

#include "codec/import.h"

struct reader {
	const struct ini_form *form;
	struct imports *out;
	struct span section;
	struct remarks remarks; /* since the last line that was not a comment */
	struct import_peer peer;
	char name[NAME_LEN], host[HOST_LEN]; /* the peer's, as far as known */
	bool in_peer, has_key, has_settings;
	bool after_blank; /* no setting since the last empty line */
};

static void remarks_clear(struct remarks *r)
{
	*r->given = *r->plain = '\0';
	r->in_dead_section = false;
}

static void take_names(struct reader *r)
{
	if (*r->remarks.given)
		memcpy(r->name, r->remarks.given, NAME_LEN);
	else if (!*r->name && !r->has_settings)
		memcpy(r->name, r->remarks.plain, NAME_LEN);
	remarks_clear(&r->remarks);
}

static void peer_end(struct reader *r)
{
	if (r->in_peer && r->has_key)
		import_peer_add(r->out, &r->peer, r->name);
	memset(&r->peer, 0, sizeof(r->peer));
	*r->name = '\0';
	r->in_peer = r->has_key = r->has_settings = false;
}

static void read_section(struct reader *r, struct span line)
{
	peer_end(r);
	r->section = span_trim(span_strip(line, "[]"));
	r->in_peer = span_is(r->section, r->form->peer_section);
	if (r->in_peer)
		take_names(r);
	remarks_clear(&r->remarks);
}

static void peer_setting(struct reader *r, struct span key, struct span value)
{
	char text[HOST_LEN + 8];
	const char *why;

	if (span_is(key, "PublicKey"))
		r->has_key = span_key(value, &r->peer.key);
	else if (span_is(key, "PersistentKeepalive"))
		r->peer.keepalive = span_keepalive(value);
	else if (span_is(key, "Endpoint"))
		r->peer.has_endpoint = span_copy(value, text, sizeof(text)) &&
				       !endpoint_spec_parse(&r->peer.endpoint, r->host, text, &why);
}

static void read_setting(struct reader *r, struct span line)
{
	struct span key, value;

	if (!span_cut(line, '=', &key, &value))
		return;
	if (r->in_peer) {
		take_names(r);
		peer_setting(r, key, value);
		r->has_settings = true;
	}
	remarks_clear(&r->remarks);
	r->form->setting(r->form->ctx, r->section, key, value);
}

/*
 * A comment right under a section's last setting ends that section; one with empty lines around
 * it may only name what comes next when it says that it is a name.
 */
static void read_blank(struct reader *r)
{
	if (r->in_peer && !r->after_blank)
		take_names(r);
	r->remarks.plain[0] = '\0';
	r->remarks.in_dead_section = false;
	r->after_blank = true;
}

static void read_line(struct reader *r, struct span line)
{
	struct span content = line, comment = {0};

	if (!line.len) {
		read_blank(r);
		return;
	}
	if (*line.at == ';')
		content = (struct span){line.at, 0}, comment = line;
	else
		span_cut(line, '#', &content, &comment);
	remarks_add(&r->remarks, comment);
	if (!content.len)
		return;
	r->after_blank = false;
	if (*content.at == '[')
		read_section(r, content);
	else
		read_setting(r, content);
}

void ini_import(struct imports *out, const struct ini_form *form, struct span text)
{
	struct reader r = {.form = form, .out = out};
	uint32_t first = out->peers.len;
	struct span line;

	while (span_line(&text, &line))
		read_line(&r, line);
	if (r.in_peer)
		take_names(&r);
	peer_end(&r);
	import_peers_join(out, first);
}
