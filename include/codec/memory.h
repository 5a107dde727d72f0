/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to survive a restart, as JSON text for one small file in state_dir: the last good
 * addresses of each name, so that a tunnel comes up at boot when the name server is behind it, and
 * the allowed-IPs that were moved, so that they go home one day.
 *
 * The file is a help, never a truth: a missing, old or broken one only means that less is known.
 */
#ifndef CODEC_MEMORY_H
#define CODEC_MEMORY_H

#include "base/str.h"
#include "model/loans.h"
#include "model/names.h"

#define MEMORY_FILE "state.json" /* in state_dir */

struct memory_name {
	char host[HOST_LEN];
	VEC(struct endpoint) endpoints; /* in order of preference; port 0 = just an address */
};

struct memory {
	VEC(struct memory_name) names;
	struct loans loans; /* sorted */
};

void memory_free(struct memory *m);

/* Appends what is known now. */
void memory_write(struct str *out, const struct names *ns, const struct loans *loans);

/*
 * The same for those names alone whose addresses changed since version (model/names.h): one line,
 * which goes behind that text. How many there are.
 */
uint32_t memory_write_since(struct str *out, const struct names *ns, uint32_t version);

/* 0, or -EINVAL when the text is not ours; what could be read is in out either way. */
int memory_read(struct memory *out, const char *text, size_t len);

/* Gives remembered addresses to names that were never answered. How many names got some. */
unsigned int memory_recall(const struct memory *m, struct names *ns);

#endif
