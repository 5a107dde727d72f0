// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `metrics`: OpenMetrics 1.0 text. What there is one of, or few; those of each peer are in
 * metrics_peers.c.
 *
 * A family is announced (TYPE, HELP) directly before its samples and never twice; a counter's
 * family is its samples' name without "_total".
 */
#include <string.h>

#include "answer_put.h"
#include "metrics.h"

static void gauge(struct str *out, const char *name, const char *help, uint64_t value)
{
	metrics_family(out, name, "gauge", help);
	str_add(out, "%s %llu\n", name, (unsigned long long)value);
}

static void counter(struct str *out, const char *name, const char *help, uint64_t value)
{
	metrics_family(out, name, "counter", help);
	str_add(out, "%s_total %llu\n", name, (unsigned long long)value);
}

static void metrics_interfaces(struct str *out, const struct state *s)
{
	metrics_family(out, "wayside_interface_up", "gauge", "1 when the interface is up.");
	vec_each(&s->devices, d)
		str_add(out, "wayside_interface_up{interface=\"%s\"} %d\n", d->name, d->up);
	metrics_family(out, "wayside_peers", "gauge", "Peers by interface and state.");
	vec_each(&s->devices, d)
		for (unsigned int i = 0; i < LIFE_STATES; i++)
			str_add(out, "wayside_peers{interface=\"%s\",state=\"%s\"} %u\n", d->name,
				life_state_name((enum life_state)i), d->states[i]);
}

static void metrics_routes(struct str *out, const struct route_items *items)
{
	unsigned int count[ROUTE_FAILED + 1] = {0};

	vec_each(items, item)
		count[item->status]++;
	metrics_family(out, "wayside_routes", "gauge", "Wanted prefixes by what became of them.");
	for (unsigned int i = 0; i <= ROUTE_FAILED; i++)
		str_add(out, "wayside_routes{state=\"%s\"} %u\n",
			route_status_name((enum route_status)i), count[i]);
}

static void metrics_firewall(struct str *out, const struct answer_view *v)
{
	const char *state = firewall_state(v);

	gauge(out, "wayside_firewall_enabled", "1 when the firewall is on for any interface.",
	      v->firewall_enabled);
	gauge(out, "wayside_firewall_installed", "1 when our rules are in the kernel as wanted.",
	      !strcmp(state, "installed"));
	gauge(out, "wayside_foreign_rules", "Accepts that other programs' chains should have.",
	      v->firewall_want ? v->firewall_want->foreign.len : 0);
	gauge(out, "wayside_firewall_elements", "Map elements that the firewall should have.",
	      firewall_elements(v));
}

static void metrics_dns(struct str *out, const struct names *names)
{
	unsigned int failing = 0;

	vec_each(&names->by_host, n)
		failing += (*n)->v4.failures > 0 || (*n)->v6.failures > 0;
	gauge(out, "wayside_dns_names", "Host names that endpoints are known by.",
	      names->by_host.len);
	gauge(out, "wayside_dns_names_failing", "Those whose last lookup failed.", failing);
}

static void metrics_daemon(struct str *out, const struct answer_view *v)
{
	metrics_family(out, "wayside_build_info", "gauge", "The version that runs; always 1.");
	str_add(out, "wayside_build_info{version=\"%s\"} 1\n", WAYSIDE_VERSION);
	gauge(out, "wayside_uptime_seconds", "Seconds since the daemon started.",
	      (uint64_t)(msec_max(0, v->at.now - v->started) / 1000));
	gauge(out, "wayside_converged", "1 when nothing is left to do.", v->converged);
	gauge(out, "wayside_pending_operations", "Operations of the present plan.",
	      v->pending->len + firewall_pending(v));
	gauge(out, "wayside_problems", "What `status` lists as problems.", v->problems->len);
	gauge(out, "wayside_config_generation", "Configurations loaded since the start.",
	      v->generation);
	gauge(out, "wayside_config_good", "0 when the last reload was refused.",
	      v->config_error == NULL);
}

const int64_t heal_bounds[DURATIONS] = {1000000,  5000000,   10000000,	20000000,
					60000000, 180000000, 900000000, 3600000000};
const int64_t turn_bounds[DURATIONS] = {100, 500, 1000, 5000, 10000, 50000, 100000, 1000000};

void durations_add(struct durations *d, const int64_t bounds[DURATIONS], int64_t us)
{
	uint64_t took = us > 0 ? (uint64_t)us : 0;

	d->count++;
	d->sum_us += took;
	for (int i = 0; i < DURATIONS; i++)
		if (took <= (uint64_t)bounds[i]) {
			d->up_to[i]++;
			return;
		}
}

/* "0.0005", "20.0": OpenMetrics writes a bound as a float. */
static void seconds_add(struct str *out, int64_t us)
{
	int digits = 6;

	while (digits > 1 && us % 10 == 0) {
		us /= 10;
		digits--;
	}
	if (digits == 1)
		str_add(out, "%lld.%lld", (long long)us / 10, (long long)us % 10);
	else
		str_add(out, "0.%0*lld", digits, (long long)us);
}

static void histogram(struct str *out, const char *name, const char *help,
		      const struct durations *d, const int64_t bounds[DURATIONS])
{
	uint64_t cumulative = 0;

	metrics_family(out, name, "histogram", help);
	for (int i = 0; i < DURATIONS; i++) {
		cumulative += d->up_to[i];
		str_add(out, "%s_bucket{le=\"", name);
		seconds_add(out, bounds[i]);
		str_add(out, "\"} %llu\n", (unsigned long long)cumulative);
	}
	str_add(out, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)d->count);
	str_add(out, "%s_count %llu\n", name, (unsigned long long)d->count);
	str_add(out, "%s_sum %llu.%06llu\n", name, (unsigned long long)d->sum_us / 1000000,
		(unsigned long long)d->sum_us % 1000000);
}

static void metrics_durations(struct str *out, const struct answer_counters *c)
{
	histogram(out, "wayside_heal_seconds",
		  "How long peers were silent that answered again after repairs.", &c->heals,
		  heal_bounds);
	histogram(out, "wayside_turn_seconds",
		  "How long the daemon was at work in one go, and nobody else was served.",
		  &c->turns, turn_bounds);
}

static void metrics_counters(struct str *out, const struct answer_counters *c)
{
	counter(out, "wayside_polls", "Times that peers were read.", c->polls);
	counter(out, "wayside_observations", "Times that a subject was dumped whole.",
		c->observations);
	counter(out, "wayside_drift", "Changes that a re-check found and no event had told.",
		c->drift);
	counter(out, "wayside_routes_put_back", "Routes installed again after others took them.",
		c->routes_put_back);
	counter(out, "wayside_firewall_put_back", "Times that others took our rules away.",
		c->firewall_put_back);
	counter(out, "wayside_foreign_put_back",
		"Times that an accept in another program's chain was put back after its reload.",
		c->foreign_put_back);
	counter(out, "wayside_allowed_ips_moved", "Allowed-IPs given to another peer, or back.",
		c->moves);
	counter(out, "wayside_endpoint_changes", "Endpoints written.", c->endpoint_changes);
	counter(out, "wayside_kicks", "Peers made to send at once.", c->kicks);
	counter(out, "wayside_probes", "Datagrams sent to see whether a peer answers.", c->probes);
	counter(out, "wayside_rebinds", "Source ports changed.", c->rebinds);
	counter(out, "wayside_lookups", "DNS questions asked.", c->lookups);
	counter(out, "wayside_lookup_failures", "DNS questions without a good answer.",
		c->lookup_failures);
	counter(out, "wayside_child_restarts", "Times that the net process was started again.",
		c->child_restarts);
	counter(out, "wayside_apply_errors", "Operations that the kernel refused.",
		c->apply_errors);
	counter(out, "wayside_reloads", "Configurations taken over while running.", c->reloads);
}

static void metrics_paths(struct str *out, const struct answer_view *v)
{
	unsigned int direct = 0, hub = 0;

	if (!v->paths)
		return;
	vec_each(&v->paths->list, path)
		*(path_is_direct(path) ? &direct : &hub) += 1;
	metrics_family(out, "wayside_paths", "gauge",
		       "Peers that are to be reached directly, and are so or "
		       "by the hub.");
	str_add(out, "wayside_paths{path=\"direct\"} %u\n", direct);
	str_add(out, "wayside_paths{path=\"hub\"} %u\n", hub);
}

static void metrics_exchange(struct str *out, const struct answer_view *v)
{
	const struct exchange_counters *c = &v->counters->exchange;
	const struct {
		const char *result;
		uint64_t n;
	} results[] = {
		{"agreed", c->agreed},	       {"not_yet", c->not_yet},
		{"answer", c->answers},	       {"stranger", c->stranger},
		{"repeated", c->repeated},     {"limited", c->limited},
		{"malformed", c->malformed},   {"lost", c->lost},
		{"unexpected", c->unexpected},
	};

	metrics_family(out, "wayside_exchange_datagrams", "counter",
		       "Datagrams of the exchange that came, by what became of them.");
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		str_add(out, "wayside_exchange_datagrams_total{result=\"%s\"} %llu\n",
			results[i].result, (unsigned long long)results[i].n);
	counter(out, "wayside_exchange_sent", "Datagrams of the exchange that were sent.", c->told);
	counter(out, "wayside_path_moves", "Times that a peer went directly, or back to the hub.",
		v->counters->path_moves);
	metrics_paths(out, v);
	gauge(out, "wayside_exchange_questions", "Questions of peers that are remembered.",
	      v->exchange_asks);
}

static void standby_samples(struct str *out, const struct answer_view *v, const char *name,
			    const char *state)
{
	vec_each(v->pairs, p) {
		const struct device *d = &v->state->devices.at[p->other_device];

		str_add(out, "%s", name);
		metrics_peer_labels(out, d, &d->peers.at[p->standby]);
		str_add(out, " %d\n", !strcmp(standby_state(p), state));
	}
}

static void metrics_standby(struct str *out, const struct answer_view *v)
{
	if (!v->pairs || !v->pairs->len)
		return;
	metrics_family(out, "wayside_standby_serving", "gauge", "Has the standby taken over?");
	standby_samples(out, v, "wayside_standby_serving", "serving");
	metrics_family(out, "wayside_standby_ready", "gauge", "Could the standby take over?");
	standby_samples(out, v, "wayside_standby_ready", "ready");
}

void metrics_rest(struct str *out, const struct answer_view *v)
{
	metrics_interfaces(out, v->state);
	metrics_routes(out, v->routes);
	metrics_firewall(out, v);
	metrics_dns(out, v->names);
	metrics_daemon(out, v);
	metrics_counters(out, v->counters);
	metrics_exchange(out, v);
	metrics_standby(out, v);
	metrics_durations(out, v->counters);
	str_add(out, "# EOF\n");
}
