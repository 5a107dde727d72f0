// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is the text one that libconfig can read? Asked before libconfig is, which of a text that it
 * cannot read knows only the line where it gave up: for a bracket that is missing, that is the
 * end of the file. What is wrong is said in words, at the line where it is to be mended.
 *
 * The grammar is that of libconfig 1.5: settings in groups, values in lists and arrays. Where
 * versions differ (a comma behind the last value) the older one decides.
 */
#include <stdio.h>

#include "conf_keys.h"
#include "conf_problems.h"
#include "conf_tokens.h"

/* More than any key needs: libconfig walks and frees its tree by functions that call themselves. */
#define DEPTH_MAX 16

/* What may come next. */
enum expect {
	EXPECT_KEY,    /* or the end of the group */
	EXPECT_ASSIGN, /* = or : */
	EXPECT_VALUE,  /* of a key, or after a comma */
	EXPECT_FIRST,  /* value of a list, or its end */
	EXPECT_END,    /* of a setting; that is optional */
	EXPECT_COMMA,  /* or the end of the list */
};

struct grammar {
	struct conf *c;
	struct conf_scan scan;
	struct conf_token open[DEPTH_MAX]; /* brackets that are not closed yet */
	struct conf_token keys[DEPTH_MAX]; /* whose values they are */
	unsigned int depth;
	struct conf_token key, before; /* the key that is read, and the token before this one */
	struct conf_token suspect;     /* a bracket at odds with the lines' indents */
	enum expect expect;
	bool bad;
};

static void complain(struct grammar *g, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void complain(struct grammar *g, unsigned int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_problem_addv(g->c->problems, conf_text_place(&g->c->text, line), false, "", fmt, ap);
	va_end(ap);
	g->bad = true;
}

/* For a "%.*s": no line gets longer than a reader can take. */
#define SHOWN(t) (int)((t)->len < 40 ? (t)->len : 40), (t)->text

static bool is_mark(const struct conf_token *t, const char *marks)
{
	return t->kind == CONF_TOKEN_MARK && *t->text && strchr(marks, *t->text);
}

static const struct conf_token *innermost(const struct grammar *g)
{
	return g->depth ? &g->open[g->depth - 1] : NULL;
}

static char closing(const struct conf_token *open)
{
	return *open->text == '{' ? '}' : *open->text == '(' ? ')' : ']';
}

static bool in_group(const struct grammar *g)
{
	return !g->depth || is_mark(innermost(g), "{");
}

/* --- brackets ------------------------------------------------------------------------------- */

/*
 * A bracket is closed by one that stands further left than the line where it opens: most likely
 * its own is missing, and this one was meant for another. Remembered for when they do not match.
 */
static void compare_indents(struct grammar *g, const struct conf_token *open,
			    const struct conf_token *close)
{
	if (g->suspect.text || !close->first || close->line == open->line)
		return;
	if (close->indent < open->indent)
		g->suspect = *open;
	else if (close->indent > open->indent)
		g->suspect = *close;
}

/* Brackets do not match, and this is where that shows; where it comes from may be far above. */
static bool suspect_is_told(struct grammar *g)
{
	const struct conf_token *s = &g->suspect;

	if (!s->text)
		return false;
	if (is_mark(s, "{(["))
		complain(g, s->line, "the %c that opens here is not closed: a %c is missing",
			 *s->text, closing(s));
	else
		complain(g, s->line, "this %c closes what opened further left: it is one too many",
			 *s->text);
	return true;
}

/* Is there a bracket further out that this one closes? */
static bool closes_outer(const struct grammar *g, const struct conf_token *t)
{
	for (unsigned int i = 0; i < g->depth; i++)
		if (closing(&g->open[i]) == *t->text)
			return true;
	return false;
}

/* At the bracket that opened, when the lines say that its end was forgotten; else at this one. */
static void close_wrong(struct grammar *g, const struct conf_token *t)
{
	const struct conf_token *open = innermost(g);
	bool forgotten = open && t->first && t->indent <= open->indent && closes_outer(g, t);
	struct place other;

	if (suspect_is_told(g))
		return;
	if (!open) {
		complain(g, t->line, "this %c closes nothing: take it away, or open one before it",
			 *t->text);
		return;
	}
	other = conf_text_place(&g->c->text, forgotten ? t->line : open->line);
	if (forgotten)
		complain(g, open->line, "the %c that opens here has no %c before the %c at %s:%u",
			 *open->text, closing(open), *t->text, other.file, other.line);
	else
		complain(g, t->line, "%c where the %c that opens at %s:%u is to be closed with %c",
			 *t->text, *open->text, other.file, other.line, closing(open));
}

static void end_too_soon(struct grammar *g)
{
	const struct conf_token *open = innermost(g);

	if (!suspect_is_told(g))
		complain(g, open->line, "the %c that opens here is not closed: a %c is missing",
			 *open->text, closing(open));
}

static void value_done(struct grammar *g)
{
	g->expect = in_group(g) ? EXPECT_END : EXPECT_COMMA;
}

static void open_bracket(struct grammar *g, const struct conf_token *t)
{
	const struct conf_token *outer = innermost(g);

	if (outer && is_mark(outer, "[")) {
		complain(g, t->line,
			 "%c in an array [ ], which holds only texts, numbers, true or false: "
			 "write a list ( ) instead",
			 *t->text);
	} else if (g->depth == DEPTH_MAX) {
		complain(g, t->line, "brackets %d deep: no key is inside so many", DEPTH_MAX + 1);
	} else {
		g->keys[g->depth] = g->key;
		g->open[g->depth++] = *t;
		g->expect = *t->text == '{' ? EXPECT_KEY : EXPECT_FIRST;
	}
}

static void close_bracket(struct grammar *g, const struct conf_token *t)
{
	const struct conf_token *open = innermost(g);

	if (!open || closing(open) != *t->text) {
		close_wrong(g, t);
		return;
	}
	compare_indents(g, open, t);
	g->key = g->keys[--g->depth];
	value_done(g);
}

/* --- what may come next --------------------------------------------------------------------- */

static void key_next(struct grammar *g, const struct conf_token *t)
{
	if (t->kind == CONF_TOKEN_NAME) {
		g->key = *t;
		g->expect = EXPECT_ASSIGN;
	} else if (t->kind == CONF_TOKEN_END && !g->depth) {
		return;
	} else if (t->kind == CONF_TOKEN_END) {
		end_too_soon(g);
	} else if (is_mark(t, "})]")) {
		close_bracket(g, t);
	} else if (is_mark(t, "{([")) {
		complain(g, t->line,
			 "%c without a key: several groups go in a list, key = ( { }, { } );",
			 *t->text);
	} else if (is_mark(t, ";,")) {
		complain(g, t->line, "a %c too many: take it away", *t->text);
	} else {
		complain(g, t->line, "a value where a key should be: settings are key = value;");
	}
}

static void assign_next(struct grammar *g, const struct conf_token *t)
{
	if (is_mark(t, "=:"))
		g->expect = EXPECT_VALUE;
	else
		complain(g, g->key.line, "%.*s: a = is missing behind it", SHOWN(&g->key));
}

static bool is_word(const struct conf_token *t)
{
	return t->kind == CONF_TOKEN_NAME || t->kind == CONF_TOKEN_WORD;
}

/* Has a setting begun here, with what would be its key? srv:NAME in a list has not. */
static bool begins_setting(const struct grammar *g, const struct conf_token *t)
{
	struct conf_scan ahead = g->scan;
	struct conf_token next = conf_token_next(&ahead);

	return t->kind == CONF_TOKEN_NAME && is_mark(&next, in_group(g) ? "=:" : "=");
}

static void word_unquoted(struct grammar *g, const struct conf_token *t)
{
	size_t sign = *t->text == '-' || *t->text == '+';
	bool number = t->text[sign] >= '0' && t->text[sign] <= '9';

	if (number && !memchr(t->text, '/', t->len))
		complain(g, t->line, "%.*s: %.*s is no number, and a text needs quotes",
			 SHOWN(&g->key), SHOWN(t));
	else
		complain(g, t->line, "%.*s: a text needs quotes: \"%.*s\"", SHOWN(&g->key),
			 SHOWN(t));
}

static void value_missing(struct grammar *g, const struct conf_token *t)
{
	bool setting = begins_setting(g, t);

	if (is_word(t) && !setting)
		word_unquoted(g, t);
	else if (setting && !in_group(g))
		complain(g, t->line,
			 "%.*s: settings in a list need { } around them: { %.*s = ... }",
			 SHOWN(&g->key), SHOWN(t));
	else if (is_mark(&g->before, ","))
		complain(g, g->before.line, "%.*s: a comma without a value behind it: take it away",
			 SHOWN(&g->key));
	else
		complain(g, g->before.line, "%.*s: a value is missing behind the %c",
			 SHOWN(&g->key), *g->before.text);
}

static void value_next(struct grammar *g, const struct conf_token *t)
{
	if (t->kind == CONF_TOKEN_STRING || t->kind == CONF_TOKEN_SCALAR)
		value_done(g);
	else if (is_mark(t, "{(["))
		open_bracket(g, t);
	else if (g->expect == EXPECT_FIRST && is_mark(t, "})]"))
		close_bracket(g, t);
	else if (g->expect == EXPECT_FIRST && t->kind == CONF_TOKEN_END)
		end_too_soon(g);
	else
		value_missing(g, t);
}

/* A ; is optional, and libconfig puts strings that follow each other together. */
static void end_next(struct grammar *g, const struct conf_token *t)
{
	if (t->kind == CONF_TOKEN_STRING && g->before.kind == CONF_TOKEN_STRING)
		return;
	g->expect = EXPECT_KEY;
	if (!is_mark(t, ";,"))
		key_next(g, t);
}

static void comma_next(struct grammar *g, const struct conf_token *t)
{
	const struct conf_token *open = innermost(g);

	if (is_mark(t, ","))
		g->expect = EXPECT_VALUE;
	else if (is_mark(t, "})]"))
		close_bracket(g, t);
	else if (t->kind == CONF_TOKEN_END)
		end_too_soon(g);
	else if (is_mark(t, ";"))
		complain(g, t->line, "; in a list: a %c is missing before it, or a , was meant",
			 closing(open));
	else if (is_word(t))
		word_unquoted(g, t);
	else
		complain(g, g->before.line, "%.*s: a comma is missing behind %.*s", SHOWN(&g->key),
			 SHOWN(&g->before));
}

static void stray_byte(struct grammar *g, const struct conf_token *t)
{
	if (*t->text > ' ' && *t->text <= '~')
		complain(g, t->line, "%c means nothing outside of quotes: take it away", *t->text);
	else
		complain(g, t->line, "byte 0x%02x is neither printable nor UTF-8: take it away",
			 (unsigned char)*t->text);
}

static void token_next(struct grammar *g, const struct conf_token *t)
{
	if (t->kind == CONF_TOKEN_MARK && !is_mark(t, "{}()[]=:;,")) {
		stray_byte(g, t);
		return;
	}
	switch (g->expect) {
	case EXPECT_KEY:
		key_next(g, t);
		break;
	case EXPECT_ASSIGN:
		assign_next(g, t);
		break;
	case EXPECT_VALUE:
	case EXPECT_FIRST:
		value_next(g, t);
		break;
	case EXPECT_END:
		end_next(g, t);
		break;
	case EXPECT_COMMA:
		comma_next(g, t);
	}
}

bool conf_grammar_check(struct conf *c)
{
	const char *text = str_text(&c->text.text);
	struct grammar g = {.c = c, .scan = {.at = text, .line_start = text, .line = 1}};
	struct conf_token t;

	do {
		t = conf_token_next(&g.scan);
		token_next(&g, &t);
		g.before = t;
	} while (!g.bad && t.kind != CONF_TOKEN_END);
	return !g.bad;
}
