// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exchange's sockets on a veth pair whose other end is another host: what is heard, what is
 * counted, what is sent from where. Needs root, else it is skipped (exit status 77).
 */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/net/datagram.h"
#include "../../src/net/share.h"
#include "base/vec.h"
#include "codec/exchange.h"

#define PORT 51821

static struct {
	uv_loop_t loop;
	struct datagrams *ds;
	uint32_t near, other; /* ifindexes here */
	int far4, far6;	      /* sockets of the other host */
	int away;	      /* its network namespace */
	VEC(struct net_datagram) heard;
	struct net_dropped dropped;
	bool full; /* the engine has no room */
} t;

static int on_heard(void *ctx, const struct net_datagram *d)
{
	(void)ctx;
	if (t.full)
		return -EAGAIN;
	if (d->kind == NET_DROPPED) {
		t.dropped.malformed += d->dropped.malformed;
		t.dropped.limited += d->dropped.limited;
		t.dropped.lost += d->dropped.lost;
	} else {
		*vec_add(&t.heard) = *d;
	}
	return 0;
}

static void on_tick(uv_timer_t *timer)
{
	(void)timer;
}

/* Until *counter reaches n, at most ms. */
static bool run_until(const uint32_t *counter, uint32_t n, uint64_t ms)
{
	uint64_t end = uv_hrtime() / 1000000 + ms;
	uv_timer_t tick;

	uv_timer_init(&t.loop, &tick);
	uv_timer_start(&tick, on_tick, 10, 10);
	while (*counter < n && uv_hrtime() / 1000000 < end)
		uv_run(&t.loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(&t.loop, UV_RUN_NOWAIT);
	return *counter >= n;
}

static struct exchange question(void)
{
	struct exchange x = {
		.kind = EXCHANGE_QUESTION, .state = EXCHANGE_WANT, .nonce = 77, .wait = 60};

	memset(x.about.bytes, 5, KEY_LEN);
	return x;
}

static void far_sends(int fd, const char *to, const void *bytes, size_t len)
{
	struct endpoint e;
	struct sockaddr_storage ss;
	socklen_t size;

	assert_int_equal(endpoint_parse(&e, to), 0);
	size = endpoint_to_sockaddr(&e, &ss);
	assert_int_equal(sendto(fd, bytes, len, 0, (struct sockaddr *)&ss, size), len);
}

static void far_asks(int fd, const char *to)
{
	uint8_t bytes[EXCHANGE_BYTES];
	struct exchange x = question();

	exchange_write(bytes, &x);
	far_sends(fd, to, bytes, sizeof(bytes));
}

static enum net_status serve(uint32_t ifindex, const char *name, uint16_t port)
{
	struct net_request q = {.kind = NET_SERVE, .ifindex = ifindex, .target.port = port};

	mem_copy_str(q.ifname, sizeof(q.ifname), name);
	return datagrams_serve(t.ds, &q);
}

static int begin(void **state)
{
	(void)state;
	vec_free(&t.heard);
	memset(&t.dropped, 0, sizeof(t.dropped));
	t.full = false;
	uv_loop_init(&t.loop);
	t.ds = datagrams_new(&t.loop, on_heard, NULL);
	return serve(t.near, "near", PORT) == NET_OK ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	datagrams_free(t.ds);
	uv_run(&t.loop, UV_RUN_DEFAULT);
	vec_free(&t.heard);
	return uv_loop_close(&t.loop);
}

static const char *text(const struct endpoint *e)
{
	static char buf[ENDPOINT_STRLEN];

	return endpoint_format(e, buf);
}

static void a_question_is_heard(void **state)
{
	char buf[ADDR_STRLEN];
	(void)state;

	far_asks(t.far4, "10.99.0.1:51821");
	assert_true(run_until(&t.heard.len, 1, 20000));
	assert_int_equal(t.heard.at[0].kind, NET_HEARD);
	assert_int_equal(t.heard.at[0].ifindex, t.near);
	assert_string_equal(text(&t.heard.at[0].remote), "10.99.0.2:40000");
	assert_string_equal(addr_format(&t.heard.at[0].local, buf), "10.99.0.1");
	assert_int_equal(t.heard.at[0].x.nonce, 77);
	far_asks(t.far6, "[fd99::1]:51821");
	assert_true(run_until(&t.heard.len, 2, 20000));
	assert_string_equal(text(&t.heard.at[1].remote), "[fd99::2]:40000");
	assert_string_equal(addr_format(&t.heard.at[1].local, buf), "fd99::1");
}

/* From the address that the question was sent to, which is not the one that routing prefers. */
static void an_answer_comes_from_where_it_was_asked(void **state)
{
	struct exchange x = question(), back;
	struct net_datagram d = {.kind = NET_TELL, .ifindex = t.near, .x = x};
	uint8_t bytes[EXCHANGE_BYTES + 1];
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct endpoint e;
	(void)state;

	addr_parse(&d.local, "10.99.0.11");
	endpoint_parse(&d.remote, "10.99.0.2:40000");
	datagrams_send(t.ds, &d);
	assert_int_equal(recvfrom(t.far4, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &len),
			 EXCHANGE_BYTES);
	endpoint_from_sockaddr(&e, &from, len);
	assert_string_equal(text(&e), "10.99.0.11:51821");
	assert_int_equal(exchange_read(&back, bytes, EXCHANGE_BYTES), 0);
	addr_parse(&d.local, "fd99::1");
	endpoint_parse(&d.remote, "[fd99::2]:40000");
	datagrams_send(t.ds, &d);
	assert_int_equal(recv(t.far6, bytes, sizeof(bytes), 0), EXCHANGE_BYTES);
}

static void nonsense_is_sent_to_nobody(void **state)
{
	struct net_datagram d = {.kind = NET_TELL, .ifindex = t.near, .x = question()};
	uint8_t byte;
	(void)state;

	endpoint_parse(&d.remote, "10.99.0.2:40000");
	d.x.nonce = 0;
	datagrams_send(t.ds, &d);
	d.x.nonce = 1;
	d.ifindex = t.other; /* not served */
	datagrams_send(t.ds, &d);
	d.ifindex = t.near;
	addr_parse(&d.local, "fd99::1"); /* of another family */
	datagrams_send(t.ds, &d);
	assert_int_equal(recv(t.far4, &byte, 1, MSG_DONTWAIT), -1);
}

static void what_is_not_ours_is_counted(void **state)
{
	uint8_t bytes[EXCHANGE_BYTES + 4] = {0};
	struct exchange x = question();
	(void)state;

	far_sends(t.far4, "10.99.0.1:51821", "x", 1);
	far_sends(t.far4, "10.99.0.1:51821", "", 0);
	far_sends(t.far4, "10.99.0.1:51821", bytes, EXCHANGE_BYTES);
	exchange_write(bytes, &x);
	far_sends(t.far4, "10.99.0.1:51821", bytes, EXCHANGE_BYTES - 1);
	far_sends(t.far4, "10.99.0.1:51821", bytes, EXCHANGE_BYTES + 1);
	assert_true(run_until(&t.dropped.malformed, 5, 20000));
	assert_int_equal(t.heard.len, 0);
	assert_int_equal(t.dropped.limited + t.dropped.lost, 0);
}

/* Neither the loopback nor another interface is the tunnel. */
static void only_the_interface_is_heard(void **state)
{
	uint8_t bytes[EXCHANGE_BYTES];
	struct exchange x = question();
	int self = socket(AF_INET, SOCK_DGRAM, 0);
	(void)state;

	exchange_write(bytes, &x);
	far_sends(self, "127.0.0.1:51821", bytes, sizeof(bytes));
	close(self);
	far_asks(t.far4, "10.98.0.1:51821"); /* by the other wire */
	assert_false(run_until(&t.heard.len, 1, 300));
	assert_int_equal(serve(t.other, "other", PORT), NET_OK);
	far_asks(t.far4, "10.98.0.1:51821");
	assert_true(run_until(&t.heard.len, 1, 20000));
	assert_int_equal(t.heard.at[0].ifindex, t.other);
	assert_int_equal(serve(t.other, "other", 0), NET_OK);
	far_asks(t.far4, "10.98.0.1:51821");
	assert_false(run_until(&t.heard.len, 2, 300));
}

/* Linux counts it as having come by the interface whose address it is: the engine refuses it. */
static void this_host_can_only_be_itself(void **state)
{
	uint8_t bytes[EXCHANGE_BYTES];
	struct exchange x = question();
	int self = socket(AF_INET, SOCK_DGRAM, 0);
	char buf[ADDR_STRLEN];
	(void)state;

	exchange_write(bytes, &x);
	far_sends(self, "10.99.0.1:51821", bytes, sizeof(bytes));
	assert_true(run_until(&t.heard.len, 1, 20000));
	assert_string_equal(addr_format(&t.heard.at[0].remote.addr, buf), "10.99.0.1");
	close(self);
}

static void a_flood_is_cut_to_its_share(void **state)
{
	(void)state;
	for (int i = 0; i < 160; i++)
		far_asks(t.far4, "10.99.0.1:51821");
	assert_true(run_until(&t.dropped.limited, 1, 20000));
	assert_in_range(t.heard.len, SHARE_BURST, SHARE_BURST + 40);
	assert_int_equal(t.dropped.malformed, 0);
	far_asks(t.far6, "[fd99::1]:51821"); /* another source has its own share */
	assert_true(run_until(&t.heard.len, t.heard.len + 1, 20000));
}

static void what_the_engine_has_no_room_for_is_lost(void **state)
{
	(void)state;
	t.full = true;
	far_asks(t.far4, "10.99.0.1:51821");
	assert_false(run_until(&t.heard.len, 1, 200));
	t.full = false;
	assert_true(run_until(&t.dropped.lost, 1, 20000));
}

static void a_port_that_is_taken_is_told(void **state)
{
	struct endpoint any = {.addr.family = AF_INET, .port = 4444};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&any, &ss);
	(void)state;

	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(serve(t.other, "other", 4444), NET_FAILED);
	close(fd);
	assert_int_equal(serve(t.other, "other", 4444), NET_OK);
	assert_int_equal(serve(t.other, "other", PORT), NET_OK); /* moves */
	assert_int_equal(serve(99, "nothing", PORT), NET_FAILED);
	assert_int_equal(serve(0, "near", PORT), NET_FAILED);
}

static void shares_fill_with_time(void **state)
{
	static struct shares s;
	struct addr a;
	unsigned int taken = 0;
	(void)state;

	addr_parse(&a, "10.0.0.9");
	for (int i = 0; i < 1000; i++)
		taken += share_take(&s, 1, &a, 5000);
	assert_int_equal(taken, SHARE_BURST);
	for (int i = 0; i < 1000; i++)
		taken += share_take(&s, 1, &a, 7000);
	assert_int_equal(taken, SHARE_BURST + 2 * SHARE_RATE);
	assert_true(share_take(&s, 2, &a, 7000)); /* the same address in another tunnel */
	for (uint32_t i = 0; i < 100000; i++) {
		memcpy(a.bytes, &i, 4); /* a whole network of sources */
		taken += share_take(&s, 1, &a, 7000);
	}
	assert_in_range(taken, SHARE_ALL - 1000, SHARE_ALL);
}

static int far_socket(const char *address)
{
	struct timeval limit = {.tv_sec = 5};
	struct sockaddr_storage ss;
	struct endpoint e;
	socklen_t len;
	int fd;

	endpoint_parse(&e, address);
	fd = socket(e.addr.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	len = endpoint_to_sockaddr(&e, &ss);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return bind(fd, (struct sockaddr *)&ss, len) ? -1 : fd;
}

/* Two hosts with two wires between them; this process is the nearer one. */
static const char *world_make(void)
{
	static const char far[] = "ip link set lo up; ip link add near type veth peer name far;"
				  "ip link add other type veth peer name far2;"
				  "ip addr add 10.99.0.2/24 dev far; ip link set far up;"
				  "ip addr add fd99::2/64 dev far nodad;"
				  "ip addr add 10.98.0.2/24 dev far2; ip link set far2 up;";
	static const char near[] = "ip link set lo up; ip addr add 10.99.0.1/24 dev near;"
				   "ip addr add 10.99.0.11/24 dev near;"
				   "ip addr add fd99::1/64 dev near nodad; ip link set near up;"
				   "ip addr add 10.98.0.1/24 dev other; ip link set other up;";
	char move[200];
	int here;

	if (geteuid() || unshare(CLONE_NEWNET))
		return "needs root and network namespaces";
	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (unshare(CLONE_NEWNET))
		return "no second network namespace";
	t.away = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(move, sizeof(move),
		 "ip link set near netns /proc/%d/fd/%d && ip link set other netns /proc/%d/fd/%d",
		 getpid(), here, getpid(), here);
	if (system(far) || system(move))
		return "ip cannot make veth pairs";
	t.far4 = far_socket("0.0.0.0:40000");
	t.far6 = far_socket("[fd99::2]:40000");
	setns(here, CLONE_NEWNET);
	if (system(near) || t.far4 < 0 || t.far6 < 0)
		return "ip cannot give addresses";
	t.near = if_nametoindex("near");
	t.other = if_nametoindex("other");
	return NULL;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(a_question_is_heard),	    CASE(an_answer_comes_from_where_it_was_asked),
		CASE(nonsense_is_sent_to_nobody),   CASE(what_is_not_ours_is_counted),
		CASE(only_the_interface_is_heard),  CASE(this_host_can_only_be_itself),
		CASE(a_flood_is_cut_to_its_share),  CASE(what_the_engine_has_no_room_for_is_lost),
		CASE(a_port_that_is_taken_is_told), cmocka_unit_test(shares_fill_with_time),
	};
	const char *why = world_make();

	if (why) {
		printf("SKIP: %s\n", why);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
