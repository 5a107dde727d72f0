// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log: levels, the sink, and that a name in a message can forge neither a line nor a
 * terminal sequence.
 */
#include "support/test.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

struct heard {
	unsigned int lines;
	enum log_level level;
	char text[2048];
};

static void hear(void *ctx, enum log_level level, const char *line)
{
	struct heard *h = ctx;

	h->lines++;
	h->level = level;
	mem_copy_str(h->text, sizeof(h->text), line);
}

static void the_level_decides(void **state)
{
	struct heard h = {0};
	(void)state;

	log_set_sink(hear, &h);
	log_set_level(LOG_LEVEL_WARN);
	log_info("nobody hears this");
	log_debug("nor this");
	assert_int_equal(h.lines, 0);
	log_warn("%s: %d of %d", "wg0", 1, 2);
	assert_string_equal(h.text, "wg0: 1 of 2");
	assert_int_equal(h.level, LOG_LEVEL_WARN);
	log_error("this too");
	assert_int_equal(h.lines, 2);
	log_set_level(LOG_LEVEL_INFO);
	log_set_sink(NULL, NULL);
	log_error("without a sink it is dropped");
	assert_int_equal(h.lines, 2);
}

static void what_could_forge_is_shown_as_question_marks(void **state)
{
	struct heard h = {0};
	(void)state;

	log_set_sink(hear, &h);
	log_info("peer %s", "a\n<3>forged\r\t\033[2J\x7f");
	assert_string_equal(h.text, "peer a?<3>forged???[2J?");
	log_info("%s", "caf\u00e9 \u2026 \u4f60"); /* other people's letters stay */
	assert_string_equal(h.text, "caf\u00e9 \u2026 \u4f60");
	log_info("%s", "a\xc2\x9b"
		       "2J\xc2\x85z"); /* U+009B is CSI, U+0085 a new line */
	assert_string_equal(h.text, "a??2J??z");
	log_info("%s", "caf\xe9, \x9b"
		       "2J"); /* Latin-1, and CSI in one byte */
	assert_string_equal(h.text, "caf?, ?2J");
	log_set_sink(NULL, NULL);
}

static void a_long_line_is_cut(void **state)
{
	struct heard h = {0};
	char name[3000];
	(void)state;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_set_sink(hear, &h);
	log_info("%s", name);
	assert_int_equal(strlen(h.text), 1023);
	log_set_sink(NULL, NULL);
}

static void level_names(void **state)
{
	static const char *const words[] = {"error", "warn", "info", "debug"};
	enum log_level level = LOG_LEVEL_INFO;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		assert_int_equal(log_level_parse(&level, words[i]), 0);
		assert_string_equal(log_level_name(level), words[i]);
	}
	assert_int_not_equal(log_level_parse(&level, "loud"), 0);
	assert_int_not_equal(log_level_parse(&level, ""), 0);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

TEST_MAIN(the_level_decides, what_could_forge_is_shown_as_question_marks, a_long_line_is_cut,
	  level_names)
