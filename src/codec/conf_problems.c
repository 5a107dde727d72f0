// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problems as a list: made from a place and a message, sorted as a reader goes through the files.
 * What stands in a message came from a file, so it is made fit to print first.
 */
#include "conf_problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

const char *text_find_bad(const char *text)
{
	while (*text) {
		size_t n = utf8_printable(text, UTF8_MAX);

		if (!n)
			return text;
		text += n;
	}
	return NULL;
}

static void make_printable(char *text)
{
	const char *bad = text;

	while ((bad = text_find_bad(bad)))
		text[bad - text] = '?';
}

/* Half a message that is too long: what the thing is stays, and so does what is wrong with it. */
#define HALF_MAX 180

/* Takes the middle out of a message of which somebody's value is most. */
static void shorten(struct str *s)
{
	static const char gap[] = " ... ";
	size_t head = HALF_MAX, tail;

	if (s->len <= 2 * HALF_MAX + strlen(gap))
		return;
	tail = s->len - HALF_MAX;
	while (head && (s->text[head] & 0xc0) == 0x80)
		head--;
	while ((s->text[tail] & 0xc0) == 0x80)
		tail++;
	memcpy(s->text + head, gap, strlen(gap));
	memmove(s->text + head + strlen(gap), s->text + tail, s->len - tail + 1);
	s->len = head + strlen(gap) + s->len - tail;
}

void conf_problem_addv(struct conf_problems *problems, struct place at, bool note,
		       const char *prefix, const char *fmt, va_list ap)
{
	struct conf_problem *p = vec_add(problems);
	struct str message = {0};
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	str_add(&message, "%s%s", prefix, text);
	free(text);
	make_printable(message.text);
	shorten(&message);
	p->file = mem_strdup(at.file);
	p->line = at.line;
	p->message = message.text;
	p->note = note;
}

void conf_problem_add(struct conf_problems *problems, struct place at, bool note, const char *fmt,
		      ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_problem_addv(problems, at, note, "", fmt, ap);
	va_end(ap);
}

/* The place of a file in the order of reading; one that could not be read comes first. */
static long reading_order(const struct config *config, const char *file)
{
	for (uint32_t i = 0; i < config->files.len; i++)
		if (!strcmp(config->files.at[i], file))
			return i;
	return -1;
}

static int problem_cmp(const void *va, const void *vb, void *config)
{
	const struct conf_problem *a = va, *b = vb;
	long fa = reading_order(config, a->file), fb = reading_order(config, b->file);

	if (fa != fb)
		return fa < fb ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->message, b->message);
}

void conf_problems_sort(struct conf_problems *problems, struct config *config)
{
	if (problems->len > 1)
		qsort_r(problems->at, problems->len, sizeof(*problems->at), problem_cmp, config);
}

bool conf_problems_serious(const struct conf_problems *problems)
{
	vec_each(problems, p)
		if (!p->note)
			return true;
	return false;
}

void conf_problems_free(struct conf_problems *problems)
{
	vec_each(problems, p) {
		free(p->file);
		free(p->message);
	}
	vec_free(problems);
}
