/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario while it is played: the world, the words of the present line, and what they mean.
 * The language is described where it is read, in tests/replay/replay_test.c.
 */
#ifndef SUPPORT_PLAY_H
#define SUPPORT_PLAY_H

#include <jansson.h>

#include "support/test.h"
#include "support/world.h"

#define PLAY_WORDS_MAX 12

struct play {
	struct world *w;
	const char *file;
	unsigned int line;
	char *words[PLAY_WORDS_MAX];
	unsigned int n;
	struct str config; /* while it is collected */
	bool collecting;
	struct imports imports;
	bool configured;
	uint64_t nonce;	       /* of the last question that a spoke asked us */
	size_t found;	       /* where in the log what was last expected ends */
	uint32_t transactions; /* that were expected so far */
};

#define play_fail(p, ...)                                                             \
	do {                                                                          \
		print_error("%s:%u: ", (p)->file, (p)->line);                         \
		print_error(__VA_ARGS__);                                             \
		print_error("\nlog since the last run:\n%s", str_text(&(p)->w->log)); \
		fail();                                                               \
	} while (0)

/* The words of the line as what they are; each fails the test when it is not one. */
const char *play_word(struct play *p, unsigned int i);
long play_number(struct play *p, unsigned int i);
struct prefix play_prefix(struct play *p, const char *text);
struct endpoint play_endpoint(struct play *p, const char *text);
/* The first word after the command: 4 or 6. */
uint8_t play_family(struct play *p);
/* All after the command as one text, until the next call. */
const char *play_rest(struct play *p);
/* The value of key=value, or NULL. */
const char *play_option(struct play *p, const char *key);

/* Does what a line about the firewall says; false: there is no such word. */
bool play_firewall(struct play *p);

/* The same for the exchange and direct paths. */
bool play_exchange(struct play *p);
/* The answer of the control socket for one peer; the caller drops it. */
json_t *play_ask_peer(struct play *p, const char *label);

/* Does what a line that begins with "expect" says; false: there is no such word. */
bool play_expect(struct play *p);

#endif
