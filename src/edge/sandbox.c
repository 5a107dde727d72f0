// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order matters. What changes hands is given to the new user while there is still the right
 * to; the thread that starts net children is made before this one has lost what it begins with;
 * whether CAP_DAC_READ_SEARCH is needed is tried as the new user; fence and filter are last,
 * because nothing of this would pass them.
 *
 * Root stays root, by name and without more capabilities, where there is no user `wayside`, and
 * where a userspace WireGuard of root's is running: its socket lets nobody else in. A service
 * that names its User= has settled this before us.
 */
#include "edge/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/memory.h"
#include "edge/caps.h"
#include "edge/starter.h"
#include "edge/userspace.h"
#include "net/fence.h"

#define DESCRIPTORS_MAX 1024	   /* CONTROL_CLIENTS_MAX, and some */
#define FILE_BYTES_MAX	(64 << 20) /* of the one file that is written */

/* --- the user ------------------------------------------------------------------------------- */

static bool root_has_userspace_wireguard(void)
{
	bool found = false;
	struct stat st;
	glob_t g;

	if (glob(UAPI_FOLDER "/*.sock", GLOB_NOSORT, NULL, &g))
		return false;
	for (size_t i = 0; i < g.gl_pathc; i++)
		found = found || (!lstat(g.gl_pathv[i], &st) && S_ISSOCK(st.st_mode) && !st.st_uid);
	globfree(&g);
	return found;
}

/* Whom to become; false: nobody else. */
static bool user_choose(struct account *who)
{
	if (geteuid() || !caps_may_change_user())
		return false;
	if (account_user(OWN_ACCOUNT, &who->uid, &who->gid))
		log_info("there is no user %s: running on as root, without its rights",
			 OWN_ACCOUNT);
	else if (root_has_userspace_wireguard())
		log_info("root has a userspace WireGuard in %s: running on as root, without its "
			 "rights",
			 UAPI_FOLDER);
	else
		return true;
	return false;
}

static void user_name(char *out, size_t size)
{
	struct account own;

	if (!geteuid())
		snprintf(out, size, "root");
	else if (!account_user(OWN_ACCOUNT, &own.uid, &own.gid) && own.uid == geteuid())
		snprintf(out, size, OWN_ACCOUNT);
	else
		snprintf(out, size, "%u", (unsigned int)geteuid());
}

/* --- what it goes on to write -------------------------------------------------------------- */

/* Only what bears our name: an administrator may have us write to a folder of somebody else's. */
static bool is_ours(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !strncmp(slash ? slash + 1 : path, OWN_ACCOUNT, strlen(OWN_ACCOUNT));
}

/* Neither a link nor another name of a file elsewhere: the user had the folder before. */
static bool is_plain(int fd)
{
	struct stat st;

	return !fstat(fd, &st) &&
	       (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 1));
}

static void give(const char *path, const struct account *who)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd >= 0 && (!is_plain(fd) || fchown(fd, who->uid, who->gid)))
		log_warn("%s: cannot be given to the user that waysided runs as: %s", path,
			 is_plain(fd) ? strerror(errno) : "it is no plain file of its own");
	if (fd >= 0)
		close(fd);
}

static void folder_give(const char *path, const struct account *who)
{
	if (!geteuid() && is_ours(path))
		give(path, who);
}

static void state_give(const char *folder, const struct account *who)
{
	char file[PATH_MAX];

	if (mkdir(folder, 0750) && errno != EEXIST)
		return; /* the first that is to be kept tells */
	folder_give(folder, who);
	snprintf(file, sizeof(file), "%s/%s", folder, MEMORY_FILE);
	if (!geteuid() && is_ours(folder))
		give(file, who);
}

/* As whoever it is now. The engine goes on without; the first time to tell is before it matters. */
static void state_try(const char *folder)
{
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS))
		log_warn("%s: %s; known addresses and moved allowed-IPs are not kept for the next "
			 "start. Make it a folder of the user that waysided runs as, or name "
			 "another one (state_dir)",
			 folder, strerror(errno));
}

/* The folder that a file is in. */
static void folder_of(char *out, size_t size, const char *path)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(out, size, "%s", dirname(copy));
}

static void possessions_give(const struct sandbox_need *need, const struct account *who)
{
	char folder[PATH_MAX];

	state_give(need->state_dir, who);
	if (!need->socket)
		return;
	folder_of(folder, sizeof(folder), need->socket);
	folder_give(folder, who);
}

/* --- what it goes on to read ---------------------------------------------------------------- */

/* With no capability in effect: is there a part of the configuration that only root may read? */
static bool config_is_roots(const struct sources *config)
{
	vec_each(config, f)
		if (faccessat(AT_FDCWD, f->path, R_OK, AT_EACCESS) && errno == EACCES)
			return true;
	return false;
}

static void fence_fill(const struct fence *f, const struct sandbox_need *need)
{
	static const char *const read[] = {"/etc/wireguard", "/etc/systemd/network", "/etc/config",
					   "/etc/iproute2", "/usr/share/iproute2"};
	char folder[PATH_MAX];

	vec_each(need->config, c) {
		folder_of(folder, sizeof(folder), c->path);
		fence_allow_folder(f, folder, FENCE_READ);
	}
	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		fence_allow_folder(f, read[i], FENCE_READ);
	fence_allow(f, need->state_dir, FENCE_READ | FENCE_REPLACE);
	if (need->socket) {
		folder_of(folder, sizeof(folder), need->socket);
		fence_allow(f, folder, FENCE_REMOVE);
	}
}

/*
 * /proc/net/ip_tables_names is read again and again. A folder of /proc is made anew when the
 * kernel has forgotten it, and would be another one for the fence: one that is open is not
 * forgotten.
 */
static void proc_net_keep(const struct fence *f)
{
	static const char path[] = "/proc/self/net";

	if (open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) >= 0)
		fence_allow(f, path, FENCE_READ);
}

/* --- steps ---------------------------------------------------------------------------------- */

static bool limit_lower(struct rlimit *l, rlim_t max)
{
	if (l->rlim_max < max)
		return false;
	l->rlim_cur = l->rlim_max = max;
	return true;
}

static void limits_set(void)
{
	struct rlimit l;

	if (!getrlimit(RLIMIT_NOFILE, &l) && limit_lower(&l, DESCRIPTORS_MAX))
		setrlimit(RLIMIT_NOFILE, &l);
	if (!getrlimit(RLIMIT_FSIZE, &l) && limit_lower(&l, FILE_BYTES_MAX))
		setrlimit(RLIMIT_FSIZE, &l);
	if (!getrlimit(RLIMIT_CORE, &l) && limit_lower(&l, 0))
		setrlimit(RLIMIT_CORE, &l);
}

/* Whose right to read goes with the fence; true: CAP_DAC_READ_SEARCH is wanted. */
static bool rights_lower(const struct sandbox_need *need, struct sandbox *out)
{
	struct account who = {0, 0};
	int err;

	out->changed = user_choose(&who);
	possessions_give(need, &who);
	err = starter_begin();
	if (err)
		log_warn("the thread that starts the net child cannot be made: %s; it is started "
			 "with more rights than it takes, and its filter may end it",
			 strerror(-err));
	err = caps_lower(out->changed ? &who : NULL);
	if (err)
		log_warn("capabilities could not be dropped: %s; running on with all of them. The "
			 "service needs CAP_SETUID, CAP_SETGID and CAP_SETPCAP, or a User=",
			 strerror(-err));
	return need->imports || config_is_roots(need->config);
}

static const char *lacking(const char *what)
{
	static char text[48];

	snprintf(text, sizeof(text), "this %s has no %s", CONFINE_FULLY ? "kernel" : "build", what);
	return text;
}

static bool files_fence(const struct sandbox_need *need)
{
	struct fence f;
	int err = CONFINE_FULLY ? fence_begin(&f, FENCE_ALL) : -ENOSYS;

	if (!err) {
		fence_fill(&f, need);
		proc_net_keep(&f);
		err = fence_close(&f);
	}
	if (err)
		log_info("%s (%s): files are not fenced", lacking("Landlock"), strerror(-err));
	return !err;
}

static bool calls_filter(const struct sandbox_need *need)
{
	static const struct filter_list *const lists[] = {&runtime_calls, &engine_calls,
							  &seat_calls};
	int err = filter_load(lists, need->stands_by ? 3 : 2, FILTER_KILL);

	if (err)
		log_info("%s (%s): system calls are not filtered", lacking("seccomp"),
			 strerror(-err));
	return !err;
}

void sandbox_enter(const struct sandbox_need *need, struct sandbox *out)
{
	bool reads = rights_lower(need, out);

	user_name(out->user, sizeof(out->user));
	limits_set();
	if (caps_settle(reads))
		log_warn("capabilities could not be dropped; running on with all of them");
	state_try(need->state_dir);
	out->net_admin = caps_net_admin();
	out->read_search = caps_read_search();
	out->others = caps_others();
	prctl(PR_SET_DUMPABLE, !CONFINE_FULLY);
	out->files = files_fence(need);
	out->calls = calls_filter(need);
}
