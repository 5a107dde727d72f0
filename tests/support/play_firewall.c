// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A scenario's words about the firewall.
 */
#include "support/play.h"

#include <errno.h>

static void do_nft(struct play *p)
{
	struct world_firewall *f = &p->w->firewall;
	const char *what = play_word(p, 1);

	if (!strcmp(what, "busy"))
		f->busy = (uint32_t)play_number(p, 2);
	else if (!strcmp(what, "busy-after"))
		f->busy_after = (uint32_t)play_number(p, 2);
	else if (!strcmp(what, "refuses"))
		f->refused = -(int)play_number(p, 2);
	else if (!strcmp(what, "on"))
		f->missing = f->refused = 0;
	else if (!strcmp(what, "flowtables"))
		f->no_flowtables = strcmp(play_word(p, 2), "no") == 0;
	else if (!strcmp(what, "missing"))
		f->missing = -EPROTONOSUPPORT;
	else if (!strcmp(what, "forbidden"))
		f->missing = -EPERM;
	else
		play_fail(p, "unknown: nft %s", what);
}

static void do_flush(struct play *p)
{
	world_firewall_flush(&p->w->firewall);
	engine_dirty(p->w->engine, SUBJECT_FIREWALL);
}

/* count 3 wg0-passed-from-ip-24 10.20.1.0/24 */
static void do_count(struct play *p)
{
	struct prefix key = play_prefix(p, play_word(p, 3));

	if (!world_firewall_count(&p->w->firewall, play_word(p, 2), &key,
				  (uint64_t)play_number(p, 1)))
		play_fail(p, "nothing counts that");
}

static void do_clean(struct play *p)
{
	struct moment at = {p->w->now, p->w->now + p->w->wall_offset};

	if (engine_clean(p->w->engine, at))
		play_fail(p, "clean did not work");
	if (strstr(str_text(&p->w->log), "OPEN: "))
		play_fail(p, "open by accident");
}

static void do_expect_table(struct play *p)
{
	bool have = p->w->firewall.kernel.actual.table;

	if (have != !strcmp(play_word(p, 1), "yes"))
		play_fail(p, "the table is %s", have ? "there" : "not there");
}

static void do_expect_transactions(struct play *p)
{
	uint32_t n = p->w->firewall.transactions - p->transactions;

	p->transactions = p->w->firewall.transactions;
	if (n != play_number(p, 1))
		play_fail(p, "%u transactions", n);
}

static void do_packet(struct play *p)
{
	static const char *const names[] = {
		[FW_ACCEPT] = "accept", [FW_DROP] = "drop", [FW_REJECT] = "reject"};
	struct fw_packet packet = {.ct = FW_CT_NEW, .protocol = IPPROTO_TCP, .port = 22};
	enum fw_verdict v;

	mem_copy_str(packet.iif, IFNAME_LEN, play_word(p, 1));
	mem_copy_str(packet.oif, IFNAME_LEN, play_word(p, 3));
	if (addr_parse(&packet.src, play_word(p, 2)) || addr_parse(&packet.dst, play_word(p, 4)))
		play_fail(p, "not an address");
	v = fw_eval(&p->w->firewall.rules, &packet);
	if (strcmp(names[v], play_word(p, 5)))
		play_fail(p, "the verdict is %s", names[v]);
}

static const struct {
	const char *word;
	void (*act)(struct play *p);
} words[] = {
	{"nft", do_nft},
	{"flush", do_flush},
	{"count", do_count},
	{"clean", do_clean},
	{"packet", do_packet},
	{"expect-table", do_expect_table},
	{"expect-transactions", do_expect_transactions},
};

bool play_firewall(struct play *p)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(words[i].word, p->words[0])) {
			words[i].act(p);
			return true;
		}
	}
	return false;
}
