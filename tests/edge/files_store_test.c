// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file that outlasts a stop: stored whole, or more of it behind what is there; never behind
 * what somebody else put in its place.
 */
#include "support/test.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "edge/files.h"

static char folder[] = "/tmp/wayside-store-XXXXXX";
static char file[64], other[64];

static int folder_make(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/a", folder);
	snprintf(other, sizeof(other), "%s/b", folder);
	return 0;
}

static int folder_remove(void **state)
{
	(void)state;
	unlink(file);
	unlink(other);
	return rmdir(folder);
}

static int store(const char *text, int *fd)
{
	return files_store(folder, "a", text, strlen(text), true, fd);
}

static int more(const char *text, int fd)
{
	return files_store_more(folder, "a", fd, text, strlen(text));
}

static void assert_stored(const char *want)
{
	char *text;
	size_t len;

	assert_int_equal(files_recall(folder, "a", &text, &len), 0);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
	free(text);
}

static void more_goes_behind(void **state)
{
	int fd = -1;
	(void)state;

	assert_int_equal(more("x", fd), -ESTALE);
	assert_int_equal(store("one ", &fd), 0);
	assert_int_equal(more("two ", fd), 0);
	assert_int_equal(more("three", fd), 0);
	assert_stored("one two three");
	assert_int_equal(store("anew ", &fd), 0);
	assert_int_equal(more("again", fd), 0);
	assert_stored("anew again");
	close(fd);
}

static void another_file_is_left_alone(void **state)
{
	int fd = -1;
	(void)state;

	assert_int_equal(store("ours", &fd), 0);
	assert_int_equal(rename(file, other), 0);
	assert_int_equal(more("x", fd), -ESTALE); /* it is gone */
	assert_int_equal(store("theirs", NULL), 0);
	assert_int_equal(more("x", fd), -ESTALE); /* another one is there */
	assert_stored("theirs");
	assert_int_equal(rename(other, file), 0);
	assert_int_equal(link(file, other), 0);
	assert_int_equal(more("x", fd), -ESTALE); /* it has another name, too */
	assert_int_equal(unlink(other), 0);
	assert_int_equal(more(" again", fd), 0);
	assert_stored("ours again");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_goes_behind),
		cmocka_unit_test(another_file_is_left_alone),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
