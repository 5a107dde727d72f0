// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Talking to a userspace WireGuard that does as the test says, at a socket in a /run of the test's
 * own: slow, stuck, not there, not allowed, refusing.
 */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "edge/clock.h"
#include "edge/userspace.h"

#define KEY_1  "public_key=2318f31befee0272ff1c6f199eb10e33972f695b200838713df45614bdd2c97e\n"
#define ANSWER "private_key=00\nlisten_port=7\n" KEY_1 "allowed_ip=10.2.0.0/24\nerrno=0\n\n"
#define SOCKET UAPI_FOLDER "/wg0.sock"

enum manner {
	QUICK,
	DRIBBLES, /* one byte each millisecond */
	STUCK,	  /* takes the request and says nothing */
	ENDLESS,  /* goes on for ever, a line each 50 ms */
	HANGS_UP, /* in the middle of a line */
	CHOOSY,	  /* refuses what names the endpoint 192.0.2.66 */
};

static struct server {
	int fd;
	pthread_t thread;
	enum manner manner;
	const char *answer;
	unsigned int requests;
	char last[65536]; /* the last request */
} server;

/* Until the empty line; false when the client hung up. */
static bool request_read(int fd)
{
	size_t len = 0;

	while (len < sizeof(server.last) - 1) {
		ssize_t n = read(fd, server.last + len, sizeof(server.last) - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		server.last[len] = '\0';
		if (strstr(server.last, "\n\n"))
			return true;
	}
	return false;
}

static bool say(int fd, const char *text, size_t len)
{
	return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void answer(int fd)
{
	const char *text = server.answer;

	if (server.manner == CHOOSY)
		text = strstr(server.last, "192.0.2.66") ? "errno=-22\n\n" : "errno=0\n\n";
	switch (server.manner) {
	case QUICK:
	case CHOOSY:
		say(fd, text, strlen(text));
		break;
	case DRIBBLES:
		for (; *text && say(fd, text, 1); text++)
			usleep(1000);
		break;
	case STUCK:
		while (read(fd, server.last, sizeof(server.last)) > 0)
			;
		break;
	case ENDLESS:
		while (say(fd, "fwmark=1\n", 9))
			usleep(50000);
		break;
	case HANGS_UP:
		say(fd, "listen_po", 9);
		break;
	}
}

static void *serve(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		if (request_read(fd)) {
			server.requests++;
			answer(fd);
		}
		close(fd);
	}
	return NULL;
}

static void server_begin(enum manner manner, const char *text)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = SOCKET};

	server.manner = manner;
	server.answer = text;
	server.requests = 0;
	unlink(SOCKET);
	server.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(server.fd, 8), 0);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

/* The file stays, as after a kill. */
static void server_end(void)
{
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
}

/* --- a device and looks at it --------------------------------------------------------------- */

struct fixture {
	struct config *config;
	struct userspace u;
	struct links links;
	struct device device;
};

/* The daemon's own patience is short: a test of it says so, the others do not depend on it. */
static void be_patient(struct fixture *f, msec patience)
{
	vec_each(&f->u.links, l)
		l->patience = patience;
	f->device.error_delay = 64 * (patience - USERSPACE_PATIENCE);
}

static struct fixture begin(void)
{
	struct fixture f = {.config = config_new()};
	struct link *l = vec_add(&f.links);

	*l = (struct link){.ifindex = 3, .name = "wg0", .tun = true, .up = true};
	userspace_mark(&f.u, &f.links);
	f.device = (struct device){.ifindex = 3, .up = true, .conf = &f.config->defaults};
	be_patient(&f, 30000);
	return f;
}

static void end(struct fixture *f)
{
	userspace_free(&f->u);
	vec_free(&f->links);
	device_free(&f->device);
	config_free(f->config);
}

static int look(struct fixture *f)
{
	struct device_merge m;
	int err;

	device_merge_begin(&m, &f->device, moment_now());
	err = userspace_device(&f->u, &m);
	device_merge_end(&m, !err);
	return err;
}

static void endpoint_op(struct op *op, const char *to)
{
	*op = (struct op){.kind = OP_ENDPOINT, .ifindex = 3};
	assert_int_equal(endpoint_parse(&op->peer.endpoint, to), 0);
}

/* --- which devices are found ---------------------------------------------------------------- */

static void a_tun_with_a_socket_is_wireguard(void **state)
{
	struct fixture f;
	(void)state;

	server_begin(QUICK, ANSWER);
	f = begin();
	*vec_add(&f.links) = (struct link){.ifindex = 4, .name = "tun0", .tun = true};
	*vec_add(&f.links) = (struct link){.ifindex = 5, .name = "eth0"};
	close(creat(UAPI_FOLDER "/tun0.sock", 0600)); /* a file is no socket */
	userspace_mark(&f.u, &f.links);
	assert_true(f.links.at[0].wireguard && f.links.at[0].backend == BACKEND_USERSPACE);
	assert_false(f.links.at[1].wireguard || f.links.at[2].wireguard);
	assert_true(userspace_has(&f.u, 3));
	assert_false(userspace_has(&f.u, 4));
	server_end();
	end(&f);
}

/* A socket with the name of something that is no tun says nothing about it. */
static void other_devices_are_what_they_are(void **state)
{
	struct fixture f;
	(void)state;

	server_begin(QUICK, ANSWER);
	f = begin();
	f.links.at[0] = (struct link){.ifindex = 3, .name = "wg0", .wireguard = true};
	userspace_mark(&f.u, &f.links);
	assert_int_equal(f.links.at[0].backend, BACKEND_KERNEL);
	assert_false(userspace_has(&f.u, 3));
	server_end();
	end(&f);
}

/* --- looking -------------------------------------------------------------------------------- */

static void peers_are_read(void **state)
{
	(void)state;
	for (enum manner m = QUICK; m <= DRIBBLES; m++) {
		struct fixture f;

		server_begin(m, ANSWER);
		f = begin();
		assert_int_equal(look(&f), 0);
		assert_int_equal(f.device.peers.len, 1);
		assert_int_equal(f.device.listen_port, 7);
		assert_string_equal(server.last, "get=1\n\n");
		server_end();
		end(&f);
	}
}

/* Each is told apart, for each is mended in another way; none of them is waited for long. */
static void who_does_not_answer(enum manner manner, int err)
{
	struct fixture f;
	msec began;

	server_begin(manner, ANSWER);
	f = begin();
	be_patient(&f, USERSPACE_PATIENCE);
	began = moment_now().now;
	assert_int_equal(look(&f), err);
	assert_true(moment_now().now - began < 10000);
	server_end();
	end(&f);
}

static void stuck(void **state)
{
	(void)state;
	who_does_not_answer(STUCK, -ETIMEDOUT);
}

static void endless(void **state)
{
	(void)state;
	who_does_not_answer(ENDLESS, -ETIMEDOUT);
}

static void it_hangs_up(void **state)
{
	struct fixture f;
	(void)state;

	server_begin(HANGS_UP, ANSWER);
	f = begin();
	assert_int_equal(look(&f), -EBADMSG);
	server_end();
	end(&f);
}

static void left_behind_or_gone(void **state)
{
	struct fixture f;
	(void)state;

	server_begin(QUICK, ANSWER);
	f = begin();
	server_end();
	assert_int_equal(look(&f), -ECONNREFUSED);
	unlink(SOCKET);
	assert_int_equal(look(&f), -ENODEV);
	end(&f);
}

static void not_allowed(void **state)
{
	struct fixture f;
	(void)state;

	server_begin(QUICK, ANSWER);
	assert_int_equal(chmod(SOCKET, 0700), 0);
	f = begin();
	assert_int_equal(f.links.at[0].owner, 0);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(look(&f), -EACCES);
	assert_int_equal(seteuid(0), 0);
	server_end();
	end(&f);
}

/* --- setting -------------------------------------------------------------------------------- */

#define MANY 150

static void many_go_in_few_requests(void **state)
{
	struct op ops[MANY];
	struct fixture f;
	(void)state;

	server_begin(CHOOSY, NULL);
	f = begin();
	for (int i = 0; i < MANY; i++)
		endpoint_op(&ops[i], "192.0.2.1:1");
	ops[MANY - 1].ifindex = 4; /* another device's */
	assert_int_equal(userspace_apply(&f.u, ops, MANY), MANY - 1);
	assert_int_equal(server.requests, 3);
	for (int i = 0; i < MANY - 1; i++)
		assert_int_equal(ops[i].error, 0);
	server_end();
	end(&f);
}

static void one_that_is_refused_does_not_keep_the_others(void **state)
{
	struct op ops[3];
	struct fixture f;
	(void)state;

	server_begin(CHOOSY, NULL);
	f = begin();
	endpoint_op(&ops[0], "192.0.2.1:1");
	endpoint_op(&ops[1], "192.0.2.66:1");
	endpoint_op(&ops[2], "192.0.2.2:1");
	assert_int_equal(userspace_apply(&f.u, ops, 3), 3);
	assert_int_equal(ops[0].error, 0);
	assert_int_equal(ops[1].error, -EINVAL);
	assert_int_equal(ops[2].error, 0);
	assert_non_null(strstr(server.last, "endpoint=192.0.2.2:1\n"));
	server_end();
	end(&f);
}

static void who_is_stuck_is_asked_once(void **state)
{
	struct op ops[MANY];
	struct fixture f;
	(void)state;

	server_begin(STUCK, NULL);
	f = begin();
	be_patient(&f, USERSPACE_PATIENCE);
	for (int i = 0; i < MANY; i++)
		endpoint_op(&ops[i], "192.0.2.1:1");
	assert_int_equal(userspace_apply(&f.u, ops, MANY), MANY);
	server_end();
	assert_int_equal(server.requests, 1);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(ops[i].error, -ETIMEDOUT);
	end(&f);
}

/* It would end. That is remembered when links are looked at again, before its peers are. */
static void peers_of_boringtun_are_left_alone(void **state)
{
	struct op ops[2] = {{.kind = OP_KICK, .ifindex = 3}, {.kind = OP_REBIND, .ifindex = 3}};
	struct fixture f;
	(void)state;

	server_begin(QUICK, "own_public_key=00\nerrno=0\n\n");
	f = begin();
	assert_int_equal(look(&f), 0);
	userspace_mark(&f.u, &f.links);
	server.answer = "errno=0\n\n";
	assert_int_equal(userspace_apply(&f.u, ops, 2), 2);
	assert_int_equal(ops[0].error, -EOPNOTSUPP);
	assert_non_null(ops[0].why);
	assert_int_equal(ops[1].error, 0);
	assert_int_equal(server.requests, 2);
	assert_string_equal(server.last, "set=1\nlisten_port=0\n\n");
	server_end();
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tun_with_a_socket_is_wireguard),
		cmocka_unit_test(other_devices_are_what_they_are),
		cmocka_unit_test(peers_are_read),
		cmocka_unit_test(stuck),
		cmocka_unit_test(endless),
		cmocka_unit_test(it_hangs_up),
		cmocka_unit_test(left_behind_or_gone),
		cmocka_unit_test(not_allowed),
		cmocka_unit_test(many_go_in_few_requests),
		cmocka_unit_test(one_that_is_refused_does_not_keep_the_others),
		cmocka_unit_test(who_is_stuck_is_asked_once),
		cmocka_unit_test(peers_of_boringtun_are_left_alone),
	};

	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("test", "/run", "tmpfs", 0, "mode=755") || mkdir(UAPI_FOLDER, 0755)) {
		printf("SKIP: needs root, for a /run of its own\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
