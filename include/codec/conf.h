/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wayside.conf (libconfig text) to a validated struct config.
 *
 * Every problem is collected with its file and line; nothing stops at the first. Unknown keys,
 * wrong types, values out of range and names that lead nowhere are problems. What is parsed but
 * not built yet is refused with "not supported yet", never silently ignored.
 */
#ifndef CODEC_CONF_H
#define CODEC_CONF_H

#include <stddef.h>

#include "model/config.h"

/* How the parser reaches files: it does no I/O itself, and a test or a fuzzer can be them. */
struct conf_env {
	void *ctx;
	/*
	 * The whole file as malloc()ed text (the caller frees), *len without a terminator. 0 or
	 * -errno, with a meaning of its own for two: -EINVAL is no plain file, -EPERM one that
	 * others than root and the reader may write to.
	 */
	int (*read)(void *ctx, const char *path, char **text, size_t *len);
	/*
	 * Files that match a pattern with '*', '?' or '[', sorted; each malloc()ed, as is the
	 * array. Only called for such patterns. 0 (also for no match) or -errno.
	 */
	int (*expand)(void *ctx, const char *pattern, char ***paths, size_t *n);
	/* A routing table's number by its name in rt_tables(5); 0 or -ENOENT. */
	int (*table_by_name)(void *ctx, const char *name, uint32_t *table);
	/* Does an imported file give this name to a peer? A policy may then use it. May be NULL. */
	bool (*imported_peer)(void *ctx, const char *name);
};

struct conf_problem {
	char *file;
	unsigned int line; /* 0: the file as a whole */
	char *message;
	bool note; /* worth saying (host bits masked), but the configuration is good */
};

VEC_TYPE(conf_problems, struct conf_problem);

/*
 * Reads path and what it includes. On success *out is the new configuration (the caller frees
 * with config_free()) and the result is 0, with nothing but notes in problems; otherwise -EINVAL
 * and *out is NULL. The caller frees problems with conf_problems_free().
 */
int conf_load(const char *path, const struct conf_env *env, struct config **out,
	      struct conf_problems *problems);

void conf_problems_free(struct conf_problems *problems);

/* Every key there is, as a path: "socket.path", "interfaces.peers.endpoint". */
typedef void (*conf_on_key)(void *ctx, const char *path);
void conf_each_key(conf_on_key on, void *ctx);

/*
 * The text of /etc/iproute2/rt_tables or a drop-in: finds name. 0 or -ENOENT. "main", "local",
 * "default" and "unspec" need no file.
 */
int rt_tables_find(const char *text, size_t len, const char *name, uint32_t *table);

#endif
