// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame of every answer. What each answer says is in the files beside this one:
 * answer_status.c, answer_peers.c and so on.
 */
#include <string.h>

#include "answer_put.h"

void answer_begin(struct str *out)
{
	static const char head[] = "{\"ok\":true,\"result\":";

	str_add_bytes(out, head, sizeof(head) - 1);
}

void answer_end(struct str *out)
{
	str_add_bytes(out, "}\n", 2);
}

void answer_error(struct str *out, const char *code, const char *message)
{
	put_object(out, NULL);
	put_bool(out, "ok", false);
	put_object(out, "error");
	put_text(out, "code", code);
	put_text(out, "message", message);
	put_object_end(out);
	put_object_end(out);
	str_add_bytes(out, "\n", 1);
}

void put_version(struct str *o)
{
	put_text(o, "version", WAYSIDE_VERSION);
}

void answer_version(struct str *o)
{
	put_object(o, NULL);
	put_version(o);
	put_object_end(o);
}
