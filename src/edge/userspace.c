// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Talking to userspace WireGuard. An answer has the private key in it: what is read goes through
 * one buffer, which is wiped after each answer.
 *
 * Operations go in requests of some dozens. One that is refused was done up to where it failed,
 * so its operations are sent again one by one: each of them may be done twice.
 */
#include "edge/userspace.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "edge/clock.h"

#define READ_BYTES 32768
#define LIMIT	   5  /* times its patience is what a request takes at most */
#define BATCH	   64 /* operations of one request */

/* --- which devices ------------------------------------------------------------------------ */

static void socket_path(char *out, size_t size, const char *name)
{
	snprintf(out, size, UAPI_FOLDER "/%s.sock", name);
}

static bool has_socket(struct userspace *u, const char *name, uint32_t *owner)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct stat st;

	socket_path(path, sizeof(path), name);
	if (!lstat(path, &st)) {
		*owner = st.st_uid;
		return S_ISSOCK(st.st_mode);
	}
	if (errno == EACCES && !u->told) {
		u->told = true;
		log_warn("%s: %s; userspace WireGuard is not found: chmod o+x %s", UAPI_FOLDER,
			 strerror(EACCES), UAPI_FOLDER);
	}
	return false;
}

static struct userspace_link *link_find(const struct userspace *u, uint32_t ifindex)
{
	vec_each(&u->links, l)
		if (l->ifindex == ifindex)
			return l;
	return NULL;
}

bool userspace_has(const struct userspace *u, uint32_t ifindex)
{
	return link_find(u, ifindex) != NULL;
}

/* What is known of a device stays known while it is there. */
void userspace_mark(struct userspace *u, struct links *links)
{
	u->fresh.len = 0;
	vec_each(links, l) {
		const struct userspace_link *known = link_find(u, l->ifindex);
		struct userspace_link *now;

		if (!l->tun || !has_socket(u, l->name, &l->owner))
			continue;
		l->wireguard = true;
		l->backend = BACKEND_USERSPACE;
		now = vec_add(&u->fresh);
		now->ifindex = l->ifindex;
		now->boringtun = known && !strcmp(known->name, l->name) && known->boringtun;
		now->patience = known ? known->patience : USERSPACE_PATIENCE;
		mem_copy_str(now->name, sizeof(now->name), l->name);
	}
	vec_swap(&u->links, &u->fresh);
}

void userspace_free(struct userspace *u)
{
	uapi_free(&u->answer);
	vec_free(&u->links);
	vec_free(&u->fresh);
}

/* --- one request -------------------------------------------------------------------------- */

struct request {
	int fd;
	msec patience, ends;
};

static int request_wait(const struct request *r, short events)
{
	struct pollfd p = {.fd = r->fd, .events = events};
	msec left;
	int n;

	do {
		left = msec_min(r->patience, r->ends - moment_now().now);
		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n ? -errno : -ETIMEDOUT;
}

static int request_open(struct request *r, const struct userspace_link *l)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int err;

	socket_path(to.sun_path, sizeof(to.sun_path), l->name);
	r->patience = l->patience;
	r->ends = moment_now().now + LIMIT * l->patience;
	r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0)
		return -errno;
	if (!connect(r->fd, (const struct sockaddr *)&to, sizeof(to)))
		return 0;
	err = errno;
	close(r->fd);
	if (err == EAGAIN) /* as many wait as may: nobody has accepted for long */
		return -ETIMEDOUT;
	return err == ENOENT ? -ENODEV : -err;
}

static int request_send(const struct request *r, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(r->fd, text, len, MSG_NOSIGNAL);
		int err = n < 0 ? -errno : 0;

		if (err == -EAGAIN)
			err = request_wait(r, POLLOUT);
		if (err && err != -EINTR)
			return err;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* 0 when the answer is whole, or the other side has no more to say. */
static int request_receive(const struct request *r, struct uapi *answer)
{
	char bytes[READ_BYTES];
	int err = 0;
	ssize_t n = 1;

	while (n && !err) {
		n = recv(r->fd, bytes, sizeof(bytes), 0);
		if (n > 0 && uapi_read(answer, bytes, (size_t)n))
			break;
		if (n < 0 && errno == EAGAIN)
			err = request_wait(r, POLLIN);
		else if (n < 0 && errno != EINTR)
			err = -errno;
		if (!err && moment_now().now > r->ends)
			err = -ETIMEDOUT;
	}
	explicit_bzero(bytes, sizeof(bytes));
	return err;
}

static int request_make(struct userspace *u, const struct userspace_link *l, const char *text,
			size_t len, struct device_merge *m)
{
	struct request r;
	int err = request_open(&r, l), end;

	if (err)
		return err;
	uapi_begin(&u->answer);
	err = request_send(&r, text, len);
	if (!err)
		err = request_receive(&r, &u->answer);
	close(r.fd);
	end = uapi_end(&u->answer, err ? NULL : m);
	return err ? err : end;
}

/* --- looking and setting ------------------------------------------------------------------ */

static msec patience(const struct device *d)
{
	return USERSPACE_PATIENCE + d->peers.len / 50 + d->error_delay / 64;
}

int userspace_device(struct userspace *u, struct device_merge *m)
{
	struct userspace_link *l = link_find(u, m->device->ifindex);
	int err;

	if (!l)
		return -ENODEV;
	l->patience = patience(m->device);
	err = request_make(u, l, UAPI_GET, strlen(UAPI_GET), m);
	if (!err)
		l->boringtun = m->boringtun;
	return err;
}

static int set(struct userspace *u, const struct userspace_link *l, const struct op *ops, size_t n)
{
	struct str text = {0};
	int err;

	uapi_put_set(&text, ops, n);
	err = request_make(u, l, str_text(&text), text.len, NULL);
	str_free(&text);
	return err;
}

static bool is_of_device(const struct op *op)
{
	return op->kind == OP_REBIND || op->kind == OP_FWMARK;
}

/* boringtun ends when it is told to change a peer that it has. */
static int set_one(struct userspace *u, const struct userspace_link *l, struct op *op)
{
	op->why = NULL;
	if (!l->boringtun || is_of_device(op))
		return set(u, l, op, 1);
	op->why = "boringtun cannot change a peer that it has";
	return -EOPNOTSUPP;
}

/* Nobody answers, or we may not ask: the next request would only wait again. */
static bool is_silent(int err)
{
	return err == -ETIMEDOUT || err == -ENODEV || err == -ECONNREFUSED || err == -EACCES;
}

static int set_each(struct userspace *u, const struct userspace_link *l, struct op *ops, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		ops[i].error = is_silent(err) ? err : set_one(u, l, &ops[i]);
		err = ops[i].error;
	}
	return is_silent(err) ? err : 0;
}

/* 0, or why nothing more is to be asked. */
static int set_batch(struct userspace *u, const struct userspace_link *l, struct op *ops, size_t n)
{
	int err = l->boringtun ? -EOPNOTSUPP : set(u, l, ops, n);

	if (err && !is_silent(err))
		return set_each(u, l, ops, n);
	for (size_t i = 0; i < n; i++)
		ops[i].error = err;
	return err;
}

static size_t same_device(const struct op *ops, size_t n)
{
	size_t same = 1;

	while (same < n && ops[same].ifindex == ops->ifindex && ops[same].kind >= OP_ENDPOINT)
		same++;
	return same;
}

size_t userspace_apply(struct userspace *u, struct op *ops, size_t n)
{
	const struct userspace_link *l = link_find(u, ops->ifindex);
	size_t same = same_device(ops, n), some;
	int err = l ? 0 : -ENODEV;

	for (size_t i = 0; i < same; i += some) {
		some = same - i < BATCH ? same - i : BATCH;
		if (!err)
			err = set_batch(u, l, ops + i, some);
		else
			for (size_t j = 0; j < some; j++)
				ops[i + j].error = err;
	}
	return same;
}
