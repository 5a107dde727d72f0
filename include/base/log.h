/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One log with a replaceable sink, so that rooms without I/O can speak and tests can listen.
 *
 * A message names the thing, the reason and what to do, in one line without a newline. It is
 * written once, where it is known what it means for the user.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* The values are syslog's priorities, which systemd reads from "<N>" prefixes. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

typedef void (*log_sink)(void *ctx, enum log_level level, const char *line);

/* Where lines go; without a sink they are dropped. */
void log_set_sink(log_sink sink, void *ctx);
void log_set_level(enum log_level level);
/* Is there any use in making a line of this level? */
bool log_wants(enum log_level level);

/* "error", "warn", "info", "debug"; 0 or -EINVAL. */
int log_level_parse(enum log_level *out, const char *text);
const char *log_level_name(enum log_level level);

void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
