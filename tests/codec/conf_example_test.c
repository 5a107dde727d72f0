// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/wayside.conf is documentation, so it is held to what the parser does: every key is in it,
 * what is commented as a default is the default, and its example works. The manual has to have
 * every key, too.
 */
#include "codec/conf_memory.h"

#define EXAMPLE "conf/wayside.conf"
#define MANUAL	"contrib/man/wayside.conf.5"

static char *file_text(const char *path)
{
	FILE *f = fopen(path, "r");
	struct str s = {0};
	char line[512];

	if (!f)
		fail_msg("%s: %s (tests run in the root of the repository)", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		str_add(&s, "%s", line);
	fclose(f);
	return s.text;
}

/* The lines of text as pick() writes them. */
static char *picked(const char *text, void (*pick)(struct str *out, const char *line, size_t n))
{
	struct str s = {0};

	while (*text) {
		size_t n = strcspn(text, "\n") + 1;

		pick(&s, text, n);
		text += n;
	}
	return s.text;
}

/* "#key = value;" becomes "key = value;"; "# text" stays. */
static void uncomment_default(struct str *out, const char *line, size_t n)
{
	size_t at = strspn(line, " ");

	if (line[at] == '#' && line[at + 1] != ' ' && line[at + 1] != '\n')
		str_add(out, "%.*s%.*s", (int)at, line, (int)(n - at - 1), line + at + 1);
	else
		str_add_bytes(out, line, n);
}

/* "#   example" becomes "example"; everything else goes, but stays a line. */
static void only_example(struct str *out, const char *line, size_t n)
{
	if (!strncmp(line, "#   ", 4))
		str_add_bytes(out, line + 4, n - 4);
	else
		str_add(out, "\n");
}

static void it_is_the_defaults_with_a_firewall(void **state)
{
	char *file = file_text(EXAMPLE), *text = load_good(file);
	struct config *config = config_new();
	char *builtin;
	(void)state;

	config->defaults.firewall.enabled = true;
	builtin = config_text(config);
	assert_string_equal(text, builtin);
	free(file);
	free(text);
	free(builtin);
	config_free(config);
}

static void what_is_commented_is_the_default(void **state)
{
	char *file = file_text(EXAMPLE), *text = load_good(file);
	char *open_file = picked(file, uncomment_default), *open_text;
	struct conf_problems problems = {0};
	struct config *config;
	(void)state;

	assert_string_not_equal(file, open_file);
	assert_int_equal(load(open_file, &config, &problems), 0);
	assert_int_equal(problems.len, 0);
	assert_true(config->defaults.routes.table_set);
	config->defaults.routes.table_set = false; /* the one key that differs by being there */
	open_text = config_text(config);
	assert_string_equal(open_text, text);
	config_free(config);
	free(file);
	free(text);
	free(open_file);
	free(open_text);
}

static void its_example_works(void **state)
{
	char *file = file_text(EXAMPLE), *example = picked(file, only_example);
	struct conf_problems problems = {0};
	struct config *config;
	(void)state;

	assert_non_null(strstr(example, "interfaces = ("));
	load(example, &config, &problems);
	vec_each(&problems, p)
		fail_msg("%s:%u: %s", EXAMPLE, p->line, p->message);
	config_free(config);
	conf_problems_free(&problems);
	free(example);
	free(file);
}

/* "key = ", whatever stands before the key. */
static void is_in_example(void *ctx, const char *path)
{
	const char *key = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
	const char *file = ctx;
	struct str want = {0};
	bool found = false;

	str_add(&want, "%s = ", key);
	for (const char *at = strstr(file, want.text); at; at = strstr(at + 1, want.text))
		found = found || at == file || strchr("\n #{", at[-1]);
	if (!found)
		fail_msg("%s does not show %s", EXAMPLE, path);
	str_free(&want);
}

static void is_in_manual(void *ctx, const char *path)
{
	const char *key = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
	struct str want = {0};

	str_add(&want, "\n.It Ic %s ", key);
	if (!strstr(ctx, want.text))
		fail_msg("%s has no entry for %s", MANUAL, path);
	str_free(&want);
}

static void every_key_is_documented(void **state)
{
	char *example = file_text(EXAMPLE), *manual = file_text(MANUAL);
	(void)state;

	conf_each_key(is_in_example, example);
	conf_each_key(is_in_manual, manual);
	free(example);
	free(manual);
}

static void add_key(void *ctx, const char *path)
{
	const char *key = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;

	str_add(ctx, " %s ", key);
}

static void nothing_else_is_documented(void **state)
{
	static const char entry[] = "\n.It Ic ";
	char *manual = file_text(MANUAL);
	struct str keys = {0};
	(void)state;

	conf_each_key(add_key, &keys);
	for (char *at = strstr(manual, entry); at; at = strstr(at, entry)) {
		char key[64];

		at += strlen(entry);
		snprintf(key, sizeof(key), " %.*s ", (int)strcspn(at, " \n"), at);
		if (!strstr(str_text(&keys), key))
			fail_msg("%s has an entry for%s, which is no key", MANUAL, key);
	}
	str_free(&keys);
	free(manual);
}

TEST_MAIN(it_is_the_defaults_with_a_firewall, what_is_commented_is_the_default, its_example_works,
	  every_key_is_documented, nothing_else_is_documented)
