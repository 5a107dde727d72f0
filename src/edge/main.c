// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * waysided: the options, and nothing else.
 */
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "edge/daemon.h"
#include "model/config.h"
#include "net/child.h"

static const char help[] =
	"Usage: waysided [OPTION]...\n"
	"Keeps the routes, endpoints, keepalives and forwarding rules of WireGuard peers true.\n\n"
	"  -c, --config FILE  configuration file (default " DEFAULT_CONFIG_PATH ";\n"
	"                     without one the built-in defaults apply to every interface)\n"
	"  -n, --check        parse and validate it, print every problem, touch nothing\n"
	"      --dry-run      print what would be done; exit 0 when that is nothing, else 4\n"
	"      --once         converge once; exit 0 when converged, else 1\n"
	"      --clean        remove every route, rule and table that is ours, then exit\n"
	"  -s, --socket PATH  control socket (default " DEFAULT_SOCKET_PATH ")\n"
	"  -v, --verbose      log more\n"
	"      --version      print the version\n"
	"  -h, --help         print this\n";

enum { OPT_DRY_RUN = 256, OPT_ONCE, OPT_CLEAN, OPT_VERSION };

static const struct option options[] = {
	{"check", no_argument, NULL, 'n'},	  {"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"once", no_argument, NULL, OPT_ONCE},	  {"clean", no_argument, NULL, OPT_CLEAN},
	{"help", no_argument, NULL, 'h'},	  {"version", no_argument, NULL, OPT_VERSION},
	{"verbose", no_argument, NULL, 'v'},	  {"config", required_argument, NULL, 'c'},
	{"socket", required_argument, NULL, 's'}, {NULL, 0, NULL, 0},
};

/* systemd reads "<N>" in front of a line as its priority; a person at a terminal does not. */
static void log_to_stderr(void *ctx, enum log_level level, const char *line)
{
	if (*(bool *)ctx)
		fprintf(stderr, "waysided: %s: %s\n", log_level_name(level), line);
	else
		fprintf(stderr, "<%d>%s\n", level, line);
}

/* Closed ones of the first three would be sockets soon, and the log be written into one. */
static void descriptors_begin(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * Big lists go back to the system when they are freed, and grow without being copied: glibc's
 * default is to stop doing so for good after the first big one.
 */
static void memory_begin(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_ARENA_MAX, 1); /* the thread that starts children needs none of its own */
#endif
}

static int usage(void)
{
	fputs("Try 'waysided --help'.\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct daemon_options o = {0};
	bool terminal, check = false, dry_run = false;
	int c;

	if (argc == 3 && !strcmp(argv[1], "--net-child"))
		return net_child_main(atoi(argv[2]));
	descriptors_begin();
	memory_begin();
	terminal = isatty(STDERR_FILENO);
	log_set_sink(log_to_stderr, &terminal);
	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt_long(argc, argv, "c:ns:vh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.config = optarg;
			break;
		case 's':
			o.socket = optarg;
			break;
		case 'n':
			check = true;
			break;
		case OPT_DRY_RUN:
			dry_run = true;
			break;
		case OPT_CLEAN:
			o.clean = true;
			break;
		case OPT_ONCE:
			o.once = true;
			break;
		case 'v':
			o.verbose++;
			break;
		case OPT_VERSION:
			puts("waysided " WAYSIDE_VERSION);
			return 0;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return usage();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "waysided: unexpected argument: %s\n", argv[optind]);
		return usage();
	}
	if (o.clean && (check || dry_run || o.once)) {
		fputs("waysided: --clean cannot be combined with --check, --dry-run or --once\n",
		      stderr);
		return usage();
	}
	if (check || dry_run) /* of these two and --once, the one that does least */
		return check ? daemon_check(&o) : daemon_dry_run(&o);
	return o.clean ? daemon_clean(&o) : daemon_run(&o);
}
