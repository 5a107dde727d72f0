// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a process gives back at rest comes again when it is used.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rest.h"

/* KiB of this process that are resident and pages of files. */
static long resident_files(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	long kib = -1;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "RssFile: %ld", &kib);
	fclose(f);
	return kib;
}

static void files_are_unmapped_and_come_again(void **state)
{
	char text[64] = "";
	long before = resident_files();
	(void)state;

	memory_rest();
	assert_true(resident_files() < before);
	snprintf(text, sizeof(text), "%.3f of %s", strtod("2.5", NULL), "it");
	assert_string_equal(text, "2.500 of it");
}

/* Relocated pages and variables are not the file's: they stay as they are. */
static void what_was_written_stays(void **state)
{
	static const char *const words[] = {"one", "two"};
	static int count;
	char *heap = strdup("kept");
	(void)state;

	count = 7;
	memory_rest();
	memory_rest();
	assert_int_equal(count, 7);
	assert_string_equal(words[1], "two");
	assert_string_equal(heap, "kept");
	free(heap);
}

TEST_MAIN(files_are_unmapped_and_come_again, what_was_written_stays)
