// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The liveness probe: one byte over UDP to a peer's tunnel address.
 *
 * Its WireGuard has to answer the data with a keepalive within ten seconds, whether or not
 * anything listens at the address; the engine sees that in the counters. The socket is bound to
 * the interface, so that the byte goes through the tunnel or nowhere.
 */
#include "probe.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool request_valid(const struct net_request *q)
{
	return *q->ifname && memchr(q->ifname, '\0', sizeof(q->ifname)) &&
	       addr_size(&q->target.addr) && q->target.port &&
	       (!q->source.family || q->source.family == q->target.addr.family);
}

/* An unbound socket may be bound to an interface without a privilege since Linux 5.7. */
static bool socket_bind(int fd, const struct net_request *q)
{
	struct endpoint from = {.addr = q->source};
	struct sockaddr_storage ss;
	socklen_t len;

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, q->ifname, (socklen_t)strlen(q->ifname)))
		return false;
	if (!q->source.family)
		return true;
	len = endpoint_to_sockaddr(&from, &ss);
	return !bind(fd, (struct sockaddr *)&ss, len);
}

enum net_status probe_send(const struct net_request *q)
{
	enum net_status status = NET_FAILED;
	struct sockaddr_storage to;
	socklen_t len;
	int fd;

	if (!request_valid(q))
		return NET_FAILED;
	fd = socket(q->target.addr.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return NET_FAILED;
	len = endpoint_to_sockaddr(&q->target, &to);
	if (socket_bind(fd, q) && sendto(fd, "", 1, 0, (struct sockaddr *)&to, len) == 1)
		status = NET_OK;
	close(fd);
	return status;
}
