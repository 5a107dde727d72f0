// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wayside.conf as a whole: the text is put together (conf_text.c), libconfig makes a tree of it,
 * tables say what the tree may hold (conf_keys.c and the files beside it), and what is left over
 * is checked. A configuration comes out only when nothing at all is wrong with it.
 */
#include <errno.h>
#include <stdio.h>

#include "conf_keys.h"
#include "conf_problems.h"

static const struct conf_word exits[] = {{"keep", false}, {"clean", true}, {0}};

static const struct conf_word levels[] = {{"error", LOG_LEVEL_ERROR},
					  {"warn", LOG_LEVEL_WARN},
					  {"info", LOG_LEVEL_INFO},
					  {"debug", LOG_LEVEL_DEBUG},
					  {0}};

static const struct conf_key socket_keys[] = {
	/* 108 bytes with the zero: sun_path of unix(7) */
	{"path", conf_read_path, CONF_FIELD(struct config, socket_path), .max = 107},
	{"group", conf_read_text, CONF_FIELD(struct config, socket_group)},
	{0},
};

static const struct conf_group socket_group = {"socket", socket_keys};

/* In the order in which they are read: interfaces start from the defaults. */
static const struct conf_key file_keys[] = {
	{"on_exit", conf_read_word, CONF_FIELD(struct config, clean_on_exit), .words = exits},
	{"state_dir", conf_read_path, CONF_FIELD(struct config, state_dir)},
	{"socket", conf_read_group, CONF_NO_FIELD, .group = &socket_group},
	{"log_level", conf_read_word, CONF_FIELD(struct config, log_level), .words = levels},
	{"defaults", conf_read_group, CONF_FIELD(struct config, defaults),
	 .group = &conf_defaults_group},
	{"zones", conf_read_zones, CONF_NO_FIELD, .group = &conf_zone_group},
	{"interfaces", conf_read_interfaces, CONF_NO_FIELD, .group = &conf_interface_group},
	{0},
};

static const struct conf_group file_group = {"the file", file_keys};

static void each_key(const struct conf_group *g, const char *path, conf_on_key on, void *ctx)
{
	char full[128];

	if (g->also)
		each_key(g->also, path, on, ctx);
	for (const struct conf_key *k = g->keys; k->name; k++) {
		snprintf(full, sizeof(full), "%s%s%s", path, *path ? "." : "", k->name);
		on(ctx, full);
		if (k->group)
			each_key(k->group, full, on, ctx);
	}
}

void conf_each_key(conf_on_key on, void *ctx)
{
	each_key(&file_group, "", on, ctx);
}

static void read_tree(struct conf *c)
{
	config_t tree;

	config_init(&tree);
	if (config_read_string(&tree, str_text(&c->text.text)) == CONFIG_TRUE) {
		conf_collect_names(c, config_root_setting(&tree));
		conf_read_keys(c, &file_group, config_root_setting(&tree), c->config);
		conf_check_zones(c);
		conf_check_netmaps(c);
		conf_check_standbys(c);
		conf_check_policies(c);
		conf_routes_settle(c->config);
	} else {
		conf_syntax_problem(c, &tree);
	}
	config_destroy(&tree);
}

int conf_load(const char *path, const struct conf_env *env, struct config **out,
	      struct conf_problems *problems)
{
	struct conf c = {.env = env, .problems = problems, .config = config_new()};
	bool good;

	conf_text_read(&c.text, path, env, c.config, problems);
	if (c.text.lines.len && !c.text.unfinished && conf_grammar_check(&c))
		read_tree(&c);
	conf_problems_sort(problems, c.config);
	good = !conf_problems_serious(problems);
	*out = good ? c.config : NULL;
	if (!good)
		config_free(c.config);
	conf_text_free(&c.text);
	vec_free(&c.zones);
	vec_free(&c.peers);
	vec_free(&c.zone_prefixes);
	return good ? 0 : -EINVAL;
}
