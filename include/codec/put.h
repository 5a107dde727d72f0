/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON, written: values of ours are appended to a text as members of the object, or elements of
 * the list, that is open at its end. One short name for each kind, so that an answer reads as the
 * list of its fields, and no tree is built: ten thousand peers are a megabyte of text and nothing
 * else.
 *
 *	put_object(o, NULL);
 *	put_text(o, "name", "london-gw");
 *	put_list(o, "ports");
 *	put_int(o, NULL, 51820);
 *	put_list_end(o);
 *	put_object_end(o);		{"name":"london-gw","ports":[51820]}
 *
 * key NULL is an element of a list, or the outermost value. The comma before it is known by what
 * the text ends with: none at its beginning, behind an opening bracket, a colon, a comma or a
 * newline. Keys are ours and need no escapes. RFC 8259; what comes out is always UTF-8.
 */
#ifndef CODEC_PUT_H
#define CODEC_PUT_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/str.h"

void put_object(struct str *o, const char *key);
void put_object_end(struct str *o);
void put_list(struct str *o, const char *key);
void put_list_end(struct str *o);

void put_null(struct str *o, const char *key);
/* NULL becomes null; bytes that are not UTF-8 become '?'. */
void put_text(struct str *o, const char *key, const char *text);
/* "" becomes null, too. */
void put_name(struct str *o, const char *key, const char *text);
/* Above 2^63 - 1 that: more is no integer for most who read JSON. */
void put_int(struct str *o, const char *key, uint64_t n);
/* null where it is not known. */
void put_known(struct str *o, const char *key, bool known, uint64_t n);
void put_signed(struct str *o, const char *key, int64_t n);
void put_bool(struct str *o, const char *key, bool yes);
/* What is JSON already. */
void put_raw(struct str *o, const char *key, const struct str *json);
/* Whole seconds since then; null for 0 (never). */
void put_age(struct str *o, const char *key, msec then, msec now);
/* Whole seconds until then; null for 0 and MSEC_NEVER, 0 when it has passed. */
void put_until(struct str *o, const char *key, msec then, msec now);
/* Milliseconds of wall-clock time as "2024-02-29T12:00:00.123Z" (RFC 3339); null for 0. */
void put_wall(struct str *o, const char *key, int64_t wall);
/* No family becomes null. */
void put_addr(struct str *o, const char *key, const struct addr *a);
void put_prefix(struct str *o, const char *key, const struct prefix *p);
void put_endpoint(struct str *o, const char *key, const struct endpoint *e);
/* "main", "254" has a name; other tables are numbers. */
void put_table(struct str *o, const char *key, uint32_t table);

/* A piece of a text between quotes that somebody else writes: escaped, and whole characters. */
void put_escaped(struct str *o, const char *text, size_t len);

#endif
