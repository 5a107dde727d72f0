// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a peer could be: the order of what is written and answered, and what is left out.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "plan/candidates.h"

struct fixture {
	struct config *config;
	struct state state;
	struct device device;
	struct peer_conf conf;
	struct peer peer;
	struct names names;
	struct rng rng;
	struct candidates found;
};

static struct fixture begin(void)
{
	struct fixture f = {.config = config_new(), .rng = {.state = 1}};

	f.device.conf = &f.config->defaults;
	return f;
}

static void end(struct fixture *f)
{
	state_free(&f->state);
	device_free(&f->device);
	names_free(&f->names);
	vec_free(&f->conf.endpoints);
	config_free(f->config);
}

static void write_address(struct fixture *f, const char *text)
{
	struct endpoint_spec *s = vec_add(&f->conf.endpoints);

	s->kind = ENDPOINT_ADDRESS;
	assert_int_equal(endpoint_parse(&s->address, text), 0);
}

/* A host name with port 7, or a name with SRV records; known is in answer order. */
static void write_name(struct fixture *f, enum endpoint_kind kind, const char *host,
		       const char *const *known)
{
	struct endpoint_spec *s = vec_add(&f->conf.endpoints);
	struct net_answer a = {.kind = NET_LOOKUP, .ttl = 60};
	struct name *n;

	s->kind = kind;
	s->port = kind == ENDPOINT_HOST ? 7 : 0;
	s->host = texts_keep(&f->config->texts, host);
	vec_each(&f->conf.endpoints, e)
		if (e->kind == ENDPOINT_SRV)
			names_want_srv(&f->names, e->host, &f->device.conf->endpoints);
		else if (e->kind == ENDPOINT_HOST)
			names_want(&f->names, e->host, &f->device.conf->endpoints);
	names_sweep(&f->names);
	a.id = names_find(&f->names, host)->id * 2;
	for (; *known; known++) {
		assert_int_equal(addr_parse(&a.addrs[a.count], *known), 0);
		a.ports[a.count] = (uint16_t)(100 + a.count);
		a.count++;
	}
	names_answer(&f->names, &a, 1000, &f->rng, &n);
}

#define TEXTS(...)                \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static void carry(struct fixture *f, const char *prefix)
{
	assert_int_equal(prefix_parse(vec_add(&f->device.aips), prefix, NULL), 0);
	f->peer.wg.aips++;
}

/* As text, with a blank behind each. */
static void assert_found(struct fixture *f, const char *want)
{
	char got[4096] = "", buf[ENDPOINT_STRLEN];

	f->peer.conf = &f->conf;
	candidates_find(&f->found, &f->state, &f->names, &f->device, &f->peer);
	for (uint32_t i = 0; i < f->found.len; i++) {
		strcat(got, endpoint_format(&f->found.at[i], buf));
		strcat(got, " ");
		assert_int_equal(candidates_index(&f->found, &f->found.at[i]), i);
	}
	assert_string_equal(got, want);
}

static void nothing_is_written(void **state)
{
	struct fixture f = begin();
	struct endpoint any = {.port = 7};
	(void)state;

	assert_found(&f, "");
	assert_null(f.found.refused);
	assert_int_equal(candidates_index(&f.found, &any), -1);
	end(&f);
}

/* What is written first comes first, name or address; the first one's are the preferred. */
static void the_order_of_preference(void **state)
{
	struct fixture f = begin();
	(void)state;

	write_name(&f, ENDPOINT_HOST, "a.example.net", TEXTS("203.0.113.1", "203.0.113.2"));
	write_address(&f, "198.51.100.1:51820");
	write_name(&f, ENDPOINT_SRV, "_wg._udp.example.net", TEXTS("203.0.113.3", "203.0.113.4"));
	assert_found(&f, "203.0.113.1:7 203.0.113.2:7 198.51.100.1:51820 "
			 "203.0.113.3:100 203.0.113.4:101 ");
	assert_int_equal(f.found.preferred, 2);
	end(&f);
}

/* Two names that lead to the same place lead to one. */
static void each_once(void **state)
{
	struct fixture f = begin();
	(void)state;

	write_address(&f, "203.0.113.1:7");
	write_name(&f, ENDPOINT_HOST, "a.example.net", TEXTS("203.0.113.2", "203.0.113.1"));
	write_name(&f, ENDPOINT_HOST, "b.example.net", TEXTS("203.0.113.2"));
	assert_found(&f, "203.0.113.1:7 203.0.113.2:7 ");
	end(&f);
}

static void what_is_refused(void **state)
{
	struct fixture f = begin();
	(void)state;

	write_address(&f, "203.0.113.1:7");
	assert_int_equal(addr_parse(&vec_add(&f.state.addrs)->addr, "203.0.113.1"), 0);
	assert_found(&f, "");
	assert_string_equal(f.found.refused, "an address of this host");
	f.state.addrs.len = 0;
	assert_found(&f, "203.0.113.1:7 ");
	assert_null(f.found.refused);
	end(&f);
}

/* What a name server says may be a lie; what a person wrote gets a way outside the tunnel. */
static void inside_the_tunnel(void **state)
{
	struct fixture f = begin();
	(void)state;

	write_name(&f, ENDPOINT_HOST, "a.example.net", TEXTS("203.0.113.1"));
	carry(&f, "10.0.0.0/8");
	carry(&f, "203.0.113.0/24");
	assert_found(&f, "");
	assert_string_equal(f.found.refused, "an address inside the tunnel itself");
	write_address(&f, "203.0.113.2:7");
	assert_found(&f, "203.0.113.2:7 ");
	f.device.aips.at[1] = (struct prefix){{AF_INET, {192}}, 2}; /* the internet: no reason */
	assert_found(&f, "203.0.113.1:7 203.0.113.2:7 ");
	end(&f);
}

/* What the next peer carries is that peer's. */
static void only_its_own_tunnel(void **state)
{
	struct fixture f = begin();
	(void)state;

	write_name(&f, ENDPOINT_HOST, "a.example.net", TEXTS("203.0.113.1"));
	carry(&f, "10.0.0.0/8");
	carry(&f, "203.0.113.0/24");
	f.peer.wg.aips = 1;
	assert_found(&f, "203.0.113.1:7 ");
	end(&f);
}

static void without_resolve_addresses_only(void **state)
{
	struct fixture f = begin();
	(void)state;

	write_name(&f, ENDPOINT_HOST, "a.example.net", TEXTS("203.0.113.1"));
	write_address(&f, "198.51.100.1:51820");
	f.config->defaults.endpoints.resolve = false;
	assert_found(&f, "198.51.100.1:51820 ");
	assert_int_equal(f.found.preferred, 0);
	end(&f);
}

static void the_family_that_is_wanted(void **state)
{
	struct fixture f = begin();
	(void)state;

	write_name(&f, ENDPOINT_SRV, "_wg._udp.example.net", TEXTS("203.0.113.1", "2001:db8::1"));
	assert_found(&f, "203.0.113.1:100 [2001:db8::1]:101 ");
	f.config->defaults.endpoints.family = FAMILY_IPV6;
	assert_found(&f, "[2001:db8::1]:101 ");
	f.config->defaults.endpoints.family = FAMILY_IPV4;
	assert_found(&f, "203.0.113.1:100 ");
	end(&f);
}

/* The number moves with whichever of the names moved last. */
static void versions(void **state)
{
	struct fixture f = begin();
	uint32_t before;
	(void)state;

	write_name(&f, ENDPOINT_HOST, "a.example.net", TEXTS("203.0.113.1"));
	write_name(&f, ENDPOINT_HOST, "b.example.net", TEXTS("203.0.113.2"));
	assert_found(&f, "203.0.113.1:7 203.0.113.2:7 ");
	before = f.found.version;
	assert_found(&f, "203.0.113.1:7 203.0.113.2:7 ");
	assert_int_equal(f.found.version, before);
	f.conf.endpoints.len = 0;
	write_name(&f, ENDPOINT_HOST, "b.example.net", TEXTS("203.0.113.9"));
	assert_found(&f, "203.0.113.9:7 ");
	assert_true(f.found.version > before);
	end(&f);
}

/* More names with more addresses than there is room for: the first ones, and no more. */
static void there_is_room_for_so_many(void **state)
{
	struct fixture f = begin();
	(void)state;

	for (int n = 0; n < 10; n++) {
		char host[32], texts[NET_MAX_ADDRS][16];
		const char *known[NET_MAX_ADDRS + 1] = {NULL};

		for (int i = 0; i < NET_MAX_ADDRS; i++) {
			snprintf(texts[i], sizeof(texts[i]), "198.18.%d.%d", n, i + 1);
			known[i] = texts[i];
		}
		snprintf(host, sizeof(host), "n%d.example.net", n);
		write_name(&f, ENDPOINT_HOST, host, known);
	}
	f.peer.conf = &f.conf;
	candidates_find(&f.found, &f.state, &f.names, &f.device, &f.peer);
	assert_int_equal(f.found.len, CANDIDATES_MAX);
	end(&f);
}

/* Without a configured endpoint the imported one counts, and with one it does not. */
static void imported_endpoints(void **state)
{
	struct import_peer imported = {.has_endpoint = true};
	struct fixture f = begin();
	uint32_t n;
	(void)state;

	imported.endpoint.kind = ENDPOINT_ADDRESS;
	assert_int_equal(endpoint_parse(&imported.endpoint.address, "203.0.113.5:5"), 0);
	f.peer.imported = &imported;
	assert_found(&f, "203.0.113.5:5 ");
	assert_ptr_equal(peer_endpoint_specs(&f.peer, &n), &imported.endpoint);
	assert_int_equal(n, 1);
	write_address(&f, "203.0.113.1:7");
	assert_found(&f, "203.0.113.1:7 ");
	f.peer.conf = NULL;
	imported.has_endpoint = false;
	assert_null(peer_endpoint_specs(&f.peer, &n));
	assert_int_equal(n, 0);
	end(&f);
}

TEST_MAIN(nothing_is_written, the_order_of_preference, each_once, what_is_refused,
	  inside_the_tunnel, only_its_own_tunnel, without_resolve_addresses_only,
	  the_family_that_is_wanted, versions, there_is_room_for_so_many, imported_endpoints)
