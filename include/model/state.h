/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was observed: links, addresses, routes, rules, WireGuard devices and their peers.
 *
 * The edge fills the plain lists, whole, from a dump; a device's peers are merged in place, so
 * that a poll in which only counters moved allocates nothing. State is keyed by ifindex: an
 * interface that is deleted and made again starts afresh.
 */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include "model/config.h"
#include "model/imports.h"
#include "model/life.h"
#include "model/route.h"

enum backend { BACKEND_KERNEL, BACKEND_USERSPACE };

struct link {
	uint32_t ifindex;
	char name[IFNAME_LEN];
	uint32_t mtu;
	bool up;  /* IFF_UP */
	bool tun; /* a program is behind it, which may be a userspace WireGuard */
	bool wireguard;
	enum backend backend; /* of a wireguard one */
	uint32_t owner;	      /* uid; of a userspace one's socket */
};
VEC_TYPE(links, struct link);

struct local_addr {
	uint32_t ifindex;
	struct addr addr;
	uint8_t len;
	uint8_t scope; /* RT_SCOPE_* */
};
VEC_TYPE(local_addrs, struct local_addr);

/* A policy rule of the kernel (ip rule). */
struct rule {
	uint8_t family;
	uint8_t action;	  /* FR_ACT_* */
	uint8_t protocol; /* RTPROT_* */
	bool invert;
	uint32_t priority;
	uint32_t table;
	uint32_t fwmark, fwmask;    /* fwmask 0 = no mark looked at */
	int32_t suppress_prefixlen; /* -1 = none */
	struct prefix src, dst;	    /* family 0 = any */
	char iif[IFNAME_LEN], oif[IFNAME_LEN];
};
VEC_TYPE(rules, struct rule);

/* One peer as the kernel has it. Its allowed-IPs are aips of them from the device's list. */
struct wg_peer {
	struct key key;
	struct endpoint endpoint; /* family 0 = none */
	int64_t handshake_ns;	  /* wall clock, 0 = never */
	uint64_t rx, tx;	  /* bytes */
	uint32_t first_aip, aips;
	uint16_t keepalive; /* seconds, 0 = off */
};

enum endpoint_source { SOURCE_KERNEL, SOURCE_CONFIG, SOURCE_DNS, SOURCE_ROAMED, SOURCE_EXCHANGE };
const char *endpoint_source_name(enum endpoint_source s);

/*
 * What was done about a peer, and when: most peers of a hub answer, and nothing ever is. 0 is
 * never, an endpoint of family 0 is none.
 */
struct peer_care {
	struct endpoint written; /* the endpoint we set last */
	struct endpoint coming;	 /* one that is being set */
	msec written_at;
	msec repaired_at; /* the last repair in its turn */
	msec retry_at;	  /* repair: not before this */
	msec retry_delay;
	msec probed;		     /* the last probe */
	uint32_t probed_version;     /* candidates.version that a probe was thought of for */
	uint32_t looked;	     /* surroundings and routes for which looped was looked at */
	uint32_t tried;		     /* the version of its name's addresses at the last repair */
	uint32_t attempt;	     /* repairs since the last proof of life */
	uint8_t fights;		     /* times another program undid what we wrote */
	struct endpoint fallback;    /* while the preferred endpoint is tried again */
	const char *refused;	     /* why it has no candidate; static text, NULL = it has */
	msec asked;		     /* when it was last made to be asked; plan/standby.h */
	msec doubted;		     /* when it was last not known to be well; plan/standby.h */
	uint32_t second_to;	     /* with second: routes of this metric; see plan/standby.h */
	msec returned, return_delay; /* its prefixes came home; how long it has to be well */
	bool kept;		     /* while lists are exchanged: the new one has it */
};

/* What we know of a peer beyond the kernel's view. */
struct peer {
	struct wg_peer wg;
	struct life life;
	const struct peer_conf *conf;	    /* NULL: not in the configuration */
	const struct import_peer *imported; /* NULL: in nobody's file */
	struct peer_care *care;		    /* NULL: nothing was done yet; see peer_care() */
	uint32_t generation;	  /* endpoint_input.generation in which it was planned for last */
	uint8_t keepalive_reason; /* enum keepalive_reason: plan/keepalive.h */
	uint8_t source;		  /* enum endpoint_source of the current endpoint */
	bool keepalive_ours : 1;  /* the interval was set by us */
	bool withdrawn : 1;	  /* its routes are out because it is dead, and that was told */
	bool looped : 1;	  /* the way to its endpoint leads through the tunnel itself */
	bool paired : 1;	  /* it has a standby, or is one: its health has to be known */
	bool relieved : 1;	  /* its standby on another interface serves its prefixes */
	bool second : 1;	  /* it stands by on another interface: its routes come after */
	bool judged : 1;	  /* in that generation keepalive auto said no */
	bool settled : 1; /* it was quiet once; a change of generation may ask for a probe */
	bool moved : 1;	  /* the generation changed since it was */
};

#define ALTERED_MAX  64		/* peers that are told one by one when a device's list changes */
#define NETWORKS_MAX 128	/* allowed-IPs, the same */
#define PEER_NONE    UINT32_MAX /* instead of a place */

/* From one place in a device's list on, up to the next shift. */
struct peer_shift {
	uint32_t from;
	uint32_t to; /* where the first of them is now, and the others behind it; PEER_NONE: gone */
	bool altered; /* it is one, whose allowed-IPs are others */
};

struct peer_aip {
	uint32_t peer;
	struct prefix prefix;
};
VEC_TYPE(peers_aips, struct peer_aip);

/*
 * What became of the peers of a device when its list last changed. Those before the first shift are
 * where they were, and as they were.
 */
struct peer_moves {
	bool many;   /* more than is told here, or their order changed: the rest says nothing */
	bool mapped; /* a netmap is among what is gone or altered */
	VEC(struct peer_shift) shifts; /* by from */
	VEC(uint32_t) altered;	       /* where those are now that came, or are altered; sorted */
	struct peers_aips lost;	       /* of those that are gone or altered, by where they were */
	struct peers_aips gained;      /* of those that came or are altered, by where they are */
};

/* The shift that a peer is in; NULL: it is where it was. */
static inline const struct peer_shift *peer_shift(const struct peer_moves *m, uint32_t from)
{
	const struct peer_shift *found = NULL;

	vec_each(&m->shifts, r) {
		if (r->from > from)
			break;
		found = r;
	}
	return found;
}

/* Is it gone, or altered? */
static inline bool peer_is_other(const struct peer_moves *m, uint32_t from)
{
	const struct peer_shift *r = peer_shift(m, from);

	return r && (r->to == PEER_NONE || r->altered);
}

/* Where a peer is now; PEER_NONE when it is gone. */
static inline uint32_t peer_moved(const struct peer_moves *m, uint32_t from)
{
	const struct peer_shift *r = peer_shift(m, from);

	if (!r)
		return from;
	return r->to == PEER_NONE ? PEER_NONE : r->to + (from - r->from);
}

#define TAKEN_MAX    16	     /* that are remembered of a device */
#define TAKEN_RECENT 3600000 /* ms */

/*
 * An allowed-IP that left a peer because another one of the interface was given it, by somebody
 * else's hand. WireGuard does that without a word, also where it was a mistake.
 */
struct taken {
	struct prefix prefix;
	struct key from, to;
	msec at;
};

struct device {
	uint32_t ifindex;
	char name[IFNAME_LEN];
	uint32_t mtu;
	bool up;
	bool readable; /* the last dump succeeded */
	bool settling; /* up for a moment only: whoever makes it may not be done */
	msec up_since; /* first seen up; 0 = down, or not looked at since */
	msec stirred;  /* the same, or when another program last went on with it */
	enum backend backend;
	bool boringtun;	  /* counts data only, and its peers cannot be set; see codec/uapi.h */
	int error;	  /* of the last look: -errno */
	msec error_delay; /* until the next look after that */
	uint16_t listen_port;
	uint32_t fwmark;
	uint32_t twin; /* ifindex of where a standby of its peers is, or their primary; 0 = none */
	VEC(struct peer) peers;	      /* in the kernel's order */
	uint32_t states[LIFE_STATES]; /* of them, so many are in each, since the last look */
	struct prefixes aips;	      /* each peer's together, in the kernel's order; and gaps */
	uint32_t aips_unused;	      /* so many of them are nobody's any more */
	VEC(uint64_t) ends;	      /* where endpoints are: model/ends.h */
	msec poll_at;		      /* when it is looked at next */
	msec rebind_at, rebind_delay; /* the next change of the source port */
	msec undone_at;		      /* when another program last undid a move of allowed-IPs */
	uint8_t undone;		      /* how many times, one soon after the other */
	uint32_t structure;	      /* moves when keys, allowed-IPs or their order changed */
	struct peer_moves moves;      /* the last time */
	VEC(struct taken) taken;      /* each prefix once: whose it was first */
	bool moving;		      /* we moved allowed-IPs since the last look */
	const struct iface_conf *conf;
	const struct import_iface *imported;
};
VEC_TYPE(devices, struct device);

struct state {
	struct links links;
	struct local_addrs addrs;
	struct routes ours;    /* of ROUTE_PROTOCOL, anywhere; by route_order() */
	struct routes foreign; /* of others, over our devices; the same */
	/* Others' routes of the main table that have one of the addresses of underlay_wanted(). */
	struct routes underlay;
	struct rules rules;
	struct devices devices; /* sorted by ifindex */
};

void state_free(struct state *s);
void device_free(struct device *d);

struct device *state_device(struct state *s, uint32_t ifindex);
const struct link *state_link(const struct state *s, uint32_t ifindex);
/* "wg0", the state's; of one that is gone "if7", which the next call writes over. */
const char *state_ifname(const struct state *s, uint32_t ifindex);
/* Is this one of the host's own addresses? */
bool state_has_addr(const struct state *s, const struct addr *a);

/* Makes devices follow links: new ones added empty, vanished ones dropped. True on change. */
bool state_sync_devices(struct state *s, const struct config *c, const struct imports *im);
/* Points devices and peers at a new configuration or new imports. */
void state_join(struct state *s, const struct config *c, const struct imports *im);
/* Only the peers of a device that its last change altered, with what the others have. */
void device_join_altered(struct device *d, const struct config *c, const struct imports *im);

/* Of the peers that a look has seen. */
struct merge_counts {
	uint32_t changes; /* their life changed state */
	uint32_t moved;	  /* their endpoint changed; their looked is 0 */
	uint32_t reached; /* those of them that had none, and never called */
	uint32_t heals;	  /* they answered again after repairs: see peer_healed() */
};

#define MOVED_TOLD 8 /* endpoints that are told one by one when they moved */

/* At one place of the old list: so many are gone, and so many fresh ones came instead. */
struct merge_edit {
	uint32_t at, gone, came;
};

/*
 * A dump of one device is merged like this: begin, then peer and its allowed-IPs for each peer
 * (a peer that goes on in a second message is named again), then end. With ok false no peer has
 * come or gone, nor has an allowed-IP; those that were named before it failed have been seen. end
 * returns true when the structure changed.
 */
struct device_merge {
	struct device *device;
	struct moment at;
	uint16_t listen_port; /* as dumped; the device's until then */
	uint32_t fwmark;
	bool boringtun;		  /* times of handshakes are made from ages: inexact */
	uint32_t peer;		  /* the old ones before it were named, or are gone */
	uint32_t aip, aip_end;	  /* what the last one that was found in place has not had yet */
	bool rewrite;		  /* from the first difference on all are fresh */
	bool is_fresh;		  /* the last one that was named */
	bool again;		  /* it was begun anew: some peers have been seen already */
	struct merge_counts seen; /* after end: of this look, however it ended */
	uint32_t moved;		  /* endpoints that did, of all that were named */
	struct addr moved_to[MOVED_TOLD]; /* where to, the first of them; family 0: to none */
	struct merge_counts fresh; /* those of them that only the fresh list knows of, until then */
	VEC(struct merge_edit) edits; /* by at */
	VEC(struct peer) peers;	      /* the fresh ones of all the edits, one after the other */
	VEC(uint32_t) from;	      /* where each of them was; PEER_NONE: it is new */
	VEC(struct prefix) aips;      /* theirs */
};
void device_merge_begin(struct device_merge *m, struct device *d, struct moment at);
/* The same look from the beginning: what came so far is not the whole. */
void device_merge_again(struct device_merge *m);
void device_merge_peer(struct device_merge *m, const struct wg_peer *p);
void device_merge_aip(struct device_merge *m, const struct prefix *p);
bool device_merge_end(struct device_merge *m, bool ok);

/* What was done about it, to be read; never NULL. To be written, it is made where there is none. */
const struct peer_care *peer_care(const struct peer *p);
struct peer_care *peer_tend(struct peer *p);

/* Did it answer just now, at this look, what it had not, after something was tried about that? */
bool peer_healed(const struct peer *p, msec now);

/* NULL when d has no such peer. */
const struct peer *device_peer(const struct device *d, const struct key *key);

/* The allowed-IPs of a peer of d. */
static inline const struct prefix *peer_aips(const struct device *d, const struct peer *p)
{
	return d->aips.at + p->wg.first_aip;
}

/* The configured, else the imported name; NULL when it has none. */
const char *peer_name(const struct peer *p);
/* The same, or the start of the key ("AbCdEfGh…") in buf of KEY_STRLEN. Returns what to show. */
const char *peer_label(const struct peer *p, char *buf);
/* Its zone's name, "peers" when none is configured. */
const char *peer_zone(const struct peer *p);
const struct routes_conf *peer_routes(const struct device *d, const struct peer *p);
const struct keepalive_conf *peer_keepalive(const struct device *d, const struct peer *p);
/* Its endpoint as written in the configuration, else in an import; NULL when nowhere. */
const struct endpoint_spec *peer_endpoint_spec(const struct peer *p);

#endif
