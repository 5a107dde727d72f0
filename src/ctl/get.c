// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading answers. A daemon of another version may lack a field, so nothing here fails.
 */
#include "ctl.h"

const char *text_of(json_t *item)
{
	const char *text = json_string_value(item);

	return text ? text : "";
}

const char *get_text(json_t *o, const char *key)
{
	return text_of(json_object_get(o, key));
}

json_int_t get_int(json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

bool get_bool(json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

json_t *get_networks(json_t *peer)
{
	return json_object_get(peer, get_known(peer, "networks") ? "networks" : "allowed_ips");
}

bool get_known(json_t *o, const char *key)
{
	json_t *value = json_object_get(o, key);

	return value && !json_is_null(value);
}
