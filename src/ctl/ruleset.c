// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other programs' nftables rules: read whole, and walked for one packet, chain by chain.
 */
#include "ruleset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/attr.h"

#include <linux/netfilter.h> /* wants to come after netinet/in.h */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define DEPTH 16 /* NFT_JUMP_STACK_SIZE of the kernel */

/* --- reading -------------------------------------------------------------------------------- */

static uint32_t number_of(const struct nlattr *a)
{
	return attr_payload(a, 4) ? ntohl(mnl_attr_get_u32(a)) : 0;
}

static void text_of_attr(const struct nlattr *a, char *out)
{
	size_t len = attr_len(a);

	*out = '\0';
	if (len && len <= RULESET_NAME && !((const char *)attr_data(a))[len - 1])
		memcpy(out, attr_data(a), len);
}

static void hook_take(struct ruleset_chain *c, const struct nlattr *nest)
{
	const struct nlattr *a;

	attr_each_nested(a, nest)
		if (attr_type(a) == NFTA_HOOK_HOOKNUM)
			c->base = number_of(a) == NF_INET_LOCAL_IN ||
				  number_of(a) == NF_INET_PRE_ROUTING;
}

static void chain_take(struct ruleset *r, const struct nlmsghdr *h, uint8_t family)
{
	struct ruleset_chain *c = vec_add(&r->chains);
	bool filter = true;
	const struct nlattr *a;

	*c = (struct ruleset_chain){.family = family};
	attr_each(a, h, sizeof(struct nfgenmsg)) {
		if (attr_type(a) == NFTA_CHAIN_TABLE)
			text_of_attr(a, c->table);
		else if (attr_type(a) == NFTA_CHAIN_NAME)
			text_of_attr(a, c->name);
		else if (attr_type(a) == NFTA_CHAIN_POLICY)
			c->drops = number_of(a) == NF_DROP;
		else if (attr_type(a) == NFTA_CHAIN_TYPE)
			filter = attr_payload(a, 6) && !strncmp(attr_data(a), "filter", 6);
		else if (attr_type(a) == NFTA_CHAIN_HOOK)
			hook_take(c, a);
	}
	c->base = c->base && filter;
}

static void rule_take(struct ruleset *r, const struct nlmsghdr *h, uint8_t family)
{
	struct ruleset_rule *rule = vec_add(&r->rules);
	static const char zeros[NLMSG_ALIGNTO];
	const struct nlattr *a;

	*rule = (struct ruleset_rule){.family = family, .at = r->bytes.len};
	attr_each(a, h, sizeof(struct nfgenmsg)) {
		if (attr_type(a) == NFTA_RULE_TABLE)
			text_of_attr(a, rule->table);
		else if (attr_type(a) == NFTA_RULE_CHAIN)
			text_of_attr(a, rule->chain);
	}
	str_add_bytes(&r->bytes, (const char *)h, h->nlmsg_len);
	str_add_bytes(&r->bytes, zeros, NLMSG_ALIGN(h->nlmsg_len) - h->nlmsg_len);
}

static void take(void *ctx, const struct nlmsghdr *h)
{
	const struct nfgenmsg *g = attr_header(h, sizeof(*g));

	if (!g || h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return;
	if ((h->nlmsg_type & 0xff) == NFT_MSG_NEWCHAIN)
		chain_take(ctx, h, g->nfgen_family);
	else if ((h->nlmsg_type & 0xff) == NFT_MSG_NEWRULE)
		rule_take(ctx, h, g->nfgen_family);
}

/* Until the end of a dump; what was interrupted is void. */
static int receive(int fd, struct ruleset *r)
{
	char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), MSG_TRUNC);
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || n > (ssize_t)sizeof(buf))
			return n < 0 ? -errno : -EMSGSIZE;
		for (const struct nlmsghdr *h = (const void *)buf; message_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			const int *err = attr_header(h, sizeof(int));

			if (h->nlmsg_flags & NLM_F_DUMP_INTR)
				return -EAGAIN;
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				return err ? *err : 0;
			take(r, h);
		}
	}
}

static int ask(int fd, struct ruleset *r, uint16_t what)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | what);
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
	if (send(fd, buf, h->nlmsg_len, 0) < 0)
		return -errno;
	return receive(fd, r);
}

int ruleset_read(struct ruleset *r)
{
	struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), err;

	*r = (struct ruleset){.bytes = {0}};
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	err = ask(fd, r, NFT_MSG_GETCHAIN);
	if (!err)
		err = ask(fd, r, NFT_MSG_GETRULE);
	close(fd);
	if (err)
		ruleset_free(r);
	return err;
}

void ruleset_free(struct ruleset *r)
{
	vec_free(&r->chains);
	vec_free(&r->rules);
	str_free(&r->bytes);
}

/* --- walking -------------------------------------------------------------------------------- */

enum step { STEP_ON, STEP_ACCEPTED, STEP_DROPPED, STEP_UNKNOWN };

struct walk {
	const struct ruleset *rules;
	const struct ruleset_packet *packet;
	struct ruleset_rule place; /* whose chain and table are walked; where it was dropped */
	unsigned int depth;
};

static enum step walk_chain(struct walk *w, const char *name);

static struct ruleset_effect effect_of(const struct walk *w, const struct ruleset_rule *rule)
{
	const struct nlmsghdr *h = (const void *)(w->rules->bytes.text + rule->at);
	const struct nlattr *a;

	attr_each(a, h, sizeof(struct nfgenmsg))
		if (attr_type(a) == NFTA_RULE_EXPRESSIONS)
			return ruleset_effect(a, w->packet);
	return ruleset_effect(NULL, w->packet);
}

/* A rule that matches, or may: then only what it changes nothing about is known. */
static enum step step_of(struct walk *w, const struct ruleset_effect *e)
{
	enum step in;

	switch (e->verdict) {
	case RULESET_NONE:
		return STEP_ON;
	case RULESET_ACCEPT:
		return e->match == RULESET_YES ? STEP_ACCEPTED : STEP_UNKNOWN;
	case RULESET_DROP:
		return e->match == RULESET_YES ? STEP_DROPPED : STEP_UNKNOWN;
	case RULESET_JUMP:
		in = walk_chain(w, e->target);
		return e->match == RULESET_YES || in == STEP_ON ? in : STEP_UNKNOWN;
	default:
		return STEP_UNKNOWN; /* goto and return are walk_rules()'s */
	}
}

static bool in_chain(const struct ruleset_rule *rule, const struct ruleset_rule *place)
{
	return rule->family == place->family && !strcmp(rule->table, place->table) &&
	       !strcmp(rule->chain, place->chain);
}

static enum step walk_rules(struct walk *w)
{
	const struct ruleset_rule here = w->place;

	vec_each(&w->rules->rules, rule) {
		struct ruleset_effect e;
		enum step step;

		if (!in_chain(rule, &here))
			continue;
		e = effect_of(w, rule);
		if (e.match == RULESET_NO)
			continue;
		if (e.match == RULESET_YES && e.verdict == RULESET_RETURN)
			return STEP_ON;
		if (e.match == RULESET_YES && e.verdict == RULESET_GOTO)
			return walk_chain(w, e.target);
		step = step_of(w, &e);
		if (step != STEP_ON)
			return step;
	}
	return STEP_ON;
}

/* The place stays at the chain that dropped it. */
static enum step walk_chain(struct walk *w, const char *name)
{
	const struct ruleset_rule before = w->place;
	enum step step;

	if (++w->depth > DEPTH)
		return STEP_UNKNOWN;
	mem_copy_str(w->place.chain, sizeof(w->place.chain), name);
	step = walk_rules(w);
	w->depth--;
	if (step != STEP_DROPPED)
		w->place = before;
	return step;
}

static enum step walk_base(struct walk *w, const struct ruleset_chain *base)
{
	enum step step;

	w->place = (struct ruleset_rule){.family = base->family};
	w->depth = 0;
	mem_copy_str(w->place.table, sizeof(w->place.table), base->table);
	mem_copy_str(w->place.chain, sizeof(w->place.chain), base->name);
	step = walk_chain(w, base->name);
	return step == STEP_ON && base->drops ? STEP_DROPPED : step;
}

static bool base_sees(const struct ruleset_chain *c, const struct ruleset_packet *p)
{
	bool ours = c->family == NFPROTO_INET && !strcmp(c->table, "wayside");

	return c->base && !ours && (c->family == NFPROTO_INET || c->family == p->family);
}

static const char *family_name(uint8_t family)
{
	return family == NFPROTO_INET ? "inet" : family == NFPROTO_IPV6 ? "ip6" : "ip";
}

enum ruleset_fate ruleset_fate(const struct ruleset *r, const struct ruleset_packet *p,
			       struct str *by)
{
	struct walk w = {.rules = r, .packet = p};
	enum ruleset_fate fate = RULESET_PASSES;

	vec_each(&r->chains, c) {
		enum step step = base_sees(c, p) ? walk_base(&w, c) : STEP_ON;

		if (step == STEP_DROPPED) {
			str_add(by, "%s %s %s", family_name(w.place.family), w.place.table,
				w.place.chain);
			return RULESET_DROPS; /* whatever the others say */
		}
		if (step == STEP_UNKNOWN)
			fate = RULESET_UNKNOWN;
	}
	return fate;
}
