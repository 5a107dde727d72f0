/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firewall's table as values: what it should be, chain by chain and set by set, and what the
 * kernel has, of ours and of other programs as far as it concerns us.
 *
 * A rule is an abstract value here: codec/nft makes expressions of it, and a test evaluates it on
 * packets.
 */
#ifndef PLAN_RULESET_H
#define PLAN_RULESET_H

#include "base/str.h"
#include "model/state.h"

#define FW_TABLE	"wayside"
#define FW_FLOWTABLE	"fast"
#define FW_CHAIN	"forward"
#define FW_CHAIN_INPUT	"input"	      /* only where `input` says something */
#define FW_CHAIN_NAT	"postrouting" /* only where something is masqueraded */
#define FW_PRIORITY	(-5)	      /* before NF_IP_PRI_FILTER, so that we drop first */
#define FW_PRIORITY_NAT 100	      /* NF_IP_PRI_NAT_SRC */
/* Only where a peer has a NETMAP: after fragments are joined and before conntrack looks (-400 and
   NF_IP_PRI_CONNTRACK), and after NAT. */
#define FW_CHAIN_NETMAP_IN     "netmap-in"
#define FW_CHAIN_NETMAP_OUT    "netmap-out"
#define FW_PRIORITY_NETMAP_IN  (-300)
#define FW_PRIORITY_NETMAP_OUT 200
/*
 * An owned table takes changes from the socket that owns it only; one that persists is nobody's
 * when that socket closes, until somebody takes it over: linux/netfilter/nf_tables.h, since 5.12
 * and 6.9. Without the second, a stop of ours would take the table away: both or none.
 */
#define FW_TABLE_OWNER	 2
#define FW_TABLE_PERSIST 4
#define FW_TABLE_OWNED	 (FW_TABLE_OWNER | FW_TABLE_PERSIST)

#define FW_LOG_PREFIX  "wayside: "
#define FW_NAME_LEN    256 /* NFT_NAME_MAXLEN: of tables, chains and sets */
#define FW_COMMENT_LEN 128 /* NFTNL_UDATA_COMMENT_MAXLEN */
#define FW_LABEL_LEN   NAME_LEN

/* --- the desired ruleset ------------------------------------------------------------------ */

enum fw_verdict {
	FW_CONTINUE, /* the next rule: for a rule that only changes the packet */
	FW_ACCEPT,
	FW_DROP,
	FW_REJECT, /* ICMP "administratively prohibited" of the packet's family */
	FW_RETURN, /* this chain has no objection: back to whoever jumped here */
	FW_JUMP,
	FW_GOTO,
	FW_MASQUERADE, /* the source becomes this host's address; ends the chain */
};

/* Bits of a connection's state. */
enum fw_ct { FW_CT_NEW = 1, FW_CT_ESTABLISHED = 2, FW_CT_RELATED = 4, FW_CT_INVALID = 8 };

/* One interface of a packet: by name or, with set, one of those in a set of names. */
struct fw_iface {
	char name[IFNAME_LEN]; /* "" = any */
	uint32_t set;	       /* a set's number, 0 = none */
	bool invert;	       /* any but those */
};

/*
 * One rule: every condition has to hold, a zeroed one always does. Chains and sets are named by
 * number: their place in the ruleset, counted from 1.
 */
struct fw_rule {
	struct fw_iface iif, oif;
	struct prefix src, dst;	   /* family 0 = any */
	uint32_t src_set, dst_set; /* the address, masked as the set says, is in it */
	uint8_t protocol;	   /* IPPROTO_*, 0 = any */
	uint16_t first, last;	   /* destination port; 0..0 = any */
	uint8_t ct;		   /* enum fw_ct, or-ed: one of these; 0 = any */
	bool syn;		   /* a TCP segment with SYN and without RST */
	/* An ICMP error of these types: src, dst and maps are about the packet that it quotes. */
	uint8_t error_first, error_last; /* 0..0 = no matter */

	uint16_t log; /* a line in the kernel's log, so many a second at most; 0 = none */
	bool clamp;   /* set the maximum segment size to what the route carries */
	bool count;   /* count what it goes on with; what it drops or rejects is counted anyway */
	bool offload; /* the connection's next packets take the flowtable */
	struct prefix map_src, map_dst; /* the address becomes its place in it; family 0 = stays */
	enum fw_verdict verdict;
	uint32_t target; /* FW_JUMP, FW_GOTO: a chain's number */
	char comment[FW_COMMENT_LEN];
	uint64_t tag; /* what the rule is known by in the kernel: a hash of all of the above */
};

/* What makes a base chain; type "" is no base chain. */
struct fw_hook {
	char type[16];	  /* "filter", "nat", "route" */
	uint8_t num;	  /* NF_INET_* */
	int32_t priority; /* lower is earlier */
	bool drops;	  /* the policy is drop */
};

struct fw_chain {
	char name[FW_NAME_LEN];
	struct fw_hook hook;
	VEC(struct fw_rule) rules;
};

enum fw_key { FW_KEY_IP4, FW_KEY_IP6, FW_KEY_IFNAME, FW_KEY_OTHER };

struct fw_count {
	uint64_t packets, bytes;
};

/* What the elements of a counting set count, seen from the peer whose they are. */
enum fw_traffic { FW_FROM, FW_TO, FW_DROPPED, FW_TRAFFICS };

/*
 * An address in network byte order or an interface's name; the rest is zero. Elements compare by
 * it; one whose label is another is replaced, so that a listing names the peer as he is called.
 */
struct fw_elem {
	uint8_t key[16];
	uint64_t label;	       /* a hash of the comment; 0 = none */
	uint32_t owner;	       /* desired ones: whose allowed-IP it is, by number; 0 = nobody's */
	struct fw_count count; /* observed ones of a counting set */
};
VEC_TYPE(fw_elems, struct fw_elem);

/* A hash set; in the desired ruleset and as the kernel has it. */
struct fw_set {
	char name[FW_NAME_LEN];
	enum fw_key key;
	uint8_t masklen;	 /* an address is masked to this before it is looked up */
	bool plain;		 /* no intervals, no timeouts, no data: as all of ours are */
	bool counting;		 /* a packet that is looked up counts for the element it finds */
	enum fw_traffic traffic; /* desired ones that count */
	uint32_t size;		 /* room for so many elements; 0 = not limited */
	struct fw_elems elems;	 /* sorted by fw_elem_cmp() */
};

/*
 * An accept in another program's base chain for one interface and direction: of everything, or
 * (on the input hook) of one port.
 */
struct fw_foreign {
	uint8_t family; /* NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET */
	char table[FW_NAME_LEN], chain[FW_NAME_LEN];
	char ifname[IFNAME_LEN];
	bool out;	  /* oifname instead of iifname */
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP; 0 = everything */
	uint16_t port;	  /* the destination's, with protocol */
	uint64_t handle;  /* observed ones: the rule's, in the kernel */
};
VEC_TYPE(fw_foreigns, struct fw_foreign);

/* A peer that elements belong to. */
struct fw_owner {
	char ifname[IFNAME_LEN];
	struct key key;
	char label[FW_LABEL_LEN]; /* its elements' comment: its name, cleaned; "" = it has none */
	uint64_t hash;		  /* of that; 0 = none */
};

struct fw_ruleset {
	bool table;		     /* false: we want no table at all */
	uint32_t table_flags;	     /* FW_TABLE_OWNED, or 0 */
	VEC(struct fw_owner) owners; /* by number, from 1, as sets and chains */
	VEC(struct fw_chain) chains;
	VEC(struct fw_set) sets;
	struct fw_elems offload;    /* the flowtable's interfaces, sorted; empty: no flowtable */
	struct fw_foreigns foreign; /* sorted by fw_foreign_cmp() */
};

/* --- what the kernel has ------------------------------------------------------------------ */

/* A chain of our table. A rule that is not ours, or was changed, has tag 0. */
struct fw_have_chain {
	char name[FW_NAME_LEN];
	struct fw_hook hook;
	VEC(uint64_t) tags; /* in the chain's order */
};

/* Another program's base chain on the forward or input hook, families ip, ip6 and inet. */
struct fw_base {
	uint8_t family;
	char table[FW_NAME_LEN], chain[FW_NAME_LEN];
	struct fw_hook hook;
	uint32_t rules; /* how many it has */
	uint32_t open;	/* so many at its top are accepts as ours are: see struct fw_foreign */
	bool owned;	/* its table takes changes from its owner only (NFT_TABLE_F_OWNER) */
	/* The last rule drops or rejects whatever reaches it, here or where it always leads. */
	bool last_drops;
	char leads[FW_NAME_LEN]; /* while looking: the chain where the last rule always leads */
	char tail[FW_NAME_LEN];	 /* the last such chain that was looked at; "" = none */
};

/* What not every kernel has, and we can do without. */
enum fw_feature { FW_FEATURE_OWNER = 1, FW_FEATURE_FLOWTABLE = 2 };

/*
 * copies are somebody's, or ours from a save that was restored. They serve as well, so none of
 * ours is added; they are never removed.
 */
struct fw_actual {
	bool available; /* false: this kernel, or our rights, have no nftables */
	int error;	/* why not: -errno */
	uint32_t genid; /* the generation all of this belongs to */
	bool table;
	uint32_t table_flags; /* NFT_TABLE_F_* */
	bool flowtable;	      /* ours, with the interfaces in offload */
	struct fw_elems offload;
	uint32_t owner, self; /* netlink ports: of the table's owner (0 = none), and ours */
	unsigned int lacks;   /* enum fw_feature, or-ed: what this kernel was found not to have */
	VEC(struct fw_have_chain) chains;
	VEC(struct fw_set) sets;
	VEC(struct fw_base) bases;
	struct fw_foreigns foreign; /* ours: with our tag, sorted by fw_foreign_cmp() */
	struct fw_foreigns copies;  /* such rules without our tag, at the top of a chain */
	struct fw_foreigns trusted; /* interfaces that an owned table sends to a trusted zone */
	/* iptables-legacy has a FORWARD, or an INPUT, that drops what no rule names (or it may). */
	bool legacy4, legacy6, legacy_input4, legacy_input6;
	/* What these chains accept by an interface's name alone; of INPUT by one UDP port, too. */
	struct fw_foreigns legacy_accepts;
};

/* --- questions about both ------------------------------------------------------------------- */

void fw_ruleset_free(struct fw_ruleset *r);
void fw_actual_free(struct fw_actual *a);

/* How many allowed-IPs its sets hold (interface names do not count). */
size_t fw_ruleset_elements(const struct fw_ruleset *r);
size_t fw_actual_elements(const struct fw_actual *a);

/* By number, as rules name them. */
const struct fw_chain *fw_ruleset_chain(const struct fw_ruleset *r, uint32_t number);
const struct fw_set *fw_ruleset_set(const struct fw_ruleset *r, uint32_t number);

/* NULL for an element that is nobody's. */
const struct fw_owner *fw_ruleset_owner(const struct fw_ruleset *r, const struct fw_elem *e);

/*
 * Text of people as a comment that nft(8) can print in quotes, print as JSON, and read back: what
 * would break that becomes '_', and what is too long is cut between two characters. out may be
 * text.
 */
void fw_text_clean(char *out, size_t size, const char *text);
/* Never 0 but for "". */
uint64_t fw_text_hash(const char *text);

/* A hash of the rule's text in nft(8)'s words and of FW_RULE_ENCODING. */
#define FW_RULE_ENCODING "1 " /* to be changed when the codec makes other expressions of a rule */
uint64_t fw_rule_tag(const struct fw_ruleset *r, const struct fw_rule *rule);
/* All chains with their rules, for tests and for debugging. */
void fw_ruleset_format(struct str *out, const struct fw_ruleset *r);

int fw_elem_cmp(const void *a, const void *b);
/* By family, table, chain, interface, direction, protocol, port. */
int fw_foreign_cmp(const void *a, const void *b);

/* Bytes of a key in the kernel: 4, 16, 16; 0 for FW_KEY_OTHER. */
size_t fw_key_size(enum fw_key k);

/* "ip", "ip6", "inet" of NFPROTO_*. */
const char *fw_family_name(uint8_t family);
/* "tcp", "udp", …; NULL for one that policies do not name. */
const char *fw_protocol_name(uint8_t protocol);

#endif
