// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of the control socket. Questions are answered from a view of what the engine has;
 * acts change what is asked next, or ask the edge at once.
 */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "codec/put.h"

static uint32_t asks(const struct engine *e)
{
	uint32_t n = 0;

	vec_each(&e->hubs, h)
		n += exchange_asks(h);
	return n;
}

static void answer_view_fill(const struct engine *e, struct answer_view *v)
{
	*v = (struct answer_view){
		.at = e->at,
		.started = e->started,
		.pid = getpid(),
		.config = e->config,
		.config_path = e->config_path,
		.generation = e->generation,
		.loaded_at = e->loaded_at,
		.config_error = e->config_error,
		.converged = engine_converged(e),
		.state = &e->state,
		.names = &e->names,
		.routes = &e->items,
		.pending = &e->pending,
		.firewall_want = &e->firewall_want,
		.firewall_have = &e->firewall_have,
		.firewall_pending = &e->firewall_pending,
		.firewall_error = *e->firewall_error ? e->firewall_error : NULL,
		.firewall_enabled = e->firewall_enabled,
		.tally = &e->tally,
		.pairs = &e->pairs,
		.loans = &e->loans,
		.problems = &e->problems,
		.events = e->events,
		.counters = &e->counters,
		.exchange_asks = asks(e),
		.paths = &e->paths,
		.sandbox = &e->sandbox,
		.forwards = e->edge.forwards,
		.follows = e->edge.follows,
		.edge = e->edge.ctx,
	};
}

/* A peer by its name or key on any interface; *device is whose. */
static struct peer *find_peer(struct engine *e, const char *what, struct device **device)
{
	struct peer_place at;

	if (!peer_place_find(&at, &e->state, what))
		return NULL;
	*device = &e->state.devices.at[at.device_index];
	return &(*device)->peers.at[at.peer_index];
}

/* An answer of one member. */
static void answer_number(struct str *out, const char *key, uint64_t n)
{
	answer_begin(out);
	put_object(out, NULL);
	put_int(out, key, n);
	put_object_end(out);
	answer_end(out);
}

static void answer_true(struct str *out, const char *key)
{
	answer_begin(out);
	put_object(out, NULL);
	put_bool(out, key, true);
	put_object_end(out);
	answer_end(out);
}

/* An error with what was asked for in its message. */
static void answer_refusal(struct str *out, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void answer_refusal(struct str *out, const char *code, const char *fmt, ...)
{
	char message[HOST_LEN + 128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	answer_error(out, code, message);
}

static void answer_no_peer(struct str *out, const char *what)
{
	answer_refusal(out, "not-found", "no peer has the name or key '%s'; 'peers' lists them",
		       what);
}

static void act_resolve(struct engine *e, const char *what, struct str *out)
{
	const struct endpoint_spec *spec;
	struct device *d;
	struct peer *p;
	struct name *n;

	if (!strcmp(what, "all")) {
		names_refresh(&e->names, e->at.now);
		answer_number(out, "asked", e->names.by_id.len);
		return;
	}
	p = find_peer(e, what, &d);
	spec = p ? peer_endpoint_spec(p) : NULL;
	n = spec && spec->kind == ENDPOINT_HOST ? names_find(&e->names, spec->host) : NULL;
	if (!p) {
		answer_no_peer(out, what);
	} else if (!n) {
		answer_refusal(
			out, "no-name",
			"the endpoint of %s is known by no host name: there is nothing to look "
			"up",
			what);
	} else {
		name_refresh(&e->names, n, e->at.now);
		answer_number(out, "asked", 1);
	}
}

static void act_kick(struct engine *e, const char *what, struct str *out)
{
	struct device *d;
	struct peer *p = find_peer(e, what, &d);
	int err;

	if (!p) {
		answer_no_peer(out, what);
		return;
	}
	if (*e->other) {
		answer_refusal(out, "standing-by", "%s acts here; ask that one", e->other);
		return;
	}
	if (!p->wg.endpoint.addr.family) {
		answer_refusal(out, "no-endpoint",
			       "%s has no endpoint, so nothing can be sent to it before it calls; "
			       "'endpoint' in the configuration, or wg set, gives it one",
			       what);
		return;
	}
	err = endpoints_kick(e, d, p);
	e->dirty |= SUBJECT_PEERS;
	if (err)
		answer_refusal(out, "kernel", "%s cannot be made to send: %s", what,
			       strerror(-err));
	else
		answer_true(out, "kicked");
}

static void act_reload(struct engine *e, struct str *out)
{
	char why[512] = "";

	if (e->edge.reload(e->edge.ctx, why, sizeof(why)))
		answer_error(out, "config", why);
	else
		answer_number(out, "generation", e->generation);
}

static void act_log(const char *what, struct str *out)
{
	enum log_level level;

	if (log_level_parse(&level, what)) {
		answer_error(out, "usage", "log takes error, warn, info or debug");
		return;
	}
	log_set_level(level);
	answer_begin(out);
	put_object(out, NULL);
	put_text(out, "level", log_level_name(level));
	put_object_end(out);
	answer_end(out);
}

static void act(struct engine *e, const struct request *r, struct str *out)
{
	switch (r->kind) {
	case REQUEST_RELOAD:
		act_reload(e, out);
		break;
	case REQUEST_RESOLVE:
		act_resolve(e, r->arg, out);
		break;
	case REQUEST_KICK:
		act_kick(e, r->arg, out);
		break;
	default:
		act_log(r->arg, out);
		break;
	}
}

static bool shows_counters(enum request_kind k)
{
	return k == REQUEST_PEERS || k == REQUEST_PEER || k == REQUEST_FIREWALL ||
	       k == REQUEST_METRICS;
}

/* Of `status` and `version`, which cost little with any number of peers. */
static void answer_short(const struct engine *e, const struct request *r, struct str *out)
{
	struct answer_view v;

	answer_view_fill(e, &v);
	answer_begin(out);
	if (r->kind == REQUEST_STATUS)
		answer_status(out, &v);
	else
		answer_version(out);
	answer_end(out);
}

bool engine_request_more(struct engine *e, struct moment at, struct engine_rest *rest,
			 struct str *out)
{
	struct answer_view v;

	e->at = at;
	answer_view_fill(e, &v);
	return answer_part(out, &v, &rest->request, &rest->cursor);
}

static enum engine_said answer_long(struct engine *e, const struct request *r,
				    struct engine_rest *rest, struct str *out)
{
	struct engine_rest whole = {0};
	struct engine_rest *at = rest ? rest : &whole;
	bool more;

	if (shows_counters(r->kind))
		firewall_count(e);
	*at = (struct engine_rest){.request = *r};
	do {
		more = engine_request_more(e, e->at, at, out);
	} while (more && !rest);
	return more ? ENGINE_SAID_A_PART : ENGINE_SAID_ALL;
}

enum engine_said engine_request(struct engine *e, struct moment at, const char *line,
				bool privileged, struct engine_rest *rest, struct str *out)
{
	const char *code = "usage";
	char why[256] = "";
	struct request r;

	e->at = at;
	if (request_parse(&r, line, &code, why, sizeof(why))) {
		answer_error(out, code, why);
		return ENGINE_SAID_ALL;
	}
	if (request_is_act(r.kind)) {
		if (privileged)
			act(e, &r, out);
		else
			answer_error(out, "permission",
				     "reload, resolve, kick and log need root or the user that "
				     "waysided runs as");
		return ENGINE_SAID_ALL;
	}
	if (answer_is_long(r.kind))
		return answer_long(e, &r, rest, out);
	if (r.kind == REQUEST_WATCH) {
		answer_true(out, "watching");
		return ENGINE_SAID_WATCH;
	}
	answer_short(e, &r, out);
	return ENGINE_SAID_ALL;
}
