// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fence, tried by processes that close it around themselves.
 */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/fence.h"

static char folder[] = "/tmp/wayside-fence-XXXXXX";

static const char *in(const char *name)
{
	static char path[4][64];
	static unsigned int n;
	char *p = path[n++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void file_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

/* 0, or errno of opening it so. */
static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600), err = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int replaces(const char *path)
{
	const char *fresh = in("kept/fresh");
	int err = opens(fresh, O_WRONLY | O_CREAT | O_TRUNC);

	return err ? err : rename(fresh, path) ? errno : 0;
}

static void expect_child(int (*child)(struct fence *f))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct fence f;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(fence_begin(&f, FENCE_ALL) ? 77 : child(&f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The line that is not so is the status. */
#define expect(what)                           \
	do {                                   \
		if (!(what))                   \
			return __LINE__ & 127; \
	} while (0)

static int reads_and_keeps(struct fence *f)
{
	fence_allow_folder(f, in("read"), FENCE_READ);
	fence_allow(f, in("kept"), FENCE_READ | FENCE_REPLACE);
	expect(!fence_close(f));
	expect(opens(in("read/plain"), O_RDONLY) == 0);
	expect(opens(in("read"), O_RDONLY | O_DIRECTORY) == 0);
	expect(opens(in("read/plain"), O_WRONLY) == EACCES);
	expect(opens(in("read/new"), O_WRONLY | O_CREAT) == EACCES);
	/* a link to a file is as good as the file; one to a folder opens no folder */
	expect(opens(in("read/link"), O_RDONLY) == 0);
	expect(opens(in("read/out/other"), O_RDONLY) == EACCES);
	expect(opens(in("secret/target"), O_RDONLY) == 0);
	expect(opens(in("secret/other"), O_RDONLY) == EACCES);
	expect(opens("/etc/passwd", O_RDONLY) == EACCES);
	expect(replaces(in("kept/file")) == 0);
	expect(unlink(in("kept/file")) == 0);
	expect(unlink(in("read/plain")) == -1 && errno == EACCES);
	expect(mkdir(in("kept/folder"), 0700) == -1 && errno == EACCES);
	expect(symlink("/etc", in("kept/link")) == -1 && errno == EACCES);
	return 0;
}

static void a_fence_lets_through_what_it_was_told(void **state)
{
	(void)state;
	expect_child(reads_and_keeps);
}

static int changes_nothing(struct fence *f)
{
	struct fence changes;

	close(f->fd);
	expect(!fence_begin(&changes, FENCE_CHANGES) && !fence_close(&changes));
	expect(opens("/etc/passwd", O_RDONLY) == 0);
	expect(opens(in("secret/other"), O_RDONLY) == 0);
	expect(opens(in("secret/other"), O_WRONLY) == EACCES);
	expect(opens(in("kept/new"), O_WRONLY | O_CREAT) == EACCES);
	return 0;
}

static void a_fence_may_be_about_changes_only(void **state)
{
	(void)state;
	expect_child(changes_nothing);
}

static int stage_make(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || mkdir(in("read"), 0700) || mkdir(in("kept"), 0700) ||
	    mkdir(in("secret"), 0700))
		return -1;
	file_make(in("read/plain"));
	file_make(in("secret/target"));
	file_make(in("secret/other"));
	return symlink("../secret/target", in("read/link")) || symlink("../secret", in("read/out"));
}

static int stage_remove(void **state)
{
	static const char *const names[] = {"read/link",    "read/out",	     "read/plain",
					    "secret/other", "secret/target", "read",
					    "kept",	    "secret",	     ""};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		remove(in(names[i]));
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fence_lets_through_what_it_was_told),
		cmocka_unit_test(a_fence_may_be_about_changes_only),
	};
	struct fence f;

	if (fence_begin(&f, FENCE_ALL)) {
		puts("SKIP: this kernel has no Landlock");
		return 77;
	}
	close(f.fd);
	return cmocka_run_group_tests(tests, stage_make, stage_remove);
}
