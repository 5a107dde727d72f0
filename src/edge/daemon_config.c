// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's configuration: read at the start, at a reload, and, as far as it is in other
 * programs' files, whenever those change. A file with a mistake changes nothing.
 */
#include "daemon_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "edge/clock.h"
#include "edge/notify.h"

const char *config_path(const struct daemon_options *o)
{
	struct stat st;

	if (o->config)
		return o->config;
	return lstat(DEFAULT_CONFIG_PATH, &st) && errno == ENOENT ? NULL : DEFAULT_CONFIG_PATH;
}

static void problem_text(const struct conf_problem *p, char *buf, size_t size)
{
	if (p->line)
		snprintf(buf, size, "%s:%u: %s", p->file, p->line, p->message);
	else
		snprintf(buf, size, "%s: %s", p->file, p->message);
}

/* The first real problem goes to why, all of them to the log. */
static int config_load(const char *path, struct config **out, struct sources *sources, char *why,
		       size_t size)
{
	struct conf_problems problems = {0};
	bool first = true;
	int err = 0;

	if (!path) {
		sources_add(sources, DEFAULT_CONFIG_FOLDER "/."); /* it may come later */
		*out = config_new();
		return 0;
	}
	err = files_load_config(path, out, &problems, sources);
	vec_each(&problems, p) {
		char text[512];

		problem_text(p, text, sizeof(text));
		log_write(p->note ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "%s", text);
		if (!p->note && first) {
			mem_copy_str(why, size, text);
			first = false;
		}
	}
	conf_problems_free(&problems);
	return err;
}

int daemon_check(const struct daemon_options *o)
{
	const char *path = config_path(o);
	struct conf_problems problems = {0};
	struct config *c = NULL;
	int err;

	if (!path)
		return 0;
	err = files_load_config(path, &c, &problems, NULL);
	vec_each(&problems, p) {
		char text[512];

		problem_text(p, text, sizeof(text));
		printf("%s%s\n", text, p->note ? " (note)" : "");
	}
	conf_problems_free(&problems);
	config_free(c);
	return err ? 1 : 0;
}

static enum log_level log_level_for(const struct daemon *d, const struct config *c)
{
	return d->options->verbose ? LOG_LEVEL_DEBUG : c->log_level;
}

int daemon_configure(struct daemon *d, char *why, size_t size)
{
	struct imports imports = {0};
	struct config *c = NULL;
	int err = config_load(d->path, &c, *d->sandbox.user ? NULL : &d->sources, why, size);

	if (err)
		return err;
	files_import(&imports, config_import_sources(c));
	c->log_level = log_level_for(d, c);
	engine_configure(d->engine, c, d->path, &imports, moment_now());
	return 0;
}

int daemon_configure_without(struct daemon *d)
{
	char why[512];

	log_warn("the built-in defaults are used for --clean: what is ours is known without a "
		 "configuration, but for another state_dir");
	d->path = NULL;
	return daemon_configure(d, why, sizeof(why));
}

static bool reads_roots(const struct sandbox *s)
{
	return s->read_search || !*s->user || !strcmp(s->user, "root");
}

/* A folder that is newer than the fence is beyond it, and so is one that was made again. */
static void imports_fenced(const struct daemon *d, unsigned int sources)
{
	const char *refused = NULL;

	if (d->sandbox.files && reads_roots(&d->sandbox))
		refused = files_import_refused(sources);
	if (refused)
		log_warn("%s: made after the start, so that it is beyond the fence around files "
			 "(Landlock), and names in it are not known before a restart: systemctl "
			 "restart waysided",
			 refused);
}

static void on_imports(void *ctx)
{
	struct daemon *d = ctx;
	unsigned int sources = config_import_sources(engine_config(d->engine));
	struct imports imports = {0};

	files_import(&imports, sources);
	imports_fenced(d, sources);
	engine_import(d->engine, &imports, moment_now());
	daemon_wake(d);
}

void imports_watch(struct daemon *d)
{
	import_watch_stop(d->watch);
	d->watch = import_watch_start(&d->loop, config_import_sources(engine_config(d->engine)),
				      on_imports, d);
}

/* The right to read other programs' files went when there was nothing to import. */
static void imports_unreadable(const struct daemon *d)
{
	unsigned int sources = config_import_sources(engine_config(d->engine));

	if (sources && !reads_roots(&d->sandbox))
		log_warn("import: files that only root may read are not read before a restart, for "
			 "nothing was imported at the start: systemctl restart waysided");
	imports_fenced(d, sources);
}

int edge_reload(void *ctx, char *why, size_t size)
{
	struct daemon *d = ctx;
	const char *before = d->path;
	char path[PATH_LEN];
	int err;

	mem_copy_str(path, sizeof(path), engine_config(d->engine)->socket_path);
	d->path = before ? before : config_path(d->options); /* the default file may be new */
	notify_reloading();
	err = daemon_configure(d, why, size);
	if (err) {
		d->path = before;
		engine_config_failed(d->engine, why, moment_now());
	} else {
		imports_watch(d);
		imports_unreadable(d);
	}
	if (strcmp(path, engine_config(d->engine)->socket_path))
		log_warn("%s: the control socket stays where it is until a restart: systemctl "
			 "restart waysided",
			 path);
	notify_send("READY=1");
	daemon_wake(d);
	return err;
}
