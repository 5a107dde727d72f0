// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exchange's sockets: one a family and interface, bound to the interface, so that only what
 * WireGuard let through is received and nothing leaves by another way.
 *
 * Bytes become values here and nowhere else. A source that sends more than its share is not even
 * read; what the engine has no room for is dropped, never waited for: one spoke's flood must not
 * keep another's question, or a name, from its answer. Drops are told as counts, once a second.
 */
#include "datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/exchange.h"
#include "share.h"

#define READS_AT_ONCE 64 /* of one socket in one wake-up, so that others get their turn */
#define TELL_DROPS_MS 1000

struct speaker {
	struct datagrams *owner;
	uv_poll_t poll; /* first closed, then freed */
	int fd;
};

struct interface {
	uint32_t ifindex; /* 0 = free */
	uint16_t port;
	struct speaker *speakers[2]; /* IPv4, IPv6; NULL where the kernel has none */
};

struct datagrams {
	uv_loop_t *loop;
	uv_timer_t timer;
	datagram_heard heard;
	void *ctx;
	struct net_dropped dropped; /* since they were told */
	struct interface interfaces[DATAGRAM_INTERFACES];
	struct shares shares;
};

/* --- counting ----------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
	struct datagrams *ds = timer->data;
	struct net_datagram d;

	memset(&d, 0, sizeof(d));
	d.kind = NET_DROPPED;
	d.dropped = ds->dropped;
	if (!ds->heard(ds->ctx, &d))
		memset(&ds->dropped, 0, sizeof(ds->dropped));
	else
		uv_timer_start(timer, on_timer, TELL_DROPS_MS, 0);
}

static void drop(struct datagrams *ds, uint32_t *counter)
{
	++*counter;
	if (!uv_is_active((uv_handle_t *)&ds->timer))
		uv_timer_start(&ds->timer, on_timer, TELL_DROPS_MS, 0);
}

/* --- receiving ---------------------------------------------------------------------------- */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* The address that it was sent to and the interface that it came out of. */
static void take_pktinfo(struct msghdr *m, struct net_datagram *d)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
		    c->cmsg_len >= CMSG_LEN(sizeof(struct in_pktinfo))) {
			struct in_pktinfo four;

			memcpy(&four, CMSG_DATA(c), sizeof(four));
			d->ifindex = (uint32_t)four.ipi_ifindex;
			d->local = addr_from(AF_INET, &four.ipi_spec_dst);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
			   c->cmsg_len >= CMSG_LEN(sizeof(struct in6_pktinfo))) {
			struct in6_pktinfo six;

			memcpy(&six, CMSG_DATA(c), sizeof(six));
			d->ifindex = six.ipi6_ifindex;
			d->local = addr_from(AF_INET6, &six.ipi6_addr);
		}
	}
}

static bool served(const struct datagrams *ds, uint32_t ifindex)
{
	for (size_t i = 0; i < DATAGRAM_INTERFACES; i++)
		if (ifindex && ds->interfaces[i].ifindex == ifindex)
			return true;
	return false;
}

static void take_datagram(struct datagrams *ds, struct net_datagram *d, const void *bytes,
			  size_t len)
{
	bool whence = served(ds, d->ifindex) && d->remote.port && d->local.family;

	if (!whence)
		drop(ds, &ds->dropped.malformed);
	else if (!share_take(&ds->shares, d->ifindex, &d->remote.addr, (msec)uv_now(ds->loop)))
		drop(ds, &ds->dropped.limited);
	else if (exchange_read(&d->x, bytes, len))
		drop(ds, &ds->dropped.malformed);
	else if (ds->heard(ds->ctx, d))
		drop(ds, &ds->dropped.lost);
}

/* False when there is nothing more to read. */
static bool receive(struct speaker *s)
{
	uint8_t bytes[EXCHANGE_BYTES + 1]; /* one that is too long is seen to be */
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct sockaddr_storage from;
	union control control;
	struct msghdr m = {.msg_name = &from,
			   .msg_namelen = sizeof(from),
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct net_datagram d;
	ssize_t n = recvmsg(s->fd, &m, MSG_DONTWAIT);

	if (n < 0)
		return errno == EINTR || errno == ECONNREFUSED;
	memset(&d, 0, sizeof(d));
	d.kind = NET_HEARD;
	endpoint_from_sockaddr(&d.remote, &from, m.msg_namelen);
	take_pktinfo(&m, &d);
	take_datagram(s->owner, &d, bytes, (size_t)n);
	return true;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
	struct speaker *s = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < READS_AT_ONCE && receive(s); i++)
		;
}

/* --- sockets ------------------------------------------------------------------------------ */

static int option(int fd, int level, int name)
{
	int on = 1;

	return setsockopt(fd, level, name, &on, sizeof(on));
}

/* An unbound socket may be bound to an interface without a privilege since Linux 5.7. */
static int socket_open(uint8_t family, const struct net_request *q)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct endpoint any = {.addr.family = family, .port = q->target.port};
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&any, &ss);
	int err;

	if (fd < 0)
		return -errno;
	err = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, q->ifname, (socklen_t)strlen(q->ifname));
	if (!err && family == AF_INET)
		err = option(fd, IPPROTO_IP, IP_PKTINFO);
	if (!err && family == AF_INET6)
		err = option(fd, IPPROTO_IPV6, IPV6_V6ONLY) |
		      option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	if (!err)
		err = bind(fd, (struct sockaddr *)&ss, len);
	if (!err)
		return fd;
	err = errno;
	close(fd);
	return -err;
}

/* NULL and *err = 0 where the kernel does not know the family at all. */
static struct speaker *speaker_open(struct datagrams *ds, uint8_t family,
				    const struct net_request *q, int *err)
{
	int fd = socket_open(family, q);
	struct speaker *s;

	*err = fd == -EAFNOSUPPORT || (family == AF_INET6 && fd == -EADDRNOTAVAIL) ? 0 : fd;
	if (fd < 0)
		return NULL;
	*err = 0;
	s = mem_calloc(1, sizeof(*s));
	s->owner = ds;
	s->fd = fd;
	s->poll.data = s;
	uv_poll_init(ds->loop, &s->poll, fd);
	uv_poll_start(&s->poll, UV_READABLE, on_socket);
	return s;
}

static void on_speaker_closed(uv_handle_t *handle)
{
	struct speaker *s = handle->data;

	close(s->fd);
	free(s);
}

static void interface_close(struct interface *f)
{
	for (int i = 0; i < 2; i++)
		if (f->speakers[i])
			uv_close((uv_handle_t *)&f->speakers[i]->poll, on_speaker_closed);
	memset(f, 0, sizeof(*f));
}

static struct interface *interface_find(struct datagrams *ds, uint32_t ifindex)
{
	for (size_t i = 0; i < DATAGRAM_INTERFACES; i++)
		if (ds->interfaces[i].ifindex == ifindex)
			return &ds->interfaces[i];
	return NULL;
}

static enum net_status interface_open(struct datagrams *ds, struct interface *f,
				      const struct net_request *q)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	f->ifindex = q->ifindex;
	f->port = q->target.port;
	for (int i = 0; i < 2; i++) {
		int err;

		f->speakers[i] = speaker_open(ds, families[i], q, &err);
		if (err) {
			interface_close(f);
			return NET_FAILED;
		}
	}
	if (f->speakers[0] || f->speakers[1])
		return NET_OK;
	interface_close(f);
	return NET_FAILED;
}

enum net_status datagrams_serve(struct datagrams *ds, const struct net_request *q)
{
	struct interface *f;

	if (!q->ifindex || !*q->ifname || !memchr(q->ifname, '\0', sizeof(q->ifname)))
		return NET_FAILED;
	f = interface_find(ds, q->ifindex);
	if (f && q->target.port && f->port == q->target.port)
		return NET_OK;
	if (f)
		interface_close(f);
	if (!q->target.port)
		return NET_OK;
	f = interface_find(ds, 0);
	return f ? interface_open(ds, f, q) : NET_FAILED;
}

/* --- sending ------------------------------------------------------------------------------ */

static void put_pktinfo(struct msghdr *m, union control *control, const struct net_datagram *d)
{
	struct cmsghdr *c = &control->align;

	if (!d->local.family)
		return;
	memset(control, 0, sizeof(*control));
	m->msg_control = control;
	if (d->local.family == AF_INET) {
		struct in_pktinfo four = {.ipi_ifindex = (int)d->ifindex};

		memcpy(&four.ipi_spec_dst, d->local.bytes, 4);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(four));
		memcpy(CMSG_DATA(c), &four, sizeof(four));
		m->msg_controllen = CMSG_SPACE(sizeof(four));
	} else {
		struct in6_pktinfo six = {.ipi6_ifindex = d->ifindex};

		memcpy(&six.ipi6_addr, d->local.bytes, 16);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(six));
		memcpy(CMSG_DATA(c), &six, sizeof(six));
		m->msg_controllen = CMSG_SPACE(sizeof(six));
	}
}

void datagrams_send(struct datagrams *ds, const struct net_datagram *d)
{
	struct interface *f = d->ifindex ? interface_find(ds, d->ifindex) : NULL;
	uint8_t bytes[EXCHANGE_BYTES];
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct sockaddr_storage to;
	union control control;
	struct msghdr m = {.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1};
	struct speaker *s;

	if (!f || !addr_size(&d->remote.addr) || !exchange_valid(&d->x) ||
	    (d->local.family && d->local.family != d->remote.addr.family))
		return;
	s = f->speakers[d->remote.addr.family == AF_INET6];
	if (!s)
		return;
	m.msg_namelen = endpoint_to_sockaddr(&d->remote, &to);
	exchange_write(bytes, &d->x);
	put_pktinfo(&m, &control, d);
	sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* --- beginning and end -------------------------------------------------------------------- */

struct datagrams *datagrams_new(uv_loop_t *loop, datagram_heard heard, void *ctx)
{
	struct datagrams *ds = mem_calloc(1, sizeof(*ds));

	ds->loop = loop;
	ds->heard = heard;
	ds->ctx = ctx;
	if (getrandom(&ds->shares.seed, sizeof(ds->shares.seed), GRND_NONBLOCK) < 0)
		ds->shares.seed = (uint32_t)uv_hrtime(); /* early at boot */
	uv_timer_init(loop, &ds->timer);
	ds->timer.data = ds;
	return ds;
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void datagrams_free(struct datagrams *ds)
{
	for (size_t i = 0; i < DATAGRAM_INTERFACES; i++)
		interface_close(&ds->interfaces[i]);
	uv_close((uv_handle_t *)&ds->timer, on_timer_closed);
}
