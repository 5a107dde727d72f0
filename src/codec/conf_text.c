// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration's text: files in, one string out, and a map from its lines to theirs.
 *
 * Includes are put in place here and not by libconfig, which would read files itself and lose
 * their lines. On the way the text is changed in three ways that no reader can tell, and each is
 * for the sake of libconfig 1.5:
 *  - comments are left out (one in a last line without a newline is a syntax error there);
 *  - whole numbers get an L (without one it keeps 32 bits of them and says nothing);
 *  - a comma or bracket that follows a string some lines later moves up to it (a string in a list
 *    is given the line of whatever comes next).
 */
#include "conf_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_problems.h"
#include "conf_tokens.h"

/* What is being read, linked to what includes it. The text ends with a zero and holds no other. */
struct source {
	const struct source *parent;
	const char *file;
	const char *at;
	const char *moved; /* a comma or bracket that was already written */
	unsigned int line;
};

struct expander {
	struct conf_text *out;
	const struct conf_env *env;
	struct config *config;
	struct conf_problems *problems;
	unsigned int reads;
};

static void read_file(struct expander *x, const char *path, const struct source *parent);

static struct place here(const struct source *s)
{
	return (struct place){.file = s->file, .line = s->line};
}

/* Ends the line of the text that is being written. */
static void end_line(struct expander *x, const struct source *s)
{
	str_add_bytes(&x->out->text, "\n", 1);
	*vec_add(&x->out->lines) = here(s);
}

/* Takes everything up to end from the source; only its newlines are written when blank. */
static void take(struct expander *x, struct source *s, const char *end, bool blank)
{
	while (s->at < end) {
		size_t n = strcspn(s->at, "\n");

		if (s->at + n > end)
			n = (size_t)(end - s->at);
		if (!blank)
			str_add_bytes(&x->out->text, s->at, n);
		s->at += n;
		if (s->at < end) {
			end_line(x, s);
			s->line++;
			s->at++;
		}
	}
}

/* Past the comment that starts here, or at itself when none does; NULL when it never ends. */
static const char *comment_end(const char *at)
{
	const char *end;

	if (*at == '#' || !strncmp(at, "//", 2))
		return at + strcspn(at, "\n");
	if (strncmp(at, "/*", 2) != 0)
		return at;
	end = strstr(at + 2, "*/");
	return end ? end + 2 : NULL;
}

/* Nothing that follows would make sense. */
static void give_up(struct expander *x, struct source *s, const char *why)
{
	conf_problem_add(x->problems, here(s), false, "%s", why);
	x->out->unfinished = true;
	s->at = "";
}

static void take_comment(struct expander *x, struct source *s, const char *end)
{
	if (!end) {
		give_up(x, s, "the comment that starts here never ends: */ is missing");
		return;
	}
	str_add_bytes(&x->out->text, " ", 1);
	take(x, s, end, true);
}

/* The comma or bracket after a string, when only blanks and comments are between. */
static const char *closing_after(const char *at)
{
	const char *end = at;

	do {
		at = end + strspn(end, " \t\r\n\f");
		end = comment_end(at);
	} while (end && end != at);
	return *at && strchr(",])", *at) ? at : NULL;
}

static void take_string(struct expander *x, struct source *s)
{
	const char *end = conf_string_end(s->at);

	if (!end) {
		give_up(x, s, "the text that starts here has no closing quote in its line");
		return;
	}
	take(x, s, end, false);
	s->moved = closing_after(end);
	if (s->moved)
		str_add_bytes(&x->out->text, s->moved, 1);
}

/* A whole number is written anew; one too big for 64 bits becomes the biggest there is. */
static void take_word(struct expander *x, struct source *s)
{
	const char *end = conf_word_end(s->at), *first = s->at + strspn(s->at, "+-");
	bool hex = first[0] == '0' && (first[1] == 'x' || first[1] == 'X');

	if (conf_is_whole(s->at, end)) {
		str_add(&x->out->text, "%lldL", strtoll(s->at, NULL, hex ? 16 : 10));
		s->at = end;
	} else {
		take(x, s, end, false);
	}
}

/* The name in quotes, as libconfig reads it; the caller frees. */
static char *unquote(const char *at, const char *end)
{
	char *name = mem_calloc((size_t)(end - at), 1), *o = name;

	for (at++; at < end - 1; at++) {
		if (*at == '\\' && (at[1] == '\\' || at[1] == '"'))
			at++;
		*o++ = *at;
	}
	return name;
}

/* Relative to the folder of the file that includes it. */
static void path_beside(struct str *path, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');

	if (*name != '/' && slash)
		str_add_bytes(path, file, (size_t)(slash - file) + 1);
	str_add(path, "%s", name);
}

static void include_matching(struct expander *x, const char *pattern, const struct source *s)
{
	char **paths = NULL;
	size_t n = 0;
	int err = x->env->expand(x->env->ctx, pattern, &paths, &n);

	if (err)
		conf_problem_add(x->problems, here(s), false, "@include \"%s\": %s", pattern,
				 strerror(-err));
	for (size_t i = 0; i < n; i++) {
		read_file(x, paths[i], s);
		free(paths[i]);
	}
	free(paths);
}

static void take_include(struct expander *x, struct source *s)
{
	const char *quote = s->at + strlen("@include");
	const char *end = NULL;
	struct str path = {0};
	char *name;

	quote += strspn(quote, " \t");
	if (*quote == '"')
		end = conf_string_end(quote);
	if (!end || end == quote + 2) {
		conf_problem_add(x->problems, here(s), false,
				 "@include needs the name of a file, in quotes on the same line");
		s->at += strcspn(s->at, "\n");
		return;
	}
	name = unquote(quote, end);
	path_beside(&path, s->file, name);
	end_line(x, s); /* what stands before it on this line keeps its place */
	if (strpbrk(name, "*?["))
		include_matching(x, path.text, s);
	else
		read_file(x, path.text, s);
	s->at = end;
	str_free(&path);
	free(name);
}

static void take_token(struct expander *x, struct source *s)
{
	const char *end = comment_end(s->at);

	if (end != s->at) {
		take_comment(x, s, end);
	} else if (s->at == s->moved) {
		str_add_bytes(&x->out->text, " ", 1);
		s->at++;
	} else if (*s->at == '"') {
		take_string(x, s);
	} else if (!strncmp(s->at, "@include", 8)) {
		take_include(x, s);
	} else if (conf_word_end(s->at) > s->at) {
		take_word(x, s);
	} else {
		take(x, s, s->at + 1, false);
	}
}

/* The name as long as the config lives, and once. */
static const char *file_name(struct config *config, const char *path)
{
	vec_each(&config->files, f)
		if (!strcmp(*f, path))
			return *f;
	return *vec_add(&config->files) = mem_strdup(path);
}

static bool may_read(struct expander *x, const char *path, const struct source *parent)
{
	int depth = 0;

	for (const struct source *p = parent; p; p = p->parent, depth++) {
		if (!strcmp(p->file, path)) {
			conf_problem_add(x->problems, here(parent), false,
					 "@include \"%s\": the file includes itself", path);
			return false;
		}
	}
	if (depth > CONF_DEPTH_MAX || x->reads++ >= CONF_READS_MAX) {
		conf_problem_add(x->problems, here(parent), false,
				 "@include \"%s\": more than %d %s", path,
				 depth > CONF_DEPTH_MAX ? CONF_DEPTH_MAX : CONF_READS_MAX,
				 depth > CONF_DEPTH_MAX ? "includes inside each other" : "files");
		return false;
	}
	return true;
}

static void take_file(struct expander *x, struct source *s, const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors put it before UTF-8 */

	if (strlen(text) < len) {
		for (const char *at = text; (at = strchr(at, '\n')); at++)
			s->line++;
		give_up(x, s, "holds a zero byte, so it is no text file: write it anew");
		return;
	}
	s->at = strncmp(text, mark, 3) ? text : text + 3;
	while (*s->at)
		take_token(x, s);
	end_line(x, s);
}

static const char *unread_reason(int err)
{
	if (err == -EPERM)
		return "others than root could write to it: chown root it, and chmod go-w";
	return err == -EINVAL ? "not a plain file" : strerror(-err);
}

static void read_file(struct expander *x, const char *path, const struct source *parent)
{
	struct source s = {.parent = parent, .line = 1};
	struct str body = {0};
	char *raw = NULL;
	size_t len = 0;
	int err;

	if (!may_read(x, path, parent))
		return;
	err = x->env->read(x->env->ctx, path, &raw, &len);
	if (err) {
		struct place at = parent ? here(parent) : (struct place){.file = path};

		conf_problem_add(x->problems, at, false, parent ? "@include \"%s\": %s" : "%s: %s",
				 parent ? path : "cannot be read", unread_reason(err));
		return;
	}
	str_add_bytes(&body, raw ? raw : "", len);
	free(raw);
	s.file = file_name(x->config, path);
	take_file(x, &s, body.text, len);
	str_free(&body);
}

void conf_text_read(struct conf_text *out, const char *path, const struct conf_env *env,
		    struct config *config, struct conf_problems *problems)
{
	struct expander x = {.out = out, .env = env, .config = config, .problems = problems};

	read_file(&x, path, NULL);
}

void conf_text_free(struct conf_text *t)
{
	str_free(&t->text);
	vec_free(&t->lines);
}

struct place conf_text_place(const struct conf_text *t, unsigned int n)
{
	if (!t->lines.len)
		return (struct place){.file = ""};
	if (n > t->lines.len)
		n = t->lines.len;
	return t->lines.at[n ? n - 1 : 0];
}
