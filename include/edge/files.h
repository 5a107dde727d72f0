/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are read: our configuration, and what other programs wrote about WireGuard.
 */
#ifndef EDGE_FILES_H
#define EDGE_FILES_H

#include "codec/conf.h"
#include "model/imports.h"

/* Files that a configuration was read from, and folders ("FOLDER/.") that it looks into. */
struct source {
	char *path;
};
VEC_TYPE(sources, struct source);
void sources_free(struct sources *s);
void sources_add(struct sources *s, const char *path); /* s may be NULL */

/*
 * conf_load() with real files. Refuses one that others may write. What was read is added to
 * sources, unless NULL.
 */
int files_load_config(const char *path, struct config **out, struct conf_problems *problems,
		      struct sources *sources);

/*
 * /etc/wireguard/NAME.conf, /etc/systemd/network/NAME.netdev and /etc/config/network as far as
 * sources (enum import_source, or-ed) say. Each file's buffer is wiped: it may hold private keys. A
 * file that cannot be read is a warning, a folder that does not exist is nothing.
 */
void files_import(struct imports *out, unsigned int sources);

/*
 * The first folder of sources that is there and may not be looked into, of which files_import()
 * says nothing; NULL: none.
 */
const char *files_import_refused(unsigned int sources);

/*
 * A small file in folder: read whole (the caller frees *text) or replaced. What the daemon's own
 * user wrote is believed by root, too, and what root writes there belongs to it: --clean and
 * --dry-run. confined: no file may change hands any more. 0 or -errno.
 */
int files_recall(const char *folder, const char *name, char **text, size_t *len);
int files_store(const char *folder, const char *name, const char *text, size_t len, bool confined,
		int *fd);
/*
 * files_store() leaves the file open in *fd, after it closed what was open there (-1 = nothing; fd
 * NULL: it is closed). More goes behind what was stored, as long as that is still the file:
 * -ESTALE. After any error the file is to be stored whole.
 */
int files_store_more(const char *folder, const char *name, int fd, const char *text, size_t len);

/* The sources that any interface of the configuration imports from. */
unsigned int config_import_sources(const struct config *c);

#endif
