// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log: a level and a sink. Bytes that could forge a line or a terminal sequence (a peer's
 * name comes from a file, a host name from another), and those that are no text, of which
 * journalctl(1) would show the length only, are shown as '?'.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static struct {
	log_sink sink;
	void *ctx;
	enum log_level level;
} logger = {.level = LOG_LEVEL_INFO};

static const struct {
	enum log_level level;
	const char *name;
} names[] = {
	{LOG_LEVEL_ERROR, "error"},
	{LOG_LEVEL_WARN, "warn"},
	{LOG_LEVEL_INFO, "info"},
	{LOG_LEVEL_DEBUG, "debug"},
};

void log_set_sink(log_sink sink, void *ctx)
{
	logger.sink = sink;
	logger.ctx = ctx;
}

void log_set_level(enum log_level level)
{
	logger.level = level;
}

bool log_wants(enum log_level level)
{
	return level <= logger.level && logger.sink;
}

int log_level_parse(enum log_level *out, const char *text)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].name, text)) {
			*out = names[i].level;
			return 0;
		}
	}
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].level == level)
			return names[i].name;
	return "info";
}

static void line_clean(char *line)
{
	while (*line) {
		size_t n = utf8_printable(line, UTF8_MAX);

		if (!n)
			*line = '?';
		line += n ? n : 1;
	}
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	line_clean(line);
	logger.sink(logger.ctx, level, line);
}
