// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers put together from their parts and taken out of their frame.
 */
#include "support/answered.h"

#include "support/test.h"

json_t *read_back(struct str *out)
{
	json_t *o = json_loads(str_text(out), 0, NULL);

	if (!o)
		fail_msg("not JSON: %s", str_text(out));
	str_free(out);
	return o;
}

json_t *answer_result(struct str *out)
{
	json_t *frame = read_back(out), *result = json_incref(json_object_get(frame, "result"));

	json_decref(frame);
	return result;
}

json_t *answer_whole(const struct answer_view *v, const struct request *r)
{
	struct answer_cursor c = {0};
	struct str out = {0};

	while (answer_part(&out, v, r, &c))
		continue;
	return answer_result(&out);
}
