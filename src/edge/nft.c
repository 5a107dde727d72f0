// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nftables over netlink: a consistent look, and the events of others. Changes are in nft_commit.c.
 *
 * Everything is told apart by the generation that the kernel counts up with every transaction of
 * anybody: a look is consistent when it did not move meanwhile, a transaction is only taken when
 * it is still the one that was looked at.
 */
#include "nft_parts.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/nft.h"
#include "edge/legacy.h"

#define TAILS_MAX    8
#define LOOKS	     5		/* until -EAGAIN */
#define SEND_BUFFER  (64 << 20) /* bytes: a batch is one message, 1.5 MB for 20 000 elements */
#define EVENTS_BOUND 64		/* reads of one nft_events_read() */

static const unsigned int events_group[] = {NFNLGRP_NFTABLES};

/*
 * The kernel may get nftables between the two: whoever then asked without hearing would never know
 * of a change.
 */
struct nft *nft_open(int *err)
{
	struct nft *n = mem_calloc(1, sizeof(*n));
	int size = SEND_BUFFER;

	*err = netlink_listen(&n->events, NETLINK_NETFILTER, events_group, 1);
	if (!*err)
		*err = netlink_open(&n->sock, NETLINK_NETFILTER);
	if (*err) {
		nft_close(n);
		return NULL;
	}
	setsockopt(n->sock.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return n;
}

void nft_close(struct nft *n)
{
	if (!n)
		return;
	if (n->events.fd >= 0)
		close(n->events.fd);
	netlink_close(&n->sock);
	free(n);
}

int nft_events(const struct nft *n)
{
	return n->events.fd;
}

/* --- looking ---------------------------------------------------------------------------------- */

static void on_gen(void *ctx, const struct nlmsghdr *h)
{
	nft_parse_gen(h, ctx);
}

int nft_generation(struct nft *n, uint32_t *genid)
{
	char request[NFT_REQUEST_MAX];

	*genid = 0;
	nft_put_gen(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_gen, genid);
}

static void on_message(void *ctx, const struct nlmsghdr *h)
{
	nft_take(ctx, h);
}

static int ask_chains(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];

	nft_put_chains(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_message, out);
}

static int ask_tables(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];

	nft_put_tables(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_message, out);
}

static int ask_rules(struct nft *n, struct fw_actual *out, const struct fw_base *base)
{
	char request[NFT_REQUEST_MAX];

	nft_put_rules(request, netlink_next(&n->sock), base);
	return netlink_ask(&n->sock, request, on_message, out);
}

/* The end of a chain is looked for in the chains to which its last rule leads. */
static int ask_tail(struct nft *n, struct fw_actual *out, struct fw_base *base)
{
	char request[NFT_REQUEST_MAX];
	int err = 0;

	for (int i = 0; i < TAILS_MAX && *base->leads && !err; i++) {
		nft_put_tail(request, netlink_next(&n->sock), base);
		err = netlink_ask(&n->sock, request, on_message, out);
	}
	return err;
}

static int ask_sets(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];
	int err;

	nft_put_sets(request, netlink_next(&n->sock));
	err = netlink_ask(&n->sock, request, on_message, out);
	for (uint32_t i = 0; i < out->sets.len && !err; i++) {
		nft_put_elems(request, netlink_next(&n->sock), out->sets.at[i].name);
		err = netlink_ask(&n->sock, request, on_message, out);
	}
	return err;
}

static int ask_flowtables(struct nft *n, struct fw_actual *out)
{
	char request[NFT_REQUEST_MAX];

	nft_put_flowtables(request, netlink_next(&n->sock));
	return netlink_ask(&n->sock, request, on_message, out);
}

/* The rules of an owned table are asked for once, whatever number of base chains it has. */
static bool is_asked(const struct fw_actual *out, uint32_t place)
{
	const struct fw_base *b = &out->bases.at[place];

	for (uint32_t i = 0; i < place; i++)
		if (b->owned && out->bases.at[i].family == b->family &&
		    !strcmp(out->bases.at[i].table, b->table))
			return true;
	return false;
}

/* One look, whatever happens meanwhile. */
static int look(struct nft *n, struct fw_actual *out)
{
	int err = ask_chains(n, out);

	if (!err)
		err = ask_tables(n, out);
	for (uint32_t i = 0; i < out->bases.len && !err; i++)
		if (!is_asked(out, i))
			err = ask_rules(n, out, &out->bases.at[i]);
	for (uint32_t i = 0; i < out->bases.len && !err; i++)
		err = ask_tail(n, out, &out->bases.at[i]);
	if (!err && out->table)
		err = ask_rules(n, out, NULL);
	if (!err && out->table)
		err = ask_sets(n, out);
	if (!err && out->table)
		err = ask_flowtables(n, out);
	nft_taken(out);
	return err;
}

/* No nftables in this kernel, or no right to see them: a finding, not a failure. */
static bool is_unavailable(int err)
{
	return err == -EPERM || err == -EOPNOTSUPP || err == -EINVAL || err == -EPROTONOSUPPORT;
}

/* -EAGAIN: something moved under the look. A set or a table that vanished under it is that, too. */
static int look_once(struct nft *n, struct fw_actual *out)
{
	uint32_t before, after;
	int err = nft_generation(n, &before), again;

	legacy_observe(out);
	out->self = n->sock.portid;
	out->lacks = n->lacks;
	if (is_unavailable(err)) {
		out->error = err;
		return 0;
	}
	if (err)
		return err;
	err = look(n, out);
	again = nft_generation(n, &after);
	if (again)
		return again;
	if (before != after)
		return -EAGAIN;
	out->available = !err;
	out->genid = after;
	return err;
}

int nft_observe(struct nft *n, struct fw_actual *out)
{
	int err = -EAGAIN;

	for (int i = 0; i < LOOKS && err == -EAGAIN; i++) {
		fw_actual_free(out);
		err = look_once(n, out);
	}
	return err;
}

static void on_recounted(void *ctx, const void *old, const void *fresh)
{
	const struct fw_elem *e = old, *f = fresh;
	struct fw_set *set = ctx;

	if (e && f)
		set->elems.at[e - set->elems.at].count = f->count;
}

static int recount_set(struct nft *n, struct fw_set *set)
{
	struct fw_actual fresh = {0};
	char request[NFT_REQUEST_MAX];
	struct fw_set *copy = vec_add(&fresh.sets);
	int err;

	*copy = *set;
	copy->elems = (struct fw_elems){0};
	nft_put_elems(request, netlink_next(&n->sock), set->name);
	err = netlink_ask(&n->sock, request, on_message, &fresh);
	nft_taken(&fresh);
	if (!err)
		sorted_diff(set->elems.at, set->elems.len, fresh.sets.at[0].elems.at,
			    fresh.sets.at[0].elems.len, sizeof(struct fw_elem), fw_elem_cmp,
			    on_recounted, set);
	fw_actual_free(&fresh);
	return err;
}

int nft_recount(struct nft *n, struct fw_actual *have)
{
	int err = 0;

	vec_each(&have->sets, set)
		if (set->counting && !err)
			err = recount_set(n, set);
	return err;
}

/* --- hearing ---------------------------------------------------------------------------------- */

void nft_hear(struct nft *n, bool hear)
{
	netlink_member(n->events.fd, events_group, 1, hear);
}

struct hearing {
	uint32_t portid;
	const struct fw_actual *have;
	bool matters;
};

static void on_event(void *ctx, const struct nlmsghdr *h)
{
	struct hearing *e = ctx;

	if (h->nlmsg_pid != e->portid && !e->matters)
		e->matters = nft_event_matters(h, e->have);
}

int nft_events_read(struct nft *n, const struct fw_actual *have, bool *dirty)
{
	struct hearing e = {.portid = n->sock.portid, .have = have};
	int err = netlink_events(&n->events, &n->sock, EVENTS_BOUND, on_event, &e);

	if (e.matters || err == -ENOBUFS)
		*dirty = true;
	return err == -ENOBUFS ? 0 : err;
}
