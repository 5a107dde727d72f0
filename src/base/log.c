// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log: a level and a sink. Bytes that could forge a line or a terminal sequence (a peer's
 * name comes from a file, a host name from another) are shown as '?'.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* Control characters, also those of U+0080 to U+009F, of which one begins a terminal sequence. */
static void line_clean(char *line)
{
	for (unsigned char *p = (unsigned char *)line; *p; p++) {
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
		else if (*p < 0x20 || *p == 0x7f)
			*p = '?';
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
