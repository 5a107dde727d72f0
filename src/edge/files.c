// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading files. Sizes are bounded, a file that others may write is not believed, and whatever
 * may hold a key is wiped before it is freed.
 */
#include "edge/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/import.h"
#include "net/account.h"

#define FILE_MAX (64 << 20) /* bytes; ten thousand peers are two MiB */

static int read_all(int fd, char *text, size_t size, size_t *len)
{
	*len = 0;
	while (*len < size) {
		ssize_t n = read(fd, text + *len, size - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		*len += (size_t)n;
	}
	return 0;
}

/* /dev/null is a name for the empty file; anything else that never ends is no file. */
static int check_kind(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3))
		return 0;
	return S_ISREG(st->st_mode) ? 0 : -EINVAL;
}

/* Who may have written a file that is believed, beside root and whoever we are. */
enum trust { TRUST_ALL, TRUST_NOBODY, TRUST_DAEMON };

static bool is_trusted(const struct stat *st, enum trust others)
{
	uid_t daemon;
	gid_t group;

	if (others == TRUST_ALL || S_ISCHR(st->st_mode))
		return true;
	if (st->st_mode & S_IWOTH)
		return false;
	if (st->st_uid == 0 || st->st_uid == geteuid())
		return true;
	return others == TRUST_DAEMON && !account_user(OWN_ACCOUNT, &daemon, &group) &&
	       st->st_uid == daemon;
}

/* The whole of a plain file; *text has room for one byte more than *len. */
static int read_file(const char *path, enum trust others, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else
		err = check_kind(&st);
	if (!err && st.st_size > FILE_MAX)
		err = -EFBIG;
	if (!err && !is_trusted(&st, others))
		err = -EPERM;
	if (!err) {
		*text = mem_calloc((size_t)st.st_size + 1, 1);
		err = read_all(fd, *text, (size_t)st.st_size, len);
		if (err) {
			explicit_bzero(*text, (size_t)st.st_size);
			free(*text);
		}
	}
	close(fd);
	return err;
}

/* What reading a configuration needs to know besides the file's text. */
struct lookup {
	struct imports imports;
	bool imported; /* read at the first name of a peer that our own file does not have */
	struct sources *sources;
};

void sources_free(struct sources *s)
{
	vec_each(s, i)
		free(i->path);
	vec_free(s);
}

void sources_add(struct sources *s, const char *path)
{
	if (s)
		vec_add(s)->path = mem_strdup(path);
}

/* The folder of a pattern: files that match it may come later. */
static void sources_add_folder(struct sources *s, const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	char folder[PATH_MAX];

	if (!slash || slash == pattern)
		return;
	snprintf(folder, sizeof(folder), "%.*s/.", (int)(slash - pattern), pattern);
	sources_add(s, folder);
}

static int env_read(void *ctx, const char *path, char **text, size_t *len)
{
	const struct lookup *l = ctx;

	sources_add(l->sources, path);
	return read_file(path, TRUST_NOBODY, text, len);
}

static int expand(const char *pattern, char ***paths, size_t *n)
{
	glob_t g;
	int err;

	*paths = NULL;
	*n = 0;
	err = glob(pattern, 0, NULL, &g);
	if (err == GLOB_NOMATCH)
		return 0;
	if (err)
		return -EIO;
	*paths = mem_calloc(g.gl_pathc, sizeof(**paths));
	for (size_t i = 0; i < g.gl_pathc; i++)
		(*paths)[i] = mem_strdup(g.gl_pathv[i]);
	*n = g.gl_pathc;
	globfree(&g);
	return 0;
}

static int table_in_file(const char *path, const char *name, uint32_t *table)
{
	char *text = NULL;
	size_t len = 0;
	int err = read_file(path, TRUST_ALL, &text, &len);

	if (err)
		return err;
	err = rt_tables_find(text, len, name, table);
	free(text);
	return err;
}

static int env_expand(void *ctx, const char *pattern, char ***paths, size_t *n)
{
	const struct lookup *l = ctx;

	sources_add_folder(l->sources, pattern);
	return expand(pattern, paths, n);
}

/* In the order in which iproute2 reads them; newer ones keep their defaults in /usr. */
static int env_table(void *ctx, const char *name, uint32_t *table)
{
	static const char *const patterns[] = {
		"/etc/iproute2/rt_tables.d/*.conf", "/etc/iproute2/rt_tables",
		"/usr/share/iproute2/rt_tables.d/*.conf", "/usr/share/iproute2/rt_tables"};
	int err = -ENOENT;

	(void)ctx;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]) && err; i++) {
		char **paths;
		size_t n;

		if (expand(patterns[i], &paths, &n))
			continue;
		for (size_t j = 0; j < n; j++) {
			if (err)
				err = table_in_file(paths[j], name, table);
			free(paths[j]);
		}
		free(paths);
	}
	return err ? rt_tables_find("", 0, name, table) : 0;
}

typedef void (*import_fn)(struct imports *out, const char *ifname, const char *text, size_t len);

static void import_file(struct imports *out, const char *path, const char *ifname, import_fn fn)
{
	char *text = NULL;
	size_t len = 0;
	int err = read_file(path, TRUST_ALL, &text, &len);

	if (err) {
		if (err != -ENOENT)
			log_warn("%s: %s; endpoint names and peer names in it are not known", path,
				 strerror(-err));
		return;
	}
	if (!text)
		return; /* not so, but an analyzer takes -errno for 0 */
	fn(out, ifname, text, len);
	explicit_bzero(text, len);
	free(text);
}

static void wg_quick_file(struct imports *out, const char *ifname, const char *text, size_t len)
{
	import_wg_quick(out, ifname, text, len);
}

static void networkd_file(struct imports *out, const char *ifname, const char *text, size_t len)
{
	(void)ifname;
	import_networkd(out, text, len);
}

static void uci_file(struct imports *out, const char *ifname, const char *text, size_t len)
{
	(void)ifname;
	import_uci(out, text, len);
}

static void import_folder(struct imports *out, const char *pattern, size_t suffix, import_fn fn)
{
	char **paths;
	size_t n;

	if (expand(pattern, &paths, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *base = strrchr(paths[i], '/') + 1;
		size_t stem = strlen(base) - suffix;
		char ifname[IFNAME_LEN];

		if (stem < sizeof(ifname)) {
			memcpy(ifname, base, stem);
			ifname[stem] = '\0';
			import_file(out, paths[i], ifname, fn);
		} else if (fn != wg_quick_file) { /* only wg-quick names the interface so */
			import_file(out, paths[i], "", fn);
		}
		free(paths[i]);
	}
	free(paths);
}

void files_import(struct imports *out, unsigned int sources)
{
	if (sources & IMPORT_WG_QUICK)
		import_folder(out, "/etc/wireguard/*.conf", strlen(".conf"), wg_quick_file);
	if (sources & IMPORT_NETWORKD)
		import_folder(out, "/etc/systemd/network/*.netdev", strlen(".netdev"),
			      networkd_file);
	if (sources & IMPORT_UCI)
		import_file(out, "/etc/config/network", "", uci_file);
}

const char *files_import_refused(unsigned int sources)
{
	static const struct {
		unsigned int source;
		const char *folder;
	} folders[] = {{IMPORT_WG_QUICK, "/etc/wireguard"},
		       {IMPORT_NETWORKD, "/etc/systemd/network"},
		       {IMPORT_UCI, "/etc/config"}};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int fd;

		if (!(sources & folders[i].source))
			continue;
		fd = open(folders[i].folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
		else if (errno == EACCES)
			return folders[i].folder;
	}
	return NULL;
}

int files_recall(const char *folder, const char *name, char **text, size_t *len)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return read_file(path, TRUST_DAEMON, text, len);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Root leaves it to whom the folder belongs, who reads it next. */
static int give_as_folder(int fd, const char *folder)
{
	struct stat st;

	if (geteuid() || stat(folder, &st) || !st.st_uid)
		return 0;
	return fchown(fd, st.st_uid, st.st_gid) ? -errno : 0;
}

/* What was open is another file from now on, or none. */
static void keep_open(int *kept, int fd)
{
	if (!kept) {
		close(fd);
		return;
	}
	if (*kept >= 0)
		close(*kept);
	*kept = fd;
}

int files_store(const char *folder, const char *name, const char *text, size_t len, bool confined,
		int *kept)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	mkdir(folder, 0755); /* there already, or the next call says what is wrong */
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, len);
	if (!err && !confined)
		err = give_as_folder(fd, folder);
	if (!err && fsync(fd))
		err = -errno;
	if (!err && rename(fresh, path))
		err = -errno;
	if (err)
		unlink(fresh);
	keep_open(kept, fd);
	return err;
}

/* Is this still what name leads to, and nothing else? */
static bool is_still(int fd, const char *path)
{
	struct stat open, there;

	return !fstat(fd, &open) && !lstat(path, &there) && open.st_nlink == 1 &&
	       open.st_dev == there.st_dev && open.st_ino == there.st_ino;
}

int files_store_more(const char *folder, const char *name, int fd, const char *text, size_t len)
{
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (fd < 0 || !is_still(fd, path))
		return -ESTALE;
	err = write_all(fd, text, len);
	return err ? err : fsync(fd) ? -errno : 0;
}

static bool env_imported_peer(void *ctx, const char *name)
{
	struct lookup *l = ctx;

	if (!l->imported)
		files_import(&l->imports, IMPORT_WG_QUICK | IMPORT_NETWORKD | IMPORT_UCI);
	l->imported = true;
	vec_each(&l->imports.peers, p)
		if (p->name && !strcmp(p->name, name))
			return true;
	return false;
}

int files_load_config(const char *path, struct config **out, struct conf_problems *problems,
		      struct sources *sources)
{
	struct lookup lookup = {.sources = sources};
	struct conf_env env = {.ctx = &lookup,
			       .read = env_read,
			       .expand = env_expand,
			       .table_by_name = env_table,
			       .imported_peer = env_imported_peer};
	int err = conf_load(path, &env, out, problems);

	imports_free(&lookup.imports);
	return err;
}

unsigned int config_import_sources(const struct config *c)
{
	unsigned int sources = c->defaults.import;

	vec_each(&c->interfaces, i)
		sources |= i->import;
	return sources;
}
