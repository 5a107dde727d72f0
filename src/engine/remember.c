// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What outlasts a stop: the last good addresses of names, and allowed-IPs that are not at home.
 */
#include "internal.h"

void engine_recall(struct engine *e, const char *text, size_t len)
{
	if (memory_read(&e->memory, text, len))
		log_warn("state.json of the last run cannot be read and is not used; names are "
			 "looked up anew");
	vec_copy(&e->loans, &e->memory.loans);
}

void memory_store(struct engine *e)
{
	struct str text = {0};
	int err;

	e->store_at = 0;
	if (!e->edge.store)
		return;
	memory_write(&text, &e->names, &e->loans);
	err = e->edge.store(e->edge.ctx, str_text(&text), text.len);
	e->stored = err ? 0 : e->names.last_version;
	e->stored_more = 0;
	if (err && !e->store_failed)
		log_warn("%s: %s; known addresses and moved allowed-IPs are not kept for the "
			 "next start",
			 e->config->state_dir, strerror(-err));
	e->store_failed = err != 0;
	if (err) /* what was kept before is not so any more */
		e->store_at = e->at.now + STORE_RETRY;
	str_free(&text);
}

/*
 * Of ten thousand names one leads elsewhere: that is put behind the others. When so many stand
 * there as there are names, all are written afresh.
 */
static bool store_more(struct engine *e)
{
	struct str text = {0};
	bool done;

	if (!e->stored || !e->edge.store_more || e->stored_more > e->names.by_id.len)
		return false;
	e->stored_more += memory_write_since(&text, &e->names, e->stored);
	done = !text.len || !e->edge.store_more(e->edge.ctx, str_text(&text), text.len);
	e->stored = done ? e->names.last_version : 0;
	str_free(&text);
	return done;
}

void memory_store_names(struct engine *e)
{
	e->store_at = 0;
	if (!store_more(e))
		memory_store(e);
}
