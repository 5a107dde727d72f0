/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys as tables. A group is a table of keys; a key is a name, a reader, and where in a struct the
 * value goes. The walk looks the known keys up in the order of their table (so the order in the
 * file never matters), calls their readers, and refuses every other key.
 *
 *	static const struct conf_key exchange_keys[] = {
 *		{"serve", conf_read_bool, CONF_FIELD(struct exchange_conf, serve)},
 *		{"port", conf_read_number, CONF_FIELD(struct exchange_conf, port), 1, 65535},
 *		{0},
 *	};
 */
#ifndef CODEC_CONF_KEYS_H
#define CODEC_CONF_KEYS_H

#include <libconfig.h>

#include "conf_text.h"

/* A name of a zone or a peer, and where the file gives it first. */
struct conf_name {
	const char *text;
	const config_setting_t *setting; /* the first that has it */
	uint32_t nth;			 /* in the order of the file, while they are collected */
};

VEC_TYPE(conf_names, struct conf_name); /* by text, each once */

struct conf_zone_prefix {
	struct prefix prefix;
	uint32_t zone; /* its index in config->zones */
	const config_setting_t *setting;
	const struct conf_zone_prefix *outer; /* the smallest that covers it, NULL for none */
};

/* Everything that is at hand while one configuration is read. */
struct conf {
	const struct conf_env *env;
	struct conf_problems *problems;
	struct conf_text text;
	struct config *config;		/* what comes out */
	struct conf_names zones, peers; /* all that policies may name; known before the walk */
	VEC(struct conf_zone_prefix) zone_prefixes;
};

struct conf_key;
struct conf_group;

/* Reads the setting's value into field, or adds a problem and leaves field as it is. */
typedef void (*conf_reader)(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			    void *field);

struct conf_word {
	const char *word;
	int64_t value;
};

struct conf_key {
	const char *name;
	conf_reader read;
	size_t offset, size;		/* of the field in the group's struct */
	int64_t min, max;		/* conf_read_number; conf_read_seconds, in milliseconds */
	const struct conf_word *words;	/* conf_read_word; ends with a NULL word */
	const struct conf_group *group; /* what is inside of a group, or of each one in a list */
};

struct conf_group {
	const char *name;	       /* as messages call it */
	const struct conf_key *keys;   /* ends with a NULL name */
	const struct conf_group *also; /* keys of the same struct that are read before these */
	/* What no key can check alone; called after they are read. NULL is fine. */
	void (*check)(struct conf *c, const config_setting_t *s, void *base);
};

#define CONF_FIELD(T, f) offsetof(T, f), sizeof(((T *)0)->f)
#define CONF_NO_FIELD	 0, 0

/* Reads a group of the file into the struct at base. */
void conf_read_keys(struct conf *c, const struct conf_group *g, const config_setting_t *s,
		    void *base);

/* Readers for the tables. Text goes into a char array; a path has to be absolute. */
void conf_read_group(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field);
void conf_read_bool(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field);
void conf_read_number(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		      void *field);
void conf_read_seconds(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field);
void conf_read_word(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field);
void conf_read_text(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field);
void conf_read_name(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field);
void conf_read_path(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		    void *field);

/* What readers are made of. The text, or NULL and a problem. */
const char *conf_text(struct conf *c, const config_setting_t *s);
/* A whole number, whatever its size. */
bool conf_whole(const config_setting_t *s, int64_t *out);
/* The value of a word, or a problem that lists the words. */
bool conf_word(struct conf *c, const config_setting_t *s, const char *text,
	       const struct conf_word *words, int64_t *out);
/* A prefix; a note says when host bits were cut off. */
bool conf_prefix(struct conf *c, const config_setting_t *s, const char *text, struct prefix *out);

/* Calls on() for each text of a list or an array, or for the one text that stands alone. */
typedef void (*conf_on_text)(struct conf *c, const config_setting_t *s, const char *text,
			     void *out);
void conf_each_text(struct conf *c, const config_setting_t *s, conf_on_text on, void *out);

/* Calls on() for each group of a list. */
typedef void (*conf_on_group)(struct conf *c, const config_setting_t *s, void *out);
void conf_each_group(struct conf *c, const config_setting_t *s, conf_on_group on, void *out);

/* NULL when the group has no such key, or s is no group. */
const config_setting_t *conf_member(const config_setting_t *s, const char *name);

/* Problems at a setting; the message is put behind the name of the key it belongs to. */
struct place conf_place(const struct conf *c, const config_setting_t *s);
void conf_problem(struct conf *c, const config_setting_t *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void conf_note(struct conf *c, const config_setting_t *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void conf_wrong_type(struct conf *c, const config_setting_t *s, const char *wanted);
/* text (a name, a key) is there a second time; the first one is at place. */
void conf_twice(struct conf *c, const config_setting_t *s, const char *text, struct place first);

/* The tables that are spread over the conf_*.c files, and their readers. */
extern const struct conf_group conf_defaults_group, conf_interface_group, conf_zone_group;
extern const struct conf_group conf_routes_group, conf_firewall_group, conf_peer_group;
extern const struct conf_group conf_netmap_group;

void conf_read_interfaces(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			  void *field);
void conf_read_peers(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field);
void conf_read_zones(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		     void *field);
void conf_read_netmaps(struct conf *c, const struct conf_key *k, const config_setting_t *s,
		       void *field);
void conf_read_keepalive(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			 void *field);
void conf_read_peer_name(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			 void *field);
void conf_read_peer_zone(struct conf *c, const struct conf_key *k, const config_setting_t *s,
			 void *field);

/* A name that Linux gives an interface (dev_valid_name() of net/core/dev.c), or a pattern. */
bool conf_ifname_valid(const char *text);

/* Finds the names that policies may use, so that zones and peers may come after policies. */
void conf_collect_names(struct conf *c, const config_setting_t *root);
/* NULL, or where the file gives the name first. */
const config_setting_t *conf_find_name(const struct conf_names *names, const char *text);

/* Is the text one that libconfig can read? The first thing that is not becomes a problem. */
bool conf_grammar_check(struct conf *c);
/* Says why libconfig could not make a tree of it all the same. */
void conf_syntax_problem(struct conf *c, const config_t *tree);

/* When everything is read: refuses what only all zones and peers together tell. */
void conf_check_zones(struct conf *c);
/* When all peers are known: refuses networks that two of them have by NETMAP. */
void conf_check_netmaps(struct conf *c);
/* Notes what changes with the peer that has a prefix. */
void conf_check_standbys(struct conf *c);
/* When zones are known: refuses policy rules that can never match. */
void conf_check_policies(struct conf *c);
/* When everything is read: routes.table = "off" becomes routes.enabled = false. */
void conf_routes_settle(struct config *config);

#endif
