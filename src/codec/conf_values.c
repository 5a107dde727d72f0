// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readers of single values: from one setting of the file to one field of a struct, or a problem.
 *
 * libconfig would turn a value of the wrong type into 0 and call it success, so types and ranges
 * are checked here, on 64 bits.
 */
#include "conf_keys.h"
#include "conf_problems.h"

const char *conf_text(struct conf *c, const config_setting_t *s)
{
	const char *text, *bad;

	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		conf_wrong_type(c, s, "a text");
		return NULL;
	}
	text = config_setting_get_string(s);
	bad = text_find_bad(text);
	if (bad) {
		conf_problem(c, s, "byte 0x%02x is neither printable nor UTF-8",
			     (unsigned char)*bad);
		return NULL;
	}
	return text;
}

bool conf_whole(const config_setting_t *s, int64_t *out)
{
	int type = config_setting_type(s);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return false;
	*out = config_setting_get_int64(s);
	return true;
}

/* Into an integer, an enum or a bool, whatever its size. */
static void store(const struct conf_key *k, void *field, int64_t value)
{
	switch (k->size) {
	case sizeof(uint8_t):
		*(uint8_t *)field = (uint8_t)value;
		break;
	case sizeof(uint16_t):
		*(uint16_t *)field = (uint16_t)value;
		break;
	case sizeof(uint32_t):
		*(uint32_t *)field = (uint32_t)value;
		break;
	default:
		*(int64_t *)field = value;
	}
}

void conf_read_group(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field)
{
	conf_read_keys(c, k->group, s, field);
}

void conf_read_bool(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field)
{
	if (config_setting_type(s) == CONFIG_TYPE_BOOL)
		store(k, field, config_setting_get_bool(s) != 0);
	else
		conf_wrong_type(c, s, "true or false");
}

void conf_read_number(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		      void *field)
{
	int64_t v;

	if (!conf_whole(s, &v))
		conf_wrong_type(c, s, "a whole number");
	else if (v < k->min || v > k->max)
		conf_problem(c, s, "%lld is out of range, %lld to %lld", (long long)v,
			     (long long)k->min, (long long)k->max);
	else
		store(k, field, v);
}

/* Milliseconds; more than a double or an int64 can say is infinite and out of every range. */
static bool milliseconds(const config_setting_t *s, double *out)
{
	int64_t v;

	if (conf_whole(s, &v)) {
		*out = (double)v * 1000;
		return true;
	}
	if (config_setting_type(s) != CONFIG_TYPE_FLOAT)
		return false;
	*out = config_setting_get_float(s) * 1000;
	return true;
}

void conf_read_seconds(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field)
{
	double ms;
	int64_t v;

	if (!milliseconds(s, &ms)) {
		conf_wrong_type(c, s, "a number of seconds");
		return;
	}
	if (!(ms >= (double)k->min && ms <= (double)k->max)) { /* so that NaN is out, too */
		conf_problem(c, s, "%g seconds is out of range, %g to %g", ms / 1000,
			     (double)k->min / 1000, (double)k->max / 1000);
		return;
	}
	v = (int64_t)(ms + 0.5);
	store(k, field, v || ms <= 0 ? v : 1); /* a little more than 0, which has a meaning */
}

static void list_words(struct str *out, const struct conf_word *words)
{
	for (const struct conf_word *w = words; w->word; w++)
		str_add(out, "%s\"%s\"", w == words ? "" : w[1].word ? ", " : " or ", w->word);
}

bool conf_word(struct conf *c, const config_setting_t *s, const char *text,
	       const struct conf_word *words, int64_t *out)
{
	struct str list = {0};

	for (const struct conf_word *w = words; w->word; w++) {
		if (!strcmp(w->word, text)) {
			*out = w->value;
			return true;
		}
	}
	list_words(&list, words);
	conf_problem(c, s, "\"%s\" is not %s", text, str_text(&list));
	str_free(&list);
	return false;
}

void conf_read_word(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field)
{
	const char *text = conf_text(c, s);
	int64_t value;

	if (text && conf_word(c, s, text, k->words, &value))
		store(k, field, value);
}

void conf_read_text(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field)
{
	const char *text = conf_text(c, s);

	if (text && strlen(text) >= k->size)
		conf_problem(c, s, "longer than %zu bytes", k->size - 1);
	else if (text)
		mem_copy_str(field, k->size, text);
}

void conf_read_name(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field)
{
	const char *text = conf_text(c, s);

	if (text && !*text)
		conf_problem(c, s, "must not be empty");
	else if (text && (*text == ' ' || text[strlen(text) - 1] == ' '))
		conf_problem(c, s, "\"%s\" begins or ends with a blank: take it away", text);
	else if (text)
		conf_read_text(c, k, s, field);
}

void conf_read_path(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field)
{
	const char *text = conf_text(c, s);
	size_t max = k->max ? (size_t)k->max : k->size - 1;

	if (text && *text != '/')
		conf_problem(c, s, "\"%s\" must be an absolute path, from / on", text);
	else if (text && strlen(text) > max)
		conf_problem(c, s, "the path is longer than %zu bytes", max);
	else if (text)
		mem_copy_str(field, k->size, text);
}

bool conf_prefix(struct conf *c, const config_setting_t *s, const char *text, struct prefix *out)
{
	char buf[PREFIX_STRLEN];
	bool masked;

	if (prefix_parse(out, text, &masked)) {
		conf_problem(c, s, "\"%s\" is no prefix such as 10.0.0.0/8 or fd00::/64", text);
		return false;
	}
	if (masked)
		conf_note(c, s, "\"%s\" has host bits set, taken as %s", text,
			  prefix_format(out, buf));
	return true;
}
