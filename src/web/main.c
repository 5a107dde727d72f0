// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wayside-web: what waysided tells on its socket, for browsers and Prometheus. A program of its
 * own, so that the daemon never reads a byte of HTTP; it needs no right but to open the socket.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "model/config.h"
#include "web.h"

enum { EXIT_USAGE_ERROR = 2 };

static int usage(FILE *to, int code)
{
	fprintf(to,
		"usage: wayside-web [-s SOCKET] [-l ADDRESS] [--host NAME]...\n\n"
		"  -s, --socket PATH    the daemon's, instead of " DEFAULT_SOCKET_PATH "\n"
		"  -l, --listen ADDRESS where to serve, instead of 127.0.0.1:%d\n"
		"      --host NAME      a name that it may be asked by, besides addresses\n"
		"  -h, --help           -V, --version\n",
		WEB_PORT);
	return code;
}

/* "127.0.0.1:9586", "[::1]:9586" or an address alone, which gets the port. */
static bool listen_parse(const char *text, struct sockaddr_storage *out)
{
	struct endpoint e = {.port = WEB_PORT};

	if (endpoint_parse(&e, text) && addr_parse(&e.addr, text))
		return false;
	if (!e.port)
		e.port = WEB_PORT;
	return endpoint_to_sockaddr(&e, out) > 0;
}

static struct MHD_Daemon *start(struct web *w, const struct sockaddr_storage *at)
{
	unsigned int flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD;

	if (at->ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	return MHD_start_daemon(flags, 0, NULL, NULL, serve, w, MHD_OPTION_SOCK_ADDR, at,
				MHD_OPTION_CONNECTION_LIMIT, (unsigned int)WEB_CONNECTIONS,
				MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_THREAD_STACK_SIZE,
				(size_t)(512 * 1024), MHD_OPTION_END);
}

static int run(struct web *w, const struct sockaddr_storage *at, const char *where)
{
	struct MHD_Daemon *d;
	sigset_t ends;
	int sig;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	d = start(w, at);
	if (!d) {
		fprintf(stderr, "wayside-web: cannot serve at %s: %s; is another one running?\n",
			where, strerror(errno));
		return EXIT_FAILURE;
	}
	fprintf(stderr, "wayside-web: serving %s at http://%s/\n", w->socket, where);
	sigwait(&ends, &sig);
	_exit(EXIT_SUCCESS); /* streams of events would keep their threads */
}

enum { OPTION_HOST = 256 };

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"listen", required_argument, NULL, 'l'},
		{"host", required_argument, NULL, OPTION_HOST},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct web w = {.socket = DEFAULT_SOCKET_PATH};
	const char *where = "127.0.0.1:9586";
	struct sockaddr_storage at;
	int c;

	while ((c = getopt_long(argc, argv, "s:l:hV", options, NULL)) != -1) {
		if (c == 's')
			w.socket = optarg;
		else if (c == 'l')
			where = optarg;
		else if (c == OPTION_HOST && w.nhosts < WEB_HOSTS)
			w.hosts[w.nhosts++] = optarg;
		else if (c == 'V')
			return printf("wayside-web %s\n", WAYSIDE_VERSION) < 0;
		else
			return usage(c == 'h' ? stdout : stderr, c == 'h' ? 0 : EXIT_USAGE_ERROR);
	}
	if (optind < argc || !listen_parse(where, &at))
		return usage(stderr, EXIT_USAGE_ERROR);
	if (!geteuid()) {
		fprintf(stderr, "wayside-web: not as root, it speaks to browsers; start it as a "
				"user of the group wayside: systemctl start wayside-web\n");
		return EXIT_USAGE_ERROR;
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return run(&w, &at, where);
}
