/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chaos: the engine in the world of the replays, in which everything happens that can, by a seed.
 *
 * events.c says what happens, host.c what a kernel makes of it, faults.c which calls of the engine
 * fail and when it dies, packets.c and rest.c what has to hold: at each step, and after a pause;
 * memory.c what may be held of it all.
 */
#ifndef CHAOS_CHAOS_H
#define CHAOS_CHAOS_H

#include "base/rng.h"
#include "support/world.h"

#define CHAOS_NOTES    40  /* the last things that happened, told when something is wrong */
#define CHAOS_NOTE_LEN 200 /* of one, with the terminating zero */
#define CHAOS_PACKETS  6   /* that are tried at each step */

/* Interfaces there may be; each has one place, and comes and goes with other numbers. */
enum chaos_place { ETH0, ETH1, LAN, WG0, WG1, WG2, CHAOS_PLACES };
#define CHAOS_PEERS 12 /* peer n is on WG0 + n % 3 */

/* What the engine was last shown, or what is there: for the naive reading of the policy. */
struct chaos_view {
	struct fw_world fw; /* config is the engine's, borrowed */
	struct imports imports;
};

/* Routes that the kernel is about to take away, and has told why. */
struct chaos_flush {
	bool due;
	uint32_t ifindex;
	struct local_addr addr; /* family 0: all of the interface */
};

struct chaos_packet {
	char iif[IFNAME_LEN];
	struct addr src, dst;
	bool passed; /* before the step */
};

struct chaos {
	uint64_t seed, event, events;
	bool verbose;
	const char *without;  /* kinds of events that do not happen, separated by commas */
	struct rng rng, dice; /* what happens; which packets are tried */
	struct world *w;
	struct edge below; /* the world's own */
	struct str config; /* the text that is in force */
	uint32_t last_ifindex;
	struct chaos_flush flush;
	unsigned int lost; /* events of these subjects were, and nobody was told of that yet */

	bool storm;	  /* calls of the engine may fail */
	bool faulty;	  /* one did, and all was not well since then */
	bool spared;	  /* it is not killed */
	bool untold;	  /* something of ours went without a word, since the last rest */
	uint32_t dies_in; /* calls; 0 = it lives on */
	bool dead;	  /* nothing that it does counts any more */
	bool cleaning;	  /* it was asked to take away what is its own */
	msec awry;   /* since when the rules may be wrong, for calls failed; 0 = they are not */
	bool opened; /* somebody took the table, and it was not put back yet */
	msec opened_at;
	msec open_longest; /* ms of virtual time, without a fault */

	struct chaos_view seen, truth;
	struct chaos_packet packets[CHAOS_PACKETS];

	char notes[CHAOS_NOTES][CHAOS_NOTE_LEN];
	uint64_t noted;
	uint64_t faults, kills, steps, forbidden, rests, reloads, refused; /* how many, in all */
	msec rest_longest; /* ms of virtual time from the end of a storm to rest */
	size_t held;	   /* bytes, by the engine at the end of its world */
};

bool chaos_one_in(struct chaos *c, uint32_t n);
uint32_t chaos_below(struct chaos *c, uint32_t n);

/* Keeps a line for the story of what went wrong. */
void chaos_note(struct chaos *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Tells the story and ends the program. */
void chaos_fail(struct chaos *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

struct moment chaos_moment(const struct chaos *c);

/* --- host.c: a kernel ----------------------------------------------------------------------- */

bool host_is_wireguard(enum chaos_place p);
struct link *host_link(struct chaos *c, enum chaos_place p); /* NULL: not there */
struct link *host_link_by_index(struct chaos *c, uint32_t ifindex);
void host_link_add(struct chaos *c, enum chaos_place p);
void host_link_delete(struct chaos *c, enum chaos_place p);
void host_link_set(struct chaos *c, struct link *l, bool up);
/* Another one in its place, with its name and its number. */
void host_link_replace(struct chaos *c, enum chaos_place p);
void host_link_rename(struct chaos *c, enum chaos_place p);
void host_addr_add(struct chaos *c, enum chaos_place p);
void host_addr_delete(struct chaos *c, uint32_t n);
/* It goes and comes in one go. */
void host_addr_renew(struct chaos *c, uint32_t n);
/* The kernel does what it has told of: at the latest before anything else is set. */
void host_flush(struct chaos *c);
/* Whoever reads events hears that some were lost. */
void host_tell_lost(struct chaos *c);
/* As the kernel with NLM_F_EXCL, and with NLM_F_REPLACE. */
int host_route_add(struct chaos *c, const struct route *r, bool replace);
void host_route_delete(struct chaos *c, uint32_t n, bool silently);
/* What a kernel would say before the world does: 0 or -errno. */
int host_may_route(struct chaos *c, const struct route *r);
struct world_peer *host_peer(struct chaos *c, uint32_t n); /* NULL: not there */
struct world_peer *host_peer_add(struct chaos *c, uint32_t n);
void host_peer_delete(struct chaos *c, struct world_peer *p);
/* Gives it a prefix of those that it may have. */
void host_peer_give(struct chaos *c, struct world_peer *p);
struct prefix host_prefix_for(struct chaos *c, uint32_t n);
uint32_t host_peer_number(const struct world_peer *p);
/* A sum over all that is not ours: routes, rules, chains. */
uint64_t host_others(const struct chaos *c);
/* Where a packet of this host's tables would go; 0: nowhere. */
uint32_t host_lookup(const struct chaos *c, const struct addr *src, const struct addr *dst);
void host_tell(const struct chaos *c, struct str *out);

/* --- config.c ------------------------------------------------------------------------------- */

/* A configuration by chance; broken: one that is refused. */
void config_random(struct chaos *c, struct str *out, bool broken);
void config_zone_of(uint32_t peer, char *out, size_t size);

/* --- faults.c ------------------------------------------------------------------------------- */

void faults_between(void *ctx, struct edge *edge);

/* --- packets.c ------------------------------------------------------------------------------ */

void packets_configured(struct chaos *c);
void packets_restarted(struct chaos *c);
void packets_saw_links(struct chaos *c, const struct links *links);
void packets_saw_device(struct chaos *c, uint32_t ifindex);
/* Around each operation of the engine: what did not pass before it and must not, does not after. */
void packets_before(struct chaos *c);
void packets_after(struct chaos *c, const char *what);
/* A call about nftables failed: until all is in order again, for what was set may not be seen. */
void packets_firewall_failed(struct chaos *c);
/* At the end of a turn. */
void packets_turned(void *ctx);
void packets_free(struct chaos *c);
void view_free(struct chaos_view *v);
/* As everything is. */
void view_truth(struct chaos *c);

/* --- told.c --------------------------------------------------------------------------------- */

/* What is known without a look is true as soon as nothing happens any more. */
void told_soon(struct chaos *c);
/* What is told at rest is what is found anew. */
void told_at_rest(struct chaos *c);

/* --- rest.c --------------------------------------------------------------------------------- */

/* Nothing happens any more, until all is as it should be; it has to be within some minutes. */
void rest(struct chaos *c);
/* After --clean: nothing of ours is there. */
void rest_after_clean(struct chaos *c);

/* --- memory.c ------------------------------------------------------------------------------- */

size_t memory_held(void);     /* bytes that are allocated */
size_t memory_resident(void); /* bytes of this process that are in memory */
/* The engine at rest is taken down: what it held, beside one that begins anew. */
void memory_of_engine(struct chaos *c);
/* A world is over: there is no more allocated than before it. */
void memory_after(uint64_t seed, size_t before);

/* --- events.c ------------------------------------------------------------------------------- */

void events_begin(struct chaos *c);
void event_happen(struct chaos *c);
void events_reload(struct chaos *c, bool broken);
void events_restart(struct chaos *c);

#endif
