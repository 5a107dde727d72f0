// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame of every answer, and how values become JSON. What each answer says is in the files
 * beside this one: answer_status.c, answer_peers.c and so on.
 *
 * Whatever text came from a file of somebody else (a peer's name) is made valid UTF-8 here, for an
 * answer that jansson refuses to make would be no answer at all.
 */
#include <stdio.h>

#include "answer_put.h"

/* Milliseconds of a day. */
#define DAY INT64_C(86400000)

void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new_nocheck(o, key, value ? value : json_null());
}

json_t *text_json(const char *text)
{
	json_t *json = json_string(text);
	char *copy;

	if (json)
		return json;
	copy = mem_strdup(text);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	json = json_string(copy);
	free(copy);
	return json;
}

void put_text(json_t *o, const char *key, const char *text)
{
	put(o, key, text ? text_json(text) : NULL);
}

void put_name(json_t *o, const char *key, const char *text)
{
	put_text(o, key, text && text[0] ? text : NULL);
}

void put_int(json_t *o, const char *key, uint64_t n)
{
	put(o, key, json_integer((json_int_t)n));
}

void put_bool(json_t *o, const char *key, bool yes)
{
	put(o, key, json_boolean(yes));
}

void put_age(json_t *o, const char *key, msec then, msec now)
{
	put(o, key, then ? json_integer(msec_max(0, now - then) / 1000) : NULL);
}

void put_until(json_t *o, const char *key, msec then, msec now)
{
	bool known = then && then != MSEC_NEVER;

	put(o, key, known ? json_integer((msec_max(0, then - now) + 999) / 1000) : NULL);
}

/*
 * The date of a day since 1970-01-01, Howard Hinnant's civil_from_days. gmtime_r(3) would do, but
 * it reads the time zone's file at its first call.
 */
static void date_format(int64_t days, char *out, size_t size)
{
	int64_t z = days + 719468, era = z / 146097, day_of_era = z % 146097;
	int64_t year =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day = day_of_era - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * day + 2) / 153; /* from March */
	int64_t month = m < 10 ? m + 3 : m - 9;

	snprintf(out, size, "%04d-%02d-%02d", (int)(year + era * 400 + (month <= 2)), (int)month,
		 (int)(day - (153 * m + 2) / 5 + 1));
}

void put_wall(json_t *o, const char *key, int64_t wall)
{
	int ms = (int)(wall % DAY);
	char date[48], text[80];

	if (wall <= 0) {
		put(o, key, NULL);
		return;
	}
	date_format(wall / DAY, date, sizeof(date));
	snprintf(text, sizeof(text), "%sT%02d:%02d:%02d.%03dZ", date, ms / 3600000, ms / 60000 % 60,
		 ms / 1000 % 60, ms % 1000);
	put_text(o, key, text);
}

void put_addr(json_t *o, const char *key, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	put_text(o, key, a->family ? addr_format(a, buf) : NULL);
}

void put_prefix(json_t *o, const char *key, const struct prefix *p)
{
	char buf[PREFIX_STRLEN];

	put_text(o, key, p->addr.family ? prefix_format(p, buf) : NULL);
}

void put_endpoint(json_t *o, const char *key, const struct endpoint *e)
{
	char buf[ENDPOINT_STRLEN];

	put_text(o, key, e->addr.family ? endpoint_format(e, buf) : NULL);
}

void put_table(json_t *o, const char *key, uint32_t table)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", table);
	put_text(o, key, table == 254 ? "main" : number); /* RT_TABLE_MAIN */
}

static int str_sink(const char *bytes, size_t n, void *out)
{
	str_add_bytes(out, bytes, n);
	return 0;
}

static void answer_write(struct str *out, json_t *frame)
{
	json_dump_callback(frame, str_sink, out, JSON_COMPACT);
	str_add_bytes(out, "\n", 1);
	json_decref(frame);
}

void answer_ok(struct str *out, json_t *result)
{
	json_t *frame;

	if (!result) {
		answer_error(out, "not-found", "nothing here has that name");
		return;
	}
	frame = json_object();
	put_bool(frame, "ok", true);
	put(frame, "result", result);
	answer_write(out, frame);
}

void answer_error(struct str *out, const char *code, const char *message)
{
	json_t *frame = json_object(), *error = json_object();

	put_text(error, "code", code);
	put_text(error, "message", message);
	put_bool(frame, "ok", false);
	put(frame, "error", error);
	answer_write(out, frame);
}

json_t *answer_version(void)
{
	json_t *o = json_object();

	put_text(o, "version", WAYSIDE_VERSION);
	return o;
}
