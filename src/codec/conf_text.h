/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One text for libconfig: the configuration file with what it includes in its place, and for each
 * line of that text the file and line it came from.
 */
#ifndef CODEC_CONF_TEXT_H
#define CODEC_CONF_TEXT_H

#include "base/str.h"
#include "codec/conf.h"

#define CONF_DEPTH_MAX 10   /* an include in an include in ... */
#define CONF_READS_MAX 1000 /* files read for one configuration */

struct conf_text {
	struct str text;
	VEC(struct place) lines; /* lines.at[0] is where the text's first line came from */
	bool unfinished;	 /* a string or a comment never ends: what follows makes no sense */
};

/* The files' names are owned by config->files. Problems are added to problems. */
void conf_text_read(struct conf_text *out, const char *path, const struct conf_env *env,
		    struct config *config, struct conf_problems *problems);
void conf_text_free(struct conf_text *t);

/* Where line n of the text came from, counted from 1; past the end, the last line. */
struct place conf_text_place(const struct conf_text *t, unsigned int n);

#endif
