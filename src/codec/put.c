// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON, written. Whatever text came from a file of somebody else (a peer's name) is made valid
 * UTF-8 here, for an answer that a client's parser refuses would be no answer at all.
 */
#include "codec/put.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Milliseconds of a day. */
#define DAY INT64_C(86400000)

/* --- structure ------------------------------------------------------------------------------ */

static bool wants_comma(const struct str *o)
{
	return o->len && !memchr("{[:,\n", o->text[o->len - 1], 5);
}

static void key_add(struct str *o, const char *key)
{
	if (wants_comma(o))
		str_add_bytes(o, ",", 1);
	if (!key)
		return;
	str_add_bytes(o, "\"", 1);
	str_add_bytes(o, key, strlen(key));
	str_add_bytes(o, "\":", 2);
}

static void put_word(struct str *o, const char *key, const char *word)
{
	key_add(o, key);
	str_add_bytes(o, word, strlen(word));
}

void put_object(struct str *o, const char *key)
{
	put_word(o, key, "{");
}

void put_object_end(struct str *o)
{
	str_add_bytes(o, "}", 1);
}

void put_list(struct str *o, const char *key)
{
	put_word(o, key, "[");
}

void put_list_end(struct str *o)
{
	str_add_bytes(o, "]", 1);
}

void put_raw(struct str *o, const char *key, const struct str *json)
{
	put_word(o, key, str_text(json));
}

/* --- text ----------------------------------------------------------------------------------- */

/* The letter behind the backslash of a short escape, or 0. */
static char escape_letter(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void escape_add(struct str *o, unsigned char c)
{
	char short_form[2] = {'\\', escape_letter(c)};

	if (short_form[1])
		str_add_bytes(o, short_form, 2);
	else if (c < 0x20)
		str_add(o, "\\u%04x", c);
	else
		str_add_bytes(o, "?", 1); /* of no character */
}

/* How many bytes from here on stand for themselves. */
static size_t plain_len(const char *text, size_t len)
{
	size_t n = 0, more;

	while (n < len) {
		unsigned char c = (unsigned char)text[n];

		if (c < 0x20 || c == '"' || c == '\\')
			break;
		more = c < 0x80 ? 1 : utf8_len(text + n, len - n);
		if (!more)
			break;
		n += more;
	}
	return n;
}

void put_escaped(struct str *o, const char *text, size_t len)
{
	while (len) {
		size_t n = plain_len(text, len);

		str_add_bytes(o, text, n);
		if (n < len)
			escape_add(o, (unsigned char)text[n++]);
		text += n;
		len -= n;
	}
}

void put_null(struct str *o, const char *key)
{
	put_word(o, key, "null");
}

void put_text(struct str *o, const char *key, const char *text)
{
	if (!text) {
		put_null(o, key);
		return;
	}
	put_word(o, key, "\"");
	put_escaped(o, text, strlen(text));
	str_add_bytes(o, "\"", 1);
}

void put_name(struct str *o, const char *key, const char *text)
{
	put_text(o, key, text && text[0] ? text : NULL);
}

/* --- numbers -------------------------------------------------------------------------------- */

void put_int(struct str *o, const char *key, uint64_t n)
{
	char digits[21], *at = digits + sizeof(digits) - 1;

	if (n > INT64_MAX)
		n = INT64_MAX;
	*at = '\0';
	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	put_word(o, key, at);
}

void put_known(struct str *o, const char *key, bool known, uint64_t n)
{
	if (known)
		put_int(o, key, n);
	else
		put_null(o, key);
}

void put_signed(struct str *o, const char *key, int64_t n)
{
	char number[24];

	snprintf(number, sizeof(number), "%lld", (long long)n);
	put_word(o, key, number);
}

void put_bool(struct str *o, const char *key, bool yes)
{
	put_word(o, key, yes ? "true" : "false");
}

/* --- time ----------------------------------------------------------------------------------- */

void put_age(struct str *o, const char *key, msec then, msec now)
{
	put_known(o, key, then != 0, (uint64_t)msec_max(0, now - then) / 1000);
}

void put_until(struct str *o, const char *key, msec then, msec now)
{
	put_known(o, key, then && then != MSEC_NEVER,
		  ((uint64_t)msec_max(0, then - now) + 999) / 1000);
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

void put_wall(struct str *o, const char *key, int64_t wall)
{
	int ms = (int)(wall % DAY);
	char date[48], text[80];

	if (wall <= 0) {
		put_null(o, key);
		return;
	}
	date_format(wall / DAY, date, sizeof(date));
	snprintf(text, sizeof(text), "%sT%02d:%02d:%02d.%03dZ", date, ms / 3600000, ms / 60000 % 60,
		 ms / 1000 % 60, ms % 1000);
	put_text(o, key, text);
}

/* --- addresses and tables ------------------------------------------------------------------- */

void put_addr(struct str *o, const char *key, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	put_text(o, key, a->family ? addr_format(a, buf) : NULL);
}

void put_prefix(struct str *o, const char *key, const struct prefix *p)
{
	char buf[PREFIX_STRLEN];

	put_text(o, key, p->addr.family ? prefix_format(p, buf) : NULL);
}

void put_endpoint(struct str *o, const char *key, const struct endpoint *e)
{
	char buf[ENDPOINT_STRLEN];

	put_text(o, key, e->addr.family ? endpoint_format(e, buf) : NULL);
}

void put_table(struct str *o, const char *key, uint32_t table)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", table);
	put_text(o, key, table == 254 ? "main" : number); /* RT_TABLE_MAIN */
}
