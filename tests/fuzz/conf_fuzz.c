// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target for wayside.conf: any bytes give a configuration or a problem, never both and
 * never neither. The bytes are several files, each up to a zero byte; the first is loaded, the
 * others are found by @include under the names "1", "2" and so on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "codec/conf.h"
#include "support/fuzz.h"

/* libconfig forgets the last string of a text with a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

struct input {
	const uint8_t *data;
	size_t size;
};

/* File n of the input; the files "1" to "9" are there even when they are empty. */
static int input_read(void *ctx, const char *path, char **text, size_t *len)
{
	const struct input *in = ctx;
	const uint8_t *at = in->data, *end = in->data + in->size;
	const uint8_t *zero;

	if (strlen(path) != 1 || *path < '0' || *path > '9')
		return -ENOENT;
	for (int n = *path - '0'; n > 0; n--) {
		zero = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
		at = zero ? zero + 1 : end;
	}
	zero = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
	*len = (size_t)((zero ? zero : end) - at);
	*text = mem_calloc(*len, 1);
	if (*len)
		memcpy(*text, at, *len);
	return 0;
}

static int input_expand(void *ctx, const char *pattern, char ***paths, size_t *n)
{
	char name[2] = "1";
	(void)ctx;

	*paths = mem_calloc(3, sizeof(**paths));
	for (*n = 0; *name <= '3'; ++*name)
		if (glob_match(pattern, name))
			(*paths)[(*n)++] = mem_strdup(name);
	return 0;
}

static int input_table(void *ctx, const char *name, uint32_t *table)
{
	const struct input *in = ctx;

	return rt_tables_find((const char *)in->data, in->size, name, table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.data = data, .size = size};
	struct conf_env env = {.ctx = &in,
			       .read = input_read,
			       .expand = input_expand,
			       .table_by_name = input_table};
	struct conf_problems problems = {0};
	struct config *config;
	int err = conf_load("0", &env, &config, &problems);
	bool serious = false;

	vec_each(&problems, p) {
		serious = serious || !p->note;
		if (!strcmp(p->message, "syntax error here or just before"))
			abort(); /* libconfig's words: conf_grammar.c is to find it first */
	}
	if (serious != (err != 0) || serious != (config == NULL))
		abort();
	config_free(config);
	conf_problems_free(&problems);
	return 0;
}
